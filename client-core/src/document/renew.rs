//! Renewal: a document written anew under the id of its next generation, for an erasure. Every change is made again by
//! the same actor, at the same time, on the same causes, with the same operations, so that what is kept keeps its author,
//! its time and whatever stood beside it. No phone can write under these actors: those of the new generation are derived
//! from its own id.
use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ObjId, ScalarValue};

use super::name::{Actor, DocumentId};
use super::shape::{Container, Writing};
use super::{Broken, Document, container_object, genesis};
use crate::clock::Moment;
use crate::field::FieldValue;

/// What of a document is kept.
pub trait Keep {
    fn keeps(&self, container: Container, key: &str) -> bool;
    /// What stands in the new document where this value was written; the value itself to keep it.
    fn value(&self, container: Container, key: &str, field: &str, value: &FieldValue) -> FieldValue;
}

/// A document that was written anew.
pub struct Renewed {
    pub document: Document,
    /// The new change by the hash of the old one; none for one that wrote nothing else than what was left out.
    pub changes: BTreeMap<[u8; 32], [u8; 32]>,
}

/// Writes a document anew as `next`. The same changes give the same bytes, in whatever order they came.
pub fn renew(old: &Document, next: DocumentId, keep: &dyn Keep) -> Result<Renewed, Broken> {
    assert!(old.id.is_followed_by(next), "a later generation of the same document");
    let mut copyist = Copyist::new(old, next);
    for change in changes_of(old) {
        copyist.change(change.decode(), change.hash(), keep)?;
    }
    Ok(Renewed { document: copyist.new, changes: copyist.made })
}

/// Tells every value that was ever written to a record of the document, with the record and the field.
pub fn each_write(document: &Document, mut tell: impl FnMut(Container, &str, &str, &FieldValue)) {
    let mut places = Places::of(document);
    for change in changes_of(document) {
        let ExpandedChange { operations, actor_id, start_op, .. } = change.decode();
        for (operation, counter) in operations.iter().zip(start_op.get()..) {
            places.note(operation, (counter, actor_id.clone()));
            if let (Some((container, key)), Key::Map(field), OpType::Put(value)) =
                (places.record(&operation.obj), &operation.key, &operation.action)
                && let Some(value) = field_value(value)
            {
                tell(container, key, field, &value);
            }
        }
    }
}

/// What one change wrote to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrote {
    pub actor: Actor,
    pub seq: u64,
    pub at: Moment,
    pub fields: BTreeMap<String, FieldValue>,
}

/// All that was ever written to a record, also what others have written over, causes before what follows on them, whatever
/// the clocks said.
pub fn writes_to(document: &Document, container: Container, key: &str) -> Vec<Wrote> {
    let mut places = Places::of(document);
    let mut all = Vec::new();
    for change in changes_of(document) {
        let ExpandedChange { operations, actor_id, start_op, seq, time, .. } = change.decode();
        let mut fields = BTreeMap::new();
        for (operation, counter) in operations.iter().zip(start_op.get()..) {
            places.note(operation, (counter, actor_id.clone()));
            if let (Some(place), Key::Map(field), OpType::Put(value)) =
                (places.record(&operation.obj), &operation.key, &operation.action)
                && place == (container, key)
                && let Some(value) = field_value(value)
            {
                fields.insert(field.to_string(), value);
            }
        }
        if let (false, Ok(actor)) = (fields.is_empty(), Actor::try_from(&actor_id)) {
            all.push((start_op, Wrote { actor, seq, at: Moment(time.saturating_mul(1000)), fields }));
        }
    }
    // What began later had seen more; of two that knew nothing of each other the order is the same for all.
    all.sort_by_key(|(start_op, wrote)| (*start_op, wrote.actor));
    all.into_iter().map(|(_, wrote)| wrote).collect()
}

fn changes_of(document: &Document) -> Vec<Change> {
    let genesis = genesis::hash(document.id.kind());
    document.automerge.get_changes(&[genesis])
}

fn field_value(scalar: &ScalarValue) -> Option<FieldValue> {
    match scalar {
        ScalarValue::Str(text) => Some(FieldValue::Text(text.to_string())),
        ScalarValue::Int(number) => Some(FieldValue::Number(*number)),
        _ => None,
    }
}

/// An operation by its counter and actor.
type Id = (u64, ActorId);

/// What the objects of a document are.
struct Places {
    containers: BTreeMap<Id, Container>,
    records: BTreeMap<Id, (Container, String)>,
}

impl Places {
    fn of(document: &Document) -> Self {
        let id = |container| match container_object(&document.automerge, container) {
            Some(ObjId::Id(counter, actor, _)) => Some((counter, actor)),
            _ => None,
        };
        let containers = Container::of(document.id.kind()).iter();
        let containers = containers.filter_map(|container| Some((id(*container)?, *container))).collect();
        Places { containers, records: BTreeMap::new() }
    }

