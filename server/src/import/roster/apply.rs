//! Writing a plan: people, accounts, tenures and posts in one transaction, the scopes settled and the deeds logged in
//! it too.
use std::thread;

use zhucun_core::clock::Moment;
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::tenure::Tenure;

use super::plan::{Kind, Plan, What};
use super::row::Posting;
use crate::accounts::{Caller, password};
use crate::power::Powers;
use crate::store::audit::{self, Deed};
use crate::store::{Transaction, Trouble, account, grant, person, post, read_model, tenure};

/// Passwords hashed at once.
const THREADS: usize = 2;

/// A newcomer's first password. It is shown once; the database gets the hash only.
#[derive(Clone, Debug)]
pub struct FirstPassword {
    pub login: String,
    pub name: String,
    pub password: String,
    hash: String,
}

/// First passwords for all newcomers of a plan, in its order. Takes some 25 ms of a processor each.
pub fn first_passwords(plan: &Plan, powers: &Powers) -> Vec<FirstPassword> {
    let mut made: Vec<(FirstPassword, [u8; 16])> = plan
        .newcomers()
        .map(|someone| {
            let first = FirstPassword {
                login: someone.login.clone(),
                name: someone.particulars.name.clone(),
                password: password::first(powers.draw()),
                hash: String::new(),
            };
            (first, powers.draw())
        })
        .collect();
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
    apply_by(tx, plan, passwords, powers, None)
}

/// The same for somebody; none: the command line.
pub(super) fn apply_by(
    tx: &Transaction<'_>,
    plan: &Plan,
    passwords: &[FirstPassword],
    powers: &Powers,
    by: Option<Caller>,
) -> Result<Vec<PersonId>, Trouble> {
    let now = powers.now();
    let mut dice = powers.dice();
    let mut newcomers = passwords.iter();
    let mut ids = Vec::with_capacity(plan.people.len());
    for someone in &plan.people {
        let id = someone.id.unwrap_or_else(|| PersonId(dice.uuid_v7(now)));
        person::put(tx, id, &someone.particulars)?;
        if someone.id.is_none() {
            let first = newcomers.next().expect("each newcomer of the plan has a first password");
            assert_eq!(first.login, someone.login, "first passwords stand in the plan's order");
            account::add(tx, id, &someone.login, &first.hash, now)?;
            note(tx, now, "account.added", id.to_string(), String::new(), by)?;
        }
        ids.push(id);
    }
    for change in plan.changes.iter().filter(|change| change.kind != Kind::Unchanged) {
        let person = ids[change.person];
        match &change.what {
            What::Post(row) => post::put(tx, person, row)?,
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
                tenure::put(tx, &it)?;
                read_model::follow_tenure(tx, it.id)?;
            }
        }
    }
    note(tx, now, "roster.applied", String::new(), plan.tally().to_string(), by)?;
    grant::settle(tx, now)
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
