//! What applying a roster would change. A row that overlaps a tenure or post of the same person, role and division
//! speaks of that one; any other row adds one.
use std::collections::BTreeMap;

use jiff::civil::Date;
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::{Post, Role};
use zhucun_core::tenure::Tenure;

use super::super::Tally;
use super::super::table::Mistake;
use super::row::{Posting, RosterRow};
use crate::store::person::Particulars;
use crate::store::post::PostRow;
use crate::store::{Connection, Fault, Trouble, account, division, person, post, tenure};

/// What happens to one row's posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Added,
    Changed,
    Unchanged,
    /// It gets its last day.
    Ended,
}

/// One row's part of the plan, and a sentence about it.
#[derive(Clone, Debug)]
pub struct Change {
    pub line: usize,
    pub kind: Kind,
    pub sentence: String,
    pub(super) person: usize,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// The id is none for a new tenure.
    Tenure {
        id: Option<TenureId>,
        row: Box<RosterRow>,
    },
    Post(PostRow),
}

/// A person of the table.
#[derive(Clone, Debug)]
pub struct Someone {
    /// None for someone new.
    pub id: Option<PersonId>,
    pub login: String,
    pub particulars: Particulars,
}

/// Everything that applying would do.
#[derive(Clone, Debug)]
pub struct Plan {
    pub people: Vec<Someone>,
    pub changes: Vec<Change>,
}

impl Plan {
    pub fn tally(&self) -> Tally {
        let count = |kind| self.changes.iter().filter(|change| change.kind == kind).count();
        Tally {
            added: count(Kind::Added),
            changed: count(Kind::Changed),
            unchanged: count(Kind::Unchanged),
            ended: count(Kind::Ended),
        }
    }

    /// Those who get an account.
    pub fn newcomers(&self) -> impl Iterator<Item = &Someone> {
        self.people.iter().filter(|someone| someone.id.is_none())
    }
}

/// Compares the rows with what is stored: the plan, or every mistake.
pub fn plan(connection: &Connection, rows: &[RosterRow]) -> Result<Result<Plan, Vec<Mistake>>, Trouble> {
    let mut mistakes = Vec::new();
    let mut people: Vec<Someone> = Vec::new();
    let mut by_login: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut changes = Vec::new();
    let mut spoken_of: BTreeMap<usize, Vec<(What, usize)>> = BTreeMap::new();
    for row in rows {
        let Some(unit) = division::find(connection, row.division)? else {
            let sentence = format!("no division has the code {}: import the divisions first", row.division);
            mistakes.push(Mistake::new(row.line, "division", sentence));
            continue;
        };
        let index = match by_login.get(row.login.as_str()) {
            Some((index, line)) => {
                if people[*index].particulars != row.particulars {
                    let sentence = format!("line {line} has the same login with other particulars");
                    mistakes.push(Mistake::new(row.line, "login", sentence));
                }
                *index
            }
            None => {
                let id = account::by_login(connection, &row.login)?.map(|account| account.person);
                people.push(Someone { id, login: row.login.clone(), particulars: row.particulars.clone() });
                by_login.insert(&row.login, (people.len() - 1, row.line));
                people.len() - 1
            }
        };
        let (kind, what, detail) = match compare(connection, people[index].id, row) {
            Ok(compared) => compared,
            Err(Fault::Refused(mistake)) => {
                mistakes.push(mistake);
                continue;
            }
            Err(Fault::Trouble(trouble)) => return Err(trouble),
        };
        let others = spoken_of.entry(index).or_default();
        if let Some((_, before)) = others.iter().find(|(other, _)| overlap(other, &what)) {
            let sentence = format!("line {before} is about the same person, role, division and time");
            mistakes.push(Mistake::new(row.line, "arrived", sentence));
        }
        others.push((what.clone(), row.line));
        let sentence = format!("{} {} {} {}: {detail}", row.login, row.particulars.name, role(row).code(), unit.name);
        changes.push(Change { line: row.line, kind, sentence, person: index, what });
    }
    note_particulars(connection, &people, &mut changes)?;
    Ok(if mistakes.is_empty() { Ok(Plan { people, changes }) } else { Err(mistakes) })
}

fn role(row: &RosterRow) -> Role {
    match &row.posting {
        Posting::Tenure { role, .. } => Role::from_code(role.code()).expect("every tenure's role is a role"),
        Posting::Post { role, .. } => *role,
    }
}

