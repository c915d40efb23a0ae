//! Files that an administrator sends: previewed, written as they were read, listed, undone.
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;

use super::caller::SignedIn;
use super::me::PersonView;
use super::part::{Asked, File, Named};
use crate::accounts::Caller;
use crate::app::App;
use crate::import::effect::{Change, Effect, Kind, Tally};
use crate::import::file::{FileKind, Given, Plan};
use crate::import::mistake::{Mistake, Wrong};
use crate::import::roster::{self, FirstPassword};
use crate::import::sent::{self, Applied, Sent};
use crate::import::undo::{self, Hindrance};
use crate::problem::{Problem, ProblemBody};
use crate::refusal::Refusal;
use crate::store::imported::Import;
use crate::store::{Connection, Trouble, division, person};

/// Mistakes of one answer, and what stands against undoing.
const MISTAKES_MAX: usize = 200;
/// Lines of one answer that change anything.
const CHANGES_MAX: usize = 1000;

/// A sentence whose words the screen has.
#[derive(Serialize, ToSchema)]
pub struct SentenceView {
    /// Stable.
    pub code: &'static str,
    /// What is filled in, by name.
    pub arguments: BTreeMap<&'static str, String>,
}

#[derive(Serialize, ToSchema)]
pub struct MistakeView {
    /// From 1, the header's; null where the file as a whole is meant, or is no table.
    pub line: Option<usize>,
    /// By its English name.
    pub column: Option<&'static str>,
    pub what: SentenceView,
}

#[derive(Serialize, ToSchema)]
pub struct ChangeView {
    pub line: Option<usize>,
    /// added, changed, ended
    pub kind: &'static str,
    /// What it is about.
    pub about: SentenceView,
    pub effects: Vec<SentenceView>,
}

#[derive(Serialize, ToSchema)]
pub struct TallyView {
    pub added: usize,
    pub changed: usize,
    pub ended: usize,
    pub unchanged: usize,
}

#[derive(Serialize, ToSchema)]
pub struct PreviewView {
    /// Of the file and of what it would change; null where there are mistakes.
    pub digest: Option<String>,
    pub tally: TallyView,
    /// People who get an account.
    pub newcomers: usize,
    /// Entries that would count otherwise.
    pub recounted: usize,
    /// The first 200.
    pub mistakes: Vec<MistakeView>,
    pub mistakes_left_out: usize,
    /// The first 1000 lines that change anything.
    pub changes: Vec<ChangeView>,
    pub changes_left_out: usize,
}

fn effect(it: &Effect) -> SentenceView {
    SentenceView { code: it.code(), arguments: it.arguments().into_iter().collect() }
}

fn hindrance(it: &Hindrance) -> SentenceView {
    SentenceView { code: it.code(), arguments: it.arguments().into_iter().collect() }
}

fn wrong(it: &Wrong) -> SentenceView {
    SentenceView { code: it.code(), arguments: it.arguments().into_iter().collect() }
}

impl From<Tally> for TallyView {
    fn from(tally: Tally) -> Self {
        let Tally { added, changed, ended, unchanged } = tally;
        Self { added, changed, ended, unchanged }
    }
}

impl From<&Mistake> for MistakeView {
    fn from(it: &Mistake) -> Self {
        Self { line: it.line, column: it.column, what: wrong(&it.what) }
    }
}

impl From<&Change> for ChangeView {
    fn from(it: &Change) -> Self {
        let effects = it.effects.iter().map(effect).collect();
        Self { line: it.line, kind: it.kind.code(), about: effect(&it.about), effects }
    }
}

fn preview_view(
    connection: &Connection,
    judged: &Result<Plan, Vec<Mistake>>,
    bytes: &[u8],
) -> Result<PreviewView, Trouble> {
    let (plan, mistakes) = match judged {
        Ok(plan) => (Some(plan), &[][..]),
        Err(mistakes) => (None, &mistakes[..]),
    };
    let changes = plan.map(Plan::changes).unwrap_or_default();
    let changes: Vec<&Change> = changes.iter().filter(|change| change.kind != Kind::Unchanged).collect();
    Ok(PreviewView {
        digest: plan.map(|plan| plan.digest(bytes)),
        tally: plan.map(Plan::tally).unwrap_or_default().into(),
        newcomers: plan.map_or(0, |plan| plan.newcomers().len()),
        recounted: plan.map_or(Ok(0), |plan| plan.recounted(connection))?,
        mistakes: mistakes.iter().take(MISTAKES_MAX).map(MistakeView::from).collect(),
        mistakes_left_out: mistakes.len().saturating_sub(MISTAKES_MAX),
        changes_left_out: changes.len().saturating_sub(CHANGES_MAX),
        changes: changes.into_iter().take(CHANGES_MAX).map(ChangeView::from).collect(),
    })
}

