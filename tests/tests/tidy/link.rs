//! Links between documents: what a Markdown file points at inside the repository is there.
use std::collections::BTreeSet;

use crate::tree::Source;

/// The links of a document that lead to nothing, one sentence each.
pub fn broken(source: &Source, is_there: impl Fn(&str) -> bool) -> Vec<String> {
    let targets: BTreeSet<&str> =
        source.text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target).collect();
    let ours = targets.into_iter().filter(|target| !target.contains("://") && !target.starts_with('#'));
    ours.filter(|target| !is_there(&resolved(&source.path, target)))
        .map(|target| format!("{}: {target} is not there", source.path))
        .collect()
}

/// A link's path from the root of the repository, without its anchor.
fn resolved(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for step in target.split('#').next().unwrap_or_default().split('/') {
        match step {
            "" | "." => {}
            ".." => drop(parts.pop()),
            step => parts.push(step),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_named() {
        let text = "[a](PROTOCOL.md#fates) ![b](../README.md) [c](gone.md) [d](https://example.org/x.md) [e](#here)";
        let source = Source { path: "docs/A.md".to_owned(), text: text.to_owned() };
        let there = ["docs/PROTOCOL.md", "README.md"];
        assert_eq!(broken(&source, |path| there.contains(&path)), ["docs/A.md: gone.md is not there"]);
    }
}
