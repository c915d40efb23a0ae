//! Documents and their changes, and the feeds that number what was accepted. Changes are only ever added; an erasure alone
//! writes a document anew (`erasure`).
use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use sha2::{Digest, Sha256};
use zhucun_core::access::Place;
use zhucun_core::clock::Moment;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::document::{Actor, Document, DocumentId, Owner};
use zhucun_core::id::{DeviceId, PersonId};
use zhucun_core::wire::{self, Line};

use super::generation::{HASH_BYTES, IS_SUPERSEDED};
use super::value::{code, number};
use super::{Trouble, draft};

/// A document's row.
#[derive(Clone, Copy, Debug)]
pub struct DocumentRow {
    pub key: i64,
    pub feed: i64,
}

/// Changes accepted together, on their way into a feed.
pub struct Accepted<'a> {
    pub document: DocumentRow,
    pub actor: i64,
    pub first_seq: u64,
    /// Of each change, in their order.
    pub hashes: &'a [[u8; 32]],
    pub line: &'a Line,
    pub received: Moment,
}

/// The end of a feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedEnd {
    pub last: i64,
    pub digest: u64,
}

/// A document from its rows, with how many changes follow its snapshot and the number of the last.
pub(super) fn read(connection: &Connection, id: DocumentId) -> Result<(Document, usize, i64), Trouble> {
    let Some(row) = find(connection, id)? else { return Ok((Document::begin(id), 0, 0)) };
    let snapshot: Option<(i64, i64, Vec<u8>)> = connection
        .prepare_cached("SELECT number, checksum, bytes FROM snapshot WHERE document = ?1")?
        .query_row([row.key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let snapshot = snapshot.filter(|(_, sum, bytes)| checksum(bytes) == *sum).map(|(number, _, bytes)| (number, bytes));
    let from = snapshot.as_ref().map_or(0, |(number, _)| *number);
    let mut rows = connection.prepare_cached(
        "SELECT number, bytes, checksum, key FROM bundle WHERE document = ?1 AND number > ?2 ORDER BY number",
    )?;
    let mut rows = rows.query(params![row.key, from])?;
    let (mut last, mut tail) = (from, Vec::new());
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        let line = unpack(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?, row.get(2)?);
        let rotten = Trouble::Rotten { bundle: row.get(3)? };
        match line.and_then(|line| line.changes().ok()) {
            Some(changes) => tail.extend(changes),
            None => return Err(rotten),
        }
    }
    let count = tail.len();
    let document = Document::restore(id, snapshot.as_ref().map(|(_, bytes)| bytes.as_slice()), tail);
    Ok((document.map_err(|_| Trouble::Damaged("a document does not load"))?, count, last))
}

/// Keeps a document saved whole, as it was with its bundle of this number.
pub(super) fn put_snapshot(tx: &Transaction<'_>, document: i64, number: i64, bytes: &[u8]) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO snapshot VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
         SET number = excluded.number, checksum = excluded.checksum, bytes = excluded.bytes",
    )?
    .execute(params![document, number, checksum(bytes), bytes])?;
    Ok(())
}

/// A document as its rows are, to be read.
pub fn open(connection: &Connection, id: DocumentId) -> Result<Document, Trouble> {
    read(connection, id).map(|(document, ..)| document)
}

pub fn find(connection: &Connection, id: DocumentId) -> Result<Option<DocumentRow>, Trouble> {
    Ok(connection
        .prepare_cached("SELECT key, feed FROM document WHERE id = ?1")?
        .query_row([id.to_bytes()], |row| Ok(DocumentRow { key: row.get(0)?, feed: row.get(1)? }))
        .optional()?)
}

/// The number of a document's last bundle; 0 before the first.
pub(super) fn last_number(connection: &Connection, id: DocumentId) -> Result<i64, Trouble> {
    let last = connection
        .prepare_cached("SELECT last_number FROM document WHERE id = ?1")?
        .query_row([id.to_bytes()], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0))
}

