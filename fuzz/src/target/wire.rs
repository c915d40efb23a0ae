//! The bytes of requests and replies. Reading never panics and holds no more than it states; what could be read is written
//! again as the same frames; a cut body gives a beginning of the whole one's frames.
use std::fmt::Debug;

use zhucun_core::wire::{
    Frame, INFLATED_BYTES_MAX, Line, ReplyFrame, RequestFrame, Unreadable, pack, unpack, unpack_cut,
};

use super::{Inner, Target, chance_of};
use crate::item::{Item, Pool, bend};
use crate::memory;
use crate::script::Script;
use crate::town::village;
use crate::village::{bodies, scenes};

pub const TARGET: Target =
    Target { name: "wire", run, seeds, mutate: Some(mutate), bytes_max: 16_384, memory_max: 512 << 20 };

/// The most that reading a body may hold: its inflated bytes, their frames, and both while a list grows.
const READING_BYTES_MAX: usize = 16 * INFLATED_BYTES_MAX;

fn run(data: &[u8]) {
    let Some((form, rest)) = data.split_first() else { return };
    let body = match form & 1 {
        0 => rest.to_vec(),
        // Stored, not compressed: what is read is what the engine wrote.
        _ => miniz_oxide::deflate::compress_to_vec(rest, 0),
    };
    let cut = usize::from(form >> 1) * body.len() / 128;
    for frame in hold::<RequestFrame>(&body, cut) {
        match frame {
            RequestFrame::Push(push) => line(&push.line),
            RequestFrame::Refill(delta) => delta.bundles.iter().for_each(|bundle| line(&bundle.line)),
            RequestFrame::Hello(_) | RequestFrame::Holding(_) | RequestFrame::Joint(_) => {}
        }
    }
    for frame in hold::<ReplyFrame>(&body, cut) {
        if let ReplyFrame::Delta(delta) = frame {
            delta.bundles.iter().for_each(|bundle| line(&bundle.line));
        }
    }
    line(&Line::from_bytes(rest.to_vec()));
}

/// A line is opened within the same limit, and written again holds the same changes.
fn line(line: &Line) {
    let Ok(changes) = memory::held_to(READING_BYTES_MAX, || line.changes()) else { return };
    assert_eq!(Line::of(changes.iter().map(Vec::as_slice)).changes(), Ok(changes));
}

/// Reads a body, whole and cut, and gives the frames of the whole one.
fn hold<F: Frame + PartialEq + Debug>(body: &[u8], cut: usize) -> Vec<F> {
    let whole = memory::held_to(READING_BYTES_MAX, || unpack::<F>(body));
    match memory::held_to(READING_BYTES_MAX, || unpack_cut::<F>(body)) {
        Ok((frames, is_whole)) => {
            match is_whole {
                true => assert_eq!(whole.as_ref(), Ok(&frames)),
                false => assert_eq!(whole, Err(Unreadable::NotFrames)),
            }
            match unpack::<F>(&pack(&frames)) {
                // Fields that were left out are written.
                Err(Unreadable::TooLarge) => {}
                again => assert_eq!(again, Ok(frames)),
            }
        }
        Err(unreadable) => assert_eq!(whole, Err(unreadable)),
    }
    let frames = whole.unwrap_or_default();
    if !frames.is_empty()
        && let Ok((before, _)) = unpack_cut::<F>(&body[..cut])
    {
        assert!(frames.starts_with(&before), "a cut body gives frames that the whole one has not");
    }
    frames
}

/// Every other time what is plain is bent as the tree that it is.
fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, inner: Inner) -> usize {
    thread_local! {
        static POOL: Pool = {
            let hub = &scenes()[1].hub;
            let changes = hub.feed.iter().take(16).map(|fed| fed.change.clone()).collect();
            Pool { documents: hub.documents.keys().copied().collect(), changes, reseals: true }
        };
    }
    let mut dice = chance_of(seed);
    let items = match data[..size].split_first() {
        Some((form, plain)) if form & 1 == 1 && dice.below(2) == 0 => Item::read_all(plain),
        _ => None,
    };
    let Some(mut items) = items else { return inner(data, size, max_size) };
    let choices: Vec<u8> = (0..96).map(|_| dice.below(256) as u8).collect();
    POOL.with(|pool| bend(&mut items, &mut Script(&choices), pool));
    let plain = Item::write_all(&items);
    let length = plain.len().min(max_size.min(data.len()) - 1);
    data[1..=length].copy_from_slice(&plain[..length]);
    1 + length
}

fn seeds() -> Vec<Vec<u8>> {
    let bodies = bodies();
    let plain = bodies.iter().map(|body| {
        let plain = miniz_oxide::inflate::decompress_to_vec(body).expect("an honest body inflates");
        [&[1], &plain[..]].concat()
    });
    let packed = bodies.iter().map(|body| [&[0], &body[..]].concat());
    let bombs = bombs().into_iter().map(|body| [vec![0], body].concat());
    plain.chain(packed).chain(bombs).filter(|seed| seed.len() <= TARGET.bytes_max).collect()
}

/// A few kB that inflate to as much as a body may: frames, fields and changes of as few bytes as they can have.
fn bombs() -> Vec<Vec<u8>> {
    let document = zhucun_core::document::DocumentId::village(village()).to_bytes();
    let head = [&[0x82, 1, 0x83, 0x55], &document[..], &[0, 0x84, 0x50], &[7; 16], &[1, 0x9f]].concat();
    // An empty change; one that names the one before it; one that names none.
    let shorts: [&[u8]; 3] = [&[0x41, 0], &[0x42, 2, 1], &[0x41, 1]];
    let room = INFLATED_BYTES_MAX - head.len() - 64;
    let pushes = shorts.map(|short| [&head[..], &short.repeat(room / short.len()), &[0xff, 0x44, 0, 0, 0, 0]].concat());
    // Cursors of a hello, frames with nothing in them, and a frame that nobody knows, nested.
    let hello = [&[0x82, 0, 0x89, 1, 0x60, 1, 0x50], &[0; 16][..], &[0x9f]].concat();
    let cursors = [&hello[..], &[0x84, 0, 0, 0, 0].repeat(room / 5), &[0xff, 0x80, 0, 0, 0]].concat();
    let empty = [&[0x82, 1, 0x83, 0x55], &document[..], &[0, 0x80]].concat();
    let frames = empty.repeat(room / empty.len());
    let nested = [&[0x82, 0x18, 0x63][..], &[0x9f].repeat(room)].concat();
    let plain = pushes.into_iter().chain([cursors, frames, nested]);
    plain.map(|plain| miniz_oxide::deflate::compress_to_vec(&plain, 9)).collect()
}
