//! Reading a log and its review together: what an entry's version is, what was said of it, and where it stands. Pure,
//! and used by both sides: the phone for its screens, the server for its read model.
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::clock::{Moment, add_days};
use crate::contract::EntryState;
use crate::document::{Actor, Container, Document, Record};
use crate::duty::{
    self, Body, Claim, ClockFacts, CountReason, DeedState, Held, Matter, Policies, Receipt, Register, Standing,
    Timeliness, VisitMode, Work,
};
use crate::entry::{
    ACHIEVED, ATTENDED, BODY, EntryKind, FINISHED, FORM, FROM, HALF, IN_PERSON, LEAVE_KIND, MODE, OCCURRED_ON,
    REPORTED_BACK, STATE, TO,
};
use crate::excusal::ExcusalBasis;
use crate::field::FieldValue;
use crate::id::{EntryId, EventId};
use crate::leave::{Leave, LeaveDecision, LeaveKind, LeaveStep};
use crate::review::{RESTORE_DAYS, ReturnReason, VoidReason};
use crate::tenure::Tenure;

/// Fields of an entry that are not on its form.
pub const KIND: &str = "kind";
pub const CREATED_AT: &str = "created_at";
/// Fields of events.
pub(crate) const ENTRY: &str = "entry";
pub(crate) const VERDICT: &str = "verdict";
pub(crate) const CONFIRMED: &str = "confirmed";
pub(crate) const RETURNED: &str = "returned";
pub(crate) const QUESTIONED: &str = "questioned";
pub(crate) const VOIDED: &str = "voided";
pub(crate) const RESTORED: &str = "restored";
/// The verdict that takes a duty out, and what it names: it is of no entry.
pub(crate) const EXCUSED: &str = "excused";
pub(crate) const DUTY: &str = "duty";
pub(crate) const PERIOD: &str = "period";
pub(crate) const BASIS: &str = "basis";
pub(crate) const VERSION: &str = "version";
pub(crate) const REASON: &str = "reason";
pub(crate) const COMMENT: &str = "comment";
/// What the township thinks of a report that it received.
pub(crate) const OPINION: &str = "opinion";
pub(crate) const COMMENT_ON: &str = "comment:";
pub(crate) const EVENT: &str = "event";
pub(crate) const TEXT: &str = "text";
pub(crate) const DAY: &str = "day";

/// The version of an entry: the first 16 bytes, in hex, of SHA-256 over its fields in order, all conflicting values
/// included. What a confirmation or a return is bound to. Who comes back from leave needs nobody's leave again, so that day
/// is no part of it.
pub fn version(record: &Record) -> String {
    let mut hash = Sha256::new();
    let mut text = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for (name, values) in record.fields.iter().filter(|(name, _)| name.as_str() != REPORTED_BACK) {
        text(name.as_bytes());
        let mut values: Vec<&FieldValue> = values.iter().map(|value| &value.value).collect();
        values.sort();
        values.dedup();
        for value in values {
            match value {
                FieldValue::Number(number) => text(&[b"n", &number.to_be_bytes()[..]].concat()),
                FieldValue::Text(string) => text(&[b"t", string.as_bytes()].concat()),
            }
        }
        text(b"");
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Who speaks: a log is written by its author alone, a review by the township alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Author,
    Township,
}

/// One event about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub id: EventId,
    pub entry: EntryId,
    pub side: Side,
    pub what: What,
    pub actor: Actor,
    pub seq: u64,
    pub at: Moment,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Confirmed {
        version: String,
        /// Of a report: what the township thinks of it 处理意见; empty where it did not say.
        opinion: String,
    },
    Returned {
        version: String,
        reason: Option<ReturnReason>,
        comment: String,
        comments: BTreeMap<String, String>,
    },
    /// Asked about, without a word on whether it is right: it counts as before.
    Questioned {
        version: String,
        comment: String,
        comments: BTreeMap<String, String>,
    },
    /// Of a return or a question.
    Answered {
        event: EventId,
        text: String,
    },
    /// `on`: the day by which the days are counted in which it may be restored.
    Withdrawn {
        text: String,
        on: Date,
    },
    Voided {
        reason: Option<VoidReason>,
        text: String,
        on: Date,
    },
    /// Undoes one withdrawal or void, or a review that was a slip.
    Restored {
        event: EventId,
    },
}

