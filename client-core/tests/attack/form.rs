//! Attacks on the form of a chunk: what kind it is, how long, what surrounds its operations.
use std::io::Write;

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ROOT};
use zhucun_core::gate::GateRefusal;

use crate::chunk::{Chunk, Op, Value, seal};
use crate::column::{self, unsigned};
use crate::pen::opened;
use crate::scene::{NEW, Scene};

#[test]
fn a_million_operations_out_of_a_run_length_are_refused_unexpanded() {
    let mut scene = Scene::log();
    let million = [0xc0, 0x84, 0x3d, 1];
    let next = scene.next();
    for specification in [column::ACTION, column::OBJECT_ACTOR, column::VALUE_META, column::PREDECESSOR_GROUP] {
        let bytes = next.clone().with_column(specification, million.to_vec()).bytes();
        assert!(bytes.len() < 128);
        scene.refuses(&bytes, GateRefusal::TooManyOps);
    }
    let next = scene.next();
    let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 1];
    scene.refuses(&next.clone().with_column(column::ACTION, most.to_vec()).bytes(), GateRefusal::TooManyOps);
    let nulls = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    scene.refuses(&next.clone().with_column(column::ACTION, nulls.to_vec()).bytes(), GateRefusal::TooManyOps);
    scene.refuses(&next.with_column(column::INSERT, vec![0xc0, 0x84, 0x3d]).bytes(), GateRefusal::TooManyOps);
}

#[test]
fn a_long_key_in_a_run_is_not_multiplied() {
    let mut scene = Scene::log();
    let record = scene.at(&["entries", crate::scene::ENTRY]);
    let mut chunk = scene.next();
    chunk.operations = vec![Op::put(&record, &"k".repeat(60_000), Value::NULL); 2_000];
    let bytes = chunk.bytes();
    assert!(bytes.len() < 61_000);
    scene.refuses(&bytes, GateRefusal::BadKey);
}

fn deflated(plain: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(plain).and_then(|()| packer.finish()).expect("a vector takes all bytes")
}

#[test]
fn a_compressed_chunk_is_not_inflated() {
    let mut scene = Scene::log();
    let zeros = deflated(&vec![0; 50_000_000]);
    scene.refuses(&seal(2, &zeros), GateRefusal::NotAChange);
    // Also one that inflates to what is honest.
    let honest = scene.entry();
    let inflated = honest.bytes();
    let mut bytes = inflated[..8].to_vec();
    bytes.push(2);
    let body = deflated(&honest.body());
    unsigned(body.len() as u64, &mut bytes);
    bytes.extend(body);
    assert!(automerge::Change::from_bytes(bytes.clone()).is_ok());
    scene.refuses(&bytes, GateRefusal::NotAChange);
}

#[test]
fn a_document_is_not_a_change() {
    let mut scene = Scene::log();
    let saved = scene.document.save();
    scene.refuses(&saved, GateRefusal::NotAChange);
    let mut foreign = Automerge::new().with_actor(ActorId::from(scene.rogue.actor(&scene.document).0));
    let mut transaction = foreign.transaction();
    transaction.put(ROOT, "schema", 9).expect("an empty document takes scalars");
    transaction.commit();
    scene.refuses(&foreign.save(), GateRefusal::NotAChange);
}

#[test]
fn a_bundle_is_not_a_change() {
    let mut scene = Scene::log();
    let copy = opened(&scene.document);
    let bundle = copy.bundle(copy.get_heads()).expect("changes can be bundled");
    scene.refuses(bundle.bytes(), GateRefusal::NotAChange);
    let body = scene.entry().body();
    scene.refuses(&seal(3, &body), GateRefusal::NotAChange);
}

#[test]
fn a_chunk_of_an_unknown_kind_is_not_a_change() {
    let mut scene = Scene::log();
    for kind in [0, 4, 0x80, 0xff] {
        let body = scene.entry().body();
        scene.refuses(&seal(kind, &body), GateRefusal::NotAChange);
    }
}

#[test]
fn bytes_after_the_chunk_are_refused() {
    let mut scene = Scene::log();
    let bytes = scene.entry().bytes();
    scene.refuses(&[&bytes[..], &[0]].concat(), GateRefusal::NotAChange);
    let entry = scene.entry().bytes();
    scene.refuses(&[&entry[..], &entry[..]].concat(), GateRefusal::NotAChange);
}

#[test]
fn a_cut_or_empty_chunk_is_refused() {
    let mut scene = Scene::log();
    let bytes = scene.entry().bytes();
    for cut in (0..bytes.len()).step_by(7) {
        scene.would_refuse(&bytes[..cut], GateRefusal::NotAChange);
    }
    scene.refuses(&[], GateRefusal::NotAChange);
    // The body is cut, and the length and the checksum are those of what is left.
    let body = scene.entry().body();
    for cut in (0..body.len()).step_by(11) {
        scene.refuses(&seal(1, &body[..cut]), GateRefusal::NotAChange);
    }
}

