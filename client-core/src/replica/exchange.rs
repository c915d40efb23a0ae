//! The exchange with the server: when to send, what a request holds, what a reply does. One round trip; retry is blind,
//! since everything on both sides is known by its hash.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_bytes::ByteBuf;

use super::intake::Intake;
use super::refill::Refill;
use super::row::PendingRow;
use super::{Committing, Replica};
use crate::clock::Moment;
use crate::contract::SyncTrouble;
use crate::document::{DocumentId, DocumentKind, Incarnation, SCHEMA};
use crate::host::Effect;
use crate::id::CommandId;
use crate::wire::{self, Cursor, Hello, Joint, JointPart, Line, Push, ReplyFrame, RequestFrame};

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
    pub again: bool,
    /// What is being read began at the beginning of every feed, and has not come to its end.
    pub reads_all: bool,
    /// How often in a row everything was read anew because a document could not be taken in.
    pub refetched: u32,
    pub refill: Refill,
}

pub(super) struct InFlight {
    request: u32,
    /// The numbers of the changes of each push; the acks come in the same order. None where something was given back.
    pub pushed: VecDeque<Option<Pushed>>,
    /// The server was told what is held here.
    pub told: bool,
    /// It was asked how far its backup reaches.
    pub leaves: bool,
    with_refresh_token: bool,
}

/// What a push held: its document, and the numbers of its changes.
pub(super) struct Pushed {
    pub document: DocumentId,
    pub incarnation: Incarnation,
    pub numbers: Vec<u32>,
}

/// The line in which a change waits.
type Queued = (DocumentId, Incarnation);

/// A change that waits.
struct Waiting {
    number: u32,
    joint: Option<CommandId>,
    change: Vec<u8>,
}

