//! `restore`: a backup takes the place of the database, which is kept.
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, check};
use crate::app::{DATABASE, KEY};
use crate::erase::{LEDGER, Ledger};
use crate::hold::Hold;
use crate::power::Powers;
use crate::store::Fault;
use crate::store::restore::Restore;

/// Put a backup in the place of the database.
///
/// Stop the server first. The database that is there is kept beside it, with the time of the restore in its name. An
/// interruption at any moment leaves the one or the other. The key, DIR/zhucun.key, is not in a backup: put its copy
/// there yourself, or all that it signed is void. Phones notice at their next sync, and give back what the
/// backup does not know. What the ledger DIR/erasures.jsonl says was erased is erased from it again.
#[derive(Args)]
pub struct RestoreFrom {
    /// A backup that `zhucun backup` made.
    file: PathBuf,
    /// Put it in place also when the check finds faults in it.
    #[arg(long)]
    unsound: bool,
}

impl RestoreFrom {
    pub fn run(self, data: &Path, powers: &Powers) -> Result<(), Failure> {
        let _hold = Hold::alone(data)?;
        let begun = Restore::begin(&self.file, &data.join(DATABASE), powers.draw(), powers.now());
        let restore = begun.map_err(failure)?;
        let ledger = Ledger::of(data);
        match restore.change(|copy| ledger.catch_up(copy)) {
            Ok(0) => {}
            Ok(count) => println!("{count} households were erased since, and are erased again"),
            Err(trouble) => {
                restore.forget();
                return Err(trouble.into());
            }
        }
        match check::say_all(|check| restore.read(check)) {
            Ok(0) => {}
            Ok(count) if self.unsound => eprintln!("{count} faults found; it is put in place as you said"),
            Ok(count) => {
                restore.forget();
                let sentence = format!(
                    "{} has {count} faults, and nothing was changed: take an earlier backup, or this one with --unsound",
                    self.file.display()
                );
                return Err(Failure::Refused(sentence));
            }
            Err(failure) => {
                restore.forget();
                return Err(failure);
            }
        }
        let restored = restore.finish().map_err(failure)?;
        println!("{} is in place", self.file.display());
        for (feed, last) in restored.reach.into_iter().flat_map(|reach| reach.feeds) {
            println!("feed {feed} up to {last}");
        }
        if let Some(aside) = restored.aside {
            println!("what was there is kept: {}", aside.display());
        }
        if !ledger.is_there() {
            eprintln!("{LEDGER} is missing: if anything was ever erased, put its copy there before the start");
        }
        if !data.join(KEY).exists() {
            eprintln!("{KEY} is missing: put its copy there before the start, or all that it signed is void");
        }
        Ok(())
    }
}

fn failure(fault: Fault<String>) -> Failure {
    match fault {
        Fault::Refused(sentence) => Failure::Refused(sentence),
        Fault::Trouble(trouble) => Failure::Trouble(trouble),
    }
}
