//! The register of a village as a screen shows it: its households, its imports, and one household with its history.
use std::collections::{BTreeMap, BTreeSet};

use super::super::Replica;
use super::household_view;
use crate::access;
use crate::clock::Moment;
use crate::contract::{
    FieldView, HouseholdDetail, HouseholdView, ImportView, RegisterView, TimelineItem, TimelineKind, View,
};
use crate::division::DivisionCode;
use crate::document::{Container, DocumentId, Record, Wrote, writes_to};
use crate::entry::{HOUSEHOLDS, MODE};
use crate::field::FieldValue;
use crate::household::HOUSEHOLD;
use crate::id::HouseholdId;
use crate::issue;
use crate::ledger;
use crate::register::{self, FieldChange, IMPORT, IMPORT_UNDONE, MERGED_INTO, RegisterRow};

impl Replica {
    pub(super) fn register_view(&self, now: Moment, village: DivisionCode) -> Option<RegisterView> {
        let division = self.reference.village(village)?.clone();
        let document = self.register(village);
        let records = self.household_records(document);
        let visits = self.last_visits(village, &records);
        let listed = records.iter().filter(|record| register::is_listed(record));
        let mut households: Vec<HouseholdView> = listed.filter_map(|record| household_view(record, &visits)).collect();
        households.sort_by(|a, b| (&a.group, &a.number, &a.head).cmp(&(&b.group, &b.number, &b.head)));
        Some(RegisterView {
            today: self.today(now),
            village: division,
            households,
            twins: register::twins(&records),
            imports: self.imports(document, village, &records),
            fields: HOUSEHOLD.to_vec(),
            may_write: self.may_write(document),
            may_verify: self.may_verify(village),
        })
    }

    pub(super) fn register_rows(&self, now: Moment, village: DivisionCode, rows: &[RegisterRow]) -> Option<View> {
        self.reference.village(village)?;
        let records = self.household_records(self.register(village));
        Some(View::RegisterRows { rows: register::compare(&records, rows, self.today(now)) })
    }

    fn may_verify(&self, village: DivisionCode) -> bool {
        self.caller().is_some_and(|caller| access::may_verify(&caller, village))
    }

    fn imports(&self, document: DocumentId, village: DivisionCode, records: &[Record]) -> Vec<ImportView> {
        let visited = self.visited(village, records);
        let view = |(id, of_it): (String, Vec<&Record>)| {
            let made = of_it.iter().find_map(|record| record.fields.get(IMPORT)?.first())?;
            let (brought, changed): (Vec<&Record>, Vec<&Record>) =
                of_it.iter().partition(|record| register::is_brought(record));
            let is_undone = |record: &&Record| record.number(IMPORT_UNDONE) == Some(1);
            let stays = |record: &&&Record| register::outlives_import(record, &visited);
            Some(ImportView {
                id: id.parse().ok()?,
                by: self.name_behind(document, made.actor),
                at: made.at,
                brought: brought.len() as u32,
                changed: changed.len() as u32,
                undone: of_it.iter().any(is_undone),
                kept: brought.iter().filter(stays).count() as u32,
            })
        };
        let mut imports: Vec<ImportView> = register::imports(records).into_iter().filter_map(view).collect();
        imports.sort_by_key(|import| core::cmp::Reverse((import.at, import.id)));
        imports
    }

    /// The keys of households that a visit of this village names.
    pub(in crate::replica) fn visited(&self, village: DivisionCode, records: &[Record]) -> BTreeSet<String> {
        self.last_visits(village, records).into_keys().collect()
    }

