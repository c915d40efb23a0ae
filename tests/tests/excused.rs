//! Leave 请假 and excusals 免计: what was approved takes days and periods out, on phones and desks alike, with the reason
//! visible; who may approve it is the policy's to say.
use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;
use uuid::Uuid;
use zhucun_core::clock::add_days;
use zhucun_core::contract::{AccountView, Query, View};
use zhucun_core::duty::{DutyReason, DutyState};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::TenureId;
use zhucun_core::leave::LeaveKind;
use zhucun_core::tenure::{Tenure, TenureRole};
use zhucun_server::accounts::password;
use zhucun_server::app::DATABASE;
use zhucun_server::store::account::ChosenBy;
use zhucun_server::store::person::Particulars;
use zhucun_server::store::{Store, Trouble, account, grant, person, tenure};
use zhucun_tests::device::Device;
use zhucun_tests::server::tried;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{PASSWORD, TOWNSHIP_VILLAGES, Town, person_id, reviewer_login, secretary_login};

fn import(stage: &Stage, what: &str, table: &str, more: &[&str]) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("table.csv");
    std::fs::write(&file, table).expect("a file of the test");
    tried(stage.path(), &[&["import", what, &file.display().to_string()], more].concat())
}

fn apply(stage: &Stage, what: &str, table: &str) {
    let (fine, said) = import(stage, what, table, &["--apply"]);
    assert!(fine && said.contains("written; phones have it at their next sync"), "{said}");
}

fn leave(rows: &[[&str; 5]]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    format!("login,kind,from,to,approved_by\n{}\n", rows.join("\n"))
}

fn excusals(rows: &[[&str; 7]]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    format!("login,duty,period,basis,by,note,taken_back\n{}\n", rows.join("\n"))
}

fn cells(device: &Device, kind: EntryKind) -> Vec<AccountView> {
    let View::Year(year) = device.view(&Query::Year { tenure: None }) else { panic!("a secretary has a year") };
    year.rows.into_iter().find(|row| row.kind == kind).expect("a row for each kind").cells
}

/// The weeks of the tenure that owe a visit and begin after today.
fn weeks_ahead(device: &Device, today: Date) -> Vec<AccountView> {
    let ahead = |cell: &AccountView| cell.duty.from > today && cell.duty.owed;
    cells(device, EntryKind::Visit).into_iter().filter(ahead).collect()
}

fn week(device: &Device, period: &str) -> AccountView {
    let cells = cells(device, EntryKind::Visit);
    cells.into_iter().find(|cell| cell.duty.period == period).expect("the week is in the tenure")
}

fn excused_visits(stage: &Stage) -> i64 {
    let mut desk = Device::new(9, stage.town.now, stage.server.address);
    desk.sign_in("county", PASSWORD);
    let token = desk.access_token();
    let answer = desk.ask("GET", "/api/v1/roll-up?division=629901", &token, b"");
    let rows: serde_json::Value = serde_json::from_slice(&answer.body).expect("rows");
    rows[0]["duties"][0]["excused"].as_i64().expect("a figure")
}

#[test]
fn an_approved_leave_takes_its_week_out_on_phone_and_desk_and_says_so() {
    let stage = Stage::new(1);
    let (login, reviewer) = (secretary_login(0), reviewer_login(0));
    let mut secretary = stage.device(1, &login);
    // The last week that began and has days enough, which both sides count already.
    let today = stage.town.today;
    let enough = |cell: &AccountView| cell.duty.from <= today && cell.duty.days.available >= 3;
    let running = cells(&secretary, EntryKind::Visit).into_iter().rfind(enough).expect("a week of work").duty;
    let (from, to) = (running.from.to_string(), running.to.to_string());
    let unapproved = leave(&[[&login, "事假", &from, &to, ""]]);
    let (fine, said) = import(&stage, "leave", &unapproved, &[]);
    assert!(fine && said.contains("approved by nobody") && said.contains("nothing was written"), "{said}");
    apply(&stage, "leave", &unapproved);
    secretary.sync_fully();
    assert_eq!(week(&secretary, &running.period).duty.reason, running.reason, "nobody approved it");
    assert_eq!(excused_visits(&stage), 0);

    apply(&stage, "leave", &leave(&[[&login, "personal", &from, &to, "county"]]));
    secretary.sync_fully();
    let cell = week(&secretary, &running.period);
    assert_eq!((cell.state, cell.duty.reason), (DutyState::NotOwed, DutyReason::OnLeave));
    assert_eq!((cell.leaves.len(), cell.leaves[0].leave.kind), (1, LeaveKind::Personal));
    assert_eq!(cell.leaves[0].approved_by_name, "某2000000", "by name");
    assert_eq!(excused_visits(&stage), 1);
    secretary.reopen();
    assert_eq!(week(&secretary, &running.period).duty.reason, DutyReason::OnLeave);
    let by_township = leave(&[[&login, "personal", &from, &from, &reviewer]]);
    apply(&stage, "leave", &by_township);
    secretary.sync_fully();
    assert_ne!(week(&secretary, &running.period).duty.reason, DutyReason::OnLeave, "one day of it is left");
}

