//! HTTP: parse, authorise, call, reply. No SQL, no automerge. `router` is the index; one file a noun holds its handlers
//! and what they take and give; `limit`, `header` and `record` stand around all of them, `pwa` serves the screens and
//! `serve` listens.
mod part;
mod caller;
mod me;
mod session;
mod device;
mod account;
mod person;
mod tenure;
mod import;
mod audit;
mod roll_up;
mod counted;
mod export;
mod parked;
mod leave_request;
mod assessment;
mod archive;
mod feedback;
mod programme;
mod hint;
mod sync;
mod operation;
mod pwa;
mod limit;
mod header;
mod record;

pub mod router;
pub mod serve;
