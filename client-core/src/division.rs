//! Administrative divisions 行政区划: codes of city (4 digits), county (6), township (9) and village (12), as the
//! National Bureau of Statistics gives them. A code's beginning is the code of the unit above, so scope is a prefix.
use core::fmt;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    City,
    County,
    Township,
    Village,
}

impl Level {
    pub const ALL: [Level; 4] = [Level::City, Level::County, Level::Township, Level::Village];

    pub fn digits(self) -> usize {
        match self {
            Level::City => 4,
            Level::County => 6,
            Level::Township => 9,
            Level::Village => 12,
        }
    }
}

/// A division code: all digits, the first not zero, of a length that is one of the four levels'.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(type = "string"))]
#[serde(try_from = "String", into = "String")]
#[cbor(transparent)]
pub struct DivisionCode(#[n(0)] u64);

impl DivisionCode {
    pub fn level(self) -> Level {
        match self.0 {
            0..10_000 => Level::City,
            10_000..1_000_000 => Level::County,
            1_000_000..1_000_000_000 => Level::Township,
            _ => Level::Village,
        }
    }

    /// The unit of `level` that this one lies in; itself at its own level, nothing below.
    pub fn at(self, level: Level) -> Option<DivisionCode> {
        let cut = self.level().digits().checked_sub(level.digits())?;
        Some(DivisionCode(self.0 / 10_u64.pow(u32::try_from(cut).ok()?)))
    }

    pub fn parent(self) -> Option<DivisionCode> {
        match self.level() {
            Level::City => None,
            Level::County => self.at(Level::City),
            Level::Township => self.at(Level::County),
            Level::Village => self.at(Level::Township),
        }
    }

    /// Whether `other` is this unit or lies in it.
    pub fn contains(self, other: DivisionCode) -> bool {
        other.at(self.level()) == Some(self)
    }

    pub fn number(self) -> u64 {
        self.0
    }

    /// The code with this number, if it is one: how stores and wires that keep integers read it back.
    pub fn from_number(number: u64) -> Result<Self, NotADivisionCode> {
        number.to_string().parse()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADivisionCode;

impl fmt::Display for NotADivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a division code has 4, 6, 9 or 12 digits and does not begin with 0")
    }
}

impl core::error::Error for NotADivisionCode {}

impl core::str::FromStr for DivisionCode {
    type Err = NotADivisionCode;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Level::ALL.iter().any(|level| level.digits() == text.len());
        if !known || text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotADivisionCode);
        }
        text.parse().map(DivisionCode).map_err(|_| NotADivisionCode)
    }
}

impl TryFrom<String> for DivisionCode {
    type Error = NotADivisionCode;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DivisionCode> for String {
    fn from(code: DivisionCode) -> Self {
        code.to_string()
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DivisionCode({})", self.0)
    }
}

/// A unit with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Division {
    pub code: DivisionCode,
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().expect("a code of the test")
    }

    #[test]
    fn scope_is_a_prefix() {
        let county = code("621022");
        let village = code("621022103201");
        assert!(county.contains(village) && county.contains(county) && code("6210").contains(village));
        assert!(!village.contains(county) && !code("621023").contains(village));
        assert_eq!(village.parent(), Some(code("621022103")));
        assert_eq!(code("6210").parent(), None);
    }

    #[test]
    fn a_code_has_4_6_9_or_12_digits_and_no_leading_zero() {
        for good in ["6210", "621022", "621022103", "621022103201"] {
            assert_eq!(code(good).to_string(), good);
        }
        for bad in ["", "621", "62102", "06210210", "0210", "62102210320x", "6210221032011", "６２１０"] {
            assert_eq!(bad.parse::<DivisionCode>(), Err(NotADivisionCode), "{bad}");
        }
    }
}
