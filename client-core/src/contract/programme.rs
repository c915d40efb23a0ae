//! What is recorded of the measures 2 to 8, as screens see it.
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::{FieldView, IssueEvent};
use crate::division::{Division, DivisionCode};
use crate::field::Field;
use crate::id::RecordId;
use crate::programme::{Counts, RecordKind};

/// What one unit recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct ProgrammeView {
    pub unit: DivisionCode,
    /// The kinds that the unit records.
    pub kinds: Vec<RecordKind>,
    /// By kind, of each kind the newest first.
    pub records: Vec<RecordSummary>,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct RecordSummary {
    pub id: RecordId,
    pub unit: DivisionCode,
    pub kind: RecordKind,
    /// A name, or what a session was about; empty for figures and targets.
    pub title: String,
    /// The kind of training of a session, the indicator of a figure or a target: a code.
    pub of: String,
    /// The first and the last day, month or year that it is of, as far as it says so.
    pub first: String,
    pub last: String,
    pub place: Option<DivisionCode>,
    /// How many attended; the number of a figure or a target.
    #[cfg_attr(feature = "types", ts(type = "number | null"))]
    pub amount: Option<i64>,
    pub counts: Counts,
    pub conflicts: u32,
    /// Not yet on the server.
    pub waiting: bool,
}

/// One record, or the form of a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct RecordView {
    pub unit: DivisionCode,
    pub kind: RecordKind,
    pub form: Vec<Field>,
    /// Nothing for a new one.
    pub summary: Option<RecordSummary>,
    pub fields: BTreeMap<String, FieldView>,
    /// Why it was taken out.
    pub voided: String,
    /// The units that a record may be about: the unit itself, where its name is known, and those below.
    pub places: Vec<Division>,
    /// Everything that was ever written of it.
    pub history: Vec<IssueEvent>,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub today: Date,
}
