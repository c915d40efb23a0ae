//! 第一书记选派情况一览表: everybody who was sent to a village, in post or not, with what the roster says of them; and the columns
//! with which every table of people begins.
use zhucun_core::clock::Moment;
use zhucun_core::division::{Division, Level};
use zhucun_core::tenure::TenureRole;

use super::heading;
use super::table::{Cell, Column, Table};
use crate::store::tenure::{self, Posted};
use crate::store::{Connection, Trouble};
use crate::word;

const NOTE: &str = "含已离任的；按行政区划代码和到岗日期排列。";

pub(super) fn table<E: From<Trouble>>(connection: &Connection, unit: &Division, now: Moment) -> Result<Table, E> {
    let heading = heading(unit, "第一书记选派情况一览表", now, NOTE);
    let tenures = tenure::inside(connection, unit.code)?.into_iter();
    let sent = tenures.filter(|it| it.role == TenureRole::FirstSecretary).map(|it| tenure::posted(connection, it));
    Ok(Table::new(heading, &columns(unit), &sent.collect::<Result<Vec<Posted>, Trouble>>()?, None))
}

/// Where somebody is posted, and who it is. The townships stand there where there may be several.
pub(super) fn who<R: 'static>(unit: &Division, of: fn(&R) -> &Posted) -> Vec<Column<R>> {
    let township = Column::new("乡镇", 12, move |row: &R| Cell::text(&of(row).township.name));
    let mut columns: Vec<Column<R>> = (unit.code.level() < Level::Township).then_some(township).into_iter().collect();
    columns.extend([
        Column::new("村", 15, move |row: &R| Cell::text(&of(row).village.name)),
        Column::new("区划代码", 14, move |row: &R| Cell::text(of(row).village.code.to_string())),
        Column::new("姓名", 9, move |row: &R| Cell::text(&of(row).about.name)),
    ]);
    columns
}

/// The sending unit, and the days of the tenure.
pub(super) fn sent<R: 'static>(of: fn(&R) -> &Posted) -> [Column<R>; 3] {
    [
        Column::new("工作单位", 18, move |row: &R| Cell::text(&of(row).about.unit)),
        Column::new("任职起", 11, move |row: &R| Cell::Day(of(row).tenure.arrived)),
        Column::new("任职止", 11, move |row: &R| Cell::Day(of(row).tenure.last_day())),
    ]
}

fn columns(unit: &Division) -> Vec<Column<Posted>> {
    let mut columns = who(unit, |row: &Posted| row);
    columns.extend([
        Column::new("性别", 5, |row: &Posted| Cell::text(&row.about.sex)),
        Column::new("出生年月", 9, |row: &Posted| Cell::text(&row.about.birth_month)),
        Column::new("政治面貌", 10, |row: &Posted| Cell::text(&row.about.party)),
        Column::new("职级", 10, |row: &Posted| Cell::text(&row.about.rank)),
        Column::new("单位及职务", 22, |row: &Posted| Cell::text(&row.about.unit)),
        Column::new("批次", 8, |row: &Posted| Cell::text(&row.tenure.batch)),
        Column::new("到岗", 11, |row: &Posted| Cell::Day(row.tenure.arrived)),
        Column::new("计划期满", 11, |row: &Posted| Cell::Day(row.tenure.planned_end)),
        Column::new("离任", 11, |row: &Posted| Cell::day(row.tenure.ended)),
        Column::new("离任原因", 8, |row: &Posted| {
            row.tenure.reason.map_or(Cell::Empty, |it| Cell::text(word::reason(it)))
        }),
    ]);
    columns
}
