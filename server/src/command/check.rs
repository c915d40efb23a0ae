//! `check`: reads the whole database and says everything that cannot be true.
use super::Failure;
use crate::app::App;
use crate::store::{Connection, Trouble, audit, document, meta, read_model};

/// A name, and what is found wrong under it, one sentence a fault.
type Check = (&'static str, fn(&Connection) -> Result<Vec<String>, Trouble>);

const CHECKS: &[Check] = &[
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

pub fn run(app: &App) -> Result<(), Failure> {
    let mut count = 0;
    for (name, check) in CHECKS {
        let faults = app.store.read_sync(check)?;
        println!("{name}: {}", if faults.is_empty() { "ok" } else { "FAULTS" });
        for fault in &faults {
            println!("  {fault}");
        }
        count += faults.len();
    }
    if count == 0 { Ok(()) } else { Err(Failure::Faults(count)) }
}
