//! A server that lost what it had acknowledged gets it back from whoever holds it, whoever wrote it, with its own
//! receipts, and asks for nothing twice.
use zhucun_core::contract::{Command, EntryState};
use zhucun_core::document::{DocumentId, Owner};
use zhucun_server::app::{DATABASE, KEY};
use zhucun_server::store::{Connection, Trouble, document};
use zhucun_tests::device::{Device, hello};
use zhucun_tests::line::Cut;
use zhucun_tests::server::zhucun;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{PASSWORD, reviewer_login, secretary_login};

/// Every line the server holds of the logs: whose, from which to which, when it came.
fn lines(stage: &mut Stage) -> Vec<(String, u64, u64, i64)> {
    stage.server.kill();
    // A connection of our own: it is closed when it is dropped, and nothing writes after the database is put back.
    let connection = Connection::open(stage.path().join(DATABASE)).expect("the database");
    let read = || -> Result<_, Trouble> {
        let mut lines = Vec::new();
        for id in document::all(&connection)?.into_iter().filter(|id| matches!(id.owner(), Owner::Log(_))) {
            let row = document::find(&connection, id)?.expect("it is listed");
            let stored = document::bundles(&connection, row.key, (0, i64::MAX), |_| false)?;
            let line = |one: document::Stored| (one.person.to_string(), one.first_seq, one.last_seq, one.received.0);
            lines.extend(stored.into_iter().map(line));
        }
        Ok(lines)
    };
    let lines = read().expect("a read");
    drop(connection);
    zhucun(stage.path(), &["check"]);
    lines
}

#[test]
fn a_reviewer_gives_back_what_a_secretary_wrote_who_is_gone() {
    let mut stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let first = stage.lesson(&mut secretary, "第一课");
    secretary.sync_fully();
    let past = stage.past(&mut [&mut secretary, &mut reviewer]);
    let second = stage.lesson(&mut secretary, "第二课");
    secretary.amend(first, "topic", "第一课（改）");
    secretary.sync_fully();
    reviewer.sync_fully();
    let version = reviewer.entry(second).expect("it reached the township").version;
    reviewer.done(Command::Confirm { entry: second, version });
    reviewer.sync_fully();
    let before = lines(&mut stage);

    // The secretary's phone fell into the river; only the reviewer has it all.
    stage.go_back_to(&past, &mut [&mut reviewer]);
    let requests = reviewer.line.traffic.requests;
    reviewer.sync_fully();
    assert_eq!(reviewer.line.traffic.requests - requests, 3, "told to say, wanted, given");
    let again = stage.device(3, &secretary_login(0));
    assert_eq!(again.entry(second).expect("it came back").summary.state, EntryState::Confirmed);
    assert_eq!(again.entry(first).expect("it was never lost").fields["topic"].value, "第一课（改）".into());
    let requests = reviewer.line.traffic.requests;
    reviewer.sync_fully();
    assert_eq!(reviewer.line.traffic.requests - requests, 1, "and that was all");
    assert_eq!(lines(&mut stage), before, "by whom, and when it first came");
}

#[test]
fn without_its_key_a_restored_server_believes_authors_only() {
    let mut stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let past = stage.past(&mut [&mut secretary, &mut reviewer]);
    let entry = stage.lesson(&mut secretary, "党课");
    secretary.sync_fully();
    reviewer.sync_fully();

    stage.server.kill();
    std::fs::remove_file(stage.path().join(KEY)).expect("the key");
    stage.go_back_to(&past, &mut [&mut secretary, &mut reviewer]);
    for (device, login) in [(&mut reviewer, reviewer_login(0)), (&mut secretary, secretary_login(0))] {
        device.sign_in(&login, PASSWORD);
        device.sync();
        device.sync_fully();
        let came_back = stage.device(device.id.0.as_u64_pair().0, &secretary_login(0)).entry(entry).is_some();
        assert_eq!(came_back, login == secretary_login(0), "after {login} had synced");
    }
    assert_eq!(lines(&mut stage).len(), 1);
}

#[test]
fn an_ack_whose_reply_was_cut_is_enough_to_notice_a_server_that_went_back() {
    let mut stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    stage.lesson(&mut secretary, "第一课");
    secretary.sync_fully();
    let past = stage.past(&mut [&mut secretary]);
    let entry = {
        secretary.set_online(false);
        let entry = stage.lesson(&mut secretary, "第二课");
        secretary.set_online(true);
        entry
    };
    // Cut where the ack has come and the end has not.
    let mut cut = 10;
    let before = secretary.disk().clone();
    while secretary.home().sync.waiting > 0 {
        secretary.put_disk(before.clone());
        secretary.cuts = vec![Cut::Reply(cut)];
        secretary.sync();
        cut += 1;
    }
    assert!(secretary.home().sync.trouble.is_some(), "the reply did not come to its end");
    assert_eq!(secretary.entry(entry).expect("it is here").summary.state, EntryState::Submitted);

    stage.go_back_to(&past, &mut [&mut secretary]);
    secretary.sync_fully();
    let again = stage.device(2, &secretary_login(0));
    assert!(again.entry(entry).is_some(), "what was acknowledged came back");
}

