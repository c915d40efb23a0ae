//! The first secretaries in post, one row each: what the roll-up adds up, person by person.
use jiff::civil::Date;
use rusqlite::{Connection, params};
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::duty::{ClockFacts, Policies, Tally, Timeliness, timeliness};
use zhucun_core::entry::EntryKind;
use zhucun_core::tenure::{Tenure, TenureRole};

use super::super::tenure::Posted;
use super::super::value::number;
use super::super::{Trouble, calendar, policy, tenure};
use super::{AWAITS, tallies};

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
    for tenure in tenure::inside(connection, parent)? {
        if tenure.role != TenureRole::FirstSecretary || !tenure.covers(today) {
            continue;
        }
        let duties = tallies(connection, &tenure, (&calendar, &policies), today)?;
        rows.push(PostedRow {
            duties,
            late: late(connection, &tenure, &policies)?,
            awaiting_review: awaiting(connection, &tenure, policies.in_force(today).deemed_read_before(now))?,
            posted: tenure::posted(connection, tenure)?,
        });
    }
    Ok(rows)
}

fn late(connection: &Connection, tenure: &Tenure, policies: &Policies) -> Result<u32, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT occurred_on, created_ms, received_ms FROM entry
         WHERE village = ?1 AND tenure = ?2 AND state NOT IN ('withdrawn', 'voided')
             AND kind NOT IN ('leave', 'presence')",
    )?;
    let is_late = |row: &rusqlite::Row<'_>| {
        let Some(occurred) = row.get::<_, Option<Date>>(0)? else { return Ok(false) };
        let clock = ClockFacts { received_at: Some(Moment(row.get(2)?)), ..ClockFacts::default() };
        let created = row.get::<_, Option<i64>>(1)?.map(Moment);
        let found = timeliness(policies.in_force(occurred), Some(occurred), created, &clock);
        Ok(matches!(found, Timeliness::Late | Timeliness::VeryLate))
    };
    let found = rows.query_map(params![number(tenure.division), tenure.id.0], is_late)?;
    found.map(|late| Ok(u32::from(late?))).sum()
}

fn awaiting(connection: &Connection, tenure: &Tenure, after: Moment) -> Result<u32, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT count(*) FROM entry WHERE village = ?2 AND tenure = ?3 AND {AWAITS}"))?
        .query_row(params![after.0, number(tenure.division), tenure.id.0], |row| row.get(0))?)
}
