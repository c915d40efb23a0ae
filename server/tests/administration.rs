//! Laws of administration: an administrator finds the people of their division and nobody else, locks and unlocks accounts
//! and shuts out devices of whom they stand above, and each deed is in the audit log.
mod rig;

use calamine::Reader;
use rig::{DAY_MS, PASSWORD, Rig, device_id};
use serde_json::{Value, json};
use zhucun_server::import::roster;
use zhucun_server::store::Trouble;

/// Takes in rows of a roster; newcomers can sign in with what is handed out.
fn take(rig: &mut Rig, table: &str) {
    let rows = roster::read(table.as_bytes()).expect("a roster");
    let plan = rig.app.store.read_sync(move |connection| roster::plan(connection, &rows));
    let plan = plan.expect("a read").expect("a plan");
    let handed = roster::first_passwords(plan.newcomers(), &rig.app.powers);
    rig.first_passwords.extend(handed.iter().map(|first| (first.login.clone(), first.password.clone())));
    let powers = rig.app.powers.clone();
    let applied: Result<_, Trouble> = rig.app.store.write_sync(move |tx| roster::apply(tx, &plan, &handed, &powers));
    applied.expect("it is written");
}

fn found(rig: &Rig, token: &str, asked: &str) -> Vec<String> {
    let answer = rig.get(&format!("/api/v1/people?{asked}"), token);
    assert_eq!(answer.status, 200, "{asked}: {}", answer.json);
    let people = answer.json["people"].as_array().expect("a list").clone();
    people.iter().map(|one| one["login"].as_str().expect("a login").to_owned()).collect()
}

