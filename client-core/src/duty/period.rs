//! Periods: weeks from Monday to Sunday (ISO 8601), calendar months, quarters and halves, and tenure years of 12 months
//! from the day of arrival. Each has a name that stands in rows, files and excusals.
use jiff::Span;
use jiff::civil::{Date, Weekday, date};

use crate::clock::add_days;
use crate::entry::EntryKind;

/// How long the periods of a kind of duty are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    Week,
    Month,
    Quarter,
    Half,
    TenureYear,
}

/// One period by the calendar, not clipped to any tenure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// `2015-W38`, `2015-09`, `2015-Q4`, `2015-H2` or `tenure-year-1`.
    pub name: String,
    pub from: Date,
    pub to: Date,
}

impl Rhythm {
    pub fn of(kind: EntryKind) -> Rhythm {
        match kind {
            EntryKind::Visit => Rhythm::Week,
            EntryKind::Lesson => Rhythm::Month,
            EntryKind::Activity => Rhythm::Quarter,
            EntryKind::Summary => Rhythm::Half,
            EntryKind::Deed | EntryKind::Research | EntryKind::Report => Rhythm::TenureYear,
            // Nothing is owed of them.
            EntryKind::Leave | EntryKind::Presence => Rhythm::Month,
        }
    }

    /// The period that `day` lies in, of somebody who arrived on `arrived`; tenure years begin on that day.
    pub fn period(self, arrived: Date, day: Date) -> Period {
        match self {
            Rhythm::Week => week(day),
            Rhythm::Month => months(day, 1, format!("{:04}-{:02}", day.year(), day.month())),
            Rhythm::Quarter => months(day, 3, format!("{:04}-Q{}", day.year(), (day.month() + 2) / 3)),
            Rhythm::Half => months(day, 6, format!("{:04}-H{}", day.year(), (day.month() + 5) / 6)),
            Rhythm::TenureYear => tenure_year(arrived, day),
        }
    }
}

impl Period {
    /// The half of a name like `2015-H2`.
    pub fn half(name: &str) -> Option<Period> {
        let (year, half) = name.split_once("-H")?;
        let first_month = match half {
            "1" => 1,
            "2" => 7,
            _ => return None,
        };
        let first = Date::new(year.parse().ok()?, first_month, 1).ok()?;
        Some(Rhythm::Half.period(first, first)).filter(|period| period.name == name)
    }
}

fn week(day: Date) -> Period {
    let iso = day.iso_week_date();
    let monday = add_days(day, -i64::from(day.weekday().since(Weekday::Monday)));
    Period { name: format!("{}-W{:02}", iso.year(), iso.week()), from: monday, to: add_days(monday, 6) }
}

/// The calendar period of `length` months, counted from January.
fn months(day: Date, length: i8, name: String) -> Period {
    let first = (day.month() - 1) / length * length + 1;
    let to = date(day.year(), first + length - 1, 1).last_of_month();
    Period { name, from: date(day.year(), first, 1), to }
}

fn tenure_year(arrived: Date, day: Date) -> Period {
    let mut years = day.year().saturating_sub(arrived.year());
    if anniversary(arrived, years) > day {
        years -= 1;
    }
    let years = years.max(0);
    let from = anniversary(arrived, years);
    let next = anniversary(arrived, years + 1);
    // After the last year of the calendar none begins.
    let to = if next > from && next < Date::MAX { add_days(next, -1) } else { Date::MAX };
    Period { name: format!("tenure-year-{}", years + 1), from, to }
}

fn anniversary(arrived: Date, years: i16) -> Date {
    months_after(arrived, i32::from(years) * 12)
}

/// The same day so many months later, or the last one of that month; the last day of the calendar if it lies beyond.
pub(super) fn months_after(day: Date, months: i32) -> Date {
    Span::new().try_months(months).map_or(Date::MAX, |span| day.saturating_add(span))
}
