//! docs/CHECKS.md against the code: each row names a function of the file that its heading names, and tests that are there.
use crate::tree::Source;

/// The rows that name what is not there, one sentence each.
pub fn broken(page: &str, files: &[Source]) -> Vec<String> {
    let rust = || files.iter().filter(|file| file.path.ends_with(".rs"));
    let has = |file: &Source, name: &str| ["(", "<"].iter().any(|end| file.text.contains(&format!("fn {name}{end}")));
    let mut found = Vec::new();
    let mut path = "";
    for line in page.lines() {
        if let Some(named) = line.strip_prefix('`') {
            path = named.trim_end_matches('`');
            continue;
        }
        let Some([check, function, tests]) = row(line) else { continue };
        if !rust().any(|file| file.path == path && has(file, function.trim_matches('`'))) {
            found.push(format!("{check}: {path} has no {function}"));
        }
        let named = tests.split('`').skip(1).step_by(2).filter(|name| name.contains('_'));
        found.extend(
            named.filter(|name| !rust().any(|file| has(file, name))).map(|name| format!("{check}: there is no {name}")),
        );
    }
    found
}

/// The three cells of a row that is no heading.
fn row(line: &str) -> Option<[&str; 3]> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
    let cells: [&str; 3] = cells.try_into().ok()?;
    (cells[1].starts_with('`')).then_some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_about_what_is_gone_is_named() {
        let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
        let files = [source("a.rs", "fn judge() {}"), source("b.rs", "fn it_is_refused() {}")];
        let page = |function: &str, test: &str| {
            format!(
                "`a.rs`\n\n| Check | Function | Without it |\n| --- | --- | --- |\n| time | `{function}` | {test} |"
            )
        };
        assert_eq!(broken(&page("judge", "`it_is_refused` and 1 more"), &files), [""; 0]);
        assert_eq!(broken(&page("judge", "nothing known; fuzzing (`gate`)"), &files), [""; 0]);
        assert_eq!(broken(&page("gone", "`it_is_refused`"), &files), ["time: a.rs has no `gone`"]);
        assert_eq!(broken(&page("judge", "`it_is_taken`"), &files), ["time: there is no it_is_taken"]);
    }
}
