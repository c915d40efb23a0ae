//! What a seed draws before it begins: which faults there are at all, and how often each comes. A run in which everything
//! goes wrong all the time proves little of what happens when two things do.
use super::chance::Chance;

/// Cases of a thousand, and weights beside the other deeds.
#[derive(Clone, Debug, Default)]
pub struct Swarm {
    pub steps: usize,
    pub phones: usize,
    pub is_hostile: bool,

    pub request_lost: u32,
    pub reply_lost: u32,
    pub reply_cut: u32,
    pub doubled: u32,
    pub slow: u32,
    pub newer_frames: u32,
    pub goes_offline: u32,

    pub dies_before_commit: u32,
    pub dies_after_commit: u32,
    pub commit_fails: u32,
    pub phone_dies: u32,
    pub phone_full: u32,
    pub phone_cleared: u32,
    pub phone_put_back: u32,
    pub phone_copied: u32,
    pub clock_jumps: u32,
    pub skewed: bool,
    pub begins_in_1970: bool,

    pub killed: u32,
    pub power_lost: u32,
    pub dies_within: u32,
    pub stopped: u32,
    pub disk_full: u32,
    pub disk_fails: u32,
    pub bits_flip: u32,
    pub restored: u32,

    pub moved: u32,
    pub revoked: u32,
    /// How far time goes on at each step, as weights of seconds, minutes, hours, days.
    pub pace: [u32; 4],
}

impl Swarm {
    pub fn draw(chance: &mut Chance) -> Self {
        let often = |chance: &mut Chance, most: u32| {
            let is_on = chance.in_1000(400);
            let share = u32::try_from(chance.between(1, 8)).unwrap_or(1);
            if is_on { (most * share / 8).max(1) } else { 0 }
        };
        Swarm {
            steps: usize::try_from(chance.between(60, 220)).unwrap_or(60),
            phones: 2 + chance.below(7),
            is_hostile: chance.in_1000(200),
            request_lost: often(chance, 200),
            reply_lost: often(chance, 200),
            reply_cut: often(chance, 300),
            doubled: often(chance, 200),
            slow: often(chance, 200),
            newer_frames: often(chance, 100),
            goes_offline: often(chance, 8),
            dies_before_commit: often(chance, 20),
            dies_after_commit: often(chance, 20),
            commit_fails: often(chance, 20),
            phone_dies: often(chance, 8),
            phone_full: often(chance, 4),
            phone_cleared: often(chance, 2),
            phone_put_back: often(chance, 3),
            phone_copied: often(chance, 1),
            clock_jumps: often(chance, 4),
            skewed: chance.in_1000(300),
            begins_in_1970: chance.in_1000(150),
            killed: often(chance, 5),
            power_lost: often(chance, 5),
            dies_within: often(chance, 5),
            stopped: often(chance, 3),
            disk_full: often(chance, 3),
            disk_fails: often(chance, 6),
            bits_flip: often(chance, 4),
            restored: often(chance, 2),
            moved: often(chance, 5),
            revoked: often(chance, 2),
            pace: [[60, 25, 10, 2], [90, 9, 1, 0], [20, 30, 30, 8]][chance.below(3)],
        }
    }
}
