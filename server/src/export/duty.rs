//! 第一书记“七个一”完成情况统计表: a row for each first secretary in post, by village.
use zhucun_core::clock::Moment;
use zhucun_core::division::{Division, Level};
use zhucun_core::entry::EntryKind;

use super::table::{Cell, Column, Heading, Table};
use super::{as_of, named};
use crate::store::read_model::{PostedRow, posted};
use crate::store::{Connection, Trouble};
use crate::word;

const NOTE: &str =
    "统计在岗第一书记任职以来的情况；补录为超过规定天数才写下的记录；待审为乡镇尚未审核的记录。按行政区划代码排列。";

pub(super) fn table<E: From<Trouble>>(connection: &Connection, unit: &Division, now: Moment) -> Result<Table, E> {
    let rows = posted(connection, unit.code, now)?;
    let heading = Heading {
        title: format!("{}第一书记“七个一”完成情况统计表", unit.name),
        unit: named(unit),
        as_of: as_of(now),
        note: NOTE,
    };
    Ok(Table::new(heading, &columns(unit.code.level() < Level::Township), &rows, None))
}

/// The townships stand there where there may be several.
fn columns(of_several: bool) -> Vec<Column<PostedRow>> {
    let township = Column::new("乡镇", 12, |row: &PostedRow| Cell::text(&row.township.name));
    let mut columns: Vec<Column<PostedRow>> = of_several.then_some(township).into_iter().collect();
    columns.extend([
        Column::new("村", 15, |row: &PostedRow| Cell::text(&row.village.name)),
        Column::new("区划代码", 14, |row: &PostedRow| Cell::text(row.village.code.to_string())),
        Column::new("姓名", 9, |row: &PostedRow| Cell::text(&row.name)),
        Column::new("工作单位", 18, |row: &PostedRow| Cell::text(&row.unit)),
        Column::new("任职起", 11, |row: &PostedRow| Cell::Day(row.tenure.arrived)),
        Column::new("任职止", 11, |row: &PostedRow| Cell::Day(row.tenure.last_day())),
    ]);
    for (at, kind) in EntryKind::DUTIES.into_iter().enumerate() {
        columns.extend(Column::figures(word::kind(kind), move |row: &PostedRow| row.duties[at]));
    }
    columns.extend([
        Column::new("补录", 5, |row: &PostedRow| Cell::Number(row.late)),
        Column::new("待审", 5, |row: &PostedRow| Cell::Number(row.awaiting_review)),
        Column::new("备注", 10, |_: &PostedRow| Cell::Empty),
    ]);
    columns
}
