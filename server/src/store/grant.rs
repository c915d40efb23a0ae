//! Grants: what each person may see by their posts and tenures, numbered so that a phone is sent only what changed.
//! Every change raises the person's `scope_version` and marks the rows that came or went with it. `settle` is
//! the only function that does so; it follows every change of posts and tenures, and each new day.
use jiff::civil::Date;
use rusqlite::{Connection, Row, Transaction, params};
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::{Post, Role};

use super::value::{code, word};
use super::{Trouble, meta, policy};

/// After a tenure ended its holder keeps what they wrote for no more days, also if nobody ever assesses it.
pub const UNASSESSED_DAYS_MAX: i64 = 365;

/// One thing that a person may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub post: Post,
    /// The tenure that it comes from; none for posts above the village.
    pub tenure: Option<TenureId>,
    /// The scope version that it came with.
    pub since: i64,
    /// The scope version that took it away.
    pub gone: Option<i64>,
    /// Of a tenure that is over: what stays until it is assessed is what its holder wrote, and no more the village.
    pub left: bool,
}

fn grant(row: &Row<'_>) -> rusqlite::Result<Grant> {
    let tenure: Option<_> = row.get(2)?;
    Ok(Grant {
        post: Post { role: word(row, 0, Role::from_code)?, division: code(row, 1)? },
        tenure: tenure.map(TenureId),
        since: row.get(3)?,
        gone: row.get(4)?,
        left: row.get(5)?,
    })
}

/// All grants of a person that ever began, by the version they came with. Those with `gone` no longer stand; a grant
/// that went and came again has only its last `since`.
pub fn all(connection: &Connection, person: PersonId) -> Result<Vec<Grant>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT role, division, NULL, since_version, gone_version, 0 FROM post
         WHERE person = ?1 AND since_version IS NOT NULL
         UNION ALL SELECT role, division, id, since_version, gone_version, left_version IS NOT NULL FROM tenure
         WHERE person = ?1 AND since_version IS NOT NULL
         ORDER BY 4, 2, 1",
    )?;
    Ok(rows.query_map([person.0], grant)?.collect::<Result<_, _>>()?)
}

/// The person's scope version; 0 before the first grant.
pub fn version(connection: &Connection, person: PersonId) -> Result<i64, Trouble> {
    Ok(connection
        .prepare_cached("SELECT scope_version FROM person WHERE id = ?1")?
        .query_row([person.0], |row| row.get(0))?)
}

/// What a tenure with the days of `Days` grants: the whole village while it lasts, and a while longer to answer returns and
/// finish the summary; after that what its holder wrote, until the county has written the assessment at its end.
const WHOLE: &str = "(arrived <= ?1 AND coalesce(ended, planned_end) >= ?2)";
const OWN: &str = "(arrived <= ?1 AND coalesce(ended, planned_end) < ?2 AND coalesce(ended, planned_end) >= ?3
    AND NOT EXISTS (SELECT 1 FROM assessment_part AS part
        WHERE part.tenure = tenure.id AND part.kind = 'term_end' AND part.part = 'county'))";
const STANDS: &str = "(since_version IS NOT NULL AND gone_version IS NULL)";
const POST_STANDS: &str = "(from_day <= ?1 AND (to_day IS NULL OR to_day >= ?1))";

/// The days by which grants stand or not.
struct Days {
    today: Date,
    /// The last day of a tenure that still grants the village.
    whole: Date,
    /// The last day of a tenure that nobody assessed and that grants anything.
    own: Date,
}

