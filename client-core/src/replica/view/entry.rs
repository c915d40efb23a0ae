//! One entry as a screen shows it: its fields with every value, what was said of it, and what may be done with it now.
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::super::Replica;
use super::super::command::may_be_questioned;
use super::super::entries::{Found, Tenured};
use crate::clock::Moment;
use crate::contract::{EntryAction, EntryState, EntrySummary, EntryView, EventKind, EventView, FieldView};
use crate::document::{Actor, DocumentId, Record, Value};
use crate::entry::{EntryKind, FACTS, HOUSEHOLDS, LEAVE_KIND, STATE, VISITS};
use crate::facts::Facts;
use crate::id::{EntryId, EventId, TenureId};
use crate::ledger::{self, CREATED_AT, KIND, Side, What};
use crate::shown;
use crate::tenure::Tenure;

impl Replica {
    pub(super) fn summaries(&self, now: Moment, tenured: &Tenured<'_>) -> Vec<EntrySummary> {
        tenured.entries.iter().map(|found| self.summary(now, tenured, found)).collect()
    }

    /// Where an entry stands now: as it was said, or left unread for so long that it is taken as read.
    pub(super) fn state(&self, now: Moment, tenured: &Tenured<'_>, found: &Found) -> EntryState {
        let now = now.max(self.sync.server_now);
        let policy = self.reference.policies.in_force(now.date());
        let is_deemed_read = |received: Moment| policy.is_deemed_read(received, now);
        let is_left = || self.last_received(tenured, found).is_some_and(is_deemed_read);
        // Silence gives nobody leave.
        let may_be_left = ledger::kind(&found.record).is_none_or(EntryKind::is_duty);
        if may_be_left && found.state.awaits_review() && is_left() { EntryState::DeemedRead } else { found.state }
    }

    /// When the server had all that was written and said of an entry.
    fn last_received(&self, tenured: &Tenured<'_>, found: &Found) -> Option<Moment> {
        let heard = found.said.iter().map(|said| {
            let document = if said.side == Side::Author { tenured.log } else { tenured.review };
            self.documents.get(&document)?.received.get(&(said.actor, said.seq)).copied()
        });
        let heard = heard.collect::<Option<Vec<Moment>>>()?.into_iter().max();
        self.received_at(tenured.log, &found.record).map(|received| heard.map_or(received, |heard| heard.max(received)))
    }

    pub(super) fn summary(&self, now: Moment, tenured: &Tenured<'_>, found: &Found) -> EntrySummary {
        let record = &found.record;
        let text = |name: &str| record.text(name).unwrap_or_default();
        let waiting = self.waits(tenured.log, record);
        let on_device = waiting && found.state == EntryState::Submitted && self.wholly_waits(tenured.log, record);
        EntrySummary {
            id: found.id,
            kind: text(KIND).to_owned(),
            state: if on_device { EntryState::OnDevice } else { self.state(now, tenured, found) },
            waiting,
            asked: found.to_answer.is_some(),
            occurred_on: ledger::occurred_on(record),
            progress: match text(KIND) {
                kind if kind == EntryKind::Deed.code() => Some(text(STATE).to_owned()),
                _ => self.leave_step(tenured, found).map(|step| step.code().to_owned()),
            },
            title: self.title(Some(tenured.tenure.division), text),
            author: self.reference.name_of(tenured.tenure.person).to_owned(),
            village: self.reference.village(tenured.tenure.division).cloned(),
            created_at: ledger::created_at(record),
            conflicts: record.fields.keys().filter(|name| record.is_in_conflict(name)).count() as u32,
            errors: Vec::new(),
        }
    }

    /// Whether some value of the record is not on the server yet.
    pub(super) fn waits(&self, log: DocumentId, record: &Record) -> bool {
        record.fields.values().flatten().any(|value| !self.is_on_server(log, value))
    }

    /// Whether the record itself is not on the server yet: nobody amends what made it.
    fn wholly_waits(&self, log: DocumentId, record: &Record) -> bool {
        record.fields.get(KIND).is_some_and(|values| values.iter().any(|value| !self.is_on_server(log, value)))
    }

    fn is_on_server(&self, document: DocumentId, value: &Value) -> bool {
        let held = self.documents.get(&document);
        held.is_some_and(|held| held.received.contains_key(&(value.actor, value.seq)))
    }

