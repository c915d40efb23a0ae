//! Grants: what each person may see by their posts and tenures, numbered so that a phone is sent only what changed.
//! Every change raises the person's `scope_version` and marks the rows that came or went with it. `settle` is
//! the only function that does so; it follows every change of posts and tenures, and each new day.
use rusqlite::{Connection, Row, Transaction, params};
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::{Post, Role};

use super::value::{code, word};
use super::{Trouble, meta};

/// After a tenure ended its holder still sees the village for so long, to answer returns and finish the summary.
pub const KEEP_DAYS: i64 = 30;

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
}

fn grant(row: &Row<'_>) -> rusqlite::Result<Grant> {
    let tenure: Option<_> = row.get(2)?;
    Ok(Grant {
        post: Post { role: word(row, 0, Role::from_code)?, division: code(row, 1)? },
        tenure: tenure.map(TenureId),
        since: row.get(3)?,
        gone: row.get(4)?,
    })
}

/// All grants of a person that ever began, by the version they came with. Those with `gone` no longer stand; a grant
/// that went and came again has only its last `since`.
pub fn all(connection: &Connection, person: PersonId) -> Result<Vec<Grant>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT role, division, NULL, since_version, gone_version FROM post
         WHERE person = ?1 AND since_version IS NOT NULL
         UNION ALL SELECT role, division, id, since_version, gone_version FROM tenure
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

/// Brings the grants of everybody in line with posts, tenures and the day. Gives those whose scope changed. A new version
/// is no smaller than the seconds of its time: a database that was put back does not give a number to another scope that
/// it gave before.
pub fn settle(tx: &Transaction<'_>, now: Moment) -> Result<Vec<PersonId>, Trouble> {
    let (today, now_s) = (now.date(), now.0.div_euclid(1000));
    meta::settle_reference(tx, now_s)?;
    let still = add_days(today, -KEEP_DAYS);
    let mut changed = Vec::new();
    {
        let mut rows = tx.prepare_cached(
            "SELECT person FROM post WHERE (since_version IS NOT NULL AND gone_version IS NULL)
                 IS NOT (from_day <= ?1 AND (to_day IS NULL OR to_day >= ?1))
             UNION SELECT person FROM tenure WHERE (since_version IS NOT NULL AND gone_version IS NULL)
                 IS NOT (arrived <= ?1 AND coalesce(ended, planned_end) >= ?2)
             ORDER BY person",
        )?;
        let mut rows = rows.query(params![today, still])?;
        while let Some(row) = rows.next()? {
            changed.push(PersonId(row.get(0)?));
        }
    }
    for person in &changed {
        let version: i64 = tx
            .prepare_cached(
                "UPDATE person SET scope_version = max(scope_version + 1, ?2) WHERE id = ?1 RETURNING scope_version",
            )?
            .query_row(params![person.0, now_s], |row| row.get(0))?;
        for sql in [
            "UPDATE post SET since_version = ?2, gone_version = NULL
             WHERE person = ?1 AND (since_version IS NULL OR gone_version IS NOT NULL)
             AND from_day <= ?3 AND (to_day IS NULL OR to_day >= ?3)",
            "UPDATE post SET gone_version = ?2
             WHERE person = ?1 AND since_version IS NOT NULL AND gone_version IS NULL
             AND NOT (from_day <= ?3 AND (to_day IS NULL OR to_day >= ?3))",
        ] {
            tx.prepare_cached(sql)?.execute(params![person.0, version, today])?;
        }
        for sql in [
            "UPDATE tenure SET since_version = ?2, gone_version = NULL
             WHERE person = ?1 AND (since_version IS NULL OR gone_version IS NOT NULL)
             AND arrived <= ?3 AND coalesce(ended, planned_end) >= ?4",
            "UPDATE tenure SET gone_version = ?2
             WHERE person = ?1 AND since_version IS NOT NULL AND gone_version IS NULL
             AND NOT (arrived <= ?3 AND coalesce(ended, planned_end) >= ?4)",
        ] {
            tx.prepare_cached(sql)?.execute(params![person.0, version, today, still])?;
        }
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use uuid::Uuid;
    use zhucun_core::division::{Division, DivisionCode};
    use zhucun_core::tenure::{EndReason, Tenure, TenureRole};

    use super::super::{Store, division, person, post, tenure};
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

    fn day(store: &Store, today: Date) -> (usize, i64, Vec<(i64, Option<i64>)>) {
        let settled: Result<Vec<PersonId>, Trouble> = store.write_sync(move |tx| settle(tx, Moment::start_of(today)));
        let changed = settled.expect("settled").len();
        let read: Result<_, Trouble> =
            store.read_sync(|connection| Ok((version(connection, WHO)?, all(connection, WHO)?)));
        let (version, grants) = read.expect("a read");
        (changed, version, grants.into_iter().map(|grant| (grant.since, grant.gone)).collect())
    }

    #[test]
    fn a_grant_comes_with_the_arrival_goes_thirty_days_after_the_end_and_may_come_again() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let made: Result<(), Trouble> = store.write_sync(|tx| {
            division::put(tx, &Division { code: code("621022103201"), name: "某村".to_owned() })?;
            person::put(tx, WHO, &person::Particulars::default())?;
            tenure::put(tx, &posting(None))
        });
        made.expect("a posting");

        let at = |day| Moment::start_of(day).0 / 1000;
        let (came, went) = (at(date(2015, 9, 16)), at(date(2016, 10, 16)));
        assert_eq!(day(&store, date(2015, 9, 15)), (0, 0, vec![]));
        assert_eq!(day(&store, date(2015, 9, 16)), (1, came, vec![(came, None)]));
        assert_eq!(day(&store, date(2015, 9, 17)), (0, came, vec![(came, None)]));
        assert_eq!(day(&store, date(2016, 10, 15)), (0, came, vec![(came, None)]));
        assert_eq!(day(&store, date(2016, 10, 16)), (1, went, vec![(came, Some(went))]));

        let longer: Result<(), Trouble> =
            store.write_sync(|tx| tenure::put(tx, &Tenure { planned_end: date(2017, 9, 15), ..posting(None) }));
        longer.expect("a longer posting");
        let again = at(date(2016, 10, 17));
        assert_eq!(day(&store, date(2016, 10, 17)), (1, again, vec![(again, None)]));
        let ended: Result<(), Trouble> = store.write_sync(|tx| tenure::put(tx, &posting(Some(date(2016, 9, 1)))));
        ended.expect("an end");
        let next = again + 1;
        assert_eq!(day(&store, date(2016, 10, 17)), (1, next, vec![(again, Some(next))]), "within a second");
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
            assert_eq!(grants.iter().any(|(_, gone)| gone.is_none()), stands, "2015-01-{today:02}");
            assert_eq!(version, scope, "2015-01-{today:02}: only what changes raises it");
        }
    }
}
