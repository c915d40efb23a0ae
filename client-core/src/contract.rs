//! The contract between the core and those who touch screens: commands go in, outcomes and views come out. All of it is
//! plain data; the TypeScript types of the PWA are generated from this file and what it names.
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::calendar::Calendar;
use crate::clock::Moment;
use crate::division::{Division, DivisionCode};
use crate::document::DocumentId;
use crate::duty::{CountReason, Dictionary, Duty, DutyState, Policies, Requirement, Shortfall, Tally, Timeliness};
use crate::entry::{EntryKind, Fields};
use crate::excusal::{Excusal, ExcusalBasis};
use crate::facts::Facts;
use crate::field::{Field, FieldError, FieldValue};
use crate::gate::GateRefusal;
use crate::id::{DeviceId, EntryId, EventId, HouseholdId, ImportId, IssueId, PersonId, TenureId};
use crate::leave::Leave;
use crate::person::{Person, Post};
use crate::register::{FieldChange, RegisterRow, RowView};
use crate::review::{ReturnReason, VoidReason};
use crate::tenure::Tenure;

/// What a person asks for. Every command is durable on the device before it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Keeps the form as it stands; without `entry` a new draft begins and the outcome names it. Nothing is checked but
    /// sizes: a draft may be wrong.
    SaveDraft {
        entry: Option<EntryId>,
        kind: EntryKind,
        fields: Fields,
    },
    DiscardDraft {
        entry: EntryId,
    },
    /// Keeps an issue with a draft, `ISSUES_MAX` of them; without `issue` a new one begins and the outcome names it.
    SaveIssue {
        entry: EntryId,
        issue: Option<IssueId>,
        fields: Fields,
    },
    DiscardIssue {
        entry: EntryId,
        issue: IssueId,
    },
    /// Sets fields of an issue of a village, each on its own, as `Amend` does with those of an entry.
    AmendIssue {
        village: DivisionCode,
        issue: IssueId,
        fields: Fields,
    },
    /// Makes the draft an entry and raises its issues. Refused with all its faults when it has any; the draft stays.
    Record {
        entry: EntryId,
    },
    /// Sets fields of one's own entry, each on its own; an empty text clears. Also the tap that restores another value.
    Amend {
        entry: EntryId,
        fields: Fields,
    },
    /// Takes back an entry that nobody has reviewed.
    Withdraw {
        entry: EntryId,
        text: String,
    },
    /// Takes out an entry that was reviewed, with a reason: its author's or the township's to say.
    Void {
        entry: EntryId,
        reason: VoidReason,
        text: String,
    },
    /// Brings back what one's own side withdrew or voided, for `RESTORE_DAYS`. Done already: nothing more is done.
    Restore {
        entry: EntryId,
    },
    /// Answers a return without changing the entry.
    Answer {
        entry: EntryId,
        event: EventId,
        text: String,
    },
    /// Confirms the version that was read.
    Confirm {
        entry: EntryId,
        version: String,
    },
    /// Returns the version that was read, with a reason, a comment and comments on fields.
    Return {
        entry: EntryId,
        version: String,
        reason: ReturnReason,
        comment: String,
        comments: BTreeMap<String, String>,
    },
    /// Adds a household by hand 待核.
    AddHousehold {
        village: DivisionCode,
        fields: Fields,
    },
    /// Sets fields of a household, each on its own; an empty text clears. Only the township makes 待核 registered.
    AmendHousehold {
        village: DivisionCode,
        household: HouseholdId,
        fields: Fields,
    },
    /// Takes rows of a table into the register, `IMPORT_ROWS_MAX` of them; faulty ones are left out. The core names the
    /// import.
    ImportHouseholds {
        village: DivisionCode,
        #[serde(default)]
        import: Option<ImportId>,
        rows: Vec<RegisterRow>,
    },
    /// Takes an import back, or does it again. What others wrote since stays.
    TurnImport {
        village: DivisionCode,
        import: ImportId,
        undone: bool,
    },
    /// Says that two records are one household, or with `into` empty that they are not.
    MergeHousehold {
        village: DivisionCode,
        household: HouseholdId,
        into: Option<HouseholdId>,
    },
    /// 立即上传: tries now, whatever the waiting time was.
    SyncNow,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Done {
        /// The entry or draft it was about.
        entry: Option<EntryId>,
        household: Option<HouseholdId>,
        issue: Option<IssueId>,
    },
    Refused {
        refusal: Refusal,
    },
}

