//! What desks read: rows that the accepting transaction keeps beside the documents. They hold figures and states, no
//! narrative and no household; a replay of the documents gives the same rows (`check`).
mod course;
mod posted;
pub mod issue;
pub mod listed;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use uuid::Uuid;
use zhucun_core::access::Place;
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::Moment;
use zhucun_core::contract::EntryState;
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::document::{Actor, Container, Document, DocumentId, DocumentKind, Owner, Record};
use zhucun_core::duty::{Claim, ClockFacts, CountReason, Owing, Policies, Reckoning, Tally, Timeliness, timeliness};
use zhucun_core::entry::EntryKind;
use zhucun_core::gate::Touched;
use zhucun_core::id::{EntryId, EventId, TenureId};
use zhucun_core::ledger::{self, Said, Side, What};
use zhucun_core::tenure::{Tenure, TenureRole};

pub use course::{Courses, TenureCourse};
pub use posted::{PostedRow, posted};

use super::value::number;
use super::{Trouble, absence, damage, division, document, generation, meta, policy, programme, tenure};

/// How an entry counts, as its row keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub counts: CountReason,
    pub day: Option<Date>,
    pub made_on: Option<Date>,
    /// The names of the periods that it may fill, with spaces between.
    pub periods: String,
    /// 补录: of the seven kinds, and made by its device later than is on time.
    pub late: bool,
}

impl Counted {
    fn of(
        record: &Record,
        state: EntryState,
        tenure: Option<&Tenure>,
        received: Option<Moment>,
        policies: &Policies,
    ) -> Self {
        let claim = tenure.and_then(|tenure| ledger::claim(record, state, tenure, received, policies));
        let late = is_late(record, received, policies);
        match claim {
            Some(Claim { reason, day, made_on, periods, .. }) => {
                let periods = if reason == CountReason::Counts { periods.join(" ") } else { String::new() };
                Self { counts: reason, day, made_on, periods, late }
            }
            None => {
                let counts = ledger::counts(record, state, tenure, received, policies);
                Self { counts, day: None, made_on: None, periods: String::new(), late }
            }
        }
    }
}

fn is_late(record: &Record, received: Option<Moment>, policies: &Policies) -> bool {
    let is_duty = ledger::kind(record).is_some_and(|kind| EntryKind::DUTIES.contains(&kind));
    let Some(occurred) = ledger::occurred_on(record).filter(|_| is_duty) else { return false };
    let clock = ClockFacts { received_at: received, ..ClockFacts::default() };
    let found = timeliness(policies.in_force(occurred), Some(occurred), ledger::created_at(record), &clock);
    matches!(found, Timeliness::Late | Timeliness::VeryLate)
}

/// An entry as the rows know it: by its log, and its id there. Another log may hold the same id.
pub type InLog = (TenureId, EntryId);

pub(super) fn key((tenure, entry): InLog) -> [Uuid; 2] {
    [tenure.0, entry.0]
}

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
            (Container::Entries, Owner::Log(tenure)) => {
                put_entry(tx, &policies, tenure, place, &record, received)?;
                absence::follow_entry(tx, tenure, &record, &policies)?;
            }
            (
                Container::Events | Container::Answers | Container::Withdrawals,
                Owner::Log(tenure) | Owner::Review(tenure),
            ) => {
                if let Some(said) = ledger::said(*container, &record) {
                    put_event(tx, tenure, &said, Some(received))?;
                    restate(tx, &policies, (tenure, said.entry))?;
                }
                if document.id().kind() == DocumentKind::Review {
                    absence::follow_review(tx, tenure, &record)?;
                }
            }
            (Container::Records, Owner::Programme(unit, year)) => programme::follow(tx, unit, year, &record)?,
            (Container::Issues, Owner::Village(village)) => issue::follow(tx, village, &record)?,
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
    let state = ledger::state(&version, &said_of(tx, (tenure, id))?);
    let posted = tenure::find(tx, tenure)?;
    let occurred_on = ledger::occurred_on(record);
    let counted = Counted::of(record, state, posted.as_ref(), Some(received), policies);
    tx.prepare_cached(
        "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT DO UPDATE SET kind = excluded.kind, occurred_on = excluded.occurred_on,
             created_ms = excluded.created_ms, received_ms = excluded.received_ms, version = excluded.version,
             state = excluded.state, counts = excluded.counts, day = excluded.day, made_on = excluded.made_on,
             periods = excluded.periods, late = excluded.late",
    )?
    .execute(params![
        id.0,
        tenure.0,
        number(place.division),
        record.text(ledger::KIND).unwrap_or_default(),
        occurred_on,
        ledger::created_at(record).map(|at| at.0),
        received.0,
        version,
        state.code(),
        counted.counts.code(),
        counted.day,
        counted.made_on,
        counted.periods,
        counted.late,
    ])?;
    Ok(())
}

