//! A server that lost what it had acknowledged gets it back from whoever holds it, whoever wrote it, with its own
//! receipts, and asks for nothing twice.
use zhucun_core::contract::{Command, EntryState, Query, View};
use zhucun_core::document::{Actor, DocumentId, Owner};
use zhucun_core::gate::GateRefusal;
use zhucun_core::id::TenureId;
use zhucun_server::app::{DATABASE, KEY};
use zhucun_server::store::{Connection, Trouble, damage, document};
use zhucun_tests::device::{Device, hello};
use zhucun_tests::forge::{forked, made_by};
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
    reviewer.done(Command::Confirm { entry: second, version, opinion: String::new() });
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

#[test]
fn what_is_given_back_comes_in_its_order_to_a_place_that_is_known_and_undoes_nothing() {
    use zhucun_core::wire::{self, Bundle, Delta, Fate, Line, Push, ReplyFrame, RequestFrame};
    let mut stage = Stage::new(1);
    let mut device = stage.device(1, &secretary_login(0));
    let past = stage.past(&mut [&mut device]);
    let log = DocumentId::log(stage.town.tenure(0));
    let ask = |device: &mut Device, frame: Option<RequestFrame>| -> Vec<ReplyFrame> {
        let frames: Vec<_> = [RequestFrame::Hello(hello(device.id))].into_iter().chain(frame).collect();
        let token = device.access_token();
        wire::unpack(&device.ask("POST", "/api/v1/sync", &token, &wire::pack(&frames)).body).expect("frames")
    };
    let actor = Actor::derive(device.id, log, 0);
    let changes = made_by(log, actor, false);
    let push = |changes: &[Vec<u8>]| {
        let line = Line::of(changes.iter().map(Vec::as_slice));
        Some(RequestFrame::Push(Push { document: log, incarnation: 0, line }))
    };
    for change in &changes {
        ask(&mut device, push(std::slice::from_ref(change)));
    }
    let bundles = ask(&mut device, None).into_iter().find_map(|frame| match frame {
        ReplyFrame::Delta(delta) => Some(delta.bundles),
        _ => None,
    });
    let bundles = bundles.expect("the log is delivered");
    let [first, second] = &bundles[..] else { panic!("two bundles") };
    let give = |device: &mut Device, document, bundle: &Bundle| {
        let given = RequestFrame::Refill(Delta { document, bundles: vec![bundle.clone()] });
        let refilled = ask(device, Some(given)).into_iter().find_map(|frame| match frame {
            ReplyFrame::Refilled(refilled) => Some(refilled.fates),
            _ => None,
        });
        refilled.expect("an answer")
    };
    stage.go_back_to(&past, &mut [&mut device]);
    let nobodys = DocumentId::log(TenureId(uuid::Uuid::from_u128(0x99)));
    assert_eq!(give(&mut device, nobodys, first), [Fate::NotYet], "the roster may come again");
    assert_eq!(give(&mut device, log, second), [Fate::NotYet], "it builds on the first");
    let empty = Bundle { line: Line::of([]), ..first.clone() };
    assert_eq!(give(&mut device, log, &empty), [Fate::NotAllowed]);
    assert_eq!(zhucun(stage.path(), &["quarantine", "list"]).lines().count(), 1, "nothing of it was wrong");
    // Both in one: given back before what is pushed, which builds on it.
    assert_eq!(give(&mut device, log, first), [Fate::Accepted]);
    assert_eq!(give(&mut device, log, second), [Fate::Accepted]);

    // The same device wrote something else under that number since: what stands there stays.
    stage.go_back_to(&past, &mut [&mut device]);
    let other = forked(log, actor);
    ask(&mut device, push(&other));
    assert_eq!(give(&mut device, log, first), [Fate::Refused(GateRefusal::SeqReused)]);
    assert_eq!(zhucun(stage.path(), &["quarantine", "list"]).lines().count(), 2, "a header and what was refused");
}

