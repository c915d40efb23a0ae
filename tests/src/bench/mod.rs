//! The measurements of `make bench`: what a week, a glance and a first day cost on the wire, on the server and on its
//! disk. The year behind them is made once, by the real core against the real server; every measurement begins from a
//! copy of that folder.
//!
//! `text` and `work` are the workload, `stage` the town with its year, `figure` medians and the like; then one file a
//! measurement: `weekly`, `growth`, `reading`, `crowd`, `size`, `desk`, which asks what `filling` wrote; `report` prints and
//! writes. `village` is what the figures of a
//! browser begin with, which `tests/e2e/bench.ts` takes.

pub mod figure;
pub mod text;
pub mod work;
pub mod stage;
pub mod weekly;
pub mod reading;
pub mod crowd;
pub mod size;
pub mod growth;
pub mod filling;
pub mod desk;
pub mod report;
pub mod village;

/// Rounds of a measurement; figures are medians over them, or over all syncs in them.
pub const ROUNDS: usize = 5;
/// Secretaries with a year of log, each a client of the storm.
pub const CLIENTS: usize = 50;
/// Clients that sync at once.
pub const AT_ONCE: usize = 32;
/// First secretaries of a city.
pub const SECRETARIES: usize = 537;
