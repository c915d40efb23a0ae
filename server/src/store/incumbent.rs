//! Who is in post in the units of a city or a county 在岗情况: poor villages without a first secretary by name, and how many first
//! secretaries are away today or ended of late.
use jiff::civil::Date;
use rusqlite::{Connection, params};
use zhucun_core::clock::add_days;
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::duty::Policies;
use zhucun_core::leave::Leave;
use zhucun_core::tenure::{Tenure, TenureRole};

use super::assessment::Away;
use super::value::below;
use super::{Trouble, absence, division, policy, tenure};

/// How far back an end is told.
pub const ENDED_DAYS: i64 = 30;

/// One unit on a day.
pub struct IncumbentRow {
    pub division: Division,
    pub poor_villages: u32,
    /// Villages with a first secretary in post.
    pub incumbents: u32,
    /// Names of the poor villages without one, by code.
    pub vacant: Vec<String>,
    /// First secretaries in post who are away.
    pub on_leave: u32,
    pub on_duty: u32,
    /// First secretaries whose last day was one of the last `ENDED_DAYS`.
    pub ended: u32,
}

/// The units right below a city or a county, by code.
pub fn inside(connection: &Connection, parent: DivisionCode, today: Date) -> Result<Vec<IncumbentRow>, Trouble> {
    let below = if parent.level() == Level::City { Level::County } else { Level::Township };
    let policies = policy::all(connection)?;
    let units = division::inside(connection, parent, below)?.into_iter();
    units.map(|unit| row(connection, unit, &policies, today)).collect()
}

fn row(connection: &Connection, unit: Division, policies: &Policies, today: Date) -> Result<IncumbentRow, Trouble> {
    let (mut on_leave, mut on_duty, mut ended) = (0, 0, 0);
    let first_secretaries =
        tenure::inside(connection, unit.code)?.into_iter().filter(|it| it.role == TenureRole::FirstSecretary);
    for tenure in first_secretaries {
        ended += u32::from(has_ended(&tenure, today));
        if !tenure.covers(today) {
            continue;
        }
        let leaves = absence::leaves_of(connection, tenure.id, policies)?;
        match leaves.iter().find(|leave: &&Leave| leave.takes(today)).map(Away::of) {
            Some(Away::OnLeave) => on_leave += 1,
            Some(Away::OnDuty) => on_duty += 1,
            None => {}
        }
    }
    Ok(IncumbentRow {
        poor_villages: division::poor_count(connection, unit.code, today)?,
        incumbents: tenure::incumbents(connection, unit.code, today)?,
        vacant: vacant(connection, unit.code, today)?,
        on_leave,
        on_duty,
        ended,
        division: unit,
    })
}

fn has_ended(tenure: &Tenure, today: Date) -> bool {
    let last = tenure.last_day();
    last < today && add_days(today, -ENDED_DAYS) <= last
}

fn vacant(connection: &Connection, parent: DivisionCode, today: Date) -> Result<Vec<String>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(Vec::new()) };
    let mut rows = connection.prepare_cached(
        "SELECT DISTINCT division.name, division.code FROM poor_village JOIN division ON division.code = poor_village.code
         WHERE poor_village.code BETWEEN ?1 AND ?2 AND from_day <= ?3 AND (to_day IS NULL OR to_day >= ?3)
             AND NOT EXISTS (SELECT 1 FROM tenure WHERE tenure.division = poor_village.code
                 AND role = 'first_secretary' AND arrived <= ?3 AND coalesce(ended, planned_end) >= ?3)
         ORDER BY division.code",
    )?;
    let names = rows.query_map(params![first, last, today], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;
    use zhucun_core::id::{PersonId, TenureId};

    use super::*;

    #[test]
    fn an_end_is_told_from_the_day_after_it_for_thirty_days() {
        let last = date(2016, 9, 15);
        let tenure = Tenure {
            id: TenureId(Uuid::nil()),
            person: PersonId(Uuid::nil()),
            role: TenureRole::FirstSecretary,
            division: "621022103201".parse().expect("a code of the test"),
            batch: "2015".to_owned(),
            arrived: date(2015, 9, 16),
            planned_end: last,
            ended: None,
            reason: None,
        };
        let told = |days: i64| has_ended(&tenure, add_days(last, days));
        assert_eq!([0, 1, ENDED_DAYS, ENDED_DAYS + 1].map(told), [false, true, true, false]);
    }
}
