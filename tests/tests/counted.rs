//! Each number of the roll-up opens the list that it counts: at every level, as long as the number says, by the order of
//! codes; and no list tells what anybody wrote or about whom.
use std::collections::BTreeSet;

use serde_json::{Value, json};
use zhucun_core::clock::add_days;
use zhucun_core::contract::{Command, Outcome};
use zhucun_core::duty::Rhythm;
use zhucun_core::entry::EntryKind;
use zhucun_core::excusal::ExcusalBasis;
use zhucun_core::id::IssueId;
use zhucun_tests::device::Device;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{TOWNSHIP_VILLAGES, reviewer_login, secretary_login};

/// What must not be read above the township.
const CANARY: &str = "只在本乡可见";

fn get(stage: &Stage, login: &str, path: &str) -> Value {
    let (status, body) = stage.desk(login, "GET", path, &Value::Null);
    assert_eq!(status, 200, "{login} {path}: {body}");
    assert!(!body.to_string().contains(CANARY), "{path}");
    body
}

fn rows(value: &Value) -> &Vec<Value> {
    value.as_array().expect("rows")
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().expect("a text")
}

fn number(row: &Value, name: &str) -> u64 {
    row[name].as_u64().expect("a number")
}

/// Raises so many issues with a lesson on a day.
fn raise(device: &mut Device, day: &str, count: usize) -> Vec<IssueId> {
    let fields = [("occurred_on", day), ("topic", CANARY)].map(|(name, text)| (name.to_owned(), text.into())).into();
    let entry = device.done(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None });
    let fields = [("category", "water"), ("text", CANARY), ("level", "township"), ("handler", CANARY)];
    let issues = (0..count).map(|_| device.raise(entry, &fields)).collect();
    device.done(Command::Record { entry });
    issues
}

fn amend(stage: &Stage, device: &mut Device, issue: IssueId, fields: &[(&str, &str)]) {
    let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect();
    let village = stage.town.villages[0];
    assert!(matches!(device.tell(Command::AmendIssue { village, issue, fields }), Outcome::Done { .. }));
}

/// Two townships. In the first, one secretary worked, wrote late and raised three issues, of which two came to an end and one of
/// those was opened again; all villages of it are poor.
fn lived() -> Stage {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let (poor, no_longer) = stage.town.villages.split_at(TOWNSHIP_VILLAGES);
    let poor = poor.iter().map(|code| format!("{code},2014-01-01,\n"));
    let no_longer = no_longer.iter().map(|code| format!("{code},2014-01-01,2015-12-31\n"));
    let file = stage.path().join("poor.csv");
    let lines: String = poor.chain(no_longer).collect();
    std::fs::write(&file, format!("code,from,to\n{lines}")).expect("a file of the test");
    stage.zhucun(&["import", "poor-villages", file.to_str().expect("a path")]);
    let mut secretary = stage.device(1, &secretary_login(0));
    let today = stage.town.today;
    let on = |days: i64| add_days(today, -days).to_string();
    let issues = raise(&mut secretary, &on(0), 3);
    amend(&stage, &mut secretary, issues[0], &[("state", "closed"), ("closed_on", &on(0)), ("outcome", CANARY)]);
    amend(&stage, &mut secretary, issues[1], &[("state", "explained"), ("closed_on", &on(0))]);
    secretary.sync_fully();
    amend(&stage, &mut secretary, issues[1], &[("state", "in_progress")]);
    for days in [5, 20] {
        secretary.record(EntryKind::Activity, &[("occurred_on", on(days).as_str().into()), ("theme", CANARY.into())]);
    }
    let gone =
        secretary.record(EntryKind::Lesson, &[("occurred_on", on(30).as_str().into()), ("topic", CANARY.into())]);
    secretary.done(Command::Withdraw { entry: gone, text: CANARY.to_owned() });
    secretary.sync_fully();
    help(&stage);
    excuse(&stage);
    stage
}

/// The secretary of the second village is in the team of the first one too, and writes there, late as well.
fn help(stage: &Stage) {
    let on = |days: i64| add_days(stage.town.today, -days).to_string();
    let (login, village, table) = (secretary_login(1), stage.town.villages[0], stage.path().join("team.csv"));
    let row = format!("{login},某2,team_member,{village},{},{}", on(100), on(-100));
    std::fs::write(&table, format!("login,name,role,division,arrived,planned_end\n{row}\n"))
        .expect("a file of the test");
    stage.zhucun(&["import", "roster", table.to_str().expect("a path"), "--apply"]);
    let mut member = stage.device(2, &login);
    for days in [0, 20] {
        member.record(EntryKind::Lesson, &[("occurred_on", on(days).as_str().into()), ("topic", CANARY.into())]);
    }
    member.sync_fully();
}