fn cells(workbook: &[u8]) -> Vec<Vec<String>> {
    let book: Result<calamine::Xlsx<_>, _> = calamine::open_workbook_from_rs(std::io::Cursor::new(workbook));
    let sheet = book.expect("a workbook").worksheet_range_at(0).expect("a sheet").expect("its cells");
    sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

const COUNTY_ADMIN: &str = "login,name,role,division,arrived\nkeeper,郑某,administrator,621022,2014-01-01\n";

#[test]
fn people_are_found_by_name_login_or_unit_inside_ones_division_and_by_nobody_else() {
    let mut rig = Rig::start();
    take(&mut rig, COUNTY_ADMIN);
    take(&mut rig, "login,name,role,division,arrived\nother,冯某,county,621023,2014-01-01\n");
    let (admin, keeper) = (rig.token("admin", 1), rig.token("keeper", 2));
    assert_eq!(
        found(&rig, &admin, ""),
        ["admin", "city", "county", "distant", "keeper", "neighbour", "other", "reviewer", "secretary"]
    );
    assert_eq!(found(&rig, &keeper, ""), ["county", "distant", "keeper", "neighbour", "reviewer", "secretary"]);
    for (asked, logins) in [
        ("text=王某", &["secretary"][..]),
        ("text=SECRET", &["secretary"]),
        ("text=邻村", &["neighbour"]),
        ("text=621022104", &["distant"]),
        ("text=冯某", &[]),
        ("text=没有", &[]),
        ("after=neighbour", &["reviewer", "secretary"]),
        ("text=%25", &[]),
    ] {
        assert_eq!(found(&rig, &keeper, asked), logins, "{asked}");
    }
    let long = |chars: usize| rig.get(&format!("/api/v1/people?text={}", "x".repeat(chars)), &keeper).code().0;
    assert_eq!((long(40), long(41)), (200, 400));
    for (login, device) in [("county", 3), ("city", 4), ("reviewer", 5), ("secretary", 6)] {
        let token = rig.token(login, device);
        assert_eq!(rig.get("/api/v1/people", &token).code(), (403, "outside_scope"), "{login}");
        let path = format!("/api/v1/people/{}", rig.person("secretary"));
        assert_eq!(rig.get(&path, &token).code(), (403, "outside_scope"), "{login}");
        assert_eq!(rig.post(&format!("{path}/lock"), &token, &json!({})).code(), (403, "outside_scope"), "{login}");
    }
    let outside = format!("/api/v1/people/{}", rig.person("other"));
    assert_eq!(rig.get(&outside, &keeper).code(), (403, "outside_scope"));
    assert_eq!(rig.get(&outside, &admin).status, 200);
}

#[test]
fn an_answer_holds_fifty_people_and_says_that_there_are_more() {
    let mut rig = Rig::start();
    let rows: String =
        (0..46).map(|at| format!("x{at:02},某人,team_member,621022103201,2015-09-16,2016-09-15\n")).collect();
    let header = "login,name,role,division,arrived,planned_end\n";
    take(&mut rig, &format!("{header}{}", &rows[..rows.len() / 46 * 43]));
    let admin = rig.token("admin", 1);
    let page = |asked: &str| rig.get(&format!("/api/v1/people?{asked}"), &admin).json;
    let all = page("");
    assert_eq!((all["people"].as_array().expect("a list").len(), &all["more"]), (50, &json!(false)));
    take(&mut rig, &format!("{header}{rows}"));
    let page = |asked: &str| rig.get(&format!("/api/v1/people?{asked}"), &admin).json;
    let first = page("");
    let people = first["people"].as_array().expect("a list");
    assert_eq!((people.len(), &first["more"]), (50, &json!(true)));
    let rest = page(&format!("after={}", people[49]["login"].as_str().expect("a login")));
    let logins: Vec<&Value> = rest["people"].as_array().expect("a list").iter().map(|one| &one["login"]).collect();
    assert_eq!((json!(logins), &rest["more"]), (json!(["x43", "x44", "x45"]), &json!(false)));
}

#[test]
fn an_account_is_locked_and_unlocked_and_a_device_shut_out_and_all_of_it_is_in_the_audit_log() {
    let rig = Rig::start();
    let (admin, secretary) = (rig.token("admin", 1), rig.token("secretary", 2));
    let path = format!("/api/v1/people/{}", rig.person("secretary"));
    let shown = rig.get(&path, &admin).json;
    assert_eq!(shown["last_sign_in_ms"], json!(rig.app.powers.now().0));
    assert_eq!((&shown["locked"], &shown["must_change_password"]), (&json!(false), &json!(false)));
    assert_eq!(shown["tenures"][0]["village_name"], "某村");
    assert_eq!(shown["devices"][0]["id"], device_id(2));
    let before = rig.deeds().len();

    for _ in 0..2 {
        assert_eq!(rig.post(&format!("{path}/lock"), &admin, &json!({})).status, 204);
    }
    assert_eq!(rig.get("/api/v1/me", &secretary).code(), (403, "account_locked"));
    assert_eq!(rig.sign_in("secretary", PASSWORD, 2).code(), (403, "account_locked"));
    assert_eq!(rig.get(&path, &admin).json["locked"], true);
    assert_eq!(rig.post(&format!("{path}/unlock"), &admin, &json!({})).status, 204);
    assert_eq!(rig.get("/api/v1/me", &secretary).status, 200);

    for _ in 0..5 {
        rig.sign_in("secretary", "wrong", 2);
    }
    assert!(rig.get(&path, &admin).json["locked_out_until_ms"].is_i64());
    assert_eq!(rig.sign_in("secretary", PASSWORD, 2).code(), (429, "locked_out"));
    assert_eq!(rig.post(&format!("{path}/unlock"), &admin, &json!({})).status, 204);
    assert_eq!(rig.sign_in("secretary", PASSWORD, 2).status, 200);

    let device = |id: u8| format!("{path}/devices/{}", device_id(id));
    assert_eq!(rig.delete(&device(1), &admin).code(), (404, "not_found"), "a device of somebody else");
    assert_eq!(rig.delete(&device(2), &admin).status, 204);
    assert_eq!(rig.sign_in("secretary", PASSWORD, 2).code(), (401, "device_revoked"));
    let deeds = rig.deeds()[before..].to_vec();
    for (deed, count) in [("scope.refused", 0), ("account.locked", 1), ("account.unlocked", 2), ("device.revoked", 1)] {
        assert_eq!(deeds.iter().filter(|it| **it == deed).count(), count, "{deed} in {deeds:?}");
    }
}

#[test]
fn nobody_acts_on_who_holds_more_on_themselves_or_outside_their_division() {
    let mut rig = Rig::start();
    take(&mut rig, COUNTY_ADMIN);
    // One who will be of the city is already above the county's administrator.
    take(&mut rig, "login,name,role,division,arrived\nreviewer,赵某,city,6210,2016-01-01\n");
    let keeper = rig.token("keeper", 1);
    for (whose, seen) in [("city", false), ("admin", false), ("reviewer", true), ("keeper", true)] {
        let path = format!("/api/v1/people/{}", rig.person(whose));
        for deed in ["lock", "unlock"] {
            let done = rig.post(&format!("{path}/{deed}"), &keeper, &json!({}));
            assert_eq!(done.code(), (403, "outside_scope"), "{deed} {whose}");
        }
        let device = rig.delete(&format!("{path}/devices/{}", device_id(1)), &keeper);
        assert_eq!(device.code(), (403, "outside_scope"), "a device of {whose}");
        let shown = rig.get(&path, &keeper);
        assert_eq!(shown.status == 200, seen, "{whose}");
        if seen {
            assert_eq!((&shown.json["may_administer"], &shown.json["devices"]), (&json!(false), &json!([])), "{whose}");
        }
        assert_eq!(rig.deeds().last().map(String::as_str), Some("scope.refused"), "{whose}");
    }
}

#[test]
fn who_has_left_can_still_be_locked_and_not_be_given_a_password() {
    let rig = Rig::start();
    rig.pass(400 * DAY_MS);
    let admin = rig.token("admin", 1);
    let path = format!("/api/v1/people/{}", rig.person("secretary"));
    let shown = rig.get(&path, &admin).json;
    assert_eq!((&shown["may_administer"], &shown["may_reset"]), (&json!(true), &json!(false)));
    assert_eq!(rig.post(&format!("{path}/lock"), &admin, &json!({})).status, 204);
    let reset = format!("/api/v1/accounts/{}/reset", rig.person("secretary"));
    assert_eq!(rig.post(&reset, &admin, &json!({})).code(), (403, "outside_scope"));
}

const AUDITORS: &str = "login,name,role,division,arrived\nauditor,沈某,auditor,6210,2014-01-01\n\
     inspector,韩某,auditor,621022,2014-01-01\nother,冯某,county,621023,2014-01-01\n";

fn rows(rig: &Rig, token: &str, asked: &str) -> Vec<Value> {
    let answer = rig.get(&format!("/api/v1/audit?{asked}"), token);
    assert_eq!(answer.status, 200, "{asked}: {}", answer.json);
    answer.json["rows"].as_array().expect("rows").clone()
}

#[test]
fn an_auditor_searches_the_log_by_days_people_action_and_subject_newest_first() {
    let mut rig = Rig::start();
    take(&mut rig, AUDITORS);
    rig.pass(DAY_MS);
    let (admin, secretary) = (rig.token("admin", 1), rig.person("secretary"));
    rig.post(&format!("/api/v1/people/{secretary}/lock"), &admin, &json!({}));
    let other = rig.token("other", 2);
    rig.get("/api/v1/roll-up?division=621022", &other);
    let auditor = rig.token("auditor", 3);

    let all = rows(&rig, &auditor, "");
    let numbers: Vec<i64> = all.iter().map(|row| row["number"].as_i64().expect("a number")).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] > pair[1]), "{numbers:?}");
    assert_eq!(numbers.len(), rig.deeds().len());
    for (asked, count) in [
        ("action=account.locked", 1),
        ("action=account", 0),
        ("person=吴某&action=account.locked", 1),
        ("person=ADMIN&action=account.locked", 1),
        ("person=王某&action=account.locked", 0),
        ("subject=王某&action=account.locked", 1),
        ("subject=secretary&action=account.locked", 1),
        ("subject=621022&action=scope.refused", 1),
        ("from=2015-12-01&action=account.locked", 1),
        ("to=2015-11-30&action=account.locked", 0),
        ("from=2015-12-01&to=2015-12-01&action=account.locked", 1),
        ("from=2015-12-02", 0),
    ] {
        assert_eq!(rows(&rig, &auditor, asked).len(), count, "{asked}");
    }
    let locked = &rows(&rig, &auditor, "action=account.locked")[0];
    assert_eq!((&locked["person"]["name"], &locked["login"]), (&json!("吴某"), &json!("admin")));
    assert_eq!((&locked["subject"], &locked["subject_name"]), (&json!(secretary), &json!("王某")));
    let page = rows(&rig, &auditor, &format!("before={}", numbers[2]));
    assert_eq!(page[0]["number"], numbers[3]);
    for asked in
        ["from=2015-12-02&to=2015-12-01".to_owned(), "from=x".to_owned(), format!("person={}", "x".repeat(101))]
    {
        assert_eq!(rig.get(&format!("/api/v1/audit?{asked}"), &auditor).code(), (400, "malformed"), "{asked}");
    }
    assert_eq!(rows(&rig, &auditor, &format!("person={}", "x".repeat(100))).len(), 0);
}

