//! The replica: one person's part of the world on one device. `step` takes an event and returns what the host is to do;
//! nothing is awaited, and what the screen is told was durable first. After a failed write or a trap the host opens a
//! new replica from its disk: memory is never repaired.
mod absence;
mod command;
mod draft;
mod entries;
mod erasure;
mod exchange;
mod facts;
mod held;
mod intake;
mod leave;
mod open;
mod parked;
mod programme;
mod refill;
mod register;
mod row;
mod sharing;
mod undone;
mod view;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_bytes::ByteBuf;

use self::held::Held;
use self::row::{DraftRow, PendingRow, SessionRow, SyncRow};
use crate::access::{self, Caller};
use crate::clock::Moment;
use crate::contract::{DeadLetter, Identity, Outcome, Query, Refusal, SyncTrouble, View};
use crate::document::{Actor, DocumentId};
use crate::host::{Effect, Event, Tokens, Write};
use crate::id::{Dice, EntryId, PersonId};
use crate::reference::Reference;

/// Seconds before its end at which an access token is no longer used.
const ACCESS_MARGIN_S: i64 = 60;
/// Names that a device had and is still known by: it is given a new one when it was shut out and signs in again.
pub const FORMERLY_MAX: usize = 8;

pub struct Replica {
    dice: Dice,
    session: Option<SessionRow>,
    reference: Reference,
    sync: SyncRow,
    documents: BTreeMap<DocumentId, Held>,
    drafts: BTreeMap<EntryId, DraftRow>,
    /// What revisions of drafts stood on, which a form may still have on screen.
    bases: BTreeMap<(EntryId, u32), Vec<ByteBuf>>,
    /// Drafts that were thrown away, the last ones.
    gone: Vec<EntryId>,
    /// By document and number of the change row, which is the order they were made in.
    pending: BTreeMap<(DocumentId, u32), PendingRow>,
    /// By name, which begins with when they were written.
    letters: BTreeMap<String, DeadLetter>,
    /// Documents whose bytes could not be read or taken in, until they are fetched anew.
    troubled: BTreeMap<DocumentId, String>,
    exchange: exchange::Exchange,
    entries: entries::Entries,
    /// Set between a `Commit` and its answer: what to do once it is durable.
    committing: Option<Committing>,
    /// Set while documents are being opened.
    opening: Option<open::Opening>,
    /// The mark of an opening may be on the disk: the next commit takes it away.
    marked: bool,
    /// A write failed: nothing here is to be believed until the host opens anew.
    broken: bool,
}

/// What waits for a commit.
#[derive(Default)]
struct Committing {
    ticket: Option<(u32, Outcome)>,
    /// Try to send as soon as it is durable.
    send: bool,
}

impl Default for Replica {
    fn default() -> Self {
        Self::new()
    }
}

impl Replica {
    /// A replica before its first `Open`.
    pub fn new() -> Self {
        Replica {
            dice: Dice::new([0; 32]),
            session: None,
            reference: Reference::default(),
            sync: SyncRow::default(),
            documents: BTreeMap::new(),
            drafts: BTreeMap::new(),
            bases: BTreeMap::new(),
            gone: Vec::new(),
            pending: BTreeMap::new(),
            letters: BTreeMap::new(),
            troubled: BTreeMap::new(),
            exchange: exchange::Exchange::default(),
            entries: entries::Entries::default(),
            committing: None,
            opening: None,
            marked: false,
            broken: false,
        }
    }

    /// One step: an event in, effects out, in order. What an arm calls stays a function of its own (`inline(never)`): a browser
    /// compiles a function whole when it is first called, and opening needs two of them.
    pub fn step(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        let opens = matches!(event, Event::Open { .. } | Event::Committed | Event::NotCommitted | Event::GoOn);
        assert!(opens || self.opening.is_none(), "the host says `GoOn` first");
        match event {
            Event::Open { seed, rows } => self.open(now, &seed, rows),
            Event::SignedIn { identity, tokens } => self.sign_in(now, identity, tokens),
            Event::Command { ticket, command } => self.command(now, ticket, command),
            Event::Committed => self.committed(now),
            Event::NotCommitted => self.not_committed(),
            Event::GoOn => self.open_the_rest(),
            Event::Woken => self.try_to_send(now, exchange::Eagerness::WhenDue),
            Event::Nudge => self.try_to_send(now, exchange::Eagerness::Now),
            Event::Reply { request, body, whole } => self.reply(now, request, &body, whole),
            Event::NoReply { request, trouble } => self.no_reply(now, request, trouble),
        }
    }

    /// What a screen asks to see, as of now.
    pub fn view(&self, now: Moment, query: &Query) -> View {
        assert!(query.is_first() || self.opening.is_none(), "the host says `GoOn` first");
        view::view(self, now, query)
    }

