//! Generations: which document of one owner is read and written now, and what no document may name any more. A document
//! follows on another when something was erased from it (`erasure`).
use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use zhucun_core::clock::Moment;
use zhucun_core::document::DocumentId;
use zhucun_core::id::HouseholdId;

use super::Trouble;

/// Bytes of a document's id that all its generations share.
const OWNER_BYTES: usize = 17;
/// Bytes of a change's hash.
pub(super) const HASH_BYTES: usize = 32;

/// Whether the row of `document` is of a generation that is gone.
pub(super) const IS_SUPERSEDED: &str = "EXISTS (SELECT 1 FROM generation
     WHERE owner = substr(document.id, 1, 17) AND generation.document > document.id)";

/// The first bytes of a document's id.
pub(super) fn owner(id: DocumentId) -> [u8; OWNER_BYTES] {
    let mut owner = [0; OWNER_BYTES];
    owner.copy_from_slice(&id.to_bytes()[..OWNER_BYTES]);
    owner
}

/// The generation of a document that is read and written now.
pub fn current(connection: &Connection, id: DocumentId) -> Result<DocumentId, Trouble> {
    let later: Option<Vec<u8>> = connection
        .prepare_cached("SELECT document FROM generation WHERE owner = ?1")?
        .query_row([owner(id)], |row| row.get(0))
        .optional()?;
    later.map_or(Ok(id.at_first()), |bytes| read(&bytes))
}

/// The documents that are not in their first generation, by id; without drafts that are done, which nothing follows.
pub fn later(connection: &Connection) -> Result<Vec<DocumentId>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT document FROM generation WHERE substr(document, 18) <> X'ffffffff' ORDER BY document",
    )?;
    let ids: Vec<Vec<u8>> = rows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    ids.iter().map(|bytes| read(bytes)).collect()
}

fn read(bytes: &[u8]) -> Result<DocumentId, Trouble> {
    DocumentId::from_bytes(bytes).ok_or(Trouble::Damaged("not the id of a document"))
}

/// Begins a generation: from now on it is the one that is read and written.
pub(super) fn begin(tx: &Transaction<'_>, id: DocumentId) -> Result<(), Trouble> {
    tx.prepare_cached("INSERT INTO generation VALUES (?1, ?2) ON CONFLICT DO UPDATE SET document = excluded.document")?
        .execute(params![owner(id), id.to_bytes()])?;
    Ok(())
}

/// Notes that a household is erased.
pub(super) fn erase(tx: &Transaction<'_>, household: HouseholdId, feed: i64, at: Moment) -> Result<(), Trouble> {
    tx.execute("INSERT INTO erased VALUES (?1, ?2, ?3)", params![household.0, feed, at.0])?;
    Ok(())
}

pub fn is_erased(connection: &Connection, household: HouseholdId) -> Result<bool, Trouble> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM erased WHERE household = ?1)")?
        .query_row([household.0], |row| row.get(0))?)
}

/// The households that were erased in a county.
pub fn erased_in(connection: &Connection, feed: i64) -> Result<Vec<HouseholdId>, Trouble> {
    let mut rows = connection.prepare_cached("SELECT household FROM erased WHERE feed = ?1 ORDER BY household")?;
    let ids = rows.query_map([feed], |row| row.get(0).map(HouseholdId))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The households that were erased anywhere.
pub fn erased(connection: &Connection) -> Result<Vec<HouseholdId>, Trouble> {
    let mut rows = connection.prepare_cached("SELECT household FROM erased")?;
    let ids = rows.query_map([], |row| row.get(0).map(HouseholdId))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The hashes of all changes that a superseded document had.
pub fn taken(connection: &Connection, id: DocumentId) -> Result<BTreeSet<[u8; 32]>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT bytes FROM bundle JOIN document ON document.key = bundle.document WHERE document.id = ?1",
    )?;
    let lists = rows.query_map([id.to_bytes()], |row| row.get::<_, Vec<u8>>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(lists.iter().flat_map(|list| list.as_chunks::<HASH_BYTES>().0).copied().collect())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::Store;
    use super::*;

    #[test]
    fn what_is_erased_is_told_in_its_own_county() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let (here, there) = (HouseholdId(Uuid::from_u128(1)), HouseholdId(Uuid::from_u128(2)));
        let done: Result<(), Trouble> = store.write_sync(move |tx| {
            erase(tx, here, 621_022, Moment(0))?;
            erase(tx, there, 621_023, Moment(0))?;
            assert_eq!((erased_in(tx, 621_022)?, erased_in(tx, 621_023)?), (vec![here], vec![there]));
            assert_eq!(erased(tx)?.len(), 2);
            assert!(is_erased(tx, here)? && !is_erased(tx, HouseholdId(Uuid::from_u128(3)))?);
            Ok(())
        });
        done.expect("all of it");
    }
}
