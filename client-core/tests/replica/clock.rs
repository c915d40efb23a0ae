//! Clocks that are wrong: what somebody says of an entry stands behind what they had read, and a draft that cannot be
//! recorded again is a dead letter and nothing else.
use std::collections::BTreeMap;

use zhucun_core::contract::{Command, EntryState, EntrySummary, EntryView, Outcome, Query, View};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::id::EntryId;
use zhucun_core::review::ReturnReason;

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{NOON, Who, devices};

const A_DAY_MS: i64 = 86_400_000;

fn device_of(wanted: Who) -> Device {
    let (id, who) = devices().into_iter().find(|(_, who)| *who == wanted).expect("everybody has a device");
    Device::new(id, who)
}

fn view(device: &Device, entry: EntryId) -> EntryView {
    match device.sees(&Query::Entry { entry }) {
        View::Entry(view) => view,
        other => panic!("the entry is {other:?}"),
    }
}

fn done(device: &mut Device, command: Command) -> EntryId {
    match device.does(command) {
        Some(Outcome::Done { entry: Some(entry), .. }) => entry,
        other => panic!("it is done: {other:?}"),
    }
}

fn record(device: &mut Device, day: &str) -> EntryId {
    let fields = Fields::from([("occurred_on".to_owned(), day.into()), ("topic".to_owned(), "党课".into())]);
    let entry = done(device, Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None });
    done(device, Command::Record { entry })
}

#[test]
fn what_was_said_last_stands_whatever_the_clocks_say() {
    let mut hub = Hub::default();
    let (mut secretary, mut reviewer) = (device_of(Who::Secretary), device_of(Who::Reviewer));
    secretary.sync(&mut hub);
    reviewer.sync(&mut hub);
    let entry = record(&mut secretary, "2016-02-29");
    secretary.sync(&mut hub);
    let mut sync = |secretary: &mut Device, reviewer: &mut Device| {
        secretary.sync(&mut hub);
        reviewer.sync(&mut hub);
        secretary.sync(&mut hub);
    };
    sync(&mut secretary, &mut reviewer);
    // The reviewer's clock is three days behind, then three days ahead, then behind again.
    for ahead in [-3, 3, -6] {
        reviewer.now = NOON.plus_ms(ahead * A_DAY_MS);
        let version = view(&reviewer, entry).version;
        let (reason, comment, comments) = (ReturnReason::TooBrief, String::new(), BTreeMap::new());
        done(&mut reviewer, Command::Return { entry, version, reason, comment, comments });
        assert_eq!(view(&reviewer, entry).summary.state, EntryState::Returned);
        sync(&mut secretary, &mut reviewer);
        sync(&mut secretary, &mut reviewer);
        let returned = view(&secretary, entry).events.iter().filter_map(|event| event.id).max();
        let event = returned.expect("the return is there");
        done(&mut secretary, Command::Answer { entry, event, text: "已补充".to_owned() });
        assert_eq!(view(&secretary, entry).summary.state, EntryState::Answered);
        sync(&mut secretary, &mut reviewer);
        sync(&mut secretary, &mut reviewer);
        let version = view(&reviewer, entry).version;
        done(&mut reviewer, Command::Confirm { entry, version, opinion: String::new() });
        sync(&mut secretary, &mut reviewer);
        sync(&mut secretary, &mut reviewer);
        for device in [&secretary, &reviewer] {
            assert_eq!(view(device, entry).summary.state, EntryState::Confirmed, "{ahead}");
        }
    }
}

#[test]
fn a_draft_that_cannot_be_recorded_again_is_a_dead_letter_and_no_draft() {
    let mut hub = Hub::default();
    let mut device = device_of(Who::Secretary);
    device.sync(&mut hub);
    device.now = NOON.plus_ms(A_DAY_MS);
    record(&mut device, "2016-03-02");
    // The clock is set right, and the server refuses once: today the entry would be one of tomorrow.
    device.now = NOON;
    hub.whims = 1;
    device.sync(&mut hub);
    let before = device.everything();
    assert_eq!(device.entries(), (vec![], vec![]));
    let View::DeadLetters { letters } = device.sees(&Query::DeadLetters) else { unreachable!("letters are a list") };
    assert_eq!(letters.len(), 1);
    device.reopen();
    assert_eq!(device.everything(), before);
}

/// A screen names an entry before it is written: a name says nothing about time.
#[test]
fn entries_of_one_day_stand_in_the_order_they_were_written() {
    let mut hub = Hub::default();
    let (mut secretary, mut reviewer) = (device_of(Who::Secretary), device_of(Who::Reviewer));
    secretary.sync(&mut hub);
    let named = |name: u8| EntryId(uuid::Uuid::from_bytes([name; 16]));
    let (first, second, third) = (named(3), named(1), named(2));
    for entry in [first, second, third] {
        let day = if entry == third { "2016-02-28" } else { "2016-02-29" };
        let fields = Fields::from([("occurred_on".to_owned(), day.into()), ("topic".to_owned(), "党课".into())]);
        done(&mut secretary, Command::SaveDraft { entry: Some(entry), kind: EntryKind::Lesson, fields, seen: None });
        done(&mut secretary, Command::Record { entry });
    }
    secretary.sync(&mut hub);
    reviewer.sync(&mut hub);
    let ids = |entries: Vec<EntrySummary>| entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>();
    let View::Entries(own) = secretary.sees(&Query::Entries) else { panic!("a list") };
    assert_eq!(ids(own.entries), [second, first, third], "newest first");
    let View::Queue(queue) = reviewer.sees(&Query::Queue) else { panic!("a queue") };
    let awaiting = queue.villages.into_iter().flat_map(|village| village.awaiting).collect();
    assert_eq!(ids(awaiting), [third, first, second], "oldest first");
    assert_eq!((view(&reviewer, third).next, view(&reviewer, first).next), (Some(first), Some(third)));
    assert_eq!(view(&reviewer, second).next, Some(third), "and so they come one after the other");
}
