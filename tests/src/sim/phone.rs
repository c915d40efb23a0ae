//! A phone of a run: the real replica on a disk that takes a commit whole or not at all, and may die before or after it,
//! or be full. It has a clock of its own. What it wants to send it gives to the run, which decides what becomes of it.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use minicbor::Decoder;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use zhucun_core::clock::Moment;
use zhucun_core::contract::{Command, Identity, Outcome, Query, SyncView, View};
use zhucun_core::document::{Document, DocumentId};
use zhucun_core::host::{Effect, Event, Row, Tokens, Write};
use zhucun_core::id::DeviceId;
use zhucun_core::person::Person;
use zhucun_core::replica::Replica;

use super::chance::Chance;

/// Steps after which a phone that still finds something to do is stuck.
const STEPS_MAX: usize = 1_000;

pub type Rows = BTreeMap<String, ByteBuf>;
pub type Hash = [u8; 32];

/// What becomes of commits, in cases of a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommitFaults {
    pub dies_before: u32,
    pub dies_after: u32,
    pub fails: u32,
}

/// Bugs planted in the host of a phone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Planted {
    /// Says that a commit is durable one commit too early.
    pub answers_before_disk: bool,
    /// Now and then a row of what waits does not reach the disk.
    pub forgets_commands: bool,
}

pub struct Sending {
    pub request: u32,
    pub access_token: String,
    pub body: Vec<u8>,
}

/// What a phone did with an event and all that followed from it.
#[derive(Default)]
pub struct Fed {
    pub sends: Vec<Sending>,
    pub wake_ms: Option<u32>,
    pub outcomes: Vec<Outcome>,
    pub end: Ended,
}

/// How a phone stands after an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ended {
    #[default]
    Lives,
    DiedBeforeCommit,
    DiedAfterCommit,
    /// A commit failed: whoever holds the phone opens it anew.
    NotCommitted,
}

pub struct Phone {
    pub name: String,
    /// Its person's place in the world.
    pub who: usize,
    person: Person,
    replica: Replica,
    rows: Rows,
    /// Told as durable and not on the disk yet: only with a planted bug.
    afloat: Vec<Write>,
    /// Counts openings: what was meant for an earlier one does not reach this one.
    pub opening: u32,
    pub is_on: bool,
    pub is_online: bool,
    pub is_full: bool,
    /// What its clock says more than the true one.
    pub skew_ms: i64,
    /// It sends what no honest phone sends; nothing is expected of it.
    pub is_hostile: bool,
    pub copy: Option<Rows>,
    pub faults: CommitFaults,
    pub planted: Planted,
    tickets: u32,
    chance: Chance,
}

impl Phone {
    pub fn new(name: String, who: usize, person: Person, chance: Chance) -> Self {
        Phone {
            name,
            who,
            person,
            replica: Replica::new(),
            rows: Rows::new(),
            afloat: Vec::new(),
            opening: 0,
            is_on: false,
            is_online: true,
            is_full: false,
            skew_ms: 0,
            is_hostile: false,
            copy: None,
            faults: CommitFaults::default(),
            planted: Planted::default(),
            tickets: 0,
            chance,
        }
    }

    /// A second phone with the same disk.
    pub fn clone_as(&self, name: String, chance: Chance) -> Self {
        let mut twin = Phone::new(name, self.who, self.person.clone(), chance);
        twin.rows = self.rows.clone();
        (twin.skew_ms, twin.faults, twin.planted) = (self.skew_ms, self.faults, self.planted);
        twin
    }

    pub fn person(&self) -> &Person {
        &self.person
    }

    pub fn clock(&self, now: Moment) -> Moment {
        now.plus_ms(self.skew_ms)
    }

    /// The power goes; only the disk is left.
    pub fn die(&mut self) {
        self.replica = Replica::new();
        self.afloat.clear();
        self.is_on = false;
    }

    /// Whether the last opening did not come to its end.
    pub fn is_marked(&self) -> bool {
        self.rows.contains_key("opening")
    }

    pub fn open(&mut self, now: Moment) -> Fed {
        self.die();
        self.opening += 1;
        self.is_on = true;
        let rows = self.rows.iter().map(|(key, value)| Row { key: key.clone(), value: value.clone() }).collect();
        let seed = ByteBuf::from(self.chance.bytes::<32>().to_vec());
        self.feed(now, Event::Open { seed, rows })
    }

    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Puts other rows in place of the disk's; the phone is off then.
    pub fn put_rows(&mut self, rows: Rows) {
        self.die();
        self.rows = rows;
    }