/// Brings the grants of everybody in line with posts, tenures, assessments and the day. Gives those whose scope changed. A new
/// version is no smaller than the seconds of its time: a database that was put back does not give a number to another scope
/// that it gave before.
pub fn settle(tx: &Transaction<'_>, now: Moment) -> Result<Vec<PersonId>, Trouble> {
    let (today, now_s) = (now.date(), now.0.div_euclid(1000));
    meta::settle_reference(tx, now_s)?;
    let keeps = i64::from(policy::all(tx)?.in_force(today).kept_after_tenure_days_min);
    let (whole, own) = (add_days(today, -keeps), add_days(today, -keeps.max(UNASSESSED_DAYS_MAX)));
    let days = Days { today, whole, own };
    let changed = whose_changed(tx, &days)?;
    for person in &changed {
        let version: i64 = tx
            .prepare_cached(
                "UPDATE person SET scope_version = max(scope_version + 1, ?2) WHERE id = ?1 RETURNING scope_version",
            )?
            .query_row(params![person.0, now_s], |row| row.get(0))?;
        settle_one(tx, *person, version, &days)?;
    }
    Ok(changed)
}

fn whose_changed(tx: &Transaction<'_>, days: &Days) -> Result<Vec<PersonId>, Trouble> {
    let mut rows = tx.prepare_cached(&format!(
        "SELECT person FROM post WHERE {STANDS} IS NOT {POST_STANDS}
         UNION SELECT person FROM tenure WHERE {STANDS} IS NOT ({WHOLE} OR {OWN})
             OR ({STANDS} AND (left_version IS NULL) IS NOT {WHOLE})
         ORDER BY person",
    ))?;
    let people = rows.query_map(params![days.today, days.whole, days.own], |row| row.get(0).map(PersonId))?;
    Ok(people.collect::<Result<_, _>>()?)
}

