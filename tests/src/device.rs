//! The host of one replica: a disk in memory that takes a commit whole or not at all, a line to the server, a clock the
//! test turns. It does what the browser's worker does, and can die at any moment: what it was not told is durable is
//! gone.
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use serde_bytes::ByteBuf;
use zhucun_core::clock::Moment;
use zhucun_core::contract::{Command, EntryView, HomeView, Identity, Outcome, Query, SyncTrouble, View};
use zhucun_core::division::DivisionCode;
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::field::FieldValue;
use zhucun_core::host::{Effect, Event, Row, Tokens};
use zhucun_core::id::{DeviceId, Dice, EntryId, HouseholdId, IssueId};
use zhucun_core::replica::Replica;
use zhucun_core::wire::{self, Hello};

use crate::line::{Answer, Cut, Line};

/// Steps after which a device that still finds something to do is stuck.
const STEPS_MAX: usize = 10_000;

/// A request that is ready to go.
pub struct Packed {
    request: u32,
    token: String,
    body: Vec<u8>,
}

pub struct Device {
    replica: Replica,
    disk: BTreeMap<String, ByteBuf>,
    pub line: Line,
    dice: Dice,
    now: Moment,
    pub id: DeviceId,
    outcomes: BTreeMap<u32, Outcome>,
    tickets: u32,
    /// How the next requests are cut, first to last.
    pub cuts: Vec<Cut>,
    online: bool,
    /// Set while a request is packed and kept back.
    packing: bool,
    packed: Option<Packed>,
}

impl Device {
    /// A new device; `seed` decides its id and all its chance.
    pub fn new(seed: u64, now: Moment, address: SocketAddr) -> Self {
        let mut chance = [0; 32];
        chance[..8].copy_from_slice(&seed.to_be_bytes());
        let mut dice = Dice::new(chance);
        let id = DeviceId(dice.uuid_v7(now));
        let mut device = Device {
            replica: Replica::new(),
            disk: BTreeMap::new(),
            line: Line::to(address),
            dice,
            now,
            id,
            outcomes: BTreeMap::new(),
            tickets: 0,
            cuts: Vec::new(),
            online: true,
            packing: false,
            packed: None,
        };
        device.reopen();
        device
    }

    /// The same installation, opened from a copy of its disk and facing another server.
    pub fn twin(&self, address: SocketAddr) -> Self {
        let mut device = Device::new(self.id.0.as_u64_pair().1, self.now, address);
        device.id = self.id;
        device.put_disk(self.disk.clone());
        device
    }

    pub fn now(&self) -> Moment {
        self.now
    }

    pub fn wait_ms(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
    }

    pub fn set_online(&mut self, online: bool) {
        self.online = online;
        self.line.hang_up();
    }

    /// Dies and opens again from its disk.
    pub fn reopen(&mut self) {
        let rows = self.disk.iter().map(|(key, value)| Row { key: key.clone(), value: value.clone() }).collect();
        let mut seed = [0; 32];
        for eight in seed.chunks_mut(8) {
            eight.copy_from_slice(&self.dice.below(u64::MAX).to_be_bytes());
        }
        self.replica = Replica::new();
        self.line.hang_up();
        self.feed(Event::Open { seed: ByteBuf::from(seed.to_vec()), rows });
    }

