//! Imports that were written, and what each replaced: texts that the room of imports reads and writes. Of the latest so
//! many it is known what they replaced; older ones can no longer be undone.
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::id::PersonId;

use super::Trouble;
use super::value::{code, number};

/// Imports that are listed, and whose replaced rows are kept.
pub const IMPORTS_KEPT_MAX: i64 = 50;

/// An import that is to be noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportDraft {
    pub kind: &'static str,
    pub at: Moment,
    /// None: the command line.
    pub person: Option<PersonId>,
    /// The smallest division that holds all that it was about; none: the whole deployment.
    pub reach: Option<DivisionCode>,
    pub digest: String,
    pub added: usize,
    pub changed: usize,
    pub ended: usize,
}

/// An import as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub number: i64,
    pub kind: String,
    pub at: Moment,
    pub person: Option<PersonId>,
    pub reach: Option<DivisionCode>,
    pub added: i64,
    pub changed: i64,
    pub ended: i64,
    pub undone: Option<Moment>,
}

const COLUMNS: &str = "number, kind, at_ms, person, reach, added, changed, ended, undone_ms";

fn import(row: &Row<'_>) -> rusqlite::Result<Import> {
    Ok(Import {
        number: row.get(0)?,
        kind: row.get(1)?,
        at: Moment(row.get(2)?),
        person: row.get::<_, Option<uuid::Uuid>>(3)?.map(PersonId),
        reach: row.get::<_, Option<i64>>(4)?.map(|_| code(row, 4)).transpose()?,
        added: row.get(5)?,
        changed: row.get(6)?,
        ended: row.get(7)?,
        undone: row.get::<_, Option<i64>>(8)?.map(Moment),
    })
}

/// Notes an import with what it replaced, and forgets what the oldest one replaced. Gives its number.
pub fn add(tx: &Transaction<'_>, it: &ImportDraft, replaced: &[String]) -> Result<i64, Trouble> {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let made: i64 = tx
        .prepare_cached(
            "INSERT INTO import (kind, at_ms, person, reach, digest, added, changed, ended)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING number",
        )?
        .query_row(
            params![
                it.kind,
                it.at.0,
                it.person.map(|id| id.0),
                it.reach.map(number),
                it.digest,
                count(it.added),
                count(it.changed),
                count(it.ended)
            ],
            |row| row.get(0),
        )?;
    let mut insert = tx.prepare_cached("INSERT INTO import_replaced VALUES (?1, ?2, ?3)")?;
    for (at, text) in replaced.iter().enumerate() {
        insert.execute(params![made, count(at), text])?;
    }
    tx.prepare_cached("DELETE FROM import_replaced WHERE import <= ?1")?.execute([made - IMPORTS_KEPT_MAX])?;
    Ok(made)
}

/// The latest imports, the latest first.
pub fn latest(connection: &Connection) -> Result<Vec<Import>, Trouble> {
    let mut rows = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM import ORDER BY number DESC LIMIT ?1"))?;
    Ok(rows.query_map([IMPORTS_KEPT_MAX], import)?.collect::<Result<_, _>>()?)
}

pub fn find(connection: &Connection, number: i64) -> Result<Option<Import>, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM import WHERE number = ?1"))?
        .query_row([number], import)
        .optional()?)
}

/// The latest import that this person wrote by this digest and that stands.
pub fn written(connection: &Connection, person: PersonId, digest: &str) -> Result<Option<i64>, Trouble> {
    Ok(connection
        .prepare_cached(
            "SELECT number FROM import WHERE person = ?1 AND digest = ?2 AND undone_ms IS NULL
             ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![person.0, digest], |row| row.get(0))
        .optional()?)
}

/// What an import replaced, in the order in which it was written; empty when that is no longer known.
pub fn replaced(connection: &Connection, number: i64) -> Result<Vec<String>, Trouble> {
    let mut rows = connection.prepare_cached("SELECT text FROM import_replaced WHERE import = ?1 ORDER BY at")?;
    Ok(rows.query_map([number], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Notes that an import was undone.
pub fn undo(tx: &Transaction<'_>, number: i64, at: Moment, by: PersonId) -> Result<(), Trouble> {
    tx.prepare_cached("UPDATE import SET undone_ms = ?2, undone_by = ?3 WHERE number = ?1")?
        .execute(params![number, at.0, by.0])?;
    Ok(())
}
