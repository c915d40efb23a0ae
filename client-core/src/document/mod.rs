//! Documents: what merges. Each is one automerge document with a written-down shape (`shape`), a constant beginning
//! (`genesis`) and an index of its changes (`history`) by which the gate judges new ones. Only this room and the gate
//! know automerge; everybody else sees records with fields.
mod genesis;
mod history;
mod name;
mod record;
mod renew;
mod settle;
mod shape;

use std::collections::BTreeSet;

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, Change, ChangeHash, ObjId, ROOT, ReadDoc};
use sha2::{Digest, Sha256};

pub use genesis::{SCHEMA, genesis_change};
pub(crate) use history::History;
pub use history::Made;
pub use name::{Actor, DocumentId, DocumentKind, Incarnation, Owner, Year, keeps_programme};
pub use record::{Record, Value};
pub use renew::{Keep, Renewed, Wrote, each_write, renew, writes_to};
pub use shape::{Container, Writing};

use settle::Settled;

use crate::clock::Moment;
use crate::field::{FieldValue, NUMBER_MAX};

/// Operations one document may hold; past it the gate refuses, long before counters or memory are in danger.
pub const DOCUMENT_OPS_MAX: u64 = 1_000_000;
/// The last time a change may bear, in seconds since 1970: the end of the year 9999. automerge keeps times as
/// differences, and panics or loses count where one overflows.
pub const TIME_S_MAX: i64 = 253_402_300_799;

/// One document in memory.
#[derive(Clone)]
pub struct Document {
    id: DocumentId,
    automerge: Automerge,
    history: History,
}

/// A document that is not what was written: the caller forgets it and fetches it anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken(pub String);

impl core::fmt::Display for Broken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "the document is broken: {}", self.0)
    }
}

impl core::error::Error for Broken {}

/// A change by its place: whose, which of theirs, and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub actor: Actor,
    pub seq: u64,
    pub hash: [u8; 32],
}

/// A change this replica has just made, as it will travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalChange {
    pub hash: [u8; 32],
    pub seq: u64,
    pub bytes: Vec<u8>,
}

impl Document {
    /// The document before anyone wrote to it; byte-identical everywhere.
    pub fn begin(id: DocumentId) -> Self {
        let automerge = genesis::begin(id.kind());
        let history = History::of(&automerge);
        Document { id, automerge, history }
    }

    /// A document from a snapshot that `save` made.
    pub fn load(id: DocumentId, snapshot: &[u8]) -> Result<Self, Broken> {
        Self::restore(id, Some(snapshot), [])
    }

    /// A document from what a store of our own keeps: a snapshot, if there is one, and raw changes after it, some of
    /// which it may hold already. What was judged when it came is not judged again, only taken in, if its checksum says
    /// that it is what was stored: automerge does not ask.
    pub fn restore(
        id: DocumentId,
        snapshot: Option<&[u8]>,
        changes: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<Self, Broken> {
        let mut automerge = match snapshot {
            Some(bytes) => Automerge::load(bytes).map_err(|error| Broken(error.to_string()))?,
            None => genesis::begin(id.kind()),
        };
        if automerge.get_change_meta_by_hash(&genesis::hash(id.kind())).is_none() {
            return Err(Broken("it does not begin with the genesis of its kind".to_owned()));
        }
        let changes: Vec<Change> = changes
            .into_iter()
            .map(|bytes| {
                if !is_whole(&bytes) {
                    return Err(Broken("the checksum of a stored change is not that of its bytes".to_owned()));
                }
                Change::from_bytes(bytes).map_err(|error| Broken(error.to_string()))
            })
            .collect::<Result<_, _>>()?;
        let hashes: Vec<ChangeHash> = changes.iter().map(Change::hash).collect();
        automerge.apply_changes(changes).map_err(|error| Broken(error.to_string()))?;
        if hashes.iter().any(|hash| automerge.get_change_meta_by_hash(hash).is_none()) {
            return Err(Broken("a stored change was not taken in".to_owned()));
        }
        let history = History::of(&automerge);
        Ok(Document { id, automerge, history })
    }

    /// Whether two changes were made without knowing of each other.
    pub fn are_beside(&self, one: (Actor, u64), other: (Actor, u64)) -> bool {
        let (one, other) = ((&ActorId::from(one.0.0), one.1), (&ActorId::from(other.0.0), other.1));
        self.history.are_beside(one, other)
    }

    /// The hash that a change chunk has, if it is one: over all behind its magic and checksum.
    pub fn hash_of(chunk: &[u8]) -> Option<[u8; 32]> {
        chunk.get(8..).map(|hashed| Sha256::digest(hashed).into())
    }

    pub fn save(&self) -> Vec<u8> {
        self.automerge.save()
    }

    pub fn id(&self) -> DocumentId {
        self.id
    }

    pub fn heads(&self) -> Vec<[u8; 32]> {
        let mut heads: Vec<_> = self.automerge.get_heads().iter().map(|hash| hash.0).collect();
        heads.sort_unstable();
        heads
    }

    /// Whether a change with this hash is part of the document.
    pub fn has(&self, hash: [u8; 32]) -> bool {
        self.history.get(&ChangeHash(hash)).is_some()
    }

    /// How many changes it holds, the genesis included.
    pub fn count(&self) -> usize {
        self.history.count()
    }

    /// Every change after the genesis, as raw bytes, dependencies first.
    pub fn changes(&self) -> Vec<Vec<u8>> {
        let genesis = genesis::hash(self.id.kind());
        self.automerge.get_changes(&[genesis]).iter().map(|change| change.raw_bytes().to_vec()).collect()
    }

    /// The raw bytes of one change.
    pub fn change(&self, hash: &[u8]) -> Option<Vec<u8>> {
        let hash = ChangeHash(hash.try_into().ok()?);
        self.automerge.get_change_by_hash(&hash).map(|change| change.raw_bytes().to_vec())
    }

    /// The changes of one actor, as hash and sequence number, in their order.
    pub fn line(&self, actor: Actor) -> Vec<([u8; 32], u64)> {
        let hashes = self.history.line_of(&actor.into());
        hashes.iter().zip(1..).map(|(hash, seq)| (hash.0, seq)).collect()
    }

    /// The sequence number of a change that is part of the document.
    pub fn seq_of(&self, hash: [u8; 32]) -> Option<u64> {
        self.history.get(&ChangeHash(hash)).map(|made| made.seq)
    }

    /// Every change after the genesis, dependencies first.
    pub fn order(&self) -> Vec<Written> {
        let genesis = genesis::hash(self.id.kind());
        let written = |meta: automerge::ChangeMetadata<'_>| {
            let actor = Actor::try_from(&*meta.actor).ok()?;
            Some(Written { actor, seq: meta.seq, hash: meta.hash.0 })
        };
        self.automerge.get_changes_meta(&[genesis]).into_iter().filter_map(written).collect()
    }

