//! Calendars of working days as they were imported: of each year version upon version, none ever changed.
use rusqlite::{Connection, Transaction, params};
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::Moment;

use super::Trouble;

/// What is in force: of each year its highest version, and what is built in of a year that was never imported.
pub fn in_force(connection: &Connection) -> Result<Calendar, Trouble> {
    let mut calendar = Calendar::built_in();
    // SQLite gives the other columns of the row that has the highest version.
    let mut rows = connection.prepare_cached("SELECT year, text, max(version) FROM calendar GROUP BY year")?;
    let rows = rows.query_map([], |row| Ok((row.get::<_, i16>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows {
        let (year, text) = row?;
        let days = Calendar::parse(&text).map_err(|_| Trouble::Damaged("a stored calendar is none"))?;
        calendar.take_year(year, &days);
    }
    Ok(calendar)
}

/// Adds a version of a year, with the days of `calendar` that lie in it, and says which it is.
pub fn add(tx: &Transaction<'_>, year: i16, calendar: &Calendar, now: Moment) -> Result<u32, Trouble> {
    let mut days = Calendar::default();
    days.take_year(year, calendar);
    let version: u32 = tx
        .prepare_cached("SELECT coalesce(max(version), 0) + 1 FROM calendar WHERE year = ?1")?
        .query_row([year], |row| row.get(0))?;
    tx.prepare_cached("INSERT INTO calendar VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        year,
        version,
        now.0,
        days.text()
    ])?;
    Ok(version)
}
