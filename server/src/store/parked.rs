//! Changes that wait for the township: their author might write to the document once and may no more. They are kept in
//! the order they came, and taken or dismissed together.
use rusqlite::{Connection, Row, Transaction, params};
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::document::{Actor, DocumentId, Incarnation};
use zhucun_core::id::{CommandId, DeviceId, PersonId};

use super::Trouble;
use super::value::{code, number};

/// Changes that one device may have open of one document; what comes after waits on the phone.
pub const CHANGES_MAX: i64 = 2_000;
/// Bytes that one device may have open of one document.
pub const BYTES_MAX: i64 = 1024 * 1024;

/// A change on its way in.
pub struct New<'a> {
    pub document: DocumentId,
    pub village: DivisionCode,
    pub person: PersonId,
    pub device: DeviceId,
    pub incarnation: Incarnation,
    pub actor: Actor,
    pub seq: u64,
    pub hash: [u8; 32],
    pub received: Moment,
    /// The command that made it together with changes of other documents.
    pub command: Option<CommandId>,
    pub bytes: &'a [u8],
}

/// Whether something of this device is open there: then all that follows is put behind it.
pub fn is_frozen(connection: &Connection, device: DeviceId, document: DocumentId) -> Result<bool, Trouble> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM parked WHERE device = ?1 AND document = ?2 AND settled_ms IS NULL)",
        )?
        .query_row(params![device.0, document.to_bytes()], |row| row.get(0))?)
}

/// Whether the change was parked, whatever became of it.
pub fn is_known(connection: &Connection, document: DocumentId, hash: [u8; 32]) -> Result<bool, Trouble> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM parked WHERE document = ?1 AND hash = ?2)")?
        .query_row(params![document.to_bytes(), hash], |row| row.get(0))?)
}

/// Keeps a change; false when this device has as much open there as it may.
pub fn put(tx: &Transaction<'_>, it: &New<'_>) -> Result<bool, Trouble> {
    let (count, bytes): (i64, i64) = tx
        .prepare_cached(
            "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM parked
             WHERE device = ?1 AND document = ?2 AND settled_ms IS NULL",
        )?
        .query_row(params![it.device.0, it.document.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let more = i64::try_from(it.bytes.len()).unwrap_or(i64::MAX);
    if count >= CHANGES_MAX || bytes.saturating_add(more) > BYTES_MAX {
        return Ok(false);
    }
    tx.prepare_cached(
        "INSERT INTO parked (document, village, person, device, incarnation, actor, seq, hash, received_ms, bytes,
             command)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        it.document.to_bytes(),
        number(it.village),
        it.person.0,
        it.device.0,
        it.incarnation,
        it.actor.0,
        it.seq.cast_signed(),
        it.hash,
        it.received.0,
        it.bytes,
        it.command.map(|command| command.0),
    ])?;
    Ok(true)
}

/// All that one device has open of one document. It is named by the key of its first change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pile {
    pub key: i64,
    pub document: DocumentId,
    pub village: DivisionCode,
    pub person: PersonId,
    pub device: DeviceId,
    pub changes: i64,
    pub first: Moment,
    pub last: Moment,
}

const PILE: &str = "SELECT min(key), document, village, person, device, count(*), min(received_ms), max(received_ms)
     FROM parked WHERE settled_ms IS NULL";

fn pile(row: &Row<'_>) -> Result<Pile, Trouble> {
    Ok(Pile {
        key: row.get(0)?,
        document: document(row, 1)?,
        village: code(row, 2)?,
        person: PersonId(row.get(3)?),
        device: DeviceId(row.get(4)?),
        changes: row.get(5)?,
        first: Moment(row.get(6)?),
        last: Moment(row.get(7)?),
    })
}

fn document(row: &Row<'_>, index: usize) -> Result<DocumentId, Trouble> {
    let bytes: Vec<u8> = row.get(index)?;
    DocumentId::from_bytes(&bytes).ok_or(Trouble::Damaged("not the id of a document"))
}

/// What is open, the oldest first.
pub fn piles(connection: &Connection) -> Result<Vec<Pile>, Trouble> {
    let mut rows = connection.prepare_cached(&format!("{PILE} GROUP BY device, document ORDER BY 1"))?;
    let mut rows = rows.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(pile(row)?);
    }
    Ok(found)
}

/// The documents in which the same device has open what commands made together with changes of this pile.
pub fn joined(connection: &Connection, pile: &Pile) -> Result<Vec<DocumentId>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT DISTINCT other.document FROM parked JOIN parked other USING (device, command)
         WHERE parked.device = ?1 AND parked.document = ?2 AND parked.settled_ms IS NULL AND other.settled_ms IS NULL
             AND other.document <> parked.document",
    )?;
    let mut rows = rows.query(params![pile.device.0, pile.document.to_bytes()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(document(row, 0)?);
    }
    Ok(found)
}

/// One open change.
pub struct Parked {
    pub key: i64,
    pub incarnation: Incarnation,
    pub received: Moment,
    /// The command that made it together with changes of other documents.
    pub command: Option<CommandId>,
    pub bytes: Vec<u8>,
}

/// The changes of a pile, in the order they came.
pub fn changes(connection: &Connection, pile: &Pile) -> Result<Vec<Parked>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT key, incarnation, received_ms, command, bytes FROM parked
         WHERE device = ?1 AND document = ?2 AND settled_ms IS NULL ORDER BY key",
    )?;
    let parked = |row: &Row<'_>| {
        Ok(Parked {
            key: row.get(0)?,
            incarnation: row.get(1)?,
            received: Moment(row.get(2)?),
            command: row.get::<_, Option<_>>(3)?.map(CommandId),
            bytes: row.get(4)?,
        })
    };
    Ok(rows.query_map(params![pile.device.0, pile.document.to_bytes()], parked)?.collect::<Result<_, _>>()?)
}

