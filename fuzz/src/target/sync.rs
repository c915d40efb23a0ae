//! The real server, on the simulator's disk, and clients that keep to no rules: bent changes, bent requests, receipts of
//! others, cursors of nowhere, people who move, backups that are put back, bits that flip. It never panics and never says
//! that something is wrong with it; every push has its ack; what it accepts is what a phone takes; and a new phone is sent
//! the very documents that it has.
use std::collections::BTreeMap;

use zhucun_core::clock::{Moment, add_days};
use zhucun_core::document::{Document, DocumentId};
use zhucun_core::gate::Author;
use zhucun_core::id::{CommandId, DeviceId, PersonId, TenureId};
use zhucun_core::wire::{
    Bundle, Cursor, Delta, Fate, Hello, Holding, Joint, JointPart, Line, PROTOCOL, Push, Reach, ReplyFrame,
    RequestFrame, first_eight, pack, unpack,
};
use zhucun_server::store::{document, grant, tenure};
use zhucun_server::sync::parking::{Verdict, Why};
use zhucun_tests::sim::chance::Chance as Seed;
use zhucun_tests::sim::disk::Files;
use zhucun_tests::sim::server::{Answer, Epoch, Server};
use zhucun_tests::sim::world::{FIRST_DAY, MEMBER, REVIEWERS, World as Town, beginning, village};

use super::{Target, noise};
use crate::bend::bent;
use crate::chance::{Chance, at, pick};
use crate::chunk::{Chunk, Id};
use crate::frame::place;
use crate::item::{Item, Pool, bend};
use crate::oracle::{free_key, judged, take_in};
use crate::pen::Pen;
use crate::script::Script;

pub const TARGET: Target = Target { name: "sync", run, seeds, mutate: None, bytes_max: 512, memory_max: 256 << 20 };

/// Requests and events of one life.
const STEPS_MAX: usize = 10;
/// Replies until a new phone has everything.
const REPLIES_MAX: usize = 8;
/// Whose devices there are, each with a pen of its number from 1.
const OWNERS: [usize; 5] = [0, 0, MEMBER, REVIEWERS[0], 1];

fn run(data: &[u8]) {
    let mut script = Script(data);
    let mut life = Life::begin();
    for _ in 0..STEPS_MAX {
        life.step(&mut script);
        if script.is_over() {
            break;
        }
    }
    life.ends();
}

/// What one device was told.
#[derive(Clone, Default)]
struct Told {
    token: String,
    cursors: Vec<Cursor>,
    scope: u64,
    reference: u64,
    parked: Vec<u64>,
}

struct Life {
    server: Server,
    town: Town,
    now: Moment,
    told: BTreeMap<DeviceId, Told>,
    /// The documents as the server has them.
    documents: BTreeMap<DocumentId, Document>,
    bundles: Vec<(DocumentId, Bundle)>,
    copy: Option<Files>,
    /// A bit was flipped.
    rotten: bool,
}

impl Life {
    fn begin() -> Self {
        let server = Server::begin(Seed::new(1));
        let (town, now) = (Town::begin(), beginning());
        let (told, documents) = (BTreeMap::new(), BTreeMap::new());
        Life { server, town, now, told, documents, bundles: Vec::new(), copy: None, rotten: false }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        self.now = self.now.plus_ms(60_000);
        self.server.turn_to(self.now);
        let number = 1 + at(script, OWNERS.len());
        match script.below(12) {
            0..=5 => {
                let count = 1 + script.below(2);
                let pushes: Vec<Push> = (0..count).map(|_| self.push(script, number)).collect();
                let part = |push: &Push| {
                    let seq = push.line.begins()?.1;
                    Some(JointPart { document: push.document, incarnation: push.incarnation, seq })
                };
                let parts: Vec<JointPart> = pushes.iter().filter_map(part).collect();
                let joined = (parts.len() > 1 && script.below(2) == 0)
                    .then_some(RequestFrame::Joint(Joint { command: CommandId(uuid::Uuid::from_u128(0xc0)), parts }));
                let frames = pushes.into_iter().map(RequestFrame::Push).chain(joined).collect();
                self.asks(script, number, frames);
            }
            6 => {
                let given = self.refill(script);
                self.asks(script, number, given);
            }
            7 => {
                let held = self.holdings();
                self.asks(script, number, held);
            }
            8 => self.moves(script),
            9 => self.decides(script),
            10 => self.goes_back(script),
            _ => self.rots(script),
        }
    }

