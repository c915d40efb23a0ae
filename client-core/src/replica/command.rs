//! Commands: what a person asks for becomes narrow changes of documents, each with a row that keeps the command until
//! the server has the change.
use std::collections::{BTreeMap, BTreeSet};

use super::entries::{AtHand, Found};
use super::held::Said;
use super::row::{self, ChangeRow, DraftRow, PendingRow};
use super::{Committing, Replica, exchange};
use crate::access;
use crate::amendment::{changed, filled};
use crate::clock::Moment;
use crate::contract::{Command, DeadLetter, EntryState, Outcome, Refusal};
use crate::division::DivisionCode;
use crate::document::{Container, DocumentId, DocumentKind, Owner, Writer};
use crate::draft::RECORDED;
use crate::entry::{EntryKind, FACTS, Fields, HALF, HOUSEHOLDS, OCCURRED_ON, check_fields, check_together};
use crate::facts::Facts;
use crate::field::{FieldError, FieldFault, FieldValue};
use crate::host::{Effect, Write};
use crate::id::{CommandId, EntryId, EventId, HouseholdId, IssueId, TenureId};
use crate::issue::{self, ISSUE};
use crate::ledger::{self, Side, What};
use crate::review::{COMMENT_CHARS_MAX, ReturnReason, VoidReason};

/// What a command did.
#[derive(Default)]
pub(super) struct Executed {
    pub writes: Vec<Write>,
    pub entry: Option<EntryId>,
    pub household: Option<HouseholdId>,
    pub issue: Option<IssueId>,
    /// Something now waits for the server.
    pub waits: bool,
}

impl Replica {
    #[inline(never)]
    pub(super) fn command(&mut self, now: Moment, ticket: u32, command: Command) -> Vec<Effect> {
        let refused = |refusal| vec![Effect::Answer { ticket, outcome: Outcome::Refused { refusal } }];
        if self.broken || self.session.is_none() {
            return refused(Refusal::NotOpen);
        }
        if command == Command::SyncNow {
            let done = Outcome::Done { entry: None, household: None, issue: None };
            let mut effects = vec![Effect::Answer { ticket, outcome: done }];
            effects.extend(self.try_to_send(now, exchange::Eagerness::Now));
            return effects;
        }
        match self.execute(How::first(now, &command)) {
            Ok(executed) => {
                let Executed { entry, household, issue, .. } = executed;
                let outcome = Outcome::Done { entry, household, issue };
                self.commit(executed.writes, Committing { ticket: Some((ticket, outcome)), send: executed.waits })
            }
            Err(refusal) => refused(refusal),
        }
    }

    /// Does again what a refusal or a broken document took down.
    pub(super) fn redo(&mut self, now: Moment) -> Vec<Write> {
        let mut lost: Vec<(DocumentId, u32)> =
            self.pending.iter().filter(|(_, pending)| pending.lost).map(|(key, _)| *key).collect();
        // A visit may be to a household that is added again with it.
        lost.sort_by_key(|key| self.pending.get(key).is_none_or(|pending| pending.household.is_none()));
        let (mut writes, mut done) = (Vec::new(), BTreeSet::new());
        for key in lost {
            let Some(pending) = self.pending.remove(&key) else { continue };
            writes.push(row::delete(row::pending_key(key.0, key.1)));
            // What has several parts is done once.
            if pending.command.is_some() && pending.joint.is_none_or(|joint| done.insert(joint)) {
                writes.extend(self.redo_one(now, key.0, pending));
            }
        }
        writes
    }

