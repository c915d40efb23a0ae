//! The server's disk: files in memory, of which only what was synced outlives a loss of power. What was written since
//! the last sync survives it by chance, each write wholly, in part (sector by sector) or not at all, and in any
//! combination: a disk and its kernel promise no order between two syncs. It fills up, fails, and dies in the middle of
//! a write when it is told to. Nothing here is SQLite's; `vfs` is the door.
use std::cell::UnsafeCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::chance::Chance;

/// The smallest piece that a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;
/// Words of one region of the memory that SQLite's connections share.
pub const REGION_WORDS: usize = 4096;
/// Locks of the shared memory.
const SHARED_LOCKS: usize = 8;
/// A connection that does not close is a bug; no close takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why an operation did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Full,
    Error,
    Busy,
}

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut { to: usize },
}

#[derive(Clone, Debug, Default)]
struct File {
    bytes: Vec<u8>,
    /// What a loss of power leaves, before chance adds to it.
    durable: Vec<u8>,
    /// What was done since the last sync.
    since: Vec<Change>,
    /// Its name in the folder is durable.
    named: bool,
}

/// What is on a disk, to be copied, kept, and put into another.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: BTreeMap<String, File>,
    /// Deleted, but the deletion is not sure yet: what would come back.
    deleted: BTreeMap<String, Vec<u8>>,
}

impl Files {
    /// What is left after a loss of power.
    pub fn after_power_loss(&self, chance: &mut Chance) -> (Files, Damage) {
        let mut damage = Damage::default();
        // One loss in four spares all, one takes all; most are in between.
        let keep = [0, 500, 500, 1000][chance.below(4)];
        let mut files = BTreeMap::new();
        for (name, bytes) in &self.deleted {
            if !self.files.contains_key(name) && chance.in_1000(500) {
                files.insert(name.clone(), File::durable(bytes.clone()));
            }
        }
        for (name, file) in &self.files {
            if file.named || chance.in_1000(keep) {
                files.insert(name.clone(), File::durable(file.survivor(keep, chance, &mut damage)));
            }
        }
        (Files { files, deleted: BTreeMap::new() }, damage)
    }

    /// The same with everything synced, as a machine that was shut down leaves it.
    pub fn at_rest(&self) -> Files {
        let files = self.files.iter().map(|(name, file)| (name.clone(), File::durable(file.bytes.clone())));
        Files { files: files.collect(), deleted: BTreeMap::new() }
    }
}

/// What a loss of power did to the writes since the last sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    pub kept: u64,
    pub lost: u64,
    pub torn: u64,
}

impl File {
    fn durable(bytes: Vec<u8>) -> Self {
        File { durable: bytes.clone(), bytes, since: Vec::new(), named: true }
    }

    fn survivor(&self, keep: u32, chance: &mut Chance, damage: &mut Damage) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.since {
            let torn = keep == 500 && chance.in_1000(300);
            match change {
                Change::Write { at, bytes: written } if torn && written.len() > SECTOR_BYTES => {
                    damage.torn += 1;
                    let mut offset = 0;
                    while offset < written.len() {
                        let sector_end = (at + offset) / SECTOR_BYTES * SECTOR_BYTES + SECTOR_BYTES - at;
                        let end = sector_end.min(written.len());
                        if chance.in_1000(500) {
                            put(&mut bytes, at + offset, &written[offset..end]);
                        }
                        offset = end;
                    }
                }
                change if chance.in_1000(keep) => {
                    damage.kept += 1;
                    change.apply(&mut bytes);
                }
                _ => damage.lost += 1,
            }
        }
        bytes
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes: written } => put(bytes, *at, written),
            Change::Cut { to } => bytes.resize(*to, 0),
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
    let end = at + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(written);
}

/// A region of memory that connections share. Only SQLite looks inside.
pub struct Region(Box<UnsafeCell<[u64; REGION_WORDS]>>);

impl Region {
    fn new() -> Self {
        Region(Box::new(UnsafeCell::new([0; REGION_WORDS])))
    }

    pub fn start(&self) -> *mut u8 {
        self.0.get().cast()
    }
}

/// What the connections of one file hold against each other.
#[derive(Default)]
struct Locks {
    shared: BTreeSet<u64>,
    reserved: Option<u64>,
    pending: Option<u64>,
    exclusive: Option<u64>,
    regions: Vec<Region>,
    region_users: BTreeSet<u64>,
    /// Who holds each lock of the shared memory: alone, or together with others.
    alone: [Option<u64>; SHARED_LOCKS],
    together: [BTreeSet<u64>; SHARED_LOCKS],
}

/// How far a connection has locked a file, in the order of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

