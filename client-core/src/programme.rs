//! What units record of the measures 2 to 8 of the plan: postings, training sessions, certified leaders, figures where no
//! record exists, and the city's targets. Their fields, what each counts for, and why one does not count.
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::amendment::{changed, filled};
use crate::clock::add_days;
use crate::division::{DivisionCode, Level};
use crate::document::Record;
use crate::entry::{Fields, check_fields};
use crate::field::{Field, FieldError, FieldFault, FieldType, FieldValue, Need, choice, first_of_month, line, lines};
use crate::id::RecordId;

/// The kind of a record; not on its form.
pub const KIND: &str = "kind";
/// Why a record was taken out 作废; empty while it stands. Not on its form.
pub const VOIDED: &str = "voided";
pub const REASON_CHARS_MAX: usize = 200;

pub const NAME: &str = "full_name";
pub const PLACE: &str = "place";
pub const ARRIVED: &str = "arrived";
pub const PLANNED_END: &str = "planned_end";
pub const ENDED: &str = "ended";
pub const ECOMMERCE_ON: &str = "ecommerce_on";
pub const PROGRAMME: &str = "programme";
pub const COURSE: &str = "course";
pub const FROM: &str = "from";
pub const TO: &str = "to";
pub const ATTENDANTS: &str = "attendants";
pub const PEOPLE: &str = "people";
pub const FROM_POOR: &str = "from_poor";
pub const VILLAGES: &str = "villages";
pub const CERTIFIED_ON: &str = "certified_on";
pub const INDICATOR: &str = "indicator";
pub const FIRST_MONTH: &str = "first_month";
pub const LAST_MONTH: &str = "last_month";
pub const VALUE: &str = "value";
pub const VALUE_POOR: &str = "value_poor";
pub const FIRST_YEAR: &str = "first_year";
pub const LAST_YEAR: &str = "last_year";
pub const PER: &str = "per";

/// The five outputs of a science vice-head, with the indicator of each.
pub const OUTPUTS: [(&str, Indicator); 5] = [
    ("techniques", Indicator::Techniques),
    ("projects", Indicator::Projects),
    ("bases", Indicator::Bases),
    ("industries", Indicator::Industries),
    ("people_trained", Indicator::PeopleTrained),
];

const GRADES: &[&str] = &["excellent", "competent", "basic", "failing"];
const COUNT_MAX: i64 = 100_000_000;
const OUTPUT_MAX: i64 = 100_000;
const PEOPLE_MAX: i64 = 1_000_000;

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$at:meta])* $variant:ident = $code:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "types", derive(ts_rs::TS))]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$at])* $variant),* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            pub const CODES: &'static [&'static str] = &[$($code),*];

            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),* }
            }

            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}

coded! {
    /// What a record is.
    RecordKind {
        /// 科技副乡镇长, measure 2.
        ScienceHead = "science_head",
        /// 对口交流的教师、医务人员, measure 4.
        Exchange = "exchange",
        /// 大学生村官 and 驻村大学生干部, measure 7.
        VillageOfficial = "village_official",
        /// A training session of measures 3, 5, 6 and 8.
        Session = "session",
        /// A leader 农村致富带头人 who was certified, measure 5.
        Leader = "leader",
        /// A number where nobody kept records.
        Figure = "figure",
        /// What is to be reached, set by the city or a county.
        Target = "target",
    }
}

coded! {
    /// What is measured.
    Indicator {
        // Measure 1, of the read model.
        InPost = "in_post",
        Competent = "competent",
        // Measure 2.
        ScienceHeads = "science_heads",
        Techniques = "techniques",
        Projects = "projects",
        Bases = "bases",
        Industries = "industries",
        PeopleTrained = "people_trained",
        // Measure 3.
        Rotation = "rotation",
        CadreRoster = "cadre_roster",
        Skill = "skill",
        // Measure 4.
        Served = "served",
        ExchangeScope = "exchange_scope",
        // Measure 5.
        Leaders = "leaders",
        Practical = "practical",
        // Measure 6.
        LabourTransfer = "labour_transfer",
        LabourBrand = "labour_brand",
        Vocational = "vocational",
        // Measure 7.
        OfficialsCover = "officials_cover",
        OfficialsPoor = "officials_poor",
        Ecommerce = "ecommerce",
        // Measure 8.
        SecretariesTrained = "secretaries_trained",
    }
}

/// Of what an indicator is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 人
    Person,
    /// 人次
    PersonTime,
    /// 个 (村)
    Village,
    /// 个 (乡镇)
    Township,
    /// 项
    Item,
}

