//! A slip of a reviewer's thumb: their own confirmation or return is undone as long as the author has not answered it, and
//! whatever crosses that stands as it was said.
use zhucun_core::contract::{Command, EntryState, EventKind, Outcome, Query, Refusal, View};
use zhucun_core::duty::CountReason;
use zhucun_core::entry::EntryKind;
use zhucun_core::id::{EntryId, EventId};
use zhucun_core::review::{COMMENT_CHARS_MAX, ReturnReason};

use crate::device::Device;
use crate::scene::{Scene, device, done, record, refused, sees};
use crate::town::{Who, fields, village};

fn confirm(device: &mut Device, entry: EntryId) {
    let version = sees(device, entry).version;
    done(device, Command::Confirm { entry, version, opinion: String::new() });
}

fn give_back(device: &mut Device, entry: EntryId) {
    let (version, comments) = (sees(device, entry).version, Default::default());
    let (reason, comment) = (ReturnReason::TooBrief, "再写几句".to_owned());
    done(device, Command::Return { entry, version, reason, comment, comments });
}

fn undo(device: &Device, entry: EntryId) -> Command {
    Command::UndoReview { entry, event: sees(device, entry).undoable.expect("there is something to undo") }
}

/// The last review of an entry, whoever may undo it.
fn last_review(device: &Device, entry: EntryId) -> EventId {
    let view = sees(device, entry);
    let is_review = |kind: &EventKind| matches!(kind, EventKind::Confirmed { .. } | EventKind::Returned { .. });
    view.events.iter().rev().find(|event| is_review(&event.kind)).and_then(|event| event.id).expect("it was reviewed")
}

#[test]
fn a_review_that_was_undone_is_as_if_it_had_not_been_and_stays_in_the_history() {
    for review in [confirm, give_back] {
        let mut scene = Scene::submitted();
        let entry = scene.lesson;
        review(&mut scene.reviewer, entry);
        scene.meet();
        assert_ne!(scene.state(), EntryState::Submitted);
        let command = undo(&scene.reviewer, entry);
        done(&mut scene.reviewer, command);
        scene.meet();
        assert_eq!(scene.state(), EntryState::Submitted);
        let view = sees(&scene.secretary, entry);
        let said: Vec<(&EventKind, bool)> = view.events.iter().map(|event| (&event.kind, event.current)).collect();
        let is_review = |kind: &EventKind| matches!(kind, EventKind::Confirmed { .. } | EventKind::Returned { .. });
        assert!(said.iter().any(|(kind, current)| is_review(kind) && !current));
        assert!(said.contains(&(&EventKind::Undone, true)));
        assert_eq!(view.fields["topic"].comment, None);
        assert_eq!(sees(&scene.reviewer, entry).undoable, None);

        // It is reviewed like any other, and that may be undone as well.
        confirm(&mut scene.reviewer, entry);
        scene.meet();
        assert_eq!(scene.state(), EntryState::Confirmed);
        let command = undo(&scene.reviewer, entry);
        done(&mut scene.reviewer, command);
        scene.meet();
        assert_eq!(scene.state(), EntryState::Submitted);
    }
}

#[test]
fn what_its_author_has_answered_and_what_another_reviewer_said_is_not_undone() {
    let mut scene = Scene::submitted();
    let entry = scene.lesson;
    let mut deputy = device(Who::Deputy);
    give_back(&mut scene.reviewer, entry);
    scene.meet();
    deputy.sync(&mut scene.hub);
    let event = last_review(&deputy, entry);
    assert_eq!(sees(&deputy, entry).undoable, None);
    refused(&mut deputy, Command::UndoReview { entry, event }, Refusal::NotAllowed);
    refused(&mut scene.secretary, Command::UndoReview { entry, event }, Refusal::NotAllowed);
    done(&mut scene.secretary, Command::Answer { entry, event, text: "补上了".to_owned() });
    scene.meet();
    assert_eq!((scene.state(), sees(&scene.reviewer, entry).undoable), (EntryState::Answered, None));
    refused(&mut scene.reviewer, Command::UndoReview { entry, event }, Refusal::NotAllowed);
    let none = EventId(uuid::Uuid::from_u128(7));
    refused(&mut scene.reviewer, Command::UndoReview { entry, event: none }, Refusal::NotFound);
}

