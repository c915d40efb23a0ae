//! A file of one of the four kinds that are shown before they are written, by the command line and by the screen alike:
//! read, planned, written with what it replaced.
use sha2::{Digest, Sha256};
use zhucun_core::calendar::Calendar;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::duty::Policy;
use zhucun_core::id::PersonId;

use super::effect::{Change, Effect, Kind, Tally};
use super::mistake::Mistake;
use super::replaced::Replaced;
use super::roster::{FirstPassword, RosterRow};
use super::{calendar, policy, poor_village, roster};
use crate::accounts::Caller;
use crate::power::Powers;
use crate::store::audit::{self, Deed};
use crate::store::division::{self, PoorVillage};
use crate::store::imported::{self, ImportDraft};
use crate::store::{Connection, Transaction, Trouble};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Roster,
    PoorVillages,
    Policy,
    Calendar,
}

impl FileKind {
    pub const ALL: [FileKind; 4] = [FileKind::Roster, FileKind::PoorVillages, FileKind::Policy, FileKind::Calendar];

    pub fn code(self) -> &'static str {
        match self {
            FileKind::Roster => "roster",
            FileKind::PoorVillages => "poor_villages",
            FileKind::Policy => "policy",
            FileKind::Calendar => "calendar",
        }
    }

    pub fn from_code(code: &str) -> Option<FileKind> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Of the roster its own room writes into the audit log.
    fn action(self) -> Option<&'static str> {
        match self {
            FileKind::Roster => None,
            FileKind::PoorVillages => Some("poor_villages.imported"),
            FileKind::Policy => Some("policy.imported"),
            FileKind::Calendar => Some("calendar.imported"),
        }
    }
}

/// What stands in a file.
#[derive(Clone, Debug)]
pub enum Given {
    Roster(Vec<RosterRow>),
    PoorVillages(Vec<(usize, PoorVillage)>),
    Policy(Vec<Policy>),
    Calendar(Calendar),
}

impl Given {
    pub fn read(kind: FileKind, bytes: &[u8]) -> Result<Self, Vec<Mistake>> {
        Ok(match kind {
            FileKind::Roster => Self::Roster(roster::read(bytes)?),
            FileKind::PoorVillages => Self::PoorVillages(poor_village::read(bytes)?),
            FileKind::Policy => Self::Policy(policy::read(bytes).map_err(|wrong| vec![wrong.into()])?),
            FileKind::Calendar => Self::Calendar(calendar::read(bytes).map_err(of_file)?),
        })
    }

    /// What it would change of this database; or every mistake of it.
    pub fn plan(&self, connection: &Connection) -> Result<Result<Plan, Vec<Mistake>>, Trouble> {
        Ok(match self {
            Self::Roster(rows) => roster::plan(connection, rows)?.map(Plan::Roster),
            Self::PoorVillages(villages) => poor_village::plan(connection, villages)?.map(Plan::PoorVillages),
            Self::Policy(given) => policy::plan(connection, given)?.map(Plan::Policy).map_err(of_file),
            Self::Calendar(given) => Ok(Plan::Calendar(calendar::plan(connection, given.clone())?)),
        })
    }
}

fn of_file(faults: Vec<super::mistake::Wrong>) -> Vec<Mistake> {
    faults.into_iter().map(Mistake::from).collect()
}

/// What a file would change.
pub enum Plan {
    Roster(roster::Plan),
    PoorVillages(poor_village::Plan),
    Policy(policy::Plan),
    Calendar(calendar::Plan),
}

impl Plan {
    pub fn kind(&self) -> FileKind {
        match self {
            Plan::Roster(_) => FileKind::Roster,
            Plan::PoorVillages(_) => FileKind::PoorVillages,
            Plan::Policy(_) => FileKind::Policy,
            Plan::Calendar(_) => FileKind::Calendar,
        }
    }

    pub fn changes(&self) -> &[Change] {
        match self {
            Plan::Roster(plan) => &plan.changes,
            Plan::PoorVillages(plan) => &plan.changes,
            Plan::Policy(plan) => &plan.changes,
            Plan::Calendar(plan) => &plan.changes,
        }
    }

    pub fn tally(&self) -> Tally {
        Tally::of(self.changes())
    }

    /// The logins and names of those who get an account.
    pub fn newcomers(&self) -> Vec<(&str, &str)> {
        match self {
            Plan::Roster(plan) => plan.newcomers().collect(),
            Plan::PoorVillages(_) | Plan::Policy(_) | Plan::Calendar(_) => Vec::new(),
        }
    }

    /// Entries that would count otherwise.
    pub fn recounted(&self, connection: &Connection) -> Result<usize, Trouble> {
        match self {
            Plan::Policy(plan) => plan.recounted(connection),
            Plan::Roster(_) | Plan::PoorVillages(_) | Plan::Calendar(_) => Ok(0),
        }
    }

