//! 请销假及外出登记表: leave and absence on duty inside a unit, asked for on the phone or imported, by village and first day.
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;

use super::table::{Cell, Column, Table};
use super::{ROWS_MAX, label, ledger_heading};
use crate::refusal::Refusal;
use crate::store::absence::{self, LeaveLine};
use crate::store::visit::Days;
use crate::store::{Connection, Fault};
use crate::word;

pub(super) fn table(
    connection: &Connection,
    unit: &Division,
    days: Days,
    now: Moment,
) -> Result<Table, Fault<Refusal>> {
    let rows = absence::lines(connection, unit.code, days, ROWS_MAX)?.ok_or(Refusal::ExportTooLong)?;
    let heading = ledger_heading(unit, "请销假及外出登记表", days, now, "按行政区划代码和开始日期排列。");
    Ok(Table::new(heading, &columns(), &rows, None))
}

fn columns() -> Vec<Column<LeaveLine>> {
    vec![
        Column::ordinal(),
        Column::new("村", 15, |row: &LeaveLine| Cell::text(&row.village.name)),
        Column::new("姓名", 10, |row: &LeaveLine| Cell::text(&row.name)),
        Column::new("类别", 12, |row: &LeaveLine| Cell::text(word::leave(row.leave.kind))),
        Column::new("申请日期", 12, |row: &LeaveLine| Cell::day(row.asked_on)),
        Column::new("起", 12, |row: &LeaveLine| Cell::Day(row.leave.from)),
        Column::new("止", 12, |row: &LeaveLine| Cell::Day(row.leave.to)),
        Column::new("天数", 6, |row: &LeaveLine| Cell::Number(row.leave.days())),
        Column::new("审批", 16, |row: &LeaveLine| Cell::text(label::step(row.step, row.for_county))),
        Column::new("销假日期", 12, |row: &LeaveLine| Cell::day(row.reported_back)),
        Column::new("视同在岗", 9, |row: &LeaveLine| {
            Cell::text(if row.leave.counts_as_present { "是" } else { "" })
        }),
        Column::new("备注", 20, |_: &LeaveLine| Cell::Empty),
    ]
}
