//! The server of a run: the real store on a disk that fails, the real sync on a clock that is turned. It is started,
//! killed, cut from its power, and put back to an earlier copy of its disk. Requests run to their end one after another,
//! so that a run depends on its seed alone.
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::{Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;
use zhucun_core::clock::Moment;
use zhucun_core::document::{DocumentId, Owner};
use zhucun_core::id::{DeviceId, PersonId};
use zhucun_core::wire;
use zhucun_server::accounts::token::{REFRESH_MS, RefreshToken};
use zhucun_server::app::App;
use zhucun_server::key::ServerKey;
use zhucun_server::power::Powers;
use zhucun_server::store::device::{self, RefreshRow};
use zhucun_server::store::meta::Reach;
use zhucun_server::store::{Connection, Fault, Store, Transaction, Trouble, damage, grant, meta, parked, read_model};
use zhucun_server::sync;
use zhucun_server::sync::parking::{self, Verdict};

use super::chance::Chance;
use super::disk::{Damage, Disk, Faults, Files};
use super::vfs::Mount;
use super::world::{World, beginning};

/// The disk of a server on its first morning, made once a process: a seed then costs milliseconds.
static TEMPLATE: OnceLock<Files> = OnceLock::new();

/// What came of a request.
pub enum Answer {
    Said {
        status: u16,
        body: Vec<u8>,
    },
    /// Nobody is there, or the server died over it.
    Nothing,
}

/// How a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The process is gone; what it wrote is with the kernel.
    Killed,
    PowerLost,
    /// It closed its files in good order.
    Stopped,
}

struct Running {
    app: App,
    mount: Mount,
}

pub struct Server {
    runtime: Runtime,
    running: Option<Running>,
    /// What the next start finds.
    files: Files,
    clock: Arc<AtomicI64>,
    dice: Arc<Mutex<Chance>>,
    chance: Chance,
    pub ignores_sync: bool,
}

impl Server {
    pub fn begin(mut chance: Chance) -> Self {
        let files = TEMPLATE.get_or_init(template).clone();
        let dice = Arc::new(Mutex::new(chance.fork()));
        let clock = Arc::new(AtomicI64::new(beginning().0));
        let mut server = Server { runtime: runtime(), running: None, files, clock, dice, chance, ignores_sync: false };
        server.start().expect("a sound disk opens");
        server
    }

