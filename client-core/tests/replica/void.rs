//! What is taken back: an author withdraws before a review, either side voids after one, each side restores its own for
//! thirty days; whatever crosses, both sides see the same and nothing is lost.
use jiff::civil::{Date, date};
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::contract::{
    Command, EntryAction, EntryState, EntryView, EventKind, HouseholdDetail, Outcome, Query, Refusal, View, YearView,
};
use zhucun_core::duty::CountReason;
use zhucun_core::entry::EntryKind;
use zhucun_core::id::EntryId;
use zhucun_core::review::{COMMENT_CHARS_MAX, RESTORE_DAYS, ReturnReason, VoidReason};

use crate::device::Device;
use crate::hub::Hub;
use crate::scene::{Scene, device, done, record, refused, sees};
use crate::town::{Who, devices, fields, village};

/// The first of March 2016 is the day of these tests.
const LAST_DAY: Date = date(2016, 3, 31);

fn noon(day: Date) -> Moment {
    Moment::start_of(day).plus_ms(12 * 3_600_000)
}

fn void(entry: EntryId) -> Command {
    Command::Void { entry, reason: VoidReason::NotHeld, text: "改期了".to_owned() }
}

fn restore(entry: EntryId) -> Command {
    Command::Restore { entry }
}

fn amend(entry: EntryId) -> Command {
    Command::Amend { entry, fields: fields(&[("main_points", "改过的要点")]) }
}

fn may(device: &Device, entry: EntryId) -> Vec<EntryAction> {
    sees(device, entry).may
}

/// What of an entry's events took it back, and by whom.
fn taken_back(view: &EntryView) -> Vec<(&EventKind, &str)> {
    let took = |kind: &EventKind| matches!(kind, EventKind::Withdrawn { .. } | EventKind::Voided { .. });
    view.events.iter().filter(|event| event.current && took(&event.kind)).map(|one| (&one.kind, &*one.by)).collect()
}

#[test]
fn an_author_voids_what_was_reviewed_with_a_reason_and_it_stays_to_be_read_and_counts_no_more() {
    for reviewed in ["confirmed", "returned", "answered", "amended"] {
        let mut scene = Scene::submitted();
        let (entry, version) = (scene.lesson, sees(&scene.reviewer, scene.lesson).version);
        if ["confirmed", "amended"].contains(&reviewed) {
            done(&mut scene.reviewer, Command::Confirm { entry, version, opinion: String::new() });
        } else {
            let (reason, comment, comments) = (ReturnReason::TooBrief, String::new(), Default::default());
            done(&mut scene.reviewer, Command::Return { entry, version, reason, comment, comments });
        }
        scene.meet();
        if ["answered", "amended"].contains(&reviewed) {
            done(&mut scene.secretary, amend(scene.lesson));
            scene.meet();
        }
        assert_eq!(scene.state().code(), reviewed);
        let (entry, text) = (scene.lesson, String::new());
        refused(&mut scene.secretary, Command::Withdraw { entry, text }, Refusal::AlreadyReviewed);
        assert!(may(&scene.secretary, scene.lesson).contains(&EntryAction::Void), "{reviewed}");
        done(&mut scene.secretary, void(scene.lesson));
        scene.meet();
        assert_eq!(scene.state(), EntryState::Voided);
        let view = sees(&scene.reviewer, scene.lesson);
        assert_eq!(view.counts, CountReason::Voided);
        assert_eq!(view.fields["topic"].value, "两学一做".into());
        let why = EventKind::Voided { reason: Some(VoidReason::NotHeld), text: "改期了".to_owned() };
        assert_eq!(taken_back(&view), [(&why, "王磊")]);
        assert_eq!(view.may, [], "it is the author's to restore");
        assert_eq!(may(&scene.secretary, scene.lesson), [EntryAction::Restore]);
        for command in [void(scene.lesson), amend(scene.lesson)] {
            refused(&mut scene.secretary, command, Refusal::Voided);
        }
        let version = view.version;
        refused(
            &mut scene.reviewer,
            Command::Confirm { entry: scene.lesson, version, opinion: String::new() },
            Refusal::Voided,
        );
        done(&mut scene.secretary, restore(scene.lesson));
        scene.meet();
        assert_eq!(scene.state().code(), reviewed, "it stands where it stood");
    }
}

