//! Opening: from the rows of the disk to a replica. A document whose rows cannot be read is set aside and fetched anew;
//! the rest goes on. What of it had not reached the server stays in its commands, which are done again on the fresh one.
use std::collections::{BTreeSet, VecDeque};

use super::entries::Tenured;
use super::held::Held;
use super::row::{self, ChangeRow, Rows};
use super::{Committing, Replica};
use crate::clock::Moment;
use crate::document::{DocumentId, DocumentKind};
use crate::host::{Effect, Row, Write};
use crate::id::{CommandId, Dice};
use crate::reference::Reference;

/// A document's change rows have smaller numbers than this; a larger one is damage, and all up to it would be written to
/// when the document is dropped.
const ROW_NUMBERS_MAX: u32 = 1 << 24;

/// Documents on their way into memory. A document that brings the core down is found out the next time: an opening leaves
/// a mark on the disk until it has come to its end, and where one is there the documents are opened one by one, each with
/// its name on the disk before it is touched.
pub(super) struct Opening {
    rows: Rows,
    left: VecDeque<DocumentId>,
    writes: Vec<Write>,
    is_careful: bool,
}

impl Replica {
    #[inline(never)]
    pub(super) fn open(&mut self, _now: Moment, seed: &[u8], rows: Vec<Row>) -> Vec<Effect> {
        *self = Replica::new();
        let mut chance = [0; 32];
        for (to, from) in chance.iter_mut().zip(seed) {
            *to = *from;
        }
        self.dice = Dice::new(chance);
        let rows = Rows(rows.into_iter().map(|row| (row.key, row.value)).collect());
        self.session = rows.json(row::SESSION);
        self.sync = rows.cbor(row::SYNC).unwrap_or_default();
        self.reference = rows.json(row::REFERENCE).unwrap_or_else(|| {
            // What cannot be read is asked for again.
            self.sync.reference = 0;
            Reference::default()
        });
        self.drafts = rows
            .under(row::DRAFT)
            .filter_map(|(key, value)| Some((key.parse().ok()?, serde_json::from_slice(value).ok()?)))
            .collect();
        self.gone = rows.json(row::GONE).unwrap_or_default();
        let letter = |(name, value): (&str, &[u8])| Some((name.to_owned(), serde_json::from_slice(value).ok()?));
        self.letters = rows.under(row::LETTER).filter_map(letter).collect();
        self.pending = rows
            .under(row::PENDING)
            .filter_map(|(key, value)| Some((row::document_in(key)?, serde_json::from_slice(value).ok()?)))
            .collect();
        let mark = rows.0.get(row::OPENING).map(|mark| core::str::from_utf8(mark).ok().and_then(row::document_of));
        let mut opening = Opening { left: documents_on(&rows), rows, writes: Vec::new(), is_careful: mark.is_some() };
        if let Some(fell) = mark.flatten() {
            opening.left.retain(|id| *id != fell);
            self.troubled.insert(fell, "the last opening ended with it".to_owned());
            opening.writes.extend(self.set_aside(fell, &opening.rows));
        }
        if opening.left.is_empty() && mark.is_none() {
            return self.opened(opening);
        }
        self.mark_opening(opening)
    }

    /// Leaves the mark of what is opened next.
    fn mark_opening(&mut self, opening: Opening) -> Vec<Effect> {
        let next = opening.left.front().filter(|_| opening.is_careful).copied();
        self.opening = Some(opening);
        self.marked = true;
        self.note(row::put_mark(row::OPENING, next))
    }

    /// The mark is on the disk: opens what it is for. Where nothing speaks against it, registers and drafts wait until the
    /// first screen has been told what it shows (docs/decisions/0025).
    #[inline(never)]
    pub(super) fn go_on_opening(&mut self, mut opening: Opening) -> Vec<Effect> {
        if opening.is_careful {
            let next = opening.left.pop_front();
            opening.writes.extend(next.into_iter().flat_map(|id| self.open_document(id, &opening.rows)));
            return if opening.left.is_empty() { self.opened(opening) } else { self.mark_opening(opening) };
        }
        let is_first = |id: &DocumentId| matches!(id.kind(), DocumentKind::Log | DocumentKind::Review);
        let (first, rest) = opening.left.into_iter().partition(is_first);
        opening.left = first;
        self.open_left(&mut opening);
        opening.left = rest;
        // What came back is shown by the names of its households.
        let own = |one: &Tenured<'_>| Some(one.tenure.person) == self.me();
        let is_asked = |one: &Tenured<'_>| own(one) && one.entries.iter().any(|found| found.to_answer.is_some());
        let is_asked = self.tenured().iter().any(is_asked);
        if opening.left.is_empty() || is_asked {
            self.open_left(&mut opening);
            return self.opened(opening);
        }
        self.opening = Some(opening);
        vec![Effect::Changed, Effect::MoreToOpen]
    }

