//! Honest work passes the gate of everyone else, in any order of causes, and leads everyone to the same sight.
use zhucun_core::clock::Moment;
use zhucun_core::contract::{Command, Outcome, Query, View};
use zhucun_core::document::{Container, Document};
use zhucun_core::gate::{Author, Pass, judge};
use zhucun_core::id::Dice;

use crate::device::Device;
use crate::hub::Hub;
use crate::life;
use crate::town::devices;

/// A village at work: random commands at random devices, with a sync now and then.
fn lived(seed: u8, turns: u32) -> (Hub, Vec<Device>, Dice) {
    let mut dice = Dice::new([seed; 32]);
    let mut hub = Hub::default();
    let mut all: Vec<Device> = devices().into_iter().map(|(id, who)| Device::new(id, who)).collect();
    all.iter_mut().for_each(|device| device.sync(&mut hub));
    for _ in 0..turns {
        let device = &mut all[dice.below(5) as usize];
        match dice.below(12) {
            0 => device.sync(&mut hub),
            1 => device.sync_into_the_void(&mut hub),
            _ => {
                let command = life::next(&mut dice, device);
                let outcome = device.does(command.clone()).expect("the device lives");
                assert!(life::is_fair(&command, &outcome), "{:?}: {command:?} met {outcome:?}", device.who);
            }
        }
    }
    (hub, all, dice)
}

fn settle(hub: &mut Hub, all: &mut [Device]) {
    for _ in 0..2 {
        all.iter_mut().for_each(|device| device.sync(hub));
    }
    assert_eq!(hub.refused, [], "honest changes are refused");
}

#[test]
fn everybody_ends_up_seeing_the_same() {
    for seed in 1..4 {
        let (mut hub, mut all, _) = lived(seed, 250);
        settle(&mut hub, &mut all);
        let first = all[0].common();
        assert!(first.len() > 5, "only {} entries", first.len());
        for device in &all {
            assert_eq!(device.common(), first, "{:?}", device.who);
            let View::Sync(sync) = device.sees(&Query::Sync) else { unreachable!("a device that is open") };
            assert_eq!((sync.waiting, sync.dead_letters, sync.troubled_documents), (0, 0, 0), "{:?}", device.who);
        }
    }
}

#[test]
fn every_change_passes_every_gate_in_any_order_of_causes() {
    let (mut hub, mut all, mut dice) = lived(9, 250);
    settle(&mut hub, &mut all);
    assert!(hub.feed.len() > 50, "only {} changes", hub.feed.len());
    for (id, whole) in &hub.documents {
        for _ in 0..3 {
            let mut document = Document::begin(*id);
            let mut waiting: Vec<_> = hub.feed.iter().filter(|fed| fed.document == *id).collect();
            let (mut turned_away, count) = (0, waiting.len());
            while !waiting.is_empty() {
                let at = dice.below(waiting.len() as u64) as usize;
                match judge(&document, Author::Anyone, &waiting[at].change) {
                    Ok(Pass::New(judged)) => {
                        judged.apply(&mut document).expect("what was judged is taken in");
                        waiting.remove(at);
                    }
                    Ok(Pass::Duplicate) => unreachable!("the feed holds each change once"),
                    Err(refusal) => {
                        assert_eq!(refusal, zhucun_core::gate::GateRefusal::UnknownDependency);
                        turned_away += 1;
                    }
                }
            }
            assert!(turned_away > 0 || count < 10, "the order was that of the feed");
            assert_eq!(document.heads(), whole.heads());
            for container in Container::of(id.kind()) {
                let versions = |document: &Document| -> Vec<String> {
                    let records = document.records(*container);
                    records
                        .iter()
                        .map(|record| format!("{} {:?}", zhucun_core::ledger::version(record), record.fields))
                        .collect()
                };
                assert_eq!(versions(&document), versions(whole));
            }
        }
    }
}

#[test]
fn a_clock_that_is_out_of_its_mind_keeps_nobody_from_working() {
    let (id, who) = devices().pop_first().expect("there are devices");
    for now in [i64::MIN, -1, 0, i64::MAX / 2, i64::MAX - 1_000_000_000] {
        let mut hub = Hub::default();
        let mut device = Device::new(id, who);
        device.sync(&mut hub);
        device.now = Moment(now);
        let mut dice = Dice::new([7; 32]);
        for _ in 0..60 {
            let command = life::next(&mut dice, &device);
            let outcome = device.does(command.clone()).expect("the device lives");
            // By such a clock every day may lie after today.
            let dated = matches!(command, Command::Record { .. } | Command::Amend { .. });
            assert!(dated || matches!(outcome, Outcome::Done { .. }), "{command:?} met {outcome:?}");
        }
        device.sync(&mut hub);
        assert_eq!(hub.refused, [], "honest changes are refused");
        assert!(hub.feed.len() > 3, "only {} changes at {now}", hub.feed.len());
        let View::Sync(sync) = device.sees(&Query::Sync) else { unreachable!("a device that is open") };
        assert_eq!((sync.waiting, sync.dead_letters), (0, 0));
    }
}

#[test]
fn what_the_server_cannot_take_yet_is_not_sent_again_at_once() {
    let (id, who) = devices().pop_first().expect("there are devices");
    let mut hub = Hub::default();
    let mut device = Device::new(id, who);
    device.sync(&mut hub);
    hub.not_yet = true;
    let fields = [("head".to_owned(), "户主".into())].into();
    device.does(Command::AddHousehold { village: crate::town::village(), fields });
    device.wake_ms = None;
    let before = device.requests;
    device.sync(&mut hub);
    assert!(device.requests - before <= 2, "{} requests for nothing", device.requests - before);
    assert!(device.wake_ms.is_some_and(|after| after >= 1_000), "it does not mean to try again");
    hub.not_yet = false;
    device.sync(&mut hub);
    assert_eq!(hub.feed.len(), 1);
}
