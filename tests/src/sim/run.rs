//! One run: phones, net, server and people, from a seed. Each step lets time go on, hands over what has come, and then
//! one thing happens that the seed draws. In the end the faults stop, everybody syncs, and the oracle looks.
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_bytes::ByteBuf;
use zhucun_core::clock::Moment;
use zhucun_core::contract::{Outcome, Query, SyncTrouble, View};
use zhucun_core::host::Event;
use zhucun_core::id::DeviceId;

use super::chance::Chance;
use super::counter::Counters;
use super::disk::{Damage, Files, Seen};
use super::oracle::{Oracle, Promise, Reader, Replied};
use super::phone::{CommitFaults, Ended, Fed, Phone, Planted, Sending};
use super::server::{Answer, End, Epoch, Server};
use super::swarm::Swarm;
use super::world::{MEMBER, REVIEWERS, SECRETARIES, World, beginning};
use super::{net, wire_bend};

/// Times that a phone without a connection tries again by itself while time goes on: days of it prove no more.
const WAKES_MAX: u32 = 1;
/// A phone waits so long for a reply that does not come.
const PATIENCE_MS: i64 = 90_000;

pub type Done = Result<(), String>;

/// A bug that is planted, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canary {
    /// The server's disk says that it synced and has not.
    DiskIgnoresSync,
    /// A phone tells its person one commit too early.
    AnswersBeforeDisk,
    /// A phone's disk forgets a command now and then.
    ForgetsCommands,
    /// A delivery leaves out a change.
    DeliverySkips,
    /// A reply holds a change that its reader may not see.
    DeliveryLeaks,
    /// An ack says accepted for what was not.
    FalseAck,
}

impl Canary {
    pub const ALL: [Canary; 6] = [
        Canary::DiskIgnoresSync,
        Canary::AnswersBeforeDisk,
        Canary::ForgetsCommands,
        Canary::DeliverySkips,
        Canary::DeliveryLeaks,
        Canary::FalseAck,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Canary::DiskIgnoresSync => "disk-ignores-sync",
            Canary::AnswersBeforeDisk => "answers-before-disk",
            Canary::ForgetsCommands => "forgets-commands",
            Canary::DeliverySkips => "delivery-skips",
            Canary::DeliveryLeaks => "delivery-leaks",
            Canary::FalseAck => "false-ack",
        }
    }
}

/// What is on its way.
pub(super) enum Flight {
    Request { to: To, token: String, body: Vec<u8>, is_echo: bool },
    Reply { to: To, body: Vec<u8>, whole: bool, replied: Replied },
    NoReply { to: To, trouble: SyncTrouble },
    Wake { phone: usize, opening: u32, number: u64 },
    SwitchOn { phone: usize },
    Start,
}

/// The request of one opening of a phone.
#[derive(Clone, Copy)]
pub(super) struct To {
    pub phone: usize,
    pub opening: u32,
    pub request: u32,
}

/// A server's disk with the run's own account of the people on it.
pub(super) struct Backup {
    files: Files,
    world: World,
}

pub struct Run {
    pub(super) swarm: Swarm,
    pub(super) canary: Option<Canary>,
    pub(super) chance: Chance,
    pub(super) now: Moment,
    pub(super) world: World,
    pub(super) server: Server,
    pub(super) phones: Vec<Phone>,
    pub(super) air: BTreeMap<(i64, u64), Flight>,
    flights: u64,
    /// The last wake of each phone counts.
    wakes: Vec<u64>,
    woken: Vec<u32>,
    waits_until: Moment,
    /// The newest request of each phone that the server has seen.
    pub(super) arrived: Vec<(u32, u32)>,
    /// The last request that each phone sent: the only one whose reply it takes.
    sent: Vec<u32>,
    pub(super) oracle: Oracle,
    pub(super) backup: Option<Backup>,
    settled_on: Date,
    pub(super) markers: u32,
    /// The last command was answered with done.
    pub(super) last_was_done: bool,
    /// The faults have stopped.
    pub(super) is_calm: bool,
    /// Replies that the phones took since this was last set to 0, and changes in them.
    pub(super) round_trips: u32,
    pub(super) deltas: usize,
    disk_seen: Seen,
    pub counters: Counters,
    pub trace: Vec<String>,
}

