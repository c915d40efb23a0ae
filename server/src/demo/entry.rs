//! The fields of demonstration entries: which households were visited and what was written, composed from the texts.
use jiff::civil::Date;
use zhucun_core::contract::HouseholdView;
use zhucun_core::entry::{Fields, HALF, HOUSEHOLDS, OCCURRED_ON, STATE};
use zhucun_core::field::FieldValue;
use zhucun_core::issue;

use super::chance::Chance;
use super::diary::Mode;
use super::text::{
    ABSENCES, ACTIVITIES, CLOSINGS, DEEDS, FIELD_OPENINGS, HANDLERS, HOME_OPENINGS, OFFICE_OPENINGS, OUTCOMES,
    PHONE_OPENINGS, PLANS, PROBLEMS, SUMMARIES, Texts,
};

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

/// What a visit brought up that must be followed: about every sixth one does.
pub fn issue(chance: &mut Chance, visit: &Fields) -> Option<Fields> {
    let request = visit.get("requests").filter(|text| !text.is_empty() && chance.in_100(20))?;
    Some(raised(chance, visit, request))
}

/// What a visit brought up, whichever of its texts says it.
pub fn issue_in_any_case(chance: &mut Chance, visit: &Fields) -> Option<Fields> {
    let said = ["requests", "difficulties", "narrative"].into_iter().filter_map(|name| visit.get(name));
    said.into_iter().find(|text| !text.is_empty()).map(|text| raised(chance, visit, text))
}

fn raised(chance: &mut Chance, visit: &Fields, request: &FieldValue) -> Fields {
    let problem = CHECKS.iter().find(|check| visit.get(**check) == Some(&FieldValue::from("problem")));
    let category = problem.map_or("industry", |check| match *check {
        "check_education" => "education",
        "check_medical" => "medical",
        "check_housing" => "housing",
        "check_water" => "water",
        _ => "social_security",
    });
    let level = ["village", "township", "county"][chance.weighted(&[60, 30, 10])];
    let fields = [("category", category.into()), ("text", request.clone()), ("level", level.into())];
    let of = visit.get(HOUSEHOLDS).map(|list| (HOUSEHOLDS.to_owned(), list.clone()));
    fields.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(of).collect()
}

/// The next step of an issue that is open, taken on `day`.
pub fn step(chance: &mut Chance, state: &str, day: Date) -> Fields {
    let mut fields = Fields::new();
    let mut put = |name: &str, value: FieldValue| fields.insert(name.to_owned(), value);
    if state == issue::OPEN {
        put(issue::STATE, "in_progress".into());
        put("handler", chance.pick(HANDLERS).into());
    } else {
        put(issue::STATE, issue::ENDED[chance.weighted(&[70, 20, 10])].into());
        put(issue::CLOSED_ON, day.to_string().into());
        put("outcome", chance.pick(OUTCOMES).into());
    }
    fields
}

pub fn activity(chance: &mut Chance, day: Date) -> Fields {
    let (theme, form, result) = ACTIVITIES[chance.below(ACTIVITIES.len())];
    let expected = chance.between(14, 46);
    let present = expected - chance.below(expected / 3 + 1);
    let count = |number: usize| FieldValue::from(i64::try_from(number).unwrap_or_default());
    let theme_day = if chance.in_100(60) { "yes" } else { "no" };
    let fields = [
        (OCCURRED_ON, day.to_string().into()),
        ("theme", theme.into()),
        ("form", form.into()),
        ("theme_day", theme_day.into()),
        ("expected", count(expected)),
        ("present", count(present)),
        ("result", result.into()),
    ];
    fields.map(|(name, value)| (name.to_owned(), value)).into()
}

/// A summary of `half`; what was counted stands in it by itself.
pub fn summary(chance: &mut Chance, day: Date, half: &str) -> Fields {
    let fields = [
        (OCCURRED_ON, day.to_string().into()),
        (HALF, half.into()),
        ("done", chance.pick(SUMMARIES).into()),
        ("problems", chance.pick(PROBLEMS).into()),
        ("next", chance.pick(PLANS).into()),
    ];
    fields.map(|(name, value)| (name.to_owned(), value)).into()
}

pub fn deed(chance: &mut Chance, day: Date) -> Fields {
    let (name, need) = DEEDS[chance.below(DEEDS.len())];
    let count = |number: usize| FieldValue::from(i64::try_from(number).unwrap_or_default());
    let households = chance.between(3, 40);
    let fields = [
        (OCCURRED_ON, day.to_string().into()),
        ("name", name.into()),
        ("need", need.into()),
        ("money_yuan", count(chance.between(2, 30) * 1000)),
        ("households_helped", count(households)),
        ("people_helped", count(households * 4)),
        (STATE, "planned".into()),
    ];
    fields.map(|(name, value)| (name.to_owned(), value)).into()
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
