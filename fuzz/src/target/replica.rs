//! A phone and a server that lies, breaks off, or talks nonsense, at any moment of a short life. It never panics and comes
//! to rest; every command is answered and every view can be shown; what it said is saved is on its disk, and an honest
//! server afterwards brings it right.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zhucun_core::contract::{Command, Outcome, Query, View};
use zhucun_core::document::{Container, Owner};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::field::NUMBER_MAX;
use zhucun_core::id::{Dice, EntryId};
use zhucun_core::wire::{Fate, ReplyFrame, RequestFrame, pack, unpack, unpack_cut};

use super::{Target, noise};
use crate::chance::Chance;
use crate::device::Device;
use crate::frame::{Besides, with_others};
use crate::hub::Hub;
use crate::item::{Item, Pool, bend};
use crate::life;
use crate::script::Script;
use crate::town::{log, village};
use crate::village::scenes;

pub const TARGET: Target =
    Target { name: "replica", run, seeds, mutate: None, bytes_max: 1_024, memory_max: 256 << 20 };

/// Steps of one life.
const STEPS_MAX: usize = 12;

fn run(data: &[u8]) {
    let mut script = Script(data);
    let scenes = scenes();
    let scene = &scenes[script.below(scenes.len() as u64) as usize];
    let which = script.below(scene.disks.len() as u64) as usize;
    let mut life = Life {
        hub: scene.hub.clone(),
        device: scene.device(which),
        saved: BTreeSet::new(),
        drafts: BTreeMap::new(),
        reseals: script.below(3) == 0,
        erased: false,
    };
    for _ in 0..STEPS_MAX {
        life.step(&mut script);
        if script.is_over() {
            break;
        }
    }
    life.ends();
}

struct Life {
    hub: Hub,
    device: Device,
    /// Entries that the phone called saved and no server has said it has.
    saved: BTreeSet<EntryId>,
    drafts: BTreeMap<EntryId, Fields>,
    /// Bent changes have right checksums: the phone may come to hold some that nobody made and no honest server has.
    reseals: bool,
    /// Some server told of an erasure that no honest one knows of.
    erased: bool,
}

impl Life {
    fn step(&mut self, script: &mut Script<'_>) {
        match script.below(8) {
            0 | 1 => self.command(script),
            2 => self.syncs(),
            3 => self.opens_again(),
            _ => {
                self.hears(script);
                views(&self.device);
            }
        }
        self.holds();
    }

    fn command(&mut self, script: &mut Script<'_>) {
        let command = life::next(&mut Dice::new(script.seed()), &self.device);
        let outcome = self.device.does(command.clone()).expect("the device lives");
        let Outcome::Done { entry: Some(entry), .. } = outcome else { return };
        match command {
            Command::SaveDraft { fields, .. } => drop(self.drafts.insert(entry, fields)),
            Command::DiscardDraft { .. } => drop(self.drafts.remove(&entry)),
            Command::Record { .. } => {
                self.drafts.remove(&entry);
                self.saved.insert(entry);
            }
            _ => {}
        }
    }

    /// An honest round trip, or several.
    fn syncs(&mut self) {
        self.device.sync(&mut self.hub);
        if let Some(log) = self.hub.documents.get(&log()) {
            self.saved.retain(|entry| log.record(Container::Entries, &entry.to_string()).is_none());
        }
    }

    fn opens_again(&mut self) {
        let before = self.device.everything();
        self.device.reopen();
        same_sight(&before, &self.device.everything(), "opened again");
    }

    /// A reply that is not honest.
    fn hears(&mut self, script: &mut Script<'_>) {
        let Some(request) = self.device.asks() else { return };
        // A server that lies about what it has, or an honest one whose reply was changed on its way.
        let lies = script.below(2) == 0;
        let mut liar = self.hub.clone();
        let server = if lies { &mut liar } else { &mut self.hub };
        let honest = server.reply(self.device.now, self.device.id, self.device.who, &request);
        let pool = Pool {
            documents: self.hub.documents.keys().copied().collect(),
            changes: self.hub.feed.iter().map(|fed| fed.change.clone()).collect(),
            reseals: self.reseals,
        };
        let Some(RequestFrame::Hello(hello)) = unpack::<RequestFrame>(&request).unwrap_or_default().into_iter().next()
        else {
            unreachable!("a request begins with its hello")
        };
        let besides =
            [Besides::Nothing, Besides::Nothing, Besides::Rare, Besides::Rare, Besides::Rare, Besides::Erasure]
                [script.below(6) as usize];
        if besides == Besides::Erasure {
            // What it names must go, and nobody else knows of it.
            self.erased = true;
        }
        let frames = unpack::<ReplyFrame>(&honest).expect("an honest reply is made of frames");
        let frames = with_others(frames, besides, (&self.hub, self.device.who, &hello), script);
        let plain = miniz_oxide::inflate::decompress_to_vec(&pack(&frames)).expect("an honest body inflates");
        let mut items = Item::read_all(&plain).expect("an honest body is CBOR of definite lengths");
        bend(&mut items, script, &pool);
        let mut body = miniz_oxide::deflate::compress_to_vec(&Item::write_all(&items), 1);
        match script.below(8) {
            0 => body.truncate(script.below(body.len() as u64 + 1) as usize),
            1 => body = script.take(64).to_vec(),
            2 => {
                let at = script.below(body.len() as u64) as usize;
                body[at] ^= 1 << script.below(8);
            }
            _ => {}
        }
        let whole = script.below(8) != 0;
        self.notes(&body);
        self.device.hears(body, whole);
    }

