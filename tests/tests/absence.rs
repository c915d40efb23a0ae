//! Leave that is asked for on the phone, against the real server: the township agrees, the county decides about what is long,
//! and what is approved or excused counts on phones and desks alike. Who has no business with it learns nothing.
use jiff::civil::Date;
use serde_json::{Value, json};
use zhucun_core::clock::add_days;
use zhucun_core::contract::{AccountView, Command, LeaveRequestView, Outcome, Query, Refusal, View};
use zhucun_core::duty::DutyReason;
use zhucun_core::entry::EntryKind;
use zhucun_core::excusal::ExcusalBasis;
use zhucun_core::id::EntryId;
use zhucun_core::leave::LeaveStep;
use zhucun_tests::device::Device;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{reviewer_login, secretary_login};

fn requests(stage: &Stage, login: &str) -> Vec<Value> {
    let (status, list) = stage.desk(login, "GET", "/api/v1/leave-requests?division=629901", &Value::Null);
    assert_eq!(status, 200, "{list}");
    list.as_array().expect("a list").clone()
}

fn decide(stage: &Stage, login: &str, entry: EntryId, body: &Value) -> (u16, Value) {
    let mut body = body.clone();
    body["tenure"] = stage.town.tenure(0).to_string().into();
    stage.desk(login, "POST", &format!("/api/v1/leave-requests/{entry}/decision"), &body)
}

fn excused_visits(stage: &Stage) -> i64 {
    let (_, rows) = stage.desk("county", "GET", "/api/v1/roll-up?division=629901", &Value::Null);
    rows[0]["duties"][0]["excused"].as_i64().expect("a figure")
}

fn weeks(device: &Device, query: &Query) -> Vec<AccountView> {
    let View::Year(year) = device.view(query) else { panic!("no year") };
    year.rows.into_iter().next().expect("visits come first").cells
}

fn week(device: &Device, period: &str) -> AccountView {
    let cells = weeks(device, &Query::Year { tenure: None });
    cells.into_iter().find(|cell| cell.duty.period == period).expect("the week is in the tenure")
}

fn ask(device: &mut Device, stage: &Stage, from: Date, to: Date) -> EntryId {
    let (from, to, today) = (from.to_string(), to.to_string(), stage.town.today.to_string());
    let fields = [
        ("leave_kind", "personal".into()),
        ("from", from.as_str().into()),
        ("to", to.as_str().into()),
        ("destination", "兰州".into()),
        ("grounds", "家里有事".into()),
        ("occurred_on", today.as_str().into()),
    ];
    let entry = device.record(EntryKind::Leave, &fields);
    device.sync_fully();
    entry
}

fn confirm(reviewer: &mut Device, entry: EntryId) {
    reviewer.sync_fully();
    let version = reviewer.entry(entry).expect("the reviewer has it").version;
    reviewer.done(Command::Confirm { entry, version, opinion: String::new() });
    reviewer.sync_fully();
}

fn request(device: &Device, entry: EntryId) -> LeaveRequestView {
    device.entry(entry).expect("the entry").leave.expect("it is a leave")
}

/// The last two weeks in a row that began and that owe a visit.
fn two_weeks(device: &Device, today: Date) -> [AccountView; 2] {
    let cells = weeks(device, &Query::Year { tenure: None });
    let works = |cell: &AccountView| cell.duty.owed && cell.duty.days.available == 5;
    let pair = |pair: &&[AccountView]| pair[1].duty.to < today && works(&pair[0]) && works(&pair[1]);
    let found = cells.windows(2).rfind(pair).expect("two weeks of work");
    [found[0].clone(), found[1].clone()]
}

