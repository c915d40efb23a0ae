//! The ledger of erasures: a file beside the database and outside of its backups, so that what was erased stays erased
//! when an older database comes back. A line is on the disk before the database changes; what the ledger says and a
//! database has not is done before anything is served.
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use zhucun_core::erasure::Erased;

use crate::store::{Connection, Trouble, erasure};

/// The ledger's file in the data folder.
pub const LEDGER: &str = "erasures.jsonl";
/// Characters of the reason for an erasure.
pub const REASON_CHARS_MAX: usize = 200;

/// One line of JSON an erasure, in their order.
pub struct Ledger {
    path: PathBuf,
}

impl Ledger {
    pub fn of(data: &Path) -> Self {
        Self { path: data.join(LEDGER) }
    }

    pub fn is_there(&self) -> bool {
        self.path.is_file()
    }

    /// All that was erased. A line without an end was never followed by its erasure, and is none.
    pub fn read(&self) -> Result<Vec<Erased>, Trouble> {
        let text = match std::fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            text => text?,
        };
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let line = |(text, number): (&str, usize)| {
            serde_json::from_str(text).map_err(|_| {
                let path = self.path.display();
                Trouble::Unusable(format!("{path}: line {number} is no erasure; put its copy in place"))
            })
        };
        whole.lines().zip(1..).map(line).collect()
    }

    /// Adds an erasure; on the disk when this returns.
    pub fn append(&self, erased: &Erased) -> Result<(), Trouble> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)?;
        let mut line = serde_json::to_vec(erased).expect("an erasure is plain data with text keys");
        line.push(b'\n');
        file.write_all(&line)?;
        file.sync_all()?;
        if let Some(folder) = self.path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Does to a database what the ledger says and it has not; how much that was.
    pub fn catch_up(&self, connection: &Connection) -> Result<usize, Trouble> {
        let mut done = 0;
        for erased in self.read()? {
            done += usize::from(erasure::apply(connection, &erased)?);
        }
        erasure::clean(connection)?;
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;
    use zhucun_core::clock::Moment;
    use zhucun_core::id::{EntryId, HouseholdId};

    use super::*;

    fn erased(number: u128) -> Erased {
        let versions = zhucun_core::erasure::Versions { was: "a".to_owned(), is: "b".to_owned() };
        Erased {
            at: Moment(7),
            household: HouseholdId(Uuid::from_u128(number)),
            village: "621022103201".parse().expect("a code of the test"),
            reason: "本人申请".to_owned(),
            documents: vec!["village/621022103201/1".parse().expect("an id")],
            entries: BTreeMap::from([(EntryId(Uuid::from_u128(2)), versions)]),
        }
    }

    #[test]
    fn a_line_is_whole_or_none_and_one_that_is_torn_is_written_over() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let ledger = Ledger::of(dir.path());
        assert_eq!(ledger.read().expect("nothing yet"), []);
        ledger.append(&erased(1)).expect("a line");
        ledger.append(&erased(2)).expect("a line");
        assert_eq!(ledger.read().expect("two lines"), [erased(1), erased(2)]);

        let bytes = std::fs::read(dir.path().join(LEDGER)).expect("the file");
        std::fs::write(dir.path().join(LEDGER), &bytes[..bytes.len() - 5]).expect("power failed");
        assert_eq!(ledger.read().expect("one line and a piece"), [erased(1)]);
        ledger.append(&erased(3)).expect("a line");
        assert_eq!(ledger.read().expect("two lines"), [erased(1), erased(3)]);

        std::fs::write(dir.path().join(LEDGER), [b"{}\n", &bytes[..]].concat()).expect("a crime");
        assert!(ledger.read().expect_err("a line that says nothing").to_string().contains("line 1"));
    }
}
