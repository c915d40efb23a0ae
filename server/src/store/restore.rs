//! A restore: a backup takes the place of the database, as another history. Each step is one deed on the disk; after any
//! of them the folder holds the database that was there, or the restored one, and the one that was there is kept.
//!
//! Nobody else may have the database open; `hold` sees to that for our own programs, and `fold` notices others.
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use zhucun_core::clock::Moment;

use super::audit::{self, Deed};
use super::backup::{remove_if_there, sync, sync_folder_of};
use super::meta::{self, Reach};
use super::{Fault, Trouble, schema};

/// The backup becomes the database under this name, beside it.
const UNFINISHED: &str = ".restoring";
/// What SQLite keeps beside a database; what is in the first two belongs to it.
const LOG: &str = "-wal";
const JOURNAL: &str = "-journal";
const INDEX: &str = "-shm";
/// How long another program that has the database open may take to close it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// A restore that has begun: the backup lies beside the database and is known to be ours.
#[derive(Debug)]
pub struct Restore {
    database: PathBuf,
    unfinished: PathBuf,
    aside: PathBuf,
    /// Sixteen bytes of chance: the name of the history that begins.
    epoch: [u8; 16],
    now: Moment,
    copy: Connection,
}

/// A restore that was done.
#[derive(Debug)]
pub struct Restored {
    /// The database that was there; none if there was none.
    pub aside: Option<PathBuf>,
    /// How far the backup reaches by its own note; one that another tool made has none.
    pub reach: Option<Reach>,
}

type Step = fn(&Restore) -> Result<(), Fault<String>>;

/// In this order.
const STEPS: [Step; 6] =
    [Restore::begin_history, Restore::fold, Restore::keep, Restore::keep_logs, Restore::clear, Restore::place];

impl Restore {
    /// Copies the backup beside the database and brings it up to this program's schema. Refuses what is no database of
    /// ours, and one of a newer program.
    pub fn begin(backup: &Path, database: &Path, epoch: [u8; 16], now: Moment) -> Result<Self, Fault<String>> {
        refuse_part(backup, database)?;
        let unfinished = beside(database, UNFINISHED);
        match copy(backup, &unfinished).and_then(|copy| adopt(copy, backup)) {
            Ok(copy) => {
                Ok(Self { database: database.to_owned(), aside: aside(database, now), unfinished, epoch, now, copy })
            }
            Err(fault) => {
                // What cannot be removed now is removed by the next restore.
                let _ = clear_away(&unfinished);
                Err(match fault {
                    Fault::Trouble(Trouble::Sql(error)) => no_database(backup, &error.to_string()),
                    other => other,
                })
            }
        }
    }

    /// Reads what is about to be the database.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Trouble> {
        work(&self.copy)
    }

    /// Works on what is about to be the database.
    pub fn change<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Trouble> {
        work(&self.copy)
    }

    /// Puts it in place.
    pub fn finish(self) -> Result<Restored, Fault<String>> {
        let reach = meta::backup(&self.copy)?;
        for step in STEPS {
            if let Err(fault) = step(&self) {
                self.forget();
                return Err(fault);
            }
        }
        Ok(Restored { aside: self.aside.exists().then_some(self.aside), reach })
    }

    /// Leaves everything as it was.
    pub fn forget(self) {
        drop(self.copy);
        let _ = clear_away(&self.unfinished);
    }

    /// The copy becomes another history, whole in its one file, and is on the disk.
    fn begin_history(&self) -> Result<(), Fault<String>> {
        let tx = self.copy.unchecked_transaction()?;
        meta::begin_anew(&tx, self.epoch, self.now)?;
        let (subject, detail) = (String::new(), String::new());
        let action = "backup.restored";
        audit::append(&tx, &Deed { at: self.now, person: None, device: None, action, subject, detail })?;
        tx.commit()?;
        make_whole(&self.copy)?;
        Ok(sync(&self.unfinished)?)
    }

    /// What stands in the log of the database that is there goes into its file, so that it can be kept, and replaced, by
    /// its name alone. One that is too damaged for that is kept with its log.
    fn fold(&self) -> Result<(), Fault<String>> {
        if !self.database.is_file() {
            return Ok(());
        }
        match open(&self.database).and_then(|present| make_whole(&present)) {
            Ok(()) => Ok(sync(&self.database)?),
            Err(Trouble::Sql(error)) => match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Ok(()),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    let sentence = format!("another program has {} open: close it first", self.database.display());
                    Err(Fault::Refused(sentence))
                }
                _ => Err(error.into()),
            },
            Err(trouble) => Err(trouble.into()),
        }
    }

    /// A second name for the file that is there.
    fn keep(&self) -> Result<(), Fault<String>> {
        keep_as(&self.database, &self.aside)
    }

    fn keep_logs(&self) -> Result<(), Fault<String>> {
        for log in [LOG, JOURNAL] {
            keep_as(&beside(&self.database, log), &beside(&self.aside, log))?;
        }
        Ok(sync_folder_of(&self.aside)?)
    }

    /// SQLite would read a log that lies beside a database into it, whosever it is. After `fold` there is none, unless
    /// the database could not be read with it either.
    fn clear(&self) -> Result<(), Fault<String>> {
        for beside_it in [LOG, JOURNAL, INDEX] {
            remove_if_there(&beside(&self.database, beside_it)).map_err(Trouble::from)?;
        }
        Ok(sync_folder_of(&self.database)?)
    }

    fn place(&self) -> Result<(), Fault<String>> {
        fs::rename(&self.unfinished, &self.database).map_err(Trouble::from)?;
        Ok(sync_folder_of(&self.database)?)
    }
}

