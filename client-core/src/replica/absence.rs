//! Days on which somebody is away, and duties that are taken out: what the log and the review say of them, beside what the
//! server was given by import and by the county.
use super::Replica;
use super::command::{Executed, How};
use super::entries::{Found, Tenured};
use crate::contract::{LeaveRequestView, Refusal};
use crate::division::Level;
use crate::document::Container;
use crate::duty::Owing;
use crate::entry::EntryKind;
use crate::excusal::{EXCUSAL_NOTE_CHARS_MAX, Excusal, ExcusalBasis};
use crate::field::FieldValue;
use crate::id::{EventId, PersonId, TenureId};
use crate::leave::{Leave, LeaveDecision, LeaveStep};
use crate::ledger::{self, Excused, What};
use crate::reference::Reference;
use crate::tenure::{Tenure, Term};

/// What takes days and duties of a tenure out.
pub(super) struct Absences {
    pub leaves: Vec<Leave>,
    pub excusals: Vec<Excusal>,
}

impl Absences {
    pub fn owing<'a>(&'a self, term: &'a Term, reference: &'a Reference) -> Owing<'a> {
        let Reference { calendar, policies, .. } = reference;
        Owing { term, calendar, policies, leaves: &self.leaves, excusals: &self.excusals }
    }
}

impl Replica {
    pub(super) fn absences(&self, tenure: &Tenure) -> Absences {
        let given = self.reference.leaves.iter().filter(|one| one.tenure == tenure.id).map(|one| one.leave.clone());
        let tenured = self.tenured().into_iter().find(|one| one.tenure.id == tenure.id);
        let asked = tenured.iter().flat_map(|one| one.entries.iter().filter_map(|found| self.approved(one, found)));
        let by_hand = self.excused(tenure.id).into_iter().map(|excused| self.excusal(tenure.id, excused));
        let given_excusals = self.reference.excusals.iter().filter(|one| one.tenure == tenure.id);
        Absences {
            leaves: given.chain(asked).collect(),
            excusals: given_excusals.map(|one| one.excusal.clone()).chain(by_hand).collect(),
        }
    }

    /// The excusals that the township wrote in the review of a tenure.
    pub(super) fn excused(&self, tenure: TenureId) -> Vec<Excused> {
        let held = self.documents.get(&self.review(tenure));
        held.map(|held| ledger::excusals(&held.document)).unwrap_or_default()
    }

    fn excusal(&self, tenure: TenureId, excused: Excused) -> Excusal {
        let by = self.person_behind(self.review(tenure), excused.actor).unwrap_or(NOBODY);
        let Excused { kind, period, basis, note, .. } = excused;
        Excusal { kind, period, basis, by, note }
    }

    /// A leave that was asked for and approved, as far as it takes days out.
    fn approved(&self, tenured: &Tenured<'_>, found: &Found) -> Option<Leave> {
        let leave = ledger::leave(&found.record, &self.reference.policies)?;
        let (step, by) = self.how_far(tenured, found, &leave);
        (step == LeaveStep::Approved).then(|| {
            let approved_by = Some(by.unwrap_or(NOBODY));
            Leave { approved_by, ..leave }.until(ledger::reported_back(&found.record))
        })
    }

    /// How far a leave is, and by whose word.
    fn how_far(&self, tenured: &Tenured<'_>, found: &Found, leave: &Leave) -> (LeaveStep, Option<PersonId>) {
        let decision = self.decision(found);
        let step = ledger::leave_step(leave, found.state, &found.version, decision, &self.reference.policies);
        let confirmed = || {
            let said =
                ledger::standing_reviews(&found.said).rfind(|said| matches!(said.what, What::Confirmed { .. }))?;
            self.person_behind(tenured.review, said.actor)
        };
        let for_county = self.reference.policies.asks_county(leave);
        match (step, decision) {
            (LeaveStep::Approved | LeaveStep::Declined, Some(decision)) if for_county => (step, Some(decision.by)),
            (LeaveStep::Approved, _) => (step, confirmed()),
            _ => (step, None),
        }
    }

    fn decision(&self, found: &Found) -> Option<&LeaveDecision> {
        let decisions = self.reference.decisions.iter();
        decisions.filter(|it| it.entry == found.id && it.version == found.version).max_by_key(|it| it.at)
    }

