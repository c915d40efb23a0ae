//! A differential test with chance from a seed: a world (`world`) of honest and bent changes lives for a while.
use zhucun_core::document::DocumentId;
use zhucun_core::id::Dice;

use crate::oracle::{oracle, same};
use crate::world::{Asks, World};

fn run(id: DocumentId, seed: u8, turns: u32, asks: Asks) {
    let mut world = World::new(id, Dice::new([seed; 32]));
    for _ in 0..turns {
        world.turn(asks);
    }
    // Neither everything nor nothing may pass, or this test says nothing.
    assert!(world.accepted.len() as u32 > turns / 8, "{} of {turns} accepted", world.accepted.len());
    assert!(world.refused.len() > 8, "only {:?}", world.refused);
    oracle(world.document());
    for _ in 0..2 {
        let replayed = world.replayed();
        same(world.document(), &replayed);
    }
    // Asked about all of it at once, the oracle says the same.
    let mut later = world.goes_on(Dice::new([seed + 100; 32]));
    (0..turns / 8).for_each(|_| later.turn(Asks::AtTheEnd));
    oracle(later.document());
}

#[test]
fn bent_changes_of_a_log_never_harm_it() {
    run(DocumentId::log(zhucun_core::id::TenureId(uuid::Uuid::from_u128(7))), 1, 150, Asks::Always);
}

#[test]
fn bent_changes_of_a_draft_never_harm_it() {
    run(DocumentId::draft(zhucun_core::id::EntryId(uuid::Uuid::from_u128(8))), 2, 150, Asks::Always);
}

#[test]
fn bent_changes_of_a_village_never_harm_it() {
    run(DocumentId::village("621022103201".parse().expect("a village")), 3, 150, Asks::Always);
}

#[test]
fn bent_changes_of_a_review_never_harm_it() {
    run(DocumentId::review(zhucun_core::id::TenureId(uuid::Uuid::from_u128(7))), 4, 150, Asks::AboutBent);
}
