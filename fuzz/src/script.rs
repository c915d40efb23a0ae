//! An input as a list of choices: each asks for a few bytes, and where they have run out the first choice is made. So the
//! engine's small changes of bytes are small changes of what happens.
use crate::chance::Chance;

pub struct Script<'a>(pub &'a [u8]);

impl<'a> Script<'a> {
    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// The next bytes, fewer where the input ends.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A seed for work that is not worth a choice each.
    pub fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        let taken = self.take(2);
        seed[..taken.len()].copy_from_slice(taken);
        seed
    }
}

impl Chance for Script<'_> {
    fn below(&mut self, bound: u64) -> u64 {
        let bytes = match bound {
            0..=1 => return 0,
            2..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 8,
        };
        self.take(bytes).iter().fold(0, |number, byte| number << 8 | u64::from(*byte)) % bound
    }
}
