//! Columns of a change chunk, written byte by byte: run lengths, differences, booleans. The canonical writers write what
//! automerge writes; everything else an attacker would write is put together by hand in the tests.
//! Format: <https://automerge.org/automerge-binary-format-spec/>.

/// A column: its specification and its bytes.
pub type Column = (u64, Vec<u8>);

pub const OBJECT_ACTOR: u64 = 0x01;
pub const OBJECT_COUNTER: u64 = 0x02;
pub const KEY_ACTOR: u64 = 0x11;
pub const KEY_COUNTER: u64 = 0x13;
pub const KEY_STRING: u64 = 0x15;
pub const INSERT: u64 = 0x34;
pub const ACTION: u64 = 0x42;
pub const VALUE_META: u64 = 0x56;
pub const VALUE: u64 = 0x57;
pub const PREDECESSOR_GROUP: u64 = 0x70;
pub const PREDECESSOR_ACTOR: u64 = 0x71;
pub const PREDECESSOR_COUNTER: u64 = 0x73;
pub const EXPAND: u64 = 0x94;
pub const MARK_NAME: u64 = 0xa5;

pub fn unsigned(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

pub fn signed(mut value: i64, out: &mut Vec<u8>) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Bytes with their length before them.
pub fn sized(bytes: &[u8], out: &mut Vec<u8>) {
    unsigned(bytes.len() as u64, out);
    out.extend(bytes);
}

/// A run-length column: `n > 0` repeats one value, `n < 0` lists values, `0` says how many nulls follow. A column of
/// nulls alone is empty.
fn runs<T: PartialEq>(items: &[Option<T>], write: impl Fn(&T, &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    if items.iter().all(Option::is_none) {
        return out;
    }
    let mut list: Vec<&T> = Vec::new();
    let flush = |list: &mut Vec<&T>, out: &mut Vec<u8>| {
        if !list.is_empty() {
            signed(-(list.len() as i64), out);
            list.drain(..).for_each(|value| write(value, out));
        }
    };
    for run in items.chunk_by(|one, next| one == next) {
        match &run[0] {
            Some(value) if run.len() == 1 => list.push(value),
            Some(value) => {
                flush(&mut list, &mut out);
                signed(run.len() as i64, &mut out);
                write(value, &mut out);
            }
            None => {
                flush(&mut list, &mut out);
                signed(0, &mut out);
                unsigned(run.len() as u64, &mut out);
            }
        }
    }
    flush(&mut list, &mut out);
    out
}

pub fn numbers(items: &[Option<u64>]) -> Vec<u8> {
    runs(items, |value, out| unsigned(*value, out))
}

pub fn strings(items: &[Option<Vec<u8>>]) -> Vec<u8> {
    runs(items, |value, out| sized(value, out))
}

/// Each number as its difference from the one before.
pub fn differences(items: &[Option<u64>]) -> Vec<u8> {
    let mut last = 0_i64;
    let steps: Vec<Option<i64>> = items
        .iter()
        .map(|item| {
            let value = (*item)? as i64;
            let step = value.saturating_sub(last);
            last = value;
            Some(step)
        })
        .collect();
    runs(&steps, |step, out| signed(*step, out))
}

/// How many are false, then how many true, and so on.
pub fn booleans(items: &[bool]) -> Vec<u8> {
    let mut out = Vec::new();
    if items.first() == Some(&true) {
        unsigned(0, &mut out);
    }
    for run in items.chunk_by(|one, next| one == next) {
        unsigned(run.len() as u64, &mut out);
    }
    out
}
