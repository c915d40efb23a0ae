//! A village where something is recorded and reviewed, and what its people do there.
use zhucun_core::contract::{Command, EntryState, EntryView, Outcome, Query, Refusal, View};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::EntryId;

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{Who, devices, fields};

/// A village with a lesson that both sides know.
pub struct Scene {
    pub hub: Hub,
    pub secretary: Device,
    pub reviewer: Device,
    pub lesson: EntryId,
}

impl Scene {
    pub fn submitted() -> Scene {
        let mut hub = Hub::default();
        let (mut secretary, mut reviewer) = (device(Who::Secretary), device(Who::Reviewer));
        secretary.sync(&mut hub);
        let lesson = record(&mut secretary, &[("occurred_on", "2016-02-29"), ("topic", "两学一做")]);
        secretary.sync(&mut hub);
        reviewer.sync(&mut hub);
        Scene { hub, secretary, reviewer, lesson }
    }

    pub fn confirmed() -> Scene {
        let mut scene = Scene::submitted();
        let (entry, version) = (scene.lesson, sees(&scene.reviewer, scene.lesson).version);
        done(&mut scene.reviewer, Command::Confirm { entry, version, opinion: String::new() });
        scene.meet();
        scene
    }

    /// Both sides hear of each other.
    pub fn meet(&mut self) {
        for _ in 0..2 {
            self.secretary.sync(&mut self.hub);
            self.reviewer.sync(&mut self.hub);
        }
        assert_eq!(self.hub.refused, []);
        let (author, township) = self.both(Device::common);
        assert_eq!(author, township);
    }

    /// What both see at one moment: the days after which something is deemed read pass on both.
    fn both<T>(&mut self, of: impl Fn(&Device) -> T) -> (T, T) {
        let clocks = (self.secretary.now, self.reviewer.now);
        let now = clocks.0.max(clocks.1);
        (self.secretary.now, self.reviewer.now) = (now, now);
        let seen = (of(&self.secretary), of(&self.reviewer));
        (self.secretary.now, self.reviewer.now) = clocks;
        seen
    }

    pub fn state(&mut self) -> EntryState {
        let lesson = self.lesson;
        let of = |device: &Device| {
            let view = sees(device, lesson);
            (view.summary.state, view.counts)
        };
        let (author, township) = self.both(of);
        assert_eq!(author, township);
        author.0
    }
}

pub fn device(wanted: Who) -> Device {
    let (id, who) = devices().into_iter().find(|(_, who)| *who == wanted).expect("everybody has a device");
    Device::new(id, who)
}

pub fn done(device: &mut Device, command: Command) {
    let outcome = device.does(command);
    assert!(matches!(outcome, Some(Outcome::Done { .. })), "{outcome:?}");
}

pub fn refused(device: &mut Device, command: Command, refusal: Refusal) {
    let before = device.everything();
    assert_eq!(device.does(command.clone()), Some(Outcome::Refused { refusal }), "{command:?}");
    assert_eq!(device.everything(), before);
}

pub fn record(device: &mut Device, pairs: &[(&str, &str)]) -> EntryId {
    let kind = if pairs.iter().any(|(name, _)| *name == "mode") { EntryKind::Visit } else { EntryKind::Lesson };
    let saved = device.does(Command::SaveDraft { entry: None, kind, fields: fields(pairs), seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft is saved: {saved:?}") };
    done(device, Command::Record { entry });
    entry
}

pub fn sees(device: &Device, entry: EntryId) -> EntryView {
    match device.sees(&Query::Entry { entry }) {
        View::Entry(view) => view,
        other => panic!("the entry is here: {other:?}"),
    }
}
