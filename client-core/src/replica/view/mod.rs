//! Views: what screens see, made from documents, reference data and drafts at the moment they are asked for.
mod duty;
mod entry;
mod form;
mod home;
mod issue;
mod programme;
mod register;

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Replica;
use super::row::DraftRow;
use crate::clock::Moment;
use crate::contract::{
    DraftView, EntriesView, EntryState, EntrySummary, HouseholdView, HouseholdsView, IssueDraft, Query, QueueView,
    QueueVillage, View,
};
use crate::division::{Division, DivisionCode, Level};
use crate::document::{Container, Record, Value};
use crate::draft;
use crate::entry::{FROM, Fields, HOUSEHOLDS, OCCURRED_ON, TITLES, TO};
use crate::field::{FieldError, FieldFault, FieldValue};
use crate::household::{INACTIVE, STANDING};
use crate::id::{EntryId, IssueId};
use crate::register::{is_listed, merged_into};
use crate::tenure::{Tenure, TenureRole};

pub(super) fn view(replica: &Replica, now: Moment, query: &Query) -> View {
    if replica.session.is_none() {
        return View::NotFound;
    }
    let found = match query {
        Query::Home => Some(View::Home(replica.home(now))),
        Query::Year { tenure } => replica.year(now, *tenure).map(View::Year),
        Query::Entries => Some(View::Entries(replica.own_entries(now))),
        Query::Entry { entry } => replica.entry(now, *entry).map(View::Entry),
        Query::Draft { entry } => replica.drafts.get(entry).map(|draft| {
            let errors = replica.draft_faults(now, draft);
            let fields = draft.fields.clone();
            let issue = |(id, fields): (&IssueId, &Fields)| {
                let errors = replica.check_issue(now, fields);
                IssueDraft { id: *id, fields: fields.clone(), errors }
            };
            let issues = draft.issues.iter().map(issue).collect();
            let DraftRow { kind, saved_at, revision, amends, alone, .. } = *draft;
            let others = replica.other_values(*entry, draft);
            let id = *entry;
            View::Draft(DraftView { id, kind, fields, errors, saved_at, issues, revision, others, amends, alone })
        }),
        Query::Form { kind, like } => Some(View::Form(replica.form(now, *kind, *like))),
        Query::Facts { kind, fields } => replica.facts(now, *kind, fields).map(View::Facts),
        Query::Alike { entry } => Some(View::Alike { entry: replica.alike(now, *entry) }),
        Query::Households { village } => replica.reference.village(*village).map(|division| {
            let households = replica.households(*village);
            View::Households(HouseholdsView { village: division.clone(), households })
        }),
        Query::Register { village } => replica.register_view(now, *village).map(View::Register),
        Query::Household { village, household } => {
            replica.household_detail(now, *village, *household).map(View::Household)
        }
        Query::RegisterRows { village, rows } => replica.register_rows(now, *village, rows),
        Query::Issues { village } => replica.issues(*village).map(View::Issues),
        Query::Issue { issue } => replica.issue(now, *issue).map(View::Issue),
        Query::Programme { unit } => replica.programme(*unit).map(View::Programme),
        Query::ProgrammeRecord { unit, kind, record } => {
            replica.programme_form(now, *unit, (*record, *kind)).map(View::ProgrammeRecord)
        }
        Query::Dictionary => {
            let dictionary = replica.reference.policies.in_force(replica.today(now)).dictionary;
            Some(View::Dictionary { dictionary })
        }
        Query::Queue => Some(View::Queue(replica.queue(now))),
        Query::Reading { village } => Some(replica.reading(now, *village)),
        Query::Village { village } => Some(View::Entries(replica.village_entries(now, *village))),
        Query::Sync => Some(View::Sync(replica.sync_view())),
        Query::DeadLetters => Some(View::DeadLetters { letters: replica.letters.values().cloned().collect() }),
    };
    found.unwrap_or(View::NotFound)
}

/// Entries that are read in one go.
const READING_MAX: usize = 20;

impl Replica {
    /// The village this person works in, if it is one; of several the one they came to last, since the others are seen for a
    /// while after the time there has ended.
    fn own_village(&self) -> Option<Division> {
        let me = self.me()?;
        let came = |village: DivisionCode| {
            let own = self.reference.tenures.iter().filter(|it| it.person == me && it.division == village);
            own.map(|it| it.arrived).max()
        };
        let villages = self.reference.posts.iter().filter(|post| post.division.level() == Level::Village);
        let post = villages.min_by_key(|post| core::cmp::Reverse(came(post.division)))?;
        self.reference.village(post.division).cloned()
    }

