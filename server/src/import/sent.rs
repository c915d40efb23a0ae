//! A file that an administrator sends: what they may send, what it would change, and writing just that. An administrator
//! sends rows of their own division; what holds for the whole deployment only one of a city sends. Nobody gives or takes
//! what they could not administer: nothing of their own, of their peers, or of who watches them.
use jiff::civil::Date;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::id::PersonId;

use super::effect::{Kind, Tally};
use super::file::{self, FileKind, Given, Plan};
use super::mistake::{Mistake, Wrong};
use super::replaced::Replaced;
use super::roster::{self, FirstPassword};
use crate::access::{administered, may_administer, may_appoint};
use crate::accounts::{self, Caller};
use crate::power::Powers;
use crate::refusal::Refusal;
use crate::store::{Connection, Fault, Transaction, Trouble, account, device, imported, person, post};

/// A larger file is refused on the screen: a roster of a city is a tenth of it.
pub const SENT_BYTES_MAX: usize = 2 << 20;
/// More new people are refused on the screen: their passwords are hashed while somebody waits.
pub const NEWCOMERS_MAX: usize = 1000;

pub(super) type Done<T> = Result<T, Fault<Refusal>>;

/// The divisions that the caller administers; refused where there is none.
pub fn tops(connection: &Connection, caller: Caller, today: Date) -> Done<Vec<DivisionCode>> {
    let tops = administered(&post::held(connection, caller.person, today)?);
    if tops.is_empty() { Err(Refusal::OutsideScope.into()) } else { Ok(tops) }
}

/// Whether who administers these divisions decides for the whole deployment.
pub(super) fn is_whole(tops: &[DivisionCode]) -> bool {
    tops.iter().any(|top| top.level() == Level::City)
}

/// The divisions of which the caller may send rows of a file of this kind; refused where that is none. Asked before anything
/// that was sent is read.
pub fn admitted(connection: &Connection, caller: Caller, kind: FileKind, today: Date) -> Done<Vec<DivisionCode>> {
    let tops = tops(connection, caller, today)?;
    if matches!(kind, FileKind::Policy | FileKind::Calendar) && !is_whole(&tops) {
        return Err(Refusal::OutsideScope.into());
    }
    Ok(tops)
}

/// What a file of this kind would change; or every mistake of it.
pub fn preview(
    connection: &Connection,
    caller: Caller,
    kind: FileKind,
    given: &Result<Given, Vec<Mistake>>,
    today: Date,
) -> Done<Result<Plan, Vec<Mistake>>> {
    let tops = admitted(connection, caller, kind, today)?;
    let given = match given {
        Ok(given) => given,
        Err(mistakes) => return Ok(Err(mistakes.clone())),
    };
    // Before anything is said of what is stored.
    let mistakes = outside(given, &tops);
    if !mistakes.is_empty() {
        return Ok(Err(mistakes));
    }
    let plan = match given.plan(connection)? {
        Ok(plan) => plan,
        Err(mistakes) => return Ok(Err(mistakes)),
    };
    let mistakes = match &plan {
        Plan::Roster(plan) => above(connection, caller, plan, today)?,
        Plan::PoorVillages(_) | Plan::Policy(_) | Plan::Calendar(_) => Vec::new(),
    };
    Ok(if mistakes.is_empty() { Ok(plan) } else { Err(mistakes) })
}

/// The lines that are about a unit outside of these.
fn outside(given: &Given, tops: &[DivisionCode]) -> Vec<Mistake> {
    let (column, codes): (_, Vec<(usize, DivisionCode)>) = match given {
        Given::Roster(rows) => ("division", rows.iter().map(|row| (row.line, row.division)).collect()),
        Given::PoorVillages(villages) => ("code", villages.iter().map(|(line, it)| (*line, it.code)).collect()),
        Given::Policy(_) | Given::Calendar(_) => return Vec::new(),
    };
    let is_outside = |code: DivisionCode| !tops.iter().any(|top| top.contains(code));
    let found = codes.into_iter().filter(|(_, code)| is_outside(*code));
    found.map(|(line, code)| Mistake::new(line, column, Wrong::OutsideDivision { code })).collect()
}

/// The lines that change what the caller does not stand above. A line that changes nothing may speak of anybody.
fn above(connection: &Connection, caller: Caller, plan: &roster::Plan, today: Date) -> Result<Vec<Mistake>, Trouble> {
    let own = post::held(connection, caller.person, today)?;
    let mut mistakes = Vec::new();
    for (change, (whose, what)) in plan.changes.iter().zip(&plan.whats) {
        let Some(line) = change.line.filter(|_| change.kind != Kind::Unchanged) else { continue };
        let (someone, post) = (&plan.people[*whose], what.post());
        if let Some(id) = someone.id
            && let Err(wrong) = administers(connection, caller, id, &someone.login, today)?
        {
            mistakes.push(Mistake::new(line, "login", wrong));
        } else if !may_appoint(&own, &post) {
            let (role, code) = (post.role.code(), post.division);
            mistakes.push(Mistake::new(line, "role", Wrong::RoleFromAbove { role, code }));
        }
    }
    if plan.newcomers().count() > NEWCOMERS_MAX {
        mistakes.push(Wrong::NewcomersTooMany { max: NEWCOMERS_MAX }.into());
    }
    Ok(mistakes)
}

