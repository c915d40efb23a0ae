//! The policy 口径: every number and rule that a duty hangs on, as a versioned value. The one of version 1 is built in; a
//! file that changes it names a version, the day it is valid from and the fields that differ.
use core::fmt;
use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::clock::Moment;
use crate::division::Level;
use crate::leave::{Leave, LeaveKind};

use super::period::Rhythm;

/// No number of a policy but its version is larger: more days than a year has.
pub const POLICY_NUMBER_MAX: u64 = 400;
/// Versions of a policy in one file.
pub const POLICIES_MAX: usize = 100;

const BUILT_IN: &str = include_str!("../../data/policy.json");
const EXAMPLE: &str = r#"{"version": 2, "valid_from": "2016-01-01", "month_days_min": 5}"#;
const DAY_MS: i64 = 86_400_000;
/// What every policy names.
const NAMED: [&str; 2] = ["version", "valid_from"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub version: u32,
    /// A period follows the highest version that is valid on its first day in the tenure.
    pub valid_from: Date,
    pub dictionary: Dictionary,
    /// What a tenure must cover of the period it begins in, of the one it ends in, and of one that holds all of it.
    pub opening_part: Part,
    pub closing_part: Part,
    pub single_part: Part,
    /// A tenure year that is shorter than 12 months owes the yearly three from so many on.
    pub last_part_year_months_min: u16,
    /// Below so many available days the period is not owed.
    pub week_days_min: u16,
    pub month_days_min: u16,
    pub quarter_days_min: u16,
    pub half_days_min: u16,
    /// Days after the period on which its record may still be made.
    pub lesson_grace_days: u16,
    pub activity_grace_days: u16,
    /// The window around the end of a half in which its summary is written.
    pub summary_before_days: u16,
    pub summary_after_days: u16,
    /// Days after the tenure year on which the yearly three may still be finished.
    pub yearly_grace_days: u16,
    pub on_time_days_max: u16,
    pub late_days_max: u16,
    pub clock_off_minutes_max: u16,
    /// After so many days without a review an entry is 视为已阅.
    pub unreviewed_days_max: u16,
    /// Leave that counts as days in the village.
    pub present_leave_kinds: BTreeSet<LeaveKind>,
    /// Longer leave, and more weeks excused in a row, are for the county.
    pub township_leave_days_max: u16,
    pub township_excusal_weeks_max: u16,
    pub presence: Presence,
    pub similar_gram_chars: u16,
    pub similar_percent_min: u16,
    /// A successor reads so many months of the predecessor's visits.
    pub predecessor_months_max: u16,
    pub kept_after_tenure_days_min: u16,
}

/// The dictionary pack: whose words a deployment uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dictionary {
    #[serde(rename = "2015")]
    Of2015,
    /// 脱贫户, 监测对象
    #[serde(rename = "2021")]
    Of2021,
}

/// How much of a period is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Half,
    MoreThanHalf,
}

impl Part {
    pub(super) fn is_enough(self, covered: i64, whole: i64) -> bool {
        match self {
            Part::Half => covered * 2 >= whole,
            Part::MoreThanHalf => covered * 2 > whole,
        }
    }
}

/// What is asked of days in the village 驻村天数.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Presence {
    DaysAMonth { days_min: u16 },
    TwoThirdsOfWorkingDaysAYear,
    DaysAYear { days_min: u16 },
}

impl Policy {
    pub fn built_in() -> Policy {
        serde_json::from_str(BUILT_IN).expect("the policy in the source is well formed")
    }

    /// Below so many available days a period of this length is not owed; nothing for tenure years.
    pub fn days_min(&self, rhythm: Rhythm) -> Option<u32> {
        match rhythm {
            Rhythm::Week => Some(self.week_days_min.into()),
            Rhythm::Month => Some(self.month_days_min.into()),
            Rhythm::Quarter => Some(self.quarter_days_min.into()),
            Rhythm::Half => Some(self.half_days_min.into()),
            Rhythm::TenureYear => None,
        }
    }

    pub fn counts_as_present(&self, kind: LeaveKind) -> bool {
        self.present_leave_kinds.contains(&kind)
    }

