//! Visits 入户调研 as a table lists them: by village, day and id, with the households they name. The rows say which; the
//! words come from the logs. A log that is damaged is no table: what cannot be read is not left out in silence.
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;

use jiff::civil::Date;
use rusqlite::{Connection, params};
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::document::{Container, DocumentId, Record};
use zhucun_core::entry::HOUSEHOLDS;
use zhucun_core::id::{EntryId, TenureId};

use super::household::{Household, Households, register};
use super::value::{below, code};
use super::{Trouble, division, document, generation, person, tenure};

/// From a day to a day, both included; none: without bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    pub from: Option<Date>,
    pub to: Option<Date>,
}

impl Days {
    pub fn cover(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// One visit that was not taken back.
pub struct VisitRow {
    pub village: Division,
    /// Who made it.
    pub by: String,
    pub day: Option<Date>,
    pub households: Vec<Option<Household>>,
    pub entry: Record,
}

/// The visits of the days inside `parent`; nothing when there are more than `most`.
pub fn inside(
    connection: &Connection,
    parent: DivisionCode,
    days: Days,
    most: usize,
) -> Result<Option<Vec<VisitRow>>, Trouble> {
    let found = found(connection, parent, days)?;
    if found.len() > most {
        return Ok(None);
    }
    let mut by_tenure: BTreeMap<TenureId, Vec<usize>> = BTreeMap::new();
    for (at, row) in found.iter().enumerate() {
        by_tenure.entry(row.tenure).or_default().push(at);
    }
    let mut villages: BTreeMap<DivisionCode, (Division, Households)> = BTreeMap::new();
    let mut rows: Vec<(usize, VisitRow)> = Vec::with_capacity(found.len());
    for (id, places) in by_tenure {
        let tenure = tenure::find(connection, id)?.ok_or(Trouble::Damaged("an entry of no tenure"))?;
        let by = person::find(connection, tenure.person)?.ok_or(Trouble::Damaged("a tenure of nobody"))?;
        let log = document::open(connection, generation::current(connection, DocumentId::log(id))?)?;
        for at in places {
            let Found { entry, village, day, .. } = found[at];
            let entry = log.record(Container::Entries, &entry.to_string());
            let entry = entry.ok_or(Trouble::Damaged("a row of an entry that is not in its log"))?;
            let (village, households) = match villages.entry(village) {
                MapEntry::Occupied(known) => known.into_mut(),
                MapEntry::Vacant(place) => {
                    let unit =
                        division::find(connection, village)?.ok_or(Trouble::Damaged("an entry of no village"))?;
                    place.insert((unit, Households::of(&register(connection, village)?)))
                }
            };
            let households = households.named(entry.text(HOUSEHOLDS).unwrap_or_default());
            rows.push((at, VisitRow { village: village.clone(), by: by.name.clone(), day, households, entry }));
        }
    }
    rows.sort_by_key(|(at, _)| *at);
    Ok(Some(rows.into_iter().map(|(_, row)| row).collect()))
}

#[derive(Clone, Copy)]
struct Found {
    entry: EntryId,
    tenure: TenureId,
    village: DivisionCode,
    day: Option<Date>,
}

fn found(connection: &Connection, parent: DivisionCode, days: Days) -> Result<Vec<Found>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(Vec::new()) };
    let mut rows = connection.prepare_cached(
        "SELECT id, tenure, village, occurred_on FROM entry
         WHERE village BETWEEN ?1 AND ?2 AND kind = 'visit' AND state NOT IN ('withdrawn', 'voided')
             AND (?3 IS NULL OR occurred_on >= ?3) AND (?4 IS NULL OR occurred_on <= ?4)
         ORDER BY village, occurred_on, id",
    )?;
    let rows = rows.query_map(params![first, last, days.from, days.to], |row| {
        let (entry, tenure) = (EntryId(row.get(0)?), TenureId(row.get(1)?));
        Ok(Found { entry, tenure, village: code(row, 2)?, day: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
