//! What a rogue author may write within the rules of the gate, and what a reviewer's screens make of it: everything can
//! be shown, and nothing in a view is more than a browser's numbers hold.
use serde_json::Value;
use zhucun_core::contract::{Command, EntryState, Outcome, Query, View};
use zhucun_core::document::{Container, DocumentId};
use zhucun_core::entry::EntryKind;
use zhucun_core::field::{NUMBER_MAX, TEXT_BYTES_MAX};
use zhucun_core::id::EntryId;
use zhucun_core::reference::Reference;
use zhucun_core::wire::{Ack, ReferenceData, ReplyFrame, pack, unpack};

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{NOON, Who, devices, log, village};
use crate::twice::elsewhere;

/// Whether every number in a view is one that JavaScript can hold.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|number| number.abs() <= NUMBER_MAX),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(fields) => fields.values().all(is_plain),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

#[test]
fn whatever_a_rogue_writes_can_be_shown() {
    let long = "长".repeat(TEXT_BYTES_MAX / 3);
    let ids = vec![uuid::Uuid::nil().to_string(); 500].join(" ");
    let (most, least) = (NUMBER_MAX.to_string(), (-NUMBER_MAX).to_string());
    let odd: [&[(&str, &str)]; 10] = [
        &[],
        &[("kind", "")],
        &[("kind", "a_kind_of_tomorrow"), ("weather", "sunny")],
        &[("kind", "lesson"), ("occurred_on", "-009999-01-01"), ("topic", "\u{0}\u{202e}\u{feff}")],
        &[("kind", "lesson"), ("occurred_on", "9999-12-31"), ("created_at", &most)],
        &[("kind", "lesson"), ("occurred_on", "0001-01-01"), ("created_at", &least), ("present", &most)],
        &[("kind", "visit"), ("occurred_on", "2016-02-30"), ("mode", "by_moon"), ("households", &ids)],
        &[("kind", "visit"), ("occurred_on", "2016-02-29"), ("mode", "home"), ("households", &long)],
        &[("kind", &long), ("topic", &long), ("occurred_on", &long)],
        &[("kind", "visit"), ("comment:topic", &long), ("households", "  ")],
    ];
    let mut hub = Hub::default();
    for (fields, number) in odd.into_iter().zip(1..) {
        let entry = EntryId(uuid::Uuid::from_u128(number));
        hub.plant(Who::Secretary, log(), elsewhere([number as u8; 16], entry, fields));
    }
    for (id, who) in devices() {
        let mut device = Device::new(id, who);
        device.sync(&mut hub);
        let (entries, _) = device.entries();
        assert_eq!(entries.len(), odd.len());
        let mut queries = vec![Query::Home, Query::Entries, Query::Queue, Query::Sync, Query::DeadLetters];
        queries.extend([Query::Village { village: village() }, Query::Households { village: village() }]);
        queries.extend(EntryKind::ALL.map(|kind| Query::Form { kind, like: None }));
        queries.extend(entries.iter().map(|entry| Query::Entry { entry: *entry }));
        for now in [NOON, zhucun_core::clock::Moment(0), zhucun_core::clock::Moment(8_640_000_000_000_000)] {
            device.now = now;
            for query in &queries {
                let view = device.sees(query);
                assert_ne!(view, View::NotFound, "{query:?}");
                let json = serde_json::to_value(&view).expect("a view is plain data");
                assert!(is_plain(&json), "{query:?}: {json}");
            }
        }
        let View::Entry(view) = device.sees(&Query::Entry { entry: entries[0] }) else { unreachable!("it was shown") };
        assert_eq!(view.summary.state, EntryState::Submitted);
        device.reopen();
        assert_eq!(device.entries().0.len(), odd.len());
    }
}