    /// Who approves a leave.
    pub fn approves(&self, leave: &Leave) -> Level {
        if leave.days() <= u32::from(self.township_leave_days_max) { Level::Township } else { Level::County }
    }

    /// Who excuses a week that makes so many in a row.
    pub fn excuses(&self, weeks_in_a_row: u32) -> Level {
        if weeks_in_a_row <= u32::from(self.township_excusal_weeks_max) { Level::Township } else { Level::County }
    }

    /// The policy as the text that `parse` reads.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("a policy is plain data with text keys")
    }

    /// What differs from the policy before, field by field. The version and its day are no part.
    pub fn differences(&self, before: &Policy) -> Vec<Difference> {
        let fields = |policy: &Policy| match serde_json::to_value(policy) {
            Ok(Value::Object(fields)) => fields,
            _ => unreachable!("a policy is an object"),
        };
        let (before, now) = (fields(before), fields(self));
        let asked = now.iter().filter(|(field, _)| !matches!(field.as_str(), "version" | "valid_from"));
        let changed = asked.filter(|(field, value)| before.get(*field) != Some(*value));
        let difference = |(field, value): (&String, &Value)| Difference {
            field: field.clone(),
            was: before[field].to_string(),
            now: value.to_string(),
        };
        changed.map(difference).collect()
    }

    /// 视为已阅: nobody reviewed the latest version for so long after the server received it.
    pub fn is_deemed_read(&self, received_at: Moment, now: Moment) -> bool {
        received_at <= self.deemed_read_before(now)
    }

    /// What the server received up to then and nobody reviewed is deemed read now.
    pub fn deemed_read_before(&self, now: Moment) -> Moment {
        now.plus_ms(i64::from(self.unreviewed_days_max) * -DAY_MS)
    }
}

/// A field that two policies have otherwise, with its values as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub field: String,
    pub was: String,
    pub now: String,
}

/// "month_days_min: 3 → 5"
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, was, now } = self;
        write!(f, "{field}: {was} → {now}")
    }
}

/// The policies of a deployment, over the one that is built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    built_in: Policy,
    given: Vec<Policy>,
}

impl Policies {
    pub fn built_in() -> Policies {
        Policies { built_in: Policy::built_in(), given: Vec::new() }
    }

    /// Reads one policy, or a list of several versions. A field that is left out is as it is built in.
    pub fn parse(json: &str) -> Result<Policies, PolicyFault> {
        let file: Value = serde_json::from_str(json).map_err(|error| PolicyFault::NotJson(error.to_string()))?;
        let versions = match file {
            Value::Array(versions) => versions,
            one => vec![one],
        };
        if versions.len() > POLICIES_MAX {
            return Err(PolicyFault::TooMany);
        }
        let given: Vec<Policy> = versions.iter().map(read).collect::<Result<_, _>>()?;
        for (at, policy) in given.iter().enumerate() {
            if given[..at].iter().any(|other| other.version == policy.version) {
                return Err(PolicyFault::Twice(policy.version));
            }
        }
        Ok(Policies::of(given))
    }

    /// These versions over the built-in one.
    pub fn of(given: Vec<Policy>) -> Policies {
        Policies { built_in: Policy::built_in(), given }
    }

    /// The versions over the built-in one.
    pub fn given(&self) -> &[Policy] {
        &self.given
    }

    /// The policy in force on a day: of those valid on it the highest version, and the built-in one before all.
    pub fn in_force(&self, day: Date) -> &Policy {
        let valid = self.given.iter().filter(|policy| policy.valid_from <= day);
        valid.max_by_key(|policy| policy.version).unwrap_or(&self.built_in)
    }

    /// Whether a leave is the county's to approve, by the policy in force on its first day.
    pub fn asks_county(&self, leave: &Leave) -> bool {
        self.in_force(leave.from).approves(leave) != Level::Township
    }
}

impl Default for Policies {
    fn default() -> Self {
        Policies::built_in()
    }
}

/// As the list of the versions given; what is built in is built in on either side.
impl Serialize for Policies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.given.serialize(serializer)
    }
}

/// A newer server may know fields and values that this version does not: those are passed over, and the rest is taken.
impl<'de> Deserialize<'de> for Policies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let versions = Vec::<Value>::deserialize(deserializer)?;
        Ok(Policies::of(versions.iter().filter_map(known).collect()))
    }
}

