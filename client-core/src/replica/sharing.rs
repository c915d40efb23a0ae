//! Drafts between the devices of one person. The row is the form as it stands, the document is what travels: a form that
//! rests makes one change of it, on what the form had seen, so that what another device wrote meanwhile stands beside it.
//! Once the row is at rest it takes over what came.
use std::collections::BTreeSet;

use serde_bytes::ByteBuf;

use super::Replica;
use super::exchange::Eagerness;
use super::held::{Held, Said};
use super::row::{self, ChangeRow, DraftRow, PendingRow};
use crate::clock::Moment;
use crate::contract::Command;
use crate::document::{Container, Document, DocumentId, DocumentKind, Owner, Value, Writer};
use crate::draft::{self, CLOSED, DISCARDED, DRAFT_APART_MS, DRAFT_PAUSE_MS, DRAFTS_MAX, Draft, RECORDED};
use crate::entry::Fields;
use crate::field::FieldValue;
use crate::host::{Effect, Write};
use crate::id::EntryId;
use crate::ledger::{CREATED_AT, KIND};
use crate::wire::Closed;

/// Bytes of values after which a further change is made: all issues at their limits do not fit into one.
const CHANGE_VALUES_BYTES_MAX: usize = 40_000;
/// Refusals by the gate after which a draft stays on its device.
const REFUSALS_MAX: u32 = 3;

type Hash = [u8; 32];

impl Replica {
    pub(super) fn draft_document(&self, entry: EntryId) -> DocumentId {
        self.reference.current(DocumentId::draft(entry))
    }

    /// Whether a change of the draft waits for the server.
    pub(super) fn draft_waits(&self, entry: EntryId) -> bool {
        let id = self.draft_document(entry);
        self.pending.range((id, 0)..=(id, u32::MAX)).any(|(_, pending)| pending.waits())
    }

    /// Makes changes of what rests. Where a request goes anyway nothing waits for its turn.
    pub(super) fn share_rested(&mut self, now: Moment, eagerness: Eagerness) -> Vec<Write> {
        let rests = |draft: &DraftRow| match eagerness {
            Eagerness::Now => rest_left(draft, now) == 0,
            Eagerness::WhenDue => pause_left(draft, now) == 0,
        };
        let rested: Vec<EntryId> =
            self.drafts.iter().filter(|(_, draft)| rests(draft)).map(|(entry, _)| *entry).collect();
        rested.into_iter().flat_map(|entry| self.share_draft(now, entry)).collect()
    }

    /// Asks to be woken when the first form that is not shared yet has rested long enough.
    pub(super) fn wake_for_drafts(&self, now: Moment) -> Option<Effect> {
        let open = self.drafts.iter().filter(|(entry, draft)| self.is_to_share(**entry, draft));
        let first = open.map(|(_, draft)| pause_left(draft, now)).min()?;
        let retry = self.exchange.due_in(now).unwrap_or(i64::MAX);
        Some(Effect::Wake { after_ms: u32::try_from(first.min(retry).max(1)).unwrap_or(u32::MAX) })
    }

    fn is_to_share(&self, entry: EntryId, draft: &DraftRow) -> bool {
        let id = self.draft_document(entry);
        let held = self.documents.get(&id);
        let lacks = match held {
            Some(held) => draft.base.iter().any(|hash| !has(&held.document, hash)),
            None => !draft.base.is_empty(),
        };
        let may_begin = held.is_some() || self.open_drafts() < DRAFTS_MAX;
        (draft.dirty || lacks)
            && !draft.alone
            && !draft.amends
            && may_begin
            && self.troubled.is_empty()
            && self.may_write(id)
            && held.is_none_or(|held| draft::closed(&held.document).is_none())
    }

    /// Drafts of this person that go to the server.
    fn open_drafts(&self) -> usize {
        self.drafts.values().filter(|draft| !draft.base.is_empty() && !draft.alone && !draft.amends).count()
    }