    /// Remembers a record that an operation makes.
    fn note(&mut self, operation: &Op, id: Id) {
        if let (ObjectId::Id(OpId(counter, actor)), Key::Map(key), OpType::Make(_)) =
            (&operation.obj, &operation.key, &operation.action)
            && let Some(container) = self.containers.get(&(*counter, actor.clone()))
        {
            self.records.insert(id, (*container, key.to_string()));
        }
    }

    /// The record that an object is; a container that is itself one has no key.
    fn record(&self, object: &ObjectId) -> Option<(Container, &str)> {
        let ObjectId::Id(OpId(counter, actor)) = object else { return None };
        let id = (*counter, actor.clone());
        let form = || self.containers.get(&id).filter(|container| container.writing() == Writing::Fields);
        match self.records.get(&id) {
            Some((container, key)) => Some((*container, key)),
            None => form().map(|container| (*container, "")),
        }
    }

    /// The record that an operation writes to, or makes.
    fn touched(&self, operation: &Op, id: &Id) -> Option<(Container, &str)> {
        match self.records.get(id) {
            Some((container, key)) => Some((*container, key)),
            None => self.record(&operation.obj),
        }
    }
}

struct Copyist {
    new: Document,
    places: Places,
    /// For each old change the new one, or the causes of one that was left out.
    images: BTreeMap<ChangeHash, Vec<ChangeHash>>,
    /// The new counters of operations that were kept; their actors stay.
    counters: BTreeMap<Id, u64>,
    made: BTreeMap<[u8; 32], [u8; 32]>,
}

impl Copyist {
    fn new(old: &Document, next: DocumentId) -> Self {
        let genesis = genesis::hash(next.kind());
        let places = Places::of(old);
        Copyist {
            new: Document::begin(next),
            counters: places.containers.keys().map(|id| (id.clone(), id.0)).collect(),
            places,
            images: BTreeMap::from([(genesis, vec![genesis])]),
            made: BTreeMap::new(),
        }
    }

    fn change(&mut self, old: ExpandedChange, hash: ChangeHash, keep: &dyn Keep) -> Result<(), Broken> {
        let deps = self.causes(&old.deps);
        let start_op = self.new.history.max_op_at(&deps) + 1;
        let mut operations = Vec::new();
        for (operation, counter) in old.operations.into_iter().zip(old.start_op.get()..) {
            let id = (counter, old.actor_id.clone());
            self.places.note(&operation, id.clone());
            if let Some(kept) = self.operation(operation, &id, keep)? {
                self.counters.insert(id, start_op + operations.len() as u64);
                operations.push(kept);
            }
        }
        if operations.is_empty() {
            self.images.insert(hash, deps);
            return Ok(());
        }
        let change = Change::from(ExpandedChange {
            operations,
            seq: self.new.history.last_seq(&old.actor_id) + 1,
            start_op: start_op.try_into().map_err(|_| Broken("a counter of zero".to_owned()))?,
            deps,
            hash: None,
            message: None,
            extra_bytes: Vec::new(),
            ..old
        });
        self.images.insert(hash, vec![change.hash()]);
        self.made.insert(hash.0, change.hash().0);
        self.new.apply(change)
    }

    /// The new changes that stand for these causes, each once and none that another goes back to.
    fn causes(&self, deps: &[ChangeHash]) -> Vec<ChangeHash> {
        let mut all: Vec<ChangeHash> = deps.iter().filter_map(|dep| self.images.get(dep)).flatten().copied().collect();
        all.sort();
        all.dedup();
        let history = &self.new.history;
        let seen: Vec<_> = all.iter().map(|hash| (*hash, history.seen_at(&[*hash]))).collect();
        all.retain(|hash| {
            let made = history.get(hash);
            !seen.iter().any(|(other, seen)| other != hash && made.is_some_and(|made| made.within(seen)))
        });
        all
    }

    fn operation(&self, mut operation: Op, id: &Id, keep: &dyn Keep) -> Result<Option<Op>, Broken> {
        let Some((container, key)) = self.places.touched(&operation, id) else {
            return Err(Broken("an operation outside of all records".to_owned()));
        };
        if !keep.keeps(container, key) {
            return Ok(None);
        }
        if let (Key::Map(field), OpType::Put(scalar)) = (&operation.key, &operation.action)
            && let Some(value) = field_value(scalar)
        {
            operation.action = OpType::Put(match keep.value(container, key, field, &value) {
                FieldValue::Text(text) => ScalarValue::Str(text.into()),
                FieldValue::Number(number) => ScalarValue::Int(number),
            });
        }
        if let ObjectId::Id(object) = &operation.obj {
            operation.obj = ObjectId::Id(self.moved(object)?);
        }
        operation.pred = operation.pred.iter().map(|id| self.moved(id)).collect::<Result<_, _>>()?;
        Ok(Some(operation))
    }

    fn moved(&self, OpId(counter, actor): &OpId) -> Result<OpId, Broken> {
        let counter = self.counters.get(&(*counter, actor.clone()));
        let moved = counter.map(|counter| OpId(*counter, actor.clone()));
        moved.ok_or_else(|| Broken("an operation on what was not there".to_owned()))
    }
}
