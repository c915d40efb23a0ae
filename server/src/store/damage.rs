//! Stored changes that are not what was stored: noted when they are met, asked of replicas, and put back. Where they stand
//! in their feed stays, so that nobody reads past them.
use rusqlite::{Connection, Transaction, params};
use zhucun_core::document::{Actor, DocumentId};
use zhucun_core::wire::{self, Line};

use super::Trouble;
use super::document::{checksum, unpack};
use super::generation::IS_SUPERSEDED;

/// Remembers that a bundle is not what was stored.
pub fn note(tx: &Transaction<'_>, bundle: i64) -> Result<(), Trouble> {
    tx.execute("INSERT INTO damaged VALUES (?1) ON CONFLICT DO NOTHING", [bundle])?;
    Ok(())
}

/// A bundle that is damaged.
pub struct Lost {
    pub document: DocumentId,
    pub number: i64,
    pub actor: Actor,
    pub first_seq: u64,
}

/// The damaged bundles of a feed. Begins with the damaged ones (`CROSS JOIN`): SQLite would read the whole
/// feed to find that there are none.
pub fn of_feed(connection: &Connection, feed: i64) -> Result<Vec<Lost>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT document.id, number, actor.actor, first_seq FROM damaged
         CROSS JOIN bundle ON bundle.key = damaged.bundle JOIN document ON document.key = bundle.document
         JOIN actor ON actor.key = bundle.actor
         WHERE bundle.feed = ?1",
    )?;
    let mut rows = rows.query([feed])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id: Vec<u8> = row.get(0)?;
        found.push(Lost {
            document: DocumentId::from_bytes(&id).ok_or(Trouble::Damaged("not the id of a document"))?,
            number: row.get(1)?,
            actor: Actor(row.get(2)?),
            first_seq: row.get::<_, i64>(3)?.cast_unsigned(),
        });
    }
    Ok(found)
}

/// Puts changes back where the stored ones are damaged, if they are those: `changes` are an actor's from `first_seq` on,
/// with their hashes. Gives how many bundles are whole again.
pub fn repair(
    tx: &Transaction<'_>,
    document: i64,
    actor: Actor,
    first_seq: u64,
    changes: &[(Vec<u8>, [u8; 32])],
) -> Result<usize, Trouble> {
    let mut rows = tx.prepare_cached(
        "SELECT damaged.bundle, first_seq, last_seq, hash FROM damaged JOIN bundle ON bundle.key = damaged.bundle
         JOIN actor ON actor.key = bundle.actor WHERE bundle.document = ?1 AND actor.actor = ?2",
    )?;
    let lost = rows.query_map(params![document, actor.0], |row| {
        let (first, last) = (row.get::<_, i64>(1)?.cast_unsigned(), row.get::<_, i64>(2)?.cast_unsigned());
        Ok((row.get::<_, i64>(0)?, first, last, row.get::<_, [u8; 32]>(3)?))
    })?;
    let mut repaired = 0;
    for row in lost.collect::<Result<Vec<_>, _>>()? {
        let (bundle, first, last, hash) = row;
        let place = |seq: u64| seq.checked_sub(first_seq).and_then(|at| usize::try_from(at).ok());
        let (Some(from), Some(to)) = (place(first), place(last)) else { continue };
        let Some(whole) = changes.get(from..=to).filter(|whole| whole.last().is_some_and(|(_, last)| *last == hash))
        else {
            continue;
        };
        let line = Line::of(whole.iter().map(|(change, _)| change.as_slice()));
        let bytes = wire::deflate(line.as_bytes());
        tx.execute(
            "UPDATE bundle SET bytes = ?2, checksum = ?3 WHERE key = ?1",
            params![bundle, bytes, checksum(&bytes)],
        )?;
        tx.execute("DELETE FROM damaged WHERE bundle = ?1", [bundle])?;
        repaired += 1;
    }
    Ok(repaired)
}

/// Reads all that is stored and remembers what is not what was stored, so that a replica gives it back. Says how many
/// bundles are new among them.
pub fn scrub(tx: &Transaction<'_>) -> Result<usize, Trouble> {
    let mut rows = tx.prepare(&format!(
        "SELECT bundle.key, bytes, checksum FROM bundle JOIN document ON document.key = bundle.document
         WHERE bundle.key NOT IN (SELECT bundle FROM damaged) AND NOT {IS_SUPERSEDED}"
    ))?;
    let mut rows = rows.query([])?;
    let mut found = 0;
    while let Some(row) = rows.next()? {
        if unpack(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?, row.get(2)?).is_none() {
            note(tx, row.get(0)?)?;
            found += 1;
        }
    }
    Ok(found)
}