    /// The access token for calls other than the sync; it may have run out.
    pub fn access_token(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.tokens.access_token.as_str())
    }

    pub fn identity(&self) -> Option<&Identity> {
        self.session.as_ref().map(|session| &session.identity)
    }

    /// Today: the later of the device's day and the last server time seen, so that a phone which starts in 1970 still
    /// knows better.
    pub fn today(&self, now: Moment) -> Date {
        now.max(self.sync.server_now).date()
    }

    #[inline(never)]
    fn sign_in(&mut self, now: Moment, identity: Identity, tokens: Tokens) -> Vec<Effect> {
        let before = self.session.as_ref();
        assert!(
            before.is_none_or(|session| session.identity.person.id == identity.person.id),
            "one database belongs to one person"
        );
        let mut formerly = before.map(|session| session.formerly.clone()).unwrap_or_default();
        let incarnation = match before {
            Some(session) if session.identity.device == identity.device => Some(session.incarnation),
            Some(session) => {
                formerly.push((session.identity.device, session.incarnation));
                formerly.drain(..formerly.len().saturating_sub(FORMERLY_MAX));
                None
            }
            None => None,
        };
        let access_until = access_until(now, &tokens);
        let session = SessionRow { identity, tokens, access_until, incarnation: incarnation.unwrap_or(0), formerly };
        let mut writes = vec![row::put_json(row::SESSION, &session)];
        self.session = Some(session);
        if incarnation.is_none() {
            self.exchange.renamed();
            writes.extend(self.take_all_back());
            writes.extend(self.redo(now));
        }
        self.exchange.signed_in();
        self.commit(writes, Committing { ticket: None, send: true })
    }

    fn commit(&mut self, mut writes: Vec<Write>, then: Committing) -> Vec<Effect> {
        assert!(self.committing.is_none(), "the host answers a commit before the next event");
        if core::mem::take(&mut self.marked) {
            writes.push(row::delete(row::OPENING.to_owned()));
        }
        self.committing = Some(then);
        vec![Effect::Commit { writes }]
    }

    /// Writes what is good to have; the answer comes in any case.
    fn note(&mut self, write: Write) -> Vec<Effect> {
        self.committing = Some(Committing::default());
        vec![Effect::Note { writes: vec![write] }]
    }

    #[inline(never)]
    fn committed(&mut self, now: Moment) -> Vec<Effect> {
        let done = self.committing.take().expect("`Committed` answers a commit");
        if let Some(opening) = self.opening.take() {
            return self.go_on_opening(opening);
        }
        let mut effects: Vec<Effect> =
            done.ticket.into_iter().map(|(ticket, outcome)| Effect::Answer { ticket, outcome }).collect();
        effects.push(Effect::Changed);
        if done.send {
            effects.extend(self.try_to_send(now, exchange::Eagerness::Now));
        }
        if self.committing.is_none() {
            effects.extend(self.wake_for_drafts(now));
        }
        effects
    }

    fn not_committed(&mut self) -> Vec<Effect> {
        self.broken = true;
        let failed = self.committing.take().and_then(|failed| failed.ticket);
        let refused = Outcome::Refused { refusal: Refusal::NotStored };
        failed.into_iter().map(|(ticket, _)| Effect::Answer { ticket, outcome: refused.clone() }).collect()
    }

    fn me(&self) -> Option<PersonId> {
        self.session.as_ref().map(|session| session.identity.person.id)
    }

    fn caller(&self) -> Option<Caller> {
        let Reference { posts, left, .. } = &self.reference;
        Some(Caller { person: self.me()?, posts: posts.clone(), left: left.clone() })
    }

    fn may_write(&self, document: DocumentId) -> bool {
        self.has_right(document, access::may_write)
    }

    fn may_read(&self, document: DocumentId) -> bool {
        self.has_right(document, access::may_read)
    }

    fn has_right(&self, document: DocumentId, right: fn(&Caller, DocumentId, access::Place) -> bool) -> bool {
        let may = |caller: Caller| {
            let place = access::place(&self.reference, caller.person, document)?;
            Some(right(&caller, document, place))
        };
        self.caller().and_then(may).unwrap_or(false)
    }

    /// The actor under which this device writes to a document now.
    fn actor(&self, document: DocumentId) -> Option<Actor> {
        let session = self.session.as_ref()?;
        Some(Actor::derive(session.identity.device, document, session.incarnation))
    }

    /// The name of whoever stands behind an actor of a document; the server says who that is, except for one's own.
    fn name_behind(&self, document: DocumentId, actor: Actor) -> String {
        let Some(person) = self.person_behind(document, actor) else { return String::new() };
        match &self.session {
            Some(session) if person == session.identity.person.id => session.identity.person.name.clone(),
            _ => self.reference.name_of(person).to_owned(),
        }
    }

    fn person_behind(&self, document: DocumentId, actor: Actor) -> Option<PersonId> {
        let known = self.documents.get(&document).and_then(|held| held.people.get(&actor)).copied();
        known.or_else(|| self.me().filter(|_| self.is_own(document, actor)))
    }

    fn is_own(&self, document: DocumentId, actor: Actor) -> bool {
        let Some(session) = &self.session else { return false };
        session.wrote(document, actor)
    }

    /// Whether this device wrote it, under whatever name.
    fn was_own(&self, document: DocumentId, actor: Actor) -> bool {
        self.session.as_ref().is_some_and(|session| session.ever_wrote(document, actor))
    }

    fn trouble(&self) -> Option<SyncTrouble> {
        self.exchange.trouble()
    }
}

fn access_until(now: Moment, tokens: &Tokens) -> Moment {
    now.plus_ms((i64::from(tokens.access_token_s) - ACCESS_MARGIN_S) * 1000)
}
