//! Feedback 投诉建议: what people of any role write about the work and the tool, and what the county or the city that owns it
//! answers. Nothing of it is changed or taken away.
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};
use uuid::Uuid;
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::id::PersonId;

use super::Trouble;
use super::value::{code, number};

/// Feedback of one person that nobody has answered yet.
pub const OPEN_MAX: u32 = 50;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    pub id: Uuid,
    pub person: PersonId,
    /// The county or the city that answers.
    pub owner: DivisionCode,
    pub text: String,
    pub written: Moment,
    pub received: Moment,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// From 1 on.
    pub number: u32,
    pub text: String,
    pub by: PersonId,
    pub at: Moment,
}

const COLUMNS: &str = "id, person, owner, text, written_ms, received_ms";

fn feedback(row: &Row<'_>) -> rusqlite::Result<Feedback> {
    Ok(Feedback {
        id: row.get(0)?,
        person: PersonId(row.get(1)?),
        owner: code(row, 2)?,
        text: row.get(3)?,
        written: Moment(row.get(4)?),
        received: Moment(row.get(5)?),
    })
}

pub fn find(connection: &Connection, id: Uuid) -> Result<Option<Feedback>, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM feedback WHERE id = ?1"))?
        .query_row([id], feedback)
        .optional()?)
}

/// What a person wrote, newest first.
pub fn of_person(connection: &Connection, person: PersonId) -> Result<Vec<Feedback>, Trouble> {
    listed(connection, "person = ?1", [person.0])
}

/// All of it, newest first.
pub fn all(connection: &Connection) -> Result<Vec<Feedback>, Trouble> {
    listed(connection, "true", [])
}

fn listed(connection: &Connection, which: &str, values: impl Params) -> Result<Vec<Feedback>, Trouble> {
    let sql = format!("SELECT {COLUMNS} FROM feedback WHERE {which} ORDER BY received_ms DESC, id DESC");
    Ok(connection.prepare_cached(&sql)?.query_map(values, feedback)?.collect::<Result<_, _>>()?)
}

/// How much of a person's nobody has answered.
pub fn open_count(connection: &Connection, person: PersonId) -> Result<u32, Trouble> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM feedback WHERE person = ?1 AND id NOT IN (SELECT feedback FROM feedback_reply)",
        )?
        .query_row([person.0], |row| row.get(0))?)
}

pub fn add(tx: &Transaction<'_>, it: &Feedback) -> Result<(), Trouble> {
    tx.prepare_cached("INSERT INTO feedback VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        it.id,
        it.person.0,
        number(it.owner),
        it.text,
        it.written.0,
        it.received.0,
    ])?;
    Ok(())
}

/// What was answered, the first answer first.
pub fn replies(connection: &Connection, id: Uuid) -> Result<Vec<Reply>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT number, text, by_person, at_ms FROM feedback_reply WHERE feedback = ?1 ORDER BY number",
    )?;
    let reply = |row: &Row<'_>| {
        Ok(Reply { number: row.get(0)?, text: row.get(1)?, by: PersonId(row.get(2)?), at: Moment(row.get(3)?) })
    };
    Ok(rows.query_map([id], reply)?.collect::<Result<_, _>>()?)
}

pub fn add_reply(tx: &Transaction<'_>, id: Uuid, it: &Reply) -> Result<(), Trouble> {
    tx.prepare_cached("INSERT INTO feedback_reply VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![id, it.number, it.text, it.by.0, it.at.0])?;
    Ok(())
}
