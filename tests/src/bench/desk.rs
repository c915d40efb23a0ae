//! What a desk waits for: every roll-up and every list, and beside them every table and form that is exported, with 537
//! tenures and a year of each, and with ten times as many. All of them lie in one county, so that its desk and the city's have
//! as much to be told. A real server is asked over the loopback, by two at a time; a request is timed until its last byte.
use std::thread;
use std::time::Instant;

use super::figure::{median, percentile};
use super::filling::{ADMINISTRATOR, AUDITOR, fill};
use super::stage::Stage;
use super::{SECRETARIES, growth, size};
use crate::device::Device;
use crate::line::{Cut, Line};
use crate::server::Server;
use crate::town::{PASSWORD, person_id, reviewer_login, secretary_login};

/// How many times the tenures of the stage, how often each list and each file is then asked for, and in how many
/// milliseconds 99 of 100 answers should be there.
const SIZES: [Size; 2] = [
    Size { times: 1, lists: 200, files: 40, target_ms: 100.0 },
    Size { times: 10, lists: 100, files: 20, target_ms: 300.0 },
];
/// Who ask at the same time.
const DESKS: usize = 2;

struct Size {
    times: usize,
    lists: usize,
    files: usize,
    target_ms: f64,
}

pub struct Desk {
    pub tenures: usize,
    pub entries: i64,
    pub database_bytes: u64,
    pub target_ms: f64,
    pub answers: Vec<Answers>,
}

/// How one question was answered.
pub struct Answers {
    pub question: Question,
    pub requests: usize,
    pub bytes: usize,
    /// The first one.
    pub ms_first: f64,
    pub ms_p50: f64,
    pub ms_p99: f64,
}

/// What is asked, and by whom.
#[derive(Clone)]
pub struct Question {
    pub name: &'static str,
    pub login: String,
    pub path: String,
    pub form: Form,
}

/// In what form the answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    List,
    File,
}

pub fn measure(stage: &Stage) -> Vec<Desk> {
    SIZES.iter().map(|size| of_size(stage, size)).collect()
}

fn of_size(stage: &Stage, Size { times, lists, files, target_ms }: &Size) -> Desk {
    let data = stage.copy();
    fill(stage, data.path(), *times);
    let database_bytes = size::database_bytes(data.path());
    let count = "SELECT count(*) FROM entry WHERE kind <> 'leave'";
    let entries = growth::open(data.path()).query_row(count, [], |row| row.get(0)).expect("a number");
    let server = Server::start(data.path());
    let mut tokens: Vec<(String, String)> = Vec::new();
    let mut answers = Vec::new();
    for question in questions(stage) {
        if !tokens.iter().any(|(login, _)| *login == question.login) {
            tokens.push((question.login.clone(), sign_in(stage, &server, &question.login, tokens.len())));
        }
        let token = tokens.iter().find(|(login, _)| *login == question.login).map(|(_, token)| token.as_str());
        let requests = if question.form == Form::List { *lists } else { *files };
        answers.push(ask(&server, question, token.unwrap_or_default(), requests));
    }
    Desk { tenures: SECRETARIES * times, entries, database_bytes, target_ms: *target_ms, answers }
}

fn sign_in(stage: &Stage, server: &Server, login: &str, at: usize) -> String {
    let mut device = Device::new(3_000_000 + at as u64, stage.town.now, server.address);
    device.set_online(false);
    device.sign_in(login, PASSWORD);
    device.access_token()
}

fn ask(server: &Server, question: Question, token: &str, requests: usize) -> Answers {
    let once = |line: &mut Line| {
        let began = Instant::now();
        let answer = line.ask("GET", &question.path, token, &[], Cut::Never).expect("the server answers");
        let ms = began.elapsed().as_secs_f64() * 1e3;
        let said = || String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 200, "{} of {}: {}", question.path, question.login, said());
        (ms, answer.body.len())
    };
    let (ms_first, bytes) = once(&mut Line::to(server.address));
    let mut ms: Vec<f64> = Vec::new();
    thread::scope(|scope| {
        let desk = || {
            let mut line = Line::to(server.address);
            (0..requests / DESKS).map(|_| once(&mut line).0).collect::<Vec<_>>()
        };
        let desks: Vec<_> = (0..DESKS).map(|_| scope.spawn(desk)).collect();
        ms.extend(desks.into_iter().flat_map(|desk| desk.join().expect("a desk is answered")));
    });
    let (ms_p50, ms_p99) = (median(&ms), percentile(&ms, 0.99));
    Answers { requests: ms.len(), bytes, ms_first, ms_p50, ms_p99, question }
}

