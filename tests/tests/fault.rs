//! Real faults, with the real binary: a database put back to a backup taken in mid-traffic, commands killed in the midst
//! of their work, a disk that is full, a file that cannot be read. What was acknowledged is there again once its device
//! has synced.
use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use zhucun_core::contract::{Command, EntryState, Query, SyncTrouble, View};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::EntryId;
use zhucun_server::app::{DATABASE, KEY};
use zhucun_server::store::meta::{self, Reach};
use zhucun_server::store::{Connection, Trouble};
use zhucun_tests::device::Device;
use zhucun_tests::disk::{SmallDisk, limit_files};
use zhucun_tests::server::{Server, serve_refuses, tried, zhucun, zhucun_killed};
use zhucun_tests::town::{PASSWORD, TOWNSHIP_VILLAGES, Town, reviewer_login, secretary_login};

/// Two townships.
const SECRETARIES: usize = 2 * TOWNSHIP_VILLAGES;
const THREADS: usize = 4;
/// Entries that each thread still makes after the backup is whole, and before the server dies.
const AFTER: usize = 20;

/// Whose phone is lost together with the server's disk.
const LOST_PHONE: usize = 11;

/// Somebody with a device; signs in again where the server has forgotten that they did.
struct Someone {
    login: String,
    device: Device,
}

impl Someone {
    fn new(seed: u64, login: String, town: &Town, server: &Server) -> Self {
        let mut device = Device::new(seed, town.now, server.address);
        device.sign_in(&login, PASSWORD);
        Self { login, device }
    }

    /// One entry, acknowledged by the server.
    fn submit(&mut self, town: &Town, topic: &str) -> EntryId {
        let entry = self.record(town, topic);
        self.device.sync();
        assert_eq!(self.state(entry), EntryState::Submitted, "{topic} of {}", self.login);
        entry
    }

    fn record(&mut self, town: &Town, topic: &str) -> EntryId {
        let day = town.today.to_string();
        self.device.record(EntryKind::Lesson, &[("occurred_on", day.as_str().into()), ("topic", topic.into())])
    }

    fn state(&self, entry: EntryId) -> EntryState {
        self.device.entry(entry).expect("the entry is here").summary.state
    }

    /// One try on a server that was restored, with a new sign-in if that is what it asks for.
    fn sync_with(&mut self, server: &Server) {
        self.device.line.move_to(server.address);
        self.device.wait_ms(200_000);
        self.device.sync();
        if self.device.home().sync.trouble == Some(SyncTrouble::SignedOut) {
            self.device.sign_in(&self.login, PASSWORD);
            self.device.sync();
        }
    }

    /// Every entry of a view with its version and state.
    fn see(&self, query: &Query) -> Vec<(EntryId, String, EntryState)> {
        let View::Entries(list) = self.device.view(query) else { panic!("no list") };
        let look = |id| self.device.entry(id).expect("a listed entry is here");
        let mut all: Vec<_> =
            list.entries.iter().map(|entry| (entry.id, look(entry.id).version, self.state(entry.id))).collect();
        all.sort_by_key(|(id, ..)| *id);
        all
    }
}

