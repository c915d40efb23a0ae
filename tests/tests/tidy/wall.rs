//! The walls: who names whom, and who touches what, held against the rooms table.
use std::collections::{BTreeMap, BTreeSet};

use crate::rust;
use crate::script::{self, Named};
use crate::table::{ANYTHING, Room, Rooms};
use crate::tree::Source;

/// Where the sources of our own crates begin.
const OWN_CRATES: [(&str, &str); 3] =
    [("zhucun_core", "client-core/src"), ("zhucun_server", "server/src"), ("zhucun_tests", "tests/src")];
/// Powers of the machine that only the rooms which list them may use.
const MACHINE_POWERS: [&str; 3] = ["SystemTime", "Instant", "thread"];
/// Powers of the browser that only the rooms which list them may use.
const BROWSER_POWERS: [&str; 14] = [
    "BroadcastChannel",
    "Date.now",
    "EventSource",
    "Math.random",
    "WebSocket",
    "Worker",
    "XMLHttpRequest",
    "caches",
    "crypto",
    "fetch",
    "indexedDB",
    "localStorage",
    "navigator.locks",
    "sessionStorage",
];
/// Where scripts run in the browser.
const BROWSER_FOLDER: &str = "web-pwa/src/";
/// How a text begins that is SQL.
const SQL: [&str; 7] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "PRAGMA ", "WITH "];
/// The room that speaks it.
const SQL_ROOM: &str = "server/src/store";

/// What is known of packages: the crates that products may depend on, and the npm packages.
pub struct Packages {
    pub crates: BTreeSet<String>,
    pub npm: BTreeSet<String>,
}

/// Every crossing of a wall by a file, one sentence each.
pub fn crossings(rooms: &Rooms, packages: &Packages, files: &BTreeSet<String>, source: &Source) -> Vec<String> {
    let Some(room) = rooms.of(&source.path) else {
        return vec![format!("{}: lies in no room of the table", source.path)];
    };
    let file = File { rooms, packages, files, source, room };
    if source.path.ends_with(".rs") { file.rust() } else { file.script() }
}

struct File<'a> {
    rooms: &'a Rooms,
    packages: &'a Packages,
    files: &'a BTreeSet<String>,
    source: &'a Source,
    room: &'a Room,
}

impl File<'_> {
    fn rust(&self) -> Vec<String> {
        let mut found = Vec::new();
        for path in rust::paths(&self.source.text) {
            let root = path.parts[0].as_str();
            if let Some(target) = self.own_target(&path) {
                found.extend(self.names(path.line, &target));
            } else if self.packages.crates.contains(root) {
                found.extend(self.touches(path.line, root, &path.parts[1]));
            }
            for power in MACHINE_POWERS.iter().filter(|power| path.parts.iter().any(|part| part == *power)) {
                // Also a name that a `use` brought in: `Instant::now()`.
                found.extend(self.uses(path.line, power));
            }
        }
        if self.room.name() != SQL_ROOM && !self.room.touches.iter().any(|it| it == ANYTHING) {
            for (line, token) in rust::tokens(&self.source.text) {
                if matches!(&token, rust::Token::Text(text) if SQL.iter().any(|word| text.trim_start().starts_with(word)))
                {
                    found.push(self.say(line, &format!("SQL outside of {SQL_ROOM}")));
                }
            }
        }
        found.dedup();
        found
    }

    /// The file or folder that a path into our own code names, as far as the first module.
    fn own_target(&self, path: &rust::Path) -> Option<String> {
        let own = |root: &str| OWN_CRATES.iter().find(|(name, _)| *name == root).map(|(_, folder)| *folder);
        let home = OWN_CRATES.iter().find(|(_, folder)| self.source.path.starts_with(&format!("{folder}/")));
        let (folder, modules) = match path.parts[0].as_str() {
            "crate" => (home?.1, path.parts[1..].to_vec()),
            "super" => (home?.1, above(&self.source.path, home?.1, path)?),
            root => (own(root)?, path.parts[1..].to_vec()),
        };
        let mut target = folder.to_owned();
        for module in modules.iter().take_while(|module| !module.starts_with(char::is_uppercase)) {
            let next = format!("{target}/{module}");
            let inside = format!("{next}/");
            if !self.files.contains(&format!("{next}.rs")) && !self.files.iter().any(|file| file.starts_with(&inside)) {
                break;
            }
            target = next;
        }
        Some(target)
    }

    fn script(&self) -> Vec<String> {
        let in_browser = self.source.path.starts_with(BROWSER_FOLDER);
        let mut found = Vec::new();
        for (line, named) in script::named(&self.source.path, &self.source.text) {
            match named {
                Named::Module(module) if module.starts_with('.') => {
                    found.extend(self.names(line, &beside(&self.source.path, &module)));
                }
                Named::Module(module) => found.extend(self.touches(line, &package(&module), "")),
                Named::Word(word) if in_browser && BROWSER_POWERS.contains(&word.as_str()) => {
                    found.extend(self.uses(line, &word));
                }
                Named::Word(_) => {}
            }
        }
        found.dedup();
        found
    }

    /// A crossing, if what lies at `target` may not be named from here.
    fn names(&self, line: usize, target: &str) -> Option<String> {
        match self.rooms.of(target) {
            None => Some(self.say(line, &format!("names {target}, which lies in no room"))),
            Some(room) if self.rooms.may_name(self.room, room) => None,
            Some(room) => Some(self.say(line, &format!("{} may not name {}", self.room.name(), room.name()))),
        }
    }

    fn touches(&self, line: usize, package: &str, item: &str) -> Option<String> {
        let whole = format!("{package}::{item}");
        let may = self.room.touches.iter().any(|it| it == ANYTHING || it == package || *it == whole);
        (!may).then(|| self.say(line, &format!("{} may not touch {package}", self.room.name())))
    }

    fn uses(&self, line: usize, power: &str) -> Option<String> {
        let may = self.room.touches.iter().any(|it| it == ANYTHING || it == power);
        (!may).then(|| self.say(line, &format!("{} may not use {power}", self.room.name())))
    }

    fn say(&self, line: usize, sentence: &str) -> String {
        format!("{}:{line}: {sentence}", self.source.path)
    }
}

