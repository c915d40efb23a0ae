//! Periods: which there are, and how much of one a tenure must cover to owe it.
use jiff::civil::{Date, date};
use zhucun_core::clock::add_days;
use zhucun_core::duty::{DutyReason, PERIODS_MAX};
use zhucun_core::entry::EntryKind;
use zhucun_core::tenure::TenureRole;

use crate::scene::{Scene, YEARLY, years_from};

fn names(kind: EntryKind, first: Date, last: Date) -> Vec<(String, Date, Date)> {
    let duties = Scene::new(first, last).owing().duties(kind);
    duties.into_iter().map(|duty| (duty.period, duty.from, duty.to)).collect()
}

fn one(name: &str, from: Date, to: Date) -> (String, Date, Date) {
    (name.to_owned(), from, to)
}

/// Whether a tenure of these days owes the period that its first day lies in.
fn owes(kind: EntryKind, first: Date, last: Date) -> bool {
    let scene = Scene::new(first, last);
    let duty = scene.owing().duty_at(kind, first);
    assert!(duty.owed || duty.reason == DutyReason::PartialUnderHalf, "{duty:?}");
    duty.owed
}

/// Whether a tenure that began long before owes the period it ends in.
fn owes_at_the_end(kind: EntryKind, last: Date) -> bool {
    Scene::new(date(2014, 1, 1), last).owing().duty_at(kind, last).owed
}

#[test]
fn weeks_run_from_monday_to_sunday() {
    let found = names(EntryKind::Visit, date(2015, 9, 16), date(2015, 9, 21));
    let second = one("2015-W39", date(2015, 9, 21), date(2015, 9, 27));
    assert_eq!(found, [one("2015-W38", date(2015, 9, 14), date(2015, 9, 20)), second]);
}

#[test]
fn years_of_53_weeks_have_53() {
    for year in [2015, 2020, 2026] {
        let found = names(EntryKind::Visit, date(year, 12, 27), date(year + 1, 1, 4));
        let named: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(named, [format!("{year}-W52"), format!("{year}-W53"), format!("{}-W01", year + 1)]);
        assert_eq!(found[1].1, date(year, 12, 28));
    }
    let found = names(EntryKind::Visit, date(2016, 12, 25), date(2017, 1, 2));
    assert_eq!(found.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["2016-W51", "2016-W52", "2017-W01"]);
}

#[test]
fn months_quarters_and_halves_are_those_of_the_calendar() {
    let (first, last) = (date(2015, 9, 16), date(2016, 3, 1));
    let months = names(EntryKind::Lesson, first, last);
    assert_eq!(months[0], one("2015-09", date(2015, 9, 1), date(2015, 9, 30)));
    assert_eq!(months[5], one("2016-02", date(2016, 2, 1), date(2016, 2, 29)));
    let quarters = names(EntryKind::Activity, first, last);
    assert_eq!(quarters[0], one("2015-Q3", date(2015, 7, 1), date(2015, 9, 30)));
    assert_eq!(quarters[2], one("2016-Q1", date(2016, 1, 1), date(2016, 3, 31)));
    let halves = names(EntryKind::Summary, first, last);
    assert_eq!(halves[0], one("2015-H2", date(2015, 7, 1), date(2015, 12, 31)));
    assert_eq!(halves[1], one("2016-H1", date(2016, 1, 1), date(2016, 6, 30)));
}

#[test]
fn tenure_years_are_12_months_from_arrival() {
    for kind in YEARLY {
        let years = names(kind, date(2015, 9, 16), date(2017, 9, 15));
        let second = one("tenure-year-2", date(2016, 9, 16), date(2017, 9, 15));
        assert_eq!(years, [one("tenure-year-1", date(2015, 9, 16), date(2016, 9, 15)), second]);
    }
    // From a leap day on every year begins in the end of February, and none is lost.
    let years = names(EntryKind::Deed, date(2016, 2, 29), date(2020, 6, 30));
    let begins: Vec<Date> = years.iter().map(|(_, from, _)| *from).collect();
    let expected = [date(2016, 2, 29), date(2017, 2, 28), date(2018, 2, 28), date(2019, 2, 28), date(2020, 2, 29)];
    assert_eq!(begins, expected);
    assert_eq!(years[3].2, date(2020, 2, 28));
}