/// The document's row, made when it has none yet; its feed is that of its county.
pub fn find_or_begin(tx: &Transaction<'_>, id: DocumentId, place: Place) -> Result<DocumentRow, Trouble> {
    if let Some(row) = find(tx, id)? {
        return Ok(row);
    }
    // The programme of a county or the city lies in no township, and goes to no phone.
    let above = |level| match (place.division.at(level), id.owner()) {
        (Some(unit), _) => Ok(unit),
        (None, Owner::Programme(..)) => Ok(place.division),
        (None, _) => Err(Trouble::Damaged("a document outside any village")),
    };
    let feed = number(above(Level::County)?);
    tx.prepare_cached("INSERT INTO feed VALUES (?1, 0, 0) ON CONFLICT DO NOTHING")?.execute([feed])?;
    tx.prepare_cached(
        "INSERT INTO document (id, feed, township, village, holder, last_number) VALUES (?1, ?2, ?3, ?4, ?5, 0)",
    )?
    .execute(params![
        id.to_bytes(),
        feed,
        number(above(Level::Township)?),
        number(place.division),
        place.holder.map(|person| person.0),
    ])?;
    let row = DocumentRow { key: tx.last_insert_rowid(), feed };
    draft::begin(tx, id, place, feed)?;
    Ok(row)
}

/// The key of an actor of a document, its person remembered when it is new, and its device when that is known.
pub fn actor(
    tx: &Transaction<'_>,
    document: i64,
    actor: Actor,
    device: Option<DeviceId>,
    person: PersonId,
) -> Result<i64, Trouble> {
    let known: Option<(i64, bool)> = tx
        .prepare_cached("SELECT key, device IS NULL FROM actor WHERE document = ?1 AND actor = ?2")?
        .query_row(params![document, actor.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let device = device.map(|device| device.0);
    match known {
        Some((key, true)) if device.is_some() => {
            tx.prepare_cached("UPDATE actor SET device = ?2 WHERE key = ?1")?.execute(params![key, device])?;
            Ok(key)
        }
        Some((key, _)) => Ok(key),
        None => {
            tx.prepare_cached("INSERT INTO actor (document, actor, device, person) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![document, actor.0, device, person.0])?;
            Ok(tx.last_insert_rowid())
        }
    }
}

/// Gives the changes the next number of their feed; where that ends now.
pub fn append(tx: &Transaction<'_>, it: &Accepted<'_>) -> Result<FeedEnd, Trouble> {
    let end = feed_end(tx, it.document.feed)?;
    let end = FeedEnd { last: end.last + 1, digest: digest_after(end.digest, it.hashes) };
    let counted = |number: u64| i64::try_from(number).map_err(|_| Trouble::Damaged("a number beyond counting"));
    let hash = it.hashes.last().ok_or(Trouble::Damaged("nothing was accepted"))?;
    let bytes = wire::deflate(it.line.as_bytes());
    tx.prepare_cached(
        "INSERT INTO bundle (feed, number, document, actor, first_seq, last_seq, received_ms, hash, digest, checksum,
             bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        it.document.feed,
        end.last,
        it.document.key,
        it.actor,
        counted(it.first_seq)?,
        counted(it.first_seq + it.hashes.len() as u64 - 1)?,
        it.received.0,
        hash,
        end.digest.cast_signed(),
        checksum(&bytes),
        bytes,
    ])?;
    tx.prepare_cached("UPDATE feed SET last = ?2, digest = ?3 WHERE code = ?1")?.execute(params![
        it.document.feed,
        end.last,
        end.digest.cast_signed()
    ])?;
    tx.prepare_cached("UPDATE document SET last_number = ?2 WHERE key = ?1")?.execute([it.document.key, end.last])?;
    Ok(end)
}

/// A line out of its row; nothing if it is not what was stored. A flipped bit is found here, before anything is served
/// or built on it.
pub(super) fn unpack(bytes: &[u8], sum: i64) -> Option<Line> {
    let line = (checksum(bytes) == sum).then(|| wire::inflate(bytes))?;
    line.ok().map(Line::from_bytes)
}

pub(super) fn checksum(bytes: &[u8]) -> i64 {
    wire::first_eight(&Sha256::digest(bytes).into()).cast_signed()
}

fn digest_after(before: u64, hashes: &[[u8; 32]]) -> u64 {
    let mut sha = Sha256::new();
    sha.update(before.to_be_bytes());
    sha.update(hashes.as_flattened());
    wire::first_eight(&sha.finalize().into())
}

pub fn feed_end(connection: &Connection, feed: i64) -> Result<FeedEnd, Trouble> {
    let end = connection
        .prepare_cached("SELECT last, digest FROM feed WHERE code = ?1")?
        .query_row([feed], |row| Ok(FeedEnd { last: row.get(0)?, digest: row.get::<_, i64>(1)?.cast_unsigned() }))
        .optional()?;
    Ok(end.unwrap_or_default())
}

/// The digest of a feed after a number; `None` when it never got there.
pub fn digest_at(connection: &Connection, feed: i64, at: i64) -> Result<Option<u64>, Trouble> {
    if at == 0 {
        return Ok(Some(0));
    }
    Ok(connection
        .prepare_cached("SELECT digest FROM bundle WHERE feed = ?1 AND number = ?2")?
        .query_row([feed, at], |row| row.get::<_, i64>(0))
        .optional()?
        .map(i64::cast_unsigned))
}

/// A document that may have something new.
pub struct Candidate {
    pub key: i64,
    pub id: DocumentId,
    pub village: DivisionCode,
    pub last: i64,
}

/// The first byte of a draft's id: those go to their author alone (`draft`).
const DRAFT: &str = "X'01'";

/// The documents of a township that changed after a number of their feed, in the order of their ids; without drafts.
pub fn changed_after(connection: &Connection, township: DivisionCode, after: i64) -> Result<Vec<Candidate>, Trouble> {
    let mut rows = connection.prepare_cached(&format!(
        "SELECT key, id, village, last_number FROM document
         WHERE township = ?1 AND last_number > ?2 AND substr(id, 1, 1) <> {DRAFT} AND NOT {IS_SUPERSEDED} ORDER BY id"
    ))?;
    let rows = rows.query_map([number(township), after], candidate)?;
    rows.map(|row| named(row?)).collect()
}

type CandidateRow = (i64, Option<DocumentId>, DivisionCode, i64);

pub(super) fn candidate(row: &Row<'_>) -> rusqlite::Result<CandidateRow> {
    let bytes: Vec<u8> = row.get(1)?;
    Ok((row.get(0)?, DocumentId::from_bytes(&bytes), code(row, 2)?, row.get(3)?))
}

pub(super) fn named((key, id, village, last): CandidateRow) -> Result<Candidate, Trouble> {
    Ok(Candidate { key, id: id.ok_or(Trouble::Damaged("not the id of a document"))?, village, last })
}

/// Changes accepted together, on their way to a phone.
pub struct Stored {
    pub line: Line,
    pub received: Moment,
    pub first_seq: u64,
    pub last_seq: u64,
    /// Of the last change.
    pub hash: [u8; 32],
    pub actor: Actor,
    pub person: PersonId,
}

/// What a document was given with numbers after `from` and up to `to`, but for bundles to skip by their last hash.
pub fn bundles(
    connection: &Connection,
    document: i64,
    (from, to): (i64, i64),
    skip: impl Fn(&[u8; 32]) -> bool,
) -> Result<Vec<Stored>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT bytes, checksum, received_ms, first_seq, last_seq, hash, actor.actor, person, bundle.key
         FROM bundle JOIN actor ON actor.key = bundle.actor
         WHERE bundle.document = ?1 AND number > ?2 AND number <= ?3 ORDER BY number",
    )?;
    let mut rows = rows.query([document, from, to])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let hash = row.get(5)?;
        if skip(&hash) {
            continue;
        }
        found.push(Stored {
            line: unpack(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?, row.get(1)?)
                .ok_or(Trouble::Rotten { bundle: row.get(8)? })?,
            received: Moment(row.get(2)?),
            first_seq: row.get::<_, i64>(3)?.cast_unsigned(),
            last_seq: row.get::<_, i64>(4)?.cast_unsigned(),
            hash,
            actor: Actor(row.get(6)?),
            person: PersonId(row.get(7)?),
        });
    }
    Ok(found)
}