impl Indicator {
    /// The measure 措施 of the plan, 1 to 8.
    pub fn measure(self) -> u8 {
        match self {
            Indicator::InPost | Indicator::Competent => 1,
            Indicator::ScienceHeads
            | Indicator::Techniques
            | Indicator::Projects
            | Indicator::Bases
            | Indicator::Industries
            | Indicator::PeopleTrained => 2,
            Indicator::Rotation | Indicator::CadreRoster | Indicator::Skill => 3,
            Indicator::Served | Indicator::ExchangeScope => 4,
            Indicator::Leaders | Indicator::Practical => 5,
            Indicator::LabourTransfer | Indicator::LabourBrand | Indicator::Vocational => 6,
            Indicator::OfficialsCover | Indicator::OfficialsPoor | Indicator::Ecommerce => 7,
            Indicator::SecretariesTrained => 8,
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            Indicator::InPost | Indicator::OfficialsCover | Indicator::SecretariesTrained => Unit::Village,
            Indicator::ScienceHeads => Unit::Township,
            Indicator::Techniques | Indicator::Projects | Indicator::Bases | Indicator::Industries => Unit::Item,
            Indicator::Skill | Indicator::Practical | Indicator::PeopleTrained => Unit::PersonTime,
            _ => Unit::Person,
        }
    }
}

/// What may be given as a figure: what records may show too, and what they never show.
pub const FIGURED: &[&str] = &[
    "cadre_roster",
    "rotation",
    "skill",
    "exchange_scope",
    "served",
    "leaders",
    "practical",
    "labour_transfer",
    "labour_brand",
    "vocational",
    "ecommerce",
];

/// What the plan sets a number for. The others are measured against what there is.
pub const TARGETED: &[&str] =
    &["skill", "leaders", "practical", "labour_transfer", "labour_brand", "vocational", "rotation", "served"];

const SCIENCE_HEAD: &[Field] = &[
    Field::new(NAME, Need::Required, line(30)),
    Field::new("job_title", Need::Required, choice(&["senior", "intermediate"])),
    Field::new("from_unit", Need::Required, line(60)),
    Field::new(PLACE, Need::Required, FieldType::Place),
    Field::new(ARRIVED, Need::Required, FieldType::Day),
    Field::new(PLANNED_END, Need::Optional, FieldType::AnyDay),
    Field::new(ENDED, Need::Optional, FieldType::Day),
    Field::new(OUTPUTS[0].0, Need::Optional, FieldType::Number { max: OUTPUT_MAX }),
    Field::new(OUTPUTS[1].0, Need::Optional, FieldType::Number { max: OUTPUT_MAX }),
    Field::new(OUTPUTS[2].0, Need::Optional, FieldType::Number { max: OUTPUT_MAX }),
    Field::new(OUTPUTS[3].0, Need::Optional, FieldType::Number { max: OUTPUT_MAX }),
    Field::new(OUTPUTS[4].0, Need::Optional, FieldType::Number { max: OUTPUT_MAX }),
    Field::new("grade", Need::Optional, choice(GRADES)),
    Field::new("remarks", Need::Optional, lines(500)),
];

const EXCHANGE: &[Field] = &[
    Field::new(NAME, Need::Required, line(30)),
    Field::new("trade", Need::Required, choice(&["teacher", "medical"])),
    Field::new("job_title", Need::Required, choice(&["senior", "intermediate", "applying"])),
    Field::new("from_unit", Need::Required, line(60)),
    Field::new("to_unit", Need::Required, line(60)),
    Field::new(PLACE, Need::Required, FieldType::Place),
    Field::new(ARRIVED, Need::Required, FieldType::Day),
    Field::new(PLANNED_END, Need::Optional, FieldType::AnyDay),
    Field::new(ENDED, Need::Optional, FieldType::Day),
    Field::new("grade", Need::Optional, choice(GRADES)),
    Field::new("remarks", Need::Optional, lines(500)),
];

const VILLAGE_OFFICIAL: &[Field] = &[
    Field::new(NAME, Need::Required, line(30)),
    Field::new("official", Need::Required, choice(&["village_official", "resident_cadre"])),
    Field::new(PLACE, Need::Required, FieldType::Place),
    Field::new("official_duty", Need::Optional, choice(&["secretary_assistant", "head_assistant", "other"])),
    Field::new(ARRIVED, Need::Required, FieldType::Day),
    Field::new(ENDED, Need::Optional, FieldType::Day),
    Field::new(ECOMMERCE_ON, Need::Optional, FieldType::Day),
    Field::new("grade", Need::Optional, choice(GRADES)),
    Field::new("remarks", Need::Optional, lines(500)),
];

/// The kinds of training, with what each counts for.
pub const PROGRAMMES: [(&str, Indicator); 7] = [
    ("cadre_rotation", Indicator::Rotation),
    ("cadre_skill", Indicator::Skill),
    ("practical", Indicator::Practical),
    ("labour_transfer", Indicator::LabourTransfer),
    ("labour_brand", Indicator::LabourBrand),
    ("vocational", Indicator::Vocational),
    ("village_secretaries", Indicator::SecretariesTrained),
];

const PROGRAMME_CODES: &[&str] = &[
    PROGRAMMES[0].0,
    PROGRAMMES[1].0,
    PROGRAMMES[2].0,
    PROGRAMMES[3].0,
    PROGRAMMES[4].0,
    PROGRAMMES[5].0,
    PROGRAMMES[6].0,
];

