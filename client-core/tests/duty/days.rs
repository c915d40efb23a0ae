//! Available days: what holidays, leave and absence on duty leave of a period, and from how few on it is not owed.
use jiff::civil::{Date, date};
use uuid::Uuid;
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::add_days;
use zhucun_core::division::Level;
use zhucun_core::duty::{DutyReason, Policy};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::PersonId;
use zhucun_core::leave::{Leave, LeaveKind};

use crate::scene::{Scene, YEARLY};

#[test]
fn weeks_without_working_days_owe_no_visit() {
    let scene = Scene::new(date(2015, 1, 1), date(2026, 12, 31));
    let duties = scene.owing().duties(EntryKind::Visit).into_iter();
    let free: Vec<_> = duties.filter(|duty| duty.reason == DutyReason::NoWorkdays).map(|duty| duty.period).collect();
    assert_eq!(free, ["2017-W40", "2018-W40", "2019-W06", "2020-W05", "2022-W05", "2026-W08"]);
}

#[test]
fn a_make_up_workday_is_an_available_day() {
    // National Day 2015: Thursday, Friday and Saturday, made up for, are worked.
    let duty = Scene::worked().duty(EntryKind::Visit, "2015-W41");
    assert_eq!((duty.days.working, duty.days.available), (3, 3));
}

/// Leave over all of a period but its last `left` working days.
fn all_but(left: u32, from: Date, to: Date) -> Scene {
    let mut scene = Scene::new(date(2015, 1, 1), date(2017, 12, 31));
    let mut back = to;
    while scene.calendar.working_days(add_days(back, 1), to) < left as usize {
        back = add_days(back, -1);
    }
    scene.away(from, back);
    scene
}

#[test]
fn a_period_is_owed_from_so_many_available_days_on() {
    for (kind, period, from, to, min) in [
        (EntryKind::Visit, "2016-W20", date(2016, 5, 16), date(2016, 5, 22), 1),
        (EntryKind::Lesson, "2016-05", date(2016, 5, 1), date(2016, 5, 31), 3),
        (EntryKind::Activity, "2016-Q2", date(2016, 4, 1), date(2016, 6, 30), 10),
        (EntryKind::Summary, "2016-H1", date(2016, 1, 1), date(2016, 6, 30), 40),
    ] {
        let enough = all_but(min, from, to).duty(kind, period);
        assert_eq!((enough.reason, enough.days.available), (DutyReason::Owed, min), "{kind:?}");
        let fewer = all_but(min - 1, from, to).duty(kind, period);
        assert_eq!((fewer.reason, fewer.days.available), (DutyReason::OnLeave, min - 1), "{kind:?}");
    }
}

#[test]
fn too_few_working_days_without_any_leave_are_no_workdays() {
    // The tenure begins in a spring festival: half of its first week, and no working day in it.
    let scene = Scene::new(date(2019, 2, 7), date(2019, 12, 31));
    assert_eq!(scene.reason(EntryKind::Visit, "2019-W06"), DutyReason::NoWorkdays);
    // Leave in a week that is free anyway changes nothing.
    let mut scene = Scene::new(date(2019, 1, 1), date(2019, 12, 31));
    scene.away(date(2019, 2, 1), date(2019, 2, 10));
    assert_eq!(scene.reason(EntryKind::Visit, "2019-W06"), DutyReason::NoWorkdays);
}

#[test]
fn a_nine_day_leave_over_a_whole_week_takes_that_week_out_by_itself() {
    let mut scene = Scene::worked();
    let before = scene.owed(EntryKind::Visit);
    scene.away(date(2016, 5, 14), date(2016, 5, 22));
    assert_eq!(scene.reason(EntryKind::Visit, "2016-W20"), DutyReason::OnLeave);
    let mut after = scene.owed(EntryKind::Visit);
    after.insert(before.iter().position(|week| week == "2016-W20").expect("a week"), "2016-W20".to_owned());
    assert_eq!(after, before, "no other week");
}

#[test]
fn a_week_with_one_or_two_days_left_is_owed_and_may_be_excused() {
    for left in [1, 2] {
        let mut scene = all_but(left, date(2016, 5, 16), date(2016, 5, 22));
        assert_eq!(scene.reason(EntryKind::Visit, "2016-W20"), DutyReason::Owed);
        scene.excuse(EntryKind::Visit, "2016-W20");
        assert_eq!(scene.reason(EntryKind::Visit, "2016-W20"), DutyReason::Excused);
    }
}

#[test]
fn an_excusal_is_of_one_duty_in_one_period() {
    let mut scene = Scene::worked();
    scene.excuse(EntryKind::Lesson, "2016-05");
    scene.excuse(EntryKind::Research, "tenure-year-1");
    assert_eq!(scene.reason(EntryKind::Lesson, "2016-05"), DutyReason::Excused);
    assert_eq!(scene.reason(EntryKind::Lesson, "2016-06"), DutyReason::Owed);
    assert_eq!(YEARLY.map(|kind| scene.owed(kind).len()), [1, 0, 1]);
}