    /// The last change of each actor, as actor, sequence number and hash.
    pub fn ends(&self) -> Vec<Written> {
        self.history.ends()
    }

    /// The same document as it was when these changes were its heads. Changes that are not there are passed over.
    pub(crate) fn at(&self, heads: &[[u8; 32]]) -> Result<Self, Broken> {
        let hashes: Vec<ChangeHash> = heads.iter().map(|hash| ChangeHash(*hash)).collect();
        let seen = self.history.seen_at(&hashes);
        self.made_of(|hash| self.history.get(hash).is_some_and(|made| made.within(&seen)))
    }

    /// What a change was made on.
    pub(crate) fn causes(&self, hash: [u8; 32]) -> Vec<[u8; 32]> {
        let meta = self.automerge.get_change_meta_by_hash(&ChangeHash(hash));
        meta.map_or_else(Vec::new, |meta| meta.deps.iter().map(|hash| hash.0).collect())
    }

    /// What an actor had seen when it made a change: of each actor the last change, itself among them.
    pub fn seen_by(&self, actor: Actor, seq: u64) -> Vec<(Actor, u64)> {
        let at = usize::try_from(seq).ok().and_then(|seq| seq.checked_sub(1));
        let hash = at.and_then(|at| self.history.line_of(&actor.into()).get(at).copied());
        hash.map_or_else(Vec::new, |hash| self.history.seen_actors(&[hash]))
    }

    /// The same document without some changes; nothing that stays may build on them.
    pub(crate) fn without(&self, hashes: &BTreeSet<Vec<u8>>) -> Result<Self, Broken> {
        self.made_of(|hash| !hashes.contains(&hash.0[..]))
    }

    /// The same document with those of its changes that are wanted, whose causes have to be among them.
    fn made_of(&self, is_wanted: impl Fn(&ChangeHash) -> bool) -> Result<Self, Broken> {
        let mut document = Document::begin(self.id);
        let genesis = genesis::hash(self.id.kind());
        let changes = self.automerge.get_changes(&[genesis]).into_iter();
        changes.filter(|change| is_wanted(&change.hash())).try_for_each(|change| document.apply(change))?;
        Ok(document)
    }

    pub(crate) fn automerge(&self) -> &Automerge {
        &self.automerge
    }

    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    /// The last sequence number of an actor here; 0 if it has written nothing.
    pub fn last_seq(&self, actor: Actor) -> u64 {
        self.history.last_seq(&actor.into())
    }

