//! What the gate refused, byte for byte, with why and from whom: kept for whoever looks into it.
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use zhucun_core::clock::Moment;
use zhucun_core::document::DocumentId;
use zhucun_core::id::{DeviceId, PersonId};

use super::Trouble;

/// A refused change on its way in.
pub struct Refused<'a> {
    pub received: Moment,
    pub person: PersonId,
    pub device: DeviceId,
    pub document: DocumentId,
    pub code: String,
    pub bytes: &'a [u8],
}

pub fn put(tx: &Transaction<'_>, it: &Refused<'_>) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO quarantine (received_ms, person, device, document, code, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![it.received.0, it.person.0, it.device.0, it.document.to_bytes(), it.code, it.bytes])?;
    Ok(())
}

/// A refused change without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: i64,
    pub received: Moment,
    pub person: PersonId,
    pub device: DeviceId,
    pub document: DocumentId,
    pub code: String,
    pub bytes: i64,
}

/// All that was refused, the oldest first.
pub fn all(connection: &Connection) -> Result<Vec<Entry>, Trouble> {
    let mut rows = connection.prepare(
        "SELECT key, received_ms, person, device, document, code, length(bytes) FROM quarantine ORDER BY key",
    )?;
    let mut rows = rows.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(entry(row)?);
    }
    Ok(found)
}

fn entry(row: &Row<'_>) -> Result<Entry, Trouble> {
    let document: Vec<u8> = row.get(4)?;
    Ok(Entry {
        key: row.get(0)?,
        received: Moment(row.get(1)?),
        person: PersonId(row.get(2)?),
        device: DeviceId(row.get(3)?),
        document: DocumentId::from_bytes(&document).ok_or(Trouble::Damaged("not the id of a document"))?,
        code: row.get(5)?,
        bytes: row.get(6)?,
    })
}

/// The bytes as they came.
pub fn bytes(connection: &Connection, key: i64) -> Result<Option<Vec<u8>>, Trouble> {
    Ok(connection
        .prepare_cached("SELECT bytes FROM quarantine WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// Forgets what came before a moment; says how many that were.
pub fn forget(tx: &Transaction<'_>, before: Moment) -> Result<usize, Trouble> {
    Ok(tx.execute("DELETE FROM quarantine WHERE received_ms < ?1", [before.0])?)
}
