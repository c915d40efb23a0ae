//! Reading TypeScript and the scripts of Vue files: what they import, and the words they use outside of comments and
//! texts.

/// Something a script names: a module, or a dotted word such as `navigator.locks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Module(String),
    Word(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

/// Everything a file names, with its line. Of a Vue file only the scripts are read.
pub fn named(path: &str, source: &str) -> Vec<(usize, Named)> {
    let source = if path.ends_with(".vue") { scripts_only(source) } else { source.to_owned() };
    let tokens = tokens(&source);
    let mut found = Vec::new();
    for index in 0..tokens.len() {
        let before = |back: usize| index.checked_sub(back).map(|at| &tokens[at].1);
        let is = |back: usize, word: &str| matches!(before(back), Some(Token::Word(found)) if found == word);
        let sign = |back: usize, sign: char| before(back) == Some(&Token::Sign(sign));
        let (line, token) = &tokens[index];
        match token {
            Token::Text(text) => {
                let imported = is(1, "from") || is(1, "import") || (sign(1, '(') && is(2, "import"));
                // An address of another script, such as that of a worker.
                let is_script = text.starts_with('.') && [".ts", ".js", ".mjs"].iter().any(|end| text.ends_with(end));
                let addressed = is_script && sign(1, '(') && is(2, "URL") && is(3, "new");
                if imported || addressed {
                    found.push((*line, Named::Module(text.clone())));
                }
            }
            Token::Word(word) => {
                let owned = sign(1, '.') && !["window", "self", "globalThis"].iter().any(|global| is(2, global));
                let names_a_member = matches!(tokens.get(index + 1), Some((_, Token::Sign(':'))));
                if !owned && !names_a_member {
                    found.push((*line, Named::Word(word.clone())));
                    if let [(_, Token::Sign('.')), (_, Token::Word(member)), ..] = &tokens[index + 1..] {
                        found.push((*line, Named::Word(format!("{word}.{member}"))));
                    }
                }
            }
            Token::Sign(_) => {}
        }
    }
    found
}

/// The file with everything but the scripts blanked, so that lines stay.
fn scripts_only(source: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in source.lines() {
        let tag = line.trim_start();
        if tag.starts_with("<script") {
            inside = true;
        } else if tag.starts_with("</script") {
            inside = false;
        } else if inside {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    kept
}

fn tokens(source: &str) -> Vec<(usize, Token)> {
    let chars: Vec<char> = source.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut found: Vec<(usize, Token)> = Vec::new();
    let (mut index, mut line) = (0, 1);
    while index < chars.len() {
        let begins = index;
        match at(index) {
            '/' if at(index + 1) == '/' => {
                while index < chars.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            '/' if at(index + 1) == '*' => {
                index += 2;
                while index < chars.len() && (at(index), at(index + 1)) != ('*', '/') {
                    index += 1;
                }
                index += 2;
            }
            quote @ ('"' | '\'' | '`') => {
                index = quoted_end(&chars, index, quote);
                found.push((line, Token::Text(chars[begins + 1..index.max(begins + 2) - 1].iter().collect())));
            }
            '/' if begins_a_pattern(found.last().map(|(_, token)| token)) => index = pattern_end(&chars, index),
            c if c.is_alphanumeric() || matches!(c, '_' | '$') => {
                while at(index).is_alphanumeric() || matches!(at(index), '_' | '$') {
                    index += 1;
                }
                found.push((line, Token::Word(chars[begins..index].iter().collect())));
            }
            c => {
                if !c.is_whitespace() {
                    found.push((line, Token::Sign(c)));
                }
                index += 1;
            }
        }
        line += chars[begins..index.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    found
}

fn quoted_end(chars: &[char], from: usize, quote: char) -> usize {
    let mut index = from + 1;
    while index < chars.len() && chars[index] != quote {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    (index + 1).min(chars.len())
}

fn begins_a_pattern(before: Option<&Token>) -> bool {
    match before {
        None => true,
        Some(Token::Sign(sign)) => !matches!(sign, ')' | ']' | '}'),
        Some(Token::Word(word)) => matches!(word.as_str(), "return" | "case" | "typeof"),
        Some(Token::Text(_)) => false,
    }
}

fn pattern_end(chars: &[char], from: usize) -> usize {
    let (mut index, mut in_class) = (from + 1, false);
    while index < chars.len() && chars[index] != '\n' {
        match chars[index] {
            '\\' => index += 1,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return index + 1,
            _ => {}
        }
        index += 1;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(path: &str, source: &str) -> Vec<(usize, String)> {
        named(path, source)
            .into_iter()
            .filter_map(|(line, named)| if let Named::Module(module) = named { Some((line, module)) } else { None })
            .collect()
    }

    fn words(source: &str) -> Vec<String> {
        named("a.ts", source)
            .into_iter()
            .filter_map(|(_, named)| if let Named::Word(word) = named { Some(word) } else { None })
            .collect()
    }

    #[test]
    fn every_way_to_import_is_seen() {
        let source = "import { a } from './a';\nimport './b.css';\nexport type * from \"./c\";\n\
                      const d = await import('./d');\nnew Worker(new URL('./e.ts', import.meta.url));\n\
                      new URL('..', import.meta.url); // import './comment';\nconst f = `import './text'`;\nconst g = /'import \"/.test(h);";
        let seen = modules("x.ts", source);
        let expected = [(1, "./a"), (2, "./b.css"), (3, "./c"), (4, "./d"), (5, "./e.ts")];
        assert_eq!(seen, expected.map(|(line, module)| (line, module.to_owned())));
    }

    #[test]
    fn of_a_vue_file_the_scripts_are_read() {
        let source = "<!-- import './comment' -->\n<script setup lang=\"ts\">\nimport A from './A.vue';\n</script>\n\
                      <template><p>it's from './there'</p></template>";
        assert_eq!(modules("x.vue", source), [(3, "./A.vue".to_owned())]);
    }

    #[test]
    fn members_of_other_things_are_not_the_browsers_own() {
        let seen = words("x.fetch(1); window.fetch(2); navigator.locks.request(); ({ fetch: 3 }); 'fetch'");
        assert!(seen.contains(&"navigator.locks".to_owned()));
        assert_eq!(seen.iter().filter(|word| *word == "fetch").count(), 1);
    }
}