/// What this version understands of a policy; nothing without a version and its day.
fn known(given: &Value) -> Option<Policy> {
    let given = given.as_object()?;
    let built_in: Map<String, Value> = serde_json::from_str(BUILT_IN).expect("the policy in the source is an object");
    let mut whole = built_in.clone();
    for field in built_in.keys() {
        let Some(value) = given.get(field) else { continue };
        let mut one = built_in.clone();
        one.insert(field.clone(), value.clone());
        if serde_json::from_value::<Policy>(Value::Object(one)).is_ok() {
            whole.insert(field.clone(), value.clone());
        } else if NAMED.contains(&field.as_str()) {
            return None;
        }
    }
    let is_named = NAMED.iter().all(|field| given.contains_key(*field));
    serde_json::from_value(Value::Object(whole)).ok().filter(|_| is_named)
}

/// What is wrong with a policy; each sentence says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyFault {
    NotJson(String),
    NotAPolicy,
    TooMany,
    Missing(&'static str),
    Unknown { field: String, known: Vec<String> },
    Wrong { field: String, error: String },
    TooLarge { field: String },
    Contradiction,
    Twice(u32),
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyFault::NotJson(error) => write!(f, "this is no JSON ({error}); write an object like {EXAMPLE}"),
            PolicyFault::NotAPolicy => {
                write!(f, "a policy is a JSON object, or a list of them; write an object like {EXAMPLE}")
            }
            PolicyFault::TooMany => {
                write!(f, "more than {POLICIES_MAX} versions; leave out those that are no longer asked for")
            }
            PolicyFault::Missing(field) => {
                write!(f, "the field “{field}” is missing; every policy names its version and the day it is valid from")
            }
            PolicyFault::Unknown { field, known } => {
                write!(f, "no policy has a field “{field}”; take it out, or write one of: {}", known.join(", "))
            }
            PolicyFault::Wrong { field, error } => write!(
                f,
                "the field “{field}” cannot be read ({error}); correct it, or leave it out to keep what is built in"
            ),
            PolicyFault::TooLarge { field } => {
                write!(f, "a number in the field “{field}” is over {POLICY_NUMBER_MAX}; write a smaller one")
            }
            PolicyFault::Contradiction => {
                write!(f, "“late_days_max” lies below “on_time_days_max”; write it at least as large")
            }
            PolicyFault::Twice(version) => write!(f, "version {version} stands there twice; give each its own number"),
        }
    }
}

impl std::error::Error for PolicyFault {}

/// One policy over the built-in one. Field by field, so that a fault names its field.
fn read(given: &Value) -> Result<Policy, PolicyFault> {
    let given = given.as_object().ok_or(PolicyFault::NotAPolicy)?;
    let built_in: Map<String, Value> = serde_json::from_str(BUILT_IN).expect("the policy in the source is an object");
    let mut whole = built_in.clone();
    for (field, value) in given {
        if !built_in.contains_key(field) {
            let known = built_in.keys().cloned().collect();
            return Err(PolicyFault::Unknown { field: field.clone(), known });
        }
        let mut one = built_in.clone();
        one.insert(field.clone(), value.clone());
        if let Err(error) = serde_json::from_value::<Policy>(Value::Object(one)) {
            return Err(PolicyFault::Wrong { field: field.clone(), error: error.to_string() });
        }
        if field != "version" && largest(value) > POLICY_NUMBER_MAX {
            return Err(PolicyFault::TooLarge { field: field.clone() });
        }
        whole.insert(field.clone(), value.clone());
    }
    if let Some(missing) = NAMED.into_iter().find(|field| !given.contains_key(*field)) {
        return Err(PolicyFault::Missing(missing));
    }
    let policy: Policy = serde_json::from_value(Value::Object(whole)).expect("each of its fields was just read");
    if policy.late_days_max < policy.on_time_days_max {
        return Err(PolicyFault::Contradiction);
    }
    Ok(policy)
}

fn largest(value: &Value) -> u64 {
    match value {
        Value::Number(number) => number.as_u64().unwrap_or_default(),
        Value::Object(inner) => inner.values().map(largest).max().unwrap_or_default(),
        _ => 0,
    }
}
