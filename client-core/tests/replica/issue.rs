//! Issues followed to their end: by several people, offline, with nothing lost and everything that was written in sight.
use zhucun_core::contract::{Command, IssueView, Outcome, Query, Refusal, View};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::field::{FieldFault, FieldValue};
use zhucun_core::id::IssueId;

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{Who, device_of, fields, village};

/// A lesson that raises an issue, recorded.
fn raise(device: &mut Device, text: &str) -> IssueId {
    let lesson = fields(&[("occurred_on", "2016-03-01"), ("topic", "一课")]);
    let saved = device.does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields: lesson, seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft is saved: {saved:?}") };
    let issue = fields(&[("category", "water"), ("text", text)]);
    let kept = device.does(Command::SaveIssue { entry, issue: None, fields: issue });
    let Some(Outcome::Done { issue: Some(issue), .. }) = kept else { panic!("an issue is kept: {kept:?}") };
    done(device, Command::Record { entry });
    issue
}

fn amend(issue: IssueId, pairs: &[(&str, &str)]) -> Command {
    Command::AmendIssue { village: village(), issue, fields: fields(pairs) }
}

fn done(device: &mut Device, command: Command) {
    let outcome = device.does(command);
    assert!(matches!(outcome, Some(Outcome::Done { .. })), "{outcome:?}");
}

fn sees(device: &Device, issue: IssueId) -> IssueView {
    match device.sees(&Query::Issue { issue }) {
        View::Issue(view) => view,
        other => panic!("the issue is here: {other:?}"),
    }
}

/// What must be the same for all who see it.
fn common(view: &IssueView) -> String {
    let fields: Vec<_> = view.fields.iter().map(|(name, field)| (name, &field.value, &field.others)).collect();
    format!("{fields:?} {:?}", view.history)
}

fn values(view: &IssueView, name: &str) -> Vec<FieldValue> {
    let field = &view.fields[name];
    let mut all: Vec<FieldValue> = field.others.iter().map(|other| other.value.clone()).collect();
    all.push(field.value.clone());
    all.sort();
    all
}

#[test]
fn two_people_who_amend_an_issue_offline_lose_nothing_and_both_values_are_seen() {
    let mut hub = Hub::default();
    let [mut secretary, mut member, mut reviewer] =
        [Who::Secretary, Who::Member, Who::Reviewer].map(|who| Device::new(device_of(who), who));
    secretary.sync(&mut hub);
    let issue = raise(&mut secretary, "水管漏水");
    secretary.sync(&mut hub);
    member.sync(&mut hub);
    done(&mut secretary, amend(issue, &[("state", "in_progress"), ("handler", "王磊")]));
    done(
        &mut member,
        amend(issue, &[("state", "closed"), ("closed_on", "2016-03-01"), ("outcome", "换了水管"), ("handler", "李娟")]),
    );
    for device in [&mut secretary, &mut member, &mut reviewer] {
        device.sync(&mut hub);
    }
    secretary.sync(&mut hub);
    for device in [&secretary, &member, &reviewer] {
        let view = sees(device, issue);
        assert_eq!(values(&view, "state"), ["closed".into(), "in_progress".into()]);
        assert_eq!(values(&view, "handler"), ["李娟".into(), "王磊".into()]);
        assert_eq!(values(&view, "outcome"), ["换了水管".into()], "fields of only one of them merge");
        assert_eq!((view.summary.conflicts, view.history.len()), (2, 3));
        assert_eq!(common(&view), common(&sees(&secretary, issue)), "all see the same");
    }
    // Whoever settles it does so for all; what stood beside it is still in the history.
    done(&mut reviewer, amend(issue, &[("state", "closed"), ("handler", "李娟")]));
    assert_eq!(sees(&reviewer, issue).summary.conflicts, 0, "settled at once");
    for device in [&mut reviewer, &mut secretary, &mut member] {
        device.sync(&mut hub);
        assert_eq!(hub.refused, [], "{:?}", device.who);
        let view = sees(device, issue);
        let settled = (vec!["closed".into()], vec!["李娟".into()]);
        assert_eq!((values(&view, "state"), values(&view, "handler")), settled, "{:?}", device.who);
        assert_eq!((view.summary.conflicts, view.summary.ended), (0, true));
        let wrote = |name: &str| view.history.iter().any(|event| event.fields.get("handler") == Some(&name.into()));
        assert!(wrote("王磊") && wrote("李娟"), "nothing that was ever written is out of sight: {:?}", view.history);
    }
}