#[test]
fn what_is_damaged_is_asked_of_its_readers_and_stops_only_who_has_yet_to_read_it() {
    use zhucun_core::wire::{self, End, Hello, Holding, Reach, ReplyFrame, RequestFrame, WantedLine};
    let mut stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut neighbour = stage.device(2, &secretary_login(1));
    let mut reviewer = stage.device(3, &reviewer_login(0));
    for topic in ["第一课", "第二课"] {
        stage.lesson(&mut secretary, topic);
        secretary.sync_fully();
    }
    let ask = |device: &mut Device, hello: Hello| -> Vec<ReplyFrame> {
        let (token, body) = (device.access_token(), wire::pack(&[RequestFrame::Hello(hello)]));
        let answer = device.ask("POST", "/api/v1/sync", &token, &body);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        wire::unpack(&answer.body).expect("frames")
    };
    let read = |device: &Device, end: &End| Hello {
        cursors: end.cursors.clone(),
        reference: end.reference,
        scope: end.scope,
        ..hello(device.id)
    };
    let end = |reply: &[ReplyFrame]| match reply.last() {
        Some(ReplyFrame::End(end)) => end.clone(),
        other => panic!("no end: {other:?}"),
    };
    let logs = [0, 1].map(|at| DocumentId::log(stage.town.tenure(at)));
    let sent = |reply: &[ReplyFrame], log: DocumentId| {
        reply.iter().any(|frame| matches!(frame, ReplyFrame::Delta(delta) if delta.document == log))
    };
    let wanted = |reply: &[ReplyFrame]| reply.iter().any(|frame| matches!(frame, ReplyFrame::Want(_)));
    let fresh = hello(reviewer.id);
    let whole = end(&ask(&mut reviewer, fresh.clone()));
    stage.server.kill();
    assert_eq!(rot(stage.path()), 2);
    stage.restart(&mut [&mut secretary, &mut neighbour, &mut reviewer]);
    stage.lesson(&mut neighbour, "邻村的课");
    neighbour.sync_fully();

    let first = ask(&mut reviewer, fresh.clone());
    assert!(wanted(&first) && !sent(&first, logs[0]) && !sent(&first, logs[1]), "nobody reads past what is missing");
    assert_eq!(end(&first).cursors[0].number + 2, whole.cursors[0].number, "the first of the two stops it");
    let reads = read(&reviewer, &whole);
    let later = ask(&mut reviewer, reads.clone());
    assert!(wanted(&later) && sent(&later, logs[1]), "who has read it goes on, and is asked for it");
    // To whom it is new all the same, it is missing.
    let anew = ask(&mut reviewer, Hello { scope: reads.scope - 1, ..reads });
    assert!(wanted(&anew) && !sent(&anew, logs[0]));
    let theirs = hello(neighbour.id);
    assert!(!wanted(&ask(&mut neighbour, theirs)), "who may not read it is not asked");
    // When they tell what they hold of it, only for what never came.
    let mut holds = |actor: Actor, seq: u64| {
        let held = Holding { document: logs[0], reaches: vec![Reach { actor, seq, hash: 1 }] };
        let (token, frames) =
            (neighbour.access_token(), [RequestFrame::Hello(hello(neighbour.id)), RequestFrame::Holding(held)]);
        let answer = neighbour.ask("POST", "/api/v1/sync", &token, &wire::pack(&frames));
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let mut reply = wire::unpack::<ReplyFrame>(&answer.body).expect("frames").into_iter();
        reply.find_map(|frame| match frame {
            ReplyFrame::Want(want) => Some(want.lines),
            _ => None,
        })
    };
    let actor = Actor::derive(secretary.id, logs[0], 0);
    assert_eq!(holds(actor, 2), None);
    assert_eq!(holds(actor, 4), Some(vec![WantedLine { actor, from_seq: 3 }]));
}

