//! A backup: one whole file, made while the server runs. It is written under another name, proved and synced before it
//! gets its own, so a file of that name is a backup. Then the database notes how far it reaches.
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf, absolute};

use rusqlite::{Connection, TransactionBehavior};
use zhucun_core::clock::Moment;

use super::audit::{self, Deed};
use super::meta::{self, Reach};
use super::{Fault, Trouble, connect, schema};

/// A file that is being made has this at the end of its name.
const UNFINISHED: &str = ".unfinished";

/// A backup that was made.
#[derive(Debug)]
pub struct Backup {
    pub bytes: u64,
    pub reach: Reach,
    /// Where the chain of the audit log breaks, if it does: the backup is made all the same, and a restore refuses it.
    pub breaks_at: Option<i64>,
    /// Whether the database could note it; on a full disk it cannot, and the backup is whole all the same.
    pub noted: Result<(), Fault<String>>,
}

/// Makes a backup of the database in a new file. `now` is when it begins: what was acknowledged before is in it.
pub fn make(database: &Path, to: &Path, now: Moment) -> Result<Backup, Fault<String>> {
    let making = Making::begin(database, to, now)?;
    match making.go() {
        Ok(backup) => Ok(backup),
        Err(fault) => {
            // What is left of it is of no use; that it cannot be removed changes nothing.
            let _ = fs::remove_file(&making.unfinished);
            Err(fault)
        }
    }
}

struct Making {
    connection: Connection,
    to: PathBuf,
    unfinished: PathBuf,
    now: Moment,
}

impl Making {
    fn begin(database: &Path, to: &Path, now: Moment) -> Result<Self, Fault<String>> {
        if !database.is_file() {
            return Err(Fault::Refused(format!("{} is not there: nothing to back up", database.display())));
        }
        // A relative name could look like one of SQLite's own.
        let to = absolute(to).map_err(|error| Fault::Refused(format!("{}: {error}", to.display())))?;
        let connection = connect(database)?;
        schema::refuse_newer(&connection)?;
        let mut unfinished = to.clone().into_os_string();
        unfinished.push(UNFINISHED);
        Ok(Self { connection, to, unfinished: unfinished.into(), now })
    }

    fn go(&self) -> Result<Backup, Fault<String>> {
        self.lay()?;
        self.fill()?;
        let (reach, breaks_at) = self.prove()?;
        self.place()?;
        let noted = self.note(&reach);
        Ok(Backup { bytes: self.to.metadata().map_err(Trouble::from)?.len(), reach, breaks_at, noted })
    }

    /// An empty file for its owner only, under the other name; what an interrupted backup left there is removed.
    fn lay(&self) -> Result<(), Fault<String>> {
        self.refuse_to_overwrite()?;
        let laid = remove_if_there(&self.unfinished)
            .and_then(|()| OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.unfinished));
        laid.map(|_| ()).map_err(|error| Fault::Refused(format!("{}: {error}", self.unfinished.display())))
    }

    /// One snapshot of the whole database. SQLite writes page by page and waits for nobody; writers go on beside it.
    fn fill(&self) -> Result<(), Fault<String>> {
        let name = self.unfinished.to_str();
        let name = name.ok_or_else(|| Fault::Refused(format!("{}: not a name in UTF-8", self.to.display())))?;
        self.connection.execute("VACUUM INTO ?1", [name])?;
        Ok(())
    }

    /// The file opens, is sound, says itself how far it reaches, and is on the disk: SQLite does not sync it.
    fn prove(&self) -> Result<(Reach, Option<i64>), Fault<String>> {
        let mut copy = Connection::open(&self.unfinished)?;
        let found: Vec<String> =
            copy.prepare("PRAGMA quick_check")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if found != ["ok"] {
            let sentence = format!("the database is damaged ({}): run `zhucun check`", found.join("; "));
            return Err(Fault::Refused(sentence));
        }
        let breaks_at = audit::check(&copy)?.err();
        let reach = Reach { taken: self.now, feeds: meta::feed_ends(&copy)? };
        let tx = copy.transaction()?;
        meta::note_backup(&tx, &reach)?;
        tx.commit()?;
        copy.close().map_err(|(_, error)| error)?;
        sync(&self.unfinished)?;
        Ok((reach, breaks_at))
    }

    fn place(&self) -> Result<(), Fault<String>> {
        self.refuse_to_overwrite()?;
        fs::rename(&self.unfinished, &self.to).map_err(Trouble::from)?;
        Ok(sync_folder_of(&self.to)?)
    }

    fn note(&self, reach: &Reach) -> Result<(), Fault<String>> {
        let tx = rusqlite::Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        meta::note_backup(&tx, reach)?;
        let detail: Vec<String> = reach.feeds.iter().map(|(feed, last)| format!("{feed} {last}")).collect();
        let (subject, detail) = (String::new(), detail.join(", "));
        let action = "backup.completed";
        audit::append(&tx, &Deed { at: self.now, person: None, device: None, action, subject, detail })?;
        Ok(tx.commit()?)
    }

    fn refuse_to_overwrite(&self) -> Result<(), Fault<String>> {
        if self.to.symlink_metadata().is_ok() {
            return Err(Fault::Refused(format!("{} is there already; a backup takes a new name", self.to.display())));
        }
        Ok(())
    }
}

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

