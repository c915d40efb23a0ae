//! Giving back: a server that was restored from a backup, or lost a document, is told what this replica holds, asks for
//! what it lacks, and gets it with its own receipts, whoever wrote it.
use std::collections::{BTreeMap, BTreeSet};

use super::Replica;
use super::exchange::Room;
use super::held::Held;
use super::row::PendingRow;
use crate::document::{Actor, DocumentId, Incarnation, Written};
use crate::wire::{Bundle, Delta, Holding, Line, Push, Reach, Want, WantedLine, first_eight};

/// What a server that starts over was told and asks for. Forgotten with the opening: then it is told again.
#[derive(Default)]
pub(super) struct Refill {
    wanted: BTreeMap<DocumentId, Vec<WantedLine>>,
    /// What it wanted the time before, to notice when giving does not help.
    before: BTreeMap<DocumentId, Vec<WantedLine>>,
    /// It does not know its own receipts, so what this device wrote is pushed anew.
    receipts_unknown: bool,
    /// The last request did so.
    pushed_anew: bool,
    /// What giving did not help with: not given before something new comes from the server, or the next opening.
    vain: BTreeSet<(DocumentId, WantedLine)>,
}

impl Refill {
    fn want(&mut self, want: Want) {
        self.wanted.entry(want.document).or_default().extend(want.lines);
    }

    pub fn receipts_are_unknown(&mut self) {
        self.receipts_unknown = true;
    }

    /// What is given now is asked for again only if it did not arrive.
    fn given(&mut self) {
        self.before = core::mem::take(&mut self.wanted);
        self.pushed_anew = self.receipts_unknown;
    }

    /// After a reply that came to its end: whether the server has all it wanted, or will not have it.
    pub fn is_over(&mut self) -> bool {
        let no_progress = !self.wanted.is_empty() && self.wanted == self.before;
        if no_progress && self.pushed_anew {
            let wanted = core::mem::take(&mut self.wanted);
            self.vain.extend(wanted.into_iter().flat_map(|(id, lines)| lines.into_iter().map(move |it| (id, it))));
            self.receipts_unknown = false;
        } else {
            self.receipts_unknown |= no_progress;
        }
        self.wanted.is_empty()
    }

    /// What the server lacked of a document when it was last given something of it, from which change on by actor. It is
    /// asked for no more.
    pub fn forget(&mut self, document: DocumentId) -> BTreeMap<Actor, u64> {
        let lines = self.before.remove(&document).into_iter().chain(self.wanted.remove(&document)).flatten();
        self.vain.retain(|(id, _)| *id != document);
        let mut lacking = BTreeMap::new();
        for line in lines {
            let from = lacking.entry(line.actor).or_insert(line.from_seq);
            *from = line.from_seq.min(*from);
        }
        lacking
    }

    pub fn in_vain(&self) -> bool {
        !self.vain.is_empty()
    }

    /// Whether the server lacks something of a document and could not take it.
    pub fn is_vain(&self, document: DocumentId) -> bool {
        self.vain.iter().any(|(id, _)| *id == document)
    }

    /// What the server lacked before it took what was given may be there now. Whether there is anything to try.
    pub fn try_again(&mut self) -> bool {
        !core::mem::take(&mut self.vain).is_empty()
    }
}

/// What goes into a request beside the hello and what is new.
#[derive(Default)]
pub(super) struct Given {
    pub holdings: Vec<Holding>,
    pub refills: Vec<Delta>,
    pub pushes: Vec<Push>,
}

impl Replica {
    /// What to tell a server that starts over; nothing to any other.
    pub(super) fn give(&mut self, room: &mut Room) -> Given {
        let tells = self.sync.tells && !self.exchange.refill.in_vain();
        let holdings = if tells { self.holdings() } else { Vec::new() };
        let mut given = Given { holdings, ..Given::default() };
        for (document, lines) in &self.exchange.refill.wanted {
            given.refills.extend(self.refill(*document, lines, room));
            if self.exchange.refill.receipts_unknown {
                given.pushes.extend(lines.iter().filter_map(|line| self.push_again(*document, line, room)));
            }
        }
        self.exchange.refill.given();
        given
    }

