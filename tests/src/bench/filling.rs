//! What desks read, in a database of any size: every tenure of a stage gets the year of those who have one, all of it once more
//! as often as asked for, and beside it leave, assessments, feedback, records of the measures, parked changes and the audit log
//! of a year. Rows are written as the server would, beside it.
use std::path::Path;

use rusqlite::{Connection, ToSql, Transaction, named_params};
use zhucun_core::clock::Moment;
use zhucun_core::id::PersonId;
use zhucun_server::app::DATABASE;
use zhucun_server::store::audit::{self, Deed};
use zhucun_server::store::{Store, Trouble};

use super::stage::{Stage, YEAR_MS};
use super::{SECRETARIES, growth};
use crate::town::{TOWNSHIP_VILLAGES, person_id};

/// What a tenure leaves in the audit log in a year: sign-ins and what became of them.
const DEEDS: usize = 30;
/// Who administers the county, and who audits it.
pub const ADMINISTRATOR: &str = "administrator";
pub const AUDITOR: &str = "auditor";

/// Every tenure with the year of the first one that has one; the last month awaits review. The rows are as if each entry were a
/// visit of its week that counts, by somebody who arrived a year ago.
const YEAR: &[&str] = &[
    "UPDATE tenure SET arrived = date(:today, '-364 days')",
    "INSERT INTO event SELECT tenure.id, CAST(substr(tenure.id, 1, 8) || substr(event.id, 9) AS BLOB),
         CAST(substr(tenure.id, 1, 8) || substr(entry.id, 9) AS BLOB), what, event.version, answers, at_ms, township,
         event.received_ms
     FROM entry JOIN event ON event.tenure = entry.tenure AND event.entry = entry.id JOIN tenure ON tenure.id NOT IN (SELECT tenure FROM entry)
     WHERE entry.tenure = (SELECT min(tenure) FROM entry)",
    "INSERT INTO entry SELECT CAST(substr(tenure.id, 1, 8) || substr(entry.id, 9) AS BLOB), tenure.id, division, kind,
         occurred_on, created_ms, received_ms, version, state, counts, day, made_on, periods, late
     FROM entry JOIN tenure ON tenure.id NOT IN (SELECT tenure FROM entry)
     WHERE entry.tenure = (SELECT min(tenure) FROM entry)",
    "UPDATE entry SET counts = 'counts', day = occurred_on, made_on = occurred_on,
         created_ms = unixepoch(occurred_on) * 1000, received_ms = unixepoch(occurred_on) * 1000 + 40000000,
         periods = strftime('%G-W%V', occurred_on), late = unixepoch(occurred_on) / 86400 % 8 = 0,
         state = iif(occurred_on > date(:today, '-30 days'), 'submitted', 'confirmed')",
    "UPDATE event SET received_ms = at_ms",
    "DELETE FROM event WHERE entry IN (SELECT id FROM entry WHERE state = 'submitted')",
];

