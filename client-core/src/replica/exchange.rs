//! The exchange with the server: when to send, what a request holds, what a reply does. One round trip; retry is blind,
//! since everything on both sides is known by its hash.
use std::collections::{BTreeMap, BTreeSet};

use serde_bytes::ByteBuf;

use super::held::Taken;
use super::row::{self, PendingRow};
use super::{Committing, Replica, access_until};
use crate::access;
use crate::clock::Moment;
use crate::contract::{DeadLetter, Reference, SyncTrouble};
use crate::document::DocumentId;
use crate::gate::GateRefusal;
use crate::host::{Effect, Tokens, Write};
use crate::wire::{self, Ack, Delta, End, Fate, Hello, Push, ReplyFrame, RequestFrame};

/// The first wait after a failure; it doubles with each further one.
pub const RETRY_MS_MIN: u64 = 2_000;
/// The longest wait while anything waits to be sent: Android's `online` event cannot be relied on.
pub const RETRY_MS_MAX: u64 = 120_000;

#[derive(Default)]
pub(super) struct Exchange {
    in_flight: Option<InFlight>,
    requests: u32,
    failures: u32,
    trouble: Option<SyncTrouble>,
    /// No attempt before this moment unless somebody asks.
    due_at: Option<Moment>,
    /// Asked for while a request was under way.
    again: bool,
}

struct InFlight {
    request: u32,
    /// The numbers of the changes pushed, as the acks will name them.
    pushed: BTreeMap<DocumentId, Vec<u32>>,
    with_refresh_token: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Eagerness {
    /// Somebody asked, or something may have changed outside.
    Now,
    /// Only if the waiting time is over and there is something to do.
    WhenDue,
}

impl Exchange {
    pub fn sending(&self) -> bool {
        self.in_flight.is_some()
    }

    pub fn trouble(&self) -> Option<SyncTrouble> {
        self.trouble
    }

    pub fn signed_in(&mut self) {
        self.trouble = None;
        self.failures = 0;
    }

    /// Whether waiting and trying again can help.
    fn hopeless(&self) -> bool {
        matches!(self.trouble, Some(SyncTrouble::SignedOut | SyncTrouble::Revoked | SyncTrouble::TooOld))
    }
}

impl Replica {
    pub(super) fn try_to_send(&mut self, now: Moment, eagerness: Eagerness) -> Vec<Effect> {
        if self.broken || self.committing.is_some() || self.session.is_none() {
            return Vec::new();
        }
        if self.exchange.in_flight.is_some() {
            self.exchange.again |= eagerness == Eagerness::Now;
            return Vec::new();
        }
        if eagerness == Eagerness::WhenDue {
            let idle = self.pending.is_empty() && self.sync.synced_at.is_some() && self.exchange.trouble.is_none();
            if idle || self.exchange.hopeless() {
                return Vec::new();
            }
            if let Some(due) = self.exchange.due_at.filter(|due| *due > now) {
                let after_ms = u32::try_from(due.0.saturating_sub(now.0)).unwrap_or(u32::MAX);
                // A clock that jumped must not postpone the next attempt for years.
                return vec![Effect::Wake { after_ms: after_ms.min(RETRY_MS_MAX as u32) }];
            }
        }
        self.send(now)
    }

    fn send(&mut self, now: Moment) -> Vec<Effect> {
        let Some(session) = &self.session else { return Vec::new() };
        let expired = now >= session.access_until || now.0 < session.access_until.0 - 86_400_000;
        let hello = Hello {
            protocol: wire::PROTOCOL,
            app: env!("CARGO_PKG_VERSION").to_owned(),
            schema: 1,
            device: session.identity.device,
            cursors: self.sync.cursors.clone(),
            checkpoint: self.sync.checkpoint.clone(),
            reference: self.sync.reference,
            scope: self.sync.scope,
            bytes_max: 0,
            refresh_token: expired.then(|| session.tokens.refresh_token.clone()),
        };
        let access_token = session.tokens.access_token.clone();
        let (pushes, pushed) = self.pushes();
        let mut frames = vec![RequestFrame::Hello(hello)];
        frames.extend(pushes.into_iter().map(RequestFrame::Push));
        self.exchange.requests += 1;
        let request = self.exchange.requests;
        self.exchange.again = false;
        self.exchange.in_flight = Some(InFlight { request, pushed, with_refresh_token: expired });
        vec![Effect::Changed, Effect::Send { request, access_token, body: ByteBuf::from(wire::pack(&frames)) }]
    }

