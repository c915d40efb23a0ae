//! `import`: files into the database, whole or not at all.
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::Failure;
use crate::app::App;
use crate::import::effect::Kind;
use crate::import::file::{self, FileKind, Given, Plan};
use crate::import::mistake::Mistake;
use crate::import::roster::{self, FirstPassword};
use crate::import::table::FILE_BYTES_MAX;
use crate::import::{Tally, division, excusal, leave};
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
                let (plan, digest) = planned(app, FileKind::PoorVillages, &file)?;
                eprintln!("poor villages: {}", plan.tally());
                write_plan(app, plan, digest, Vec::new())?;
            }
            Import::Policy { file, apply } => {
                let (plan, digest) = planned(app, FileKind::Policy, &file)?;
                show(&plan);
                let recounted = app.store.read_sync(|connection| plan.recounted(connection))?;
                eprintln!("policies: {}; {recounted} entries count otherwise", plan.tally());
                settle(apply, plan.tally(), || write_plan(app, plan, digest, Vec::new()))?;
            }
            Import::Leave { file, apply } => {
                let lines = leave::read(&bytes(&file)?).map_err(|mistakes| wrong(&file, mistakes))?;
                let today = app.powers.now().date();
                let plan = app.store.read_sync(|connection| leave::plan(connection, &lines, today))?;
                let plan = plan.map_err(|mistakes| wrong(&file, mistakes))?;
                plan.sentences.iter().for_each(|sentence| eprintln!("{sentence}"));
                eprintln!("leave: {}", plan.tally);
                let tally = plan.tally;
                let written = || write(app, "leave.imported", move |tx| Ok(leave::apply(tx, &plan).map(|()| tally)?));
                settle(apply, tally, || tallied(&file, written()).map(|_| ()))?;
            }
            Import::Excusals { file, apply } => {
                let lines = excusal::read(&bytes(&file)?).map_err(|mistakes| wrong(&file, mistakes))?;
                let today = app.powers.now().date();
                let plan = app.store.read_sync(|connection| excusal::plan(connection, &lines, today))?;
                let plan = plan.map_err(|mistakes| wrong(&file, mistakes))?;
                plan.sentences.iter().for_each(|sentence| eprintln!("{sentence}"));
                eprintln!("excusals: {}", plan.tally);
                let tally = plan.tally;
                let written =
                    || write(app, "excusals.imported", move |tx| Ok(excusal::apply(tx, &plan).map(|()| tally)?));
                settle(apply, tally, || tallied(&file, written()).map(|_| ()))?;
            }
            Import::Calendar { file, apply } => {
                let (plan, digest) = planned(app, FileKind::Calendar, &file)?;
                show(&plan);
                eprintln!("years of the calendar: {}", plan.tally());
                settle(apply, plan.tally(), || write_plan(app, plan, digest, Vec::new()))?;
            }
            Import::Roster { file, apply, passwords } => {
                let (plan, digest) = planned(app, FileKind::Roster, &file)?;
                show(&plan);
                eprintln!("roster: {}, {} new accounts", plan.tally(), plan.newcomers().len());
                if apply {
                    apply_roster(app, plan, digest, passwords.as_deref())?;
                } else {
                    eprintln!("nothing was written; --apply writes it");
                }
            }
        }
        Ok(())
    }
}

/// What a file would change, and the digest of both.
fn planned(app: &App, kind: FileKind, file: &Path) -> Result<(Plan, String), Failure> {
    let bytes = bytes(file)?;
    let given = Given::read(kind, &bytes).map_err(|mistakes| wrong(file, mistakes))?;
    let plan = app.store.read_sync(|connection| given.plan(connection))?;
    let plan = plan.map_err(|mistakes| wrong(file, mistakes))?;
    let digest = plan.digest(&bytes);
    Ok((plan, digest))
}

/// Says what would change, a line each.
fn show(plan: &Plan) {
    for change in plan.changes() {
        match change.kind {
            Kind::Added => eprintln!("+ {change}"),
            Kind::Changed => eprintln!("~ {change}"),
            Kind::Ended => eprintln!("- {change}"),
            Kind::Unchanged => {}
        }
    }
}

fn write_plan(app: &App, plan: Plan, digest: String, passwords: Vec<FirstPassword>) -> Result<(), Failure> {
    let powers = app.powers.clone();
    let written: Result<_, Trouble> =
        app.store.write_sync(move |tx| file::write(tx, &plan, digest, &passwords, &powers, None));
    written?;
    Ok(())
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

/// Writes what was shown, if it is to be written and changes anything.
fn settle(apply: bool, tally: Tally, write: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    if !apply {
        eprintln!("nothing was written; --apply writes it");
        return Ok(());
    }
    if tally.is_empty() {
        eprintln!("there was nothing to write");
        return Ok(());
    }
    write()?;
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

/// Writes the plan and hands out first passwords. Those that go into a file are on the disk before the accounts are.
pub(super) fn apply_roster(app: &App, plan: Plan, digest: String, file: Option<&Path>) -> Result<(), Failure> {
    let passwords = roster::first_passwords(plan.newcomers().into_iter(), &app.powers);
    let file = file.filter(|_| !passwords.is_empty());
    if let Some(file) = file {
        let refused = |error: io::Error| Failure::Refused(format!("{}: {error}", file.display()));
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(refused)?;
        write_passwords(&opened, &passwords).map_err(refused)?;
        opened.sync_all().map_err(refused)?;
    }
    match (write_plan(app, plan, digest, passwords.clone()), file) {
        (Ok(()), Some(file)) => eprintln!("written; first passwords are in {}", file.display()),
        (Ok(()), None) if passwords.is_empty() => eprintln!("written"),
        (Ok(()), None) => write_passwords(io::stdout().lock(), &passwords)?,
        (Err(failure), Some(file)) => {
            std::fs::remove_file(file)?;
            return Err(failure);
        }
        (Err(failure), None) => return Err(failure),
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
