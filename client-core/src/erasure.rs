//! Erasure of a household: what of each document is kept, and what of words that somebody still means to say. Privacy
//! comes before prose: an entry that ever named the household keeps its kind, its days and its choices; its texts, its
//! checks and all that was written about it go, also where it named other households too.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::division::DivisionCode;
use crate::document::{Broken, Container, Document, DocumentId, DocumentKind, Keep, Renewed, each_write, renew};
use crate::entry::{EntryKind, Fields, HOUSEHOLDS};
use crate::field::{Field, FieldType, FieldValue, check_value};
use crate::id::{EntryId, HouseholdId, IssueId};
use crate::issue::{self, ISSUE};
use crate::ledger::{self, COMMENT, COMMENT_ON, ENTRY, OPINION, TEXT, VERSION};
use crate::reference;
use crate::register::MERGED_INTO;

/// What is erased, as far as documents tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    pub households: BTreeSet<HouseholdId>,
    /// The entries that named one of them.
    pub entries: BTreeMap<EntryId, Versions>,
    /// The issues that named one, or were raised with such an entry.
    pub issues: BTreeSet<IssueId>,
}

/// The version of an entry before an erasure and after it, so that what was said of the one is said of the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    pub was: String,
    pub is: String,
}

/// One erasure as a ledger keeps it: all it takes to do it again to a database of an earlier day, with the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub at: Moment,
    pub household: HouseholdId,
    pub village: DivisionCode,
    /// Why, in the operator's words; never whom.
    pub reason: String,
    /// The documents that follow on it, in their new generation: logs, then reviews, then the village's.
    #[serde(with = "reference::documents")]
    pub documents: Vec<DocumentId>,
    pub entries: BTreeMap<EntryId, Versions>,
}

impl Erasure {
    pub fn of(households: impl IntoIterator<Item = HouseholdId>) -> Self {
        Erasure { households: households.into_iter().collect(), ..Erasure::default() }
    }

    /// Whether a text is that of an id which is erased.
    fn is_erased(&self, id: &str) -> bool {
        id.parse().is_ok_and(|id| self.households.contains(&id))
    }

    /// Whether a list of households holds one that is erased.
    fn is_named_in(&self, list: &str) -> bool {
        list.split(' ').any(|id| self.is_erased(id))
    }

    /// Reads which entries of a log ever named an erased household. What is known of an entry already stands.
    pub fn read(&mut self, log: &Document) -> Result<(), Broken> {
        let mut found = BTreeSet::new();
        each_write(log, |container, key, field, value| {
            let named = field == HOUSEHOLDS && value.text().is_some_and(|list| self.is_named_in(list));
            if container == Container::Entries && named {
                found.extend(key.parse::<EntryId>());
            }
        });
        found.retain(|entry| !self.entries.contains_key(entry));
        self.entries.extend(found.iter().map(|entry| (*entry, Versions::default())));
        if found.is_empty() {
            return Ok(());
        }
        let renewed = self.renew(log, log.id().next())?;
        let version = |of: &Document, entry: &EntryId| {
            of.record(Container::Entries, &entry.to_string()).map(|record| ledger::version(&record))
        };
        for entry in found {
            let (was, is) = (version(log, &entry), version(&renewed.document, &entry));
            let versions = Versions { was: was.unwrap_or_default(), is: is.unwrap_or_default() };
            self.entries.insert(entry, versions);
        }
        Ok(())
    }

    /// Whether a draft, or an issue that it was to raise, ever named an erased household.
    pub fn is_in_form(&self, draft: &Document) -> bool {
        let mut names = false;
        each_write(draft, |_, _, _, value| {
            let text = value.text().unwrap_or_default();
            names |= self.households.iter().any(|household| text.contains(&household.to_string()));
        });
        names
    }

    /// Reads whether a form names an erased household, of an entry that is not in any log yet.
    pub fn read_form(&mut self, entry: EntryId, fields: &Fields) {
        if fields.get(HOUSEHOLDS).and_then(FieldValue::text).is_some_and(|list| self.is_named_in(list)) {
            self.entries.entry(entry).or_default();
        }
    }

    /// Writes a document anew without what is erased. Of a log, `read` comes first.
    pub fn renew(&self, old: &Document, next: DocumentId) -> Result<Renewed, Broken> {
        let mut events = BTreeSet::new();
        if matches!(old.id().kind(), DocumentKind::Log | DocumentKind::Review) {
            each_write(old, |container, key, field, value| {
                let about = value.text().filter(|_| field == ENTRY).and_then(|id| id.parse::<EntryId>().ok());
                if container != Container::Entries
                    && let Some(entry) = about.filter(|entry| self.entries.contains_key(entry))
                {
                    events.insert((container, key.to_owned(), entry));
                }
            });
        }
        let about = events.into_iter().map(|(container, key, entry)| ((container, key), entry)).collect();
        let issues = self.issues_of(old);
        renew(old, next, &Rule { erasure: self, about, issues })
    }

    /// The issues of a village that ever named an erased household, or were raised with an entry that did.
    fn issues_of(&self, village: &Document) -> BTreeSet<String> {
        let mut issues = BTreeSet::new();
        each_write(village, |container, key, field, value| {
            let text = value.text().unwrap_or_default();
            let named = match field {
                HOUSEHOLDS => self.is_named_in(text),
                issue::ENTRY => self.speaks_of(text.parse().ok()),
                _ => false,
            };
            if container == Container::Issues && named {
                issues.insert(key.to_owned());
            }
        });
        issues
    }