    /// What waits, by document in the order it was made, as far as one request goes.
    fn pushes(&self) -> (Vec<Push>, BTreeMap<DocumentId, Vec<u32>>) {
        let mut waiting: Vec<(DocumentId, &PendingRow, u32)> = self
            .pending
            .iter()
            .filter(|(_, pending)| !pending.lost)
            .map(|((document, number), pending)| (*document, pending, *number))
            .collect();
        waiting.sort_by_key(|(document, pending, _)| (*document, pending.incarnation, pending.seq));
        let mut pushes: Vec<Push> = Vec::new();
        let mut pushed: BTreeMap<DocumentId, Vec<u32>> = BTreeMap::new();
        let mut room = wire::PUSH_BYTES_MAX;
        for (document, pending, number) in waiting.into_iter().take(wire::CHANGES_MAX) {
            let held = self.documents.get(&document);
            let Some(change) = held.and_then(|held| held.document.change(&pending.hash)) else { continue };
            if change.len() > room {
                break;
            }
            room -= change.len();
            pushed.entry(document).or_default().push(number);
            match pushes.last_mut() {
                Some(push) if push.document == document && push.incarnation == pending.incarnation => {
                    push.changes.push(change.into());
                }
                _ => pushes.push(Push { document, incarnation: pending.incarnation, changes: vec![change.into()] }),
            }
        }
        (pushes, pushed)
    }

    pub(super) fn no_reply(&mut self, now: Moment, request: u32, trouble: SyncTrouble) -> Vec<Effect> {
        let Some(flight) = self.exchange.in_flight.take_if(|flight| flight.request == request) else {
            return Vec::new();
        };
        if trouble == SyncTrouble::SignedOut && !flight.with_refresh_token {
            // Our clock thought the access token good and the server did not: once more, with the refresh token.
            if let Some(session) = &mut self.session {
                session.access_until = Moment(i64::MIN / 2);
            }
            return self.send(now);
        }
        let mut effects = vec![Effect::Changed];
        effects.extend(self.fail(now, trouble));
        effects
    }

    fn fail(&mut self, now: Moment, trouble: SyncTrouble) -> Vec<Effect> {
        self.exchange.trouble = Some(trouble);
        if self.exchange.hopeless() {
            return Vec::new();
        }
        let doubled = RETRY_MS_MIN.saturating_mul(1 << self.exchange.failures.min(10)).min(RETRY_MS_MAX);
        let after = doubled / 2 + self.dice.below(doubled / 2 + 1);
        self.exchange.failures += 1;
        self.exchange.due_at = Some(now.plus_ms(after as i64));
        vec![Effect::Wake { after_ms: after as u32 }]
    }

    pub(super) fn reply(&mut self, now: Moment, request: u32, body: &[u8], whole: bool) -> Vec<Effect> {
        let Some(flight) = self.exchange.in_flight.take_if(|flight| flight.request == request) else {
            return Vec::new();
        };
        let Ok((frames, complete)) = wire::unpack_cut::<ReplyFrame>(body) else {
            let mut effects = vec![Effect::Changed];
            effects.extend(self.fail(now, SyncTrouble::Unreadable));
            return effects;
        };
        // A reply within its budget ends with a checkpoint instead: there is more, to be asked for at once.
        let ended = complete && whole && matches!(frames.last(), Some(ReplyFrame::End(_) | ReplyFrame::Checkpoint(_)));
        self.exchange.again |= matches!(frames.last(), Some(ReplyFrame::Checkpoint(_)));
        let mut intake = Intake { replica: self, flight, writes: Vec::new(), now, server_now: now, starts_over: false };
        for frame in frames {
            intake.frame(frame);
        }
        let writes = intake.finish(ended);
        let mut effects = Vec::new();
        let send = if ended {
            self.exchange.failures = 0;
            self.exchange.trouble = None;
            core::mem::take(&mut self.exchange.again) || self.pending.values().any(|pending| !pending.lost)
        } else {
            effects.extend(self.fail(now, SyncTrouble::Offline));
            false
        };
        let commit = self.commit(writes, Committing { ticket: None, send });
        commit.into_iter().chain(effects).collect()
    }

    /// Marks as lost what a refusal took down, rebuilds the document without it, and begins a new incarnation.
    fn take_back(&mut self, document: DocumentId, from: &[u32]) -> Vec<Write> {
        let mut writes = Vec::new();
        let mut hashes = BTreeSet::new();
        for number in from {
            if let Some(pending) = self.pending.get_mut(&(document, *number)) {
                pending.lost = true;
                pending.refused += 1;
                hashes.insert(pending.hash.to_vec());
                writes.push(row::put_json(&row::pending_key(document, *number), pending));
                writes.push(row::delete(row::change_key(document, *number)));
            }
        }
        if let Some(held) = self.documents.get_mut(&document)
            && let Err(broken) = held.forget(&hashes)
        {
            self.troubled.insert(document, broken.0);
        }
        if let Some(session) = &mut self.session {
            session.incarnation += 1;
            writes.push(row::put_json(row::SESSION, session));
        }
        writes
    }
}

/// One reply being taken in.
struct Intake<'a> {
    replica: &'a mut Replica,
    flight: InFlight,
    writes: Vec<Write>,
    now: Moment,
    server_now: Moment,
    starts_over: bool,
}

