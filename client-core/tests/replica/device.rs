//! The host of one replica in memory: a disk that takes a commit whole or not at all, an order of events as the contract
//! demands, and death at any moment.
use std::collections::BTreeMap;

use serde_bytes::ByteBuf;
use zhucun_core::clock::Moment;
use zhucun_core::contract::{Command, Identity, Outcome, Query, Refusal, SyncTrouble, View};
use zhucun_core::host::{Effect, Event, Row, Tokens};
use zhucun_core::id::{DeviceId, EntryId};
use zhucun_core::replica::Replica;

use crate::hub::Hub;
use crate::town::{NOON, Who, village};

/// What happens to the next commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disk {
    Writes,
    /// Says that it could not.
    IsFull,
    /// The device dies before anything is written.
    DiesBefore,
    /// The device dies when all is written and nobody was told.
    DiesAfter,
}

pub struct Device {
    pub id: DeviceId,
    pub who: Who,
    replica: Replica,
    rows: BTreeMap<String, ByteBuf>,
    pub now: Moment,
    pub disk: Disk,
    died: bool,
    tickets: u32,
    outcome: Option<Outcome>,
    sent: Option<(u32, ByteBuf)>,
    seeds: u64,
    /// How many replies it has had, and for how long it then means to wait.
    pub requests: u32,
    pub wake_ms: Option<u32>,
    /// The first screen before the rest was open, and whether the mark of an opening was on the disk then.
    pub first: Option<(View, bool)>,
}

impl Device {
    /// A device that has just signed in.
    pub fn new(id: DeviceId, who: Who) -> Self {
        let mut device = Device {
            id,
            who,
            replica: Replica::new(),
            rows: BTreeMap::new(),
            now: NOON,
            disk: Disk::Writes,
            died: false,
            tickets: 0,
            outcome: None,
            sent: None,
            seeds: 0,
            requests: 0,
            wake_ms: None,
            first: None,
        };
        device.reopen();
        device.signs_in();
        device
    }

    /// Signs in under a new name, since the old one was shut out.
    pub fn signs_in_as(&mut self, id: DeviceId) {
        self.id = id;
        if let Some((request, _)) = self.sent.take() {
            self.feed(Event::NoReply { request, trouble: SyncTrouble::Revoked });
        }
        self.signs_in();
    }

    /// Forgets its memory and opens from its disk.
    pub fn reopen(&mut self) {
        self.seeds += 1;
        let mut seed = self.id.0.as_bytes().to_vec();
        seed.extend([self.seeds.to_be_bytes(), [0; 8]].concat());
        let rows = self.rows.iter().map(|(key, value)| Row { key: key.clone(), value: value.clone() }).collect();
        self.replica = Replica::new();
        self.sent = None;
        self.died = false;
        self.feed(Event::Open { seed: seed.into(), rows });
    }

    /// The disk as it is, to be put back later.
    pub fn disk_now(&self) -> BTreeMap<String, ByteBuf> {
        self.rows.clone()
    }

    /// Opens from the disk of an earlier day.
    pub fn put_back(&mut self, disk: BTreeMap<String, ByteBuf>) {
        self.rows = disk;
        self.reopen();
    }

    /// What became of a command; `None` if the device died over it and opened again.
    pub fn does(&mut self, command: Command) -> Option<Outcome> {
        self.now = self.now.plus_ms(1_000);
        self.tickets += 1;
        self.outcome = None;
        self.feed(Event::Command { ticket: self.tickets, command });
        if self.died {
            self.disk = Disk::Writes;
            self.reopen();
            return None;
        }
        let outcome = self.outcome.take().expect("every command is answered");
        if self.disk == Disk::IsFull {
            self.disk = Disk::Writes;
            if outcome == (Outcome::Refused { refusal: Refusal::NotStored }) {
                self.reopen();
            }
        }
        Some(outcome)
    }

    /// One round trip, and more while there is more to send.
    pub fn sync(&mut self, hub: &mut Hub) {
        self.now = self.now.plus_ms(60_000);
        self.feed(Event::Nudge);
        self.answers(hub);
    }

    /// What is on its way is answered, and what follows on it.
    pub fn answers(&mut self, hub: &mut Hub) {
        for _ in 0..100 {
            let Some((request, body)) = self.sent.take() else { return };
            let body = hub.reply(self.now, self.id, self.who, &body).into();
            self.requests += 1;
            self.feed(Event::Reply { request, body, whole: true });
        }
        panic!("the device does not come to rest");
    }

    /// A request leaves and nothing comes back, though the server may have had it.
    pub fn sync_into_the_void(&mut self, hub: &mut Hub) {
        self.feed(Event::Nudge);
        if let Some((request, body)) = self.sent.take() {
            hub.reply(self.now, self.id, self.who, &body);
            self.feed(Event::NoReply { request, trouble: SyncTrouble::Offline });
        }
    }

    /// A request leaves: its body, if there is anything to ask.
    pub fn asks(&mut self) -> Option<ByteBuf> {
        self.now = self.now.plus_ms(60_000);
        if self.sent.is_none() {
            self.feed(Event::Nudge);
        }
        self.sent.as_ref().map(|(_, body)| body.clone())
    }

