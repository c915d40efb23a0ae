//! The people and places of a test: a county with townships and villages, a first secretary for each village, a reviewer
//! for each township, desks above. They are made through the server's own functions, before it starts; one password and
//! one hash serve all, since hashing is slow on purpose.
use std::path::Path;

use jiff::civil::Date;
use uuid::Uuid;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::{Post, Role};
use zhucun_core::tenure::{Tenure, TenureRole};
use zhucun_server::accounts::password;
use zhucun_server::app::{App, DATABASE};
use zhucun_server::power::Powers;
use zhucun_server::store::account::ChosenBy;
use zhucun_server::store::person::Particulars;
use zhucun_server::store::post::PostRow;
use zhucun_server::store::{Store, Trouble, account, division, grant, person, post, tenure};

/// Everybody's password in a test.
pub const PASSWORD: &str = "Pailiang-2015";

/// Villages of one township of a test.
pub const TOWNSHIP_VILLAGES: usize = 20;

pub struct Town {
    pub villages: Vec<DivisionCode>,
    pub today: Date,
    pub now: Moment,
}

impl Town {
    /// Makes a town of so many villages in an empty data folder, as of the machine's clock.
    pub fn found(data: &Path, villages: usize) -> Self {
        let powers = Powers::of_this_machine();
        let now = powers.now();
        drop(App::open(data, powers).expect("an empty folder takes a database"));
        let store = Store::open(data.join(DATABASE)).expect("the database just made");
        let town = Town { villages: (0..villages).map(village).collect(), today: now.date(), now };
        let (places, today) = (town.villages.clone(), town.today);
        let hash = password::hash(PASSWORD, [7; 16]);
        let made: Result<(), Trouble> = store.write_sync(move |tx| {
            let unit = |code: DivisionCode| Division { code, name: format!("单位{code}") };
            division::put(tx, &unit(code("6299")))?;
            division::put(tx, &unit(code("629901")))?;
            let settle = |number: u128, login: String, role: Role, place: DivisionCode| -> Result<(), Trouble> {
                let id = person_id(number);
                person::put(tx, id, &Particulars { name: format!("某{number}"), ..Particulars::default() })?;
                account::add(tx, id, &login, &hash, now)?;
                account::set_password(tx, id, &hash, ChosenBy::Owner, now)?;
                if place.level() == Level::Village {
                    return tenure::put(tx, &posting(id, place, today));
                }
                post::put(tx, id, &PostRow { post: Post { role, division: place }, from: today, to: None })
            };
            for (at, place) in places.iter().enumerate() {
                if at % TOWNSHIP_VILLAGES == 0 {
                    let township = place.at(Level::Township).expect("a village lies in a township");
                    division::put(tx, &unit(township))?;
                    let number = (at / TOWNSHIP_VILLAGES) as u128;
                    settle(1_000_000 + number, reviewer_login(number as usize), Role::TownshipReviewer, township)?;
                }
                division::put(tx, &unit(*place))?;
                settle(at as u128 + 1, secretary_login(at), Role::FirstSecretary, *place)?;
            }
            settle(2_000_000, "county".to_owned(), Role::County, code("629901"))?;
            settle(2_000_001, "city".to_owned(), Role::City, code("6299"))?;
            grant::settle(tx, Moment::start_of(today))?;
            Ok(())
        });
        made.expect("the people of the town");
        town
    }

    /// The tenure of the secretary in a village.
    pub fn tenure(&self, at: usize) -> TenureId {
        posting(person_id(at as u128 + 1), self.villages[at], self.today).id
    }
}

fn posting(person: PersonId, place: DivisionCode, today: Date) -> Tenure {
    Tenure {
        id: TenureId(Uuid::from_u128(u128::from(place.number()) << 64)),
        person,
        role: TenureRole::FirstSecretary,
        division: place,
        batch: "2015".to_owned(),
        arrived: add_days(today, -180),
        planned_end: add_days(today, 180),
        ended: None,
        reason: None,
    }
}

pub fn person_id(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

pub fn secretary_login(at: usize) -> String {
    format!("secretary{at}")
}

pub fn reviewer_login(township: usize) -> String {
    format!("reviewer{township}")
}

fn village(at: usize) -> DivisionCode {
    code(&format!("629901{:03}{:03}", 100 + at / TOWNSHIP_VILLAGES, 200 + at % TOWNSHIP_VILLAGES))
}

fn code(text: &str) -> DivisionCode {
    text.parse().expect("a code of the test")
}