    fn redo_one(&mut self, now: Moment, document: DocumentId, pending: PendingRow) -> Vec<Write> {
        let PendingRow { command: Some(command), refused, household, cleared, draft, .. } = pending else {
            return Vec::new();
        };
        let tenure = match document.owner() {
            Owner::Log(tenure) => Some(tenure),
            _ => None,
        };
        let how = How { now, command: command.clone(), again: true, refused, household, cleared, tenure, joint: None };
        let done = match (&command, &draft) {
            // The entry is there, and only what it raises was taken down.
            (Command::Record { entry }, Some(draft))
                if document.kind() == DocumentKind::Village && self.entry_at_hand(*entry).is_some() =>
            {
                let village = self.reference.current(document);
                self.raise(&how, village, *entry, draft).map(|writes| Executed { writes, ..Executed::default() })
            }
            (Command::Record { entry }, Some(draft)) => self.record_again(how, *entry, draft.clone()),
            _ => self.execute(how),
        };
        match done {
            Ok(executed) => executed.writes,
            Err(_) => {
                let (fields, issues) = row::written(draft);
                let letter = DeadLetter { at: now, refusal: None, dismissed: None, command, fields, issues };
                vec![self.keep_letter(letter)]
            }
        }
    }

    /// Records a form again. What was written under its id since stays: as an amendment, once the entry is there.
    fn record_again(&mut self, how: How, entry: EntryId, draft: DraftRow) -> Result<Executed, Refusal> {
        let since = self.drafts.insert(entry, draft);
        let mut done = self.execute(how);
        self.drafts.remove(&entry);
        if let Some(mut since) = since {
            since.amends |= done.is_ok();
            if let Ok(executed) = &mut done {
                executed.writes.push(row::put_json(&row::draft_key(entry), &since));
            }
            self.drafts.insert(entry, since);
        }
        if let Ok(executed) = &mut done {
            executed.writes.extend(self.prune_amendments());
        }
        done
    }

    /// Keeps for its author what was not taken.
    pub(super) fn keep_letter(&mut self, letter: DeadLetter) -> Write {
        let name = self.dice.uuid_v7(letter.at).to_string();
        let write = row::put_json(&row::letter_key(&name), &letter);
        self.letters.insert(name, letter);
        write
    }

    fn execute(&mut self, how: How) -> Result<Executed, Refusal> {
        match &how.command {
            Command::SaveDraft { entry, kind, fields, seen } => self.save_draft(how.now, *entry, *kind, fields, *seen),
            Command::LeaveDraft { entry } => {
                let writes = self.share_draft(how.now, *entry);
                Ok(Executed { waits: !writes.is_empty(), writes, entry: Some(*entry), ..Executed::default() })
            }
            Command::DiscardDraft { entry } => self.discard_draft(how.now, *entry),
            Command::SaveIssue { entry, issue, fields } => self.save_issue(how.now, *entry, *issue, fields),
            Command::DiscardIssue { entry, issue } => self.discard_issue(how.now, *entry, *issue),
            Command::AmendIssue { village, issue, fields } => self.amend_issue(&how, *village, *issue, fields),
            Command::Record { entry } => self.record(&how, *entry),
            Command::Amend { entry, fields } => self.amend(&how, *entry, fields),
            Command::Withdraw { entry, text } => self.withdraw(&how, *entry, text),
            Command::Void { entry, reason, text } => self.void(&how, *entry, *reason, text),
            Command::Restore { entry } => self.restore(&how, *entry),
            Command::UndoReview { entry, event } => self.undo_review(&how, *entry, *event),
            Command::Answer { entry, event, text } => self.answer(&how, *entry, *event, text),
            Command::Confirm { entry, version, opinion } => self.confirm(&how, *entry, version, opinion),
            Command::Return { entry, version, reason, comment, comments } => {
                self.give_back_entry(&how, *entry, version, *reason, comment, comments)
            }
            Command::Question { entry, version, comment, comments } => {
                self.question(&how, *entry, version, comment, comments)
            }
            Command::Excuse { tenure, kind, period, basis, note } => {
                self.excuse(&how, *tenure, (*kind, period), (*basis, note))
            }
            Command::TakeBackExcusal { tenure, event } => self.take_back_excusal(&how, *tenure, *event),
            Command::AddHousehold { village, fields } => self.add_household(&how, *village, fields),
            Command::AmendHousehold { village, household, fields } => {
                self.amend_household(&how, *village, *household, fields)
            }
            Command::ImportHouseholds { village, import, rows } => {
                self.import_households(&how, *village, *import, rows)
            }
            Command::TurnImport { village, import, undone } => self.turn_import(&how, *village, *import, *undone),
            Command::MergeHousehold { village, household, into } => {
                self.merge_household(&how, *village, *household, *into)
            }
            Command::WriteRecord { unit, record, kind, fields } => {
                self.write_record(&how, *unit, (*record, *kind), fields)
            }
            Command::VoidRecord { unit, record, reason } => self.void_record(&how, *unit, *record, reason),
            Command::SyncNow => Ok(Executed::default()),
        }
    }

