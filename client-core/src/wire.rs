//! The bytes of `POST /api/v1/sync`. A body is a CBOR sequence (RFC 8742) of frames `[tag, body]`, deflated (RFC 1951).
//! Bodies are arrays whose fields are only ever added at the end; unknown frames and fields are skipped, so an old
//! client reads a new server and the other way round. docs/PROTOCOL.md is the same in prose.
mod body;
mod line;

use minicbor::{Decode, Decoder, Encode, Encoder};

pub use body::{Unreadable, deflate, inflate, pack, pack_loosely, unpack, unpack_cut};
pub use line::{Line, place_of};

use crate::clock::Moment;
use crate::document::{Actor, DocumentId, Incarnation};
use crate::gate::GateRefusal;
use crate::id::{CommandId, DeviceId, PersonId};

/// The version of this protocol.
pub const PROTOCOL: u32 = 1;
/// Bytes of a request as it comes.
pub const REQUEST_BYTES_MAX: usize = 512 * 1024;
/// Bytes of a request or a reply once inflated.
pub const INFLATED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Frames of a body: an empty one is 27 bytes on the wire and ten times as many in memory.
pub const FRAMES_MAX: usize = 10_000;
/// Levels that items of a body may be nested: those of our frames, and as many again for newer ones.
pub const NESTING_MAX: usize = 16;
/// Changes in one request.
pub const CHANGES_MAX: usize = 2_000;
/// Documents that one command writes to.
pub const JOINT_PARTS_MAX: usize = 4;
/// Bytes of changes after which a client leaves the rest for its next request.
pub const PUSH_BYTES_MAX: usize = 192 * 1024;
/// Bytes of changes after which a server leaves the rest for the next reply, unless the client asks for less.
pub const REPLY_BYTES_MAX: u32 = 3 * 1024 * 1024;

/// How far a client has read one feed. The digest runs over all the feed delivered up to the number: a server that was
/// rolled back is noticed even when the epoch is the same.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cursor {
    /// The division code of the county (or city) whose feed it is.
    #[n(0)]
    pub feed: u64,
    #[n(1)]
    pub epoch: u64,
    #[n(2)]
    pub number: u64,
    #[n(3)]
    pub digest: u64,
}

/// How far a client got with one feed in a reply that did not come to its end: of the feed's documents in id order, all
/// up to `document` were complete to `top`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Checkpoint {
    #[n(0)]
    pub feed: u64,
    #[n(1)]
    pub epoch: u64,
    #[n(2)]
    pub base: u64,
    #[n(3)]
    pub top: u64,
    #[n(4)]
    pub document: DocumentId,
    /// The version of the scope that the interrupted reply was made for.
    #[n(5)]
    pub scope: u64,
}

/// The server's mark on changes that it accepted together: the first 8 bytes of an HMAC with its key over the document,
/// the sequence number of the first, the hash of the last (which covers those between), the person and the moment.
/// Whoever may read the document can give such changes back to a server that lost them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Receipt(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 8]);

/// The first 8 bytes of a hash, as a number.
pub fn first_eight(hash: &[u8; 32]) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&hash[..8]);
    u64::from_be_bytes(eight)
}

/// How far a replica holds the line of one actor. Lines are dense, so this stands for all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reach {
    #[n(0)]
    pub actor: Actor,
    #[n(1)]
    pub seq: u64,
    /// The first 8 bytes of the hash of the change with that sequence number.
    #[n(2)]
    pub hash: u64,
}

/// What a replica holds of one document, told to a server that does not know how far it has read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Holding {
    #[n(0)]
    pub document: DocumentId,
    #[n(1)]
    pub reaches: Vec<Reach>,
}

/// Changes that the server lacks of a document, of each actor from a sequence number on: whoever holds them gives them
/// back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Want {
    #[n(0)]
    pub document: DocumentId,
    #[n(1)]
    pub lines: Vec<WantedLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct WantedLine {
    #[n(0)]
    pub actor: Actor,
    #[n(1)]
    pub from_seq: u64,
}

/// The first frame of a request.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Hello {
    #[n(0)]
    pub protocol: u32,
    /// Version of the app, for the log and for `too_old`.
    #[n(1)]
    pub app: String,
    /// Schema of the documents this client makes.
    #[n(2)]
    pub schema: u32,
    #[n(3)]
    pub device: DeviceId,
    #[n(4)]
    pub cursors: Vec<Cursor>,
    /// Of the feeds that an interrupted reply did not bring to their end: one each.
    #[n(5)]
    pub checkpoints: Vec<Checkpoint>,
    /// Version of the reference data held; 0 for none.
    #[n(6)]
    pub reference: u64,
    /// Version of the scope whose documents are all held; 0 for none.
    #[n(7)]
    pub scope: u64,
    /// Bytes of changes the client would like at most in this reply; 0 leaves it to the server.
    #[n(8)]
    pub bytes_max: u32,
    /// Sent when the access token has run out.
    #[n(9)]
    pub refresh_token: Option<String>,
    /// Where the feeds were when they took the last changes of this device, as far as no cursor says more: a server
    /// that does not know these has lost what it acknowledged.
    #[n(10)]
    pub witnesses: Vec<Cursor>,
    /// Changes that were parked and about which nothing was heard, by the first 8 bytes of their hashes.
    #[n(11)]
    pub parked: Vec<u64>,
    /// The client is about to drop documents that it may no longer hold, and asks how far the last backup reaches.
    #[n(12)]
    pub leaves: bool,
}

