//! What counts: each kind of entry by its own rule, within its own days.
use jiff::civil::{Date, date};
use zhucun_core::clock::add_days;
use zhucun_core::duty::{
    Body, CountReason, DeedState, DutyReason, Held, Matter, Receipt, Register, Shortfall, Standing, VisitMode, Work,
};

use crate::scene::{Scene, deed, lesson, report, research, summary, visit, work};

fn unfinished(shortfall: Shortfall) -> Result<String, (CountReason, Option<Shortfall>)> {
    Err((CountReason::NotFinished, Some(shortfall)))
}

const OUTSIDE: Result<String, (CountReason, Option<Shortfall>)> = Err((CountReason::OutsideTenure, None));

fn filled(period: &str) -> Result<String, (CountReason, Option<Shortfall>)> {
    Ok(period.to_owned())
}

/// Done on one day, written down on another.
fn made(mut work: Work, on: Date) -> Work {
    work.made_on = Some(on);
    work
}

#[test]
fn a_visit_in_person_counts_and_one_by_phone_or_in_the_office_does_not() {
    let scene = Scene::worked();
    let day = date(2015, 9, 17);
    assert_eq!(scene.fills(&work(day, visit())), filled("2015-W38"));
    let remote = Matter::Visit { mode: VisitMode::Remote, register: Register::Holds };
    assert_eq!(scene.counts(&work(day, remote)), CountReason::NotInPerson);
}

#[test]
fn a_visit_to_a_household_that_is_not_in_the_register_does_not_count() {
    let scene = Scene::worked();
    let to = |register| work(date(2015, 9, 17), Matter::Visit { mode: VisitMode::InPerson, register });
    assert_eq!(scene.counts(&to(Register::Lacks)), CountReason::NotRegistered);
    assert_eq!(scene.counts(&to(Register::NotAtHand)), CountReason::Counts);
}

#[test]
fn weekends_and_holidays_count() {
    let scene = Scene::worked();
    assert_eq!(scene.fills(&work(date(2015, 9, 20), visit())), filled("2015-W38"));
    assert_eq!(scene.fills(&work(date(2015, 10, 1), visit())), filled("2015-W40"));
}

#[test]
fn a_visit_may_be_written_down_at_any_time() {
    let scene = Scene::worked();
    assert_eq!(scene.fills(&made(work(date(2015, 9, 17), visit()), date(2016, 9, 1))), filled("2015-W38"));
}

#[test]
fn a_lesson_that_the_branch_organised_counts_and_one_it_attended_does_not() {
    let scene = Scene::worked();
    let day = date(2015, 10, 20);
    assert_eq!(scene.fills(&work(day, lesson())), filled("2015-10"));
    let attended = Matter::Lesson { held: Held::Elsewhere };
    assert_eq!(scene.fills(&work(day, attended)), unfinished(Shortfall::AttendedOnly));
}

#[test]
fn lesson_and_activity_may_be_written_down_until_10_days_after_their_period() {
    let scene = Scene::worked();
    for (matter, period, day, last) in [
        (lesson(), "2015-10", date(2015, 10, 31), date(2015, 11, 10)),
        (Matter::Activity, "2015-Q4", date(2015, 10, 31), date(2016, 1, 10)),
    ] {
        assert_eq!(scene.fills(&made(work(day, matter.clone()), last)), filled(period));
        assert_eq!(scene.fills(&made(work(day, matter), add_days(last, 1))), unfinished(Shortfall::RecordedLate));
    }
}

#[test]
fn lesson_and_activity_are_held_within_their_period() {
    let scene = Scene::worked();
    assert_eq!(scene.fills(&work(date(2015, 11, 1), lesson())), filled("2015-11"));
    assert_eq!(scene.fills(&work(date(2016, 1, 1), Matter::Activity)), filled("2016-Q1"));
}

#[test]
fn a_making_whose_day_nobody_knows_is_never_too_late() {
    let scene = Scene::worked();
    for matter in [lesson(), Matter::Activity, summary("2015-H2"), deed(date(2015, 12, 20)), research(), report()] {
        let mut undated = work(date(2015, 12, 20), matter);
        undated.made_on = None;
        assert_eq!(scene.counts(&undated), CountReason::Counts, "{:?}", undated.kind());
    }
}

