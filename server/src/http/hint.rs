//! The hint over HTTP: a stream of server-sent events that says only that something waits.
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};
use zhucun_core::id::DeviceId;

use super::caller::SignedIn;
use crate::access::Scope;
use crate::accounts::Caller;
use crate::app::App;
use crate::hint::{Ear, Waiting};
use crate::problem::{Problem, ProblemBody};
use crate::refusal::Refusal;
use crate::store::post;

/// Streams of one device at once: a phone opens a new one before the old one is known to be dead.
pub const DEVICE_STREAMS_MAX: usize = 3;
/// A comment this often keeps proxies from closing a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// The open streams of each device.
#[derive(Clone, Default)]
pub struct Streams(Arc<Mutex<BTreeMap<DeviceId, usize>>>);

/// A device's place among its streams.
struct Place {
    streams: Streams,
    device: DeviceId,
}

impl Streams {
    fn enter(&self, device: DeviceId) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(device).or_default();
        (*count < DEVICE_STREAMS_MAX).then(|| {
            *count += 1;
            Place { streams: self.clone(), device }
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.device) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.device);
            }
        }
    }
}

struct Listening {
    app: App,
    caller: Caller,
    scope: Scope,
    ear: Ear,
    ends: Instant,
    _place: Place,
}

/// Hear when something waits: an event `waiting`, and a comment every 25 seconds. Ends with the access token.
#[utoipa::path(get, path = "/api/v1/hint", operation_id = "listenForHints", tag = "sync",
    security(("access" = [])), responses(
    (status = 200, description = "The stream.", content_type = "text/event-stream", body = String),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "A problem."),
    (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "busy"),
))]
pub async fn listen(
    State(app): State<App>,
    axum::Extension(streams): axum::Extension<Streams>,
    SignedIn(caller): SignedIn,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = streams.enter(caller.device).ok_or(Refusal::Busy)?;
    // Listens before it reads the scope, so that no change of it falls between.
    let ear = app.hint.listen().ok_or(Refusal::Busy)?;
    let now = app.powers.now();
    let left = u64::try_from(caller.until.0 - now.0).unwrap_or(0);
    let ends = Instant::now() + Duration::from_millis(left);
    let scope = scope(&app, caller).await?;
    let listening = Listening { app, caller, scope, ear, ends, _place: place };
    // Without data no browser's EventSource would pass the event on.
    let events = unfold(listening, |mut listening| async move {
        listening.next().await.then(|| (Ok(Event::default().event("waiting").data("sync")), listening))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

async fn scope(app: &App, caller: Caller) -> Result<Scope, Problem> {
    let today = app.powers.now().date();
    let posts = app.store.read(move |connection| post::held(connection, caller.person, today)).await?;
    Ok(Scope::of(&posts))
}

impl Listening {
    /// Waits until something concerns this device; false when the stream ends.
    async fn next(&mut self) -> bool {
        loop {
            let heard = tokio::select! {
                heard = self.ear.waiting.recv() => heard,
                _ = self.ear.closing.wait_for(|closing| *closing) => return false,
                () = sleep_until(self.ends) => return false,
            };
            match heard {
                Ok(waiting @ Waiting::For(_))
                    if waiting.concerns(self.caller.person, self.caller.device, &self.scope) =>
                {
                    match scope(&self.app, self.caller).await {
                        Ok(scope) => self.scope = scope,
                        Err(_) => return false,
                    }
                    return true;
                }
                Ok(waiting) if waiting.concerns(self.caller.person, self.caller.device, &self.scope) => return true,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }
}
