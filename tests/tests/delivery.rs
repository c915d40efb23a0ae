//! What a reply holds, asked for by hand: where it goes on, what it leaves out, when it ends, and which requests get none.
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjType, ROOT, ReadDoc};
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::contract::Command;
use zhucun_core::division::{Division, DivisionCode};
use zhucun_core::document::{Actor, Document, DocumentId, genesis_change};
use zhucun_core::gate::{CHANGE_BYTES_MAX, GateRefusal};
use zhucun_core::person::{Post, Role};
use zhucun_core::wire::{
    self, CHANGES_MAX, Checkpoint, Cursor, Delta, End, Fate, Hello, Holding, Line, Push, REPLY_BYTES_MAX, ReplyFrame,
    RequestFrame,
};
use zhucun_server::app::DATABASE;
use zhucun_server::store::post::PostRow;
use zhucun_server::store::{Store, Trouble, division, grant, post};
use zhucun_tests::device::{Device, hello};
use zhucun_tests::forge::made_by;
use zhucun_tests::line::Answer;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{person_id, reviewer_login, secretary_login};

fn send(device: &mut Device, frames: &[RequestFrame]) -> Answer {
    let token = device.access_token();
    device.ask("POST", "/api/v1/sync", &token, &wire::pack(frames))
}

fn ask(device: &mut Device, hello: Hello, brought: Vec<RequestFrame>) -> Vec<ReplyFrame> {
    let frames: Vec<_> = [RequestFrame::Hello(hello)].into_iter().chain(brought).collect();
    let answer = send(device, &frames);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    wire::unpack(&answer.body).expect("a reply of frames")
}

fn said(answer: &Answer) -> (u16, String) {
    let problem: serde_json::Value = serde_json::from_slice(&answer.body).expect("a problem");
    (answer.status, problem["code"].as_str().unwrap_or_default().to_owned())
}

fn sent(reply: &[ReplyFrame]) -> Vec<DocumentId> {
    let of = |frame: &ReplyFrame| match frame {
        ReplyFrame::Delta(delta) => Some(delta.document),
        _ => None,
    };
    reply.iter().filter_map(of).collect()
}

fn fates(reply: &[ReplyFrame]) -> Vec<Fate> {
    let of = |frame: &ReplyFrame| match frame {
        ReplyFrame::Ack(ack) => Some(ack.fates.clone()),
        _ => None,
    };
    reply.iter().filter_map(of).flatten().collect()
}

fn checkpoint(reply: &[ReplyFrame]) -> Option<&Checkpoint> {
    match reply.last() {
        Some(ReplyFrame::Checkpoint(point)) => Some(point),
        _ => None,
    }
}

fn end(reply: &[ReplyFrame]) -> Option<&End> {
    match reply.last() {
        Some(ReplyFrame::End(end)) => Some(end),
        _ => None,
    }
}

fn has_reference(reply: &[ReplyFrame]) -> bool {
    reply.iter().any(|frame| matches!(frame, ReplyFrame::Reference(_)))
}

fn push(document: DocumentId, changes: &[Vec<u8>]) -> RequestFrame {
    RequestFrame::Push(Push { document, incarnation: 0, line: Line::of(changes.iter().map(Vec::as_slice)) })
}

/// A township of two villages with a lesson in each log, and a device of its reviewer.
fn two_logs(stage: &Stage) -> (Device, Device) {
    let mut first = stage.device(1, &secretary_login(0));
    for secretary in [&mut first, &mut stage.device(2, &secretary_login(1))] {
        stage.lesson(secretary, "党课");
        secretary.sync_fully();
    }
    (first, stage.device(3, &reviewer_login(0)))
}

