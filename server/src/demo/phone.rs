//! The host of one person's replica: a disk in memory, and a line straight into the server's own sync. It does what the
//! browser's worker does, but stays silent until it is told to sync, as a phone without signal.
use std::collections::BTreeMap;

use axum::body::{Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_bytes::ByteBuf;
use zhucun_core::clock::Moment;
use zhucun_core::contract::{Command, HomeView, Identity, Outcome, Query, Refusal, SyncTrouble, View};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::host::{Effect, Event, Row, Tokens};
use zhucun_core::id::{DeviceId, EntryId};
use zhucun_core::person::Person;
use zhucun_core::replica::Replica;
use zhucun_core::wire;

use super::{Done, refused};
use crate::accounts::token::{REFRESH_MS, RefreshToken};
use crate::app::App;
use crate::store::Trouble;
use crate::store::device::{self, RefreshRow};
use crate::sync;

/// What the device is called in its person's list.
pub const LABEL: &str = "演示手机";

/// Round trips of one sync after which something is wrong.
const ROUNDS_MAX: usize = 50;

pub struct Phone {
    replica: Replica,
    disk: BTreeMap<String, ByteBuf>,
    /// What the replica wants to send; the last one counts.
    waiting: Option<Sending>,
    answered: Option<Outcome>,
}

struct Sending {
    request: u32,
    access_token: String,
    body: ByteBuf,
}

impl Phone {
    /// A phone with an empty disk.
    fn new(now: Moment, seed: [u8; 32]) -> Self {
        let mut phone = Phone { replica: Replica::new(), disk: BTreeMap::new(), waiting: None, answered: None };
        phone.reopen(now, seed);
        phone
    }

    /// The battery died: what was not on the disk is gone, and the replica opens from it.
    pub fn reopen(&mut self, now: Moment, seed: [u8; 32]) {
        let rows = self.disk.iter().map(|(key, value)| Row { key: key.clone(), value: value.clone() }).collect();
        self.replica = Replica::new();
        self.waiting = None;
        self.feed(now, Event::Open { seed: ByteBuf::from(seed.to_vec()), rows });
    }

    fn sign_in(&mut self, now: Moment, identity: Identity, refresh_token: String) {
        // Without an access token the first sync renews the session, as after a night's sleep.
        let tokens = Tokens { access_token: String::new(), access_token_s: 0, refresh_token };
        self.feed(now, Event::SignedIn { identity, tokens });
    }

    /// A new phone of a person, signed in. Its refresh token is written as a sign-in writes it; no password is hashed.
    pub async fn begin(app: &App, person: &Person, now: Moment) -> Done<Self> {
        let device = DeviceId(app.powers.dice().uuid_v7(now));
        let refresh = RefreshToken::new(app.powers.draw());
        let (who, row) = (person.id, RefreshRow { hash: refresh.hash(), until: now.plus_ms(REFRESH_MS) });
        let written: Result<(), Trouble> =
            app.store.write(move |tx| device::sign_in(tx, (device, who, LABEL), now, row)).await;
        written?;
        let mut phone = Self::new(now, app.powers.draw());
        phone.sign_in(now, Identity { person: person.clone(), device }, refresh.text());
        Ok(phone)
    }

    /// Carries a command out on the phone; it reaches the server at the next sync.
    pub fn tell(&mut self, now: Moment, command: Command) -> Result<Option<EntryId>, Refusal> {
        self.feed(now, Event::Command { ticket: 1, command });
        match self.answered.take().expect("a command is answered in its own step") {
            Outcome::Done { entry, .. } => Ok(entry),
            Outcome::Refused { refusal } => Err(refusal),
        }
    }

    /// Fills in a form and records it a few minutes later.
    pub fn record(&mut self, now: Moment, kind: EntryKind, fields: Fields) -> Result<Option<EntryId>, Refusal> {
        let draft = self.tell(now, Command::SaveDraft { entry: None, kind, fields, seen: None })?;
        let entry = draft.expect("a draft has a name");
        self.tell(now.plus_ms(4 * 60_000), Command::Record { entry })
    }

    /// The same, with an issue that it raises.
    pub fn record_with(
        &mut self,
        now: Moment,
        kind: EntryKind,
        fields: Fields,
        issue: Option<Fields>,
    ) -> Result<Option<EntryId>, Refusal> {
        let Some(issue) = issue else { return self.record(now, kind, fields) };
        let draft = self.tell(now, Command::SaveDraft { entry: None, kind, fields, seen: None })?;
        let entry = draft.expect("a draft has a name");
        self.tell(now.plus_ms(60_000), Command::SaveIssue { entry, issue: None, fields: issue })?;
        self.tell(now.plus_ms(4 * 60_000), Command::Record { entry })
    }

    pub fn see(&self, now: Moment, query: &Query) -> View {
        self.replica.view(now, query)
    }

    pub fn home(&self, now: Moment) -> HomeView {
        match self.see(now, &Query::Home) {
            View::Home(home) => home,
            _ => unreachable!("the home of one who is signed in"),
        }
    }

    /// Syncs until neither side has more. Fails when the server does not answer as it should.
    pub async fn sync(&mut self, app: &App, now: Moment) -> Done<()> {
        if let Some(Sending { request, .. }) = self.waiting.take() {
            // It was sent into a dead zone.
            self.feed(now, Event::NoReply { request, trouble: SyncTrouble::Offline });
        }
        self.feed(now, Event::Nudge);
        for _ in 0..ROUNDS_MAX {
            let Some(sending) = self.waiting.take() else { return Ok(()) };
            let request = sending.request;
            let body = ByteBuf::from(post(app, sending).await?);
            self.feed(now, Event::Reply { request, body, whole: true });
        }
        Err(refused("a phone and the server did not come to an end"))
    }

    /// The last sync. Fails when anything is left on the phone, or anything went wrong.
    pub async fn finish(&mut self, app: &App, now: Moment) -> Done<()> {
        self.sync(app, now).await?;
        let sync = self.home(now).sync;
        let clean = sync.waiting == 0 && sync.trouble.is_none() && sync.dead_letters == 0;
        if clean && sync.troubled_documents == 0 {
            return Ok(());
        }
        Err(refused(format!("a phone ends with {sync:?}")))
    }

    fn feed(&mut self, now: Moment, event: Event) {
        for effect in self.replica.step(now, event) {
            match effect {
                Effect::Commit { writes } | Effect::Note { writes } => {
                    for write in writes {
                        match write.value {
                            Some(value) => self.disk.insert(write.key, value),
                            None => self.disk.remove(&write.key),
                        };
                    }
                    self.feed(now, Event::Committed);
                }
                Effect::Answer { outcome, .. } => self.answered = Some(outcome),
                Effect::Send { request, access_token, body } => {
                    self.waiting = Some(Sending { request, access_token, body });
                }
                Effect::MoreToOpen => self.feed(now, Event::GoOn),
                // Nobody looks at its screen, and whoever holds it says when to try again.
                Effect::Changed | Effect::Wake { .. } => {}
            }
        }
    }
}

async fn post(app: &App, sending: Sending) -> Done<Vec<u8>> {
    let mut headers = HeaderMap::new();
    let bearer = HeaderValue::try_from(format!("Bearer {}", sending.access_token));
    headers.insert(header::AUTHORIZATION, bearer.map_err(|_| refused("an access token that is no header"))?);
    let response = sync::handle(app, &headers, Bytes::from(sending.body.into_vec())).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), wire::INFLATED_BYTES_MAX).await;
    let body = body.map_err(|_| refused("a reply of the server is too long"))?;
    if status == StatusCode::OK {
        return Ok(body.into());
    }
    Err(refused(format!("the server answered a sync with {status}: {}", String::from_utf8_lossy(&body))))
}
