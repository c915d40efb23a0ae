//! Commands on what a unit records of the measures 2 to 8.
use super::Replica;
use super::command::{Executed, How, faulty};
use crate::amendment::is_news;
use crate::contract::{Command, Refusal};
use crate::division::DivisionCode;
use crate::document::{Container, DocumentId, Owner, Record, Year};
use crate::entry::Fields;
use crate::field::FieldValue;
use crate::id::RecordId;
use crate::programme::{self, Item, REASON_CHARS_MAX, RecordKind, VOIDED};

impl Replica {
    pub(super) fn write_record(
        &mut self,
        how: &How,
        unit: DivisionCode,
        (id, kind): (Option<RecordId>, RecordKind),
        fields: &Fields,
    ) -> Result<Executed, Refusal> {
        let id = id.unwrap_or_else(|| RecordId(self.dice.uuid_v7(how.now)));
        let found = self.programme_record(unit, id);
        let new = Item { id, unit, kind, fields: fields.clone() };
        let record = found.as_ref().map(|(_, record)| record);
        let writes =
            programme::written(&self.programme_items(unit), record, &new, self.today(how.now)).map_err(faulty)?;
        // What is done again is done to the same record.
        let command = Command::WriteRecord { unit, record: Some(id), kind, fields: fields.clone() };
        let how = &How { command, ..how.clone() };
        if let Some((document, record)) = &found {
            return self.set_in_record(how, *document, record, writes);
        }
        let year = kind.year(fields).and_then(Year::new).ok_or(Refusal::NotFound)?;
        let document = self.reference.current(DocumentId::programme(unit, year));
        let writes = self.write(how, document, None, |writer| {
            let fields = writes.iter().map(|(name, value)| (name.as_str(), value.clone()));
            writer.record(Container::Records, &id.to_string(), fields);
        })?;
        Ok(Executed { waits: !writes.is_empty(), writes, ..Executed::default() })
    }

    pub(super) fn void_record(
        &mut self,
        how: &How,
        unit: DivisionCode,
        id: RecordId,
        reason: &str,
    ) -> Result<Executed, Refusal> {
        if reason.chars().count() > REASON_CHARS_MAX {
            return Err(Refusal::TextTooLong);
        }
        let (document, record) = self.programme_record(unit, id).ok_or(Refusal::NotFound)?;
        let reason = FieldValue::from(reason.trim());
        let writes = is_news(&record, VOIDED, &reason).then(|| (VOIDED.to_owned(), reason));
        self.set_in_record(how, document, &record, writes.into_iter().collect())
    }

    fn set_in_record(
        &mut self,
        how: &How,
        document: DocumentId,
        record: &Record,
        sets: Vec<(String, FieldValue)>,
    ) -> Result<Executed, Refusal> {
        if sets.is_empty() {
            return Ok(Executed::default());
        }
        let writes = self.write(how, document, None, |writer| {
            for (name, value) in &sets {
                writer.set(record, name, value.clone());
            }
        })?;
        Ok(Executed { writes, waits: true, ..Executed::default() })
    }

    /// The documents in which a unit records, by year.
    pub(super) fn programmes(&self, unit: DivisionCode) -> impl Iterator<Item = DocumentId> {
        let of_unit = move |id: &&DocumentId| matches!(id.owner(), Owner::Programme(of, _) if of == unit);
        self.documents.keys().filter(of_unit).copied()
    }

    pub(super) fn programme_records(&self, unit: DivisionCode) -> Vec<(DocumentId, Record)> {
        let records = |id: DocumentId| {
            let records = self.documents.get(&id).map(|held| held.document.records(Container::Records));
            records.unwrap_or_default().into_iter().map(move |record| (id, record))
        };
        self.programmes(unit).flat_map(records).collect()
    }

    pub(super) fn programme_items(&self, unit: DivisionCode) -> Vec<Item> {
        self.programme_records(unit).iter().filter_map(|(_, record)| Item::of(unit, record)).collect()
    }

    pub(super) fn programme_record(&self, unit: DivisionCode, id: RecordId) -> Option<(DocumentId, Record)> {
        let key = id.to_string();
        self.programmes(unit)
            .find_map(|id| Some((id, self.documents.get(&id)?.document.record(Container::Records, &key)?)))
    }
}
