//! The limits of a change, at both sides: the last that passes and the first that does not.
use uuid::Uuid;
use zhucun_core::document::{DOCUMENT_OPS_MAX, Document};
use zhucun_core::gate::{ACTORS_MAX, Author, BRANCHES_MAX, CHANGE_BYTES_MAX, DEPENDENCIES_MAX, GateRefusal, OPS_MAX};

use crate::chunk::{Chunk, Id, Op, Value};
use crate::oracle::{admit, judged, take, take_in};
use crate::pen::Pen;
use crate::scene::{ENTRY, Scene};

/// Takes a change in as a phone does, without asking the oracle each time.
fn let_in(document: &mut Document, bytes: &[u8]) {
    let new = judged(document, Author::Anyone, bytes).expect("it passes").expect("it is new");
    new.apply(document).expect("it was judged");
}

#[test]
fn operations_are_held_to_their_limit() {
    let mut scene = Scene::log();
    let entries = scene.at(&["entries"]);
    let makes =
        |count: u64| (0..count).map(|at| Op::make(&entries, &Uuid::from_u128(9_000 + u128::from(at)).to_string()));
    let most = Chunk { operations: makes(OPS_MAX - 1).collect(), ..scene.next() };
    // So many keys of 36 bytes are more than a change has bytes; as fields with short names they fit.
    scene.refuses(&most.bytes(), GateRefusal::TooLarge);
    let fields = |scene: &Scene, count: u64| {
        let mut chunk = scene.entry();
        let record = Id { counter: chunk.start_op, actor: chunk.actor.clone() };
        chunk.operations.truncate(1);
        chunk.operations.extend((1..count).map(|at| Op::put(&record, &format!("f{at}"), Value::number(0))));
        assert_eq!(chunk.operations.len() as u64, count);
        chunk.bytes()
    };
    let more = fields(&scene, OPS_MAX + 1);
    scene.refuses(&more, GateRefusal::TooManyOps);
    let most = fields(&scene, OPS_MAX);
    scene.takes(&most);
}

#[test]
fn bytes_are_held_to_their_limit() {
    let mut scene = Scene::log();
    let sized = |scene: &Scene, length: usize| {
        let mut chunk = scene.entry();
        let record = Id { counter: chunk.start_op, actor: chunk.actor.clone() };
        for (at, length) in [20_000, 20_000, 20_000, length].into_iter().enumerate() {
            chunk.operations.push(Op::put(&record, &format!("f{at}"), Value::text(&"x".repeat(length))));
        }
        chunk.bytes()
    };
    let without = sized(&scene, 5_000).len();
    let fill = 5_000 + CHANGE_BYTES_MAX - without;
    let more = sized(&scene, fill + 1);
    assert_eq!(more.len(), CHANGE_BYTES_MAX + 1);
    scene.refuses(&more, GateRefusal::TooLarge);
    let most = sized(&scene, fill);
    assert_eq!(most.len(), CHANGE_BYTES_MAX);
    scene.takes(&most);
}

#[test]
fn causes_are_held_to_their_limit() {
    // The server never lets so many stand side by side; a phone, which takes changes from anyone, may see them.
    let scene = Scene::log();
    let mut wide = scene.document.clone();
    for device in 0..DEPENDENCIES_MAX {
        let pen = Pen::new(100 + u128::from(device));
        let key = Uuid::from_u128(5_000 + u128::from(device)).to_string();
        let bytes = pen.record(&scene.document, "entries", &key, &[("kind", "visit")]);
        let_in(&mut wide, &bytes);
    }
    assert_eq!(wide.heads().len() as u64, DEPENDENCIES_MAX);
    let most = scene.rogue.set(&wide, "entries", ENTRY, "topic", "众");
    let new = judged(&wide, scene.rogue.author(), &most).expect("it passes").expect("it is new");
    take(&mut wide.clone(), new, &most);
    let one_more = Pen::new(99);
    let bytes = one_more.record(&scene.document, "entries", &Uuid::from_u128(4_999).to_string(), &[("kind", "visit")]);
    let_in(&mut wide, &bytes);
    let more = scene.rogue.set(&wide, "entries", ENTRY, "topic", "众");
    let code = judged(&wide, scene.rogue.author(), &more).expect_err("there are too many causes");
    assert_eq!(code, GateRefusal::TooManyDependencies);
    // What was made by one who saw fewer still goes in, and leaves few enough to be named.
    let_in(&mut wide, &most);
    let joined = one_more.set(&wide, "entries", ENTRY, "topic", "合");
    let_in(&mut wide, &joined);
    assert_eq!(wide.heads().len(), 1);
}

