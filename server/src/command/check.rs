//! `check`: reads the whole database and says everything that cannot be true.
use std::path::Path;

use super::Failure;
use crate::app::DATABASE;
use crate::hold::Hold;
use crate::store::{Connection, Store, Trouble, audit, damage, document, meta, read_model};

/// What is found wrong, one sentence a fault.
pub(super) type Check = fn(&Connection) -> Result<Vec<String>, Trouble>;

const CHECKS: &[(&str, Check)] = &[
    ("database file and foreign keys", meta::check),
    ("audit log", audit_chain),
    ("documents and feeds", document::check),
    ("read model", read_model::check),
];

fn audit_chain(connection: &Connection) -> Result<Vec<String>, Trouble> {
    Ok(match audit::check(connection)? {
        Ok(_) => Vec::new(),
        Err(number) => vec![format!("the chain breaks at number {number}: that row or one before it was changed")],
    })
}

/// Needs no key, and makes none.
pub fn run(data: &Path) -> Result<(), Failure> {
    let _hold = Hold::beside(data)?;
    let store = Store::open(data.join(DATABASE))?;
    let count = say_all(|check| store.read_sync(check))?;
    if count == 0 {
        return Ok(());
    }
    let damaged: Result<usize, Trouble> = store.write_sync(damage::scrub);
    match damaged? {
        0 => {}
        bundles => println!("{bundles} damaged bundles noted: phones that hold them give them back at their next sync"),
    }
    Err(Failure::Faults(count))
}

/// Prints what each check finds by `read`, and gives the number of faults.
pub(super) fn say_all(read: impl Fn(Check) -> Result<Vec<String>, Trouble>) -> Result<usize, Failure> {
    let mut count = 0;
    for (name, check) in CHECKS {
        let faults = read(*check)?;
        println!("{name}: {}", if faults.is_empty() { "ok" } else { "FAULTS" });
        for fault in &faults {
            println!("  {fault}");
        }
        count += faults.len();
    }
    Ok(count)
}
