//! People who are moved while their phones are away: what they wrote is put aside for the township, taken or dismissed
//! whole and in its order, and told; what they may no longer hold goes when a backup of the server has it.
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::contract::{Command, EntryState, EntryView, Query, View};
use zhucun_core::division::Level;
use zhucun_core::document::{Actor, Document, DocumentId};
use zhucun_core::gate::GateRefusal;
use zhucun_core::id::EntryId;
use zhucun_core::person::{Post, Role};
use zhucun_core::wire::{self, Fate, Hello, Line, Parked, Push, ReplyFrame, RequestFrame, Settled};
use zhucun_server::app::DATABASE;
use zhucun_server::store::post::PostRow;
use zhucun_server::store::{Store, Trouble, grant, post};
use zhucun_server::sync::parking::WHY_CHARS_MAX;
use zhucun_tests::device::{Device, hello};
use zhucun_tests::forge::{forked, made_by, pushed};
use zhucun_tests::server::tried;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{PASSWORD, TOWNSHIP_VILLAGES, person_id, reviewer_login, secretary_login};

const LATER: &str = "路上写的一课";
const WHY: &str = "与继任者所记重复";

/// The first village's secretary was recalled so many days ago and assessed, or never.
fn recall(stage: &Stage, days_ago: Option<i64>) {
    stage.recall(days_ago);
    if days_ago.is_some() {
        stage.assess(0);
    }
}

/// A secretary with one entry on the server, and two changes made after the recall that the phone knew nothing of.
fn recalled_with_work(stage: &Stage) -> (Device, EntryId, EntryId) {
    let mut phone = stage.device(1, &secretary_login(0));
    let before = stage.lesson(&mut phone, "动身前的一课");
    phone.sync_fully();
    phone.set_online(false);
    let later = stage.lesson(&mut phone, LATER);
    phone.amend(before, "topic", "动身前的一课，补记");
    recall(stage, Some(40));
    phone.set_online(true);
    phone.sync_fully();
    (phone, before, later)
}

/// What the inbox over HTTP shows: the keys of its piles.
fn inbox(device: &mut Device) -> Vec<i64> {
    let token = device.access_token();
    let answer = device.ask("GET", "/api/v1/parked", &token, b"");
    let piles: Vec<serde_json::Value> = serde_json::from_slice(&answer.body).expect("a list");
    piles.iter().map(|pile| pile["key"].as_i64().expect("a key")).collect()
}

fn send(device: &mut Device, path: &str, body: &str) -> u16 {
    let token = device.access_token();
    device.ask("POST", path, &token, body.as_bytes()).status
}

/// Waiting, parked, dead letters.
fn counts(device: &Device) -> (u32, u32, u32) {
    let View::Sync(sync) = device.view(&Query::Sync) else { panic!("no view") };
    (sync.waiting, sync.parked, sync.dead_letters)
}

fn text<'a>(entry: &'a EntryView, field: &str) -> &'a str {
    entry.fields.get(field).and_then(|field| field.value.text()).unwrap_or_default()
}

#[test]
fn what_a_recalled_secretary_wrote_is_parked_and_released_as_it_was_written() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let (mut phone, before, later) = recalled_with_work(&stage);
    assert_eq!(counts(&phone), (0, 2, 0), "all of it is put aside, none of it refused");
    reviewer.sync_fully();
    assert!(reviewer.entry(later).is_none(), "nothing of it is in the log");

    for (seed, login) in [(3, reviewer_login(1)), (4, "county".to_owned()), (5, secretary_login(1))] {
        assert!(inbox(&mut stage.device(seed, &login)).is_empty(), "{login} does not review there");
    }
    assert!(inbox(&mut phone).is_empty());
    let keys = inbox(&mut reviewer);
    let [key] = keys[..] else { panic!("one pile: {keys:?}") };
    let token = reviewer.access_token();
    let records = reviewer.ask("GET", &format!("/api/v1/parked/{key}"), &token, b"");
    assert!(String::from_utf8_lossy(&records.body).contains(LATER), "what would be taken can be read first");
    let release = format!("/api/v1/parked/{key}/release");
    assert_eq!(send(&mut phone, &release, ""), 404, "only a reviewer of the township decides");
    assert_eq!(send(&mut reviewer, &release, ""), 204);
    assert_eq!(send(&mut reviewer, &release, ""), 404, "once");

    reviewer.sync_fully();
    let taken = reviewer.entry(later).expect("it is in the log now");
    assert_eq!(taken.summary.state, EntryState::Submitted);
    assert_eq!(text(&reviewer.entry(before).expect("it was there"), "topic"), "动身前的一课，补记");
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 0, 0));
    stage.zhucun(&["check"]);
}

