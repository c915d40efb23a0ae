//! Logs go to standard error, as text or as JSON. A panic is logged where it happened, once, without its message unless
//! that is a constant of the program: a formatted one could hold what somebody wrote.
use std::panic::{self, PanicHookInfo};

use clap::ValueEnum;
use tracing::Level;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    Text,
    Json,
}

/// Begins logging; once in a process.
pub fn begin(form: LogForm) {
    let lines = tracing_subscriber::fmt().with_max_level(Level::INFO).with_writer(std::io::stderr);
    match form {
        LogForm::Text => lines.with_ansi(false).init(),
        LogForm::Json => lines.json().flatten_event(true).init(),
    }
    panic::set_hook(Box::new(log_panic));
}

fn log_panic(panicked: &PanicHookInfo<'_>) {
    let at = panicked.location().map(ToString::to_string).unwrap_or_default();
    let message = panicked.payload().downcast_ref::<&'static str>().copied().unwrap_or("(not a constant)");
    tracing::error!(at, message, "a panic");
}
