//! Documents that a person may no longer hold stay until a backup of the server has them, so that a restore loses
//! nothing that they were the last to hold; a server that never makes one is waited for no longer than thirty days.
use std::collections::BTreeSet;

use zhucun_core::clock::Moment;
use zhucun_core::contract::Command;
use zhucun_core::document::{Actor, DocumentId};
use zhucun_core::id::PersonId;
use zhucun_core::person::Person;
use zhucun_core::reference::Reference;
use zhucun_core::wire::{
    self, Coverage, Covered, Cursor, End, Fate, PROTOCOL, ReferenceData, Refilled, ReplyFrame, RequestFrame, Want,
    WantedLine, Welcome,
};

use crate::device::Device;
use crate::hub::Hub;
use crate::scene::record;
use crate::town::{NOON, Who, devices, village};

const THIRTY_DAYS_MS: i64 = 30 * 86_400_000;

/// A secretary's device with something in the village's register that the server has.
fn settled() -> Device {
    settled_with(&mut Hub::default())
}

fn settled_with(hub: &mut Hub) -> Device {
    let (id, who) = devices().into_iter().find(|(_, who)| *who == Who::Secretary).expect("a secretary");
    let mut device = Device::new(id, who);
    device.sync(hub);
    let fields = [("head".to_owned(), "户主".into())].into();
    device.does(Command::AddHousehold { village: village(), fields }).expect("the device lives");
    device.sync(hub);
    assert!(holds(&device) > 0);
    device
}

fn holds(device: &Device) -> usize {
    device.disk_now().keys().filter(|key| key.starts_with("change/") || key.starts_with("snapshot/")).count()
}

/// A reply of a server where this person holds no post any more; its feed ends at `end`, its backup reaches `covered`.
fn reply(device: &mut Device, now: Moment, end: u64, covered: u64) {
    reply_to(device, now, (end, covered), &Reference::default());
}

fn reply_to(device: &mut Device, now: Moment, (end, covered): (u64, u64), reference: &Reference) {
    device.asks().expect("somebody asked");
    let json = serde_json::to_string(reference).expect("plain data");
    let end = Cursor { feed: 621_022, epoch: 3, number: end, digest: 9 };
    let frames = [
        ReplyFrame::Welcome(Welcome { protocol: PROTOCOL, now, starts_over: false }),
        ReplyFrame::Reference(ReferenceData { json }),
        ReplyFrame::Coverage(Coverage { feeds: vec![Covered { end, number: covered }] }),
        ReplyFrame::End(End { cursors: Vec::new(), reference: 2, scope: 2, more: false }),
    ];
    device.hears(wire::pack(&frames), true);
}

#[test]
fn documents_go_when_a_backup_reaches_where_the_feed_was() {
    let mut device = settled();
    let now = device.now;
    for (end, covered) in [(7, 0), (7, 6), (9, 6)] {
        reply(&mut device, now, end, covered);
        assert!(holds(&device) > 0, "{covered} of {end}");
        device.reopen();
    }
    reply(&mut device, now, 9, 7);
    assert_eq!(holds(&device), 0);
    device.reopen();
    assert_eq!(holds(&device), 0);
}

#[test]
fn documents_wait_thirty_days_for_a_backup_and_no_longer() {
    let mut device = settled();
    let began = device.now;
    for after in [0, 1, THIRTY_DAYS_MS - 1] {
        reply(&mut device, began.plus_ms(after), 7, 0);
        assert!(holds(&device) > 0, "after {after} ms");
    }
    reply(&mut device, began.plus_ms(THIRTY_DAYS_MS), 7, 0);
    assert_eq!(holds(&device), 0);
}