const SESSION: &[Field] = &[
    Field::new(PROGRAMME, Need::Required, choice(PROGRAMME_CODES)),
    Field::new(COURSE, Need::Required, line(60)),
    Field::new("organiser", Need::Required, line(60)),
    Field::new("method", Need::Optional, choice(&["lecture", "on_site", "practice", "discussion", "other"])),
    Field::new(FROM, Need::Required, FieldType::Day),
    Field::new(TO, Need::Required, FieldType::Day),
    Field::new(ATTENDANTS, Need::Optional, lines(4_000)),
    Field::new(PEOPLE, Need::Optional, FieldType::Number { max: PEOPLE_MAX }),
    Field::new(FROM_POOR, Need::Optional, FieldType::Number { max: PEOPLE_MAX }),
    Field::new(VILLAGES, Need::Optional, FieldType::Places),
    Field::new("remarks", Need::Optional, lines(500)),
];

const LEADER: &[Field] = &[
    Field::new(NAME, Need::Required, line(30)),
    Field::new(PLACE, Need::Required, FieldType::Place),
    Field::new("skill", Need::Required, choice(&["planting", "breeding", "craft", "technician", "business", "other"])),
    Field::new(CERTIFIED_ON, Need::Required, FieldType::Day),
    Field::new("basis", Need::Optional, line(100)),
];

const FIGURE: &[Field] = &[
    Field::new(INDICATOR, Need::Required, choice(FIGURED)),
    Field::new(FIRST_MONTH, Need::Required, FieldType::Month),
    Field::new(LAST_MONTH, Need::Required, FieldType::Month),
    Field::new(VALUE, Need::Required, FieldType::Number { max: COUNT_MAX }),
    Field::new(VALUE_POOR, Need::Optional, FieldType::Number { max: COUNT_MAX }),
    Field::new("source", Need::Required, line(100)),
];

const TARGET: &[Field] = &[
    Field::new(INDICATOR, Need::Required, choice(TARGETED)),
    Field::new(FIRST_YEAR, Need::Required, FieldType::Number { max: 2_100 }),
    Field::new(LAST_YEAR, Need::Required, FieldType::Number { max: 2_100 }),
    Field::new(PER, Need::Required, choice(&["year", "whole"])),
    Field::new(VALUE, Need::Required, FieldType::Number { max: COUNT_MAX }),
    Field::new("basis", Need::Required, line(100)),
];
const FIRST_YEAR_MIN: i64 = 2_000;

impl RecordKind {
    /// The fields of the kind, in the order of the form.
    pub fn fields(self) -> &'static [Field] {
        match self {
            RecordKind::ScienceHead => SCIENCE_HEAD,
            RecordKind::Exchange => EXCHANGE,
            RecordKind::VillageOfficial => VILLAGE_OFFICIAL,
            RecordKind::Session => SESSION,
            RecordKind::Leader => LEADER,
            RecordKind::Figure => FIGURE,
            RecordKind::Target => TARGET,
        }
    }

    /// The field by whose year a record is filed.
    fn dated_by(self) -> &'static str {
        match self {
            RecordKind::ScienceHead | RecordKind::Exchange | RecordKind::VillageOfficial => ARRIVED,
            RecordKind::Session => TO,
            RecordKind::Leader => CERTIFIED_ON,
            RecordKind::Figure => FIRST_MONTH,
            RecordKind::Target => FIRST_YEAR,
        }
    }

    /// The year by which a record with these fields is filed.
    pub fn year(self, fields: &Fields) -> Option<i16> {
        match fields.get(self.dated_by())? {
            FieldValue::Number(year) => i16::try_from(*year).ok(),
            FieldValue::Text(text) => text.get(..4)?.parse().ok(),
        }
    }

    /// The kinds that a unit records: targets are set by the city, and by counties for themselves.
    pub fn of_unit(unit: DivisionCode) -> impl Iterator<Item = RecordKind> {
        let sets_targets = matches!(unit.level(), Level::City | Level::County);
        Self::ALL.iter().copied().filter(move |kind| sets_targets || *kind != RecordKind::Target)
    }
}

/// A record of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: RecordId,
    pub unit: DivisionCode,
    pub kind: RecordKind,
    /// With `VOIDED`, without `KIND`.
    pub fields: Fields,
}

impl Item {
    /// The record of a programme's document as an item; nothing for a kind that only a newer version knows.
    pub fn of(unit: DivisionCode, record: &Record) -> Option<Item> {
        let shown = record.fields.keys().filter(|name| name.as_str() != KIND);
        Some(Item {
            id: record.key.parse().ok()?,
            unit,
            kind: RecordKind::from_code(record.text(KIND)?)?,
            fields: shown.filter_map(|name| Some((name.clone(), record.get(name)?.clone()))).collect(),
        })
    }

    /// Its fields as a row keeps them: a JSON object.
    pub fn fields_text(&self) -> String {
        serde_json::to_string(&self.fields).unwrap_or_default()
    }