    fn record(&mut self, how: &How, entry: EntryId) -> Result<Executed, Refusal> {
        let draft = match self.drafts.get(&entry) {
            Some(draft) => draft.clone(),
            // Recorded before: the tap came twice.
            None if self.entry_at_hand(entry).is_some() => {
                return Ok(Executed { entry: Some(entry), ..Executed::default() });
            }
            None => return Err(Refusal::NotFound),
        };
        if draft.amends {
            return self.record_rest(how, entry, &draft);
        }
        let mut errors = self.check_entry(how.now, draft.kind, &draft.fields);
        errors.retain(|error| !(how.cleared && error.field == HOUSEHOLDS));
        errors.extend(self.issue_errors(how.now, &draft));
        if !errors.is_empty() {
            return Err(Refusal::Fields { errors });
        }
        let me = self.me().ok_or(Refusal::NotOpen)?;
        let occurred = draft.fields.get(OCCURRED_ON).and_then(FieldValue::text).and_then(|day| day.parse().ok());
        let day = occurred.unwrap_or_else(|| self.today(how.now));
        // A copy of this phone recorded it, or the server has it and the answer was lost: it stands in one log, whatever posting
        // the day is in by now.
        let before = self.entry_at_hand(entry).map(|found| found.tenure);
        let before = before.or_else(|| how.tenure.filter(|tenure| self.may_write(self.log(*tenure))));
        let tenure = match before {
            Some(tenure) => self.reference.tenure(tenure),
            None => access::logging_tenure(&self.reference, me, day),
        };
        let tenure = tenure.ok_or(Refusal::NoTenure)?;
        let (log, village) = (self.log(tenure.id), self.register(tenure.division));
        if !draft.issues.is_empty() && !self.may_write(village) {
            return Err(Refusal::NotAllowed);
        }
        let joint = (!draft.issues.is_empty()).then(|| CommandId(self.dice.uuid_v7(how.now)));
        let how = &How { joint, ..how.clone() };
        let counted = self.facts_of(tenure, draft.kind, &draft.fields, None).map(|facts| facts.to_text());
        let mut form = draft.fields.clone();
        form.remove(FACTS);
        form.extend(counted.map(|facts| (FACTS.to_owned(), FieldValue::Text(facts))));
        let mut writes = self.write(how, log, Some(draft.clone()), |writer| {
            let fixed = [
                (ledger::KIND, FieldValue::from(draft.kind.code())),
                (ledger::CREATED_AT, FieldValue::from(draft.began_at.0)),
            ];
            writer.record(Container::Entries, &entry.to_string(), fixed.into_iter().chain(filled(&form)));
        })?;
        writes.extend(self.raise(how, village, entry, &draft)?);
        writes.extend(self.end_draft(how.now, entry, RECORDED));
        Ok(Executed { writes, entry: Some(entry), waits: true, ..Executed::default() })
    }

    /// Raises the issues of a draft that are not there yet.
    pub(super) fn raise(
        &mut self,
        how: &How,
        village: DocumentId,
        entry: EntryId,
        draft: &DraftRow,
    ) -> Result<Vec<Write>, Refusal> {
        let mut issues = draft.issues.clone();
        issues.retain(|id, _| !self.holds(village, Container::Issues, &id.to_string()));
        if issues.is_empty() {
            return Ok(Vec::new());
        }
        self.write(how, village, Some(draft.clone()), |writer| {
            for (id, fields) in &issues {
                let fixed = [(issue::ENTRY, FieldValue::from(entry.to_string()))];
                writer.record(Container::Issues, &id.to_string(), fixed.into_iter().chain(filled(fields)));
            }
        })
    }