#[test]
fn a_phone_survives_replies_that_are_cut_or_noise() {
    let mut hub = Hub::default();
    hub.plant(Who::Secretary, log(), elsewhere([1; 16], EntryId(uuid::Uuid::from_u128(1)), &[("kind", "lesson")]));
    let (id, who) = devices().pop_first().expect("there are devices");
    let mut device = Device::new(id, who);
    let fields = [("head".to_owned(), "户主".into())].into();
    device.sync(&mut hub);
    device.does(Command::AddHousehold { village: village(), fields }).expect("the device lives");
    for at in 0..60 {
        let body = device.asks().expect("something waits");
        let mut reply = hub.clone().reply(device.now, id, who, &body);
        match at % 3 {
            0 => reply.truncate(at * reply.len() / 60),
            1 => reply = vec![at as u8; at],
            _ => {
                let place = at * reply.len() / 60;
                reply[place] ^= 1;
            }
        }
        device.hears(reply, at % 2 == 0);
        let before = device.everything();
        device.reopen();
        assert_eq!(device.everything(), before, "reply {at}");
    }
    // Some were read far enough to say that the server has what it has not: it begins anew, and is given it.
    hub.epoch += 1;
    device.sync(&mut hub);
    hub.epoch += 1;
    device.sync(&mut hub);
    let View::Sync(sync) = device.sees(&Query::Sync) else { unreachable!("a device that is open") };
    assert_eq!((sync.waiting, hub.feed.len(), device.entries().0.len()), (0, 2, 1));
}

#[test]
fn a_document_that_never_comes_whole_is_read_anew_twice_and_then_left_until_the_next_opening() {
    let mut hub = Hub::default();
    let mut all: Vec<Device> = devices().into_iter().map(|(id, who)| Device::new(id, who)).collect();
    let [device, other, ..] = &mut all[..] else { unreachable!("there are devices") };
    let add = |device: &mut Device, head: &str| {
        let fields = [("head".to_owned(), head.into())].into();
        device.does(Command::AddHousehold { village: village(), fields }).expect("the device lives");
    };
    for device in [&mut *device, &mut *other] {
        device.sync(&mut hub);
    }
    add(other, "别人登记的");
    other.sync(&mut hub);
    let whole = hub.feed[0].change.clone();
    hub.feed[0].change[40] ^= 1;
    let before = device.requests;
    device.sync(&mut hub);
    assert_eq!(device.requests - before, 3, "once, and twice anew");
    let troubled = |device: &Device| match device.sees(&Query::Sync) {
        View::Sync(sync) => (sync.troubled_documents, sync.waiting, sync.dead_letters),
        other => panic!("{other:?}"),
    };
    assert_eq!(troubled(device), (1, 0, 0));
    device.sync(&mut hub);
    assert_eq!(device.requests - before, 4, "no more than it is asked");

    hub.feed[0].change = whole;
    device.reopen();
    add(device, "自己登记的");
    device.sync(&mut hub);
    device.sync(&mut hub);
    assert_eq!(troubled(device), (0, 0, 0));
    let View::Households(register) = device.sees(&Query::Households { village: village() }) else {
        unreachable!("a village of the test")
    };
    assert_eq!(register.households.len(), 2);
}

/// A round trip with a server that says it has what it is sent, and gives no seal for it.
fn hears_without_seals(device: &mut Device, liar: &mut Hub) {
    let request = device.asks().expect("it sends what waits");
    let frames = unpack::<ReplyFrame>(&liar.reply(device.now, device.id, device.who, &request)).expect("frames");
    let unsealed = |frame| match frame {
        ReplyFrame::Ack(ack) => Some(ReplyFrame::Ack(Ack { seals: Vec::new(), ..ack })),
        ReplyFrame::Delta(_) => None,
        other => Some(other),
    };
    device.hears(pack(&frames.into_iter().filter_map(unsealed).collect::<Vec<_>>()), true);
}