    pub(super) fn leave_step(&self, tenured: &Tenured<'_>, found: &Found) -> Option<LeaveStep> {
        let leave = ledger::leave(&found.record, &self.reference.policies)?;
        Some(self.how_far(tenured, found, &leave).0)
    }

    pub(super) fn leave_request(&self, tenured: &Tenured<'_>, found: &Found) -> Option<LeaveRequestView> {
        let leave = ledger::leave(&found.record, &self.reference.policies)?;
        let (step, by) = self.how_far(tenured, found, &leave);
        let is_decided = matches!(step, LeaveStep::Approved | LeaveStep::Declined);
        let note = self.decision(found).filter(|_| is_decided).map(|it| it.note.clone()).unwrap_or_default();
        Some(LeaveRequestView {
            days: leave.days(),
            for_county: self.reference.policies.asks_county(&leave),
            step,
            by: by.map(|by| self.reference.name_of(by).to_owned()).unwrap_or_default(),
            note,
        })
    }

    pub(super) fn excuse(
        &mut self,
        how: &How,
        tenure: TenureId,
        (kind, period): (EntryKind, &str),
        (basis, note): (ExcusalBasis, &str),
    ) -> Result<Executed, Refusal> {
        let review = self.review(tenure);
        let posted = self.reference.tenure(tenure).ok_or(Refusal::NotFound)?;
        if !self.may_write(review) {
            return Err(Refusal::NotAllowed);
        }
        if note.chars().count() > EXCUSAL_NOTE_CHARS_MAX {
            return Err(Refusal::TextTooLong);
        }
        if basis == ExcusalBasis::Other && note.trim().is_empty() && !how.cleared {
            return Err(Refusal::CommentMissing);
        }
        let absences = self.absences(posted);
        if absences.excusals.iter().any(|known| known.kind == kind && known.period == period) {
            return Ok(Executed::default());
        }
        let term = posted.term();
        match absences.owing(&term, &self.reference).excuses(kind, period) {
            None => return Err(Refusal::NotFound),
            Some(Level::Township) => {}
            Some(_) if how.again => {}
            Some(_) => return Err(Refusal::ForTheCounty),
        }
        let id = self.dice.uuid_v7(how.now).to_string();
        let fields = [
            (ledger::VERDICT, FieldValue::from(ledger::EXCUSED)),
            (ledger::DUTY, FieldValue::from(kind.code())),
            (ledger::PERIOD, FieldValue::from(period)),
            (ledger::BASIS, FieldValue::from(basis.code())),
            (ledger::TEXT, FieldValue::from(note)),
        ];
        let writes = self.write(how, review, None, |writer| writer.record(Container::Events, &id, fields))?;
        Ok(Executed { writes, waits: true, ..Executed::default() })
    }

    pub(super) fn take_back_excusal(
        &mut self,
        how: &How,
        tenure: TenureId,
        event: EventId,
    ) -> Result<Executed, Refusal> {
        let review = self.review(tenure);
        if !self.may_write(review) {
            return Err(Refusal::NotAllowed);
        }
        let Some(standing) = self.excused(tenure).into_iter().find(|excused| excused.id == event) else {
            // It was taken back already.
            let is_known = self.holds(review, Container::Events, &event.to_string());
            return if is_known { Ok(Executed::default()) } else { Err(Refusal::NotFound) };
        };
        // Two reviewers may have excused the same without knowing of each other.
        let same = |other: &Excused| other.kind == standing.kind && other.period == standing.period;
        let events: Vec<EventId> = self.excused(tenure).into_iter().filter(same).map(|excused| excused.id).collect();
        let at = how.now.max(event.minted_at().plus_ms(1));
        let named: Vec<_> = events.into_iter().map(|event| (self.dice.uuid_v7(at).to_string(), event)).collect();
        let writes = self.write(how, review, None, |writer| {
            for (id, event) in named {
                let fields =
                    [(ledger::VERDICT, FieldValue::from(ledger::RESTORED)), (ledger::EVENT, event.to_string().into())];
                writer.record(Container::Events, &id, fields);
            }
        })?;
        Ok(Executed { writes, waits: true, ..Executed::default() })
    }
}

/// Who wrote what nobody here knows the author of.
const NOBODY: PersonId = PersonId(uuid::Uuid::nil());
