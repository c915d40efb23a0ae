//! What one command made in several documents is taken whole or not at all. Pushes are taken one after the other; where that
//! leaves a half, they are taken back and taken again without the rest of it, until there are only wholes.
use zhucun_core::division::DivisionCode;
use zhucun_core::wire::{Ack, Fate};

use super::intake::{Intake, place};
use super::{Brought, Joined, Pushed};
use crate::store::{Trouble, attempt};

/// How far a push is taken.
#[derive(Clone, Copy)]
struct Bounds {
    /// Changes from here on are not taken.
    end: usize,
    /// Changes from here on are put aside.
    parks: usize,
}

type Answered = (Ack, Option<DivisionCode>);

/// Takes all pushes in; the acks in their order, each with the village where something changed.
pub(super) fn take_all(intake: &mut Intake<'_, '_>, brought: &Brought) -> Result<Vec<Answered>, Trouble> {
    let whole = |push: &Pushed| Bounds { end: push.changes.len(), parks: push.changes.len() };
    let mut bounds: Vec<Bounds> = brought.pushes.iter().map(whole).collect();
    if brought.joints.is_empty() {
        return brought.pushes.iter().map(|push| intake.push(push)).collect();
    }
    loop {
        let tx = intake.tx;
        let taken = attempt(tx, || {
            let taken = brought.pushes.iter().zip(&bounds).map(|(push, bounds)| take(intake, push, *bounds));
            let taken: Vec<Answered> = taken.collect::<Result<_, _>>()?;
            let halves = brought.joints.iter().filter(|joined| !mend(joined, &taken, &mut bounds)).count();
            Ok((halves == 0).then_some(taken))
        });
        if let Some(taken) = taken? {
            return Ok(taken);
        }
        brought.pushes.iter().for_each(|push| intake.documents.forget(push.document));
    }
}

/// Takes a push as far as its bounds go.
fn take(intake: &mut Intake<'_, '_>, push: &Pushed, Bounds { end, parks }: Bounds) -> Result<Answered, Trouble> {
    let part = |range: core::ops::Range<usize>| Pushed { changes: push.changes[range].to_vec(), ..*push };
    let parks = parks.min(end);
    let (mut ack, village) = intake.push(&part(0..parks))?;
    let is_kept = ack.fates.iter().all(|fate| matches!(fate, Fate::Accepted | Fate::Duplicate | Fate::Parked));
    if parks < end && is_kept {
        let aside = intake.turn_away(&part(parks..end), place(intake.tx, push.document)?)?;
        ack.fates.extend(aside.fates);
        ack.seals.extend(aside.seals);
    }
    ack.fates.resize(push.changes.len(), Fate::NotYet);
    Ok((ack, village))
}

/// Whether the parts of a command had one fate; if not, the bounds are drawn closer so that they will.
fn mend(joined: &Joined, taken: &[Answered], bounds: &mut [Bounds]) -> bool {
    let fate = |(push, change): &(usize, usize)| taken[*push].0.fates[*change];
    let is_left = |part: &&(usize, usize)| !matches!(fate(part), Fate::Accepted | Fate::Duplicate | Fate::Parked);
    let leaves = joined.parts.iter().any(|part| is_left(&part));
    let parks = joined.parts.iter().any(|part| fate(part) == Fate::Parked);
    let mut is_whole = true;
    for part in &joined.parts {
        let (push, change) = *part;
        match fate(part) {
            Fate::Accepted | Fate::Parked if leaves => bounds[push].end = bounds[push].end.min(change),
            Fate::Accepted if parks => bounds[push].parks = bounds[push].parks.min(change),
            _ => continue,
        }
        is_whole = false;
    }
    is_whole
}
