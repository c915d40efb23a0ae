//! Two hundred secretaries at once over lines that break anywhere, and a server that is killed in the midst of it: all
//! replicas converge, and what was acknowledged is in the database.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use zhucun_core::contract::{Command, Query, View};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::{Dice, EntryId};
use zhucun_tests::device::Device;
use zhucun_tests::line::Cut;
use zhucun_tests::server::{Server, zhucun};
use zhucun_tests::town::{PASSWORD, TOWNSHIP_VILLAGES, Town, reviewer_login, secretary_login};

const SECRETARIES: usize = 200;
const THREADS: usize = 8;
const ROUNDS: usize = 3;
/// Cuts of a request or a reply fall anywhere in its first bytes, headers of requests included.
const CUT_BYTES: u64 = 3_000;

/// Where the server is now; it moves when it is killed and started again.
type Where = Arc<Mutex<Server>>;

/// Syncs until nothing waits, on whatever port the server has come back.
fn deliver(device: &mut Device, server: &Where) {
    for _ in 0..200 {
        device.line.move_to(server.lock().expect("no test thread panicked").address);
        device.sync();
        let sync = device.home().sync;
        if sync.waiting == 0 && sync.trouble.is_none() && device.cuts.is_empty() {
            return;
        }
        device.wait_ms(200_000);
    }
    panic!("a queue is wedged: {:?}", device.home().sync);
}

fn sign_in(at: usize, town: &Town, server: &Where) -> Device {
    let address = server.lock().expect("no test thread panicked").address;
    let mut device = Device::new(at as u64, town.now, address);
    device.sign_in(&secretary_login(at), PASSWORD);
    device
}

fn work(at: usize, mut device: Device, town: &Town, server: &Where) -> Device {
    let mut chance = [0; 32];
    chance[..8].copy_from_slice(&(at as u64 + 77).to_be_bytes());
    let mut dice = Dice::new(chance);
    deliver(&mut device, server);
    let day = town.today.to_string();
    for round in 0..ROUNDS {
        let topic = format!("第{round}课");
        let lesson =
            device.record(EntryKind::Lesson, &[("occurred_on", day.as_str().into()), ("topic", topic.as_str().into())]);
        device.amend(lesson, "main_points", "要点");
        for _ in 0..3 {
            let bytes = dice.below(CUT_BYTES) as usize;
            device.cuts.push(if dice.below(2) == 0 { Cut::Request(bytes) } else { Cut::Reply(bytes / 4) });
        }
        device.sync();
        if dice.below(3) == 0 {
            device.reopen();
        }
        deliver(&mut device, server);
    }
    device
}

fn entries(device: &Device, query: &Query) -> Vec<(EntryId, String)> {
    let View::Entries(list) = device.view(query) else { panic!("no list") };
    let version = |entry: EntryId| device.entry(entry).expect("a listed entry is here").version;
    let mut all: Vec<_> = list.entries.iter().map(|entry| (entry.id, version(entry.id))).collect();
    all.sort();
    all
}

#[test]
fn two_hundred_secretaries_over_broken_lines_converge_and_lose_nothing() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let town = Arc::new(Town::found(data.path(), SECRETARIES));
    let server: Where = Arc::new(Mutex::new(Server::start(data.path())));
    let done = Arc::new(AtomicBool::new(false));
    // Signing in is done once, online; what follows is not.
    let signed_in = Arc::new(Barrier::new(THREADS + 1));

    let killer = thread::spawn({
        let (server, done, folder) = (server.clone(), done.clone(), data.path().to_owned());
        let signed_in = signed_in.clone();
        move || {
            let mut kills = 0;
            signed_in.wait();
            while !done.load(Ordering::Relaxed) && kills < 20 {
                thread::sleep(std::time::Duration::from_millis(400));
                let mut place = server.lock().expect("no test thread panicked");
                // Requests under way are cut off; nobody asks for the new address before it is known.
                place.kill();
                *place = Server::start(&folder);
                kills += 1;
            }
            kills
        }
    });
    let workers: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (town, server, signed_in) = (town.clone(), server.clone(), signed_in.clone());
            thread::spawn(move || {
                let mine = (thread..SECRETARIES).step_by(THREADS);
                let devices: Vec<_> = mine.map(|at| (at, sign_in(at, &town, &server))).collect();
                signed_in.wait();
                let work = |(at, device)| (at, work(at, device, &town, &server));
                devices.into_iter().map(work).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut devices: Vec<(usize, Device)> =
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect();
    done.store(true, Ordering::Relaxed);
    assert!(killer.join().expect("the killer ends") > 0, "the server was killed at least once");
    devices.sort_by_key(|(at, _)| *at);

    let address = server.lock().expect("no test thread panicked").address;
    for township in 0..SECRETARIES / TOWNSHIP_VILLAGES {
        let mut reviewer = Device::new(10_000 + township as u64, town.now, address);
        reviewer.sign_in(&reviewer_login(township), PASSWORD);
        reviewer.sync_fully();
        for (at, secretary) in &devices[township * TOWNSHIP_VILLAGES..(township + 1) * TOWNSHIP_VILLAGES] {
            let own = entries(secretary, &Query::Entries);
            assert_eq!(own.len(), ROUNDS, "secretary {at}");
            let village = Query::Village { village: town.villages[*at] };
            assert_eq!(entries(&reviewer, &village), own, "what the township sees of secretary {at}");
        }
    }
    server.lock().expect("no test thread panicked").kill();
    zhucun(data.path(), &["check"]);
}

#[test]
fn steady_state_is_one_round_trip_and_nothing_new_costs_a_few_hundred_bytes() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let town = Town::found(data.path(), 1);
    let server = Server::start(data.path());
    let mut device = Device::new(1, town.now, server.address);
    device.sign_in(&secretary_login(0), PASSWORD);
    device.sync_fully();
    let day = town.today.to_string();
    let fields = [("occurred_on", day.as_str().into()), ("topic", "党课".into())];
    let before = device.line.traffic;
    device.set_online(false);
    device.record(EntryKind::Lesson, &fields);
    device.set_online(true);
    device.sync();
    assert_eq!(device.home().sync.waiting, 0);
    assert_eq!(device.line.traffic.requests - before.requests, 1);

    let before = device.line.traffic;
    device.tell(Command::SyncNow);
    let traffic = device.line.traffic;
    assert_eq!(traffic.requests - before.requests, 1);
    let (up, down) = (traffic.bytes_up - before.bytes_up, traffic.bytes_down - before.bytes_down);
    assert!(up <= 700 && down <= 400, "{up} up, {down} down");
}

#[test]
fn an_expired_access_token_costs_no_round_trip_and_a_lost_reply_signs_nobody_out() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let town = Town::found(data.path(), 1);
    let server = Server::start(data.path());
    let mut device = Device::new(1, town.now, server.address);
    device.sign_in(&secretary_login(0), PASSWORD);
    device.sync_fully();
    for cut in [Cut::Never, Cut::Reply(0), Cut::Reply(10), Cut::Never] {
        device.wait_ms(16 * 60 * 1000);
        let before = device.line.traffic.requests;
        device.cuts = if cut == Cut::Never { Vec::new() } else { vec![cut] };
        device.sync();
        assert_eq!(device.line.traffic.requests - before, 1);
    }
    device.sync_fully();
    assert_eq!(device.home().sync.trouble, None);
}