#[test]
fn the_township_voids_what_it_has_reviewed_and_restores_it_and_the_author_does_not() {
    let mut scene = Scene::confirmed();
    assert!(may(&scene.reviewer, scene.lesson).contains(&EntryAction::Void));
    done(&mut scene.reviewer, void(scene.lesson));
    scene.meet();
    assert_eq!(scene.state(), EntryState::Voided);
    assert_eq!(may(&scene.secretary, scene.lesson), []);
    assert_eq!(sees(&scene.secretary, scene.lesson).restorable_until, None);
    refused(&mut scene.secretary, restore(scene.lesson), Refusal::NotAllowed);
    // Another reviewer of the township speaks for it as well.
    let mut deputy = device(Who::Deputy);
    deputy.sync(&mut scene.hub);
    assert_eq!(sees(&deputy, scene.lesson).restorable_until, Some(LAST_DAY));
    done(&mut deputy, restore(scene.lesson));
    deputy.sync(&mut scene.hub);
    scene.meet();
    assert_eq!(scene.state(), EntryState::Confirmed);
    let events = sees(&scene.secretary, scene.lesson).events;
    let restored = events.iter().find(|event| event.kind == EventKind::Restored);
    assert_eq!(restored.map(|event| &*event.by), Some("孙梅"));
}

#[test]
fn nobody_else_voids_or_restores() {
    let mut scene = Scene::confirmed();
    let mut member = device(Who::Member);
    member.sync(&mut scene.hub);
    assert_eq!(may(&member, scene.lesson), []);
    refused(&mut member, void(scene.lesson), Refusal::NotAllowed);
    done(&mut scene.secretary, void(scene.lesson));
    scene.meet();
    member.sync(&mut scene.hub);
    for device in [&mut member, &mut scene.reviewer] {
        assert_eq!(may(device, scene.lesson), []);
        refused(device, Command::Restore { entry: scene.lesson }, Refusal::NotAllowed);
    }
}

#[test]
fn what_nobody_has_reviewed_is_withdrawn_and_not_voided() {
    let mut scene = Scene::submitted();
    for device in [&scene.secretary, &scene.reviewer] {
        assert!(!may(device, scene.lesson).contains(&EntryAction::Void));
    }
    let command = void(scene.lesson);
    refused(&mut scene.secretary, command.clone(), Refusal::NotReviewed);
    refused(&mut scene.reviewer, command, Refusal::NotReviewed);
}

#[test]
fn the_reason_other_is_voided_with_words_and_words_have_a_limit() {
    let mut scene = Scene::confirmed();
    let entry = scene.lesson;
    let void = |reason, chars| Command::Void { entry, reason, text: "字".repeat(chars) };
    refused(&mut scene.secretary, void(VoidReason::Other, 0), Refusal::CommentMissing);
    refused(&mut scene.secretary, void(VoidReason::Duplicate, COMMENT_CHARS_MAX + 1), Refusal::TextTooLong);
    done(&mut scene.secretary, void(VoidReason::Other, COMMENT_CHARS_MAX));
    done(&mut scene.secretary, restore(scene.lesson));
    done(&mut scene.secretary, Command::Void { entry: scene.lesson, reason: VoidReason::Duplicate, text: "".into() });
}

