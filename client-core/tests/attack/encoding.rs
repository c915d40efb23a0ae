//! Attacks on the encoding: the same operations in other bytes. automerge keeps operations, not bytes, and would give
//! back others than those that were signed by the hash.
use zhucun_core::gate::GateRefusal;

use crate::chunk::{Chunk, Op, Value};
use crate::column;
use crate::scene::{ENTRY, NEW, Scene};

fn refused_as_not_canonical(scene: &Scene, honest: &Chunk, specification: u64, column: &[u8]) {
    let bytes = honest.clone().with_column(specification, column.to_vec()).bytes();
    assert_ne!(bytes, honest.bytes(), "the bytes are those of the honest change");
    scene.would_refuse(&bytes, GateRefusal::NotCanonical);
}

#[test]
fn run_lengths_come_in_their_one_form() {
    let mut scene = Scene::log();
    let honest = scene.entry();
    // A list where a run is canonical, a run of one where a list is, a run split in two, lists joined from two.
    let actions = honest.columns().into_iter().find(|(known, _)| *known == column::ACTION);
    assert_eq!(actions, Some((column::ACTION, vec![0x7f, 0, 2, 1])));
    for column in
        [&[0x7d, 0, 1, 1][..], &[1, 0, 2, 1], &[0x7f, 0, 1, 1, 1, 1], &[0x7e, 0, 1, 0x7f, 1], &[0x7f, 0, 0x7e, 1, 1]]
    {
        refused_as_not_canonical(&scene, &honest, column::ACTION, column);
    }
    let groups = honest.columns().into_iter().find(|(known, _)| *known == column::PREDECESSOR_GROUP);
    assert_eq!(groups, Some((column::PREDECESSOR_GROUP, vec![3, 0])));
    for column in [&[0x7d, 0, 0, 0][..], &[2, 0, 1, 0], &[2, 0, 0x7f, 0]] {
        refused_as_not_canonical(&scene, &honest, column::PREDECESSOR_GROUP, column);
    }
    scene.takes(&honest.bytes());
}

#[test]
fn runs_of_nothing_are_refused() {
    let mut scene = Scene::log();
    let honest = scene.entry();
    for column in [&[0, 0, 0x7f, 0, 2, 1][..], &[0x7f, 0, 0, 0, 2, 1]] {
        refused_as_not_canonical(&scene, &honest, column::ACTION, column);
    }
    let trailing = honest.clone().with_column(column::ACTION, vec![0x7f, 0, 2, 1, 0, 0]);
    scene.refuses(&trailing.bytes(), GateRefusal::NotAChange);
    let honest = scene.entry();
    for column in [&[3, 0][..], &[0, 0, 3], &[1, 0, 2], &[2, 0, 1]] {
        refused_as_not_canonical(&scene, &honest, column::INSERT, column);
    }
    scene.takes(&honest.bytes());
}

#[test]
fn more_than_there_are_operations_is_refused() {
    let mut scene = Scene::log();
    let honest = scene.entry();
    for (specification, mut bytes) in honest.columns() {
        bytes.extend(match specification {
            column::INSERT => vec![2],
            column::VALUE => vec![b'!'],
            column::KEY_STRING => vec![0x7f, 1, b'x'],
            _ => vec![0x7f, 0],
        });
        let bytes = honest.clone().with_column(specification, bytes).bytes();
        // Of the other columns only what the actions ask for is read.
        let code = if specification == column::ACTION { GateRefusal::NotAChange } else { GateRefusal::NotCanonical };
        scene.would_refuse(&bytes, code);
    }
    scene.takes(&honest.bytes());
}

#[test]
fn columns_of_nulls_and_empty_columns_are_refused() {
    let mut scene = Scene::log();
    let honest = scene.entry();
    let absent = [column::KEY_ACTOR, column::KEY_COUNTER, column::PREDECESSOR_ACTOR, column::PREDECESSOR_COUNTER];
    for specification in absent {
        for column in [&[][..], &[0, 3], &[0, 1]] {
            let bytes = honest.clone().with_column(specification, column.to_vec()).bytes();
            let alone = [column::PREDECESSOR_ACTOR, column::PREDECESSOR_COUNTER].contains(&specification);
            let code = if alone { GateRefusal::NotAChange } else { GateRefusal::NotCanonical };
            scene.would_refuse(&bytes, code);
        }
    }
    for (specification, _) in honest.columns() {
        for bytes in [&[][..], &[0, 3]] {
            let code = match (specification, bytes) {
                (column::OBJECT_ACTOR | column::OBJECT_COUNTER, []) => GateRefusal::NotCanonical,
                // As booleans it says that all three insert.
                (column::INSERT, [0, 3]) => GateRefusal::UnknownOperation,
                // Without an action there is no operation.
                (column::ACTION, []) => GateRefusal::Empty,
                _ => GateRefusal::NotAChange,
            };
            scene.would_refuse(&honest.clone().with_column(specification, bytes.to_vec()).bytes(), code);
        }
    }
    scene.takes(&honest.bytes());
}

