//! Duties: what a first secretary owes in which period, why, and what fills it. Pure and explainable; this slice knows
//! the weekly visit and the monthly lesson of the seven ones 七个一.
use jiff::civil::{Date, ISOWeekDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::clock::{add_days, date_to_day};
use crate::entry::EntryKind;
use crate::tenure::{Tenure, TenureRole};

/// Below this many available working days a week owes no visit.
pub const WEEK_DAYS_MIN: usize = 1;
/// Below this many available working days a month owes no lesson.
pub const MONTH_DAYS_MIN: usize = 3;

/// Why a period is owed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DutyReason {
    Owed,
    /// The tenure covers too little of its first or last period.
    PartialUnderHalf,
    /// A week of holidays, or too few working days.
    NoWorkdays,
    /// Only a first secretary owes the seven ones.
    NotThisRole,
}

/// One duty: a kind of work in one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Duty {
    pub kind: EntryKind,
    /// `2015-W38` or `2015-09`.
    pub period: String,
    /// First and last day of the period by the calendar, not clipped to the tenure.
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub from: Date,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub to: Date,
    pub owed: bool,
    pub reason: DutyReason,
}

/// Periods of a tenure that are looked at, from its beginning: the weeks of 38 years.
pub const PERIODS_MAX: usize = 2_000;

/// The duties of one kind in every period that the tenure touches, in order, `PERIODS_MAX` at most.
pub fn duties(kind: EntryKind, tenure: &Tenure, calendar: &Calendar) -> Vec<Duty> {
    let mut duties = Vec::new();
    let mut day = tenure.arrived;
    while day <= tenure.last_day() && duties.len() < PERIODS_MAX {
        let duty = duty_at(kind, tenure, calendar, day);
        let last = duty.to;
        duties.push(duty);
        day = add_days(last, 1);
        // After the last day that a date can say no other comes.
        if day <= last {
            break;
        }
    }
    duties
}

/// The duty of the period that `day` lies in.
pub fn duty_at(kind: EntryKind, tenure: &Tenure, calendar: &Calendar, day: Date) -> Duty {
    let (period, from, to, days_min) = match kind {
        EntryKind::Visit => week(day),
        EntryKind::Lesson => month(day),
    };
    let reason = reason(tenure, calendar, from, to, days_min);
    Duty { kind, period, from, to, owed: reason == DutyReason::Owed, reason }
}

fn week(day: Date) -> (String, Date, Date, usize) {
    let iso: ISOWeekDate = day.iso_week_date();
    let monday = add_days(day, -i64::from(day.weekday().since(Weekday::Monday)));
    (format!("{}-W{:02}", iso.year(), iso.week()), monday, add_days(monday, 6), WEEK_DAYS_MIN)
}

fn month(day: Date) -> (String, Date, Date, usize) {
    (format!("{:04}-{:02}", day.year(), day.month()), day.first_of_month(), day.last_of_month(), MONTH_DAYS_MIN)
}

fn reason(tenure: &Tenure, calendar: &Calendar, from: Date, to: Date, days_min: usize) -> DutyReason {
    if tenure.role != TenureRole::FirstSecretary {
        return DutyReason::NotThisRole;
    }
    let first = tenure.arrived.max(from);
    let last = tenure.last_day().min(to);
    let length = |from: Date, to: Date| date_to_day(to) - date_to_day(from) + 1;
    let (covered, whole) = (length(first, last), length(from, to));
    // The opening part counts from half on, the closing one from more than half: a year then owes exactly 12 months.
    let closing = last < to && first == from;
    let enough = if closing { covered * 2 > whole } else { covered * 2 >= whole };
    if covered < 1 || !enough {
        DutyReason::PartialUnderHalf
    } else if calendar.working_days(first, last) < days_min {
        DutyReason::NoWorkdays
    } else {
        DutyReason::Owed
    }
}

/// Why an entry counts for its duty or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CountReason {
    Counts,
    /// A visit by phone or in the office: recorded, not counted.
    NotInPerson,
    OutsideTenure,
    Returned,
    Withdrawn,
}

impl CountReason {
    pub const ALL: [CountReason; 5] = [
        CountReason::Counts,
        CountReason::NotInPerson,
        CountReason::OutsideTenure,
        CountReason::Returned,
        CountReason::Withdrawn,
    ];

    pub fn code(self) -> &'static str {
        match self {
            CountReason::Counts => "counts",
            CountReason::NotInPerson => "not_in_person",
            CountReason::OutsideTenure => "outside_tenure",
            CountReason::Returned => "returned",
            CountReason::Withdrawn => "withdrawn",
        }
    }
}