    pub(super) fn entry(&self, now: Moment, entry: EntryId) -> Option<EntryView> {
        let tenured = self.tenured();
        let (at, found) =
            tenured.iter().find_map(|one| Some((one, one.entries.iter().find(|found| found.id == entry)?)))?;
        let log = at.log;
        let review = at.review;
        let summary = self.summary(now, at, found);
        let asked = found.said.iter().find(|said| found.to_answer == Some(said.id));
        let comment_on = |name: &str| match asked.map(|said| &said.what) {
            Some(What::Returned { comments, .. } | What::Questioned { comments, .. }) => comments.get(name).cloned(),
            _ => None,
        };
        let mut fields = self.field_views(log, &found.record);
        for (name, field) in &mut fields {
            field.comment = comment_on(name);
        }
        // What somebody is away for is not for the others of the team.
        if ledger::kind(&found.record) == Some(EntryKind::Leave) && self.side(at.tenure.id).is_none() {
            fields.retain(|name, _| !PRIVATE_OF_LEAVE.contains(&name.as_str()));
        }
        let households = found.record.text(HOUSEHOLDS).unwrap_or_default().split(' ');
        let received_at = self.received_at(log, &found.record);
        let policies = &self.reference.policies;
        Some(EntryView {
            version: found.version.clone(),
            received_at,
            timeliness: ledger::timeliness(&found.record, received_at, policies),
            counts: ledger::counts(&found.record, found.state, Some(at.tenure), received_at, policies),
            households: households.filter_map(|id| self.household(at.tenure.division, id)).collect(),
            visits: self.visits_named(now, &tenured, found.record.text(VISITS).unwrap_or_default()),
            facts: found.record.text(FACTS).and_then(Facts::from_text),
            issues: self.issues_of(at.tenure.division, entry),
            alike: if self.may_write(review) { self.alike_before(now, at, found).map(Box::new) } else { None },
            events: self.events(log, review, found),
            may: self.may(now, at.tenure.id, found),
            restorable_until: self.restorable_until(now, at.tenure.id, found),
            to_answer: found.to_answer,
            undoable: self.undoable(at.tenure.id, found),
            leave: self.leave_request(at, found),
            next: self.next(now, &tenured, at.tenure, entry),
            fields,
            summary,
        })
    }

