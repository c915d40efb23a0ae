//! Counting: what one entry counts for, or why it does not. It looks at the entry, the tenure and the policy alone: an
//! entry counts also in a period that is not owed.
use jiff::civil::Date;

use crate::clock::add_days;
use crate::tenure::Term;

use super::period::{Period, Rhythm};
use super::policy::{Policies, Policy};
use super::reason::{CountReason, Shortfall};
use super::window::Window;
use super::work::{Body, DeedState, Held, Matter, Receipt, Register, Standing, VisitMode, Work};

/// What an entry is to its duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It fills one of these periods: the first, unless that is filled or not owed and there is a second.
    Counts { periods: Vec<Period> },
    /// It does not; the period is the one that its day lies in, if the tenure has one there.
    Not { reason: CountReason, shortfall: Option<Shortfall>, period: Option<Period> },
}

impl Verdict {
    pub fn reason(&self) -> CountReason {
        match self {
            Verdict::Counts { .. } => CountReason::Counts,
            Verdict::Not { reason, .. } => *reason,
        }
    }
}

/// Judges one entry by itself.
pub fn judge(term: &Term, policies: &Policies, work: &Work) -> Verdict {
    Judge { term, policies, work }.verdict()
}

struct Judge<'a> {
    term: &'a Term,
    policies: &'a Policies,
    work: &'a Work,
}

impl Judge<'_> {
    fn verdict(&self) -> Verdict {
        let not = |reason| self.not(reason, None);
        match self.work.standing {
            Standing::Good => {}
            Standing::Returned => return not(CountReason::Returned),
            Standing::Withdrawn => return not(CountReason::Withdrawn),
            Standing::Voided => return not(CountReason::Voided),
        }
        if let Matter::Deed { state: DeedState::Other, .. } = self.work.matter {
            return self.unfinished(Shortfall::NotAchieved);
        }
        if let Matter::Deed { finished: None, .. } = self.work.matter {
            return self.unfinished(Shortfall::NoFinishDay);
        }
        let Some(day) = self.work.day() else { return not(CountReason::OutsideTenure) };
        let mut periods = match self.periods(day) {
            Ok(periods) => periods,
            Err(verdict) => return *verdict,
        };
        match &self.work.matter {
            Matter::Visit { mode: VisitMode::Remote, .. } => return not(CountReason::NotInPerson),
            Matter::Visit { register: Register::Lacks, .. } => return not(CountReason::NotRegistered),
            Matter::Lesson { held: Held::Elsewhere } => return self.unfinished(Shortfall::AttendedOnly),
            Matter::Research { body: Body::Empty } => return self.unfinished(Shortfall::NoText),
            Matter::Report { receipt: Receipt::Awaited } => return not(CountReason::AwaitingReceipt),
            _ => {}
        }
        periods.retain(|period| self.window(period).takes_record(self.work.made_on));
        if periods.is_empty() { self.unfinished(Shortfall::RecordedLate) } else { Verdict::Counts { periods } }
    }

    /// The periods whose window holds the day, the earlier first.
    fn periods(&self, day: Date) -> Result<Vec<Period>, Box<Verdict>> {
        let outside = || Box::new(self.not(CountReason::OutsideTenure, None));
        if day < self.term.first {
            return Err(outside());
        }
        match &self.work.matter {
            Matter::Summary { half } => self.half(day, half.as_deref()).map(|period| vec![period]),
            Matter::Research { .. } | Matter::Report { .. } => {
                let own = self.at(day.min(self.term.last));
                let before = (own.from > self.term.first).then(|| self.at(add_days(own.from, -1)));
                let periods: Vec<Period> =
                    before.into_iter().chain([own]).filter(|period| self.window(period).holds(day)).collect();
                if periods.is_empty() { Err(outside()) } else { Ok(periods) }
            }
            _ if self.term.covers(day) => Ok(vec![self.at(day)]),
            _ => Err(outside()),
        }
    }

    /// The half that a summary of this day is of.
    fn half(&self, day: Date, named: Option<&str>) -> Result<Period, Box<Verdict>> {
        let outside = || Box::new(self.not(CountReason::OutsideTenure, None));
        let short = |shortfall, period| {
            Box::new(Verdict::Not {
                reason: CountReason::NotFinished,
                shortfall: Some(shortfall),
                period: Some(period),
            })
        };
        let touches = |period: &Period| period.from <= self.term.last && self.term.first <= period.to;
        if let Some(period) = named.and_then(Period::half) {
            let window = self.window(&period);
            return match period {
                period if !touches(&period) => Err(outside()),
                period if day < window.opens => Err(short(Shortfall::TooEarly, period)),
                period if day > window.closes => Err(short(Shortfall::TooLate, period)),
                period => Ok(period),
            };
        }
        let own = self.at(day);
        let before = self.at(add_days(own.from, -1));
        let found = [before, own.clone()].into_iter().find(|period| touches(period) && self.window(period).holds(day));
        match found {
            Some(period) => Ok(period),
            None if self.term.covers(day) => Err(short(Shortfall::TooEarly, own)),
            None => Err(outside()),
        }
    }

    fn at(&self, day: Date) -> Period {
        Rhythm::of(self.work.kind()).period(self.term.first, day)
    }

    fn window(&self, period: &Period) -> Window {
        Window::of(self.work.kind(), self.term, period, in_force(self.policies, self.term, period))
    }

    fn not(&self, reason: CountReason, shortfall: Option<Shortfall>) -> Verdict {
        let named = match &self.work.matter {
            Matter::Summary { half: Some(name) } => Period::half(name),
            _ => None,
        };
        let by_day = || self.work.day().filter(|day| self.term.covers(*day)).map(|day| self.at(day));
        Verdict::Not { reason, shortfall, period: named.or_else(by_day) }
    }

    fn unfinished(&self, shortfall: Shortfall) -> Verdict {
        self.not(CountReason::NotFinished, Some(shortfall))
    }
}

/// The policy of a period: the one in force on its first day in the tenure.
pub(super) fn in_force<'a>(policies: &'a Policies, term: &Term, period: &Period) -> &'a Policy {
    policies.in_force(period.from.max(term.first))
}
