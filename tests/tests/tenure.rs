//! People whom an office moves by hand while their phones are away: nothing that they wrote is lost, phones and scopes follow,
//! and the successor reads what was done before.
use serde_json::{Value, json};
use zhucun_core::clock::add_days;
use zhucun_core::contract::{EntryState, Query, View};
use zhucun_tests::device::Device;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{reviewer_login, secretary_login};

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
fn one_who_was_recalled_long_ago_has_unsent_work_put_aside_for_the_township() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    phone.set_online(false);
    stage.lesson(&mut phone, "没有传上来的一课");
    change(&stage, 0, "end", &json!({ "last": day(&stage, -40), "reason": "recalled" }));
    phone.set_online(true);
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 1, 0));
    stage.zhucun(&["check"]);
}

#[test]
fn a_successor_in_mid_period_reads_what_was_done_and_owes_from_the_day_of_arrival() {
    let stage = Stage::new(2);
    let (mut phone, mut next) = (stage.device(1, &secretary_login(0)), stage.device(2, &secretary_login(1)));
    let before = stage.lesson(&mut phone, "前任的一课");
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
