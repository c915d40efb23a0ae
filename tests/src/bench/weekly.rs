//! The weekly sync: a visit and three edits made offline, the phone restarted, then one sync. Alone, thirty-two at once,
//! and thirty-two at once against a server that has just started.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use zhucun_core::id::Dice;

use super::figure::{median, percentile};
use super::stage::{Secretary, Stage, TOKEN_MS, in_hands};
use super::{AT_ONCE, CLIENTS, ROUNDS, work};
use crate::device::Packed;
use crate::server::{Server, usage};

/// Rounds of the storm against a warm server: more, since the processor time is told in steps of 10 ms.
const WARM_ROUNDS: usize = 10;

pub struct Weekly {
    pub round_trips: f64,
    pub bytes_up: f64,
    pub bytes_down: f64,
    /// With an access token that has run out, renewed in the same round trip.
    pub renewing: Bytes,
    pub ms_p50_1_client: f64,
    pub server_cpu_ms_1_client: f64,
    pub warm: Storm,
    pub cold: Storm,
    /// What the phone itself does: opens its disk, packs the request, takes the reply in.
    pub client_ms: [f64; 3],
}

#[derive(Clone, Copy)]
pub struct Bytes {
    pub round_trips: f64,
    pub up: f64,
    pub down: f64,
}

/// All clients once, thirty-two at a time.
pub struct Storm {
    pub per_second: f64,
    pub ms_p50: f64,
    pub ms_p99: f64,
    pub server_cpu_ms: f64,
}

pub fn measure(stage: &Stage) -> Weekly {
    let data = stage.copy();
    let mut server = Server::start(data.path());
    let mut field = Field {
        phones: stage.secretaries[..CLIENTS].iter().map(|secretary| secretary.twin(&server)).collect(),
        dice: work::dice(7),
        client: [const { Vec::new() }; 3],
    };
    // The first week warms the server and gives everybody a fresh token.
    let renewing = {
        field.phones.iter_mut().for_each(|phone| phone.device.wait_ms(TOKEN_MS));
        Alone::of(field.alone(CLIENTS), &server).bytes()
    };
    let (mut alone, cpu) = {
        let before = usage(server.pid()).cpu_ms;
        let rounds: Vec<_> = (0..ROUNDS).flat_map(|_| field.alone(CLIENTS / ROUNDS)).collect();
        (Alone(rounds), (usage(server.pid()).cpu_ms - before) / CLIENTS as f64)
    };
    let warm: Vec<_> = (0..WARM_ROUNDS).map(|_| field.storm(&server)).collect();
    let cold: Vec<_> = (0..ROUNDS)
        .map(|_| {
            server.kill();
            server = Server::start(data.path());
            field.storm(&server)
        })
        .collect();
    let bytes = alone.bytes();
    Weekly {
        round_trips: bytes.round_trips,
        bytes_up: bytes.up,
        bytes_down: bytes.down,
        renewing,
        ms_p50_1_client: alone.ms_p50(),
        server_cpu_ms_1_client: cpu,
        warm: Storm::of(&warm),
        cold: Storm::of(&cold),
        client_ms: field.client.map(|samples| median(&samples)),
    }
}
