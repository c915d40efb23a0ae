//! The pool of read connections. Each read is one snapshot; a connection whose reader panicked is dropped.
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::Semaphore;

use super::{Trouble, connect};

/// Reads at once; more wait their turn. SQLite readers are bound by the processor, not by the disk.
const READERS_MAX: usize = 4;

#[derive(Clone)]
pub(super) struct Readers {
    path: Arc<Path>,
    idle: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: Arc<Path>) -> Self {
        Self { path, idle: Arc::default(), turns: Arc::new(Semaphore::new(READERS_MAX)) }
    }

    pub(super) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Trouble::Closed)?;
        let readers = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let result = readers.read_sync(work);
            drop(turn);
            result
        });
        match reading.await {
            Ok(result) => result,
            Err(error) if error.is_panic() => Err(Trouble::Panicked.into()),
            Err(_) => Err(Trouble::Closed.into()),
        }
    }

    pub(super) fn read_sync<T, E: From<Trouble>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.take()?;
        let result = snapshot(&mut connection, work);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result
    }

    fn take(&self) -> Result<Connection, Trouble> {
        if let Some(connection) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(connection);
        }
        let connection = connect(&self.path)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}

fn snapshot<T, E: From<Trouble>>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(Trouble::from)?;
    work(&tx)
}
