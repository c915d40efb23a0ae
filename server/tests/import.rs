//! Laws of imports on the screen: an administrator previews a file, writes just what was previewed, and undoes it as long
//! as nothing hangs on it; nobody gives or takes by a file what they could not administer by hand.
mod rig;

use rig::{MINUTE_MS, Rig};
use serde_json::{Value, json};
use zhucun_core::duty::{Policies, Policy};
use zhucun_server::import::effect::Effect;
use zhucun_server::import::mistake::Wrong;
use zhucun_server::import::sent::{NEWCOMERS_MAX, SENT_BYTES_MAX};
use zhucun_server::import::undo::Hindrance;
use zhucun_server::import::{poor_village, roster};
use zhucun_server::store::{Trouble, calendar, division, policy, tenure};

const TITLES: &str = "login,name,role,division,arrived,planned_end,ended,reason\n";
/// An administrator and an auditor of the county, and an auditor of the city.
const WATCHERS: &str = "keeper,郑某,administrator,621022,2014-01-01,,,\nsecond,褚某,administrator,621022,2014-01-01,,,\n\
     inspector,韩某,auditor,621022,2014-01-01,,,\nauditor,沈某,auditor,6210,2014-01-01,,,\n\
     chief,卫某,administrator,6210,2014-01-01,,,\n";
const NEWCOMER: &str = "new,冯某,team_member,621022103201,2015-11-01,2016-10-31,,\n";

/// Takes in rows as the command line does.
fn take(rig: &mut Rig, rows: &str) {
    let rows = roster::read(format!("{TITLES}{rows}").as_bytes()).expect("a roster");
    let plan = rig.app.store.read_sync(move |connection| roster::plan(connection, &rows));
    let plan = plan.expect("a read").expect("a plan");
    let handed = roster::first_passwords(plan.newcomers(), &rig.app.powers);
    rig.first_passwords.extend(handed.iter().map(|first| (first.login.clone(), first.password.clone())));
    let powers = rig.app.powers.clone();
    let applied: Result<_, Trouble> = rig.app.store.write_sync(move |tx| roster::apply(tx, &plan, &handed, &powers));
    applied.expect("it is written");
}

