//! The import of policies 口径: a JSON file of one version or several. A version that was imported never changes: a
//! correction is a higher one.
use zhucun_core::clock::Moment;
use zhucun_core::duty::{Difference, POLICIES_MAX, Policies, Policy};

use super::effect::{Change, Effect, Kind};
use super::mistake::Wrong;
use crate::store::{Connection, Transaction, Trouble, policy, read_model};

/// What an import would add, and what follows.
pub struct Plan {
    pub added: Vec<Policy>,
    /// One a version: what it changes of what is in force on its first day before it.
    pub changes: Vec<Change>,
    all: Policies,
}

impl Plan {
    /// Entries that would count otherwise. Reads every log.
    pub fn recounted(&self, connection: &Connection) -> Result<usize, Trouble> {
        Ok(read_model::recounted_by(connection, &self.all)?.len())
    }
}

/// Reads a file; or what is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Vec<Policy>, Wrong> {
    let text = core::str::from_utf8(bytes).map_err(|_| Wrong::JsonNotUtf8)?;
    let policies = Policies::parse(text.trim_start_matches('\u{feff}'))?;
    Ok(policies.given().to_vec())
}

/// What the file would change of this database; or all that is wrong with it.
pub fn plan(connection: &Connection, given: &[Policy]) -> Result<Result<Plan, Vec<Wrong>>, Trouble> {
    let stored = policy::all(connection)?;
    let (mut all, mut added, mut faults) = (stored.given().to_vec(), Vec::new(), Vec::new());
    let highest = all.iter().map(|policy| policy.version).max().unwrap_or(1);
    for policy in given {
        match stored.given().iter().find(|known| known.version == policy.version) {
            Some(known) if known == policy => {
                if let Some(by) = replaced_by(known, stored.given(), given) {
                    let (version, next) = (policy.version, highest.saturating_add(1));
                    faults.push(Wrong::VersionReplaced { version, by, next });
                }
            }
            Some(known) => {
                let differs = known.valid_from != policy.valid_from;
                let day = differs.then(|| format!("valid_from: {} → {}", known.valid_from, policy.valid_from));
                let others = policy.differences(known).into_iter().map(|difference| difference.to_string());
                let what: Vec<String> = day.into_iter().chain(others).collect();
                let (version, next) = (policy.version, highest.saturating_add(1));
                faults.push(Wrong::VersionOtherwise { version, what: what.join(", "), next });
            }
            None => added.push(policy.clone()),
        }
    }
    if all.len() + added.len() > POLICIES_MAX {
        faults.push(Wrong::VersionsTooMany { kept: all.len(), added: added.len(), max: POLICIES_MAX });
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let changes = given.iter().map(|policy| compare(policy, &all, &added)).collect();
    all.extend(added.iter().cloned());
    Ok(Ok(Plan { added, changes, all: Policies::of(all) }))
}

/// The version that holds on every day of one that is there, if the file does not have it: it was undone or corrected since, and
/// to send it again changes nothing.
fn replaced_by(known: &Policy, stored: &[Policy], given: &[Policy]) -> Option<u32> {
    let replaces = |later: &&Policy| later.version > known.version && later.valid_from <= known.valid_from;
    let by = stored.iter().filter(replaces).map(|later| later.version).max()?;
    (!given.iter().any(|policy| policy.version == by)).then_some(by)
}

fn compare(policy: &Policy, stored: &[Policy], added: &[Policy]) -> Change {
    let Policy { version, valid_from: from, .. } = *policy;
    let about = Effect::Version { version, from };
    if stored.iter().any(|known| known.version == version) {
        return Change { line: None, kind: Kind::Unchanged, about, effects: Vec::new() };
    }
    let others = stored.iter().chain(added).filter(|other| other.version < version).cloned();
    let differences = policy.differences(Policies::of(others.collect()).in_force(from));
    let effect = |Difference { field, was, now }| Effect::Field { field, was, now };
    let mut effects: Vec<Effect> = differences.into_iter().map(effect).collect();
    if effects.is_empty() {
        effects.push(Effect::Nothing);
    }
    Change { line: None, kind: Kind::Added, about, effects }
}

/// Writes the plan, and counts every entry anew; says how many count otherwise.
pub fn apply(tx: &Transaction<'_>, plan: &Plan, now: Moment) -> Result<usize, Trouble> {
    for policy in &plan.added {
        policy::add(tx, policy, now)?;
    }
    if plan.added.is_empty() { Ok(0) } else { read_model::follow_policies(tx) }
}
