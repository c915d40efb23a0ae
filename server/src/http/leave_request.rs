//! Leave that is too long for the township: the county sees what was asked for and agreed to, and decides.
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zhucun_core::division::DivisionCode;
use zhucun_core::id::{EntryId, TenureId};

use super::account::Inside;
use super::caller::SignedIn;
use super::part::{Asked, Body, Named};
use crate::absence::{self, NOTE_CHARS_MAX, Note, Shown};
use crate::app::App;
use crate::problem::{Problem, ProblemBody};

#[derive(Serialize, ToSchema)]
pub struct LeaveRequestView {
    #[schema(value_type = String)]
    pub entry: EntryId,
    /// In whose log the entry stands.
    #[schema(value_type = String)]
    pub tenure: TenureId,
    /// What a decision is bound to.
    pub version: String,
    pub person: String,
    #[schema(value_type = String)]
    pub village: DivisionCode,
    pub village_name: String,
    /// `personal`, `sick`, `annual`, `family`, `on_duty` or `other`.
    pub kind: &'static str,
    /// `2016-03-10`
    pub from: String,
    pub to: String,
    /// Calendar days.
    pub days: u32,
    pub asked_on: Option<String>,
    pub reported_back: Option<String>,
    /// What its author wrote, while the caller is to decide; else empty.
    pub destination: String,
    pub grounds: String,
    /// `asked`, `forwarded`, `approved` or `declined`.
    pub step: &'static str,
    /// Its length is the county's to approve.
    pub for_county: bool,
    /// What the county wrote when it decided.
    pub note: String,
    /// The caller may decide it now.
    pub may_decide: bool,
}

impl From<Shown> for LeaveRequestView {
    fn from(shown: Shown) -> Self {
        let Shown { request, step, for_county, person, village_name, words, may_decide } = shown;
        Self {
            entry: request.entry,
            tenure: request.tenure,
            version: request.version,
            person,
            village: request.village,
            village_name,
            kind: request.leave.kind.code(),
            from: request.leave.from.to_string(),
            to: request.leave.to.to_string(),
            days: request.leave.days(),
            asked_on: request.asked_on.map(|day| day.to_string()),
            reported_back: request.reported_back.map(|day| day.to_string()),
            destination: words.destination,
            grounds: words.grounds,
            step: step.code(),
            for_county,
            note: request.decision.map(|decision| decision.note).unwrap_or_default(),
            may_decide,
        }
    }
}

#[derive(Deserialize, ToSchema)]
pub struct DecisionDraft {
    /// In whose log the entry stands.
    #[schema(value_type = String)]
    pub tenure: TenureId,
    /// The version that was read.
    pub version: String,
    pub approved: bool,
    /// What the secretary and the township are told: 200 characters at most; it may not be empty where it is declined.
    #[serde(default)]
    pub note: String,
}

/// The leave that was asked for inside a division, by village and day. What its author wrote is told to who is to decide.
#[utoipa::path(get, path = "/api/v1/leave-requests", operation_id = "listLeaveRequests", tag = "desk",
    security(("access" = [])), params(Inside), responses(
    (status = 200, description = "The requests.", body = Vec<LeaveRequestView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn list(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(inside): Asked<Inside>,
) -> Result<Json<Vec<LeaveRequestView>>, Problem> {
    app.accounts.may_read_figures(caller, inside.division).await?;
    let (now, words_read) = (app.powers.now(), app.store.words_read());
    let work = move |connection: &_| absence::inside(connection, &words_read, caller.person, inside.division, now);
    let shown = app.store.read(work).await?;
    Ok(Json(shown.into_iter().map(LeaveRequestView::from).collect()))
}

/// Approve or decline a leave, as somebody of its county. Decided before, it is decided anew.
#[utoipa::path(post, path = "/api/v1/leave-requests/{entry}/decision", operation_id = "decideLeaveRequest", tag = "desk",
    security(("access" = [])), request_body = DecisionDraft,
    params(("entry" = String, Path)), responses(
    (status = 204, description = "It is decided."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
        description = "not_found, outside_scope, version_changed, malformed"),
))]
pub async fn decide(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(entry): Named<EntryId>,
    Body(DecisionDraft { tenure, version, approved, note }): Body<DecisionDraft>,
) -> Result<StatusCode, Problem> {
    let note = Note::new(&note, approved).ok_or_else(|| {
        Problem::malformed(format!("`note` has {NOTE_CHARS_MAX} characters at most, and says why where it is declined"))
    })?;
    absence::decide(&app, caller, (tenure, entry), version, approved, note).await?;
    Ok(StatusCode::NO_CONTENT)
}
