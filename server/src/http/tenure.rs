//! One tenure at the desk of a county or an administrator: how somebody was chosen, and its end, transfer and succession.
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::id::TenureId;
use zhucun_core::tenure::EndReason;

use super::caller::SignedIn;
use super::export::day;
use super::part::{Body, Named};
use super::person::{TenureView, tenure_view};
use crate::accounts::Caller;
use crate::app::App;
use crate::import::roster::office::{self, Change, Sheet};
use crate::problem::{Problem, ProblemBody};
use crate::refusal::Refusal;
use crate::store::selection::{GRASSROOTS_MONTHS_MAX, Selection, UnitKind};
use crate::store::tenure::Posted;
use crate::store::{Connection, Fault, Trouble, division};

#[derive(Serialize, Deserialize, ToSchema)]
pub struct SelectionView {
    /// Months of grassroots service before the tenure, 600 at most. Each of these is null where nobody said.
    pub grassroots_months: Option<u32>,
    pub single_experience: Option<bool>,
    pub reserve_cadre: Option<bool>,
    /// organ, institution, enterprise, school, hospital, other
    pub unit_kind: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct OtherView {
    pub person: String,
    pub arrived: String,
    pub last_day: String,
}

#[derive(Serialize, ToSchema)]
pub struct PlaceView {
    #[schema(value_type = String)]
    pub code: DivisionCode,
    /// With its township.
    pub name: String,
}

#[derive(Serialize, ToSchema)]
pub struct PostingView {
    pub tenure: TenureView,
    pub person: String,
    pub login: String,
    /// The sending unit and the post there.
    pub unit: String,
    /// `1988-04`
    pub birth_month: String,
    /// Full years on the day of arrival, where the birth month is known.
    pub age: Option<u32>,
    pub selection: SelectionView,
    /// Others who hold or held the same role in the village, by arrival.
    pub others: Vec<OtherView>,
    /// Where somebody may be transferred to: the other villages of the county. Empty for who may not.
    pub villages: Vec<PlaceView>,
    pub may_write: bool,
}

fn other(Posted { tenure, about, .. }: Posted) -> OtherView {
    OtherView { person: about.name, arrived: tenure.arrived.to_string(), last_day: tenure.last_day().to_string() }
}

fn villages(connection: &Connection, from: DivisionCode) -> Result<Vec<PlaceView>, Trouble> {
    let Some(county) = from.at(Level::County) else { return Ok(Vec::new()) };
    let townships = division::inside(connection, county, Level::Township)?;
    let name = |code: DivisionCode| {
        let above = townships.iter().find(|township| township.code.contains(code));
        above.map(|township| township.name.clone()).unwrap_or_default()
    };
    let all = division::inside(connection, county, Level::Village)?.into_iter().filter(|village| village.code != from);
    Ok(all.map(|it| PlaceView { code: it.code, name: format!("{}{}", name(it.code), it.name) }).collect())
}

fn view(connection: &Connection, it: Sheet) -> Result<PostingView, Trouble> {
    let Posted { tenure, about, .. } = it.posted;
    let Selection { grassroots_months, single_experience, reserve_cadre, unit_kind } = it.selection;
    let unit_kind = unit_kind.map(|kind| kind.code().to_owned());
    Ok(PostingView {
        villages: if it.may_write { villages(connection, tenure.division)? } else { Vec::new() },
        tenure: tenure_view(connection, tenure)?,
        person: about.name,
        login: it.login,
        unit: about.unit,
        birth_month: about.birth_month,
        age: it.age,
        selection: SelectionView { grassroots_months, single_experience, reserve_cadre, unit_kind },
        others: it.others.into_iter().map(other).collect(),
        may_write: it.may_write,
    })
}

/// A tenure with how its holder was chosen, for the county, the city and the administrators above its village.
#[utoipa::path(get, path = "/api/v1/tenures/{id}", operation_id = "showTenure", tag = "administration",
    security(("access" = [])), params(("id" = String, Path)), responses(
    (status = 200, description = "The tenure.", body = PostingView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "not_found"),
))]
pub async fn show(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(id): Named<TenureId>,
) -> Result<Json<PostingView>, Problem> {
    let today = app.powers.now().date();
    let view = app.store.read(move |connection| -> Result<PostingView, Fault<Refusal>> {
        Ok(view(connection, office::sheet(connection, caller, id, today)?)?)
    });
    Ok(Json(view.await?))
}

