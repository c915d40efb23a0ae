//! Fields of records: their names, what values they take, and their limits. One table per kind of record drives the
//! forms, the checks before saving, the gate and the printed tables, so a field is described in one place.
use core::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::division::DivisionCode;
use crate::id::{EntryId, HouseholdId};

/// Bytes of a field's name, also of one that only a newer version knows.
pub const FIELD_NAME_BYTES_MAX: usize = 48;
/// Bytes of any text value: 6,000 characters of Chinese and some air.
pub const TEXT_BYTES_MAX: usize = 20_000;
/// Characters of the longest texts: the body of a research report, the content of a report.
pub const TEXT_CHARS_MAX: usize = 6_000;
/// The largest whole number of any value, and the smallest below zero: what a browser's numbers hold exactly. One beyond
/// it could not be handed to a screen, nor anything that stands in a list with it.
pub const NUMBER_MAX: i64 = (1 << 53) - 1;
/// Households in one visit.
pub const HOUSEHOLDS_MAX: usize = 20;
/// Visits that one research report rests on: those of a year, and some.
pub const VISITS_MAX: usize = 60;
/// Villages whose secretaries were at one training session: all 537 of the plan, and some.
pub const PLACES_MAX: usize = 600;

/// What is stored under a field: a text (dates as `2015-09-16`, choices by code, several of them separated by one
/// space) or a whole number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(untagged)]
pub enum FieldValue {
    #[cfg_attr(feature = "types", ts(type = "number"))]
    Number(i64),
    Text(String),
}

impl FieldValue {
    pub fn text(&self) -> Option<&str> {
        match self {
            FieldValue::Text(text) => Some(text),
            FieldValue::Number(_) => None,
        }
    }

    /// Nothing was filled in. Clearing a field stores an empty text: keys are never deleted.
    pub fn is_empty(&self) -> bool {
        matches!(self, FieldValue::Text(text) if text.is_empty())
    }
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        FieldValue::Text(text.to_owned())
    }
}

impl From<String> for FieldValue {
    fn from(text: String) -> Self {
        FieldValue::Text(text)
    }
}

impl From<i64> for FieldValue {
    fn from(number: i64) -> Self {
        FieldValue::Number(number)
    }
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldType {
    /// Free text of at most so many characters.
    Text { chars_max: usize, lines: Lines },
    /// One code of the list.
    Choice { codes: &'static [&'static str] },
    /// Any of the codes, each once.
    Choices { codes: &'static [&'static str] },
    /// A whole number from 0.
    Number {
        #[cfg_attr(feature = "types", ts(type = "number"))]
        max: i64,
    },
    /// A day that has come, `2015-09-16`.
    Day,
    /// A day, also one that is still to come.
    AnyDay,
    /// A month that has begun, `2015-09`.
    Month,
    /// A half of a year, `2015-H2`.
    Half,
    /// What the core counted and nobody types: lines of at most so many characters in all.
    Facts { chars_max: usize },
    /// Ids of households of the village register, at most `HOUSEHOLDS_MAX`.
    Households,
    /// Ids of visits, at most `VISITS_MAX`.
    Visits,
    /// The code of a unit: a township, or a village.
    Place,
    /// Codes of villages, at most `PLACES_MAX`.
    Places,
}

/// How tall the input of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Lines {
    One,
    Several,
}

/// Whether a record may be saved without the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Need {
    Required,
    Optional,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Field {
    pub name: &'static str,
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub takes: FieldType,
    pub need: Need,
}

impl Field {
    pub(crate) const fn new(name: &'static str, need: Need, takes: FieldType) -> Self {
        Field { name, takes, need }
    }

    /// Bytes that a value of it may have.
    pub fn bytes_max(&self) -> usize {
        const ID_BYTES: usize = 37;
        const CODE_BYTES: usize = 12;
        match self.takes {
            FieldType::Text { chars_max, .. } | FieldType::Facts { chars_max } => TEXT_BYTES_MAX.min(chars_max * 4),
            FieldType::Choice { codes } => codes.iter().map(|code| code.len()).max().unwrap_or_default(),
            FieldType::Choices { codes } => codes.iter().map(|code| code.len() + 1).sum(),
            FieldType::Number { .. } | FieldType::Day | FieldType::AnyDay | FieldType::Month | FieldType::Half => 10,
            FieldType::Households => HOUSEHOLDS_MAX * ID_BYTES,
            FieldType::Visits => VISITS_MAX * ID_BYTES,
            FieldType::Place => CODE_BYTES,
            FieldType::Places => PLACES_MAX * (CODE_BYTES + 1),
        }
    }
}

