//! The clock of the making: it is turned from one evening to the next while the demonstration's weeks go by, and moves
//! by a millisecond whenever the server looks at it, so that what came later was received later.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use zhucun_core::clock::Moment;

use crate::power::Powers;

#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    pub fn at(moment: Moment) -> Self {
        Self(Arc::new(AtomicI64::new(moment.0)))
    }

    /// Turns it; never back.
    pub fn turn_to(&self, moment: Moment) {
        self.0.fetch_max(moment.0, Ordering::Relaxed);
    }

    pub fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::Relaxed))
    }

    /// The powers of a server that lives by this clock. Chance stays real: keys and ids are made of it.
    pub fn powers(&self, real: &Powers) -> Powers {
        let (clock, real) = (self.clone(), real.clone());
        let dice = move |bytes: &mut [u8]| {
            for part in bytes.chunks_mut(32) {
                part.copy_from_slice(&real.draw::<32>()[..part.len()]);
            }
        };
        Powers::new(move || Moment(clock.0.fetch_add(1, Ordering::Relaxed)), dice)
    }
}
