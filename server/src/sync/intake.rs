//! What a request brings: each change judged by the gate against its document, and accepted with its row, its number and
//! its place in the read model in one transaction. Nothing is answered before that has committed.
use std::collections::{BTreeMap, BTreeSet};

use zhucun_core::access::{self, Place};
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::document::{Actor, Container, Document, DocumentId, DocumentKind, Owner};
use zhucun_core::gate::{Author, GateRefusal, Judged, Pass, Touched, judge};
use zhucun_core::id::{CommandId, DeviceId, PersonId};
use zhucun_core::wire::{Ack, Bundle, Cursor, Fate, Line, Refilled, Seal, Want, WantedLine, place_of};

use super::drafting;
use super::joined;
use super::receipt::{About, Receipts};
use super::superseded;
use super::{Brought, Given, Pushed, Rights, Signed, Taken, stands};
use crate::accounts::{Caller, Tokens};
use crate::app::App;
use crate::metrics::{Counter, Metrics};
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::store::document::{Accepted, DocumentRow, FeedEnd, Sealed};
use crate::store::loaded::DocumentCache;
use crate::store::parked::{self, New};
use crate::store::quarantine::{self, Refused};
use crate::store::{
    Connection, Fault, Transaction, Trouble, damage, division, document, draft, person, read_model, tenure,
};

/// Renews the session if that was asked for, and takes in what is new and what is given back.
pub(super) async fn accept(
    app: &App,
    signed: Signed,
    device: DeviceId,
    brought: Brought,
    now: Moment,
) -> Result<(Caller, Option<Tokens>, Taken), Problem> {
    let (accounts, metrics) = (app.accounts.clone(), app.metrics.clone());
    let (receipts, epoch) = (Receipts::of(&app.key), app.epoch_number());
    let shown = signed.clone();
    let is_known = move |connection: &Connection| shown.is_known(connection);
    let ahead = app.store.load_ahead(brought.pushes.iter().map(|push| push.document), is_known).await;
    let done = app
        .store
        .write_with(move |tx, state| -> Result<_, Fault<Refusal>> {
            let (caller, tokens) = match signed {
                Signed::Access(caller) => (caller, None),
                Signed::Refresh(token) => {
                    let tokens = accounts.renew(tx, &token, now)?;
                    let caller = Caller { person: tokens.person, device: tokens.device, until: tokens.access_until };
                    (caller, Some(tokens))
                }
            };
            let caller = stands(tx, caller, device)?;
            let rights = Rights::of(tx, caller.person)?;
            let mut taken = Taken::default();
            let documents = &mut state.documents;
            let commands = commands(&brought);
            for loaded in ahead {
                documents.bring(tx, loaded)?;
            }
            let mut intake = Intake {
                tx,
                documents,
                rights: &rights,
                caller,
                receipts,
                epoch,
                now,
                commands,
                lacking: BTreeMap::new(),
                drafts: false,
            };
            // What was there before comes first: the new may build on it.
            for given in &brought.given {
                let (refilled, village) = intake.refill(given)?;
                taken.refilled.push(refilled);
                taken.villages.extend(village);
            }
            for (push, (ack, village)) in brought.pushes.iter().zip(joined::take_all(&mut intake, &brought)?) {
                count(&metrics, &ack);
                let last = push.changes.iter().zip(&ack.fates).rfind(|(_, fate)| **fate == Fate::Accepted);
                taken.accepted.extend(last.and_then(|(change, _)| Document::hash_of(change)));
                taken.acks.push(ack);
                taken.villages.extend(village);
            }
            taken.drafts = intake.drafts;
            taken.wants = wants(core::mem::take(&mut intake.lacking));
            Ok((caller, tokens, taken))
        })
        .await?;
    Ok(done)
}

fn wants(lacking: BTreeMap<(DocumentId, Actor), u64>) -> Vec<Want> {
    let want = |((document, actor), from_seq)| Want { document, lines: vec![WantedLine { actor, from_seq }] };
    lacking.into_iter().map(want).collect()
}

fn count(metrics: &Metrics, ack: &Ack) {
    for fate in &ack.fates {
        let counter = match fate {
            Fate::Accepted => Counter::ChangeAccepted,
            Fate::Duplicate => Counter::ChangeDuplicate,
            Fate::Parked => Counter::ChangeParked,
            Fate::NotAllowed | Fate::Refused(_) => Counter::ChangeRefused,
            Fate::NotYet | Fate::Superseded => continue,
        };
        metrics.add(counter, 1);
    }
}