    /// The item of a row; nothing where that holds no fields.
    pub fn from_text(id: RecordId, unit: DivisionCode, kind: RecordKind, fields: &str) -> Option<Item> {
        Some(Item { id, unit, kind, fields: serde_json::from_str(fields).ok()? })
    }

    pub fn text(&self, name: &str) -> &str {
        text(&self.fields, name)
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        number(&self.fields, name)
    }

    pub fn day(&self, name: &str) -> Option<Date> {
        self.text(name).parse().ok()
    }

    pub fn place(&self) -> Option<DivisionCode> {
        self.text(PLACE).parse().ok()
    }

    pub fn is_voided(&self) -> bool {
        !self.text(VOIDED).is_empty()
    }

    pub fn indicator(&self) -> Option<Indicator> {
        Indicator::from_code(self.text(INDICATOR))
    }

    /// Whether a posting was held on a day. One that nobody has ended ends as it was planned.
    pub fn covers(&self, day: Date) -> bool {
        self.day(ARRIVED).is_some_and(|arrived| arrived <= day) && self.last_day().is_none_or(|last| day <= last)
    }

    fn last_day(&self) -> Option<Date> {
        self.day(ENDED).or_else(|| self.day(PLANNED_END))
    }

    /// What it is called in a list.
    pub fn title(&self) -> &str {
        [NAME, COURSE].iter().map(|name| self.text(name)).find(|title| !title.is_empty()).unwrap_or_default()
    }

    /// The villages whose secretaries were there.
    pub fn villages(&self) -> impl Iterator<Item = DivisionCode> {
        self.text(VILLAGES).split(' ').filter_map(|code| code.parse().ok())
    }

    /// Who was there, by name, each once.
    pub fn attendants(&self) -> BTreeSet<&str> {
        names(self.text(ATTENDANTS)).collect()
    }

    /// How many were there: those who are named, or else as many as were counted.
    pub fn attendance(&self) -> i64 {
        attendance(&self.fields)
    }
}

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(FieldValue::text).unwrap_or_default()
}

fn number(fields: &Fields, name: &str) -> Option<i64> {
    match fields.get(name)? {
        FieldValue::Number(number) => Some(*number),
        FieldValue::Text(_) => None,
    }
}

/// The names of a list, one a line.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim).filter(|name| !name.is_empty())
}

fn attendance(fields: &Fields) -> i64 {
    match names(text(fields, ATTENDANTS)).count() {
        0 => number(fields, PEOPLE).unwrap_or_default(),
        named => i64::try_from(named).unwrap_or(i64::MAX),
    }
}

/// All that is wrong with the fields of a record of a unit.
pub fn check(kind: RecordKind, unit: DivisionCode, fields: &Fields, today: Date) -> Vec<FieldError> {
    let mut errors = check_fields(kind.fields(), fields, today);
    if errors.is_empty() {
        let faults = check_together(kind, unit, fields).into_iter();
        errors.extend(faults.map(|(name, fault)| FieldError { field: name.to_owned(), fault }));
    }
    errors
}

fn check_together(kind: RecordKind, unit: DivisionCode, fields: &Fields) -> Vec<(&'static str, FieldFault)> {
    let day = |name: &str| text(fields, name).parse::<Date>().ok();
    let month = |name: &str| first_of_month(text(fields, name));
    let is_before = |last: &str, first: &str| day(last).zip(day(first)).is_some_and(|(last, first)| last < first);
    let is_outside = |name: &str| {
        text(fields, name).split(' ').filter_map(|code| code.parse().ok()).any(|code| !unit.contains(code))
    };
    let mut faults = Vec::new();
    faults
        .extend([PLACE, VILLAGES].into_iter().filter(|name| is_outside(name)).map(|it| (it, FieldFault::UnknownPlace)));
    match kind {
        RecordKind::ScienceHead | RecordKind::Exchange | RecordKind::VillageOfficial => {
            let early = [PLANNED_END, ENDED, ECOMMERCE_ON].into_iter().filter(|name| is_before(name, ARRIVED));
            faults.extend(early.map(|name| (name, FieldFault::BeforeItBegins)));
        }
        RecordKind::Session => {
            if is_before(TO, FROM) {
                faults.push((TO, FieldFault::BeforeItBegins));
            }
            let is_of_villages = text(fields, PROGRAMME) == Indicator::SecretariesTrained.programme();
            if is_of_villages && text(fields, VILLAGES).is_empty() {
                faults.push((VILLAGES, FieldFault::Missing));
            }
            let there = attendance(fields);
            if !is_of_villages && there == 0 {
                faults.push((PEOPLE, FieldFault::Missing));
            } else if number(fields, FROM_POOR).is_some_and(|poor| poor > there) {
                faults.push((FROM_POOR, FieldFault::OutOfRange));
            }
        }
        RecordKind::Figure => {
            // A figure belongs to one year, so that each year can be told without guessing at parts of it.
            let months = month(FIRST_MONTH).zip(month(LAST_MONTH));
            match months {
                Some((first, last)) if last < first => faults.push((LAST_MONTH, FieldFault::BeforeItBegins)),
                Some((first, last)) if last.year() != first.year() => faults.push((LAST_MONTH, FieldFault::OutOfRange)),
                _ => {}
            }
            if number(fields, VALUE_POOR) > number(fields, VALUE) {
                faults.push((VALUE_POOR, FieldFault::OutOfRange));
            }
        }
        RecordKind::Target => {
            let (first, last) = (number(fields, FIRST_YEAR), number(fields, LAST_YEAR));
            if first.is_some_and(|first| first < FIRST_YEAR_MIN) {
                faults.push((FIRST_YEAR, FieldFault::OutOfRange));
            } else if last < first {
                faults.push((LAST_YEAR, FieldFault::BeforeItBegins));
            }
        }
        RecordKind::Leader => {}
    }
    faults
}

