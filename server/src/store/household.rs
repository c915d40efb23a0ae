//! The households 户 of a village by their ids, as tables name them.
use std::collections::BTreeMap;

use rusqlite::Connection;
use zhucun_core::division::DivisionCode;
use zhucun_core::document::{Container, Document, DocumentId, Record};
use zhucun_core::register::merged_into;

use super::{Trouble, document, generation};

/// What a table says of a household.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Household {
    /// The record that stands for it.
    pub key: String,
    pub head: String,
    /// 户编号
    pub number: String,
}

/// The households of one register.
pub struct Households(BTreeMap<String, Household>);

impl Households {
    pub(super) fn of(register: &Document) -> Self {
        let records = register.records(Container::Households);
        let by_key: BTreeMap<&str, &Record> = records.iter().map(|record| (record.key.as_str(), record)).collect();
        let shown = |record: &Record| {
            let kept = kept(&by_key, record);
            let text = |name: &str| kept.text(name).unwrap_or_default().to_owned();
            Household { key: kept.key.clone(), head: text("head"), number: text("number") }
        };
        Self(records.iter().map(|record| (record.key.clone(), shown(record))).collect())
    }

    /// Those that a field names, in its order; of one that is not in the register nothing is known.
    pub fn named(&self, field: &str) -> Vec<Option<Household>> {
        field.split_whitespace().map(|id| self.0.get(id).cloned()).collect()
    }
}

/// The record that stands for a household: the one it was merged into, and that one's. A ring has an end too.
fn kept<'a>(by_key: &BTreeMap<&str, &'a Record>, record: &'a Record) -> &'a Record {
    let mut kept = record;
    for _ in 0..by_key.len() {
        let next = merged_into(kept).and_then(|id| by_key.get(id.to_string().as_str()).copied());
        match next {
            Some(next) => kept = next,
            None => break,
        }
    }
    kept
}

/// The document of a village as it is now: its households and its issues.
pub(super) fn register(connection: &Connection, village: DivisionCode) -> Result<Document, Trouble> {
    document::open(connection, generation::current(connection, DocumentId::village(village))?)
}