/// How far each line has to go so that one goes so far: as far as the other parts of every command on the way.
fn reach(
    queues: &BTreeMap<Queued, Vec<Waiting>>,
    places: &BTreeMap<CommandId, Vec<(Queued, usize)>>,
    ends: &BTreeMap<Queued, usize>,
    first: (Queued, usize),
) -> BTreeMap<Queued, usize> {
    let mut reached = BTreeMap::new();
    let mut left = vec![first];
    while let Some((queued, end)) = left.pop() {
        let from = reached.get(&queued).or_else(|| ends.get(&queued)).copied().unwrap_or(0);
        if end <= from {
            continue;
        }
        reached.insert(queued, end);
        let joints = queues[&queued][from..end].iter().filter_map(|waiting| waiting.joint);
        left.extend(joints.flat_map(|joint| &places[&joint]).map(|(other, at)| (*other, at + 1)));
    }
    reached
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Eagerness {
    /// Somebody asked, or something may have changed outside.
    Now,
    /// Only if the waiting time is over and there is something to do.
    WhenDue,
}

/// What one request may still hold: what is given back and what is new share it, or else both together would be too much
/// for the server, and would be again at every attempt.
pub(super) struct Room {
    bytes: usize,
    changes: usize,
}

impl Room {
    fn whole() -> Self {
        Room { bytes: wire::PUSH_BYTES_MAX, changes: wire::CHANGES_MAX }
    }

    /// Whether changes still fit, and if so their room taken.
    pub fn take<C: AsRef<[u8]>>(&mut self, changes: &[C]) -> bool {
        let bytes = changes.iter().map(|change| change.as_ref().len()).sum();
        let left = self.bytes.checked_sub(bytes).zip(self.changes.checked_sub(changes.len()));
        if let Some((bytes, changes)) = left {
            *self = Room { bytes, changes };
        }
        left.is_some()
    }
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

    /// A request under an earlier device name is on its way: what it brought was taken back, and its reply is not for what
    /// is here now.
    pub fn renamed(&mut self) {
        self.in_flight = None;
    }

    /// Milliseconds until the next attempt, if one is due.
    pub fn due_in(&self, now: Moment) -> Option<i64> {
        let due = self.due_at.filter(|_| self.trouble.is_some() && !self.hopeless())?;
        Some(due.0.saturating_sub(now.0).clamp(0, RETRY_MS_MAX as i64))
    }

    /// Whether waiting and trying again can help.
    fn hopeless(&self) -> bool {
        matches!(self.trouble, Some(SyncTrouble::SignedOut | SyncTrouble::Revoked | SyncTrouble::TooOld))
    }
}

impl Replica {
    #[inline(never)]
    pub(super) fn try_to_send(&mut self, now: Moment, eagerness: Eagerness) -> Vec<Effect> {
        if self.broken || self.committing.is_some() || self.session.is_none() {
            return Vec::new();
        }
        if self.exchange.in_flight.is_some() {
            self.exchange.again |= eagerness == Eagerness::Now;
            return Vec::new();
        }
        let writes = self.share_rested(now, eagerness);
        if !writes.is_empty() {
            return self.commit(writes, Committing { ticket: None, send: true });
        }
        if eagerness == Eagerness::WhenDue {
            let idle = self.waiting().is_empty() && self.sync.synced_at.is_some() && self.exchange.trouble.is_none();
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
        let mut room = Room::whole();
        let given = self.give(&mut room);
        let leaves = self.sync.leaving.is_some();
        let Some(session) = &self.session else { return Vec::new() };
        let expired = now >= session.access_until || now.0 < session.access_until.0 - 86_400_000;
        let hello = Hello {
            protocol: wire::PROTOCOL,
            app: env!("CARGO_PKG_VERSION").to_owned(),
            schema: SCHEMA as u32,
            device: session.identity.device,
            cursors: self.sync.cursors.clone(),
            // What is held is told whole; half of a reply is better compared again than believed.
            checkpoints: if given.holdings.is_empty() { self.sync.checkpoints.clone() } else { Vec::new() },
            reference: self.sync.reference,
            scope: self.sync.scope,
            bytes_max: 0,
            refresh_token: expired.then(|| session.tokens.refresh_token.clone()),
            witnesses: self.witnesses(),
            parked: self.pending.values().filter(|pending| pending.parked).map(PendingRow::mark).collect(),
            leaves,
        };
        let access_token = session.tokens.access_token.clone();
        let told = !given.holdings.is_empty();
        let mut frames = vec![RequestFrame::Hello(hello)];
        frames.extend(given.holdings.into_iter().map(RequestFrame::Holding));
        frames.extend(given.refills.into_iter().map(RequestFrame::Refill));
        let mut pushed: VecDeque<Option<Pushed>> = given.pushes.iter().map(|_| None).collect();
        frames.extend(given.pushes.into_iter().map(RequestFrame::Push));
        let pushes = self.pushes(room);
        let joints = self.joints(&pushes);
        for (what, changes) in pushes {
            let (document, incarnation) = (what.document, what.incarnation);
            let line = Line::of(changes.iter().map(Vec::as_slice));
            frames.push(RequestFrame::Push(Push { document, incarnation, line }));
            pushed.push_back(Some(what));
        }
        frames.extend(joints.into_iter().map(RequestFrame::Joint));
        self.exchange.requests += 1;
        let request = self.exchange.requests;
        self.exchange.reads_all |= self.sync.cursors.is_empty();
        self.exchange.again = false;
        self.exchange.in_flight = Some(InFlight { request, pushed, told, leaves, with_refresh_token: expired });
        vec![Effect::Changed, Effect::Send { request, access_token, body: ByteBuf::from(wire::pack(&frames)) }]
    }

    /// The changes that wait for the server.
    fn waiting(&self) -> BTreeSet<(DocumentId, u32)> {
        self.pending.iter().filter(|(_, pending)| pending.waits()).map(|(key, _)| *key).collect()
    }

    /// Places in feeds that a server must know which has lost nothing.
    fn witnesses(&self) -> Vec<Cursor> {
        let needs = self.sync.leaving.iter().flat_map(|leaving| &leaving.needs);
        self.sync.witnesses.iter().chain(needs).cloned().collect()
    }

    /// What waits, by document in the order it was made, as far as one request goes. What one command made goes along whole
    /// or not at all.
    fn pushes(&self, mut room: Room) -> Vec<(Pushed, Vec<Vec<u8>>)> {
        let queues = self.queues();
        let mut places: BTreeMap<CommandId, Vec<(Queued, usize)>> = BTreeMap::new();
        for (queued, queue) in &queues {
            for (at, joint) in queue.iter().enumerate().filter_map(|(at, waiting)| Some((at, waiting.joint?))) {
                places.entry(joint).or_default().push((*queued, at));
            }
        }
        let mut ends: BTreeMap<Queued, usize> = BTreeMap::new();
        // Drafts take what room is left: what was recorded never waits behind them.
        let is_draft = |(queued, _): &(&Queued, &Vec<Waiting>)| queued.0.kind() == DocumentKind::Draft;
        let (drafts, recorded): (Vec<_>, Vec<_>) = queues.iter().partition(is_draft);
        for (queued, queue) in recorded.into_iter().chain(drafts) {
            while ends.get(queued).copied().unwrap_or(0) < queue.len() {
                let next = ends.get(queued).copied().unwrap_or(0) + 1;
                let further = reach(&queues, &places, &ends, (*queued, next));
                let new = further.iter().flat_map(|(of, end)| &queues[of][ends.get(of).copied().unwrap_or(0)..*end]);
                let changes: Vec<&[u8]> = new.map(|waiting| waiting.change.as_slice()).collect();
                // Behind what does not fit nothing of this document does; another's work may.
                if !room.take(&changes) {
                    break;
                }
                ends.extend(further);
            }
        }
        let mut pushes = Vec::new();
        for ((document, incarnation), end) in ends {
            let going = &queues[&(document, incarnation)][..end];
            let numbers = going.iter().map(|waiting| waiting.number).collect();
            let changes = going.iter().map(|waiting| waiting.change.clone()).collect();
            pushes.push((Pushed { document, incarnation, numbers }, changes));
        }
        pushes
    }

    /// The changes that wait, by document and incarnation in the order of their line.
    fn queues(&self) -> BTreeMap<Queued, Vec<Waiting>> {
        let mut waiting: Vec<(&(DocumentId, u32), &PendingRow)> =
            self.pending.iter().filter(|(_, pending)| pending.waits()).collect();
        waiting.sort_by_key(|((document, _), pending)| (*document, pending.incarnation, pending.seq));
        let mut queues: BTreeMap<Queued, Vec<Waiting>> = BTreeMap::new();
        for ((document, number), pending) in waiting {
            let held = self.documents.get(document);
            let change = held.and_then(|held| held.document.change(&pending.hash));
            let Some(change) = change.or_else(|| Some(pending.change.as_ref()?.to_vec())) else { continue };
            let waiting = Waiting { number: *number, joint: pending.joint, change };
            queues.entry((*document, pending.incarnation)).or_default().push(waiting);
        }
        queues
    }

    /// Which of the changes that go belong together.
    fn joints(&self, pushes: &[(Pushed, Vec<Vec<u8>>)]) -> Vec<Joint> {
        let mut joints: BTreeMap<CommandId, Vec<JointPart>> = BTreeMap::new();
        for (push, _) in pushes {
            for pending in push.numbers.iter().filter_map(|number| self.pending.get(&(push.document, *number))) {
                let Some(command) = pending.joint else { continue };
                let (document, incarnation) = (push.document, push.incarnation);
                joints.entry(command).or_default().push(JointPart { document, incarnation, seq: pending.seq });
            }
        }
        joints.into_iter().map(|(command, parts)| Joint { command, parts }).collect()
    }

    #[inline(never)]
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
        vec![self.later(now)]
    }

    /// Waits before the next attempt, longer each time.
    fn later(&mut self, now: Moment) -> Effect {
        let doubled = RETRY_MS_MIN.saturating_mul(1 << self.exchange.failures.min(10)).min(RETRY_MS_MAX);
        let after = doubled / 2 + self.dice.below(doubled / 2 + 1);
        self.exchange.failures += 1;
        self.exchange.due_at = Some(now.plus_ms(after as i64));
        Effect::Wake { after_ms: after as u32 }
    }

    #[inline(never)]
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
        let before = self.waiting();
        let writes = Intake::new(self, flight, now).take(frames, ended);
        let waiting = self.waiting();
        let mut effects = Vec::new();
        let send = if ended {
            self.exchange.trouble = None;
            // The server took nothing of what waits: at once it would take no more.
            let stuck = !waiting.is_empty() && waiting == before;
            if stuck {
                effects.push(self.later(now));
            } else {
                self.exchange.failures = 0;
            }
            core::mem::take(&mut self.exchange.again) || (!waiting.is_empty() && !stuck)
        } else {
            effects.extend(self.fail(now, SyncTrouble::Offline));
            false
        };
        let commit = self.commit(writes, Committing { ticket: None, send });
        commit.into_iter().chain(effects).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_holds_changes_up_to_both_limits() {
        let of = |count: usize, bytes: usize| vec![vec![0; bytes]; count];
        let mut room = Room::whole();
        assert!(room.take(&of(wire::CHANGES_MAX - 1, 1)) && room.take(&of(1, 1)));
        assert!(!room.take(&of(1, 0)), "a change more than the server takes");

        let mut room = Room::whole();
        assert!(room.take(&of(1, wire::PUSH_BYTES_MAX - 1)));
        assert!(!room.take(&of(1, 2)), "a byte too many");
        assert!(room.take(&of(1, 1)), "what fits does");
        assert!(Room::whole().take(&of(1, wire::PUSH_BYTES_MAX)));
    }
}