#[test]
fn the_opening_part_is_owed_from_half_of_its_days_on() {
    let end = date(2017, 12, 31);
    for (kind, half, less) in [
        (EntryKind::Visit, date(2015, 9, 17), date(2015, 9, 18)),
        (EntryKind::Lesson, date(2015, 9, 16), date(2015, 9, 17)),
        (EntryKind::Activity, date(2015, 11, 16), date(2015, 11, 17)),
        (EntryKind::Summary, date(2015, 10, 1), date(2015, 10, 2)),
    ] {
        assert!(owes(kind, half, end), "{kind:?} from {half}");
        assert!(!owes(kind, less, end), "{kind:?} from {less}");
    }
}

#[test]
fn the_closing_part_is_owed_from_more_than_half_of_its_days_on() {
    for (kind, half, more) in [
        (EntryKind::Visit, date(2015, 9, 16), date(2015, 9, 17)),
        (EntryKind::Lesson, date(2015, 9, 15), date(2015, 9, 16)),
        (EntryKind::Activity, date(2015, 11, 15), date(2015, 11, 16)),
        (EntryKind::Summary, date(2015, 9, 30), date(2015, 10, 1)),
    ] {
        assert!(!owes_at_the_end(kind, half), "{kind:?} to {half}");
        assert!(owes_at_the_end(kind, more), "{kind:?} to {more}");
    }
}

#[test]
fn a_tenure_inside_one_period_owes_it_from_half_of_its_days_on() {
    for (kind, first, half, less) in [
        (EntryKind::Visit, date(2016, 5, 9), date(2016, 5, 12), date(2016, 5, 11)),
        (EntryKind::Lesson, date(2015, 9, 5), date(2015, 9, 19), date(2015, 9, 18)),
        // Also where it begins on the first day of the period, or ends on the last.
        (EntryKind::Lesson, date(2015, 9, 1), date(2015, 9, 15), date(2015, 9, 14)),
        (EntryKind::Activity, date(2015, 10, 1), date(2015, 11, 15), date(2015, 11, 14)),
        (EntryKind::Summary, date(2015, 7, 2), date(2015, 10, 1), date(2015, 9, 30)),
    ] {
        assert!(owes(kind, first, half), "{kind:?} to {half}");
        assert!(!owes(kind, first, less), "{kind:?} to {less}");
    }
    assert!(owes(EntryKind::Lesson, date(2015, 9, 16), date(2015, 9, 30)));
    assert!(!owes(EntryKind::Lesson, date(2015, 9, 17), date(2015, 9, 30)));
}

#[test]
fn the_worked_example_is_as_it_is_written() {
    let scene = Scene::worked();
    let months = scene.owed(EntryKind::Lesson);
    assert_eq!(months.len(), 12);
    assert_eq!((months[0].as_str(), months[11].as_str()), ("2015-09", "2016-08"));
    assert_eq!(scene.reason(EntryKind::Lesson, "2016-09"), DutyReason::PartialUnderHalf);
    assert_eq!(scene.owed(EntryKind::Activity), ["2015-Q4", "2016-Q1", "2016-Q2", "2016-Q3"]);
    assert_eq!(scene.owed(EntryKind::Summary), ["2015-H2", "2016-H1"]);
    for kind in YEARLY {
        assert_eq!(scene.owed(kind), ["tenure-year-1"]);
    }
}

