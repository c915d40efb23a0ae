//! A tenure 任职: one person's posting to one village or township, from a day to a day. Reference data.
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::division::DivisionCode;
use crate::id::{PersonId, TenureId};

/// The role a tenure is held in. Only a first secretary owes the seven ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TenureRole {
    /// 第一书记
    FirstSecretary,
    /// 工作队员
    TeamMember,
}

impl TenureRole {
    pub const ALL: [TenureRole; 2] = [TenureRole::FirstSecretary, TenureRole::TeamMember];

    pub fn code(self) -> &'static str {
        match self {
            TenureRole::FirstSecretary => "first_secretary",
            TenureRole::TeamMember => "team_member",
        }
    }

    pub fn from_code(code: &str) -> Option<TenureRole> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// Why a tenure ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// 期满
    Completed,
    /// 调整
    Reassigned,
    /// 召回
    Recalled,
    /// 因病
    Illness,
    /// 其他
    Other,
}

impl EndReason {
    pub const ALL: [EndReason; 5] =
        [EndReason::Completed, EndReason::Reassigned, EndReason::Recalled, EndReason::Illness, EndReason::Other];

    pub fn code(self) -> &'static str {
        match self {
            EndReason::Completed => "completed",
            EndReason::Reassigned => "reassigned",
            EndReason::Recalled => "recalled",
            EndReason::Illness => "illness",
            EndReason::Other => "other",
        }
    }

    pub fn from_code(code: &str) -> Option<EndReason> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Tenure {
    pub id: TenureId,
    pub person: PersonId,
    pub role: TenureRole,
    pub division: DivisionCode,
    /// The year the batch 批次 was sent, with its name: "2015".
    pub batch: String,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub arrived: Date,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub planned_end: Date,
    #[cfg_attr(feature = "types", ts(type = "string | null"))]
    pub ended: Option<Date>,
    pub reason: Option<EndReason>,
}

/// What duties ask of a tenure: the role, and from which day to which it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    pub role: TenureRole,
    pub first: Date,
    pub last: Date,
}

impl Term {
    pub fn covers(&self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }
}

impl Tenure {
    pub fn term(&self) -> Term {
        Term { role: self.role, first: self.arrived, last: self.last_day() }
    }

    /// The last day of the tenure: the day it ended, or else the day it is planned to.
    pub fn last_day(&self) -> Date {
        self.ended.unwrap_or(self.planned_end)
    }

    pub fn covers(&self, day: Date) -> bool {
        self.arrived <= day && day <= self.last_day()
    }
}
