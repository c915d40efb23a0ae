//! The figures of desks: of all seven kinds what phones say, by the same rules, also in a database that an earlier program
//! wrote.
use std::path::Path;

use rusqlite::Connection;
use zhucun_core::clock::add_days;
use zhucun_core::contract::{Command, EntryState, Query, View};
use zhucun_core::duty::Tally;
use zhucun_core::entry::EntryKind;
use zhucun_core::id::EntryId;
use zhucun_core::review::{ReturnReason, VoidReason};
use zhucun_tests::device::Device;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{PASSWORD, reviewer_login, secretary_login};

/// What the phone says of a year, by kind.
fn year(device: &Device) -> Vec<Tally> {
    match device.view(&Query::Year { tenure: None }) {
        View::Year(year) => year.rows.iter().map(|row| row.tally).collect(),
        other => panic!("no year: {other:?}"),
    }
}

/// What the county reads of its first township, by kind.
fn desk(stage: &Stage) -> Vec<Tally> {
    let mut desk = Device::new(9, stage.town.now, stage.server.address);
    desk.sign_in("county", PASSWORD);
    let token = desk.access_token();
    let answer = desk.ask("GET", "/api/v1/roll-up?division=629901", &token, b"");
    let rows: serde_json::Value = serde_json::from_slice(&answer.body).expect("rows");
    let figures = rows[0]["duties"].as_array().expect("a figure for each kind").clone();
    let kinds: Vec<_> = figures.iter().map(|figure| figure["kind"].as_str().expect("a code").to_owned()).collect();
    assert_eq!(kinds, EntryKind::DUTIES.map(EntryKind::code));
    figures.into_iter().map(|figure| serde_json::from_value(figure).expect("a tally")).collect()
}

fn confirm(reviewer: &mut Device, entry: EntryId) {
    reviewer.sync_fully();
    let version = reviewer.entry(entry).expect("the reviewer has it").version;
    reviewer.done(Command::Confirm { entry, version, opinion: String::new() });
    reviewer.sync_fully();
}

/// A secretary with an entry of each kind, of which the report waits for the township.
fn logged(stage: &Stage, secretary: &mut Device) -> EntryId {
    let today = stage.town.today;
    let day = today.to_string();
    let on = ("occurred_on", day.as_str().into());
    let half = {
        let ended = add_days(today, -180);
        format!("{}-H{}", ended.year(), if ended.month() <= 6 { 1 } else { 2 })
    };
    secretary.record(EntryKind::Lesson, &[on.clone(), ("topic", "学习党章".into())]);
    secretary.record(EntryKind::Activity, &[on.clone(), ("theme", "植树".into()), ("form", "volunteering".into())]);
    secretary.record(EntryKind::Summary, &[on.clone(), ("half", half.as_str().into())]);
    let name = ("name", "修水渠".into());
    let state = |code: &'static str| ("state", code.into());
    secretary.record(EntryKind::Deed, &[on.clone(), name.clone(), state("under_way")]);
    secretary.record(EntryKind::Deed, &[on.clone(), name, state("achieved"), ("finished", day.as_str().into())]);
    secretary.record(EntryKind::Research, &[on.clone(), ("title", "苹果".into()), ("body", "长得好".into())]);
    let report = secretary.record(EntryKind::Report, &[on, ("form", "written".into())]);
    secretary.sync_fully();
    report
}

#[test]
fn desk_and_phone_say_the_same_of_all_seven_kinds() {
    let stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    assert_eq!(desk(&stage), year(&secretary));
    let report = logged(&stage, &mut secretary);
    let tallies = year(&secretary);
    assert_eq!(desk(&stage), tallies);
    let done = |tallies: &[Tally]| tallies.iter().map(|tally| tally.done).collect::<Vec<_>>();
    assert_eq!(done(&tallies[1..3]), [1, 1], "lesson and activity");
    assert_eq!(done(&tallies[4..]), [1, 1, 0], "deed, research, and the report that nobody has received");

    confirm(&mut reviewer, report);
    secretary.sync_fully();
    assert_eq!(done(&year(&secretary))[6], 1, "the township has it");
    assert_eq!(desk(&stage), year(&secretary));

    let version = reviewer.entry(report).expect("the reviewer has it").version;
    let (reason, comment, comments) = (ReturnReason::TooBrief, String::new(), Default::default());
    reviewer.done(Command::Return { entry: report, version, reason, comment, comments });
    reviewer.sync_fully();
    secretary.sync_fully();
    assert_eq!(secretary.entry(report).map(|entry| entry.summary.state), Some(EntryState::Returned));
    assert_eq!(done(&year(&secretary))[6], 0);
    assert_eq!(desk(&stage), year(&secretary));
    let check = stage.zhucun(&["check"]);
    assert!(check.contains("read model: ok"), "{check}");
}