#[test]
fn a_summary_is_written_from_15_days_before_to_15_days_after_the_end_of_the_half() {
    let scene = Scene::worked();
    for half in ["2015-H2", ""] {
        let on = |day| scene.fills(&work(day, summary(half)));
        assert_eq!(on(date(2015, 12, 15)), unfinished(Shortfall::TooEarly), "{half}");
        assert_eq!(on(date(2015, 12, 16)), filled("2015-H2"), "{half}");
        assert_eq!(on(date(2016, 1, 15)), filled("2015-H2"), "{half}");
    }
    assert_eq!(scene.fills(&work(date(2016, 1, 16), summary("2015-H2"))), unfinished(Shortfall::TooLate));
    let late = made(work(date(2016, 1, 15), summary("2015-H2")), date(2016, 1, 16));
    assert_eq!(scene.fills(&late), unfinished(Shortfall::RecordedLate));
    // A name that is none is as if there was none.
    assert_eq!(scene.fills(&work(date(2015, 12, 16), summary("2015-H3"))), filled("2015-H2"));
}

#[test]
fn a_summary_of_a_half_outside_the_tenure_does_not_count() {
    let scene = Scene::worked();
    assert_eq!(scene.fills(&work(date(2015, 9, 17), summary("2015-H1"))), OUTSIDE);
    assert_eq!(scene.fills(&work(date(2016, 12, 20), summary("2017-H1"))), OUTSIDE);
    // The half in which the tenure ended is one that it touches, owed or not.
    assert_eq!(scene.fills(&work(date(2017, 1, 15), summary(""))), filled("2016-H2"));
    assert_eq!(scene.fills(&work(date(2017, 1, 16), summary(""))), OUTSIDE);
}

#[test]
fn a_summary_may_be_finished_after_the_tenure() {
    let scene = Scene::new(date(2015, 7, 1), date(2016, 6, 30));
    assert_eq!(scene.fills(&work(date(2016, 7, 15), summary("2016-H1"))), filled("2016-H1"));
    assert_eq!(scene.fills(&work(date(2016, 7, 16), summary("2016-H1"))), unfinished(Shortfall::TooLate));
    // Who leaves in May may write it then.
    let early = Scene::new(date(2015, 7, 1), date(2016, 5, 20));
    assert_eq!(early.fills(&work(date(2016, 5, 5), summary("2016-H1"))), filled("2016-H1"));
    assert_eq!(early.fills(&work(date(2016, 5, 4), summary("2016-H1"))), unfinished(Shortfall::TooEarly));
}

#[test]
fn a_deed_counts_once_it_is_achieved_with_a_finish_day_in_the_tenure_year() {
    let scene = Scene::new(date(2015, 9, 16), date(2017, 9, 15));
    let written = date(2016, 2, 1);
    let state = |state, finished| scene.fills(&work(written, Matter::Deed { state, finished }));
    assert_eq!(state(DeedState::Other, Some(written)), unfinished(Shortfall::NotAchieved));
    assert_eq!(state(DeedState::Achieved, None), unfinished(Shortfall::NoFinishDay));
    assert_eq!(scene.fills(&work(written, deed(date(2015, 9, 15)))), OUTSIDE);
    assert_eq!(scene.fills(&work(written, deed(date(2015, 9, 16)))), filled("tenure-year-1"));
    assert_eq!(scene.fills(&work(written, deed(date(2016, 9, 15)))), filled("tenure-year-1"));
    assert_eq!(scene.fills(&work(written, deed(date(2016, 9, 16)))), filled("tenure-year-2"));
    assert_eq!(scene.fills(&work(written, deed(date(2017, 9, 15)))), filled("tenure-year-2"));
    assert_eq!(scene.fills(&work(written, deed(date(2017, 9, 16)))), OUTSIDE);
}

#[test]
fn research_needs_a_text_of_any_length() {
    let scene = Scene::worked();
    let day = date(2016, 5, 1);
    assert_eq!(scene.fills(&work(day, Matter::Research { body: Body::Empty })), unfinished(Shortfall::NoText));
    assert_eq!(scene.fills(&work(day, research())), filled("tenure-year-1"));
}

