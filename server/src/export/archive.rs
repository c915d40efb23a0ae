//! 个人工作纪实档案: one file of a tenure with all that was logged, by kind and day: who it is, the figures, every entry with its
//! fields, what was said of it and how what was raised with it ended, leave, excusals and assessments.
use std::collections::BTreeMap;

use zhucun_core::assessment::Grade;
use zhucun_core::clock::{Moment, date_to_day};
use zhucun_core::entry::{EntryKind, HOUSEHOLDS, OCCURRED_ON};
use zhucun_core::field::{Field, FieldValue};
use zhucun_core::issue::{CLOSED_ON, ENDED, ISSUE, OPEN, STATE};
use zhucun_core::ledger::{CREATED_AT, KIND, Side, What};

use super::form::{Form, Part, Row, label as head, short};
use super::label::{self, Words, day};
use super::visit::UNKNOWN;
use super::{as_of, assessment, field};
use crate::access::Names;
use crate::refusal::Refusal;
use crate::store::archive::{Archive, Excused, Kept, Raised, Remark};
use crate::store::assessment::{Assessment, Part as Written};
use crate::store::household::Household;
use crate::store::leave::LeaveRow;
use crate::store::tenure::Posted;
use crate::word;

/// Lines of an archive as they are printed: about a thousand pages. A year of a secretary has some thousand lines.
pub const LINES_MAX: usize = 40_000;
/// Characters of a printed line.
const LINE_CHARS: usize = 40;
const NUMERALS: [&str; 14] =
    ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四"];

/// The archive, held to what a file may have.
pub fn form(archive: &Archive, names: Names, words: Words, now: Moment) -> Result<Form, Refusal> {
    let mut paper = Paper::default();
    let Posted { tenure, about, village, .. } = &archive.posted;
    let last = tenure.last_day().min(now.date());
    let days = date_to_day(last) - date_to_day(tenure.arrived) + 1;
    paper.section("任职情况");
    let mut rows = assessment::about(&archive.posted).to_vec();
    rows.push(Row::new([
        head("任职身份", 1),
        short(label::role(tenure.role), 3),
        head("已任职天数", 1),
        short(days.to_string(), 3),
    ]));
    paper.parts.push(Part::Boxes(rows));
    paper.section("“七个一”完成情况");
    paper.parts.push(Part::Boxes(assessment::done(&archive.facts).to_vec()));
    for kind in EntryKind::DUTIES {
        paper.entries(word::kind(kind), archive, Some(kind), names, words);
    }
    paper.entries(word::kind(EntryKind::Presence), archive, Some(EntryKind::Presence), names, words);
    paper.entries(word::kind(EntryKind::Leave), archive, Some(EntryKind::Leave), names, words);
    if !archive.leaves.is_empty() {
        paper.item("组织部门登记的请假外出".to_owned());
        archive.leaves.iter().for_each(|it| paper.text(leave(it)));
    }
    if archive.entries.iter().any(|kept| kept.kind.is_none()) {
        paper.entries("其他记录", archive, None, names, words);
    }
    if !archive.excusals.is_empty() {
        paper.section(&format!("免计（{} 项）", archive.excusals.len()));
        archive.excusals.iter().for_each(|it| paper.text(excusal(it, names)));
    }
    paper.assessments(&archive.assessments, words);
    paper.text(format!("本档案由系统按记录生成，“七个一”由系统统计，截至{}。", as_of(now)));
    if names == Names::Masked {
        paper.text("户主姓名打码，不含叙述内容；完整的档案由乡镇导出。".to_owned());
    }
    let parts = held(paper.parts)?;
    Ok(Form {
        title: "个人工作纪实档案".to_owned(),
        of: format!("{}　{}　{}至{}", about.name, village.name, day(tenure.arrived), day(tenure.last_day())),
        parts,
    })
}

/// Parts that a file takes.
fn held(parts: Vec<Part>) -> Result<Vec<Part>, Refusal> {
    if printed(&parts) > LINES_MAX { Err(Refusal::ExportTooLong) } else { Ok(parts) }
}

/// Lines that parts take when they are printed.
fn printed(parts: &[Part]) -> usize {
    let lines = |text: &String| text.split('\n').map(|line| line.chars().count().div_ceil(LINE_CHARS).max(1)).sum();
    let of = |part: &Part| match part {
        Part::Section(text) | Part::Item(text) | Part::Text(text) => lines(text),
        Part::Boxes(rows) => rows.len(),
    };
    parts.iter().map(of).sum()
}

/// What is written so far.
#[derive(Default)]
struct Paper {
    parts: Vec<Part>,
    sections: usize,
}