#[test]
fn what_is_dismissed_is_a_dead_letter_that_says_why_and_what_came_after_is_done_again() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let (mut phone, before, later) = recalled_with_work(&stage);
    // The recall was a mistake; what comes now stands behind what is still open.
    recall(&stage, None);
    phone.sync_fully();
    let behind = stage.lesson(&mut phone, "复职后的一课");
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 3, 0));
    phone.set_online(false);
    let after = stage.lesson(&mut phone, "还没有上传的一课");
    let listed = stage.zhucun(&["parked", "list"]);
    let key = listed.lines().nth(1).and_then(|line| line.split(',').next()).expect("one pile");
    stage.zhucun(&["parked", "dismiss", key, "--why", WHY]);
    phone.set_online(true);
    phone.sync_fully();

    assert_eq!(counts(&phone), (0, 0, 3), "three dismissed, the fourth delivered");
    let View::DeadLetters { letters } = phone.view(&Query::DeadLetters) else { panic!("no letters") };
    assert!(letters.iter().all(|letter| letter.dismissed.as_deref() == Some(WHY)));
    assert!(letters.iter().any(|letter| letter.command == Command::Record { entry: later } && letter.fields.is_some()));
    for device in [&phone, &stage.device(2, &reviewer_login(0))] {
        assert!(device.entry(later).is_none() && device.entry(behind).is_none());
        assert_eq!(device.entry(after).map(|entry| entry.summary.state), Some(EntryState::Submitted));
        assert_eq!(text(&device.entry(before).expect("it was there"), "topic"), "动身前的一课");
    }
    phone.reopen();
    assert_eq!(counts(&phone), (0, 0, 3));
    stage.zhucun(&["check"]);
}

#[test]
fn what_was_parked_and_lost_by_a_restore_is_parked_again() {
    let mut stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut phone = stage.device(1, &secretary_login(0));
    let before = stage.lesson(&mut phone, "动身前的一课");
    phone.sync_fully();
    let past = stage.past(&mut [&mut phone]);
    recall(&stage, Some(40));
    phone.amend(before, "topic", "改过的一课");
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 1, 0));
    // The documents go; what was parked does not need them.
    stage.zhucun(&["backup", &stage.path().join("backup.db").to_string_lossy()]);
    phone.sync_fully();
    assert_eq!(phone.documents(), 0);

    stage.go_back_to(&past, &mut [&mut phone]);
    recall(&stage, Some(40));
    phone.sign_in(&secretary_login(0), PASSWORD);
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 1, 0));
    assert_eq!(stage.zhucun(&["parked", "list"]).lines().count(), 2, "the server has it again");
}

#[test]
fn what_was_parked_and_is_taken_after_its_document_went_and_came_again_is_on_the_phone() {
    let mut stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut phone = stage.device(1, &secretary_login(0));
    let lesson = stage.lesson(&mut phone, "动身前的一课");
    phone.sync_fully();
    let past = stage.past(&mut [&mut phone]);
    recall(&stage, Some(40));
    phone.amend(lesson, "topic", "改过的一课");
    phone.sync_fully();
    stage.zhucun(&["backup", &stage.path().join("backup.db").to_string_lossy()]);
    phone.sync_fully();
    assert_eq!((counts(&phone), phone.documents()), ((0, 1, 0), 0));

    // The restored server knows of no recall: what was parked is simply taken.
    stage.go_back_to(&past, &mut [&mut phone]);
    phone.sign_in(&secretary_login(0), PASSWORD);
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 0, 0));
    for topic in ["改过的一课", "又改过的一课"] {
        for device in [&phone, &stage.device(2, &reviewer_login(0))] {
            assert_eq!(text(&device.entry(lesson).expect("it is there"), "topic"), topic);
        }
        phone.amend(lesson, "topic", "又改过的一课");
        phone.sync_fully();
    }
    assert_eq!(counts(&phone), (0, 0, 0));
}

