//! The stage of a test: a town, its data folder, and the real server that serves it.
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use zhucun_core::clock::add_days;
use zhucun_core::entry::EntryKind;
use zhucun_core::id::EntryId;

use crate::device::Device;
use crate::past::Past;
use crate::server::{Server, zhucun};
use crate::town::{PASSWORD, Town, secretary_login};

pub struct Stage {
    pub town: Town,
    pub server: Server,
    data: TempDir,
}

impl Stage {
    /// A town of so many villages, and a server for it.
    pub fn new(villages: usize) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let town = Town::found(data.path(), villages);
        let server = Server::start(data.path());
        Stage { town, server, data }
    }

    /// The data folder.
    pub fn path(&self) -> &Path {
        self.data.path()
    }

    /// A new device that has signed in and holds all there is for it.
    pub fn device(&self, seed: u64, login: &str) -> Device {
        let mut device = Device::new(seed, self.town.now, self.server.address);
        device.sign_in(login, PASSWORD);
        device.sync_fully();
        device
    }

    /// What a desk is answered; `body` null for none.
    pub fn desk(&self, login: &str, verb: &str, path: &str, body: &Value) -> (u16, Value) {
        let (status, answer) = self.desk_bytes(login, verb, path, body);
        (status, serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }

    /// The same where the answer may be a file.
    pub fn desk_bytes(&self, login: &str, verb: &str, path: &str, body: &Value) -> (u16, Vec<u8>) {
        // Everybody has a desk of their own.
        let seed = 100 + login.bytes().map(u64::from).sum::<u64>();
        let mut desk = Device::new(seed, self.town.now, self.server.address);
        desk.sign_in(login, PASSWORD);
        let token = desk.access_token();
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = desk.ask(verb, path, &token, &body);
        (answer.status, answer.body)
    }

    /// A lesson of today, logged and not yet sent.
    pub fn lesson(&self, device: &mut Device, topic: &str) -> EntryId {
        let day = self.town.today.to_string();
        device.record(EntryKind::Lesson, &[("occurred_on", day.as_str().into()), ("topic", topic.into())])
    }

    /// By the roster the first village's secretary was recalled so many days ago, or never was.
    pub fn recall(&self, days_ago: Option<i64>) {
        let day = |days| add_days(self.town.today, days).to_string();
        let (ended, reason) = days_ago.map_or_else(Default::default, |days| (day(-days), "recalled"));
        let (login, village) = (secretary_login(0), self.town.villages[0]);
        let row = format!("{login},某1,first_secretary,{village},{},{},{ended},{reason}", day(-180), day(180));
        let table = self.path().join("roster.csv");
        let header = "login,name,role,division,arrived,planned_end,ended,reason";
        std::fs::write(&table, format!("{header}\n{row}\n")).expect("a table");
        self.zhucun(&["import", "roster", &table.to_string_lossy(), "--apply"]);
    }

    /// The county assesses a tenure at its end: nothing of it stays on its holder's phone after the days that are kept.
    pub fn assess(&self, at: usize) {
        let path = format!("/api/v1/assessments/{}/term_end/term/county", self.town.tenure(at));
        let decision = json!({ "number": 0, "opinion": "同意", "grade": "competent", "credit": "yes" });
        let (status, answer) = self.desk("county", "PUT", &path, &decision);
        assert!(status == 200 || answer["code"] == "version_changed", "{status} {answer}");
    }

    /// Runs the command line on the data folder.
    pub fn zhucun(&self, words: &[&str]) -> String {
        zhucun(self.path(), words)
    }

    /// Starts the server again, after it ended; the devices find it.
    pub fn restart(&mut self, devices: &mut [&mut Device]) {
        self.server = Server::start(self.path());
        devices.iter_mut().for_each(|device| device.line.move_to(self.server.address));
    }

    /// The database as it is now, to be put back later.
    pub fn past(&mut self, devices: &mut [&mut Device]) -> Past {
        self.server.kill();
        let past = Past::of(self.path());
        self.restart(devices);
        past
    }

    pub fn go_back_to(&mut self, past: &Past, devices: &mut [&mut Device]) {
        self.server.kill();
        past.put_back(self.path());
        self.restart(devices);
    }
}