/// Reads beside whoever else works on it, and is gone when it returns.
fn read<T>(data: &Path, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> T {
    work(&Connection::open(data.join(DATABASE)).expect("the database opens")).expect("a read")
}

fn changes(ends: &[(i64, i64)]) -> i64 {
    ends.iter().map(|(_, last)| last).sum()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a name in UTF-8")
}

#[test]
fn a_database_restored_from_a_backup_of_mid_traffic_gets_back_everything_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup.db"));
    let town = Town::found(&data, SECRETARIES);
    let mut server = Server::start(&data);
    let mut secretaries: Vec<Someone> =
        (0..SECRETARIES).map(|at| Someone::new(at as u64, secretary_login(at), &town, &server)).collect();
    let reviewer = |at: usize, seed| Someone::new(seed, reviewer_login(at), &town, &server);
    let mut reviewers: Vec<Someone> = (0..2).map(|at| reviewer(at, 1_000 + at as u64)).collect();

    // Before: an entry of each, a review of some.
    let before: Vec<EntryId> = secretaries.iter_mut().map(|one| one.submit(&town, "备份之前")).collect();
    for (at, one) in reviewers.iter_mut().enumerate() {
        one.device.sync_fully();
        for entry in &before[at * TOWNSHIP_VILLAGES..][..5] {
            confirm(one, *entry);
        }
        one.device.sync_fully();
    }
    // A device that makes every change on top of another's, so that nobody can give back alone what it lost.
    let mut second = Someone::new(5_000, secretary_login(0), &town, &server);
    second.device.sync_fully();
    second.device.amend(before[0], "main_points", "第二台手机补的");
    second.device.sync_fully();

    // During: everybody goes on, and a backup is made beside them.
    let (begun, made) = (Barrier::new(THREADS + 1), AtomicUsize::new(0));
    let whole = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (town, begun, made, whole) = (&town, &begun, &made, &whole);
        for mine in secretaries.chunks_mut(SECRETARIES / THREADS) {
            scope.spawn(move || {
                let mut left = AFTER;
                begun.wait();
                while left > 0 {
                    for one in &mut *mine {
                        one.submit(town, "备份之中");
                        made.fetch_add(1, Ordering::SeqCst);
                        left = left.saturating_sub(whole.load(Ordering::SeqCst));
                    }
                }
            });
        }
        begun.wait();
        // Traffic is under way before the backup begins.
        while made.load(Ordering::SeqCst) < THREADS {
            thread::yield_now();
        }
        zhucun(&data, &["backup", text(&backup)]);
        whole.store(1, Ordering::SeqCst);
    });

    // After: a new device, a review, an amendment of what the backup has, a session renewed, and work still waiting.
    let mut newcomer = Someone::new(9_000, secretary_login(1), &town, &server);
    newcomer.device.sync_fully();
    newcomer.submit(&town, "备份之后的新手机");
    secretaries[0].device.sync_fully();
    secretaries[0].device.amend(before[0], "main_points", "第一台手机又改的");
    secretaries[0].device.sync_fully();
    secretaries[2].device.wait_ms(16 * 60_000);
    secretaries[2].submit(&town, "备份之后");
    secretaries[3].device.set_online(false);
    let waiting = secretaries[3].record(&town, "还没有上传");
    secretaries[3].device.set_online(true);
    for one in &mut reviewers {
        one.device.sync_fully();
    }
    confirm(&mut reviewers[0], before[7]);
    reviewers[0].device.sync_fully();
    server.kill();

    let (noted, acknowledged) = (read(&data, meta::backup), read(&data, meta::feed_ends));
    let Some(Reach { feeds, .. }) = noted else { panic!("a completed backup is noted") };
    assert!(changes(&feeds) > SECRETARIES as i64 && changes(&feeds) < changes(&acknowledged));
    let epoch = read(&data, meta::epoch);

    let said = zhucun(&data, &["restore", text(&backup)]);
    assert!(said.contains("what was there is kept"), "{said}");
    assert_eq!(read(&data, meta::feed_ends), feeds, "the backup reaches exactly as far as was noted");
    assert_ne!(read(&data, meta::epoch), epoch, "another history");
    let server = Server::start(&data);

    // Each device syncs three times: what builds on another's change waits until that one is back. One is never seen
    // again; the reviewer's gives back what it had sent.
    for _ in 0..3 {
        let seen_again = secretaries.iter_mut().enumerate().filter(|(at, _)| *at != LOST_PHONE).map(|(_, one)| one);
        for one in seen_again.chain(&mut reviewers).chain([&mut second, &mut newcomer]) {
            one.sync_with(&server);
        }
    }
    let ends = read(&data, meta::feed_ends);
    assert_eq!(
        changes(&ends),
        changes(&acknowledged) + 1,
        "everything acknowledged, and what still waited; nothing twice"
    );
    assert_eq!(secretaries[3].state(waiting), EntryState::Submitted);
    for (at, one) in reviewers.iter().enumerate() {
        let mut fresh = Someone::new(20_000 + at as u64, reviewer_login(at), &town, &server);
        fresh.device.sync_fully();
        for (village, secretary) in secretaries.iter().enumerate().skip(at * TOWNSHIP_VILLAGES).take(TOWNSHIP_VILLAGES)
        {
            let own = secretary.see(&Query::Entries);
            let query = Query::Village { village: town.villages[village] };
            assert!(own.len() >= 2, "what was made before and during");
            assert_eq!(one.see(&query), own, "the reviewer's old replica, village {village}");
            assert_eq!(fresh.see(&query), own, "a replica that holds only what the server has, village {village}");
        }
    }
    assert_eq!(secretaries[7].state(before[7]), EntryState::Confirmed, "a review after the backup");
    assert_eq!(second.see(&Query::Entries), secretaries[0].see(&Query::Entries));
    assert_eq!(newcomer.see(&Query::Entries), secretaries[1].see(&Query::Entries));
    drop(server);
    zhucun(&data, &["check"]);
}

