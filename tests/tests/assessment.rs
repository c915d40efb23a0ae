//! Assessments 考核 against the real server: what people typed stands as they typed it beside facts that the screen shows too,
//! nobody writes over what they have not read, and another program opens the form.
use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use serde_json::{Value, json};
use zhucun_core::clock::add_days;
use zhucun_core::contract::Command;
use zhucun_core::entry::EntryKind;
use zhucun_core::field::FieldValue;
use zhucun_core::id::EntryId;
use zhucun_tests::device::Device;
use zhucun_tests::office::converted;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{TOWNSHIP_VILLAGES, reviewer_login, secretary_login};

fn path(stage: &Stage, at: usize) -> String {
    format!("/api/v1/assessments/{}", stage.town.tenure(at))
}

fn sheet(stage: &Stage, login: &str, at: usize) -> Value {
    let (status, sheet) = stage.desk(login, "GET", &path(stage, at), &Value::Null);
    assert_eq!(status, 200, "{login}: {sheet}");
    sheet
}

/// One assessment of a sheet.
fn one(sheet: &Value, kind: &str) -> Value {
    let all = sheet["assessments"].as_array().expect("assessments");
    all.iter().find(|one| one["kind"] == kind).expect("the tenure has one").clone()
}

fn write(stage: &Stage, login: &str, of: &str, part: &str, body: &Value) -> (u16, Value) {
    stage.desk(login, "PUT", &format!("{}/{of}/{part}", path(stage, 0)), body)
}

fn opinion(number: u32, text: &str) -> Value {
    json!({ "number": number, "opinion": text, "votes": [12, 3, 0, 0] })
}

fn decision(number: u32, text: &str) -> Value {
    json!({ "number": number, "opinion": text, "grade": "competent", "credit": "yes" })
}

#[test]
fn what_township_and_county_write_of_a_term_stands_beside_the_facts_that_the_roll_up_counts() {
    let stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    stage.lesson(&mut secretary, "学习党章");
    secretary.sync_fully();
    let (reviewer, own) = (reviewer_login(0), secretary_login(0));
    assert_eq!(
        write(&stage, &reviewer, "term_end/term", "township", &opinion(0, "同意评为称职")),
        (200, json!({ "number": 1 }))
    );
    assert_eq!(
        write(&stage, "county", "term_end/term", "county", &decision(0, "同意乡镇意见")),
        (200, json!({ "number": 1 }))
    );
    let (_, rows) = stage.desk("county", "GET", "/api/v1/roll-up?division=629901100", &Value::Null);
    for login in [&own, &reviewer, "county", "city"] {
        let sheet = sheet(&stage, login, 0);
        let term = one(&sheet, "term_end");
        assert_eq!(term["duties"], rows[0]["duties"], "{login}");
        assert_eq!(
            (&term["township"]["opinion"], &term["township"]["votes"]),
            (&json!("同意评为称职"), &json!([12, 3, 0, 0]))
        );
        assert_eq!((&term["county"]["grade"], &term["county"]["credit"]), (&json!("competent"), &json!("yes")));
        let may = (&sheet["writes_township"], &sheet["writes_county"]);
        assert_eq!(may, (&json!(*login == reviewer), &json!(login == "county")), "{login}");
    }
    let lessons = |kind: &str| one(&sheet(&stage, "county", 0), kind)["duties"][1]["done"].as_i64();
    assert_eq!(lessons("term_end"), Some(1));
    let (_, list) = stage.desk("county", "GET", "/api/v1/assessments?division=629901", &Value::Null);
    assert_eq!(list[0]["grades"], json!([{ "kind": "term_end", "period": "term", "grade": "competent" }]));
    // The parts of a half and of a year are their own.
    assert_eq!(one(&sheet(&stage, "county", 0), "annual")["county"], Value::Null);
}

#[test]
fn the_figures_of_halves_add_up_to_those_of_the_term() {
    let stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    for days in [0, 40, 80, 120, 160] {
        let day = add_days(stage.town.today, -days).to_string();
        secretary.record(EntryKind::Activity, &[("occurred_on", day.as_str().into()), ("theme", "环境整治".into())]);
    }
    secretary.sync_fully();
    let sheet = sheet(&stage, "county", 0);
    let all = sheet["assessments"].as_array().expect("assessments");
    let sum = |kind: &str, at: usize, name: &str| -> i64 {
        let of_kind = all.iter().filter(|one| one["kind"] == kind);
        of_kind.map(|one| one["duties"][at][name].as_i64().expect("a figure")).sum()
    };
    for at in 0..EntryKind::DUTIES.len() {
        for name in ["owed", "done", "excused"] {
            // What ends after today is of a half that has not begun.
            let (halves, term) = (sum("half_year", at, name), sum("term_end", at, name));
            assert_eq!((halves, sum("annual", at, name)), (term, term), "{at} {name}");
        }
    }
    assert!(sum("term_end", 2, "owed") > 0);
}

