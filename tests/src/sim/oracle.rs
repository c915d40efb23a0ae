//! What must be true of a run, held by means of its own wherever that is possible: the log is read with SQL, the changes
//! on a phone are found and hashed without the replica, documents are merged by automerge alone.
use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, Change};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use zhucun_core::clock::Moment;
use zhucun_core::contract::{EntryView, EventKind, Query, View};
use zhucun_core::document::{DocumentId, DocumentKind, genesis_change};
use zhucun_core::id::PersonId;
use zhucun_core::wire::{self, Fate, Line, Push, ReplyFrame, RequestFrame};
use zhucun_server::store::{Connection, Trouble, audit, document, meta, read_model};

use super::counter::Counters;
use super::phone::{Hash, Phone, hash_of};
use super::server::Server;
use super::world::World;

/// A change as the server keeps it.
#[derive(Clone, Debug)]
pub struct Logged {
    key: i64,
    feed: i64,
    number: i64,
    pub document: DocumentId,
    actor: i64,
    seq: i64,
    pub hash: Hash,
    pub bytes: Vec<u8>,
}

impl Logged {
    /// Of drafts only their place in the feed is known: what is done leaves its hashes.
    fn is_draft(&self) -> bool {
        self.document.kind() == DocumentKind::Draft
    }
}

/// What a screen was told is saved.
#[derive(Clone, Debug)]
pub struct Promise {
    pub phone: usize,
    pub what: &'static str,
    /// Texts that all stand in one change, or in one row of the phone.
    pub needles: Vec<String>,
    /// Of a restoration: the words of the withdrawals and voids that it was to undo.
    pub undoes: Vec<String>,
    /// The disk that held it was lost before the server had it.
    pub excused: bool,
}

#[derive(Default)]
pub struct Oracle {
    pub log: Vec<Logged>,
    hashes: BTreeSet<Hash>,
    /// Acknowledged, and not undone by a restore.
    acked: BTreeMap<Hash, (DocumentId, Vec<u8>)>,
    /// Acknowledged in replies that their devices took in whole.
    heard: BTreeSet<Hash>,
    /// Of those, what a server acknowledged that was put back to an earlier day since. What a device never heard of still
    /// waits there, and may be made again under another name.
    owed: BTreeMap<Hash, (DocumentId, Vec<u8>)>,
    /// Acknowledged by such a server in replies that may still be on their way.
    unheard: BTreeMap<Hash, (DocumentId, Vec<u8>)>,
    pub promises: Vec<Promise>,
    /// What entries hold and what the issues that were raised with them hold: both are in the log, or neither.
    pub joined: Vec<(Vec<String>, String)>,
    /// Who was first to bring a draft.
    drafts: BTreeMap<DocumentId, PersonId>,
    /// What stood in bundles of which a bit was flipped, by the hash of the last change.
    rotten: BTreeMap<Hash, Vec<Logged>>,
}

/// Who is answered.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    pub person: PersonId,
    pub today: Date,
    pub is_hostile: bool,
    /// Find out what the phone must hold after this reply.
    pub look: bool,
}

/// What a reply said, as far as the run wants to know.
#[derive(Clone, Debug, Default)]
pub struct Replied {
    /// All that the phone must hold once it has taken the reply in; only now and then.
    pub owed: Option<BTreeMap<DocumentId, BTreeSet<Hash>>>,
    pub deltas: usize,
    pub ended: bool,
    /// Acknowledged changes.
    pub acked: Vec<Hash>,
    /// The acks, for the trace.
    pub acks: String,
}

/// Whether what was to be undone is: where it was done again after a refusal, somebody else had done it or said something to
/// which the withdrawal yields, and there was nothing left to do. What takes the entry back since is no concern of it.
fn is_restored(phone: &Phone, promise: &Promise, now: Moment) -> bool {
    let entry = promise.needles.first().and_then(|entry| entry.parse().ok());
    let Some(entry) = entry.filter(|_| promise.what == "a restoration") else { return false };
    let View::Entry(view) = phone.see(now, &Query::Entry { entry }) else { return false };
    !standing(&view).any(|text| promise.undoes.iter().any(|undone| undone == text))
}

