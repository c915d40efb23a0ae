//! The stage of an attack: a document with some honest work in it, an honest author, and a rogue one who has a device and
//! the right to write, as any attacker the gate is there for. After each attack both go on honestly.
use uuid::Uuid;
use zhucun_core::document::{Document, DocumentId};
use zhucun_core::gate::GateRefusal;
use zhucun_core::id::{EntryId, TenureId};

use crate::chunk::{Chunk, Id, Op, Value};
use crate::oracle::{admit, hex, judged, oracle};
use crate::pen::{Pen, id_at, values_at};

/// The entry that is in the log when an attack begins, and its event.
pub const ENTRY: &str = "00000000-0000-0000-0000-0000000000e1";
pub const EVENT: &str = "00000000-0000-0000-0000-0000000000f1";
/// Keys that are free.
pub const NEW: &str = "00000000-0000-0000-0000-0000000000e2";
pub const OTHER: &str = "00000000-0000-0000-0000-0000000000e3";

#[derive(Clone)]
pub struct Scene {
    pub document: Document,
    pub honest: Pen,
    pub rogue: Pen,
    /// How many attacks there were.
    count: u128,
}

impl Scene {
    /// A log with an entry of two fields, one of them amended, and an answer.
    pub fn log() -> Self {
        let mut scene = Self::of(DocumentId::log(TenureId(Uuid::from_u128(7))));
        scene.writes(|honest, log| {
            honest.record(log, "entries", ENTRY, &[("kind", "lesson"), ("topic", "两学一做"), ("form", "at_home")])
        });
        scene.writes(|honest, log| honest.set(log, "entries", ENTRY, "topic", "三严三实"));
        scene.writes(|honest, log| honest.record(log, "answers", EVENT, &[("entry", ENTRY), ("text", "已补充")]));
        scene
    }

    /// A draft with one field filled in.
    pub fn draft() -> Self {
        let mut scene = Self::of(DocumentId::draft(EntryId(Uuid::from_u128(8))));
        scene.fills_in("topic", "两学一做");
        scene
    }

    fn of(id: DocumentId) -> Self {
        Scene { document: Document::begin(id), honest: Pen::new(1), rogue: Pen::new(2), count: 0 }
    }

    /// The honest author writes.
    pub fn writes(&mut self, write: impl FnOnce(&Pen, &Document) -> Vec<u8>) {
        let bytes = write(&self.honest, &self.document);
        admit(&mut self.document, self.honest.author(), &bytes);
    }

    fn fills_in(&mut self, name: &str, value: &str) {
        use automerge::transaction::Transactable;
        self.writes(|honest, draft| {
            honest.write(draft, |transaction| {
                let fields = crate::pen::object(&*transaction, automerge::ROOT, "fields");
                transaction.put(&fields, name, value).expect("a form takes scalars");
            })
        });
    }

    /// What the rogue would write next if it were honest, as yet without operations.
    pub fn next(&self) -> Chunk {
        self.rogue.next(&self.document)
    }

    /// The same with a new entry in it: an honest change to be bent.
    pub fn entry(&self) -> Chunk {
        let mut chunk = self.next();
        chunk.operations.push(Op::make(&self.at(&["entries"]), NEW));
        let record = Id { counter: chunk.start_op, actor: chunk.actor.clone() };
        chunk.operations.push(Op::put(&record, "kind", Value::text("lesson")));
        chunk.operations.push(Op::put(&record, "topic", Value::text("党课")));
        chunk
    }

    /// The same with one operation.
    pub fn one(&self, operation: Op) -> Chunk {
        Chunk { operations: vec![operation], ..self.next() }
    }

    /// The same with a field of the entry set, over what stands there.
    pub fn set(&self, name: &str, value: Value) -> Chunk {
        let there = values_at(&self.document, &["entries", ENTRY], name);
        self.one(Op::put(&self.at(&["entries", ENTRY]), name, value).over(&there))
    }

    pub fn at(&self, path: &[&str]) -> Id {
        id_at(&self.document, path)
    }

    /// The rogue's bytes are refused with this code and leave no trace; honest work goes on.
    pub fn refuses(&mut self, bytes: &[u8], code: GateRefusal) {
        self.refuses_of(self.rogue, bytes, code);
        self.goes_on();
    }

    /// The same, and the scene stays as it is, for other bends of one honest change: honest work goes on beside it.
    pub fn would_refuse(&self, bytes: &[u8], code: GateRefusal) {
        self.would_refuse_of(self.rogue, bytes, code);
    }

    /// The same of somebody else's bytes.
    pub fn would_refuse_of(&self, pen: Pen, bytes: &[u8], code: GateRefusal) {
        self.refuses_of(pen, bytes, code);
        self.clone().goes_on();
    }

    fn refuses_of(&self, pen: Pen, bytes: &[u8], code: GateRefusal) {
        let before = self.document.heads();
        match judged(&self.document, pen.author(), bytes) {
            Err(refusal) => assert_eq!(refusal, code, "{}", hex(bytes)),
            Ok(Some(_)) => panic!("let through instead of {code:?}: {}", hex(bytes)),
            Ok(None) => panic!("called a duplicate instead of {code:?}: {}", hex(bytes)),
        }
        assert_eq!(self.document.heads(), before);
    }

    /// The rogue's bytes are let through, and the document stays sound.
    pub fn takes(&mut self, bytes: &[u8]) {
        admit(&mut self.document, self.rogue.author(), bytes);
        self.goes_on();
    }

    /// The honest author and the rogue, being honest for once, both write and are accepted.
    fn goes_on(&mut self) {
        self.count += 1;
        if self.document.id().kind() == zhucun_core::document::DocumentKind::Draft {
            self.fills_in("topic", &format!("第{}稿", self.count));
            oracle(&self.document);
            return;
        }
        let (set, count) = (format!("第{}讲", self.count), self.count);
        self.writes(|honest, log| honest.set(log, "entries", ENTRY, "topic", &set));
        let key = Uuid::from_u128(1_000 + count).to_string();
        let bytes = self.rogue.record(&self.document, "entries", &key, &[("kind", "lesson"), ("topic", &set)]);
        admit(&mut self.document, self.rogue.author(), &bytes);
    }
}
