// The client contract, generated from client-core/src/contract.rs: do not edit, run `make types`.

export type AccountView = { state: DutyState, entries: Array<CreditView>, 
/**
 * Approved leave that touches the period.
 */
leaves: Array<LeaveView>, excusal: ExcusalView | null, 
/**
 * This person may excuse it here and now.
 */
may_excuse: boolean, kind: EntryKind, 
/**
 * `2015-W38`, `2015-09`, `2015-Q4`, `2015-H2` or `tenure-year-1`.
 */
period: string, 
/**
 * First and last day of the period by the calendar, not clipped to the tenure.
 */
from: string, to: string, owed: boolean, reason: DutyReason, window: Window, days: AvailableDays, 
/**
 * Below so many available days it is not owed; the yearly three do not ask for days.
 */
days_min: number | null, 
/**
 * The version of the policy it follows.
 */
policy: number, };

export type AvailableDays = { 
/**
 * Working days of the period in the tenure.
 */
working: number, 
/**
 * Those that leave and absence on duty leave.
 */
available: number, 
/**
 * 暂定: some day lies in a year that the calendar does not know.
 */
provisional: boolean, };

export type Calendar = { 
/**
 * Days off that would be working days or not.
 */
holidays: string[], 
/**
 * Saturdays and Sundays that are worked.
 */
workdays: string[], };

export type Command = { "do": "save_draft", entry: EntryId | null, kind: EntryKind, fields: { [key in string]: FieldValue }, 
/**
 * The revision that the form has taken over, where it follows the draft: what came from another device since is
 * not written over by what the form does not know.
 */
seen?: number, } | { "do": "leave_draft", entry: EntryId, } | { "do": "discard_draft", entry: EntryId, } | { "do": "save_issue", entry: EntryId, issue: IssueId | null, fields: { [key in string]: FieldValue }, } | { "do": "discard_issue", entry: EntryId, issue: IssueId, } | { "do": "amend_issue", village: DivisionCode, issue: IssueId, fields: { [key in string]: FieldValue }, } | { "do": "record", entry: EntryId, } | { "do": "amend", entry: EntryId, fields: { [key in string]: FieldValue }, } | { "do": "withdraw", entry: EntryId, text: string, } | { "do": "void", entry: EntryId, reason: VoidReason, text: string, } | { "do": "restore", entry: EntryId, } | { "do": "answer", entry: EntryId, event: EventId, text: string, } | { "do": "confirm", entry: EntryId, version: string, 
/**
 * 处理意见, of a report alone.
 */
opinion: string, } | { "do": "undo_review", entry: EntryId, event: EventId, } | { "do": "return", entry: EntryId, version: string, reason: ReturnReason, comment: string, comments: { [key in string]: string }, } | { "do": "question", entry: EntryId, version: string, comment: string, comments: { [key in string]: string }, } | { "do": "excuse", tenure: TenureId, kind: EntryKind, period: string, basis: ExcusalBasis, note: string, } | { "do": "take_back_excusal", tenure: TenureId, event: EventId, } | { "do": "add_household", village: DivisionCode, fields: { [key in string]: FieldValue }, } | { "do": "amend_household", village: DivisionCode, household: HouseholdId, fields: { [key in string]: FieldValue }, } | { "do": "import_households", village: DivisionCode, import: ImportId | null, rows: Array<RegisterRow>, } | { "do": "turn_import", village: DivisionCode, import: ImportId, undone: boolean, } | { "do": "merge_household", village: DivisionCode, household: HouseholdId, into: HouseholdId | null, } | { "do": "write_record", unit: DivisionCode, record?: RecordId, kind: RecordKind, fields: { [key in string]: FieldValue }, } | { "do": "void_record", unit: DivisionCode, record: RecordId, reason: string, } | { "do": "sync_now" };