impl Run {
    pub fn begin(seed: u64, canary: Option<Canary>) -> Self {
        let mut chance = Chance::new(seed);
        let swarm = Swarm::draw(&mut chance);
        let mut server = Server::begin(chance.fork());
        if canary == Some(Canary::DiskIgnoresSync) {
            server.ignores_sync = true;
            server.set_faults(|faults| faults.ignores_sync = true);
        }
        let mut run = Run {
            swarm,
            canary,
            chance,
            now: beginning(),
            world: World::begin(),
            server,
            phones: Vec::new(),
            air: BTreeMap::new(),
            flights: 0,
            wakes: Vec::new(),
            woken: Vec::new(),
            waits_until: beginning(),
            arrived: Vec::new(),
            sent: Vec::new(),
            oracle: Oracle::default(),
            backup: None,
            settled_on: beginning().date(),
            markers: 0,
            last_was_done: false,
            is_calm: false,
            round_trips: 0,
            deltas: 0,
            disk_seen: Seen::default(),
            counters: Counters::default(),
            trace: Vec::new(),
        };
        run.tell(&format!("{:?}", run.swarm));
        run.hand_out_phones();
        run
    }

    pub(super) fn tell(&mut self, what: &str) {
        let ms = self.now.0 - beginning().0;
        let (s, ms) = (ms / 1000, ms % 1000);
        let (days, hours, minutes, s) = (s / 86_400, s / 3600 % 24, s / 60 % 60, s % 60);
        self.trace.push(format!("{days:>3} {hours:02}:{minutes:02}:{s:02}.{ms:03}  {what}"));
    }

    fn hand_out_phones(&mut self) {
        let [a, b, c, d] = SECRETARIES;
        let order = [a, REVIEWERS[0], a, b, MEMBER, c, REVIEWERS[1], d];
        let hands = order.into_iter().take(self.swarm.phones);
        let mut hands: Vec<(usize, bool)> = hands.map(|who| (who, false)).collect();
        if self.swarm.is_hostile {
            let whose = *self.chance.pick(&[a, REVIEWERS[0], MEMBER, b]).expect("four people");
            hands.push((whose, true));
        }
        for (at, (who, is_hostile)) in hands.into_iter().enumerate() {
            let person = self.world.people[who].clone();
            let name = format!("{}{at}", person.name);
            let mut phone = Phone::new(name, who, person, self.chance.fork());
            phone.is_hostile = is_hostile;
            self.add_phone(phone);
            self.switch_on(at);
        }
    }

    pub(super) fn add_phone(&mut self, mut phone: Phone) {
        let swarm = &self.swarm;
        if !phone.is_hostile {
            phone.faults = CommitFaults {
                dies_before: swarm.dies_before_commit,
                dies_after: swarm.dies_after_commit,
                fails: swarm.commit_fails,
            };
        }
        phone.planted = Planted {
            answers_before_disk: self.canary == Some(Canary::AnswersBeforeDisk),
            forgets_commands: self.canary == Some(Canary::ForgetsCommands),
        };
        if swarm.begins_in_1970 && self.chance.in_1000(400) {
            phone.skew_ms = -beginning().0;
            self.counters.count("phone: began in 1970");
        } else if swarm.skewed {
            phone.skew_ms = self.chance.between(-3 * 86_400_000, 3 * 86_400_000);
        }
        self.phones.push(phone);
        self.wakes.push(0);
        self.woken.push(0);
        self.arrived.push((0, 0));
        self.sent.push(0);
    }

    /// Runs the story and then its end. The first thing that is not true ends it.
    pub fn play(&mut self) -> Done {
        for _ in 0..self.swarm.steps {
            self.step()?;
        }
        self.finish()
    }

    fn step(&mut self) -> Done {
        let ms = match self.chance.weighted(&self.swarm.pace) {
            0 => self.chance.between(100, 20_000),
            1 => self.chance.between(60_000, 30 * 60_000),
            2 => self.chance.between(3_600_000, 12 * 3_600_000),
            _ => self.chance.between(86_400_000, 5 * 86_400_000),
        };
        self.wait_ms(ms)?;
        self.something_happens()
    }

    /// Lets time go on, and everything come that comes meanwhile.
    pub(super) fn wait_ms(&mut self, ms: i64) -> Done {
        let until = self.now.plus_ms(ms);
        self.waits_until = until;
        self.woken.fill(0);
        while let Some(next) = self.air.first_entry()
            && next.key().0 <= until.0
        {
            let at = next.key().0;
            let flight = next.remove();
            self.turn_to(Moment(at.max(self.now.0)))?;
            self.land(flight)?;
        }
        self.turn_to(until)
    }

