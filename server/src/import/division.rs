//! The import of divisions 行政区划: `code,name`, for a check `level,parent_code`, and `valid_from,valid_to` where codes
//! changed.
use std::collections::{BTreeMap, BTreeSet};

use zhucun_core::division::{Division, DivisionCode, Level};

use super::Tally;
use super::table::{self, Column, Mistake, Need, Row, Wrong, day};
use crate::store::division::{self, Validity};
use crate::store::{Connection, Transaction, Trouble};

const COLUMNS: &[Column] = &[
    Column { names: &["code", "区划代码", "代码"], need: Need::Filled },
    Column { names: &["name", "名称"], need: Need::Filled },
    Column { names: &["level", "级别"], need: Need::Optional },
    Column { names: &["parent_code", "上级代码"], need: Need::Optional },
    Column { names: &["valid_from", "启用日期"], need: Need::Optional },
    Column { names: &["valid_to", "停用日期"], need: Need::Optional },
];

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub line: usize,
    pub division: Division,
    pub validity: Validity,
}

/// Reads the table. Levels and parents that it names must be those that the codes say.
pub fn read(bytes: &[u8]) -> Result<Vec<Unit>, Vec<Mistake>> {
    let (mut found, mut mistakes) = (Vec::new(), Vec::new());
    let mut lines: BTreeMap<DivisionCode, usize> = BTreeMap::new();
    for row in table::read(bytes, COLUMNS)? {
        match read_row(&row) {
            Ok(unit) => {
                let code = unit.division.code;
                if let Some(before) = lines.insert(code, row.line) {
                    let wrong = Wrong::other(format!("{code} stands on line {before} already"));
                    mistakes.push(Mistake::new(row.line, "code", wrong));
                }
                found.push(unit);
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(found) } else { Err(mistakes) }
}

fn read_row(row: &Row) -> Result<Unit, Mistake> {
    let code = row.read("code", table::code)?.ok_or_else(|| Mistake::new(row.line, "code", Wrong::CellEmpty))?;
    row.read("level", |level| {
        if names(code.level()).contains(&level) {
            return Ok(());
        }
        let is = names(code.level())[0];
        Err(Wrong::other(format!("“{level}”, but a code of {} digits is a {is}", code.level().digits())))
    })?;
    row.read("parent_code", |parent| match code.parent() {
        Some(real) if real.to_string() == parent => Ok(()),
        Some(real) => Err(Wrong::other(format!("“{parent}”, but the code begins with {real}"))),
        None => Err(Wrong::other("a city has no parent here")),
    })?;
    let validity = Validity { from: row.read("valid_from", day)?, to: row.read("valid_to", day)? };
    if matches!((validity.from, validity.to), (Some(from), Some(to)) if to < from) {
        return Err(Mistake::new(row.line, "valid_to", Wrong::BeforeFirst));
    }
    Ok(Unit { line: row.line, division: Division { code, name: row.get("name").to_owned() }, validity })
}

fn names(level: Level) -> [&'static str; 2] {
    match level {
        Level::City => ["city", "市"],
        Level::County => ["county", "县区"],
        Level::Township => ["township", "乡镇"],
        Level::Village => ["village", "村"],
    }
}

/// Every unit but a city must have its parent, in the table or in the database.
pub fn judge(connection: &Connection, units: &[Unit]) -> Result<Vec<Mistake>, Trouble> {
    let here: BTreeSet<DivisionCode> = units.iter().map(|unit| unit.division.code).collect();
    let mut mistakes = Vec::new();
    for unit in units {
        if let Some(parent) = unit.division.code.parent()
            && !here.contains(&parent)
            && division::find(connection, parent)?.is_none()
        {
            let wrong = Wrong::other(format!("its parent {parent} is neither in the table nor in the database"));
            mistakes.push(Mistake::new(unit.line, "code", wrong));
        }
    }
    Ok(mistakes)
}

/// Adds new units and changes known ones; takes nothing away.
pub fn apply(tx: &Transaction<'_>, units: &[Unit]) -> Result<Tally, Trouble> {
    let mut tally = Tally::default();
    for Unit { division: unit, validity, .. } in units {
        let known = division::find(tx, unit.code)?;
        if known.as_ref() == Some(unit) && division::validity(tx, unit.code)? == *validity {
            tally.unchanged += 1;
            continue;
        }
        division::put(tx, unit)?;
        division::set_validity(tx, unit.code, *validity)?;
        if known.is_some() { tally.changed += 1 } else { tally.added += 1 }
    }
    Ok(tally)
}
