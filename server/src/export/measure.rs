//! The tables of the eight measures: 八项措施进展表 of any unit and year, 轮训进度表 and 培训完成情况统计表 of the units below, and who covers
//! which township and which poor village by measures 2 and 7.
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;
use zhucun_core::programme::{ARRIVED, ENDED, Item, OUTPUTS, PLANNED_END, PROGRAMMES};

use super::label::Words;
use super::table::{Cell, Column, Table};
use super::{Heading, heading};
use crate::store::progress::{self, Amount, Progress, Target, Trained, Training};
use crate::store::read_model::Courses;
use crate::store::{Connection, Trouble};
use crate::word;

const NOTE: &str = "有明细记录的按记录统计，没有的用统计数；本年为截至年末或制表时。";

/// A table of a year.
fn of_year(unit: &Division, of: &str, year: i16, now: Moment, note: &'static str) -> Heading {
    let heading = heading(unit, of, now, note);
    Heading { unit: format!("{}　{year}年", heading.unit), ..heading }
}

fn number(of: i64) -> Cell {
    u32::try_from(of).map_or_else(|_| Cell::text(of.to_string()), Cell::Number)
}

fn maybe(of: Option<i64>) -> Cell {
    of.map_or(Cell::Nothing, number)
}

/// 八项措施进展表
pub(super) fn progress<E: From<Trouble>>(
    connection: &Connection,
    courses: &Courses,
    unit: &Division,
    (year, words): (i16, Words),
    now: Moment,
) -> Result<Table, E> {
    let rows = progress::of_unit(connection, courses, unit.code, year, now)?;
    let current = |of: fn(&Amount) -> Cell| move |row: &Progress| row.current.as_ref().map_or(Cell::Nothing, of);
    let cumulative = |of: fn(&Amount) -> Cell| move |row: &Progress| row.cumulative.as_ref().map_or(Cell::Nothing, of);
    let columns = [
        Column::new("措施", 34, move |row: &Progress| Cell::text(words.measure(row.subject))),
        Column::new("指标", 34, move |row: &Progress| Cell::text(words.indicator(row.subject))),
        Column::new("单位", 8, |row: &Progress| Cell::text(word::unit(row.subject))),
        Column::new("目标", 10, |row: &Progress| maybe(row.target.map(|target| target.value))),
        Column::new("目标期间", 18, |row: &Progress| {
            row.target.map_or(Cell::Nothing, |it| Cell::text(period(&it)))
        }),
        Column::grouped("本年", "数", 10, current(|amount| number(amount.number))),
        Column::grouped("本年", "应有", 10, current(|amount| maybe(amount.of))),
        Column::grouped("本年", words.of_poor, 11, current(|amount| maybe(amount.poor))),
        Column::grouped("累计", "数", 10, cumulative(|amount| number(amount.number))),
        Column::grouped("累计", "应有", 10, cumulative(|amount| maybe(amount.of))),
    ];
    Ok(Table::new(of_year(unit, "八项措施进展表", year, now, NOTE), &columns, &rows, None))
}

fn period(target: &Target) -> String {
    let Target { first_year, last_year, each_year, .. } = target;
    let years = if first_year == last_year { first_year.to_string() } else { format!("{first_year}—{last_year}") };
    format!("{years}年{}", if *each_year { "每年" } else { "合计" })
}

/// 培训完成情况统计表
pub(super) fn training<E: From<Trouble>>(
    connection: &Connection,
    unit: &Division,
    year: i16,
    now: Moment,
) -> Result<Table, E> {
    let rows = progress::training(connection, unit, year, now.date())?;
    let mut columns = vec![
        Column::new("单位", 16, |row: &Training| Cell::text(&row.name)),
        Column::new("区划代码", 14, |row: &Training| Cell::text(&row.code)),
    ];
    for (at, (code, indicator)) in PROGRAMMES.iter().enumerate() {
        let (group, unit) = (word::programme(code), word::counted(*indicator));
        let of = move |row: &Training| row.trained[at];
        columns.push(Column::grouped(group, "班次", 6, move |row| number(of(row).sessions)));
        columns.push(Column::grouped(group, unit, 9, move |row| number(of(row).number)));
    }
    let mut total = Training { name: "合计".to_owned(), ..Training::default() };
    for row in &rows {
        for (sum, Trained { sessions, number }) in total.trained.iter_mut().zip(row.trained) {
            sum.sessions += sessions;
            sum.number += number;
        }
    }
    let note = "人按姓名、村按村名在各单位内只算一次；人次不去重。合计为各行相加。";
    Ok(Table::new(of_year(unit, "培训完成情况统计表", year, now, note), &columns, &rows, Some(&total)))
}