/// Write how somebody was chosen. Nothing follows from it.
#[utoipa::path(put, path = "/api/v1/tenures/{id}/selection", operation_id = "writeSelection", tag = "administration",
    security(("access" = [])), request_body = SelectionView, params(("id" = String, Path)), responses(
    (status = 204, description = "It is written."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "not_found, malformed"),
))]
pub async fn write_selection(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(id): Named<TenureId>,
    Body(draft): Body<SelectionView>,
) -> Result<StatusCode, Problem> {
    let SelectionView { grassroots_months, single_experience, reserve_cadre, unit_kind } = draft;
    if grassroots_months.is_some_and(|months| months > GRASSROOTS_MONTHS_MAX) {
        return Err(Problem::malformed(format!("`grassroots_months` is {GRASSROOTS_MONTHS_MAX} at most")));
    }
    let unknown = || Problem::malformed("`unit_kind` is none of the words that it may be");
    let unit_kind = unit_kind.map(|code| UnitKind::from_code(&code).ok_or_else(unknown)).transpose()?;
    let it = Selection { grassroots_months, single_experience, reserve_cadre, unit_kind };
    let now = app.powers.now();
    app.store.write(move |tx| office::write_selection(tx, caller, id, &it, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
pub struct EndDraft {
    /// The last day, `2016-09-15`: from the day of arrival to the day it is planned to.
    pub last: String,
    /// completed, reassigned, recalled, illness, other
    #[schema(value_type = String)]
    pub reason: EndReason,
}

/// End a tenure. What its holder wrote and has not sent comes in, or is put aside for the township.
#[utoipa::path(post, path = "/api/v1/tenures/{id}/end", operation_id = "endTenure", tag = "administration",
    security(("access" = [])), request_body = EndDraft, params(("id" = String, Path)), responses(
    (status = 204, description = "It has its last day."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "not_found, malformed, tenure_ended, tenure_days"),
))]
pub async fn end(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(id): Named<TenureId>,
    Body(draft): Body<EndDraft>,
) -> Result<StatusCode, Problem> {
    let change = Change::End { last: needed("last", &draft.last)?, reason: draft.reason };
    carry_out(&app, caller, id, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
pub struct TransferDraft {
    /// A code of 12 digits.
    #[schema(value_type = String)]
    pub village: DivisionCode,
    /// The first day there; the tenure here ends on the day before.
    pub arrived: String,
    pub planned_end: String,
}

#[derive(Serialize, ToSchema)]
pub struct BegunView {
    /// The tenure that began.
    #[schema(value_type = Option<String>)]
    pub tenure: Option<TenureId>,
}

/// Transfer somebody to another village of one's division.
#[utoipa::path(post, path = "/api/v1/tenures/{id}/transfer", operation_id = "transferTenure", tag = "administration",
    security(("access" = [])), request_body = TransferDraft, params(("id" = String, Path)), responses(
    (status = 200, description = "The tenure there.", body = BegunView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "not_found, malformed, tenure_ended, tenure_days"),
))]
pub async fn transfer(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(id): Named<TenureId>,
    Body(draft): Body<TransferDraft>,
) -> Result<Json<BegunView>, Problem> {
    let (arrived, planned_end) = (needed("arrived", &draft.arrived)?, needed("planned_end", &draft.planned_end)?);
    let change = Change::Transfer { village: draft.village, arrived, planned_end };
    Ok(Json(BegunView { tenure: carry_out(&app, caller, id, change).await? }))
}

#[derive(Deserialize, ToSchema)]
pub struct SuccessorDraft {
    /// Of an account that is there.
    pub login: String,
    pub arrived: String,
    pub planned_end: String,
}

/// Name who comes to the village next, in the same role.
#[utoipa::path(post, path = "/api/v1/tenures/{id}/successor", operation_id = "succeedTenure", tag = "administration",
    security(("access" = [])), request_body = SuccessorDraft, params(("id" = String, Path)), responses(
    (status = 200, description = "The successor's tenure.", body = BegunView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "not_found, malformed, tenure_days"),
))]
pub async fn succeed(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(id): Named<TenureId>,
    Body(draft): Body<SuccessorDraft>,
) -> Result<Json<BegunView>, Problem> {
    let (arrived, planned_end) = (needed("arrived", &draft.arrived)?, needed("planned_end", &draft.planned_end)?);
    let change = Change::Successor { login: draft.login.trim().to_owned(), arrived, planned_end };
    Ok(Json(BegunView { tenure: carry_out(&app, caller, id, change).await? }))
}

fn needed<D: std::str::FromStr>(name: &str, text: &str) -> Result<D, Problem> {
    day(name, text)?.ok_or_else(|| Problem::malformed(format!("`{name}` may not be empty")))
}

/// Does it, and tells those whose scope changed. Gives the tenure that began, if one did.
async fn carry_out(app: &App, caller: Caller, id: TenureId, change: Change) -> Result<Option<TenureId>, Problem> {
    let powers = app.powers.clone();
    let done = app.store.write(move |tx| office::change(tx, caller, id, &change, &powers)).await?;
    app.hint.scope_changed(&done.people);
    Ok(done.began)
}