pub(crate) const fn line(chars_max: usize) -> FieldType {
    FieldType::Text { chars_max, lines: Lines::One }
}

pub(crate) const fn lines(chars_max: usize) -> FieldType {
    FieldType::Text { chars_max, lines: Lines::Several }
}

pub(crate) const fn choice(codes: &'static [&'static str]) -> FieldType {
    FieldType::Choice { codes }
}

/// Why a value is not taken; the code is the key of the sentence on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FieldFault {
    Missing,
    TooLong,
    NotANumber,
    OutOfRange,
    NotADay,
    AfterToday,
    /// The last day, before the first.
    BeforeItBegins,
    UnknownChoice,
    UnknownHousehold,
    UnknownVisit,
    /// No such unit, or one that is not of the unit that records.
    UnknownPlace,
    TooMany,
    /// More villages than `PLACES_MAX`.
    TooManyPlaces,
    UnknownField,
    /// In a table: the same as a row before.
    Repeated,
    /// In a table: several households of the register might be meant.
    Ambiguous,
    /// A figure of a time of which there are records: they are counted.
    CountedFromRecords,
    /// A figure of a time of which there is one.
    FigureExists,
}

/// A fault with the field it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FieldError {
    pub field: String,
    pub fault: FieldFault,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.field, self.fault)
    }
}

/// Checks one value against its field. An empty text is the absence of a value and always passes here; `Need` is
/// checked over the whole record.
pub fn check_value(field: &Field, value: &FieldValue) -> Result<(), FieldFault> {
    let text = match (field.takes, value) {
        (FieldType::Number { max }, FieldValue::Number(number)) => {
            return if (0..=max).contains(number) { Ok(()) } else { Err(FieldFault::OutOfRange) };
        }
        (_, FieldValue::Number(_)) => return Err(FieldFault::UnknownChoice),
        (_, FieldValue::Text(text)) => text,
    };
    if text.is_empty() {
        return Ok(());
    }
    match field.takes {
        FieldType::Number { .. } => Err(FieldFault::NotANumber),
        FieldType::Text { chars_max, .. } | FieldType::Facts { chars_max } => {
            if text.chars().count() > chars_max || text.len() > TEXT_BYTES_MAX {
                return Err(FieldFault::TooLong);
            }
            Ok(())
        }
        FieldType::Day | FieldType::AnyDay => text.parse::<Date>().map(|_| ()).map_err(|_| FieldFault::NotADay),
        FieldType::Month => first_of_month(text).map(|_| ()).ok_or(FieldFault::NotADay),
        FieldType::Half if is_half(text) => Ok(()),
        FieldType::Half => Err(FieldFault::UnknownChoice),
        FieldType::Choice { codes } if codes.contains(&text.as_str()) => Ok(()),
        FieldType::Choice { .. } => Err(FieldFault::UnknownChoice),
        FieldType::Choices { codes } => {
            let chosen: Vec<&str> = text.split(' ').collect();
            let once = (1..chosen.len()).all(|i| !chosen[..i].contains(&chosen[i]));
            if once && chosen.iter().all(|code| codes.contains(code)) { Ok(()) } else { Err(FieldFault::UnknownChoice) }
        }
        FieldType::Households => check_ids::<HouseholdId>(text, HOUSEHOLDS_MAX, FieldFault::UnknownHousehold),
        FieldType::Visits => check_ids::<EntryId>(text, VISITS_MAX, FieldFault::UnknownVisit),
        FieldType::Place => check_ids::<DivisionCode>(text, 1, FieldFault::UnknownPlace),
        FieldType::Places => {
            let checked = check_ids::<DivisionCode>(text, PLACES_MAX, FieldFault::UnknownPlace);
            checked.map_err(|fault| if fault == FieldFault::TooMany { FieldFault::TooManyPlaces } else { fault })
        }
    }
}

/// The first day of a month `2015-09`.
pub fn first_of_month(text: &str) -> Option<Date> {
    let is_month = text.len() == 7 && text.bytes().enumerate().all(|(at, byte)| (at == 4) == (byte == b'-'));
    is_month.then(|| format!("{text}-01").parse().ok()).flatten()
}

fn is_half(text: &str) -> bool {
    let year = |year: &str| year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit());
    text.split_once("-H").is_some_and(|(of, half)| year(of) && matches!(half, "1" | "2"))
}

