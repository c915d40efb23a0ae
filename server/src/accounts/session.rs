//! A session: one person signed in on one device. It begins with a password, is renewed by a refresh token for 90 days
//! at a time, and ends by signing out, revocation, or a new password elsewhere.
use sha2::{Digest, Sha256};
use zhucun_core::clock::Moment;
use zhucun_core::id::{DeviceId, PersonId};
use zhucun_core::person::{Person, Post};

use super::password;
use super::token::{ACCESS_MS, REFRESH_MS, RefreshToken};
use super::{Accounts, Caller, Done};
use crate::refusal::Refusal;
use crate::store::account::{Account, ChosenBy, Failures};
use crate::store::audit::{self, Deed};
use crate::store::device::RefreshRow;
use crate::store::{Connection, Fault, Transaction, Trouble, account, device, grant, person, post};

/// Wrong passwords in a row after which a login is locked out, whether it exists or not.
pub const FAILURES_MAX: u32 = 5;
/// How long. Fewer failures are forgotten after the same time.
pub const LOCK_MS: i64 = 15 * 60_000;
/// Devices of one person that are signed in at once.
pub const DEVICES_MAX: usize = 20;
/// The rest of a longer label is cut.
pub const LABEL_CHARS_MAX: usize = 60;

/// A sign-in in the audit log.
pub(super) const BEGUN: &str = "session.begun";

/// What comes in to begin a session.
pub struct SignInDraft {
    pub login: String,
    pub password: String,
    /// Minted by the client, one for each person who signs in there.
    pub device: DeviceId,
    pub label: String,
}

/// What goes out when a session began.
pub struct SignedIn {
    pub person: Person,
    /// What the person is today.
    pub posts: Vec<Post>,
    pub tokens: Tokens,
}

/// The tokens of a session.
pub struct Tokens {
    pub person: PersonId,
    pub device: DeviceId,
    pub access: String,
    pub access_until: Moment,
    pub refresh: String,
    /// Nothing but changing the password is allowed until it is changed.
    pub must_change_password: bool,
}

/// What comes in to change one's own password.
pub struct PasswordChange {
    pub password: String,
    pub new_password: String,
}

/// How a sign-in ended inside the transaction: a failure is written down, so it must not be rolled back.
enum Verdict {
    In(Box<SignedIn>),
    Out(Refusal),
}

impl Accounts {
    /// Begins a session. The answer and the work are the same for a login that does not exist.
    pub async fn sign_in(&self, draft: SignInDraft) -> Done<SignedIn> {
        let draft = SignInDraft { login: draft.login.trim().to_owned(), ..draft };
        let login_hash = login_hash(&draft.login);
        let now = self.powers.now();
        let login = draft.login.clone();
        let found = self
            .store
            .read(move |connection| -> Done<Option<Account>> {
                refuse_locked_out(connection, login_hash, now)?;
                Ok(account::by_login(connection, &login)?)
            })
            .await?;
        let hashed =
            found.as_ref().map_or_else(|| password::NOBODY.to_owned(), |account| account.password_hash.clone());
        let typed = draft.password.clone();
        let fits = self.hashing(move || password::verify(&typed, &hashed)).await?;

        let (accounts, refresh) = (self.clone(), RefreshToken::new(self.powers.draw()));
        let verdict = self
            .store
            .write(move |tx| -> Result<Verdict, Trouble> {
                let now = accounts.powers.now();
                match accounts.admit(tx, &draft, login_hash, found.filter(|_| fits), &refresh, now) {
                    Ok(signed_in) => Ok(Verdict::In(Box::new(signed_in))),
                    Err(Fault::Refused(refusal)) => Ok(Verdict::Out(refusal)),
                    Err(Fault::Trouble(trouble)) => Err(trouble),
                }
            })
            .await?;
        match verdict {
            Verdict::In(signed_in) => Ok(*signed_in),
            Verdict::Out(refusal) => Err(refusal.into()),
        }
    }

