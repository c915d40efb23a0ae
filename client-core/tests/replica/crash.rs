//! What was answered is on the disk; what was not stored never was; opening again changes nothing that a person sees.
use std::collections::BTreeMap;

use serde_bytes::ByteBuf;
use zhucun_core::contract::{Command, Outcome, Query, Refusal, View};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::field::FieldValue;
use zhucun_core::id::Dice;

use crate::device::{Device, Disk};
use crate::hub::Hub;
use crate::life;
use crate::town::{Who, devices, village};

fn village_at_work() -> (Hub, Vec<Device>) {
    let mut hub = Hub::default();
    let mut all: Vec<Device> = devices().into_iter().map(|(id, who)| Device::new(id, who)).collect();
    all.iter_mut().for_each(|device| device.sync(&mut hub));
    (hub, all)
}

#[test]
fn opening_again_shows_what_was_there() {
    let (mut hub, mut all) = village_at_work();
    let mut dice = Dice::new([21; 32]);
    for turn in 0..300 {
        let device = &mut all[dice.below(5) as usize];
        if dice.below(8) == 0 {
            // Now and then the server knows its own history no more, and is given back what it once had.
            hub.epoch += u64::from(dice.below(4) == 0);
            device.sync(&mut hub);
        } else {
            let command = life::next(&mut dice, device);
            device.does(command).expect("the device lives");
        }
        if turn % 3 == 0 {
            let before = device.everything();
            device.reopen();
            assert_eq!(device.everything(), before, "turn {turn}");
        }
    }
}

#[test]
fn a_commit_that_failed_leaves_what_was_before() {
    let (mut hub, mut all) = village_at_work();
    let mut dice = Dice::new([22; 32]);
    let mut failed = 0;
    for turn in 0..250 {
        let device = &mut all[dice.below(5) as usize];
        if dice.below(8) == 0 {
            device.sync(&mut hub);
        }
        let command = life::next(&mut dice, device);
        let before = device.everything();
        device.disk = Disk::IsFull;
        let outcome = device.does(command.clone()).expect("a full disk kills nobody");
        if outcome == (Outcome::Refused { refusal: Refusal::NotStored }) {
            failed += 1;
            // A second later, and otherwise the same.
            assert_eq!(device.everything(), before, "turn {turn}: {command:?}");
        }
        device.does(command).expect("the device lives");
    }
    assert!(failed > 100, "only {failed} commits failed");
}

#[test]
fn a_death_before_the_commit_loses_the_command_and_after_it_keeps_it() {
    let (mut hub, mut all) = village_at_work();
    let mut dice = Dice::new([23; 32]);
    let mut died = [0, 0];
    for turn in 0..300 {
        let device = &mut all[dice.below(5) as usize];
        if dice.below(8) == 0 {
            device.sync(&mut hub);
        }
        let command = life::next(&mut dice, device);
        let before = device.everything();
        let after = dice.below(2) == 1;
        device.disk = if after { Disk::DiesAfter } else { Disk::DiesBefore };
        let outcome = device.does(command.clone());
        device.disk = Disk::Writes;
        if outcome.is_some() {
            continue;
        }
        let now = device.everything();
        assert!(after || now == before, "turn {turn}: {command:?}");
        // A command that changes nothing shows nothing, such as setting what is set.
        died[usize::from(after)] += u32::from(!after || now != before);
        device.reopen();
        assert_eq!(device.everything(), now, "turn {turn}");
    }
    assert!(died.iter().all(|count| *count > 50), "{died:?}");
    let mut first = Vec::new();
    for _ in 0..2 {
        all.iter_mut().for_each(|device| device.sync(&mut hub));
        first = all[0].common();
    }
    assert_eq!(hub.refused, [], "honest changes are refused");
    all.iter().for_each(|device| assert_eq!(device.common(), first));
}

#[test]
fn a_draft_survives_opening_again() {
    let (_, mut all) = village_at_work();
    let device = &mut all[0];
    let fields = Fields::from([("topic".to_owned(), "还没有写完".into()), ("present".to_owned(), (-5).into())]);
    let saved =
        device.does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields: fields.clone(), seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft is saved, whatever it holds") };
    device.reopen();
    let View::Draft(draft) = device.sees(&Query::Draft { entry }) else { panic!("the draft is gone") };
    assert_eq!((draft.id, draft.kind, draft.fields), (entry, EntryKind::Lesson, fields));
}

