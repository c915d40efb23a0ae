//! 审计日志: who did what and when, the newest first, as an auditor found it.
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;

use super::table::{Cell, Column, Table};
use super::{clock, heading, label};
use crate::store::audit::AuditRow;
use crate::word;

const NOTE: &str = "按编号从新到旧排列；时间为北京时间。";

/// A row with the names of who did it and of what it is about.
pub struct Line {
    pub row: AuditRow,
    pub by: String,
    pub login: String,
    pub subject_name: String,
}

pub fn table(unit: &Division, lines: &[Line], now: Moment) -> Table {
    let columns = [
        Column::new("编号", 9, |line: &Line| Cell::text(line.row.number.to_string())),
        Column::new("时间", 22, |line: &Line| {
            Cell::text(format!("{} {}", label::day(line.row.at.date()), clock(line.row.at)))
        }),
        Column::new("姓名", 10, |line: &Line| Cell::text(&line.by)),
        Column::new("登录名", 14, |line: &Line| Cell::text(&line.login)),
        Column::new("操作", 20, |line: &Line| Cell::text(word::deed(&line.row.action))),
        Column::new("对象", 22, |line: &Line| Cell::text(&line.subject_name)),
        Column::new("对象编号", 20, |line: &Line| Cell::text(&line.row.subject)),
        Column::new("系统原文", 24, |line: &Line| Cell::text(&line.row.detail)),
    ];
    Table::new(heading(unit, "审计日志", now, NOTE), &columns, lines, None)
}
