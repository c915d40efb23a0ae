//! The measures 2 to 8 at the desk: how far they are, what each number was counted from, and what counties and the city record
//! themselves. Townships record on their phones.
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zhucun_core::contract::{Command, Outcome, ProgrammeView, RecordView};
use zhucun_core::division::DivisionCode;
use zhucun_core::id::RecordId;
use zhucun_core::programme::{INDICATOR, Indicator, PROGRAMME, RecordKind, Unit};
use zhucun_core::shown;

use super::account::Inside;
use super::caller::SignedIn;
use super::part::{Asked, Body};
use crate::access::Names;
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::store::progress::{self, Amount, Counted, Progress, Subject, Target};
use crate::store::{Connection, Trouble, division};
use crate::sync::desk;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfYear {
    /// A code of 4, 6, 9 or 12 digits.
    #[param(value_type = String)]
    pub division: DivisionCode,
    /// From 2000 to 2100.
    pub year: i16,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfIndicator {
    /// A code of 4, 6, 9 or 12 digits.
    #[param(value_type = String)]
    pub division: DivisionCode,
    /// From 2000 to 2100.
    pub year: i16,
    /// As in `ProgressView`; none of those that are of one of the seven ones.
    #[param(value_type = String)]
    pub indicator: Indicator,
}

#[derive(Serialize, ToSchema)]
pub struct AmountView {
    pub number: i64,
    /// Of how many it is, where that is known.
    pub of: Option<i64>,
    /// Of the number, in poor villages.
    pub poor: Option<i64>,
}

impl From<Amount> for AmountView {
    fn from(Amount { number, of, poor }: Amount) -> Self {
        AmountView { number, of, poor }
    }
}

#[derive(Serialize, ToSchema)]
pub struct TargetView {
    pub value: i64,
    pub first_year: i64,
    pub last_year: i64,
    /// In each of the years, rather than in all of them together.
    pub each_year: bool,
}

/// One indicator of a unit in a year.
#[derive(Serialize, ToSchema)]
pub struct ProgressView {
    /// The measure 措施 of the plan, 1 to 8.
    pub measure: u8,
    /// The code of the indicator; of the seven ones the kind of entry.
    pub indicator: &'static str,
    /// `person`, `person_time`, `village`, `township` or `item`; `duty` for the seven ones.
    pub unit: &'static str,
    /// What the unit itself set.
    pub target: Option<TargetView>,
    /// In the year, or at its end; nothing where records bear no day.
    pub current: Option<AmountView>,
    pub cumulative: Option<AmountView>,
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        let (measure, indicator, unit) = match progress.subject {
            Subject::Indicator(indicator) => (indicator.measure(), indicator.code(), unit(indicator.unit())),
            Subject::Duty(kind) => (1, kind.code(), "duty"),
        };
        let target =
            |Target { value, first_year, last_year, each_year }| TargetView { value, first_year, last_year, each_year };
        ProgressView {
            measure,
            indicator,
            unit,
            target: progress.target.map(target),
            current: progress.current.map(AmountView::from),
            cumulative: progress.cumulative.map(AmountView::from),
        }
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Person => "person",
        Unit::PersonTime => "person_time",
        Unit::Village => "village",
        Unit::Township => "township",
        Unit::Item => "item",
    }
}

/// How far the eight measures are in a unit and a year, by measure.
#[utoipa::path(get, path = "/api/v1/programme/progress", operation_id = "showProgress", tag = "desk",
    security(("access" = [])), params(OfYear), responses(
    (status = 200, description = "The indicators.", body = Vec<ProgressView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope, malformed"),
))]
pub async fn progress(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(OfYear { division, year }): Asked<OfYear>,
) -> Result<Json<Vec<ProgressView>>, Problem> {
    app.accounts.may_read_figures(caller, division).await?;
    let (year, now, courses) = (checked(year)?, app.powers.now(), app.store.courses());
    let rows = app.store.read(move |connection| progress::of_unit(connection, &courses, division, year, now)).await?;
    Ok(Json(rows.into_iter().map(ProgressView::from).collect()))
}

fn checked(year: i16) -> Result<i16, Problem> {
    let (first, last) = progress::YEARS;
    let malformed = || Problem::malformed(format!("`year` is one from {first} to {last}"));
    Some(year).filter(|year| (first..=last).contains(year)).ok_or_else(malformed)
}

/// A record that an indicator was counted from.
#[derive(Serialize, ToSchema)]
pub struct CountedView {
    #[schema(value_type = String)]
    pub record: RecordId,
    /// Who recorded it.
    #[schema(value_type = String)]
    pub unit: DivisionCode,
    pub unit_name: String,
    /// `science_head`, `exchange`, `village_official`, `session`, `leader` or `figure`.
    pub kind: &'static str,
    /// A name, of villagers masked above the township, or what a session was about; empty for figures.
    pub title: String,
    /// The kind of training, or the indicator of a figure.
    pub of: String,
    /// `2015-10-08`; of figures months.
    pub first: String,
    pub last: String,
    /// Where it is, by name.
    pub place: String,
    /// What it is to the number.
    pub amount: i64,
    /// In the year asked for, rather than before it.
    pub in_year: bool,
}

