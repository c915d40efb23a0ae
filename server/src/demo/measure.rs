//! What the demonstration's townships and its city record of the measures 2 to 8. The numbers of the targets are the plan's; who and
//! what is recorded is made up.
use jiff::civil::Date;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::contract::{Command, Outcome};
use zhucun_core::division::DivisionCode;
use zhucun_core::entry::Fields;
use zhucun_core::field::FieldValue;
use zhucun_core::id::{DeviceId, PersonId, RecordId};
use zhucun_core::programme::RecordKind;

use super::chance::Chance;
use super::phone::LABEL;
use super::{Done, name, refused};
use crate::accounts::Caller;
use crate::accounts::token::{REFRESH_MS, RefreshToken};
use crate::app::App;
use crate::store::Trouble;
use crate::store::device::{self, RefreshRow};
use crate::sync::desk;

/// Of a hundred townships and of a hundred poor villages, so many have somebody in post.
const HEADS: usize = 88;
const OFFICIALS: usize = 82;
/// Of a hundred villages, so many sent their secretary.
const TRAINED: usize = 70;

/// What the plan sets for the whole city: the indicator, its years counted from the first, each year or together, and how many.
const TARGETS: [(&str, i64, &str, i64); 6] = [
    ("skill", 3, "year", 1_000),
    ("leaders", 5, "whole", 2_000),
    ("practical", 5, "year", 300_000),
    ("labour_transfer", 5, "year", 550_000),
    ("labour_brand", 5, "year", 3_000),
    ("vocational", 5, "year", 11_500),
];

struct Unit<'a> {
    township: DivisionCode,
    villages: &'a [DivisionCode],
    today: Date,
}

impl Unit<'_> {
    fn write(&self, kind: RecordKind, texts: &[(&str, &str)], numbers: &[(&str, i64)]) -> Command {
        let texts = texts.iter().map(|(name, text)| ((*name).to_owned(), FieldValue::from(*text)));
        let numbers = numbers.iter().map(|(name, number)| ((*name).to_owned(), FieldValue::from(*number)));
        let fields: Fields = texts.chain(numbers).collect();
        Command::WriteRecord { unit: self.township, record: None, kind, fields }
    }
}

/// Who is posted to a township and its villages when the demonstration begins.
pub fn posted(township: DivisionCode, villages: &[DivisionCode], today: Date) -> Vec<Command> {
    let (unit, mut chance) = (Unit { township, villages, today }, Chance::of(&format!("posted {township}")));
    let (day, end) = (today.to_string(), add_days(today, 2 * 365).to_string());
    let mut commands = Vec::new();
    if chance.in_100(HEADS) {
        let (name, place) = (name::cadre(&mut chance).0, township.to_string());
        let texts = [
            ("full_name", name.as_str()),
            ("job_title", chance.pick(&["senior", "intermediate"])),
            ("from_unit", chance.pick(&["县农业技术推广中心", "县畜牧兽医局", "县林业局", "市农科院"])),
            ("place", &place),
            ("arrived", &day),
            ("planned_end", &end),
        ];
        let numbers = [("techniques", 2), ("projects", 1), ("bases", 1), ("people_trained", 35)];
        commands.push(unit.write(RecordKind::ScienceHead, &texts, &numbers));
    }
    for village in unit.villages {
        if chance.in_100(OFFICIALS) {
            let (name, place) = (name::cadre(&mut chance).0, village.to_string());
            let texts = [
                ("full_name", name.as_str()),
                ("official", chance.pick(&["village_official", "village_official", "resident_cadre"])),
                ("place", &place),
                ("arrived", &day),
            ];
            commands.push(unit.write(RecordKind::VillageOfficial, &texts, &[]));
        }
    }
    commands
}

/// What a township trained by today, and whom it certified.
pub fn trained(township: DivisionCode, villages: &[DivisionCode], today: Date) -> Vec<Command> {
    let (unit, mut chance) = (Unit { township, villages, today }, Chance::of(&format!("trained {township}")));
    let day = unit.today.to_string();
    let begin = add_days(today, -2).to_string();
    let mut commands = Vec::new();
    let mut put =
        |[programme, course, organiser, method]: [&str; 4], more: &[(&str, &str)], numbers: &[(&str, i64)]| {
            let own = [("programme", programme), ("course", course), ("organiser", organiser), ("method", method)];
            let days = [("from", begin.as_str()), ("to", day.as_str())];
            let texts: Vec<(&str, &str)> = own.into_iter().chain(days).chain(more.iter().copied()).collect();
            commands.push(unit.write(RecordKind::Session, &texts, numbers));
        };
    let people = i64::try_from(chance.between(60, 240)).unwrap_or(60);
    let numbers = [("people", people), ("from_poor", people * 3 / 4)];
    put(["practical", "苹果树春季修剪", "县农广校", "on_site"], &[], &numbers);
    let names: Vec<String> = (0..chance.between(6, 14)).map(|_| name::cadre(&mut chance).0).collect();
    put(["cadre_skill", "旱作农业技术推广", "县委党校", "practice"], &[("attendants", &names.join("\n"))], &[]);
    let sent: Vec<String> =
        unit.villages.iter().filter(|_| chance.in_100(TRAINED)).map(DivisionCode::to_string).collect();
    if !sent.is_empty() {
        put(["village_secretaries", "带富能力提升", "县委党校", "lecture"], &[("villages", &sent.join(" "))], &[]);
    }
    for village in unit.villages.iter().take(2) {
        let (name, place) = (name::head(&mut chance), village.to_string());
        let texts = [
            ("full_name", name.as_str()),
            ("place", &place),
            ("skill", chance.pick(&["planting", "breeding", "craft", "technician"])),
            ("certified_on", &day),
            ("basis", "县人社局认定"),
        ];
        commands.push(unit.write(RecordKind::Leader, &texts, &[]));
    }
    commands
}

/// The city sets at its desk what the plan asks of it.
pub async fn set_targets(app: &App, city: DivisionCode, person: PersonId, now: Moment) -> Done<()> {
    let device = DeviceId(app.powers.dice().uuid_v7(now));
    let until = now.plus_ms(REFRESH_MS);
    let row = RefreshRow { hash: RefreshToken::new(app.powers.draw()).hash(), until };
    let written: Result<(), Trouble> =
        app.store.write(move |tx| device::sign_in(tx, (device, person, LABEL), now, row)).await;
    written?;
    let first = i64::from(now.date().year());
    for (indicator, years, per, value) in TARGETS {
        let texts = [("indicator", indicator), ("per", per), ("basis", "关于精准扶贫干部人才工作方案")];
        let texts = texts.map(|(name, text)| (name.to_owned(), FieldValue::from(text)));
        let numbers = [("first_year", first), ("last_year", first + years - 1), ("value", value)];
        let numbers = numbers.map(|(name, number)| (name.to_owned(), FieldValue::from(number)));
        let record = Some(RecordId(app.powers.dice().uuid_v7(now)));
        let fields: Fields = texts.into_iter().chain(numbers).collect();
        let command = Command::WriteRecord { unit: city, record, kind: RecordKind::Target, fields };
        let outcome = desk::tell(app, Caller { person, device, until }, command).await;
        if !matches!(outcome, Ok(Outcome::Done { .. })) {
            return Err(refused(format!("a target of the demonstration was not taken: {outcome:?}")));
        }
    }
    Ok(())
}
