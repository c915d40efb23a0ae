//! Assessments at the desk: who was assessed in a unit, one tenure with its facts, and what the township and the county write.
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zhucun_core::assessment::{AssessmentKind, Grade, GrassrootsCredit, OPINION_CHARS_MAX, VOTES_MAX};
use zhucun_core::division::DivisionCode;
use zhucun_core::entry::EntryKind;
use zhucun_core::id::TenureId;

use super::account::Inside;
use super::caller::SignedIn;
use super::export::sent;
use super::part::{Asked, Body, Named};
use super::roll_up::FigureView;
use crate::accounts::Caller;
use crate::app::App;
use crate::assessment::{self, MayWrite, PartDraft};
use crate::export::form::Form;
use crate::export::{self, docx};
use crate::problem::{Problem, ProblemBody};
use crate::refusal::Refusal;
use crate::store::Fault;
use crate::store::assessment::{
    self as store, Asked as Required, Assessee, Assessment, Facts, Part, Present, Sheet, Writing, Written,
};
use crate::store::audit::{self, Deed};
use crate::store::person::Particulars;
use crate::store::tenure::Posted;

/// A first secretary, and what the county has said so far.
#[derive(Serialize, ToSchema)]
pub struct AssesseeView {
    #[schema(value_type = String)]
    pub tenure: TenureId,
    pub person: String,
    #[schema(value_type = String)]
    pub village: DivisionCode,
    pub village_name: String,
    /// `2015-09-16`
    pub arrived: String,
    /// The day it ended or is planned to.
    pub last_day: String,
    /// The assessments that have a grade.
    pub grades: Vec<GradeView>,
}

#[derive(Serialize, ToSchema)]
pub struct GradeView {
    /// `half_year`, `annual` or `term_end`.
    pub kind: &'static str,
    /// `2015-H2`, `2015`; `term` at the end.
    pub period: String,
    /// `excellent`, `competent`, `basic` or `failing`.
    pub grade: &'static str,
}

fn assessee(Assessee { posted, written }: Assessee) -> AssesseeView {
    let Posted { tenure, about, village, .. } = posted;
    let grade = |it: Writing| match it.part {
        Part::County { grade: Some(grade), .. } => {
            Some(GradeView { kind: it.kind.code(), period: it.period, grade: grade.code() })
        }
        _ => None,
    };
    AssesseeView {
        tenure: tenure.id,
        person: about.name,
        village: tenure.division,
        village_name: village.name,
        arrived: tenure.arrived.to_string(),
        last_day: tenure.last_day().to_string(),
        grades: written.into_iter().filter_map(grade).collect(),
    }
}

/// The assessments of one tenure.
#[derive(Serialize, ToSchema)]
pub struct SheetView {
    pub person: String,
    pub sex: String,
    /// `1984-03`
    pub birth_month: String,
    pub party: String,
    pub rank: String,
    /// The sending unit and the post there.
    pub unit: String,
    #[schema(value_type = String)]
    pub village: DivisionCode,
    pub village_name: String,
    pub arrived: String,
    pub last_day: String,
    pub assessments: Vec<AssessmentView>,
    /// The caller writes for the township.
    pub writes_township: bool,
    /// The caller writes for the county.
    pub writes_county: bool,
}

#[derive(Serialize, ToSchema)]
pub struct AssessmentView {
    /// `half_year`, `annual` or `term_end`.
    pub kind: &'static str,
    /// `2015-H2`, `2015`; `term` at the end.
    pub period: String,
    /// The days that its facts are of.
    pub from: String,
    pub to: String,
    /// One for each of the seven kinds, in their order.
    pub duties: Vec<FigureView>,
    /// Calendar days of approved leave.
    pub leave_days: u32,
    /// Calendar days of absence on duty.
    pub duty_days: u32,
    /// Null while the log is damaged and no phone has given it back.
    pub present: Option<PresentView>,
    pub township: Option<TownshipPartView>,
    pub county: Option<CountyPartView>,
}

/// Days in the village, beside what the policy asks for.
#[derive(Serialize, ToSchema)]
pub struct PresentView {
    /// Calendar months that lie in the days so far, in whole or in part.
    pub months: u32,
    /// Of those, the ones that were declared, and the ones that the township confirmed.
    pub declared_months: u32,
    pub confirmed_months: u32,
    pub declared_days: u32,
    pub confirmed_days: u32,
    /// Calendar days of approved absence that counts as presence.
    pub counted_days: u32,
    /// What is asked for: days `a_month` or `a_year`, or `of_working_days`, two thirds of them in the days so far.
    pub rule: &'static str,
    pub asked_days: u32,
}

