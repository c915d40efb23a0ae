//! A draft as its document holds it: the form's fields, and beside them what kind of entry it is to be, when it was begun,
//! the issues that it raises, and at last how it was closed. Devices and server read it by the same words.
use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::document::{Actor, Container, Document, Value};
use crate::entry::{EntryKind, Fields};
use crate::field::{FieldValue, TEXT_BYTES_MAX};
use crate::id::IssueId;
use crate::ledger::{CREATED_AT, KIND};

/// Open drafts of one person that go to the server; further ones stay on the device where they were begun.
pub const DRAFTS_MAX: usize = 40;
/// Bytes of changes, as they are stored, that the server keeps of one draft: a year's longest report, a change of it
/// every five minutes for many hours.
pub const DRAFT_BYTES_MAX: u64 = 512 * 1024;
/// Milliseconds without a keystroke after which a draft goes to its document.
pub const DRAFT_PAUSE_MS: i64 = 8_000;
/// Milliseconds between two changes of a draft whose form stays open: each carries a long text whole. When it is left, or a
/// request goes anyway, it does not wait.
pub const DRAFT_APART_MS: i64 = 300_000;

/// How it was closed: `RECORDED` or `DISCARDED`. A draft with this field is done.
pub const CLOSED: &str = "closed";
pub const RECORDED: &str = "recorded";
pub const DISCARDED: &str = "discarded";
/// Before the id of an issue, in 32 digits, whose form is kept as JSON.
const ISSUE: &str = "issue:";

/// What a draft holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub kind: EntryKind,
    pub began_at: Moment,
    pub fields: Fields,
    pub issues: BTreeMap<IssueId, Fields>,
}

/// The name of the field that an issue is kept under.
fn issue_name(id: IssueId) -> String {
    format!("{ISSUE}{}", id.0.simple())
}

/// Whether a field holds the form of an issue.
pub fn is_issue(name: &str) -> bool {
    issue_of(name).is_some()
}

fn issue_of(name: &str) -> Option<IssueId> {
    let id = uuid::Uuid::try_parse(name.strip_prefix(ISSUE)?).ok().map(IssueId)?;
    (issue_name(id) == name).then_some(id)
}

/// An issue's form as it is kept in one field; nothing if that would hold more than a field does.
pub fn issue_text(fields: &Fields) -> Option<String> {
    let text = serde_json::to_string(fields).expect("a form is plain data with text keys");
    (text.len() <= TEXT_BYTES_MAX).then_some(text)
}

impl Draft {
    /// The fields of its document.
    pub fn to_fields(&self) -> Fields {
        let mut fields = self.fields.clone();
        fields.insert(KIND.to_owned(), self.kind.code().into());
        fields.insert(CREATED_AT.to_owned(), self.began_at.0.into());
        let issues = self.issues.iter().filter_map(|(id, form)| Some((issue_name(*id), issue_text(form)?.into())));
        fields.extend(issues);
        fields
    }

    /// The draft that these are the fields of; nothing where the kind is one that only a newer version knows.
    pub fn of(mut fields: Fields) -> Option<Draft> {
        let kind = fields.remove(KIND).and_then(|kind| EntryKind::from_code(kind.text()?))?;
        let began_at = match fields.remove(CREATED_AT) {
            Some(FieldValue::Number(at)) => Moment(at),
            _ => Moment(0),
        };
        fields.remove(CLOSED);
        let mut issues = BTreeMap::new();
        fields.retain(|name, value| {
            let Some(id) = issue_of(name) else { return !value.is_empty() };
            issues.extend(value.text().and_then(|text| serde_json::from_str(text).ok()).map(|form| (id, form)));
            false
        });
        Some(Draft { kind, began_at, fields, issues })
    }
}

/// The fields of a draft's document with all their values, the one shown first.
pub fn values(document: &Document) -> BTreeMap<String, Vec<Value>> {
    document.form(Container::Fields).fields
}

/// The values that are shown.
pub fn shown(document: &Document) -> Fields {
    let form = document.form(Container::Fields);
    form.fields.keys().filter_map(|name| Some((name.clone(), form.get(name)?.clone()))).collect()
}

/// How a draft was closed, if it was: whether it became an entry, and how far who did it had read each line.
pub fn closed(document: &Document) -> Option<(bool, Vec<(Actor, u64)>)> {
    let values = values(document);
    let marks = values.get(CLOSED)?;
    // Who recorded it has the last word: what became an entry was not thrown away.
    let recorded = marks.iter().find(|mark| mark.value.text() == Some(RECORDED));
    let mark = recorded.or(marks.first())?;
    Some((recorded.is_some(), document.seen_by(mark.actor, mark.seq)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::field::FIELD_NAME_BYTES_MAX;

    #[test]
    fn a_draft_comes_out_of_its_fields_as_it_went_in() {
        let issue = Fields::from([("text".to_owned(), "水管冻裂".into())]);
        let draft = Draft {
            kind: EntryKind::Research,
            began_at: Moment(1_456_797_600_000),
            fields: Fields::from([("title".to_owned(), "饮水".into()), ("visits".to_owned(), "".into())]),
            issues: BTreeMap::from([(IssueId(Uuid::from_u128(7)), issue)]),
        };
        let mut back = draft.clone();
        back.fields.remove("visits");
        assert_eq!(Draft::of(draft.to_fields()), Some(back), "an empty field is none");
        assert!(draft.to_fields().keys().all(|name| name.len() <= FIELD_NAME_BYTES_MAX));
        let mut of_a_newer_one = draft.to_fields();
        of_a_newer_one.insert(KIND.to_owned(), "league_table".into());
        assert_eq!(Draft::of(of_a_newer_one), None);
    }

    #[test]
    fn an_issue_is_kept_as_long_as_it_fits_into_a_field() {
        let empty = issue_text(&Fields::from([("text".to_owned(), "".into())])).expect("short").len();
        let of = |bytes: usize| Fields::from([("text".to_owned(), "a".repeat(bytes).into())]);
        assert_eq!(issue_text(&of(TEXT_BYTES_MAX - empty)).map(|text| text.len()), Some(TEXT_BYTES_MAX));
        assert_eq!(issue_text(&of(TEXT_BYTES_MAX - empty + 1)), None);
    }
}
