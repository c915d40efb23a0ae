//! The issues of a village as screens show them: a list for the ledger, and one issue with everything ever written of it.
use super::super::Replica;
use super::household_view;
use crate::clock::Moment;
use crate::contract::{IssueEvent, IssueSummary, IssueView, IssuesView};
use crate::division::DivisionCode;
use crate::document::{Container, DocumentId, Owner, Record, writes_to};
use crate::entry::{Fields, HOUSEHOLDS};
use crate::id::{EntryId, IssueId};
use crate::issue::{self, ISSUE};

impl Replica {
    /// The issues of a village, those that have not ended first, each part newest first.
    pub(super) fn issues(&self, village: DivisionCode) -> Option<IssuesView> {
        let division = self.reference.village(village)?.clone();
        let mut issues = self.issues_where(village, |_| true);
        issues.sort_by(|a, b| (a.ended, b.id).cmp(&(b.ended, a.id)));
        Some(IssuesView { village: division, issues })
    }

    /// What was raised with an entry, in the order of its raising.
    pub(super) fn issues_of(&self, village: DivisionCode, entry: EntryId) -> Vec<IssueSummary> {
        let entry = entry.to_string();
        self.issues_where(village, |record| record.text(issue::ENTRY) == Some(&entry))
    }

    fn issues_where(&self, village: DivisionCode, wanted: impl Fn(&Record) -> bool) -> Vec<IssueSummary> {
        let id = self.register(village);
        let Some(held) = self.documents.get(&id) else { return Vec::new() };
        let records = held.document.records(Container::Issues);
        records.iter().filter(|record| wanted(record)).filter_map(|record| self.issue_summary(id, record)).collect()
    }

    fn issue_summary(&self, document: DocumentId, record: &Record) -> Option<IssueSummary> {
        let Owner::Village(village) = document.owner() else { return None };
        let text = |name: &str| record.text(name).unwrap_or_default().to_owned();
        let made = record.fields.get(issue::ENTRY).and_then(|values| values.first());
        let state = record.text(issue::STATE).filter(|state| !state.is_empty()).unwrap_or(issue::OPEN);
        let heads = self.heads(village);
        Some(IssueSummary {
            id: record.key.parse().ok()?,
            entry: record.text(issue::ENTRY).and_then(|entry| entry.parse().ok()),
            category: text("category"),
            text: text("text"),
            state: state.to_owned(),
            ended: issue::ENDED.contains(&state),
            level: text("level"),
            handler: text("handler"),
            closed_on: record.text(issue::CLOSED_ON).and_then(|day| day.parse().ok()),
            households: text(HOUSEHOLDS).split(' ').filter_map(|id| heads.get(id).cloned()).collect(),
            raised_by: made.map(|made| self.name_behind(document, made.actor)).unwrap_or_default(),
            raised_at: made.map(|made| made.at),
            waiting: self.waits(document, record),
            conflicts: record.fields.values().filter(|values| values.len() > 1).count() as u32,
        })
    }

    pub(super) fn issue(&self, now: Moment, issue: IssueId) -> Option<IssueView> {
        let key = issue.to_string();
        let villages = self.reference.villages.iter();
        let (village, id, record) = villages.clone().find_map(|village| {
            let id = self.register(village.code);
            let record = self.documents.get(&id)?.document.record(Container::Issues, &key)?;
            Some((village, id, record))
        })?;
        let held = self.documents.get(&id)?;
        let households = record.text(HOUSEHOLDS).unwrap_or_default().split(' ');
        let visits = self.last_visits(village.code, &self.household_records(id));
        let about = households.filter_map(|id| held.document.record(Container::Households, id));
        let history: Vec<IssueEvent> = writes_to(&held.document, Container::Issues, &key)
            .into_iter()
            .map(|wrote| {
                let raised = wrote.fields.contains_key(issue::ENTRY);
                let fields: Fields = wrote.fields.into_iter().filter(|(name, _)| name != issue::ENTRY).collect();
                IssueEvent { by: self.name_behind(id, wrote.actor), at: wrote.at, raised, fields }
            })
            .collect();
        Some(IssueView {
            summary: self.issue_summary(id, &record)?,
            village: village.clone(),
            form: ISSUE.to_vec(),
            fields: self.field_views(id, &record),
            about: about.filter_map(|record| household_view(&record, &visits)).collect(),
            history,
            may_amend: self.may_write(id),
            today: self.today(now),
        })
    }
}
