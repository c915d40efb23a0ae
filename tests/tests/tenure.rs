//! People whom an office moves by hand while their phones are away: nothing that they wrote is lost, phones and scopes follow,
//! and the successor reads what was done before.
use serde_json::{Value, json};
use zhucun_core::clock::add_days;
use zhucun_core::contract::{Command, EntryState, Query, View};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::{EntryId, HouseholdId};
use zhucun_core::review::ReturnReason;
use zhucun_tests::device::Device;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{PASSWORD, reviewer_login, secretary_login};

/// Waiting, parked, dead letters.
fn counts(device: &Device) -> (u32, u32, u32) {
    let View::Sync(sync) = device.view(&Query::Sync) else { panic!("no view") };
    (sync.waiting, sync.parked, sync.dead_letters)
}

fn day(stage: &Stage, days: i64) -> String {
    add_days(stage.town.today, days).to_string()
}

fn change(stage: &Stage, at: usize, deed: &str, draft: &Value) -> Value {
    let path = format!("/api/v1/tenures/{}/{deed}", stage.town.tenure(at));
    let (status, answer) = stage.desk("county", "POST", &path, draft);
    assert!([200, 204].contains(&status), "{deed}: {status} {answer}");
    answer
}

#[test]
fn a_secretary_transferred_with_unsent_work_loses_nothing_and_goes_on_in_the_new_village() {
    let stage = Stage::new(3);
    let (mut phone, mut reviewer) = (stage.device(1, &secretary_login(0)), stage.device(2, &reviewer_login(0)));
    let before = stage.lesson(&mut phone, "动身前的一课");
    phone.sync_fully();
    phone.set_online(false);
    let unsent = stage.lesson(&mut phone, "没有传上来的一课");
    phone.amend(before, "topic", "动身前的一课，补记");
    let draft = json!({
        "village": stage.town.villages[2], "arrived": day(&stage, 0), "planned_end": day(&stage, 360)
    });
    let begun = change(&stage, 0, "transfer", &draft);
    assert!(begun["tenure"].is_string());

    phone.set_online(true);
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 0, 0), "all of it came in");
    reviewer.sync_fully();
    for entry in [before, unsent] {
        let seen = reviewer.entry(entry).expect("the township has it");
        assert_eq!(seen.summary.state, EntryState::Submitted);
    }
    let there = stage.lesson(&mut phone, "新村的第一课");
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 0, 0));
    assert_eq!(phone.home().village.as_ref().map(|village| village.code), Some(stage.town.villages[2]));
    let View::Entries(village) = reviewer_village(&mut reviewer, stage.town.villages[2]) else { panic!("no entries") };
    assert!(village.entries.iter().any(|entry| entry.id == there), "it is the new village's");
    stage.zhucun(&["check"]);
}

fn reviewer_village(reviewer: &mut Device, village: zhucun_core::division::DivisionCode) -> View {
    reviewer.sync_fully();
    reviewer.view(&Query::Village { village })
}

#[test]
fn one_who_was_recalled_and_assessed_long_ago_has_unsent_work_put_aside_for_the_township() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    phone.set_online(false);
    stage.lesson(&mut phone, "没有传上来的一课");
    change(&stage, 0, "end", &json!({ "last": day(&stage, -40), "reason": "recalled" }));
    stage.assess(0);
    phone.set_online(true);
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 1, 0));
    stage.zhucun(&["check"]);
}

/// A visit of today.
fn visit(stage: &Stage, phone: &mut Device, household: HouseholdId) -> EntryId {
    let (day, to) = (day(stage, 0), household.to_string());
    let fields = [("occurred_on", day.as_str()), ("households", &to), ("mode", "home")];
    phone.record(EntryKind::Visit, &fields.map(|(name, text)| (name, text.into())))
}

#[test]
fn who_left_keeps_what_they_wrote_until_the_assessment_and_nothing_else_of_the_village() {
    let stage = Stage::new(2);
    let place = stage.town.villages[0];
    let (mut phone, mut reviewer) = (stage.device(1, &secretary_login(0)), stage.device(2, &reviewer_login(0)));
    let household = phone.add_household(place, &[("head", "张某")]);
    let visited = visit(&stage, &mut phone, household);
    phone.sync_fully();
    let documents = phone.documents();
    phone.set_online(false);
    let unsent = stage.lesson(&mut phone, "没有传上来的一课");
    change(&stage, 0, "end", &json!({ "last": day(&stage, -31), "reason": "completed" }));

    phone.set_online(true);
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 0, 0), "one's own log still takes it");
    stage.zhucun(&["backup", &stage.path().join("backup.db").to_string_lossy()]);
    phone.sync_fully();
    assert_eq!(phone.documents(), documents - 1, "the register is gone, the log and its review are not");
    let view = Query::Register { village: place };
    assert!(!format!("{:?}", phone.view(&view)).contains("张某"));

    // What the township says of it comes and is answered.
    reviewer.sync_fully();
    let version = reviewer.entry(visited).expect("it reached the township").version;
    let (comment, comments) = ("再说说收入".to_owned(), [].into());
    reviewer.done(Command::Return { entry: visited, version, reason: ReturnReason::TooBrief, comment, comments });
    reviewer.sync_fully();
    phone.sync_fully();
    let returned = phone.entry(visited).expect("it is kept");
    let event = returned.to_answer.expect("it waits for an answer");
    phone.done(Command::Answer { entry: visited, event, text: "年收入三千元".to_owned() });
    phone.sync_fully();
    reviewer.sync_fully();
    assert_eq!(reviewer.entry(visited).map(|entry| entry.to_answer), Some(None));
    assert!(reviewer.entry(unsent).is_some());

    stage.assess(0);
    stage.zhucun(&["backup", &stage.path().join("later.db").to_string_lossy()]);
    phone.sync_fully();
    phone.sync_fully();
    assert_eq!((phone.documents(), counts(&phone)), (0, (0, 0, 0)));
    stage.zhucun(&["check"]);
}

