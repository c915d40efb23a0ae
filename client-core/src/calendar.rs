//! The calendar of working days: China's holidays and make-up workdays, as the State Council gives them year by year.
//! It is data, replaced by import and sent to phones; in a year it does not know Monday to Friday are worked, and what is
//! computed from that is provisional 暂定.
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::clock::{add_days, date_to_day};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Calendar {
    /// Days off that would be working days or not.
    #[cfg_attr(feature = "types", ts(type = "string[]"))]
    pub holidays: BTreeSet<Date>,
    /// Saturdays and Sundays that are worked.
    #[cfg_attr(feature = "types", ts(type = "string[]"))]
    pub workdays: BTreeSet<Date>,
}

/// The file's shape. Days may have names, which are not kept.
#[derive(Deserialize)]
struct CalendarFile {
    holidays: Days,
    workdays: Days,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "days like 2016-10-07, as a list or with their names")]
enum Days {
    Named(BTreeMap<Date, String>),
    Listed(BTreeSet<Date>),
}

impl Days {
    fn all(self) -> BTreeSet<Date> {
        match self {
            Days::Named(days) => days.into_keys().collect(),
            Days::Listed(days) => days,
        }
    }
}

impl Calendar {
    /// The calendar this version was built with (2004 to 2026).
    pub fn built_in() -> Self {
        Self::parse(include_str!("../data/china-holidays.json")).expect("the calendar in the source is well formed")
    }

    /// Reads a file of the shape of `client-core/data/china-holidays.json`, or one that lists days without names.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let file: CalendarFile = serde_json::from_str(json)?;
        Ok(Calendar { holidays: file.holidays.all(), workdays: file.workdays.all() })
    }

    /// The text that `parse` reads, without the names of days.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("a calendar is lists of days")
    }

    /// The years that some day of it lies in.
    pub fn years(&self) -> BTreeSet<i16> {
        self.holidays.iter().chain(&self.workdays).map(|day| day.year()).collect()
    }

    /// Takes the days of a year from `other`, whatever stood here of that year.
    pub fn take_year(&mut self, year: i16, other: &Calendar) {
        let days = |of: &mut BTreeSet<Date>, from: &BTreeSet<Date>| {
            of.retain(|day| day.year() != year);
            of.extend(from.iter().filter(|day| day.year() == year));
        };
        days(&mut self.holidays, &other.holidays);
        days(&mut self.workdays, &other.workdays);
    }

    /// The years that the days from `from` to `to` lie in, which is what a phone is sent.
    pub fn between(&self, from: Date, to: Date) -> Self {
        let (from, to) = (from.first_of_year(), to.last_of_year());
        let cut = |days: &BTreeSet<Date>| days.iter().copied().filter(|day| (from..=to).contains(day)).collect();
        Calendar { holidays: cut(&self.holidays), workdays: cut(&self.workdays) }
    }

    /// Whether the notice of the year is in it: 元旦 is a holiday of every year that has one.
    pub fn knows(&self, year: i16) -> bool {
        self.holidays.contains(&jiff::civil::date(year, 1, 1))
    }

    pub fn is_working_day(&self, day: Date) -> bool {
        self.workdays.contains(&day) || (!is_weekend(day) && !self.holidays.contains(&day))
    }

    /// Working days from `from` to `to`, both included. A year of duties asks for thousands of days: they are not looked at
    /// one by one.
    pub fn working_days(&self, from: Date, to: Date) -> usize {
        if from > to {
            return 0;
        }
        let off =
            self.holidays.range(from..=to).filter(|day| !is_weekend(**day) && !self.workdays.contains(day)).count();
        let made_up = self.workdays.range(from..=to).filter(|day| is_weekend(**day)).count();
        weekdays(from, to) + made_up - off
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Mondays to Fridays from `from` to `to`, both included.
fn weekdays(from: Date, to: Date) -> usize {
    let length = usize::try_from(date_to_day(to) - date_to_day(from) + 1).unwrap_or_default();
    let rest = (length % 7) as i64;
    length / 7 * 5 + (0..rest).filter(|later| !is_weekend(add_days(from, *later))).count()
}

/// The days from `from` to `to`, both included.
pub fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    (0..=date_to_day(to) - date_to_day(from)).map(move |later| add_days(from, later))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn make_up_workdays_are_worked_and_holidays_are_not() {
        let calendar = Calendar::built_in();
        assert!(calendar.is_working_day(date(2015, 10, 10))); // Saturday, made up for the National Day
        assert!(!calendar.is_working_day(date(2015, 10, 7)));
        assert!(!calendar.is_working_day(date(2015, 10, 11)));
        assert!(calendar.is_working_day(date(2015, 10, 8)));
    }

    #[test]
    fn a_year_is_known_by_its_new_year() {
        let calendar = Calendar::built_in();
        assert!((2004..=2026).all(|year| calendar.knows(year)));
        assert!(!calendar.knows(2003) && !calendar.knows(2027));
        // Monday to Friday in a year that nobody knows.
        assert_eq!(calendar.working_days(date(2027, 1, 1), date(2027, 1, 10)), 6);
    }

    #[test]
    fn a_year_is_taken_whole_from_another_calendar_and_the_others_stay() {
        let mut calendar = Calendar::built_in();
        let moved = r#"{"holidays": ["2016-01-01", "2016-09-16"], "workdays": ["2016-09-18"]}"#;
        let moved = Calendar::parse(moved).expect("a list of days");
        assert_eq!(moved.years(), BTreeSet::from([2016]));
        calendar.take_year(2016, &moved);
        assert_eq!(calendar.between(date(2016, 1, 1), date(2016, 1, 1)), moved);
        assert!(calendar.is_working_day(date(2016, 10, 3)), "the National Day is not in the new year");
        assert_eq!(
            calendar.between(date(2015, 1, 1), date(2015, 1, 1)),
            Calendar::built_in().between(date(2015, 1, 1), date(2015, 1, 1))
        );
        assert_eq!(Calendar::parse(&calendar.text()).expect("its own text"), calendar);
    }

    #[test]
    fn a_phone_is_sent_whole_years() {
        let cut = Calendar::built_in().between(date(2015, 12, 31), date(2016, 1, 1));
        assert!(cut.knows(2015) && cut.knows(2016) && !cut.knows(2014) && !cut.knows(2017));
    }

    #[test]
    fn working_days_are_those_that_are_worked_one_by_one() {
        let calendar = Calendar::built_in();
        for first in days(date(2015, 9, 20), date(2015, 10, 20)) {
            for length in [0, 1, 6, 7, 8, 30, 200] {
                let last = add_days(first, length - 1);
                let one_by_one = days(first, last).filter(|day| calendar.is_working_day(*day)).count();
                assert_eq!(calendar.working_days(first, last), one_by_one, "{first} to {last}");
            }
        }
    }

    #[test]
    fn days_end_where_the_calendar_does() {
        assert_eq!(days(date(9999, 12, 30), Date::MAX).collect::<Vec<_>>(), [date(9999, 12, 30), Date::MAX]);
        assert_eq!(days(date(2015, 10, 8), date(2015, 10, 7)).count(), 0);
    }
}