/// Where `super::...` leads, as modules from the crate's root; `None` while it stays inside the file.
fn above(file: &str, folder: &str, path: &rust::Path) -> Option<Vec<String>> {
    let inner = file.strip_prefix(folder)?.trim_start_matches('/').trim_end_matches(".rs").trim_end_matches("/mod");
    let mut here: Vec<String> = inner.split('/').filter(|part| *part != "lib").map(str::to_owned).collect();
    let climbs = path.parts.iter().take_while(|part| *part == "super").count();
    let out_of_file = climbs.checked_sub(path.inside).filter(|climbs| *climbs > 0)?;
    here.truncate(here.len().checked_sub(out_of_file)?);
    here.extend_from_slice(&path.parts[climbs..]);
    Some(here)
}

/// Where a relative import leads.
fn beside(file: &str, module: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for step in module.split('/') {
        match step {
            "." => {}
            ".." => drop(parts.pop()),
            step => parts.push(step),
        }
    }
    let path = parts.join("/");
    let named = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if named { path } else { format!("{path}.ts") }
}

/// The package of an import: `@a/b/c` is of `@a/b`, `node:fs` of `node:`.
fn package(module: &str) -> String {
    if module.starts_with("node:") {
        return "node:".to_owned();
    }
    let parts = if module.starts_with('@') { 2 } else { 1 };
    module.split('/').take(parts).collect::<Vec<_>>().join("/")
}

