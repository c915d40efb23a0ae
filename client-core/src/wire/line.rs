//! A line: changes of one actor, one after the other, as they travel and as a server keeps them. What the reader can work
//! out is left out. A change names its causes by 32 bytes of hash, which no compression shortens; nearly all of them
//! stand before it in the same line, and are told by how far back. Magic, checksum, length, actor and sequence number
//! follow from the rest. The reader puts the chunks together again, byte for byte, and the first bytes of the last hash
//! say whether it did: each change has the one before it among its causes, so the last hash covers them all.
//!
//! `[actor, first seq, [change*], check (4)]`. A change is `0, chunk` if it is not the next canonical chunk of the actor,
//! or `causes + 1, cause*, rest`; a cause is `0, hash (32)`, or how many changes of the line it lies back, from 1; `rest`
//! is the chunk from its first operation counter on. Numbers are LEB128.
use minicbor::bytes::ByteSlice;
use minicbor::encode::{Error, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};
use sha2::{Digest, Sha256};

use super::{CHANGES_MAX, Unreadable};
use crate::document::Actor;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE_CHUNK: u8 = 1;
/// Causes that are told one by one; a chunk with more is sent as it is.
const CAUSES_MAX: u64 = 64;
const HASH_BYTES: usize = 32;
const ACTOR_BYTES: usize = 16;
const CHECK_BYTES: usize = 4;
/// Magic and checksum, which the hash does not cover.
const HEAD_BYTES: usize = 8;

type Hash = [u8; HASH_BYTES];

/// A line in its written form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(Vec<u8>);

impl Line {
    pub fn of<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let chunks: Vec<&[u8]> = chunks.into_iter().collect();
        let (actor, first) = chunks.first().and_then(|chunk| author(chunk)).unwrap_or_default();
        let mut shortener = Shortener { actor, next: first, before: Vec::new() };
        let mut bytes = Vec::new();
        let mut e = Encoder::new(&mut bytes);
        let written = (|| -> Result<(), Error<_>> {
            e.array(4)?.bytes(&actor)?.u64(first)?.array(chunks.len() as u64)?;
            for chunk in &chunks {
                e.bytes(&shortener.shorten(chunk))?;
            }
            e.bytes(check(&shortener.before))?.ok()
        })();
        written.expect("a vector takes all bytes");
        Line(bytes)
    }

    /// The chunks.
    pub fn changes(&self) -> Result<Vec<Vec<u8>>, Unreadable> {
        self.restore().ok_or(Unreadable::NotFrames)
    }

    fn restore(&self) -> Option<Vec<Vec<u8>>> {
        let mut d = Decoder::new(&self.0);
        if d.array().ok()? != Some(4) {
            return None;
        }
        let actor = d.bytes().ok()?.try_into().ok()?;
        let mut restorer = Restorer { actor, next: d.u64().ok()?, before: Vec::new() };
        let shorts = d.array_iter::<&ByteSlice>().ok()?;
        // Three bytes can stand for a change: without an end, a body of 4 kB would be made 200 MB of changes.
        let mut chunks = Vec::new();
        for short in shorts {
            if chunks.len() == CHANGES_MAX {
                return None;
            }
            chunks.push(restorer.restore(short.ok()?)?);
        }
        (d.bytes().ok()? == check(&restorer.before)).then_some(chunks)
    }

    /// The actor and the sequence number of the first change, as the line says.
    pub fn begins(&self) -> Option<(Actor, u64)> {
        let mut d = Decoder::new(&self.0);
        d.array().ok()?;
        let actor = d.bytes().ok()?.try_into().ok()?;
        Some((Actor(actor), d.u64().ok()?))
    }

    /// The written form, to be kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A line from its written form as it was kept; whether it is one, `changes` says.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Line(bytes)
    }
}

impl<C> Encode<C> for Line {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), Error<W::Error>> {
        e.writer_mut().write_all(&self.0).map_err(Error::write)
    }
}

impl<'b, C> Decode<'b, C> for Line {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let from = d.position();
        d.skip()?;
        Ok(Line(d.input()[from..d.position()].to_vec()))
    }
}

fn check(hashes: &[Hash]) -> &[u8] {
    hashes.last().map_or(&[], |hash| &hash[..CHECK_BYTES])
}

struct Shortener {
    actor: [u8; ACTOR_BYTES],
    /// The sequence number that goes without saying.
    next: u64,
    before: Vec<Hash>,
}

impl Shortener {
    fn shorten(&mut self, chunk: &[u8]) -> Vec<u8> {
        let hash = hash(chunk);
        let short = self.short(chunk, hash);
        self.before.push(hash);
        self.next = self.next.wrapping_add(1);
        short.unwrap_or_else(|| [&[0], chunk].concat())
    }

