//! Laws over tenures of any length, drawn from seeds: what holds for all of them, and for two that meet.
use jiff::civil::{Date, date};
use uuid::Uuid;
use zhucun_core::clock::add_days;
use zhucun_core::duty::{
    Body, CountReason, Credit, DeedState, DutyReason, Held, Matter, Receipt, Register, Standing, Tally, VisitMode, Work,
};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::{Dice, EntryId};

use crate::scene::{Scene, YEARLY};

const SEEDS: u64 = 60;
const BY_CALENDAR: [EntryKind; 4] = [EntryKind::Visit, EntryKind::Lesson, EntryKind::Activity, EntryKind::Summary];

fn dice(seed: u64) -> Dice {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    Dice::new(bytes)
}

fn below(dice: &mut Dice, bound: u64) -> i64 {
    i64::try_from(dice.below(bound)).unwrap_or_default()
}

fn day(dice: &mut Dice) -> Date {
    add_days(date(2014, 6, 1), below(dice, 3_600))
}

/// From a day to three years.
fn scene(dice: &mut Dice) -> Scene {
    let first = day(dice);
    let lengths = [3, 40, 200, 400, 1_100];
    let length = lengths[usize::try_from(dice.below(5)).unwrap_or_default()];
    Scene::new(first, add_days(first, below(dice, length)))
}

fn each(law: impl Fn(u64, &mut Dice)) {
    for seed in 0..SEEDS {
        law(seed, &mut dice(seed));
    }
}

#[test]
fn periods_follow_one_another_and_hold_the_whole_tenure() {
    each(|seed, dice| {
        let scene = scene(dice);
        for kind in EntryKind::DUTIES {
            let duties = scene.owing().duties(kind);
            let (first, last) = (&duties[0], &duties[duties.len() - 1]);
            assert!(first.from <= scene.term.first && scene.term.first <= first.to, "seed {seed}, {kind:?}");
            assert!(last.from <= scene.term.last && scene.term.last <= last.to, "seed {seed}, {kind:?}");
            for pair in duties.windows(2) {
                assert_eq!(add_days(pair[0].to, 1), pair[1].from, "seed {seed}, {kind:?}");
                assert_ne!(pair[0].period, pair[1].period, "seed {seed}");
            }
            for duty in &duties {
                assert_eq!(duty.owed, duty.reason == DutyReason::Owed);
                assert!(duty.days.available <= duty.days.working && !duty.is_provisional());
                assert_eq!(scene.owing().duty_at(kind, duty.to), *duty, "seed {seed}");
                let whole = scene.term.first <= duty.from && duty.to <= scene.term.last;
                let short = matches!(duty.reason, DutyReason::PartialUnderHalf | DutyReason::UnderSixMonths);
                assert!(!(whole && short), "seed {seed}: {duty:?}");
            }
        }
    });
}

#[test]
fn a_successor_on_the_next_day_leaves_each_period_to_exactly_one_of_both() {
    each(|seed, dice| {
        let handover = day(dice);
        let before = Scene::new(add_days(handover, -400), add_days(handover, -1));
        let after = Scene::new(handover, add_days(handover, 400));
        for kind in BY_CALENDAR {
            let shared = after.owing().duty_at(kind, handover);
            let closing = before.owing().duty_at(kind, add_days(handover, -1));
            if shared.period == closing.period {
                let owes = |reason| reason != DutyReason::PartialUnderHalf;
                assert!(owes(shared.reason) != owes(closing.reason), "seed {seed}, {}", shared.period);
            }
        }
    });
}

#[test]
fn who_stays_longer_owes_no_less() {
    each(|seed, dice| {
        let mut scene = scene(dice);
        let before = EntryKind::DUTIES.map(|kind| scene.owed(kind));
        scene.term.last = add_days(scene.term.last, below(dice, 60));
        for (kind, before) in EntryKind::DUTIES.into_iter().zip(before) {
            let after = scene.owed(kind);
            assert!(before.iter().all(|period| after.contains(period)), "seed {seed}, {kind:?}");
        }
    });
}

#[test]
fn leave_and_excusals_only_take_out_and_say_so() {
    each(|seed, dice| {
        let mut scene = scene(dice);
        let before = EntryKind::DUTIES.map(|kind| scene.owing().duties(kind));
        let from = add_days(scene.term.first, below(dice, 300));
        scene.away(from, add_days(from, below(dice, 60)));
        let excused = before[0][usize::try_from(dice.below(before[0].len() as u64)).unwrap_or_default()].clone();
        scene.excuse(EntryKind::Visit, &excused.period);
        for (kind, before) in EntryKind::DUTIES.into_iter().zip(before) {
            for (old, new) in before.iter().zip(scene.owing().duties(kind)) {
                let taken = matches!(new.reason, DutyReason::OnLeave | DutyReason::Excused);
                assert_eq!(old.owed, new.owed || taken, "seed {seed}: {new:?}");
                assert!(old.owed || old.reason == new.reason, "seed {seed}: {new:?}");
                assert!(!(taken && YEARLY.contains(&kind)), "seed {seed}");
            }
        }
    });
}