#[test]
fn an_answer_holds_a_hundred_rows_and_says_that_there_are_older_ones() {
    let mut rig = Rig::start();
    take(&mut rig, AUDITORS);
    let auditor = rig.token("auditor", 1);
    let fill = |to: usize| {
        while rig.deeds().len() < to {
            rig.post(&format!("/api/v1/people/{}/lock", rig.person("secretary")), &auditor, &json!({}));
        }
    };
    let answered = || rig.get("/api/v1/audit", &auditor).json;
    fill(100);
    let full = answered();
    assert_eq!((full["rows"].as_array().expect("rows").len(), &full["more"]), (100, &json!(false)));
    fill(101);
    let full = answered();
    assert_eq!((full["rows"].as_array().expect("rows").len(), &full["more"]), (100, &json!(true)));
}

#[test]
fn nobody_but_an_auditor_reads_the_log_and_an_auditor_reads_nothing_else() {
    let mut rig = Rig::start();
    take(&mut rig, AUDITORS);
    for (device, login) in ["admin", "city", "county", "reviewer", "secretary"].into_iter().enumerate() {
        let token = rig.token(login, u8::try_from(device).expect("a small number"));
        for path in ["/api/v1/audit", "/api/v1/audit/chain", "/api/v1/audit/export"] {
            let before = rig.deeds().len();
            assert_eq!(rig.get(path, &token).code(), (403, "outside_scope"), "{login} {path}");
            assert_eq!(rig.deeds()[before..], ["scope.refused"], "{login} {path}");
        }
    }
    let auditor = rig.token("auditor", 20);
    let me = rig.get("/api/v1/me", &auditor).json;
    assert_eq!((&me["desk"], &me["replicated"]), (&json!([]), &json!([])));
    for path in [
        "/api/v1/people",
        "/api/v1/roll-up?division=621022",
        "/api/v1/exports/duties?inside=621022",
        "/api/v1/assessments?division=621022",
    ] {
        assert_eq!(rig.get(path, &auditor).code(), (403, "outside_scope"), "{path}");
    }
    // Of a county only what its people did, and what was done to them and their units.
    let other = rig.token("other", 21);
    rig.get("/api/v1/roll-up?division=621022", &other);
    rig.get("/api/v1/roll-up?division=6210", &other);
    let inspector = rig.token("inspector", 22);
    let seen = rows(&rig, &inspector, "");
    assert!(seen.iter().any(|row| row["login"] == "secretary") && seen.iter().all(|row| row["login"] != "city"));
    let others: Vec<&Value> = seen.iter().filter(|row| row["login"] == "other").map(|row| &row["subject"]).collect();
    assert_eq!(others, ["621022"]);
    assert!(seen.iter().any(|row| row["subject_name"] == "王某"), "the command line added the account");
    assert!(seen.iter().all(|row| row["subject_name"] != "冯某"));
}

