//! Devices: one installation of the app, of one person. Its row holds the hashes of its refresh tokens.
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use zhucun_core::clock::Moment;
use zhucun_core::id::{DeviceId, PersonId};

use super::Trouble;

/// A device as its owner sees it in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    pub person: PersonId,
    pub label: String,
    pub first_seen: Moment,
    pub last_seen: Moment,
    pub revoked: Option<Moment>,
    /// Until when it stays signed in without a password; none when it signed out.
    pub refresh_until: Option<Moment>,
}

const COLUMNS: &str = "id, person, label, first_seen_ms, last_seen_ms, revoked_ms, refresh_until_ms";

fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: DeviceId(row.get(0)?),
        person: PersonId(row.get(1)?),
        label: row.get(2)?,
        first_seen: Moment(row.get(3)?),
        last_seen: Moment(row.get(4)?),
        revoked: row.get::<_, Option<i64>>(5)?.map(Moment),
        refresh_until: row.get::<_, Option<i64>>(6)?.map(Moment),
    })
}

pub fn find(connection: &Connection, id: DeviceId) -> Result<Option<Device>, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM device WHERE id = ?1"))?
        .query_row([id.0], device)
        .optional()?)
}

/// A person's devices, the one seen last first.
pub fn of_person(connection: &Connection, person: PersonId) -> Result<Vec<Device>, Trouble> {
    let mut rows = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM device WHERE person = ?1 ORDER BY last_seen_ms DESC, id"))?;
    Ok(rows.query_map([person.0], device)?.collect::<Result<_, _>>()?)
}

/// Signs the device in: it is added if it is new, and has this refresh token and no other.
pub fn sign_in(
    tx: &Transaction<'_>,
    (id, person, label): (DeviceId, PersonId, &str),
    now: Moment,
    refresh: RefreshRow,
) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO device (id, person, label, first_seen_ms, last_seen_ms, refresh_hash, refresh_until_ms)
         VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET label = excluded.label, last_seen_ms = excluded.last_seen_ms,
             refresh_hash = excluded.refresh_hash, previous_refresh_hash = NULL,
             refresh_until_ms = excluded.refresh_until_ms",
    )?
    .execute(params![id.0, person.0, label, now.0, refresh.hash, refresh.until.0])?;
    Ok(())
}

impl Device {
    /// Whether it can go on without a password.
    pub fn is_signed_in(&self, now: Moment) -> bool {
        self.revoked.is_none() && self.refresh_until.is_some_and(|until| now < until)
    }
}

/// A refresh token as it stands in the row.
#[derive(Clone, Copy, Debug)]
pub struct RefreshRow {
    pub hash: [u8; 32],
    pub until: Moment,
}

/// The device that has this refresh token, as its current or its previous one.
pub fn by_refresh(connection: &Connection, hash: [u8; 32]) -> Result<Option<Device>, Trouble> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM device WHERE refresh_hash = ?1 OR previous_refresh_hash = ?1"))?
        .query_row([hash], device)
        .optional()?)
}

/// Gives the device a new refresh token; `previous` is the one it was asked for with, and stays good.
pub fn renew(
    tx: &Transaction<'_>,
    id: DeviceId,
    now: Moment,
    previous: [u8; 32],
    refresh: RefreshRow,
) -> Result<(), Trouble> {
    tx.prepare_cached(
        "UPDATE device SET last_seen_ms = ?2, previous_refresh_hash = ?3, refresh_hash = ?4, refresh_until_ms = ?5
         WHERE id = ?1",
    )?
    .execute(params![id.0, now.0, previous, refresh.hash, refresh.until.0])?;
    Ok(())
}

/// Takes the refresh tokens of one device.
pub fn sign_out(tx: &Transaction<'_>, id: DeviceId) -> Result<(), Trouble> {
    tx.prepare_cached(
        "UPDATE device SET refresh_hash = NULL, previous_refresh_hash = NULL, refresh_until_ms = NULL WHERE id = ?1",
    )?
    .execute([id.0])?;
    Ok(())
}

/// Takes the refresh tokens of all of a person's devices but `kept`.
pub fn sign_out_others(tx: &Transaction<'_>, person: PersonId, kept: Option<DeviceId>) -> Result<(), Trouble> {
    tx.prepare_cached(
        "UPDATE device SET refresh_hash = NULL, previous_refresh_hash = NULL, refresh_until_ms = NULL
         WHERE person = ?1 AND id IS NOT ?2 AND revoked_ms IS NULL",
    )?
    .execute(params![person.0, kept.map(|id| id.0)])?;
    Ok(())
}

/// Shuts the device out for ever; its person needs a new device id to sign in there again. Its tokens stay known, so
/// that it can be told.
pub fn revoke(tx: &Transaction<'_>, id: DeviceId, now: Moment) -> Result<(), Trouble> {
    tx.prepare_cached("UPDATE device SET revoked_ms = coalesce(revoked_ms, ?2) WHERE id = ?1")?
        .execute(params![id.0, now.0])?;
    Ok(())
}