export type CountReason = "counts" | "not_in_person" | "not_registered" | "outside_tenure" | "returned" | "withdrawn" | "voided" | "awaiting_receipt" | "not_finished" | "not_a_duty";

export type Counts = "counts" | "voided" | "records_exist" | "figure_exists";

export type CreditView = { entry: EntrySummary, reason: CountReason, 
/**
 * What it lacks that is `not_finished`.
 */
shortfall: Shortfall | null, };

export type DeadLetter = { at: Moment, 
/**
 * What the gate said; nothing when the person had no right to write there.
 */
refusal: GateRefusal | null, 
/**
 * What the township wrote when it dismissed the change.
 */
dismissed: string | null, command: Command, 
/**
 * What was written, when the command itself does not hold it.
 */
fields: { [key in string]: FieldValue } | null, 
/**
 * The issues that it would have raised.
 */
issues: Array<{ [key in string]: FieldValue }>, };

export type Deed = { name: string, state: string, };

export type DeviceId = string;

export type Division = { code: DivisionCode, name: string, };

export type DivisionCode = string;

export type DraftView = { id: EntryId, kind: EntryKind, fields: { [key in string]: FieldValue }, errors: Array<FieldError>, saved_at: Moment, 
/**
 * What it raises when it is recorded.
 */
issues: Array<IssueDraft>, 
/**
 * Rises whenever something from another device was taken over.
 */
revision: number, 
/**
 * By field, what another device wrote without knowing of the value shown.
 */
others: { [key in string]: Array<FieldValue> }, 
/**
 * It became an entry on another device: these are the fields that were written here and are not in it.
 */
amends: boolean, 
/**
 * It stays on this device: the server would not take it, or it was thrown away elsewhere.
 */
alone: boolean, };

export type DutyReason = "owed" | "partial_under_half" | "no_workdays" | "on_leave" | "excused" | "under_six_months" | "not_this_role";

export type DutyState = "not_owed" | "done" | "ahead" | "open" | "undone";

export type DutyView = { state: DutyState, 
/**
 * Entries of the period that count.
 */
done: number, 
/**
 * Over the tenure so far.
 */
tally: Tally, kind: EntryKind, 
/**
 * `2015-W38`, `2015-09`, `2015-Q4`, `2015-H2` or `tenure-year-1`.
 */
period: string, 
/**
 * First and last day of the period by the calendar, not clipped to the tenure.
 */
from: string, to: string, owed: boolean, reason: DutyReason, window: Window, days: AvailableDays, 
/**
 * Below so many available days it is not owed; the yearly three do not ask for days.
 */
days_min: number | null, 
/**
 * The version of the policy it follows.
 */
policy: number, };

export type Effect = { "effect": "commit", writes: Array<Write>, } | { "effect": "note", writes: Array<Write>, } | { "effect": "answer", ticket: number, outcome: Outcome, } | { "effect": "changed" } | { "effect": "more_to_open" } | { "effect": "send", request: number, access_token: string, body: Uint8Array, } | { "effect": "wake", after_ms: number, };

export type EndReason = "completed" | "reassigned" | "recalled" | "illness" | "other";

export type EntriesView = { entries: Array<EntrySummary>, };

export type EntryAction = "amend" | "withdraw" | "answer" | "confirm" | "return" | "question" | "void" | "restore";

export type EntryId = string;

export type EntryKind = "visit" | "lesson" | "activity" | "summary" | "deed" | "research" | "report" | "leave" | "presence";

export type EntryState = "draft" | "on_device" | "submitted" | "returned" | "questioned" | "answered" | "confirmed" | "amended" | "deemed_read" | "withdrawn" | "voided";

