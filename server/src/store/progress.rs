//! How far the eight measures of the plan are, in a unit and a year: each indicator computed from what was recorded, and
//! beside it what it is measured against. Nothing is ranked, and nothing here is typed by anybody.
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use zhucun_core::assessment::Grade;
use zhucun_core::clock::Moment;
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::duty::Tally;
use zhucun_core::entry::EntryKind;
use zhucun_core::id::TenureId;
use zhucun_core::programme::{
    self, Counts, FIRST_YEAR, Indicator, Item, LAST_YEAR, PER, PROGRAMME, PROGRAMMES, Part, RecordKind, Unit, VALUE,
};
use zhucun_core::tenure::TenureRole;

use super::division::PoorVillage;
use super::read_model::Courses;
use super::{Connection, Trouble, assessment, division, programme as records, read_model, tenure};

/// The first and the last year that may be asked for.
pub const YEARS: (i16, i16) = (2000, 2100);

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Indicator(Indicator),
    /// One of the seven ones, of measure 1.
    Duty(EntryKind),
}

/// A number, and of how many it is, where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    pub number: i64,
    pub of: Option<i64>,
    /// Of the number, in poor villages.
    pub poor: Option<i64>,
}

/// What was set to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub value: i64,
    pub first_year: i64,
    pub last_year: i64,
    /// In each of the years, rather than in all of them together.
    pub each_year: bool,
}

/// One indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub subject: Subject,
    pub target: Option<Target>,
    /// In the year; of what is held rather than done, at its end or today. Nothing where records bear no day.
    pub current: Option<Amount>,
    /// From the first year of the target on, or from the first record, to the end of the year or today. Of the seven ones, over
    /// the tenures of those in post today, and told with this year alone.
    pub cumulative: Option<Amount>,
}

/// A record with what it is to one indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub item: Item,
    pub amount: i64,
    /// In the year asked for, rather than before it.
    pub in_year: bool,
}

/// A unit in a year, with all that was recorded there.
struct Scene {
    unit: DivisionCode,
    year: i16,
    from: Date,
    /// The last day of the year, or today.
    to: Date,
    items: Vec<Item>,
    /// What those of this unit count for, up to the last day, each with the place of its item; worked out once, since every
    /// indicator asks.
    parts: BTreeMap<Indicator, Vec<(usize, Part)>>,
    /// By code and day.
    poor: Vec<PoorVillage>,
}

impl Scene {
    fn read(connection: &Connection, unit: DivisionCode, year: i16, today: Date) -> Result<Self, Trouble> {
        let items = standing(records::concerning(connection, unit)?);
        let poor = division::poor_inside(connection, unit)?;
        let to = date(year, 12, 31).min(today);
        let mut parts: BTreeMap<Indicator, Vec<(usize, Part)>> = BTreeMap::new();
        for (at, item) in items.iter().enumerate().filter(|(_, item)| is_of(unit, item)) {
            for part in programme::parts(item).into_iter().filter(|part| part.from <= to) {
                parts.entry(part.indicator).or_default().push((at, part));
            }
        }
        Ok(Scene { unit, year, from: date(year, 1, 1), to, items, parts, poor })
    }

    fn is_poor(&self, village: DivisionCode, day: Date) -> bool {
        is_poor(&self.poor, village, day)
    }

    fn poor_villages(&self) -> BTreeSet<DivisionCode> {
        self.poor.iter().map(|it| it.code).filter(|code| self.is_poor(*code, self.to)).collect()
    }

