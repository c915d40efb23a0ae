//! What is done to bodies on their way: frames that only a newer version knows, and bugs that are planted.
use uuid::Uuid;
use zhucun_core::clock::Moment;
use zhucun_core::document::DocumentId;
use zhucun_core::id::PersonId;
use zhucun_core::wire::{self, Bundle, Delta, Fate, Line, Receipt, ReplyFrame};

/// `[99, "weather"]`: a frame that no version knows yet.
const NEWER_FRAME: [u8; 11] = [0x82, 0x18, 0x63, 0x67, b'w', b'e', b'a', b't', b'h', b'e', b'r'];

/// The body with a frame of a newer version before all others.
pub(super) fn with_newer_frame(body: &[u8]) -> Vec<u8> {
    let Ok(plain) = miniz_oxide::inflate::decompress_to_vec(body) else { return body.to_vec() };
    miniz_oxide::deflate::compress_to_vec(&[&NEWER_FRAME, &plain[..]].concat(), 6)
}

/// The code in a problem document.
pub(super) fn code_of(problem: &str) -> String {
    let read: Option<serde_json::Value> = serde_json::from_str(problem).ok();
    read.and_then(|read| Some(read.get("code")?.as_str()?.to_owned())).unwrap_or_default()
}

/// A reply without the last change of each document.
pub(super) fn skipping(body: &[u8]) -> Vec<u8> {
    changed(body, |frames| {
        for frame in frames {
            if let ReplyFrame::Delta(delta) = frame {
                delta.bundles.pop();
            }
        }
    })
}

/// A reply with one change more.
pub(super) fn leaking(body: &[u8], document: DocumentId, change: &[u8]) -> Vec<u8> {
    changed(body, |frames| {
        let (person, received_at, receipt) = (PersonId(Uuid::nil()), Moment(0), Receipt([0; 8]));
        let bundles = vec![Bundle { person, received_at, receipt, line: Line::of([change]) }];
        frames.insert(1, ReplyFrame::Delta(Delta { document, bundles }));
    })
}

/// A reply that says of all that was brought that it was accepted.
pub(super) fn acking_all(body: &[u8]) -> Vec<u8> {
    changed(body, |frames| {
        for frame in frames {
            if let ReplyFrame::Ack(ack) = frame {
                ack.fates.fill(Fate::Accepted);
            }
        }
    })
}

fn changed(body: &[u8], change: impl FnOnce(&mut Vec<ReplyFrame>)) -> Vec<u8> {
    let mut frames = wire::unpack::<ReplyFrame>(body).unwrap_or_default();
    change(&mut frames);
    wire::pack(&frames)
}