    fn turn_to(&mut self, now: Moment) -> Done {
        self.now = now;
        self.server.turn_to(now);
        self.settle_scopes()
    }

    /// What the server does hourly and at its start.
    fn settle_scopes(&mut self) -> Done {
        let today = self.now.date();
        if today != self.settled_on && self.server.is_up() {
            self.settled_on = today;
            let now = self.now;
            let settled = self.server.write(move |tx| zhucun_server::store::grant::settle(tx, now));
            settled.map_err(|trouble| trouble.to_string())?;
        }
        Ok(())
    }

    pub(super) fn fly(&mut self, after_ms: i64, flight: Flight) {
        self.flights += 1;
        self.air.insert((self.now.0 + after_ms.max(0), self.flights), flight);
    }

    fn land(&mut self, flight: Flight) -> Done {
        match flight {
            Flight::Request { to, token, body, is_echo } => self.arrive(to, &token, body, is_echo),
            Flight::Reply { to, body, whole, replied } => self.take_reply(to, body, whole, &replied),
            Flight::NoReply { to, trouble } => {
                let event = Event::NoReply { request: to.request, trouble };
                if self.is_listening(to) { self.feed(to.phone, event) } else { Ok(()) }
            }
            Flight::Wake { phone, opening, number } => {
                let is_last = self.wakes[phone] == number && self.phones[phone].opening == opening;
                if !is_last || !self.phones[phone].is_on || self.is_calm {
                    return Ok(());
                }
                self.woken[phone] += 1;
                if self.woken[phone] > WAKES_MAX {
                    let rest_ms = self.waits_until.0 - self.now.0;
                    self.fly(rest_ms + 1, Flight::Wake { phone, opening, number });
                    return Ok(());
                }
                self.feed(phone, Event::Woken)
            }
            Flight::SwitchOn { phone } => {
                if self.phones[phone].is_on {
                    Ok(())
                } else {
                    self.open(phone)
                }
            }
            Flight::Start => self.start_server(),
        }
    }

    fn is_listening(&self, to: To) -> bool {
        self.phones[to.phone].is_on && self.phones[to.phone].opening == to.opening
    }

    // ---- the phones

    pub(super) fn feed(&mut self, at: usize, event: Event) -> Done {
        let fed = self.phones[at].feed(self.now, event);
        self.absorb(at, fed, None)
    }

    fn switch_on(&mut self, at: usize) {
        self.fly(0, Flight::SwitchOn { phone: at });
    }

    /// Opens a phone from its disk; what it promised is there.
    pub(super) fn open(&mut self, at: usize) -> Done {
        self.counters.add("phone: opened with care", self.phones[at].is_marked().into());
        let fed = self.phones[at].open(self.now);
        self.tell(&format!("{} opens", self.phones[at].name));
        if !self.phones[at].is_hostile {
            if self.server.is_up() {
                self.oracle.read(&self.server)?;
            }
            let loses_nothing = self.loses_nothing();
            self.oracle.keeps_promises(at, &self.phones[at], self.now, loses_nothing)?;
        }
        self.absorb(at, fed, None)?;
        if self.phones[at].is_on && self.phones[at].device().is_none() { self.sign_in(at) } else { Ok(()) }
    }

    /// A copied phone may go on in a line of which a restored server has lost the end: two changes with one place, and the
    /// one that comes first stays. Nothing wedges, all converge, and what was lost is what the backup lacked.
    pub(super) fn loses_nothing(&self) -> bool {
        let of = |path| self.counters.of(path);
        let twins = of("phone: copied to another") + of("phone: put back to an older disk");
        let restores = of("server: restored with a new epoch") + of("server: restored with the same epoch");
        twins == 0 || restores == 0
    }

    /// Signs in, when the server can be reached.
    pub(super) fn sign_in(&mut self, at: usize) -> Done {
        if !self.server.is_up() || !self.phones[at].is_online || !self.phones[at].is_on {
            return Ok(());
        }
        let trouble = self.phones[at].sync_view(self.now).and_then(|view| view.trouble);
        let known = self.phones[at].device().filter(|_| trouble != Some(SyncTrouble::Revoked));
        let device =
            known.unwrap_or_else(|| DeviceId(uuid::Builder::from_random_bytes(self.chance.bytes()).into_uuid()));
        let person = self.phones[at].person().id;
        let token = self.server.sign_in(person, device).map_err(|trouble| trouble.to_string())?;
        self.tell(&format!("{} signs in as {device}", self.phones[at].name));
        let fed = self.phones[at].signed_in(self.now, device, token);
        self.absorb(at, fed, None)
    }

