//! Drafts on their way in: only their author brings them, up to the limits, and one that is done is never begun again.
use zhucun_core::access::Place;
use zhucun_core::division::Level;
use zhucun_core::document::{Document, DocumentId, Owner};
use zhucun_core::draft::{self as form, DRAFT_BYTES_MAX, DRAFTS_MAX};
use zhucun_core::gate::{Author, Pass, judge};
use zhucun_core::id::EntryId;
use zhucun_core::wire::{Ack, Fate};

use super::Pushed;
use super::intake::{Intake, place};
use crate::store::draft::At;
use crate::store::{Trouble, draft, generation};

impl Intake<'_, '_> {
    /// The place of a document. A draft that is new belongs to who brings it, where they work.
    pub fn place(&self, id: DocumentId) -> Result<Option<Place>, Trouble> {
        let known = place(self.tx, id)?;
        if known.is_some() || !matches!(id.owner(), Owner::Draft(_)) {
            return Ok(known);
        }
        let villages = self.rights.now.posts.iter().map(|post| post.division);
        let village = villages.filter(|division| division.level() == Level::Village).min();
        Ok(village.map(|village| Place { division: village, holder: Some(self.caller.person) }))
    }

    /// The answer to changes of a draft that are not to be taken: of another's nothing is said, not even whether it is
    /// there.
    pub fn turn_draft_away(&self, push: &Pushed) -> Result<Option<Ack>, Trouble> {
        let Owner::Draft(entry) = push.document.owner() else { return Ok(None) };
        let known = draft::find(self.tx, entry)?;
        let owners = match known {
            Some(draft) => vec![draft.person],
            None => draft::recorded_by(self.tx, entry)?,
        };
        let is_of_another = !owners.is_empty() && !owners.contains(&self.caller.person);
        if is_of_another || push.document == push.document.last() {
            if let Some(first) = push.changes.first() {
                self.quarantine(push.document, "not_allowed".to_owned(), first)?;
            }
            return Ok(Some(answer(push, Fate::NotAllowed, Fate::NotYet)));
        }
        if known.is_none() && !owners.is_empty() {
            return Ok(Some(answer(push, Fate::Superseded, Fate::Superseded)));
        }
        let is_beyond = known.is_none() && draft::count_open(self.tx, self.caller.person)? >= DRAFTS_MAX;
        Ok(is_beyond.then(|| answer(push, Fate::NotAllowed, Fate::NotYet)))
    }

    /// By how many bytes a draft may still grow; nothing for any other document.
    pub fn draft_room(&self, id: DocumentId) -> Result<Option<u64>, Trouble> {
        let Owner::Draft(_) = id.owner() else { return Ok(None) };
        Ok(Some(DRAFT_BYTES_MAX.saturating_sub(draft::bytes(self.tx, id)?)))
    }

    /// Closes a draft that was thrown away, or whose entry is there: a form whose entry may yet be refused stays. What is
    /// damaged waits until it was given back.
    pub fn close_if_done(&mut self, entry: EntryId, at: At) -> Result<(), Trouble> {
        let Some(known) = draft::find(self.tx, entry)?.filter(|draft| !draft.is_closed) else { return Ok(()) };
        let id = generation::current(self.tx, DocumentId::draft(entry))?;
        let Some(document) = self.whole(id)? else { return Ok(()) };
        let closed = form::closed(document);
        let is_entry = draft::recorded_by(self.tx, entry)?.contains(&known.person);
        let (recorded, seen) = match closed {
            Some((false, seen)) => (is_entry, seen),
            Some((true, seen)) if is_entry => (true, seen),
            None if is_entry => (true, Vec::new()),
            Some((true, _)) | None => return Ok(()),
        };
        match draft::close(self.tx, id, at, recorded, &seen) {
            Err(Trouble::Rotten { .. }) => return Ok(()),
            closed => closed?,
        }
        self.documents.forget(id);
        self.drafts = true;
        Ok(())
    }
}

/// Takes of a draft's room what a change needs. One that ends the draft needs none: nothing of it stays.
pub(super) fn fits(room: &mut Option<u64>, document: &Document, author: Author, change: &[u8]) -> bool {
    let Some(left) = room else { return true };
    match left.checked_sub(change.len() as u64) {
        Some(less) => {
            *left = less;
            true
        }
        None => ends(document.clone(), author, change),
    }
}

fn ends(mut document: Document, author: Author, change: &[u8]) -> bool {
    match judge(&document, author, change) {
        Ok(Pass::New(judged)) => judged.apply(&mut document).is_ok() && form::closed(&document).is_some(),
        _ => false,
    }
}

fn answer(push: &Pushed, first: Fate, others: Fate) -> Ack {
    let mut fates = vec![others; push.changes.len()];
    fates.iter_mut().take(1).for_each(|fate| *fate = first);
    Ack { document: push.document, fates, seals: Vec::new(), at: None }
}