    /// Whether a document that is here has a record.
    pub(super) fn holds(&self, document: DocumentId, container: Container, key: &str) -> bool {
        self.documents.get(&document).is_some_and(|held| held.document.record(container, key).is_some())
    }

    /// All faults of an issue that is to be raised.
    pub(super) fn check_issue(&self, now: Moment, fields: &Fields) -> Vec<FieldError> {
        check_fields(ISSUE, fields, self.today(now))
    }

    /// All faults of a form as an entry, households that the register does not know included.
    pub(super) fn check_entry(&self, now: Moment, kind: EntryKind, fields: &Fields) -> Vec<FieldError> {
        let mut errors = check_fields(kind.fields(), fields, self.today(now));
        if errors.is_empty() {
            errors = check_together(kind, fields);
        }
        let named = fields.get(HOUSEHOLDS).and_then(FieldValue::text).unwrap_or_default();
        let known =
            |id: &str| self.documents.values().any(|held| held.document.record(Container::Households, id).is_some());
        if kind == EntryKind::Visit && errors.is_empty() && !named.split(' ').all(known) {
            errors.push(FieldError { field: HOUSEHOLDS.to_owned(), fault: FieldFault::UnknownHousehold });
        }
        errors
    }

    pub(super) fn amend(&mut self, how: &How, entry: EntryId, fields: &Fields) -> Result<Executed, Refusal> {
        let found = self.entry_at_hand(entry).ok_or(Refusal::NotFound)?;
        let kind = ledger::kind(&found.entry.record).ok_or(Refusal::NotAllowed)?;
        is_there(how, &found)?;
        let fields = &self.counted_anew(&found, kind, fields);
        let record = &found.entry.record;
        let changed = changed(kind.fields(), record, fields, self.today(how.now)).map_err(faulty)?;
        if changed.is_empty() {
            return Ok(Executed { entry: Some(entry), ..Executed::default() });
        }
        let shown = record.fields.keys().filter_map(|name| Some((name.clone(), record.get(name)?.clone())));
        let whole: Fields = shown.chain(fields.clone()).collect();
        let errors = check_together(kind, &whole);
        if !errors.is_empty() && !how.again {
            return Err(Refusal::Fields { errors });
        }
        let writes = self.write(how, self.log(found.tenure), None, |writer| {
            for (name, value) in changed {
                writer.set(record, name, value.clone());
            }
        })?;
        Ok(Executed { writes, entry: Some(entry), waits: true, ..Executed::default() })
    }

    /// An amendment without what nobody types: the facts are counted anew where it moves the days they are of. A value that
    /// stands in the entry already may be chosen again.
    fn counted_anew(&self, found: &AtHand, kind: EntryKind, fields: &Fields) -> Fields {
        let record = &found.entry.record;
        let mut fields = fields.clone();
        let stands = |value: &FieldValue| {
            record.fields.get(FACTS).is_some_and(|values| values.iter().any(|known| known.value == *value))
        };
        if kind.field(FACTS).is_some() && fields.get(FACTS).is_some_and(|value| !stands(value)) {
            fields.remove(FACTS);
        }
        let shown = record.fields.keys().filter_map(|name| Some((name.clone(), record.get(name)?.clone())));
        let mut whole: Fields = shown.collect();
        whole.extend(fields.clone());
        let kept = record.text(FACTS).and_then(Facts::from_text).map(|facts| (facts.from, facts.to));
        let tenure = self.reference.tenure(found.tenure);
        if let Some(facts) = tenure.and_then(|tenure| self.facts_of(tenure, kind, &whole, Some(found.entry.id)))
            && fields.keys().any(|name| [HALF, OCCURRED_ON].contains(&name.as_str()))
            && kept != Some((facts.from, facts.to))
        {
            fields.insert(FACTS.to_owned(), facts.to_text().into());
        }
        fields
    }

