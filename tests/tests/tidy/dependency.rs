//! Dependencies: what the manifests list, and that a room's crate depends on exactly what its rooms may touch.
use std::collections::BTreeSet;

use crate::table::Rooms;

/// The names under a table of a Cargo manifest, as code writes them.
pub fn of_manifest(manifest: &str, table: &str) -> BTreeSet<String> {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != format!("[{table}]"));
    lines.next();
    let lines = lines.take_while(|line| !line.starts_with('['));
    let named = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    named.map(|line| line.split(['.', ' ', '=']).next().unwrap_or_default().replace('-', "_")).collect()
}

/// The names under a table of a package.json.
pub fn of_package(package: &str, table: &str) -> BTreeSet<String> {
    let package: serde_json::Value = serde_json::from_str(package).expect("a package.json is JSON");
    package[table].as_object().map(|found| found.keys().cloned().collect()).unwrap_or_default()
}

/// How the dependencies of a crate differ from what the rooms in its folder may touch.
pub fn difference(rooms: &Rooms, folder: &str, own: &[&str], listed: &BTreeSet<String>) -> Vec<String> {
    let inside = rooms.0.iter().filter(|room| room.name() == folder || room.name().starts_with(&format!("{folder}/")));
    let touched: BTreeSet<String> = inside
        .flat_map(|room| &room.touches)
        .map(|touched| touched.split("::").next().unwrap_or_default().to_owned())
        .filter(|touched| !touched.starts_with(char::is_uppercase) && touched != "thread")
        .chain(own.iter().map(|name| (*name).to_owned()))
        .collect();
    let extra = listed.difference(&touched).map(|name| format!("{folder} depends on {name}, which no room may touch"));
    let gone = touched.difference(listed).map(|name| format!("{folder} may touch {name} and does not depend on it"));
    extra.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_more_or_less_is_named() {
        let rooms = Rooms::read(
            "| Room | Holds | May name | May touch |\n|--|--|--|--|\n| `core/src` | | | `serde` `Instant` |\n\
             | `core/src/gate` | | | `auto_merge::Change` |\n| `corex` | | | `tokio` |",
        );
        let rooms = rooms.expect("a table");
        let manifest = "[package]\nname = \"x\"\n[dependencies]\n# why\nserde.workspace = true\n\
                        auto-merge = { version = \"1\" }\n\n[dev-dependencies]\ntempfile = \"3\"\n";
        let listed = of_manifest(manifest, "dependencies");
        assert_eq!(difference(&rooms, "core/src", &[], &listed), [""; 0]);
        let more = of_manifest(&manifest.replace("# why", "tokio = \"1\""), "dependencies");
        let said = ["core/src depends on tokio, which no room may touch"];
        assert_eq!(difference(&rooms, "core/src", &[], &more), said);
        let less = of_manifest(&manifest.replace("serde.workspace = true\n", ""), "dependencies");
        let said = ["core/src may touch serde and does not depend on it"];
        assert_eq!(difference(&rooms, "core/src", &[], &less), said);
    }
}