    /// Takes in a change that was made, as this device, in a copy of the document as it was before.
    pub(crate) fn join(&mut self, change: &LocalChange) -> Result<(), Broken> {
        let change = Change::from_bytes(change.bytes.clone()).map_err(|error| Broken(error.to_string()))?;
        self.apply(change)
    }

    /// Takes in a change that the gate has judged.
    pub(crate) fn apply(&mut self, change: Change) -> Result<(), Broken> {
        let hash = change.hash();
        self.automerge.apply_changes([change]).map_err(|error| Broken(error.to_string()))?;
        let meta = self.automerge.get_change_meta_by_hash(&hash);
        let meta = meta.ok_or_else(|| Broken("a judged change was not taken in".to_owned()))?;
        self.history.push(&meta);
        Ok(())
    }

    /// Makes one change as `actor`; a clock that is out of its mind is held at the edge of what the gate takes. Nothing
    /// is made when `write` wrote nothing.
    pub fn write(&mut self, actor: Actor, now: Moment, write: impl FnOnce(&mut Writer<'_, '_>)) -> Option<LocalChange> {
        self.automerge.set_actor(ActorId::from(actor));
        let mut transaction = self.automerge.transaction();
        let mut writer = Writer { transaction: &mut transaction, settled: Vec::new() };
        write(&mut writer);
        let settled = writer.settled;
        let options = CommitOptions::default().with_time(now.0.div_euclid(1000).clamp(0, TIME_S_MAX));
        let (hash, _) = transaction.commit_with(options);
        let mut change = self.automerge.get_change_by_hash(&hash?)?;
        if let Some(made) = settle::settle(&change, &settled) {
            let before = self.without(&BTreeSet::from([change.hash().0.to_vec()]));
            *self = before.expect("nothing builds on what was just made");
            self.automerge.apply_changes([made.clone()]).expect("it writes what the transaction wrote");
            change = made;
        }
        let meta = self.automerge.get_change_meta_by_hash(&change.hash())?;
        self.history.push(&meta);
        Some(LocalChange { hash: change.hash().0, seq: change.seq(), bytes: change.raw_bytes().to_vec() })
    }
}

/// The narrow verbs by which commands write. A record's key is made once; its fields are set one by one.
pub struct Writer<'a, 'd> {
    transaction: &'a mut Transaction<'d>,
    /// Where one of several values was written again.
    settled: Vec<Settled>,
}

impl Writer<'_, '_> {
    /// Makes a record with its first fields; one that is there already is not replaced, only set.
    pub fn record<'f>(
        &mut self,
        container: Container,
        key: &str,
        fields: impl IntoIterator<Item = (&'f str, FieldValue)>,
    ) {
        let parent = self.container(container);
        let there = self.transaction.get(&parent, key).expect("a container of the genesis is a map");
        let record = match there.filter(|(value, _)| value.is_object()) {
            Some((_, object)) => object,
            None => {
                let made = self.transaction.put_object(&parent, key, automerge::ObjType::Map);
                made.expect("a container of the genesis takes maps")
            }
        };
        for (name, value) in fields {
            self.put(&record, name, value);
        }
    }

    /// Sets a field of a record that exists; where it was made twice, also in the others that have the field.
    pub fn set(&mut self, record: &Record, name: &str, value: FieldValue) {
        for (at, object) in record.objects.iter().enumerate() {
            if at == 0 || matches!(self.transaction.get(object, name), Ok(Some(_))) {
                self.settled.extend(Settled::of(self.transaction, object, name));
                self.put(object, name, value.clone());
            }
        }
    }

    /// Sets a field of a container that is itself a record.
    pub fn field(&mut self, container: Container, name: &str, value: FieldValue) {
        let object = self.container(container);
        self.settled.extend(Settled::of(self.transaction, &object, name));
        self.put(&object, name, value);
    }

    fn container(&self, container: Container) -> ObjId {
        container_object(&*self.transaction, container).expect("a command names containers of the document's kind")
    }

    fn put(&mut self, object: &ObjId, name: &str, value: FieldValue) {
        let done = match value {
            FieldValue::Number(number) => self.transaction.put(object, name, number.clamp(-NUMBER_MAX, NUMBER_MAX)),
            FieldValue::Text(text) => self.transaction.put(object, name, text),
        };
        done.expect("a record of the document takes scalars");
    }
}

/// Whether a change chunk is what its checksum was made of.
fn is_whole(chunk: &[u8]) -> bool {
    let hash = Document::hash_of(chunk);
    hash.is_some_and(|hash| chunk[4..8] == hash[..4])
}

/// The object of a container, if the document's kind has it. Its key is in the genesis and nobody may write it again, so
/// there is never more than one.
fn container_object(doc: &impl ReadDoc, container: Container) -> Option<ObjId> {
    let found = doc.get(ROOT, container.key()).expect("the root is a map");
    found.map(|(_, object)| object)
}
