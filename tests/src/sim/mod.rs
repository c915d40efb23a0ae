//! The simulator: the third host. A few villages with their phones, the real core in each; the real server on a disk
//! that loses what was not synced; a net that loses, doubles, delays and cuts; people who are moved. All of it comes from
//! one seed, in one thread and on a clock of its own, so that a run that fails is seen again by its number
//! (docs/decisions/0009).
//!
//! `run` is the story, `deed` what happens in it, `finish` its end; `oracle` knows what must be true; `swarm` draws which
//! faults there are; `world` holds people and places; `phone` and `server` are the hosts; `disk` fails under the server,
//! through `vfs`; `net` and `wire_bend` change bodies on their way; `counter` proves that the rare was reached.

pub mod chance;
pub mod disk;
pub mod vfs;
pub mod world;
pub mod server;
pub mod phone;
pub mod counter;
pub mod swarm;
pub mod oracle;
pub mod run;
mod net;
mod wire_bend;
mod deed;
mod finish;

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use counter::Counters;
use run::{Canary, Run};

/// Seeds that every test run plays; so many go every path.
pub const SHARE: u64 = 400;

/// What became of a seed.
pub struct Played {
    /// What was not true.
    pub failure: Option<String>,
    pub trace: Vec<String>,
    pub counters: Counters,
}

/// Plays one seed to its end, or to the first thing that is not true. A panic is one of those.
pub fn play(seed: u64, canary: Option<Canary>) -> Played {
    let mut run = Run::begin(seed, canary);
    let done = catch_unwind(AssertUnwindSafe(|| run.play()));
    let failure = done.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("a panic: {}", text.unwrap_or_default()))
    });
    let (trace, counters) = (core::mem::take(&mut run.trace), core::mem::take(&mut run.counters));
    Played { failure: failure.err(), trace, counters }
}

/// What became of many seeds.
#[derive(Default)]
pub struct Tally {
    pub counters: Counters,
    /// The seeds in which something was not true: what, and the trace.
    pub failed: BTreeMap<u64, (String, Vec<String>)>,
}

/// Plays the seeds on every processor, each thread one after another.
pub fn play_all(seeds: Range<u64>, canary: Option<Canary>) -> Tally {
    let next = AtomicU64::new(seeds.start);
    let tally = Mutex::new(Tally::default());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let played = play(seed, canary);
                    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                    tally.counters.merge(&played.counters);
                    if let Some(failure) = played.failure {
                        tally.failed.insert(seed, (failure, played.trace));
                    }
                }
            });
        }
    });
    tally.into_inner().unwrap_or_else(PoisonError::into_inner)
}
