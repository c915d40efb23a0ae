//! A phone that opens from a damaged disk: bits flipped, rows cut, lost, swapped, under another key. It opens without a
//! panic, drafts that can still be read are there, and what waited and can still be read reaches an honest server (not what
//! waits behind a change whose own pending row is lost: that one is not sent).
use std::collections::BTreeSet;

use serde_bytes::ByteBuf;
use serde_json::Value;
use zhucun_core::contract::{Query, View};
use zhucun_core::id::EntryId;

use super::replica::views;
use super::{Target, noise};
use crate::chance::{Chance, at};
use crate::script::Script;
use crate::village::{Disk, scenes};

pub const TARGET: Target = Target { name: "disk", run, seeds, mutate: None, bytes_max: 256, memory_max: 256 << 20 };

fn run(data: &[u8]) {
    let mut script = Script(data);
    let scenes = scenes();
    let scene = &scenes[script.below(scenes.len() as u64) as usize];
    let which = script.below(scene.disks.len() as u64) as usize;
    let mut device = scene.device(which);
    let mut disk = device.disk_now();
    let is_known_anew = script.below(2) == 0;
    let mut touched = BTreeSet::new();
    for _ in 0..1 + script.below(4) {
        damage(&mut disk, &mut script, &mut touched);
    }
    let whole = |key: &str| disk.contains_key(key) && !touched.contains(key);
    let knows_itself = whole("session");
    let drafts: Vec<(EntryId, Value)> = rows(&disk, "draft/", &touched)
        .filter_map(|(key, row)| Some((key.parse().ok()?, row["fields"].clone())))
        .collect();
    let recorded: Vec<EntryId> = rows(&disk, "pending/", &touched)
        .filter(|(_, row)| row["command"]["do"] == "record")
        .filter_map(|(_, row)| row["command"]["entry"].as_str()?.parse().ok())
        .collect();

    device.put_back(disk.clone());
    views(&device);
    if device.sees(&Query::Home) == View::NotFound {
        device.signs_in();
    }
    if !knows_itself {
        views(&device);
        return;
    }
    for (entry, fields) in drafts {
        let View::Draft(view) = device.sees(&Query::Draft { entry }) else { panic!("the draft {entry} is gone") };
        assert_eq!(serde_json::to_value(view.fields).expect("fields are plain"), fields);
    }
    let mut hub = scene.hub.clone();
    for _ in 0..3 {
        hub.epoch += u64::from(is_known_anew);
        device.sync(&mut hub);
    }
    views(&device);
    let View::Sync(sync) = device.sees(&Query::Sync) else { panic!("the phone is open") };
    // A change whose pending row is lost is not sent, and those after it wait for it.
    if touched.iter().all(|key| !key.starts_with("pending/")) {
        assert_eq!(sync.waiting, 0, "the queue is stuck after damage to {touched:?}: {sync:?}");
    }
    let letters = format!("{:?}", device.sees(&Query::DeadLetters));
    for entry in recorded {
        let is_there = device.sees(&Query::Entry { entry }) != View::NotFound
            || device.sees(&Query::Draft { entry }) != View::NotFound
            || letters.contains(&entry.to_string());
        assert!(is_there, "{entry} waited, could be read, and is gone");
    }
}

fn rows<'a>(
    disk: &'a Disk,
    prefix: &'a str,
    touched: &'a BTreeSet<String>,
) -> impl Iterator<Item = (&'a str, Value)> + use<'a> {
    let whole = disk.iter().filter(|(key, _)| !touched.contains(*key));
    whole.filter_map(move |(key, row)| Some((key.strip_prefix(prefix)?, serde_json::from_slice(row).ok()?)))
}

fn damage(disk: &mut Disk, script: &mut Script<'_>, touched: &mut BTreeSet<String>) {
    let keys: Vec<String> = disk.keys().cloned().collect();
    let (Some(key), Some(other)) = (keys.get(at(script, keys.len())), keys.get(at(script, keys.len()))) else { return };
    touched.insert(key.clone());
    let Some(mut row) = disk.remove(key) else { return };
    match script.below(7) {
        0 => {}
        1 => {
            let length = at(script, row.len());
            row.truncate(length);
            disk.insert(key.clone(), row);
        }
        2 => {
            touched.insert(other.clone());
            if let Some(value) = disk.insert(other.clone(), row) {
                disk.insert(key.clone(), value);
            }
        }
        3 => {
            let copy = disk.get(other).cloned().unwrap_or_default();
            disk.insert(key.clone(), copy);
        }
        4 => {
            let mut letters: Vec<char> = key.chars().collect();
            let place = at(script, letters.len());
            letters[place] = ['0', 'f', '8', '/', 'ü', 'c'][script.below(6) as usize];
            let renamed: String = letters.into_iter().collect();
            touched.insert(renamed.clone());
            disk.insert(renamed, row);
        }
        _ => {
            for _ in 0..1 + script.below(3) {
                let place = at(script, row.len());
                if let Some(byte) = row.get_mut(place) {
                    *byte ^= 1 << script.below(8);
                }
            }
            disk.insert(key.clone(), ByteBuf::from(row.into_vec()));
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    noise(96, &[8, 16, 32])
}
