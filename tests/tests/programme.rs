//! The measures 2 to 8 against the real server: recorded on the phones of townships and at desks, counted once, told upwards,
//! and each number opens what it was counted from.
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use serde_json::{Value, json};
use zhucun_core::clock::add_days;
use zhucun_core::contract::{Command, Outcome, Query, View};
use zhucun_core::division::DivisionCode;
use zhucun_core::entry::Fields;
use zhucun_core::field::FieldValue;
use zhucun_core::programme::RecordKind;
use zhucun_tests::device::Device;
use zhucun_tests::office::converted;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{TOWNSHIP_VILLAGES, reviewer_login, secretary_login};

const COUNTY: &str = "629901";
const CITY: &str = "6299";

fn township(at: usize) -> DivisionCode {
    format!("629901{}", 100 + at).parse().expect("a township")
}

fn today(stage: &Stage) -> String {
    stage.town.today.to_string()
}

fn year(stage: &Stage) -> i16 {
    stage.town.today.year()
}

/// Marks the first so many villages as poor, from long ago.
fn mark_poor(stage: &Stage, villages: usize) {
    let rows: String = stage.town.villages[..villages].iter().map(|code| format!("{code},2014-01-01,\n")).collect();
    let file = stage.path().join("poor.csv");
    std::fs::write(&file, format!("code,from,to\n{rows}")).expect("a table");
    stage.zhucun(&["import", "poor-villages", file.to_str().expect("a path")]);
}

fn form(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value))).collect()
}

fn session(stage: &Stage, programme: &str, names: usize) -> Fields {
    let names: Vec<String> = (1..=names).map(|number| format!("学员{number} 某村")).collect();
    let day = today(stage);
    let pairs =
        [("programme", programme), ("course", "果树修剪"), ("organiser", "县农广校"), ("from", &day), ("to", &day)];
    let mut form = form(&pairs);
    form.insert("attendants".to_owned(), names.join("\n").into());
    form
}

fn record(device: &mut Device, unit: DivisionCode, kind: RecordKind, fields: Fields) -> Outcome {
    device.tell(Command::WriteRecord { unit, record: None, kind, fields })
}

fn done(outcome: Outcome) {
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
}

/// A command at a desk, under an id of the page.
fn at_desk(stage: &Stage, login: &str, unit: &str, id: u128, kind: &str, fields: Value) -> (u16, Value) {
    let record = uuid::Uuid::from_u128(id);
    let command = json!({ "do": "write_record", "unit": unit, "record": record, "kind": kind, "fields": fields });
    stage.desk(login, "POST", "/api/v1/programme/commands", &command)
}

fn written(stage: &Stage, login: &str, unit: &str, id: u128, kind: &str, fields: Value) {
    let (status, outcome) = at_desk(stage, login, unit, id, kind, fields);
    assert_eq!((status, &outcome["outcome"]), (200, &json!("done")), "{outcome}");
}

fn progress(stage: &Stage, login: &str, unit: &str, indicator: &str) -> Value {
    let path = format!("/api/v1/programme/progress?division={unit}&year={}", year(stage));
    let (status, rows) = stage.desk(login, "GET", &path, &Value::Null);
    assert_eq!(status, 200, "{rows}");
    let rows = rows.as_array().expect("rows").clone();
    rows.into_iter().find(|row| row["indicator"] == indicator).expect("the indicator is told")
}

fn counted(stage: &Stage, login: &str, unit: &str, indicator: &str) -> Vec<Value> {
    let path = format!("/api/v1/programme/counted?division={unit}&year={}&indicator={indicator}", year(stage));
    let (status, rows) = stage.desk(login, "GET", &path, &Value::Null);
    assert_eq!(status, 200, "{rows}");
    rows.as_array().expect("rows").clone()
}