/// What else a year leaves behind, of all tenures there are.
const BESIDE: &[&str] = &[
    "INSERT INTO account SELECT person, 'secretary' || division, (SELECT password_hash FROM account WHERE login = 'county'), :now,
         0, 0 FROM tenure WHERE person NOT IN (SELECT person FROM account)",
    "INSERT INTO poor_village SELECT code, date(:today, '-2 years'), NULL FROM division WHERE code > 100000000000",
    // Two leaves each: a short one that the township approved, and a long one that the county decided, but for half of those
    // with a log.
    "INSERT INTO entry SELECT CAST(substr(id, 1, 8) || X'01' || substr(id, 1, 7) AS BLOB), id, division, 'leave',
         date(:today, '-60 days'), 0, 0, 'one', 'confirmed', 'not_a_duty', NULL, NULL, '', 0 FROM tenure",
    "INSERT INTO entry SELECT CAST(substr(id, 1, 8) || X'02' || substr(id, 1, 7) AS BLOB), id, division, 'leave',
         date(:today, '-9 days'), 0, 0, 'two', 'confirmed', 'not_a_duty', NULL, NULL, '', 0 FROM tenure",
    "INSERT INTO leave_request SELECT tenure, id, 'personal', occurred_on,
         date(occurred_on, iif(version = 'one', '+1 days', '+5 days')), NULL FROM entry WHERE kind = 'leave'",
    "INSERT INTO leave_decision SELECT tenure, id, version, 1, :county, 0, '' FROM entry
     WHERE kind = 'leave' AND version = 'two'
         AND (village % 2 OR village NOT IN (SELECT village FROM document WHERE holder IS NOT NULL))",
    "INSERT INTO assessment_part (tenure, kind, period, part, number, by_person, at_ms, opinion, excellent, competent, basic,
         failing, grade)
     SELECT id, 'half_year', strftime('%Y', arrived) || iif(strftime('%m', arrived) < '07', '-H1', '-H2'), part, 1, :county,
         :now, '同意', iif(part = 'township', 20, NULL), iif(part = 'township', 5, NULL), iif(part = 'township', 1, NULL),
         iif(part = 'township', 0, NULL), iif(part = 'county', 'competent', NULL)
     FROM tenure JOIN (SELECT 'township' AS part UNION SELECT 'county')",
    "INSERT INTO feedback SELECT CAST(substr(id, 1, 8) || X'03' || substr(id, 1, 7) AS BLOB), person, 629901,
         '乡镇的网络时好时坏，建议月报晚两天交。', :now, :now FROM tenure WHERE division % 5 = 1",
    "INSERT INTO feedback_reply SELECT id, 1, '已转有关单位，下月起按新的日期。', :county, :now FROM feedback
     WHERE substr(hex(id), 16, 1) < 'C'",
    // Of the measures: an official in each village, a vice-head, ten sessions, five leaders and a figure in each township.
    "INSERT INTO record SELECT division / 1000, :year, CAST(X'04' || substr(id, 1, 8) || substr(id, 1, 7) AS BLOB),
         'village_official', json_object('full_name', '某' || division, 'official', 'village_official',
         'place', CAST(division AS TEXT), 'arrived', date(:today, '-300 days')) FROM tenure",
    "INSERT INTO record SELECT code, :year, CAST(X'05' || code || X'000000000000' AS BLOB), 'science_head',
         json_object('full_name', '某' || code, 'job_title', 'senior', 'from_unit', '某所', 'place', CAST(code AS TEXT),
         'arrived', date(:today, '-300 days'), 'techniques', 3, 'people_trained', 40)
     FROM division WHERE code BETWEEN 100000000 AND 999999999",
    "INSERT INTO record SELECT code, :year, CAST(X'06' || code || printf('%06d', value) AS BLOB), 'session',
         json_object('programme', iif(value % 2, 'cadre_rotation', 'practical'), 'course', '某课', 'organiser', '某校',
         'from', date(:today, '-' || value || ' days'), 'to', date(:today, '-' || value || ' days'),
         'attendants', (SELECT group_concat('某' || (code * 7 + value * 3 + n), char(10)) FROM (SELECT 1 AS n UNION SELECT 2
             UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8)))
     FROM division JOIN json_each('[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]') WHERE code BETWEEN 100000000 AND 999999999",
    "INSERT INTO record SELECT code, :year, CAST(X'07' || code || printf('%06d', value) AS BLOB), 'leader',
         json_object('full_name', '某' || value, 'place', code || '201', 'skill', 'planting',
         'certified_on', date(:today, '-' || value || ' days'))
     FROM division JOIN json_each('[0, 1, 2, 3, 4]') WHERE code BETWEEN 100000000 AND 999999999",
    "INSERT INTO issue SELECT division, CAST(X'08' || substr(tenure.id, 1, 8) || X'000000' || printf('%04d', value) AS BLOB),
         date(:today, '-' || value * 30 || ' days'), 'water', 'township', iif(value % 3, 'closed', 'open'),
         iif(value % 3, :today, NULL)
     FROM tenure JOIN json_each('[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]')",
    // One tenure in ten has a pile that waits.
    "INSERT INTO parked (document, village, person, device, incarnation, actor, seq, hash, received_ms, bytes)
     SELECT CAST(X'02' || tenure.id || X'00000000' AS BLOB), division, tenure.person,
         (SELECT id FROM device ORDER BY id LIMIT 1), 1, tenure.id, 1,
         CAST(tenure.id || tenure.id AS BLOB), :now, X'00'
     FROM tenure WHERE division % 10 = 1",
];

