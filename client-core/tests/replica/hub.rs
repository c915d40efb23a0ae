//! The server of these tests: documents in memory behind the gate, and one feed of what was accepted. It speaks the real
//! frames, so what passes between replicas is what would pass in the field.
use std::collections::BTreeMap;

use zhucun_core::access::{self, Caller};
use zhucun_core::clock::Moment;
use zhucun_core::document::{Container, Document, DocumentId, DocumentKind, Owner};
use zhucun_core::draft;
use zhucun_core::gate::{Author, GateRefusal, Pass, judge};
use zhucun_core::id::{DeviceId, PersonId};
use zhucun_core::leave::LeaveDecision;
use zhucun_core::reference::Reference;
use zhucun_core::tenure::Tenure;
use zhucun_core::wire::{
    self, Ack, Bundle, Closed, Cursor, Delta, End, Fate, Hello, Holding, Known, Line, PROTOCOL, Parked, Push, Receipt,
    ReferenceData, Refilled, ReplyFrame, RequestFrame, Seal, Want, WantedLine, Welcome,
};

use crate::town::Who;

/// Nobody here gives anything back, so one receipt is as good as another.
const RECEIPT: Receipt = Receipt([0x5e; 8]);

/// One accepted change.
#[derive(Clone)]
pub struct Fed {
    pub document: DocumentId,
    pub change: Vec<u8>,
    seq: u64,
    person: PersonId,
    at: Moment,
}

#[derive(Clone, Default)]
pub struct Hub {
    pub documents: BTreeMap<DocumentId, Document>,
    pub feed: Vec<Fed>,
    /// What the gate refused.
    pub refused: Vec<GateRefusal>,
    /// Refuse the next so many changes, whatever they are.
    pub whims: u32,
    /// Take nothing for now.
    pub not_yet: bool,
    /// Put everything aside for now. What was put aside before is not known when it no longer does.
    pub parks: bool,
    /// Take nothing of these documents for now.
    pub holds_back: Option<DocumentKind>,
    /// The name of its history; cursors of another are not known here.
    pub epoch: u64,
    /// Tenures beside that of the town.
    pub tenures: Vec<Tenure>,
    /// What the county decided of leave.
    pub decisions: Vec<LeaveDecision>,
    /// Whose drafts are there.
    pub drafts: BTreeMap<DocumentId, PersonId>,
    /// Drafts that are done, by where the feed was.
    pub closed: BTreeMap<DocumentId, (usize, Closed)>,
}

impl Hub {
    /// The reply to a request of a device.
    pub fn reply(&mut self, now: Moment, device: DeviceId, who: Who, body: &[u8]) -> Vec<u8> {
        let mut frames = wire::unpack::<RequestFrame>(body).expect("a replica sends frames").into_iter();
        let Some(RequestFrame::Hello(hello)) = frames.next() else { unreachable!("a request begins with its hello") };
        let starts_over = hello.cursors.first().is_some_and(|cursor| !self.knows(cursor));
        let mut reply = vec![ReplyFrame::Welcome(Welcome { protocol: PROTOCOL, now, starts_over })];
        if !self.parks && !hello.parked.is_empty() {
            reply.push(ReplyFrame::Parked(Parked { unknown: hello.parked.clone(), settled: Vec::new() }));
        }
        let mut wants = Vec::new();
        for frame in frames {
            match frame {
                RequestFrame::Push(push) => reply.push(ReplyFrame::Ack(self.push(now, device, who, &push))),
                RequestFrame::Holding(holding) => wants.extend(self.wants(&holding).into_iter().map(ReplyFrame::Want)),
                // It has lost its key too: what was the device's own is to be pushed again.
                RequestFrame::Refill(delta) => {
                    let fate = if is_known(delta.document) { Fate::NotAllowed } else { Fate::NotYet };
                    let fates = vec![fate; delta.bundles.len()];
                    reply.push(ReplyFrame::Refilled(Refilled { document: delta.document, fates }));
                }
                // It takes each push as it comes.
                RequestFrame::Joint(_) => {}
                RequestFrame::Hello(_) => unreachable!("a request says hello once"),
            }
        }
        if hello.reference != self.version() {
            let mut reference = Reference { decisions: self.decisions.clone(), ..who.reference() };
            reference.tenures.extend(self.tenures.iter().cloned());
            let json = serde_json::to_string(&reference).expect("reference data is plain");
            reply.push(ReplyFrame::Reference(ReferenceData { json }));
        }
        reply.extend(wants);
        reply.extend(self.news(who, &hello).into_values().map(ReplyFrame::Delta));
        let read = hello.cursors.first().filter(|cursor| self.knows(cursor)).map_or(0, |cursor| cursor.number as usize);
        let mine = |id: &DocumentId| self.drafts.get(id) == Some(&who.person().id);
        let closed = self.closed.iter().filter(|(id, (at, _))| mine(id) && *at > read);
        reply.extend(closed.map(|(_, (_, closed))| ReplyFrame::Closed(closed.clone())));
        let top = Cursor { feed: 621_022, epoch: self.epoch, number: self.feed.len() as u64, digest: 0 };
        reply.push(ReplyFrame::End(End { cursors: vec![top], reference: self.version(), scope: 1, more: false }));
        wire::pack(&reply)
    }