fn confirm(one: &mut Someone, entry: EntryId) {
    let version = one.device.entry(entry).expect("the reviewer has the entry").version;
    one.device.done(Command::Confirm { entry, version, opinion: String::new() });
}

const KILLS: u32 = 24;

/// Kills `zhucun` with these words at moments spread over the time that it takes, and looks after each.
fn kill_along(data: &Path, words: &[&str], takes: Duration, mut look: impl FnMut()) {
    let mut killed = 0;
    for at in 0..KILLS {
        killed += u32::from(!zhucun_killed(data, words, takes * at / KILLS));
        look();
    }
    assert!(killed >= KILLS / 3, "only {killed} of {KILLS} were killed at work");
}

/// A town with a few hundred long entries, so that commands have something to do.
fn busy_town(data: &Path) -> Town {
    let town = Town::found(data, 4);
    let server = Server::start(data);
    let points = "要点".repeat(2_000);
    for at in 0..4 {
        let mut one = Someone::new(at as u64, secretary_login(at), &town, &server);
        for _ in 0..40 {
            let entry = one.record(&town, "党课");
            one.device.amend(entry, "main_points", &points);
        }
        one.device.sync_fully();
    }
    town
}

#[test]
fn a_backup_that_is_killed_leaves_a_whole_file_or_none_and_the_server_does_not_notice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup.db"));
    busy_town(&data);
    let ends = read(&data, meta::feed_ends);
    let _server = Server::start(&data);
    let begun = Instant::now();
    zhucun(&data, &["backup", text(&folder.path().join("first.db"))]);
    let takes = begun.elapsed();

    let mut whole = 0;
    kill_along(&data, &["backup", text(&backup)], takes, || {
        if backup.exists() {
            let other = folder.path().join("other");
            fs::create_dir(&other).expect("a folder");
            fs::rename(&backup, other.join(DATABASE)).expect("the backup");
            zhucun(&other, &["check"]);
            assert_eq!(read(&other, meta::feed_ends), ends);
            fs::remove_dir_all(&other).expect("a folder");
            whole += 1;
        }
        assert_eq!(read(&data, meta::feed_ends), ends);
    });
    zhucun(&data, &["backup", text(&backup)]);
    zhucun(&data, &["check"]);
    assert!(whole < KILLS, "a backup that was killed early is none");
}

#[test]
fn a_restore_that_is_killed_leaves_the_old_database_or_the_new_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup.db"));
    let town = busy_town(&data);
    zhucun(&data, &["backup", text(&backup)]);
    let mut server = Server::start(&data);
    let mut one = Someone::new(0, secretary_login(0), &town, &server);
    one.device.sync_fully();
    one.submit(&town, "备份之后");
    // What was just acknowledged stands in the log of the database only.
    server.kill();
    let aside = folder.path().join("before");
    copy_folder(&data, &aside);
    let (old, backed_up) =
        (read(&aside, meta::feed_ends), read(&backup_folder(&backup, folder.path()), meta::feed_ends));
    assert_ne!(old, backed_up);

    let begun = Instant::now();
    zhucun(&data, &["restore", text(&backup)]);
    let takes = begun.elapsed();
    let old_epoch = read(&aside, meta::epoch);
    kill_along(&data, &["restore", text(&backup)], takes, || {
        let expected = if read(&data, meta::epoch) == old_epoch { &old } else { &backed_up };
        assert_eq!(&read(&data, meta::feed_ends), expected);
        zhucun(&data, &["check"]);
        fs::remove_dir_all(&data).expect("the folder");
        copy_folder(&aside, &data);
    });
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a file");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

