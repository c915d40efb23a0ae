//! The people of a division as their administrator sees them: found, how an account stands, locked, unlocked, and devices
//! shut out. A password is reset in `account`.
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::id::{DeviceId, PersonId, TenureId};
use zhucun_core::person::{Person, Role};
use zhucun_core::tenure::{EndReason, Tenure, TenureRole};

use super::account::AccountView;
use super::caller::SignedIn;
use super::device::DeviceView;
use super::me::PersonView;
use super::part::{Asked, Named};
use crate::accounts::{Caller, Dossier, Found, SEARCH_CHARS_MAX};
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::store::account::Search;
use crate::store::post::PostRow;
use crate::store::{Connection, Trouble, division};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeopleQuery {
    /// Part of a name, a login or the name of a unit, or the beginning of its code; 40 characters at most. Empty or absent: all.
    #[serde(default)]
    pub text: String,
    /// The login of the last one that is known; empty or absent: from the first one.
    #[serde(default)]
    pub after: String,
}

#[derive(Serialize, ToSchema)]
pub struct PeopleView {
    pub people: Vec<AccountView>,
    /// There are more behind the last one.
    pub more: bool,
}

/// A post or tenure with its days.
#[derive(Serialize, ToSchema)]
pub struct HeldView {
    /// township_reviewer, county, city, administrator, auditor
    #[schema(value_type = String)]
    pub role: Role,
    #[schema(value_type = String)]
    pub division: DivisionCode,
    pub division_name: String,
    /// `2015-09-16`
    pub from: String,
    pub to: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct TenureView {
    #[schema(value_type = String)]
    pub id: TenureId,
    /// first_secretary, team_member
    #[schema(value_type = String)]
    pub role: TenureRole,
    #[schema(value_type = String)]
    pub village: DivisionCode,
    pub village_name: String,
    pub batch: String,
    pub arrived: String,
    pub planned_end: String,
    pub ended: Option<String>,
    /// completed, reassigned, recalled, illness, other
    #[schema(value_type = Option<String>)]
    pub reason: Option<EndReason>,
}

#[derive(Serialize, ToSchema)]
pub struct DossierView {
    pub person: PersonView,
    /// The sending unit and the post there.
    pub unit: String,
    pub login: String,
    pub posts: Vec<HeldView>,
    pub tenures: Vec<TenureView>,
    /// Locked by an administrator.
    pub locked: bool,
    pub must_change_password: bool,
    /// After wrong passwords.
    #[schema(value_type = Option<i64>)]
    pub locked_out_until_ms: Option<Moment>,
    #[schema(value_type = Option<i64>)]
    pub last_sign_in_ms: Option<Moment>,
    /// The one seen last first; none of somebody the caller may not act on.
    pub devices: Vec<DeviceView>,
    /// The caller may lock, unlock, and shut out devices.
    pub may_administer: bool,
    /// The caller may reset the password.
    pub may_reset: bool,
}

fn name_of(connection: &Connection, code: DivisionCode) -> Result<String, Trouble> {
    Ok(division::find(connection, code)?.ok_or(Trouble::Damaged("a post without a division"))?.name)
}

fn held_view(connection: &Connection, PostRow { post, from, to }: PostRow) -> Result<HeldView, Trouble> {
    Ok(HeldView {
        role: post.role,
        division: post.division,
        division_name: name_of(connection, post.division)?,
        from: from.to_string(),
        to: to.map(|day| day.to_string()),
    })
}

pub(super) fn tenure_view(connection: &Connection, it: Tenure) -> Result<TenureView, Trouble> {
    Ok(TenureView {
        id: it.id,
        role: it.role,
        village: it.division,
        village_name: name_of(connection, it.division)?,
        batch: it.batch,
        arrived: it.arrived.to_string(),
        planned_end: it.planned_end.to_string(),
        ended: it.ended.map(|day| day.to_string()),
        reason: it.reason,
    })
}

fn view(connection: &Connection, it: Dossier, caller: Caller, now: Moment) -> Result<DossierView, Trouble> {
    let posts = it.posts.into_iter().map(|post| held_view(connection, post));
    let tenures = it.tenures.into_iter().map(|tenure| tenure_view(connection, tenure));
    Ok(DossierView {
        person: Person { id: it.id, name: it.about.name }.into(),
        unit: it.about.unit,
        login: it.login,
        posts: posts.collect::<Result<_, _>>()?,
        tenures: tenures.collect::<Result<_, _>>()?,
        locked: it.locked,
        must_change_password: it.must_change,
        locked_out_until_ms: it.locked_out_until,
        last_sign_in_ms: it.last_sign_in,
        devices: it.devices.into_iter().map(|device| DeviceView::new(device, caller, now)).collect(),
        may_administer: it.may_administer,
        may_reset: it.may_reset,
    })
}

/// The people who are or were inside the divisions that one administers, by login, 50 at most.
#[utoipa::path(get, path = "/api/v1/people", operation_id = "listPeople", tag = "administration",
    security(("access" = [])), params(PeopleQuery), responses(
    (status = 200, description = "Some of those that fit.", body = PeopleView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope, malformed"),
))]
pub async fn list(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(PeopleQuery { text, after }): Asked<PeopleQuery>,
) -> Result<Json<PeopleView>, Problem> {
    if [&text, &after].iter().any(|part| part.chars().count() > SEARCH_CHARS_MAX) {
        return Err(Problem::malformed(format!("`text` and `after` have {SEARCH_CHARS_MAX} characters at most")));
    }
    let search = Search { text: text.trim().to_owned(), after };
    let Found { people, more } = app.accounts.people(caller, search).await?;
    let views = app.store.read(move |connection| -> Result<Vec<AccountView>, Trouble> {
        people.into_iter().map(|one| AccountView::new(connection, one)).collect()
    });
    Ok(Json(PeopleView { people: views.await?, more }))
}

