//! A world of four authors who work on one document at the same time, late or early: honest changes, most of them bent a
//! little, in their bytes, their columns or their meaning, and shown to the gate. It never panics; whatever it lets through
//! is taken in and passes the oracle; and every order of the causes leads to the same document.
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use automerge::{Automerge, Change, ReadDoc};
use uuid::Uuid;
use zhucun_core::document::{Document, DocumentId, DocumentKind};
use zhucun_core::gate::{Author, GateRefusal, Judged};

use crate::bend::bent;
use crate::chance::{Chance, at};
use crate::chunk::{Chunk, Id, Op, Value};
use crate::oracle::{judged, oracle, take_in};
use crate::pen::{Pen, id_in, object, opened, values_in};

const FIELDS: [&str; 5] = ["kind", "topic", "form", "present", "comment:topic"];
/// Records in a container, after which all change those that are there.
const RECORDS_MAX: u64 = 8;

/// The document at one moment, beside a copy in automerge's own hands that was given every change by itself: what
/// authors read, so that nothing is saved and loaded for each of them.
struct State {
    document: Document,
    copy: Automerge,
    /// The highest counter.
    max_op: u64,
}

pub struct World<C> {
    pub chance: C,
    now: Rc<State>,
    /// Earlier states, from which changes without knowledge of later ones are made.
    forks: Vec<Rc<State>>,
    pub accepted: Vec<Vec<u8>>,
    pub refused: BTreeMap<GateRefusal, u32>,
    /// How many events were made: their keys are never drawn twice.
    events: u128,
}

impl<C: Chance> World<C> {
    pub fn new(id: DocumentId, chance: C) -> Self {
        let document = Document::begin(id);
        let copy = opened(&document);
        let max_op = copy.get_changes(&[]).iter().map(Change::max_op).max().unwrap_or(0);
        let now = Rc::new(State { document, copy, max_op });
        World { chance, forks: vec![now.clone()], now, accepted: Vec::new(), refused: BTreeMap::new(), events: 0 }
    }

    /// The same world so far, going on by another chance.
    pub fn goes_on<D: Chance>(&self, chance: D) -> World<D> {
        let (now, forks, accepted) = (self.now.clone(), self.forks.clone(), self.accepted.clone());
        World { chance, now, forks, accepted, refused: BTreeMap::new(), events: self.events }
    }

    pub fn document(&self) -> &Document {
        &self.now.document
    }

    /// One change is made, perhaps bent, and shown to the gate. `asks` says when the oracle is asked about one that was
    /// let through: for a bent one always.
    pub fn turn(&mut self, asks: Asks) {
        let pen = Pen::new(1 + u128::from(self.chance.below(4)));
        let from = self.fork(&pen);
        let honest = self.honest(&pen, &from);
        let asked = if self.chance.below(2) == 0 { pen.author() } else { Author::Anyone };
        let is_bent = self.chance.below(5) != 0;
        let bytes = if is_bent {
            let known = self.known();
            bent(&mut self.chance, &honest, &known)
        } else {
            honest.bytes()
        };
        match judged(self.document(), asked, &bytes) {
            Ok(Some(new)) => {
                let before = self.now.clone();
                self.grow(new, &bytes);
                if asks == Asks::Always || (is_bent && asks == Asks::AboutBent) {
                    oracle(self.document());
                }
                self.accepted.push(bytes);
                if self.chance.below(3) == 0 {
                    self.forks.push(before);
                }
            }
            Ok(None) => {}
            Err(code) => {
                assert!(is_bent, "an honest change is refused: {code:?}");
                assert_ne!(code, GateRefusal::Library);
                *self.refused.entry(code).or_default() += 1;
            }
        }
    }

    /// Takes a change in, here and in automerge alone.
    fn grow(&mut self, new: Judged, bytes: &[u8]) {
        let (mut document, mut copy) = (self.now.document.clone(), self.now.copy.clone());
        take_in(&mut document, new, bytes);
        let change = Change::from_bytes(bytes.to_vec()).expect("what was judged is a change");
        let max_op = self.now.max_op.max(change.max_op());
        copy.apply_changes([change]).expect("what was judged is taken in");
        self.now = Rc::new(State { document, copy, max_op });
    }

    /// A state that holds all of the author's own changes, late or early.
    fn fork(&mut self, pen: &Pen) -> Rc<State> {
        let own = |state: &State| state.document.last_seq(pen.actor(&state.document));
        let fork = self.forks[at(&mut self.chance, self.forks.len())].clone();
        if own(&fork) == own(&self.now) && self.chance.below(3) == 0 { fork } else { self.now.clone() }
    }

