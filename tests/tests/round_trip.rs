//! The life of an entry between phones and the real server: logged offline, submitted, returned, amended, confirmed,
//! amended again; on two devices at once; across a server that is killed.
use zhucun_core::contract::{Command, EntryAction, EntryState, Outcome, Query, Refusal, View};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::field::FieldValue;
use zhucun_core::id::EntryId;
use zhucun_core::review::ReturnReason;
use zhucun_tests::device::Device;
use zhucun_tests::past::Past;
use zhucun_tests::server::{Server, zhucun};
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{reviewer_login, secretary_login};

fn household(stage: &Stage, device: &mut Device) -> String {
    device.add_household(stage.town.villages[0], &[("head", "张某")]).to_string()
}

fn log_visit(stage: &Stage, device: &mut Device, household: &str, narrative: &str) -> EntryId {
    let today = stage.town.today.to_string();
    device.record(
        EntryKind::Visit,
        &[
            ("occurred_on", today.as_str().into()),
            ("households", household.into()),
            ("mode", "home".into()),
            ("narrative", narrative.into()),
        ],
    )
}

fn state(device: &Device, entry: EntryId) -> EntryState {
    device.entry(entry).expect("the entry is here").summary.state
}

fn shown(device: &Device, entry: EntryId, field: &str) -> FieldValue {
    device.entry(entry).expect("the entry is here").fields.get(field).expect("the field is here").value.clone()
}

#[test]
fn an_entry_is_logged_offline_returned_amended_confirmed_and_amended_again() {
    let mut stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));

    secretary.set_online(false);
    let household = household(&stage, &mut secretary);
    let visit = log_visit(&stage, &mut secretary, &household, "看了庄稼");
    let today = stage.town.today.to_string();
    let topic = ("topic", "学习党章".into());
    let lesson = secretary.record(EntryKind::Lesson, &[("occurred_on", today.as_str().into()), topic]);
    secretary.reopen();
    assert_eq!((state(&secretary, visit), state(&secretary, lesson)), (EntryState::OnDevice, EntryState::OnDevice));
    assert_eq!(secretary.home().sync.waiting, 3);

    secretary.set_online(true);
    secretary.sync_fully();
    assert_eq!((state(&secretary, visit), state(&secretary, lesson)), (EntryState::Submitted, EntryState::Submitted));
    let running = |kind: EntryKind| {
        let duties = secretary.home().duties;
        duties.into_iter().rfind(|view| view.duty.kind == kind).expect("a period of it runs").done
    };
    assert_eq!((running(EntryKind::Visit), running(EntryKind::Lesson)), (1, 1));

    reviewer.sync_fully();
    reviewer.set_online(false);
    let read = reviewer.entry(visit).expect("the reviewer has the visit");
    assert_eq!(read.summary.title, "张某");
    assert!(read.may.contains(&EntryAction::Return) && !read.may.contains(&EntryAction::Amend));
    let comments = [("narrative".to_owned(), "请写具体一些".to_owned())].into();
    let (reason, comment) = (ReturnReason::TooBrief, String::new());
    reviewer.done(Command::Return { entry: visit, version: read.version, reason, comment, comments });
    let version = reviewer.entry(lesson).expect("the reviewer has the lesson").version;
    reviewer.done(Command::Confirm { entry: lesson, version, opinion: String::new() });
    reviewer.set_online(true);
    reviewer.sync_fully();

    secretary.sync_fully();
    assert_eq!((state(&secretary, visit), state(&secretary, lesson)), (EntryState::Returned, EntryState::Confirmed));
    let returned = secretary.entry(visit).expect("the visit is here");
    assert_eq!(returned.fields["narrative"].comment.as_deref(), Some("请写具体一些"));
    assert_eq!(secretary.home().to_answer.len(), 1);
    assert_eq!(secretary.home().duties[0].done, 0, "a returned visit does not count");

    secretary.amend(visit, "narrative", "看了三亩冬小麦,长势好");
    secretary.sync_fully();
    reviewer.sync_fully();
    assert_eq!(state(&reviewer, visit), EntryState::Answered);
    let version = reviewer.entry(visit).expect("the visit is here").version;
    reviewer.done(Command::Confirm { entry: visit, version, opinion: String::new() });
    reviewer.sync_fully();
    secretary.sync_fully();
    assert_eq!(state(&secretary, visit), EntryState::Confirmed);

    secretary.amend(visit, "plan", "下周送化肥");
    secretary.sync_fully();
    reviewer.sync_fully();
    assert_eq!(state(&secretary, visit), EntryState::Amended);
    assert_eq!(state(&reviewer, visit), EntryState::Amended);

    stage.server.kill();
    // Fails when it finds anything.
    zhucun(stage.path(), &["check"]);
}