/// The township excuses a visit of the week before the last.
fn excuse(stage: &Stage) {
    let mut reviewer = stage.device(3, &reviewer_login(0));
    let day = add_days(stage.town.today, -14);
    let period = Rhythm::Week.period(day, day).name;
    let (tenure, kind, note) = (stage.town.tenure(0), EntryKind::Visit, CANARY.to_owned());
    let outcome = reviewer.tell(Command::Excuse { tenure, kind, period, basis: ExcusalBasis::Emergency, note });
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    reviewer.sync_fully();
}

/// Holds every number of every row of a roll-up against its list; gives the sums of those that entries and issues are listed for.
fn sums_of_lists(stage: &Stage, login: &str, of: &str) -> [usize; 4] {
    let mut sums = [0; 4];
    for row in rows(&get(stage, login, &format!("/api/v1/roll-up?division={of}"))) {
        let code = text(row, "code");
        let list = |name: &str| get(stage, login, &format!("/api/v1/roll-up/{name}division={code}"));
        let counted = |name: &str| number(row, name) as usize;
        assert_eq!(rows(&list("villages?")).len(), counted("poor_villages"), "{code}");
        let tenures = list("tenures?");
        let places: BTreeSet<&str> = rows(&tenures).iter().filter_map(|one| one["village"].as_str()).collect();
        assert_eq!(places.len(), counted("incumbents"), "{code}");
        for (at, figure) in rows(&row["duties"]).iter().enumerate() {
            for name in ["done", "owed", "excused"] {
                let sum: u64 = rows(&tenures).iter().map(|one| number(&one["duties"][at], name)).sum();
                assert_eq!(sum, number(figure, name), "{code} {figure}");
            }
        }
        let lists = [
            ("late", list("entries?number=late&")),
            ("awaiting_review", list("entries?number=awaiting_review&")),
            ("issues_open", list("issues?")),
            ("issues_ended", list("issues?ended=true&")),
        ];
        for (at, (name, found)) in lists.iter().enumerate() {
            assert_eq!((rows(&found["rows"]).len(), &found["more"]), (counted(name), &json!(false)), "{code} {name}");
            sums[at] += counted(name);
            assert!(rows(&found["rows"]).iter().all(|one| text(one, "village").starts_with(code)));
        }
    }
    sums
}

#[test]
fn each_number_of_the_roll_up_opens_the_list_that_it_counts() {
    let stage = lived();
    let reviewer = reviewer_login(0);
    for (login, of) in [("city", "6299"), ("county", "629901"), (&*reviewer, "629901100")] {
        assert_eq!(sums_of_lists(&stage, login, of), [2, 5, 2, 1], "{of}: late, awaiting, open, ended");
    }
    let duties = get(&stage, "county", "/api/v1/roll-up?division=629901")[0]["duties"].clone();
    let excused: u64 = rows(&duties).iter().map(|figure| number(figure, "excused")).sum();
    assert_eq!(excused, 1, "the week that the township excused");
    let open = get(&stage, "county", "/api/v1/roll-up/issues?division=629901");
    let closed: Vec<&Value> = rows(&open["rows"]).iter().map(|issue| &issue["closed_on"]).collect();
    assert_eq!(closed, [&Value::Null; 2], "one that was opened again has no end");
    let check = stage.zhucun(&["check"]);
    assert!(check.contains("read model: ok"), "{check}");

    // Of somebody who is no longer in post nothing is told as late, and what waits still waits.
    let ended = add_days(stage.town.today, -1).to_string();
    let connection = rusqlite::Connection::open(stage.path().join("zhucun.db")).expect("the database");
    let tenure = stage.town.tenure(0);
    connection
        .execute("UPDATE tenure SET ended = ?2, reason = 'recalled' WHERE id = ?1", (tenure.0, ended))
        .expect("an end");
    for of in ["6299", "629901", "629901100"] {
        assert_eq!(sums_of_lists(&stage, "city", of), [0, 5, 2, 1], "{of}");
    }
}