/// The desks that no town has, with the password of the county's.
const DESKS: &[&str] = &[
    "INSERT INTO person (id, name) VALUES (:who, :role)",
    "INSERT INTO account SELECT :who, :role, password_hash, password_changed_ms, 0, 0 FROM account WHERE login = 'county'",
    "INSERT INTO post (person, role, division, from_day) VALUES (:who, :role, 629901, :today)",
];

/// Fills the data folder of a stage, whose server has ended: the year of a whole city, so many times.
pub fn fill(stage: &Stage, data: &Path, times: usize) {
    let mut connection = growth::open(data);
    let today = stage.town.today.to_string();
    let (now, year) = (stage.town.now.0, i64::from(stage.town.today.year()));
    let values = named_params! { ":today": today, ":now": now, ":year": year, ":county": person_id(2_000_000).0 };
    write(&mut connection, YEAR, values);
    growth::multiply(&mut connection, SECRETARIES.div_ceil(TOWNSHIP_VILLAGES), times);
    write(&mut connection, BESIDE, values);
    for (at, role) in [ADMINISTRATOR, AUDITOR].into_iter().enumerate() {
        let who = person_id(3_000_000 + at as u128).0;
        write(&mut connection, DESKS, named_params! { ":who": who, ":role": role, ":today": today });
    }
    let people = people(&connection);
    drop(connection);
    let store = Store::open(data.join(DATABASE)).expect("the database opens");
    let now = stage.town.now;
    let noted: Result<(), Trouble> = store.write_sync(move |tx| note(tx, &people, now));
    noted.expect("there is room");
}

/// Carries statements out in one transaction, each with those of the values that it names.
fn write(connection: &mut Connection, statements: &[&str], values: &[(&str, &dyn ToSql)]) {
    let tx = connection.transaction().expect("nobody else writes");
    for sql in statements {
        let used: Vec<_> = values.iter().filter(|(name, _)| sql.contains(*name)).copied().collect();
        tx.execute(sql, &used[..]).unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
    tx.commit().expect("there is room");
}

fn people(connection: &Connection) -> Vec<PersonId> {
    let mut rows = connection.prepare("SELECT person FROM tenure ORDER BY division").expect("a table");
    let people = rows.query_map([], |row| row.get(0).map(PersonId)).expect("a query");
    people.collect::<Result<_, _>>().expect("ids")
}

/// The audit log of a year: everybody signs in again and again.
fn note(tx: &Transaction<'_>, people: &[PersonId], now: Moment) -> Result<(), Trouble> {
    for at in (0..DEEDS).rev() {
        let at = now.plus_ms(-(at as i64) * YEAR_MS / DEEDS as i64);
        for person in people {
            let (action, subject) = ("session.begun", person.to_string());
            audit::append(
                tx,
                &Deed { at, person: Some(*person), device: None, action, subject, detail: String::new() },
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::Town;

    #[test]
    fn a_year_is_written_as_the_tables_are() {
        let data = tempfile::tempdir().expect("a temporary folder");
        Town::found(data.path(), 1);
        let connection = growth::open(data.path());
        for sql in [YEAR, BESIDE, DESKS].concat() {
            connection.prepare(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
        }
    }
}