/// 轮训进度表
pub(super) fn rotation<E: From<Trouble>>(
    connection: &Connection,
    unit: &Division,
    (year, words): (i16, Words),
    now: Moment,
) -> Result<Table, E> {
    let rows = progress::rotation(connection, unit, year, now.date())?;
    let columns = [
        Column::new("单位", 16, |row: &progress::Rotation| Cell::text(&row.name)),
        Column::new("区划代码", 14, |row: &progress::Rotation| Cell::text(&row.code)),
        Column::new(words.poor_villages, 8, |row: &progress::Rotation| number(row.poor_villages)),
        Column::grouped("书记已轮训村", "本年", 8, |row: &progress::Rotation| number(row.trained_in_year)),
        Column::grouped("书记已轮训村", "累计", 8, |row: &progress::Rotation| number(row.trained)),
        Column::new("未轮训村", 40, |row: &progress::Rotation| Cell::text(row.untrained.join("、"))),
    ];
    let sum = |of: fn(&progress::Rotation) -> i64| rows.iter().map(of).sum();
    let total = progress::Rotation {
        name: "合计".to_owned(),
        code: String::new(),
        poor_villages: sum(|row| row.poor_villages),
        trained_in_year: sum(|row| row.trained_in_year),
        trained: sum(|row| row.trained),
        untrained: Vec::new(),
    };
    let note = "按村统计，一个村的书记参加过就算；按行政区划代码排列。";
    Ok(Table::new(of_year(unit, words.rotation, year, now, note), &columns, &rows, Some(&total)))
}

/// Who is in post somewhere: a row each, and one for where nobody is.
struct Post {
    place: Division,
    above: String,
    poor_villages: u32,
    item: Option<Item>,
}

fn posts(covers: Vec<progress::Cover>) -> Vec<Post> {
    let rows = |progress::Cover { place, above, poor_villages, in_post }| {
        let post =
            move |item| Post { place: Division::clone(&place), above: String::clone(&above), poor_villages, item };
        if in_post.is_empty() { vec![post(None)] } else { in_post.into_iter().map(Some).map(post).collect() }
    };
    covers.into_iter().flat_map(rows).collect()
}

fn text(name: &'static str) -> impl Fn(&Post) -> Cell {
    move |row| row.item.as_ref().map_or(Cell::Nothing, |item| Cell::text(item.text(name)))
}

fn chosen(name: &'static str) -> impl Fn(&Post) -> Cell {
    move |row| row.item.as_ref().map_or(Cell::Nothing, |item| Cell::text(word::of_record(name, item.text(name))))
}

fn day(name: &'static str) -> impl Fn(&Post) -> Cell {
    move |row| row.item.as_ref().map_or(Cell::Nothing, |item| Cell::day(item.day(name)))
}

/// 科技副乡镇长在岗情况表: each township that holds a poor village.
pub(super) fn science_heads<E: From<Trouble>>(
    connection: &Connection,
    unit: &Division,
    words: Words,
    now: Moment,
) -> Result<Table, E> {
    let rows = posts(progress::science_head_cover(connection, unit.code, now.date())?);
    let mut columns = vec![
        Column::new("县区", 12, |row: &Post| Cell::text(&row.above)),
        Column::new("乡镇", 16, |row: &Post| Cell::text(&row.place.name)),
        Column::new("区划代码", 14, |row: &Post| Cell::text(row.place.code.to_string())),
        Column::new(words.poor_villages, 8, |row: &Post| Cell::Number(row.poor_villages)),
        Column::new("科技副乡镇长", 13, text("full_name")),
        Column::new("职称", 8, chosen("job_title")),
        Column::new("派出单位", 20, text("from_unit")),
        Column::new("到任", 12, day(ARRIVED)),
        Column::new("计划期满", 12, day(PLANNED_END)),
    ];
    for (name, indicator) in OUTPUTS {
        let of =
            move |row: &Post| row.item.as_ref().map_or(Cell::Nothing, |item| number(item.number(name).unwrap_or(0)));
        columns.push(Column::new(word::output(indicator), 9, of));
    }
    let note = "有任务的乡镇各一行，没有在岗的写“—”；按行政区划代码排列。";
    Ok(Table::new(heading(unit, "科技副乡镇长在岗情况表", now, note), &columns, &rows, None))
}

/// 大学生村官、驻村干部覆盖情况表: each poor village.
pub(super) fn officials<E: From<Trouble>>(connection: &Connection, unit: &Division, now: Moment) -> Result<Table, E> {
    let rows = posts(progress::official_cover(connection, unit.code, now.date())?);
    let columns = [
        Column::new("乡镇", 14, |row: &Post| Cell::text(&row.above)),
        Column::new("村", 14, |row: &Post| Cell::text(&row.place.name)),
        Column::new("区划代码", 14, |row: &Post| Cell::text(row.place.code.to_string())),
        Column::new("姓名", 10, text("full_name")),
        Column::new("身份", 14, chosen("official")),
        Column::new("职务", 18, chosen("official_duty")),
        Column::new("到任", 12, day(ARRIVED)),
        Column::new("离任", 12, day(ENDED)),
        Column::new("电商培训", 12, day("ecommerce_on")),
    ];
    let note = "有任务的村各一行，没有在岗的写“—”；按行政区划代码排列。";
    Ok(Table::new(heading(unit, "大学生村官、驻村干部覆盖情况表", now, note), &columns, &rows, None))
}
