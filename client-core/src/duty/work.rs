//! Work: what counting needs to know of one entry, as plain values. Whoever holds records fills it in; what is not known
//! speaks for the entry.
use jiff::civil::Date;

use crate::entry::EntryKind;
use crate::id::EntryId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    pub entry: EntryId,
    /// The day it was done, as its author says.
    pub occurred_on: Option<Date>,
    /// The day on which its device made it what it is; nothing when the clock was not plausible.
    pub made_on: Option<Date>,
    pub standing: Standing,
    pub matter: Matter,
}

/// What was said of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Submitted, answered or confirmed: it counts at once, reviewed or not.
    Good,
    Returned,
    Withdrawn,
    Voided,
}

/// What each kind of entry is counted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matter {
    Visit {
        mode: VisitMode,
        register: Register,
    },
    Lesson {
        held: Held,
    },
    Activity,
    /// The name of the half it is of, as its author says; without it the day tells.
    Summary {
        half: Option<String>,
    },
    Deed {
        state: DeedState,
        finished: Option<Date>,
    },
    Research {
        body: Body,
    },
    Report {
        receipt: Receipt,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitMode {
    /// 入户 or 田间/务工点
    InPerson,
    /// By phone, or in the office of the village.
    Remote,
}

/// Whether the township has a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    Received,
    Awaited,
}

/// Whether one of a visit's households is in the village register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    Holds,
    Lacks,
    NotAtHand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// In the branch, alone or together with others; who lectured does not matter.
    InBranch,
    Elsewhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeedState {
    Achieved,
    Other,
}

/// A research report's text or file, of any length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    Written,
    Empty,
}

impl Work {
    pub fn kind(&self) -> EntryKind {
        match self.matter {
            Matter::Visit { .. } => EntryKind::Visit,
            Matter::Lesson { .. } => EntryKind::Lesson,
            Matter::Activity => EntryKind::Activity,
            Matter::Summary { .. } => EntryKind::Summary,
            Matter::Deed { .. } => EntryKind::Deed,
            Matter::Research { .. } => EntryKind::Research,
            Matter::Report { .. } => EntryKind::Report,
        }
    }

    /// The day that decides its period: a deed's is the one it was finished on.
    pub fn day(&self) -> Option<Date> {
        match self.matter {
            Matter::Deed { state: DeedState::Achieved, finished: Some(finished) } => Some(finished),
            _ => self.occurred_on,
        }
    }
}
