//! What operators ask: whether the server works, its figures, and the description of the API.
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

use crate::app::App;
use crate::metrics::Gauge;
use crate::problem::{Problem, ProblemBody};
use crate::store::meta;

#[derive(Serialize, ToSchema)]
pub struct HealthView {
    /// Always `ok`; a server that is not answers with a problem.
    pub state: &'static str,
    pub version: &'static str,
}

/// Whether the database answers.
#[utoipa::path(get, path = "/healthz", operation_id = "showHealth", tag = "operation", responses(
    (status = 200, description = "It does.", body = HealthView),
    (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "A problem."),
))]
pub async fn health(State(app): State<App>) -> Result<Json<HealthView>, Problem> {
    app.store.read(meta::bytes).await?;
    Ok(Json(HealthView { state: "ok", version: env!("CARGO_PKG_VERSION") }))
}

/// Figures in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "showMetrics", tag = "operation",
    responses((status = 200, description = "The figures.", body = String)))]
pub async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let bytes = app.store.read(meta::bytes).await?;
    let gauge = Gauge { name: "zhucun_database_bytes", help: "Size of the database file.", value: bytes };
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((kind, app.metrics.text(&[gauge])).into_response())
}

/// This description.
#[utoipa::path(get, path = "/api/v1/openapi.json", operation_id = "showOpenApi", tag = "operation",
    responses((status = 200, description = "The document.", body = Object)))]
pub async fn openapi(axum::Extension(api): axum::Extension<std::sync::Arc<OpenApi>>) -> Json<OpenApi> {
    Json(api.as_ref().clone())
}
