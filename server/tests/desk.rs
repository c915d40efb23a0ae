//! Laws of desks: who resets whom, and whose figures one may read.
mod rig;

use rig::{PASSWORD, Rig};
use serde_json::json;

#[test]
fn the_level_above_resets_a_password_once_shown_and_all_devices_are_signed_out() {
    let rig = Rig::start();
    let reviewer = rig.token("reviewer", 1);
    let secretary = rig.token("secretary", 2);
    let whose = rig.person("secretary");
    let reset = rig.post(&format!("/api/v1/accounts/{whose}/reset"), &reviewer, &json!({}));
    assert_eq!(reset.status, 200, "{}", reset.json);
    let first = reset.json["first_password"].as_str().expect("a password");

    assert_eq!(rig.get("/api/v1/me", &secretary).code(), (401, "signed_out"));
    assert_eq!(rig.sign_in("secretary", PASSWORD, 2).code(), (401, "credentials_wrong"));
    let again = rig.sign_in("secretary", first, 2);
    assert_eq!((again.status, &again.json["must_change_password"]), (200, &json!(true)));
    assert!(rig.deeds().contains(&"account.reset".to_owned()));
}

#[test]
fn each_sees_and_resets_the_accounts_below_and_no_others_and_a_try_is_logged() {
    let rig = Rig::start();
    let logins = ["secretary", "neighbour", "distant", "reviewer", "county", "city", "admin"];
    for (index, (who, division, may)) in [
        ("secretary", "621022103201", &[][..]),
        ("reviewer", "621022103", &["neighbour", "secretary"][..]),
        ("county", "621022", &["distant", "neighbour", "reviewer", "secretary"][..]),
        ("city", "6210", &["county"][..]),
        ("admin", "6210", &["city", "county", "distant", "neighbour", "reviewer", "secretary"][..]),
    ]
    .into_iter()
    .enumerate()
    {
        let device = 10 + u8::try_from(index).expect("a small number");
        let token = if rig.sign_in(who, PASSWORD, device).status == 200 {
            let session = rig.sign_in(who, PASSWORD, device).json;
            session["access_token"].as_str().expect("a token").to_owned()
        } else {
            rig.token(who, device)
        };
        let list = rig.get(&format!("/api/v1/accounts?division={division}"), &token);
        let seen: Vec<_> = list.json.as_array().expect("a list").iter().map(|it| it["login"].clone()).collect();
        assert_eq!(json!(seen), json!(may), "{who}");
        assert_eq!(rig.get("/api/v1/accounts?division=62", &token).code(), (400, "malformed"));
        for whose in logins.iter().filter(|whose| !may.contains(whose)) {
            let before = rig.deeds().len();
            let path = format!("/api/v1/accounts/{}/reset", rig.person(whose));
            assert_eq!(rig.post(&path, &token, &json!({})).code(), (403, "outside_scope"), "{who} resets {whose}");
            assert_eq!(rig.deeds()[before..], ["scope.refused"]);
        }
    }
    let reviewer = rig.sign_in("reviewer", PASSWORD, 11).json;
    let token = reviewer["access_token"].as_str().expect("a token");
    assert_eq!(rig.get("/api/v1/accounts?division=621022104", token).code(), (403, "outside_scope"));
    let nobody = "/api/v1/accounts/00000000-0000-7000-8000-000000000000/reset";
    assert_eq!(rig.post(nobody, token, &json!({})).code(), (403, "outside_scope"), "not said whether it exists");
}

#[test]
fn figures_are_read_inside_ones_scope_in_order_of_code_and_elsewhere_refused() {
    let rig = Rig::start();
    let (county, reviewer) = (rig.token("county", 1), rig.token("reviewer", 2));
    let secretary = rig.token("secretary", 3);
    let rows = rig.get("/api/v1/roll-up?division=621022", &county).json;
    let figures: Vec<_> = rows
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (row["code"].clone(), row["name"].clone(), row["poor_villages"].clone(), row["incumbents"].clone()))
        .collect();
    assert_eq!(
        figures,
        [
            (json!("621022103"), json!("某镇"), json!(1), json!(2)),
            (json!("621022104"), json!("邻镇"), json!(0), json!(1)),
        ]
    );
    let villages = rig.get("/api/v1/roll-up?division=621022103", &reviewer).json;
    assert_eq!(villages.as_array().expect("rows").len(), 2);
    for (token, division) in [
        (&county, "6210"),
        (&county, "621023"),
        (&reviewer, "621022"),
        (&reviewer, "621022104"),
        (&secretary, "621022103201"),
    ] {
        let before = rig.deeds().len();
        let answer = rig.get(&format!("/api/v1/roll-up?division={division}"), token);
        assert_eq!(answer.code(), (403, "outside_scope"), "{division}");
        assert_eq!(rig.deeds()[before..], ["scope.refused"]);
    }
}

