//! `parked` and `quarantine`: what was not taken in, and what an operator does about it.
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use jiff::civil::Date;
use zhucun_core::clock::Moment;
use zhucun_core::id::PersonId;

use super::{Failure, argument};
use crate::app::App;
use crate::refusal::Refusal;
use crate::store::{Connection, Fault, Trouble, account, parked, quarantine};
use crate::sync::parking::{self, Verdict, WHY_CHARS_MAX, Why};

#[derive(Subcommand)]
pub enum ParkedCommand {
    /// List what waits for a decision, the oldest first.
    List,
    /// Take a pile into its document as it was written, as of when it came.
    Release { key: i64 },
    /// Dismiss a pile; its author is told why, and keeps what was written.
    Dismiss {
        key: i64,
        /// What the author is told.
        #[arg(long, value_name = "TEXT", value_parser = why)]
        why: Why,
    },
}

fn why(text: &str) -> Result<Why, String> {
    Why::new(text).ok_or_else(|| format!("1 to {WHY_CHARS_MAX} characters"))
}

impl ParkedCommand {
    pub fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            ParkedCommand::List => app.store.read_sync(list_parked),
            ParkedCommand::Release { key } => decide(app, key, Verdict::Release),
            ParkedCommand::Dismiss { key, why } => decide(app, key, Verdict::Dismiss(why)),
        }
    }
}

fn decide(app: &App, key: i64, verdict: Verdict) -> Result<(), Failure> {
    let done = parking::decide_sync(app, key, verdict);
    let pile = done.map_err(|fault| match fault {
        Fault::Refused(Refusal::NotYet) => {
            Failure::Refused("it builds on something that has not come yet; try again later".to_owned())
        }
        Fault::Refused(_) => Failure::Refused(format!("no pile has the key {key}: see `parked list`")),
        Fault::Trouble(trouble) => trouble.into(),
    })?;
    println!("{}: {} changes", pile.document, pile.changes);
    Ok(())
}

fn list_parked(connection: &Connection) -> Result<(), Failure> {
    let mut table = csv::Writer::from_writer(std::io::stdout().lock());
    table.write_record(["key", "document", "village", "login", "changes", "first", "last"]).map_err(unwritable)?;
    for pile in parked::piles(connection)? {
        let row = [
            pile.key.to_string(),
            pile.document.to_string(),
            pile.village.to_string(),
            login(connection, pile.person)?,
            pile.changes.to_string(),
            pile.first.date().to_string(),
            pile.last.date().to_string(),
        ];
        table.write_record(row).map_err(unwritable)?;
    }
    Ok(table.flush()?)
}

#[derive(Subcommand)]
pub enum QuarantineCommand {
    /// List what the gate refused, the oldest first.
    List,
    /// Write the bytes of one refused change to a new file.
    Save { key: i64, file: PathBuf },
    /// Forget what was refused before a day.
    Forget {
        #[arg(long, value_name = "DAY", value_parser = argument::day)]
        before: Date,
    },
}

impl QuarantineCommand {
    pub fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            QuarantineCommand::List => app.store.read_sync(list_refused),
            QuarantineCommand::Save { key, file } => {
                let bytes = app.store.read_sync(|connection| quarantine::bytes(connection, key))?;
                let bytes = bytes.ok_or_else(|| Failure::Refused(format!("nothing has the key {key}")))?;
                OpenOptions::new().write(true).create_new(true).open(&file)?.write_all(&bytes)?;
                println!("{}: {} bytes", file.display(), bytes.len());
                Ok(())
            }
            QuarantineCommand::Forget { before } => {
                let before = Moment::start_of(before);
                let gone: Result<usize, Trouble> = app.store.write_sync(move |tx| quarantine::forget(tx, before));
                println!("{} forgotten", gone?);
                Ok(())
            }
        }
    }
}

fn list_refused(connection: &Connection) -> Result<(), Failure> {
    let mut table = csv::Writer::from_writer(std::io::stdout().lock());
    table.write_record(["key", "received", "login", "device", "document", "code", "bytes"]).map_err(unwritable)?;
    for entry in quarantine::all(connection)? {
        let row = [
            entry.key.to_string(),
            entry.received.date().to_string(),
            login(connection, entry.person)?,
            entry.device.to_string(),
            entry.document.to_string(),
            entry.code,
            entry.bytes.to_string(),
        ];
        table.write_record(row).map_err(unwritable)?;
    }
    Ok(table.flush()?)
}

/// Who somebody is to an operator; an id where there is no account.
fn login(connection: &Connection, person: PersonId) -> Result<String, Trouble> {
    Ok(account::of_person(connection, person)?.map_or_else(|| person.to_string(), |account| account.login))
}

fn unwritable(error: csv::Error) -> Failure {
    std::io::Error::from(error).into()
}
