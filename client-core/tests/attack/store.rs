//! A document from a store's own rows: whatever of its changes the snapshot holds already, and in whatever order the rest
//! comes, it is the document that was stored, and its authors go on in it.
use zhucun_core::document::Document;

use crate::oracle::{admit, oracle, same};
use crate::scene::{OTHER, Scene};

/// A document whose snapshot is older than it is: both authors have written since, on top of each other.
fn stored() -> (Scene, Vec<u8>, Vec<Vec<u8>>) {
    let mut scene = Scene::log();
    let snapshot = scene.document.save();
    let known = scene.document.changes();
    for number in 0..4 {
        let entry = scene.rogue.record(
            &scene.document,
            "entries",
            &uuid::Uuid::from_u128(400 + number).to_string(),
            &[("kind", "visit")],
        );
        admit(&mut scene.document, scene.rogue.author(), &entry);
        scene.writes(|honest, log| honest.set(log, "entries", crate::scene::ENTRY, "topic", &format!("{number}")));
    }
    let tail = scene.document.changes().into_iter().filter(|change| !known.contains(change)).collect();
    (scene, snapshot, tail)
}

fn goes_on(scene: &Scene, mut document: Document) {
    same(&scene.document, &document);
    for pen in [scene.honest, scene.rogue] {
        assert_eq!(document.last_seq(pen.actor(&document)), scene.document.last_seq(pen.actor(&document)));
        let key = uuid::Uuid::from_u128(500 + pen.device.0.as_u128()).to_string();
        let bytes = pen.record(&document, "entries", &key, &[("kind", "visit")]);
        admit(&mut document, pen.author(), &bytes);
    }
    oracle(&document);
    assert!(document.record(zhucun_core::document::Container::Entries, OTHER).is_none());
}

#[test]
fn a_tail_that_the_snapshot_holds_in_part_is_taken_once() {
    let (scene, snapshot, tail) = stored();
    let id = scene.document.id();
    let whole = scene.document.changes();
    goes_on(&scene, Document::restore(id, Some(&snapshot), whole.clone()).expect("it is stored"));
    let twice = [&tail[..], &tail[..]].concat();
    goes_on(&scene, Document::restore(id, Some(&snapshot), twice).expect("it is stored"));
    goes_on(&scene, Document::restore(id, None, whole).expect("it is stored"));
}

#[test]
fn a_tail_in_another_order_is_the_same_document() {
    let (scene, snapshot, mut tail) = stored();
    tail.reverse();
    let id = scene.document.id();
    goes_on(&scene, Document::restore(id, Some(&snapshot), tail.clone()).expect("it is stored"));
    tail.swap(0, 3);
    goes_on(&scene, Document::restore(id, Some(&snapshot), tail).expect("it is stored"));
}

#[test]
fn a_tail_with_a_hole_is_not_a_document() {
    let (scene, snapshot, mut tail) = stored();
    tail.remove(3);
    assert!(Document::restore(scene.document.id(), Some(&snapshot), tail).is_err());
    let cut = &snapshot[..snapshot.len() - 1];
    assert!(Document::restore(scene.document.id(), Some(cut), Vec::new()).is_err());
    assert!(Document::restore(scene.document.id(), Some(&[]), Vec::new()).is_err());
}

#[test]
fn a_stored_change_with_a_flipped_bit_is_not_a_document() {
    let (scene, snapshot, tail) = stored();
    let id = scene.document.id();
    for at in 0..tail[0].len() {
        let mut flipped = tail.clone();
        flipped[0][at] ^= 1;
        assert!(Document::restore(id, Some(&snapshot), flipped).is_err(), "byte {at}");
    }
}
