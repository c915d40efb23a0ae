//! Erasure: of a household that was erased there is nothing left anywhere, all else is where it was, what waited on
//! phones arrives once, and neither a backup nor a phone that was away brings it back.
use std::path::{Path, PathBuf};

use zhucun_core::contract::{Command, EntryState, Outcome, Query, View};
use zhucun_core::division::DivisionCode;
use zhucun_core::document::DocumentId;
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::field::FieldValue;
use zhucun_core::gate::GateRefusal;
use zhucun_core::id::{EntryId, HouseholdId};
use zhucun_core::register::RegisterRow;
use zhucun_core::review::ReturnReason;
use zhucun_core::wire::{self, Bundle, Delta, Fate, Holding, Line, Push, Receipt, ReplyFrame, RequestFrame, Want};
use zhucun_server::app::DATABASE;
use zhucun_server::erase::{LEDGER, REASON_CHARS_MAX};
use zhucun_server::store::damage;
use zhucun_tests::device::{Device, hello};
use zhucun_tests::line::Cut;
use zhucun_tests::server::tried;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{PASSWORD, Town, person_id, reviewer_login, secretary_login};
use zhucun_tests::trace::{in_folder, in_phone};

/// What must be nowhere afterwards.
const CANARY: &str = "金丝雀canary";
/// Changes after which a phone and the server save a document whole.
const AMENDMENTS: usize = 210;
/// More than the reply that brings a new generation.
const CUTS_BYTES: usize = 6_000;
const REASON: &str = "本人申请";

fn household(stage: &Stage, device: &mut Device, head: &str, words: &str) -> HouseholdId {
    device.add_household(stage.town.villages[0], &[("head", head), ("number", words), ("support", words)])
}

fn visit(stage: &Stage, device: &mut Device, to: &[HouseholdId], narrative: &str) -> EntryId {
    device.record(EntryKind::Visit, &form(stage, to, narrative))
}

fn form(stage: &Stage, to: &[HouseholdId], narrative: &str) -> Vec<(&'static str, FieldValue)> {
    let day = stage.town.today.to_string();
    let to: Vec<String> = to.iter().map(HouseholdId::to_string).collect();
    vec![
        ("occurred_on", day.as_str().into()),
        ("households", to.join(" ").as_str().into()),
        ("mode", "home".into()),
        ("check_food", "problem".into()),
        ("narrative", narrative.into()),
    ]
}

fn draft(stage: &Stage, device: &mut Device, to: &[HouseholdId], narrative: &str) -> EntryId {
    let fields = form(stage, to, narrative).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    device.done(Command::SaveDraft { entry: None, kind: EntryKind::Visit, fields, seen: None })
}

/// Stops the server, erases, checks, and starts it again.
fn erase(stage: &mut Stage, household: HouseholdId, devices: &mut [&mut Device]) {
    stage.server.kill();
    let said = stage.zhucun(&["erase", "household", &household.to_string(), "--reason", REASON, "--apply"]);
    assert!(said.contains("erased"), "{said}");
    stage.zhucun(&["check"]);
    assert_eq!(damaged(stage.path()), 0, "what is left of the old documents is no damage");
    stage.restart(devices);
}

/// Bundles that are not what was stored.
fn damaged(data: &Path) -> usize {
    let mut connection = rusqlite::Connection::open(data.join(DATABASE)).expect("the database");
    let tx = connection.transaction().expect("a transaction");
    damage::scrub(&tx).expect("a read")
}

fn state(device: &Device, entry: EntryId) -> EntryState {
    device.entry(entry).expect("the entry is here").summary.state
}

fn text(device: &Device, entry: EntryId, field: &str) -> String {
    let entry = device.entry(entry).expect("the entry is here");
    let value = entry.fields.get(field).map(|field| field.value.clone());
    value.and_then(|value| value.text().map(str::to_owned)).unwrap_or_default()
}

fn confirm(device: &mut Device, entry: EntryId) {
    let version = device.entry(entry).expect("it reached the township").version;
    device.done(Command::Confirm { entry, version, opinion: String::new() });
}

fn entries(device: &Device) -> usize {
    match device.view(&Query::Entries) {
        View::Entries(view) => view.entries.iter().filter(|entry| entry.state != EntryState::Draft).count(),
        other => panic!("no entries: {other:?}"),
    }
}

fn heads(device: &Device, village: DivisionCode) -> Vec<String> {
    match device.view(&Query::Households { village }) {
        View::Households(view) => view.households.into_iter().map(|household| household.head).collect(),
        other => panic!("no households: {other:?}"),
    }
}

fn clean(devices: &[&Device], household: HouseholdId) {
    for text in [CANARY, &household.to_string()] {
        for (at, device) in devices.iter().enumerate() {
            let kept: Vec<String> =
                in_phone(device, text).into_iter().filter(|key| text == CANARY || key != "reference").collect();
            assert!(kept.is_empty(), "phone {at} keeps {text} in {kept:?}");
        }
    }
}

