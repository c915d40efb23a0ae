//! `erase`: what is known of a household goes, from the database, from phones, and from every backup that is restored.
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::erasure::Erased;
use zhucun_core::id::HouseholdId;

use super::Failure;
use crate::app::DATABASE;
use crate::erase::{LEDGER, Ledger, REASON_CHARS_MAX};
use crate::hold::Hold;
use crate::power::Powers;
use crate::store::{Connection, Fault, division, erasure, generation};

#[derive(Subcommand)]
pub enum Erase {
    /// List the households of a village with their ids, as CSV.
    Register {
        #[arg(value_name = "CODE")]
        village: DivisionCode,
    },
    Household(Household),
}

/// Erase a household. Shows what would change; --apply does it.
///
/// Its record goes. Every entry that ever named it keeps kind, days and choices, and loses its texts, its checks and what
/// was written about it, also where it names other households; confirmations stay. Stop the server before --apply. The
/// ledger, DIR/erasures.jsonl, does it again to every backup that is restored: keep a copy of it beside the key's.
#[derive(Args)]
pub struct Household {
    /// The household's id.
    id: HouseholdId,
    /// Do it. There is no way back.
    #[arg(long)]
    apply: bool,
    /// Do it although phones may hold what a restore lost: what they hold of these documents is then lost to others.
    #[arg(long, requires = "apply")]
    without_waiting: bool,
    /// Why, for the audit log and the ledger; never whom.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

fn reason(text: &str) -> Result<String, String> {
    match text.chars().count() {
        0 => Err("a reason is needed".to_owned()),
        1..=REASON_CHARS_MAX => Ok(text.to_owned()),
        _ => Err(format!("{REASON_CHARS_MAX} characters at most")),
    }
}

impl Erase {
    pub fn run(self, data: &Path, powers: &Powers) -> Result<(), Failure> {
        match self {
            Erase::Register { village } => register(data, village),
            Erase::Household(household) => household.run(data, powers),
        }
    }
}

impl Household {
    fn run(self, data: &Path, powers: &Powers) -> Result<(), Failure> {
        let Self { id, apply, without_waiting, reason } = self;
        let _hold = if apply { Hold::alone(data)? } else { Hold::beside(data)? };
        let connection = open(data)?;
        let ledger = Ledger::of(data);
        if apply {
            // One that was interrupted before is brought to its end as it was begun.
            ledger.catch_up(&connection)?;
        }
        if generation::is_erased(&connection, id)? {
            println!("household {id} is erased already");
            return Ok(());
        }
        let plan = erasure::plan(&connection, id, &reason, powers.now()).map_err(failure)?;
        preview(&connection, &plan)?;
        if let Some((restored, devices)) = erasure::unheard(&connection, &plan)? {
            let sentence =
                format!("{devices} devices of the county have not come since the restore of {}", restored.date());
            let sentence = format!("{sentence}: what it lost is on them, and an erasure does not reach it");
            if apply && !without_waiting {
                return Err(Failure::Refused(format!("{sentence}; let them sync first, or say --without-waiting")));
            }
            eprintln!("{sentence}");
        }
        if !apply {
            eprintln!("nothing was erased; --apply does it");
            return Ok(());
        }
        ledger.append(&plan)?;
        erasure::apply(&connection, &plan)?;
        erasure::clean(&connection)?;
        println!("erased; phones follow at their next sync");
        eprintln!(
            "copy {LEDGER} to where the key's copy is, and make a backup now: older ones still hold the household"
        );
        for kept in kept(data)? {
            eprintln!("{} holds it too: delete it", kept.display());
        }
        Ok(())
    }
}

fn open(data: &Path) -> Result<Connection, Failure> {
    let database = data.join(DATABASE);
    if !database.is_file() {
        return Err(Failure::Refused(format!("{} is not there: nothing to erase from", database.display())));
    }
    Ok(erasure::open(&database)?)
}

fn register(data: &Path, village: DivisionCode) -> Result<(), Failure> {
    if village.level() != Level::Village {
        return Err(Failure::Refused(format!("{village} is no village")));
    }
    let _hold = Hold::beside(data)?;
    let mut table = csv::Writer::from_writer(std::io::stdout().lock());
    let write = |error: csv::Error| Failure::from(std::io::Error::from(error));
    table.write_record(["id", "head", "group", "number"]).map_err(write)?;
    for [id, head, group, number] in erasure::register(&open(data)?, village)? {
        table.write_record([id, head, group, number]).map_err(write)?;
    }
    Ok(table.flush()?)
}

fn preview(connection: &Connection, plan: &Erased) -> Result<(), Failure> {
    let name = division::find(connection, plan.village)?.map(|village| village.name).unwrap_or_default();
    println!("household {} of {} {name}", plan.household, plan.village);
    println!("{} entries lose their texts and checks", plan.entries.len());
    for document in erasure::named(plan) {
        println!("{document} is written anew");
    }
    let parked = erasure::parked(connection, plan)?;
    if parked > 0 {
        println!("{parked} changes are parked there: take or dismiss them first, or their authors have them back");
    }
    Ok(())
}

/// What restores have kept in the folder.
fn kept(data: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut kept = Vec::new();
    for file in std::fs::read_dir(data)? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("zhucun-until-") {
            kept.push(path);
        }
    }
    Ok(kept)
}

fn failure(fault: Fault<String>) -> Failure {
    match fault {
        Fault::Refused(sentence) => Failure::Refused(sentence),
        Fault::Trouble(trouble) => Failure::Trouble(trouble),
    }
}
