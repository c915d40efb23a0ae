//! What the gate costs on a secretary's year: 73 visits of 16 fields, three amendments each, in one log. Prints only;
//! `cargo run --release --package zhucun-core --example gate_cost`.
#![allow(clippy::disallowed_methods, reason = "a measurement needs the clock")]
use std::hint::black_box;
use std::time::Instant;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjType, ROOT, ReadDoc};
use uuid::Uuid;
use zhucun_core::document::{Actor, Container, Document, DocumentId, genesis_change};
use zhucun_core::entry::VISIT;
use zhucun_core::gate::{Author, Pass, judge};
use zhucun_core::id::{DeviceId, Dice, TenureId};
use zhucun_core::ledger;

const ENTRIES: u128 = 73;
const AMENDMENTS: usize = 3;

fn main() {
    let id = DocumentId::log(TenureId(Uuid::from_u128(7)));
    let device = DeviceId(Uuid::from_u128(1));
    let changes = year(id, device);
    let bytes: usize = changes.iter().map(Vec::len).sum();
    println!("{} changes, {bytes} bytes", changes.len());

    let mut document = Document::begin(id);
    let (mut judging, mut applying) = (Vec::new(), Vec::new());
    for change in &changes {
        let begun = Instant::now();
        let Ok(Pass::New(judged)) = judge(&document, Author::Device(device, 0), change) else {
            unreachable!("the year is honest")
        };
        judging.push(begun.elapsed().as_secs_f64() * 1e6);
        let begun = Instant::now();
        judged.apply(&mut document).expect("it was judged");
        applying.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    let middle = |mut took: Vec<f64>| {
        took.sort_by(f64::total_cmp);
        took[took.len() / 2]
    };
    println!("judge {:.1} us, apply {:.1} us: the change in the middle", middle(judging), middle(applying));
    let ops: usize = changes.iter().map(|bytes| parsed(bytes).len()).sum();
    println!("{ops} operations, {} bytes saved", document.save().len());

    let first = &changes[0];
    let last = changes.last().expect("a year has changes");
    let early = Document::restore(id, None, changes[..changes.len() - 1].to_vec()).expect("the year is honest");
    let aside = concurrent(id, &changes);
    println!("of a new visit ({} bytes) and of an amendment ({} bytes):", first.len(), last.len());
    for (name, document, bytes) in [("visit", &Document::begin(id), first), ("amendment", &early, last)] {
        let author = Author::Device(device, 0);
        println!("  {name}:");
        us("judge", 400, || judge(document, author, bytes).is_ok());
        us("parse", 400, || parsed(bytes));
        let change = parsed(bytes);
        us("expand", 400, || change.decode());
        let expanded = change.decode();
        us("write again", 400, || Change::from(expanded.clone()));
    }
    us("judge an amendment made beside 20 others", 400, || judge(&document, Author::Anyone, &aside).is_ok());
    us("clone", 200, || document.clone());
    us("save", 50, || document.save());
    let saved = document.save();
    us("load", 50, || Document::load(id, &saved).is_ok());
    us("restore from raw changes", 20, || Document::restore(id, None, changes.iter().cloned()).is_ok());
    us("read all records", 50, || document.records(Container::Entries));
    us("and their versions", 50, || {
        document.records(Container::Entries).iter().map(ledger::version).collect::<Vec<_>>()
    });
}

fn parsed(bytes: &[u8]) -> Change {
    Change::from_bytes(bytes.to_vec()).expect("the year is honest")
}

/// Prints how long the fastest of many runs takes: whatever else the machine does only adds.
fn us<T>(name: &str, times: usize, run: impl Fn() -> T) {
    let mut took: Vec<f64> = (0..times)
        .map(|_| {
            let begun = Instant::now();
            black_box(run());
            begun.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    took.sort_by(f64::total_cmp);
    println!("  {name}: {:.1} us", took[0]);
}

/// The changes of a year by one device.
fn year(id: DocumentId, device: DeviceId) -> Vec<Vec<u8>> {
    let mut copy = Automerge::new().with_actor(ActorId::from(Actor::derive(device, id, 0).0));
    copy.apply_changes([genesis_change(id.kind())]).expect("the genesis is a change");
    for entry in 0..ENTRIES {
        let key = Uuid::from_u128(0x0190 << 112 | entry).to_string();
        write(&mut copy, |transaction, entries| {
            let record = transaction.put_object(&entries, &key, ObjType::Map).expect("a container takes maps");
            transaction.put(&record, "kind", "visit").expect("a record takes scalars");
            for field in VISIT {
                transaction.put(&record, field.name, value(field.name, entry as u64)).expect("a record takes scalars");
            }
        });
        for amendment in 0..AMENDMENTS {
            write(&mut copy, |transaction, entries| {
                let (_, record) = transaction.get(&entries, &key).expect("a map").expect("it was just made");
                let name = VISIT[10 + amendment].name;
                let text = format!("{}{amendment}", value(name, entry as u64 + 100));
                transaction.put(&record, name, text).expect("a record takes scalars");
            });
        }
    }
    let genesis = genesis_change(id.kind()).hash();
    copy.get_changes(&[genesis]).iter().map(|change| change.raw_bytes().to_vec()).collect()
}

/// An amendment by another device that had not seen the last 20 changes.
fn concurrent(id: DocumentId, changes: &[Vec<u8>]) -> Vec<u8> {
    let mut copy = Automerge::new().with_actor(ActorId::from([7; 16]));
    let seen = changes[..changes.len() - 20].iter().map(|bytes| parsed(bytes));
    copy.apply_changes([genesis_change(id.kind())].into_iter().chain(seen)).expect("the year is honest");
    let key = Uuid::from_u128(0x0190 << 112).to_string();
    write(&mut copy, |transaction, entries| {
        let (_, record) = transaction.get(&entries, &key).expect("a map").expect("the first entry was seen");
        transaction.put(&record, "plan", "下周再来").expect("a record takes scalars");
    });
    copy.get_last_local_change().expect("a change was just made").raw_bytes().to_vec()
}

fn write(copy: &mut Automerge, with: impl FnOnce(&mut automerge::transaction::Transaction<'_>, automerge::ObjId)) {
    let (_, entries) = copy.get(ROOT, "entries").expect("the root is a map").expect("the genesis has entries");
    let mut transaction = copy.transaction();
    with(&mut transaction, entries);
    transaction.commit_with(CommitOptions::default().with_time(1_456_797_600));
}

/// What a secretary might write: codes, and texts of 20 or 80 characters that are unlike each other.
fn value(name: &str, seed: u64) -> String {
    let mut dice = Dice::new([seed as u8; 32]);
    let mut text = |chars: usize| -> String {
        (0..chars).filter_map(|_| char::from_u32(0x4e00 + dice.below(2_000) as u32)).collect()
    };
    match name {
        "occurred_on" => "2016-02-29".to_owned(),
        "households" => format!("{} {}", Uuid::from_u128(u128::from(seed)), Uuid::from_u128(2)),
        "narrative" => text(80),
        "changes" | "difficulties" | "requests" | "plan" => text(20),
        _ => "normal".to_owned(),
    }
}
