//! Duties: what a first secretary owes in which period of the seven ones 七个一, why, until when, and what fills it. Pure
//! and explainable: the same tenure, calendar, policy, leave, excusals and entries give the same answer everywhere.
mod period;
mod policy;
mod available;
mod reason;
mod timeliness;
mod window;
mod work;
mod counting;
mod claim;
mod course;
mod reckoning;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::clock::{add_days, date_to_day};
use crate::division::Level;
use crate::entry::EntryKind;
use crate::excusal::Excusal;
use crate::leave::Leave;
use crate::tenure::{TenureRole, Term};

pub use available::AvailableDays;
pub use claim::Claim;
pub use counting::{Verdict, judge};
pub use course::{Course, Tally};
pub use period::{Period, Rhythm};
pub use policy::{
    Dictionary, Difference, POLICIES_MAX, POLICY_NUMBER_MAX, Part, Policies, Policy, PolicyFault, Presence,
};
pub use reason::{CountReason, DutyReason, Shortfall};
pub use reckoning::{Account, Credit, DutyState, Reckoning, Requirement, requirements};
pub use timeliness::{ClockFacts, Timeliness, timeliness};
pub use window::Window;
pub use work::{Body, DeedState, Held, Matter, Receipt, Register, Standing, VisitMode, Work};

/// One duty: a kind of work in one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Duty {
    pub kind: EntryKind,
    /// `2015-W38`, `2015-09`, `2015-Q4`, `2015-H2` or `tenure-year-1`.
    pub period: String,
    /// First and last day of the period by the calendar, not clipped to the tenure.
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub from: Date,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub to: Date,
    pub owed: bool,
    pub reason: DutyReason,
    pub window: Window,
    pub days: AvailableDays,
    /// Below so many available days it is not owed; the yearly three do not ask for days.
    pub days_min: Option<u32>,
    /// The version of the policy it follows.
    pub policy: u32,
}

impl Duty {
    /// 暂定: it hangs on days of a year that the calendar does not know yet.
    pub fn is_provisional(&self) -> bool {
        self.days_min.is_some() && self.days.provisional
    }
}

/// Periods of a tenure that are looked at, from its beginning: the weeks of 38 years.
pub const PERIODS_MAX: usize = 2_000;

/// All that duties follow from.
#[derive(Clone, Copy, Debug)]
pub struct Owing<'a> {
    pub term: &'a Term,
    pub calendar: &'a Calendar,
    pub policies: &'a Policies,
    pub leaves: &'a [Leave],
    pub excusals: &'a [Excusal],
}

impl<'a> Owing<'a> {
    /// Who may excuse a duty, given what is excused already; nothing for a kind or a period that is no duty of this term.
    pub fn excuses(&self, kind: EntryKind, period: &str) -> Option<Level> {
        let duties = if kind.is_duty() { self.duties(kind) } else { Vec::new() };
        let at = duties.iter().position(|duty| duty.period == period)?;
        Some(self.excuses_one_of(&duties, at))
    }

    /// Who may excuse one of the duties of a kind: only weeks follow so closely that their number in a row says who decides.
    pub fn excuses_one_of(&self, duties: &[Duty], at: usize) -> Level {
        let Duty { kind, from, .. } = duties[at];
        if kind != EntryKind::Visit {
            return Level::Township;
        }
        let is_excused =
            |duty: &&Duty| self.excusals.iter().any(|excusal| excusal.kind == kind && excusal.period == duty.period);
        let before = duties[..at].iter().rev().take_while(is_excused).count();
        let after = duties[at + 1..].iter().take_while(is_excused).count();
        self.policies.in_force(from).excuses(u32::try_from(before + after + 1).unwrap_or(u32::MAX))
    }

    /// Without leave and excusals.
    pub fn new(term: &'a Term, calendar: &'a Calendar, policies: &'a Policies) -> Self {
        Owing { term, calendar, policies, leaves: &[], excusals: &[] }
    }

    /// The duties of one kind in every period that the tenure touches, in order, `PERIODS_MAX` at most.
    pub fn duties(&self, kind: EntryKind) -> Vec<Duty> {
        let mut duties = Vec::new();
        let mut day = self.term.first;
        while day <= self.term.last && duties.len() < PERIODS_MAX {
            let duty = self.duty_at(kind, day);
            let last = duty.to;
            duties.push(duty);
            day = add_days(last, 1);
            // After the last day that a date can say no other comes.
            if day <= last {
                break;
            }
        }
        duties
    }

    /// The duty of the period that `day` lies in.
    pub fn duty_at(&self, kind: EntryKind, day: Date) -> Duty {
        let rhythm = Rhythm::of(kind);
        let period = rhythm.period(self.term.first, day);
        let policy = counting::in_force(self.policies, self.term, &period);
        let (first, last) = (self.term.first.max(period.from), self.term.last.min(period.to));
        let days = AvailableDays::count(self.calendar, self.leaves, first, last);
        let days_min = policy.days_min(rhythm);
        let reason = self.reason(kind, &period, policy, days);
        let window = Window::of(kind, self.term, &period, policy);
        let Period { name, from, to } = period;
        let owed = reason == DutyReason::Owed;
        Duty { kind, period: name, from, to, owed, reason, window, days, days_min, policy: policy.version }
    }

    fn reason(&self, kind: EntryKind, period: &Period, policy: &Policy, days: AvailableDays) -> DutyReason {
        let excused = || self.excusals.iter().any(|excusal| excusal.kind == kind && excusal.period == period.name);
        if self.term.role != TenureRole::FirstSecretary {
            return DutyReason::NotThisRole;
        }
        if let Some(too_short) = self.too_short(Rhythm::of(kind), period, policy) {
            return too_short;
        }
        match policy.days_min(Rhythm::of(kind)) {
            Some(min) if days.working < min => DutyReason::NoWorkdays,
            Some(min) if days.available < min => DutyReason::OnLeave,
            _ if excused() => DutyReason::Excused,
            _ => DutyReason::Owed,
        }
    }

    /// Why the part of the period that the tenure covers is not enough of it.
    fn too_short(&self, rhythm: Rhythm, period: &Period, policy: &Policy) -> Option<DutyReason> {
        let (first, last) = (self.term.first.max(period.from), self.term.last.min(period.to));
        if rhythm == Rhythm::TenureYear {
            let months = policy.last_part_year_months_min.into();
            let enough = last == period.to || period::months_after(period.from, months) <= add_days(last, 1);
            return (!enough).then_some(DutyReason::UnderSixMonths);
        }
        // The opening part counts from half on, the closing one from more than half: a year then owes exactly 12 months.
        let part = match (period.from <= self.term.first, self.term.last <= period.to) {
            (true, true) => policy.single_part,
            (false, true) => policy.closing_part,
            _ => policy.opening_part,
        };
        let length = |from: Date, to: Date| date_to_day(to) - date_to_day(from) + 1;
        let enough = first <= last && part.is_enough(length(first, last), length(period.from, period.to));
        (!enough).then_some(DutyReason::PartialUnderHalf)
    }
}
