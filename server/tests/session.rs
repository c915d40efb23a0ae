//! Laws of sessions, over HTTP, against a real server.
mod rig;

use rig::{DAY_MS, MINUTE_MS, PASSWORD, Rig, device_id};
use serde_json::{Value, json};
use zhucun_server::accounts::token::{ACCESS_MS, REFRESH_MS};
use zhucun_server::accounts::{self, DEVICES_MAX, FAILURES_MAX, LABEL_CHARS_MAX, LOCK_MS};
use zhucun_server::store::account;

fn text<'a>(session: &'a Value, name: &str) -> &'a str {
    session[name].as_str().expect("a text")
}

fn refresh(rig: &Rig, token: &str) -> rig::Answer {
    rig.post("/api/v1/session/refresh", "", &json!({ "refresh_token": token }))
}

#[test]
fn a_session_says_who_one_is_and_the_first_password_opens_nothing_else() {
    let rig = Rig::start();
    let begun = rig.sign_in("Secretary ", &rig.first_passwords["secretary"], 1);
    assert_eq!(begun.status, 200, "{}", begun.json);
    assert_eq!(begun.json["must_change_password"], true);
    assert_eq!(begun.json["person"], json!({ "id": rig.person("secretary"), "name": "王某" }));
    let posts = json!([{ "role": "first_secretary", "division": "621022103201", "division_name": "某村" }]);
    assert_eq!(begun.json["posts"], posts);
    assert_eq!(begun.json["server_time_ms"], rig::NOON.0);

    let access = text(&begun.json, "access_token");
    for path in ["/api/v1/me", "/api/v1/devices", "/api/v1/roll-up?division=6210", "/api/v1/accounts?division=6210"] {
        assert_eq!(rig.get(path, access).code(), (403, "password_change_required"), "{path}");
    }
    let renewed = refresh(&rig, text(&begun.json, "refresh_token"));
    assert_eq!((renewed.status, &renewed.json["must_change_password"]), (200, &json!(true)));

    for (password, new_password, code) in [
        ("wrong", PASSWORD, (401, "credentials_wrong")),
        (&rig.first_passwords["secretary"], "short", (422, "password_weak")),
        (&rig.first_passwords["secretary"], "my secretary horse", (422, "password_holds_login")),
        (&rig.first_passwords["secretary"], &rig.first_passwords["secretary"], (422, "password_unchanged")),
    ] {
        let change = json!({ "password": password, "new_password": new_password });
        assert_eq!(rig.post("/api/v1/session/password", access, &change).code(), code);
    }
    let change = json!({ "password": rig.first_passwords["secretary"], "new_password": PASSWORD });
    assert_eq!(rig.post("/api/v1/session/password", access, &change).status, 204);
    let me = rig.get("/api/v1/me", access);
    assert_eq!((me.status, &me.json["replicated"]), (200, &json!(["621022103201"])));
    assert_eq!(rig.sign_in("secretary", PASSWORD, 1).json["must_change_password"], false);
}

#[test]
fn five_wrong_passwords_lock_a_login_for_fifteen_minutes_whether_it_exists_or_not() {
    let rig = Rig::start();
    let right = rig.first_passwords["secretary"].clone();
    for login in ["secretary", "nobody"] {
        for _ in 1..FAILURES_MAX {
            assert_eq!(rig.sign_in(login, "wrong", 1).code(), (401, "credentials_wrong"), "{login}");
        }
    }
    // One before the last: the right password still opens, and clears the count.
    assert_eq!(rig.sign_in("secretary", &right, 1).status, 200);
    for at in 0..FAILURES_MAX {
        // One login, in whatever letters it is typed.
        let typed = if at % 2 == 0 { "secretary" } else { " Secretary" };
        assert_eq!(rig.sign_in(typed, "wrong", 1).code(), (401, "credentials_wrong"));
    }
    assert_eq!(rig.sign_in("nobody", "wrong", 1).code(), (401, "credentials_wrong"));
    let (known, unknown) = (rig.sign_in("secretary", &right, 1), rig.sign_in("nobody", "x", 1));
    assert_eq!(known.code(), (429, "locked_out"));
    assert_eq!(known.json, unknown.json, "the answer does not tell which login exists");
    rig.pass(LOCK_MS - 1);
    assert_eq!(rig.sign_in("secretary", &right, 1).code(), (429, "locked_out"));
    rig.pass(1);
    assert_eq!(rig.sign_in("secretary", &right, 1).status, 200);
    assert_eq!(rig.sign_in("nobody", "wrong", 1).code(), (401, "credentials_wrong"));
    assert_eq!(rig.deeds().iter().filter(|action| *action == "session.locked_out").count(), 2);
}