impl What {
    fn is_review(&self) -> bool {
        matches!(self, What::Confirmed { .. } | What::Returned { .. })
    }

    /// The version a review or a question speaks of.
    pub fn version(&self) -> Option<&str> {
        match self {
            What::Confirmed { version, .. } | What::Returned { version, .. } | What::Questioned { version, .. } => {
                Some(version)
            }
            What::Answered { .. } | What::Withdrawn { .. } | What::Voided { .. } | What::Restored { .. } => None,
        }
    }
}

/// The event a record of these containers is; `None` for one this version cannot read.
pub fn said(container: Container, record: &Record) -> Option<Said> {
    let text = |name: &str| record.text(name).unwrap_or_default().to_owned();
    let made = record.latest()?;
    let on = || record.text(DAY).and_then(|day| day.parse().ok()).unwrap_or_else(|| made.at.date());
    let voided = || {
        let reason = record.text(REASON).and_then(VoidReason::from_code);
        What::Voided { reason, text: text(TEXT), on: on() }
    };
    let comments = || {
        let on_field = |name: &String| Some((name.strip_prefix(COMMENT_ON)?.to_owned(), text(name)));
        // An erasure leaves an empty one where it took one out.
        record.fields.keys().filter_map(on_field).filter(|(_, comment)| !comment.is_empty()).collect()
    };
    let restored = || Some(What::Restored { event: record.text(EVENT)?.parse().ok()? });
    let what = match container {
        Container::Events => match record.text(VERDICT)? {
            CONFIRMED => What::Confirmed { version: text(VERSION), opinion: text(OPINION) },
            RETURNED => {
                let reason = record.text(REASON).and_then(ReturnReason::from_code);
                What::Returned { version: text(VERSION), reason, comment: text(COMMENT), comments: comments() }
            }
            QUESTIONED => What::Questioned { version: text(VERSION), comment: text(COMMENT), comments: comments() },
            VOIDED => voided(),
            RESTORED => restored()?,
            _ => return None,
        },
        Container::Answers => What::Answered { event: record.text(EVENT)?.parse().ok()?, text: text(TEXT) },
        Container::Withdrawals => match record.text(VERDICT) {
            None => What::Withdrawn { text: text(TEXT), on: on() },
            Some(VOIDED) => voided(),
            Some(RESTORED) => restored()?,
            Some(_) => return None,
        },
        _ => return None,
    };
    Some(Said {
        id: record.key.parse().ok()?,
        entry: record.text(ENTRY)?.parse().ok()?,
        side: if container == Container::Events { Side::Township } else { Side::Author },
        what,
        actor: made.actor,
        seq: made.seq,
        at: made.at,
    })
}

/// All events of a log and its review, by entry, each entry's in the order of their ids (which is that of their time).
pub fn said_by_entry(log: &Document, review: Option<&Document>) -> BTreeMap<EntryId, Vec<Said>> {
    let mut all: BTreeMap<EntryId, Vec<Said>> = BTreeMap::new();
    let of = |document: &Document, container| -> Vec<Said> {
        document.records(container).iter().filter_map(|record| said(container, record)).collect()
    };
    let log_events = [Container::Answers, Container::Withdrawals].into_iter().flat_map(|kind| of(log, kind));
    let review_events = review.map(|review| of(review, Container::Events)).unwrap_or_default();
    for said in log_events.chain(review_events) {
        all.entry(said.entry).or_default().push(said);
    }
    for events in all.values_mut() {
        events.sort_by_key(|said| said.id);
    }
    all
}

/// The withdrawals and voids by which an entry is taken back: each side restores its own, and a withdrawal yields to a
/// review that crossed it. A void yields to nothing, and is of the entry, whatever its version.
pub fn taken_back(said: &[Said]) -> impl Iterator<Item = &Said> {
    let reviewed = standing_reviews(said).next().is_some();
    let stands = move |said: &Said| match said.what {
        What::Withdrawn { .. } => !reviewed,
        What::Voided { .. } => true,
        _ => false,
    };
    let restored = restored(said);
    said.iter().filter(move |said| stands(said) && !restored.contains(&(said.side, said.id)))
}

/// The confirmations and returns that were not undone, in the order of ids.
pub fn standing_reviews(said: &[Said]) -> impl DoubleEndedIterator<Item = &Said> {
    standing_verdicts(said).filter(|said| said.what.is_review())
}

