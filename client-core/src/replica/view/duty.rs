//! Duties on a screen: what is due now, and all of a tenure with the entries that fill them and those that do not.
use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::Replica;
use super::super::entries::Tenured;
use crate::clock::Moment;
use crate::contract::{AccountView, CreditView, DutyView, EntrySummary, ExcusalView, LeaveView, YearRow, YearView};
use crate::duty::{Account, Credit, Duty, DutyState, Owing, Reckoning, Work, requirements};
use crate::entry::EntryKind;
use crate::excusal::Excusal;
use crate::id::{EntryId, TenureId};
use crate::ledger;
use crate::reference::{Reference, TenureExcusal, TenureLeave};
use crate::tenure::{Tenure, TenureRole};

impl Replica {
    /// The posting as first secretary that this person's home speaks of: the one in force, or else the last.
    pub(super) fn own_posting(&self, today: Date) -> Option<&Tenure> {
        let me = self.me();
        let mine = |tenure: &&Tenure| Some(tenure.person) == me && tenure.role == TenureRole::FirstSecretary;
        self.reference.tenures.iter().filter(mine).max_by_key(|tenure| (tenure.covers(today), tenure.arrived))
    }

    /// What is due on a day, of each kind: what may still be done of earlier periods, and the period that runs, also where
    /// nothing is owed in it.
    pub(super) fn due(&self, tenure: &Tenure, today: Date) -> Vec<DutyView> {
        let works = self.works(tenure);
        let of_kind = |kind: EntryKind| {
            let Reckoning { accounts, tally, .. } = self.reckon(tenure, kind, &works, today);
            let runs = |account: &Account| account.duty.from <= today && today <= account.duty.to;
            let is_due =
                move |account: &Account| (runs(account) && tenure.covers(today)) || account.state == DutyState::Open;
            let view = move |account: Account| {
                let done = account.entries.iter().filter(|credit| credit.counts()).count() as u32;
                DutyView { state: account.state, duty: account.duty, done, tally }
            };
            accounts.into_iter().filter(is_due).map(view).collect::<Vec<_>>()
        };
        EntryKind::ALL.into_iter().flat_map(of_kind).collect()
    }

    /// All duties of a tenure, or of one's own posting.
    pub(super) fn year(&self, now: Moment, tenure: Option<TenureId>) -> Option<YearView> {
        let today = self.today(now);
        let tenure = match tenure {
            Some(id) => self.reference.tenure(id)?,
            None => self.own_posting(today)?,
        };
        let works = self.works(tenure);
        let summaries = self.tenured().into_iter().find(|one| one.tenure.id == tenure.id);
        let summaries: BTreeMap<EntryId, EntrySummary> = summaries
            .map(|one| self.summaries(now, &one).into_iter().map(|entry| (entry.id, entry)).collect())
            .unwrap_or_default();
        let credit = |credit: Credit| {
            let entry = summaries.get(&credit.entry)?.clone();
            Some(CreditView { entry, reason: credit.reason, shortfall: credit.shortfall })
        };
        let row = |kind: EntryKind| {
            let Reckoning { accounts, astray, tally } = self.reckon(tenure, kind, &works, today);
            let cell = |account: Account| AccountView {
                leaves: self.leaves_in(tenure, &account.duty),
                excusal: self.excusal_of(tenure, &account.duty),
                duty: account.duty,
                state: account.state,
                entries: account.entries.into_iter().filter_map(credit).collect(),
            };
            YearRow {
                kind,
                tally,
                requires: requirements(kind).to_vec(),
                cells: accounts.into_iter().map(cell).collect(),
                astray: astray.into_iter().filter_map(credit).collect(),
            }
        };
        Some(YearView {
            today,
            tenure: tenure.clone(),
            person: self.reference.name_of(tenure.person).to_owned(),
            village: self.reference.village(tenure.division).cloned(),
            rows: EntryKind::ALL.into_iter().map(row).collect(),
        })
    }

    fn reckon(&self, tenure: &Tenure, kind: EntryKind, works: &[Work], today: Date) -> Reckoning {
        let Reference { calendar, policies, leaves, excusals, .. } = &self.reference;
        let leaves = leaves.iter().filter(|one| one.tenure == tenure.id).map(|one| one.leave.clone());
        let excusals = excusals.iter().filter(|one| one.tenure == tenure.id).map(|one| one.excusal.clone());
        let (leaves, excusals): (Vec<_>, Vec<_>) = (leaves.collect(), excusals.collect());
        let term = tenure.term();
        Owing { term: &term, calendar, policies, leaves: &leaves, excusals: &excusals }.reckon(kind, works, today)
    }

    fn leaves_in(&self, tenure: &Tenure, duty: &Duty) -> Vec<LeaveView> {
        let here = |one: &&TenureLeave| {
            let TenureLeave { tenure: of, leave } = one;
            *of == tenure.id && leave.approved_by.is_some() && leave.from <= duty.to && duty.from <= leave.to
        };
        let view = |one: &TenureLeave| LeaveView {
            leave: one.leave.clone(),
            approved_by_name: one.leave.approved_by.map(|by| self.reference.name_of(by).to_owned()).unwrap_or_default(),
        };
        self.reference.leaves.iter().filter(here).map(view).collect()
    }

    fn excusal_of(&self, tenure: &Tenure, duty: &Duty) -> Option<ExcusalView> {
        let of_duty = |one: &&TenureExcusal| {
            one.tenure == tenure.id && one.excusal.kind == duty.kind && one.excusal.period == duty.period
        };
        let Excusal { basis, by, note, .. } = &self.reference.excusals.iter().find(of_duty)?.excusal;
        Some(ExcusalView { basis: *basis, note: note.clone(), by: self.reference.name_of(*by).to_owned() })
    }

    /// The entries of a tenure's log as counting sees them.
    fn works(&self, tenure: &Tenure) -> Vec<Work> {
        let tenured = self.tenured().into_iter().find(|one| one.tenure.id == tenure.id);
        let works = |one: Tenured<'_>| {
            let work = |found: &std::sync::Arc<super::super::entries::Found>| {
                let received_at = self.received_at(one.log, &found.record);
                ledger::work(&found.record, found.state, received_at, &self.reference.policies)
            };
            one.entries.iter().filter_map(work).collect()
        };
        tenured.map(works).unwrap_or_default()
    }
}