    pub(super) fn household_detail(
        &self,
        now: Moment,
        village: DivisionCode,
        id: HouseholdId,
    ) -> Option<HouseholdDetail> {
        let division = self.reference.village(village)?.clone();
        let document = self.register(village);
        let records = self.household_records(document);
        let record = records.iter().find(|record| record.key == id.to_string())?;
        let visits = self.last_visits(village, &records);
        let view = |record: &Record| household_view(record, &visits);
        let twins: Vec<&Record> = records.iter().filter(|other| register::merged_into(other) == Some(id)).collect();
        let into = register::merged_into(record);
        let keys: BTreeSet<&str> = twins.iter().map(|twin| twin.key.as_str()).chain([record.key.as_str()]).collect();
        let mut timeline = self.visits_to(village, &keys);
        timeline.extend(self.issues_about(document, &keys));
        timeline.extend(self.writings_of(document, &record.key, &records));
        timeline.sort_by_key(|item| core::cmp::Reverse((item.on.unwrap_or_else(|| item.at.date()), item.at)));
        let of_form = |(name, field): (String, FieldView)| {
            HOUSEHOLD.iter().any(|known| known.name == name).then_some((name, field))
        };
        Some(HouseholdDetail {
            today: self.today(now),
            village: division,
            household: view(record)?,
            fields: self.field_views(document, record).into_iter().filter_map(of_form).collect(),
            form: HOUSEHOLD.to_vec(),
            merged: twins.into_iter().filter_map(view).collect(),
            merged_into: records
                .iter()
                .find(|other| into.is_some_and(|into| other.key == into.to_string()))
                .and_then(view),
            kept_as: self.kept_as(document, id).unwrap_or_default(),
            timeline,
            may_write: self.may_write(document),
            may_verify: self.may_verify(village),
        })
    }

    fn visits_to(&self, village: DivisionCode, keys: &BTreeSet<&str>) -> Vec<TimelineItem> {
        let mut items = Vec::new();
        for tenured in self.tenured().iter().filter(|tenured| tenured.tenure.division == village) {
            let standing = tenured.entries.iter().filter(|found| !found.state.is_taken_back());
            let named = standing.filter(|found| {
                found.record.text(HOUSEHOLDS).unwrap_or_default().split(' ').any(|id| keys.contains(id))
            });
            items.extend(named.map(|found| TimelineItem {
                what: TimelineKind::Visited {
                    entry: found.id,
                    mode: found.record.text(MODE).unwrap_or_default().to_owned(),
                },
                by: self.reference.name_of(tenured.tenure.person).to_owned(),
                on: ledger::occurred_on(&found.record),
                at: ledger::created_at(&found.record).unwrap_or(Moment(0)),
            }));
        }
        items
    }

    fn issues_about(&self, document: DocumentId, keys: &BTreeSet<&str>) -> Vec<TimelineItem> {
        let Some(held) = self.documents.get(&document) else { return Vec::new() };
        let named =
            |record: &Record| record.text(HOUSEHOLDS).unwrap_or_default().split(' ').any(|id| keys.contains(id));
        let item = |record: &Record| {
            let made = record.fields.get(issue::ENTRY).and_then(|values| values.first()).or_else(|| record.latest())?;
            let text = |name: &str| record.text(name).unwrap_or_default().to_owned();
            Some(TimelineItem {
                what: TimelineKind::Raised {
                    issue: record.key.parse().ok()?,
                    category: text("category"),
                    state: text("state"),
                },
                by: self.name_behind(document, made.actor),
                on: None,
                at: made.at,
            })
        };
        let records = held.document.records(Container::Issues);
        records.iter().filter(|record| named(record)).filter_map(item).collect()
    }

    /// What was written to a household itself, a change at a time.
    fn writings_of(&self, document: DocumentId, key: &str, records: &[Record]) -> Vec<TimelineItem> {
        let Some(held) = self.documents.get(&document) else { return Vec::new() };
        let mut stands: BTreeMap<String, FieldValue> = BTreeMap::new();
        let mut items = Vec::new();
        for Wrote { actor, at, fields, .. } in writes_to(&held.document, Container::Households, key) {
            let is_first = stands.is_empty();
            let imported = [IMPORT, IMPORT_UNDONE].iter().any(|name| fields.contains_key(*name));
            let mut changes = Vec::new();
            for (field, after) in &fields {
                let before = stands.insert(field.clone(), after.clone()).unwrap_or_else(|| "".into());
                if HOUSEHOLD.iter().any(|known| known.name == field) && before != *after {
                    changes.push(FieldChange { field: field.clone(), before, after: after.clone() });
                }
            }
            let merged = fields.get(MERGED_INTO).and_then(FieldValue::text);
            let head = |id: &str| {
                let other = records.iter().find(|record| record.key == id);
                other.and_then(|record| record.text("head")).unwrap_or_default().to_owned()
            };
            let what = match merged {
                Some("") => TimelineKind::Parted,
                Some(into) => TimelineKind::Merged { into: head(into) },
                None if is_first => TimelineKind::Added { imported },
                None if changes.is_empty() => continue,
                None => TimelineKind::Changed { changes, imported },
            };
            items.push(TimelineItem { what, by: self.name_behind(document, actor), on: None, at });
        }
        items
    }
}
