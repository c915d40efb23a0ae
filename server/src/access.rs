//! Who may see and do what, by posts and divisions. Pure: posts in, verdict out. The rules about documents are the
//! core's; these are the desk's.
use zhucun_core::division::DivisionCode;
use zhucun_core::person::{Post, Role};

/// What a person may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Units whose figures the person may read at a desk, with everything below them.
    pub desk: Vec<DivisionCode>,
    /// Villages, or townships with all their villages, whose documents the person's phone holds.
    pub replicated: Vec<DivisionCode>,
}

impl Scope {
    pub fn of(posts: &[Post]) -> Self {
        let mut scope = Self::default();
        for post in posts {
            match post.role {
                Role::FirstSecretary | Role::TeamMember => scope.replicated.push(post.division),
                Role::TownshipReviewer => {
                    scope.replicated.push(post.division);
                    scope.desk.push(post.division);
                }
                Role::County | Role::City => scope.desk.push(post.division),
                // Accounts and the log of deeds only; no field data.
                Role::Administrator | Role::Auditor => {}
            }
        }
        scope
    }

    /// Whether the person may read the figures of this unit.
    pub fn may_read_figures(&self, unit: DivisionCode) -> bool {
        self.desk.iter().any(|top| top.contains(unit))
    }

    /// Whether documents of this village go to the person's phone.
    pub fn replicates(&self, village: DivisionCode) -> bool {
        self.replicated.iter().any(|top| top.contains(village))
    }
}

/// Whether someone with these posts may reset the password of someone who holds, or will hold, those: the level above,
/// inside its own division, for every post of theirs. Nobody can take over an account that can do more than their own.
pub fn may_reset(posts: &[Post], theirs: &[Post]) -> bool {
    !theirs.is_empty() && theirs.iter().all(|their| posts.iter().any(|own| stands_above(own, their)))
}

fn stands_above(own: &Post, their: &Post) -> bool {
    let role = match own.role {
        Role::TownshipReviewer => matches!(their.role, Role::FirstSecretary | Role::TeamMember),
        Role::County => matches!(their.role, Role::FirstSecretary | Role::TeamMember | Role::TownshipReviewer),
        Role::City => their.role == Role::County,
        Role::Administrator => true,
        Role::FirstSecretary | Role::TeamMember | Role::Auditor => false,
    };
    role && own.division.contains(their.division)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(role: Role, code: &str) -> Post {
        Post { role, division: code.parse().expect("a code of the test") }
    }

    #[test]
    fn a_secretary_holds_a_village_a_reviewer_a_township_and_desks_hold_nothing() {
        let village: DivisionCode = "621022103201".parse().expect("a code");
        let neighbour: DivisionCode = "621022103202".parse().expect("a code");
        for (role, code, own, next, desk) in [
            (Role::FirstSecretary, "621022103201", true, false, None),
            (Role::TeamMember, "621022103201", true, false, None),
            (Role::TownshipReviewer, "621022103", true, true, Some("621022103")),
            (Role::County, "621022", false, false, Some("621022")),
            (Role::City, "6210", false, false, Some("6210")),
            (Role::Administrator, "6210", false, false, None),
            (Role::Auditor, "6210", false, false, None),
        ] {
            let scope = Scope::of(&[post(role, code)]);
            assert_eq!((scope.replicates(village), scope.replicates(neighbour)), (own, next), "{role:?}");
            assert_eq!(scope.may_read_figures(village), desk.is_some(), "{role:?}");
            if let Some(desk) = desk {
                let above = desk.parse::<DivisionCode>().expect("a code").parent();
                assert!(above.is_none_or(|above| !scope.may_read_figures(above)), "{role:?}");
            }
        }
    }

    #[test]
    fn a_password_is_reset_by_the_level_above_in_its_own_division_and_by_nobody_else() {
        let secretary = post(Role::FirstSecretary, "621022103201");
        let reviewer = post(Role::TownshipReviewer, "621022103");
        let county = post(Role::County, "621022");
        let city = post(Role::City, "6210");
        let admin = post(Role::Administrator, "621022");
        for (own, their, may) in [
            (reviewer, secretary, true),
            (post(Role::TownshipReviewer, "621022104"), secretary, false),
            (reviewer, reviewer, false),
            (county, secretary, true),
            (county, reviewer, true),
            (county, county, false),
            (post(Role::County, "621023"), reviewer, false),
            (city, county, true),
            (city, secretary, false),
            (admin, county, true),
            (admin, city, false),
            (secretary, secretary, false),
            (post(Role::Auditor, "6210"), secretary, false),
        ] {
            assert_eq!(may_reset(&[own], &[their]), may, "{own:?} {their:?}");
        }
        assert!(!may_reset(&[reviewer], &[secretary, admin]), "a second post above is out of reach");
        assert!(!may_reset(&[admin], &[]), "who holds nothing is reset from the command line");
    }
}