/// A member of the secretary's team, with the password of all.
fn join_team(data: &Path, town: &Town) {
    let store = Store::open(data.join(DATABASE)).expect("the database of the town");
    let (village, today, now) = (town.villages[0], town.today, town.now);
    let hash = password::hash(PASSWORD, [7; 16]);
    let made: Result<(), Trouble> = store.write_sync(move |tx| {
        let id = person_id(3_000_000);
        person::put(tx, id, &Particulars { name: "某队员".to_owned(), ..Particulars::default() })?;
        account::add(tx, id, "member", &hash, now)?;
        account::set_password(tx, id, &hash, ChosenBy::Owner, now)?;
        let tenure = Tenure {
            id: TenureId(Uuid::from_u128(0x3e)),
            person: id,
            role: TenureRole::TeamMember,
            division: village,
            batch: "2015".to_owned(),
            arrived: today,
            planned_end: add_days(today, 100),
            ended: None,
            reason: None,
        };
        tenure::put(tx, &tenure)?;
        grant::settle(tx, zhucun_core::clock::Moment::start_of(today)).map(|_| ())
    });
    made.expect("somebody new in the team");
}

#[test]
fn what_somebody_is_away_for_is_told_to_them_and_the_township_and_not_to_the_team() {
    let stage = Stage::new(1);
    join_team(stage.path(), &stage.town);
    let login = secretary_login(0);
    let day = |later: i64| add_days(stage.town.today, later).to_string();
    apply(&stage, "leave", &leave(&[[&login, "sick", &day(1), &day(2), "county"]]));
    let tells = |login: &str, seed: u64| {
        let device = stage.device(seed, login);
        let rows = device.disk().values().map(|row| String::from_utf8_lossy(row).into_owned()).collect::<String>();
        let View::Year(year) = device.view(&Query::Year { tenure: Some(stage.town.tenure(0)) }) else {
            panic!("{login} may see the year")
        };
        let cells = year.rows.into_iter().flat_map(|row| row.cells);
        let kinds: BTreeSet<LeaveKind> = cells.flat_map(|cell| cell.leaves).map(|view| view.leave.kind).collect();
        (kinds, rows.contains("\"sick\""))
    };
    assert_eq!(tells(&login, 1), ([LeaveKind::Sick].into(), true));
    assert_eq!(tells(&reviewer_login(0), 2), ([LeaveKind::Sick].into(), true));
    assert_eq!(tells("member", 3), ([LeaveKind::Other].into(), false), "nowhere on the phone");
}

#[test]
fn the_township_approves_three_days_of_leave_and_the_county_more() {
    let stage = Stage::new(1);
    let (login, reviewer) = (secretary_login(0), reviewer_login(0));
    let today = stage.town.today;
    let day = |later: i64| add_days(today, later).to_string();
    let of = |last: i64, by: &str| leave(&[[&login, "sick", &day(10), &day(last), by]]);
    assert!(import(&stage, "leave", &of(12, &reviewer), &[]).0, "three days");
    let (fine, said) = import(&stage, "leave", &of(13, &reviewer), &[]);
    assert!(!fine && said.contains("4 days: the county decides here"), "{said}");
    assert!(import(&stage, "leave", &of(13, "county"), &[]).0);
}

#[test]
fn who_decides_about_leave_and_duties_stands_over_the_village() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let login = secretary_login(0);
    let secretary = stage.device(1, &login);
    let day = add_days(stage.town.today, 10).to_string();
    let period = weeks_ahead(&secretary, stage.town.today)[0].duty.period.clone();
    for (by, may) in [(reviewer_login(0), true), (reviewer_login(1), false), ("county".to_owned(), true)] {
        let away = leave(&[[&login, "sick", &day, &day, &by]]);
        let excused = excusals(&[[&login, "visit", &period, "other", &by, "停电", ""]]);
        for (what, table) in [("leave", away), ("excusals", excused)] {
            let (fine, said) = import(&stage, what, &table, &[]);
            assert!(fine == may && (may || said.contains("does not stand for it over")), "{by}: {said}");
        }
    }
}

