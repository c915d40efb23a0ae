//! How values of the core stand in columns. Ids are blobs of 16 bytes (`PersonId(row.get(..)?)`, `person.0`), days are
//! ISO texts, moments are milliseconds (`moment.0`); rusqlite knows these. The rest is here.
use rusqlite::types::Type;
use rusqlite::{Row, RowIndex};
use zhucun_core::division::DivisionCode;

/// A division code as its column's integer.
pub fn number(code: DivisionCode) -> i64 {
    i64::try_from(code.number()).expect("a code has 12 digits at most")
}

/// A division code out of its column.
pub fn code(row: &Row<'_>, index: impl RowIndex) -> rusqlite::Result<DivisionCode> {
    let number: i64 = row.get(index)?;
    u64::try_from(number)
        .ok()
        .and_then(|number| DivisionCode::from_number(number).ok())
        .ok_or_else(|| damaged("not a division code"))
}

/// A stable code (a role, a reason) out of its column.
pub fn word<T>(row: &Row<'_>, index: impl RowIndex, from_code: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text: String = row.get(index)?;
    from_code(&text).ok_or_else(|| damaged("not a code of this column"))
}

fn damaged(what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, what.into())
}

/// The codes below `parent`, itself included, as a range of the column at each level:
/// `code BETWEEN first AND last` for the `digits` given.
pub fn below(parent: DivisionCode, digits: usize) -> Option<(i64, i64)> {
    let grow = u32::try_from(digits.checked_sub(parent.level().digits())?).ok()?;
    let factor = 10_i64.pow(grow);
    let first = number(parent) * factor;
    Some((first, first + factor - 1))
}