fn preview(rig: &Rig, token: &str, kind: &str, file: &str) -> Value {
    let answer = rig.send(&format!("/api/v1/imports/{kind}"), token, file.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.json
}

fn apply(rig: &Rig, token: &str, kind: &str, file: &str, digest: &Value) -> rig::Answer {
    let digest = digest.as_str().expect("a digest: there are no mistakes");
    rig.send(&format!("/api/v1/imports/{kind}/apply?digest={digest}"), token, file.as_bytes())
}

/// Previews a file and writes it; gives what was handed out.
fn written(rig: &Rig, token: &str, kind: &str, file: &str) -> Value {
    let shown = preview(rig, token, kind, file);
    assert_eq!(shown["mistakes"], json!([]));
    let done = apply(rig, token, kind, file, &shown["digest"]);
    assert_eq!(done.status, 200, "{}", done.json);
    assert_eq!(done.json["tally"], shown["tally"], "what was previewed is what was done");
    done.json
}

fn listed(rig: &Rig, token: &str) -> Vec<Value> {
    rig.get("/api/v1/imported", token).json.as_array().expect("a list").clone()
}

/// Undoes the latest import; gives the codes of what stands against it.
fn undo(rig: &Rig, token: &str) -> Vec<String> {
    let number = listed(rig, token)[0]["number"].clone();
    let done = rig.post(&format!("/api/v1/imported/{number}/undo"), token, &json!({}));
    assert_eq!(done.status, 200, "{}", done.json);
    let codes: Vec<String> = done.json["hindrances"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["code"].as_str().expect("a code").to_owned())
        .collect();
    assert_eq!(done.json["undone"], json!(codes.is_empty()));
    codes
}

fn roster_of(rows: &str) -> String {
    format!("{TITLES}{rows}")
}

/// The codes of the mistakes, with line and column.
fn mistakes(rig: &Rig, token: &str, kind: &str, file: &str) -> Vec<String> {
    let shown = preview(rig, token, kind, file);
    let mistakes = shown["mistakes"].as_array().expect("a list");
    assert_eq!(shown["digest"].is_null(), !mistakes.is_empty(), "what has mistakes cannot be written");
    let said = |it: &Value| {
        let column = it["column"].as_str().unwrap_or("-");
        format!("{} {column} {}", it["line"], it["what"]["code"].as_str().expect("a code"))
    };
    mistakes.iter().map(said).collect()
}

const YEAR: &str = r#"{"holidays": ["2027-01-01", "2027-02-08"], "workdays": ["2027-02-06"]}"#;
const VERSION: &str = r#"{"version": 2, "valid_from": "2016-01-01", "month_days_min": 5}"#;
const VILLAGES: &str = "code,from,to\n621022104201,2015-01-01,\n621022103201,2014-01-01,2015-12-31\n";

#[test]
fn an_administrator_alone_imports_and_what_holds_for_all_only_one_of_the_city() {
    let mut rig = Rig::start();
    take(&mut rig, WATCHERS);
    let files = [("roster", roster_of(NEWCOMER)), ("poor_villages", VILLAGES.to_owned())];
    let whole = [("policy", VERSION.to_owned()), ("calendar", YEAR.to_owned())];
    let logins = ["secretary", "reviewer", "county", "city", "auditor", "inspector"];
    for (login, device) in logins.into_iter().zip(2..) {
        let token = rig.token(login, device);
        for (kind, file) in files.iter().chain(&whole) {
            for path in [format!("/api/v1/imports/{kind}"), format!("/api/v1/imports/{kind}/apply?digest=x")] {
                let answer = rig.send(&path, &token, file.as_bytes());
                assert_eq!(answer.code(), (403, "outside_scope"), "{login} {path}");
                assert_eq!(rig.deeds().last().map(String::as_str), Some("scope.refused"), "{login} {path}");
            }
        }
        assert_eq!(rig.get("/api/v1/imported", &token).code(), (403, "outside_scope"), "{login}");
        let undo = rig.post("/api/v1/imported/1/undo", &token, &json!({}));
        assert_eq!(undo.code(), (403, "outside_scope"), "{login}");
    }
    let (admin, keeper) = (rig.token("admin", 20), rig.token("keeper", 21));
    for (kind, file) in files.iter().chain(&whole) {
        assert_eq!(mistakes(&rig, &admin, kind, file), Vec::<String>::new(), "{kind}");
        let (answer, done) = (
            rig.send(&format!("/api/v1/imports/{kind}"), &keeper, file.as_bytes()),
            rig.send(&format!("/api/v1/imports/{kind}/apply?digest=x"), &keeper, file.as_bytes()),
        );
        let is_whole = whole.iter().any(|(whole, _)| whole == kind);
        let expected = if is_whole { (403, "outside_scope") } else { (200, "") };
        assert_eq!(answer.code(), expected, "{kind}");
        assert_eq!(done.code(), if is_whole { expected } else { (409, "import_changed") }, "{kind}");
    }
    assert_eq!(rig.send("/api/v1/imports/divisions", &admin, b"").code(), (404, "not_found"));
    assert_eq!(rig.send("/api/v1/imports/roster", "", b"").status, 401);
}

#[test]
fn nobody_gives_or_takes_by_a_file_what_they_could_not_administer() {
    let mut rig = Rig::start();
    take(&mut rig, WATCHERS);
    take(&mut rig, "other,蒋某,county,621023,2014-01-01,,,\n");
    let (admin, keeper) = (rig.token("admin", 1), rig.token("keeper", 2));
    for (token, row, said) in [
        // Outside of the division, whether it changes anything or not.
        (&keeper, "new,冯某,county,621023,2015-01-01,,,", "2 division outside_division"),
        (&keeper, "city,周某,city,6210,2014-01-01,,,", "2 division outside_division"),
        (&keeper, "city,周某,city,6210,2014-01-02,,,", "2 division outside_division"),
        // Somebody who holds more, or elsewhere.
        (&keeper, "city,周某,county,621022,2015-01-01,,,", "2 login not_administered"),
        (&keeper, "other,蒋某,county,621022,2015-01-01,,,", "2 login not_administered"),
        // Peers, and who watches.
        (&keeper, "second,褚某,administrator,621022,2014-01-01,,2015-06-01,", "2 login not_administered"),
        (&keeper, "inspector,韩某,auditor,621022,2014-01-01,,2015-06-01,", "2 login not_administered"),
        (&keeper, "inspector,韩五,auditor,621022,2014-01-01,,,", "2 login not_administered"),
        (&keeper, "new,冯某,administrator,621022,2015-01-01,,,", "2 role role_from_above"),
        (&keeper, "county,钱某,auditor,621022,2015-01-01,,,", "2 role role_from_above"),
        (&admin, "new,冯某,auditor,6210,2015-01-01,,,", "2 role role_from_above"),
        (&admin, "chief,卫某,administrator,6210,2014-01-01,,2015-06-01,", "2 login not_administered"),
        (&admin, "auditor,沈某,auditor,6210,2014-01-01,,2015-06-01,", "2 login not_administered"),
        // Oneself.
        (&admin, "admin,吴某,county,621022,2015-01-01,,,", "2 login yourself"),
        (&keeper, "keeper,郑五,administrator,621022,2014-01-01,,,", "2 login yourself"),
    ] {
        assert_eq!(mistakes(&rig, token, "roster", &roster_of(&format!("{row}\n"))), [said], "{row}");
    }
    for (token, row) in [
        // What changes nothing may stand in the table.
        (&admin, "admin,吴某,administrator,6210,2014-01-01,,,"),
        (&admin, "auditor,沈某,auditor,6210,2014-01-01,,,"),
        (&keeper, "inspector,韩某,auditor,621022,2014-01-01,,,"),
        (&keeper, "new,冯某,county,621022,2015-01-01,,,"),
        (&admin, "new,冯某,auditor,621022,2015-01-01,,,"),
        (&admin, "keeper,郑某,administrator,621022,2014-01-01,,2015-06-01,"),
        (&admin, "other,蒋某,county,621022,2015-01-01,,,"),
    ] {
        assert_eq!(mistakes(&rig, token, "roster", &roster_of(&format!("{row}\n"))), Vec::<String>::new(), "{row}");
    }
    let outside = "code,from,to\n621022104201,2015-01-01,\n621023100200,2015-01-01,\n";
    assert_eq!(mistakes(&rig, &keeper, "poor_villages", outside), ["3 code outside_division"]);
    assert_eq!(mistakes(&rig, &admin, "poor_villages", outside), ["3 code village_unknown"]);
}

#[test]
fn who_ended_is_not_brought_back_by_whom_they_watched() {
    let mut rig = Rig::start();
    take(&mut rig, WATCHERS);
    take(&mut rig, "inspector,韩某,auditor,621022,2014-01-01,,2015-06-01,\n");
    take(&mut rig, "inspector,韩某,first_secretary,621022104201,2015-10-01,2016-09-30,,\n");
    let keeper = rig.token("keeper", 1);
    let back = roster_of("inspector,韩某,auditor,621022,2014-01-01,,,\n");
    assert_eq!(mistakes(&rig, &keeper, "roster", &back), ["2 role role_from_above"]);
}

#[test]
fn what_was_previewed_is_written_once_and_the_newcomer_signs_in() {
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    let file = roster_of(&format!(
        "{NEWCOMER}secretary,王五,first_secretary,621022103201,2015-09-16,2016-03-01,2016-03-01,illness\n\
         neighbour,李某,first_secretary,621022103202,2015-09-16,2016-09-15,,\n"
    ));
    let before = rig.deeds().len();
    let shown = preview(&rig, &admin, "roster", &file);
    assert_eq!((&shown["newcomers"], shown["changes"].as_array().map(Vec::len)), (&json!(1), Some(2)));
    assert_eq!(shown["tally"], json!({ "added": 1, "changed": 0, "ended": 1, "unchanged": 1 }));
    let change = &shown["changes"][1];
    assert_eq!((&change["line"], &change["kind"]), (&json!(3), &json!("ended")));
    assert_eq!(change["about"]["arguments"]["place"], "某村");
    let codes: Vec<&Value> = change["effects"].as_array().expect("a list").iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["ends_for", "planned_end", "renamed"]);
    assert_eq!((rig.deeds().len(), listed(&rig, &admin).len()), (before, 0), "nothing was written");

    let done = apply(&rig, &admin, "roster", &file, &shown["digest"]);
    assert_eq!((done.status, &done.json["tally"]), (200, &shown["tally"]));
    let first = done.json["first_passwords"][0]["first_password"].as_str().expect("a password").to_owned();
    assert_eq!(done.json["first_passwords"][0]["login"], "new");
    assert_eq!(rig.deeds()[before..], ["account.added", "roster.applied"]);
    let audited = rig.app.store.read_sync(|connection| -> Result<(bool, bool), Trouble> {
        let sql = "SELECT person IS NOT NULL, device IS NOT NULL FROM audit ORDER BY number DESC LIMIT 1";
        Ok(connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
    });
    assert_eq!(audited.expect("a read"), (true, true), "by whom and where");

    // The reply was lost: again, and whoever has not signed in has another first password.
    let again = apply(&rig, &admin, "roster", &file, &shown["digest"]);
    assert_eq!(again.json["tally"], json!({ "added": 0, "changed": 0, "ended": 0, "unchanged": 0 }));
    let second = again.json["first_passwords"][0]["first_password"].as_str().expect("a password");
    assert_eq!(rig.sign_in("new", &first, 9).code(), (401, "credentials_wrong"));
    assert_eq!(rig.sign_in("new", second, 9).status, 200);
    let third = apply(&rig, &admin, "roster", &file, &shown["digest"]);
    assert_eq!((third.status, &third.json["first_passwords"]), (200, &json!([])), "who signed in keeps theirs");
    assert_eq!(listed(&rig, &admin).len(), 1, "it was written once");
    assert_eq!(preview(&rig, &admin, "roster", &file)["changes"], json!([]));
}

#[test]
fn a_second_try_gives_passwords_to_nobody_but_who_made_the_accounts() {
    let mut rig = Rig::start();
    take(&mut rig, WATCHERS);
    let (admin, chief) = (rig.token("admin", 1), rig.token("chief", 2));
    let file = roster_of(NEWCOMER);
    let digest = preview(&rig, &admin, "roster", &file)["digest"].clone();
    let handed = apply(&rig, &admin, "roster", &file, &digest).json["first_passwords"].clone();
    let other = apply(&rig, &chief, "roster", &file, &digest);
    assert_eq!((other.status, &other.json["first_passwords"]), (200, &json!([])));
    let first = handed[0]["first_password"].as_str().expect("a password");
    assert_eq!(rig.sign_in("new", first, 9).status, 200);

    // Somebody who has risen above whoever made the account.
    let keeper = rig.token("keeper", 3);
    let file = roster_of("next,秦某,county,621022,2015-11-01,,,\n");
    let digest = preview(&rig, &keeper, "roster", &file)["digest"].clone();
    assert_eq!(apply(&rig, &keeper, "roster", &file, &digest).json["first_passwords"][0]["login"], "next");
    take(&mut rig, "next,秦某,city,6210,2015-11-01,,,\n");
    let again = apply(&rig, &keeper, "roster", &file, &digest);
    assert_eq!((again.status, &again.json["first_passwords"]), (200, &json!([])));
}

#[test]
fn what_became_otherwise_since_the_preview_is_previewed_again() {
    let mut rig = Rig::start();
    let admin = rig.token("admin", 1);
    let file = roster_of("secretary,王某,first_secretary,621022103201,2015-09-16,2016-12-31,,\n");
    let shown = preview(&rig, &admin, "roster", &file);
    let other = roster_of("secretary,王某,first_secretary,621022103201,2015-09-16,2016-11-30,,\n");
    let swapped = apply(&rig, &admin, "roster", &other, &shown["digest"]);
    assert_eq!(swapped.code(), (409, "import_changed"), "another file under this digest");
    let longer = apply(&rig, &admin, "roster", &format!("{file}\n"), &shown["digest"]);
    assert_eq!(longer.code(), (409, "import_changed"), "even one that would change the same");
    take(&mut rig, "secretary,王某,first_secretary,621022103201,2015-09-16,2016-10-31,,\n");
    let late = apply(&rig, &admin, "roster", &file, &shown["digest"]);
    assert_eq!(late.code(), (409, "import_changed"));
    assert_eq!(listed(&rig, &admin), Vec::<Value>::new());
    written(&rig, &admin, "roster", &file);

    let shown = preview(&rig, &admin, "poor_villages", VILLAGES);
    let marked: Result<(), Trouble> = rig.app.store.write_sync(|tx| {
        let villages = poor_village::read(b"code,from,to\n621022104201,2014-06-01,2015-02-01\n").expect("a table");
        poor_village::apply(tx, &villages).map(|_| ())
    });
    marked.expect("another mark");
    let late = apply(&rig, &admin, "poor_villages", VILLAGES, &shown["digest"]);
    assert_eq!(late.code(), (409, "import_changed"), "it has a mistake by now");
}

#[test]
fn a_file_at_its_limits_is_read_and_one_beyond_is_refused() {
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    let padded = |bytes: usize| format!("{YEAR}{}", " ".repeat(bytes - YEAR.len()));
    assert_eq!(mistakes(&rig, &admin, "calendar", &padded(SENT_BYTES_MAX)), Vec::<String>::new());
    let large = rig.send("/api/v1/imports/calendar", &admin, padded(SENT_BYTES_MAX + 1).as_bytes());
    assert_eq!(large.code(), (413, "too_large"));
    let rows = |count: usize| {
        let row = |at| format!("x{at},某人,team_member,621022103201,2015-09-16,2016-09-15,,\n");
        roster_of(&(0..count).map(row).collect::<String>())
    };
    let shown = preview(&rig, &admin, "roster", &rows(NEWCOMERS_MAX));
    assert_eq!((&shown["newcomers"], &shown["changes_left_out"]), (&json!(NEWCOMERS_MAX), &json!(0)));
    assert_eq!(shown["changes"].as_array().map(Vec::len), Some(1000));
    let more = rows(NEWCOMERS_MAX + 1);
    assert_eq!(mistakes(&rig, &admin, "roster", &more), ["null - newcomers_too_many"]);
    let faulty = |count: usize| {
        let shown = preview(&rig, &admin, "roster", &roster_of(&"x,某人,mayor,6210,2015-09-16,,,\n".repeat(count)));
        (shown["mistakes"].as_array().map(Vec::len), shown["mistakes_left_out"].clone())
    };
    assert_eq!(faulty(200), (Some(200), json!(0)));
    assert_eq!(faulty(201), (Some(200), json!(1)));
}

fn marks(rig: &Rig) -> Vec<division::PoorVillage> {
    rig.app.store.read_sync(division::poor_villages).expect("a read")
}

#[test]
fn poor_villages_are_put_back_as_they_were_unless_they_changed_since() {
    let mut rig = Rig::start();
    take(&mut rig, WATCHERS);
    let (admin, keeper) = (rig.token("admin", 1), rig.token("keeper", 2));
    let before = marks(&rig);
    written(&rig, &keeper, "poor_villages", VILLAGES);
    assert_ne!(marks(&rig), before);
    let shown = &listed(&rig, &admin)[0];
    assert_eq!((&shown["division"], &shown["person"]["name"]), (&json!("621022"), &json!("郑某")));
    assert_eq!(undo(&rig, &admin), Vec::<String>::new());
    assert_eq!(marks(&rig), before);
    assert!(listed(&rig, &keeper)[0]["undone_ms"].is_i64());
    assert_eq!(undo(&rig, &keeper), Vec::<String>::new(), "twice is once");
    assert_eq!(rig.deeds().iter().filter(|deed| *deed == "import.undone").count(), 1);

    written(&rig, &keeper, "poor_villages", VILLAGES);
    written(&rig, &keeper, "poor_villages", "code,from,to\n621022104201,2015-01-01,2016-01-01\n");
    let first = listed(&rig, &keeper)[1]["number"].clone();
    let after = marks(&rig);
    let refused = rig.post(&format!("/api/v1/imported/{first}/undo"), &keeper, &json!({}));
    assert_eq!(refused.json["undone"], false);
    assert_eq!(refused.json["hindrances"][0]["code"], "village_changed");
    assert_eq!(refused.json["hindrances"][0]["arguments"]["place"], "远村");
    assert_eq!(marks(&rig), after, "nothing was put back");
    assert_eq!(undo(&rig, &keeper), Vec::<String>::new(), "the later one first");
    let now = rig.post(&format!("/api/v1/imported/{first}/undo"), &keeper, &json!({}));
    assert_eq!((&now.json["undone"], marks(&rig)), (&json!(true), before));
}

#[test]
fn an_import_is_seen_and_undone_in_its_own_division_alone() {
    let mut rig = Rig::start();
    take(&mut rig, WATCHERS);
    take(&mut rig, "neighbouring,秦某,administrator,621023,2014-01-01,,,\n");
    let (admin, keeper, other) = (rig.token("admin", 1), rig.token("keeper", 2), rig.token("neighbouring", 3));
    written(&rig, &admin, "calendar", YEAR);
    let whole = listed(&rig, &admin)[0]["number"].clone();
    written(&rig, &keeper, "roster", &roster_of(NEWCOMER));
    let of_county = listed(&rig, &keeper)[0]["number"].clone();
    assert_eq!((listed(&rig, &admin).len(), listed(&rig, &keeper).len(), listed(&rig, &other).len()), (2, 1, 0));
    for (token, number) in [(&keeper, &whole), (&other, &whole), (&other, &of_county), (&admin, &json!(99))] {
        let undone = rig.post(&format!("/api/v1/imported/{number}/undo"), token, &json!({}));
        assert_eq!(undone.code(), (404, "not_found"));
    }
}

#[test]
fn a_year_of_the_calendar_becomes_what_it_was_by_a_further_version() {
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    let in_force = || rig.app.store.read_sync(calendar::in_force).expect("a read");
    let before = in_force();
    let known = r#"{"holidays": ["2016-01-01", "2016-09-16"], "workdays": ["2016-09-18"]}"#;
    for file in [YEAR, known] {
        written(&rig, &admin, "calendar", file);
        assert_ne!(in_force(), before);
        assert_eq!(undo(&rig, &admin), Vec::<String>::new());
        assert_eq!(in_force(), before);
    }
    let versions = rig.app.store.read_sync(|connection| -> Result<i64, Trouble> {
        Ok(connection.query_row("SELECT count(*) FROM calendar", [], |row| row.get(0))?)
    });
    assert_eq!(versions.expect("a read"), 4, "no version is taken back");
    written(&rig, &admin, "calendar", YEAR);
    let first = listed(&rig, &admin)[0]["number"].clone();
    written(&rig, &admin, "calendar", &YEAR.replace("02-06", "02-07"));
    let refused = rig.post(&format!("/api/v1/imported/{first}/undo"), &admin, &json!({}));
    assert_eq!(refused.json["hindrances"][0]["code"], "year_changed");
    assert_eq!(refused.json["hindrances"][0]["arguments"], json!({ "year": "2027" }));
}

fn policies(rig: &Rig) -> Policies {
    rig.app.store.read_sync(policy::all).expect("a read")
}

#[test]
fn after_undoing_a_policy_every_day_has_the_numbers_it_had_before() {
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    // One that is valid from the middle of what the next one changes.
    written(&rig, &admin, "policy", r#"{"version": 3, "valid_from": "2017-01-01", "week_days_min": 2}"#);
    let before = policies(&rig);
    written(
        &rig,
        &admin,
        "policy",
        r#"[{"version": 4, "valid_from": "2016-01-01", "month_days_min": 5},
            {"version": 5, "valid_from": "2016-06-01", "month_days_min": 6}]"#,
    );
    let days = ["2015-12-31", "2016-01-01", "2016-05-31", "2016-06-01", "2016-12-31", "2017-01-01", "2018-01-01"];
    let numbers = |policies: &Policies| {
        let of = |day: &str| policies.in_force(day.parse().expect("a day")).clone();
        days.map(|day| (of(day).month_days_min, of(day).week_days_min))
    };
    assert_ne!(numbers(&policies(&rig)), numbers(&before));
    assert_eq!(undo(&rig, &admin), Vec::<String>::new());
    assert_eq!(numbers(&policies(&rig)), numbers(&before));
    let versions: Vec<u32> = policies(&rig).given().iter().map(|policy| policy.version).collect();
    assert_eq!(versions, [3, 4, 5, 6, 7], "no version is taken back");
    // What was undone says so when it is sent again, and what still holds is unchanged.
    let again = r#"[{"version": 4, "valid_from": "2016-01-01", "month_days_min": 5}]"#;
    assert_eq!(mistakes(&rig, &admin, "policy", again), ["null - version_replaced"]);
    let said = preview(&rig, &admin, "policy", again)["mistakes"][0]["what"]["arguments"].clone();
    assert_eq!(said, json!({ "version": "4", "by": "6", "next": "8" }));
    let all: Vec<String> = policies(&rig).given().iter().map(Policy::text).collect();
    assert_eq!(preview(&rig, &admin, "policy", &format!("[{}]", all.join(",")))["mistakes"], json!([]));

    written(&rig, &admin, "policy", r#"{"version": 8, "valid_from": "2016-01-01", "month_days_min": 5}"#);
    let first = listed(&rig, &admin)[0]["number"].clone();
    written(&rig, &admin, "policy", r#"{"version": 9, "valid_from": "2016-01-01", "month_days_min": 6}"#);
    let refused = rig.post(&format!("/api/v1/imported/{first}/undo"), &admin, &json!({}));
    assert_eq!(refused.json["hindrances"][0]["code"], "version_followed");
}

#[test]
fn a_policy_is_undone_while_there_is_room_for_the_version_that_says_so() {
    for (count, said) in [(99, vec![]), (100, vec!["versions_too_many"])] {
        let rig = Rig::start();
        let admin = rig.token("admin", 1);
        let version = |version| format!(r#"{{"version": {version}, "valid_from": "2016-01-01", "month_days_min": 5}}"#);
        let versions: Vec<String> = (2..2 + count).map(version).collect();
        written(&rig, &admin, "policy", &format!("[{}]", versions.join(",")));
        assert_eq!(undo(&rig, &admin), said, "{count}");
    }
}

fn tenures(rig: &Rig) -> Vec<zhucun_core::tenure::Tenure> {
    let county = "621022".parse().expect("a code");
    rig.app.store.read_sync(move |connection| tenure::inside(connection, county)).expect("a read")
}

/// A newcomer, one who ends and is renamed, one who moves, and one who is of the county from now on.
const MANY: &str = "new,冯某,team_member,621022103201,2015-11-01,2016-10-31,,\n\
     secretary,王五,first_secretary,621022103201,2015-09-16,2016-09-15,2015-11-15,recalled\n\
     neighbour,李某,first_secretary,621022103202,2015-09-16,2016-09-15,2015-11-15,reassigned\n\
     neighbour,李某,first_secretary,621022103201,2015-11-16,2016-09-15,,\n\
     reviewer,赵某,county,621022,2015-11-01,,,\n";

#[test]
fn a_roster_is_undone_whole_while_nobody_has_used_what_it_gave() {
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    let before = tenures(&rig);
    let done = written(&rig, &admin, "roster", &roster_of(MANY));
    assert_eq!(done["tally"], json!({ "added": 3, "changed": 0, "ended": 2, "unchanged": 0 }));
    assert_eq!(undo(&rig, &admin), Vec::<String>::new());
    assert_eq!(tenures(&rig), before);
    let first = done["first_passwords"][0]["first_password"].as_str().expect("a password");
    assert_eq!(rig.sign_in("new", first, 9).code(), (401, "credentials_wrong"), "the account is gone");
    assert_eq!(rig.get("/api/v1/people?text=new", &admin).json["people"], json!([]));
    assert_eq!(rig.get("/api/v1/people?text=王某", &admin).json["people"][0]["person"]["name"], "王某");
    let checked = rig.app.store.read_sync(|connection| -> Result<i64, Trouble> {
        Ok(connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?)
    });
    assert_eq!(checked.expect("a read"), 0);
    // The mended table is taken in under the same login.
    written(&rig, &admin, "roster", &roster_of(MANY));
}

#[test]
fn what_an_import_of_the_roster_gave_stays_once_it_was_used_or_changed() {
    let sign_in = |rig: &Rig, done: &Value| {
        let first = done["first_passwords"][0]["first_password"].as_str().expect("a password");
        assert_eq!(rig.sign_in("new", first, 9).status, 200);
    };
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    let done = written(&rig, &admin, "roster", &roster_of(NEWCOMER));
    let after = tenures(&rig);
    sign_in(&rig, &done);
    let codes = undo(&rig, &admin);
    assert!(!codes.is_empty() && codes.iter().all(|code| code == "signed_in"), "{codes:?}");
    assert_eq!((tenures(&rig), listed(&rig, &admin)[0]["undone_ms"].clone()), (after, Value::Null));

    // Of an account that was there: a device that may have asked since.
    for (passed, hindered) in [(14 * MINUTE_MS, true), (16 * MINUTE_MS, false)] {
        let rig = Rig::start();
        rig.token("reviewer", 2);
        rig.pass(passed);
        let admin = rig.token("admin", 1);
        written(&rig, &admin, "roster", &roster_of("reviewer,赵某,county,621022,2015-11-01,,,\n"));
        let codes = undo(&rig, &admin);
        assert_eq!(codes, if hindered { vec!["signed_in"] } else { vec![] }, "{passed}");
    }

    // Changed since, by hand or by another file.
    let mut rig = Rig::start();
    let admin = rig.token("admin", 1);
    written(&rig, &admin, "roster", &roster_of(NEWCOMER));
    take(&mut rig, "new,冯某,team_member,621022103201,2015-11-01,2016-11-30,,\n");
    assert_eq!(undo(&rig, &admin), ["posting_changed"]);
    let mut rig = Rig::start();
    let admin = rig.token("admin", 1);
    written(&rig, &admin, "roster", &roster_of(NEWCOMER));
    take(&mut rig, "new,冯五,team_member,621022103201,2015-11-01,2016-10-31,,\n");
    assert_eq!(undo(&rig, &admin), ["person_changed"]);
    let mut rig = Rig::start();
    let admin = rig.token("admin", 1);
    written(&rig, &admin, "roster", &roster_of(NEWCOMER));
    take(&mut rig, "new,冯某,county,621022,2015-11-01,,,\n");
    assert_eq!(undo(&rig, &admin), ["person_changed"], "they hold something else by now");
}

#[test]
fn a_tenure_on_which_something_hangs_is_not_taken_back() {
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    written(&rig, &admin, "roster", &roster_of(NEWCOMER));
    let person = rig.get(&format!("/api/v1/people/{}", rig.person("new")), &admin).json;
    let tenure = person["tenures"][0]["id"].as_str().expect("an id");
    let facts = json!({ "grassroots_months": 24, "single_experience": null, "reserve_cadre": null, "unit_kind": null });
    assert_eq!(rig.put(&format!("/api/v1/tenures/{tenure}/selection"), &admin, &facts).status, 204);
    assert_eq!(undo(&rig, &admin), ["has_records"]);
    assert!(!rig.person("new").is_empty());
}

#[test]
fn a_tenure_is_not_put_back_over_another_that_began_since() {
    let mut rig = Rig::start();
    let admin = rig.token("admin", 1);
    let ended = "secretary,王某,first_secretary,621022103201,2015-09-16,2016-09-15,2015-11-15,reassigned\n";
    written(&rig, &admin, "roster", &roster_of(ended));
    take(&mut rig, "secretary,王某,first_secretary,621022104201,2015-11-16,2016-09-15,,\n");
    assert_eq!(undo(&rig, &admin), ["overlaps"]);
}

#[test]
fn a_post_or_a_mark_is_not_put_back_over_another_that_began_since() {
    let mut rig = Rig::start();
    let admin = rig.token("admin", 1);
    let reviews = |from: &str, to: &str| format!("reviewer,赵某,township_reviewer,621022103,{from},,{to},\n");
    let held = rig.app.store.read_sync(|connection| -> Result<String, Trouble> {
        let from = "SELECT from_day FROM post WHERE role = 'township_reviewer'";
        Ok(connection.query_row(from, [], |row| row.get(0))?)
    });
    let since = held.expect("a post of the rig");
    written(&rig, &admin, "roster", &roster_of(&reviews(&since, "2016-06-30")));
    take(&mut rig, &reviews("2016-07-01", ""));
    assert_eq!(undo(&rig, &admin), ["overlaps"], "or they would hold it twice, and for ever");

    written(&rig, &admin, "poor_villages", "code,from,to\n621022103202,2014-01-01,\n");
    written(&rig, &admin, "poor_villages", "code,from,to\n621022103202,2014-01-01,2014-12-31\n");
    let ended = listed(&rig, &admin)[0]["number"].clone();
    written(&rig, &admin, "poor_villages", "code,from,to\n621022103202,2015-06-01,\n");
    let refused = rig.post(&format!("/api/v1/imported/{ended}/undo"), &admin, &json!({}));
    assert_eq!(refused.json["hindrances"][0]["code"], "village_changed", "{}", refused.json);
}

#[test]
fn a_row_speaks_of_the_tenure_that_began_on_its_day_where_somebody_came_back() {
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    let first = "new,冯某,team_member,621022103201,2014-01-01,2014-12-31,2014-06-30,reassigned\n";
    let again = "new,冯某,team_member,621022103201,2014-09-01,2015-08-31,,\n";
    let both = roster_of(&format!("{first}{again}"));
    written(&rig, &admin, "roster", &both);
    let after = tenures(&rig);
    let shown = preview(&rig, &admin, "roster", &both);
    assert_eq!((&shown["tally"]["unchanged"], &shown["tally"]["changed"]), (&json!(2), &json!(0)), "{shown}");
    let again = apply(&rig, &admin, "roster", &both, &shown["digest"]);
    assert_eq!(again.json["tally"]["added"], 0, "a second try is harmless: {}", again.json);
    assert_eq!(tenures(&rig), after);

    // Both rows about the one that is there.
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    written(&rig, &admin, "roster", &roster_of("new,冯某,team_member,621022103201,2014-02-01,2014-12-31,,\n"));
    assert_eq!(mistakes(&rig, &admin, "roster", &both), ["3 arrived posting_twice"]);
}

#[test]
fn nobody_undoes_what_they_could_not_administer() {
    let mut rig = Rig::start();
    take(&mut rig, WATCHERS);
    let (admin, keeper, chief) = (rig.token("admin", 1), rig.token("keeper", 2), rig.token("chief", 3));
    // Of the county alone, and yet not the county's to decide: who watches it.
    written(&rig, &admin, "roster", &roster_of("second,褚某,auditor,621022,2016-01-01,,,\n"));
    assert_eq!(undo(&rig, &keeper), ["not_administered", "not_administered"]);
    assert_eq!(undo(&rig, &chief), Vec::<String>::new());
    // Nobody puts back what they themselves were.
    written(&rig, &admin, "roster", &roster_of("keeper,郑某,county,621022,2016-01-01,,,\n"));
    assert_eq!(undo(&rig, &keeper)[0], "not_administered");
}

#[test]
fn what_the_latest_fifty_replaced_is_kept() {
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    for at in 0..51 {
        let end = 1 + at % 28;
        let month = 1 + at / 28;
        written(
            &rig,
            &admin,
            "poor_villages",
            &format!("code,from,to\n621022103201,2014-01-01,2016-{month:02}-{end:02}\n"),
        );
    }
    assert_eq!(listed(&rig, &admin).len(), 50);
    let codes = |number: i64| {
        let done = rig.post(&format!("/api/v1/imported/{number}/undo"), &admin, &json!({}));
        done.json["hindrances"][0]["code"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!((codes(1), codes(2)), ("too_old".to_owned(), "village_changed".to_owned()));
}

#[test]
fn every_sentence_has_words_on_the_screen_in_both_languages() {
    let source = |name: &str| {
        let path = format!("{}/../web-pwa/src/text/{name}.ts", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("the words")
    };
    let columns = roster::COLUMNS.iter().chain(poor_village::COLUMNS);
    for (language, text) in ["zh-CN", "en"].map(|name| (name, source(name))) {
        let words = |key: &str| -> String {
            let found = text.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
            let found = found.unwrap_or_else(|| panic!("{language}: no words for {key}"));
            let quote = &found[..1];
            found[1..].split(quote).next().expect("a text").to_owned()
        };
        for (about, codes) in [("wrong", Wrong::CODES), ("effect", Effect::CODES), ("hindrance", Hindrance::CODES)] {
            for (code, arguments) in codes {
                let key = format!("import.{about}.{code}");
                for gap in words(&key).split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                    assert!(arguments.contains(&gap), "{language}: {key} has no {gap}");
                }
            }
        }
        for column in columns.clone() {
            let title = words(&format!("import.column.{}", column.name()));
            assert!(column.names.contains(&title.as_str()), "{language}: {title} is no title of {}", column.name());
        }
    }
}

/// Imports a table by the command line beside the server.
fn by_hand(rig: &Rig, what: &str, table: &str) {
    let file = rig.dir.path().join("table.csv");
    std::fs::write(&file, table).expect("a file");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_zhucun"));
    let done = command.args(["import", what]).arg(&file).arg("--data").arg(rig.dir.path().join("data")).output();
    let done = done.expect("the binary starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_screen_and_the_command_line_stand_in_one_list() {
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    by_hand(&rig, "poor-villages", VILLAGES);
    let shown = &listed(&rig, &admin)[0];
    assert_eq!((&shown["person"], &shown["kind"]), (&Value::Null, &json!("poor_villages")));
    assert_eq!(undo(&rig, &admin), Vec::<String>::new());
}

#[test]
fn what_was_imported_for_two_cities_is_undone_by_nobody_of_one() {
    let rig = Rig::start();
    let admin = rig.token("admin", 1);
    by_hand(&rig, "divisions", "code,name\n6299,他市\n629901,他县\n629901100,他乡\n629901100200,他村\n");
    by_hand(&rig, "poor-villages", "code,from\n621022104201,2015-01-01\n629901100200,2015-01-01\n");
    assert_eq!(undo(&rig, &admin), ["outside_division"]);
}
