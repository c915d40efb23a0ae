//! Limits of every request: its size, its time, and how many are served at once. What exceeds them is told so.
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::problem::Problem;
use crate::refusal::Refusal;

/// The body of an API request; sync and files that are imported have limits of their own.
pub const BODY_BYTES_MAX: usize = 16 << 10;
/// Requests served at once; more are told that the server is busy. Open hint streams do not count.
pub const REQUESTS_MAX: usize = 512;
/// From the head of the request to the head of the reply, the upload on a slow line included.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(90);

pub fn around(router: Router) -> Router {
    router.layer(from_fn_with_state(Arc::new(Semaphore::new(REQUESTS_MAX)), guard))
}

async fn guard(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let Ok(_place) = places.try_acquire() else {
        return Problem::from(Refusal::Busy).into_response();
    };
    // The panic hook logs where and why; nothing of the request is used again.
    let served = AssertUnwindSafe(next.run(request)).catch_unwind();
    match timeout(REQUEST_TIME_MAX, served).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::bug().into_response(),
        Err(_) => Problem::timed_out().into_response(),
    }
}

pub async fn not_found() -> Problem {
    Refusal::NotFound.into()
}

pub async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed()
}
