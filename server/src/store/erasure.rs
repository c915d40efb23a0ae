//! An erasure as it is done to the database: the documents that speak of a household are written anew without it, each
//! change with the moment and the person it came with, and nothing of the old ones stays but numbers and hashes, so that
//! feeds remain dense and an author's repeated push is recognised.
use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use zhucun_core::access::Place;
use zhucun_core::clock::Moment;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::document::{Container, Document, DocumentId, DocumentKind, Owner, Record, Renewed};
use zhucun_core::erasure::{Erased, Erasure};
use zhucun_core::gate::{Author, Pass, Touched, judge};
use zhucun_core::id::{DeviceId, HouseholdId, PersonId};
use zhucun_core::wire::Line;

use super::audit::{self, Deed};
use super::document::{self, Accepted, DocumentRow, Stored};
use super::value::{code, number};
use super::{Fault, Trouble, connect, generation, meta, read_model, schema};

/// The database, for a command that has it to itself. What is deleted is overwritten at once.
pub fn open(database: &Path) -> Result<Connection, Trouble> {
    let mut connection = connect(database)?;
    connection.pragma_update(None, "secure_delete", true)?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

/// The households of a village: id, head, group and number, by head.
pub fn register(connection: &Connection, village: DivisionCode) -> Result<Vec<[String; 4]>, Trouble> {
    let id = generation::current(connection, DocumentId::village(village))?;
    let households = document::open(connection, id)?.records(Container::Households);
    let text = |record: &Record, field: &str| record.text(field).unwrap_or_default().to_owned();
    let row = |record: Record| ["head", "group", "number"].map(|field| text(&record, field));
    let rows = households.into_iter().map(|record| (record.key.clone(), row(record)));
    let mut rows: Vec<[String; 4]> = rows.map(|(key, [head, group, number])| [key, head, group, number]).collect();
    rows.sort_by(|one, next| one[1..].cmp(&next[1..]));
    Ok(rows)
}

/// What erasing a household would change. Reads every log: who moved may have written of it elsewhere.
pub fn plan(
    connection: &Connection,
    household: HouseholdId,
    reason: &str,
    at: Moment,
) -> Result<Erased, Fault<String>> {
    let mut erasure = Erasure::of([household]);
    let (mut village, mut documents) = (None, BTreeSet::new());
    for id in document::all(connection)? {
        match id.owner() {
            Owner::Village(code) => {
                let register = document::open(connection, id)?;
                if register.record(Container::Households, &household.to_string()).is_some() {
                    village = Some(code);
                    documents.insert(id.next());
                }
            }
            Owner::Log(tenure) => {
                let known = erasure.entries.len();
                erasure.read(&document::open(connection, id)?).map_err(broken)?;
                if erasure.entries.len() > known {
                    let review = generation::current(connection, DocumentId::review(tenure))?;
                    documents.extend([id.next(), review.next()]);
                }
            }
            Owner::Draft(_) => {
                let names = erasure.is_in_form(&document::open(connection, id)?);
                documents.extend(names.then(|| id.next()));
            }
            // No household is named there.
            Owner::Review(_) | Owner::Programme(..) => {}
        }
    }
    let village =
        village.ok_or_else(|| Fault::Refused(format!("no village's register holds household {household}")))?;
    let (documents, entries) = (documents.into_iter().collect(), erasure.entries);
    Ok(Erased { at, household, village, reason: reason.to_owned(), documents, entries })
}

/// The documents that whoever erases is told of. Of drafts nobody but their authors hears.
pub fn named(it: &Erased) -> impl Iterator<Item = &DocumentId> {
    it.documents.iter().filter(|document| document.kind() != DocumentKind::Draft)
}

/// Changes that are parked where an erasure would write a document anew.
pub fn parked(connection: &Connection, it: &Erased) -> Result<i64, Trouble> {
    let mut open = 0;
    for new in &it.documents {
        let old = generation::current(connection, *new)?;
        open += connection.query_row(
            "SELECT count(*) FROM parked WHERE document = ?1 AND settled_ms IS NULL",
            [old.to_bytes()],
            |row| row.get::<_, i64>(0),
        )?;
    }
    Ok(open)
}

/// Devices of the county that have not come since the database was restored, with when that was. They may hold what it
/// lost, which an erasure does not find.
pub fn unheard(connection: &Connection, it: &Erased) -> Result<Option<(Moment, i64)>, Trouble> {
    let Some(restored) = meta::restored(connection)? else { return Ok(None) };
    let county = it.village.at(Level::County).ok_or(Trouble::Damaged("a village outside any county"))?;
    let devices = connection.query_row(
        "SELECT count(*) FROM device
         WHERE revoked_ms IS NULL AND last_seen_ms < ?1 AND refresh_until_ms > ?1 AND person IN (
             SELECT person FROM tenure WHERE substr(CAST(division AS TEXT), 1, 6) = ?2
             UNION SELECT person FROM post WHERE substr(CAST(division AS TEXT), 1, 6) = ?2)",
        params![restored.0, county.to_string()],
        |row| row.get(0),
    )?;
    Ok((devices > 0).then_some((restored, devices)))
}

/// Erases in one transaction. False when that was done before.
pub fn apply(connection: &Connection, it: &Erased) -> Result<bool, Trouble> {
    let tx = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    if generation::is_erased(&tx, it.household)? {
        return Ok(false);
    }
    let county = it.village.at(Level::County).ok_or(Trouble::Damaged("a village outside any county"))?;
    generation::erase(&tx, it.household, number(county), it.at)?;
    let mut erasure = Erasure { entries: it.entries.clone(), ..Erasure::of([it.household]) };
    for new in &it.documents {
        follow_on(&tx, *new, &mut erasure)?;
    }
    forget_naming(&tx, it.household)?;
    let (subject, detail) = (it.household.to_string(), it.reason.clone());
    let action = "household.erased";
    meta::note_deleted(&tx)?;
    audit::append(&tx, &Deed { at: it.at, person: None, device: None, action, subject, detail })?;
    tx.commit()?;
    Ok(true)
}

/// Leaves nothing of what an erasure deleted in any page of the file or of its log. Nothing to do if that was done.
pub fn clean(connection: &Connection) -> Result<(), Trouble> {
    if !meta::is_deleted(connection)? {
        return Ok(());
    }
    connection.execute_batch("VACUUM")?;
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        let sentence = "another program has the database open: end it, so that nothing erased stays in its log";
        return Err(Trouble::Unusable(sentence.to_owned()));
    }
    meta::forget_deleted(connection)
}