#[test]
fn the_chain_is_checked_and_what_is_found_is_exported_which_stands_in_the_log() {
    let mut rig = Rig::start();
    take(&mut rig, AUDITORS);
    let auditor = rig.token("auditor", 1);
    let rows_before = rig.deeds().len();
    assert_eq!(rig.get("/api/v1/audit/chain", &auditor).json, json!({ "rows": rows_before, "broken_at": null }));
    let file = rig.get("/api/v1/audit/export?person=沈某", &auditor);
    assert_eq!((file.status, &file.bytes[..2]), (200, &b"PK"[..]));
    assert!(file.header("content-disposition").contains("audit.xlsx"));
    let table = cells(&file.bytes);
    assert_eq!(table[0][0], "某市审计日志");
    assert_eq!(table[2][..6], ["编号", "时间", "姓名", "登录名", "操作", "对象"]);
    assert_eq!(table[3][2..5], ["沈某", "auditor", "修改密码"]);
    assert_eq!(table[3][1], "2015年11月30日 12:00");
    let last = &rows(&rig, &auditor, "action=audit.exported")[0];
    assert_eq!((&last["subject"], &last["detail"]), (&json!("6210"), &json!("2 rows of a search")));

    let broken: Result<(), Trouble> = rig.app.store.write_sync(|tx| {
        Ok(tx.execute_batch("DROP TRIGGER audit_is_not_changed; UPDATE audit SET subject = 'x' WHERE number = 3;")?)
    });
    broken.expect("the law is switched off for the test");
    assert_eq!(rig.get("/api/v1/audit/chain", &auditor).json, json!({ "rows": 2, "broken_at": 3 }));
}

