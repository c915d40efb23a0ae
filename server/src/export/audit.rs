//! 审计日志: who did what and when, the newest first, as an auditor found it.
use zhucun_core::clock::Moment;
use zhucun_core::division::{Division, DivisionCode};
use zhucun_core::person::Person;

use super::table::{Cell, Column, Table};
use super::{clock, heading, label};
use crate::store::audit::{self, AuditRow, Search};
use crate::store::{Connection, Trouble, account, person};
use crate::word;

const NOTE: &str = "按编号从新到旧排列；时间为北京时间。";

/// A row with the names of who did it and of what it is about.
pub struct Line {
    pub row: AuditRow,
    /// The command line and who is not known have none.
    pub by: Option<Person>,
    pub login: String,
    pub subject_name: String,
}

pub fn line(connection: &Connection, row: AuditRow) -> Result<Line, Trouble> {
    let by = row.person.map(|id| person::find(connection, id)).transpose()?.flatten();
    let of = row.person.map(|id| account::of_person(connection, id)).transpose()?.flatten();
    let subject_name = audit::subject_name(connection, &row.subject)?.unwrap_or_default();
    Ok(Line { by, login: of.map(|account| account.login).unwrap_or_default(), subject_name, row })
}

/// What a search finds; nothing of more than `most` rows.
pub fn lines(
    connection: &Connection,
    tops: &[DivisionCode],
    search: &Search,
    most: u32,
) -> Result<Option<Vec<Line>>, Trouble> {
    let rows = audit::found(connection, tops, search, most + 1)?;
    if rows.len() > most as usize {
        return Ok(None);
    }
    rows.into_iter().map(|row| line(connection, row)).collect::<Result<_, _>>().map(Some)
}

pub fn table(unit: &Division, lines: &[Line], now: Moment) -> Table {
    let columns = [
        Column::new("编号", 9, |line: &Line| Cell::text(line.row.number.to_string())),
        Column::new("时间", 22, |line: &Line| {
            Cell::text(format!("{} {}", label::day(line.row.at.date()), clock(line.row.at)))
        }),
        Column::new("姓名", 10, |line: &Line| line.by.as_ref().map_or(Cell::Nothing, |by| Cell::text(&by.name))),
        Column::new("登录名", 14, |line: &Line| Cell::text(&line.login)),
        Column::new("操作", 20, |line: &Line| Cell::text(word::deed(&line.row.action))),
        Column::new("对象", 22, |line: &Line| Cell::text(&line.subject_name)),
        Column::new("对象编号", 20, |line: &Line| Cell::text(&line.row.subject)),
        Column::new("系统原文", 24, |line: &Line| Cell::text(&line.row.detail)),
    ];
    Table::new(heading(unit, "审计日志", now, NOTE), &columns, lines, None)
}
