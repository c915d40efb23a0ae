//! The powers of the server: a clock and dice. They come in as values, so that a test sets the time.
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use zhucun_core::clock::Moment;
use zhucun_core::id::Dice;

type Clock = dyn Fn() -> Moment + Send + Sync;
type Chance = dyn Fn(&mut [u8]) + Send + Sync;

/// A clock and dice. Cloning is cheap.
#[derive(Clone)]
pub struct Powers {
    clock: Arc<Clock>,
    dice: Arc<Chance>,
}

impl Powers {
    pub fn new(
        clock: impl Fn() -> Moment + Send + Sync + 'static,
        dice: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self { clock: Arc::new(clock), dice: Arc::new(dice) }
    }

    /// The clock of this machine and the chance of its kernel.
    pub fn of_this_machine() -> Self {
        let clock = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        };
        let dice = |bytes: &mut [u8]| getrandom::fill(bytes).expect("a kernel has chance to give");
        Self::new(clock, dice)
    }

    pub fn now(&self) -> Moment {
        (self.clock)()
    }

    /// Bytes that nobody can guess.
    pub fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.dice)(&mut bytes);
        bytes
    }

    /// A stream for the core.
    pub fn dice(&self) -> Dice {
        Dice::new(self.draw())
    }
}

impl fmt::Debug for Powers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Powers")
    }
}
