//! Facts about this database as a whole.
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::Trouble;

/// The name of this database's history, 16 bytes. A restore from a backup gives it a new one, so that clients notice.
pub fn epoch(connection: &Connection) -> Result<Option<[u8; 16]>, Trouble> {
    Ok(connection
        .prepare_cached("SELECT value FROM meta WHERE key = 'epoch'")?
        .query_row([], |row| row.get(0))
        .optional()?)
}

/// Begins a history. `dice` are 16 bytes of chance.
pub fn begin_epoch(tx: &Transaction<'_>, dice: [u8; 16]) -> Result<(), Trouble> {
    tx.execute("INSERT INTO meta VALUES ('epoch', ?1) ON CONFLICT DO UPDATE SET value = excluded.value", [dice])?;
    Ok(())
}

/// The size of the database in bytes, its write-ahead log not counted.
pub fn bytes(connection: &Connection) -> Result<i64, Trouble> {
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    Ok(pages * page)
}

/// What SQLite itself finds wrong with the file, one sentence each; empty when it is sound.
pub fn check(connection: &Connection) -> Result<Vec<String>, Trouble> {
    let mut found: Vec<String> =
        connection.prepare("PRAGMA integrity_check")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    found.retain(|line| line != "ok");
    let mut keys = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = keys.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        found.push(format!("a row of {table} names a row of {parent} that does not exist"));
    }
    Ok(found)
}
