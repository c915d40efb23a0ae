//! The command line. Each command opens the data folder, does one thing, and says what it did; a running server beside
//! it notices at its next transaction.
mod argument;
mod account;
mod backup;
mod erase;
mod check;
mod parked;
mod restore;
mod import;
mod serve;
mod demo;
mod duties;

use std::fmt;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::app::{App, DATABASE};
use crate::import::mistake::Mistake;
use crate::power::Powers;
use crate::store::Trouble;

/// 驻村手记: an offline-first field log for village first secretaries 第一书记.
#[derive(Parser)]
#[command(name = "zhucun", version)]
pub struct Line {
    /// The folder that holds the database and the server's key; made at the first start.
    #[arg(long, global = true, default_value = "data", value_name = "DIR")]
    data: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the screens.
    Serve(serve::Serve),
    /// Serve a demonstration city 演示数据; the first start makes it.
    Demo(demo::Demo),
    /// Import files: divisions 行政区划, poor villages 贫困村, the roster 花名册, a policy 口径, leave 请假/外出,
    /// excusals 免计, the calendar 节假日.
    #[command(subcommand)]
    Import(import::Import),
    /// Accounts: add, reset, lock, unlock, list.
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// What people wrote who might once and may no more: list, release, dismiss.
    #[command(subcommand)]
    Parked(parked::ParkedCommand),
    /// What the gate refused: list, save, forget.
    #[command(subcommand)]
    Quarantine(parked::QuarantineCommand),
    Duties(duties::Duties),
    /// Check the whole database; says every fault and fails if there is one.
    Check,
    /// Erase what is known of a household.
    #[command(subcommand)]
    Erase(erase::Erase),
    Backup(backup::Backup),
    Restore(restore::RestoreFrom),
}

/// Why a command did not happen.
#[derive(Debug)]
pub enum Failure {
    Trouble(Trouble),
    /// The table has these mistakes; nothing was written.
    Mistakes {
        file: String,
        mistakes: Vec<Mistake>,
    },
    /// A sentence that says what to do.
    Refused(String),
    /// The check found this much.
    Faults(usize),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Trouble(trouble) => trouble.fmt(f),
            Failure::Mistakes { file, mistakes } => {
                for mistake in mistakes {
                    writeln!(f, "{file}: {mistake}")?;
                }
                write!(f, "{} mistakes, nothing was written", mistakes.len())
            }
            Failure::Refused(sentence) => f.write_str(sentence),
            Failure::Faults(count) => write!(f, "{count} faults found"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Failure::Trouble(trouble)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::Trouble(error.into())
    }
}

/// Runs the command that was typed.
pub fn run(line: Line, powers: Powers) -> Result<(), Failure> {
    let Line { data, command } = line;
    let open = || App::open(&data, powers.clone());
    // A folder that was mistyped is not made, and nobody is told that all is well in it.
    let there = || match data.join(DATABASE) {
        database if database.exists() || database.with_extension("db-wal").exists() => Ok(()),
        database => Err(Failure::Refused(format!("{} is not there: is --data the right folder?", database.display()))),
    };
    let open_what_is_there = || there().and_then(|()| Ok(open()?));
    match command {
        Command::Serve(serve) => serve.run(&data, powers),
        Command::Demo(demo) => demo.run(&data, powers),
        Command::Import(import) => import.run(&open()?),
        Command::Account(account) => account.run(&open_what_is_there()?),
        Command::Parked(parked) => parked.run(&open_what_is_there()?),
        Command::Quarantine(quarantine) => quarantine.run(&open_what_is_there()?),
        Command::Duties(duties) => duties.run(),
        Command::Check => there().and_then(|()| check::run(&data)),
        Command::Erase(erase) => erase.run(&data, &powers),
        Command::Backup(backup) => backup.run(&data, &powers),
        Command::Restore(restore) => restore.run(&data, &powers),
    }
}
