//! Sessions over HTTP: begin, renew, change one's password, end.
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zhucun_core::clock::Moment;
use zhucun_core::id::DeviceId;

use super::caller::Known;
use super::me::{PersonView, PostView, post_views};
use super::part::Body;
use crate::accounts::{PasswordChange, SignInDraft, Tokens};
use crate::app::App;
use crate::problem::{Problem, ProblemBody};

#[derive(Deserialize, ToSchema)]
pub struct SessionDraft {
    pub login: String,
    pub password: String,
    /// A UUID that the client minted for this person on this installation.
    #[schema(value_type = uuid::Uuid)]
    pub device_id: DeviceId,
    /// What the person sees in the list of devices; 60 characters at most are kept.
    #[serde(default)]
    pub device_label: String,
}

#[derive(Serialize, ToSchema)]
pub struct SessionView {
    #[serde(flatten)]
    pub tokens: TokensView,
    pub person: PersonView,
    /// What the person is today.
    pub posts: Vec<PostView>,
    /// The server's clock, in milliseconds since 1970 UTC.
    #[schema(value_type = i64)]
    pub server_time_ms: Moment,
}

#[derive(Serialize, ToSchema)]
pub struct TokensView {
    /// For the header `Authorization: Bearer`.
    pub access_token: String,
    /// In milliseconds since 1970 UTC.
    #[schema(value_type = i64)]
    pub access_until_ms: Moment,
    /// Good for 90 days, and until its successor is first used.
    pub refresh_token: String,
    /// While true, every other call is refused with `password_change_required`.
    pub must_change_password: bool,
}

impl From<Tokens> for TokensView {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access,
            access_until_ms: tokens.access_until,
            refresh_token: tokens.refresh,
            must_change_password: tokens.must_change_password,
        }
    }
}

#[derive(Deserialize, ToSchema)]
pub struct RefreshDraft {
    pub refresh_token: String,
}

#[derive(Deserialize, ToSchema)]
pub struct PasswordDraft {
    /// The one that holds now.
    pub password: String,
    pub new_password: String,
}

/// Sign in with login and password.
#[utoipa::path(post, path = "/api/v1/session", operation_id = "beginSession", tag = "session",
    request_body = SessionDraft, responses(
    (status = 200, description = "The session.", body = SessionView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "credentials_wrong, locked_out, account_locked, device_of_another, device_revoked, devices_too_many"),
))]
pub async fn begin(State(app): State<App>, Body(draft): Body<SessionDraft>) -> Result<Json<SessionView>, Problem> {
    let draft = SignInDraft {
        login: draft.login,
        password: draft.password,
        device: draft.device_id,
        label: draft.device_label,
    };
    let begun = app.accounts.sign_in(draft).await?;
    let posts = begun.posts;
    let posts = app.store.read(move |connection| post_views(connection, posts)).await?;
    Ok(Json(SessionView {
        tokens: begun.tokens.into(),
        person: begun.person.into(),
        posts,
        server_time_ms: app.powers.now(),
    }))
}

/// Renew with a refresh token.
#[utoipa::path(post, path = "/api/v1/session/refresh", operation_id = "refreshSession", tag = "session",
    request_body = RefreshDraft, responses(
    (status = 200, description = "New tokens.", body = TokensView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "signed_out, device_revoked, account_locked"),
))]
pub async fn refresh(State(app): State<App>, Body(draft): Body<RefreshDraft>) -> Result<Json<TokensView>, Problem> {
    Ok(Json(app.accounts.refresh(draft.refresh_token).await?.into()))
}

/// Replace one's own password; signs out one's other devices.
#[utoipa::path(post, path = "/api/v1/session/password", operation_id = "changePassword", tag = "session",
    security(("access" = [])),
    request_body = PasswordDraft, responses(
    (status = 204, description = "It is changed."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "credentials_wrong, locked_out, password_weak, password_too_long, password_holds_login, \
                    password_unchanged"),
))]
pub async fn change_password(
    State(app): State<App>,
    Known(caller): Known,
    Body(draft): Body<PasswordDraft>,
) -> Result<StatusCode, Problem> {
    let change = PasswordChange { password: draft.password, new_password: draft.new_password };
    app.accounts.change_password(caller, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign out on this device.
#[utoipa::path(delete, path = "/api/v1/session", operation_id = "endSession", tag = "session",
    security(("access" = [])), responses(
    (status = 204, description = "The session has ended."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "A problem."),
))]
pub async fn end(State(app): State<App>, Known(caller): Known) -> Result<StatusCode, Problem> {
    app.accounts.sign_out(caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
