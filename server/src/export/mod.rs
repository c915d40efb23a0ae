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
pub mod form;
pub mod assessment;
pub mod archive;
pub mod xlsx;
pub mod docx;

use serde::Deserialize;
use zhucun_core::clock::Moment;
use zhucun_core::division::{Division, DivisionCode, Level};

pub use label::Words;
pub use table::{Cell, Head, Heading, Table};

use crate::access::Names;
use crate::refusal::Refusal;
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
}

impl TableKind {
    pub const ALL: [TableKind; 7] = [
        TableKind::Duties,
        TableKind::RollUp,
        TableKind::Visits,
        TableKind::Issues,
        TableKind::Leaves,
        TableKind::Postings,
        TableKind::Assessments,
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
        }
    }

    /// A ledger 台账 lists records with their words; the others are figures as of today.
    fn is_ledger(self) -> bool {
        matches!(self, TableKind::Visits | TableKind::Issues | TableKind::Leaves)
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub kind: TableKind,
    pub inside: DivisionCode,
    pub days: Days,
}

impl Wish {
    /// What no such table can be, in a sentence for whoever asked.
    pub fn fault(&self) -> Option<&'static str> {
        let Days { from, to } = self.days;
        let level = self.inside.level();
        if self.kind.is_ledger() {
            let of_unit = matches!(level, Level::Township | Level::Village);
            let in_order = from.zip(to).is_none_or(|(from, to)| from <= to);
            return match (of_unit, in_order) {
                (false, _) => Some("`inside` is a township or a village for this table"),
                (_, false) => Some("`from` lies after `to`"),
                _ => None,
            };
        }
        match (from.or(to), self.kind, level) {
            (Some(_), ..) => Some("this table is of today: it takes no `from` and no `to`"),
            (_, TableKind::RollUp, Level::Village) => Some("`inside` has units below it for this table"),
            _ => None,
        }
    }
}

/// Makes the table.
pub fn make(connection: &Connection, wish: Wish, names: Names, now: Moment) -> Result<Table, Fault<Refusal>> {
    let unit = division::find(connection, wish.inside)?.ok_or(Refusal::NotFound)?;
    let words = words(connection, now)?;
    match wish.kind {
        TableKind::Duties => duty::table(connection, &unit, now),
        TableKind::RollUp => roll_up::table(connection, &unit, words, now),
        TableKind::Visits => visit::table(connection, &unit, wish.days, names, now),
        TableKind::Issues => issue::table(connection, &unit, wish.days, names, now),
        TableKind::Leaves => leave::table(connection, &unit, wish.days, now),
        TableKind::Postings => posting::table(connection, &unit, now),
        TableKind::Assessments => assessment::table(connection, &unit, words, now),
    }
}

/// The words of the dictionary pack that is in force.
pub fn words(connection: &Connection, now: Moment) -> Result<Words, Trouble> {
    Ok(Words::of(policy::all(connection)?.in_force(now.date()).dictionary))
}

/// `2015年11月30日 12:00` in Shanghai.
fn as_of(now: Moment) -> String {
    let day = now.date();
    let minutes = (now.0 - Moment::start_of(day).0) / 60_000;
    format!("{} {:02}:{:02}", label::day(day), minutes / 60, minutes % 60)
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

    #[test]
    fn a_ledger_is_of_a_township_or_a_village_and_figures_are_of_today() {
        let (first, last) = (Some(date(2015, 11, 1)), Some(date(2015, 11, 30)));
        let fault = |kind, inside: &str, from, to| {
            let inside = inside.parse().expect("a code of the test");
            Wish { kind, inside, days: Days { from, to } }.fault()
        };
        for kind in TableKind::ALL {
            for (code, ledger, roll_up) in [
                ("6210", false, true),
                ("621022", false, true),
                ("621022103", true, true),
                ("621022103201", true, false),
            ] {
                let may = match kind {
                    TableKind::Visits | TableKind::Issues | TableKind::Leaves => ledger,
                    TableKind::RollUp => roll_up,
                    TableKind::Duties | TableKind::Postings | TableKind::Assessments => true,
                };
                assert_eq!(fault(kind, code, None, None).is_none(), may, "{kind:?} {code}");
            }
            let takes_days = kind.is_ledger();
            for (from, to) in [(first, last), (first, None), (None, last), (first, first)] {
                assert_eq!(fault(kind, "621022103", from, to).is_none(), takes_days, "{kind:?}");
            }
            assert!(fault(kind, "621022103", last, first).is_some(), "{kind:?}");
        }
    }

    #[test]
    fn a_table_says_the_minute_of_its_numbers_in_shanghai() {
        assert_eq!(as_of(Moment(1_448_856_000_000)), "2015年11月30日 12:00");
        assert_eq!(as_of(Moment(1_448_899_199_999)), "2015年11月30日 23:59");
    }
}
