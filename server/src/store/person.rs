//! People 人员, as the roster gives them.
use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::{Person, Role};

use super::Trouble;
use super::value::{below, number};

/// What the roster says of a person. All but the name may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    pub name: String,
    /// 男, 女
    pub sex: String,
    /// `1988-04`
    pub birth_month: String,
    pub party: String,
    pub rank: String,
    /// The sending unit and the post there.
    pub unit: String,
}

pub fn find(connection: &Connection, id: PersonId) -> Result<Option<Person>, Trouble> {
    Ok(connection
        .prepare_cached("SELECT name FROM person WHERE id = ?1")?
        .query_row([id.0], |row| Ok(Person { id, name: row.get(0)? }))
        .optional()?)
}

/// The names of those who hold or held a tenure in the villages of a division.
pub fn names_of_tenures(connection: &Connection, parent: DivisionCode) -> Result<BTreeMap<TenureId, String>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(BTreeMap::new()) };
    let mut rows = connection.prepare_cached(
        "SELECT tenure.id, name FROM tenure JOIN person ON person.id = tenure.person WHERE division BETWEEN ?1 AND ?2",
    )?;
    let names = rows.query_map([first, last], |row| Ok((TenureId(row.get(0)?), row.get(1)?)))?;
    Ok(names.collect::<Result<_, _>>()?)
}

pub fn particulars(connection: &Connection, id: PersonId) -> Result<Option<Particulars>, Trouble> {
    Ok(connection
        .prepare_cached("SELECT name, sex, birth_month, party, rank, unit FROM person WHERE id = ?1")?
        .query_row([id.0], |row| {
            Ok(Particulars {
                name: row.get(0)?,
                sex: row.get(1)?,
                birth_month: row.get(2)?,
                party: row.get(3)?,
                rank: row.get(4)?,
                unit: row.get(5)?,
            })
        })
        .optional()?)
}

/// Adds the person, or changes what is known of them.
pub fn put(tx: &Transaction<'_>, id: PersonId, it: &Particulars) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO person (id, name, sex, birth_month, party, rank, unit) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET name = excluded.name, sex = excluded.sex, birth_month = excluded.birth_month,
             party = excluded.party, rank = excluded.rank, unit = excluded.unit",
    )?
    .execute(params![id.0, it.name, it.sex, it.birth_month, it.party, it.rank, it.unit])?;
    Ok(())
}

/// Everybody who ever held a role in a division.
pub fn with_role(connection: &Connection, role: Role, division: DivisionCode) -> Result<Vec<PersonId>, Trouble> {
    let mut rows = connection
        .prepare_cached("SELECT DISTINCT person FROM post WHERE division = ?1 AND role = ?2 ORDER BY person")?;
    let people = rows.query_map(params![number(division), role.code()], |row| row.get(0).map(PersonId))?;
    Ok(people.collect::<Result<_, _>>()?)
}

/// Takes a person away with the account that nobody has used. Nothing else may name them.
pub fn remove(tx: &Transaction<'_>, id: PersonId) -> Result<(), Trouble> {
    tx.prepare_cached("DELETE FROM account WHERE person = ?1")?.execute([id.0])?;
    tx.prepare_cached("DELETE FROM person WHERE id = ?1")?.execute([id.0])?;
    Ok(())
}

/// Whether leave or excusals name a person as whoever decided.
pub fn has_decided(connection: &Connection, id: PersonId) -> Result<bool, Trouble> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM leave WHERE approved_by = ?1 UNION ALL SELECT 1 FROM excusal WHERE by_person = ?1)",
        )?
        .query_row([id.0], |row| row.get(0))?)
}
