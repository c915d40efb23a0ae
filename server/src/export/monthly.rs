//! 驻村工作月报表: a row for each first secretary who was in post in the month, by village.
use jiff::civil::Date;
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;
use zhucun_core::document::Record;
use zhucun_core::duty::{Account, DutyReason, DutyState};
use zhucun_core::entry::STATE;

use super::posting::{sent, who};
use super::table::{Cell, Column, NOTHING, Table};
use super::{field, heading, label, named};
use crate::access::Names;
use crate::store::month::{self, MonthRow};
use crate::store::{Connection, Trouble};

const NOTE: &str = "周次按最后一天所在的月统计；党课看本月，党员活动看所在季度；问题诉求为本村任期内的；请假和因公外出按日历天。按行政区划代码排列。";

pub(super) fn table<E: From<Trouble>>(
    connection: &Connection,
    unit: &Division,
    first: Date,
    names: Names,
    now: Moment,
) -> Result<Table, E> {
    let rows = month::inside(connection, unit.code, first, now)?;
    let of = format!("{:04}-{:02}", first.year(), first.month());
    let mut heading = heading(unit, "驻村工作月报表", now, NOTE);
    heading.unit = format!("{}　{}", named(unit), label::period(&of));
    Ok(Table::new(heading, &columns(unit, names), &rows, None))
}

fn columns(unit: &Division, names: Names) -> Vec<Column<MonthRow>> {
    let mut columns = who(unit, |row: &MonthRow| &row.posted);
    columns.extend(sent(|row: &MonthRow| &row.posted));
    let days = |days: Option<u32>| days.map_or(Cell::Empty, Cell::Number);
    columns.extend([
        Column::grouped("驻村天数", "申报", 6, move |row: &MonthRow| days(row.declared)),
        Column::grouped("驻村天数", "确认", 6, move |row: &MonthRow| days(row.confirmed)),
    ]);
    columns.extend(Column::figures("入户调研（周）", |row: &MonthRow| row.weeks));
    columns.extend([
        Column::grouped("走访", "次数", 6, |row: &MonthRow| Cell::Number(row.visits)),
        Column::grouped("走访", "户数", 6, |row: &MonthRow| Cell::Number(row.households)),
        Column::new("党课", 14, |row: &MonthRow| Cell::text(standing(row.lesson.as_ref()))),
        Column::new("党员活动", 14, |row: &MonthRow| Cell::text(standing(row.activity.as_ref()))),
        Column::grouped("问题诉求", "提出", 6, |row: &MonthRow| Cell::Number(row.issues_raised)),
        Column::grouped("问题诉求", "有结果", 7, |row: &MonthRow| Cell::Number(row.issues_ended)),
        Column::new("办实事", 24, move |row: &MonthRow| Cell::Text(deeds(&row.deeds, names))),
        Column::grouped("外出天数", "请假", 6, |row: &MonthRow| Cell::Number(row.leave_days)),
        Column::grouped("外出天数", "因公", 6, |row: &MonthRow| Cell::Number(row.duty_days)),
        Column::new("备注", 10, |_: &MonthRow| Cell::Empty),
    ]);
    columns
}

/// Whether a duty is done, or why it is not.
fn standing(account: Option<&Account>) -> String {
    let Some(account) = account else { return NOTHING.to_owned() };
    let fixed = match (account.state, account.duty.reason) {
        (DutyState::Done, _) => "已完成",
        (DutyState::Undone, _) => "没有记",
        (DutyState::Ahead | DutyState::Open, _) => {
            return format!("还没有记，{}前都可以记", label::day(account.duty.window.ends()));
        }
        (DutyState::NotOwed, DutyReason::OnLeave) => "请假或因公外出，免计",
        (DutyState::NotOwed, DutyReason::Excused) => "免计",
        (DutyState::NotOwed, DutyReason::PartialUnderHalf) => "任期不到一半，不计",
        (DutyState::NotOwed, DutyReason::NoWorkdays) => "工作日太少，不计",
        (DutyState::NotOwed, _) => "不计",
    };
    fixed.to_owned()
}

/// The deeds, a line each.
fn deeds(deeds: &[Record], names: Names) -> String {
    let line = |deed: &Record| {
        let text = |name: &str| deed.text(name).unwrap_or_default();
        format!("{}（{}）", field::words(text("name"), names), field::choice(STATE, text(STATE)))
    };
    deeds.iter().map(line).collect::<Vec<_>>().join("\n")
}
