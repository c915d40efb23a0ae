//! What the county does about leave that is too long for the township: it reads what was asked for and agreed to, and decides
//! about the version that it read.
use std::collections::BTreeMap;

use zhucun_core::clock::Moment;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::id::PersonId;
use zhucun_core::leave::{LeaveDecision, LeaveStep};
use zhucun_core::person::{Post, Role};

use crate::accounts::Caller;
use crate::app::App;
use crate::refusal::Refusal;
use crate::store::absence::{self, Request, Words, WordsRead};
use crate::store::audit::{self, Deed};
use crate::store::read_model::InLog;
use crate::store::{Connection, Fault, Transaction, Trouble, division, person, policy, post};

/// Characters of what the county writes to a decision.
pub const NOTE_CHARS_MAX: usize = 200;

/// What the county writes to a decision: nothing is needed where it approves.
pub struct Note(String);

impl Note {
    pub fn new(text: &str, approved: bool) -> Option<Self> {
        let text = text.trim();
        let fits = text.chars().count() <= NOTE_CHARS_MAX && (approved || !text.is_empty());
        fits.then(|| Note(text.to_owned()))
    }
}

/// A request as a desk shows it.
pub struct Shown {
    pub request: Request,
    pub step: LeaveStep,
    pub for_county: bool,
    pub person: String,
    pub village_name: String,
    /// Of what waits for the caller's decision; else empty.
    pub words: Words,
    pub may_decide: bool,
}

/// Whether somebody decides for the county of a village.
fn decides(posts: &[Post], village: DivisionCode) -> bool {
    posts.iter().any(|post| post.role == Role::County && post.division.contains(village))
}

/// The leave that was asked for inside a division. What it is for is told to who is to decide, as long as they have not.
pub fn inside(
    connection: &Connection,
    words_read: &WordsRead,
    caller: PersonId,
    parent: DivisionCode,
    now: Moment,
) -> Result<Vec<Shown>, Trouble> {
    let policies = policy::all(connection)?;
    let posts = post::held(connection, caller, now.date())?;
    let names = person::names_of_tenures(connection, parent)?;
    let villages = division::inside(connection, parent, Level::Village)?.into_iter();
    let villages: BTreeMap<DivisionCode, String> = villages.map(|unit| (unit.code, unit.name)).collect();
    let mut all = Vec::new();
    for request in absence::inside(connection, parent, &policies)? {
        let (step, for_county) = (request.step(&policies), request.is_for_county(&policies));
        let may_decide = for_county && step != LeaveStep::Asked && decides(&posts, request.village);
        let waits = may_decide && step == LeaveStep::Forwarded;
        let words = if waits { words_read.of(connection, &request)? } else { Words::default() };
        all.push(Shown {
            step,
            for_county,
            person: names.get(&request.tenure).cloned().unwrap_or_default(),
            village_name: villages.get(&request.village).cloned().unwrap_or_default(),
            words,
            may_decide,
            request,
        });
    }
    Ok(all)
}

/// Decides about a leave, as somebody of its county.
pub async fn decide(
    app: &App,
    caller: Caller,
    (tenure, entry): InLog,
    version: String,
    approved: bool,
    Note(note): Note,
) -> Result<(), Fault<Refusal>> {
    let now = app.powers.now();
    let work = move |tx: &Transaction<'_>| -> Result<DivisionCode, Fault<Refusal>> {
        let policies = policy::all(tx)?;
        let request = absence::find(tx, (tenure, entry), &policies)?.ok_or(Refusal::NotFound)?;
        if !decides(&post::held(tx, caller.person, now.date())?, request.village) {
            return Err(Refusal::NotFound.into());
        }
        if request.version != version {
            return Err(Refusal::VersionChanged.into());
        }
        if !request.is_for_county(&policies) || request.step(&policies) == LeaveStep::Asked {
            return Err(Refusal::NotYet.into());
        }
        let decision = LeaveDecision { entry, version, approved, by: caller.person, at: now, note };
        absence::decide(tx, tenure, &decision)?;
        let deed = Deed {
            at: now,
            person: Some(caller.person),
            device: Some(caller.device),
            action: if approved { "leave.approved" } else { "leave.declined" },
            subject: entry.to_string(),
            detail: String::new(),
        };
        audit::append(tx, &deed)?;
        Ok(request.village)
    };
    let village = app.store.write(work).await?;
    app.hint.changed(village, None);
    Ok(())
}