    /// Does what a phone wants done; `promise` is what it will have promised if it said so.
    pub(super) fn absorb(&mut self, at: usize, fed: Fed, promise: Option<Promise>) -> Done {
        if promise.is_some() {
            self.last_was_done = false;
        }
        for outcome in fed.outcomes {
            let is_done = matches!(outcome, Outcome::Done { .. });
            self.last_was_done = is_done;
            self.counters.count(match &outcome {
                Outcome::Done { .. } => "command: done",
                Outcome::Refused { refusal: zhucun_core::contract::Refusal::NotStored } => "command: not stored",
                Outcome::Refused { .. } => "command: refused",
            });
            if let Outcome::Refused { refusal } = &outcome {
                self.tell(&format!("{} is refused: {refusal:?}", self.phones[at].name));
            }
            if is_done && let Some(promise) = promise.clone() {
                self.oracle.promises.push(promise);
            }
        }
        for sending in fed.sends {
            self.send(at, sending)?;
        }
        if let Some(after_ms) = fed.wake_ms {
            self.flights += 1;
            self.wakes[at] = self.flights;
            let (opening, number) = (self.phones[at].opening, self.flights);
            self.fly(i64::from(after_ms), Flight::Wake { phone: at, opening, number });
        }
        match fed.end {
            Ended::Lives => Ok(()),
            Ended::NotCommitted => {
                self.counters.count("phone: commit failed");
                self.tell(&format!("{} could not store it", self.phones[at].name));
                self.phones[at].die();
                // A disk that stays full is not asked every second.
                let rest_ms = self.waits_until.0 - self.now.0;
                self.fly(rest_ms.max(1_000), Flight::SwitchOn { phone: at });
                Ok(())
            }
            died => {
                self.counters.count(match died {
                    Ended::DiedBeforeCommit => "phone: died before a commit",
                    _ => "phone: died after a commit",
                });
                self.tell(&format!("{} died: {died:?}", self.phones[at].name));
                let after_ms = self.chance.between(1_000, 3_600_000);
                self.fly(after_ms, Flight::SwitchOn { phone: at });
                Ok(())
            }
        }
    }

    // ---- the net

    fn send(&mut self, at: usize, sending: Sending) -> Done {
        let Sending { request, access_token: token, mut body } = sending;
        let to = To { phone: at, opening: self.phones[at].opening, request };
        self.sent[at] = request;
        if !self.phones[at].is_online {
            self.counters.count("net: offline");
            self.fly(500, Flight::NoReply { to, trouble: SyncTrouble::Offline });
            return Ok(());
        }
        if self.is_calm {
            self.fly(10, Flight::Request { to, token, body, is_echo: false });
            return Ok(());
        }
        if self.phones[at].is_hostile && self.chance.in_1000(600) {
            self.counters.count("hostile: request changed");
            body = wire_bend::bend(&body, &mut self.chance);
        }
        if self.chance.in_1000(self.swarm.newer_frames) {
            self.counters.count("net: frame of a newer version");
            body = net::with_newer_frame(&body);
        }
        if self.chance.in_1000(self.swarm.request_lost) {
            self.counters.count("net: request lost");
            self.tell(&format!("{} #{request} is lost", self.phones[at].name));
            self.fly(PATIENCE_MS, Flight::NoReply { to, trouble: SyncTrouble::Offline });
            return Ok(());
        }
        if self.chance.in_1000(self.swarm.doubled) {
            let later_ms = self.chance.between(1, 20 * 60_000);
            self.fly(later_ms, Flight::Request { to, token: token.clone(), body: body.clone(), is_echo: true });
        }
        let after_ms = self.latency();
        self.fly(after_ms, Flight::Request { to, token, body, is_echo: false });
        Ok(())
    }

    fn latency(&mut self) -> i64 {
        if self.chance.in_1000(self.swarm.slow) {
            self.chance.between(1_000, 80_000)
        } else {
            self.chance.between(30, 800)
        }
    }

