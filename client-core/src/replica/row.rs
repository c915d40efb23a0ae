//! The rows of a device's disk: what is under which key, and how it is written. Keys sort as text; values are JSON for
//! what people wrote and CBOR for bytes of documents.
use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::clock::Moment;
use crate::contract::{Command, Identity};
use crate::document::{Actor, DocumentId, Incarnation, LocalChange};
use crate::entry::{EntryKind, Fields};
use crate::host::{Tokens, Write};
use crate::id::{CommandId, DeviceId, EntryId, HouseholdId, IssueId};
use crate::wire::{Checkpoint, Cursor, first_eight};

use super::held::Said;

pub(super) const SESSION: &str = "session";
pub(super) const SYNC: &str = "sync";
pub(super) const REFERENCE: &str = "reference";
pub(super) const CHANGE: &str = "change/";
pub(super) const SNAPSHOT: &str = "snapshot/";
pub(super) const PENDING: &str = "pending/";
/// There while documents are being opened; names the one at hand where the last opening did not come to its end.
pub(super) const OPENING: &str = "opening";
pub(super) const DRAFT: &str = "draft/";
pub(super) const LETTER: &str = "letter/";
/// Drafts that were thrown away, here or elsewhere.
pub(super) const GONE: &str = "gone";

/// Who uses the device, and how it speaks to the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SessionRow {
    pub identity: Identity,
    pub tokens: Tokens,
    /// By the device's clock, when the access token is to be thought of as run out.
    pub access_until: Moment,
    pub incarnation: Incarnation,
    /// The names this device had before, with the last incarnation of each, the newest last.
    #[serde(default)]
    pub formerly: Vec<(DeviceId, Incarnation)>,
}

impl SessionRow {
    pub fn wrote(&self, document: DocumentId, actor: Actor) -> bool {
        is_of((self.identity.device, self.incarnation), document, actor)
    }

    /// The same under any name it had.
    pub fn ever_wrote(&self, document: DocumentId, actor: Actor) -> bool {
        self.wrote(document, actor) || self.formerly.iter().any(|it| is_of(*it, document, actor))
    }
}

fn is_of((device, last): (DeviceId, Incarnation), document: DocumentId, actor: Actor) -> bool {
    (0..=last).any(|it| Actor::derive(device, document, it) == actor)
}

/// How far the device has read, and what it knows of the server's time.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(array)]
pub(super) struct SyncRow {
    #[n(0)]
    pub cursors: Vec<Cursor>,
    #[n(1)]
    pub checkpoints: Vec<Checkpoint>,
    #[n(2)]
    pub reference: u64,
    #[n(3)]
    pub scope: u64,
    /// The last server time seen.
    #[n(4)]
    pub server_now: Moment,
    /// When, by the device's clock, a sync last came to its end.
    #[n(5)]
    pub synced_at: Option<Moment>,
    /// Where feeds were when they took the last changes of this device, as far as no cursor says more.
    #[n(6)]
    pub witnesses: Vec<Cursor>,
    /// The server does not know how far this device has read: it is told what is held here until it lacks nothing.
    #[n(7)]
    pub tells: bool,
    /// There are documents here that this person may no longer hold.
    #[n(8)]
    pub leaving: Option<Leaving>,
}

impl SyncRow {
    /// Reads all from the beginning. Where it was remains what a server must know that has lost nothing.
    pub fn read_anew(&mut self) {
        self.read_to(Vec::new());
        self.checkpoints.clear();
    }

    /// Takes new cursors. Where a feed is read no more, how far it was read remains a witness.
    pub fn read_to(&mut self, cursors: Vec<Cursor>) {
        for cursor in core::mem::replace(&mut self.cursors, cursors) {
            let here = |it: &Cursor| (it.feed, it.epoch) == (cursor.feed, cursor.epoch);
            let is_known = |of: &[Cursor]| of.iter().any(|it| here(it) && it.number >= cursor.number);
            if !is_known(&self.cursors) && !is_known(&self.witnesses) {
                self.witnesses.retain(|it| !here(it));
                self.witnesses.push(cursor);
            }
        }
    }
}

