//! Who writes: devices with an actor of their own in every document. An honest change is made by automerge itself, on a
//! copy that went through saving and loading; the beginning of a forged one is what the same author would write next.
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, ObjId, ObjType, ROOT, ReadDoc};
use uuid::Uuid;
use zhucun_core::document::{Actor, Document, Incarnation};
use zhucun_core::gate::Author;
use zhucun_core::id::DeviceId;

use crate::chunk::{CHANGE, Chunk, Id};

/// Seconds of a moment in 2016.
pub const TIME_S: i64 = 1_456_800_000;

/// One device.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    pub device: DeviceId,
    pub incarnation: Incarnation,
}

impl Pen {
    pub fn new(device: u128) -> Self {
        Pen { device: DeviceId(Uuid::from_u128(device)), incarnation: 0 }
    }

    pub fn author(&self) -> Author {
        Author::Device(self.device, self.incarnation)
    }

    pub fn actor(&self, document: &Document) -> Actor {
        Actor::derive(self.device, document.id(), self.incarnation)
    }

    /// An honest change of the document, which itself stays as it is.
    pub fn write(&self, document: &Document, write: impl FnOnce(&mut Transaction<'_>)) -> Vec<u8> {
        self.write_in(&mut opened(document), self.actor(document), write)
    }

    /// The same where the document is open already; the change stays there.
    pub fn write_in(&self, copy: &mut Automerge, actor: Actor, write: impl FnOnce(&mut Transaction<'_>)) -> Vec<u8> {
        copy.set_actor(ActorId::from(actor.0));
        let mut transaction = copy.transaction();
        write(&mut transaction);
        transaction.commit_with(CommitOptions::default().with_time(TIME_S));
        copy.get_last_local_change().expect("a change was just made").raw_bytes().to_vec()
    }

    /// Makes a record with some fields.
    pub fn record(&self, document: &Document, container: &str, key: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        self.write(document, |transaction| put_record(transaction, container, key, fields))
    }

    /// Sets a field of a record.
    pub fn set(&self, document: &Document, container: &str, key: &str, name: &str, value: &str) -> Vec<u8> {
        self.write(document, |transaction| {
            let parent = object(&*transaction, ROOT, container);
            let record = object(&*transaction, parent, key);
            transaction.put(&record, name, value).expect("a record takes scalars");
        })
    }

    /// The change this author would make next, as yet without operations.
    pub fn next(&self, document: &Document) -> Chunk {
        self.next_in(document, &opened(document))
    }

    /// The same where the document is open already.
    pub fn next_in(&self, document: &Document, copy: &Automerge) -> Chunk {
        self.next_after(document, copy, copy.get_changes(&[]).iter().map(|change| change.max_op()).max().unwrap_or(0))
    }

    /// The same where its highest counter is known, too.
    pub fn next_after(&self, document: &Document, copy: &Automerge, max_op: u64) -> Chunk {
        let actor = self.actor(document);
        let dependencies: Vec<[u8; 32]> = copy.get_heads().iter().map(|hash| hash.0).collect();
        Chunk {
            kind: CHANGE,
            start_op: 1 + max_op,
            dependencies,
            actor: actor.0.to_vec(),
            seq: document.last_seq(actor) + 1,
            time: TIME_S,
            message: Vec::new(),
            others: None,
            operations: Vec::new(),
            columns: None,
            extra: Vec::new(),
        }
    }
}

/// Makes a record with some fields.
pub fn put_record(transaction: &mut Transaction<'_>, container: &str, key: &str, fields: &[(&str, &str)]) {
    let parent = object(&*transaction, ROOT, container);
    let record = transaction.put_object(&parent, key, ObjType::Map).expect("a container takes maps");
    for (name, value) in fields {
        transaction.put(&record, *name, *value).expect("a record takes scalars");
    }
}

/// The document in automerge's own hands, by way of its saved bytes.
pub fn opened(document: &Document) -> Automerge {
    Automerge::load(&document.save()).expect("a saved document loads")
}

/// The object under a key; the one shown, where there are several.
pub fn object(reader: &impl ReadDoc, parent: ObjId, key: &str) -> ObjId {
    reader.get(&parent, key).expect("the parent is a map").expect("the key is there").1
}

/// The name of the operation that made the object at a path from the root.
pub fn id_at(document: &Document, path: &[&str]) -> Id {
    id_in(&opened(document), path)
}

/// The same where the document is open already.
pub fn id_in(copy: &Automerge, path: &[&str]) -> Id {
    id_of(&path.iter().fold(ROOT, |parent, key| object(copy, parent, key)))
}

/// The names of the values that stand under a key of the object at a path.
pub fn values_at(document: &Document, path: &[&str], key: &str) -> Vec<Id> {
    values_in(&opened(document), path, key)
}

/// The same where the document is open already.
pub fn values_in(copy: &Automerge, path: &[&str], key: &str) -> Vec<Id> {
    let found = path.iter().fold(ROOT, |parent, key| object(copy, parent, key));
    let values = copy.get_all(&found, key).expect("the path leads to a map");
    values.iter().map(|(_, id)| id_of(id)).collect()
}

fn id_of(object: &ObjId) -> Id {
    match object {
        ObjId::Id(counter, actor, _) => Id { counter: *counter, actor: actor.to_bytes().to_vec() },
        ObjId::Root => unreachable!("no operation made the root"),
    }
}
