//! Who may read and write what: pure functions over a person's posts and a document's place, used by the server before
//! it takes or gives anything and by the phone before it offers a button.
use jiff::civil::Date;

use crate::division::{DivisionCode, Level};
use crate::document::{DocumentId, Owner};
use crate::id::PersonId;
use crate::person::{Post, Role};
use crate::reference::Reference;

/// Where a document belongs: its village, or the unit whose programme it is; and for the documents of one person, whose they
/// are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub division: DivisionCode,
    pub holder: Option<PersonId>,
}

/// Who asks: a person with the posts held today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub person: PersonId,
    pub posts: Vec<Post>,
    /// Those villages of the posts that the person has left: there they have what they wrote themselves, with what was said of
    /// it, and nothing else.
    pub left: Vec<DivisionCode>,
}

impl Caller {
    fn holds(&self, role: Role, village: DivisionCode) -> bool {
        self.posts.iter().any(|post| post.role == role && post.division.contains(village))
    }

    fn worked_in(&self, village: DivisionCode) -> bool {
        self.holds(Role::FirstSecretary, village) || self.holds(Role::TeamMember, village)
    }

    fn in_team(&self, village: DivisionCode) -> bool {
        self.worked_in(village) && !self.left.contains(&village)
    }
}

/// Whether the document replicates to this person's devices. Documents stop at the township: county and city read
/// masked rows through the JSON API.
pub fn may_read(caller: &Caller, document: DocumentId, place: Place) -> bool {
    let own = place.holder == Some(caller.person);
    match document.owner() {
        Owner::Draft(_) => own,
        Owner::Log(_) | Owner::Review(_) if own && caller.worked_in(place.division) => true,
        Owner::Log(_) | Owner::Review(_) | Owner::Village(_) => {
            caller.in_team(place.division) || caller.holds(Role::TownshipReviewer, place.division)
        }
        Owner::Programme(unit, _) => unit.level() == Level::Township && keeps_programme(caller, unit),
    }
}

/// Whether this person records what a unit does of the measures 2 to 8: who works there.
pub fn keeps_programme(caller: &Caller, unit: DivisionCode) -> bool {
    let role = match unit.level() {
        Level::City => Role::City,
        Level::County => Role::County,
        Level::Township => Role::TownshipReviewer,
        Level::Village => return false,
    };
    caller.posts.iter().any(|post| post.role == role && post.division == unit)
}

/// Whether this person may write to the document at all; what may be written where is the document's shape.
pub fn may_write(caller: &Caller, document: DocumentId, place: Place) -> bool {
    let own = place.holder == Some(caller.person);
    match document.owner() {
        Owner::Draft(_) => own,
        Owner::Log(_) => own && caller.worked_in(place.division),
        Owner::Review(_) => caller.holds(Role::TownshipReviewer, place.division),
        Owner::Village(_) => caller.in_team(place.division) || caller.holds(Role::TownshipReviewer, place.division),
        Owner::Programme(unit, _) => keeps_programme(caller, unit),
    }
}

/// Whether this person may say that a household added by hand is one of the register.
pub fn may_verify(caller: &Caller, village: DivisionCode) -> bool {
    caller.holds(Role::TownshipReviewer, village)
}

/// The place of a document by the reference data at hand; `None` when its tenure is not known here.
pub fn place(reference: &Reference, me: PersonId, document: DocumentId) -> Option<Place> {
    match document.owner() {
        Owner::Draft(_) => {
            let village =
                reference.posts.iter().map(|post| post.division).find(|code| code.level() == Level::Village)?;
            Some(Place { division: village, holder: Some(me) })
        }
        Owner::Village(division) | Owner::Programme(division, _) => Some(Place { division, holder: None }),
        Owner::Log(tenure) | Owner::Review(tenure) => {
            let tenure = reference.tenure(tenure)?;
            Some(Place { division: tenure.division, holder: Some(tenure.person) })
        }
    }
}