#[test]
fn a_void_of_either_side_takes_an_entry_out_of_phone_and_desk_until_it_is_restored() {
    let stage = Stage::new(1);
    let (mut secretary, mut reviewer) = (stage.device(1, &secretary_login(0)), stage.device(2, &reviewer_login(0)));
    let lesson = stage.lesson(&mut secretary, "学习党章");
    let report = logged(&stage, &mut secretary);
    [lesson, report].into_iter().for_each(|entry| confirm(&mut reviewer, entry));
    secretary.sync_fully();
    let before = year(&secretary);
    assert_eq!((desk(&stage), before[6].done), (before.clone(), 1));
    let void = Command::Void { entry: report, reason: VoidReason::NotHeld, text: String::new() };
    for author in [true, false] {
        let mut done = |command: &Command| {
            let side = if author { &mut secretary } else { &mut reviewer };
            side.done(command.clone());
            side.sync_fully();
            reviewer.sync_fully();
            secretary.sync_fully();
            let states = [&secretary, &reviewer].map(|side| side.entry(report).expect("it stays").summary.state);
            assert_eq!(desk(&stage), year(&secretary));
            let check = stage.zhucun(&["check"]);
            assert!(check.contains("read model: ok"), "{check}");
            (states, year(&secretary))
        };
        let (states, voided) = done(&void);
        assert_eq!((states, voided[6].done), ([EntryState::Voided; 2], 0));
        let (states, restored) = done(&Command::Restore { entry: report });
        assert_eq!((states, &restored), ([EntryState::Confirmed; 2], &before));
    }
}

/// Takes a database back to what the program before claims wrote.
fn forget_claims(data: &Path) {
    let connection = Connection::open(data.join("zhucun.db")).expect("the database");
    let triggers = "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE name GLOB 'figures_*'";
    let triggers: String = connection.query_row(triggers, [], |row| row.get(0)).expect("the triggers of today");
    connection.execute_batch(&triggers).expect("triggers can go");
    connection
        .execute_batch(
            "ALTER TABLE entry DROP COLUMN day; ALTER TABLE entry DROP COLUMN made_on;
             ALTER TABLE entry DROP COLUMN periods; DROP TABLE IF EXISTS leave; DROP TABLE IF EXISTS excusal;
             DROP TABLE draft; DROP TABLE leave_request; DROP TABLE leave_decision;
             DROP TABLE township_excusal; DROP TABLE township_excusal_taken_back; DROP TABLE assessment_part;
             DROP TABLE feedback_reply; DROP TABLE feedback; DROP TABLE record;
             DROP INDEX audit_by_person; DROP INDEX leave_of_tenure; DROP INDEX leave_of_village; DROP TABLE selection;
             DROP TABLE issue; ALTER TABLE entry DROP COLUMN late; ALTER TABLE tenure DROP COLUMN figures_version;
             ALTER TABLE tenure DROP COLUMN left_version;
             DROP TABLE import_replaced; DROP TABLE import; DROP TRIGGER reference_tenure_gone;
             PRAGMA user_version = 5;",
        )
        .expect("the schema of before");
}

#[test]
fn a_database_of_before_counts_its_entries_anew_when_it_is_opened() {
    let mut stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    let day = stage.town.today.to_string();
    let fields =
        [("occurred_on", day.as_str()), ("topic", "学习党章")].map(|(name, text)| (name.to_owned(), text.into()));
    let draft = Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields: fields.into(), seen: None };
    let entry = secretary.done(draft);
    secretary.raise(entry, &[("category", "water"), ("text", "修水渠")]);
    secretary.done(Command::Record { entry });
    let report = logged(&stage, &mut secretary);
    confirm(&mut stage.device(2, &reviewer_login(0)), report);
    let before = desk(&stage);
    stage.server.kill();
    forget_claims(stage.path());
    // What was said before its entry came had no row to be copied by: it is read again.
    let database = Connection::open(stage.path().join("zhucun.db")).expect("the database");
    assert!(database.execute("DELETE FROM event", []).expect("rows can go") > 0);
    drop(database);
    stage.restart(&mut [&mut secretary]);
    assert_eq!(desk(&stage), before);
    let check = stage.zhucun(&["check"]);
    assert!(check.contains("read model: ok"), "{check}");
}
