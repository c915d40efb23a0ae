//! What a request brings: each change judged by the gate against its document, and accepted with its row, its number and
//! its place in the read model in one transaction. Nothing is answered before that has committed.
use zhucun_core::access::{self, Caller as Holder, Place};
use zhucun_core::clock::Moment;
use zhucun_core::document::{Actor, DocumentId, Owner};
use zhucun_core::gate::{Author, GateRefusal, Pass, judge};
use zhucun_core::wire::{Ack, Fate, Push};

use super::{Signed, Taken, holder};
use crate::accounts::{self, Caller, Tokens};
use crate::app::App;
use crate::metrics::{Counter, Metrics};
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::store::document::{Accepted, DocumentCache, Refused};
use crate::store::{Connection, Fault, Transaction, Trouble, division, document, read_model, tenure};

/// Renews the session if that was asked for, and takes the pushes in.
pub(super) async fn accept(
    app: &App,
    signed: Signed,
    pushes: Vec<Push>,
    now: Moment,
) -> Result<(Caller, Option<Tokens>, Taken), Problem> {
    let (accounts, metrics) = (app.accounts.clone(), app.metrics.clone());
    let done = app
        .store
        .write_with(move |tx, state| -> Result<_, Fault<Refusal>> {
            let (caller, tokens) = match signed {
                Signed::Access(caller) => (caller, None),
                Signed::Refresh(token) => {
                    let tokens = accounts.renew(tx, &token, now)?;
                    let caller = Caller { person: tokens.person, device: tokens.device, until: tokens.access_until };
                    (caller, Some(tokens))
                }
            };
            accounts::check(tx, &caller)?;
            let holder = holder(tx, caller.person)?;
            let mut taken = Taken { acks: Vec::new(), villages: Vec::new() };
            for push in &pushes {
                let mut intake = Intake { tx, documents: &mut state.documents, holder: &holder, caller, now };
                let (ack, village) = intake.push(push)?;
                count(&metrics, &ack);
                taken.acks.push(ack);
                taken.villages.extend(village);
            }
            Ok((caller, tokens, taken))
        })
        .await?;
    Ok(done)
}

fn count(metrics: &Metrics, ack: &Ack) {
    for fate in &ack.fates {
        let counter = match fate {
            Fate::Accepted => Counter::ChangeAccepted,
            Fate::Duplicate => Counter::ChangeDuplicate,
            Fate::Parked => Counter::ChangeParked,
            Fate::NotAllowed | Fate::Refused(_) => Counter::ChangeRefused,
            Fate::NotYet => continue,
        };
        metrics.add(counter, 1);
    }
}

/// The place of a document, by the tenure or village it belongs to.
pub(super) fn place(connection: &Connection, id: DocumentId) -> Result<Option<Place>, Trouble> {
    Ok(match id.owner() {
        // Drafts stay on the device in this version.
        Owner::Draft(_) => None,
        Owner::Village(village) => division::find(connection, village)?.map(|_| Place { village, holder: None }),
        Owner::Log(id) | Owner::Review(id) => {
            tenure::find(connection, id)?.map(|tenure| Place { village: tenure.division, holder: Some(tenure.person) })
        }
    })
}

struct Intake<'a, 'c> {
    tx: &'a Transaction<'c>,
    documents: &'a mut DocumentCache,
    holder: &'a Holder,
    caller: Caller,
    now: Moment,
}

impl Intake<'_, '_> {
    /// Takes one document's changes in, up to the first that is not accepted.
    fn push(&mut self, push: &Push) -> Result<(Ack, Option<zhucun_core::division::DivisionCode>), Trouble> {
        let place = place(self.tx, push.document)?;
        let allowed = place.filter(|place| access::may_write(self.holder, push.document, *place));
        let mut fates = Vec::with_capacity(push.changes.len());
        let mut changed = None;
        for bytes in &push.changes {
            let fate = match (fates.last(), allowed) {
                (None | Some(Fate::Accepted | Fate::Duplicate), Some(place)) => self.change(push, place, bytes)?,
                (None, None) => {
                    self.quarantine(push.document, "not_allowed".to_owned(), bytes)?;
                    Fate::NotAllowed
                }
                _ => Fate::NotYet,
            };
            if fate == Fate::Accepted {
                changed = allowed.map(|place| place.village);
            }
            fates.push(fate);
        }
        Ok((Ack { document: push.document, fates }, changed))
    }

    fn change(&mut self, push: &Push, place: Place, bytes: &[u8]) -> Result<Fate, Trouble> {
        let author = Author::Device(self.caller.device, push.incarnation);
        let document = self.documents.get(self.tx, push.document)?;
        let judged = match judge(document, author, bytes) {
            Ok(Pass::Duplicate) => return Ok(Fate::Duplicate),
            Ok(Pass::New(judged)) => judged,
            // The phone gives back what the server lost, or what came out of order.
            Err(GateRefusal::UnknownDependency) => return Ok(Fate::NotYet),
            Err(refusal) => {
                self.quarantine(push.document, refusal.to_string(), bytes)?;
                return Ok(Fate::Refused(refusal));
            }
        };
        let (hash, seq, touched) = (judged.hash(), judged.seq(), judged.touched().clone());
        let actor = Actor::derive(self.caller.device, push.document, push.incarnation);
        judged.apply(document).map_err(|_| Trouble::Damaged("a judged change was not taken in"))?;
        let row = document::find_or_begin(self.tx, push.document, place)?;
        let actor = document::actor(self.tx, row.key, actor, self.caller.device, self.caller.person)?;
        let accepted = Accepted { document: row, actor, seq, hash, bytes, received: self.now };
        document::append(self.tx, &accepted)?;
        read_model::follow(self.tx, document, place, &touched, self.now)?;
        Ok(Fate::Accepted)
    }

    fn quarantine(&self, document: DocumentId, code: String, bytes: &[u8]) -> Result<(), Trouble> {
        let Caller { person, device, .. } = self.caller;
        document::quarantine(self.tx, &Refused { received: self.now, person, device, document, code, bytes })
    }
}
