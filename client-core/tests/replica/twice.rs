//! One entry made twice without knowledge of itself, as by a device whose disk was put back to an earlier day: it is one
//! entry, shows no difference where there is none, and a difference can be settled like any other.
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjType, ROOT, ReadDoc};
use jiff::civil::date;
use zhucun_core::contract::{Command, EntryView, Outcome, Query, View};
use zhucun_core::document::{DocumentId, genesis_change};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::gate::GateRefusal;
use zhucun_core::id::{DeviceId, EntryId, TenureId};
use zhucun_core::reference::Reference;
use zhucun_core::tenure::Tenure;
use zhucun_core::wire::{ReferenceData, ReplyFrame, pack, unpack};

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{devices, fields, log};

fn entry(device: &Device, entry: EntryId) -> EntryView {
    match device.sees(&Query::Entry { entry }) {
        View::Entry(view) => view,
        other => panic!("the entry is {other:?}"),
    }
}

fn done(outcome: Option<Outcome>) -> EntryId {
    match outcome {
        Some(Outcome::Done { entry: Some(entry), .. }) => entry,
        other => panic!("it is done: {other:?}"),
    }
}

fn set_topic(entry: EntryId, topic: &str) -> Command {
    Command::Amend { entry, fields: Fields::from([("topic".to_owned(), topic.into())]) }
}

/// A device that sees an entry which two others made at the same time, with two topics and two forms of words in common.
fn made_twice() -> (Hub, Device, EntryId) {
    let mut hub = Hub::default();
    let (id, who) = devices().pop_first().expect("there are devices");
    let mut device = Device::new(id, who);
    device.sync(&mut hub);
    let entry = EntryId(uuid::Uuid::from_u128(0xe1));
    for (actor, topic) in [([1; 16], "甲"), ([2; 16], "乙")] {
        let change = elsewhere(actor, entry, &[("kind", "lesson"), ("occurred_on", "2016-02-29"), ("topic", topic)]);
        hub.plant(who, log(), change);
    }
    device.sync(&mut hub);
    (hub, device, entry)
}

/// The change by which another device makes an entry in an empty log. What reads as a number is one.
pub fn elsewhere(actor: [u8; 16], entry: EntryId, fields: &[(&str, &str)]) -> Vec<u8> {
    let genesis = genesis_change(log().kind());
    let mut copy = Automerge::new().with_actor(ActorId::from(actor));
    copy.apply_changes([genesis]).expect("the genesis is a change");
    let (_, entries) = copy.get(ROOT, "entries").expect("the root is a map").expect("the genesis has entries");
    let mut transaction = copy.transaction();
    let record = transaction.put_object(entries, entry.to_string(), ObjType::Map).expect("a container takes maps");
    for (name, value) in fields {
        let done = match value.parse::<i64>() {
            Ok(number) => transaction.put(&record, *name, number),
            Err(_) => transaction.put(&record, *name, *value),
        };
        done.expect("a record takes scalars");
    }
    transaction.commit_with(CommitOptions::default().with_time(0));
    copy.get_last_local_change().expect("a change was just made").raw_bytes().to_vec()
}

#[test]
fn an_entry_made_twice_differs_only_where_it_differs() {
    let (_, device, id) = made_twice();
    let view = entry(&device, id);
    let differing: Vec<_> = view.fields.iter().filter(|(_, field)| !field.others.is_empty()).collect();
    assert_eq!((differing.len(), view.summary.conflicts), (1, 1), "{differing:?}");
    let topic = &view.fields["topic"];
    let mut both = vec![topic.value.clone(), topic.others[0].value.clone()];
    both.sort();
    assert_eq!(both, ["乙".into(), "甲".into()]);
}

#[test]
fn a_difference_of_an_entry_made_twice_can_be_settled() {
    for settled in ["甲", "乙", "丙"] {
        let (mut hub, mut device, id) = made_twice();
        done(device.does(set_topic(id, settled)));
        device.sync(&mut hub);
        device.reopen();
        let view = entry(&device, id);
        assert_eq!(view.fields["topic"].value, settled.into());
        assert_eq!((view.fields["topic"].others.len(), view.summary.conflicts), (0, 0), "{settled}");
        let (other, who) = devices().pop_last().expect("there are devices");
        let mut other = Device::new(other, who);
        other.sync(&mut hub);
        assert_eq!(other.common(), device.common());
        assert_eq!(hub.refused, []);
    }
}