#[test]
fn a_session_of_forty_entered_offline_at_a_township_is_in_the_citys_table_and_opens_from_it() {
    let stage = Stage::new(1);
    let mut reviewer = stage.device(1, &reviewer_login(0));
    reviewer.set_online(false);
    done(record(&mut reviewer, township(0), RecordKind::Session, session(&stage, "practical", 40)));
    reviewer.reopen();
    reviewer.set_online(true);
    reviewer.sync_fully();
    for (login, unit) in [("city", CITY), ("county", COUNTY), (reviewer_login(0).as_str(), "629901100")] {
        let row = progress(&stage, login, unit, "practical");
        assert_eq!(row["current"], json!({ "number": 40, "of": null, "poor": 0 }), "{login}");
        assert_eq!((&row["measure"], &row["unit"]), (&json!(5), &json!("person_time")));
        let rows = counted(&stage, login, unit, "practical");
        assert_eq!(rows.len(), 1);
        assert_eq!((&rows[0]["title"], &rows[0]["amount"]), (&json!("果树修剪"), &json!(40)), "{login}");
        // Who attended is nobody's business above.
        assert!(!rows[0].to_string().contains("学员"), "{}", rows[0]);
    }
    let check = stage.zhucun(&["check"]);
    assert!(check.contains("read model: ok"), "{check}");
}

