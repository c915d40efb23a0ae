//! The policy: its defaults, what a file may say, what it may not, and what a correction in mid-year changes.
use jiff::civil::date;
use zhucun_core::duty::{
    Dictionary, DutyReason, POLICIES_MAX, POLICY_NUMBER_MAX, Part, Policies, Policy, PolicyFault, Presence,
};
use zhucun_core::entry::EntryKind;
use zhucun_core::leave::LeaveKind;

use crate::scene::Scene;

fn parse(json: &str) -> Policies {
    Policies::parse(json).unwrap_or_else(|fault| panic!("{json}: {fault}"))
}

fn fault(json: &str) -> String {
    Policies::parse(json).expect_err("a fault").to_string()
}

#[test]
fn the_defaults_are_those_of_the_rules() {
    let policy = Policy::built_in();
    assert_eq!((policy.version, policy.valid_from), (1, date(2015, 1, 1)));
    assert_eq!(policy.dictionary, Dictionary::Of2015);
    let parts = [policy.opening_part, policy.closing_part, policy.single_part];
    assert_eq!(parts, [Part::Half, Part::MoreThanHalf, Part::Half]);
    assert_eq!(policy.last_part_year_months_min, 6);
    let days = [policy.week_days_min, policy.month_days_min, policy.quarter_days_min, policy.half_days_min];
    assert_eq!(days, [1, 3, 10, 40]);
    assert_eq!([policy.lesson_grace_days, policy.activity_grace_days, policy.yearly_grace_days], [10, 10, 15]);
    assert_eq!([policy.summary_before_days, policy.summary_after_days], [15, 15]);
    assert_eq!([policy.on_time_days_max, policy.late_days_max, policy.clock_off_minutes_max], [3, 10, 10]);
    assert_eq!(policy.unreviewed_days_max, 15);
    assert_eq!(policy.present_leave_kinds.into_iter().collect::<Vec<_>>(), [LeaveKind::OnDuty]);
    assert_eq!([policy.township_leave_days_max, policy.township_excusal_weeks_max], [3, 3]);
    assert_eq!(policy.presence, Presence::DaysAMonth { days_min: 20 });
    assert_eq!([policy.similar_gram_chars, policy.similar_percent_min], [5, 80]);
    assert_eq!([policy.predecessor_months_max, policy.kept_after_tenure_days_min], [12, 30]);
}

