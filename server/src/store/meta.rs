//! Facts about this database as a whole.
use rusqlite::{Connection, OptionalExtension, Transaction};
use zhucun_core::clock::Moment;

use super::Trouble;

/// How far a backup reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// What was acknowledged before is in it.
    pub taken: Moment,
    /// For each feed, by its code, the last number that is in it.
    pub feeds: Vec<(i64, i64)>,
}

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

/// Begins another history in a database that was restored. What phones hold of people and places is older than what
/// they are sent next: the version of the reference data jumps beyond every one that the lost history can have had.
pub fn begin_anew(tx: &Transaction<'_>, dice: [u8; 16], now: Moment) -> Result<(), Trouble> {
    begin_epoch(tx, dice)?;
    tx.execute("UPDATE reference SET version = max(version + 1, ?1)", [now.0])?;
    tx.execute(
        "INSERT INTO meta VALUES ('restored_ms', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
        [now.0],
    )?;
    Ok(())
}

/// Where the reference data changed since this was last called, its version becomes no smaller than the seconds of the time,
/// for the same reason as that of a scope.
pub(super) fn settle_reference(tx: &Transaction<'_>, now_s: i64) -> Result<(), Trouble> {
    let settled = "coalesce((SELECT value FROM meta WHERE key = 'reference_settled'), 0)";
    tx.prepare_cached(&format!("UPDATE reference SET version = max(version, ?1) WHERE version <> {settled}"))?
        .execute([now_s])?;
    tx.prepare_cached(
        "INSERT INTO meta SELECT 'reference_settled', version FROM reference WHERE true
         ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
    )?
    .execute([])?;
    Ok(())
}

/// When this database was restored last.
pub fn restored(connection: &Connection) -> Result<Option<Moment>, Trouble> {
    let mut row = connection.prepare_cached("SELECT value FROM meta WHERE key = 'restored_ms'")?;
    Ok(row.query_row([], |row| row.get(0)).optional()?.map(Moment))
}

/// Notes that something was deleted whose bytes may still stand in pages that are not in use.
pub(super) fn note_deleted(tx: &Transaction<'_>) -> Result<(), Trouble> {
    tx.execute("INSERT INTO meta VALUES ('deleted', 1) ON CONFLICT DO NOTHING", [])?;
    Ok(())
}

pub(super) fn is_deleted(connection: &Connection) -> Result<bool, Trouble> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'deleted')", [], |row| row.get(0))?)
}

/// Its pages were written over.
pub(super) fn forget_deleted(connection: &Connection) -> Result<(), Trouble> {
    connection.execute("DELETE FROM meta WHERE key = 'deleted'", [])?;
    Ok(())
}

/// Whether a new schema asks for every entry to be counted anew.
pub(super) fn asks_recount(connection: &Connection) -> Result<bool, Trouble> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'recount')", [], |row| row.get(0))?)
}

pub(super) fn forget_recount(tx: &Transaction<'_>) -> Result<(), Trouble> {
    tx.execute("DELETE FROM meta WHERE key = 'recount'", [])?;
    Ok(())
}

/// Where each feed ends.
pub fn feed_ends(connection: &Connection) -> Result<Vec<(i64, i64)>, Trouble> {
    let mut rows = connection.prepare("SELECT code, last FROM feed ORDER BY code")?;
    Ok(rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Notes a backup that was completed, in the place of the one before.
pub fn note_backup(tx: &Transaction<'_>, reach: &Reach) -> Result<(), Trouble> {
    tx.execute("DELETE FROM meta WHERE key = 'backup_taken_ms' OR key GLOB 'backup_reach/*'", [])?;
    tx.execute("INSERT INTO meta VALUES ('backup_taken_ms', ?1)", [reach.taken.0])?;
    for (feed, last) in &reach.feeds {
        tx.execute("INSERT INTO meta VALUES ('backup_reach/' || ?1, ?2)", [feed, last])?;
    }
    Ok(())
}

/// The last backup that was completed. A restored database knows the one it was restored from, or one before it; feeds
/// are the same up to where it reaches.
pub fn backup(connection: &Connection) -> Result<Option<Reach>, Trouble> {
    let taken = connection
        .prepare_cached("SELECT value FROM meta WHERE key = 'backup_taken_ms'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let Some(taken) = taken.map(Moment) else { return Ok(None) };
    let mut rows = connection.prepare_cached(
        "SELECT CAST(substr(key, length('backup_reach/') + 1) AS INTEGER), value FROM meta
         WHERE key GLOB 'backup_reach/*' ORDER BY 1",
    )?;
    let feeds = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(Some(Reach { taken, feeds }))
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