/// When and with what an actor's change was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub first_seq: u64,
    pub last_seq: u64,
    pub received: Moment,
    pub hash: [u8; 32],
    pub person: PersonId,
}

/// Who stands behind the actors of a document.
pub fn authors(connection: &Connection, id: DocumentId) -> Result<BTreeMap<Actor, PersonId>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT actor.actor, actor.person FROM actor JOIN document ON document.key = actor.document
         WHERE document.id = ?1",
    )?;
    let author = |row: &Row<'_>| Ok((Actor(row.get(0)?), PersonId(row.get(1)?)));
    Ok(rows.query_map([id.to_bytes()], author)?.collect::<Result<_, _>>()?)
}

/// The last change of each actor of a document, also where what is stored of it cannot be read.
pub fn ends(connection: &Connection, document: i64) -> Result<BTreeMap<Actor, u64>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT actor.actor, max(last_seq) FROM bundle JOIN actor ON actor.key = bundle.actor
         WHERE bundle.document = ?1 GROUP BY actor.actor",
    )?;
    let end = |row: &Row<'_>| Ok((Actor(row.get(0)?), row.get::<_, i64>(1)?.cast_unsigned()));
    Ok(rows.query_map([document], end)?.collect::<Result<_, _>>()?)
}

/// What an actor's change came with; `None` when it never came.
pub fn sealed(connection: &Connection, document: i64, actor: Actor, seq: u64) -> Result<Option<Sealed>, Trouble> {
    let sealed = |row: &Row<'_>| {
        Ok(Sealed {
            first_seq: row.get::<_, i64>(0)?.cast_unsigned(),
            last_seq: row.get::<_, i64>(1)?.cast_unsigned(),
            received: Moment(row.get(2)?),
            hash: row.get(3)?,
            person: PersonId(row.get(4)?),
        })
    };
    Ok(connection
        .prepare_cached(
            "SELECT first_seq, last_seq, received_ms, hash, person FROM bundle JOIN actor ON actor.key = bundle.actor
             WHERE bundle.document = ?1 AND actor.actor = ?2 AND ?3 BETWEEN first_seq AND last_seq",
        )?
        .query_row(params![document, actor.0, seq.cast_signed()], sealed)
        .optional()?)
}

