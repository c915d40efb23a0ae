//! A month 驻村工作月报 of a unit: of each first secretary who was in post in it, the days in the village, what was done of the
//! duties, visits, issues, deeds and leave. The rows say which entries; what stands in them comes from the logs. A log that is
//! damaged makes no table: what cannot be read is not left out in silence.
use std::collections::btree_map::Entry as MapEntry;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rusqlite::Connection;
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::Moment;
use zhucun_core::contract::EntryState;
use zhucun_core::division::DivisionCode;
use zhucun_core::document::{Container, DocumentId, Record};
use zhucun_core::duty::{Account, Policies, Reckoning, Tally};
use zhucun_core::entry::{DAYS, EntryKind, FINISHED, HOUSEHOLDS, MONTH};
use zhucun_core::issue;
use zhucun_core::ledger;
use zhucun_core::tenure::{Tenure, TenureRole};

use super::assessment::{Away, days_away};
use super::household::{Households, register};
use super::tenure::Posted;
use super::{Trouble, absence, calendar, document, generation, policy, read_model, tenure};

/// One first secretary in one month.
pub struct MonthRow {
    pub posted: Posted,
    /// Days in the village as they were declared last, and as the township confirmed them.
    pub declared: Option<u32>,
    pub confirmed: Option<u32>,
    /// Of the weeks that end in the month and in the tenure.
    pub weeks: Tally,
    /// The month's lesson, and the activity of the quarter that the month lies in.
    pub lesson: Option<Account>,
    pub activity: Option<Account>,
    pub visits: u32,
    /// Different ones that were visited.
    pub households: u32,
    /// Of the village, in the days of the tenure.
    pub issues_raised: u32,
    pub issues_ended: u32,
    /// Written down or finished in the month.
    pub deeds: Vec<Record>,
    /// Calendar days.
    pub leave_days: u32,
    pub duty_days: u32,
}

/// The first secretaries inside `parent` who were in post in the month that begins on `first`, by village and arrival.
pub fn inside(
    connection: &Connection,
    parent: DivisionCode,
    first: Date,
    now: Moment,
) -> Result<Vec<MonthRow>, Trouble> {
    let month = (first, first.last_of_month());
    let in_post = |it: &Tenure| {
        it.role == TenureRole::FirstSecretary && it.arrived <= month.1.min(now.date()) && it.last_day() >= month.0
    };
    let rules = (calendar::in_force(connection)?, policy::all(connection)?);
    let mut villages: BTreeMap<DivisionCode, Village> = BTreeMap::new();
    let mut rows = Vec::new();
    for tenure in tenure::inside(connection, parent)?.into_iter().filter(in_post) {
        let village = match villages.entry(tenure.division) {
            MapEntry::Occupied(known) => known.into_mut(),
            MapEntry::Vacant(place) => place.insert(Village::read(connection, tenure.division)?),
        };
        rows.push(row(connection, tenure, village, &rules, (month, now.date()))?);
    }
    Ok(rows)
}

/// What the document of a village holds.
struct Village {
    households: Households,
    issues: Vec<Record>,
}

impl Village {
    fn read(connection: &Connection, code: DivisionCode) -> Result<Self, Trouble> {
        let register = register(connection, code)?;
        Ok(Village { households: Households::of(&register), issues: register.records(Container::Issues) })
    }
}

