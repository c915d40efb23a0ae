//! Accounts: signing in, staying signed in, passwords, devices, and the reset by the level above.
//!
//! `session` begins and renews, `password` judges and hashes, `token` makes what travels, `device` lists and revokes,
//! `provision` makes accounts and hands out first passwords, `administration` is what an administrator sees and does. Everything that changes an account is in the audit log.
pub mod password;
pub mod token;

mod session;
mod device;
mod provision;
mod administration;

use std::sync::Arc;

use tokio::sync::Semaphore;

pub use administration::{Dossier, Found, SEARCH_CHARS_MAX};
pub use provision::{Provisioned, lock, reset, unlock};
pub use session::{
    DEVICES_MAX, FAILURES_MAX, LABEL_CHARS_MAX, LOCK_MS, PasswordChange, SignInDraft, SignedIn, Tokens, check,
    check_device, is_known,
};
pub use token::Caller;

use crate::key::ServerKey;
use crate::power::Powers;
use crate::refusal::Refusal;
use crate::store::{Fault, Store, Trouble};
use token::TokenKey;

/// Passwords hashed at once: each takes 19 MiB and a processor.
const HASHES_MAX: usize = 2;
/// Passwords that may wait to be hashed; more are told that the server is busy.
const HASHES_WAITING_MAX: usize = 64;

/// What a job of this room answers.
pub type Done<T> = Result<T, Fault<Refusal>>;

/// The room's powers, keys and limits. Cloning is cheap.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    powers: Powers,
    token_key: TokenKey,
    hashing: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Accounts {
    pub fn new(store: Store, powers: Powers, key: &ServerKey) -> Self {
        Self {
            store,
            powers,
            token_key: TokenKey::new(key),
            hashing: Arc::new(Semaphore::new(HASHES_MAX)),
            waiting: Arc::new(Semaphore::new(HASHES_WAITING_MAX)),
        }
    }

    /// Runs work of tens of milliseconds beside the threads that serve requests, a few at once.
    pub async fn hashing<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Done<T> {
        let _waits = self.waiting.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let turn = self.hashing.clone().acquire_owned().await.map_err(|_| Trouble::Closed)?;
        let hashing = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        Ok(hashing.await.map_err(|_| Trouble::Panicked)?)
    }
}
