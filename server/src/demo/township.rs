//! A township of the demonstration: its reviewer and those who log in its villages. Townships do not see each other, so
//! they live side by side.
use std::sync::Arc;

use zhucun_core::calendar::Calendar;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::tenure::TenureRole;

use super::author::Author;
use super::chance::Chance;
use super::city::City;
use super::diary::{Act, Mode, Work, Zeal, diary};
use super::reviewer::{Register, Reviewer};
use super::staff::{Posting, Someone};
use super::text::Texts;
use super::{Count, Done};
use crate::app::App;

/// Households of a poor village, and of the demonstration's own.
const HOUSEHOLDS: (usize, usize) = (8, 20);
const OWN_HOUSEHOLDS: usize = 40;
/// What comes back to the demonstration's own secretary in so many last days stays unanswered.
const LEFT_MS: i64 = 7 * 86_400_000;
/// The hour at which yesterday's visit is written down.
const LATELY_MS: i64 = 17 * 3_600_000;
/// Entries are finished so long before the end.
const LAST_ACT_MS: i64 = 15 * 60_000;

pub struct Township {
    reviewer: Reviewer,
    authors: Vec<Author>,
}

/// All townships of the city with their people, who will live until `end`.
pub fn townships(city: &City, staff: &[Someone], end: Moment) -> Vec<Township> {
    let calendar = Calendar::built_in();
    let township = |code: &DivisionCode| township(city, *code, staff, &calendar, end);
    city.townships.keys().filter_map(township).collect()
}

fn township(city: &City, code: DivisionCode, staff: &[Someone], calendar: &Calendar, end: Moment) -> Option<Township> {
    let holds = |one: &&Someone| matches!(&one.posting, Posting::Post(row) if row.post.division == code);
    let reviewer = staff.iter().find(holds)?;
    let own = city.own.at(Level::Township) == Some(code);
    let tenured = || staff.iter().filter_map(|one| Some((one, one.tenure()?)));
    let registers = city.townships[&code].iter().map(|village| {
        let helper = tenured().find(|(_, it)| it.division == village.code && it.role == TenureRole::FirstSecretary);
        let helper = helper.map(|(one, _)| one.person.name.clone()).unwrap_or_default();
        let mut chance = Chance::of(&format!("register {}", village.code));
        let households = chance.between(HOUSEHOLDS.0, HOUSEHOLDS.1);
        let households = if village.code == city.own { OWN_HOUSEHOLDS } else { households };
        Register { village: village.code, households, helper }
    });
    let registers = registers.collect();
    let reviewer = Reviewer::new(reviewer.person.clone(), code, registers, own.then_some(city.own), end);
    let here = tenured().filter(|(_, tenure)| code.contains(tenure.division));
    let authors = here.map(|(one, tenure)| {
        let is_own = tenure.division == city.own;
        let mut chance = Chance::of(&format!("diary {} {}", tenure.division, tenure.role.code()));
        let zeal = match is_own {
            true => Zeal { duties: 96, second_visits: 60 },
            false => Zeal { duties: chance.between(80, 99), second_visits: 12 },
        };
        let mut acts = diary(tenure, calendar, zeal, &mut chance, end.plus_ms(-LAST_ACT_MS));
        if is_own {
            // Whatever the dice said, something fresh waits for the reviewer.
            let on = add_days(end.date(), -1);
            let at = Moment::start_of(on).plus_ms(LATELY_MS);
            acts.push_back(Act { at, work: Work::Visit { on, mode: Mode::Home } });
            acts.make_contiguous().sort_by_key(|act| act.at);
        }
        Author::new(one.person.clone(), tenure.clone(), acts, is_own.then(|| end.plus_ms(-LEFT_MS)))
    });
    Some(Township { reviewer, authors: authors.collect() })
}

impl Township {
    /// Everybody lives on until `now`.
    pub async fn live(&mut self, app: &App, texts: &Arc<Texts>, now: Moment) -> Done<Count> {
        let mut count = self.reviewer.live(app, texts, now).await?;
        for author in &mut self.authors {
            count.add(author.live(app, texts, now).await?);
        }
        Ok(count)
    }

    pub async fn finish(&mut self, app: &App, now: Moment) -> Done<()> {
        for author in &mut self.authors {
            author.finish(app, now).await?;
        }
        self.reviewer.finish(app, now).await
    }
}
