//! `import`: files into the database, whole or not at all.
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use zhucun_core::clock::Moment;

use super::Failure;
use crate::app::App;
use crate::import::roster::{self, FirstPassword, Kind, Plan};
use crate::import::table::{FILE_BYTES_MAX, Mistake};
use crate::import::{Tally, calendar, division, excusal, leave, policy, poor_village};
use crate::store::audit::{self, Deed};
use crate::store::{Fault, Transaction, Trouble};

#[derive(Subcommand)]
pub enum Import {
    /// Divisions 行政区划: a table with the columns code, name and perhaps level, parent_code, valid_from, valid_to.
    Divisions {
        /// CSV (UTF-8) or XLSX
        file: PathBuf,
    },
    /// Poor villages 贫困村: a table with the columns code, from and perhaps to.
    PoorVillages {
        /// CSV (UTF-8) or XLSX
        file: PathBuf,
    },
    /// The roster 花名册: one row a person and post. Shows what would change; --apply writes it.
    Roster {
        /// CSV (UTF-8) or XLSX; the columns are in docs/OPERATING
        file: PathBuf,
        /// Write it, and print the first passwords of new accounts as CSV.
        #[arg(long)]
        apply: bool,
        /// Write the first passwords into this new file (mode 0600) instead.
        #[arg(long, value_name = "FILE", requires = "apply")]
        passwords: Option<PathBuf>,
    },
    /// A policy 口径: versions of the numbers that duties hang on, for the server and all phones. Shows what would change;
    /// --apply writes it.
    Policy {
        /// JSON: version, valid_from and the fields that differ (docs/OPERATING)
        file: PathBuf,
        /// Write it, and count every entry anew.
        #[arg(long)]
        apply: bool,
    },
    /// Leave 请假/外出, with who approved it. Shows what would change; --apply writes it.
    Leave {
        /// CSV (UTF-8) or XLSX; the columns are in docs/OPERATING
        file: PathBuf,
        /// Write it.
        #[arg(long)]
        apply: bool,
    },
    /// Excusals 免计: duties taken out, by whom and why. Shows what would change; --apply writes it.
    Excusals {
        /// CSV (UTF-8) or XLSX; the columns are in docs/OPERATING
        file: PathBuf,
        /// Write it.
        #[arg(long)]
        apply: bool,
    },
    /// The calendar 节假日: holidays and make-up workdays of whole years. Shows what would change; --apply writes it.
    Calendar {
        /// JSON: the lists holidays and workdays (docs/OPERATING)
        file: PathBuf,
        /// Write it.
        #[arg(long)]
        apply: bool,
    },
}

impl Import {
    pub fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Import::Divisions { file } => {
                let units = division::read(&bytes(&file)?).map_err(|mistakes| wrong(&file, mistakes))?;
                let judged = write(app, "divisions.imported", move |tx| {
                    none(division::judge(tx, &units)?)?;
                    Ok(division::apply(tx, &units)?)
                });
                eprintln!("divisions: {}", tallied(&file, judged)?);
            }
            Import::PoorVillages { file } => {
                let villages = poor_village::read(&bytes(&file)?).map_err(|mistakes| wrong(&file, mistakes))?;
                let judged = write(app, "poor_villages.imported", move |tx| {
                    none(poor_village::judge(tx, &villages)?)?;
                    Ok(poor_village::apply(tx, &villages)?)
                });
                eprintln!("poor villages: {}", tallied(&file, judged)?);
            }
            Import::Policy { file, apply } => {
                let given = policy::read(&bytes(&file)?).map_err(|fault| refused(&file, vec![fault]))?;
                let plan = app.store.read_sync(|connection| policy::plan(connection, &given))?;
                let plan = plan.map_err(|faults| refused(&file, faults))?;
                plan.sentences.iter().for_each(|sentence| eprintln!("+ {sentence}"));
                eprintln!("policies: {}; {} entries count otherwise", plan.tally(), plan.recounted);
                let tally = plan.tally();
                settle(app, apply, "policy.imported", tally, move |tx, now| policy::apply(tx, &plan, now).map(|_| ()))?;
            }
            Import::Leave { file, apply } => {
                let lines = leave::read(&bytes(&file)?).map_err(|mistakes| wrong(&file, mistakes))?;
                let today = app.powers.now().date();
                let plan = app.store.read_sync(|connection| leave::plan(connection, &lines, today))?;
                let plan = plan.map_err(|mistakes| wrong(&file, mistakes))?;
                plan.sentences.iter().for_each(|sentence| eprintln!("{sentence}"));
                eprintln!("leave: {}", plan.tally);
                settle(app, apply, "leave.imported", plan.tally, move |tx, _| leave::apply(tx, &plan))?;
            }
            Import::Excusals { file, apply } => {
                let lines = excusal::read(&bytes(&file)?).map_err(|mistakes| wrong(&file, mistakes))?;
                let today = app.powers.now().date();
                let plan = app.store.read_sync(|connection| excusal::plan(connection, &lines, today))?;
                let plan = plan.map_err(|mistakes| wrong(&file, mistakes))?;
                plan.sentences.iter().for_each(|sentence| eprintln!("{sentence}"));
                eprintln!("excusals: {}", plan.tally);
                settle(app, apply, "excusals.imported", plan.tally, move |tx, _| excusal::apply(tx, &plan))?;
            }
            Import::Calendar { file, apply } => {
                let given = calendar::read(&bytes(&file)?).map_err(|faults| refused(&file, faults))?;
                let plan = app.store.read_sync(|connection| calendar::plan(connection, given))?;
                plan.sentences.iter().for_each(|sentence| eprintln!("~ {sentence}"));
                eprintln!("years of the calendar: {}", plan.tally());
                let tally = plan.tally();
                settle(app, apply, "calendar.imported", tally, move |tx, now| calendar::apply(tx, &plan, now))?;
            }
            Import::Roster { file, apply, passwords } => {
                let rows = roster::read(&bytes(&file)?).map_err(|mistakes| wrong(&file, mistakes))?;
                let plan = app.store.read_sync(move |connection| roster::plan(connection, &rows))?;
                let plan = plan.map_err(|mistakes| wrong(&file, mistakes))?;
                preview(&plan);
                if apply {
                    apply_roster(app, plan, passwords.as_deref())?;
                } else {
                    eprintln!("nothing was written; --apply writes it");
                }
            }
        }
        Ok(())
    }
}

fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: io::Error| Failure::Refused(format!("{}: {error}", file.display()));
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(unreadable)?;
    opened.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

fn wrong(file: &Path, mistakes: Vec<Mistake>) -> Failure {
    Failure::Mistakes { file: file.display().to_string(), mistakes }
}

fn refused(file: &Path, faults: Vec<String>) -> Failure {
    let lines: Vec<String> = faults.iter().map(|fault| format!("{}: {fault}", file.display())).collect();
    Failure::Refused(format!("{}\nnothing was written", lines.join("\n")))
}

/// Writes what was shown, if it is to be written and changes anything, and logs the deed with it.
fn settle(
    app: &App,
    apply: bool,
    action: &'static str,
    tally: Tally,
    work: impl FnOnce(&Transaction<'_>, Moment) -> Result<(), Trouble> + Send + 'static,
) -> Result<(), Failure> {
    if !apply {
        eprintln!("nothing was written; --apply writes it");
        return Ok(());
    }
    if tally.added + tally.changed + tally.ended == 0 {
        eprintln!("there was nothing to write");
        return Ok(());
    }
    let at = app.powers.now();
    let written: Result<(), Trouble> = app.store.write_sync(move |tx| {
        work(tx, at)?;
        let (subject, detail) = (String::new(), tally.to_string());
        audit::append(tx, &Deed { at, person: None, device: None, action, subject, detail })
    });
    written?;
    eprintln!("written; phones have it at their next sync");
    Ok(())
}

fn none(mistakes: Vec<Mistake>) -> Result<(), Fault<Vec<Mistake>>> {
    if mistakes.is_empty() { Ok(()) } else { Err(Fault::Refused(mistakes)) }
}

fn tallied(file: &Path, done: Result<Tally, Fault<Vec<Mistake>>>) -> Result<Tally, Failure> {
    done.map_err(|fault| match fault {
        Fault::Refused(mistakes) => wrong(file, mistakes),
        Fault::Trouble(trouble) => Failure::Trouble(trouble),
    })
}

/// Judges and writes in one transaction, and logs the deed in it.
fn write(
    app: &App,
    action: &'static str,
    work: impl FnOnce(&Transaction<'_>) -> Result<Tally, Fault<Vec<Mistake>>> + Send + 'static,
) -> Result<Tally, Fault<Vec<Mistake>>> {
    let at = app.powers.now();
    app.store.write_sync(move |tx| {
        let tally = work(tx)?;
        let (subject, detail) = (String::new(), tally.to_string());
        audit::append(tx, &Deed { at, person: None, device: None, action, subject, detail })?;
        Ok(tally)
    })
}

fn preview(plan: &Plan) {
    for change in plan.changes.iter().filter(|change| change.kind != Kind::Unchanged) {
        let sign = match change.kind {
            Kind::Added => "+",
            Kind::Changed => "~",
            Kind::Ended => "-",
            Kind::Unchanged => "=",
        };
        eprintln!("{sign} line {}: {}", change.line, change.sentence);
    }
    eprintln!("roster: {}, {} new accounts", plan.tally(), plan.newcomers().count());
}

/// Writes the plan and hands out first passwords. Those that go into a file are on the disk before the accounts are.
pub(super) fn apply_roster(app: &App, plan: Plan, file: Option<&Path>) -> Result<(), Failure> {
    let passwords = roster::first_passwords(&plan, &app.powers);
    let file = file.filter(|_| !passwords.is_empty());
    if let Some(file) = file {
        let refused = |error: io::Error| Failure::Refused(format!("{}: {error}", file.display()));
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(refused)?;
        write_passwords(&opened, &passwords).map_err(refused)?;
        opened.sync_all().map_err(refused)?;
    }
    let (powers, handed) = (app.powers.clone(), passwords.clone());
    let applied: Result<_, Trouble> = app.store.write_sync(move |tx| roster::apply(tx, &plan, &handed, &powers));
    match (applied, file) {
        (Ok(_), Some(file)) => eprintln!("written; first passwords are in {}", file.display()),
        (Ok(_), None) if passwords.is_empty() => eprintln!("written"),
        (Ok(_), None) => write_passwords(io::stdout().lock(), &passwords)?,
        (Err(trouble), Some(file)) => {
            std::fs::remove_file(file)?;
            return Err(trouble.into());
        }
        (Err(trouble), None) => return Err(trouble.into()),
    }
    Ok(())
}

fn write_passwords(to: impl Write, passwords: &[FirstPassword]) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(to);
    table.write_record(["login", "name", "first_password"])?;
    for first in passwords {
        table.write_record([&first.login, &first.name, &first.password])?;
    }
    table.flush()
}
