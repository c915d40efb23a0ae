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
        _ => "培养带头人",
    }
}

/// A kind of training.
pub fn programme(code: &str) -> &'static str {
    match code {
        "cadre_rotation" => "干部轮训",
        "cadre_skill" => "农技推广能力培训",
        "practical" => "农民实用技术培训",
        "labour_transfer" => "劳动力转移培训",
        "labour_brand" => "劳务品牌培训",
        "vocational" => "“两后生”技能教育",
        _ => "村书记轮训",
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
