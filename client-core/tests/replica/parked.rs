//! What a server put aside is kept until it is decided, and what it lost of it is done again.
use std::collections::BTreeMap;

use uuid::Uuid;
use zhucun_core::contract::{Command, EventKind, EventView, Query, View};
use zhucun_core::id::{DeviceId, EntryId};

use crate::device::Device;
use crate::scene::{Scene, done, sees};

fn waiting_and_parked(device: &Device) -> (u32, u32) {
    let View::Home(home) = device.sees(&Query::Home) else { panic!("whoever is signed in has a home") };
    (home.sync.waiting, home.sync.parked)
}

fn asks(scene: &mut Scene, comment: &str) {
    let (entry, version) = (scene.lesson, sees(&scene.reviewer, scene.lesson).version);
    let (comment, comments) = (comment.to_owned(), BTreeMap::new());
    done(&mut scene.reviewer, Command::Question { entry, version, comment, comments });
}

/// A reviewer of whose two questions the second was put aside.
fn put_aside() -> Scene {
    let mut scene = Scene::submitted();
    asks(&mut scene, "谁讲的？");
    scene.meet();
    asks(&mut scene, "讲了多久？");
    scene.hub.parks = true;
    scene.reviewer.sync(&mut scene.hub);
    assert_eq!(waiting_and_parked(&scene.reviewer), (0, 1));
    scene
}

/// What somebody sees that the township asked.
fn asked(device: &Device, entry: EntryId) -> Vec<String> {
    let comment = |event: EventView| match event.kind {
        EventKind::Questioned { comment, .. } => Some(comment),
        _ => None,
    };
    sees(device, entry).events.into_iter().filter_map(comment).collect()
}

#[test]
fn what_a_server_lost_of_what_it_put_aside_is_sent_again() {
    let mut scene = put_aside();
    scene.hub.parks = false;
    scene.meet();
    assert_eq!(waiting_and_parked(&scene.reviewer), (0, 0));
    assert_eq!(asked(&scene.secretary, scene.lesson), ["谁讲的？", "讲了多久？"]);
}

#[test]
fn what_stands_on_something_put_aside_under_an_earlier_name_and_lost_is_done_again_with_it() {
    let mut scene = put_aside();
    scene.reviewer.signs_in_as(DeviceId(Uuid::from_u128(0xde77)));
    asks(&mut scene, "多少人？");
    scene.hub.parks = false;
    scene.meet();
    assert_eq!(waiting_and_parked(&scene.reviewer), (0, 0));
    assert_eq!(asked(&scene.secretary, scene.lesson), ["谁讲的？", "讲了多久？", "多少人？"]);
}