#[test]
fn what_a_server_said_it_has_without_a_seal_is_given_to_one_that_wants_it() {
    let mut hub = Hub::default();
    let device = &mut Device::new(devices().into_keys().next().expect("there are devices"), Who::Secretary);
    device.sync(&mut hub);
    let adds = |device: &mut Device, head: &str| {
        let fields = [("head".to_owned(), head.into())].into();
        device.does(Command::AddHousehold { village: village(), fields }).expect("the device lives");
    };
    adds(device, "户主一");
    hears_without_seals(device, &mut hub.clone());
    adds(device, "户主二");
    let waiting = |device: &Device| match device.sees(&Query::Sync) {
        View::Sync(sync) => sync.waiting,
        other => panic!("{other:?}"),
    };
    assert_eq!(waiting(device), 1);
    hub.epoch += 1;
    for _ in 0..2 {
        device.sync(&mut hub);
    }
    assert_eq!((waiting(device), hub.feed.len()), (0, 2));
}

#[test]
fn what_a_server_took_without_a_seal_is_on_the_server_once_another_says_so() {
    let mut hub = Hub::default();
    let device = &mut Device::new(devices().into_keys().next().expect("there are devices"), Who::Secretary);
    device.sync(&mut hub);
    let fields = [("occurred_on".to_owned(), "2016-02-23".into()), ("topic".to_owned(), "第一讲".into())].into();
    let saved = device.does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("{saved:?}") };
    device.does(Command::Record { entry });
    hears_without_seals(device, &mut hub.clone());
    let state = |device: &Device| match device.sees(&Query::Entry { entry }) {
        View::Entry(view) => view.summary.state,
        other => panic!("{other:?}"),
    };
    assert_eq!(state(device), EntryState::OnDevice);
    for epoch in 1..=2 {
        hub.epoch = epoch;
        device.sync(&mut hub);
    }
    for _ in 0..2 {
        assert_eq!(state(device), EntryState::Submitted);
        device.reopen();
    }
}

#[test]
fn a_lie_about_an_erasure_takes_nothing_that_waits_and_the_truth_brings_the_rest_back() {
    let mut hub = Hub::default();
    let device = &mut Device::new(devices().into_keys().next().expect("there are devices"), Who::Secretary);
    device.sync(&mut hub);
    let records = |device: &mut Device, topic: &str| {
        let fields = [("occurred_on".to_owned(), "2016-02-23".into()), ("topic".to_owned(), topic.into())].into();
        let saved = device.does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None });
        let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("{saved:?}") };
        device.does(Command::Record { entry });
        entry
    };
    let taken = records(device, "第一讲");
    device.sync(&mut hub);
    let told = |generations: Vec<DocumentId>| Reference { generations, ..Who::Secretary.reference() };
    let hears = |device: &mut Device, hub: &Hub, reference: Reference| {
        let request = device.asks().expect("it asks when it is nudged");
        let mut frames: Vec<ReplyFrame> =
            unpack(&hub.clone().reply(device.now, device.id, device.who, &request)).expect("frames");
        let json = serde_json::to_string(&reference).expect("reference data is plain");
        frames.insert(1, ReplyFrame::Reference(ReferenceData { json }));
        device.hears(pack(&frames), true);
    };
    hears(device, &hub, told(vec![log().next()]));
    let sees = |device: &Device, entry| device.sees(&Query::Entry { entry }) != View::NotFound;
    assert!(!sees(device, taken), "what a server has it may order away");
    let waits = records(device, "第二讲");
    assert!(sees(device, waits));
    hears(device, &hub, told(vec![log().next()]));
    device.reopen();
    assert!(sees(device, waits), "a server that does not know what it said takes nothing");

    let counts = |device: &Device| match device.sees(&Query::Sync) {
        View::Sync(sync) => (sync.waiting, sync.dead_letters),
        other => panic!("{other:?}"),
    };
    for _ in 0..2 {
        hears(device, &hub, Reference { posts: Vec::new(), tenures: Vec::new(), ..told(Vec::new()) });
    }
    assert_eq!(counts(device), (1, 0), "who may not write there now may later");
    hears(device, &hub, told(Vec::new()));
    device.sync(&mut hub);
    assert_eq!(counts(device), (0, 0));
    let there = |entry: EntryId| hub.documents[&log()].record(Container::Entries, &entry.to_string()).is_some();
    for entry in [taken, waits] {
        assert!(sees(device, entry) && there(entry));
    }
}