    /// The visits of a list, as far as they are here.
    fn visits_named(&self, now: Moment, tenured: &[Tenured<'_>], list: &str) -> Vec<EntrySummary> {
        let wanted = |id: &str| {
            let id: EntryId = id.parse().ok()?;
            let visit = |one: &&Tenured<'_>| one.entries.iter().any(|found| found.id == id);
            let one = tenured.iter().find(visit)?;
            one.entries.iter().find(|found| found.id == id).map(|found| self.summary(now, one, found))
        };
        list.split(' ').filter_map(wanted).collect()
    }

    /// The fields of a record's form, each value with whose it is.
    pub(super) fn field_views(&self, document: DocumentId, record: &Record) -> BTreeMap<String, FieldView> {
        shown::field_views(record, |actor| self.name_behind(document, actor))
    }

    /// When the server received the latest version: the last of its values to arrive.
    pub(super) fn received_at(&self, log: DocumentId, record: &Record) -> Option<Moment> {
        let held = self.documents.get(&log)?;
        let times = record.fields.values().flatten().map(|value| held.received.get(&(value.actor, value.seq)).copied());
        times.collect::<Option<Vec<Moment>>>()?.into_iter().max()
    }

    fn events(&self, log: DocumentId, review: DocumentId, found: &Found) -> Vec<EventView> {
        let mut events: Vec<EventView> = self.writings(log, &found.record);
        let taken_back: BTreeSet<EventId> = ledger::taken_back(&found.said).map(|said| said.id).collect();
        let standing: BTreeSet<EventId> = ledger::standing_verdicts(&found.said).map(|said| said.id).collect();
        let reviews = found.said.iter().filter(|said| said.what.version().is_some()).map(|said| said.id);
        let undone: BTreeSet<EventId> = reviews.filter(|id| !standing.contains(id)).collect();
        for said in &found.said {
            let kind = match &said.what {
                What::Confirmed { opinion, .. } => EventKind::Confirmed { opinion: opinion.clone() },
                What::Returned { reason, comment, comments, .. } => {
                    let (comment, comments) = (comment.clone(), comments.clone());
                    EventKind::Returned { reason: *reason, comment, comments }
                }
                What::Questioned { comment, comments, .. } => {
                    EventKind::Questioned { comment: comment.clone(), comments: comments.clone() }
                }
                What::Answered { text, .. } => EventKind::Answered { text: text.clone() },
                What::Withdrawn { text, .. } => EventKind::Withdrawn { text: text.clone() },
                What::Voided { reason, text, .. } => EventKind::Voided { reason: *reason, text: text.clone() },
                What::Restored { event } if undone.contains(event) => EventKind::Undone,
                What::Restored { .. } => EventKind::Restored,
            };
            let is_undone = match kind {
                EventKind::Withdrawn { .. } | EventKind::Voided { .. } => !taken_back.contains(&said.id),
                _ => undone.contains(&said.id),
            };
            let current = !is_undone && said.what.version().is_none_or(|version| version == found.version);
            let document = match said.side {
                Side::Author => log,
                Side::Township => review,
            };
            let by = self.name_behind(document, said.actor);
            let (id, at) = (Some(said.id), said.at);
            events.push(EventView { id, kind, by, at, current, undone: is_undone, parallel: false });
        }
        events.sort_by_key(|event| event.at);
        events
    }

    /// The making of a record and the amendments of which something still shows.
    fn writings(&self, log: DocumentId, record: &Record) -> Vec<EventView> {
        let mut by_change: BTreeMap<(Actor, u64), (Moment, BTreeSet<String>)> = BTreeMap::new();
        for (name, values) in &record.fields {
            for value in values {
                let change = by_change.entry((value.actor, value.seq)).or_insert((value.at, BTreeSet::new()));
                change.1.insert(name.clone());
            }
        }
        let all: Vec<(Actor, u64)> = by_change.keys().copied().collect();
        let is_parallel = |change: (Actor, u64)| {
            let held = self.documents.get(&log);
            held.is_some_and(|held| all.iter().any(|other| held.document.are_beside(change, *other)))
        };
        let event = |((actor, seq), (at, fields)): ((Actor, u64), (Moment, BTreeSet<String>))| {
            let kind = if fields.contains(KIND) || fields.contains(CREATED_AT) {
                EventKind::Recorded
            } else {
                EventKind::Amended { fields: fields.into_iter().collect() }
            };
            let (by, parallel) = (self.name_behind(log, actor), is_parallel((actor, seq)));
            EventView { id: None, kind, by, at, current: true, undone: false, parallel }
        };
        by_change.into_iter().map(event).collect()
    }

    fn may(&self, now: Moment, tenure: TenureId, found: &Found) -> Vec<EntryAction> {
        if found.state.is_taken_back() {
            return self.restorable_until(now, tenure, found).map(|_| EntryAction::Restore).into_iter().collect();
        }
        let mut may = Vec::new();
        let reviewed = ledger::standing_reviews(&found.said).next().is_some();
        if self.may_write(self.log(tenure)) && ledger::kind(&found.record).is_some() {
            may.push(EntryAction::Amend);
            if !reviewed {
                may.push(EntryAction::Withdraw);
            }
            if found.to_answer.is_some() {
                may.push(EntryAction::Answer);
            }
        }
        if self.may_write(self.review(tenure)) {
            if found.state != EntryState::Confirmed {
                may.push(EntryAction::Confirm);
            }
            if found.state != EntryState::Returned {
                may.push(EntryAction::Return);
            }
            if may_be_questioned(found.state) {
                may.push(EntryAction::Question);
            }
        }
        if self.side(tenure).is_some() && reviewed {
            may.push(EntryAction::Void);
        }
        may
    }

    /// The last day on which this person may restore an entry, as long as it has not passed.
    fn restorable_until(&self, now: Moment, tenure: TenureId, found: &Found) -> Option<Date> {
        let until = ledger::restorable_until(self.side(tenure)?, &found.said)?;
        (self.today(now) <= until).then_some(until)
    }

    /// The next entry awaiting review, oldest first: in this village, or else in the next one that has any.
    fn next(&self, now: Moment, tenured: &[Tenured<'_>], here: &Tenure, entry: EntryId) -> Option<EntryId> {
        let mut waiting: Vec<_> = tenured
            .iter()
            .filter(|one| self.may_write(one.review))
            .flat_map(|one| one.entries.iter().map(move |found| (one, found)))
            .filter(|(one, found)| found.id != entry && self.state(now, one, found).awaits_review())
            .map(|(one, found)| {
                let village = one.tenure.division;
                let age = (ledger::occurred_on(&found.record), ledger::created_at(&found.record), found.id);
                (village < here.division, village, age)
            })
            .collect();
        waiting.sort();
        waiting.first().map(|(.., (.., id))| *id)
    }
}

/// What of a leave is between who asks for it and who approves it.
const PRIVATE_OF_LEAVE: [&str; 3] = [LEAVE_KIND, "destination", "grounds"];
