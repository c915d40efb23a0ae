//! A question 询问 about an entry: it comes to its author as something to answer, decides nothing, and is gone when it was
//! a slip.
use std::collections::BTreeMap;

use zhucun_core::contract::{Command, EntryAction, EntryState, Outcome, Query, Refusal, View};
use zhucun_core::duty::CountReason;
use zhucun_core::entry::EntryKind;
use zhucun_core::id::EntryId;
use zhucun_core::review::{COMMENT_CHARS_MAX, ReturnReason, VoidReason};

use crate::device::Device;
use crate::scene::{Scene, device, done, refused, sees};
use crate::town::{Who, fields};

fn question(device: &Device, entry: EntryId, comment: &str, on: &[(&str, &str)]) -> Command {
    let version = sees(device, entry).version;
    let comments = on.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect();
    Command::Question { entry, version, comment: comment.to_owned(), comments }
}

fn ask(scene: &mut Scene) {
    let command = question(&scene.reviewer, scene.lesson, "参加的人怎么这么少？", &[("topic", "哪一章？")]);
    done(&mut scene.reviewer, command);
    scene.meet();
}

fn to_answer(device: &Device) -> Vec<EntryId> {
    let View::Home(home) = device.sees(&Query::Home) else { panic!("there is a first screen") };
    home.to_answer.iter().map(|entry| entry.id).collect()
}

fn awaiting(device: &Device) -> u32 {
    let View::Home(home) = device.sees(&Query::Home) else { panic!("there is a first screen") };
    home.awaiting_review
}

#[test]
fn a_question_comes_to_its_author_and_its_answer_back_and_the_entry_counts_all_the_time() {
    let mut scene = Scene::submitted();
    let entry = scene.lesson;
    ask(&mut scene);
    assert_eq!((scene.state(), awaiting(&scene.reviewer)), (EntryState::Questioned, 0));
    let view = sees(&scene.secretary, entry);
    assert_eq!((view.counts, to_answer(&scene.secretary)), (CountReason::Counts, vec![entry]));
    assert_eq!(view.fields["topic"].comment.as_deref(), Some("哪一章？"));
    for action in [EntryAction::Answer, EntryAction::Amend, EntryAction::Withdraw] {
        assert!(view.may.contains(&action), "{action:?}");
    }

    let event = view.to_answer.expect("there is a question");
    done(&mut scene.secretary, Command::Answer { entry, event, text: "多数人外出务工".to_owned() });
    scene.meet();
    assert_eq!((scene.state(), awaiting(&scene.reviewer)), (EntryState::Answered, 1));
    let view = sees(&scene.secretary, entry);
    assert_eq!((view.to_answer, to_answer(&scene.secretary)), (None, vec![]));
    assert_eq!(view.fields["topic"].comment, None);

    let version = sees(&scene.reviewer, entry).version;
    done(&mut scene.reviewer, Command::Confirm { entry, version, opinion: String::new() });
    scene.meet();
    assert_eq!(scene.state(), EntryState::Confirmed);
    let command = question(&scene.reviewer, entry, "还有一句", &[]);
    refused(&mut scene.reviewer, command, Refusal::VersionChanged);
}

#[test]
fn an_amendment_answers_a_question_too() {
    let mut scene = Scene::submitted();
    ask(&mut scene);
    let entry = scene.lesson;
    done(&mut scene.secretary, Command::Amend { entry, fields: fields(&[("main_points", "第三章")]) });
    scene.meet();
    assert_eq!(scene.state(), EntryState::Answered);
}

#[test]
fn a_report_that_was_received_stays_so_while_its_amendment_is_asked_about() {
    let mut scene = Scene::submitted();
    let form = fields(&[("occurred_on", "2016-02-29"), ("form", "written"), ("content", "全年工作汇报")]);
    let saved = Command::SaveDraft { entry: None, kind: EntryKind::Report, fields: form, seen: None };
    let Some(Outcome::Done { entry: Some(entry), .. }) = scene.secretary.does(saved) else { panic!("a draft") };
    done(&mut scene.secretary, Command::Record { entry });
    scene.meet();
    let version = sees(&scene.reviewer, entry).version;
    done(&mut scene.reviewer, Command::Confirm { entry, version, opinion: String::new() });
    scene.meet();
    done(&mut scene.secretary, Command::Amend { entry, fields: fields(&[("content", "补充一段")]) });
    scene.meet();
    let counts = sees(&scene.secretary, entry).counts;
    assert_ne!(counts, CountReason::AwaitingReceipt);
    let command = question(&scene.reviewer, entry, "补充了什么？", &[]);
    done(&mut scene.reviewer, command);
    scene.meet();
    let view = sees(&scene.secretary, entry);
    assert_eq!((view.summary.state, view.counts), (EntryState::Amended, counts));
    assert_eq!(to_answer(&scene.secretary), vec![entry]);
    let event = view.to_answer.expect("there is a question");
    done(&mut scene.secretary, Command::Answer { entry, event, text: "补充了产业".to_owned() });
    scene.meet();
    assert_eq!(to_answer(&scene.secretary), Vec::<EntryId>::new());
}