#[test]
fn the_history_of_an_issue_tells_every_step_with_who_took_it() {
    let mut hub = Hub::default();
    let [mut secretary, mut member] = [Who::Secretary, Who::Member].map(|who| Device::new(device_of(who), who));
    secretary.sync(&mut hub);
    let issue = raise(&mut secretary, "水管漏水");
    secretary.sync(&mut hub);
    member.sync(&mut hub);
    done(&mut member, amend(issue, &[("state", "in_progress")]));
    member.sync(&mut hub);
    secretary.sync(&mut hub);
    done(&mut secretary, amend(issue, &[("state", "explained"), ("closed_on", "2016-03-01")]));
    secretary.reopen();
    let view = sees(&secretary, issue);
    let steps: Vec<_> = view
        .history
        .iter()
        .map(|event| (event.raised, event.by.as_str(), event.fields.get("state").and_then(FieldValue::text)))
        .collect();
    let steps_taken = [(true, "王磊", None), (false, "李娟", Some("in_progress")), (false, "王磊", Some("explained"))];
    assert_eq!(steps, steps_taken);
    assert!(view.summary.waiting, "the last step is not on the server yet");
    assert_eq!(view.summary.raised_by, "王磊");
}

#[test]
fn an_issue_ends_on_a_day_that_is_not_after_today() {
    let mut hub = Hub::default();
    let mut device = Device::new(device_of(Who::Secretary), Who::Secretary);
    device.sync(&mut hub);
    let issue = raise(&mut device, "水管漏水");
    let faults = |outcome: Option<Outcome>| match outcome {
        Some(Outcome::Refused { refusal: Refusal::Fields { errors } }) => {
            errors.into_iter().map(|error| (error.field, error.fault)).collect::<Vec<_>>()
        }
        other => panic!("it is refused by its fields: {other:?}"),
    };
    for ended in ["closed", "explained", "forwarded"] {
        let refused = faults(device.does(amend(issue, &[("state", ended)])));
        assert_eq!(refused, [("closed_on".to_owned(), FieldFault::Missing)], "{ended}");
        let refused = faults(device.does(amend(issue, &[("state", ended), ("closed_on", "2016-03-02")])));
        assert_eq!(refused, [("closed_on".to_owned(), FieldFault::AfterToday)], "{ended}");
        done(&mut device, amend(issue, &[("state", ended), ("closed_on", "2016-03-01")]));
        done(&mut device, amend(issue, &[("state", "open"), ("closed_on", "")]));
        assert!(!sees(&device, issue).summary.ended);
    }
    let refused = faults(device.does(amend(issue, &[("text", ""), ("mood", "good"), ("category", "weather")])));
    let expected = [
        ("category".to_owned(), FieldFault::UnknownChoice),
        ("mood".to_owned(), FieldFault::UnknownField),
        ("text".to_owned(), FieldFault::Missing),
    ];
    assert_eq!(refused, expected);
    let nowhere = device.does(amend(IssueId(uuid::Uuid::from_u128(7)), &[("state", "open")]));
    assert_eq!(nowhere, Some(Outcome::Refused { refusal: Refusal::NotFound }));
}

#[test]
fn the_ledger_lists_what_is_open_first_and_says_what_each_issue_is_about() {
    let mut hub = Hub::default();
    let mut device = Device::new(device_of(Who::Secretary), Who::Secretary);
    device.sync(&mut hub);
    let all = ["一", "二", "三"].map(|text| raise(&mut device, text));
    done(&mut device, amend(all[2], &[("state", "forwarded"), ("closed_on", "2016-03-01"), ("level", "county")]));
    let View::Issues(view) = device.sees(&Query::Issues { village: village() }) else { panic!("no issues") };
    let listed: Vec<_> =
        view.issues.iter().map(|issue| (issue.text.as_str(), issue.state.as_str(), issue.ended)).collect();
    assert_eq!(listed, [("二", "open", false), ("一", "open", false), ("三", "forwarded", true)]);
    assert!(view.issues.iter().all(|issue| issue.category == "water" && issue.waiting && issue.entry.is_some()));
}

#[test]
fn an_amendment_that_says_nothing_new_writes_nothing() {
    let mut hub = Hub::default();
    let mut device = Device::new(device_of(Who::Secretary), Who::Secretary);
    device.sync(&mut hub);
    let issue = raise(&mut device, "水管漏水");
    done(&mut device, amend(issue, &[("text", "水管漏水"), ("handler", "")]));
    assert_eq!(sees(&device, issue).history.len(), 1);
    done(&mut device, Command::AmendIssue { village: village(), issue, fields: Fields::new() });
    assert_eq!(sees(&device, issue).history.len(), 1);
}