    fn of(&self, kind: RecordKind) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.kind == kind)
    }

    /// What counts for an indicator, with its part: all of it up to the end of the days.
    fn parts(&self, indicator: Indicator) -> impl Iterator<Item = (&Item, Part)> {
        let parts = self.parts.get(&indicator).into_iter().flatten();
        parts.map(|(at, part)| (&self.items[*at], *part))
    }

    fn is_ours(&self, item: &Item) -> bool {
        is_of(self.unit, item)
    }

    fn poor_of(&self, item: &Item, part: &Part) -> i64 {
        let by_place = || {
            let is_poor = item.place().is_some_and(|place| self.is_poor(place, part.to));
            if is_poor { part.amount } else { 0 }
        };
        part.poor.unwrap_or_else(by_place)
    }

    /// What each record gives to an indicator from a day on, in the order of their days, of those that `of` takes: what may be
    /// counted once only, a person or a village, is counted where it comes first.
    fn shares(&self, indicator: Indicator, from: Date, of: impl Fn(&Item) -> bool) -> Vec<Share<'_>> {
        let held = |kind| self.of(kind).filter(|item| item.covers(self.to) && self.is_ours(item) && of(item));
        match indicator {
            Indicator::ScienceHeads => {
                let wanted = self.poor_townships();
                let township = |item: &Item| item.place().and_then(|place| place.at(Level::Township));
                let heads = held(RecordKind::ScienceHead)
                    .filter(|item| township(item).is_some_and(|township| wanted.contains(&township)));
                once(heads, |item| township(item).into_iter().collect())
            }
            Indicator::OfficialsCover => {
                let poor = self.poor_villages();
                let there = held(RecordKind::VillageOfficial)
                    .filter(|item| item.place().is_some_and(|place| poor.contains(&place)));
                once(there, |item| item.place().into_iter().collect())
            }
            Indicator::OfficialsPoor => {
                let poor = self.poor_villages();
                let in_poor = |item: &Item| i64::from(item.place().is_some_and(|place| poor.contains(&place)));
                held(RecordKind::VillageOfficial)
                    .map(|item| Share { item, day: self.to, amount: in_poor(item), poor: 0 })
                    .collect()
            }
            Indicator::SecretariesTrained => {
                let poor = self.poor_villages();
                once(self.training_of_secretaries(from).filter(|item| of(item)), |item| {
                    item.villages().filter(|village| poor.contains(village)).collect()
                })
            }
            _ => {
                let mut parts: Vec<(&Item, Part)> =
                    self.parts(indicator).filter(|(item, part)| from <= part.to && of(item)).collect();
                parts.sort_by_key(|(item, part)| (part.to, item.id));
                let mut seen = BTreeSet::new();
                let share = |(item, part): (&'_ Item, Part)| {
                    let named = if indicator.unit() == Unit::Person { item.attendants() } else { BTreeSet::new() };
                    // Persons are told apart by their names within a county.
                    let county = item.unit.at(Level::County).unwrap_or(item.unit);
                    let amount = match named.len() {
                        0 => part.amount,
                        _ => count(named.into_iter().filter(|name| seen.insert((county, (*name).to_owned()))).count()),
                    };
                    (amount, self.poor_of(item, &part))
                };
                let amounts: Vec<(i64, i64)> = parts.iter().copied().map(share).collect();
                let parts = parts.into_iter().zip(amounts);
                parts.map(|((item, part), (amount, poor))| Share { item, day: part.to, amount, poor }).collect()
            }
        }
    }

    fn amount(&self, indicator: Indicator, from: Date) -> Amount {
        let tells_poor = matches!(indicator, Indicator::Leaders | Indicator::Practical);
        let mut sum = Amount { poor: tells_poor.then_some(0), ..Amount::default() };
        for share in self.shares(indicator, from, |_| true) {
            sum.number = sum.number.saturating_add(share.amount);
            sum.poor = sum.poor.map(|poor| poor.saturating_add(share.poor));
        }
        sum
    }

    /// The target that the unit itself set for the year.
    fn target(&self, indicator: Indicator) -> Option<Target> {
        let years = i64::from(YEARS.0)..=i64::from(YEARS.1);
        let target = |item: &Item| {
            let (first_year, last_year) = (item.number(FIRST_YEAR)?, item.number(LAST_YEAR)?);
            let target =
                Target { value: item.number(VALUE)?, first_year, last_year, each_year: item.text(PER) == "year" };
            let is_of_year = years.contains(&first_year) && (first_year..=last_year).contains(&i64::from(self.year));
            (item.indicator() == Some(indicator) && is_of_year).then_some(target)
        };
        let sets = RecordKind::of_unit(self.unit).any(|kind| kind == RecordKind::Target);
        let own = self.of(RecordKind::Target).filter(|item| sets && item.unit == self.unit);
        // Of two that were set at the same time the later one stands.
        own.filter_map(target).last()
    }

    /// The first day of what is cumulative: that of the target, where there is one.
    fn since(&self, target: Option<Target>) -> Date {
        let year = target.and_then(|target| i16::try_from(target.first_year).ok());
        year.and_then(|year| Date::new(year, 1, 1).ok()).unwrap_or(Date::MIN)
    }

    /// What is counted up from records, of how many where that is known.
    fn counted(&self, indicator: Indicator, of: Option<i64>) -> Progress {
        let target = self.target(indicator);
        let amount = |from| Amount { of, ..self.amount(indicator, from) };
        let (current, cumulative) = (Some(amount(self.from)), Some(amount(self.since(target))));
        Progress { subject: Subject::Indicator(indicator), target, current, cumulative }
    }

    /// The outputs of vice-heads bear no day: all that those who came by now brought about.
    fn output(&self, indicator: Indicator) -> Progress {
        Progress { current: None, ..self.counted(indicator, None) }
    }

    /// What is held at the end of the days, of how many.
    fn held(&self, indicator: Indicator, of: usize) -> Progress {
        let current = Amount { of: Some(count(of)), poor: None, ..self.amount(indicator, self.from) };
        Progress { subject: Subject::Indicator(indicator), target: None, current: Some(current), cumulative: None }
    }

    /// What figures say there is: that of the unit itself, or else of the units below added up, the latest of each; nothing where
    /// nobody said.
    fn latest(&self, indicator: Indicator) -> Option<i64> {
        let mut latest: BTreeMap<DivisionCode, (Date, i64)> = BTreeMap::new();
        for (item, part) in self.parts(indicator) {
            let known = latest.entry(item.unit).or_insert((part.to, part.amount));
            if known.0 <= part.to {
                *known = (part.to, part.amount);
            }
        }
        let is_told_above = |unit: DivisionCode| latest.keys().any(|above| *above != unit && above.contains(unit));
        let told = latest.iter().filter(|(unit, _)| !is_told_above(**unit)).map(|(_, (_, amount))| *amount);
        (!latest.is_empty()).then(|| told.fold(0, i64::saturating_add))
    }

    fn poor_townships(&self) -> BTreeSet<DivisionCode> {
        self.poor_villages().into_iter().filter_map(|village| village.at(Level::Township)).collect()
    }

    fn officials_in_post(&self) -> usize {
        self.of(RecordKind::VillageOfficial).filter(|item| item.covers(self.to) && self.is_ours(item)).count()
    }

    /// The sessions of village secretaries from a day on, by whichever unit they were held, in the order of their days.
    fn training_of_secretaries(&self, from: Date) -> impl Iterator<Item = &Item> {
        let is_of = move |item: &&Item| {
            item.text(PROGRAMME) == Indicator::SecretariesTrained.programme()
                && item.day(programme::TO).is_some_and(|day| from <= day && day <= self.to)
        };
        let mut sessions: Vec<&Item> = self.of(RecordKind::Session).filter(is_of).collect();
        sessions.sort_by_key(|item| (item.day(programme::TO), item.id));
        sessions.into_iter()
    }

    /// The villages whose secretaries were trained from a day on.
    fn trained(&self, from: Date) -> BTreeSet<DivisionCode> {
        self.training_of_secretaries(from).flat_map(Item::villages).collect()
    }
}