/// First the register goes, and later one's own log, which no backup has that was enough for the register.
#[test]
fn a_document_that_goes_later_waits_for_a_backup_of_its_own() {
    let secretary = Who::Secretary.reference();
    let left = Reference { left: vec![village()], ..secretary };
    let of = |device: &Device| {
        let id = |key: &String| Some(key.split_once('/')?.1.split('/').next()?.to_owned());
        let held = device.disk_now().keys().filter(|key| key.starts_with("change/")).filter_map(id).collect();
        let held: BTreeSet<String> = held;
        held.len()
    };
    let begin = || {
        let mut hub = Hub::default();
        let mut device = settled_with(&mut hub);
        record(&mut device, &[("occurred_on", "2016-02-23"), ("topic", "党课")]);
        device.sync(&mut hub);
        assert_eq!(of(&device), 2, "a register and a log");
        let now = device.now;
        reply_to(&mut device, now, (7, 0), &left);
        (device, now)
    };
    let (mut device, now) = begin();
    reply_to(&mut device, now, (7, 0), &left);
    reply(&mut device, now, 20, 10);
    assert_eq!(of(&device), 2, "7 would do for the register alone");
    reply(&mut device, now, 20, 10);
    assert_eq!(of(&device), 2);
    reply(&mut device, now, 20, 20);
    assert_eq!(of(&device), 0);

    let (mut device, now) = begin();
    for after in [THIRTY_DAYS_MS, 2 * THIRTY_DAYS_MS - 1] {
        reply(&mut device, now.plus_ms(after), 7, 0);
        assert_eq!(of(&device), 2, "after {after} ms");
    }
    reply(&mut device, now.plus_ms(2 * THIRTY_DAYS_MS), 7, 0);
    assert_eq!(of(&device), 0);
}

/// A server that was put back asks for what it lacks, whenever the phone comes.
#[test]
fn what_the_server_asks_for_goes_only_when_it_was_given_or_could_not_be_taken() {
    let mut device = settled();
    let began = device.now;
    reply(&mut device, began, 7, 0);
    let document = DocumentId::village(village());
    let json = serde_json::to_string(&Reference::default()).expect("plain data");
    let end = Cursor { feed: 621_022, epoch: 3, number: 7, digest: 9 };
    let lines = vec![WantedLine { actor: Actor::derive(device.id, document, 0), from_seq: 1 }];
    let now = began.plus_ms(THIRTY_DAYS_MS);
    let mut hears = |starts_over: bool, wants: bool, given: bool| {
        device.asks().expect("there is something to tell");
        let mut frames = vec![ReplyFrame::Welcome(Welcome { protocol: PROTOCOL, now, starts_over })];
        frames.extend(given.then(|| ReplyFrame::Refilled(Refilled { document, fates: vec![Fate::Accepted] })));
        frames.extend((!starts_over).then(|| ReplyFrame::Reference(ReferenceData { json: json.clone() })));
        frames.push(ReplyFrame::Coverage(Coverage { feeds: vec![Covered { end: end.clone(), number: 0 }] }));
        let want = Want { document, lines: lines.clone() };
        frames.extend(wants.then_some(ReplyFrame::Want(want)));
        frames.push(ReplyFrame::End(End { cursors: Vec::new(), reference: 2, scope: 2, more: starts_over }));
        device.hears(wire::pack(&frames), true);
        holds(&device)
    };
    assert!(hears(true, false, false) > 0, "nothing was told yet");
    assert!(hears(false, true, false) > 0, "it asks for it");
    assert_eq!(hears(false, false, true), 0);
}

/// What the next request says that the server must know.
fn witnesses(device: &mut Device) -> Vec<Cursor> {
    let body = device.asks().expect("somebody asked");
    match wire::unpack::<RequestFrame>(&body).expect("a replica sends frames").into_iter().next() {
        Some(RequestFrame::Hello(hello)) => hello.witnesses,
        other => panic!("no hello: {other:?}"),
    }
}

#[test]
fn how_far_a_feed_was_read_is_told_also_when_it_is_read_no_more() {
    let mut device = settled();
    assert_eq!(witnesses(&mut device), []);
    reply(&mut device, NOON, 5, 0);
    let told = witnesses(&mut device);
    assert!(told.iter().any(|it| (it.feed, it.epoch) == (621_022, 0) && it.number > 0), "{told:?}");
}

