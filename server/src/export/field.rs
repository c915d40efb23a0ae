//! The Chinese names of fields and of what is chosen in them, as screens say them, and a value as a form prints it.
use zhucun_core::entry::EntryKind;
use zhucun_core::facts::Facts;
use zhucun_core::field::{Field, FieldType, FieldValue, Lines};
use zhucun_core::leave::LeaveKind;

use super::label::{self, day};
use super::visit::WITHHELD;
use crate::access::Names;
use crate::word;

/// The name of a field of an entry or of an issue.
pub fn name(field: &str) -> &str {
    match field {
        "occurred_on" => "日期",
        "households" => "农户",
        "mode" => "走访方式",
        "met" => "见到谁",
        "check_food" => "吃",
        "check_clothing" => "穿",
        "check_education" => "教育",
        "check_medical" => "医疗",
        "check_housing" => "住房",
        "check_water" => "饮水",
        "narrative" => "走访情况",
        "changes" => "变化",
        "difficulties" => "困难",
        "requests" => "诉求",
        "plan" => "下一步打算",
        "acknowledgement" => "农户确认",
        "topic" => "党课题目",
        "lecturer" => "主讲人",
        "form" => "形式",
        "expected" => "应到",
        "present" => "实到",
        "absence_reasons" => "缺席原因",
        "main_points" => "主要内容",
        "members_views" => "党员意见",
        "theme" => "主题",
        "theme_day" => "主题党日",
        "result" => "活动效果",
        "half" => "哪个半年",
        "facts" => "已记录的情况",
        "done" => "做了什么",
        "problems" => "存在问题",
        "next" => "下一步",
        "name" => "实事名称",
        "need" => "群众需求",
        "money_yuan" => "资金（元）",
        "money_source" => "资金来源",
        "partners" => "配合单位",
        "started" => "开始日期",
        "finished" => "办成日期",
        "households_helped" => "受益户数",
        "people_helped" => "受益人数",
        "state" => "进展",
        "title" => "题目",
        "visits" => "依据的走访",
        "body" => "正文",
        "delivered_to" => "报送单位",
        "content" => "汇报内容",
        "leave_kind" => "类别",
        "from" => "从哪天",
        "to" => "到哪天",
        "destination" => "去哪里",
        "grounds" => "事由",
        "reported_back" => "销假日期",
        "month" => "月份",
        "days" => "驻村天数",
        "remarks" => "说明",
        "category" => "类别",
        "text" => "什么事",
        "level" => "谁来解决",
        "handler" => "经办人",
        "closed_on" => "有结果的日期",
        "outcome" => "办理结果",
        other => other,
    }
}

/// What a code means in a field that chooses.
pub fn choice<'a>(field: &str, code: &'a str) -> &'a str {
    match (field, code) {
        ("mode", _) => label::mode(code),
        ("category", _) => label::category(code),
        ("level", _) => label::level(code),
        ("leave_kind", _) => LeaveKind::from_code(code).map(word::leave).unwrap_or(code),
        ("met", "head") => "户主",
        ("met", "member") => "成员",
        ("met", "neighbour") => "邻居",
        (check, "normal") if is_check(check) => "正常",
        (check, "problem") if is_check(check) => "有问题",
        (check, "unknown") if is_check(check) => "未了解",
        ("acknowledgement", "signed") => "签名",
        ("acknowledgement", "oral") => "口头",
        ("acknowledgement", "none") => "无",
        ("lecturer", "self") => "本人",
        ("lecturer", "village_secretary") => "村书记",
        ("lecturer", "superior") => "上级",
        ("form", "lecture") => "集中授课",
        ("form", "at_home") => "送学上门",
        ("form", "on_site") => "现场教学",
        ("form", "online") => "线上",
        ("form", "joint") => "与外支部联合",
        ("form", "attended") => "参加外支部的党课",
        ("form", "study") => "学习",
        ("form", "volunteering") => "志愿服务",
        ("form", "deliberation") => "民主议事",
        ("form", "home_visits") => "走访慰问",
        ("form", "excursion") => "参观",
        ("form", "meeting") => "会议口头",
        ("form", "written") => "书面",
        ("form", "appraisal") => "述职评议",
        ("lecturer" | "form", "other") => "其他",
        ("theme_day", "yes") => "是",
        ("theme_day", "no") => "不是",
        ("state", "planned") => "谋划",
        ("state", "under_way") => "实施中",
        ("state", "achieved") => "已办成",
        ("state", "not_achieved") => "未办成",
        ("state", _) => label::state(code),
        _ => code,
    }
}

fn is_check(field: &str) -> bool {
    field.starts_with("check_")
}

/// Whether a value of it is short: several of them stand on a line.
pub fn is_short(field: &Field) -> bool {
    !matches!(field.takes, FieldType::Text { lines: Lines::Several, .. } | FieldType::Facts { .. })
}

