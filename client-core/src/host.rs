//! The contract between the core and its host: events go in, effects come out, in order. A host performs the effects of
//! one step before it feeds the next event, and answers a `Commit` with `Committed` or `NotCommitted` before anything
//! else. The disk is a map from text keys to bytes; a `Commit` is one transaction of it, durable when it is answered.
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::contract::{Command, Identity, Outcome, SyncTrouble};

/// One row of the host's disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Row {
    pub key: String,
    #[cfg_attr(feature = "types", ts(type = "Uint8Array"))]
    pub value: ByteBuf,
}

/// One write of a transaction; without a value the row goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Write {
    pub key: String,
    #[cfg_attr(feature = "types", ts(type = "Uint8Array | null"))]
    pub value: Option<ByteBuf>,
}

/// Tokens as the server gives them at sign-in and in replies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Tokens {
    pub access_token: String,
    /// How long the access token is good for, from when it was given.
    pub access_token_s: u32,
    pub refresh_token: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first event of an instance: all rows of the disk, and 32 bytes of chance.
    Open {
        #[cfg_attr(feature = "types", ts(type = "Uint8Array"))]
        seed: ByteBuf,
        rows: Vec<Row>,
    },
    /// Someone signed in online. On a disk that holds another person's rows this is a bug of the host.
    SignedIn {
        identity: Identity,
        tokens: Tokens,
    },
    Command {
        ticket: u32,
        command: Command,
    },
    Committed,
    NotCommitted,
    /// Answers `MoreToOpen`.
    GoOn,
    /// The moment asked for by `Wake` has come.
    Woken,
    /// A connection may have come: the page became visible, the browser says online, the server hints.
    Nudge,
    /// The reply to a request: its body, as far as it came.
    Reply {
        request: u32,
        #[cfg_attr(feature = "types", ts(type = "Uint8Array"))]
        body: ByteBuf,
        /// Whether the body came to its end.
        whole: bool,
    },
    /// No reply: no connection, or an HTTP status other than 200.
    NoReply {
        request: u32,
        trouble: SyncTrouble,
    },
}

/// What the host is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Write all of these in one durable transaction, then say so.
    Commit { writes: Vec<Write> },
    /// Write these if it can be done, and say `Committed` in any case: nothing is promised by them.
    Note { writes: Vec<Write> },
    /// Tell the one who asked.
    Answer { ticket: u32, outcome: Outcome },
    /// Views may have changed: ask again for those on screen.
    Changed,
    /// What the first screen shows can be asked for (`Query::is_first`). Say `GoOn` before any other event and any other
    /// query.
    MoreToOpen,
    /// `POST /api/v1/sync` with this body and token; the outcome comes back as `Reply` or `NoReply`.
    Send {
        request: u32,
        access_token: String,
        #[cfg_attr(feature = "types", ts(type = "Uint8Array"))]
        body: ByteBuf,
    },
    /// Say `Woken` after so many milliseconds; a later `Wake` replaces an earlier one.
    Wake { after_ms: u32 },
}
