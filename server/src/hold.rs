//! Who works on a data folder: locks of the kernel on files in it. They end with the process, however it ends.
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::store::Trouble;

/// Shared by all who open the database; held alone by a restore, which puts another in its place, and by an erasure.
const FOLDER: &str = "zhucun.lock";
/// Held by the one server of the folder.
const SERVER: &str = "serve.lock";
/// Held by the one backup that is being made.
const BACKUP: &str = "backup.lock";

/// The folder is held as long as this lives.
#[derive(Debug)]
pub struct Hold {
    _locks: Vec<File>,
}

impl Hold {
    /// To open the database, as others do at the same time. Makes the folder, for its owner only.
    pub fn beside(data: &Path) -> Result<Self, Trouble> {
        Ok(Self { _locks: vec![shared(data)?] })
    }

    /// To serve the folder.
    pub fn serving(data: &Path) -> Result<Self, Trouble> {
        Ok(Self { _locks: vec![shared(data)?, held(data, SERVER, "a server runs on it already")?] })
    }

    /// To make a backup, which a server does not mind.
    pub fn backing_up(data: &Path) -> Result<Self, Trouble> {
        Ok(Self { _locks: vec![shared(data)?, held(data, BACKUP, "a backup of it is being made already")?] })
    }

    /// To put another database in place, or to rewrite it, with nobody else there.
    pub fn alone(data: &Path) -> Result<Self, Trouble> {
        let why = "a server or another command works on it: stop it first";
        Ok(Self { _locks: vec![held(data, FOLDER, why)?] })
    }
}

fn shared(data: &Path) -> Result<File, Trouble> {
    let lock = open(data, FOLDER)?;
    taken(data, lock.try_lock_shared(), "its database is being restored or rewritten right now")?;
    Ok(lock)
}

fn held(data: &Path, name: &str, else_why: &str) -> Result<File, Trouble> {
    let lock = open(data, name)?;
    taken(data, lock.try_lock(), else_why)?;
    Ok(lock)
}

fn open(data: &Path, name: &str) -> Result<File, Trouble> {
    let path = data.join(name);
    let opened = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .and_then(|()| OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path));
    opened.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())).into())
}

fn taken(data: &Path, tried: Result<(), TryLockError>, else_why: &str) -> Result<(), Trouble> {
    match tried {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Trouble::Unusable(format!("{}: {else_why}", data.display()))),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_work_beside_one_server_and_a_restore_works_alone() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let data = dir.path();
        let refused = |held: Result<Hold, Trouble>, why: &str| {
            let said = held.expect_err("the folder is held").to_string();
            assert!(said.contains(why), "{said}");
        };
        let server = Hold::serving(data).expect("a free folder");
        let command = Hold::beside(data).expect("beside a server");
        let backup = Hold::backing_up(data).expect("beside a server");
        refused(Hold::serving(data), "a server runs on it already");
        refused(Hold::backing_up(data), "a backup of it is being made already");
        refused(Hold::alone(data), "stop it first");
        drop(server);
        refused(Hold::alone(data), "stop it first");
        drop((command, backup));
        let restore = Hold::alone(data).expect("nobody is there");
        for held in [Hold::beside(data), Hold::serving(data), Hold::backing_up(data), Hold::alone(data)] {
            held.expect_err("a restore works alone");
        }
        drop(restore);
        Hold::serving(data).expect("the restore is over");
    }
}