    /// Changes of one document, honest or bent.
    fn push(&mut self, script: &mut Script<'_>, number: usize) -> Push {
        let ids = self.ids();
        let id = ids[at(script, ids.len())];
        let pen = Pen { incarnation: u32::from(script.below(8) == 0), ..Pen::new(number as u128) };
        let mut document = self.documents.get(&id).cloned().unwrap_or_else(|| Document::begin(id));
        let mut changes = Vec::new();
        for _ in 0..1 + script.below(3) {
            let honest = written(script, &document, &pen);
            let bytes =
                if script.below(3) == 0 { bent(script, &Chunk::of(&honest), &known(&document)) } else { honest };
            if let Ok(Some(new)) = judged(&document, pen.author(), &bytes) {
                take_in(&mut document, new, &bytes);
            }
            changes.push(bytes);
        }
        Push { document: id, incarnation: pen.incarnation, line: Line::of(changes.iter().map(Vec::as_slice)) }
    }

    /// Documents there are or are not.
    fn ids(&self) -> Vec<DocumentId> {
        let [first, second] = [self.town.tenures[0].id, self.town.tenures[1].id];
        let log = DocumentId::log(first);
        let nobody = DocumentId::log(TenureId(uuid::Uuid::from_u128(0x99)));
        let register = DocumentId::village(village(0));
        let review = DocumentId::review(first);
        vec![log, register, review, log, DocumentId::log(second), DocumentId::village(village(1)), nobody, log.next()]
    }

    /// What the server sent, given back, with another receipt or person now and then.
    fn refill(&mut self, script: &mut Script<'_>) -> Vec<RequestFrame> {
        let mut given = Vec::new();
        for _ in 0..1 + script.below(3) {
            let Some((mut document, mut bundle)) = pick(script, &self.bundles) else { continue };
            match script.below(8) {
                0 => bundle.receipt.0[0] ^= 1,
                1 => bundle.person = PersonId(uuid::Uuid::from_u128(2)),
                2 => document = document.next(),
                3 => bundle.received_at = self.now,
                _ => {}
            }
            given.push(RequestFrame::Refill(Delta { document, bundles: vec![bundle] }));
        }
        given
    }

    fn holdings(&self) -> Vec<RequestFrame> {
        let reach = |written: &zhucun_core::document::Written| Reach {
            actor: written.actor,
            seq: written.seq,
            hash: first_eight(&written.hash),
        };
        let held = self
            .documents
            .iter()
            .map(|(id, document)| Holding { document: *id, reaches: document.ends().iter().map(reach).collect() });
        held.map(RequestFrame::Holding).collect()
    }

