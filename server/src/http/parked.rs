//! The township's inbox: what people wrote who might once and may no more, to be taken or dismissed.
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;

use super::caller::SignedIn;
use super::me::PersonView;
use super::part::{Body, Named};
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::refusal::Refusal;
use crate::store::parked::Pile;
use crate::store::{Connection, Fault, Trouble, division, person};
use crate::sync::parking::{self, Preview, Verdict, Why};

#[derive(Serialize, ToSchema)]
pub struct PileView {
    /// Names the pile until it is decided.
    pub key: i64,
    pub person: PersonView,
    #[schema(value_type = String)]
    pub village: DivisionCode,
    pub village_name: String,
    /// log, review, village
    pub kind: String,
    pub changes: i64,
    /// When the first and the last of them came.
    #[schema(value_type = i64)]
    pub first_ms: Moment,
    #[schema(value_type = i64)]
    pub last_ms: Moment,
}

#[derive(Serialize, ToSchema)]
pub struct RecordView {
    /// entries, answers, withdrawals, events, households, issues
    pub container: String,
    pub id: String,
    /// As they would be.
    pub fields: BTreeMap<String, String>,
}

impl From<Preview> for RecordView {
    fn from(preview: Preview) -> Self {
        Self { container: preview.container.to_owned(), id: preview.key, fields: preview.fields }
    }
}

#[derive(Deserialize, ToSchema)]
pub struct Dismissal {
    /// What the author is told: 500 characters at most.
    pub why: String,
}

fn view(connection: &Connection, pile: &Pile) -> Result<PileView, Trouble> {
    let person = person::find(connection, pile.person)?.ok_or(Trouble::Damaged("a pile of nobody"))?;
    let village = division::find(connection, pile.village)?.ok_or(Trouble::Damaged("a pile of no village"))?;
    Ok(PileView {
        key: pile.key,
        person: person.into(),
        village: pile.village,
        village_name: village.name,
        kind: pile.document.kind().word().to_owned(),
        changes: pile.changes,
        first_ms: pile.first,
        last_ms: pile.last,
    })
}

/// What waits in the townships where one reviews, the oldest first.
#[utoipa::path(get, path = "/api/v1/parked", operation_id = "listParked", tag = "desk",
    security(("access" = [])), responses(
    (status = 200, description = "The piles.", body = Vec<PileView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "A problem."),
))]
pub async fn list(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Json<Vec<PileView>>, Problem> {
    let piles = app.store.read(move |connection| -> Result<Vec<PileView>, Trouble> {
        parking::inbox(connection, caller.person)?.iter().map(|pile| view(connection, pile)).collect()
    });
    Ok(Json(piles.await?))
}

/// The records that a pile would change.
#[utoipa::path(get, path = "/api/v1/parked/{key}", operation_id = "showParked", tag = "desk",
    security(("access" = [])),
    params(("key" = i64, Path)), responses(
    (status = 200, description = "The records as they would be.", body = Vec<RecordView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "not_found"),
))]
pub async fn show(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(key): Named<i64>,
) -> Result<Json<Vec<RecordView>>, Problem> {
    let records = app.store.read(move |connection| -> Result<Vec<RecordView>, Fault<Refusal>> {
        let piles = parking::inbox(connection, caller.person)?;
        let pile = piles.iter().find(|pile| pile.key == key).ok_or(Refusal::NotFound)?;
        Ok(parking::preview(connection, pile)?.into_iter().map(RecordView::from).collect())
    });
    Ok(Json(records.await?))
}

/// Take a pile in as it was written, as of when it came.
#[utoipa::path(post, path = "/api/v1/parked/{key}/release", operation_id = "releaseParked", tag = "desk",
    security(("access" = [])),
    params(("key" = i64, Path)), responses(
    (status = 204, description = "It is part of its document."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "not_found, not_yet"),
))]
pub async fn release(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(key): Named<i64>,
) -> Result<StatusCode, Problem> {
    parking::decide(&app, caller.person, key, Verdict::Release).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Dismiss a pile. Its author is told why, and keeps what was written.
#[utoipa::path(post, path = "/api/v1/parked/{key}/dismiss", operation_id = "dismissParked", tag = "desk",
    security(("access" = [])), request_body = Dismissal,
    params(("key" = i64, Path)), responses(
    (status = 204, description = "It is dismissed."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "not_found, malformed"),
))]
pub async fn dismiss(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(key): Named<i64>,
    Body(Dismissal { why }): Body<Dismissal>,
) -> Result<StatusCode, Problem> {
    let why = Why::new(&why);
    let why = why.ok_or_else(|| Problem::malformed("`why` says in 1 to 500 characters what the author is told"))?;
    parking::decide(&app, caller.person, key, Verdict::Dismiss(why)).await?;
    Ok(StatusCode::NO_CONTENT)
}
