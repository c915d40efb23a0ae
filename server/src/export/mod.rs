//! Exports: tables made of what the read model and the registers hold, the same numbers as on screen. A table is a title,
//! columns and rows (`table`), a form boxes, headings and texts (`form`); each file here defines some; `xlsx` writes any table,
//! `docx` any form. Whether somebody may have one is asked before, and that they had it is noted after: neither happens here.
mod table;
mod label;
mod posting;
mod duty;
mod roll_up;
mod visit;
mod issue;
mod leave;
mod field;
mod monthly;
mod report;
mod incumbent;
mod measure;
pub mod audit;
pub mod form;
pub mod assessment;
pub mod archive;
pub mod xlsx;
pub mod docx;

use std::fmt;

use jiff::civil::Date;
use serde::Deserialize;
use zhucun_core::clock::Moment;
use zhucun_core::division::{Division, DivisionCode, Level};

pub use label::Words;
pub use table::{Cell, Head, Heading, Table};

use crate::access::Names;
use crate::refusal::Refusal;
use crate::store::progress::YEARS;
use crate::store::read_model::Courses;
use crate::store::visit::Days;
use crate::store::{Connection, Fault, Trouble, division, policy};

/// Rows of one table; of more, fewer days are to be asked for.
pub const ROWS_MAX: usize = 20_000;

/// The tables that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableKind {
    /// 第一书记“七个一”完成情况统计表: a row for each first secretary in post.
    Duties,
    /// “七个一”完成情况汇总表: a row for each unit right below.
    RollUp,
    /// 入户走访台账
    Visits,
    /// 问题诉求办理台账
    Issues,
    /// 请销假及外出登记表
    Leaves,
    /// 第一书记选派情况一览表: a row for each tenure of a first secretary.
    Postings,
    /// 考核结果汇总表: a row for each assessment that somebody has written something to.
    Assessments,
    /// 驻村工作月报表: a row for each first secretary who was in post in the month.
    Monthly,
    /// 向乡镇党委汇报登记表
    Reports,
    /// 在岗情况表: a row for each unit right below.
    Incumbents,
    /// 八项措施进展表: a row for each indicator.
    Progress,
    /// 培训完成情况统计表: a row for each unit right below, and one for what the unit does itself.
    Training,
    /// 轮训进度表: a row for each unit right below that has a poor village.
    Rotation,
    /// 科技副乡镇长在岗情况表: a row for each township that has a poor village, and each who is in post there.
    ScienceHeads,
    /// 大学生村官、驻村干部覆盖情况表: a row for each poor village, and each who is in post there.
    Officials,
}

/// Of which days a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    /// As of now.
    Nothing,
    /// From a day to a day, or without bound.
    Days,
    Month,
    /// A year, this one if none is named.
    Year,
}

impl TableKind {
    pub const ALL: [TableKind; 15] = [
        TableKind::Duties,
        TableKind::RollUp,
        TableKind::Visits,
        TableKind::Issues,
        TableKind::Leaves,
        TableKind::Postings,
        TableKind::Assessments,
        TableKind::Monthly,
        TableKind::Reports,
        TableKind::Incumbents,
        TableKind::Progress,
        TableKind::Training,
        TableKind::Rotation,
        TableKind::ScienceHeads,
        TableKind::Officials,
    ];

