//! The register of a village as screens show it: its households, its imports, and one household with its history.
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::FieldView;
use crate::clock::Moment;
use crate::division::Division;
use crate::field::Field;
use crate::id::{EntryId, HouseholdId, ImportId, IssueId};
use crate::register::FieldChange;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct HouseholdView {
    pub id: HouseholdId,
    pub head: String,
    pub group: String,
    pub number: String,
    pub members: Option<u32>,
    pub status: String,
    pub standing: String,
    /// The last visit to it in this village that is known here.
    #[cfg_attr(feature = "types", ts(type = "string | null"))]
    pub visited_on: Option<Date>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct HouseholdsView {
    pub village: Division,
    pub households: Vec<HouseholdView>,
}

/// The register of a village.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct RegisterView {
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub today: Date,
    pub village: Division,
    /// Those that are no longer kept (`inactive`) too.
    pub households: Vec<HouseholdView>,
    /// Pairs that may be one household.
    pub twins: Vec<(HouseholdId, HouseholdId)>,
    /// Newest first.
    pub imports: Vec<ImportView>,
    pub fields: Vec<Field>,
    pub may_write: bool,
    /// May make 待核 registered.
    pub may_verify: bool,
}

/// One import into a register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct ImportView {
    pub id: ImportId,
    pub by: String,
    pub at: Moment,
    pub brought: u32,
    pub changed: u32,
    pub undone: bool,
    /// Households that it brought and that stay when it is undone: somebody wrote to them or visited them since.
    pub kept: u32,
}

/// One household with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct HouseholdDetail {
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub today: Date,
    pub village: Division,
    pub household: HouseholdView,
    pub fields: BTreeMap<String, FieldView>,
    pub form: Vec<Field>,
    /// Records that are this household too.
    pub merged: Vec<HouseholdView>,
    /// The household that this one is the same as.
    pub merged_into: Option<HouseholdView>,
    /// The standing that it has when it is kept again.
    pub kept_as: String,
    /// Newest first.
    pub timeline: Vec<TimelineItem>,
    pub may_write: bool,
    pub may_verify: bool,
}

/// Something that happened with a household.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct TimelineItem {
    pub what: TimelineKind,
    pub by: String,
    /// The day it was, for what has one of its own.
    #[cfg_attr(feature = "types", ts(type = "string | null"))]
    pub on: Option<Date>,
    /// When it was written.
    pub at: Moment,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum TimelineKind {
    Visited {
        entry: EntryId,
        mode: String,
    },
    Raised {
        issue: IssueId,
        category: String,
        state: String,
    },
    /// Added by hand, or by an import.
    Added {
        imported: bool,
    },
    Changed {
        changes: Vec<FieldChange>,
        imported: bool,
    },
    Merged {
        into: String,
    },
    Parted,
}