impl Indicator {
    /// The kind of training that counts for it; empty for what no session counts for.
    pub fn programme(self) -> &'static str {
        PROGRAMMES.iter().find(|(_, indicator)| *indicator == self).map_or("", |(code, _)| *code)
    }
}

/// What one record is to an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub indicator: Indicator,
    /// The days that it is of: one, or the months of a figure.
    pub from: Date,
    pub to: Date,
    pub amount: i64,
    /// Of them in poor villages, where the record says so; nothing where that hangs on its place.
    pub poor: Option<i64>,
}

/// What a record counts for, by what it says itself: of a posting its outputs, once it has begun, and a year served.
pub fn parts(item: &Item) -> Vec<Part> {
    let on = |indicator, day: Date, amount, poor| Part { indicator, from: day, to: day, amount, poor };
    match item.kind {
        RecordKind::Session => {
            let known = PROGRAMMES.iter().find(|(code, _)| *code == item.text(PROGRAMME));
            let of_villages = item.villages().collect::<BTreeSet<_>>().len() as i64;
            let part = |(_, indicator): &(&str, Indicator)| {
                let amount = if *indicator == Indicator::SecretariesTrained { of_villages } else { item.attendance() };
                Some(on(*indicator, item.day(TO)?, amount, item.number(FROM_POOR).or(Some(0))))
            };
            known.and_then(part).into_iter().collect()
        }
        RecordKind::Leader => {
            item.day(CERTIFIED_ON).map(|day| on(Indicator::Leaders, day, 1, None)).into_iter().collect()
        }
        RecordKind::Exchange => served_on(item).map(|day| on(Indicator::Served, day, 1, None)).into_iter().collect(),
        RecordKind::ScienceHead => {
            let Some(arrived) = item.day(ARRIVED) else { return Vec::new() };
            let made = OUTPUTS.iter().filter_map(|(name, indicator)| Some((*indicator, item.number(name)?)));
            made.filter(|(_, amount)| *amount > 0).map(|(it, amount)| on(it, arrived, amount, Some(0))).collect()
        }
        RecordKind::VillageOfficial => {
            item.day(ECOMMERCE_ON).map(|day| on(Indicator::Ecommerce, day, 1, None)).into_iter().collect()
        }
        RecordKind::Figure => {
            let months = first_of_month(item.text(FIRST_MONTH)).zip(first_of_month(item.text(LAST_MONTH)));
            let part = |(from, last): (Date, Date)| {
                let (amount, poor) = (item.number(VALUE)?, item.number(VALUE_POOR).or(Some(0)));
                Some(Part { indicator: item.indicator()?, from, to: last.last_of_month(), amount, poor })
            };
            months.and_then(part).into_iter().collect()
        }
        RecordKind::Target => Vec::new(),
    }
}

/// The day on which somebody exchanged had served a year; nothing where the posting ended before.
fn served_on(item: &Item) -> Option<Date> {
    let arrived = item.day(ARRIVED)?;
    let full = add_days(arrived.saturating_add(jiff::Span::new().years(1)), -1);
    item.last_day().is_none_or(|last| last >= full).then_some(full)
}

/// Why a record counts, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    Counts,
    Voided,
    /// A figure of a time of which there are records of the same unit: what can be counted is not typed in.
    RecordsExist,
    /// A figure of a time of which the same unit gave another one before.
    FigureExists,
}