/// Whether a record is of a unit: of a posting or a leader the place says so, of the rest who recorded it.
fn is_of(unit: DivisionCode, item: &Item) -> bool {
    unit.contains(item.place().unwrap_or(item.unit))
}

/// Whether a village is one of those that are poor on a day, which are by code.
fn is_poor(poor: &[PoorVillage], village: DivisionCode, day: Date) -> bool {
    let first = poor.partition_point(|it| it.code < village);
    let mut of_village = poor[first..].iter().take_while(|it| it.code == village);
    of_village.any(|it| it.from <= day && it.to.is_none_or(|to| day <= to))
}

/// What one record gives to an indicator.
struct Share<'a> {
    item: &'a Item,
    day: Date,
    amount: i64,
    poor: i64,
}

/// Records in their order, each with how many of its own no record before it had.
fn once<'a>(items: impl Iterator<Item = &'a Item>, own: impl Fn(&Item) -> BTreeSet<DivisionCode>) -> Vec<Share<'a>> {
    let mut seen = BTreeSet::new();
    let share = |item: &'a Item| {
        let amount = count(own(item).into_iter().filter(|it| seen.insert(*it)).count());
        let day = item.day(programme::TO).or_else(|| item.day(programme::ARRIVED)).unwrap_or(Date::MIN);
        Share { item, day, amount, poor: 0 }
    };
    items.map(share).collect()
}