/// Documents go when a backup of the server has them, or after a while.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Leaving {
    /// By the server's time.
    #[n(0)]
    pub since: Moment,
    /// Where the feeds were when the server had all that is here; empty until that is known.
    #[n(1)]
    pub needs: Vec<Cursor>,
    /// Those that the time and the needs are of.
    #[n(2)]
    #[cbor(default)]
    pub documents: BTreeSet<DocumentId>,
}

/// One change of a document.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub(super) struct ChangeRow {
    #[n(0)]
    pub change: ByteVec,
    /// What the server said of it; nothing while it waits.
    #[n(1)]
    pub said: Said,
}

/// A change that waits for the server, with the command it came from, to be done again if the server refuses it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PendingRow {
    pub incarnation: Incarnation,
    pub seq: u64,
    pub hash: ByteBuf,
    pub made_at: Moment,
    pub command: Option<Command>,
    /// For `Record`: the draft it was made from.
    #[serde(default)]
    pub draft: Option<DraftRow>,
    /// For `AddHousehold`: the household it made, which keeps its name when it is done again.
    #[serde(default)]
    pub household: Option<HouseholdId>,
    /// The command that made this change together with changes of other documents.
    #[serde(default)]
    pub joint: Option<CommandId>,
    /// An erasure took something out of it: that this is missing is no fault.
    #[serde(default)]
    pub cleared: bool,
    /// How often the command was refused before.
    pub refused: u32,
    /// Its change is gone (refused, or its document could not be read): the command is to be done again.
    #[serde(default)]
    pub lost: bool,
    /// The server put it aside, for the township to decide: it is not sent again, and never done again.
    #[serde(default)]
    pub parked: bool,
    /// The change itself, of one that was parked: its document may go before it is decided.
    #[serde(default)]
    pub change: Option<ByteBuf>,
}

impl PendingRow {
    /// A command that is to be done again, with no change of its own.
    pub fn lost(command: Command, draft: Option<DraftRow>, now: Moment) -> Self {
        PendingRow {
            incarnation: 0,
            seq: 0,
            hash: ByteBuf::new(),
            made_at: now,
            command: Some(command),
            draft,
            household: None,
            joint: None,
            cleared: false,
            refused: 0,
            lost: true,
            parked: false,
            change: None,
        }
    }

    /// A change on its way. Of a draft there is no command: what is in it stands in the draft's row, from where it is made
    /// again.
    pub fn of(change: &LocalChange, incarnation: Incarnation, now: Moment) -> Self {
        PendingRow {
            incarnation,
            seq: change.seq,
            hash: ByteBuf::from(change.hash.to_vec()),
            made_at: now,
            command: None,
            draft: None,
            household: None,
            joint: None,
            cleared: false,
            refused: 0,
            lost: false,
            parked: false,
            change: None,
        }
    }

    /// Whether it is to be sent.
    pub fn waits(&self) -> bool {
        !self.lost && !self.parked
    }

    /// What a server is asked by about a change that it parked.
    pub fn mark(&self) -> u64 {
        <&[u8; 32]>::try_from(self.hash.as_slice()).map_or(0, first_eight)
    }
}

/// A form as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DraftRow {
    pub kind: EntryKind,
    pub fields: Fields,
    pub began_at: Moment,
    pub saved_at: Moment,
    /// What it raises when it is recorded.
    #[serde(default)]
    pub issues: BTreeMap<IssueId, Fields>,
    /// The heads of its document that it stands on; none before it has one.
    #[serde(default)]
    pub base: Vec<ByteBuf>,
    /// Rises whenever something from another device was taken over.
    #[serde(default)]
    pub revision: u32,
    /// Something in it has yet to go to the document.
    #[serde(default)]
    pub dirty: bool,
    /// When a change of it was last made.
    #[serde(default)]
    pub shared_at: Option<Moment>,
    /// It stays on this device.
    #[serde(default)]
    pub alone: bool,
    /// It became an entry elsewhere, and this is what that does not have.
    #[serde(default)]
    pub amends: bool,
    /// How often the gate refused it.
    #[serde(default)]
    pub refused: u32,
}

