//! The people of the demonstration, with their accounts, posts and tenures. One of each role has a login that is printed
//! at every start. All accounts have one password and share one hash: argon2 for each would take longer than everything
//! else, and the demonstration listens on the loopback address unless told otherwise.
use jiff::Span;
use jiff::civil::Date;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::id::{Dice, PersonId, TenureId};
use zhucun_core::person::{Person, Post, Role};
use zhucun_core::tenure::{Tenure, TenureRole};

use super::chance::Chance;
use super::city::City;
use super::name;
use crate::store::account::{self, ChosenBy};
use crate::store::audit::{self, Deed};
use crate::store::person::{self, Particulars};
use crate::store::post::{self, PostRow};
use crate::store::{Store, Trouble, grant, tenure};

/// What everybody signs in with. It satisfies the rules for passwords, and nobody is asked to replace it.
pub const PASSWORD: &str = "Zhucun-2015";

/// The logins that are printed, with the role each shows.
pub const OWN_LOGINS: [(&str, Role, &str); 7] = [
    ("demo-secretary", Role::FirstSecretary, "第一书记"),
    ("demo-member", Role::TeamMember, "工作队员"),
    ("demo-reviewer", Role::TownshipReviewer, "乡镇组织委员"),
    ("demo-county", Role::County, "县委组织部"),
    ("demo-city", Role::City, "市委组织部"),
    ("demo-admin", Role::Administrator, "管理员"),
    ("demo-auditor", Role::Auditor, "审计员"),
];

/// Weeks since the arrival of a first secretary, and how many of a hundred arrived then: most came with the last batch.
const ARRIVALS: [(usize, usize, usize); 3] = [(74, 4, 10), (18, 11, 20), (8, 21, 51)];
/// The demonstration's own secretary came so long ago.
const OWN_ARRIVAL_DAYS: i64 = 12 * 7 + 3;
/// One of so many villages has a team member.
const MEMBER_ONE_OF: usize = 6;
/// Posts above the village began so long ago.
const POST_DAYS: i64 = 2 * 365;

const UNITS: &[&str] = &[
    "财政局",
    "教育局",
    "农牧局",
    "林业局",
    "水务局",
    "交通运输局",
    "住房和城乡建设局",
    "人力资源和社会保障局",
    "民政局",
    "审计局",
    "统计局",
    "发展和改革委员会",
    "文化广播影视新闻出版局",
    "卫生局",
    "国土资源局",
    "环境保护局",
    "科学技术局",
    "司法局",
    "档案局",
    "人民检察院",
];

/// Somebody with an account and one posting.
pub struct Someone {
    pub person: Person,
    pub login: String,
    pub posting: Posting,
    particulars: Particulars,
}

pub enum Posting {
    Tenure(Tenure),
    Post(PostRow),
}

impl Someone {
    pub fn tenure(&self) -> Option<&Tenure> {
        match &self.posting {
            Posting::Tenure(tenure) => Some(tenure),
            Posting::Post(_) => None,
        }
    }
}

/// Everybody, as of `now`.
pub fn staff(city: &City, now: Moment, dice: &mut Dice) -> Vec<Someone> {
    let today = now.date();
    let mut staff = Vec::new();
    let mut add = |role: Role, division: DivisionCode, login: String| {
        let own = OWN_LOGINS.iter().find(|(_, of, _)| *of == role && city.is_own(role, division));
        let login = own.map_or(login, |(own, ..)| (*own).to_owned());
        staff.push(someone(role, division, login, today, now, dice));
    };
    for (township, villages) in &city.townships {
        for (place, village) in villages.iter().enumerate() {
            if village.has_secretary {
                add(Role::FirstSecretary, village.code, format!("s{}", village.code));
            }
            if village.code == city.own || (village.has_secretary && place % MEMBER_ONE_OF == MEMBER_ONE_OF - 1) {
                add(Role::TeamMember, village.code, format!("m{}", village.code));
            }
        }
        add(Role::TownshipReviewer, *township, format!("r{township}"));
    }
    for county in city.counties() {
        add(Role::County, county, format!("c{county}"));
    }
    if let Some(whole) = city.own.at(Level::City) {
        for (role, login) in [(Role::City, "city"), (Role::Administrator, "admin"), (Role::Auditor, "auditor")] {
            add(role, whole, login.to_owned());
        }
    }
    staff
}

