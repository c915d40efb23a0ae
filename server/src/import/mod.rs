//! What comes in as files: divisions, poor villages and the roster of people as tables, policies and the calendar as JSON.
//! A file is read whole and judged whole: every mistake is named, and nothing is written while there is one.
mod sentence;
pub mod mistake;
pub mod effect;
pub mod table;
pub mod division;
pub mod poor_village;
pub mod roster;
pub mod policy;
pub mod calendar;
mod replaced;
pub mod file;
pub mod sent;
pub mod undo;
mod posted;
pub mod leave;
pub mod excusal;

pub use effect::Tally;