#[test]
fn a_reply_that_was_full_goes_on_behind_its_checkpoint_and_by_no_other() {
    let stage = Stage::new(2);
    let (mut secretary, mut reviewer) = two_logs(&stage);
    let asks = hello(reviewer.id);
    let whole = sent(&ask(&mut reviewer, asks.clone(), Vec::new()));
    assert_eq!(whole.len(), 2);
    assert!(whole.is_sorted(), "in the order of ids");
    let full = ask(&mut reviewer, Hello { bytes_max: 1, ..asks.clone() }, Vec::new());
    assert_eq!(sent(&full), whole[..1], "the document that fills it is whole, and none comes after it");
    let point = checkpoint(&full).expect("a full reply ends with a checkpoint").clone();
    let from = |reviewer: &mut Device, point: Checkpoint| {
        ask(reviewer, Hello { checkpoints: vec![point], ..asks.clone() }, Vec::new())
    };
    assert_eq!(sent(&from(&mut reviewer, point.clone())), whole[1..]);
    for (what, other) in [
        ("feed", Checkpoint { feed: point.feed + 1, ..point.clone() }),
        ("history", Checkpoint { epoch: point.epoch ^ 1, ..point.clone() }),
        ("base", Checkpoint { base: point.base + 1, ..point.clone() }),
        ("scope", Checkpoint { scope: point.scope + 1, ..point.clone() }),
        ("top", Checkpoint { top: point.top + 1, ..point.clone() }),
    ] {
        assert_eq!(sent(&from(&mut reviewer, other)), whole, "of another {what}");
    }
    // Who told what it holds begins anew.
    let held = RequestFrame::Holding(Holding { document: whole[0], reaches: Vec::new() });
    let told = Hello { checkpoints: vec![point.clone()], ..asks.clone() };
    assert_eq!(sent(&ask(&mut reviewer, told, vec![held])), whole);
    // To the top it had, whatever came since.
    stage.lesson(&mut secretary, "又一课");
    secretary.sync_fully();
    let rest = from(&mut reviewer, point.clone());
    let end = end(&rest).expect("it came to its end");
    assert_eq!((end.cursors[0].number, end.more), (point.top, true));
}

/// A phone on a thin line has read as far as its village when its owner is transferred to another, whose log comes before.
#[test]
fn what_is_granted_while_a_reply_is_interrupted_is_sent_though_it_lies_before_the_checkpoint() {
    let stage = Stage::new(2);
    let (mut secretary, _) = two_logs(&stage);
    secretary.add_household(stage.town.villages[0], &[("head", "张三")]);
    secretary.sync_fully();
    let mut phone = stage.device(4, &secretary_login(0));
    let mut asks = Hello { bytes_max: 1, ..hello(phone.id) };
    for expected in [DocumentId::log(stage.town.tenure(0)), DocumentId::village(stage.town.villages[0])] {
        let reply = ask(&mut phone, asks.clone(), Vec::new());
        assert_eq!(sent(&reply), [expected]);
        asks.checkpoints = vec![checkpoint(&reply).expect("a full reply ends with a checkpoint").clone()];
    }
    let day = |days| add_days(stage.town.today, days).to_string();
    let draft = serde_json::json!({ "village": stage.town.villages[1], "arrived": day(0), "planned_end": day(360) });
    let path = format!("/api/v1/tenures/{}/transfer", stage.town.tenure(0));
    let (status, answer) = stage.desk("county", "POST", &path, &draft);
    assert_eq!(status, 200, "{answer}");
    let rest = ask(&mut phone, Hello { bytes_max: 0, ..asks }, Vec::new());
    assert!(end(&rest).is_some(), "it came to its end");
    assert!(sent(&rest).contains(&DocumentId::log(stage.town.tenure(1))), "{:?}", sent(&rest));
}

