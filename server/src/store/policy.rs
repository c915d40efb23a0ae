//! Policies 口径 as they were imported: version upon version, none ever changed.
use rusqlite::{Connection, Transaction, params};
use zhucun_core::clock::Moment;
use zhucun_core::duty::{Policies, Policy};

use super::Trouble;

/// All that were imported, over the one that is built in.
pub fn all(connection: &Connection) -> Result<Policies, Trouble> {
    let mut rows = connection.prepare_cached("SELECT text FROM policy ORDER BY version")?;
    let texts: Vec<String> = rows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if texts.is_empty() {
        return Ok(Policies::built_in());
    }
    Policies::parse(&format!("[{}]", texts.join(","))).map_err(|_| Trouble::Damaged("a stored policy is none"))
}

/// Adds a version that is not there. `read_model::follow_policies` must follow.
pub fn add(tx: &Transaction<'_>, policy: &Policy, now: Moment) -> Result<(), Trouble> {
    tx.prepare_cached("INSERT INTO policy VALUES (?1, ?2, ?3)")?.execute(params![
        policy.version,
        now.0,
        policy.text()
    ])?;
    Ok(())
}
