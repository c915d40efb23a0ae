//! Attacks on values and keys: types these documents do not use, lengths that lie, bytes that are no text, names that are
//! no names.
use zhucun_core::field::{FIELD_NAME_BYTES_MAX, NUMBER_MAX, TEXT_BYTES_MAX};
use zhucun_core::gate::GateRefusal;

use crate::chunk::{Chunk, Key, Op, Value};
use crate::column;
use crate::scene::{ENTRY, NEW, Scene};

#[test]
fn a_counter_and_a_timestamp_are_refused() {
    let mut scene = Scene::log();
    for kind in [8, 9] {
        for number in [0, 1, -1, i64::MAX] {
            let chunk = scene.set("topic", Value::leb(kind, number));
            scene.refuses(&chunk.bytes(), GateRefusal::UnknownValue);
        }
    }
}

#[test]
fn nulls_booleans_floats_bytes_and_unsigned_numbers_are_refused() {
    let mut scene = Scene::log();
    let values = [
        Value::NULL,
        Value { kind: 1, bytes: Vec::new() },
        Value { kind: 2, bytes: Vec::new() },
        Value { kind: 3, bytes: vec![7] },
        Value { kind: 5, bytes: 1.5_f64.to_le_bytes().to_vec() },
        Value { kind: 5, bytes: f64::NAN.to_le_bytes().to_vec() },
        Value { kind: 7, bytes: vec![1, 2, 3] },
    ];
    for value in values {
        let chunk = scene.set("topic", value);
        scene.refuses(&chunk.bytes(), GateRefusal::UnknownValue);
    }
}

#[test]
fn an_unknown_type_of_value_is_refused() {
    let mut scene = Scene::log();
    for kind in 10..16 {
        let chunk = scene.set("topic", Value { kind, bytes: b"new".to_vec() });
        scene.refuses(&chunk.bytes(), GateRefusal::UnknownValue);
    }
}

#[test]
fn a_map_is_made_without_a_value() {
    let mut scene = Scene::log();
    let mut chunk = scene.entry();
    chunk.operations[0].value = Value::text("和");
    scene.refuses(&chunk.bytes(), GateRefusal::NotCanonical);
}

#[test]
fn lengths_that_are_not_those_of_the_value_are_refused() {
    let mut scene = Scene::log();
    let honest = scene.set("topic", Value::text("党课"));
    for length in [1_u64, 5, 7, 1_000, 1 << 20, 1 << 40, u64::MAX >> 5] {
        let mut meta = vec![0x7f];
        column::unsigned(length << 4 | 6, &mut meta);
        let bytes = honest.clone().with_column(column::VALUE_META, meta).bytes();
        scene.would_refuse(&bytes, GateRefusal::NotAChange);
    }
    for flat in [Value { kind: 1, bytes: vec![0] }, Value { kind: 0, bytes: vec![0; 30] }] {
        let chunk = scene.set("topic", flat);
        scene.refuses(&chunk.bytes(), GateRefusal::NotCanonical);
    }
    let lying = [
        Value { kind: 5, bytes: vec![0; 7] },
        Value { kind: 5, bytes: vec![0; 9] },
        Value { kind: 4, bytes: Vec::new() },
        Value { kind: 4, bytes: vec![0x80] },
        Value { kind: 4, bytes: vec![0x80; 11] },
        Value { kind: 4, bytes: vec![0x80, 0x00] },
        Value { kind: 4, bytes: vec![7, 7] },
        Value { kind: 4, bytes: [vec![0xff; 9], vec![0x02]].concat() },
    ];
    for value in lying {
        let chunk = scene.set("topic", value);
        scene.refuses(&chunk.bytes(), GateRefusal::NotAChange);
    }
    // Bytes that no value claims.
    let none = scene.set("topic", Value::text("党课")).with_column(column::VALUE_META, vec![0x7f, 6]);
    scene.refuses(&none.bytes(), GateRefusal::NotCanonical);
    let mut left = scene.set("topic", Value::text("党课"));
    left = left.with_column(column::VALUE, "党课课".as_bytes().to_vec());
    scene.refuses(&left.bytes(), GateRefusal::NotCanonical);
}

