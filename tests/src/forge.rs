//! Changes as a client would make them that does not keep to the rules: whole, well-formed, and by whomever.
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjType, ROOT, ReadDoc};
use zhucun_core::document::{Actor, DocumentId, DocumentKind, genesis_change};
use zhucun_core::id::DeviceId;
use zhucun_core::wire::{Line, Push};

/// A change that makes an event or entry record, as an honest client would, but as whatever actor.
pub fn made_by(document: DocumentId, actor: Actor, skip_first: bool) -> Vec<Vec<u8>> {
    let mut doc = Automerge::new();
    doc.apply_changes([genesis_change(document.kind())]).expect("the genesis");
    doc.set_actor(ActorId::from(actor.0));
    let container = match document.kind() {
        DocumentKind::Log => "entries",
        DocumentKind::Review => "events",
        DocumentKind::Village => "households",
        DocumentKind::Draft => "fields",
        DocumentKind::Programme => "records",
    };
    let parent = doc.get(ROOT, container).expect("a map").expect("the container").1;
    let mut changes = Vec::new();
    for number in 1..=2_u128 {
        let mut transaction = doc.transaction();
        let key = uuid::Uuid::from_u128(number).to_string();
        let record = transaction.put_object(&parent, key, ObjType::Map).expect("a record");
        transaction.put(&record, "kind", "lesson").expect("a field");
        transaction.commit_with(CommitOptions::default().with_time(0));
        changes.push(doc.get_last_local_change().expect("the change just made").raw_bytes().to_vec());
    }
    changes.split_off(usize::from(skip_first))
}

/// Changes of a draft as a device makes them, each of one field.
pub fn typed(document: DocumentId, device: DeviceId, fields: &[(&str, String)]) -> Vec<Vec<u8>> {
    let mut doc = Automerge::new();
    doc.apply_changes([genesis_change(DocumentKind::Draft)]).expect("the genesis");
    doc.set_actor(ActorId::from(Actor::derive(device, document, 0).0));
    let form = doc.get(ROOT, "fields").expect("a map").expect("the container").1;
    let mut changes = Vec::new();
    for (name, text) in fields {
        let mut transaction = doc.transaction();
        transaction.put(&form, *name, text.as_str()).expect("a field");
        transaction.commit_with(CommitOptions::default().with_time(0));
        changes.push(doc.get_last_local_change().expect("the change just made").raw_bytes().to_vec());
    }
    changes
}

pub fn pushed(document: DocumentId, device: DeviceId) -> Push {
    let changes = made_by(document, Actor::derive(device, document, 0), false);
    Push { document, incarnation: 0, line: Line::of(changes.iter().map(Vec::as_slice)) }
}

/// Another first change of the same actor.
pub fn forked(document: DocumentId, actor: Actor) -> Vec<Vec<u8>> {
    let mut doc = Automerge::new();
    doc.apply_changes([genesis_change(document.kind())]).expect("the genesis");
    doc.set_actor(ActorId::from(actor.0));
    let parent = doc.get(ROOT, "entries").expect("a map").expect("the container").1;
    let mut transaction = doc.transaction();
    let key = uuid::Uuid::from_u128(77).to_string();
    let record = transaction.put_object(&parent, key, ObjType::Map).expect("a record");
    transaction.put(&record, "kind", "lesson").expect("a field");
    transaction.commit_with(CommitOptions::default().with_time(0));
    vec![doc.get_last_local_change().expect("the change just made").raw_bytes().to_vec()]
}

/// A first change that makes one record of texts.
pub fn record_in(document: DocumentId, container: &str, actor: Actor, fields: &[(&str, String)]) -> Vec<u8> {
    record_under(uuid::Uuid::from_u128(78), document, container, actor, fields)
}

/// The same, under a name of one's choice.
pub fn record_under(
    name: uuid::Uuid,
    document: DocumentId,
    container: &str,
    actor: Actor,
    fields: &[(&str, String)],
) -> Vec<u8> {
    let mut doc = Automerge::new();
    doc.apply_changes([genesis_change(document.kind())]).expect("the genesis");
    doc.set_actor(ActorId::from(actor.0));
    let parent = doc.get(ROOT, container).expect("a map").expect("the container").1;
    let mut transaction = doc.transaction();
    let record = transaction.put_object(&parent, name.to_string(), ObjType::Map).expect("a record");
    for (name, text) in fields {
        transaction.put(&record, *name, text.as_str()).expect("a field");
    }
    transaction.commit_with(CommitOptions::default().with_time(0));
    doc.get_last_local_change().expect("the change just made").raw_bytes().to_vec()
}