#[test]
fn a_question_says_something_within_its_limit_about_fields_of_the_form() {
    let mut scene = Scene::submitted();
    let entry = scene.lesson;
    let longest = "问".repeat(COMMENT_CHARS_MAX);
    for (comment, on, refusal) in [
        (" ", vec![], Refusal::CommentMissing),
        ("", vec![("topic", " ")], Refusal::CommentMissing),
        (&*format!("{longest}？"), vec![], Refusal::TextTooLong),
        ("为什么？", vec![("wish", "想要什么？")], Refusal::NotFound),
    ] {
        let command = question(&scene.reviewer, entry, comment, &on);
        refused(&mut scene.reviewer, command, refusal);
    }
    let old =
        Command::Question {
            entry, version: "0".repeat(32), comment: "哪天？".to_owned(), comments: BTreeMap::new()
        };
    refused(&mut scene.reviewer, old, Refusal::VersionChanged);
    let command = question(&scene.secretary, entry, "我能问吗？", &[]);
    refused(&mut scene.secretary, command, Refusal::NotAllowed);
    let command = question(&scene.reviewer, entry, &longest, &[]);
    done(&mut scene.reviewer, command);
}

#[test]
fn a_question_that_was_a_slip_is_undone_until_it_was_answered() {
    let mut scene = Scene::submitted();
    ask(&mut scene);
    let entry = scene.lesson;
    let event = sees(&scene.reviewer, entry).undoable.expect("it may be undone");
    done(&mut scene.reviewer, Command::UndoReview { entry, event });
    scene.meet();
    assert_eq!((scene.state(), to_answer(&scene.secretary)), (EntryState::Submitted, vec![]));

    ask(&mut scene);
    let event = sees(&scene.secretary, entry).to_answer.expect("there is a question");
    done(&mut scene.secretary, Command::Answer { entry, event, text: "都到了".to_owned() });
    scene.meet();
    assert_eq!(sees(&scene.reviewer, entry).undoable, None);
    refused(&mut scene.reviewer, Command::UndoReview { entry, event }, Refusal::NotAllowed);
}

#[test]
fn what_was_only_asked_about_is_withdrawn_and_not_voided() {
    let mut scene = Scene::submitted();
    ask(&mut scene);
    let entry = scene.lesson;
    let void = Command::Void { entry, reason: VoidReason::Duplicate, text: String::new() };
    refused(&mut scene.secretary, void, Refusal::NotReviewed);
    done(&mut scene.secretary, Command::Withdraw { entry, text: "记重了".to_owned() });
    scene.meet();
    assert_eq!(scene.state(), EntryState::Withdrawn);
    let command = question(&scene.reviewer, entry, "怎么撤回了？", &[]);
    refused(&mut scene.reviewer, command, Refusal::Withdrawn);
}

#[test]
fn a_return_that_crosses_a_question_is_answered_first_and_the_question_after_it() {
    let mut scene = Scene::submitted();
    let entry = scene.lesson;
    let mut deputy = device(Who::Deputy);
    deputy.sync(&mut scene.hub);
    let (version, comments) = (sees(&deputy, entry).version, BTreeMap::new());
    let (reason, comment) = (ReturnReason::TooBrief, "再写几句".to_owned());
    done(&mut deputy, Command::Return { entry, version, reason, comment, comments });
    deputy.sync(&mut scene.hub);
    let command = question(&scene.reviewer, entry, "谁讲的课？", &[]);
    done(&mut scene.reviewer, command);
    scene.meet();
    for state in [EntryState::Returned, EntryState::Questioned] {
        assert_eq!(scene.state(), state);
        let event = sees(&scene.secretary, entry).to_answer.expect("something is to be answered");
        done(&mut scene.secretary, Command::Answer { entry, event, text: "村书记讲的".to_owned() });
        scene.meet();
    }
    assert_eq!(scene.state(), EntryState::Answered);
}

#[test]
fn silence_does_not_answer_a_question() {
    let mut scene = Scene::submitted();
    ask(&mut scene);
    let entry = scene.lesson;
    scene.reviewer.now = scene.reviewer.now.plus_ms(30 * 86_400_000);
    assert_eq!(sees(&scene.reviewer, entry).summary.state, EntryState::Questioned);
}
