//! 问题诉求办理台账: the issues of a township or a village, by village and the day they were raised.
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;
use zhucun_core::issue::{CLOSED_ON, ENDED, STATE};

use super::table::{Cell, Column, Table};
use super::visit::{WITHHELD, heads, numbers};
use super::{ROWS_MAX, label, ledger_heading};
use crate::access::Names;
use crate::refusal::Refusal;
use crate::store::issue::{self, IssueRow};
use crate::store::visit::Days;
use crate::store::{Connection, Fault};

pub(super) fn table(
    connection: &Connection,
    unit: &Division,
    days: Days,
    names: Names,
    now: Moment,
) -> Result<Table, Fault<Refusal>> {
    let rows = issue::inside(connection, unit.code, days, ROWS_MAX)?.ok_or(Refusal::ExportTooLong)?;
    let heading = ledger_heading(unit, "问题诉求办理台账", days, now, "按行政区划代码和提出日期排列。");
    Ok(Table::new(heading, &columns(names), &rows, None))
}

fn columns(names: Names) -> Vec<Column<IssueRow>> {
    vec![
        Column::ordinal(),
        Column::new("提出日期", 11, |row: &IssueRow| Cell::day(row.raised_on)),
        Column::new("村", 15, |row: &IssueRow| Cell::text(&row.village.name)),
        Column::new("户主", 14, move |row: &IssueRow| heads(&row.households, names)),
        Column::new("户编号", 16, |row: &IssueRow| numbers(&row.households)),
        Column::new("类别", 10, |row: &IssueRow| Cell::text(label::category(text(row, "category")))),
        Column::new("什么事", 50, move |row: &IssueRow| written(row, "text", names)),
        Column::new("谁来解决", 10, |row: &IssueRow| Cell::text(label::level(text(row, "level")))),
        Column::new("经办人", 12, move |row: &IssueRow| written(row, "handler", names)),
        Column::new("进展", 9, |row: &IssueRow| Cell::text(label::state(text(row, STATE)))),
        Column::new("有结果的日期", 13, |row: &IssueRow| Cell::day(closed_on(row))),
    ]
}

fn text<'a>(row: &'a IssueRow, name: &str) -> &'a str {
    row.issue.text(name).unwrap_or_default()
}

/// What somebody wrote in their own words.
fn written(row: &IssueRow, name: &str, names: Names) -> Cell {
    match (names, text(row, name)) {
        (Names::Masked, text) if !text.is_empty() => Cell::text(WITHHELD),
        (_, text) => Cell::text(text),
    }
}

/// One that was opened again has no end, whatever day it had.
fn closed_on(row: &IssueRow) -> Option<jiff::civil::Date> {
    ENDED.contains(&text(row, STATE)).then(|| text(row, CLOSED_ON).parse().ok())?
}
