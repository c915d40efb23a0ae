//! The oracle the gate is held against: what was taken in can be saved, loaded, read and written to, and comes back as
//! the very bytes that were judged. And a watch over the judgement: it must not panic even where a guard would catch it,
//! for in the browser there is no guard.
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic;
use std::sync::Once;

use automerge::{Automerge, ObjId, ROOT, ReadDoc, ScalarValue};
use zhucun_core::document::{Container, Document, Value};
use zhucun_core::field::FieldValue;
use zhucun_core::gate::{Author, GateRefusal, Judged, Pass, judge};

use crate::pen::{Pen, object, put_record};
use crate::story;

thread_local! {
    /// Panics counted on this thread while a judgement is watched.
    static PANICS: Cell<Option<u32>> = const { Cell::new(None) };
}

fn watched<T>(run: impl FnOnce() -> T) -> (T, u32) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| match PANICS.get() {
            Some(count) => PANICS.set(Some(count + 1)),
            None => others(info),
        }));
    });
    PANICS.set(Some(0));
    let done = run();
    (done, PANICS.take().unwrap_or(0))
}

/// What the gate says of some bytes; a panic inside fails the test, guarded or not.
pub fn judged(document: &Document, author: Author, bytes: &[u8]) -> Result<Option<Judged>, GateRefusal> {
    story::told(document, author, bytes);
    let (verdict, panics) = watched(|| judge(document, author, bytes));
    assert_eq!(panics, 0, "the gate panicked on {}", hex(bytes));
    Ok(match verdict? {
        Pass::New(judged) => Some(*judged),
        Pass::Duplicate => None,
    })
}

/// Takes in a change that the gate must let through, and asks the oracle.
pub fn admit(document: &mut Document, author: Author, bytes: &[u8]) {
    let new = judged(document, author, bytes).expect("an honest change passes the gate");
    let new = new.unwrap_or_else(|| panic!("an honest change is new: {}", hex(bytes)));
    take(document, new, bytes);
}

/// Applies a judged change, and asks the oracle.
pub fn take(document: &mut Document, new: Judged, bytes: &[u8]) {
    take_in(document, new, bytes);
    oracle(document);
}

/// Applies a judged change, which must be taken in as the bytes that were judged.
pub fn take_in(document: &mut Document, new: Judged, bytes: &[u8]) {
    let hash = new.hash();
    let (applied, panics) = watched(|| new.apply(document));
    assert_eq!((applied, panics), (Ok(()), 0), "a judged change was not taken in: {}", hex(bytes));
    assert_eq!(document.change(&hash).as_deref(), Some(bytes), "the change comes back as other bytes");
}

/// Save, load, compare, write once more, save, load, compare.
pub fn oracle(document: &Document) {
    let saved = document.save();
    let mut written = Document::load(document.id(), &saved).expect("a saved document loads");
    same(document, &written);
    let mut copy = Automerge::load(&saved).expect("a saved document loads");
    for container in Container::of(document.id().kind()) {
        assert_eq!(read(document, *container), read_by_automerge(&copy, *container));
    }
    let pen = Pen::new(0xfade);
    let actor = pen.actor(document);
    for container in Container::of(document.id().kind()) {
        let before = written.last_seq(actor);
        let bytes = pen.write_in(&mut copy, actor, |transaction| match container {
            Container::Fields => {
                use automerge::transaction::Transactable;
                let fields = object(&*transaction, ROOT, container.key());
                // What stands there already would be no change.
                transaction.put(&fields, "topic", free_key(document, before)).expect("a form takes scalars");
            }
            _ => {
                let key = free_key(document, before);
                put_record(transaction, container.key(), &key, &[("topic", "once more")]);
            }
        });
        let new = judged(&written, pen.author(), &bytes).expect("one can go on writing").expect("nobody wrote this");
        assert_eq!(new.apply(&mut written), Ok(()));
    }
    let again = Document::load(document.id(), &written.save()).expect("what was written once more loads");
    same(&written, &again);
}

/// A key under which nothing can stand yet, and a text that stands nowhere, since it is made of the document as it is.
pub fn free_key(document: &Document, number: u64) -> String {
    let head = document.heads()[0];
    let mut sixteen = [0; 16];
    sixteen.copy_from_slice(&head[..16]);
    uuid::Uuid::from_u128(u128::from_be_bytes(sixteen).wrapping_add(number.into())).to_string()
}

/// Every value of a container with its record and field.
fn read(document: &Document, container: Container) -> BTreeSet<String> {
    let fields = match container {
        Container::Fields => vec![(String::new(), document.form(container).fields)],
        _ => document.records(container).into_iter().map(|record| (record.key, record.fields)).collect(),
    };
    let line = |key: &str, name: &str, value: &FieldValue| match value {
        FieldValue::Text(text) => format!("{key} {name} {text:?}"),
        FieldValue::Number(number) => format!("{key} {name} {number}"),
    };
    let of = |(key, fields): (String, BTreeMap<String, Vec<Value>>)| -> Vec<String> {
        let values = fields.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        values.map(|(name, value)| line(&key, name, &value.value)).collect()
    };
    fields.into_iter().flat_map(of).collect()
}

/// The same, asked of automerge key by key.
fn read_by_automerge(copy: &Automerge, container: Container) -> BTreeSet<String> {
    let parent = object(copy, ROOT, container.key());
    let mut lines = BTreeSet::new();
    let mut all = |key: &str, record: &ObjId| {
        for name in copy.keys(record) {
            for (value, _) in copy.get_all(record, name.as_str()).expect("the key is there") {
                lines.insert(match value.as_scalar().expect("records hold scalars") {
                    ScalarValue::Str(text) => format!("{key} {name} {:?}", text.as_str()),
                    ScalarValue::Int(number) => format!("{key} {name} {number}"),
                    other => unreachable!("nobody can have written {other:?}"),
                });
            }
        }
    };
    if container == Container::Fields {
        all("", &parent);
        return lines;
    }
    for key in copy.keys(&parent) {
        for (_, record) in copy.get_all(&parent, key.as_str()).expect("the key is there") {
            all(&key, &record);
        }
    }
    lines
}

/// Two copies of one document are the same to everybody.
pub fn same(one: &Document, other: &Document) {
    assert_eq!(one.heads(), other.heads());
    let sorted = |document: &Document| {
        let mut changes = document.changes();
        changes.sort();
        changes
    };
    assert!(sorted(one) == sorted(other), "the same heads stand for other changes");
    for container in Container::of(one.id().kind()) {
        assert_eq!(contents(one, *container), contents(other, *container));
    }
}

/// All that can be read of a container, as text.
pub fn contents(document: &Document, container: Container) -> Vec<String> {
    if container == Container::Fields {
        return vec![format!("{:?}", document.form(container).fields)];
    }
    let records = document.records(container);
    let of = |record: &zhucun_core::document::Record| {
        format!("{} {} {:?}", record.key, zhucun_core::ledger::version(record), record.fields)
    };
    records.iter().map(of).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