#[test]
fn a_table_is_exported_inside_ones_scope_with_a_name_in_chinese_and_elsewhere_refused_and_both_are_logged() {
    let rig = Rig::start();
    let (city, county, reviewer) = (rig.token("city", 1), rig.token("county", 2), rig.token("reviewer", 3));
    let (secretary, admin) = (rig.token("secretary", 4), rig.token("admin", 5));
    let deeds_of = |path: &str, token: &str| {
        let before = rig.deeds().len();
        let answer = rig.get(&format!("/api/v1/exports/{path}"), token);
        (answer, rig.deeds()[before..].to_vec())
    };
    for (token, path) in [
        (&city, "roll-up?inside=6210"),
        (&city, "visits?inside=621022103"),
        (&county, "roll-up?inside=621022"),
        (&county, "duties?inside=621022"),
        (&county, "issues?inside=621022104&from=2015-01-01&to=2015-11-30"),
        (&reviewer, "roll-up?inside=621022103"),
        (&reviewer, "duties?inside=621022103"),
        (&reviewer, "visits?inside=621022103201&from=&to="),
        (&reviewer, "issues?inside=621022103"),
    ] {
        let (answer, deeds) = deeds_of(path, token);
        assert_eq!((answer.status, deeds), (200, vec!["export.made".to_owned()]), "{path}: {}", answer.json);
        let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (sheet, "no-store"));
        assert!(answer.bytes.starts_with(b"PK"), "{path}");
        let named = answer.header("content-disposition");
        let plain = format!("attachment; filename=\"{}.xlsx\"; ", path.split('?').next().unwrap_or_default());
        assert!(named.starts_with(&plain) && named.ends_with("_2015-11-30.xlsx"), "{named}");
        assert!(named.contains("filename*=UTF-8''%E6") || named.contains("filename*=UTF-8''%E9"), "{named}");
    }
    for table in ["roll-up", "duties", "visits", "issues"] {
        for (token, inside) in [
            (&county, "621023"),
            (&reviewer, "621022104"),
            (&secretary, "621022103"),
            (&secretary, "621022103201"),
            (&admin, "621022103"),
        ] {
            let (answer, deeds) = deeds_of(&format!("{table}?inside={inside}"), token);
            assert_eq!((answer.code(), deeds), ((403, "outside_scope"), vec!["scope.refused".to_owned()]), "{table}");
        }
        assert_eq!(deeds_of(&format!("{table}?inside=621022103"), "").0.code(), (401, "signed_out"));
    }
    let (above, _) = deeds_of("roll-up?inside=6210", &county);
    assert_eq!(above.code(), (403, "outside_scope"));
}

#[test]
fn a_table_that_cannot_be_is_refused_with_what_to_mend() {
    let rig = Rig::start();
    let city = rig.token("city", 1);
    for (path, code) in [
        ("marks?inside=621022", (404, "not_found")),
        ("roll-up?inside=621022999", (404, "not_found")),
        ("roll-up", (400, "malformed")),
        ("roll-up?inside=62", (400, "malformed")),
        ("roll-up?inside=621022103201", (400, "malformed")),
        ("roll-up?inside=621022&from=2015-01-01", (400, "malformed")),
        ("duties?inside=621022&to=2015-01-01", (400, "malformed")),
        ("visits?inside=621022", (400, "malformed")),
        ("visits?inside=621022103&from=yesterday", (400, "malformed")),
        ("visits?inside=621022103&from=2015-11-30&to=2015-11-29", (400, "malformed")),
        ("visits?inside=621022103&month=2015-11", (400, "malformed")),
        ("monthly?inside=621022103", (400, "malformed")),
        ("monthly?inside=621022103&month=november", (400, "malformed")),
        ("monthly?inside=621022103&month=9999-12", (400, "malformed")),
        ("monthly?inside=621022103&month=2015-11&from=2015-11-01", (400, "malformed")),
        ("monthly?inside=621022&month=2015-11", (400, "malformed")),
        ("incumbents?inside=621022103", (400, "malformed")),
    ] {
        let before = rig.deeds().len();
        assert_eq!(rig.get(&format!("/api/v1/exports/{path}"), &city).code(), code, "{path}");
        assert_eq!(rig.deeds()[before..], [""; 0], "{path}");
    }
}

#[test]
fn a_tenure_that_ended_is_no_post_any_more() {
    let rig = Rig::start();
    let session = rig.changed("secretary", 1);
    let token = session["access_token"].as_str().expect("a token");
    assert_eq!(rig.get("/api/v1/me", token).json["posts"].as_array().map(Vec::len), Some(1));
    // 2016-09-15 is the last day.
    rig.pass(290 * rig::DAY_MS);
    assert_eq!(rig.sign_in("secretary", PASSWORD, 1).json["posts"].as_array().map(Vec::len), Some(1));
    rig.pass(rig::DAY_MS);
    assert_eq!(rig.sign_in("secretary", PASSWORD, 1).json["posts"], json!([]));
}