    fn own_entries(&self, now: Moment) -> EntriesView {
        let me = self.me();
        let mut drafts: Vec<_> = self.drafts.iter().collect();
        drafts.sort_by_key(|(_, draft)| core::cmp::Reverse(draft.saved_at));
        let mut entries: Vec<EntrySummary> = drafts
            .into_iter()
            .map(|(id, draft)| EntrySummary {
                id: *id,
                kind: draft.kind.code().to_owned(),
                state: EntryState::Draft,
                waiting: false,
                asked: false,
                occurred_on: draft.fields.get(OCCURRED_ON).and_then(FieldValue::text).and_then(|day| day.parse().ok()),
                progress: None,
                title: self.title_of_fields(&draft.fields),
                author: self.identity().map(|identity| identity.person.name.clone()).unwrap_or_default(),
                village: self.own_village(),
                created_at: Some(draft.began_at),
                conflicts: 0,
                errors: self.draft_errors(now, draft),
            })
            .collect();
        let own = self.tenured().into_iter().filter(|tenured| Some(tenured.tenure.person) == me);
        let mut logged: Vec<EntrySummary> = own.flat_map(|tenured| self.summaries(now, &tenured)).collect();
        newest_first(&mut logged);
        entries.extend(logged);
        EntriesView { entries }
    }

    /// All that is wrong with a form; what amends an entry lacks nothing.
    fn draft_faults(&self, now: Moment, draft: &DraftRow) -> Vec<FieldError> {
        let mut errors = self.check_entry(now, draft.kind, &draft.fields);
        errors.retain(|error| !draft.amends || error.fault != FieldFault::Missing);
        errors
    }

    /// What another device wrote into fields of a draft without knowing of the value that stands in the form.
    fn other_values(&self, entry: EntryId, draft: &DraftRow) -> BTreeMap<String, Vec<FieldValue>> {
        let Some(held) = self.documents.get(&self.draft_document(entry)) else { return BTreeMap::new() };
        let others = |(name, values): (String, Vec<Value>)| {
            let mut values = values.into_iter().map(|value| value.value);
            let is_shown = values.next().as_ref() == draft.fields.get(&name);
            let others: Vec<FieldValue> = values.filter(|_| is_shown).collect();
            (draft.kind.field(&name).is_some() && !others.is_empty()).then_some((name, others))
        };
        draft::values(&held.document).into_iter().filter_map(others).collect()
    }

    /// All that keeps a draft from becoming an entry, its issues included.
    fn draft_errors(&self, now: Moment, draft: &DraftRow) -> Vec<FieldError> {
        let mut errors = self.draft_faults(now, draft);
        errors.extend(draft.issues.values().flat_map(|fields| self.check_issue(now, fields)));
        errors
    }

    fn village_entries(&self, now: Moment, village: DivisionCode) -> EntriesView {
        let here = self.tenured().into_iter().filter(|tenured| tenured.tenure.division == village);
        let mut entries: Vec<EntrySummary> = here.flat_map(|tenured| self.summaries(now, &tenured)).collect();
        newest_first(&mut entries);
        EntriesView { entries }
    }

    fn queue(&self, now: Moment) -> QueueView {
        let today = self.today(now);
        let mut awaiting: BTreeMap<DivisionCode, Vec<EntrySummary>> = BTreeMap::new();
        for tenured in self.tenured().iter().filter(|tenured| self.may_write(tenured.review)) {
            let waiting = self.summaries(now, tenured).into_iter().filter(|entry| entry.state.awaits_review());
            awaiting.entry(tenured.tenure.division).or_default().extend(waiting);
        }
        let mut villages: Vec<Division> = self.reference.villages.clone();
        villages.sort_by_key(|village| village.code);
        let in_office = |village: DivisionCode| {
            self.reference.tenures.iter().find(|tenure| {
                tenure.division == village && tenure.role == TenureRole::FirstSecretary && tenure.covers(today)
            })
        };
        let person = |tenure: &Tenure| self.reference.people.iter().find(|person| person.id == tenure.person).cloned();
        let row = |village: Division| {
            let mut awaiting = awaiting.remove(&village.code).unwrap_or_default();
            awaiting.sort_by_key(age);
            let tenure = in_office(village.code);
            QueueVillage {
                secretary: tenure.and_then(person),
                tenure: tenure.map(|tenure| tenure.id),
                village,
                awaiting,
            }
        };
        QueueView { villages: villages.into_iter().map(row).collect() }
    }

