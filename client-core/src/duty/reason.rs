//! Reasons as stable codes: why a period is owed or not, and why an entry counts or not. Texts belong to the screens.
use serde::{Deserialize, Serialize};

/// Why a period is owed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DutyReason {
    Owed,
    /// The tenure covers too little of its first or last period.
    PartialUnderHalf,
    /// A week of holidays, or too few working days.
    NoWorkdays,
    /// Approved leave and absence on duty leave too few of the working days.
    OnLeave,
    /// 免计
    Excused,
    /// The part of a tenure year is shorter than six months.
    UnderSixMonths,
    /// Only a first secretary owes the seven ones.
    NotThisRole,
}

impl DutyReason {
    pub const ALL: [DutyReason; 7] = [
        DutyReason::Owed,
        DutyReason::PartialUnderHalf,
        DutyReason::NoWorkdays,
        DutyReason::OnLeave,
        DutyReason::Excused,
        DutyReason::UnderSixMonths,
        DutyReason::NotThisRole,
    ];

    pub fn code(self) -> &'static str {
        match self {
            DutyReason::Owed => "owed",
            DutyReason::PartialUnderHalf => "partial_under_half",
            DutyReason::NoWorkdays => "no_workdays",
            DutyReason::OnLeave => "on_leave",
            DutyReason::Excused => "excused",
            DutyReason::UnderSixMonths => "under_six_months",
            DutyReason::NotThisRole => "not_this_role",
        }
    }

    /// Leave and excusals take a period out of what would be owed.
    pub fn takes_out(self) -> bool {
        matches!(self, DutyReason::OnLeave | DutyReason::Excused)
    }
}

/// Why an entry counts for its duty or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CountReason {
    Counts,
    /// A visit by phone or in the office: recorded, not counted.
    NotInPerson,
    /// None of a visit's households is in the register.
    NotRegistered,
    OutsideTenure,
    Returned,
    /// Its author took it back before a review.
    Withdrawn,
    /// 作废
    Voided,
    /// A report that the township has not received.
    AwaitingReceipt,
    /// Not what the duty asks for, or not in its time; `Shortfall` says what lacks.
    NotFinished,
    /// Leave, or days in the village: no duty asks for it.
    NotADuty,
}

impl CountReason {
    pub const ALL: [CountReason; 10] = [
        CountReason::Counts,
        CountReason::NotInPerson,
        CountReason::NotRegistered,
        CountReason::OutsideTenure,
        CountReason::Returned,
        CountReason::Withdrawn,
        CountReason::Voided,
        CountReason::AwaitingReceipt,
        CountReason::NotFinished,
        CountReason::NotADuty,
    ];

    pub fn code(self) -> &'static str {
        match self {
            CountReason::Counts => "counts",
            CountReason::NotInPerson => "not_in_person",
            CountReason::NotRegistered => "not_registered",
            CountReason::OutsideTenure => "outside_tenure",
            CountReason::Returned => "returned",
            CountReason::Withdrawn => "withdrawn",
            CountReason::Voided => "voided",
            CountReason::AwaitingReceipt => "awaiting_receipt",
            CountReason::NotFinished => "not_finished",
            CountReason::NotADuty => "not_a_duty",
        }
    }
}

/// What an entry lacks that is `NotFinished`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// A lesson of another branch, which this one sat in.
    AttendedOnly,
    /// A deed that is planned, under way, or came to nothing.
    NotAchieved,
    /// A deed that is achieved, without the day it was.
    NoFinishDay,
    /// A research report without text or file.
    NoText,
    /// Dated before the time of its duty.
    TooEarly,
    /// Dated after the time of its duty.
    TooLate,
    /// Written down after the last day on which that could be done.
    RecordedLate,
}