    /// As in paths and in the audit log.
    pub fn code(self) -> &'static str {
        match self {
            TableKind::Duties => "duties",
            TableKind::RollUp => "roll-up",
            TableKind::Visits => "visits",
            TableKind::Issues => "issues",
            TableKind::Leaves => "leaves",
            TableKind::Postings => "postings",
            TableKind::Assessments => "assessments",
            TableKind::Monthly => "monthly",
            TableKind::Reports => "reports",
            TableKind::Incumbents => "incumbents",
            TableKind::Progress => "progress",
            TableKind::Training => "training",
            TableKind::Rotation => "rotation",
            TableKind::ScienceHeads => "science-heads",
            TableKind::Officials => "officials",
        }
    }

    /// A ledger 台账 lists records with their words, and the others are figures as of today, or of a month or a year.
    fn asks(self) -> Asks {
        match self {
            TableKind::Visits | TableKind::Issues | TableKind::Leaves | TableKind::Reports => Asks::Days,
            TableKind::Monthly => Asks::Month,
            TableKind::Progress | TableKind::Training | TableKind::Rotation => Asks::Year,
            TableKind::Duties
            | TableKind::RollUp
            | TableKind::Postings
            | TableKind::Assessments
            | TableKind::Incumbents
            | TableKind::ScienceHeads
            | TableKind::Officials => Asks::Nothing,
        }
    }

    /// The units that have such a table, and the sentence for whoever asks for one of another.
    fn levels(self) -> (&'static [Level], &'static str) {
        match self {
            TableKind::Visits | TableKind::Issues | TableKind::Leaves | TableKind::Monthly | TableKind::Reports => {
                (&Level::ALL[2..], "`inside` is a township or a village for this table")
            }
            TableKind::RollUp
            | TableKind::Progress
            | TableKind::Training
            | TableKind::Rotation
            | TableKind::ScienceHeads
            | TableKind::Officials => (&Level::ALL[..3], "`inside` has units below it for this table"),
            TableKind::Incumbents => (&Level::ALL[..2], "`inside` is a city or a county for this table"),
            TableKind::Duties | TableKind::Postings | TableKind::Assessments => (&Level::ALL, ""),
        }
    }
}

/// What a table is asked for: of a ledger from a day to a day, of a monthly one the month, of three of the measures a year, of
/// the others nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub days: Days,
    /// The first day of the month.
    pub month: Option<Date>,
    pub year: Option<i16>,
}

/// What is asked for, and may be made.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    kind: TableKind,
    inside: DivisionCode,
    span: Span,
}

impl Wish {
    /// What no such table can be is said in a sentence for whoever asked.
    pub fn new(kind: TableKind, inside: DivisionCode, span: Span, today: Date) -> Result<Wish, &'static str> {
        let Span { days: Days { from, to }, month, year } = span;
        let (levels, sentence) = kind.levels();
        if !levels.contains(&inside.level()) {
            return Err(sentence);
        }
        match (kind.asks(), year) {
            (Asks::Year, Some(year)) if !(YEARS.0..=today.year()).contains(&year) => {
                return Err("`year` is from 2000 to this one");
            }
            (Asks::Year, _) if from.or(to).or(month).is_some() => {
                return Err("this table takes `year`, and no `from`, no `to` and no `month`");
            }
            (Asks::Nothing | Asks::Days | Asks::Month, Some(_)) => return Err("this table takes no `year`"),
            _ => {}
        }
        match (kind.asks(), from.or(to), month) {
            (Asks::Days, _, Some(_)) => Err("this table takes `from` and `to`, and no `month`"),
            (Asks::Days, ..) if from.zip(to).is_some_and(|(from, to)| from > to) => Err("`from` lies after `to`"),
            (Asks::Month, None, None) => Err("`month` is missing: a month like 2015-09"),
            (Asks::Month, Some(_), _) => Err("this table takes `month`, and no `from` and no `to`"),
            (Asks::Month, _, Some(first)) if first > today => Err("`month` has not begun"),
            (Asks::Nothing, Some(_), _) | (Asks::Nothing, _, Some(_)) => {
                Err("this table is of today: it takes no `from`, no `to` and no `month`")
            }
            _ => Ok(Wish { kind, inside, span }),
        }
    }
}

impl fmt::Display for Wish {
    /// As the audit log has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { days: Days { from, to }, month, year } = self.span;
        let from = from.map(|day| format!(" from {day}")).unwrap_or_default();
        let to = to.map(|day| format!(" to {day}")).unwrap_or_default();
        let month = month.map(|first| format!(" {:04}-{:02}", first.year(), first.month())).unwrap_or_default();
        let year = year.map(|year| format!(" {year}")).unwrap_or_default();
        write!(f, "{}{from}{to}{month}{year}", self.kind.code())
    }
}

