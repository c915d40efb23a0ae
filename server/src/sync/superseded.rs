//! What a device brings to a generation of a document that is gone, or that names what was erased: it is never taken, and
//! the device is told to make it again on what there is now.
use std::collections::BTreeSet;

use zhucun_core::document::{Document, DocumentId};
use zhucun_core::wire::{Ack, Fate};

use super::Pushed;
use crate::store::{Connection, Trouble, generation};

/// The answer to a push that is not for the generation there is; nothing for one that is.
pub(super) fn answer(connection: &Connection, push: &Pushed) -> Result<Option<Ack>, Trouble> {
    let Some(fate) = fate(connection, push.document)? else { return Ok(None) };
    // What came before the erasure is in the new generation.
    let taken = if fate == Fate::Superseded { generation::taken(connection, push.document)? } else { BTreeSet::new() };
    let had = |change: &Vec<u8>| Document::hash_of(change).is_some_and(|hash| taken.contains(&hash));
    let fates = push.changes.iter().map(|change| if had(change) { Fate::Duplicate } else { fate }).collect();
    Ok(Some(Ack { document: push.document, fates, seals: Vec::new(), at: None }))
}

/// What becomes of changes to a document that is not in this generation: an earlier one is gone. A later one is known to
/// a server that lost its ledger of erasures no more; who has it keeps it.
pub(super) fn fate(connection: &Connection, document: DocumentId) -> Result<Option<Fate>, Trouble> {
    let current = generation::current(connection, document)?;
    Ok(match current == document {
        true => None,
        false if document.is_followed_by(current) => Some(Fate::Superseded),
        false => Some(Fate::NotYet),
    })
}

/// How many changes come before the first that names what was erased: its bytes hold the id as it is written, since the
/// gate lets no change in whose texts are packed.
pub(super) fn clean(connection: &Connection, changes: &[Vec<u8>]) -> Result<usize, Trouble> {
    let erased: Vec<String> = generation::erased(connection)?.iter().map(ToString::to_string).collect();
    let names = |change: &[u8], id: &String| change.windows(id.len()).any(|part| part == id.as_bytes());
    let first = changes.iter().position(|change| erased.iter().any(|id| names(change, id)));
    Ok(first.unwrap_or(changes.len()))
}
