//! The import of leave 请假/外出: `login, kind, from, to` and who approved it. A row that begins on the day of a known leave of
//! the same tenure changes that one; nothing is taken away. To take a leave back, import it without who approved it.
use jiff::civil::Date;
use zhucun_core::duty::Policies;
use zhucun_core::id::TenureId;
use zhucun_core::leave::{Leave, LeaveKind};

use super::Tally;
use super::posted;
use super::table::{self, Column, Mistake, Need, Row, Wrong, day};
use crate::store::leave::{self, LeaveRow};
use crate::store::{Connection, Transaction, Trouble, policy};
use crate::word;

const COLUMNS: &[Column] = &[
    Column { names: &["login", "登录名", "账号"], need: Need::Filled },
    Column { names: &["kind", "请假类别", "类别"], need: Need::Filled },
    Column { names: &["from", "起", "开始日期"], need: Need::Filled },
    Column { names: &["to", "止", "结束日期"], need: Need::Filled },
    Column { names: &["approved_by", "批准人"], need: Need::Optional },
    Column { names: &["counts_as_present", "视同在岗"], need: Need::Optional },
    Column { names: &["reported_back", "销假日期"], need: Need::Optional },
];

/// A row of the table.
pub struct LeaveLine {
    line: usize,
    login: String,
    kind: LeaveKind,
    from: Date,
    to: Date,
    approver: String,
    counts_as_present: Option<bool>,
    reported_back: Option<Date>,
}

pub fn read(bytes: &[u8]) -> Result<Vec<LeaveLine>, Vec<Mistake>> {
    posted::collect(table::read(bytes, COLUMNS)?.iter().map(read_row))
}

fn read_row(row: &Row) -> Result<LeaveLine, Mistake> {
    let missing = |column: &'static str| move || Mistake::new(row.line, column, Wrong::CellEmpty);
    let from = row.read("from", day)?.ok_or_else(missing("from"))?;
    let to = row.read("to", day)?.ok_or_else(missing("to"))?;
    if to < from {
        return Err(Mistake::new(row.line, "to", Wrong::BeforeFirst));
    }
    let reported_back = row.read("reported_back", day)?;
    if reported_back.is_some_and(|back| back < from) {
        return Err(Mistake::new(
            row.line,
            "reported_back",
            Wrong::other("this lies before the first day of the leave"),
        ));
    }
    Ok(LeaveLine {
        line: row.line,
        login: row.get("login").to_owned(),
        kind: row.read("kind", read_kind)?.ok_or_else(missing("kind"))?,
        from,
        to,
        approver: row.get("approved_by").to_owned(),
        counts_as_present: row.read("counts_as_present", posted::yes_or_no)?,
        reported_back,
    })
}

fn read_kind(text: &str) -> Result<LeaveKind, Wrong> {
    let known = |kind: &LeaveKind| kind.code() == text || word::leave(*kind) == text;
    LeaveKind::ALL.into_iter().find(known).ok_or_else(|| {
        let words: Vec<_> =
            LeaveKind::ALL.into_iter().map(|kind| format!("{}/{}", kind.code(), word::leave(kind))).collect();
        Wrong::other(format!("“{text}” is no kind of leave: write one of {}", words.join(", ")))
    })
}

pub struct Plan {
    rows: Vec<(TenureId, LeaveRow)>,
    pub tally: Tally,
    pub sentences: Vec<String>,
}

/// What the table would change; or every mistake of it.
pub fn plan(connection: &Connection, lines: &[LeaveLine], today: Date) -> Result<Result<Plan, Vec<Mistake>>, Trouble> {
    let policies = policy::all(connection)?;
    let mut plan = Plan { rows: Vec::new(), tally: Tally::default(), sentences: Vec::new() };
    let mut mistakes = Vec::new();
    for line in lines {
        match judge(connection, &policies, line, &plan.rows, today)? {
            Ok((tenure, row)) => {
                let known = leave::of_tenure(connection, tenure)?;
                match known.iter().find(|known| known.leave.from == row.leave.from) {
                    Some(known) if *known == row => plan.tally.unchanged += 1,
                    before => {
                        let LeaveLine { login, from, to, kind, approver, .. } = line;
                        let sign = if before.is_some() { "~" } else { "+" };
                        let by = if approver.is_empty() {
                            "approved by nobody".to_owned()
                        } else {
                            format!("approved by {approver}")
                        };
                        plan.sentences.push(format!(
                            "{sign} line {}: {login} {} {from} to {to}, {by}",
                            line.line,
                            kind.code()
                        ));
                        let count = if before.is_some() { &mut plan.tally.changed } else { &mut plan.tally.added };
                        *count += 1;
                        plan.rows.push((tenure, row));
                    }
                }
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    Ok(if mistakes.is_empty() { Ok(plan) } else { Err(mistakes) })
}

/// Which leave of which tenure a line is; `taken` are those of the lines before it.
fn judge(
    connection: &Connection,
    policies: &Policies,
    line: &LeaveLine,
    taken: &[(TenureId, LeaveRow)],
    today: Date,
) -> Result<Result<(TenureId, LeaveRow), Mistake>, Trouble> {
    let wrong = |column, sentence: String| Ok(Err(Mistake::new(line.line, column, Wrong::other(sentence))));
    let Some(tenure) = posted::on(connection, &line.login, line.from)? else {
        return wrong("login", format!("{} is posted to no village on {}", line.login, line.from));
    };
    let policy = policies.in_force(line.from);
    let mut leave = Leave {
        kind: line.kind,
        from: line.from,
        to: line.to,
        counts_as_present: line.counts_as_present.unwrap_or_else(|| policy.counts_as_present(line.kind)),
        approved_by: None,
    };
    if !line.approver.is_empty() {
        let level = policy.approves(&leave);
        match posted::authority(connection, &line.approver, level, tenure.division, [line.from, today])? {
            Ok(person) => leave.approved_by = Some(person),
            Err(sentence) => return wrong("approved_by", format!("{} days: {sentence}", leave.days())),
        }
    }
    let stored = leave::of_tenure(connection, tenure.id)?.into_iter().map(|row| row.leave);
    let before = taken.iter().filter(|(of, _)| *of == tenure.id).map(|(_, row)| row.leave.clone());
    for (other, stands) in stored.map(|leave| (leave, false)).chain(before.map(|leave| (leave, true))) {
        if other.from <= leave.to && leave.from <= other.to && (stands || other.from != leave.from) {
            let sentence = format!("{} is away from {} to {} already", line.login, other.from, other.to);
            return wrong("from", sentence);
        }
    }
    Ok(Ok((tenure.id, LeaveRow { leave, reported_back: line.reported_back })))
}

pub fn apply(tx: &Transaction<'_>, plan: &Plan) -> Result<(), Trouble> {
    plan.rows.iter().try_for_each(|(tenure, row)| leave::put(tx, *tenure, row))
}
