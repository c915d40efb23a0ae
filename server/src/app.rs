//! The running server as one value: its store, powers, keys and rooms. It is opened on a data folder and handed to
//! every request.
use std::path::Path;
use std::sync::Arc;

use zhucun_core::id::PersonId;

use crate::accounts::Accounts;
use crate::erase::LEDGER;
use crate::hint::Hint;
use crate::hold::Hold;
use crate::key::ServerKey;
use crate::metrics::Metrics;
use crate::power::Powers;
use crate::store::{self, Store, Trouble, grant, meta};

/// The database's file in the data folder.
pub const DATABASE: &str = "zhucun.db";
/// The secret's file in the data folder.
pub const KEY: &str = "zhucun.key";

/// Cloning is cheap; all clones are one server.
#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub powers: Powers,
    pub key: ServerKey,
    pub accounts: Accounts,
    pub hint: Hint,
    pub metrics: Arc<Metrics>,
    /// The name of the database's history; see `store::meta`.
    pub epoch: [u8; 16],
    _hold: Option<Arc<Hold>>,
}

impl App {
    /// Opens the data folder; makes it (for its owner only), its database and its key at the first start. Blocks: not for
    /// asynchronous code.
    pub fn open(data: &Path, powers: Powers) -> Result<Self, Trouble> {
        let hold = Arc::new(Hold::beside(data)?);
        let (database, key) = (data.join(DATABASE), data.join(KEY));
        if !database.exists()
            && !database.with_extension("db-wal").exists()
            && let Some(left) = [&key, &data.join(LEDGER)].into_iter().find(|left| left.exists())
        {
            return Err(store::remains(left, &format!("is there and {DATABASE} is not")));
        }
        let key_is_lost = database.exists() && !key.exists();
        // Before the key: nothing is made beside a database that is refused.
        let store = Store::open(database)?;
        if key_is_lost {
            tracing::warn!(
                "{KEY} is not there: a new one is made, and all that the old one signed is void. If there is a copy of it, stop, put it there, and start again"
            );
        }
        let key = ServerKey::open(&key, &powers)?;
        Ok(Self { _hold: Some(hold), ..Self::on(store, key, powers)? })
    }

    /// A server on a store that is open, with its key; gives a new database its epoch. Blocks as `open` does.
    pub fn on(store: Store, key: ServerKey, powers: Powers) -> Result<Self, Trouble> {
        let new = powers.draw();
        let epoch = store.write_sync(move |tx| match meta::epoch(tx)? {
            Some(epoch) => Ok(epoch),
            None => meta::begin_epoch(tx, new).map(|()| new),
        })?;
        let accounts = Accounts::new(store.clone(), powers.clone(), &key);
        Ok(Self { store, powers, key, accounts, hint: Hint::default(), metrics: Arc::default(), epoch, _hold: None })
    }

    /// The epoch as cursors carry it: its first 8 bytes.
    pub fn epoch_number(&self) -> u64 {
        let mut eight = [0; 8];
        eight.copy_from_slice(&self.epoch[..8]);
        u64::from_be_bytes(eight)
    }

    /// Brings everybody's scope in line with the day, and tells those whose scope changed. Runs at the start and hourly.
    pub async fn settle_scopes(&self) -> Result<Vec<PersonId>, Trouble> {
        let now = self.powers.now();
        let changed = self.store.write(move |tx| grant::settle(tx, now)).await?;
        self.hint.scope_changed(&changed);
        Ok(changed)
    }
}
