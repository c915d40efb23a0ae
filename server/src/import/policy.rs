//! The import of policies 口径: a JSON file of one version or several. A version that was imported never changes: a
//! correction is a higher one.
use zhucun_core::clock::Moment;
use zhucun_core::duty::{POLICIES_MAX, Policies, Policy};

use super::Tally;
use crate::store::{Connection, Transaction, Trouble, policy, read_model};

/// What an import would add, and what follows.
pub struct Plan {
    pub added: Vec<Policy>,
    pub unchanged: usize,
    /// What each added version changes, of what is in force on its first day before it.
    pub sentences: Vec<String>,
    /// Entries that would count otherwise.
    pub recounted: usize,
}

impl Plan {
    pub fn tally(&self) -> Tally {
        Tally { added: self.added.len(), unchanged: self.unchanged, ..Tally::default() }
    }
}

/// Reads a file; what is wrong with it in a sentence that says what to do.
pub fn read(bytes: &[u8]) -> Result<Vec<Policy>, String> {
    let text = core::str::from_utf8(bytes).map_err(|_| "this is not UTF-8: save the file as UTF-8".to_owned())?;
    let policies = Policies::parse(text.trim_start_matches('\u{feff}')).map_err(|fault| fault.to_string())?;
    Ok(policies.given().to_vec())
}

/// What the file would change of this database; or what is wrong with it, a sentence each.
pub fn plan(connection: &Connection, given: &[Policy]) -> Result<Result<Plan, Vec<String>>, Trouble> {
    let stored = policy::all(connection)?;
    let (mut all, mut added, mut faults) = (stored.given().to_vec(), Vec::new(), Vec::new());
    let highest = all.iter().map(|policy| policy.version).max().unwrap_or(1);
    for policy in given {
        match stored.given().iter().find(|known| known.version == policy.version) {
            Some(known) if known == policy => {}
            Some(known) => {
                let differs = known.valid_from != policy.valid_from;
                let day = differs.then(|| format!("valid_from: {} → {}", known.valid_from, policy.valid_from));
                let what: Vec<String> = day.into_iter().chain(policy.differences(known)).collect();
                faults.push(format!(
                    "version {} was imported before and is otherwise ({}); a version does not change: give the \
                     correction the number {}",
                    policy.version,
                    what.join(", "),
                    highest.saturating_add(1)
                ));
            }
            None => added.push(policy.clone()),
        }
    }
    if all.len() + added.len() > POLICIES_MAX {
        faults.push(format!(
            "{} versions are imported already and {} would be added; no more than {POLICIES_MAX} are kept",
            all.len(),
            added.len()
        ));
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let sentence = |policy: &Policy| {
        let others = all.iter().chain(&added).filter(|other| other.version < policy.version).cloned();
        let differences = policy.differences(Policies::of(others.collect()).in_force(policy.valid_from));
        let what = if differences.is_empty() { "changes nothing".to_owned() } else { differences.join(", ") };
        format!("version {} from {}: {what}", policy.version, policy.valid_from)
    };
    let sentences = added.iter().map(sentence).collect();
    let unchanged = given.len() - added.len();
    all.extend(added.iter().cloned());
    let recounted = read_model::recounted_by(connection, &Policies::of(all))?.len();
    Ok(Ok(Plan { added, unchanged, sentences, recounted }))
}

/// Writes the plan, and counts every entry anew; says how many count otherwise.
pub fn apply(tx: &Transaction<'_>, plan: &Plan, now: Moment) -> Result<usize, Trouble> {
    for policy in &plan.added {
        policy::add(tx, policy, now)?;
    }
    if plan.added.is_empty() { Ok(0) } else { read_model::follow_policies(tx) }
}
