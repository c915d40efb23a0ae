//! Documents that this person may no longer hold go from here, after what was theirs to give is safe elsewhere.
use std::collections::BTreeSet;

use super::intake::Intake;
use super::row::Leaving;
use crate::document::DocumentId;
use crate::wire::{Coverage, Covered, Cursor};

/// How long documents wait for a backup of the server, by its time.
pub const LEAVE_MS_MAX: i64 = 30 * 24 * 3600 * 1000;

impl Intake<'_> {
    /// Whether the server knows what is held here: one that is still being told may lack some of it.
    fn is_told(&self) -> bool {
        !self.replica.sync.tells || self.replica.exchange.refill.in_vain()
    }

    /// Notes how far the server's backup has to reach before documents go from here, and whether it does.
    pub(super) fn cover(&mut self, coverage: &Coverage) {
        let is_told = self.is_told();
        let Some(leaving) = self.replica.sync.leaving.as_mut().filter(|_| is_told) else { return };
        if leaving.needs.is_empty() {
            leaving.needs = coverage.feeds.iter().map(|feed| feed.end.clone()).collect();
        }
        let is_met = |need: &Cursor| {
            let same = |feed: &&Covered| (feed.end.feed, feed.end.epoch) == (need.feed, need.epoch);
            coverage.feeds.iter().find(same).is_some_and(|feed| feed.number >= need.number)
        };
        self.covered = !leaving.needs.is_empty() && leaving.needs.iter().all(is_met);
    }

    /// Drops the documents that this person may no longer read: when no work of theirs waits there, and a backup of the
    /// server holds them. A server that never says so, or cannot take a document back, is believed after `LEAVE_MS_MAX`.
    /// When another document is to go, all wait anew: no backup that is known of need have it.
    pub(super) fn purge(&mut self) {
        let is_told = self.is_told();
        let replica = &*self.replica;
        if replica.me().is_none() {
            return;
        }
        let waits = |id: DocumentId| replica.pending.iter().any(|((of, _), pending)| *of == id && !pending.parked);
        let gone: BTreeSet<DocumentId> =
            replica.documents.keys().copied().filter(|id| !replica.may_read(*id) && !waits(*id)).collect();
        let sync = &mut self.replica.sync;
        if gone.is_empty() {
            sync.leaving = None;
            return;
        }
        let now = sync.server_now;
        let known = sync.leaving.take().filter(|leaving| gone.is_subset(&leaving.documents));
        self.covered &= known.is_some();
        let leaving = known.unwrap_or_else(|| Leaving { since: now, needs: Vec::new(), documents: gone.clone() });
        let is_over = now.0.saturating_sub(leaving.since.0) >= LEAVE_MS_MAX;
        sync.leaving = Some(leaving);
        if !is_told || (!self.covered && !is_over) {
            self.replica.exchange.again |= !self.flight.leaves;
            return;
        }
        let refill = &self.replica.exchange.refill;
        let (gone, lacking): (Vec<_>, Vec<_>) = gone.into_iter().partition(|id| is_over || !refill.is_vain(*id));
        if lacking.is_empty() {
            sync.leaving = None;
        }
        for id in gone {
            self.drop_document(id);
        }
    }
}