/// A village with a household that is to go, on paper and on two phones, and one that stays.
struct Village {
    going: HouseholdId,
    staying: HouseholdId,
    /// To the one that goes; confirmed.
    told: EntryId,
    /// To both; returned, answered.
    both: EntryId,
    /// To the one that stays; confirmed.
    other: EntryId,
    /// To the one that stays; confirmed, then amended.
    amended: EntryId,
}

impl Village {
    fn settle(stage: &Stage, secretary: &mut Device, reviewer: &mut Device) -> Self {
        let going = household(stage, secretary, CANARY, CANARY);
        let staying = household(stage, secretary, "李某", "12号");
        let told = visit(stage, secretary, &[going], CANARY);
        let both = visit(stage, secretary, &[staying, going], CANARY);
        let other = visit(stage, secretary, &[staying], "问了收成");
        let amended = visit(stage, secretary, &[going], CANARY);
        secretary.sync_fully();
        reviewer.sync_fully();
        for entry in [told, other, amended] {
            confirm(reviewer, entry);
        }
        let version = reviewer.entry(both).expect("it reached the township").version;
        let comments = [("narrative".to_owned(), CANARY.to_owned())].into();
        let (reason, comment) = (ReturnReason::TooPrivate, CANARY.to_owned());
        reviewer.done(Command::Return { entry: both, version, reason, comment, comments });
        reviewer.sync_fully();
        secretary.sync_fully();
        let event = secretary.entry(both).expect("an entry").events.iter().rev().find_map(|event| event.id);
        let event = event.expect("it was returned");
        secretary.done(Command::Answer { entry: both, event, text: CANARY.to_owned() });
        secretary.amend(amended, "narrative", &format!("{CANARY}，更正"));
        secretary.sync_fully();
        reviewer.sync_fully();
        Village { going, staying, told, both, other, amended }
    }
}

