//! A database as it was: copied while nothing runs, and put back later, as a restored backup or a snapshot of a machine
//! is. The epoch stays what it was, so that only its contents tell.
use std::path::Path;

use zhucun_server::app::DATABASE;

pub struct Past {
    database: Vec<u8>,
    log: Option<Vec<u8>>,
}

impl Past {
    /// Of a data folder whose server has ended.
    pub fn of(data: &Path) -> Self {
        let database = std::fs::read(data.join(DATABASE)).expect("the database");
        Past { database, log: std::fs::read(data.join(format!("{DATABASE}-wal"))).ok() }
    }

    /// Puts it back; the server of the folder has ended.
    pub fn put_back(&self, data: &Path) {
        let log = data.join(format!("{DATABASE}-wal"));
        std::fs::write(data.join(DATABASE), &self.database).expect("the earlier database");
        match &self.log {
            Some(bytes) => std::fs::write(&log, bytes).expect("the earlier log"),
            None => drop(std::fs::remove_file(&log)),
        }
        let _ = std::fs::remove_file(data.join(format!("{DATABASE}-shm")));
    }
}
