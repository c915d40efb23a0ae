//! The tidy test: the walls between rooms, as the table in docs/ARCHITECTURE.md has them, the order of modules, heads,
//! left-overs, links, that docs/PROTOCOL.md gives the numbers that the code has, and docs/CHECKS.md its checks. Each rule
//! is tested on samples beside it, so that a rule which cannot fail is noticed.
mod tree;
mod rust;
mod script;
mod table;
mod wall;
mod order;
mod head;
mod leftover;
mod link;
mod check;
mod dependency;
mod protocol;

use std::collections::BTreeSet;

use tree::Source;
use wall::Packages;

const SOURCES: [&str; 6] = [".rs", ".ts", ".mts", ".vue", ".js", ".mjs"];

fn text(path: &str) -> String {
    std::fs::read_to_string(tree::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rooms() -> table::Rooms {
    table::Rooms::read(&text("docs/ARCHITECTURE.md")).expect("the rooms table")
}

/// What products may depend on; what only tests use is outside of every wall.
fn packages() -> Packages {
    let crates = ["client-core", "client-core/wasm", "server"]
        .into_iter()
        .flat_map(|folder| dependency::of_manifest(&text(&format!("{folder}/Cargo.toml")), "dependencies"))
        .filter(|name| !name.starts_with("zhucun_"))
        .collect();
    let manifests = ["web-pwa/package.json", "tests/e2e/package.json"].map(text);
    let npm = manifests.iter().flat_map(|manifest| {
        let tables = ["dependencies", "devDependencies"];
        tables.into_iter().flat_map(|table| dependency::of_package(manifest, table))
    });
    let built_in = ["node:", "virtual:pwa-register"].map(str::to_owned);
    Packages { crates, npm: npm.chain(built_in).collect() }
}

fn paths(files: &[Source]) -> BTreeSet<String> {
    files.iter().map(|file| file.path.clone()).collect()
}

/// Fails with every sentence, one a line.
fn none(found: impl IntoIterator<Item = String>) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}

#[test]
fn no_import_crosses_a_wall() {
    let (rooms, packages, files) = (rooms(), packages(), tree::files());
    let paths = paths(&files);
    let sources = files.iter().filter(|file| SOURCES.iter().any(|end| file.path.ends_with(end)));
    none(sources.flat_map(|source| wall::crossings(&rooms, &packages, &paths, source)));
}

#[test]
fn the_rooms_table_speaks_of_what_is_there() {
    none(wall::faults(&rooms(), &packages(), &paths(&tree::files())));
}

#[test]
fn crates_depend_on_exactly_what_their_rooms_may_touch() {
    let rooms = rooms();
    let of = |folder: &str| dependency::of_manifest(&text(&format!("{folder}/Cargo.toml")), "dependencies");
    none(dependency::difference(&rooms, "client-core/src", &[], &of("client-core")));
    none(dependency::difference(&rooms, "client-core/wasm", &["zhucun_core"], &of("client-core/wasm")));
    none(dependency::difference(&rooms, "server/src", &["zhucun_core"], &of("server")));
}

#[test]
fn a_module_names_only_those_above_it() {
    let files = tree::files();
    for folder in ["client-core/src", "server/src"] {
        let modules = order::modules(&text(&format!("{folder}/lib.rs")));
        assert!(modules.len() > 10, "the modules of {folder}");
        none(files.iter().flat_map(|file| {
            let inner = file.path.strip_prefix(folder).and_then(|inner| inner.strip_prefix('/'));
            inner.map(|inner| order::breaches(&modules, inner, file)).unwrap_or_default()
        }));
    }
}

#[test]
fn every_source_opens_with_a_head() {
    none(tree::files().iter().filter_map(head::missing));
}

#[test]
fn nothing_is_left_over() {
    none(tree::files().iter().flat_map(leftover::found));
}

#[test]
fn the_protocol_document_gives_the_numbers_of_the_code() {
    let document = text("docs/PROTOCOL.md");
    none(protocol::missing_rows(&document));
    let sources = ["server/src/refusal.rs", "server/src/problem.rs"].map(text);
    none(sources.iter().flat_map(|source| protocol::missing_codes(&document, source)));
}

#[test]
fn documents_point_at_what_is_there() {
    let files = tree::files();
    let documents = files.iter().filter(|file| file.path.ends_with(".md"));
    none(documents.flat_map(|document| link::broken(document, |path| tree::root().join(path).exists())));
}

#[test]
fn the_page_of_checks_speaks_of_what_is_there() {
    none(check::broken(&text("docs/CHECKS.md"), &tree::files()));
}
