//! The entries of the logs at hand, read once and kept until the log or its review changes: a reviewer's phone holds a
//! year of twenty villages, and every screen asks for all of them.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use super::Replica;
use crate::clock::Moment;
use crate::contract::EntryState;
use crate::division::DivisionCode;
use crate::document::{Container, Document, DocumentId, Record};
use crate::entry::EntryKind;
use crate::id::{EntryId, EventId, TenureId};
use crate::ledger::{self, Said, Side};
use crate::tenure::Tenure;

/// A tenure with its documents and the entries of its log.
pub(super) struct Tenured<'a> {
    pub tenure: &'a Tenure,
    pub log: DocumentId,
    pub review: DocumentId,
    pub entries: EntryList,
}

/// An entry with what was said of it.
pub(super) struct Found {
    pub id: EntryId,
    pub record: Record,
    pub said: Vec<Said>,
    pub version: String,
    pub state: EntryState,
    /// The return or the question that waits for its author.
    pub to_answer: Option<EventId>,
}

/// An entry as commands see it.
pub(super) struct AtHand {
    pub tenure: TenureId,
    pub entry: Arc<Found>,
}

type EntryList = Arc<Vec<Arc<Found>>>;
/// The names of heads of household by household id.
type Heads = Arc<BTreeMap<String, String>>;

/// What was read, with the revisions it was read from.
#[derive(Default)]
pub(super) struct Entries {
    logs: RefCell<BTreeMap<TenureId, KeptEntries>>,
    registers: RefCell<BTreeMap<DivisionCode, (u32, Heads)>>,
}

struct KeptEntries {
    log: u32,
    review: Option<u32>,
    entries: EntryList,
}

impl Replica {
    /// The log of a tenure, in the generation that is read and written.
    pub(super) fn log(&self, tenure: TenureId) -> DocumentId {
        self.reference.current(DocumentId::log(tenure))
    }

    pub(super) fn review(&self, tenure: TenureId) -> DocumentId {
        self.reference.current(DocumentId::review(tenure))
    }

    /// For whom this person speaks of the entries of a tenure.
    pub(super) fn side(&self, tenure: TenureId) -> Option<Side> {
        let sides = [(Side::Author, self.log(tenure)), (Side::Township, self.review(tenure))];
        sides.into_iter().find(|(_, document)| self.may_write(*document)).map(|(side, _)| side)
    }

    /// The document of a village, which holds its register.
    pub(super) fn register(&self, village: DivisionCode) -> DocumentId {
        self.reference.current(DocumentId::village(village))
    }

    /// Every tenure whose log is here, with those of its entries that this person reads.
    pub(super) fn tenured(&self) -> Vec<Tenured<'_>> {
        let tenures = self.reference.tenures.iter();
        let tenured = tenures.filter_map(|tenure| {
            let (log, review) = (self.log(tenure.id), self.review(tenure.id));
            let mut entries = self.entries_of(tenure)?;
            if let Some(came) = self.came_after(tenure) {
                entries =
                    Arc::new(entries.iter().filter(|found| self.is_for_successor(found, came)).cloned().collect());
            }
            Some(Tenured { tenure, log, review, entries })
        });
        tenured.collect()
    }

    /// The day on which this person came to the village of somebody else's tenure that had begun before. Who reviews there,
    /// or never worked there, came after nobody.
    fn came_after(&self, tenure: &Tenure) -> Option<Date> {
        let me = self.me().filter(|me| *me != tenure.person)?;
        let mine = self.reference.tenures.iter().filter(|one| (one.person, one.division) == (me, tenure.division));
        let came = mine.map(|one| one.arrived).min().filter(|came| tenure.arrived < *came)?;
        (!self.may_write(self.review(tenure.id))).then_some(came)
    }

    /// Whether somebody who came on a day reads an entry of another: all that was done since, and of what was done before the
    /// visits of so many months.
    fn is_for_successor(&self, found: &Found, came: Date) -> bool {
        let record = &found.record;
        let Some(day) = ledger::occurred_on(record).or_else(|| ledger::created_at(record).map(Moment::date)) else {
            return false;
        };
        let months = self.reference.policies.in_force(came).predecessor_months_max;
        let is_visit = ledger::kind(record) == Some(EntryKind::Visit);
        day >= came || (is_visit && day >= came.saturating_sub(i32::from(months).months()))
    }

    pub(super) fn entry_at_hand(&self, entry: EntryId) -> Option<AtHand> {
        self.tenured().into_iter().find_map(|tenured| {
            let found = tenured.entries.iter().find(|found| found.id == entry)?;
            Some(AtHand { tenure: tenured.tenure.id, entry: found.clone() })
        })
    }

    fn entries_of(&self, tenure: &Tenure) -> Option<EntryList> {
        let log = self.documents.get(&self.log(tenure.id))?;
        let review = self.documents.get(&self.review(tenure.id));
        let review_revision = review.map(|review| review.revision);
        let mut kept = self.entries.logs.borrow_mut();
        if let Some(kept) = kept.get(&tenure.id)
            && kept.log == log.revision
            && kept.review == review_revision
        {
            return Some(kept.entries.clone());
        }
        let entries = Arc::new(read(&log.document, review.map(|review| &review.document)));
        let fresh = KeptEntries { log: log.revision, review: review_revision, entries: entries.clone() };
        kept.insert(tenure.id, fresh);
        Some(entries)
    }

    /// The heads of a village's households.
    pub(super) fn heads(&self, village: DivisionCode) -> Heads {
        let Some(held) = self.documents.get(&self.register(village)) else { return Heads::default() };
        let mut kept = self.entries.registers.borrow_mut();
        if let Some((revision, heads)) = kept.get(&village)
            && *revision == held.revision
        {
            return heads.clone();
        }
        let records = held.document.records(Container::Households).into_iter();
        let head = |record: Record| (record.text("head").unwrap_or_default().to_owned(), record.key);
        let heads: Heads = Arc::new(records.map(head).map(|(head, key)| (key, head)).collect());
        kept.insert(village, (held.revision, heads.clone()));
        heads
    }
}

fn read(log: &Document, review: Option<&Document>) -> Vec<Arc<Found>> {
    let mut said = ledger::said_by_entry(log, review);
    let found = |record: Record| {
        let id: EntryId = record.key.parse().ok()?;
        let said = said.remove(&id).unwrap_or_default();
        let version = ledger::version(&record);
        let state = ledger::state(&version, &said);
        let to_answer = ledger::to_answer(&version, &said).map(|said| said.id);
        Some(Arc::new(Found { id, record, said, version, state, to_answer }))
    };
    log.records(Container::Entries).into_iter().filter_map(found).collect()
}