/// Makes the table.
pub fn make(
    connection: &Connection,
    courses: &Courses,
    wish: Wish,
    names: Names,
    now: Moment,
) -> Result<Table, Fault<Refusal>> {
    let unit = division::find(connection, wish.inside)?.ok_or(Refusal::NotFound)?;
    let (words, Span { days, month, year }) = (words(connection, now)?, wish.span);
    let year = year.unwrap_or_else(|| now.date().year());
    match wish.kind {
        TableKind::Duties => duty::table(connection, courses, &unit, now),
        TableKind::RollUp => roll_up::table(connection, courses, &unit, words, now),
        TableKind::Visits => visit::table(connection, &unit, days, names, now),
        TableKind::Issues => issue::table(connection, &unit, days, names, now),
        TableKind::Leaves => leave::table(connection, &unit, days, now),
        TableKind::Postings => posting::table(connection, &unit, now),
        TableKind::Assessments => assessment::table(connection, &unit, words, now),
        TableKind::Monthly => monthly::table(connection, &unit, month.expect("a wish of it names one"), names, now),
        TableKind::Reports => report::table(connection, &unit, days, names, now),
        TableKind::Incumbents => incumbent::table(connection, &unit, words, now),
        TableKind::Progress => measure::progress(connection, courses, &unit, (year, words), now),
        TableKind::Training => measure::training(connection, &unit, year, now),
        TableKind::Rotation => measure::rotation(connection, &unit, (year, words), now),
        TableKind::ScienceHeads => measure::science_heads(connection, &unit, words, now),
        TableKind::Officials => measure::officials(connection, &unit, now),
    }
}

/// The words of the dictionary pack that is in force.
pub fn words(connection: &Connection, now: Moment) -> Result<Words, Trouble> {
    Ok(Words::of(policy::all(connection)?.in_force(now.date()).dictionary))
}

/// `2015年11月30日 12:00` in Shanghai.
fn as_of(now: Moment) -> String {
    format!("{} {}", label::day(now.date()), clock(now))
}

