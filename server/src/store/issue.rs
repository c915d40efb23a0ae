//! Issues 问题诉求 as a table lists them: by village, the day they were raised and id, with the households they are about.
use jiff::civil::Date;
use rusqlite::Connection;
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::document::{Container, Record};
use zhucun_core::entry::HOUSEHOLDS;
use zhucun_core::issue;

use super::household::{Household, Households, register};
use super::visit::Days;
use super::{Trouble, division};

pub struct IssueRow {
    pub village: Division,
    /// By the clock of the device that raised it.
    pub raised_on: Option<Date>,
    pub households: Vec<Option<Household>>,
    pub issue: Record,
}

/// The issues raised on the days inside `parent`; nothing when there are more than `most`.
pub fn inside(
    connection: &Connection,
    parent: DivisionCode,
    days: Days,
    most: usize,
) -> Result<Option<Vec<IssueRow>>, Trouble> {
    let mut rows = Vec::new();
    for village in division::inside(connection, parent, Level::Village)? {
        let register = register(connection, village.code)?;
        let households = Households::of(&register);
        let row = |issue: Record| {
            let raised = issue.fields.get(issue::ENTRY).and_then(|values| values.first());
            let households = households.named(issue.text(HOUSEHOLDS).unwrap_or_default());
            IssueRow { village: village.clone(), raised_on: raised.map(|made| made.at.date()), households, issue }
        };
        let is_of_days = |row: &IssueRow| row.raised_on.is_none_or(|day| days.cover(day));
        let mut raised: Vec<IssueRow> =
            register.records(Container::Issues).into_iter().map(row).filter(is_of_days).collect();
        raised.sort_by(|one, next| (one.raised_on, &one.issue.key).cmp(&(next.raised_on, &next.issue.key)));
        rows.extend(raised);
        if rows.len() > most {
            return Ok(None);
        }
    }
    Ok(Some(rows))
}