#[test]
fn what_comes_to_a_new_scope_comes_from_the_beginning_with_the_reference_data() {
    let stage = Stage::new(2);
    let (_, mut reviewer) = two_logs(&stage);
    let asks = hello(reviewer.id);
    let first = ask(&mut reviewer, asks.clone(), Vec::new());
    let end = end(&first).expect("it came to its end").clone();
    let read = Hello { cursors: end.cursors, reference: end.reference, scope: end.scope, ..asks };
    let again = ask(&mut reviewer, read.clone(), Vec::new());
    assert!(sent(&again).is_empty() && !has_reference(&again), "nothing is new");
    let wider = ask(&mut reviewer, Hello { scope: read.scope - 1, ..read.clone() }, Vec::new());
    assert_eq!(sent(&wider), sent(&first));
    assert!(has_reference(&wider));
    let older = ask(&mut reviewer, Hello { reference: read.reference - 1, ..read.clone() }, Vec::new());
    assert!(sent(&older).is_empty() && has_reference(&older));
    let held = RequestFrame::Holding(Holding { document: sent(&first)[0], reaches: Vec::new() });
    assert!(has_reference(&ask(&mut reviewer, read, vec![held])), "who was asked what it holds gets all of it");
}

#[test]
fn a_reply_has_an_end_whatever_a_client_asks_for() {
    let stage = Stage::new(2);
    let (_, mut reviewer) = two_logs(&stage);
    // The log that comes first, longer than any reply.
    let mut ids = [0, 1].map(|at| (DocumentId::log(stage.town.tenure(at)), at));
    ids.sort();
    let (log, at) = ids[0];
    let mut secretary = stage.device(4, &secretary_login(at));
    let long = long_changes(log, Actor::derive(secretary.id, log, 0), 1 + REPLY_BYTES_MAX as usize / 60_000);
    assert!(long.iter().all(|change| change.len() <= CHANGE_BYTES_MAX));
    let asks = hello(secretary.id);
    assert_eq!(fates(&ask(&mut secretary, asks.clone(), vec![push(log, &long[..1])])), [Fate::Accepted]);
    // A long document is followed by a checkpoint: a reply that breaks off in the next one does not begin again.
    let reads = hello(reviewer.id);
    let reply = ask(&mut reviewer, reads, Vec::new());
    let point = reply.iter().position(|frame| matches!(frame, ReplyFrame::Checkpoint(_))).expect("a checkpoint");
    assert_eq!((sent(&reply[..point]), sent(&reply).len()), (vec![log], 2));
    let fates = fates(&ask(&mut secretary, asks, vec![push(log, &long[1..])]));
    assert!(fates.iter().all(|fate| *fate == Fate::Accepted), "{fates:?}");
    let asks = Hello { bytes_max: u32::MAX, ..hello(reviewer.id) };
    let reply = ask(&mut reviewer, asks, Vec::new());
    assert_eq!(sent(&reply), [log]);
    assert!(checkpoint(&reply).is_some());
}

/// The reviewer reviews in a second county, too.
fn second_county(stage: &mut Stage) -> DivisionCode {
    stage.server.kill();
    let (today, code) = (stage.town.today, |text: &str| text.parse::<DivisionCode>().expect("a code"));
    let store = Store::open(stage.path().join(DATABASE)).expect("the database");
    let made: Result<(), Trouble> = store.write_sync(move |tx| {
        for unit in ["629902", "629902100", "629902100200"] {
            division::put(tx, &Division { code: code(unit), name: format!("单位{unit}") })?;
        }
        let post = Post { role: Role::TownshipReviewer, division: code("629902100") };
        post::put(tx, person_id(1_000_000), &PostRow { post, from: today, to: None })?;
        grant::settle(tx, Moment::start_of(today)).map(drop)
    });
    made.expect("a second county");
    drop(store);
    stage.restart(&mut []);
    code("629902100200")
}