/// How an account stands, what its person is and was, and their devices.
#[utoipa::path(get, path = "/api/v1/people/{person}", operation_id = "showPerson", tag = "administration",
    security(("access" = [])), params(("person" = String, Path)), responses(
    (status = 200, description = "The person.", body = DossierView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn show(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(person): Named<PersonId>,
) -> Result<Json<DossierView>, Problem> {
    let now = app.powers.now();
    let dossier = app.accounts.dossier(caller, person).await?;
    Ok(Json(app.store.read(move |connection| view(connection, dossier, caller, now)).await?))
}

/// Lock an account until it is unlocked. Its devices stay as they are and cannot synchronise; nothing on them is lost.
#[utoipa::path(post, path = "/api/v1/people/{person}/lock", operation_id = "lockAccount", tag = "administration",
    security(("access" = [])), params(("person" = String, Path)), responses(
    (status = 204, description = "It is locked."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn lock(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(person): Named<PersonId>,
) -> Result<StatusCode, Problem> {
    app.accounts.lock(caller, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Unlock an account, also one that is locked out after wrong passwords.
#[utoipa::path(post, path = "/api/v1/people/{person}/unlock", operation_id = "unlockAccount", tag = "administration",
    security(("access" = [])), params(("person" = String, Path)), responses(
    (status = 204, description = "It is unlocked."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn unlock(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(person): Named<PersonId>,
) -> Result<StatusCode, Problem> {
    app.accounts.unlock(caller, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shut out a device of somebody for ever.
#[utoipa::path(delete, path = "/api/v1/people/{person}/devices/{device}", operation_id = "revokeDeviceOf",
    tag = "administration", security(("access" = [])),
    params(("person" = String, Path), ("device" = String, Path)), responses(
    (status = 204, description = "It is shut out."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope, not_found"),
))]
pub async fn revoke_device(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named((person, device)): Named<(PersonId, DeviceId)>,
) -> Result<StatusCode, Problem> {
    app.accounts.revoke_device_of(caller, person, device).await?;
    Ok(StatusCode::NO_CONTENT)
}