#[test]
fn nobody_writes_over_what_they_have_not_read_and_what_was_written_is_kept() {
    let stage = Stage::new(1);
    let of = "term_end/term";
    assert_eq!(write(&stage, "county", of, "county", &decision(0, "第一稿")).0, 200);
    let (status, problem) = write(&stage, "county", of, "county", &decision(0, "没有看过第一稿"));
    assert_eq!((status, &problem["code"]), (409, &json!("version_changed")));
    assert_eq!(write(&stage, "county", of, "county", &decision(1, "第二稿")), (200, json!({ "number": 2 })));
    assert_eq!(one(&sheet(&stage, "county", 0), "term_end")["county"]["opinion"], "第二稿");
    let connection = rusqlite::Connection::open(stage.path().join("zhucun.db")).expect("the database");
    let kept: Vec<String> = connection
        .prepare("SELECT opinion FROM assessment_part ORDER BY number")
        .expect("a table")
        .query_map([], |row| row.get(0))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("texts");
    assert_eq!(kept, ["第一稿", "第二稿"]);
    let noted: i64 = connection
        .query_row("SELECT count(*) FROM audit WHERE action = 'assessment.written'", [], |row| row.get(0))
        .expect("the audit log");
    assert_eq!(noted, 2);
}

#[test]
fn each_office_writes_its_own_part_within_its_limits_and_its_scope() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let (of, reviewer, neighbour) = ("term_end/term", reviewer_login(0), reviewer_login(1));
    for (login, part, status) in [
        (&*reviewer, "county", 404),
        ("county", "township", 404),
        ("city", "county", 404),
        (&*secretary_login(0), "township", 404),
        (&*neighbour, "township", 404),
        (&*secretary_login(1), "township", 404),
    ] {
        let body = if part == "county" { decision(0, "越权") } else { opinion(0, "越权") };
        assert_eq!(write(&stage, login, of, part, &body).0, status, "{login} {part}");
    }
    for login in [&*neighbour, &*secretary_login(1)] {
        assert_eq!(stage.desk(login, "GET", &path(&stage, 0), &Value::Null).0, 404, "{login}");
    }
    for (of, body, status) in [
        ("term_end/term", decision(0, &"好".repeat(1000)), 200),
        ("term_end/term", decision(1, &"好".repeat(1001)), 400),
        ("term_end/term", json!({ "number": 1, "opinion": "", "grade": "very_good", "credit": null }), 400),
        ("term_end/2016", decision(0, "没有这一次"), 404),
        ("poem/term", decision(0, "没有这一种"), 404),
        ("annual/1999", json!({ "number": 0, "opinion": "不在任期", "grade": null, "credit": null }), 404),
    ] {
        assert_eq!(write(&stage, "county", of, "county", &body).0, status, "{of} {body}");
    }
    let year = stage.town.today.year();
    assert_eq!(write(&stage, "county", &format!("annual/{year}"), "county", &decision(0, "年度没有这一项")).0, 400);
    let votes = |count: u32| json!({ "number": 0, "opinion": "", "votes": [count, 0, 0, 0] });
    assert_eq!(write(&stage, &reviewer, of, "township", &votes(10_000)).0, 400);
    assert_eq!(write(&stage, &reviewer, of, "township", &votes(9_999)).0, 200);
    let outside = stage.desk("county", "GET", "/api/v1/assessments?division=6299", &Value::Null);
    assert_eq!((outside.0, &outside.1["code"]), (403, &json!("outside_scope")));
}

/// Says of a month how many days were spent in the village.
fn declare(stage: &Stage, secretary: &mut Device, months_ago: i64, days: u16) -> EntryId {
    let day = add_days(stage.town.today.first_of_month(), -28 * months_ago).to_string();
    let today = stage.town.today.to_string();
    let fields =
        [("month", FieldValue::from(&day[..7])), ("days", i64::from(days).into()), ("occurred_on", (&*today).into())];
    let entry = secretary.record(EntryKind::Presence, &fields);
    secretary.sync_fully();
    entry
}

