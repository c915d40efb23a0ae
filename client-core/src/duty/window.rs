//! Windows: within which days the work of a duty lies, and until when it may be written down.
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::add_days;
use crate::entry::EntryKind;
use crate::tenure::Term;

use super::period::Period;
use super::policy::Policy;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Window {
    /// The first and the last day that the work may be dated.
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub opens: Date,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub closes: Date,
    /// The last day on which its record may be made; a visit may be written down at any time.
    #[cfg_attr(feature = "types", ts(type = "string | null"))]
    pub record_by: Option<Date>,
}

impl Window {
    pub fn of(kind: EntryKind, term: &Term, period: &Period, policy: &Policy) -> Window {
        let (first, last) = (term.first.max(period.from), term.last.min(period.to));
        let after = |days: u16| add_days(period.to, days.into());
        let inside = |record_by| Window { opens: first, closes: last, record_by };
        match kind {
            EntryKind::Visit | EntryKind::Leave | EntryKind::Presence => inside(None),
            EntryKind::Lesson => inside(Some(after(policy.lesson_grace_days))),
            EntryKind::Activity => inside(Some(after(policy.activity_grace_days))),
            // Who leaves before the half ends may write at the end of the tenure already.
            EntryKind::Summary => {
                let closes = after(policy.summary_after_days);
                let opens = add_days(last, -i64::from(policy.summary_before_days)).max(term.first);
                Window { opens, closes, record_by: Some(closes) }
            }
            EntryKind::Deed => inside(Some(after(policy.yearly_grace_days))),
            EntryKind::Research | EntryKind::Report => {
                let closes = after(policy.yearly_grace_days);
                Window { opens: first, closes, record_by: Some(closes) }
            }
        }
    }

    /// The day after which nothing more can be done.
    pub fn ends(&self) -> Date {
        self.record_by.map_or(self.closes, |by| by.max(self.closes))
    }

    pub(super) fn holds(&self, day: Date) -> bool {
        self.opens <= day && day <= self.closes
    }

    /// A making whose day nobody knows is in time.
    pub(super) fn takes_record(&self, made_on: Option<Date>) -> bool {
        match (self.record_by, made_on) {
            (Some(by), Some(made)) => made <= by,
            _ => true,
        }
    }
}
