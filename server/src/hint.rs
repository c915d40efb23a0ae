//! The hint: tells streams that are open that something may wait for them. It carries no data, may be lost, and is
//! never relied upon: whoever hears it synchronises as always.
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use zhucun_core::division::DivisionCode;
use zhucun_core::id::{DeviceId, PersonId};

use crate::access::Scope;

/// Streams at once, all devices together.
pub const STREAMS_MAX: usize = 4_000;
/// Changes that a slow stream may lie behind; beyond, it is told once that something waits.
const BEHIND_MAX: usize = 256;

/// What may wait, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A document of this division (a village, or a township with all its villages) changed; `by` knows it already.
    In { division: DivisionCode, by: Option<DeviceId> },
    /// This person's scope changed.
    For(PersonId),
    /// A draft of this person changed; `by` knows it already.
    Own { person: PersonId, by: DeviceId },
}

impl Waiting {
    /// Whether it concerns a device of a person with this scope.
    pub fn concerns(self, person: PersonId, device: DeviceId, scope: &Scope) -> bool {
        match self {
            Waiting::In { by: Some(by), .. } if by == device => false,
            Waiting::In { division, .. } => {
                scope.replicates(division) || scope.replicated.iter().any(|own| division.contains(*own))
            }
            Waiting::For(whom) => whom == person,
            Waiting::Own { person: whom, by } => whom == person && by != device,
        }
    }
}

/// Where hints are given and heard. Cloning is cheap.
#[derive(Clone)]
pub struct Hint {
    channel: broadcast::Sender<Waiting>,
    streams: Arc<Semaphore>,
    closing: Arc<watch::Sender<bool>>,
}

/// One stream's end of the hint; dropping it gives its place back.
pub struct Ear {
    pub waiting: broadcast::Receiver<Waiting>,
    /// Turns true when the server goes down.
    pub closing: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

impl Default for Hint {
    fn default() -> Self {
        Self {
            channel: broadcast::channel(BEHIND_MAX).0,
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            closing: Arc::new(watch::channel(false).0),
        }
    }
}

impl Hint {
    /// Something changed in the documents of a village, or of a whole township. `by` is the device that sent it.
    pub fn changed(&self, division: DivisionCode, by: Option<DeviceId>) {
        // Nobody listening is no failure.
        let _ = self.channel.send(Waiting::In { division, by });
    }

    /// A draft of a person changed.
    pub fn draft_changed(&self, person: PersonId, by: DeviceId) {
        let _ = self.channel.send(Waiting::Own { person, by });
    }

    /// What these people may see changed.
    pub fn scope_changed(&self, people: &[PersonId]) {
        for person in people {
            let _ = self.channel.send(Waiting::For(*person));
        }
    }

    /// Begins to listen; none when there are too many streams.
    pub fn listen(&self) -> Option<Ear> {
        let place = self.streams.clone().try_acquire_owned().ok()?;
        Some(Ear { waiting: self.channel.subscribe(), closing: self.closing.subscribe(), _place: place })
    }

    /// Ends all streams: the server goes down.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use zhucun_core::person::{Post, Role};

    use super::*;

    #[test]
    fn a_hint_concerns_those_who_hold_the_village_but_not_the_device_that_sent_it() {
        let code = |text: &str| text.parse::<DivisionCode>().expect("a code of the test");
        let (me, mine, other) =
            (PersonId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(2)), DeviceId(Uuid::from_u128(3)));
        let scope = |role, division| Scope::of(&[Post { role, division }]);
        let secretary = scope(Role::FirstSecretary, code("621022103201"));
        let reviewer = scope(Role::TownshipReviewer, code("621022103"));
        let county = scope(Role::County, code("621022"));
        let changed = |division: &str, by| Waiting::In { division: code(division), by };
        for (waiting, scope, concerns) in [
            (changed("621022103201", Some(other)), &secretary, true),
            (changed("621022103201", Some(mine)), &secretary, false),
            (changed("621022103201", None), &secretary, true),
            (changed("621022103202", None), &secretary, false),
            (changed("621022103", None), &secretary, true),
            (changed("621022103202", None), &reviewer, true),
            (changed("621022104202", None), &reviewer, false),
            (changed("621022103202", None), &county, false),
            (Waiting::For(me), &county, true),
            (Waiting::For(PersonId(Uuid::from_u128(9))), &secretary, false),
            (Waiting::Own { person: me, by: other }, &secretary, true),
            (Waiting::Own { person: me, by: mine }, &secretary, false),
            (Waiting::Own { person: PersonId(Uuid::from_u128(9)), by: other }, &secretary, false),
        ] {
            assert_eq!(waiting.concerns(me, mine, scope), concerns, "{waiting:?}");
        }
    }
}