pub(super) fn sync(path: &Path) -> Result<(), Trouble> {
    Ok(File::open(path)?.sync_all()?)
}

/// A new name is on the disk when its folder is.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), Trouble> {
    path.parent().map_or(Ok(()), sync)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step of a backup, with what it answers left out.
    type Step = fn(&Making) -> Result<(), Fault<String>>;

    const STEPS: [Step; 5] = [
        Making::lay,
        Making::fill,
        |making| making.prove().map(|_| ()),
        Making::place,
        |making| making.note(&Reach { taken: making.now, feeds: meta::feed_ends(&making.connection)? }),
    ];
    const NOW: Moment = Moment(1_448_856_000_000);

    fn database(dir: &tempfile::TempDir) -> PathBuf {
        let path = dir.path().join("zhucun.db");
        let mut connection = connect(&path).expect("a new file");
        schema::migrate(&mut connection).expect("a schema");
        let tx = connection.transaction().expect("a transaction");
        tx.execute("INSERT INTO feed VALUES (629901, 3, 7)", []).expect("a feed");
        meta::begin_epoch(&tx, [7; 16]).expect("a history");
        tx.commit().expect("a commit");
        path
    }

    fn noted(path: &Path) -> Option<Reach> {
        meta::backup(&Connection::open(path).expect("a database")).expect("a read")
    }

    #[test]
    fn a_backup_that_ends_after_any_step_leaves_a_whole_file_or_none_and_the_next_one_works() {
        for steps in 0..=STEPS.len() {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let (database, to) = (database(&dir), dir.path().join("backup.db"));
            let making = Making::begin(&database, &to, NOW).expect("a backup begins");
            for step in &STEPS[..steps] {
                step(&making).expect("a step");
            }
            drop(making);
            let whole = steps >= 4;
            assert_eq!(to.exists(), whole, "after {steps} steps");
            if whole {
                let reach = Reach { taken: NOW, feeds: vec![(629_901, 3)] };
                assert_eq!(noted(&to), Some(reach.clone()));
                assert_eq!(noted(&database), (steps == 5).then_some(reach), "after {steps} steps");
            } else {
                assert_eq!(noted(&database), None, "a backup that was not completed is not noted");
            }
            let again = dir.path().join("again.db");
            let made = make(&database, if whole { &again } else { &to }, NOW.plus_ms(1)).expect("a backup");
            made.noted.expect("a database with room takes a note");
            assert_eq!(noted(&database), Some(made.reach));
        }
    }

    #[test]
    fn a_backup_of_a_log_that_somebody_changed_is_made_and_said_to_be_broken() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let database = database(&dir);
        let made = |name: &str| make(&database, &dir.path().join(name), NOW).expect("a backup");
        assert_eq!(made("first.db").breaks_at, None);
        assert_eq!(made("second.db").breaks_at, None, "the note of the first is in it");
        let connection = Connection::open(&database).expect("the database");
        let triggers = "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE tbl_name = 'audit' AND type = 'trigger'";
        let triggers: String = connection.query_row(triggers, [], |row| row.get(0)).expect("its guards");
        connection.execute_batch(&triggers).expect("whoever has the file may");
        connection.execute("UPDATE audit SET detail = 'nothing happened' WHERE number = 1", []).expect("a change");
        assert_eq!(made("third.db").breaks_at, Some(1));
    }

    #[test]
    fn a_backup_is_one_file_for_its_owner_and_overwrites_nothing() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().expect("a temporary folder");
        let (database, to) = (database(&dir), dir.path().join("backup.db"));
        let made = make(&database, &to, NOW).expect("a backup");
        assert_eq!(to.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
        assert_eq!(to.metadata().expect("a file").len(), made.bytes);
        let names: Vec<_> = fs::read_dir(dir.path()).expect("a folder").filter_map(Result::ok).collect();
        assert!(names.iter().all(|entry| !entry.file_name().to_string_lossy().contains("unfinished")));

        let before = fs::read(&to).expect("the file");
        let refused = make(&database, &to, NOW).expect_err("the name is taken");
        assert!(matches!(refused, Fault::Refused(said) if said.contains("is there already")));
        assert!(fs::read(&to).expect("the file") == before);
        let missing = make(&dir.path().join("nothing.db"), &dir.path().join("other.db"), NOW);
        assert!(matches!(missing, Err(Fault::Refused(_))));
        assert!(!dir.path().join("nothing.db").exists(), "a name that was mistyped makes no database");
    }

    #[test]
    fn a_damaged_database_makes_no_backup() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (database, to) = (database(&dir), dir.path().join("backup.db"));
        let direct = Connection::open(&database).expect("the database");
        direct.pragma_update(None, "journal_mode", "DELETE").expect("one whole file");
        drop(direct);
        let mut bytes = fs::read(&database).expect("the file");
        // Every page but the first loses its head: what SQLite walks by.
        for page in bytes.chunks_mut(4096).skip(1) {
            page[..8].fill(0xff);
        }
        fs::write(&database, bytes).expect("a crime");
        make(&database, &to, NOW).expect_err("nothing to make a backup of");
        assert!(!to.exists() && fs::read_dir(dir.path()).expect("a folder").count() <= 3);
    }
}