#[test]
fn a_county_records_at_its_desk_and_what_is_sent_twice_is_one() {
    let stage = Stage::new(1);
    let leader = json!({ "full_name": "张小明", "place": stage.town.villages[0], "skill": "craft", "certified_on": today(&stage) });
    for _ in 0..2 {
        written(&stage, "county", COUNTY, 7, "leader", leader.clone());
    }
    written(&stage, "county", COUNTY, 7, "leader", json!({ "basis": "县人社局发证" }));
    let path = format!("/api/v1/programme/records?division={COUNTY}");
    let (_, own) = stage.desk("county", "GET", &path, &Value::Null);
    assert_eq!(own["records"].as_array().map(Vec::len), Some(1));
    let id = &own["records"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/programme/record?division={COUNTY}&kind=leader&record={id}");
    let (status, one) = stage.desk("county", "GET", &path, &Value::Null);
    assert_eq!((status, &one["fields"]["basis"]["value"]), (200, &json!("县人社局发证")), "{one}");
    assert_eq!(
        (&one["fields"]["full_name"]["by"], one["history"].as_array().map(Vec::len)),
        (&json!("某2000000"), Some(2))
    );
    // A villager's name is masked above the township, and told in it.
    assert_eq!(counted(&stage, "county", COUNTY, "leaders")[0]["title"], "张*明");
    assert_eq!(counted(&stage, &reviewer_login(0), "629901100", "leaders")[0]["title"], "张小明");
    assert_eq!(progress(&stage, "city", CITY, "leaders")["current"]["number"], 1);
    let void = json!({ "do": "void_record", "unit": COUNTY, "record": id, "reason": "重复" });
    let (status, outcome) = stage.desk("county", "POST", "/api/v1/programme/commands", &void);
    assert_eq!((status, &outcome["outcome"]), (200, &json!("done")));
    assert_eq!(progress(&stage, "city", CITY, "leaders")["current"]["number"], 0);
    let check = stage.zhucun(&["check"]);
    assert!(check.contains("read model: ok"), "{check}");
}

#[test]
fn what_is_wrong_at_a_desk_is_said_field_by_field_and_nothing_is_written() {
    let stage = Stage::new(1);
    let (status, outcome) =
        at_desk(&stage, "county", COUNTY, 7, "leader", json!({ "full_name": "张小明", "place": "629902" }));
    assert_eq!((status, &outcome["refusal"]["code"]), (200, &json!("fields")), "{outcome}");
    let path = format!("/api/v1/programme/records?division={COUNTY}");
    assert_eq!(stage.desk("county", "GET", &path, &Value::Null).1["records"], json!([]));
    for (login, unit) in
        [("county", CITY), ("county", "629901100"), ("city", COUNTY), (&*reviewer_login(0), "629901100")]
    {
        let (status, problem) = at_desk(&stage, login, unit, 8, "leader", json!({}));
        assert_eq!((status, &problem["code"]), (403, &json!("outside_scope")), "{login} {unit}");
        let path = format!("/api/v1/programme/records?division={unit}");
        assert_eq!(stage.desk(login, "GET", &path, &Value::Null).0, 403, "{login} {unit}");
    }
    for (path, status) in [
        (format!("/api/v1/programme/progress?division={CITY}&year=2015"), 403),
        (format!("/api/v1/programme/progress?division={COUNTY}&year=1999"), 400),
        (format!("/api/v1/programme/progress?division={COUNTY}&year=2000"), 200),
        (format!("/api/v1/programme/progress?division={COUNTY}&year=2100"), 200),
        (format!("/api/v1/programme/progress?division={COUNTY}&year=2101"), 400),
        (format!("/api/v1/programme/counted?division={COUNTY}&year=2015&indicator=mood"), 400),
        (format!("/api/v1/programme/counted?division={CITY}&year=2015&indicator=skill"), 403),
    ] {
        assert_eq!(stage.desk("county", "GET", &path, &Value::Null).0, status, "{path}");
    }
}

#[test]
fn a_figure_stands_only_where_its_unit_has_no_records_and_never_beside_another() {
    let stage = Stage::new(1);
    let month = &today(&stage)[..7];
    let figure = |value: i64| json!({ "indicator": "practical", "first_month": month, "last_month": month, "value": value, "source": "报表" });
    written(&stage, "county", COUNTY, 1, "figure", figure(300));
    let (_, outcome) = at_desk(&stage, "county", COUNTY, 2, "figure", figure(200));
    assert_eq!(outcome["refusal"]["errors"], json!([{ "field": "indicator", "fault": "figure_exists" }]));
    // The township's own records are beside it: each unit says what it did itself.
    let mut reviewer = stage.device(1, &reviewer_login(0));
    done(record(&mut reviewer, township(0), RecordKind::Session, session(&stage, "practical", 40)));
    reviewer.sync_fully();
    assert_eq!(progress(&stage, "city", CITY, "practical")["current"]["number"], 340);
    let session = json!({
        "programme": "practical", "course": "养羊", "organiser": "县畜牧局", "from": today(&stage), "to": today(&stage),
        "people": 25, "from_poor": 20,
    });
    written(&stage, "county", COUNTY, 3, "session", session);
    let row = progress(&stage, "city", CITY, "practical");
    assert_eq!(row["current"], json!({ "number": 65, "of": null, "poor": 20 }), "records are counted, not typed in");
    let amounts: Vec<i64> =
        counted(&stage, "city", CITY, "practical").iter().filter_map(|row| row["amount"].as_i64()).collect();
    assert_eq!(amounts.iter().sum::<i64>(), 65, "a number opens what it was counted from");
}

#[test]
fn a_target_is_measured_against_by_year_or_over_all_its_years() {
    let stage = Stage::new(1);
    let this = year(&stage);
    let target = |indicator: &str, first: i16, per: &str, value: i64| json!({ "indicator": indicator, "first_year": first, "last_year": this + 2, "per": per, "value": value, "basis": "方案" });
    written(&stage, "city", CITY, 1, "target", target("leaders", this, "whole", 2000));
    written(&stage, "city", CITY, 2, "target", target("skill", this, "year", 1000));
    let leader = |day: String| json!({ "full_name": "张小明", "place": COUNTY, "skill": "craft", "certified_on": day });
    written(&stage, "county", COUNTY, 3, "leader", leader(today(&stage)));
    // Before the first year of the target.
    written(&stage, "county", COUNTY, 4, "leader", leader(format!("{}-12-31", this - 1)));
    let row = progress(&stage, "city", CITY, "leaders");
    let expected = json!({ "value": 2000, "first_year": this, "last_year": this + 2, "each_year": false });
    assert_eq!(row["target"], expected);
    assert_eq!((&row["current"]["number"], &row["cumulative"]["number"]), (&json!(1), &json!(1)));
    // The county set none, so it counts from its first record on.
    let row = progress(&stage, "county", COUNTY, "leaders");
    assert_eq!((&row["target"], &row["cumulative"]["number"]), (&Value::Null, &json!(2)));
    assert_eq!(progress(&stage, "city", CITY, "skill")["target"]["each_year"], true);
    let (_, outcome) = at_desk(&stage, "county", COUNTY, 5, "target", target("leaders", 1999, "whole", 1));
    assert_eq!(outcome["refusal"]["errors"][0]["field"], "first_year");
}

#[test]
fn coverage_is_of_poor_villages_and_of_townships_that_hold_one() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    // Both of the second township's villages would be one too many: one village there, not poor.
    mark_poor(&stage, 3);
    let villages = &stage.town.villages;
    let mut reviewer = stage.device(1, &reviewer_login(0));
    let since = add_days(stage.town.today, -30).to_string();
    let head = [
        ("full_name", "李农艺"),
        ("job_title", "senior"),
        ("from_unit", "市农科院"),
        ("place", "629901100"),
        ("arrived", &since),
    ];
    assert_eq!(
        progress(&stage, "county", COUNTY, "science_heads")["current"],
        json!({ "number": 0, "of": 1, "poor": null })
    );
    let mut fields = form(&head);
    fields.insert("techniques".to_owned(), 3.into());
    done(record(&mut reviewer, township(0), RecordKind::ScienceHead, fields));
    for (name, place) in [("赵一", villages[0]), ("钱二", villages[0]), ("孙三", villages[5])] {
        let place = place.to_string();
        let official = [("full_name", name), ("official", "village_official"), ("place", &place), ("arrived", &since)];
        done(record(&mut reviewer, township(0), RecordKind::VillageOfficial, form(&official)));
    }
    let day = today(&stage);
    let trained = format!("{} {}", villages[0], villages[5]);
    let session = [
        ("programme", "village_secretaries"),
        ("course", "带富能力"),
        ("organiser", "县委党校"),
        ("from", day.as_str()),
        ("to", &day),
        ("villages", &trained),
    ];
    done(record(&mut reviewer, township(0), RecordKind::Session, form(&session)));
    reviewer.sync_fully();
    let of = |indicator: &str| progress(&stage, "county", COUNTY, indicator)["current"].clone();
    assert_eq!(of("science_heads"), json!({ "number": 1, "of": 1, "poor": null }));
    let techniques = progress(&stage, "county", COUNTY, "techniques");
    assert_eq!((&techniques["current"], &techniques["cumulative"]["number"]), (&Value::Null, &json!(3)));
    assert_eq!(of("officials_cover"), json!({ "number": 1, "of": 3, "poor": null }));
    assert_eq!(of("officials_poor"), json!({ "number": 2, "of": 3, "poor": null }));
    assert_eq!(of("secretaries_trained"), json!({ "number": 1, "of": 3, "poor": null }));
    assert_eq!(counted(&stage, "county", COUNTY, "science_heads")[0]["title"], "李农艺");
    assert_eq!(
        of("in_post"),
        json!({ "number": 3, "of": 3, "poor": null }),
        "villages that are poor, and who is there"
    );
    // The seven ones are those of the roll-up.
    let (_, rows) = stage.desk("county", "GET", &format!("/api/v1/roll-up?division={COUNTY}"), &Value::Null);
    let owed: i64 = rows.as_array().expect("rows").iter().filter_map(|row| row["duties"][0]["owed"].as_i64()).sum();
    assert_eq!(progress(&stage, "county", COUNTY, "visit")["cumulative"]["of"], json!(owed));
    // Of a year that is over nobody's present tenure is told.
    let before = format!("/api/v1/programme/progress?division={COUNTY}&year={}", year(&stage) - 1);
    let (_, rows) = stage.desk("county", "GET", &before, &Value::Null);
    let visit =
        rows.as_array().expect("rows").iter().find(|row| row["indicator"] == "visit").expect("it is told").clone();
    assert_eq!((&visit["current"], &visit["cumulative"]), (&Value::Null, &Value::Null));
    for indicator in ["science_heads", "officials_cover", "officials_poor", "secretaries_trained"] {
        let rows = counted(&stage, "county", COUNTY, indicator);
        let sum: i64 = rows.iter().filter_map(|row| row["amount"].as_i64()).sum();
        assert_eq!(json!(sum), of(indicator)["number"], "{indicator}: a number opens what it was counted from");
    }
}