impl From<Present> for PresentView {
    fn from(present: Present) -> Self {
        let Present { months, declared_months, confirmed_months, declared_days, confirmed_days, counted_days, asked } =
            present;
        let (rule, asked_days) = match asked {
            Required::AMonth(days) => ("a_month", days),
            Required::AYear(days) => ("a_year", days),
            Required::OfWorkingDays(days) => ("of_working_days", days),
        };
        Self {
            months,
            declared_months,
            confirmed_months,
            declared_days,
            confirmed_days,
            counted_days,
            rule,
            asked_days,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct TownshipPartView {
    /// What the next writing is bound to.
    pub number: u32,
    pub opinion: String,
    /// How many voted excellent, competent, basic, failing.
    pub votes: Option<[u32; 4]>,
    pub by: String,
    pub at_ms: i64,
}

#[derive(Serialize, ToSchema)]
pub struct CountyPartView {
    /// What the next writing is bound to.
    pub number: u32,
    pub opinion: String,
    /// `excellent`, `competent`, `basic` or `failing`.
    pub grade: Option<&'static str>,
    /// At the end of a term: `yes`, `no` or `pending`.
    pub credit: Option<&'static str>,
    pub by: String,
    pub at_ms: i64,
}

impl From<Assessment> for AssessmentView {
    fn from(Assessment { of, facts, township, county }: Assessment) -> Self {
        let Facts { duties, leave_days, duty_days, present } = facts;
        Self {
            kind: of.kind.code(),
            period: of.period,
            from: of.from.to_string(),
            to: of.to.to_string(),
            duties: EntryKind::DUTIES.into_iter().zip(duties).map(FigureView::from).collect(),
            leave_days,
            duty_days,
            present: present.map(PresentView::from),
            township: township.and_then(township_part),
            county: county.and_then(county_part),
        }
    }
}

fn township_part(Written { writing, by }: Written) -> Option<TownshipPartView> {
    let Part::Township { opinion, votes } = writing.part else { return None };
    Some(TownshipPartView { number: writing.number, opinion, votes, by, at_ms: writing.at.0 })
}

fn county_part(Written { writing, by }: Written) -> Option<CountyPartView> {
    let Part::County { opinion, grade, credit } = writing.part else { return None };
    let (grade, credit) = (grade.map(Grade::code), credit.map(GrassrootsCredit::code));
    Some(CountyPartView { number: writing.number, opinion, grade, credit, by, at_ms: writing.at.0 })
}

impl SheetView {
    fn new(Sheet { posted, assessments }: Sheet, may_write: MayWrite) -> Self {
        let Posted { tenure, about, village, .. } = posted;
        let Particulars { name, sex, birth_month, party, rank, unit } = about;
        Self {
            person: name,
            sex,
            birth_month,
            party,
            rank,
            unit,
            village: tenure.division,
            village_name: village.name,
            arrived: tenure.arrived.to_string(),
            last_day: tenure.last_day().to_string(),
            assessments: assessments.into_iter().map(AssessmentView::from).collect(),
            writes_township: may_write.township,
            writes_county: may_write.county,
        }
    }
}

/// The first secretaries inside a division, in post or not, with their grades, by village and arrival.
#[utoipa::path(get, path = "/api/v1/assessments", operation_id = "listAssessments", tag = "desk",
    security(("access" = [])), params(Inside), responses(
    (status = 200, description = "The first secretaries.", body = Vec<AssesseeView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "outside_scope"),
))]
pub async fn list(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Asked(inside): Asked<Inside>,
) -> Result<Json<Vec<AssesseeView>>, Problem> {
    app.accounts.may_read_figures(caller, inside.division).await?;
    let now = app.powers.now();
    let rows = app.store.read(move |connection| store::inside(connection, inside.division, now)).await?;
    Ok(Json(rows.into_iter().map(assessee).collect()))
}

/// One tenure with its assessments, for its holder and for whoever may read the figures of its village.
#[utoipa::path(get, path = "/api/v1/assessments/{tenure}", operation_id = "showAssessments", tag = "desk",
    security(("access" = [])), params(("tenure" = String, Path)), responses(
    (status = 200, description = "The assessments that it may have by now.", body = SheetView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "not_found"),
))]
pub async fn show(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(tenure): Named<TenureId>,
) -> Result<Json<SheetView>, Problem> {
    let now = app.powers.now();
    let read = move |connection: &_| assessment::sheet(connection, caller, tenure, now);
    let (sheet, may_write) = app.store.read(read).await?;
    Ok(Json(SheetView::new(sheet, may_write)))
}

#[derive(Deserialize, ToSchema)]
pub struct TownshipPartDraft {
    /// The number that was read; 0 where nothing was written.
    pub number: u32,
    /// 1,000 characters at most.
    pub opinion: String,
    /// How many voted excellent, competent, basic, failing; 9,999 at most.
    pub votes: Option<[u32; 4]>,
}

#[derive(Deserialize, ToSchema)]
pub struct CountyPartDraft {
    /// The number that was read; 0 where nothing was written.
    pub number: u32,
    /// 1,000 characters at most.
    pub opinion: String,
    /// `excellent`, `competent`, `basic` or `failing`.
    pub grade: Option<String>,
    /// `yes`, `no` or `pending`; at the end of a term only.
    pub credit: Option<String>,
}

