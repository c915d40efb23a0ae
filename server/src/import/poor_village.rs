//! The import of poor villages 贫困村: `code,from,to`, both days included, `to` empty while it lasts.
use std::collections::BTreeMap;

use zhucun_core::division::{DivisionCode, Level};

use super::Tally;
use super::table::{self, Column, Mistake, Need, Row, day};
use crate::store::division::{self, PoorVillage};
use crate::store::{Connection, Transaction, Trouble};

const COLUMNS: &[Column] = &[
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
    let code: DivisionCode =
        row.get("code").parse().map_err(|error| Mistake::new(row.line, "code", format!("{error}")))?;
    if code.level() != Level::Village {
        return Err(Mistake::new(row.line, "code", format!("{code} is not a village: those have 12 digits")));
    }
    let from = row.read("from", day)?.ok_or_else(|| Mistake::new(row.line, "from", "this may not be empty"))?;
    let to = row.read("to", day)?;
    if to.is_some_and(|to| to < from) {
        return Err(Mistake::new(row.line, "to", "this lies before the first day"));
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
            let sentence = format!("no village has the code {}: import the divisions first", village.code);
            mistakes.push(Mistake::new(*line, "code", sentence));
        }
        let before = marked.insert((village.code, village.from), (Some(*line), village.to));
        if let Some((Some(before), _)) = before {
            let sentence = format!("the same village from the same day stands on line {before}");
            mistakes.push(Mistake::new(*line, "from", sentence));
        }
    }
    let marks: Vec<_> = marked.into_iter().collect();
    for pair in marks.windows(2) {
        let [((code, from), (line, to)), ((next_code, next_from), (next_line, _))] = pair else { continue };
        if code == next_code
            && to.is_none_or(|to| to >= *next_from)
            && let Some(line) = next_line.or(*line)
        {
            let sentence = format!("{code} would be marked twice: from {from} and from {next_from}");
            mistakes.push(Mistake::new(line, "from", sentence));
        }
    }
    Ok(mistakes)
}

/// Marks new ones and sets the last day of known ones; takes nothing away.
pub fn apply(tx: &Transaction<'_>, villages: &[(usize, PoorVillage)]) -> Result<Tally, Trouble> {
    let known: BTreeMap<_, _> =
        division::poor_villages(tx)?.into_iter().map(|it| ((it.code, it.from), it.to)).collect();
    let mut tally = Tally::default();
    for (_, village) in villages {
        match known.get(&(village.code, village.from)) {
            Some(to) if *to == village.to => tally.unchanged += 1,
            before => {
                division::put_poor_village(tx, village)?;
                match before {
                    Some(None) => tally.ended += 1,
                    Some(Some(_)) => tally.changed += 1,
                    None => tally.added += 1,
                }
            }
        }
    }
    Ok(tally)
}