    /// Whether a cursor speaks of what was read here.
    fn knows(&self, cursor: &Cursor) -> bool {
        (cursor.feed, cursor.epoch, cursor.digest) == (621_022, self.epoch, 0)
            && cursor.number <= self.feed.len() as u64
    }

    /// What a device holds of a document and the server has not.
    fn wants(&self, holding: &Holding) -> Option<Want> {
        let document = self.documents.get(&holding.document);
        let known = |actor| document.map_or(0, |document| document.last_seq(actor));
        let ahead = holding.reaches.iter().filter(|reach| known(reach.actor) < reach.seq);
        let lines = ahead.map(|reach| WantedLine { actor: reach.actor, from_seq: known(reach.actor) + 1 });
        let lines: Vec<WantedLine> = lines.collect();
        (is_known(holding.document) && !lines.is_empty()).then_some(Want { document: holding.document, lines })
    }

    /// The version of the reference data.
    fn version(&self) -> u64 {
        1 + self.epoch + (self.decisions.len() + self.tenures.len()) as u64
    }

    fn push(&mut self, now: Moment, device: DeviceId, who: Who, push: &Push) -> Ack {
        let (mut fates, mut seals) = (Vec::new(), Vec::new());
        for bytes in &push.line.changes().expect("a replica sends changes") {
            let fate = match fates.iter().all(|fate| matches!(fate, Fate::Accepted | Fate::Duplicate)) {
                _ if self.parks => Fate::Parked,
                true => self.accept(now, device, who, push, bytes),
                false => Fate::NotYet,
            };
            if matches!(fate, Fate::Accepted | Fate::Duplicate) {
                let fed = self.feed.iter().find(|fed| fed.document == push.document && fed.change == bytes[..]);
                let fed = fed.expect("it is in the feed");
                seals.push(Seal { first_seq: fed.seq, last_seq: fed.seq, received_at: fed.at, receipt: RECEIPT });
            }
            fates.push(fate);
        }
        Ack { document: push.document, fates, seals, at: None }
    }

    fn accept(&mut self, now: Moment, device: DeviceId, who: Who, push: &Push, bytes: &[u8]) -> Fate {
        if !may(who, push.document, access::may_write) || self.is_of_another(who, push.document) {
            return Fate::NotAllowed;
        }
        if self.closed.contains_key(&push.document) || self.is_recorded(push.document) {
            return Fate::Superseded;
        }
        if self.not_yet || self.holds_back == Some(push.document.kind()) || !is_known(push.document) {
            return Fate::NotYet;
        }
        if self.whims > 0 {
            self.whims -= 1;
            return Fate::Refused(GateRefusal::Library);
        }
        let document = self.documents.entry(push.document).or_insert_with(|| Document::begin(push.document));
        let judged = match judge(document, Author::Device(device, push.incarnation), bytes) {
            Ok(Pass::New(judged)) => judged,
            Ok(Pass::Duplicate) => return Fate::Duplicate,
            Err(GateRefusal::UnknownDependency) => return Fate::NotYet,
            Err(refusal) => {
                self.refused.push(refusal);
                return Fate::Refused(refusal);
            }
        };
        let seq = judged.seq();
        judged.apply(document).expect("what was judged is taken in");
        let (document, change, person) = (push.document, bytes.to_vec(), who.person().id);
        self.feed.push(Fed { document, change, seq, person, at: now });
        if document.kind() == DocumentKind::Draft {
            self.drafts.insert(document, person);
        }
        self.close_drafts(document);
        Fate::Accepted
    }

