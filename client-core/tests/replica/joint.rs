//! A command that writes to two documents: a request holds both parts or none, and what takes one of them down takes down
//! the other, to be done again as a whole.
use zhucun_core::contract::{Command, DeadLetter, EntryState, Outcome, Query, View};
use zhucun_core::document::DocumentId;
use zhucun_core::entry::EntryKind;
use zhucun_core::id::{DeviceId, EntryId};
use zhucun_core::wire::{self, RequestFrame};

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{Who, device_of, fields, village};

/// A lesson with an issue, recorded.
fn with_issue(device: &mut Device, text: &str) -> EntryId {
    let lesson = fields(&[("occurred_on", "2016-03-01"), ("topic", "一课"), ("main_points", text)]);
    let saved = device.does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields: lesson, seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft is saved: {saved:?}") };
    let issue = fields(&[("category", "water"), ("text", "漏水")]);
    for command in [Command::SaveIssue { entry, issue: None, fields: issue }, Command::Record { entry }] {
        let done = device.does(command);
        assert!(matches!(done, Some(Outcome::Done { .. })), "{done:?}");
    }
    entry
}

fn secretary() -> Device {
    Device::new(device_of(Who::Secretary), Who::Secretary)
}

fn issues(device: &Device) -> usize {
    match device.sees(&Query::Issues { village: village() }) {
        View::Issues(view) => view.issues.len(),
        _ => 0,
    }
}

#[test]
fn a_request_that_is_full_holds_both_parts_of_a_command_or_none() {
    let mut device = secretary();
    let mut hub = Hub::default();
    device.sync(&mut hub);
    // 40 entries of 15 kB each are several requests.
    for _ in 0..40 {
        with_issue(&mut device, &"长".repeat(5_000));
    }
    let mut requests = 0;
    while let Some(body) = device.asks() {
        let frames = wire::unpack::<RequestFrame>(&body).expect("a replica sends frames");
        let count = |of: &dyn Fn(&RequestFrame) -> usize| frames.iter().map(of).sum::<usize>();
        let changes = count(&|frame| match frame {
            RequestFrame::Push(push) => push.line.changes().map_or(0, |changes| changes.len()),
            _ => 0,
        });
        let joints = count(&|frame| usize::from(matches!(frame, RequestFrame::Joint(joint) if joint.parts.len() == 2)));
        assert_eq!(changes, 2 * joints, "every change goes with its other half");
        if changes == 0 {
            break;
        }
        requests += 1;
        let reply = hub.reply(device.now, device.id, device.who, &body);
        device.hears(reply, true);
    }
    assert!(requests > 2, "one request would not hold them: {requests}");
    assert_eq!(issues(&device), 40);
}

#[test]
fn what_takes_one_part_down_takes_down_the_other_and_both_are_done_again() {
    let mut device = secretary();
    let mut hub = Hub::default();
    device.sync(&mut hub);
    let entry = with_issue(&mut device, "漏水的一课");
    hub.whims = 1;
    device.sync(&mut hub);
    let View::Sync(sync) = device.sees(&Query::Sync) else { panic!("no view") };
    assert_eq!((sync.waiting, sync.dead_letters, issues(&device)), (0, 0, 1), "refused once, then taken");
    let View::Entry(view) = device.sees(&Query::Entry { entry }) else { panic!("it is there") };
    assert_eq!(view.summary.state, EntryState::Submitted);
}

#[test]
fn a_command_that_is_refused_for_good_is_one_dead_letter_with_its_issues() {
    let mut device = secretary();
    let mut hub = Hub::default();
    device.sync(&mut hub);
    with_issue(&mut device, "漏水的一课");
    hub.whims = u32::MAX;
    device.sync(&mut hub);
    let View::DeadLetters { letters } = device.sees(&Query::DeadLetters) else { panic!("no letters") };
    let [DeadLetter { command: Command::Record { .. }, fields: Some(_), issues: raised, .. }] = &letters[..] else {
        panic!("one letter: {letters:?}");
    };
    assert_eq!(raised.len(), 1);
    assert_eq!((issues(&device), device.entries().0.len()), (0, 0));
    let View::Sync(sync) = device.sees(&Query::Sync) else { panic!("no view") };
    assert_eq!(sync.waiting, 0);
}

#[test]
fn what_an_opening_sets_aside_of_a_command_is_not_sent_without_the_rest() {
    let mut device = secretary();
    let mut hub = Hub::default();
    device.sync(&mut hub);
    with_issue(&mut device, "漏水的一课");
    // The last opening ended with the village's document.
    let mut disk = device.disk_now();
    let village =
        DocumentId::village(village()).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    disk.insert("opening".to_owned(), village.into_bytes().into());
    device.put_back(disk);
    let body = device.asks().expect("it asks for what it set aside");
    let frames = wire::unpack::<RequestFrame>(&body).expect("a replica sends frames");
    assert!(!frames.iter().any(|frame| matches!(frame, RequestFrame::Push(_))), "half of a command: {frames:?}");
    let reply = hub.reply(device.now, device.id, device.who, &body);
    device.hears(reply, true);
    device.sync(&mut hub);
    let View::Sync(sync) = device.sees(&Query::Sync) else { panic!("no view") };
    assert_eq!((sync.waiting, sync.dead_letters, sync.troubled_documents), (0, 0, 0));
    assert_eq!((issues(&device), device.entries().0.len()), (1, 1));
}

#[test]
fn what_is_acknowledged_under_an_earlier_name_is_not_taken_for_what_was_made_under_the_new_one() {
    let mut device = secretary();
    let mut hub = Hub::default();
    device.sync(&mut hub);
    let entry = with_issue(&mut device, "漏水的一课");
    let (now, old, who) = (device.now, device.id, device.who);
    device.asks().expect("it is on its way");
    // Meanwhile the device was shut out and signs in anew; the reply to the old name comes only then.
    let new = DeviceId(uuid::Uuid::from_u128(0xdeff));
    device.signs_in_before(new, |_, body| hub.reply(now, old, who, body));
    let View::Sync(sync) = device.sees(&Query::Sync) else { panic!("no view") };
    assert_eq!(sync.waiting, 2, "nothing is known of what was made under the new name");
    device.sync(&mut hub);
    device.sync(&mut hub);
    let View::Sync(sync) = device.sees(&Query::Sync) else { panic!("no view") };
    assert_eq!((sync.waiting, sync.dead_letters, issues(&device)), (0, 0, 1));
    assert!(matches!(device.sees(&Query::Entry { entry }), View::Entry(_)));
}
