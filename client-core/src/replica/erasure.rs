//! What a device does when it learns that a household was erased: documents of an earlier generation go once nothing of
//! its own waits in them, and what somebody still means to say loses the erased id and the words about it. What waited is
//! then done again on the new generation, which has all that the server had taken.
use std::collections::BTreeSet;

use super::row::{self, DraftRow, PendingRow};
use super::{Replica, entries};
use crate::contract::{Command, DeadLetter};
use crate::document::{DocumentId, DocumentKind};
use crate::entry::Fields;
use crate::erasure::Erasure;
use crate::host::Write;
use crate::id::{EntryId, HouseholdId};
use crate::reference::Reference;

/// What an erasure left of something that somebody meant to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    All,
    Part,
    Nothing,
}

impl Left {
    /// What is left of both: the first has the word where it lost something.
    fn and(self, other: Left) -> Left {
        if self == Left::All { other } else { self }
    }
}

/// What the server says of generations and erasures.
pub(super) struct Later {
    generations: Vec<DocumentId>,
    erased: Vec<HouseholdId>,
}

impl Later {
    /// Takes it out of what the server sent and leaves there what was known before.
    pub fn out_of(sent: &mut Reference, known: &Reference) -> Self {
        let generations = core::mem::replace(&mut sent.generations, known.generations.clone());
        Later { generations, erased: core::mem::replace(&mut sent.erased, known.erased.clone()) }
    }
}

impl Replica {
    /// Takes over what the server says of generations and erasures; whether that is news. Only once a reply came to its
    /// end: until the new documents are here, the old ones are what can be read.
    pub(super) fn learn(&mut self, later: Later) -> bool {
        let Reference { generations, erased, .. } = &mut self.reference;
        let is_news = (&*generations, &*erased) != (&later.generations, &later.erased);
        (*generations, *erased) = (later.generations, later.erased);
        self.entries = entries::Entries::default();
        is_news
    }

    /// Documents of a generation that the server does not know in which something waits. Where one may not write now,
    /// since a restored server has yet to learn of one's posting, it waits on.
    pub(super) fn unknown_with_work(&self) -> BTreeSet<DocumentId> {
        let waiting = self.pending.iter().filter(|(_, pending)| pending.waits()).map(|((id, _), _)| *id);
        waiting.filter(|id| self.reference.is_unknown(*id) && self.may_write(*id)).collect()
    }

    /// Takes what is erased out of all that somebody still means to say.
    pub(super) fn clear(&mut self) -> Vec<Write> {
        if self.reference.erased.is_empty() {
            return Vec::new();
        }
        let erasure = self.erasure();
        let mut writes = self.clear_drafts(&erasure);
        writes.extend(self.clear_letters(&erasure));
        writes.extend(self.clear_pending(&erasure));
        writes
    }

    /// What is erased, with the entries that named it by the logs that are here and by what waits.
    fn erasure(&self) -> Erasure {
        let mut erasure = Erasure::of(self.reference.erased.iter().copied());
        let logs = self.documents.values().filter(|held| held.document.id().kind() == DocumentKind::Log);
        for log in logs {
            // One that cannot be read tells nothing; what names the household itself is cleared all the same.
            let _ = erasure.read(&log.document);
        }
        for PendingRow { command, draft, .. } in self.pending.values() {
            match (command, draft) {
                (Some(Command::Record { entry }), Some(draft)) => erasure.read_form(*entry, &draft.fields),
                (Some(Command::Amend { entry, fields }), _) => erasure.read_form(*entry, fields),
                _ => {}
            }
        }
        let villages = self.documents.values().filter(|held| held.document.id().kind() == DocumentKind::Village);
        villages.for_each(|village| erasure.read_village(&village.document));
        erasure
    }

    /// Documents of a generation that is gone.
    fn superseded(&self) -> impl Iterator<Item = DocumentId> {
        self.documents.keys().copied().filter(|id| self.reference.current(*id) != *id)
    }

    /// Documents of a generation that is gone in which nothing waits for the server's word.
    pub(super) fn done_with(&self) -> Vec<DocumentId> {
        let waits = |id: &DocumentId| self.pending.iter().any(|((of, _), pending)| of == id && !pending.lost);
        self.superseded().filter(|id| !waits(id)).collect()
    }

    fn clear_drafts(&mut self, erasure: &Erasure) -> Vec<Write> {
        let mut writes = Vec::new();
        self.drafts.retain(|entry, draft| {
            let left = clear_draft(erasure, Some(*entry), draft);
            match left {
                Left::All => {}
                Left::Part => writes.push(row::put_json(&row::draft_key(*entry), draft)),
                Left::Nothing => writes.push(row::delete(row::draft_key(*entry))),
            }
            left != Left::Nothing
        });
        writes
    }

    fn clear_letters(&mut self, erasure: &Erasure) -> Vec<Write> {
        let mut writes = Vec::new();
        self.letters.retain(|name, letter| {
            let DeadLetter { command, fields, issues, dismissed, .. } = letter;
            let before = issues.clone();
            let mut left = clear(erasure, command, fields.as_mut());
            issues.retain_mut(|fields| keeps_issue(erasure, left, fields));
            if left == Left::All && *issues != before {
                left = Left::Part;
            }
            if left != Left::All {
                dismissed.iter_mut().for_each(String::clear);
            }
            let key = row::letter_key(name);
            match left {
                Left::All => {}
                Left::Part => writes.push(row::put_json(&key, letter)),
                Left::Nothing => writes.push(row::delete(key)),
            }
            left != Left::Nothing
        });
        writes
    }

