//! The register 户册 of a village as its team keeps it: rows of a table held against what is there, which household two
//! records are, and how an import is taken back. Pure; commands and screens are elsewhere.
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::document::Record;
use crate::entry::{Fields, check_fields};
use crate::field::{FieldError, FieldFault, FieldValue};
use crate::household::{HOUSEHOLD, REGISTERED, STANDING, UNVERIFIED};
use crate::id::HouseholdId;

/// The import that wrote a household last. The names here are fields of a household that are not on its form.
pub const IMPORT: &str = "import";
/// What an import changed of a household that was there: by field, what it would be the other way and what it is now, as
/// JSON. Empty for one that the import brought.
pub const IMPORT_CHANGED: &str = "import_changed";
/// 1 while the import is undone.
pub const IMPORT_UNDONE: &str = "import_undone";
/// The household that this one is the same as.
pub const MERGED_INTO: &str = "merged_into";
/// Rows of one import.
pub const IMPORT_ROWS_MAX: usize = 1_000;

const HEAD: &str = "head";
const GROUP: &str = "group";
const NUMBER: &str = "number";

/// One row of a table: what is filled in, and the household it is, if that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct RegisterRow {
    #[serde(default)]
    pub household: Option<HouseholdId>,
    pub fields: Fields,
}

/// What an import does with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RowVerdict {
    New,
    Changed,
    Same,
    /// It is left out until its errors are mended.
    Faulty,
}

/// A field of a household, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FieldChange {
    pub field: String,
    pub before: FieldValue,
    pub after: FieldValue,
}

/// A row held against the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct RowView {
    pub verdict: RowVerdict,
    pub household: Option<HouseholdId>,
    pub changes: Vec<FieldChange>,
    pub errors: Vec<FieldError>,
}

/// Whether a household is one of the register: not the same as another, and not of an import that was undone.
pub fn is_listed(record: &Record) -> bool {
    merged_into(record).is_none() && !is_taken_back(record)
}

pub fn merged_into(record: &Record) -> Option<HouseholdId> {
    record.text(MERGED_INTO)?.parse().ok()
}

/// It came with an import that was undone.
fn is_taken_back(record: &Record) -> bool {
    record.number(IMPORT_UNDONE) == Some(1) && is_brought(record)
}

/// It came with the import that wrote it last, rather than being changed by it.
pub fn is_brought(record: &Record) -> bool {
    record.text(IMPORT).is_some() && record.text(IMPORT_CHANGED).is_none_or(str::is_empty)
}

/// Two records in a list that may be one household: of one number, or of one head in one group where a number is missing.
pub fn twins(records: &[Record]) -> Vec<(HouseholdId, HouseholdId)> {
    let mut found = Vec::new();
    let listed: Vec<&Record> = records.iter().filter(|record| is_listed(record)).collect();
    let mut by_name: BTreeMap<[&str; 2], Vec<&Record>> = BTreeMap::new();
    let mut by_number: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in listed {
        by_name.entry([text(record, HEAD), text(record, GROUP)]).or_default().push(record);
        if !text(record, NUMBER).is_empty() {
            by_number.entry(text(record, NUMBER)).or_default().push(record);
        }
    }
    let is_numbered = |of: &[&Record]| of.iter().all(|record| !text(record, NUMBER).is_empty());
    let same_name = by_name.into_values().filter(|of| !is_numbered(of));
    for same in by_number.into_values().chain(same_name) {
        let ids = same.iter().map(|record| record.key.parse::<HouseholdId>());
        let ids: Vec<HouseholdId> = ids.collect::<Result<_, _>>().unwrap_or_default();
        for pair in ids.windows(2) {
            if !found.contains(&(pair[0], pair[1])) {
                found.push((pair[0], pair[1]));
            }
        }
    }
    found
}

fn text<'a>(record: &'a Record, name: &str) -> &'a str {
    record.text(name).unwrap_or_default()
}

fn filled<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(FieldValue::text).unwrap_or_default()
}

/// Which record a row is.
enum Match<'a> {
    None,
    One(&'a Record),
    Several,
}

/// The records that rows may be, by what they are found by.
struct Known<'a> {
    by_key: BTreeMap<&'a str, &'a Record>,
    by_number: BTreeMap<&'a str, Vec<&'a Record>>,
    by_name: BTreeMap<[&'a str; 2], Vec<&'a Record>>,
}

impl<'a> Known<'a> {
    fn of(records: &'a [Record]) -> Self {
        let mut known = Known { by_key: BTreeMap::new(), by_number: BTreeMap::new(), by_name: BTreeMap::new() };
        for record in records.iter().filter(|record| merged_into(record).is_none()) {
            known.by_key.insert(&record.key, record);
            known.by_name.entry([text(record, HEAD), text(record, GROUP)]).or_default().push(record);
            if !text(record, NUMBER).is_empty() {
                known.by_number.entry(text(record, NUMBER)).or_default().push(record);
            }
        }
        known
    }

    /// By its id, by its number, or by its head and group where one of the two has no number.
    fn find(&self, id: Option<HouseholdId>, fields: &Fields) -> Match<'a> {
        if let Some(id) = id {
            return self.by_key.get(id.to_string().as_str()).map_or(Match::None, |record| Match::One(record));
        }
        let number = filled(fields, NUMBER);
        if let Some(numbered) = self.by_number.get(number) {
            return one(numbered.clone());
        }
        let named = self.by_name.get(&[filled(fields, HEAD), filled(fields, GROUP)]).cloned().unwrap_or_default();
        one(named.into_iter().filter(|record| number.is_empty() || text(record, NUMBER).is_empty()).collect())
    }
}

