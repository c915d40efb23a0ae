//! What desks read: rows that the accepting transaction keeps beside the documents. They hold figures and states, no
//! narrative and no household; a replay of the documents gives the same rows (`check`).
use std::collections::BTreeSet;

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use uuid::Uuid;
use zhucun_core::access::Place;
use zhucun_core::clock::Moment;
use zhucun_core::contract::EntryState;
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::document::{Actor, Container, Document, DocumentId, Owner, Record};
use zhucun_core::duty::{CountReason, Owing, Policies, Tally};
use zhucun_core::entry::EntryKind;
use zhucun_core::gate::Touched;
use zhucun_core::id::{EntryId, EventId, TenureId};
use zhucun_core::ledger::{self, Said, What};
use zhucun_core::tenure::{Tenure, TenureRole};

use super::value::{below, number};
use super::{Trouble, calendar, damage, division, document, generation, policy, tenure};

/// Brings the rows in line with the records a change has touched.
pub fn follow(
    tx: &Transaction<'_>,
    document: &Document,
    place: Place,
    touched: &BTreeSet<Touched>,
    received: Moment,
) -> Result<(), Trouble> {
    let policies = policy::all(tx)?;
    for Touched { container, key } in touched {
        let Some(record) = document.record(*container, key) else { continue };
        match (container, document.id().owner()) {
            (Container::Entries, Owner::Log(tenure)) => put_entry(tx, &policies, tenure, place, &record, received)?,
            (Container::Events | Container::Answers | Container::Withdrawals, Owner::Log(_) | Owner::Review(_)) => {
                if let Some(said) = ledger::said(*container, &record) {
                    put_event(tx, &said)?;
                    restate(tx, &policies, said.entry)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn put_entry(
    tx: &Transaction<'_>,
    policies: &Policies,
    tenure: TenureId,
    place: Place,
    record: &Record,
    received: Moment,
) -> Result<(), Trouble> {
    let Ok(id) = record.key.parse::<EntryId>() else { return Ok(()) };
    let version = ledger::version(record);
    let state = ledger::state(&version, &said_of(tx, id)?);
    let posted = tenure::find(tx, tenure)?;
    let occurred_on = ledger::occurred_on(record);
    tx.prepare_cached(
        "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT DO UPDATE SET kind = excluded.kind, occurred_on = excluded.occurred_on,
             created_ms = excluded.created_ms, received_ms = excluded.received_ms, version = excluded.version,
             state = excluded.state, counts = excluded.counts",
    )?
    .execute(params![
        id.0,
        tenure.0,
        number(place.village),
        record.text(ledger::KIND).unwrap_or_default(),
        occurred_on,
        ledger::created_at(record).map(|at| at.0),
        received.0,
        version,
        state.code(),
        ledger::counts(record, state, posted.as_ref(), Some(received), policies).code(),
    ])?;
    Ok(())
}

fn put_event(tx: &Transaction<'_>, said: &Said) -> Result<(), Trouble> {
    let (what, answers) = match &said.what {
        What::Confirmed { .. } => ("confirmed", None),
        What::Returned { .. } => ("returned", None),
        What::Answered { event, .. } => ("answered", Some(event.0)),
        What::Withdrawn { .. } => ("withdrawn", None),
    };
    tx.prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING")?.execute(params![
        said.id.0,
        said.entry.0,
        what,
        said.what.version(),
        answers,
        said.at.0,
    ])?;
    Ok(())
}

/// Computes an entry's state anew after something was said of it. The entry itself may not have come yet.
fn restate(tx: &Transaction<'_>, policies: &Policies, entry: EntryId) -> Result<(), Trouble> {
    let known: Option<(String, String, String)> = tx
        .prepare_cached("SELECT version, state, counts FROM entry WHERE id = ?1")?
        .query_row([entry.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((version, before, counts)) = known else { return Ok(()) };
    let state = ledger::state(&version, &said_of(tx, entry)?);
    // What it counted as without the review follows from the record, which is not at hand: keep it where it was kept.
    let counts = match state {
        EntryState::Returned => CountReason::Returned.code().to_owned(),
        EntryState::Withdrawn => CountReason::Withdrawn.code().to_owned(),
        _ if before == EntryState::Returned.code() || before == EntryState::Withdrawn.code() => {
            recount(tx, policies, entry)?.unwrap_or(counts)
        }
        _ => counts,
    };
    tx.prepare_cached("UPDATE entry SET state = ?2, counts = ?3 WHERE id = ?1")?.execute(params![
        entry.0,
        state.code(),
        counts
    ])?;
    Ok(())
}

/// What an entry counts as by its document.
fn recount(tx: &Transaction<'_>, policies: &Policies, entry: EntryId) -> Result<Option<String>, Trouble> {
    let (tenure, received): (Uuid, i64) = tx
        .prepare_cached("SELECT tenure, received_ms FROM entry WHERE id = ?1")?
        .query_row([entry.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some(log) = open_log(tx, TenureId(tenure))? else { return Ok(None) };
    let posted = tenure::find(tx, TenureId(tenure))?;
    let counts = |record: Record| {
        let received = Some(Moment(received));
        ledger::counts(&record, EntryState::Submitted, posted.as_ref(), received, policies).code().to_owned()
    };
    Ok(log.record(Container::Entries, &entry.to_string()).map(counts))
}

/// The log of a tenure; nothing while some of it is damaged. It is counted anew when it was given back.
fn open_log(tx: &Transaction<'_>, tenure: TenureId) -> Result<Option<Document>, Trouble> {
    match document::open(tx, generation::current(tx, DocumentId::log(tenure))?) {
        Err(Trouble::Rotten { bundle }) => damage::note(tx, bundle).map(|()| None),
        log => log.map(Some),
    }
}

/// Counts the entries of a tenure anew, after its days changed.
pub fn follow_tenure(tx: &Transaction<'_>, id: TenureId) -> Result<(), Trouble> {
    let Some(log) = open_log(tx, id)? else { return Ok(()) };
    put_counts(tx, &recounted(tx, id, &log, &policy::all(tx)?)?)
}

/// Counts every entry anew, after the policies changed, and says how many count otherwise than before.
pub fn follow_policies(tx: &Transaction<'_>) -> Result<usize, Trouble> {
    let changed = recounted_by(tx, &policy::all(tx)?)?;
    put_counts(tx, &changed)?;
    Ok(changed.len())
}

/// The entries that count otherwise by these policies than their rows say.
pub fn recounted_by(connection: &Connection, policies: &Policies) -> Result<Vec<(EntryId, CountReason)>, Trouble> {
    let mut changed = Vec::new();
    for id in document::all(connection)? {
        let Owner::Log(tenure) = id.owner() else { continue };
        match document::open(connection, id) {
            Ok(log) => changed.extend(recounted(connection, tenure, &log, policies)?),
            // It is counted anew when what is damaged is given back.
            Err(Trouble::Rotten { .. }) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(changed)
}

fn recounted(
    connection: &Connection,
    tenure: TenureId,
    log: &Document,
    policies: &Policies,
) -> Result<Vec<(EntryId, CountReason)>, Trouble> {
    let posted = tenure::find(connection, tenure)?;
    let mut changed = Vec::new();
    for record in log.records(Container::Entries) {
        let Ok(entry) = record.key.parse::<EntryId>() else { continue };
        let Some((.., before, _)) = read_entry(connection, entry)? else { continue };
        let state = ledger::state(&ledger::version(&record), &said_of(connection, entry)?);
        let received = received_at(connection, entry)?;
        let counts = ledger::counts(&record, state, posted.as_ref(), received, policies);
        if counts.code() != before {
            changed.push((entry, counts));
        }
    }
    Ok(changed)
}

fn put_counts(tx: &Transaction<'_>, changed: &[(EntryId, CountReason)]) -> Result<(), Trouble> {
    let mut put = tx.prepare_cached("UPDATE entry SET counts = ?2 WHERE id = ?1")?;
    for (entry, counts) in changed {
        put.execute(params![entry.0, counts.code()])?;
    }
    Ok(())
}

/// When the server received the latest version of an entry.
fn received_at(connection: &Connection, entry: EntryId) -> Result<Option<Moment>, Trouble> {
    Ok(connection
        .prepare_cached("SELECT received_ms FROM entry WHERE id = ?1")?
        .query_row([entry.0], |row| row.get(0).map(Moment))
        .optional()?)
}

/// What was said of an entry, in the order of ids; texts and authors are not kept here.
fn said_of(connection: &Connection, entry: EntryId) -> Result<Vec<Said>, Trouble> {
    let mut rows = connection
        .prepare_cached("SELECT id, what, version, answers, at_ms FROM event WHERE entry = ?1 ORDER BY id")?;
    let said = rows.query_map([entry.0], |row| {
        let version = row.get::<_, Option<String>>(2)?.unwrap_or_default();
        let what = match row.get::<_, String>(1)?.as_str() {
            "confirmed" => What::Confirmed { version },
            "returned" => {
                What::Returned { version, reason: None, comment: String::new(), comments: Default::default() }
            }
            "answered" => What::Answered { event: EventId(row.get(3)?), text: String::new() },
            _ => What::Withdrawn { text: String::new() },
        };
        let (id, at) = (EventId(row.get(0)?), Moment(row.get(4)?));
        Ok(Said { id, entry, what, actor: Actor([0; 16]), seq: 0, at })
    })?;
    Ok(said.collect::<Result<_, _>>()?)
}

/// One unit's figures on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollUpRow {
    pub division: Division,
    /// Villages that are poor on the day.
    pub poor_villages: u32,
    /// Villages with a first secretary in post on the day.
    pub incumbents: u32,
    /// Of the first secretaries in post on the day, over their tenures so far.
    pub visits: Tally,
    pub lessons: Tally,
    /// Entries that no reviewer has answered.
    pub awaiting_review: u32,
}

/// The units right below `parent`, by code; none below a village.
pub fn roll_up(connection: &Connection, parent: DivisionCode, today: Date) -> Result<Vec<RollUpRow>, Trouble> {
    let below = match parent.level() {
        Level::City => Level::County,
        Level::County => Level::Township,
        Level::Township => Level::Village,
        Level::Village => return Ok(Vec::new()),
    };
    let (calendar, policies) = (calendar::in_force(connection)?, policy::all(connection)?);
    let mut rows = Vec::new();
    for division in division::inside(connection, parent, below)? {
        let tenures = tenure::inside(connection, division.code)?;
        let in_post = tenures.iter().filter(|tenure| tenure.role == TenureRole::FirstSecretary && tenure.covers(today));
        let (mut visits, mut lessons) = (Tally::default(), Tally::default());
        for tenure in in_post {
            let term = tenure.term();
            let owing = Owing::new(&term, &calendar, &policies);
            let add = |sum: &mut Tally, kind| -> Result<(), Trouble> {
                let one = owing.tally(kind, today, &counting(connection, tenure, kind)?);
                (sum.done, sum.owed, sum.excused) =
                    (sum.done + one.done, sum.owed + one.owed, sum.excused + one.excused);
                Ok(())
            };
            add(&mut visits, EntryKind::Visit)?;
            add(&mut lessons, EntryKind::Lesson)?;
        }
        rows.push(RollUpRow {
            poor_villages: division::poor_count(connection, division.code, today)?,
            incumbents: tenure::incumbents(connection, division.code, today)?,
            visits,
            lessons,
            awaiting_review: awaiting(connection, division.code)?,
            division,
        });
    }
    Ok(rows)
}

/// The days on which entries of a kind happened that count for a tenure.
fn counting(connection: &Connection, tenure: &Tenure, kind: EntryKind) -> Result<Vec<Date>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT occurred_on FROM entry
         WHERE village = ?1 AND kind = ?2 AND tenure = ?3 AND counts = 'counts' AND occurred_on IS NOT NULL",
    )?;
    let days = rows.query_map(params![number(tenure.division), kind.code(), tenure.id.0], |row| row.get(0))?;
    Ok(days.collect::<Result<_, _>>()?)
}

fn awaiting(connection: &Connection, parent: DivisionCode) -> Result<u32, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(0) };
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM entry
             WHERE village BETWEEN ?1 AND ?2 AND state IN ('submitted', 'answered', 'amended')",
        )?
        .query_row([first, last], |row| row.get(0))?)
}

/// What is wrong with the rows, one sentence each: they are what a replay of the documents gives.
pub fn check(connection: &Connection) -> Result<Vec<String>, Trouble> {
    let policies = policy::all(connection)?;
    let mut found = Vec::new();
    let mut replayed = 0;
    for id in document::all(connection)? {
        let Owner::Log(tenure) = id.owner() else { continue };
        let log = document::open(connection, id)?;
        let review = document::open(connection, generation::current(connection, DocumentId::review(tenure))?)?;
        let posted = tenure::find(connection, tenure)?;
        let mut said = ledger::said_by_entry(&log, Some(&review));
        for record in log.records(Container::Entries) {
            let Ok(entry) = record.key.parse::<EntryId>() else { continue };
            replayed += 1;
            let version = ledger::version(&record);
            let state = ledger::state(&version, &said.remove(&entry).unwrap_or_default());
            let received = received_at(connection, entry)?;
            let counts = ledger::counts(&record, state, posted.as_ref(), received, &policies);
            let expected = (version, state.code().to_owned(), counts.code().to_owned(), ledger::occurred_on(&record));
            if read_entry(connection, entry)? != Some(expected) {
                found.push(format!("the row of entry {entry} is not what its documents say"));
            }
        }
    }
    let rows: i64 = connection.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?;
    if rows != replayed {
        found.push(format!("{rows} entries have rows, {replayed} are in documents"));
    }
    Ok(found)
}

type EntryRow = (String, String, String, Option<Date>);

fn read_entry(connection: &Connection, entry: EntryId) -> Result<Option<EntryRow>, Trouble> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    Ok(connection
        .prepare_cached("SELECT version, state, counts, occurred_on FROM entry WHERE id = ?1")?
        .query_row([entry.0], read)
        .optional()?)
}
