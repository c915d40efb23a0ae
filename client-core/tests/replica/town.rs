//! The people of these tests: a first secretary with two devices, a team member, and two reviewers of the township.
use std::collections::BTreeMap;

use jiff::civil::date;
use uuid::Uuid;
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::Moment;
use zhucun_core::division::{Division, DivisionCode};
use zhucun_core::document::DocumentId;
use zhucun_core::entry::Fields;
use zhucun_core::field::FieldValue;
use zhucun_core::id::{DeviceId, PersonId, TenureId};
use zhucun_core::person::{Person, Post, Role};
use zhucun_core::reference::Reference;
use zhucun_core::tenure::{Tenure, TenureRole};

/// 2016-03-01T10:00 in Shanghai.
pub const NOON: Moment = Moment(1_456_797_600_000);

pub fn village() -> DivisionCode {
    "621022103201".parse().expect("a village")
}

pub fn tenure() -> TenureId {
    TenureId(Uuid::from_u128(0x7e))
}

pub fn log() -> DocumentId {
    DocumentId::log(tenure())
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Who {
    Secretary,
    Member,
    Reviewer,
    Deputy,
}

impl Who {
    pub const ALL: [Who; 4] = [Who::Secretary, Who::Member, Who::Reviewer, Who::Deputy];

    pub fn person(self) -> Person {
        let (id, name) = match self {
            Who::Secretary => (1, "王磊"),
            Who::Member => (2, "李娟"),
            Who::Reviewer => (3, "赵强"),
            Who::Deputy => (4, "孙梅"),
        };
        Person { id: PersonId(Uuid::from_u128(id)), name: name.to_owned() }
    }

    fn post(self) -> Post {
        let township = "621022103".parse().expect("a township");
        match self {
            Who::Secretary => Post { role: Role::FirstSecretary, division: village() },
            Who::Member => Post { role: Role::TeamMember, division: village() },
            Who::Reviewer | Who::Deputy => Post { role: Role::TownshipReviewer, division: township },
        }
    }

    pub fn reference(self) -> Reference {
        let secretary = Who::Secretary.person().id;
        let (held_from, held_to) = (date(2015, 8, 1), date(2017, 7, 31));
        let held = Tenure {
            id: tenure(),
            person: secretary,
            role: TenureRole::FirstSecretary,
            division: village(),
            batch: "2015".to_owned(),
            arrived: held_from,
            planned_end: held_to,
            ended: None,
            reason: None,
        };
        Reference {
            posts: vec![self.post()],
            villages: vec![Division { code: village(), name: "城关村".to_owned() }],
            tenures: vec![held],
            people: Who::ALL.map(Who::person).to_vec(),
            calendar: Calendar::built_in().between(held_from, held_to),
            ..Reference::default()
        }
    }
}

/// A device of somebody.
pub fn device_of(who: Who) -> DeviceId {
    devices().into_iter().find(|(_, of)| *of == who).expect("everybody has a device").0
}

/// A form with these texts.
pub fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value))).collect()
}

/// The devices there are, and whose they are.
pub fn devices() -> BTreeMap<DeviceId, Who> {
    let all = [Who::Secretary, Who::Secretary, Who::Member, Who::Reviewer, Who::Deputy];
    all.into_iter().zip(1..).map(|(who, number)| (DeviceId(Uuid::from_u128(0xde00 + number)), who)).collect()
}