    /// `verified` is the account whose password was typed. It is looked at again: others may have failed meanwhile, or
    /// the password may have been reset.
    fn admit(
        &self,
        tx: &Transaction<'_>,
        draft: &SignInDraft,
        login_hash: [u8; 32],
        verified: Option<Account>,
        refresh: &RefreshToken,
        now: Moment,
    ) -> Done<SignedIn> {
        refuse_locked_out(tx, login_hash, now)?;
        let current = account::by_login(tx, &draft.login)?;
        let known = match (current, verified) {
            (Some(current), Some(verified)) if current.password_hash == verified.password_hash => current,
            (current, _) => {
                write_failure(tx, login_hash, current.map(|account| account.person), now)?;
                return Err(Refusal::CredentialsWrong.into());
            }
        };
        account::forget_failures(tx, login_hash)?;
        let refused = self.refuse_device(tx, &known, draft.device, now)?;
        if let Some(refusal) = refused {
            note(tx, now, known.person, draft.device, "session.refused", refusal.code())?;
            return Err(refusal.into());
        }
        grant::settle(tx, now)?;
        let label: String = draft.label.chars().filter(|c| !c.is_control()).take(LABEL_CHARS_MAX).collect();
        let row = RefreshRow { hash: refresh.hash(), until: now.plus_ms(REFRESH_MS) };
        device::sign_in(tx, (draft.device, known.person, &label), now, row)?;
        note(tx, now, known.person, draft.device, BEGUN, "")?;
        let who = person::find(tx, known.person)?.ok_or(Trouble::Damaged("an account without a person"))?;
        let posts = post::held(tx, known.person, now.date())?;
        Ok(SignedIn { person: who, posts, tokens: self.tokens(&known, draft.device, refresh, now) })
    }

    fn refuse_device(
        &self,
        tx: &Transaction<'_>,
        known: &Account,
        wanted: DeviceId,
        now: Moment,
    ) -> Result<Option<Refusal>, Trouble> {
        if known.locked {
            return Ok(Some(Refusal::AccountLocked));
        }
        match device::find(tx, wanted)? {
            Some(device) if device.person != known.person => Ok(Some(Refusal::DeviceOfAnother)),
            Some(device) if device.revoked.is_some() => Ok(Some(Refusal::DeviceRevoked)),
            _ => {
                let devices = device::of_person(tx, known.person)?;
                let others = devices.iter().filter(|device| device.id != wanted && device.is_signed_in(now));
                Ok((others.count() >= DEVICES_MAX).then_some(Refusal::DevicesTooMany))
            }
        }
    }

    fn tokens(&self, of: &Account, device: DeviceId, refresh: &RefreshToken, now: Moment) -> Tokens {
        Tokens {
            person: of.person,
            device,
            access: self.token_key.access(of.person, device, now),
            access_until: now.plus_ms(ACCESS_MS),
            refresh: refresh.text(),
            must_change_password: of.must_change,
        }
    }

    /// Renews a session for 90 days. The token that was shown stays good until its successor is shown; showing it again
    /// gives the same successor, so a lost reply, or two requests at once, sign nobody out.
    pub fn renew(&self, tx: &Transaction<'_>, refresh_token: &str, now: Moment) -> Done<Tokens> {
        let shown = RefreshToken::parse(refresh_token)?;
        let device = device::by_refresh(tx, shown.hash())?.ok_or(Refusal::SignedOut)?;
        if device.revoked.is_some() {
            return Err(Refusal::DeviceRevoked.into());
        }
        if device.refresh_until.is_none_or(|until| now >= until) {
            return Err(Refusal::SignedOut.into());
        }
        let of = account::of_person(tx, device.person)?.ok_or(Trouble::Damaged("a device without an account"))?;
        if of.locked {
            return Err(Refusal::AccountLocked.into());
        }
        let successor = self.token_key.successor(&shown);
        let row = RefreshRow { hash: successor.hash(), until: now.plus_ms(REFRESH_MS) };
        device::renew(tx, device.id, now, shown.hash(), row)?;
        Ok(self.tokens(&of, device.id, &successor, now))
    }