#[test]
fn a_file_names_what_differs_and_keeps_the_rest() {
    let policies = parse(r#"{"version": 2, "valid_from": "2016-01-01", "month_days_min": 5}"#);
    let policy = policies.in_force(date(2016, 1, 1));
    let built_in = Policy::built_in();
    let (version, valid_from) = (2, date(2016, 1, 1));
    assert_eq!(*policy, Policy { version, valid_from, month_days_min: 5, ..built_in.clone() });
    assert_eq!(*policies.in_force(date(2015, 12, 31)), built_in);
    let whole = serde_json::to_string(&built_in).expect("JSON");
    assert_eq!(*parse(&whole).in_force(date(2016, 1, 1)), built_in);
    let presence =
        r#"{"version": 2, "valid_from": "2016-01-01", "presence": {"rule": "days_a_year", "days_min": 200}}"#;
    assert_eq!(parse(presence).in_force(date(2016, 1, 1)).presence, Presence::DaysAYear { days_min: 200 });
}

#[test]
fn an_unknown_field_is_refused_with_those_there_are() {
    let said = fault(r#"{"version": 2, "valid_from": "2016-01-01", "week_days": 1}"#);
    assert!(said.contains("“week_days”") && said.contains("week_days_min"), "{said}");
}

#[test]
fn what_cannot_be_read_is_refused_by_its_field() {
    let head = r#""version": 2, "valid_from": "2016-01-01""#;
    for (json, names) in [
        (String::new(), "no JSON"),
        ("{".to_owned(), "no JSON"),
        ("3".to_owned(), "JSON object"),
        ("[3]".to_owned(), "JSON object"),
        (r#"{"version": 2}"#.to_owned(), "“valid_from”"),
        (r#"{"valid_from": "2016-01-01"}"#.to_owned(), "“version”"),
        (r#"{"version": 2, "valid_from": "2016-02-30"}"#.to_owned(), "“valid_from”"),
        (format!(r#"{{{head}, "month_days_min": -1}}"#), "“month_days_min”"),
        (format!(r#"{{{head}, "month_days_min": "3"}}"#), "“month_days_min”"),
        (format!(r#"{{{head}, "opening_part": "third"}}"#), "“opening_part”"),
        (format!(r#"{{{head}, "present_leave_kinds": ["holiday"]}}"#), "“present_leave_kinds”"),
        (format!(r#"{{{head}, "presence": {{"rule": "always"}}}}"#), "“presence”"),
        (format!(r#"{{{head}, "on_time_days_max": 11}}"#), "“late_days_max”"),
    ] {
        let said = fault(&json);
        assert!(said.contains(names), "{json}: {said}");
    }
}

#[test]
fn a_number_is_no_larger_than_the_days_of_a_year_and_some() {
    let with = |number: u64| format!(r#"{{"version": 2, "valid_from": "2016-01-01", "half_days_min": {number}}}"#);
    assert!(Policies::parse(&with(POLICY_NUMBER_MAX)).is_ok());
    let too_large = PolicyFault::TooLarge { field: "half_days_min".to_owned() };
    assert_eq!(Policies::parse(&with(POLICY_NUMBER_MAX + 1)), Err(too_large));
    let inside = r#"{"version": 2, "valid_from": "2016-01-01", "presence": {"rule": "days_a_year", "days_min": 401}}"#;
    assert!(fault(inside).contains("“presence”"));
}

#[test]
fn a_file_holds_so_many_versions_each_once() {
    let list = |count: usize| {
        let one = |version: usize| format!(r#"{{"version": {version}, "valid_from": "2016-01-01"}}"#);
        format!("[{}]", (1..=count).map(one).collect::<Vec<_>>().join(","))
    };
    assert!(Policies::parse(&list(POLICIES_MAX)).is_ok());
    assert_eq!(Policies::parse(&list(POLICIES_MAX + 1)), Err(PolicyFault::TooMany));
    let twice = r#"[{"version": 2, "valid_from": "2016-01-01"}, {"version": 2, "valid_from": "2017-01-01"}]"#;
    assert_eq!(Policies::parse(twice), Err(PolicyFault::Twice(2)));
}

#[test]
fn a_policy_that_is_valid_from_mid_year_changes_the_periods_that_begin_then() {
    let mut scene = Scene::worked();
    scene.policies = parse(r#"{"version": 2, "valid_from": "2016-02-15", "month_days_min": 30}"#);
    let reason = |month| scene.reason(EntryKind::Lesson, month);
    assert_eq!(reason("2016-02"), DutyReason::Owed);
    assert_eq!(reason("2016-03"), DutyReason::NoWorkdays);
    assert_eq!(scene.duty(EntryKind::Lesson, "2016-02").policy, 1);
    assert_eq!(scene.duty(EntryKind::Lesson, "2016-03").policy, 2);
}

#[test]
fn a_correction_of_the_policy_in_mid_year_recomputes_what_it_is_valid_for() {
    let mut scene = Scene::worked();
    let wrong = r#"{"version": 2, "valid_from": "2015-01-01", "quarter_days_min": 100}"#;
    scene.policies = parse(wrong);
    assert_eq!(scene.owed(EntryKind::Activity), [""; 0]);
    scene.policies = parse(&format!(r#"[{wrong}, {{"version": 3, "valid_from": "2015-01-01"}}]"#));
    assert_eq!(scene.owed(EntryKind::Activity).len(), 4);
}

#[test]
fn the_first_day_in_the_tenure_decides_the_policy_of_an_opening_part() {
    let mut scene = Scene::new(date(2015, 9, 1), date(2016, 8, 31));
    scene.policies = parse(r#"{"version": 2, "valid_from": "2015-09-01", "half_days_min": 300}"#);
    assert_eq!(scene.reason(EntryKind::Summary, "2015-H2"), DutyReason::NoWorkdays);
}

#[test]
fn boundaries_and_windows_are_the_policys() {
    let mut scene = Scene::worked();
    let head = r#""version": 2, "valid_from": "2015-01-01""#;
    scene.policies = parse(&format!(r#"{{{head}, "opening_part": "more_than_half", "closing_part": "half"}}"#));
    assert_eq!(scene.reason(EntryKind::Lesson, "2015-09"), DutyReason::PartialUnderHalf);
    assert_eq!(scene.reason(EntryKind::Lesson, "2016-09"), DutyReason::Owed);
    scene.policies = parse(&format!(
        r#"{{{head}, "lesson_grace_days": 5, "activity_grace_days": 6, "yearly_grace_days": 7,
            "summary_before_days": 8, "summary_after_days": 9}}"#
    ));
    let window = |kind, period| scene.duty(kind, period).window;
    assert_eq!(window(EntryKind::Lesson, "2015-10").record_by, Some(date(2015, 11, 5)));
    assert_eq!(window(EntryKind::Activity, "2015-Q4").record_by, Some(date(2016, 1, 6)));
    assert_eq!(window(EntryKind::Deed, "tenure-year-1").record_by, Some(date(2016, 9, 22)));
    let summary = window(EntryKind::Summary, "2015-H2");
    assert_eq!((summary.opens, summary.closes), (date(2015, 12, 23), date(2016, 1, 9)));
    scene.term.last = date(2016, 1, 15);
    scene.policies = parse(&format!(r#"{{{head}, "last_part_year_months_min": 4}}"#));
    assert_eq!(scene.owed(EntryKind::Report), ["tenure-year-1"]);
    scene.policies = parse(&format!(r#"{{{head}, "last_part_year_months_min": 5}}"#));
    assert_eq!(scene.reason(EntryKind::Report, "tenure-year-1"), DutyReason::UnderSixMonths);
}

#[test]
fn what_a_newer_server_says_of_a_policy_is_taken_as_far_as_it_is_known() {
    let sent = r#"[
        {"version": 2, "valid_from": "2016-01-01", "month_days_min": 5, "moon_days_min": 3, "presence": {"rule": "moon"}},
        {"version": 3, "valid_from": "long ago", "month_days_min": 6},
        {"version": 4},
        7
    ]"#;
    let policies: Policies = serde_json::from_str(sent).expect("a list");
    let policy = Policy { version: 2, valid_from: date(2016, 1, 1), month_days_min: 5, ..Policy::built_in() };
    assert_eq!(policies, Policies::of(vec![policy]));
    let again = serde_json::to_string(&policies).expect("JSON");
    assert_eq!(serde_json::from_str::<Policies>(&again).expect("its own text"), policies);
    assert!(serde_json::from_str::<Policies>("{}").is_err());
}

#[test]
fn policies_differ_field_by_field() {
    let policies = parse(r#"{"version": 2, "valid_from": "2016-01-01", "month_days_min": 5, "closing_part": "half"}"#);
    let differences = policies.in_force(date(2016, 1, 1)).differences(&Policy::built_in());
    let said: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["closing_part: \"more_than_half\" → \"half\"", "month_days_min: 3 → 5"]);
    assert_eq!(Policy::built_in().differences(&Policy::built_in()), []);
}

#[test]
fn the_operators_page_names_every_field() {
    let page = include_str!("../../../docs/OPERATING.md");
    let fields = serde_json::to_value(Policy::built_in()).expect("JSON");
    for field in fields.as_object().expect("an object").keys() {
        assert!(page.contains(&format!("`{field}`")), "{field}");
    }
}
