//! A first reading of a change chunk on its bytes alone, before automerge sees them. It follows lengths and run lengths
//! only, expands nothing and allocates little, so that a short input which stands for a million operations is refused
//! for the price of reading it. Format: <https://automerge.org/automerge-binary-format-spec/>.
use sha2::{Digest, Sha256};

use super::GateRefusal;
use crate::field::FIELD_NAME_BYTES_MAX;

/// Bytes of one change. A visit with every text at its limit has about 30 kB.
pub const CHANGE_BYTES_MAX: usize = 65_536;
/// Operations of one change. A register of 300 households is imported in a dozen of changes.
pub const OPS_MAX: u64 = 2_000;
/// Actors other than the author that one change may name: those of `BRANCHES_MAX` values in each field of the longest
/// form, and some air.
pub const ACTORS_MAX: u64 = 600;
/// Causes of one change: the heads its author saw, at most `BRANCHES_MAX` of the server's and its own.
pub const DEPENDENCIES_MAX: u64 = 64;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE_CHUNK: u8 = 1;
/// automerge counts operations in 32 bits.
const COUNTER_MAX: i64 = u32::MAX as i64;

/// What the columns of a change may be: (specification, how its values are laid out). Ascending, as they must come.
const COLUMNS: [(u64, Layout); 12] = [
    (0x01, Layout::Runs(Item::Actor)),   // object: actor
    (0x02, Layout::Runs(Item::Counter)), // object: counter
    (0x11, Layout::Runs(Item::Actor)),   // key: actor
    (0x13, Layout::Runs(Item::Step)),    // key: counter
    (0x15, Layout::Runs(Item::Key)),     // key: string
    (0x34, Layout::Booleans),            // insert
    (0x42, Layout::Runs(Item::Number)),  // action
    (0x56, Layout::Runs(Item::Number)),  // value: type and length
    (0x57, Layout::Bytes),               // value: bytes
    (0x70, Layout::Runs(Item::Number)),  // predecessors: how many
    (0x71, Layout::Runs(Item::Actor)),   // predecessors: actor
    (0x73, Layout::Runs(Item::Step)),    // predecessors: counter
];

#[derive(Clone, Copy)]
enum Layout {
    Runs(Item),
    Booleans,
    Bytes,
}

/// What a run-length column holds. automerge 0.12 panics on an index without an actor and on a counter of more than 32
/// bits, and where a panic ends the instance no guard helps: so they are held to their range here.
#[derive(Clone, Copy)]
enum Item {
    Number,
    /// An index into the author and the other actors.
    Actor,
    Counter,
    /// A counter as its difference from the one before.
    Step,
    /// A key; repeated by a run, a long one would be a bomb too.
    Key,
}

/// Holds a chunk to its form and its limits.
pub(super) fn scan(bytes: &[u8]) -> Result<(), GateRefusal> {
    if bytes.len() > CHANGE_BYTES_MAX {
        return Err(GateRefusal::TooLarge);
    }
    let mut input = Input(bytes);
    if input.take(4)? != MAGIC {
        return Err(GateRefusal::NotAChange);
    }
    let checksum = input.take(4)?;
    let hashed = input.0;
    if input.take(1)? != [CHANGE_CHUNK] || input.unsigned()? != input.0.len() as u64 {
        return Err(GateRefusal::NotAChange);
    }
    if Sha256::digest(hashed)[..4] != *checksum {
        return Err(GateRefusal::Checksum);
    }
    body(&mut input)
}

fn body(input: &mut Input<'_>) -> Result<(), GateRefusal> {
    let dependencies = input.unsigned()?;
    if dependencies > DEPENDENCIES_MAX {
        return Err(GateRefusal::TooManyDependencies);
    }
    for _ in 0..dependencies {
        input.take(32)?;
    }
    if input.sized()?.len() != 16 {
        return Err(GateRefusal::ForgedActor);
    }
    input.unsigned()?; // sequence number
    input.unsigned()?; // first operation
    input.signed()?; // time
    if !input.sized()?.is_empty() {
        return Err(GateRefusal::Message);
    }
    let actors = input.unsigned()?;
    if actors > ACTORS_MAX {
        return Err(GateRefusal::TooManyActors);
    }
    for _ in 0..actors {
        if input.sized()?.len() != 16 {
            return Err(GateRefusal::NotAChange);
        }
    }
    columns(input, actors)?;
    if input.0.is_empty() { Ok(()) } else { Err(GateRefusal::ExtraBytes) }
}

