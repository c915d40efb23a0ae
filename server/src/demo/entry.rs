//! The fields of demonstration entries: which households were visited and what was written, composed from the texts.
use jiff::civil::Date;
use zhucun_core::contract::HouseholdView;
use zhucun_core::entry::{Fields, HOUSEHOLDS, OCCURRED_ON};
use zhucun_core::field::FieldValue;

use super::chance::Chance;
use super::diary::Mode;
use super::text::{ABSENCES, CLOSINGS, FIELD_OPENINGS, HOME_OPENINGS, OFFICE_OPENINGS, PHONE_OPENINGS, Texts};

const CHECKS: &[&str] =
    &["check_food", "check_clothing", "check_education", "check_medical", "check_housing", "check_water"];

/// A visit on `day` to households that have waited long; the register remembers it. None when the register is empty.
pub fn visit(
    texts: &Texts,
    chance: &mut Chance,
    day: Date,
    mode: Mode,
    register: &mut [HouseholdView],
) -> Option<Fields> {
    register.sort_by_key(|household| household.visited_on);
    let mut waiting: Vec<&mut HouseholdView> = register.iter_mut().collect();
    waiting.truncate(waiting.len().div_ceil(2));
    let count = if mode.in_person() { [1, 2, 3][chance.weighted(&[60, 30, 10])] } else { 1 };
    let mut chosen: Vec<&HouseholdView> = Vec::new();
    while chosen.len() < count && !waiting.is_empty() {
        let household = waiting.swap_remove(chance.below(waiting.len()));
        household.visited_on = Some(day);
        chosen.push(household);
    }
    let group = chosen.first()?.group.as_str();

    let fitting: Vec<_> = texts.visits.iter().filter(|theme| theme.fits(day.month())).collect();
    let theme = fitting[chance.below(fitting.len())];
    let opening = chance.pick(match mode {
        Mode::Home => HOME_OPENINGS,
        Mode::Field => FIELD_OPENINGS,
        Mode::Phone => PHONE_OPENINGS,
        Mode::Office => OFFICE_OPENINGS,
    });
    let small = chance.between(2, 8).to_string();
    let told = |text: &str| FieldValue::from(text.replace("{n}", &small).replace("{g}", group));
    let ids: Vec<String> = chosen.iter().map(|household| household.id.to_string()).collect();

    let mut fields = Fields::new();
    let mut put = |name: &str, value: FieldValue| fields.insert(name.to_owned(), value);
    put(OCCURRED_ON, day.to_string().into());
    put(HOUSEHOLDS, ids.join(" ").into());
    put("mode", mode.code().into());
    put("met", ["head", "head member", "member", "head neighbour"][chance.weighted(&[55, 25, 15, 5])].into());
    for check in CHECKS.iter().filter(|_| mode.in_person()) {
        let found = if theme.problem == *check {
            "problem"
        } else {
            ["normal", "unknown", "problem"][chance.weighted(&[90, 7, 3])]
        };
        put(check, found.into());
    }
    put("narrative", told(&format!("{opening}{}{}", theme.story, chance.pick(CLOSINGS))));
    put("plan", told(&theme.plan));
    let rest =
        [("changes", &theme.change, 70), ("difficulties", &theme.difficulty, 85), ("requests", &theme.request, 80)];
    for (name, text, cases) in rest {
        if chance.in_100(cases) {
            put(name, told(text));
        }
    }
    put("acknowledgement", ["oral", "none", "signed"][chance.weighted(&[70, 25, 5])].into());
    Some(fields)
}

/// A lesson on `day`; `ordinal` walks through the topics, so that none comes back soon.
pub fn lesson(texts: &Texts, chance: &mut Chance, day: Date, ordinal: usize) -> Fields {
    let theme = &texts.lessons[ordinal % texts.lessons.len()];
    let expected = chance.between(14, 46);
    let absent = chance.below(expected / 3 + 1);
    let count = |number: usize| FieldValue::from(i64::try_from(number).unwrap_or_default());
    let mut fields = Fields::new();
    let mut put = |name: &str, value: FieldValue| fields.insert(name.to_owned(), value);
    put(OCCURRED_ON, day.to_string().into());
    put("topic", theme.topic.as_str().into());
    let lecturer = ["self", "village_secretary", "superior", "other"][chance.weighted(&[62, 22, 12, 4])];
    put("lecturer", lecturer.into());
    put("form", ["lecture", "on_site", "at_home", "online"][chance.weighted(&[76, 14, 6, 4])].into());
    put("expected", count(expected));
    put("present", count(expected - absent));
    if absent > 0 {
        put("absence_reasons", chance.pick(ABSENCES).into());
    }
    put("main_points", theme.points.as_str().into());
    if chance.in_100(80) {
        put("members_views", theme.views.as_str().into());
    }
    fields
}