    /// The units of the lines that change anything; none where it is the whole deployment.
    fn divisions(&self) -> Vec<DivisionCode> {
        let changed = |change: &&Change| change.kind != Kind::Unchanged;
        match self {
            Plan::Roster(plan) => {
                let rows = plan.changes.iter().zip(&plan.whats).filter(|(change, _)| changed(change));
                rows.map(|(_, (_, what))| what.post().division).collect()
            }
            Plan::PoorVillages(plan) => {
                let rows = plan.changes.iter().zip(&plan.villages).filter(|(change, _)| changed(change));
                rows.map(|(_, (_, village))| village.code).collect()
            }
            Plan::Policy(_) | Plan::Calendar(_) => Vec::new(),
        }
    }

    /// Of the file and of all that is shown of the plan: what is written by it is what was read.
    pub fn digest(&self, bytes: &[u8]) -> String {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(b"import1");
        part(self.kind().code().as_bytes());
        part(bytes);
        let mut sentence = |effect: &Effect| {
            part(effect.code().as_bytes());
            for (name, value) in effect.arguments() {
                part(name.as_bytes());
                part(value.as_bytes());
            }
        };
        for change in self.changes() {
            sentence(&change.about);
            change.effects.iter().for_each(&mut sentence);
        }
        for change in self.changes() {
            part(change.kind.code().as_bytes());
            part(&change.effects.len().to_be_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What writing did.
pub struct Written {
    /// The number of the import; none where there was nothing to write.
    pub number: Option<i64>,
    /// Whose scope changed.
    pub people: Vec<PersonId>,
}

/// Writes a plan that was made from this database, with what it replaced; `passwords` were made for it. Logs the deed; by
/// nobody: the command line.
pub fn write(
    tx: &Transaction<'_>,
    plan: &Plan,
    digest: String,
    passwords: &[FirstPassword],
    powers: &Powers,
    by: Option<Caller>,
) -> Result<Written, Trouble> {
    let (at, tally) = (powers.now(), plan.tally());
    if tally.is_empty() {
        return Ok(Written { number: None, people: Vec::new() });
    }
    let (replaced, people) = match plan {
        Plan::Roster(plan) => {
            let applied = roster::apply_by(tx, plan, passwords, powers, by)?;
            (applied.replaced, applied.people)
        }
        Plan::PoorVillages(plan) => {
            let replaced = replaced_villages(tx, plan)?;
            poor_village::apply(tx, &plan.villages)?;
            (replaced, Vec::new())
        }
        Plan::Policy(plan) => {
            policy::apply(tx, plan, at)?;
            let versions = plan.added.iter().map(|policy| Replaced::Version { version: policy.version });
            (versions.collect(), Vec::new())
        }
        Plan::Calendar(plan) => {
            let before = crate::store::calendar::in_force(tx)?;
            calendar::apply(tx, plan, at)?;
            let year = |year| {
                let first = jiff::civil::date(year, 1, 1);
                let (before, after) = (before.between(first, first), plan.given.between(first, first));
                Replaced::Year { year, before, after }
            };
            (plan.years().map(year).collect(), Vec::new())
        }
    };
    let person = by.map(|caller| caller.person);
    if let Some(action) = plan.kind().action() {
        let device = by.map(|caller| caller.device);
        let (subject, detail) = (String::new(), tally.to_string());
        audit::append(tx, &Deed { at, person, device, action, subject, detail })?;
    }
    let Tally { added, changed, ended, .. } = tally;
    let kind = plan.kind().code();
    let draft = ImportDraft { kind, at, person, reach: reach(&plan.divisions()), digest, added, changed, ended };
    let texts: Vec<String> = replaced.iter().map(Replaced::text).collect();
    Ok(Written { number: Some(imported::add(tx, &draft, &texts)?), people })
}

fn replaced_villages(connection: &Connection, plan: &poor_village::Plan) -> Result<Vec<Replaced>, Trouble> {
    let known = division::poor_villages(connection)?;
    let rows = plan.villages.iter().zip(&plan.changes).filter(|(_, change)| change.kind != Kind::Unchanged);
    let replaced = rows.map(|((_, village), _)| Replaced::PoorVillage {
        before: known.iter().find(|it| (it.code, it.from) == (village.code, village.from)).cloned(),
        after: village.clone(),
    });
    Ok(replaced.collect())
}

/// The smallest division that holds all of these.
fn reach(codes: &[DivisionCode]) -> Option<DivisionCode> {
    let (first, others) = codes.split_first()?;
    let mut above = Level::ALL.into_iter().rev().filter_map(|level| first.at(level));
    above.find(|unit| others.iter().all(|code| unit.contains(*code)))
}