#[test]
fn a_review_of_an_earlier_version_is_not_undone() {
    let mut scene = Scene::confirmed();
    let entry = scene.lesson;
    let event = last_review(&scene.reviewer, entry);
    done(&mut scene.secretary, Command::Amend { entry, fields: fields(&[("main_points", "改过的要点")]) });
    scene.meet();
    assert_eq!((scene.state(), sees(&scene.reviewer, entry).undoable), (EntryState::Amended, None));
    refused(&mut scene.reviewer, Command::UndoReview { entry, event }, Refusal::NotAllowed);
}

#[test]
fn what_crosses_the_undoing_of_a_review_stands_as_it_was_said() {
    // Another reviewer's confirmation.
    let mut scene = Scene::confirmed();
    let entry = scene.lesson;
    let mut deputy = device(Who::Deputy);
    deputy.sync(&mut scene.hub);
    give_back(&mut deputy, entry);
    let command = undo(&scene.reviewer, entry);
    done(&mut scene.reviewer, command);
    deputy.sync(&mut scene.hub);
    scene.meet();
    assert_eq!(scene.state(), EntryState::Returned);

    // An answer.
    let mut scene = Scene::submitted();
    let entry = scene.lesson;
    give_back(&mut scene.reviewer, entry);
    scene.meet();
    let event = last_review(&scene.secretary, entry);
    done(&mut scene.secretary, Command::Answer { entry, event, text: "补上了".to_owned() });
    let command = undo(&scene.reviewer, entry);
    done(&mut scene.reviewer, command);
    scene.meet();
    assert_eq!(scene.state(), EntryState::Submitted);
    let view = sees(&scene.reviewer, entry);
    assert!(view.events.iter().any(|event| matches!(event.kind, EventKind::Answered { .. })), "it is there to be read");

    // A withdrawal, which had yielded to the review.
    let mut scene = Scene::submitted();
    let entry = scene.lesson;
    confirm(&mut scene.reviewer, entry);
    done(&mut scene.secretary, Command::Withdraw { entry, text: String::new() });
    scene.meet();
    assert_eq!(scene.state(), EntryState::Confirmed);
    let command = undo(&scene.reviewer, entry);
    done(&mut scene.reviewer, command);
    scene.meet();
    assert_eq!(scene.state(), EntryState::Withdrawn);
}

const DAY_MS: i64 = 86_400_000;

/// What awaits this reviewer: the number on the first screen, and the queue.
fn awaiting(device: &Device) -> (u32, usize) {
    let View::Home(home) = device.sees(&Query::Home) else { panic!("a first screen") };
    let View::Queue(queue) = device.sees(&Query::Queue) else { panic!("a queue") };
    (home.awaiting_review, queue.villages.iter().map(|village| village.awaiting.len()).sum())
}

#[test]
fn what_nobody_reviewed_for_fifteen_days_is_deemed_read_and_may_be_reviewed_still() {
    let mut scene = Scene::submitted();
    let entry = scene.lesson;
    let received = sees(&scene.reviewer, entry).received_at.expect("the server has it");
    scene.reviewer.now = received.plus_ms(15 * DAY_MS - 1);
    assert_eq!(sees(&scene.reviewer, entry).summary.state, EntryState::Submitted);
    assert_eq!(awaiting(&scene.reviewer), (1, 1));
    scene.reviewer.now = received.plus_ms(15 * DAY_MS);
    let view = sees(&scene.reviewer, entry);
    assert_eq!((view.summary.state, view.counts), (EntryState::DeemedRead, CountReason::Counts));
    assert_eq!(awaiting(&scene.reviewer), (0, 0));

    give_back(&mut scene.reviewer, entry);
    scene.meet();
    let event = last_review(&scene.secretary, entry);
    scene.secretary.now = received.plus_ms(20 * DAY_MS);
    done(&mut scene.secretary, Command::Answer { entry, event, text: "补上了".to_owned() });
    scene.meet();
    // The days begin anew with what its author said.
    let answered = scene.secretary.now;
    for (days, state) in [(14, EntryState::Answered), (16, EntryState::DeemedRead)] {
        scene.reviewer.now = answered.plus_ms(days * DAY_MS);
        assert_eq!(sees(&scene.reviewer, entry).summary.state, state, "{days} days");
    }
    confirm(&mut scene.reviewer, entry);
    assert_eq!(sees(&scene.reviewer, entry).summary.state, EntryState::Confirmed);
}

