//! A whole city on one server: 537 secretaries, each sending a week in turn, and the memory that leaves the server with.
use std::time::Instant;

use super::SECRETARIES;
use super::figure::median;
use super::stage::{Stage, TOKEN_MS, in_hands};
use crate::server::{Server, usage};

pub struct Crowd {
    pub rss_mb: f64,
    pub ms_p50: f64,
    pub server_cpu_ms: f64,
}

pub fn measure(stage: &Stage) -> Crowd {
    let data = stage.copy();
    let server = Server::start(data.path());
    let phones = (0..SECRETARIES).map(|at| stage.secretaries[at].twin(at, &server)).collect();
    let ready = in_hands(phones, |mut secretary| {
        secretary.device.wait_ms(TOKEN_MS);
        secretary.week_offline();
        let packed = secretary.device.pack();
        (secretary, packed)
    });
    let before = usage(server.pid()).cpu_ms;
    let (mut ms, mut resident) = (Vec::new(), 0);
    // Those with a year behind them come last, so that the largest documents are what the server holds at the end.
    for (mut secretary, packed) in ready.into_iter().rev() {
        let began = Instant::now();
        let reply = secretary.device.exchange(&packed);
        ms.push(began.elapsed().as_secs_f64() * 1e3);
        resident = resident.max(usage(server.pid()).resident_bytes);
        secretary.device.take_in(reply);
        assert_eq!(secretary.device.home().sync.waiting, 0);
    }
    Crowd {
        rss_mb: resident as f64 / 1e6,
        ms_p50: median(&ms),
        server_cpu_ms: (usage(server.pid()).cpu_ms - before) / SECRETARIES as f64,
    }
}
