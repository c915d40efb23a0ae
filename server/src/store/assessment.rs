//! Assessments 考核: what the township and the county wrote of a tenure, beside the facts of the days that each is of. Nothing
//! that was written is written over: each writing has a number, and the last one stands. Nothing of it is computed.
use std::collections::BTreeSet;

use jiff::civil::Date;
use rusqlite::{Connection, Row, Transaction, params};
use zhucun_core::assessment::{self, Assessed, AssessmentKind, Grade, GrassrootsCredit};
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::{Moment, date_to_day};
use zhucun_core::contract::EntryState;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::document::Record;
use zhucun_core::duty::{Presence, Tally};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::leave::{Leave, LeaveKind};
use zhucun_core::tenure::{Tenure, TenureRole};

use super::tenure::Posted;
use super::value::{below, word};
use super::{Trouble, absence, calendar, month, person, policy, read_model, tenure};

/// What somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// 乡镇党委
    Township {
        opinion: String,
        /// 民主测评: how many voted for each grade, from the best down.
        votes: Option<[u32; Grade::ALL.len()]>,
    },
    /// 县委组织部
    County { opinion: String, grade: Option<Grade>, credit: Option<GrassrootsCredit> },
}

impl Part {
    pub fn code(&self) -> &'static str {
        match self {
            Part::Township { .. } => "township",
            Part::County { .. } => "county",
        }
    }
}

/// One writing of a part of an assessment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    pub kind: AssessmentKind,
    pub period: String,
    pub part: Part,
    /// From 1 on.
    pub number: u32,
    pub by: PersonId,
    pub at: Moment,
}

fn writing(row: &Row<'_>) -> rusqlite::Result<Writing> {
    let opinion = row.get(6)?;
    let part = if row.get::<_, String>(2)? == "township" {
        let votes = match row.get::<_, Option<u32>>(7)? {
            Some(excellent) => Some([excellent, row.get(8)?, row.get(9)?, row.get(10)?]),
            None => None,
        };
        Part::Township { opinion, votes }
    } else {
        let grade = row.get::<_, Option<String>>(11)?.map(|_| word(row, 11, Grade::from_code)).transpose()?;
        let credit =
            row.get::<_, Option<String>>(12)?.map(|_| word(row, 12, GrassrootsCredit::from_code)).transpose()?;
        Part::County { opinion, grade, credit }
    };
    Ok(Writing {
        kind: word(row, 0, AssessmentKind::from_code)?,
        period: row.get(1)?,
        part,
        number: row.get(3)?,
        by: PersonId(row.get(4)?),
        at: Moment(row.get(5)?),
    })
}

/// What stands of a tenure: the last writing of each part.
pub fn of_tenure(connection: &Connection, tenure: TenureId) -> Result<Vec<Writing>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT kind, period, part, max(number), by_person, at_ms, opinion, excellent, competent, basic, failing, grade,
             credit
         FROM assessment_part WHERE tenure = ?1 GROUP BY kind, period, part",
    )?;
    Ok(rows.query_map([tenure.0], writing)?.collect::<Result<_, _>>()?)
}

/// Writes a part anew, after the writing with the number before it.
pub fn put(tx: &Transaction<'_>, tenure: TenureId, it: &Writing) -> Result<(), Trouble> {
    let (opinion, votes, grade, credit) = match &it.part {
        Part::Township { opinion, votes } => (opinion, *votes, None, None),
        Part::County { opinion, grade, credit } => (opinion, None, *grade, *credit),
    };
    tx.prepare_cached(
        "INSERT INTO assessment_part VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        tenure.0,
        it.kind.code(),
        it.period,
        it.part.code(),
        it.number,
        it.by.0,
        it.at.0,
        opinion,
        votes.map(|votes| votes[0]),
        votes.map(|votes| votes[1]),
        votes.map(|votes| votes[2]),
        votes.map(|votes| votes[3]),
        grade.map(Grade::code),
        credit.map(GrassrootsCredit::code),
    ])?;
    Ok(())
}

/// The grades that counties inside a unit gave for years and ends of terms: whose, when and what, the last one of each.
pub fn grades(connection: &Connection, parent: DivisionCode) -> Result<Vec<(TenureId, Moment, Grade)>, Trouble> {
    let Some((first, last)) = below(parent, Level::Village.digits()) else { return Ok(Vec::new()) };
    let mut rows = connection.prepare_cached(
        "SELECT tenure, at_ms, grade, max(number) FROM assessment_part JOIN tenure ON tenure.id = assessment_part.tenure
         WHERE division BETWEEN ?1 AND ?2 AND part = 'county' AND assessment_part.kind <> 'half_year'
         GROUP BY tenure, assessment_part.kind, period HAVING grade IS NOT NULL",
    )?;
    let grade = |row: &Row<'_>| Ok((TenureId(row.get(0)?), Moment(row.get(1)?), word(row, 2, Grade::from_code)?));
    Ok(rows.query_map([first, last], grade)?.collect::<Result<_, _>>()?)
}

