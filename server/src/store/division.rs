//! Divisions 行政区划 and which villages are poor 贫困村. Imported; never changed by the app.
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use zhucun_core::division::{Division, DivisionCode, Level};

use super::Trouble;
use super::value::{below, code, number};

pub fn find(connection: &Connection, wanted: DivisionCode) -> Result<Option<Division>, Trouble> {
    Ok(connection
        .prepare_cached("SELECT code, name FROM division WHERE code = ?1")?
        .query_row([number(wanted)], |row| Ok(Division { code: code(row, 0)?, name: row.get(1)? }))
        .optional()?)
}

/// The units of `level` inside `parent` (itself, when it is of that level), by code.
pub fn inside(connection: &Connection, parent: DivisionCode, level: Level) -> Result<Vec<Division>, Trouble> {
    let Some((first, last)) = below(parent, level.digits()) else { return Ok(Vec::new()) };
    let mut rows =
        connection.prepare_cached("SELECT code, name FROM division WHERE code BETWEEN ?1 AND ?2 ORDER BY code")?;
    let units = rows.query_map([first, last], |row| Ok(Division { code: code(row, 0)?, name: row.get(1)? }))?;
    Ok(units.collect::<Result<_, _>>()?)
}

/// Every division, by level and then by code.
pub fn all(connection: &Connection) -> Result<Vec<Division>, Trouble> {
    let mut rows = connection.prepare("SELECT code, name FROM division ORDER BY code")?;
    let units = rows.query_map([], |row| Ok(Division { code: code(row, 0)?, name: row.get(1)? }))?;
    Ok(units.collect::<Result<_, _>>()?)
}

/// Adds the unit, or gives it the name.
pub fn put(tx: &Transaction<'_>, division: &Division) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO division (code, name) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET name = excluded.name",
    )?
    .execute(params![number(division.code), division.name])?;
    Ok(())
}

/// The days on which a code is in use, both included; none: without bound. Codes change from year to year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validity {
    pub from: Option<Date>,
    pub to: Option<Date>,
}

pub fn validity(connection: &Connection, of: DivisionCode) -> Result<Validity, Trouble> {
    Ok(connection
        .prepare_cached("SELECT valid_from, valid_to FROM division WHERE code = ?1")?
        .query_row([number(of)], |row| Ok(Validity { from: row.get(0)?, to: row.get(1)? }))?)
}

pub fn set_validity(tx: &Transaction<'_>, of: DivisionCode, validity: Validity) -> Result<(), Trouble> {
    tx.prepare_cached("UPDATE division SET valid_from = ?2, valid_to = ?3 WHERE code = ?1")?.execute(params![
        number(of),
        validity.from,
        validity.to
    ])?;
    Ok(())
}

/// A village counted as poor from a day to a day, both included.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PoorVillage {
    pub code: DivisionCode,
    pub from: Date,
    pub to: Option<Date>,
}

/// Every poor village that was ever marked, by code and day.
pub fn poor_villages(connection: &Connection) -> Result<Vec<PoorVillage>, Trouble> {
    let mut rows = connection.prepare("SELECT code, from_day, to_day FROM poor_village ORDER BY code, from_day")?;
    let villages =
        rows.query_map([], |row| Ok(PoorVillage { code: code(row, 0)?, from: row.get(1)?, to: row.get(2)? }))?;
    Ok(villages.collect::<Result<_, _>>()?)
}

/// The villages inside `parent` that are poor on `day`.
pub fn poor_count(connection: &Connection, parent: DivisionCode, day: Date) -> Result<u32, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(0) };
    Ok(connection
        .prepare_cached(
            "SELECT count(DISTINCT code) FROM poor_village
             WHERE code BETWEEN ?1 AND ?2 AND from_day <= ?3 AND (to_day IS NULL OR to_day >= ?3)",
        )?
        .query_row(params![first, last, day], |row| row.get(0))?)
}

/// The villages inside `parent` that were ever poor, by code and day.
pub fn poor_inside(connection: &Connection, parent: DivisionCode) -> Result<Vec<PoorVillage>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(Vec::new()) };
    let mut rows = connection.prepare_cached(
        "SELECT code, from_day, to_day FROM poor_village WHERE code BETWEEN ?1 AND ?2 ORDER BY code, from_day",
    )?;
    let villages = rows
        .query_map([first, last], |row| Ok(PoorVillage { code: code(row, 0)?, from: row.get(1)?, to: row.get(2)? }))?;
    Ok(villages.collect::<Result<_, _>>()?)
}

/// Marks a village, or changes until when it is marked.
pub fn put_poor_village(tx: &Transaction<'_>, village: &PoorVillage) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO poor_village VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET to_day = excluded.to_day",
    )?
    .execute(params![number(village.code), village.from, village.to])?;
    Ok(())
}

/// Takes a mark away, as if it had never been.
pub fn remove_poor_village(tx: &Transaction<'_>, village: &PoorVillage) -> Result<(), Trouble> {
    tx.prepare_cached("DELETE FROM poor_village WHERE code = ?1 AND from_day = ?2")?
        .execute(params![number(village.code), village.from])?;
    Ok(())
}
