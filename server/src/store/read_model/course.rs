//! What the rows of a tenure come to, on whatever day: the course of its duties, its late entries, and since when what nobody has
//! reviewed was not heard of. It is counted from all of its entries and kept in memory, since a city asks for thousands of
//! them at once; of a snapshot, what is kept is used where the tenure has the version that it was counted from
//! (`schema/0019_figures.sql`), and counted anew everywhere else.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use rusqlite::{Connection, Row, params};
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::Moment;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::duty::{Course, Policies, Tally};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::TenureId;
use zhucun_core::tenure::Tenure;

use super::super::value::number;
use super::super::{Trouble, calendar, division, policy, tenure};
use super::listed::late_of;
use super::reckonings;

/// Tenures whose course is kept, about 1.5 kB each; beyond, all are counted anew as they are asked for.
const KEPT_MAX: usize = 20_000;

/// The figures of one tenure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenureCourse {
    duties: [Course; EntryKind::DUTIES.len()],
    /// 补录: entries of the seven kinds that their device made later than is on time, and that were not taken back.
    pub late: u32,
    /// Of each entry that no reviewer has answered, when the server last heard of it; of what is never deemed read, never. In
    /// order.
    unanswered: Vec<Moment>,
}

impl TenureCourse {
    /// How the duties stand on a day: one for each kind, in the order of `EntryKind::DUTIES`.
    pub fn duties(&self, today: Date) -> [Tally; EntryKind::DUTIES.len()] {
        self.duties.each_ref().map(|course| course.tally(today))
    }

    /// The entries that wait for a reviewer, of what may be deemed read those that were heard of after a moment.
    pub fn awaiting(&self, after: Moment) -> u32 {
        let read = self.unanswered.partition_point(|heard| *heard <= after);
        (self.unanswered.len() - read) as u32
    }
}

/// The courses that are kept. Cloning is cheap; all clones keep the same. For readers alone: the versions of a transaction that is
/// taken back come again.
#[derive(Clone, Default)]
pub struct Courses(Arc<Mutex<BTreeMap<TenureId, Kept>>>);

struct Kept {
    version: i64,
    course: Arc<TenureCourse>,
}

impl Courses {
    /// All tenures inside a division, past ones too, by village and arrival, each with its course.
    pub fn inside(
        &self,
        connection: &Connection,
        parent: DivisionCode,
    ) -> Result<Vec<(Tenure, Arc<TenureCourse>)>, Trouble> {
        let tenures = tenure::inside_with_versions(connection, parent)?;
        let mut found = self.kept(&tenures);
        if found.iter().any(Option::is_none) {
            let (calendar, policies) = (calendar::in_force(connection)?, policy::all(connection)?);
            for ((tenure, _), place) in tenures.iter().zip(&mut found) {
                if place.is_none() {
                    *place = Some(Arc::new(count(connection, tenure, (&calendar, &policies))?));
                }
            }
            self.keep(&tenures, &found);
        }
        let course = |((tenure, _), course): ((Tenure, i64), Option<_>)| Some((tenure, course?));
        Ok(tenures.into_iter().zip(found).filter_map(course).collect())
    }

    /// Counts all there are, so that nobody waits for it.
    pub fn count_all(&self, connection: &Connection) -> Result<(), Trouble> {
        let mut cities = division::all(connection)?.into_iter().filter(|unit| unit.code.level() == Level::City);
        cities.try_for_each(|city| self.inside(connection, city.code).map(drop))
    }

    fn kept(&self, tenures: &[(Tenure, i64)]) -> Vec<Option<Arc<TenureCourse>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let course = |(tenure, version): &(Tenure, i64)| {
            known.get(&tenure.id).filter(|kept| kept.version == *version).map(|kept| kept.course.clone())
        };
        tenures.iter().map(course).collect()
    }

    /// A reader of an older snapshot takes nothing away from those of newer ones.
    fn keep(&self, tenures: &[(Tenure, i64)], found: &[Option<Arc<TenureCourse>>]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = tenures.iter().filter(|(tenure, _)| !known.contains_key(&tenure.id)).count();
        if known.len() + new > KEPT_MAX {
            known.clear();
        }
        for ((tenure, version), course) in tenures.iter().zip(found).take(KEPT_MAX) {
            let is_newer = known.get(&tenure.id).is_none_or(|kept| kept.version < *version);
            if let Some(course) = course.as_ref().filter(|_| is_newer) {
                known.insert(tenure.id, Kept { version: *version, course: course.clone() });
            }
        }
    }
}

/// Counts the figures of a tenure from its rows.
pub(super) fn count(
    connection: &Connection,
    tenure: &Tenure,
    rules: (&Calendar, &Policies),
) -> Result<TenureCourse, Trouble> {
    let duties = reckonings(connection, tenure, rules, tenure.arrived)?.map(|reckoning| reckoning.course());
    Ok(TenureCourse { duties, late: late_of(connection, tenure)?, unanswered: unanswered(connection, tenure)? })
}

