//! The first screen: what is owed this week and this month, what came back, what waits for the server.
use jiff::civil::Date;

use super::super::Replica;
use super::super::entries::Tenured;
use crate::clock::Moment;
use crate::contract::{DutyView, EntryState, HomeView, SyncView};
use crate::duty::{CountReason, Owing};
use crate::entry::EntryKind;
use crate::ledger;
use crate::person::Person;
use crate::tenure::{Tenure, TenureRole};

impl Replica {
    pub(super) fn home(&self, now: Moment) -> HomeView {
        let today = self.today(now);
        let me = self.me();
        let tenure = self
            .reference
            .tenures
            .iter()
            .filter(|tenure| Some(tenure.person) == me && tenure.role == TenureRole::FirstSecretary)
            .max_by_key(|tenure| (tenure.covers(today), tenure.arrived));
        let tenured = self.tenured();
        let own = tenured.iter().filter(|one| Some(one.tenure.person) == me);
        let returned =
            own.flat_map(|one| self.summaries(one)).filter(|entry| entry.state == EntryState::Returned).collect();
        let awaiting = tenured
            .iter()
            .filter(|one| self.may_write(one.review))
            .flat_map(|one| one.entries.iter())
            .filter(|found| found.state.awaits_review())
            .count();
        HomeView {
            today,
            person: self.session.as_ref().map_or_else(nobody, |session| session.identity.person.clone()),
            posts: self.reference.posts.clone(),
            village: self.own_village(),
            tenure: tenure.cloned(),
            duties: tenure.map(|tenure| self.duties(tenure, &tenured, today)).unwrap_or_default(),
            drafts: self.drafts.len() as u32,
            returned,
            awaiting_review: awaiting as u32,
            sync: self.sync_view(),
        }
    }

    fn duties(&self, tenure: &Tenure, tenured: &[Tenured<'_>], today: Date) -> Vec<DutyView> {
        let log = tenured.iter().find(|one| one.tenure.id == tenure.id);
        let (term, policies) = (tenure.term(), &self.reference.policies);
        let counting = |kind: EntryKind| -> Vec<Date> {
            log.iter()
                .flat_map(|one| one.entries.iter().map(move |found| (one.log, found)))
                .filter(|(_, found)| ledger::kind(&found.record) == Some(kind))
                .filter(|(log, found)| {
                    let received_at = self.received_at(*log, &found.record);
                    let reason = ledger::counts(&found.record, found.state, Some(tenure), received_at, policies);
                    reason == CountReason::Counts
                })
                .filter_map(|(_, found)| ledger::occurred_on(&found.record))
                .collect()
        };
        let owing = Owing::new(&term, &self.reference.calendar, policies);
        let view = |kind: EntryKind| {
            let days = counting(kind);
            let duty = owing.duty_at(kind, today);
            let done = days.iter().filter(|day| duty.from <= **day && **day <= duty.to).count() as u32;
            DutyView { tally: owing.tally(kind, today, &days), duty, done }
        };
        if tenure.covers(today) { [EntryKind::Visit, EntryKind::Lesson].map(view).to_vec() } else { Vec::new() }
    }

    pub(super) fn sync_view(&self) -> SyncView {
        let waiting = || self.pending.values().filter(|pending| !pending.parked);
        SyncView {
            sending: self.exchange.sending(),
            waiting: waiting().count() as u32,
            waiting_since: waiting().map(|pending| pending.made_at).min(),
            parked: self.pending.values().filter(|pending| pending.parked).count() as u32,
            synced_at: self.sync.synced_at,
            trouble: self.trouble(),
            complete: self.sync.synced_at.is_some(),
            dead_letters: self.letters.len() as u32,
            troubled_documents: self.troubled.len() as u32,
        }
    }
}

fn nobody() -> Person {
    Person { id: crate::id::PersonId(uuid::Uuid::nil()), name: String::new() }
}