export type EntrySummary = { id: EntryId, 
/**
 * The code of a kind, perhaps of one that only a newer version knows.
 */
kind: string, state: EntryState, 
/**
 * Some change of it has not reached the server.
 */
waiting: boolean, 
/**
 * It was returned or asked about, and its author has not answered.
 */
asked: boolean, occurred_on: string | null, 
/**
 * How far a deed or a leave is, by the code of its state.
 */
progress: string | null, 
/**
 * Heads of the households, the topic, theme, name, title or half; empty when nothing is filled in.
 */
title: string, author: string, village: Division | null, 
/**
 * The day it was made on the device.
 */
created_at: Moment | null, 
/**
 * Fields with more than one value.
 */
conflicts: number, 
/**
 * Of a draft: what keeps it from becoming an entry.
 */
errors: Array<FieldError>, };

export type EntryView = { 
/**
 * What a confirmation or a return is bound to.
 */
version: string, received_at: Moment | null, timeliness: Timeliness, counts: CountReason, fields: { [key in string]: FieldView }, 
/**
 * The households of a visit, in the order of the field.
 */
households: Array<HouseholdView>, 
/**
 * The visits that a research report rests on, as far as they are here, in the order of the field.
 */
visits: Array<EntrySummary>, 
/**
 * What the core had counted when a summary or a report was recorded.
 */
facts: Facts | null, 
/**
 * What was raised with it.
 */
issues: Array<IssueSummary>, 
/**
 * For a reviewer: an earlier entry of the same author and kind that is written almost like this one.
 */
alike: EntrySummary | null, 
/**
 * Oldest first.
 */
events: Array<EventView>, may: Array<EntryAction>, 
/**
 * The last day on which this person may restore it.
 */
restorable_until: string | null, 
/**
 * What is to be answered: the return, or the question, that waits for the author.
 */
to_answer: EventId | null, 
/**
 * This person's own confirmation, return or question of the version as it stands, which may still be undone.
 */
undoable: EventId | null, 
/**
 * Of leave: how far it is.
 */
leave: LeaveRequestView | null, 
/**
 * The next entry that awaits review, in the same village or else in the next, for a reviewer going through them.
 */
next: EntryId | null, id: EntryId, 
/**
 * The code of a kind, perhaps of one that only a newer version knows.
 */
kind: string, state: EntryState, 
/**
 * Some change of it has not reached the server.
 */
waiting: boolean, 
/**
 * It was returned or asked about, and its author has not answered.
 */
asked: boolean, occurred_on: string | null, 
/**
 * How far a deed or a leave is, by the code of its state.
 */
progress: string | null, 
/**
 * Heads of the households, the topic, theme, name, title or half; empty when nothing is filled in.
 */
title: string, author: string, village: Division | null, 
/**
 * The day it was made on the device.
 */
created_at: Moment | null, 
/**
 * Fields with more than one value.
 */
conflicts: number, 
/**
 * Of a draft: what keeps it from becoming an entry.
 */
errors: Array<FieldError>, };

export type Event = { "event": "open", seed: Uint8Array, rows: Array<Row>, } | { "event": "signed_in", identity: Identity, tokens: Tokens, } | { "event": "command", ticket: number, command: Command, } | { "event": "committed" } | { "event": "not_committed" } | { "event": "go_on" } | { "event": "woken" } | { "event": "nudge" } | { "event": "reply", request: number, body: Uint8Array, 
/**
 * Whether the body came to its end.
 */
whole: boolean, } | { "event": "no_reply", request: number, trouble: SyncTrouble, };

export type EventId = string;

export type EventView = { 
/**
 * Of what was said of the entry; what `Answer` refers to.
 */
id: EventId | null, by: string, at: Moment, 
/**
 * It speaks of the version as it stands; of a withdrawal and a void: the entry is taken back by it.
 */
current: boolean, 
/**
 * It was undone or restored since, or never took effect.
 */
undone: boolean, 
/**
 * Of a writing of the entry itself: another was made at the same time, without either knowing of the other. What they
 * wrote to different fields stands together; of one field both values do.
 */
parallel: boolean, } & ({ "what": "recorded" } | { "what": "amended", fields: Array<string>, } | { "what": "confirmed", 
/**
 * Of a report: what the township thinks of it; empty where it did not say.
 */
opinion: string, } | { "what": "returned", reason: ReturnReason | null, comment: string, comments: { [key in string]: string }, } | { "what": "questioned", comment: string, comments: { [key in string]: string }, } | { "what": "answered", text: string, } | { "what": "withdrawn", text: string, } | { "what": "voided", reason: VoidReason | null, text: string, } | { "what": "restored" } | { "what": "undone" });