    pub fn device(&self) -> Option<DeviceId> {
        self.replica.identity().map(|identity| identity.device)
    }

    pub fn signed_in(&mut self, now: Moment, device: DeviceId, refresh_token: String) -> Fed {
        let tokens = Tokens { access_token: String::new(), access_token_s: 0, refresh_token };
        let identity = Identity { person: self.person.clone(), device };
        self.feed(now, Event::SignedIn { identity, tokens })
    }

    pub fn tell(&mut self, now: Moment, command: Command) -> Fed {
        self.tickets += 1;
        self.feed(now, Event::Command { ticket: self.tickets, command })
    }

    pub fn see(&self, now: Moment, query: &Query) -> View {
        self.replica.view(self.clock(now), query)
    }

    /// What it shows with a clock that is right.
    pub fn see_on_time(&self, now: Moment, query: &Query) -> View {
        self.replica.view(now, query)
    }

    pub fn today(&self, now: Moment) -> jiff::civil::Date {
        self.replica.today(self.clock(now))
    }

    pub fn sync_view(&self, now: Moment) -> Option<SyncView> {
        match self.see(now, &Query::Sync) {
            View::Sync(view) => Some(view),
            _ => None,
        }
    }

    /// A replica opened from this disk beside the one that runs.
    pub fn reread(&self, now: Moment) -> Replica {
        let rows = self.rows.iter().map(|(key, value)| Row { key: key.clone(), value: value.clone() }).collect();
        let mut replica = Replica::new();
        let mut effects = replica.step(self.clock(now), Event::Open { seed: ByteBuf::from(vec![1; 32]), rows });
        let answer = |effect: &Effect| match effect {
            Effect::Commit { .. } | Effect::Note { .. } => Some(Event::Committed),
            Effect::MoreToOpen => Some(Event::GoOn),
            _ => None,
        };
        while let Some(answer) = effects.iter().find_map(answer) {
            effects = replica.step(self.clock(now), answer);
        }
        replica
    }

    /// Feeds an event and performs what follows, each answer before anything else.
    pub fn feed(&mut self, now: Moment, event: Event) -> Fed {
        let mut fed = Fed::default();
        let mut events = VecDeque::from([event]);
        for _ in 0..STEPS_MAX {
            let Some(event) = events.pop_front() else { return fed };
            let mut answers = Vec::new();
            for effect in self.replica.step(self.clock(now), event) {
                match effect {
                    Effect::Commit { writes } => match self.commit(writes, &mut fed) {
                        Some(answer) => answers.push(answer),
                        None => return fed,
                    },
                    Effect::Note { writes } => match self.note(writes, &mut fed) {
                        Some(answer) => answers.push(answer),
                        None => return fed,
                    },
                    Effect::Answer { outcome, .. } => fed.outcomes.push(outcome),
                    Effect::Send { request, access_token, body } => {
                        fed.sends.push(Sending { request, access_token, body: body.into_vec() });
                    }
                    Effect::Wake { after_ms } => fed.wake_ms = Some(after_ms),
                    Effect::Changed => {}
                    Effect::MoreToOpen => answers.push(Event::GoOn),
                }
            }
            for answer in answers.into_iter().rev() {
                events.push_front(answer);
            }
        }
        panic!("{} does not come to rest", self.name);
    }

    /// One transaction of the disk; nothing when the phone died over it.
    fn commit(&mut self, writes: Vec<Write>, fed: &mut Fed) -> Option<Event> {
        if self.is_full || self.chance.in_1000(self.faults.fails) {
            fed.end = Ended::NotCommitted;
            return Some(Event::NotCommitted);
        }
        self.store(writes, fed)
    }

    /// The same of what is only good to have.
    fn note(&mut self, writes: Vec<Write>, fed: &mut Fed) -> Option<Event> {
        if self.is_full || self.chance.in_1000(self.faults.fails) {
            return Some(Event::Committed);
        }
        self.store(writes, fed)
    }

