//! A tenure with all that its duties follow from, and entries as plain values.
use jiff::civil::{Date, date};
use uuid::Uuid;
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::add_days;
use zhucun_core::duty::{
    Body, CountReason, DeedState, Duty, DutyReason, Held, Matter, Owing, Policies, Receipt, Register, Shortfall,
    Standing, Verdict, VisitMode, Work, judge,
};
use zhucun_core::entry::EntryKind;
use zhucun_core::excusal::{Excusal, ExcusalBasis};
use zhucun_core::id::{EntryId, PersonId};
use zhucun_core::leave::{Leave, LeaveKind};
use zhucun_core::tenure::{TenureRole, Term};

pub const YEARLY: [EntryKind; 3] = [EntryKind::Deed, EntryKind::Research, EntryKind::Report];

pub struct Scene {
    pub term: Term,
    pub calendar: Calendar,
    pub policies: Policies,
    pub leaves: Vec<Leave>,
    pub excusals: Vec<Excusal>,
}

impl Scene {
    pub fn new(first: Date, last: Date) -> Scene {
        Scene {
            term: Term { role: TenureRole::FirstSecretary, first, last },
            calendar: Calendar::built_in(),
            policies: Policies::built_in(),
            leaves: Vec::new(),
            excusals: Vec::new(),
        }
    }

    /// The worked example of the plan's rules: one year from 2015-09-16.
    pub fn worked() -> Scene {
        Scene::new(date(2015, 9, 16), date(2016, 9, 15))
    }

    pub fn owing(&self) -> Owing<'_> {
        Owing {
            term: &self.term,
            calendar: &self.calendar,
            policies: &self.policies,
            leaves: &self.leaves,
            excusals: &self.excusals,
        }
    }

    pub fn owed(&self, kind: EntryKind) -> Vec<String> {
        self.owing().duties(kind).into_iter().filter(|duty| duty.owed).map(|duty| duty.period).collect()
    }

    pub fn duty(&self, kind: EntryKind, period: &str) -> Duty {
        let duties = self.owing().duties(kind);
        duties.into_iter().find(|duty| duty.period == period).unwrap_or_else(|| panic!("the tenure touches {period}"))
    }

    pub fn reason(&self, kind: EntryKind, period: &str) -> DutyReason {
        self.duty(kind, period).reason
    }

    pub fn away(&mut self, from: Date, to: Date) {
        let approved_by = Some(PersonId(Uuid::nil()));
        self.leaves.push(Leave { kind: LeaveKind::Personal, from, to, counts_as_present: false, approved_by });
    }

    pub fn excuse(&mut self, kind: EntryKind, period: &str) {
        let (basis, by) = (ExcusalBasis::FewDays, PersonId(Uuid::nil()));
        self.excusals.push(Excusal { kind, period: period.to_owned(), basis, by, note: "只剩一天".to_owned() });
    }

    pub fn counts(&self, work: &Work) -> CountReason {
        judge(&self.term, &self.policies, work).reason()
    }

    /// The period an entry fills, or what it lacks.
    pub fn fills(&self, work: &Work) -> Result<String, (CountReason, Option<Shortfall>)> {
        match judge(&self.term, &self.policies, work) {
            Verdict::Counts { periods } => Ok(periods[0].name.clone()),
            Verdict::Not { reason, shortfall, .. } => Err((reason, shortfall)),
        }
    }
}

/// The last day of so many years from `start`.
pub fn years_from(start: Date, years: i16) -> Date {
    add_days(start.saturating_add(jiff::Span::new().years(years)), -1)
}

/// Written down on the day it happened.
pub fn work(occurred_on: Date, matter: Matter) -> Work {
    let (entry, standing) = (EntryId(Uuid::from_u128(1)), Standing::Good);
    Work { entry, occurred_on: Some(occurred_on), made_on: Some(occurred_on), standing, matter }
}

pub fn visit() -> Matter {
    Matter::Visit { mode: VisitMode::InPerson, register: Register::Holds }
}

pub fn lesson() -> Matter {
    Matter::Lesson { held: Held::InBranch }
}

pub fn summary(half: &str) -> Matter {
    Matter::Summary { half: Some(half.to_owned()).filter(|half| !half.is_empty()) }
}

pub fn deed(finished: Date) -> Matter {
    Matter::Deed { state: DeedState::Achieved, finished: Some(finished) }
}

pub fn research() -> Matter {
    Matter::Research { body: Body::Written }
}

pub fn report() -> Matter {
    Matter::Report { receipt: Receipt::Received }
}
