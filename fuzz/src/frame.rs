//! Every frame of the protocol with every field filled in, and replies with frames that the server of the core's tests does
//! not send: tokens, checkpoints, coverage, what became of parked changes, erasures.
use zhucun_core::document::{Actor, Container, Document, DocumentId, DocumentKind};
use zhucun_core::gate::GateRefusal;
use zhucun_core::id::{CommandId, DeviceId, EntryId, HouseholdId, PersonId};
use zhucun_core::reference::Reference;
use zhucun_core::wire::{
    Ack, Bundle, Checkpoint, Closed, Coverage, Covered, Cursor, Delta, End, Fate, Hello, Holding, Joint, JointPart,
    Known, Line, NewTokens, PROTOCOL, Parked, Push, Reach, Receipt, ReferenceData, Refilled, ReplyFrame, RequestFrame,
    Seal, Settled, Want, WantedLine, Welcome,
};

use crate::chance::{Chance, pick};
use crate::hub::Hub;
use crate::town::{NOON, Who, log, village};

const RECEIPT: Receipt = Receipt([0x5e; 8]);

fn cursor(number: u64) -> Cursor {
    Cursor { feed: 621_022, epoch: 3, number, digest: u64::MAX - number }
}

fn seal() -> Seal {
    Seal { first_seq: 2, last_seq: 3, received_at: NOON, receipt: RECEIPT }
}

fn bundle(changes: &[Vec<u8>]) -> Bundle {
    let line = Line::of(changes.iter().map(Vec::as_slice));
    Bundle { person: PersonId(uuid::Uuid::from_u128(1)), received_at: NOON, receipt: RECEIPT, line }
}

/// A request with every frame there is.
pub fn request(changes: &[Vec<u8>]) -> Vec<RequestFrame> {
    let actor = Actor([7; 16]);
    let hello = Hello {
        protocol: PROTOCOL,
        app: "0.1.0".to_owned(),
        schema: 1,
        device: DeviceId(uuid::Uuid::from_u128(0xde01)),
        cursors: vec![cursor(4), Cursor { feed: 621_023, ..cursor(9) }],
        checkpoints: vec![checkpoint(log(), 9)],
        reference: 2,
        scope: 3,
        bytes_max: 4096,
        refresh_token: Some("c2VjcmV0".to_owned()),
        witnesses: vec![cursor(8)],
        parked: vec![u64::MAX, 1],
        leaves: true,
    };
    vec![
        RequestFrame::Hello(hello),
        RequestFrame::Push(Push { document: log(), incarnation: 2, line: Line::of(changes.iter().map(Vec::as_slice)) }),
        RequestFrame::Holding(Holding {
            document: log(),
            reaches: vec![Reach { actor, seq: 3, hash: 0x1122_3344_5566_7788 }],
        }),
        RequestFrame::Refill(Delta {
            document: DocumentId::village(village()).next(),
            bundles: vec![bundle(changes), bundle(&[])],
        }),
        RequestFrame::Joint(Joint {
            command: CommandId(uuid::Uuid::from_u128(0xc0)),
            parts: vec![
                JointPart { document: log(), incarnation: 2, seq: 1 },
                JointPart { document: DocumentId::village(village()), incarnation: 2, seq: u64::MAX },
            ],
        }),
    ]
}

/// A reply with every frame there is, in their order.
pub fn reply(changes: &[Vec<u8>]) -> Vec<ReplyFrame> {
    let fates = vec![Fate::Accepted, Fate::Duplicate, Fate::Parked, Fate::Refused(GateRefusal::SeqGap), Fate::NotYet];
    let reference = Reference {
        generations: vec![log().next(), DocumentId::village(village()).next()],
        erased: vec![HouseholdId(uuid::Uuid::from_u128(0xe))],
        ..Who::Secretary.reference()
    };
    let lines = vec![WantedLine { actor: Actor([7; 16]), from_seq: 1 }];
    let document = draft_id(0xd);
    vec![
        ReplyFrame::Welcome(Welcome { protocol: PROTOCOL, now: NOON, starts_over: true }),
        ReplyFrame::Ack(Ack { document: log(), fates, seals: vec![seal()], at: Some(cursor(9)) }),
        ReplyFrame::Refilled(Refilled { document: log(), fates: vec![Fate::Superseded, Fate::NotAllowed] }),
        ReplyFrame::Tokens(tokens()),
        ReplyFrame::Parked(settled(&[1, 2], 3)),
        ReplyFrame::Reference(data(&reference)),
        ReplyFrame::Coverage(Coverage { feeds: vec![Covered { end: cursor(9), number: 7 }] }),
        ReplyFrame::Want(Want { document: log(), lines }),
        ReplyFrame::Delta(Delta { document: log(), bundles: vec![bundle(changes)] }),
        ReplyFrame::Closed(Closed { document, recorded: true, seen: vec![Known { actor: Actor([7; 16]), seq: 2 }] }),
        ReplyFrame::Checkpoint(checkpoint(log(), 9)),
        ReplyFrame::End(End { cursors: vec![cursor(9)], reference: 2, scope: 3, more: true }),
    ]
}

fn draft_id(number: u128) -> DocumentId {
    DocumentId::draft(EntryId(uuid::Uuid::from_u128(number)))
}

fn checkpoint(document: DocumentId, top: u64) -> Checkpoint {
    Checkpoint { feed: 621_022, epoch: 3, base: 4, top, document, scope: 3 }
}

