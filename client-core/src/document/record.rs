//! Reading: records with fields, each field with all the values it has. More than one value means that two people (or
//! two devices) wrote it without knowing of each other; the first is the one shown, none is lost.
use std::collections::BTreeMap;

use automerge::{ActorId, ObjId, ReadDoc, ScalarValue, ValueRef};

use super::name::Actor;
use super::shape::Container;
use super::{Document, container_object};
use crate::clock::Moment;
use crate::field::FieldValue;

/// One value of a field, with who wrote it and when by their clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub value: FieldValue,
    pub actor: Actor,
    pub seq: u64,
    pub at: Moment,
}

/// One record of a container.
#[derive(Clone, Debug)]
pub struct Record {
    pub key: String,
    /// The objects under the key, the one shown first: more than one where it was made twice at the same time.
    pub(crate) objects: Vec<ObjId>,
    /// By field name, each value once; the first is the one shown. Fields of newer versions are here too.
    pub fields: BTreeMap<String, Vec<Value>>,
}

impl Record {
    /// The value shown for a field.
    pub fn get(&self, name: &str) -> Option<&FieldValue> {
        self.fields.get(name)?.first().map(|value| &value.value)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            FieldValue::Number(number) => Some(*number),
            FieldValue::Text(_) => None,
        }
    }

    /// The value written last by its author's clock, over all fields.
    pub fn latest(&self) -> Option<&Value> {
        self.fields.values().flatten().max_by_key(|value| (value.at, value.seq))
    }
}

impl Document {
    /// The records of a container by key. Where two objects stand under one key, they are united: nothing written to
    /// either is out of sight.
    pub fn records(&self, container: Container) -> Vec<Record> {
        let Some(object) = container_object(&self.automerge, container) else { return Vec::new() };
        self.automerge.keys(&object).filter_map(|key| self.record_in(&object, &key)).collect()
    }

    pub fn record(&self, container: Container, key: &str) -> Option<Record> {
        self.record_in(&container_object(&self.automerge, container)?, key)
    }

    /// The fields of a container that is itself a record.
    pub fn fields(&self, container: Container) -> BTreeMap<String, Vec<Value>> {
        let mut fields = BTreeMap::new();
        if let Some(object) = container_object(&self.automerge, container) {
            self.collect(&object, &mut fields);
        }
        fields
    }

    fn record_in(&self, container: &ObjId, key: &str) -> Option<Record> {
        let mut objects = self.automerge.get_all(container, key).ok()?;
        objects.retain(|(value, _)| value.is_object());
        // The last is the one automerge shows; its values come first.
        let objects: Vec<ObjId> = objects.into_iter().rev().map(|(_, object)| object).collect();
        if objects.is_empty() {
            return None;
        }
        let mut fields = BTreeMap::new();
        for object in &objects {
            self.collect(object, &mut fields);
        }
        Some(Record { key: key.to_owned(), objects, fields })
    }

    fn collect(&self, object: &ObjId, fields: &mut BTreeMap<String, Vec<Value>>) {
        // One pass over the map is nine times faster than asking for all values of each key; few keys have several.
        for shown in self.automerge.map_range(object, ..) {
            let mut all = Vec::new();
            if shown.conflict {
                let values = self.automerge.get_all(object, shown.key.as_ref()).unwrap_or_default();
                all.extend(values.iter().rev().filter_map(|(value, op)| self.value(value.as_scalar()?.clone(), op)));
            } else if let ValueRef::Scalar(scalar) = &shown.value {
                all.extend(self.value(scalar.clone().into(), &shown.id()));
            }
            let known = fields.entry(shown.key.into_owned()).or_default();
            // Who wrote the same as another did not disagree.
            for value in all {
                if known.iter().all(|other| other.value != value.value) {
                    known.push(value);
                }
            }
        }
    }

    fn value(&self, scalar: ScalarValue, op: &ObjId) -> Option<Value> {
        let value = match scalar {
            ScalarValue::Str(text) => FieldValue::Text(text.into()),
            ScalarValue::Int(number) => FieldValue::Number(number),
            _ => return None,
        };
        let ObjId::Id(counter, actor, _) = op else { return None };
        let made = self.history.maker(*counter, actor)?;
        Some(Value { value, actor: actor_of(actor)?, seq: made.seq, at: Moment(made.time_s.saturating_mul(1000)) })
    }
}

pub(super) fn actor_of(actor: &ActorId) -> Option<Actor> {
    Actor::try_from(actor).ok()
}