/// Why a command was not done, in a way the person can act on. `code` is the key of the sentence on screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// Fields are missing or wrong; all of them are named.
    Fields { errors: Vec<FieldError> },
    /// No such draft, entry, event or village on this device.
    NotFound,
    /// Not this person's to do.
    NotAllowed,
    /// The person has no tenure that would take the entry.
    NoTenure,
    /// What was read is not what is there now: read again.
    VersionChanged,
    /// A reviewer has looked at it already: amend it instead.
    AlreadyReviewed,
    /// It was withdrawn.
    Withdrawn,
    /// It was voided.
    Voided,
    /// Nobody has reviewed it yet: its author may withdraw it, the township return it.
    NotReviewed,
    /// The days in which it might be restored have passed.
    RestoreTooLate,
    /// More characters than a comment or an answer holds.
    TextTooLong,
    /// The draft raises as many issues as an entry may.
    IssuesTooMany,
    /// More rows than one import takes.
    RowsTooMany,
    /// A comment is needed where the reason is 其他.
    CommentMissing,
    /// The device could not store it: full, or broken. Nothing was changed.
    NotStored,
    /// The device is still opening, or nobody is signed in.
    NotOpen,
}

/// What a screen asks to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(tag = "see", rename_all = "snake_case")]
pub enum Query {
    Home,
    /// All duties of a tenure with what fills them; without one, of one's own posting.
    Year {
        tenure: Option<TenureId>,
    },
    /// Own drafts and entries, newest first.
    Entries,
    Entry {
        entry: EntryId,
    },
    Draft {
        entry: EntryId,
    },
    /// A form to fill in; with `like` it begins as a copy of that entry.
    Form {
        kind: EntryKind,
        #[serde(default)]
        #[cfg_attr(feature = "types", ts(optional))]
        like: Option<EntryId>,
    },
    /// What was logged in the days that a summary or a report with these fields is about, as of now.
    Facts {
        kind: EntryKind,
        fields: Fields,
    },
    /// The newest of one's own entries that is written almost like this draft.
    Alike {
        entry: EntryId,
    },
    Households {
        village: DivisionCode,
    },
    /// The register of a village, as its team keeps it.
    Register {
        village: DivisionCode,
    },
    /// One household, with all that is known of it here.
    Household {
        village: DivisionCode,
        household: HouseholdId,
    },
    /// Rows of a table held against the register, before they are imported.
    RegisterRows {
        village: DivisionCode,
        rows: Vec<RegisterRow>,
    },
    /// The issues of a village, newest first.
    Issues {
        village: DivisionCode,
    },
    Issue {
        issue: IssueId,
    },
    /// Whose words this deployment uses.
    Dictionary,
    /// What waits for review in the reviewer's villages.
    Queue,
    /// All entries of one village, newest first.
    Village {
        village: DivisionCode,
    },
    Sync,
    /// What could not be delivered, to be looked at and exported.
    DeadLetters,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(tag = "view", rename_all = "snake_case")]
pub enum View {
    Home(HomeView),
    Year(YearView),
    Entries(EntriesView),
    Entry(EntryView),
    Draft(DraftView),
    Form(FormView),
    Households(HouseholdsView),
    Register(RegisterView),
    Household(HouseholdDetail),
    RegisterRows {
        rows: Vec<RowView>,
    },
    Issues(IssuesView),
    Issue(IssueView),
    Facts(Facts),
    Alike {
        entry: Option<EntrySummary>,
    },
    Dictionary {
        #[cfg_attr(feature = "types", ts(type = "\"2015\" | \"2021\""))]
        dictionary: Dictionary,
    },
    Queue(QueueView),
    Sync(SyncView),
    DeadLetters {
        letters: Vec<DeadLetter>,
    },
    /// What was asked for is not on this device.
    NotFound,
}

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
    /// 已回复: returned, then answered or amended; waits for review again.
    Answered,
    /// 已确认: the version as it stands.
    Confirmed,
    /// 审核后有修改: confirmed, then changed.
    Amended,
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
            EntryState::Answered => "answered",
            EntryState::Confirmed => "confirmed",
            EntryState::Amended => "amended",
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
    #[cfg_attr(feature = "types", ts(type = "string | null"))]
    pub occurred_on: Option<Date>,
    /// How far a deed is, by the code of its state.
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
    /// What the return that stands says of this field.
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
    Amended { fields: Vec<String> },
    Confirmed,
    Returned { reason: Option<ReturnReason>, comment: String, comments: BTreeMap<String, String> },
    Answered { text: String },
    Withdrawn { text: String },
    Voided { reason: Option<VoidReason>, text: String },
    Restored,
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
    /// The next entry that awaits review, in the same village or else in the next, for a reviewer going through them.
    pub next: Option<EntryId>,
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
}