    /// One request, perhaps bent, and what must be true of its answer.
    fn asks(&mut self, script: &mut Script<'_>, number: usize, brought: Vec<RequestFrame>) {
        let device = DeviceId(uuid::Uuid::from_u128(number as u128));
        let told = self.signed_in(number, device);
        let mut hello = hello(device, &told);
        match script.below(12) {
            0 => hello.cursors.clear(),
            1 => hello.leaves = true,
            2 => hello.bytes_max = 1,
            3 => hello.witnesses = hello.cursors.clone(),
            4 => hello.scope = script.below(4),
            5 => hello.parked.push(script.below(1 << 40)),
            _ => {}
        }
        let frames: Vec<RequestFrame> = [RequestFrame::Hello(hello)].into_iter().chain(brought).collect();
        let plain = miniz_oxide::inflate::decompress_to_vec(&pack(&frames)).expect("what was packed inflates");
        let mut items = Item::read_all(&plain).expect("a request is CBOR of definite lengths");
        if script.below(3) == 0 {
            let changes = self.documents.values().flat_map(Document::changes).take(16).collect();
            let pool = Pool { documents: self.ids(), changes, reseals: true };
            bend(&mut items, script, &pool);
        }
        let body = miniz_oxide::deflate::compress_to_vec(&Item::write_all(&items), 1);
        let sent = unpack::<RequestFrame>(&body);
        let Answer::Said { status, body } = self.server.post(&told.token, body) else { panic!("the server is gone") };
        if status != 200 {
            let said = String::from_utf8_lossy(&body);
            assert!([400, 401, 403, 413, 426].contains(&status) || said.contains("too_new"), "{status}: {said}");
            return;
        }
        let sent = sent.expect("what the server read can be read");
        let reply = unpack::<ReplyFrame>(&body).expect("an answer is made of frames");
        assert!(reply.iter().map(place).is_sorted(), "frames out of their order: {reply:?}");
        self.hears(device, &sent, &reply);
    }

    fn hears(&mut self, device: DeviceId, sent: &[RequestFrame], reply: &[ReplyFrame]) {
        let mut pushes = sent.iter().filter_map(|frame| match frame {
            RequestFrame::Push(push) => Some(push),
            _ => None,
        });
        let mut refills = sent.iter().filter_map(|frame| match frame {
            RequestFrame::Refill(delta) => Some(delta),
            _ => None,
        });
        let told = self.told.get_mut(&device).expect("it signed in");
        let (mut accepted, mut given) = (Vec::new(), Vec::new());
        for frame in reply {
            match frame {
                ReplyFrame::Ack(ack) => {
                    let push = pushes.next().expect("an ack is for a push");
                    let changes = push.line.changes().expect("what the server read can be read");
                    assert_eq!((ack.document, ack.fates.len()), (push.document, changes.len()));
                    for (change, fate) in changes.into_iter().zip(&ack.fates) {
                        match fate {
                            Fate::Accepted => accepted.push((ack.document, change)),
                            Fate::Parked => {
                                told.parked.extend(Document::hash_of(&change).map(|hash| first_eight(&hash)))
                            }
                            _ => {}
                        }
                    }
                }
                ReplyFrame::Refilled(refilled) => {
                    let delta = refills.next().expect("it was given back");
                    assert_eq!((refilled.document, refilled.fates.len()), (delta.document, delta.bundles.len()));
                    let taken = delta.bundles.iter().zip(&refilled.fates).filter(|(_, fate)| **fate == Fate::Accepted);
                    given.extend(taken.map(|(bundle, _)| (delta.document, bundle.clone())));
                }
                ReplyFrame::Tokens(tokens) => told.token.clone_from(&tokens.access_token),
                ReplyFrame::Delta(delta) => {
                    let room = 24_usize.saturating_sub(self.bundles.len());
                    self.bundles.extend(delta.bundles.iter().take(room).map(|bundle| (delta.document, bundle.clone())));
                }
                ReplyFrame::End(end) => {
                    told.cursors.clone_from(&end.cursors);
                    (told.scope, told.reference) = (end.scope, end.reference);
                }
                ReplyFrame::Welcome(welcome) if welcome.starts_over => told.cursors.clear(),
                _ => {}
            }
        }
        assert!(pushes.next().is_none() && refills.next().is_none(), "something was brought and not answered");
        for (id, bundle) in given {
            accepted.extend(bundle.line.changes().expect("it was taken").into_iter().map(|change| (id, change)));
        }
        for (id, change) in accepted {
            let document = self.documents.entry(id).or_insert_with(|| Document::begin(id));
            if let Some(new) = judged(document, Author::Anyone, &change).expect("what the server takes a phone takes") {
                take_in(document, new, &change);
            }
        }
    }