/// The rule of `AWAITS`, for every moment at once.
fn unanswered(connection: &Connection, tenure: &Tenure) -> Result<Vec<Moment>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT kind IN ('leave', 'presence'), received_ms,
             (SELECT max(event.received_ms) FROM event WHERE event.tenure = entry.tenure AND event.entry = entry.id)
         FROM entry WHERE village = ?1 AND tenure = ?2 AND state IN ('submitted', 'answered', 'amended')",
    )?;
    let heard = |row: &Row<'_>| {
        let heard = Moment(row.get(1)?).max(row.get::<_, Option<i64>>(2)?.map_or(Moment(i64::MIN), Moment));
        Ok(if row.get(0)? { Moment(i64::MAX) } else { heard })
    };
    let rows = rows.query_map(params![number(tenure.division), tenure.id.0], heard)?;
    let mut unanswered: Vec<Moment> = rows.collect::<Result<_, _>>()?;
    unanswered.sort();
    Ok(unanswered)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;
    use zhucun_core::division::Division;
    use zhucun_core::id::PersonId;
    use zhucun_core::tenure::TenureRole;

    use super::super::super::{Store, division, person};
    use super::super::AWAITS;
    use super::*;

    const WHO: PersonId = PersonId(Uuid::from_u128(1));
    const TENURE: TenureId = TenureId(Uuid::from_u128(2));
    /// Noon of 2015-11-30.
    const NOW: Moment = Moment(1_448_856_000_000);

    fn village() -> DivisionCode {
        "621022103201".parse().expect("a code of the test")
    }

    fn store(dir: &tempfile::TempDir) -> Store {
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let made: Result<(), Trouble> = store.write_sync(|tx| {
            for code in ["6210", "621022", "621022103", "621022103201"] {
                let code = code.parse().expect("a code of the test");
                division::put(tx, &Division { code, name: "某地".to_owned() })?;
            }
            person::put(tx, WHO, &person::Particulars::default())?;
            let it = Tenure {
                id: TENURE,
                person: WHO,
                role: TenureRole::FirstSecretary,
                division: village(),
                batch: "2015".to_owned(),
                arrived: date(2015, 9, 1),
                planned_end: date(2016, 8, 31),
                ended: None,
                reason: None,
            };
            tenure::put(tx, &it)
        });
        made.expect("a tenure");
        store
    }

    fn write(store: &Store, sql: &'static str) {
        let written: Result<(), Trouble> = store.write_sync(move |tx| Ok(tx.execute_batch(sql)?));
        written.unwrap_or_else(|trouble| panic!("{trouble}: {sql}"));
    }

    fn version(store: &Store) -> i64 {
        let read = |connection: &Connection| tenure::inside_with_versions(connection, village());
        store.read_sync(read).expect("a read")[0].1
    }

    /// What changes the figures of a tenure, table by table.
    const CHANGES: &[&str] = &[
        "INSERT INTO entry SELECT X'0000000000000000000000000000000A', id, division, 'visit', '2015-11-16', 0, 1447700000000,
             'one', 'submitted', 'counts', '2015-11-16', '2015-11-16', '2015-W47', 0 FROM tenure",
        "UPDATE entry SET state = 'confirmed'",
        "INSERT INTO event SELECT id, X'0000000000000000000000000000000B', X'0000000000000000000000000000000A', 'answered', NULL,
             NULL, 0, 0, 1448700000000 FROM tenure",
        "UPDATE event SET received_ms = 1",
        "DELETE FROM event",
        "INSERT INTO entry SELECT X'0000000000000000000000000000000C', id, division, 'leave', '2015-11-02', 0, 0, 'one',
             'confirmed', 'not_a_duty', NULL, NULL, '', 0 FROM tenure",
        "INSERT INTO leave_request SELECT id, X'0000000000000000000000000000000C', 'sick', '2015-11-02', '2015-11-20', NULL
             FROM tenure",
        "INSERT INTO leave_decision SELECT id, X'0000000000000000000000000000000C', 'one', 1, person, 0, '' FROM tenure",
        "UPDATE leave_decision SET approved = 0",
        "DELETE FROM leave_decision",
        "UPDATE leave_request SET reported_back = '2015-11-04'",
        "DELETE FROM leave_request",
        "DELETE FROM entry WHERE kind = 'leave'",
        "INSERT INTO leave SELECT id, '2015-10-12', '2015-10-30', 'sick', 0, person, NULL FROM tenure",
        "UPDATE leave SET reported_back = '2015-10-14'",
        "DELETE FROM leave",
        "INSERT INTO excusal SELECT id, 'visit', '2015-W42', 'other', person, '' FROM tenure",
        "UPDATE excusal SET basis = 'on_duty'",
        "DELETE FROM excusal",
        "INSERT INTO township_excusal SELECT X'0000000000000000000000000000000D', id, 'visit', '2015-W43', 'other' FROM tenure",
        "INSERT INTO township_excusal_taken_back VALUES (X'0000000000000000000000000000000D')",
        "DELETE FROM township_excusal_taken_back",
        "DELETE FROM township_excusal",
        "UPDATE tenure SET planned_end = '2015-11-20'",
        "INSERT INTO calendar VALUES (2015, 1, 0, '{\"holidays\": [\"2015-01-01\"], \"workdays\": []}')",
    ];

    #[test]
    fn what_is_kept_is_what_counting_anew_gives_after_every_change() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = store(&dir);
        let courses = store.courses();
        for sql in CHANGES {
            let kept = || store.read_sync(|connection| courses.inside(connection, village())).expect("a read");
            let before = (version(&store), kept());
            write(&store, sql);
            assert!(version(&store) > before.0, "{sql}");
            let anew = store.read_sync(|connection| Courses::default().inside(connection, village())).expect("a read");
            assert_eq!(kept(), anew, "{sql}");
        }
        let before = version(&store);
        write(&store, "INSERT INTO policy VALUES (2, 0, '{\"version\": 2, \"valid_from\": \"2015-01-01\"}')");
        assert!(version(&store) > before);
    }

    #[test]
    fn what_is_kept_is_not_counted_again_and_an_older_snapshot_takes_nothing_away() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = store(&dir);
        let courses = store.courses();
        let read = || store.read_sync(|connection| courses.inside(connection, village())).expect("a read");
        let (first, again) = (read(), read());
        assert!(Arc::ptr_eq(&first[0].1, &again[0].1));
        let older = vec![(first[0].0.clone(), version(&store) - 1)];
        courses.keep(&older, &[Some(Arc::new(TenureCourse { late: 7, ..(*first[0].1).clone() }))]);
        assert!(Arc::ptr_eq(&first[0].1, &read()[0].1));
    }

    #[test]
    fn no_more_courses_are_kept_than_fit() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = store(&dir);
        let read = |connection: &Connection| Courses::default().inside(connection, village());
        let (tenure, course) = store.read_sync(read).expect("a read").remove(0);
        let courses = Courses::default();
        let kept = || courses.0.lock().expect("no test has panicked with it").len();
        let keep = |ids: std::ops::Range<usize>| {
            let tenures: Vec<_> =
                ids.map(|id| (Tenure { id: TenureId(Uuid::from_u128(id as u128)), ..tenure.clone() }, 1)).collect();
            courses.keep(&tenures, &vec![Some(course.clone()); tenures.len()]);
        };
        keep(1..KEPT_MAX);
        keep(0..1);
        assert_eq!(kept(), KEPT_MAX);
        keep(0..1);
        assert_eq!(kept(), KEPT_MAX, "what is kept already takes no place");
        keep(KEPT_MAX..KEPT_MAX + 1);
        assert_eq!(kept(), 1);
        keep(0..KEPT_MAX + 1);
        assert_eq!(kept(), KEPT_MAX);
    }

    #[test]
    fn what_awaits_review_is_the_same_by_the_course_and_by_the_rows() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = store(&dir);
        write(
            &store,
            "INSERT INTO entry SELECT CAST(X'000000000000000000000000000001' || char(64 + value) AS BLOB), tenure.id, division,
                 iif(value % 5 = 0, 'leave', 'visit'), '2015-11-16', 0, value * 100, 'one',
                 CASE value % 4 WHEN 0 THEN 'confirmed' WHEN 1 THEN 'amended' ELSE 'submitted' END, 'counts', NULL, NULL, '', 0
             FROM tenure JOIN json_each('[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]');
             INSERT INTO event SELECT tenure, CAST(substr(id, 2, 15) || 'z' AS BLOB), id, 'answered', NULL, NULL, 0, 0,
                 iif(received_ms = 700, NULL, received_ms + 650) FROM entry WHERE received_ms IN (300, 700)",
        );
        let read = |connection: &Connection| courses_and_rows(connection, &store.courses());
        for (after, by_course, by_rows) in store.read_sync(read).expect("a read") {
            assert_eq!(by_course, by_rows, "{after}");
        }
    }

    fn courses_and_rows(connection: &Connection, courses: &Courses) -> Result<Vec<(i64, u32, u32)>, Trouble> {
        let (_, course) = courses.inside(connection, village())?.remove(0);
        let sql = format!("SELECT count(*) FROM entry WHERE {AWAITS}");
        let both = |after: i64| {
            let by_rows = connection.query_row(&sql, [after], |row| row.get(0))?;
            Ok((after, course.awaiting(Moment(after)), by_rows))
        };
        (0..=14).map(|hundred| both(hundred * 100 - 50)).chain([both(NOW.0)]).collect()
    }
}