/// The confirmations, returns and questions that were not undone, in the order of ids.
pub fn standing_verdicts(said: &[Said]) -> impl DoubleEndedIterator<Item = &Said> {
    let restored = restored(said);
    said.iter().filter(move |said| said.what.version().is_some() && !restored.contains(&(said.side, said.id)))
}

/// What each side undid of its own.
fn restored(said: &[Said]) -> BTreeSet<(Side, EventId)> {
    let undone = said.iter().filter_map(|said| match said.what {
        What::Restored { event } => Some((said.side, event)),
        _ => None,
    });
    undone.collect()
}

/// The last day on which a side may restore what it took back; nothing when it took back nothing.
pub fn restorable_until(side: Side, said: &[Said]) -> Option<Date> {
    let on = |said: &Said| match said.what {
        What::Withdrawn { on, .. } | What::Voided { on, .. } => Some(on),
        _ => None,
    };
    let last = taken_back(said).filter(|said| said.side == side).filter_map(on).max()?;
    Some(add_days(last, RESTORE_DAYS))
}

/// An excusal that the township wrote in a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excused {
    pub id: EventId,
    pub kind: EntryKind,
    pub period: String,
    pub basis: ExcusalBasis,
    pub note: String,
    pub actor: Actor,
}

/// The excusal that a record of a review is; `None` for anything else.
pub fn excused(record: &Record) -> Option<Excused> {
    let text = |name: &str| record.text(name).unwrap_or_default();
    Some(Excused {
        id: record.key.parse().ok()?,
        kind: EntryKind::from_code(text(DUTY)).filter(|kind| text(VERDICT) == EXCUSED && kind.is_duty())?,
        period: text(PERIOD).to_owned(),
        basis: ExcusalBasis::from_code(text(BASIS)).unwrap_or(ExcusalBasis::Other),
        note: text(TEXT).to_owned(),
        actor: record.latest()?.actor,
    })
}

/// The excusal that a record of a review takes back; it is of no entry.
pub fn takes_back(record: &Record) -> Option<EventId> {
    let is_of_entry = record.text(ENTRY).is_some();
    (!is_of_entry && record.text(VERDICT) == Some(RESTORED)).then(|| record.text(EVENT)?.parse().ok()).flatten()
}

/// The excusals of a review that were not taken back, in the order of ids: of two for one duty the first is shown.
pub fn excusals(review: &Document) -> Vec<Excused> {
    let records = review.records(Container::Events);
    let undone: BTreeSet<EventId> = records.iter().filter_map(takes_back).collect();
    let mut excusals: Vec<Excused> =
        records.iter().filter_map(excused).filter(|excused| !undone.contains(&excused.id)).collect();
    excusals.sort_by_key(|excused| excused.id);
    excusals
}

/// The leave that an entry asks for, nobody having approved it; nothing for any other entry.
pub fn leave(record: &Record, policies: &Policies) -> Option<Leave> {
    kind(record).filter(|kind| *kind == EntryKind::Leave)?;
    let (from, to) = (record.text(FROM)?.parse().ok()?, record.text(TO)?.parse().ok()?);
    let kind = LeaveKind::from_code(record.text(LEAVE_KIND)?)?;
    let counts_as_present = policies.in_force(from).counts_as_present(kind);
    Some(Leave { kind, from, to, counts_as_present, approved_by: None })
}

/// The day of 销假: from then on an approved leave takes no day out.
pub fn reported_back(record: &Record) -> Option<Date> {
    record.text(REPORTED_BACK)?.parse().ok()
}

/// How far a leave is: the township agrees by confirming the version as it stands, and decides by that what is short.
pub fn leave_step(
    leave: &Leave,
    state: EntryState,
    version: &str,
    decision: Option<&LeaveDecision>,
    policies: &Policies,
) -> LeaveStep {
    let decision = decision.filter(|decision| decision.version == version);
    if state != EntryState::Confirmed {
        return LeaveStep::Asked;
    }
    match decision {
        _ if !policies.asks_county(leave) => LeaveStep::Approved,
        None => LeaveStep::Forwarded,
        Some(decision) if decision.approved => LeaveStep::Approved,
        Some(_) => LeaveStep::Declined,
    }
}

