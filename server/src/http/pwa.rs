//! The screens: files of the PWA folder, compressed beforehand where `.br` or `.gz` stand beside them. Hashed assets
//! are kept for ever, everything else is asked for again. A navigation to a path that is no file gets the one page.
use std::path::Path;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::problem::Problem;
use crate::refusal::Refusal;

const KEPT_FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASKED_AGAIN: &str = "no-cache";
/// Where the build puts files whose names hold their hash.
const HASHED: &str = "/assets/";
const PAGE: &str = "/index.html";

/// Serves the folder for every path that the routes do not know.
pub fn beneath(routes: Router, folder: &Path) -> Router {
    let files = ServeDir::new(folder).precompressed_br().precompressed_gzip();
    let screens = Router::new().fallback(serve).with_state(files).layer(from_fn(keep));
    routes.fallback_service(screens)
}

async fn serve(State(files): State<ServeDir>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::from(Refusal::NotFound).into_response();
    }
    let page = is_navigation(&request).then(|| page_instead(&request));
    let found = file(files.clone(), request).await;
    match page {
        Some(page) if found.status() == StatusCode::NOT_FOUND => file(files, page).await,
        _ if found.status() == StatusCode::NOT_FOUND => Problem::from(Refusal::NotFound).into_response(),
        _ => found,
    }
}

async fn file(files: ServeDir, request: Request) -> Response {
    let Ok(response) = files.oneshot(request).await;
    response.into_response()
}

/// A browser that opens a page says so; a script or image that is missing must not get a page.
fn is_navigation(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let last = request.uri().path().rsplit('/').next().unwrap_or_default();
    accepts.is_some_and(|accepts| accepts.contains("text/html")) && !last.contains('.')
}

fn page_instead(request: &Request) -> Request {
    let mut page = Request::new(axum::body::Body::empty());
    *page.method_mut() = request.method().clone();
    *page.headers_mut() = request.headers().clone();
    *page.uri_mut() = Uri::from_static(PAGE);
    page
}

async fn keep(request: Request, next: Next) -> Response {
    let hashed = request.uri().path().starts_with(HASHED);
    let mut response = next.run(request).await;
    if matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT) {
        let kept = if hashed { KEPT_FOR_EVER } else { ASKED_AGAIN };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    }
    response
}
