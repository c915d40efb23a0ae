//! Where chance comes from when changes are bent: a seed in the tests here, the input where the same code is fuzzed.
use zhucun_core::id::Dice;

pub trait Chance {
    /// A number below `bound`, which is at least 1.
    fn below(&mut self, bound: u64) -> u64;
}

impl Chance for Dice {
    fn below(&mut self, bound: u64) -> u64 {
        Dice::below(self, bound)
    }
}

/// One of these, if there are any.
pub fn pick<T: Clone>(chance: &mut impl Chance, from: &[T]) -> Option<T> {
    from.get(at(chance, from.len())).cloned()
}

/// A place in something of this length; 0 where there is none.
pub fn at(chance: &mut impl Chance, length: usize) -> usize {
    chance.below(length.max(1) as u64) as usize
}
