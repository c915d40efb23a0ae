//! The audit log for an auditor: searched, newest first, its chain checked, and exported. That it was exported stands in it.
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;

use super::caller::SignedIn;
use super::export::{Workbook, day, sent};
use super::me::PersonView;
use super::part::Asked;
use crate::accounts::Caller;
use crate::app::App;
use crate::export::audit::Line;
use crate::export::{self, ROWS_MAX, xlsx};
use crate::problem::{Problem, ProblemBody};
use crate::refusal::Refusal;
use crate::store::audit::{self, AuditRow, Deed, Search};
use crate::store::{Connection, Fault, Trouble, division};

/// Rows of one answer.
const PAGE_MAX: u32 = 100;
/// Characters of what is looked for.
const SEARCH_CHARS_MAX: usize = 100;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// The first day, `2015-09-16`. Each of these may be empty or absent.
    #[serde(default)]
    pub from: String,
    /// The last day.
    #[serde(default)]
    pub to: String,
    /// Part of the name or login of who did it.
    #[serde(default)]
    pub person: String,
    /// `account.reset`
    #[serde(default)]
    pub action: String,
    /// The beginning of an id or a division code, or part of the name or login of whom it is about.
    #[serde(default)]
    pub subject: String,
    /// The number of the last row that is known.
    pub before: Option<i64>,
}

impl AuditQuery {
    fn search(self) -> Result<Search, Problem> {
        let texts = [&self.person, &self.action, &self.subject];
        if texts.iter().any(|text| text.chars().count() > SEARCH_CHARS_MAX) {
            let sentence = format!("`person`, `action` and `subject` have {SEARCH_CHARS_MAX} characters at most");
            return Err(Problem::malformed(sentence));
        }
        let trimmed = |text: String| text.trim().to_owned();
        let search = Search {
            from: day("from", &self.from)?,
            to: day("to", &self.to)?,
            person: trimmed(self.person),
            action: self.action,
            subject: trimmed(self.subject),
            before: self.before,
        };
        match search.from.zip(search.to) {
            Some((from, to)) if from > to => Err(Problem::malformed("`from` lies after `to`")),
            _ => Ok(search),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct AuditRowView {
    pub number: i64,
    pub at_ms: i64,
    /// Null: the command line, or nobody who is known.
    pub person: Option<PersonView>,
    pub login: String,
    /// A stable code.
    pub action: String,
    /// An id or a division code.
    pub subject: String,
    /// Of a person, a tenure, a device or a unit that is known.
    pub subject_name: String,
    pub detail: String,
}

#[derive(Serialize, ToSchema)]
pub struct AuditView {
    /// The newest first.
    pub rows: Vec<AuditRowView>,
    /// There are older ones.
    pub more: bool,
}

#[derive(Serialize, ToSchema)]
pub struct ChainView {
    /// Rows whose chain holds.
    pub rows: i64,
    /// The first number at which it does not hold.
    pub broken_at: Option<i64>,
}

fn view(connection: &Connection, row: AuditRow) -> Result<AuditRowView, Trouble> {
    let Line { row, by, login, subject_name } = export::audit::line(connection, row)?;
    Ok(AuditRowView {
        number: row.number,
        at_ms: row.at.0,
        person: by.map(PersonView::from),
        login,
        action: row.action,
        subject: row.subject,
        subject_name,
        detail: row.detail,
    })
}

/// The audit log, the newest first, 100 rows at most: of who audits a city all of it, of others what people inside their
/// division did and what was done to them and their units.
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "searchAudit", tag = "audit",
    security(("access" = [])), params(AuditQuery), responses(
    (status = 200, description = "The rows that fit.", body = AuditView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope, malformed"),
))]
pub async fn list(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(query): Asked<AuditQuery>,
) -> Result<Json<AuditView>, Problem> {
    let tops = app.accounts.may_audit(caller).await?;
    let search = query.search()?;
    let view = app.store.read(move |connection| -> Result<AuditView, Trouble> {
        let mut rows = audit::found(connection, &tops, &search, PAGE_MAX + 1)?;
        let more = rows.len() > PAGE_MAX as usize;
        rows.truncate(PAGE_MAX as usize);
        let rows = rows.into_iter().map(|row| view(connection, row)).collect::<Result<_, _>>()?;
        Ok(AuditView { rows, more })
    });
    Ok(Json(view.await?))
}

/// Whether the chain of the whole log holds.
#[utoipa::path(get, path = "/api/v1/audit/chain", operation_id = "checkAudit", tag = "audit",
    security(("access" = [])), responses(
    (status = 200, description = "How far it holds.", body = ChainView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn chain(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Json<ChainView>, Problem> {
    app.accounts.may_audit(caller).await?;
    let checked = app.store.read(audit::check).await?;
    Ok(Json(match checked {
        Ok(rows) => ChainView { rows, broken_at: None },
        Err(at) => ChainView { rows: at - 1, broken_at: Some(at) },
    }))
}

/// What a search finds as XLSX, 20,000 rows at most.
#[utoipa::path(get, path = "/api/v1/audit/export", operation_id = "exportAudit", tag = "audit",
    security(("access" = [])), params(AuditQuery), responses(
    (status = 200, description = "The workbook.", body = Workbook,
     content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "outside_scope, malformed, export_too_long"),
))]
pub async fn export(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(query): Asked<AuditQuery>,
) -> Result<Response, Problem> {
    let tops = app.accounts.may_audit(caller).await?;
    let search = query.search()?;
    let (now, top, asked) = (app.powers.now(), tops[0], search.clone());
    let table = app.store.read(move |connection| -> Result<export::Table, Fault<Refusal>> {
        let lines = export::audit::lines(connection, &tops, &asked, ROWS_MAX as u32)?;
        let lines = lines.ok_or(Refusal::ExportTooLong)?;
        let unit = division::find(connection, top)?.ok_or(Refusal::NotFound)?;
        Ok(export::audit::table(&unit, &lines, now))
    });
    let table = table.await?;
    let (title, rows) = (table.heading.title.clone(), table.rows.len());
    let file = tokio::task::spawn_blocking(move || xlsx::write(&table, now)).await.map_err(|_| Problem::bug())?;
    note(&app, caller, (top, search), rows, now).await?;
    Ok(sent(file, xlsx::MEDIA_TYPE, ["audit.xlsx", &format!("{title}_{}.xlsx", now.date())]))
}

/// Which rows left, in codes: never whose name was looked for.
async fn note(
    app: &App,
    caller: Caller,
    (top, search): (DivisionCode, Search),
    rows: usize,
    at: Moment,
) -> Result<(), Problem> {
    let from = search.from.map(|day| format!(" from {day}")).unwrap_or_default();
    let to = search.to.map(|day| format!(" to {day}")).unwrap_or_default();
    let narrowed = [&search.person, &search.action, &search.subject].iter().any(|text| !text.is_empty());
    let part = if narrowed { " of a search" } else { "" };
    let deed = Deed {
        at,
        person: Some(caller.person),
        device: Some(caller.device),
        action: "audit.exported",
        subject: top.to_string(),
        detail: format!("{rows} rows{from}{to}{part}"),
    };
    Ok(app.store.write(move |tx| audit::append(tx, &deed)).await?)
}
