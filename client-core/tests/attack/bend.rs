//! How a change is bent: in the meaning of its operations, in its columns, or in its bytes, with a checksum that is right
//! again. Most bends make it wrong, some leave it right; the gate has to tell.
use zhucun_core::id::Dice;

use crate::chunk::{Chunk, Id, Key, Value, seal};

/// A change bent in one or two ways. `known` are names and hashes of the document.
pub fn bent(dice: &mut Dice, honest: &Chunk, known: &(Vec<Id>, Vec<[u8; 32]>)) -> Vec<u8> {
    let mut chunk = honest.clone();
    match dice.below(8) {
        0 | 1 => return seal(1, &body(dice, chunk.body())),
        2 => columns(dice, &mut chunk),
        3 => head(dice, &mut chunk, &known.1),
        _ => {
            for _ in 0..1 + dice.below(2) {
                operation(dice, &mut chunk, &known.0);
            }
        }
    }
    chunk.bytes()
}

fn pick<T: Clone>(dice: &mut Dice, from: &[T]) -> Option<T> {
    from.get(dice.below(from.len().max(1) as u64) as usize).cloned()
}

fn at(dice: &mut Dice, length: usize) -> usize {
    dice.below(length.max(1) as u64) as usize
}

/// Bits flipped, bytes put in, taken out, doubled.
fn body(dice: &mut Dice, mut body: Vec<u8>) -> Vec<u8> {
    for _ in 0..1 + dice.below(3) {
        let place = at(dice, body.len());
        match dice.below(5) {
            0 => body.insert(place, dice.below(256) as u8),
            1 => drop(body.remove(place)),
            2 => body[place] = dice.below(256) as u8,
            _ => body[place] ^= 1 << dice.below(8),
        }
    }
    body
}

/// Columns swapped, cut, lengthened, left out, with runs taken apart.
fn columns(dice: &mut Dice, chunk: &mut Chunk) {
    let mut columns = chunk.columns();
    let (one, other) = (at(dice, columns.len()), at(dice, columns.len()));
    match dice.below(6) {
        0 => {
            let (left, right) = (columns[one].1.clone(), columns[other].1.clone());
            (columns[one].1, columns[other].1) = (right, left);
        }
        1 => drop(columns.remove(one)),
        2 => drop(columns[one].1.pop()),
        3 => columns[one].1.extend_from_within(..),
        4 => columns.swap(one, other),
        _ => {
            let bytes = &mut columns[one].1;
            let place = at(dice, bytes.len());
            bytes[place] = bytes[place].wrapping_add(1 + dice.below(3) as u8);
        }
    }
    chunk.columns = Some(columns);
}

/// Causes, actor, numbers and time.
fn head(dice: &mut Dice, chunk: &mut Chunk, hashes: &[[u8; 32]]) {
    match dice.below(9) {
        0 => chunk.dependencies.extend(pick(dice, hashes)),
        1 => drop(chunk.dependencies.pop()),
        2 => chunk.dependencies = pick(dice, hashes).into_iter().collect(),
        3 => {
            chunk.dependencies.extend(pick(dice, hashes));
            chunk.dependencies.sort_unstable();
            chunk.dependencies.dedup();
        }
        4 => chunk.seq = (chunk.seq + dice.below(4)).saturating_sub(2),
        5 => chunk.start_op = (chunk.start_op + dice.below(5)).saturating_sub(2),
        6 => chunk.time = [0, -1, i64::MAX, i64::MIN, 1 << 31, 253_402_300_799][at(dice, 6)],
        7 => chunk.actor[0] ^= 1,
        _ => chunk.others = Some([chunk.named(), vec![vec![dice.below(256) as u8; 16]]].concat()),
    }
}

/// One operation: where, under which key, what, over what.
fn operation(dice: &mut Dice, chunk: &mut Chunk, ids: &[Id]) {
    let count = chunk.operations.len();
    let (one, other) = (at(dice, count), at(dice, count));
    let Some(operation) = chunk.operations.get_mut(one) else { return };
    match dice.below(12) {
        0 => operation.object = pick(dice, ids),
        1 => operation.object = None,
        2 => {
            let keys = ["topic", "newer_field", "", "Topic", "00000000-0000-0000-0000-0000000000aa", "x y"];
            operation.key = keys[at(dice, keys.len())].into();
        }
        3 => operation.key = Key::Element(pick(dice, ids)),
        4 => operation.action = dice.below(9),
        5 => operation.value = Value { kind: dice.below(16), bytes: vec![dice.below(256) as u8; at(dice, 9)] },
        6 => operation.predecessors.extend(pick(dice, ids)),
        7 => drop(operation.predecessors.pop()),
        8 => operation.insert = true,
        9 => chunk.operations.swap(one, other),
        10 => drop(chunk.operations.remove(one)),
        _ => {
            let again = chunk.operations[one].clone();
            chunk.operations.insert(other, again);
        }
    }
}
