//! What the township decides about changes that were parked: to take a pile into its document as it was written, or to
//! dismiss it, which its author is told.
use std::collections::{BTreeMap, BTreeSet};

use zhucun_core::access::Place;
use zhucun_core::document::{Actor, Container, Document};
use zhucun_core::field::FieldValue;
use zhucun_core::gate::{Author, GateRefusal, Pass, judge};
use zhucun_core::id::{CommandId, PersonId};
use zhucun_core::person::Role;
use zhucun_core::wire::Line;

use super::Rights;
use super::intake::{Intake, Passed, Whose, place};
use super::receipt::Receipts;
use crate::accounts::Caller;
use crate::app::App;
use crate::refusal::Refusal;
use crate::store::audit::{self, Deed};
use crate::store::parked::{self, Decision, Parked, Pile};
use crate::store::{Connection, Fault, Transaction, Trouble, WriterState, attempt, document};

/// Characters of what the author of something dismissed is told.
pub const WHY_CHARS_MAX: usize = 500;

/// What a pile would change: one record, as it would be after it.
pub struct Preview {
    pub container: &'static str,
    pub key: String,
    pub fields: BTreeMap<String, String>,
}

/// What is decided.
pub enum Verdict {
    Release,
    /// With what the author is told.
    Dismiss(Why),
}

/// What the author of something dismissed is told: a text of 1 to `WHY_CHARS_MAX` characters.
#[derive(Clone)]
pub struct Why(String);

impl Why {
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (1..=WHY_CHARS_MAX).contains(&text.chars().count()).then(|| Why(text.to_owned()))
    }
}

/// The piles of the townships where somebody reviews today, the oldest first.
pub fn inbox(connection: &Connection, person: PersonId) -> Result<Vec<Pile>, Trouble> {
    let reviewer = Rights::of(connection, person)?.now;
    let reviews = |village| {
        reviewer.posts.iter().any(|post| post.role == Role::TownshipReviewer && post.division.contains(village))
    };
    let mut piles = parked::piles(connection)?;
    piles.retain(|pile| reviews(pile.village));
    Ok(piles)
}

/// Decides about a pile, as somebody who reviews there.
pub async fn decide(app: &App, by: PersonId, key: i64, verdict: Verdict) -> Result<(), Fault<Refusal>> {
    let within = app.clone();
    let work = move |tx: &Transaction<'_>, state: &mut WriterState| settle(&within, tx, state, Some(by), key, verdict);
    let pile = app.store.write_with(work).await?;
    app.hint.changed(pile.village, None);
    Ok(())
}

/// `decide` for a thread that may block, on behalf of the command line.
pub fn decide_sync(app: &App, key: i64, verdict: Verdict) -> Result<Pile, Fault<Refusal>> {
    let within = app.clone();
    app.store.write_with_sync(move |tx, state| settle(&within, tx, state, None, key, verdict))
}

fn settle(
    app: &App,
    tx: &Transaction<'_>,
    state: &mut WriterState,
    by: Option<PersonId>,
    key: i64,
    verdict: Verdict,
) -> Result<Pile, Fault<Refusal>> {
    let open = match by {
        Some(person) => inbox(tx, person)?,
        None => parked::piles(tx)?,
    };
    let pile = open.iter().find(|pile| pile.key == key).cloned().ok_or(Refusal::NotFound)?;
    let piles = with_joined(tx, &open, pile.clone())?;
    let now = app.powers.now();
    let action = match verdict {
        Verdict::Release => {
            release_all(app, tx, state, &piles, by)?;
            "parked.released"
        }
        Verdict::Dismiss(Why(why)) => {
            let decision = Decision { at: now, by, released: false, why };
            for pile in &piles {
                for change in parked::changes(tx, pile)? {
                    parked::settle(tx, change.key, &decision)?;
                }
            }
            "parked.dismissed"
        }
    };
    for pile in &piles {
        let (subject, detail) = (pile.document.to_string(), format!("{} changes", pile.changes));
        audit::append(tx, &Deed { at: now, person: by, device: None, action, subject, detail })?;
    }
    Ok(pile)
}

