//! What a screen is told of duties: by home what is due, by the year all of a tenure, both by the same rules.
use jiff::civil::{Date, date};
use zhucun_core::clock::Moment;
use zhucun_core::contract::{AccountView, Command, DutyView, HomeView, Outcome, Query, View, YearRow, YearView};
use zhucun_core::duty::{CountReason, DutyReason, DutyState, Shortfall};
use zhucun_core::entry::EntryKind;
use zhucun_core::field::FieldValue;
use zhucun_core::id::{EntryId, TenureId};
use zhucun_core::reference::Reference;

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{Who, devices, tenure, village};

/// Noon of a day.
fn noon(day: Date) -> Moment {
    Moment::start_of(day).plus_ms(12 * 3_600_000)
}

fn device(who: Who, hub: &mut Hub) -> Device {
    let (id, who) = devices().into_iter().find(|(_, one)| *one == who).expect("a device of theirs");
    let mut device = Device::new(id, who);
    device.sync(hub);
    device
}

fn home(device: &Device) -> HomeView {
    let View::Home(home) = device.sees(&Query::Home) else { panic!("whoever is signed in has a home") };
    home
}

fn due(device: &Device) -> Vec<(EntryKind, String, DutyState)> {
    let told = |view: DutyView| (view.duty.kind, view.duty.period, view.state);
    home(device).duties.into_iter().map(told).collect()
}

fn year(device: &Device, of: Option<TenureId>) -> YearView {
    let View::Year(year) = device.sees(&Query::Year { tenure: of }) else { panic!("there is a year") };
    year
}

fn row(device: &Device, kind: EntryKind) -> YearRow {
    year(device, None).rows.into_iter().find(|row| row.kind == kind).expect("a row for each kind")
}

fn cell(device: &Device, kind: EntryKind, period: &str) -> AccountView {
    let cells = row(device, kind).cells;
    cells.into_iter().find(|cell| cell.duty.period == period).unwrap_or_else(|| panic!("the tenure touches {period}"))
}

fn record(device: &mut Device, kind: EntryKind, fields: &[(&str, &str)]) -> EntryId {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value))).collect();
    let saved = device.does(Command::SaveDraft { entry: None, kind, fields, seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("no draft: {saved:?}") };
    let recorded = device.does(Command::Record { entry });
    assert!(matches!(recorded, Some(Outcome::Done { .. })), "{recorded:?}");
    entry
}

fn household(device: &mut Device) -> String {
    let fields = [("head".to_owned(), "户主".into())].into();
    match device.does(Command::AddHousehold { village: village(), fields }) {
        Some(Outcome::Done { household: Some(household), .. }) => household.to_string(),
        other => panic!("no household: {other:?}"),
    }
}

#[test]
fn home_tells_what_is_due_of_all_seven_kinds_and_what_may_still_be_written_down() {
    use DutyState::{Ahead, Open};
    use EntryKind::*;
    let mut device = device(Who::Secretary, &mut Hub::default());
    let expect = |due: Vec<(EntryKind, String, DutyState)>, expected: &[(EntryKind, &str, DutyState)]| {
        let told: Vec<_> = due.iter().map(|(kind, period, state)| (*kind, period.as_str(), *state)).collect();
        assert_eq!(told, expected);
    };
    let yearly = [Deed, Research, Report].map(|kind| (kind, "tenure-year-1", Open));
    // The first of March: February's lesson may be written down until the tenth.
    let month = [
        (Visit, "2016-W09", Open),
        (Lesson, "2016-02", Open),
        (Lesson, "2016-03", Open),
        (Activity, "2016-Q1", Open),
        (Summary, "2016-H1", Ahead),
    ];
    expect(due(&device), &[&month[..], &yearly].concat());
    device.now = noon(date(2016, 3, 10));
    assert!(due(&device).contains(&(Lesson, "2016-02".to_owned(), Open)));
    device.now = noon(date(2016, 3, 11));
    assert!(!due(&device).iter().any(|(_, period, _)| period == "2016-02"));
    device.now = noon(date(2016, 6, 15));
    assert!(due(&device).contains(&(Summary, "2016-H1".to_owned(), Open)));
    // The tenure ended with July of 2017: only what may still be written down is left.
    device.now = noon(date(2017, 8, 5));
    let left = [Deed, Research, Report].map(|kind| (kind, "tenure-year-2", Open));
    expect(due(&device), &[&[(Lesson, "2017-07", Open)][..], &left].concat());
    device.now = noon(date(2017, 8, 16));
    expect(due(&device), &[]);
}

#[test]
fn a_period_that_is_not_owed_is_told_with_its_reason() {
    let mut device = device(Who::Secretary, &mut Hub::default());
    // The Spring Festival of 2018 is beyond this tenure; of its last quarter it covers a month.
    device.now = noon(date(2017, 7, 20));
    let activity = home(&device).duties.into_iter().find(|view| view.duty.period == "2017-Q3").expect("it runs");
    assert_eq!((activity.state, activity.duty.reason), (DutyState::NotOwed, DutyReason::PartialUnderHalf));
    assert_eq!(activity.done, 0);
}

#[test]
fn whoever_owes_nothing_is_told_of_no_duty() {
    for who in [Who::Member, Who::Reviewer] {
        let device = device(who, &mut Hub::default());
        assert_eq!(due(&device), []);
        assert_eq!(device.sees(&Query::Year { tenure: None }), View::NotFound, "{who:?} has no year of their own");
    }
}

