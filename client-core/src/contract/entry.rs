//! Entries and drafts as screens show them: where each stands, what was said of it, what may be done, and what a form begins
//! with.
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{HouseholdView, IssueSummary};
use crate::clock::Moment;
use crate::division::Division;
use crate::duty::{CountReason, Timeliness};
use crate::entry::{EntryKind, Fields};
use crate::facts::Facts;
use crate::field::{Field, FieldError, FieldValue};
use crate::id::{EntryId, EventId, IssueId};
use crate::leave::LeaveStep;
use crate::review::{ReturnReason, VoidReason};

/// Where an entry stands. One word for the list; the events tell the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// 草稿
    Draft,
    /// 已存本机: durable on this device, not yet on the server.
    OnDevice,
    /// 已提交: durable on the server.
    Submitted,
    /// 退回补充
    Returned,
    /// 有询问: asked about, and not answered; it counts as before. Of what was confirmed and then changed `Amended` tells more.
    Questioned,
    /// 已回复: returned or asked about, then answered or amended; waits for review again.
    Answered,
    /// 已确认: the version as it stands.
    Confirmed,
    /// 审核后有修改: confirmed, then changed.
    Amended,
    /// 视为已阅: nobody reviewed it for the days of the policy after the server had its latest version, or what was said of
    /// it last. It counts, and may be reviewed still.
    DeemedRead,
    /// 已撤回
    Withdrawn,
    /// 已作废
    Voided,
}

impl EntryState {
    pub fn code(self) -> &'static str {
        match self {
            EntryState::Draft => "draft",
            EntryState::OnDevice => "on_device",
            EntryState::Submitted => "submitted",
            EntryState::Returned => "returned",
            EntryState::Questioned => "questioned",
            EntryState::Answered => "answered",
            EntryState::Confirmed => "confirmed",
            EntryState::Amended => "amended",
            EntryState::DeemedRead => "deemed_read",
            EntryState::Withdrawn => "withdrawn",
            EntryState::Voided => "voided",
        }
    }

    /// Whether it was withdrawn or voided: it is there to be read, and for nothing else.
    pub fn is_taken_back(self) -> bool {
        matches!(self, EntryState::Withdrawn | EntryState::Voided)
    }

    /// Whether a reviewer is expected to look at it.
    pub fn awaits_review(self) -> bool {
        matches!(self, EntryState::Submitted | EntryState::OnDevice | EntryState::Answered | EntryState::Amended)
    }
}

/// One line of a list of entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct EntrySummary {
    pub id: EntryId,
    /// The code of a kind, perhaps of one that only a newer version knows.
    pub kind: String,
    pub state: EntryState,
    /// Some change of it has not reached the server.
    pub waiting: bool,
    /// It was returned or asked about, and its author has not answered.
    pub asked: bool,
    #[cfg_attr(feature = "types", ts(type = "string | null"))]
    pub occurred_on: Option<Date>,
    /// How far a deed or a leave is, by the code of its state.
    pub progress: Option<String>,
    /// Heads of the households, the topic, theme, name, title or half; empty when nothing is filled in.
    pub title: String,
    pub author: String,
    pub village: Option<Division>,
    /// The day it was made on the device.
    pub created_at: Option<Moment>,
    /// Fields with more than one value.
    pub conflicts: u32,
    /// Of a draft: what keeps it from becoming an entry.
    pub errors: Vec<FieldError>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct EntriesView {
    pub entries: Vec<EntrySummary>,
}

/// A field's value with whoever else's stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FieldView {
    pub value: FieldValue,
    pub by: String,
    pub at: Moment,
    /// Values written at the same time without knowing of this one; `Amend` with one of them restores it.
    pub others: Vec<OtherValue>,
    /// It is made of what was written in two places at the same time, of a long text.
    pub merged: bool,
    /// What the return or the question that waits for an answer says of this field.
    pub comment: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct OtherValue {
    pub value: FieldValue,
    pub by: String,
    pub at: Moment,
}