#[test]
fn of_two_feeds_the_first_is_not_read_again_and_each_is_asked_for_what_is_its_own() {
    let mut stage = Stage::new(1);
    let there = DocumentId::village(second_county(&mut stage));
    let here = DocumentId::village(stage.town.villages[0]);
    let mut writer = stage.device(1, &reviewer_login(0));
    let asks = hello(writer.id);
    for document in [here, there] {
        let changes = made_by(document, Actor::derive(writer.id, document, 0), false);
        ask(&mut writer, asks.clone(), vec![push(document, &changes)]);
    }
    let mut reader = stage.device(2, &reviewer_login(0));
    let reads = hello(reader.id);
    let reply = ask(&mut reader, reads.clone(), Vec::new());
    assert_eq!(sent(&reply), [here, there]);
    let point = reply.iter().position(|frame| matches!(frame, ReplyFrame::Checkpoint(_))).expect("a checkpoint");
    assert_eq!(sent(&reply[..point]), [here], "between the feeds");
    assert_eq!(end(&reply).expect("an end").cursors.len(), 2);
    // What nobody has here is wanted once, in the feed where it belongs.
    let log = DocumentId::log(stage.town.tenure(0));
    let reach = wire::Reach { actor: Actor([7; 16]), seq: 3, hash: 1 };
    let held = RequestFrame::Holding(Holding { document: log, reaches: vec![reach] });
    let wants = |reply: &[ReplyFrame]| reply.iter().filter(|frame| matches!(frame, ReplyFrame::Want(_))).count();
    assert_eq!(wants(&ask(&mut reader, reads.clone(), vec![held])), 1);
    let nothing = RequestFrame::Holding(Holding { document: log, reaches: Vec::new() });
    assert_eq!(wants(&ask(&mut reader, reads, vec![nothing])), 0, "who holds nothing of it is not asked");
}

#[test]
fn what_a_phone_holds_and_nobody_has_here_is_wanted_once_whoever_may_read_it() {
    let stage = Stage::new(2);
    let review = DocumentId::review(stage.town.tenure(0));
    for (seed, login) in [(1, secretary_login(0)), (2, secretary_login(1))] {
        let mut device = stage.device(seed, &login);
        let mut wants = |document| {
            let reach = wire::Reach { actor: Actor([7; 16]), seq: 3, hash: 1 };
            let held = RequestFrame::Holding(Holding { document, reaches: vec![reach] });
            let asks = hello(device.id);
            let reply = ask(&mut device, asks, vec![held]);
            reply.iter().filter(|frame| matches!(frame, ReplyFrame::Want(_))).count()
        };
        assert_eq!(wants(review), 1, "{login}");
        assert_eq!(wants(review.next()), 0, "of a generation that this server does not know it takes nothing");
    }
}

/// Changes of 60 kB each.
fn long_changes(document: DocumentId, actor: Actor, count: usize) -> Vec<Vec<u8>> {
    let mut doc = Automerge::new();
    doc.apply_changes([genesis_change(document.kind())]).expect("the genesis");
    doc.set_actor(ActorId::from(actor.0));
    let parent = doc.get(ROOT, "entries").expect("a map").expect("the container").1;
    let change = |number: usize| {
        let mut transaction = doc.transaction();
        let key = uuid::Uuid::from_u128(9_000 + number as u128).to_string();
        let record = transaction.put_object(&parent, key, ObjType::Map).expect("a record");
        for name in ["topic", "main_points", "members_views"] {
            transaction.put(&record, name, "x".repeat(20_000)).expect("a field");
        }
        transaction.commit_with(CommitOptions::default().with_time(0));
        doc.get_last_local_change().expect("the change just made").raw_bytes().to_vec()
    };
    (0..count).map(change).collect()
}

