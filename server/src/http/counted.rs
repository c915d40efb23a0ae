//! What the numbers of the roll-up were counted from: villages, first secretaries, the periods of one duty, entries and issues.
//! Whose, when and how far; nothing that anybody wrote and no household.
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::duty::{Account, DutyReason, DutyState};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::{EntryId, IssueId, TenureId};

use super::account::Inside;
use super::caller::SignedIn;
use super::part::Asked;
use super::roll_up::FigureView;
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::refusal::Refusal;
use crate::store::division::{self, PoorVillage};
use crate::store::read_model::issue::{self, IssueRow};
use crate::store::read_model::listed::{self, After, ListedEntry, Which};
use crate::store::read_model::{self, PostedRow};
use crate::store::tenure::Posted;
use crate::store::{Connection, Trouble, calendar, person, policy, tenure};

/// Rows of one answer, where there may be many.
const PAGE_MAX: u32 = 100;

/// A unit by its name, and the township that it lies in.
#[derive(Serialize, ToSchema)]
pub struct VillageView {
    #[schema(value_type = String)]
    pub village: DivisionCode,
    pub village_name: String,
    pub township_name: String,
}

fn village(connection: &Connection, code: DivisionCode) -> Result<VillageView, Trouble> {
    let name = |code: Option<DivisionCode>| -> Result<String, Trouble> {
        let found = code.map(|code| division::find(connection, code)).transpose()?.flatten();
        Ok(found.map(|division| division.name).unwrap_or_default())
    };
    Ok(VillageView { village: code, village_name: name(Some(code))?, township_name: name(code.parent())? })
}

/// A poor village and who is in post there.
#[derive(Serialize, ToSchema)]
pub struct PoorVillageView {
    #[serde(flatten)]
    pub village: VillageView,
    /// Since when it counts as poor: `2015-01-01`.
    pub from: String,
    /// The first secretaries in post today.
    pub incumbents: Vec<String>,
}