    fn signed_in(&mut self, number: usize, device: DeviceId) -> Told {
        let told = self.told.entry(device).or_default().clone();
        if !told.token.is_empty() {
            return told;
        }
        let person = self.town.people[OWNERS[number - 1]].id;
        let refresh = self.server.sign_in(person, device).expect("a device signs in");
        let frames = vec![RequestFrame::Hello(Hello { refresh_token: Some(refresh), ..hello(device, &told) })];
        let Answer::Said { status: 200, body } = self.server.post("", pack(&frames)) else {
            panic!("nobody is let in")
        };
        self.hears(device, &frames, &unpack::<ReplyFrame>(&body).expect("an answer is made of frames"));
        self.told[&device].clone()
    }

    /// A tenure ends long ago, or goes on.
    fn moves(&mut self, script: &mut Script<'_>) {
        let mut moved = self.town.tenures[at(script, 2)].clone();
        moved.ended = (script.below(3) != 0).then(|| add_days(FIRST_DAY, -60));
        moved.reason = moved.ended.map(|_| zhucun_core::tenure::EndReason::Recalled);
        let now = self.now;
        let done = self.server.write(move |tx| {
            tenure::put(tx, &moved)?;
            grant::settle(tx, now).map(drop)
        });
        done.expect("the roster is taken in");
    }

    fn decides(&mut self, script: &mut Script<'_>) {
        let piles = self.server.parked().expect("piles can be read");
        let Some(pile) = pick(script, &piles) else { return };
        let verdict = match script.below(3) {
            0 => Verdict::Dismiss(Why::new("双份").expect("a reason")),
            _ => Verdict::Release,
        };
        self.server.decide(pile, verdict).expect("a decision is taken");
        self.reads_anew();
    }

    /// The disk is noted, or put back as it was noted, under another name or the same.
    fn goes_back(&mut self, script: &mut Script<'_>) {
        match (self.copy.take(), script.below(3)) {
            (None, _) | (_, 0) => {
                self.copy = Some(self.server.copy());
                self.server.note_backup().expect("a backup is noted");
            }
            (Some(copy), choice) => {
                let epoch = if choice == 1 { Epoch::New } else { Epoch::Same };
                self.server.restore(copy, epoch).expect("a copy starts");
                self.server.turn_to(self.now);
                // Sessions are of the past too; what a device has read is not.
                self.told.values_mut().for_each(|told| told.token.clear());
                self.reads_anew();
            }
        }
    }

    fn rots(&mut self, script: &mut Script<'_>) {
        let keys = self.server.read(|connection| {
            let mut rows = connection.prepare("SELECT key FROM bundle ORDER BY key")?;
            Ok(rows.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?)
        });
        if let Some(key) = pick(script, &keys.expect("keys can be read")) {
            self.server.flip(key, script.below(1 << 16) as usize).expect("a bit is flipped");
            self.rotten = true;
        }
    }

    /// The documents as the server has them now; what it cannot read itself it does not have.
    fn reads_anew(&mut self) {
        let ids = self.server.read(document::all).expect("ids can be read");
        let opened =
            |id: &DocumentId| Some((*id, self.server.read(|connection| document::open(connection, *id)).ok()?));
        self.documents = ids.iter().filter_map(opened).collect();
    }

