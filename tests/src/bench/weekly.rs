//! The weekly sync: a visit and three edits made offline, the phone restarted, then one sync on a new connection. Alone,
//! thirty-two at once, and thirty-two at once against a server that has just started. A sync is timed at the socket,
//! from connecting to the last byte of the reply; what the phone does before and after is told apart.
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use zhucun_core::host::Event;

use super::figure::{median, percentile};
use super::stage::{Secretary, Stage, TOKEN_MS, in_hands};
use super::{AT_ONCE, CLIENTS, ROUNDS};
use crate::device::Packed;
use crate::line::Traffic;
use crate::server::{Server, usage};

/// Rounds of the storm against a warm server; more, since processor time is told in steps of 10 ms.
const WARM_ROUNDS: usize = 10;

pub struct Weekly {
    pub bytes: Bytes,
    /// The same with an access token that has run out, renewed in the same round trip.
    pub renewing: Bytes,
    pub ms_p50_1_client: f64,
    pub server_cpu_ms_1_client: f64,
    pub warm: Storm,
    pub cold: Storm,
    pub phone: PhoneWork,
}

/// Medians over syncs.
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

/// What the phone itself does around a sync, in milliseconds on this machine.
pub struct PhoneWork {
    pub opens: f64,
    pub packs: f64,
    pub takes_in: f64,
}

/// The phones with a year of log, facing a server.
fn field(stage: &Stage, server: &Server) -> Vec<Secretary> {
    let phones = stage.secretaries[..CLIENTS].iter().enumerate();
    phones.map(|(at, secretary)| secretary.twin(at, server)).collect()
}

/// Only the storms, warm and against a server just started, on a data folder of its own.
pub fn storms(stage: &Stage, data: &Path) -> (Storm, Storm) {
    let mut server = Server::start(data);
    let mut field = field(stage, &server);
    one_by_one(&mut field);
    field.iter_mut().for_each(|secretary| secretary.device.wait_ms(TOKEN_MS));
    one_by_one(&mut field);
    let warm: Vec<Round> = (0..WARM_ROUNDS).map(|_| storm(&mut field, &server)).collect();
    let cold: Vec<Round> = (0..ROUNDS).map(|_| cold_storm(&mut field, &mut server, data)).collect();
    (Storm::of(&warm), Storm::of(&cold))
}

/// A storm against a server that has just started.
fn cold_storm(field: &mut Vec<Secretary>, server: &mut Server, data: &Path) -> Round {
    server.kill();
    *server = Server::start(data);
    field.iter_mut().for_each(|secretary| secretary.device.line.move_to(server.address));
    storm(field, server)
}

pub fn measure(stage: &Stage) -> Weekly {
    let data = stage.copy();
    let mut server = Server::start(data.path());
    let mut field = field(stage, &server);
    // The first week brings last year's confirmations and warms the server; the second leaves everybody a fresh token.
    one_by_one(&mut field);
    field.iter_mut().for_each(|secretary| secretary.device.wait_ms(TOKEN_MS));
    let renewing = one_by_one(&mut field);
    let before = usage(server.pid()).cpu_ms;
    let alone: Vec<Sample> = (0..ROUNDS).flat_map(|_| one_by_one(&mut field)).collect();
    let server_cpu_ms_1_client = (usage(server.pid()).cpu_ms - before) / alone.len() as f64;
    let warm: Vec<Round> = (0..WARM_ROUNDS).map(|_| storm(&mut field, &server)).collect();
    let cold: Vec<Round> = (0..ROUNDS).map(|_| cold_storm(&mut field, &mut server, data.path())).collect();
    let phone = |part: fn(&Sample) -> f64| median(&alone.iter().map(part).collect::<Vec<_>>());
    Weekly {
        bytes: Bytes::of(&alone),
        renewing: Bytes::of(&renewing),
        ms_p50_1_client: phone(|sample| sample.ms),
        server_cpu_ms_1_client,
        warm: Storm::of(&warm),
        cold: Storm::of(&cold),
        phone: PhoneWork {
            opens: phone(|sample| sample.opens_ms),
            packs: phone(|sample| sample.packs_ms),
            takes_in: phone(|sample| sample.takes_in_ms),
        },
    }
}

/// One sync.
#[derive(Clone, Copy, Default)]
struct Sample {
    traffic: Traffic,
    ms: f64,
    opens_ms: f64,
    packs_ms: f64,
    takes_in_ms: f64,
}

