//! Attacks on a change's place in the line: who made it, what came before, what it says it had seen, where its counters
//! begin.
use uuid::Uuid;
use zhucun_core::document::{DOCUMENT_OPS_MAX, TIME_S_MAX};
use zhucun_core::gate::{Author, GateRefusal};

use crate::chunk::{Chunk, Id, Op, Value};
use crate::oracle::{admit, judged};
use crate::pen::Pen;
use crate::scene::{ENTRY, NEW, OTHER, Scene};

/// The same chunk beginning at another counter, the operations on its own record with it.
fn moved(mut chunk: Chunk, start_op: u64) -> Chunk {
    let record = Id { counter: chunk.start_op, actor: chunk.actor.clone() };
    for op in &mut chunk.operations {
        if op.object.as_ref() == Some(&record) {
            op.object = Some(Id { counter: start_op, ..record.clone() });
        }
    }
    Chunk { start_op, ..chunk }
}

#[test]
fn an_actor_that_is_not_the_authors_is_refused() {
    let mut scene = Scene::log();
    let honest = scene.honest.actor(&scene.document);
    let mut forged = vec![honest.0, [0; 16], *b"zhucun-genesis-1"];
    let of = |pen: &Pen| pen.actor(&scene.document).0;
    forged.push(of(&Pen::new(3)));
    forged.push(of(&Pen { incarnation: 1, ..scene.rogue }));
    for actor in forged {
        let mut chunk = scene.entry();
        let record = Id { counter: chunk.start_op, actor: actor.to_vec() };
        chunk.operations[1].object = Some(record.clone());
        chunk.operations[2].object = Some(record);
        chunk.actor = actor.to_vec();
        scene.refuses(&chunk.bytes(), GateRefusal::ForgedActor);
    }
    for actor in [&[][..], &[7], &[7; 15], &[7; 17], &[7; 400]] {
        let chunk = Chunk { actor: actor.to_vec(), ..scene.one(Op::make(&scene.at(&["entries"]), NEW)) };
        scene.refuses(&chunk.bytes(), GateRefusal::ForgedActor);
    }
}

#[test]
fn a_gap_in_the_sequence_is_refused() {
    let mut scene = Scene::log();
    for step in [1, 2, 1 << 31, u64::from(u32::MAX), u64::MAX - 1_000_000] {
        let chunk = scene.entry();
        let chunk = Chunk { seq: chunk.seq + step, ..chunk };
        scene.refuses(&chunk.bytes(), GateRefusal::SeqGap);
    }
}

#[test]
fn a_sequence_number_is_used_once() {
    let mut scene = Scene::log();
    let first = scene.entry().bytes();
    // Another change with the same actor and number, made before the first was known.
    let mut other = scene.entry();
    other.operations[2].value = Value::text("另一课");
    scene.takes(&first);
    scene.refuses(&other.bytes(), GateRefusal::SeqReused);
    for seq in [0, 1, 2] {
        let chunk = Chunk { seq, ..scene.set("topic", Value::text("他")) };
        scene.refuses(&chunk.bytes(), GateRefusal::SeqReused);
    }
}

#[test]
fn ones_own_change_before_must_be_among_the_causes() {
    let mut scene = Scene::log();
    let before = scene.document.clone();
    let first = scene.entry().bytes();
    admit(&mut scene.document, scene.rogue.author(), &first);
    // The second, as if from a copy that never saw the first.
    let second = Chunk { seq: 2, ..scene.rogue.next(&before) };
    let entries = scene.at(&["entries"]);
    let second = Chunk { operations: vec![Op::make(&entries, OTHER)], ..second };
    scene.refuses(&second.bytes(), GateRefusal::OwnChangeNotSeen);
}

#[test]
fn a_change_without_causes_is_refused() {
    let mut scene = Scene::log();
    for start_op in [1, 5, 13] {
        let chunk = moved(Chunk { dependencies: Vec::new(), ..scene.entry() }, start_op);
        scene.refuses(&chunk.bytes(), GateRefusal::OwnChangeNotSeen);
    }
}

#[test]
fn an_unknown_cause_is_refused() {
    let mut scene = Scene::log();
    let mut lone = scene.entry();
    lone.dependencies = vec![[7; 32]];
    scene.refuses(&lone.bytes(), GateRefusal::UnknownDependency);
    let mut among = scene.entry();
    among.dependencies.push([0xff; 32]);
    scene.refuses(&among.bytes(), GateRefusal::UnknownDependency);
}