/// Where an entry stands, the server having all of it. `said` is in the order of ids.
pub fn state(version: &str, said: &[Said]) -> EntryState {
    if taken_back(said).any(|said| matches!(said.what, What::Voided { .. })) {
        return EntryState::Voided;
    }
    if taken_back(said).next().is_some() {
        return EntryState::Withdrawn;
    }
    let current = || standing_verdicts(said).filter(|said| said.what.version() == Some(version));
    let answer = |to: &Said| said.iter().find(|s| matches!(&s.what, What::Answered { event, .. } if *event == to.id));
    let questioned = current().any(|said| matches!(said.what, What::Questioned { .. }) && answer(said).is_none());
    // A return of this version stands beside a confirmation, until it is answered and then confirmed.
    let returned = current().rfind(|said| matches!(said.what, What::Returned { .. }));
    let confirmed = current().rfind(|said| matches!(said.what, What::Confirmed { .. }));
    if let Some(returned) = returned {
        return match (answer(returned), confirmed) {
            (None, _) => EntryState::Returned,
            (Some(answer), Some(confirmed)) if confirmed.id > answer.id => EntryState::Confirmed,
            (Some(_), _) if questioned => EntryState::Questioned,
            (Some(_), _) => EntryState::Answered,
        };
    }
    if confirmed.is_some() {
        return EntryState::Confirmed;
    }
    match standing_reviews(said).next_back().map(|said| &said.what) {
        // A report that the township has received stays received, whatever is asked about its amendment.
        Some(What::Confirmed { .. }) => EntryState::Amended,
        _ if questioned => EntryState::Questioned,
        Some(_) => EntryState::Answered,
        // It was asked about, and that was answered by words or by an amendment.
        None if standing_verdicts(said).next().is_some() => EntryState::Answered,
        None => EntryState::Submitted,
    }
}

/// What waits for the author's answer: the return of this version, or else a question about it. Nothing once it is
/// confirmed or taken back.
pub fn to_answer<'a>(version: &str, said: &'a [Said]) -> Option<&'a Said> {
    let state = state(version, said);
    if state == EntryState::Confirmed || state.is_taken_back() {
        return None;
    }
    let answered =
        |event: EventId| said.iter().any(|s| matches!(s.what, What::Answered { event: to, .. } if to == event));
    let open = |one: &&Said| one.what.version() == Some(version) && !answered(one.id);
    let of_return = |one: &&Said| matches!(one.what, What::Returned { .. });
    let open = || standing_verdicts(said).filter(open);
    open().rfind(of_return).or_else(|| open().rfind(|one| matches!(one.what, What::Questioned { .. })))
}

/// Whether and why an entry counts.
pub fn counts(
    record: &Record,
    state: EntryState,
    tenure: Option<&Tenure>,
    received_at: Option<Moment>,
    policies: &Policies,
) -> CountReason {
    let work = work(record, state, received_at, policies);
    match (work, tenure) {
        (Some(work), Some(tenure)) => duty::judge(&tenure.term(), policies, &work).reason(),
        // A kind that only a newer version knows, or a tenure that is not here.
        _ => match standing(state) {
            Standing::Withdrawn => CountReason::Withdrawn,
            Standing::Voided => CountReason::Voided,
            Standing::Returned => CountReason::Returned,
            _ if kind(record).is_some_and(|kind| !kind.is_duty()) => CountReason::NotADuty,
            _ if occurred_on(record).is_some_and(|day| tenure.is_some_and(|tenure| tenure.covers(day))) => {
                CountReason::Counts
            }
            _ => CountReason::OutsideTenure,
        },
    }
}

/// What an entry says to the duties of its kind; nothing for a kind that only a newer version knows.
pub fn claim(
    record: &Record,
    state: EntryState,
    tenure: &Tenure,
    received_at: Option<Moment>,
    policies: &Policies,
) -> Option<Claim> {
    let work = work(record, state, received_at, policies)?;
    Some(Claim::of(&tenure.term(), policies, &work))
}