    /// Remembers what the server wants, as far as there is something to give.
    pub(super) fn wanted(&mut self, mut want: Want) {
        let Some(held) = self.documents.get(&want.document) else { return };
        let sealed = |line: &WantedLine| {
            held.receipts.keys().any(|(actor, last)| *actor == line.actor && *last >= line.from_seq)
        };
        let has = |line: &WantedLine| sealed(line) || self.is_delivered(want.document, (line.actor, line.from_seq));
        let vain = &self.exchange.refill.vain;
        want.lines.retain(|line| has(line) && !vain.contains(&(want.document, *line)));
        if !want.lines.is_empty() {
            self.exchange.refill.want(want);
        }
    }

    fn holdings(&self) -> Vec<Holding> {
        let holding = |(id, held): (&DocumentId, &Held)| Holding {
            document: *id,
            reaches: held
                .document
                .ends()
                .into_iter()
                .map(|end| Reach { actor: end.actor, seq: end.seq, hash: first_eight(&end.hash) })
                .collect(),
        };
        self.documents.iter().map(holding).collect()
    }

    fn own_incarnation(&self, document: DocumentId, actor: Actor) -> Option<Incarnation> {
        let session = self.session.as_ref()?;
        (0..=session.incarnation).find(|it| Actor::derive(session.identity.device, document, *it) == actor)
    }

    /// The wanted changes that the server once had, dependencies first, as far as they fit. What this device wrote is
    /// left out once it is to be pushed again.
    fn refill(&self, document: DocumentId, wanted: &[WantedLine], room: &mut Room) -> Option<Delta> {
        let held = self.documents.get(&document)?;
        let again = self.exchange.refill.receipts_unknown;
        let is_wanted = |last: &Written| {
            let asked = wanted.iter().any(|line| line.actor == last.actor && line.from_seq <= last.seq);
            asked && !(again && self.is_own(document, last.actor))
        };
        let mut bundles = Vec::new();
        for last in held.document.order().into_iter().filter(is_wanted) {
            let place = (last.actor, last.seq);
            let (Some((first, receipt)), Some(received_at)) = (held.receipts.get(&place), held.received.get(&place))
            else {
                continue;
            };
            let mine = self.me().filter(|_| self.is_own(document, last.actor));
            let Some(person) = held.people.get(&last.actor).copied().or(mine) else { continue };
            let changes = changes_of(held, last.actor, *first..=last.seq);
            if !room.take(&changes) {
                break;
            }
            let line = Line::of(changes.iter().map(Vec::as_slice));
            bundles.push(Bundle { person, received_at: *received_at, receipt: *receipt, line });
        }
        (!bundles.is_empty()).then_some(Delta { document, bundles })
    }

    /// Whether a server has said that it has a change. Of this device's own that is whatever waits no more: one may have
    /// said so without a seal, and a wrong word must not keep what builds on it from being taken.
    fn is_delivered(&self, document: DocumentId, place: (Actor, u64)) -> bool {
        let Some(held) = self.documents.get(&document) else { return false };
        if held.received.contains_key(&place) {
            return true;
        }
        let Some(own) = self.own_incarnation(document, place.0) else { return false };
        let waits = |pending: &PendingRow| (pending.incarnation, pending.seq) == (own, place.1);
        let mut pending = self.pending.range((document, 0)..=(document, u32::MAX));
        place.1 <= held.document.last_seq(place.0) && !pending.any(|(_, pending)| waits(pending))
    }

    /// A wanted line of this device, as if it had never been there.
    fn push_again(&self, document: DocumentId, wanted: &WantedLine, room: &mut Room) -> Option<Push> {
        let incarnation = self.own_incarnation(document, wanted.actor)?;
        let held = self.documents.get(&document)?;
        let last = (wanted.from_seq..).take_while(|seq| self.is_delivered(document, (wanted.actor, *seq))).last()?;
        let mut changes = changes_of(held, wanted.actor, wanted.from_seq..=last);
        let fits = changes.iter().take_while(|change| room.take(core::slice::from_ref(*change))).count();
        changes.truncate(fits);
        let line = Line::of(changes.iter().map(Vec::as_slice));
        (!changes.is_empty()).then_some(Push { document, incarnation, line })
    }
}

/// The changes of an actor with these sequence numbers.
pub(super) fn changes_of(held: &Held, actor: Actor, seqs: core::ops::RangeInclusive<u64>) -> Vec<Vec<u8>> {
    let line = held.document.line(actor).into_iter().filter(|(_, seq)| seqs.contains(seq));
    line.filter_map(|(hash, _)| held.document.change(&hash)).collect()
}