#[test]
fn actors_are_those_named_sorted_and_each_once() {
    let mut scene = Scene::log();
    let honest = scene.set("topic", Value::text("他"));
    let named = honest.named();
    assert_eq!(named.len(), 1);
    let own = honest.actor.clone();
    let unused = |more: &[Vec<u8>]| {
        let mut others = [&named[..], more].concat();
        others.sort();
        Chunk { others: Some(others), ..honest.clone() }
    };
    for others in [unused(&[vec![7; 16]]), unused(&[own]), unused(&named)] {
        scene.would_refuse(&others.bytes(), GateRefusal::NotCanonical);
    }
    let none = Chunk { others: Some(Vec::new()), ..scene.set("topic", Value::text("他")) };
    scene.refuses(&none.bytes(), GateRefusal::NotAChange);
    // Two actors in the wrong order, with the operations pointing at the right ones.
    let record = scene.rogue.record(&scene.document, "entries", NEW, &[("kind", "visit")]);
    scene.takes(&record);
    let third = crate::pen::Pen::new(3);
    let entry = scene.at(&["entries", ENTRY]);
    let over = crate::pen::values_at(&scene.document, &["entries", ENTRY], "kind");
    let new = scene.at(&["entries", NEW]);
    let mut two = third.next(&scene.document);
    two.operations =
        vec![Op::put(&entry, "kind", Value::text("x")).over(&over), Op::put(&new, "form", Value::text("y"))];
    let mut others = two.named();
    assert_eq!(others.len(), 2);
    others.reverse();
    let unsorted = Chunk { others: Some(others), ..two.clone() };
    scene.would_refuse_of(third, &unsorted.bytes(), GateRefusal::NotCanonical);
    crate::oracle::admit(&mut scene.document, third.author(), &two.bytes());
}

#[test]
fn an_actor_of_another_length_is_refused() {
    let mut scene = Scene::log();
    for actor in [&[][..], &[7], &[7; 15], &[7; 17]] {
        let mut chunk = scene.set("topic", Value::text("他"));
        let others = [chunk.named(), vec![actor.to_vec()]].concat();
        chunk.others = Some(others);
        scene.refuses(&chunk.bytes(), GateRefusal::NotAChange);
    }
}

#[test]
fn an_index_without_an_actor_is_refused() {
    let mut scene = Scene::log();
    let honest = scene.set("topic", Value::text("他"));
    for index in [2_u64, 3, 64, 1 << 31, u64::from(u32::MAX), 1 << 32, u64::MAX] {
        for specification in [column::OBJECT_ACTOR, column::PREDECESSOR_ACTOR] {
            let mut bytes = vec![0x7f];
            column::unsigned(index, &mut bytes);
            let chunk = honest.clone().with_column(specification, bytes);
            scene.refuses(&chunk.bytes(), GateRefusal::NotAChange);
        }
    }
    let chunk =
        honest.clone().with_column(column::KEY_ACTOR, vec![0x7f, 9]).with_column(column::KEY_COUNTER, vec![0x7f, 9]);
    scene.refuses(&chunk.bytes(), GateRefusal::NotAChange);
}

#[test]
fn a_counter_beyond_what_automerge_counts_is_refused() {
    let mut scene = Scene::log();
    let honest = scene.set("topic", Value::text("他"));
    for counter in [1_u64 << 32, 1 << 40, i64::MAX as u64] {
        let mut object = vec![0x7f];
        column::unsigned(counter, &mut object);
        let chunk = honest.clone().with_column(column::OBJECT_COUNTER, object);
        scene.refuses(&chunk.bytes(), GateRefusal::NotAChange);
        for counter in [counter as i64, -(counter as i64), -1] {
            let mut predecessor = vec![0x7f];
            column::signed(counter, &mut predecessor);
            let chunk = honest.clone().with_column(column::PREDECESSOR_COUNTER, predecessor.clone());
            scene.refuses(&chunk.bytes(), GateRefusal::NotAChange);
            let chunk = honest.clone().with_column(column::KEY_ACTOR, vec![0x7f, 0]);
            scene.refuses(&chunk.with_column(column::KEY_COUNTER, predecessor).bytes(), GateRefusal::NotAChange);
        }
    }
}

#[test]
fn numbers_come_in_their_shortest_form() {
    let mut scene = Scene::log();
    let honest = scene.entry();
    for column in [&[0xff, 0x7f, 0, 2, 1][..], &[0x7f, 0, 0x82, 0, 1], &[0x7f, 0x80, 0, 2, 1], &[0x7f, 0, 2, 0x81, 0]] {
        let bytes = honest.clone().with_column(column::ACTION, column.to_vec()).bytes();
        scene.would_refuse(&bytes, GateRefusal::NotCanonical);
    }
    let honest_body = honest.body();
    // The sequence number 1 as two bytes; it stands after the causes and the actor.
    let at = 1 + 32 + 1 + 16;
    assert_eq!(honest_body[at], 1);
    let long = [&honest_body[..at], &[0x81, 0], &honest_body[at + 1..]].concat();
    scene.refuses(&crate::chunk::seal(1, &long), GateRefusal::NotAChange);
    let scene_entry = scene.entry();
    scene.takes(&scene_entry.bytes());
}