#[test]
fn what_a_refusal_took_down_is_done_again() {
    let (mut hub, mut all) = village_at_work();
    let mut dice = Dice::new([24; 32]);
    for turn in 0..200 {
        let device = &mut all[dice.below(5) as usize];
        if dice.below(6) == 0 {
            hub.whims = u32::from(dice.below(3) == 0);
            device.sync(&mut hub);
        } else {
            let command = life::next(&mut dice, device);
            device.does(command).expect("the device lives");
        }
        if turn % 5 == 0 {
            let before = device.everything();
            device.reopen();
            assert_eq!(device.everything(), before, "turn {turn}");
        }
    }
    hub.whims = 0;
    for _ in 0..2 {
        all.iter_mut().for_each(|device| device.sync(&mut hub));
    }
    assert_eq!(hub.refused, [], "honest changes are refused");
    let first = all[0].common();
    for device in &all {
        assert_eq!(device.common(), first, "{:?}", device.who);
        let View::Sync(sync) = device.sees(&Query::Sync) else { unreachable!("a device that is open") };
        assert_eq!((sync.waiting, sync.dead_letters), (0, 0), "{:?}", device.who);
    }
}

#[test]
fn a_row_number_that_nothing_counts_to_is_damage_and_the_document_is_read_anew() {
    let (mut hub, mut all) = village_at_work();
    let device = &mut all[0];
    let fields = Fields::from([("head".to_owned(), "户主".into())]);
    device.does(Command::AddHousehold { village: crate::town::village(), fields }).expect("the device lives");
    device.sync(&mut hub);
    let register = Query::Households { village: crate::town::village() };
    let before = device.sees(&register);
    // 16,777,216 rows of one document are more than there ever are.
    for (number, troubled) in [("00ffffff", 0), ("01000000", 1)] {
        let mut disk = device.disk_now();
        let key = disk.keys().rfind(|key| key.starts_with("change/")).expect("a change").clone();
        let (document, _) = key.rsplit_once('/').expect("a document and a number");
        let row = disk.remove(&key).expect("it is there");
        disk.insert(format!("{document}/{number}"), row);
        device.put_back(disk);
        let View::Sync(sync) = device.sees(&Query::Sync) else { unreachable!("a device that is open") };
        assert_eq!(sync.troubled_documents, troubled, "row {number}");
        device.sync(&mut hub);
        device.sync(&mut hub);
        assert_eq!(device.sees(&register), before);
    }
}

#[test]
fn reference_data_that_cannot_be_read_is_asked_for_again() {
    let (mut hub, mut all) = village_at_work();
    let device = &mut all[0];
    let fields = Fields::from([("head".to_owned(), "户主".into())]);
    device.does(Command::AddHousehold { village: village(), fields }).expect("the device lives");
    device.sync(&mut hub);
    let register = Query::Households { village: village() };
    let before = device.sees(&register);
    for damage in [None, Some(b"{\"posts\":[".to_vec())] {
        let mut disk = device.disk_now();
        match damage {
            None => drop(disk.remove("reference").expect("there is a row")),
            Some(half) => drop(disk.insert("reference".to_owned(), half.into())),
        }
        device.put_back(disk);
        assert_ne!(device.sees(&register), before, "nobody knows the village now");
        device.sync(&mut hub);
        assert_eq!(device.sees(&register), before);
    }
}

#[test]
fn what_waits_without_its_change_on_the_disk_is_done_again() {
    let (mut hub, mut all) = village_at_work();
    let device = &mut all[0];
    let fields = Fields::from([("head".to_owned(), "户主".into())]);
    device.does(Command::AddHousehold { village: crate::town::village(), fields }).expect("the device lives");
    let mut disk = device.disk_now();
    disk.retain(|key, _| !key.starts_with("change/"));
    device.put_back(disk);
    device.sync(&mut hub);
    device.sync(&mut hub);
    let View::Sync(sync) = device.sees(&Query::Sync) else { unreachable!("a device that is open") };
    assert_eq!((sync.waiting, sync.dead_letters, hub.feed.len()), (0, 0, 1));
}

#[test]
fn all_that_waits_in_a_document_that_cannot_be_read_is_done_again_once() {
    let (mut hub, mut all) = village_at_work();
    let (device, others) = all.split_first_mut().expect("there are devices");
    let add = |device: &mut Device, at: u32| {
        let fields = Fields::from([("head".to_owned(), format!("户主{at}").into())]);
        device.does(Command::AddHousehold { village: crate::town::village(), fields }).expect("the device lives");
    };
    (0..2).for_each(|at| add(device, at));
    device.sync(&mut hub);
    (2..8).for_each(|at| add(device, at));
    // Another's work takes the numbers, when the document is read anew, under which one's own waits to be done again.
    let other = others.iter_mut().find(|other| other.who == Who::Reviewer).expect("a reviewer");
    other.sync(&mut hub);
    (8..11).for_each(|at| add(other, at));
    other.sync(&mut hub);
    let mut disk = device.disk_now();
    let key = disk.keys().find(|key| key.starts_with("change/")).expect("a change").clone();
    disk.insert(key, vec![0xff].into());
    device.put_back(disk);
    for _ in 0..3 {
        device.sync(&mut hub);
    }
    let View::Sync(sync) = device.sees(&Query::Sync) else { unreachable!("a device that is open") };
    assert_eq!((sync.waiting, sync.dead_letters, hub.feed.len()), (0, 0, 11));
    let View::Households(register) = device.sees(&Query::Households { village: crate::town::village() }) else {
        unreachable!("a village of the test")
    };
    let heads: std::collections::BTreeSet<String> = register.households.into_iter().map(|one| one.head).collect();
    assert_eq!(heads.len(), 11);
}

