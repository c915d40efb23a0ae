//! A differential test with chance from a seed: honest changes are bent a little, in their bytes, their columns or their
//! meaning, and shown to the gate. It never panics; whatever it lets through is taken in and passes the oracle; and every
//! order of the causes leads to the same document.
use std::collections::{BTreeMap, BTreeSet};

use zhucun_core::document::{Document, DocumentId, DocumentKind};
use zhucun_core::gate::{Author, GateRefusal};
use zhucun_core::id::Dice;

use crate::bend::bent;
use crate::chunk::{Chunk, Id, Op, Value};
use crate::oracle::{judged, same, take};
use crate::pen::{Pen, opened};

const FIELDS: [&str; 5] = ["kind", "topic", "form", "present", "comment:topic"];

struct World {
    dice: Dice,
    document: Document,
    /// Earlier states, from which changes without knowledge of later ones are made.
    forks: Vec<Document>,
    accepted: Vec<Vec<u8>>,
    refused: BTreeMap<GateRefusal, u32>,
}

impl World {
    fn new(id: DocumentId, seed: u8) -> Self {
        let document = Document::begin(id);
        let forks = vec![document.clone()];
        World { dice: Dice::new([seed; 32]), document, forks, accepted: Vec::new(), refused: BTreeMap::new() }
    }

    /// One change is made, perhaps bent, and shown to the gate.
    fn turn(&mut self) {
        let pen = Pen::new(1 + u128::from(self.dice.below(4)));
        let from = self.fork(&pen);
        let honest = self.honest(&pen, &from);
        let asked = if self.dice.below(2) == 0 { pen.author() } else { Author::Anyone };
        let is_bent = self.dice.below(5) != 0;
        let known = self.known();
        let bytes = if is_bent { bent(&mut self.dice, &honest, &known) } else { honest.bytes() };
        match judged(&self.document, asked, &bytes) {
            Ok(Some(new)) => {
                let before = self.document.clone();
                take(&mut self.document, new, &bytes);
                self.accepted.push(bytes);
                if self.dice.below(3) == 0 {
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

    /// A state that holds all of the author's own changes, late or early.
    fn fork(&mut self, pen: &Pen) -> Document {
        let own = |document: &Document| document.last_seq(pen.actor(document));
        let fork = &self.forks[self.dice.below(self.forks.len() as u64) as usize];
        if own(fork) == own(&self.document) && self.dice.below(3) == 0 { fork.clone() } else { self.document.clone() }
    }

    fn honest(&mut self, pen: &Pen, from: &Document) -> Chunk {
        use automerge::ReadDoc;
        let copy = opened(from);
        let containers: Vec<_> = copy.keys(automerge::ROOT).filter(|key| key != "schema").collect();
        let container = &containers[self.dice.below(containers.len() as u64) as usize];
        let parent = crate::pen::object(&copy, automerge::ROOT, container);
        let records: Vec<String> = copy.keys(&parent).collect();
        let mut chunk = pen.next(from);
        let is_form = from.id().kind() == DocumentKind::Draft;
        let is_new = !matches!(container.as_str(), "entries" | "households" | "issues") || records.is_empty();
        let count = 1 + self.dice.below(3) as usize;
        if !is_form && (is_new || self.dice.below(3) == 0) {
            let key = self.dice.uuid_v7(zhucun_core::clock::Moment(0)).to_string();
            chunk.operations.push(Op::make(&crate::pen::id_at(from, &[container]), &key));
            let record = Id { counter: chunk.start_op, actor: chunk.actor.clone() };
            let fields = FIELDS.iter().take(count);
            chunk.operations.extend(fields.map(|name| Op::put(&record, name, Value::text("党课"))));
            return chunk;
        }
        let record = records.get(self.dice.below(records.len().max(1) as u64) as usize);
        let path: Vec<&str> = match record {
            Some(key) if !is_form => vec![container, key],
            _ => vec![container],
        };
        let object = crate::pen::id_at(from, &path);
        let first = self.dice.below(FIELDS.len() as u64) as usize;
        for name in FIELDS.iter().cycle().skip(first).take(count) {
            let there = crate::pen::values_at(from, &path, name);
            let value = match self.dice.below(2) {
                0 => Value::number(self.dice.below(1 << 40) as i64 - (1 << 20)),
                _ => Value::text(&"讲".repeat(self.dice.below(20) as usize)),
            };
            let mut there = there;
            there.sort();
            chunk.operations.push(Op::put(&object, name, value).over(&there));
        }
        chunk
    }

    /// Names and hashes there are to bend with.
    fn known(&self) -> (Vec<Id>, Vec<[u8; 32]>) {
        let chunks: Vec<Chunk> = self.accepted.iter().rev().take(8).map(|bytes| Chunk::of(bytes)).collect();
        let mut ids: BTreeSet<Id> = BTreeSet::from([Id { counter: 2, actor: b"zhucun-genesis-1".to_vec() }]);
        for chunk in &chunks {
            ids.insert(Id { counter: chunk.start_op, actor: chunk.actor.clone() });
            ids.extend(chunk.operations.iter().flat_map(|op| op.object.iter().chain(&op.predecessors).cloned()));
        }
        let hashes = chunks.iter().flat_map(|chunk| chunk.dependencies.clone()).chain(self.document.heads()).collect();
        (ids.into_iter().collect(), hashes)
    }

    /// The accepted changes again, each after its causes but otherwise in another order.
    fn replayed(&mut self) -> Document {
        let mut document = Document::begin(self.document.id());
        let mut waiting: Vec<&Vec<u8>> = self.accepted.iter().collect();
        while !waiting.is_empty() {
            let ready: Vec<usize> = (0..waiting.len())
                .filter(|at| Chunk::of(waiting[*at]).dependencies.iter().all(|hash| document.has(*hash)))
                .collect();
            let at = ready[self.dice.below(ready.len() as u64) as usize];
            let new = judged(&document, Author::Anyone, waiting.remove(at)).expect("what one took all take");
            new.expect("it comes once").apply(&mut document).expect("it was judged");
        }
        document
    }
}

fn run(id: DocumentId, seed: u8, turns: u32) {
    let mut world = World::new(id, seed);
    for _ in 0..turns {
        world.turn();
    }
    // Neither everything nor nothing may pass, or this test says nothing.
    assert!(world.accepted.len() as u32 > turns / 8, "{} of {turns} accepted", world.accepted.len());
    assert!(world.refused.len() > 8, "only {:?}", world.refused);
    for _ in 0..2 {
        let replayed = world.replayed();
        same(&world.document, &replayed);
    }
}

#[test]
fn bent_changes_of_a_log_never_harm_it() {
    run(DocumentId::log(zhucun_core::id::TenureId(uuid::Uuid::from_u128(7))), 1, 150);
}

#[test]
fn bent_changes_of_a_draft_never_harm_it() {
    run(DocumentId::draft(zhucun_core::id::EntryId(uuid::Uuid::from_u128(8))), 2, 150);
}

#[test]
fn bent_changes_of_a_village_never_harm_it() {
    run(DocumentId::village("621022103201".parse().expect("a village")), 3, 150);
}
