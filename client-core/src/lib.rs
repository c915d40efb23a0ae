//! The core of Zhucun: what is logged, by whom, when it counts, and how it travels. The same code runs on the server,
//! in the browser's worker (as WASM) and in the tests; none of it knows a clock, dice, disk or net.
//!
//! The modules stand in the order of their dependency: each names only those above it.

pub mod clock;
pub mod division;
pub mod id;
pub mod person;
pub mod tenure;
pub mod field;
pub mod likeness;
pub mod household;
pub mod entry;
pub mod issue;
pub mod facts;
pub mod calendar;
pub mod leave;
pub mod excusal;
pub mod duty;
pub mod assessment;
pub mod review;
pub mod merge;
pub mod document;
pub mod register;
pub mod amendment;
pub mod programme;
pub mod gate;
pub mod reference;
pub mod contract;
pub mod ledger;
pub mod shown;
pub mod draft;
pub mod erasure;
pub mod access;
pub mod host;
pub mod wire;
pub mod replica;