impl Paper {
    fn section(&mut self, title: &str) {
        self.parts.push(Part::Section(format!("{}、{title}", NUMERALS[self.sections])));
        self.sections += 1;
    }

    fn item(&mut self, title: String) {
        self.parts.push(Part::Item(title));
    }

    fn text(&mut self, text: String) {
        self.parts.push(Part::Text(text));
    }

    /// All entries of a kind.
    fn entries(&mut self, title: &str, archive: &Archive, kind: Option<EntryKind>, names: Names, words: Words) {
        let of_kind: Vec<&Kept> = archive.entries.iter().filter(|kept| kept.kind == kind).collect();
        self.section(&format!("{title}（{} 条）", of_kind.len()));
        if of_kind.is_empty() {
            self.text("没有记录。".to_owned());
        }
        for (at, kept) in of_kind.into_iter().enumerate() {
            let on = kept.day.map_or_else(|| "没有日期".to_owned(), day);
            self.item(format!("{}. {on}　{}", at + 1, label::standing(kept.state)));
            self.fields(kept, names);
            if let Some((step, for_county)) = kept.leave {
                self.text(format!("审批：{}", label::step(step, for_county)));
            }
            kept.issues.iter().for_each(|it| self.text(issue(it, names)));
            kept.said.iter().for_each(|it| self.text(remark(it, names, words)));
        }
    }

    /// What stands in the form of an entry: short values side by side, texts by themselves, and what only a newer version
    /// can name at the end.
    fn fields(&mut self, kept: &Kept, names: Names) {
        let table = kept.kind.map(EntryKind::fields).unwrap_or_default();
        let mut beside: Vec<String> = Vec::new();
        for field in table.iter().filter(|field| field.name != OCCURRED_ON) {
            let Some(value) = kept.record.get(field.name).filter(|value| !value.is_empty()) else { continue };
            let told = |value: &FieldValue| match field.name {
                HOUSEHOLDS => heads(&kept.households, names),
                _ => field::told(field, value, names),
            };
            let mut line = format!("{}：{}", field::name(field.name), told(value));
            if kept.record.is_in_conflict(field.name) {
                let others = kept.record.fields[field.name][1..].iter().map(|it| field::told(field, &it.value, names));
                line.push_str(&format!("（另一处写的：{}）", others.collect::<Vec<_>>().join("；")));
            }
            if field::is_short(field) {
                beside.push(line);
            } else {
                self.beside(&mut beside);
                self.text(line);
            }
        }
        self.beside(&mut beside);
        let is_known =
            |name: &str| [KIND, CREATED_AT, OCCURRED_ON].contains(&name) || table.iter().any(|it| it.name == name);
        let newer = kept.record.fields.keys().filter(|name| !is_known(name));
        for value in newer.filter_map(|name| kept.record.get(name)) {
            let value = match value {
                FieldValue::Text(text) => field::words(text, names),
                FieldValue::Number(number) => number.to_string(),
            };
            self.text(format!("新版本的内容：{value}"));
        }
    }

    fn beside(&mut self, values: &mut Vec<String>) {
        if !values.is_empty() {
            self.text(std::mem::take(values).join("；"));
        }
    }

    fn assessments(&mut self, assessments: &[Assessment], words: Words) {
        if assessments.is_empty() {
            return;
        }
        self.section("考核");
        for Assessment { of, township, county, .. } in assessments {
            let period = assessment::period(of.kind, &of.period, (of.from, of.to));
            self.item(format!("{}考核　{period}", assessment::kind(of.kind)));
            if let Some(Written::Township { opinion, votes }) = township.as_ref().map(|it| &it.writing.part) {
                if let Some(votes) = votes {
                    let of = Grade::ALL.into_iter().zip(votes);
                    let votes = of.map(|(grade, count)| format!("{} {count}", words.grade(grade)));
                    self.text(format!("民主测评（票）：{}", votes.collect::<Vec<_>>().join("、")));
                }
                self.text(format!("乡镇党委意见：{opinion}"));
            }
            if let Some(Written::County { opinion, grade, credit }) = county.as_ref().map(|it| &it.writing.part) {
                self.text(format!("县委组织部意见：{opinion}"));
                let grade = grade.map(|it| format!("等次：{}", words.grade(it)));
                let credit = credit.map(|it| format!("计入基层工作经历：{}", assessment::credit(it)));
                self.beside(&mut grade.into_iter().chain(credit).collect());
            }
        }
    }
}

