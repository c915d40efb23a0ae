//! Leave that is asked for in logs, what counties decide of it, and excusals that townships write in reviews: rows beside the
//! documents, and with what was imported all that takes days and duties of a tenure out.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use uuid::Uuid;
use zhucun_core::clock::Moment;
use zhucun_core::contract::EntryState;
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::document::{Container, Document, DocumentId, Record};
use zhucun_core::duty::Policies;
use zhucun_core::entry::EntryKind;
use zhucun_core::excusal::{Excusal, ExcusalBasis};
use zhucun_core::id::{EntryId, EventId, PersonId, TenureId};
use zhucun_core::leave::{Leave, LeaveDecision, LeaveKind, LeaveStep};
use zhucun_core::ledger::{self, Excused};

use super::leave::LeaveRow;
use super::read_model::{InLog, key};
use super::value::{below, code, word};
use super::visit::Days;
use super::{Trouble, division, document, excusal, generation, leave, person, policy, tenure};

/// A leave that was asked for, with where its entry stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub entry: EntryId,
    pub tenure: TenureId,
    pub village: DivisionCode,
    pub asked_on: Option<Date>,
    pub version: String,
    pub leave: Leave,
    pub reported_back: Option<Date>,
    pub state: String,
    /// What the county decided of this version.
    pub decision: Option<LeaveDecision>,
}

impl Request {
    pub fn step(&self, policies: &Policies) -> LeaveStep {
        let confirmed = self.state == EntryState::Confirmed.code();
        let state = if confirmed { EntryState::Confirmed } else { EntryState::Submitted };
        ledger::leave_step(&self.leave, state, &self.version, self.decision.as_ref(), policies)
    }

    pub fn is_for_county(&self, policies: &Policies) -> bool {
        policies.asks_county(&self.leave)
    }
}

/// What its author wrote to a leave; it stands in the log alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub destination: String,
    pub grounds: String,
}

/// Words that are kept in memory; beyond, all are read anew.
const WORDS_KEPT_MAX: usize = 1_000;

/// Words that were read, by log, entry and version: a log is opened once for each, however often a list is asked for. What follows
/// from a version never changes, and what an erasure takes out leaves another version behind. Cloning is cheap; all clones keep
/// the same.
#[derive(Clone, Default)]
pub struct WordsRead(Arc<Mutex<BTreeMap<Version, Words>>>);

/// An entry of a log, in one of its versions.
type Version = (InLog, String);

impl WordsRead {
    /// What its author wrote to this version of a request; nothing while the log is damaged.
    pub fn of(&self, connection: &Connection, request: &Request) -> Result<Words, Trouble> {
        let name = ((request.tenure, request.entry), request.version.clone());
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Ok(known.clone());
        }
        let Some(words) = read_words(connection, request)? else { return Ok(Words::default()) };
        self.keep(name, words.clone());
        Ok(words)
    }

    fn keep(&self, name: Version, words: Words) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= WORDS_KEPT_MAX {
            kept.clear();
        }
        kept.insert(name, words);
    }
}

fn read_words(connection: &Connection, request: &Request) -> Result<Option<Words>, Trouble> {
    let log = match document::open(connection, generation::current(connection, DocumentId::log(request.tenure))?) {
        Err(Trouble::Rotten { .. }) => return Ok(None),
        log => log?,
    };
    let record = log.record(Container::Entries, &request.entry.to_string());
    let text = |name: &str| record.as_ref().and_then(|record| record.text(name)).unwrap_or_default().to_owned();
    Ok(Some(Words { destination: text("destination"), grounds: text("grounds") }))
}

/// Keeps what a record of a log asks for; what cannot be read as leave any more leaves no row.
pub fn follow_entry(
    tx: &Transaction<'_>,
    tenure: TenureId,
    record: &Record,
    policies: &Policies,
) -> Result<(), Trouble> {
    let Ok(entry) = record.key.parse::<EntryId>() else { return Ok(()) };
    let Some(leave) = ledger::leave(record, policies) else {
        tx.prepare_cached("DELETE FROM leave_request WHERE tenure = ?1 AND entry = ?2")?
            .execute([tenure.0, entry.0])?;
        return Ok(());
    };
    tx.prepare_cached(
        "INSERT INTO leave_request VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET kind = excluded.kind,
             from_day = excluded.from_day, to_day = excluded.to_day, reported_back = excluded.reported_back",
    )?
    .execute(params![
        tenure.0,
        entry.0,
        leave.kind.code(),
        leave.from,
        leave.to,
        ledger::reported_back(record)
    ])?;
    Ok(())
}

