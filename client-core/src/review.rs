//! What a reviewer says of an entry, and what its author says back. Each is an event with an id of its own, written once
//! and never changed; what an entry's state is follows from all of them (`ledger`).
use serde::{Deserialize, Serialize};

/// Characters of one comment, and of an answer.
pub const COMMENT_CHARS_MAX: usize = 500;

/// Days after the one on which an entry was withdrawn or voided, on which it may be restored.
pub const RESTORE_DAYS: i64 = 30;

/// Why an entry is returned 退回补充.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    /// 日期有误
    WrongDate,
    /// 不在任期
    OutsideTenure,
    /// 对象非建档立卡户
    NotRegistered,
    /// 重复
    Duplicate,
    /// 内容过简
    TooBrief,
    /// 隐私过多
    TooPrivate,
    /// 其他
    Other,
}

impl ReturnReason {
    pub const ALL: [ReturnReason; 7] = [
        ReturnReason::WrongDate,
        ReturnReason::OutsideTenure,
        ReturnReason::NotRegistered,
        ReturnReason::Duplicate,
        ReturnReason::TooBrief,
        ReturnReason::TooPrivate,
        ReturnReason::Other,
    ];

    pub fn code(self) -> &'static str {
        match self {
            ReturnReason::WrongDate => "wrong_date",
            ReturnReason::OutsideTenure => "outside_tenure",
            ReturnReason::NotRegistered => "not_registered",
            ReturnReason::Duplicate => "duplicate",
            ReturnReason::TooBrief => "too_brief",
            ReturnReason::TooPrivate => "too_private",
            ReturnReason::Other => "other",
        }
    }

    pub fn from_code(code: &str) -> Option<ReturnReason> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// Why an entry that was reviewed is voided 作废.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum VoidReason {
    /// 重复
    Duplicate,
    /// 记错对象
    WrongSubject,
    /// 并未开展
    NotHeld,
    /// 其他
    Other,
}

impl VoidReason {
    pub const ALL: [VoidReason; 4] =
        [VoidReason::Duplicate, VoidReason::WrongSubject, VoidReason::NotHeld, VoidReason::Other];

    pub fn code(self) -> &'static str {
        match self {
            VoidReason::Duplicate => "duplicate",
            VoidReason::WrongSubject => "wrong_subject",
            VoidReason::NotHeld => "not_held",
            VoidReason::Other => "other",
        }
    }

    pub fn from_code(code: &str) -> Option<VoidReason> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}