/// The commands of changes that belong together, by the hashes of the changes.
fn commands(brought: &Brought) -> BTreeMap<[u8; 32], CommandId> {
    let parts = brought.joints.iter().flat_map(|joined| joined.parts.iter().map(|part| (part, joined.command)));
    let hashed = parts.filter_map(|((push, change), command)| {
        let bytes = brought.pushes.get(*push)?.changes.get(*change)?;
        Some((Document::hash_of(bytes)?, command))
    });
    hashed.collect()
}

/// The place of a document, by the tenure or village it belongs to; of a draft, once it was begun here.
pub(super) fn place(connection: &Connection, id: DocumentId) -> Result<Option<Place>, Trouble> {
    Ok(match id.owner() {
        Owner::Draft(entry) => draft::place(connection, entry)?,
        Owner::Village(division) | Owner::Programme(division, _) => {
            division::find(connection, division)?.map(|_| Place { division, holder: None })
        }
        Owner::Log(id) | Owner::Review(id) => {
            tenure::find(connection, id)?.map(|tenure| Place { division: tenure.division, holder: Some(tenure.person) })
        }
    })
}

pub(super) struct Intake<'a, 'c> {
    pub tx: &'a Transaction<'c>,
    pub documents: &'a mut DocumentCache,
    pub rights: &'a Rights,
    pub caller: Caller,
    pub receipts: Receipts,
    pub epoch: u64,
    pub now: Moment,
    /// Which command made a change, of those that belong together.
    pub commands: BTreeMap<[u8; 32], CommandId>,
    /// From which change on a line of the caller's is missing here, which something new stands on.
    pub lacking: BTreeMap<(DocumentId, Actor), u64>,
    /// Drafts of the caller changed.
    pub drafts: bool,
}

/// Changes that passed, on their way to the disk.
#[derive(Default)]
pub(super) struct Passed {
    hashes: Vec<[u8; 32]>,
    /// The sequence number of the first.
    first_seq: u64,
    touched: BTreeSet<Touched>,
}

impl Passed {
    pub fn note(&mut self, judged: &Judged) {
        if self.hashes.is_empty() {
            self.first_seq = judged.seq();
        }
        self.hashes.push(judged.hash());
        self.touched.extend(judged.touched().iter().cloned());
    }
}

impl Intake<'_, '_> {
    /// Takes one document's changes in, up to the first that is not accepted. With the ack comes the village where
    /// something changed.
    pub fn push(&mut self, push: &Pushed) -> Result<(Ack, Option<DivisionCode>), Trouble> {
        if let Some(ack) = self.turn_draft_away(push)? {
            return Ok((ack, None));
        }
        if let Some(ack) = superseded::answer(self.tx, push)? {
            return Ok((ack, None));
        }
        let clean = superseded::clean(self.tx, &push.changes)?;
        if clean == push.changes.len() {
            return self.take(push);
        }
        let changes = push.changes[..clean].to_vec();
        let (mut ack, village) = self.take(&Pushed { changes, ..*push })?;
        let kept = ack.fates.iter().all(|fate| matches!(fate, Fate::Accepted | Fate::Duplicate | Fate::Parked));
        ack.fates.push(if kept { Fate::Superseded } else { Fate::NotYet });
        ack.fates.resize(push.changes.len(), Fate::NotYet);
        Ok((ack, village))
    }

