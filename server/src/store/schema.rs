//! The schema as numbered SQL files, applied in order. `user_version` of the file says how many it has had.
use rusqlite::{Connection, TransactionBehavior};

use super::Trouble;

/// In order. A released file never changes; a new one goes to the end.
const FILES: &[&str] = &[include_str!("schema/0001_people.sql"), include_str!("schema/0002_document.sql")];

/// Applies what is missing in one transaction. Two programs may open one file at once: the second waits and finds
/// nothing to do.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Trouble> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let program = u32::try_from(FILES.len()).expect("a handful of schema files");
    let file: u32 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if file > program {
        return Err(Trouble::NewerSchema { file, program });
    }
    if file == program {
        return Ok(());
    }
    for sql in FILES.iter().skip(file as usize) {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", program)?;
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    #[test]
    fn a_file_is_migrated_once_and_one_of_a_newer_program_is_refused() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("zhucun.db");
        drop(Store::open(&path).expect("a new file"));
        drop(Store::open(&path).expect("the same file again"));
        let newer = u32::try_from(FILES.len() + 1).expect("a handful of files");
        Connection::open(&path)
            .and_then(|connection| connection.pragma_update(None, "user_version", newer))
            .expect("a newer version");
        match Store::open(&path).map(|_| ()) {
            Err(trouble @ Trouble::NewerSchema { .. }) => assert!(trouble.to_string().contains("newer zhucun")),
            other => panic!("opened a newer file: {other:?}"),
        }
    }
}
