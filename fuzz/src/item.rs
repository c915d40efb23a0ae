//! CBOR and JSON as trees, to be bent wherever they are, whatever they mean: numbers to their edges, texts and bytes a
//! little, lists in length and order. What a version adds to the frames is bent without a word here.
use serde_json::Value;
use zhucun_core::document::DocumentId;

use crate::chance::{Chance, at, pick};
use crate::script::Script;
use crate::story::Told;

/// A data item of CBOR, as far as our frames have it.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Number(u64),
    /// -1 minus this.
    Negative(u64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Item>),
    /// false, true, null.
    Simple(u8),
}

/// What bent items are made of, beside themselves.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    pub documents: Vec<DocumentId>,
    pub changes: Vec<Vec<u8>>,
    /// Whether changes are bent and given a right checksum: then it may be one that nobody made and everybody takes.
    pub reseals: bool,
}

const EDGES: [u64; 16] = [
    0,
    1,
    2,
    3,
    4,
    16,
    25,
    37,
    255,
    621_022,
    (1 << 31) - 1,
    u32::MAX as u64,
    1 << 32,
    1 << 53,
    i64::MAX as u64,
    u64::MAX,
];
const TEXTS: [&str; 10] = [
    "",
    "9999-12-31",
    "-009999-01-01",
    "0001-01-01",
    "621022103201",
    "621022",
    "6210",
    "first_secretary",
    "township_reviewer",
    "00000000-0000-0000-0000-000000000001",
];

impl Item {
    /// All items of a sequence, if it is one of definite lengths.
    pub fn read_all(mut bytes: &[u8]) -> Option<Vec<Item>> {
        let mut items = Vec::new();
        while !bytes.is_empty() {
            items.push(Self::read(&mut bytes)?);
        }
        Some(items)
    }

    fn read(bytes: &mut &[u8]) -> Option<Item> {
        let (first, rest) = bytes.split_first()?;
        let (major, minor) = (first >> 5, first & 0x1f);
        let wide = match minor {
            0..24 => 0,
            24..28 => 1 << (minor - 24),
            _ => return None,
        };
        let (argument, rest) = rest.split_at_checked(wide)?;
        let number = match wide {
            0 => u64::from(minor),
            _ => argument.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
        };
        *bytes = rest;
        let mut taken = |count: u64| {
            let (taken, rest) = bytes.split_at_checked(usize::try_from(count).ok()?)?;
            *bytes = rest;
            Some(taken.to_vec())
        };
        Some(match major {
            0 => Item::Number(number),
            1 => Item::Negative(number),
            2 => Item::Bytes(taken(number)?),
            3 => Item::Text(String::from_utf8(taken(number)?).ok()?),
            4 => Item::List((0..number).map(|_| Self::read(bytes)).collect::<Option<_>>()?),
            7 => Item::Simple(minor),
            _ => return None,
        })
    }

    pub fn write_all(items: &[Item]) -> Vec<u8> {
        let mut out = Vec::new();
        items.iter().for_each(|item| item.write(&mut out));
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Item::Number(number) => head(0, *number, out),
            Item::Negative(number) => head(1, *number, out),
            Item::Bytes(bytes) => {
                head(2, bytes.len() as u64, out);
                out.extend(bytes);
            }
            Item::Text(text) => {
                head(3, text.len() as u64, out);
                out.extend(text.as_bytes());
            }
            Item::List(items) => {
                head(4, items.len() as u64, out);
                items.iter().for_each(|item| item.write(out));
            }
            Item::Simple(which) => out.push(0xe0 | which),
        }
    }

    fn bend(&mut self, script: &mut Script<'_>, pool: &Pool) {
        match self {
            Item::Number(_) | Item::Negative(_) => {
                let edge = EDGES[at(script, EDGES.len())];
                *self = if script.below(4) == 0 { Item::Negative(edge) } else { Item::Number(edge) };
            }
            Item::Bytes(bytes) => bend_bytes(bytes, script, pool),
            Item::Text(text) => *text = bent_text(text, script),
            Item::List(items) => {
                // Deeper, as long as the choices say so.
                if let Some(inner) = items.get_mut(script.below(12) as usize % 12) {
                    return inner.bend(script, pool);
                }
                let place = at(script, items.len());
                if items.is_empty() || script.below(4) == 0 {
                    return items.push(Item::Number(EDGES[at(script, EDGES.len())]));
                }
                match script.below(5) {
                    0 => drop(items.remove(place)),
                    1 => items.insert(place, items[place].clone()),
                    2 => items.truncate(place),
                    3 => items.reverse(),
                    _ => items[place].bend(script, pool),
                }
            }
            Item::Simple(which) => *which = 20 + script.below(4) as u8,
        }
    }
}

fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    match number {
        0..24 => out.push(major << 5 | number as u8),
        24..0x100 => out.extend([major << 5 | 24, number as u8]),
        0x100..0x1_0000 => {
            out.push(major << 5 | 25);
            out.extend((number as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major << 5 | 26);
            out.extend((number as u32).to_be_bytes());
        }
        _ => {
            out.push(major << 5 | 27);
            out.extend(number.to_be_bytes());
        }
    }
}

/// Frames bent in a few places: their order, and what is in them.
pub fn bend(items: &mut Vec<Item>, script: &mut Script<'_>, pool: &Pool) {
    for _ in 0..script.below(5) {
        let place = at(script, items.len());
        match (script.below(10), items.len()) {
            (_, 0) => return,
            (0, _) => drop(items.remove(place)),
            (1, _) => items.insert(place, items[place].clone()),
            (2, _) => items.swap(place, 0),
            _ => match &mut items[place] {
                // A frame: its tag stays, its fields are bent.
                Item::List(frame) if frame.len() == 2 && script.below(8) != 0 => frame[1].bend(script, pool),
                frame => frame.bend(script, pool),
            },
        }
    }
}

fn bend_bytes(bytes: &mut Vec<u8>, script: &mut Script<'_>, pool: &Pool) {
    let is_change = bytes.starts_with(&[0x85, 0x6f, 0x4a, 0x83]);
    match (script.below(4), is_change, bytes.len()) {
        (0, true, _) => *bytes = pick(script, &pool.changes).unwrap_or_default(),
        (1 | 2, true, _) if pool.reseals => {
            let mut told = Told::of(bytes);
            flip(inner_of(&mut told), script);
            *bytes = told.bytes();
        }
        (0 | 1, _, DocumentId::BYTES) => {
            *bytes = pick(script, &pool.documents).map_or(Vec::new(), |id| id.to_bytes().to_vec());
        }
        (3, _, length) => bytes.truncate(at(script, length)),
        // Longer ones may hold changes.
        (_, _, 33..) if pool.reseals => flip(bytes, script),
        (_, _, 33..) => *bytes = script.take(33).to_vec(),
        (_, _, 0) => bytes.push(script.byte()),
        (_, _, length) => {
            bytes[at(script, length)] = [0, 1, 2, 3, 4, 16, 25, 37, 45, 255][script.below(10) as usize];
        }
    }
}

/// What of a change may be mutated.
pub fn inner_of(told: &mut Told) -> &mut Vec<u8> {
    match told {
        Told::Bytes(bytes) | Told::Body(bytes) => bytes,
    }
}

fn flip(bytes: &mut [u8], script: &mut Script<'_>) {
    let place = at(script, bytes.len());
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1 << script.below(8);
    }
}

/// A text that is JSON is bent as JSON.
fn bent_text(text: &str, script: &mut Script<'_>) -> String {
    if let (b'{' | b'[', Ok(mut json)) = (text.bytes().next().unwrap_or(0), serde_json::from_str(text)) {
        for _ in 0..1 + script.below(3) {
            bend_json(&mut json, script);
        }
        return json.to_string();
    }
    match script.below(3) {
        0 => TEXTS[at(script, TEXTS.len())].to_owned(),
        1 => text.chars().take(at(script, text.len())).collect(),
        _ => format!("{text}{}", TEXTS[at(script, TEXTS.len())]),
    }
}

fn bend_json(json: &mut Value, script: &mut Script<'_>) {
    match json {
        Value::Object(fields) if !fields.is_empty() => {
            let place = at(script, fields.len());
            let name = fields.keys().nth(place).cloned().unwrap_or_default();
            match script.below(8) {
                0 => drop(fields.remove(&name)),
                _ => fields.get_mut(&name).into_iter().for_each(|inner| bend_json(inner, script)),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let place = at(script, items.len());
            match script.below(8) {
                0 => drop(items.remove(place)),
                1 => items.push(items[place].clone()),
                2 => items.clear(),
                _ => bend_json(&mut items[place], script),
            }
        }
        Value::Array(items) => items.push(TEXTS[at(script, TEXTS.len())].into()),
        other => {
            *other = match script.below(8) {
                0 => Value::Null,
                1 => EDGES[at(script, EDGES.len())].into(),
                2 => (EDGES[at(script, EDGES.len())] as i64).wrapping_neg().into(),
                3 => true.into(),
                _ => TEXTS[at(script, TEXTS.len())].into(),
            }
        }
    }
}