export type ExcusalBasis = "few_days" | "on_duty" | "illness" | "emergency" | "other";

export type ExcusalView = { basis: ExcusalBasis, note: string, 
/**
 * The name of who excused it; empty where it is not known here.
 */
by: string, 
/**
 * What `TakeBackExcusal` names, where this person may take it back.
 */
undoable: EventId | null, };

export type Facts = { from: string, to: string, 
/**
 * Entries by the code of their kind; none is not listed.
 */
entries: { [key in string]: number }, 
/**
 * Different households visited.
 */
households: number, deeds: Array<Deed>, issues_raised: number, issues_ended: number, 
/**
 * Raised by the last day and not ended by then.
 */
issues_open: number, };

export type Field = { name: string, need: Need, } & ({ "type": "text", chars_max: number, lines: Lines, } | { "type": "choice", codes: Array<string>, } | { "type": "choices", codes: Array<string>, } | { "type": "number", max: number, } | { "type": "day" } | { "type": "any_day" } | { "type": "month" } | { "type": "half" } | { "type": "facts", chars_max: number, } | { "type": "households" } | { "type": "visits" } | { "type": "place" } | { "type": "places" });

export type FieldChange = { field: string, before: FieldValue, after: FieldValue, };

export type FieldError = { field: string, fault: FieldFault, };

export type FieldFault = "missing" | "too_long" | "not_a_number" | "out_of_range" | "not_a_day" | "after_today" | "before_it_begins" | "unknown_choice" | "unknown_household" | "unknown_visit" | "unknown_place" | "too_many" | "too_many_places" | "unknown_field" | "repeated" | "ambiguous" | "counted_from_records" | "figure_exists";

export type FieldValue = number | string;

export type FieldView = { value: FieldValue, by: string, at: Moment, 
/**
 * Values written at the same time without knowing of this one; `Amend` with one of them restores it.
 */
others: Array<OtherValue>, 
/**
 * It is made of what was written in two places at the same time, of a long text.
 */
merged: boolean, 
/**
 * What the return or the question that waits for an answer says of this field.
 */
comment: string | null, };

export type FormView = { kind: EntryKind, fields: Array<Field>, today: string, village: Division | null, households: Array<HouseholdView>, 
/**
 * What a new one begins with.
 */
begin: { [key in string]: FieldValue }, 
/**
 * The halves that a summary may be of, newest first.
 */
halves: Array<string>, 
/**
 * One's own visits that a research report may rest on, newest first.
 */
visits: Array<EntrySummary>, 
/**
 * The form of an issue that is raised with it.
 */
issue: Array<Field>, };

export type GateRefusal = "too_large" | "not_a_change" | "checksum" | "unknown_column" | "too_many_ops" | "too_many_actors" | "too_many_dependencies" | "forged_actor" | "seq_gap" | "seq_reused" | "own_change_not_seen" | "unknown_dependency" | "wrong_start_op" | "message" | "extra_bytes" | "not_canonical" | "empty" | "unknown_operation" | "unknown_object" | "bad_key" | "repeated_key" | "wrong_predecessors" | "unknown_value" | "value_too_large" | "not_writable" | "event_rewritten" | "document_full" | "library" | "wrong_time" | "too_many_branches";