fn any_work(dice: &mut Dice, scene: &Scene, number: u64) -> Work {
    let around = |dice: &mut Dice| add_days(scene.term.first, below(dice, 1_200) - 40);
    let coin = |dice: &mut Dice| dice.below(2) == 0;
    let matter = match dice.below(7) {
        0 => {
            let mode = if coin(dice) { VisitMode::InPerson } else { VisitMode::Remote };
            Matter::Visit { mode, register: Register::NotAtHand }
        }
        1 => Matter::Lesson { held: if coin(dice) { Held::InBranch } else { Held::Elsewhere } },
        2 => Matter::Activity,
        3 => {
            let name = format!("{}-H{}", scene.term.first.year() + 1, dice.below(4));
            Matter::Summary { half: coin(dice).then_some(name) }
        }
        4 => {
            let state = if coin(dice) { DeedState::Achieved } else { DeedState::Other };
            Matter::Deed { state, finished: coin(dice).then(|| around(dice)) }
        }
        5 => Matter::Research { body: if coin(dice) { Body::Written } else { Body::Empty } },
        _ => Matter::Report { receipt: if coin(dice) { Receipt::Received } else { Receipt::Awaited } },
    };
    let standing = [Standing::Good, Standing::Good, Standing::Returned, Standing::Voided]
        [usize::try_from(dice.below(4)).unwrap_or_default()];
    let occurred = around(dice);
    let made_on = coin(dice).then(|| add_days(occurred, below(dice, 40)));
    Work { entry: EntryId(Uuid::from_u128(number.into())), occurred_on: Some(occurred), made_on, standing, matter }
}

#[test]
fn every_entry_stands_in_one_place_and_what_is_done_is_owed() {
    each(|seed, dice| {
        let scene = scene(dice);
        let works: Vec<Work> = (0..60).map(|number| any_work(dice, &scene, number)).collect();
        for kind in EntryKind::DUTIES {
            let today = day(dice);
            let reckoning = scene.owing().reckon(kind, &works, today);
            let listed = reckoning.accounts.iter().flat_map(|account| &account.entries).chain(&reckoning.astray);
            let mut places: Vec<EntryId> = listed.map(|credit| credit.entry).collect();
            places.sort();
            let mut expected: Vec<EntryId> =
                works.iter().filter(|work| work.kind() == kind).map(|work| work.entry).collect();
            expected.sort();
            assert_eq!(places, expected, "seed {seed}, {kind:?}");
            assert!(reckoning.tally.done <= reckoning.tally.owed, "seed {seed}, {kind:?}");
            assert!(
                reckoning.astray.iter().all(|credit| credit.reason != CountReason::Counts),
                "seed {seed}, {kind:?}"
            );
            let mut shuffled = works.clone();
            shuffled.reverse();
            assert_eq!(scene.owing().reckon(kind, &shuffled, today), reckoning, "seed {seed}: the order of entries");
        }
    });
}

#[test]
fn a_course_tells_the_figures_of_every_day_as_its_duties_one_by_one_do() {
    each(|seed, dice| {
        let scene = scene(dice);
        let works: Vec<Work> = (0..60).map(|number| any_work(dice, &scene, number)).collect();
        for kind in EntryKind::DUTIES {
            let course = scene.owing().reckon(kind, &works, day(dice)).course();
            let (today, days) = (day(dice), (day(dice), day(dice)));
            let (mut all, mut ending) = (Tally::default(), Tally::default());
            for account in scene.owing().reckon(kind, &works, today).accounts {
                let duty = &account.duty;
                let (done, excused) = (account.entries.iter().any(Credit::counts), duty.reason.takes_out());
                let owed = duty.owed && (done || duty.window.ends() < today);
                if duty.from > today || !(owed || excused) {
                    continue;
                }
                let one = Tally { done: u32::from(done && owed), owed: owed.into(), excused: excused.into() };
                all += one;
                if (days.0..=days.1).contains(&duty.to.min(scene.term.last)) {
                    ending += one;
                }
            }
            assert_eq!(course.tally(today), all, "seed {seed}, {kind:?}, {today}");
            assert_eq!(course.tally_ending(days, scene.term.last, today), ending, "seed {seed}, {kind:?}, {today}");
        }
    });
}
