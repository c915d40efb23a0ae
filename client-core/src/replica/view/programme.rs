//! What a unit recorded of the measures 2 to 8, as screens show it.
use super::super::Replica;
use crate::access;
use crate::clock::Moment;
use crate::contract::{ProgrammeView, RecordView};
use crate::division::{Division, DivisionCode};
use crate::id::RecordId;
use crate::programme::RecordKind;
use crate::shown::{self, Recorded};

impl Replica {
    pub(super) fn programme(&self, unit: DivisionCode) -> Option<ProgrammeView> {
        self.keeps_programme(unit).then(|| shown::programme(unit, &self.recorded(unit)))
    }

    pub(super) fn programme_form(
        &self,
        now: Moment,
        unit: DivisionCode,
        (id, kind): (Option<RecordId>, RecordKind),
    ) -> Option<RecordView> {
        self.keeps_programme(unit).then_some(())?;
        // Nobody has told this device what its own unit is called.
        let own = Division { code: unit, name: String::new() };
        let mut places: Vec<Division> =
            self.reference.villages.iter().filter(|it| unit.contains(it.code)).cloned().collect();
        places.sort_by_key(|village| village.code);
        places.insert(0, own);
        let new = shown::new_record(unit, kind, places, self.today(now));
        let Some(id) = id else { return Some(new) };
        let (document, record) = self.programme_record(unit, id)?;
        let held = &self.documents.get(&document)?.document;
        shown::record(new, held, &record, &self.recorded(unit), |actor| self.name_behind(document, actor))
    }

    fn keeps_programme(&self, unit: DivisionCode) -> bool {
        self.caller().is_some_and(|caller| access::keeps_programme(&caller, unit))
    }

    fn recorded(&self, unit: DivisionCode) -> Vec<Recorded> {
        let records = self.programme_records(unit).into_iter();
        records.map(|(document, record)| Recorded { waiting: self.waits(document, &record), record }).collect()
    }
}