fn broken(_: impl core::fmt::Display) -> Trouble {
    Trouble::Damaged("a document that cannot be written anew")
}

/// Puts a generation in the place of the one before.
fn follow_on(tx: &Transaction<'_>, new: DocumentId, erasure: &mut Erasure) -> Result<(), Trouble> {
    let old = generation::current(tx, new)?;
    if !old.is_followed_by(new) {
        return Ok(());
    }
    let Some(row) = document::find(tx, old)? else { return generation::begin(tx, new) };
    let before = document::open(tx, old)?;
    if old.kind() == DocumentKind::Draft {
        // Its author's devices hold the form, take the household out of it, and write what is left into the next one.
        let bundles = document::bundles(tx, row.key, (0, i64::MAX), |_| false)?;
        supersede(tx, row, old, &bundles)?;
        return generation::begin(tx, new);
    }
    if old.kind() == DocumentKind::Log {
        erasure.read(&before).map_err(broken)?;
        forget_read(tx, erasure, &before)?;
    }
    let renewed = erasure.renew(&before, new).map_err(broken)?;
    let bundles = document::bundles(tx, row.key, (0, i64::MAX), |_| false)?;
    supersede(tx, row, old, &bundles)?;
    generation::begin(tx, new)?;
    write(tx, row, new, &renewed, &bundles)
}

/// The rows that desks read of entries that change; writing their documents anew makes them again.
fn forget_read(tx: &Transaction<'_>, erasure: &Erasure, log: &Document) -> Result<(), Trouble> {
    let Owner::Log(tenure) = log.id().owner() else { return Ok(()) };
    for entry in erasure.entries.keys().filter(|entry| log.record(Container::Entries, &entry.to_string()).is_some()) {
        tx.execute("DELETE FROM event WHERE tenure = ?1 AND entry = ?2", [tenure.0, entry.0])?;
        tx.execute("DELETE FROM entry WHERE tenure = ?1 AND id = ?2", [tenure.0, entry.0])?;
    }
    Ok(())
}