/// An issue that is raised with a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IssueDraft {
    pub id: IssueId,
    pub fields: Fields,
    pub errors: Vec<FieldError>,
}

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

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct HomeView {
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub today: Date,
    pub person: Person,
    pub posts: Vec<Post>,
    pub village: Option<Division>,
    pub tenure: Option<Tenure>,
    /// What is due of each of the seven kinds, in their order: the period that runs, owed or not, and before it what may
    /// still be done of an earlier one. Empty for those who owe nothing.
    pub duties: Vec<DutyView>,
    pub drafts: u32,
    /// Entries returned and not yet answered.
    pub returned: Vec<EntrySummary>,
    /// For a reviewer: entries awaiting review.
    pub awaiting_review: u32,
    pub sync: SyncView,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct QueueView {
    /// The reviewer's villages by division code, also those with nothing to do.
    pub villages: Vec<QueueVillage>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct QueueVillage {
    pub village: Division,
    /// The first secretary in office.
    pub secretary: Option<Person>,
    /// The tenure of that secretary.
    pub tenure: Option<TenureId>,
    /// Oldest first.
    pub awaiting: Vec<EntrySummary>,
}

/// What the last attempt met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SyncTrouble {
    /// No connection, or it broke.
    Offline,
    /// The server answered with an error of its own; it is tried again.
    Server,
    /// The sign-in has run out: local work goes on, sign in when online.
    SignedOut,
    /// This device was revoked.
    Revoked,
    /// This version is too old for the server: update.
    TooOld,
    /// What came is not of this protocol.
    Unreadable,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SyncView {
    pub sending: bool,
    /// Changes not yet on the server.
    pub waiting: u32,
    /// When the oldest of them was made.
    pub waiting_since: Option<Moment>,
    /// Changes that the server keeps aside until the township decides about them.
    pub parked: u32,
    pub synced_at: Option<Moment>,
    pub trouble: Option<SyncTrouble>,
    /// The first sync of this device has come to its end.
    pub complete: bool,
    pub dead_letters: u32,
    /// Documents that could not be read and are being fetched anew.
    pub troubled_documents: u32,
}

/// A command that the server refused twice, or that the township dismissed: kept, shown, exportable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct DeadLetter {
    pub at: Moment,
    /// What the gate said; nothing when the person had no right to write there.
    pub refusal: Option<GateRefusal>,
    /// What the township wrote when it dismissed the change.
    #[serde(default)]
    pub dismissed: Option<String>,
    pub command: Command,
    /// What was written, when the command itself does not hold it.
    pub fields: Option<Fields>,
    /// The issues that it would have raised.
    #[serde(default)]
    pub issues: Vec<Fields>,
}

/// Who uses this device, as the server said at sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Identity {
    pub person: Person,
    pub device: DeviceId,
}

/// Reference data: what the server keeps and sends, read-only here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Reference {
    pub posts: Vec<Post>,
    /// The villages whose documents this device holds.
    pub villages: Vec<Division>,
    pub tenures: Vec<Tenure>,
    pub people: Vec<Person>,
    pub calendar: Calendar,
    /// The versions of the policy 口径 that were imported, over the built-in one.
    #[serde(default)]
    #[cfg_attr(feature = "types", ts(type = "unknown[]"))]
    pub policies: Policies,
    /// Leave and excusals of these tenures. What a newer server knows of them and this version does not is passed over.
    #[serde(default, deserialize_with = "readable")]
    pub leaves: Vec<TenureLeave>,
    #[serde(default, deserialize_with = "readable")]
    pub excusals: Vec<TenureExcusal>,
    /// The documents that follow on an erasure, in their generation as it is; every other one is in its first.
    #[serde(default, with = "documents")]
    #[cfg_attr(feature = "types", ts(type = "string[]"))]
    pub generations: Vec<DocumentId>,
    /// Households that were erased: nothing on this device may name them any more.
    #[serde(default)]
    pub erased: Vec<HouseholdId>,
}

/// A leave of a tenure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct TenureLeave {
    pub tenure: TenureId,
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub leave: Leave,
}

/// An excusal of a duty of a tenure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct TenureExcusal {
    pub tenure: TenureId,
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub excusal: Excusal,
}

/// Those of a list that this version can read.
fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let all = Vec::<serde_json::Value>::deserialize(deserializer)?;
    Ok(all.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect())
}

impl Reference {
    /// The generation of a document that is read and written now.
    pub fn current(&self, document: DocumentId) -> DocumentId {
        let later = self.generations.iter().filter(|later| document.is_followed_by(**later));
        later.copied().max().unwrap_or(document)
    }

    /// Whether a document is of a later generation than is read and written now.
    pub fn is_unknown(&self, document: DocumentId) -> bool {
        self.current(document.at_first()).is_followed_by(document)
    }

    pub fn tenure(&self, id: TenureId) -> Option<&Tenure> {
        self.tenures.iter().find(|tenure| tenure.id == id)
    }

    pub fn village(&self, code: DivisionCode) -> Option<&Division> {
        self.villages.iter().find(|village| village.code == code)
    }

    pub fn name_of(&self, person: PersonId) -> &str {
        self.people.iter().find(|known| known.id == person).map_or("", |known| &known.name)
    }
}

/// Ids of documents as their texts. One that this version cannot read is none that it holds.
pub(crate) mod documents {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::DocumentId;

    pub(crate) fn serialize<S: Serializer>(ids: &[DocumentId], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(ids.iter().map(DocumentId::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<DocumentId>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
    }
}
