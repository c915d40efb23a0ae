//! Issues 问题诉求 of villages, a row each: how far each is, without what anybody wrote or about whom.
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::document::{Container, Document, DocumentId, Owner, Record};
use zhucun_core::id::IssueId;
use zhucun_core::issue::{CLOSED_ON, ENDED, ENTRY, OPEN, STATE};

use super::super::value::{below, code, number};
use super::super::{Trouble, damage, document};
use super::listed::After;

/// An issue as desks know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueRow {
    pub village: DivisionCode,
    pub id: IssueId,
    pub raised_on: Option<Date>,
    /// Codes; empty where nothing was chosen.
    pub category: String,
    pub level: String,
    pub state: String,
    /// One that was opened again has no end, whatever day it had.
    pub closed_on: Option<Date>,
}

impl IssueRow {
    fn of(village: DivisionCode, record: &Record) -> Option<Self> {
        let text = |name| record.text(name).unwrap_or_default().to_owned();
        let raised = record.fields.get(ENTRY).and_then(|values| values.first());
        let state = Some(text(STATE)).filter(|state| !state.is_empty()).unwrap_or_else(|| OPEN.to_owned());
        let ended = ENDED.contains(&state.as_str());
        Some(Self {
            village,
            id: record.key.parse().ok()?,
            raised_on: raised.map(|made| made.at.date()),
            category: text("category"),
            level: text("level"),
            closed_on: ended.then(|| record.text(CLOSED_ON)?.parse().ok()).flatten(),
            state,
        })
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<IssueRow> {
    Ok(IssueRow {
        village: code(row, 0)?,
        id: IssueId(row.get(1)?),
        raised_on: row.get(2)?,
        category: row.get(3)?,
        level: row.get(4)?,
        state: row.get(5)?,
        closed_on: row.get(6)?,
    })
}

const COLUMNS: &str = "village, id, raised_on, category, level, state, closed_on";

/// Brings the row of an issue in line with it.
pub(super) fn follow(tx: &Transaction<'_>, village: DivisionCode, record: &Record) -> Result<(), Trouble> {
    let Some(it) = IssueRow::of(village, record) else { return Ok(()) };
    tx.prepare_cached(
        "INSERT INTO issue VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET raised_on = excluded.raised_on, category = excluded.category,
             level = excluded.level, state = excluded.state, closed_on = excluded.closed_on",
    )?
    .execute(params![number(village), it.id.0, it.raised_on, it.category, it.level, it.state, it.closed_on])?;
    Ok(())
}

/// Brings the rows of a village in line with its document.
pub fn follow_village(tx: &Transaction<'_>, village: DivisionCode, document: &Document) -> Result<(), Trouble> {
    document.records(Container::Issues).iter().try_for_each(|record| follow(tx, village, record))
}

/// The same of all villages. What is damaged is read when it was given back.
pub(super) fn follow_all(tx: &Transaction<'_>) -> Result<(), Trouble> {
    for id in document::all(tx)? {
        let Owner::Village(village) = id.owner() else { continue };
        match document::open(tx, id) {
            Ok(document) => follow_village(tx, village, &document)?,
            Err(Trouble::Rotten { bundle }) => damage::note(tx, bundle)?,
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(())
}

/// How many issues inside `parent` go on, and how many have come to an end.
pub(super) fn count(connection: &Connection, parent: DivisionCode) -> Result<(u32, u32), Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok((0, 0)) };
    let mut rows = connection
        .prepare_cached("SELECT state, count(*) FROM issue WHERE village BETWEEN ?1 AND ?2 GROUP BY state")?;
    let mut counted = (0, 0);
    for row in rows.query_map([first, last], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?)))? {
        let (state, count) = row?;
        *if ENDED.contains(&state.as_str()) { &mut counted.1 } else { &mut counted.0 } += count;
    }
    Ok(counted)
}

/// The issues inside `parent` that go on, or those that have come to an end, by village, day and id, from a place on.
pub fn issues(
    connection: &Connection,
    parent: DivisionCode,
    ended: bool,
    after: &After,
    most: u32,
) -> Result<Vec<IssueRow>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(Vec::new()) };
    let states = ENDED.map(|state| format!("'{state}'")).join(", ");
    let which = if ended { "IN" } else { "NOT IN" };
    let mut rows = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM issue
         WHERE village BETWEEN max(?1, ?3) AND ?2 AND state {which} ({states})
             AND (village, coalesce(raised_on, ''), id) > (?3, ?4, ?5)
         ORDER BY village, coalesce(raised_on, ''), id LIMIT ?6"
    ))?;
    let (village, day, id) = after.columns();
    let found = rows.query_map(params![first, last, village, day, id, most], row)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn find(connection: &Connection, village: DivisionCode, id: IssueId) -> Result<Option<IssueRow>, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM issue WHERE village = ?1 AND id = ?2"))?
        .query_row(params![number(village), id.0], row)
        .optional()?)
}

/// What is wrong with the rows of a document, one sentence each: they are what a replay of it gives. Counts its issues.
pub(super) fn check(connection: &Connection, id: DocumentId, found: &mut Vec<String>) -> Result<i64, Trouble> {
    let Owner::Village(village) = id.owner() else { return Ok(0) };
    let mut replayed = 0;
    for record in document::open(connection, id)?.records(Container::Issues) {
        let Some(wanted) = IssueRow::of(village, &record) else { continue };
        replayed += 1;
        if find(connection, village, wanted.id)?.as_ref() != Some(&wanted) {
            found.push(format!("the row of issue {} is not what its document says", wanted.id));
        }
    }
    Ok(replayed)
}