/// What was decided, by whom and when.
#[derive(Clone, Debug)]
pub struct Decision {
    pub at: Moment,
    /// None: the command line.
    pub by: Option<PersonId>,
    pub released: bool,
    /// What the author is told of a dismissal.
    pub why: String,
}

/// Writes down what was decided about one change. Its bytes are kept where they became part of the document, and here
/// where they did not.
pub fn settle(tx: &Transaction<'_>, key: i64, decision: &Decision) -> Result<(), Trouble> {
    tx.prepare_cached(
        "UPDATE parked SET settled_ms = ?2, settled_by = ?3, released = ?4, why = ?5,
             bytes = CASE WHEN ?4 THEN X'' ELSE bytes END WHERE key = ?1",
    )?
    .execute(params![
        key,
        decision.at.0,
        decision.by.map(|person| person.0),
        decision.released,
        (!decision.released).then_some(&decision.why),
    ])?;
    Ok(())
}

/// A change that was parked, and what was decided about it.
pub struct Lot {
    pub document: DocumentId,
    pub actor: Actor,
    pub seq: u64,
    pub hash: [u8; 32],
    pub decided: Option<Decided>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    Released,
    /// With why.
    Dismissed(String),
}

/// Everything of somebody's that was ever parked, in the order it came.
pub fn of_person(connection: &Connection, person: PersonId) -> Result<Vec<Lot>, Trouble> {
    let mut rows = connection.prepare_cached(
        "SELECT document, actor, seq, hash, released, coalesce(why, '') FROM parked WHERE person = ?1 ORDER BY key",
    )?;
    let mut rows = rows.query([person.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let why: String = row.get(5)?;
        found.push(Lot {
            document: document(row, 0)?,
            actor: Actor(row.get(1)?),
            seq: row.get::<_, i64>(2)?.cast_unsigned(),
            hash: row.get(3)?,
            decided: row
                .get::<_, Option<bool>>(4)?
                .map(|released| if released { Decided::Released } else { Decided::Dismissed(why) }),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use zhucun_core::division::Division;
    use zhucun_core::id::TenureId;

    use super::super::{Store, account, device, division, person};
    use super::*;

    const WHO: PersonId = PersonId(Uuid::from_u128(1));
    const DEVICE: DeviceId = DeviceId(Uuid::from_u128(2));

    fn new(seq: u64, bytes: &[u8]) -> New<'_> {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&seq.to_be_bytes());
        New {
            document: DocumentId::log(TenureId(Uuid::from_u128(3))),
            village: "621022103201".parse().expect("a code of the test"),
            person: WHO,
            device: DEVICE,
            incarnation: 0,
            actor: Actor([4; 16]),
            seq,
            hash,
            received: Moment(5),
            command: None,
            bytes,
        }
    }

    /// A store whose only device has nothing parked yet.
    fn store(dir: &tempfile::TempDir) -> Store {
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let made: Result<(), Trouble> = store.write_sync(|tx| {
            let code = "621022103201".parse().expect("a code of the test");
            division::put(tx, &Division { code, name: "某村".to_owned() })?;
            person::put(tx, WHO, &person::Particulars::default())?;
            account::add(tx, WHO, "who", "hash", Moment(0))?;
            let refresh = device::RefreshRow { hash: [9; 32], until: Moment(1) };
            device::sign_in(tx, (DEVICE, WHO, "phone"), Moment(0), refresh)
        });
        made.expect("a device");
        store
    }

    #[test]
    fn a_device_parks_up_to_both_limits_and_room_comes_with_the_decision() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let done: Result<(), Trouble> = store(&dir).write_sync(|tx| {
            for seq in 1..CHANGES_MAX.cast_unsigned() {
                assert!(put(tx, &new(seq, b"x"))?);
            }
            assert!(put(tx, &new(2_000, b"x"))? && !put(tx, &new(2_001, b"x"))?, "so many and no more");
            let open = piles(tx)?;
            let [pile] = &open[..] else { panic!("one pile") };
            let decision = Decision { at: Moment(6), by: None, released: false, why: "双份".to_owned() };
            let open = changes(tx, pile)?;
            assert!(open.is_sorted_by_key(|parked| parked.key), "in the order they came");
            for parked in open {
                settle(tx, parked.key, &decision)?;
            }
            let left = || -> Result<(i64, Option<String>), Trouble> {
                Ok(tx.query_row("SELECT length(bytes), why FROM parked WHERE seq = 1", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?)
            };
            assert_eq!(left()?, (1, Some("双份".to_owned())), "what was dismissed is kept");
            settle(tx, 1, &Decision { released: true, ..decision.clone() })?;
            assert_eq!(left()?, (0, None), "what was released is in its document");
            settle(tx, 1, &decision)?;
            assert!(!is_frozen(tx, DEVICE, pile.document)? && is_known(tx, pile.document, new(7, b"").hash)?);
            let lots = of_person(tx, WHO)?;
            assert!(lots.len() == 2_000 && lots.iter().all(|lot| lot.decided.is_some()));
            let long = vec![7; usize::try_from(BYTES_MAX).expect("a megabyte")];
            assert!(!put(tx, &new(3_000, &[&long[..], b"x"].concat()))?, "a byte too many");
            assert!(put(tx, &new(3_000, &long))? && !put(tx, &new(3_001, b"x"))?, "as many as there may be");
            Ok(())
        });
        done.expect("all of it");
    }
}
