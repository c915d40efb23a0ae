//! A change chunk as plain data, and its bytes. An honest one comes out as automerge itself would write it; every part
//! can be set to what no library would ever write.
use automerge::legacy::{ElementId, Key as TheirKey, ObjectId, OpId, OpType};
use automerge::{Change, ObjType, ScalarValue};
use sha2::{Digest, Sha256};

use crate::column::{self, Column, signed, sized, unsigned};

pub const CHANGE: u8 = 1;
/// Actions as they are numbered in a chunk.
pub const MAKE_MAP: u64 = 0;
pub const PUT: u64 = 1;
pub const MAKE_LIST: u64 = 2;
pub const DELETE: u64 = 3;
pub const MAKE_TEXT: u64 = 4;
pub const INCREMENT: u64 = 5;
pub const MAKE_TABLE: u64 = 6;
pub const MARK: u64 = 7;

/// The name of an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    pub counter: u64,
    pub actor: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Text(Vec<u8>),
    /// The element of a list; `None` is its head.
    Element(Option<Id>),
    None,
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Key::Text(text.as_bytes().to_vec())
    }
}

/// A value: the number of its type and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub kind: u64,
    pub bytes: Vec<u8>,
}

impl Value {
    pub const NULL: Value = Value { kind: 0, bytes: Vec::new() };

    pub fn text(text: &str) -> Self {
        Value { kind: 6, bytes: text.as_bytes().to_vec() }
    }

    pub fn number(number: i64) -> Self {
        Self::leb(4, number)
    }

    /// A number of another type: 8 is a counter, 9 a timestamp.
    pub fn leb(kind: u64, number: i64) -> Self {
        let mut bytes = Vec::new();
        signed(number, &mut bytes);
        Value { kind, bytes }
    }

    fn meta(&self) -> u64 {
        (self.bytes.len() as u64) << 4 | self.kind
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    /// `None` is the root.
    pub object: Option<Id>,
    pub key: Key,
    pub insert: bool,
    pub action: u64,
    pub value: Value,
    pub predecessors: Vec<Id>,
}

impl Op {
    pub fn put(object: &Id, key: &str, value: Value) -> Self {
        let (object, predecessors) = (Some(object.clone()), Vec::new());
        Op { object, key: key.into(), insert: false, action: PUT, value, predecessors }
    }

    pub fn make(object: &Id, key: &str) -> Self {
        Op { action: MAKE_MAP, ..Op::put(object, key, Value::NULL) }
    }

    pub fn over(self, predecessors: &[Id]) -> Self {
        Op { predecessors: predecessors.to_vec(), ..self }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub kind: u8,
    pub dependencies: Vec<[u8; 32]>,
    pub actor: Vec<u8>,
    pub seq: u64,
    pub start_op: u64,
    pub time: i64,
    pub message: Vec<u8>,
    /// The other actors, if not just those the operations name, sorted.
    pub others: Option<Vec<Vec<u8>>>,
    pub operations: Vec<Op>,
    /// The columns, if not those of the operations.
    pub columns: Option<Vec<Column>>,
    pub extra: Vec<u8>,
}

impl Chunk {
    /// The chunk that these bytes of an honest author are.
    pub fn of(bytes: &[u8]) -> Self {
        let change = Change::from_bytes(bytes.to_vec()).expect("an honest change is one").decode();
        let id = |OpId(counter, actor): &OpId| Id { counter: *counter, actor: actor.to_bytes().to_vec() };
        let operations = change.operations.iter().map(|op| {
            let object = match &op.obj {
                ObjectId::Root => None,
                ObjectId::Id(of) => Some(id(of)),
            };
            let key = match &op.key {
                TheirKey::Map(text) => Key::Text(text.as_bytes().to_vec()),
                TheirKey::Seq(ElementId::Head) => Key::Element(None),
                TheirKey::Seq(ElementId::Id(of)) => Key::Element(Some(id(of))),
            };
            let (action, value) = match &op.action {
                OpType::Make(ObjType::Map) => (MAKE_MAP, Value::NULL),
                OpType::Put(ScalarValue::Str(text)) => (PUT, Value::text(text)),
                OpType::Put(ScalarValue::Int(number)) => (PUT, Value::number(*number)),
                other => unreachable!("an honest author does not write {other:?}"),
            };
            Op { object, key, insert: op.insert, action, value, predecessors: op.pred.iter().map(id).collect() }
        });
        Chunk {
            kind: CHANGE,
            dependencies: change.deps.iter().map(|hash| hash.0).collect(),
            actor: change.actor_id.to_bytes().to_vec(),
            seq: change.seq,
            start_op: change.start_op.get(),
            time: change.time,
            message: Vec::new(),
            others: None,
            operations: operations.collect(),
            columns: None,
            extra: Vec::new(),
        }
    }

    /// The name of the operation that would come next.
    pub fn next_id(&self) -> Id {
        Id { counter: self.start_op + self.operations.len() as u64, actor: self.actor.clone() }
    }

