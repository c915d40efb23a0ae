//! What a caller is owed: the changes of the documents in their scope that they have not read, in the order of the
//! documents' ids, with checkpoints. It reads rows only; no document is loaded to be sent.
use std::collections::{BTreeMap, BTreeSet};

use zhucun_core::access::{self, Caller as Holder};
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::document::{Document, DocumentId, DocumentKind};
use zhucun_core::id::PersonId;
use zhucun_core::leave::LeaveKind;
use zhucun_core::person::{Post, Role};
use zhucun_core::reference::{Reference, TenureExcusal, TenureLeave};
use zhucun_core::tenure::Tenure;
use zhucun_core::wire::{
    self, Bundle, Checkpoint, Closed, Coverage, Covered, Cursor, Delta, End, Hello, Holding, Parked, Reach,
    ReferenceData, ReplyFrame, Seal, Settled, Want, WantedLine,
};

use super::Rights;
use super::intake::place;
use super::receipt::{About, Receipts};
use crate::accounts::Caller;
use crate::refusal::Refusal;
use crate::store::document::{self, Candidate, Stored};
use crate::store::parked::{self, Decided, Lot};
use crate::store::value::number;
use crate::store::{
    Connection, Fault, Trouble, absence, calendar, damage, division, draft, excusal, generation, grant, leave, meta,
    person, policy, tenure,
};

/// Bytes of changes after which a complete document is followed by a checkpoint.
const CHECKPOINT_BYTES: usize = 16 * 1024;
/// Bytes of a reply's room that a draft which is done takes, and more for each actor in `seen`: enough that no reply has
/// more frames of them than a phone reads.
const CLOSED_BYTES: usize = 400;
const KNOWN_BYTES: usize = 32;
/// Calendar days before today that phones are sent; more where a tenure they are sent began earlier.
const CALENDAR_BACK_DAYS: i64 = 3 * 366;
const CALENDAR_AHEAD_DAYS: i64 = 2 * 366;

/// What goes out after the acks.
pub(super) struct Parts {
    pub starts_over: bool,
    pub frames: Vec<ReplyFrame>,
}

/// What the server is to a request.
#[derive(Clone, Copy)]
pub(super) struct Server {
    pub epoch: u64,
    pub receipts: Receipts,
    pub now: Moment,
}

/// Who asks, with what, and what they hold if they were asked to say.
pub(super) struct Asked {
    pub caller: Caller,
    pub hello: Hello,
    pub holdings: Vec<Holding>,
    /// The last change of each line that this very request brought: whoever sent it has it.
    pub brought: BTreeSet<[u8; 32]>,
    /// What it stands on and this server lacks.
    pub wants: Vec<Want>,
}

pub(super) fn deliver(connection: &Connection, server: Server, asked: &Asked) -> Result<Parts, Fault<Refusal>> {
    let Asked { caller, hello, holdings, brought, wants } = asked;
    let grants = grant::all(connection, caller.person)?;
    let scope = grant::version(connection, caller.person)?.cast_unsigned();
    let standing = || grants.iter().filter(|grant| grant.gone.is_none());
    let Rights { now: holder, ever } = Rights::by(caller.person, &grants);
    let reference = document::reference_version(connection)?;
    let mut frames = Vec::new();
    if !hello.parked.is_empty() {
        frames.push(ReplyFrame::Parked(lots(connection, &server, caller.person, &hello.parked)?));
    }
    // A database that went back may have given the same numbers to other data.
    if hello.reference != reference || hello.scope != scope || !holdings.is_empty() {
        let data = reference_data(connection, &holder, &ever, server.now)?;
        let json = serde_json::to_string(&data).expect("reference data is plain data with text keys");
        frames.push(ReplyFrame::Reference(ReferenceData { json }));
    }
    if hello.leaves {
        frames.push(ReplyFrame::Coverage(coverage(connection, server.epoch)?));
    }
    let tops = standing().filter(|grant| grant.post.role.replicates());
    // A scope later than there ever was here: the database went back, and what left the phone since is to come again.
    let known = if hello.scope > scope { 0 } else { hello.scope };
    let tops: Vec<Top> =
        tops.map(|grant| Top { division: grant.post.division, is_new: grant.since.cast_unsigned() > known }).collect();
    let feeds: BTreeSet<DivisionCode> = tops.iter().filter_map(|top| top.division.at(Level::County)).collect();
    let room = if hello.bytes_max == 0 { wire::REPLY_BYTES_MAX } else { hello.bytes_max.min(wire::REPLY_BYTES_MAX) };
    let told = holdings.iter().map(|holding| (holding.document, holding.reaches.as_slice())).collect();
    let mut delivery =
        Delivery { connection, brought, holder, hello, told, server, scope, frames, room, since_checkpoint: 0 };
    if delivery.told.is_empty() && delivery.is_lost()? {
        // Before anything is sent that may be there already, or is missed that only the client has: what does it hold?
        let cursors = Vec::new();
        delivery.frames.push(ReplyFrame::End(End { cursors, reference, scope: hello.scope, more: true }));
        return Ok(Parts { starts_over: true, frames: delivery.frames });
    }
    let (mut cursors, mut more) = (Vec::new(), false);
    for feed in &feeds {
        match delivery.feed(*feed, &tops, feeds.len() > 1)? {
            Read::Whole { cursor, more: waits } => {
                cursors.push(cursor);
                more |= waits;
            }
            // The last frame is a checkpoint: the client asks again from there.
            Read::Part => return Ok(Parts { starts_over: false, frames: delivery.frames }),
        }
    }
    delivery.want_left()?;
    delivery.frames.extend(wants.iter().cloned().map(ReplyFrame::Want));
    delivery.frames.push(ReplyFrame::End(End { cursors, reference, scope, more }));
    Ok(Parts { starts_over: false, frames: delivery.frames })
}

