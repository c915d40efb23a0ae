//! The gate on any bytes, against documents of every kind and history. It never panics, also where a guard would catch it;
//! a refusal leaves the document as it was, and honest work goes on in it. What it lets through passes the oracle: saved,
//! loaded, compared, written to once more; and beside the work of somebody who had not seen it, both orders are the same.
use std::cell::RefCell;
use std::collections::BTreeMap;

use zhucun_core::document::{Container, Document, DocumentId};
use zhucun_core::gate::{Author, GateRefusal, Judged};
use zhucun_core::id::{EntryId, TenureId};

use super::{Inner, Target};
use crate::chance::Chance;
use crate::item::inner_of;
use crate::oracle::{hex, judged, same, take, take_in};
use crate::pen::Pen;
use crate::script::Script;
use crate::story::{Story, Told};

pub const TARGET: Target =
    Target { name: "gate", run, seeds, mutate: Some(mutate), bytes_max: 16_384, memory_max: 64 << 20 };

/// Documents kept by the changes in them.
const KEPT_MAX: usize = 64;

fn run(data: &[u8]) {
    let Some(story) = Story::from_bytes(data) else { return };
    let Some((last, before)) = story.changes.split_last() else { return };
    let document = told(story.document, before);
    let (bytes, heads) = (last.bytes(), document.heads());
    match judged(&document, story.author(), &bytes) {
        Ok(Some(new)) => lets_through(&document, new, &bytes),
        Ok(None) => assert!(Document::hash_of(&bytes).is_some_and(|hash| document.has(hash))),
        Err(code) => refuses(&document, &heads, code, &bytes),
    }
}

fn lets_through(document: &Document, new: Judged, bytes: &[u8]) {
    let mut taken = document.clone();
    take(&mut taken, new, bytes);
    assert!(matches!(judged(&taken, Author::Anyone, bytes), Ok(None)), "not a duplicate: {}", hex(bytes));
    let other = work(document, &Pen::new(0xa1));
    let mut there = document.clone();
    for (target, changes) in [(&mut taken, [&other[..]; 1].to_vec()), (&mut there, vec![&other[..], bytes])] {
        for change in changes {
            let new = judged(target, Author::Anyone, change).expect("what one took all take");
            take_in(target, new.expect("it is new there"), change);
        }
    }
    same(&taken, &there);
}

fn refuses(document: &Document, heads: &[[u8; 32]], code: GateRefusal, bytes: &[u8]) {
    assert_ne!(code, GateRefusal::Library, "only the library refused {}", hex(bytes));
    assert_eq!(document.heads(), heads, "a refusal left a trace: {}", hex(bytes));
}

/// Honest work is let through, as it was before anything was refused: the document is kept, and bytes that are judged
/// later cannot change it.
fn goes_on(document: &Document) {
    let mut after = document.clone();
    let pen = Pen::new(0xa1);
    let work = work(document, &pen);
    let new = judged(&after, pen.author(), &work).expect("honest work goes on");
    take_in(&mut after, new.expect("it is new"), &work);
}

/// Something honest, made of nothing but the document.
fn work(document: &Document, pen: &Pen) -> Vec<u8> {
    use automerge::transaction::Transactable;
    match Container::of(document.id().kind()) {
        [Container::Fields] => pen.write(document, |transaction| {
            let fields = crate::pen::object(&*transaction, automerge::ROOT, Container::Fields.key());
            let text = format!("第{}次写", document.changes().len() + 1);
            transaction.put(&fields, "narrative", text).expect("a form takes scalars");
        }),
        containers => {
            let number = u128::from(document.last_seq(pen.actor(document)));
            let key = uuid::Uuid::from_u128(pen.device.0.as_u128() << 64 | number).to_string();
            let (first, fields) = (containers[0].key(), [("topic", "别处写的")]);
            pen.record(document, first, &key, &fields)
        }
    }
}