/// What counting needs to know of an entry; nothing for a kind that only a newer version knows. The register is not in the
/// log.
pub fn work(record: &Record, state: EntryState, received_at: Option<Moment>, policies: &Policies) -> Option<Work> {
    let text = |name: &str| record.text(name).filter(|text| !text.is_empty());
    let day = |name: &str| text(name).and_then(|day| day.parse::<Date>().ok());
    let matter = match kind(record)? {
        EntryKind::Visit => {
            let in_person = text(MODE).is_some_and(|mode| IN_PERSON.contains(&mode));
            let mode = if in_person { VisitMode::InPerson } else { VisitMode::Remote };
            Matter::Visit { mode, register: Register::NotAtHand }
        }
        EntryKind::Lesson => {
            Matter::Lesson { held: if text(FORM) == Some(ATTENDED) { Held::Elsewhere } else { Held::InBranch } }
        }
        EntryKind::Activity => Matter::Activity,
        EntryKind::Summary => Matter::Summary { half: text(HALF).map(str::to_owned) },
        EntryKind::Deed => {
            let state = if text(STATE) == Some(ACHIEVED) { DeedState::Achieved } else { DeedState::Other };
            Matter::Deed { state, finished: day(FINISHED) }
        }
        EntryKind::Research => Matter::Research { body: text(BODY).map_or(Body::Empty, |_| Body::Written) },
        // What the township has confirmed it has; a later amendment takes that back from nobody.
        EntryKind::Report => {
            let received = matches!(state, EntryState::Confirmed | EntryState::Amended);
            Matter::Report { receipt: if received { Receipt::Received } else { Receipt::Awaited } }
        }
        EntryKind::Leave | EntryKind::Presence => return None,
    };
    let occurred_on = occurred_on(record);
    let made = made_at(record, &matter).filter(|made| {
        let policy = policies.in_force(occurred_on.unwrap_or_else(|| made.date()));
        ClockFacts { received_at, ..ClockFacts::default() }.is_plausible(policy, *made)
    });
    Some(Work {
        entry: record.key.parse().ok()?,
        occurred_on,
        made_on: made.map(Moment::date),
        standing: standing(state),
        matter,
    })
}

/// When its device made the entry what it is: a deed is written down long before it is achieved.
fn made_at(record: &Record, matter: &Matter) -> Option<Moment> {
    match matter {
        Matter::Deed { .. } => record.fields.get(STATE).and_then(|values| values.first()).map(|value| value.at),
        _ => created_at(record),
    }
}

fn standing(state: EntryState) -> Standing {
    match state {
        EntryState::Returned => Standing::Returned,
        EntryState::Withdrawn => Standing::Withdrawn,
        EntryState::Voided => Standing::Voided,
        _ => Standing::Good,
    }
}

pub fn kind(record: &Record) -> Option<EntryKind> {
    record.text(KIND).and_then(EntryKind::from_code)
}

pub fn occurred_on(record: &Record) -> Option<Date> {
    record.text(OCCURRED_ON)?.parse().ok()
}

pub fn created_at(record: &Record) -> Option<Moment> {
    record.number(CREATED_AT).map(Moment)
}

