//! Laws of the command line, with the real binary.
mod rig;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rig::{DIVISIONS, POOR_VILLAGES, ROSTER, write};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        write(path.clone(), text.as_bytes());
        path
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhucun"));
        command.args(words).arg("--data").arg(self.data());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("the binary runs")
    }

    fn done(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words:?}: {said}");
        String::from_utf8(output.stdout).expect("text") + &said
    }

    fn refused(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        String::from_utf8(output.stdout).expect("text") + &String::from_utf8_lossy(&output.stderr)
    }

    fn import(&self, what: &str, text: &str) -> String {
        let file = self.file("table.csv", text);
        self.done(&["import", what, &file.display().to_string()])
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn tables_are_imported_whole_and_a_second_time_without_change() {
    let folder = Folder::new();
    assert!(folder.import("divisions", DIVISIONS).contains("8 added, 0 changed"));
    assert!(folder.import("divisions", DIVISIONS).contains("0 added, 0 changed, 0 ended, 8 unchanged"));
    assert!(folder.import("divisions", "code,name\n6210,新名\n").contains("0 added, 1 changed"));
    assert!(folder.import("poor-villages", POOR_VILLAGES).contains("2 added"));
    let ended = POOR_VILLAGES.replace("2014-01-01,\n", "2014-01-01,2015-12-31\n");
    assert!(folder.import("poor-villages", &ended).contains("0 added, 0 changed, 1 ended, 1 unchanged"));
    for (what, table, said) in [
        ("divisions", "code,name\n6211,甲\n621199,乙\n621288,丙\n", "table.csv: line 4, column code: its parent 6212"),
        ("divisions", "code,name\n6211,甲\n6211,乙\n", "line 3, column code: 6211 stands on line 2 already"),
        ("divisions", "code,name,level\n6211,甲,村\n", "line 2, column level: “村”, but a code of 4 digits is a city"),
        ("divisions", "code,name\n06211,甲\n", "column code: “06211”: a division code has 4, 6, 9 or 12 digits"),
        ("poor-villages", "code,from,to\n621022103,2014-01-01,\n", "line 2, column code: 621022103 is not a village"),
        ("poor-villages", "code,from,to\n621022103299,2014-01-01,\n", "line 2, column code: no village has the code"),
        ("poor-villages", "code,from,to\n621022103202,2015-10-31,\n", "would be marked twice"),
        ("poor-villages", "code,from,to\n621022103201,2016-01-02,2016-01-01\n", "line 2, column to: this lies before"),
    ] {
        let file = folder.file("table.csv", table);
        let heard = folder.refused(&["import", what, &text(&file)]);
        assert!(heard.contains(said) && heard.contains("nothing was written"), "{heard}");
    }
    assert!(
        folder.import("divisions", "code,name\n6211,甲\n").contains("1 added"),
        "nothing of the wrong tables stayed"
    );
}

#[test]
fn a_roster_is_shown_first_and_first_passwords_are_handed_out_once() {
    let folder = Folder::new();
    folder.import("divisions", DIVISIONS);
    let shown = folder.import("roster", ROSTER);
    assert!(shown.contains("+ line 2: secretary 王某 first_secretary 某村: from 2015-09-16 to 2016-09-15"), "{shown}");
    assert!(shown.contains("7 added") && shown.contains("7 new accounts") && shown.contains("nothing was written"));
    assert!(!folder.done(&["account", "list"]).contains("secretary"));

    let (file, passwords) = (text(&folder.file("table.csv", ROSTER)), folder.0.path().join("passwords.csv"));
    folder.done(&["import", "roster", &file, "--apply", "--passwords", &text(&passwords)]);
    let handed = std::fs::read_to_string(&passwords).expect("passwords");
    assert_eq!(handed.lines().count(), 8, "a header and seven people");
    assert_eq!(passwords.metadata().expect("a file").permissions().mode() & 0o777, 0o600);

    let again = folder.done(&["import", "roster", &file, "--apply", "--passwords", &text(&passwords)]);
    assert!(again.contains("7 unchanged, 0 new accounts"), "{again}");
    assert_eq!(std::fs::read_to_string(&passwords).expect("passwords"), handed, "not touched");
    let more = format!("{ROSTER}newcomer,郑某,county,621023,2015-01-01,\n");
    let more = text(&folder.file("more.csv", &more));
    folder.refused(&["import", "roster", &more, "--apply", "--passwords", &text(&passwords)]);
    assert!(!folder.done(&["account", "list"]).contains("newcomer"), "no account whose password was not handed out");
    assert!(folder.done(&["import", "roster", &more, "--apply"]).contains("\nnewcomer,郑某,"));
    assert!(folder.done(&["check"]).contains("audit log: ok"));
}

#[test]
fn single_accounts_are_added_reset_locked_unlocked_and_listed() {
    let folder = Folder::new();
    folder.import("divisions", DIVISIONS);
    let add = ["account", "add", "boss", "--name", "吴某", "--role", "管理员", "--division", "6210"];
    assert!(folder.done(&add).contains("\nboss,吴某,"));
    assert!(folder.refused(&add).contains("an account has the login boss already"));
    let wrong = folder.refused(&["account", "add", "x2", "--name", "吴某", "--role", "county", "--division", "6210"]);
    assert!(wrong.contains("division: the role county needs a code of 6 digits"), "{wrong}");
    assert_eq!(folder.done(&["account", "reset", "BOSS"]).trim().len(), 14);
    folder.done(&["account", "lock", "boss"]);
    assert!(folder.done(&["account", "list", "--division", "6210"]).contains("boss,吴某,administrator 6210,locked"));
    folder.done(&["account", "unlock", "boss"]);
    assert!(folder.done(&["account", "list"]).contains("boss,吴某,administrator 6210,first password"));
    assert!(!folder.done(&["account", "list", "--division", "621022"]).contains("boss"));
    assert!(folder.refused(&["account", "reset", "nobody"]).contains("no account has the login nobody"));
}

#[test]
fn check_finds_a_changed_audit_log_and_a_row_without_its_parent() {
    let folder = Folder::new();
    folder.import("divisions", DIVISIONS);
    folder.import("divisions", DIVISIONS);
    folder.done(&["check"]);
    let direct = rusqlite::Connection::open(folder.data().join("zhucun.db")).expect("the database");
    direct
        .execute_batch("DROP TRIGGER audit_is_not_changed; UPDATE audit SET detail = '' WHERE number = 2")
        .expect("a crime");
    assert!(folder.refused(&["check"]).contains("the chain breaks at number 2"));
    direct
        .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO poor_village VALUES (1, '2015-01-01', NULL)")
        .expect("a crime");
    assert!(folder.refused(&["check"]).contains("a row of poor_village names a row of division that does not exist"));
    direct.pragma_update(None, "user_version", 99).expect("a newer version");
    assert!(folder.refused(&["check"]).contains("written by a newer zhucun (schema 99"));
}

#[test]
fn a_backup_is_restored_and_what_was_there_is_kept() {
    let folder = Folder::new();
    let backup = text(&folder.0.path().join("backup.db"));
    assert!(folder.refused(&["backup", &backup]).contains("is not there: nothing to back up"));
    assert!(!folder.data().exists(), "a folder that was mistyped is not made");
    folder.import("divisions", DIVISIONS);
    let said = folder.done(&["backup", &backup]);
    assert!(said.contains("bytes, sound; the key zhucun.key is not in it"), "{said}");
    assert!(folder.refused(&["backup", &backup]).contains("is there already"));
    folder.import("divisions", "code,name\n6210,新名\n");

    let said = folder.done(&["restore", &backup]);
    let aside = said.lines().find_map(|line| line.strip_prefix("what was there is kept: ")).expect("its name");
    assert!(folder.import("divisions", DIVISIONS).contains("0 added, 0 changed"), "the divisions of the backup");
    assert!(folder.done(&["check"]).contains("audit log: ok"));
    // The database that was there is restored in its turn.
    folder.done(&["restore", aside]);
    assert!(folder.import("divisions", DIVISIONS).contains("0 added, 1 changed"));
    std::fs::remove_file(folder.data().join("zhucun.key")).expect("the key");
    assert!(folder.done(&["restore", &backup]).contains("zhucun.key is missing"));
}

#[test]
fn a_backup_with_faults_is_put_in_place_only_when_told_to() {
    let folder = Folder::new();
    let backup = text(&folder.0.path().join("backup.db"));
    folder.import("divisions", DIVISIONS);
    folder.done(&["backup", &backup]);
    rusqlite::Connection::open(&backup)
        .and_then(|direct| direct.execute_batch("DROP TRIGGER audit_is_not_changed; UPDATE audit SET detail = ''"))
        .expect("a crime");
    let said = folder.refused(&["restore", &backup]);
    assert!(said.contains("the chain breaks at number 1") && said.contains("nothing was changed"), "{said}");
    assert!(folder.done(&["check"]).contains("audit log: ok"), "the database is the one that was there");
    folder.done(&["restore", &backup, "--unsound"]);
    assert!(folder.refused(&["check"]).contains("the chain breaks at number 1"));
}

#[test]
fn a_folder_has_one_server_and_no_restore_beside_it() {
    let folder = Folder::new();
    let backup = text(&folder.0.path().join("backup.db"));
    folder.import("divisions", DIVISIONS);
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let mut server =
        folder.command(&serve).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary runs");
    let mut lines = BufReader::new(server.stdout.take().expect("its output")).lines();
    lines.next().expect("a line").expect("text");
    folder.done(&["backup", &backup]);
    folder.import("divisions", DIVISIONS);
    assert!(folder.refused(&["restore", &backup]).contains("stop it first"));
    assert!(folder.refused(&serve).contains("a server runs on it already"));
    assert!(folder.refused(&["demo", "--listen", "127.0.0.1:0"]).contains("a server runs on it already"));
    server.kill().expect("the server was running");
    server.wait().expect("a killed process ends");
    folder.done(&["restore", &backup]);
}

#[test]
fn help_says_that_a_backup_needs_its_key() {
    for command in ["backup", "restore"] {
        let help = Folder::new().done(&[command, "--help"]);
        assert!(help.contains("zhucun.key") && help.contains("is void"), "{help}");
    }
}

#[test]
fn serve_says_where_it_listens_and_ends_well_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let folder = Folder::new();
        let mut server = folder
            .command(&["serve", "--listen", "127.0.0.1:0", "--log", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut lines = BufReader::new(server.stdout.take().expect("its output")).lines();
        let address = lines.next().expect("a line").expect("text");
        let health = ureq::get(format!("{address}/healthz")).call().expect("it answers");
        assert_eq!(health.status(), 200);
        let told = Command::new("kill").args([&format!("-{signal}"), &server.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
        let output = server.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{signal}");
        let log = String::from_utf8(output.stderr).expect("text");
        for line in log.lines() {
            serde_json::from_str::<serde_json::Value>(line).expect("each log line is JSON");
        }
        assert!(log.contains(r#""route":"/healthz","status":200"#), "{log}");
    }
}

#[test]
fn serve_refuses_a_folder_without_screens_and_half_of_a_certificate() {
    let folder = Folder::new();
    let said = folder.refused(&["serve", "--listen", "127.0.0.1:0", "--pwa", "nowhere"]);
    assert!(said.contains("nowhere has no index.html: build the screens first (make build)"), "{said}");
    let half = folder.run(&["serve", "--tls-cert", "cert.pem"]);
    assert!(String::from_utf8_lossy(&half.stderr).contains("--tls-key"));
}

const TENURE: [&str; 5] = ["duties", "--start", "2015-09-16", "--end", "2016-09-15"];

/// The duties of the worked example, with more words behind.
fn duties(folder: &Folder, more: &[&str]) -> serde_json::Value {
    let words: Vec<&str> = TENURE.iter().copied().chain(["--json"]).chain(more.iter().copied()).collect();
    serde_json::from_str(&folder.done(&words)).expect("JSON")
}

#[test]
fn duties_are_told_for_every_period_that_the_tenure_touches() {
    let folder = Folder::new();
    let told = duties(&folder, &[]);
    let told = told.as_array().expect("an array");
    let of = |kind: &str| told.iter().filter(|duty| duty["kind"] == kind).collect::<Vec<_>>();
    let kinds = ["visit", "lesson", "activity", "summary", "deed", "research", "report"];
    assert_eq!(kinds.map(|kind| of(kind).len()), [53, 13, 5, 3, 1, 1, 1]);
    let owed = |kind: &str| of(kind).iter().filter(|duty| duty["owed"] == true).count();
    assert_eq!(kinds.map(owed), [53, 12, 4, 2, 1, 1, 1]);
    assert_eq!(
        *of("visit")[0],
        serde_json::json!({
            "kind": "visit", "period": "2015-W38", "from": "2015-09-14", "to": "2015-09-20", "owed": true,
            "reason": "owed"
        })
    );
    assert_eq!(
        *of("lesson")[12],
        serde_json::json!({
            "kind": "lesson", "period": "2016-09", "from": "2016-09-01", "to": "2016-09-30", "owed": false,
            "reason": "partial_under_half"
        })
    );
    assert_eq!(of("report")[0]["period"], "tenure-year-1");
    let table = folder.done(&TENURE);
    assert!(table.contains("党课：13 期，应完成 12 期") && table.contains("2015-W38"), "{table}");
    assert!(!folder.data().exists(), "it opens no database");
}

#[test]
fn duties_follow_the_policy_of_a_file() {
    let folder = Folder::new();
    let file = folder.file("policy.json", r#"{"version": 2, "valid_from": "2016-01-01", "month_days_min": 31}"#);
    let told = duties(&folder, &["--policy", &text(&file)]);
    let told = told.as_array().expect("an array").iter().filter(|duty| duty["kind"] == "lesson");
    let owed: Vec<_> = told.filter(|duty| duty["owed"] == true).map(|duty| duty["period"].clone()).collect();
    assert_eq!(owed, ["2015-09", "2015-10", "2015-11", "2015-12"]);
}

#[test]
fn duties_that_cannot_be_told_say_what_to_do() {
    let folder = Folder::new();
    let between = |start, end| folder.refused(&["duties", "--start", start, "--end", end]);
    let backwards = between("2016-09-15", "2015-09-16");
    assert!(backwards.contains("--end 2015-09-16 lies before --start 2016-09-15"), "{backwards}");
    let ancient = folder.refused(&["duties", "--start=-000044-03-15", "--end", "2016-01-01"]);
    assert!(ancient.contains("before the year 1: give the day of arrival"), "{ancient}");
    let long = between("2015-09-16", "2115-09-16");
    assert!(long.contains("too long: --end may be 205"), "{long}");
    let with = |file: &Path| folder.refused(&[&TENURE[..], &["--policy", &text(file)]].concat());
    let missing = with(&folder.data());
    assert!(missing.contains("name a file that holds a policy as JSON"), "{missing}");
    let odd = with(&folder.file("policy.json", r#"{"version": 2, "valid_from": "2016-01-01", "weeks": 3}"#));
    assert!(odd.contains("policy.json: no policy has a field “weeks”"), "{odd}");
    let no_day = folder.run(&["duties", "--start", "2015-02-29", "--end", "2016-01-01"]);
    assert_eq!(no_day.status.code(), Some(2));
    let said = String::from_utf8_lossy(&no_day.stderr).into_owned();
    assert!(said.contains("2015-02-29") && said.contains("--start <DATE>"), "{said}");
}
