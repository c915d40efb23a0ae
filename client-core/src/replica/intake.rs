//! Taking a reply in: acks, tokens, reference data, other people's changes, and how far the device has read. All of it
//! becomes one commit, also when the reply was cut.
use std::collections::{BTreeMap, BTreeSet};

use super::erasure::Later;
use super::exchange::InFlight;
use super::held::Said;
use super::refill::Refill;
use super::row::{self, PendingRow};
use super::{Replica, access_until};
use crate::clock::Moment;
use crate::contract::DeadLetter;
use crate::document::{Document, DocumentId, DocumentKind};
use crate::gate::GateRefusal;
use crate::host::{Tokens, Write};
use crate::id::CommandId;
use crate::reference::Reference;
use crate::wire::{Ack, Closed, Coverage, Cursor, Delta, End, Fate, ReplyFrame, Seal, place_of};

impl Replica {
    /// Takes back all that waits, to be done again: the device has a new name, and may write under the old one no more.
    pub(super) fn take_all_back(&mut self) -> Vec<Write> {
        let mut waiting: BTreeMap<DocumentId, Vec<u32>> = BTreeMap::new();
        for ((document, number), _) in self.pending.iter().filter(|(_, pending)| pending.waits()) {
            waiting.entry(*document).or_default().push(*number);
        }
        waiting.into_iter().flat_map(|(document, numbers)| self.take_back(document, &numbers, None)).collect()
    }

    /// What this device made in a document from one of its changes on and that still waits: all of it builds on that one.
    fn behind(&self, (document, first): (DocumentId, u32)) -> Vec<u32> {
        let place = |pending: &PendingRow| (pending.incarnation, pending.seq);
        let Some(from) = self.pending.get(&(document, first)).map(place) else { return Vec::new() };
        let of_it = self.pending.iter().filter(|((id, _), pending)| *id == document && pending.waits());
        of_it.filter(|(_, pending)| place(pending) >= from).map(|((_, number), _)| *number).collect()
    }

    /// Takes back a change and all behind it, to be done again.
    pub(super) fn take_back_from(&mut self, key: (DocumentId, u32)) -> Vec<Write> {
        let waiting = self.behind(key);
        if waiting.is_empty() { Vec::new() } else { self.take_back(key.0, &waiting, None) }
    }

    /// Marks as lost what a refusal took down, rebuilds the document without it, and begins a new incarnation. The
    /// refusal is held against the one that was judged; the others only went down with it.
    pub(super) fn take_back(&mut self, document: DocumentId, from: &[u32], judged: Option<u32>) -> Vec<Write> {
        let (mut writes, mut joints) = (Vec::new(), BTreeSet::new());
        let mut hashes = BTreeSet::new();
        for number in from {
            if let Some(pending) = self.pending.get_mut(&(document, *number)) {
                pending.lost = !pending.parked;
                joints.extend(pending.joint);
                pending.refused += u32::from(judged == Some(*number));
                hashes.insert(pending.hash.to_vec());
                writes.push(row::put_json(&row::pending_key(document, *number), pending));
                writes.push(row::delete(row::change_key(document, *number)));
            }
        }
        writes.extend(self.rebase_draft(document, &hashes));
        if let Some(held) = self.documents.get_mut(&document)
            && let Err(broken) = held.forget(&hashes)
        {
            self.troubled.insert(document, broken.0);
        }
        if let Some(session) = &mut self.session {
            session.incarnation += 1;
            writes.push(row::put_json(row::SESSION, session));
        }
        writes.extend(self.take_back_joined(&joints));
        writes
    }

    /// Takes back what commands made in other documents that were taken back in one: they are done again as a whole.
    pub(super) fn take_back_joined(&mut self, joints: &BTreeSet<CommandId>) -> Vec<Write> {
        let mut writes = Vec::new();
        let is_part = |pending: &PendingRow| pending.waits() && pending.joint.is_some_and(|it| joints.contains(&it));
        while let Some(key) = self.pending.iter().find(|(_, pending)| is_part(pending)).map(|(key, _)| *key) {
            writes.extend(self.take_back_from(key));
        }
        writes
    }
}

/// Times in a row that everything is read anew in one opening because a document could not be taken in.
const REFETCHES_MAX: u32 = 2;

