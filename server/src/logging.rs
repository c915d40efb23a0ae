//! Logs go to standard error, as text or as JSON. A panic is logged where it happened, once, without its message unless
//! that is a constant of the program: a formatted one could hold what somebody wrote.
use std::panic::{self, PanicHookInfo};

use clap::ValueEnum;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    Text,
    Json,
}

/// Begins logging; once in a process.
pub fn begin(form: LogForm) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let logged = tracing_subscriber::registry().with(targets());
    match form {
        LogForm::Text => logged.with(lines.with_ansi(false)).init(),
        LogForm::Json => logged.with(lines.json().flatten_event(true)).init(),
    }
    panic::set_hook(Box::new(log_panic));
}

/// Whose lines are written. automerge opens spans at this level for every column it reads, with the index of a whole
/// document as text: a tenth of a sync's time, and nothing for a log.
fn targets() -> Targets {
    Targets::new().with_default(LevelFilter::INFO).with_target("automerge", LevelFilter::OFF)
}

fn log_panic(panicked: &PanicHookInfo<'_>) {
    let at = panicked.location().map(ToString::to_string).unwrap_or_default();
    let message = panicked.payload().downcast_ref::<&'static str>().copied().unwrap_or("(not a constant)");
    tracing::error!(at, message, "a panic");
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn nothing_is_noted_of_what_automerge_works_on() {
        assert!(targets().would_enable("zhucun_server::sync", &Level::INFO));
        assert!(!targets().would_enable("zhucun_server::sync", &Level::DEBUG));
        assert!(!targets().would_enable("automerge::storage::load", &Level::ERROR));
    }
}
