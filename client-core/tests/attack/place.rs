//! Attacks on where an operation writes: objects that are not there, not seen, not open to writing, or not of the kind the
//! key is for.
use uuid::Uuid;
use zhucun_core::gate::GateRefusal;

use crate::chunk::{Chunk, Id, Key, MAKE_LIST, MAKE_TEXT, Op, Value};
use crate::column;
use crate::oracle::admit;
use crate::pen::{Pen, values_at};
use crate::scene::{ENTRY, EVENT, NEW, OTHER, Scene};

#[test]
fn an_operation_on_an_object_that_is_not_there_is_refused() {
    let mut scene = Scene::log();
    let actors = [scene.rogue.actor(&scene.document), scene.honest.actor(&scene.document)];
    for actor in actors.map(|actor| actor.0.to_vec()) {
        for counter in [1, 2, 77, 5_000, u64::from(u32::MAX) - 1] {
            let object = Id { counter, actor: actor.clone() };
            let put = scene.one(Op::put(&object, "topic", Value::text("他")));
            scene.refuses(&put.bytes(), GateRefusal::UnknownObject);
            let make = scene.one(Op::make(&object, NEW));
            scene.refuses(&make.bytes(), GateRefusal::UnknownObject);
        }
    }
    let stranger = Id { counter: 2, actor: vec![7; 16] };
    let put = scene.one(Op::put(&stranger, "topic", Value::text("他")));
    scene.refuses(&put.bytes(), GateRefusal::UnknownObject);
}

#[test]
fn an_operation_on_an_object_that_is_no_object_is_refused() {
    let mut scene = Scene::log();
    let scalar = values_at(&scene.document, &["entries", ENTRY], "topic").remove(0);
    let put = scene.one(Op::put(&scalar, "topic", Value::text("他")));
    scene.refuses(&put.bytes(), GateRefusal::UnknownObject);
    // The field that this very change sets.
    let mut chunk = scene.entry();
    let field = Id { counter: chunk.start_op + 1, actor: chunk.actor.clone() };
    chunk.operations.push(Op::put(&field, "topic", Value::text("他")));
    scene.refuses(&chunk.bytes(), GateRefusal::UnknownObject);
}

#[test]
fn an_operation_on_an_object_made_later_in_the_change_is_refused() {
    let mut scene = Scene::log();
    let mut chunk = scene.entry();
    chunk.operations.rotate_left(1);
    for operation in &mut chunk.operations[..2] {
        operation.object = Some(Id { counter: chunk.start_op + 2, actor: chunk.actor.clone() });
    }
    scene.refuses(&chunk.bytes(), GateRefusal::UnknownObject);
    let mut itself = scene.entry();
    itself.operations[0].object = Some(Id { counter: itself.start_op, actor: itself.actor.clone() });
    scene.refuses(&itself.bytes(), GateRefusal::UnknownObject);
}

#[test]
fn an_operation_on_an_object_its_author_had_not_seen_is_refused() {
    let mut scene = Scene::log();
    let before = scene.document.clone();
    scene.writes(|honest, log| honest.record(log, "entries", OTHER, &[("kind", "visit")]));
    let unseen = scene.at(&["entries", OTHER]);
    let chunk = Chunk { operations: vec![Op::put(&unseen, "topic", Value::text("他"))], ..scene.rogue.next(&before) };
    scene.refuses(&chunk.bytes(), GateRefusal::UnknownObject);
    // The same once the causes say it was seen.
    let seen = scene.one(Op::put(&unseen, "topic", Value::text("他")));
    scene.takes(&seen.bytes());
}