/// One reply being taken in.
pub(super) struct Intake<'a> {
    pub replica: &'a mut Replica,
    pub flight: InFlight,
    pub writes: Vec<Write>,
    now: Moment,
    /// What is known here is not all there is of one's own: read everything from the beginning.
    refetch: bool,
    /// How far the server's backup reaches, until the end of the reply says whether anything is still told.
    coverage: Option<Coverage>,
    /// The server's backup holds what is to go from here.
    pub covered: bool,
    /// What the server says of generations, until the documents of the new ones are here.
    later: Option<Later>,
    /// The reply came to an end after which commands are done again.
    is_whole: bool,
    /// It brought changes or reference data that were not here, or a document takes what it did not.
    brings: bool,
    /// Documents of which the server lacks what it cannot take back: it names what was erased.
    untaken: BTreeSet<DocumentId>,
    closed: Vec<Closed>,
    /// Drafts of which something was not taken, with why.
    refused_drafts: Vec<(DocumentId, Fate)>,
}

impl<'a> Intake<'a> {
    pub fn new(replica: &'a mut Replica, flight: InFlight, now: Moment) -> Self {
        Intake {
            replica,
            flight,
            writes: Vec::new(),
            now,
            refetch: false,
            coverage: None,
            covered: false,
            later: None,
            is_whole: false,
            brings: false,
            untaken: BTreeSet::new(),
            closed: Vec::new(),
            refused_drafts: Vec::new(),
        }
    }

    /// Takes the frames in and says what to write. `ended` when the reply came to its end.
    pub fn take(mut self, frames: Vec<ReplyFrame>, ended: bool) -> Vec<Write> {
        for frame in frames {
            self.frame(frame);
        }
        self.finish(ended)
    }

