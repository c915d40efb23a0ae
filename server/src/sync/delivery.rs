//! What a caller is owed: the changes of the documents in their scope that they have not read, in the order of the
//! documents' ids, with checkpoints. It reads rows only; no document is loaded to be sent.
use std::collections::{BTreeMap, BTreeSet};

use zhucun_core::access::{self, Caller as Holder};
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::contract::Reference;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::person::Role;
use zhucun_core::wire::{self, ActorOf, Checkpoint, Cursor, Delivered, Delta, End, Hello, ReferenceData, ReplyFrame};

use super::intake::place;
use crate::accounts::Caller;
use crate::refusal::Refusal;
use crate::store::document::{self, Candidate, Stored};
use crate::store::value::number;
use crate::store::{Connection, Fault, Trouble, division, grant, person, tenure};

/// Bytes of changes after which a complete document is followed by a checkpoint.
const CHECKPOINT_BYTES: usize = 16 * 1024;
/// Calendar days before today that phones are sent, for tenures that began then.
const CALENDAR_BACK_DAYS: i64 = 3 * 366;
const CALENDAR_AHEAD_DAYS: i64 = 2 * 366;

/// What goes out after the acks.
pub(super) struct Parts {
    pub starts_over: bool,
    pub frames: Vec<ReplyFrame>,
}

pub(super) fn deliver(
    connection: &Connection,
    caller: Caller,
    hello: &Hello,
    epoch: u64,
    now: Moment,
) -> Result<Parts, Fault<Refusal>> {
    let grants = grant::all(connection, caller.person)?;
    let scope = grant::version(connection, caller.person)?.cast_unsigned();
    let standing = || grants.iter().filter(|grant| grant.gone.is_none());
    let holder = Holder { person: caller.person, posts: standing().map(|grant| grant.post).collect() };
    let reference = document::reference_version(connection)?;
    let mut frames = Vec::new();
    if hello.reference != reference || hello.scope != scope {
        let data = reference_data(connection, &holder, now)?;
        let json = serde_json::to_string(&data).expect("reference data is plain data with text keys");
        frames.push(ReplyFrame::Reference(ReferenceData { json }));
    }
    let tops = standing().filter(|grant| grant.post.role.replicates());
    let tops: Vec<Top> = tops
        .map(|grant| Top { division: grant.post.division, is_new: grant.since.cast_unsigned() > hello.scope })
        .collect();
    let mut delivery = Delivery {
        connection,
        caller,
        holder,
        hello,
        epoch,
        frames,
        starts_over: false,
        room: if hello.bytes_max == 0 { wire::REPLY_BYTES_MAX } else { hello.bytes_max.min(wire::REPLY_BYTES_MAX) },
        since_checkpoint: 0,
    };
    let feeds: BTreeSet<DivisionCode> = tops.iter().filter_map(|top| top.division.at(Level::County)).collect();
    let (mut cursors, mut more) = (Vec::new(), false);
    for feed in feeds {
        match delivery.feed(feed, &tops)? {
            Read::Whole { cursor, more: waits } => {
                cursors.push(cursor);
                more |= waits;
            }
            // The last frame is a checkpoint: the client asks again from there.
            Read::Part => return Ok(Parts { starts_over: delivery.starts_over, frames: delivery.frames }),
        }
    }
    delivery.frames.push(ReplyFrame::End(End { cursors, reference, scope, more }));
    Ok(Parts { starts_over: delivery.starts_over, frames: delivery.frames })
}

/// A village, or a township with all its villages, that replicates to the caller.
struct Top {
    division: DivisionCode,
    /// Granted after the scope version the client holds: sent from the beginning.
    is_new: bool,
}

enum Read {
    Whole { cursor: Cursor, more: bool },
    Part,
}

struct Delivery<'a> {
    connection: &'a Connection,
    caller: Caller,
    holder: Holder,
    hello: &'a Hello,
    epoch: u64,
    frames: Vec<ReplyFrame>,
    starts_over: bool,
    room: u32,
    since_checkpoint: usize,
}