impl DraftRow {
    pub fn begin(kind: EntryKind, fields: Fields, began_at: Moment) -> Self {
        DraftRow {
            kind,
            fields,
            began_at,
            saved_at: began_at,
            issues: BTreeMap::new(),
            base: Vec::new(),
            revision: 0,
            dirty: false,
            shared_at: None,
            alone: false,
            amends: false,
            refused: 0,
        }
    }
}

/// What somebody wrote in a form, with the issues that it was to raise.
pub(super) fn written(draft: Option<DraftRow>) -> (Option<Fields>, Vec<Fields>) {
    draft.map_or_else(Default::default, |draft| (Some(draft.fields), draft.issues.into_values().collect()))
}

pub(super) fn change_prefix(document: DocumentId) -> String {
    format!("{CHANGE}{}/", hex(&document.to_bytes()))
}

pub(super) fn change_key(document: DocumentId, number: u32) -> String {
    format!("{}{number:08x}", change_prefix(document))
}

pub(super) fn pending_key(document: DocumentId, number: u32) -> String {
    format!("{PENDING}{}/{number:08x}", hex(&document.to_bytes()))
}

pub(super) fn snapshot_key(document: DocumentId) -> String {
    format!("{SNAPSHOT}{}", hex(&document.to_bytes()))
}

pub(super) fn letter_key(name: &str) -> String {
    format!("{LETTER}{name}")
}

pub(super) fn draft_key(entry: EntryId) -> String {
    format!("{DRAFT}{entry}")
}

/// The document and the number in a key of a change or of something pending.
pub(super) fn document_in(rest: &str) -> Option<(DocumentId, u32)> {
    let (document, number) = rest.split_once('/')?;
    Some((document_of(document)?, u32::from_str_radix(number, 16).ok()?))
}

pub(super) fn document_of(hex: &str) -> Option<DocumentId> {
    let digits = hex.as_bytes();
    if !digits.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect();
    DocumentId::from_bytes(&bytes?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn put_json(key: &str, value: &impl Serialize) -> Write {
    let bytes = serde_json::to_vec(value).expect("rows are plain data with text keys");
    Write { key: key.to_owned(), value: Some(ByteBuf::from(bytes)) }
}

pub(super) fn put_cbor(key: &str, value: &impl Encode<()>) -> Write {
    let bytes = minicbor::to_vec(value).expect("a vector takes all bytes");
    Write { key: key.to_owned(), value: Some(ByteBuf::from(bytes)) }
}

/// A mark, of a document or of none.
pub(super) fn put_mark(key: &str, document: Option<DocumentId>) -> Write {
    let text = document.map(|id| hex(&id.to_bytes())).unwrap_or_default();
    Write { key: key.to_owned(), value: Some(ByteBuf::from(text.into_bytes())) }
}

pub(super) fn delete(key: String) -> Write {
    Write { key, value: None }
}

/// All rows of a disk by key.
pub(super) struct Rows(pub BTreeMap<String, ByteBuf>);

impl Rows {
    pub fn json<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_slice(self.0.get(key)?).ok()
    }

    pub fn cbor<'a, T: Decode<'a, ()>>(&'a self, key: &str) -> Option<T> {
        minicbor::decode(self.0.get(key)?).ok()
    }

    /// The rows under a prefix, with the rest of their key, in order.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.0
            .range(prefix.to_owned()..)
            .map_while(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_slice())))
    }
}
