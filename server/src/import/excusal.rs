//! The import of excusals 免计: `login, duty, period, basis, by` and a note. A row for a duty that is excused already changes
//! its reason; one that says `taken_back` makes the duty owed again.
use jiff::civil::Date;
use zhucun_core::calendar::Calendar;
use zhucun_core::duty::{Duty, Owing, Policies};
use zhucun_core::entry::EntryKind;
use zhucun_core::excusal::{EXCUSAL_NOTE_CHARS_MAX, Excusal, ExcusalBasis};
use zhucun_core::id::TenureId;
use zhucun_core::tenure::Tenure;

use super::Tally;
use super::posted;
use super::table::{self, Column, Mistake, Need, Row, Wrong};
use crate::store::{Connection, Transaction, Trouble, absence, calendar, excusal, policy};
use crate::word;

const COLUMNS: &[Column] = &[
    Column { names: &["login", "登录名", "账号"], need: Need::Filled },
    Column { names: &["duty", "事项"], need: Need::Filled },
    Column { names: &["period", "期"], need: Need::Filled },
    Column { names: &["basis", "依据"], need: Need::Filled },
    Column { names: &["by", "批准人"], need: Need::Filled },
    Column { names: &["note", "说明"], need: Need::Optional },
    Column { names: &["taken_back", "撤销"], need: Need::Optional },
];

/// A row of the table.
pub struct ExcusalLine {
    line: usize,
    login: String,
    kind: EntryKind,
    period: String,
    basis: ExcusalBasis,
    by: String,
    note: String,
    taken_back: bool,
}

pub fn read(bytes: &[u8]) -> Result<Vec<ExcusalLine>, Vec<Mistake>> {
    posted::collect(table::read(bytes, COLUMNS)?.iter().map(read_row))
}

fn read_row(row: &Row) -> Result<ExcusalLine, Mistake> {
    let missing = |column: &'static str| move || Mistake::new(row.line, column, Wrong::CellEmpty);
    let note = row.get("note").to_owned();
    if note.chars().count() > EXCUSAL_NOTE_CHARS_MAX {
        return Err(Mistake::new(row.line, "note", Wrong::CellTooLong { max: EXCUSAL_NOTE_CHARS_MAX }));
    }
    Ok(ExcusalLine {
        line: row.line,
        login: row.get("login").to_owned(),
        kind: row.read("duty", read_kind)?.ok_or_else(missing("duty"))?,
        period: row.get("period").to_owned(),
        basis: row.read("basis", read_basis)?.ok_or_else(missing("basis"))?,
        by: row.get("by").to_owned(),
        note,
        taken_back: row.read("taken_back", posted::yes_or_no)?.unwrap_or(false),
    })
}

fn read_kind(text: &str) -> Result<EntryKind, Wrong> {
    let known = EntryKind::DUTIES.into_iter().find(|kind| kind.code() == text || word::kind(*kind) == text);
    let words = || EntryKind::DUTIES.map(word::kind).join(", ");
    known.ok_or_else(|| Wrong::other(format!("“{text}” is no duty: write one of {}", words())))
}

fn read_basis(text: &str) -> Result<ExcusalBasis, Wrong> {
    const WORDS: [&str; ExcusalBasis::ALL.len()] = ["只剩一两天", "因公", "因病", "灾害疫情", "其他"];
    let known = ExcusalBasis::ALL.into_iter().zip(WORDS).find(|(basis, word)| basis.code() == text || *word == text);
    let wrong = || Wrong::other(format!("“{text}” is no basis: write one of {}", WORDS.join(", ")));
    known.map(|(basis, _)| basis).ok_or_else(wrong)
}

pub struct Plan {
    rows: Vec<(TenureId, Excusal)>,
    gone: Vec<(TenureId, EntryKind, String)>,
    pub tally: Tally,
    pub sentences: Vec<String>,
}