/// `12:00` in Shanghai.
fn clock(at: Moment) -> String {
    let minutes = (at.0 - Moment::start_of(at.date()).0) / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `某镇（621022103）`.
fn named(unit: &Division) -> String {
    format!("{}（{}）", unit.name, unit.code)
}

/// What stands around a table of a unit as of now; `of` says what it is.
fn heading(unit: &Division, of: &str, now: Moment, note: &'static str) -> Heading {
    Heading { title: format!("{}{of}", unit.name), unit: named(unit), as_of: as_of(now), note }
}

/// What stands around a ledger of a unit.
fn ledger_heading(unit: &Division, of: &str, days: Days, now: Moment, note: &'static str) -> Heading {
    Heading { unit: ledger_unit(unit, days), ..heading(unit, of, now, note) }
}

/// The unit with the days that a ledger is of.
fn ledger_unit(unit: &Division, days: Days) -> String {
    let (from, to) = (days.from.map(label::day), days.to.map(label::day));
    match (from, to) {
        (Some(from), Some(to)) => format!("{}　{from}至{to}", named(unit)),
        (Some(from), None) => format!("{}　{from}起", named(unit)),
        (None, Some(to)) => format!("{}　截至{to}", named(unit)),
        (None, None) => named(unit),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().expect("a code of the test")
    }

    const TODAY: Date = date(2015, 11, 30);

    fn may(kind: TableKind, inside: &str, from: Option<Date>, to: Option<Date>, month: Option<Date>) -> bool {
        Wish::new(kind, code(inside), Span { days: Days { from, to }, month, year: None }, TODAY).is_ok()
    }

    #[test]
    fn each_table_is_of_the_units_that_have_it() {
        for kind in TableKind::ALL {
            let month = (kind == TableKind::Monthly).then_some(date(2015, 11, 1));
            let units =
                ["6210", "621022", "621022103", "621022103201"].map(|inside| may(kind, inside, None, None, month));
            let expected = match kind {
                TableKind::Visits | TableKind::Issues | TableKind::Leaves | TableKind::Monthly | TableKind::Reports => {
                    [false, false, true, true]
                }
                TableKind::RollUp
                | TableKind::Progress
                | TableKind::Training
                | TableKind::Rotation
                | TableKind::ScienceHeads
                | TableKind::Officials => [true, true, true, false],
                TableKind::Incumbents => [true, true, false, false],
                TableKind::Duties | TableKind::Postings | TableKind::Assessments => [true; 4],
            };
            assert_eq!(units, expected, "{kind:?}");
        }
    }

    #[test]
    fn a_ledger_takes_days_a_monthly_table_a_month_that_has_begun_and_figures_of_today_nothing() {
        let (first, last) = (Some(date(2015, 11, 1)), Some(date(2015, 11, 30)));
        for kind in TableKind::ALL {
            let inside = if kind == TableKind::Incumbents { "621022" } else { "621022103" };
            let (takes_days, takes_month) = (kind.asks() == Asks::Days, kind.asks() == Asks::Month);
            for (from, to) in [(first, last), (first, None), (None, last), (first, first)] {
                assert_eq!(may(kind, inside, from, to, None), takes_days, "{kind:?}");
            }
            assert!(!may(kind, inside, last, first, None), "{kind:?}");
            assert!(!may(kind, inside, first, last, first), "{kind:?}");
            assert_eq!(may(kind, inside, None, None, None), !takes_month, "{kind:?}");
            assert_eq!(may(kind, inside, None, None, first), takes_month, "{kind:?}");
            assert!(!may(kind, inside, None, None, Some(date(2015, 12, 1))), "{kind:?}");
        }
    }

    #[test]
    fn a_table_of_a_year_takes_one_that_has_begun_and_the_others_take_none() {
        let may = |kind: TableKind, year| {
            let inside = match kind.levels().0[0] {
                Level::Township => "621022103",
                _ => "6210",
            };
            let month = (kind == TableKind::Monthly).then_some(date(2015, 11, 1));
            let span = Span { year, month, ..Span::default() };
            Wish::new(kind, code(inside), span, TODAY).map(|wish| wish.to_string())
        };
        for (year, fine) in [(1999, false), (2000, true), (2015, true), (2016, false)] {
            assert_eq!(may(TableKind::Progress, Some(year)).is_ok(), fine, "{year}");
        }
        assert_eq!(may(TableKind::Training, Some(2014)), Ok("training 2014".to_owned()));
        for kind in TableKind::ALL {
            assert!(may(kind, None).is_ok(), "{kind:?}");
            assert_eq!(may(kind, Some(2015)).is_ok(), kind.asks() == Asks::Year, "{kind:?}");
        }
    }

    #[test]
    fn the_audit_log_tells_which_table_of_which_days_it_was() {
        let wish = |kind, days, month| {
            Wish::new(kind, code("621022103"), Span { days, month, year: None }, TODAY).expect("a table")
        };
        let days = Days { from: Some(date(2015, 11, 1)), to: Some(date(2015, 11, 30)) };
        assert_eq!(wish(TableKind::Visits, days, None).to_string(), "visits from 2015-11-01 to 2015-11-30");
        assert_eq!(wish(TableKind::Monthly, Days::default(), Some(date(2015, 9, 1))).to_string(), "monthly 2015-09");
        assert_eq!(wish(TableKind::Duties, Days::default(), None).to_string(), "duties");
    }

    #[test]
    fn a_table_says_the_minute_of_its_numbers_in_shanghai() {
        assert_eq!(as_of(Moment(1_448_856_000_000)), "2015年11月30日 12:00");
        assert_eq!(as_of(Moment(1_448_899_199_999)), "2015年11月30日 23:59");
    }
}