#[test]
fn an_erased_household_is_nowhere_and_no_backup_or_phone_brings_it_back() {
    let mut stage = Stage::new(2);
    let place = stage.town.villages[0];
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let village = Village::settle(&stage, &mut secretary, &mut reviewer);
    let Village { going, staying, told, both, other, amended } = village;
    // Long enough that all of them keep the log as one saved document.
    secretary.set_online(false);
    for number in 0..AMENDMENTS {
        secretary.amend(other, "plan", &format!("第{number}稿"));
    }
    secretary.set_online(true);
    secretary.sync_fully();
    reviewer.sync_fully();
    reviewer.reopen();
    assert!(in_phone(&reviewer, CANARY).iter().any(|key| key.starts_with("snapshot/")), "it is looked for there");
    let mut away = stage.device(3, &secretary_login(0));
    stage.server.kill();
    stage.restart(&mut [&mut secretary, &mut reviewer, &mut away]);
    let backup_dir = tempfile::tempdir().expect("a temporary folder");
    let backup = backup_dir.path().join("before.db").to_string_lossy().into_owned();
    stage.zhucun(&["backup", &backup]);
    // Behind the backup, so that phones have something to give back later.
    let later = visit(&stage, &mut secretary, &[going], CANARY);
    secretary.amend(other, "requests", "想学木工");
    secretary.sync_fully();
    reviewer.sync_fully();
    confirm(&mut reviewer, later);
    reviewer.sync_fully();
    refuse_something(stage.path(), &stage.town);
    let journal = |stage: &Stage| state_of_events(stage.path());
    let found = in_folder(stage.path(), CANARY);
    assert!(["bundle", "snapshot", "quarantine"].iter().all(|table| found.iter().any(|at| at == table)), "{found:?}");
    let authors = |device: &Device| {
        let of = |entry| {
            let view = device.entry(entry).expect("the entry is here");
            let mode = &view.fields["mode"];
            let events: Vec<_> = view.events.iter().map(|event| (event.id, event.by.clone(), event.at)).collect();
            (mode.by.clone(), mode.at, events, view.received_at, view.counts)
        };
        [other, amended, later].map(of)
    };
    let written = authors(&reviewer);
    let figures = journal(&stage);

    // What waits on phones while the household is erased.
    for device in [&mut secretary, &mut reviewer, &mut away] {
        device.set_online(false);
    }
    secretary.amend(other, "plan", "下月再来");
    secretary.amend(told, "difficulties", CANARY);
    secretary.amend(told, "acknowledgement", "oral");
    let unsent = visit(&stage, &mut secretary, &[going], CANARY);
    let newcomer = household(&stage, &mut secretary, "新来的", "13号");
    let welcome = visit(&stage, &mut secretary, &[newcomer], "初次走访");
    let doomed_draft = draft(&stage, &mut secretary, &[going], CANARY);
    let draft = draft(&stage, &mut secretary, &[staying], "写了一半");
    confirm(&mut reviewer, both);
    away.amend(other, "changes", "修了房顶");
    away.amend(amended, "plan", CANARY);

    stage.server.kill();
    let preview = stage.zhucun(&["erase", "household", &going.to_string(), "--reason", REASON]);
    assert!(preview.contains("4 entries") && !preview.contains(CANARY), "{preview}");
    assert!(!in_folder(stage.path(), CANARY).is_empty(), "nothing happens without --apply");
    erase(&mut stage, going, &mut [&mut secretary, &mut reviewer, &mut away]);
    stage.server.kill();
    assert_eq!(in_folder(stage.path(), CANARY), Vec::<String>::new());
    assert_eq!(journal(&stage), figures, "figures and states stay");
    stage.restart(&mut [&mut secretary, &mut reviewer, &mut away]);

    for device in [&mut secretary, &mut reviewer, &mut secretary_again(&stage)] {
        device.set_online(true);
        device.sync_fully();
    }
    reviewer.sync_fully();
    secretary.sync_fully();
    clean(&[&secretary, &reviewer], going);
    assert_eq!(authors(&reviewer)[1..], written[1..], "who did it and when stays");
    let seen = |device: &Device| {
        for (entry, expected) in [
            (told, EntryState::Amended),
            (both, EntryState::Confirmed),
            (other, EntryState::Amended),
            (amended, EntryState::Amended),
            (later, EntryState::Confirmed),
            (unsent, EntryState::Submitted),
            (welcome, EntryState::Submitted),
        ] {
            assert_eq!(state(device, entry), expected, "{entry}");
        }
        for entry in [told, both, amended, later, unsent] {
            assert_eq!(text(device, entry, "narrative") + &text(device, entry, "check_food"), "");
            assert_eq!(text(device, entry, "mode"), "home");
        }
        assert_eq!(text(device, both, "households"), staying.to_string());
        assert_eq!(text(device, told, "acknowledgement"), "oral");
        assert_eq!(text(device, other, "narrative"), "问了收成");
        assert_eq!(text(device, other, "requests") + &text(device, other, "plan"), "想学木工下月再来");
        assert_eq!(text(device, welcome, "households"), newcomer.to_string(), "a household keeps its name");
        assert_eq!(heads(device, place), ["李某", "新来的"]);
    };
    seen(&secretary);
    seen(&reviewer);
    assert_eq!(entries(&secretary), 7, "what waited arrived once");
    let fields = |entry| match secretary.view(&Query::Draft { entry }) {
        View::Draft(draft) => draft.fields,
        other => panic!("no draft: {other:?}"),
    };
    assert_eq!(fields(doomed_draft).len(), 2, "day and mode");
    assert_eq!(fields(draft)["narrative"], "写了一半".into());
    let sync = secretary.home().sync;
    assert_eq!((sync.waiting, sync.dead_letters, sync.troubled_documents), (0, 0, 0));

    // The backup comes back, and the ledger with it; then the phones that followed, then the one that was away.
    stage.server.kill();
    let said = stage.zhucun(&["restore", &backup]);
    assert!(said.contains("1 households"), "{said}");
    remove_kept(stage.path());
    assert_eq!(in_folder(stage.path(), CANARY), Vec::<String>::new());
    stage.restart(&mut [&mut secretary, &mut reviewer, &mut away]);
    away.set_online(true);
    for device in [&mut away, &mut secretary, &mut reviewer] {
        sign_in_again(device, &stage);
        device.sync_fully();
    }
    secretary.sync_fully();
    away.sync_fully();
    clean(&[&secretary, &reviewer, &away], going);
    stage.server.kill();
    assert_eq!(in_folder(stage.path(), CANARY), Vec::<String>::new());
    stage.zhucun(&["check"]);
    stage.restart(&mut [&mut secretary, &mut reviewer, &mut away]);
    let fresh = secretary_again(&stage);
    for device in [&secretary, &away, &fresh] {
        seen(device);
        assert_eq!(text(device, other, "changes"), "修了房顶");
        assert_eq!(entries(device), 7);
    }
}

/// A phone that begins with nothing.
fn secretary_again(stage: &Stage) -> Device {
    stage.device(9, &secretary_login(0))
}

/// After a restore devices have to sign in once more.
fn sign_in_again(device: &mut Device, stage: &Stage) {
    device.sync();
    if device.home().sync.trouble.is_some() {
        let login = if device.home().posts.iter().any(|post| post.role.code() == "township_reviewer") {
            reviewer_login(0)
        } else {
            secretary_login(0)
        };
        device.sign_in(&login, PASSWORD);
    }
    assert!(stage.path().join(LEDGER).is_file());
}

/// The database that a restore has kept.
fn remove_kept(data: &Path) {
    let files = std::fs::read_dir(data).expect("a data folder").map(|file| file.expect("a file").path());
    let kept: Vec<PathBuf> = files.filter(|path| path.to_string_lossy().contains("zhucun-until-")).collect();
    assert_eq!(kept.len(), 1);
    std::fs::remove_file(&kept[0]).expect("a file");
}

