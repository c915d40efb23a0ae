//! The contract between the core and those who touch screens: commands go in, outcomes and views come out. All of it is
//! plain data; the TypeScript types of the PWA are generated from this file and what it names.
mod duty;
mod entry;
mod issue;
mod programme;
mod register;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::division::{Division, DivisionCode};
use crate::duty::Dictionary;
use crate::entry::{EntryKind, Fields};
use crate::excusal::ExcusalBasis;
use crate::facts::Facts;
use crate::field::FieldError;
use crate::gate::GateRefusal;
use crate::id::{DeviceId, EntryId, EventId, HouseholdId, ImportId, IssueId, RecordId, TenureId};
use crate::person::{Person, Post};
use crate::programme::RecordKind;
use crate::register::{RegisterRow, RowView};
use crate::review::{ReturnReason, VoidReason};
use crate::tenure::Tenure;

pub use self::duty::*;
pub use self::entry::*;
pub use self::issue::*;
pub use self::programme::*;
pub use self::register::*;

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
        /// The revision that the form has taken over, where it follows the draft: what came from another device since is
        /// not written over by what the form does not know.
        #[serde(default)]
        #[cfg_attr(feature = "types", ts(optional))]
        seen: Option<u32>,
    },
    /// The form was left, or rests: what stands in it goes to one's other devices.
    LeaveDraft {
        entry: EntryId,
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
    /// Makes the draft an entry and raises its issues. Refused with all its faults when it has any; the draft stays. Of one
    /// that became an entry elsewhere, what is left here becomes an amendment.
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
    /// Answers a return or a question without changing the entry.
    Answer {
        entry: EntryId,
        event: EventId,
        text: String,
    },
    /// Confirms the version that was read; a yearly report is received by that, with what the township thinks of it, if it
    /// says so.
    Confirm {
        entry: EntryId,
        version: String,
        /// 处理意见, of a report alone.
        #[serde(default)]
        opinion: String,
    },
    /// Undoes one's own confirmation, return or question of an entry, as long as the author has not answered it.
    UndoReview {
        entry: EntryId,
        event: EventId,
    },
    /// Returns the version that was read, with a reason, a comment and comments on fields.
    Return {
        entry: EntryId,
        version: String,
        reason: ReturnReason,
        comment: String,
        comments: BTreeMap<String, String>,
    },
    /// 询问: asks about the version that was read, with a comment, comments on fields, or both. It counts as before.
    Question {
        entry: EntryId,
        version: String,
        comment: String,
        comments: BTreeMap<String, String>,
    },
    /// 免计: takes one duty of one period out, for a reason that stays visible. Done already: nothing more is done.
    Excuse {
        tenure: TenureId,
        kind: EntryKind,
        period: String,
        basis: ExcusalBasis,
        note: String,
    },
    /// Takes an excusal of the township back: the duty is owed again.
    TakeBackExcusal {
        tenure: TenureId,
        event: EventId,
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
    /// Writes down what a unit does of the measures 2 to 8; of a record that is there it sets fields, each on its own. The core
    /// names a new one.
    WriteRecord {
        unit: DivisionCode,
        #[serde(default)]
        #[cfg_attr(feature = "types", ts(optional))]
        record: Option<RecordId>,
        kind: RecordKind,
        fields: Fields,
    },
    /// Takes a record out 作废 with a reason, or with none brings it back.
    VoidRecord {
        unit: DivisionCode,
        record: RecordId,
        reason: String,
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
    /// More weeks in a row than the township may excuse.
    ForTheCounty,
    /// The draft raises as many issues as an entry may.
    IssuesTooMany,
    /// More rows than one import takes.
    RowsTooMany,
    /// A comment is needed: where the reason is 其他, and of a question.
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
    /// What a unit recorded of the measures 2 to 8.
    Programme {
        unit: DivisionCode,
    },
    /// One record of it; without `record` the form of a new one.
    ProgrammeRecord {
        unit: DivisionCode,
        kind: RecordKind,
        #[serde(default)]
        #[cfg_attr(feature = "types", ts(optional))]
        record: Option<RecordId>,
    },
    /// Whose words this deployment uses.
    Dictionary,
    /// What waits for review in the reviewer's villages.
    Queue,
    /// What waits for review, to be read one under the other, oldest first: of one village, or of all.
    Reading {
        village: Option<DivisionCode>,
    },
    /// All entries of one village, newest first.
    Village {
        village: DivisionCode,
    },
    Sync,
    /// What could not be delivered, to be looked at and exported.
    DeadLetters,
}

impl Query {
    /// Whether it can be answered before all documents are open.
    pub fn is_first(&self) -> bool {
        matches!(self, Query::Home | Query::Dictionary)
    }
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
    Programme(ProgrammeView),
    ProgrammeRecord(RecordView),
    Facts(Facts),
    Alike {
        entry: Option<EntrySummary>,
    },
    Dictionary {
        #[cfg_attr(feature = "types", ts(type = "\"2015\" | \"2021\""))]
        dictionary: Dictionary,
    },
    Queue(QueueView),
    Reading {
        entries: Vec<EntryView>,
        /// How many wait beside these.
        more: u32,
    },
    Sync(SyncView),
    DeadLetters {
        letters: Vec<DeadLetter>,
    },
    /// What was asked for is not on this device.
    NotFound,
}
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct HomeView {
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub today: Date,
    pub person: Person,
    pub posts: Vec<Post>,
    pub village: Option<Division>,
    /// The tenure there is over for so long that of the village only what this person wrote is here.
    pub left: bool,
    pub tenure: Option<Tenure>,
    /// What is due of each of the seven kinds, in their order: the period that runs, owed or not, and before it what may
    /// still be done of an earlier one. Empty for those who owe nothing.
    pub duties: Vec<DutyView>,
    pub drafts: u32,
    /// Entries returned or asked about, and not yet answered; those that were returned first.
    pub to_answer: Vec<EntrySummary>,
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
