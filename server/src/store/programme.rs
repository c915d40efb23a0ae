//! What units recorded of the measures 2 to 8: a row a record, kept by the transaction that accepts a change of its document.
use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::document::{Actor, Container, DocumentId, Owner, Record, Year};
use zhucun_core::id::RecordId;
use zhucun_core::programme::{Item, RecordKind};

use super::value::{below, code, number};
use super::{Trouble, document};

/// Brings the row of a record in line with it. One of a kind that only a newer version knows has none.
pub fn follow(tx: &Transaction<'_>, unit: DivisionCode, year: Year, record: &Record) -> Result<(), Trouble> {
    let Some(item) = Item::of(unit, record) else { return Ok(()) };
    tx.prepare_cached(
        "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET kind = excluded.kind, fields = excluded.fields",
    )?
    .execute(params![number(unit), year.number(), item.id.0, item.kind.code(), item.fields_text()])?;
    Ok(())
}

fn item(row: &Row<'_>) -> rusqlite::Result<Option<Item>> {
    let kind = RecordKind::from_code(row.get_ref(2)?.as_str()?);
    let (id, unit) = (RecordId(row.get(0)?), code(row, 1)?);
    let fields = row.get_ref(3)?.as_str()?;
    Ok(kind.and_then(|kind| Item::from_text(id, unit, kind, fields)))
}

/// What a unit and all below it recorded, and those above it of places in it, by the unit that recorded.
pub fn concerning(connection: &Connection, unit: DivisionCode) -> Result<Vec<Item>, Trouble> {
    let mut items = Vec::new();
    let levels = Level::ALL.into_iter().filter(|level| *level != Level::Village);
    for level in levels {
        match unit.at(level).filter(|above| *above != unit) {
            Some(above) => {
                let of_above = read(connection, "unit = ?1", [number(above)])?.into_iter();
                items.extend(
                    of_above.filter(|item| item.place().into_iter().chain(item.villages()).any(|it| unit.contains(it))),
                );
            }
            None => {
                let Some((first, last)) = below(unit, level.digits()) else { continue };
                items.extend(read(connection, "unit BETWEEN ?1 AND ?2", [first, last])?);
            }
        }
    }
    Ok(items)
}

/// What one unit recorded.
pub fn of_unit(connection: &Connection, unit: DivisionCode) -> Result<Vec<Item>, Trouble> {
    read(connection, "unit = ?1", [number(unit)])
}

fn read(connection: &Connection, which: &str, values: impl Params) -> Result<Vec<Item>, Trouble> {
    let sql = format!("SELECT id, unit, kind, fields FROM record WHERE {which} ORDER BY unit, id");
    let mut rows = connection.prepare_cached(&sql)?;
    let items = rows.query_map(values, item)?;
    Ok(items.filter_map(Result::transpose).collect::<Result<_, _>>()?)
}

/// The documents in which a unit recorded, by year.
pub fn documents(connection: &Connection, unit: DivisionCode) -> Result<Vec<DocumentId>, Trouble> {
    let mut rows = connection.prepare_cached("SELECT id FROM document WHERE township = ?1 ORDER BY id")?;
    let ids: Vec<Vec<u8>> = rows.query_map([number(unit)], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let ids = ids.iter().filter_map(|bytes| DocumentId::from_bytes(bytes));
    Ok(ids.filter(|id| matches!(id.owner(), Owner::Programme(of, _) if of == unit)).collect())
}

/// The names of those who wrote in a document.
pub fn writers(connection: &Connection, document: DocumentId) -> Result<BTreeMap<Actor, String>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT actor.actor, person.name FROM actor JOIN person ON person.id = actor.person
         JOIN document ON document.key = actor.document WHERE document.id = ?1",
    )?;
    let writer = |row: &Row<'_>| Ok((Actor(row.get(0)?), row.get(1)?));
    Ok(rows.query_map([document.to_bytes()], writer)?.collect::<Result<_, _>>()?)
}

/// What is wrong with the rows of a document, one sentence each: they are what a replay of it gives. Counts its records.
pub(super) fn check(connection: &Connection, id: DocumentId, found: &mut Vec<String>) -> Result<i64, Trouble> {
    let Owner::Programme(unit, year) = id.owner() else { return Ok(0) };
    let mut replayed = 0;
    for record in document::open(connection, id)?.records(Container::Records) {
        let Some(item) = Item::of(unit, &record) else { continue };
        replayed += 1;
        let row = connection
            .prepare_cached("SELECT kind, fields FROM record WHERE unit = ?1 AND year = ?2 AND id = ?3")?
            .query_row(params![number(unit), year.number(), item.id.0], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })
            .optional()?;
        if row != Some((item.kind.code().to_owned(), item.fields_text())) {
            found.push(format!("the row of record {} is not what its document says", item.id));
        }
    }
    Ok(replayed)
}
