//! Changes that the server put aside because their author might once write there and may no more: kept until the township
//! has decided, and then delivered or dismissed.
use std::collections::{BTreeMap, BTreeSet};

use serde_bytes::ByteBuf;

use super::intake::Intake;
use super::row;
use crate::document::DocumentId;
use crate::wire::{Parked, place_of};

impl Intake<'_> {
    /// The server put a change aside. It is kept here, too, until the township has decided.
    pub(super) fn parked(&mut self, key: (DocumentId, u32)) {
        let held = self.replica.documents.get(&key.0);
        if let Some(pending) = self.replica.pending.get_mut(&key) {
            let change = held.and_then(|held| held.document.change(&pending.hash)).map(ByteBuf::from);
            pending.change = change.or_else(|| pending.change.take());
            pending.parked = true;
            self.writes.push(row::put_json(&row::pending_key(key.0, key.1), pending));
        }
    }

    /// What became of parked changes: those released are like any others that were accepted; those dismissed become dead
    /// letters; what the server never had is sent again, or done again where this device has a new name.
    pub(super) fn settle(&mut self, parked: Parked) {
        let keys: BTreeMap<u64, (DocumentId, u32)> = self
            .replica
            .pending
            .iter()
            .filter(|(_, pending)| pending.parked)
            .map(|(key, pending)| (pending.mark(), *key))
            .collect();
        let mut renamed = BTreeSet::new();
        for mark in parked.unknown {
            if let Some(pending) = keys.get(&mark).and_then(|key| self.replica.pending.get_mut(key)) {
                pending.parked = false;
                let (document, number) = keys[&mark];
                self.writes.push(row::put_json(&row::pending_key(document, number), pending));
                let author = pending.change.as_deref().and_then(|change| place_of(change)).map(|(actor, _)| actor);
                if !author.is_some_and(|actor| self.replica.is_own(document, actor)) {
                    renamed.insert(document);
                }
            }
        }
        // Under an earlier device name it can be sent no more, and what was made there since stands on it.
        for document in renamed {
            self.take_work_back(document);
        }
        let mut dismissed: BTreeMap<(DocumentId, u32), String> = BTreeMap::new();
        for settled in parked.settled {
            match (keys.get(&settled.hash), settled.released) {
                (Some(key), Some(seal)) => self.delivered(*key, &[seal]),
                (Some(key), None) => drop(dismissed.insert(*key, settled.why)),
                (None, _) => {}
            }
        }
        self.dismissed(dismissed);
    }

    /// Takes dismissed changes out of their documents with all that this device wrote there after them: that is done
    /// again, what was dismissed is not.
    fn dismissed(&mut self, dismissed: BTreeMap<(DocumentId, u32), String>) {
        let documents: BTreeSet<DocumentId> = dismissed.keys().map(|(document, _)| *document).collect();
        for document in documents {
            let from = self.replica.pending.range((document, 0)..=(document, u32::MAX));
            let from: Vec<u32> = from.filter(|(_, pending)| !pending.lost).map(|((_, number), _)| *number).collect();
            let writes = self.replica.take_back(document, &from, None);
            self.writes.extend(writes);
        }
        for (key, why) in dismissed {
            self.dead_letter(key, None, Some(why));
        }
    }
}
