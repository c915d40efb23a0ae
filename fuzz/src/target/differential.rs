//! Rules against oracle over whole lives of a document: four authors, early and late, honest and bent (`world`). Whatever
//! the rules let through survives save, load and compare, every order of its causes gives the same document, and honest
//! work is never refused.
use std::cell::RefCell;
use std::collections::BTreeMap;

use zhucun_core::document::DocumentId;
use zhucun_core::id::{Dice, EntryId, TenureId};

use super::{Target, noise};
use crate::chance::Chance;
use crate::oracle::{oracle, same};
use crate::script::Script;
use crate::world::{Asks, World};

pub const TARGET: Target =
    Target { name: "differential", run, seeds, mutate: None, bytes_max: 512, memory_max: 64 << 20 };

/// Changes in one life, beside those it begins with.
const TURNS_MAX: usize = 12;
/// Turns of a world to begin with; none for one in four.
const BEGUN: [usize; 4] = [0, 6, 12, 24];

fn run(data: &[u8]) {
    let reversed: Vec<u8> = data.iter().rev().copied().collect();
    let mut script = Script(data);
    let (kind, begun) = (script.byte() % 4, script.below(BEGUN.len() as u64) as usize);
    let mut world = begin(kind, begun, script);
    for _ in 0..TURNS_MAX {
        world.turn(Asks::AtTheEnd);
        if world.chance.is_over() {
            break;
        }
    }
    // Whatever was let through on the way is still there.
    oracle(world.document());
    // The same choices, the other way round.
    world.chance = Script(&reversed);
    let replayed = world.replayed();
    same(world.document(), &replayed);
}

/// A world that has lived for a while by a chance of its own, made once.
fn begin<'a>(kind: u8, begun: usize, script: Script<'a>) -> World<Script<'a>> {
    thread_local! {
        static BEGINNINGS: RefCell<BTreeMap<(u8, usize), World<Dice>>> = const { RefCell::new(BTreeMap::new()) };
    }
    BEGINNINGS.with_borrow_mut(|known| {
        let world = known.entry((kind, begun)).or_insert_with(|| {
            let id = match kind {
                0 => DocumentId::log(TenureId(uuid::Uuid::from_u128(7))),
                1 => DocumentId::review(TenureId(uuid::Uuid::from_u128(7))),
                2 => DocumentId::draft(EntryId(uuid::Uuid::from_u128(8))),
                _ => DocumentId::village("621022103201".parse().expect("a village")),
            };
            let mut world = World::new(id, Dice::new([kind; 32]));
            (0..BEGUN[begun]).for_each(|_| world.turn(Asks::Always));
            world
        });
        world.goes_on(script)
    })
}

fn seeds() -> Vec<Vec<u8>> {
    noise(96, &[16, 40, 80, 160])
}
