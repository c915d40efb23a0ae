//! The files of this repository, as they lie there: sources and texts, without what is built, fetched or stored at run
//! time.
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing of ours.
const NOT_OURS: &[&str] = &[".git", "data", "target", "web-pwa/dist", "web-pwa/src/host/wasm"];
/// The same, wherever they lie.
const NOWHERE_OURS: &[&str] = &["node_modules"];

/// A file with its path from the root of the repository.
#[derive(Clone, Debug)]
pub struct Source {
    pub path: String,
    pub text: String,
}

pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests lie in the repository").to_owned()
}

/// Every text file, by path. What is not UTF-8 (pictures, icons) is left out.
pub fn files() -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(found.len() > 100, "the repository is here");
    found
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let entry = entry.expect("an entry can be read");
        let name = entry.file_name().into_string().expect("names here are text");
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if NOT_OURS.contains(&path.as_str()) || NOWHERE_OURS.contains(&name.as_str()) {
            continue;
        }
        if entry.file_type().expect("an entry has a type").is_dir() {
            walk(&entry.path(), &path, found);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            found.push(Source { path, text });
        }
    }
}
