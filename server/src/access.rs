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

    /// How much the person may be told of the households of this unit.
    pub fn names(&self, unit: DivisionCode) -> Names {
        if self.replicates(unit) { Names::Whole } else { Names::Masked }
    }

    /// Whether documents of this village go to the person's phone.
    pub fn replicates(&self, village: DivisionCode) -> bool {
        self.replicated.iter().any(|top| top.contains(village))
    }
}

/// What is told of households: documents stop at the township, and above it names are masked and nobody's own words are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    Whole,
    Masked,
}

impl Names {
    /// The name of the head of a household: 张*明.
    pub fn of_household(self, head: &str) -> String {
        match self {
            Names::Whole => head.to_owned(),
            Names::Masked => masked(head),
        }
    }
}

/// The first and the last character of a name; of one of two the first alone, of a shorter one none.
fn masked(name: &str) -> String {
    let length = name.chars().count();
    let shown = |at: usize| length > 1 && (at == 0 || (at == length - 1 && length > 2));
    name.chars().enumerate().map(|(at, character)| if shown(at) { character } else { '*' }).collect()
}

/// Whether someone with these posts may reset the password of someone who holds, or will hold, those: the level above,
/// inside its own division, for every post of theirs. Nobody can take over an account that can do more than their own.
pub fn may_reset(posts: &[Post], theirs: &[Post]) -> bool {
    !theirs.is_empty() && theirs.iter().all(|their| posts.iter().any(|own| stands_above(own, their)))
}

/// The divisions whose accounts someone with these posts administers.
pub fn administered(posts: &[Post]) -> Vec<DivisionCode> {
    posts.iter().filter(|post| post.role == Role::Administrator).map(|post| post.division).collect()
}

/// Whether someone with these posts places people in a village: ends tenures, transfers, names successors.
pub fn may_place(posts: &[Post], village: DivisionCode) -> bool {
    let places = |post: &&Post| matches!(post.role, Role::County | Role::Administrator);
    posts.iter().filter(places).any(|post| post.division.contains(village))
}

/// Whether someone with these posts sees how somebody was chosen for a village.
pub fn may_see_posting(posts: &[Post], village: DivisionCode) -> bool {
    let sees = |post: &Post| post.role == Role::City && post.division.contains(village);
    may_place(posts, village) || posts.iter().any(sees)
}

/// The divisions whose audit log someone with these posts reads.
pub fn audited(posts: &[Post]) -> Vec<DivisionCode> {
    posts.iter().filter(|post| post.role == Role::Auditor).map(|post| post.division).collect()
}

/// Whether someone with these posts may lock an account, unlock it and shut out its devices, whose owner holds, will hold or
/// held last those: an administrator, of all of them; of those who watch and of other administrators, one from above.
pub fn may_administer(posts: &[Post], theirs: &[Post]) -> bool {
    let tops = administered(posts);
    !theirs.is_empty() && theirs.iter().all(|their| tops.iter().any(|top| stands_over(*top, their)))
}

/// Whether someone with these posts gives and takes a post or a posting: an administrator, inside the division; posts of
/// those who watch and of other administrators, one from above.
pub fn may_appoint(posts: &[Post], post: &Post) -> bool {
    administered(posts).into_iter().any(|top| stands_over(top, post))
}

/// Whether an administrator of a division stands over a post.
fn stands_over(top: DivisionCode, their: &Post) -> bool {
    let is_peer = matches!(their.role, Role::Administrator | Role::Auditor) && top == their.division;
    top.contains(their.division) && !is_peer
}

fn stands_above(own: &Post, their: &Post) -> bool {
    let role = match own.role {
        Role::TownshipReviewer => matches!(their.role, Role::FirstSecretary | Role::TeamMember),
        Role::County => matches!(their.role, Role::FirstSecretary | Role::TeamMember | Role::TownshipReviewer),
        Role::City => their.role == Role::County,
        Role::Administrator => stands_over(own.division, their),
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
    fn names_of_households_are_whole_in_their_township_and_masked_above_it() {
        let township: DivisionCode = "621022103".parse().expect("a code");
        let told = |posts: &[Post]| Scope::of(posts).names(township);
        let reviewer = post(Role::TownshipReviewer, "621022103");
        let county = post(Role::County, "621022");
        assert_eq!(told(&[reviewer]), Names::Whole);
        assert_eq!(told(&[county, reviewer]), Names::Whole);
        for above in [county, post(Role::City, "6210"), post(Role::TownshipReviewer, "621022104")] {
            assert_eq!(told(&[above]), Names::Masked, "{above:?}");
        }
        assert_eq!(
            told(&[county, post(Role::FirstSecretary, "621022103201")]),
            Names::Masked,
            "one village of several"
        );
        for (head, masked) in [
            ("张小明", "张*明"),
            ("张三", "张*"),
            ("欧阳小明", "欧**明"),
            ("张", "*"),
            ("", ""),
            ("买买提·艾力", "买****力"),
        ] {
            assert_eq!(Names::Masked.of_household(head), masked);
            assert_eq!(Names::Whole.of_household(head), head);
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
            (admin, post(Role::Auditor, "621022"), false),
            (admin, post(Role::Administrator, "621022"), false),
            (post(Role::Administrator, "6210"), post(Role::Auditor, "621022"), true),
            (post(Role::Administrator, "6210"), post(Role::Administrator, "6210"), false),
        ] {
            assert_eq!(may_reset(&[own], &[their]), may, "{own:?} {their:?}");
        }
        assert!(!may_reset(&[reviewer], &[secretary, admin]), "a second post above is out of reach");
        assert!(!may_reset(&[admin], &[]), "who holds nothing is reset from the command line");
    }

    #[test]
    fn accounts_are_locked_by_an_administrator_of_all_that_their_owner_holds_and_by_nobody_else() {
        let secretary = post(Role::FirstSecretary, "621022103201");
        let county = post(Role::County, "621022");
        let city = post(Role::City, "6210");
        let admin = post(Role::Administrator, "621022");
        for (own, theirs, may) in [
            (admin, vec![secretary], true),
            (admin, vec![secretary, county], true),
            (admin, vec![secretary, city], false),
            (admin, vec![post(Role::County, "621023")], false),
            (admin, vec![], false),
            (county, vec![secretary], false),
            (city, vec![secretary], false),
            (post(Role::Auditor, "6210"), vec![secretary], false),
        ] {
            assert_eq!(may_administer(&[own], &theirs), may, "{own:?} {theirs:?}");
        }
        assert_eq!(administered(&[secretary, admin, city]), [admin.division]);
        let village = secretary.division;
        for (own, places, sees) in [
            (county, true, true),
            (admin, true, true),
            (city, false, true),
            (post(Role::County, "621023"), false, false),
            (post(Role::TownshipReviewer, "621022103"), false, false),
            (secretary, false, false),
            (post(Role::Auditor, "6210"), false, false),
        ] {
            assert_eq!((may_place(&[own], village), may_see_posting(&[own], village)), (places, sees), "{own:?}");
        }
        let auditor = post(Role::Auditor, "621022");
        assert_eq!(audited(&[secretary, admin, city, county]), []);
        assert_eq!((audited(&[admin, auditor]), administered(&[auditor])), (vec![auditor.division], vec![]));
    }
}
