//! The places of the demonstration: the real divisions of Qingyang, and the villages that it takes as poor.
//!
//! The rule: of the village-level units whose name ends in 村委会 (1,260 of 1,392; the others are communities, farms and
//! zones), in the order of their codes, number i is marked when i·537/1260 passes a whole number, which spreads 537 marks
//! evenly over the city. Which villages really were poor is not known here: every mark is 演示数据. Of the marked ones
//! every twentieth has no first secretary.
use std::collections::BTreeMap;

use jiff::civil::Date;
use zhucun_core::clock::add_days;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::person::Role;

use crate::import::division::{self, Unit};
use crate::store::division::PoorVillage;

/// The city's 537, as the plan has them.
pub const POOR_VILLAGES: usize = 537;
const DIVISIONS: &[u8] = include_bytes!("../../data/qingyang-divisions.csv");
const VILLAGE: &str = "村委会";
/// Of so many poor villages, one waits for its first secretary: 19 of 20 are 95 %.
const VACANT_ONE_OF: usize = 20;
/// The marks began so long ago.
const POOR_DAYS: i64 = 3 * 365;

pub struct City {
    pub units: Vec<Unit>,
    /// Poor villages by township; the demonstration's own township is one with the most of them.
    pub townships: BTreeMap<DivisionCode, Vec<Village>>,
    /// Where the demonstration's own secretary, team member and reviewer work.
    pub own: DivisionCode,
}

/// A poor village of the demonstration.
pub struct Village {
    pub code: DivisionCode,
    pub has_secretary: bool,
}

impl City {
    /// The whole city, or the part of it inside `within`; nothing where no village there has a secretary.
    pub fn read(within: Option<DivisionCode>) -> Option<Self> {
        let units = division::read(DIVISIONS).expect("the table in the source is well formed");
        let mut townships: BTreeMap<DivisionCode, Vec<Village>> = BTreeMap::new();
        for (place, code) in poor(&units).into_iter().enumerate() {
            let inside = within.is_none_or(|within| within.contains(code));
            if let (true, Some(township)) = (inside, code.at(Level::Township)) {
                let has_secretary = place % VACANT_ONE_OF != VACANT_ONE_OF / 2;
                townships.entry(township).or_default().push(Village { code, has_secretary });
            }
        }
        let largest = townships.values().rev().max_by_key(|villages| villages.len());
        let own = largest.and_then(|villages| villages.iter().find(|village| village.has_secretary));
        let own = own?.code;
        Some(City { units, townships, own })
    }

    pub fn villages(&self) -> impl Iterator<Item = &Village> {
        self.townships.values().flatten()
    }

    /// The marks, as of `today`.
    pub fn poor_villages(&self, today: Date) -> Vec<(usize, PoorVillage)> {
        let from = add_days(today, -POOR_DAYS);
        let mark = |village: &Village| PoorVillage { code: village.code, from, to: None };
        self.villages().map(mark).enumerate().collect()
    }

    /// Whether a post there is the demonstration's own.
    pub fn is_own(&self, role: Role, division: DivisionCode) -> bool {
        role.level().map_or_else(|| division.contains(self.own), |level| self.own.at(level) == Some(division))
    }

    pub fn counties(&self) -> Vec<DivisionCode> {
        let mut counties: Vec<_> = self.townships.keys().filter_map(|code| code.at(Level::County)).collect();
        counties.dedup();
        counties
    }
}

/// The codes that the rule marks, in order.
fn poor(units: &[Unit]) -> Vec<DivisionCode> {
    let mut villages: Vec<DivisionCode> = units
        .iter()
        .map(|unit| &unit.division)
        .filter(|division| division.code.level() == Level::Village && division.name.ends_with(VILLAGE))
        .map(|division| division.code)
        .collect();
    villages.sort();
    let (count, marks) = (villages.len(), POOR_VILLAGES);
    let passes = |place: usize| (place + 1) * marks / count > place * marks / count;
    villages.into_iter().enumerate().filter(|(place, _)| passes(*place)).map(|(_, code)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_marks_exactly_537_villages_and_19_of_20_have_a_secretary() {
        let city = City::read(None).expect("the whole city");
        assert_eq!(city.villages().count(), POOR_VILLAGES);
        assert_eq!(city.counties().len(), 8);
        let staffed = city.villages().filter(|village| village.has_secretary).count();
        assert!((94..=96).contains(&(staffed * 100 / POOR_VILLAGES)), "{staffed}");
        let own = city.own.at(Level::Township).expect("a village lies in a township");
        let most = city.townships.values().map(Vec::len).max();
        assert_eq!(city.townships.get(&own).map(Vec::len), most);
    }

    #[test]
    fn a_part_of_the_city_has_the_marks_that_the_whole_has_there() {
        let city = City::read(None).expect("the whole city");
        let township = "621022100".parse().expect("a code of the test");
        let part = City::read(Some(township)).expect("a township of it");
        let codes = |city: &City| -> Vec<_> { city.townships[&township].iter().map(|village| village.code).collect() };
        assert_eq!(codes(&part), codes(&city));
        assert_eq!(part.townships.len(), 1);
    }
}