    fn honest(&mut self, pen: &Pen, from: &State) -> Chunk {
        let (from, copy, max_op) = (&from.document, &from.copy, from.max_op);
        let containers: Vec<_> = copy.keys(automerge::ROOT).filter(|key| key != "schema").collect();
        let container = &containers[at(&mut self.chance, containers.len())];
        let records: Vec<String> = copy.keys(object(copy, automerge::ROOT, container)).collect();
        let mut chunk = pen.next_after(from, copy, max_op);
        let is_form = from.id().kind() == DocumentKind::Draft;
        let is_event = !matches!(container.as_str(), "entries" | "households" | "issues" | "fields");
        let count = 1 + self.chance.below(3) as usize;
        let key = match is_event {
            true => self.event(container),
            // Now and then two make the same record without knowing of each other.
            false => Uuid::from_u128(u128::from(self.chance.below(RECORDS_MAX))),
        };
        let key = key.to_string();
        let is_new = !is_form && !records.contains(&key);
        if is_new && (is_event || records.is_empty() || self.chance.below(3) == 0) {
            chunk.operations.push(Op::make(&id_in(copy, &[container]), &key));
            let record = Id { counter: chunk.start_op, actor: chunk.actor.clone() };
            let fields = FIELDS.iter().take(count);
            chunk.operations.extend(fields.map(|name| Op::put(&record, name, Value::text("党课"))));
            return chunk;
        }
        let record = records.get(at(&mut self.chance, records.len()));
        let path: Vec<&str> = match record {
            Some(key) if !is_form => vec![container, key],
            _ => vec![container],
        };
        let object = id_in(copy, &path);
        let first = at(&mut self.chance, FIELDS.len());
        for name in FIELDS.iter().cycle().skip(first).take(count) {
            let mut there = values_in(copy, &path, name);
            let value = match self.chance.below(2) {
                0 => Value::number(self.chance.below(1 << 40) as i64 - (1 << 20)),
                _ => Value::text(&"讲".repeat(self.chance.below(20) as usize)),
            };
            there.sort();
            chunk.operations.push(Op::put(&object, name, value).over(&there));
        }
        chunk
    }

    /// The key of a new event: none that a bent change has come to name.
    fn event(&mut self, container: &str) -> Uuid {
        loop {
            self.events += 1;
            let key = Uuid::from_u128(0xe000 + self.events);
            if values_in(&self.now.copy, &[container], &key.to_string()).is_empty() {
                return key;
            }
        }
    }

    /// Names and hashes there are to bend with.
    fn known(&self) -> (Vec<Id>, Vec<[u8; 32]>) {
        let chunks: Vec<Chunk> = self.accepted.iter().rev().take(8).map(|bytes| Chunk::of(bytes)).collect();
        let mut ids: BTreeSet<Id> = BTreeSet::from([Id { counter: 2, actor: b"zhucun-genesis-1".to_vec() }]);
        for chunk in &chunks {
            ids.insert(Id { counter: chunk.start_op, actor: chunk.actor.clone() });
            ids.extend(chunk.operations.iter().flat_map(|op| op.object.iter().chain(&op.predecessors).cloned()));
        }
        let hashes =
            chunks.iter().flat_map(|chunk| chunk.dependencies.clone()).chain(self.document().heads()).collect();
        (ids.into_iter().collect(), hashes)
    }

    /// The accepted changes again, each after its causes but otherwise in another order.
    pub fn replayed(&mut self) -> Document {
        let mut document = Document::begin(self.document().id());
        let causes = |bytes: &Vec<u8>| Chunk::of(bytes).dependencies;
        let mut waiting: Vec<_> = self.accepted.iter().map(|bytes| (bytes, causes(bytes))).collect();
        while !waiting.is_empty() {
            let ready: Vec<usize> =
                (0..waiting.len()).filter(|at| waiting[*at].1.iter().all(|hash| document.has(*hash))).collect();
            let next = ready[at(&mut self.chance, ready.len())];
            let new = judged(&document, Author::Anyone, waiting.remove(next).0).expect("what one took all take");
            new.expect("it comes once").apply(&mut document).expect("it was judged");
        }
        document
    }
}

/// When the oracle is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    Always,
    /// Only about changes that are not honest.
    AboutBent,
    /// Not here: whoever plays the world asks at its end, where everything that was let through is still there.
    AtTheEnd,
}