#[test]
fn guesses_made_at_once_do_not_slip_past_the_lock() {
    let rig = Rig::start();
    let right = &rig.first_passwords["secretary"];
    std::thread::scope(|scope| {
        for device in 0..12 {
            scope.spawn({
                let rig = &rig;
                move || rig.sign_in("secretary", "wrong", device)
            });
        }
    });
    assert_eq!(rig.sign_in("secretary", right, 1).code(), (429, "locked_out"));
    let failed = rig.deeds().iter().filter(|action| action.starts_with("session.")).count();
    assert_eq!(failed, FAILURES_MAX as usize);
}

#[test]
fn an_access_token_runs_out_and_a_refresh_token_brings_another() {
    let rig = Rig::start();
    let session = rig.changed("secretary", 1);
    rig.pass(ACCESS_MS);
    assert_eq!(rig.get("/api/v1/me", text(&session, "access_token")).code(), (401, "access_expired"));
    let renewed = refresh(&rig, text(&session, "refresh_token")).json;
    assert_eq!(rig.get("/api/v1/me", text(&renewed, "access_token")).status, 200);
    for token in ["", "x", "Bearer", text(&renewed, "refresh_token")] {
        assert_eq!(rig.get("/api/v1/me", token).code(), (401, "signed_out"), "{token}");
    }
}

#[test]
fn a_lost_reply_signs_nobody_out_and_a_used_successor_ends_its_predecessor() {
    let rig = Rig::start();
    let session = rig.changed("secretary", 1);
    let first = text(&session, "refresh_token").to_owned();
    let second = text(&refresh(&rig, &first).json, "refresh_token").to_owned();
    // The reply was lost: asked again, the same successor, in whatever order the two replies arrive.
    assert_eq!(text(&refresh(&rig, &first).json, "refresh_token"), second);
    let third = text(&refresh(&rig, &second).json, "refresh_token").to_owned();
    assert_eq!(refresh(&rig, &first).code(), (401, "signed_out"));
    assert_eq!(text(&refresh(&rig, &second).json, "refresh_token"), third);
    assert_eq!(refresh(&rig, &third).status, 200);
}

#[test]
fn a_device_stays_signed_in_for_ninety_days_from_its_last_renewal() {
    let rig = Rig::start();
    let session = rig.changed("secretary", 1);
    rig.pass(REFRESH_MS - 1);
    let renewed = refresh(&rig, text(&session, "refresh_token"));
    assert_eq!(renewed.status, 200);
    rig.pass(REFRESH_MS);
    assert_eq!(refresh(&rig, text(&renewed.json, "refresh_token")).code(), (401, "signed_out"));
    assert_eq!(REFRESH_MS, 90 * DAY_MS);
    assert_eq!(ACCESS_MS, 15 * MINUTE_MS);
}

#[test]
fn a_device_has_one_person_and_once_shut_out_never_comes_back() {
    let rig = Rig::start();
    let mine = rig.token("secretary", 1);
    let lost = rig.sign_in("secretary", PASSWORD, 2).json;
    let first = &rig.first_passwords["neighbour"];
    assert_eq!(rig.sign_in("neighbour", first, 2).code(), (409, "device_of_another"));
    assert_eq!(rig.sign_in("neighbour", first, 3).status, 200);

    let listed = rig.get("/api/v1/devices", &mine).json;
    let listed: Vec<_> = listed.as_array().expect("a list").iter().map(|it| (&it["id"], &it["this"])).collect();
    assert_eq!(listed.len(), 2);
    assert!(listed.contains(&(&json!(device_id(1)), &json!(true))));

    for other in [device_id(3), device_id(9), "nonsense".to_owned()] {
        assert_eq!(rig.delete(&format!("/api/v1/devices/{other}"), &mine).code(), (404, "not_found"));
    }
    for _ in 0..2 {
        assert_eq!(rig.delete(&format!("/api/v1/devices/{}", device_id(2)), &mine).status, 204);
    }
    assert_eq!(rig.get("/api/v1/me", text(&lost, "access_token")).code(), (401, "device_revoked"));
    assert_eq!(refresh(&rig, text(&lost, "refresh_token")).code(), (401, "device_revoked"));
    assert_eq!(rig.sign_in("secretary", PASSWORD, 2).code(), (401, "device_revoked"));
    assert_eq!(rig.get("/api/v1/me", &mine).status, 200);
    assert_eq!(rig.deeds().iter().filter(|action| *action == "device.revoked").count(), 1);
}

