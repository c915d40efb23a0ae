//! Duties as screens show them: what is owed and why, what counts, and a year of it.
use jiff::civil::Date;
use serde::Serialize;

use super::EntrySummary;
use crate::division::Division;
use crate::duty::{CountReason, Duty, DutyState, Requirement, Shortfall, Tally};
use crate::entry::EntryKind;
use crate::excusal::ExcusalBasis;
use crate::id::EventId;
use crate::leave::Leave;
use crate::tenure::Tenure;

/// A duty with how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct DutyView {
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub duty: Duty,
    pub state: DutyState,
    /// Entries of the period that count.
    pub done: u32,
    /// Over the tenure so far.
    pub tally: Tally,
}

/// All duties of a tenure at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct YearView {
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub today: Date,
    pub tenure: Tenure,
    pub person: String,
    pub village: Option<Division>,
    /// One for each of the seven kinds, in their order.
    pub rows: Vec<YearRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct YearRow {
    pub kind: EntryKind,
    /// Over the tenure so far.
    pub tally: Tally,
    pub requires: Vec<Requirement>,
    /// Every period that the tenure touches, in order.
    pub cells: Vec<AccountView>,
    /// Entries of the kind that lie in no period of the tenure.
    pub astray: Vec<CreditView>,
}

/// A duty with the entries of its period, those that count first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct AccountView {
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub duty: Duty,
    pub state: DutyState,
    pub entries: Vec<CreditView>,
    /// Approved leave that touches the period.
    pub leaves: Vec<LeaveView>,
    pub excusal: Option<ExcusalView>,
    /// This person may excuse it here and now.
    pub may_excuse: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct LeaveView {
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub leave: Leave,
    /// The name of who approved it; empty where it is not known here.
    pub approved_by_name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct ExcusalView {
    pub basis: ExcusalBasis,
    pub note: String,
    /// The name of who excused it; empty where it is not known here.
    pub by: String,
    /// What `TakeBackExcusal` names, where this person may take it back.
    pub undoable: Option<EventId>,
}

/// An entry with why it counts or does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct CreditView {
    pub entry: EntrySummary,
    pub reason: CountReason,
    /// What it lacks that is `not_finished`.
    pub shortfall: Option<Shortfall>,
}
