//! The grammar of operations. These documents hold maps and scalars only; a map's key is made once, under a UUID, and
//! every write names exactly the values it replaces. Whatever else automerge could express is refused here.
use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};

use super::GateRefusal;
use crate::document::{Container, Document, Writing};
use crate::field::{FIELD_NAME_BYTES_MAX, NUMBER_MAX, TEXT_BYTES_MAX};

/// Where in the shape of a document an operation writes.
#[derive(Clone, PartialEq, Eq)]
enum Place {
    Container(Container),
    /// A record of a container; `made_here` when this same change made it.
    Record {
        record: Touched,
        made_here: bool,
    },
}

/// A record that a change writes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touched {
    pub container: Container,
    pub key: String,
}

/// Holds every operation to the grammar and says which records they touch. Where the order of changes is ours to say, no
/// key may be left with more than `branches_max` values side by side, and no event is made a second time.
pub(super) fn check(
    document: &Document,
    change: &ExpandedChange,
    branches_max: Option<usize>,
) -> Result<BTreeSet<Touched>, GateRefusal> {
    let mut judge = Judge {
        document,
        change,
        branches_max,
        seen: document.history().seen_at(&change.deps),
        at_heads: document.automerge().get_heads().iter().all(|head| change.deps.contains(head)),
        made: BTreeMap::new(),
        written: BTreeSet::new(),
        touched: BTreeSet::new(),
    };
    for (operation, counter) in change.operations.iter().zip(change.start_op.get()..) {
        judge.operation(operation, counter)?;
    }
    Ok(judge.touched)
}

struct Judge<'a> {
    document: &'a Document,
    change: &'a ExpandedChange,
    branches_max: Option<usize>,
    seen: Vec<u64>,
    /// The author saw all that is here, so the document as it stands is what they saw.
    at_heads: bool,
    /// Records this change has made so far, by the counter of the operation.
    made: BTreeMap<u64, Touched>,
    written: BTreeSet<(Option<(u64, ActorId)>, String)>,
    touched: BTreeSet<Touched>,
}