fn someone(role: Role, division: DivisionCode, login: String, today: Date, now: Moment, dice: &mut Dice) -> Someone {
    let mut chance = Chance::of(&format!("someone {} {division}", role.code()));
    let (name, sex) = name::cadre(&mut chance);
    let person = Person { id: PersonId(dice.uuid_v7(now)), name: name.clone() };
    let young = role == Role::FirstSecretary;
    let age = if young { chance.between(25, 35) } else { chance.between(28, 55) };
    let born = i64::from(today.year()) - i64::try_from(age).unwrap_or(30);
    let particulars = Particulars {
        name,
        sex: sex.to_owned(),
        birth_month: format!("{born:04}-{:02}", chance.between(1, 12)),
        party: if chance.in_100(92) { "中共党员" } else { "群众" }.to_owned(),
        rank: ["科员", "副科级", "正科级"][chance.weighted(if young { &[80, 18, 2] } else { &[40, 40, 20] })]
            .to_owned(),
        unit: format!("庆阳市{}", chance.pick(UNITS)),
    };
    let posting = match role {
        Role::FirstSecretary | Role::TeamMember => {
            let arrived = match OWN_LOGINS.iter().any(|(own, ..)| *own == login) {
                true => add_days(today, -OWN_ARRIVAL_DAYS),
                false => arrival(&mut chance, today),
            };
            let year = Span::new().years(1);
            Posting::Tenure(Tenure {
                id: TenureId(dice.uuid_v7(now)),
                person: person.id,
                role: if young { TenureRole::FirstSecretary } else { TenureRole::TeamMember },
                division,
                batch: arrived.year().to_string(),
                arrived,
                planned_end: add_days(arrived.saturating_add(year), -1),
                ended: None,
                reason: None,
            })
        }
        _ => Posting::Post(PostRow { post: Post { role, division }, from: add_days(today, -POST_DAYS), to: None }),
    };
    Someone { person, login, posting, particulars }
}

fn arrival(chance: &mut Chance, today: Date) -> Date {
    let weights = ARRIVALS.map(|(cases, ..)| cases);
    let (_, first, last) = ARRIVALS[chance.weighted(&weights)];
    let days = chance.between(first * 7, last * 7);
    add_days(today, -i64::try_from(days).unwrap_or_default())
}

/// Writes them all in one transaction, with a line in the audit log for each account, as the roster's import does.
pub fn write(store: &Store, staff: &[Someone], hash: &str, now: Moment) -> Result<(), Trouble> {
    type Row = (PersonId, Particulars, String, Result<Tenure, PostRow>);
    let rows: Vec<Row> = staff
        .iter()
        .map(|one| {
            let posting = match &one.posting {
                Posting::Tenure(tenure) => Ok(tenure.clone()),
                Posting::Post(post) => Err(post.clone()),
            };
            (one.person.id, one.particulars.clone(), one.login.clone(), posting)
        })
        .collect();
    let hash = hash.to_owned();
    store.write_sync(move |tx| {
        for (id, particulars, login, posting) in &rows {
            person::put(tx, *id, particulars)?;
            account::add(tx, *id, login, &hash, now)?;
            account::set_password(tx, *id, &hash, ChosenBy::Owner, now)?;
            let (subject, detail) = (id.to_string(), String::new());
            audit::append(tx, &Deed { at: now, person: None, device: None, action: "account.added", subject, detail })?;
            match posting {
                Ok(it) => tenure::put(tx, it)?,
                Err(it) => post::put(tx, *id, it)?,
            }
        }
        grant::settle(tx, now).map(|_| ())
    })
}