#[test]
fn what_was_parked_and_is_taken_is_on_the_phone_also_where_nothing_else_was_in_its_document() {
    let mut stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut phone = stage.device(1, &secretary_login(0));
    let mut neighbour = stage.device(2, &secretary_login(1));
    stage.lesson(&mut neighbour, "邻村的一课");
    neighbour.sync_fully();
    let past = stage.past(&mut [&mut phone]);
    recall(&stage, Some(40));
    let lesson = stage.lesson(&mut phone, "第一课");
    phone.sync_fully();
    stage.zhucun(&["backup", &stage.path().join("backup.db").to_string_lossy()]);
    phone.sync_fully();
    assert_eq!((counts(&phone), phone.documents()), ((0, 1, 0), 0));

    stage.go_back_to(&past, &mut [&mut phone]);
    phone.sign_in(&secretary_login(0), PASSWORD);
    phone.sync_fully();
    assert_eq!(counts(&phone), (0, 0, 0));
    assert_eq!(text(&phone.entry(lesson).expect("it is there"), "topic"), "第一课");
}

#[test]
fn documents_leave_a_phone_when_a_backup_has_them_and_until_then_give_back_what_a_restore_lost() {
    let mut stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let past = stage.past(&mut [&mut reviewer]);
    let mut phone = stage.device(1, &secretary_login(0));
    let lesson = stage.lesson(&mut phone, "最后的一课");
    phone.sync_fully();
    recall(&stage, Some(40));
    phone.sync_fully();
    phone.sync_fully();
    assert!(phone.documents() > 0, "no backup has them");
    assert!(phone.entry(lesson).is_none(), "and no screen shows them");

    stage.go_back_to(&past, &mut [&mut phone, &mut reviewer]);
    recall(&stage, Some(40));
    for (device, login) in [(&mut phone, secretary_login(0)), (&mut reviewer, reviewer_login(0))] {
        device.sign_in(&login, PASSWORD);
        device.sync_fully();
    }
    reviewer.sync_fully();
    assert_eq!(reviewer.entry(lesson).map(|entry| entry.summary.state), Some(EntryState::Submitted));

    phone.sync_fully();
    assert!(phone.documents() > 0);
    stage.zhucun(&["backup", &stage.path().join("backup.db").to_string_lossy()]);
    phone.sync_fully();
    assert_eq!(phone.documents(), 0);
    let left: Vec<&String> =
        phone.disk().keys().filter(|key| key.contains("change/") || key.contains("snap")).collect();
    assert!(left.is_empty(), "{left:?}");
    stage.zhucun(&["check"]);
}

#[test]
fn what_a_recalled_secretary_brings_under_another_name_is_refused_and_a_stranger_parks_nothing() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let (mut phone, ..) = recalled_with_work(&stage);
    let log = DocumentId::log(stage.town.tenure(0));
    let mut neighbour = stage.device(2, &secretary_login(1));
    let forged = Push { incarnation: 1, ..pushed(log, phone.id) };
    let theirs = pushed(log, neighbour.id);
    assert_eq!(fates(&mut phone, forged), [Fate::Refused(GateRefusal::ForgedActor), Fate::NotYet]);
    assert_eq!(fates(&mut neighbour, theirs), [Fate::NotAllowed, Fate::NotYet]);
    assert_eq!(stage.zhucun(&["quarantine", "list"]).lines().count(), 3);
    assert_eq!(stage.zhucun(&["parked", "list"]).lines().count(), 2, "only what was written honestly");
    let kept = stage.path().join("change.bin");
    stage.zhucun(&["quarantine", "save", "1", &kept.to_string_lossy()]);
    assert!(std::fs::metadata(kept).is_ok_and(|file| file.len() > 0));
    stage.zhucun(&["quarantine", "forget", "--before", &stage.town.today.to_string()]);
    assert_eq!(stage.zhucun(&["quarantine", "list"]).lines().count(), 3, "what came today stays");
    let tomorrow = add_days(stage.town.today, 1);
    stage.zhucun(&["quarantine", "forget", "--before", &tomorrow.to_string()]);
    assert_eq!(stage.zhucun(&["quarantine", "list"]).lines().count(), 1);
}