#[test]
fn nobody_writes_at_the_root() {
    let mut scene = Scene::log();
    let schema = Id { counter: 1, actor: b"zhucun-genesis-1".to_vec() };
    let entries = scene.at(&["entries"]);
    let root = |key: &str, over: &[Id]| Op { object: None, ..Op::put(&entries, key, Value::number(2)).over(over) };
    for operation in [
        root("schema", &[schema]),
        root("schema", &[]),
        root("entries", std::slice::from_ref(&entries)),
        root("new", &[]),
    ] {
        let chunk = scene.one(operation);
        scene.refuses(&chunk.bytes(), GateRefusal::NotWritable);
    }
    // A container made a second time would hide the first and all that is in it.
    let again = Op { object: None, ..Op::make(&entries, "entries") };
    for operation in [again.clone(), again.clone().over(std::slice::from_ref(&entries))] {
        let chunk = scene.one(operation);
        scene.refuses(&chunk.bytes(), GateRefusal::NotWritable);
    }
    // The root by its other name: counter 0 of nobody, or of somebody.
    let mut named = scene.one(again);
    let columns = named.columns();
    named.columns = Some([vec![(column::OBJECT_COUNTER, vec![0x7f, 0])], columns].concat());
    scene.refuses(&named.bytes(), GateRefusal::NotCanonical);
    let zero = Id { counter: 0, actor: scene.rogue.actor(&scene.document).0.to_vec() };
    let chunk = scene.one(Op::put(&zero, "schema", Value::number(2)));
    scene.refuses(&chunk.bytes(), GateRefusal::NotCanonical);
}

#[test]
fn a_container_of_records_takes_no_scalars_and_a_form_no_records() {
    let mut scene = Scene::log();
    for container in ["entries", "answers", "withdrawals"] {
        let into = scene.at(&[container]);
        for (key, value) in [("topic", Value::text("他")), (NEW, Value::number(1)), (ENTRY, Value::text(""))] {
            let chunk = scene.one(Op::put(&into, key, value));
            scene.refuses(&chunk.bytes(), GateRefusal::NotWritable);
        }
    }
    // A scalar over an entry would take the entry away.
    let entry = scene.at(&["entries", ENTRY]);
    let over = scene.one(Op::put(&scene.at(&["entries"]), ENTRY, Value::number(1)).over(&[entry]));
    scene.refuses(&over.bytes(), GateRefusal::NotWritable);
    let mut draft = Scene::draft();
    let fields = draft.at(&["fields"]);
    let make = draft.one(Op::make(&fields, NEW));
    draft.refuses(&make.bytes(), GateRefusal::NotWritable);
}

#[test]
fn a_record_is_not_made_over_another_that_its_author_saw() {
    let mut scene = Scene::log();
    for (container, key) in [("entries", ENTRY), ("answers", EVENT)] {
        // What stood there, and all that was written to it, would be gone from sight.
        let there = scene.at(&[container, key]);
        let over = scene.one(Op::make(&scene.at(&[container]), key).over(&[there]));
        scene.refuses(&over.bytes(), GateRefusal::WrongPredecessors);
    }
}

#[test]
fn a_record_holds_no_maps() {
    let mut scene = Scene::log();
    let make = scene.one(Op::make(&scene.at(&["entries", ENTRY]), NEW));
    scene.refuses(&make.bytes(), GateRefusal::NotWritable);
    let mut inside = scene.entry();
    let record = Id { counter: inside.start_op, actor: inside.actor.clone() };
    inside.operations.push(Op::make(&record, OTHER));
    scene.refuses(&inside.bytes(), GateRefusal::NotWritable);
}

#[test]
fn a_sequence_key_in_a_map_is_refused() {
    let mut scene = Scene::log();
    let entry = scene.at(&["entries", ENTRY]);
    let some = values_at(&scene.document, &["entries", ENTRY], "topic").remove(0);
    for key in [Key::Element(None), Key::Element(Some(some.clone())), Key::Element(Some(scene.at(&["entries"])))] {
        for insert in [false, true] {
            let put = Op { key: key.clone(), insert, ..Op::put(&entry, "topic", Value::text("他")) };
            let chunk = scene.one(put);
            scene.refuses(&chunk.bytes(), GateRefusal::UnknownOperation);
        }
    }
}

#[test]
fn a_map_key_in_a_list_is_refused_with_the_list() {
    let mut scene = Scene::log();
    for action in [MAKE_LIST, MAKE_TEXT] {
        let mut chunk = scene.entry();
        let list = Id { counter: chunk.start_op + 3, actor: chunk.actor.clone() };
        let record = Id { counter: chunk.start_op, actor: chunk.actor.clone() };
        chunk.operations.push(Op { action, ..Op::make(&record, "list") });
        chunk.operations.push(Op::put(&list, "topic", Value::text("他")));
        scene.refuses(&chunk.bytes(), GateRefusal::UnknownOperation);
    }
}