#[test]
fn home_and_year_count_what_was_written_down_on_this_device_alike() {
    let mut device = device(Who::Secretary, &mut Hub::default());
    let lesson = record(&mut device, EntryKind::Lesson, &[("occurred_on", "2016-02-20"), ("topic", "学习党章")]);
    assert!(!due(&device).iter().any(|(_, period, _)| period == "2016-02"), "it is done, and over");
    let february = cell(&device, EntryKind::Lesson, "2016-02");
    let credits: Vec<_> = february.entries.iter().map(|credit| (credit.entry.id, credit.reason)).collect();
    assert_eq!((february.state, credits), (DutyState::Done, vec![(lesson, CountReason::Counts)]));
    let home = home(&device);
    for view in &home.duties {
        assert_eq!(view.tally, row(&device, view.duty.kind).tally, "{:?}", view.duty.kind);
    }
    // From August to January nobody wrote down a lesson; March is held against nobody yet.
    let tally = row(&device, EntryKind::Lesson).tally;
    assert_eq!((tally.done, tally.owed), (1, 7));
}

#[test]
fn the_year_tells_of_each_entry_why_it_counts_or_not() {
    let mut device = device(Who::Secretary, &mut Hub::default());
    let household = household(&mut device);
    let visit = |device: &mut Device, day: &str, mode: &str| {
        record(device, EntryKind::Visit, &[("occurred_on", day), ("households", &household), ("mode", mode)])
    };
    let phone = visit(&mut device, "2016-02-29", "phone");
    let home = visit(&mut device, "2016-03-01", "home");
    let week = cell(&device, EntryKind::Visit, "2016-W09");
    let credits: Vec<_> = week.entries.iter().map(|credit| (credit.entry.id, credit.reason)).collect();
    assert_eq!(credits, [(home, CountReason::Counts), (phone, CountReason::NotInPerson)]);
    let late = record(&mut device, EntryKind::Lesson, &[("occurred_on", "2016-01-20"), ("topic", "学习党章")]);
    let credit = &cell(&device, EntryKind::Lesson, "2016-01").entries[0];
    assert_eq!((credit.entry.id, credit.reason), (late, CountReason::NotFinished));
    assert_eq!(credit.shortfall, Some(Shortfall::RecordedLate));
    let before = record(&mut device, EntryKind::Lesson, &[("occurred_on", "2015-07-31"), ("topic", "学习党章")]);
    let astray = row(&device, EntryKind::Lesson).astray;
    assert_eq!((astray[0].entry.id, astray[0].reason), (before, CountReason::OutsideTenure));
}

#[test]
fn every_period_that_the_tenure_touches_has_its_cell() {
    let device = device(Who::Secretary, &mut Hub::default());
    let year = year(&device, None);
    assert_eq!(year.rows.iter().map(|row| row.kind).collect::<Vec<_>>(), EntryKind::DUTIES);
    let cells: Vec<usize> = year.rows.iter().map(|row| row.cells.len()).collect();
    // Two years from August 2015: weeks 31 of 2015 to 31 of 2017, 24 months, nine quarters, five halves, twice the yearly.
    assert_eq!(cells, [106, 24, 9, 5, 2, 2, 2]);
    assert!(year.rows.iter().all(|row| !row.requires.is_empty()));
}

#[test]
fn a_reviewer_sees_the_year_of_a_secretary_and_the_queue_says_whose() {
    let mut hub = Hub::default();
    let mut secretary = device(Who::Secretary, &mut hub);
    record(&mut secretary, EntryKind::Lesson, &[("occurred_on", "2016-02-20"), ("topic", "学习党章")]);
    secretary.sync(&mut hub);
    let reviewer = device(Who::Reviewer, &mut hub);
    let View::Queue(queue) = reviewer.sees(&Query::Queue) else { panic!("a reviewer has a queue") };
    assert_eq!(queue.villages[0].tenure, Some(tenure()));
    let (theirs, own) = (year(&reviewer, Some(tenure())), year(&secretary, None));
    assert_eq!(theirs.person, "王磊");
    let tallies = |year: &YearView| year.rows.iter().map(|row| row.tally).collect::<Vec<_>>();
    assert_eq!(tallies(&theirs), tallies(&own));
    let nobody = TenureId(uuid::Uuid::from_u128(0xbad));
    assert_eq!(reviewer.sees(&Query::Year { tenure: Some(nobody) }), View::NotFound);
}

#[test]
fn reference_data_of_an_older_and_of_a_newer_server_is_read_as_far_as_it_is_known() {
    let ours = serde_json::to_value(Who::Secretary.reference()).expect("plain data");
    let mut older = ours.clone();
    let fields = older.as_object_mut().expect("an object");
    for later in ["policies", "leaves", "excusals", "generations", "erased"] {
        fields.remove(later).expect("a field of it");
    }
    let older: Reference = serde_json::from_value(older).expect("what an older server sends is enough");
    assert_eq!(older, Who::Secretary.reference());

    let mut newer = ours;
    let leave = |kind: &str| {
        serde_json::json!({
            "tenure": tenure(), "kind": kind, "from": "2016-03-01", "to": "2016-03-02", "counts_as_present": false,
            "approved_by": null, "moon": 1,
        })
    };
    newer["leaves"] = serde_json::json!([leave("sick"), leave("moon")]);
    newer["excusals"] = serde_json::json!([{ "tenure": tenure(), "kind": "poem" }]);
    newer["policies"] = serde_json::json!([{ "version": 9, "valid_from": "2016-01-01", "moon_days_min": 1 }]);
    newer["moon"] = serde_json::json!({});
    let newer: Reference = serde_json::from_value(newer).expect("what is not known is passed over");
    assert_eq!((newer.leaves.len(), newer.excusals.len(), newer.policies.given().len()), (1, 0, 1));
    assert_eq!(newer.tenures, Who::Secretary.reference().tenures);
}
