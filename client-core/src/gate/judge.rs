//! The judgement of one change against a document: who made it, whether it is next in its author's line, whether all it
//! builds on is here. What it writes is then judged operation by operation (`operation`).
use std::collections::BTreeSet;

use automerge::{ActorId, Change};

use super::operation::Touched;
use super::{GateRefusal, chunk, operation};
use crate::document::{Actor, Broken, DOCUMENT_OPS_MAX, Document, Incarnation, TIME_S_MAX};
use crate::id::DeviceId;

/// Heads of a document, and values under one key, that may stand side by side. Whoever writes next names all of them, so
/// one device under many incarnations could otherwise make more than any change may name, and nobody could write there
/// again. A change refused for this is made again on what came meanwhile, and joins it. Only the server holds this: it
/// alone says in what order changes come.
pub const BRANCHES_MAX: usize = 32;

/// Who a change must be from.
#[derive(Clone, Copy, Debug)]
pub enum Author {
    /// The device that sent it, in the incarnation it claims: what the server checks.
    Device(DeviceId, Incarnation),
    /// Anyone the server took it from: what a phone checks, which does not know the devices of others.
    Anyone,
}

/// A change that may become part of the document it was judged against, as long as nothing else does before it.
#[derive(Debug)]
pub struct Judged {
    change: Change,
    touched: BTreeSet<Touched>,
}

/// What the gate says of a change that is not refused.
#[derive(Debug)]
pub enum Pass {
    New(Box<Judged>),
    /// The document has it already.
    Duplicate,
}

impl Judged {
    pub fn hash(&self) -> [u8; 32] {
        self.change.hash().0
    }

    pub fn seq(&self) -> u64 {
        self.change.seq()
    }

    pub fn actor(&self) -> Actor {
        Actor::try_from(self.change.actor_id()).expect("the gate lets only actors of 16 bytes through")
    }

    /// The records it writes to.
    pub fn touched(&self) -> &BTreeSet<Touched> {
        &self.touched
    }

    /// Makes the change part of the document. An error or a panic leaves the document in no known state: forget it.
    pub fn apply(self, document: &mut Document) -> Result<(), Broken> {
        guarded(|| document.apply(self.change)).unwrap_or_else(|| Err(Broken("automerge panicked".to_owned())))
    }
}

/// Judges `bytes` as the next change of `document`. Reads only; a refusal leaves no trace.
pub fn judge(document: &Document, author: Author, bytes: &[u8]) -> Result<Pass, GateRefusal> {
    chunk::scan(bytes)?;
    guarded(|| judge_scanned(document, author, bytes)).unwrap_or(Err(GateRefusal::Library))
}

fn judge_scanned(document: &Document, author: Author, bytes: &[u8]) -> Result<Pass, GateRefusal> {
    let change = Change::from_bytes(bytes.to_vec()).map_err(|_| GateRefusal::NotAChange)?;
    if document.has(change.hash().0) {
        return Ok(Pass::Duplicate);
    }
    if change.is_empty() {
        return Err(GateRefusal::Empty);
    }
    if let Author::Device(device, incarnation) = author
        && *change.actor_id() != ActorId::from(Actor::derive(device, document.id(), incarnation))
    {
        return Err(GateRefusal::ForgedActor);
    }
    place_in_line(document, &change)?;
    let branches_max = match author {
        Author::Device(..) => Some(BRANCHES_MAX),
        Author::Anyone => None,
    };
    let heads = document.automerge().get_heads();
    let beside = heads.iter().filter(|head| !change.deps().contains(head)).count();
    if branches_max.is_some_and(|branches_max| beside >= branches_max) {
        return Err(GateRefusal::TooManyBranches);
    }
    let operations = change.decode();
    // What automerge would not encode in just this way, it could not save and load again.
    if Change::from(operations.clone()).raw_bytes() != bytes {
        return Err(GateRefusal::NotCanonical);
    }
    let touched = operation::check(document, &operations, branches_max)?;
    Ok(Pass::New(Box::new(Judged { change, touched })))
}

fn place_in_line(document: &Document, change: &Change) -> Result<(), GateRefusal> {
    let history = document.history();
    if change.deps().iter().any(|hash| history.get(hash).is_none()) {
        return Err(GateRefusal::UnknownDependency);
    }
    let next = history.last_seq(change.actor_id()) + 1;
    if change.seq() < next {
        return Err(GateRefusal::SeqReused);
    }
    if change.seq() > next {
        return Err(GateRefusal::SeqGap);
    }
    if !(0..=TIME_S_MAX).contains(&change.timestamp()) {
        return Err(GateRefusal::WrongTime);
    }
    if !change.deps().is_sorted_by(|one, next| one < next) {
        return Err(GateRefusal::NotCanonical);
    }
    let seen = history.seen_at(change.deps());
    let own = history.last_hash(change.actor_id()).and_then(|hash| history.get(&hash));
    if own.is_some_and(|own| !own.within(&seen)) || change.deps().is_empty() {
        return Err(GateRefusal::OwnChangeNotSeen);
    }
    if change.start_op().get() != history.max_op_at(change.deps()) + 1 {
        return Err(GateRefusal::WrongStartOp);
    }
    if change.max_op() > DOCUMENT_OPS_MAX {
        return Err(GateRefusal::DocumentFull);
    }
    Ok(())
}

/// Runs what calls into automerge. A panic there becomes `None`; in the browser it ends the instance instead, which the
/// host answers by loading from disk anew.
fn guarded<T>(run: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).ok()
}
