//! What people do in the measurements: a secretary logs a visit with every field filled and corrects it three times; a
//! reviewer confirms what waits.
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::contract::{Command, Outcome, Query, View};
use zhucun_core::division::DivisionCode;
use zhucun_core::entry::EntryKind;
use zhucun_core::field::FieldValue;
use zhucun_core::id::{Dice, EntryId};

use super::text::{corrected, text};
use crate::device::Device;

/// Characters of a visit's account.
pub const NARRATIVE_CHARS: usize = 300;
/// Characters of the other texts of a visit.
const REMARK_CHARS: usize = 20;
/// Entries of a year: a visit a week, and a lesson a month and some more.
pub const YEAR_ENTRIES: i64 = 73;
const DAY_MS: i64 = 86_400_000;

/// Chance of a measurement, the same in every run.
pub fn dice(number: u64) -> Dice {
    let mut seed = [0x5a; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    Dice::new(seed)
}

/// Puts a household into the village's register, for visits to name.
pub fn register(device: &mut Device, village: DivisionCode) -> String {
    add_household(device, village, &[("head", "张某")])
}

/// Puts a household with these fields into the village's register.
pub fn add_household(device: &mut Device, village: DivisionCode, fields: &[(&str, &str)]) -> String {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value))).collect();
    match device.tell(Command::AddHousehold { village, fields }) {
        Outcome::Done { household: Some(household), .. } => household.to_string(),
        other => panic!("no household: {other:?}"),
    }
}

/// One week: a visit with every field of its form, and three edits some hours apart, each a change of its own.
pub fn week(device: &mut Device, household: &str, dice: &mut Dice) -> EntryId {
    let narrative = text(dice, NARRATIVE_CHARS);
    let day = add_days(device.now().date(), -1).to_string();
    let remark = |dice: &mut Dice| FieldValue::from(text(dice, REMARK_CHARS));
    let visit = [
        ("occurred_on", day.into()),
        ("households", household.into()),
        ("mode", "home".into()),
        ("met", "head member".into()),
        ("check_food", "normal".into()),
        ("check_clothing", "normal".into()),
        ("check_education", "normal".into()),
        ("check_medical", "problem".into()),
        ("check_housing", "normal".into()),
        ("check_water", "unknown".into()),
        ("narrative", narrative.as_str().into()),
        ("changes", remark(dice)),
        ("difficulties", remark(dice)),
        ("requests", remark(dice)),
        ("plan", remark(dice)),
        ("acknowledgement", "signed".into()),
    ];
    let entry = device.record(EntryKind::Visit, &visit);
    let once = corrected(dice, &narrative, REMARK_CHARS);
    let twice = corrected(dice, &once, REMARK_CHARS / 2);
    let edits: [&[(&str, FieldValue)]; 3] = [
        &[("narrative", once.into())],
        &[("plan", remark(dice)), ("check_water", "normal".into())],
        &[("narrative", twice.into()), ("difficulties", remark(dice))],
    ];
    for edit in edits {
        device.wait_ms(1_000);
        let fields = edit.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        device.done(Command::Amend { entry, fields });
    }
    entry
}

/// A year of weeks up to `today`, one household after the other, sent about once a month.
pub fn year(device: &mut Device, households: &[String], today: Moment, dice: &mut Dice) {
    for (at, household) in (0..YEAR_ENTRIES).zip(households.iter().cycle()) {
        let then = today.plus_ms((at - YEAR_ENTRIES) * 5 * DAY_MS);
        device.wait_ms((then.0 - device.now().0).max(0));
        device.set_online(false);
        week(device, household, dice);
        device.set_online(true);
        if at % 6 == 0 {
            device.sync_fully();
        }
    }
    device.wait_ms((today.0 - device.now().0).max(0));
    device.sync_fully();
}

/// Confirms everything that waits in a village.
pub fn confirm_all(device: &mut Device, village: DivisionCode) {
    device.set_online(false);
    let View::Entries(list) = device.view(&Query::Village { village }) else { panic!("no list of {village}") };
    for entry in list.entries.iter().filter(|entry| entry.state.awaits_review()).map(|entry| entry.id) {
        device.wait_ms(1_000);
        let version = device.entry(entry).expect("a listed entry is here").version;
        device.done(Command::Confirm { entry, version, opinion: String::new() });
    }
    device.set_online(true);
    device.sync_fully();
}
