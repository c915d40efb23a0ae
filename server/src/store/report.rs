//! Yearly reports 向乡镇党委汇报 as a table lists them: by village, day and id, with the receipt of the township. The rows say which;
//! the words come from logs and reviews. One that is damaged makes no table: nothing is left out in silence.
use std::collections::BTreeMap;

use jiff::civil::Date;
use rusqlite::{Connection, params};
use zhucun_core::contract::EntryState;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::document::{Actor, Container, DocumentId, Record};
use zhucun_core::id::{EntryId, PersonId, TenureId};
use zhucun_core::ledger::{self, Said, What};

use super::tenure::Posted;
use super::value::below;
use super::visit::Days;
use super::{Trouble, document, generation, person, tenure};

/// One report that was not taken back.
pub struct ReportRow {
    pub posted: Posted,
    pub day: Option<Date>,
    pub record: Record,
    pub state: EntryState,
    /// What the township has of it, whatever was changed since.
    pub receipt: Option<Receipt>,
}

/// That the township received a report.
pub struct Receipt {
    pub on: Date,
    pub by: String,
    pub opinion: String,
}

/// The reports of the days inside `parent`; nothing when there are more than `most`.
pub fn inside(
    connection: &Connection,
    parent: DivisionCode,
    days: Days,
    most: usize,
) -> Result<Option<Vec<ReportRow>>, Trouble> {
    let found = found(connection, parent, days)?;
    if found.len() > most {
        return Ok(None);
    }
    let mut by_tenure: BTreeMap<TenureId, Vec<EntryId>> = BTreeMap::new();
    for (entry, tenure) in found {
        by_tenure.entry(tenure).or_default().push(entry);
    }
    let mut rows = Vec::new();
    for (id, entries) in by_tenure {
        let posted = tenure::find(connection, id)?.ok_or(Trouble::Damaged("an entry of no tenure"))?;
        let posted = tenure::posted(connection, posted)?;
        let log = document::open(connection, generation::current(connection, DocumentId::log(id))?)?;
        let review = document::open(connection, generation::current(connection, DocumentId::review(id))?)?;
        let authors = document::authors(connection, review.id())?;
        let mut said = ledger::said_by_entry(&log, Some(&review));
        for entry in entries {
            let record = log.record(Container::Entries, &entry.to_string());
            let record = record.ok_or(Trouble::Damaged("a row of an entry that is not in its log"))?;
            let said = said.remove(&entry).unwrap_or_default();
            let state = ledger::state(&ledger::version(&record), &said);
            rows.push(ReportRow {
                day: ledger::occurred_on(&record),
                state,
                receipt: receipt(connection, state, &said, &authors)?,
                posted: posted.clone(),
                record,
            });
        }
    }
    rows.sort_by(|one, next| {
        let key = |row: &ReportRow| (row.posted.village.code, row.day, row.record.key.clone());
        key(one).cmp(&key(next))
    });
    Ok(Some(rows))
}

/// The last confirmation that stands, of a report that the township has.
fn receipt(
    connection: &Connection,
    state: EntryState,
    said: &[Said],
    authors: &BTreeMap<Actor, PersonId>,
) -> Result<Option<Receipt>, Trouble> {
    let is_confirmed = |said: &&Said| matches!(said.what, What::Confirmed { .. });
    let has_it = matches!(state, EntryState::Confirmed | EntryState::Amended);
    let last = ledger::standing_reviews(said).rfind(is_confirmed).filter(|_| has_it);
    let Some(Said { actor, at, .. }) = last else { return Ok(None) };
    // Whoever confirms an amendment writes no opinion anew: the last one stands.
    let opinion = |said: &Said| match &said.what {
        What::Confirmed { opinion, .. } if !opinion.is_empty() => Some(opinion.clone()),
        _ => None,
    };
    let opinion = ledger::standing_reviews(said).rev().find_map(opinion).unwrap_or_default();
    let by = authors.get(actor).map(|by| person::find(connection, *by)).transpose()?.flatten();
    let by = by.map(|person| person.name).unwrap_or_default();
    Ok(Some(Receipt { on: at.date(), by, opinion }))
}

fn found(connection: &Connection, parent: DivisionCode, days: Days) -> Result<Vec<(EntryId, TenureId)>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(Vec::new()) };
    let mut rows = connection.prepare_cached(
        "SELECT id, tenure FROM entry
         WHERE village BETWEEN ?1 AND ?2 AND kind = 'report' AND state NOT IN ('withdrawn', 'voided')
             AND (?3 IS NULL OR occurred_on >= ?3) AND (?4 IS NULL OR occurred_on <= ?4)",
    )?;
    let rows = rows
        .query_map(params![first, last, days.from, days.to], |row| Ok((EntryId(row.get(0)?), TenureId(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