/// Bytes that the gate refused, with what must go.
fn refuse_something(data: &Path, town: &Town) {
    let connection = rusqlite::Connection::open(data.join(DATABASE)).expect("the database");
    let log = DocumentId::log(town.tenure(0)).to_bytes();
    let row = rusqlite::params![log, CANARY.as_bytes()];
    connection
        .execute("INSERT INTO quarantine VALUES (NULL, 0, zeroblob(16), zeroblob(16), ?1, 'checksum', ?2)", row)
        .expect("a row");
}

/// What desks read of every entry, but for the versions that an erasure changes.
fn state_of_events(data: &Path) -> Vec<(String, String, String, i64)> {
    let connection = rusqlite::Connection::open(data.join(DATABASE)).expect("the database");
    let mut rows =
        connection.prepare("SELECT hex(id), state, counts, received_ms FROM entry ORDER BY id").expect("SQL");
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).expect("a read");
    rows.map(|row| row.expect("a row")).collect()
}

#[test]
fn what_was_accepted_and_never_acknowledged_is_not_done_again() {
    let mut stage = Stage::new(2);
    let place = stage.town.villages[0];
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let village = Village::settle(&stage, &mut secretary, &mut reviewer);
    // The server takes all of it, and the phone hears nothing.
    secretary.set_online(false);
    let recorded = visit(&stage, &mut secretary, &[village.staying], "再次走访");
    secretary.amend(village.other, "plan", "第一次写");
    let newcomer = household(&stage, &mut secretary, "新来的", "13号");
    secretary.set_online(true);
    secretary.cuts = vec![Cut::Reply(0)];
    secretary.sync();
    assert!(secretary.home().sync.waiting > 0);
    // Somebody writes over it before the erasure.
    let mut second = stage.device(3, &secretary_login(0));
    second.amend(village.other, "plan", "后来改的");
    second.sync_fully();
    // And something that never left the phone.
    secretary.set_online(false);
    secretary.amend(village.other, "changes", "没有送出");
    erase(&mut stage, village.going, &mut [&mut secretary, &mut reviewer, &mut second]);
    secretary.set_online(true);
    secretary.sync_fully();
    second.sync_fully();
    for device in [&secretary, &second, &secretary_again(&stage)] {
        assert_eq!(text(device, village.other, "plan"), "后来改的", "what was taken is not written again");
        assert_eq!(text(device, village.other, "changes"), "没有送出");
        assert_eq!(text(device, recorded, "narrative"), "再次走访");
        assert_eq!(device.entry(village.other).expect("an entry").summary.conflicts, 0);
        assert_eq!(heads(device, place), ["李某", "新来的"]);
        assert_eq!(device.entry(recorded).expect("an entry").households.len(), 1);
    }
    assert_eq!(secretary.home().sync.dead_letters, 0);
    assert!(newcomer != village.staying);
}

#[test]
fn a_reply_that_breaks_off_leaves_everything_readable() {
    let mut stage = Stage::new(2);
    let place = stage.town.villages[0];
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let village = Village::settle(&stage, &mut secretary, &mut reviewer);
    erase(&mut stage, village.going, &mut [&mut secretary, &mut reviewer]);
    let before = reviewer.disk().clone();
    let mut held_on = 0;
    for cut in (0..CUTS_BYTES).step_by(61) {
        reviewer.put_disk(before.clone());
        reviewer.cuts = vec![Cut::Reply(cut)];
        reviewer.sync();
        for entry in [village.told, village.both, village.other, village.amended] {
            assert!(reviewer.entry(entry).is_some(), "cut at {cut}");
        }
        assert_eq!(text(&reviewer, village.other, "narrative"), "问了收成");
        assert!(heads(&reviewer, place).contains(&"李某".to_owned()), "the old ones stand until the new ones are here");
        held_on += usize::from(heads(&reviewer, place).contains(&CANARY.to_owned()));
    }
    assert!((10..CUTS_BYTES / 61).contains(&held_on), "{held_on} cuts before the end, and some behind it");
    let down = reviewer.line.traffic.bytes_down;
    reviewer.sync_fully();
    assert!(reviewer.line.traffic.bytes_down - down < CUTS_BYTES as u64, "cut everywhere");
    clean(&[&reviewer], village.going);
}

#[test]
fn a_log_that_never_spoke_of_it_stays_and_takes_nothing_that_does() {
    let mut stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let going = household(&stage, &mut secretary, CANARY, CANARY);
    let staying = household(&stage, &mut secretary, "李某", "12号");
    let before = visit(&stage, &mut secretary, &[staying], "问了收成");
    secretary.sync_fully();
    secretary.set_online(false);
    let unsent = visit(&stage, &mut secretary, &[staying, going], CANARY);
    secretary.amend(unsent, "plan", CANARY);
    secretary.amend(before, "plan", "下月再来");
    erase(&mut stage, going, &mut [&mut secretary]);
    secretary.set_online(true);
    secretary.sync_fully();
    clean(&[&secretary], going);
    for device in [&secretary, &secretary_again(&stage)] {
        assert_eq!(text(device, unsent, "narrative") + &text(device, unsent, "plan"), "");
        assert_eq!(text(device, unsent, "households"), staying.to_string());
        assert_eq!(text(device, before, "plan"), "下月再来");
        assert_eq!(entries(device), 2);
    }
    stage.server.kill();
    assert_eq!(in_folder(stage.path(), CANARY), Vec::<String>::new());
    stage.zhucun(&["check"]);
    let rows = secretary.disk().keys().filter(|key| key.starts_with("change/02"));
    assert!(rows.into_iter().all(|key| key.contains("00000000/")), "the log is in its first generation");
}

