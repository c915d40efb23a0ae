//! How a change is bent: in the meaning of its operations, in its columns, or in its bytes, with a checksum that is right
//! again. Most bends make it wrong, some leave it right; the gate has to tell.
use zhucun_core::field::NUMBER_MAX;

use crate::chance::{Chance, at, pick};
use crate::chunk::{Chunk, Id, Key, MAKE_MAP, Op, Value, seal};

/// A change bent in one or two ways. `known` are names and hashes of the document.
pub fn bent(chance: &mut impl Chance, honest: &Chunk, known: &(Vec<Id>, Vec<[u8; 32]>)) -> Vec<u8> {
    let mut chunk = honest.clone();
    match chance.below(8) {
        0 | 1 => return seal(1, &body(chance, chunk.body())),
        2 => columns(chance, &mut chunk),
        3 => head(chance, &mut chunk, &known.1),
        _ => {
            for _ in 0..1 + chance.below(2) {
                operation(chance, &mut chunk, &known.0);
            }
        }
    }
    chunk.bytes()
}

/// Bits flipped, bytes put in, taken out, doubled.
fn body(chance: &mut impl Chance, mut body: Vec<u8>) -> Vec<u8> {
    for _ in 0..1 + chance.below(3) {
        let place = at(chance, body.len());
        match chance.below(5) {
            _ if body.is_empty() => return body,
            0 => body.insert(place, chance.below(256) as u8),
            1 => drop(body.remove(place)),
            2 => body[place] = chance.below(256) as u8,
            _ => body[place] ^= 1 << chance.below(8),
        }
    }
    body
}

/// Columns swapped, cut, lengthened, left out, with runs taken apart.
fn columns(chance: &mut impl Chance, chunk: &mut Chunk) {
    let mut columns = chunk.columns();
    if columns.is_empty() {
        return;
    }
    let (one, other) = (at(chance, columns.len()), at(chance, columns.len()));
    match chance.below(6) {
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
            let place = at(chance, bytes.len());
            bytes[place] = bytes[place].wrapping_add(1 + chance.below(3) as u8);
        }
    }
    chunk.columns = Some(columns);
}

/// Causes, actor, numbers and time.
fn head(chance: &mut impl Chance, chunk: &mut Chunk, hashes: &[[u8; 32]]) {
    match chance.below(9) {
        0 => chunk.dependencies.extend(pick(chance, hashes)),
        1 => drop(chunk.dependencies.pop()),
        2 => chunk.dependencies = pick(chance, hashes).into_iter().collect(),
        3 => {
            chunk.dependencies.extend(pick(chance, hashes));
            chunk.dependencies.sort_unstable();
            chunk.dependencies.dedup();
        }
        4 => chunk.seq = chunk.seq.saturating_add(chance.below(4)).saturating_sub(2),
        5 => chunk.start_op = chunk.start_op.saturating_add(chance.below(5)).saturating_sub(2),
        6 => chunk.time = [0, -1, i64::MAX, i64::MIN, 1 << 31, 253_402_300_799][at(chance, 6)],
        7 => chunk.actor.iter_mut().take(1).for_each(|byte| *byte ^= 1),
        _ => chunk.others = Some([chunk.named(), vec![vec![chance.below(256) as u8; 16]]].concat()),
    }
}

/// One operation: where, under which key, what, over what.
fn operation(chance: &mut impl Chance, chunk: &mut Chunk, ids: &[Id]) {
    let count = chunk.operations.len();
    let (one, other) = (at(chance, count), at(chance, count));
    let Some(operation) = chunk.operations.get_mut(one) else { return };
    match chance.below(16) {
        0 => operation.object = pick(chance, ids),
        1 => operation.object = None,
        2 => {
            let keys = ["topic", "newer_field", "", "Topic", "00000000-0000-0000-0000-0000000000aa", "x y"];
            operation.key = keys[at(chance, keys.len())].into();
        }
        3 => operation.key = Key::Element(pick(chance, ids)),
        4 => operation.action = chance.below(9),
        5 => operation.value = Value { kind: chance.below(16), bytes: vec![chance.below(256) as u8; at(chance, 9)] },
        6 => operation.predecessors.extend(pick(chance, ids)),
        7 => drop(operation.predecessors.pop()),
        8 => operation.insert = true,
        9 => chunk.operations.swap(one, other),
        10 => drop(chunk.operations.remove(one)),
        11 => {
            let edges = [0, -1, i64::MIN, i64::MAX, NUMBER_MAX, NUMBER_MAX + 1, -NUMBER_MAX, -NUMBER_MAX - 1];
            operation.value = Value::number(edges[at(chance, edges.len())]);
        }
        12 => operation.predecessors = pick(chance, ids).into_iter().collect(),
        13 => {
            operation.object =
                Some(Id { counter: chunk.start_op.saturating_add(other as u64), actor: chunk.actor.clone() })
        }
        14 => {
            let object = operation.object.clone();
            let key = uuid::Uuid::from_u128(u128::from(chance.below(8))).to_string();
            let made = Op {
                object,
                action: MAKE_MAP,
                predecessors: Vec::new(),
                value: Value::NULL,
                key: key.as_str().into(),
                insert: false,
            };
            chunk.operations.insert(other, made);
        }
        _ => {
            let again = chunk.operations[one].clone();
            chunk.operations.insert(other, again);
        }
    }
}