#[test]
fn two_devices_of_one_person_merge_and_the_value_not_shown_is_one_tap_away() {
    let stage = Stage::new(3);
    let mut one = stage.device(1, &secretary_login(0));
    let mut two = stage.device(2, &secretary_login(0));
    let household = household(&stage, &mut one);
    let visit = log_visit(&stage, &mut one, &household, "原文");
    one.sync_fully();
    two.sync_fully();

    one.set_online(false);
    two.set_online(false);
    one.amend(visit, "narrative", "甲机所写");
    one.amend(visit, "changes", "添了两只羊");
    two.amend(visit, "narrative", "乙机所写");
    two.amend(visit, "plan", "送种子");
    let other = log_visit(&stage, &mut two, &household, "另一次");
    one.set_online(true);
    two.set_online(true);
    one.sync_fully();
    two.sync_fully();
    one.sync_fully();

    for device in [&one, &two] {
        assert!(device.entry(other).is_some(), "all entries are there");
        assert_eq!(shown(device, visit, "changes"), "添了两只羊".into());
        assert_eq!(shown(device, visit, "plan"), "送种子".into());
        assert_eq!(device.entry(visit).expect("the visit").summary.conflicts, 1);
    }
    let field = one.entry(visit).expect("the visit").fields["narrative"].clone();
    assert_eq!(shown(&two, visit, "narrative"), field.value, "both show the same value");
    let hidden = field.others.first().expect("the other value is visible");
    assert_eq!(hidden.by, "某1");
    let mut both = [field.value.clone(), hidden.value.clone()];
    both.sort();
    assert_eq!(both, ["乙机所写".into(), "甲机所写".into()]);

    one.done(Command::Amend { entry: visit, fields: Fields::from([("narrative".to_owned(), hidden.value.clone())]) });
    one.sync_fully();
    two.sync_fully();
    assert_eq!(shown(&two, visit, "narrative"), hidden.value);
    assert_eq!(two.entry(visit).expect("the visit").summary.conflicts, 0);
}

#[test]
fn what_a_server_killed_at_any_moment_had_acknowledged_is_there_when_it_comes_back() {
    let mut stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let household = household(&stage, &mut secretary);
    let mut entries = Vec::new();
    for round in 0..5 {
        entries.push(log_visit(&stage, &mut secretary, &household, &format!("第{round}次")));
        if round % 2 == 0 {
            // The request goes out whole, the reply never comes: did it commit or not?
            secretary.cuts = vec![zhucun_tests::line::Cut::Reply(0)];
            secretary.sync();
        }
        stage.server.kill();
        stage.server = Server::start(stage.path());
        secretary.line.move_to(stage.server.address);
        secretary.sync_fully();
    }
    let fresh = stage.device(9, &secretary_login(0));
    let View::Entries(list) = fresh.view(&Query::Entries) else { panic!("no list") };
    let mut found: Vec<EntryId> = list.entries.iter().map(|entry| entry.id).collect();
    found.sort();
    assert_eq!(found, entries, "nothing is lost and nothing is doubled");
}

#[test]
fn an_entry_reviewed_is_not_withdrawn_and_one_withdrawn_is_not_reviewed() {
    let stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let household = household(&stage, &mut secretary);
    let (kept, gone) =
        (log_visit(&stage, &mut secretary, &household, "留"), log_visit(&stage, &mut secretary, &household, "撤"));
    secretary.sync_fully();
    reviewer.sync_fully();
    secretary.done(Command::Withdraw { entry: gone, text: "记错了".to_owned() });
    let version = reviewer.entry(kept).expect("the entry").version;
    reviewer.done(Command::Confirm { entry: kept, version, opinion: String::new() });
    secretary.sync_fully();
    reviewer.sync_fully();
    secretary.sync_fully();
    let withdraw = secretary.tell(Command::Withdraw { entry: kept, text: String::new() });
    assert_eq!(withdraw, Outcome::Refused { refusal: Refusal::AlreadyReviewed });
    let version = reviewer.entry(gone).expect("the entry").version;
    let confirm = reviewer.tell(Command::Confirm { entry: gone, version, opinion: String::new() });
    assert_eq!(confirm, Outcome::Refused { refusal: Refusal::Withdrawn });
}

