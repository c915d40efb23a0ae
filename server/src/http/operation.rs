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
use crate::store::meta::{self, Reach};
use crate::store::{Connection, Trouble};

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
    let (bytes, backup) = app.store.read(figures).await?;
    let size = Gauge { name: "zhucun_database_bytes", help: "Size of the database file.", value: bytes };
    let taken = Gauge {
        name: "zhucun_backup_taken_seconds",
        help: "When the last completed backup was begun, in seconds since 1970 UTC; 0 when there is none.",
        value: backup.map_or(0, |reach| reach.taken.0 / 1000),
    };
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((kind, app.metrics.text(&[size, taken])).into_response())
}

/// The size of the database, and its last backup.
fn figures(connection: &Connection) -> Result<(i64, Option<Reach>), Trouble> {
    Ok((meta::bytes(connection)?, meta::backup(connection)?))
}

/// This description.
#[utoipa::path(get, path = "/api/v1/openapi.json", operation_id = "showOpenApi", tag = "operation",
    responses((status = 200, description = "The document.", body = Object)))]
pub async fn openapi(axum::Extension(api): axum::Extension<std::sync::Arc<OpenApi>>) -> Json<OpenApi> {
    Json(api.as_ref().clone())
}
