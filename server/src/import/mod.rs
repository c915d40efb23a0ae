//! What comes in as files: divisions, poor villages and the roster of people as tables, policies and the calendar as JSON.
//! A file is read whole and judged whole: every mistake is named, and nothing is written while there is one.
pub mod table;
pub mod division;
pub mod poor_village;
pub mod roster;
pub mod policy;
pub mod calendar;
mod posted;
pub mod leave;
pub mod excusal;

use std::fmt;

/// What an import did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// Tenures and posts that got their last day.
    pub ended: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, changed, unchanged, ended } = self;
        write!(f, "{added} added, {changed} changed, {ended} ended, {unchanged} unchanged")
    }
}
