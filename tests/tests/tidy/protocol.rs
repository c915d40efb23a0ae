//! docs/PROTOCOL.md against the code: its limits, the bytes of the gate's refusals, the genesis chunks and the codes of
//! problems are what the code has.
use zhucun_core::document::{DOCUMENT_OPS_MAX, DocumentKind, genesis_change};
use zhucun_core::draft::{DRAFT_BYTES_MAX, DRAFTS_MAX};
use zhucun_core::field::{FIELD_NAME_BYTES_MAX, HOUSEHOLDS_MAX, PLACES_MAX, TEXT_BYTES_MAX, VISITS_MAX};
use zhucun_core::gate::{ACTORS_MAX, BRANCHES_MAX, CHANGE_BYTES_MAX, DEPENDENCIES_MAX, GateRefusal, OPS_MAX};
use zhucun_core::programme::REASON_CHARS_MAX;
use zhucun_core::review::{COMMENT_CHARS_MAX, RESTORE_DAYS};
use zhucun_core::wire::{
    CHANGES_MAX, INFLATED_BYTES_MAX, NESTING_MAX, PROTOCOL, PUSH_BYTES_MAX, REPLY_BYTES_MAX, REQUEST_BYTES_MAX,
};

use crate::rust::{self, Token};

/// Fates below this number are not the gate's.
const FATE_REFUSED: u8 = 16;

/// The beginnings of rows that must stand in the document.
pub fn rows() -> Vec<String> {
    let limits = [
        ("PROTOCOL", u64::from(PROTOCOL)),
        ("REQUEST_BYTES_MAX", REQUEST_BYTES_MAX as u64),
        ("INFLATED_BYTES_MAX", INFLATED_BYTES_MAX as u64),
        ("NESTING_MAX", NESTING_MAX as u64),
        ("CHANGES_MAX", CHANGES_MAX as u64),
        ("PUSH_BYTES_MAX", PUSH_BYTES_MAX as u64),
        ("REPLY_BYTES_MAX", u64::from(REPLY_BYTES_MAX)),
        ("CHANGE_BYTES_MAX", CHANGE_BYTES_MAX as u64),
        ("OPS_MAX", OPS_MAX),
        ("ACTORS_MAX", ACTORS_MAX),
        ("DEPENDENCIES_MAX", DEPENDENCIES_MAX),
        ("DOCUMENT_OPS_MAX", DOCUMENT_OPS_MAX),
        ("BRANCHES_MAX", BRANCHES_MAX as u64),
        ("FIELD_NAME_BYTES_MAX", FIELD_NAME_BYTES_MAX as u64),
        ("TEXT_BYTES_MAX", TEXT_BYTES_MAX as u64),
        ("HOUSEHOLDS_MAX", HOUSEHOLDS_MAX as u64),
        ("VISITS_MAX", VISITS_MAX as u64),
        ("PLACES_MAX", PLACES_MAX as u64),
        ("REASON_CHARS_MAX", REASON_CHARS_MAX as u64),
        ("DRAFTS_MAX", DRAFTS_MAX as u64),
        ("DRAFT_BYTES_MAX", DRAFT_BYTES_MAX),
        ("COMMENT_CHARS_MAX", COMMENT_CHARS_MAX as u64),
        ("RESTORE_DAYS", RESTORE_DAYS.unsigned_abs()),
    ];
    let limits = limits.into_iter().map(|(name, value)| format!("| `{name}` | {} |", in_thousands(value)));
    let refusals = GateRefusal::ALL.into_iter().map(|refusal| {
        let code = serde_json::to_string(&refusal).expect("a refusal is JSON").replace('"', "");
        format!("| {} | `{code}` |", FATE_REFUSED + refusal.number())
    });
    let geneses = DocumentKind::ALL.into_iter().map(|kind| {
        let chunk: String = genesis_change(kind).raw_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("| {} | `{chunk}` |", format!("{kind:?}").to_lowercase())
    });
    limits.chain(refusals).chain(geneses).collect()
}

/// The rows that the document lacks.
pub fn missing_rows(document: &str) -> Vec<String> {
    rows().into_iter().filter(|row| !document.lines().any(|line| line.starts_with(row.as_str()))).collect()
}

/// The codes of problems that a source gives and the document does not name. In those sources a code is the only text in
/// small letters and underscores.
pub fn missing_codes(document: &str, source: &str) -> Vec<String> {
    let is_code = |text: &String| text.len() > 2 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let texts = rust::tokens(source).into_iter().filter_map(|(_, token)| match token {
        Token::Text(text) => Some(text),
        _ => None,
    });
    texts.filter(is_code).filter(|code| !document.contains(&format!("`{code}`"))).collect()
}

fn in_thousands(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|part| str::from_utf8(part).unwrap_or("")).collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_changed_is_named() {
        let document = rows().join("\n");
        assert_eq!(missing_rows(&document), [""; 0]);
        let changed = document.replace("| `REPLY_BYTES_MAX` | 3,145,728 |", "| `REPLY_BYTES_MAX` | 1,000,000 |");
        assert_eq!(missing_rows(&changed), ["| `REPLY_BYTES_MAX` | 3,145,728 |"]);
        let source = "fn code() { match x { A => \"signed_out\", B => \"Sign in first.\", C => \"busy\" } }";
        assert_eq!(missing_codes("`busy`", source), ["signed_out"]);
    }
}
