//! Leave, excusals and declared days: asked for and reviewed like any entry, and what is approved takes days and duties out
//! on both sides at once, with the reason.
use std::collections::BTreeMap;

use uuid::Uuid;
use zhucun_core::contract::{
    AccountView, Command, EntryAction, EntryState, LeaveRequestView, Outcome, Query, Refusal, View, YearView,
};
use zhucun_core::duty::{CountReason, DutyReason, Policy};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::excusal::{EXCUSAL_NOTE_CHARS_MAX, ExcusalBasis};
use zhucun_core::field::{FieldError, FieldFault, FieldValue};
use zhucun_core::id::{EntryId, PersonId};
use zhucun_core::leave::{LeaveDecision, LeaveStep};
use zhucun_core::review::ReturnReason;

use crate::device::Device;
use crate::scene::{Scene, device, done, refused, sees};
use crate::town::{Who, fields, tenure};

const COUNTY: PersonId = PersonId(Uuid::from_u128(0xc0));

fn ask(device: &mut Device, kind: EntryKind, fields: Fields) -> EntryId {
    let saved = device.does(Command::SaveDraft { entry: None, kind, fields, seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft is saved: {saved:?}") };
    done(device, Command::Record { entry });
    entry
}

fn leave(device: &mut Device, from: &str, to: &str) -> EntryId {
    let of = [("leave_kind", "personal"), ("from", from), ("to", to), ("occurred_on", "2016-03-01")];
    ask(device, EntryKind::Leave, fields(&of))
}

fn confirm(scene: &mut Scene, entry: EntryId) {
    let version = sees(&scene.reviewer, entry).version;
    done(&mut scene.reviewer, Command::Confirm { entry, version, opinion: String::new() });
    scene.meet();
}

fn decide(scene: &mut Scene, entry: EntryId, approved: bool, note: &str) {
    let version = sees(&scene.reviewer, entry).version;
    let (by, at, note) = (COUNTY, scene.reviewer.now, note.to_owned());
    scene.hub.decisions.push(LeaveDecision { entry, version, approved, by, at, note });
    scene.meet();
}

fn request(device: &Device, entry: EntryId) -> LeaveRequestView {
    sees(device, entry).leave.expect("it is a leave")
}

fn year(device: &Device) -> YearView {
    match device.sees(&Query::Year { tenure: Some(tenure()) }) {
        View::Year(view) => view,
        other => panic!("a year: {other:?}"),
    }
}

fn week(device: &Device, name: &str) -> AccountView {
    let visits = year(device).rows.into_iter().next().expect("visits come first");
    visits.cells.into_iter().find(|cell| cell.duty.period == name).expect("a week of the tenure")
}

fn excuse(period: &str, basis: ExcusalBasis, note: &str) -> Command {
    let (period, note) = (period.to_owned(), note.to_owned());
    Command::Excuse { tenure: tenure(), kind: EntryKind::Visit, period, basis, note }
}

fn one_tap(period: &str) -> Command {
    excuse(period, ExcusalBasis::FewDays, "")
}

#[test]
fn a_leave_of_three_days_is_the_townships_and_takes_its_days_out_when_it_agrees() {
    let mut scene = Scene::submitted();
    let before = week(&scene.secretary, "2016-W10").duty.days.available;
    let entry = leave(&mut scene.secretary, "2016-03-08", "2016-03-10");
    scene.meet();
    let asked = request(&scene.reviewer, entry);
    assert_eq!((asked.days, asked.for_county, asked.step), (3, false, LeaveStep::Asked));
    assert_eq!(week(&scene.secretary, "2016-W10").duty.days.available, before, "asking takes nothing out");
    // Offline, before anybody else hears of it.
    let version = sees(&scene.reviewer, entry).version;
    done(&mut scene.reviewer, Command::Confirm { entry, version, opinion: String::new() });
    assert_eq!(week(&scene.reviewer, "2016-W10").duty.days.available, before - 3);
    scene.meet();
    for device in [&scene.secretary, &scene.reviewer] {
        let cell = week(device, "2016-W10");
        assert_eq!((cell.duty.days.available, cell.duty.reason), (before - 3, DutyReason::Owed));
        let approved = request(device, entry);
        assert_eq!((approved.step, &*approved.by), (LeaveStep::Approved, "赵强"));
        assert_eq!(cell.leaves.iter().map(|leave| &*leave.approved_by_name).collect::<Vec<_>>(), ["赵强"]);
        let view = sees(device, entry);
        assert_eq!((view.counts, view.summary.progress.as_deref()), (CountReason::NotADuty, Some("approved")));
        assert_eq!(view.summary.title, "2016-03-08 ~ 2016-03-10");
    }
    // A slip is undone, and the days are there again.
    let event = sees(&scene.reviewer, entry).undoable.expect("it is the reviewer's own");
    done(&mut scene.reviewer, Command::UndoReview { entry, event });
    scene.meet();
    assert_eq!(week(&scene.secretary, "2016-W10").duty.days.available, before);
}

#[test]
fn a_leave_of_nine_days_is_for_the_county_and_takes_the_full_week_out_by_itself() {
    let mut scene = Scene::submitted();
    // From Thursday to Friday of the next week.
    let entry = leave(&mut scene.secretary, "2016-03-03", "2016-03-11");
    scene.meet();
    confirm(&mut scene, entry);
    let forwarded = request(&scene.secretary, entry);
    assert_eq!((forwarded.days, forwarded.for_county, forwarded.step), (9, true, LeaveStep::Forwarded));
    assert_eq!(week(&scene.secretary, "2016-W10").duty.reason, DutyReason::Owed, "the county has not decided");
    decide(&mut scene, entry, true, "同意");
    for device in [&scene.secretary, &scene.reviewer] {
        let approved = request(device, entry);
        assert_eq!((approved.step, &*approved.note), (LeaveStep::Approved, "同意"));
        let full = week(device, "2016-W10");
        assert_eq!((full.duty.reason, full.duty.days.available, full.leaves.len()), (DutyReason::OnLeave, 0, 1));
        let part = week(device, "2016-W09");
        assert_eq!((part.duty.reason, part.duty.days.available, part.leaves.len()), (DutyReason::Owed, 3, 1));
    }
    // The other week is owed, and excused by the township in one tap.
    assert!(week(&scene.reviewer, "2016-W09").may_excuse && !week(&scene.secretary, "2016-W09").may_excuse);
    assert!(!week(&scene.reviewer, "2016-W10").may_excuse, "what is not owed needs no excusal");
    done(&mut scene.reviewer, one_tap("2016-W09"));
    scene.meet();
    for device in [&scene.secretary, &scene.reviewer] {
        let cell = week(device, "2016-W09");
        let excusal = cell.excusal.expect("it is excused, and says why");
        assert_eq!((cell.duty.reason, cell.duty.owed), (DutyReason::Excused, false));
        assert_eq!((excusal.basis, &*excusal.by), (ExcusalBasis::FewDays, "赵强"));
    }
}

#[test]
fn what_the_county_declines_takes_nothing_out_and_says_why() {
    let mut scene = Scene::submitted();
    let entry = leave(&mut scene.secretary, "2016-03-07", "2016-03-11");
    scene.meet();
    confirm(&mut scene, entry);
    decide(&mut scene, entry, false, "换届期间请改期");
    let declined = request(&scene.secretary, entry);
    assert_eq!((declined.step, &*declined.note), (LeaveStep::Declined, "换届期间请改期"));
    assert_eq!(week(&scene.secretary, "2016-W10").duty.reason, DutyReason::Owed);
    // Asked for other days, it goes the whole way again.
    let fields = fields(&[("from", "2016-03-14"), ("to", "2016-03-18")]);
    done(&mut scene.secretary, Command::Amend { entry, fields });
    scene.meet();
    assert_eq!(request(&scene.secretary, entry).step, LeaveStep::Asked);
    confirm(&mut scene, entry);
    assert_eq!(request(&scene.secretary, entry).step, LeaveStep::Forwarded);
    decide(&mut scene, entry, true, "");
    assert_eq!(week(&scene.secretary, "2016-W11").duty.reason, DutyReason::OnLeave);
}

#[test]
fn a_leave_that_is_changed_is_asked_for_again_and_one_that_is_back_is_not() {
    let mut scene = Scene::submitted();
    let entry = leave(&mut scene.secretary, "2016-02-29", "2016-03-02");
    scene.meet();
    confirm(&mut scene, entry);
    assert_eq!(week(&scene.secretary, "2016-W09").duty.days.available, 2);
    // 销假, a day early: the day is there again, and nobody has to agree.
    done(&mut scene.secretary, Command::Amend { entry, fields: fields(&[("reported_back", "2016-03-01")]) });
    scene.meet();
    for device in [&scene.secretary, &scene.reviewer] {
        assert_eq!(sees(device, entry).summary.state, EntryState::Confirmed);
        assert_eq!(week(device, "2016-W09").duty.days.available, 4);
    }
    done(&mut scene.secretary, Command::Amend { entry, fields: fields(&[("to", "2016-03-04")]) });
    scene.meet();
    assert_eq!(sees(&scene.secretary, entry).summary.state, EntryState::Amended);
    assert_eq!(request(&scene.secretary, entry).step, LeaveStep::Asked);
    assert_eq!(week(&scene.secretary, "2016-W09").duty.days.available, 5);
}

#[test]
fn a_leave_that_the_township_returns_is_answered_and_one_that_is_voided_is_none() {
    let mut scene = Scene::submitted();
    let entry = leave(&mut scene.secretary, "2016-03-08", "2016-03-09");
    scene.meet();
    let version = sees(&scene.reviewer, entry).version;
    let comments = BTreeMap::from([("from".to_owned(), "那天开会".to_owned())]);
    let (reason, comment) = (ReturnReason::WrongDate, String::new());
    done(&mut scene.reviewer, Command::Return { entry, version, reason, comment, comments });
    scene.meet();
    assert_eq!(request(&scene.secretary, entry).step, LeaveStep::Asked);
    assert_eq!(sees(&scene.secretary, entry).fields["from"].comment.as_deref(), Some("那天开会"));
    done(&mut scene.secretary, Command::Amend { entry, fields: fields(&[("from", "2016-03-09")]) });
    scene.meet();
    confirm(&mut scene, entry);
    assert_eq!(week(&scene.secretary, "2016-W10").duty.days.available, 4);
    let (reason, text) = (zhucun_core::review::VoidReason::NotHeld, String::new());
    done(&mut scene.secretary, Command::Void { entry, reason, text });
    scene.meet();
    assert_eq!(week(&scene.reviewer, "2016-W10").duty.days.available, 5);
}

#[test]
fn silence_gives_nobody_leave() {
    let mut scene = Scene::submitted();
    let entry = leave(&mut scene.secretary, "2016-03-08", "2016-03-09");
    scene.meet();
    let days = i64::from(Policy::built_in().unreviewed_days_max) + 1;
    for device in [&mut scene.secretary, &mut scene.reviewer] {
        device.now = device.now.plus_ms(days * 86_400_000);
    }
    scene.meet();
    assert_eq!(scene.state(), EntryState::DeemedRead, "the lesson is");
    assert_eq!(sees(&scene.secretary, entry).summary.state, EntryState::Submitted);
    assert_eq!(request(&scene.secretary, entry).step, LeaveStep::Asked);
    assert!(sees(&scene.reviewer, entry).may.contains(&EntryAction::Confirm));
}

#[test]
fn a_leave_that_ends_before_it_begins_is_refused_when_it_is_asked_for_and_when_it_is_changed() {
    let mut scene = Scene::submitted();
    let wrong =
        fields(&[("leave_kind", "sick"), ("from", "2016-03-09"), ("to", "2016-03-08"), ("occurred_on", "2016-03-01")]);
    let kind = EntryKind::Leave;
    let saved = scene.secretary.does(Command::SaveDraft { entry: None, kind, fields: wrong, seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft may be wrong: {saved:?}") };
    let errors = vec![FieldError { field: "to".to_owned(), fault: FieldFault::BeforeItBegins }];
    refused(&mut scene.secretary, Command::Record { entry }, Refusal::Fields { errors: errors.clone() });
    let entry = leave(&mut scene.secretary, "2016-03-08", "2016-03-08");
    let fields = fields(&[("to", "2016-03-07")]);
    refused(&mut scene.secretary, Command::Amend { entry, fields }, Refusal::Fields { errors });
}

#[test]
fn the_township_excuses_three_weeks_in_a_row_and_the_county_the_fourth() {
    let mut scene = Scene::submitted();
    for week in ["2016-W10", "2016-W12", "2016-W11"] {
        done(&mut scene.reviewer, one_tap(week));
    }
    for fourth in ["2016-W09", "2016-W13"] {
        assert!(!week(&scene.reviewer, fourth).may_excuse);
        refused(&mut scene.reviewer, one_tap(fourth), Refusal::ForTheCounty);
    }
    done(&mut scene.reviewer, one_tap("2016-W14"));
    scene.meet();
    let reasons =
        ["2016-W10", "2016-W11", "2016-W12", "2016-W13", "2016-W14"].map(|name| week(&scene.secretary, name).duty.owed);
    assert_eq!(reasons, [false, false, false, true, false]);
}

#[test]
fn an_excusal_has_a_reason_within_its_limits_and_is_the_townships_to_give() {
    let mut scene = Scene::submitted();
    let other = |note: &str| excuse("2016-W10", ExcusalBasis::Other, note);
    refused(&mut scene.reviewer, other(" "), Refusal::CommentMissing);
    refused(&mut scene.reviewer, other(&"记".repeat(EXCUSAL_NOTE_CHARS_MAX + 1)), Refusal::TextTooLong);
    refused(&mut scene.reviewer, one_tap("2016-W54"), Refusal::NotFound);
    let (period, basis, note) = ("2016-03".to_owned(), ExcusalBasis::Illness, String::new());
    let no_duty = Command::Excuse { tenure: tenure(), kind: EntryKind::Presence, period, basis, note };
    refused(&mut scene.reviewer, no_duty, Refusal::NotFound);
    refused(&mut scene.secretary, one_tap("2016-W10"), Refusal::NotAllowed);
    let note = "记".repeat(EXCUSAL_NOTE_CHARS_MAX);
    done(&mut scene.reviewer, other(&note));
    scene.meet();
    assert_eq!(week(&scene.secretary, "2016-W10").excusal.map(|it| it.note), Some(note));
}

#[test]
fn an_excusal_that_two_reviewers_gave_is_taken_back_in_one_tap() {
    let mut scene = Scene::submitted();
    let mut deputy = device(Who::Deputy);
    deputy.sync(&mut scene.hub);
    done(&mut scene.reviewer, one_tap("2016-W10"));
    done(&mut deputy, excuse("2016-W10", ExcusalBasis::Illness, ""));
    scene.meet();
    deputy.sync(&mut scene.hub);
    scene.meet();
    let excusal = week(&scene.reviewer, "2016-W10").excusal.expect("it is excused once");
    let event = excusal.undoable.expect("the township may take it back");
    assert_eq!(week(&scene.secretary, "2016-W10").excusal.and_then(|it| it.undoable), None);
    let back = Command::TakeBackExcusal { tenure: tenure(), event };
    refused(&mut scene.secretary, back.clone(), Refusal::NotAllowed);
    done(&mut scene.reviewer, back.clone());
    done(&mut scene.reviewer, back);
    scene.meet();
    deputy.sync(&mut scene.hub);
    for device in [&scene.secretary, &scene.reviewer, &deputy] {
        let cell = week(device, "2016-W10");
        assert_eq!((cell.duty.owed, cell.excusal), (true, None));
    }
    // It may be excused once more.
    done(&mut scene.reviewer, one_tap("2016-W10"));
    assert!(!week(&scene.reviewer, "2016-W10").duty.owed);
}

#[test]
fn what_somebody_is_away_for_is_shown_to_them_and_the_township_and_not_to_the_team() {
    let mut scene = Scene::submitted();
    let fields = fields(&[
        ("leave_kind", "sick"),
        ("from", "2016-03-08"),
        ("to", "2016-03-08"),
        ("destination", "兰州"),
        ("grounds", "看病"),
        ("occurred_on", "2016-03-01"),
    ]);
    let entry = ask(&mut scene.secretary, EntryKind::Leave, fields);
    scene.meet();
    let mut member = device(Who::Member);
    member.sync(&mut scene.hub);
    let shown = |device: &Device| sees(device, entry).fields.into_keys().collect::<Vec<_>>();
    let all = ["destination", "from", "grounds", "leave_kind", "occurred_on", "to"];
    assert_eq!(
        (shown(&scene.secretary), shown(&scene.reviewer)),
        (all.map(str::to_owned).into(), all.map(str::to_owned).into())
    );
    assert_eq!(shown(&member), ["from", "occurred_on", "to"]);
}

#[test]
fn days_in_the_village_are_declared_for_a_month_and_confirmed() {
    let mut scene = Scene::submitted();
    let mut february = fields(&[("month", "2016-02"), ("occurred_on", "2016-03-01")]);
    february.insert("days".to_owned(), FieldValue::Number(21));
    let entry = ask(&mut scene.secretary, EntryKind::Presence, february);
    scene.meet();
    confirm(&mut scene, entry);
    let view = sees(&scene.secretary, entry);
    assert_eq!((view.summary.state, view.counts), (EntryState::Confirmed, CountReason::NotADuty));
    assert_eq!((&*view.summary.title, view.fields["days"].value.clone()), ("2016-02", FieldValue::Number(21)));
    let change = Command::Amend { entry, fields: [("days".to_owned(), FieldValue::Number(30))].into() };
    let errors = vec![FieldError { field: "days".to_owned(), fault: FieldFault::OutOfRange }];
    refused(&mut scene.secretary, change, Refusal::Fields { errors });
}