#[test]
fn what_came_before_the_recall_is_a_duplicate_and_what_was_parked_is_parked_once() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut phone = stage.device(1, &secretary_login(0));
    let log = DocumentId::log(stage.town.tenure(0));
    let both = made_by(log, Actor::derive(phone.id, log, 0), false);
    let push =
        |changes: &[Vec<u8>]| Push { document: log, incarnation: 0, line: Line::of(changes.iter().map(Vec::as_slice)) };
    assert_eq!(fates(&mut phone, push(&both[..1])), [Fate::Accepted]);
    recall(&stage, Some(40));
    // The ack of the first was lost, then that of the second.
    for _ in 0..2 {
        assert_eq!(fates(&mut phone, push(&both)), [Fate::Duplicate, Fate::Parked]);
    }
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let token = reviewer.access_token();
    let inbox = reviewer.ask("GET", "/api/v1/parked", &token, b"");
    let piles: serde_json::Value = serde_json::from_slice(&inbox.body).expect("a list");
    assert_eq!((piles.as_array().map(Vec::len), &piles[0]["changes"]), (Some(1), &1.into()), "{piles}");
}

#[test]
fn what_is_released_is_taken_as_of_when_each_of_it_came() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    recall(&stage, Some(40));
    let log = DocumentId::log(stage.town.tenure(0));
    let both = made_by(log, Actor::derive(phone.id, log, 0), false);
    for count in 1..=2 {
        let line = Line::of(both[..count].iter().map(Vec::as_slice));
        let push = Push { document: log, incarnation: 0, line };
        assert_eq!(fates(&mut phone, push), vec![Fate::Parked; count]);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let key = inbox(&mut reviewer)[0];
    assert_eq!(send(&mut reviewer, &format!("/api/v1/parked/{key}/release"), ""), 204);
    let (token, body) = (reviewer.access_token(), wire::pack(&[RequestFrame::Hello(hello(reviewer.id))]));
    let reply: Vec<ReplyFrame> =
        wire::unpack(&reviewer.ask("POST", "/api/v1/sync", &token, &body).body).expect("a reply of frames");
    let bundles = reply.into_iter().find_map(|frame| match frame {
        ReplyFrame::Delta(delta) => Some(delta.bundles),
        _ => None,
    });
    let moments: Vec<_> = bundles.expect("the log is delivered").iter().map(|bundle| bundle.received_at).collect();
    assert!(moments.len() == 2 && moments[0] < moments[1], "{moments:?}");
}

/// The pile that a phone's raw changes make, pushed one after the other by somebody who was recalled.
fn piled(stage: &Stage, phone: &mut Device, changes: &[&Vec<u8>]) -> (Device, String) {
    let log = DocumentId::log(stage.town.tenure(0));
    for change in changes {
        let push = Push { document: log, incarnation: 0, line: Line::of([change.as_slice()]) };
        assert_eq!(fates(phone, push), [Fate::Parked]);
    }
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let key = inbox(&mut reviewer)[0];
    (reviewer, format!("/api/v1/parked/{key}"))
}

/// How many records a pile would change.
fn previewed(reviewer: &mut Device, path: &str) -> usize {
    let token = reviewer.access_token();
    let answer = reviewer.ask("GET", path, &token, b"");
    serde_json::from_slice::<Vec<serde_json::Value>>(&answer.body).expect("a list").len()
}

#[test]
fn a_pile_whose_beginning_is_missing_stays_and_shows_nothing() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    recall(&stage, Some(40));
    let log = DocumentId::log(stage.town.tenure(0));
    let both = made_by(log, Actor::derive(phone.id, log, 0), false);
    let (mut reviewer, path) = piled(&stage, &mut phone, &[&both[1], &both[0]]);
    assert_eq!(previewed(&mut reviewer, &path), 0, "what would not be taken is not shown, nor what comes behind it");
    assert_eq!(send(&mut reviewer, &format!("{path}/release"), ""), 409);
    let other = format!("{path}9/dismiss");
    assert_eq!(send(&mut reviewer, &other, &serde_json::json!({ "why": WHY }).to_string()), 404, "no such pile");
    assert_eq!(inbox(&mut reviewer).len(), 1);
}

