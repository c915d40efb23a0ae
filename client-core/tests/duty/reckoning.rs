//! The reckoning: which entry fills which duty, where each stands on a day, and the figures over all.
use jiff::civil::{Date, date};
use uuid::Uuid;
use zhucun_core::duty::{CountReason, DutyState, Matter, Reckoning, Register, Tally, VisitMode, Work, requirements};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::EntryId;

use crate::scene::{Scene, deed, lesson, research, summary, visit, work};

/// Each with an id of its own, in the order given.
fn numbered(works: Vec<Work>) -> Vec<Work> {
    let number = |(at, work): (usize, Work)| Work { entry: EntryId(Uuid::from_u128(at as u128)), ..work };
    works.into_iter().enumerate().map(number).collect()
}

fn account<'a>(reckoning: &'a Reckoning, period: &str) -> (DutyState, Vec<(u128, CountReason)>) {
    let found: Option<&'a _> = reckoning.accounts.iter().find(|account| account.duty.period == period);
    let account = found.expect("a period of the tenure");
    (account.state, account.entries.iter().map(|credit| (credit.entry.0.as_u128(), credit.reason)).collect())
}

#[test]
fn several_entries_of_a_week_are_one_duty_and_all_are_listed() {
    let scene = Scene::worked();
    let phone = Matter::Visit { mode: VisitMode::Remote, register: Register::Holds };
    let works = numbered(vec![
        work(date(2016, 5, 9), phone),
        work(date(2016, 5, 10), visit()),
        work(date(2016, 5, 11), visit()),
    ]);
    let reckoning = scene.owing().reckon(EntryKind::Visit, &works, date(2016, 5, 20));
    let listed = vec![(1, CountReason::Counts), (2, CountReason::Counts), (0, CountReason::NotInPerson)];
    assert_eq!(account(&reckoning, "2016-W19"), (DutyState::Done, listed));
    assert_eq!(reckoning.tally.done, 1);
}

#[test]
fn nothing_carries_over_and_the_running_week_is_not_held_against_anyone() {
    let scene = Scene::new(date(2016, 5, 2), date(2017, 5, 1));
    let tally = |today, days: &[Date]| {
        let works: Vec<Work> = days.iter().map(|day| work(*day, visit())).collect();
        let tally = scene.owing().reckon(EntryKind::Visit, &numbered(works), today).tally;
        (tally.done, tally.owed)
    };
    assert_eq!(tally(date(2016, 5, 11), &[]), (0, 1));
    assert_eq!(tally(date(2016, 5, 11), &[date(2016, 5, 10)]), (1, 2));
    assert_eq!(tally(date(2016, 5, 17), &[date(2016, 5, 10), date(2016, 5, 11)]), (1, 2));
}

#[test]
fn a_month_is_held_against_nobody_while_its_lesson_may_still_be_written_down() {
    let scene = Scene::worked();
    let owed = |today| scene.owing().reckon(EntryKind::Lesson, &[], today).tally.owed;
    assert_eq!(owed(date(2015, 10, 10)), 0);
    assert_eq!(owed(date(2015, 10, 11)), 1);
}

#[test]
fn an_activity_is_not_the_same_record_as_a_lesson() {
    let scene = Scene::worked();
    let works = numbered(vec![work(date(2016, 5, 9), lesson()), work(date(2016, 2, 9), Matter::Activity)]);
    let done = |kind| scene.owing().reckon(kind, &works, date(2016, 9, 15)).tally.done;
    assert_eq!((done(EntryKind::Lesson), done(EntryKind::Activity)), (1, 1));
    assert_eq!(scene.owing().reckon(EntryKind::Activity, &works[..1], date(2016, 9, 15)).tally.done, 0);
}

#[test]
fn in_the_days_of_grace_an_entry_completes_the_old_year_before_it_begins_the_new() {
    let scene = Scene::new(date(2015, 9, 16), date(2017, 9, 15));
    let filled = |works: Vec<Work>| {
        let reckoning = scene.owing().reckon(EntryKind::Research, &numbered(works), date(2017, 9, 15));
        ["tenure-year-1", "tenure-year-2"].map(|year| account(&reckoning, year).1.len())
    };
    let on = |day| work(day, research());
    assert_eq!(filled(vec![on(date(2016, 9, 30))]), [1, 0]);
    assert_eq!(filled(vec![on(date(2016, 10, 1))]), [0, 1]);
    assert_eq!(filled(vec![on(date(2016, 9, 30)), on(date(2016, 3, 1))]), [1, 1]);
    assert_eq!(filled(vec![on(date(2016, 9, 20)), on(date(2016, 9, 30))]), [1, 1]);
    // A year that is not owed is not completed.
    let mut excused = Scene::new(date(2015, 9, 16), date(2017, 9, 15));
    excused.excuse(EntryKind::Research, "tenure-year-1");
    let reckoning = excused.owing().reckon(EntryKind::Research, &[on(date(2016, 9, 20))], date(2017, 9, 15));
    assert_eq!(account(&reckoning, "tenure-year-2").0, DutyState::Done);
}

