//! What a hostile phone does to its own requests before it sends them: it has a token that is good, and no manners.
use zhucun_core::wire::{self, Line, RequestFrame};

use super::chance::Chance;
use super::phone::hash_of;

/// A request that no honest phone sends.
pub(super) fn bend(body: &[u8], chance: &mut Chance) -> Vec<u8> {
    let Ok(mut frames) = wire::unpack::<RequestFrame>(body) else { return body.to_vec() };
    match chance.below(8) {
        0 => {
            // Noise on the deflated bytes.
            let mut body = body.to_vec();
            flip(&mut body, chance);
            return body;
        }
        1 => {
            // Noise under the deflation, where frames are read.
            let mut plain = miniz_oxide::inflate::decompress_to_vec(body).unwrap_or_default();
            flip(&mut plain, chance);
            return miniz_oxide::deflate::compress_to_vec(&plain, 6);
        }
        2 => frames.iter_mut().for_each(|frame| {
            if let RequestFrame::Push(push) = frame {
                push.incarnation = push.incarnation.wrapping_add(chance.draw() as u32 % 3);
            }
        }),
        3 => bend_changes(&mut frames, |changes| {
            for change in changes {
                flip(change, chance);
                // With a checksum that fits, so that the gate has to look further.
                let checksum = hash_of(change);
                if let Some(place) = change.get_mut(4..8) {
                    place.copy_from_slice(&checksum[..4]);
                }
            }
        }),
        4 => bend_changes(&mut frames, |changes| {
            changes.reverse();
            changes.extend(changes.clone());
        }),
        5 => {
            // The changes of one document pushed into another.
            let documents: Vec<_> = frames.iter().filter_map(document).collect();
            for frame in &mut frames {
                if let (RequestFrame::Push(push), Some(other)) = (frame, chance.pick(&documents)) {
                    push.document = *other;
                }
            }
        }
        6 => {
            if let Some(RequestFrame::Hello(hello)) = frames.first_mut() {
                for cursor in &mut hello.cursors {
                    cursor.number = chance.draw();
                    cursor.digest = chance.draw();
                }
                (hello.reference, hello.scope) = (chance.draw(), chance.draw());
            }
        }
        _ => {
            let again = frames.clone();
            frames.extend(again.into_iter().skip(1));
        }
    }
    wire::pack(&frames)
}

fn document(frame: &RequestFrame) -> Option<zhucun_core::document::DocumentId> {
    match frame {
        RequestFrame::Push(push) => Some(push.document),
        RequestFrame::Hello(_) | RequestFrame::Holding(_) | RequestFrame::Refill(_) | RequestFrame::Joint(_) => None,
    }
}

fn bend_changes(frames: &mut [RequestFrame], mut bend: impl FnMut(&mut Vec<Vec<u8>>)) {
    for frame in frames {
        if let RequestFrame::Push(push) = frame
            && let Ok(mut changes) = push.line.changes()
        {
            bend(&mut changes);
            push.line = Line::of(changes.iter().map(Vec::as_slice));
        }
    }
}

fn flip(bytes: &mut [u8], chance: &mut Chance) {
    for _ in 0..=chance.below(3) {
        if !bytes.is_empty() {
            let at = chance.below(bytes.len());
            bytes[at] ^= 1 << chance.below(8);
        }
    }
}
