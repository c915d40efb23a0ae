//! The rules that duties follow: what is imported beside a running server reaches its desks and every phone, changes what
//! was computed, and touches no entry.
use zhucun_core::clock::add_days;
use zhucun_core::contract::DutyView;
use zhucun_core::duty::{CountReason, DutyReason};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::EntryId;
use zhucun_tests::device::Device;
use zhucun_tests::server::tried;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{PASSWORD, secretary_login};

fn apply(stage: &Stage, what: &str, json: &str) {
    let (_, said) = import(stage, what, json, &["--apply"]);
    assert!(said.contains("written; phones have it at their next sync"), "{said}");
}

fn import(stage: &Stage, what: &str, json: &str, more: &[&str]) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("rules.json");
    std::fs::write(&file, json).expect("a file of the test");
    tried(stage.path(), &[&["import", what, &file.display().to_string()], more].concat())
}

fn duty(device: &Device, kind: EntryKind) -> DutyView {
    let duties = device.home().duties;
    duties.into_iter().rfind(|view| view.duty.kind == kind).expect("a first secretary has duties of every kind")
}

fn counts(device: &Device, entry: EntryId) -> CountReason {
    device.entry(entry).expect("the entry is here").counts
}

/// What the county reads of its townships: lessons done, and owed.
fn lessons(stage: &Stage) -> (i64, i64) {
    let mut desk = Device::new(9, stage.town.now, stage.server.address);
    desk.sign_in("county", PASSWORD);
    let token = desk.access_token();
    let answer = desk.ask("GET", "/api/v1/roll-up?division=629901", &token, b"");
    let rows: serde_json::Value = serde_json::from_slice(&answer.body).expect("rows");
    let figure = |name: &str| rows[0][name].as_i64().expect("a figure");
    (figure("lessons_done"), figure("lessons_owed"))
}