#[test]
fn a_push_ends_at_the_first_change_that_is_not_taken_and_a_line_begins_behind_what_was_there() {
    let stage = Stage::new(1);
    // Something is in the feed before: who reads from its beginning is sent all of it.
    let mut reviewer = stage.device(9, &reviewer_login(0));
    let fields = [("head".to_owned(), "户主".into())].into();
    reviewer.tell(Command::AddHousehold { village: stage.town.villages[0], fields });
    reviewer.sync_fully();
    let mut device = stage.device(1, &secretary_login(0));
    let log = DocumentId::log(stage.town.tenure(0));
    let honest = made_by(log, Actor::derive(device.id, log, 0), false);
    let asks = hello(device.id);
    let village = DocumentId::village(stage.town.villages[0]);
    let changes = made_by(village, Actor::derive(device.id, village, 0), false);
    ask(&mut device, asks.clone(), vec![push(village, &changes)]);
    let read = end(&ask(&mut device, asks.clone(), Vec::new())).expect("an end").clone();
    // Alone, the second would be accepted.
    let noise = vec![7; 40];
    let mixed = ask(&mut device, asks.clone(), vec![push(log, &[noise, honest[0].clone()])]);
    assert_eq!(fates(&mixed), [Fate::Refused(GateRefusal::NotAChange), Fate::NotYet]);
    assert_eq!(
        stage.zhucun(&["quarantine", "list"]).lines().count(),
        2,
        "what was refused is kept for who looks into it"
    );
    let reading = Hello { cursors: read.cursors, reference: read.reference, scope: read.scope, ..asks.clone() };
    let first = ask(&mut device, reading, vec![push(log, &honest[..1])]);
    assert_eq!((fates(&first), sent(&first)), (vec![Fate::Accepted], Vec::new()), "who brought it has it");
    let again = ask(&mut device, asks, vec![push(log, &honest)]);
    assert_eq!(fates(&again), [Fate::Duplicate, Fate::Accepted]);
    assert_eq!(
        sent(&again),
        [log, village],
        "who reads from the beginning lost something: all of it comes, also what was brought"
    );
    // What was stored is what was sent, each change once.
    assert_eq!(lines(&mut device, log), [vec![honest[0].clone()], vec![honest[1].clone()]]);
    // Two changes that came together have one seal.
    let mut other = stage.device(2, &secretary_login(0));
    let two = made_by(log, Actor::derive(other.id, log, 0), false);
    let own = hello(other.id);
    ask(&mut other, own.clone(), vec![push(log, &two)]);
    let seals = ask(&mut other, own, vec![push(log, &two)]).into_iter().find_map(|frame| match frame {
        ReplyFrame::Ack(ack) => Some(ack.seals),
        _ => None,
    });
    assert_eq!(seals.expect("an ack").len(), 1);
    assert_eq!(lines(&mut device, log).len(), 3);
}

#[test]
fn of_what_a_phone_holds_it_is_sent_what_it_lacks_and_asked_for_what_is_lacking_here() {
    let stage = Stage::new(1);
    let mut device = stage.device(1, &secretary_login(0));
    let log = DocumentId::log(stage.town.tenure(0));
    let actor = Actor::derive(device.id, log, 0);
    let honest = made_by(log, actor, false);
    let asks = hello(device.id);
    for change in &honest {
        ask(&mut device, asks.clone(), vec![push(log, std::slice::from_ref(change))]);
    }
    let hash = |at: usize| wire::first_eight(&Document::hash_of(&honest[at]).expect("a change"));
    let mut told = |seq: u64, hash: u64| {
        let reaches = vec![wire::Reach { actor, seq, hash }];
        let reply = ask(&mut device, asks.clone(), vec![RequestFrame::Holding(Holding { document: log, reaches })]);
        let (mut seqs, mut wanted) = (Vec::new(), Vec::new());
        for frame in reply {
            match frame {
                ReplyFrame::Delta(delta) => {
                    seqs.extend(delta.bundles.iter().filter_map(|bundle| Some(bundle.line.begins()?.1)));
                }
                ReplyFrame::Want(want) => wanted.extend(want.lines.iter().map(|line| (line.actor, line.from_seq))),
                _ => {}
            }
        }
        (seqs, wanted)
    };
    assert_eq!(told(2, hash(1)), (vec![], vec![]), "it has it all");
    assert_eq!(told(1, hash(0)), (vec![2], vec![]));
    assert_eq!(told(1, hash(1)), (vec![1, 2], vec![]), "the two lines are not one");
    // By the end of this line it sees whether the two are one.
    assert_eq!(told(5, 7), (vec![2], vec![(actor, 3)]));
}

