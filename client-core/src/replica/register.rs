//! Commands on the register of a village: what is known of a household, tables that are taken in and back, and records
//! that are one household.
use super::Replica;
use super::command::{Executed, How, faulty};
use crate::access;
use crate::amendment::{changed, filled, is_news};
use crate::contract::{Command, Refusal};
use crate::division::DivisionCode;
use crate::document::{Container, DocumentId, Record, writes_to};
use crate::entry::{Fields, check_fields};
use crate::field::FieldValue;
use crate::household::{HOUSEHOLD, INACTIVE, REGISTERED, STANDING};
use crate::id::{HouseholdId, ImportId};
use crate::register::{
    self, IMPORT, IMPORT_CHANGED, IMPORT_ROWS_MAX, IMPORT_UNDONE, MERGED_INTO, RegisterRow, RowVerdict,
};

/// Households in one change: far below the operations and bytes that a change may have.
const HOUSEHOLDS_A_CHANGE: usize = 40;

/// Households that one change writes to: new ones with all their fields, others with what is set.
enum Put<'a> {
    New(HouseholdId, Fields),
    Set(&'a Record, Fields),
}

impl Replica {
    pub(super) fn add_household(
        &mut self,
        how: &How,
        village: DivisionCode,
        fields: &Fields,
    ) -> Result<Executed, Refusal> {
        let errors = check_fields(HOUSEHOLD, fields, self.today(how.now));
        if !errors.is_empty() {
            return Err(Refusal::Fields { errors });
        }
        let id = how.household.unwrap_or_else(|| HouseholdId(self.dice.uuid_v7(how.now)));
        let how = &How { household: Some(id), ..how.clone() };
        let key = id.to_string();
        let writes = self.write(how, self.register(village), None, |writer| {
            writer.record(Container::Households, &key, filled(fields));
        })?;
        Ok(Executed { writes, household: Some(id), waits: true, ..Executed::default() })
    }

    pub(super) fn amend_household(
        &mut self,
        how: &How,
        village: DivisionCode,
        id: HouseholdId,
        fields: &Fields,
    ) -> Result<Executed, Refusal> {
        let document = self.register(village);
        let record = self.household_record(document, id).ok_or(Refusal::NotFound)?;
        let changed = changed(HOUSEHOLD, &record, fields, self.today(how.now)).map_err(faulty)?;
        let fields: Fields = changed.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        // A household that is kept again is what it was; a detour over 不再管理 verifies nothing.
        let verifies = fields.get(STANDING).and_then(FieldValue::text) == Some(REGISTERED)
            && self.kept_as(document, id).as_deref() != Some(REGISTERED);
        if verifies && !self.caller().is_some_and(|caller| access::may_verify(&caller, village)) {
            return Err(Refusal::NotAllowed);
        }
        self.put_households(how, document, vec![Put::Set(&record, fields)])
    }

