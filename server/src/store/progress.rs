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
    self, Counts, FIRST_YEAR, Indicator, Item, LAST_YEAR, PER, PROGRAMME, PROGRAMMES, Part, RecordKind, VALUE,
};
use zhucun_core::tenure::TenureRole;

use super::division::PoorVillage;
use super::{Connection, Trouble, assessment, division, programme as records, read_model, tenure};

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
    /// In the year; of what is held rather than done, at its end or today.
    pub current: Amount,
    /// From the first year of the target on, or from the first record, to the end of the year or today.
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
    poor: Vec<PoorVillage>,
}

impl Scene {
    fn read(connection: &Connection, unit: DivisionCode, year: i16, today: Date) -> Result<Self, Trouble> {
        let items = standing(records::concerning(connection, unit)?);
        let poor = division::poor_inside(connection, unit)?;
        let to = date(year, 12, 31).min(today);
        Ok(Scene { unit, year, from: date(year, 1, 1), to, items, poor })
    }

    fn is_poor(&self, village: DivisionCode, day: Date) -> bool {
        self.poor.iter().any(|it| it.code == village && it.from <= day && it.to.is_none_or(|to| day <= to))
    }

    fn poor_villages(&self) -> BTreeSet<DivisionCode> {
        self.poor.iter().map(|it| it.code).filter(|code| self.is_poor(*code, self.to)).collect()
    }

