//! The host of one sync request: who calls, what they bring (`intake`), what they are owed (`delivery`). Everything is
//! in one round trip; the acks are true because they are sent after the commit.
mod delivery;
mod intake;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use zhucun_core::access::Caller as Holder;
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::id::PersonId;
use zhucun_core::wire::{self, Hello, NewTokens, Push, ReplyFrame, RequestFrame, Welcome};

use crate::accounts::{self, Caller, Tokens};
use crate::app::App;
use crate::metrics::Counter;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::store::{Connection, Fault, Trouble, grant};

/// A longer request is refused before it is read.
pub const REQUEST_BYTES_MAX: usize = wire::REQUEST_BYTES_MAX;

/// Answers one sync request.
pub async fn handle(app: &App, headers: &HeaderMap, body: Bytes) -> Response {
    app.metrics.add(Counter::SyncBytesIn, body.len() as u64);
    match exchange(app, headers, &body).await {
        Ok(reply) => {
            app.metrics.add(Counter::SyncBytesOut, reply.len() as u64);
            let kind = HeaderValue::from_static("application/octet-stream");
            ([(header::CONTENT_TYPE, kind)], reply).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

async fn exchange(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, Problem> {
    let (hello, pushes) = read(body)?;
    let now = app.powers.now();
    let signed = Signed::read(app, headers, &hello, now)?;
    let mut frames = vec![];
    let (caller, acks) = if pushes.is_empty() && matches!(signed, Signed::Access(_)) {
        (app.store.read(move |connection| signed.stands(connection)).await?, Vec::new())
    } else {
        let (caller, tokens, done) = intake::accept(app, signed, pushes, now).await?;
        frames.extend(tokens.map(|tokens| ReplyFrame::Tokens(new_tokens(&tokens, now))));
        for village in done.villages {
            app.hint.changed(village, Some(caller.device));
        }
        (caller, done.acks)
    };
    if caller.device != hello.device {
        return Err(Refusal::SignedOut.into());
    }
    let epoch = app.epoch_number();
    let parts = app.store.read(move |connection| delivery::deliver(connection, caller, &hello, epoch, now)).await?;
    let welcome = Welcome { protocol: wire::PROTOCOL, now, starts_over: parts.starts_over };
    let head = [ReplyFrame::Welcome(welcome)].into_iter().chain(acks.into_iter().map(ReplyFrame::Ack));
    Ok(wire::pack(&head.chain(frames).chain(parts.frames).collect::<Vec<_>>()))
}

fn read(body: &[u8]) -> Result<(Hello, Vec<Push>), Problem> {
    let frames = wire::unpack::<RequestFrame>(body).map_err(|error| match error {
        wire::Unreadable::TooLarge => Problem::too_large(),
        unreadable => Problem::malformed(unreadable.to_string()),
    })?;
    let mut frames = frames.into_iter();
    let Some(RequestFrame::Hello(hello)) = frames.next() else {
        return Err(Problem::malformed("the first frame is a hello"));
    };
    let mut pushes = Vec::new();
    for frame in frames {
        match frame {
            RequestFrame::Push(push) => pushes.push(push),
            RequestFrame::Hello(_) => return Err(Problem::malformed("there is one hello")),
        }
    }
    if pushes.iter().map(|push| push.changes.len()).sum::<usize>() > wire::CHANGES_MAX {
        return Err(Problem::too_large());
    }
    Ok((hello, pushes))
}

/// What a request shows to say who it is from.
enum Signed {
    Access(Caller),
    /// The access token has run out; the refresh token is shown along.
    Refresh(String),
}

impl Signed {
    fn read(app: &App, headers: &HeaderMap, hello: &Hello, now: Moment) -> Result<Self, Refusal> {
        if let Some(token) = &hello.refresh_token {
            return Ok(Signed::Refresh(token.clone()));
        }
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Refusal::SignedOut)?;
        app.accounts.verify_access(token, now).map(Signed::Access)
    }

    /// The caller, if their session stands.
    fn stands(self, connection: &Connection) -> Result<Caller, Fault<Refusal>> {
        match self {
            Signed::Access(caller) => accounts::check(connection, &caller).map(|()| caller),
            Signed::Refresh(_) => Err(Refusal::SignedOut.into()),
        }
    }
}

fn new_tokens(tokens: &Tokens, now: Moment) -> NewTokens {
    let seconds = (tokens.access_until.0 - now.0) / 1000;
    NewTokens {
        access_token: tokens.access.clone(),
        access_token_s: u32::try_from(seconds).unwrap_or(0),
        refresh_token: tokens.refresh.clone(),
    }
}

/// A person with the posts whose grants stand. A tenure's grant outlives it by 30 days, for answers and summaries.
fn holder(connection: &Connection, person: PersonId) -> Result<Holder, Trouble> {
    let grants = grant::all(connection, person)?;
    let posts = grants.into_iter().filter(|grant| grant.gone.is_none()).map(|grant| grant.post).collect();
    Ok(Holder { person, posts })
}

/// What an intake did.
struct Taken {
    acks: Vec<wire::Ack>,
    /// Villages whose documents changed.
    villages: Vec<DivisionCode>,
}
