//! What can go wrong in the store that no caller can mend: the disk, another process, a bug caught at the wall.
use core::fmt;

/// Trouble of the store. An operator or time can act; a caller can only try again.
#[derive(Debug)]
pub enum Trouble {
    Sql(rusqlite::Error),
    Io(std::io::Error),
    /// A job panicked. Where and why was logged by the panic hook; nothing of the job was written.
    Panicked,
    /// The transaction that the write shared was rolled back; the reason was logged by the writer.
    NotCommitted,
    /// The writer or the runtime is going down.
    Closed,
    /// The file was written by a newer program.
    NewerSchema {
        file: u32,
        program: u32,
    },
    /// A row holds what no row of this schema can hold.
    Damaged(&'static str),
    /// Stored changes are not what was stored. A replica may give them back.
    Rotten {
        bundle: i64,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Sql(error) => write!(f, "the database: {error}"),
            Trouble::Io(error) => write!(f, "the disk: {error}"),
            Trouble::Panicked => f.write_str("a job of the store panicked"),
            Trouble::NotCommitted => f.write_str("the transaction was not committed"),
            Trouble::Closed => f.write_str("the store is closing"),
            Trouble::NewerSchema { file, program } => write!(
                f,
                "the database was written by a newer zhucun (schema {file}, this program knows {program}): \
                 install that version or a later one, or restore a backup made before the upgrade"
            ),
            Trouble::Damaged(what) => write!(f, "a damaged row: {what}"),
            Trouble::Rotten { bundle } => write!(f, "bundle {bundle} is not what was stored"),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Trouble::Sql(error)
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Trouble::Io(error)
    }
}

/// Why a job of the store did not happen: the caller was refused, or there was trouble.
#[derive(Debug)]
pub enum Fault<R> {
    Refused(R),
    Trouble(Trouble),
}

impl<R> From<Trouble> for Fault<R> {
    fn from(trouble: Trouble) -> Self {
        Fault::Trouble(trouble)
    }
}

impl<R> From<rusqlite::Error> for Fault<R> {
    fn from(error: rusqlite::Error) -> Self {
        Fault::Trouble(error.into())
    }
}
