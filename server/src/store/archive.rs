//! All that is kept of one tenure 个人工作纪实档案: its figures, every entry with what was said of it and raised with it, leave that
//! was imported, excusals and assessments. What cannot be read makes no archive: nothing is left out in silence.
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rusqlite::Connection;
use zhucun_core::assessment::AssessmentKind;
use zhucun_core::clock::Moment;
use zhucun_core::contract::EntryState;
use zhucun_core::document::{Actor, Container, Document, DocumentId, Record};
use zhucun_core::entry::{EntryKind, HOUSEHOLDS};
use zhucun_core::excusal::ExcusalBasis;
use zhucun_core::id::{EntryId, EventId, PersonId};
use zhucun_core::issue;
use zhucun_core::leave::LeaveStep;
use zhucun_core::ledger::{self, Said, Side, What};
use zhucun_core::tenure::Tenure;

use super::assessment::{Assessment, Facts, Sheet};
use super::household::{Household, Households, register};
use super::leave::LeaveRow;
use super::tenure::Posted;
use super::{Trouble, absence, assessment, document, excusal, generation, leave, person, policy, read_model};

pub struct Archive {
    pub posted: Posted,
    /// Of the tenure so far, as the roll-up counts it.
    pub facts: Facts,
    /// By day and id.
    pub entries: Vec<Kept>,
    /// Leave that was imported; what was asked for is among the entries.
    pub leaves: Vec<LeaveRow>,
    pub excusals: Vec<Excused>,
    /// Those to which somebody wrote something.
    pub assessments: Vec<Assessment>,
}

/// A duty of a period that was taken out.
pub struct Excused {
    pub kind: EntryKind,
    pub period: String,
    pub basis: ExcusalBasis,
    pub note: String,
}

/// One entry, taken back or not.
pub struct Kept {
    /// `None`: of a kind that only a newer version knows.
    pub kind: Option<EntryKind>,
    pub day: Option<Date>,
    pub record: Record,
    pub state: EntryState,
    /// Of leave: how far it is, and whether the county has to approve it.
    pub leave: Option<(LeaveStep, bool)>,
    /// The households that it names, in its order.
    pub households: Vec<Option<Household>>,
    /// Oldest first.
    pub said: Vec<Remark>,
    pub issues: Vec<Raised>,
}

/// What somebody said of an entry.
pub struct Remark {
    pub what: What,
    pub side: Side,
    pub by: String,
    pub at: Moment,
    /// It was undone or restored since.
    pub undone: bool,
    /// It speaks of an earlier version.
    pub older: bool,
}

/// An issue that was raised with an entry.
pub struct Raised {
    pub issue: Record,
    pub households: Vec<Option<Household>>,
}

/// The archive of a tenure; nothing of one that has not begun.
pub fn of_tenure(connection: &Connection, tenure: &Tenure, now: Moment) -> Result<Option<Archive>, Trouble> {
    let Sheet { posted, mut assessments } = assessment::sheet(connection, tenure.clone(), now)?;
    let Some(at) = assessments.iter().position(|one| one.of.kind == AssessmentKind::TermEnd) else { return Ok(None) };
    let facts = assessments[at].facts;
    assessments.retain(|one| one.township.is_some() || one.county.is_some());
    let log = document::open(connection, generation::current(connection, DocumentId::log(tenure.id))?)?;
    let review = document::open(connection, generation::current(connection, DocumentId::review(tenure.id))?)?;
    let authors = Authors {
        connection,
        log: document::authors(connection, log.id())?,
        review: document::authors(connection, review.id())?,
    };
    Ok(Some(Archive {
        facts,
        entries: entries(connection, tenure, (&log, &review), &authors, now)?,
        leaves: leave::of_tenure(connection, tenure.id)?,
        excusals: excusals(connection, tenure, &review)?,
        assessments,
        posted,
    }))
}

