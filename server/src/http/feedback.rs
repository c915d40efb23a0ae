//! Feedback: everybody writes and reads their own; counties and the city read what they own, and answer.
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use zhucun_core::clock::Moment;

use super::caller::SignedIn;
use super::part::{Body, Named};
use crate::app::App;
use crate::feedback::{self, Shown, TEXT_CHARS_MAX, Words};
use crate::problem::{Problem, ProblemBody};
use crate::store::feedback::Reply;

#[derive(Serialize, ToSchema)]
pub struct FeedbackView {
    pub id: Uuid,
    pub by: String,
    /// The county or the city that answers.
    pub owner_name: String,
    pub text: String,
    /// By the device, in milliseconds since 1970 UTC.
    pub written_ms: i64,
    /// The first answer first.
    pub replies: Vec<ReplyView>,
}

#[derive(Serialize, ToSchema)]
pub struct ReplyView {
    /// What the next answer is bound to.
    pub number: u32,
    pub text: String,
    pub by: String,
    pub at_ms: i64,
}

impl From<Shown> for FeedbackView {
    fn from(Shown { feedback, by, owner_name, replies }: Shown) -> Self {
        let reply =
            |(reply, by): (Reply, String)| ReplyView { number: reply.number, text: reply.text, by, at_ms: reply.at.0 };
        Self {
            id: feedback.id,
            by,
            owner_name,
            text: feedback.text,
            written_ms: feedback.written.0,
            replies: replies.into_iter().map(reply).collect(),
        }
    }
}

fn views(shown: Vec<Shown>) -> Json<Vec<FeedbackView>> {
    Json(shown.into_iter().map(FeedbackView::from).collect())
}

/// What one wrote oneself, newest first.
#[utoipa::path(get, path = "/api/v1/feedback", operation_id = "listOwnFeedback", tag = "me",
    security(("access" = [])), responses(
    (status = 200, description = "With the answers.", body = Vec<FeedbackView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "A problem."),
))]
pub async fn own(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Json<Vec<FeedbackView>>, Problem> {
    Ok(views(app.store.read(move |connection| feedback::own(connection, caller)).await?))
}

#[derive(Deserialize, ToSchema)]
pub struct FeedbackDraft {
    /// 1,000 characters at most.
    pub text: String,
    /// When it was written, by the device, in milliseconds since 1970 UTC.
    pub written_ms: i64,
}

/// Write feedback under an id that the device minted. Written before, nothing more is done.
#[utoipa::path(put, path = "/api/v1/feedback/{id}", operation_id = "writeFeedback", tag = "me",
    security(("access" = [])), request_body = FeedbackDraft, params(("id" = String, Path)), responses(
    (status = 204, description = "It is kept."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
        description = "malformed, not_found, outside_scope, feedback_too_many"),
))]
pub async fn write(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(id): Named<Uuid>,
    Body(draft): Body<FeedbackDraft>,
) -> Result<StatusCode, Problem> {
    feedback::write(&app, caller, id, words(&draft.text)?, Moment(draft.written_ms)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the caller's county or city owns: what nobody has answered first.
#[utoipa::path(get, path = "/api/v1/feedback-owned", operation_id = "listOwnedFeedback", tag = "desk",
    security(("access" = [])), responses(
    (status = 200, description = "With the answers.", body = Vec<FeedbackView>),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "not_found"),
))]
pub async fn owned(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Json<Vec<FeedbackView>>, Problem> {
    let now = app.powers.now();
    Ok(views(app.store.read(move |connection| feedback::owned(connection, caller, now)).await?))
}

#[derive(Deserialize, ToSchema)]
pub struct ReplyDraft {
    /// The number of the last answer that was read; 0 where there was none.
    pub number: u32,
    /// 1,000 characters at most.
    pub text: String,
}

/// Answer feedback that one's county or city owns.
#[utoipa::path(post, path = "/api/v1/feedback/{id}/reply", operation_id = "answerFeedback", tag = "desk",
    security(("access" = [])), request_body = ReplyDraft, params(("id" = String, Path)), responses(
    (status = 204, description = "It is answered."),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json",
        description = "malformed, not_found, version_changed"),
))]
pub async fn reply(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Named(id): Named<Uuid>,
    Body(draft): Body<ReplyDraft>,
) -> Result<StatusCode, Problem> {
    feedback::reply(&app, caller, id, words(&draft.text)?, draft.number).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn words(text: &str) -> Result<Words, Problem> {
    Words::new(text).ok_or_else(|| Problem::malformed(format!("`text` has 1 to {TEXT_CHARS_MAX} characters")))
}