/// A pile and all that commands made together with changes of it: what is decided of one is decided of all.
fn with_joined(tx: &Transaction<'_>, open: &[Pile], pile: Pile) -> Result<Vec<Pile>, Trouble> {
    let mut piles = vec![pile];
    let mut at = 0;
    while let Some(pile) = piles.get(at) {
        let documents = parked::joined(tx, pile)?;
        let device = pile.device;
        let joined = open.iter().filter(|other| other.device == device && documents.contains(&other.document));
        let new: Vec<Pile> = joined.filter(|other| !piles.contains(other)).cloned().collect();
        piles.extend(new);
        at += 1;
    }
    Ok(piles)
}

/// Takes piles in that belong together. Of what one command made, all is taken or nothing: where something of it is
/// refused, they are taken back and taken again without the rest of it, until there are only wholes.
fn release_all(
    app: &App,
    tx: &Transaction<'_>,
    state: &mut WriterState,
    piles: &[Pile],
    by: Option<PersonId>,
) -> Result<(), Fault<Refusal>> {
    let mut sorted = Vec::new();
    for pile in piles {
        sorted.push((pile, place(tx, pile.document)?.ok_or(Refusal::NotFound)?, parked::changes(tx, pile)?));
    }
    // How many of each pile are taken, and why no more.
    let mut bounds: Vec<(usize, Option<GateRefusal>)> =
        sorted.iter().map(|(.., changes)| (changes.len(), None)).collect();
    loop {
        let mut fault = None;
        let done = attempt(tx, || {
            let mut ends = Vec::new();
            for ((pile, at, changes), bound) in sorted.iter().zip(&bounds) {
                let rights = Rights::of(tx, pile.person)?;
                let now = app.powers.now();
                let caller = Caller { person: pile.person, device: pile.device, until: now };
                let (receipts, epoch) = (Receipts::of(&app.key), app.epoch_number());
                let (documents, commands) = (&mut state.documents, BTreeMap::new());
                let (lacking, drafts) = (BTreeMap::new(), false);
                let mut intake =
                    Intake { tx, documents, rights: &rights, caller, receipts, epoch, now, commands, lacking, drafts };
                match release(&mut intake, *at, pile, changes, *bound, by) {
                    Ok(end) => ends.push(end),
                    Err(Fault::Trouble(trouble)) => return Err(trouble),
                    Err(refused) => {
                        fault = Some(refused);
                        return Ok(None);
                    }
                }
            }
            Ok(are_whole(&sorted, &ends, &mut bounds).then_some(()))
        });
        if done?.is_some() {
            return Ok(());
        }
        sorted.iter().for_each(|(pile, ..)| state.documents.forget(pile.document));
        if let Some(fault) = fault {
            return Err(fault);
        }
    }
}

/// Whether commands are whole in what was taken; if not, the bounds are drawn closer so that they will be.
fn are_whole(
    sorted: &[(&Pile, Place, Vec<Parked>)],
    ends: &[(usize, Option<GateRefusal>)],
    bounds: &mut [(usize, Option<GateRefusal>)],
) -> bool {
    let mut refused: BTreeMap<CommandId, Option<GateRefusal>> = BTreeMap::new();
    for ((.., changes), (end, why)) in sorted.iter().zip(ends) {
        refused.extend(changes[*end..].iter().filter_map(|change| change.command).map(|command| (command, *why)));
    }
    let mut are_whole = true;
    for (((.., changes), (end, _)), bound) in sorted.iter().zip(ends).zip(bounds) {
        let why = |change: &Parked| change.command.and_then(|command| refused.get(&command).copied());
        let first = changes[..*end].iter().enumerate().find_map(|(at, change)| Some((at, why(change)?)));
        if let Some((at, why)) = first {
            (*bound, are_whole) = ((at, why), false);
        }
    }
    are_whole
}