fn compare(
    connection: &Connection,
    person: Option<PersonId>,
    row: &RosterRow,
) -> Result<(Kind, What, String), Fault<Mistake>> {
    match &row.posting {
        Posting::Tenure { role, batch, planned_end, ended } => {
            let known = match person {
                Some(person) => tenure::of_person(connection, person)?,
                None => Vec::new(),
            };
            let last = ended.map_or(*planned_end, |(day, _)| day);
            let same = known.into_iter().find(|it| {
                it.role == *role
                    && it.division == row.division
                    && it.arrived <= last.max(*planned_end)
                    && row.arrived <= it.last_day().max(it.planned_end)
            });
            let what = |id| What::Tenure { id, row: Box::new(row.clone()) };
            let Some(known) = same else {
                return Ok((Kind::Added, what(None), format!("from {} to {last}", row.arrived)));
            };
            let wanted = Tenure {
                batch: batch.clone(),
                arrived: row.arrived,
                planned_end: *planned_end,
                ended: ended.map(|(day, _)| day),
                reason: ended.map(|(_, reason)| reason),
                ..known.clone()
            };
            let (kind, detail) = if wanted == known {
                (Kind::Unchanged, String::new())
            } else if known.ended.is_none() && wanted.ended.is_some() {
                (Kind::Ended, format!("ends on {last}"))
            } else {
                let (from, to) = (known.arrived, known.last_day());
                (Kind::Changed, format!("from {} to {last}, was from {from} to {to}", row.arrived))
            };
            Ok((kind, what(Some(known.id)), detail))
        }
        Posting::Post { role, ended } => {
            let wanted = PostRow { post: Post { role: *role, division: row.division }, from: row.arrived, to: *ended };
            let known = match person {
                Some(person) => post::rows(connection, person)?,
                None => Vec::new(),
            };
            let same = known.into_iter().find(|it| {
                it.post == wanted.post
                    && it.to.is_none_or(|to| wanted.from <= to)
                    && wanted.to.is_none_or(|to| it.from <= to)
            });
            if let Some(known) = same.as_ref().filter(|known| known.from != wanted.from) {
                let sentence = format!("this post is held since {}: write that day", known.from);
                return Err(Fault::Refused(Mistake::new(row.line, "arrived", sentence)));
            }
            let (kind, detail) = match same {
                None => (Kind::Added, format!("from {}", wanted.from)),
                Some(known) if known == wanted => (Kind::Unchanged, String::new()),
                Some(PostRow { to: None, .. }) => (Kind::Ended, format!("ends on {}", shown(wanted.to))),
                Some(known) => (Kind::Changed, format!("ends on {}, was {}", shown(wanted.to), shown(known.to))),
            };
            Ok((kind, What::Post(wanted), detail))
        }
    }
}

fn shown(day: Option<Date>) -> String {
    day.map_or_else(|| "no day".to_owned(), |day| day.to_string())
}

/// Whether two rows of one person speak of one tenure or post.
fn overlap(one: &What, other: &What) -> bool {
    match (one, other) {
        (What::Tenure { row: one, .. }, What::Tenure { row: other, .. }) => {
            let last = |row: &RosterRow| match &row.posting {
                Posting::Tenure { planned_end, ended, .. } => ended.map_or(*planned_end, |(day, _)| day),
                Posting::Post { .. } => row.arrived,
            };
            role(one) == role(other)
                && one.division == other.division
                && one.arrived <= last(other)
                && other.arrived <= last(one)
        }
        (What::Post(one), What::Post(other)) => {
            one.post == other.post
                && other.to.is_none_or(|to| one.from <= to)
                && one.to.is_none_or(|to| other.from <= to)
        }
        _ => false,
    }
}

/// A row whose posting stays but whose person changes is a change too.
fn note_particulars(connection: &Connection, people: &[Someone], changes: &mut [Change]) -> Result<(), Trouble> {
    let mut first_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, change) in changes.iter().enumerate() {
        first_of.entry(change.person).or_insert(place);
    }
    for (index, someone) in people.iter().enumerate() {
        let Some(id) = someone.id else { continue };
        let Some(known) = person::particulars(connection, id)? else { continue };
        if known == someone.particulars {
            continue;
        }
        if let Some(change) = first_of.get(&index).map(|place| &mut changes[*place]) {
            if change.kind == Kind::Unchanged {
                change.kind = Kind::Changed;
            }
            let what = if known.name == someone.particulars.name {
                "other particulars".to_owned()
            } else {
                format!("THE NAME CHANGES, was {}", known.name)
            };
            change.sentence.push_str(&format!(" {what}"));
        }
    }
    Ok(())
}