#[test]
fn a_new_password_signs_out_the_other_devices_and_signing_out_ends_only_this_one() {
    let rig = Rig::start();
    let here = rig.token("secretary", 1);
    let there = rig.sign_in("secretary", PASSWORD, 2).json;
    let change = json!({ "password": PASSWORD, "new_password": "another good sentence" });
    assert_eq!(rig.post("/api/v1/session/password", &here, &change).status, 204);
    assert_eq!(rig.get("/api/v1/me", text(&there, "access_token")).code(), (401, "signed_out"));
    assert_eq!(refresh(&rig, text(&there, "refresh_token")).code(), (401, "signed_out"));
    assert_eq!(rig.get("/api/v1/me", &here).status, 200);
    let again = rig.sign_in("secretary", "another good sentence", 2).json;
    assert_eq!(rig.delete("/api/v1/session", &here).status, 204);
    assert_eq!(rig.get("/api/v1/me", &here).code(), (401, "signed_out"));
    assert_eq!(rig.get("/api/v1/me", text(&again, "access_token")).status, 200);
}

#[test]
fn a_locked_account_opens_nothing_until_it_is_unlocked() {
    let rig = Rig::start();
    let session = rig.changed("secretary", 1);
    let set = |locked: bool| {
        let done = rig.app.store.write_sync(move |tx| {
            let known = account::by_login(tx, "secretary")?.expect("somebody of the rig");
            let by = None;
            match locked {
                true => accounts::lock(tx, known.person, rig::NOON, by),
                false => accounts::unlock(tx, &known, rig::NOON, by),
            }
        });
        done.expect("the account is set");
    };
    set(true);
    let (access, locked) = (text(&session, "access_token"), (403, "account_locked"));
    assert_eq!(rig.sign_in("secretary", PASSWORD, 1).code(), locked);
    assert_eq!(rig.sign_in("secretary", "wrong", 1).code(), (401, "credentials_wrong"), "only its owner is told");
    assert_eq!(refresh(&rig, text(&session, "refresh_token")).code(), locked);
    assert_eq!(rig.get("/api/v1/me", access).code(), locked);
    for _ in 1..FAILURES_MAX {
        rig.sign_in("secretary", "wrong", 1);
    }
    assert_eq!(rig.sign_in("secretary", PASSWORD, 1).code(), (429, "locked_out"));
    // Who unlocks it forgets the wrong passwords, too.
    set(false);
    assert_eq!(rig.get("/api/v1/me", access).status, 200);
    assert_eq!(refresh(&rig, text(&session, "refresh_token")).status, 200);
    assert_eq!(rig.sign_in("secretary", PASSWORD, 2).status, 200);
}

#[test]
fn an_old_password_is_guessed_no_more_often_than_at_a_sign_in() {
    let rig = Rig::start();
    let token = rig.token("secretary", 1);
    let change = |password: &str| {
        rig.post(
            "/api/v1/session/password",
            &token,
            &json!({ "password": password, "new_password": "a new sentence, good" }),
        )
    };
    for _ in 0..FAILURES_MAX {
        assert_eq!(change("wrong").code(), (401, "credentials_wrong"));
    }
    assert_eq!(change(PASSWORD).code(), (429, "locked_out"));
    assert_eq!(rig.sign_in("secretary", PASSWORD, 2).code(), (429, "locked_out"));
    rig.pass(LOCK_MS);
    let token = rig.sign_in("secretary", PASSWORD, 1).json;
    let change = json!({ "password": PASSWORD, "new_password": "a new sentence, good" });
    assert_eq!(rig.post("/api/v1/session/password", text(&token, "access_token"), &change).status, 204);
}

#[test]
fn a_device_is_listed_under_a_label_that_can_be_shown() {
    let rig = Rig::start();
    let token = rig.token("secretary", 1);
    let label = format!("手\u{7}机\n{}", "长".repeat(LABEL_CHARS_MAX));
    let body = json!({ "login": "secretary", "password": PASSWORD, "device_id": device_id(2), "device_label": label });
    assert_eq!(rig.post("/api/v1/session", "", &body).status, 200);
    let listed = rig.get("/api/v1/devices", &token).json;
    let labels: Vec<&str> = listed.as_array().expect("a list").iter().filter_map(|it| it["label"].as_str()).collect();
    let shown = format!("手机{}", "长".repeat(LABEL_CHARS_MAX - 2));
    assert!(labels.contains(&shown.as_str()), "{labels:?}");
}

#[test]
fn one_person_has_twenty_devices_at_once_and_one_that_expired_makes_room() {
    let rig = Rig::start();
    rig.changed("secretary", 0);
    let devices = u8::try_from(DEVICES_MAX).expect("a small number");
    for device in 1..devices {
        assert_eq!(rig.sign_in("secretary", PASSWORD, device).status, 200, "{device}");
    }
    assert_eq!(rig.sign_in("secretary", PASSWORD, devices).code(), (409, "devices_too_many"));
    assert_eq!(rig.sign_in("secretary", PASSWORD, 0).status, 200, "a device that is one of them");
    rig.pass(REFRESH_MS);
    assert_eq!(rig.sign_in("secretary", PASSWORD, devices).status, 200);
}
