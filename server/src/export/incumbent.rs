//! 在岗情况表: of each unit of a city or a county who is in post, and which poor villages have nobody; and their sum.
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;

use super::heading;
use super::label::Words;
use super::table::{Cell, Column, Table};
use crate::store::incumbent::{self, IncumbentRow};
use crate::store::{Connection, Trouble};

const NOTE: &str = "截至当天；在岗为有第一书记在任的村，近30天离任含期满。按行政区划代码排列。";

pub(super) fn table<E: From<Trouble>>(
    connection: &Connection,
    unit: &Division,
    words: Words,
    now: Moment,
) -> Result<Table, E> {
    let units = incumbent::inside(connection, unit.code, now.date())?;
    let rows: Vec<Line> = units.into_iter().map(Line::from).collect();
    let heading = heading(unit, "第一书记在岗情况表", now, NOTE);
    let total = total(&rows);
    Ok(Table::new(heading, &columns(words), &rows, Some(&total)))
}

/// A unit, or all of them.
struct Line {
    name: String,
    code: String,
    poor_villages: u32,
    incumbents: u32,
    vacant: u32,
    vacant_names: String,
    on_leave: u32,
    on_duty: u32,
    ended: u32,
}

impl From<IncumbentRow> for Line {
    fn from(row: IncumbentRow) -> Self {
        let IncumbentRow { division, poor_villages, incumbents, vacant, on_leave, on_duty, ended } = row;
        let (name, code) = (division.name, division.code.to_string());
        let (vacant, vacant_names) = (vacant.len() as u32, vacant.join("、"));
        Self { name, code, poor_villages, incumbents, vacant, vacant_names, on_leave, on_duty, ended }
    }
}

fn total(rows: &[Line]) -> Line {
    let sum = |of: fn(&Line) -> u32| rows.iter().map(of).sum();
    Line {
        name: "合计".to_owned(),
        code: String::new(),
        poor_villages: sum(|row| row.poor_villages),
        incumbents: sum(|row| row.incumbents),
        vacant: sum(|row| row.vacant),
        vacant_names: String::new(),
        on_leave: sum(|row| row.on_leave),
        on_duty: sum(|row| row.on_duty),
        ended: sum(|row| row.ended),
    }
}

fn columns(words: Words) -> Vec<Column<Line>> {
    vec![
        Column::new("单位", 16, |row: &Line| Cell::text(&row.name)),
        Column::new("区划代码", 14, |row: &Line| Cell::text(&row.code)),
        Column::new(words.poor_villages, 8, |row: &Line| Cell::Number(row.poor_villages)),
        Column::new("在岗", 8, |row: &Line| Cell::Number(row.incumbents)),
        Column::grouped("缺岗", "村数", 6, |row: &Line| Cell::Number(row.vacant)),
        Column::grouped("缺岗", "村名", 40, |row: &Line| Cell::text(&row.vacant_names)),
        Column::grouped("今天外出", "请假", 6, |row: &Line| Cell::Number(row.on_leave)),
        Column::grouped("今天外出", "因公", 6, |row: &Line| Cell::Number(row.on_duty)),
        Column::new("近30天离任", 11, |row: &Line| Cell::Number(row.ended)),
    ]
}