    /// `None` for what would not come back byte for byte.
    fn short(&self, chunk: &[u8], hash: Hash) -> Option<Vec<u8>> {
        let (mut input, causes) = head(chunk)?;
        if hash[..4] != chunk[4..HEAD_BYTES] || causes > CAUSES_MAX {
            return None;
        }
        let mut out = Vec::with_capacity(chunk.len());
        put(&mut out, causes + 1);
        let mut last: Option<&[u8]> = None;
        for _ in 0..causes {
            let cause = input.take(HASH_BYTES)?;
            if last.is_some_and(|last| last >= cause) {
                return None;
            }
            last = Some(cause);
            match self.before.iter().rev().position(|hash| hash == cause) {
                Some(back) => put(&mut out, back as u64 + 1),
                None => {
                    out.push(0);
                    out.extend(cause);
                }
            }
        }
        let as_expected = input.number()? == ACTOR_BYTES as u64
            && input.take(ACTOR_BYTES)? == self.actor
            && input.number()? == self.next;
        as_expected.then(|| [&out, input.0].concat())
    }
}

struct Restorer {
    actor: [u8; ACTOR_BYTES],
    next: u64,
    before: Vec<Hash>,
}

impl Restorer {
    /// `None` for bytes that nobody writes.
    fn restore(&mut self, short: &[u8]) -> Option<Vec<u8>> {
        let mut input = Input(short);
        let chunk = match input.number()? {
            0 => input.0.to_vec(),
            causes => self.chunk(causes - 1, input)?,
        };
        self.before.push(hash(&chunk));
        self.next = self.next.wrapping_add(1);
        Some(chunk)
    }

    fn chunk(&self, causes: u64, mut input: Input<'_>) -> Option<Vec<u8>> {
        if causes > CAUSES_MAX {
            return None;
        }
        let mut named: Vec<Hash> = Vec::new();
        for _ in 0..causes {
            named.push(match usize::try_from(input.number()?).ok()? {
                0 => input.take(HASH_BYTES)?.try_into().ok()?,
                back => *self.before.get(self.before.len().checked_sub(back)?)?,
            });
        }
        named.sort_unstable();
        // Each once: or else a few bytes could stand for many.
        if !named.is_sorted_by(|one, next| one < next) {
            return None;
        }
        let mut body = Vec::with_capacity(input.0.len() + named.len() * HASH_BYTES + 32);
        put(&mut body, causes);
        body.extend(named.as_flattened());
        put(&mut body, ACTOR_BYTES as u64);
        body.extend(self.actor);
        put(&mut body, self.next);
        body.extend(input.0);
        let mut chunk = Vec::with_capacity(body.len() + HEAD_BYTES + 4);
        chunk.extend(MAGIC);
        chunk.extend([0; 4]);
        chunk.push(CHANGE_CHUNK);
        put(&mut chunk, body.len() as u64);
        chunk.extend(body);
        let checksum = hash(&chunk);
        chunk[4..HEAD_BYTES].copy_from_slice(&checksum[..4]);
        Some(chunk)
    }
}

/// What follows the number of causes of a chunk that is written as it should be, and that number.
fn head(chunk: &[u8]) -> Option<(Input<'_>, u64)> {
    let mut input = Input(chunk);
    if input.take(4)? != MAGIC {
        return None;
    }
    input.take(4)?;
    if input.take(1)? != [CHANGE_CHUNK] || input.number()? != input.0.len() as u64 {
        return None;
    }
    let causes = input.number()?;
    Some((input, causes))
}

/// Actor and sequence number of a change, as it says itself; nothing where it is none.
pub fn place_of(change: &[u8]) -> Option<(Actor, u64)> {
    author(change).map(|(actor, seq)| (Actor(actor), seq))
}

fn author(chunk: &[u8]) -> Option<([u8; ACTOR_BYTES], u64)> {
    let (mut input, causes) = head(chunk)?;
    input.take(usize::try_from(causes).ok()?.checked_mul(HASH_BYTES)?)?;
    if input.number()? != ACTOR_BYTES as u64 {
        return None;
    }
    let actor = input.take(ACTOR_BYTES)?.try_into().ok()?;
    Some((actor, input.number()?))
}