#[test]
fn what_is_for_another_generation_is_told_so() {
    let mut stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let village = Village::settle(&stage, &mut secretary, &mut reviewer);
    erase(&mut stage, village.going, &mut [&mut secretary, &mut reviewer]);
    let frames = |device: &mut Device, frame: RequestFrame| -> Vec<ReplyFrame> {
        let (token, id) = (device.access_token(), device.id);
        let body = wire::pack(&[RequestFrame::Hello(hello(id)), frame]);
        wire::unpack(&device.ask("POST", "/api/v1/sync", &token, &body).body).expect("frames")
    };
    let told = |device: &mut Device| {
        let held =
            RequestFrame::Holding(Holding { document: DocumentId::log(stage.town.tenure(0)), reaches: Vec::new() });
        let data = frames(device, held).into_iter().find_map(|frame| match frame {
            ReplyFrame::Reference(data) => Some(data.json),
            _ => None,
        });
        let data: serde_json::Value = serde_json::from_str(&data.expect("reference data")).expect("JSON");
        data["generations"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(told(&mut secretary), 3);
    assert_eq!(told(&mut stage.device(5, &secretary_login(1))), 0, "of documents that may be on one's phone");
    let change = [7; 40];
    let line = Line::of([&change[..], &change[..]]);
    let first = DocumentId::log(stage.town.tenure(0));
    for (document, fate) in [(first, Fate::Superseded), (first.next().next(), Fate::NotYet)] {
        let push = RequestFrame::Push(Push { document, incarnation: 0, line: line.clone() });
        let ack = frames(&mut secretary, push).into_iter().find_map(|frame| match frame {
            ReplyFrame::Ack(ack) => Some(ack),
            _ => None,
        });
        assert_eq!(ack.expect("an ack").fates, [fate, fate], "{document}");
        let (person, receipt) = (person_id(1), Receipt([0; 8]));
        let bundle = Bundle { person, received_at: stage.town.now, receipt, line: line.clone() };
        let given = RequestFrame::Refill(Delta { document, bundles: vec![bundle] });
        let refilled = frames(&mut reviewer, given).into_iter().find_map(|frame| match frame {
            ReplyFrame::Refilled(refilled) => Some(refilled),
            _ => None,
        });
        assert_eq!(refilled.expect("an answer").fates, [fate], "{document}");
    }
    let delivered = frames(&mut reviewer, RequestFrame::Holding(Holding { document: first, reaches: Vec::new() }));
    let later = |frame: &ReplyFrame| matches!(frame, ReplyFrame::Delta(delta) if delta.document.generation() == 1);
    let earlier = |frame: &ReplyFrame| match frame {
        ReplyFrame::Delta(Delta { document, .. }) | ReplyFrame::Want(Want { document, .. }) => {
            document.generation() == 0
        }
        _ => false,
    };
    assert!(delivered.iter().filter(|frame| later(frame)).count() == 3 && !delivered.iter().any(earlier));
}

#[test]
fn what_was_lost_before_the_erasure_and_is_given_back_after_it_brings_nothing_back() {
    let mut stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let going = household(&stage, &mut secretary, CANARY, CANARY);
    secretary.sync_fully();
    let past = stage.past(&mut [&mut secretary]);
    let told = visit(&stage, &mut secretary, &[going], CANARY);
    secretary.sync_fully();
    // The log never spoke of it where it is erased; the phone has the receipt of a visit that says so.
    stage.go_back_to(&past, &mut [&mut secretary]);
    erase(&mut stage, going, &mut [&mut secretary]);
    secretary.sync_fully();
    clean(&[&secretary], going);
    assert_eq!(text(&secretary, told, "narrative"), "");
    stage.server.kill();
    assert_eq!(in_folder(stage.path(), CANARY), Vec::<String>::new());
    stage.zhucun(&["check"]);
}

#[test]
fn what_stands_behind_words_that_were_lost_and_are_erased_is_done_again_by_its_author() {
    let mut stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let going = household(&stage, &mut secretary, CANARY, CANARY);
    let kept = stage.lesson(&mut secretary, "第一课");
    secretary.sync_fully();
    let past = stage.past(&mut [&mut secretary, &mut reviewer]);
    let told = visit(&stage, &mut secretary, &[going], CANARY);
    let behind = stage.lesson(&mut secretary, "第二课");
    let fields = [("topic".to_owned(), "第一课，改过".into())].into_iter().collect();
    secretary.done(Command::Amend { entry: kept, fields });
    secretary.done(Command::Withdraw { entry: behind, text: "记错了".to_owned() });
    secretary.sync_fully();
    reviewer.sync_fully();
    // This waits behind it all.
    let waits = stage.lesson(&mut secretary, "第三课");
    stage.go_back_to(&past, &mut [&mut secretary, &mut reviewer]);
    erase(&mut stage, going, &mut [&mut secretary, &mut reviewer]);
    // The one who did not write it comes first: it keeps nothing of it.
    reviewer.sync_fully();
    clean(&[&reviewer], going);
    for _ in 0..2 {
        secretary.sync_fully();
        reviewer.sync_fully();
    }
    clean(&[&secretary, &reviewer], going);
    for device in [&secretary, &reviewer, &secretary_again(&stage)] {
        assert_eq!(text(device, told, "narrative"), "");
        assert_eq!(text(device, kept, "topic"), "第一课，改过");
        assert_eq!(text(device, waits, "topic"), "第三课");
        assert_eq!(state(device, behind), EntryState::Withdrawn);
    }
    assert_eq!(entries(&secretary), 4);
    assert_eq!(secretary.home().sync.dead_letters, 0);
    stage.server.kill();
    assert_eq!(in_folder(stage.path(), CANARY), Vec::<String>::new());
    stage.zhucun(&["check"]);
}

#[test]
fn after_a_restore_an_erasure_waits_for_the_phones_that_may_hold_what_was_lost() {
    let mut stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let going = household(&stage, &mut secretary, CANARY, CANARY);
    secretary.sync_fully();
    let backup = stage.path().join("backup.db").to_string_lossy().into_owned();
    stage.zhucun(&["backup", &backup]);
    let told = visit(&stage, &mut secretary, &[going], CANARY);
    secretary.sync_fully();
    stage.server.kill();
    stage.zhucun(&["restore", &backup]);
    std::fs::remove_file(&backup).expect("the backup");
    remove_kept(stage.path());
    let id = going.to_string();
    let ask = ["erase", "household", &id, "--reason", REASON];
    let (done, said) = tried(stage.path(), &[&ask[..], &["--apply"]].concat());
    assert!(!done && said.contains("1 devices") && said.contains("--without-waiting"), "{said}");
    let (done, said) = tried(stage.path(), &ask);
    assert!(done && said.contains("1 devices"), "to look is free: {said}");
    assert!(!tried(stage.path(), &[&ask[..], &["--without-waiting"]].concat()).0, "alone it says nothing");
    stage.restart(&mut [&mut secretary]);
    secretary.sign_in(&secretary_login(0), PASSWORD);
    secretary.sync_fully();
    stage.server.kill();
    assert!(tried(stage.path(), &[&ask[..], &["--apply"]].concat()).0, "they came, and what was lost is back");
    stage.restart(&mut [&mut secretary]);
    secretary.sync_fully();
    clean(&[&secretary], going);
    assert_eq!(text(&secretary, told, "narrative"), "");
}

#[test]
fn of_a_push_that_names_it_only_what_comes_first_and_was_kept_before_is_superseded() {
    let mut stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let going = household(&stage, &mut secretary, CANARY, CANARY);
    secretary.sync_fully();
    erase(&mut stage, going, &mut [&mut secretary]);
    let log = DocumentId::log(stage.town.tenure(0));
    let (noise, naming) = (vec![7; 40], [&[7; 40], going.to_string().as_bytes()].concat());
    let mut fates = |changes: &[&[u8]]| {
        let (token, id) = (secretary.access_token(), secretary.id);
        let push = Push { document: log, incarnation: 0, line: Line::of(changes.iter().copied()) };
        let body = wire::pack(&[RequestFrame::Hello(hello(id)), RequestFrame::Push(push)]);
        let reply: Vec<ReplyFrame> =
            wire::unpack(&secretary.ask("POST", "/api/v1/sync", &token, &body).body).expect("frames");
        let ack = reply.into_iter().find_map(|frame| match frame {
            ReplyFrame::Ack(ack) => Some(ack.fates),
            _ => None,
        });
        ack.expect("an ack")
    };
    assert_eq!(fates(&[&naming, &noise]), [Fate::Superseded, Fate::NotYet]);
    assert_eq!(fates(&[&naming, &naming]), [Fate::Superseded, Fate::NotYet]);
    let refused = Fate::Refused(GateRefusal::NotAChange);
    assert_eq!(fates(&[&noise, &naming, &noise]), [refused, Fate::NotYet, Fate::NotYet]);
}

#[test]
fn what_was_parked_of_it_goes_and_its_author_has_it_back_without_it() {
    let mut stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let village = Village::settle(&stage, &mut secretary, &mut reviewer);
    secretary.set_online(false);
    visit(&stage, &mut secretary, &[village.going, village.staying], CANARY);
    stage.recall(Some(40));
    stage.assess(0);
    secretary.set_online(true);
    secretary.sync();
    assert_eq!(secretary.home().sync.parked, 1);
    stage.server.kill();
    assert!(in_folder(stage.path(), CANARY).iter().any(|table| table == "parked"));
    let words = ["erase", "household", &village.going.to_string(), "--reason", REASON];
    assert!(stage.zhucun(&words).contains("1 changes are parked there"));
    erase(&mut stage, village.going, &mut [&mut secretary, &mut reviewer]);
    stage.server.kill();
    assert_eq!(in_folder(stage.path(), CANARY), Vec::<String>::new());
    stage.restart(&mut [&mut secretary, &mut reviewer]);
    secretary.sync_fully();
    clean(&[&secretary], village.going);
    let sync = secretary.home().sync;
    assert_eq!((sync.waiting, sync.parked, sync.dead_letters), (0, 0, 1));
    let View::DeadLetters { letters } = secretary.view(&Query::DeadLetters) else { panic!("no letters") };
    assert_eq!(
        letters[0].fields.as_ref().expect("the form")["households"],
        village.staying.to_string().as_str().into()
    );
}

#[test]
fn a_form_that_stood_open_cannot_bring_it_back() {
    let mut stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let going = household(&stage, &mut secretary, CANARY, CANARY);
    let draft = draft(&stage, &mut secretary, &[going], CANARY);
    secretary.sync_fully();
    erase(&mut stage, going, &mut [&mut secretary]);
    secretary.sync_fully();
    let fields: Fields =
        form(&stage, &[going], CANARY).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    secretary.done(Command::SaveDraft { entry: Some(draft), kind: EntryKind::Visit, fields, seen: None });
    clean(&[&secretary], going);
}

#[test]
fn what_waits_of_an_issue_about_it_arrives_without_its_words() {
    let mut stage = Stage::new(2);
    let (mut secretary, mut reviewer) = (stage.device(1, &secretary_login(0)), stage.device(2, &reviewer_login(0)));
    let going = household(&stage, &mut secretary, CANARY, CANARY);
    let staying = household(&stage, &mut secretary, "李某", "12号");
    let entry = draft(&stage, &mut secretary, &[staying], "问了收成");
    let mut raise = |of: HouseholdId, text: &str| {
        let fields = [("category", "water"), ("households", &of.to_string()), ("text", text)];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.into())).into();
        match secretary.tell(Command::SaveIssue { entry, issue: None, fields }) {
            Outcome::Done { issue: Some(issue), .. } => issue,
            other => panic!("no issue: {other:?}"),
        }
    };
    let (about_it, other) = (raise(going, CANARY), raise(staying, "漏水"));
    secretary.done(Command::Record { entry });
    secretary.sync_fully();
    reviewer.sync_fully();
    reviewer.set_online(false);
    for (issue, outcome) in [(about_it, CANARY), (other, "修好了")] {
        let fields = [("state", "in_progress"), ("outcome", outcome)];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.into())).into();
        let told = reviewer.tell(Command::AmendIssue { village: stage.town.villages[0], issue, fields });
        assert!(matches!(told, Outcome::Done { .. }), "{told:?}");
    }
    erase(&mut stage, going, &mut [&mut secretary, &mut reviewer]);
    reviewer.set_online(true);
    reviewer.sync_fully();
    secretary.sync_fully();
    clean(&[&secretary, &reviewer], going);
    for device in [&secretary, &reviewer] {
        for (issue, outcome) in [(about_it, None), (other, Some("修好了"))] {
            let View::Issue(view) = device.view(&Query::Issue { issue }) else { panic!("the issue is here") };
            let text =
                |name: &str| view.fields.get(name).and_then(|field| field.value.text()).filter(|it| !it.is_empty());
            assert_eq!((text("state"), text("outcome")), (Some("in_progress"), outcome));
            assert!(!view.summary.waiting);
        }
    }
}