/// Refuses the database itself, and a file of which a part lies in another.
fn refuse_part(backup: &Path, database: &Path) -> Result<(), Fault<String>> {
    if !backup.is_file() {
        return Err(Fault::Refused(format!("{} is no file that is there", backup.display())));
    }
    let real = |path: &Path| fs::canonicalize(path).ok();
    if real(backup) == real(database) {
        return Err(Fault::Refused(format!("{} is the database itself", backup.display())));
    }
    let in_parts = |end: &&&str| beside(backup, end).metadata().is_ok_and(|log| log.len() > 0);
    match [LOG, JOURNAL].iter().find(in_parts) {
        Some(end) => Err(Fault::Refused(format!(
            "{0}{end} lies beside {0}: a part of the database is in it. `zhucun backup` makes one whole file",
            backup.display()
        ))),
        None => Ok(()),
    }
}

/// A copy for its owner only, opened.
fn copy(backup: &Path, to: &Path) -> Result<Connection, Fault<String>> {
    clear_away(to)?;
    let copied = fs::File::open(backup).and_then(|mut from| {
        let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
        io::copy(&mut from, &mut to)
    });
    copied.map_err(|error| Fault::Refused(format!("{} cannot be copied: {error}", backup.display())))?;
    Ok(open(to)?)
}

fn adopt(mut copy: Connection, backup: &Path) -> Result<Connection, Fault<String>> {
    if schema::refuse_newer(&copy)? == 0 || meta::epoch(&copy)?.is_none() {
        return Err(no_database(backup, "it is another program's"));
    }
    schema::migrate(&mut copy)?;
    Ok(copy)
}

fn no_database(backup: &Path, why: &str) -> Fault<String> {
    Fault::Refused(format!("{} is no database of zhucun: {why}", backup.display()))
}

/// `path` with more at the end of its name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Where the database that was there is kept: a free name with the day and the time of the restore in it.
fn aside(database: &Path, now: Moment) -> PathBuf {
    let second = now.0.saturating_sub(Moment::start_of(now.date()).0) / 1000;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let dated = format!("zhucun-until-{}-{hour:02}{minute:02}{second:02}", now.date());
    let names = std::iter::once(format!("{dated}.db")).chain((2..).map(|n| format!("{dated}-{n}.db")));
    let mut free = names.map(|name| database.with_file_name(name)).filter(|path| path.symlink_metadata().is_err());
    free.next().expect("a folder does not hold endlessly many names")
}

/// Opens a file that is there.
fn open(path: &Path) -> Result<Connection, Trouble> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Takes the log into the file and does without one from now on. That needs the database for oneself.
fn make_whole(connection: &Connection) -> Result<(), Trouble> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    if mode == "delete" { Ok(()) } else { Err(Trouble::Damaged("a database that keeps its log")) }
}

fn keep_as(file: &Path, name: &Path) -> Result<(), Fault<String>> {
    match fs::hard_link(file, name) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Trouble::from(error).into()),
        // Not every file system has second names.
        Err(_) => {
            fs::copy(file, name).map_err(Trouble::from)?;
            Ok(sync(name)?)
        }
    }
}

