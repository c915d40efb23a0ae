//! Timeliness: the days between the work and its making on the device, and clocks that tell nothing.
use jiff::civil::date;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::duty::{ClockFacts, Policy, Timeliness, timeliness};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 1_440 * MINUTE_MS;

/// An entry about 2016-05-09 that was made so many days later, at ten in the morning.
fn made(days: i64) -> Moment {
    Moment::start_of(add_days(date(2016, 5, 9), days)).plus_ms(600 * MINUTE_MS)
}

fn judged(days: i64, clock: ClockFacts) -> Timeliness {
    timeliness(&Policy::built_in(), Some(date(2016, 5, 9)), Some(made(days)), &clock)
}

#[test]
fn up_to_3_days_is_on_time_up_to_10_is_late_and_more_needs_confirmation() {
    let sound = ClockFacts::default();
    let found = [0, 3, 4, 10, 11].map(|days| judged(days, sound));
    use Timeliness::*;
    assert_eq!(found, [OnTime, OnTime, Late, Late, VeryLate]);
}

#[test]
fn a_late_synchronisation_never_makes_an_entry_late() {
    let clock = ClockFacts { received_at: Some(made(90)), ..ClockFacts::default() };
    assert_eq!(judged(0, clock), Timeliness::OnTime);
}

#[test]
fn a_clock_more_than_10_minutes_off_tells_nothing() {
    for off in [10 * MINUTE_MS, -10 * MINUTE_MS] {
        let clock = |off| ClockFacts { off_ms: Some(off), ..ClockFacts::default() };
        assert_eq!(judged(20, clock(off)), Timeliness::VeryLate);
        assert_eq!(judged(20, clock(off + off.signum())), Timeliness::Unknown);
    }
    let received = |ms| ClockFacts { received_at: Some(made(20).plus_ms(ms)), ..ClockFacts::default() };
    assert_eq!(judged(20, received(-10 * MINUTE_MS)), Timeliness::VeryLate);
    assert_eq!(judged(20, received(-10 * MINUTE_MS - 1)), Timeliness::Unknown);
}

#[test]
fn a_clock_before_the_last_server_time_seen_tells_nothing() {
    let seen = |ms| ClockFacts { server_seen: Some(made(20).plus_ms(ms)), ..ClockFacts::default() };
    assert_eq!(judged(20, seen(0)), Timeliness::VeryLate);
    assert_eq!(judged(20, seen(1)), Timeliness::Unknown);
}

#[test]
fn a_making_before_the_work_or_without_a_day_tells_nothing() {
    assert_eq!(judged(-1, ClockFacts::default()), Timeliness::Unknown);
    let policy = Policy::built_in();
    assert_eq!(timeliness(&policy, None, Some(made(0)), &ClockFacts::default()), Timeliness::Unknown);
    assert_eq!(timeliness(&policy, Some(date(2016, 5, 9)), None, &ClockFacts::default()), Timeliness::Unknown);
}

#[test]
fn an_entry_is_deemed_read_15_days_after_the_server_received_its_latest_version() {
    let policy = Policy::built_in();
    assert!(!policy.is_deemed_read(made(0), made(0).plus_ms(15 * DAY_MS - 1)));
    assert!(policy.is_deemed_read(made(0), made(0).plus_ms(15 * DAY_MS)));
}