/// What is wrong with the table itself: rooms that are not there, words that mean nothing.
pub fn faults(rooms: &Rooms, packages: &Packages, files: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut paths: BTreeMap<&str, usize> = BTreeMap::new();
    for path in rooms.0.iter().flat_map(|room| &room.paths) {
        *paths.entry(path).or_default() += 1;
        let inside = format!("{path}/");
        let there = files.iter().any(|file| {
            file == path
                || file.starts_with(&inside)
                || [".rs", ".ts"].iter().any(|end| *file == format!("{path}{end}"))
        });
        if !there {
            found.push(format!("the room {path} does not exist"));
        }
    }
    found.extend(paths.iter().filter(|(_, count)| **count > 1).map(|(path, _)| format!("{path} is two rooms")));
    for room in &rooms.0 {
        for name in room.names.iter().filter(|name| *name != ANYTHING && !paths.contains_key(name.as_str())) {
            found.push(format!("{} names {name}, which is no room", room.name()));
        }
        for touched in room.touches.iter().filter(|touched| *touched != ANYTHING) {
            let first = touched.split("::").next().unwrap_or_default();
            let known = packages.crates.contains(first)
                || packages.npm.contains(touched)
                || MACHINE_POWERS.contains(&first)
                || BROWSER_POWERS.contains(&touched.as_str());
            if !known {
                found.push(format!("{} touches {touched}, which is no package or power", room.name()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
| Room | Holds | May name | May touch |
| --- | --- | --- | --- |
| `client-core/src` | | `client-core/src/gate` | `serde` |
| `client-core/src/gate` | | `client-core/src` | `automerge` |
| `server/src` | | `server/src/store` | `SystemTime` |
| `server/src/store` | | `client-core/src` | `rusqlite` |
| `server/src/http` | | `server/src` `server/src/store` | `axum` `rusqlite::Connection` |
| `web-pwa/src/port` | | | `fetch` |
| `web-pwa/src/host` `web-pwa/src/host/wasm` | | `web-pwa/src/port` | |
| `web-pwa/src/host/client` | | `web-pwa/src/host` | |
| `web-pwa/src/screen` | | `web-pwa/src/host/client` | `vue` |
| `tests/e2e` | | | `@playwright/test` `node:` |
";

    const FILES: [&str; 10] = [
        "client-core/src/lib.rs",
        "client-core/src/gate/mod.rs",
        "client-core/src/clock.rs",
        "server/src/lib.rs",
        "server/src/app.rs",
        "server/src/store/mod.rs",
        "server/src/store/audit.rs",
        "server/src/http/me.rs",
        "web-pwa/src/host/client.ts",
        "web-pwa/src/port/net.ts",
    ];

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn packages() -> Packages {
        Packages {
            crates: set(&["automerge", "axum", "rusqlite", "serde"]),
            npm: set(&["vue", "@playwright/test", "node:"]),
        }
    }

    fn said(path: &str, text: &str) -> Vec<String> {
        let rooms = Rooms::read(TABLE).expect("a table");
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        let said = crossings(&rooms, &packages(), &set(&FILES), &source);
        said.into_iter().map(|sentence| sentence.trim_start_matches(path).to_owned()).collect()
    }

    #[test]
    fn a_crate_belongs_to_the_rooms_that_list_it() {
        assert_eq!(said("client-core/src/gate/mod.rs", "use automerge::Change;"), [""; 0]);
        let crossed = ":1: client-core/src may not touch automerge";
        assert_eq!(said("client-core/src/clock.rs", "use automerge::Change;"), [crossed]);
        assert_eq!(said("client-core/src/clock.rs", "fn f(c: &automerge::Change) {}"), [crossed]);
        assert_eq!(said("server/src/http/me.rs", "use rusqlite::{Connection};"), [""; 0]);
        let crossed = ":1: server/src/http may not touch rusqlite";
        assert_eq!(said("server/src/http/me.rs", "use rusqlite::{Connection, params};"), [crossed]);
    }

    #[test]
    fn a_room_names_the_rooms_it_lists_by_any_road() {
        assert_eq!(said("server/src/http/me.rs", "use crate::store::audit;\nuse crate::app::App;"), [""; 0]);
        let crossed = ":1: server/src/store may not name server/src/http";
        for road in ["use crate::http::me;", "use super::http;", "mod t { use super::super::http; }"] {
            assert_eq!(said("server/src/store/mod.rs", road), [crossed], "{road}");
        }
        assert_eq!(said("server/src/store/audit.rs", "use super::Trouble; mod t { use super::link; }"), [""; 0]);
        let crossed = ":1: server/src/http may not name client-core/src";
        assert_eq!(said("server/src/http/me.rs", "use zhucun_core::clock::Moment;"), [crossed]);
        let crossed = ":1: server/src/store may not name client-core/src/gate";
        assert_eq!(said("server/src/store/audit.rs", "use zhucun_core::gate::judge;"), [crossed]);
    }

    #[test]
    fn only_the_store_speaks_sql_and_only_who_lists_a_clock_reads_it() {
        let sql = "fn f() { x.execute(\"SELECT 1\"); }";
        assert_eq!(said("server/src/store/audit.rs", sql), [""; 0]);
        assert_eq!(said("server/src/http/me.rs", sql), [":1: SQL outside of server/src/store"]);
        let clock = "fn f() { std::time::SystemTime::now(); }";
        assert_eq!(said("server/src/app.rs", clock), [""; 0]);
        assert_eq!(said("server/src/http/me.rs", clock), [":1: server/src/http may not use SystemTime"]);
    }

    #[test]
    fn screens_know_the_client_contract_and_nothing_behind_it() {
        let path = "web-pwa/src/screen/home/Home.vue";
        let vue = |script: &str| format!("<script setup lang=\"ts\">\n{script}\n</script>\n<template />");
        let fine = vue("import { computed } from 'vue';\nimport { ask } from '../../host/client';");
        assert_eq!(said(path, &fine), [""; 0]);
        for (script, crossed) in [
            ("import { postSync } from '../../port/net';", "name web-pwa/src/port"),
            ("import { Engine } from '../../host/engine';", "name web-pwa/src/host"),
            ("const c = import('../../host/wasm/zhucun_wasm.js');", "name web-pwa/src/host"),
            ("import axios from 'axios';", "touch axios"),
            ("await fetch('/api/v1/me');", "use fetch"),
        ] {
            let crossed = format!(":2: web-pwa/src/screen may not {crossed}");
            assert_eq!(said(path, &vue(script)), [crossed], "{script}");
        }
    }

    #[test]
    fn browser_tests_name_no_product_code() {
        let path = "tests/e2e/life.spec.ts";
        let fine = "import { test } from '@playwright/test';\nimport { spawn } from 'node:child_process';\n\
                    import { city } from './city';";
        assert_eq!(said(path, fine), [""; 0]);
        let crossed = ":1: tests/e2e may not name web-pwa/src/host/client";
        assert_eq!(said(path, "import { ask } from '../../web-pwa/src/host/client';"), [crossed]);
    }

    #[test]
    fn every_source_has_a_room_and_every_room_has_sources() {
        assert_eq!(said("tools/a.ts", ""), [": lies in no room of the table"]);
        let rooms =
            Rooms::read("| Room | Holds | May name | May touch |\n|--|--|--|--|\n| `gone` | | `nobody` | `left_pad` |")
                .expect("a table");
        let expected = [
            "the room gone does not exist",
            "gone names nobody, which is no room",
            "gone touches left_pad, which is no package or power",
        ];
        assert_eq!(faults(&rooms, &packages(), &set(&FILES)), expected);
    }
}