impl Intake<'_> {
    fn frame(&mut self, frame: ReplyFrame) {
        match frame {
            ReplyFrame::Welcome(welcome) => {
                self.server_now = welcome.now;
                self.replica.sync.server_now = welcome.now;
                self.starts_over = welcome.starts_over;
                if welcome.starts_over {
                    self.replica.sync.cursors.clear();
                    self.replica.sync.checkpoint = None;
                }
            }
            ReplyFrame::Ack(ack) => self.ack(&ack),
            ReplyFrame::Tokens(new) => {
                let tokens = Tokens {
                    access_token: new.access_token,
                    access_token_s: new.access_token_s,
                    refresh_token: new.refresh_token,
                };
                if let Some(session) = &mut self.replica.session {
                    session.access_until = access_until(self.now, &tokens);
                    session.tokens = tokens;
                    self.writes.push(row::put_json(row::SESSION, session));
                }
            }
            ReplyFrame::Reference(data) => {
                if let Ok(reference) = serde_json::from_str::<Reference>(&data.json) {
                    self.writes.push(row::put_json(row::REFERENCE, &reference));
                    self.replica.reference = reference;
                }
            }
            ReplyFrame::Delta(delta) => self.delta(&delta),
            ReplyFrame::Checkpoint(checkpoint) => self.replica.sync.checkpoint = Some(checkpoint),
            ReplyFrame::End(end) => self.end(end),
        }
    }

    fn ack(&mut self, ack: &Ack) {
        let numbers = self.flight.pushed.get(&ack.document).cloned().unwrap_or_default();
        for (at, (number, fate)) in numbers.iter().zip(&ack.fates).enumerate() {
            match fate {
                Fate::Accepted | Fate::Duplicate | Fate::Parked => self.delivered(ack.document, *number, *fate),
                Fate::NotYet => {}
                Fate::NotAllowed | Fate::Refused(_) => {
                    self.refused(ack.document, &numbers[at..], *fate);
                    return;
                }
            }
        }
    }

    fn delivered(&mut self, document: DocumentId, number: u32, fate: Fate) {
        let Some(pending) = self.replica.pending.remove(&(document, number)) else { return };
        self.writes.push(row::delete(row::pending_key(document, number)));
        let Some(actor) = self
            .replica
            .session
            .as_ref()
            .map(|session| crate::document::Actor::derive(session.identity.device, document, pending.incarnation))
        else {
            return;
        };
        let Some(held) = self.replica.documents.get_mut(&document) else { return };
        if fate != Fate::Parked {
            held.received.insert((actor, pending.seq), self.server_now);
        }
        if let Some(change) = held.document.change(&pending.hash) {
            let received_at = (fate != Fate::Parked).then_some(self.server_now);
            let row = row::ChangeRow { change: change.into(), received_at, person: None };
            self.writes.push(row::put_cbor(&row::change_key(document, number), &row));
        }
    }

    fn refused(&mut self, document: DocumentId, numbers: &[u32], fate: Fate) {
        // All that this device has made after it builds on it.
        let first = numbers.first().copied().unwrap_or(u32::MAX);
        let seq = self.replica.pending.get(&(document, first)).map(|pending| (pending.incarnation, pending.seq));
        let Some(seq) = seq else { return };
        let lost: Vec<u32> = self
            .replica
            .pending
            .iter()
            .filter(|((id, _), pending)| *id == document && !pending.lost && (pending.incarnation, pending.seq) >= seq)
            .map(|((_, number), _)| *number)
            .collect();
        let writes = self.replica.take_back(document, &lost);
        self.writes.extend(writes);
        // Only the first was judged; the others went down with it and are not held against their commands.
        for number in lost.iter().filter(|number| **number != first) {
            if let Some(pending) = self.replica.pending.get_mut(&(document, *number)) {
                pending.refused = pending.refused.saturating_sub(1);
            }
        }
        let refusal = match fate {
            Fate::Refused(refusal) => Some(refusal),
            _ => None,
        };
        let given_up = self.replica.pending.get(&(document, first)).is_some_and(|pending| pending.refused >= 2)
            || refusal.is_none();
        if given_up {
            self.dead_letter((document, first), refusal);
        }
    }

    fn dead_letter(&mut self, key: (DocumentId, u32), refusal: Option<GateRefusal>) {
        let Some(pending) = self.replica.pending.remove(&key) else { return };
        self.writes.push(row::delete(row::pending_key(key.0, key.1)));
        if let Some(command) = pending.command {
            let letter = DeadLetter { at: self.now, refusal, command, fields: pending.draft.map(|draft| draft.fields) };
            let name = self.replica.dice.uuid_v7(self.now);
            self.writes.push(row::put_json(&format!("{}{name}", row::LETTER), &letter));
            self.replica.letters.push(letter);
        }
    }

    fn delta(&mut self, delta: &Delta) {
        let people: BTreeMap<&[u8], _> = delta.people.iter().map(|of| (&of.actor[..], of.person)).collect();
        let held = self.replica.documents.entry(delta.document);
        let held = held.or_insert_with(|| super::held::Held::begin(delta.document));
        for delivered in &delta.changes {
            let person = actor_in(&delivered.change).and_then(|actor| people.get(actor).copied());
            match held.take(&delivered.change, person, delivered.received_at) {
                Ok(Taken::New(write)) => self.writes.push(write),
                Ok(Taken::Known) => {}
                Err(refusal) => {
                    self.replica.troubled.insert(delta.document, refusal.to_string());
                    return;
                }
            }
        }
        self.replica.troubled.remove(&delta.document);
    }

    fn end(&mut self, end: End) {
        let sync = &mut self.replica.sync;
        sync.cursors = end.cursors;
        sync.reference = end.reference;
        sync.scope = end.scope;
        sync.checkpoint = None;
        sync.synced_at = Some(self.now);
        self.replica.exchange.again |= end.more;
    }

    fn finish(mut self, ended: bool) -> Vec<Write> {
        if self.starts_over {
            self.give_back();
        }
        if ended {
            self.purge();
            let writes = self.replica.redo(self.now);
            self.writes.extend(writes);
        }
        self.writes.push(row::put_cbor(row::SYNC, &self.replica.sync));
        self.writes
    }

    /// The server does not know what it once knew: every change of this device waits again. What it has is a duplicate.
    fn give_back(&mut self) {
        let replica = &mut *self.replica;
        let Some(session) = &replica.session else { return };
        for (id, held) in &mut replica.documents {
            let waiting: BTreeSet<Vec<u8>> = replica
                .pending
                .iter()
                .filter(|((document, _), _)| document == id)
                .map(|(_, pending)| pending.hash.to_vec())
                .collect();
            for incarnation in 0..=session.incarnation {
                let actor = crate::document::Actor::derive(session.identity.device, *id, incarnation);
                for (hash, seq) in held.document.line(actor) {
                    if waiting.contains(&hash[..]) {
                        continue;
                    }
                    let number = held.next_number;
                    held.next_number += 1;
                    let pending = PendingRow {
                        incarnation,
                        seq,
                        hash: ByteBuf::from(hash.to_vec()),
                        made_at: self.now,
                        command: None,
                        draft: None,
                        refused: 0,
                        lost: false,
                    };
                    self.writes.push(row::put_json(&row::pending_key(*id, number), &pending));
                    replica.pending.insert((*id, number), pending);
                }
            }
        }
    }

    /// Drops the documents this person may no longer read, unless work of theirs still waits.
    fn purge(&mut self) {
        let replica = &mut *self.replica;
        let Some(caller) = replica.caller() else { return };
        let gone: Vec<DocumentId> = replica
            .documents
            .keys()
            .copied()
            .filter(|id| {
                let place = access::place(&replica.reference, caller.person, *id);
                let readable = place.is_some_and(|place| access::may_read(&caller, *id, place));
                !readable && !replica.pending.keys().any(|(document, _)| document == id)
            })
            .collect();
        if !gone.is_empty() {
            replica.entries = super::entries::Entries::default();
        }
        for id in gone {
            if let Some(held) = replica.documents.remove(&id) {
                self.writes.push(row::delete(row::snapshot_key(id)));
                self.writes.extend((0..held.next_number).map(|number| row::delete(row::change_key(id, number))));
            }
        }
    }
}

/// The actor in the bytes of a change chunk; the gate has yet to say whether it is one.
fn actor_in(change: &[u8]) -> Option<&[u8]> {
    // Magic and checksum, type, length; then the causes (count, 32 bytes each) and the actor (length 16).
    let mut at = 9;
    let mut number = || {
        let mut value = 0_usize;
        for shift in (0..28).step_by(7) {
            let byte = *change.get(at)?;
            at += 1;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    };
    number()?;
    let causes = number()?;
    let from = at.checked_add(causes.checked_mul(32)?)?.checked_add(1)?;
    change.get(from..from + 16)
}