#[test]
fn a_leave_that_cannot_be_is_refused_with_its_line_and_why() {
    let stage = Stage::new(1);
    let login = secretary_login(0);
    let day = |later: i64| add_days(stage.town.today, later).to_string();
    apply(&stage, "leave", &leave(&[[&login, "sick", &day(1), &day(2), ""]]));
    for (rows, names) in [
        ([&login, "sick", &day(2), &day(1), ""], "line 2, column to: this lies before the first day"),
        ([&login, "moon", &day(3), &day(3), ""], "“moon” is no kind of leave"),
        ([&login, "sick", &day(3), &day(3), "nobody"], "no account has the login nobody"),
        ([&login, "sick", &day(3), &day(3), &login], "does not stand for it"),
        ([&login, "sick", &day(2), &day(3), ""], "is away from"),
        (["county", "sick", &day(3), &day(3), ""], "county is posted to no village"),
        ([&login, "sick", &day(400), &day(400), ""], "is posted to no village on"),
    ] {
        let (fine, said) = import(&stage, "leave", &leave(&[rows]), &["--apply"]);
        assert!(!fine && said.contains(names) && said.contains("nothing was written"), "{rows:?}: {said}");
    }
    let twice = leave(&[[&login, "sick", &day(5), &day(6), ""], [&login, "sick", &day(5), &day(7), ""]]);
    assert!(!import(&stage, "leave", &twice, &[]).0, "twice in one table");
}

#[test]
fn an_excusal_takes_one_duty_out_with_its_reason_until_it_is_taken_back() {
    let stage = Stage::new(1);
    let (login, reviewer) = (secretary_login(0), reviewer_login(0));
    let mut secretary = stage.device(1, &login);
    let first = weeks_ahead(&secretary, stage.town.today)[0].duty.period.clone();
    let row = [&login, "入户调研", &first, "few_days", &reviewer, "只剩一天", ""];
    apply(&stage, "excusals", &excusals(&[row]));
    secretary.sync_fully();
    let cell = week(&secretary, &first);
    assert_eq!((cell.state, cell.duty.reason), (DutyState::NotOwed, DutyReason::Excused));
    let excusal = cell.excusal.expect("the reason stays visible");
    assert_eq!((excusal.note.as_str(), excusal.by.as_str()), ("只剩一天", "某1000000"));
    let mut back = row;
    back[6] = "是";
    apply(&stage, "excusals", &excusals(&[back]));
    secretary.sync_fully();
    assert_eq!(week(&secretary, &first).duty.reason, DutyReason::Owed);
    assert_eq!(week(&secretary, &first).excusal, None);
}

#[test]
fn the_township_excuses_three_weeks_in_a_row_and_the_county_more() {
    let stage = Stage::new(1);
    let (login, reviewer) = (secretary_login(0), reviewer_login(0));
    let secretary = stage.device(1, &login);
    let ahead = |cell: &AccountView| cell.duty.from > stage.town.today;
    let cells = cells(&secretary, EntryKind::Visit).into_iter().filter(ahead);
    let weeks: Vec<String> = cells.map(|cell| cell.duty.period).collect();
    let rows = |count: usize, by: &'static str| {
        let rows: Vec<String> =
            weeks[..count].iter().map(|week| format!("{login},visit,{week},emergency,{by}")).collect();
        format!("login,duty,period,basis,by\n{}\n", rows.join("\n"))
    };
    assert_eq!(reviewer, "reviewer0");
    assert!(import(&stage, "excusals", &rows(3, "reviewer0"), &[]).0);
    let (fine, said) = import(&stage, "excusals", &rows(4, "reviewer0"), &[]);
    assert!(!fine && said.contains("line 5, column by: the county decides here"), "{said}");
    apply(&stage, "excusals", &rows(3, "reviewer0"));
    let (fine, said) = import(&stage, "excusals", &rows(4, "reviewer0"), &[]);
    assert!(!fine && said.contains("the county decides here"), "those that stand are counted too: {said}");
    assert!(import(&stage, "excusals", &rows(4, "county"), &[]).0);
    for (row, names) in [
        (format!("{login},visit,1999-W01,other,county"), "has no period “1999-W01”"),
        (format!("{login},poem,{},other,county", weeks[0]), "“poem” is no duty"),
        (format!("{login},visit,{},whim,county", weeks[0]), "“whim” is no basis"),
        (format!("{login},visit,{},other,{login}", weeks[0]), "does not stand for it"),
    ] {
        let (fine, said) = import(&stage, "excusals", &format!("login,duty,period,basis,by\n{row}\n"), &[]);
        assert!(!fine && said.contains(names), "{row}: {said}");
    }
}