/// Why each record of one unit counts, or does not.
pub fn standing(items: &[Item]) -> BTreeMap<RecordId, Counts> {
    let mut counts: BTreeMap<RecordId, Counts> = BTreeMap::new();
    let standing =
        |kind: bool| items.iter().filter(move |it| !it.is_voided() && (it.kind == RecordKind::Figure) == kind);
    let recorded: Vec<Part> = standing(false).flat_map(parts).collect();
    counts.extend(items.iter().filter(|item| item.is_voided()).map(|item| (item.id, Counts::Voided)));
    counts.extend(standing(false).map(|item| (item.id, Counts::Counts)));
    let mut figures: Vec<&Item> = standing(true).collect();
    figures.sort_by_key(|item| item.id);
    let mut taken: Vec<Part> = Vec::new();
    for figure in figures {
        let is_there = |part: &Part, others: &[Part]| {
            others.iter().any(|it| it.indicator == part.indicator && it.from <= part.to && part.from <= it.to)
        };
        let own = parts(figure);
        let verdict = if own.iter().any(|part| is_there(part, &recorded)) {
            Counts::RecordsExist
        } else if own.iter().any(|part| is_there(part, &taken)) {
            Counts::FigureExists
        } else {
            taken.extend(own);
            Counts::Counts
        };
        counts.insert(figure.id, verdict);
    }
    counts
}

/// What keeps a figure from being written down: the same unit has records of that time, or another figure.
pub fn check_beside(items: &[Item], item: &Item) -> Option<FieldError> {
    if item.kind != RecordKind::Figure {
        return None;
    }
    let others = items.iter().filter(|other| other.id != item.id && !other.is_voided());
    // It comes last, whatever its id says.
    let last = Item { id: RecordId(uuid::Uuid::max()), ..item.clone() };
    let all: Vec<Item> = others.cloned().chain([last.clone()]).collect();
    let fault = match standing(&all).get(&last.id)? {
        Counts::RecordsExist => FieldFault::CountedFromRecords,
        Counts::FigureExists => FieldFault::FigureExists,
        Counts::Counts | Counts::Voided => return None,
    };
    Some(FieldError { field: INDICATOR.to_owned(), fault })
}

