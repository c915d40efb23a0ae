//! The builder itself: what it writes for an honest author is what automerge writes, so an attack differs from honest
//! work in nothing but what its test says.
use automerge::transaction::Transactable;
use zhucun_core::gate::GateRefusal;

use crate::chunk::{Chunk, Op, Value};
use crate::oracle::admit;
use crate::pen::values_at;
use crate::scene::{ENTRY, OTHER, Scene};
use crate::story::{Story, Told};

#[test]
fn the_builder_writes_what_automerge_writes() {
    let scene = Scene::log();
    for bytes in scene.document.changes() {
        assert_eq!(Chunk::of(&bytes).bytes(), bytes);
    }
    let mixed = scene.rogue.write(&scene.document, |transaction| {
        let entries = crate::pen::object(&*transaction, automerge::ROOT, "entries");
        let entry = crate::pen::object(&*transaction, entries, ENTRY);
        for (name, value) in [("topic", 7), ("present", -70), ("expected", i64::MIN)] {
            transaction.put(&entry, name, value).expect("a record takes scalars");
        }
        for (name, value) in [("form", ""), ("lecturer", "self"), ("main_points", "self")] {
            transaction.put(&entry, name, value).expect("a record takes scalars");
        }
    });
    assert_eq!(Chunk::of(&mixed).bytes(), mixed);
}

#[test]
fn an_honest_change_of_the_builder_is_let_through() {
    let mut scene = Scene::log();
    let entry = scene.entry().bytes();
    scene.takes(&entry);
    let amended = scene.set("topic", Value::text("改过")).bytes();
    scene.takes(&amended);
    let filled = Scene::draft().next();
    let mut draft = Scene::draft();
    let fields = draft.at(&["fields"]);
    let bytes = Chunk { operations: vec![Op::put(&fields, "form", Value::text("at_home"))], ..filled }.bytes();
    draft.takes(&bytes);
}

#[test]
fn the_oracle_goes_on_in_a_form_that_says_what_it_said_in_others() {
    // It wrote the same words into every form once: where they stood it wrote nothing. Fuzzing found a form like that.
    let mut draft = Scene::draft();
    let fields = draft.at(&["fields"]);
    let there = values_at(&draft.document, &["fields"], "topic");
    let words = Op::put(&fields, "topic", Value::text("once more, after 0")).over(&there);
    let bytes = draft.one(words).bytes();
    draft.takes(&bytes);
}

#[test]
fn a_change_sent_again_is_a_duplicate_whoever_sends_it() {
    let mut scene = Scene::log();
    let bytes = scene.entry().bytes();
    admit(&mut scene.document, scene.rogue.author(), &bytes);
    for author in [scene.rogue.author(), scene.honest.author(), zhucun_core::gate::Author::Anyone] {
        let again = crate::oracle::judged(&scene.document, author, &bytes);
        assert!(matches!(again, Ok(None)), "{again:?}");
    }
    let mut flipped = bytes.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    scene.refuses(&flipped, GateRefusal::Checksum);
    let key = [("kind", "lesson")];
    scene.writes(|honest, log| honest.record(log, "entries", OTHER, &key));
}

#[test]
fn a_story_survives_its_bytes() {
    let scene = Scene::log();
    let mut changes: Vec<Told> = scene.document.changes().iter().map(|change| Told::of(change)).collect();
    assert!(changes.iter().all(|told| matches!(told, Told::Body(_))));
    assert_eq!(changes.iter().map(Told::bytes).collect::<Vec<_>>(), scene.document.changes());
    changes.push(Told::of(b"no chunk"));
    let story = Story { document: scene.document.id(), device: 2, changes };
    assert_eq!(Story::from_bytes(&story.to_bytes()), Some(story.clone()));
    let next = scene.entry().bytes();
    assert!(matches!(crate::oracle::judged(&scene.document, story.author(), &next), Ok(Some(_))));
}
