//! The host of one sync request.
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// A longer request is refused before it is read.
pub const REQUEST_BYTES_MAX: usize = 4 << 20;

/// Answers one sync request.
pub async fn handle(_app: &App, _headers: &HeaderMap, _body: Bytes) -> Response {
    StatusCode::NOT_IMPLEMENTED.into_response()
}
