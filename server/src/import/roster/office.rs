//! What an office does to one tenure by hand: its end, a transfer to another village, a successor, and how somebody was chosen.
//! Each change of days is a row of the roster and goes its way, so that scopes, phones and duties follow as they do there.
use jiff::civil::Date;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::Post;
use zhucun_core::tenure::{EndReason, Tenure};

use super::super::effect::Kind;
use super::apply::apply_by;
use super::plan::plan;
use super::row::{Posting, RosterRow};
use crate::access::{may_place, may_see_posting};
use crate::accounts::Caller;
use crate::power::Powers;
use crate::refusal::Refusal;
use crate::store::audit::{self, Deed};
use crate::store::selection::{self, Selection};
use crate::store::tenure::Posted;
use crate::store::{Connection, Fault, Transaction, Trouble, account, division, person, post, tenure};

/// A tenure may be planned for so many days at most.
const TENURE_DAYS_MAX: i64 = 3700;

/// A tenure as an office sees it.
pub struct Sheet {
    pub posted: Posted,
    pub login: String,
    pub selection: Selection,
    /// Full years on the day of arrival, where the birth month is known.
    pub age: Option<u32>,
    /// Others who hold or held the same role in the village, by arrival.
    pub others: Vec<Posted>,
    pub may_write: bool,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Change {
    /// Its last day, and why.
    End { last: Date, reason: EndReason },
    /// It ends on the day before, and another begins in this village.
    Transfer { village: DivisionCode, arrived: Date, planned_end: Date },
    /// Somebody who has an account begins in the same village.
    Successor { login: String, arrived: Date, planned_end: Date },
}

impl Change {
    /// As the audit log has it: days, codes and ids.
    fn told(&self, began: Option<TenureId>) -> String {
        let began = began.map(|id| format!(" {id}")).unwrap_or_default();
        match self {
            Change::End { last, reason } => format!("{last} {}", reason.code()),
            Change::Transfer { village, arrived, .. } => format!("{village} {arrived}{began}"),
            Change::Successor { arrived, .. } => format!("{arrived}{began}"),
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Change::End { .. } => "tenure.ended",
            Change::Transfer { .. } => "tenure.transferred",
            Change::Successor { .. } => "tenure.succeeded",
        }
    }
}

type Done<T> = Result<T, Fault<Refusal>>;

pub fn sheet(connection: &Connection, caller: Caller, id: TenureId, today: Date) -> Done<Sheet> {
    let posts = post::held(connection, caller.person, today)?;
    let it = tenure::find(connection, id)?.filter(|it| may_see_posting(&posts, it.division));
    let it = it.ok_or(Refusal::NotFound)?;
    let others = tenure::inside(connection, it.division)?.into_iter();
    let others = others.filter(|other| other.id != it.id && other.role == it.role);
    let others = others.map(|other| tenure::posted(connection, other)).collect::<Result<_, _>>()?;
    let login = account::of_person(connection, it.person)?.map(|account| account.login).unwrap_or_default();
    let (selection, may_write) = (selection::of_tenure(connection, id)?, may_place(&posts, it.division));
    let posted = tenure::posted(connection, it)?;
    let age = age(&posted.about.birth_month, posted.tenure.arrived);
    Ok(Sheet { posted, login, selection, age, others, may_write })
}

/// Full years on a day of somebody born in a month; on the month itself they are taken as full.
fn age(birth_month: &str, day: Date) -> Option<u32> {
    let (year, month) = birth_month.split_once('-')?;
    let (year, month): (i16, i8) = (year.parse().ok()?, month.parse().ok()?);
    let years = day.year() - year - i16::from(day.month() < month);
    u32::try_from(years).ok()
}

/// Writes how somebody was chosen.
pub fn write_selection(tx: &Transaction<'_>, caller: Caller, id: TenureId, it: &Selection, now: Moment) -> Done<()> {
    let found = placed(tx, caller, id, now.date())?;
    selection::put(tx, found.id, it)?;
    Ok(note(tx, caller, now, "selection.written", found.id, String::new())?)
}

/// What a change did.
pub struct Changed {
    /// The tenure that began, if one did.
    pub began: Option<TenureId>,
    /// Whose scope changed.
    pub people: Vec<PersonId>,
}

/// Does it.
pub fn change(tx: &Transaction<'_>, caller: Caller, id: TenureId, change: &Change, powers: &Powers) -> Done<Changed> {
    let now = powers.now();
    let it = placed(tx, caller, id, now.date())?;
    let rows = rows(tx, caller, &it, change, now.date())?;
    let planned = plan(tx, &rows)?.map_err(|_| Refusal::TenureDays)?;
    // Back in a village before the planned end of the time there, a row would speak of that tenure instead of another one.
    let begins = planned.changes.last().is_some_and(|last| last.kind == Kind::Added);
    let is_end = matches!(change, Change::End { .. });
    if !begins && !is_end {
        return Err(Refusal::TenureDays.into());
    }
    let people = apply_by(tx, &planned, &[], powers, Some(caller))?.people;
    let began = match rows.last().filter(|_| !is_end) {
        Some(row) => last_tenure(tx, &row.login, row.division)?,
        None => None,
    };
    note(tx, caller, now, change.action(), it.id, change.told(began))?;
    Ok(Changed { began, people })
}

/// A tenure that the caller may change.
fn placed(connection: &Connection, caller: Caller, id: TenureId, today: Date) -> Done<Tenure> {
    let posts = post::held(connection, caller.person, today)?;
    let it = tenure::find(connection, id)?.filter(|it| may_place(&posts, it.division));
    Ok(it.ok_or(Refusal::NotFound)?)
}

fn rows(connection: &Connection, caller: Caller, it: &Tenure, change: &Change, today: Date) -> Done<Vec<RosterRow>> {
    let of = account::of_person(connection, it.person)?.ok_or(Refusal::NotFound)?;
    let own = |ended| row(connection, &of.login, it, ended);
    match change {
        Change::End { last, reason } => {
            refuse_ended(it)?;
            // A term that ran out by plan is over: who stayed longer is entered by the roster.
            hold(it.arrived <= *last && *last <= it.planned_end)?;
            Ok(vec![own(Some((*last, *reason)))?])
        }
        Change::Transfer { village, arrived, planned_end } => {
            refuse_ended(it)?;
            let last = add_days(*arrived, -1);
            let posts = post::held(connection, caller.person, today)?;
            let is_there = village.level() == Level::Village && division::find(connection, *village)?.is_some();
            if !is_there || *village == it.division || !may_place(&posts, *village) {
                return Err(Refusal::NotFound.into());
            }
            hold(it.arrived <= last && last <= it.planned_end && fits(*arrived, *planned_end))?;
            let next = Tenure { division: *village, arrived: *arrived, planned_end: *planned_end, ..it.clone() };
            Ok(vec![own(Some((last, EndReason::Reassigned)))?, row(connection, &of.login, &next, None)?])
        }
        Change::Successor { login, arrived, planned_end } => {
            let is_another = |whose: PersonId| whose != it.person && whose != caller.person;
            let next = account::by_login(connection, login)?.filter(|next| is_another(next.person));
            let next = next.ok_or(Refusal::NotFound)?;
            let posts = post::held(connection, caller.person, today)?;
            // Nobody is placed by an office that has no business with them, and no office places one of its own.
            let theirs = post::standing(connection, next.person, today)?;
            let is_placed =
                |their: &Post| their.division.level() == Level::Village && may_place(&posts, their.division);
            if !theirs.iter().all(is_placed) {
                return Err(Refusal::NotFound.into());
            }
            // Nobody is in two villages at once: the other term is ended first.
            let elsewhere = tenure::of_person(connection, next.person)?;
            hold(elsewhere.iter().all(|other| other.last_day() < *arrived || *planned_end < other.arrived))?;
            hold(*arrived > it.arrived && fits(*arrived, *planned_end))?;
            let (person, arrived, planned_end) = (next.person, *arrived, *planned_end);
            let begun = Tenure { person, arrived, planned_end, ended: None, reason: None, ..it.clone() };
            Ok(vec![row(connection, &next.login, &begun, None)?])
        }
    }
}

fn refuse_ended(it: &Tenure) -> Result<(), Refusal> {
    if it.ended.is_some() { Err(Refusal::TenureEnded) } else { Ok(()) }
}

fn hold(days: bool) -> Result<(), Refusal> {
    if days { Ok(()) } else { Err(Refusal::TenureDays) }
}

fn fits(arrived: Date, planned_end: Date) -> bool {
    arrived <= planned_end && planned_end <= add_days(arrived, TENURE_DAYS_MAX)
}

/// The row of the roster that says a tenure as it is to be.
fn row(connection: &Connection, login: &str, it: &Tenure, ended: Option<(Date, EndReason)>) -> Done<RosterRow> {
    let particulars = person::particulars(connection, it.person)?;
    Ok(RosterRow {
        line: 1,
        login: login.to_owned(),
        particulars: particulars.ok_or(Trouble::Damaged("a tenure of nobody"))?,
        untold: Vec::new(),
        division: it.division,
        arrived: it.arrived,
        posting: Posting::Tenure { role: it.role, batch: it.batch.clone(), planned_end: it.planned_end, ended },
    })
}

fn last_tenure(connection: &Connection, login: &str, village: DivisionCode) -> Result<Option<TenureId>, Trouble> {
    let Some(of) = account::by_login(connection, login)? else { return Ok(None) };
    let tenures = tenure::of_person(connection, of.person)?;
    Ok(tenures.into_iter().rfind(|it| it.division == village).map(|it| it.id))
}

fn note(
    tx: &Transaction<'_>,
    caller: Caller,
    at: Moment,
    action: &'static str,
    id: TenureId,
    detail: String,
) -> Result<(), Trouble> {
    let (person, device) = (Some(caller.person), Some(caller.device));
    audit::append(tx, &Deed { at, person, device, action, subject: id.to_string(), detail })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_tenure_is_planned_for_so_many_days_and_no_more() {
        let arrived = date(2015, 12, 1);
        for (planned_end, fine) in [
            (date(2015, 11, 30), false),
            (date(2015, 12, 1), true),
            (add_days(arrived, TENURE_DAYS_MAX), true),
            (add_days(arrived, TENURE_DAYS_MAX + 1), false),
        ] {
            assert_eq!(fits(arrived, planned_end), fine, "{planned_end}");
        }
    }

    #[test]
    fn an_age_is_that_of_the_month_of_arrival() {
        for (born, day, years) in [
            ("1980-09", date(2015, 9, 16), Some(35)),
            ("1980-10", date(2015, 9, 16), Some(34)),
            ("1980-08", date(2015, 9, 16), Some(35)),
            ("", date(2015, 9, 16), None),
            ("2016-01", date(2015, 9, 16), None),
        ] {
            assert_eq!(age(born, day), years, "{born}");
        }
    }
}