/// The heads of households with their numbers.
fn heads(households: &[Option<Household>], names: Names) -> String {
    let head = |household: &Option<Household>| match household {
        Some(household) if household.number.is_empty() => names.of_household(&household.head),
        Some(household) => format!("{}（{}）", names.of_household(&household.head), household.number),
        None => UNKNOWN.to_owned(),
    };
    households.iter().map(head).collect::<Vec<_>>().join("、")
}

/// An issue and how it ended. One that was opened again has no end, whatever day it had.
fn issue(Raised { issue, households }: &Raised, names: Names) -> String {
    let state = issue.text(STATE).filter(|state| !state.is_empty()).unwrap_or(OPEN);
    let told = |field: &Field| {
        let value = issue.get(field.name).filter(|value| !value.is_empty());
        let told = match field.name {
            HOUSEHOLDS if value.is_some() => heads(households, names),
            STATE => field::choice(STATE, state).to_owned(),
            CLOSED_ON if !ENDED.contains(&state) => return None,
            _ => field::told(field, value?, names),
        };
        (!told.is_empty()).then(|| format!("{}：{told}", field::name(field.name)))
    };
    format!("问题诉求　{}", ISSUE.iter().filter_map(told).collect::<Vec<_>>().join("；"))
}

fn remark(it: &Remark, names: Names, words: Words) -> String {
    let said = |text: &str| field::words(text, names);
    let remarks = |comment: &str, comments: &BTreeMap<String, String>| {
        let on_fields = comments.iter().map(|(name, text)| format!("对“{}”：{}", field::name(name), said(text)));
        let all = (!comment.trim().is_empty()).then(|| said(comment)).into_iter().chain(on_fields);
        all.collect::<Vec<_>>().join("；")
    };
    let (what, text) = match &it.what {
        What::Confirmed { opinion, .. } => ("确认".to_owned(), said(opinion)),
        What::Returned { reason, comment, comments, .. } => {
            let reason = reason.map(|reason| format!("（{}）", words.returned(reason))).unwrap_or_default();
            (format!("退回补充{reason}"), remarks(comment, comments))
        }
        What::Questioned { comment, comments, .. } => ("询问".to_owned(), remarks(comment, comments)),
        What::Answered { text, .. } => ("回复".to_owned(), said(text)),
        What::Withdrawn { text, .. } => ("撤回".to_owned(), said(text)),
        What::Voided { reason, text, .. } => {
            let reason = reason.map(|reason| format!("（{}）", label::voided(reason))).unwrap_or_default();
            (format!("作废{reason}"), said(text))
        }
        What::Restored { .. } => ("恢复，或撤销前面的审核".to_owned(), String::new()),
    };
    let side = if it.side == Side::Author { "本人" } else { "乡镇" };
    let marks = [(it.undone, "（后来撤销了）"), (it.older, "（针对以前的内容）")];
    let marks: String = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
    let text = if text.is_empty() { text } else { format!("：{text}") };
    format!("{}　{side} {} {what}{marks}{text}", day(it.at.date()), it.by)
}

fn leave(LeaveRow { leave, reported_back }: &LeaveRow) -> String {
    let approved = if leave.approved_by.is_some() { "已批准" } else { "未批准" };
    let back = reported_back.map(|on| format!("，{}销假", day(on))).unwrap_or_default();
    let (from, to) = (day(leave.from), day(leave.to));
    format!("{from}至{to}　{}　{} 天　{approved}{back}", word::leave(leave.kind), leave.days())
}

fn excusal(it: &Excused, names: Names) -> String {
    let note = if it.note.is_empty() { String::new() } else { format!("：{}", field::words(&it.note, names)) };
    format!("{}　{}　{}{note}", word::kind(it.kind), label::period(&it.period), label::basis(it.basis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_they_are_printed() {
        let of = |text: &str| printed(&[Part::Text(text.to_owned())]);
        assert_eq!((of(""), of("一"), of(&"记".repeat(LINE_CHARS)), of(&"记".repeat(LINE_CHARS + 1))), (1, 1, 1, 2));
        assert_eq!(of("一\n\n三"), 3);
        let rows = vec![Row::new([head("一", 8)]), Row::new([head("二", 8)])];
        assert_eq!(printed(&[Part::Section("一".to_owned()), Part::Item("二".to_owned()), Part::Boxes(rows)]), 4);
    }

    #[test]
    fn an_archive_as_long_as_it_may_be_is_made_and_one_line_more_is_none() {
        let lines = |count: usize| held(vec![Part::Text("\n".repeat(count - 1)), Part::Item("一".to_owned())]).is_ok();
        assert!(lines(LINES_MAX - 1) && !lines(LINES_MAX));
    }
}