#[test]
fn what_of_a_pile_is_refused_is_dismissed_with_all_behind_it_and_kept() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    recall(&stage, Some(40));
    let log = DocumentId::log(stage.town.tenure(0));
    let actor = Actor::derive(phone.id, log, 0);
    let (both, other) = (made_by(log, actor, false), forked(log, actor));
    let (mut reviewer, path) = piled(&stage, &mut phone, &[&both[0], &other[0], &both[1]]);
    assert_eq!(previewed(&mut reviewer, &path), 1);
    assert_eq!(send(&mut reviewer, &format!("{path}/release"), ""), 204);
    assert!(inbox(&mut reviewer).is_empty(), "nothing of it is left open");
    assert_eq!(stage.zhucun(&["quarantine", "list"]).lines().count(), 2, "a header and what was refused");
}

#[test]
fn what_was_given_back_before_its_pile_was_released_is_there_once() {
    let mut stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let past = stage.past(&mut [&mut phone]);
    let log = DocumentId::log(stage.town.tenure(0));
    let both = made_by(log, Actor::derive(phone.id, log, 0), false);
    let push = Push { document: log, incarnation: 0, line: Line::of(both.iter().map(Vec::as_slice)) };
    assert_eq!(fates(&mut phone, push), [Fate::Accepted, Fate::Accepted]);
    let ask = |device: &mut Device, frames: Vec<RequestFrame>| -> Vec<ReplyFrame> {
        let frames: Vec<_> = [RequestFrame::Hello(hello(device.id))].into_iter().chain(frames).collect();
        let token = device.access_token();
        wire::unpack(&device.ask("POST", "/api/v1/sync", &token, &wire::pack(&frames)).body).expect("frames")
    };
    let delta = ask(&mut phone, Vec::new()).into_iter().find_map(|frame| match frame {
        ReplyFrame::Delta(delta) => Some(delta),
        _ => None,
    });
    stage.go_back_to(&past, &mut [&mut phone]);
    recall(&stage, Some(40));
    let (mut reviewer, path) = piled(&stage, &mut phone, &[&both[0], &both[1]]);
    let refilled = ask(&mut phone, vec![RequestFrame::Refill(delta.expect("the log is delivered"))]);
    assert!(refilled.iter().any(|frame| matches!(frame, ReplyFrame::Refilled(it) if it.fates == [Fate::Accepted])));
    assert_eq!(send(&mut reviewer, &format!("{path}/release"), ""), 204);
    assert!(inbox(&mut reviewer).is_empty());
    stage.server.kill();
    stage.zhucun(&["check"]);
}

/// What a device that asks about a parked change is told of it, the change being known.
fn settled(device: &mut Device, change: &[u8]) -> Vec<Settled> {
    let parked = told(device, change);
    assert!(parked.unknown.is_empty());
    parked.settled
}

fn told(device: &mut Device, change: &[u8]) -> Parked {
    let hash = wire::first_eight(&Document::hash_of(change).expect("a change"));
    let asks = Hello { parked: vec![hash], ..hello(device.id) };
    let token = device.access_token();
    let answer = device.ask("POST", "/api/v1/sync", &token, &wire::pack(&[RequestFrame::Hello(asks)]));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let reply: Vec<ReplyFrame> = wire::unpack(&answer.body).expect("a reply of frames");
    let parked = reply.into_iter().find_map(|frame| match frame {
        ReplyFrame::Parked(parked) => Some(parked),
        _ => None,
    });
    parked.expect("it asked")
}

#[test]
fn what_stands_under_its_number_is_not_what_was_dismissed() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    recall(&stage, Some(40));
    let log = DocumentId::log(stage.town.tenure(0));
    let actor = Actor::derive(phone.id, log, 0);
    let (both, other) = (made_by(log, actor, false), forked(log, actor));
    let (mut reviewer, path) = piled(&stage, &mut phone, &[&both[0]]);
    let why = serde_json::json!({ "why": WHY }).to_string();
    assert_eq!(send(&mut reviewer, &format!("{path}/dismiss"), &why), 204);
    recall(&stage, None);
    let push = Push { document: log, incarnation: 0, line: Line::of([other[0].as_slice()]) };
    assert_eq!(fates(&mut phone, push), [Fate::Accepted]);
    let told = settled(&mut phone, &both[0]);
    assert!(told.len() == 1 && told[0].released.is_none() && told[0].why == WHY, "{told:?}");
}

