//! Records of documents as they are shown: on a phone from its replica, at a desk from what the server keeps.
use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::contract::{FieldView, IssueEvent, OtherValue, ProgrammeView, RecordSummary, RecordView};
use crate::division::{Division, DivisionCode};
use crate::document::{Actor, Container, Document, Record, Value, writes_to};
use crate::entry::Fields;
use crate::field::FieldValue;
use crate::issue;
use crate::ledger::{CREATED_AT, KIND};
use crate::programme::{
    self, ARRIVED, CERTIFIED_ON, Counts, ENDED, FIRST_MONTH, FIRST_YEAR, FROM, INDICATOR, Item, LAST_MONTH, LAST_YEAR,
    PROGRAMME, RecordKind, TO, VALUE, VOIDED,
};

/// A record of a unit, and whether some of it is not on the server yet.
pub struct Recorded {
    pub record: Record,
    pub waiting: bool,
}

/// The fields of a record's form, each value with whose it is; `behind` knows the names of those who write.
pub fn field_views(record: &Record, behind: impl Fn(Actor) -> String) -> BTreeMap<String, FieldView> {
    let shown = |value: &Value| (behind(value.actor), value.at);
    let view = |(name, values): (&String, &Vec<Value>)| {
        let first = values.first()?;
        let (by, at) = shown(first);
        let merged = record.merged.get(name);
        let others = values[1..].iter().filter(|_| merged.is_none()).map(|value| {
            let (by, at) = shown(value);
            OtherValue { value: value.value.clone(), by, at }
        });
        let (others, value) = (others.collect(), merged.unwrap_or(&first.value).clone());
        Some((name.clone(), FieldView { value, by, at, others, merged: merged.is_some(), comment: None }))
    };
    record.fields.iter().filter(|(name, _)| !is_fixed(name)).filter_map(view).collect()
}

/// Fields that are not on a form.
pub fn is_fixed(name: &str) -> bool {
    matches!(name, KIND | CREATED_AT | issue::ENTRY)
}

/// What a unit recorded.
pub fn programme(unit: DivisionCode, recorded: &[Recorded]) -> ProgrammeView {
    let mut records = summaries(unit, recorded);
    records.sort_by(|a, b| (a.kind, &b.first, b.id).cmp(&(b.kind, &a.first, a.id)));
    ProgrammeView { unit, kinds: RecordKind::of_unit(unit).collect(), records }
}

fn summaries(unit: DivisionCode, recorded: &[Recorded]) -> Vec<RecordSummary> {
    let items: Vec<(Item, &Recorded)> =
        recorded.iter().filter_map(|it| Some((Item::of(unit, &it.record)?, it))).collect();
    let counts = programme::standing(&items.iter().map(|(item, _)| item.clone()).collect::<Vec<_>>());
    let summary = |(item, it): (Item, &Recorded)| {
        let (first, last) = days(&item);
        RecordSummary {
            id: item.id,
            unit,
            kind: item.kind,
            title: item.title().to_owned(),
            of: item.text(if item.kind == RecordKind::Session { PROGRAMME } else { INDICATOR }).to_owned(),
            first,
            last,
            place: item.place(),
            amount: match item.kind {
                RecordKind::Session => Some(item.attendance()),
                _ => item.number(VALUE),
            },
            counts: counts.get(&item.id).copied().unwrap_or(Counts::Counts),
            conflicts: it.record.fields.keys().filter(|name| it.record.is_in_conflict(name)).count() as u32,
            waiting: it.waiting,
        }
    };
    items.into_iter().map(summary).collect()
}

/// The first and the last day, month or year that a record is of, as far as it says so.
pub fn days(item: &Item) -> (String, String) {
    let text = |names: &[&str], year: &str| {
        let named = names.iter().map(|name| item.text(name)).find(|text| !text.is_empty()).map(str::to_owned);
        named.or_else(|| item.number(year).map(|year| year.to_string())).unwrap_or_default()
    };
    (text(&[ARRIVED, FROM, CERTIFIED_ON, FIRST_MONTH], FIRST_YEAR), text(&[ENDED, TO, LAST_MONTH], LAST_YEAR))
}

/// The form of a new record.
pub fn new_record(unit: DivisionCode, kind: RecordKind, places: Vec<Division>, today: Date) -> RecordView {
    RecordView {
        unit,
        kind,
        form: kind.fields().to_vec(),
        summary: None,
        fields: BTreeMap::new(),
        voided: String::new(),
        places,
        history: Vec::new(),
        today,
    }
}

/// One record of a unit, in its document, among all that the unit recorded. Nothing for a kind that only a newer version
/// knows.
pub fn record(
    new: RecordView,
    document: &Document,
    record: &Record,
    recorded: &[Recorded],
    behind: impl Fn(Actor) -> String,
) -> Option<RecordView> {
    let item = Item::of(new.unit, record)?;
    let history = writes_to(document, Container::Records, &record.key).into_iter().map(|wrote| {
        let raised = wrote.fields.contains_key(KIND);
        let fields: Fields = wrote.fields.into_iter().filter(|(name, _)| name != KIND).collect();
        IssueEvent { by: behind(wrote.actor), at: wrote.at, raised, fields }
    });
    Some(RecordView {
        kind: item.kind,
        form: item.kind.fields().to_vec(),
        summary: summaries(new.unit, recorded).into_iter().find(|summary| summary.id == item.id),
        fields: field_views(record, &behind),
        voided: record.get(VOIDED).and_then(FieldValue::text).unwrap_or_default().to_owned(),
        history: history.collect(),
        ..new
    })
}
