//! The archive 个人工作纪实档案 of a tenure as a document.
use axum::extract::State;
use axum::response::Response;
use zhucun_core::id::TenureId;

use super::assessment::DocumentFile;
use super::caller::SignedIn;
use super::export::sent;
use super::part::Named;
use crate::access::Names;
use crate::app::App;
use crate::archive::readable;
use crate::export::form::Form;
use crate::export::{self, docx};
use crate::problem::{Problem, ProblemBody};
use crate::refusal::Refusal;
use crate::store::audit::{self, Deed};
use crate::store::{Fault, archive};

/// All that was logged in a tenure as DOCX, for its holder and for whoever may read the figures of its village; above the
/// township names of households are masked and nobody's words are told. That it was made stands in the audit log.
#[utoipa::path(get, path = "/api/v1/tenures/{tenure}/archive", operation_id = "exportArchive", tag = "desk",
    security(("access" = [])), params(("tenure" = String, Path)), responses(
    (status = 200, description = "The document.", body = DocumentFile,
     content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
     description = "not_found, export_too_long"),
))]
pub async fn make(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(id): Named<TenureId>,
) -> Result<Response, Problem> {
    let now = app.powers.now();
    let read = move |connection: &_| -> Result<(Form, usize, String, Names), Fault<Refusal>> {
        let (tenure, names) = readable(connection, caller, id, now)?;
        let archive = archive::of_tenure(connection, &tenure, now)?.ok_or(Refusal::NotFound)?;
        let form = export::archive::form(&archive, names, export::words(connection, now)?, now)?;
        Ok((form, archive.entries.len(), archive.posted.about.name, names))
    };
    let (form, entries, person, names) = app.store.read(read).await?;
    let name = format!("{}_{person}_{}.docx", form.title, now.date());
    let file = tokio::task::spawn_blocking(move || docx::write(&form)).await.map_err(|_| Problem::bug())?;
    let masked = if names == Names::Masked { " masked" } else { "" };
    let deed = Deed {
        at: now,
        person: Some(caller.person),
        device: Some(caller.device),
        action: "export.made",
        subject: id.to_string(),
        detail: format!("archive {entries} entries{masked}"),
    };
    app.store.write(move |tx| audit::append(tx, &deed)).await?;
    Ok(sent(file, docx::MEDIA_TYPE, ["archive.docx", &name]))
}