#[test]
fn what_was_released_and_is_damaged_is_asked_of_its_author_again() {
    let mut stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    recall(&stage, Some(40));
    let log = DocumentId::log(stage.town.tenure(0));
    let both = made_by(log, Actor::derive(phone.id, log, 0), false);
    let (mut reviewer, path) = piled(&stage, &mut phone, &[&both[0]]);
    assert!(settled(&mut phone, &both[0]).is_empty(), "nothing is decided");
    assert_eq!(send(&mut reviewer, &format!("{path}/release"), ""), 204);
    assert!(settled(&mut phone, &both[0])[0].released.is_some());
    stage.server.kill();
    let connection = rusqlite::Connection::open(stage.path().join(DATABASE)).expect("the database");
    connection.execute("UPDATE bundle SET bytes = zeroblob(9)", []).expect("a crime");
    drop(connection);
    stage.restart(&mut [&mut phone]);
    assert_eq!(told(&mut phone, &both[0]).unknown.len(), 1, "it is brought again");
    let push = Push { document: log, incarnation: 0, line: Line::of([both[0].as_slice()]) };
    assert_eq!(fates(&mut phone, push), [Fate::Duplicate]);
    assert!(settled(&mut phone, &both[0])[0].released.is_some(), "and it is there");
}

#[test]
fn who_reviews_there_no_more_decides_nothing() {
    let mut stage = Stage::new(1);
    recalled_with_work(&stage);
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let keys = inbox(&mut reviewer);
    assert_eq!(keys.len(), 1);
    stage.server.kill();
    let (today, township) = (stage.town.today, stage.town.villages[0].at(Level::Township).expect("a township"));
    let store = Store::open(stage.path().join(DATABASE)).expect("the database");
    let ended: Result<(), Trouble> = store.write_sync(move |tx| {
        let post = Post { role: Role::TownshipReviewer, division: township };
        let row = PostRow { post, from: today, to: Some(add_days(today, -1)) };
        post::put(tx, person_id(1_000_000), &row)?;
        grant::settle(tx, Moment::start_of(today)).map(drop)
    });
    ended.expect("a post that ended");
    drop(store);
    stage.restart(&mut [&mut reviewer]);
    assert!(inbox(&mut reviewer).is_empty());
    assert_eq!(send(&mut reviewer, &format!("/api/v1/parked/{}/release", keys[0]), ""), 404);
}

#[test]
fn a_dismissal_says_why_in_so_many_characters() {
    let stage = Stage::new(1);
    let (mut phone, ..) = recalled_with_work(&stage);
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let path = format!("/api/v1/parked/{}/dismiss", inbox(&mut reviewer)[0]);
    let why = |text: &str| serde_json::json!({ "why": text }).to_string();
    let most = "为".repeat(WHY_CHARS_MAX);
    let words = ["parked", "dismiss", "1", "--why"];
    for wrong in ["", "  ", &format!("{most}么")] {
        assert_eq!(send(&mut reviewer, &path, &why(wrong)), 400);
        let (done, said) = tried(stage.path(), &[&words[..], &[wrong]].concat());
        assert!(!done && said.contains("1 to 500 characters"), "{said}");
    }
    assert_eq!(send(&mut reviewer, &path, &why(&most)), 204);
    phone.sync_fully();
    let View::DeadLetters { letters } = phone.view(&Query::DeadLetters) else { panic!("no letters") };
    assert_eq!(letters[0].dismissed.as_deref(), Some(most.as_str()));
}

fn fates(device: &mut Device, push: Push) -> Vec<Fate> {
    let frames = [RequestFrame::Hello(hello(device.id)), RequestFrame::Push(push)];
    let token = device.access_token();
    let answer = device.ask("POST", "/api/v1/sync", &token, &wire::pack(&frames));
    let reply = wire::unpack::<ReplyFrame>(&answer.body).expect("a reply of frames");
    let ack = reply.into_iter().find_map(|frame| match frame {
        ReplyFrame::Ack(ack) => Some(ack.fates),
        _ => None,
    });
    ack.expect("an ack")
}