fn clear_away(unfinished: &Path) -> Result<(), Trouble> {
    for end in ["", LOG, JOURNAL, INDEX] {
        remove_if_there(&beside(unfinished, end))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    const NOW: Moment = Moment(1_448_856_000_000);
    const OLD: [u8; 16] = [1; 16];
    const BACKUP: [u8; 16] = [2; 16];
    const NEW: [u8; 16] = [3; 16];

    /// A database of one feed with so many changes.
    fn database(path: &Path, epoch: [u8; 16], last: i64) {
        let mut connection = started(path);
        let tx = connection.transaction().expect("a transaction");
        tx.execute("INSERT INTO feed VALUES (629901, ?1, 7)", [last]).expect("a feed");
        meta::begin_epoch(&tx, epoch).expect("a history");
        tx.commit().expect("a commit");
    }

    /// The same, killed: its last commit stands only in its log.
    fn killed(path: &Path, epoch: [u8; 16], last: i64) {
        let born = path.with_extension("born");
        let store = Store::open(&born).expect("a new file");
        let begun: Result<(), Trouble> = store.write_sync(move |tx| {
            tx.execute("INSERT INTO feed VALUES (629901, ?1, 7)", [last])?;
            meta::begin_epoch(tx, epoch)
        });
        begun.expect("a history");
        fs::copy(&born, path).expect("the file as it is now");
        fs::copy(beside(&born, LOG), beside(path, LOG)).expect("its log as it is now");
    }

    /// What a start finds. A connection closes when it is dropped, a store a little later.
    fn started(path: &Path) -> Connection {
        let mut connection = super::super::connect(path).expect("a database that opens");
        schema::migrate(&mut connection).expect("a schema");
        connection
    }

    fn history(path: &Path) -> ([u8; 16], Vec<(i64, i64)>) {
        let connection = started(path);
        assert_eq!(meta::check(&connection).expect("a read"), Vec::<String>::new());
        let epoch = meta::epoch(&connection).expect("a read");
        (epoch.expect("a history"), meta::feed_ends(&connection).expect("a read"))
    }

    fn begin(dir: &tempfile::TempDir) -> Result<Restore, Fault<String>> {
        Restore::begin(&dir.path().join("backup.db"), &dir.path().join("zhucun.db"), NEW, NOW)
    }

    fn said(refused: Result<Restore, Fault<String>>) -> String {
        match refused {
            Err(Fault::Refused(sentence)) => sentence,
            Err(Fault::Trouble(trouble)) => trouble.to_string(),
            Ok(_) => panic!("it began"),
        }
    }

    #[test]
    fn a_restore_that_ends_after_any_step_leaves_the_old_database_or_the_new_one() {
        for steps in 0..=STEPS.len() {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let present = dir.path().join("zhucun.db");
            killed(&present, OLD, 9);
            database(&dir.path().join("backup.db"), BACKUP, 5);
            let restore = begin(&dir).expect("a restore begins");
            for step in &STEPS[..steps] {
                step(&restore).expect("a step");
            }
            // The process is gone; nobody cleans up.
            let aside = restore.aside.clone();
            std::mem::forget(restore);
            if steps == STEPS.len() {
                assert_eq!(history(&aside), (OLD, vec![(629_901, 9)]), "what was there is kept");
                assert_eq!(history(&present), (NEW, vec![(629_901, 5)]));
                continue;
            }
            assert_eq!(history(&present), (OLD, vec![(629_901, 9)]), "after {steps} steps");
            // And what is left over does not stand in the way of doing it again, within the same second.
            begin(&dir).expect("a restore begins").finish().expect("a restore");
            assert_eq!(history(&present), (NEW, vec![(629_901, 5)]));
        }
    }

    #[test]
    fn a_damaged_database_is_kept_with_its_log_and_the_log_is_not_read_into_the_new_one() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (present, born) = (dir.path().join("zhucun.db"), dir.path().join("born.db"));
        database(&born, OLD, 9);
        let other = super::super::connect(&born).expect("the database");
        other.execute("UPDATE feed SET last = 10", []).expect("a commit in the log");
        let log = fs::read(beside(&born, LOG)).expect("a log");
        fs::write(beside(&present, LOG), &log).expect("its log as it is now");
        fs::write(&present, [0xff; 8192]).expect("a crime");
        database(&dir.path().join("backup.db"), BACKUP, 5);
        let restored = begin(&dir).expect("a restore begins").finish().expect("a restore");
        let aside = restored.aside.expect("what was there is kept");
        assert!(fs::read(&aside).expect("the file") == [0xff; 8192]);
        assert!(fs::read(beside(&aside, LOG)).expect("its log") == log);
        assert_eq!(history(&present), (NEW, vec![(629_901, 5)]));
    }

    #[test]
    fn a_database_that_another_program_has_open_is_not_replaced() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let present = dir.path().join("zhucun.db");
        database(&present, OLD, 9);
        database(&dir.path().join("backup.db"), BACKUP, 5);
        let other = super::super::connect(&present).expect("the database");
        assert!(meta::epoch(&other).expect("a read").is_some());
        let refused = begin(&dir).expect("a restore begins").finish().expect_err("somebody reads it");
        assert!(matches!(&refused, Fault::Refused(said) if said.contains("another program has")), "{refused:?}");
        drop(other);
        assert_eq!(history(&present), (OLD, vec![(629_901, 9)]));
        assert!(!beside(&present, UNFINISHED).exists());
    }

    #[test]
    fn only_a_whole_database_of_ours_is_taken() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (present, backup) = (dir.path().join("zhucun.db"), dir.path().join("backup.db"));
        assert!(said(begin(&dir)).contains("is no file that is there"));
        fs::write(&backup, "a text that somebody wrote, long enough to be looked at as a database".repeat(9))
            .expect("a file");
        assert!(said(begin(&dir)).contains("is no database of zhucun"));
        fs::write(&backup, "").expect("a file");
        assert!(said(begin(&dir)).contains("is no database of zhucun"));
        fs::remove_file(&backup).expect("a file");
        let other = Connection::open(&backup).expect("a new file");
        other.execute_batch("CREATE TABLE meta (key TEXT, value ANY)").expect("a table of another program");
        drop(other);
        assert!(said(begin(&dir)).contains("it is another program's"));
        let marked = |sql: &str| Connection::open(&backup).and_then(|it| it.execute_batch(sql)).expect("a mark");
        marked("PRAGMA user_version = 1");
        assert!(said(begin(&dir)).contains("it is another program's"), "it has a version, but no history");
        marked("PRAGMA user_version = 0; INSERT INTO meta VALUES ('epoch', zeroblob(16))");
        assert!(said(begin(&dir)).contains("it is another program's"), "it has a history, but no version");
        fs::remove_file(&backup).expect("a file");
        database(&backup, BACKUP, 5);
        Connection::open(&backup).and_then(|it| it.pragma_update(None, "user_version", 99)).expect("a newer version");
        assert!(said(begin(&dir)).contains("written by a newer zhucun (schema 99"));
        fs::remove_file(&backup).expect("a file");
        killed(&backup, BACKUP, 5);
        assert!(said(begin(&dir)).contains("-wal lies beside"));
        fs::remove_file(&backup).expect("a file");
        fs::hard_link(backup.with_extension("born"), &present).expect("a second name");
        let itself = Restore::begin(&present, &present, NEW, NOW);
        assert!(said(itself).contains("is the database itself"));
        assert!(!beside(&present, UNFINISHED).exists(), "nothing is left lying about");
    }

    #[test]
    fn where_no_database_was_the_backup_becomes_it_and_nothing_is_ever_kept_over_another() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (present, backup) = (dir.path().join("zhucun.db"), dir.path().join("backup.db"));
        database(&backup, BACKUP, 5);
        let restored = begin(&dir).expect("a restore begins").finish().expect("a restore");
        assert_eq!(restored.aside, None);
        assert_eq!(history(&present), (NEW, vec![(629_901, 5)]));
        fs::write(dir.path().join("kept.db"), "what was kept before").expect("a file");
        assert!(keep_as(&present, &dir.path().join("kept.db")).is_err());
        assert_eq!(fs::read(dir.path().join("kept.db")).expect("the file"), b"what was kept before");
    }

    #[test]
    fn reference_data_of_a_restored_database_is_newer_than_any_that_a_phone_holds() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let present = dir.path().join("zhucun.db");
        database(&dir.path().join("backup.db"), BACKUP, 5);
        database(&present, OLD, 9);
        let version = |path: &Path| super::super::document::reference_version(&started(path)).expect("a read");
        begin(&dir).expect("a restore begins").finish().expect("a restore");
        assert!(version(&present) > u64::from(u32::MAX), "as many imports as that were never made");
        let first = version(&present);
        // A backup of the restored database, restored in the same millisecond.
        fs::copy(&present, dir.path().join("backup.db")).expect("a copy");
        fs::remove_file(beside(&present, LOG)).unwrap_or_default();
        begin(&dir).expect("a restore begins").finish().expect("a restore");
        assert!(version(&present) > first);
    }
}