/// A phone with a week to send.
struct Ready {
    packed: Packed,
    sample: Sample,
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let result = work();
    (result, began.elapsed().as_secs_f64() * 1e3)
}

/// Logs a week offline, dies, opens again and packs the request.
fn prepare(secretary: &mut Secretary) -> Ready {
    secretary.week_offline();
    let device = &mut secretary.device;
    let ((), opens_ms) = timed(|| device.reopen());
    let (packed, packs_ms) = timed(|| device.pack());
    let sample = Sample { traffic: device.line.traffic, opens_ms, packs_ms, ..Sample::default() };
    Ready { packed, sample }
}

/// Takes the reply in and closes the sample.
fn finish(secretary: &mut Secretary, ready: Ready, reply: Event, ms: f64) -> Sample {
    let device = &mut secretary.device;
    let ((), takes_in_ms) = timed(|| device.take_in(reply));
    let sync = device.home().sync;
    assert!(sync.waiting == 0 && sync.trouble.is_none(), "a sync that did not: {sync:?}");
    let traffic = device.line.traffic.since(ready.sample.traffic);
    Sample { traffic, ms, takes_in_ms, ..ready.sample }
}

fn one_by_one(field: &mut [Secretary]) -> Vec<Sample> {
    let one = |secretary: &mut Secretary| {
        let ready = prepare(secretary);
        let (reply, ms) = timed(|| secretary.device.exchange(&ready.packed));
        finish(secretary, ready, reply, ms)
    };
    field.iter_mut().map(one).collect()
}

struct Round {
    seconds: f64,
    cpu_ms: f64,
    samples: Vec<Sample>,
}

fn storm(field: &mut Vec<Secretary>, server: &Server) -> Round {
    let ready = in_hands(std::mem::take(field), |mut secretary| {
        let ready = prepare(&mut secretary);
        (secretary, ready)
    });
    let before = usage(server.pid()).cpu_ms;
    let (answered, seconds) = at_once(ready);
    let cpu_ms = usage(server.pid()).cpu_ms - before;
    let done = in_hands(answered, |(mut secretary, ready, reply, ms)| {
        let sample = finish(&mut secretary, ready, reply, ms);
        (secretary, sample)
    });
    let (phones, samples) = done.into_iter().unzip();
    *field = phones;
    Round { seconds, cpu_ms, samples }
}

type Answered = (Secretary, Ready, Event, f64);

/// Everybody syncs, `AT_ONCE` at a time. The seconds run from the first connection to the last reply.
fn at_once(ready: Vec<(Secretary, Ready)>) -> (Vec<Answered>, f64) {
    let slots: Vec<_> = ready.into_iter().map(|one| Mutex::new(Some(one))).collect();
    let answered: Vec<Mutex<Option<Answered>>> = slots.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    let start = Barrier::new(AT_ONCE + 1);
    let began = thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                start.wait();
                while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < slots.len()) {
                    let taken = slots[at].lock().unwrap_or_else(PoisonError::into_inner).take();
                    let (mut secretary, ready) = taken.expect("each is taken once");
                    let (reply, ms) = timed(|| secretary.device.exchange(&ready.packed));
                    let put = Some((secretary, ready, reply, ms));
                    *answered[at].lock().unwrap_or_else(PoisonError::into_inner) = put;
                }
            });
        }
        start.wait();
        Instant::now()
    });
    let seconds = began.elapsed().as_secs_f64();
    let answers = answered.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
    (answers.map(|answer| answer.expect("everybody was answered")).collect(), seconds)
}

impl Bytes {
    fn of(samples: &[Sample]) -> Self {
        let part = |part: fn(&Traffic) -> u64| {
            median(&samples.iter().map(|sample| part(&sample.traffic) as f64).collect::<Vec<_>>())
        };
        Bytes {
            round_trips: part(|traffic| traffic.requests),
            up: part(|traffic| traffic.bytes_up),
            down: part(|traffic| traffic.bytes_down),
        }
    }
}

impl Storm {
    fn of(rounds: &[Round]) -> Self {
        let ms: Vec<f64> = rounds.iter().flat_map(|round| &round.samples).map(|sample| sample.ms).collect();
        let rates: Vec<f64> = rounds.iter().map(|round| round.samples.len() as f64 / round.seconds).collect();
        let cpu_ms: f64 = rounds.iter().map(|round| round.cpu_ms).sum();
        Storm {
            per_second: median(&rates),
            ms_p50: median(&ms),
            ms_p99: percentile(&ms, 0.99),
            server_cpu_ms: cpu_ms / ms.len() as f64,
        }
    }
}