    fn of(&self, kind: RecordKind) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.kind == kind)
    }

    /// What counts for an indicator, with its part: all of it up to the end of the days.
    fn parts(&self, indicator: Indicator) -> impl Iterator<Item = (&Item, Part)> {
        let own = move |item| programme::parts(item).into_iter().map(move |part| (item, part));
        self.items
            .iter()
            .filter(|item| self.is_ours(item))
            .flat_map(own)
            .filter(move |(_, part)| part.indicator == indicator && part.from <= self.to)
    }

    /// Whether a record is of this unit: of a posting or a leader the place says so, of the rest who recorded it.
    fn is_ours(&self, item: &Item) -> bool {
        self.unit.contains(item.place().unwrap_or(item.unit))
    }

    fn is_in_year(&self, part: &Part) -> bool {
        self.from <= part.to
    }

    fn poor_of(&self, item: &Item, part: &Part) -> i64 {
        let by_place = || {
            let is_poor = item.place().is_some_and(|place| self.is_poor(place, part.to));
            if is_poor { part.amount } else { 0 }
        };
        part.poor.unwrap_or_else(by_place)
    }

    fn sum<'a>(&self, parts: impl Iterator<Item = (&'a Item, Part)>, tells_poor: bool) -> Amount {
        let mut sum = Amount { poor: tells_poor.then_some(0), ..Amount::default() };
        for (item, part) in parts {
            sum.number += part.amount;
            sum.poor = sum.poor.map(|poor| poor + self.poor_of(item, &part));
        }
        sum
    }

    /// The target that the unit itself set for the year.
    fn target(&self, indicator: Indicator) -> Option<Target> {
        let target = |item: &Item| {
            let (first_year, last_year) = (item.number(FIRST_YEAR)?, item.number(LAST_YEAR)?);
            let target =
                Target { value: item.number(VALUE)?, first_year, last_year, each_year: item.text(PER) == "year" };
            (item.indicator() == Some(indicator) && (first_year..=last_year).contains(&i64::from(self.year)))
                .then_some(target)
        };
        // Of two that were set at the same time the later one stands.
        self.of(RecordKind::Target).filter(|item| item.unit == self.unit).filter_map(target).last()
    }

    /// What is counted up from records.
    fn counted(&self, indicator: Indicator) -> Progress {
        let target = self.target(indicator);
        let since = target.map(|target| target.first_year).and_then(|year| i16::try_from(year).ok());
        let since = since.map(|year| date(year, 1, 1));
        let tells_poor = matches!(indicator, Indicator::Leaders | Indicator::Practical);
        let current = self.sum(self.parts(indicator).filter(|(_, part)| self.is_in_year(part)), tells_poor);
        let is_since = |part: &Part| since.is_none_or(|since| since <= part.to);
        let cumulative = self.sum(self.parts(indicator).filter(|(_, part)| is_since(part)), tells_poor);
        Progress { subject: Subject::Indicator(indicator), target, current, cumulative: Some(cumulative) }
    }

    /// Persons trained, each once: those who are named by their names, the others as they were counted.
    fn rotation(&self) -> Progress {
        let progress = self.counted(Indicator::Rotation);
        let since = progress.target.and_then(|target| i16::try_from(target.first_year).ok());
        let from = since.map_or(Date::MIN, |year| date(year, 1, 1));
        let persons = |from: Date| {
            let (mut named, mut others) = (BTreeSet::new(), 0);
            for (item, part) in self.parts(Indicator::Rotation).filter(|(_, part)| from <= part.to) {
                let attendants = item.attendants();
                others += if attendants.is_empty() { part.amount } else { 0 };
                named.extend(attendants);
            }
            others + count(named.len())
        };
        let of = self.latest(Indicator::CadreRoster);
        let amount = |from| Amount { number: persons(from), of, poor: None };
        Progress { current: amount(self.from), cumulative: Some(amount(from)), ..progress }
    }

    fn served(&self) -> Progress {
        let mut progress = self.counted(Indicator::Served);
        let of = self.latest(Indicator::ExchangeScope);
        progress.current.of = of;
        progress.cumulative = progress.cumulative.map(|cumulative| Amount { of, ..cumulative });
        progress
    }

    /// What figures say there is: the latest of each unit, added up; nothing where nobody said.
    fn latest(&self, indicator: Indicator) -> Option<i64> {
        let mut latest: BTreeMap<DivisionCode, (Date, i64)> = BTreeMap::new();
        for (item, part) in self.parts(indicator) {
            let known = latest.entry(item.unit).or_insert((part.to, part.amount));
            if known.0 <= part.to {
                *known = (part.to, part.amount);
            }
        }
        (!latest.is_empty()).then(|| latest.values().map(|(_, amount)| amount).sum())
    }

    /// Townships that hold a poor village, and how many of them have a science vice-head in post.
    fn science_heads(&self) -> Progress {
        let township = |code: DivisionCode| code.at(Level::Township);
        let wanted: BTreeSet<DivisionCode> = self.poor_villages().into_iter().filter_map(township).collect();
        let in_post = self.of(RecordKind::ScienceHead).filter(|item| item.covers(self.to));
        let held: BTreeSet<DivisionCode> = in_post.filter_map(|item| item.place().and_then(township)).collect();
        held_of(Indicator::ScienceHeads, wanted.intersection(&held).count(), wanted.len())
    }

    fn officials(&self) -> [Progress; 2] {
        let poor = self.poor_villages();
        let in_post: Vec<DivisionCode> = self
            .of(RecordKind::VillageOfficial)
            .filter(|item| item.covers(self.to))
            .filter_map(Item::place)
            .filter(|place| self.unit.contains(*place))
            .collect();
        let covered: BTreeSet<&DivisionCode> = in_post.iter().filter(|place| poor.contains(place)).collect();
        let in_poor = in_post.iter().filter(|place| poor.contains(place)).count();
        [
            held_of(Indicator::OfficialsCover, covered.len(), poor.len()),
            held_of(Indicator::OfficialsPoor, in_poor, in_post.len()),
        ]
    }

    /// The villages whose secretaries were trained from a day on.
    fn trained(&self, from: Date) -> BTreeSet<DivisionCode> {
        let is_of = |item: &&Item| {
            item.text(PROGRAMME) == Indicator::SecretariesTrained.programme()
                && item.day(programme::TO).is_some_and(|day| from <= day && day <= self.to)
        };
        self.of(RecordKind::Session).filter(is_of).flat_map(Item::villages).collect()
    }

    /// Poor villages whose secretaries were trained, each once.
    fn secretaries(&self) -> Progress {
        let poor = self.poor_villages();
        let of = Some(count(poor.len()));
        let amount = |from| Amount { number: count(self.trained(from).intersection(&poor).count()), of, poor: None };
        Progress {
            subject: Subject::Indicator(Indicator::SecretariesTrained),
            target: None,
            current: amount(self.from),
            cumulative: Some(amount(Date::MIN)),
        }
    }
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

