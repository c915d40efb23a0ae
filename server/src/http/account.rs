//! The accounts below one's own level: the list, and the reset of a password.
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zhucun_core::division::DivisionCode;
use zhucun_core::id::PersonId;

use super::caller::SignedIn;
use super::me::{PersonView, PostView, post_views};
use super::part::{Asked, Named};
use crate::accounts::Provisioned;
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::store::{Connection, Trouble};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Inside {
    /// A code of 4, 6, 9 or 12 digits.
    #[param(value_type = String)]
    pub division: DivisionCode,
}

#[derive(Serialize, ToSchema)]
pub struct AccountView {
    pub person: PersonView,
    pub login: String,
    /// What the person is, or will be.
    pub posts: Vec<PostView>,
    pub locked: bool,
}

impl AccountView {
    pub(super) fn new(connection: &Connection, it: Provisioned) -> Result<Self, Trouble> {
        let posts = post_views(connection, it.posts)?;
        Ok(Self { person: it.person.into(), login: it.login, posts, locked: it.locked })
    }
}

/// The accounts inside a division whose passwords one may reset, by login.
#[utoipa::path(get, path = "/api/v1/accounts", operation_id = "listAccounts", tag = "account",
    security(("access" = [])), params(Inside), responses(
    (status = 200, description = "The accounts.", body = Vec<AccountView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn list(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(inside): Asked<Inside>,
) -> Result<Json<Vec<AccountView>>, Problem> {
    let accounts = app.accounts.resettable(caller, inside.division).await?;
    let views = app.store.read(move |connection| -> Result<Vec<AccountView>, Trouble> {
        accounts.into_iter().map(|account| AccountView::new(connection, account)).collect()
    });
    Ok(Json(views.await?))
}

#[derive(Serialize, ToSchema)]
pub struct FirstPasswordView {
    /// Shown once; it must be replaced at the first sign-in.
    pub first_password: String,
}

/// Give somebody below a new first password; signs out all their devices.
#[utoipa::path(post, path = "/api/v1/accounts/{person}/reset", operation_id = "resetPassword", tag = "account",
    security(("access" = [])),
    params(("person" = String, Path)), responses(
    (status = 200, description = "The first password.", body = FirstPasswordView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn reset(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(person): Named<PersonId>,
) -> Result<Json<FirstPasswordView>, Problem> {
    let first_password = app.accounts.reset_password(caller, person).await?;
    Ok(Json(FirstPasswordView { first_password }))
}