    /// Makes a change of what a form holds that its document does not.
    pub(super) fn share_draft(&mut self, now: Moment, entry: EntryId) -> Vec<Write> {
        let Some(draft) = self.drafts.get(&entry).filter(|draft| self.is_to_share(entry, draft)) else {
            return Vec::new();
        };
        let id = self.draft_document(entry);
        let mut base = self.base_of(id, draft);
        let before = match self.documents.get(&id).map(|held| held.document.at(&base)) {
            Some(Ok(at)) => draft::shown(&at),
            Some(Err(_)) => return Vec::new(),
            None => Fields::new(),
        };
        let mut writes = Vec::new();
        for part in parts(differences(&before, &form_of(draft).to_fields())) {
            if let Some((more, hash)) = self.write_draft(now, id, &base, part) {
                writes.extend(more);
                base = vec![hash];
            }
        }
        if let Some(draft) = self.drafts.get_mut(&entry) {
            (draft.base, draft.dirty) = (base.iter().map(|hash| ByteBuf::from(hash.to_vec())).collect(), false);
            draft.shared_at = Some(now);
            writes.push(row::put_json(&row::draft_key(entry), draft));
        }
        writes
    }

    /// What a form stands on, as far as it is here. What is not was never read, or was taken back: nothing else was seen.
    fn base_of(&self, id: DocumentId, draft: &DraftRow) -> Vec<Hash> {
        let Some(held) = self.documents.get(&id) else { return Vec::new() };
        draft.base.iter().filter_map(|hash| known(&held.document, hash)).collect()
    }

    /// Whether what this device wrote last in a draft is part of what a form stands on.
    pub(super) fn stands_on_own(&self, entry: EntryId, base: &[ByteBuf]) -> bool {
        let id = self.draft_document(entry);
        let (Some(held), Some(actor)) = (self.documents.get(&id), self.actor(id)) else { return false };
        let Some((last, _)) = held.document.line(actor).pop() else { return true };
        let base: Vec<Hash> = base.iter().filter_map(|hash| known(&held.document, hash)).collect();
        held.document.at(&base).is_ok_and(|at| at.has(last))
    }

    fn write_draft(
        &mut self,
        now: Moment,
        id: DocumentId,
        base: &[Hash],
        fields: Vec<(String, FieldValue)>,
    ) -> Option<(Vec<Write>, Hash)> {
        let actor = self.actor(id)?;
        let incarnation = self.session.as_ref()?.incarnation;
        let number = self.free_number(id);
        let held = self.documents.entry(id).or_insert_with(|| Held::begin_at(id, number));
        let change = held.write_at(actor, now, base, |writer: &mut Writer<'_, '_>| {
            for (name, value) in fields {
                writer.field(Container::Fields, &name, value);
            }
        })?;
        let number = held.next_number;
        let pending = PendingRow::of(&change, incarnation, now);
        let row = ChangeRow { change: change.bytes.into(), said: Said::default() };
        let writes = vec![held.put_change(&row), row::put_json(&row::pending_key(id, number), &pending)];
        self.pending.insert((id, number), pending);
        Some((writes, change.hash))
    }

    /// Ends a draft here, and tells the other devices how.
    pub(super) fn end_draft(&mut self, now: Moment, entry: EntryId, how: &str) -> Vec<Write> {
        let id = self.draft_document(entry);
        self.bases.retain(|(of, _), _| *of != entry);
        let Some(draft) = self.drafts.remove(&entry) else { return Vec::new() };
        let mut writes = vec![row::delete(row::draft_key(entry))];
        if !draft.amends {
            let base = self.base_of(id, &draft);
            writes.extend(self.mark_closed(now, id, &base, how));
        }
        writes
    }

    fn mark_closed(&mut self, now: Moment, id: DocumentId, base: &[Hash], how: &str) -> Vec<Write> {
        let Some(held) = self.documents.get(&id) else { return Vec::new() };
        let is_open = match draft::closed(&held.document) {
            None => true,
            // Its entry never came.
            Some((true, _)) => how == DISCARDED,
            Some((false, _)) => false,
        };
        let mark = (CLOSED.to_owned(), FieldValue::from(how));
        let marked = (is_open && self.may_write(id)).then(|| self.write_draft(now, id, base, vec![mark])).flatten();
        marked.map_or_else(Vec::new, |(writes, _)| writes)
    }