#[test]
fn an_entry_recorded_again_on_a_disk_that_was_put_back_is_amended() {
    let mut hub = Hub::default();
    let (id, who) = devices().pop_first().expect("there are devices");
    let mut device = Device::new(id, who);
    device.sync(&mut hub);
    let save = |entry, topic: &str| {
        let fields =
            Fields::from([("occurred_on".to_owned(), "2016-02-29".into()), ("topic".to_owned(), topic.into())]);
        Command::SaveDraft { entry, kind: EntryKind::Lesson, fields, seen: None }
    };
    let drafted = done(device.does(save(None, "甲")));
    let before = device.disk_now();
    done(device.does(Command::Record { entry: drafted }));
    device.sync(&mut hub);
    device.put_back(before);
    done(device.does(save(Some(drafted), "乙")));
    done(device.does(Command::Record { entry: drafted }));
    device.sync(&mut hub);
    device.sync(&mut hub);
    assert_eq!(hub.refused, [GateRefusal::SeqReused]);
    let View::Sync(sync) = device.sees(&Query::Sync) else { unreachable!("a device that is open") };
    assert_eq!((sync.waiting, sync.dead_letters), (0, 0));
    let view = entry(&device, drafted);
    assert_eq!((&view.fields["topic"].value, view.summary.conflicts), (&"乙".into(), 0));
}

#[test]
fn what_waits_on_a_device_that_gets_a_new_name_is_shown_and_sent_under_the_new_one() {
    let mut hub = Hub::default();
    let (id, who) = devices().pop_first().expect("there are devices");
    let mut device = Device::new(id, who);
    device.sync(&mut hub);
    let record = |device: &mut Device, topic: &str| {
        let fields =
            Fields::from([("occurred_on".to_owned(), "2016-02-29".into()), ("topic".to_owned(), topic.into())]);
        let drafted =
            done(device.does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None }));
        done(device.does(Command::Record { entry: drafted }))
    };
    let sent = record(&mut device, "甲");
    device.sync(&mut hub);
    let waiting = [record(&mut device, "乙"), record(&mut device, "丙")];
    device.signs_in_as(DeviceId(uuid::Uuid::from_u128(0xdeff)));
    let later = record(&mut device, "丁");
    assert_eq!(device.entries().0.len(), 4);
    device.sync(&mut hub);
    let View::Sync(sync) = device.sees(&Query::Sync) else { unreachable!("a device that is open") };
    assert_eq!((sync.waiting, sync.dead_letters), (0, 0));
    assert_eq!(hub.refused, []);
    let (_, other) = devices().pop_last().expect("there are devices");
    let mut other = Device::new(DeviceId(uuid::Uuid::from_u128(0xdefe)), other);
    other.sync(&mut hub);
    let mut all = vec![sent, waiting[0], waiting[1], later];
    all.sort();
    assert_eq!(other.entries().0, all);
}

#[test]
fn what_was_recorded_stands_in_one_log_also_where_its_day_is_in_another_posting_by_now() {
    let mut hub = Hub::default();
    let (id, who) = devices().pop_first().expect("there are devices");
    let mut device = Device::new(id, who);
    device.sync(&mut hub);
    let form = fields(&[("occurred_on", "2016-02-23"), ("topic", "党课"), ("lecturer", "self")]);
    let drafted =
        done(device.does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields: form, seen: None }));
    let copy = device.disk_now();
    done(device.does(Command::Record { entry: drafted }));
    device.sync(&mut hub);

    // The copy has the draft yet; then it hears that its person was moved some days before.
    device.put_back(copy);
    device.sync(&mut hub);
    let mut reference = who.reference();
    let second = TenureId(uuid::Uuid::from_u128(0x2e));
    let moved = Tenure { id: second, arrived: date(2016, 2, 20), ..reference.tenures[0].clone() };
    reference.tenures[0].ended = Some(date(2016, 2, 19));
    reference.tenures.push(moved);
    let request = device.asks().expect("it asks when it is nudged");
    let mut frames: Vec<ReplyFrame> = unpack(&hub.reply(device.now, device.id, who, &request)).expect("frames");
    let json = serde_json::to_string::<Reference>(&reference).expect("reference data is plain");
    frames.insert(1, ReplyFrame::Reference(ReferenceData { json }));
    device.hears(pack(&frames), true);

    assert_eq!(done(device.does(Command::Record { entry: drafted })), drafted);
    let second_log: String = DocumentId::log(second).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!device.disk_now().keys().any(|key| key.contains(&second_log)), "it is written where it stands");
    let form = fields(&[("occurred_on", "2016-02-23"), ("topic", "又一课"), ("lecturer", "self")]);
    let other =
        done(device.does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields: form, seen: None }));
    done(device.does(Command::Record { entry: other }));
    assert!(device.disk_now().keys().any(|key| key.contains(&second_log)), "what is new goes where its day is");
}