/// Takes a pile in, in its order, as of when it came, as far as its bound; says how far it came. What the gate refuses is
/// dismissed with all that follows; what builds on something that is not here yet stays.
fn release(
    intake: &mut Intake<'_, '_>,
    at: Place,
    pile: &Pile,
    changes: &[Parked],
    bound: (usize, Option<GateRefusal>),
    by: Option<PersonId>,
) -> Result<(usize, Option<GateRefusal>), Fault<Refusal>> {
    let released = Decision { at: intake.now, by, released: true, why: String::new() };
    let (mut end, mut why) = (0, bound.1);
    while let [first, ..] = &changes[end..bound.0] {
        let together = |change: &&Parked| (change.incarnation, change.received) == (first.incarnation, first.received);
        let run = changes[end..bound.0].iter().take_while(together).count();
        let (taken, refusal) = take(intake, at, pile, &changes[end..end + run])?;
        end += taken;
        if refusal.is_some() {
            why = refusal;
            break;
        }
    }
    for change in &changes[..end] {
        parked::settle(intake.tx, change.key, &released)?;
    }
    let why_not = why.map(|refusal| refusal.to_string()).unwrap_or_default();
    let dismissed = Decision { released: false, why: why_not, ..released };
    for change in &changes[end..] {
        parked::settle(intake.tx, change.key, &dismissed)?;
    }
    Ok((end, why))
}

/// Takes in changes that came together; how many, and why no more.
fn take(
    intake: &mut Intake<'_, '_>,
    at: Place,
    pile: &Pile,
    run: &[Parked],
) -> Result<(usize, Option<GateRefusal>), Fault<Refusal>> {
    let Some(Parked { incarnation, received, .. }) = run.first() else { return Ok((0, None)) };
    let author = Author::Device(pile.device, *incarnation);
    let (mut passed, mut new, mut taken, mut refusal) = (Passed::default(), Vec::new(), 0, None);
    for change in run {
        let document = intake.whole(pile.document)?.ok_or(Refusal::NotYet)?;
        match judge(document, author, &change.bytes) {
            Ok(Pass::New(judged)) => {
                passed.note(&judged);
                judged.apply(document).map_err(|_| Trouble::Damaged("a judged change was not taken in"))?;
                new.push(change.bytes.as_slice());
            }
            Ok(Pass::Duplicate) => {}
            Err(GateRefusal::UnknownDependency) => return Err(Refusal::NotYet.into()),
            Err(refused) => {
                intake.quarantine(pile.document, refused.to_string(), &change.bytes)?;
                refusal = Some(refused);
                break;
            }
        }
        taken += 1;
    }
    if !new.is_empty() {
        let actor = Actor::derive(pile.device, pile.document, *incarnation);
        let whose = Whose { actor, device: Some(pile.device), person: pile.person };
        intake.keep(pile.document, at, whose, &passed, &Line::of(new), *received)?;
    }
    Ok((taken, refusal))
}

/// The records that a pile writes to, as they would be after it, as far as the gate lets it through.
pub fn preview(connection: &Connection, pile: &Pile) -> Result<Vec<Preview>, Trouble> {
    let mut document = document::open(connection, pile.document)?;
    let mut touched = BTreeSet::new();
    for change in parked::changes(connection, pile)? {
        let author = Author::Device(pile.device, change.incarnation);
        let Ok(Pass::New(judged)) = judge(&document, author, &change.bytes) else { break };
        touched.extend(judged.touched().iter().map(|record| (record.container, record.key.clone())));
        judged.apply(&mut document).map_err(|_| Trouble::Damaged("a judged change was not taken in"))?;
    }
    Ok(touched.into_iter().filter_map(|(container, key)| look(&document, container, key)).collect())
}

fn look(document: &Document, container: Container, key: String) -> Option<Preview> {
    let record = document.record(container, &key)?;
    let text = |value: &FieldValue| match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::Number(number) => number.to_string(),
    };
    let shown = record.fields.keys().filter_map(|name| Some((name.clone(), text(record.get(name)?))));
    Some(Preview { container: container.key(), key, fields: shown.collect() })
}