#[test]
fn an_imported_policy_reaches_phone_and_desk_and_touches_no_entry() {
    let stage = Stage::new(1);
    let today = stage.town.today;
    let mut secretary = stage.device(1, &secretary_login(0));
    let long_ago = add_days(today, -60).to_string();
    let fields = [("occurred_on", long_ago.as_str().into()), ("topic", "学习党章".into())];
    let lesson = secretary.record(EntryKind::Lesson, &fields);
    secretary.sync_fully();
    assert_eq!(counts(&secretary, lesson), CountReason::NotFinished, "written down after the days of grace");
    let version = secretary.entry(lesson).expect("the entry is here").version;
    let (done, owed) = lessons(&stage);
    assert_eq!(done, 0);

    let longer = r#"{"version": 2, "valid_from": "2015-01-01", "lesson_grace_days": 60}"#;
    let (shown, said) = import(&stage, "policy", longer, &[]);
    let names =
        ["+ version 2 from 2015-01-01: lesson_grace_days: 10 → 60", "1 entries count otherwise", "nothing was written"];
    assert!(shown && names.iter().all(|name| said.contains(name)), "{said}");
    secretary.sync_fully();
    assert_eq!((counts(&secretary, lesson), lessons(&stage).0), (CountReason::NotFinished, 0));

    apply(&stage, "policy", longer);
    assert_eq!(lessons(&stage).0, 1, "the desk reads on from there");
    assert!(lessons(&stage).1 <= owed, "in longer grace less is held against anybody");
    secretary.sync_fully();
    let entry = secretary.entry(lesson).expect("the entry is here");
    assert_eq!((entry.counts, entry.version, entry.events.len()), (CountReason::Counts, version, 1));
    secretary.reopen();
    assert_eq!(counts(&secretary, lesson), CountReason::Counts, "the phone keeps it");

    apply(&stage, "policy", r#"{"version": 3, "valid_from": "2015-01-01"}"#);
    secretary.sync_fully();
    assert_eq!((counts(&secretary, lesson), lessons(&stage).0), (CountReason::NotFinished, 0));
    let check = stage.zhucun(&["check"]);
    assert!(check.contains("read model: ok"), "{check}");
}

#[test]
fn a_version_of_a_policy_does_not_change_once_it_was_imported() {
    let stage = Stage::new(1);
    let second = r#"{"version": 2, "valid_from": "2016-01-01", "month_days_min": 5}"#;
    apply(&stage, "policy", second);
    let (fine, said) = import(&stage, "policy", second, &["--apply"]);
    assert!(fine && said.contains("there was nothing to write"), "{said}");
    for (json, names) in [
        (second.replace('5', "4"), "month_days_min: 5 → 4"),
        (second.replace("2016", "2017"), "valid_from: 2016-01-01 → 2017-01-01"),
    ] {
        let (fine, said) = import(&stage, "policy", &json, &["--apply"]);
        assert!(!fine && said.contains(names) && said.contains("give the correction the number 3"), "{said}");
    }
}

#[test]
fn no_more_policies_are_kept_than_a_file_may_hold() {
    let stage = Stage::new(1);
    let list = |versions: std::ops::RangeInclusive<u32>| {
        let one = |version: u32| format!(r#"{{"version": {version}, "valid_from": "2016-01-01"}}"#);
        format!("[{}]", versions.map(one).collect::<Vec<_>>().join(","))
    };
    apply(&stage, "policy", &list(2..=100));
    let (fine, said) = import(&stage, "policy", &list(101..=102), &["--apply"]);
    assert!(!fine && said.contains("no more than 100 are kept"), "{said}");
    apply(&stage, "policy", &list(101..=101));
}

#[test]
fn a_calendar_that_is_corrected_in_mid_year_recomputes_the_week_that_runs() {
    let stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    let duty_now = |device: &Device| duty(device, EntryKind::Visit).duty;
    let week = duty_now(&secretary);
    let days: Vec<_> = (0..7).map(|later| add_days(week.from, later)).collect();
    let calendar = |holidays: &[jiff::civil::Date]| {
        let mut years: Vec<i16> = vec![week.from.year(), week.to.year()];
        years.dedup();
        let new_years = years.into_iter().map(|year| jiff::civil::date(year, 1, 1));
        let holidays: Vec<String> = holidays.iter().copied().chain(new_years).map(|day| day.to_string()).collect();
        serde_json::json!({ "holidays": holidays, "workdays": [] }).to_string()
    };
    let (fine, said) = import(&stage, "calendar", &calendar(&days), &[]);
    assert!(fine && said.contains(": worked → off") && said.contains("nothing was written"), "{said}");
    apply(&stage, "calendar", &calendar(&days));
    secretary.sync_fully();
    assert_eq!(duty_now(&secretary).reason, DutyReason::NoWorkdays, "the whole week is off");
    apply(&stage, "calendar", &calendar(&[]));
    secretary.sync_fully();
    // A week with New Year in it has fewer, and more than one.
    assert_eq!(duty_now(&secretary).reason, DutyReason::Owed);
    let (fine, said) = import(&stage, "calendar", &calendar(&[]), &["--apply"]);
    assert!(fine && said.contains("there was nothing to write"), "{said}");
}

#[test]
fn a_calendar_that_cannot_be_one_is_refused_with_what_to_do() {
    let stage = Stage::new(1);
    for (json, names) in [
        ("{", "this is no calendar"),
        (r#"{"holidays": []}"#, "this is no calendar"),
        (r#"{"holidays": ["2027-02-30"], "workdays": []}"#, "this is no calendar"),
        (r#"{"holidays": [], "workdays": []}"#, "no day stands in it"),
        (r#"{"holidays": ["2027-10-01"], "workdays": []}"#, "2027-01-01 is not among the holidays"),
        (r#"{"holidays": ["2027-01-01"], "workdays": ["2027-01-04"]}"#, "2027-01-04 is no Saturday or Sunday"),
        (r#"{"holidays": ["2027-01-01", "2027-01-02"], "workdays": ["2027-01-02"]}"#, "a holiday and a workday"),
    ] {
        let (fine, said) = import(&stage, "calendar", json, &["--apply"]);
        assert!(!fine && said.contains(names), "{json}: {said}");
    }
    let (fine, said) = import(&stage, "calendar", include_str!("../../client-core/data/china-holidays.json"), &[]);
    assert!(fine && said.contains("0 added, 0 changed"), "what is built in is a calendar, and nothing new: {said}");
}
