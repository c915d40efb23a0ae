//! A document as this device holds it: the document itself, what the server said of its changes, and where on the disk
//! its changes lie.
use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::row;
use crate::clock::Moment;
use crate::document::{Actor, Broken, Document, DocumentId, LocalChange, Writer};
use crate::gate::{Author, GateRefusal, Pass, judge};
use crate::host::Write;
use crate::id::PersonId;

/// Change rows after which they are rolled into a snapshot at the next opening.
const TAIL_ROWS_MAX: usize = 200;

pub(super) struct Held {
    pub document: Document,
    pub people: BTreeMap<Actor, PersonId>,
    pub received: BTreeMap<(Actor, u64), Moment>,
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
    people: Vec<(ByteVec, PersonId)>,
    #[n(2)]
    received: Vec<(ByteVec, u64, Moment)>,
    #[n(3)]
    next_number: u32,
}

/// What became of a change that came from the server.
pub(super) enum Taken {
    New(Write),
    Known,
}

impl Held {
    pub fn begin(id: DocumentId) -> Self {
        Self::around(Document::begin(id))
    }

    fn around(document: Document) -> Self {
        Held { document, people: BTreeMap::new(), received: BTreeMap::new(), next_number: 0, revision: 0 }
    }

    /// A document from its rows: a snapshot, if there is one, and the changes after it in the order they were stored.
    pub fn open(id: DocumentId, snapshot: Option<&[u8]>, tail: &[(u32, row::ChangeRow)]) -> Result<Self, Broken> {
        let mut held = match snapshot {
            None => Self::begin(id),
            Some(bytes) => Self::from_snapshot(id, bytes)?,
        };
        for (number, row) in tail {
            held.admit(&row.change, row.person, row.received_at).map_err(|refusal| Broken(refusal.to_string()))?;
            held.next_number = held.next_number.max(number + 1);
        }
        Ok(held)
    }

    fn from_snapshot(id: DocumentId, bytes: &[u8]) -> Result<Self, Broken> {
        let row: SnapshotRow = minicbor::decode(bytes).map_err(|error| Broken(error.to_string()))?;
        let mut held = Self::around(Document::load(id, &row.document)?);
        let actor = |bytes: &ByteVec| bytes[..].try_into().ok().map(Actor);
        held.people = row.people.iter().filter_map(|(bytes, person)| Some((actor(bytes)?, *person))).collect();
        held.received = row.received.iter().filter_map(|(bytes, seq, at)| Some(((actor(bytes)?, *seq), *at))).collect();
        held.next_number = row.next_number;
        Ok(held)
    }

    /// Takes in a change from the server and says what to write.
    pub fn take(&mut self, change: &[u8], person: Option<PersonId>, received_at: Moment) -> Result<Taken, GateRefusal> {
        if !self.admit(change, person, Some(received_at))? {
            return Ok(Taken::Known);
        }
        let row = row::ChangeRow { change: change.to_vec().into(), received_at: Some(received_at), person };
        Ok(Taken::New(self.put_change(&row)))
    }

    /// The write for a change row under the next number.
    pub fn put_change(&mut self, row: &row::ChangeRow) -> Write {
        let write = row::put_cbor(&row::change_key(self.document.id(), self.next_number), row);
        self.next_number += 1;
        write
    }

    fn admit(
        &mut self,
        change: &[u8],
        person: Option<PersonId>,
        received_at: Option<Moment>,
    ) -> Result<bool, GateRefusal> {
        let Pass::New(judged) = judge(&self.document, Author::Anyone, change)? else { return Ok(false) };
        let (actor, seq) = (judged.actor(), judged.seq());
        judged.apply(&mut self.document).map_err(|_| GateRefusal::Library)?;
        self.revision += 1;
        if let Some(person) = person {
            self.people.insert(actor, person);
        }
        if let Some(at) = received_at {
            self.received.insert((actor, seq), at);
        }
        Ok(true)
    }

    /// Makes one change; nothing when `write` wrote nothing.
    pub fn write(&mut self, actor: Actor, now: Moment, write: impl FnOnce(&mut Writer<'_, '_>)) -> Option<LocalChange> {
        self.revision += 1;
        self.document.write(actor, now, write)
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
            people: self.people.iter().map(|(actor, person)| (actor.0.to_vec().into(), *person)).collect(),
            received: self.received.iter().map(|((actor, seq), at)| (actor.0.to_vec().into(), *seq, *at)).collect(),
            next_number: self.next_number,
        };
        let mut writes = vec![row::put_cbor(&row::snapshot_key(id), &row)];
        writes.extend(tail.iter().map(|number| row::delete(row::change_key(id, *number))));
        writes
    }
}
