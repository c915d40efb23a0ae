//! 考核: the form of one assessment 考核登记表, and the table of results 考核结果汇总表. What offices typed is printed as they typed
//! it; a box that nobody has filled in stays empty, to be written in by hand.
use jiff::civil::Date;
use zhucun_core::assessment::{Assessed, AssessmentKind, Grade, GrassrootsCredit};
use zhucun_core::clock::Moment;
use zhucun_core::division::Division;
use zhucun_core::duty::Tally;
use zhucun_core::entry::EntryKind;

use super::form::{Form, Part as FormPart, Row, label, short, text};
use super::label::{self, Words, day};
use super::posting::{sent, who};
use super::table::{Cell, Column, NOTHING, Table};
use super::{as_of, heading};
use crate::store::assessment::{self, Asked, Assessment, Facts, Part, Present, Sheet, Written};
use crate::store::tenure::{self, Posted};
use crate::store::{Connection, Trouble};
use crate::word;

const NOTE: &str = "等次、票数和是否计入基层工作经历由考核单位填写，系统不计算。按行政区划代码排列。";

pub(super) fn kind(kind: AssessmentKind) -> &'static str {
    match kind {
        AssessmentKind::HalfYear => "半年",
        AssessmentKind::Annual => "年度",
        AssessmentKind::TermEnd => "期满",
    }
}

pub(super) fn credit(credit: GrassrootsCredit) -> &'static str {
    match credit {
        GrassrootsCredit::Yes => "可",
        GrassrootsCredit::No => "否",
        GrassrootsCredit::Pending => "待定",
    }
}

/// `2015年下半年`, `2015年度`; at the end the days of the tenure.
pub(super) fn period(kind: AssessmentKind, period: &str, (from, to): (Date, Date)) -> String {
    match kind {
        AssessmentKind::HalfYear => label::period(period),
        AssessmentKind::Annual => format!("{period}年度"),
        AssessmentKind::TermEnd => format!("{}至{}", day(from), day(to)),
    }
}

/// The form of one assessment of a sheet; nothing where it has no such one.
pub fn form(sheet: &Sheet, of: AssessmentKind, name: &str, words: Words, now: Moment) -> Option<Form> {
    let found = sheet.assessments.iter().find(|one| one.of.kind == of && one.of.period == name)?;
    let Assessment { of: Assessed { kind: of, period: name, from, to }, facts, township, county } = found;
    let mut rows = about(&sheet.posted).to_vec();
    rows.extend(done(facts));
    rows.extend(said(*of, township.as_ref(), county.as_ref(), words));
    Some(Form {
        title: format!("第一书记{}考核登记表", kind(*of)),
        of: period(*of, name, (*from, *to)),
        parts: vec![
            FormPart::Boxes(rows),
            FormPart::Text(format!("“七个一”完成情况由系统按记录统计，截至{}；其余由考核单位填写。", as_of(now))),
        ],
    })
}

/// Who it is, where, and from when to when.
pub(super) fn about(Posted { tenure, about, village, .. }: &Posted) -> [Row; 3] {
    let days = format!("{}至{}", day(tenure.arrived), day(tenure.last_day()));
    [
        Row::new([
            label("姓名", 1),
            short(&about.name, 1),
            label("性别", 1),
            short(&about.sex, 1),
            label("出生年月", 1),
            short(&about.birth_month, 1),
            label("政治面貌", 1),
            short(&about.party, 1),
        ]),
        Row::new([label("单位及职务", 1), short(&about.unit, 3), label("职级", 1), short(&about.rank, 3)]),
        Row::new([label("任职村", 1), short(&village.name, 3), label("任职时间", 1), short(days, 3)]),
    ]
}

/// What was done of the seven ones, the days away and the days in the village.
pub(super) fn done(facts: &Facts) -> [Row; 6] {
    let row = |name: &str, of: &dyn Fn(Tally) -> String| {
        let figures = facts.duties.iter().map(|tally| short(of(*tally), 1));
        Row::new([label(name, 1)].into_iter().chain(figures))
    };
    let kinds = EntryKind::DUTIES.map(|kind| label(word::kind(kind), 1));
    let away = format!("请假 {} 天，因公外出 {} 天", facts.leave_days, facts.duty_days);
    [
        Row::new([label("“七个一”", 1)].into_iter().chain(kinds)),
        row("应完成", &|tally| tally.owed.to_string()),
        row("免计", &|tally| tally.excused.to_string()),
        row("已完成", &|tally| if tally.owed == 0 { NOTHING.to_owned() } else { tally.done.to_string() }),
        Row::new([label("外出", 1), text(away, 7)]),
        Row::new([label("驻村", 1), text(facts.present.as_ref().map(present).unwrap_or_default(), 7)]),
    ]
}

/// 驻村天数 beside what is asked for.
fn present(of: &Present) -> String {
    let Present { months, declared_months, confirmed_months, declared_days, confirmed_days, counted_days, asked } = of;
    let asked = match asked {
        Asked::AMonth(days) => format!("每月不少于 {days} 天"),
        Asked::AYear(days) => format!("每年不少于 {days} 天"),
        Asked::OfWorkingDays(days) => format!("不少于工作日的三分之二，这段时间为 {days} 天"),
    };
    format!(
        "{months} 个月中报了 {declared_months} 个月，共 {declared_days} 天；乡镇确认 {confirmed_months} 个月，共 {confirmed_days} 天；\
         视同在岗的外出 {counted_days} 天。要求{asked}。"
    )
}