#[test]
fn what_is_not_on_the_server_is_deemed_nothing() {
    let mut secretary = device(Who::Secretary);
    secretary.sync(&mut crate::hub::Hub::default());
    let entry = record(&mut secretary, &[("occurred_on", "2016-02-29"), ("topic", "两学一做")]);
    secretary.now = secretary.now.plus_ms(60 * DAY_MS);
    assert_eq!(sees(&secretary, entry).summary.state, EntryState::OnDevice);
}

#[test]
fn what_awaits_review_is_read_twenty_at_a_time_the_oldest_first() {
    let mut scene = Scene::submitted();
    let lesson =
        |scene: &mut Scene, day: &str| record(&mut scene.secretary, &[("occurred_on", day), ("topic", "一课")]);
    let first = lesson(&mut scene, "2016-01-04");
    for _ in 0..19 {
        lesson(&mut scene, "2016-02-01");
    }
    scene.meet();
    let reading = |device: &Device, village| match device.sees(&Query::Reading { village }) {
        View::Reading { entries, more } => (entries, more),
        other => panic!("a reading is {other:?}"),
    };
    let (entries, more) = reading(&scene.reviewer, Some(village()));
    assert_eq!((entries.len(), more, entries[0].summary.id), (20, 1, first));
    assert_eq!(reading(&scene.reviewer, None), (entries, more));
    confirm(&mut scene.reviewer, first);
    let (entries, more) = reading(&scene.reviewer, None);
    assert_eq!((entries.len(), more, entries[19].summary.id), (20, 0, scene.lesson));
    assert_eq!(reading(&scene.secretary, None), (Vec::new(), 0), "nothing awaits the review of its author");
}

/// A scene in which a report was handed in, and its version.
fn reported() -> (Scene, EntryId, String) {
    let mut scene = Scene::submitted();
    let form = fields(&[("occurred_on", "2016-02-29"), ("form", "written"), ("content", "一年的工作")]);
    let kind = EntryKind::Report;
    let saved = scene.secretary.does(Command::SaveDraft { entry: None, kind, fields: form, seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft is saved: {saved:?}") };
    done(&mut scene.secretary, Command::Record { entry });
    scene.meet();
    let version = sees(&scene.reviewer, entry).version;
    (scene, entry, version)
}

/// What was said with the confirmations of an entry.
fn opinions(device: &Device, entry: EntryId) -> Vec<String> {
    let said = sees(device, entry).events.into_iter().filter_map(|event| match event.kind {
        EventKind::Confirmed { opinion } => Some(opinion),
        _ => None,
    });
    said.collect()
}

#[test]
fn what_the_township_thinks_of_a_report_reaches_its_author_with_the_receipt() {
    let (mut scene, entry, version) = reported();
    assert_eq!(sees(&scene.secretary, entry).counts, CountReason::AwaitingReceipt);
    let opinion = "情况属实，继续抓好落实".to_owned();
    done(&mut scene.reviewer, Command::Confirm { entry, version, opinion: opinion.clone() });
    scene.meet();
    scene.secretary.reopen();
    for device in [&scene.secretary, &scene.reviewer] {
        assert_eq!(opinions(device, entry), [opinion.as_str()]);
        assert_eq!(sees(device, entry).counts, CountReason::Counts);
    }
}

#[test]
fn an_opinion_has_its_length_and_is_of_a_report_alone() {
    let (mut scene, entry, version) = reported();
    let confirm = |chars: usize| Command::Confirm { entry, version: version.clone(), opinion: "好".repeat(chars) };
    refused(&mut scene.reviewer, confirm(COMMENT_CHARS_MAX + 1), Refusal::TextTooLong);
    done(&mut scene.reviewer, confirm(COMMENT_CHARS_MAX));
    let (lesson, version) = (scene.lesson, sees(&scene.reviewer, scene.lesson).version);
    let of_lesson =
        |opinion: &str| Command::Confirm { entry: lesson, version: version.clone(), opinion: opinion.to_owned() };
    refused(&mut scene.reviewer, of_lesson("讲得好"), Refusal::NotAllowed);
    done(&mut scene.reviewer, of_lesson(""));
    scene.meet();
    assert_eq!(
        (opinions(&scene.secretary, lesson), opinions(&scene.secretary, entry)[0].chars().count()),
        (vec![String::new()], COMMENT_CHARS_MAX)
    );
}
