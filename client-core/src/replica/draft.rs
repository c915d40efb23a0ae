//! Drafts: forms as they stand, written to the disk at every keystroke's pause, so that a killed tab loses nothing. A
//! draft may be wrong; only its size is held to limits. What rests goes to the draft's document, and so to the other
//! devices of its author (`sharing`).
use serde_bytes::ByteBuf;

use super::Replica;
use super::command::{Executed, How};
use super::entries::AtHand;
use super::row::{self, DraftRow};
use crate::amendment::is_news;
use crate::clock::Moment;
use crate::contract::{Command, Refusal};
use crate::document::Container;
use crate::draft::{self, DISCARDED};
use crate::entry::{EntryKind, Fields};
use crate::erasure::Erasure;
use crate::field::{FIELD_NAME_BYTES_MAX, FieldError, FieldFault, FieldValue, TEXT_BYTES_MAX};
use crate::host::Write;
use crate::id::{EntryId, IssueId};
use crate::issue::ISSUES_MAX;

/// Fields a draft may hold.
const FIELDS_MAX: usize = 64;
/// Drafts thrown away that a device remembers, so that a server of an earlier day does not bring them back.
const GONE_MAX: usize = 200;

impl Replica {
    pub(super) fn save_draft(
        &mut self,
        now: Moment,
        entry: Option<EntryId>,
        kind: EntryKind,
        fields: &Fields,
        seen: Option<u32>,
    ) -> Result<Executed, Refusal> {
        check_size(fields)?;
        let entry = entry.unwrap_or_else(|| EntryId(self.dice.uuid_v7(now)));
        let mut draft = match self.drafts.get(&entry) {
            Some(before) => before.clone(),
            None => DraftRow {
                // The form stood open while the draft came to its end elsewhere.
                amends: self.own_at_hand(entry).is_some(),
                alone: self.gone.contains(&entry),
                ..DraftRow::begin(kind, Fields::new(), now)
            },
        };
        (draft.kind, draft.fields, draft.saved_at, draft.dirty) = (kind, fields.clone(), now, true);
        if let Some(found) = self.own_at_hand(entry).filter(|_| draft.amends) {
            draft.fields.retain(|name, value| is_news(&found.entry.record, name, value));
        }
        if let Some(base) = self.base_seen(entry, &draft, seen) {
            draft.base = base;
        }
        // A form may have stood open when the erasure came.
        Erasure::of(self.reference.erased.iter().copied()).clear_form(Some(entry), &mut draft.fields);
        let write = row::put_json(&row::draft_key(entry), &draft);
        self.drafts.insert(entry, draft);
        Ok(Executed { writes: vec![write], entry: Some(entry), ..Executed::default() })
    }

    /// One's own entry that a draft of this id became.
    pub(super) fn own_at_hand(&self, entry: EntryId) -> Option<AtHand> {
        let found = self.entry_at_hand(entry)?;
        (self.reference.tenure(found.tenure)?.person == self.me()?).then_some(found)
    }

    /// Keeps an issue with a draft, to be raised together with it.
    pub(super) fn save_issue(
        &mut self,
        now: Moment,
        entry: EntryId,
        issue: Option<IssueId>,
        fields: &Fields,
    ) -> Result<Executed, Refusal> {
        check_size(fields)?;
        if draft::issue_text(fields).is_none() {
            return Err(Refusal::TextTooLong);
        }
        let issue = issue.unwrap_or_else(|| IssueId(self.dice.uuid_v7(now)));
        let mut fields = fields.clone();
        Erasure::of(self.reference.erased.iter().copied()).clear_form(None, &mut fields);
        let draft = self.drafts.get_mut(&entry).ok_or(Refusal::NotFound)?;
        if draft.issues.len() >= ISSUES_MAX && !draft.issues.contains_key(&issue) {
            return Err(Refusal::IssuesTooMany);
        }
        draft.issues.insert(issue, fields);
        (draft.saved_at, draft.dirty) = (now, true);
        let writes = vec![row::put_json(&row::draft_key(entry), draft)];
        Ok(Executed { writes, entry: Some(entry), issue: Some(issue), ..Executed::default() })
    }

    pub(super) fn discard_issue(&mut self, now: Moment, entry: EntryId, issue: IssueId) -> Result<Executed, Refusal> {
        let draft = self.drafts.get_mut(&entry).ok_or(Refusal::NotFound)?;
        draft.issues.remove(&issue).ok_or(Refusal::NotFound)?;
        (draft.saved_at, draft.dirty) = (now, true);
        let writes = vec![row::put_json(&row::draft_key(entry), draft)];
        Ok(Executed { writes, entry: Some(entry), ..Executed::default() })
    }