/// The codes of the town.
const CITY: &str = "6299";
const COUNTY: &str = "629901";
const TOWNSHIP: &str = "629901100";

/// Every route that shows a roll-up or a list, and every file, each by the desks that work with it.
fn questions(stage: &Stage) -> Vec<Question> {
    let (year, month) = (stage.town.today.year(), stage.town.today.strftime("%Y-%m"));
    let (tenure, person) = (stage.town.tenure(0), person_id(1));
    let reviewer = reviewer_login(0);
    let desks = [("city", CITY), ("county", COUNTY), (&*reviewer, TOWNSHIP)];
    let own = secretary_login(0);
    let mut all = Vec::new();
    let mut put = |form: Form, name: &'static str, login: &str, path: String| {
        all.push(Question { name, login: login.to_owned(), path: format!("/api/v1/{path}"), form });
    };
    for (login, code) in desks {
        put(Form::List, "roll-up", login, format!("roll-up?division={code}"));
        for (name, list) in [
            ("roll-up, villages", "villages?"),
            ("roll-up, secretaries", "tenures?"),
            ("roll-up, late", "entries?number=late&"),
            ("roll-up, awaiting", "entries?number=awaiting_review&"),
            ("roll-up, issues", "issues?"),
        ] {
            put(Form::List, name, login, format!("roll-up/{list}division={code}"));
        }
        put(Form::List, "progress", login, format!("programme/progress?division={code}&year={year}"));
        for (name, indicator) in [("counted, leaders", "leaders"), ("counted, officials", "officials_poor")] {
            let path = format!("programme/counted?division={code}&year={year}&indicator={indicator}");
            put(Form::List, name, login, path);
        }
        put(Form::List, "leave requests", login, format!("leave-requests?division={code}"));
        put(Form::List, "assessments", login, format!("assessments?division={code}"));
        put(Form::List, "accounts", login, format!("accounts?division={code}"));
    }
    for (login, code) in &desks[..2] {
        put(Form::List, "records", login, format!("programme/records?division={code}"));
        put(Form::List, "feedback owned", login, "feedback-owned".to_owned());
    }
    put(Form::List, "periods of a duty", "county", format!("roll-up/periods?tenure={tenure}&kind=visit"));
    put(Form::List, "assessments of a tenure", "county", format!("assessments/{tenure}"));
    put(Form::List, "a tenure", "county", format!("tenures/{tenure}"));
    put(Form::List, "parked", &reviewer, "parked".to_owned());
    put(Form::List, "own feedback", &own, "feedback".to_owned());
    put(Form::List, "own devices", &own, "devices".to_owned());
    put(Form::List, "people", ADMINISTRATOR, "people".to_owned());
    put(Form::List, "people by name", ADMINISTRATOR, "people?text=%E6%9F%90536".to_owned());
    put(Form::List, "people of nobody", ADMINISTRATOR, "people?text=%E6%97%A0%E4%BA%BA".to_owned());
    put(Form::List, "a person", ADMINISTRATOR, format!("people/{person}"));
    put(Form::List, "audit", AUDITOR, "audit".to_owned());
    put(Form::List, "audit by person", AUDITOR, "audit?person=%E6%9F%90536".to_owned());
    put(Form::List, "audit by subject", AUDITOR, "audit?subject=%E6%9F%90536".to_owned());
    put(Form::List, "audit of nothing", AUDITOR, "audit?action=none".to_owned());
    put(Form::List, "audit chain", AUDITOR, "audit/chain".to_owned());
    for table in ["duties", "roll-up", "postings", "assessments", "incumbents", "progress", "training", "rotation"] {
        put(Form::File, table, "city", format!("exports/{table}?inside={CITY}"));
    }
    put(Form::File, "science-heads", "city", format!("exports/science-heads?inside={CITY}"));
    put(Form::File, "officials", "city", format!("exports/officials?inside={CITY}"));
    for table in ["duties", "visits", "issues", "leaves", "reports"] {
        put(Form::File, table, &reviewer, format!("exports/{table}?inside={TOWNSHIP}"));
    }
    put(Form::File, "monthly", &reviewer, format!("exports/monthly?inside={TOWNSHIP}&month={month}"));
    put(Form::File, "archive", "county", format!("tenures/{tenure}/archive"));
    put(Form::File, "archive", &reviewer, format!("tenures/{tenure}/archive"));
    put(Form::File, "audit by person", AUDITOR, "audit/export?person=%E6%9F%90536".to_owned());
    all
}