fn tokens() -> NewTokens {
    NewTokens { access_token: "a2".to_owned(), access_token_s: 900, refresh_token: "r2".to_owned() }
}

fn data(reference: &Reference) -> ReferenceData {
    ReferenceData { json: serde_json::to_string(reference).expect("reference data is plain") }
}

/// The first is released, the second dismissed, and one is not known.
fn settled(asked: &[u64], unknown: u64) -> Parked {
    let released = [Some(seal()), None].into_iter().cycle();
    let why = ["", "双份"].into_iter().cycle();
    let settled = asked.iter().zip(released).zip(why);
    let settled = settled.map(|((hash, released), why)| Settled { hash: *hash, released, why: why.to_owned() });
    Parked { settled: settled.collect(), unknown: vec![unknown] }
}

/// Where a frame stands in a reply.
pub fn place(frame: &ReplyFrame) -> usize {
    match frame {
        ReplyFrame::Welcome(_) => 0,
        ReplyFrame::Ack(_) => 1,
        ReplyFrame::Refilled(_) => 2,
        ReplyFrame::Tokens(_) => 3,
        ReplyFrame::Parked(_) => 4,
        ReplyFrame::Reference(_) => 5,
        ReplyFrame::Coverage(_) => 6,
        // By the order of documents.
        ReplyFrame::Want(_) | ReplyFrame::Delta(_) | ReplyFrame::Closed(_) | ReplyFrame::Checkpoint(_) => 7,
        ReplyFrame::End(_) => 8,
    }
}

/// What a reply may have besides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Besides {
    Nothing,
    /// Frames that an honest server sends at some time.
    Rare,
    /// It says that a household was erased and that documents are in a later generation.
    Erasure,
}

/// An honest reply with other frames in their places.
pub fn with_others(
    reply: Vec<ReplyFrame>,
    besides: Besides,
    (hub, who, hello): (&Hub, Who, &Hello),
    chance: &mut impl Chance,
) -> Vec<ReplyFrame> {
    let mut frames = reply;
    let documents: Vec<DocumentId> = hub.documents.keys().copied().collect();
    let document = pick(chance, &documents).unwrap_or_else(log);
    match besides {
        Besides::Nothing => {}
        Besides::Rare => {
            let number = hub.feed.len() as u64;
            let end = Cursor { feed: 621_022, epoch: hub.epoch, number, digest: 0 };
            frames.push(match chance.below(7) {
                0 => ReplyFrame::Tokens(tokens()),
                1 => ReplyFrame::Parked(settled(&hello.parked, hello.parked.first().copied().unwrap_or(7))),
                2 => ReplyFrame::Coverage(Coverage { feeds: vec![Covered { number: chance.below(number + 1), end }] }),
                3 => ReplyFrame::Checkpoint(Checkpoint {
                    epoch: hub.epoch,
                    base: 0,
                    scope: hello.scope,
                    ..checkpoint(document, number)
                }),
                4 => {
                    let ends = hub.documents.get(&document).map(|document| document.ends()).unwrap_or_default();
                    let lines = ends.iter().map(|end| WantedLine { actor: end.actor, from_seq: 1 });
                    ReplyFrame::Want(Want { document, lines: lines.collect() })
                }
                5 => ReplyFrame::Refilled(Refilled { document, fates: vec![Fate::Accepted, Fate::NotYet] }),
                _ => {
                    let drafts: Vec<&Document> =
                        hub.documents.values().filter(|document| document.id().kind() == DocumentKind::Draft).collect();
                    let draft = pick(chance, &drafts);
                    let document = draft.map_or_else(|| draft_id(0xd), |draft| draft.id());
                    let ends = draft.map(|draft| draft.ends()).unwrap_or_default().into_iter();
                    let seen = ends.map(|end| Known { actor: end.actor, seq: chance.below(end.seq + 1) }).collect();
                    ReplyFrame::Closed(Closed { document, recorded: chance.below(2) == 0, seen })
                }
            });
        }
        Besides::Erasure => {
            let register = hub.documents.get(&DocumentId::village(village()));
            let households = register.map(|register| register.records(Container::Households)).unwrap_or_default();
            let households: Vec<HouseholdId> = households.iter().filter_map(|record| record.key.parse().ok()).collect();
            let reference = Reference {
                generations: vec![document.next()],
                erased: pick(chance, &households).into_iter().collect(),
                ..who.reference()
            };
            frames.push(ReplyFrame::Reference(data(&reference)));
        }
    }
    frames.sort_by_key(place);
    frames
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use zhucun_core::wire::{pack, unpack};

    use super::*;

    /// A new frame stops this from compiling until it is here too.
    fn kind(frame: &RequestFrame) -> usize {
        match frame {
            RequestFrame::Hello(_) => 0,
            RequestFrame::Push(_) => 1,
            RequestFrame::Holding(_) => 2,
            RequestFrame::Refill(_) => 3,
            RequestFrame::Joint(_) => 4,
        }
    }

    #[test]
    fn every_frame_is_among_them_in_its_place() {
        let (request, reply) = (request(&[]), reply(&[]));
        assert_eq!(request.iter().map(kind).collect::<BTreeSet<_>>().len(), 5);
        let places: Vec<usize> = reply.iter().map(place).collect();
        assert!(places.is_sorted() && places.iter().collect::<BTreeSet<_>>().len() == 9);
        assert_eq!(unpack::<RequestFrame>(&pack(&request)), Ok(request));
        assert_eq!(unpack::<ReplyFrame>(&pack(&reply)), Ok(reply));
    }
}