#[test]
fn a_figure_of_one_secretary_opens_its_periods() {
    let stage = lived();
    let tenures = get(&stage, "county", "/api/v1/roll-up/tenures?division=629901100");
    let first = &rows(&tenures)[0];
    let tenure = text(first, "tenure");
    for figure in rows(&first["duties"]) {
        let kind = text(figure, "kind");
        let of = get(&stage, "county", &format!("/api/v1/roll-up/periods?tenure={tenure}&kind={kind}"));
        let periods = rows(&of["periods"]);
        let count = |is_it: &dyn Fn(&Value) -> bool| periods.iter().filter(|one| is_it(one)).count() as u64;
        assert_eq!(Some(count(&|one| one["state"] == "done")), figure["done"].as_u64(), "{kind}: {of}");
        let has_days = |one: &Value| !rows(&one["days"]).is_empty();
        assert_eq!(count(&has_days), count(&|one| one["state"] == "done"), "{kind}: each with its days");
        // What is ahead is no part of the figure; an open one is, while nothing is done, only when it is over.
        assert!(figure["owed"].as_u64() <= Some(count(&|one| one["reason"] == "owed")), "{kind}");
    }
    let wrong =
        stage.desk("county", "GET", &format!("/api/v1/roll-up/periods?tenure={tenure}&kind=leave"), &Value::Null);
    assert_eq!(wrong.0, 400, "{}", wrong.1);
}

#[test]
fn a_list_is_read_page_by_page_and_nothing_is_left_out_or_told_twice() {
    let stage = Stage::new(2);
    for at in [0, 1] {
        let mut secretary = stage.device(at as u64 + 1, &secretary_login(at));
        // What is written later is about an earlier day.
        let day = |back: i64| add_days(stage.town.today, -back % 50).to_string();
        for back in 0..(if at == 0 { 21 } else { 2 }) {
            raise(&mut secretary, &day(back), 5);
        }
        for back in 0..(if at == 0 { 80 } else { 0 }) {
            secretary.record(EntryKind::Lesson, &[("occurred_on", (&*day(back)).into()), ("topic", CANARY.into())]);
        }
        secretary.sync_fully();
    }
    let read = |path: &str, day: &str| {
        let (mut pages, mut places, mut known) = (Vec::new(), Vec::new(), String::new());
        loop {
            let page = get(&stage, "county", &format!("/api/v1/roll-up/{path}division=629901{known}"));
            pages.push(rows(&page["rows"]).len());
            let place = |row: &Value| ["village", day, "id"].map(|name| text(row, name).to_owned());
            places.extend(rows(&page["rows"]).iter().map(place));
            assert!(places.is_sorted_by(|one, next| one < next), "{path}: by village, day and id, each once");
            if page["more"] == false {
                return pages;
            }
            let [village, day, id] = places.last().expect("a row");
            known = format!("&after_village={village}&after_day={day}&after={id}");
        }
    };
    // 21 × 5 + 2 × 5, and 21 + 80 + 2.
    let issues = read("issues?", "raised_on");
    assert_eq!(issues, [100, 15]);
    assert_eq!(read("entries?number=awaiting_review&", "occurred_on"), [100, 3]);
}

#[test]
fn whoever_may_not_read_the_figures_of_a_unit_opens_none_of_its_lists() {
    let stage = lived();
    let secretary = secretary_login(0);
    for (login, division) in [(&*secretary, "629901100"), ("county", "6299"), (&*reviewer_login(1), "629901100")] {
        for list in ["villages?", "tenures?", "entries?number=late&", "issues?"] {
            let path = format!("/api/v1/roll-up/{list}division={division}");
            assert_eq!(stage.desk(login, "GET", &path, &Value::Null).0, 403, "{login} {path}");
        }
    }
    let path = format!("/api/v1/roll-up/periods?tenure={}&kind=visit", stage.town.tenure(0));
    for login in [&*secretary, &*reviewer_login(1)] {
        assert_eq!(stage.desk(login, "GET", &path, &Value::Null).0, 403, "{login}");
    }
    let unknown = "/api/v1/roll-up/periods?tenure=01930000-0000-7000-8000-000000000000&kind=visit";
    assert_eq!(stage.desk("county", "GET", unknown, &Value::Null).0, 404);
    let wrong = stage.desk("county", "GET", "/api/v1/roll-up/entries?division=629901&number=all", &Value::Null);
    assert_eq!(wrong.0, 400, "{}", wrong.1);
}
