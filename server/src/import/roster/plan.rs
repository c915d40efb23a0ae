//! What applying a roster would change. A row that overlaps a tenure or post of the same person, role and division
//! speaks of that one; any other row adds one.
use std::collections::BTreeMap;

use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::{Post, Role};
use zhucun_core::tenure::Tenure;

use super::super::effect::{Change, Effect, Kind, Tally};
use super::super::mistake::{Mistake, Wrong};
use super::row::{Posting, RosterRow};
use crate::store::person::Particulars;
use crate::store::post::PostRow;
use crate::store::{Connection, Fault, Trouble, account, division, person, post, tenure};

/// What a row speaks of.
#[derive(Clone, Debug)]
pub(in super::super) enum What {
    /// The id is none for a new tenure.
    Tenure {
        id: Option<TenureId>,
        row: Box<RosterRow>,
    },
    Post(PostRow),
}

impl What {
    /// As what and where.
    pub(in super::super) fn post(&self) -> Post {
        match self {
            What::Tenure { row, .. } => Post { role: role(row), division: row.division },
            What::Post(row) => row.post,
        }
    }
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
    /// One a row.
    pub changes: Vec<Change>,
    /// Of each row whose it is, by their place among the people, and of what it speaks.
    pub(in super::super) whats: Vec<(usize, What)>,
}

impl Plan {
    pub fn tally(&self) -> Tally {
        Tally::of(&self.changes)
    }

    /// The logins and names of those who get an account.
    pub fn newcomers(&self) -> impl Iterator<Item = (&str, &str)> {
        let new = self.people.iter().filter(|someone| someone.id.is_none());
        new.map(|someone| (someone.login.as_str(), someone.particulars.name.as_str()))
    }
}

/// Compares the rows with what is stored: the plan, or every mistake.
pub fn plan(connection: &Connection, rows: &[RosterRow]) -> Result<Result<Plan, Vec<Mistake>>, Trouble> {
    let mut mistakes = Vec::new();
    let mut people: Vec<Someone> = Vec::new();
    let mut by_login: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut changes, mut whats) = (Vec::new(), Vec::new());
    let mut spoken_of: BTreeMap<usize, Vec<(What, usize)>> = BTreeMap::new();
    for row in rows {
        let Some(unit) = division::find(connection, row.division)? else {
            let wrong = Wrong::DivisionUnknown { code: row.division };
            mistakes.push(Mistake::new(row.line, "division", wrong));
            continue;
        };
        let index = match by_login.get(row.login.as_str()) {
            Some((index, line)) => {
                if people[*index].particulars != row.particulars_over(&people[*index].particulars) {
                    mistakes.push(Mistake::new(row.line, "login", Wrong::LoginTaken { before: *line }));
                }
                *index
            }
            None => {
                let id = account::by_login(connection, &row.login)?.map(|account| account.person);
                let known = id.map_or(Ok(None), |id| person::particulars(connection, id))?.unwrap_or_default();
                people.push(Someone { id, login: row.login.clone(), particulars: row.particulars_over(&known) });
                by_login.insert(&row.login, (people.len() - 1, row.line));
                people.len() - 1
            }
        };
        let (kind, what, effects) = match compare(connection, people[index].id, row) {
            Ok(compared) => compared,
            Err(Fault::Refused(mistake)) => {
                mistakes.push(mistake);
                continue;
            }
            Err(Fault::Trouble(trouble)) => return Err(trouble),
        };
        let others = spoken_of.entry(index).or_default();
        if let Some((_, before)) = others.iter().find(|(other, _)| overlap(other, &what)) {
            mistakes.push(Mistake::new(row.line, "arrived", Wrong::PostingTwice { before: *before }));
        }
        others.push((what.clone(), row.line));
        let (login, name) = (row.login.clone(), row.particulars.name.clone());
        let about = Effect::Posting { login, name, role: role(row).code(), place: unit.name };
        changes.push(Change { line: Some(row.line), kind, about, effects });
        whats.push((index, what));
    }
    let mut plan = Plan { people, changes, whats };
    note_people(connection, &mut plan)?;
    Ok(if mistakes.is_empty() { Ok(plan) } else { Err(mistakes) })
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
) -> Result<(Kind, What, Vec<Effect>), Fault<Mistake>> {
    match &row.posting {
        Posting::Tenure { role, planned_end, ended, .. } => {
            let known = match person {
                Some(person) => tenure::of_person(connection, person)?,
                None => Vec::new(),
            };
            let last = ended.map_or(*planned_end, |(day, _)| day);
            let here = || known.iter().filter(|it| it.role == *role && it.division == row.division);
            // The tenure that began that day, or one of the same days; or else one that was planned for some of them.
            let same = here()
                .find(|it| it.arrived == row.arrived)
                .or_else(|| here().find(|it| it.arrived <= last && row.arrived <= it.last_day()))
                .or_else(|| {
                    // Only where the table says whether it ended: one that did is not begun again by silence.
                    let is_told = !row.untold.contains(&"ended");
                    let planned = last.max(*planned_end);
                    let planned_for =
                        |it: &&Tenure| it.arrived <= planned && row.arrived <= it.last_day().max(it.planned_end);
                    here().find(planned_for).filter(|_| is_told)
                })
                .cloned();
            let what = |id, row| What::Tenure { id, row: Box::new(row) };
            let Some(known) = same else {
                return Ok((Kind::Added, what(None, row.clone()), vec![Effect::Days { from: row.arrived, to: last }]));
            };
            let row = row.over(&known);
            let Posting::Tenure { batch, planned_end, ended, .. } = &row.posting else {
                unreachable!("it is one still")
            };
            let wanted = Tenure {
                batch: batch.clone(),
                arrived: row.arrived,
                planned_end: *planned_end,
                ended: ended.map(|(day, _)| day),
                reason: ended.map(|(_, reason)| reason),
                ..known.clone()
            };
            let kind = if wanted == known {
                Kind::Unchanged
            } else if known.ended.is_none() && wanted.ended.is_some() {
                Kind::Ended
            } else {
                Kind::Changed
            };
            Ok((kind, what(Some(known.id), row), effects(&known, &wanted)))
        }
        Posting::Post { role, ended } => {
            let mut wanted =
                PostRow { post: Post { role: *role, division: row.division }, from: row.arrived, to: *ended };
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
                let wrong = Wrong::PostHeldSince { from: known.from };
                return Err(Fault::Refused(Mistake::new(row.line, "arrived", wrong)));
            }
            if let Some(known) = same.as_ref().filter(|_| row.untold.contains(&"ended")) {
                wanted.to = known.to;
            }
            let (kind, effect) = match (same.map(|known| known.to), wanted.to) {
                (Some(was), to) if was == to => return Ok((Kind::Unchanged, What::Post(wanted), Vec::new())),
                (Some(None), Some(to)) => (Kind::Ended, Effect::Ends { to }),
                (Some(Some(was_to)), Some(to)) => (Kind::Changed, Effect::EndChanged { to, was_to }),
                (Some(Some(was_to)), None) => (Kind::Changed, Effect::EndTakenBack { was_to }),
                (None, Some(to)) => (Kind::Added, Effect::Days { from: wanted.from, to }),
                (_, None) => (Kind::Added, Effect::Since { from: wanted.from }),
            };
            Ok((kind, What::Post(wanted), vec![effect]))
        }
    }
}

