//! The store: the only room that speaks SQL. It has never heard of HTTP, and it reads no clock and throws no dice.
//!
//! One SQLite file in WAL mode with `synchronous=FULL`: what a write was answered with is on the disk. One thread owns
//! the one write connection and lets waiting jobs share a commit (`writer`); reads run on a small pool of their own,
//! each in one snapshot (`reader`). One file a noun holds its SQL beside the function that needs it: reads take
//! `&Connection`, writes take `&Transaction`.
mod trouble;
pub mod value;
mod schema;
mod reader;
mod writer;

pub mod meta;
pub mod division;
pub mod person;
pub mod tenure;
pub mod selection;
pub mod post;
pub mod grant;
pub mod account;
pub mod device;
pub mod audit;
pub mod generation;
pub mod document;
pub mod loaded;
pub mod damage;
pub mod parked;
pub mod quarantine;
pub mod policy;
pub mod calendar;
pub mod leave;
pub mod excusal;
pub mod household;
pub mod visit;
pub mod issue;
pub mod absence;
pub mod programme;
pub mod read_model;
pub mod assessment;
pub mod archive;
pub mod month;
pub mod report;
pub mod incumbent;
pub mod progress;
pub mod feedback;
pub mod erasure;
pub mod draft;
pub mod imported;
pub mod backup;
pub mod restore;

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::MAIN_DB;
use rusqlite::config::DbConfig;
use zhucun_core::document::DocumentId;

/// What a function may do stands in its type: reads take a connection, writes a transaction.
pub use rusqlite::{Connection, Transaction};

pub use trouble::{Fault, Trouble};
pub use writer::{BATCH_JOBS_MAX, WriterState, attempt};

use absence::WordsRead;
use loaded::{Ahead, Loaded};
use read_model::Courses;
use reader::Readers;
use writer::Writer;

/// How long a connection waits for another process (a command line beside a running server) to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Prepared statements kept on each connection.
const STATEMENTS_KEPT: usize = 256;

/// The open database. Cloning is cheap; all clones share the writer and the readers.
#[derive(Clone)]
pub struct Store {
    path: Arc<Path>,
    readers: Readers,
    writer: Writer,
    ahead: Ahead,
    courses: Courses,
    words_read: WordsRead,
}

impl Store {
    /// Opens the file, makes it if there is none, and brings its schema up to date in one transaction. A file written
    /// by a newer program is refused (`Trouble::NewerSchema`), and so is what may have been a database and is none.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Trouble> {
        let path: Arc<Path> = path.into().into();
        let mut connection = connect(&path)?;
        refuse_read_only(&connection, &path)?;
        close_to_others(&path)?;
        schema::migrate(&mut connection)?;
        read_model::catch_up(&mut connection)?;
        let ahead = Ahead::default();
        let writer = Writer::start(connection, ahead.clone())?;
        let readers = Readers::new(path.clone());
        Ok(Self { readers, writer, ahead, courses: Courses::default(), words_read: WordsRead::default(), path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The figures of tenures that are kept in memory, for reads that add them up.
    pub fn courses(&self) -> Courses {
        self.courses.clone()
    }

    /// What was written to leave that waits for a county, as far as it was read before.
    pub fn words_read(&self) -> WordsRead {
        self.words_read.clone()
    }

    /// Reads from one snapshot: everything `work` sees is of one commit.
    pub async fn read<T, E>(&self, work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        self.readers.read(work).await
    }

    /// Loads, beside the writer, documents that a write will need and the writer does not have, if `may` says that whoever
    /// wants it is somebody. The write brings them along (`DocumentCache::bring`).
    pub async fn load_ahead(
        &self,
        ids: impl IntoIterator<Item = DocumentId>,
        may: impl FnOnce(&Connection) -> Result<bool, Trouble> + Send + 'static,
    ) -> Vec<Loaded> {
        let missing = self.ahead.missing(ids);
        if missing.is_empty() {
            return Vec::new();
        }
        let ahead = self.ahead.clone();
        let loaded = self.read(move |connection| -> Result<_, Trouble> {
            Ok(if may(connection)? { ahead.load(connection, &missing) } else { Vec::new() })
        });
        // Trouble is met again, and told, by the writer.
        loaded.await.unwrap_or_default()
    }

    /// Writes. When this answers Ok, the write is committed and on the disk; when `work` answers Err, nothing of it is.
    /// Jobs that wait together share a commit, each in a savepoint of its own.
    pub async fn write<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        self.writer.write(|tx, _| work(tx)).await
    }

    /// Writes with what the writer keeps in memory. The state is forgotten whenever such a job, or the commit it was
    /// part of, is rolled back: it never holds what the disk does not.
    pub async fn write_with<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &mut WriterState) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        self.writer.write_with(work).await
    }

    /// `read` for a thread that may block (the command line).
    pub fn read_sync<T, E: From<Trouble>>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        self.readers.read_sync(work)
    }

    /// `write` for a thread that may block (the command line). Panics when called from asynchronous code.
    pub fn write_sync<T, E>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        self.writer.write_sync(|tx, _| work(tx))
    }

    /// `write_with` for a thread that may block (the command line). Panics when called from asynchronous code.
    pub fn write_with_sync<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &mut WriterState) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        self.writer.write_with_sync(work)
    }
}