/// Keeps what a record of a review says of duties.
pub fn follow_review(tx: &Transaction<'_>, tenure: TenureId, record: &Record) -> Result<(), Trouble> {
    if let Some(Excused { id, kind, period, basis, .. }) = ledger::excused(record) {
        tx.prepare_cached("INSERT INTO township_excusal VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING")?
            .execute(params![id.0, tenure.0, kind.code(), period, basis.code()])?;
    }
    if let Some(event) = ledger::takes_back(record) {
        tx.prepare_cached("INSERT INTO township_excusal_taken_back VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([event.0])?;
    }
    Ok(())
}

const REQUESTS: &str = "SELECT entry.id, entry.tenure, entry.village, entry.occurred_on, entry.version,
        leave_request.kind, from_day, to_day, reported_back, entry.state, approved, by_person, at_ms, note
    FROM leave_request JOIN entry ON entry.tenure = leave_request.tenure AND entry.id = leave_request.entry
    LEFT JOIN leave_decision ON leave_decision.tenure = entry.tenure AND leave_decision.entry = entry.id
        AND leave_decision.version = entry.version";

/// The entries of a tenure that ask for leave; by their own index, or else the leave of everybody is looked at.
const OF_TENURE: &str = "entry.tenure = ?1 AND entry.kind = 'leave'";

fn request(row: &Row<'_>, policies: &Policies) -> rusqlite::Result<Request> {
    let (entry, version): (EntryId, String) = (EntryId(row.get(0)?), row.get(4)?);
    let (kind, from, to) = (word(row, 5, LeaveKind::from_code)?, row.get(6)?, row.get(7)?);
    let counts_as_present = policies.in_force(from).counts_as_present(kind);
    let decision = match row.get::<_, Option<bool>>(10)? {
        Some(approved) => {
            let (by, at, note) = (PersonId(row.get(11)?), Moment(row.get(12)?), row.get(13)?);
            Some(LeaveDecision { entry, version: version.clone(), approved, by, at, note })
        }
        None => None,
    };
    Ok(Request {
        entry,
        tenure: TenureId(row.get(1)?),
        village: code(row, 2)?,
        asked_on: row.get(3)?,
        version,
        leave: Leave { kind, from, to, counts_as_present, approved_by: None },
        reported_back: row.get(8)?,
        state: row.get(9)?,
        decision,
    })
}

pub fn find(connection: &Connection, entry: InLog, policies: &Policies) -> Result<Option<Request>, Trouble> {
    Ok(connection
        .prepare_cached(&format!("{REQUESTS} WHERE entry.tenure = ?1 AND entry.id = ?2"))?
        .query_row(key(entry), |row| request(row, policies))
        .optional()?)
}

/// All requests inside a division, by village and day.
pub fn inside(connection: &Connection, parent: DivisionCode, policies: &Policies) -> Result<Vec<Request>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(Vec::new()) };
    let sql = format!(
        "{REQUESTS} WHERE entry.village BETWEEN ?1 AND ?2 AND entry.kind = 'leave'
         ORDER BY entry.village, from_day, entry.id"
    );
    let mut rows = connection.prepare_cached(&sql)?;
    Ok(rows.query_map([first, last], |row| request(row, policies))?.collect::<Result<_, _>>()?)
}

/// A leave as a table lists it, asked for or imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveLine {
    pub village: Division,
    /// Whose it is.
    pub name: String,
    pub leave: Leave,
    pub asked_on: Option<Date>,
    pub reported_back: Option<Date>,
    pub step: LeaveStep,
    pub for_county: bool,
}

/// The leave inside a division that touches the days, by village and first day; without what was taken back. Nothing when
/// there are more than `most`.
pub fn lines(
    connection: &Connection,
    parent: DivisionCode,
    days: Days,
    most: usize,
) -> Result<Option<Vec<LeaveLine>>, Trouble> {
    let policies = policy::all(connection)?;
    let touches =
        |leave: &Leave| days.from.is_none_or(|from| from <= leave.to) && days.to.is_none_or(|to| leave.from <= to);
    let requests = inside(connection, parent, &policies)?;
    let mut lines = Vec::new();
    for tenure in tenure::inside(connection, parent)? {
        let village =
            division::find(connection, tenure.division)?.ok_or(Trouble::Damaged("a tenure outside any unit"))?;
        let person = person::find(connection, tenure.person)?.ok_or(Trouble::Damaged("a tenure of nobody"))?;
        let line = |leave: Leave, asked_on, reported_back, step| {
            let (village, name, for_county) = (village.clone(), person.name.clone(), policies.asks_county(&leave));
            LeaveLine { village, name, leave, asked_on, reported_back, step, for_county }
        };
        for LeaveRow { leave, reported_back } in leave::of_tenure(connection, tenure.id)? {
            let step = if leave.approved_by.is_some() { LeaveStep::Approved } else { LeaveStep::Asked };
            lines.push(line(leave, None, reported_back, step));
        }
        let taken_back = [EntryState::Withdrawn, EntryState::Voided].map(EntryState::code);
        let own = requests.iter().filter(|it| it.tenure == tenure.id && !taken_back.contains(&it.state.as_str()));
        lines.extend(own.map(|it| line(it.leave.clone(), it.asked_on, it.reported_back, it.step(&policies))));
    }
    lines.retain(|line| touches(&line.leave));
    lines.sort_by_key(|line| (line.village.code, line.leave.from));
    Ok((lines.len() <= most).then_some(lines))
}