/// A document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "stands for bytes in the description")]
pub struct DocumentFile(Vec<u8>);

/// The form 考核登记表 of one assessment as DOCX, with the facts of this moment. That it was made stands in the audit log.
#[utoipa::path(get, path = "/api/v1/assessments/{tenure}/{kind}/{period}/form",
    operation_id = "exportAssessmentForm", tag = "desk", security(("access" = [])),
    params(("tenure" = String, Path), ("kind" = String, Path), ("period" = String, Path)), responses(
    (status = 200, description = "The document.", body = DocumentFile,
     content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "not_found"),
))]
pub async fn form(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    path: Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let (tenure, kind, period) = named(path)?;
    let now = app.powers.now();
    let detail = format!("assessment-form {} {period}", kind.code());
    let read = move |connection: &_| -> Result<Form, Fault<Refusal>> {
        let (sheet, _) = assessment::sheet(connection, caller, tenure, now)?;
        let words = export::words(connection, now)?;
        Ok(export::assessment::form(&sheet, kind, &period, words, now).ok_or(Refusal::NotFound)?)
    };
    let form = app.store.read(read).await?;
    let name = format!("{}_{}.docx", form.title, now.date());
    let file = tokio::task::spawn_blocking(move || docx::write(&form)).await.map_err(|_| Problem::bug())?;
    let deed = Deed {
        at: now,
        person: Some(caller.person),
        device: Some(caller.device),
        action: "export.made",
        subject: tenure.to_string(),
        detail,
    };
    app.store.write(move |tx| audit::append(tx, &deed)).await?;
    Ok(sent(file, docx::MEDIA_TYPE, ["assessment.docx", &name]))
}

#[derive(Serialize, ToSchema)]
pub struct NumberView {
    /// What the next writing is bound to.
    pub number: u32,
}

/// What the township writes. Earlier writings are kept.
#[utoipa::path(put, path = "/api/v1/assessments/{tenure}/{kind}/{period}/township",
    operation_id = "writeTownshipAssessment", tag = "desk", security(("access" = [])),
    request_body = TownshipPartDraft,
    params(("tenure" = String, Path), ("kind" = String, Path), ("period" = String, Path)), responses(
    (status = 200, description = "It is written.", body = NumberView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
        description = "not_found, version_changed, malformed"),
))]
pub async fn write_township(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    path: Path<(String, String, String)>,
    Body(draft): Body<TownshipPartDraft>,
) -> Result<Json<NumberView>, Problem> {
    let TownshipPartDraft { number, opinion, votes } = draft;
    write(&app, caller, path, number, Part::Township { opinion: opinion.trim().to_owned(), votes }).await
}

/// What the county writes. Earlier writings are kept.
#[utoipa::path(put, path = "/api/v1/assessments/{tenure}/{kind}/{period}/county",
    operation_id = "writeCountyAssessment", tag = "desk", security(("access" = [])),
    request_body = CountyPartDraft,
    params(("tenure" = String, Path), ("kind" = String, Path), ("period" = String, Path)), responses(
    (status = 200, description = "It is written.", body = NumberView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
        description = "not_found, version_changed, malformed"),
))]
pub async fn write_county(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    path: Path<(String, String, String)>,
    Body(draft): Body<CountyPartDraft>,
) -> Result<Json<NumberView>, Problem> {
    let CountyPartDraft { number, opinion, grade, credit } = draft;
    let grade = coded("grade", grade, Grade::from_code)?;
    let credit = coded("credit", credit, GrassrootsCredit::from_code)?;
    write(&app, caller, path, number, Part::County { opinion: opinion.trim().to_owned(), grade, credit }).await
}

fn coded<T>(name: &str, text: Option<String>, read: fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    match text {
        None => Ok(None),
        Some(text) => {
            let fault = || Problem::malformed(format!("`{name}` is none of the words that it may be"));
            read(&text).map(Some).ok_or_else(fault)
        }
    }
}

/// A name that cannot be one names nothing.
fn named(
    Path((tenure, kind, period)): Path<(String, String, String)>,
) -> Result<(TenureId, AssessmentKind, String), Refusal> {
    let tenure: TenureId = tenure.parse().map_err(|_| Refusal::NotFound)?;
    Ok((tenure, AssessmentKind::from_code(&kind).ok_or(Refusal::NotFound)?, period))
}

async fn write(
    app: &App,
    caller: Caller,
    path: Path<(String, String, String)>,
    read: u32,
    part: Part,
) -> Result<Json<NumberView>, Problem> {
    let (tenure, kind, period) = named(path)?;
    let draft = PartDraft::new(part, kind).ok_or_else(|| {
        Problem::malformed(format!(
            "an opinion has {OPINION_CHARS_MAX} characters at most, a grade {VOTES_MAX} votes, and credit is given at the \
             end of a term"
        ))
    })?;
    let number = assessment::write(app, caller, tenure, (kind, period), draft, read).await?;
    Ok(Json(NumberView { number }))
}
