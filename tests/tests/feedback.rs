//! Feedback 投诉建议 against the real server: what comes twice is one, its county owns and answers it, and who has no business
//! with it reads nothing.
use serde_json::{Value, json};
use uuid::Uuid;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{reviewer_login, secretary_login};

fn write(stage: &Stage, login: &str, id: u128, text: &str) -> (u16, Value) {
    let path = format!("/api/v1/feedback/{}", Uuid::from_u128(id));
    stage.desk(login, "PUT", &path, &json!({ "text": text, "written_ms": 1_456_000_000_000_i64 }))
}

fn reply(stage: &Stage, login: &str, id: u128, number: u32, text: &str) -> (u16, Value) {
    let path = format!("/api/v1/feedback/{}/reply", Uuid::from_u128(id));
    stage.desk(login, "POST", &path, &json!({ "number": number, "text": text }))
}

fn listed(stage: &Stage, login: &str, path: &str) -> Vec<Value> {
    let (status, list) = stage.desk(login, "GET", path, &Value::Null);
    assert_eq!(status, 200, "{login}: {list}");
    list.as_array().expect("a list").clone()
}

#[test]
fn what_is_written_comes_once_to_its_county_and_the_answer_comes_back() {
    let stage = Stage::new(1);
    let (secretary, reviewer) = (secretary_login(0), reviewer_login(0));
    for _ in 0..2 {
        assert_eq!(write(&stage, &secretary, 1, " 同一张表填了三遍 ").0, 204);
    }
    assert_eq!(write(&stage, &reviewer, 1, "别人的号").0, 404, "an id is of whoever used it first");
    let own = listed(&stage, &secretary, "/api/v1/feedback");
    assert_eq!((own.len(), &own[0]["text"], &own[0]["replies"]), (1, &json!("同一张表填了三遍"), &json!([])));
    assert_eq!(own[0]["owner_name"], "单位629901");
    let owned = listed(&stage, "county", "/api/v1/feedback-owned");
    assert_eq!((owned.len(), &owned[0]["by"]), (1, &json!("某1")));

    assert_eq!(reply(&stage, "county", 1, 0, "已请乡镇停止").0, 204);
    assert_eq!(reply(&stage, "county", 1, 0, "没有看过上一条").1["code"], "version_changed");
    assert_eq!(reply(&stage, "city", 1, 1, "市里已督办").0, 204);
    let own = listed(&stage, &secretary, "/api/v1/feedback");
    let texts: Vec<&Value> = own[0]["replies"].as_array().expect("replies").iter().map(|it| &it["text"]).collect();
    assert_eq!(texts, ["已请乡镇停止", "市里已督办"]);
}

#[test]
fn feedback_is_its_authors_and_its_owners_alone() {
    let stage = Stage::new(1);
    let (secretary, reviewer) = (secretary_login(0), reviewer_login(0));
    assert_eq!(write(&stage, &secretary, 1, "给县里的话").0, 204);
    assert_eq!(write(&stage, "county", 2, "给市里的话").0, 204);
    for login in [&*secretary, &*reviewer] {
        assert_eq!(stage.desk(login, "GET", "/api/v1/feedback-owned", &Value::Null).0, 404, "{login}");
        assert_eq!(reply(&stage, login, 1, 0, "不该我答").0, 404, "{login}");
    }
    assert_eq!(listed(&stage, &reviewer, "/api/v1/feedback"), Vec::<Value>::new());
    assert_eq!(listed(&stage, "county", "/api/v1/feedback-owned").len(), 1);
    assert_eq!(reply(&stage, "county", 2, 0, "自己答自己").0, 404, "what the county wrote is the city's to answer");
    assert_eq!(listed(&stage, "city", "/api/v1/feedback-owned").len(), 2);
    assert_eq!(reply(&stage, "city", 3, 0, "没有这一条").0, 404);
}

#[test]
fn words_and_what_waits_are_held_to_their_limits() {
    let stage = Stage::new(1);
    let secretary = secretary_login(0);
    assert_eq!(write(&stage, &secretary, 1, "  ").0, 400);
    assert_eq!(write(&stage, &secretary, 1, &"话".repeat(1001)).0, 400);
    assert_eq!(write(&stage, &secretary, 1, &"话".repeat(1000)).0, 204);
    assert_eq!(reply(&stage, "county", 1, 0, &"答".repeat(1001)).0, 400);
    for id in 2..=50 {
        assert_eq!(write(&stage, &secretary, id, "又一条").0, 204, "{id}");
    }
    let (status, problem) = write(&stage, &secretary, 51, "第五十一条");
    assert_eq!((status, &problem["code"]), (409, &json!("feedback_too_many")));
    assert_eq!(reply(&stage, "county", 1, 0, "答过一条").0, 204);
    assert_eq!(write(&stage, &secretary, 51, "第五十一条").0, 204);
    // What nobody has answered comes first.
    let owned = listed(&stage, "county", "/api/v1/feedback-owned");
    assert_eq!((owned.len(), &owned[50]["id"]), (51, &json!(Uuid::from_u128(1).to_string())));
}

#[test]
fn whose_posting_has_ended_is_heard_still() {
    let stage = Stage::new(1);
    let secretary = secretary_login(0);
    let connection = rusqlite::Connection::open(stage.path().join("zhucun.db")).expect("the database");
    let yesterday = zhucun_core::clock::add_days(stage.town.today, -1).to_string();
    connection.execute("UPDATE tenure SET ended = ?1, reason = 'completed'", [&yesterday]).expect("an end");
    assert_eq!(write(&stage, &secretary, 1, "任满之后的话").0, 204);
    assert_eq!(listed(&stage, "county", "/api/v1/feedback-owned")[0]["text"], "任满之后的话");
}
