//! Heads: every source opens with a comment that says what it holds.
use crate::tree::Source;

/// A shorter head says nothing.
const HEAD_CHARS_MIN: usize = 20;

/// How the head of a file begins, by its name; `None` for files that have none.
fn sign(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("rs") => Some("//!"),
        Some("ts" | "mts" | "js" | "mjs") => Some("//"),
        Some("vue") => Some("<!--"),
        Some("css") => Some("/*"),
        Some("sql") => Some("--"),
        Some("sh") => Some("#"),
        None if path.starts_with("scripts/") || path.starts_with(".ci/") || name == "Makefile" => Some("#"),
        _ => None,
    }
}

/// What is missing at the top of a file.
pub fn missing(source: &Source) -> Option<String> {
    let sign = sign(&source.path)?;
    let first = source.text.lines().find(|line| !line.starts_with("#!/"))?;
    let says = first.strip_prefix(sign).map(str::trim).unwrap_or_default();
    (says.chars().count() < HEAD_CHARS_MIN).then(|| format!("{}: no head comment ({sign} ...)", source.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_without_a_head_is_named() {
        let said = |path: &str, text: &str| missing(&Source { path: path.to_owned(), text: text.to_owned() }).is_some();
        for (path, head) in [
            ("a/b.rs", "//! Reads the calendar of working days."),
            ("a/b.ts", "// Reads the calendar of working days."),
            ("a/B.vue", "<!-- One day of the calendar, as a chip. -->"),
            ("a/b.sql", "-- The calendar of working days, by year."),
            ("scripts/build", "#!/usr/bin/env bash\n# Builds the calendar of working days."),
        ] {
            assert!(!said(path, &format!("{head}\ncode")), "{path}");
            assert!(said(path, "use std::fmt;\n"), "{path}");
            assert!(said(path, &format!("\n{head}")), "{path}: the first line");
        }
        assert!(said("a/b.rs", "// A comment, but not of the module itself."));
        assert!(said("scripts/build", "#!/usr/bin/env bash\nset -e"));
        assert!(!said("a/b.json", "{}"));
    }
}