#[test]
fn a_wrong_magic_a_wrong_length_and_a_wrong_checksum_are_refused() {
    let mut scene = Scene::log();
    let honest = scene.entry().bytes();
    let mut magic = honest.clone();
    magic[0] ^= 1;
    scene.refuses(&magic, GateRefusal::NotAChange);
    for at in [4, 7] {
        let mut checksum = scene.entry().bytes();
        checksum[at] ^= 0x80;
        scene.refuses(&checksum, GateRefusal::Checksum);
    }
    let mut length = scene.entry().bytes();
    length[9] ^= 1;
    scene.refuses(&length, GateRefusal::NotAChange);
    // A length written with one byte more than it needs: the hash would be that of other bytes.
    let body = scene.entry().body();
    let mut long = vec![1, (body.len() & 0x7f) as u8 | 0x80, (body.len() >> 7) as u8 | 0x80, 0];
    long.extend(&body);
    let checksum = <sha2::Sha256 as sha2::Digest>::digest(&long);
    let bytes = [&[0x85, 0x6f, 0x4a, 0x83], &checksum[..4], &long[..]].concat();
    scene.refuses(&bytes, GateRefusal::NotAChange);
}

#[test]
fn unknown_columns_are_refused() {
    let mut scene = Scene::log();
    for specification in [0x03, 0x21, 0x4a, 0x74, 0x80, 0x86, 0x99, 0x0fff, u64::from(u32::MAX), u64::MAX] {
        let bytes = scene.entry().with_column(specification, vec![3, 1]).bytes();
        scene.refuses(&bytes, GateRefusal::UnknownColumn);
    }
    // A known one with the bit that says it is deflated.
    let bytes = scene.entry().with_column(column::ACTION | 8, vec![0x63, 0x64, 0x64, 0x04, 0]).bytes();
    scene.refuses(&bytes, GateRefusal::UnknownColumn);
    // Those of marks, which no operation here may have.
    let bytes = scene.entry().with_column(column::EXPAND, vec![0, 3]).bytes();
    scene.refuses(&bytes, GateRefusal::UnknownColumn);
    let bytes = scene.entry().with_column(column::MARK_NAME, vec![3, 1, b'b']).bytes();
    scene.refuses(&bytes, GateRefusal::UnknownColumn);
}

#[test]
fn a_column_twice_or_out_of_order_is_refused() {
    let mut scene = Scene::log();
    let mut twice = scene.entry();
    let mut columns = twice.columns();
    columns.insert(1, columns[0].clone());
    twice.columns = Some(columns);
    scene.refuses(&twice.bytes(), GateRefusal::UnknownColumn);
    let mut swapped = scene.entry();
    let mut columns = swapped.columns();
    columns.swap(0, 1);
    swapped.columns = Some(columns);
    scene.refuses(&swapped.bytes(), GateRefusal::UnknownColumn);
}

#[test]
fn columns_that_end_inside_a_run_are_refused() {
    let mut scene = Scene::log();
    for (specification, _) in scene.entry().columns() {
        let cut: &[&[u8]] = match specification {
            column::INSERT => &[&[0x80], &[1, 0xff]],
            column::VALUE => &[&[], &[0xe5]],
            _ => &[&[0x7d], &[0x7f, 0x80], &[0], &[3]],
        };
        for bytes in cut {
            let bytes = scene.entry().with_column(specification, bytes.to_vec()).bytes();
            scene.would_refuse(&bytes, GateRefusal::NotAChange);
        }
    }
    let chunk = scene.entry().with_column(column::ACTION, vec![0x7d, 0, 1]);
    scene.refuses(&chunk.bytes(), GateRefusal::NotAChange);
}

#[test]
fn a_message_is_refused() {
    let mut scene = Scene::log();
    for message in [&b"hi"[..], b" ", &[0xff, 0xfe], &[b'x'; 5_000]] {
        let chunk = Chunk { message: message.to_vec(), ..scene.entry() };
        scene.refuses(&chunk.bytes(), GateRefusal::Message);
    }
}

#[test]
fn an_author_footer_is_refused_on_the_first_change_and_on_the_second() {
    let mut scene = Scene::log();
    let footer = [&[1, 4][..], b"boss"].concat();
    let first = Chunk { extra: footer.clone(), ..scene.entry() };
    assert_eq!(first.seq, 1);
    scene.refuses(&first.bytes(), GateRefusal::ExtraBytes);
    let mut second = scene.set("topic", Value::text("他"));
    second.extra = footer;
    assert_eq!(second.seq, 2);
    scene.refuses(&second.bytes(), GateRefusal::ExtraBytes);
    let zero = Chunk { extra: vec![0], ..scene.set("topic", Value::text("他")) };
    scene.refuses(&zero.bytes(), GateRefusal::ExtraBytes);
}

#[test]
fn a_change_without_operations_is_refused() {
    let mut scene = Scene::log();
    let empty = scene.next().bytes();
    scene.refuses(&empty, GateRefusal::Empty);
    // Without an action there is no operation, whatever the other columns say.
    let mut silent = scene.entry();
    let mut columns = silent.columns();
    columns.retain(|(specification, _)| *specification != column::ACTION);
    silent.columns = Some(columns);
    scene.refuses(&silent.bytes(), GateRefusal::Empty);
    let nothing = scene.next().with_column(column::KEY_STRING, [&[1, 36], NEW.as_bytes()].concat()).bytes();
    scene.refuses(&nothing, GateRefusal::Empty);
}
