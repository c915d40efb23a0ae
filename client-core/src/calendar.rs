//! The calendar of working days: China's holidays and make-up workdays, as the State Council gives them year by year.
//! It is data, replaced by import and sent to phones; a year it does not know has Monday to Friday, marked 暂定.
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

/// The file's shape: days with their names, which are not kept.
#[derive(Deserialize)]
struct CalendarFile {
    holidays: BTreeMap<Date, String>,
    workdays: BTreeMap<Date, String>,
}

impl Calendar {
    /// The calendar this version was built with (2004 to 2026).
    pub fn built_in() -> Self {
        Self::parse(include_str!("../data/china-holidays.json")).expect("the calendar in the source is well formed")
    }

    /// Reads a file of the shape of `client-core/data/china-holidays.json`.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let file: CalendarFile = serde_json::from_str(json)?;
        Ok(Calendar { holidays: file.holidays.into_keys().collect(), workdays: file.workdays.into_keys().collect() })
    }

    /// The part that concerns the days from `from` to `to`, which is what a phone is sent.
    pub fn between(&self, from: Date, to: Date) -> Self {
        let cut = |days: &BTreeSet<Date>| days.iter().copied().filter(|day| (from..=to).contains(day)).collect();
        Calendar { holidays: cut(&self.holidays), workdays: cut(&self.workdays) }
    }

    pub fn is_working_day(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.workdays.contains(&day) || (!weekend && !self.holidays.contains(&day))
    }

    /// Working days from `from` to `to`, both included.
    pub fn working_days(&self, from: Date, to: Date) -> usize {
        days(from, to).filter(|day| self.is_working_day(*day)).count()
    }
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
    fn days_end_where_the_calendar_does() {
        assert_eq!(days(date(9999, 12, 30), Date::MAX).collect::<Vec<_>>(), [date(9999, 12, 30), Date::MAX]);
        assert_eq!(days(date(2015, 10, 8), date(2015, 10, 7)).count(), 0);
    }
}
