//! The schema as numbered SQL files, applied in order. `user_version` of the file says how many it has had.
use rusqlite::{Connection, TransactionBehavior};

use super::Trouble;

/// In order. A released file never changes; a new one goes to the end.
const FILES: &[&str] = &[
    include_str!("schema/0001_people.sql"),
    include_str!("schema/0002_document.sql"),
    include_str!("schema/0003_parked.sql"),
    include_str!("schema/0004_erasure.sql"),
    include_str!("schema/0005_rules.sql"),
    include_str!("schema/0006_claim.sql"),
    include_str!("schema/0007_leave.sql"),
    include_str!("schema/0008_void.sql"),
    include_str!("schema/0009_draft.sql"),
    include_str!("schema/0010_heard.sql"),
    include_str!("schema/0011_absence.sql"),
    include_str!("schema/0012_question.sql"),
    include_str!("schema/0013_assessment.sql"),
    include_str!("schema/0014_feedback.sql"),
    include_str!("schema/0015_programme.sql"),
    include_str!("schema/0016_administration.sql"),
    include_str!("schema/0017_selection.sql"),
    include_str!("schema/0018_issue.sql"),
    include_str!("schema/0019_figures.sql"),
    include_str!("schema/0020_import.sql"),
    include_str!("schema/0021_left.sql"),
    include_str!("schema/0022_of_its_log.sql"),
];

/// Applies what is missing in one transaction. Two programs may open one file at once: the second waits and finds
/// nothing to do.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Trouble> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let file = refuse_newer(&tx)?;
    if file == program() {
        return Ok(());
    }
    for sql in FILES.iter().skip(file as usize) {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", program())?;
    tx.commit()?;
    Ok(())
}

/// A database that another program made. An empty one may become ours.
pub(super) fn is_foreign(connection: &Connection) -> Result<bool, Trouble> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema), EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'meta')";
    let (tables, meta): (bool, bool) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(tables && (refuse_newer(connection)? == 0 || !meta))
}

/// The schema that a file has, if it is none of a newer program; 0 for a file that no program of ours has written.
pub(super) fn refuse_newer(connection: &Connection) -> Result<u32, Trouble> {
    let file: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if file > program() { Err(Trouble::NewerSchema { file, program: program() }) } else { Ok(file) }
}

fn program() -> u32 {
    u32::try_from(FILES.len()).expect("a handful of schema files")
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
