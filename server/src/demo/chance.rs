//! Chance of the demonstration: the same name gives the same choices at every making, so two makings of one day tell
//! the same story. Ids and keys never come from here.
use sha2::{Digest, Sha256};
use zhucun_core::id::Dice;

pub struct Chance(Dice);

impl Chance {
    /// The stream that belongs to a name.
    pub fn of(name: &str) -> Self {
        Self(Dice::new(Sha256::digest(name).into()))
    }

    /// A number below `bound`, which is at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.0.below(bound)).unwrap_or_default()
    }

    /// A number from `first` to `last`, both included.
    pub fn between(&mut self, first: usize, last: usize) -> usize {
        first + self.below(last - first + 1)
    }

    /// True in so many of a hundred cases.
    pub fn in_100(&mut self, cases: usize) -> bool {
        self.below(100) < cases
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// The place in `weights` that the dice fall on.
    pub fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return place,
            }
        }
        weights.len() - 1
    }
}
