//! Exports over HTTP: a table as a file, for whoever may read the figures of the unit. That it was made stands in the audit
//! log before anybody has it.
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use zhucun_core::division::DivisionCode;
use zhucun_core::field::first_of_month;

use super::caller::SignedIn;
use super::part::{Asked, Named};
use crate::access::Names;
use crate::accounts::Caller;
use crate::app::App;
use crate::export::{self, Span, TableKind, Wish, xlsx};
use crate::problem::{Problem, ProblemBody};
use crate::store::audit::{self, Deed};
use crate::store::visit::Days;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// A code of 4, 6, 9 or 12 digits; of a township or a village for `visits`, `issues`, `leaves`, `monthly` and
    /// `reports`, of a city or a county for `incumbents`.
    #[param(value_type = String)]
    pub inside: DivisionCode,
    /// The first day, `2015-09-16`; for `visits`, `issues`, `leaves` and `reports`. Empty or absent: without bound.
    #[serde(default)]
    pub from: String,
    /// The last day.
    #[serde(default)]
    pub to: String,
    /// The month of `monthly`, `2015-09`; it has begun.
    #[serde(default)]
    pub month: String,
    /// The year of `progress`, `training` and `rotation`, from 2000 to this one; this one if it is absent.
    #[serde(default)]
    pub year: Option<i16>,
}

/// A workbook.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "stands for bytes in the description")]
pub struct Workbook(Vec<u8>);

/// A table as XLSX, with the numbers of this moment: `duties`, `roll-up`, `visits`, `issues`, `leaves`, `postings`,
/// `assessments`, `monthly`, `reports`, `incumbents`, or of the measures `progress`, `training`, `rotation`, `science-heads` or
/// `officials`.
#[utoipa::path(get, path = "/api/v1/exports/{table}", operation_id = "exportTable", tag = "desk",
    security(("access" = [])), params(("table" = String, Path), ExportQuery), responses(
    (status = 200, description = "The workbook.", body = Workbook,
     content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "outside_scope, not_found, malformed, export_too_long"),
))]
pub async fn make(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(kind): Named<TableKind>,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, Problem> {
    let days = Days { from: day("from", &query.from)?, to: day("to", &query.to)? };
    let no_month = || Problem::malformed("`month` is a month like 2015-09");
    let month = match query.month.as_str() {
        "" => None,
        month => Some(first_of_month(month).ok_or_else(no_month)?),
    };
    let (inside, now) = (query.inside, app.powers.now());
    let names = app.accounts.may_read_figures(caller, inside).await?;
    let wish =
        Wish::new(kind, inside, Span { days, month, year: query.year }, now.date()).map_err(Problem::malformed)?;
    let courses = app.store.courses();
    let table = app.store.read(move |connection| export::make(connection, &courses, wish, names, now)).await?;
    let (title, rows) = (table.heading.title.clone(), table.rows.len());
    let file = tokio::task::spawn_blocking(move || xlsx::write(&table, now)).await.map_err(|_| Problem::bug())?;
    note(&app, caller, (inside, wish), names, rows).await?;
    let (latin, name) = (format!("{}.xlsx", kind.code()), format!("{title}_{}.xlsx", now.date()));
    Ok(sent(file, xlsx::MEDIA_TYPE, [&latin, &name]))
}

/// A file to be saved under a name in Latin letters or, where that is known, in Chinese.
pub(super) fn sent(file: Vec<u8>, media_type: &'static str, [latin, name]: [&str; 2]) -> Response {
    let disposition = HeaderValue::from_str(&disposition(latin, name)).expect("letters and percent signs");
    let kind = HeaderValue::from_static(media_type);
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], file).into_response()
}

pub(super) fn day<D: std::str::FromStr>(name: &str, text: &str) -> Result<Option<D>, Problem> {
    let malformed = |_| Problem::malformed(format!("`{name}` is a day like 2015-09-16"));
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(malformed) }
}

async fn note(
    app: &App,
    caller: Caller,
    (inside, wish): (DivisionCode, Wish),
    names: Names,
    rows: usize,
) -> Result<(), Problem> {
    let names = match names {
        Names::Whole => "",
        Names::Masked => " masked",
    };
    let deed = Deed {
        at: app.powers.now(),
        person: Some(caller.person),
        device: Some(caller.device),
        action: "export.made",
        subject: inside.to_string(),
        detail: format!("{wish} {rows} rows{names}"),
    };
    Ok(app.store.write(move |tx| audit::append(tx, &deed)).await?)
}

/// The name in Chinese for browsers that read RFC 5987, which all of the floor do, and one in letters for the rest.
fn disposition(latin: &str, name: &str) -> String {
    let encoded: String = name.bytes().map(encoded).collect();
    format!("attachment; filename=\"{latin}\"; filename*=UTF-8''{encoded}")
}

fn encoded(byte: u8) -> String {
    let plain = byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_in_chinese_travels_as_rfc_5987_says() {
        assert_eq!(
            disposition("roll-up.xlsx", "某县\"a\r\n/b_2015-11-30.xlsx"),
            "attachment; filename=\"roll-up.xlsx\"; \
             filename*=UTF-8''%E6%9F%90%E5%8E%BF%22a%0D%0A%2Fb_2015-11-30.xlsx"
        );
    }
}
