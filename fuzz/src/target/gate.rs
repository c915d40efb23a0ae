//! The gate on any bytes, against documents of every kind and history. It never panics, also where a guard would catch it;
//! a refusal leaves the document as it was, and honest work goes on in it. What it lets through passes the oracle: saved,
//! loaded, compared, written to once more; and beside the work of somebody who had not seen it, both orders are the same.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use zhucun_core::document::{Container, Document, DocumentId};
use zhucun_core::gate::{Author, GateRefusal, Judged};
use zhucun_core::id::{Dice, EntryId, TenureId};

use super::{Inner, Target, chance_of};
use crate::bend::bent;
use crate::chance::at;
use crate::chunk::Id;
use crate::item::inner_of;
use crate::oracle::{free_key, hex, judged, same, take, take_in};
use crate::parts;
use crate::pen::Pen;
use crate::story::{Story, Told};

pub const TARGET: Target =
    Target { name: "gate", run, seeds, mutate: Some(mutate), bytes_max: 16_384, memory_max: 64 << 20 };

/// Documents kept by the changes in them: about those of all seeds.
const KEPT_MAX: usize = 512;
/// Changes before the one to judge, after which a story is not made longer.
const CHANGES_MAX: usize = 12;

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
            // What stands there already would be no change.
            let text = free_key(document, pen.device.0.as_u64_pair().1);
            transaction.put(&fields, "narrative", text).expect("a form takes scalars");
        }),
        containers => {
            let key = free_key(document, pen.device.0.as_u64_pair().1);
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

/// Mostly the last change is bent: in the meaning of its operations, its columns, its bytes, with a checksum that is right
/// again. Now and then the story before it.
fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, inner: Inner) -> usize {
    let mut dice = chance_of(seed);
    let Some(mut story) = Story::from_bytes(&data[..size]) else { return inner(data, size, max_size) };
    let count = story.changes.len();
    match (dice.below(16), story.changes.last_mut()) {
        (_, None) => story.changes.push(Told::Body(vec![0])),
        (0, _) => return inner(data, size, max_size),
        (1, _) => story.device = dice.below(4) as u8,
        (2, Some(last)) => *last = Told::Bytes(last.bytes()),
        (3, Some(_)) if count > 1 => drop(story.changes.remove(dice.below(count as u64 - 1) as usize)),
        (4, Some(_)) if count > 1 => story.changes.swap(dice.below(count as u64) as usize, count - 1),
        (5, Some(_)) if count <= CHANGES_MAX => goes_on_in(&mut story, &mut dice),
        (6..=8, Some(last)) => by_bytes(inner_of(last), inner),
        (choice, Some(Told::Body(body))) => match parts::of(body) {
            Some(mut parts) if choice == 9 || parts.columns.is_some() => {
                let mut columns = parts.columns.take().unwrap_or_else(|| parts.columns());
                let column = at(&mut dice, columns.len());
                columns.get_mut(column).into_iter().for_each(|(_, bytes)| by_bytes(bytes, inner));
                parts.columns = Some(columns);
                *body = parts.body();
            }
            Some(parts) => {
                let known = known(&story);
                let bytes = bent(&mut dice, &parts, &known);
                story.changes[count - 1] = Told::of(&bytes);
            }
            None => by_bytes(body, inner),
        },
        (_, Some(last)) => by_bytes(inner_of(last), inner),
    }
    let bytes = story.to_bytes();
    let length = bytes.len().min(max_size).min(data.len());
    data[..length].copy_from_slice(&bytes[..length]);
    length
}

/// The engine's own mutation, with room to grow.
fn by_bytes(bytes: &mut Vec<u8>, inner: Inner) {
    let length = bytes.len();
    bytes.resize(length + 64, 0);
    let length = inner(bytes, length, length + 64);
    bytes.truncate(length);
}

/// What was judged becomes part of the story, and somebody honest writes next: on all of it, or on what was there before.
fn goes_on_in(story: &mut Story, dice: &mut Dice) {
    let (id, count) = (story.document, story.changes.len());
    let seen = if dice.below(3) == 0 { count - 1 } else { count };
    let document = told(id, &story.changes[..seen]);
    let pen = Pen::new(1 + u128::from(dice.below(3)));
    let next = if dice.below(2) == 0 { again(&document, &pen) } else { work(&document, &pen) };
    story.changes.push(Told::of(&next));
    story.device = pen.device.0.as_u128() as u8;
}

/// Names and hashes that there are in a story.
fn known(story: &Story) -> (Vec<Id>, Vec<[u8; 32]>) {
    let (mut ids, mut hashes) = (BTreeSet::new(), Vec::new());
    ids.insert(Id { counter: 2, actor: b"zhucun-genesis-1".to_vec() });
    for told in &story.changes {
        hashes.extend(Document::hash_of(&told.bytes()));
        let Told::Body(body) = told else { continue };
        let Some(parts) = parts::of(body) else { continue };
        ids.extend(
            (0..parts.operations.len().min(8))
                .map(|after| Id { counter: parts.start_op.saturating_add(after as u64), actor: parts.actor.clone() }),
        );
        ids.extend(parts.operations.iter().flat_map(|op| op.object.iter().chain(&op.predecessors).cloned()));
        hashes.extend(parts.dependencies);
    }
    (ids.into_iter().collect(), hashes)
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