fn put_event(tx: &Transaction<'_>, tenure: TenureId, said: &Said, received: Option<Moment>) -> Result<(), Trouble> {
    let (what, answers) = match &said.what {
        What::Confirmed { .. } => ("confirmed", None),
        What::Returned { .. } => ("returned", None),
        What::Questioned { .. } => ("questioned", None),
        What::Answered { event, .. } => ("answered", Some(event.0)),
        What::Withdrawn { .. } => ("withdrawn", None),
        What::Voided { .. } => ("voided", None),
        What::Restored { event } => ("restored", Some(event.0)),
    };
    tx.prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING")?
        .execute(params![
            tenure.0,
            said.id.0,
            said.entry.0,
            what,
            said.what.version(),
            answers,
            said.at.0,
            said.side == Side::Township,
            received.map(|at| at.0),
        ])?;
    Ok(())
}

/// Computes an entry's state anew after something was said of it. The entry itself may not have come yet.
fn restate(tx: &Transaction<'_>, policies: &Policies, entry: InLog) -> Result<(), Trouble> {
    let known: Option<(String, String, String)> = tx
        .prepare_cached("SELECT version, state, kind FROM entry WHERE tenure = ?1 AND id = ?2")?
        .query_row(key(entry), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((version, before, kind)) = known else { return Ok(()) };
    let state = ledger::state(&version, &said_of(tx, entry)?);
    tx.prepare_cached("UPDATE entry SET state = ?3 WHERE tenure = ?1 AND id = ?2")?.execute(params![
        entry.0.0,
        entry.1.0,
        state.code()
    ])?;
    let out = [EntryState::Returned, EntryState::Withdrawn, EntryState::Voided];
    let taken_out = |before: &str| out.iter().any(|state| state.code() == before);
    match state {
        EntryState::Returned => put_counts(tx, entry, CountReason::Returned),
        EntryState::Withdrawn => put_counts(tx, entry, CountReason::Withdrawn),
        EntryState::Voided => put_counts(tx, entry, CountReason::Voided),
        // What it counts as then follows from its record. A report's follows from the review as well.
        _ if taken_out(&before) || (kind == EntryKind::Report.code() && before != state.code()) => {
            recount(tx, policies, entry, state)
        }
        _ => Ok(()),
    }
}

/// It counts for nothing; its days stay.
fn put_counts(tx: &Transaction<'_>, (tenure, entry): InLog, counts: CountReason) -> Result<(), Trouble> {
    tx.prepare_cached("UPDATE entry SET counts = ?3, periods = '' WHERE tenure = ?1 AND id = ?2")?.execute(params![
        tenure.0,
        entry.0,
        counts.code()
    ])?;
    Ok(())
}

/// Counts an entry by its document.
fn recount(tx: &Transaction<'_>, policies: &Policies, it: InLog, state: EntryState) -> Result<(), Trouble> {
    let (tenure, entry) = it;
    let received = received_at(tx, it)?;
    let Some(log) = open_log(tx, tenure)? else { return Ok(()) };
    let posted = tenure::find(tx, tenure)?;
    let Some(record) = log.record(Container::Entries, &entry.to_string()) else { return Ok(()) };
    put_counted(tx, it, &Counted::of(&record, state, posted.as_ref(), received, policies))
}

fn put_counted(tx: &Transaction<'_>, (tenure, entry): InLog, counted: &Counted) -> Result<(), Trouble> {
    let Counted { counts, day, made_on, periods, late } = counted;
    tx.prepare_cached(
        "UPDATE entry SET counts = ?3, day = ?4, made_on = ?5, periods = ?6, late = ?7 WHERE tenure = ?1 AND id = ?2",
    )?
    .execute(params![tenure.0, entry.0, counts.code(), day, made_on, periods, late])?;
    Ok(())
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
    put_all(tx, &recounted(tx, id, &log, &policy::all(tx)?)?)
}

/// Counts every entry anew, after the policies changed, and says how many count otherwise than before.
pub fn follow_policies(tx: &Transaction<'_>) -> Result<usize, Trouble> {
    let changed = recounted_by(tx, &policy::all(tx)?)?;
    put_all(tx, &changed)?;
    Ok(changed.len())
}

/// Counts every entry anew, and reads every issue, if a new schema asks for it.
pub(super) fn catch_up(connection: &mut Connection) -> Result<(), Trouble> {
    if !meta::asks_recount(connection)? {
        return Ok(());
    }
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // What counts depends on what was said.
    follow_said(&tx)?;
    follow_policies(&tx)?;
    issue::follow_all(&tx)?;
    meta::forget_recount(&tx)?;
    tx.commit()?;
    Ok(())
}

/// Keeps what was said and has no row yet. When it was received is not known any more.
fn follow_said(tx: &Transaction<'_>) -> Result<(), Trouble> {
    let policies = policy::all(tx)?;
    for id in document::all(tx)? {
        let (Owner::Log(tenure) | Owner::Review(tenure)) = id.owner() else { continue };
        let document = match document::open(tx, id) {
            Err(Trouble::Rotten { .. }) => continue,
            document => document?,
        };
        for container in [Container::Events, Container::Answers, Container::Withdrawals] {
            for said in document.records(container).iter().filter_map(|record| ledger::said(container, record)) {
                put_event(tx, tenure, &said, None)?;
                restate(tx, &policies, (tenure, said.entry))?;
            }
        }
    }
    Ok(())
}

/// The entries that count otherwise by these policies than their rows say.
pub fn recounted_by(connection: &Connection, policies: &Policies) -> Result<Vec<(InLog, Counted)>, Trouble> {
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
) -> Result<Vec<(InLog, Counted)>, Trouble> {
    let posted = tenure::find(connection, tenure)?;
    let mut changed = Vec::new();
    for record in log.records(Container::Entries) {
        let Ok(entry) = record.key.parse::<EntryId>() else { continue };
        let it = (tenure, entry);
        let Some(row) = read_entry(connection, it)? else { continue };
        let state = ledger::state(&ledger::version(&record), &said_of(connection, it)?);
        let counted = Counted::of(&record, state, posted.as_ref(), received_at(connection, it)?, policies);
        if !row.says(&counted) {
            changed.push((it, counted));
        }
    }
    Ok(changed)
}

fn put_all(tx: &Transaction<'_>, changed: &[(InLog, Counted)]) -> Result<(), Trouble> {
    changed.iter().try_for_each(|(entry, counted)| put_counted(tx, *entry, counted))
}

/// When the server received the latest version of an entry.
fn received_at(connection: &Connection, entry: InLog) -> Result<Option<Moment>, Trouble> {
    Ok(connection
        .prepare_cached("SELECT received_ms FROM entry WHERE tenure = ?1 AND id = ?2")?
        .query_row(key(entry), |row| row.get(0).map(Moment))
        .optional()?)
}

/// What was said of an entry, in the order of ids; texts and authors are not kept here.
fn said_of(connection: &Connection, it: InLog) -> Result<Vec<Said>, Trouble> {
    let (_, entry) = it;
    let mut rows = connection.prepare_cached(
        "SELECT id, what, version, answers, at_ms, township FROM event WHERE tenure = ?1 AND entry = ?2 ORDER BY id",
    )?;
    let said = rows.query_map(key(it), |row| {
        let version = row.get::<_, Option<String>>(2)?.unwrap_or_default();
        let (id, at) = (EventId(row.get(0)?), Moment(row.get(4)?));
        let (text, on) = (String::new(), at.date());
        let what = match row.get::<_, String>(1)?.as_str() {
            "confirmed" => What::Confirmed { version, opinion: String::new() },
            "returned" => {
                What::Returned { version, reason: None, comment: String::new(), comments: Default::default() }
            }
            "questioned" => What::Questioned { version, comment: String::new(), comments: Default::default() },
            "answered" => What::Answered { event: EventId(row.get(3)?), text: String::new() },
            "voided" => What::Voided { reason: None, text, on },
            "restored" => What::Restored { event: EventId(row.get(3)?) },
            _ => What::Withdrawn { text, on },
        };
        let side = if row.get(5)? { Side::Township } else { Side::Author };
        Ok(Said { id, entry, side, what, actor: Actor([0; 16]), seq: 0, at })
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
    /// Of the first secretaries in post on the day, over their tenures so far: one for each kind, in the order of
    /// `EntryKind::DUTIES`.
    pub duties: [Tally; EntryKind::DUTIES.len()],
    /// Entries of those first secretaries that were made later than is on time 补录, and were not taken back.
    pub late: u32,
    /// Entries that wait for a reviewer, without those that are deemed read 视为已阅.
    pub awaiting_review: u32,
    /// Issues of the villages that go on, and those that have come to an end.
    pub issues_open: u32,
    pub issues_ended: u32,
}

/// The units right below `parent`, by code; none below a village.
pub fn roll_up(
    connection: &Connection,
    courses: &Courses,
    parent: DivisionCode,
    now: Moment,
) -> Result<Vec<RollUpRow>, Trouble> {
    let today = now.date();
    let below = match parent.level() {
        Level::City => Level::County,
        Level::County => Level::Township,
        Level::Township => Level::Village,
        Level::Village => return Ok(Vec::new()),
    };
    let deemed_read = policy::all(connection)?.in_force(today).deemed_read_before(now);
    let mut sums: BTreeMap<DivisionCode, Sum> = BTreeMap::new();
    for (tenure, course) in courses.inside(connection, parent)? {
        let Some(unit) = tenure.division.at(below) else { continue };
        let sum = sums.entry(unit).or_default();
        sum.awaiting_review += course.awaiting(deemed_read);
        if is_in_post(&tenure, today) {
            sum.duties.iter_mut().zip(course.duties(today)).for_each(|(sum, tally)| *sum += tally);
            sum.late += course.late;
        }
    }
    let row = |division: Division| {
        let Sum { duties, late, awaiting_review } = sums.remove(&division.code).unwrap_or_default();
        let (issues_open, issues_ended) = issue::count(connection, division.code)?;
        Ok(RollUpRow {
            poor_villages: division::poor_count(connection, division.code, today)?,
            incumbents: tenure::incumbents(connection, division.code, today)?,
            duties,
            late,
            awaiting_review,
            issues_open,
            issues_ended,
            division,
        })
    };
    division::inside(connection, parent, below)?.into_iter().map(row).collect()
}

/// What the tenures of a unit add up to.
#[derive(Default)]
struct Sum {
    duties: [Tally; EntryKind::DUTIES.len()],
    late: u32,
    awaiting_review: u32,
}

fn is_in_post(tenure: &Tenure, day: Date) -> bool {
    tenure.role == TenureRole::FirstSecretary && tenure.covers(day)
}

/// The tenures of the first secretaries in post on a day inside `parent`, by village and arrival.
pub fn in_post(connection: &Connection, parent: DivisionCode, day: Date) -> Result<Vec<Tenure>, Trouble> {
    let mut tenures = tenure::inside(connection, parent)?;
    tenures.retain(|tenure| is_in_post(tenure, day));
    Ok(tenures)
}

/// The duties of a tenure with what fills them on a day: one for each kind, in the order of `EntryKind::DUTIES`.
pub fn reckonings(
    connection: &Connection,
    tenure: &Tenure,
    (calendar, policies): (&Calendar, &Policies),
    today: Date,
) -> Result<[Reckoning; EntryKind::DUTIES.len()], Trouble> {
    let term = tenure.term();
    let leaves = absence::leaves_of(connection, tenure.id, policies)?;
    let excusals = absence::excusals_of(connection, tenure.id)?;
    let owing = Owing { term: &term, calendar, policies, leaves: &leaves, excusals: &excusals };
    let mut claims = claims(connection, tenure)?;
    let reckoning = |kind| owing.reckon_claims(kind, claims.remove(&kind).unwrap_or_default(), today);
    Ok(EntryKind::DUTIES.map(reckoning))
}

/// What the entries of a tenure that count say to its duties.
fn claims(connection: &Connection, tenure: &Tenure) -> Result<BTreeMap<EntryKind, Vec<Claim>>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT id, kind, day, made_on, periods FROM entry WHERE village = ?1 AND tenure = ?2 AND counts = 'counts'",
    )?;
    let claim = |row: &Row<'_>| {
        // Of kinds that only a newer version knows nothing is owed.
        let Some(kind) = EntryKind::from_code(&row.get::<_, String>(1)?) else { return Ok(None) };
        Ok(Some(Claim {
            entry: EntryId(row.get(0)?),
            kind,
            day: row.get(2)?,
            made_on: row.get(3)?,
            reason: CountReason::Counts,
            shortfall: None,
            periods: row.get::<_, String>(4)?.split_whitespace().map(str::to_owned).collect(),
        }))
    };
    let mut claims: BTreeMap<EntryKind, Vec<Claim>> = BTreeMap::new();
    for row in rows.query_map(params![number(tenure.division), tenure.id.0], claim)? {
        if let Some(claim) = row? {
            claims.entry(claim.kind).or_default().push(claim);
        }
    }
    Ok(claims)
}

