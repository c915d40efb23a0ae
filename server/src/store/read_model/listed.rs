//! The entries that a number of the roll-up counts, one by one: whose, when and how far, never what stands in them.
use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;
use zhucun_core::clock::Moment;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::id::{EntryId, TenureId};
use zhucun_core::tenure::Tenure;

use super::super::value::{below, code, number};
use super::super::{Trouble, policy};
use super::{AWAITS, InLog, key};

/// Which entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// 补录, of the first secretaries in post on the day.
    Late,
    /// 待审, of whomever.
    Awaiting,
}

impl Which {
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "late" => Some(Which::Late),
            "awaiting_review" => Some(Which::Awaiting),
            _ => None,
        }
    }
}

/// An entry as desks know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedEntry {
    pub id: EntryId,
    pub tenure: TenureId,
    /// Whose it is.
    pub person: String,
    pub village: DivisionCode,
    /// Codes, also of kinds and states that only a newer version knows.
    pub kind: String,
    pub state: String,
    pub occurred_on: Option<Date>,
    /// By the clock of the device.
    pub made_at: Option<Moment>,
    /// When its latest version came.
    pub received_at: Moment,
}

/// Late, and not taken back.
const IS_LATE: &str = "late = 1 AND state NOT IN ('withdrawn', 'voided')";
const ORDER: &str = "entry.village, coalesce(entry.occurred_on, ''), entry.id";

/// How many entries of a tenure were made later than is on time.
pub(super) fn late_of(connection: &Connection, tenure: &Tenure) -> Result<u32, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT count(*) FROM entry WHERE village = ?1 AND tenure = ?2 AND {IS_LATE}"))?
        .query_row(params![number(tenure.division), tenure.id.0], |row| row.get(0))?)
}

/// A place in a list that is by village, day and id: right behind one of its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct After {
    pub village: Option<DivisionCode>,
    /// `2015-09-16`, or empty where the row has no day.
    pub day: String,
    pub id: Option<Uuid>,
}

impl After {
    pub(super) fn columns(&self) -> (i64, &str, &[u8]) {
        (self.village.map_or(0, number), &self.day, self.id.as_ref().map_or(&[], |id| id.as_bytes()))
    }
}

/// The entries inside `parent` that a number counts, by village, day and id, from a place on.
pub fn entries(
    connection: &Connection,
    parent: DivisionCode,
    which: Which,
    now: Moment,
    after: &After,
    most: u32,
) -> Result<Vec<ListedEntry>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(Vec::new()) };
    let (is_it, of): (String, Value) = match which {
        Which::Awaiting => {
            let read_before = policy::all(connection)?.in_force(now.date()).deemed_read_before(now);
            (AWAITS.to_owned(), read_before.0.into())
        }
        Which::Late => {
            let in_post = "tenure.role = 'first_secretary' AND tenure.arrived <= ?1
                AND coalesce(tenure.ended, tenure.planned_end) >= ?1";
            (format!("{IS_LATE} AND {in_post}"), now.date().to_string().into())
        }
    };
    let (village, day, id) = after.columns();
    let mut rows = connection.prepare_cached(&format!(
        "SELECT entry.id, entry.tenure, person.name, entry.village, entry.kind, entry.state, entry.occurred_on,
             entry.created_ms, entry.received_ms
         FROM entry JOIN tenure ON tenure.id = entry.tenure JOIN person ON person.id = tenure.person
         WHERE entry.village BETWEEN max(?2, ?4) AND ?3 AND ({ORDER}) > (?4, ?5, ?6) AND {is_it}
         ORDER BY {ORDER} LIMIT ?7"
    ))?;
    let entry = |row: &Row<'_>| {
        Ok(ListedEntry {
            id: EntryId(row.get(0)?),
            tenure: TenureId(row.get(1)?),
            person: row.get(2)?,
            village: code(row, 3)?,
            kind: row.get(4)?,
            state: row.get(5)?,
            occurred_on: row.get(6)?,
            made_at: row.get::<_, Option<i64>>(7)?.map(Moment),
            received_at: Moment(row.get(8)?),
        })
    };
    let found = rows.query_map(params![of, first, last, village, day, id, most], entry)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The day an entry counts on, or else the day it is about.
pub fn day_of(connection: &Connection, entry: InLog) -> Result<Option<Date>, Trouble> {
    Ok(connection
        .prepare_cached("SELECT coalesce(day, occurred_on) FROM entry WHERE tenure = ?1 AND id = ?2")?
        .query_row(key(entry), |row| row.get(0))
        .optional()?
        .flatten())
}
