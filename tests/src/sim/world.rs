//! The people and places of a run, and who may see what: the run's own account of it, which knows nothing of the
//! server's grants. It is copied with the server's disk and put back with it.
use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use uuid::Uuid;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::document::{DocumentId, Owner};
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::{Person, Post, Role};
use zhucun_core::tenure::{Tenure, TenureRole};
use zhucun_server::store::account::ChosenBy;
use zhucun_server::store::person::Particulars;
use zhucun_server::store::post::PostRow;
use zhucun_server::store::{Transaction, Trouble, account, division, grant, person, post, tenure};

/// The day a run begins on.
pub const FIRST_DAY: Date = date(2016, 3, 7);
/// Days after the end of a tenure in which its holder still sees the village (docs/PROTOCOL.md).
const KEEP_DAYS: i64 = 30;
/// What somebody wrote stays theirs so long after a tenure that nobody assesses.
const UNASSESSED_DAYS: i64 = 365;

const COUNTY: &str = "629901";
const TOWNSHIPS: [&str; 2] = ["629901100", "629901101"];
pub const VILLAGES: [&str; 4] = ["629901100200", "629901100201", "629901101200", "629901101201"];

/// People by their place in `World::people`.
pub const SECRETARIES: [usize; 4] = [0, 1, 2, 3];
pub const MEMBER: usize = 4;
pub const REVIEWERS: [usize; 2] = [5, 6];
const NAMES: [&str; 7] = ["甲", "乙", "丙", "丁", "戊", "己", "庚"];

#[derive(Clone, Debug)]
pub struct World {
    pub people: Vec<Person>,
    pub tenures: Vec<Tenure>,
    /// Tenures there ever were: an id is given once, also by a server that was put back.
    pub given: u128,
    pub posts: Vec<(PersonId, PostRow)>,
    /// Tenures that the county assessed at their end.
    pub assessed: BTreeSet<TenureId>,
}

/// The first moment of a run: nine in the morning.
pub fn beginning() -> Moment {
    Moment::start_of(FIRST_DAY).plus_ms(9 * 3_600_000)
}

pub fn code(text: &str) -> DivisionCode {
    text.parse().expect("a code of the run")
}

pub fn village(at: usize) -> DivisionCode {
    code(VILLAGES[at])
}

pub fn township(at: usize) -> DivisionCode {
    code(TOWNSHIPS[at])
}

impl World {
    /// Four villages in two townships: a secretary in each, a team member in the first, a reviewer for each township.
    pub fn begin() -> Self {
        let people: Vec<Person> = NAMES
            .iter()
            .zip(1_u128..)
            .map(|(name, number)| Person { id: PersonId(Uuid::from_u128(number)), name: (*name).to_owned() })
            .collect();
        let mut world = World { people, tenures: Vec::new(), given: 0, posts: Vec::new(), assessed: BTreeSet::new() };
        for at in SECRETARIES {
            let posting = world.tenure(at, TenureRole::FirstSecretary, village(at), add_days(FIRST_DAY, -180));
            world.tenures.push(posting);
        }
        let posting = world.tenure(MEMBER, TenureRole::TeamMember, village(0), add_days(FIRST_DAY, -180));
        world.tenures.push(posting);
        for (at, who) in REVIEWERS.into_iter().enumerate() {
            let row = world.reviewing(at, add_days(FIRST_DAY, -180));
            world.posts.push((world.people[who].id, row));
        }
        world
    }

    /// The next tenure of a person.
    pub fn tenure(&mut self, who: usize, role: TenureRole, division: DivisionCode, arrived: Date) -> Tenure {
        self.given += 1;
        Tenure {
            id: TenureId(Uuid::from_u128(0x7e_0000 + self.given - 1)),
            person: self.people[who].id,
            role,
            division,
            batch: "2015".to_owned(),
            arrived,
            planned_end: add_days(arrived, 720),
            ended: None,
            reason: None,
        }
    }

    pub fn reviewing(&self, at: usize, from: Date) -> PostRow {
        PostRow { post: Post { role: Role::TownshipReviewer, division: township(at) }, from, to: None }
    }

    /// Writes the places and people into an empty database.
    pub fn settle_in(&self, tx: &Transaction<'_>) -> Result<(), Trouble> {
        let places = ["6299", COUNTY].into_iter().chain(TOWNSHIPS).chain(VILLAGES);
        for place in places {
            division::put(tx, &Division { code: code(place), name: format!("单位{place}") })?;
        }
        let now = beginning();
        for (at, known) in self.people.iter().enumerate() {
            person::put(tx, known.id, &Particulars { name: known.name.clone(), ..Particulars::default() })?;
            // Nobody types a password in a run.
            account::add(tx, known.id, &format!("person{at}"), "none", now)?;
            account::set_password(tx, known.id, "none", ChosenBy::Owner, now)?;
        }
        for posting in &self.tenures {
            tenure::put(tx, posting)?;
        }
        for (who, row) in &self.posts {
            post::put(tx, *who, row)?;
        }
        grant::settle(tx, Moment::start_of(FIRST_DAY))?;
        Ok(())
    }

    fn place_of(&self, document: DocumentId) -> Option<DivisionCode> {
        match document.owner() {
            Owner::Village(code) | Owner::Programme(code, _) => Some(code),
            Owner::Log(id) | Owner::Review(id) => {
                self.tenures.iter().find(|tenure| tenure.id == id).map(|tenure| tenure.division)
            }
            Owner::Draft(_) => None,
        }
    }

    /// Whether the document belongs to a place or a tenure of this world.
    pub fn knows(&self, document: DocumentId) -> bool {
        self.place_of(document).is_some()
    }

    /// Whether the person is entitled to the document on a day.
    pub fn reads(&self, who: PersonId, document: DocumentId, today: Date) -> bool {
        let Some(place) = self.place_of(document) else { return false };
        let (Owner::Log(id) | Owner::Review(id)) = document.owner() else { return self.sees(who, place, today) };
        // Who still has a term of theirs in a village has the earlier ones, too.
        let mut own = self.tenures.iter().filter(|tenure| (tenure.person, tenure.division) == (who, place));
        let keeps = |tenure: &Tenure| {
            let days = if self.assessed.contains(&tenure.id) { KEEP_DAYS } else { UNASSESSED_DAYS };
            tenure.arrived <= today && today <= add_days(tenure.last_day(), days)
        };
        let is_own = own.clone().any(|tenure| tenure.id == id);
        (is_own && own.any(keeps)) || self.sees(who, place, today)
    }

    /// Whether the person sees what is recorded in a village, or of the measures in a township.
    pub fn sees(&self, who: PersonId, place: DivisionCode, today: Date) -> bool {
        let in_team = self.tenures.iter().any(|tenure| {
            tenure.person == who
                && tenure.division == place
                && tenure.arrived <= today
                && today <= add_days(tenure.last_day(), KEEP_DAYS)
        });
        in_team || self.reviews(who, place, today)
    }

    /// Whether the person reviews what is recorded in a village.
    pub fn reviews(&self, who: PersonId, place: DivisionCode, today: Date) -> bool {
        self.posts.iter().any(|(holder, row)| {
            *holder == who
                && Some(row.post.division) == place.at(Level::Township)
                && row.from <= today
                && row.to.is_none_or(|to| today <= to)
        })
    }
}
