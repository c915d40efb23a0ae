//! An excusal 免计: the township or the county takes one duty of one period out, for a reason that stays visible.
use serde::{Deserialize, Serialize};

use crate::entry::EntryKind;
use crate::id::PersonId;

/// Characters of the note.
pub const EXCUSAL_NOTE_CHARS_MAX: usize = 200;

/// What an excusal rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ExcusalBasis {
    /// Leave left only a day or two: one tap of the township.
    FewDays,
    /// 因公
    OnDuty,
    /// 因病
    Illness,
    /// 灾害、疫情
    Emergency,
    /// 其他
    Other,
}

impl ExcusalBasis {
    pub const ALL: [ExcusalBasis; 5] = [
        ExcusalBasis::FewDays,
        ExcusalBasis::OnDuty,
        ExcusalBasis::Illness,
        ExcusalBasis::Emergency,
        ExcusalBasis::Other,
    ];

    pub fn code(self) -> &'static str {
        match self {
            ExcusalBasis::FewDays => "few_days",
            ExcusalBasis::OnDuty => "on_duty",
            ExcusalBasis::Illness => "illness",
            ExcusalBasis::Emergency => "emergency",
            ExcusalBasis::Other => "other",
        }
    }

    pub fn from_code(code: &str) -> Option<ExcusalBasis> {
        Self::ALL.into_iter().find(|basis| basis.code() == code)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Excusal {
    pub kind: EntryKind,
    /// The period's name: `2015-W38`, `2015-09`, `2015-Q4`, `2015-H2`, `tenure-year-1`.
    pub period: String,
    pub basis: ExcusalBasis,
    pub by: PersonId,
    pub note: String,
}
