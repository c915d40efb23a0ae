//! Posts above the village: township reviewers, county and city desks, administrators, auditors. The roles held in
//! villages are tenures; `held` gives both as posts.
use jiff::civil::Date;
use rusqlite::{Connection, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use zhucun_core::division::DivisionCode;
use zhucun_core::id::PersonId;
use zhucun_core::person::{Post, Role};

use super::Trouble;
use super::value::{code, number, word};

/// A post with its days, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRow {
    pub post: Post,
    pub from: Date,
    pub to: Option<Date>,
}

fn post(row: &Row<'_>) -> rusqlite::Result<Post> {
    Ok(Post { role: word(row, 0, Role::from_code)?, division: code(row, 1)? })
}

/// What the person is on `day`, posts and tenures, by role and division.
pub fn held(connection: &Connection, person: PersonId, day: Date) -> Result<Vec<Post>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT role, division FROM post WHERE person = ?1 AND from_day <= ?2 AND (to_day IS NULL OR to_day >= ?2)
         UNION SELECT role, division FROM tenure
         WHERE person = ?1 AND arrived <= ?2 AND coalesce(ended, planned_end) >= ?2
         ORDER BY role, division",
    )?;
    Ok(rows.query_map(params![person.0, day], post)?.collect::<Result<_, _>>()?)
}

/// What the person is on `day` or will be later: whoever may act on the account must stand above all of it.
pub fn held_or_coming(connection: &Connection, person: PersonId, day: Date) -> Result<Vec<Post>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT role, division FROM post WHERE person = ?1 AND (to_day IS NULL OR to_day >= ?2)
         UNION SELECT role, division FROM tenure WHERE person = ?1 AND coalesce(ended, planned_end) >= ?2
         ORDER BY role, division",
    )?;
    Ok(rows.query_map(params![person.0, day], post)?.collect::<Result<_, _>>()?)
}

/// What the person is or will be; of who has left, what they were last.
pub fn standing(connection: &Connection, person: PersonId, day: Date) -> Result<Vec<Post>, Trouble> {
    let held = held_or_coming(connection, person, day)?;
    if held.is_empty() { last_held(connection, person) } else { Ok(held) }
}

/// The post or tenure that a person held last; none for who never held any.
pub fn last_held(connection: &Connection, person: PersonId) -> Result<Vec<Post>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT role, division FROM (SELECT role, division, coalesce(to_day, from_day) AS last FROM post WHERE person = ?1
         UNION ALL SELECT role, division, coalesce(ended, planned_end) AS last FROM tenure WHERE person = ?1)
         ORDER BY last DESC LIMIT 1",
    )?;
    Ok(rows.query_map([person.0], post)?.collect::<Result<_, _>>()?)
}

/// The rows of a person's posts above the village, past ones too.
pub fn rows(connection: &Connection, person: PersonId) -> Result<Vec<PostRow>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT role, division, from_day, to_day FROM post WHERE person = ?1 ORDER BY from_day, role, division",
    )?;
    let posts =
        rows.query_map([person.0], |row| Ok(PostRow { post: post(row)?, from: row.get(2)?, to: row.get(3)? }))?;
    Ok(posts.collect::<Result<_, _>>()?)
}

/// Whether a person ever held a post or tenure inside one of these divisions.
pub fn was_inside(connection: &Connection, person: PersonId, tops: &[DivisionCode]) -> Result<bool, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT division FROM post WHERE person = ?1 UNION SELECT division FROM tenure WHERE person = ?1",
    )?;
    for division in rows.query_map([person.0], |row| code(row, 0))? {
        let division = division?;
        if tops.iter().any(|top| top.contains(division)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds the post, or changes its last day. `grant::settle` must follow.
pub fn put(tx: &Transaction<'_>, person: PersonId, it: &PostRow) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO post (person, role, division, from_day, to_day) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET to_day = excluded.to_day",
    )?
    .execute(params![person.0, it.post.role.code(), number(it.post.division), it.from, it.to])?;
    Ok(())
}

/// Takes a post away, as if it had never been. Nobody may have used it.
pub fn remove(tx: &Transaction<'_>, person: PersonId, it: &PostRow) -> Result<(), Trouble> {
    tx.prepare_cached("DELETE FROM post WHERE person = ?1 AND role = ?2 AND division = ?3 AND from_day = ?4")?
        .execute(params![person.0, it.post.role.code(), number(it.post.division), it.from])?;
    Ok(())
}