#[test]
fn days_in_the_village_stand_beside_what_the_policy_asks_for_as_they_were_declared_and_confirmed() {
    let stage = Stage::new(1);
    let (mut secretary, mut reviewer) = (stage.device(1, &secretary_login(0)), stage.device(2, &reviewer_login(0)));
    let present = || one(&sheet(&stage, "county", 0), "term_end")["present"].clone();
    let nothing = present();
    let months = nothing["months"].as_u64().expect("a number");
    assert!((6..=7).contains(&months), "180 days: {nothing}");
    assert_eq!((&nothing["rule"], &nothing["asked_days"]), (&json!("a_month"), &json!(20)));
    assert_eq!((&nothing["declared_months"], &nothing["confirmed_days"]), (&json!(0), &json!(0)));

    let confirmed = declare(&stage, &mut secretary, 2, 24);
    declare(&stage, &mut secretary, 1, 19);
    // Said anew: the last one stands.
    declare(&stage, &mut secretary, 1, 21);
    reviewer.sync_fully();
    let version = reviewer.entry(confirmed).expect("the reviewer has it").version;
    reviewer.done(Command::Confirm { entry: confirmed, version, opinion: String::new() });
    reviewer.sync_fully();
    let (from, to) = (add_days(stage.town.today, -3), add_days(stage.town.today, -2));
    let file = stage.path().join("leave.csv");
    let line = format!("{},on_duty,{from},{to},county", secretary_login(0));
    std::fs::write(&file, format!("login,kind,from,to,approved_by\n{line}\n")).expect("a file of the test");
    stage.zhucun(&["import", "leave", file.to_str().expect("a path"), "--apply"]);
    let told = present();
    let of = |name: &str| told[name].as_u64().expect("a number");
    assert_eq!((of("declared_months"), of("declared_days")), (2, 45), "{told}");
    assert_eq!((of("confirmed_months"), of("confirmed_days"), of("counted_days")), (1, 24, 2), "{told}");

    let form = format!("{}/term_end/term/form", path(&stage, 0));
    let (_, bytes) = stage.desk_bytes("county", "GET", &form, &Value::Null);
    let file = stage.path().join("form.docx");
    std::fs::write(&file, bytes).expect("a file of the test");
    let text = String::from_utf8(converted(&file, "txt:Text (encoded):UTF8", "txt")).expect("UTF-8");
    let said = format!(
        "{months} 个月中报了 2 个月，共 45 天；乡镇确认 1 个月，共 24 天；视同在岗的外出 2 天。要求每月不少于 20 天。"
    );
    assert!(text.contains(&said), "{text}");

    let file = stage.path().join("policy.json");
    let policy = r#"{"version": 2, "valid_from": "2015-01-01", "presence": {"rule": "days_a_year", "days_min": 160}}"#;
    std::fs::write(&file, policy).expect("a file of the test");
    stage.zhucun(&["import", "policy", file.to_str().expect("a path"), "--apply"]);
    let told = present();
    assert_eq!((&told["rule"], &told["asked_days"]), (&json!("a_year"), &json!(160)));
}

#[test]
fn the_form_and_the_table_are_opened_by_another_program_and_say_what_the_screen_says() {
    let stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    stage.lesson(&mut secretary, "学习党章");
    secretary.sync_fully();
    let said = "该同志“工作扎实”<群众>&满意\n同意评为称职";
    write(&stage, &reviewer_login(0), "term_end/term", "township", &opinion(0, said));
    write(&stage, "county", "term_end/term", "county", &decision(0, "同意乡镇意见"));
    let form = format!("{}/term_end/term/form", path(&stage, 0));
    let (status, bytes) = stage.desk_bytes("county", "GET", &form, &Value::Null);
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("form.docx");
    std::fs::write(&file, bytes).expect("a file of the test");
    assert!(converted(&file, "pdf", "pdf").starts_with(b"%PDF"));
    let text = String::from_utf8(converted(&file, "txt:Text (encoded):UTF8", "txt")).expect("UTF-8");
    for words in ["第一书记期满考核登记表", "某1", "同意乡镇意见", "该同志“工作扎实”<群众>&满意", "同意评为称职", "可"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    // Each figure stands in a box of its own, in the order of the screen.
    let term = one(&sheet(&stage, "county", 0), "term_end");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for (name, label) in [("owed", "应完成"), ("excused", "免计")] {
        let at = lines.iter().position(|line| *line == label).expect("a row of figures");
        let figures = term["duties"].as_array().expect("figures").iter().map(|figure| figure[name].to_string());
        assert_eq!(lines[at + 1..][..7], figures.collect::<Vec<_>>(), "{label}");
    }
    let connection = rusqlite::Connection::open(stage.path().join("zhucun.db")).expect("the database");
    let noted: i64 = connection
        .query_row(
            "SELECT count(*) FROM audit WHERE action = 'export.made' AND subject = ?1",
            [stage.town.tenure(0).to_string()],
            |row| row.get(0),
        )
        .expect("the audit log");
    assert_eq!(noted, 1, "that it was made stands in the audit log");
    let missing = format!("{}/annual/1999/form", path(&stage, 0));
    assert_eq!(stage.desk("county", "GET", &missing, &Value::Null).0, 404);

    for (table, words) in
        [("assessments", ["考核结果汇总表", "称职", "12"]), ("postings", ["选派情况一览表", "某1", "2015"])]
    {
        let (status, bytes) =
            stage.desk_bytes("county", "GET", &format!("/api/v1/exports/{table}?inside=629901"), &Value::Null);
        assert_eq!(status, 200, "{table}");
        let mut book: Xlsx<_> = open_workbook_from_rs(std::io::Cursor::new(bytes)).expect("a workbook");
        let range = book.worksheet_range_at(0).expect("a sheet").expect("a sheet that can be read");
        let cells: Vec<String> = range.rows().flatten().map(Data::to_string).collect();
        for words in words {
            assert!(cells.iter().any(|cell| cell.contains(words)), "{table}: {words} in {cells:?}");
        }
    }
}
