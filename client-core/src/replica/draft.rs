//! Drafts: forms as they stand, written to the disk at every keystroke's pause, so that a killed tab loses nothing. A
//! draft may be wrong; only its size is held to limits.
use super::row::{self, DraftRow};
use super::{Replica, command::Executed};
use crate::clock::Moment;
use crate::contract::Refusal;
use crate::entry::{EntryKind, Fields};
use crate::erasure::Erasure;
use crate::field::{FIELD_NAME_BYTES_MAX, FieldError, FieldFault, FieldValue, TEXT_BYTES_MAX};
use crate::id::EntryId;

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
        let too_long = |(name, value): &(&String, &FieldValue)| {
            name.len() > FIELD_NAME_BYTES_MAX || value.text().is_some_and(|text| text.len() > TEXT_BYTES_MAX)
        };
        let errors: Vec<FieldError> = fields
            .iter()
            .filter(too_long)
            .map(|(name, _)| FieldError { field: name.clone(), fault: FieldFault::TooLong })
            .collect();
        if !errors.is_empty() || fields.len() > FIELDS_MAX {
            return Err(Refusal::Fields { errors });
        }
        let entry = entry.unwrap_or_else(|| EntryId(self.dice.uuid_v7(now)));
        let began_at = self.drafts.get(&entry).map_or(now, |draft| draft.began_at);
        let mut draft = DraftRow { kind, fields: fields.clone(), began_at, saved_at: now };
        // A form may have stood open when the erasure came.
        Erasure::of(self.reference.erased.iter().copied()).clear_form(Some(entry), &mut draft.fields);
        let write = row::put_json(&row::draft_key(entry), &draft);
        self.drafts.insert(entry, draft);
        Ok(Executed { writes: vec![write], entry: Some(entry), ..Executed::default() })
    }

    pub(super) fn discard_draft(&mut self, entry: EntryId) -> Result<Executed, Refusal> {
        self.drafts.remove(&entry).ok_or(Refusal::NotFound)?;
        let writes = vec![row::delete(row::draft_key(entry))];
        Ok(Executed { writes, entry: Some(entry), ..Executed::default() })
    }
}