    fn frame(&mut self, frame: ReplyFrame) {
        match frame {
            ReplyFrame::Welcome(welcome) => {
                self.replica.sync.server_now = welcome.now;
                if welcome.starts_over {
                    let sync = &mut self.replica.sync;
                    sync.cursors.clear();
                    sync.checkpoints.clear();
                    sync.witnesses.clear();
                    sync.tells = true;
                    if let Some(leaving) = &mut sync.leaving {
                        leaving.needs.clear();
                    }
                    self.replica.exchange.refill = Refill::default();
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
                if let Ok(mut reference) = serde_json::from_str::<Reference>(&data.json) {
                    self.later = Some(Later::out_of(&mut reference, &self.replica.reference));
                    self.brings |= reference != self.replica.reference;
                    self.writes.push(row::put_json(row::REFERENCE, &reference));
                    self.replica.reference = reference;
                }
            }
            ReplyFrame::Refilled(refilled) => {
                if refilled.fates.contains(&Fate::NotAllowed) {
                    self.replica.exchange.refill.receipts_are_unknown();
                }
                if refilled.fates.contains(&Fate::Superseded) {
                    self.untaken.insert(refilled.document);
                }
            }
            ReplyFrame::Parked(parked) => self.settle(parked),
            ReplyFrame::Coverage(coverage) => self.coverage = Some(coverage),
            ReplyFrame::Want(want) => self.replica.wanted(want),
            ReplyFrame::Delta(delta) => self.delta(&delta),
            ReplyFrame::Closed(closed) => self.closed.push(closed),
            ReplyFrame::Checkpoint(checkpoint) => {
                let checkpoints = &mut self.replica.sync.checkpoints;
                checkpoints.retain(|earlier| earlier.feed != checkpoint.feed);
                checkpoints.push(checkpoint);
            }
            ReplyFrame::End(end) => self.end(end),
        }
    }

    fn ack(&mut self, ack: &Ack) {
        if let Some(at) = &ack.at {
            let witnesses = &mut self.replica.sync.witnesses;
            witnesses.retain(|earlier| earlier.feed != at.feed);
            witnesses.push(at.clone());
        }
        // A document that takes something is whole again: it may take what was given in vain.
        let takes = ack.fates.iter().any(|fate| *fate != Fate::NotYet);
        self.brings |= takes && self.replica.exchange.refill.is_vain(ack.document);
        // What was given back and not new waits no more.
        let Some(Some(pushed)) = self.flight.pushed.pop_front() else { return };
        if pushed.document != ack.document {
            return;
        }
        for (at, (number, fate)) in pushed.numbers.iter().zip(&ack.fates).enumerate() {
            match fate {
                Fate::Accepted | Fate::Duplicate => self.delivered((ack.document, *number), &ack.seals),
                Fate::Parked => self.parked((ack.document, *number)),
                Fate::NotYet => {}
                Fate::NotAllowed | Fate::Superseded | Fate::Refused(_) => {
                    self.refused(ack.document, &pushed.numbers[at..], *fate);
                    return;
                }
            }
        }
    }

    pub(super) fn delivered(&mut self, key: (DocumentId, u32), seals: &[Seal]) {
        let Some(pending) = self.replica.pending.remove(&key) else { return };
        self.writes.push(row::delete(row::pending_key(key.0, key.1)));
        // It was taken back with another that was refused, but the server has it: read it from there.
        self.refetch |= pending.lost;
        let (Some(session), Some(held)) = (&self.replica.session, self.replica.documents.get_mut(&key.0)) else {
            // It was parked, and the document went and did not come again, since nothing else was there of it.
            self.refetch |= key.0.kind() != DocumentKind::Draft && self.replica.may_read(key.0);
            return;
        };
        let seal = seals.iter().find(|seal| (seal.first_seq..=seal.last_seq).contains(&pending.seq));
        let said = seal.map_or_else(Said::default, |seal| Said {
            received_at: Some(seal.received_at),
            // Under another device name one's own line is not known by its actor any more.
            person: Some(session.identity.person.id),
            receipt: (seal.last_seq == pending.seq).then_some((seal.first_seq, seal.receipt)),
        });
        match held.document.change(&pending.hash) {
            Some(change) => {
                // What was parked may have been written under an earlier device name.
                if let Some(place) = place_of(&change) {
                    held.note(place, said);
                }
                let row = row::ChangeRow { change: change.into(), said };
                self.writes.push(row::put_cbor(&row::change_key(key.0, key.1), &row));
            }
            // It was parked, and the document went meanwhile and came again: what one brought oneself is not sent.
            None => self.refetch = true,
        }
    }

    fn refused(&mut self, document: DocumentId, numbers: &[u32], fate: Fate) {
        // All that this device has made after it builds on it.
        let first = numbers.first().copied().unwrap_or(u32::MAX);
        if !self.replica.pending.contains_key(&(document, first)) {
            return;
        }
        if document.kind() == DocumentKind::Draft {
            self.refused_drafts.push((document, fate));
        }
        let lost = self.replica.behind((document, first));
        let writes = self.replica.take_back(document, &lost, Some(first));
        self.writes.extend(writes);
        let refusal = match fate {
            Fate::Refused(refusal) => Some(refusal),
            _ => None,
        };
        // The server has other changes of this device: its disk was put back to an earlier day, or copied.
        self.refetch |= refusal == Some(GateRefusal::SeqReused);
        let given_up = self.replica.pending.get(&(document, first)).is_some_and(|pending| pending.refused >= 2)
            || fate == Fate::NotAllowed;
        if given_up {
            self.dead_letter((document, first), refusal, None);
        }
    }

    pub(super) fn dead_letter(
        &mut self,
        key: (DocumentId, u32),
        refusal: Option<GateRefusal>,
        dismissed: Option<String>,
    ) {
        let Some(pending) = self.replica.pending.remove(&key) else { return };
        self.writes.push(row::delete(row::pending_key(key.0, key.1)));
        if let Some(command) = pending.command {
            // One command, one letter: its other parts are not done again.
            for other in self
                .replica
                .pending
                .values_mut()
                .filter(|other| pending.joint.is_some() && other.joint == pending.joint)
            {
                other.command = None;
            }
            let (fields, issues) = row::written(pending.draft);
            let letter = DeadLetter { at: self.now, refusal, dismissed, command, fields, issues };
            let write = self.replica.keep_letter(letter);
            self.writes.push(write);
        }
    }

    fn delta(&mut self, delta: &Delta) {
        let number = self.replica.free_number(delta.document);
        let held = self.replica.documents.entry(delta.document);
        let held = held.or_insert_with(|| super::held::Held::begin_at(delta.document, number));
        let pending = self.replica.pending.range((delta.document, 0)..=(delta.document, u32::MAX));
        let waiting: BTreeSet<_> = pending.map(|(_, pending)| &pending.hash[..]).collect();
        let waits = |change: &[u8]| Document::hash_of(change).is_some_and(|hash| waiting.contains(&hash[..]));
        let before = self.writes.len();
        let taken = delta.bundles.iter().try_for_each(|bundle| held.take(bundle, waits, &mut self.writes));
        self.brings |= self.writes.len() > before;
        if let Err(why) = taken {
            self.replica.troubled.insert(delta.document, why.0);
            return;
        }
        self.replica.troubled.remove(&delta.document);
    }

    fn end(&mut self, end: End) {
        // While more waits, new generations may be in it: the reference data is asked for again.
        self.is_whole = self.later.is_none() || !end.more;
        let reads_all = core::mem::take(&mut self.replica.exchange.reads_all);
        self.replica.exchange.reads_all = reads_all && end.more;
        if reads_all && !end.more && !end.cursors.is_empty() {
            // What could not be opened and was not sent now is nowhere else: nothing more will come of it.
            let documents = &self.replica.documents;
            self.replica.troubled.retain(|id, _| documents.contains_key(id));
        }
        let sync = &mut self.replica.sync;
        sync.read_to(end.cursors);
        sync.reference = if self.is_whole { end.reference } else { 0 };
        sync.scope = end.scope;
        sync.checkpoints.clear();
        let cursors = &sync.cursors;
        let told_by = |it: &Cursor| {
            cursors
                .iter()
                .any(|cursor| (cursor.feed, cursor.epoch) == (it.feed, it.epoch) && cursor.number >= it.number)
        };
        sync.witnesses.retain(|witness| !told_by(witness));
        let refill = &mut self.replica.exchange.refill;
        let over = refill.is_over();
        if self.flight.told {
            sync.tells = !over || refill.in_vain();
        }
        self.replica.exchange.again |= !over;
        sync.synced_at = Some(self.now);
        self.replica.exchange.again |= end.more;
        if let Some(coverage) = self.coverage.take() {
            self.cover(&coverage);
        }
    }

    fn finish(mut self, ended: bool) -> Vec<Write> {
        let closed = core::mem::take(&mut self.closed);
        for one in &closed {
            let writes = self.replica.close_draft(one);
            self.writes.extend(writes);
        }
        if ended && self.replica.troubled.is_empty() {
            self.replica.exchange.refetched = 0;
        }
        if ended && !self.replica.troubled.is_empty() && self.replica.exchange.refetched < REFETCHES_MAX {
            self.replica.exchange.refetched += 1;
            self.refetch = true;
            self.drop_troubled(self.replica.exchange.refetched == REFETCHES_MAX);
        }
        // What could not be taken in was not read, also when asking again at once would not help.
        if self.refetch || !self.replica.troubled.is_empty() {
            self.replica.sync.read_anew();
        }
        self.replica.exchange.again |= self.refetch;
        let mut learned = false;
        // The end has come, also where the connection broke off right behind it: the same is not sent again.
        if self.is_whole {
            let is_news = self.later.take().is_some_and(|later| self.learn(later));
            learned = is_news;
            if is_news {
                self.writes.push(row::put_json(row::REFERENCE, &self.replica.reference));
            }
            self.leave_untaken();
            if is_news || self.replica.pending.values().any(|pending| pending.lost) {
                let writes = self.replica.clear();
                self.writes.extend(writes);
            }
        }
        if ended && self.is_whole {
            for id in self.replica.done_with() {
                self.drop_document(id);
                let write = self.replica.renew_draft(id);
                self.writes.extend(write);
            }
            self.purge();
        }
        self.settle_refused(learned);
        // What is to be done again is done on documents that were read whole.
        if ended && self.is_whole && !self.refetch {
            let writes = self.replica.redo(self.now);
            self.writes.extend(writes);
            let writes = self.replica.mend_drafts(self.now);
            self.writes.extend(writes);
        }
        // After documents went from here: what the server could not take keeps them until it has it.
        self.replica.exchange.again |= self.brings && self.replica.exchange.refill.try_again();
        self.writes.push(row::put_cbor(row::SYNC, &self.replica.sync));
        self.writes
    }

    /// Drafts that the server did not take: what an erasure took down is told again, the rest stays here in the end.
    fn settle_refused(&mut self, learned: bool) {
        for (id, fate) in core::mem::take(&mut self.refused_drafts) {
            let is_current = self.replica.reference.current(id) == id;
            let for_good = match fate {
                Fate::NotAllowed | Fate::Refused(GateRefusal::DocumentFull) => true,
                Fate::Superseded if self.is_whole && !learned && is_current => true,
                Fate::Refused(refusal) if refusal != GateRefusal::SeqReused => false,
                _ => continue,
            };
            let write = self.replica.draft_refused(id, for_good);
            let has_form = write.is_some();
            self.writes.extend(write);
            // Of one that is closed, or never was there, nothing else will come. One that only its end was to be written
            // into would be told that at once again.
            let held = self.replica.documents.get(&id).map(|held| held.received.is_empty());
            let is_gone = matches!(fate, Fate::NotAllowed | Fate::Superseded);
            if !has_form || for_good && held.is_some_and(|never_came| never_came || is_gone) {
                self.drop_document(id);
            }
        }
    }

    /// Forgets the documents that could not be taken in, to fetch them anew. One with work that waits is kept the first
    /// time; if that did not help, the work is done again on the fresh one.
    fn drop_troubled(&mut self, all: bool) {
        let troubled: Vec<DocumentId> = self.replica.troubled.keys().copied().collect();
        for id in troubled {
            let mut of_it = self.replica.pending.range((id, 0)..=(id, u32::MAX));
            if all || !of_it.any(|(_, pending)| pending.waits()) {
                self.drop_with_work(id);
            }
        }
    }

    /// Forgets a document; what waits in it is to be done again.
    fn drop_with_work(&mut self, id: DocumentId) {
        self.take_work_back(id);
        self.drop_document(id);
    }

    /// Takes back what waits in a document, to be done again.
    pub(super) fn take_work_back(&mut self, id: DocumentId) {
        let waiting = self.replica.pending.range((id, 0)..=(id, u32::MAX)).filter(|(_, pending)| pending.waits());
        let waiting: Vec<u32> = waiting.map(|((_, number), _)| *number).collect();
        if !waiting.is_empty() {
            let writes = self.replica.take_back(id, &waiting, None);
            self.writes.extend(writes);
        }
    }

    /// Takes over what the server says of generations and erasures; whether that is news. What waits in a generation of
    /// which it knows nothing, since it lied or lost its ledger, is done again in the one it knows.
    fn learn(&mut self, later: Later) -> bool {
        let before = self.replica.reference.generations.clone();
        let is_news = self.replica.learn(later);
        for id in self.replica.unknown_with_work() {
            self.take_work_back(id);
        }
        let reference = &self.replica.reference;
        let is_here = |id: DocumentId| self.replica.documents.contains_key(&reference.current(id.at_first()));
        // What went from here for the sake of a later generation was read, and is to be read anew.
        if before.into_iter().any(|id| reference.is_unknown(id) && !is_here(id)) {
            self.replica.sync.read_anew();
            (self.refetch, self.replica.exchange.again) = (true, true);
        }
        is_news
    }

    /// Lets go of documents that name what was erased and that the server will not take back, to read them anew. What this
    /// device wrote there is done again.
    fn leave_untaken(&mut self) {
        for id in core::mem::take(&mut self.untaken) {
            let lacking = self.replica.exchange.refill.forget(id);
            if self.replica.names_erased(id, &lacking) {
                let writes = self.replica.undo(id, &lacking, self.now);
                self.writes.extend(writes);
                self.drop_with_work(id);
                self.replica.sync.read_anew();
                (self.refetch, self.replica.exchange.again) = (true, true);
            }
        }
    }

    pub(super) fn drop_document(&mut self, id: DocumentId) {
        if let Some(held) = self.replica.documents.remove(&id) {
            self.writes.push(row::delete(row::snapshot_key(id)));
            self.writes.extend((0..held.next_number).map(|number| row::delete(row::change_key(id, number))));
        }
        self.replica.entries = super::entries::Entries::default();
    }
}
