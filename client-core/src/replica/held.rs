//! A document as this device holds it: the document itself, what the server said of its changes, and where on the disk
//! its changes lie.
use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::row;
use crate::clock::Moment;
use crate::document::{Actor, Broken, Document, DocumentId, LocalChange, Writer};
use crate::gate::{Author, Judged, Pass, judge};
use crate::host::Write;
use crate::id::PersonId;
use crate::wire::{Bundle, Receipt, place_of};

/// Change rows after which they are rolled into a snapshot at the next opening.
const TAIL_ROWS_MAX: usize = 200;

/// What the server said of a change: who stands behind its actor, when it came, and on the last of those that were
/// accepted together the first of them and their receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Said {
    #[n(0)]
    pub received_at: Option<Moment>,
    #[n(1)]
    pub person: Option<PersonId>,
    #[n(2)]
    pub receipt: Option<(u64, Receipt)>,
}

pub(super) struct Held {
    pub document: Document,
    pub people: BTreeMap<Actor, PersonId>,
    /// When the server received each change.
    pub received: BTreeMap<(Actor, u64), Moment>,
    /// The receipts of changes accepted together, by the last of them, with the sequence number of the first.
    pub receipts: BTreeMap<(Actor, u64), (u64, Receipt)>,
    /// The number of the next change row.
    pub next_number: u32,
    /// Rises with every change of the document, for what is derived from it and kept.
    pub revision: u32,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct SnapshotRow {
    #[n(0)]
    document: ByteVec,
    #[n(1)]
    people: Vec<(Actor, PersonId)>,
    #[n(2)]
    received: Vec<(Actor, u64, Moment)>,
    #[n(3)]
    next_number: u32,
    #[n(4)]
    receipts: Vec<(Actor, u64, u64, Receipt)>,
}

impl Held {
    pub fn begin(id: DocumentId) -> Self {
        Self::around(Document::begin(id))
    }

    /// A document begun anew, while commands that are to be done again still stand under numbers below `number`.
    pub fn begin_at(id: DocumentId, number: u32) -> Self {
        Held { next_number: number, ..Self::begin(id) }
    }

    fn around(document: Document) -> Self {
        Held {
            document,
            people: BTreeMap::new(),
            received: BTreeMap::new(),
            receipts: BTreeMap::new(),
            next_number: 0,
            revision: 0,
        }
    }

    /// A document from its rows: a snapshot, if there is one, and the changes after it. The gate judged them when they came;
    /// here they only have to be whole (docs/decisions/0025).
    pub fn open(id: DocumentId, snapshot: Option<&[u8]>, tail: &[(u32, row::ChangeRow)]) -> Result<Self, Broken> {
        let row: Option<SnapshotRow> =
            snapshot.map(minicbor::decode).transpose().map_err(|error| Broken(error.to_string()))?;
        let changes = tail.iter().map(|(_, row)| row.change.to_vec());
        let document = Document::restore(id, row.as_ref().map(|row| &row.document[..]), changes)?;
        let mut held = Self::around(document);
        if let Some(row) = row {
            held.people = row.people.into_iter().collect();
            held.received = row.received.into_iter().map(|(actor, seq, at)| ((actor, seq), at)).collect();
            held.receipts =
                row.receipts.into_iter().map(|(actor, seq, first, receipt)| ((actor, seq), (first, receipt))).collect();
            held.next_number = row.next_number;
        }
        for (number, row) in tail {
            // A change that stands in two rows: what was said of it came later.
            place_of(&row.change).inspect(|place| held.note(*place, row.said));
            held.next_number = held.next_number.max(number + 1);
        }
        Ok(held)
    }