/// Imported, or written by the township.
fn excusals(connection: &Connection, tenure: &Tenure, review: &Document) -> Result<Vec<Excused>, Trouble> {
    let imported = excusal::of_tenure(connection, tenure.id)?.into_iter();
    let mut excusals: Vec<Excused> =
        imported.map(|it| Excused { kind: it.kind, period: it.period, basis: it.basis, note: it.note }).collect();
    let written = ledger::excusals(review).into_iter();
    excusals.extend(written.map(|it| Excused { kind: it.kind, period: it.period, basis: it.basis, note: it.note }));
    excusals.sort_by(|one, next| (one.kind, &one.period).cmp(&(next.kind, &next.period)));
    Ok(excusals)
}

fn entries(
    connection: &Connection,
    tenure: &Tenure,
    (log, review): (&Document, &Document),
    authors: &Authors<'_>,
    now: Moment,
) -> Result<Vec<Kept>, Trouble> {
    let register = register(connection, tenure.division)?;
    let (households, policies) = (Households::of(&register), policy::all(connection)?);
    let mut raised: BTreeMap<String, Vec<Raised>> = BTreeMap::new();
    for issue in register.records(Container::Issues) {
        let Some(entry) = issue.text(issue::ENTRY).map(str::to_owned) else { continue };
        let households = households.named(issue.text(HOUSEHOLDS).unwrap_or_default());
        raised.entry(entry).or_default().push(Raised { issue, households });
    }
    let mut said = ledger::said_by_entry(log, Some(review));
    let awaiting = read_model::awaiting_of(connection, tenure, now)?;
    let mut entries = Vec::new();
    for record in log.records(Container::Entries) {
        let Ok(id) = record.key.parse::<EntryId>() else { continue };
        let (version, said) = (ledger::version(&record), said.remove(&id).unwrap_or_default());
        let state = match ledger::state(&version, &said) {
            state if state.awaits_review() && !awaiting.contains(&id) => EntryState::DeemedRead,
            state => state,
        };
        let request = absence::find(connection, (tenure.id, id), &policies)?;
        entries.push(Kept {
            kind: ledger::kind(&record),
            day: ledger::occurred_on(&record),
            state,
            leave: request.map(|it| (it.step(&policies), it.is_for_county(&policies))),
            households: households.named(record.text(HOUSEHOLDS).unwrap_or_default()),
            said: authors.remarks(&version, &said)?,
            issues: raised.remove(&record.key).unwrap_or_default(),
            record,
        });
    }
    entries.sort_by(|one, next| (one.day, &one.record.key).cmp(&(next.day, &next.record.key)));
    Ok(entries)
}

/// Who wrote in a log and in its review.
struct Authors<'c> {
    connection: &'c Connection,
    log: BTreeMap<Actor, PersonId>,
    review: BTreeMap<Actor, PersonId>,
}

impl Authors<'_> {
    fn remarks(&self, version: &str, said: &[Said]) -> Result<Vec<Remark>, Trouble> {
        let standing: BTreeSet<EventId> =
            ledger::standing_verdicts(said).chain(ledger::taken_back(said)).map(|said| said.id).collect();
        let remark = |said: &Said| {
            let may_be_undone = !matches!(said.what, What::Answered { .. } | What::Restored { .. });
            Ok(Remark {
                what: said.what.clone(),
                side: said.side,
                by: self.name(said)?,
                at: said.at,
                undone: may_be_undone && !standing.contains(&said.id),
                older: said.what.version().is_some_and(|of| of != version),
            })
        };
        said.iter().map(remark).collect()
    }

    fn name(&self, said: &Said) -> Result<String, Trouble> {
        let of = if said.side == Side::Author { &self.log } else { &self.review };
        let Some(person) = of.get(&said.actor) else { return Ok(String::new()) };
        Ok(person::find(self.connection, *person)?.map(|person| person.name).unwrap_or_default())
    }
}