    /// Brings drafts and their documents together after a reply that came to its end.
    pub(super) fn mend_drafts(&mut self, now: Moment) -> Vec<Write> {
        let is_draft = |id: &DocumentId| id.kind() == DocumentKind::Draft;
        let held: Vec<DocumentId> = self.documents.keys().copied().filter(is_draft).collect();
        let mut writes = Vec::new();
        for id in held {
            let Owner::Draft(entry) = id.owner() else { continue };
            if self.draft_document(entry) != id || self.troubled.contains_key(&id) {
                continue;
            }
            if let Some((recorded, _)) = self.documents.get(&id).and_then(|held| draft::closed(&held.document)) {
                // The server does not have the entry, and perhaps nobody will bring it.
                let is_here = self.drafts.contains_key(&entry) || self.own_at_hand(entry).is_some();
                if recorded && !is_here && !self.gone.contains(&entry) && !self.is_letter(entry) {
                    writes.extend(self.adopt(id, entry));
                }
                continue;
            }
            if let Some(draft) = self.drafts.get(&entry) {
                // While nothing came, what is being typed rests first.
                if self.documents.get(&id).is_some_and(|held| heads(&held.document) != draft.base) {
                    writes.extend(self.share_draft(now, entry));
                    writes.extend(self.adopt(id, entry));
                }
            } else if self.gone.contains(&entry) || self.own_at_hand(entry).is_some() {
                // A server of an earlier day, or one that never heard of it. What was seen when it ended is known no more:
                // another device keeps rather too much than too little.
                let how = if self.gone.contains(&entry) { DISCARDED } else { RECORDED };
                writes.extend(self.mark_closed(now, id, &[], how));
            } else {
                writes.extend(self.adopt(id, entry));
            }
        }
        writes.extend(self.prune_amendments());
        writes
    }

    /// Whether this device keeps an entry as a dead letter.
    fn is_letter(&self, entry: EntryId) -> bool {
        self.letters.values().any(|letter| matches!(letter.command, Command::Record { entry: it } if it == entry))
    }

    /// Takes over into a form at rest what its document holds. What waits for the server's word stays in the form: if it is
    /// not taken, it is made again from there.
    fn adopt(&mut self, id: DocumentId, entry: EntryId) -> Option<Write> {
        let document = &self.documents.get(&id)?.document;
        let heads = heads(document);
        let it = Draft::of(draft::shown(document))?;
        let latest = draft::values(document).into_values().flatten().map(|value| value.at).max()?;
        let before = self.drafts.get(&entry);
        let mut draft = match before {
            Some(row) if row.dirty || row.alone || row.amends || row.base == heads => return None,
            Some(_) if self.draft_waits(entry) => return None,
            Some(row) => row.clone(),
            None => DraftRow::begin(it.kind, Fields::new(), it.began_at),
        };
        if before.is_some() {
            self.bases.insert((entry, draft.revision), core::mem::take(&mut draft.base));
            draft.revision += 1;
        }
        draft.saved_at = if before.is_some() { draft.saved_at.max(latest) } else { latest };
        (draft.kind, draft.fields, draft.issues, draft.base) = (it.kind, it.fields, it.issues, heads);
        let write = row::put_json(&row::draft_key(entry), &draft);
        self.drafts.insert(entry, draft);
        Some(write)
    }