    /// `renew` in a transaction of its own.
    pub async fn refresh(&self, refresh_token: String) -> Done<Tokens> {
        let accounts = self.clone();
        self.store.write(move |tx| accounts.renew(tx, &refresh_token, accounts.powers.now())).await
    }

    /// Reads an access token: signature and time only. `check` says whether its device still stands.
    pub fn verify_access(&self, token: &str, now: Moment) -> Result<Caller, Refusal> {
        self.token_key.verify_access(token, now)
    }

    /// Replaces one's own password, and signs out all of one's other devices. Wrong passwords count as in `sign_in`.
    pub async fn change_password(&self, caller: Caller, change: PasswordChange) -> Done<()> {
        let now = self.powers.now();
        let known = self
            .store
            .read(move |connection| -> Done<Account> {
                let known = account::of_person(connection, caller.person)?.ok_or(Refusal::SignedOut)?;
                refuse_locked_out(connection, login_hash(&known.login), now)?;
                Ok(known)
            })
            .await?;
        password::judge(&change.new_password, &known.login)?;
        if change.password == change.new_password {
            return Err(Refusal::PasswordUnchanged.into());
        }
        let (hashed, typed) = (known.password_hash.clone(), change.password);
        let fits = self.hashing(move || password::verify(&typed, &hashed)).await?;
        let salt = self.powers.draw();
        let new = self.hashing(move || password::hash(&change.new_password, salt)).await?;

        let powers = self.powers.clone();
        let changed = self
            .store
            .write(move |tx| -> Result<Result<(), Refusal>, Trouble> {
                let now = powers.now();
                let login_hash = login_hash(&known.login);
                let current = account::of_person(tx, known.person)?;
                if !fits || current.is_none_or(|current| current.password_hash != known.password_hash) {
                    write_failure(tx, login_hash, Some(known.person), now)?;
                    return Ok(Err(Refusal::CredentialsWrong));
                }
                account::forget_failures(tx, login_hash)?;
                account::set_password(tx, known.person, &new, ChosenBy::Owner, now)?;
                device::sign_out_others(tx, known.person, Some(caller.device))?;
                note(tx, now, known.person, caller.device, "account.password_changed", "")?;
                Ok(Ok(()))
            })
            .await?;
        changed.map_err(Fault::Refused)
    }

    /// Ends the session. The device may sign in again.
    pub async fn sign_out(&self, caller: Caller) -> Done<()> {
        let powers = self.powers.clone();
        self.store
            .write(move |tx| {
                device::sign_out(tx, caller.device)?;
                Ok(note(tx, powers.now(), caller.person, caller.device, "session.ended", "")?)
            })
            .await
    }
}

/// Until when this login is locked out after wrong passwords.
pub(super) fn locked_out_until(connection: &Connection, login: &str, now: Moment) -> Done<Option<Moment>> {
    match refuse_locked_out(connection, login_hash(login), now) {
        Err(Fault::Refused(Refusal::LockedOut { until })) => Ok(Some(until)),
        other => other.map(|()| None),
    }
}

/// Whether a refresh token is, or was last, that of a device.
pub fn is_known(connection: &Connection, refresh_token: &str) -> Result<bool, Trouble> {
    let Ok(shown) = RefreshToken::parse(refresh_token) else { return Ok(false) };
    Ok(device::by_refresh(connection, shown.hash())?.is_some())
}

/// Whether the caller's session still stands, its first password replaced or not.
pub fn check_device(connection: &Connection, caller: &Caller) -> Done<Account> {
    let Some(device) = device::find(connection, caller.device)?.filter(|device| device.person == caller.person) else {
        return Err(Refusal::SignedOut.into());
    };
    if device.revoked.is_some() {
        return Err(Refusal::DeviceRevoked.into());
    }
    if device.refresh_until.is_none() {
        return Err(Refusal::SignedOut.into());
    }
    let of = account::of_person(connection, caller.person)?.ok_or(Refusal::SignedOut)?;
    if of.locked {
        return Err(Refusal::AccountLocked.into());
    }
    Ok(of)
}

