//! Rules against oracle over whole lives of a document: four authors, early and late, honest and bent (`world`). Whatever
//! the rules let through survives save, load and compare, every order of its causes gives the same document, and honest
//! work is never refused.
use zhucun_core::document::DocumentId;
use zhucun_core::id::{EntryId, TenureId};

use super::{Target, noise};
use crate::oracle::{oracle, same};
use crate::script::Script;
use crate::world::{Asks, World};

pub const TARGET: Target =
    Target { name: "differential", run, seeds, mutate: None, bytes_max: 2_048, memory_max: 64 << 20 };

/// Changes in one life.
const TURNS_MAX: usize = 48;

fn run(data: &[u8]) {
    let reversed: Vec<u8> = data.iter().rev().copied().collect();
    let mut script = Script(data);
    let id = match script.byte() % 4 {
        0 => DocumentId::log(TenureId(uuid::Uuid::from_u128(7))),
        1 => DocumentId::review(TenureId(uuid::Uuid::from_u128(7))),
        2 => DocumentId::draft(EntryId(uuid::Uuid::from_u128(8))),
        _ => DocumentId::village("621022103201".parse().expect("a village")),
    };
    let mut world = World::new(id, script);
    for _ in 0..TURNS_MAX {
        world.turn(Asks::AboutBent);
        if world.chance.is_over() {
            break;
        }
    }
    oracle(&world.document);
    let replayed = world.replayed();
    same(&world.document, &replayed);
    // The same choices, the other way round.
    world.chance = Script(&reversed);
    let replayed = world.replayed();
    same(&world.document, &replayed);
}

fn seeds() -> Vec<Vec<u8>> {
    noise(48, &[24, 80, 240, 500])
}
