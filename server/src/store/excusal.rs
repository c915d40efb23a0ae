//! Excusals 免计, by tenure: which duty of which period was taken out, by whom and why.
use rusqlite::{Connection, Row, Transaction, params};
use zhucun_core::entry::EntryKind;
use zhucun_core::excusal::{Excusal, ExcusalBasis};
use zhucun_core::id::{PersonId, TenureId};

use super::Trouble;
use super::value::word;

fn excusal(row: &Row<'_>) -> rusqlite::Result<Excusal> {
    Ok(Excusal {
        kind: word(row, 0, EntryKind::from_code)?,
        period: row.get(1)?,
        basis: word(row, 2, ExcusalBasis::from_code)?,
        by: PersonId(row.get(3)?),
        note: row.get(4)?,
    })
}

/// All of a tenure, by kind and period.
pub fn of_tenure(connection: &Connection, tenure: TenureId) -> Result<Vec<Excusal>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT kind, period, basis, by_person, note FROM excusal WHERE tenure = ?1 ORDER BY kind, period",
    )?;
    Ok(rows.query_map([tenure.0], excusal)?.collect::<Result<_, _>>()?)
}

/// Adds the excusal, or changes its reason.
pub fn put(tx: &Transaction<'_>, tenure: TenureId, it: &Excusal) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO excusal VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET basis = excluded.basis, by_person = excluded.by_person, note = excluded.note",
    )?
    .execute(params![tenure.0, it.kind.code(), it.period, it.basis.code(), it.by.0, it.note])?;
    Ok(())
}

/// Takes an excusal back: the duty is owed again.
pub fn take_back(tx: &Transaction<'_>, tenure: TenureId, kind: EntryKind, period: &str) -> Result<(), Trouble> {
    tx.prepare_cached("DELETE FROM excusal WHERE tenure = ?1 AND kind = ?2 AND period = ?3")?.execute(params![
        tenure.0,
        kind.code(),
        period
    ])?;
    Ok(())
}