/// Without what was voided or is set aside: that hangs on all that one unit recorded.
fn standing(items: Vec<Item>) -> Vec<Item> {
    let mut by_unit: BTreeMap<DivisionCode, Vec<Item>> = BTreeMap::new();
    for item in items {
        by_unit.entry(item.unit).or_default().push(item);
    }
    let standing = |items: Vec<Item>| {
        let counts = programme::standing(&items);
        items.into_iter().filter(move |item| counts.get(&item.id) == Some(&Counts::Counts)).collect::<Vec<_>>()
    };
    by_unit.into_values().flat_map(standing).collect()
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

/// What was trained in one programme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trained {
    /// 班次
    pub sessions: i64,
    pub number: i64,
}

/// What one unit trained in a year, programme by programme, in the order of `PROGRAMMES`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Training {
    pub name: String,
    pub code: String,
    pub trained: [Trained; PROGRAMMES.len()],
}

/// What was trained in the units right below one, and by itself, in a year.
pub fn training(connection: &Connection, unit: &Division, year: i16, today: Date) -> Result<Vec<Training>, Trouble> {
    let scene = Scene::read(connection, unit.code, year, today)?;
    let mut rows = Vec::new();
    for (division, own) in parts_of(connection, unit)? {
        let is_of = |item: &Item| if own { item.unit == unit.code } else { division.code.contains(item.unit) };
        let trained = PROGRAMMES.map(|(_, indicator)| {
            let shares = scene.shares(indicator, scene.from, is_of);
            shares.into_iter().fold(Trained::default(), |sum, share| Trained {
                sessions: sum.sessions + i64::from(share.item.kind == RecordKind::Session),
                number: sum.number.saturating_add(share.amount),
            })
        });
        let name = if own { format!("{}本级", division.name) } else { division.name };
        rows.push(Training { name, code: division.code.to_string(), trained });
    }
    Ok(rows)
}

/// How many poor villages' secretaries were trained in one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    pub name: String,
    pub code: String,
    pub poor_villages: i64,
    pub trained_in_year: i64,
    /// Until the end of the year, or today.
    pub trained: i64,
    pub untrained: Vec<String>,
}

/// How far the training of the secretaries of poor villages is, in the units right below one; in a township village by village.
pub fn rotation(connection: &Connection, unit: &Division, year: i16, today: Date) -> Result<Vec<Rotation>, Trouble> {
    let scene = Scene::read(connection, unit.code, year, today)?;
    let (poor, in_year, ever) = (scene.poor_villages(), scene.trained(scene.from), scene.trained(Date::MIN));
    let mut rows = Vec::new();
    for (division, own) in parts_of(connection, unit)? {
        let here: Vec<DivisionCode> = poor.iter().copied().filter(|code| division.code.contains(*code)).collect();
        if own || here.is_empty() {
            continue;
        }
        let untrained = here.iter().filter(|code| !ever.contains(code));
        let untrained = untrained.map(|code| name(connection, *code)).collect::<Result<Vec<_>, _>>()?;
        rows.push(Rotation {
            name: division.name,
            code: division.code.to_string(),
            poor_villages: count(here.len()),
            trained_in_year: count(here.iter().filter(|code| in_year.contains(code)).count()),
            trained: count(here.len() - untrained.len()),
            untrained,
        });
    }
    Ok(rows)
}

/// Who is in post where somebody should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    pub place: Division,
    /// The name of the unit above.
    pub above: String,
    pub poor_villages: u32,
    pub in_post: Vec<Item>,
}

/// The science vice-heads in post today, by the townships that hold a poor village.
pub fn science_head_cover(connection: &Connection, unit: DivisionCode, today: Date) -> Result<Vec<Cover>, Trouble> {
    cover(connection, unit, today, (RecordKind::ScienceHead, Level::Township))
}

