//! `make sim SEEDS=n` and `cargo sim SEED`: plays seeds on every processor and says how many a second, what was reached,
//! and where it failed; or plays one with its whole trace. `--canary NAME` plants a bug, to see it found.
use std::process::ExitCode;
use std::time::Instant;

use zhucun_tests::sim::counter::PATHS;
use zhucun_tests::sim::run::Canary;
use zhucun_tests::sim::{SHARE, play, play_all};

/// Lines of a failed seed's trace that are shown, and failed seeds that are named.
const LINES: usize = 25;

const USAGE: &str = "usage: sim SEED [--canary NAME]\n       sim --seeds COUNT [--from FIRST] [--canary NAME]";

/// What the words of the command line ask for.
#[derive(Default)]
struct Wish {
    seed: Option<u64>,
    count: Option<u64>,
    from: Option<u64>,
    canary: Option<Canary>,
}

fn main() -> ExitCode {
    let Some(wish) = read(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        eprintln!("canaries: {}", Canary::ALL.map(Canary::name).join(" "));
        return ExitCode::from(2);
    };
    match (wish.seed, wish.count) {
        (Some(seed), None) => one(seed, wish.canary),
        (None, Some(count)) => many(count, wish.from.unwrap_or(1), wish.canary),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn read(mut words: impl Iterator<Item = String>) -> Option<Wish> {
    let mut wish = Wish::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seeds" => wish.count = Some(words.next()?.parse().ok()?),
            "--from" => wish.from = Some(words.next()?.parse().ok()?),
            "--canary" => {
                let name = words.next()?;
                wish.canary = Some(Canary::ALL.into_iter().find(|canary| canary.name() == name)?);
            }
            seed => wish.seed = Some(seed.parse().ok()?),
        }
    }
    Some(wish)
}

fn one(seed: u64, canary: Option<Canary>) -> ExitCode {
    let played = play(seed, canary);
    for line in &played.trace {
        println!("{line}");
    }
    match played.failure {
        None => {
            println!("seed {seed}: nothing found");
            ExitCode::SUCCESS
        }
        Some(failure) => {
            println!("seed {seed}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn many(count: u64, first: u64, canary: Option<Canary>) -> ExitCode {
    // A panic is told with its seed.
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let tally = play_all(first..first + count, canary);
    for path in PATHS {
        println!("{:>10}  {path}", tally.counters.of(path));
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("\n{count} seeds from {first} in {seconds:.1} s, {:.1} a second", count as f64 / seconds);
    let missing = tally.counters.missing();
    if !missing.is_empty() {
        println!("never reached: {}", missing.join(", "));
    }
    let Some((seed, (failure, trace))) = tally.failed.first_key_value() else {
        println!("nothing found");
        return if missing.is_empty() || count < SHARE { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    };
    println!("\nseed {seed}:");
    for line in &trace[trace.len().saturating_sub(LINES)..] {
        println!("{line}");
    }
    println!("{failure}\n");
    for (seed, (failure, _)) in tally.failed.iter().take(LINES) {
        println!("seed {seed}: {failure}");
    }
    println!("{} of {count} seeds failed; see one again with: cargo sim SEED", tally.failed.len());
    ExitCode::FAILURE
}
