//! The import of a calendar: the holidays and make-up workdays of whole years as JSON. A year that is given takes the
//! place of what is in force of it, as its next version; the other years stay.
use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::Moment;

use super::effect::{Change, Effect, Kind};
use super::mistake::Wrong;
use crate::store::{Connection, Transaction, Trouble, calendar};

/// What an import would change.
pub struct Plan {
    pub given: Calendar,
    /// One a year.
    pub changes: Vec<Change>,
}

impl Plan {
    /// The years that become otherwise.
    pub fn years(&self) -> impl Iterator<Item = i16> {
        self.changes.iter().filter(|change| change.kind != Kind::Unchanged).filter_map(|change| match change.about {
            Effect::Year { year } => Some(year),
            _ => None,
        })
    }
}

/// Reads a file; or all that is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Calendar, Vec<Wrong>> {
    let text = core::str::from_utf8(bytes).map_err(|_| vec![Wrong::JsonNotUtf8])?;
    let given = Calendar::parse(text.trim_start_matches('\u{feff}')).map_err(|error| {
        let example = r#"{"holidays": ["2027-01-01"], "workdays": ["2027-01-03"]}"#;
        vec![Wrong::CalendarUnreadable { error: error.to_string(), example }]
    })?;
    let mut faults = Vec::new();
    for year in given.years().into_iter().filter(|year| !given.knows(*year)) {
        faults.push(Wrong::NewYearMissing { year });
    }
    for day in given.workdays.iter().copied() {
        if given.holidays.contains(&day) {
            faults.push(Wrong::DayTwice { day });
        } else if !is_weekend(day) {
            faults.push(Wrong::WorkedAnyway { day });
        }
    }
    if given.years().is_empty() {
        faults.push(Wrong::CalendarEmpty);
    }
    if faults.is_empty() { Ok(given) } else { Err(faults) }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// What the file would change of this database.
pub fn plan(connection: &Connection, given: Calendar) -> Result<Plan, Trouble> {
    let before = calendar::in_force(connection)?;
    let changes = given.years().into_iter().map(|year| compare(year, &given, &before)).collect();
    Ok(Plan { given, changes })
}

fn compare(year: i16, given: &Calendar, before: &Calendar) -> Change {
    let first = jiff::civil::date(year, 1, 1);
    let (now, was) = (given.between(first, first), before.between(first, first));
    let (kind, effects) = if now == was {
        (Kind::Unchanged, Vec::new())
    } else if !before.knows(year) {
        (Kind::Added, vec![Effect::YearKnown { off: now.holidays.len(), on: now.workdays.len() }])
    } else {
        let days = now.holidays.iter().chain(&was.holidays).chain(&now.workdays).chain(&was.workdays);
        let days: BTreeSet<Date> = days.copied().collect();
        let otherwise = days.into_iter().filter(|day| now.is_working_day(*day) != was.is_working_day(*day));
        let effect = |day| if now.is_working_day(day) { Effect::DayWorked { day } } else { Effect::DayOff { day } };
        (Kind::Changed, otherwise.map(effect).collect())
    };
    Change { line: None, kind, about: Effect::Year { year }, effects }
}

/// Writes the plan. Duties follow by themselves: nobody stores them.
pub fn apply(tx: &Transaction<'_>, plan: &Plan, now: Moment) -> Result<(), Trouble> {
    for year in plan.years() {
        calendar::add(tx, year, &plan.given, now)?;
    }
    Ok(())
}