/// What the table would change; or every mistake of it.
pub fn plan(
    connection: &Connection,
    lines: &[ExcusalLine],
    today: Date,
) -> Result<Result<Plan, Vec<Mistake>>, Trouble> {
    let (calendar, policies) = (calendar::in_force(connection)?, policy::all(connection)?);
    let mut plan = Plan { rows: Vec::new(), gone: Vec::new(), tally: Tally::default(), sentences: Vec::new() };
    let mut mistakes = Vec::new();
    for line in lines {
        let (tenure, it) = match judge(connection, (&calendar, &policies), line, &plan.rows, today)? {
            Ok(judged) => judged,
            Err(mistake) => {
                mistakes.push(mistake);
                continue;
            }
        };
        let known = excusal::of_tenure(connection, tenure)?;
        let known = known.into_iter().find(|known| known.kind == it.kind && known.period == it.period);
        let ExcusalLine { login, period, by, .. } = line;
        let what = format!("line {}: {login} {} {period}, by {by}", line.line, line.kind.code());
        match (line.taken_back, known) {
            (true, None) => plan.tally.unchanged += 1,
            (true, Some(_)) => {
                plan.tally.ended += 1;
                plan.sentences.push(format!("- {what}"));
                plan.gone.push((tenure, it.kind, it.period));
            }
            (false, Some(known)) if known == it => plan.tally.unchanged += 1,
            (false, known) => {
                let sign = if known.is_some() { "~" } else { "+" };
                let count = if known.is_some() { &mut plan.tally.changed } else { &mut plan.tally.added };
                *count += 1;
                plan.sentences.push(format!("{sign} {what}"));
                plan.rows.push((tenure, it));
            }
        }
    }
    Ok(if mistakes.is_empty() { Ok(plan) } else { Err(mistakes) })
}

/// Which duty of which tenure a line excuses; `taken` are those of the lines before it.
fn judge(
    connection: &Connection,
    (calendar, policies): (&Calendar, &Policies),
    line: &ExcusalLine,
    taken: &[(TenureId, Excusal)],
    today: Date,
) -> Result<Result<(TenureId, Excusal), Mistake>, Trouble> {
    let wrong = |column, sentence: String| Ok(Err(Mistake::new(line.line, column, Wrong::other(sentence))));
    let mut found: Option<(Tenure, Vec<Duty>, usize)> = None;
    for tenure in posted::tenures(connection, &line.login)? {
        let duties = Owing::new(&tenure.term(), calendar, policies).duties(line.kind);
        // Of two postings that know the period the later is meant.
        if let Some(at) = duties.iter().position(|duty| duty.period == line.period) {
            found = Some((tenure, duties, at));
        }
    }
    let Some((tenure, duties, at)) = found else {
        return wrong("period", format!("{} has no period “{}” of this duty", line.login, line.period));
    };
    let before = taken.iter().filter(|(of, _)| *of == tenure.id).map(|(_, excusal)| excusal.clone());
    let excusals: Vec<Excusal> = absence::excusals_of(connection, tenure.id)?.into_iter().chain(before).collect();
    let term = tenure.term();
    let owing = Owing { excusals: &excusals, ..Owing::new(&term, calendar, policies) };
    let level = owing.excuses_one_of(&duties, at);
    let by = match posted::authority(connection, &line.by, level, tenure.division, [duties[at].from, today])? {
        Ok(person) => person,
        Err(sentence) => return wrong("by", sentence),
    };
    let (kind, period, note) = (line.kind, line.period.clone(), line.note.clone());
    Ok(Ok((tenure.id, Excusal { kind, period, basis: line.basis, by, note })))
}

pub fn apply(tx: &Transaction<'_>, plan: &Plan) -> Result<(), Trouble> {
    plan.rows.iter().try_for_each(|(tenure, it)| excusal::put(tx, *tenure, it))?;
    plan.gone.iter().try_for_each(|(tenure, kind, period)| excusal::take_back(tx, *tenure, *kind, period))
}
