//! What an administrator sees and does: the people inside their division, how an account stands, locking and unlocking it,
//! and shutting out its devices; and whose deeds an auditor reads. Nobody acts on themselves here, on who holds anything outside the
//! division, nor on who administers or audits that very division.
use jiff::civil::Date;
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::id::{DeviceId, PersonId};
use zhucun_core::tenure::Tenure;

use super::session::{BEGUN, locked_out_until};
use super::{Accounts, Caller, Done, Provisioned, device as revoking, provision};
use crate::access::{administered, audited, may_administer, may_reset};
use crate::refusal::Refusal;
use crate::store::account::{Account, Search};
use crate::store::device::Device;
use crate::store::person::Particulars;
use crate::store::post::PostRow;
use crate::store::{Connection, Trouble, account, audit, device, person, post, tenure};

/// People of one answer.
const PAGE_MAX: u32 = 50;
/// Characters of what is looked for.
pub const SEARCH_CHARS_MAX: usize = 40;

/// Some of those who were looked for.
pub struct Found {
    pub people: Vec<Provisioned>,
    /// There are more behind the last one.
    pub more: bool,
}

/// All that an administrator is told of a person.
pub struct Dossier {
    pub id: PersonId,
    pub about: Particulars,
    pub login: String,
    pub posts: Vec<PostRow>,
    pub tenures: Vec<Tenure>,
    pub locked: bool,
    pub must_change: bool,
    pub locked_out_until: Option<Moment>,
    pub last_sign_in: Option<Moment>,
    /// Of whom the caller may act on; else none.
    pub devices: Vec<Device>,
    pub may_administer: bool,
    pub may_reset: bool,
}

impl Accounts {
    /// The people inside the divisions that the caller administers who fit a search, by login.
    pub async fn people(&self, caller: Caller, search: Search) -> Done<Found> {
        let today = self.powers.now().date();
        let found = self
            .store
            .read(move |connection| {
                let tops = tops(connection, caller, today)?;
                let mut accounts = Vec::new();
                for top in tops {
                    accounts.extend(account::found(connection, top, &search, PAGE_MAX + 1)?);
                }
                accounts.sort_by_key(|account| account.login.to_ascii_lowercase());
                accounts.dedup_by_key(|account| account.person);
                let more = accounts.len() > PAGE_MAX as usize;
                accounts.truncate(PAGE_MAX as usize);
                let people = accounts.into_iter().map(|account| provisioned(connection, account, today));
                Ok(Found { people: people.collect::<Result<_, Trouble>>()?, more })
            })
            .await;
        self.noted(caller, String::new(), found).await
    }

    /// What there is to know of a person who is or was inside a division that the caller administers.
    pub async fn dossier(&self, caller: Caller, whose: PersonId) -> Done<Dossier> {
        let now = self.powers.now();
        let found = self.store.read(move |connection| dossier(connection, caller, whose, now)).await;
        self.noted(caller, whose.to_string(), found).await
    }

    /// Locks the account of somebody the caller administers.
    pub async fn lock(&self, caller: Caller, whose: PersonId) -> Done<()> {
        let powers = self.powers.clone();
        let done = self
            .store
            .write(move |tx| {
                let now = powers.now();
                let of = administered_account(tx, caller, whose, now.date())?;
                if !of.locked {
                    provision::lock(tx, whose, now, Some(caller))?;
                }
                Ok(())
            })
            .await;
        self.noted(caller, whose.to_string(), done).await
    }

    /// Unlocks it, and forgets its wrong passwords.
    pub async fn unlock(&self, caller: Caller, whose: PersonId) -> Done<()> {
        let powers = self.powers.clone();
        let done = self
            .store
            .write(move |tx| {
                let now = powers.now();
                let of = administered_account(tx, caller, whose, now.date())?;
                if of.locked || locked_out_until(tx, &of.login, now)?.is_some() {
                    provision::unlock(tx, &of, now, Some(caller))?;
                }
                Ok(())
            })
            .await;
        self.noted(caller, whose.to_string(), done).await
    }

    /// Shuts out a device of somebody the caller administers, for ever.
    pub async fn revoke_device_of(&self, caller: Caller, whose: PersonId, id: DeviceId) -> Done<()> {
        let powers = self.powers.clone();
        let done = self
            .store
            .write(move |tx| {
                let now = powers.now();
                administered_account(tx, caller, whose, now.date())?;
                revoking::revoke(tx, caller, whose, id, now)
            })
            .await;
        self.noted(caller, whose.to_string(), done).await
    }

    /// The divisions whose audit log the caller reads; refused where there is none.
    pub async fn may_audit(&self, caller: Caller) -> Done<Vec<DivisionCode>> {
        let today = self.powers.now().date();
        let allowed =
            self.store.read(move |connection| some(audited(&post::held(connection, caller.person, today)?))).await;
        self.noted(caller, String::new(), allowed).await
    }
}

/// The divisions that the caller administers; refused where there is none.
fn tops(connection: &Connection, caller: Caller, today: Date) -> Done<Vec<DivisionCode>> {
    some(administered(&post::held(connection, caller.person, today)?))
}

fn some(tops: Vec<DivisionCode>) -> Done<Vec<DivisionCode>> {
    if tops.is_empty() { Err(Refusal::OutsideScope.into()) } else { Ok(tops) }
}

fn provisioned(connection: &Connection, of: Account, today: Date) -> Result<Provisioned, Trouble> {
    let person = person::find(connection, of.person)?.ok_or(Trouble::Damaged("an account without a person"))?;
    let posts = post::held_or_coming(connection, of.person, today)?;
    Ok(Provisioned { person, login: of.login, posts, locked: of.locked })
}

fn dossier(connection: &Connection, caller: Caller, whose: PersonId, now: Moment) -> Done<Dossier> {
    let today = now.date();
    let tops = tops(connection, caller, today)?;
    let inside = post::was_inside(connection, whose, &tops)?;
    let of = account::of_person(connection, whose)?.filter(|_| inside).ok_or(Refusal::OutsideScope)?;
    let own = post::held(connection, caller.person, today)?;
    let may_administer = caller.person != whose && may_administer(&own, &post::standing(connection, whose, today)?);
    let may_reset = caller.person != whose && may_reset(&own, &post::held_or_coming(connection, whose, today)?);
    let devices = if may_administer { device::of_person(connection, whose)? } else { Vec::new() };
    Ok(Dossier {
        id: whose,
        about: person::particulars(connection, whose)?.ok_or(Trouble::Damaged("an account without a person"))?,
        posts: post::rows(connection, whose)?,
        tenures: tenure::of_person(connection, whose)?,
        locked: of.locked,
        must_change: of.must_change,
        locked_out_until: locked_out_until(connection, &of.login, now)?,
        last_sign_in: audit::last(connection, whose, BEGUN)?,
        login: of.login,
        devices,
        may_administer,
        may_reset,
    })
}

fn administered_account(connection: &Connection, caller: Caller, whose: PersonId, today: Date) -> Done<Account> {
    let own = post::held(connection, caller.person, today)?;
    let theirs = post::standing(connection, whose, today)?;
    let of = account::of_person(connection, whose)?;
    // Whether somebody exists whom the caller may not touch is not said either.
    let of = of.filter(|_| caller.person != whose && may_administer(&own, &theirs));
    Ok(of.ok_or(Refusal::OutsideScope)?)
}