    fn powers(&self) -> Powers {
        let (clock, dice) = (self.clock.clone(), self.dice.clone());
        Powers::new(
            move || Moment(clock.load(Ordering::Relaxed)),
            move |bytes| dice.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes),
        )
    }

    pub fn turn_to(&self, now: Moment) {
        self.clock.store(now.0, Ordering::Relaxed);
    }

    pub fn is_up(&self) -> bool {
        self.running.is_some()
    }

    /// Opens what is on the disk.
    pub fn start(&mut self) -> Result<(), Trouble> {
        let mount = Mount::new(Disk::new(self.files.clone(), self.chance.fork()));
        let store = Store::open(mount.path())?;
        let app = App::on(store, key(), self.powers())?;
        let ignores_sync = self.ignores_sync;
        mount.disk.set(|faults| faults.ignores_sync = ignores_sync);
        self.running = Some(Running { app, mount });
        Ok(())
    }

    /// Ends the server, if it runs.
    pub fn end(&mut self, how: End) -> Damage {
        let Some(Running { app, mount }) = self.running.take() else { return Damage::default() };
        if how == End::Stopped {
            mount.disk.set(|faults| *faults = Faults { ignores_sync: faults.ignores_sync, ..Faults::default() });
            drop(app);
            mount.disk.wait_until_closed();
            self.files = mount.disk.files();
            return Damage::default();
        }
        let files = mount.disk.die();
        drop(app);
        let (files, damage) = match how {
            End::PowerLost => files.after_power_loss(&mut self.chance),
            _ => (files, Damage::default()),
        };
        self.files = files;
        damage
    }

    /// Whether the disk died under the server.
    pub fn has_died(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.mount.disk.is_dead())
    }

    pub fn set_faults(&self, set: impl FnOnce(&mut Faults)) {
        if let Some(running) = &self.running {
            running.mount.disk.set(set);
        }
    }

    pub fn disk(&self) -> Option<&Disk> {
        self.running.as_ref().map(|running| &*running.mount.disk)
    }

    /// A copy of the disk, as a snapshot of the machine has it.
    pub fn copy(&self) -> Files {
        self.running.as_ref().map_or_else(|| self.files.clone(), |running| running.mount.disk.files()).at_rest()
    }

    /// Puts a copy in place of the disk and starts from it, with a new name for its history or without.
    pub fn restore(&mut self, copy: Files, epoch: Epoch) -> Result<(), Trouble> {
        self.end(End::Killed);
        self.files = copy;
        self.start()?;
        if epoch == Epoch::New {
            let new = self.powers().draw();
            self.write(move |tx| meta::begin_epoch(tx, new))?;
            self.end(End::Stopped);
            self.start()?;
        }
        Ok(())
    }

    /// Runs one sync request to its end.
    pub fn post(&mut self, token: &str, body: Vec<u8>) -> Answer {
        let Some(running) = &self.running else { return Answer::Nothing };
        let app = running.app.clone();
        let mut headers = HeaderMap::new();
        if let Ok(bearer) = HeaderValue::try_from(format!("Bearer {token}")) {
            headers.insert(header::AUTHORIZATION, bearer);
        }
        let (status, body) = self.runtime.block_on(async move {
            let response = sync::handle(&app, &headers, Bytes::from(body)).await;
            let status = response.status().as_u16();
            let body = to_bytes(response.into_body(), wire::INFLATED_BYTES_MAX).await;
            (status, body.map(Vec::from).unwrap_or_default())
        });
        if self.has_died() { Answer::Nothing } else { Answer::Said { status, body } }
    }

    /// Writes what belongs to the story and not to its faults: people who move, devices that sign in.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let running = self.running.as_ref().ok_or(Trouble::Closed)?;
        running.mount.disk.calmly(|| running.app.store.write_sync(work))
    }

    /// Notes that a backup of the disk as it is now was completed.
    pub fn note_backup(&self) -> Result<(), Trouble> {
        let taken = self.powers().now();
        self.write(move |tx| meta::note_backup(tx, &Reach { taken, feeds: meta::feed_ends(tx)? }))
    }

    /// The keys of the piles that wait for a decision.
    pub fn parked(&self) -> Result<Vec<i64>, Trouble> {
        self.read(|connection| Ok(parked::piles(connection)?.iter().map(|pile| pile.key).collect()))
    }

    /// Decides about a pile as the command line does; false if it has to wait for something.
    pub fn decide(&self, key: i64, verdict: Verdict) -> Result<bool, Trouble> {
        let running = self.running.as_ref().ok_or(Trouble::Closed)?;
        let decided = running.mount.disk.calmly(|| parking::decide_sync(&running.app, key, verdict));
        match decided {
            Ok(_) => Ok(true),
            Err(Fault::Refused(_)) => Ok(false),
            Err(Fault::Trouble(trouble)) => Err(trouble),
        }
    }

    /// Turns over a bit of a stored bundle, or of the snapshot of its document.
    pub fn flip(&self, key: i64, at: usize) -> Result<(), Trouble> {
        let sql = if at.is_multiple_of(4) {
            (
                "SELECT bytes FROM snapshot WHERE document = (SELECT document FROM bundle WHERE key = ?1)",
                "UPDATE snapshot SET bytes = ?2 WHERE document = (SELECT document FROM bundle WHERE key = ?1)",
            )
        } else {
            ("SELECT bytes FROM bundle WHERE key = ?1", "UPDATE bundle SET bytes = ?2 WHERE key = ?1")
        };
        self.write(move |tx| {
            let bytes: Option<Vec<u8>> = tx.query_row(sql.0, [key], |row| row.get(0)).optional()?;
            if let Some(mut bytes) = bytes.filter(|bytes| !bytes.is_empty()) {
                let place = at / 8 % bytes.len();
                bytes[place] ^= 1 << (at % 8);
                tx.execute(sql.1, (key, bytes))?;
            }
            Ok(())
        })
    }

    /// Reads all that is stored, as `check` does, and notes what is damaged.
    pub fn scrub(&self) -> Result<usize, Trouble> {
        self.write(damage::scrub)
    }

    /// How many bundles are noted as damaged.
    pub fn damaged(&self) -> Result<u64, String> {
        let count =
            |connection: &Connection| Ok(connection.query_row("SELECT count(*) FROM damaged", [], |row| row.get(0))?);
        let count: i64 = self.read(count).map_err(|trouble| trouble.to_string())?;
        Ok(count.cast_unsigned())
    }

    /// What an operator does about a bundle that no phone has any more: it is put back from a backup.
    pub fn mend(&self, key: i64, line: Vec<u8>) -> Result<(), Trouble> {
        self.write(move |tx| {
            let bytes = wire::deflate(&line);
            let sum = wire::first_eight(&Sha256::digest(&bytes).into()).cast_signed();
            tx.execute("UPDATE bundle SET bytes = ?2, checksum = ?3 WHERE key = ?1", (key, bytes, sum))?;
            tx.execute("DELETE FROM damaged WHERE bundle = ?1", [key])?;
            let id: Vec<u8> = tx.query_row(
                "SELECT id FROM document WHERE key = (SELECT document FROM bundle WHERE key = ?1)",
                [key],
                |row| row.get(0),
            )?;
            match DocumentId::from_bytes(&id).map(DocumentId::owner) {
                Some(Owner::Log(tenure)) => read_model::follow_tenure(tx, tenure),
                _ => Ok(()),
            }
        })
    }

    /// Reads without being a part of the run.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let running = self.running.as_ref().ok_or(Trouble::Closed)?;
        running.mount.disk.calmly(|| running.app.store.read_sync(work))
    }

    /// Signs a device in as a password does, and gives its refresh token.
    pub fn sign_in(&self, person: PersonId, id: DeviceId) -> Result<String, Trouble> {
        let powers = self.powers();
        let (now, refresh) = (powers.now(), RefreshToken::new(powers.draw()));
        let row = RefreshRow { hash: refresh.hash(), until: now.plus_ms(REFRESH_MS) };
        self.write(move |tx| {
            grant::settle(tx, now)?;
            device::sign_in(tx, (id, person, "模拟"), now, row)
        })?;
        Ok(refresh.text())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(End::Killed);
    }
}

/// Whether a restore gives the database a new name for its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epoch {
    New,
    Same,
}

fn key() -> ServerKey {
    ServerKey::of([9; 32])
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime needs nothing but memory")
}

fn template() -> Files {
    let mount = Mount::new(Disk::new(Files::default(), Chance::new(0)));
    let store = Store::open(mount.path()).expect("an empty disk takes a database");
    let powers = Powers::new(beginning, |bytes| bytes.fill(5));
    let app = App::on(store, key(), powers).expect("a new database");
    app.store.write_sync(|tx| World::begin().settle_in(tx)).expect("the people of the run");
    drop(app);
    mount.disk.wait_until_closed();
    mount.disk.files().at_rest()
}
