//! The binary `zhucun`: reads the command line, runs it, and says in one sentence why it did not work.
use std::process::ExitCode;

use clap::Parser;
use zhucun_server::command::{Line, run};
use zhucun_server::power::Powers;

fn main() -> ExitCode {
    match run(Line::parse(), Powers::of_this_machine()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("zhucun: {failure}");
            ExitCode::FAILURE
        }
    }
}