/// The village officials in post today, by poor village.
pub fn official_cover(connection: &Connection, unit: DivisionCode, today: Date) -> Result<Vec<Cover>, Trouble> {
    cover(connection, unit, today, (RecordKind::VillageOfficial, Level::Village))
}

fn cover(
    connection: &Connection,
    unit: DivisionCode,
    today: Date,
    (kind, level): (RecordKind, Level),
) -> Result<Vec<Cover>, Trouble> {
    let scene = Scene::read(connection, unit, today.year(), today)?;
    let mut places: BTreeMap<DivisionCode, u32> = BTreeMap::new();
    for place in scene.poor_villages().into_iter().filter_map(|village| village.at(level)) {
        *places.entry(place).or_default() += 1;
    }
    let mut in_post: BTreeMap<DivisionCode, Vec<Item>> = BTreeMap::new();
    for item in scene.of(kind).filter(|item| item.covers(today)) {
        if let Some(place) = item.place().and_then(|place| place.at(level)) {
            in_post.entry(place).or_default().push(item.clone());
        }
    }
    let row = |(place, poor_villages): (DivisionCode, u32)| {
        let above = place.parent().map(|above| name(connection, above)).transpose()?.unwrap_or_default();
        let division = Division { code: place, name: name(connection, place)? };
        Ok(Cover { place: division, above, poor_villages, in_post: in_post.remove(&place).unwrap_or_default() })
    };
    places.into_iter().map(row).collect()
}

fn name(connection: &Connection, code: DivisionCode) -> Result<String, Trouble> {
    Ok(division::find(connection, code)?.map_or_else(|| code.to_string(), |division| division.name))
}

/// The units right below one, and itself, which is marked.
fn parts_of(connection: &Connection, unit: &Division) -> Result<Vec<(Division, bool)>, Trouble> {
    let below = match unit.code.level() {
        Level::City => Level::County,
        Level::County => Level::Township,
        Level::Township | Level::Village => Level::Village,
    };
    let inside = division::inside(connection, unit.code, below)?.into_iter().map(|division| (division, false));
    Ok(inside.chain([(unit.clone(), true)]).collect())
}

/// All indicators of a unit in a year, by measure.
pub fn of_unit(
    connection: &Connection,
    courses: &Courses,
    unit: DivisionCode,
    year: i16,
    now: Moment,
) -> Result<Vec<Progress>, Trouble> {
    let scene = Scene::read(connection, unit, year, now.date())?;
    let mut rows = measure_one(connection, courses, &scene, now)?;
    let poor = scene.poor_villages().len();
    rows.push(scene.held(Indicator::ScienceHeads, scene.poor_townships().len()));
    rows.extend(programme::OUTPUTS.map(|(_, indicator)| scene.output(indicator)));
    rows.push(scene.counted(Indicator::Rotation, scene.latest(Indicator::CadreRoster)));
    rows.push(scene.counted(Indicator::Skill, None));
    rows.push(scene.counted(Indicator::Served, scene.latest(Indicator::ExchangeScope)));
    let summed = [
        Indicator::Leaders,
        Indicator::Practical,
        Indicator::LabourTransfer,
        Indicator::LabourBrand,
        Indicator::Vocational,
    ];
    rows.extend(summed.map(|indicator| scene.counted(indicator, None)));
    rows.push(scene.held(Indicator::OfficialsCover, poor));
    rows.push(scene.held(Indicator::OfficialsPoor, scene.officials_in_post()));
    rows.push(scene.counted(Indicator::Ecommerce, None));
    rows.push(scene.counted(Indicator::SecretariesTrained, Some(count(poor))));
    Ok(rows)
}

