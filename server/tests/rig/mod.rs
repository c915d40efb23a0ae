//! A real server for tests: a real database in a temporary folder, a real listener on a free port, and a clock that
//! the test sets. One township with two villages, the posts above it, and somebody in each.
#![allow(dead_code)] // Each test file uses a part of it.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use zhucun_core::clock::Moment;
use zhucun_server::app::App;
use zhucun_server::http::serve::{Listening, serve};
use zhucun_server::import::{division, poor_village, roster};
use zhucun_server::power::Powers;
use zhucun_server::store::{Trouble, account, audit};

pub const DIVISIONS: &str = "code,name\n6210,某市\n621022,某县\n621023,邻县\n621022103,某镇\n621022104,邻镇\n\
     621022103201,某村\n621022103202,邻村\n621022104201,远村\n";
pub const POOR_VILLAGES: &str = "code,from,to\n621022103201,2014-01-01,\n621022103202,2014-01-01,2015-10-31\n";
pub const ROSTER: &str = "login,name,role,division,arrived,planned_end\n\
     secretary,王某,first_secretary,621022103201,2015-09-16,2016-09-15\n\
     neighbour,李某,first_secretary,621022103202,2015-09-16,2016-09-15\n\
     distant,孙某,first_secretary,621022104201,2015-09-16,2016-09-15\n\
     reviewer,赵某,township_reviewer,621022103,2014-01-01,\n\
     county,钱某,county,621022,2014-01-01,\n\
     city,周某,city,6210,2014-01-01,\n\
     admin,吴某,administrator,6210,2014-01-01,\n";

/// 2015-11-30, 12:00 in Shanghai.
pub const NOON: Moment = Moment(1_448_856_000_000);
pub const MINUTE_MS: i64 = 60_000;
pub const DAY_MS: i64 = 86_400_000;
/// What everybody's password is after `changed`.
pub const PASSWORD: &str = "correct horse battery";

pub struct Rig {
    pub app: App,
    pub address: SocketAddr,
    pub first_passwords: BTreeMap<String, String>,
    clock: Arc<AtomicI64>,
    agent: ureq::Agent,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    server: Option<JoinHandle<std::io::Result<()>>>,
    pub dir: tempfile::TempDir,
}

/// An answer: status, JSON (null when there is none), headers.
pub struct Answer {
    pub status: u16,
    pub json: Value,
    pub headers: ureq::http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn code(&self) -> (u16, &str) {
        (self.status, self.json["code"].as_str().unwrap_or_default())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("a header of letters")).unwrap_or_default()
    }
}

impl Rig {
    pub fn start() -> Self {
        Self::with(|_| (None, None))
    }

