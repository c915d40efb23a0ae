//! Who may read assessments 考核, and who writes what of them: the township its opinion and the votes, the county its opinion,
//! the grade and whether the tenure is credited.
use zhucun_core::assessment::{self, Assessed, AssessmentKind, OPINION_CHARS_MAX, VOTES_MAX};
use zhucun_core::clock::Moment;
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::{Post, Role};
use zhucun_core::tenure::{Tenure, TenureRole};

use crate::access::Scope;
use crate::accounts::Caller;
use crate::app::App;
use crate::refusal::Refusal;
use crate::store::assessment::{self as store, Part, Sheet, Writing};
use crate::store::audit::{self, Deed};
use crate::store::{Connection, Fault, Transaction, grant, post, tenure};

/// For whom somebody writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MayWrite {
    pub township: bool,
    pub county: bool,
}

/// What somebody wrote, held to its limits.
pub struct PartDraft(Part);

impl PartDraft {
    /// `None` where a text is too long, there are too many votes, or credit is given before the end of a term.
    pub fn new(part: Part, kind: AssessmentKind) -> Option<Self> {
        let fits = |text: &str| text.chars().count() <= OPINION_CHARS_MAX;
        let holds = match &part {
            Part::Township { opinion, votes } => {
                fits(opinion) && votes.is_none_or(|votes| votes.iter().all(|count| *count <= VOTES_MAX))
            }
            Part::County { opinion, credit, .. } => {
                fits(opinion) && (credit.is_none() || kind == AssessmentKind::TermEnd)
            }
        };
        holds.then_some(Self(part))
    }
}

/// For whom somebody writes of a tenure; nobody of their own.
fn may_write(posts: &[Post], caller: Caller, tenure: &Tenure) -> MayWrite {
    let is_own = tenure.person == caller.person;
    let writes =
        |role| !is_own && posts.iter().any(|post| post.role == role && post.division.contains(tenure.division));
    MayWrite { township: writes(Role::TownshipReviewer), county: writes(Role::County) }
}

/// The tenure of a first secretary that the caller may read the assessments of: of a unit of theirs, or their own.
fn readable(connection: &Connection, caller: Caller, id: TenureId, posts: &[Post]) -> Result<Tenure, Fault<Refusal>> {
    let tenure = tenure::find(connection, id)?.filter(|tenure| tenure.role == TenureRole::FirstSecretary);
    let scope = Scope::of(posts);
    let reads = |it: &Tenure| it.person == caller.person || scope.may_read_figures(it.division);
    Ok(tenure.filter(reads).ok_or(Refusal::NotFound)?)
}

/// A tenure with all the assessments that it may have by now, and what the caller may write of it.
pub fn sheet(
    connection: &Connection,
    caller: Caller,
    id: TenureId,
    now: Moment,
) -> Result<(Sheet, MayWrite), Fault<Refusal>> {
    let posts = post::held(connection, caller.person, now.date())?;
    let tenure = readable(connection, caller, id, &posts)?;
    let may_write = may_write(&posts, caller, &tenure);
    Ok((store::sheet(connection, tenure, now)?, may_write))
}

/// Writes a part of an assessment, on top of the writing that was read: 0 where there was none.
pub async fn write(
    app: &App,
    caller: Caller,
    tenure: TenureId,
    (kind, period): (AssessmentKind, String),
    PartDraft(part): PartDraft,
    read: u32,
) -> Result<u32, Fault<Refusal>> {
    let now = app.powers.now();
    let work = move |tx: &Transaction<'_>| -> Result<(u32, Vec<PersonId>), Fault<Refusal>> {
        let posts = post::held(tx, caller.person, now.date())?;
        let tenure = readable(tx, caller, tenure, &posts)?;
        let may = may_write(&posts, caller, &tenure);
        let allowed = match part {
            Part::Township { .. } => may.township,
            Part::County { .. } => may.county,
        };
        if !allowed {
            return Err(Refusal::NotFound.into());
        }
        let exists = |of: &Assessed| of.kind == kind && of.period == period;
        if !assessment::of_tenure(&tenure, now.date()).iter().any(exists) {
            return Err(Refusal::NotFound.into());
        }
        let is_it = |it: &Writing| it.kind == kind && it.period == period && it.part.code() == part.code();
        let number = store::of_tenure(tx, tenure.id)?.into_iter().find(is_it).map_or(0, |it| it.number);
        if number != read {
            return Err(Refusal::VersionChanged.into());
        }
        let detail = format!("{} {period} {}", kind.code(), part.code());
        store::put(tx, tenure.id, &Writing { kind, period, part, number: number + 1, by: caller.person, at: now })?;
        let deed = Deed {
            at: now,
            person: Some(caller.person),
            device: Some(caller.device),
            action: "assessment.written",
            subject: tenure.id.to_string(),
            detail,
        };
        audit::append(tx, &deed)?;
        // With the assessment at its end nothing of a tenure stays on its holder's phone.
        Ok((number + 1, grant::settle(tx, now)?))
    };
    let (number, people) = app.store.write(work).await?;
    app.hint.scope_changed(&people);
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opinion_and_votes_have_limits_and_credit_is_given_at_the_end() {
        let township = |chars: usize, count: u32| {
            let part = Part::Township { opinion: "好".repeat(chars), votes: Some([0, count, 0, 0]) };
            PartDraft::new(part, AssessmentKind::Annual).is_some()
        };
        assert!(township(OPINION_CHARS_MAX, VOTES_MAX));
        assert!(!township(OPINION_CHARS_MAX + 1, 0));
        assert!(!township(0, VOTES_MAX + 1));
        let county = |kind, chars: usize, credit| {
            let part = Part::County { opinion: "好".repeat(chars), grade: None, credit };
            PartDraft::new(part, kind).is_some()
        };
        let credit = Some(zhucun_core::assessment::GrassrootsCredit::Yes);
        assert!(county(AssessmentKind::TermEnd, OPINION_CHARS_MAX, credit));
        assert!(!county(AssessmentKind::TermEnd, OPINION_CHARS_MAX + 1, credit));
        assert!(!county(AssessmentKind::Annual, 1, credit));
        assert!(county(AssessmentKind::HalfYear, 1, None));
    }
}