#[test]
fn a_text_that_is_not_utf_8_is_refused() {
    let mut scene = Scene::log();
    for bytes in [&[0xff][..], &[0xc0, 0x80], &[0xe5, 0x85], &[0xed, 0xa0, 0x80], &[0xf4, 0x90, 0x80, 0x80]] {
        let value = scene.set("topic", Value { kind: 6, bytes: bytes.to_vec() });
        scene.refuses(&value.bytes(), GateRefusal::NotAChange);
        let record = scene.at(&["entries", ENTRY]);
        let key = scene.one(Op { key: Key::Text(bytes.to_vec()), ..Op::put(&record, "", Value::text("他")) });
        scene.refuses(&key.bytes(), GateRefusal::NotAChange);
    }
}

#[test]
fn a_text_is_held_to_its_bytes() {
    let mut scene = Scene::log();
    let most = scene.set("topic", Value::text(&"x".repeat(TEXT_BYTES_MAX)));
    scene.takes(&most.bytes());
    let more = scene.set("topic", Value::text(&"x".repeat(TEXT_BYTES_MAX + 1)));
    scene.refuses(&more.bytes(), GateRefusal::ValueTooLarge);
}

#[test]
fn a_number_is_one_that_a_browser_can_hold() {
    let mut scene = Scene::log();
    for number in [-NUMBER_MAX, -65, -64, -1, 0, 63, 64, 8_191, 8_192, NUMBER_MAX] {
        let chunk = scene.set("present", Value::number(number));
        scene.takes(&chunk.bytes());
    }
    for number in [i64::MIN, -NUMBER_MAX - 1, NUMBER_MAX + 1, i64::MAX] {
        let chunk = scene.set("created_at", Value::number(number));
        scene.refuses(&chunk.bytes(), GateRefusal::ValueTooLarge);
    }
}

#[test]
fn a_field_has_a_name_of_small_letters() {
    let mut scene = Scene::log();
    let record = scene.at(&["entries", ENTRY]);
    let longest = "n".repeat(FIELD_NAME_BYTES_MAX);
    for name in [longest.as_str(), "a", "comment:topic", "check_2", "0"] {
        let chunk = scene.one(Op::put(&record, name, Value::text("他")));
        scene.takes(&chunk.bytes());
    }
    let too_long = "n".repeat(FIELD_NAME_BYTES_MAX + 1);
    for name in [too_long.as_str(), "", "Topic", "to pic", "主题", "topic\0", "to-pic", "a.b", "a/b", "\u{202e}x"] {
        let chunk = scene.one(Op::put(&record, name, Value::text("他")));
        scene.refuses(&chunk.bytes(), GateRefusal::BadKey);
    }
}

#[test]
fn a_record_has_a_uuid_in_its_one_spelling() {
    let mut scene = Scene::log();
    let entries = scene.at(&["entries"]);
    let keys = [
        "",
        "entry",
        "00000000-0000-0000-0000-0000000000E2",
        "000000000000000000000000000000e2",
        "{00000000-0000-0000-0000-0000000000e2}",
        "urn:uuid:00000000-0000-0000-0000-0000000000e2",
        " 00000000-0000-0000-0000-0000000000e2",
        "00000000-0000-0000-0000-0000000000e",
        "00000000-0000-0000-0000-0000000000g2",
    ];
    for key in keys {
        let chunk = scene.one(Op::make(&entries, key));
        scene.refuses(&chunk.bytes(), GateRefusal::BadKey);
    }
    let right = Chunk { operations: vec![Op::make(&entries, NEW)], ..scene.next() };
    scene.takes(&right.bytes());
}
