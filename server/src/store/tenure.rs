//! Tenures 任职: who is posted to which village, from a day to a day.
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::document::DocumentId;
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::tenure::{EndReason, Tenure, TenureRole};

use super::person::Particulars;
use super::value::{below, code, number, word};
use super::{Trouble, division, document, person};

const COLUMNS: &str = "id, person, role, division, batch, arrived, planned_end, ended, reason";

fn tenure(row: &Row<'_>) -> rusqlite::Result<Tenure> {
    let reason: Option<String> = row.get(8)?;
    Ok(Tenure {
        id: TenureId(row.get(0)?),
        person: PersonId(row.get(1)?),
        role: word(row, 2, TenureRole::from_code)?,
        division: code(row, 3)?,
        batch: row.get(4)?,
        arrived: row.get(5)?,
        planned_end: row.get(6)?,
        ended: row.get(7)?,
        reason: reason.map(|_| word(row, 8, EndReason::from_code)).transpose()?,
    })
}

/// A tenure with whose it is and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub tenure: Tenure,
    pub about: Particulars,
    pub township: Division,
    pub village: Division,
}

pub fn posted(connection: &Connection, tenure: Tenure) -> Result<Posted, Trouble> {
    let unit = |code| division::find(connection, code)?.ok_or(Trouble::Damaged("a tenure outside any unit"));
    let above = tenure.division.parent().ok_or(Trouble::Damaged("a tenure outside any village"))?;
    let about = person::particulars(connection, tenure.person)?.ok_or(Trouble::Damaged("a tenure of nobody"))?;
    Ok(Posted { township: unit(above)?, village: unit(tenure.division)?, about, tenure })
}

pub fn find(connection: &Connection, id: TenureId) -> Result<Option<Tenure>, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM tenure WHERE id = ?1"))?
        .query_row([id.0], tenure)
        .optional()?)
}

/// A person's tenures, the first one first.
pub fn of_person(connection: &Connection, person: PersonId) -> Result<Vec<Tenure>, Trouble> {
    let mut rows = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM tenure WHERE person = ?1 ORDER BY arrived, division, id"))?;
    Ok(rows.query_map([person.0], tenure)?.collect::<Result<_, _>>()?)
}

/// All tenures, past ones too, in the villages of `parent` (a village, or any unit above), by village and arrival.
pub fn inside(connection: &Connection, parent: DivisionCode) -> Result<Vec<Tenure>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(Vec::new()) };
    let mut rows = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM tenure WHERE division BETWEEN ?1 AND ?2 ORDER BY division, arrived, id"
    ))?;
    Ok(rows.query_map([first, last], tenure)?.collect::<Result<_, _>>()?)
}

/// The same, each with the version of what its figures are counted from.
pub fn inside_with_versions(connection: &Connection, parent: DivisionCode) -> Result<Vec<(Tenure, i64)>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(Vec::new()) };
    let mut rows = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, figures_version FROM tenure WHERE division BETWEEN ?1 AND ?2 ORDER BY division, arrived, id"
    ))?;
    Ok(rows.query_map([first, last], |row| Ok((tenure(row)?, row.get(9)?)))?.collect::<Result<_, _>>()?)
}

/// Villages inside `parent` that have a first secretary in post on `day`.
pub fn incumbents(connection: &Connection, parent: DivisionCode, day: Date) -> Result<u32, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(0) };
    Ok(connection
        .prepare_cached(
            "SELECT count(DISTINCT division) FROM tenure WHERE division BETWEEN ?1 AND ?2
             AND role = 'first_secretary' AND arrived <= ?3 AND coalesce(ended, planned_end) >= ?3",
        )?
        .query_row(params![first, last, day], |row| row.get(0))?)
}

/// Adds the tenure, or changes all but its id, person, role and division. `grant::settle` must follow, and
/// `read_model::follow_tenure` for one that was there.
pub fn put(tx: &Transaction<'_>, it: &Tenure) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO tenure (id, person, role, division, batch, arrived, planned_end, ended, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO UPDATE SET batch = excluded.batch, arrived = excluded.arrived,
             planned_end = excluded.planned_end, ended = excluded.ended, reason = excluded.reason",
    )?
    .execute(params![
        it.id.0,
        it.person.0,
        it.role.code(),
        number(it.division),
        it.batch,
        it.arrived,
        it.planned_end,
        it.ended,
        it.reason.map(EndReason::code),
    ])?;
    Ok(())
}

/// Whether anything hangs on a tenure: documents, leave, excusals, an assessment, or how its holder was chosen.
pub fn is_used(connection: &Connection, id: TenureId) -> Result<bool, Trouble> {
    for document in [DocumentId::log(id), DocumentId::review(id)] {
        if document::find(connection, document)?.is_some() {
            return Ok(true);
        }
    }
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM entry WHERE tenure = ?1 UNION ALL SELECT 1 FROM leave WHERE tenure = ?1
                 UNION ALL SELECT 1 FROM excusal WHERE tenure = ?1 UNION ALL SELECT 1 FROM selection WHERE tenure = ?1
                 UNION ALL SELECT 1 FROM township_excusal WHERE tenure = ?1
                 UNION ALL SELECT 1 FROM assessment_part WHERE tenure = ?1)",
        )?
        .query_row([id.0], |row| row.get(0))?)
}

/// Takes a tenure away, as if it had never been. Nothing may hang on it.
pub fn remove(tx: &Transaction<'_>, id: TenureId) -> Result<(), Trouble> {
    tx.prepare_cached("DELETE FROM tenure WHERE id = ?1")?.execute([id.0])?;
    Ok(())
}