/// The hash of an actor's change; `None` when it never came.
pub fn hash_of(connection: &Connection, document: i64, actor: Actor, seq: u64) -> Result<Option<[u8; 32]>, Trouble> {
    let mut rows = connection.prepare_cached(&format!(
        "SELECT bundle.key, first_seq, checksum, bytes, {IS_SUPERSEDED} FROM bundle
         JOIN actor ON actor.key = bundle.actor JOIN document ON document.key = bundle.document
         WHERE bundle.document = ?1 AND actor.actor = ?2 AND ?3 BETWEEN first_seq AND last_seq"
    ))?;
    let mut rows = rows.query(params![document, actor.0, seq.cast_signed()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (first_seq, sum, bytes): (i64, i64, Vec<u8>) = (row.get(1)?, row.get(2)?, row.get(3)?);
    let hashes = if row.get(4)? { hashes_left(&bytes, sum) } else { hashes_of(&bytes, sum) };
    let hashes = hashes.ok_or(Trouble::Rotten { bundle: row.get(0)? })?;
    Ok(usize::try_from(seq.cast_signed() - first_seq).ok().and_then(|at| hashes.get(at).copied()))
}

/// The version of the reference data that phones are sent.
pub fn reference_version(connection: &Connection) -> Result<u64, Trouble> {
    let version: i64 = connection.prepare_cached("SELECT version FROM reference")?.query_row([], |row| row.get(0))?;
    Ok(version.cast_unsigned())
}

/// Every document's id, by id, but for those that are superseded.
pub fn all(connection: &Connection) -> Result<Vec<DocumentId>, Trouble> {
    let mut rows = connection.prepare(&format!("SELECT id FROM document WHERE NOT {IS_SUPERSEDED} ORDER BY id"))?;
    let ids: Vec<Vec<u8>> = rows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    ids.iter().map(|id| DocumentId::from_bytes(id).ok_or(Trouble::Damaged("not the id of a document"))).collect()
}

/// What is wrong with documents and feeds, one sentence each: every document loads and saves to the same heads, every
/// feed is dense, and its digests run.
pub fn check(connection: &Connection) -> Result<Vec<String>, Trouble> {
    let mut found = Vec::new();
    for id in all(connection)? {
        match read(connection, id) {
            Ok((document, ..)) => {
                let again = Document::load(id, &document.save());
                if again.map(|again| again.heads()) != Ok(document.heads()) {
                    found.push(format!("{id} does not reload to the same heads"));
                }
            }
            Err(trouble) => found.push(format!("{id}: {trouble}")),
        }
    }
    let mut feeds = connection.prepare("SELECT code FROM feed ORDER BY code")?;
    let feeds: Vec<i64> = feeds.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for feed in feeds {
        found.extend(check_feed(connection, feed)?);
    }
    Ok(found)
}

/// The hashes of a bundle's changes.
fn hashes_of(bytes: &[u8], sum: i64) -> Option<Vec<[u8; 32]>> {
    let changes = unpack(bytes, sum)?.changes().ok()?;
    changes.iter().map(|change| Document::hash_of(change)).collect()
}

/// The same of a bundle that is superseded: they are all that is left of it.
fn hashes_left(bytes: &[u8], sum: i64) -> Option<Vec<[u8; 32]>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    (rest.is_empty() && checksum(bytes) == sum).then(|| hashes.to_vec())
}

fn check_feed(connection: &Connection, feed: i64) -> Result<Option<String>, Trouble> {
    let mut rows = connection.prepare(&format!(
        "SELECT number, digest, bytes, checksum, hash, {IS_SUPERSEDED}
         FROM bundle JOIN document ON document.key = bundle.document WHERE bundle.feed = ?1 ORDER BY number"
    ))?;
    let mut rows = rows.query([feed])?;
    let mut end = FeedEnd::default();
    while let Some(row) = rows.next()? {
        let (at, digest, bytes): (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let last: [u8; 32] = row.get(4)?;
        let hashes = if row.get(5)? { hashes_left(&bytes, row.get(3)?) } else { hashes_of(&bytes, row.get(3)?) };
        let hashes = hashes.filter(|hashes| hashes.last() == Some(&last)).unwrap_or_default();
        let next = FeedEnd { last: end.last + 1, digest: digest_after(end.digest, &hashes) };
        if (at, digest.cast_unsigned()) != (next.last, next.digest) {
            return Ok(Some(format!("feed {feed} breaks at {at}")));
        }
        end = next;
    }
    let same = end == feed_end(connection, feed)?;
    Ok((!same).then(|| format!("feed {feed} ends elsewhere than its row says")))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use zhucun_core::division::Division;
    use zhucun_core::id::TenureId;

    use super::super::{Store, account, device, division, person};
    use super::*;

    const WHO: PersonId = PersonId(Uuid::from_u128(1));
    const DEVICE: DeviceId = DeviceId(Uuid::from_u128(2));

    fn log(number: u128) -> DocumentId {
        DocumentId::log(TenureId(Uuid::from_u128(number)))
    }

    fn place() -> Place {
        Place { division: "621022103201".parse().expect("a code of the test"), holder: Some(WHO) }
    }

    /// Works on a store with a village, a person and a device.
    fn stored(work: impl FnOnce(&Transaction<'_>) -> Result<(), Trouble> + Send + 'static) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let done: Result<(), Trouble> = store.write_sync(|tx| {
            division::put(tx, &Division { code: place().division, name: "某村".to_owned() })?;
            person::put(tx, WHO, &person::Particulars::default())?;
            account::add(tx, WHO, "who", "hash", Moment(0))?;
            let refresh = device::RefreshRow { hash: [9; 32], until: Moment(1) };
            device::sign_in(tx, (DEVICE, WHO, "phone"), Moment(0), refresh)?;
            work(tx)
        });
        done.expect("all of it");
    }

    #[test]
    fn what_is_stored_is_held_to_its_checksum_whatever_it_inflates_to() {
        stored(|tx| {
            let row = find_or_begin(tx, log(3), place())?;
            let actor = actor(tx, row.key, Actor([4; 16]), Some(DEVICE), WHO)?;
            let (one, other) = (Line::of([&[7; 40][..]]), Line::of([&[8; 40][..]]));
            let accepted =
                Accepted { document: row, actor, first_seq: 1, hashes: &[[5; 32]], line: &one, received: Moment(6) };
            append(tx, &accepted)?;
            let whole = || bundles(tx, row.key, (0, i64::MAX), |_| false).map(|bundles| bundles.len());
            assert_eq!(whole()?, 1);
            tx.execute("UPDATE bundle SET bytes = ?1", [wire::deflate(other.as_bytes())])?;
            assert!(matches!(whole(), Err(Trouble::Rotten { .. })));
            // Of a document saved whole that is not what was saved, nothing is used.
            tx.execute("DELETE FROM bundle", [])?;
            tx.execute(
                "INSERT INTO snapshot VALUES (?1, 1, ?2, ?3)",
                params![row.key, checksum(b"else"), b"saved".as_slice()],
            )?;
            assert_eq!(open(tx, log(3))?.heads(), Document::begin(log(3)).heads());
            Ok(())
        });
    }

    #[test]
    fn an_actor_learns_its_device_from_whoever_brings_it_first() {
        stored(|tx| {
            let row = find_or_begin(tx, log(3), place())?;
            let device_of = |key: i64| -> Result<Option<Uuid>, Trouble> {
                Ok(tx.query_row("SELECT device FROM actor WHERE key = ?1", [key], |row| row.get(0))?)
            };
            let key = actor(tx, row.key, Actor([4; 16]), None, WHO)?;
            assert_eq!(device_of(key)?, None);
            assert_eq!(actor(tx, row.key, Actor([4; 16]), Some(DEVICE), WHO)?, key);
            assert_eq!(device_of(key)?, Some(DEVICE.0));
            assert_eq!(actor(tx, row.key, Actor([4; 16]), None, WHO)?, key);
            assert_eq!(device_of(key)?, Some(DEVICE.0));
            Ok(())
        });
    }
}
