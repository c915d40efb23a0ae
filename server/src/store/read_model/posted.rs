//! The first secretaries in post, one row each: what the roll-up adds up, person by person.
use rusqlite::{Connection, params};
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::duty::Tally;
use zhucun_core::entry::EntryKind;
use zhucun_core::tenure::Tenure;

use super::super::tenure::Posted;
use super::super::value::number;
use super::super::{Trouble, calendar, policy, tenure};
use super::listed::late_of;
use super::{AWAITS, in_post, tallies};

/// One first secretary in post on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedRow {
    pub posted: Posted,
    /// Over the tenure so far: one for each kind, in the order of `EntryKind::DUTIES`.
    pub duties: [Tally; EntryKind::DUTIES.len()],
    /// 补录: entries of the seven kinds that their device made later than is on time, and that were not taken back.
    pub late: u32,
    /// Entries of the tenure that no reviewer has answered, by the rule of the roll-up.
    pub awaiting_review: u32,
}

/// The first secretaries in post inside `parent`, by village and arrival.
pub fn posted(connection: &Connection, parent: DivisionCode, now: Moment) -> Result<Vec<PostedRow>, Trouble> {
    let today = now.date();
    let (calendar, policies) = (calendar::in_force(connection)?, policy::all(connection)?);
    let mut rows = Vec::new();
    for tenure in in_post(connection, parent, today)? {
        let duties = tallies(connection, &tenure, (&calendar, &policies), today)?;
        rows.push(PostedRow {
            duties,
            late: late_of(connection, &tenure)?,
            awaiting_review: awaiting(connection, &tenure, policies.in_force(today).deemed_read_before(now))?,
            posted: tenure::posted(connection, tenure)?,
        });
    }
    Ok(rows)
}

fn awaiting(connection: &Connection, tenure: &Tenure, after: Moment) -> Result<u32, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT count(*) FROM entry WHERE village = ?2 AND tenure = ?3 AND {AWAITS}"))?
        .query_row(params![after.0, number(tenure.division), tenure.id.0], |row| row.get(0))?)
}