export type HomeView = { today: string, person: Person, posts: Array<Post>, village: Division | null, 
/**
 * The tenure there is over for so long that of the village only what this person wrote is here.
 */
left: boolean, tenure: Tenure | null, 
/**
 * What is due of each of the seven kinds, in their order: the period that runs, owed or not, and before it what may
 * still be done of an earlier one. Empty for those who owe nothing.
 */
duties: Array<DutyView>, drafts: number, 
/**
 * Entries returned or asked about, and not yet answered; those that were returned first.
 */
to_answer: Array<EntrySummary>, 
/**
 * For a reviewer: entries awaiting review.
 */
awaiting_review: number, sync: SyncView, };

export type HouseholdDetail = { today: string, village: Division, household: HouseholdView, fields: { [key in string]: FieldView }, form: Array<Field>, 
/**
 * Records that are this household too.
 */
merged: Array<HouseholdView>, 
/**
 * The household that this one is the same as.
 */
merged_into: HouseholdView | null, 
/**
 * The standing that it has when it is kept again.
 */
kept_as: string, 
/**
 * Newest first.
 */
timeline: Array<TimelineItem>, may_write: boolean, may_verify: boolean, };

export type HouseholdId = string;

export type HouseholdView = { id: HouseholdId, head: string, group: string, number: string, members: number | null, status: string, standing: string, 
/**
 * The last visit to it in this village that is known here.
 */
visited_on: string | null, };

export type HouseholdsView = { village: Division, households: Array<HouseholdView>, };

export type Identity = { person: Person, device: DeviceId, };

export type ImportId = string;

export type ImportView = { id: ImportId, by: string, at: Moment, brought: number, changed: number, undone: boolean, 
/**
 * Households that it brought and that stay when it is undone: somebody wrote to them or visited them since.
 */
kept: number, };

export type IssueDraft = { id: IssueId, fields: { [key in string]: FieldValue }, errors: Array<FieldError>, };

export type IssueEvent = { by: string, at: Moment, 
/**
 * It was raised then.
 */
raised: boolean, fields: { [key in string]: FieldValue }, };

export type IssueId = string;

export type IssueSummary = { id: IssueId, 
/**
 * The entry it was raised with, which may not have come here yet.
 */
entry: EntryId | null, category: string, text: string, 
/**
 * The code of a state, perhaps of one that only a newer version knows.
 */
state: string, 
/**
 * It has come to its end.
 */
ended: boolean, level: string, handler: string, closed_on: string | null, 
/**
 * The heads of its households.
 */
households: Array<string>, raised_by: string, raised_at: Moment | null, 
/**
 * Some change of it has not reached the server.
 */
waiting: boolean, 
/**
 * Fields with more than one value.
 */
conflicts: number, };

export type IssueView = { village: Division, 
/**
 * The form it is amended with.
 */
form: Array<Field>, fields: { [key in string]: FieldView }, 
/**
 * The households it is about.
 */
about: Array<HouseholdView>, 
/**
 * Everything that was ever written of it, in the order in which people knew of each other's.
 */
history: Array<IssueEvent>, may_amend: boolean, today: string, id: IssueId, 
/**
 * The entry it was raised with, which may not have come here yet.
 */
entry: EntryId | null, category: string, text: string, 
/**
 * The code of a state, perhaps of one that only a newer version knows.
 */
state: string, 
/**
 * It has come to its end.
 */
ended: boolean, level: string, handler: string, closed_on: string | null, 
/**
 * The heads of its households.
 */
households: Array<string>, raised_by: string, raised_at: Moment | null, 
/**
 * Some change of it has not reached the server.
 */
waiting: boolean, 
/**
 * Fields with more than one value.
 */
conflicts: number, };

export type IssuesView = { village: Division, 
/**
 * Those that have not ended first, each part newest first.
 */
issues: Array<IssueSummary>, };

export type LeaveDecision = { entry: EntryId, version: string, approved: boolean, by: PersonId, at: Moment, 
/**
 * Why; empty where nothing was to be said.
 */
note: string, };