    /// Sets fields of an issue, as `amend` does with those of an entry.
    fn amend_issue(
        &mut self,
        how: &How,
        village: DivisionCode,
        issue: IssueId,
        fields: &Fields,
    ) -> Result<Executed, Refusal> {
        let village = self.register(village);
        let held = self.documents.get(&village).ok_or(Refusal::NotFound)?;
        let record = &held.document.record(Container::Issues, &issue.to_string()).ok_or(Refusal::NotFound)?;
        let changed = changed(ISSUE, record, fields, self.today(how.now)).map_err(faulty)?;
        let text = |name: &str| fields.get(name).map_or_else(|| record.text(name), FieldValue::text);
        let ends = text(issue::STATE).is_some_and(|state| issue::ENDED.contains(&state));
        if ends && text(issue::CLOSED_ON).is_none_or(str::is_empty) && !how.cleared {
            let missing = FieldError { field: issue::CLOSED_ON.to_owned(), fault: FieldFault::Missing };
            return Err(Refusal::Fields { errors: vec![missing] });
        }
        if changed.is_empty() {
            return Ok(Executed { issue: Some(issue), ..Executed::default() });
        }
        let writes = self.write(how, village, None, |writer| {
            for (name, value) in changed {
                writer.set(record, name, value.clone());
            }
        })?;
        Ok(Executed { writes, issue: Some(issue), waits: true, ..Executed::default() })
    }

    fn withdraw(&mut self, how: &How, entry: EntryId, text: &str) -> Result<Executed, Refusal> {
        let found = self.entry_at_hand(entry).ok_or(Refusal::NotFound)?;
        is_there(how, &found)?;
        if ledger::standing_reviews(&found.entry.said).next().is_some() && !how.again {
            return Err(Refusal::AlreadyReviewed);
        }
        let fields = [
            (ledger::ENTRY, entry.to_string().into()),
            (ledger::TEXT, FieldValue::from(text)),
            (ledger::DAY, self.today(how.now).to_string().into()),
        ];
        self.event(how, &found, self.log(found.tenure), Container::Withdrawals, &[text], fields)
    }

    fn void(&mut self, how: &How, entry: EntryId, reason: VoidReason, text: &str) -> Result<Executed, Refusal> {
        let found = self.entry_at_hand(entry).ok_or(Refusal::NotFound)?;
        let side = self.side(found.tenure).ok_or(Refusal::NotAllowed)?;
        is_there(how, &found)?;
        if ledger::standing_reviews(&found.entry.said).next().is_none() {
            return Err(Refusal::NotReviewed);
        }
        if reason == VoidReason::Other && text.trim().is_empty() && !how.cleared {
            return Err(Refusal::CommentMissing);
        }
        let fields = [
            (ledger::ENTRY, entry.to_string().into()),
            (ledger::VERDICT, FieldValue::from(ledger::VOIDED)),
            (ledger::REASON, FieldValue::from(reason.code())),
            (ledger::TEXT, FieldValue::from(text)),
            (ledger::DAY, self.today(how.now).to_string().into()),
        ];
        let (document, container) = self.taking_back(found.tenure, side);
        self.event(how, &found, document, container, &[text], fields)
    }

    /// Undoes each withdrawal and void of one's own side: two devices may have said it without knowing of each other.
    fn restore(&mut self, how: &How, entry: EntryId) -> Result<Executed, Refusal> {
        let found = self.entry_at_hand(entry).ok_or(Refusal::NotFound)?;
        let side = self.side(found.tenure).ok_or(Refusal::NotAllowed)?;
        let Some(until) = ledger::restorable_until(side, &found.entry.said) else {
            let done = Executed { entry: Some(entry), ..Executed::default() };
            return if found.entry.state.is_taken_back() { Err(Refusal::NotAllowed) } else { Ok(done) };
        };
        // What was in time when it was first said stays so when it is done again.
        if self.today(how.now) > until && !how.again {
            return Err(Refusal::RestoreTooLate);
        }
        let own = ledger::taken_back(&found.entry.said).filter(|said| said.side == side);
        let fields: Vec<_> = own.map(|said| restoring(entry, said.id)).collect();
        let (document, container) = self.taking_back(found.tenure, side);
        self.say(how, &found, document, container, fields)
    }

