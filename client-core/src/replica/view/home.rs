//! The first screen: what is due, what came back, what waits for the server.
use super::super::Replica;
use crate::clock::Moment;
use crate::contract::{EntryState, EntrySummary, HomeView, SyncView};
use crate::document::{DocumentId, DocumentKind};
use crate::person::Person;

impl Replica {
    pub(super) fn home(&self, now: Moment) -> HomeView {
        let today = self.today(now);
        let me = self.me();
        let tenure = self.own_posting(today);
        let tenured = self.tenured();
        let own = tenured.iter().filter(|one| Some(one.tenure.person) == me);
        // Only these: a title of each entry would have the whole register read before the first screen.
        let mut to_answer: Vec<EntrySummary> = own
            .flat_map(|one| one.entries.iter().map(move |found| (one, found)))
            .filter(|(_, found)| found.to_answer.is_some())
            .map(|(one, found)| self.summary(now, one, found))
            .collect();
        to_answer.sort_by_key(|entry| entry.state != EntryState::Returned);
        let awaiting = tenured
            .iter()
            .filter(|one| self.may_write(one.review))
            .flat_map(|one| one.entries.iter().map(move |found| self.state(now, one, found)))
            .filter(|state| state.awaits_review())
            .count();
        let village = self.own_village();
        let left = village.as_ref().is_some_and(|village| self.reference.left.contains(&village.code));
        HomeView {
            today,
            person: self.session.as_ref().map_or_else(nobody, |session| session.identity.person.clone()),
            posts: self.reference.posts.clone(),
            village,
            left,
            tenure: tenure.cloned(),
            duties: tenure.map(|tenure| self.due(tenure, today)).unwrap_or_default(),
            drafts: self.drafts.len() as u32,
            to_answer,
            awaiting_review: awaiting as u32,
            sync: self.sync_view(),
        }
    }

    pub(super) fn sync_view(&self) -> SyncView {
        // Drafts go by the way: they are safe here, and nobody waits for them.
        let is_draft = |id: &DocumentId| id.kind() == DocumentKind::Draft;
        let logged = || self.pending.iter().filter(move |((id, _), _)| !is_draft(id)).map(|(_, pending)| pending);
        let waiting = || logged().filter(|pending| !pending.parked);
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