#[test]
fn what_left_a_phone_comes_again_when_the_server_goes_back_to_before_the_end() {
    let mut stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    phone.add_household(stage.town.villages[0], &[("head", "张某")]);
    stage.lesson(&mut phone, "动身前的一课");
    phone.sync_fully();
    stage.zhucun(&["backup", &stage.path().join("backup.db").to_string_lossy()]);
    let (documents, past) = (phone.documents(), stage.past(&mut [&mut phone]));
    // Nothing is recorded after it: by the feed nobody sees that the database went back.
    change(&stage, 0, "end", &json!({ "last": day(&stage, -31), "reason": "completed" }));
    phone.sync_fully();
    phone.sync_fully();
    assert_eq!(phone.documents(), documents - 1);

    stage.go_back_to(&past, &mut [&mut phone]);
    phone.sign_in(&secretary_login(0), PASSWORD);
    phone.sync_fully();
    assert_eq!(phone.documents(), documents);
}

#[test]
fn who_left_a_village_and_reviews_its_township_reads_all_of_it() {
    let stage = Stage::new(2);
    let mut other = stage.device(1, &secretary_login(1));
    change(&stage, 0, "end", &json!({ "last": day(&stage, -31), "reason": "completed" }));
    let [village, table] = [stage.town.villages[0].to_string(), format!("{}/team.csv", stage.path().display())];
    let rows = [
        format!("{},某2,team_member,{village},{},{}", secretary_login(1), day(&stage, -100), day(&stage, 100)),
        format!("{},某1,township_reviewer,{},{},", secretary_login(0), &village[..9], day(&stage, 0)),
    ];
    std::fs::write(&table, format!("login,name,role,division,arrived,planned_end\n{}\n", rows.join("\n")))
        .expect("a table");
    stage.zhucun(&["import", "roster", &table, "--apply"]);
    other.sync_fully();
    let lesson = stage.lesson(&mut other, "工作队员的一课");
    other.sync_fully();
    let phone = stage.device(2, &secretary_login(0));
    assert!(phone.entry(lesson).is_some());
}

#[test]
fn what_who_left_raises_in_the_village_is_put_aside_whole() {
    let stage = Stage::new(2);
    let mut phone = stage.device(1, &secretary_login(0));
    stage.lesson(&mut phone, "动身前的一课");
    phone.sync_fully();
    phone.set_online(false);
    let today = day(&stage, 0);
    let fields = [("occurred_on", today.as_str()), ("topic", "提了问题的一课")];
    let fields = fields.map(|(name, text)| (name.to_owned(), text.into())).into();
    let entry = phone.done(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None });
    phone.raise(entry, &[("text", "桥断了"), ("category", "infrastructure"), ("level", "village")]);
    phone.done(Command::Record { entry });
    change(&stage, 0, "end", &json!({ "last": day(&stage, -31), "reason": "completed" }));
    phone.set_online(true);
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 2, 0), "the entry and its issue");
    stage.zhucun(&["check"]);
}

#[test]
fn a_successor_in_mid_period_reads_what_was_done_and_owes_from_the_day_of_arrival() {
    let stage = Stage::new(2);
    let (mut phone, mut next) = (stage.device(1, &secretary_login(0)), stage.device(2, &secretary_login(1)));
    let household = phone.add_household(stage.town.villages[0], &[("head", "张某")]);
    let before = visit(&stage, &mut phone, household);
    phone.sync_fully();
    assert!(next.entry(before).is_none());
    change(&stage, 0, "end", &json!({ "last": day(&stage, -1), "reason": "completed" }));
    change(&stage, 1, "end", &json!({ "last": day(&stage, -1), "reason": "reassigned" }));
    let draft = json!({ "login": secretary_login(1), "arrived": day(&stage, 0), "planned_end": day(&stage, 360) });
    change(&stage, 0, "successor", &draft);
    next.sync_fully();
    assert!(next.entry(before).is_some(), "the village's earlier work is there");
    let own = stage.lesson(&mut next, "继任者的一课");
    next.sync_fully();
    assert_eq!(counts(&next), (0, 0, 0));
    assert!(next.entry(own).is_some());
    assert_eq!(next.home().village.as_ref().map(|village| village.code), Some(stage.town.villages[0]));
    stage.zhucun(&["check"]);
}