    fn undo_review(&mut self, how: &How, entry: EntryId, event: EventId) -> Result<Executed, Refusal> {
        let found = self.entry_at_hand(entry).ok_or(Refusal::NotFound)?;
        if ledger::standing_verdicts(&found.entry.said).all(|said| said.id != event) {
            let known = found.entry.said.iter().any(|said| said.id == event);
            // It was undone already.
            let done = Executed { entry: Some(entry), ..Executed::default() };
            return if known && how.again { Ok(done) } else { Err(Refusal::NotFound) };
        }
        if self.undoable(found.tenure, &found.entry) != Some(event) && !how.again {
            return Err(Refusal::NotAllowed);
        }
        self.say(how, &found, self.review(found.tenure), Container::Events, vec![restoring(entry, event)])
    }

    /// One's own review of an entry as it stands, or question about it, as long as its author has not answered it.
    pub(super) fn undoable(&self, tenure: TenureId, found: &Found) -> Option<EventId> {
        let review = self.review(tenure);
        let last = ledger::standing_verdicts(&found.said).next_back()?;
        let answered = found.said.iter().any(|it| matches!(it.what, What::Answered { event, .. } if event == last.id));
        let is_mine = self.me().is_some() && self.person_behind(review, last.actor) == self.me();
        let is_to_undo = !found.state.is_taken_back() && last.what.version() == Some(&found.version);
        (is_mine && is_to_undo && !answered && self.may_write(review)).then_some(last.id)
    }

    /// Where a side takes entries back and restores them.
    fn taking_back(&self, tenure: TenureId, side: Side) -> (DocumentId, Container) {
        match side {
            Side::Author => (self.log(tenure), Container::Withdrawals),
            Side::Township => (self.review(tenure), Container::Events),
        }
    }

    fn answer(&mut self, how: &How, entry: EntryId, event: EventId, text: &str) -> Result<Executed, Refusal> {
        let found = self.entry_at_hand(entry).ok_or(Refusal::NotFound)?;
        if !found.entry.said.iter().any(|said| said.id == event) {
            return Err(Refusal::NotFound);
        }
        if text.trim().is_empty() && !how.cleared {
            return Err(Refusal::CommentMissing);
        }
        let fields = [
            (ledger::ENTRY, entry.to_string().into()),
            (ledger::EVENT, event.to_string().into()),
            (ledger::TEXT, FieldValue::from(text)),
        ];
        self.event(how, &found, self.log(found.tenure), Container::Answers, &[text], fields)
    }

    fn confirm(&mut self, how: &How, entry: EntryId, version: &str, opinion: &str) -> Result<Executed, Refusal> {
        let found = self.read_for_review(how, entry, version)?;
        if !opinion.is_empty() && ledger::kind(&found.entry.record) != Some(EntryKind::Report) {
            return Err(Refusal::NotAllowed);
        }
        let verdict = [
            (ledger::ENTRY, entry.to_string().into()),
            (ledger::VERDICT, FieldValue::from(ledger::CONFIRMED)),
            (ledger::VERSION, FieldValue::from(version)),
        ];
        let said = (!opinion.is_empty()).then(|| (ledger::OPINION, FieldValue::from(opinion)));
        let fields = verdict.into_iter().chain(said);
        self.event(how, &found, self.review(found.tenure), Container::Events, &[opinion], fields)
    }