    pub(super) fn discard_draft(&mut self, now: Moment, entry: EntryId) -> Result<Executed, Refusal> {
        let draft = self.drafts.get(&entry).ok_or(Refusal::NotFound)?;
        let goes = !draft.base.is_empty() && !draft.amends;
        let mut writes = self.end_draft(now, entry, DISCARDED);
        if goes {
            writes.push(self.remember_gone(entry));
        }
        let waits = self.draft_waits(entry);
        Ok(Executed { writes, entry: Some(entry), waits, ..Executed::default() })
    }

    /// Remembers that a draft was thrown away.
    pub(super) fn remember_gone(&mut self, entry: EntryId) -> Write {
        self.gone.retain(|known| *known != entry);
        let more = (self.gone.len() + 1).saturating_sub(GONE_MAX);
        self.gone.drain(..more);
        self.gone.push(entry);
        row::put_json(row::GONE, &self.gone)
    }

    /// What is left here of a draft that became an entry elsewhere: an amendment of the entry, and issues raised with it.
    pub(super) fn record_rest(&mut self, how: &How, entry: EntryId, draft: &DraftRow) -> Result<Executed, Refusal> {
        let found = self.own_at_hand(entry).ok_or(Refusal::NotFound)?;
        let tenure = self.reference.tenure(found.tenure).ok_or(Refusal::NotFound)?;
        let village = self.register(tenure.division);
        let errors = self.issue_errors(how.now, draft);
        if !errors.is_empty() {
            return Err(Refusal::Fields { errors });
        }
        if !draft.issues.is_empty() && !self.may_write(village) {
            return Err(Refusal::NotAllowed);
        }
        let amends = Command::Amend { entry, fields: draft.fields.clone() };
        let mut done = self.amend(&How { command: amends, ..how.clone() }, entry, &draft.fields)?;
        let raised = self.raise(how, village, entry, draft)?;
        done.waits |= !raised.is_empty();
        done.writes.extend(raised);
        self.drafts.remove(&entry);
        done.writes.push(row::delete(row::draft_key(entry)));
        Ok(done)
    }

    /// What of an amendment is news to the entry it is of; nothing is kept of one without any.
    pub(super) fn prune_amendments(&mut self) -> Vec<Write> {
        let amends: Vec<EntryId> =
            self.drafts.iter().filter(|(_, draft)| draft.amends).map(|(entry, _)| *entry).collect();
        let mut writes = Vec::new();
        for entry in amends {
            let Some(found) = self.own_at_hand(entry) else { continue };
            let village = self.reference.tenure(found.tenure).map(|tenure| self.register(tenure.division));
            let Some(mut draft) = self.drafts.remove(&entry) else { continue };
            let before = draft.clone();
            draft.fields.retain(|name, value| is_news(&found.entry.record, name, value));
            draft
                .issues
                .retain(|id, _| village.is_none_or(|village| !self.holds(village, Container::Issues, &id.to_string())));
            let key = row::draft_key(entry);
            if draft.fields.is_empty() && draft.issues.is_empty() {
                writes.push(row::delete(key));
                continue;
            }
            if draft != before {
                writes.push(row::put_json(&key, &draft));
            }
            self.drafts.insert(entry, draft);
        }
        writes
    }

    /// The base of the revision that a form has seen, with what it wrote since, where something was taken over meanwhile.
    fn base_seen(&self, entry: EntryId, draft: &DraftRow, seen: Option<u32>) -> Option<Vec<ByteBuf>> {
        let seen = seen.filter(|seen| *seen < draft.revision)?;
        let mut bases = self.bases.range((entry, seen)..(entry, draft.revision)).map(|(_, base)| base);
        bases.find(|base| self.stands_on_own(entry, base)).cloned()
    }

    pub(super) fn issue_errors(&self, now: Moment, draft: &DraftRow) -> Vec<FieldError> {
        let of_issue = |(id, fields): (&IssueId, &Fields)| {
            let id = *id;
            let named = move |error: FieldError| FieldError { field: format!("issue:{id}:{}", error.field), ..error };
            self.check_issue(now, fields).into_iter().map(named).collect::<Vec<_>>()
        };
        draft.issues.iter().flat_map(of_issue).collect()
    }
}

/// A draft may be wrong, but not larger than what a document holds.
fn check_size(fields: &Fields) -> Result<(), Refusal> {
    let too_long = |(name, value): &(&String, &FieldValue)| {
        name.len() > FIELD_NAME_BYTES_MAX || value.text().is_some_and(|text| text.len() > TEXT_BYTES_MAX)
    };
    let error = |(name, _): (&String, &FieldValue)| FieldError { field: name.clone(), fault: FieldFault::TooLong };
    let errors: Vec<FieldError> = fields.iter().filter(too_long).map(error).collect();
    if errors.is_empty() && fields.len() <= FIELDS_MAX { Ok(()) } else { Err(Refusal::Fields { errors }) }
}