    /// One event.
    pub fn feeds(&mut self, event: Event) {
        self.feed(event);
    }

    /// The request that is on its way.
    pub fn asks_now(&self) -> Option<&ByteBuf> {
        self.sent.as_ref().map(|(_, body)| body)
    }

    /// Signs in under a new name while a request is on its way, and hears its reply only then.
    pub fn signs_in_before(&mut self, id: DeviceId, reply: impl FnOnce(&Self, &[u8]) -> Vec<u8>) {
        let (request, body) = self.sent.take().expect("something is on its way");
        let reply = reply(self, &body);
        self.id = id;
        self.signs_in();
        self.feed(Event::Reply { request, body: reply.into(), whole: true });
    }

    /// Whatever came back for it.
    pub fn hears(&mut self, body: Vec<u8>, whole: bool) {
        if let Some((request, _)) = self.sent.take() {
            self.feed(Event::Reply { request, body: body.into(), whole });
        }
    }

    /// Someone signs in again, as after the row that says who it was is lost.
    pub fn signs_in(&mut self) {
        let tokens = Tokens { access_token: "a".to_owned(), access_token_s: 900, refresh_token: "r".to_owned() };
        self.feed(Event::SignedIn { identity: Identity { person: self.who.person(), device: self.id }, tokens });
    }

    fn feed(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in self.replica.step(self.now, event) {
                match effect {
                    // A full disk keeps nobody from opening.
                    Effect::Note { .. } if self.disk == Disk::IsFull => events.push(Event::Committed),
                    Effect::Commit { writes } | Effect::Note { writes } => match self.disk {
                        Disk::Writes | Disk::DiesAfter => {
                            for write in writes {
                                match write.value {
                                    Some(value) => self.rows.insert(write.key, value),
                                    None => self.rows.remove(&write.key),
                                };
                            }
                            match self.disk {
                                Disk::Writes => events.push(Event::Committed),
                                _ => self.died = true,
                            }
                        }
                        Disk::IsFull => events.push(Event::NotCommitted),
                        Disk::DiesBefore => self.died = true,
                    },
                    Effect::Answer { outcome, .. } => self.outcome = Some(outcome),
                    Effect::Send { request, body, .. } => self.sent = Some((request, body)),
                    Effect::Wake { after_ms } => self.wake_ms = Some(after_ms),
                    Effect::Changed => {}
                    Effect::MoreToOpen => {
                        let is_marked = self.rows.contains_key("opening");
                        self.first = Some((self.sees(&Query::Home), is_marked));
                        events.push(Event::GoOn);
                    }
                }
            }
        }
    }

    pub fn sees(&self, query: &Query) -> View {
        self.replica.view(self.now, query)
    }

    /// Ids of all entries of the village, then of one's own drafts.
    pub fn entries(&self) -> (Vec<EntryId>, Vec<EntryId>) {
        use zhucun_core::contract::EntryState;
        let View::Entries(all) = self.sees(&Query::Village { village: village() }) else { return Default::default() };
        let View::Entries(own) = self.sees(&Query::Entries) else { return Default::default() };
        let mut entries: Vec<EntryId> = all.entries.iter().map(|entry| entry.id).collect();
        entries.sort();
        let drafts = own.entries.iter().filter(|entry| entry.state == EntryState::Draft).map(|entry| entry.id);
        (entries, drafts.collect())
    }

    /// Everything a person could see, as text: what has to be the same after opening again.
    pub fn everything(&self) -> Vec<String> {
        let (entries, drafts) = self.entries();
        let mut seen = vec![
            format!("{:?}", self.sees(&Query::Entries)),
            format!("{:?}", self.sees(&Query::Queue)),
            format!("{:?}", self.sees(&Query::Households { village: village() })),
            format!("{:?}", self.sees(&Query::DeadLetters)),
        ];
        seen.extend(entries.into_iter().map(|entry| format!("{:?}", self.sees(&Query::Entry { entry }))));
        seen.extend(drafts.into_iter().map(|entry| format!("{:?}", self.sees(&Query::Draft { entry }))));
        if let View::Sync(sync) = self.sees(&Query::Sync) {
            seen.push(format!("{} {:?} {:?}", sync.waiting, sync.waiting_since, sync.synced_at));
        }
        seen
    }

    /// What of the entries must be the same for all who may see them, whoever they are.
    pub fn common(&self) -> Vec<String> {
        let of = |entry| match self.sees(&Query::Entry { entry }) {
            View::Entry(view) => {
                let fields: Vec<_> =
                    view.fields.iter().map(|(name, field)| (name, &field.value, &field.others)).collect();
                let said: Vec<_> = view.events.iter().map(|event| (&event.kind, &event.by, event.at)).collect();
                format!("{} {} {:?} {fields:?} {said:?}", view.summary.id, view.version, view.summary.state)
            }
            other => unreachable!("an entry of the list is {other:?}"),
        };
        self.entries().0.into_iter().map(of).collect()
    }
}
