//! A share of the simulator's seeds: nothing is found, every rare path is gone, one seed is one story, and a bug that is
//! planted is found. `make sim SEEDS=n` plays more of them.
use zhucun_tests::sim::run::Canary;
use zhucun_tests::sim::{SHARE, play, play_all};

/// Seeds within which a planted bug is found.
const CANARY_SEEDS: u64 = 20;
/// Lines of a failed seed's trace that are shown.
const LINES: usize = 25;

#[test]
fn nothing_is_found_and_every_path_is_gone() {
    let tally = play_all(1..SHARE + 1, None);
    if let Some((seed, (failure, trace))) = tally.failed.first_key_value() {
        let last = trace[trace.len().saturating_sub(LINES)..].join("\n");
        panic!("{} of {SHARE} seeds failed; cargo sim {seed}\n{last}\n{failure}", tally.failed.len());
    }
    assert_eq!(tally.counters.missing(), [""; 0], "paths that no seed went");
}

#[test]
fn a_seed_is_one_story() {
    for seed in [3, 17, 40] {
        let (once, again) = (play(seed, None), play(seed, None));
        assert_eq!(once.trace, again.trace, "seed {seed}");
        assert_eq!(once.counters, again.counters, "seed {seed}");
    }
    assert_ne!(play(3, None).trace, play(4, None).trace);
}

#[test]
fn a_planted_bug_is_found() {
    for canary in Canary::ALL {
        let found = (1..=CANARY_SEEDS).any(|seed| play(seed, Some(canary)).failure.is_some());
        assert!(found, "{canary:?} is found in none of {CANARY_SEEDS} seeds");
    }
}
