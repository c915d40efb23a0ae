//! What a restored server lost and cannot take back, because it stands on words about a household that was erased since:
//! its author does it again without them, and nobody else keeps it.
use std::collections::BTreeMap;

use super::Replica;
use super::held::Held;
use super::refill::changes_of;
use super::row::{self, DraftRow, PendingRow};
use crate::clock::Moment;
use crate::contract::Command;
use crate::document::{Actor, Container, DocumentId, DocumentKind, Record, Value};
use crate::entry::{EntryKind, Fields};
use crate::host::Write;
use crate::id::EntryId;
use crate::ledger::{self, CREATED_AT, KIND, What};
use crate::review::VoidReason;

impl Replica {
    /// Whether what the server lacks of a document names a household that was erased. Without that it has no reason not to
    /// take it.
    pub(super) fn names_erased(&self, document: DocumentId, lacking: &BTreeMap<Actor, u64>) -> bool {
        let Some(held) = self.documents.get(&document) else { return false };
        let erased: Vec<String> = self.reference.erased.iter().map(ToString::to_string).collect();
        let lines = lacking.iter().map(|(actor, from)| changes_of(held, *actor, *from..=u64::MAX));
        let names = |change: &[u8], id: &String| change.windows(id.len()).any(|part| part == id.as_bytes());
        lines.flatten().any(|change| erased.iter().any(|id| names(&change, id)))
    }

    /// Turns what this device wrote in a log and the server lacks into commands that are to be done again, as they would
    /// be after a refusal. `lacking` says from which change on, by actor.
    pub(super) fn undo(&mut self, log: DocumentId, lacking: &BTreeMap<Actor, u64>, now: Moment) -> Vec<Write> {
        let Some(held) = self.documents.get(&log).filter(|_| log.kind() == DocumentKind::Log) else {
            return Vec::new();
        };
        let own =
            |actor: Actor, seq: u64| lacking.get(&actor).is_some_and(|from| *from <= seq) && self.is_own(log, actor);
        let entries = held.document.records(Container::Entries);
        let written = entries.iter().filter_map(|record| again(record, |value| own(value.actor, value.seq)));
        let commands: Vec<(Command, Option<DraftRow>)> = written.chain(said(held, own)).collect();
        let mut writes = Vec::new();
        for (command, draft) in commands {
            let number = self.free_number(log);
            let pending = PendingRow::lost(command, draft, now);
            writes.push(row::put_json(&row::pending_key(log, number), &pending));
            self.pending.insert((log, number), pending);
        }
        writes
    }
}

/// What makes an entry again, or what of it was written where `is_lacking` says so.
fn again(record: &Record, is_lacking: impl Fn(&Value) -> bool) -> Option<(Command, Option<DraftRow>)> {
    let entry: EntryId = record.key.parse().ok()?;
    let lacks = |values: &[Value]| values.iter().find(|value| is_lacking(value)).map(|value| value.value.clone());
    let lacking: Fields =
        record.fields.iter().filter_map(|(name, values)| Some((name.clone(), lacks(values)?))).collect();
    let of_form = |fields: &Fields| -> Fields {
        let of_form = fields.iter().filter(|(name, _)| ![KIND, CREATED_AT].contains(&name.as_str()));
        of_form.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    if !lacking.contains_key(KIND) {
        let fields = of_form(&lacking);
        return (!fields.is_empty()).then_some((Command::Amend { entry, fields }, None));
    }
    let shown = record.fields.keys().filter_map(|name| Some((name.clone(), record.get(name)?.clone()))).collect();
    let began_at = Moment(record.number(CREATED_AT)?);
    let kind = EntryKind::from_code(record.text(KIND)?)?;
    let draft = DraftRow::begin(kind, of_form(&shown), began_at);
    Some((Command::Record { entry }, Some(draft)))
}

/// What says again what was said of entries.
fn said(held: &Held, is_lacking: impl Fn(Actor, u64) -> bool) -> impl Iterator<Item = (Command, Option<DraftRow>)> {
    let records = [Container::Answers, Container::Withdrawals]
        .into_iter()
        .flat_map(|container| held.document.records(container).into_iter().map(move |record| (container, record)));
    records.filter_map(move |(container, record)| {
        let said = ledger::said(container, &record).filter(|said| is_lacking(said.actor, said.seq))?;
        let command = match said.what {
            What::Answered { event, text } => Command::Answer { entry: said.entry, event, text },
            What::Withdrawn { text, .. } => Command::Withdraw { entry: said.entry, text },
            What::Voided { reason, text, .. } => {
                Command::Void { entry: said.entry, reason: reason.unwrap_or(VoidReason::Other), text }
            }
            What::Restored { .. } => Command::Restore { entry: said.entry },
            What::Confirmed { .. } | What::Returned { .. } | What::Questioned { .. } => return None,
        };
        Some((command, None))
    })
}
