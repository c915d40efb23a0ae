//! The roll-up: one row for each unit below the one asked for, in order of code, never of score. Figures only: no
//! narrative and no household leaves by this road.
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhucun_core::division::DivisionCode;
use zhucun_core::duty::Tally;
use zhucun_core::entry::EntryKind;

use super::account::Inside;
use super::caller::SignedIn;
use super::part::Asked;
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::store::read_model::{self, RollUpRow};

#[derive(Serialize, ToSchema)]
pub struct RollUpView {
    #[schema(value_type = String)]
    pub code: DivisionCode,
    pub name: String,
    /// Villages that are poor today.
    pub poor_villages: u32,
    /// Villages with a first secretary in post today.
    pub incumbents: u32,
    /// One for each of the seven kinds, in their order.
    pub duties: Vec<FigureView>,
    /// Visits and lessons once more, for pages of earlier versions.
    pub visits_done: u32,
    pub visits_owed: u32,
    pub lessons_done: u32,
    pub lessons_owed: u32,
    /// Entries of those in post that were made later than is on time 补录.
    pub late: u32,
    /// Entries that wait for a reviewer.
    pub awaiting_review: u32,
    /// Issues of the villages that go on, and those that have come to an end.
    pub issues_open: u32,
    pub issues_ended: u32,
}

/// What is done of what is owed so far; periods that leave or an excusal took out are beside it.
#[derive(Serialize, ToSchema)]
pub struct FigureView {
    /// `visit`, `lesson`, `activity`, `summary`, `deed`, `research` or `report`.
    pub kind: &'static str,
    pub done: u32,
    pub owed: u32,
    pub excused: u32,
}

impl From<(EntryKind, Tally)> for FigureView {
    fn from((kind, Tally { done, owed, excused }): (EntryKind, Tally)) -> Self {
        FigureView { kind: kind.code(), done, owed, excused }
    }
}

impl From<RollUpRow> for RollUpView {
    fn from(row: RollUpRow) -> Self {
        let [visits, lessons, ..] = row.duties;
        Self {
            duties: EntryKind::DUTIES.into_iter().zip(row.duties).map(FigureView::from).collect(),
            code: row.division.code,
            name: row.division.name,
            poor_villages: row.poor_villages,
            incumbents: row.incumbents,
            visits_done: visits.done,
            visits_owed: visits.owed,
            lessons_done: lessons.done,
            lessons_owed: lessons.owed,
            late: row.late,
            awaiting_review: row.awaiting_review,
            issues_open: row.issues_open,
            issues_ended: row.issues_ended,
        }
    }
}

/// The units right below a division, with their figures today.
#[utoipa::path(get, path = "/api/v1/roll-up", operation_id = "showRollUp", tag = "desk",
    security(("access" = [])), params(Inside), responses(
    (status = 200, description = "The rows, by code.", body = Vec<RollUpView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn show(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(inside): Asked<Inside>,
) -> Result<Json<Vec<RollUpView>>, Problem> {
    app.accounts.may_read_figures(caller, inside.division).await?;
    let (now, courses) = (app.powers.now(), app.store.courses());
    let read = move |connection: &_| read_model::roll_up(connection, &courses, inside.division, now);
    let rows = app.store.read(read).await?;
    Ok(Json(rows.into_iter().map(RollUpView::from).collect()))
}
