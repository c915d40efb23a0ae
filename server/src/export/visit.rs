//! 入户走访台账: the visits of a township or a village that were not taken back, by village and day.
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;
use zhucun_core::document::Record;
use zhucun_core::entry::MODE;

use super::table::{Cell, Column, NOTHING, Table};
use super::{ROWS_MAX, label, ledger_heading};
use crate::access::Names;
use crate::refusal::Refusal;
use crate::store::household::Household;
use crate::store::visit::{self, Days, VisitRow};
use crate::store::{Connection, Fault};

/// What is not told above the township.
pub(super) const WITHHELD: &str = "（内容在乡镇）";
/// A household that the register does not hold.
pub(super) const UNKNOWN: &str = "名册里没有的农户";

/// The texts that say what a visit was about, each with what stands before it.
const MATTERS: [(&str, &str); 5] = [
    ("narrative", ""),
    ("changes", "变化："),
    ("difficulties", "困难："),
    ("requests", "诉求："),
    ("plan", "下一步打算："),
];

pub(super) fn table(
    connection: &Connection,
    unit: &Division,
    days: Days,
    names: Names,
    now: Moment,
) -> Result<Table, Fault<Refusal>> {
    let rows = visit::inside(connection, unit.code, days, ROWS_MAX)?.ok_or(Refusal::ExportTooLong)?;
    let note = "不含已撤回、已作废的记录。按行政区划代码和日期排列。";
    let heading = ledger_heading(unit, "入户走访台账", days, now, note);
    Ok(Table::new(heading, &columns(names), &rows, None))
}

fn columns(names: Names) -> Vec<Column<VisitRow>> {
    vec![
        Column::ordinal(),
        Column::new("日期", 11, |row: &VisitRow| Cell::day(row.day)),
        Column::new("村", 15, |row: &VisitRow| Cell::text(&row.village.name)),
        Column::new("走访人", 9, |row: &VisitRow| Cell::text(&row.by)),
        Column::new("户主", 14, move |row: &VisitRow| heads(&row.households, names)),
        Column::new("户编号", 16, |row: &VisitRow| numbers(&row.households)),
        Column::new("走访方式", 11, |row: &VisitRow| {
            Cell::text(label::mode(row.entry.text(MODE).unwrap_or_default()))
        }),
        Column::new("主要事项", 66, move |row: &VisitRow| match names {
            Names::Whole => Cell::text(matters(&row.entry)),
            Names::Masked => Cell::text(WITHHELD),
        }),
    ]
}

fn matters(entry: &Record) -> String {
    let part = |(name, before): (&str, &str)| {
        let text = entry.text(name).map(str::trim).filter(|text| !text.is_empty())?;
        Some(format!("{before}{text}"))
    };
    MATTERS.into_iter().filter_map(part).collect::<Vec<_>>().join("\n")
}

/// The heads of households, a line each, in the order they were named.
pub(super) fn heads(households: &[Option<Household>], names: Names) -> Cell {
    let head = |household: &Option<Household>| match household {
        Some(household) => names.of_household(&household.head),
        None => UNKNOWN.to_owned(),
    };
    Cell::Text(households.iter().map(head).collect::<Vec<_>>().join("\n"))
}

/// Their numbers, each on the line of its head; a dash for one that has none.
pub(super) fn numbers(households: &[Option<Household>]) -> Cell {
    let number = |household: &Option<Household>| {
        let number = household.as_ref().map(|household| household.number.as_str());
        number.filter(|number| !number.is_empty()).unwrap_or(NOTHING).to_owned()
    };
    Cell::Text(households.iter().map(number).collect::<Vec<_>>().join("\n"))
}