/// Reads the columns of a change that names `actors` others.
fn columns(input: &mut Input<'_>, actors: u64) -> Result<(), GateRefusal> {
    let count = input.unsigned()?;
    let mut known = COLUMNS.iter();
    let mut columns = Vec::new();
    for _ in 0..count {
        let specification = input.unsigned()?;
        let length = input.unsigned()?;
        // Going on from the last one found also refuses columns twice or out of order.
        let found = known.find(|(known, _)| *known == specification).ok_or(GateRefusal::UnknownColumn)?;
        columns.push((found.1, length));
    }
    for (layout, length) in columns {
        let mut column = Input(input.take(length)?);
        match layout {
            Layout::Bytes => {}
            Layout::Booleans => column.booleans()?,
            Layout::Runs(item) => column.runs(item, actors)?,
        }
    }
    Ok(())
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], GateRefusal> {
        let count = usize::try_from(count).map_err(|_| GateRefusal::NotAChange)?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(GateRefusal::NotAChange)?;
        self.0 = rest;
        Ok(taken)
    }

    fn sized(&mut self) -> Result<&'a [u8], GateRefusal> {
        let length = self.unsigned()?;
        self.take(length)
    }

    fn unsigned(&mut self) -> Result<u64, GateRefusal> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(GateRefusal::NotAChange);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(GateRefusal::NotAChange)
    }

    fn signed(&mut self) -> Result<i64, GateRefusal> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0;
                return Ok(if negative && shift + 7 < 64 { value | (-1 << (shift + 7)) } else { value });
            }
        }
        Err(GateRefusal::NotAChange)
    }

    /// Counts a run-length column: `n > 0` repeats one value, `n < 0` lists values, `0` says how many nulls follow.
    fn runs(&mut self, item: Item, actors: u64) -> Result<(), GateRefusal> {
        let mut total = 0;
        let mut counter = 0;
        while !self.0.is_empty() {
            let run = self.signed()?;
            let count = if run == 0 { self.unsigned()? } else { run.unsigned_abs() };
            total = Self::add(total, count)?;
            let (values, times) = match run {
                0 => (0, 0),
                1.. => (1, run),
                _ => (count, 1),
            };
            for _ in 0..values {
                self.item(item, actors, times, &mut counter)?;
            }
        }
        Ok(())
    }

    /// Reads one value, which stands for so many equal ones. `counter` is that of the last step.
    fn item(&mut self, item: Item, actors: u64, times: i64, counter: &mut i64) -> Result<(), GateRefusal> {
        let within = match item {
            Item::Number => self.unsigned().map(|_| true)?,
            Item::Actor => self.unsigned()? <= actors,
            Item::Counter => self.unsigned()? <= COUNTER_MAX as u64,
            Item::Step => {
                let sum = self.signed()?.checked_mul(times).and_then(|steps| counter.checked_add(steps));
                *counter = sum.unwrap_or(-1);
                (0..=COUNTER_MAX).contains(counter)
            }
            Item::Key => match self.sized()?.len() {
                ..=FIELD_NAME_BYTES_MAX => true,
                _ => return Err(GateRefusal::BadKey),
            },
        };
        if within { Ok(()) } else { Err(GateRefusal::NotAChange) }
    }

    fn booleans(&mut self) -> Result<(), GateRefusal> {
        let mut total = 0;
        while !self.0.is_empty() {
            total = Self::add(total, self.unsigned()?)?;
        }
        Ok(())
    }

    fn add(total: u64, count: u64) -> Result<u64, GateRefusal> {
        let total = total.saturating_add(count);
        if total > OPS_MAX { Err(GateRefusal::TooManyOps) } else { Ok(total) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chunk around a body, with a right checksum.
    fn chunk(body: &[u8]) -> Vec<u8> {
        let mut hashed = vec![CHANGE_CHUNK];
        let mut length = body.len();
        loop {
            let byte = (length & 0x7f) as u8;
            length >>= 7;
            hashed.push(if length == 0 { byte } else { byte | 0x80 });
            if length == 0 {
                break;
            }
        }
        hashed.extend(body);
        let mut bytes = MAGIC.to_vec();
        bytes.extend(&Sha256::digest(&hashed)[..4]);
        bytes.extend(hashed);
        bytes
    }

    /// A body without causes, with one column of the given bytes.
    fn one_column(specification: u8, column: &[u8]) -> Vec<u8> {
        let mut body = vec![0, 16];
        body.extend([7; 16]);
        body.extend([1, 1, 0, 0, 0, 1, specification, column.len() as u8]);
        body.extend(column);
        chunk(&body)
    }

    #[test]
    fn a_short_input_for_a_million_operations_is_refused_by_its_run_length() {
        let million = [0xc0, 0x84, 0x3d]; // 1,000,000 as a signed run
        assert_eq!(scan(&one_column(0x42, &[&million[..], &[1]].concat())), Err(GateRefusal::TooManyOps));
        assert_eq!(scan(&one_column(0x34, &million)), Err(GateRefusal::TooManyOps));
    }

    #[test]
    fn operations_are_counted_up_to_their_limit() {
        assert_eq!(OPS_MAX, 2000);
        assert_eq!(scan(&one_column(0x42, &[0xd0, 0x0f, 1])), Ok(())); // a run of 2,000
        assert_eq!(scan(&one_column(0x42, &[0xd1, 0x0f, 1])), Err(GateRefusal::TooManyOps));
        assert_eq!(scan(&one_column(0x42, &[0xd0, 0x0f, 1, 1, 1])), Err(GateRefusal::TooManyOps));
        assert_eq!(scan(&one_column(0x42, &[0, 0xd1, 0x0f])), Err(GateRefusal::TooManyOps));
    }

    #[test]
    fn a_change_is_held_to_its_size() {
        assert_eq!(scan(&vec![0; CHANGE_BYTES_MAX + 1]), Err(GateRefusal::TooLarge));
        assert_eq!(scan(&vec![0; CHANGE_BYTES_MAX]), Err(GateRefusal::NotAChange));
    }

    #[test]
    fn only_known_columns_pass_each_once_and_in_order() {
        assert_eq!(scan(&one_column(0x42, &[1, 1])), Ok(()));
        for unknown in [0x4a, 0x7f, 0x20] {
            assert_eq!(scan(&one_column(unknown, &[1, 1])), Err(GateRefusal::UnknownColumn));
        }
        let mut body = vec![0, 16];
        body.extend([7; 16]);
        body.extend([1, 1, 0, 0, 0, 2, 0x42, 2, 0x42, 2, 1, 1, 1, 1]);
        assert_eq!(scan(&chunk(&body)), Err(GateRefusal::UnknownColumn));
    }

    #[test]
    fn a_number_that_does_not_fit_is_refused_before_anything_reads_it() {
        // Of a number of ten bytes the last has one bit.
        let ten = |last: u8| [&[1][..], &[0xff; 9], &[last]].concat();
        assert_eq!(scan(&one_column(0x56, &ten(1))), Ok(()));
        assert_eq!(scan(&one_column(0x56, &ten(2))), Err(GateRefusal::NotAChange));
        // Three steps, each as long as a number can be.
        let steps = [&[3][..], &[0xff; 9], &[0]].concat();
        assert_eq!(scan(&one_column(0x73, &steps)), Err(GateRefusal::NotAChange));
    }

    #[test]
    fn a_key_is_held_to_its_length_before_a_run_multiplies_it() {
        let run = |length: usize| [&[2, length as u8][..], &vec![b'k'; length]].concat();
        assert_eq!(scan(&one_column(0x15, &run(FIELD_NAME_BYTES_MAX))), Ok(()));
        assert_eq!(scan(&one_column(0x15, &run(FIELD_NAME_BYTES_MAX + 1))), Err(GateRefusal::BadKey));
    }

    #[test]
    fn a_flipped_bit_is_noticed_and_a_cut_never_passes() {
        let whole = one_column(0x42, &[1, 1]);
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(scan(&flipped).is_err(), "byte {at}");
            assert!(scan(&whole[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn messages_and_bytes_after_the_columns_are_refused() {
        let mut body = vec![0, 16];
        body.extend([7; 16]);
        let mut with_message = body.clone();
        with_message.extend([1, 1, 0, 1, b'!', 0, 0]);
        assert_eq!(scan(&chunk(&with_message)), Err(GateRefusal::Message));
        body.extend([1, 1, 0, 0, 0, 0, 9]);
        assert_eq!(scan(&chunk(&body)), Err(GateRefusal::ExtraBytes));
    }

    #[test]
    fn actors_and_causes_are_counted_up_to_their_limits() {
        let with = |dependencies: u64, actors: u64| {
            let mut body = vec![dependencies as u8];
            body.extend(vec![3; dependencies as usize * 32]);
            body.push(16);
            body.extend([7; 16]);
            body.extend([1, 1, 0, 0, (actors & 0x7f) as u8 | 0x80, (actors >> 7) as u8]);
            for _ in 0..actors {
                body.push(16);
                body.extend([8; 16]);
            }
            body.push(0);
            scan(&chunk(&body))
        };
        assert_eq!(with(DEPENDENCIES_MAX, ACTORS_MAX), Ok(()));
        assert_eq!(with(DEPENDENCIES_MAX + 1, 0), Err(GateRefusal::TooManyDependencies));
        assert_eq!(with(0, ACTORS_MAX + 1), Err(GateRefusal::TooManyActors));
    }
}
