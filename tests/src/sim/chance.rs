//! Chance of a run: one stream from one seed (SplitMix64), so that a seed is all that is needed to see a run again. It is
//! our own, not the core's, so that a change there leaves the old seeds their meaning.

#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another stream, which goes on by itself: what one part draws does not shift what another does.
    pub fn fork(&mut self) -> Self {
        Self(self.draw())
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.draw() % bound as u64).unwrap_or_default()
    }

    /// A number from `first` to `last`, both included.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        let span = last.abs_diff(first) + 1;
        first.saturating_add_unsigned(self.draw() % span)
    }

    /// True in so many of a thousand cases.
    pub fn in_1000(&mut self, cases: u32) -> bool {
        self.draw() % 1000 < u64::from(cases)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.below(from.len())) }
    }

    /// The place in `weights` that the dice fall on.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut left = self.draw() % all.max(1);
        for (place, weight) in weights.iter().enumerate() {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return place,
            }
        }
        weights.len().saturating_sub(1)
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    pub fn fill(&mut self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.draw().to_be_bytes()[..part.len()]);
        }
    }
}
