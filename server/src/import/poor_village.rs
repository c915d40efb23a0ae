//! The import of poor villages 贫困村: `code,from,to`, both days included, `to` empty while it lasts.
use std::collections::BTreeMap;

use zhucun_core::division::Level;

use super::effect::{Change, Effect, Kind, Tally};
use super::mistake::{Mistake, Wrong};
use super::table::{self, Column, Need, Row, day};
use crate::store::division::{self, PoorVillage};
use crate::store::{Connection, Transaction, Trouble};

pub const COLUMNS: &[Column] = &[
    Column { names: &["code", "区划代码", "代码"], need: Need::Filled },
    Column { names: &["from", "起", "认定日期"], need: Need::Filled },
    Column { names: &["to", "止", "退出日期"], need: Need::Optional },
];

pub fn read(bytes: &[u8]) -> Result<Vec<(usize, PoorVillage)>, Vec<Mistake>> {
    let (mut found, mut mistakes) = (Vec::new(), Vec::new());
    for row in table::read(bytes, COLUMNS)? {
        match read_row(&row) {
            Ok(village) => found.push((row.line, village)),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(found) } else { Err(mistakes) }
}

fn read_row(row: &Row) -> Result<PoorVillage, Mistake> {
    let code = row.read("code", table::code)?.ok_or_else(|| Mistake::new(row.line, "code", Wrong::CellEmpty))?;
    if code.level() != Level::Village {
        return Err(Mistake::new(row.line, "code", Wrong::NotAVillage { code }));
    }
    let from = row.read("from", day)?.ok_or_else(|| Mistake::new(row.line, "from", Wrong::CellEmpty))?;
    let to = row.read("to", day)?;
    if to.is_some_and(|to| to < from) {
        return Err(Mistake::new(row.line, "to", Wrong::BeforeFirst));
    }
    Ok(PoorVillage { code, from, to })
}

/// Villages must exist, and no village may be marked twice for one day, in the table and what is stored together.
pub fn judge(connection: &Connection, villages: &[(usize, PoorVillage)]) -> Result<Vec<Mistake>, Trouble> {
    let mut marked: BTreeMap<_, _> =
        division::poor_villages(connection)?.into_iter().map(|it| ((it.code, it.from), (None, it.to))).collect();
    let mut mistakes = Vec::new();
    for (line, village) in villages {
        if division::find(connection, village.code)?.is_none() {
            mistakes.push(Mistake::new(*line, "code", Wrong::VillageUnknown { code: village.code }));
        }
        let before = marked.insert((village.code, village.from), (Some(*line), village.to));
        if let Some((Some(before), _)) = before {
            mistakes.push(Mistake::new(*line, "from", Wrong::VillageTwice { before }));
        }
    }
    let marks: Vec<_> = marked.into_iter().collect();
    for pair in marks.windows(2) {
        let [((code, from), (line, to)), ((next_code, next_from), (next_line, _))] = pair else { continue };
        if code == next_code
            && to.is_none_or(|to| to >= *next_from)
            && let Some(line) = next_line.or(*line)
        {
            let wrong = Wrong::MarkedTwice { code: *code, from: *from, next: *next_from };
            mistakes.push(Mistake::new(line, "from", wrong));
        }
    }
    Ok(mistakes)
}

/// What the table would change: new marks, and last days of known ones.
pub struct Plan {
    pub villages: Vec<(usize, PoorVillage)>,
    pub changes: Vec<Change>,
}

/// What the table would change of this database; or every mistake of it.
pub fn plan(connection: &Connection, villages: &[(usize, PoorVillage)]) -> Result<Result<Plan, Vec<Mistake>>, Trouble> {
    let mistakes = judge(connection, villages)?;
    if !mistakes.is_empty() {
        return Ok(Err(mistakes));
    }
    Ok(Ok(Plan { villages: villages.to_vec(), changes: compare(connection, villages)? }))
}

fn compare(connection: &Connection, villages: &[(usize, PoorVillage)]) -> Result<Vec<Change>, Trouble> {
    let known: BTreeMap<_, _> =
        division::poor_villages(connection)?.into_iter().map(|it| ((it.code, it.from), it.to)).collect();
    let mut changes = Vec::with_capacity(villages.len());
    for (line, PoorVillage { code, from, to }) in villages {
        let (kind, effect) = match (known.get(&(*code, *from)), to) {
            (Some(was), to) if was == to => (Kind::Unchanged, None),
            (Some(None), Some(to)) => (Kind::Ended, Some(Effect::Ends { to: *to })),
            (Some(Some(was_to)), Some(to)) => (Kind::Changed, Some(Effect::EndChanged { to: *to, was_to: *was_to })),
            (Some(Some(was_to)), None) => (Kind::Changed, Some(Effect::EndTakenBack { was_to: *was_to })),
            (None, Some(to)) => (Kind::Added, Some(Effect::Days { from: *from, to: *to })),
            (_, None) => (Kind::Added, Some(Effect::Since { from: *from })),
        };
        let place = division::find(connection, *code)?.map(|unit| unit.name).unwrap_or_default();
        let about = Effect::Village { place, code: *code };
        changes.push(Change { line: Some(*line), kind, about, effects: effect.into_iter().collect() });
    }
    Ok(changes)
}

/// Marks new ones and sets the last day of known ones; takes nothing away.
pub fn apply(tx: &Transaction<'_>, villages: &[(usize, PoorVillage)]) -> Result<Tally, Trouble> {
    let changes = compare(tx, villages)?;
    for ((_, village), change) in villages.iter().zip(&changes) {
        if change.kind != Kind::Unchanged {
            division::put_poor_village(tx, village)?;
        }
    }
    Ok(Tally::of(&changes))
}