fn check_ids<Id: core::str::FromStr>(text: &str, ids_max: usize, unknown: FieldFault) -> Result<(), FieldFault> {
    if text.split(' ').any(|id| id.parse::<Id>().is_err()) {
        return Err(unknown);
    }
    if text.split(' ').count() > ids_max { Err(FieldFault::TooMany) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(takes: FieldType, value: impl Into<FieldValue>) -> Result<(), FieldFault> {
        check_value(&Field::new("x", Need::Optional, takes), &value.into())
    }

    #[test]
    fn a_text_is_held_to_its_limit_in_characters() {
        assert_eq!(check(line(3), "驻村记"), Ok(()));
        assert_eq!(check(line(3), "驻村手记"), Err(FieldFault::TooLong));
    }

    #[test]
    fn a_number_is_held_to_its_range() {
        let takes = FieldType::Number { max: 500 };
        assert_eq!(check(takes, 0), Ok(()));
        assert_eq!(check(takes, 500), Ok(()));
        assert_eq!(check(takes, 501), Err(FieldFault::OutOfRange));
        assert_eq!(check(takes, -1), Err(FieldFault::OutOfRange));
        assert_eq!(check(takes, "many"), Err(FieldFault::NotANumber));
    }

    #[test]
    fn a_choice_is_one_of_its_codes_and_choices_are_each_taken_once() {
        assert_eq!(check(choice(&["home", "phone"]), "home"), Ok(()));
        assert_eq!(check(choice(&["home", "phone"]), "letter"), Err(FieldFault::UnknownChoice));
        let several = FieldType::Choices { codes: &["head", "member"] };
        assert_eq!(check(several, "head member"), Ok(()));
        assert_eq!(check(several, "head head"), Err(FieldFault::UnknownChoice));
        assert_eq!(check(several, "head  member"), Err(FieldFault::UnknownChoice));
    }

    #[test]
    fn a_visit_names_at_most_20_households() {
        let ids = |count: usize| vec![uuid::Uuid::nil().to_string(); count].join(" ");
        assert_eq!(check(FieldType::Households, ids(HOUSEHOLDS_MAX).as_str()), Ok(()));
        assert_eq!(check(FieldType::Households, ids(HOUSEHOLDS_MAX + 1).as_str()), Err(FieldFault::TooMany));
        assert_eq!(check(FieldType::Households, "the neighbours"), Err(FieldFault::UnknownHousehold));
    }

    #[test]
    fn a_research_report_names_at_most_60_visits() {
        let ids = |count: usize| vec![uuid::Uuid::nil().to_string(); count].join(" ");
        assert_eq!(check(FieldType::Visits, ids(VISITS_MAX).as_str()), Ok(()));
        assert_eq!(check(FieldType::Visits, ids(VISITS_MAX + 1).as_str()), Err(FieldFault::TooMany));
        assert_eq!(check(FieldType::Visits, "last week"), Err(FieldFault::UnknownVisit));
    }

    #[test]
    fn a_session_is_of_at_most_600_villages() {
        let codes = |count: usize| vec!["621022103201"; count].join(" ");
        assert_eq!(check(FieldType::Places, codes(PLACES_MAX).as_str()), Ok(()));
        assert_eq!(check(FieldType::Places, codes(PLACES_MAX + 1).as_str()), Err(FieldFault::TooManyPlaces));
        assert_eq!(check(FieldType::Place, codes(1).as_str()), Ok(()));
        assert_eq!(check(FieldType::Place, codes(2).as_str()), Err(FieldFault::TooMany));
        assert_eq!(check(FieldType::Place, "南梁镇"), Err(FieldFault::UnknownPlace));
    }

    #[test]
    fn a_half_is_the_first_or_the_second_of_a_year() {
        for half in ["2015-H1", "2015-H2", ""] {
            assert_eq!(check(FieldType::Half, half), Ok(()), "{half}");
        }
        for other in ["2015-H0", "2015-H3", "2015-H22", "15-H2", "下半年", "2015", "2015-h2"] {
            assert_eq!(check(FieldType::Half, other), Err(FieldFault::UnknownChoice), "{other}");
        }
    }

    #[test]
    fn a_month_is_one_of_the_twelve_of_a_year() {
        for month in ["2015-01", "2015-12", ""] {
            assert_eq!(check(FieldType::Month, month), Ok(()), "{month}");
        }
        for other in ["2015-00", "2015-13", "2015-1", "2015-9-1", "15-09", "九月", "2015-09-01"] {
            assert_eq!(check(FieldType::Month, other), Err(FieldFault::NotADay), "{other}");
        }
    }

    #[test]
    fn a_day_exists() {
        assert_eq!(check(FieldType::Day, "2016-02-29"), Ok(()));
        assert_eq!(check(FieldType::Day, "2015-02-29"), Err(FieldFault::NotADay));
        assert_eq!(check(FieldType::AnyDay, "2016-02-29"), Ok(()));
        assert_eq!(check(FieldType::AnyDay, "2015-02-29"), Err(FieldFault::NotADay));
    }
}