#[test]
fn what_is_given_back_is_held_to_its_receipt_whoever_gives_it() {
    use zhucun_core::wire::{self, Delta, Fate, ReplyFrame, RequestFrame};
    let mut stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut neighbour = stage.device(2, &secretary_login(1));
    let past = stage.past(&mut [&mut secretary, &mut neighbour]);
    stage.lesson(&mut secretary, "党课");
    secretary.sync_fully();
    let log = DocumentId::log(stage.town.tenure(0));
    let ask = |device: &mut Device, given: Option<Delta>| -> Vec<ReplyFrame> {
        let frames: Vec<_> =
            [RequestFrame::Hello(hello(device.id))].into_iter().chain(given.map(RequestFrame::Refill)).collect();
        let token = device.access_token();
        wire::unpack(&device.ask("POST", "/api/v1/sync", &token, &wire::pack(&frames)).body).expect("frames")
    };
    let delta = |frames: Vec<ReplyFrame>| {
        frames.into_iter().find_map(|frame| match frame {
            ReplyFrame::Delta(delta) if delta.document == log => Some(delta),
            _ => None,
        })
    };
    let honest = delta(ask(&mut secretary, None)).expect("the log is delivered");
    stage.go_back_to(&past, &mut [&mut secretary, &mut neighbour]);

    let fates = |frames: Vec<ReplyFrame>| -> Vec<Fate> {
        let refilled = frames.into_iter().find_map(|frame| match frame {
            ReplyFrame::Refilled(refilled) => Some(refilled.fates),
            _ => None,
        });
        refilled.expect("an answer to what was given back")
    };
    let mut forged = honest.clone();
    forged.bundles[0].receipt.0[7] ^= 1;
    let mut earlier = honest.clone();
    earlier.bundles[0].received_at.0 -= 86_400_000;
    let mut of_another = honest.clone();
    of_another.bundles[0].person = zhucun_core::id::PersonId(uuid::Uuid::from_u128(2));
    for (name, given) in [("receipt", forged), ("moment", earlier), ("person", of_another)] {
        assert_eq!(fates(ask(&mut secretary, Some(given))), [Fate::NotAllowed], "another {name}");
    }
    // What gave somebody the right to hold it may be newer than the backup; a receipt proves itself.
    assert_eq!(fates(ask(&mut neighbour, Some(honest.clone()))), [Fate::Accepted]);
    assert_eq!(fates(ask(&mut secretary, Some(honest))), [Fate::Duplicate]);
    assert_eq!(lines(&mut stage).len(), 1);
}

/// Flips one bit in the middle of every stored bundle of the logs.
fn rot(data: &std::path::Path) -> usize {
    let connection = rusqlite::Connection::open(data.join(DATABASE)).expect("the database");
    let mut rows = connection
        .prepare(
            "SELECT bundle.key, bytes FROM bundle JOIN document ON document.key = document WHERE hex(id) LIKE '02%'",
        )
        .expect("the bundles");
    let read = rows.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))).expect("the rows");
    let bundles: Vec<(i64, Vec<u8>)> = read.map(|row| row.expect("a row")).collect();
    for (key, mut bytes) in bundles.clone() {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        connection.execute("UPDATE bundle SET bytes = ?2 WHERE key = ?1", (key, bytes)).expect("a flipped bit");
    }
    connection.execute("UPDATE snapshot SET bytes = zeroblob(9)", []).expect("a lost snapshot");
    bundles.len()
}

#[test]
fn stored_changes_with_a_flipped_bit_are_never_served_and_are_given_back_by_who_holds_them() {
    let mut stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let first = stage.lesson(&mut secretary, "第一课");
    secretary.sync_fully();
    let second = stage.lesson(&mut secretary, "第二课");
    secretary.sync_fully();
    stage.server.kill();
    assert_eq!(rot(stage.path()), 2);
    stage.restart(&mut [&mut secretary, &mut reviewer]);

    // Who has not read it is sent nothing of it, and nothing that came after it; everything else goes on.
    let neighbour = stage.device(3, &secretary_login(1));
    assert!(neighbour.home().sync.trouble.is_none());
    reviewer.sync_fully();
    assert!(reviewer.entry(first).is_none() && reviewer.entry(second).is_none());
    // What builds on it waits on the phone, which then gives back what the server asks for.
    let third = stage.lesson(&mut secretary, "第三课");
    secretary.sync_fully();
    reviewer.sync_fully();
    for (entry, topic) in [(first, "第一课"), (second, "第二课"), (third, "第三课")] {
        assert_eq!(reviewer.entry(entry).expect("it is whole again").fields["topic"].value, topic.into());
    }
    assert_eq!(lines(&mut stage).len(), 3);
}