    /// Reads which issues of a village are to be cleared. The logs come first.
    pub fn read_village(&mut self, village: &Document) {
        let issues = self.issues_of(village);
        self.issues.extend(issues.iter().filter_map(|issue| issue.parse::<IssueId>().ok()));
    }

    /// Takes out of an amendment of an issue what is erased. Whether anything changed.
    pub fn clear_amendment(&self, issue: IssueId, fields: &mut Fields) -> bool {
        let list = fields.get(HOUSEHOLDS).and_then(FieldValue::text).unwrap_or_default();
        if !self.is_named_in(list) && !self.issues.contains(&issue) {
            return false;
        }
        let before = fields.clone();
        fields.retain(|name, value| {
            let was_empty = value.is_empty();
            *value = self.issue_value(name, value);
            was_empty || !value.is_empty()
        });
        *fields != before
    }

    /// Takes out of a form what is erased: the ids and, where there was one or the entry had named one, texts and checks.
    /// Whether anything changed.
    pub fn clear_form(&self, entry: Option<EntryId>, fields: &mut Fields) -> bool {
        let list = fields.get(HOUSEHOLDS).and_then(FieldValue::text).unwrap_or_default();
        if !self.is_named_in(list) && !self.speaks_of(entry) {
            return false;
        }
        let before = fields.clone();
        fields.retain(|name, value| {
            let was_empty = value.is_empty();
            *value = self.entry_value(name, value);
            was_empty || !value.is_empty()
        });
        *fields != before
    }

    pub(crate) fn speaks_of(&self, entry: Option<EntryId>) -> bool {
        entry.is_some_and(|entry| self.entries.contains_key(&entry))
    }

    /// A field of an entry that named an erased household.
    fn entry_value(&self, field: &str, value: &FieldValue) -> FieldValue {
        let FieldValue::Text(text) = value else { return value.clone() };
        let kept = match (field, EntryKind::ALL.iter().find_map(|kind| kind.field(field))) {
            (ledger::KIND, _) => true,
            (HOUSEHOLDS, _) => return self.without_erased(text),
            (_, Some(known)) => !tells_of_people(known) && check_value(known, value).is_ok(),
            (_, None) => false,
        };
        if kept { value.clone() } else { "".into() }
    }

    /// A field of an issue that named an erased household, or was raised with an entry that did.
    fn issue_value(&self, field: &str, value: &FieldValue) -> FieldValue {
        let FieldValue::Text(text) = value else { return value.clone() };
        match ISSUE.iter().find(|known| known.name == field) {
            Some(known) if known.name == HOUSEHOLDS => self.without_erased(text),
            Some(known) if !tells_of_people(known) && check_value(known, value).is_ok() => value.clone(),
            None if field == issue::ENTRY && text.parse::<EntryId>().is_ok() => value.clone(),
            _ => "".into(),
        }
    }

    /// A list of households without those that are erased.
    fn without_erased(&self, list: &str) -> FieldValue {
        let others: Vec<&str> = list.split(' ').filter(|id| !self.is_erased(id)).collect();
        others.join(" ").into()
    }

    /// A field of an event about such an entry.
    fn event_value(&self, entry: EntryId, field: &str, value: &FieldValue) -> FieldValue {
        let versions = self.entries.get(&entry);
        match field {
            VERSION => match versions.filter(|versions| value.text() == Some(&versions.was)) {
                Some(versions) => versions.is.as_str().into(),
                // It spoke of a version that nobody can read any more.
                None => "".into(),
            },
            COMMENT | OPINION | TEXT => "".into(),
            _ if field.starts_with(COMMENT_ON) => "".into(),
            _ => value.clone(),
        }
    }
}

/// Texts, and the checks of food, clothing and the rest: what an entry says of somebody's life.
fn tells_of_people(field: &Field) -> bool {
    matches!(field.takes, FieldType::Text { .. } | FieldType::Facts { .. }) || field.name.starts_with("check_")
}

/// What an erasure keeps of one document.
struct Rule<'a> {
    erasure: &'a Erasure,
    /// The events about entries that named an erased household, with the entry.
    about: BTreeMap<(Container, String), EntryId>,
    /// The issues that named one, or were raised with such an entry.
    issues: BTreeSet<String>,
}

impl Keep for Rule<'_> {
    fn keeps(&self, container: Container, key: &str) -> bool {
        container != Container::Households || !self.erasure.is_erased(key)
    }

    fn value(&self, container: Container, key: &str, field: &str, value: &FieldValue) -> FieldValue {
        if container == Container::Entries {
            let named = key.parse().is_ok_and(|entry| self.erasure.speaks_of(Some(entry)));
            return if named { self.erasure.entry_value(field, value) } else { value.clone() };
        }
        if container == Container::Issues && self.issues.contains(key) {
            return self.erasure.issue_value(field, value);
        }
        if container == Container::Households && field == MERGED_INTO {
            let names = value.text().is_some_and(|id| self.erasure.is_erased(id));
            return if names { "".into() } else { value.clone() };
        }
        match self.about.get(&(container, key.to_owned())) {
            Some(entry) => self.erasure.event_value(*entry, field, value),
            None => value.clone(),
        }
    }
}