/// What awaits review; of what may be deemed read, if the server received it, or something that was said of it, after the
/// moment `?1`.
const AWAITS: &str =
    "state IN ('submitted', 'answered', 'amended') AND (received_ms > ?1 OR kind IN ('leave', 'presence')
    OR EXISTS (SELECT 1 FROM event
        WHERE event.tenure = entry.tenure AND event.entry = entry.id AND event.received_ms > ?1))";

/// The entries of a tenure that wait for a reviewer on a day, without those that are deemed read.
pub fn awaiting_of(connection: &Connection, tenure: &Tenure, now: Moment) -> Result<BTreeSet<EntryId>, Trouble> {
    let after = policy::all(connection)?.in_force(now.date()).deemed_read_before(now);
    let mut rows =
        connection.prepare_cached(&format!("SELECT id FROM entry WHERE village = ?2 AND tenure = ?3 AND {AWAITS}"))?;
    let found =
        rows.query_map(params![after.0, number(tenure.division), tenure.id.0], |row| row.get(0).map(EntryId))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What is wrong with the rows, one sentence each: they are what a replay of the documents gives.
pub fn check(connection: &Connection) -> Result<Vec<String>, Trouble> {
    let policies = policy::all(connection)?;
    let mut found = Vec::new();
    let (mut replayed, mut records, mut issues) = (0, 0, 0);
    for id in document::all(connection)? {
        records += programme::check(connection, id, &mut found)?;
        issues += issue::check(connection, id, &mut found)?;
        let Owner::Log(tenure) = id.owner() else { continue };
        let log = document::open(connection, id)?;
        let review = document::open(connection, generation::current(connection, DocumentId::review(tenure))?)?;
        let posted = tenure::find(connection, tenure)?;
        found.extend(absence::check(connection, tenure, (&log, &review), &policies)?);
        let mut said = ledger::said_by_entry(&log, Some(&review));
        for record in log.records(Container::Entries) {
            let Ok(entry) = record.key.parse::<EntryId>() else { continue };
            replayed += 1;
            let version = ledger::version(&record);
            let state = ledger::state(&version, &said.remove(&entry).unwrap_or_default());
            let received = received_at(connection, (tenure, entry))?;
            let counted = Counted::of(&record, state, posted.as_ref(), received, &policies);
            let occurred_on = ledger::occurred_on(&record);
            let is_so = |row: EntryRow| {
                row.says(&counted)
                    && (row.version, row.state, row.occurred_on) == (version, state.code().to_owned(), occurred_on)
            };
            if !read_entry(connection, (tenure, entry))?.is_some_and(is_so) {
                found.push(format!("the row of entry {entry} is not what its documents say"));
            }
        }
    }
    for (table, things, in_documents) in
        [("entry", "entries", replayed), ("record", "records", records), ("issue", "issues", issues)]
    {
        let rows: i64 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
        if rows != in_documents {
            found.push(format!("{rows} {things} have rows, {in_documents} are in documents"));
        }
    }
    Ok(found)
}

/// An entry's row, as far as it follows from its documents.
struct EntryRow {
    version: String,
    state: String,
    occurred_on: Option<Date>,
    counts: String,
    day: Option<Date>,
    made_on: Option<Date>,
    periods: String,
    late: bool,
}

impl EntryRow {
    fn says(&self, counted: &Counted) -> bool {
        let Counted { counts, day, made_on, periods, late } = counted;
        self.counts == counts.code()
            && self.day == *day
            && self.made_on == *made_on
            && self.periods == *periods
            && self.late == *late
    }
}

fn read_entry(connection: &Connection, entry: InLog) -> Result<Option<EntryRow>, Trouble> {
    let read = |row: &Row<'_>| {
        Ok(EntryRow {
            version: row.get(0)?,
            state: row.get(1)?,
            occurred_on: row.get(2)?,
            counts: row.get(3)?,
            day: row.get(4)?,
            made_on: row.get(5)?,
            periods: row.get(6)?,
            late: row.get(7)?,
        })
    };
    Ok(connection
        .prepare_cached(
            "SELECT version, state, occurred_on, counts, day, made_on, periods, late FROM entry
             WHERE tenure = ?1 AND id = ?2",
        )?
        .query_row(key(entry), read)
        .optional()?)
}