#[test]
fn a_confirmation_of_a_version_that_is_no_more_is_refused() {
    let stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let household = household(&stage, &mut secretary);
    let visit = log_visit(&stage, &mut secretary, &household, "初稿");
    secretary.sync_fully();
    reviewer.sync_fully();
    let version = reviewer.entry(visit).expect("the entry").version;
    secretary.amend(visit, "narrative", "二稿");
    secretary.sync_fully();
    reviewer.sync_fully();
    let confirm = reviewer.tell(Command::Confirm { entry: visit, version, opinion: String::new() });
    assert_eq!(confirm, Outcome::Refused { refusal: Refusal::VersionChanged });
}

#[test]
fn a_phone_put_back_to_an_earlier_day_gets_back_what_it_had_sent_since_and_loses_nothing_new() {
    let stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let household = household(&stage, &mut secretary);
    let first = log_visit(&stage, &mut secretary, &household, "第一次");
    secretary.sync_fully();
    let earlier = secretary.disk().clone();
    let second = log_visit(&stage, &mut secretary, &household, "第二次");
    secretary.sync_fully();

    secretary.put_disk(earlier);
    assert!(secretary.entry(second).is_none());
    let third = log_visit(&stage, &mut secretary, &household, "第三次");
    secretary.sync_fully();
    let fresh = stage.device(2, &secretary_login(0));
    for entry in [first, second, third] {
        assert_eq!(state(&secretary, entry), EntryState::Submitted);
        assert_eq!(state(&fresh, entry), EntryState::Submitted);
    }
    assert_eq!(secretary.home().sync.dead_letters, 0);
}

#[test]
fn a_server_put_back_to_an_earlier_day_is_noticed_and_gets_back_what_it_had_acknowledged() {
    let mut stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let household = household(&stage, &mut secretary);
    let first = log_visit(&stage, &mut secretary, &household, "第一次");
    secretary.sync_fully();
    stage.server.kill();
    let past = Past::of(stage.path());
    stage.server = Server::start(stage.path());
    secretary.line.move_to(stage.server.address);
    let second = log_visit(&stage, &mut secretary, &household, "第二次");
    secretary.sync_fully();
    assert_eq!(state(&secretary, second), EntryState::Submitted);

    stage.server.kill();
    past.put_back(stage.path());
    stage.server = Server::start(stage.path());
    secretary.line.move_to(stage.server.address);
    secretary.sync();
    secretary.sync_fully();
    let fresh = stage.device(2, &secretary_login(0));
    assert_eq!([first, second].map(|entry| state(&fresh, entry)), [EntryState::Submitted; 2]);
    stage.server.kill();
    zhucun(stage.path(), &["check"]);
}

#[test]
fn a_phone_that_was_copied_and_its_copy_see_what_the_other_wrote() {
    let stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let household = household(&stage, &mut secretary);
    secretary.sync_fully();
    let mut copy = secretary.twin(stage.server.address);
    let first = log_visit(&stage, &mut secretary, &household, "第一部手机");
    secretary.sync_fully();
    copy.sync_fully();
    assert_eq!(state(&copy, first), EntryState::Submitted);
    // Both now write as one device, and neither knows of the other.
    let (second, third) = (
        log_visit(&stage, &mut copy, &household, "第二部手机"),
        log_visit(&stage, &mut secretary, &household, "又一次"),
    );
    for _ in 0..2 {
        copy.sync_fully();
        secretary.sync_fully();
    }
    for device in [&secretary, &copy, &stage.device(2, &reviewer_login(0))] {
        assert_eq!([first, second, third].map(|entry| state(device, entry)), [EntryState::Submitted; 3]);
        assert_eq!(device.home().sync.dead_letters, 0);
    }
}

#[test]
fn an_entry_counts_anew_when_the_roster_moves_the_days_of_its_tenure() {
    let mut stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let household = household(&stage, &mut secretary);
    log_visit(&stage, &mut secretary, &household, "今日走访");
    secretary.sync_fully();
    stage.server.kill();
    let (data, today) = (stage.path(), stage.town.today);
    let day = |days| zhucun_core::clock::add_days(today, days);
    let row = format!(
        "{},某1,,first_secretary,{},{},{},{},recalled",
        secretary_login(0),
        stage.town.villages[0],
        day(-180),
        day(180),
        day(-1)
    );
    let table = data.join("roster.csv");
    let header = "login,name,sex,role,division,arrived,planned_end,ended,reason";
    std::fs::write(&table, format!("{header}\n{row}\n")).expect("a table");
    zhucun(data, &["import", "roster", &table.to_string_lossy(), "--apply"]);
    // The entry of today lies after the end of its tenure now: its row says so, as its documents do.
    zhucun(data, &["check"]);
}