/// A tenure with its assessments.
pub struct Sheet {
    pub posted: Posted,
    pub assessments: Vec<Assessment>,
}

/// One assessment as it stands.
pub struct Assessment {
    pub of: Assessed,
    pub facts: Facts,
    pub township: Option<Written>,
    pub county: Option<Written>,
}

/// A writing with who wrote it.
pub struct Written {
    pub writing: Writing,
    pub by: String,
}

/// What was done in the days of an assessment, as the roll-up counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// One for each kind, in the order of `EntryKind::DUTIES`.
    pub duties: [Tally; EntryKind::DUTIES.len()],
    /// Calendar days of approved leave 请假.
    pub leave_days: u32,
    /// Calendar days of absence on duty 因公外出.
    pub duty_days: u32,
    /// None while what the log holds is damaged; phones give it back.
    pub present: Option<Present>,
}

/// Days in the village 驻村天数, beside what the policy asks for. Whether it is enough nobody computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// Calendar months that lie in the days of the assessment so far, in whole or in part.
    pub months: u32,
    /// Of those, the ones that were declared, and the ones that the township confirmed.
    pub declared_months: u32,
    pub confirmed_months: u32,
    pub declared_days: u32,
    pub confirmed_days: u32,
    /// Calendar days of approved absence that counts as presence 视同在岗.
    pub counted_days: u32,
    pub asked: Asked,
}

/// What the policy asks for that is in force on the first of the days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    AMonth(u32),
    AYear(u32),
    /// Two thirds of the working days of a year: in these days so many.
    OfWorkingDays(u32),
}

impl Asked {
    fn of(rule: Presence, calendar: &Calendar, (from, to): (Date, Date)) -> Self {
        match rule {
            Presence::DaysAMonth { days_min } => Asked::AMonth(days_min.into()),
            Presence::DaysAYear { days_min } => Asked::AYear(days_min.into()),
            Presence::TwoThirdsOfWorkingDaysAYear => {
                let working = u32::try_from(calendar.working_days(from, to)).unwrap_or(u32::MAX);
                Asked::OfWorkingDays((working * 2).div_ceil(3))
            }
        }
    }
}

/// The first days of the months that hold some of the days.
fn months((from, to): (Date, Date)) -> impl Iterator<Item = Date> {
    let first = from.first_of_month();
    std::iter::successors(Some(first), |month| month.last_of_month().tomorrow().ok())
        .take_while(move |month| *month <= to)
}

/// A tenure with all the assessments that it may have by now.
pub fn sheet(connection: &Connection, tenure: Tenure, now: Moment) -> Result<Sheet, Trouble> {
    Ok(Sheet { assessments: assessments(connection, &tenure, now)?, posted: tenure::posted(connection, tenure)? })
}

/// The assessments of a tenure by now, with their facts.
fn assessments(connection: &Connection, tenure: &Tenure, now: Moment) -> Result<Vec<Assessment>, Trouble> {
    let today = now.date();
    let (calendar, policies) = (calendar::in_force(connection)?, policy::all(connection)?);
    let reckonings = read_model::reckonings(connection, tenure, (&calendar, &policies), today)?;
    let leaves = absence::leaves_of(connection, tenure.id, &policies)?;
    let entries = match month::standing(connection, tenure) {
        Err(Trouble::Rotten { .. }) => None,
        entries => Some(entries?),
    };
    let mut written = of_tenure(connection, tenure.id)?;
    let mut all = Vec::new();
    for of in assessment::of_tenure(tenure, today) {
        let days = (of.from, of.to);
        let away = |out| days_away(&leaves, out, (of.from, of.to.min(today)));
        let facts = Facts {
            duties: std::array::from_fn(|at| reckonings[at].tally_ending(days, tenure.last_day(), today)),
            leave_days: away(Away::OnLeave),
            duty_days: away(Away::OnDuty),
            present: entries.as_ref().map(|entries| {
                present(entries, &leaves, (of.from, of.to.min(today)), |days| {
                    Asked::of(policies.in_force(of.from).presence, &calendar, days)
                })
            }),
        };
        let mut take = |part: &str| -> Result<Option<Written>, Trouble> {
            let is_it = |it: &Writing| it.kind == of.kind && it.period == of.period && it.part.code() == part;
            let Some(at) = written.iter().position(is_it) else { return Ok(None) };
            let writing = written.swap_remove(at);
            let by = person::find(connection, writing.by)?.map(|person| person.name).unwrap_or_default();
            Ok(Some(Written { writing, by }))
        };
        let (township, county) = (take("township")?, take("county")?);
        all.push(Assessment { of, facts, township, county });
    }
    Ok(all)
}

