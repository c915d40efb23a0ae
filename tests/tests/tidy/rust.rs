//! Reading Rust: the code without comments, and the paths it names. A lexer and no parser: it follows `use` groups and
//! `super`, which is all that walls and the order of modules need.

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Word(String),
    Text(String),
    Sign(char),
    /// `::`
    Colons,
}

/// A path as written, from its root on: `["crate", "store", "audit"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub line: usize,
    pub parts: Vec<String>,
    /// How many modules inside the file the path stands in.
    pub inside: usize,
}

/// The tokens with their lines; comments and characters are left out.
pub fn tokens(source: &str) -> Vec<(usize, Token)> {
    let chars: Vec<char> = source.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let (mut found, mut index, mut line) = (Vec::new(), 0, 1);
    while index < chars.len() {
        let begins = index;
        match at(index) {
            '/' if at(index + 1) == '/' => {
                while index < chars.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            '/' if at(index + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(index), at(index + 1)) {
                        ('/', '*') => (depth, index) = (depth + 1, index + 2),
                        ('*', '/') => (depth, index) = (depth - 1, index + 2),
                        _ => index += 1,
                    }
                    if depth == 0 || index >= chars.len() {
                        break;
                    }
                }
            }
            '"' => index = text_end(&chars, index),
            'r' | 'b' | 'c' if raw_text(&chars, index).is_some() => {
                index = raw_text(&chars, index).expect("just asked");
            }
            '\'' => index = character_end(&chars, index),
            c if c.is_alphanumeric() || c == '_' => {
                while at(index).is_alphanumeric() || at(index) == '_' {
                    index += 1;
                }
                found.push((line, Token::Word(chars[begins..index].iter().collect())));
            }
            ':' if at(index + 1) == ':' => {
                found.push((line, Token::Colons));
                index += 2;
            }
            c => {
                if !c.is_whitespace() {
                    found.push((line, Token::Sign(c)));
                }
                index += 1;
            }
        }
        let passed = &chars[begins..index.min(chars.len())];
        let quotes = (passed.iter().position(|c| *c == '"'), passed.iter().rposition(|c| *c == '"'));
        if let (false, (Some(first), Some(last))) = (passed.starts_with(&['/']) || passed[0] == '\'', quotes) {
            found.push((line, Token::Text(passed[first.min(last) + 1..last.max(first + 1)].iter().collect())));
        }
        line += passed.iter().filter(|c| **c == '\n').count();
    }
    found
}

fn text_end(chars: &[char], from: usize) -> usize {
    let mut index = from + 1;
    while index < chars.len() && chars[index] != '"' {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}

/// The end of a text that begins here with a prefix, raw or not.
fn raw_text(chars: &[char], from: usize) -> Option<usize> {
    let mut index = from;
    while matches!(chars.get(index), Some('b' | 'c')) && index < from + 1 {
        index += 1;
    }
    let raw = chars.get(index) == Some(&'r');
    index += usize::from(raw);
    let hashes = chars[index..].iter().take_while(|c| **c == '#').count();
    if chars.get(index + hashes) != Some(&'"') || (hashes > 0 && !raw) {
        return None;
    }
    if !raw {
        return Some(text_end(chars, index));
    }
    let mut end = index + hashes + 1;
    loop {
        if end >= chars.len() {
            return Some(end);
        }
        if chars[end] == '"' && chars[end + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return Some(end + 1 + hashes);
        }
        end += 1;
    }
}

/// The end of a character, or of the sign before a lifetime.
fn character_end(chars: &[char], from: usize) -> usize {
    match (chars.get(from + 1), chars.get(from + 2)) {
        (Some('\\'), _) => {
            let mut index = from + 3;
            while index < chars.len() && chars[index] != '\'' {
                index += 1;
            }
            index + 1
        }
        (Some(_), Some('\'')) => from + 3,
        _ => from + 1,
    }
}

/// All paths of two or more parts, the groups of `use` written out.
pub fn paths(source: &str) -> Vec<Path> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let (mut depth, mut modules) = (0_usize, Vec::new());
    let mut index = 0;
    while let Some((line, token)) = tokens.get(index) {
        let mut next = index + 1;
        match token {
            Token::Sign('{') => {
                if matches!(&tokens[..index], [.., (_, Token::Word(word)), (_, Token::Word(_))] if word == "mod") {
                    modules.push(depth);
                }
                depth += 1;
            }
            Token::Sign('}') => {
                depth = depth.saturating_sub(1);
                if modules.last() == Some(&depth) {
                    modules.pop();
                }
            }
            Token::Word(word) if tokens.get(next).is_some_and(|(_, token)| *token == Token::Colons) => {
                let mut all = Vec::new();
                next = follow(&tokens, index + 2, vec![word.clone()], &mut all);
                found.extend(all.into_iter().map(|parts| Path { line: *line, parts, inside: modules.len() }));
            }
            _ => {}
        }
        index = next;
    }
    found
}

/// Follows a path after `::`, into groups, and gives the index behind it.
fn follow(tokens: &[(usize, Token)], mut index: usize, path: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    match tokens.get(index).map(|(_, token)| token) {
        Some(Token::Word(word)) => {
            let mut path = path;
            path.push(word.clone());
            if tokens.get(index + 1).is_some_and(|(_, next)| *next == Token::Colons) {
                return follow(tokens, index + 2, path, found);
            }
            found.push(path);
            index + 1
        }
        Some(Token::Sign('{')) => {
            index += 1;
            while let Some((_, token)) = tokens.get(index) {
                match token {
                    Token::Sign('}') => return index + 1,
                    Token::Word(_) => index = follow(tokens, index, path.clone(), found),
                    _ => index += 1,
                }
            }
            index
        }
        _ => {
            found.push(path);
            index + 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(source: &str) -> Vec<String> {
        paths(source).into_iter().map(|path| path.parts.join("::")).collect()
    }

    #[test]
    fn groups_are_written_out_and_comments_and_texts_name_nothing() {
        let source = r##"
            //! crate::comment
            use crate::store::{self, Trouble, audit::{Deed, append}};
            /* use crate::gone; /* nested */ */
            const A: &str = "crate::text"; const B: &str = r#"crate::"raw""#; const C: char = '"';
            fn f<'a>(x: &'a rusqlite::Connection) { zhucun_core::clock::Moment(1); }
        "##;
        let expected = [
            "crate::store::self",
            "crate::store::Trouble",
            "crate::store::audit::Deed",
            "crate::store::audit::append",
            "rusqlite::Connection",
            "zhucun_core::clock::Moment",
        ];
        assert_eq!(named(source), expected);
    }

    #[test]
    fn a_path_knows_its_line_and_the_modules_it_stands_in() {
        let found = paths("use super::a;\nmod tests {\n    fn f() { super::b(); }\n}\nuse crate::c;");
        let seen: Vec<_> = found.iter().map(|path| (path.line, path.inside, path.parts.join("::"))).collect();
        let expected = [(1, 0, "super::a"), (3, 1, "super::b"), (5, 0, "crate::c")];
        assert_eq!(seen, expected.map(|(line, inside, path)| (line, inside, path.to_owned())));
    }

    #[test]
    fn texts_are_told_from_code() {
        let texts = |source: &str| -> Vec<String> {
            tokens(source)
                .into_iter()
                .filter_map(|(_, token)| if let Token::Text(text) = token { Some(text) } else { None })
                .collect()
        };
        assert_eq!(texts(r##"a("SELECT 1", br#"x"y"#, 'b', "\"q")"##), ["SELECT 1", "x\"y", "\\\"q"]);
    }
}