    /// New phones read everything.
    fn ends(mut self) {
        if self.rotten {
            return;
        }
        assert_eq!(self.server.read(document::check).expect("the store can be read"), Vec::<String>::new());
        let known = self.documents.clone();
        self.reads_anew();
        for (id, document) in &self.documents {
            let before = known.get(id).map(Document::heads);
            assert!(before.is_none_or(|before| before == document.heads()), "{id} is not what was accepted");
        }
        let device = DeviceId(uuid::Uuid::from_u128(0xf4e54));
        let reviewer = self.town.people[REVIEWERS[0]].id;
        let refresh = self.server.sign_in(reviewer, device).expect("a device signs in");
        let mut got: BTreeMap<DocumentId, Document> = BTreeMap::new();
        let mut hello = Hello { refresh_token: Some(refresh), ..hello(device, &Told::default()) };
        for _ in 0..REPLIES_MAX {
            let body = pack(&[RequestFrame::Hello(hello.clone())]);
            let Answer::Said { status: 200, body } = self.server.post("", body) else { panic!("nobody is let in") };
            let mut is_whole = false;
            for frame in unpack::<ReplyFrame>(&body).expect("an answer is made of frames") {
                match frame {
                    ReplyFrame::Delta(delta) => {
                        let document = got.entry(delta.document).or_insert_with(|| Document::begin(delta.document));
                        for change in delta.bundles.iter().flat_map(|bundle| bundle.line.changes().expect("a line")) {
                            let new = judged(document, Author::Anyone, &change).expect("what was taken can be taken");
                            take_in(document, new.expect("nothing is sent twice"), &change);
                        }
                    }
                    ReplyFrame::Checkpoint(point) => hello.checkpoints = vec![point],
                    ReplyFrame::Tokens(tokens) => hello.refresh_token = Some(tokens.refresh_token),
                    ReplyFrame::End(end) => is_whole = !end.more,
                    _ => {}
                }
            }
            if is_whole {
                break;
            }
        }
        for (id, document) in &got {
            let there = self.documents.get(id).map(Document::heads);
            assert_eq!(there, Some(document.heads()), "{id} comes otherwise than it is there");
        }
    }
}

fn hello(device: DeviceId, told: &Told) -> Hello {
    Hello {
        protocol: PROTOCOL,
        app: "0.1.0".to_owned(),
        schema: 1,
        device,
        cursors: told.cursors.clone(),
        checkpoints: Vec::new(),
        reference: told.reference,
        scope: told.scope,
        bytes_max: 0,
        refresh_token: None,
        witnesses: Vec::new(),
        parked: told.parked.clone(),
        leaves: false,
    }
}

const NAMES: [&str; 10] =
    ["kind", "occurred_on", "households", "entry", "verdict", "version", "created_at", "topic", "narrative", "head"];
const VALUES: [&str; 10] = [
    "lesson",
    "visit",
    "2016-02-29",
    "-009999-01-01",
    "9999-12-31",
    "confirmed",
    "returned",
    "",
    "00000000-0000-0000-0000-000000000001",
    "00000000-0000-0000-0000-000000000002 00000000-0000-0000-0000-000000000001",
];

/// Something a form could say, or not.
fn written(script: &mut Script<'_>, document: &Document, pen: &Pen) -> Vec<u8> {
    use zhucun_core::document::Container;
    let containers = Container::of(document.id().kind());
    let container = containers[at(script, containers.len())];
    let key = uuid::Uuid::from_u128(1 + u128::from(script.below(4))).to_string();
    let drawn = (0..1 + script.below(3)).map(|_| (NAMES[at(script, NAMES.len())], VALUES[at(script, VALUES.len())]));
    // What stands there already would be no change.
    let unique = free_key(document, pen.device.0.as_u64_pair().1);
    let fields: Vec<(&str, &str)> = drawn.chain([("plan", unique.as_str())]).collect();
    let is_there = container != Container::Fields && document.record(container, &key).is_some();
    pen.write(document, |transaction| {
        use automerge::transaction::Transactable;
        let parent = crate::pen::object(&*transaction, automerge::ROOT, container.key());
        if is_there {
            let record = crate::pen::object(&*transaction, parent, &key);
            for (name, value) in fields {
                transaction.put(&record, name, value).expect("a record takes scalars");
            }
        } else {
            crate::pen::put_record(transaction, container.key(), &key, &fields);
        }
    })
}

/// Names and hashes there are to bend with.
fn known(document: &Document) -> (Vec<Id>, Vec<[u8; 32]>) {
    let chunks: Vec<Chunk> = document.changes().iter().rev().take(4).map(|bytes| Chunk::of(bytes)).collect();
    let of = |chunk: &Chunk| Id { counter: chunk.start_op, actor: chunk.actor.clone() };
    (chunks.iter().map(of).collect(), document.heads())
}

fn seeds() -> Vec<Vec<u8>> {
    noise(96, &[12, 40, 120, 240])
}