#[test]
fn persons_are_counted_once_however_often_they_were_trained() {
    let stage = Stage::new(1);
    let mut reviewer = stage.device(1, &reviewer_login(0));
    for names in [10, 12] {
        done(record(&mut reviewer, township(0), RecordKind::Session, session(&stage, "cadre_rotation", names)));
    }
    reviewer.sync_fully();
    let month = &today(&stage)[..7];
    let roster = json!({ "indicator": "cadre_roster", "first_month": month, "last_month": month, "value": 300, "source": "花名册" });
    written(&stage, "county", COUNTY, 1, "figure", roster);
    let row = progress(&stage, "county", COUNTY, "rotation");
    assert_eq!(row["current"], json!({ "number": 12, "of": 300, "poor": null }));
    let amounts: Vec<i64> =
        counted(&stage, "county", COUNTY, "rotation").iter().filter_map(|row| row["amount"].as_i64()).collect();
    assert_eq!(amounts.iter().sum::<i64>(), 12, "whoever came twice is counted where they came first");
    // The township's own number of the roster is part of the county's.
    let own =
        form(&[("indicator", "cadre_roster"), ("first_month", month), ("last_month", month), ("source", "花名册")]);
    let own = own.into_iter().chain([("value".to_owned(), FieldValue::from(20))]).collect();
    done(record(&mut reviewer, township(0), RecordKind::Figure, own));
    reviewer.sync_fully();
    assert_eq!(progress(&stage, "county", COUNTY, "rotation")["current"]["of"], 300);
    assert_eq!(progress(&stage, "county", "629901100", "rotation")["current"]["of"], 20);
}