    fn is_of_another(&self, who: Who, document: DocumentId) -> bool {
        self.drafts.get(&document).is_some_and(|owner| *owner != who.person().id)
    }

    /// Whether an entry has the id of a draft.
    fn is_recorded(&self, document: DocumentId) -> bool {
        let Owner::Draft(entry) = document.owner() else { return false };
        let logs = self.documents.values().filter(|document| document.id().kind() == DocumentKind::Log);
        logs.into_iter().any(|log| log.record(Container::Entries, &entry.to_string()).is_some())
    }

    /// Forgets the drafts that are done: those that were thrown away, and those that became an entry.
    fn close_drafts(&mut self, touched: DocumentId) {
        let open = self.drafts.keys().filter(|id| !self.closed.contains_key(id));
        let touched = open.filter(|id| touched.kind() == DocumentKind::Log || **id == touched);
        let done: Vec<Closed> = touched.filter_map(|id| self.ended(*id)).collect();
        for closed in done {
            self.documents.remove(&closed.document);
            self.closed.insert(closed.document, (self.feed.len(), closed));
        }
    }

    fn ended(&self, draft: DocumentId) -> Option<Closed> {
        let mark = draft::closed(&self.documents[&draft]);
        let recorded = self.is_recorded(draft);
        if !recorded && mark.as_ref().is_none_or(|(recorded, _)| *recorded) {
            return None;
        }
        let seen = mark.map(|(_, seen)| seen).unwrap_or_default();
        let seen = seen.into_iter().map(|(actor, seq)| Known { actor, seq }).collect();
        Some(Closed { document: draft, recorded, seen })
    }

    /// A change that came from a device outside these tests.
    pub fn plant(&mut self, who: Who, id: DocumentId, change: Vec<u8>) {
        let document = self.documents.entry(id).or_insert_with(|| Document::begin(id));
        let Ok(Pass::New(judged)) = judge(document, Author::Anyone, &change) else { panic!("it is honest and new") };
        let seq = judged.seq();
        judged.apply(document).expect("what was judged is taken in");
        self.feed.push(Fed { document: id, change, seq, person: who.person().id, at: crate::town::NOON });
    }

    /// What a device has not read, by document.
    fn news(&self, who: Who, hello: &Hello) -> BTreeMap<DocumentId, Delta> {
        let known = hello.cursors.first().filter(|cursor| self.knows(cursor));
        let read = known.map_or(0, |cursor| cursor.number as usize);
        let mut deltas: BTreeMap<DocumentId, Delta> = BTreeMap::new();
        let reads =
            |id| may(who, id, access::may_read) && !self.is_of_another(who, id) && !self.closed.contains_key(&id);
        for fed in self.feed.iter().skip(read).filter(|fed| reads(fed.document)) {
            let empty = || Delta { document: fed.document, bundles: Vec::new() };
            let line = Line::of([&fed.change[..]]);
            let bundle = Bundle { person: fed.person, received_at: fed.at, receipt: RECEIPT, line };
            deltas.entry(fed.document).or_insert_with(empty).bundles.push(bundle);
        }
        deltas
    }
}

/// Nothing was ever erased here, so of every document there is the first generation.
fn is_known(document: DocumentId) -> bool {
    document == document.at_first()
}

fn may(who: Who, document: DocumentId, right: fn(&Caller, DocumentId, access::Place) -> bool) -> bool {
    let reference = who.reference();
    let caller = Caller { person: who.person().id, posts: reference.posts.clone(), left: reference.left.clone() };
    access::place(&reference, caller.person, document).is_some_and(|place| right(&caller, document, place))
}