/// The hash of a change: over all of the chunk behind its head.
fn hash(chunk: &[u8]) -> Hash {
    Sha256::digest(chunk.get(HEAD_BYTES..).unwrap_or_default()).into()
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number in its shortest form; any other would not come back as it was.
    fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return (byte != 0 || shift == 0).then_some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTOR: [u8; 16] = [7; 16];

    fn chunk_of(causes: &[Hash], actor: [u8; 16], seq: u64, rest: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        put(&mut body, causes.len() as u64);
        body.extend(causes.as_flattened());
        put(&mut body, 16);
        body.extend(actor);
        put(&mut body, seq);
        body.extend(rest);
        let mut chunk = [&MAGIC[..], &[0; 4], &[CHANGE_CHUNK]].concat();
        put(&mut chunk, body.len() as u64);
        chunk.extend(body);
        let checksum = hash(&chunk);
        chunk[4..8].copy_from_slice(&checksum[..4]);
        chunk
    }

    /// Three changes: one on a cause from elsewhere, one on it, one on both branches.
    fn chunks() -> Vec<Vec<u8>> {
        let one = chunk_of(&[[8; 32]], ACTOR, 300, &[1; 200]);
        let two = chunk_of(&[hash(&one)], ACTOR, 301, &[2; 30]);
        let mut both = [hash(&two), [9; 32]];
        both.sort_unstable();
        let three = chunk_of(&both, ACTOR, 302, &[3; 30]);
        vec![one, two, three]
    }

    fn line(chunks: &[Vec<u8>]) -> Line {
        Line::of(chunks.iter().map(Vec::as_slice))
    }

    #[test]
    fn changes_come_back_byte_for_byte_and_a_cause_before_them_costs_a_byte() {
        let chunks = chunks();
        assert_eq!(line(&chunks).changes(), Ok(chunks.clone()));
        let lengths: Vec<usize> = (0..=3).map(|count| line(&chunks[..count]).0.len()).collect();
        // One cause from elsewhere is 34 bytes with its count and mark; from the line it is 2.
        assert_eq!(
            lengths[1..].iter().zip(&lengths).map(|(with, without)| with - without).collect::<Vec<_>>()[1..],
            [2 + 2 + 30, 2 + 1 + 34 + 30]
        );
    }

    #[test]
    fn what_is_no_next_canonical_chunk_comes_back_too() {
        let [one, two, three] = &chunks()[..] else { unreachable!("three were made") };
        let mut flipped = one.clone();
        flipped[4] ^= 1;
        let mut long_number = chunk_of(&[], ACTOR, 1, &[5; 40]);
        long_number[10] |= 0x80;
        long_number.insert(11, 0);
        let odd = [
            flipped,
            long_number,
            chunk_of(&[], ACTOR, 9, &[]),
            chunk_of(&[], [6; 16], 3, &[4; 9]),
            chunk_of(&[[9; 32], [8; 32]], ACTOR, 4, &[1; 40]),
            Vec::new(),
            vec![0],
            three[..60].to_vec(),
            two.clone(),
        ];
        assert_eq!(line(&odd).changes(), Ok(odd.to_vec()));
        for one in odd {
            assert_eq!(line(std::slice::from_ref(&one)).changes(), Ok(vec![one]));
        }
    }

    #[test]
    fn causes_are_told_one_by_one_up_to_their_limit() {
        let with = |causes: u64| {
            let causes: Vec<Hash> = (1..=causes as u8).map(|at| [at; 32]).collect();
            let chunk = chunk_of(&causes, ACTOR, 300, &[1; 9]);
            assert_eq!(line(std::slice::from_ref(&chunk)).changes(), Ok(vec![chunk.clone()]));
            Shortener { actor: ACTOR, next: 300, before: Vec::new() }.shorten(&chunk)[0] != 0
        };
        assert!(with(CAUSES_MAX));
        assert!(!with(CAUSES_MAX + 1), "sent as it is");
    }

    #[test]
    fn a_flipped_bit_is_noticed_wherever_it_falls() {
        let whole = line(&chunks());
        for at in 0..whole.0.len() * 8 {
            let mut flipped = whole.0.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert_eq!(Line(flipped).changes(), Err(Unreadable::NotFrames), "bit {at}");
        }
    }

    #[test]
    fn nothing_is_read_beyond_what_is_there() {
        let mut restorer = Restorer { actor: ACTOR, next: 1, before: Vec::new() };
        for short in [&[][..], &[0x80], &[2], &[2, 1], &[2, 0, 7], &[67], &[0x82, 0]] {
            assert_eq!(restorer.restore(short), None, "{short:?}");
        }
        assert!(restorer.restore(&[1]).is_some());
        assert!(restorer.restore(&[2, 1, 16]).is_some(), "one back is the change just read");
        assert_eq!(restorer.restore(&[2, 3, 16]), None, "there are only two");
        assert_eq!(restorer.restore(&[3, 1, 1, 16]), None, "a cause is told once");
    }

    #[test]
    fn a_line_of_more_changes_than_a_request_holds_is_none() {
        let many = |count: usize| Line::of((0..count).map(|_| &b"x"[..])).changes().map(|changes| changes.len());
        assert_eq!(many(CHANGES_MAX), Ok(CHANGES_MAX));
        assert_eq!(many(CHANGES_MAX + 1), Err(Unreadable::NotFrames));
    }
}