/// The words of what takes an entry back.
pub fn standing(view: &EntryView) -> impl Iterator<Item = &str> {
    view.events.iter().filter(|event| !event.undone).filter_map(|event| match &event.kind {
        EventKind::Withdrawn { text } | EventKind::Voided { text, .. } => Some(text.as_str()),
        _ => None,
    })
}

impl Oracle {
    /// Reads what came to the log since it was last read.
    pub fn read(&mut self, server: &Server) -> Result<(), String> {
        let last = self.log.last().map_or(0, |logged| logged.key);
        let rows = server.read(|connection| logged_after(connection, last, &self.rotten));
        let rows = rows.map_err(|trouble| trouble.to_string())?;
        for logged in rows {
            if !self.hashes.insert(logged.hash) {
                return Err(format!("a change of {} is in the log twice", logged.document));
            }
            self.log.push(logged);
        }
        Ok(())
    }

    /// The bundles of the log.
    pub fn bundles(&self) -> Vec<i64> {
        let keys: BTreeSet<i64> =
            self.log.iter().filter(|logged| !logged.is_draft()).map(|logged| logged.key).collect();
        keys.into_iter().collect()
    }

    /// A bit of a bundle is about to flip.
    pub fn rots(&mut self, key: i64) {
        let whole: Vec<Logged> = self.log.iter().filter(|logged| logged.key == key).cloned().collect();
        self.rotten.extend(whole.last().map(|last| last.hash).map(|hash| (hash, whole)));
    }