    /// Signs in over the line. Panics when that is refused: a test that wants a refusal asks the line itself.
    pub fn sign_in(&mut self, login: &str, password: &str) {
        let body = serde_json::json!({
            "login": login, "password": password, "device_id": self.id, "device_label": "test",
        });
        let answer = self.ask("POST", "/api/v1/session", "", body.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let view: serde_json::Value = serde_json::from_slice(&answer.body).expect("a session is JSON");
        let text = |name: &str| view[name].as_str().expect("a text").to_owned();
        let number = |name: &str| view[name].as_i64().expect("a number");
        let seconds = (number("access_until_ms") - number("server_time_ms")) / 1000;
        let tokens = Tokens {
            access_token: text("access_token"),
            access_token_s: u32::try_from(seconds).expect("a quarter of an hour"),
            refresh_token: text("refresh_token"),
        };
        let person = serde_json::from_value(view["person"].clone()).expect("a person");
        self.feed(Event::SignedIn { identity: Identity { person, device: self.id }, tokens });
    }

    pub fn ask(&mut self, verb: &str, path: &str, token: &str, body: &[u8]) -> Answer {
        self.line.ask(verb, path, token, body, Cut::Never).expect("the server answers")
    }

    /// Something may have changed outside: the device tries to sync, and goes on while the server has more.
    pub fn sync(&mut self) {
        self.feed(Event::Nudge);
    }

    /// Packs the next request and keeps it back.
    pub fn pack(&mut self) -> Packed {
        self.packing = true;
        self.sync();
        self.packing = false;
        self.packed.take().expect("a device that is signed in has a request to send")
    }

    /// One round trip with what was packed; what came back is for `take_in`.
    pub fn exchange(&mut self, packed: &Packed) -> Event {
        self.send(packed.request, &packed.token, &packed.body)
    }

    /// Takes in what came back, and goes on if there is more to do.
    pub fn take_in(&mut self, event: Event) {
        self.feed(event);
    }

    /// Syncs, waiting out the back-off, until nothing waits and nothing is wrong; panics if that takes for ever.
    pub fn sync_fully(&mut self) {
        for _ in 0..100 {
            self.sync();
            let sync = self.home().sync;
            if sync.waiting == 0 && sync.trouble.is_none() && self.cuts.is_empty() {
                return;
            }
            self.wait_ms(200_000);
        }
        panic!("a queue is wedged: {:?}", self.home().sync);
    }

    pub fn tell(&mut self, command: Command) -> Outcome {
        self.tickets += 1;
        let ticket = self.tickets;
        self.feed(Event::Command { ticket, command });
        self.outcomes.remove(&ticket).expect("a command is answered")
    }

    /// Tells and expects it to be done; gives the entry it was about.
    pub fn done(&mut self, command: Command) -> EntryId {
        match self.tell(command.clone()) {
            Outcome::Done { entry: Some(entry), .. } => entry,
            other => panic!("{command:?} became {other:?}"),
        }
    }

    /// Writes a draft and records it.
    pub fn record(&mut self, kind: EntryKind, fields: &[(&str, FieldValue)]) -> EntryId {
        let fields: Fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let entry = self.done(Command::SaveDraft { entry: None, kind, fields, seen: None });
        self.done(Command::Record { entry })
    }

    /// Adds a household to a village's register by hand.
    pub fn add_household(&mut self, village: DivisionCode, fields: &[(&str, &str)]) -> HouseholdId {
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), FieldValue::from(*text))).collect();
        match self.tell(Command::AddHousehold { village, fields }) {
            Outcome::Done { household: Some(household), .. } => household,
            other => panic!("no household: {other:?}"),
        }
    }

    /// Writes an issue that is raised when the draft is recorded.
    pub fn raise(&mut self, entry: EntryId, fields: &[(&str, &str)]) -> IssueId {
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect();
        match self.tell(Command::SaveIssue { entry, issue: None, fields }) {
            Outcome::Done { issue: Some(issue), .. } => issue,
            other => panic!("no issue: {other:?}"),
        }
    }

    pub fn amend(&mut self, entry: EntryId, name: &str, value: &str) {
        let fields = Fields::from([(name.to_owned(), FieldValue::from(value))]);
        self.done(Command::Amend { entry, fields });
    }

    pub fn view(&self, query: &Query) -> View {
        self.replica.view(self.now, query)
    }

    pub fn home(&self) -> HomeView {
        match self.view(&Query::Home) {
            View::Home(home) => home,
            other => panic!("no home: {other:?}"),
        }
    }

    pub fn entry(&self, entry: EntryId) -> Option<EntryView> {
        match self.view(&Query::Entry { entry }) {
            View::Entry(view) => Some(view),
            _ => None,
        }
    }

    pub fn access_token(&self) -> String {
        self.replica.access_token().unwrap_or_default().to_owned()
    }

    /// What is on the disk, for tests that look for what must not be there.
    pub fn disk(&self) -> &BTreeMap<String, ByteBuf> {
        &self.disk
    }

    /// Puts another disk in, as a backup of the phone or a copied profile does, and opens from it.
    pub fn put_disk(&mut self, disk: BTreeMap<String, ByteBuf>) {
        self.disk = disk;
        self.reopen();
    }

    /// How many documents are on the disk.
    pub fn documents(&self) -> usize {
        let document = |key: &String| key.split('/').nth(1).map(str::to_owned);
        let rows = self.disk.keys().filter(|key| key.starts_with("change/") || key.starts_with("snapshot/"));
        rows.filter_map(document).collect::<BTreeSet<String>>().len()
    }

    fn feed(&mut self, event: Event) {
        let mut events = std::collections::VecDeque::from([event]);
        for _ in 0..STEPS_MAX {
            let Some(event) = events.pop_front() else { return };
            let effects = self.replica.step(self.now, event);
            let answers: Vec<Event> = effects.into_iter().filter_map(|effect| self.perform(effect)).collect();
            // What the effects of this step led to comes before anything else.
            for answer in answers.into_iter().rev() {
                events.push_front(answer);
            }
        }
        panic!("the device does not come to rest");
    }

    fn perform(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Commit { writes } | Effect::Note { writes } => {
                for write in writes {
                    match write.value {
                        Some(value) => self.disk.insert(write.key, value),
                        None => self.disk.remove(&write.key),
                    };
                }
                Some(Event::Committed)
            }
            Effect::Answer { ticket, outcome } => {
                self.outcomes.insert(ticket, outcome);
                None
            }
            Effect::MoreToOpen => Some(Event::GoOn),
            Effect::Changed | Effect::Wake { .. } => None,
            Effect::Send { request, access_token, body } if self.packing => {
                self.packed = Some(Packed { request, token: access_token, body: body.into_vec() });
                None
            }
            Effect::Send { request, access_token, body } => Some(self.send(request, &access_token, &body)),
        }
    }

    fn send(&mut self, request: u32, token: &str, body: &[u8]) -> Event {
        if !self.online {
            return Event::NoReply { request, trouble: SyncTrouble::Offline };
        }
        let cut = if self.cuts.is_empty() { Cut::Never } else { self.cuts.remove(0) };
        match self.line.ask("POST", "/api/v1/sync", token, body, cut) {
            Ok(Answer { status: 200, body, whole }) => Event::Reply { request, body: ByteBuf::from(body), whole },
            Ok(Answer { status: 401, body, .. }) => {
                let revoked = String::from_utf8_lossy(&body).contains("device_revoked");
                let trouble = if revoked { SyncTrouble::Revoked } else { SyncTrouble::SignedOut };
                Event::NoReply { request, trouble }
            }
            Ok(_) => Event::NoReply { request, trouble: SyncTrouble::Server },
            Err(_) => Event::NoReply { request, trouble: SyncTrouble::Offline },
        }
    }
}

/// A hello of a device that has nothing yet.
pub fn hello(device: DeviceId) -> Hello {
    Hello {
        protocol: wire::PROTOCOL,
        app: "test".to_owned(),
        schema: 1,
        device,
        cursors: Vec::new(),
        checkpoints: Vec::new(),
        reference: 0,
        scope: 0,
        bytes_max: 0,
        refresh_token: None,
        witnesses: Vec::new(),
        parked: Vec::new(),
        leaves: false,
    }
}
