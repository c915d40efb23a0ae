//! What a form needs: what it begins with, what may be chosen in it, and whether something like it was written before.
use jiff::civil::Date;

use super::super::Replica;
use super::super::entries::{Found, Tenured};
use super::newest_first;
use crate::access;
use crate::clock::{Moment, add_days};
use crate::contract::{EntrySummary, FormView};
use crate::duty::{Policies, Rhythm};
use crate::entry::{EntryKind, Fields, HALF, OCCURRED_ON, VISITS};
use crate::facts::Facts;
use crate::field::{Field, FieldType, FieldValue, Lines, VISITS_MAX};
use crate::id::EntryId;
use crate::issue::ISSUE;
use crate::ledger;
use crate::likeness::Runs;
use crate::tenure::Tenure;

/// Halves back from today's that a summary may be of.
const HALVES_MAX: usize = 4;

impl Replica {
    pub(super) fn form(&self, now: Moment, kind: EntryKind, like: Option<EntryId>) -> FormView {
        let today = self.today(now);
        let village = self.own_village();
        let tenure = self.own_tenure(today);
        let halves = tenure.filter(|_| kind == EntryKind::Summary).map(|tenure| halves(tenure, today));
        let visits = if kind == EntryKind::Research { self.own_visits(now) } else { Vec::new() };
        let begin = self.begin(kind, like, today, &visits);
        FormView {
            kind,
            fields: kind.fields().to_vec(),
            today,
            households: village.as_ref().map(|village| self.households(village.code)).unwrap_or_default(),
            village,
            begin,
            halves: halves.unwrap_or_default(),
            visits,
            issue: ISSUE.to_vec(),
        }
    }

    /// What was logged in the days that a form is about.
    pub(super) fn facts(&self, now: Moment, kind: EntryKind, fields: &Fields) -> Option<Facts> {
        let day = fields.get(OCCURRED_ON).and_then(FieldValue::text).and_then(|day| day.parse().ok());
        self.facts_of(self.own_tenure(day.unwrap_or_else(|| self.today(now)))?, kind, fields, None)
    }

    /// The newest of one's own entries whose texts are almost those of a draft.
    pub(super) fn alike(&self, now: Moment, entry: EntryId) -> Option<EntrySummary> {
        let draft = self.drafts.get(&entry)?;
        let told = telling(draft.kind, |name| draft.fields.get(name).and_then(FieldValue::text));
        let me = self.me();
        let tenured = self.tenured();
        let own = tenured.iter().filter(|one| Some(one.tenure.person) == me);
        let mut alike: Vec<EntrySummary> =
            own.flat_map(|one| self.alike_in(now, one, draft.kind, &told, |_| true)).collect();
        newest_first(&mut alike);
        alike.into_iter().next()
    }

    /// The newest entry that its author had written before this one, almost in its words: a neutral mark for who reviews it.
    pub(super) fn alike_before(&self, now: Moment, tenured: &Tenured<'_>, found: &Found) -> Option<EntrySummary> {
        let kind = ledger::kind(&found.record)?;
        let told = telling(kind, |name| found.record.text(name));
        let before = |other: &Found| {
            (ledger::created_at(&other.record), other.id) < (ledger::created_at(&found.record), found.id)
        };
        let mut alike = self.alike_in(now, tenured, kind, &told, before);
        newest_first(&mut alike);
        alike.into_iter().next()
    }

    fn alike_in(
        &self,
        now: Moment,
        tenured: &Tenured<'_>,
        kind: EntryKind,
        told: &str,
        wanted: impl Fn(&Found) -> bool,
    ) -> Vec<EntrySummary> {
        let policy = self.reference.policies.in_force(tenured.tenure.arrived);
        let (chars, percent) = (policy.similar_gram_chars.into(), policy.similar_percent_min.into());
        let told = Runs::of(told, chars);
        let alike = tenured.entries.iter().filter(|found| {
            ledger::kind(&found.record) == Some(kind)
                && !found.state.is_taken_back()
                && wanted(found)
                && told.is_like(&Runs::of(&telling(kind, |name| found.record.text(name)), chars), percent)
        });
        alike.map(|found| self.summary(now, tenured, found)).collect()
    }

    fn own_tenure(&self, day: Date) -> Option<&Tenure> {
        access::logging_tenure(&self.reference, self.me()?, day)
    }

    fn own_visits(&self, now: Moment) -> Vec<EntrySummary> {
        let me = self.me();
        let tenured = self.tenured();
        let own = tenured.iter().filter(|one| Some(one.tenure.person) == me);
        let mut visits: Vec<EntrySummary> = own.flat_map(|one| self.summaries(now, one)).collect();
        visits.retain(|entry| entry.kind == EntryKind::Visit.code() && !entry.state.is_taken_back());
        newest_first(&mut visits);
        visits
    }

    /// What a new form begins with: today, the half that is due, the visits of the tenure, and what is copied.
    fn begin(&self, kind: EntryKind, like: Option<EntryId>, today: Date, visits: &[EntrySummary]) -> Fields {
        let mut begin = Fields::from([(OCCURRED_ON.to_owned(), today.to_string().into())]);
        if let (EntryKind::Summary, Some(tenure)) = (kind, self.own_tenure(today)) {
            begin.insert(HALF.to_owned(), due_half(tenure, &self.reference.policies, today).into());
        }
        if kind == EntryKind::Research && like.is_none() && !visits.is_empty() {
            let ids: Vec<String> = visits.iter().take(VISITS_MAX).map(|visit| visit.id.to_string()).collect();
            begin.insert(VISITS.to_owned(), ids.join(" ").into());
        }
        let copied = like.and_then(|like| self.entry_at_hand(like)).filter(|found| {
            let record = &found.entry.record;
            ledger::kind(record) == Some(kind)
        });
        if let Some(found) = copied {
            let fields = found.entry.record.fields.iter().filter(|(name, _)| kind.copied(name));
            let values = fields.filter_map(|(name, values)| Some((name.clone(), values.first()?.value.clone())));
            begin.extend(values.filter(|(_, value)| !value.is_empty()));
        }
        begin
    }
}

/// The half whose end is nearest: the one before, as long as its summary may still be written.
fn due_half(tenure: &Tenure, policies: &Policies, today: Date) -> String {
    let after = policies.in_force(today).summary_after_days;
    let day = add_days(today, -i64::from(after)).max(tenure.arrived);
    Rhythm::Half.period(tenure.arrived, day).name
}

/// The halves of a tenure until today, newest first.
fn halves(tenure: &Tenure, today: Date) -> Vec<String> {
    let mut halves = Vec::new();
    let mut day = today.min(tenure.term().last);
    while halves.len() < HALVES_MAX && day >= tenure.arrived {
        let half = Rhythm::Half.period(tenure.arrived, day);
        day = add_days(half.from, -1);
        halves.push(half.name);
    }
    halves
}

/// What an entry tells: its texts of several lines, one after the other.
fn telling<'a>(kind: EntryKind, text: impl Fn(&str) -> Option<&'a str>) -> String {
    let several = |field: &&Field| matches!(field.takes, FieldType::Text { lines: Lines::Several, .. });
    kind.fields().iter().filter(several).filter_map(|field| text(field.name)).collect()
}
