//! Who may have the archive 个人工作纪实档案 of a tenure, and how much is told in it: its holder, as long as their phone keeps
//! what they wrote, and the township read all of it; above the township, and later, names are masked and nobody's words are
//! told.
use zhucun_core::clock::Moment;
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::Post;
use zhucun_core::tenure::Tenure;

use crate::access::{Names, Scope};
use crate::accounts::Caller;
use crate::refusal::Refusal;
use crate::store::{Connection, Fault, grant, post, tenure};

/// The tenure whose archive the caller may have, and what may be told in it.
pub fn readable(
    connection: &Connection,
    caller: Caller,
    id: TenureId,
    now: Moment,
) -> Result<(Tenure, Names), Fault<Refusal>> {
    let posts = post::held(connection, caller.person, now.date())?;
    let tenure = tenure::find(connection, id)?.ok_or(Refusal::NotFound)?;
    let grants = grant::all(connection, caller.person)?;
    let is_kept = grants.iter().any(|grant| grant.tenure == Some(id) && grant.gone.is_none());
    let names = names(&tenure, caller.person, &posts, is_kept).ok_or(Refusal::NotFound)?;
    Ok((tenure, names))
}

/// What may be told of a tenure to a person with these posts; nothing to whom it does not concern.
fn names(tenure: &Tenure, person: PersonId, posts: &[Post], is_kept: bool) -> Option<Names> {
    let (scope, is_own) = (Scope::of(posts), tenure.person == person);
    match scope.may_read_figures(tenure.division) {
        _ if is_own && is_kept => Some(Names::Whole),
        true => Some(scope.names(tenure.division)),
        false => is_own.then_some(Names::Masked),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use zhucun_core::person::Role;
    use zhucun_core::tenure::TenureRole;

    use super::*;

    const HOLDER: PersonId = PersonId(Uuid::from_u128(1));
    const OTHER: PersonId = PersonId(Uuid::from_u128(2));

    fn told(person: PersonId, post: Option<(Role, &str)>, is_kept: bool) -> Option<Names> {
        let tenure = Tenure {
            id: TenureId(Uuid::from_u128(3)),
            person: HOLDER,
            role: TenureRole::FirstSecretary,
            division: "621022103201".parse().expect("a code of the test"),
            batch: "2015".to_owned(),
            arrived: "2015-09-16".parse().expect("a day"),
            planned_end: "2016-09-15".parse().expect("a day"),
            ended: None,
            reason: None,
        };
        let post = post.map(|(role, code)| Post { role, division: code.parse().expect("a code of the test") });
        names(&tenure, person, post.as_slice(), is_kept)
    }

    #[test]
    fn its_holder_has_it_whole_as_long_as_it_is_on_the_phone_and_masked_later() {
        for (is_kept, names) in [(true, Names::Whole), (false, Names::Masked)] {
            assert_eq!(told(HOLDER, None, is_kept), Some(names));
        }
    }

    #[test]
    fn the_township_has_it_whole_those_above_masked_and_nobody_else_at_all() {
        for (role, code, names) in [
            (Role::TownshipReviewer, "621022103", Some(Names::Whole)),
            (Role::TownshipReviewer, "621022104", None),
            (Role::County, "621022", Some(Names::Masked)),
            (Role::County, "621023", None),
            (Role::City, "6210", Some(Names::Masked)),
            (Role::FirstSecretary, "621022103201", None),
            (Role::TeamMember, "621022103201", None),
            (Role::Administrator, "6210", None),
            (Role::Auditor, "6210", None),
        ] {
            assert_eq!(told(OTHER, Some((role, code)), false), names, "{role:?} {code}");
        }
        assert_eq!(told(OTHER, None, false), None);
    }
}