/// The document with the changes of a story in it, as far as they are let through.
fn told(id: DocumentId, changes: &[Told]) -> Document {
    thread_local! {
        static KEPT: RefCell<BTreeMap<Vec<u8>, Document>> = const { RefCell::new(BTreeMap::new()) };
    }
    let key = Story { document: id, device: 0, changes: changes.to_vec() }.to_bytes();
    if let Some(document) = KEPT.with_borrow(|kept| kept.get(&key).cloned()) {
        return document;
    }
    let mut document = Document::begin(id);
    for change in changes {
        let bytes = change.bytes();
        if let Ok(Some(new)) = judged(&document, Author::Anyone, &bytes) {
            take_in(&mut document, new, &bytes);
        }
    }
    goes_on(&document);
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, document.clone());
    });
    document
}

/// Mostly the body of the last change is mutated, whose checksum is made right again; now and then the story itself.
fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, inner: Inner) -> usize {
    let seed = seed.to_le_bytes();
    let mut choice = Script(&seed);
    let Some(mut story) = Story::from_bytes(&data[..size]) else { return inner(data, size, max_size) };
    let count = story.changes.len();
    match (choice.below(16), story.changes.last_mut()) {
        (0, _) => return inner(data, size, max_size),
        (1, _) => story.device = choice.byte() % 4,
        (2, Some(last)) => *last = Told::Bytes(last.bytes()),
        (3, Some(_)) if count > 1 => drop(story.changes.remove(choice.below(count as u64 - 1) as usize)),
        (4, Some(_)) if count > 1 => story.changes.swap(choice.below(count as u64) as usize, count - 1),
        (_, Some(last)) => {
            let body = inner_of(last);
            let length = body.len();
            body.resize(length + 64, 0);
            let length = inner(body, length, length + 64);
            body.truncate(length);
        }
        (_, None) => story.changes.push(Told::Body(vec![0])),
    }
    let bytes = story.to_bytes();
    let length = bytes.len().min(max_size).min(data.len());
    data[..length].copy_from_slice(&bytes[..length]);
    length
}

/// Documents of every kind that are empty, have one author, have two branches; the next change of each is honest.
fn seeds() -> Vec<Vec<u8>> {
    let ids = [
        DocumentId::log(TenureId(uuid::Uuid::from_u128(7))),
        DocumentId::review(TenureId(uuid::Uuid::from_u128(7))),
        DocumentId::draft(EntryId(uuid::Uuid::from_u128(8))),
        DocumentId::village("621022103201".parse().expect("a village")),
    ];
    let mut seeds = Vec::new();
    for id in ids {
        let empty = Document::begin(id);
        let mut one = empty.clone();
        grow(&mut one, &work(&empty, &Pen::new(1)));
        let mut two = one.clone();
        grow(&mut two, &work(&empty, &Pen::new(2)));
        for document in [empty, one, two] {
            for device in [0, 1, 3] {
                let pen = Pen::new(device.max(1));
                let next = match document.last_seq(pen.actor(&document)) {
                    0 => work(&document, &pen),
                    _ => again(&document, &pen),
                };
                let changes = document.changes().iter().chain([&next]).map(|change| Told::of(change)).collect();
                seeds.push(Story { document: id, device: device as u8, changes }.to_bytes());
            }
        }
    }
    seeds
}

fn grow(document: &mut Document, bytes: &[u8]) {
    let new = judged(document, Author::Anyone, bytes).expect("honest work is let through").expect("it is new");
    take_in(document, new, bytes);
}

/// A second change of the same author.
fn again(document: &Document, pen: &Pen) -> Vec<u8> {
    use automerge::transaction::Transactable;
    let container = Container::of(document.id().kind())[0];
    if container == Container::Fields {
        return work(document, pen);
    }
    pen.write(document, |transaction| {
        let parent = crate::pen::object(&*transaction, automerge::ROOT, container.key());
        let key = uuid::Uuid::from_u128(0xb2).to_string();
        let record = transaction.put_object(&parent, key, automerge::ObjType::Map).expect("a container takes maps");
        transaction.put(&record, "present", 21).expect("a record takes scalars");
        transaction.put(&record, "topic", "又一次").expect("a record takes scalars");
    })
}
