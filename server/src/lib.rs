//! The server of Zhucun: merges what phones send, keeps it, and reports to desks.
//!
//! The modules stand in the order of their dependency: each names only those above it.

pub mod store;
pub mod power;
pub mod key;
pub mod hold;
pub mod erase;
pub mod refusal;
pub mod word;
pub mod access;
pub mod accounts;
pub mod import;
pub mod export;
pub mod hint;
pub mod metrics;
pub mod app;
pub mod problem;
pub mod absence;
pub mod assessment;
pub mod archive;
pub mod feedback;
pub mod sync;
pub mod http;
pub mod demo;
pub mod logging;
pub mod command;
