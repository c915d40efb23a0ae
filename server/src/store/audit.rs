//! The audit log: what was done, by whom, to what. Append-only (triggers refuse the rest), and a chain: the hash of a
//! row covers the row before it, so a row that was changed or taken out by other means is found by `check`. It holds
//! codes and ids, never a name, a password or a text that someone wrote.
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zhucun_core::clock::Moment;
use zhucun_core::id::{DeviceId, PersonId};

use super::Trouble;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    pub at: Moment,
    /// Who did it; none: the command line, or nobody who is known (a sign-in that failed).
    pub person: Option<PersonId>,
    pub device: Option<DeviceId>,
    /// A stable code: `session.begun`, `account.reset`.
    pub action: &'static str,
    /// An id or a division code.
    pub subject: String,
    /// Further codes and numbers; empty for most.
    pub detail: String,
}

/// Adds to the log.
pub fn append(tx: &Transaction<'_>, deed: &Deed) -> Result<(), Trouble> {
    let last = tx
        .prepare_cached("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?)))
        .optional()?;
    let (number, previous) = last.map_or((1, [0; 32]), |(number, hash)| (number + 1, hash));
    let (person, device) = (deed.person.map(|id| id.0), deed.device.map(|id| id.0));
    let hash = link(previous, number, deed.at.0, person, device, [deed.action, &deed.subject, &deed.detail]);
    tx.prepare_cached("INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(params![
        number,
        deed.at.0,
        person,
        device,
        deed.action,
        deed.subject,
        deed.detail,
        hash
    ])?;
    Ok(())
}

/// The canonical bytes of a row after those of the one before: fixed widths first, then each text with its length.
fn link(
    previous: [u8; 32],
    number: i64,
    at_ms: i64,
    person: Option<Uuid>,
    device: Option<Uuid>,
    texts: [&str; 3],
) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"audit1");
    hash.update(previous);
    hash.update(number.to_be_bytes());
    hash.update(at_ms.to_be_bytes());
    for id in [person, device] {
        hash.update([u8::from(id.is_some())]);
        hash.update(id.unwrap_or_default().as_bytes());
    }
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// Walks the whole chain. The number of rows, or the first number at which it does not hold.
pub fn check(connection: &Connection) -> Result<Result<i64, i64>, Trouble> {
    let mut rows = connection
        .prepare("SELECT number, at_ms, person, device, action, subject, detail, hash FROM audit ORDER BY number")?;
    let mut rows = rows.query([])?;
    let (mut expected, mut previous) = (1, [0; 32]);
    while let Some(row) = rows.next()? {
        let (number, hash): (i64, [u8; 32]) = (row.get(0)?, row.get(7)?);
        if number != expected || relink(previous, row)? != hash {
            return Ok(Err(expected));
        }
        (expected, previous) = (number + 1, hash);
    }
    Ok(Ok(expected - 1))
}

fn relink(previous: [u8; 32], row: &Row<'_>) -> Result<[u8; 32], Trouble> {
    let texts: [String; 3] = [row.get(4)?, row.get(5)?, row.get(6)?];
    let texts = [texts[0].as_str(), texts[1].as_str(), texts[2].as_str()];
    Ok(link(previous, row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, texts))
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    fn store(dir: &tempfile::TempDir) -> Store {
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let wrote: Result<(), Trouble> = store.write_sync(|tx| {
            for n in 0..3 {
                let deed = Deed {
                    at: Moment(n),
                    person: (n > 0).then(|| PersonId(Uuid::from_u128(7))),
                    device: None,
                    action: "account.reset",
                    subject: n.to_string(),
                    detail: String::new(),
                };
                append(tx, &deed)?;
            }
            Ok(())
        });
        wrote.expect("three rows");
        store
    }

    #[test]
    fn the_log_can_only_grow_and_without_gaps() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = store(&dir);
        for sql in [
            "UPDATE audit SET action = 'x' WHERE number = 2",
            "DELETE FROM audit WHERE number = 3",
            "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE number = 2",
            "INSERT INTO audit SELECT number + 5, at_ms, person, device, action, subject, detail, hash FROM audit",
        ] {
            let refused: Result<(), Trouble> = store.write_sync(move |tx| Ok(tx.execute_batch(sql)?));
            assert!(refused.is_err(), "{sql}");
        }
        assert_eq!(store.read_sync(check).expect("a read"), Ok(3));
    }

    #[test]
    fn a_row_changed_behind_the_triggers_breaks_the_chain_at_its_number() {
        for (sql, at) in [
            ("UPDATE audit SET person = NULL WHERE number = 2", 2),
            ("UPDATE audit SET subject = '', detail = '2' WHERE number = 3", 3),
            ("DELETE FROM audit WHERE number = 1", 1),
        ] {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let store = store(&dir);
            let done: Result<(), Trouble> = store.write_sync(move |tx| {
                tx.execute_batch("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted;")?;
                Ok(tx.execute_batch(sql)?)
            });
            done.expect("the law is switched off for the test");
            assert_eq!(store.read_sync(check).expect("a read"), Err(at), "{sql}");
        }
    }
}
