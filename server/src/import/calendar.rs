//! The import of a calendar: the holidays and make-up workdays of whole years as JSON. A year that is given takes the
//! place of what is in force of it, as its next version; the other years stay.
use jiff::civil::{Date, Weekday};
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::Moment;

use super::Tally;
use crate::store::{Connection, Transaction, Trouble, calendar};

/// What an import would change.
pub struct Plan {
    given: Calendar,
    years: Vec<i16>,
    unchanged: usize,
    added: usize,
    /// What becomes otherwise, a day or a year each.
    pub sentences: Vec<String>,
}

impl Plan {
    pub fn tally(&self) -> Tally {
        let changed = self.years.len() - self.added;
        Tally { added: self.added, changed, unchanged: self.unchanged, ended: 0 }
    }
}

/// Reads a file; what is wrong with it, a sentence each.
pub fn read(bytes: &[u8]) -> Result<Calendar, Vec<String>> {
    let text = core::str::from_utf8(bytes).map_err(|_| vec!["this is not UTF-8: save the file as UTF-8".to_owned()])?;
    let given = Calendar::parse(text.trim_start_matches('\u{feff}')).map_err(|error| {
        let example = r#"{"holidays": ["2027-01-01"], "workdays": ["2027-01-03"]}"#;
        vec![format!(
            "this is no calendar ({error}); write all holidays and make-up workdays of a year, like {example}"
        )]
    })?;
    let mut faults = Vec::new();
    for year in given.years().into_iter().filter(|year| !given.knows(*year)) {
        faults.push(format!(
            "{year}-01-01 is not among the holidays: give all holidays of {year}, also those that stay as they are"
        ));
    }
    for day in &given.workdays {
        if given.holidays.contains(day) {
            faults.push(format!("{day} is a holiday and a workday: take it out of one of the two lists"));
        } else if !is_weekend(*day) {
            faults.push(format!("{day} is no Saturday or Sunday, so it is worked anyway: take it out of the workdays"));
        }
    }
    if given.years().is_empty() {
        faults.push("no day stands in it: give all holidays and make-up workdays of a year".to_owned());
    }
    if faults.is_empty() { Ok(given) } else { Err(faults) }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// What the file would change of this database.
pub fn plan(connection: &Connection, given: Calendar) -> Result<Plan, Trouble> {
    let before = calendar::in_force(connection)?;
    let mut plan = Plan { given, years: Vec::new(), unchanged: 0, added: 0, sentences: Vec::new() };
    for year in plan.given.years() {
        let first = jiff::civil::date(year, 1, 1);
        let (now, was) = (plan.given.between(first, first), before.between(first, first));
        if now == was {
            plan.unchanged += 1;
            continue;
        }
        plan.years.push(year);
        if !before.knows(year) {
            plan.added += 1;
            let (off, on) = (now.holidays.len(), now.workdays.len());
            plan.sentences.push(format!("{year}: {off} holidays, {on} make-up workdays"));
            continue;
        }
        let days = now.holidays.iter().chain(&was.holidays).chain(&now.workdays).chain(&was.workdays);
        let days: std::collections::BTreeSet<&Date> = days.collect();
        for day in days {
            let word = |calendar: &Calendar| if calendar.is_working_day(*day) { "worked" } else { "off" };
            if word(&now) != word(&was) {
                plan.sentences.push(format!("{day}: {} → {}", word(&was), word(&now)));
            }
        }
    }
    Ok(plan)
}

/// Writes the plan. Duties follow by themselves: nobody stores them.
pub fn apply(tx: &Transaction<'_>, plan: &Plan, now: Moment) -> Result<(), Trouble> {
    for year in &plan.years {
        calendar::add(tx, *year, &plan.given, now)?;
    }
    Ok(())
}
