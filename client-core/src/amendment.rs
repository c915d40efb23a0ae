//! What an amendment writes to a record: narrow, each field on its own, and only what is news.
use jiff::civil::Date;

use crate::document::Record;
use crate::entry::{Fields, check_dated};
use crate::field::{Field, FieldError, FieldFault, FieldValue, Need};

/// The fields of an amendment that differ from the record, or settle one with several values; refused with all its faults.
pub fn changed<'f>(
    table: &[Field],
    record: &Record,
    fields: &'f Fields,
    today: Date,
) -> Result<Vec<(&'f String, &'f FieldValue)>, Vec<FieldError>> {
    let fault = |name: &str, value: &FieldValue| match table.iter().find(|field| field.name == name) {
        None => Some(FieldFault::UnknownField),
        Some(field) if value.is_empty() && field.need == Need::Required => Some(FieldFault::Missing),
        Some(field) => check_dated(field, value, today).err(),
    };
    let errors: Vec<FieldError> = fields
        .iter()
        .filter_map(|(name, value)| Some(FieldError { field: name.clone(), fault: fault(name, value)? }))
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(fields.iter().filter(|(name, value)| is_news(record, name, value)).collect())
}

/// Whether a value differs from what a record shows, or settles several.
pub fn is_news(record: &Record, name: &str, value: &FieldValue) -> bool {
    match record.get(name) {
        Some(shown) => record.is_in_conflict(name) || shown != value,
        None => !value.is_empty(),
    }
}

/// What is filled in of a form.
pub fn filled(fields: &Fields) -> impl Iterator<Item = (&str, FieldValue)> {
    let filled = fields.iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(name, value)| (name.as_str(), value.clone()))
}
