//! Attacks on what an operation does and over what: actions these documents do not use, and predecessors that are not
//! exactly the values its author saw.
use zhucun_core::gate::GateRefusal;

use crate::chunk::{Chunk, DELETE, INCREMENT, Id, MAKE_LIST, MAKE_TABLE, MAKE_TEXT, MARK, Op, PUT, Value};
use crate::column;
use crate::oracle::admit;
use crate::pen::{Pen, values_at};
use crate::scene::{ENTRY, EVENT, NEW, OTHER, Scene};

#[test]
fn an_insert_flag_in_a_map_is_refused() {
    let mut scene = Scene::log();
    let put = scene.set("topic", Value::text("他"));
    let flagged =
        Chunk { operations: put.operations.into_iter().map(|op| Op { insert: true, ..op }).collect(), ..scene.next() };
    scene.refuses(&flagged.bytes(), GateRefusal::UnknownOperation);
    let make = scene.one(Op { insert: true, ..Op::make(&scene.at(&["entries"]), NEW) });
    scene.refuses(&make.bytes(), GateRefusal::UnknownOperation);
}

#[test]
fn nothing_is_deleted_with_or_without_predecessors() {
    let mut scene = Scene::log();
    let record = scene.at(&["entries", ENTRY]);
    let topic = values_at(&scene.document, &["entries", ENTRY], "topic");
    for over in [&topic[..], &[]] {
        let delete = Op { action: DELETE, ..Op::put(&record, "topic", Value::NULL).over(over) };
        let chunk = scene.one(delete);
        scene.refuses(&chunk.bytes(), GateRefusal::UnknownOperation);
    }
    let entry = Op { action: DELETE, ..Op::make(&scene.at(&["entries"]), ENTRY).over(&[record]) };
    let chunk = scene.one(entry);
    scene.refuses(&chunk.bytes(), GateRefusal::UnknownOperation);
    let container = Op { action: DELETE, object: None, ..Op::make(&scene.at(&["entries"]), "entries") };
    let chunk = scene.one(container.over(&[scene.at(&["entries"])]));
    scene.refuses(&chunk.bytes(), GateRefusal::NotWritable);
}

#[test]
fn lists_texts_and_tables_are_refused() {
    let mut scene = Scene::log();
    for action in [MAKE_LIST, MAKE_TEXT, MAKE_TABLE] {
        for (object, key) in [(scene.at(&["entries"]), NEW), (scene.at(&["entries", ENTRY]), "list")] {
            let chunk = scene.one(Op { action, ..Op::make(&object, key) });
            scene.refuses(&chunk.bytes(), GateRefusal::UnknownOperation);
        }
    }
}

#[test]
fn an_increment_of_anything_is_refused() {
    let mut scene = Scene::log();
    let record = scene.at(&["entries", ENTRY]);
    let topic = values_at(&scene.document, &["entries", ENTRY], "topic");
    for value in [Value::number(1), Value::number(-1), Value::number(i64::MAX)] {
        let increment = Op { action: INCREMENT, ..Op::put(&record, "topic", value).over(&topic) };
        let chunk = scene.one(increment);
        scene.refuses(&chunk.bytes(), GateRefusal::UnknownOperation);
    }
    let one = scene.one(Op { action: INCREMENT, ..Op::put(&record, "topic", Value::leb(3, 1)).over(&topic) });
    scene.refuses(&one.bytes(), GateRefusal::NotCanonical);
    let text = scene.one(Op { action: INCREMENT, ..Op::put(&record, "topic", Value::text("1")).over(&topic) });
    scene.refuses(&text.bytes(), GateRefusal::NotAChange);
}

#[test]
fn marks_and_unknown_actions_are_refused() {
    let mut scene = Scene::log();
    let record = scene.at(&["entries", ENTRY]);
    let mark = scene.one(Op { action: MARK, ..Op::put(&record, "bold", Value::text("b")) });
    scene.refuses(&mark.bytes(), GateRefusal::NotCanonical);
    for action in [8, 9, 127, 1 << 32, u64::MAX] {
        let chunk = scene.one(Op { action, ..Op::put(&record, "bold", Value::text("b")) });
        scene.refuses(&chunk.bytes(), GateRefusal::NotAChange);
    }
}

#[test]
fn a_predecessor_that_does_not_exist_is_refused() {
    let mut scene = Scene::log();
    let record = scene.at(&["entries", ENTRY]);
    let honest = scene.honest.actor(&scene.document).0.to_vec();
    let rogue = scene.rogue.actor(&scene.document).0.to_vec();
    for actor in [honest, rogue, vec![7; 16], b"zhucun-genesis-1".to_vec()] {
        for counter in [0, 1, 500, u64::from(u32::MAX)] {
            let over = Id { counter, actor: actor.clone() };
            let chunk = scene.one(Op::put(&record, "form", Value::text("online")).over(&[over]));
            scene.refuses(&chunk.bytes(), GateRefusal::WrongPredecessors);
        }
    }
}

#[test]
fn a_predecessor_under_another_key_or_in_another_object_is_refused() {
    let mut scene = Scene::log();
    scene.writes(|honest, log| honest.record(log, "entries", OTHER, &[("kind", "visit"), ("form", "x")]));
    let form = values_at(&scene.document, &["entries", ENTRY], "form");
    let elsewhere = values_at(&scene.document, &["entries", OTHER], "form");
    let event = values_at(&scene.document, &["answers", EVENT], "text");
    for over in [&form, &elsewhere, &event, &vec![scene.at(&["entries", ENTRY])], &vec![scene.at(&["entries"])]] {
        let chunk = scene.one(Op::put(&scene.at(&["entries", ENTRY]), "kind", Value::text("visit")).over(over));
        scene.refuses(&chunk.bytes(), GateRefusal::WrongPredecessors);
        let make = scene.one(Op::make(&scene.at(&["entries"]), NEW).over(over));
        scene.refuses(&make.bytes(), GateRefusal::WrongPredecessors);
    }
}