#[test]
fn what_something_new_stands_on_is_asked_of_its_author_where_it_is_missing() {
    use zhucun_core::wire::{self, Fate, Line, Push, ReplyFrame, RequestFrame, WantedLine};
    let stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    let log = DocumentId::log(stage.town.tenure(0));
    let actor = Actor::derive(secretary.id, log, 0);
    let changes = made_by(log, actor, false);
    let mut pushes = |changes: &[Vec<u8>]| {
        let line = Line::of(changes.iter().map(Vec::as_slice));
        let push = RequestFrame::Push(Push { document: log, incarnation: 0, line });
        let token = secretary.access_token();
        let body = wire::pack(&[RequestFrame::Hello(hello(secretary.id)), push]);
        let reply: Vec<ReplyFrame> =
            wire::unpack(&secretary.ask("POST", "/api/v1/sync", &token, &body).body).expect("frames");
        let fates = reply.iter().find_map(|frame| match frame {
            ReplyFrame::Ack(ack) => Some(ack.fates.clone()),
            _ => None,
        });
        let lines = reply.into_iter().find_map(|frame| match frame {
            ReplyFrame::Want(want) => Some(want.lines),
            _ => None,
        });
        (fates.expect("an ack"), lines)
    };
    assert_eq!(pushes(&changes[1..]), (vec![Fate::NotYet], Some(vec![WantedLine { actor, from_seq: 1 }])));
    assert_eq!(pushes(&changes), (vec![Fate::Accepted; 2], None));
}

#[test]
fn check_says_whatever_is_not_as_it_was_stored() {
    let mut stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    for topic in ["第一课", "第二课"] {
        stage.lesson(&mut secretary, topic);
        secretary.sync_fully();
    }
    stage.server.kill();
    let found = |crime: &str| {
        let connection = rusqlite::Connection::open(stage.path().join(DATABASE)).expect("the database");
        connection.execute_batch(&format!("BEGIN; {crime}")).expect("a crime");
        document::check(&connection).expect("a read").join("; ")
    };
    assert_eq!(found(""), "");
    let scrubbed = || {
        let mut connection = rusqlite::Connection::open(stage.path().join(DATABASE)).expect("the database");
        let tx = connection.transaction().expect("a transaction");
        tx.execute("UPDATE bundle SET bytes = zeroblob(9) WHERE number = 2", []).expect("a crime");
        [damage::scrub(&tx).expect("a read"), damage::scrub(&tx).expect("a read")]
    };
    assert_eq!(scrubbed(), [1, 0], "what is noted is not noted again");
    let log = DocumentId::log(stage.town.tenure(0)).to_string();
    let broken = found("UPDATE bundle SET bytes = zeroblob(9) WHERE number = 2");
    assert!(broken.contains(&log) && broken.contains("breaks at 2"), "{broken}");
    for (crime, sentence) in [
        ("UPDATE bundle SET hash = zeroblob(32) WHERE number = 1", "breaks at 1"),
        ("UPDATE bundle SET digest = 7 WHERE number = 2", "breaks at 2"),
        ("DELETE FROM bundle WHERE number = 1", "breaks at 2"),
        ("UPDATE feed SET last = 3", "ends elsewhere"),
        ("UPDATE feed SET digest = 7", "ends elsewhere"),
    ] {
        let said = found(crime);
        assert!(said.contains(sentence), "{crime}: {said}");
    }
}

#[test]
fn what_is_damaged_is_mended_by_whoever_holds_it() {
    let mut stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let entry = stage.lesson(&mut secretary, "第一课");
    secretary.sync_fully();
    reviewer.sync_fully();
    stage.server.kill();
    assert_eq!(rot(stage.path()), 1);
    stage.restart(&mut [&mut reviewer]);
    assert!(stage.device(4, &secretary_login(0)).entry(entry).is_none(), "nothing damaged is sent");
    reviewer.sync_fully();
    assert!(stage.device(3, &secretary_login(0)).entry(entry).is_some(), "its author's phone had no part in it");
    assert_eq!(lines(&mut stage).len(), 1);
}