impl Delivery<'_> {
    fn feed(&mut self, county: DivisionCode, tops: &[Top]) -> Result<Read, Trouble> {
        let feed = number(county);
        let end = document::feed_end(self.connection, feed)?;
        let cursor = self.hello.cursors.iter().find(|cursor| cursor.feed == county.number());
        let base = match cursor {
            None => 0,
            Some(cursor) if self.knows(feed, cursor)? => cursor.number.cast_signed(),
            Some(_) => {
                self.starts_over = true;
                0
            }
        };
        // An interrupted reply goes on to the top it had; what came since is the next one's.
        let resumed = self.hello.checkpoint.as_ref().filter(|point| {
            point.feed == county.number()
                && point.epoch == self.epoch
                && point.base.cast_signed() == base
                && point.scope == self.hello.scope
                && point.top.cast_signed() <= end.last
                && !self.starts_over
        });
        let top = resumed.map_or(end.last, |point| point.top.cast_signed());
        let after = resumed.map(|point| point.document);
        for candidate in self.candidates(county, tops, base)? {
            let skip = after.is_some_and(|done| candidate.id <= done);
            if skip {
                continue;
            }
            let is_new = tops.iter().any(|top| top.is_new && top.division.contains(candidate.village));
            let from = if is_new { 0 } else { base };
            let sent = self.document(&candidate, from, top)?;
            self.room = self.room.saturating_sub(u32::try_from(sent).unwrap_or(u32::MAX));
            self.since_checkpoint += sent;
            if self.since_checkpoint >= CHECKPOINT_BYTES || self.room == 0 {
                self.since_checkpoint = 0;
                self.frames.push(ReplyFrame::Checkpoint(Checkpoint {
                    feed: county.number(),
                    epoch: self.epoch,
                    base: base.cast_unsigned(),
                    top: top.cast_unsigned(),
                    document: candidate.id,
                    scope: self.hello.scope,
                }));
            }
            if self.room == 0 {
                return Ok(Read::Part);
            }
        }
        let digest = document::digest_at(self.connection, feed, top)?.ok_or(Trouble::Damaged("a feed with a gap"))?;
        let number = top.cast_unsigned();
        let cursor = Cursor { feed: county.number(), epoch: self.epoch, number, digest };
        Ok(Read::Whole { cursor, more: top < end.last })
    }

    /// Whether this server has the history the cursor speaks of.
    fn knows(&self, feed: i64, cursor: &Cursor) -> Result<bool, Trouble> {
        let at = document::digest_at(self.connection, feed, cursor.number.cast_signed())?;
        Ok(cursor.epoch == self.epoch && at == Some(cursor.digest))
    }

    /// The documents in scope that may have something new, in the order of their ids.
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
        found.sort_by_key(|candidate| candidate.id);
        Ok(found)
    }

    /// Sends a document's changes and says how many bytes they have.
    fn document(&mut self, candidate: &Candidate, from: i64, to: i64) -> Result<usize, Trouble> {
        let mut changes = document::changes(self.connection, candidate.key, from, to)?;
        if from > 0 {
            // What this device made it has; from the beginning it is asked for because something was lost.
            changes.retain(|change| change.device != self.caller.device);
        }
        if changes.is_empty() {
            return Ok(0);
        }
        let people: BTreeMap<[u8; 16], _> = changes.iter().map(|change| (change.actor, change.person)).collect();
        let bytes = changes.iter().map(|change| change.bytes.len()).sum();
        self.frames.push(ReplyFrame::Delta(Delta {
            document: candidate.id,
            people: people
                .into_iter()
                .map(|(actor, person)| ActorOf { actor: actor.to_vec().into(), person })
                .collect(),
            changes: changes.into_iter().map(delivered).collect(),
        }));
        Ok(bytes)
    }
}

fn delivered(stored: Stored) -> Delivered {
    Delivered { change: stored.bytes.into(), received_at: stored.received }
}

/// What a phone is told of people, villages and tenures: its scope's, and the calendar around today.
fn reference_data(connection: &Connection, holder: &Holder, now: Moment) -> Result<Reference, Trouble> {
    let today = now.date();
    let calendar =
        Calendar::built_in().between(add_days(today, -CALENDAR_BACK_DAYS), add_days(today, CALENDAR_AHEAD_DAYS));
    let mut reference = Reference { posts: holder.posts.clone(), calendar, ..Reference::default() };
    let mut people = BTreeSet::from([holder.person]);
    for post in holder.posts.iter().filter(|post| post.role.replicates()) {
        reference.villages.extend(division::inside(connection, post.division, Level::Village)?);
        for tenure in tenure::inside(connection, post.division)? {
            people.insert(tenure.person);
            reference.tenures.push(tenure);
        }
        // Who reviews this village is somebody its secretary is told the name of.
        if let Some(township) = post.division.at(Level::Township) {
            people.extend(person::with_role(connection, Role::TownshipReviewer, township)?);
        }
    }
    reference.villages.sort_by_key(|village| village.code);
    reference.villages.dedup();
    reference.tenures.sort_by_key(|tenure| (tenure.division, tenure.arrived, tenure.id));
    reference.tenures.dedup();
    for id in people {
        reference.people.extend(person::find(connection, id)?);
    }
    Ok(reference)
}