fn tenure(rig: &Rig, token: &str, login: &str) -> String {
    let shown = rig.get(&format!("/api/v1/people/{}", rig.person(login)), token).json;
    let tenures = shown["tenures"].as_array().expect("tenures");
    tenures.last().expect("a tenure")["id"].as_str().expect("an id").to_owned()
}

#[test]
fn how_somebody_was_chosen_is_written_as_facts_by_county_and_administrator_and_read_by_the_city() {
    let mut rig = Rig::start();
    let table = "login,name,role,division,arrived,planned_end,birth_month\n\
                 secretary,王某,first_secretary,621022103201,2015-09-16,2016-09-15,1980-09\n";
    take(&mut rig, table);
    take(&mut rig, "login,name,role,division,arrived\nother,冯某,county,621023,2014-01-01\n");
    let (admin, county, city) = (rig.token("admin", 1), rig.token("county", 2), rig.token("city", 3));
    let path = format!("/api/v1/tenures/{}", tenure(&rig, &admin, "secretary"));
    let facts =
        json!({ "grassroots_months": 11, "single_experience": true, "reserve_cadre": null, "unit_kind": "organ" });
    let shown = rig.get(&path, &county).json;
    assert_eq!((&shown["age"], &shown["may_write"]), (&json!(35), &json!(true)));
    assert_eq!(shown["selection"]["grassroots_months"], json!(null));
    let write = |token: &str, facts: &Value| rig.put(&format!("{path}/selection"), token, facts).code().0;
    assert_eq!(write(&county, &facts), 204);
    assert_eq!(rig.get(&path, &city).json["selection"], facts);
    assert_eq!(rig.get(&path, &city).json["villages"], json!([]));
    let with = |name: &str, value: Value| {
        let mut changed = facts.clone();
        changed[name] = value;
        changed
    };
    assert_eq!(write(&admin, &with("grassroots_months", json!(600))), 204);
    assert_eq!(write(&admin, &with("grassroots_months", json!(601))), 400);
    assert_eq!(write(&admin, &with("unit_kind", json!("palace"))), 400);
    assert_eq!(write(&city, &facts), 404, "a city reads");
    for (login, device) in [("reviewer", 4), ("secretary", 5), ("other", 6)] {
        let token = rig.token(login, device);
        assert_eq!(rig.get(&path, &token).code(), (404, "not_found"), "{login}");
        assert_eq!(write(&token, &facts), 404, "{login}");
    }
    assert_eq!(rig.deeds().iter().filter(|deed| *deed == "selection.written").count(), 2);
}