/// What is wrong with the disk, or will be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Dies at this write, cut or sync from now.
    pub dies_in: Option<u32>,
    /// Fails once, at this operation from now.
    pub fails_in: Option<u32>,
    /// No file grows.
    pub full: bool,
    /// Says that it synced and has not: a planted bug.
    pub ignores_sync: bool,
}

struct State {
    on: Files,
    locks: BTreeMap<String, Locks>,
    faults: Faults,
    chance: Chance,
    /// The power is gone: every operation fails, and the bytes stand still.
    dead: bool,
    /// Somebody who is no part of the run looks at it: nothing goes wrong.
    calm: bool,
    open: usize,
    names: u64,
    seen: Seen,
}

/// What happened to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub syncs: u64,
    pub full: u64,
    pub failed: u64,
}

pub struct Disk {
    state: Mutex<State>,
    closed: Condvar,
}

impl Disk {
    pub fn new(on: Files, chance: Chance) -> Self {
        let state = State {
            on,
            locks: BTreeMap::new(),
            faults: Faults::default(),
            chance,
            dead: false,
            calm: false,
            open: 0,
            names: 0,
            seen: Seen::default(),
        };
        Disk { state: Mutex::new(state), closed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what goes wrong from now on.
    pub fn set(&self, faults: impl FnOnce(&mut Faults)) {
        faults(&mut self.state().faults);
    }

    /// Looks without being a part of the run: no fault comes, and none that waits comes closer.
    pub fn calmly<T>(&self, look: impl FnOnce() -> T) -> T {
        self.state().calm = true;
        let seen = look();
        self.state().calm = false;
        seen
    }

    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    pub fn seen(&self) -> Seen {
        self.state().seen
    }

    /// Takes the power away, and gives what was on it.
    pub fn die(&self) -> Files {
        let mut state = self.state();
        state.dead = true;
        state.on.clone()
    }

    pub fn files(&self) -> Files {
        self.state().on.clone()
    }

    /// Waits until every connection is closed.
    pub fn wait_until_closed(&self) {
        let state = self.state();
        let (state, waited) = self
            .closed
            .wait_timeout_while(state, PATIENCE, |state| state.open > 0)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{} files of a closed server are still open", state.open);
    }

    /// Opens a file and gives the connection's name; without a name of its own the file is nobody else's.
    pub fn open(&self, name: Option<&str>) -> Result<(u64, String), Fault> {
        let mut state = self.state();
        if state.dead {
            return Err(Fault::Error);
        }
        state.names += 1;
        let handle = state.names;
        let name = name.map_or_else(|| format!("~{handle}"), str::to_owned);
        state.on.files.entry(name.clone()).or_default();
        state.open += 1;
        Ok((handle, name))
    }

    pub fn close(&self, handle: u64, name: &str) {
        let mut state = self.state();
        if let Some(locks) = state.locks.get_mut(name) {
            locks.unlock(handle, Level::None);
            locks.leave(handle);
        }
        if name.starts_with('~') {
            state.on.files.remove(name);
        }
        state.open -= 1;
        if state.open == 0 {
            self.closed.notify_all();
        }
    }

    pub fn exists(&self, name: &str) -> bool {
        let state = self.state();
        !state.dead && state.on.files.contains_key(name)
    }

    pub fn delete(&self, name: &str) -> Result<(), Fault> {
        let mut state = self.state();
        if state.dead {
            return Err(Fault::Error);
        }
        if let Some(file) = state.on.files.remove(name)
            && file.named
        {
            state.on.deleted.insert(name.to_owned(), file.durable);
        }
        Ok(())
    }

    pub fn size(&self, name: &str) -> Result<usize, Fault> {
        let state = self.state();
        if state.dead {
            return Err(Fault::Error);
        }
        Ok(state.on.files.get(name).map_or(0, |file| file.bytes.len()))
    }

    /// Reads what is there and says how much that was.
    pub fn read(&self, name: &str, at: usize, into: &mut [u8]) -> Result<usize, Fault> {
        let mut state = self.state();
        state.step_towards_failure()?;
        let Some(file) = state.on.files.get(name) else { return Ok(0) };
        let there = file.bytes.get(at..).unwrap_or_default();
        let count = there.len().min(into.len());
        into[..count].copy_from_slice(&there[..count]);
        Ok(count)
    }

    pub fn write(&self, name: &str, at: usize, bytes: &[u8]) -> Result<(), Fault> {
        let mut state = self.state();
        state.step_towards_failure()?;
        let size = state.on.files.get(name).map_or(0, |file| file.bytes.len());
        if state.faults.full && !state.calm && at + bytes.len() > size {
            state.seen.full += 1;
            return Err(Fault::Full);
        }
        state.change(name, Change::Write { at, bytes: bytes.to_vec() })
    }

    pub fn cut(&self, name: &str, to: usize) -> Result<(), Fault> {
        let mut state = self.state();
        state.step_towards_failure()?;
        state.change(name, Change::Cut { to })
    }

    pub fn sync(&self, name: &str) -> Result<(), Fault> {
        let mut state = self.state();
        state.step_towards_failure()?;
        let dies = state.step_towards_death();
        if !(state.faults.ignores_sync || dies && state.chance.in_1000(500)) {
            state.seen.syncs += 1;
            state.on.deleted.remove(name);
            if let Some(file) = state.on.files.get_mut(name) {
                let since = core::mem::take(&mut file.since);
                since.iter().for_each(|change| change.apply(&mut file.durable));
                file.named = true;
            }
        }
        if dies { Err(Fault::Error) } else { Ok(()) }
    }

    /// Takes a stronger lock.
    pub fn lock(&self, handle: u64, name: &str, level: Level) -> Result<(), Fault> {
        let mut state = self.state();
        if state.dead {
            return Err(Fault::Error);
        }
        state.locks.entry(name.to_owned()).or_default().lock(handle, level)
    }

    pub fn unlock(&self, handle: u64, name: &str, level: Level) {
        if let Some(locks) = self.state().locks.get_mut(name) {
            locks.unlock(handle, level);
        }
    }

    pub fn is_reserved(&self, name: &str) -> bool {
        let state = self.state();
        state.locks.get(name).is_some_and(|locks| locks.reserved.or(locks.pending).or(locks.exclusive).is_some())
    }

    /// The start of a region of shared memory, made if that is asked for.
    pub fn region(&self, handle: u64, name: &str, at: usize, make: bool) -> Result<Option<*mut u8>, Fault> {
        let mut state = self.state();
        if state.dead {
            return Err(Fault::Error);
        }
        let locks = state.locks.entry(name.to_owned()).or_default();
        locks.region_users.insert(handle);
        if make {
            while locks.regions.len() <= at {
                locks.regions.push(Region::new());
            }
        }
        Ok(locks.regions.get(at).map(Region::start))
    }

    pub fn leave_regions(&self, handle: u64, name: &str) {
        if let Some(locks) = self.state().locks.get_mut(name) {
            locks.leave(handle);
        }
    }

    /// Takes or gives back locks of the shared memory.
    pub fn lock_region(
        &self,
        handle: u64,
        name: &str,
        range: core::ops::Range<usize>,
        wish: RegionLock,
    ) -> Result<(), Fault> {
        let mut state = self.state();
        if state.dead && matches!(wish, RegionLock::Together | RegionLock::Alone) {
            return Err(Fault::Error);
        }
        state.locks.entry(name.to_owned()).or_default().lock_region(handle, range, wish)
    }
}

/// What is wished of locks of the shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionLock {
    Together,
    Alone,
    Release,
}

impl State {
    fn step_towards_failure(&mut self) -> Result<(), Fault> {
        if self.dead {
            return Err(Fault::Error);
        }
        if self.calm {
            return Ok(());
        }
        match self.faults.fails_in {
            Some(0) => {
                self.faults.fails_in = None;
                self.seen.failed += 1;
                Err(Fault::Error)
            }
            Some(left) => {
                self.faults.fails_in = Some(left - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Whether the power goes now.
    fn step_towards_death(&mut self) -> bool {
        if self.calm {
            return false;
        }
        match self.faults.dies_in {
            Some(0) => self.dead = true,
            Some(left) => self.faults.dies_in = Some(left - 1),
            None => {}
        }
        self.dead
    }

    fn change(&mut self, name: &str, change: Change) -> Result<(), Fault> {
        let dies = self.step_towards_death();
        if !dies || self.chance.in_1000(500) {
            let file = self.on.files.entry(name.to_owned()).or_default();
            change.apply(&mut file.bytes);
            if !name.starts_with('~') {
                file.since.push(change);
            }
        }
        if dies { Err(Fault::Error) } else { Ok(()) }
    }
}

impl Locks {
    fn lock(&mut self, handle: u64, level: Level) -> Result<(), Fault> {
        let of_another = |holder: Option<u64>| holder.is_some_and(|holder| holder != handle);
        match level {
            Level::None => {}
            Level::Shared => {
                if of_another(self.pending) || of_another(self.exclusive) {
                    return Err(Fault::Busy);
                }
                self.shared.insert(handle);
            }
            Level::Reserved => {
                if of_another(self.reserved) || of_another(self.pending) || of_another(self.exclusive) {
                    return Err(Fault::Busy);
                }
                self.reserved = Some(handle);
            }
            Level::Pending | Level::Exclusive => {
                if of_another(self.pending) || of_another(self.exclusive) || of_another(self.reserved) {
                    return Err(Fault::Busy);
                }
                self.pending = Some(handle);
                if level == Level::Exclusive {
                    if self.shared.iter().any(|holder| *holder != handle) {
                        return Err(Fault::Busy);
                    }
                    self.exclusive = Some(handle);
                }
            }
        }
        Ok(())
    }

    fn unlock(&mut self, handle: u64, level: Level) {
        for holder in [&mut self.reserved, &mut self.pending, &mut self.exclusive] {
            holder.take_if(|holder| *holder == handle);
        }
        if level == Level::None {
            self.shared.remove(&handle);
        }
    }

    fn lock_region(&mut self, handle: u64, range: core::ops::Range<usize>, wish: RegionLock) -> Result<(), Fault> {
        let of_another = |at: usize| self.alone[at].is_some_and(|holder| holder != handle);
        let busy = match wish {
            RegionLock::Together => range.clone().any(of_another),
            RegionLock::Alone => {
                range.clone().any(|at| of_another(at) || self.together[at].iter().any(|holder| *holder != handle))
            }
            RegionLock::Release => false,
        };
        if busy {
            return Err(Fault::Busy);
        }
        for at in range {
            match wish {
                RegionLock::Together => drop(self.together[at].insert(handle)),
                RegionLock::Alone => self.alone[at] = Some(handle),
                RegionLock::Release => {
                    self.together[at].remove(&handle);
                    self.alone[at].take_if(|holder| *holder == handle);
                }
            }
        }
        Ok(())
    }

    /// A connection no longer uses the shared memory; it is forgotten with the last one.
    fn leave(&mut self, handle: u64) {
        self.region_users.remove(&handle);
        for at in 0..SHARED_LOCKS {
            self.together[at].remove(&handle);
            self.alone[at].take_if(|holder| *holder == handle);
        }
        if self.region_users.is_empty() {
            self.regions.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "a";

    fn written(disk: &Disk) -> Vec<u8> {
        disk.open(Some(NAME)).expect("a file");
        disk.write(NAME, 0, &[1; 2048]).expect("written");
        disk.sync(NAME).expect("synced");
        disk.write(NAME, 0, &[2; 2048]).expect("written");
        let mut bytes = vec![0; 2048];
        disk.read(NAME, 0, &mut bytes).expect("read");
        bytes
    }

    fn left(files: &Files) -> Vec<u8> {
        files.files.get(NAME).map(|file| file.bytes.clone()).unwrap_or_default()
    }

    #[test]
    fn what_was_synced_survives_and_what_was_not_survives_by_chance_sector_by_sector() {
        let (mut old, mut new, mut mixed) = (0, 0, 0);
        for seed in 0..200 {
            let disk = Disk::new(Files::default(), Chance::new(seed));
            assert_eq!(written(&disk), [2; 2048]);
            let (after, _) = disk.die().after_power_loss(&mut Chance::new(seed));
            let bytes = left(&after);
            assert_eq!(bytes.len(), 2048);
            for sector in bytes.chunks(SECTOR_BYTES) {
                assert!(sector == [1; SECTOR_BYTES] || sector == [2; SECTOR_BYTES], "a sector is whole");
            }
            match (bytes.contains(&1), bytes.contains(&2)) {
                (true, false) => old += 1,
                (false, true) => new += 1,
                _ => mixed += 1,
            }
            assert!(disk.write(NAME, 0, &[3]).is_err(), "a dead disk takes nothing");
        }
        assert!(old > 20 && new > 20 && mixed > 5, "{old} {new} {mixed}");
    }

    #[test]
    fn a_disk_that_ignores_sync_loses_what_it_was_told_to_keep() {
        let lost = (0..50).any(|seed| {
            let disk = Disk::new(Files::default(), Chance::new(seed));
            disk.set(|faults| faults.ignores_sync = true);
            written(&disk);
            left(&disk.die().after_power_loss(&mut Chance::new(seed)).0).len() < 2048
        });
        assert!(lost);
    }

    #[test]
    fn a_full_disk_takes_what_fits_and_a_failing_one_fails_once() {
        let disk = Disk::new(Files::default(), Chance::new(1));
        written(&disk);
        disk.set(|faults| faults.full = true);
        assert_eq!(disk.write(NAME, 2047, &[3; 2]), Err(Fault::Full));
        assert_eq!(disk.write(NAME, 2046, &[3; 2]), Ok(()));
        disk.set(|faults| faults.fails_in = Some(1));
        assert_eq!(disk.sync(NAME), Ok(()));
        assert_eq!(disk.sync(NAME), Err(Fault::Error));
        assert_eq!(disk.sync(NAME), Ok(()));
    }
}