/// Measure 1, of the rows that roll-ups are made of: who is in post, the seven ones of their tenures up to now, and the grades.
fn measure_one(
    connection: &Connection,
    courses: &Courses,
    scene: &Scene,
    now: Moment,
) -> Result<Vec<Progress>, Trouble> {
    let poor = scene.poor_villages();
    let in_post = tenure::inside(connection, scene.unit)?.into_iter();
    let in_post = in_post.filter(|it| it.role == TenureRole::FirstSecretary && it.covers(scene.to));
    let held: BTreeSet<DivisionCode> = in_post.map(|tenure| tenure.division).filter(|it| poor.contains(it)).collect();
    let in_post = Amount { number: count(held.len()), of: Some(count(poor.len())), poor: None };
    let mut rows = vec![Progress {
        subject: Subject::Indicator(Indicator::InPost),
        target: None,
        current: Some(in_post),
        cumulative: None,
    }];
    let is_now = scene.year == now.date().year();
    let mut duties = [Tally::default(); EntryKind::DUTIES.len()];
    for row in if is_now { read_model::roll_up(connection, courses, scene.unit, now)? } else { Vec::new() } {
        duties.iter_mut().zip(row.duties).for_each(|(sum, tally)| *sum += tally);
    }
    rows.extend(EntryKind::DUTIES.into_iter().zip(duties).map(|(kind, tally)| Progress {
        subject: Subject::Duty(kind),
        target: None,
        current: None,
        cumulative: is_now.then(|| Amount { number: tally.done.into(), of: Some(tally.owed.into()), poor: None }),
    }));
    let grades = assessment::grades(connection, scene.unit)?;
    let competent = |from: Date| {
        let within = grades.iter().filter(|(_, at, _)| from <= at.date() && at.date() <= scene.to);
        let latest: BTreeMap<TenureId, (Moment, Grade)> =
            within.fold(BTreeMap::new(), |mut latest, (tenure, at, grade)| {
                let known = latest.entry(*tenure).or_insert((*at, *grade));
                if known.0 <= *at {
                    *known = (*at, *grade);
                }
                latest
            });
        let is_competent = |(_, grade): &&(Moment, Grade)| matches!(grade, Grade::Excellent | Grade::Competent);
        let number = count(latest.values().filter(is_competent).count());
        Amount { number, of: Some(count(latest.len())), poor: None }
    };
    rows.push(Progress {
        subject: Subject::Indicator(Indicator::Competent),
        target: None,
        current: Some(competent(scene.from)),
        cumulative: Some(competent(Date::MIN)),
    });
    Ok(rows)
}

/// The records that an indicator was counted from, the newest first: those of the year, which add up to its number, and those
/// before it.
pub fn counted_from(
    connection: &Connection,
    unit: DivisionCode,
    indicator: Indicator,
    (year, today): (i16, Date),
) -> Result<Vec<Counted>, Trouble> {
    let scene = Scene::read(connection, unit, year, today)?;
    let is_output = programme::OUTPUTS.iter().any(|(_, output)| *output == indicator);
    let from = if is_output { Date::MIN } else { scene.from };
    let counted = |share: Share<'_>, in_year| Counted { item: share.item.clone(), amount: share.amount, in_year };
    let mut rows: Vec<Counted> = Vec::new();
    let in_year = scene.shares(indicator, from, |_| true);
    let known: BTreeSet<_> = in_year.iter().map(|share| (share.item.unit, share.item.id)).collect();
    let before = scene.shares(indicator, scene.since(scene.target(indicator)), |_| true).into_iter();
    let before: Vec<Share<'_>> =
        before.filter(|share| share.day < from && !known.contains(&(share.item.unit, share.item.id))).collect();
    rows.extend(in_year.into_iter().rev().map(|share| counted(share, true)));
    rows.extend(before.into_iter().rev().map(|share| counted(share, false)));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use zhucun_core::clock::add_days;

    use super::*;

    #[test]
    fn a_village_is_poor_in_its_own_days_alone() {
        let village = |last: u64| DivisionCode::from_number(621_022_103_200 + last).expect("a code of the test");
        let day = |days: i64| add_days(date(2015, 1, 1), days);
        let marked =
            |last, from, to: Option<i64>| PoorVillage { code: village(last), from: day(from), to: to.map(day) };
        let poor = [
            marked(1, 0, Some(9)),
            marked(1, 20, None),
            marked(3, 5, Some(5)),
            marked(4, 0, Some(3)),
            marked(4, 10, Some(12)),
        ];
        for last in 0..6 {
            for days in -1..25 {
                let one_by_one = poor.iter().any(|it| {
                    it.code == village(last) && it.from <= day(days) && it.to.is_none_or(|to| day(days) <= to)
                });
                assert_eq!(is_poor(&poor, village(last), day(days)), one_by_one, "{last} {days}");
            }
        }
        assert!(!is_poor(&[], village(1), day(0)));
    }
}