fn one(of: Vec<&Record>) -> Match<'_> {
    match of[..] {
        [] => Match::None,
        [record] => Match::One(record),
        _ => Match::Several,
    }
}

/// Holds the rows of a table against the register, in their order. What a cell leaves empty stays as it is.
pub fn compare(records: &[Record], rows: &[RegisterRow], today: Date) -> Vec<RowView> {
    let known = Known::of(records);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    rows.iter().map(|row| compare_row(&known, row, today, &mut seen)).collect()
}

fn compare_row(known: &Known<'_>, row: &RegisterRow, today: Date, seen: &mut BTreeSet<String>) -> RowView {
    let mut fields = row.fields.clone();
    fields.retain(|_, value| !value.is_empty());
    let mut errors = check_fields(HOUSEHOLD, &fields, today);
    let found = known.find(row.household, &fields);
    let name = match (&found, filled(&fields, NUMBER)) {
        (Match::One(record), _) => record.key.clone(),
        (_, "") => format!("{}\n{}", filled(&fields, HEAD), filled(&fields, GROUP)),
        (_, number) => number.to_owned(),
    };
    let repeats = !seen.insert(name);
    let fault = |field: &str, fault| FieldError { field: field.to_owned(), fault };
    match found {
        Match::Several => errors.push(fault(HEAD, FieldFault::Ambiguous)),
        _ if repeats && errors.is_empty() => {
            let field = if filled(&fields, NUMBER).is_empty() { HEAD } else { NUMBER };
            errors.push(fault(field, FieldFault::Repeated));
        }
        _ => {}
    }
    let record = match found {
        Match::One(record) => Some(record),
        Match::None | Match::Several => None,
    };
    let household = record.and_then(|record| record.key.parse().ok()).or(row.household);
    if !errors.is_empty() {
        return RowView { verdict: RowVerdict::Faulty, household, changes: Vec::new(), errors };
    }
    let is_new = record.is_none_or(is_taken_back);
    if !fields.contains_key(STANDING) {
        // Who has an official number is on the official list.
        let standing = match (filled(&fields, NUMBER), record.map(|record| text(record, STANDING))) {
            ("", None) => Some(UNVERIFIED),
            ("", Some(_)) => None,
            (_, None | Some("" | UNVERIFIED)) => Some(REGISTERED),
            (_, Some(_)) => None,
        };
        fields.extend(standing.map(|standing| (STANDING.to_owned(), FieldValue::from(standing))));
    }
    let before = |name: &str| record.and_then(|record| record.get(name)).cloned().unwrap_or_else(|| "".into());
    let change = |(field, after): (String, FieldValue)| FieldChange { before: before(&field), field, after };
    let mut changes: Vec<FieldChange> = fields.into_iter().map(change).collect();
    changes.retain(|change| change.before != change.after);
    let verdict = match (is_new, changes.is_empty()) {
        (true, _) => RowVerdict::New,
        (false, true) => RowVerdict::Same,
        (false, false) => RowVerdict::Changed,
    };
    RowView { verdict, household, changes, errors }
}

/// What an import notes of a household that it changes.
pub fn note_changes(changes: &[FieldChange]) -> String {
    let noted: BTreeMap<&str, [&FieldValue; 2]> =
        changes.iter().map(|change| (change.field.as_str(), [&change.before, &change.after])).collect();
    serde_json::to_string(&noted).unwrap_or_default()
}

/// What undoing an import, or doing it again, writes to a household: what it changed goes the other way where nobody has
/// written since. Nothing to a household that it brought: whether that is listed hangs on `IMPORT_UNDONE`.
pub fn turn_back(record: &Record) -> Fields {
    let noted: BTreeMap<String, [FieldValue; 2]> =
        serde_json::from_str(text(record, IMPORT_CHANGED)).unwrap_or_default();
    if noted.is_empty() {
        return Fields::new();
    }
    let mut writes = Fields::new();
    let mut turned = BTreeMap::new();
    for (field, [other, this]) in noted {
        let is_untouched = record.get(&field).cloned().unwrap_or_else(|| "".into()) == this;
        if is_untouched {
            writes.insert(field.clone(), other.clone());
            turned.insert(field, [this, other]);
        } else {
            turned.insert(field, [other, this]);
        }
    }
    writes.insert(IMPORT_CHANGED.to_owned(), serde_json::to_string(&turned).unwrap_or_default().into());
    writes
}

/// Whether a household that came with an import stays when that is undone: somebody visited it or wrote to it since.
pub fn outlives_import(record: &Record, visited: &BTreeSet<String>) -> bool {
    let made = record.fields.get(IMPORT).and_then(|values| values.first());
    let of_form = record.fields.iter().filter(|(name, _)| HOUSEHOLD.iter().any(|field| field.name == *name));
    let untouched = made.is_some_and(|made| {
        let is_of_it = |value: &crate::document::Value| (value.actor, value.seq) == (made.actor, made.seq);
        of_form.flat_map(|(_, values)| values).all(is_of_it)
    });
    is_brought(record) && (visited.contains(&record.key) || !untouched)
}

/// The imports of a register, with the households that each wrote last.
pub fn imports(records: &[Record]) -> BTreeMap<String, Vec<&Record>> {
    let mut imports: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
    for record in records {
        if let Some(import) = record.text(IMPORT).filter(|import| !import.is_empty()) {
            imports.entry(import.to_owned()).or_default().push(record);
        }
    }
    imports
}