    /// The other actors that the operations name, sorted.
    pub fn named(&self) -> Vec<Vec<u8>> {
        let of_key = |op: &Op| match &op.key {
            Key::Element(Some(id)) => vec![id.actor.clone()],
            _ => Vec::new(),
        };
        let ids = |op: &Op| op.object.iter().chain(&op.predecessors).map(|id| id.actor.clone()).collect::<Vec<_>>();
        let mut named: Vec<_> = self.operations.iter().flat_map(|op| [ids(op), of_key(op)].concat()).collect();
        named.retain(|actor| *actor != self.actor);
        named.sort();
        named.dedup();
        named
    }

    /// The columns of the operations, those without bytes left out.
    pub fn columns(&self) -> Vec<Column> {
        let others = self.others.clone().unwrap_or_else(|| self.named());
        let actors: Vec<_> = [self.actor.clone()].into_iter().chain(others).collect();
        let index = |id: &Id| actors.iter().position(|actor| *actor == id.actor).map_or(99, |at| at as u64);
        let ops = &self.operations;
        let objects: Vec<_> = ops.iter().map(|op| op.object.clone()).collect();
        let elements: Vec<_> = ops
            .iter()
            .map(|op| match &op.key {
                Key::Element(Some(id)) => (Some(index(id)), Some(id.counter)),
                Key::Element(None) => (None, Some(0)),
                _ => (None, None),
            })
            .collect();
        let strings: Vec<_> = ops
            .iter()
            .map(|op| match &op.key {
                Key::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        let predecessors: Vec<&Id> = ops.iter().flat_map(|op| &op.predecessors).collect();
        let each = |of: &dyn Fn(&Op) -> u64| ops.iter().map(|op| Some(of(op))).collect::<Vec<_>>();
        let mut columns = vec![
            (
                column::OBJECT_ACTOR,
                column::numbers(&objects.iter().map(|id| id.as_ref().map(index)).collect::<Vec<_>>()),
            ),
            (
                column::OBJECT_COUNTER,
                column::numbers(&objects.iter().map(|id| Some(id.as_ref()?.counter)).collect::<Vec<_>>()),
            ),
            (column::KEY_ACTOR, column::numbers(&elements.iter().map(|(actor, _)| *actor).collect::<Vec<_>>())),
            (
                column::KEY_COUNTER,
                column::differences(&elements.iter().map(|(_, counter)| *counter).collect::<Vec<_>>()),
            ),
            (column::KEY_STRING, column::strings(&strings)),
            (column::INSERT, column::booleans(&ops.iter().map(|op| op.insert).collect::<Vec<_>>())),
            (column::ACTION, column::numbers(&each(&|op| op.action))),
            (column::VALUE_META, column::numbers(&each(&|op| op.value.meta()))),
            (column::VALUE, ops.iter().flat_map(|op| op.value.bytes.clone()).collect()),
            (column::PREDECESSOR_GROUP, column::numbers(&each(&|op| op.predecessors.len() as u64))),
            (
                column::PREDECESSOR_ACTOR,
                column::numbers(&predecessors.iter().map(|id| Some(index(id))).collect::<Vec<_>>()),
            ),
            (
                column::PREDECESSOR_COUNTER,
                column::differences(&predecessors.iter().map(|id| Some(id.counter)).collect::<Vec<_>>()),
            ),
        ];
        columns.retain(|(_, bytes)| !bytes.is_empty());
        columns
    }

    pub fn body(&self) -> Vec<u8> {
        let mut out = Vec::new();
        unsigned(self.dependencies.len() as u64, &mut out);
        self.dependencies.iter().for_each(|hash| out.extend(hash));
        sized(&self.actor, &mut out);
        unsigned(self.seq, &mut out);
        unsigned(self.start_op, &mut out);
        signed(self.time, &mut out);
        sized(&self.message, &mut out);
        let others = self.others.clone().unwrap_or_else(|| self.named());
        unsigned(others.len() as u64, &mut out);
        others.iter().for_each(|actor| sized(actor, &mut out));
        let columns = self.columns.clone().unwrap_or_else(|| self.columns());
        unsigned(columns.len() as u64, &mut out);
        for (specification, bytes) in &columns {
            unsigned(*specification, &mut out);
            unsigned(bytes.len() as u64, &mut out);
        }
        columns.iter().for_each(|(_, bytes)| out.extend(bytes));
        out.extend(&self.extra);
        out
    }

    pub fn bytes(&self) -> Vec<u8> {
        seal(self.kind, &self.body())
    }

    /// The chunk with one column put in the place of another, or added in its order.
    pub fn with_column(mut self, specification: u64, bytes: Vec<u8>) -> Self {
        let mut columns = self.columns.take().unwrap_or_else(|| self.columns());
        columns.retain(|(known, _)| *known != specification);
        columns.push((specification, bytes));
        columns.sort();
        self.columns = Some(columns);
        self
    }
}

/// A chunk around a body, with a right checksum.
pub fn seal(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    sized(body, &mut hashed);
    let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83];
    bytes.extend(&Sha256::digest(&hashed)[..4]);
    bytes.extend(hashed);
    bytes
}