fn said(kind: AssessmentKind, township: Option<&Written>, county: Option<&Written>, words: Words) -> Vec<Row> {
    let (mut agreed, mut counted) = (String::new(), [const { String::new() }; Grade::ALL.len()]);
    if let Some(Part::Township { opinion, votes }) = township.map(|it| &it.writing.part) {
        agreed.clone_from(opinion);
        if let Some(votes) = votes {
            counted = votes.map(|count| count.to_string());
        }
    }
    let (mut decided, mut graded, mut credited) = (String::new(), "", "");
    if let Some(Part::County { opinion, grade, credit: given }) = county.map(|it| &it.writing.part) {
        decided.clone_from(opinion);
        graded = grade.map(|grade| words.grade(grade)).unwrap_or_default();
        credited = given.map(credit).unwrap_or_default();
    }
    let votes = Grade::ALL.into_iter().zip(counted);
    let votes = votes.flat_map(|(grade, count)| [label(words.grade(grade), 1), short(count, 1)]);
    let mut rows = vec![
        Row::new([label("民主测评（票）", 8)]),
        Row::new(votes),
        Row::new([label("乡镇党委意见", 1), text(signed(&agreed, township), 7)]).high(6),
        Row::new([label("县委组织部意见", 1), text(signed(&decided, county), 7)]).high(6),
    ];
    let grade = [label("考核等次", 1), short(graded, 3)];
    let credit = match kind {
        AssessmentKind::TermEnd => [label("计入基层工作经历", 2), short(credited, 2)],
        _ => [label("", 2), short("", 2)],
    };
    rows.push(Row::new(grade.into_iter().chain(credit)));
    rows
}

/// An opinion with a place for the seal, and the day on which it was written.
fn signed(opinion: &str, written: Option<&Written>) -> String {
    let on = written.filter(|_| !opinion.is_empty()).map(|it| day(it.writing.at.date()));
    format!("{opinion}\n\n（盖章）　　{}", on.unwrap_or_else(|| "　　年　　月　　日".to_owned()))
}

/// One assessment of one tenure that somebody has written something to.
struct Graded {
    posted: Posted,
    kind: AssessmentKind,
    period: String,
    votes: Option<[u32; Grade::ALL.len()]>,
    grade: Option<Grade>,
    credit: Option<GrassrootsCredit>,
}

pub(super) fn table<E: From<Trouble>>(
    connection: &Connection,
    unit: &Division,
    words: Words,
    now: Moment,
) -> Result<Table, E> {
    let heading = heading(unit, "第一书记考核结果汇总表", now, NOTE);
    let rows = results(connection, unit)?;
    Ok(Table::new(heading, &columns(unit, words), &rows, None))
}

fn results(connection: &Connection, unit: &Division) -> Result<Vec<Graded>, Trouble> {
    let mut results: Vec<Graded> = Vec::new();
    for tenure in tenure::inside(connection, unit.code)? {
        let first = results.len();
        for writing in assessment::of_tenure(connection, tenure.id)? {
            let is_it = |one: &&mut Graded| one.kind == writing.kind && one.period == writing.period;
            let at = match results[first..].iter_mut().find(is_it) {
                Some(known) => known,
                None => {
                    results.push(Graded {
                        posted: tenure::posted(connection, tenure.clone())?,
                        kind: writing.kind,
                        period: writing.period,
                        votes: None,
                        grade: None,
                        credit: None,
                    });
                    results.last_mut().expect("it was just added")
                }
            };
            match writing.part {
                Part::Township { votes, .. } => at.votes = votes,
                Part::County { grade, credit, .. } => (at.grade, at.credit) = (grade, credit),
            }
        }
        results[first..].sort_by(|one, other| (one.kind, &one.period).cmp(&(other.kind, &other.period)));
    }
    Ok(results)
}

fn columns(unit: &Division, words: Words) -> Vec<Column<Graded>> {
    let mut columns = who(unit, |row: &Graded| &row.posted);
    columns.extend(sent(|row: &Graded| &row.posted));
    columns.extend([
        Column::new("考核", 6, |row: &Graded| Cell::text(kind(row.kind))),
        Column::new("时段", 22, |row: &Graded| {
            Cell::text(period(row.kind, &row.period, (row.posted.tenure.arrived, row.posted.tenure.last_day())))
        }),
    ]);
    for (at, grade) in Grade::ALL.into_iter().enumerate() {
        let votes = move |row: &Graded| row.votes.map_or(Cell::Empty, |votes| Cell::Number(votes[at]));
        columns.push(Column::grouped("民主测评（票）", words.grade(grade), 8, votes));
    }
    columns.extend([
        Column::new("等次", 10, move |row: &Graded| {
            row.grade.map_or(Cell::Empty, |grade| Cell::text(words.grade(grade)))
        }),
        Column::new("计入基层工作经历", 10, |row: &Graded| {
            row.credit.map_or(Cell::Empty, |it| Cell::text(credit(it)))
        }),
    ]);
    columns
}