/// The tenure under which `person` logs on `day`: the one that covers it, or else the last that began before it, so that
/// work at the end of a term can still be written down.
pub fn logging_tenure(reference: &Reference, person: PersonId, day: Date) -> Option<&crate::tenure::Tenure> {
    let mine = || reference.tenures.iter().filter(|tenure| tenure.person == person);
    let on_the_day = mine().filter(|tenure| tenure.covers(day)).max_by_key(|tenure| tenure.arrived);
    on_the_day.or_else(|| mine().max_by_key(|tenure| tenure.arrived))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::document::Year;
    use crate::id::{EntryId, TenureId};

    const VILLAGE: &str = "621022103201";

    fn code(text: &str) -> DivisionCode {
        text.parse().expect("a code of the test")
    }

    fn caller(person: u128, role: Role, division: &str) -> Caller {
        let posts = vec![Post { role, division: code(division) }];
        Caller { person: PersonId(Uuid::from_u128(person)), posts, left: Vec::new() }
    }

    #[test]
    fn everyone_reads_and_writes_what_is_theirs_and_nothing_else() {
        let place = Place { division: code(VILLAGE), holder: Some(PersonId(Uuid::from_u128(1))) };
        let log = DocumentId::log(TenureId(Uuid::from_u128(9)));
        let review = DocumentId::review(TenureId(Uuid::from_u128(9)));
        let village = DocumentId::village(code(VILLAGE));
        let draft = DocumentId::draft(EntryId(Uuid::from_u128(8)));
        let programme = programme("621022103");
        let documents = [log, review, village, draft, programme];
        let rights = |caller: Caller| {
            documents.map(|document| {
                let (read, write) = (may_read(&caller, document, place), may_write(&caller, document, place));
                assert!(read || !write, "who writes reads");
                (read, write)
            })
        };
        let (none, read, both) = ((false, false), (true, false), (true, true));
        assert_eq!(rights(caller(1, Role::FirstSecretary, VILLAGE)), [both, read, both, both, none]);
        assert_eq!(rights(caller(2, Role::TeamMember, VILLAGE)), [read, read, both, none, none]);
        assert_eq!(rights(caller(3, Role::TownshipReviewer, "621022103")), [read, both, both, none, both]);
        let who_left = |person, role| Caller { left: vec![code(VILLAGE)], ..caller(person, role, VILLAGE) };
        assert_eq!(rights(who_left(1, Role::FirstSecretary)), [both, read, none, both, none]);
        assert_eq!(rights(who_left(2, Role::TeamMember)), [none; 5], "nothing there is theirs");
        assert_eq!(rights(caller(2, Role::FirstSecretary, "621022103202")), [none; 5]);
        assert_eq!(rights(caller(3, Role::TownshipReviewer, "621022104")), [none; 5]);
        for (role, division) in [(Role::County, "621022"), (Role::City, "6210"), (Role::Administrator, "6210")] {
            assert_eq!(rights(caller(4, role, division)), [none; 5], "{role:?}");
        }
    }

    fn programme(unit: &str) -> DocumentId {
        DocumentId::programme(code(unit), Year::new(2015).expect("a year"))
    }

    #[test]
    fn a_programme_is_kept_by_those_who_work_at_its_unit_and_goes_to_the_phones_of_a_township_alone() {
        for (role, own) in [(Role::TownshipReviewer, "621022103"), (Role::County, "621022"), (Role::City, "6210")] {
            for unit in ["6210", "621022", "621022103", "621022104", "621023"] {
                let place = Place { division: code(unit), holder: None };
                let caller = caller(4, role, own);
                assert_eq!(may_write(&caller, programme(unit), place), unit == own, "{role:?} {unit}");
                let reads = unit == own && role == Role::TownshipReviewer;
                assert_eq!(may_read(&caller, programme(unit), place), reads, "{role:?} {unit}");
            }
        }
    }

    #[test]
    fn one_who_left_the_village_writes_to_its_log_no_more() {
        let place = Place { division: code(VILLAGE), holder: Some(PersonId(Uuid::from_u128(1))) };
        let log = DocumentId::log(TenureId(Uuid::from_u128(9)));
        assert!(!may_write(&caller(1, Role::FirstSecretary, "621022103202"), log, place));
    }
}