    /// The damaged bundles of which no phone holds every change, with what stood in them.
    pub fn past_help(&self, server: &Server, held: &BTreeSet<Hash>) -> Result<Vec<(i64, Vec<u8>)>, String> {
        let read = |connection: &Connection| {
            let mut rows = connection.prepare("SELECT key, hash FROM bundle JOIN damaged ON bundle = bundle.key")?;
            let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<Vec<(i64, Hash)>, _>>()?)
        };
        let damaged = server.read(read).map_err(|trouble| trouble.to_string())?;
        let lost = damaged.into_iter().filter_map(|(key, hash)| {
            let whole = self.rotten.get(&hash)?;
            let is_held = whole.iter().all(|logged| held.contains(&logged.hash));
            let line = Line::of(whole.iter().map(|logged| logged.bytes.as_slice()));
            (!is_held).then(|| (key, line.as_bytes().to_vec()))
        });
        Ok(lost.collect())
    }

    /// Reads the whole log again, after the server opened what a crash left: what was acknowledged is there.
    pub fn recovered(&mut self, server: &Server) -> Result<(), String> {
        self.reread(server)?;
        let lost = self.acked.keys().filter(|hash| !self.hashes.contains(*hash)).count();
        if lost > 0 {
            return Err(format!("{lost} acknowledged changes did not survive a crash"));
        }
        Ok(())
    }

    /// Reads the whole log again, after the server was put back: what it lost it must be given again.
    pub fn restored(&mut self, server: &Server) -> Result<(), String> {
        self.reread(server)?;
        let acked = core::mem::take(&mut self.acked);
        let (kept, owed): (BTreeMap<_, _>, BTreeMap<_, _>) =
            acked.into_iter().partition(|(hash, _)| self.hashes.contains(hash));
        self.acked = kept;
        let (owed, unheard): (BTreeMap<_, _>, BTreeMap<_, _>) =
            owed.into_iter().partition(|(hash, _)| self.heard.contains(hash));
        self.owed.extend(owed);
        self.unheard.extend(unheard);
        Ok(())
    }

    fn reread(&mut self, server: &Server) -> Result<(), String> {
        self.log.clear();
        self.hashes.clear();
        self.read(server)
    }

    /// Holds a reply against what its reader may see, and remembers what it acknowledges.
    pub fn replied(
        &mut self,
        server: &Server,
        world: &World,
        reader: &Reader,
        request: &[u8],
        body: &[u8],
        counters: &mut Counters,
    ) -> Result<Replied, String> {
        let frames = wire::unpack::<ReplyFrame>(body).map_err(|error| format!("a reply of the server: {error}"))?;
        let mut pushes = pushes(request).into_iter();
        let mut replied = Replied::default();
        for frame in &frames {
            match frame {
                ReplyFrame::Welcome(welcome) => counters.add("reply: starts over", welcome.starts_over.into()),
                ReplyFrame::Tokens(_) => counters.count("reply: tokens"),
                ReplyFrame::Ack(ack) => {
                    let push = pushes.next().ok_or("more acks than pushes")?;
                    let changes = push.line.changes().map_err(|error| error.to_string())?;
                    if push.document != ack.document || changes.len() != ack.fates.len() {
                        return Err(format!("an ack of {} is not for its push", ack.document));
                    }
                    replied.acks += &format!(", {}#{} {:?}", ack.document, push.incarnation, ack.fates);
                    for (fate, change) in ack.fates.iter().zip(&changes) {
                        counters.count(match fate {
                            Fate::Accepted => "fate: accepted",
                            Fate::Duplicate => "fate: duplicate",
                            Fate::NotYet => "fate: not yet",
                            Fate::Parked => "fate: parked",
                            Fate::NotAllowed => "fate: not allowed",
                            Fate::Superseded => "fate: superseded",
                            Fate::Refused(_) => "fate: refused",
                        });
                        if ack.document.kind() == DocumentKind::Draft {
                            counters.add("draft: on the server", (*fate == Fate::Accepted).into());
                            continue;
                        }
                        if matches!(fate, Fate::Accepted | Fate::Duplicate) && !reader.is_hostile {
                            self.acked.insert(hash_of(change), (ack.document, change.to_vec()));
                            self.owed.remove(&hash_of(change));
                            replied.acked.push(hash_of(change));
                        }
                    }
                }
                ReplyFrame::Delta(delta) => {
                    replied.deltas += 1;
                    counters.count("reply: delta");
                    if delta.document.kind() == DocumentKind::Draft {
                        counters.count("draft: on another device");
                        self.is_of(reader.person, delta.document)?;
                    } else if !world.reads(reader.person, delta.document, reader.today) {
                        return Err(format!("{} went to somebody who may not see it", delta.document));
                    }
                }
                ReplyFrame::Refilled(refilled) => {
                    let taken = refilled.fates.iter().filter(|fate| **fate == Fate::Accepted).count();
                    counters.add("refill: taken", taken as u64);
                    replied.acks += &format!(", {} given back {:?}", refilled.document, refilled.fates);
                }
                ReplyFrame::Want(want) => {
                    counters.count("refill: wanted");
                    replied.acks += &format!(", {} wanted {:?}", want.document, want.lines);
                }
                ReplyFrame::Closed(closed) => {
                    counters.count("draft: done");
                    self.is_of(reader.person, closed.document)?;
                }
                // Without cursors nothing was read: the server asks what the phone holds. With more to come it was not all.
                ReplyFrame::End(end) => replied.ended = !end.cursors.is_empty() && !end.more,
                ReplyFrame::Parked(_)
                | ReplyFrame::Coverage(_)
                | ReplyFrame::Reference(_)
                | ReplyFrame::Checkpoint(_) => {}
            }
        }
        // Nobody is sent what is damaged, or what came after it.
        if reader.look && replied.ended && server.damaged()? == 0 {
            self.read(server)?;
            replied.owed = Some(self.entitled(world, reader.person, reader.today));
        }
        Ok(replied)
    }

    /// A request came to the server: whatever becomes of it, who is first to bring a draft wrote it.
    pub fn asked(&mut self, person: PersonId, request: &[u8]) {
        for push in pushes(request).iter().filter(|push| push.document.kind() == DocumentKind::Draft) {
            self.drafts.entry(push.document).or_insert(person);
        }
    }

    /// Nobody hears of another's draft.
    fn is_of(&self, person: PersonId, draft: DocumentId) -> Result<(), String> {
        match self.drafts.get(&draft) {
            Some(author) if *author == person => Ok(()),
            _ => Err(format!("{draft} went to somebody who did not write it")),
        }
    }

    /// The changes that a person is entitled to, by document.
    pub fn entitled(&self, world: &World, person: PersonId, today: Date) -> BTreeMap<DocumentId, BTreeSet<Hash>> {
        let mut found: BTreeMap<DocumentId, BTreeSet<Hash>> = BTreeMap::new();
        for logged in self.log.iter().filter(|logged| world.reads(person, logged.document, today)) {
            found.entry(logged.document).or_default().insert(logged.hash);
        }
        found
    }

    /// How often what was promised stands in the log.
    fn applied(&self, promise: &Promise) -> usize {
        let holds = |logged: &&Logged| promise.needles.iter().all(|needle| stands_in(&logged.bytes, needle));
        self.log.iter().filter(holds).count()
    }

    /// Whether the server has taken over what was promised: also when it cannot be asked just now.
    fn is_taken_over(&self, promise: &Promise) -> bool {
        let told = self
            .acked
            .values()
            .chain(self.owed.values())
            // Of a reply that broke off a phone may have taken in the acks.
            .chain(self.unheard.values())
            .map(|(_, bytes)| bytes)
            .chain(self.log.iter().map(|logged| &logged.bytes));
        told.into_iter().any(|bytes| promise.needles.iter().all(|needle| stands_in(bytes, needle)))
    }

    /// A device took a reply in.
    pub fn heard(&mut self, replied: &Replied) {
        self.heard.extend(&replied.acked);
        for hash in &replied.acked {
            let late = self.unheard.remove(hash).filter(|_| !self.hashes.contains(hash));
            self.owed.extend(late.map(|change| (*hash, change)));
        }
    }

    /// Excuses what only a phone's disk held, before it is lost.
    pub fn lose_disk(&mut self, phone: usize) {
        let lost: Vec<bool> = self
            .promises
            .iter()
            .map(|promise| promise.phone == phone && !promise.excused && !self.is_taken_over(promise))
            .collect();
        for (promise, lost) in self.promises.iter_mut().zip(lost) {
            promise.excused |= lost;
        }
    }

    /// Excuses what the server lost and no phone holds any more, before or after it lost it.
    pub fn give_up(&mut self, phones: &[Phone]) -> Result<(), String> {
        let mut held = BTreeSet::new();
        // A hostile one gives nothing back.
        for phone in phones.iter().filter(|phone| !phone.is_hostile) {
            held.extend(phone.changes()?.into_values().flatten());
        }
        self.owed.retain(|hash, _| held.contains(hash));
        // Nor does what was acknowledged in a reply that broke off wait on a device whose disk is gone.
        self.unheard.retain(|hash, _| held.contains(hash));
        let kept = |promise: &Promise| {
            let here = promise.needles.iter().all(|needle| phones[promise.phone].keeps(needle));
            here || promise.excused || self.is_taken_over(promise)
        };
        let lost: Vec<bool> = self.promises.iter().map(|promise| !kept(promise)).collect();
        for (promise, lost) in self.promises.iter_mut().zip(lost) {
            promise.excused |= lost;
        }
        Ok(())
    }

    /// After a phone opened from its disk: all it promised is there, or with the server. Where a server may lose what a
    /// copied phone said, that may be what was to be restored.
    pub fn keeps_promises(&self, at: usize, phone: &Phone, now: Moment, loses_nothing: bool) -> Result<(), String> {
        let is_held = |promise: &&Promise| {
            promise.phone == at && !promise.excused && (loses_nothing || promise.what != "a restoration")
        };
        for promise in self.promises.iter().filter(is_held) {
            let kept = promise.needles.iter().all(|needle| phone.keeps(needle));
            if !kept && !self.is_taken_over(promise) && !is_restored(phone, promise, now) {
                return Err(format!("{} forgot {} {:?}", phone.name, promise.what, promise.needles));
            }
        }
        Ok(())
    }

    /// At the end: each promise was kept once.
    pub fn settles_promises(&self, world: &World, phones: &[Phone], now: Moment, is_exact: bool) -> Result<(), String> {
        for promise in
            self.promises.iter().filter(|promise| !promise.excused && !self.has_no_place(world, &promise.needles))
        {
            let applied = self.applied(promise);
            let who = phones[promise.phone].who;
            let letters: usize =
                phones.iter().filter(|phone| phone.who == who).map(|phone| phone.letters(&promise.needles)).sum();
            let is_draft = promise.what == "a draft" && phones[promise.phone].keeps(&promise.needles[0]);
            let name = &phones[promise.phone].name;
            let told = || format!("{} of {name} {:?}", promise.what, promise.needles);
            if applied + letters == 0 && !is_draft && !is_restored(&phones[promise.phone], promise, now) {
                return Err(format!("{} is lost", told()));
            }
            // A draft becomes an entry; one version may be confirmed on two phones, one entry restored again and
            // again. A draft that is on two phones may be recorded on both: then it is one entry, written twice.
            let same = |other: &&Promise| other.what == promise.what && other.needles == promise.needles;
            let told_times = self.promises.iter().filter(same).count();
            // What an undoing names an answer to the same event names too.
            let is_told_once = !matches!(promise.what, "a draft" | "a confirmation" | "a restoration" | "an undoing");
            if is_exact && is_told_once && applied + letters > told_times {
                return Err(format!("{} was applied {applied} times and has {letters} dead letters", told()));
            }
        }
        Ok(())
    }

    /// At the end: what one command made is there whole or not at all. A restored server has no place for the log of a tenure
    /// that is newer than the backup; the other half is there until somebody imports it. And a half that nobody holds any
    /// more, neither the server nor a phone, stays away.
    pub fn settles_joined(&self, world: &World) -> Result<(), String> {
        let stands = |needles: &[String]| {
            self.log.iter().any(|logged| needles.iter().all(|needle| stands_in(&logged.bytes, needle)))
        };
        for (entry, issue) in self.joined.iter().filter(|(entry, _)| !self.has_no_place(world, entry)) {
            let issue_needles = core::slice::from_ref(issue);
            let (has_entry, has_issue) = (stands(entry), stands(issue_needles));
            let missing = if has_entry { issue_needles } else { entry };
            let is_given_up = || self.promises.iter().any(|promise| promise.excused && promise.needles == missing);
            if has_entry != has_issue && !is_given_up() {
                return Err(format!(
                    "half of a command is there: entry {entry:?} {has_entry}, issue {issue} {has_issue}"
                ));
            }
        }
        Ok(())
    }

    /// Whether something said is in a document for which a restored server has no place.
    fn has_no_place(&self, world: &World, needles: &[String]) -> bool {
        let owed = self.owed.values().chain(self.unheard.values());
        let strange = owed.filter(|(document, _)| !world.knows(*document));
        strange.into_iter().any(|(_, bytes)| needles.iter().all(|needle| stands_in(bytes, needle)))
    }

    /// At the end: what was ever acknowledged is in the log.
    pub fn settles_acks(&self, world: &World) -> Result<(), String> {
        // A restored server has no place for the documents of a tenure that is newer than the backup.
        let owed = self.owed.iter().filter(|(_, (document, _))| world.knows(*document));
        let lost: Vec<String> = self
            .acked
            .iter()
            .chain(owed)
            .filter(|(hash, _)| !self.hashes.contains(*hash))
            .map(|(_, (document, _))| document.to_string())
            .collect();
        if lost.is_empty() {
            Ok(())
        } else {
            Err(format!("acknowledged changes are not in the log: {}", lost.join(", ")))
        }
    }

    /// Everything that the server's own checks and ours find in its database.
    pub fn checks_database(&self, server: &Server) -> Result<(), String> {
        let found = server.read(|connection| {
            let mut found = meta::check(connection)?;
            found.extend(document::check(connection)?);
            found.extend(read_model::check(connection)?);
            if let Err(number) = audit::check(connection)? {
                found.push(format!("the audit log breaks at {number}"));
            }
            Ok(found)
        });
        let found = found.map_err(|trouble| trouble.to_string())?;
        if !found.is_empty() {
            return Err(found.join("; "));
        }
        self.is_dense()
    }

    /// Feeds count without a gap, and so does every actor.
    fn is_dense(&self) -> Result<(), String> {
        let (mut feeds, mut actors) = (BTreeMap::new(), BTreeMap::new());
        let mut bundle = 0;
        for logged in &self.log {
            if logged.key != bundle {
                bundle = logged.key;
                let last = feeds.entry(logged.feed).or_insert(0_i64);
                *last += 1;
                if logged.number != *last {
                    return Err(format!("a feed goes on with {} where {last} comes next", logged.number));
                }
            }
            if logged.is_draft() {
                continue;
            }
            let last = actors.entry(logged.actor).or_insert(0_i64);
            *last += 1;
            if logged.seq != *last {
                return Err(format!("an actor goes on with {} where {last} comes next", logged.seq));
            }
        }
        Ok(())
    }

    /// Merges every document by automerge alone: each change is taken in, and what is saved loads to the same. With
    /// `each`, after every change.
    pub fn merges(&self, each: bool) -> Result<(), String> {
        let mut documents: BTreeMap<DocumentId, Automerge> = BTreeMap::new();
        for logged in self.log.iter().filter(|logged| !logged.is_draft()) {
            let merged = documents.entry(logged.document).or_insert_with(|| {
                let mut begun = Automerge::new();
                begun.apply_changes([genesis_change(logged.document.kind()).clone()]).expect("the genesis is sound");
                begun
            });
            let change = Change::from_bytes(logged.bytes.clone()).map_err(|error| error.to_string())?;
            if change.hash().0 != logged.hash {
                return Err(format!("a change of {} has another hash", logged.document));
            }
            merged.apply_changes([change]).map_err(|error| error.to_string())?;
            if merged.get_change_meta_by_hash(&automerge::ChangeHash(logged.hash)).is_none() {
                return Err(format!("a change of {} builds on what is not there", logged.document));
            }
            if each {
                reloads(logged.document, merged)?;
            }
        }
        documents.iter().try_for_each(|(id, merged)| reloads(*id, merged))
    }
}