/// How much is done of what is owed, as facts: "46/48".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Tally {
    pub done: u32,
    pub owed: u32,
}

/// Counts the owed periods that have ended by `today` (and the current one once it is done) against the days on which
/// counting entries happened.
pub fn tally(kind: EntryKind, tenure: &Tenure, calendar: &Calendar, today: Date, counting: &[Date]) -> Tally {
    let mut tally = Tally::default();
    for duty in duties(kind, tenure, calendar).into_iter().filter(|duty| duty.owed && duty.from <= today) {
        let done = counting.iter().any(|day| duty.from <= *day && *day <= duty.to);
        if done || duty.to < today {
            tally.owed += 1;
            tally.done += u32::from(done);
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::id::{PersonId, TenureId};

    fn tenure(arrived: Date, planned_end: Date) -> Tenure {
        Tenure {
            id: TenureId(Uuid::nil()),
            person: PersonId(Uuid::nil()),
            role: TenureRole::FirstSecretary,
            division: "621022103201".parse().expect("a village"),
            batch: "2015".to_owned(),
            arrived,
            planned_end,
            ended: None,
            reason: None,
        }
    }

    fn owed(kind: EntryKind, tenure: &Tenure) -> Vec<String> {
        let calendar = Calendar::built_in();
        duties(kind, tenure, &calendar).into_iter().filter(|duty| duty.owed).map(|duty| duty.period).collect()
    }

    #[test]
    fn every_one_year_tenure_owes_twelve_months() {
        let mut start = date(2015, 1, 1);
        while start <= date(2025, 6, 30) {
            let year_on = start.saturating_add(jiff::Span::new().years(1));
            let months = owed(EntryKind::Lesson, &tenure(start, add_days(year_on, -1)));
            assert_eq!(months.len(), 12, "from {start}");
            start = add_days(start, 1);
        }
    }

    #[test]
    fn the_worked_example_owes_its_first_september_and_not_its_second() {
        let months = owed(EntryKind::Lesson, &tenure(date(2015, 9, 16), date(2016, 9, 15)));
        assert_eq!(months.first().map(String::as_str), Some("2015-09"));
        assert_eq!(months.last().map(String::as_str), Some("2016-08"));
    }

    #[test]
    fn a_tenure_without_an_end_has_so_many_periods_and_no_more() {
        let calendar = Calendar::built_in();
        for (from, periods) in [(date(2015, 8, 1), PERIODS_MAX), (Date::MIN, PERIODS_MAX), (date(9999, 12, 20), 2)] {
            let duties = duties(EntryKind::Visit, &tenure(from, Date::MAX), &calendar);
            assert_eq!(duties.len(), periods, "from {from}");
        }
    }

    #[test]
    fn weeks_without_working_days_owe_no_visit() {
        let calendar = Calendar::built_in();
        let tenure = tenure(date(2015, 1, 1), date(2026, 12, 31));
        let free: Vec<_> = duties(EntryKind::Visit, &tenure, &calendar)
            .into_iter()
            .filter(|duty| duty.reason == DutyReason::NoWorkdays)
            .map(|duty| duty.period)
            .collect();
        assert_eq!(free, ["2017-W40", "2018-W40", "2019-W06", "2020-W05", "2022-W05", "2026-W08"]);
    }

    #[test]
    fn a_tenure_inside_one_period_owes_it_from_half_of_its_days_on() {
        let monday = date(2016, 5, 9);
        assert_eq!(owed(EntryKind::Visit, &tenure(monday, date(2016, 5, 11))), [""; 0]);
        assert_eq!(owed(EntryKind::Visit, &tenure(monday, date(2016, 5, 12))), ["2016-W19"]);
    }

    #[test]
    fn nothing_carries_over_and_the_running_week_is_not_held_against_anyone() {
        let tenure = tenure(date(2016, 5, 2), date(2017, 5, 1));
        let calendar = Calendar::built_in();
        let tally = |today, days: &[Date]| tally(EntryKind::Visit, &tenure, &calendar, today, days);
        assert_eq!(tally(date(2016, 5, 11), &[]), Tally { done: 0, owed: 1 });
        assert_eq!(tally(date(2016, 5, 11), &[date(2016, 5, 10)]), Tally { done: 1, owed: 2 });
        assert_eq!(tally(date(2016, 5, 17), &[date(2016, 5, 10), date(2016, 5, 11)]), Tally { done: 1, owed: 2 });
    }
}