#[test]
fn a_write_over_a_value_that_is_no_longer_there_is_refused() {
    let mut scene = Scene::log();
    let old = values_at(&scene.document, &["entries", ENTRY], "topic");
    scene.writes(|honest, log| honest.set(log, "entries", ENTRY, "topic", "新"));
    let chunk = scene.one(Op::put(&scene.at(&["entries", ENTRY]), "topic", Value::text("他")).over(&old));
    scene.refuses(&chunk.bytes(), GateRefusal::WrongPredecessors);
    let both = [old, values_at(&scene.document, &["entries", ENTRY], "topic")].concat();
    let chunk = scene.one(Op::put(&scene.at(&["entries", ENTRY]), "topic", Value::text("他")).over(&both));
    scene.refuses(&chunk.bytes(), GateRefusal::WrongPredecessors);
}

#[test]
fn a_write_names_all_values_its_author_saw_and_no_others() {
    let mut scene = Scene::log();
    let before = scene.document.clone();
    let third = Pen::new(3);
    scene.writes(|honest, log| honest.set(log, "entries", ENTRY, "form", "online"));
    let other = third.set(&before, "entries", ENTRY, "form", "on_site");
    admit(&mut scene.document, third.author(), &other);
    let both = values_at(&scene.document, &["entries", ENTRY], "form");
    assert_eq!(both.len(), 2);
    let record = scene.at(&["entries", ENTRY]);
    let write = |over: &[Id]| Op::put(&record, "form", Value::text("other")).over(over);
    for over in [&both[..1], &both[1..], &[]] {
        let chunk = scene.one(write(over));
        scene.refuses(&chunk.bytes(), GateRefusal::WrongPredecessors);
    }
    // One who saw only the first names only the first, whatever has come since.
    let first = values_at(&before, &["entries", ENTRY], "form");
    let fourth = Pen::new(4);
    let wrong = Chunk { operations: vec![write(&both)], ..fourth.next(&before) };
    scene.would_refuse_of(fourth, &wrong.bytes(), GateRefusal::WrongPredecessors);
    let right = Chunk { operations: vec![write(&first)], ..fourth.next(&before) };
    admit(&mut scene.document, fourth.author(), &right.bytes());
    let three = values_at(&scene.document, &["entries", ENTRY], "form");
    let all = scene.one(write(&three));
    scene.takes(&all.bytes());
}

#[test]
fn a_predecessor_is_named_once_and_in_order() {
    let mut scene = Scene::log();
    let topic = values_at(&scene.document, &["entries", ENTRY], "topic");
    let twice = [&topic[..], &topic[..]].concat();
    let chunk = scene.one(Op::put(&scene.at(&["entries", ENTRY]), "topic", Value::text("他")).over(&twice));
    scene.refuses(&chunk.bytes(), GateRefusal::WrongPredecessors);
    let before = scene.document.clone();
    scene.writes(|honest, log| honest.set(log, "entries", ENTRY, "topic", "甲"));
    let third = Pen::new(3);
    let other = third.set(&before, "entries", ENTRY, "topic", "乙");
    admit(&mut scene.document, third.author(), &other);
    let mut both = values_at(&scene.document, &["entries", ENTRY], "topic");
    both.sort();
    both.reverse();
    let chunk = scene.one(Op::put(&scene.at(&["entries", ENTRY]), "topic", Value::text("他")).over(&both));
    scene.refuses(&chunk.bytes(), GateRefusal::NotCanonical);
}

#[test]
fn a_field_of_a_record_made_here_has_no_predecessors() {
    let mut scene = Scene::log();
    let mut chunk = scene.entry();
    let first = Id { counter: chunk.start_op + 1, actor: chunk.actor.clone() };
    chunk.operations[2].predecessors = vec![first];
    scene.refuses(&chunk.bytes(), GateRefusal::WrongPredecessors);
    let mut later = scene.entry();
    let itself = later.next_id();
    later.operations[2].predecessors = vec![itself];
    scene.refuses(&later.bytes(), GateRefusal::WrongPredecessors);
}

#[test]
fn a_key_is_written_once_in_a_change() {
    let mut scene = Scene::log();
    let mut chunk = scene.entry();
    let again = Op { value: Value::text("又"), ..chunk.operations[2].clone() };
    chunk.operations.push(again);
    scene.refuses(&chunk.bytes(), GateRefusal::RepeatedKey);
    let mut over = scene.entry();
    let last = Id { counter: over.start_op + 2, actor: over.actor.clone() };
    over.operations.push(Op { value: Value::text("又"), ..over.operations[2].clone().over(&[last]) });
    scene.refuses(&over.bytes(), GateRefusal::RepeatedKey);
    let mut twice = scene.entry();
    twice.operations.push(twice.operations[0].clone());
    scene.refuses(&twice.bytes(), GateRefusal::RepeatedKey);
}

#[test]
fn more_predecessors_than_a_change_holds_are_refused_unexpanded() {
    let scene = Scene::log();
    let record = scene.at(&["entries", ENTRY]);
    let chunk = scene.one(Op::put(&record, "form", Value::text("他")));
    assert_eq!(chunk.operations[0].action, PUT);
    for many in [1_u64 << 20, 1 << 40, u64::MAX] {
        let mut group = vec![0x7f];
        column::unsigned(many, &mut group);
        let bytes = chunk.clone().with_column(column::PREDECESSOR_GROUP, group).bytes();
        scene.would_refuse(&bytes, GateRefusal::NotAChange);
    }
}