/// What the file would change, line by line, or its mistakes; nothing is written. An administrator sends rows of their own
/// division; policies and calendars one of a city.
#[utoipa::path(post, path = "/api/v1/imports/{kind}", operation_id = "previewImport", tag = "administration",
    security(("access" = [])), params(("kind" = String, Path, description = "roster, poor_villages, policy, calendar")),
    request_body(content = String, content_type = "application/octet-stream",
        description = "The file, 2 MiB at most: XLSX or CSV for roster and poor_villages, else JSON."),
    responses(
    (status = 200, description = "What it would change, or its mistakes.", body = PreviewView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "outside_scope, not_found, too_large"),
))]
pub async fn preview(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(kind): Named<String>,
    File(bytes): File,
) -> Result<Json<PreviewView>, Problem> {
    let kind = FileKind::from_code(&kind).ok_or(Refusal::NotFound)?;
    let sent = read(&app, caller, kind, bytes, String::new()).await?;
    let today = app.powers.now().date();
    let judged = app.store.read(move |connection| {
        let judged = sent::preview(connection, caller, kind, &sent.given, today)?;
        Ok(preview_view(connection, &judged, &sent.bytes)?)
    });
    Ok(Json(app.accounts.noted(caller, kind.code().to_owned(), judged.await).await?))
}

/// Reads what somebody sent who may. Files of thousands of rows take a while: beside the threads that serve, and as few at once
/// as passwords are hashed.
async fn read(app: &App, caller: Caller, kind: FileKind, bytes: Vec<u8>, digest: String) -> Result<Sent, Problem> {
    let today = app.powers.now().date();
    let admitted = app.store.read(move |connection| sent::admitted(connection, caller, kind, today).map(drop)).await;
    app.accounts.noted(caller, kind.code().to_owned(), admitted).await?;
    let reading = move || Sent { given: Given::read(kind, &bytes), kind, bytes, digest };
    Ok(app.accounts.hashing(reading).await?)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ApplyQuery {
    /// Of the preview that was read.
    pub digest: String,
}

#[derive(Serialize, ToSchema)]
pub struct FirstPasswordView {
    pub login: String,
    pub name: String,
    /// Shown once; nobody keeps it.
    pub first_password: String,
}

impl From<FirstPassword> for FirstPasswordView {
    fn from(first: FirstPassword) -> Self {
        let FirstPassword { login, name, password, .. } = first;
        Self { login, name, first_password: password }
    }
}

#[derive(Serialize, ToSchema)]
pub struct AppliedView {
    pub tally: TallyView,
    /// Of who got an account. Sent a second time, of those of them who have not used it: the ones before are void.
    pub first_passwords: Vec<FirstPasswordView>,
}

/// Write what was previewed, all of it or nothing. A second time there is nothing to write.
#[utoipa::path(post, path = "/api/v1/imports/{kind}/apply", operation_id = "applyImport", tag = "administration",
    security(("access" = [])), params(ApplyQuery, ("kind" = String, Path)),
    request_body(content = String, content_type = "application/octet-stream", description = "The same file."),
    responses(
    (status = 200, description = "It is written.", body = AppliedView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "outside_scope, not_found, too_large, import_changed: preview it again"),
))]
pub async fn apply(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(kind): Named<String>,
    Asked(ApplyQuery { digest }): Asked<ApplyQuery>,
    File(bytes): File,
) -> Result<Json<AppliedView>, Problem> {
    let kind = FileKind::from_code(&kind).ok_or(Refusal::NotFound)?;
    let sent = read(&app, caller, kind, bytes, digest).await?;
    let today = app.powers.now().date();
    // Asked first, so that nobody makes the server hash for nothing; asked again in the transaction.
    let ready = app.store.read(move |connection| {
        let ready = sent::ready(connection, caller, &sent, today)?;
        let owned = |(login, name): (&str, &str)| (login.to_owned(), name.to_owned());
        Ok((ready.newcomers().into_iter().map(owned).collect::<Vec<_>>(), sent))
    });
    let (newcomers, sent) = app.accounts.noted(caller, kind.code().to_owned(), ready.await).await?;
    let powers = app.powers.clone();
    let hashing = app.accounts.hashing(move || {
        let newcomers = newcomers.iter().map(|(login, name)| (login.as_str(), name.as_str()));
        roster::first_passwords(newcomers, &powers)
    });
    let passwords = hashing.await?;
    let (powers, handed) = (app.powers.clone(), passwords.clone());
    let done = app.store.write(move |tx| sent::apply(tx, caller, &sent, &handed, &powers));
    let Applied { tally, people } = done.await?;
    app.hint.scope_changed(&people);
    let first_passwords = passwords.into_iter().map(FirstPasswordView::from).collect();
    Ok(Json(AppliedView { tally: tally.into(), first_passwords }))
}

