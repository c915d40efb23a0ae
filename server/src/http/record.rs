//! One log line and one figure for each request: method, route, status, time, and an id that the reply carries too.
//! Never a path as it was asked for, a query, a header or a body: these may hold names and tokens.
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use crate::app::App;
use crate::problem::TroubleNote;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The route of everything that is no route: the screens and what was not found.
const NO_ROUTE: &str = "(screens)";

pub fn around(router: Router, app: &App) -> Router {
    router.layer(from_fn_with_state(app.clone(), record))
}

async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = format!("{:016x}", u64::from_be_bytes(app.powers.draw()));
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.as_deref().unwrap_or(NO_ROUTE);
    let mut response = next.run(request).await;
    let (took, status) = (began.elapsed(), response.status().as_u16());
    let ms = took.as_secs_f64() * 1e3;
    app.metrics.answered(method, route, status, took);
    match response.extensions().get::<TroubleNote>() {
        Some(TroubleNote(trouble)) => tracing::error!(request = id, method, route, status, ms, trouble, "trouble"),
        None => tracing::info!(request = id, method, route, status, ms, "answered"),
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The method as a word of ours: labels hold nothing that came from outside.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
