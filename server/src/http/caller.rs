//! Who calls: read from the access token, and looked up, so that a revoked device is out at once.
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::accounts::{self, Caller};
use crate::app::App;
use crate::problem::Problem;
use crate::refusal::Refusal;

/// A caller whose session stands and whose first password was replaced.
pub struct SignedIn(pub Caller);

/// A caller whose session stands. Only for changing the password and for signing out.
pub struct Known(pub Caller);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = caller(parts, app)?;
        app.store.read(move |connection| accounts::check(connection, &caller)).await?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<App> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = caller(parts, app)?;
        app.store.read(move |connection| accounts::check_device(connection, &caller)).await?;
        Ok(Self(caller))
    }
}

fn caller(parts: &Parts, app: &App) -> Result<Caller, Refusal> {
    let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Refusal::SignedOut)?;
    app.accounts.verify_access(token, app.powers.now())
}
