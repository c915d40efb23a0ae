//! The gate: the only door by which bytes from outside become part of a document, on the server and on the phone alike.
//! automerge 0.12 trusts what it reads: malformed changes panic inside it, or are taken in and brick the document
//! (docs/decisions/0002). So nothing reaches it that has not passed, in order: `chunk` (sizes and run lengths, on the
//! bytes alone), `judge` (author, place in the line, causes) and `operation` (what is written, where, over what).
mod chunk;
mod judge;
mod operation;

use core::fmt;

use serde::{Deserialize, Serialize};

pub use chunk::{ACTORS_MAX, CHANGE_BYTES_MAX, DEPENDENCIES_MAX, OPS_MAX};
pub use judge::{Author, BRANCHES_MAX, Judged, Pass, judge};
pub use operation::Touched;

/// Why a change is refused. The codes are stable: they travel, are stored with quarantined bytes, and are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum GateRefusal {
    /// More than `CHANGE_BYTES_MAX` bytes.
    TooLarge,
    /// Not one whole raw change chunk of the format.
    NotAChange,
    /// The checksum is not that of the bytes.
    Checksum,
    /// A column this version does not know, or one twice or out of order.
    UnknownColumn,
    /// More than `OPS_MAX` operations, told from the run lengths before anything is expanded.
    TooManyOps,
    /// More than `ACTORS_MAX` other actors.
    TooManyActors,
    /// More than `DEPENDENCIES_MAX` causes.
    TooManyDependencies,
    /// The actor is not the one this device has in this document.
    ForgedActor,
    /// A sequence number further on than the next.
    SeqGap,
    /// A sequence number already taken by another change.
    SeqReused,
    /// The author's own change before is not among the causes.
    OwnChangeNotSeen,
    /// A cause that is not known here; it must come first.
    UnknownDependency,
    /// Operation counters do not begin right after all that was seen.
    WrongStartOp,
    /// Messages are not used.
    Message,
    /// Bytes after the columns (authors and whatever else).
    ExtraBytes,
    /// Not encoded as automerge would encode the same operations.
    NotCanonical,
    /// A change with no operations.
    Empty,
    /// An operation that these documents do not use: lists, texts, counters, marks, deletions, inserts.
    UnknownOperation,
    /// An operation in an object that the author had not seen or that does not exist.
    UnknownObject,
    /// A key that is no valid name at its place.
    BadKey,
    /// A key twice in one change.
    RepeatedKey,
    /// Overwrites something other than exactly what the author saw there.
    WrongPredecessors,
    /// A kind of value that these documents do not use.
    UnknownValue,
    /// A text of more than `TEXT_BYTES_MAX` bytes, or a number beyond `NUMBER_MAX`.
    ValueTooLarge,
    /// Writes where the shape of the document lets nobody write.
    NotWritable,
    /// Changes an event that was written before.
    EventRewritten,
    /// The document has `DOCUMENT_OPS_MAX` operations.
    DocumentFull,
    /// automerge itself refused or panicked.
    Library,
    /// A time before 1970 or after the year 9999.
    WrongTime,
    /// It would leave more heads, or more values under one key, side by side than those who write next could name.
    TooManyBranches,
}

impl GateRefusal {
    pub const ALL: [GateRefusal; 30] = {
        use GateRefusal::*;
        [
            TooLarge,
            NotAChange,
            Checksum,
            UnknownColumn,
            TooManyOps,
            TooManyActors,
            TooManyDependencies,
            ForgedActor,
            SeqGap,
            SeqReused,
            OwnChangeNotSeen,
            UnknownDependency,
            WrongStartOp,
            Message,
            ExtraBytes,
            NotCanonical,
            Empty,
            UnknownOperation,
            UnknownObject,
            BadKey,
            RepeatedKey,
            WrongPredecessors,
            UnknownValue,
            ValueTooLarge,
            NotWritable,
            EventRewritten,
            DocumentFull,
            Library,
            WrongTime,
            TooManyBranches,
        ]
    };

    /// The code as it travels.
    pub fn number(self) -> u8 {
        let at = Self::ALL.iter().position(|code| *code == self);
        u8::try_from(at.expect("every code is listed")).expect("there are fewer than 256 codes")
    }

    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

impl fmt::Display for GateRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
