//! Who one is, and how people and posts look in JSON.
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::id::PersonId;
use zhucun_core::person::{Person, Post, Role};

use super::caller::SignedIn;
use crate::access::Scope;
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::refusal::Refusal;
use crate::store::{Connection, Fault, Trouble, division, person, post};

#[derive(Serialize, ToSchema)]
pub struct PersonView {
    #[schema(value_type = uuid::Uuid)]
    pub id: PersonId,
    pub name: String,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        Self { id: person.id, name: person.name }
    }
}

#[derive(Serialize, ToSchema)]
pub struct PostView {
    /// first_secretary, team_member, township_reviewer, county, city, administrator, auditor
    #[schema(value_type = String)]
    pub role: Role,
    /// A code of 4, 6, 9 or 12 digits.
    #[schema(value_type = String)]
    pub division: DivisionCode,
    pub division_name: String,
}

/// Posts with the names of their divisions.
pub fn post_views(connection: &Connection, posts: Vec<Post>) -> Result<Vec<PostView>, Trouble> {
    let view = |post: Post| {
        let unit = division::find(connection, post.division)?.ok_or(Trouble::Damaged("a post without a division"))?;
        Ok(PostView { role: post.role, division: post.division, division_name: unit.name })
    };
    posts.into_iter().map(view).collect()
}

#[derive(Serialize, ToSchema)]
pub struct MeView {
    pub person: PersonView,
    pub posts: Vec<PostView>,
    /// Units whose figures one may read.
    #[schema(value_type = Vec<String>)]
    pub desk: Vec<DivisionCode>,
    /// Villages and townships whose documents one's phone holds.
    #[schema(value_type = Vec<String>)]
    pub replicated: Vec<DivisionCode>,
    /// The server's clock, in milliseconds since 1970 UTC.
    #[schema(value_type = i64)]
    pub server_time_ms: Moment,
}

/// Who one is today.
#[utoipa::path(get, path = "/api/v1/me", operation_id = "showMe", tag = "me", security(("access" = [])), responses(
    (status = 200, description = "Who one is.", body = MeView),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json", description = "A problem."),
))]
pub async fn show(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Json<MeView>, Problem> {
    let now = app.powers.now();
    let view = app.store.read(move |connection| -> Result<MeView, Fault<Refusal>> {
        let person = person::find(connection, caller.person)?.ok_or(Refusal::NotFound)?;
        let posts = post::held(connection, caller.person, now.date())?;
        let Scope { desk, replicated } = Scope::of(&posts);
        let posts = post_views(connection, posts)?;
        Ok(MeView { person: person.into(), posts, desk, replicated, server_time_ms: now })
    });
    Ok(Json(view.await?))
}
