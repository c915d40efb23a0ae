//! The order of modules: `lib.rs` lists them in the order of their dependency, and each names only those above it.
use crate::rust::{self, Token};
use crate::tree::Source;

/// The modules of a crate in the order of its `lib.rs`.
pub fn modules(lib: &str) -> Vec<String> {
    let tokens: Vec<Token> = rust::tokens(lib).into_iter().map(|(_, token)| token).collect();
    let declared = |three: &[Token]| match three {
        [Token::Word(keyword), Token::Word(name), Token::Sign(';')] if keyword == "mod" => Some(name.clone()),
        _ => None,
    };
    tokens.windows(3).filter_map(declared).collect()
}

/// What a file of the crate names below its own module. `inner` is its path inside the crate's folder.
pub fn breaches(modules: &[String], inner: &str, source: &Source) -> Vec<String> {
    let place = |name: &str| modules.iter().position(|module| module == name);
    let own = inner.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let Some(here) = place(own) else { return Vec::new() };
    let mut found = Vec::new();
    for path in rust::paths(&source.text) {
        if path.parts[0] == "crate"
            && let Some(there) = place(&path.parts[1])
            && there > here
        {
            found.push(format!("{}:{}: {own} names {}, which comes below it", source.path, path.line, path.parts[1]));
        }
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_names_only_those_above_it() {
        let modules = modules("//! pub mod comment;\npub mod clock;\npub mod entry;\nmod tests { }\npub mod duty;");
        assert_eq!(modules, ["clock", "entry", "duty"]);
        let said = |inner: &str, text: &str| {
            let source = Source { path: format!("src/{inner}"), text: text.to_owned() };
            breaches(&modules, inner, &source)
        };
        assert_eq!(said("entry/kind.rs", "use crate::clock::Moment; use crate::entry::A;"), [""; 0]);
        let breach = ["src/entry.rs:2: entry names duty, which comes below it"];
        assert_eq!(said("entry.rs", "\nuse crate::{clock, duty::Duty};"), breach);
        assert_eq!(said("lib.rs", "use crate::duty;"), [""; 0]);
    }
}