#[test]
fn a_duty_says_where_it_stands() {
    let scene = Scene::worked();
    let state =
        |kind, period: &str, works: &[Work], today| account(&scene.owing().reckon(kind, works, today), period).0;
    assert_eq!(state(EntryKind::Lesson, "2016-09", &[], date(2016, 9, 1)), DutyState::NotOwed);
    assert_eq!(state(EntryKind::Summary, "2015-H2", &[], date(2015, 12, 15)), DutyState::Ahead);
    assert_eq!(state(EntryKind::Summary, "2015-H2", &[], date(2015, 12, 16)), DutyState::Open);
    assert_eq!(state(EntryKind::Summary, "2015-H2", &[], date(2016, 1, 15)), DutyState::Open);
    assert_eq!(state(EntryKind::Summary, "2015-H2", &[], date(2016, 1, 16)), DutyState::Undone);
    let done = [work(date(2015, 12, 20), summary("2015-H2"))];
    assert_eq!(state(EntryKind::Summary, "2015-H2", &done, date(2015, 12, 20)), DutyState::Done);
    assert_eq!(state(EntryKind::Visit, "2016-W19", &[], date(2016, 5, 15)), DutyState::Open);
    assert_eq!(state(EntryKind::Visit, "2016-W19", &[], date(2016, 5, 16)), DutyState::Undone);
}

#[test]
fn a_duty_says_until_when_it_may_be_done() {
    let scene = Scene::worked();
    for (kind, period, opens, closes, record_by) in [
        (EntryKind::Visit, "2015-W38", date(2015, 9, 16), date(2015, 9, 20), None),
        (EntryKind::Lesson, "2015-09", date(2015, 9, 16), date(2015, 9, 30), Some(date(2015, 10, 10))),
        (EntryKind::Activity, "2015-Q4", date(2015, 10, 1), date(2015, 12, 31), Some(date(2016, 1, 10))),
        (EntryKind::Summary, "2015-H2", date(2015, 12, 16), date(2016, 1, 15), Some(date(2016, 1, 15))),
        (EntryKind::Deed, "tenure-year-1", date(2015, 9, 16), date(2016, 9, 15), Some(date(2016, 9, 30))),
        (EntryKind::Research, "tenure-year-1", date(2015, 9, 16), date(2016, 9, 30), Some(date(2016, 9, 30))),
        (EntryKind::Report, "tenure-year-1", date(2015, 9, 16), date(2016, 9, 30), Some(date(2016, 9, 30))),
    ] {
        let window = scene.duty(kind, period).window;
        assert_eq!((window.opens, window.closes, window.record_by), (opens, closes, record_by), "{kind:?}");
        assert!(!requirements(kind).is_empty());
    }
}

#[test]
fn what_lies_in_no_period_goes_astray_with_its_reason() {
    let scene = Scene::worked();
    let works = numbered(vec![work(date(2015, 9, 15), visit()), work(date(2016, 9, 16), visit())]);
    let reckoning = scene.owing().reckon(EntryKind::Visit, &works, date(2016, 9, 20));
    let astray: Vec<CountReason> = reckoning.astray.iter().map(|credit| credit.reason).collect();
    assert_eq!(astray, [CountReason::OutsideTenure; 2]);
    let works = [work(date(2016, 9, 1), deed(date(2016, 10, 1)))];
    assert_eq!(scene.owing().reckon(EntryKind::Deed, &works, date(2016, 10, 2)).astray.len(), 1);
}

#[test]
fn a_tally_is_done_of_owed_with_what_was_taken_out_beside_it() {
    let mut scene = Scene::worked();
    scene.away(date(2016, 5, 14), date(2016, 5, 22));
    scene.excuse(EntryKind::Visit, "2016-W23");
    let duties = scene.owing().duties(EntryKind::Visit);
    let owed: Vec<Date> = duties.iter().filter(|duty| duty.owed).map(|duty| duty.window.opens).collect();
    let works = numbered(owed[..owed.len() - 2].iter().map(|day| work(*day, visit())).collect());
    let tally = scene.owing().reckon(EntryKind::Visit, &works, date(2016, 10, 1)).tally;
    assert_eq!(tally, Tally { done: 49, owed: 51, excused: 2 });
    assert_eq!(tally.to_string(), "49/51(免2)");
    assert_eq!(Tally { done: 46, owed: 48, excused: 2 }.to_string(), "46/48(免2)");
    assert_eq!(Tally { done: 46, owed: 48, excused: 0 }.to_string(), "46/48");
    assert_eq!(Tally::default().to_string(), "—");
}
