//! Drafts: whose they are, what is new of them, and that they are done. Of one that is done the numbers and hashes of its
//! changes stay, as of any document that is superseded, so that its feed remains dense; nobody is sent them.
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use zhucun_core::access::Place;
use zhucun_core::division::DivisionCode;
use zhucun_core::document::{Actor, DocumentId, Owner};
use zhucun_core::id::{EntryId, PersonId};
use zhucun_core::wire::{Closed, Known};

use super::document::{self, Candidate};
use super::generation::IS_SUPERSEDED;
use super::value::{code, number};
use super::{Trouble, erasure, generation};

/// Bytes of an actor in `seen`, and of an actor with its sequence number.
const ACTOR_BYTES: usize = 16;
const KNOWN_BYTES: usize = ACTOR_BYTES + 8;

/// A draft that was begun here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftRow {
    pub person: PersonId,
    pub village: DivisionCode,
    pub is_closed: bool,
}

/// Where a draft was closed.
#[derive(Clone, Copy, Debug)]
pub struct At {
    pub feed: i64,
    pub number: i64,
}

pub fn find(connection: &Connection, entry: EntryId) -> Result<Option<DraftRow>, Trouble> {
    let row =
        |row: &Row<'_>| Ok(DraftRow { person: PersonId(row.get(0)?), village: code(row, 1)?, is_closed: row.get(2)? });
    Ok(connection
        .prepare_cached("SELECT person, village, closed IS NOT NULL FROM draft WHERE entry = ?1")?
        .query_row([entry.0], row)
        .optional()?)
}

/// The place of a draft that was begun.
pub fn place(connection: &Connection, entry: EntryId) -> Result<Option<Place>, Trouble> {
    let place = |draft: DraftRow| Place { division: draft.village, holder: Some(draft.person) };
    Ok(find(connection, entry)?.map(place))
}

/// Notes whose a draft is, and which document it is now.
pub(super) fn begin(tx: &Transaction<'_>, id: DocumentId, place: Place, feed: i64) -> Result<(), Trouble> {
    let (Owner::Draft(entry), Some(person)) = (id.owner(), place.holder) else { return Ok(()) };
    tx.prepare_cached(
        "INSERT INTO draft (entry, person, village, feed, document) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET document = excluded.document",
    )?
    .execute(params![entry.0, person.0, number(place.division), feed, id.to_bytes()])?;
    Ok(())
}

/// Drafts of a person that are not done; without those that an erasure took and no device has written since.
pub fn count_open(connection: &Connection, person: PersonId) -> Result<usize, Trouble> {
    let count: i64 = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM draft JOIN document ON document.id = draft.document
             WHERE draft.person = ?1 AND closed IS NULL AND NOT {IS_SUPERSEDED}"
        ))?
        .query_row([person.0], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Bytes of changes that are stored of a document.
pub fn bytes(connection: &Connection, id: DocumentId) -> Result<u64, Trouble> {
    let Some(row) = document::find(connection, id)? else { return Ok(0) };
    let sum: i64 = connection
        .prepare_cached("SELECT coalesce(sum(length(bytes)), 0) FROM bundle WHERE document = ?1")?
        .query_row([row.key], |row| row.get(0))?;
    Ok(sum.cast_unsigned())
}

/// Who recorded an entry of this id: more than one only where somebody copied another's.
pub fn recorded_by(connection: &Connection, entry: EntryId) -> Result<Vec<PersonId>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT tenure.person FROM entry JOIN tenure ON tenure.id = entry.tenure WHERE entry.id = ?1",
    )?;
    Ok(rows.query_map([entry.0], |row| row.get(0).map(PersonId))?.collect::<Result<_, _>>()?)
}

/// Ends a draft: nothing that was written in it stays.
pub fn close(
    tx: &Transaction<'_>,
    id: DocumentId,
    at: At,
    recorded: bool,
    seen: &[(Actor, u64)],
) -> Result<(), Trouble> {
    let Owner::Draft(entry) = id.owner() else { return Ok(()) };
    if let Some(row) = document::find(tx, id)? {
        let bundles = document::bundles(tx, row.key, (0, i64::MAX), |_| false)?;
        erasure::supersede(tx, row, id, &bundles)?;
    }
    generation::begin(tx, id.last())?;
    let seen: Vec<u8> = seen.iter().flat_map(|(actor, seq)| [&actor.0[..], &seq.to_be_bytes()].concat()).collect();
    tx.prepare_cached("UPDATE draft SET feed = ?2, closed = ?3, recorded = ?4, seen = ?5 WHERE entry = ?1")?
        .execute(params![entry.0, at.feed, at.number, recorded, seen])?;
    Ok(())
}

/// The open drafts of a person that changed after a number of the feed; without those that are damaged.
pub fn changed_after(
    connection: &Connection,
    person: PersonId,
    feed: i64,
    after: i64,
) -> Result<Vec<Candidate>, Trouble> {
    let mut rows = connection.prepare_cached(&format!(
        "SELECT document.key, document.id, document.village, last_number
         FROM draft JOIN document ON document.id = draft.document
         WHERE draft.person = ?1 AND draft.feed = ?2 AND closed IS NULL AND last_number > ?3 AND NOT {IS_SUPERSEDED}
         AND document.key NOT IN (SELECT bundle.document FROM damaged JOIN bundle ON bundle.key = damaged.bundle)"
    ))?;
    let rows = rows.query_map(params![person.0, feed, after], document::candidate)?;
    rows.map(|row| document::named(row?)).collect()
}

/// The drafts of a person that were done after a number of the feed, up to another.
pub fn closed_after(
    connection: &Connection,
    person: PersonId,
    feed: i64,
    (after, to): (i64, i64),
) -> Result<Vec<Closed>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT document, recorded, seen FROM draft WHERE person = ?1 AND feed = ?2 AND closed > ?3 AND closed <= ?4",
    )?;
    let mut rows = rows.query(params![person.0, feed, after, to])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, recorded, seen): (Vec<u8>, bool, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let document = DocumentId::from_bytes(&id).ok_or(Trouble::Damaged("not the id of a document"))?;
        let (seen, rest) = seen.as_chunks::<KNOWN_BYTES>();
        if !rest.is_empty() {
            return Err(Trouble::Damaged("half of what somebody had seen of a draft"));
        }
        found.push(Closed { document, recorded, seen: seen.iter().map(known).collect() });
    }
    Ok(found)
}

fn known(bytes: &[u8; KNOWN_BYTES]) -> Known {
    let (mut actor, mut seq) = ([0; ACTOR_BYTES], [0; 8]);
    actor.copy_from_slice(&bytes[..ACTOR_BYTES]);
    seq.copy_from_slice(&bytes[ACTOR_BYTES..]);
    Known { actor: Actor(actor), seq: u64::from_be_bytes(seq) }
}