    fn arrive(&mut self, to: To, token: &str, body: Vec<u8>, is_echo: bool) -> Done {
        let name = self.phones[to.phone].name.clone();
        let request = to.request;
        let newest = (to.opening, to.request);
        if is_echo {
            self.counters.count("net: request came twice");
        }
        if newest < self.arrived[to.phone] {
            self.counters.count("net: request came after a later one");
        }
        self.arrived[to.phone] = self.arrived[to.phone].max(newest);
        if !self.server.is_up() {
            self.fly(500, Flight::NoReply { to, trouble: SyncTrouble::Offline });
            return Ok(());
        }
        self.oracle.asked(self.phones[to.phone].person().id, &body);
        match self.server.post(token, body.clone()) {
            Answer::Nothing => {
                self.counters.count("server: died within a request");
                self.tell(&format!("{name} #{request}: the server died over it"));
                self.end_server(End::PowerLost)?;
                self.fly(PATIENCE_MS, Flight::NoReply { to, trouble: SyncTrouble::Offline });
                Ok(())
            }
            Answer::Said { status: 200, body: reply } => self.reply(to, &body, reply),
            Answer::Said { status, body: problem } => {
                let problem = String::from_utf8_lossy(&problem).into_owned();
                let code = net::code_of(&problem);
                self.tell(&format!("{name} #{request}: {status} {code}"));
                if code == "bug" {
                    return Err(format!("a request of {name} panicked the server"));
                }
                let trouble = match (status, code.as_str()) {
                    (401, "device_revoked") => SyncTrouble::Revoked,
                    (401, _) => SyncTrouble::SignedOut,
                    _ => SyncTrouble::Server,
                };
                self.counters.count(match (status, self.phones[to.phone].is_hostile) {
                    (401, _) => "reply: signed out",
                    (400 | 413 | 426, true) => "hostile: refused",
                    (503, _) => "reply: trouble",
                    _ => return Err(format!("{name} was answered {status} {code}")),
                });
                let after_ms = self.latency();
                self.fly(after_ms, Flight::NoReply { to, trouble });
                Ok(())
            }
        }
    }

    fn reply(&mut self, to: To, request: &[u8], mut body: Vec<u8>) -> Done {
        if let Some(canary) = self.canary {
            body = self.planted(canary, to.phone, body)?;
        }
        let phone = &self.phones[to.phone];
        let (is_hostile, name, number) = (phone.is_hostile, phone.name.clone(), to.request);
        let person = phone.person().id;
        let look = self.is_calm || self.chance.in_1000(200);
        let reader = Reader { person, today: self.now.date(), is_hostile, look };
        let replied = self.oracle.replied(&self.server, &self.world, &reader, request, &body, &mut self.counters);
        let replied = replied.map_err(|error| format!("{name} #{number}: {error}"))?;
        self.tell(&format!("{name} #{number}: {} B, {} documents{}", body.len(), replied.deltas, replied.acks));
        let after_ms = if self.is_calm { 10 } else { self.latency() };
        if !self.is_calm {
            if self.chance.in_1000(self.swarm.reply_lost) {
                self.counters.count("net: reply lost");
                self.tell(&format!("{name} #{number}: the reply is lost"));
                self.fly(PATIENCE_MS, Flight::NoReply { to, trouble: SyncTrouble::Offline });
                return Ok(());
            }
            if self.chance.in_1000(self.swarm.newer_frames) {
                self.counters.count("net: frame of a newer version");
                body = net::with_newer_frame(&body);
            }
            if self.chance.in_1000(self.swarm.reply_cut) {
                self.counters.count("net: reply cut");
                let at = self.chance.below(body.len());
                self.tell(&format!("{name} #{number}: cut after {at} bytes"));
                body.truncate(at);
                self.fly(after_ms, Flight::Reply { to, body, whole: false, replied });
                return Ok(());
            }
        }
        self.fly(after_ms, Flight::Reply { to, body, whole: true, replied });
        Ok(())
    }

    /// A reply as a server with a planted bug would make it.
    fn planted(&mut self, canary: Canary, at: usize, body: Vec<u8>) -> Result<Vec<u8>, String> {
        match canary {
            Canary::DeliverySkips if self.chance.in_1000(100) => Ok(net::skipping(&body)),
            Canary::DeliveryLeaks if self.chance.in_1000(100) => {
                self.oracle.read(&self.server)?;
                let (person, today) = (self.phones[at].person().id, self.now.date());
                let hidden = |logged: &&super::oracle::Logged| {
                    !logged.bytes.is_empty() && !self.world.reads(person, logged.document, today)
                };
                let leak = self.oracle.log.iter().find(hidden);
                Ok(leak.map_or(body.clone(), |logged| net::leaking(&body, logged.document, &logged.bytes)))
            }
            Canary::FalseAck => Ok(net::acking_all(&body)),
            _ => Ok(body),
        }
    }