fn present(
    entries: &[(Record, EntryState)],
    leaves: &[Leave],
    days: (Date, Date),
    asked: impl FnOnce((Date, Date)) -> Asked,
) -> Present {
    let told: Vec<_> = months(days).map(|first| month::presence(entries, first)).collect();
    let (declared, confirmed): (Vec<_>, Vec<_>) = told.iter().copied().unzip();
    let count = |all: &[Option<u32>]| all.iter().flatten().count() as u32;
    let sum = |all: &[Option<u32>]| all.iter().flatten().sum();
    let counted = leaves.iter().filter(|leave| leave.approved_by.is_some() && leave.counts_as_present);
    Present {
        months: told.len() as u32,
        declared_months: count(&declared),
        confirmed_months: count(&confirmed),
        declared_days: sum(&declared),
        confirmed_days: sum(&confirmed),
        counted_days: days_within(counted.map(|leave| (leave.from, leave.to)), days),
        asked: asked(days),
    }
}

/// Why somebody is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Away {
    /// 请假
    OnLeave,
    /// 因公外出
    OnDuty,
}

impl Away {
    pub(super) fn of(leave: &Leave) -> Away {
        if leave.kind == LeaveKind::OnDuty { Away::OnDuty } else { Away::OnLeave }
    }
}

/// Calendar days within some days on which somebody was away with leave.
pub(super) fn days_away(leaves: &[Leave], away: Away, within: (Date, Date)) -> u32 {
    let of = leaves.iter().filter(|leave| leave.approved_by.is_some() && Away::of(leave) == away);
    days_within(of.map(|leave| (leave.from, leave.to)), within)
}

/// Calendar days of some spans that lie within another, each once.
fn days_within(spans: impl Iterator<Item = (Date, Date)>, within: (Date, Date)) -> u32 {
    let common = |(from, to): (Date, Date)| date_to_day(from.max(within.0))..=date_to_day(to.min(within.1));
    spans.flat_map(common).collect::<BTreeSet<i64>>().len() as u32
}

/// A first secretary with what was written so far.
pub struct Assessee {
    pub posted: Posted,
    pub written: Vec<Writing>,
}

/// The first secretaries inside a unit, in post or not, by village and arrival.
pub fn inside(connection: &Connection, parent: DivisionCode, now: Moment) -> Result<Vec<Assessee>, Trouble> {
    let tenures = tenure::inside(connection, parent)?.into_iter();
    let begun = |it: &Tenure| it.role == TenureRole::FirstSecretary && it.arrived <= now.date();
    let row = |tenure: Tenure| {
        let written = of_tenure(connection, tenure.id)?;
        Ok(Assessee { posted: tenure::posted(connection, tenure)?, written })
    };
    tenures.filter(begun).map(row).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn months_are_those_that_hold_some_of_the_days() {
        let of = |from, to| months((from, to)).map(|month| month.to_string()).collect::<Vec<_>>();
        assert_eq!(of(date(2015, 12, 31), date(2016, 2, 1)), ["2015-12-01", "2016-01-01", "2016-02-01"]);
        assert_eq!(of(date(2016, 2, 1), date(2016, 2, 29)), ["2016-02-01"]);
        assert_eq!(
            of(date(2016, 2, 2), date(2016, 2, 1)),
            ["2016-02-01"],
            "a day before its first: the month it lies in"
        );
        assert_eq!(of(date(2016, 3, 1), date(2016, 2, 29)), [""; 0]);
    }

    #[test]
    fn each_rule_of_presence_asks_in_its_own_unit() {
        let calendar = Calendar::built_in();
        let year = (date(2016, 1, 1), date(2016, 12, 31));
        let asked = |rule| Asked::of(rule, &calendar, year);
        assert_eq!(asked(Presence::DaysAMonth { days_min: 20 }), Asked::AMonth(20));
        assert_eq!(asked(Presence::DaysAYear { days_min: 160 }), Asked::AYear(160));
        let working = calendar.working_days(year.0, year.1) as u32;
        let Asked::OfWorkingDays(days) = asked(Presence::TwoThirdsOfWorkingDaysAYear) else {
            panic!("of working days")
        };
        assert!(days * 3 >= working * 2 && (days - 1) * 3 < working * 2, "{days} of {working}");
    }

    #[test]
    fn days_are_counted_once_and_with_both_ends() {
        let year = (date(2016, 1, 1), date(2016, 12, 31));
        for (from, to, days) in [
            (date(2016, 3, 1), date(2016, 3, 1), 1),
            (date(2015, 12, 30), date(2016, 1, 2), 2),
            (date(2016, 12, 31), date(2017, 1, 5), 1),
            (date(2015, 1, 1), date(2015, 12, 31), 0),
            (date(2017, 1, 1), date(2017, 1, 1), 0),
            (date(2015, 1, 1), date(2017, 1, 1), 366),
        ] {
            assert_eq!(days_within([(from, to)].into_iter(), year), days, "{from} {to}");
        }
        let twice = [(date(2016, 3, 1), date(2016, 3, 4)), (date(2016, 3, 3), date(2016, 3, 5))];
        assert_eq!(days_within(twice.into_iter(), year), 5);
    }
}