#[test]
fn other_actors_are_held_to_their_limit() {
    let mut scene = Scene::log();
    let others = |scene: &Scene, count: u64| {
        let honest = scene.set("topic", Value::text("他"));
        let more = (1..count).map(|at| [&at.to_be_bytes()[..], &[0; 8]].concat());
        let mut others: Vec<_> = honest.named().into_iter().chain(more).collect();
        others.sort();
        Chunk { others: Some(others), ..honest }.bytes()
    };
    let more = others(&scene, ACTORS_MAX + 1);
    scene.refuses(&more, GateRefusal::TooManyActors);
    // Within the limit it is for naming those it does not need.
    let most = others(&scene, ACTORS_MAX);
    scene.refuses(&most, GateRefusal::NotCanonical);
}

#[test]
fn one_device_under_many_incarnations_cannot_close_a_document_to_others() {
    let mut scene = Scene::log();
    let before = scene.document.clone();
    let swarm = |incarnation: u32| Pen { incarnation, ..Pen::new(13) };
    let branch = |incarnation: u32| {
        let key = Uuid::from_u128(7_000 + u128::from(incarnation)).to_string();
        swarm(incarnation).record(&before, "entries", &key, &[("kind", "visit")])
    };
    let accepted = |scene: &mut Scene, incarnation: u32| {
        let new = judged(&scene.document, swarm(incarnation).author(), &branch(incarnation));
        new.map(|new| new.map(|new| new.apply(&mut scene.document).expect("it was judged")))
    };
    let open = (0..100).take_while(|incarnation| accepted(&mut scene, *incarnation).is_ok()).count();
    assert_eq!(open, BRANCHES_MAX);
    assert_eq!(scene.document.heads().len(), BRANCHES_MAX);
    assert_eq!(accepted(&mut scene, 99).expect_err("there are too many branches"), GateRefusal::TooManyBranches);
    // Whoever saw them joins them, and then there is room again.
    scene.writes(|honest, log| honest.set(log, "entries", ENTRY, "topic", "众"));
    assert_eq!(scene.document.heads().len(), 1);
    assert!(accepted(&mut scene, 99).is_ok());
}

#[test]
fn one_device_under_many_incarnations_cannot_close_a_field_to_others() {
    let mut scene = Scene::log();
    let before = scene.document.clone();
    let swarm = |incarnation: u32| Pen { incarnation, ..Pen::new(13) };
    let mut refused = 0;
    for incarnation in 0..70 {
        let pen = swarm(incarnation);
        let bytes = pen.set(&before, "entries", ENTRY, "topic", &format!("{incarnation}"));
        match judged(&scene.document, pen.author(), &bytes) {
            Ok(new) => new.expect("it is new").apply(&mut scene.document).expect("it was judged"),
            Err(code) => {
                assert_eq!(code, GateRefusal::TooManyBranches);
                refused += 1;
            }
        }
        // Another device keeps the heads few, without touching the field.
        if incarnation % 20 == 19 {
            let joining = Pen::new(14).set(&scene.document, "entries", ENTRY, "form", &format!("{incarnation}"));
            admit(&mut scene.document, Pen::new(14).author(), &joining);
        }
    }
    assert_eq!(refused, 70 - BRANCHES_MAX);
    let amended = scene.honest.set(&scene.document, "entries", ENTRY, "topic", "定稿");
    admit(&mut scene.document, scene.honest.author(), &amended);
}

/// A log in which so many operations were written: one entry, one field of it over and over again.
fn full_log(operations: u64) -> Document {
    use automerge::transaction::Transactable;
    let begun = Scene::log().document;
    let mut automerge = automerge::Automerge::load(&begun.save()).expect("it was saved whole");
    let last = |automerge: &automerge::Automerge| {
        let ends = automerge.get_changes(&[]).into_iter().map(|change| change.max_op());
        ends.max().expect("there are changes")
    };
    let missing = operations - last(&automerge);
    let mut transaction = automerge.transaction();
    let entries = crate::pen::object(&transaction, automerge::ROOT, "entries");
    let entry = crate::pen::object(&transaction, entries, ENTRY);
    for at in 0..missing {
        transaction.put(&entry, "expected", i64::try_from(at).expect("a small number")).expect("a field");
    }
    transaction.commit();
    assert_eq!(last(&automerge), operations);
    Document::load(begun.id(), &automerge.save()).expect("it was saved whole")
}

#[test]
fn a_document_is_held_to_its_operations() {
    let log = full_log(DOCUMENT_OPS_MAX - 2);
    let pen = Pen::new(9);
    let key = Uuid::from_u128(77).to_string();
    let too_many = pen.record(&log, "entries", &key, &[("kind", "visit"), ("mode", "home")]);
    assert_eq!(judged(&log, pen.author(), &too_many).err(), Some(GateRefusal::DocumentFull));
    let mut log = log;
    let the_last = pen.record(&log, "entries", &key, &[("kind", "visit")]);
    let new = judged(&log, pen.author(), &the_last).expect("there is room for it").expect("it is new");
    take_in(&mut log, new, &the_last);
}