#[test]
fn a_record_under_an_id_of_another_unit_is_another_record() {
    let stage = Stage::new(1);
    let mut reviewer = stage.device(1, &reviewer_login(0));
    done(record(&mut reviewer, township(0), RecordKind::Session, session(&stage, "practical", 40)));
    reviewer.sync_fully();
    let id = counted(&stage, "county", COUNTY, "practical")[0]["record"].as_str().expect("an id").to_owned();
    let fields = json!({
        "full_name": "张小明", "place": stage.town.villages[0], "skill": "craft", "certified_on": today(&stage),
    });
    let command = json!({ "do": "write_record", "unit": COUNTY, "record": id, "kind": "leader", "fields": fields });
    assert_eq!(stage.desk("county", "POST", "/api/v1/programme/commands", &command).1["outcome"], "done");
    assert_eq!(progress(&stage, "city", CITY, "practical")["current"]["number"], 40);
    assert_eq!(progress(&stage, "city", CITY, "leaders")["current"]["number"], 1);
    // And a record stays of its kind.
    let fields = json!({ "programme": "practical" });
    let command = json!({ "do": "write_record", "unit": COUNTY, "record": id, "kind": "session", "fields": fields });
    let (_, outcome) = stage.desk("county", "POST", "/api/v1/programme/commands", &command);
    assert_eq!(outcome["refusal"]["errors"], json!([{ "field": "kind", "fault": "unknown_choice" }]));
    let check = stage.zhucun(&["check"]);
    assert!(check.contains("read model: ok"), "{check}");
}

#[test]
fn a_programme_is_on_the_phones_of_its_township_and_nowhere_else_and_survives_a_restore() {
    let mut stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut reviewer = stage.device(1, &reviewer_login(0));
    let past = stage.past(&mut [&mut reviewer]);
    done(record(&mut reviewer, township(0), RecordKind::Session, session(&stage, "practical", 40)));
    reviewer.sync_fully();
    let mut other = stage.device(2, &reviewer_login(1));
    let mut secretary = stage.device(3, &secretary_login(0));
    let mut second = stage.device(4, &reviewer_login(0));
    let seen = |device: &Device| match device.view(&Query::Programme { unit: township(0) }) {
        View::Programme(view) => Some(view.records.len()),
        _ => None,
    };
    assert_eq!([&reviewer, &other, &secretary, &second].map(seen), [Some(1), None, None, Some(1)]);
    stage.go_back_to(&past, &mut [&mut reviewer, &mut other, &mut secretary, &mut second]);
    assert_eq!(progress(&stage, "city", CITY, "practical")["current"]["number"], 0);
    reviewer.sync_fully();
    assert_eq!(progress(&stage, "city", CITY, "practical")["current"]["number"], 40, "the phone gave it back");
    let check = stage.zhucun(&["check"]);
    assert!(check.contains("read model: ok"), "{check}");
}

/// The rows of a table as another program reads them, without its title and its note.
fn sheet(stage: &Stage, login: &str, path: &str) -> Vec<Vec<String>> {
    let (status, file) = stage.desk_bytes(login, "GET", &format!("/api/v1/exports/{path}"), &Value::Null);
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&file));
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file.clone())).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("a sheet that can be read");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path().join("table.xlsx");
    std::fs::write(&at, file).expect("a file of the test");
    assert!(converted(&at, "pdf", "pdf").starts_with(b"%PDF"), "{path}");
    range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
}