/// Whether the caller may change what somebody is.
pub(super) fn administers(
    connection: &Connection,
    caller: Caller,
    whose: PersonId,
    login: &str,
    today: Date,
) -> Result<Result<(), Wrong>, Trouble> {
    let own = post::held(connection, caller.person, today)?;
    Ok(if whose == caller.person {
        Err(Wrong::Yourself)
    } else if may_administer(&own, &post::standing(connection, whose, today)?) {
        Ok(())
    } else {
        Err(Wrong::NotAdministered { login: login.to_owned() })
    })
}

/// What writing a file by its digest comes to.
pub enum Ready {
    /// Just what was shown.
    Write(Box<Plan>),
    /// It was written before, and these have not used their accounts: whoever wrote it may not have seen their first
    /// passwords.
    Again(Vec<Unused>),
    Nothing,
}

/// Somebody who was given an account and has not used it.
pub struct Unused {
    person: PersonId,
    login: String,
    name: String,
}

impl Ready {
    /// The logins and names of those who are to have first passwords.
    pub fn newcomers(&self) -> Vec<(&str, &str)> {
        match self {
            Ready::Write(plan) => plan.newcomers(),
            Ready::Again(unused) => unused.iter().map(|it| (it.login.as_str(), it.name.as_str())).collect(),
            Ready::Nothing => Vec::new(),
        }
    }
}

/// A file with what whoever sends it has read of it.
pub struct Sent {
    pub kind: FileKind,
    pub bytes: Vec<u8>,
    pub given: Result<Given, Vec<Mistake>>,
    pub digest: String,
}

/// What is to be written; refused where that is not what was read.
pub fn ready(connection: &Connection, caller: Caller, sent: &Sent, today: Date) -> Done<Ready> {
    let plan = preview(connection, caller, sent.kind, &sent.given, today)?.map_err(|_| Refusal::ImportChanged)?;
    if plan.tally().is_empty() {
        let unused = match imported::written(connection, caller.person, &sent.digest)? {
            Some(number) => unused(connection, caller, number, today)?,
            None => Vec::new(),
        };
        return Ok(if unused.is_empty() { Ready::Nothing } else { Ready::Again(unused) });
    }
    if plan.digest(&sent.bytes) != sent.digest {
        return Err(Refusal::ImportChanged.into());
    }
    Ok(Ready::Write(Box::new(plan)))
}

fn unused(connection: &Connection, caller: Caller, number: i64, today: Date) -> Result<Vec<Unused>, Trouble> {
    let mut found = Vec::new();
    for text in imported::replaced(connection, number)? {
        let Some(Replaced::Person { id, before: None, .. }) = Replaced::read(&text) else { continue };
        let Some(of) = account::of_person(connection, id)? else { continue };
        let is_used = !of.must_change || !device::of_person(connection, id)?.is_empty();
        if is_used || administers(connection, caller, id, &of.login, today)?.is_err() {
            continue;
        }
        let name = person::find(connection, id)?.map(|person| person.name).unwrap_or_default();
        found.push(Unused { person: id, login: of.login, name });
    }
    Ok(found)
}

/// What applying did.
pub struct Applied {
    pub tally: Tally,
    /// Whose scope changed.
    pub people: Vec<PersonId>,
}

/// Writes what was read; `passwords` were made for whoever was to have one a moment ago.
pub fn apply(
    tx: &Transaction<'_>,
    caller: Caller,
    sent: &Sent,
    passwords: &[FirstPassword],
    powers: &Powers,
) -> Done<Applied> {
    let now = powers.now();
    let ready = ready(tx, caller, sent, now.date())?;
    let made = passwords.iter().map(|first| (first.login.as_str(), first.name.as_str()));
    if !made.eq(ready.newcomers()) {
        return Err(Refusal::ImportChanged.into());
    }
    match ready {
        Ready::Write(plan) => {
            let written = file::write(tx, &plan, sent.digest.clone(), passwords, powers, Some(caller))?;
            Ok(Applied { tally: plan.tally(), people: written.people })
        }
        Ready::Again(unused) => {
            for (it, first) in unused.iter().zip(passwords) {
                accounts::reset(tx, it.person, &first.hash, now, Some(caller))?;
            }
            Ok(Applied { tally: Tally::default(), people: Vec::new() })
        }
        Ready::Nothing => Ok(Applied { tally: Tally::default(), people: Vec::new() }),
    }
}