    fn give_back_entry(
        &mut self,
        how: &How,
        entry: EntryId,
        version: &str,
        reason: ReturnReason,
        comment: &str,
        comments: &BTreeMap<String, String>,
    ) -> Result<Executed, Refusal> {
        let found = self.read_for_review(how, entry, version)?;
        let says_nothing = comment.trim().is_empty() && comments.is_empty();
        if reason == ReturnReason::Other && says_nothing && !how.cleared {
            return Err(Refusal::CommentMissing);
        }
        let verdict = [
            (ledger::VERDICT, FieldValue::from(ledger::RETURNED)),
            (ledger::VERSION, FieldValue::from(version)),
            (ledger::REASON, FieldValue::from(reason.code())),
        ];
        self.remark(how, &found, verdict, comment, comments)
    }

    fn question(
        &mut self,
        how: &How,
        entry: EntryId,
        version: &str,
        comment: &str,
        comments: &BTreeMap<String, String>,
    ) -> Result<Executed, Refusal> {
        let found = self.read_for_review(how, entry, version)?;
        // Somebody else has confirmed or returned it meanwhile.
        if !may_be_questioned(found.entry.state) && !how.again {
            return Err(Refusal::VersionChanged);
        }
        let asks_nothing =
            [comment].into_iter().chain(comments.values().map(String::as_str)).all(|text| text.trim().is_empty());
        if asks_nothing && !how.cleared {
            return Err(Refusal::CommentMissing);
        }
        let verdict =
            [(ledger::VERDICT, FieldValue::from(ledger::QUESTIONED)), (ledger::VERSION, FieldValue::from(version))];
        self.remark(how, &found, verdict, comment, comments)
    }