#[test]
fn two_erasures_follow_on_each_other_also_after_a_restore() {
    let mut stage = Stage::new(2);
    let place = stage.town.villages[0];
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let village = Village::settle(&stage, &mut secretary, &mut reviewer);
    let backup_dir = tempfile::tempdir().expect("a temporary folder");
    let backup = backup_dir.path().join("before.db").to_string_lossy().into_owned();
    stage.zhucun(&["backup", &backup]);
    erase(&mut stage, village.going, &mut [&mut secretary, &mut reviewer]);
    secretary.sync_fully();
    let second = visit(&stage, &mut secretary, &[village.staying], "最后一次");
    secretary.sync_fully();
    reviewer.sync_fully();
    confirm(&mut reviewer, second);
    reviewer.sync_fully();
    erase(&mut stage, village.staying, &mut [&mut secretary, &mut reviewer]);
    for device in [&mut secretary, &mut reviewer] {
        device.sync_fully();
        clean(&[device], village.going);
        clean(&[device], village.staying);
    }
    stage.server.kill();
    assert!(stage.zhucun(&["restore", &backup]).contains("2 households"));
    stage.zhucun(&["check"]);
    stage.restart(&mut [&mut secretary, &mut reviewer]);
    for device in [&mut reviewer, &mut secretary] {
        sign_in_again(device, &stage);
        device.sync_fully();
    }
    for device in [&secretary, &secretary_again(&stage)] {
        assert_eq!(
            state(device, second),
            EntryState::Confirmed,
            "given back, since both histories have the same bytes"
        );
        assert_eq!(text(device, second, "narrative"), "");
        assert_eq!(heads(device, place), Vec::<String>::new());
    }
    stage.server.kill();
    stage.zhucun(&["check"]);
}

