//! The audit log: what was done, by whom, to what. Append-only (triggers refuse the rest), and a chain: the hash of a
//! row covers the row before it, so a row that was changed or taken out by other means is found by `check`. It holds
//! codes and ids, never a name, a password or a text that someone wrote.
use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, params_from_iter};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::id::{DeviceId, PersonId, TenureId};

use super::{Trouble, device, division, person, tenure};

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

/// When a person last did this.
pub fn last(connection: &Connection, person: PersonId, action: &str) -> Result<Option<Moment>, Trouble> {
    Ok(connection
        .prepare_cached("SELECT at_ms FROM audit WHERE person = ?1 AND action = ?2 ORDER BY number DESC LIMIT 1")?
        .query_row(params![person.0, action], |row| row.get(0).map(Moment))
        .optional()?)
}

/// A row as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// From 1 on, without gaps.
    pub number: i64,
    pub at: Moment,
    pub person: Option<PersonId>,
    pub action: String,
    pub subject: String,
    pub detail: String,
}

/// What somebody looks for in the log. Empty texts look for nothing.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The days, both included.
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// Part of the name or of the login of who did it.
    pub person: String,
    pub action: String,
    /// The beginning of an id or a division code, or part of the name or the login of somebody whom it was done to.
    pub subject: String,
    /// Only rows before this number.
    pub before: Option<i64>,
}

/// People by part of their name or login.
const NAMED: &str = "SELECT id FROM person LEFT JOIN account ON account.person = id
    WHERE instr(name, ?) OR instr(lower(login), lower(?))";
/// People who ever held anything inside a division.
const INSIDE: &str = "SELECT person FROM post WHERE substr(division, 1, length(?)) = ?
    UNION SELECT person FROM tenure WHERE substr(division, 1, length(?)) = ?";

/// What is told of these people: themselves, their tenures and their devices are the subject.
fn told_of(people: &str) -> String {
    let hex = |of: &str| format!("SELECT lower(hex(id)) FROM {of}");
    let [person, tenure, device] = [
        hex(&format!("person WHERE id IN ({people})")),
        hex(&format!("tenure WHERE person IN ({people})")),
        hex(&format!("device WHERE person IN ({people})")),
    ];
    format!("replace(subject, '-', '') IN ({person} UNION {tenure} UNION {device})")
}

/// The rows that fit, the newest first, so many at most. `tops` are the divisions whose deeds may be read: those of their
/// people, and those about their people and units; of a city every row.
pub fn found(
    connection: &Connection,
    tops: &[DivisionCode],
    search: &Search,
    count: u32,
) -> Result<Vec<AuditRow>, Trouble> {
    let (mut clauses, mut values): (Vec<String>, Vec<Value>) = (Vec::new(), Vec::new());
    let mut hold = |clause: String, value: Value| {
        values.extend(std::iter::repeat_n(value, clause.matches('?').count()));
        clauses.push(clause);
    };
    if let Some(before) = search.before {
        hold("number < ?".to_owned(), before.into());
    }
    if let Some(from) = search.from {
        hold("at_ms >= ?".to_owned(), Moment::start_of(from).0.into());
    }
    if let Some(to) = search.to {
        hold("at_ms < ?".to_owned(), Moment::start_of(add_days(to, 1)).0.into());
    }
    if !search.person.is_empty() {
        hold(format!("person IN ({NAMED})"), search.person.clone().into());
    }
    if !search.action.is_empty() {
        hold("action = ?".to_owned(), search.action.clone().into());
    }
    if !search.subject.is_empty() {
        let clause = format!("(substr(subject, 1, length(?)) = ? OR {})", told_of(NAMED));
        hold(clause, search.subject.clone().into());
    }
    if tops.iter().all(|top| top.level() != Level::City) {
        let code = "(subject NOT LIKE '%-%' AND substr(subject, 1, length(?)) = ?)";
        let inside = format!("(person IN ({INSIDE}) OR {code} OR {})", told_of(INSIDE));
        let any = tops.iter().map(|_| inside.as_str()).collect::<Vec<_>>().join(" OR ");
        for top in tops {
            values.extend(std::iter::repeat_n(Value::from(top.to_string()), inside.matches('?').count()));
        }
        clauses.push(format!("({any})"));
    }
    let clauses = if clauses.is_empty() { "true".to_owned() } else { clauses.join(" AND ") };
    values.push(count.into());
    let mut rows = connection.prepare(&format!(
        "SELECT number, at_ms, person, action, subject, detail FROM audit WHERE {clauses} ORDER BY number DESC LIMIT ?"
    ))?;
    let rows = rows.query_map(params_from_iter(values), |row| {
        Ok(AuditRow {
            number: row.get(0)?,
            at: Moment(row.get(1)?),
            person: row.get::<_, Option<_>>(2)?.map(PersonId),
            action: row.get(3)?,
            subject: row.get(4)?,
            detail: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The name of what a row is about, where it is a person, a tenure, a device or a unit that is known.
pub fn subject_name(connection: &Connection, subject: &str) -> Result<Option<String>, Trouble> {
    if let Ok(code) = subject.parse::<DivisionCode>() {
        return Ok(division::find(connection, code)?.map(|unit| unit.name));
    }
    let Ok(id) = subject.parse::<Uuid>() else { return Ok(None) };
    if let Some(person) = person::find(connection, PersonId(id))? {
        return Ok(Some(person.name));
    }
    let owner =
        |of: PersonId| Ok::<_, Trouble>(person::find(connection, of)?.map(|person| person.name).unwrap_or_default());
    if let Some(tenure) = tenure::find(connection, TenureId(id))? {
        let village = division::find(connection, tenure.division)?.map(|unit| unit.name).unwrap_or_default();
        return Ok(Some(format!("{} {village}", owner(tenure.person)?)));
    }
    match device::find(connection, DeviceId(id))? {
        Some(device) => Ok(Some(format!("{} {}", owner(device.person)?, device.label))),
        None => Ok(None),
    }
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
