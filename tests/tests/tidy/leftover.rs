//! Left-overs: notes to oneself, switched-off tests, and what belongs to one machine.
use crate::tree::Source;

/// Words that no file may hold. Written in two halves, so that this file does not hold them.
const WORDS: [&str; 11] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("dbg", "!("),
    concat!("#[ig", "nore"),
    concat!("test.sk", "ip"),
    concat!("test.fix", "me"),
    concat!("test.on", "ly"),
    concat!("describe.on", "ly"),
];
/// Only what runs in a terminal writes to a console.
const CONSOLE: &str = concat!("console", ".log");
const CONSOLE_FOLDER: &str = "scripts/";
const SCRIPTS: [&str; 4] = [".ts", ".vue", ".js", ".mjs"];
/// Beginnings of paths that exist on one machine only.
const MACHINE_FOLDERS: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/fa", "rm/"),
];
/// Beginnings of hosts that packages are fetched from.
const REGISTRY_HOSTS: [&str; 8] = ["static", "index", "registry", "files", "deb", "security", "mirror", "mirrors"];

/// Every left-over of a file, one sentence each.
pub fn found(source: &Source) -> Vec<String> {
    let is_script = SCRIPTS.iter().any(|end| source.path.ends_with(end)) && !source.path.starts_with(CONSOLE_FOLDER);
    let mut found = Vec::new();
    for (line, text) in source.text.lines().enumerate().map(|(index, text)| (index + 1, text)) {
        let mut say = |what: &str| found.push(format!("{}:{line}: {what}", source.path));
        for word in WORDS.iter().filter(|word| text.contains(**word)) {
            say(word);
        }
        if is_script && text.contains(CONSOLE) {
            say(CONSOLE);
        }
        for folder in MACHINE_FOLDERS.iter().filter(|folder| has_path(text, folder)) {
            say(&format!("a path of one machine: {folder}"));
        }
        for host in REGISTRY_HOSTS {
            if ["http", "https"].iter().any(|scheme| text.contains(&format!("{scheme}://{host}."))) {
                say(&format!("a host of a registry: {host}"));
            }
        }
    }
    found
}

/// Whether the folder begins a path, and does not lie inside one.
fn has_path(text: &str, folder: &str) -> bool {
    let begins = |(at, _)| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '_' | '-' | '}' | ')' | '*'))
    };
    text.match_indices(folder).any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, text: &str) -> usize {
        found(&Source { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn notes_and_switched_off_tests_are_named() {
        for word in WORDS {
            assert_eq!(said("a.rs", &format!("fn f() {{}} // {word}")), 1, "{word}");
        }
        assert_eq!(said("a.ts", &format!("{CONSOLE}(1)")), 1);
        assert_eq!(said("scripts/a.mjs", &format!("{CONSOLE}(1)")), 0);
    }

    #[test]
    fn what_belongs_to_one_machine_is_named() {
        for folder in MACHINE_FOLDERS {
            assert_eq!(said("a.md", &format!("cd {folder}x")), 1, "{folder}");
            assert_eq!(said("a.md", &format!("cd src{folder}x, .{folder}x")), 0, "{folder}");
        }
        assert_eq!(said("a.lock", concat!("resolved https", "://registry.example/vue.tgz")), 1);
        assert_eq!(said("a.md", "https://www.rfc-editor.org/rfc/rfc8742"), 0);
    }
}
