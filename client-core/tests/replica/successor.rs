//! Whoever comes to a village reads what was done there since, and of what was done before the visits of twelve months; who
//! reviews it reads everything.
use jiff::civil::{Date, date};
use uuid::Uuid;
use zhucun_core::clock::Moment;
use zhucun_core::contract::{Command, Outcome, Query, View};
use zhucun_core::document::{Container, Document};
use zhucun_core::id::{DeviceId, EntryId, TenureId};
use zhucun_core::tenure::{Tenure, TenureRole};

use crate::device::Device;
use crate::hub::Hub;
use crate::scene::{device, record};
use crate::town::{Who, log, village};

/// A tenure in the village beside that of the town.
fn posted(who: Who, role: TenureRole, arrived: Date) -> Tenure {
    Tenure {
        id: TenureId(Uuid::from_u128(0x7f)),
        person: who.person().id,
        role,
        division: village(),
        batch: "2017".to_owned(),
        arrived,
        planned_end: date(2018, 2, 14),
        ended: None,
        reason: None,
    }
}

fn reads(device: &Device, entry: EntryId) -> bool {
    let listed = match device.sees(&Query::Village { village: village() }) {
        View::Entries(view) => view.entries.iter().any(|one| one.id == entry),
        other => panic!("a list of entries: {other:?}"),
    };
    let alone = matches!(device.sees(&Query::Entry { entry }), View::Entry(_));
    assert_eq!(listed, alone, "a list and the entry itself say the same");
    listed
}

#[test]
fn a_successor_reads_the_visits_of_the_last_twelve_months_and_what_was_done_since() {
    let came = date(2017, 2, 15);
    let mut hub = Hub::default();
    hub.tenures.push(posted(Who::Member, TenureRole::TeamMember, came));
    let (mut secretary, mut member, mut reviewer) =
        (device(Who::Secretary), device(Who::Member), device(Who::Reviewer));
    for device in [&mut secretary, &mut member, &mut reviewer] {
        device.now = Moment::start_of(date(2017, 3, 1));
        device.sync(&mut hub);
    }
    let fields = [("head".to_owned(), "张某".into())].into();
    let added = secretary.does(Command::AddHousehold { village: village(), fields });
    let Some(Outcome::Done { household: Some(household), .. }) = added else { panic!("no household: {added:?}") };
    let household = household.to_string();
    let mut visit = |day| record(&mut secretary, &[("occurred_on", day), ("households", &household), ("mode", "home")]);
    let visits = [("2016-02-14", false), ("2016-02-15", true), ("2017-02-14", true)].map(|(day, is)| (visit(day), is));
    let mut lesson = |day| record(&mut secretary, &[("occurred_on", day), ("topic", "两学一做")]);
    let lessons = [("2017-02-14", false), ("2017-02-15", true)].map(|(day, is)| (lesson(day), is));
    secretary.sync(&mut hub);
    for device in [&mut member, &mut reviewer] {
        device.sync(&mut hub);
    }
    for (entry, is_read) in visits.into_iter().chain(lessons) {
        assert_eq!(reads(&member, entry), is_read, "{entry}");
        assert!(reads(&secretary, entry) && reads(&reviewer, entry), "{entry}");
    }
}

#[test]
fn what_the_server_took_without_being_heard_is_recorded_in_no_other_log_under_a_new_name() {
    let mut hub = Hub::default();
    let mut secretary = device(Who::Secretary);
    secretary.sync(&mut hub);
    hub.not_yet = true;
    let lesson = record(&mut secretary, &[("occurred_on", "2016-02-29"), ("topic", "两学一做")]);
    // Meanwhile they were posted anew, and the day is in both tenures.
    hub.tenures.push(posted(Who::Secretary, TenureRole::FirstSecretary, date(2016, 2, 1)));
    secretary.sync(&mut hub);
    hub.not_yet = false;
    secretary.sync_into_the_void(&mut hub);
    secretary.signs_in_as(DeviceId(Uuid::from_u128(0xde78)));
    for _ in 0..2 {
        secretary.sync(&mut hub);
    }
    let logs = hub.documents.values().filter(|it| it.record(Container::Entries, &lesson.to_string()).is_some());
    assert_eq!(logs.map(Document::id).collect::<Vec<_>>(), [log()]);
    assert!(reads(&secretary, lesson));
    let View::Sync(sync) = secretary.sees(&Query::Sync) else { panic!("everybody sees how far it is") };
    assert_eq!((sync.waiting, sync.dead_letters), (0, 0), "nothing went to a log that this hub takes nothing of");
}
