//! Duties on a screen: what is due now, and all of a tenure with the entries that fill them and those that do not.
use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::Replica;
use super::super::absence::Absences;
use super::super::entries::Tenured;
use crate::clock::Moment;
use crate::contract::{AccountView, CreditView, DutyView, EntrySummary, ExcusalView, LeaveView, YearRow, YearView};
use crate::division::Level;
use crate::duty::{Account, Credit, Duty, DutyState, Reckoning, Work, requirements};
use crate::entry::EntryKind;
use crate::excusal::Excusal;
use crate::id::{EntryId, TenureId};
use crate::leave::Leave;
use crate::ledger;
use crate::reference::TenureExcusal;
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
        let (works, absences) = (self.works(tenure), self.absences(tenure));
        let of_kind = |kind: EntryKind| {
            let Reckoning { accounts, tally, .. } = self.reckon(tenure, &absences, kind, &works, today);
            let runs = |account: &Account| account.duty.from <= today && today <= account.duty.to;
            let is_due =
                move |account: &Account| (runs(account) && tenure.covers(today)) || account.state == DutyState::Open;
            let view = move |account: Account| {
                let done = account.entries.iter().filter(|credit| credit.counts()).count() as u32;
                DutyView { state: account.state, duty: account.duty, done, tally }
            };
            accounts.into_iter().filter(is_due).map(view).collect::<Vec<_>>()
        };
        EntryKind::DUTIES.into_iter().flat_map(of_kind).collect()
    }

    /// All duties of a tenure, or of one's own posting.
    pub(super) fn year(&self, now: Moment, tenure: Option<TenureId>) -> Option<YearView> {
        let today = self.today(now);
        let tenure = match tenure {
            Some(id) => self.reference.tenure(id)?,
            None => self.own_posting(today)?,
        };
        let (works, absences) = (self.works(tenure), self.absences(tenure));
        let summaries = self.tenured().into_iter().find(|one| one.tenure.id == tenure.id);
        let summaries: BTreeMap<EntryId, EntrySummary> = summaries
            .map(|one| self.summaries(now, &one).into_iter().map(|entry| (entry.id, entry)).collect())
            .unwrap_or_default();
        let credit = |credit: Credit| {
            let entry = summaries.get(&credit.entry)?.clone();
            Some(CreditView { entry, reason: credit.reason, shortfall: credit.shortfall })
        };
        let (term, reviews) = (tenure.term(), self.may_write(self.review(tenure.id)));
        let owing = absences.owing(&term, &self.reference);
        let row = |kind: EntryKind| {
            let Reckoning { accounts, astray, tally } = self.reckon(tenure, &absences, kind, &works, today);
            let duties: Vec<Duty> = accounts.iter().map(|account| account.duty.clone()).collect();
            let may_excuse = |at: usize| duties[at].owed && owing.excuses_one_of(&duties, at) == Level::Township;
            let cell = |(at, account): (usize, Account)| AccountView {
                leaves: self.leaves_in(&absences, &account.duty),
                excusal: self.excusal_of(tenure, &absences, &account.duty),
                may_excuse: reviews && may_excuse(at),
                duty: account.duty,
                state: account.state,
                entries: account.entries.into_iter().filter_map(credit).collect(),
            };
            YearRow {
                kind,
                tally,
                requires: requirements(kind).to_vec(),
                cells: accounts.into_iter().enumerate().map(cell).collect(),
                astray: astray.into_iter().filter_map(credit).collect(),
            }
        };
        Some(YearView {
            today,
            tenure: tenure.clone(),
            person: self.reference.name_of(tenure.person).to_owned(),
            village: self.reference.village(tenure.division).cloned(),
            rows: EntryKind::DUTIES.into_iter().map(row).collect(),
        })
    }

    fn reckon(&self, tenure: &Tenure, absences: &Absences, kind: EntryKind, works: &[Work], today: Date) -> Reckoning {
        absences.owing(&tenure.term(), &self.reference).reckon(kind, works, today)
    }

    fn leaves_in(&self, absences: &Absences, duty: &Duty) -> Vec<LeaveView> {
        let here = |leave: &&Leave| leave.approved_by.is_some() && leave.from <= duty.to && duty.from <= leave.to;
        let view = |leave: &Leave| LeaveView {
            leave: leave.clone(),
            approved_by_name: leave.approved_by.map(|by| self.reference.name_of(by).to_owned()).unwrap_or_default(),
        };
        absences.leaves.iter().filter(here).map(view).collect()
    }

    fn excusal_of(&self, tenure: &Tenure, absences: &Absences, duty: &Duty) -> Option<ExcusalView> {
        let is_of_duty = |kind: EntryKind, period: &str| kind == duty.kind && period == duty.period;
        let excusal = absences.excusals.iter().find(|it| is_of_duty(it.kind, &it.period))?;
        let own = self.excused(tenure.id).into_iter().find(|it| is_of_duty(it.kind, &it.period));
        let is_given = |one: &TenureExcusal| one.tenure == tenure.id && one.excusal == *excusal;
        let may = self.may_write(self.review(tenure.id)) && !self.reference.excusals.iter().any(is_given);
        let Excusal { basis, by, note, .. } = excusal;
        let (note, by) = (note.clone(), self.reference.name_of(*by).to_owned());
        Some(ExcusalView { basis: *basis, note, by, undoable: own.filter(|_| may).map(|own| own.id) })
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