    fn take(&mut self, push: &Pushed) -> Result<(Ack, Option<DivisionCode>), Trouble> {
        let Some(place) = self.place(push.document)? else { return Ok((self.turn_away(push, None)?, None)) };
        if self.whole(push.document)?.is_none() {
            // An ack that was lost: what the author pushes again may be what is damaged here.
            self.mend(push.document, &push.changes)?;
        }
        let is_frozen = parked::is_frozen(self.tx, self.caller.device, push.document)?;
        if is_frozen || !access::may_write(&self.rights.now, push.document, place) {
            let parks = is_frozen || access::may_write(&self.rights.ever, push.document, place);
            return Ok((self.turn_away(push, parks.then_some(place))?, None));
        }
        let actor = Actor::derive(self.caller.device, push.document, push.incarnation);
        let author = Author::Device(self.caller.device, push.incarnation);
        let (mut fates, mut passed, mut seals) =
            (Vec::with_capacity(push.changes.len()), Passed::default(), Vec::new());
        let mut room = self.draft_room(push.document)?;
        for bytes in &push.changes {
            let Some(document) = self.whole(push.document)? else { break };
            let fate = match judge(document, author, bytes) {
                Ok(Pass::New(_)) if !drafting::fits(&mut room, document, author, bytes) => Fate::NotAllowed,
                Ok(Pass::New(judged)) => {
                    passed.note(&judged);
                    judged.apply(document).map_err(|_| Trouble::Damaged("a judged change was not taken in"))?;
                    Fate::Accepted
                }
                Ok(Pass::Duplicate) => {
                    let seq = Document::hash_of(bytes).and_then(|hash| document.seq_of(hash));
                    seals.extend(self.seal(push.document, actor, seq.unwrap_or_default())?);
                    Fate::Duplicate
                }
                // The phone gives back what the server lost, or what came out of order.
                Err(GateRefusal::UnknownDependency) => {
                    let (next, seq) = (document.last_seq(actor) + 1, place_of(bytes));
                    if seq.is_some_and(|(_, seq)| next < seq) {
                        self.lacking.insert((push.document, actor), next);
                    }
                    Fate::NotYet
                }
                Err(refusal) => {
                    self.quarantine(push.document, refusal.to_string(), bytes)?;
                    Fate::Refused(refusal)
                }
            };
            fates.push(fate);
            if !matches!(fate, Fate::Accepted | Fate::Duplicate) {
                break;
            }
        }
        fates.resize(push.changes.len(), Fate::NotYet);
        seals.dedup();
        let mut ack = Ack { document: push.document, fates, seals, at: None };
        if passed.hashes.is_empty() {
            if ack.fates.first() == Some(&Fate::Duplicate) {
                let feed = document::find(self.tx, push.document)?.map_or(0, |row| row.feed);
                ack.at = Some(self.cursor(feed, document::feed_end(self.tx, feed)?));
            }
            return Ok((ack, None));
        }
        // Behind the first that was accepted there are no duplicates: each is the next of its line.
        let from = ack.fates.iter().position(|fate| *fate == Fate::Accepted).unwrap_or_default();
        let line = Line::of(push.changes[from..from + passed.hashes.len()].iter().map(Vec::as_slice));
        let whose = Whose { actor, device: Some(self.caller.device), person: self.caller.person };
        let (row, end) = self.keep(push.document, place, whose, &passed, &line, self.now)?;
        ack.seals.push(self.receipts.seal(
            push.document,
            &Sealed {
                first_seq: passed.first_seq,
                last_seq: passed.first_seq + passed.hashes.len() as u64 - 1,
                received: self.now,
                hash: passed.hashes[passed.hashes.len() - 1],
                person: self.caller.person,
            },
        ));
        ack.at = Some(self.cursor(row.feed, end));
        let is_draft = push.document.kind() == DocumentKind::Draft;
        self.drafts |= is_draft;
        Ok((ack, Some(place.division).filter(|_| !is_draft)))
    }