#[test]
fn absence_on_duty_takes_days_out_though_it_counts_as_present() {
    let mut scene = Scene::worked();
    scene.away(date(2016, 5, 16), date(2016, 5, 20));
    scene.leaves[0].kind = LeaveKind::OnDuty;
    scene.leaves[0].counts_as_present = true;
    assert_eq!(scene.reason(EntryKind::Visit, "2016-W20"), DutyReason::OnLeave);
    assert!(Policy::built_in().counts_as_present(LeaveKind::OnDuty));
    assert!(!Policy::built_in().counts_as_present(LeaveKind::Sick));
}

#[test]
fn leave_that_nobody_approved_takes_no_day_out() {
    let mut scene = Scene::worked();
    scene.away(date(2016, 5, 14), date(2016, 5, 22));
    scene.leaves[0].approved_by = None;
    assert_eq!(scene.reason(EntryKind::Visit, "2016-W20"), DutyReason::Owed);
}

#[test]
fn days_in_two_leaves_are_taken_out_once() {
    let mut scene = Scene::worked();
    scene.away(date(2016, 5, 16), date(2016, 5, 18));
    scene.away(date(2016, 5, 17), date(2016, 5, 19));
    let days = scene.duty(EntryKind::Visit, "2016-W20").days;
    assert_eq!((days.working, days.available), (5, 1));
}

#[test]
fn the_yearly_three_ask_for_no_days() {
    let mut scene = Scene::worked();
    scene.away(scene.term.first, scene.term.last);
    for kind in YEARLY {
        assert_eq!(scene.owed(kind), ["tenure-year-1"]);
    }
    assert_eq!(scene.owed(EntryKind::Summary), [""; 0]);
}

#[test]
fn an_unknown_year_has_monday_to_friday_and_is_provisional_until_it_is_imported() {
    let mut scene = Scene::new(date(2016, 9, 1), date(2018, 8, 31));
    scene.calendar = Calendar::default();
    let before = scene.duty(EntryKind::Visit, "2017-W40");
    assert_eq!((before.reason, before.days.working, before.is_provisional()), (DutyReason::Owed, 5, true));
    scene.calendar = Calendar::built_in();
    let after = scene.duty(EntryKind::Visit, "2017-W40");
    assert_eq!((after.reason, after.days.working, after.is_provisional()), (DutyReason::NoWorkdays, 0, false));
}

#[test]
fn a_period_that_reaches_into_an_unknown_year_is_provisional() {
    let scene = Scene::new(date(2026, 1, 1), date(2027, 12, 31));
    for (kind, known, unknown) in [
        (EntryKind::Visit, "2026-W52", "2026-W53"),
        (EntryKind::Lesson, "2026-12", "2027-01"),
        (EntryKind::Activity, "2026-Q4", "2027-Q1"),
        (EntryKind::Summary, "2026-H2", "2027-H1"),
    ] {
        assert!(!scene.duty(kind, known).is_provisional(), "{kind:?}");
        assert!(scene.duty(kind, unknown).is_provisional(), "{kind:?}");
    }
    // The yearly three hang on no working day.
    assert!(!scene.duty(EntryKind::Deed, "tenure-year-2").is_provisional());
}

#[test]
fn a_correction_of_the_calendar_in_mid_year_recomputes() {
    let mut scene = Scene::new(date(2018, 1, 1), date(2018, 12, 31));
    assert_eq!(scene.reason(EntryKind::Visit, "2018-W40"), DutyReason::NoWorkdays);
    scene.calendar.workdays.insert(date(2018, 10, 7));
    assert_eq!(scene.reason(EntryKind::Visit, "2018-W40"), DutyReason::Owed);
    let emergency = (12..=18).map(|day| date(2018, 11, day));
    scene.calendar.holidays.extend(emergency);
    assert_eq!(scene.reason(EntryKind::Visit, "2018-W46"), DutyReason::NoWorkdays);
}

#[test]
fn short_leave_and_three_weeks_in_a_row_are_the_townships_and_more_is_the_countys() {
    let policy = Policy::built_in();
    let leave = |days: i64| {
        let (from, approved_by) = (date(2016, 5, 9), Some(PersonId(Uuid::nil())));
        Leave { kind: LeaveKind::Sick, from, to: add_days(from, days - 1), counts_as_present: false, approved_by }
    };
    assert_eq!((policy.approves(&leave(3)), policy.approves(&leave(4))), (Level::Township, Level::County));
    assert_eq!((policy.excuses(3), policy.excuses(4)), (Level::Township, Level::County));
}
