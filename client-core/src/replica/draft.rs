//! Drafts: forms as they stand, written to the disk at every keystroke's pause, so that a killed tab loses nothing. A
//! draft may be wrong; only its size is held to limits.
use super::row::{self, DraftRow};
use super::{Replica, command::Executed};
use crate::clock::Moment;
use crate::contract::Refusal;
use crate::entry::{EntryKind, Fields};
use crate::erasure::Erasure;
use crate::field::{FIELD_NAME_BYTES_MAX, FieldError, FieldFault, FieldValue, TEXT_BYTES_MAX};
use crate::id::{EntryId, IssueId};
use crate::issue::ISSUES_MAX;

/// Fields a draft may hold.
const FIELDS_MAX: usize = 64;

impl Replica {
    pub(super) fn save_draft(
        &mut self,
        now: Moment,
        entry: Option<EntryId>,
        kind: EntryKind,
        fields: &Fields,
    ) -> Result<Executed, Refusal> {
        check_size(fields)?;
        let entry = entry.unwrap_or_else(|| EntryId(self.dice.uuid_v7(now)));
        let before = self.drafts.get(&entry);
        let began_at = before.map_or(now, |draft| draft.began_at);
        let issues = before.map(|draft| draft.issues.clone()).unwrap_or_default();
        let mut draft = DraftRow { kind, fields: fields.clone(), began_at, saved_at: now, issues };
        // A form may have stood open when the erasure came.
        Erasure::of(self.reference.erased.iter().copied()).clear_form(Some(entry), &mut draft.fields);
        let write = row::put_json(&row::draft_key(entry), &draft);
        self.drafts.insert(entry, draft);
        Ok(Executed { writes: vec![write], entry: Some(entry), ..Executed::default() })
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
        let issue = issue.unwrap_or_else(|| IssueId(self.dice.uuid_v7(now)));
        let mut fields = fields.clone();
        Erasure::of(self.reference.erased.iter().copied()).clear_form(None, &mut fields);
        let draft = self.drafts.get_mut(&entry).ok_or(Refusal::NotFound)?;
        if draft.issues.len() >= ISSUES_MAX && !draft.issues.contains_key(&issue) {
            return Err(Refusal::IssuesTooMany);
        }
        draft.issues.insert(issue, fields);
        draft.saved_at = now;
        let writes = vec![row::put_json(&row::draft_key(entry), draft)];
        Ok(Executed { writes, entry: Some(entry), issue: Some(issue), ..Executed::default() })
    }

    pub(super) fn discard_issue(&mut self, now: Moment, entry: EntryId, issue: IssueId) -> Result<Executed, Refusal> {
        let draft = self.drafts.get_mut(&entry).ok_or(Refusal::NotFound)?;
        draft.issues.remove(&issue).ok_or(Refusal::NotFound)?;
        draft.saved_at = now;
        let writes = vec![row::put_json(&row::draft_key(entry), draft)];
        Ok(Executed { writes, entry: Some(entry), ..Executed::default() })
    }

    pub(super) fn discard_draft(&mut self, entry: EntryId) -> Result<Executed, Refusal> {
        self.drafts.remove(&entry).ok_or(Refusal::NotFound)?;
        let writes = vec![row::delete(row::draft_key(entry))];
        Ok(Executed { writes, entry: Some(entry), ..Executed::default() })
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