/// The decisions about leave of a tenure, of whatever version.
pub fn decisions_of(connection: &Connection, tenure: TenureId) -> Result<Vec<LeaveDecision>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT entry, version, approved, by_person, at_ms, note FROM leave_decision WHERE tenure = ?1
         ORDER BY entry, version",
    )?;
    let decision = |row: &Row<'_>| {
        Ok(LeaveDecision {
            entry: EntryId(row.get(0)?),
            version: row.get(1)?,
            approved: row.get(2)?,
            by: PersonId(row.get(3)?),
            at: Moment(row.get(4)?),
            note: row.get(5)?,
        })
    };
    Ok(rows.query_map([tenure.0], decision)?.collect::<Result<_, _>>()?)
}

pub fn decide(tx: &Transaction<'_>, tenure: TenureId, it: &LeaveDecision) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO leave_decision VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET
             approved = excluded.approved, by_person = excluded.by_person, at_ms = excluded.at_ms, note = excluded.note",
    )?
    .execute(params![tenure.0, it.entry.0, it.version, it.approved, it.by.0, it.at.0, it.note])?;
    Ok(())
}

/// What takes days of a tenure out: imported, or asked for and approved.
pub fn leaves_of(connection: &Connection, tenure: TenureId, policies: &Policies) -> Result<Vec<Leave>, Trouble> {
    let mut leaves: Vec<Leave> = leave::of_tenure(connection, tenure)?.into_iter().map(|row| row.leave).collect();
    let mut rows = connection.prepare_cached(&format!("{REQUESTS} WHERE {OF_TENURE} ORDER BY from_day"))?;
    for request in rows.query_map([tenure.0], |row| request(row, policies))? {
        let request = request?;
        if request.step(policies) == LeaveStep::Approved {
            let by = request.decision.map_or(PersonId(Uuid::nil()), |decision| decision.by);
            leaves.push(Leave { approved_by: Some(by), ..request.leave }.until(request.reported_back));
        }
    }
    Ok(leaves)
}

/// What takes duties of a tenure out: imported, or written by the township.
pub fn excusals_of(connection: &Connection, tenure: TenureId) -> Result<Vec<Excusal>, Trouble> {
    let mut excusals = excusal::of_tenure(connection, tenure)?;
    excusals.extend(by_township(connection, tenure)?.into_iter().map(|(_, excusal)| excusal));
    Ok(excusals)
}

/// The excusals in the review of a tenure that were not taken back. Who wrote one, and what of it, is in the document.
fn by_township(connection: &Connection, tenure: TenureId) -> Result<Vec<(EventId, Excusal)>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT event, kind, period, basis FROM township_excusal
         WHERE tenure = ?1 AND event NOT IN (SELECT event FROM township_excusal_taken_back) ORDER BY event",
    )?;
    let excusal = |row: &Row<'_>| {
        let (kind, basis) = (word(row, 1, EntryKind::from_code)?, word(row, 3, ExcusalBasis::from_code)?);
        let (period, by, note) = (row.get(2)?, PersonId(Uuid::nil()), String::new());
        Ok((EventId(row.get(0)?), Excusal { kind, period, basis, by, note }))
    };
    Ok(rows.query_map([tenure.0], excusal)?.collect::<Result<_, _>>()?)
}

/// What is wrong with the rows of a tenure, one sentence each.
pub fn check(
    connection: &Connection,
    tenure: TenureId,
    (log, review): (&Document, &Document),
    policies: &Policies,
) -> Result<Vec<String>, Trouble> {
    let mut found = Vec::new();
    for record in log.records(Container::Entries) {
        let Ok(entry) = record.key.parse::<EntryId>() else { continue };
        let row = find(connection, (tenure, entry), policies)?.map(|request| (request.leave, request.reported_back));
        if row != ledger::leave(&record, policies).map(|leave| (leave, ledger::reported_back(&record))) {
            found.push(format!("the leave of entry {entry} is not what its document says"));
        }
    }
    let said: Vec<_> = ledger::excusals(review).into_iter().map(|it| (it.id, it.kind, it.period, it.basis)).collect();
    let rows = by_township(connection, tenure)?.into_iter();
    let rows: Vec<_> = rows.map(|(id, it)| (id, it.kind, it.period, it.basis)).collect();
    if said != rows {
        found.push(format!("the excusals of tenure {tenure} are not what its review says"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_words_are_kept_than_fit() {
        let read = WordsRead::default();
        let keep = |id: usize| {
            let name = ((TenureId(Uuid::nil()), EntryId(Uuid::from_u128(id as u128))), "one".to_owned());
            read.keep(name, Words::default());
        };
        let kept = || read.0.lock().expect("no test has panicked with it").len();
        (0..WORDS_KEPT_MAX).for_each(keep);
        assert_eq!(kept(), WORDS_KEPT_MAX);
        keep(WORDS_KEPT_MAX);
        assert_eq!(kept(), 1);
    }
}