#[test]
fn an_erasure_is_refused_beside_a_server_and_without_a_reason_and_an_interrupted_one_is_finished() {
    let mut stage = Stage::new(2);
    let place = stage.town.villages[0];
    let mut secretary = stage.device(1, &secretary_login(0));
    let going = household(&stage, &mut secretary, CANARY, CANARY).to_string();
    secretary.sync_fully();
    let long = "长".repeat(REASON_CHARS_MAX + 1);
    let (listed, county) = (stage.zhucun(&["erase", "register", &place.to_string()]), "629901");
    assert!(listed.contains(&format!("{going},{CANARY}")), "{listed}");
    assert!(!tried(stage.path(), &["erase", "register", county]).0, "a county has no register");
    let (full, short) = ("长".repeat(REASON_CHARS_MAX), "");
    for (reason, accepted) in [(full.as_str(), true), (long.as_str(), false), (short, false)] {
        assert_eq!(tried(stage.path(), &["erase", "household", &going, "--reason", reason]).0, accepted, "{reason}");
    }
    let (done, said) = tried(stage.path(), &["erase", "household", &going, "--reason", REASON, "--apply"]);
    assert!(!done && said.contains("stop it first"), "{said}");
    let nobody = HouseholdId(uuid::Uuid::from_u128(7)).to_string();
    let (done, said) = tried(stage.path(), &["erase", "household", &nobody, "--reason", REASON]);
    assert!(!done && said.contains("no village's register"), "{said}");

    // Power fails between the ledger and the database: the next start does what the ledger says.
    stage.server.kill();
    let before = std::fs::read(stage.path().join(DATABASE)).expect("the database");
    let log = std::fs::read(stage.path().join(format!("{DATABASE}-wal"))).expect("its log");
    stage.zhucun(&["erase", "household", &going, "--reason", REASON, "--apply"]);
    std::fs::write(stage.path().join(DATABASE), before).expect("the earlier database");
    std::fs::write(stage.path().join(format!("{DATABASE}-wal")), log).expect("the earlier log");
    assert!(!in_folder(stage.path(), CANARY).is_empty());
    stage.restart(&mut [&mut secretary]);
    secretary.sync_fully();
    assert_eq!(heads(&secretary, place), Vec::<String>::new());
    stage.server.kill();
    assert_eq!(in_folder(stage.path(), CANARY), Vec::<String>::new());
    assert!(stage.zhucun(&["erase", "household", &going, "--reason", REASON, "--apply"]).contains("erased already"));
}

