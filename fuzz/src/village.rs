//! Villages at work, to begin with: a server and the disks of its five devices, at several moments of a short life. Made
//! once, from fixed seeds, by the same hosts that the core's laws are told by.
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_bytes::ByteBuf;
use zhucun_core::id::{DeviceId, Dice};
use zhucun_core::wire::pack;

use crate::device::Device;
use crate::frame;
use crate::hub::Hub;
use crate::life;
use crate::town::{Who, devices};

pub type Disk = BTreeMap<String, ByteBuf>;

pub struct Scene {
    pub hub: Hub,
    pub disks: Vec<(DeviceId, Who, Disk)>,
}

impl Scene {
    /// One of the devices, opened from its disk.
    pub fn device(&self, which: usize) -> Device {
        let (id, who, disk) = &self.disks[which % self.disks.len()];
        let mut device = Device::new(*id, *who);
        device.put_back(disk.clone());
        device
    }
}

/// Nothing yet; all at rest; work that waits; the same after refusals, in later incarnations.
pub fn scenes() -> Rc<Vec<Scene>> {
    thread_local! {
        static SCENES: Rc<Vec<Scene>> = Rc::new(vec![lived(1, 0, 0, 0), lived(2, 40, 0, 0), lived(3, 40, 20, 0), lived(4, 40, 20, 3)]);
    }
    SCENES.with(Rc::clone)
}

/// So many commands with a sync now and then, so many more without, and some refusals in between.
fn lived(seed: u8, turns: u32, alone: u32, whims: u32) -> Scene {
    let mut dice = Dice::new([seed; 32]);
    let mut hub = Hub::default();
    let mut all: Vec<Device> = devices().into_iter().map(|(id, who)| Device::new(id, who)).collect();
    if turns > 0 {
        all.iter_mut().for_each(|device| device.sync(&mut hub));
    }
    for turn in 0..turns {
        let device = &mut all[dice.below(5) as usize];
        let command = life::next(&mut dice, device);
        device.does(command);
        if turn % 4 == 3 {
            all[dice.below(5) as usize].sync(&mut hub);
        }
        if whims > 0 && turn % 8 == 0 {
            hub.whims = whims;
        }
    }
    for _ in 0..2 * u32::from(turns > 0) {
        all.iter_mut().for_each(|device| device.sync(&mut hub));
    }
    for _ in 0..alone {
        let device = &mut all[dice.below(5) as usize];
        let command = life::next(&mut dice, device);
        device.does(command);
    }
    Scene { hub, disks: all.iter().map(|device| (device.id, device.who, device.disk_now())).collect() }
}

/// Bodies as they pass in such villages: a request and its reply, by turns. First of all those that hold every frame.
pub fn bodies() -> Vec<Vec<u8>> {
    let changes: Vec<Vec<u8>> = scenes()[1].hub.feed.iter().take(3).map(|fed| fed.change.clone()).collect();
    let mut bodies = vec![pack(&frame::request(&changes)), pack(&frame::reply(&changes))];
    for scene in scenes().iter() {
        let mut hub = scene.hub.clone();
        for which in 0..scene.disks.len() {
            let mut device = scene.device(which);
            let Some(body) = device.asks() else { continue };
            let reply = hub.reply(device.now, device.id, device.who, &body);
            bodies.extend([body.into_vec(), reply]);
        }
    }
    bodies
}