export type LeaveKind = "personal" | "sick" | "annual" | "family" | "on_duty" | "other";

export type LeaveRequestView = { 
/**
 * Calendar days.
 */
days: number, 
/**
 * Its length is the county's to approve, after the township has agreed.
 */
for_county: boolean, step: LeaveStep, 
/**
 * Who approved or declined it, and what they wrote; empty before.
 */
by: string, note: string, };

export type LeaveStep = "asked" | "forwarded" | "approved" | "declined";

export type LeaveView = { 
/**
 * The name of who approved it; empty where it is not known here.
 */
approved_by_name: string, kind: LeaveKind, from: string, to: string, 
/**
 * Its days count as days in the village 驻村天数; duties do not ask.
 */
counts_as_present: boolean, 
/**
 * Who approved it; a leave that nobody approved takes no day out.
 */
approved_by: PersonId | null, };

export type Lines = "one" | "several";

export type Moment = number;

export type Need = "required" | "optional";

export type OtherValue = { value: FieldValue, by: string, at: Moment, };

export type Outcome = { "outcome": "done", 
/**
 * The entry or draft it was about.
 */
entry: EntryId | null, household: HouseholdId | null, issue: IssueId | null, } | { "outcome": "refused", refusal: Refusal, };

export type Person = { id: PersonId, name: string, };

export type PersonId = string;

export type Post = { role: Role, division: DivisionCode, };

export type ProgrammeView = { unit: DivisionCode, 
/**
 * The kinds that the unit records.
 */
kinds: Array<RecordKind>, 
/**
 * By kind, of each kind the newest first.
 */
records: Array<RecordSummary>, };

export type Query = { "see": "home" } | { "see": "year", tenure: TenureId | null, } | { "see": "entries" } | { "see": "entry", entry: EntryId, } | { "see": "draft", entry: EntryId, } | { "see": "form", kind: EntryKind, like?: EntryId, } | { "see": "facts", kind: EntryKind, fields: { [key in string]: FieldValue }, } | { "see": "alike", entry: EntryId, } | { "see": "households", village: DivisionCode, } | { "see": "register", village: DivisionCode, } | { "see": "household", village: DivisionCode, household: HouseholdId, } | { "see": "register_rows", village: DivisionCode, rows: Array<RegisterRow>, } | { "see": "issues", village: DivisionCode, } | { "see": "issue", issue: IssueId, } | { "see": "programme", unit: DivisionCode, } | { "see": "programme_record", unit: DivisionCode, kind: RecordKind, record?: RecordId, } | { "see": "dictionary" } | { "see": "queue" } | { "see": "reading", village: DivisionCode | null, } | { "see": "village", village: DivisionCode, } | { "see": "sync" } | { "see": "dead_letters" };

export type QueueView = { 
/**
 * The reviewer's villages by division code, also those with nothing to do.
 */
villages: Array<QueueVillage>, };

export type QueueVillage = { village: Division, 
/**
 * The first secretary in office.
 */
secretary: Person | null, 
/**
 * The tenure of that secretary.
 */
tenure: TenureId | null, 
/**
 * Oldest first.
 */
awaiting: Array<EntrySummary>, };

export type RecordId = string;

export type RecordKind = "science_head" | "exchange" | "village_official" | "session" | "leader" | "figure" | "target";

export type RecordSummary = { id: RecordId, unit: DivisionCode, kind: RecordKind, 
/**
 * A name, or what a session was about; empty for figures and targets.
 */
title: string, 
/**
 * The kind of training of a session, the indicator of a figure or a target: a code.
 */
of: string, 
/**
 * The first and the last day, month or year that it is of, as far as it says so.
 */
first: string, last: string, place: DivisionCode | null, 
/**
 * How many attended; the number of a figure or a target.
 */
amount: number | null, counts: Counts, conflicts: number, 
/**
 * Not yet on the server.
 */
waiting: boolean, };