    /// Says a verdict of an entry with a comment and comments on its fields.
    fn remark<const N: usize>(
        &mut self,
        how: &How,
        found: &AtHand,
        verdict: [(&'static str, FieldValue); N],
        comment: &str,
        comments: &BTreeMap<String, String>,
    ) -> Result<Executed, Refusal> {
        let kind = ledger::kind(&found.entry.record).ok_or(Refusal::NotAllowed)?;
        if comments.keys().any(|name| kind.field(name).is_none()) {
            return Err(Refusal::NotFound);
        }
        let names: Vec<String> = comments.keys().map(|name| format!("{}{name}", ledger::COMMENT_ON)).collect();
        let texts: Vec<&str> = comments.values().map(String::as_str).chain([comment]).collect();
        let fixed = [(ledger::ENTRY, found.entry.id.to_string().into()), (ledger::COMMENT, FieldValue::from(comment))];
        let on_fields = names.iter().zip(comments.values()).map(|(name, text)| (name.as_str(), text.as_str().into()));
        let fields = fixed.into_iter().chain(verdict).chain(on_fields);
        self.event(how, found, self.review(found.tenure), Container::Events, &texts, fields)
    }

    /// The entry a reviewer has read, if it is still the version they read.
    fn read_for_review(&self, how: &How, entry: EntryId, version: &str) -> Result<AtHand, Refusal> {
        let found = self.entry_at_hand(entry).ok_or(Refusal::NotFound)?;
        if !self.may_write(self.review(found.tenure)) {
            return Err(Refusal::NotAllowed);
        }
        is_there(how, &found)?;
        if found.entry.version == version || how.again { Ok(found) } else { Err(Refusal::VersionChanged) }
    }

    /// Says something of an entry.
    fn event<'f>(
        &mut self,
        how: &How,
        found: &AtHand,
        document: DocumentId,
        container: Container,
        texts: &[&str],
        fields: impl IntoIterator<Item = (&'f str, FieldValue)>,
    ) -> Result<Executed, Refusal> {
        if texts.iter().any(|text| text.chars().count() > COMMENT_CHARS_MAX) {
            return Err(Refusal::TextTooLong);
        }
        self.say(how, found, document, container, vec![fields])
    }

    /// Says things of an entry. Events stand in the order of their ids, so these come after all that their author has seen,
    /// whatever their clocks said.
    fn say<'f>(
        &mut self,
        how: &How,
        found: &AtHand,
        document: DocumentId,
        container: Container,
        said: Vec<impl IntoIterator<Item = (&'f str, FieldValue)>>,
    ) -> Result<Executed, Refusal> {
        let last = found.entry.said.last().map_or(Moment(0), |said| said.id.minted_at());
        let at = how.now.max(last.plus_ms(1));
        let named: Vec<_> = said.into_iter().map(|fields| (self.dice.uuid_v7(at).to_string(), fields)).collect();
        let writes = self.write(how, document, None, |writer| {
            for (id, fields) in named {
                writer.record(container, &id, fields);
            }
        })?;
        Ok(Executed { writes, entry: Some(found.entry.id), waits: true, ..Executed::default() })
    }

    /// The first number above those of all that waits, or is to be done again, in a document.
    pub(super) fn free_number(&self, document: DocumentId) -> u32 {
        let last = self.pending.range((document, 0)..=(document, u32::MAX)).next_back();
        last.map_or(0, |((_, number), _)| number.saturating_add(1))
    }

    /// Makes one change of a document and the rows that keep it and its command.
    pub(super) fn write(
        &mut self,
        how: &How,
        document: DocumentId,
        draft: Option<DraftRow>,
        write: impl FnOnce(&mut Writer<'_, '_>),
    ) -> Result<Vec<Write>, Refusal> {
        if !self.may_write(document) {
            return Err(Refusal::NotAllowed);
        }
        let actor = self.actor(document).ok_or(Refusal::NotOpen)?;
        let incarnation = self.session.as_ref().map_or(0, |session| session.incarnation);
        let number = self.free_number(document);
        let held = self.documents.entry(document).or_insert_with(|| super::held::Held::begin_at(document, number));
        let Some(change) = held.write(actor, how.now, write) else { return Ok(Vec::new()) };
        let number = held.next_number;
        let pending = PendingRow {
            command: Some(how.command.clone()),
            draft,
            household: how.household,
            joint: how.joint,
            cleared: how.cleared,
            refused: how.refused,
            ..PendingRow::of(&change, incarnation, how.now)
        };
        let row = ChangeRow { change: change.bytes.into(), said: Said::default() };
        let writes = vec![held.put_change(&row), row::put_json(&row::pending_key(document, number), &pending)];
        self.pending.insert((document, number), pending);
        Ok(writes)
    }
}

/// Whether a township may ask about an entry: as long as it has not decided about it.
pub(super) fn may_be_questioned(state: EntryState) -> bool {
    !matches!(state, EntryState::Confirmed | EntryState::Returned) && !state.is_taken_back()
}

/// Refused for what is wrong with its fields.
pub(super) fn faulty(errors: Vec<FieldError>) -> Refusal {
    Refusal::Fields { errors }
}

/// What undoes an event about an entry.
fn restoring(entry: EntryId, event: EventId) -> [(&'static str, FieldValue); 3] {
    [
        (ledger::ENTRY, entry.to_string().into()),
        (ledger::VERDICT, FieldValue::from(ledger::RESTORED)),
        (ledger::EVENT, event.to_string().into()),
    ]
}

/// Refused when the entry was taken back. What was said before that was known is said again: it crossed, and that is all.
fn is_there(how: &How, found: &AtHand) -> Result<(), Refusal> {
    match found.entry.state {
        _ if how.again => Ok(()),
        EntryState::Withdrawn => Err(Refusal::Withdrawn),
        EntryState::Voided => Err(Refusal::Voided),
        _ => Ok(()),
    }
}

/// How a command is carried out: when, and what it was, to be kept until the server has it. The rest is known when it is
/// done again (`PendingRow`).
#[derive(Clone)]
pub(super) struct How {
    pub now: Moment,
    pub command: Command,
    /// A refusal or a broken document took down what it did before.
    pub again: bool,
    pub refused: u32,
    pub household: Option<HouseholdId>,
    pub cleared: bool,
    /// The tenure in whose log it was before it was taken down.
    pub tenure: Option<TenureId>,
    /// It writes to several documents.
    pub joint: Option<CommandId>,
}

impl How {
    fn first(now: Moment, command: &Command) -> Self {
        let (again, refused, cleared) = (false, 0, false);
        How { now, command: command.clone(), again, refused, household: None, cleared, tenure: None, joint: None }
    }
}
