//! The town of the measurements: 537 secretaries with their registers, 50 of them with a year of log that their
//! reviewers have confirmed. Made once; each measurement takes a copy of the folder and of the devices' disks.
use std::path::Path;
use std::thread;

use tempfile::TempDir;
use zhucun_core::clock::Moment;
use zhucun_core::id::Dice;

use super::{CLIENTS, SECRETARIES, size, work};
use crate::device::Device;
use crate::server::Server;
use crate::town::{PASSWORD, TOWNSHIP_VILLAGES, Town, reviewer_login, secretary_login};

/// Devices are made and prepared on so many threads: as many as there are processors.
pub const HANDS: usize = 2;
/// After so long an access token has run out.
pub const TOKEN_MS: i64 = 16 * 60_000;
pub const YEAR_MS: i64 = 365 * 86_400_000;

/// A signed-in secretary with a household to visit.
pub struct Secretary {
    pub device: Device,
    pub household: String,
    pub dice: Dice,
}

impl Secretary {
    /// The same phone, opened from a copy of its disk and facing another server.
    pub fn twin(&self, number: usize, server: &Server) -> Self {
        let dice = work::dice(1_000 + number as u64);
        Secretary { device: self.device.twin(server.address), household: self.household.clone(), dice }
    }

    /// Logs a week with nobody to send it to.
    pub fn week_offline(&mut self) {
        self.device.set_online(false);
        work::week(&mut self.device, &self.household, &mut self.dice);
        self.device.set_online(true);
    }
}

pub struct Stage {
    pub town: Town,
    pub data: TempDir,
    /// The first `CLIENTS` have a year of log.
    pub secretaries: Vec<Secretary>,
    /// The reviewer of the first township, all of whose villages have a year of log.
    pub reviewer: Device,
    /// Bytes of the database per secretary-year, with registers, reviews, read model and indices.
    pub disk_bytes_year: u64,
}

impl Stage {
    pub fn build() -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let town = Town::found(data.path(), SECRETARIES);
        let mut server = Server::start(data.path());
        let mut secretaries = in_hands((0..SECRETARIES).collect(), |at| settle(at, &town, &server));
        server.kill();
        let before = size::database_bytes(data.path());

        server = Server::start(data.path());
        let logging: Vec<_> = secretaries.drain(..CLIENTS).collect();
        let mut logged = in_hands(logging, |mut secretary| {
            secretary.device.line.move_to(server.address);
            let Secretary { device, household, dice } = &mut secretary;
            work::year(device, std::slice::from_ref(household), town.now, dice);
            secretary
        });
        logged.append(&mut secretaries);
        let mut reviewers = in_hands((0..CLIENTS.div_ceil(TOWNSHIP_VILLAGES)).collect(), |township| {
            let mut device = Device::new(1_000_000 + township as u64, town.now, server.address);
            device.sign_in(&reviewer_login(township), PASSWORD);
            device.sync_fully();
            for at in (township * TOWNSHIP_VILLAGES..CLIENTS).take(TOWNSHIP_VILLAGES) {
                work::confirm_all(&mut device, town.villages[at]);
            }
            device
        });
        server.kill();
        let disk_bytes_year = (size::database_bytes(data.path()) - before) / CLIENTS as u64;
        Stage { town, data, secretaries: logged, reviewer: reviewers.swap_remove(0), disk_bytes_year }
    }

    /// A copy of the folder, to be changed by one measurement.
    pub fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().expect("a temporary folder");
        copy_folder(self.data.path(), copy.path());
        copy
    }
}

/// Signs a secretary in, a year ago by the phone's clock, and begins the village's register.
fn settle(at: usize, town: &Town, server: &Server) -> Secretary {
    let began: Moment = town.now.plus_ms(if at < CLIENTS { -YEAR_MS } else { 0 });
    let mut device = Device::new(at as u64, began, server.address);
    device.sign_in(&secretary_login(at), PASSWORD);
    device.sync_fully();
    let household = work::register(&mut device, town.villages[at]);
    device.sync_fully();
    Secretary { device, household, dice: work::dice(at as u64) }
}

/// Does `work` on every item, on `HANDS` threads, and gives what came of it in the same order.
pub fn in_hands<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let mut shares: Vec<Vec<(usize, T)>> = (0..HANDS).map(|_| Vec::new()).collect();
    for (at, item) in items.into_iter().enumerate() {
        shares[at % HANDS].push((at, item));
    }
    let work = &work;
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let hand =
            |share: Vec<(usize, T)>| move || share.into_iter().map(|(at, item)| (at, work(item))).collect::<Vec<_>>();
        let hands: Vec<_> = shares.into_iter().map(|share| scope.spawn(hand(share))).collect();
        hands.into_iter().flat_map(|hand| hand.join().expect("a hand of the measurement ends")).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

pub fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("the folder can be listed");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("there is room for a copy");
    }
}
