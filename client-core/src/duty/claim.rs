//! A claim: what one entry says to the duties of its kind, short enough to be kept as a row. It follows from the entry, the
//! tenure and the policies alone; which period it fills follows from all claims together.
use jiff::civil::Date;

use crate::entry::EntryKind;
use crate::id::EntryId;
use crate::tenure::Term;

use super::counting::{Verdict, judge};
use super::policy::Policies;
use super::reason::{CountReason, Shortfall};
use super::work::Work;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub entry: EntryId,
    pub kind: EntryKind,
    /// The day that decides its period, and the one its device made it on: its place among others.
    pub day: Option<Date>,
    pub made_on: Option<Date>,
    pub reason: CountReason,
    pub shortfall: Option<Shortfall>,
    /// By name: of one that counts the periods that it may fill, the earlier first; of one that does not the one its day
    /// lies in, if the tenure has one there.
    pub periods: Vec<String>,
}

impl Claim {
    pub fn of(term: &Term, policies: &Policies, work: &Work) -> Claim {
        let verdict = judge(term, policies, work);
        let reason = verdict.reason();
        let (periods, shortfall) = match verdict {
            Verdict::Counts { periods } => (periods, None),
            Verdict::Not { shortfall, period, .. } => (period.into_iter().collect(), shortfall),
        };
        let periods = periods.into_iter().map(|period| period.name).collect();
        let Work { entry, made_on, .. } = *work;
        Claim { entry, kind: work.kind(), day: work.day(), made_on, reason, shortfall, periods }
    }

    pub fn counts(&self) -> bool {
        self.reason == CountReason::Counts
    }
}
