//! An index of a document's changes: who made each, its place in its actor's line, and what it had seen. The gate asks
//! it whether an operation was known to the author of another, which automerge does not answer.
use std::collections::BTreeMap;

use automerge::{ActorId, Automerge, ChangeHash, ChangeMetadata};

use super::Written;
use super::genesis::GENESIS_ACTOR;
use super::name::Actor;

/// What a change had seen: for each actor (by index) the last sequence number, 0 for none.
pub(crate) type Seen = Vec<u64>;

/// One change of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    actor: usize,
    pub seq: u64,
    start_op: u64,
    max_op: u64,
    /// Unix seconds of the author's clock.
    pub time_s: i64,
    seen: Seen,
}

impl Made {
    /// Whether those who had seen `seen` knew this change.
    pub(crate) fn within(&self, seen: &[u64]) -> bool {
        seen.get(self.actor).is_some_and(|last| self.seq <= *last)
    }

    /// Whether neither of two changes knew of the other.
    fn is_beside(&self, other: &Made) -> bool {
        !self.within(&other.seen) && !other.within(&self.seen)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    actors: Vec<ActorId>,
    changes: BTreeMap<ChangeHash, Made>,
    /// Hashes by actor, in the order of their sequence numbers, which are dense from 1.
    lines: Vec<Vec<ChangeHash>>,
    /// The last operation of each change of a line: where the maker of an operation is looked for, for every value read.
    ends: Vec<Vec<u64>>,
}

impl History {
    pub fn of(automerge: &Automerge) -> Self {
        let mut history = History::default();
        for meta in automerge.get_changes_meta(&[]) {
            history.push(&meta);
        }
        history
    }

    pub fn push(&mut self, meta: &ChangeMetadata<'_>) {
        let actor = self.actor_index(&meta.actor);
        let mut seen = self.seen_at(&meta.deps);
        if seen.len() <= actor {
            seen.resize(actor + 1, 0);
        }
        seen[actor] = meta.seq;
        self.lines[actor].push(meta.hash);
        self.ends[actor].push(meta.max_op);
        let made =
            Made { actor, seq: meta.seq, start_op: meta.start_op, max_op: meta.max_op, time_s: meta.timestamp, seen };
        self.changes.insert(meta.hash, made);
    }

    fn actor_index(&mut self, actor: &ActorId) -> usize {
        if let Some(index) = self.index_of(actor) {
            return index;
        }
        self.actors.push(actor.clone());
        self.lines.push(Vec::new());
        self.ends.push(Vec::new());
        self.actors.len() - 1
    }

    pub fn get(&self, hash: &ChangeHash) -> Option<&Made> {
        self.changes.get(hash)
    }

    pub fn count(&self) -> usize {
        self.changes.len()
    }

    /// A change by its place in its actor's line.
    pub fn at(&self, actor: &ActorId, seq: u64) -> Option<&Made> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.changes.get(self.line(actor)?.get(at)?)
    }

    pub fn last_seq(&self, actor: &ActorId) -> u64 {
        self.line(actor).map_or(0, |line| line.len() as u64)
    }

    pub fn last_hash(&self, actor: &ActorId) -> Option<ChangeHash> {
        self.line(actor)?.last().copied()
    }

    /// The last change of each actor but the genesis'.
    pub fn ends(&self) -> Vec<Written> {
        let end = |(actor, line): (&ActorId, &Vec<ChangeHash>)| {
            let actor = Actor::try_from(actor).ok().filter(|actor| actor.0 != GENESIS_ACTOR)?;
            Some(Written { actor, seq: line.len() as u64, hash: line.last()?.0 })
        };
        self.actors.iter().zip(&self.lines).filter_map(end).collect()
    }

    pub fn line_of(&self, actor: &ActorId) -> &[ChangeHash] {
        self.line(actor).map_or(&[], Vec::as_slice)
    }

    fn index_of(&self, actor: &ActorId) -> Option<usize> {
        self.actors.iter().position(|known| known == actor)
    }

    fn line(&self, actor: &ActorId) -> Option<&Vec<ChangeHash>> {
        self.lines.get(self.index_of(actor)?)
    }

    /// All that the given changes had seen, themselves included. Unknown hashes add nothing.
    pub fn seen_at(&self, hashes: &[ChangeHash]) -> Seen {
        let mut all = Seen::new();
        for made in hashes.iter().filter_map(|hash| self.changes.get(hash)) {
            if all.len() < made.seen.len() {
                all.resize(made.seen.len(), 0);
            }
            for (have, theirs) in all.iter_mut().zip(&made.seen) {
                *have = (*have).max(*theirs);
            }
        }
        all
    }

    /// The heads of what two changes, by actor and number, had both seen.
    pub fn meeting(&self, one: (&ActorId, u64), other: (&ActorId, u64)) -> Vec<ChangeHash> {
        let (Some(one), Some(other)) = (self.at(one.0, one.1), self.at(other.0, other.1)) else { return Vec::new() };
        let both: Seen = one.seen.iter().zip(&other.seen).map(|(one, other)| *one.min(other)).collect();
        let last = |(actor, seq): (usize, &u64)| self.lines[actor].get(usize::try_from(seq.checked_sub(1)?).ok()?);
        let lasts: Vec<ChangeHash> = both.iter().enumerate().filter_map(last).copied().collect();
        let made: Vec<&Made> = lasts.iter().filter_map(|hash| self.get(hash)).collect();
        let is_head = |it: &Made| made.iter().all(|other| other.actor == it.actor || !it.within(&other.seen));
        lasts.iter().zip(&made).filter(|(_, made)| is_head(made)).map(|(hash, _)| *hash).collect()
    }

    /// Whether two changes, by actor and number, were made without knowing of each other.
    pub fn are_beside(&self, one: (&ActorId, u64), other: (&ActorId, u64)) -> bool {
        match (self.at(one.0, one.1), self.at(other.0, other.1)) {
            (Some(one), Some(other)) => one.is_beside(other),
            _ => false,
        }
    }

    /// The same by actor, with the last sequence number seen of each; without the genesis.
    pub fn seen_actors(&self, hashes: &[ChangeHash]) -> Vec<(Actor, u64)> {
        let seen = self.seen_at(hashes);
        let known = self.actors.iter().zip(seen).filter(|(_, last)| *last > 0);
        let named = known.filter_map(|(actor, last)| Some((Actor::try_from(actor).ok()?, last)));
        named.filter(|(actor, _)| actor.0 != GENESIS_ACTOR).collect()
    }

    /// The greatest operation counter among the given changes and all before them.
    pub fn max_op_at(&self, hashes: &[ChangeHash]) -> u64 {
        // Each change began after everything it had seen, so the direct ones hold the maximum.
        hashes.iter().filter_map(|hash| self.changes.get(hash)).map(|made| made.max_op).max().unwrap_or(0)
    }

    /// The change that made the operation `counter@actor`.
    pub fn maker(&self, counter: u64, actor: &ActorId) -> Option<&Made> {
        let index = self.index_of(actor)?;
        let at = self.ends.get(index)?.partition_point(|end| *end < counter);
        let made = self.changes.get(self.lines.get(index)?.get(at)?)?;
        (made.start_op <= counter && counter <= made.max_op).then_some(made)
    }

    /// Whether those who had seen `seen` knew the operation `counter@actor`.
    pub fn known(&self, seen: &Seen, counter: u64, actor: &ActorId) -> bool {
        self.maker(counter, actor).is_some_and(|made| made.within(seen))
    }
}
