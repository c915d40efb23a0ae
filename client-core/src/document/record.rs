//! Reading: records with fields, each field with all the values it has. More than one value means that two people (or
//! two devices) wrote it without knowing of each other; the first is the one shown, none is lost. Of a long text what is
//! shown is made of both, where it can be.
use std::collections::BTreeMap;

use automerge::{ActorId, ChangeHash, ObjId, ReadDoc, ScalarValue, ValueRef};

use super::name::Actor;
use super::shape::Container;
use super::{Document, container_object};
use crate::clock::Moment;
use crate::entry::is_long_text;
use crate::field::FieldValue;
use crate::merge::merge;

/// How far back texts are merged that were merged before.
const MERGES_MAX: usize = 8;

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
    /// Long texts that were written in two places at the same time and are shown as one.
    pub merged: BTreeMap<String, FieldValue>,
}

impl Record {
    /// The value shown for a field.
    pub fn get(&self, name: &str) -> Option<&FieldValue> {
        self.merged.get(name).or_else(|| self.fields.get(name)?.first().map(|value| &value.value))
    }

    /// Whether a field has several values of which one is to be chosen.
    pub fn is_in_conflict(&self, name: &str) -> bool {
        !self.merged.contains_key(name) && self.fields.get(name).is_some_and(|values| values.len() > 1)
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

    /// A container that is itself a record.
    pub fn form(&self, container: Container) -> Record {
        let objects: Vec<ObjId> = container_object(&self.automerge, container).into_iter().collect();
        self.united(String::new(), objects)
    }

    fn record_in(&self, container: &ObjId, key: &str) -> Option<Record> {
        let mut objects = self.automerge.get_all(container, key).ok()?;
        objects.retain(|(value, _)| value.is_object());
        // The last is the one automerge shows; its values come first.
        let objects: Vec<ObjId> = objects.into_iter().rev().map(|(_, object)| object).collect();
        if objects.is_empty() {
            return None;
        }
        Some(self.united(key.to_owned(), objects))
    }

    fn united(&self, key: String, objects: Vec<ObjId>) -> Record {
        let mut fields = BTreeMap::new();
        for object in &objects {
            self.collect(object, &mut fields);
        }
        let merged = self.merged(&objects, &fields);
        Record { key, objects, fields, merged }
    }

    /// The long texts among fields that have two values: both as one, as far as they can be.
    fn merged(&self, objects: &[ObjId], fields: &BTreeMap<String, Vec<Value>>) -> BTreeMap<String, FieldValue> {
        let [object] = objects else { return BTreeMap::new() };
        let apart = fields.iter().filter(|(name, values)| values.len() > 1 && is_long_text(name));
        let merge = |(name, _): (&String, _)| Some((name.clone(), self.text_at(object, name, None, 0)?.into()));
        apart.filter_map(merge).collect()
    }

    /// A text as it was when these changes were the heads of the document, or as it is. Of two that were written at the
    /// same time, both, on what both had seen; `None` where that cannot be.
    fn text_at(&self, object: &ObjId, name: &str, heads: Option<&[ChangeHash]>, depth: usize) -> Option<String> {
        let values = match heads {
            None => self.automerge.get_all(object, name),
            Some(heads) => self.automerge.get_all_at(object, name, heads),
        };
        let mut texts: Vec<(String, ObjId)> = Vec::new();
        for (value, op) in values.ok()? {
            let text = value.as_str()?;
            if texts.iter().all(|(known, _)| known != text) {
                texts.push((text.to_owned(), op));
            }
        }
        if texts.len() < 2 {
            return texts.pop().map(|(text, _)| text);
        }
        let [(one, one_op), (other, other_op)] = &texts[..] else { return None };
        if depth >= MERGES_MAX {
            return None;
        }
        let heads = self.history.meeting(self.place(one_op)?, self.place(other_op)?);
        let base = self.text_at(object, name, Some(&heads), depth + 1).filter(|base| !base.is_empty())?;
        merge(&base, one, other)
    }

    fn place<'o>(&self, op: &'o ObjId) -> Option<(&'o ActorId, u64)> {
        let ObjId::Id(counter, actor, _) = op else { return None };
        Some((actor, self.history.maker(*counter, actor)?.seq))
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