    fn store(&mut self, writes: Vec<Write>, fed: &mut Fed) -> Option<Event> {
        if self.chance.in_1000(self.faults.dies_before) {
            fed.end = Ended::DiedBeforeCommit;
            self.die();
            return None;
        }
        let before = core::mem::take(&mut self.afloat);
        self.write(before);
        if self.planted.answers_before_disk {
            self.afloat = writes;
        } else {
            self.write(writes);
        }
        if self.chance.in_1000(self.faults.dies_after) {
            fed.end = Ended::DiedAfterCommit;
            self.die();
            return None;
        }
        Some(Event::Committed)
    }

    fn write(&mut self, writes: Vec<Write>) {
        for Write { key, value } in writes {
            if self.planted.forgets_commands && key.starts_with("pending/") && self.chance.in_1000(100) {
                continue;
            }
            match value {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }

    /// The changes on the disk by document, read without the replica.
    pub fn changes(&self) -> Result<BTreeMap<DocumentId, BTreeSet<Hash>>, String> {
        let mut found: BTreeMap<DocumentId, BTreeSet<Hash>> = BTreeMap::new();
        for (key, value) in &self.rows {
            let Some((kind, rest)) = key.split_once('/') else { continue };
            let id = rest.split('/').next().unwrap_or_default();
            match kind {
                "change" => {
                    let change = first_bytes(value).ok_or_else(|| format!("{key} holds no change"))?;
                    found.entry(document(id)?).or_default().insert(hash_of(change));
                }
                "snapshot" => {
                    let saved = first_bytes(value).ok_or_else(|| format!("{key} holds no snapshot"))?;
                    let id = document(id)?;
                    let document = Document::load(id, saved).map_err(|broken| format!("{key}: {broken}"))?;
                    let hashes = document.changes().iter().map(|change| hash_of(change)).collect::<Vec<_>>();
                    found.entry(id).or_default().extend(hashes);
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// How far it has read each feed, as its disk says: feed, epoch, number.
    pub fn cursors(&self) -> Vec<(u64, u64, u64)> {
        let read = |row: &[u8]| -> Result<Vec<(u64, u64, u64)>, minicbor::decode::Error> {
            let mut decoder = Decoder::new(row);
            decoder.array()?;
            let count = decoder.array()?.unwrap_or(0);
            (0..count)
                .map(|_| {
                    let fields = decoder.array()?.unwrap_or(0);
                    let cursor = (decoder.u64()?, decoder.u64()?, decoder.u64()?);
                    (3..fields).try_for_each(|_| decoder.skip())?;
                    Ok(cursor)
                })
                .collect()
        };
        self.rows.get("sync").and_then(|row| read(row).ok()).unwrap_or_default()
    }

    /// Whether a text is in something the person wrote here: a draft, a command that waits, a dead letter.
    pub fn keeps(&self, needle: &str) -> bool {
        let written = |key: &str| ["draft/", "pending/", "letter/"].iter().any(|kind| key.starts_with(kind));
        self.rows.iter().any(|(key, value)| written(key) && holds(value, needle))
    }

    pub fn dead_letters(&self) -> u64 {
        self.rows.keys().filter(|key| key.starts_with("letter/")).count() as u64
    }

    /// Dead letters that hold all of these texts.
    pub fn letters(&self, needles: &[String]) -> usize {
        let letters = self.rows.iter().filter(|(key, _)| key.starts_with("letter/"));
        letters.filter(|(_, value)| needles.iter().all(|needle| holds(value, needle))).count()
    }
}

/// The hash of a change: SHA-256 over the chunk without its first 8 bytes (docs/PROTOCOL.md).
pub fn hash_of(change: &[u8]) -> Hash {
    Sha256::digest(change.get(8..).unwrap_or_default()).into()
}

fn holds(value: &[u8], needle: &str) -> bool {
    value.windows(needle.len()).any(|window| window == needle.as_bytes())
}

fn first_bytes(row: &[u8]) -> Option<&[u8]> {
    let mut decoder = Decoder::new(row);
    decoder.array().ok()?;
    decoder.bytes().ok()
}

fn document(hex: &str) -> Result<DocumentId, String> {
    let digit = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(digit).collect();
    bytes.and_then(|bytes| DocumentId::from_bytes(&bytes)).ok_or_else(|| format!("{hex} is no document's id"))
}