/// What a number was counted from, the newest first.
#[utoipa::path(get, path = "/api/v1/programme/counted", operation_id = "listCounted", tag = "desk",
    security(("access" = [])), params(OfIndicator), responses(
    (status = 200, description = "The records.", body = Vec<CountedView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope, malformed"),
))]
pub async fn counted(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(OfIndicator { division, year, indicator }): Asked<OfIndicator>,
) -> Result<Json<Vec<CountedView>>, Problem> {
    let names = app.accounts.may_read_figures(caller, division).await?;
    let (year, today) = (checked(year)?, app.powers.now().date());
    let views = app
        .store
        .read(move |connection| -> Result<Vec<CountedView>, Trouble> {
            let counted = progress::counted_from(connection, division, indicator, (year, today))?;
            counted.into_iter().map(|counted| view(connection, names, counted)).collect()
        })
        .await?;
    Ok(Json(views))
}

fn view(
    connection: &Connection,
    names: Names,
    Counted { item, amount, in_year }: Counted,
) -> Result<CountedView, Trouble> {
    let name = |code: Option<DivisionCode>| -> Result<String, Trouble> {
        let found = code.map(|code| division::find(connection, code)).transpose()?.flatten();
        Ok(found.map(|division| division.name).unwrap_or_default())
    };
    // A leader is a villager; who is posted or exchanged is a cadre.
    let title = match item.kind {
        RecordKind::Leader => names.of_household(item.title()),
        _ => item.title().to_owned(),
    };
    let (first, last) = shown::days(&item);
    Ok(CountedView {
        record: item.id,
        unit: item.unit,
        unit_name: name(Some(item.unit))?,
        kind: item.kind.code(),
        title,
        of: item.text(if item.kind == RecordKind::Session { PROGRAMME } else { INDICATOR }).to_owned(),
        first,
        last,
        place: name(item.place())?,
        amount,
        in_year,
    })
}

/// Of the core's contract: `ProgrammeView`.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
#[serde(transparent)]
pub struct OwnRecords(ProgrammeView);

/// What a county or the city recorded itself.
#[utoipa::path(get, path = "/api/v1/programme/records", operation_id = "listRecords", tag = "desk",
    security(("access" = [])), params(Inside), responses(
    (status = 200, description = "The records, by kind.", body = OwnRecords),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn list(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(Inside { division }): Asked<Inside>,
) -> Result<Json<OwnRecords>, Problem> {
    let now = app.powers.now();
    let view = app.store.read(move |connection| desk::programme(connection, caller, division, now)).await?;
    Ok(Json(OwnRecords(view)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OneRecord {
    /// The county or the city.
    #[param(value_type = String)]
    pub division: DivisionCode,
    /// As in `CountedView`, or `target`.
    #[param(value_type = String)]
    pub kind: RecordKind,
    /// Absent for the form of a new one.
    #[param(value_type = Option<String>)]
    pub record: Option<RecordId>,
}

/// Of the core's contract: `RecordView`.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
#[serde(transparent)]
pub struct OwnRecord(RecordView);

/// One record of a county or the city with all that was ever written of it, or the form of a new one.
#[utoipa::path(get, path = "/api/v1/programme/record", operation_id = "showRecord", tag = "desk",
    security(("access" = [])), params(OneRecord), responses(
    (status = 200, description = "The record.", body = OwnRecord),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope, not_found"),
))]
pub async fn show(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(OneRecord { division: unit, kind, record }): Asked<OneRecord>,
) -> Result<Json<OwnRecord>, Problem> {
    let (now, wanted) = (app.powers.now(), (record, kind));
    let view = app.store.read(move |connection| desk::record(connection, caller, unit, wanted, now)).await?;
    Ok(Json(OwnRecord(view)))
}

/// Of the core's contract: `Command`, of those the two that write records.
#[derive(Deserialize, ToSchema)]
#[schema(value_type = Object)]
#[serde(transparent)]
pub struct RecordCommand(Command);

/// Of the core's contract: `Outcome`.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
#[serde(transparent)]
pub struct RecordOutcome(Outcome);

/// Write a record of a county or the city down, amend it, or take it out: `write_record` with the id that the page gave it, or
/// `void_record`. What is wrong with its fields stands in the outcome, and nothing is written then.
#[utoipa::path(post, path = "/api/v1/programme/commands", operation_id = "writeRecord", tag = "desk",
    security(("access" = [])), request_body = RecordCommand, responses(
    (status = 200, description = "What became of it.", body = RecordOutcome),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
        description = "outside_scope, not_found, malformed"),
))]
pub async fn write(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Body(RecordCommand(command)): Body<RecordCommand>,
) -> Result<Json<RecordOutcome>, Problem> {
    Ok(Json(RecordOutcome(desk::tell(&app, caller, command).await?)))
}