#[test]
fn a_leave_that_is_too_long_for_the_township_is_decided_by_the_county_and_counts_on_phone_and_desk() {
    let stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let [part, full] = two_weeks(&secretary, stage.town.today);
    // From Thursday to Friday of the next week.
    let entry = ask(&mut secretary, &stage, add_days(part.duty.from, 3), add_days(full.duty.from, 4));
    let version = secretary.entry(entry).expect("here").version;
    let approves = json!({ "version": version, "approved": true, "note": "" });
    assert_eq!(decide(&stage, "county", entry, &approves).1["code"], "not_yet");
    assert_eq!(requests(&stage, "county")[0]["step"], "asked", "the township has not agreed");
    confirm(&mut reviewer, entry);
    assert_eq!(excused_visits(&stage), 0, "the county has not decided");
    let shown = &requests(&stage, "county")[0];
    assert_eq!(
        (shown["days"].as_i64(), &shown["step"], &shown["may_decide"]),
        (Some(9), &json!("forwarded"), &json!(true))
    );
    assert_eq!((&shown["grounds"], &shown["destination"]), (&json!("家里有事"), &json!("兰州")));
    // Who may not decide is not told what it is for, or not told of it at all.
    let seen = &requests(&stage, "city")[0];
    assert_eq!((&seen["grounds"], &seen["may_decide"]), (&json!(""), &json!(false)));
    for other in ["city", &reviewer_login(0), &secretary_login(0)] {
        assert_eq!(decide(&stage, other, entry, &approves).0, 404, "{other}");
    }
    assert_eq!(
        decide(&stage, "county", entry, &json!({ "version": "0", "approved": true })).1["code"],
        "version_changed"
    );
    assert_eq!(decide(&stage, "county", EntryId(uuid::Uuid::nil()), &approves).0, 404);

    assert_eq!(decide(&stage, "county", entry, &approves).0, 204);
    secretary.sync_fully();
    reviewer.sync_fully();
    for device in [&secretary, &reviewer] {
        assert_eq!((request(device, entry).step, &*request(device, entry).by), (LeaveStep::Approved, "某2000000"));
    }
    let (full, part) = (full.duty.period, part.duty.period);
    assert_eq!(week(&secretary, &full).duty.reason, DutyReason::OnLeave);
    assert_eq!((week(&secretary, &part).duty.owed, week(&secretary, &part).duty.days.available), (true, 3));
    assert_eq!(excused_visits(&stage), 1, "the full week");

    let tenure = stage.town.tenure(0);
    let (kind, basis, note) = (EntryKind::Visit, ExcusalBasis::FewDays, String::new());
    reviewer.tell(Command::Excuse { tenure, kind, period: part.clone(), basis, note });
    reviewer.sync_fully();
    secretary.sync_fully();
    let excusal = week(&secretary, &part).excusal.expect("it says why");
    assert_eq!((excusal.basis, &*excusal.by), (ExcusalBasis::FewDays, "某1000000"));
    assert_eq!(excused_visits(&stage), 2, "and the other, by the township");
    let View::Year(year) = reviewer.view(&Query::Year { tenure: Some(tenure) }) else { panic!("no year") };
    let undoable = year.rows[0].cells.iter().find_map(|cell| cell.excusal.as_ref()?.undoable);
    let event = undoable.expect("the township may take it back");
    reviewer.tell(Command::TakeBackExcusal { tenure, event });
    reviewer.sync_fully();
    assert_eq!(excused_visits(&stage), 1);
    let check = stage.zhucun(&["check"]);
    assert!(check.contains("read model: ok"), "{check}");

    // The county changes its mind, and says why.
    let declines = json!({ "version": version, "approved": false, "note": "换届期间请改期" });
    assert_eq!(decide(&stage, "county", entry, &declines).0, 204);
    secretary.sync_fully();
    let declined = request(&secretary, entry);
    assert_eq!((declined.step, &*declined.note), (LeaveStep::Declined, "换届期间请改期"));
    assert_eq!(excused_visits(&stage), 0);
}

#[test]
fn what_the_county_writes_is_held_to_its_limits_and_outside_its_scope_it_reads_nothing() {
    let stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let [week, _] = two_weeks(&secretary, stage.town.today);
    let entry = ask(&mut secretary, &stage, week.duty.from, add_days(week.duty.from, 4));
    confirm(&mut reviewer, entry);
    let version = secretary.entry(entry).expect("here").version;
    let with = |approved: bool, note: String| {
        decide(&stage, "county", entry, &json!({ "version": version, "approved": approved, "note": note })).0
    };
    assert_eq!(with(true, "记".repeat(201)), 400);
    assert_eq!(with(false, "  ".to_owned()), 400, "who declines says why");
    assert_eq!(with(false, "记".repeat(200)), 204);
    let outside = stage.desk("county", "GET", "/api/v1/leave-requests?division=6299", &Value::Null);
    assert_eq!((outside.0, &outside.1["code"]), (403, &json!("outside_scope")));
    let of_secretary = stage.desk(&secretary_login(0), "GET", "/api/v1/leave-requests?division=629901", &Value::Null);
    assert_eq!(of_secretary.0, 403);
}

#[test]
fn a_short_leave_is_the_townships_and_the_county_is_not_asked() {
    let stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let [week_of_leave, _] = two_weeks(&secretary, stage.town.today);
    let entry = ask(&mut secretary, &stage, week_of_leave.duty.from, add_days(week_of_leave.duty.from, 2));
    confirm(&mut reviewer, entry);
    secretary.sync_fully();
    assert_eq!(request(&secretary, entry).step, LeaveStep::Approved);
    assert_eq!(week(&secretary, &week_of_leave.duty.period).duty.days.available, 2);
    let shown = &requests(&stage, "county")[0];
    assert_eq!((&shown["for_county"], &shown["may_decide"]), (&json!(false), &json!(false)));
    let version = secretary.entry(entry).expect("here").version;
    assert_eq!(decide(&stage, "county", entry, &json!({ "version": version, "approved": true })).0, 409);
    // A fourth week in a row is the county's, also where three were excused by the township itself.
    let tenure = stage.town.tenure(0);
    let ahead: Vec<String> = weeks(&secretary, &Query::Year { tenure: None })
        .windows(4)
        .find(|four| four.iter().all(|cell| cell.duty.owed))
        .expect("four weeks in a row")
        .iter()
        .map(|cell| cell.duty.period.clone())
        .collect();
    let excuse = |period: &String| {
        let (kind, basis, note) = (EntryKind::Visit, ExcusalBasis::OnDuty, String::new());
        Command::Excuse { tenure, kind, period: period.clone(), basis, note }
    };
    for period in &ahead[..3] {
        assert!(matches!(reviewer.tell(excuse(period)), Outcome::Done { .. }));
    }
    assert_eq!(reviewer.tell(excuse(&ahead[3])), Outcome::Refused { refusal: Refusal::ForTheCounty });
}