/// The villages inside a division that are poor today, by code.
#[utoipa::path(get, path = "/api/v1/roll-up/villages", operation_id = "listPoorVillages", tag = "desk",
    security(("access" = [])), params(Inside), responses(
    (status = 200, description = "The villages.", body = Vec<PoorVillageView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn villages(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(Inside { division }): Asked<Inside>,
) -> Result<Json<Vec<PoorVillageView>>, Problem> {
    app.accounts.may_read_figures(caller, division).await?;
    let now = app.powers.now();
    Ok(Json(app.store.read(move |connection| poor_villages(connection, division, now)).await?))
}

fn poor_villages(connection: &Connection, parent: DivisionCode, now: Moment) -> Result<Vec<PoorVillageView>, Trouble> {
    let today = now.date();
    let in_post = read_model::in_post(connection, parent, today)?;
    let is_poor = |it: &PoorVillage| it.from <= today && it.to.is_none_or(|to| today <= to);
    let view = |PoorVillage { code, from, .. }: PoorVillage| {
        let there = in_post.iter().filter(|tenure| tenure.division == code);
        let names = there.map(|tenure| Ok(person::find(connection, tenure.person)?.map(|it| it.name)));
        Ok(PoorVillageView {
            village: village(connection, code)?,
            from: from.to_string(),
            incumbents: names.collect::<Result<Vec<_>, Trouble>>()?.into_iter().flatten().collect(),
        })
    };
    let mut poor: Vec<PoorVillage> = division::poor_inside(connection, parent)?.into_iter().filter(is_poor).collect();
    poor.dedup_by_key(|it| it.code);
    poor.into_iter().map(view).collect()
}

/// A first secretary in post, with the figures that the roll-up adds up.
#[derive(Serialize, ToSchema)]
pub struct PostedView {
    #[schema(value_type = String)]
    pub tenure: TenureId,
    pub person: String,
    #[serde(flatten)]
    pub village: VillageView,
    /// `2015-09-16`
    pub arrived: String,
    /// The day it is planned to end.
    pub last_day: String,
    /// One for each of the seven kinds, in their order.
    pub duties: Vec<FigureView>,
}

impl From<PostedRow> for PostedView {
    fn from(PostedRow { posted, duties, .. }: PostedRow) -> Self {
        let Posted { tenure, about, township, village } = posted;
        let village = VillageView { village: village.code, village_name: village.name, township_name: township.name };
        Self {
            tenure: tenure.id,
            person: about.name,
            village,
            arrived: tenure.arrived.to_string(),
            last_day: tenure.last_day().to_string(),
            duties: EntryKind::DUTIES.into_iter().zip(duties).map(FigureView::from).collect(),
        }
    }
}

/// The first secretaries in post inside a division, by village and arrival.
#[utoipa::path(get, path = "/api/v1/roll-up/tenures", operation_id = "listPosted", tag = "desk",
    security(("access" = [])), params(Inside), responses(
    (status = 200, description = "The first secretaries.", body = Vec<PostedView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn tenures(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(Inside { division }): Asked<Inside>,
) -> Result<Json<Vec<PostedView>>, Problem> {
    app.accounts.may_read_figures(caller, division).await?;
    let (now, courses) = (app.powers.now(), app.store.courses());
    let rows = app.store.read(move |connection| read_model::posted(connection, &courses, division, now)).await?;
    Ok(Json(rows.into_iter().map(PostedView::from).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfTenure {
    #[param(value_type = String)]
    pub tenure: TenureId,
    /// One of the seven kinds.
    pub kind: String,
}

/// One period of a duty.
#[derive(Serialize, ToSchema)]
pub struct PeriodView {
    /// `2015-W38`, `2015-09`, `2015-Q4`, `2015-H2` or `tenure-year-1`.
    pub period: String,
    /// First and last day of the period.
    pub from: String,
    pub to: String,
    /// Why it is owed or not.
    #[schema(value_type = String)]
    pub reason: DutyReason,
    /// `not_owed`, `done`, `ahead`, `open` or `undone`.
    #[schema(value_type = String)]
    pub state: DutyState,
    /// The days of the entries that count.
    pub days: Vec<String>,
}

fn period(
    connection: &Connection,
    tenure: TenureId,
    Account { duty, state, entries }: Account,
) -> Result<PeriodView, Trouble> {
    let mut days = Vec::new();
    for credit in entries.iter().filter(|credit| credit.counts()) {
        days.extend(listed::day_of(connection, (tenure, credit.entry))?.map(|day| day.to_string()));
    }
    Ok(PeriodView {
        period: duty.period,
        from: duty.from.to_string(),
        to: duty.to.to_string(),
        reason: duty.reason,
        state,
        days,
    })
}

/// One duty of a first secretary: whose it is, and every period.
#[derive(Serialize, ToSchema)]
pub struct PeriodsView {
    pub person: String,
    #[serde(flatten)]
    pub village: VillageView,
    pub periods: Vec<PeriodView>,
}

/// The periods of one duty of a first secretary, as they stand today.
#[utoipa::path(get, path = "/api/v1/roll-up/periods", operation_id = "listPeriods", tag = "desk",
    security(("access" = [])), params(OfTenure), responses(
    (status = 200, description = "The periods, in their order.", body = PeriodsView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "not_found, outside_scope, malformed"),
))]
pub async fn periods(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(OfTenure { tenure: id, kind }): Asked<OfTenure>,
) -> Result<Json<PeriodsView>, Problem> {
    let at = EntryKind::DUTIES.into_iter().position(|duty| duty.code() == kind);
    let at = at.ok_or_else(|| Problem::malformed("`kind` is one of the seven kinds"))?;
    let found = app.store.read(move |connection| tenure::find(connection, id)).await?;
    let tenure = found.ok_or(Refusal::NotFound)?;
    app.accounts.may_read_figures(caller, tenure.division).await?;
    let today = app.powers.now().date();
    let view = app.store.read(move |connection| {
        let (calendar, policies) = (calendar::in_force(connection)?, policy::all(connection)?);
        let reckonings = read_model::reckonings(connection, &tenure, (&calendar, &policies), today)?;
        let accounts = reckonings.into_iter().nth(at).map(|reckoning| reckoning.accounts).unwrap_or_default();
        let Posted { about, tenure, .. } = tenure::posted(connection, tenure)?;
        Ok::<_, Trouble>(PeriodsView {
            person: about.name,
            village: village(connection, tenure.division)?,
            periods: accounts
                .into_iter()
                .map(|it| period(connection, tenure.id, it))
                .collect::<Result<_, Trouble>>()?,
        })
    });
    Ok(Json(view.await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfEntries {
    /// A code of 4, 6, 9 or 12 digits.
    #[param(value_type = String)]
    pub division: DivisionCode,
    /// `late` or `awaiting_review`.
    pub number: String,
    /// The last row that is known: its village, its day and its id; none of them for the first page.
    #[param(value_type = Option<String>)]
    pub after_village: Option<DivisionCode>,
    /// `2015-09-16`; empty where the row has none.
    #[serde(default)]
    pub after_day: String,
    #[param(value_type = Option<String>)]
    pub after: Option<EntryId>,
}

#[derive(Serialize, ToSchema)]
pub struct ListedEntryView {
    #[schema(value_type = String)]
    pub id: EntryId,
    #[schema(value_type = String)]
    pub tenure: TenureId,
    /// Whose it is.
    pub person: String,
    #[serde(flatten)]
    pub village: VillageView,
    pub kind: String,
    pub state: String,
    /// The day it is about.
    pub occurred_on: Option<String>,
    /// When its device made it, by the device's clock.
    pub made_ms: Option<i64>,
    pub received_ms: i64,
}

#[derive(Serialize, ToSchema)]
pub struct ListedEntriesView {
    pub rows: Vec<ListedEntryView>,
    /// There are further ones.
    pub more: bool,
}

/// The entries that a number of the roll-up counts, by village, day and id.
#[utoipa::path(get, path = "/api/v1/roll-up/entries", operation_id = "listCountedEntries", tag = "desk",
    security(("access" = [])), params(OfEntries), responses(
    (status = 200, description = "100 entries at most.", body = ListedEntriesView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope, malformed"),
))]
pub async fn entries(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(OfEntries { division, number, after_village, after_day, after }): Asked<OfEntries>,
) -> Result<Json<ListedEntriesView>, Problem> {
    let malformed = || Problem::malformed("`number` is `late` or `awaiting_review`");
    let which = Which::from_code(&number).ok_or_else(malformed)?;
    app.accounts.may_read_figures(caller, division).await?;
    let now = app.powers.now();
    let after = After { village: after_village, day: after_day, id: after.map(|id| id.0) };
    let found = app.store.read(move |connection| {
        let rows = listed::entries(connection, division, which, now, &after, PAGE_MAX + 1)?;
        rows.into_iter().map(|row| entry_view(connection, row)).collect::<Result<Vec<_>, Trouble>>()
    });
    let (rows, more) = page(found.await?);
    Ok(Json(ListedEntriesView { rows, more }))
}

fn entry_view(connection: &Connection, row: ListedEntry) -> Result<ListedEntryView, Trouble> {
    let ListedEntry { id, tenure, person, village: at, kind, state, occurred_on, made_at, received_at } = row;
    Ok(ListedEntryView {
        id,
        tenure,
        person,
        village: village(connection, at)?,
        kind,
        state,
        occurred_on: occurred_on.map(|day| day.to_string()),
        made_ms: made_at.map(|at| at.0),
        received_ms: received_at.0,
    })
}

/// One page, and whether there is another: one row more than there may be was asked for.
fn page<T>(mut rows: Vec<T>) -> (Vec<T>, bool) {
    let more = rows.len() > PAGE_MAX as usize;
    rows.truncate(PAGE_MAX as usize);
    (rows, more)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfIssues {
    /// A code of 4, 6, 9 or 12 digits.
    #[param(value_type = String)]
    pub division: DivisionCode,
    /// Those that have come to an end, rather than those that go on.
    #[serde(default)]
    pub ended: bool,
    /// The last row that is known: its village, its day and its id; none of them for the first page.
    #[param(value_type = Option<String>)]
    pub after_village: Option<DivisionCode>,
    /// `2015-09-16`; empty where the row has none.
    #[serde(default)]
    pub after_day: String,
    #[param(value_type = Option<String>)]
    pub after: Option<IssueId>,
}

#[derive(Serialize, ToSchema)]
pub struct ListedIssueView {
    #[schema(value_type = String)]
    pub id: IssueId,
    #[serde(flatten)]
    pub village: VillageView,
    pub category: String,
    pub level: String,
    pub state: String,
    /// By the clock of the device that raised it.
    pub raised_on: Option<String>,
    pub closed_on: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ListedIssuesView {
    pub rows: Vec<ListedIssueView>,
    /// There are further ones.
    pub more: bool,
}

/// The issues that a number of the roll-up counts, by village, day and id.
#[utoipa::path(get, path = "/api/v1/roll-up/issues", operation_id = "listCountedIssues", tag = "desk",
    security(("access" = [])), params(OfIssues), responses(
    (status = 200, description = "100 issues at most.", body = ListedIssuesView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn issues(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(OfIssues { division, ended, after_village, after_day, after }): Asked<OfIssues>,
) -> Result<Json<ListedIssuesView>, Problem> {
    app.accounts.may_read_figures(caller, division).await?;
    let after = After { village: after_village, day: after_day, id: after.map(|id| id.0) };
    let found = app.store.read(move |connection| {
        let rows = issue::issues(connection, division, ended, &after, PAGE_MAX + 1)?;
        rows.into_iter().map(|row| issue_view(connection, row)).collect::<Result<Vec<_>, Trouble>>()
    });
    let (rows, more) = page(found.await?);
    Ok(Json(ListedIssuesView { rows, more }))
}

fn issue_view(connection: &Connection, row: IssueRow) -> Result<ListedIssueView, Trouble> {
    let IssueRow { village: at, id, raised_on, category, level, state, closed_on } = row;
    Ok(ListedIssueView {
        id,
        village: village(connection, at)?,
        category,
        level,
        state,
        raised_on: raised_on.map(|day| day.to_string()),
        closed_on: closed_on.map(|day| day.to_string()),
    })
}
