//! 第一书记“七个一”完成情况统计表: a row for each first secretary in post, by village.
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;
use zhucun_core::entry::EntryKind;

use super::heading;
use super::posting::{sent, who};
use super::table::{Cell, Column, Table};
use crate::store::read_model::{Courses, PostedRow, posted};
use crate::store::{Connection, Trouble};
use crate::word;

const NOTE: &str =
    "统计在岗第一书记任职以来的情况；补录为超过规定天数才写下的记录；待审为乡镇尚未审核的记录。按行政区划代码排列。";

pub(super) fn table<E: From<Trouble>>(
    connection: &Connection,
    courses: &Courses,
    unit: &Division,
    now: Moment,
) -> Result<Table, E> {
    let rows = posted(connection, courses, unit.code, now)?;
    let heading = heading(unit, "第一书记“七个一”完成情况统计表", now, NOTE);
    Ok(Table::new(heading, &columns(unit), &rows, None))
}

fn columns(unit: &Division) -> Vec<Column<PostedRow>> {
    let mut columns = who(unit, |row: &PostedRow| &row.posted);
    columns.extend(sent(|row: &PostedRow| &row.posted));
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