    /// `pwa` and `tls` of the server, from its folder.
    pub fn with(how: impl FnOnce(&std::path::Path) -> (Option<PathBuf>, Option<(PathBuf, PathBuf)>)) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(AtomicI64::new(NOON.0));
        let ticking = clock.clone();
        let dice = |bytes: &mut [u8]| getrandom::fill(bytes).expect("chance");
        let powers = Powers::new(move || Moment(ticking.load(Ordering::SeqCst)), dice);
        let app = App::open(&dir.path().join("data"), powers).expect("a new server");
        let first_passwords = provision(&app);
        let (pwa, tls) = how(dir.path());
        let listening = Listening { address: ([127, 0, 0, 1], 0).into(), pwa, tls };
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let serving = app.clone();
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            let stop = async move {
                let _ = stopped.await;
            };
            runtime.block_on(serve(serving, listening, |address| tell.send(address).expect("the test waits"), stop))
        });
        let address = told.recv().expect("the server listens");
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Self { app, address, first_passwords, clock, agent, stop: Some(stop), server: Some(server), dir }
    }

    pub fn pass(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = self.agent.post(self.url(path)).header("authorization", format!("Bearer {token}"));
        answer(request.send_json(body))
    }

    /// Sends a file.
    pub fn send(&self, path: &str, token: &str, bytes: &[u8]) -> Answer {
        let request = self.agent.post(self.url(path)).header("authorization", format!("Bearer {token}"));
        answer(request.send(bytes))
    }

    pub fn put(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = self.agent.put(self.url(path)).header("authorization", format!("Bearer {token}"));
        answer(request.send_json(body))
    }

    pub fn get(&self, path: &str, token: &str) -> Answer {
        self.get_with(path, &[("authorization", &format!("Bearer {token}"))])
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.agent.get(self.url(path));
        answer(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).call())
    }

    pub fn delete(&self, path: &str, token: &str) -> Answer {
        answer(self.agent.delete(self.url(path)).header("authorization", format!("Bearer {token}")).call())
    }

    pub fn sign_in(&self, login: &str, password: &str, device: u8) -> Answer {
        let body =
            json!({ "login": login, "password": password, "device_id": device_id(device), "device_label": "手机" });
        self.post("/api/v1/session", "", &body)
    }

    /// Signs in with the first password and changes it to `PASSWORD`; gives the session.
    pub fn changed(&self, login: &str, device: u8) -> Value {
        let first = &self.first_passwords[login];
        let begun = self.sign_in(login, first, device);
        assert_eq!(begun.status, 200, "{}", begun.json);
        let change = json!({ "password": first, "new_password": PASSWORD });
        let token = begun.json["access_token"].as_str().expect("a token");
        assert_eq!(self.post("/api/v1/session/password", token, &change).status, 204);
        begun.json
    }

    /// The access token of somebody whose first password is changed.
    pub fn token(&self, login: &str, device: u8) -> String {
        self.changed(login, device)["access_token"].as_str().expect("a token").to_owned()
    }

    pub fn person(&self, login: &str) -> String {
        let login = login.to_owned();
        let found = self.app.store.read_sync(move |connection| account::by_login(connection, &login));
        found.expect("a read").expect("somebody of the rig").person.to_string()
    }

    /// The actions in the audit log, in order; the chain holds.
    pub fn deeds(&self) -> Vec<String> {
        let read = self.app.store.read_sync(|connection| -> Result<Vec<String>, Trouble> {
            assert!(audit::check(connection)?.is_ok(), "the audit chain is whole");
            let mut rows = connection.prepare("SELECT action FROM audit ORDER BY number")?;
            Ok(rows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        });
        read.expect("a read")
    }

    /// Tells the server to stop.
    pub fn tell_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Tells the server to stop and waits until it did.
    pub fn stop(&mut self) {
        self.tell_to_stop();
        if let Some(server) = self.server.take() {
            server.join().expect("the server's thread").expect("the server ends well");
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        }
    }
}

pub fn device_id(device: u8) -> String {
    format!("00000000-0000-7000-8000-0000000000{device:02x}")
}

fn provision(app: &App) -> BTreeMap<String, String> {
    let units = division::read(DIVISIONS.as_bytes()).expect("divisions");
    let villages = poor_village::read(POOR_VILLAGES.as_bytes()).expect("poor villages");
    let rows = roster::read(ROSTER.as_bytes()).expect("a roster");
    let wrote: Result<(), Trouble> = app.store.write_sync(move |tx| {
        assert_eq!(division::judge(tx, &units)?, []);
        division::apply(tx, &units)?;
        assert_eq!(poor_village::judge(tx, &villages)?, []);
        poor_village::apply(tx, &villages)?;
        Ok(())
    });
    wrote.expect("divisions are written");
    let plan = app.store.read_sync(move |connection| roster::plan(connection, &rows)).expect("a read").expect("a plan");
    let passwords = roster::first_passwords(plan.newcomers(), &app.powers);
    let (powers, handed) = (app.powers.clone(), passwords.clone());
    app.store.write_sync(move |tx| roster::apply(tx, &plan, &handed, &powers)).expect("a roster is written");
    passwords.into_iter().map(|first| (first.login, first.password)).collect()
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = result.expect("the server answers");
    let bytes = response.body_mut().read_to_vec().expect("a whole body");
    let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer { status: response.status().as_u16(), json, headers: response.headers().clone(), bytes }
}

/// Writes a file and the folders above it.
pub fn write(path: PathBuf, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    std::fs::File::create(path).and_then(|mut file| file.write_all(bytes)).expect("a file");
}