/// The secretary of the first village goes by another id, in the database alone.
fn rename(stage: &mut Stage, devices: &mut [&mut Device], from: u128, to: u128) {
    stage.server.kill();
    let connection = rusqlite::Connection::open(stage.path().join(DATABASE)).expect("the database");
    // What points at the old id points nowhere meanwhile.
    connection.pragma_update(None, "foreign_keys", false).expect("a setting");
    let ids = [from, to].map(uuid::Uuid::from_u128);
    let done = connection.execute("UPDATE person SET id = ?2 WHERE id = ?1", ids);
    assert_eq!(done, Ok(1));
    drop(connection);
    stage.restart(devices);
}

#[test]
fn what_somebody_wrote_whom_a_restored_server_does_not_know_waits_until_it_does() {
    let mut stage = Stage::new(2);
    let mut secretary = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let past = stage.past(&mut [&mut secretary, &mut reviewer]);
    let village = stage.town.villages[0];
    let fields = [("head".to_owned(), "李某".into())].into();
    secretary.tell(Command::AddHousehold { village, fields });
    secretary.sync_fully();
    reviewer.sync_fully();
    stage.go_back_to(&past, &mut [&mut reviewer]);
    rename(&mut stage, &mut [&mut reviewer], 1, 0xabc);
    reviewer.sync();
    let register = |stage: &Stage, seed| {
        let View::Households(view) = stage.device(seed, &reviewer_login(0)).view(&Query::Households { village }) else {
            panic!("no register")
        };
        view.households.len()
    };
    assert!(reviewer.home().sync.trouble.is_none(), "nothing is wrong with the server");
    assert_eq!(register(&stage, 3), 0);
    rename(&mut stage, &mut [&mut reviewer], 0xabc, 1);
    reviewer.reopen();
    reviewer.sync_fully();
    assert_eq!(register(&stage, 4), 1);
}

#[test]
fn what_an_author_pushes_again_mends_what_is_damaged_and_the_figures_follow() {
    use zhucun_core::wire::{self, Fate, Line, Push, ReplyFrame, RequestFrame};
    let mut stage = Stage::new(3);
    let mut secretary = stage.device(1, &secretary_login(0));
    secretary.set_online(false);
    let entry = stage.lesson(&mut secretary, "第一课");
    let before = secretary.disk().clone();
    secretary.set_online(true);
    secretary.sync_fully();
    stage.server.kill();
    assert_eq!(rot(stage.path()), 1);
    // Meanwhile the tenure is said to have ended yesterday: nobody can read what was logged in it.
    let day = |days| zhucun_core::clock::add_days(stage.town.today, days).to_string();
    let (login, village) = (secretary_login(0), stage.town.villages[0]);
    let row = format!("{login},某1,first_secretary,{village},{},{},{},recalled", day(-180), day(180), day(-1));
    let table = stage.path().join("roster.csv");
    let head = "login,name,role,division,arrived,planned_end,ended,reason";
    std::fs::write(&table, format!("{head}\n{row}\n")).expect("a table");
    zhucun(stage.path(), &["import", "roster", &table.to_string_lossy(), "--apply"]);
    stage.restart(&mut [&mut secretary]);
    // Something else under that number is not what was stored.
    let log = DocumentId::log(stage.town.tenure(0));
    let other = forked(log, Actor::derive(secretary.id, log, 0));
    let push = Push { document: log, incarnation: 0, line: Line::of(other.iter().map(Vec::as_slice)) };
    let (token, frames) =
        (secretary.access_token(), [RequestFrame::Hello(hello(secretary.id)), RequestFrame::Push(push)]);
    let answer = secretary.ask("POST", "/api/v1/sync", &token, &wire::pack(&frames));
    let reply = wire::unpack::<ReplyFrame>(&answer.body).expect("frames");
    assert!(reply.iter().any(|frame| matches!(frame, ReplyFrame::Ack(ack) if ack.fates == [Fate::NotYet])));
    // The ack was lost, and so the phone has no receipt to give it back by.
    secretary.put_disk(before);
    secretary.sync_fully();
    assert_eq!(secretary.home().sync.waiting, 0);
    let again = stage.device(2, &secretary_login(0));
    assert!(again.entry(entry).is_some(), "it is whole again");
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