#[test]
fn what_imports_and_twins_say_of_it_goes_with_the_household() {
    let mut stage = Stage::new(1);
    let (mut secretary, mut away) = (stage.device(1, &secretary_login(0)), stage.device(2, &secretary_login(0)));
    let village = stage.town.villages[0];
    let row = |head: &str, support: &str| RegisterRow {
        household: None,
        fields: [("head", head), ("number", "001"), ("support", support)]
            .map(|(name, text)| (name.to_owned(), text.into()))
            .into(),
    };
    let import = |device: &mut Device, rows: Vec<RegisterRow>| {
        device.tell(Command::ImportHouseholds { village, import: None, rows });
    };
    // It came with a table, another changed it, and a third waits on a phone that is away.
    import(&mut secretary, vec![row(CANARY, CANARY)]);
    import(&mut secretary, vec![row("户主", "别的")]);
    secretary.sync_fully();
    away.sync_fully();
    let View::Households(view) = secretary.view(&Query::Households { village }) else { panic!("no register") };
    let going = view.households[0].id;
    away.set_online(false);
    import(&mut away, vec![row(CANARY, CANARY)]);
    let twin = household(&stage, &mut secretary, "双胞", "");
    secretary.tell(Command::MergeHousehold { village, household: twin, into: Some(going) });
    secretary.sync_fully();
    assert_eq!(heads(&secretary, village), ["户主"]);

    erase(&mut stage, going, &mut [&mut secretary, &mut away]);
    secretary.sync_fully();
    away.set_online(true);
    away.sync_fully();
    secretary.sync_fully();
    clean(&[&secretary, &away], going);
    for device in [&secretary, &away] {
        assert_eq!(heads(device, village), ["双胞"], "who was the same as nobody any more is listed again");
        assert_eq!((device.home().sync.waiting, device.home().sync.dead_letters), (0, 0));
    }
    stage.server.kill();
    assert_eq!(in_folder(stage.path(), CANARY), Vec::<String>::new());
    stage.zhucun(&["check"]);
}
