//! Leave 请假/外出 as it was approved, by tenure.
use jiff::civil::Date;
use rusqlite::{Connection, Row, Transaction, params};
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::leave::{Leave, LeaveKind};

use super::Trouble;
use super::value::word;

/// A leave with the day of 销假, when its holder was back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveRow {
    pub leave: Leave,
    pub reported_back: Option<Date>,
}

fn leave(row: &Row<'_>) -> rusqlite::Result<LeaveRow> {
    let leave = Leave {
        kind: word(row, 0, LeaveKind::from_code)?,
        from: row.get(1)?,
        to: row.get(2)?,
        counts_as_present: row.get(3)?,
        approved_by: row.get::<_, Option<uuid::Uuid>>(4)?.map(PersonId),
    };
    Ok(LeaveRow { leave, reported_back: row.get(5)? })
}

/// All of a tenure, by the first day.
pub fn of_tenure(connection: &Connection, tenure: TenureId) -> Result<Vec<LeaveRow>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT kind, from_day, to_day, counts_as_present, approved_by, reported_back FROM leave
         WHERE tenure = ?1 ORDER BY from_day",
    )?;
    Ok(rows.query_map([tenure.0], leave)?.collect::<Result<_, _>>()?)
}

/// Adds the leave, or changes the one that begins on the same day.
pub fn put(tx: &Transaction<'_>, tenure: TenureId, it: &LeaveRow) -> Result<(), Trouble> {
    let LeaveRow { leave, reported_back } = it;
    tx.prepare_cached(
        "INSERT INTO leave VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET to_day = excluded.to_day, kind = excluded.kind,
             counts_as_present = excluded.counts_as_present, approved_by = excluded.approved_by,
             reported_back = excluded.reported_back",
    )?
    .execute(params![
        tenure.0,
        leave.from,
        leave.to,
        leave.kind.code(),
        leave.counts_as_present,
        leave.approved_by.map(|person| person.0),
        reported_back,
    ])?;
    Ok(())
}
