//! One's own devices over HTTP.
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use zhucun_core::clock::Moment;
use zhucun_core::id::DeviceId;

use super::caller::SignedIn;
use super::part::Named;
use crate::accounts::Caller;
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::store::device::Device;

#[derive(Serialize, ToSchema)]
pub struct DeviceView {
    #[schema(value_type = uuid::Uuid)]
    pub id: DeviceId,
    pub label: String,
    #[schema(value_type = i64)]
    pub first_seen_ms: Moment,
    #[schema(value_type = i64)]
    pub last_seen_ms: Moment,
    /// Null while it is not shut out.
    #[schema(value_type = Option<i64>)]
    pub revoked_ms: Option<Moment>,
    pub signed_in: bool,
    /// Whether it is the one that asks.
    pub this: bool,
}

impl DeviceView {
    pub(super) fn new(device: Device, caller: Caller, now: Moment) -> Self {
        Self {
            signed_in: device.is_signed_in(now),
            id: device.id,
            label: device.label,
            first_seen_ms: device.first_seen,
            last_seen_ms: device.last_seen,
            revoked_ms: device.revoked,
            this: device.id == caller.device,
        }
    }
}

/// One's devices, the one seen last first.
#[utoipa::path(get, path = "/api/v1/devices", operation_id = "listDevices", tag = "device",
    security(("access" = [])), responses(
    (status = 200, description = "One's devices.", body = Vec<DeviceView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "A problem."),
))]
pub async fn list(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Json<Vec<DeviceView>>, Problem> {
    let now = app.powers.now();
    let devices = app.accounts.devices(caller.person).await?;
    Ok(Json(devices.into_iter().map(|device| DeviceView::new(device, caller, now)).collect()))
}

/// Shut out one of one's devices for ever. Doing it twice is doing it once.
#[utoipa::path(delete, path = "/api/v1/devices/{id}", operation_id = "revokeDevice", tag = "device",
    security(("access" = [])),
    params(("id" = String, Path)), responses(
    (status = 204, description = "It is shut out."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "not_found"),
))]
pub async fn revoke(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(id): Named<DeviceId>,
) -> Result<StatusCode, Problem> {
    app.accounts.revoke_device(caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
