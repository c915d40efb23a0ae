//! The Chinese words of codes that the server itself prints and reads: command line, tables that come in, tables that go out.
use zhucun_core::entry::EntryKind;
use zhucun_core::leave::LeaveKind;
use zhucun_core::programme::{Indicator, Unit};
use zhucun_core::tenure::EndReason;

use crate::store::progress::Subject;

pub fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Visit => "入户调研",
        EntryKind::Lesson => "党课",
        EntryKind::Activity => "党员活动",
        EntryKind::Summary => "工作小结",
        EntryKind::Deed => "办实事",
        EntryKind::Research => "调研报告",
        EntryKind::Report => "向乡镇党委汇报",
        EntryKind::Leave => "请假外出",
        EntryKind::Presence => "驻村天数",
    }
}

pub fn leave(kind: LeaveKind) -> &'static str {
    match kind {
        LeaveKind::Personal => "事假",
        LeaveKind::Sick => "病假",
        LeaveKind::Annual => "年休假",
        LeaveKind::Family => "婚丧产假",
        LeaveKind::OnDuty => "因公外出",
        LeaveKind::Other => "其他",
    }
}

/// What stands in the audit log, by its code.
const DEEDS: &[(&str, &str)] = &[
    ("account.added", "新建账号"),
    ("account.locked", "停用账号"),
    ("account.password_changed", "修改密码"),
    ("account.reset", "重置密码"),
    ("account.unlocked", "恢复账号"),
    ("assessment.written", "填写考核"),
    ("audit.exported", "导出审计日志"),
    ("backup.completed", "完成备份"),
    ("backup.restored", "恢复备份"),
    ("calendar.imported", "导入节假日"),
    ("demo.made", "生成演示数据"),
    ("device.revoked", "停用设备"),
    ("divisions.imported", "导入行政区划"),
    ("excusals.imported", "导入免计"),
    ("export.made", "导出表格"),
    ("feedback.answered", "答复投诉建议"),
    ("household.erased", "抹除农户信息"),
    ("import.undone", "撤销导入"),
    ("leave.approved", "批准请假"),
    ("leave.declined", "不批准请假"),
    ("leave.imported", "导入请假"),
    ("parked.dismissed", "搁置内容不收"),
    ("parked.released", "收下搁置内容"),
    ("policy.imported", "导入口径"),
    ("poor_villages.imported", "导入贫困村"),
    ("roster.applied", "更新花名册"),
    ("scope.refused", "拒绝超出范围的请求"),
    ("selection.written", "填写选派情况"),
    ("session.begun", "登录"),
    ("session.ended", "退出登录"),
    ("session.failed", "密码不对"),
    ("session.locked_out", "密码连续错误，暂停登录"),
    ("session.refused", "登录被拒绝"),
    ("tenure.ended", "结束任职"),
    ("tenure.succeeded", "安排继任"),
    ("tenure.transferred", "调整任职"),
];

/// What somebody did, of the audit log; the code itself where a later version wrote it.
pub fn deed(action: &str) -> &str {
    DEEDS.iter().find(|(code, _)| *code == action).map_or(action, |(_, word)| word)
}

/// Why a tenure ended.
pub fn reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Completed => "期满",
        EndReason::Reassigned => "调整",
        EndReason::Recalled => "召回",
        EndReason::Illness => "因病",
        EndReason::Other => "其他",
    }
}

/// What a row of the measures is counted in.
pub fn unit(of: Subject) -> &'static str {
    match of {
        Subject::Duty(_) => "次",
        Subject::Indicator(indicator) => counted(indicator),
    }
}

/// What an indicator is counted in.
pub fn counted(indicator: Indicator) -> &'static str {
    match indicator.unit() {
        Unit::Person => "人",
        Unit::PersonTime => "人次",
        Unit::Village => "个村",
        Unit::Township => "个乡镇",
        Unit::Item => "项",
    }
}

/// An output of a science vice-head.
pub fn output(indicator: Indicator) -> &'static str {
    match indicator {
        Indicator::Techniques => "推广技术",
        Indicator::Projects => "开发项目",
        Indicator::Bases => "示范基地",
        Indicator::Industries => "扶持产业",
        Indicator::PeopleTrained => "培养带头人",
        _ => indicator.code(),
    }
}

/// A kind of training.
pub fn programme(code: &str) -> &str {
    match code {
        "cadre_rotation" => "干部轮训",
        "cadre_skill" => "农技推广能力培训",
        "practical" => "农民实用技术培训",
        "labour_transfer" => "劳动力转移培训",
        "labour_brand" => "劳务品牌培训",
        "vocational" => "“两后生”技能教育",
        "village_secretaries" => "村书记轮训",
        _ => code,
    }
}

/// What is chosen in a field of a record of the measures; the code itself, of a newer version.
pub fn of_record<'a>(field: &str, code: &'a str) -> &'a str {
    match (field, code) {
        ("job_title", "senior") => "高级",
        ("job_title", "intermediate") => "中级",
        ("official", "village_official") => "大学生村官",
        ("official", "resident_cadre") => "驻村大学生干部",
        ("official_duty", "secretary_assistant") => "村党组织书记助理",
        ("official_duty", "head_assistant") => "村主任助理",
        (_, "other") => "其他",
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use zhucun_core::field::FieldType;
    use zhucun_core::programme::{OUTPUTS, PROGRAMMES, RecordKind};

    use super::*;

    #[test]
    fn what_the_measures_record_has_chinese_words() {
        let is_chinese = |text: &str| text.chars().any(|it| ('\u{4e00}'..='\u{9fff}').contains(&it));
        for (code, _) in PROGRAMMES {
            assert!(is_chinese(programme(code)), "{code}");
        }
        for (code, indicator) in OUTPUTS {
            assert!(is_chinese(output(indicator)), "{code}");
        }
        for field in [RecordKind::ScienceHead, RecordKind::VillageOfficial].into_iter().flat_map(RecordKind::fields) {
            let FieldType::Choice { codes } = field.takes else { continue };
            // Grades are written as the dictionary pack has them.
            for code in codes.iter().filter(|_| field.name != "grade") {
                assert!(is_chinese(of_record(field.name, code)), "{} {code}", field.name);
            }
        }
        assert_eq!((programme("of_a_newer_version"), of_record("official", "new")), ("of_a_newer_version", "new"));
    }

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }

    #[test]
    fn every_deed_that_the_source_names_has_a_word() {
        let mut sources = Vec::new();
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
        let about: Vec<&str> = DEEDS.iter().filter_map(|(code, _)| code.split('.').next()).collect();
        let mut seen = 0;
        for path in sources.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
            let text = std::fs::read_to_string(path).expect("a source");
            for quoted in text.split('"') {
                let is_deed = quoted.split_once('.').is_some_and(|(about_it, done)| {
                    about.contains(&about_it)
                        && done.len() > 2
                        && !["docx", "lock", "xlsx"].contains(&done)
                        && done.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                });
                if is_deed {
                    assert!(DEEDS.iter().any(|(code, _)| *code == quoted), "{quoted} in {}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen > DEEDS.len(), "the words themselves, and where they are used");
    }
}