#[derive(Serialize, ToSchema)]
pub struct ImportedView {
    pub number: i64,
    /// roster, poor_villages, policy, calendar
    pub kind: String,
    #[schema(value_type = i64)]
    pub at_ms: Moment,
    /// Null: the command line.
    pub person: Option<PersonView>,
    /// The smallest division that holds all of it; null: the whole deployment.
    #[schema(value_type = Option<String>)]
    pub division: Option<DivisionCode>,
    pub division_name: String,
    pub added: i64,
    pub changed: i64,
    pub ended: i64,
    #[schema(value_type = Option<i64>)]
    pub undone_ms: Option<Moment>,
}

fn imported_view(connection: &Connection, it: Import) -> Result<ImportedView, Trouble> {
    let Import { number, kind, at, person: by, reach: division, added, changed, ended, undone } = it;
    let person = by.map(|id| person::find(connection, id)).transpose()?.flatten().map(PersonView::from);
    let unit = division.map(|code| division::find(connection, code)).transpose()?.flatten();
    let division_name = unit.map(|unit| unit.name).unwrap_or_default();
    let (at_ms, undone_ms) = (at, undone);
    Ok(ImportedView { number, kind, at_ms, person, division, division_name, added, changed, ended, undone_ms })
}

/// The latest imports that concern one's division, the latest first, 50 at most.
#[utoipa::path(get, path = "/api/v1/imported", operation_id = "listImported", tag = "administration",
    security(("access" = [])), responses(
    (status = 200, description = "The imports.", body = Vec<ImportedView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn list(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Json<Vec<ImportedView>>, Problem> {
    let today = app.powers.now().date();
    let listed = app.store.read(move |connection| {
        let imports = undo::listed(connection, caller, today)?.into_iter();
        Ok(imports.map(|it| imported_view(connection, it)).collect::<Result<Vec<_>, Trouble>>()?)
    });
    Ok(Json(app.accounts.noted(caller, String::new(), listed.await).await?))
}

#[derive(Serialize, ToSchema)]
pub struct UndoneView {
    /// False: nothing was put back.
    pub undone: bool,
    /// What stands against it, the first 200.
    pub hindrances: Vec<SentenceView>,
    pub hindrances_left_out: usize,
}

/// Undo an import, all of it or nothing: not what was changed since, nor what somebody has begun to use.
#[utoipa::path(post, path = "/api/v1/imported/{id}/undo", operation_id = "undoImport", tag = "administration",
    security(("access" = [])), params(("id" = i64, Path)), responses(
    (status = 200, description = "It is undone, or what stands against it.", body = UndoneView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "outside_scope, not_found"),
))]
pub async fn undo(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(number): Named<i64>,
) -> Result<Json<UndoneView>, Problem> {
    let (people, hindrances) = put_back(&app, caller, number).await?;
    app.hint.scope_changed(&people);
    Ok(Json(UndoneView {
        undone: hindrances.is_empty(),
        hindrances: hindrances.iter().take(MISTAKES_MAX).map(hindrance).collect(),
        hindrances_left_out: hindrances.len().saturating_sub(MISTAKES_MAX),
    }))
}

async fn put_back(
    app: &App,
    caller: Caller,
    number: i64,
) -> Result<(Vec<zhucun_core::id::PersonId>, Vec<Hindrance>), Problem> {
    let now = app.powers.now();
    let done = app.store.write(move |tx| undo::undo(tx, caller, number, now)).await;
    Ok(match app.accounts.noted(caller, String::new(), done).await? {
        Ok(people) => (people, Vec::new()),
        Err(hindrances) => (Vec::new(), hindrances),
    })
}