fn backup_folder(backup: &Path, folder: &Path) -> std::path::PathBuf {
    let looked_at = folder.join("looked-at");
    fs::create_dir(&looked_at).expect("a folder");
    fs::copy(backup, looked_at.join(DATABASE)).expect("a copy");
    looked_at
}

/// How the disk is full.
enum Full {
    /// A file system without room.
    NoRoom(SmallDisk),
    /// The server's files may not grow: its writes fail in the way of a broken disk.
    NoGrowth,
}

#[test]
fn a_full_disk_refuses_writes_answers_reads_and_recovers_without_a_restart() {
    match SmallDisk::mount(24 << 20) {
        Ok(disk) => {
            let data = disk.path().join("data");
            hold_on_a_full_disk(&data, &Full::NoRoom(disk));
        }
        // The other half of the law is held everywhere.
        Err(why) => {
            eprintln!("NOT HELD HERE: no small file system may be mounted ({}); only a limit is tried", why.trim())
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    hold_on_a_full_disk(&folder.path().join("data"), &Full::NoGrowth);
}

fn hold_on_a_full_disk(data: &Path, full: &Full) {
    let town = Town::found(data, 2);
    let mut server = match full {
        Full::NoRoom(_) => Server::start(data),
        Full::NoGrowth => Server::start_with_signal_xfsz_ignored(data),
    };
    let mut writer = Someone::new(1, secretary_login(0), &town, &server);
    let mut reviewer = Someone::new(2, reviewer_login(0), &town, &server);
    let mut county = Someone::new(3, "county".to_owned(), &town, &server);
    let mut submitted = vec![writer.submit(&town, "有地方的时候")];
    reviewer.device.sync_fully();

    match full {
        Full::NoRoom(disk) => disk.fill(),
        Full::NoGrowth => limit_files(server.pid(), Some(data.join("zhucun.db-wal").metadata().expect("a log").len())),
    }
    // What SQLite has room for in its log is still taken, and then no more.
    let points = "要点".repeat(2_000);
    let refused = (0..2_000)
        .find_map(|_| {
            let entry = writer.record(&town, "没有地方的时候");
            writer.device.amend(entry, "main_points", &points);
            writer.device.sync();
            let taken = writer.state(entry) == EntryState::Submitted;
            taken.then(|| submitted.push(entry)).is_none().then_some(entry)
        })
        .expect("a disk that is full at last");
    assert_eq!(writer.device.home().sync.trouble, Some(SyncTrouble::Server));
    assert_eq!(writer.state(refused), EntryState::OnDevice, "kept, and not called submitted");
    // The server says what is wrong, also to somebody who signs in.
    let body = format!(
        r#"{{"login":"reviewer0","password":"{PASSWORD}","device_id":"{}","device_label":""}}"#,
        town.tenure(0)
    );
    let answer = county.device.ask("POST", "/api/v1/session", "", body.as_bytes());
    let problem: Value = serde_json::from_slice(&answer.body).expect("a problem document");
    let code = if matches!(full, Full::NoRoom(_)) { "disk_full" } else { "trouble" };
    assert_eq!((answer.status, &problem["code"]), (503, &Value::from(code)), "{problem}");

    // Reads go on: a reviewer gets everything that was acknowledged, and the desk its figures.
    reviewer.device.sync_fully();
    let village = Query::Village { village: town.villages[0] };
    let seen: Vec<_> = reviewer.see(&village).into_iter().map(|(id, ..)| id).collect();
    submitted.sort();
    assert_eq!(seen, submitted);
    let token = county.device.access_token();
    for path in ["/healthz", "/api/v1/roll-up?division=629901", "/metrics"] {
        let answer = county.device.ask("GET", path, &token, b"");
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    }

    match full {
        Full::NoRoom(disk) => disk.make_room(),
        Full::NoGrowth => limit_files(server.pid(), None),
    }
    writer.device.sync_fully();
    assert_eq!(writer.state(refused), EntryState::Submitted);
    submitted.push(refused);
    submitted.push(writer.submit(&town, "又有地方了"));
    server.kill();
    zhucun(data, &["check"]);
    let server = Server::start(data);
    let mut fresh = Someone::new(9, reviewer_login(0), &town, &server);
    fresh.device.sync_fully();
    assert_eq!(fresh.see(&village), writer.see(&Query::Entries));
    submitted.sort();
    assert_eq!(fresh.see(&village).into_iter().map(|(id, ..)| id).collect::<Vec<_>>(), submitted);
}

#[test]
fn a_server_that_cannot_read_its_database_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup.db"));
    let (done, said) = tried(&data, &["check"]);
    assert!(!done && said.contains("is not there") && !data.exists(), "nobody is told that all is well there: {said}");
    Server::start(&data).kill();
    zhucun(&data, &["backup", text(&backup)]);
    let database = data.join(DATABASE);
    let whole = fs::read(&database).expect("the database");
    let key = fs::read(data.join(KEY)).expect("the key");
    let says = |words: &[&str]| {
        let said = serve_refuses(&data);
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert!(!said.contains("panicked"), "{said}");
    };

    fs::write(&database, vec![0xff; whole.len()]).expect("a crime");
    says(&["damaged", "zhucun restore"]);
    let mut torn = whole.clone();
    torn.truncate(whole.len() / 2);
    torn[4096..].fill(0xff);
    fs::write(&database, &torn).expect("a crime");
    says(&["damaged", "zhucun restore"]);
    fs::write(&database, "").expect("a crime");
    says(&["is empty", "zhucun restore"]);
    fs::remove_file(&database).expect("a crime");
    fs::write(data.join("zhucun.db-wal"), "what is left").expect("a crime");
    says(&["is gone and its log is there", "zhucun restore"]);
    fs::remove_file(data.join("zhucun.db-wal")).expect("the rest of it");
    fs::create_dir(&database).expect("a crime");
    says(&["must be readable and writable"]);
    fs::remove_dir(&database).expect("the folder");
    says(&["zhucun.key is there and zhucun.db is not", "zhucun restore"]);
    fs::write(&database, &whole).expect("the database");
    fs::write(data.join(KEY), "torn").expect("a crime");
    says(&["zhucun.key does not hold 32 bytes"]);
    fs::remove_file(data.join(KEY)).expect("a crime");
    zhucun(&data, &["check"]);
    assert!(!data.join(KEY).exists(), "whoever looks for the copy sees that it is not there");
    fs::remove_file(&database).expect("a crime");
    Connection::open(&database).and_then(|other| other.execute_batch("CREATE TABLE it (a)")).expect("another program");
    says(&["is the database of another program"]);
    assert!(!data.join(KEY).exists(), "nothing is made beside what is not ours");
    fs::remove_file(&database).expect("a crime");

    // And doing what it says helps.
    fs::write(data.join(KEY), key).expect("the key's copy");
    zhucun(&data, &["restore", text(&backup)]);
    Server::start(&data).kill();
}

#[test]
fn a_lost_key_voids_what_it_signed_and_signs_nobody_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let town = Town::found(folder.path(), 1);
    let mut server = Server::start(folder.path());
    let mut one = Someone::new(1, secretary_login(0), &town, &server);
    one.device.sync_fully();
    let token = one.device.access_token();
    server.kill();
    fs::remove_file(folder.path().join(KEY)).expect("the key");

    let server = Server::start(folder.path());
    one.device.line.move_to(server.address);
    assert_eq!(one.device.ask("GET", "/api/v1/me", &token, b"").status, 401);
    one.device.sync_fully();
    one.submit(&town, "换了钥匙以后");
    let token = one.device.access_token();
    assert_eq!(one.device.ask("GET", "/api/v1/me", &token, b"").status, 200);
}