    pub(super) fn import_households(
        &mut self,
        how: &How,
        village: DivisionCode,
        import: Option<ImportId>,
        rows: &[RegisterRow],
    ) -> Result<Executed, Refusal> {
        if rows.len() > IMPORT_ROWS_MAX {
            return Err(Refusal::RowsTooMany);
        }
        let document = self.register(village);
        let records = self.household_records(document);
        let import = import.unwrap_or_else(|| ImportId(self.dice.uuid_v7(how.now)));
        let mark = |changed: String| {
            let of_import = [(IMPORT, import.to_string().into()), (IMPORT_CHANGED, changed.into())];
            of_import
                .into_iter()
                .chain([(IMPORT_UNDONE, FieldValue::from(0))])
                .map(|(name, value)| (name.to_owned(), value))
        };
        let mut puts = Vec::new();
        for (row, compared) in rows.iter().zip(register::compare(&records, rows, self.today(how.now))) {
            let id = compared.household.unwrap_or_else(|| HouseholdId(self.dice.uuid_v7(how.now)));
            let record = records.iter().find(|record| record.key == id.to_string());
            let changed = compared.changes.iter().map(|change| (change.field.clone(), change.after.clone()));
            match (compared.verdict, record) {
                (RowVerdict::Same | RowVerdict::Faulty, _) => {}
                (RowVerdict::Changed, Some(record)) => {
                    let fields = changed.chain(mark(register::note_changes(&compared.changes))).collect();
                    puts.push((RegisterRow { household: Some(id), ..row.clone() }, Put::Set(record, fields)));
                }
                (_, Some(record)) => {
                    let fields = changed.chain(mark(String::new())).collect();
                    puts.push((RegisterRow { household: Some(id), ..row.clone() }, Put::Set(record, fields)));
                }
                (_, None) => {
                    let fields = changed.chain(mark(String::new())).collect();
                    puts.push((RegisterRow { household: Some(id), ..row.clone() }, Put::New(id, fields)));
                }
            }
        }
        let mut done = Executed::default();
        let mut puts = puts.into_iter();
        loop {
            let (rows, puts): (Vec<RegisterRow>, Vec<Put<'_>>) = puts.by_ref().take(HOUSEHOLDS_A_CHANGE).unzip();
            if puts.is_empty() {
                return Ok(done);
            }
            let command = Command::ImportHouseholds { village, import: Some(import), rows };
            let part = self.put_households(&How { command, ..how.clone() }, document, puts)?;
            done.writes.extend(part.writes);
            done.waits |= part.waits;
        }
    }

    pub(super) fn turn_import(
        &mut self,
        how: &How,
        village: DivisionCode,
        import: ImportId,
        undone: bool,
    ) -> Result<Executed, Refusal> {
        let document = self.register(village);
        let records = self.household_records(document);
        let visited = self.visited(village, &records);
        let of_it = records.iter().filter(|record| record.text(IMPORT) == Some(import.to_string().as_str()));
        let to_turn = of_it.filter(|record| (record.number(IMPORT_UNDONE) == Some(1)) != undone);
        let stays = |record: &Record| undone && register::outlives_import(record, &visited);
        let puts: Vec<Put<'_>> = to_turn
            .filter(|record| !stays(record))
            .map(|record| {
                let mut fields = register::turn_back(record);
                fields.insert(IMPORT_UNDONE.to_owned(), FieldValue::from(i64::from(undone)));
                Put::Set(record, fields)
            })
            .collect();
        let mut done = Executed::default();
        let mut puts = puts.into_iter();
        loop {
            let part: Vec<Put<'_>> = puts.by_ref().take(HOUSEHOLDS_A_CHANGE).collect();
            if part.is_empty() {
                return Ok(done);
            }
            let part = self.put_households(how, document, part)?;
            done.writes.extend(part.writes);
            done.waits |= part.waits;
        }
    }

    pub(super) fn merge_household(
        &mut self,
        how: &How,
        village: DivisionCode,
        id: HouseholdId,
        into: Option<HouseholdId>,
    ) -> Result<Executed, Refusal> {
        let document = self.register(village);
        let record = self.household_record(document, id).ok_or(Refusal::NotFound)?;
        if let Some(into) = into {
            let other = self.household_record(document, into).ok_or(Refusal::NotFound)?;
            // A chain would hide both, and a ring would hide all.
            if into == id || !register::is_listed(&other) {
                return Err(Refusal::NotFound);
            }
        }
        let into = into.map(|into| into.to_string()).unwrap_or_default();
        let fields = [(MERGED_INTO.to_owned(), FieldValue::from(into))].into_iter().collect();
        self.put_households(how, document, vec![Put::Set(&record, fields)])
    }

    /// Writes to households in one change. Of what is set only that which is not so already.
    fn put_households(&mut self, how: &How, document: DocumentId, puts: Vec<Put<'_>>) -> Result<Executed, Refusal> {
        let puts: Vec<Put<'_>> = puts
            .into_iter()
            .filter_map(|put| match put {
                Put::Set(record, mut fields) => {
                    fields.retain(|name, value| is_news(record, name, value));
                    (!fields.is_empty()).then_some(Put::Set(record, fields))
                }
                new => Some(new),
            })
            .collect();
        let household = match &puts[..] {
            [Put::New(id, _)] => Some(*id),
            [Put::Set(record, _)] => record.key.parse().ok(),
            _ => None,
        };
        if puts.is_empty() {
            return Ok(Executed { household, ..Executed::default() });
        }
        let writes = self.write(how, document, None, |writer| {
            for put in &puts {
                match put {
                    Put::New(id, fields) => writer.record(Container::Households, &id.to_string(), filled(fields)),
                    Put::Set(record, fields) => {
                        fields.iter().for_each(|(name, value)| writer.set(record, name, value.clone()));
                    }
                }
            }
        })?;
        Ok(Executed { writes, household, waits: true, ..Executed::default() })
    }

    pub(super) fn household_records(&self, document: DocumentId) -> Vec<Record> {
        self.documents.get(&document).map(|held| held.document.records(Container::Households)).unwrap_or_default()
    }

    /// Where a household stood when it was last kept: its standing, or the one before 不再管理.
    pub(super) fn kept_as(&self, document: DocumentId, id: HouseholdId) -> Option<String> {
        let held = self.documents.get(&document)?;
        let writes = writes_to(&held.document, Container::Households, &id.to_string());
        let stood = writes.iter().rev().filter_map(|wrote| wrote.fields.get(STANDING)?.text());
        stood.filter(|standing| *standing != INACTIVE).map(str::to_owned).next()
    }

    fn household_record(&self, document: DocumentId, id: HouseholdId) -> Option<Record> {
        self.documents.get(&document)?.document.record(Container::Households, &id.to_string())
    }
}
