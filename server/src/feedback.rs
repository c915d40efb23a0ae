//! Feedback 投诉建议: anybody writes it, the county of their work owns and answers it; the city owns what people of counties and
//! above write, and may answer for its counties.
use uuid::Uuid;
use zhucun_core::clock::Moment;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::person::{Post, Role};

use crate::accounts::Caller;
use crate::app::App;
use crate::refusal::Refusal;
use crate::store::audit::{self, Deed};
use crate::store::feedback::{self as store, Feedback, OPEN_MAX, Reply};
use crate::store::{Connection, Fault, Transaction, Trouble, division, person, post};

/// Characters of what is written, and of an answer.
pub const TEXT_CHARS_MAX: usize = 1000;

/// What is written, or an answer: something, and not too much.
pub struct Words(String);

impl Words {
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= TEXT_CHARS_MAX;
        fits.then(|| Words(text.to_owned()))
    }
}

/// Feedback as a screen shows it.
pub struct Shown {
    pub feedback: Feedback,
    pub by: String,
    pub owner_name: String,
    pub replies: Vec<(Reply, String)>,
}

/// Who owns what somebody with these posts writes: the county of a village or a township, else the city.
fn owner(posts: &[Post]) -> Option<DivisionCode> {
    let county =
        |post: &Post| (post.division.level() > Level::County).then(|| post.division.at(Level::County)).flatten();
    posts.iter().find_map(county).or_else(|| posts.iter().find_map(|post| post.division.at(Level::City)))
}

/// Whether somebody answers for the owner of feedback: as the county or the city that it is, or as its city.
fn answers(posts: &[Post], owner: DivisionCode) -> bool {
    let answers = |post: &Post| matches!(post.role, Role::County | Role::City) && post.division.contains(owner);
    posts.iter().any(answers)
}

/// What the caller wrote.
pub fn own(connection: &Connection, caller: Caller) -> Result<Vec<Shown>, Trouble> {
    store::of_person(connection, caller.person)?.into_iter().map(|it| shown(connection, it)).collect()
}

/// What the caller answers for.
pub fn owned(connection: &Connection, caller: Caller, now: Moment) -> Result<Vec<Shown>, Fault<Refusal>> {
    let posts = post::held(connection, caller.person, now.date())?;
    if !posts.iter().any(|post| matches!(post.role, Role::County | Role::City)) {
        return Err(Refusal::NotFound.into());
    }
    let all = store::all(connection)?.into_iter().filter(|it| answers(&posts, it.owner));
    let mut all: Vec<Shown> = all.map(|it| shown(connection, it)).collect::<Result<_, _>>()?;
    // What nobody has answered comes first; the order is stable.
    all.sort_by_key(|one| !one.replies.is_empty());
    Ok(all)
}

fn shown(connection: &Connection, feedback: Feedback) -> Result<Shown, Trouble> {
    let name = |id| Ok::<_, Trouble>(person::find(connection, id)?.map(|person| person.name).unwrap_or_default());
    let replies = store::replies(connection, feedback.id)?.into_iter();
    Ok(Shown {
        by: name(feedback.person)?,
        owner_name: division::find(connection, feedback.owner)?.map(|it| it.name).unwrap_or_default(),
        replies: replies.map(|reply| Ok((reply.clone(), name(reply.by)?))).collect::<Result<_, Trouble>>()?,
        feedback,
    })
}

/// Takes what the caller wrote. What came before comes again: nothing more is done.
pub async fn write(
    app: &App,
    caller: Caller,
    id: Uuid,
    Words(text): Words,
    written: Moment,
) -> Result<(), Fault<Refusal>> {
    let now = app.powers.now();
    let work = move |tx: &Transaction<'_>| -> Result<(), Fault<Refusal>> {
        if let Some(known) = store::find(tx, id)? {
            return if known.person == caller.person { Ok(()) } else { Err(Refusal::NotFound.into()) };
        }
        if store::open_count(tx, caller.person)? >= OPEN_MAX {
            return Err(Refusal::FeedbackTooMany.into());
        }
        // Whose posting has ended still has something to say of it.
        let posts = match post::held_or_coming(tx, caller.person, now.date())? {
            posts if posts.is_empty() => post::last_held(tx, caller.person)?,
            posts => posts,
        };
        let owner = owner(&posts).ok_or(Refusal::OutsideScope)?;
        store::add(tx, &Feedback { id, person: caller.person, owner, text, written, received: now })?;
        Ok(())
    };
    app.store.write(work).await
}

/// Answers, after the last answer that was read: 0 where there was none.
pub async fn reply(app: &App, caller: Caller, id: Uuid, Words(text): Words, read: u32) -> Result<(), Fault<Refusal>> {
    let now = app.powers.now();
    let work = move |tx: &Transaction<'_>| -> Result<(), Fault<Refusal>> {
        let posts = post::held(tx, caller.person, now.date())?;
        let known = store::find(tx, id)?.filter(|known| answers(&posts, known.owner)).ok_or(Refusal::NotFound)?;
        let last = store::replies(tx, known.id)?.last().map_or(0, |reply| reply.number);
        if last != read {
            return Err(Refusal::VersionChanged.into());
        }
        store::add_reply(tx, id, &Reply { number: last + 1, text, by: caller.person, at: now })?;
        let deed = Deed {
            at: now,
            person: Some(caller.person),
            device: Some(caller.device),
            action: "feedback.answered",
            subject: id.to_string(),
            detail: String::new(),
        };
        audit::append(tx, &deed)?;
        Ok(())
    };
    app.store.write(work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(role: Role, code: &str) -> Post {
        Post { role, division: code.parse().expect("a code of the test") }
    }

    #[test]
    fn the_county_owns_what_is_written_below_it_and_the_city_what_is_written_above() {
        let secretary = post(Role::FirstSecretary, "621022103201");
        for (posts, owned) in [
            (vec![secretary], "621022"),
            (vec![post(Role::TownshipReviewer, "621022103")], "621022"),
            (vec![post(Role::County, "621022"), secretary], "621022"),
            (vec![post(Role::County, "621022")], "6210"),
            (vec![post(Role::City, "6210")], "6210"),
            (vec![post(Role::Auditor, "6210")], "6210"),
        ] {
            assert_eq!(owner(&posts).map(|code| code.to_string()).as_deref(), Some(owned), "{posts:?}");
        }
        assert_eq!(owner(&[]), None);
    }

    #[test]
    fn an_owner_answers_and_its_city_and_nobody_else() {
        let (county, city) = ("621022".parse().expect("a code"), "6210".parse().expect("a code"));
        for (held, of_county, of_city) in [
            (post(Role::County, "621022"), true, false),
            (post(Role::County, "621023"), false, false),
            (post(Role::City, "6210"), true, true),
            (post(Role::Administrator, "6210"), false, false),
            (post(Role::TownshipReviewer, "621022103"), false, false),
        ] {
            assert_eq!((answers(&[held], county), answers(&[held], city)), (of_county, of_city), "{held:?}");
        }
    }

    #[test]
    fn words_say_something_within_their_limit() {
        assert!(Words::new(" \n").is_none());
        assert!(Words::new(&"好".repeat(TEXT_CHARS_MAX)).is_some());
        assert!(Words::new(&"好".repeat(TEXT_CHARS_MAX + 1)).is_none());
    }
}
