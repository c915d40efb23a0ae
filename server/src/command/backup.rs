//! `backup`: one whole file of everything but the key, made beside a running server.
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::app::{DATABASE, KEY};
use crate::hold::Hold;
use crate::power::Powers;
use crate::store::{Fault, backup};

/// Make a backup, also while the server runs.
///
/// The file holds the database and not the key, DIR/zhucun.key. Copy the key once and keep the copy elsewhere: a restore
/// needs both, since all that the key signed is void without it, and whoever has both can sign in as anybody. Take
/// FILE off this machine at once. `restore` puts it back.
#[derive(Args)]
pub struct Backup {
    /// A new file, for its owner only; nothing is overwritten.
    file: PathBuf,
}

impl Backup {
    pub fn run(self, data: &Path, powers: &Powers) -> Result<(), Failure> {
        let database = data.join(DATABASE);
        if !database.is_file() {
            return Err(Failure::Refused(format!("{} is not there: nothing to back up", database.display())));
        }
        let _hold = Hold::backing_up(data)?;
        let made = backup::make(&database, &self.file, powers.now()).map_err(|fault| match fault {
            Fault::Refused(sentence) => Failure::Refused(sentence),
            Fault::Trouble(trouble) => Failure::Refused(format!("{}: {trouble}", self.file.display())),
        })?;
        let sound = if made.breaks_at.is_none() { "sound" } else { "whole" };
        println!("{}: {} bytes, {sound}; the key {KEY} is not in it", self.file.display(), made.bytes);
        for (feed, last) in made.reach.feeds {
            println!("feed {feed} up to {last}");
        }
        if let Err(fault) = made.noted {
            let why = match fault {
                Fault::Refused(sentence) => sentence,
                Fault::Trouble(trouble) => trouble.to_string(),
            };
            eprintln!("the backup is whole, but the database could not note it: {why}");
        }
        if let Some(number) = made.breaks_at {
            return Err(Failure::Refused(format!(
                "the backup is made, and the chain of its audit log breaks at number {number}: keep the earlier backups, and \
                 run `zhucun check`"
            )));
        }
        Ok(())
    }
}