/// New changes of one document, in the order they were made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Push {
    #[n(0)]
    pub document: DocumentId,
    #[n(1)]
    pub incarnation: Incarnation,
    #[n(2)]
    pub line: Line,
}

/// The changes that one command made in several documents. They stand among the pushes of the same request, and the server
/// takes all of them or none.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Joint {
    #[n(0)]
    pub command: CommandId,
    /// `JOINT_PARTS_MAX` at most.
    #[n(1)]
    pub parts: Vec<JointPart>,
}

/// One change, by the push that it is in and its number in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct JointPart {
    #[n(0)]
    pub document: DocumentId,
    #[n(1)]
    pub incarnation: Incarnation,
    #[n(2)]
    pub seq: u64,
}

/// What became of one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Durable on the server.
    Accepted,
    /// It was already.
    Duplicate,
    /// Kept aside for the township to look at: the right to write was held once and lost.
    Parked,
    /// Comes after a change that was not accepted, or builds on one not known there.
    NotYet,
    /// The person has no right to write to this document.
    NotAllowed,
    /// It is for a generation of the document that is gone, or names what was erased: to be made again once the
    /// reference data has come.
    Superseded,
    Refused(GateRefusal),
}

const FATE_REFUSED: u8 = 16;

impl Fate {
    fn number(self) -> u8 {
        match self {
            Fate::Accepted => 0,
            Fate::Duplicate => 1,
            Fate::Parked => 2,
            Fate::NotYet => 3,
            Fate::NotAllowed => 4,
            Fate::Superseded => 5,
            Fate::Refused(refusal) => FATE_REFUSED + refusal.number(),
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Fate::Accepted,
            1 => Fate::Duplicate,
            2 => Fate::Parked,
            3 => Fate::NotYet,
            4 => Fate::NotAllowed,
            5 => Fate::Superseded,
            _ => Fate::Refused(GateRefusal::from_number(number.checked_sub(FATE_REFUSED)?)?),
        })
    }
}

/// The fates of a document's changes, in the order they were pushed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ack {
    #[n(0)]
    pub document: DocumentId,
    #[n(1)]
    #[cbor(with = "fates")]
    pub fates: Vec<Fate>,
    /// The seals of those that were accepted or duplicates, by sequence number.
    #[n(2)]
    pub seals: Vec<Seal>,
    /// Where the feed is with all of them that are durable.
    #[n(3)]
    pub at: Option<Cursor>,
}

/// Fates as a byte each.
mod fates {
    use minicbor::decode::Error;
    use minicbor::encode::Write;

    use super::{Decoder, Encoder, Fate};

    pub(super) fn encode<C, W: Write>(
        fates: &[Fate],
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let numbers: Vec<u8> = fates.iter().map(|fate| fate.number()).collect();
        e.bytes(&numbers)?.ok()
    }

    pub(super) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Vec<Fate>, Error> {
        // A fate that only a newer server knows is not an acceptance; the change is tried again.
        let fate = |number: &u8| Fate::from_number(*number).unwrap_or(Fate::NotYet);
        Ok(d.bytes()?.iter().map(fate).collect())
    }
}

/// What the server gave for changes of one actor that it accepted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Seal {
    #[n(0)]
    pub first_seq: u64,
    #[n(1)]
    pub last_seq: u64,
    #[n(2)]
    pub received_at: Moment,
    #[n(3)]
    pub receipt: Receipt,
}

/// What became of the parked changes that a hello asked about; of those not named here nothing was decided.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Parked {
    #[n(0)]
    pub settled: Vec<Settled>,
    /// Changes that this server never had, or lost: they are to be pushed again.
    #[n(1)]
    pub unknown: Vec<u64>,
}

/// What was decided about a change that was parked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Settled {
    /// The first 8 bytes of its hash.
    #[n(0)]
    pub hash: u64,
    /// Its seal, if it was released; nothing if it was dismissed.
    #[n(1)]
    pub released: Option<Seal>,
    /// Why it was dismissed, for its author.
    #[n(2)]
    pub why: String,
}

/// How far the last completed backup reaches, feed by feed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Coverage {
    #[n(0)]
    pub feeds: Vec<Covered>,
}