/// What becomes otherwise of a tenure.
fn effects(known: &Tenure, wanted: &Tenure) -> Vec<Effect> {
    let (from, to) = (wanted.arrived, wanted.last_day());
    let (was_from, was_to) = (known.arrived, known.last_day());
    let mut effects = Vec::new();
    let moved = (from, to) != (was_from, was_to);
    match (known.ended.zip(known.reason), wanted.ended.zip(wanted.reason)) {
        (None, Some((to, reason))) => {
            if from != was_from {
                effects.push(Effect::DaysChanged { from, to, was_from, was_to });
            }
            effects.push(Effect::EndsFor { to, reason: reason.code() });
        }
        _ if moved => effects.push(Effect::DaysChanged { from, to, was_from, was_to }),
        (Some((was_to, _)), None) => effects.push(Effect::EndTakenBack { was_to }),
        _ => {}
    }
    if let (Some(was), Some(now)) = (known.reason, wanted.reason)
        && was != now
    {
        effects.push(Effect::ReasonChanged { reason: now.code(), was_reason: was.code() });
    }
    if known.planned_end != wanted.planned_end && wanted.ended.is_some() {
        effects.push(Effect::PlannedEnd { to: wanted.planned_end, was_to: known.planned_end });
    }
    if known.batch != wanted.batch {
        effects.push(Effect::Batch { now: wanted.batch.clone(), was: known.batch.clone() });
    }
    effects
}

/// Whether two rows of one person speak of one tenure or post.
fn overlap(one: &What, other: &What) -> bool {
    match (one, other) {
        (What::Tenure { id: Some(one), .. }, What::Tenure { id: Some(other), .. }) if one == other => true,
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

/// Who is new, and what becomes otherwise of a person, stand with the person's first row: one whose posting stays is a
/// change too.
fn note_people(connection: &Connection, plan: &mut Plan) -> Result<(), Trouble> {
    for (index, someone) in plan.people.iter().enumerate() {
        let first = plan.whats.iter().position(|(person, _)| *person == index);
        let Some(change) = first.map(|place| &mut plan.changes[place]) else { continue };
        let Some(id) = someone.id else {
            change.effects.push(Effect::Newcomer);
            continue;
        };
        let Some(known) = person::particulars(connection, id)? else { continue };
        if known == someone.particulars {
            continue;
        }
        if change.kind == Kind::Unchanged {
            change.kind = Kind::Changed;
        }
        change.effects.extend(particulars(&known, &someone.particulars));
    }
    Ok(())
}

fn particulars(known: &Particulars, now: &Particulars) -> Vec<Effect> {
    let mut effects = Vec::new();
    if known.name != now.name {
        effects.push(Effect::Renamed { now: now.name.clone(), was: known.name.clone() });
    }
    for (column, was, now) in [
        ("sex", &known.sex, &now.sex),
        ("birth_month", &known.birth_month, &now.birth_month),
        ("party", &known.party, &now.party),
        ("rank", &known.rank, &now.rank),
        ("unit", &known.unit, &now.unit),
    ] {
        if was != now {
            effects.push(Effect::Particular { column, now: now.clone(), was: was.clone() });
        }
    }
    effects
}