/// What happened to an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum EventKind {
    Recorded,
    Amended {
        fields: Vec<String>,
    },
    Confirmed {
        /// Of a report: what the township thinks of it; empty where it did not say.
        opinion: String,
    },
    Returned {
        reason: Option<ReturnReason>,
        comment: String,
        comments: BTreeMap<String, String>,
    },
    Questioned {
        comment: String,
        comments: BTreeMap<String, String>,
    },
    Answered {
        text: String,
    },
    Withdrawn {
        text: String,
    },
    Voided {
        reason: Option<VoidReason>,
        text: String,
    },
    Restored,
    /// A confirmation, a return or a question was a slip, and is as if it had not been.
    Undone,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct EventView {
    /// Of what was said of the entry; what `Answer` refers to.
    pub id: Option<EventId>,
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub kind: EventKind,
    pub by: String,
    pub at: Moment,
    /// It speaks of the version as it stands; of a withdrawal and a void: the entry is taken back by it.
    pub current: bool,
    /// It was undone or restored since, or never took effect.
    pub undone: bool,
    /// Of a writing of the entry itself: another was made at the same time, without either knowing of the other. What they
    /// wrote to different fields stands together; of one field both values do.
    pub parallel: bool,
}

/// What the person at this device may do with an entry now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EntryAction {
    Amend,
    Withdraw,
    Answer,
    Confirm,
    Return,
    Question,
    Void,
    Restore,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct EntryView {
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub summary: EntrySummary,
    /// What a confirmation or a return is bound to.
    pub version: String,
    pub received_at: Option<Moment>,
    pub timeliness: Timeliness,
    pub counts: CountReason,
    pub fields: BTreeMap<String, FieldView>,
    /// The households of a visit, in the order of the field.
    pub households: Vec<HouseholdView>,
    /// The visits that a research report rests on, as far as they are here, in the order of the field.
    pub visits: Vec<EntrySummary>,
    /// What the core had counted when a summary or a report was recorded.
    pub facts: Option<Facts>,
    /// What was raised with it.
    pub issues: Vec<IssueSummary>,
    /// For a reviewer: an earlier entry of the same author and kind that is written almost like this one.
    pub alike: Option<Box<EntrySummary>>,
    /// Oldest first.
    pub events: Vec<EventView>,
    pub may: Vec<EntryAction>,
    /// The last day on which this person may restore it.
    #[cfg_attr(feature = "types", ts(type = "string | null"))]
    pub restorable_until: Option<Date>,
    /// What is to be answered: the return, or the question, that waits for the author.
    pub to_answer: Option<EventId>,
    /// This person's own confirmation, return or question of the version as it stands, which may still be undone.
    pub undoable: Option<EventId>,
    /// Of leave: how far it is.
    pub leave: Option<LeaveRequestView>,
    /// The next entry that awaits review, in the same village or else in the next, for a reviewer going through them.
    pub next: Option<EntryId>,
}

/// Leave that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct LeaveRequestView {
    /// Calendar days.
    pub days: u32,
    /// Its length is the county's to approve, after the township has agreed.
    pub for_county: bool,
    pub step: LeaveStep,
    /// Who approved or declined it, and what they wrote; empty before.
    pub by: String,
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct DraftView {
    pub id: EntryId,
    pub kind: EntryKind,
    pub fields: Fields,
    pub errors: Vec<FieldError>,
    pub saved_at: Moment,
    /// What it raises when it is recorded.
    pub issues: Vec<IssueDraft>,
    /// Rises whenever something from another device was taken over.
    pub revision: u32,
    /// By field, what another device wrote without knowing of the value shown.
    pub others: BTreeMap<String, Vec<FieldValue>>,
    /// It became an entry on another device: these are the fields that were written here and are not in it.
    pub amends: bool,
    /// It stays on this device: the server would not take it, or it was thrown away elsewhere.
    pub alone: bool,
}

/// An issue that is raised with a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IssueDraft {
    pub id: IssueId,
    pub fields: Fields,
    pub errors: Vec<FieldError>,
}

/// What a form needs to begin: its fields, today, and the village with its households.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FormView {
    pub kind: EntryKind,
    pub fields: Vec<Field>,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub today: Date,
    pub village: Option<Division>,
    pub households: Vec<HouseholdView>,
    /// What a new one begins with.
    pub begin: Fields,
    /// The halves that a summary may be of, newest first.
    pub halves: Vec<String>,
    /// One's own visits that a research report may rest on, newest first.
    pub visits: Vec<EntrySummary>,
    /// The form of an issue that is raised with it.
    pub issue: Vec<Field>,
}
