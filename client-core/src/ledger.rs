//! Reading a log and its review together: what an entry's version is, what was said of it, and where it stands. Pure,
//! and used by both sides: the phone for its screens, the server for its read model.
use std::collections::BTreeMap;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::clock::{Moment, date_to_day};
use crate::contract::{EntryState, Timeliness};
use crate::document::{Actor, Container, Document, Record};
use crate::duty::CountReason;
use crate::entry::{EntryKind, OCCURRED_ON};
use crate::field::FieldValue;
use crate::id::{EntryId, EventId};
use crate::review::ReturnReason;
use crate::tenure::Tenure;

/// Fields of an entry that are not on its form.
pub const KIND: &str = "kind";
pub const CREATED_AT: &str = "created_at";
/// Fields of events.
pub(crate) const ENTRY: &str = "entry";
pub(crate) const VERDICT: &str = "verdict";
pub(crate) const CONFIRMED: &str = "confirmed";
pub(crate) const RETURNED: &str = "returned";
pub(crate) const VERSION: &str = "version";
pub(crate) const REASON: &str = "reason";
pub(crate) const COMMENT: &str = "comment";
pub(crate) const COMMENT_ON: &str = "comment:";
pub(crate) const EVENT: &str = "event";
pub(crate) const TEXT: &str = "text";