#[test]
fn what_was_taken_back_is_restored_until_the_thirtieth_day_and_not_after() {
    for reviewed in [false, true] {
        let mut scene = if reviewed { Scene::confirmed() } else { Scene::submitted() };
        let (entry, was) = (scene.lesson, scene.state());
        let take = if reviewed { void(scene.lesson) } else { Command::Withdraw { entry, text: String::new() } };
        done(&mut scene.secretary, take);
        let view = sees(&scene.secretary, entry);
        assert!(view.summary.state.is_taken_back());
        assert_eq!((&view.may[..], view.restorable_until), (&[EntryAction::Restore][..], Some(LAST_DAY)));
        scene.secretary.now = noon(add_days(LAST_DAY, 1));
        let view = sees(&scene.secretary, entry);
        assert_eq!((view.may, view.restorable_until), (vec![], None));
        refused(&mut scene.secretary, restore(scene.lesson), Refusal::RestoreTooLate);
        scene.secretary.now = noon(LAST_DAY);
        assert_eq!(may(&scene.secretary, entry), [EntryAction::Restore]);
        done(&mut scene.secretary, restore(scene.lesson));
        scene.meet();
        assert_eq!(scene.state(), was);
        let all = sees(&scene.secretary, entry).events;
        assert!(all.iter().any(|event| event.kind == EventKind::Restored), "all that was said is told: {all:?}");
    }
    assert_eq!(add_days(date(2016, 3, 1), RESTORE_DAYS), LAST_DAY);
}

#[test]
fn the_days_are_counted_by_the_later_of_the_device_clock_and_the_last_server_time() {
    let mut scene = Scene::confirmed();
    // A phone that starts in 1970 voids on the day it last heard of.
    scene.secretary.now = Moment(0);
    done(&mut scene.secretary, void(scene.lesson));
    assert_eq!(sees(&scene.secretary, scene.lesson).restorable_until, Some(LAST_DAY));
    // The server's time runs on while the phone's own stands still.
    scene.secretary.now = noon(add_days(LAST_DAY, 1));
    scene.secretary.sync(&mut scene.hub);
    scene.secretary.now = Moment(0);
    assert_eq!(may(&scene.secretary, scene.lesson), []);
    refused(&mut scene.secretary, restore(scene.lesson), Refusal::RestoreTooLate);
}

#[test]
fn a_restoration_in_time_that_is_delivered_late_or_said_again_holds() {
    let mut scene = Scene::confirmed();
    done(&mut scene.secretary, void(scene.lesson));
    scene.meet();
    scene.secretary.now = noon(LAST_DAY);
    done(&mut scene.secretary, restore(scene.lesson));
    // It leaves days later, and is refused once on the way.
    scene.secretary.now = noon(add_days(LAST_DAY, 9));
    scene.hub.whims = 1;
    scene.meet();
    assert_eq!(scene.state(), EntryState::Confirmed);
    let View::Sync(sync) = scene.secretary.sees(&Query::Sync) else { unreachable!("a device that is open") };
    assert_eq!((sync.waiting, sync.dead_letters), (0, 0));
}

#[test]
fn what_crosses_a_void_is_kept_also_where_it_is_said_again_after_a_refusal() {
    for turn in 0..3 {
        let mut scene = Scene::confirmed();
        let (entry, version) = (scene.lesson, sees(&scene.reviewer, scene.lesson).version);
        let (reason, comment, comments) = (ReturnReason::TooBrief, "写细".to_owned(), Default::default());
        let (first, crossing) = match turn {
            0 => (void(entry), Command::Return { entry, version, reason, comment, comments }),
            1 => (void(entry), Command::Void { entry, reason: VoidReason::Duplicate, text: "重了".to_owned() }),
            _ => (void(entry), amend(entry)),
        };
        let (voider, other) = match turn {
            2 => (&mut scene.reviewer, &mut scene.secretary),
            _ => (&mut scene.secretary, &mut scene.reviewer),
        };
        done(voider, first);
        voider.sync(&mut scene.hub);
        done(other, crossing);
        scene.hub.whims = 1;
        scene.meet();
        assert_eq!(scene.state(), EntryState::Voided);
        for device in [&scene.secretary, &scene.reviewer] {
            let View::Sync(sync) = device.sees(&Query::Sync) else { unreachable!("a device that is open") };
            assert_eq!((sync.waiting, sync.dead_letters), (0, 0), "{turn}");
            let shown = format!("{:?}", sees(device, entry));
            assert!(shown.contains(["写细", "重了", "改过的要点"][turn]), "{turn}: {shown}");
        }
    }
}

