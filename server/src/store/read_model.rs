//! What desks read: figures counted from rows that the accepting transaction keeps up to date.
use jiff::civil::Date;
use rusqlite::Connection;
use zhucun_core::division::{Division, DivisionCode, Level};

use super::{Trouble, division, tenure};

/// One unit's figures on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollUpRow {
    pub division: Division,
    /// Villages that are poor on the day.
    pub poor_villages: u32,
    /// Villages with a first secretary in post on the day.
    pub incumbents: u32,
    pub visits_done: u32,
    pub visits_owed: u32,
    pub lessons_done: u32,
    pub lessons_owed: u32,
    /// Entries that no reviewer has answered.
    pub awaiting_review: u32,
}

/// The units right below `parent`, by code; none below a village.
pub fn roll_up(connection: &Connection, parent: DivisionCode, today: Date) -> Result<Vec<RollUpRow>, Trouble> {
    let below = match parent.level() {
        Level::City => Level::County,
        Level::County => Level::Township,
        Level::Township => Level::Village,
        Level::Village => return Ok(Vec::new()),
    };
    let mut rows = Vec::new();
    for division in division::inside(connection, parent, below)? {
        rows.push(RollUpRow {
            poor_villages: division::poor_count(connection, division.code, today)?,
            incumbents: tenure::incumbents(connection, division.code, today)?,
            visits_done: 0,
            visits_owed: 0,
            lessons_done: 0,
            lessons_owed: 0,
            awaiting_review: 0,
            division,
        });
    }
    Ok(rows)
}