fn reloads(id: DocumentId, merged: &Automerge) -> Result<(), String> {
    let again = Automerge::load(&merged.save()).map_err(|error| format!("{id}: {error}"))?;
    let changes = |of: &Automerge| of.get_changes(&[]).len();
    if again.get_heads() != merged.get_heads() || changes(&again) != changes(merged) {
        return Err(format!("{id} saves to something else"));
    }
    Ok(())
}

fn stands_in(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// The pushes of a request, if it can be read.
pub fn pushes(request: &[u8]) -> Vec<Push> {
    let frames = wire::unpack::<RequestFrame>(request).unwrap_or_default();
    let push = |frame| match frame {
        RequestFrame::Push(push) => Some(push),
        RequestFrame::Hello(_) | RequestFrame::Holding(_) | RequestFrame::Refill(_) | RequestFrame::Joint(_) => None,
    };
    frames.into_iter().filter_map(push).collect()
}

/// The log after a bundle. Where a bit was flipped it is known what stood there.
fn logged_after(
    connection: &Connection,
    last: i64,
    rotten: &BTreeMap<Hash, Vec<Logged>>,
) -> Result<Vec<Logged>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT bundle.rowid, bundle.feed, number, document.id, bundle.actor, first_seq, bytes, checksum, hash
         FROM bundle JOIN document ON document.key = bundle.document
         WHERE bundle.rowid > ?1 ORDER BY bundle.rowid",
    )?;
    let mut rows = rows.query([last])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, bytes, sum): (Vec<u8>, Vec<u8>, i64) = (row.get(3)?, row.get(6)?, row.get(7)?);
        let document = DocumentId::from_bytes(&id).ok_or(Trouble::Damaged("not the id of a document"))?;
        if document.kind() == DocumentKind::Draft {
            let (key, feed, number, actor, seq, hash) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(4)?, row.get(5)?, row.get(8)?);
            found.push(Logged { key, feed, number, document, actor, seq, hash, bytes: Vec::new() });
            continue;
        }
        let changes = if wire::first_eight(&Sha256::digest(&bytes).into()).cast_signed() == sum {
            let line = miniz_oxide::inflate::decompress_to_vec(&bytes).map_err(|_| Trouble::Damaged("a bundle"))?;
            Line::from_bytes(line).changes().map_err(|_| Trouble::Damaged("a line of changes"))?
        } else {
            let whole = rotten.get(&row.get::<_, Hash>(8)?).ok_or(Trouble::Damaged("a bundle nobody touched"))?;
            whole.iter().map(|logged| logged.bytes.clone()).collect()
        };
        let first_seq: i64 = row.get(5)?;
        for (seq, bytes) in (first_seq..).zip(changes) {
            let (key, feed, number, actor) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(4)?);
            found.push(Logged { key, feed, number, document, actor, seq, hash: hash_of(&bytes), bytes });
        }
    }
    Ok(found)
}