    /// Opens what waited for the first screen.
    #[inline(never)]
    pub(super) fn open_the_rest(&mut self) -> Vec<Effect> {
        let mut opening = self.opening.take().expect("`GoOn` answers `MoreToOpen`");
        self.open_left(&mut opening);
        self.opened(opening)
    }

    fn open_left(&mut self, opening: &mut Opening) {
        for id in core::mem::take(&mut opening.left) {
            opening.writes.extend(self.open_document(id, &opening.rows));
        }
    }

    /// All documents that can be read are in memory.
    fn opened(&mut self, Opening { mut writes, rows, .. }: Opening) -> Vec<Effect> {
        writes.extend(self.miss_changes());
        // What a command made elsewhere goes with it, before it is sent alone.
        let lost = self.pending.values().filter(|pending| pending.lost);
        let joints: BTreeSet<CommandId> = lost.filter_map(|pending| pending.joint).collect();
        writes.extend(self.take_back_joined(&joints));
        if !self.troubled.is_empty() {
            // Read everything again; what is known already costs bytes once, what was lost comes back.
            self.sync.read_anew();
            writes.push(row::put_cbor(row::SYNC, &self.sync));
        }
        self.marked |= rows.0.contains_key(row::OPENING);
        match (writes.is_empty(), self.marked) {
            (true, false) => vec![Effect::Changed],
            // That may fail in silence: then the next commit does it.
            (true, true) => self.note(row::delete(row::OPENING.to_owned())),
            (false, _) => self.commit(writes, Committing::default()),
        }
    }

    fn open_document(&mut self, id: DocumentId, rows: &Rows) -> Vec<Write> {
        let prefix = row::change_prefix(id);
        let tail: Option<Vec<(u32, ChangeRow)>> = rows
            .under(&prefix)
            .map(|(number, value)| {
                let number = u32::from_str_radix(number, 16).ok().filter(|number| *number < ROW_NUMBERS_MAX)?;
                Some((number, minicbor::decode(value).ok()?))
            })
            .collect();
        let snapshot = rows.0.get(&row::snapshot_key(id)).map(|bytes| &bytes[..]);
        let opened = tail.as_ref().map(|tail| Held::open(id, snapshot, tail));
        match opened {
            Some(Ok(mut held)) => {
                held.next_number = held.next_number.max(self.free_number(id));
                let waiting = |number: &u32| self.pending.contains_key(&(id, *number));
                let numbers: Vec<u32> = tail.iter().flatten().map(|(number, _)| *number).collect();
                // Rows whose changes still wait keep their place until the server has them.
                let writes = if numbers.iter().any(waiting) { Vec::new() } else { held.roll_up(&numbers) };
                self.documents.insert(id, held);
                writes
            }
            failed => {
                let why = failed.and_then(Result::err).map_or_else(|| "unreadable rows".to_owned(), |b| b.0);
                self.troubled.insert(id, why);
                self.set_aside(id, rows)
            }
        }
    }

    /// Marks as lost what waits for the server and whose change is not on the disk: it could never be sent.
    fn miss_changes(&mut self) -> Vec<Write> {
        let mut writes = Vec::new();
        for ((id, number), pending) in
            self.pending.iter_mut().filter(|(_, pending)| pending.waits() && pending.change.is_none())
        {
            let document = self.documents.get(id).map(|held| &held.document);
            if document.and_then(|document| document.change(&pending.hash)).is_none() {
                pending.lost = true;
                writes.push(row::put_json(&row::pending_key(*id, *number), pending));
            }
        }
        writes
    }

    /// Drops the rows of a document that cannot be read. Its pending commands stay, to be done again.
    fn set_aside(&mut self, id: DocumentId, rows: &Rows) -> Vec<Write> {
        let prefix = row::change_prefix(id);
        let mut writes: Vec<Write> =
            rows.under(&prefix).map(|(number, _)| row::delete(format!("{prefix}{number}"))).collect();
        writes.push(row::delete(row::snapshot_key(id)));
        for (key, pending) in &mut self.pending {
            if key.0 == id && pending.change.is_none() {
                pending.lost = true;
                writes.push(row::put_json(&row::pending_key(key.0, key.1), pending));
            }
        }
        writes
    }
}

/// The documents that have rows, by id.
fn documents_on(rows: &Rows) -> VecDeque<DocumentId> {
    let snapshots = rows.under(row::SNAPSHOT).filter_map(|(key, _)| row::document_of(key));
    let changes = rows.under(row::CHANGE).filter_map(|(key, _)| row::document_in(key).map(|(id, _)| id));
    let ids: BTreeSet<DocumentId> = snapshots.chain(changes).collect();
    ids.into_iter().collect()
}