    fn take_reply(&mut self, to: To, body: Vec<u8>, whole: bool, replied: &Replied) -> Done {
        if !self.is_listening(to) {
            return Ok(());
        }
        let before = self.phones[to.phone].dead_letters();
        let is_sending = self.phones[to.phone].sync_view(self.now).is_some_and(|view| view.sending);
        let was_waiting_for_it = is_sending && self.sent[to.phone] == to.request;
        self.round_trips += 1;
        self.deltas += replied.deltas;
        let event = Event::Reply { request: to.request, body: ByteBuf::from(body), whole };
        let fed = self.phones[to.phone].feed(self.now, event);
        let took_it = was_waiting_for_it && fed.end == Ended::Lives;
        self.counters.add("dead letter", self.phones[to.phone].dead_letters().saturating_sub(before));
        if took_it && whole {
            self.oracle.heard(replied);
            if let Some(owed) = &replied.owed {
                self.holds(to.phone, owed)?;
            }
        }
        self.absorb(to.phone, fed, None)
    }

    /// Whether a phone's disk holds all of these changes.
    fn holds(
        &self,
        at: usize,
        owed: &BTreeMap<zhucun_core::document::DocumentId, std::collections::BTreeSet<super::phone::Hash>>,
    ) -> Done {
        let phone = &self.phones[at];
        // A document that could not be taken in is read from the beginning at once, and so is everything where what was
        // one's own was delivered after its document had gone.
        let is_troubled = phone.sync_view(self.now).is_some_and(|view| view.troubled_documents > 0);
        if phone.is_hostile || is_troubled || phone.cursors().is_empty() {
            return Ok(());
        }
        let held = phone.changes()?;
        for (document, changes) in owed {
            let there = held.get(document);
            let missing = changes.iter().filter(|hash| there.is_none_or(|there| !there.contains(*hash))).count();
            if missing > 0 {
                return Err(format!("{} has read past {missing} changes of {document}", phone.name));
            }
        }
        Ok(())
    }

    // ---- the server

    pub(super) fn end_server(&mut self, how: End) -> Done {
        self.count_disk();
        let Damage { lost, torn, .. } = self.server.end(how);
        self.counters.add("server: write lost", lost);
        self.counters.add("server: write torn", torn);
        self.tell(&format!("the server ends: {how:?}, {lost} writes lost, {torn} torn"));
        self.disk_seen = Seen::default();
        let after_ms = self.chance.between(1_000, 30 * 60_000);
        self.fly(after_ms, Flight::Start);
        Ok(())
    }

    fn start_server(&mut self) -> Done {
        if self.server.is_up() {
            return Ok(());
        }
        self.server.start().map_err(|trouble| format!("the server does not start: {trouble}"))?;
        self.tell("the server starts");
        self.settled_on = beginning().date();
        self.settle_scopes()?;
        self.oracle.recovered(&self.server)
    }

    pub(super) fn restore_server(&mut self, epoch: Epoch) -> Done {
        let Some(Backup { files, world }) = self.backup.take() else { return Ok(()) };
        self.counters.count(match epoch {
            Epoch::New => "server: restored with a new epoch",
            Epoch::Same => "server: restored with the same epoch",
        });
        self.tell(&format!("the server is put back to an earlier day, {epoch:?} epoch"));
        self.server.restore(files, epoch).map_err(|trouble| trouble.to_string())?;
        self.disk_seen = Seen::default();
        self.world = World { given: self.world.given, ..world };
        self.settled_on = beginning().date();
        self.settle_scopes()?;
        self.oracle.restored(&self.server)?;
        self.oracle.give_up(&self.phones)
    }

    /// Copies the server's disk. While it runs, it is told how far the copy reaches.
    pub(super) fn back_up_server(&mut self) -> Done {
        self.tell("the server's disk is copied");
        self.backup = Some(Backup { files: self.server.copy(), world: self.world.clone() });
        if self.server.is_up() { self.server.note_backup().map_err(|trouble| trouble.to_string()) } else { Ok(()) }
    }

    pub(super) fn count_disk(&mut self) {
        if let Some(seen) = self.server.disk().map(super::disk::Disk::seen) {
            self.counters.add("server: disk full", seen.full - self.disk_seen.full);
            self.counters.add("server: disk failed", seen.failed - self.disk_seen.failed);
            self.disk_seen = seen;
        }
    }

    pub(super) fn view(&self, at: usize, query: &Query) -> View {
        self.phones[at].see(self.now, query)
    }
}
