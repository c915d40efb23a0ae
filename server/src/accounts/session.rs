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
        let (login, too_long) = (draft.login.clone(), draft.password.chars().count() > password::PASSWORD_CHARS_MAX);
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
        let fits = self.hashing(move || password::verify(&typed, &hashed)).await? && !too_long;

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
        grant::settle(tx, now.date())?;
        let label: String = draft.label.chars().filter(|c| !c.is_control()).take(LABEL_CHARS_MAX).collect();
        let row = RefreshRow { hash: refresh.hash(), until: now.plus_ms(REFRESH_MS) };
        device::sign_in(tx, (draft.device, known.person, &label), now, row)?;
        note(tx, now, known.person, draft.device, "session.begun", "")?;
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
                check_device(connection, &caller)?;
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