export type RecordView = { unit: DivisionCode, kind: RecordKind, form: Array<Field>, 
/**
 * Nothing for a new one.
 */
summary: RecordSummary | null, fields: { [key in string]: FieldView }, 
/**
 * Why it was taken out.
 */
voided: string, 
/**
 * The units that a record may be about: the unit itself, where its name is known, and those below.
 */
places: Array<Division>, 
/**
 * Everything that was ever written of it.
 */
history: Array<IssueEvent>, today: string, };

export type Reference = { posts: Array<Post>, 
/**
 * Those villages of the posts where the tenure is over for so long that only what the person wrote stays here.
 */
left: Array<DivisionCode>, 
/**
 * The villages whose documents this device holds.
 */
villages: Array<Division>, tenures: Array<Tenure>, people: Array<Person>, calendar: Calendar, 
/**
 * The versions of the policy 口径 that were imported, over the built-in one.
 */
policies: unknown[], 
/**
 * Leave and excusals of these tenures. What a newer server knows of them and this version does not is passed over.
 */
leaves: Array<TenureLeave>, excusals: Array<TenureExcusal>, 
/**
 * What the county decided of leave that was asked for in these tenures' logs.
 */
decisions: Array<LeaveDecision>, 
/**
 * The documents that follow on an erasure, in their generation as it is; every other one is in its first.
 */
generations: string[], 
/**
 * Households that were erased: nothing on this device may name them any more.
 */
erased: Array<HouseholdId>, };

export type Refusal = { "code": "fields", errors: Array<FieldError>, } | { "code": "not_found" } | { "code": "not_allowed" } | { "code": "no_tenure" } | { "code": "version_changed" } | { "code": "already_reviewed" } | { "code": "withdrawn" } | { "code": "voided" } | { "code": "not_reviewed" } | { "code": "restore_too_late" } | { "code": "text_too_long" } | { "code": "for_the_county" } | { "code": "issues_too_many" } | { "code": "rows_too_many" } | { "code": "comment_missing" } | { "code": "not_stored" } | { "code": "not_open" };

export type RegisterRow = { household: HouseholdId | null, fields: { [key in string]: FieldValue }, };

export type RegisterView = { today: string, village: Division, 
/**
 * Those that are no longer kept (`inactive`) too.
 */
households: Array<HouseholdView>, 
/**
 * Pairs that may be one household.
 */
twins: Array<[HouseholdId, HouseholdId]>, 
/**
 * Newest first.
 */
imports: Array<ImportView>, fields: Array<Field>, may_write: boolean, 
/**
 * May make 待核 registered.
 */
may_verify: boolean, };

export type Requirement = "dated_in_window" | "recorded_in_time" | "in_person" | "registered_household" | "organised_in_branch" | "own_record" | "achieved" | "finished_in_year" | "text_or_file" | "received_by_township";

export type ReturnReason = "wrong_date" | "outside_tenure" | "not_registered" | "duplicate" | "too_brief" | "too_private" | "other";

export type Role = "first_secretary" | "team_member" | "township_reviewer" | "county" | "city" | "administrator" | "auditor";

export type Row = { key: string, value: Uint8Array, };

export type RowVerdict = "new" | "changed" | "same" | "faulty";

export type RowView = { verdict: RowVerdict, household: HouseholdId | null, changes: Array<FieldChange>, errors: Array<FieldError>, };

export type Shortfall = "attended_only" | "not_achieved" | "no_finish_day" | "no_text" | "too_early" | "too_late" | "recorded_late";

export type SyncTrouble = "offline" | "server" | "signed_out" | "revoked" | "too_old" | "unreadable";

export type SyncView = { sending: boolean, 
/**
 * Changes not yet on the server.
 */
waiting: number, 
/**
 * When the oldest of them was made.
 */
waiting_since: Moment | null, 
/**
 * Changes that the server keeps aside until the township decides about them.
 */
parked: number, synced_at: Moment | null, trouble: SyncTrouble | null, 
/**
 * The first sync of this device has come to its end.
 */
complete: boolean, dead_letters: number, 
/**
 * Documents that could not be read and are being fetched anew.
 */
troubled_documents: number, };