#[test]
fn how_far_a_feed_was_read_is_told_while_all_is_read_anew() {
    let mut device = settled();
    let id = device.disk_now().keys().find_map(|key| Some(key.strip_prefix("change/")?.split_once('/')?.0.to_owned()));
    let mut rows = device.disk_now();
    rows.insert("opening".to_owned(), id.expect("a document").into_bytes().into());
    device.put_back(rows);
    let told = witnesses(&mut device);
    assert!(told.iter().any(|it| (it.feed, it.epoch) == (621_022, 0) && it.number > 0), "{told:?}");
}

#[test]
fn what_the_server_could_not_take_stays_here_whatever_news_there_are() {
    let mut device = settled();
    let (now, document) = (device.now, DocumentId::village(village()));
    let lines = vec![WantedLine { actor: Actor::derive(device.id, document, 0), from_seq: 1 }];
    let mut hears = |name: &str, starts_over: bool, given: bool| {
        device.asks().expect("there is something to give, or to ask");
        let people = vec![Person { id: PersonId(uuid::Uuid::from_u128(9)), name: name.to_owned() }];
        let json = serde_json::to_string(&Reference { people, ..Reference::default() }).expect("plain data");
        let end = Cursor { feed: 621_022, epoch: 3, number: 7, digest: 9 };
        let mut frames = vec![ReplyFrame::Welcome(Welcome { protocol: PROTOCOL, now, starts_over })];
        // It has no place for the document, and its backup is from after what it lost.
        frames.extend(given.then(|| ReplyFrame::Refilled(Refilled { document, fates: vec![Fate::NotYet] })));
        frames.push(ReplyFrame::Reference(ReferenceData { json }));
        frames.push(ReplyFrame::Coverage(Coverage { feeds: vec![Covered { end, number: 7 }] }));
        frames.extend((!starts_over).then(|| ReplyFrame::Want(Want { document, lines: lines.clone() })));
        frames.push(ReplyFrame::End(End { cursors: Vec::new(), reference: 2, scope: 2, more: starts_over }));
        device.hears(wire::pack(&frames), true);
        holds(&device)
    };
    assert!(hears("张", true, false) > 0);
    for name in ["张", "张", "张", "李", "李", "王", "赵"] {
        assert!(hears(name, false, true) > 0, "{name}: it is nowhere else");
    }
}

/// A server that was put back takes in one request what it lacks, and says in its reply where its feeds end then.
#[test]
fn where_the_feed_ends_is_noted_in_the_reply_after_which_the_server_lacks_nothing() {
    let mut device = settled();
    let (now, document) = (device.now, DocumentId::village(village()));
    let end = Cursor { feed: 621_022, epoch: 3, number: 7, digest: 9 };
    let json = serde_json::to_string(&Reference::default()).expect("plain data");
    let mut hears = |starts_over: bool, wants: bool, given: bool| {
        device.asks().expect("there is something to tell");
        let mut frames = vec![ReplyFrame::Welcome(Welcome { protocol: PROTOCOL, now, starts_over })];
        frames.extend(given.then(|| ReplyFrame::Refilled(Refilled { document, fates: vec![Fate::Accepted] })));
        frames.push(ReplyFrame::Reference(ReferenceData { json: json.clone() }));
        frames.push(ReplyFrame::Coverage(Coverage { feeds: vec![Covered { end: end.clone(), number: 0 }] }));
        let lines = vec![WantedLine { actor: Actor::derive(device.id, document, 0), from_seq: 1 }];
        frames.extend(wants.then_some(ReplyFrame::Want(Want { document, lines })));
        frames.push(ReplyFrame::End(End { cursors: Vec::new(), reference: 2, scope: 2, more: starts_over }));
        device.hears(wire::pack(&frames), true);
        witnesses(&mut device)
    };
    assert!(!hears(true, false, false).contains(&end), "nothing was told yet");
    assert!(!hears(false, true, false).contains(&end), "it lacks something");
    assert!(hears(false, false, true).contains(&end), "what it took is behind this place");
}
