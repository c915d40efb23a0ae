//! Devices: one's own, and shutting one out that was lost.
use zhucun_core::clock::Moment;
use zhucun_core::id::{DeviceId, PersonId};

use super::{Accounts, Caller, Done};
use crate::refusal::Refusal;
use crate::store::Transaction;
use crate::store::audit::{self, Deed};
use crate::store::device::{self, Device};

impl Accounts {
    /// The devices of a person, the one seen last first.
    pub async fn devices(&self, person: PersonId) -> Done<Vec<Device>> {
        self.store.read(move |connection| Ok(device::of_person(connection, person)?)).await
    }

    /// Shuts out one of the caller's own devices for ever.
    pub async fn revoke_device(&self, caller: Caller, id: DeviceId) -> Done<()> {
        let powers = self.powers.clone();
        self.store.write(move |tx| revoke(tx, caller, caller.person, id, powers.now())).await
    }
}

/// Shuts out a device of `whose` for ever. Doing it twice is doing it once.
pub(super) fn revoke(tx: &Transaction<'_>, caller: Caller, whose: PersonId, id: DeviceId, now: Moment) -> Done<()> {
    let found = device::find(tx, id)?.filter(|device| device.person == whose).ok_or(Refusal::NotFound)?;
    if found.revoked.is_some() {
        return Ok(());
    }
    device::revoke(tx, id, now)?;
    let deed = Deed {
        at: now,
        person: Some(caller.person),
        device: Some(caller.device),
        action: "device.revoked",
        subject: id.to_string(),
        detail: String::new(),
    };
    Ok(audit::append(tx, &deed)?)
}