fn settle_one(tx: &Transaction<'_>, person: PersonId, version: i64, days: &Days) -> Result<(), Trouble> {
    for sql in [
        format!(
            "UPDATE post SET since_version = ?3, gone_version = NULL
             WHERE person = ?2 AND NOT {STANDS} AND {POST_STANDS}"
        ),
        format!("UPDATE post SET gone_version = ?3 WHERE person = ?2 AND {STANDS} AND NOT {POST_STANDS}"),
    ] {
        tx.prepare_cached(&sql)?.execute(params![days.today, person.0, version])?;
    }
    for sql in [
        // Also where only one's own was left of it: all else is sent from the beginning.
        format!(
            "UPDATE tenure SET since_version = ?5, gone_version = NULL, left_version = NULL
             WHERE person = ?4 AND (NOT {STANDS} OR left_version IS NOT NULL) AND {WHOLE}"
        ),
        format!(
            "UPDATE tenure SET since_version = CASE WHEN {STANDS} THEN since_version ELSE ?5 END, gone_version = NULL,
                 left_version = ?5
             WHERE person = ?4 AND (NOT {STANDS} OR left_version IS NULL) AND {OWN}"
        ),
        format!("UPDATE tenure SET gone_version = ?5 WHERE person = ?4 AND {STANDS} AND NOT ({WHOLE} OR {OWN})"),
    ] {
        tx.prepare_cached(&sql)?.execute(params![days.today, days.whole, days.own, person.0, version])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::civil::date;
    use uuid::Uuid;
    use zhucun_core::assessment::AssessmentKind;
    use zhucun_core::division::{Division, DivisionCode};
    use zhucun_core::duty::Policies;
    use zhucun_core::tenure::{EndReason, Tenure, TenureRole};

    use super::super::assessment::{Part, Writing};
    use super::super::{Store, assessment, division, person, post, tenure};
    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().expect("a code of the test")
    }

    const WHO: PersonId = PersonId(Uuid::from_u128(1));

    fn posting(ended: Option<Date>) -> Tenure {
        Tenure {
            id: TenureId(Uuid::from_u128(2)),
            person: WHO,
            role: TenureRole::FirstSecretary,
            division: code("621022103201"),
            batch: "2015".to_owned(),
            arrived: date(2015, 9, 16),
            planned_end: date(2016, 9, 15),
            ended,
            reason: ended.map(|_| EndReason::Recalled),
        }
    }

    /// Since when a grant stands, until when, and whether only one's own is left.
    type Stood = (i64, Option<i64>, bool);

    /// Whose scope changed, the version of it, and the grants.
    fn day(store: &Store, today: Date) -> (usize, i64, Vec<Stood>) {
        let settled: Result<Vec<PersonId>, Trouble> = store.write_sync(move |tx| settle(tx, Moment::start_of(today)));
        let changed = settled.expect("settled").len();
        let read: Result<_, Trouble> =
            store.read_sync(|connection| Ok((version(connection, WHO)?, all(connection, WHO)?)));
        let (version, grants) = read.expect("a read");
        (changed, version, grants.into_iter().map(|grant| (grant.since, grant.gone, grant.left)).collect())
    }

    /// A database with one posting.
    fn posted(path: &Path) -> Store {
        let store = Store::open(path).expect("a new file");
        let made: Result<(), Trouble> = store.write_sync(|tx| {
            division::put(tx, &Division { code: code("621022103201"), name: "某村".to_owned() })?;
            person::put(tx, WHO, &person::Particulars::default())?;
            tenure::put(tx, &posting(None))
        });
        made.expect("a posting");
        store
    }

    fn at(day: Date) -> i64 {
        Moment::start_of(day).0 / 1000
    }

    #[test]
    fn a_grant_comes_with_the_arrival_is_ones_own_alone_thirty_days_after_the_end_and_goes_after_a_year() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = posted(&dir.path().join("zhucun.db"));
        let (came, left, went) = (at(date(2015, 9, 16)), at(date(2016, 10, 16)), at(date(2017, 9, 16)));
        assert_eq!(day(&store, date(2015, 9, 15)), (0, 0, vec![]));
        assert_eq!(day(&store, date(2015, 9, 16)), (1, came, vec![(came, None, false)]));
        assert_eq!(day(&store, date(2015, 9, 17)), (0, came, vec![(came, None, false)]));
        assert_eq!(day(&store, date(2016, 10, 15)), (0, came, vec![(came, None, false)]));
        assert_eq!(day(&store, date(2016, 10, 16)), (1, left, vec![(came, None, true)]));
        assert_eq!(day(&store, date(2017, 9, 15)), (0, left, vec![(came, None, true)]));
        assert_eq!(day(&store, date(2017, 9, 16)), (1, went, vec![(came, Some(went), true)]));
    }

    #[test]
    fn a_grant_may_come_again_whole_from_whatever_was_left_of_it() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = posted(&dir.path().join("zhucun.db"));
        for today in [date(2016, 10, 17), date(2017, 10, 17)] {
            let (_, before, _) = day(&store, today);
            let end = add_days(today, -30);
            let longer: Result<(), Trouble> =
                store.write_sync(move |tx| tenure::put(tx, &Tenure { planned_end: end, ..posting(None) }));
            longer.expect("a longer posting");
            let again = before + 1;
            assert_eq!(day(&store, today), (1, again, vec![(again, None, false)]), "within a second");
        }
        let ended: Result<(), Trouble> = store.write_sync(|tx| tenure::put(tx, &posting(Some(date(2016, 9, 1)))));
        ended.expect("an end");
        let (changed, _, grants) = day(&store, date(2017, 10, 18));
        assert_eq!((changed, grants[0].1.is_some()), (1, true));
    }

    #[test]
    fn what_ones_own_is_goes_when_the_county_has_assessed_the_tenure_and_not_before_thirty_days() {
        for (days, part, goes) in [
            (40, Part::Township { opinion: String::new(), votes: None }, false),
            (40, Part::County { opinion: "称职".to_owned(), grade: None, credit: None }, true),
            (10, Part::County { opinion: "称职".to_owned(), grade: None, credit: None }, false),
        ] {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let store = posted(&dir.path().join("zhucun.db"));
            let (today, period) = (add_days(date(2016, 9, 15), days), String::from("term"));
            let (_, before, _) = day(&store, today);
            let written: Result<(), Trouble> = store.write_sync(move |tx| {
                let at = Moment::start_of(today);
                let kind = AssessmentKind::TermEnd;
                assessment::put(tx, posting(None).id, &Writing { kind, period, part, number: 1, by: WHO, at })
            });
            written.expect("an assessment");
            let gone = goes.then_some(before + 1);
            let (changed, _, grants) = day(&store, today);
            assert_eq!((changed, grants), (usize::from(goes), vec![(before, gone, days > 30)]), "{days}");
            let last = add_days(date(2016, 9, 15), 30);
            let (_, _, grants) = day(&store, add_days(last, 1));
            assert_eq!(grants[0].1.is_some(), days == 10 || goes, "{days}");
        }
    }

    #[test]
    fn a_policy_says_for_how_many_days_a_village_stays() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = posted(&dir.path().join("zhucun.db"));
        let text = r#"[{"version": 2, "valid_from": "2015-01-01", "kept_after_tenure_days_min": 400}]"#;
        let policies = Policies::parse(text).expect("a policy");
        let policy = policies.in_force(date(2016, 1, 1)).clone();
        let added: Result<(), Trouble> = store.write_sync(move |tx| policy::add(tx, &policy, Moment(0)));
        added.expect("a policy");
        let stands = |today| day(&store, today).2.iter().any(|(_, gone, left)| gone.is_none() && !left);
        let last = add_days(date(2016, 9, 15), 400);
        assert!(stands(last) && !stands(add_days(last, 1)));
    }

    #[test]
    fn a_number_that_was_given_before_a_database_was_put_back_is_not_given_again() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| dir.path().join(name);
        let begun = Store::open(path("zhucun.db")).expect("a new file");
        let made: Result<(), Trouble> = begun.write_sync(|tx| {
            division::put(tx, &Division { code: code("621022103201"), name: "某村".to_owned() })?;
            person::put(tx, WHO, &person::Particulars::default())?;
            tenure::put(tx, &posting(None))
        });
        made.expect("a posting");
        let numbers = |store: &Store, today| {
            let (_, scope, _) = day(store, today);
            let reference: Result<i64, Trouble> = store.read_sync(|connection| {
                Ok(connection.query_row("SELECT version FROM reference", [], |row| row.get(0))?)
            });
            (scope, reference.expect("a read"))
        };
        let first = numbers(&begun, date(2015, 9, 16));
        let copy = path("copy.db").to_string_lossy().into_owned();
        let copied = Connection::open(path("zhucun.db")).and_then(|file| file.execute("VACUUM INTO ?1", [copy]));
        copied.expect("a copy");
        let change = |store: &Store, ended, today| {
            let ended: Result<(), Trouble> = store.write_sync(move |tx| tenure::put(tx, &posting(Some(ended))));
            ended.expect("an end");
            numbers(store, today)
        };
        let put_back = Store::open(path("copy.db")).expect("the file");
        let lost = change(&begun, date(2015, 10, 1), date(2015, 11, 20));
        let again = change(&put_back, date(2015, 10, 2), date(2015, 11, 21));
        assert!(first.0 < lost.0 && lost.0 < again.0, "of a scope");
        assert!(first.1 < lost.1 && lost.1 < again.1, "of what everybody is told");
        assert_eq!(numbers(&put_back, date(2015, 11, 22)), again, "nothing changed");
    }

    #[test]
    fn a_post_stands_on_its_first_and_last_day_and_not_around_them() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let made: Result<(), Trouble> = store.write_sync(|tx| {
            division::put(tx, &Division { code: code("621022103"), name: "某镇".to_owned() })?;
            person::put(tx, WHO, &person::Particulars::default())?;
            let post = Post { role: Role::TownshipReviewer, division: code("621022103") };
            post::put(tx, WHO, &post::PostRow { post, from: date(2015, 1, 2), to: Some(date(2015, 1, 3)) })
        });
        made.expect("a post");
        let [second, fourth] = [2, 4].map(|day| Moment::start_of(date(2015, 1, day)).0 / 1000);
        let days = [(1, false, 0), (2, true, second), (3, true, second), (4, false, fourth), (5, false, fourth)];
        for (today, stands, scope) in days {
            let (_, version, grants) = day(&store, date(2015, 1, today));
            assert_eq!(grants.iter().any(|(_, gone, _)| gone.is_none()), stands, "2015-01-{today:02}");
            assert_eq!(version, scope, "2015-01-{today:02}: only what changes raises it");
        }
    }
}
