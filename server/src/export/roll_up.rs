//! “七个一”完成情况汇总表: the roll-up as the desk's screen has it, a row for each unit right below, and their sum.
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;
use zhucun_core::duty::Tally;
use zhucun_core::entry::EntryKind;

use super::heading;
use super::label::Words;
use super::table::{Cell, Column, Table};
use crate::store::read_model::{self, Courses, RollUpRow};
use crate::store::{Connection, Trouble};
use crate::word;

const NOTE: &str =
    "统计在岗第一书记任职以来的情况；补录为超过规定天数才写下的记录；待审为乡镇尚未审核的记录。按行政区划代码排列。";

pub(super) fn table<E: From<Trouble>>(
    connection: &Connection,
    courses: &Courses,
    unit: &Division,
    words: Words,
    now: Moment,
) -> Result<Table, E> {
    let rows = read_model::roll_up(connection, courses, unit.code, now)?;
    let rows: Vec<Line> = rows.into_iter().map(Line::from).collect();
    let heading = heading(unit, "“七个一”完成情况汇总表", now, NOTE);
    let total = total(&rows);
    Ok(Table::new(heading, &columns(words), &rows, Some(&total)))
}

/// A unit, or all of them.
struct Line {
    name: String,
    code: String,
    poor_villages: u32,
    incumbents: u32,
    duties: [Tally; EntryKind::DUTIES.len()],
    late: u32,
    awaiting_review: u32,
    issues_open: u32,
    issues_ended: u32,
}

impl From<RollUpRow> for Line {
    fn from(row: RollUpRow) -> Self {
        let RollUpRow { division, poor_villages, incumbents, duties, late, awaiting_review, issues_open, issues_ended } =
            row;
        let (name, code) = (division.name, division.code.to_string());
        Self { name, code, poor_villages, incumbents, duties, late, awaiting_review, issues_open, issues_ended }
    }
}

fn total(rows: &[Line]) -> Line {
    let sum = |of: fn(&Line) -> u32| rows.iter().map(of).sum();
    let mut duties = [Tally::default(); EntryKind::DUTIES.len()];
    for row in rows {
        duties.iter_mut().zip(row.duties).for_each(|(sum, tally)| *sum += tally);
    }
    Line {
        name: "合计".to_owned(),
        code: String::new(),
        poor_villages: sum(|row| row.poor_villages),
        incumbents: sum(|row| row.incumbents),
        duties,
        late: sum(|row| row.late),
        awaiting_review: sum(|row| row.awaiting_review),
        issues_open: sum(|row| row.issues_open),
        issues_ended: sum(|row| row.issues_ended),
    }
}

fn columns(words: Words) -> Vec<Column<Line>> {
    let mut columns = vec![
        Column::new("单位", 16, |row: &Line| Cell::text(&row.name)),
        Column::new("区划代码", 14, |row: &Line| Cell::text(&row.code)),
        Column::new(words.poor_villages, 8, |row: &Line| Cell::Number(row.poor_villages)),
        Column::new("有书记的村", 8, |row: &Line| Cell::Number(row.incumbents)),
    ];
    for (at, kind) in EntryKind::DUTIES.into_iter().enumerate() {
        columns.extend(Column::figures(word::kind(kind), move |row: &Line| row.duties[at]));
    }
    columns.extend([
        Column::new("补录", 6, |row: &Line| Cell::Number(row.late)),
        Column::new("待审", 6, |row: &Line| Cell::Number(row.awaiting_review)),
        Column::grouped("问题诉求", "未办结", 8, |row: &Line| Cell::Number(row.issues_open)),
        Column::grouped("问题诉求", "已有结果", 8, |row: &Line| Cell::Number(row.issues_ended)),
    ]);
    columns
}