#[test]
fn an_operation_without_a_key_or_with_two_is_refused() {
    let mut scene = Scene::log();
    let entry = scene.at(&["entries", ENTRY]);
    let none = scene.one(Op { key: Key::None, ..Op::put(&entry, "topic", Value::text("他")) });
    scene.refuses(&none.bytes(), GateRefusal::NotAChange);
    let both = scene.one(Op::put(&entry, "form", Value::text("他"))).with_column(column::KEY_COUNTER, vec![0x7f, 0]);
    scene.refuses(&both.bytes(), GateRefusal::NotAChange);
    let number = scene.one(Op::put(&entry, "form", Value::text("他")));
    let number = number.with_column(column::KEY_COUNTER, vec![0x7f, 5]).with_column(column::KEY_ACTOR, vec![0x7f, 0]);
    scene.refuses(&number.bytes(), GateRefusal::NotAChange);
}

#[test]
fn an_event_is_never_rewritten() {
    let mut scene = Scene::log();
    let event = scene.at(&["answers", EVENT]);
    let text = values_at(&scene.document, &["answers", EVENT], "text");
    for operation in [Op::put(&event, "text", Value::text("不")).over(&text), Op::put(&event, "new", Value::text("不"))]
    {
        let chunk = scene.one(operation);
        scene.refuses(&chunk.bytes(), GateRefusal::EventRewritten);
    }
    // Nor by the one who wrote it.
    let own = Chunk {
        operations: vec![Op::put(&event, "text", Value::text("不")).over(&text)],
        ..scene.honest.next(&scene.document)
    };
    scene.would_refuse_of(scene.honest, &own.bytes(), GateRefusal::EventRewritten);
    // Nor made again by one who had seen it.
    let again = scene.one(Op::make(&scene.at(&["answers"]), EVENT));
    scene.refuses(&again.bytes(), GateRefusal::WrongPredecessors);
}

#[test]
fn an_event_is_not_made_again_by_one_who_says_not_to_have_seen_it() {
    let mut scene = Scene::log();
    let before = scene.document.clone();
    let spoken = "00000000-0000-0000-0000-0000000000f2";
    scene.writes(|honest, log| honest.record(log, "answers", spoken, &[("entry", ENTRY), ("text", "是")]));
    let over = scene.rogue.record(&before, "answers", spoken, &[("entry", ENTRY), ("text", "不")]);
    scene.refuses(&over, GateRefusal::EventRewritten);
    let record = scene.document.record(zhucun_core::document::Container::Answers, spoken).expect("it is there");
    assert_eq!(record.text("text"), Some("是"));
}

#[test]
fn a_record_made_twice_at_the_same_time_is_one_record_with_all_that_was_written() {
    let mut scene = Scene::log();
    let before = scene.document.clone();
    let third = Pen::new(3);
    let one = scene.rogue.record(&before, "entries", NEW, &[("kind", "lesson"), ("topic", "甲")]);
    let other = third.record(&before, "entries", NEW, &[("kind", "lesson"), ("form", "online"), ("topic", "乙")]);
    let mut mirrored = before.clone();
    admit(&mut scene.document, scene.rogue.author(), &one);
    admit(&mut scene.document, third.author(), &other);
    admit(&mut mirrored, third.author(), &other);
    admit(&mut mirrored, scene.rogue.author(), &one);
    crate::oracle::same(&scene.document, &mirrored);
    let record = scene.document.record(zhucun_core::document::Container::Entries, NEW).expect("it is there");
    assert_eq!(record.text("form"), Some("online"));
    let topics: Vec<_> = record.fields["topic"].iter().filter_map(|value| value.value.text()).collect();
    assert_eq!(topics.len(), 2);
    assert!(topics.contains(&"甲") && topics.contains(&"乙"));
    let key = Uuid::from_u128(99).to_string();
    scene.writes(|honest, log| honest.record(log, "entries", &key, &[("kind", "visit")]));
    let amended = scene.rogue.set(&scene.document, "entries", NEW, "form", "at_home");
    scene.takes(&amended);
}