#[test]
fn every_one_year_tenure_owes_12_months_4_quarters_2_halves_3_a_year_and_50_to_53_weeks() {
    let mut start = date(2015, 1, 1);
    while start <= date(2025, 6, 30) {
        let scene = Scene::new(start, years_from(start, 1));
        let count = |kind| scene.owing().duties(kind).iter().filter(|duty| duty.owed).count();
        let owed = [EntryKind::Lesson, EntryKind::Activity, EntryKind::Summary].map(count);
        assert_eq!(owed, [12, 4, 2], "from {start}");
        assert_eq!(YEARLY.map(count), [1; 3], "from {start}");
        let weeks = count(EntryKind::Visit);
        assert!((50..=53).contains(&weeks), "{weeks} weeks from {start}");
        start = add_days(start, 1);
    }
}

#[test]
fn a_last_part_year_owes_the_yearly_three_from_six_months_on() {
    let arrived = date(2015, 9, 16);
    for kind in YEARLY {
        let reason = |last| Scene::new(arrived, last).reason(kind, "tenure-year-2");
        assert_eq!(reason(date(2017, 3, 14)), DutyReason::UnderSixMonths);
        assert_eq!(reason(date(2017, 3, 15)), DutyReason::Owed);
        assert_eq!(reason(date(2017, 9, 15)), DutyReason::Owed);
        assert_eq!(Scene::new(arrived, date(2016, 9, 16)).owed(kind), ["tenure-year-1"]);
    }
}

#[test]
fn a_tenure_that_ends_early_owes_its_only_year_from_six_months_on() {
    let arrived = date(2015, 8, 31);
    let reason = |last| Scene::new(arrived, last).reason(EntryKind::Report, "tenure-year-1");
    assert_eq!(reason(date(2016, 2, 27)), DutyReason::UnderSixMonths);
    assert_eq!(reason(date(2016, 2, 28)), DutyReason::Owed);
}

#[test]
fn a_tenure_that_ends_early_owes_nothing_after_its_end() {
    let mut scene = Scene::worked();
    scene.term.last = date(2016, 3, 16);
    assert_eq!(scene.owed(EntryKind::Lesson).last().map(String::as_str), Some("2016-03"));
    assert_eq!(scene.owed(EntryKind::Summary), ["2015-H2"]);
    assert_eq!(scene.owed(EntryKind::Visit).last().map(String::as_str), Some("2016-W10"));
    let last = scene.owing().duties(EntryKind::Visit).pop().expect("weeks");
    assert_eq!((last.period.as_str(), last.reason), ("2016-W11", DutyReason::PartialUnderHalf));
}

#[test]
fn a_team_member_owes_nothing() {
    let mut scene = Scene::worked();
    scene.term.role = TenureRole::TeamMember;
    for kind in EntryKind::DUTIES {
        let duties = scene.owing().duties(kind);
        assert!(duties.iter().all(|duty| !duty.owed && duty.reason == DutyReason::NotThisRole), "{kind:?}");
    }
}

#[test]
fn overlapping_tenures_owe_each_for_itself() {
    // Two secretaries in one village for a fortnight: both owe the weeks they share.
    let weeks = |scene: &Scene| scene.owed(EntryKind::Visit);
    let before = weeks(&Scene::new(date(2015, 9, 14), date(2016, 9, 18)));
    let after = weeks(&Scene::new(date(2016, 9, 5), date(2017, 9, 3)));
    let shared: Vec<&String> = before.iter().filter(|week| after.contains(week)).collect();
    assert_eq!(shared, ["2016-W36", "2016-W37"]);
}

#[test]
fn a_tenure_without_an_end_has_so_many_periods_and_no_more() {
    for (from, periods) in [(date(2015, 8, 1), PERIODS_MAX), (Date::MIN, PERIODS_MAX), (date(9999, 12, 20), 2)] {
        let scene = Scene::new(from, Date::MAX);
        assert_eq!(scene.owing().duties(EntryKind::Visit).len(), periods, "from {from}");
    }
    for kind in EntryKind::DUTIES {
        let scene = Scene::new(date(9999, 12, 20), Date::MAX);
        assert!(scene.owing().duties(kind).len() <= 2, "{kind:?}");
        assert!(Scene::new(Date::MIN, Date::MAX).owing().duties(kind).len() <= PERIODS_MAX, "{kind:?}");
    }
}
