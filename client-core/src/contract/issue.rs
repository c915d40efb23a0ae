//! The issues of a village as screens show them.
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::{FieldView, HouseholdView};
use crate::clock::Moment;
use crate::division::Division;
use crate::entry::Fields;
use crate::field::Field;
use crate::id::{EntryId, IssueId};

/// One line of a list of issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IssueSummary {
    pub id: IssueId,
    /// The entry it was raised with, which may not have come here yet.
    pub entry: Option<EntryId>,
    pub category: String,
    pub text: String,
    /// The code of a state, perhaps of one that only a newer version knows.
    pub state: String,
    /// It has come to its end.
    pub ended: bool,
    pub level: String,
    pub handler: String,
    #[cfg_attr(feature = "types", ts(type = "string | null"))]
    pub closed_on: Option<Date>,
    /// The heads of its households.
    pub households: Vec<String>,
    pub raised_by: String,
    pub raised_at: Option<Moment>,
    /// Some change of it has not reached the server.
    pub waiting: bool,
    /// Fields with more than one value.
    pub conflicts: u32,
}

/// An issue of a village, with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IssueView {
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub summary: IssueSummary,
    pub village: Division,
    /// The form it is amended with.
    pub form: Vec<Field>,
    pub fields: BTreeMap<String, FieldView>,
    /// The households it is about.
    pub about: Vec<HouseholdView>,
    /// Everything that was ever written of it, in the order in which people knew of each other's.
    pub history: Vec<IssueEvent>,
    pub may_amend: bool,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub today: Date,
}

/// What somebody wrote of an issue at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IssueEvent {
    pub by: String,
    pub at: Moment,
    /// It was raised then.
    pub raised: bool,
    pub fields: Fields,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IssuesView {
    pub village: Division,
    /// Those that have not ended first, each part newest first.
    pub issues: Vec<IssueSummary>,
}
