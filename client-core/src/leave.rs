//! Leave 请假/外出: days on which somebody is away from the village with the township's or the county's leave. It takes
//! working days out of what is available for duties; absence on duty does so too, though it may count as present.
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::{Moment, add_days, date_to_day};
use crate::id::{EntryId, PersonId};

/// Why somebody is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LeaveKind {
    /// 事假
    Personal,
    /// 病假
    Sick,
    /// 年休假
    Annual,
    /// 婚假、产假、丧假
    Family,
    /// 因公外出: meetings, training, errands for the village.
    OnDuty,
    /// 其他
    Other,
}

impl LeaveKind {
    pub const ALL: [LeaveKind; 6] = [
        LeaveKind::Personal,
        LeaveKind::Sick,
        LeaveKind::Annual,
        LeaveKind::Family,
        LeaveKind::OnDuty,
        LeaveKind::Other,
    ];

    pub fn code(self) -> &'static str {
        match self {
            LeaveKind::Personal => "personal",
            LeaveKind::Sick => "sick",
            LeaveKind::Annual => "annual",
            LeaveKind::Family => "family",
            LeaveKind::OnDuty => "on_duty",
            LeaveKind::Other => "other",
        }
    }

    pub fn from_code(code: &str) -> Option<LeaveKind> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One leave, from a day to a day, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Leave {
    pub kind: LeaveKind,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub from: Date,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub to: Date,
    /// Its days count as days in the village 驻村天数; duties do not ask.
    pub counts_as_present: bool,
    /// Who approved it; a leave that nobody approved takes no day out.
    pub approved_by: Option<PersonId>,
}

impl Leave {
    /// Calendar days; none when it ends before it begins.
    pub fn days(&self) -> u32 {
        u32::try_from(date_to_day(self.to) - date_to_day(self.from) + 1).unwrap_or_default()
    }

    /// The leave without the days from which its holder was back.
    pub fn until(self, reported_back: Option<Date>) -> Leave {
        match reported_back {
            Some(back) if back <= self.to => Leave { to: add_days(back, -1), ..self },
            _ => self,
        }
    }

    /// Whether the day is taken out.
    pub fn takes(&self, day: Date) -> bool {
        self.approved_by.is_some() && self.from <= day && day <= self.to
    }
}

/// What the county decided of a leave that is too long for the township, of the version that it read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct LeaveDecision {
    pub entry: EntryId,
    pub version: String,
    pub approved: bool,
    pub by: PersonId,
    pub at: Moment,
    /// Why; empty where nothing was to be said.
    pub note: String,
}

/// How far a leave is that was asked for in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LeaveStep {
    /// 待批: the township has not agreed to the version as it stands.
    Asked,
    /// 同意上报: the township agrees, and the county has yet to decide.
    Forwarded,
    /// 已批准
    Approved,
    /// 未批准, by the county; the township returns what it does not agree to.
    Declined,
}

impl LeaveStep {
    pub fn code(self) -> &'static str {
        match self {
            LeaveStep::Asked => "asked",
            LeaveStep::Forwarded => "forwarded",
            LeaveStep::Approved => "approved",
            LeaveStep::Declined => "declined",
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::entry::{EntryKind, LEAVE_KIND};
    use crate::field::FieldType;

    #[test]
    fn leave_is_of_the_kinds_that_there_are() {
        let takes = EntryKind::Leave.field(LEAVE_KIND).map(|field| field.takes);
        let Some(FieldType::Choice { codes }) = takes else { panic!("it is chosen") };
        assert_eq!(codes, LeaveKind::ALL.map(LeaveKind::code));
    }

    #[test]
    fn a_leave_takes_its_days_once_it_is_approved() {
        let (from, to) = (date(2016, 5, 7), date(2016, 5, 15));
        let mut leave = Leave { kind: LeaveKind::Sick, from, to, counts_as_present: false, approved_by: None };
        assert_eq!(leave.days(), 9);
        assert!(!leave.takes(from));
        leave.approved_by = Some(PersonId(Uuid::nil()));
        assert!(leave.takes(from) && leave.takes(to));
        assert!(!leave.takes(date(2016, 5, 6)) && !leave.takes(date(2016, 5, 16)));
        let back = |day| leave.clone().until(Some(day));
        assert!(back(date(2016, 5, 9)).takes(date(2016, 5, 8)) && !back(date(2016, 5, 9)).takes(date(2016, 5, 9)));
        assert_eq!((back(from).days(), back(date(2016, 5, 16)).days(), leave.clone().until(None).days()), (0, 9, 9));
        leave.to = date(2016, 5, 6);
        assert_eq!(leave.days(), 0);
    }
}
