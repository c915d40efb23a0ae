//! The road of a sync request; everything about it is in `crate::sync`.
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::app::App;
use crate::problem::{Problem, ProblemBody};

/// Bytes, as docs/PROTOCOL gives them.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "stands for bytes in the description")]
pub struct Frames(Vec<u8>);

/// One round trip of sync, in the frames of docs/PROTOCOL.
#[utoipa::path(post, path = "/api/v1/sync", operation_id = "sync", tag = "sync", security(("access" = []), ()),
    request_body(content = Frames, content_type = "application/octet-stream"), responses(
    (status = 200, description = "The reply's frames.", body = Frames, content_type = "application/octet-stream"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "A problem."),
))]
pub async fn exchange(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(unread)?;
    Ok(crate::sync::handle(&app, &headers, body).await)
}

/// Why a body was not read: it is too long, or the line broke while it came.
fn unread(rejection: BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::malformed("the body did not come whole"),
    }
}
