//! The facts of a tenure: what its log and its village's issues say of the days that a summary or a report is about.
use jiff::civil::Date;

use super::Replica;
use crate::clock::add_days;
use crate::contract::EntryState;
use crate::document::{Container, Record};
use crate::duty::{Period, Policies, Rhythm};
use crate::entry::{EntryKind, FACTS, FINISHED, Fields, HALF, HOUSEHOLDS, OCCURRED_ON, STATE};
use crate::facts::{Deed, Facts, Logged, Raised};
use crate::field::FieldValue;
use crate::id::EntryId;
use crate::issue;
use crate::ledger;
use crate::tenure::Tenure;

impl Replica {
    /// The facts of an entry of this kind with these fields; none for a kind without facts, or before its days are known.
    /// `but` is the entry itself, which is no fact of its own.
    pub(super) fn facts_of(
        &self,
        tenure: &Tenure,
        kind: EntryKind,
        fields: &Fields,
        but: Option<EntryId>,
    ) -> Option<Facts> {
        kind.field(FACTS)?;
        let text = |name: &str| fields.get(name).and_then(FieldValue::text);
        let period = match kind {
            EntryKind::Summary => Period::half(text(HALF)?)?,
            _ => reported_year(tenure, &self.reference.policies, text(OCCURRED_ON)?.parse().ok()?),
        };
        let (from, to) = (period.from.max(tenure.arrived), period.to.min(tenure.term().last));
        Some(Facts::gather(from, to, &self.logged(tenure, but), &self.raised(tenure)))
    }

    /// What stands in the log of a tenure: what was taken back or returned is no fact.
    fn logged(&self, tenure: &Tenure, but: Option<EntryId>) -> Vec<Logged> {
        let tenured = self.tenured();
        let mine = tenured.iter().filter(|one| one.tenure.id == tenure.id).flat_map(|one| one.entries.iter());
        let standing = mine.filter(|found| !found.state.is_taken_back() && found.state != EntryState::Returned);
        standing.filter(|found| Some(found.id) != but).filter_map(|found| logged(&found.record)).collect()
    }

    fn raised(&self, tenure: &Tenure) -> Vec<Raised> {
        let held = self.documents.get(&self.register(tenure.division));
        let records = held.map(|held| held.document.records(Container::Issues)).unwrap_or_default();
        records.iter().filter_map(raised).collect()
    }
}

/// The tenure year that a report of this day is about: in the days of grace after a year it is the one that has ended.
fn reported_year(tenure: &Tenure, policies: &Policies, day: Date) -> Period {
    let grace = policies.in_force(day).yearly_grace_days;
    let day = add_days(day, -i64::from(grace)).clamp(tenure.arrived, tenure.term().last.max(tenure.arrived));
    Rhythm::TenureYear.period(tenure.arrived, day)
}

fn logged(record: &Record) -> Option<Logged> {
    let kind = ledger::kind(record).filter(|kind| kind.is_duty())?;
    let text = |name: &str| record.text(name).unwrap_or_default();
    let households = text(HOUSEHOLDS).split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let deed = (kind == EntryKind::Deed).then(|| Deed {
        name: text("name").to_owned(),
        state: text(STATE).to_owned(),
        finished: text(FINISHED).parse().ok(),
    });
    Some(Logged { kind, occurred_on: ledger::occurred_on(record)?, households, deed })
}

fn raised(record: &Record) -> Option<Raised> {
    let made = record.fields.get(issue::ENTRY)?.first()?;
    let ended = record.text(issue::STATE).is_some_and(|state| issue::ENDED.contains(&state));
    let closed = record.text(issue::CLOSED_ON).and_then(|day| day.parse().ok());
    Some(Raised { on: made.at.date(), ended_on: closed.filter(|_| ended) })
}