/// The lines of a document as they are delivered from the beginning.
fn lines(device: &mut Device, document: DocumentId) -> Vec<Vec<Vec<u8>>> {
    let asks = hello(device.id);
    let reply = ask(device, asks, Vec::new());
    let bundles = reply.into_iter().find_map(|frame| match frame {
        ReplyFrame::Delta(delta) if delta.document == document => Some(delta.bundles),
        _ => None,
    });
    let bundles = bundles.expect("the document is delivered");
    bundles.iter().map(|bundle| bundle.line.changes().expect("a line")).collect()
}

#[test]
fn a_server_that_does_not_know_what_was_read_there_asks_instead_of_sending() {
    let stage = Stage::new(2);
    let (_, mut reviewer) = two_logs(&stage);
    let asks = hello(reviewer.id);
    let known = end(&ask(&mut reviewer, asks.clone(), Vec::new())).expect("an end").cursors[0].clone();
    let mut starts_over = |cursors: Vec<Cursor>, witnesses: Vec<Cursor>| {
        let reply = ask(&mut reviewer, Hello { cursors, witnesses, ..asks.clone() }, Vec::new());
        let Some(ReplyFrame::Welcome(welcome)) = reply.first() else { panic!("a welcome comes first") };
        let more = end(&reply).expect("an end").more;
        assert_eq!((welcome.starts_over, sent(&reply).is_empty()), (more, more));
        more
    };
    assert!(!starts_over(Vec::new(), vec![known.clone()]));
    for other in [
        Cursor { epoch: known.epoch ^ 1, ..known.clone() },
        Cursor { digest: known.digest ^ 1, ..known.clone() },
        Cursor { number: known.number + 1, ..known.clone() },
        Cursor { feed: known.feed + 1, ..known.clone() },
    ] {
        assert!(starts_over(vec![other.clone()], Vec::new()), "{other:?}");
        assert!(starts_over(Vec::new(), vec![other.clone()]), "{other:?}");
    }
}

#[test]
fn a_request_begins_with_its_one_hello_and_brings_so_many_changes() {
    let stage = Stage::new(1);
    let mut device = stage.device(1, &secretary_login(0));
    let log = DocumentId::log(stage.town.tenure(0));
    let hello = RequestFrame::Hello(hello(device.id));
    let held = RequestFrame::Holding(Holding { document: log, reaches: Vec::new() });
    let malformed = (400, "malformed".to_owned());
    for frames in [vec![], vec![held.clone()], vec![held, hello.clone()], vec![hello.clone(), hello.clone()]] {
        assert_eq!(said(&send(&mut device, &frames)), malformed, "{frames:?}");
    }
    let noise = |count: usize| push(log, &vec![Vec::new(); count]);
    assert_eq!(send(&mut device, &[hello.clone(), noise(CHANGES_MAX)]).status, 200);
    let too_large = (413, "too_large".to_owned());
    assert_eq!(said(&send(&mut device, &[hello.clone(), noise(CHANGES_MAX + 1)])), malformed, "more than a line has");
    assert_eq!(said(&send(&mut device, &[hello.clone(), noise(CHANGES_MAX), noise(1)])), too_large);
    // What is given back is counted as it is opened: what comes after is not looked at any more.
    let bundle = |line: Line| wire::Bundle {
        person: zhucun_core::id::PersonId(uuid::Uuid::from_u128(1)),
        received_at: stage.town.now,
        receipt: wire::Receipt([0; 8]),
        line,
    };
    let changes = vec![Vec::new(); CHANGES_MAX];
    let (most, one) = (Line::of(changes.iter().map(Vec::as_slice)), Line::of([&[][..]]));
    let bundles = vec![bundle(most), bundle(one), bundle(Line::from_bytes(vec![0]))];
    let given = RequestFrame::Refill(Delta { document: log, bundles });
    assert_eq!(said(&send(&mut device, &[hello, given])), too_large);
}
