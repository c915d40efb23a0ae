//! What a form begins with, what is counted for it, and what is said of a draft before it is recorded.
use zhucun_core::clock::Moment;
use zhucun_core::contract::{Command, EntrySummary, EntryView, EventKind, EventView, FormView, Outcome, Query, View};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::facts::Facts;
use zhucun_core::field::{FieldFault, FieldValue, VISITS_MAX};
use zhucun_core::id::EntryId;

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{Who, device_of, devices, fields, village};

fn secretary() -> Device {
    let mut device = Device::new(device_of(Who::Secretary), Who::Secretary);
    device.sync(&mut Hub::default());
    device
}

fn draft(device: &mut Device, kind: EntryKind, pairs: &[(&str, &str)]) -> EntryId {
    let saved = device.does(Command::SaveDraft { entry: None, kind, fields: fields(pairs), seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft is saved: {saved:?}") };
    entry
}

fn record(device: &mut Device, kind: EntryKind, pairs: &[(&str, &str)]) -> EntryId {
    let entry = draft(device, kind, pairs);
    done(device, Command::Record { entry });
    entry
}

fn done(device: &mut Device, command: Command) {
    let outcome = device.does(command);
    assert!(matches!(outcome, Some(Outcome::Done { .. })), "{outcome:?}");
}

fn household(device: &mut Device) -> String {
    let added = device.does(Command::AddHousehold { village: village(), fields: fields(&[("head", "贺满仓")]) });
    let Some(Outcome::Done { household: Some(id), .. }) = added else { panic!("it is added: {added:?}") };
    id.to_string()
}

fn visit(device: &mut Device, day: &str, household: &str) -> EntryId {
    record(device, EntryKind::Visit, &[("occurred_on", day), ("households", household), ("mode", "home")])
}

fn sees(device: &Device, entry: EntryId) -> EntryView {
    match device.sees(&Query::Entry { entry }) {
        View::Entry(view) => view,
        other => panic!("the entry is here: {other:?}"),
    }
}

fn form(device: &Device, kind: EntryKind, like: Option<EntryId>) -> FormView {
    match device.sees(&Query::Form { kind, like }) {
        View::Form(form) => form,
        other => panic!("a form: {other:?}"),
    }
}

fn facts(device: &Device, kind: EntryKind, pairs: &[(&str, &str)]) -> Facts {
    match device.sees(&Query::Facts { kind, fields: fields(pairs) }) {
        View::Facts(facts) => facts,
        other => panic!("facts: {other:?}"),
    }
}

fn alike(device: &Device, entry: EntryId) -> Option<EntrySummary> {
    match device.sees(&Query::Alike { entry }) {
        View::Alike { entry } => entry,
        other => panic!("an answer: {other:?}"),
    }
}

/// Noon of a day in Shanghai.
fn noon(day: jiff::civil::Date) -> Moment {
    Moment::start_of(day).plus_ms(43_200_000)
}

#[test]
fn a_summary_keeps_the_facts_as_they_were_when_it_was_recorded_and_nobody_types_them() {
    let mut device = secretary();
    let home = household(&mut device);
    visit(&mut device, "2016-02-29", &home);
    visit(&mut device, "2015-12-31", &home);
    let back = visit(&mut device, "2016-03-01", &home);
    done(&mut device, Command::Withdraw { entry: back, text: String::new() });
    record(&mut device, EntryKind::Lesson, &[("occurred_on", "2016-03-01"), ("topic", "一课")]);
    let about = [("occurred_on", "2016-03-01"), ("half", "2016-H1")];
    let now = facts(&device, EntryKind::Summary, &about);
    assert_eq!((now.entries.get("visit"), now.entries.get("lesson"), now.households), (Some(&1), Some(&1), 1));

    let typed = [about[0], about[1], ("facts", "走访了二百户")];
    let summary = record(&mut device, EntryKind::Summary, &typed);
    assert_eq!(sees(&device, summary).facts, Some(now.clone()), "counted, whatever the draft said");
    record(&mut device, EntryKind::Lesson, &[("occurred_on", "2016-03-01"), ("topic", "二课")]);
    let later = facts(&device, EntryKind::Summary, &about);
    assert_eq!(later.entries["lesson"], 2);
    assert_eq!(sees(&device, summary).facts, Some(now.clone()));
    for amended in [[("facts", "走访了二百户")], [("facts", "")]] {
        done(&mut device, Command::Amend { entry: summary, fields: fields(&amended) });
        assert_eq!(sees(&device, summary).facts, Some(now.clone()));
    }
    done(&mut device, Command::Amend { entry: summary, fields: fields(&[("done", "修了路")]) });
    assert_eq!(sees(&device, summary).facts, Some(now), "other words count nothing anew");
    done(&mut device, Command::Amend { entry: summary, fields: fields(&[("half", "2015-H2")]) });
    let moved = sees(&device, summary).facts.expect("a summary has facts");
    assert_eq!((moved.from.to_string().as_str(), moved.entries.get("visit")), ("2015-08-01", Some(&1)));
}

#[test]
fn a_report_in_the_days_of_grace_is_about_the_year_that_has_ended() {
    let mut device = secretary();
    device.now = noon(jiff::civil::date(2016, 9, 1));
    let of = |day: &str| {
        let facts = facts(&device, EntryKind::Report, &[("occurred_on", day)]);
        (facts.from.to_string(), facts.to.to_string())
    };
    let year = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(of("2016-07-31"), year("2015-08-01", "2016-07-31"));
    assert_eq!(of("2016-08-15"), year("2015-08-01", "2016-07-31"));
    assert_eq!(of("2016-08-16"), year("2016-08-01", "2017-07-31"));
}

/// Both devices of the secretary, which know of one lesson.
fn one_lesson_on_two_devices() -> (Hub, [Device; 2], EntryId) {
    let mut hub = Hub::default();
    let both: Vec<_> = devices().into_iter().filter(|(_, who)| *who == Who::Secretary).collect();
    let [mut one, mut two] = [0, 1].map(|at| Device::new(both[at].0, Who::Secretary));
    one.sync(&mut hub);
    let lesson = record(&mut one, EntryKind::Lesson, &[("occurred_on", "2016-03-01"), ("topic", "一课")]);
    one.sync(&mut hub);
    two.sync(&mut hub);
    (hub, [one, two], lesson)
}

#[test]
fn two_values_of_a_field_are_settled_by_either_of_them_also_by_the_one_that_is_shown() {
    let (mut hub, [mut one, mut two], lesson) = one_lesson_on_two_devices();
    for shown in [true, false] {
        for (device, topic) in [(&mut one, "二课"), (&mut two, "三课")] {
            let topic = format!("{topic}{shown}");
            done(device, Command::Amend { entry: lesson, fields: fields(&[("topic", &topic)]) });
        }
        two.sync(&mut hub);
        one.sync(&mut hub);
        two.sync(&mut hub);
        let view = sees(&one, lesson);
        let field = &view.fields["topic"];
        assert_eq!(field.others.len(), 1);
        let chosen = if shown { field.value.clone() } else { field.others[0].value.clone() };
        done(&mut one, Command::Amend { entry: lesson, fields: [("topic".to_owned(), chosen.clone())].into() });
        for device in [&mut one, &mut two] {
            device.sync(&mut hub);
            let field = &sees(device, lesson).fields["topic"];
            assert_eq!((&field.value, field.others.len()), (&chosen, 0), "by the one that is shown: {shown}");
        }
        assert_eq!(hub.refused, []);
    }
    one.reopen();
    assert_eq!(sees(&one, lesson).summary.conflicts, 0);
}

#[test]
fn amendments_made_at_once_are_merged_and_told_as_such_and_later_ones_are_not() {
    let (mut hub, [mut one, mut two], lesson) = one_lesson_on_two_devices();
    let amend = |device: &mut Device, name: &str| {
        done(device, Command::Amend { entry: lesson, fields: fields(&[(name, "改过")]) });
    };
    let parallel = |device: &Device| -> Vec<(Vec<String>, bool)> {
        let told = |event: EventView| match event.kind {
            EventKind::Amended { fields } => Some((fields, event.parallel)),
            _ => None,
        };
        sees(device, lesson).events.into_iter().filter_map(told).collect()
    };
    amend(&mut one, "main_points");
    one.sync(&mut hub);
    two.sync(&mut hub);
    amend(&mut two, "members_views");
    assert!(parallel(&two).iter().all(|(_, parallel)| !parallel), "one after the other");
    two.sync(&mut hub);
    one.sync(&mut hub);

    amend(&mut one, "absence_reasons");
    amend(&mut two, "topic");
    one.sync(&mut hub);
    two.sync(&mut hub);
    one.sync(&mut hub);
    for device in [&one, &two] {
        let view = sees(device, lesson);
        assert_eq!((view.summary.conflicts, &view.fields["topic"].value), (0, &"改过".into()));
        assert_eq!(view.fields["absence_reasons"].value, "改过".into());
        let mut told = parallel(device);
        told.sort();
        let told: Vec<_> = told.iter().map(|(fields, parallel)| (fields[0].as_str(), *parallel)).collect();
        let expected = [("absence_reasons", true), ("main_points", false), ("members_views", false), ("topic", true)];
        assert_eq!(told, expected);
    }
}

#[test]
fn a_kind_without_facts_has_none() {
    let device = secretary();
    for kind in EntryKind::ALL {
        let query = Query::Facts { kind, fields: fields(&[("occurred_on", "2016-03-01"), ("half", "2016-H1")]) };
        let counted = matches!(device.sees(&query), View::Facts(_));
        assert_eq!(counted, matches!(kind, EntryKind::Summary | EntryKind::Report), "{kind:?}");
    }
}

#[test]
fn a_summary_begins_with_the_half_that_is_due_and_offers_those_of_the_tenure() {
    let mut device = secretary();
    for (day, due, halves) in [
        (jiff::civil::date(2016, 3, 1), "2016-H1", vec!["2016-H1", "2015-H2"]),
        (jiff::civil::date(2016, 7, 15), "2016-H1", vec!["2016-H2", "2016-H1", "2015-H2"]),
        (jiff::civil::date(2016, 7, 16), "2016-H2", vec!["2016-H2", "2016-H1", "2015-H2"]),
    ] {
        device.now = noon(day);
        let form = form(&device, EntryKind::Summary, None);
        assert_eq!(form.begin["half"], due.into(), "{day}");
        assert_eq!(form.halves, halves, "{day}");
    }
}

#[test]
fn a_research_report_begins_with_the_visits_that_stand() {
    let mut device = secretary();
    let home = household(&mut device);
    let older = visit(&mut device, "2016-02-01", &home);
    let newer = visit(&mut device, "2016-03-01", &home);
    let back = visit(&mut device, "2016-02-20", &home);
    done(&mut device, Command::Withdraw { entry: back, text: String::new() });
    let begun = form(&device, EntryKind::Research, None);
    assert_eq!(begun.begin["visits"], format!("{newer} {older}").into());
    let linked = format!("{newer} {older}");
    let pairs = [("occurred_on", "2016-03-01"), ("title", "养羊"), ("visits", linked.as_str())];
    let report = record(&mut device, EntryKind::Research, &pairs);
    let shown: Vec<EntryId> = sees(&device, report).visits.iter().map(|visit| visit.id).collect();
    assert_eq!(shown, [newer, older]);
    for _ in 0..VISITS_MAX {
        visit(&mut device, "2016-03-01", &home);
    }
    let begun = form(&device, EntryKind::Research, None);
    let linked = begun.begin["visits"].text().map(|list| list.split(' ').count());
    assert_eq!((linked, begun.visits.len()), (Some(VISITS_MAX), VISITS_MAX + 2));
}

#[test]
fn a_copy_begins_with_all_but_what_belongs_to_the_one_that_is_copied() {
    let mut device = secretary();
    let pairs = [
        ("occurred_on", "2016-02-01"),
        ("name", "修水窖"),
        ("need", "吃水难"),
        ("state", "achieved"),
        ("started", "2016-01-01"),
        ("finished", "2016-02-01"),
    ];
    let deed = record(&mut device, EntryKind::Deed, &pairs);
    let copy = form(&device, EntryKind::Deed, Some(deed)).begin;
    assert_eq!(copy, fields(&[("occurred_on", "2016-03-01"), ("name", "修水窖"), ("need", "吃水难")]));
    let other = form(&device, EntryKind::Lesson, Some(deed)).begin;
    assert_eq!(other, fields(&[("occurred_on", "2016-03-01")]), "an entry of another kind is no start");
    assert_eq!(form(&device, EntryKind::Deed, Some(EntryId(uuid::Uuid::nil()))).begin, other);
    let today = fields(&[("occurred_on", "2016-03-01")]);
    let fresh: Vec<Fields> = [EntryKind::Deed, EntryKind::Lesson].map(|kind| form(&device, kind, None).begin).into();
    assert_eq!(fresh, [today.clone(), today]);
}

#[test]
fn a_draft_written_almost_like_an_earlier_entry_of_its_kind_is_said_to_be_and_can_be_recorded() {
    let mut device = secretary();
    let told: String = (0..100).filter_map(|at| char::from_u32(0x4e00 + at)).collect();
    let lesson = |text: &str| [("occurred_on", "2016-03-01"), ("topic", "一课"), ("main_points", text)].map(own);
    let as_pairs = |pairs: &[(String, String)]| -> Fields {
        pairs.iter().map(|(name, value)| (name.clone(), FieldValue::from(value.as_str()))).collect()
    };
    let mut keep = |kind: EntryKind, pairs: &[(String, String)]| {
        let saved = device.does(Command::SaveDraft { entry: None, kind, fields: as_pairs(pairs), seen: None });
        let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft: {saved:?}") };
        entry
    };
    let first = keep(EntryKind::Lesson, &lesson(&told));
    let same = keep(EntryKind::Lesson, &lesson(&format!("{told}又讲了一点")));
    let shorter = keep(EntryKind::Lesson, &lesson(&told.chars().take(50).collect::<String>()));
    let activity = keep(
        EntryKind::Activity,
        &[("occurred_on", "2016-03-01"), ("theme", "一课"), ("result", told.as_str())].map(own),
    );
    assert_eq!(alike(&device, same), None, "another draft is no entry");
    done(&mut device, Command::Record { entry: first });
    assert_eq!(alike(&device, same).map(|found| found.id), Some(first));
    assert_eq!(alike(&device, shorter), None);
    assert_eq!(alike(&device, activity), None, "of another kind");
    done(&mut device, Command::Record { entry: same });
    assert_eq!(device.entries().0.len(), 2, "a hint, and no more");
}

#[test]
fn a_reviewer_sees_that_an_entry_is_written_almost_like_an_earlier_one_of_its_author() {
    let mut hub = Hub::default();
    let [mut author, mut reviewer] = [Who::Secretary, Who::Reviewer].map(|who| Device::new(device_of(who), who));
    author.sync(&mut hub);
    let told = "圈舍门坏了，说好周末一起修，老人身体还好";
    let lesson = |text| [("occurred_on", "2016-03-01"), ("topic", "一课"), ("main_points", text)];
    let first = record(&mut author, EntryKind::Lesson, &lesson(told));
    let other = record(&mut author, EntryKind::Lesson, &lesson("讲了党章，大家讨论了合作社的章程"));
    let again = record(&mut author, EntryKind::Lesson, &lesson(told));
    author.sync(&mut hub);
    reviewer.sync(&mut hub);
    let marked = |device: &Device, entry| sees(device, entry).alike.map(|found| found.id);
    assert_eq!([first, other, again].map(|entry| marked(&reviewer, entry)), [None, None, Some(first)]);
    assert_eq!(marked(&author, again), None, "the author had a hint before");
}

fn own((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn drafts_are_listed_with_what_keeps_them_from_being_recorded() {
    let mut device = secretary();
    let entry = draft(&mut device, EntryKind::Lesson, &[("occurred_on", "2016-03-02")]);
    done(&mut device, Command::SaveIssue { entry, issue: None, fields: fields(&[("category", "water")]) });
    let listed = |device: &Device| match device.sees(&Query::Entries) {
        View::Entries(view) => {
            view.entries[0].errors.iter().map(|error| (error.field.clone(), error.fault)).collect::<Vec<_>>()
        }
        other => panic!("a list: {other:?}"),
    };
    let error = |field: &str, fault| (field.to_owned(), fault);
    assert_eq!(
        listed(&device),
        [
            error("occurred_on", FieldFault::AfterToday),
            error("topic", FieldFault::Missing),
            error("text", FieldFault::Missing)
        ]
    );
    record(&mut device, EntryKind::Lesson, &[("occurred_on", "2016-03-01"), ("topic", "一课")]);
    let View::Entries(view) = device.sees(&Query::Entries) else { panic!("a list") };
    assert_eq!(view.entries.iter().map(|entry| entry.errors.len()).collect::<Vec<_>>(), [3, 0]);
}