/// The version of an entry: the first 16 bytes, in hex, of SHA-256 over its fields in order, all conflicting values
/// included. What a confirmation or a return is bound to.
pub fn version(record: &Record) -> String {
    let mut hash = Sha256::new();
    let mut text = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for (name, values) in &record.fields {
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

/// One event about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub id: EventId,
    pub entry: EntryId,
    pub what: What,
    pub actor: Actor,
    pub seq: u64,
    pub at: Moment,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Confirmed { version: String },
    Returned { version: String, reason: Option<ReturnReason>, comment: String, comments: BTreeMap<String, String> },
    Answered { event: EventId, text: String },
    Withdrawn { text: String },
}

impl What {
    fn is_review(&self) -> bool {
        matches!(self, What::Confirmed { .. } | What::Returned { .. })
    }

    /// The version a review speaks of.
    pub fn version(&self) -> Option<&str> {
        match self {
            What::Confirmed { version } | What::Returned { version, .. } => Some(version),
            What::Answered { .. } | What::Withdrawn { .. } => None,
        }
    }
}

/// The event a record of these containers is; `None` for one this version cannot read.
pub fn said(container: Container, record: &Record) -> Option<Said> {
    let text = |name: &str| record.text(name).unwrap_or_default().to_owned();
    let what = match container {
        Container::Events => match record.text(VERDICT)? {
            CONFIRMED => What::Confirmed { version: text(VERSION) },
            RETURNED => What::Returned {
                version: text(VERSION),
                reason: record.text(REASON).and_then(ReturnReason::from_code),
                comment: text(COMMENT),
                comments: record
                    .fields
                    .keys()
                    .filter_map(|name| Some((name.strip_prefix(COMMENT_ON)?.to_owned(), text(name))))
                    // An erasure leaves an empty one where it took one out.
                    .filter(|(_, comment)| !comment.is_empty())
                    .collect(),
            },
            _ => return None,
        },
        Container::Answers => What::Answered { event: record.text(EVENT)?.parse().ok()?, text: text(TEXT) },
        Container::Withdrawals => What::Withdrawn { text: text(TEXT) },
        _ => return None,
    };
    let made = record.latest()?;
    Some(Said {
        id: record.key.parse().ok()?,
        entry: record.text(ENTRY)?.parse().ok()?,
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

/// Where an entry stands, the server having all of it. `said` is in the order of ids.
pub fn state(version: &str, said: &[Said]) -> EntryState {
    let reviewed = said.iter().any(|said| said.what.is_review());
    if !reviewed && said.iter().any(|said| matches!(said.what, What::Withdrawn { .. })) {
        return EntryState::Withdrawn;
    }
    let current = || said.iter().filter(|said| said.what.version() == Some(version));
    // A return of this version stands beside a confirmation, until it is answered and then confirmed.
    let returned = current().rfind(|said| matches!(said.what, What::Returned { .. }));
    let confirmed = current().rfind(|said| matches!(said.what, What::Confirmed { .. }));
    if let Some(returned) = returned {
        let answered = said.iter().find(|s| matches!(&s.what, What::Answered { event, .. } if *event == returned.id));
        return match (answered, confirmed) {
            (None, _) => EntryState::Returned,
            (Some(answer), Some(confirmed)) if confirmed.id > answer.id => EntryState::Confirmed,
            (Some(_), _) => EntryState::Answered,
        };
    }
    if confirmed.is_some() {
        return EntryState::Confirmed;
    }
    match said.iter().rfind(|said| said.what.is_review()).map(|said| &said.what) {
        Some(What::Confirmed { .. }) => EntryState::Amended,
        Some(_) => EntryState::Answered,
        None => EntryState::Submitted,
    }
}

/// The return that an entry in the state `Returned` is in.
pub fn standing_return<'a>(version: &str, said: &'a [Said]) -> Option<&'a Said> {
    said.iter().rfind(|said| matches!(&said.what, What::Returned { version: of, .. } if of == version))
}

/// Whether and why an entry counts.
pub fn counts(record: &Record, state: EntryState, tenure: Option<&Tenure>) -> CountReason {
    match state {
        EntryState::Withdrawn => return CountReason::Withdrawn,
        EntryState::Returned => return CountReason::Returned,
        _ => {}
    }
    let inside = occurred_on(record).is_some_and(|day| tenure.is_some_and(|tenure| tenure.covers(day)));
    let in_person = matches!(record.text("mode"), Some("home" | "field"));
    if !inside {
        CountReason::OutsideTenure
    } else if kind(record) == Some(EntryKind::Visit) && !in_person {
        CountReason::NotInPerson
    } else {
        CountReason::Counts
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

/// How late an entry was written by its own device: up to 3 days is on time, up to 10 is 补录. A clock that puts the
/// making before the work, or more than 10 minutes after the server received it, tells nothing.
pub fn timeliness(record: &Record, received_at: Option<Moment>) -> Timeliness {
    const CLOCK_MS_MAX: i64 = 10 * 60 * 1000;
    let (Some(occurred), Some(created)) = (occurred_on(record), created_at(record)) else { return Timeliness::Unknown };
    let ahead = received_at.is_some_and(|received| created.0 > received.0.saturating_add(CLOCK_MS_MAX));
    let days = date_to_day(created.date()) - date_to_day(occurred);
    match days {
        _ if ahead => Timeliness::Unknown,
        0..=3 => Timeliness::OnTime,
        4..=10 => Timeliness::Late,
        11.. => Timeliness::VeryLate,
        _ => Timeliness::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn event(id: u128, what: What) -> Said {
        let entry = EntryId(Uuid::from_u128(1));
        Said { id: EventId(Uuid::from_u128(id)), entry, what, actor: Actor([0; 16]), seq: 1, at: Moment(0) }
    }

    fn confirmed(id: u128, version: &str) -> Said {
        event(id, What::Confirmed { version: version.to_owned() })
    }

    fn returned(id: u128, version: &str) -> Said {
        let version = version.to_owned();
        let reason = Some(ReturnReason::TooBrief);
        event(id, What::Returned { version, reason, comment: String::new(), comments: BTreeMap::new() })
    }

    fn answered(id: u128, to: u128) -> Said {
        event(id, What::Answered { event: EventId(Uuid::from_u128(to)), text: "已补充".to_owned() })
    }

    fn withdrawn(id: u128) -> Said {
        event(id, What::Withdrawn { text: String::new() })
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
    fn a_withdrawal_yields_to_a_review_that_crossed_it() {
        assert_eq!(state("v1", &[withdrawn(1)]), EntryState::Withdrawn);
        assert_eq!(state("v1", &[withdrawn(1), confirmed(2, "v1")]), EntryState::Confirmed);
    }
}
