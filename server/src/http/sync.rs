//! The road of a sync request; everything about it is in `crate::sync`.
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::problem::ProblemBody;

/// One round trip of sync, in the frames of docs/PROTOCOL.
#[utoipa::path(post, path = "/api/v1/sync", tag = "sync", security(("access" = []), ()),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn exchange(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    crate::sync::handle(&app, &headers, body).await
}