/// A value as it reads. What somebody wrote in their own words is told where names are whole.
pub fn told(field: &Field, value: &FieldValue, names: Names) -> String {
    let text = match value {
        FieldValue::Number(number) => return number.to_string(),
        FieldValue::Text(text) => text.as_str(),
    };
    match field.takes {
        FieldType::Text { .. } => words(text, names),
        FieldType::Facts { .. } => facts(text, names),
        FieldType::Choice { .. } | FieldType::Choices { .. } => {
            text.split(' ').map(|code| choice(field.name, code)).collect::<Vec<_>>().join("、")
        }
        FieldType::Day | FieldType::AnyDay => text.parse().map_or_else(|_| text.to_owned(), day),
        FieldType::Month | FieldType::Half => label::period(text),
        FieldType::Visits => format!("{} 次走访", text.split(' ').count()),
        FieldType::Number { .. } | FieldType::Households | FieldType::Place | FieldType::Places => text.to_owned(),
    }
}

/// What somebody wrote, where it may be told.
pub fn words(text: &str, names: Names) -> String {
    match names {
        Names::Whole => text.trim().to_owned(),
        Names::Masked if text.trim().is_empty() => String::new(),
        Names::Masked => WITHHELD.to_owned(),
    }
}

/// What the core counted, in a sentence; the names of deeds are words of whoever wrote them.
fn facts(text: &str, names: Names) -> String {
    let Some(Facts { from, to, entries, households, deeds, issues_raised, issues_ended, issues_open }) =
        Facts::from_text(text)
    else {
        return words(text, names);
    };
    let kind = |code: &str| EntryKind::from_code(code).map(word::kind);
    let counts = entries.iter().filter_map(|(code, count)| Some(format!("{} {count}", kind(code)?)));
    let mut parts: Vec<String> = counts.collect();
    parts.push(format!("走访到的农户 {households} 户"));
    if names == Names::Whole {
        parts.extend(deeds.iter().map(|deed| format!("{}（{}）", deed.name, choice("state", &deed.state))));
    }
    parts.push(format!("问题诉求提出 {issues_raised} 件，办结 {issues_ended} 件，还在办 {issues_open} 件"));
    format!("{}至{}：{}", day(from), day(to), parts.join("；"))
}

#[cfg(test)]
mod tests {
    use zhucun_core::issue::ISSUE;

    use super::*;

    fn fields() -> impl Iterator<Item = &'static Field> {
        EntryKind::ALL.into_iter().flat_map(EntryKind::fields).chain(ISSUE)
    }

    #[test]
    fn every_field_and_every_choice_has_a_chinese_word() {
        let is_chinese = |text: &str| text.chars().any(|it| ('\u{4e00}'..='\u{9fff}').contains(&it));
        for field in fields() {
            assert!(is_chinese(name(field.name)), "{}", field.name);
            if let FieldType::Choice { codes } | FieldType::Choices { codes } = field.takes {
                for code in codes {
                    assert!(is_chinese(choice(field.name, code)), "{} {code}", field.name);
                }
            }
        }
        assert_eq!(
            (name("of_a_newer_version"), choice("form", "of_a_newer_version")),
            ("of_a_newer_version", "of_a_newer_version")
        );
    }

    #[test]
    fn above_the_township_no_text_is_told_and_what_is_chosen_counted_or_dated_is() {
        const CANARY: &str = "只在本乡可见的叙述";
        let deed = format!("from 2015-07-01\nto 2015-12-31\nvisit 26\ndeed_named achieved {CANARY}\n");
        for field in fields() {
            let text: FieldValue = match field.takes {
                FieldType::Text { .. } => CANARY.into(),
                FieldType::Facts { .. } => deed.as_str().into(),
                FieldType::Choice { codes } | FieldType::Choices { codes } => codes[0].into(),
                FieldType::Number { .. } => 7.into(),
                FieldType::Month => "2015-09".into(),
                FieldType::Half => "2015-H2".into(),
                FieldType::Place | FieldType::Places => "621022103201".into(),
                FieldType::Day | FieldType::AnyDay | FieldType::Visits | FieldType::Households => "2015-09-16".into(),
            };
            let [whole, masked] = [Names::Whole, Names::Masked].map(|names| told(field, &text, names));
            assert!(!masked.contains(CANARY), "{}", field.name);
            let is_written = matches!(field.takes, FieldType::Text { .. } | FieldType::Facts { .. });
            assert_eq!(whole == masked, !is_written, "{}: {whole} {masked}", field.name);
        }
        let facts = fields().find(|field| matches!(field.takes, FieldType::Facts { .. })).expect("a summary has facts");
        assert!(told(facts, &deed.into(), Names::Masked).contains("入户调研 26"));
    }
}
