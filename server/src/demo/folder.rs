//! The data folder of the demonstration: filled in a folder inside it that nobody opens, and moved into place when whole,
//! the database last. A making that was interrupted leaves no database, and the next start begins anew.
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Done, refused};
use crate::app::{DATABASE, KEY};
use crate::store::Trouble;

const UNFINISHED: &str = "demo-unfinished";
/// The writer of the new database closes it within milliseconds.
const CLOSING_MAX: Duration = Duration::from_secs(20);

/// Fills the folder by `make`, unless it holds a database already. True when it was filled now. Whoever calls holds the
/// folder as its one server.
pub fn fill(data: &Path, make: impl FnOnce(&Path) -> Done<()>) -> Done<bool> {
    if data.join(DATABASE).exists() {
        return Ok(false);
    }
    DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(Trouble::from)?;
    let unfinished = data.join(UNFINISHED);
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(Trouble::from)?;
    }
    fs::create_dir(&unfinished).map_err(Trouble::from)?;
    make(&unfinished)?;
    move_into_place(&unfinished, data)?;
    Ok(true)
}

fn move_into_place(from: &Path, data: &Path) -> Done<()> {
    wait_until_closed(from)?;
    let moved = || -> io::Result<()> {
        for file in [KEY, DATABASE] {
            File::open(from.join(file))?.sync_all()?;
            fs::rename(from.join(file), data.join(file))?;
            File::open(data)?.sync_all()?;
        }
        fs::remove_dir_all(from)
    };
    Ok(moved().map_err(Trouble::from)?)
}

/// The last connection folds the write-ahead log into the database and removes it.
fn wait_until_closed(folder: &Path) -> Done<()> {
    let log = folder.join(format!("{DATABASE}-wal"));
    let since = Instant::now();
    while log.exists() {
        if since.elapsed() > CLOSING_MAX {
            return Err(refused("the new database does not close"));
        }
        sleep(Duration::from_millis(10));
    }
    Ok(())
}