/// How late an entry was written by its own device, as far as the entry and its receipt tell.
pub fn timeliness(record: &Record, received_at: Option<Moment>, policies: &Policies) -> Timeliness {
    let Some(occurred) = occurred_on(record) else { return Timeliness::Unknown };
    let clock = ClockFacts { received_at, ..ClockFacts::default() };
    duty::timeliness(policies.in_force(occurred), Some(occurred), created_at(record), &clock)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::document::Value;

    fn event(id: u128, what: What) -> Said {
        let entry = EntryId(Uuid::from_u128(1));
        let side = if what.version().is_some() { Side::Township } else { Side::Author };
        Said { id: EventId(Uuid::from_u128(id)), entry, side, what, actor: Actor([0; 16]), seq: 1, at: Moment(0) }
    }

    fn confirmed(id: u128, version: &str) -> Said {
        event(id, What::Confirmed { version: version.to_owned(), opinion: String::new() })
    }

    fn returned(id: u128, version: &str) -> Said {
        let version = version.to_owned();
        let reason = Some(ReturnReason::TooBrief);
        event(id, What::Returned { version, reason, comment: String::new(), comments: BTreeMap::new() })
    }

    fn questioned(id: u128, version: &str) -> Said {
        let (version, comment) = (version.to_owned(), "什么时候办好？".to_owned());
        event(id, What::Questioned { version, comment, comments: BTreeMap::new() })
    }

    fn answered(id: u128, to: u128) -> Said {
        event(id, What::Answered { event: EventId(Uuid::from_u128(to)), text: "已补充".to_owned() })
    }

    fn withdrawn(id: u128) -> Said {
        event(id, What::Withdrawn { text: String::new(), on: jiff::civil::date(2016, 3, 1) })
    }

    fn voided(id: u128, side: Side) -> Said {
        let what = What::Voided { reason: None, text: String::new(), on: jiff::civil::date(2016, 3, 1) };
        Said { side, ..event(id, what) }
    }

    fn restored(id: u128, side: Side, of: u128) -> Said {
        Said { side, ..event(id, What::Restored { event: EventId(Uuid::from_u128(of)) }) }
    }

    #[test]
    fn a_confirmation_is_bound_to_the_version_that_was_read() {
        assert_eq!(state("v1", &[]), EntryState::Submitted);
        assert_eq!(state("v1", &[confirmed(1, "v1")]), EntryState::Confirmed);
        assert_eq!(state("v2", &[confirmed(1, "v1")]), EntryState::Amended);
        assert_eq!(state("v2", &[confirmed(1, "v1"), confirmed(2, "v2")]), EntryState::Confirmed);
    }

    #[test]
    fn a_return_and_a_confirmation_of_one_version_leave_the_return() {
        assert_eq!(state("v1", &[confirmed(1, "v1"), returned(2, "v1")]), EntryState::Returned);
        assert_eq!(state("v1", &[returned(1, "v1"), confirmed(2, "v1")]), EntryState::Returned);
    }

    #[test]
    fn a_return_is_answered_by_words_or_by_an_amendment() {
        assert_eq!(state("v1", &[returned(1, "v1"), answered(2, 1)]), EntryState::Answered);
        assert_eq!(state("v2", &[returned(1, "v1")]), EntryState::Answered);
        assert_eq!(state("v1", &[returned(1, "v1"), answered(2, 1), confirmed(3, "v1")]), EntryState::Confirmed);
        assert_eq!(state("v1", &[returned(1, "v1"), answered(2, 1), returned(3, "v1")]), EntryState::Returned);
    }

    #[test]
    fn a_question_waits_for_words_or_an_amendment_and_decides_nothing() {
        let asked = [questioned(1, "v1")];
        let with = |version: &str, more: &[Said]| state(version, &[&asked[..], more].concat());
        assert_eq!(with("v1", &[]), EntryState::Questioned);
        assert_eq!(with("v2", &[]), EntryState::Answered);
        assert_eq!(with("v1", &[answered(2, 1)]), EntryState::Answered);
        assert_eq!(with("v1", &[answered(2, 1), questioned(3, "v1")]), EntryState::Questioned);
        assert_eq!(with("v1", &[restored(2, Side::Township, 1)]), EntryState::Submitted);
        // Whatever decides about the entry decides whether it was asked about or not.
        assert_eq!(with("v1", &[confirmed(2, "v1")]), EntryState::Confirmed);
        assert_eq!(with("v1", &[returned(2, "v1")]), EntryState::Returned);
        assert_eq!(with("v1", &[returned(2, "v1"), answered(3, 2)]), EntryState::Questioned);
        assert_eq!(with("v1", &[returned(2, "v1"), answered(3, 2), answered(4, 1)]), EntryState::Answered);
        // An earlier confirmation is of an earlier version.
        let amended = [confirmed(1, "v1"), questioned(2, "v2")];
        assert_eq!(state("v2", &amended), EntryState::Amended);
        assert!(to_answer("v2", &amended).is_some());
        assert_eq!(state("v2", &[&amended[..], &[answered(3, 2)]].concat()), EntryState::Amended);
        // It is no review: a withdrawal yields to none.
        assert_eq!(with("v1", &[withdrawn(2)]), EntryState::Withdrawn);
        assert_eq!(with("v1", &[withdrawn(2), confirmed(3, "v1")]), EntryState::Confirmed);
    }

    #[test]
    fn what_was_returned_is_answered_before_what_was_asked() {
        let of = |said: &[Said]| to_answer("v1", said).map(|said| said.id.0.as_u128());
        let both = [returned(1, "v1"), questioned(2, "v1")];
        let with = |more: &[Said]| of(&[&both[..], more].concat());
        assert_eq!(with(&[]), Some(1));
        assert_eq!(with(&[answered(3, 1)]), Some(2));
        assert_eq!(with(&[answered(3, 1), answered(4, 2)]), None);
        assert_eq!(with(&[restored(3, Side::Township, 1)]), Some(2));
        assert_eq!(to_answer("v2", &both), None);
    }

    #[test]
    fn a_withdrawal_yields_to_a_review_that_crossed_it() {
        assert_eq!(state("v1", &[withdrawn(1)]), EntryState::Withdrawn);
        assert_eq!(state("v1", &[withdrawn(1), confirmed(2, "v1")]), EntryState::Confirmed);
    }

    #[test]
    fn a_void_stands_whatever_else_was_said_until_the_side_that_said_it_restores_it() {
        let (author, township) = (Side::Author, Side::Township);
        assert_eq!(state("v1", &[confirmed(1, "v1"), voided(2, author)]), EntryState::Voided);
        assert_eq!(state("v2", &[confirmed(1, "v1"), voided(2, author)]), EntryState::Voided);
        assert_eq!(state("v1", &[voided(1, township), returned(2, "v1")]), EntryState::Voided);
        for (by, other) in [(author, township), (township, author)] {
            let void = [confirmed(1, "v1"), voided(2, by)];
            let with = |more: Said| [void.to_vec(), vec![more]].concat();
            assert_eq!(state("v1", &with(restored(3, by, 2))), EntryState::Confirmed);
            assert_eq!(state("v2", &with(restored(3, by, 2))), EntryState::Amended);
            assert_eq!(state("v1", &with(restored(3, other, 2))), EntryState::Voided, "not theirs to restore");
            assert_eq!(state("v1", &with(restored(3, by, 1))), EntryState::Voided, "it names another event");
        }
    }

    #[test]
    fn each_void_is_restored_by_itself() {
        let (author, township) = (Side::Author, Side::Township);
        let both = [confirmed(1, "v1"), voided(2, author), voided(3, township)];
        let with = |more: &[Said]| state("v1", &[&both[..], more].concat());
        assert_eq!(with(&[]), EntryState::Voided);
        assert_eq!(with(&[restored(4, author, 2)]), EntryState::Voided);
        assert_eq!(with(&[restored(4, township, 3)]), EntryState::Voided);
        assert_eq!(with(&[restored(4, township, 3), restored(5, author, 2)]), EntryState::Confirmed);
        assert_eq!(with(&[restored(4, township, 3), restored(5, author, 2), voided(6, author)]), EntryState::Voided);
    }

    #[test]
    fn a_withdrawal_that_is_restored_waits_for_review_again() {
        let back = [withdrawn(1), restored(2, Side::Author, 1)];
        assert_eq!(state("v1", &back), EntryState::Submitted);
        assert_eq!(state("v1", &[&back[..], &[withdrawn(3)]].concat()), EntryState::Withdrawn);
        assert_eq!(state("v1", &[&back[..], &[confirmed(3, "v1")]].concat()), EntryState::Confirmed);
        assert_eq!(state("v1", &[withdrawn(1), restored(2, Side::Township, 1)]), EntryState::Withdrawn);
    }

    #[test]
    fn a_side_may_restore_for_thirty_days_what_it_took_back_itself() {
        let until = Some(jiff::civil::date(2016, 3, 31));
        let of = |said: &[Said]| [Side::Author, Side::Township].map(|side| restorable_until(side, said));
        assert_eq!(of(&[withdrawn(1)]), [until, None]);
        assert_eq!(of(&[confirmed(1, "v1"), voided(2, Side::Author)]), [until, None]);
        assert_eq!(of(&[confirmed(1, "v1"), voided(2, Side::Township)]), [None, until]);
        assert_eq!(of(&[withdrawn(1), confirmed(2, "v1")]), [None, None], "it is not taken back");
        assert_eq!(of(&[withdrawn(1), restored(2, Side::Author, 1)]), [None, None]);
    }

    const DAY_MS: i64 = 86_400_000;

    /// An entry of a kind, about 2016-05-10 and made so many days later, with fields of its own.
    fn record(kind: &str, days: i64, fields: &[(&str, &str)]) -> Record {
        let made = Moment::start_of(jiff::civil::date(2016, 5, 10)).plus_ms(days * DAY_MS);
        let value = |value: FieldValue| vec![Value { value, actor: Actor([0; 16]), seq: 1, at: made }];
        let mut all: BTreeMap<String, Vec<Value>> =
            fields.iter().map(|(name, text)| ((*name).to_owned(), value((*text).into()))).collect();
        all.insert(KIND.to_owned(), value(kind.into()));
        all.insert(CREATED_AT.to_owned(), value(made.0.into()));
        all.entry(OCCURRED_ON.to_owned()).or_insert_with(|| value("2016-05-10".into()));
        Record { key: Uuid::from_u128(1).to_string(), objects: Vec::new(), fields: all, merged: BTreeMap::new() }
    }

    fn counted(record: &Record, received_at: Option<Moment>) -> CountReason {
        counts(record, EntryState::Submitted, Some(&tenure()), received_at, &Policies::built_in())
    }

    fn tenure() -> Tenure {
        let date = jiff::civil::date;
        Tenure {
            id: crate::id::TenureId(Uuid::nil()),
            person: crate::id::PersonId(Uuid::nil()),
            role: crate::tenure::TenureRole::FirstSecretary,
            division: "621022103201".parse().expect("a village"),
            batch: "2015".to_owned(),
            arrived: date(2015, 9, 16),
            planned_end: date(2016, 9, 15),
            ended: None,
            reason: None,
        }
    }

    #[test]
    fn an_entry_of_each_kind_counts_by_its_own_fields() {
        for (kind, fields, reason) in [
            ("visit", vec![("mode", "home")], CountReason::Counts),
            ("visit", vec![("mode", "field")], CountReason::Counts),
            ("visit", vec![("mode", "phone")], CountReason::NotInPerson),
            ("visit", vec![], CountReason::NotInPerson),
            ("lesson", vec![("form", "joint"), ("lecturer", "superior")], CountReason::Counts),
            ("lesson", vec![], CountReason::Counts),
            ("lesson", vec![("form", "attended")], CountReason::NotFinished),
            ("activity", vec![("theme_day", "yes")], CountReason::Counts),
            ("summary", vec![("half", "2016-H1"), (OCCURRED_ON, "2016-06-20")], CountReason::Counts),
            ("summary", vec![("half", "2016-H1")], CountReason::NotFinished),
            ("deed", vec![("state", "achieved"), ("finished", "2016-05-01")], CountReason::Counts),
            ("deed", vec![("state", "achieved")], CountReason::NotFinished),
            ("deed", vec![("state", "under_way"), ("finished", "2016-05-01")], CountReason::NotFinished),
            ("research", vec![("body", "一")], CountReason::Counts),
            ("research", vec![("body", "")], CountReason::NotFinished),
            ("report", vec![("form", "written")], CountReason::AwaitingReceipt),
            ("poem", vec![], CountReason::Counts),
            ("poem", vec![(OCCURRED_ON, "2015-09-15")], CountReason::OutsideTenure),
        ] {
            assert_eq!(counted(&record(kind, 0, &fields), None), reason, "{kind} {fields:?}");
        }
    }

    #[test]
    fn a_report_counts_once_the_township_has_confirmed_it() {
        let report = record("report", 0, &[("form", "written")]);
        let counted = |state| match claim(&report, state, &tenure(), None, &Policies::built_in()) {
            Some(claim) => claim.reason,
            None => panic!("a report is of a known kind"),
        };
        assert_eq!(counted(EntryState::Submitted), CountReason::AwaitingReceipt);
        assert_eq!(counted(EntryState::Answered), CountReason::AwaitingReceipt);
        assert_eq!(counted(EntryState::Confirmed), CountReason::Counts);
        assert_eq!(counted(EntryState::Amended), CountReason::Counts);
        assert_eq!(counted(EntryState::Returned), CountReason::Returned);
    }

    #[test]
    fn a_clock_that_ran_ahead_of_the_server_makes_nothing_too_late() {
        let lesson = record("lesson", 400, &[]);
        assert_eq!(counted(&lesson, None), CountReason::NotFinished);
        let received = Moment::start_of(jiff::civil::date(2016, 5, 11));
        assert_eq!(counted(&lesson, Some(received)), CountReason::Counts);
        assert_eq!(timeliness(&lesson, Some(received), &Policies::built_in()), Timeliness::Unknown);
    }

    #[test]
    fn a_deed_is_made_when_it_is_said_to_be_achieved() {
        let mut deed = record("deed", 0, &[("state", "achieved"), ("finished", "2016-05-01")]);
        assert_eq!(counted(&deed, None), CountReason::Counts);
        let later = Moment::start_of(jiff::civil::date(2016, 10, 1));
        deed.fields.get_mut("state").expect("a state")[0].at = later;
        assert_eq!(counted(&deed, None), CountReason::NotFinished);
    }
}
