//! What tables about people in office share: whose tenure a login means, and who may decide about it.
use jiff::civil::Date;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::id::PersonId;
use zhucun_core::person::Role;
use zhucun_core::tenure::Tenure;

use super::mistake::{Mistake, Wrong};
use crate::store::{Connection, Trouble, account, post, tenure};

/// All rows, or every mistake.
pub(super) fn collect<T>(rows: impl Iterator<Item = Result<T, Mistake>>) -> Result<Vec<T>, Vec<Mistake>> {
    let (mut found, mut mistakes) = (Vec::new(), Vec::new());
    for row in rows {
        match row {
            Ok(row) => found.push(row),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(found) } else { Err(mistakes) }
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, Wrong> {
    match text {
        "yes" | "是" => Ok(true),
        "no" | "否" => Ok(false),
        _ => Err(Wrong::other(format!("“{text}”: write yes/是 or no/否"))),
    }
}

/// A person's tenures, the first one first.
pub(super) fn tenures(connection: &Connection, login: &str) -> Result<Vec<Tenure>, Trouble> {
    match account::by_login(connection, login)? {
        Some(account) => tenure::of_person(connection, account.person),
        None => Ok(Vec::new()),
    }
}

/// The tenure that a login is in on a day.
pub(super) fn on(connection: &Connection, login: &str, day: Date) -> Result<Option<Tenure>, Trouble> {
    let tenures = tenures(connection, login)?;
    Ok(tenures.into_iter().find(|tenure| tenure.covers(day)))
}

/// Who decides, if the login is somebody of that level or above over the village on one of these days; a sentence if not.
pub(super) fn authority(
    connection: &Connection,
    login: &str,
    level: Level,
    village: DivisionCode,
    days: [Date; 2],
) -> Result<Result<PersonId, String>, Trouble> {
    let Some(account) = account::by_login(connection, login)? else {
        return Ok(Err(format!("no account has the login {login}")));
    };
    let roles: &[Role] = match level {
        Level::Township | Level::Village => &[Role::TownshipReviewer, Role::County, Role::City],
        Level::County => &[Role::County, Role::City],
        Level::City => &[Role::City],
    };
    let mut posts = post::held(connection, account.person, days[0])?;
    posts.extend(post::held(connection, account.person, days[1])?);
    let may = posts.iter().any(|post| roles.contains(&post.role) && post.division.contains(village));
    Ok(may.then_some(account.person).ok_or_else(|| {
        let who = if level == Level::County { "the county" } else { "the township or the county" };
        format!("{who} decides here, and {login} does not stand for it over {village}")
    }))
}