/// What writing a record down, or amending it, sets: all that is filled in of a new one, what is news of another. `items` are
/// those of its unit, `found` the record as it stands.
pub fn written(
    items: &[Item],
    found: Option<&Record>,
    new: &Item,
    today: Date,
) -> Result<Vec<(String, FieldValue)>, Vec<FieldError>> {
    let Item { id, unit, kind, fields } = new;
    let is_another = found.is_some_and(|record| record.text(KIND) != Some(kind.code()));
    if is_another || RecordKind::of_unit(*unit).all(|of| of != *kind) {
        return Err(vec![FieldError { field: KIND.to_owned(), fault: FieldFault::UnknownChoice }]);
    }
    let mut whole: Fields = match found {
        Some(record) => Item::of(*unit, record).map(|item| item.fields).unwrap_or_default(),
        None => Fields::new(),
    };
    let writes: Vec<(String, FieldValue)> = match found {
        Some(record) => {
            let changed = changed(kind.fields(), record, fields, today)?.into_iter();
            changed.map(|(name, value)| (name.clone(), value.clone())).collect()
        }
        None => filled(fields).map(|(name, value)| (name.to_owned(), value)).collect(),
    };
    if writes.is_empty() && found.is_some() {
        return Ok(writes);
    }
    whole.extend(fields.clone());
    let is_of_form = |name: &String| kind.fields().iter().any(|field| field.name == name) || fields.contains_key(name);
    whole.retain(|name, _| is_of_form(name));
    let mut errors = check(*kind, *unit, &whole, today);
    if errors.is_empty() {
        errors.extend(check_beside(items, &Item { id: *id, unit: *unit, kind: *kind, fields: whole }));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let kind = found.is_none().then(|| (KIND.to_owned(), FieldValue::from(kind.code())));
    Ok(kind.into_iter().chain(writes).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;

    const TOWNSHIP: &str = "621022103";
    const VILLAGE: &str = "621022103201";

    fn unit() -> DivisionCode {
        TOWNSHIP.parse().expect("a township")
    }

    fn item(number: u128, kind: RecordKind, pairs: &[(&str, FieldValue)]) -> Item {
        let fields = pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Item { id: RecordId(Uuid::from_u128(number)), unit: unit(), kind, fields }
    }

    fn session(number: u128, programme: &str, to: &str, pairs: &[(&str, FieldValue)]) -> Item {
        let mut item = item(number, RecordKind::Session, pairs);
        let fixed =
            [(PROGRAMME, programme), (COURSE, "果树修剪"), ("organiser", "县农广校"), (FROM, "2015-10-08"), (TO, to)];
        item.fields.extend(fixed.map(|(name, value)| (name.to_owned(), FieldValue::from(value))));
        item
    }

    fn figure(number: u128, indicator: &str, months: [&str; 2], value: i64) -> Item {
        let [first, last] = months;
        let pairs = [
            (INDICATOR, indicator.into()),
            (FIRST_MONTH, first.into()),
            (LAST_MONTH, last.into()),
            (VALUE, value.into()),
            ("source", "县人社局报表".into()),
        ];
        item(number, RecordKind::Figure, &pairs)
    }

    fn faults(item: &Item) -> Vec<(String, FieldFault)> {
        let errors = check(item.kind, unit(), &item.fields, date(2016, 3, 1)).into_iter();
        errors.map(|error| (error.field, error.fault)).collect()
    }

    fn amounts(item: &Item) -> Vec<(Indicator, i64)> {
        parts(item).into_iter().map(|part| (part.indicator, part.amount)).collect()
    }

    #[test]
    fn a_session_counts_those_who_are_named_or_else_those_who_were_counted() {
        let named = session(1, "cadre_skill", "2015-10-09", &[(ATTENDANTS, "张三\n\n 李四 \n王五".into())]);
        assert_eq!(amounts(&named), [(Indicator::Skill, 3)]);
        let counted = session(2, "practical", "2015-10-09", &[(PEOPLE, 40.into()), (FROM_POOR, 40.into())]);
        assert_eq!(faults(&counted), []);
        assert_eq!(amounts(&counted), [(Indicator::Practical, 40)]);
        let missing = |field: &str| vec![(field.to_owned(), FieldFault::Missing)];
        assert_eq!(faults(&session(3, "practical", "2015-10-09", &[])), missing(PEOPLE));
        assert_eq!(faults(&session(3, "village_secretaries", "2015-10-09", &[])), missing(VILLAGES));
        let more = session(4, "practical", "2015-10-09", &[(PEOPLE, 40.into()), (FROM_POOR, 41.into())]);
        assert_eq!(faults(&more), [(FROM_POOR.to_owned(), FieldFault::OutOfRange)]);
        let early = session(5, "practical", "2015-10-07", &[(PEOPLE, 1.into())]);
        assert_eq!(faults(&early), [(TO.to_owned(), FieldFault::BeforeItBegins)]);
    }

    #[test]
    fn a_session_of_village_secretaries_counts_the_villages() {
        let both = format!("{VILLAGE} 621022103202");
        let trained = session(1, "village_secretaries", "2015-10-09", &[(VILLAGES, both.into())]);
        assert_eq!((faults(&trained), amounts(&trained)), (vec![], vec![(Indicator::SecretariesTrained, 2)]));
        let elsewhere = session(2, "village_secretaries", "2015-10-09", &[(VILLAGES, "621022104201".into())]);
        assert_eq!(faults(&elsewhere), [(VILLAGES.to_owned(), FieldFault::UnknownPlace)]);
    }

    #[test]
    fn a_record_is_of_the_unit_or_of_one_below_it() {
        let leader = |place: &str| {
            let day = (CERTIFIED_ON, FieldValue::from("2015-11-02"));
            item(1, RecordKind::Leader, &[(NAME, "王五".into()), (PLACE, place.into()), ("skill", "craft".into()), day])
        };
        for place in [TOWNSHIP, VILLAGE] {
            assert_eq!((faults(&leader(place)), amounts(&leader(place))), (vec![], vec![(Indicator::Leaders, 1)]));
        }
        for place in ["621022104", "621022", "6210"] {
            assert_eq!(faults(&leader(place)), [(PLACE.to_owned(), FieldFault::UnknownPlace)], "{place}");
        }
    }

    #[test]
    fn who_was_exchanged_has_served_once_a_year_is_full() {
        let exchanged = |ended: &str| {
            let fields = [(ARRIVED, FieldValue::from("2015-09-01")), (ENDED, ended.into())];
            parts(&item(1, RecordKind::Exchange, &fields)).into_iter().map(|part| part.to).collect::<Vec<_>>()
        };
        assert_eq!(exchanged(""), [date(2016, 8, 31)]);
        assert_eq!(exchanged("2016-08-31"), [date(2016, 8, 31)]);
        assert_eq!(exchanged("2016-08-30"), []);
    }

    #[test]
    fn a_posting_that_nobody_ended_ends_as_it_was_planned() {
        let held = |ended: &str, planned: &str, day: Date| {
            let fields = [(ARRIVED, "2015-09-01"), (ENDED, ended), (PLANNED_END, planned)];
            item(1, RecordKind::ScienceHead, &fields.map(|(name, text)| (name, FieldValue::from(text)))).covers(day)
        };
        assert!(!held("", "", date(2015, 8, 31)) && held("", "", date(2015, 9, 1)) && held("", "", date(2020, 1, 1)));
        assert!(held("", "2017-08-31", date(2017, 8, 31)) && !held("", "2017-08-31", date(2017, 9, 1)));
        assert!(held("2018-01-01", "2017-08-31", date(2018, 1, 1)), "what was longer than planned was longer");
        assert!(!held("2016-01-01", "2017-08-31", date(2016, 1, 2)));
    }

    #[test]
    fn a_record_keeps_its_kind_and_a_unit_records_what_is_its_to_record() {
        let refused =
            |item: &Item| written(&[], None, item, date(2016, 3, 1)).map_err(|errors| errors[0].field.clone());
        let target = item(1, RecordKind::Target, &[(INDICATOR, "skill".into())]);
        assert_eq!(refused(&target), Err(KIND.to_owned()), "a township sets no targets");
        assert_eq!(refused(&Item { unit: "621022".parse().expect("a county"), ..target }), Err(FIRST_YEAR.to_owned()));
    }

    #[test]
    fn a_science_vice_head_has_five_outputs_and_what_is_empty_is_none() {
        let pairs = [(ARRIVED, FieldValue::from("2015-09-01")), ("techniques", 3.into()), ("people_trained", 0.into())];
        assert_eq!(amounts(&item(1, RecordKind::ScienceHead, &pairs)), [(Indicator::Techniques, 3)]);
    }

    #[test]
    fn what_can_be_counted_is_not_typed_in_and_of_one_time_there_is_one_figure() {
        let trained = session(5, "labour_transfer", "2015-10-09", &[(PEOPLE, 30.into())]);
        let around = figure(1, "labour_transfer", ["2015-10", "2015-12"], 500);
        let before = figure(2, "labour_transfer", ["2015-07", "2015-09"], 400);
        let again = figure(3, "labour_transfer", ["2015-09", "2015-09"], 90);
        let other = figure(4, "labour_brand", ["2015-01", "2015-12"], 70);
        let mut items = vec![trained, around, before, again, other];
        let of = |items: &[Item], number: u128| standing(items)[&RecordId(Uuid::from_u128(number))];
        assert_eq!(of(&items, 5), Counts::Counts);
        assert_eq!(of(&items, 1), Counts::RecordsExist);
        assert_eq!(of(&items, 2), Counts::Counts);
        assert_eq!(of(&items, 3), Counts::FigureExists);
        assert_eq!(of(&items, 4), Counts::Counts);
        let beside = |items: &[Item], number: usize| check_beside(items, &items[number]).map(|error| error.fault);
        assert_eq!(beside(&items, 1), Some(FieldFault::CountedFromRecords));
        assert_eq!(beside(&items, 3), Some(FieldFault::FigureExists));
        assert_eq!(beside(&items, 4), None);
        items[0].fields.insert(VOIDED.to_owned(), "重复".into());
        assert_eq!((of(&items, 5), of(&items, 1), beside(&items, 1)), (Counts::Voided, Counts::Counts, None));
    }

    #[test]
    fn a_figure_is_of_months_of_one_year_that_have_begun() {
        let faults = |first: &str, last: &str| faults(&figure(1, "skill", [first, last], 10));
        assert_eq!(faults("2015-01", "2015-12"), []);
        assert_eq!(faults("2015-12", "2015-11"), [(LAST_MONTH.to_owned(), FieldFault::BeforeItBegins)]);
        assert_eq!(faults("2015-12", "2016-01"), [(LAST_MONTH.to_owned(), FieldFault::OutOfRange)]);
        assert_eq!(faults("2016-03", "2016-03"), []);
        assert_eq!(faults("2016-03", "2016-04"), [(LAST_MONTH.to_owned(), FieldFault::AfterToday)]);
    }

    #[test]
    fn a_target_is_of_years_in_their_order_and_is_set_by_counties_and_the_city() {
        let faults = |first: i64, last: i64| {
            let years = [(FIRST_YEAR, FieldValue::from(first)), (LAST_YEAR, last.into())];
            let rest =
                [(INDICATOR, "skill".into()), (PER, "year".into()), (VALUE, 1_000.into()), ("basis", "方案".into())];
            faults(&item(1, RecordKind::Target, &years.into_iter().chain(rest).collect::<Vec<_>>()))
        };
        assert_eq!(faults(2015, 2017), []);
        assert_eq!(faults(2000, 2100), []);
        assert_eq!(faults(2017, 2015), [(LAST_YEAR.to_owned(), FieldFault::BeforeItBegins)]);
        assert_eq!(faults(1999, 2015), [(FIRST_YEAR.to_owned(), FieldFault::OutOfRange)]);
        assert_eq!(faults(2015, 2101), [(LAST_YEAR.to_owned(), FieldFault::OutOfRange)]);
        for (unit, sets) in [("6210", true), ("621022", true), (TOWNSHIP, false)] {
            let unit = unit.parse().expect("a unit");
            assert_eq!(RecordKind::of_unit(unit).any(|kind| kind == RecordKind::Target), sets, "{unit:?}");
        }
    }

    #[test]
    fn a_record_filled_to_every_limit_fits_into_one_change() {
        for kind in RecordKind::ALL {
            let bytes: usize = kind.fields().iter().map(|field| field.name.len() + field.bytes_max()).sum();
            assert!(bytes < 62_000, "{kind:?} holds {bytes} bytes");
        }
    }

    #[test]
    fn a_record_is_filed_by_the_year_of_its_day() {
        assert_eq!(RecordKind::Session.year(&session(1, "practical", "2015-12-31", &[]).fields), Some(2015));
        assert_eq!(RecordKind::Figure.year(&figure(1, "skill", ["2016-01", "2016-02"], 1).fields), Some(2016));
        let target = item(1, RecordKind::Target, &[(FIRST_YEAR, 2015.into())]);
        assert_eq!(RecordKind::Target.year(&target.fields), Some(2015));
        assert_eq!(RecordKind::Target.year(&Fields::new()), None);
    }
}