#[test]
fn a_report_counts_when_the_township_has_received_it() {
    let scene = Scene::worked();
    let day = date(2016, 9, 10);
    assert_eq!(scene.counts(&work(day, Matter::Report { receipt: Receipt::Awaited })), CountReason::AwaitingReceipt);
    // A township that takes its time takes nothing from the author.
    assert_eq!(scene.fills(&work(day, Matter::Report { receipt: Receipt::Received })), filled("tenure-year-1"));
}

#[test]
fn the_yearly_three_may_be_finished_until_15_days_after_the_tenure_year() {
    let scene = Scene::worked();
    let last = date(2016, 9, 30);
    for matter in [research(), report()] {
        assert_eq!(scene.fills(&work(last, matter.clone())), filled("tenure-year-1"));
        assert_eq!(scene.fills(&work(add_days(last, 1), matter)), OUTSIDE);
    }
    for matter in [deed(date(2016, 9, 15)), research(), report()] {
        let done = work(date(2016, 9, 15), matter);
        assert_eq!(scene.fills(&made(done.clone(), last)), filled("tenure-year-1"));
        assert_eq!(scene.fills(&made(done, add_days(last, 1))), unfinished(Shortfall::RecordedLate));
    }
}

#[test]
fn what_is_submitted_counts_at_once_and_only_a_return_a_withdrawal_or_a_void_takes_it_out() {
    let scene = Scene::worked();
    for matter in [visit(), lesson(), Matter::Activity, summary("2015-H2"), deed(date(2015, 12, 20)), research()] {
        let stands = |standing| {
            let mut work = work(date(2015, 12, 20), matter.clone());
            work.standing = standing;
            scene.counts(&work)
        };
        assert_eq!(stands(Standing::Good), CountReason::Counts);
        assert_eq!(stands(Standing::Returned), CountReason::Returned);
        assert_eq!(stands(Standing::Withdrawn), CountReason::Withdrawn);
        assert_eq!(stands(Standing::Voided), CountReason::Voided);
    }
}

#[test]
fn what_lies_outside_the_tenure_does_not_count() {
    let scene = Scene::worked();
    for matter in [visit(), lesson(), Matter::Activity] {
        let on = |day| scene.counts(&work(day, matter.clone()));
        assert_eq!(on(date(2015, 9, 15)), CountReason::OutsideTenure);
        assert_eq!(on(date(2015, 9, 16)), CountReason::Counts);
        assert_eq!(on(date(2016, 9, 15)), CountReason::Counts);
        assert_eq!(on(date(2016, 9, 16)), CountReason::OutsideTenure);
    }
    for matter in [summary("2015-H2"), research(), report()] {
        assert_eq!(scene.counts(&work(date(2015, 9, 15), matter)), CountReason::OutsideTenure);
    }
    let mut undated = work(date(2015, 9, 16), visit());
    undated.occurred_on = None;
    assert_eq!(scene.counts(&undated), CountReason::OutsideTenure);
}

#[test]
fn the_codes_are_those_of_the_rules() {
    let codes = CountReason::ALL.map(CountReason::code);
    let listed = [
        "counts",
        "not_in_person",
        "not_registered",
        "outside_tenure",
        "returned",
        "voided",
        "awaiting_receipt",
        "not_finished",
    ];
    assert!(listed.iter().all(|code| codes.contains(code)));
    let duty = DutyReason::ALL.map(DutyReason::code);
    let listed =
        ["owed", "partial_under_half", "no_workdays", "on_leave", "excused", "under_six_months", "not_this_role"];
    assert_eq!(duty, listed);
    for (reason, code) in DutyReason::ALL.into_iter().zip(duty) {
        assert_eq!(serde_json::to_string(&reason).ok(), Some(format!("\"{code}\"")));
    }
    for (reason, code) in CountReason::ALL.into_iter().zip(codes) {
        assert_eq!(serde_json::to_string(&reason).ok(), Some(format!("\"{code}\"")));
    }
}
