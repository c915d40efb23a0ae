//! Making accounts and resetting passwords. Both hand out a first password that is shown once and must be replaced at
//! the first sign-in; the database holds only its hash.
use jiff::civil::Date;
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::id::PersonId;
use zhucun_core::person::{Person, Post};

use super::session::login_hash;
use super::{Accounts, Caller, Done, password};
use crate::access::{Names, Scope, may_reset};
use crate::refusal::Refusal;
use crate::store::account::{Account, ChosenBy};
use crate::store::audit::{self, Deed};
use crate::store::{Connection, Fault, Transaction, Trouble, account, device, person, post};

/// An account with its posts, for those who may reset it.
pub struct Provisioned {
    pub person: Person,
    pub login: String,
    pub posts: Vec<Post>,
    pub locked: bool,
}

impl Accounts {
    /// The accounts inside `division` whose passwords the caller may reset, by login.
    pub async fn resettable(&self, caller: Caller, division: DivisionCode) -> Done<Vec<Provisioned>> {
        let today = self.powers.now().date();
        let list = self
            .store
            .read(move |connection| {
                let own = post::held(connection, caller.person, today)?;
                if !own.iter().any(|post| post.division.contains(division)) {
                    return Err(Refusal::OutsideScope.into());
                }
                let mut list = Vec::new();
                for account in account::inside(connection, division, today)? {
                    let posts = post::held_or_coming(connection, account.person, today)?;
                    if may_reset(&own, &posts) && account.person != caller.person {
                        let person = person::find(connection, account.person)?;
                        let person = person.ok_or(Trouble::Damaged("an account without a person"))?;
                        list.push(Provisioned { person, login: account.login, posts, locked: account.locked });
                    }
                }
                Ok(list)
            })
            .await;
        self.noted(caller, division.to_string(), list).await
    }

    /// Gives somebody below a new first password, and signs out all their devices. Gives the password, once.
    pub async fn reset_password(&self, caller: Caller, whose: PersonId) -> Done<String> {
        let first = password::first(self.powers.draw());
        let (salt, typed) = (self.powers.draw(), first.clone());
        let powers = self.powers.clone();
        let today = powers.now().date();
        // Asked first, so that nobody makes the server hash for nothing; asked again in the transaction.
        let allowed = self.store.read(move |connection| refuse_reset(connection, caller, whose, today)).await;
        self.noted(caller, whose.to_string(), allowed).await?;
        let hash = self.hashing(move || password::hash(&typed, salt)).await?;
        self.store
            .write(move |tx| -> Done<()> {
                let now = powers.now();
                refuse_reset(tx, caller, whose, now.date())?;
                Ok(reset(tx, whose, &hash, now, Some(caller))?)
            })
            .await?;
        Ok(first)
    }

    /// Whether the caller may read the figures of a unit, and how much may be told of its households.
    pub async fn may_read_figures(&self, caller: Caller, unit: DivisionCode) -> Done<Names> {
        let today = self.powers.now().date();
        let allowed = self
            .store
            .read(move |connection| {
                let scope = Scope::of(&post::held(connection, caller.person, today)?);
                if scope.may_read_figures(unit) { Ok(scope.names(unit)) } else { Err(Refusal::OutsideScope.into()) }
            })
            .await;
        self.noted(caller, unit.to_string(), allowed).await
    }

    /// Passes `done` on; when it was refused as outside the caller's scope, that stands in the audit log first.
    pub async fn noted<T>(&self, caller: Caller, subject: String, done: Done<T>) -> Done<T> {
        if matches!(done, Err(Fault::Refused(Refusal::OutsideScope))) {
            let deed = Deed {
                at: self.powers.now(),
                person: Some(caller.person),
                device: Some(caller.device),
                action: "scope.refused",
                subject,
                detail: String::new(),
            };
            self.store.write(move |tx| audit::append(tx, &deed)).await?;
        }
        done
    }
}

fn refuse_reset(connection: &Connection, caller: Caller, whose: PersonId, today: Date) -> Done<()> {
    let own = post::held(connection, caller.person, today)?;
    let theirs = post::held_or_coming(connection, whose, today)?;
    // Whether somebody exists whom the caller may not touch is not said either.
    if whose == caller.person || !may_reset(&own, &theirs) || account::of_person(connection, whose)?.is_none() {
        return Err(Refusal::OutsideScope.into());
    }
    Ok(())
}

