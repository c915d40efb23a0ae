//! The Chinese words of codes that the server itself prints and reads: command line, tables that come in, tables that go out.
use zhucun_core::entry::EntryKind;
use zhucun_core::leave::LeaveKind;
use zhucun_core::tenure::EndReason;

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
