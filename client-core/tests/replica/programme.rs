//! What a township records of the measures 2 to 8: offline, on several phones, with nothing lost and nothing counted twice.
use zhucun_core::contract::{Command, Outcome, ProgrammeView, Query, RecordView, Refusal, View};
use zhucun_core::division::DivisionCode;
use zhucun_core::entry::Fields;
use zhucun_core::field::{FieldError, FieldFault, FieldValue};
use zhucun_core::id::RecordId;
use zhucun_core::programme::{Counts, RecordKind};

use crate::device::Device;
use crate::hub::Hub;
use crate::scene::{device, done, refused};
use crate::town::{Who, fields, village};

fn township() -> DivisionCode {
    "621022103".parse().expect("a township")
}

fn write(record: Option<RecordId>, kind: RecordKind, fields: Fields) -> Command {
    Command::WriteRecord { unit: township(), record, kind, fields }
}

fn session(topic: &str) -> Command {
    let names: Vec<String> = (1..=40).map(|number| format!("学员{number}")).collect();
    let pairs = [("programme", "practical"), ("course", topic), ("organiser", "县农广校"), ("from", "2016-02-28")];
    let mut form = fields(&pairs);
    form.extend(fields(&[("to", "2016-02-29"), ("attendants", &names.join("\n"))]));
    write(None, RecordKind::Session, form)
}

fn figure(value: i64) -> Command {
    let pairs = [("indicator", "practical"), ("first_month", "2016-01"), ("last_month", "2016-02"), ("source", "报表")];
    let mut form = fields(&pairs);
    form.insert("value".to_owned(), value.into());
    write(None, RecordKind::Figure, form)
}

fn list(device: &Device) -> ProgrammeView {
    match device.sees(&Query::Programme { unit: township() }) {
        View::Programme(view) => view,
        other => panic!("the programme is here: {other:?}"),
    }
}

fn one(device: &Device, record: RecordId) -> RecordView {
    let query = Query::ProgrammeRecord { unit: township(), kind: RecordKind::Session, record: Some(record) };
    match device.sees(&query) {
        View::ProgrammeRecord(view) => view,
        other => panic!("the record is here: {other:?}"),
    }
}

/// Both reviewers hear of each other.
fn meet(hub: &mut Hub, devices: [&mut Device; 2]) {
    let [one, other] = devices;
    for _ in 0..2 {
        one.sync(hub);
        other.sync(hub);
    }
    assert_eq!(hub.refused, []);
}

fn pair() -> (Hub, Device, Device) {
    let mut hub = Hub::default();
    let (mut reviewer, mut deputy) = (device(Who::Reviewer), device(Who::Deputy));
    meet(&mut hub, [&mut reviewer, &mut deputy]);
    (hub, reviewer, deputy)
}

#[test]
fn a_session_with_forty_attendants_is_written_down_offline_and_comes_to_the_other_reviewer() {
    let (mut hub, mut reviewer, mut deputy) = pair();
    done(&mut reviewer, session("果树修剪"));
    let waiting = &list(&reviewer).records[0];
    assert_eq!((waiting.amount, waiting.waiting, waiting.counts), (Some(40), true, Counts::Counts));
    meet(&mut hub, [&mut reviewer, &mut deputy]);
    assert_eq!(list(&reviewer), list(&deputy));
    assert!(!list(&deputy).records[0].waiting);
    assert_eq!(reviewer.common(), deputy.common());
}