/// One feed and its backup.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Covered {
    /// Where the feed ends now.
    #[n(0)]
    pub end: Cursor,
    /// The last number that the backup holds.
    #[n(1)]
    pub number: u64,
}

/// What became of changes that were given back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Refilled {
    #[n(0)]
    pub document: DocumentId,
    #[n(1)]
    #[cbor(with = "fates")]
    pub fates: Vec<Fate>,
}

/// The first frame of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Welcome {
    #[n(0)]
    pub protocol: u32,
    #[n(1)]
    pub now: Moment,
    /// The server does not know what the client says it has read, and was not told what the client holds: the client
    /// asks again at once and tells it.
    #[n(2)]
    pub starts_over: bool,
}

/// New tokens, when the old ones had run out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NewTokens {
    #[n(0)]
    pub access_token: String,
    #[n(1)]
    pub access_token_s: u32,
    #[n(2)]
    pub refresh_token: String,
}

/// All the reference data of the person's scope, as JSON (`reference::Reference`).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ReferenceData {
    #[n(0)]
    pub json: String,
}

/// Changes of one actor that the server accepted together, with who stands behind the actor and the server's seal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Bundle {
    #[n(0)]
    pub person: PersonId,
    #[n(1)]
    pub received_at: Moment,
    #[n(2)]
    pub receipt: Receipt,
    #[n(3)]
    pub line: Line,
}

/// Changes of one document that the other side does not have, dependencies first: what a server delivers, and what a
/// replica gives back to a server that lost it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Delta {
    #[n(0)]
    pub document: DocumentId,
    #[n(1)]
    pub bundles: Vec<Bundle>,
}

/// A draft that is done: nothing of it is on the server any more, and what a device wrote in it that was not seen when it
/// was closed is for that device to keep.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Closed {
    #[n(0)]
    pub document: DocumentId,
    /// It became an entry; otherwise it was thrown away.
    #[n(1)]
    pub recorded: bool,
    /// Of each actor the last change that was seen by who closed it.
    #[n(2)]
    pub seen: Vec<Known>,
}

/// How far somebody had read the line of one actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Known {
    #[n(0)]
    pub actor: Actor,
    #[n(1)]
    pub seq: u64,
}

/// The last frame of a reply that came to its end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct End {
    /// The cursors to keep from now on.
    #[n(0)]
    pub cursors: Vec<Cursor>,
    #[n(1)]
    pub reference: u64,
    #[n(2)]
    pub scope: u64,
    /// More waits: ask again at once.
    #[n(3)]
    pub more: bool,
}

/// A frame of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestFrame {
    Hello(Hello),
    Push(Push),
    /// To a server that starts over; when one comes, all come.
    Holding(Holding),
    /// What a server wanted back.
    Refill(Delta),
    /// Behind the pushes that it speaks of.
    Joint(Joint),
}

/// A frame of a reply. They come in the order of this list, except that wants stand among the deltas, that what is closed
/// stands in the place of its delta, and that each `Delta` may be followed by a `Checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyFrame {
    Welcome(Welcome),
    Ack(Ack),
    Refilled(Refilled),
    Tokens(NewTokens),
    Parked(Parked),
    Reference(ReferenceData),
    Coverage(Coverage),
    Want(Want),
    Delta(Delta),
    Closed(Closed),
    Checkpoint(Checkpoint),
    End(End),
}

/// A frame type: how it is told apart and written.
pub trait Frame: Sized {
    fn write(&self, out: &mut Vec<u8>);
    /// `None` for a tag of another version.
    fn read(tag: u32, d: &mut Decoder<'_>) -> Result<Option<Self>, minicbor::decode::Error>;
}

macro_rules! frames {
    ($frame:ident { $($variant:ident = $tag:literal),* $(,)? }) => {
        impl Frame for $frame {
            fn write(&self, out: &mut Vec<u8>) {
                let mut encoder = Encoder::new(out);
                let written = match self {
                    $($frame::$variant(body) => {
                        encoder.array(2).and_then(|e| e.u32($tag)).and_then(|e| e.encode(body)).map(drop)
                    })*
                };
                written.expect("a vector takes all bytes");
            }

            fn read(tag: u32, d: &mut Decoder<'_>) -> Result<Option<Self>, minicbor::decode::Error> {
                Ok(match tag {
                    $($tag => Some($frame::$variant(d.decode()?)),)*
                    _ => {
                        d.skip()?;
                        None
                    }
                })
            }
        }
    };
}

frames!(RequestFrame { Hello = 0, Push = 1, Holding = 2, Refill = 3, Joint = 4 });
frames!(ReplyFrame {
    Welcome = 0,
    Ack = 1,
    Tokens = 2,
    Reference = 3,
    Delta = 4,
    Checkpoint = 5,
    End = 6,
    Want = 7,
    Refilled = 8,
    Parked = 9,
    Coverage = 10,
    Closed = 11,
});
