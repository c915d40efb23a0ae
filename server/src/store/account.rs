//! Accounts: a login, a password hash, and the sign-ins that failed.
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::id::PersonId;

use super::Trouble;
use super::value::below;

#[derive(Clone, Debug)]
pub struct Account {
    pub person: PersonId,
    pub login: String,
    /// argon2id in PHC form.
    pub password_hash: String,
    pub must_change: bool,
    /// Locked by an administrator.
    pub locked: bool,
}

const COLUMNS: &str = "person, login, password_hash, must_change, locked";

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        person: PersonId(row.get(0)?),
        login: row.get(1)?,
        password_hash: row.get(2)?,
        must_change: row.get(3)?,
        locked: row.get(4)?,
    })
}

/// By login; Latin letters match in either case.
pub fn by_login(connection: &Connection, login: &str) -> Result<Option<Account>, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE login = ?1"))?
        .query_row([login], account)
        .optional()?)
}

pub fn of_person(connection: &Connection, person: PersonId) -> Result<Option<Account>, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE person = ?1"))?
        .query_row([person.0], account)
        .optional()?)
}

/// The accounts of people who hold, or will hold, a post or tenure inside `parent` on `day` or later, by login.
pub fn inside(connection: &Connection, parent: DivisionCode, day: Date) -> Result<Vec<Account>, Trouble> {
    let mut found = Vec::new();
    for level in zhucun_core::division::Level::ALL {
        let Some((first, last)) = below(parent, level.digits()) else { continue };
        let mut rows = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM account WHERE person IN (
                 SELECT person FROM post WHERE division BETWEEN ?1 AND ?2 AND (to_day IS NULL OR to_day >= ?3)
                 UNION SELECT person FROM tenure WHERE division BETWEEN ?1 AND ?2
                     AND coalesce(ended, planned_end) >= ?3)"
        ))?;
        for row in rows.query_map(params![first, last, day], account)? {
            found.push(row?);
        }
    }
    found.sort_by(|a, b| a.login.cmp(&b.login));
    found.dedup_by(|a, b| a.person == b.person);
    Ok(found)
}

/// What somebody looks for among the accounts of a division.
#[derive(Clone, Debug)]
pub struct Search {
    /// Part of a name, a login or the name of a unit, or the beginning of its code; empty for all.
    pub text: String,
    /// Only logins behind this one.
    pub after: String,
}

/// The accounts of people who ever held a post or tenure inside `parent` that fit a search, by login, so many at most.
pub fn found(
    connection: &Connection,
    parent: DivisionCode,
    search: &Search,
    count: u32,
) -> Result<Vec<Account>, Trouble> {
    const INSIDE: &str = "substr(division, 1, length(?1)) = ?1";
    const NAMED: &str = "JOIN division ON code = division WHERE instr(name, ?2) OR substr(code, 1, length(?2)) = ?2";
    let mut rows = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM account
         WHERE login > ?3 AND person IN (
             SELECT person FROM post WHERE {INSIDE} UNION SELECT person FROM tenure WHERE {INSIDE})
         AND (?2 = '' OR instr(lower(login), lower(?2)) OR person IN (
             SELECT id FROM person WHERE instr(name, ?2)
             UNION SELECT person FROM post {NAMED} UNION SELECT person FROM tenure {NAMED}))
         ORDER BY login LIMIT ?4"
    ))?;
    let found = rows.query_map(params![parent.to_string(), search.text, search.after, count], account)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Every account, by login.
pub fn all(connection: &Connection) -> Result<Vec<Account>, Trouble> {
    let mut rows = connection.prepare(&format!("SELECT {COLUMNS} FROM account ORDER BY login"))?;
    Ok(rows.query_map([], account)?.collect::<Result<_, _>>()?)
}

/// Adds an account whose password somebody else chose. The login must be free.
pub fn add(tx: &Transaction<'_>, person: PersonId, login: &str, hash: &str, now: Moment) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO account (person, login, password_hash, password_changed_ms, must_change) VALUES (?1, ?2, ?3, ?4, 1)",
    )?
    .execute(params![person.0, login, hash, now.0])?;
    Ok(())
}

/// Who chose a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenBy {
    Owner,
    /// The owner must replace it before anything else.
    Other,
}

pub fn set_password(
    tx: &Transaction<'_>,
    person: PersonId,
    hash: &str,
    chosen_by: ChosenBy,
    now: Moment,
) -> Result<(), Trouble> {
    tx.prepare_cached(
        "UPDATE account SET password_hash = ?2, must_change = ?3, password_changed_ms = ?4 WHERE person = ?1",
    )?
    .execute(params![person.0, hash, chosen_by == ChosenBy::Other, now.0])?;
    Ok(())
}

pub fn lock(tx: &Transaction<'_>, person: PersonId) -> Result<(), Trouble> {
    tx.execute("UPDATE account SET locked = 1 WHERE person = ?1", [person.0])?;
    Ok(())
}

pub fn unlock(tx: &Transaction<'_>, person: PersonId) -> Result<(), Trouble> {
    tx.execute("UPDATE account SET locked = 0 WHERE person = ?1", [person.0])?;
    Ok(())
}

/// Failures in a row for what was typed as a login, and when the last one was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    pub count: u32,
    pub last: Moment,
}

pub fn failures(connection: &Connection, login_hash: [u8; 32]) -> Result<Failures, Trouble> {
    Ok(connection
        .prepare_cached("SELECT failures, last_ms FROM failed_sign_in WHERE login_hash = ?1")?
        .query_row([login_hash], |row| Ok(Failures { count: row.get(0)?, last: Moment(row.get(1)?) }))
        .optional()?
        .unwrap_or_default())
}

/// Writes down the failures of a login, and forgets all whose last one was before `forget_before`.
pub fn put_failures(
    tx: &Transaction<'_>,
    login_hash: [u8; 32],
    failures: Failures,
    forget_before: Moment,
) -> Result<(), Trouble> {
    tx.prepare_cached("DELETE FROM failed_sign_in WHERE last_ms < ?1")?.execute([forget_before.0])?;
    tx.prepare_cached(
        "INSERT INTO failed_sign_in VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET failures = excluded.failures, last_ms = excluded.last_ms",
    )?
    .execute(params![login_hash, failures.count, failures.last.0])?;
    Ok(())
}

pub fn forget_failures(tx: &Transaction<'_>, login_hash: [u8; 32]) -> Result<(), Trouble> {
    tx.prepare_cached("DELETE FROM failed_sign_in WHERE login_hash = ?1")?.execute([login_hash])?;
    Ok(())
}