#[test]
fn restoring_what_stands_does_nothing() {
    let mut scene = Scene::confirmed();
    let fed = scene.hub.feed.len();
    done(&mut scene.secretary, restore(scene.lesson));
    scene.meet();
    assert_eq!((scene.state(), scene.hub.feed.len()), (EntryState::Confirmed, fed));
}

#[test]
fn a_void_and_an_amendment_that_cross_leave_the_void_and_keep_the_amendment() {
    let mut scene = Scene::confirmed();
    done(&mut scene.reviewer, void(scene.lesson));
    done(&mut scene.secretary, amend(scene.lesson));
    scene.meet();
    assert_eq!(scene.state(), EntryState::Voided);
    assert_eq!(sees(&scene.reviewer, scene.lesson).fields["main_points"].value, "改过的要点".into());
    done(&mut scene.reviewer, restore(scene.lesson));
    scene.meet();
    assert_eq!(scene.state(), EntryState::Amended);
}

#[test]
fn a_void_and_a_review_that_cross_leave_the_void_and_show_the_review() {
    for confirms in [true, false] {
        let mut scene = Scene::confirmed();
        done(&mut scene.secretary, amend(scene.lesson));
        scene.meet();
        let (entry, version) = (scene.lesson, sees(&scene.reviewer, scene.lesson).version);
        let (reason, comment, comments) = (ReturnReason::TooBrief, "写细".to_owned(), Default::default());
        let review = match confirms {
            true => Command::Confirm { entry, version, opinion: String::new() },
            false => Command::Return { entry, version, reason, comment, comments },
        };
        done(&mut scene.secretary, void(scene.lesson));
        done(&mut scene.reviewer, review);
        scene.meet();
        assert_eq!(scene.state(), EntryState::Voided);
        done(&mut scene.secretary, restore(scene.lesson));
        scene.meet();
        assert_eq!(scene.state(), if confirms { EntryState::Confirmed } else { EntryState::Returned });
    }
}

#[test]
fn voids_of_both_sides_that_cross_are_both_shown_and_each_side_restores_its_own() {
    for author_first in [true, false] {
        let mut scene = Scene::confirmed();
        done(&mut scene.secretary, void(scene.lesson));
        done(
            &mut scene.reviewer,
            Command::Void { entry: scene.lesson, reason: VoidReason::Duplicate, text: "".into() },
        );
        scene.meet();
        assert_eq!(taken_back(&sees(&scene.secretary, scene.lesson)).len(), 2);
        for device in [&scene.secretary, &scene.reviewer] {
            assert_eq!(may(device, scene.lesson), [EntryAction::Restore]);
        }
        let command = restore(scene.lesson);
        done(if author_first { &mut scene.secretary } else { &mut scene.reviewer }, command.clone());
        scene.meet();
        assert_eq!(scene.state(), EntryState::Voided, "the other void stands");
        let left = sees(&scene.secretary, scene.lesson);
        assert_eq!(
            taken_back(&left).iter().map(|(_, by)| *by).collect::<Vec<_>>(),
            [match author_first {
                true => "赵强",
                false => "王磊",
            }]
        );
        done(if author_first { &mut scene.reviewer } else { &mut scene.secretary }, command);
        scene.meet();
        assert_eq!(scene.state(), EntryState::Confirmed);
    }
}

