//! Coverage: how often each rare path was gone. A path that no seed goes is one that nothing proves.
use std::collections::BTreeMap;

/// Every path that seeds must go, by what happened there.
pub const PATHS: &[&str] = &[
    "command: done",
    "command: refused",
    "command: not stored",
    "draft: left and recorded later",
    "draft: on the server",
    "draft: on another device",
    "draft: done",
    "entry: raised an issue",
    "entry: amended",
    "issue: amended",
    "entry: withdrawn",
    "entry: voided by its author",
    "entry: voided by the township",
    "entry: restored",
    "entry: answered",
    "entry: confirmed",
    "entry: returned",
    "entry: asked about",
    "entry: question answered",
    "entry: review undone",
    "entry: two values beside each other",
    "leave: asked for",
    "leave: agreed to",
    "duty: excused",
    "duty: owed again",
    "record: written",
    "dead letter",
    "phone: died before a commit",
    "phone: died after a commit",
    "phone: died between commits",
    "phone: opened with care",
    "phone: commit failed",
    "phone: full",
    "phone: cleared",
    "phone: put back to an older disk",
    "phone: copied to another",
    "phone: clock jumped",
    "phone: began in 1970",
    "phone: signed in again",
    "net: offline",
    "net: request lost",
    "net: reply lost",
    "net: reply cut",
    "net: request came twice",
    "net: request came after a later one",
    "net: frame of a newer version",
    "reply: delta",
    "reply: tokens",
    "reply: starts over",
    "reply: trouble",
    "reply: signed out",
    "refill: wanted",
    "refill: taken",
    "fate: accepted",
    "fate: duplicate",
    "fate: not yet",
    "fate: parked",
    "parked: released",
    "parked: dismissed",
    "fate: not allowed",
    "fate: superseded",
    "fate: refused",
    "server: killed",
    "server: power lost",
    "server: died within a request",
    "server: stopped",
    "server: write lost",
    "server: write torn",
    "server: disk full",
    "server: disk failed",
    "server: bit flipped",
    "server: damage given back",
    "server: restored with a new epoch",
    "server: restored with the same epoch",
    "people: moved",
    "people: assessed",
    "people: back",
    "people: promoted",
    "people: device revoked",
    "hostile: request changed",
    "hostile: refused",
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(BTreeMap<&'static str, u64>);

impl Counters {
    pub fn count(&mut self, path: &'static str) {
        self.add(path, 1);
    }

    pub fn add(&mut self, path: &'static str, times: u64) {
        assert!(PATHS.contains(&path), "{path} is in the list");
        if times > 0 {
            *self.0.entry(path).or_default() += times;
        }
    }

    pub fn of(&self, path: &str) -> u64 {
        self.0.get(path).copied().unwrap_or(0)
    }

    pub fn merge(&mut self, other: &Counters) {
        for (path, times) in &other.0 {
            *self.0.entry(path).or_default() += times;
        }
    }

    /// Paths that nobody went.
    pub fn missing(&self) -> Vec<&'static str> {
        PATHS.iter().copied().filter(|path| self.of(path) == 0).collect()
    }
}