/// Sets a password that `by` chose for `whose` (none: the command line) and ends all their sessions.
pub fn reset(
    tx: &Transaction<'_>,
    whose: PersonId,
    hash: &str,
    now: Moment,
    by: Option<Caller>,
) -> Result<(), Trouble> {
    account::set_password(tx, whose, hash, ChosenBy::Other, now)?;
    device::sign_out_others(tx, whose, None)?;
    note(tx, now, "account.reset", whose, by)
}

/// Locks an account until it is unlocked; `by` nobody: the command line.
pub fn lock(tx: &Transaction<'_>, whose: PersonId, now: Moment, by: Option<Caller>) -> Result<(), Trouble> {
    account::lock(tx, whose)?;
    note(tx, now, "account.locked", whose, by)
}

/// Unlocks an account, and forgets its wrong passwords.
pub fn unlock(tx: &Transaction<'_>, whose: &Account, now: Moment, by: Option<Caller>) -> Result<(), Trouble> {
    account::unlock(tx, whose.person)?;
    account::forget_failures(tx, login_hash(&whose.login))?;
    note(tx, now, "account.unlocked", whose.person, by)
}

fn note(
    tx: &Transaction<'_>,
    at: Moment,
    action: &'static str,
    whose: PersonId,
    by: Option<Caller>,
) -> Result<(), Trouble> {
    let (person, device) = (by.map(|caller| caller.person), by.map(|caller| caller.device));
    audit::append(tx, &Deed { at, person, device, action, subject: whose.to_string(), detail: String::new() })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::civil::date;
    use uuid::Uuid;
    use zhucun_core::division::Division;
    use zhucun_core::id::DeviceId;
    use zhucun_core::person::Role;

    use super::super::HASHES_MAX;
    use super::*;
    use crate::key::ServerKey;
    use crate::power::Powers;
    use crate::store::person::Particulars;
    use crate::store::post::PostRow;
    use crate::store::{Store, division};

    const ABOVE: PersonId = PersonId(Uuid::from_u128(1));
    const BELOW: PersonId = PersonId(Uuid::from_u128(2));
    const WITHOUT: PersonId = PersonId(Uuid::from_u128(4));
    const NOW: Moment = Moment(1_448_856_000_000);

    fn county() -> DivisionCode {
        "621022".parse().expect("a code of the test")
    }

    #[test]
    fn who_lost_the_post_while_the_password_was_hashed_resets_nothing() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let row = |role, to| PostRow { post: Post { role, division: county() }, from: date(2014, 1, 1), to };
        let made: Result<(), Trouble> = store.write_sync(move |tx| {
            division::put(tx, &Division { code: county(), name: "某县".to_owned() })?;
            for (who, role) in [(ABOVE, Role::Administrator), (BELOW, Role::County), (WITHOUT, Role::County)] {
                person::put(tx, who, &Particulars::default())?;
                post::put(tx, who, &row(role, None))?;
                if who != WITHOUT {
                    account::add(tx, who, &who.to_string(), "hash", NOW)?;
                }
            }
            Ok(())
        });
        made.expect("two people");
        let nobodys = store.read_sync(|connection| {
            let caller = Caller { person: ABOVE, device: DeviceId(Uuid::from_u128(3)), until: NOW };
            refuse_reset(connection, caller, WITHOUT, NOW.date())
        });
        assert!(nobodys.is_err(), "a post without an account has no password");
        let accounts =
            Accounts::new(store.clone(), Powers::new(|| NOW, |bytes| bytes.fill(3)), &ServerKey::of([1; 32]));
        let caller = Caller { person: ABOVE, device: DeviceId(Uuid::from_u128(3)), until: NOW };
        let hashing = accounts.hashing.clone();
        let both = hashing.try_acquire_many(u32::try_from(HASHES_MAX).expect("two")).expect("nobody hashes");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let reset = runtime.block_on(async {
            let meanwhile = async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                let ended = row(Role::Administrator, Some(date(2015, 1, 1)));
                let done: Result<(), Trouble> = store.write(move |tx| post::put(tx, ABOVE, &ended)).await;
                done.expect("a post that ended");
                drop(both);
            };
            tokio::join!(accounts.reset_password(caller, BELOW), meanwhile).0
        });
        assert!(matches!(reset, Err(Fault::Refused(Refusal::OutsideScope))));
        let hash = |connection: &Connection| account::of_person(connection, BELOW);
        let below = store.read_sync(hash).expect("a read").expect("an account");
        assert_eq!(below.password_hash, "hash");
    }
}