#[test]
fn two_devices_of_one_author_that_void_at_once_are_restored_by_one_tap() {
    let mut scene = Scene::confirmed();
    let (id, who) = devices().into_iter().filter(|(_, who)| *who == Who::Secretary).nth(1).expect("a second phone");
    let mut second = Device::new(id, who);
    second.sync(&mut scene.hub);
    done(&mut scene.secretary, void(scene.lesson));
    second.now = second.now.plus_ms(2 * 86_400_000);
    done(&mut second, void(scene.lesson));
    second.sync(&mut scene.hub);
    scene.meet();
    let view = sees(&scene.secretary, scene.lesson);
    assert_eq!((taken_back(&view).len(), view.restorable_until), (2, Some(add_days(LAST_DAY, 2))), "by the later one");
    done(&mut scene.secretary, restore(scene.lesson));
    scene.meet();
    assert_eq!(scene.state(), EntryState::Confirmed);
}

#[test]
fn a_void_that_crosses_a_restoration_of_another_stands() {
    let mut scene = Scene::confirmed();
    done(&mut scene.secretary, void(scene.lesson));
    done(&mut scene.reviewer, void(scene.lesson));
    // The author thinks again before the two have heard of each other.
    done(&mut scene.secretary, restore(scene.lesson));
    scene.meet();
    assert_eq!(scene.state(), EntryState::Voided);
    assert_eq!(
        taken_back(&sees(&scene.secretary, scene.lesson)).iter().map(|(_, by)| *by).collect::<Vec<_>>(),
        ["赵强"]
    );
}

#[test]
fn a_second_void_that_crosses_the_restoration_of_the_first_stands_and_a_second_restoration_changes_nothing() {
    let mut scene = Scene::confirmed();
    let (id, who) = devices().into_iter().filter(|(_, who)| *who == Who::Secretary).nth(1).expect("a second phone");
    let mut second = Device::new(id, who);
    done(&mut scene.secretary, void(scene.lesson));
    scene.meet();
    second.sync(&mut scene.hub);
    // Both restore; one of them then voids again.
    done(&mut scene.secretary, restore(scene.lesson));
    done(&mut second, restore(scene.lesson));
    done(&mut second, void(scene.lesson));
    second.sync(&mut scene.hub);
    scene.meet();
    assert_eq!(scene.state(), EntryState::Voided);
    done(&mut scene.secretary, restore(scene.lesson));
    scene.meet();
    assert_eq!(scene.state(), EntryState::Confirmed);
}

#[test]
fn a_withdrawal_restored_waits_for_review_again_and_may_be_withdrawn_again() {
    let mut scene = Scene::submitted();
    let (entry, text) = (scene.lesson, "点错了".to_owned());
    done(&mut scene.secretary, Command::Withdraw { entry, text: text.clone() });
    scene.meet();
    assert_eq!((scene.state(), may(&scene.reviewer, entry)), (EntryState::Withdrawn, vec![]));
    done(&mut scene.secretary, restore(scene.lesson));
    scene.meet();
    assert_eq!(scene.state(), EntryState::Submitted);
    let View::Queue(queue) = scene.reviewer.sees(&Query::Queue) else { panic!("a queue") };
    assert_eq!(queue.villages[0].awaiting.len(), 1);
    done(&mut scene.secretary, Command::Withdraw { entry, text });
    scene.meet();
    assert_eq!(scene.state(), EntryState::Withdrawn);
}

#[test]
fn a_review_that_crosses_a_withdrawal_stands_and_there_is_nothing_to_restore() {
    let mut scene = Scene::submitted();
    let (entry, version) = (scene.lesson, sees(&scene.reviewer, scene.lesson).version);
    done(&mut scene.secretary, Command::Withdraw { entry, text: String::new() });
    done(&mut scene.reviewer, Command::Confirm { entry, version, opinion: String::new() });
    scene.meet();
    assert_eq!(scene.state(), EntryState::Confirmed);
    let view = sees(&scene.secretary, entry);
    assert_eq!((taken_back(&view), view.restorable_until), (vec![], None));
    assert!(
        view.events.iter().any(|event| matches!(event.kind, EventKind::Withdrawn { .. })),
        "it is told all the same"
    );
    assert!(view.may.contains(&EntryAction::Void));
}