#[test]
fn causes_come_sorted_and_each_once() {
    let mut scene = Scene::log();
    let twice = scene.entry();
    let twice = Chunk { dependencies: twice.dependencies.repeat(2), ..twice };
    scene.refuses(&twice.bytes(), GateRefusal::NotCanonical);
    // Two heads: the honest author and a third one write at the same time.
    let before = scene.document.clone();
    scene.writes(|honest, log| honest.set(log, "entries", ENTRY, "form", "online"));
    let third = Pen::new(3);
    let bytes = third.record(&before, "entries", OTHER, &[("kind", "visit")]);
    admit(&mut scene.document, third.author(), &bytes);
    let mut unsorted = scene.entry();
    assert_eq!(unsorted.dependencies.len(), 2);
    unsorted.dependencies.reverse();
    scene.refuses(&unsorted.bytes(), GateRefusal::NotCanonical);
}

#[test]
fn a_cause_behind_another_cause_breaks_nothing() {
    // automerge itself names its own last change beside the heads, also where somebody has built on it.
    let mut scene = Scene::log();
    let genesis = zhucun_core::document::genesis_change(scene.document.id().kind()).hash().0;
    let mut chunk = scene.entry();
    chunk.dependencies.push(genesis);
    chunk.dependencies.sort_unstable();
    let bytes = chunk.bytes();
    scene.takes(&bytes);
}

#[test]
fn counters_begin_right_after_all_that_was_seen() {
    let mut scene = Scene::log();
    for step in [-1_i64, 1, 2, 100, -5] {
        let chunk = scene.entry();
        let start = chunk.start_op.saturating_add_signed(step);
        scene.refuses(&moved(chunk, start).bytes(), GateRefusal::WrongStartOp);
    }
    // Over the counters of its own last change.
    let first = scene.entry().bytes();
    scene.takes(&first);
    let chunk = scene.entry();
    let chunk = Chunk { operations: vec![Op::make(&scene.at(&["entries"]), OTHER)], ..chunk };
    scene.refuses(&moved(chunk, 12).bytes(), GateRefusal::WrongStartOp);
}

#[test]
fn counters_near_their_end_are_refused() {
    let mut scene = Scene::log();
    let near = u64::from(u32::MAX);
    for start in [DOCUMENT_OPS_MAX - 1, DOCUMENT_OPS_MAX + 1, 1 << 31, near - 2] {
        let chunk = moved(scene.entry(), start);
        scene.refuses(&chunk.bytes(), GateRefusal::WrongStartOp);
    }
    // Beyond what automerge counts with.
    let entries = scene.at(&["entries"]);
    for start in [near + 1, 1 << 40, i64::MAX as u64, u64::MAX] {
        let chunk = Chunk { start_op: start, ..scene.one(Op::make(&entries, NEW)) };
        scene.refuses(&chunk.bytes(), GateRefusal::NotAChange);
    }
    let last = Chunk { start_op: near, ..scene.one(Op::make(&entries, NEW)) };
    scene.refuses(&last.bytes(), GateRefusal::WrongStartOp);
    let zero = Chunk { start_op: 0, ..scene.one(Op::make(&entries, NEW)) };
    scene.refuses(&zero.bytes(), GateRefusal::NotAChange);
}

#[test]
fn a_change_for_another_document_is_refused() {
    let mut scene = Scene::log();
    let mut other = Scene::draft();
    let bytes = scene.entry().bytes();
    other.refuses(&bytes, GateRefusal::ForgedActor);
    let code = judged(&other.document, Author::Anyone, &bytes).expect_err("it is of another document");
    assert_eq!(code, GateRefusal::UnknownDependency);
    let key = Uuid::from_u128(77).to_string();
    scene.writes(|honest, log| honest.record(log, "entries", &key, &[("kind", "visit")]));
}

#[test]
fn a_time_outside_the_calendar_is_refused() {
    let mut scene = Scene::log();
    let at = |scene: &Scene, time: i64| Chunk { time, ..scene.set("topic", Value::text(&format!("{time}"))) }.bytes();
    for time in [i64::MAX, i64::MIN, -1, i64::MIN + 1, i64::MAX / 1000 + 1, TIME_S_MAX + 1] {
        let bytes = at(&scene, time);
        scene.refuses(&bytes, GateRefusal::WrongTime);
    }
    for time in [0, TIME_S_MAX, 0, 1] {
        let bytes = at(&scene, time);
        scene.takes(&bytes);
    }
}
