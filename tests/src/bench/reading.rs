//! What a township's reviewer costs: asking when there is nothing new, and a new device that loads everything.
use std::time::Instant;

use super::ROUNDS;
use super::figure::median;
use super::stage::{Stage, TOKEN_MS};
use crate::device::Device;
use crate::server::{Server, usage};
use crate::town::{PASSWORD, reviewer_login};

/// Requests with nothing new; a few hundred, since processor time is told in steps of 10 ms.
const IDLE_REQUESTS: usize = 400;

pub struct Idle {
    pub documents: usize,
    pub bytes_up: f64,
    pub bytes_down: f64,
    pub ms_p50: f64,
    pub server_cpu_ms: f64,
}

/// Each on a new connection, as from a phone that was just taken out of a pocket.
pub fn idle(stage: &Stage) -> Idle {
    let data = stage.copy();
    let server = Server::start(data.path());
    let mut reviewer = stage.reviewer.twin(server.address);
    reviewer.wait_ms(TOKEN_MS);
    reviewer.sync_fully();
    let (before, cpu_before) = (reviewer.line.traffic, usage(server.pid()).cpu_ms);
    let mut ms = Vec::new();
    for _ in 0..IDLE_REQUESTS {
        reviewer.line.hang_up();
        let packed = reviewer.pack();
        let began = Instant::now();
        let reply = reviewer.exchange(&packed);
        ms.push(began.elapsed().as_secs_f64() * 1e3);
        reviewer.take_in(reply);
    }
    assert_eq!(reviewer.home().sync.trouble, None);
    let traffic = reviewer.line.traffic.since(before);
    assert_eq!(traffic.requests, IDLE_REQUESTS as u64);
    Idle {
        documents: reviewer.documents(),
        bytes_up: traffic.bytes_up as f64 / IDLE_REQUESTS as f64,
        bytes_down: traffic.bytes_down as f64 / IDLE_REQUESTS as f64,
        ms_p50: median(&ms),
        server_cpu_ms: (usage(server.pid()).cpu_ms - cpu_before) / IDLE_REQUESTS as f64,
    }
}

pub struct FirstLoad {
    pub documents: usize,
    pub bytes_down: f64,
    pub round_trips: f64,
    /// Until everything is on the device, its own work included.
    pub ms_p50: f64,
    pub server_cpu_ms: f64,
}

/// Signing in is not counted: it is a password, which costs what it must.
pub fn first_load(stage: &Stage) -> FirstLoad {
    let data = stage.copy();
    let server = Server::start(data.path());
    let (mut ms, mut down, mut trips, mut documents) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut cpu_ms = 0.0;
    for round in 0..ROUNDS {
        let mut device = Device::new(2_000_000 + round as u64, stage.town.now, server.address);
        device.set_online(false);
        device.sign_in(&reviewer_login(0), PASSWORD);
        device.set_online(true);
        let (before, cpu_before, began) = (device.line.traffic, usage(server.pid()).cpu_ms, Instant::now());
        device.sync();
        ms.push(began.elapsed().as_secs_f64() * 1e3);
        cpu_ms += usage(server.pid()).cpu_ms - cpu_before;
        let sync = device.home().sync;
        assert!(sync.complete && sync.trouble.is_none(), "a first load that was none: {sync:?}");
        let traffic = device.line.traffic.since(before);
        down.push(traffic.bytes_down as f64);
        trips.push(traffic.requests as f64);
        documents = device.documents();
    }
    assert_eq!(documents, stage.reviewer.documents(), "the new device holds what the old one does");
    FirstLoad {
        documents,
        bytes_down: median(&down),
        round_trips: median(&trips),
        ms_p50: median(&ms),
        server_cpu_ms: cpu_ms / ROUNDS as f64,
    }
}