/// SQLite would begin anew in an empty file, and throw away the log of a database that is not there.
fn refuse_remains(path: &Path) -> Result<(), Trouble> {
    let bytes = |path: &Path| path.metadata().map(|file| file.len()).ok();
    let log = path.with_extension("db-wal");
    let what = match (bytes(path), bytes(&log)) {
        (Some(0), _) => "is empty",
        (None, Some(1..)) => "is gone and its log is there",
        _ => return Ok(()),
    };
    Err(remains(path, what))
}

/// Something of a database is there, and not the database.
pub fn remains(path: &Path, what: &str) -> Trouble {
    Trouble::Unusable(format!(
        "{} {what}. Put the last backup in place with `zhucun restore`; if this folder never held anything, delete what \
         is in it and start again",
        path.display()
    ))
}

/// Another program's database would be made ours, with all that is in it.
fn refuse_foreign(connection: &Connection, path: &Path) -> Result<(), Trouble> {
    if schema::is_foreign(connection)? {
        return Err(Trouble::Unusable(format!(
            "{} is the database of another program, and was left as it is: is --data the right folder?",
            path.display()
        )));
    }
    Ok(())
}

/// A server would start on it, and nobody's work could be taken in.
fn refuse_read_only(connection: &Connection, path: &Path) -> Result<(), Trouble> {
    if connection.is_readonly(MAIN_DB)? {
        return Err(Trouble::Unusable(format!(
            "{} cannot be written by whoever runs this: run it as its owner, or give the folder and its files to who runs it",
            path.display()
        )));
    }
    Ok(())
}

/// Opens the file for one connection, and makes it if there is none.
fn connect(path: &Path) -> Result<Connection, Trouble> {
    refuse_remains(path)?;
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    refuse_foreign(&connection, path)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // Or else SQLite plans most statements anew for each value they are given.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// The database and what SQLite keeps beside it are their owner's alone, also in a folder that others may read. A command of
/// somebody else changes nothing about that.
fn close_to_others(path: &Path) -> Result<(), Trouble> {
    for file in ["db", "db-wal", "db-shm"].map(|end| path.with_extension(end)) {
        let Ok(found) = file.metadata() else { continue };
        if found.permissions().mode() & 0o077 != 0 {
            match fs::set_permissions(&file, Permissions::from_mode(0o600)) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
                closed => closed?,
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::{OpenFlags, StatementStatus};

    use super::*;

    #[test]
    fn a_statement_is_planned_once_whatever_it_is_asked_for() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let planned: Result<i32, Trouble> = store.read_sync(|connection| {
            let mut rows = connection.prepare("SELECT key FROM bundle WHERE document = ?1 ORDER BY number")?;
            for document in 0..3 {
                rows.query_map([document], |row| row.get::<_, i64>(0))?.try_for_each(|row| row.map(|_| ()))?;
            }
            Ok(rows.get_status(StatementStatus::RePrepare))
        });
        assert_eq!(planned.expect("a read"), 0);
    }

    #[test]
    fn the_database_is_its_owners_alone_also_one_that_others_could_read() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("zhucun.db");
        let mode = |file: &Path| file.metadata().expect("a file").permissions().mode() & 0o777;
        for _ in 0..2 {
            let store = Store::open(&path).expect("a database");
            let touched: Result<(), Trouble> =
                store.write_sync(|tx| Ok(tx.execute_batch("CREATE TABLE IF NOT EXISTS touched (one INTEGER)")?));
            touched.expect("a write");
            for end in ["db", "db-wal", "db-shm"] {
                assert_eq!(mode(&path.with_extension(end)), 0o600, "{end}");
            }
            drop(store);
            fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("a mode");
        }
    }

    #[test]
    fn the_database_of_another_program_is_left_as_it_is() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("zhucun.db");
        for made in ["CREATE TABLE meta (key TEXT)", "DROP TABLE meta; CREATE TABLE it (a); PRAGMA user_version = 3"] {
            Connection::open(&path).and_then(|other| other.execute_batch(made)).expect("another program");
            let before = std::fs::read(&path).expect("the file");
            assert!(Store::open(&path).is_err_and(|why| why.to_string().contains("of another program")), "{made}");
            assert_eq!(std::fs::read(&path).expect("the file"), before);
        }
        let empty = dir.path().join("empty.db");
        Connection::open(&empty)
            .and_then(|other| other.execute_batch("CREATE TABLE a (b); DROP TABLE a"))
            .expect("an empty database");
        assert!(Store::open(&empty).is_ok(), "a database without a table may become ours");
    }

    #[test]
    fn nothing_starts_on_what_it_cannot_write() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("zhucun.db");
        drop(Store::open(&path).expect("a database"));
        let may_read = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a connection");
        assert!(refuse_read_only(&may_read, &path).is_err_and(|why| why.to_string().contains("as its owner")));
        let may_write = Connection::open(&path).expect("a connection");
        assert!(refuse_read_only(&may_write, &path).is_ok());
    }

    #[test]
    fn what_may_have_been_a_database_and_is_none_is_touched_by_nobody() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("zhucun.db");
        std::fs::write(&path, b"").expect("an empty file");
        for _ in 0..2 {
            assert!(matches!(connect(&path), Err(Trouble::Unusable(_))));
            assert!(matches!(erasure::open(&path), Err(Trouble::Unusable(_))));
            assert!(backup::make(&path, &dir.path().join("b.db"), zhucun_core::clock::Moment(0)).is_err());
            assert!(matches!(Store::open(&path), Err(Trouble::Unusable(_))));
            assert_eq!(path.metadata().expect("the file").len(), 0);
        }
    }
}
