//! What can go wrong in the store that no caller can mend: the disk, another process, a bug caught at the wall.
use core::fmt;

use rusqlite::ErrorCode;

/// Trouble of the store. An operator or time can act; a caller can only try again.
#[derive(Debug)]
pub enum Trouble {
    Sql(rusqlite::Error),
    Io(std::io::Error),
    /// A job panicked. Where and why was logged by the panic hook; nothing of the job was written.
    Panicked,
    /// The transaction that the write shared was rolled back; the reason was logged by the writer.
    NotCommitted,
    /// As `NotCommitted`, because the disk is full. It works again by itself when there is room.
    DiskFull,
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
    /// The data folder cannot be used as it is; the sentence says why and what to do.
    Unusable(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Sql(error) => {
                write!(f, "the database: {error}")?;
                error.sqlite_error_code().and_then(advice).map_or(Ok(()), |advice| write!(f, ": {advice}"))
            }
            Trouble::Io(error) => write!(f, "the disk: {error}"),
            Trouble::Panicked => f.write_str("a job of the store panicked"),
            Trouble::NotCommitted => f.write_str("the transaction was not committed"),
            Trouble::DiskFull => f.write_str("the disk is full: make room; nothing that was acknowledged is lost"),
            Trouble::Closed => f.write_str("the store is closing"),
            Trouble::NewerSchema { file, program } => write!(
                f,
                "the database was written by a newer zhucun (schema {file}, this program knows {program}): \
                 install that version or a later one, or restore a backup made before the upgrade"
            ),
            Trouble::Damaged(what) => write!(f, "a damaged row: {what}"),
            Trouble::Rotten { bundle } => write!(f, "bundle {bundle} is not what was stored"),
            Trouble::Unusable(sentence) => f.write_str(sentence),
        }
    }
}

impl Trouble {
    /// Whether room on the disk would mend it.
    pub fn is_full_disk(&self) -> bool {
        match self {
            Trouble::Sql(error) => error.sqlite_error_code() == Some(ErrorCode::DiskFull),
            Trouble::Io(error) => error.kind() == std::io::ErrorKind::StorageFull,
            Trouble::DiskFull => true,
            _ => false,
        }
    }
}

/// What an operator does about an error of SQLite.
fn advice(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => {
            "the file is damaged. Keep a copy of the data folder, then put the last backup in place with `zhucun restore`"
        }
        ErrorCode::DiskFull => "the disk is full; make room",
        ErrorCode::SystemIoFailure => "the disk does not read or write; see whether it is full or failing",
        ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            "the data folder and all in it must be readable and writable for who runs zhucun"
        }
        _ => return None,
    })
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