/// Leaves of a document's changes their hashes, and nothing of what was made of them or waited to become one.
pub(super) fn supersede(
    tx: &Transaction<'_>,
    row: DocumentRow,
    old: DocumentId,
    bundles: &[Stored],
) -> Result<(), Trouble> {
    for bundle in bundles {
        let hashes: Vec<u8> = hashes(bundle)?.concat();
        tx.prepare_cached("UPDATE bundle SET bytes = ?3, checksum = ?4 WHERE document = ?1 AND hash = ?2")?
            .execute(params![row.key, bundle.hash, hashes, document::checksum(&hashes)])?;
    }
    tx.execute("DELETE FROM snapshot WHERE document = ?1", [row.key])?;
    tx.execute("DELETE FROM quarantine WHERE substr(document, 1, 17) = ?1", [generation::owner(old)])?;
    // What is open comes again and is parked anew; what was decided keeps that it was.
    tx.execute("DELETE FROM parked WHERE document = ?1 AND settled_ms IS NULL", [old.to_bytes()])?;
    tx.execute(
        "UPDATE parked SET bytes = X'', why = iif(why IS NULL, NULL, '') WHERE document = ?1",
        [old.to_bytes()],
    )?;
    Ok(())
}

/// The same for bytes elsewhere that name the household.
fn forget_naming(tx: &Transaction<'_>, household: HouseholdId) -> Result<(), Trouble> {
    let id = household.to_string().into_bytes();
    tx.execute("DELETE FROM quarantine WHERE instr(bytes, ?1) > 0", [&id])?;
    tx.execute("DELETE FROM parked WHERE settled_ms IS NULL AND instr(bytes, ?1) > 0", [&id])?;
    tx.execute("UPDATE parked SET bytes = X'', why = iif(why IS NULL, NULL, '') WHERE instr(bytes, ?1) > 0", [&id])?;
    Ok(())
}

fn hashes(bundle: &Stored) -> Result<Vec<[u8; 32]>, Trouble> {
    let changes = bundle.line.changes().map_err(broken)?;
    changes.iter().map(|change| Document::hash_of(change).ok_or(Trouble::Damaged("a change without a hash"))).collect()
}

/// Writes the new document, bundle by bundle, as if each had just come from whom and when it came.
fn write(
    tx: &Transaction<'_>,
    old: DocumentRow,
    new: DocumentId,
    renewed: &Renewed,
    bundles: &[Stored],
) -> Result<(), Trouble> {
    let place = place(tx, old)?;
    let row = document::find_or_begin(tx, new, place)?;
    let mut grown = Document::begin(new);
    for bundle in bundles {
        let new_hashes: Vec<[u8; 32]> =
            hashes(bundle)?.iter().filter_map(|hash| renewed.changes.get(hash).copied()).collect();
        let changes: Vec<Vec<u8>> = new_hashes.iter().filter_map(|hash| renewed.document.change(hash)).collect();
        let Some(first_seq) = new_hashes.first().and_then(|hash| renewed.document.seq_of(*hash)) else { continue };
        let touched = take_in(&mut grown, &changes)?;
        let device = device(tx, old, bundle)?;
        let actor = document::actor(tx, row.key, bundle.actor, device, bundle.person)?;
        let line = Line::of(changes.iter().map(Vec::as_slice));
        let (received, hashes) = (bundle.received, &new_hashes[..]);
        document::append(tx, &Accepted { document: row, actor, first_seq, hashes, line: &line, received })?;
        read_model::follow(tx, &grown, place, &touched, received)?;
    }
    Ok(())
}

/// By the gate, as any other change.
fn take_in(document: &mut Document, changes: &[Vec<u8>]) -> Result<BTreeSet<Touched>, Trouble> {
    let mut touched = BTreeSet::new();
    for change in changes {
        let Ok(Pass::New(judged)) = judge(document, Author::Anyone, change) else {
            return Err(Trouble::Damaged("a change that was written anew does not pass the gate"));
        };
        touched.extend(judged.touched().iter().cloned());
        judged.apply(document).map_err(broken)?;
    }
    Ok(touched)
}

fn place(connection: &Connection, row: DocumentRow) -> Result<Place, Trouble> {
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<(DivisionCode, Option<uuid::Uuid>)> {
        Ok((code(row, 0)?, row.get(1)?))
    };
    let (village, holder) =
        connection.query_row("SELECT village, holder FROM document WHERE key = ?1", [row.key], read)?;
    Ok(Place { division: village, holder: holder.map(PersonId) })
}

/// The device behind a bundle's actor, if that is known.
fn device(connection: &Connection, row: DocumentRow, bundle: &Stored) -> Result<Option<DeviceId>, Trouble> {
    let device: Option<Option<uuid::Uuid>> = connection
        .prepare_cached("SELECT device FROM actor WHERE document = ?1 AND actor = ?2")?
        .query_row(params![row.key, bundle.actor.0], |row| row.get(0))
        .optional()?;
    Ok(device.flatten().map(DeviceId))
}
