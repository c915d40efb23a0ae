//! What the figures of a browser begin with: one village with a long register, and its secretary's year of log.
use std::path::Path;

use super::stage::YEAR_MS;
use super::work;
use crate::device::Device;
use crate::server::Server;
use crate::town::{PASSWORD, Town, secretary_login};

/// Households of a large register.
pub const HOUSEHOLDS: usize = 400;
/// Village groups 组 that they are spread over.
const GROUPS: usize = 8;
const SURNAMES: [&str; 10] = ["张", "王", "李", "赵", "贺", "孙", "马", "刘", "陈", "杨"];
const GIVEN: [&str; 10] = ["满仓", "秀英", "建国", "志明", "桂兰", "永年", "丽华", "福来", "玉梅", "守田"];

/// Makes the village in an empty data folder.
pub fn found(data: &Path) {
    let town = Town::found(data, 1);
    let mut server = Server::start(data);
    let mut device = Device::new(1, town.now.plus_ms(-YEAR_MS), server.address);
    device.sign_in(&secretary_login(0), PASSWORD);
    device.sync_fully();
    let households: Vec<String> = (0..HOUSEHOLDS).map(|at| household(&mut device, &town, at)).collect();
    device.sync_fully();
    work::year(&mut device, &households, town.now, &mut work::dice(1));
    server.kill();
}

fn household(device: &mut Device, town: &Town, at: usize) -> String {
    let head = format!("{}{}", SURNAMES[at % SURNAMES.len()], GIVEN[at / SURNAMES.len() % GIVEN.len()]);
    let (number, group) = (format!("62990110020{at:05}"), format!("{}组", at % GROUPS + 1));
    work::add_household(device, town.villages[0], &[("head", &head), ("number", &number), ("group", &group)])
}