    /// Clears the commands that wait. One whose change is in a document that stays is taken back from there.
    fn clear_pending(&mut self, erasure: &Erasure) -> Vec<Write> {
        let mut writes = Vec::new();
        let mut cleared = Vec::new();
        for (key, pending) in &mut self.pending {
            let PendingRow { command: Some(command), draft, .. } = pending else { continue };
            let of_draft = draft.as_mut().map_or(Left::All, |draft| clear_draft(erasure, None, draft));
            match of_draft.and(clear(erasure, command, None)) {
                Left::All => continue,
                Left::Part => {}
                // What the server has of it counts; it is not done again.
                Left::Nothing => pending.command = None,
            }
            pending.cleared = true;
            cleared.push(*key);
        }
        for key in cleared {
            if self.reference.current(key.0) == key.0 {
                writes.extend(self.take_back_from(key));
            }
            if let Some(pending) = self.pending.get(&key) {
                writes.push(row::put_json(&row::pending_key(key.0, key.1), pending));
            }
        }
        writes
    }
}

fn clear_form(erasure: &Erasure, entry: Option<EntryId>, fields: &mut Fields) -> Left {
    if !erasure.clear_form(entry, fields) {
        return Left::All;
    }
    if fields.is_empty() { Left::Nothing } else { Left::Part }
}

/// Takes out of a draft, and of the issues that it raises, what is erased. An issue of which nothing is left goes.
fn clear_draft(erasure: &Erasure, entry: Option<EntryId>, draft: &mut DraftRow) -> Left {
    let was = (draft.fields.clone(), draft.issues.clone());
    let left = clear_forms(erasure, entry, draft);
    draft.dirty |= was != (draft.fields.clone(), draft.issues.clone());
    left
}

fn clear_forms(erasure: &Erasure, entry: Option<EntryId>, draft: &mut DraftRow) -> Left {
    let form = clear_form(erasure, entry, &mut draft.fields);
    let before = draft.issues.clone();
    draft.issues.retain(|_, fields| keeps_issue(erasure, form, fields));
    match form {
        Left::All if draft.issues != before => Left::Part,
        form => form,
    }
}

/// Whether something is left of an issue. What is raised with an entry speaks of whom the entry speaks.
fn keeps_issue(erasure: &Erasure, form: Left, fields: &mut Fields) -> bool {
    form == Left::All && clear_form(erasure, None, fields) != Left::Nothing
}

/// Takes out of a command, and of the form it was made from, what is erased.
fn clear(erasure: &Erasure, command: &mut Command, form: Option<&mut Fields>) -> Left {
    let form = form.map_or(Left::All, |fields| clear_form(erasure, None, fields));
    let of_command = match command {
        Command::SaveDraft { entry, fields, .. } => clear_form(erasure, *entry, fields),
        Command::SaveIssue { fields, .. } => clear_form(erasure, None, fields),
        Command::AmendIssue { issue, fields, .. } => match (erasure.clear_amendment(*issue, fields), fields.is_empty())
        {
            (false, _) => Left::All,
            (true, true) => Left::Nothing,
            (true, false) => Left::Part,
        },
        Command::Amend { entry, fields } => clear_form(erasure, Some(*entry), fields),
        Command::Withdraw { entry, text } | Command::Void { entry, text, .. } | Command::Answer { entry, text, .. }
            if erasure.speaks_of(Some(*entry)) =>
        {
            text.clear();
            Left::Part
        }
        Command::Confirm { entry, version, opinion } => {
            let left = rebind(erasure, *entry, version);
            if erasure.speaks_of(Some(*entry)) {
                opinion.clear();
            }
            left
        }
        Command::Return { entry, version, comment, comments, .. }
        | Command::Question { entry, version, comment, comments } => {
            let left = rebind(erasure, *entry, version);
            if erasure.speaks_of(Some(*entry)) {
                comment.clear();
                comments.clear();
            }
            left
        }
        Command::AmendHousehold { household, .. } if erasure.households.contains(household) => Left::Nothing,
        Command::MergeHousehold { household, into, .. }
            if [Some(*household), *into].iter().flatten().any(|id| erasure.households.contains(id)) =>
        {
            Left::Nothing
        }
        Command::ImportHouseholds { rows, .. } => {
            let before = rows.len();
            rows.retain(|row| row.household.is_none_or(|id| !erasure.households.contains(&id)));
            match rows.len() {
                0 => Left::Nothing,
                left if left < before => Left::Part,
                _ => Left::All,
            }
        }
        _ => Left::All,
    };
    form.and(of_command)
}

/// What is said of the version that was read is said of what an erasure leaves of it.
fn rebind(erasure: &Erasure, entry: EntryId, version: &mut String) -> Left {
    let Some(versions) = erasure.entries.get(&entry) else { return Left::All };
    if *version == versions.was {
        version.clone_from(&versions.is);
    }
    Left::Part
}