    /// What a reviewer reads in one go.
    fn reading(&self, now: Moment, village: Option<DivisionCode>) -> View {
        let queue = self.queue(now).villages.into_iter();
        let asked = queue.filter(|one| village.is_none_or(|village| one.village.code == village));
        let mut waiting: Vec<EntrySummary> = asked.flat_map(|one| one.awaiting).collect();
        waiting.sort_by_key(age);
        let more = waiting.len().saturating_sub(READING_MAX) as u32;
        let entries = waiting.iter().take(READING_MAX).filter_map(|entry| self.entry(now, entry.id)).collect();
        View::Reading { entries, more }
    }

    /// The households of a village's register by group and number, with the last visit to each.
    fn households(&self, village: DivisionCode) -> Vec<HouseholdView> {
        let records = self.household_records(self.register(village));
        let visits = self.last_visits(village, &records);
        let mut households: Vec<HouseholdView> = records
            .iter()
            .filter(|record| record.text(STANDING) != Some(INACTIVE) && is_listed(record))
            .filter_map(|record| household_view(record, &visits))
            .collect();
        households.sort_by(|a, b| (&a.group, &a.number, &a.head).cmp(&(&b.group, &b.number, &b.head)));
        households
    }

    /// One household of a village's register.
    fn household(&self, village: DivisionCode, id: &str) -> Option<HouseholdView> {
        let held = self.documents.get(&self.register(village))?;
        household_view(&held.document.record(Container::Households, id)?, &BTreeMap::new())
    }

    fn last_visits(&self, village: DivisionCode, records: &[Record]) -> BTreeMap<String, Date> {
        let merged: BTreeMap<&str, String> =
            records.iter().filter_map(|record| Some((record.key.as_str(), merged_into(record)?.to_string()))).collect();
        let mut last: BTreeMap<String, Date> = BTreeMap::new();
        for tenured in self.tenured().iter().filter(|tenured| tenured.tenure.division == village) {
            for found in tenured.entries.iter().filter(|found| !found.state.is_taken_back()) {
                let Some(day) = crate::ledger::occurred_on(&found.record) else { continue };
                for id in found.record.text(HOUSEHOLDS).unwrap_or_default().split(' ') {
                    // A visit to one is a visit to the household that it is the same as.
                    for id in [Some(id), merged.get(id).map(String::as_str)].into_iter().flatten() {
                        let known = last.entry(id.to_owned()).or_insert(day);
                        *known = day.max(*known);
                    }
                }
            }
        }
        last
    }

    fn title_of_fields(&self, fields: &Fields) -> String {
        let text = |name: &str| fields.get(name).and_then(FieldValue::text).unwrap_or_default();
        self.title(self.own_village().map(|village| village.code), text)
    }

    /// What a line of a list is called: the heads of the households, or what the entry is about.
    fn title<'a>(&self, village: Option<DivisionCode>, text: impl Fn(&str) -> &'a str) -> String {
        let households = text(HOUSEHOLDS);
        let heads = village.filter(|_| !households.is_empty()).map(|village| self.heads(village)).unwrap_or_default();
        let named: Vec<&str> = households.split(' ').filter_map(|id| heads.get(id).map(String::as_str)).collect();
        if !text(FROM).is_empty() {
            format!("{} ~ {}", text(FROM), text(TO))
        } else if named.is_empty() {
            TITLES.into_iter().map(text).find(|title| !title.is_empty()).unwrap_or_default().to_owned()
        } else {
            named.join("、")
        }
    }
}

fn newest_first(entries: &mut [EntrySummary]) {
    entries.sort_by_key(|entry| core::cmp::Reverse(age(entry)));
}

/// Of two entries of one day the one that was written first is the older.
fn age(entry: &EntrySummary) -> (Option<Date>, Option<Moment>, EntryId) {
    (entry.occurred_on, entry.created_at, entry.id)
}

fn household_view(record: &Record, visits: &BTreeMap<String, Date>) -> Option<HouseholdView> {
    let text = |name: &str| record.text(name).unwrap_or_default().to_owned();
    Some(HouseholdView {
        id: record.key.parse().ok()?,
        head: text("head"),
        group: text("group"),
        number: text("number"),
        members: record.number("members").and_then(|members| u32::try_from(members).ok()),
        status: text("status"),
        standing: text("standing"),
        visited_on: visits.get(&record.key).copied(),
    })
}