/// The rows of a device whose last opening ended with this mark.
fn marked(device: &Device, mark: &str) -> BTreeMap<String, ByteBuf> {
    let mut rows = device.disk_now();
    rows.insert("opening".to_owned(), mark.as_bytes().to_vec().into());
    rows
}

#[test]
fn a_document_over_which_an_opening_fell_is_fetched_anew_and_the_rest_is_there() {
    let (mut hub, mut all) = village_at_work();
    let device = &mut all[0];
    assert_eq!(device.who, Who::Secretary);
    let fields = [("head".to_owned(), "户主".into())].into();
    device.does(Command::AddHousehold { village: village(), fields }).expect("the device lives");
    device.sync(&mut hub);
    let lesson: Fields = [("occurred_on", "2016-03-01"), ("topic", "一课")]
        .map(|(name, value)| (name.to_owned(), FieldValue::from(value)))
        .into();
    let saved = device.does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields: lesson, seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft is saved") };
    device.does(Command::Record { entry }).expect("the device lives");
    let households = |device: &Device| match device.sees(&Query::Households { village: village() }) {
        View::Households(view) => view.households.len(),
        _ => 0,
    };
    let before = device.everything();

    // An opening that ended with no document at hand is only a slow one the next time.
    device.put_back(marked(device, ""));
    assert_eq!(device.everything(), before);
    assert!(!device.disk_now().contains_key("opening"), "it came to its end");

    let log = device.disk_now().keys().find_map(|key| key.strip_prefix("change/02").map(|rest| format!("02{rest}")));
    let log = log.and_then(|key| key.split_once('/').map(|(id, _)| id.to_owned())).expect("the log has a row");
    device.put_back(marked(device, &log));
    let View::Sync(sync) = device.sees(&Query::Sync) else { panic!("no view") };
    assert_eq!((sync.troubled_documents, households(device)), (1, 1), "the log is set aside, the register is there");
    device.sync(&mut hub);
    let View::Sync(sync) = device.sees(&Query::Sync) else { panic!("no view") };
    assert_eq!((sync.troubled_documents, sync.waiting, sync.dead_letters), (0, 0, 0));
    assert!(matches!(device.sees(&Query::Entry { entry }), View::Entry(_)), "what waited there was done again");
}

#[test]
fn a_full_disk_keeps_nobody_from_opening() {
    let (mut hub, mut all) = village_at_work();
    let device = &mut all[0];
    let fields = [("head".to_owned(), "户主".into())].into();
    device.does(Command::AddHousehold { village: village(), fields }).expect("the device lives");
    device.sync(&mut hub);
    let before = device.everything();
    device.disk = Disk::IsFull;
    device.reopen();
    assert_eq!(device.everything(), before);
}

#[test]
fn a_mark_that_a_full_disk_kept_goes_with_the_next_commit() {
    let (mut hub, mut all) = village_at_work();
    let device = &mut all[0];
    device.sync(&mut hub);
    let before = device.everything();
    // The opening comes to its end, but the disk has no room to say so.
    device.disk = Disk::IsFull;
    device.put_back(marked(device, ""));
    assert!(device.disk_now().contains_key("opening"));
    device.disk = Disk::Writes;
    let fields = [("topic".to_owned(), FieldValue::from("一课"))].into();
    device
        .does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None })
        .expect("the device lives");
    assert!(!device.disk_now().contains_key("opening"), "nothing is set aside for it later");
    device.reopen();
    assert_eq!(device.everything().len(), before.len() + 1, "the draft, and all that was there");
}

#[test]
fn the_first_screen_is_whole_before_the_registers_are_open() {
    let (mut hub, mut all) = village_at_work();
    let mut dice = Dice::new([25; 32]);
    let mut parts = [0, 0];
    for turn in 0..150 {
        let device = &mut all[dice.below(5) as usize];
        if dice.below(8) == 0 {
            device.sync(&mut hub);
        }
        let command = life::next(&mut dice, device);
        device.does(command).expect("the device lives");
        device.first = None;
        device.reopen();
        let home = device.sees(&Query::Home);
        if let Some((first, is_marked)) = &device.first {
            assert_eq!(*first, home, "turn {turn}");
            assert!(is_marked, "an opening that falls over a register is found out");
        }
        parts[usize::from(device.first.is_some())] += 1;
        assert!(!device.disk_now().contains_key("opening"), "it came to its end");
    }
    assert!(parts.iter().all(|count| *count > 20), "in one part and in two: {parts:?}");
}