    /// What a server says it has, or that another device ended, the phone need not keep.
    fn notes(&mut self, body: &[u8]) {
        for frame in unpack_cut::<ReplyFrame>(body).map(|(frames, _)| frames).unwrap_or_default() {
            if let ReplyFrame::Closed(closed) = &frame
                && let Owner::Draft(entry) = closed.document.owner()
            {
                self.drafts.remove(&entry);
            }
            if let ReplyFrame::Ack(ack) = frame
                && ack.document.is_one_with(log())
                && ack.fates.iter().any(|fate| matches!(fate, Fate::Accepted | Fate::Duplicate | Fate::Parked))
            {
                self.saved.clear();
            }
        }
    }

    /// What must hold at any moment.
    fn holds(&self) {
        let disk = self.device.disk_now();
        let kept = |entry: EntryId| {
            let waits = |(key, row): (&String, &serde_bytes::ByteBuf)| {
                (key.starts_with("pending/") || key.starts_with("letter/")) && names(row, entry)
            };
            self.device.sees(&Query::Entry { entry }) != View::NotFound || disk.iter().any(waits)
        };
        for entry in &self.saved {
            assert!(kept(*entry), "{entry} was called saved and is gone");
        }
        // What is erased is taken out of drafts, also out of those that are saved later.
        for (entry, fields) in self.drafts.iter().filter(|_| !self.erased) {
            match self.device.sees(&Query::Draft { entry: *entry }) {
                View::Draft(view) => assert_eq!(view.fields, *fields, "the draft {entry} is another"),
                other => panic!("the draft {entry} was called saved and is {other:?}"),
            }
        }
    }

    /// An honest server at last, which does not know the cursors and so asks for everything.
    fn ends(mut self) {
        for _ in 0..3 {
            self.hub.epoch += 1;
            self.syncs();
        }
        self.holds();
        views(&self.device);
        self.opens_again();
        if self.reseals {
            return;
        }
        let View::Sync(sync) = self.device.sees(&Query::Sync) else { panic!("the phone is open") };
        assert_eq!((sync.waiting, sync.troubled_documents), (0, 0), "the queue is stuck: {sync:?}");
        let mut fresh = Device::new(zhucun_core::id::DeviceId(uuid::Uuid::from_u128(0xf4e54)), self.device.who);
        fresh.sync(&mut self.hub);
        same_sight(&fresh.common(), &self.device.common(), "beside a new phone");
    }
}

/// Fails with what differs.
fn same_sight(one: &[String], other: &[String], when: &str) {
    let only =
        |of: &[String], not: &[String]| of.iter().filter(|line| !not.contains(line)).cloned().collect::<Vec<_>>();
    let (before, after) = (only(one, other), only(other, one));
    assert!(one == other, "{when} it shows something else:\n  {}\n  {}", before.join("\n  "), after.join("\n  "));
}

fn names(bytes: &[u8], entry: EntryId) -> bool {
    let name = entry.to_string();
    bytes.windows(name.len()).any(|window| window == name.as_bytes())
}

/// Everything that a screen may ask for can be shown.
pub fn views(device: &Device) {
    let (entries, drafts) = device.entries();
    let mut queries = vec![Query::Home, Query::Entries, Query::Queue, Query::Sync, Query::DeadLetters];
    queries.extend([Query::Village { village: village() }, Query::Households { village: village() }]);
    queries.extend(EntryKind::ALL.map(|kind| Query::Form { kind, like: None }));
    queries.extend(entries.iter().map(|entry| Query::Entry { entry: *entry }));
    queries.extend(drafts.iter().map(|entry| Query::Draft { entry: *entry }));
    for query in queries {
        let json = serde_json::to_value(device.sees(&query)).expect("a view is plain data");
        assert!(is_plain(&json), "no browser can hold {query:?}: {json}");
    }
}

/// Whether every number is one that JavaScript can hold.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|number| number.unsigned_abs() <= NUMBER_MAX as u64),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(fields) => fields.values().all(is_plain),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

fn seeds() -> Vec<Vec<u8>> {
    noise(64, &[16, 40, 80, 160])
}