fn held_of(indicator: Indicator, held: usize, of: usize) -> Progress {
    let current = Amount { number: count(held), of: Some(count(of)), poor: None };
    Progress { subject: Subject::Indicator(indicator), target: None, current, cumulative: None }
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
            let parts = scene.parts(indicator).filter(|(item, part)| is_of(item) && scene.is_in_year(part));
            parts.fold(Trained::default(), |sum, (item, part)| Trained {
                sessions: sum.sessions + i64::from(item.kind == RecordKind::Session),
                number: sum.number + part.amount,
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
    let row = |(place, poor_villages): (DivisionCode, u32)| {
        let in_post = scene.of(kind).filter(|item| item.covers(today));
        let here = in_post.filter(|item| item.place().and_then(|at| at.at(level)) == Some(place));
        let above = place.parent().map(|above| name(connection, above)).transpose()?.unwrap_or_default();
        let division = Division { code: place, name: name(connection, place)? };
        Ok(Cover { place: division, above, poor_villages, in_post: here.cloned().collect() })
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
pub fn of_unit(connection: &Connection, unit: DivisionCode, year: i16, now: Moment) -> Result<Vec<Progress>, Trouble> {
    let scene = Scene::read(connection, unit, year, now.date())?;
    let mut rows = measure_one(connection, &scene, now)?;
    rows.push(scene.science_heads());
    rows.extend(programme::OUTPUTS.map(|(_, indicator)| scene.counted(indicator)));
    rows.extend([scene.rotation(), scene.counted(Indicator::Skill), scene.served()]);
    let summed = [
        Indicator::Leaders,
        Indicator::Practical,
        Indicator::LabourTransfer,
        Indicator::LabourBrand,
        Indicator::Vocational,
    ];
    rows.extend(summed.map(|indicator| scene.counted(indicator)));
    rows.extend(scene.officials());
    rows.extend([scene.counted(Indicator::Ecommerce), scene.secretaries()]);
    Ok(rows)
}

/// Measure 1, of the rows that roll-ups are made of: who is in post, the seven ones up to now, and the grades.
fn measure_one(connection: &Connection, scene: &Scene, now: Moment) -> Result<Vec<Progress>, Trouble> {
    let poor = scene.poor_villages();
    let in_post = tenure::inside(connection, scene.unit)?.into_iter();
    let in_post = in_post.filter(|it| it.role == TenureRole::FirstSecretary && it.covers(scene.to));
    let held: BTreeSet<DivisionCode> = in_post.map(|tenure| tenure.division).filter(|it| poor.contains(it)).collect();
    let mut rows = vec![held_of(Indicator::InPost, held.len(), poor.len())];
    let mut duties = [Tally::default(); EntryKind::DUTIES.len()];
    for row in read_model::roll_up(connection, scene.unit, now)? {
        duties.iter_mut().zip(row.duties).for_each(|(sum, tally)| *sum += tally);
    }
    rows.extend(EntryKind::DUTIES.into_iter().zip(duties).map(|(kind, tally)| Progress {
        subject: Subject::Duty(kind),
        target: None,
        current: Amount { number: tally.done.into(), of: Some(tally.owed.into()), poor: None },
        cumulative: None,
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
        current: competent(scene.from),
        cumulative: Some(competent(Date::MIN)),
    });
    Ok(rows)
}

/// The records that an indicator was counted from, the newest first.
pub fn counted_from(
    connection: &Connection,
    unit: DivisionCode,
    indicator: Indicator,
    (year, today): (i16, Date),
) -> Result<Vec<Counted>, Trouble> {
    let scene = Scene::read(connection, unit, year, today)?;
    let held = |kind| {
        let in_post = scene.of(kind).filter(|item| item.covers(scene.to) && scene.is_ours(item));
        in_post.map(|item| Counted { item: item.clone(), amount: 1, in_year: true }).collect::<Vec<_>>()
    };
    let mut counted = match indicator {
        Indicator::ScienceHeads => held(RecordKind::ScienceHead),
        Indicator::OfficialsCover | Indicator::OfficialsPoor => held(RecordKind::VillageOfficial),
        _ => {
            let counted = |(item, part): (&Item, Part)| Counted {
                item: item.clone(),
                amount: part.amount,
                in_year: scene.is_in_year(&part),
            };
            scene.parts(indicator).map(counted).collect()
        }
    };
    let key = |it: &Counted| (it.in_year, programme_day(&it.item), it.item.id);
    counted.sort_by_key(|it| core::cmp::Reverse(key(it)));
    Ok(counted)
}

fn programme_day(item: &Item) -> Option<Date> {
    let parts = programme::parts(item);
    parts.first().map(|part| part.to).or_else(|| item.day(programme::ARRIVED))
}