impl Judge<'_> {
    fn operation(&mut self, operation: &Op, counter: u64) -> Result<(), GateRefusal> {
        if operation.insert {
            return Err(GateRefusal::UnknownOperation);
        }
        let Key::Map(key) = &operation.key else { return Err(GateRefusal::UnknownOperation) };
        let place = self.place(&operation.obj)?;
        if !self.written.insert((address(&operation.obj), key.to_string())) {
            return Err(GateRefusal::RepeatedKey);
        }
        match &operation.action {
            OpType::Make(ObjType::Map) => self.make(&place, key, counter)?,
            OpType::Put(value) => put(&place, key, value)?,
            _ => return Err(GateRefusal::UnknownOperation),
        }
        self.predecessors(operation, &place, key)?;
        if let Place::Record { record, .. } = place {
            self.touched.insert(record);
        }
        Ok(())
    }

    fn place(&self, object: &ObjectId) -> Result<Place, GateRefusal> {
        let ObjectId::Id(OpId(counter, actor)) = object else { return Err(GateRefusal::NotWritable) };
        if *actor == self.change.actor_id && *counter >= self.change.start_op.get() {
            let record = self.made.get(counter).ok_or(GateRefusal::UnknownObject)?.clone();
            return Ok(Place::Record { record, made_here: true });
        }
        if !self.document.history().known(&self.seen, *counter, actor) {
            return Err(GateRefusal::UnknownObject);
        }
        let object = ObjId::Id(*counter, actor.clone(), 0);
        let automerge = self.document.automerge();
        if !matches!(automerge.object_type(&object), Ok(ObjType::Map)) {
            return Err(GateRefusal::UnknownObject);
        }
        let path: Vec<_> = automerge.parents(&object).map_err(|_| GateRefusal::UnknownObject)?.collect();
        let top = path.last().ok_or(GateRefusal::UnknownObject)?;
        let container = Container::of(self.document.id().kind()).iter().find(|container| {
            top.obj == ROOT && matches!(&top.prop, automerge::Prop::Map(key) if key == container.key())
        });
        match (container, &path[..]) {
            (Some(container), [_]) => Ok(Place::Container(*container)),
            (Some(container), [record, _]) => match &record.prop {
                automerge::Prop::Map(key) => {
                    let record = Touched { container: *container, key: key.clone() };
                    Ok(Place::Record { record, made_here: false })
                }
                automerge::Prop::Seq(_) => Err(GateRefusal::UnknownObject),
            },
            _ => Err(GateRefusal::NotWritable),
        }
    }

    fn make(&mut self, place: &Place, key: &str, counter: u64) -> Result<(), GateRefusal> {
        let Place::Container(container) = *place else { return Err(GateRefusal::NotWritable) };
        if container.writing() == Writing::Fields {
            return Err(GateRefusal::NotWritable);
        }
        // Only the one written form of a UUID: two spellings would be two records.
        if uuid::Uuid::try_parse(key).map(|id| id.to_string()).as_deref() != Ok(key) {
            return Err(GateRefusal::BadKey);
        }
        self.made.insert(counter, Touched { container, key: key.to_owned() });
        Ok(())
    }

    /// A write replaces exactly the values its author saw under the key; a record is made where nothing was.
    fn predecessors(&self, operation: &Op, place: &Place, key: &str) -> Result<(), GateRefusal> {
        let named: Ids = operation.pred.iter().map(|id| (id.0, id.1.clone())).collect();
        if named.len() != operation.pred.len() {
            return Err(GateRefusal::WrongPredecessors);
        }
        let there = match place {
            Place::Record { made_here: true, .. } => BTreeSet::new(),
            _ if self.at_heads => self.values(&operation.obj, key)?,
            _ => self.values_seen(&operation.obj, key)?,
        };
        let makes = matches!(operation.action, OpType::Make(_));
        if named != there || (makes && !there.is_empty()) {
            return Err(GateRefusal::WrongPredecessors);
        }
        let alone = self.at_heads || matches!(place, Place::Record { made_here: true, .. });
        match self.branches_max {
            Some(branches_max) if !alone => {
                let beside = self.values(&operation.obj, key)?.difference(&named).count();
                self.beside(place, beside, branches_max)
            }
            _ => Ok(()),
        }
    }

    /// Whether a write may stand with so many others that its author had not seen.
    fn beside(&self, place: &Place, others: usize, branches_max: usize) -> Result<(), GateRefusal> {
        match place {
            // The id of an event is drawn when it is made: who makes it again means to speak for somebody else.
            Place::Container(container) if container.writing() == Writing::Events && others > 0 => {
                Err(GateRefusal::EventRewritten)
            }
            _ if others >= branches_max => Err(GateRefusal::TooManyBranches),
            _ => Ok(()),
        }
    }

    /// The values that stand under a key.
    fn values(&self, object: &ObjectId, key: &str) -> Result<Ids, GateRefusal> {
        let values = self.document.automerge().get_all(&local(object)?, key);
        values.map(ids).map_err(|_| GateRefusal::UnknownObject)
    }

    /// The values under a key that the author saw.
    fn values_seen(&self, object: &ObjectId, key: &str) -> Result<Ids, GateRefusal> {
        let values = self.document.automerge().get_all_at(&local(object)?, key, &self.change.deps);
        values.map(ids).map_err(|_| GateRefusal::UnknownObject)
    }
}

type Ids = BTreeSet<(u64, ActorId)>;

fn ids(values: Vec<(Value<'_>, ObjId)>) -> Ids {
    let id = |object: ObjId| match object {
        ObjId::Id(counter, actor, _) => Some((counter, actor)),
        ObjId::Root => None,
    };
    values.into_iter().filter_map(|(_, op)| id(op)).collect()
}

fn local(object: &ObjectId) -> Result<ObjId, GateRefusal> {
    match object {
        ObjectId::Id(OpId(counter, actor)) => Ok(ObjId::Id(*counter, actor.clone(), 0)),
        ObjectId::Root => Err(GateRefusal::NotWritable),
    }
}

fn address(object: &ObjectId) -> Option<(u64, ActorId)> {
    match object {
        ObjectId::Root => None,
        ObjectId::Id(OpId(counter, actor)) => Some((*counter, actor.clone())),
    }
}

fn put(place: &Place, key: &str, value: &ScalarValue) -> Result<(), GateRefusal> {
    match place {
        Place::Container(container) if container.writing() == Writing::Fields => {}
        Place::Container(_) => return Err(GateRefusal::NotWritable),
        Place::Record { record, made_here: false } if record.container.writing() == Writing::Events => {
            return Err(GateRefusal::EventRewritten);
        }
        Place::Record { .. } => {}
    }
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b':');
    if key.is_empty() || key.len() > FIELD_NAME_BYTES_MAX || !key.bytes().all(plain) {
        return Err(GateRefusal::BadKey);
    }
    match value {
        ScalarValue::Str(text) if text.len() > TEXT_BYTES_MAX => Err(GateRefusal::ValueTooLarge),
        ScalarValue::Int(number) if !(-NUMBER_MAX..=NUMBER_MAX).contains(number) => Err(GateRefusal::ValueTooLarge),
        ScalarValue::Str(_) | ScalarValue::Int(_) => Ok(()),
        _ => Err(GateRefusal::UnknownValue),
    }
}