/// Whether the caller may do what signed-in people do: the session stands and its first password was replaced.
pub fn check(connection: &Connection, caller: &Caller) -> Done<()> {
    if check_device(connection, caller)?.must_change {
        return Err(Refusal::PasswordChangeRequired.into());
    }
    Ok(())
}

/// What was typed as a login, as the failures know it: a password typed into the wrong box is not kept.
pub(super) fn login_hash(login: &str) -> [u8; 32] {
    Sha256::digest(login.to_lowercase()).into()
}

fn refuse_locked_out(connection: &Connection, login_hash: [u8; 32], now: Moment) -> Done<()> {
    let failures = account::failures(connection, login_hash)?;
    let until = failures.last.plus_ms(LOCK_MS);
    if failures.count >= FAILURES_MAX && now < until {
        return Err(Refusal::LockedOut { until }.into());
    }
    Ok(())
}

fn write_failure(
    tx: &Transaction<'_>,
    login_hash: [u8; 32],
    person: Option<PersonId>,
    now: Moment,
) -> Result<(), Trouble> {
    let before = account::failures(tx, login_hash)?;
    let count = if now < before.last.plus_ms(LOCK_MS) { before.count + 1 } else { 1 };
    account::put_failures(tx, login_hash, Failures { count, last: now }, now.plus_ms(-LOCK_MS))?;
    let subject = person.map_or_else(String::new, |id| id.to_string());
    let action = if count >= FAILURES_MAX { "session.locked_out" } else { "session.failed" };
    audit::append(tx, &Deed { at: now, person: None, device: None, action, subject, detail: String::new() })
}