    /// Takes in changes from the server, as far as the gate lets them, and adds what to write. Of one's own that `waits` for
    /// its ack nothing is noted.
    pub fn take(
        &mut self,
        bundle: &Bundle,
        waits: impl Fn(&[u8]) -> bool,
        writes: &mut Vec<Write>,
    ) -> Result<(), Broken> {
        let broken = |why: &dyn core::fmt::Display| Broken(why.to_string());
        let changes = bundle.line.changes().map_err(|unreadable| broken(&unreadable))?;
        let last = changes.len().saturating_sub(1);
        for (at, change) in changes.iter().enumerate() {
            let judged = match judge(&self.document, Author::Anyone, change).map_err(|refusal| broken(&refusal))? {
                Pass::New(judged) => Some(judged),
                Pass::Duplicate => None,
            };
            let Some(place) = place_of(change) else { continue };
            let receipt = (at == last).then(|| (place.1.saturating_sub(last as u64), bundle.receipt));
            let said = Said { received_at: Some(bundle.received_at), person: Some(bundle.person), receipt };
            match judged {
                Some(judged) => self.admit(*judged, said)?,
                None if self.received.contains_key(&place) || waits(change) => continue,
                None => self.note(place, said),
            }
            writes.push(self.put_change(&row::ChangeRow { change: change.clone().into(), said }));
        }
        Ok(())
    }

    /// The write for a change row under the next number.
    pub fn put_change(&mut self, row: &row::ChangeRow) -> Write {
        let write = row::put_cbor(&row::change_key(self.document.id(), self.next_number), row);
        self.next_number += 1;
        write
    }

    fn admit(&mut self, judged: Judged, said: Said) -> Result<(), Broken> {
        let place = (judged.actor(), judged.seq());
        judged.apply(&mut self.document)?;
        self.revision += 1;
        self.note(place, said);
        Ok(())
    }

    /// Keeps in memory what the server said of a change.
    pub fn note(&mut self, place: (Actor, u64), said: Said) {
        if let Some(person) = said.person {
            self.people.insert(place.0, person);
        }
        if let Some(at) = said.received_at {
            self.received.insert(place, at);
        }
        if let Some(receipt) = said.receipt {
            self.receipts.insert(place, receipt);
        }
    }

    /// Makes one change; nothing when `write` wrote nothing.
    pub fn write(&mut self, actor: Actor, now: Moment, write: impl FnOnce(&mut Writer<'_, '_>)) -> Option<LocalChange> {
        self.revision += 1;
        self.document.write(actor, now, write)
    }

    /// Makes one change on what the document was at some of its changes. What this actor wrote before is always seen.
    pub fn write_at(
        &mut self,
        actor: Actor,
        now: Moment,
        base: &[[u8; 32]],
        write: impl FnOnce(&mut Writer<'_, '_>),
    ) -> Option<LocalChange> {
        let own = self.document.line(actor).pop().map(|(last, _)| last);
        let base: Vec<[u8; 32]> = base.iter().copied().chain(own).collect();
        let at = self.document.at(&base).ok().filter(|at| at.heads() != self.document.heads());
        let Some(mut at) = at else { return self.write(actor, now, write) };
        let change = at.write(actor, now, write)?;
        self.document.join(&change).ok()?;
        self.revision += 1;
        Some(change)
    }

    /// Goes back to before some of one's own changes that nobody else has seen.
    pub fn forget(&mut self, hashes: &BTreeSet<Vec<u8>>) -> Result<(), Broken> {
        self.document = self.document.without(hashes)?;
        self.revision += 1;
        Ok(())
    }

    /// The writes that roll the tail into a snapshot, if it has grown long. A snapshot that does not load to the same
    /// heads is not written; then the rows stay as they are.
    pub fn roll_up(&self, tail: &[u32]) -> Vec<Write> {
        if tail.len() <= TAIL_ROWS_MAX {
            return Vec::new();
        }
        let id = self.document.id();
        let bytes = self.document.save();
        if Document::load(id, &bytes).map(|loaded| loaded.heads()) != Ok(self.document.heads()) {
            return Vec::new();
        }
        let row = SnapshotRow {
            document: bytes.into(),
            people: self.people.iter().map(|(actor, person)| (*actor, *person)).collect(),
            received: self.received.iter().map(|((actor, seq), at)| (*actor, *seq, *at)).collect(),
            next_number: self.next_number,
            receipts: self.receipts.iter().map(|((actor, seq), (first, it))| (*actor, *seq, *first, *it)).collect(),
        };
        let mut writes = vec![row::put_cbor(&row::snapshot_key(id), &row)];
        writes.extend(tail.iter().map(|number| row::delete(row::change_key(id, *number))));
        writes
    }
}