fn row(
    connection: &Connection,
    tenure: Tenure,
    Village { households, issues }: &Village,
    (calendar, policies): &(Calendar, Policies),
    (month, today): ((Date, Date), Date),
) -> Result<MonthRow, Trouble> {
    let within = (month.0.max(tenure.arrived), month.1.min(tenure.last_day()).min(today));
    let is_within = |day: Option<Date>| day.is_some_and(|day| within.0 <= day && day <= within.1);
    let [weeks, lessons, activities, ..] = read_model::reckonings(connection, &tenure, (calendar, policies), today)?;
    let leaves = absence::leaves_of(connection, tenure.id, policies)?;
    let standing = standing(connection, &tenure)?;
    let (mut visits, mut visited, mut deeds) = (0, BTreeSet::new(), Vec::new());
    for (record, state) in &standing {
        // What was returned counts for nothing until it is answered, here as in the weeks beside it.
        if *state == EntryState::Returned {
            continue;
        }
        let day = ledger::occurred_on(record);
        match ledger::kind(record) {
            Some(EntryKind::Visit) if is_within(day) => {
                visits += 1;
                let named = households.named(record.text(HOUSEHOLDS).unwrap_or_default());
                visited.extend(named.into_iter().flatten().map(|household| household.key));
            }
            Some(EntryKind::Deed) if is_within(day) || is_within(day_of(record, FINISHED)) => {
                deeds.push(record.clone())
            }
            _ => {}
        }
    }
    let (declared, confirmed) = presence(&standing, month.0);
    let count = |of: &dyn Fn(&Record) -> bool| issues.iter().filter(|issue| of(issue)).count() as u32;
    let raised = |issue: &Record| {
        let made = issue.fields.get(issue::ENTRY).and_then(|values| values.first());
        is_within(made.map(|made| made.at.date()))
    };
    let ended = |issue: &Record| {
        let has_end = issue.text(issue::STATE).is_some_and(|state| issue::ENDED.contains(&state));
        has_end && is_within(day_of(issue, issue::CLOSED_ON))
    };
    Ok(MonthRow {
        declared,
        confirmed,
        weeks: weeks.tally_ending(month, tenure.last_day(), today),
        lesson: around(lessons, month),
        activity: around(activities, month),
        visits,
        households: visited.len() as u32,
        issues_raised: count(&raised),
        issues_ended: count(&ended),
        deeds,
        leave_days: days_away(&leaves, Away::OnLeave, within),
        duty_days: days_away(&leaves, Away::OnDuty, within),
        posted: tenure::posted(connection, tenure)?,
    })
}

/// The entries of a tenure that were not taken back, by day and id, with where each stands.
pub(super) fn standing(connection: &Connection, tenure: &Tenure) -> Result<Vec<(Record, EntryState)>, Trouble> {
    let log = document::open(connection, generation::current(connection, DocumentId::log(tenure.id))?)?;
    let review = document::open(connection, generation::current(connection, DocumentId::review(tenure.id))?)?;
    let mut said = ledger::said_by_entry(&log, Some(&review));
    let with_state = |record: Record| {
        let said = record.key.parse().ok().and_then(|entry| said.remove(&entry)).unwrap_or_default();
        let state = ledger::state(&ledger::version(&record), &said);
        (record, state)
    };
    let mut standing: Vec<_> = log.records(Container::Entries).into_iter().map(with_state).collect();
    standing.retain(|(_, state)| !state.is_taken_back());
    standing.sort_by(|(one, _), (next, _)| {
        (ledger::occurred_on(one), &one.key).cmp(&(ledger::occurred_on(next), &next.key))
    });
    Ok(standing)
}

/// The days in the village of the month that begins on `first`: as they were declared last, and as they were confirmed last.
pub(super) fn presence(standing: &[(Record, EntryState)], first: Date) -> (Option<u32>, Option<u32>) {
    let month = format!("{:04}-{:02}", first.year(), first.month());
    let of_month =
        |record: &Record| ledger::kind(record) == Some(EntryKind::Presence) && record.text(MONTH) == Some(&month);
    let days = |record: &Record| record.number(DAYS).and_then(|days| u32::try_from(days).ok());
    let told = || standing.iter().rev().filter(|(record, _)| of_month(record));
    let confirmed = told().find(|(_, state)| *state == EntryState::Confirmed);
    (told().find_map(|(record, _)| days(record)), confirmed.and_then(|(record, _)| days(record)))
}

/// The duty whose period holds a month.
fn around(reckoning: Reckoning, (from, to): (Date, Date)) -> Option<Account> {
    reckoning.accounts.into_iter().find(|account| account.duty.from <= from && to <= account.duty.to)
}

fn day_of(record: &Record, name: &str) -> Option<Date> {
    record.text(name)?.parse().ok()
}