export type Tally = { done: number, owed: number, excused: number, };

export type Tenure = { id: TenureId, person: PersonId, role: TenureRole, division: DivisionCode, 
/**
 * The year the batch 批次 was sent, with its name: "2015".
 */
batch: string, arrived: string, planned_end: string, ended: string | null, reason: EndReason | null, };

export type TenureExcusal = { tenure: TenureId, kind: EntryKind, 
/**
 * The period's name: `2015-W38`, `2015-09`, `2015-Q4`, `2015-H2`, `tenure-year-1`.
 */
period: string, basis: ExcusalBasis, by: PersonId, note: string, };

export type TenureId = string;

export type TenureLeave = { tenure: TenureId, kind: LeaveKind, from: string, to: string, 
/**
 * Its days count as days in the village 驻村天数; duties do not ask.
 */
counts_as_present: boolean, 
/**
 * Who approved it; a leave that nobody approved takes no day out.
 */
approved_by: PersonId | null, };

export type TenureRole = "first_secretary" | "team_member";

export type TimelineItem = { what: TimelineKind, by: string, 
/**
 * The day it was, for what has one of its own.
 */
on: string | null, 
/**
 * When it was written.
 */
at: Moment, };

export type TimelineKind = { "what": "visited", entry: EntryId, mode: string, } | { "what": "raised", issue: IssueId, category: string, state: string, } | { "what": "added", imported: boolean, } | { "what": "changed", changes: Array<FieldChange>, imported: boolean, } | { "what": "merged", into: string, } | { "what": "parted" };

export type Timeliness = "on_time" | "late" | "very_late" | "unknown";

export type Tokens = { access_token: string, 
/**
 * How long the access token is good for, from when it was given.
 */
access_token_s: number, refresh_token: string, };

export type View = { "view": "home" } & HomeView | { "view": "year" } & YearView | { "view": "entries" } & EntriesView | { "view": "entry" } & EntryView | { "view": "draft" } & DraftView | { "view": "form" } & FormView | { "view": "households" } & HouseholdsView | { "view": "register" } & RegisterView | { "view": "household" } & HouseholdDetail | { "view": "register_rows", rows: Array<RowView>, } | { "view": "issues" } & IssuesView | { "view": "issue" } & IssueView | { "view": "programme" } & ProgrammeView | { "view": "programme_record" } & RecordView | { "view": "facts" } & Facts | { "view": "alike", entry: EntrySummary | null, } | { "view": "dictionary", dictionary: "2015" | "2021", } | { "view": "queue" } & QueueView | { "view": "reading", entries: Array<EntryView>, 
/**
 * How many wait beside these.
 */
more: number, } | { "view": "sync" } & SyncView | { "view": "dead_letters", letters: Array<DeadLetter>, } | { "view": "not_found" };

export type VoidReason = "duplicate" | "wrong_subject" | "not_held" | "other";

export type Window = { 
/**
 * The first and the last day that the work may be dated.
 */
opens: string, closes: string, 
/**
 * The last day on which its record may be made; a visit may be written down at any time.
 */
record_by: string | null, };

export type Write = { key: string, value: Uint8Array | null, };

export type YearRow = { kind: EntryKind, 
/**
 * Over the tenure so far.
 */
tally: Tally, requires: Array<Requirement>, 
/**
 * Every period that the tenure touches, in order.
 */
cells: Array<AccountView>, 
/**
 * Entries of the kind that lie in no period of the tenure.
 */
astray: Array<CreditView>, };

export type YearView = { today: string, tenure: Tenure, person: string, village: Division | null, 
/**
 * One for each of the seven kinds, in their order.
 */
rows: Array<YearRow>, };