/// A village, or a township with all its villages, that replicates to the caller.
struct Top {
    division: DivisionCode,
    /// Granted after the scope version the client holds: sent from the beginning.
    is_new: bool,
}

/// What is owed of one document.
enum Owed {
    Changes(Candidate),
    /// A draft that is done.
    Closed(Closed),
}

impl Owed {
    fn document(&self) -> DocumentId {
        match self {
            Owed::Changes(candidate) => candidate.id,
            Owed::Closed(closed) => closed.document,
        }
    }
}

enum Read {
    Whole { cursor: Cursor, more: bool },
    Part,
}

struct Delivery<'a> {
    connection: &'a Connection,
    brought: &'a BTreeSet<[u8; 32]>,
    holder: Holder,
    hello: &'a Hello,
    /// What the client holds, by document, if this server asked.
    told: BTreeMap<DocumentId, &'a [Reach]>,
    server: Server,
    /// The version of the caller's scope now.
    scope: u64,
    frames: Vec<ReplyFrame>,
    room: u32,
    since_checkpoint: usize,
}

impl Delivery<'_> {
    /// Sends what is new in a feed. `among_others` when the reply has more feeds: then one that was read whole is
    /// followed by a checkpoint, so that a reply that is full or cut in the next one does not begin with it again.
    fn feed(&mut self, county: DivisionCode, tops: &[Top], among_others: bool) -> Result<Read, Trouble> {
        let feed = number(county);
        let mut end = document::feed_end(self.connection, feed)?;
        // One that was told what the client holds begins anew and leaves out what is there.
        let cursor = self.hello.cursors.iter().find(|cursor| self.told.is_empty() && cursor.feed == county.number());
        let base = cursor.map_or(0, |cursor| cursor.number.cast_signed());
        if let Some(damaged) = self.want_damaged(feed, base, tops)? {
            // Nobody reads past what is missing, or they would never be sent it.
            end.last = damaged - 1;
        }
        // An interrupted reply goes on to the top it had; what came since is the next one's. Not where the scope changed meanwhile:
        // what was granted may lie before the checkpoint.
        let resumed = self.hello.checkpoints.iter().find(|point| {
            point.feed == county.number()
                && point.epoch == self.server.epoch
                && point.base.cast_signed() == base
                && point.scope == self.scope
                && point.top.cast_signed() <= end.last
                && self.told.is_empty()
        });
        let top = resumed.map_or(end.last, |point| point.top.cast_signed());
        let after = resumed.map(|point| point.document);
        let (epoch, scope) = (self.server.epoch, self.scope);
        let point = |document| Checkpoint {
            feed: county.number(),
            epoch,
            base: base.cast_unsigned(),
            top: top.cast_unsigned(),
            document,
            scope,
        };
        let mut complete = None;
        for owed in self.owed(county, tops, (base, top))? {
            let skip = after.is_some_and(|done| owed.document() <= done);
            if skip {
                continue;
            }
            let document = owed.document();
            let sent = match owed {
                Owed::Changes(candidate) => {
                    let is_granted = |by: &Top| by.is_new && by.division.contains(candidate.village);
                    let is_new = document.kind() != DocumentKind::Draft && tops.iter().any(is_granted);
                    self.document(&candidate, if is_new { 0 } else { base }, top)?
                }
                Owed::Closed(closed) => {
                    let bytes = CLOSED_BYTES + KNOWN_BYTES * closed.seen.len();
                    self.frames.push(ReplyFrame::Closed(closed));
                    bytes
                }
            };
            self.room = self.room.saturating_sub(u32::try_from(sent).unwrap_or(u32::MAX));
            self.since_checkpoint += sent;
            if self.since_checkpoint >= CHECKPOINT_BYTES || self.room == 0 {
                self.since_checkpoint = 0;
                self.frames.push(ReplyFrame::Checkpoint(point(document)));
                complete = None;
            } else {
                complete = Some(document);
            }
            if self.room == 0 {
                return Ok(Read::Part);
            }
        }
        if among_others && let Some(document) = complete {
            self.frames.push(ReplyFrame::Checkpoint(point(document)));
        }
        self.want_unknown(county)?;
        let digest = document::digest_at(self.connection, feed, top)?.ok_or(Trouble::Damaged("a feed with a gap"))?;
        let number = top.cast_unsigned();
        let cursor = Cursor { feed: county.number(), epoch, number, digest };
        Ok(Read::Whole { cursor, more: top < end.last })
    }

    /// Whether this server lacks what the client has read, also where it reads no more, or what an earlier one
    /// acknowledged.
    fn is_lost(&self) -> Result<bool, Trouble> {
        for cursor in self.hello.cursors.iter().chain(&self.hello.witnesses) {
            let at = document::digest_at(self.connection, cursor.feed.cast_signed(), cursor.number.cast_signed())?;
            if cursor.epoch != self.server.epoch || at != Some(cursor.digest) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Asks for what is damaged here of documents that the client may hold, and says the first that the client has yet to
    /// read, by its number in the feed: of documents that are new to it, all. Drafts hold up nobody, since nobody may have
    /// them any more: who read past one reads all anew when something builds on what was missing.
    fn want_damaged(&mut self, feed: i64, base: i64, tops: &[Top]) -> Result<Option<i64>, Trouble> {
        let mut unread = Vec::new();
        for lost in damage::of_feed(self.connection, feed)? {
            let Some(place) = place(self.connection, lost.document)? else { continue };
            if access::may_read(&self.holder, lost.document, place) {
                let lines = vec![WantedLine { actor: lost.actor, from_seq: lost.first_seq }];
                self.frames.push(ReplyFrame::Want(Want { document: lost.document, lines }));
                let is_new = tops.iter().any(|top| top.is_new && top.division.contains(place.division));
                let holds_up = lost.document.kind() != DocumentKind::Draft && (is_new || lost.number > base);
                unread.extend(holds_up.then_some(lost.number));
            }
        }
        Ok(unread.into_iter().min())
    }

    /// Asks for the documents of a county that the client holds and this server has nothing of.
    fn want_unknown(&mut self, county: DivisionCode) -> Result<(), Trouble> {
        let told: Vec<_> = self.told.iter().map(|(document, reaches)| (*document, *reaches)).collect();
        for (document, reaches) in told {
            let Some(place) = place(self.connection, document)? else { continue };
            let ours = county.contains(place.division) && access::may_read(&self.holder, document, place);
            if generation::current(self.connection, document)? != document {
                continue;
            }
            if ours && !reaches.is_empty() && document::find(self.connection, document)?.is_none() {
                let lines = reaches.iter().map(|reach| WantedLine { actor: reach.actor, from_seq: 1 }).collect();
                self.frames.push(ReplyFrame::Want(Want { document, lines }));
            }
        }
        Ok(())
    }

    /// Asks for what this server lacks of documents that the caller holds and may not, or not any more: what gave the right
    /// may be newer than the backup, and a receipt proves itself. So the client does not let go of them.
    fn want_left(&mut self) -> Result<(), Trouble> {
        let told: Vec<_> = self.told.iter().map(|(document, reaches)| (*document, *reaches)).collect();
        for (document, reaches) in told {
            if let Some(place) = place(self.connection, document)?
                && (access::may_read(&self.holder, document, place) || document.kind() == DocumentKind::Draft)
            {
                continue;
            }
            if generation::current(self.connection, document)? != document {
                continue;
            }
            let stored = match document::find(self.connection, document)? {
                Some(row) => document::bundles(self.connection, row.key, (0, i64::MAX), |_| false),
                None => Ok(Vec::new()),
            };
            let lines = match stored {
                Ok(mut stored) => compare(&mut stored, reaches)?,
                // What is damaged is asked of those who may read it; what never came is asked of whoever has it.
                Err(Trouble::Rotten { .. }) => self.beyond(document, reaches)?,
                Err(trouble) => return Err(trouble),
            };
            if !lines.is_empty() {
                self.frames.push(ReplyFrame::Want(Want { document, lines }));
            }
        }
        Ok(())
    }

    /// What a replica holds beyond the ends of the lines that are here.
    fn beyond(&self, id: DocumentId, reaches: &[Reach]) -> Result<Vec<WantedLine>, Trouble> {
        let ends = match document::find(self.connection, id)? {
            Some(row) => document::ends(self.connection, row.key)?,
            None => BTreeMap::new(),
        };
        let last = |reach: &Reach| ends.get(&reach.actor).copied().unwrap_or(0);
        let beyond = reaches.iter().filter(|reach| last(reach) < reach.seq);
        Ok(beyond.map(|reach| WantedLine { actor: reach.actor, from_seq: last(reach) + 1 }).collect())
    }

    /// What may be new to the client, in the order of the documents' ids: of its person's drafts, and of the documents in
    /// scope.
    fn owed(&self, county: DivisionCode, tops: &[Top], (base, top): (i64, i64)) -> Result<Vec<Owed>, Trouble> {
        let (feed, person) = (number(county), self.holder.person);
        let closed = draft::closed_after(self.connection, person, feed, (base, top))?;
        let drafts = draft::changed_after(self.connection, person, feed, base)?;
        let candidates = drafts.into_iter().chain(self.candidates(county, tops, base)?);
        let mut owed: Vec<Owed> = candidates.map(Owed::Changes).chain(closed.into_iter().map(Owed::Closed)).collect();
        owed.sort_by_key(Owed::document);
        Ok(owed)
    }

    /// The documents in scope that may have something new; without drafts.
    fn candidates(&self, county: DivisionCode, tops: &[Top], base: i64) -> Result<Vec<Candidate>, Trouble> {
        let mut townships: BTreeMap<DivisionCode, bool> = BTreeMap::new();
        for top in tops.iter().filter(|top| county.contains(top.division)) {
            if let Some(township) = top.division.at(Level::Township) {
                *townships.entry(township).or_default() |= top.is_new;
            }
        }
        let mut found = Vec::new();
        for (township, is_new) in townships {
            let after = if is_new { 0 } else { base };
            for candidate in document::changed_after(self.connection, township, after)? {
                let here = tops
                    .iter()
                    .any(|top| top.division.contains(candidate.village) && (top.is_new || candidate.last > base));
                if here
                    && let Some(place) = place(self.connection, candidate.id)?
                    && access::may_read(&self.holder, candidate.id, place)
                {
                    found.push(candidate);
                }
            }
        }
        Ok(found)
    }

    /// Sends a document's changes and says how many bytes they have.
    fn document(&mut self, candidate: &Candidate, from: i64, to: i64) -> Result<usize, Trouble> {
        // What the device brought before may be another's of the same id: a phone that was copied, or put back to an
        // earlier day. From the beginning all is asked for because something was lost.
        let skip = |hash: &[u8; 32]| from > 0 && self.told.is_empty() && self.brought.contains(hash);
        let mut stored = document::bundles(self.connection, candidate.key, (from, to), skip)?;
        if let Some(reaches) = self.told.get(&candidate.id) {
            let lines = compare(&mut stored, reaches)?;
            if !lines.is_empty() {
                self.frames.push(ReplyFrame::Want(Want { document: candidate.id, lines }));
            }
        }
        if stored.is_empty() {
            return Ok(0);
        }
        let bytes = stored.iter().map(|bundle| bundle.line.as_bytes().len()).sum();
        let bundles = stored.into_iter().map(|stored| self.bundle(candidate.id, stored)).collect();
        self.frames.push(ReplyFrame::Delta(Delta { document: candidate.id, bundles }));
        Ok(bytes)
    }

    fn bundle(&self, document: DocumentId, stored: Stored) -> Bundle {
        let Stored { line, received, first_seq, last_seq, hash, person, .. } = stored;
        let receipt = self.server.receipts.write(&About { document, first_seq, last_seq, hash, person, received });
        Bundle { person, received_at: received, receipt, line }
    }
}

/// Leaves of what is stored what a replica lacks, and says what it has beyond that.
fn compare(stored: &mut Vec<Stored>, reaches: &[Reach]) -> Result<Vec<WantedLine>, Trouble> {
    let mut lines = Vec::new();
    for reach in reaches {
        let last = stored.iter().filter(|one| one.actor == reach.actor).map(|one| one.last_seq).max().unwrap_or(0);
        if last < reach.seq {
            lines.push(WantedLine { actor: reach.actor, from_seq: last + 1 });
        }
        let at = stored.iter().find(|one| one.actor == reach.actor && one.last_seq >= reach.seq);
        match at {
            Some(one) if hash_at(one, reach.seq)? == Some(reach.hash) => {
                stored.retain(|one| one.actor != reach.actor || one.last_seq > reach.seq);
            }
            // The two lines are not one: the replica has to see this server's whole.
            Some(_) => {}
            // The replica has more. By the end of this server's it sees whether the two are one as far as that goes.
            None => stored.retain(|one| one.actor != reach.actor || one.last_seq == last),
        }
    }
    Ok(lines)
}

/// The first 8 bytes of the hash of a change within a bundle.
fn hash_at(bundle: &Stored, seq: u64) -> Result<Option<u64>, Trouble> {
    let changes = bundle.line.changes().map_err(|_| Trouble::Damaged("a stored line of changes is none"))?;
    let at = usize::try_from(seq.saturating_sub(bundle.first_seq)).unwrap_or(usize::MAX);
    Ok(changes.get(at).and_then(|change| Document::hash_of(change)).map(|hash| wire::first_eight(&hash)))
}

/// What became of somebody's parked changes, asked for by the first bytes of their hashes.
fn lots(connection: &Connection, server: &Server, person: PersonId, asked: &[u64]) -> Result<Parked, Trouble> {
    let known: BTreeMap<u64, Lot> =
        parked::of_person(connection, person)?.into_iter().map(|lot| (wire::first_eight(&lot.hash), lot)).collect();
    let mut lots = Parked { settled: Vec::new(), unknown: Vec::new() };
    for hash in asked {
        let Some(lot) = known.get(hash) else {
            lots.unknown.push(*hash);
            continue;
        };
        // What is in the document was released, also where a restored server has yet to decide, or decided otherwise,
        // and was given it back.
        let there = match taken(connection, server, lot) {
            // What cannot be read its author may bring again, if it was taken; of what is open nothing is said.
            Err(Trouble::Rotten { .. }) => {
                lots.unknown.extend((lot.decided == Some(Decided::Released)).then_some(*hash));
                continue;
            }
            there => there?,
        };
        match (there, &lot.decided) {
            (Some(seal), _) => lots.settled.push(Settled { hash: *hash, released: Some(seal), why: String::new() }),
            (None, None) => {}
            (None, Some(Decided::Dismissed(why))) => {
                lots.settled.push(Settled { hash: *hash, released: None, why: why.clone() });
            }
            // Released, and lost by a restore since: the client brings it again.
            (None, Some(Decided::Released)) => lots.unknown.push(*hash),
        }
    }
    Ok(lots)
}

/// The seal of a change that was parked and is in its document.
fn taken(connection: &Connection, server: &Server, lot: &Lot) -> Result<Option<Seal>, Trouble> {
    let Some(row) = document::find(connection, lot.document)? else { return Ok(None) };
    let sealed = document::sealed(connection, row.key, lot.actor, lot.seq)?;
    let Some(sealed) = sealed else { return Ok(None) };
    let is_it = document::hash_of(connection, row.key, lot.actor, lot.seq)? == Some(lot.hash);
    Ok(is_it.then(|| server.receipts.seal(lot.document, &sealed)))
}

/// Where each feed ends, and how far the last completed backup reaches.
fn coverage(connection: &Connection, epoch: u64) -> Result<Coverage, Trouble> {
    let reach = meta::backup(connection)?.map(|reach| reach.feeds).unwrap_or_default();
    let mut feeds = Vec::new();
    for (feed, last) in meta::feed_ends(connection)? {
        let digest = document::digest_at(connection, feed, last)?.ok_or(Trouble::Damaged("a feed with a gap"))?;
        let end = Cursor { feed: feed.cast_unsigned(), epoch, number: last.cast_unsigned(), digest };
        let covered = reach.iter().find(|(code, _)| *code == feed).map_or(0, |(_, number)| number.cast_unsigned());
        feeds.push(Covered { end, number: covered });
    }
    Ok(Coverage { feeds })
}

/// What a phone is told of people, villages and tenures: its scope's, the calendar around today, and the policies.
fn reference_data(connection: &Connection, holder: &Holder, ever: &Holder, now: Moment) -> Result<Reference, Trouble> {
    let today = now.date();
    let policies = policy::all(connection)?;
    let Holder { posts, left, .. } = holder.clone();
    let mut reference = Reference { posts, left, policies, ..Reference::default() };
    let mut people = BTreeSet::from([holder.person]);
    for post in holder.posts.iter().filter(|post| post.role.replicates()) {
        reference.villages.extend(division::inside(connection, post.division, Level::Village)?);
        let mut tenures = tenure::inside(connection, post.division)?;
        tenures.retain(|tenure| tenure.person == holder.person || !holder.left.contains(&tenure.division));
        for tenure in tenures {
            people.insert(tenure.person);
            reference.tenures.push(tenure);
        }
        // Who reviews this village is somebody its secretary is told the name of.
        if let Some(township) = post.division.at(Level::Township) {
            people.extend(person::with_role(connection, Role::TownshipReviewer, township)?);
        }
    }
    let arrived = reference.tenures.iter().map(|tenure| tenure.arrived).min();
    let from = add_days(today, -CALENDAR_BACK_DAYS).min(arrived.unwrap_or(today));
    reference.calendar = calendar::in_force(connection)?.between(from, add_days(today, CALENDAR_AHEAD_DAYS));
    erasures(connection, ever, &mut reference)?;
    reference.villages.sort_by_key(|village| village.code);
    reference.villages.dedup();
    reference.tenures.sort_by_key(|tenure| (tenure.division, tenure.arrived, tenure.id));
    reference.tenures.dedup();
    let reviews = |tenure: &Tenure| {
        let over = |post: &Post| post.role == Role::TownshipReviewer && post.division.contains(tenure.division);
        holder.posts.iter().any(over)
    };
    for tenure in &reference.tenures {
        for row in leave::of_tenure(connection, tenure.id)? {
            let mut leave = row.leave;
            // What somebody is away for is not for the others of the team.
            if tenure.person != holder.person && !reviews(tenure) {
                leave.kind = LeaveKind::Other;
            }
            people.extend(leave.approved_by);
            reference.leaves.push(TenureLeave { tenure: tenure.id, leave });
        }
        for mut decision in absence::decisions_of(connection, tenure.id)? {
            if tenure.person != holder.person && !reviews(tenure) {
                decision.note.clear();
            }
            people.insert(decision.by);
            reference.decisions.push(decision);
        }
        for excusal in excusal::of_tenure(connection, tenure.id)? {
            people.insert(excusal.by);
            reference.excusals.push(TenureExcusal { tenure: tenure.id, excusal });
        }
    }
    for id in people {
        reference.people.extend(person::find(connection, id)?);
    }
    Ok(reference)
}

/// What was erased of documents that may be on somebody's phone, also where they may read no more.
fn erasures(connection: &Connection, ever: &Holder, reference: &mut Reference) -> Result<(), Trouble> {
    for document in generation::later(connection)? {
        let place = place(connection, document)?;
        reference.generations.extend(place.filter(|at| access::may_read(ever, document, *at)).map(|_| document));
    }
    let posts = ever.posts.iter().filter(|post| post.role.replicates());
    let counties: BTreeSet<DivisionCode> = posts.filter_map(|post| post.division.at(Level::County)).collect();
    for county in counties {
        reference.erased.extend(generation::erased_in(connection, number(county))?);
    }
    Ok(())
}