fn note(
    tx: &Transaction<'_>,
    at: Moment,
    person: PersonId,
    device: DeviceId,
    action: &'static str,
    detail: &str,
) -> Result<(), Trouble> {
    let (subject, detail) = (device.to_string(), detail.to_owned());
    audit::append(tx, &Deed { at, person: Some(person), device: Some(device), action, subject, detail })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use uuid::Uuid;

    use super::super::{HASHES_MAX, HASHES_WAITING_MAX, provision};
    use super::*;
    use crate::key::ServerKey;
    use crate::power::Powers;
    use crate::store::Store;
    use crate::store::person::Particulars;

    const WHO: PersonId = PersonId(Uuid::from_u128(1));
    const DEVICE: DeviceId = DeviceId(Uuid::from_u128(2));
    const NOW: Moment = Moment(1_448_856_000_000);
    const OLD: &str = "an old good sentence";
    const NEW: &str = "a new good sentence";

    /// What happens when chance is next drawn: after a password was verified, and before that counts.
    type Meddles = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

    /// One person with the password `OLD`.
    fn accounts(dir: &tempfile::TempDir) -> (Accounts, Meddles) {
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let made: Result<(), Trouble> = store.write_sync(|tx| {
            person::put(tx, WHO, &Particulars::default())?;
            let hash = password::hash(OLD, [7; 16]);
            account::add(tx, WHO, "who", &hash, NOW)?;
            account::set_password(tx, WHO, &hash, ChosenBy::Owner, NOW)
        });
        made.expect("an account");
        let meddles = Meddles::default();
        let within = meddles.clone();
        let draw = move |bytes: &mut [u8]| {
            bytes.fill(3);
            let meddle = within.lock().expect("nobody died here").take();
            if let Some(meddle) = meddle {
                std::thread::spawn(meddle).join().expect("it is done");
            }
        };
        (Accounts::new(store, Powers::new(|| NOW, draw), &ServerKey::of([1; 32])), meddles)
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
    }

    fn draft(password: &str) -> SignInDraft {
        SignInDraft { login: "who".to_owned(), password: password.to_owned(), device: DEVICE, label: String::new() }
    }

    /// The level above resets the password to this one, in the very next moment.
    fn reset_next(accounts: &Accounts, meddles: &Meddles, password: &'static str) {
        let store = accounts.store.clone();
        let reset = move || {
            let done = store.write_sync(|tx| provision::reset(tx, WHO, &password::hash(password, [8; 16]), NOW, None));
            done.expect("a reset");
        };
        *meddles.lock().expect("nobody died here") = Some(Box::new(reset));
    }

    fn refused<T>(done: Done<T>) -> Refusal {
        match done {
            Err(Fault::Refused(refusal)) => refusal,
            Err(Fault::Trouble(trouble)) => panic!("{trouble}"),
            Ok(_) => panic!("it was let in"),
        }
    }

    #[test]
    fn a_password_that_is_reset_while_it_is_typed_opens_and_changes_nothing() {
        let (dir, runtime) = (tempfile::tempdir().expect("a temporary folder"), runtime());
        let (accounts, meddles) = accounts(&dir);
        reset_next(&accounts, &meddles, NEW);
        assert_eq!(refused(runtime.block_on(accounts.sign_in(draft(OLD)))), Refusal::CredentialsWrong);
        let signed_in = runtime.block_on(accounts.sign_in(draft(NEW)));
        assert!(signed_in.is_ok_and(|signed_in| signed_in.tokens.must_change_password));
        reset_next(&accounts, &meddles, OLD);
        let caller = Caller { person: WHO, device: DEVICE, until: NOW };
        let change = PasswordChange { password: NEW.to_owned(), new_password: "another good sentence".to_owned() };
        assert_eq!(refused(runtime.block_on(accounts.change_password(caller, change))), Refusal::CredentialsWrong);
        assert!(runtime.block_on(accounts.sign_in(draft(OLD))).is_ok(), "the last reset counts");
    }

    #[test]
    fn two_passwords_are_hashed_at_once_so_many_wait_and_who_is_locked_out_costs_none() {
        let (dir, runtime) = (tempfile::tempdir().expect("a temporary folder"), runtime());
        let (accounts, _) = accounts(&dir);
        let both = accounts.hashing.try_acquire_many(u32::try_from(HASHES_MAX).expect("two")).expect("nobody hashes");
        let waits = runtime.block_on(async {
            tokio::time::timeout(Duration::from_millis(200), accounts.sign_in(draft(OLD))).await.is_err()
        });
        assert!(waits, "a third one waits");
        drop(both);
        assert!(runtime.block_on(accounts.sign_in(draft(OLD))).is_ok());
        for _ in 0..FAILURES_MAX {
            assert_eq!(refused(runtime.block_on(accounts.sign_in(draft("wrong")))), Refusal::CredentialsWrong);
        }
        let many = u32::try_from(HASHES_WAITING_MAX).expect("a small number");
        let crowd = accounts.waiting.try_acquire_many(many).expect("nobody waits");
        let nobody = SignInDraft { login: "nobody".to_owned(), ..draft("wrong") };
        assert_eq!(refused(runtime.block_on(accounts.sign_in(nobody))), Refusal::Busy);
        let until = NOW.plus_ms(LOCK_MS);
        assert_eq!(refused(runtime.block_on(accounts.sign_in(draft(OLD)))), Refusal::LockedOut { until });
        let nobodys =
            accounts.reset_password(Caller { person: WHO, device: DEVICE, until: NOW }, PersonId(Uuid::nil()));
        assert_eq!(refused(runtime.block_on(nobodys)), Refusal::OutsideScope, "who may not reset costs none either");
        drop(crowd);
    }

    #[test]
    fn a_token_of_one_person_does_not_speak_for_the_device_of_another() {
        let (dir, runtime) = (tempfile::tempdir().expect("a temporary folder"), runtime());
        let (accounts, _) = accounts(&dir);
        assert!(runtime.block_on(accounts.sign_in(draft(OLD))).is_ok());
        let other = PersonId(Uuid::from_u128(9));
        let made: Result<(), Trouble> = accounts.store.write_sync(move |tx| {
            person::put(tx, other, &Particulars::default())?;
            account::add(tx, other, "other", "hash", NOW)
        });
        made.expect("another account");
        let stands = |person| {
            accounts.store.read_sync(move |connection| {
                check_device(connection, &Caller { person, device: DEVICE, until: NOW }).map(drop)
            })
        };
        assert!(stands(WHO).is_ok());
        assert_eq!(refused(stands(other)), Refusal::SignedOut);
    }
}