    /// A draft was closed, and nothing of it is on the server any more. What was written here and not seen by who closed
    /// it stays: as an amendment of the entry, or as a draft of this device alone.
    pub(super) fn close_draft(&mut self, closed: &Closed) -> Vec<Write> {
        let Owner::Draft(entry) = closed.document.owner() else { return Vec::new() };
        let is_held = self.documents.contains_key(&closed.document);
        let id = if is_held { closed.document } else { self.draft_document(entry) };
        let numbers: Vec<u32> = self.pending.range((id, 0)..=(id, u32::MAX)).map(|((_, number), _)| *number).collect();
        let mut hashes = BTreeSet::new();
        let mut writes = Vec::new();
        for number in numbers {
            hashes.extend(self.pending.remove(&(id, number)).map(|pending| pending.hash.to_vec()));
            writes.push(row::delete(row::pending_key(id, number)));
        }
        if let Some(draft) = self.drafts.get(&entry).filter(|draft| !draft.alone && !draft.amends) {
            let mut draft = draft.clone();
            let taken = self.documents.get(&id).and_then(|held| held.document.without(&hashes).ok());
            let left = self.left_of(id, &draft, taken.as_ref(), closed);
            let (is_left, key) = (!left.is_empty(), row::draft_key(entry));
            let named: Option<Draft> = Draft::of(left.clone().into_iter().chain(fixed(&draft)).collect());
            let issues = named.map(|left| left.issues).unwrap_or_default();
            let fields = left.into_iter().filter(|(name, _)| !draft::is_issue(name));
            if closed.recorded {
                (draft.issues, draft.fields, draft.amends) = (issues, fields.collect(), true);
            } else {
                draft.issues.extend(issues);
                draft.fields.extend(fields);
                draft.alone = true;
            }
            draft.dirty = false;
            writes.push(if is_left { row::put_json(&key, &draft) } else { row::delete(key) });
            match is_left {
                true => self.drafts.insert(entry, draft),
                false => self.drafts.remove(&entry),
            };
        }
        if !closed.recorded {
            writes.push(self.remember_gone(entry));
        }
        self.bases.retain(|(of, _), _| *of != entry);
        if let Some(held) = self.documents.remove(&id) {
            writes.push(row::delete(row::snapshot_key(id)));
            writes.extend((0..held.next_number).map(|number| row::delete(row::change_key(id, number))));
        }
        writes
    }

    /// What a form holds that who closed the draft had not seen: what never reached the server, and what did from here
    /// and too late.
    fn left_of(&self, id: DocumentId, draft: &DraftRow, taken: Option<&Document>, closed: &Closed) -> Fields {
        let Some(taken) = taken else {
            let mut all = form_of(draft).to_fields();
            all.retain(|name, value| !value.is_empty() && ![KIND, CREATED_AT].contains(&name.as_str()));
            return all;
        };
        let form = taken.form(Container::Fields);
        let mut left: Fields = differences(&draft::shown(taken), &form_of(draft).to_fields()).into_iter().collect();
        let was_seen = |it: &Value| closed.seen.iter().any(|known| known.actor == it.actor && known.seq >= it.seq);
        for (name, values) in &form.fields {
            let unseen = values.iter().find(|value| self.was_own(id, value.actor) && !was_seen(value));
            if let Some(unseen) = unseen.filter(|_| !left.contains_key(name)) {
                // Of a long text that was merged, all of it: what the other device wrote is in the entry.
                left.insert(name.clone(), form.merged.get(name).unwrap_or(&unseen.value).clone());
            }
        }
        left.retain(|name, _| ![KIND, CREATED_AT, CLOSED].contains(&name.as_str()));
        left
    }

    /// The server did not take a change of a draft: `for_good` when it never will. Then it stays on this device.
    pub(super) fn draft_refused(&mut self, id: DocumentId, for_good: bool) -> Option<Write> {
        let Owner::Draft(entry) = id.owner() else { return None };
        let draft = self.drafts.get_mut(&entry)?;
        draft.refused += 1;
        draft.alone |= for_good || draft.refused >= REFUSALS_MAX;
        Some(row::put_json(&row::draft_key(entry), draft))
    }

    /// Changes of a draft are about to be taken back: the form stands on what they stood on, and is to be shared anew.
    pub(super) fn rebase_draft(&mut self, id: DocumentId, lost: &BTreeSet<Vec<u8>>) -> Option<Write> {
        let Owner::Draft(entry) = id.owner() else { return None };
        let document = &self.documents.get(&id)?.document;
        let draft = self.drafts.get_mut(&entry)?;
        let (mut base, mut left) = (BTreeSet::new(), draft.base.clone());
        while let Some(hash) = left.pop() {
            match known(document, &hash).filter(|_| lost.contains(&hash.to_vec())) {
                Some(hash) => left.extend(document.causes(hash).iter().map(|cause| ByteBuf::from(cause.to_vec()))),
                None => drop(base.insert(hash)),
            }
        }
        draft.base = base.into_iter().collect();
        draft.dirty = true;
        Some(row::put_json(&row::draft_key(entry), draft))
    }