#[test]
fn two_reviewers_amend_one_record_at_once_and_both_values_are_in_sight() {
    let (mut hub, mut reviewer, mut deputy) = pair();
    done(&mut reviewer, session("果树修剪"));
    meet(&mut hub, [&mut reviewer, &mut deputy]);
    let id = list(&reviewer).records[0].id;
    done(&mut reviewer, write(Some(id), RecordKind::Session, fields(&[("course", "苹果修剪"), ("remarks", "两天")])));
    done(&mut deputy, write(Some(id), RecordKind::Session, fields(&[("course", "梨树修剪")])));
    meet(&mut hub, [&mut reviewer, &mut deputy]);
    let (mine, theirs) = (one(&reviewer, id), one(&deputy, id));
    assert_eq!(mine.fields, theirs.fields);
    let topic = &mine.fields["course"];
    let mut both: Vec<&FieldValue> = topic.others.iter().map(|other| &other.value).chain([&topic.value]).collect();
    both.sort();
    assert_eq!(both, [&FieldValue::from("梨树修剪"), &FieldValue::from("苹果修剪")]);
    assert_eq!(mine.fields["remarks"].value, "两天".into());
    assert_eq!((list(&reviewer).records[0].conflicts, mine.history.len()), (1, 3));
    let other = topic.others[0].value.clone();
    done(
        &mut deputy,
        write(Some(id), RecordKind::Session, [("course".to_owned(), other.clone())].into_iter().collect()),
    );
    meet(&mut hub, [&mut reviewer, &mut deputy]);
    assert_eq!(one(&reviewer, id).fields["course"].value, other);
    assert_eq!(list(&reviewer).records[0].conflicts, 0);
}

#[test]
fn a_figure_is_refused_where_there_are_records_and_set_aside_where_they_come_later() {
    let (mut hub, mut reviewer, mut deputy) = pair();
    done(&mut deputy, figure(300));
    done(&mut reviewer, session("果树修剪"));
    let error = FieldError { field: "indicator".to_owned(), fault: FieldFault::CountedFromRecords };
    refused(&mut reviewer, figure(300), Refusal::Fields { errors: vec![error] });
    meet(&mut hub, [&mut reviewer, &mut deputy]);
    let counts = |device: &Device| {
        let of = |record: &zhucun_core::contract::RecordSummary| (record.kind, record.counts);
        list(device).records.iter().map(of).collect::<Vec<_>>()
    };
    let both = [(RecordKind::Session, Counts::Counts), (RecordKind::Figure, Counts::RecordsExist)];
    assert_eq!(counts(&reviewer), both);
    assert_eq!(counts(&deputy), both);
    let session = list(&reviewer).records[0].id;
    let void = |reason: &str| Command::VoidRecord { unit: township(), record: session, reason: reason.to_owned() };
    done(&mut reviewer, void("记重了"));
    meet(&mut hub, [&mut reviewer, &mut deputy]);
    assert_eq!(one(&deputy, session).voided, "记重了");
    let voided = [(RecordKind::Session, Counts::Voided), (RecordKind::Figure, Counts::Counts)];
    assert_eq!(counts(&deputy), voided);
    done(&mut deputy, void(""));
    assert_eq!(counts(&deputy), both);
    refused(&mut deputy, void(&"长".repeat(201)), Refusal::TextTooLong);
    done(&mut deputy, void(&"长".repeat(200)));
}

#[test]
fn a_village_has_no_programme_and_sees_none() {
    let (mut hub, mut reviewer, _) = pair();
    done(&mut reviewer, session("果树修剪"));
    reviewer.sync(&mut hub);
    for who in [Who::Secretary, Who::Member] {
        let mut device = device(who);
        device.sync(&mut hub);
        assert_eq!(device.sees(&Query::Programme { unit: township() }), View::NotFound, "{who:?}");
        refused(&mut device, session("果树修剪"), Refusal::NotAllowed);
    }
    assert_eq!(reviewer.sees(&Query::Programme { unit: village() }), View::NotFound);
}

#[test]
fn all_that_a_form_lacks_is_said_at_once() {
    let (_, mut reviewer, _) = pair();
    let form = fields(&[("programme", "practical"), ("from", "2016-02-30")]);
    let Some(Outcome::Refused { refusal: Refusal::Fields { errors } }) =
        reviewer.does(write(None, RecordKind::Session, form))
    else {
        panic!("it lacks fields")
    };
    let faults: Vec<(&str, FieldFault)> = errors.iter().map(|error| (error.field.as_str(), error.fault)).collect();
    let missing = |name| (name, FieldFault::Missing);
    assert_eq!(faults, [missing("course"), missing("organiser"), ("from", FieldFault::NotADay), missing("to")]);
    assert!(list(&reviewer).records.is_empty());
}
