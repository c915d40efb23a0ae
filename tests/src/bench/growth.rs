//! What a sync costs while the database grows: the same fifty phones against their own year, and against ten and a hundred
//! times as much beside it. The rest is copied row by row under other ids into townships of its own, in the same feed:
//! as large and as deep in every index as if it had been logged, though its digests are those of the originals.
use std::path::Path;

use rusqlite::{Connection, named_params};
use zhucun_server::app::DATABASE;

use super::stage::Stage;
use super::weekly::{self, Storm};
use super::{CLIENTS, size};
use crate::town::TOWNSHIP_VILLAGES;

/// How many times the year of all clients is there.
const TIMES: [usize; 3] = [1, 10, 100];
/// Townships that the clients with a year live in.
const TOWNSHIPS: usize = CLIENTS.div_ceil(TOWNSHIP_VILLAGES);
/// Copies begin so many townships on, where the town has none.
const FREE_FROM: usize = 100;

pub struct Growth {
    pub secretary_years: usize,
    pub database_bytes: u64,
    pub warm: Storm,
    pub cold: Storm,
}

pub fn measure(stage: &Stage) -> Vec<Growth> {
    let at = |times: usize| {
        let data = stage.copy();
        multiply(&mut open(data.path()), TOWNSHIPS, times);
        let database_bytes = size::database_bytes(data.path());
        let (warm, cold) = weekly::storms(stage, data.path());
        Growth { secretary_years: CLIENTS * times, database_bytes, warm, cold }
    };
    TIMES.into_iter().map(at).collect()
}

/// Rows of who has a year, copied as the copy `:copy`: ids get other first bytes (`:name`), keys and numbers of the feed
/// move on by `:keys` and `:numbers`, villages by `:places`.
const COPY: [&str; 10] = [
    "INSERT INTO division SELECT code + :places / 1000, name, valid_from, valid_to FROM division
     WHERE code IN (SELECT township FROM year)",
    "INSERT INTO division SELECT DISTINCT code + :places, name, valid_from, valid_to FROM division
     WHERE code IN (SELECT village FROM year)",
    "INSERT INTO person (id, name) SELECT DISTINCT CAST(:name || substr(id, 7) AS BLOB), name FROM person
     WHERE id IN (SELECT person FROM actor JOIN year ON year.key = actor.document)",
    "INSERT INTO tenure SELECT CAST(:name || substr(id, 7) AS BLOB), CAST(:name || substr(person, 7) AS BLOB), role, division + :places, batch, arrived,
         planned_end, ended, reason, since_version, gone_version, figures_version, left_version
     FROM tenure WHERE division IN (SELECT village FROM year)",
    "INSERT INTO document SELECT key + :keys, CAST(substr(id, 1, 1) || :name || substr(id, 8) AS BLOB), feed,
         township + :places / 1000, village + :places, CAST(:name || substr(holder, 7) AS BLOB), last_number + :numbers FROM year",
    "INSERT INTO actor SELECT actor.key + :keys, document + :keys, actor, NULL, CAST(:name || substr(person, 7) AS BLOB)
     FROM actor JOIN year ON year.key = actor.document",
    "INSERT INTO bundle SELECT bundle.key + :keys, bundle.feed, number + :numbers, document + :keys, actor + :keys,
         first_seq, last_seq, received_ms, hash, digest, checksum, bytes
     FROM bundle JOIN year ON year.key = bundle.document",
    "INSERT INTO snapshot SELECT document + :keys, number + :numbers, checksum, bytes
     FROM snapshot JOIN year ON year.key = snapshot.document",
    "INSERT INTO entry SELECT CAST(:name || substr(id, 7) AS BLOB), CAST(:name || substr(tenure, 7) AS BLOB), village + :places, kind, occurred_on,
         created_ms, received_ms, version, state, counts, day, made_on, periods, late
     FROM entry WHERE village IN (SELECT village FROM year)",
    "INSERT INTO event SELECT CAST(:name || substr(tenure, 7) AS BLOB), CAST(:name || substr(id, 7) AS BLOB), CAST(:name || substr(entry, 7) AS BLOB), what, version, answers, at_ms, township,
         received_ms
     FROM event WHERE entry IN (SELECT id FROM entry WHERE village IN (SELECT village FROM year))",
];

/// The database of a folder whose server has ended.
pub fn open(data: &Path) -> Connection {
    Connection::open(data.join(DATABASE)).expect("the database opens")
}

/// Makes a database hold what its first townships do so many times.
pub fn multiply(connection: &mut Connection, townships: usize, times: usize) {
    let tx = connection.transaction().expect("nobody else writes");
    tx.execute(
        "CREATE TEMPORARY TABLE year AS SELECT * FROM document
         WHERE township IN (SELECT DISTINCT township FROM document ORDER BY township LIMIT ?1)",
        [townships as i64],
    )
    .expect("documents are there");
    let most =
        "SELECT max((SELECT max(key) FROM bundle), (SELECT max(key) FROM actor), (SELECT max(key) FROM document))";
    let keys: i64 = tx.query_row(most, [], |row| row.get(0)).expect("there are rows");
    let last: i64 = tx.query_row("SELECT max(last) FROM feed", [], |row| row.get(0)).expect("there is a feed");
    for copy in 1..times as i64 {
        let name = [&[0xfe][..], &copy.to_be_bytes()[3..]].concat();
        let places = (FREE_FROM + copy as usize * townships) as i64 * 1000;
        let (keys, numbers) = (copy * keys, copy * last);
        let values = named_params! { ":name": name, ":places": places, ":keys": keys, ":numbers": numbers };
        for sql in COPY {
            let mut insert = tx.prepare_cached(sql).expect("the tables are as this knows them");
            let used: Vec<_> = values.iter().filter(|(name, _)| sql.contains(*name)).copied().collect();
            insert.execute(&used[..]).expect("a copy is unlike all before");
        }
    }
    tx.execute_batch(
        "UPDATE feed SET (last, digest) =
             (SELECT number, digest FROM bundle WHERE bundle.feed = feed.code ORDER BY number DESC LIMIT 1)",
    )
    .expect("a feed ends with its last bundle");
    tx.commit().expect("there is room");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::Town;

    #[test]
    fn a_year_is_copied_as_the_tables_are() {
        let data = tempfile::tempdir().expect("a temporary folder");
        Town::found(data.path(), 1);
        let connection = Connection::open(data.path().join(DATABASE)).expect("the database opens");
        connection.execute_batch("CREATE TEMPORARY TABLE year AS SELECT * FROM document").expect("a table");
        for sql in COPY {
            connection.prepare(sql).expect("the tables are as this knows them");
        }
    }
}