    /// The document of a draft began anew after an erasure: what the form holds is told again.
    pub(super) fn renew_draft(&mut self, id: DocumentId) -> Option<Write> {
        let Owner::Draft(entry) = id.owner() else { return None };
        let draft = self.drafts.get_mut(&entry)?;
        draft.base.clear();
        draft.dirty = true;
        Some(row::put_json(&row::draft_key(entry), draft))
    }
}

/// How long a form has yet to wait: to rest, and for its turn.
fn pause_left(draft: &DraftRow, now: Moment) -> i64 {
    rest_left(draft, now).max(draft.shared_at.map_or(0, |at| left_of_ms(DRAFT_APART_MS, at, now)))
}

fn rest_left(draft: &DraftRow, now: Moment) -> i64 {
    left_of_ms(DRAFT_PAUSE_MS, draft.saved_at, now)
}

/// What is left of a time that began then. A clock that went back makes nobody wait.
fn left_of_ms(ms: i64, since: Moment, now: Moment) -> i64 {
    let passed = now.0.saturating_sub(since.0);
    if passed < 0 { 0 } else { (ms - passed).max(0) }
}

fn form_of(draft: &DraftRow) -> Draft {
    Draft { kind: draft.kind, began_at: draft.began_at, fields: draft.fields.clone(), issues: draft.issues.clone() }
}

/// What is fixed of a draft.
fn fixed(draft: &DraftRow) -> Fields {
    let bare = Draft { fields: Fields::new(), issues: Default::default(), ..form_of(draft) };
    bare.to_fields()
}

/// What has to be written so that `before` becomes `now`. What is missing there is empty.
fn differences(before: &Fields, now: &Fields) -> Vec<(String, FieldValue)> {
    let is_news = |(name, value): &(&String, &FieldValue)| match before.get(*name) {
        Some(known) => known != *value,
        None => !value.is_empty(),
    };
    let set = now.iter().filter(is_news).map(|(name, value)| (name.clone(), value.clone()));
    let is_gone = |(name, value): &(&String, &FieldValue)| {
        !now.contains_key(*name) && !value.is_empty() && name.as_str() != CLOSED
    };
    let cleared = before.iter().filter(is_gone).map(|(name, _)| (name.clone(), FieldValue::from("")));
    set.chain(cleared).collect()
}

/// Fields in so many changes as it takes.
fn parts(fields: Vec<(String, FieldValue)>) -> Vec<Vec<(String, FieldValue)>> {
    let mut parts: Vec<Vec<(String, FieldValue)>> = Vec::new();
    let mut room = 0_usize;
    for (name, value) in fields {
        let bytes = value.text().map_or(8, str::len);
        match parts.last_mut() {
            Some(part) if bytes <= room => {
                part.push((name, value));
                room -= bytes;
            }
            _ => {
                parts.push(vec![(name, value)]);
                room = CHANGE_VALUES_BYTES_MAX.saturating_sub(bytes);
            }
        }
    }
    parts
}

fn heads(document: &Document) -> Vec<ByteBuf> {
    document.heads().iter().map(|hash| ByteBuf::from(hash.to_vec())).collect()
}

fn known(document: &Document, hash: &ByteBuf) -> Option<Hash> {
    Hash::try_from(hash.as_slice()).ok().filter(|hash| document.has(*hash))
}

fn has(document: &Document, hash: &ByteBuf) -> bool {
    known(document, hash).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_into_one_change_goes_in_several() {
        let of = |bytes: usize| ("a".to_owned(), FieldValue::from("a".repeat(bytes)));
        let half = CHANGE_VALUES_BYTES_MAX / 2;
        assert_eq!(parts(vec![of(half), of(half)]).len(), 1);
        assert_eq!(parts(vec![of(half), of(half), of(1)]).len(), 2);
        assert_eq!(parts(vec![of(half + 1), of(half)]).len(), 2);
        assert_eq!(parts(Vec::new()).len(), 0);
    }
}