    /// Puts changes of one line back where the stored ones are damaged, if they are those: their hashes say so.
    fn mend(&mut self, id: DocumentId, changes: &[Vec<u8>]) -> Result<(), Trouble> {
        let begins = changes.first().and_then(|first| place_of(first));
        let (Some(row), Some((actor, first_seq))) = (document::find(self.tx, id)?, begins) else { return Ok(()) };
        let hashed = |change: &Vec<u8>| Some((change.clone(), Document::hash_of(change)?));
        let hashed: Vec<_> = changes.iter().filter_map(hashed).collect();
        if damage::repair(self.tx, row.key, actor, first_seq, &hashed)? > 0 {
            self.documents.forget(id);
            if let Owner::Draft(entry) = id.owner() {
                // Its author's devices may have read all that there is: it is told with what comes next.
                let number = document::feed_end(self.tx, row.feed)?.last + 1;
                self.close_if_done(entry, draft::At { feed: row.feed, number })?;
            }
            let tx = self.tx;
            match (id.owner(), self.whole(id)?) {
                // The tenure's days may have changed while nobody could read the log.
                (Owner::Log(tenure), Some(_)) => read_model::follow_tenure(tx, tenure)?,
                // A new schema may have asked for its issues meanwhile.
                (Owner::Village(village), Some(document)) => read_model::issue::follow_village(tx, village, document)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The document; nothing while some of it is damaged and nobody has given it back.
    pub fn whole(&mut self, id: DocumentId) -> Result<Option<&mut Document>, Trouble> {
        match self.documents.get(self.tx, id) {
            Ok(_) => self.documents.get(self.tx, id).map(Some),
            Err(Trouble::Rotten { bundle }) => {
                tracing::error!(bundle, document = %id, "stored changes are damaged; waiting for a replica to give them back");
                damage::note(self.tx, bundle)?;
                Ok(None)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Changes by someone who may not write there. With a place they are parked, for the township to decide; without one
    /// they are refused. What came while they might, and whose ack was lost, is a duplicate all the same.
    pub fn turn_away(&mut self, push: &Pushed, parks_at: Option<Place>) -> Result<Ack, Trouble> {
        let actor = Actor::derive(self.caller.device, push.document, push.incarnation);
        // A draft is not for the township to see.
        let parks_at = parks_at.filter(|_| push.document.kind() != DocumentKind::Draft);
        let (mut fates, mut seals) = (Vec::new(), Vec::new());
        let is_known = document::find(self.tx, push.document)?.is_some();
        for change in &push.changes {
            let there = match Document::hash_of(change).filter(|_| is_known) {
                Some(hash) => self.whole(push.document)?.map(|document| document.seq_of(hash)),
                None => Some(None),
            };
            let Some(there) = there else { break };
            let fate = match (there, parks_at) {
                (Some(seq), _) => {
                    seals.extend(self.seal(push.document, actor, seq)?);
                    Fate::Duplicate
                }
                (None, Some(place)) => self.park(push, place, change)?,
                (None, None) => {
                    self.quarantine(push.document, "not_allowed".to_owned(), change)?;
                    Fate::NotAllowed
                }
            };
            fates.push(fate);
            if !matches!(fate, Fate::Duplicate | Fate::Parked) {
                break;
            }
        }
        fates.resize(push.changes.len(), Fate::NotYet);
        seals.dedup();
        Ok(Ack { document: push.document, fates, seals, at: None })
    }

    /// Puts a change aside as it came; the gate judges it when it is released.
    fn park(&mut self, push: &Pushed, Place { division: village, .. }: Place, change: &[u8]) -> Result<Fate, Trouble> {
        let Caller { person, device, .. } = self.caller;
        let actor = Actor::derive(device, push.document, push.incarnation);
        let (begins, hash) = (place_of(change), Document::hash_of(change));
        let (Some((_, seq)), Some(hash)) = (begins.filter(|(author, _)| *author == actor), hash) else {
            self.quarantine(push.document, GateRefusal::ForgedActor.to_string(), change)?;
            return Ok(Fate::Refused(GateRefusal::ForgedActor));
        };
        let new = New {
            document: push.document,
            village,
            person,
            device,
            incarnation: push.incarnation,
            actor,
            seq,
            hash,
            received: self.now,
            command: self.commands.get(&hash).copied(),
            bytes: change,
        };
        let is_kept = parked::is_known(self.tx, push.document, hash)? || parked::put(self.tx, &new)?;
        Ok(if is_kept { Fate::Parked } else { Fate::NotYet })
    }

    /// Takes back what this server lost: any replica may give it, with this server's receipt.
    fn refill(&mut self, given: &Given) -> Result<(Refilled, Option<DivisionCode>), Trouble> {
        let place = self.place(given.document)?;
        let mut changed = None;
        let mut fates = Vec::with_capacity(given.bundles.len());
        let gone = superseded::fate(self.tx, given.document)?;
        for (bundle, changes) in &given.bundles {
            let fate = match place {
                Some(_) if let Some(fate) = gone => fate,
                Some(_) if superseded::clean(self.tx, changes)? < changes.len() => Fate::Superseded,
                Some(place) => self.refill_bundle(given.document, place, bundle, changes)?,
                // The restored database does not know the tenure; it is imported again first.
                None => Fate::NotYet,
            };
            if fate == Fate::Accepted && given.document.kind() != DocumentKind::Draft {
                changed = place.map(|place| place.division);
            }
            fates.push(fate);
        }
        Ok((Refilled { document: given.document, fates }, changed))
    }

    fn refill_bundle(
        &mut self,
        id: DocumentId,
        place: Place,
        bundle: &Bundle,
        changes: &[Vec<u8>],
    ) -> Result<Fate, Trouble> {
        let hash = changes.last().and_then(|change| Document::hash_of(change));
        let (Some(hash), Some((actor, first_seq))) = (hash, bundle.line.begins()) else { return Ok(Fate::NotAllowed) };
        let about = About {
            document: id,
            first_seq,
            last_seq: first_seq.wrapping_add(changes.len() as u64 - 1),
            hash,
            person: bundle.person,
            received: bundle.received_at,
        };
        let is_of_another = id.kind() == DocumentKind::Draft && place.holder != Some(bundle.person);
        if self.receipts.write(&about) != bundle.receipt || is_of_another {
            return Ok(Fate::NotAllowed);
        }
        if person::find(self.tx, bundle.person)?.is_none() {
            // The restored database does not know them; they are imported again first.
            return Ok(Fate::NotYet);
        }
        self.mend(id, changes)?;
        let (mut passed, mut new) = (Passed::default(), Vec::new());
        let mut fate = Fate::Duplicate;
        for change in changes {
            let Some(document) = self.whole(id)? else {
                fate = Fate::NotYet;
                break;
            };
            match judge(document, Author::Anyone, change) {
                Ok(Pass::New(judged)) => {
                    passed.note(&judged);
                    new.push(change.as_slice());
                    judged.apply(document).map_err(|_| Trouble::Damaged("a judged change was not taken in"))?;
                    fate = Fate::Accepted;
                }
                Ok(Pass::Duplicate) => {}
                Err(GateRefusal::UnknownDependency) => {
                    fate = Fate::NotYet;
                    break;
                }
                Err(refusal) => {
                    self.quarantine(id, refusal.to_string(), change)?;
                    fate = Fate::Refused(refusal);
                    break;
                }
            }
        }
        if !new.is_empty() {
            let whose = Whose { actor, device: None, person: bundle.person };
            self.keep(id, place, whose, &passed, &Line::of(new), bundle.received_at)?;
        }
        Ok(fate)
    }

    /// Writes what passed to the disk and brings the read model in line.
    pub fn keep(
        &mut self,
        id: DocumentId,
        place: Place,
        whose: Whose,
        passed: &Passed,
        line: &Line,
        received: Moment,
    ) -> Result<(DocumentRow, FeedEnd), Trouble> {
        let row = document::find_or_begin(self.tx, id, place)?;
        let actor = document::actor(self.tx, row.key, whose.actor, whose.device, whose.person)?;
        let Passed { hashes, first_seq, touched } = passed;
        let accepted = Accepted { document: row, actor, first_seq: *first_seq, hashes, line, received };
        let end = document::append(self.tx, &accepted)?;
        let document = self.documents.get(self.tx, id)?;
        read_model::follow(self.tx, document, place, touched, received)?;
        let at = draft::At { feed: row.feed, number: end.last };
        if let Owner::Draft(entry) = id.owner() {
            self.close_if_done(entry, at)?;
        }
        for entry in touched.iter().filter(|it| it.container == Container::Entries).filter_map(|it| it.key.parse().ok())
        {
            self.close_if_done(entry, at)?;
        }
        Ok((row, end))
    }

    fn cursor(&self, feed: i64, end: FeedEnd) -> Cursor {
        let (feed, number) = (feed.cast_unsigned(), end.last.cast_unsigned());
        Cursor { feed, epoch: self.epoch, number, digest: end.digest }
    }

    /// The seal on a change that came before.
    fn seal(&self, id: DocumentId, actor: Actor, seq: u64) -> Result<Option<Seal>, Trouble> {
        let Some(row) = document::find(self.tx, id)? else { return Ok(None) };
        Ok(document::sealed(self.tx, row.key, actor, seq)?.map(|sealed| self.receipts.seal(id, &sealed)))
    }

    pub fn quarantine(&self, document: DocumentId, code: String, bytes: &[u8]) -> Result<(), Trouble> {
        let Caller { person, device, .. } = self.caller;
        quarantine::put(self.tx, &Refused { received: self.now, person, device, document, code, bytes })
    }
}

/// Who wrote changes, as far as it is known.
pub(super) struct Whose {
    pub actor: Actor,
    pub device: Option<DeviceId>,
    pub person: PersonId,
}
