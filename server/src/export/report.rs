//! 向乡镇党委汇报登记表: the yearly reports of a township or a village with their receipts, by village and day.
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;
use zhucun_core::entry::FORM;

use super::table::{Cell, Column, Table};
use super::{ROWS_MAX, field, label, ledger_heading};
use crate::access::Names;
use crate::refusal::Refusal;
use crate::store::report::{self, Receipt, ReportRow};
use crate::store::visit::Days;
use crate::store::{Connection, Fault};

pub(super) fn table(
    connection: &Connection,
    unit: &Division,
    days: Days,
    names: Names,
    now: Moment,
) -> Result<Table, Fault<Refusal>> {
    let rows = report::inside(connection, unit.code, days, ROWS_MAX)?.ok_or(Refusal::ExportTooLong)?;
    let note = "不含已撤回、已作废的记录；签收以后又有修改的，仍列签收的日期和意见。按行政区划代码和日期排列。";
    let heading = ledger_heading(unit, "向乡镇党委汇报登记表", days, now, note);
    Ok(Table::new(heading, &columns(names), &rows, None))
}

fn columns(names: Names) -> Vec<Column<ReportRow>> {
    let receipt = |of: fn(&Receipt) -> Cell| move |row: &ReportRow| row.receipt.as_ref().map_or(Cell::Empty, of);
    vec![
        Column::ordinal(),
        Column::new("汇报日期", 12, |row: &ReportRow| Cell::day(row.day)),
        Column::new("汇报人", 10, |row: &ReportRow| Cell::text(&row.posted.about.name)),
        Column::new("村", 15, |row: &ReportRow| Cell::text(&row.posted.village.name)),
        Column::new("形式", 11, |row: &ReportRow| {
            Cell::text(field::choice(FORM, row.record.text(FORM).unwrap_or_default()))
        }),
        Column::new("状态", 13, |row: &ReportRow| Cell::text(label::standing(row.state))),
        Column::new("签收日期", 12, receipt(|it| Cell::Day(it.on))),
        Column::new("签收人", 10, receipt(|it| Cell::text(&it.by))),
        Column::new("处理意见", 50, move |row: &ReportRow| {
            row.receipt.as_ref().map_or(Cell::Empty, |it| Cell::Text(field::words(&it.opinion, names)))
        }),
        Column::new("备注", 12, |_: &ReportRow| Cell::Empty),
    ]
}