#[test]
fn a_tenure_ends_once_is_transferred_and_succeeded_on_days_that_follow_one_another() {
    let rig = Rig::start();
    let county = rig.token("county", 1);
    let admin = rig.token("admin", 2);
    let path = format!("/api/v1/tenures/{}", tenure(&rig, &admin, "secretary"));
    let transfer = |village: &str, arrived: &str, planned: &str| {
        let draft = json!({ "village": village, "arrived": arrived, "planned_end": planned });
        let done = rig.post(&format!("{path}/transfer"), &county, &draft);
        (done.status, done.json["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |code: &str, status: u16| (status, code.to_owned());
    let days = || refused("tenure_days", 422);
    // The tenure is from 2015-09-16 to 2016-09-15, and today is 2015-11-30.
    assert_eq!(transfer("621022104201", "2015-09-16", "2016-09-15"), days(), "before it had a day");
    assert_eq!(transfer("621022104201", "2016-09-17", "2017-09-15"), days(), "a day is missing between them");
    assert_eq!(transfer("621022104201", "2015-12-01", "2015-11-30"), days(), "an end before the beginning");
    assert_eq!(transfer("621022104201", "2015-12-01", "2026-01-19"), days(), "more than ten years");
    assert_eq!(transfer("621022103201", "2015-12-01", "2016-09-15"), refused("not_found", 404), "where they are");
    assert_eq!(transfer("621022104999", "2015-12-01", "2016-09-15"), refused("not_found", 404));
    assert_eq!(transfer("621022104201", "x", "2016-09-15").0, 400);
    assert_eq!(transfer("621022104201", "2015-12-01", "2016-09-15").0, 200);
    assert_eq!(transfer("621022103202", "2015-12-02", "2016-09-15"), refused("tenure_ended", 409));
    let shown = rig.get(&format!("/api/v1/people/{}", rig.person("secretary")), &admin).json;
    let tenures = shown["tenures"].as_array().expect("tenures");
    assert_eq!((&tenures[0]["ended"], &tenures[0]["reason"]), (&json!("2015-11-30"), &json!("reassigned")));
    assert_eq!((&tenures[1]["village"], &tenures[1]["arrived"]), (&json!("621022104201"), &json!("2015-12-01")));

    let there = format!("/api/v1/tenures/{}", tenure(&rig, &admin, "secretary"));
    let back = json!({ "village": "621022103201", "arrived": "2016-01-10", "planned_end": "2016-09-15" });
    let back = rig.post(&format!("{there}/transfer"), &county, &back);
    assert_eq!(back.code(), (422, "tenure_days"), "it would be the first tenure over again");
    let succeed = |login: &str, arrived: &str| {
        let draft = json!({ "login": login, "arrived": arrived, "planned_end": "2016-09-15" });
        rig.post(&format!("{path}/successor"), &county, &draft).code().0
    };
    assert_eq!(succeed("nobody", "2015-12-01"), 404);
    assert_eq!(succeed("secretary", "2015-12-01"), 404, "nobody succeeds themselves");
    assert_eq!(succeed("city", "2015-12-01"), 404, "whom the county does not place");
    assert_eq!(succeed("neighbour", "2015-09-16"), 422);
    assert_eq!(succeed("neighbour", "2015-12-01"), 422, "nobody is in two villages at once");
    let theirs = format!("/api/v1/tenures/{}/end", tenure(&rig, &admin, "neighbour"));
    let end = json!({ "last": "2015-11-30", "reason": "reassigned" });
    assert_eq!(rig.post(&theirs, &county, &end).status, 204);
    assert_eq!(succeed("neighbour", "2015-12-01"), 200);
    assert_eq!(rig.get(&path, &county).json["others"][0]["person"], "李某");

    let path = format!("/api/v1/tenures/{}", tenure(&rig, &admin, "distant"));
    let end = |last: &str, reason: &str| {
        let done = rig.post(&format!("{path}/end"), &admin, &json!({ "last": last, "reason": reason }));
        (done.status, done.json["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(end("2015-09-15", "recalled"), days());
    assert_eq!(end("2016-09-16", "recalled"), days());
    assert_eq!(end("2015-11-30", "tired").0, 400);
    assert_eq!(end("2015-11-30", "recalled").0, 204);
    assert_eq!(end("2015-11-30", "recalled"), refused("tenure_ended", 409));
    let deeds = rig.deeds();
    for (deed, count) in [("tenure.transferred", 1), ("tenure.succeeded", 1), ("tenure.ended", 2)] {
        assert_eq!(deeds.iter().filter(|it| **it == deed).count(), count, "{deed}");
    }
}