/// The row that has these words in a cell.
fn row_of<'a>(rows: &'a [Vec<String>], words: &str) -> &'a [String] {
    rows.iter().find(|row| row.iter().any(|cell| cell == words)).unwrap_or_else(|| panic!("{words}: {rows:?}"))
}

#[test]
fn the_tables_of_the_measures_say_the_numbers_of_the_screen_and_another_program_opens_them() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    mark_poor(&stage, 3);
    let (villages, day) = (&stage.town.villages, today(&stage));
    let mut reviewer = stage.device(1, &reviewer_login(0));
    done(record(&mut reviewer, township(0), RecordKind::Session, session(&stage, "practical", 40)));
    let trained = form(&[
        ("programme", "village_secretaries"),
        ("course", "带富能力"),
        ("organiser", "县委党校"),
        ("from", &day),
        ("to", &day),
        ("villages", &villages[1].to_string()),
    ]);
    done(record(&mut reviewer, township(0), RecordKind::Session, trained));
    let head = [("full_name", "李农艺"), ("job_title", "senior"), ("from_unit", "市农科院"), ("place", "629901100")];
    let mut fields = form(&head);
    fields.extend(form(&[("arrived", &day)]));
    fields.insert("techniques".to_owned(), 3.into());
    done(record(&mut reviewer, township(0), RecordKind::ScienceHead, fields));
    let place = villages[2].to_string();
    let official = [("full_name", "赵一"), ("official", "resident_cadre"), ("place", &place), ("arrived", &day)];
    done(record(&mut reviewer, township(0), RecordKind::VillageOfficial, form(&official)));
    reviewer.sync_fully();
    let own = json!({
        "programme": "practical", "course": "养羊", "organiser": "县畜牧局", "from": day, "to": day, "people": 25,
    });
    written(&stage, "county", COUNTY, 3, "session", own);

    let rows = sheet(&stage, "county", &format!("progress?inside={COUNTY}"));
    let practical = row_of(&rows, "农民实用技术培训");
    assert_eq!(practical[5], progress(&stage, "county", COUNTY, "practical")["current"]["number"].to_string());
    assert_eq!((practical[2].as_str(), practical[5].as_str()), ("人次", "65"));
    assert_eq!(&row_of(&rows, "书记参加轮训的贫困村")[5..7], ["1", "3"]);

    let rows = sheet(&stage, "county", &format!("training?inside={COUNTY}&year={}", year(&stage)));
    // Of seven kinds, each with sessions and attendance, practical training is the third.
    let practical = |row: &[String]| (row[6].clone(), row[7].clone());
    assert_eq!(practical(row_of(&rows, "单位629901100")), ("1".to_owned(), "40".to_owned()));
    assert_eq!(practical(row_of(&rows, "单位629901本级")), ("1".to_owned(), "25".to_owned()));
    assert_eq!(practical(row_of(&rows, "合计")), ("2".to_owned(), "65".to_owned()));

    let rows = sheet(&stage, "county", &format!("rotation?inside={COUNTY}"));
    let first = row_of(&rows, "单位629901100");
    assert_eq!(&first[2..5], ["3", "1", "1"]);
    assert_eq!(first[5], format!("单位{}、单位{}", villages[0], villages[2]));
    assert!(rows.iter().all(|row| row[0] != "单位629901101"), "no poor village there");

    let rows = sheet(&stage, "county", &format!("science-heads?inside={COUNTY}"));
    assert_eq!(&row_of(&rows, "李农艺")[3..7], ["3", "李农艺", "高级", "市农科院"]);
    assert_eq!(row_of(&rows, "李农艺")[9], "3");

    let rows = sheet(&stage, "county", &format!("officials?inside={COUNTY}"));
    assert_eq!(row_of(&rows, "赵一")[4], "驻村大学生干部");
    assert_eq!(row_of(&rows, &villages[0].to_string())[3], "—", "nobody is in post there");

    let exports = rusqlite::Connection::open(stage.path().join("zhucun.db")).expect("the database");
    let noted: i64 = exports
        .query_row("SELECT count(*) FROM audit WHERE action = 'export.made'", [], |row| row.get(0))
        .expect("the audit log");
    assert_eq!(noted, 5);
}
