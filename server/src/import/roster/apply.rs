//! Writing a plan: people, accounts, tenures and posts in one transaction, the scopes settled and the deeds logged in
//! it too.
use std::thread;

use zhucun_core::clock::Moment;
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::tenure::Tenure;

use super::super::effect::Kind;
use super::super::replaced::Replaced;
use super::plan::{Plan, What};
use super::row::Posting;
use crate::accounts::{Caller, password};
use crate::power::Powers;
use crate::store::audit::{self, Deed};
use crate::store::post::PostRow;
use crate::store::{Transaction, Trouble, account, grant, person, post, read_model, tenure};

/// Passwords hashed at once.
const THREADS: usize = 2;

/// A newcomer's first password. It is shown once; the database gets the hash only.
#[derive(Clone, Debug)]
pub struct FirstPassword {
    pub login: String,
    pub name: String,
    pub password: String,
    pub(in super::super) hash: String,
}

/// First passwords for these logins and names, in their order. Takes some 25 ms of a processor each.
pub fn first_passwords<'a>(newcomers: impl Iterator<Item = (&'a str, &'a str)>, powers: &Powers) -> Vec<FirstPassword> {
    let first = |(login, name): (&str, &str)| {
        let (login, name) = (login.to_owned(), name.to_owned());
        let password = password::first(powers.draw());
        (FirstPassword { login, name, password, hash: String::new() }, powers.draw())
    };
    let mut made: Vec<(FirstPassword, [u8; 16])> = newcomers.map(first).collect();
    let share = made.len().div_ceil(THREADS).max(1);
    thread::scope(|scope| {
        for part in made.chunks_mut(share) {
            scope.spawn(move || {
                for (first, salt) in part {
                    first.hash = password::hash(&first.password, *salt);
                }
            });
        }
    });
    made.into_iter().map(|(first, _)| first).collect()
}

/// Writes the plan. It was made from this database, and `passwords` from it; a login that was taken since is trouble,
/// and nothing is written.
pub fn apply(
    tx: &Transaction<'_>,
    plan: &Plan,
    passwords: &[FirstPassword],
    powers: &Powers,
) -> Result<Vec<PersonId>, Trouble> {
    Ok(apply_by(tx, plan, passwords, powers, None)?.people)
}

/// What applying did.
pub(in super::super) struct Applied {
    /// Whose scope changed.
    pub people: Vec<PersonId>,
    pub replaced: Vec<Replaced>,
}

/// The same for somebody; none: the command line.
pub(in super::super) fn apply_by(
    tx: &Transaction<'_>,
    plan: &Plan,
    passwords: &[FirstPassword],
    powers: &Powers,
    by: Option<Caller>,
) -> Result<Applied, Trouble> {
    let now = powers.now();
    let mut dice = powers.dice();
    let mut newcomers = passwords.iter();
    let (mut ids, mut replaced) = (Vec::with_capacity(plan.people.len()), Vec::new());
    for someone in &plan.people {
        let id = someone.id.unwrap_or_else(|| PersonId(dice.uuid_v7(now)));
        let before = person::particulars(tx, id)?;
        if before.as_ref() != Some(&someone.particulars) {
            person::put(tx, id, &someone.particulars)?;
            replaced.push(Replaced::Person { id, before, after: someone.particulars.clone() });
        }
        if someone.id.is_none() {
            let first = newcomers.next().expect("each newcomer of the plan has a first password");
            assert_eq!(first.login, someone.login, "first passwords stand in the plan's order");
            account::add(tx, id, &someone.login, &first.hash, now)?;
            note(tx, now, "account.added", id.to_string(), String::new(), by)?;
        }
        ids.push(id);
    }
    for (change, (whose, what)) in plan.changes.iter().zip(&plan.whats) {
        if change.kind == Kind::Unchanged {
            continue;
        }
        let person = ids[*whose];
        match what {
            What::Post(row) => {
                let is_it = |it: &PostRow| (it.post, it.from) == (row.post, row.from);
                let before = post::rows(tx, person)?.into_iter().find(is_it);
                post::put(tx, person, row)?;
                replaced.push(Replaced::Post { person, before, after: row.clone() });
            }
            What::Tenure { id, row } => {
                let Posting::Tenure { role, batch, planned_end, ended } = &row.posting else { continue };
                let it = Tenure {
                    id: id.unwrap_or_else(|| TenureId(dice.uuid_v7(now))),
                    person,
                    role: *role,
                    division: row.division,
                    batch: batch.clone(),
                    arrived: row.arrived,
                    planned_end: *planned_end,
                    ended: ended.map(|(day, _)| day),
                    reason: ended.map(|(_, reason)| reason),
                };
                let before = tenure::find(tx, it.id)?;
                tenure::put(tx, &it)?;
                read_model::follow_tenure(tx, it.id)?;
                replaced.push(Replaced::Tenure { before, after: it });
            }
        }
    }
    note(tx, now, "roster.applied", String::new(), plan.tally().to_string(), by)?;
    Ok(Applied { people: grant::settle(tx, now)?, replaced })
}

fn note(
    tx: &Transaction<'_>,
    at: Moment,
    action: &'static str,
    subject: String,
    detail: String,
    by: Option<Caller>,
) -> Result<(), Trouble> {
    let (person, device) = (by.map(|caller| caller.person), by.map(|caller| caller.device));
    audit::append(tx, &Deed { at, person, device, action, subject, detail })
}