/// A void before everything else that asks for entries.
#[test]
fn what_is_voided_counts_in_no_duty_no_facts_no_timeline_and_no_likeness() {
    let mut hub = Hub::default();
    let mut secretary = device(Who::Secretary);
    secretary.sync(&mut hub);
    let added = secretary.does(Command::AddHousehold { village: village(), fields: fields(&[("head", "贺满仓")]) });
    let Some(Outcome::Done { household: Some(household), .. }) = added else { panic!("it is added: {added:?}") };
    let told = "到贺满仓家看望，商量养羊和危房改造的事，约定下周带技术员再来一次。";
    let (home, day) = (household.to_string(), ("occurred_on", "2016-02-29"));
    let visit = record(&mut secretary, &[day, ("households", &home), ("mode", "home"), ("narrative", told)]);
    secretary.sync(&mut hub);
    let mut reviewer = device(Who::Reviewer);
    reviewer.sync(&mut hub);
    let version = sees(&reviewer, visit).version;
    done(&mut reviewer, Command::Confirm { entry: visit, version, opinion: String::new() });
    reviewer.sync(&mut hub);
    secretary.sync(&mut hub);

    let copy = fields(&[day, ("households", &home), ("mode", "home"), ("narrative", told)]);
    let saved = secretary.does(Command::SaveDraft { entry: None, kind: EntryKind::Visit, fields: copy, seen: None });
    let Some(Outcome::Done { entry: Some(draft), .. }) = saved else { panic!("a draft is saved: {saved:?}") };
    let everywhere = |device: &Device| {
        let View::Year(year) = device.sees(&Query::Year { tenure: None }) else { panic!("a year") };
        let asked = Query::Facts { kind: EntryKind::Summary, fields: fields(&[("half", "2016-H1")]) };
        let View::Facts(facts) = device.sees(&asked) else { panic!("facts") };
        let View::Household(HouseholdDetail { household: seen, timeline, .. }) =
            device.sees(&Query::Household { village: village(), household })
        else {
            panic!("the household")
        };
        let View::Alike { entry: alike } = device.sees(&Query::Alike { entry: draft }) else { panic!("an answer") };
        let View::Home(due) = device.sees(&Query::Home) else { panic!("a home") };
        let visits = due.duties.iter().filter(|duty| duty.duty.kind == EntryKind::Visit).map(|duty| duty.tally.done);
        let of_visit = (reason_of(&year, visit), year.rows[0].tally.done, visits.max());
        (of_visit, facts.entries.get("visit").copied(), seen.visited_on, timeline.len(), alike.map(|one| one.id))
    };
    let counted = everywhere(&secretary);
    let (seen, nothing) = (Some(date(2016, 2, 29)), None);
    assert_eq!(counted, ((Some(CountReason::Counts), 1, Some(1)), Some(1), seen, 2, Some(visit)));
    done(&mut secretary, Command::Void { entry: visit, reason: VoidReason::Duplicate, text: String::new() });
    assert_eq!(everywhere(&secretary), ((Some(CountReason::Voided), 0, Some(0)), nothing, None, 1, None));
    done(&mut secretary, Command::Restore { entry: visit });
    assert_eq!(everywhere(&secretary), counted);
}

fn reason_of(year: &YearView, entry: EntryId) -> Option<CountReason> {
    let cells = year.rows[0].cells.iter().flat_map(|cell| &cell.entries).chain(&year.rows[0].astray);
    let mut of_entry = cells.filter(|credit| credit.entry.id == entry);
    of_entry.next().map(|credit| credit.reason)
}
