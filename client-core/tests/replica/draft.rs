//! Drafts on all devices of one person: what rests on one is on the other, what both wrote stands, and what is done is
//! gone from both.
use zhucun_core::contract::{Command, DraftView, EntryState, EntryView, Outcome, Query, Refusal, View};
use zhucun_core::document::{DocumentId, DocumentKind};
use zhucun_core::draft::{DRAFT_APART_MS, DRAFT_PAUSE_MS, DRAFTS_MAX};
use zhucun_core::entry::EntryKind;
use zhucun_core::field::FieldValue;
use zhucun_core::gate::{BRANCHES_MAX, GateRefusal};
use zhucun_core::host::Event;
use zhucun_core::id::{DeviceId, EntryId};
use zhucun_core::replica::FORMERLY_MAX;
use zhucun_core::wire::{self, RequestFrame};

use crate::device::{Device, Disk};
use crate::hub::Hub;
use crate::town::{Who, devices, fields};

/// The phone and the computer of the secretary, and the phone of somebody of the team.
struct Scene {
    hub: Hub,
    phone: Device,
    computer: Device,
}

impl Scene {
    fn new() -> Self {
        let mut own =
            devices().into_iter().filter(|(_, who)| *who == Who::Secretary).map(|(id, who)| Device::new(id, who));
        let (phone, computer) = (own.next().expect("a phone"), own.next().expect("a computer"));
        let mut scene = Scene { hub: Hub::default(), phone, computer };
        scene.both_sync();
        scene
    }

    fn both_sync(&mut self) {
        for _ in 0..2 {
            self.phone.sync(&mut self.hub);
            self.computer.sync(&mut self.hub);
        }
    }

    /// A lesson that rests on both.
    fn lesson(&mut self) -> EntryId {
        let draft = save(&mut self.phone, None, &[("occurred_on", "2016-02-29"), ("topic", "甲")]);
        self.phone.does(Command::LeaveDraft { entry: draft });
        self.both_sync();
        assert_eq!(text(&self.computer, draft, "topic"), "甲");
        draft
    }
}

fn save(device: &mut Device, entry: Option<EntryId>, pairs: &[(&str, &str)]) -> EntryId {
    let seen = entry.and_then(|entry| draft(device, entry)).map(|draft| draft.revision);
    let command = Command::SaveDraft { entry, kind: EntryKind::Lesson, fields: fields(pairs), seen };
    match device.does(command) {
        Some(Outcome::Done { entry: Some(entry), .. }) => entry,
        other => panic!("it is kept: {other:?}"),
    }
}

fn set(device: &mut Device, entry: EntryId, name: &str, value: &str) {
    let mut form = draft(device, entry).expect("the draft is here");
    form.fields.insert(name.to_owned(), value.into());
    let seen = Some(form.revision);
    device.does(Command::SaveDraft { entry: Some(entry), kind: form.kind, fields: form.fields, seen });
}

fn draft(device: &Device, entry: EntryId) -> Option<DraftView> {
    match device.sees(&Query::Draft { entry }) {
        View::Draft(draft) => Some(draft),
        _ => None,
    }
}

fn text(device: &Device, entry: EntryId, name: &str) -> String {
    let draft = draft(device, entry).expect("the draft is here");
    draft.fields.get(name).and_then(FieldValue::text).unwrap_or_default().to_owned()
}

fn recorded(device: &Device, entry: EntryId) -> EntryView {
    match device.sees(&Query::Entry { entry }) {
        View::Entry(view) => view,
        other => panic!("it is an entry: {other:?}"),
    }
}

fn done(outcome: Option<Outcome>) {
    assert!(matches!(outcome, Some(Outcome::Done { .. })), "{outcome:?}");
}

fn waits(device: &Device) -> u32 {
    let View::Sync(sync) = device.sees(&Query::Sync) else { panic!("a device that is open") };
    sync.waiting
}

fn drafts_at(hub: &Hub) -> usize {
    hub.documents.keys().filter(|id| id.kind() == DocumentKind::Draft).count()
}

#[test]
fn a_draft_that_rests_is_on_the_other_device_with_its_values_and_its_errors() {
    let mut scene = Scene::new();
    let kept = save(&mut scene.phone, None, &[("occurred_on", "2016-02-29")]);
    assert_eq!(scene.phone.wake_ms.take(), Some(DRAFT_PAUSE_MS as u32), "it asks to be woken");
    // While somebody types nothing goes.
    scene.phone.now = scene.phone.now.plus_ms(DRAFT_PAUSE_MS - 1);
    scene.phone.feeds(Event::Woken);
    assert_eq!(drafts_at(&scene.hub), 0);
    assert!(scene.phone.asks_now().is_none());
    scene.phone.now = scene.phone.now.plus_ms(1);
    scene.phone.feeds(Event::Woken);
    assert!(scene.phone.asks_now().is_some(), "it rests");
    scene.both_sync();
    assert_eq!(drafts_at(&scene.hub), 1);
    let View::Entries(list) = scene.computer.sees(&Query::Entries) else { panic!("a list") };
    assert_eq!(
        list.entries.iter().map(|entry| (entry.id, entry.state)).collect::<Vec<_>>(),
        [(kept, EntryState::Draft)]
    );
    assert_eq!(list.entries[0].errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["topic"]);
    assert_eq!(text(&scene.computer, kept, "occurred_on"), "2016-02-29");
    assert_eq!((waits(&scene.phone), scene.hub.refused.len()), (0, 0));
    // And a device that opens again has it still.
    scene.computer.reopen();
    assert_eq!(text(&scene.computer, kept, "occurred_on"), "2016-02-29");
}

#[test]
fn a_draft_goes_to_nobody_else() {
    let mut scene = Scene::new();
    scene.lesson();
    for (id, who) in devices().into_iter().filter(|(_, who)| *who != Who::Secretary) {
        let mut other = Device::new(id, who);
        other.sync(&mut scene.hub);
        assert_eq!(other.entries().1, [], "{who:?}");
    }
}

#[test]
fn what_both_wrote_in_different_fields_stands() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    set(&mut scene.phone, kept, "main_points", "手机上写的");
    set(&mut scene.computer, kept, "members_views", "电脑上写的");
    scene.both_sync();
    for device in [&scene.phone, &scene.computer] {
        assert_eq!(
            (text(device, kept, "main_points"), text(device, kept, "members_views")),
            ("手机上写的".into(), "电脑上写的".into())
        );
        assert_eq!(draft(device, kept).expect("here").others.len(), 0);
    }
    assert_eq!(scene.hub.refused, []);
}

#[test]
fn what_both_wrote_in_one_field_stays_and_one_of_them_is_shown_to_both() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    set(&mut scene.phone, kept, "topic", "乙");
    set(&mut scene.computer, kept, "topic", "丙");
    scene.both_sync();
    let seen = |device: &Device| (text(device, kept, "topic"), draft(device, kept).expect("here").others);
    let (shown, others) = seen(&scene.phone);
    assert_eq!((shown.clone(), others.clone()), seen(&scene.computer));
    let mut all = vec![FieldValue::from(shown), others["topic"][0].clone()];
    all.sort();
    assert_eq!(all, ["丙".into(), "乙".into()]);
    // One tap takes the other, and then there is one.
    let FieldValue::Text(other) = others["topic"][0].clone() else { panic!("a text") };
    set(&mut scene.phone, kept, "topic", &other);
    scene.both_sync();
    for device in [&scene.phone, &scene.computer] {
        assert_eq!((text(device, kept, "topic"), draft(device, kept).expect("here").others.len()), (other.clone(), 0));
    }
    assert_eq!(scene.hub.refused, []);
}

#[test]
fn a_form_that_stays_open_goes_every_five_minutes_and_at_once_when_it_is_left_or_a_request_goes() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    let made = |scene: &Scene| {
        let own = scene.hub.documents.iter().filter(|(id, _)| id.kind() == DocumentKind::Draft);
        own.map(|(_, document)| document.count()).sum::<usize>()
    };
    let rests = |scene: &mut Scene, ms: i64| {
        scene.phone.now = scene.phone.now.plus_ms(ms);
        scene.phone.feeds(Event::Woken);
        scene.phone.answers(&mut scene.hub);
    };
    set(&mut scene.phone, kept, "main_points", "零");
    scene.phone.does(Command::LeaveDraft { entry: kept });
    scene.phone.answers(&mut scene.hub);
    let (before, since) = (made(&scene), scene.phone.now);
    set(&mut scene.phone, kept, "main_points", "一");
    rests(&mut scene, DRAFT_PAUSE_MS);
    assert_eq!(made(&scene), before, "it went a moment ago");
    assert!(scene.phone.wake_ms.take().is_some_and(|ms| i64::from(ms) <= DRAFT_APART_MS), "it asks to be woken");
    scene.phone.now = since;
    rests(&mut scene, DRAFT_APART_MS - 1);
    assert_eq!(made(&scene), before);
    rests(&mut scene, 1);
    assert_eq!(made(&scene), before + 1);
    set(&mut scene.phone, kept, "main_points", "二");
    scene.phone.does(Command::LeaveDraft { entry: kept });
    scene.phone.answers(&mut scene.hub);
    assert_eq!(made(&scene), before + 2);
    set(&mut scene.phone, kept, "main_points", "三");
    scene.phone.now = scene.phone.now.plus_ms(DRAFT_PAUSE_MS);
    scene.phone.sync(&mut scene.hub);
    assert_eq!(made(&scene), before + 3);
}

#[test]
fn what_both_wrote_into_one_long_text_is_one_text_in_both_forms_and_in_the_entry() {
    let mut scene = Scene::new();
    let body = "全村有45户。缺水的有3户。\n路还没有通。";
    let pairs = fields(&[("occurred_on", "2016-02-29"), ("title", "饮水"), ("body", body)]);
    let kept = match scene.phone.does(Command::SaveDraft {
        entry: None,
        kind: EntryKind::Research,
        fields: pairs,
        seen: None,
    }) {
        Some(Outcome::Done { entry: Some(entry), .. }) => entry,
        other => panic!("it is kept: {other:?}"),
    };
    scene.phone.does(Command::LeaveDraft { entry: kept });
    scene.both_sync();
    set(&mut scene.phone, kept, "body", &body.replace("45户", "46户"));
    set(&mut scene.computer, kept, "body", &body.replace("没有通。", "没有通。井要修。"));
    scene.both_sync();
    let both = "全村有46户。缺水的有3户。\n路还没有通。井要修。";
    for device in [&scene.phone, &scene.computer] {
        assert_eq!(text(device, kept, "body"), both);
        assert_eq!(draft(device, kept).expect("here").others.len(), 0);
    }

    // The phone goes on offline while the computer records it: what was not seen is offered, with all that is in the entry.
    set(&mut scene.phone, kept, "body", &both.replace("3户", "5户"));
    done(scene.computer.does(Command::Record { entry: kept }));
    scene.computer.sync(&mut scene.hub);
    scene.both_sync();
    assert_eq!(text(&scene.phone, kept, "body"), both.replace("3户", "5户"));
    assert!(draft(&scene.phone, kept).expect("here").amends);
    done(scene.phone.does(Command::Record { entry: kept }));
    scene.both_sync();
    for device in [&scene.phone, &scene.computer] {
        assert_eq!(recorded(device, kept).fields["body"].value, both.replace("3户", "5户").into());
    }
    assert_eq!(scene.hub.refused, []);
}

#[test]
fn what_came_while_the_form_stood_open_is_not_written_over_by_it() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    let open = draft(&scene.computer, kept).expect("the form is open on the computer");
    set(&mut scene.phone, kept, "main_points", "手机上写的");
    scene.both_sync();
    assert!(draft(&scene.computer, kept).expect("here").revision > open.revision);
    // The form has not heard of it, and writes all that it holds.
    let mut form = open.fields.clone();
    form.insert("members_views".to_owned(), "电脑上写的".into());
    let command = Command::SaveDraft { entry: Some(kept), kind: open.kind, fields: form, seen: Some(open.revision) };
    done(scene.computer.does(command));
    scene.both_sync();
    for device in [&scene.phone, &scene.computer] {
        assert_eq!(
            (text(device, kept, "main_points"), text(device, kept, "members_views")),
            ("手机上写的".into(), "电脑上写的".into())
        );
    }
}

#[test]
fn a_draft_that_is_recorded_is_gone_from_every_device_and_from_the_server() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    done(scene.computer.does(Command::Record { entry: kept }));
    scene.both_sync();
    assert_eq!(drafts_at(&scene.hub), 0);
    for device in [&mut scene.phone, &mut scene.computer] {
        assert!(draft(device, kept).is_none());
        assert_eq!(recorded(device, kept).summary.state, EntryState::Submitted);
        device.reopen();
        assert_eq!(device.entries().1, [], "nor is it when it opens again");
        assert!(!device.disk_now().keys().any(|key| key.contains(&hex(kept))), "nothing of it is on the disk");
    }
    assert_eq!(scene.hub.refused, []);
}

fn hex(entry: EntryId) -> String {
    DocumentId::draft(entry).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_draft_that_is_thrown_away_is_gone_from_every_device_and_does_not_come_back() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    let before = scene.hub.clone();
    done(scene.phone.does(Command::DiscardDraft { entry: kept }));
    scene.both_sync();
    assert_eq!((drafts_at(&scene.hub), scene.phone.entries().1, scene.computer.entries().1), (0, vec![], vec![]));
    // A server of an earlier day has it still.
    scene.hub = Hub { epoch: 1, ..before };
    scene.both_sync();
    assert_eq!((drafts_at(&scene.hub), scene.phone.entries().1, scene.computer.entries().1), (0, vec![], vec![]));
}

#[test]
fn what_was_written_elsewhere_before_it_was_recorded_and_not_seen_becomes_an_amendment() {
    for pushed_before in [false, true] {
        let mut scene = Scene::new();
        let kept = scene.lesson();
        set(&mut scene.computer, kept, "main_points", "电脑上写的");
        if pushed_before {
            scene.computer.sync(&mut scene.hub);
        }
        set(&mut scene.phone, kept, "topic", "乙");
        done(scene.phone.does(Command::Record { entry: kept }));
        scene.both_sync();
        assert!(draft(&scene.phone, kept).is_none());
        let left = draft(&scene.computer, kept).expect("it is not lost");
        assert!(left.amends, "pushed before: {pushed_before}");
        assert_eq!(left.fields, fields(&[("main_points", "电脑上写的")]));
        scene.computer.reopen();
        done(scene.computer.does(Command::Record { entry: kept }));
        scene.both_sync();
        for device in [&scene.phone, &scene.computer] {
            let view = recorded(device, kept);
            assert_eq!(
                (&view.fields["topic"].value, &view.fields["main_points"].value),
                (&"乙".into(), &"电脑上写的".into())
            );
            assert_eq!(device.entries().1, []);
        }
        assert_eq!((waits(&scene.computer), scene.hub.refused.len()), (0, 0));
    }
}

#[test]
fn a_draft_stays_until_its_entry_is_there() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    scene.hub.holds_back = Some(DocumentKind::Log);
    done(scene.phone.does(Command::Record { entry: kept }));
    scene.both_sync();
    assert_eq!(drafts_at(&scene.hub), 1, "the entry may yet be refused");
    assert_eq!((scene.phone.entries().1, waits(&scene.phone)), (vec![], 1), "the phone has recorded it");
    assert_eq!(text(&scene.computer, kept, "topic"), "甲");
    // What is written on the other device meanwhile is not lost when the entry comes.
    set(&mut scene.computer, kept, "main_points", "电脑上写的");
    scene.both_sync();
    scene.hub.holds_back = None;
    scene.both_sync();
    assert_eq!((drafts_at(&scene.hub), draft(&scene.phone, kept)), (0, None));
    let left = draft(&scene.computer, kept).expect("it is not lost");
    assert_eq!((left.amends, left.fields), (true, fields(&[("main_points", "电脑上写的")])));
    assert_eq!(scene.hub.refused, []);
}

#[test]
fn where_the_entry_never_comes_another_device_has_the_form() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    scene.hub.holds_back = Some(DocumentKind::Log);
    done(scene.phone.does(Command::Record { entry: kept }));
    scene.both_sync();
    // The phone is lost. A new computer knows nothing but what the server has.
    scene.hub.holds_back = None;
    for ends in [Command::Record { entry: kept }, Command::DiscardDraft { entry: kept }] {
        let mut hub = scene.hub.clone();
        let mut new = Device::new(DeviceId(uuid::Uuid::from_u128(0xdeff)), Who::Secretary);
        new.sync(&mut hub);
        assert_eq!(text(&new, kept, "topic"), "甲");
        done(new.does(ends));
        new.sync(&mut hub);
        assert_eq!((drafts_at(&hub), waits(&new), hub.refused.clone(), draft(&new, kept)), (0, 0, vec![], None));
    }
}

#[test]
fn a_device_that_was_given_a_new_name_keeps_what_it_wrote_under_the_old_one() {
    for renamed_before in [false, true] {
        let mut scene = Scene::new();
        let kept = scene.lesson();
        set(&mut scene.computer, kept, "main_points", "电脑上写的");
        scene.computer.sync(&mut scene.hub);
        if renamed_before {
            scene.computer.signs_in_as(DeviceId(uuid::Uuid::from_u128(0xdeff)));
            scene.computer.reopen();
        }
        // The phone has not read it.
        done(scene.phone.does(Command::Record { entry: kept }));
        scene.both_sync();
        let left = draft(&scene.computer, kept).expect("it is not lost");
        assert_eq!((left.amends, left.fields), (true, fields(&[("main_points", "电脑上写的")])));
    }
}

#[test]
fn a_device_is_known_by_the_last_eight_names_it_had() {
    for names in [FORMERLY_MAX, FORMERLY_MAX + 1] {
        let mut scene = Scene::new();
        let kept = scene.lesson();
        set(&mut scene.computer, kept, "main_points", "电脑上写的");
        scene.computer.sync(&mut scene.hub);
        for name in 0..names as u128 {
            scene.computer.signs_in_as(DeviceId(uuid::Uuid::from_u128(0xdf00 + name)));
        }
        done(scene.phone.does(Command::Record { entry: kept }));
        scene.both_sync();
        assert_eq!(draft(&scene.computer, kept).is_some(), names == FORMERLY_MAX, "{names}");
    }
}

#[test]
fn a_server_of_an_earlier_day_is_not_told_that_somebody_saw_what_they_did_not() {
    for records in [true, false] {
        let mut scene = Scene::new();
        let kept = scene.lesson();
        let before = scene.hub.clone();
        let ends = if records { Command::Record { entry: kept } } else { Command::DiscardDraft { entry: kept } };
        done(scene.phone.does(ends));
        scene.phone.sync(&mut scene.hub);
        // The computer has not heard of it when the server is put back, and goes on.
        scene.hub = Hub { epoch: 1, holds_back: Some(DocumentKind::Log), ..before };
        set(&mut scene.computer, kept, "main_points", "电脑上写的");
        scene.computer.sync(&mut scene.hub);
        scene.both_sync();
        scene.hub.holds_back = None;
        scene.phone.reopen();
        scene.both_sync();
        scene.both_sync();
        assert_eq!((drafts_at(&scene.hub), draft(&scene.phone, kept)), (0, None), "records: {records}");
        let left = draft(&scene.computer, kept).expect("it is not lost");
        assert_eq!((left.amends, &left.fields["main_points"]), (records, &"电脑上写的".into()));
    }
}

#[test]
fn what_is_written_after_recording_stays_when_the_entry_is_recorded_again() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    done(scene.phone.does(Command::Record { entry: kept }));
    save(&mut scene.phone, Some(kept), &[("occurred_on", "2016-02-29"), ("topic", "甲"), ("main_points", "又写的")]);
    scene.phone.signs_in_as(DeviceId(uuid::Uuid::from_u128(0xdeff)));
    scene.phone.reopen();
    scene.both_sync();
    let left = draft(&scene.phone, kept).expect("it is not lost");
    assert_eq!((left.amends, left.fields), (true, fields(&[("main_points", "又写的")])));
    assert_eq!(recorded(&scene.computer, kept).fields["topic"].value, "甲".into());
}

#[test]
fn an_opening_that_fell_over_a_draft_nobody_else_has_reads_once_and_rests() {
    let mut scene = Scene::new();
    scene.hub.holds_back = Some(DocumentKind::Draft);
    let kept = save(&mut scene.phone, None, &[("topic", "甲")]);
    done(scene.phone.does(Command::LeaveDraft { entry: kept }));
    let mut rows = scene.phone.disk_now();
    rows.insert("opening".to_owned(), hex(kept).into_bytes().into());
    scene.phone.put_back(rows);
    scene.phone.sync(&mut scene.hub);
    let View::Sync(sync) = scene.phone.sees(&Query::Sync) else { panic!("no view") };
    assert_eq!(sync.troubled_documents, 0);
    scene.phone.feeds(Event::Nudge);
    let asked = wire::unpack::<RequestFrame>(scene.phone.asks_now().expect("a request")).expect("frames");
    assert!(
        matches!(&asked[0], RequestFrame::Hello(hello) if !hello.cursors.is_empty()),
        "it has read all that there is"
    );
    let asked = wire::pack(&asked);
    let reply = scene.hub.reply(scene.phone.now, scene.phone.id, scene.phone.who, &asked);
    scene.phone.hears(reply, true);
    scene.hub.holds_back = None;
    set(&mut scene.phone, kept, "topic", "乙");
    scene.both_sync();
    assert_eq!(text(&scene.computer, kept, "topic"), "乙", "and goes on with the draft");
}

#[test]
fn what_was_seen_before_it_was_recorded_is_offered_nobody() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    set(&mut scene.computer, kept, "topic", "乙");
    scene.both_sync();
    set(&mut scene.phone, kept, "topic", "丙");
    done(scene.phone.does(Command::Record { entry: kept }));
    scene.both_sync();
    assert_eq!(scene.computer.entries().1, []);
    assert_eq!(recorded(&scene.computer, kept).fields["topic"].value, "丙".into());
}

#[test]
fn what_was_written_elsewhere_after_it_was_thrown_away_stays_on_that_device() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    set(&mut scene.computer, kept, "main_points", "电脑上写的");
    done(scene.phone.does(Command::DiscardDraft { entry: kept }));
    scene.both_sync();
    assert_eq!((scene.phone.entries().1, drafts_at(&scene.hub)), (vec![], 0));
    let left = draft(&scene.computer, kept).expect("it is not lost");
    assert!(left.alone && !left.amends);
    assert_eq!(
        (text(&scene.computer, kept, "topic"), text(&scene.computer, kept, "main_points")),
        ("甲".into(), "电脑上写的".into())
    );
    // It may still become an entry.
    done(scene.computer.does(Command::Record { entry: kept }));
    scene.both_sync();
    assert_eq!(recorded(&scene.phone, kept).fields["main_points"].value, "电脑上写的".into());
    assert_eq!(scene.hub.refused, []);
}

#[test]
fn a_form_that_stood_open_while_its_draft_was_recorded_elsewhere_makes_an_amendment() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    done(scene.phone.does(Command::Record { entry: kept }));
    scene.both_sync();
    save(&mut scene.computer, Some(kept), &[("occurred_on", "2016-02-29"), ("topic", "甲"), ("main_points", "又写的")]);
    let left = draft(&scene.computer, kept).expect("it is kept");
    assert_eq!((left.amends, left.fields, left.errors), (true, fields(&[("main_points", "又写的")]), vec![]));
    scene.both_sync();
    assert_eq!(drafts_at(&scene.hub), 0, "and is no draft of the server");
    done(scene.computer.does(Command::Record { entry: kept }));
    scene.both_sync();
    assert_eq!(recorded(&scene.phone, kept).fields["main_points"].value, "又写的".into());
}

#[test]
fn an_issue_of_a_draft_is_on_both_and_raised_once() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    let issue = fields(&[("category", "water"), ("text", "水管冻裂")]);
    done(scene.phone.does(Command::SaveIssue { entry: kept, issue: None, fields: issue.clone() }));
    scene.both_sync();
    let there = draft(&scene.computer, kept).expect("here").issues;
    assert_eq!(there.iter().map(|issue| issue.fields.clone()).collect::<Vec<_>>(), [issue]);
    done(scene.computer.does(Command::Record { entry: kept }));
    scene.both_sync();
    let View::Issues(issues) = scene.phone.sees(&Query::Issues { village: crate::town::village() }) else {
        panic!("issues")
    };
    assert_eq!(issues.issues.len(), 1);
}

#[test]
fn a_device_that_dies_over_a_draft_loses_nothing_that_was_kept() {
    for disk in [Disk::DiesBefore, Disk::DiesAfter] {
        let mut scene = Scene::new();
        let kept = scene.lesson();
        set(&mut scene.phone, kept, "main_points", "写了");
        scene.phone.disk = disk;
        assert_eq!(scene.phone.does(Command::LeaveDraft { entry: kept }), None);
        assert_eq!(text(&scene.phone, kept, "main_points"), "写了");
        scene.both_sync();
        assert_eq!(text(&scene.computer, kept, "main_points"), "写了", "{disk:?}");
        assert_eq!(scene.hub.refused, []);
    }
}

#[test]
fn a_device_with_a_new_name_goes_on_with_its_drafts() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    set(&mut scene.phone, kept, "topic", "乙");
    done(scene.phone.does(Command::LeaveDraft { entry: kept }));
    scene.phone.signs_in_as(DeviceId(uuid::Uuid::from_u128(0xdeff)));
    scene.both_sync();
    assert_eq!((text(&scene.computer, kept, "topic"), scene.hub.refused.len()), ("乙".into(), 0));
}

#[test]
fn a_draft_that_the_server_does_not_take_stays_where_it_is() {
    let mut scene = Scene::new();
    let kept = save(&mut scene.phone, None, &[("topic", "甲")]);
    scene.hub.whims = 100;
    for turn in 0..5 {
        set(&mut scene.phone, kept, "topic", &format!("甲{turn}"));
        scene.phone.sync(&mut scene.hub);
    }
    let left = draft(&scene.phone, kept).expect("it is here");
    assert!(left.alone);
    let asked = scene.hub.whims;
    set(&mut scene.phone, kept, "topic", "乙");
    scene.phone.sync(&mut scene.hub);
    assert_eq!(scene.hub.whims, asked, "it is not tried for ever");
    scene.hub.whims = 0;
    set(&mut scene.phone, kept, "occurred_on", "2016-02-29");
    done(scene.phone.does(Command::Record { entry: kept }));
    scene.both_sync();
    assert_eq!(recorded(&scene.computer, kept).fields["topic"].value, "乙".into());
}

#[test]
fn a_draft_that_is_refused_three_times_stays_where_it_is_and_not_before() {
    for (refusals, alone) in [(2, false), (3, true)] {
        let mut scene = Scene::new();
        let kept = save(&mut scene.phone, None, &[("topic", "甲")]);
        scene.hub.whims = refusals;
        for turn in 0..5 {
            set(&mut scene.phone, kept, "topic", &format!("甲{turn}"));
            scene.phone.sync(&mut scene.hub);
        }
        assert_eq!(
            (draft(&scene.phone, kept).expect("it is here").alone, drafts_at(&scene.hub)),
            (alone, usize::from(!alone))
        );
    }
}

#[test]
fn the_last_two_hundred_drafts_that_were_thrown_away_do_not_come_back() {
    for (more, comes_back) in [(199, false), (200, true)] {
        let mut scene = Scene::new();
        let first = scene.lesson();
        let before = scene.hub.clone();
        done(scene.phone.does(Command::DiscardDraft { entry: first }));
        for _ in 0..more {
            let other = save(&mut scene.phone, None, &[("topic", "乙")]);
            scene.phone.does(Command::LeaveDraft { entry: other });
            done(scene.phone.does(Command::DiscardDraft { entry: other }));
        }
        scene.phone.sync(&mut scene.hub);
        // A server of an earlier day has the first.
        scene.hub = Hub { epoch: 1, ..before };
        scene.phone.sync(&mut scene.hub);
        scene.phone.sync(&mut scene.hub);
        assert_eq!(draft(&scene.phone, first).is_some(), comes_back, "{more} more");
    }
}

#[test]
fn drafts_beyond_the_limit_stay_on_their_device() {
    let mut scene = Scene::new();
    let all: Vec<EntryId> = (0..=DRAFTS_MAX)
        .map(|at| {
            let kept = save(&mut scene.phone, None, &[("topic", &format!("{at}"))]);
            scene.phone.does(Command::LeaveDraft { entry: kept });
            kept
        })
        .collect();
    scene.both_sync();
    assert_eq!((drafts_at(&scene.hub), scene.phone.entries().1.len()), (DRAFTS_MAX, DRAFTS_MAX + 1));
    assert_eq!(scene.computer.entries().1.len(), DRAFTS_MAX);
    // Where one is done there is room for the next.
    done(scene.phone.does(Command::DiscardDraft { entry: all[0] }));
    scene.both_sync();
    assert_eq!(scene.computer.entries().1.len(), DRAFTS_MAX);
    assert_eq!(text(&scene.computer, all[DRAFTS_MAX], "topic"), DRAFTS_MAX.to_string());
}

#[test]
fn an_issue_that_a_field_cannot_hold_is_refused_with_the_draft_as_it_was() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    let long = "a".repeat(19_990);
    let kept_whole = Command::SaveIssue { entry: kept, issue: None, fields: fields(&[("text", &long[..19_980])]) };
    done(scene.phone.does(kept_whole));
    let too_long = Command::SaveIssue { entry: kept, issue: None, fields: fields(&[("text", &long)]) };
    assert_eq!(scene.phone.does(too_long), Some(Outcome::Refused { refusal: Refusal::TextTooLong }));
    assert_eq!(draft(&scene.phone, kept).expect("here").issues.len(), 1);
}

#[test]
fn a_disk_that_was_put_back_takes_up_the_draft_where_it_is() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    let before = scene.phone.disk_now();
    set(&mut scene.phone, kept, "topic", "乙");
    scene.both_sync();
    scene.phone.put_back(before);
    set(&mut scene.phone, kept, "main_points", "又写的");
    scene.both_sync();
    scene.both_sync();
    assert!(scene.hub.refused.iter().all(|refusal| *refusal == GateRefusal::SeqReused));
    assert_eq!(text(&scene.computer, kept, "main_points"), "又写的");
    let topics = draft(&scene.computer, kept).expect("here");
    let shown = text(&scene.computer, kept, "topic");
    let others = topics.others.get("topic").cloned().unwrap_or_default();
    assert!(shown == "乙" || others.contains(&"乙".into()), "{shown} {others:?}");
}

#[test]
fn what_the_server_has_not_taken_stays_in_the_form_whatever_came_beside_it() {
    for phone_first in [true, false] {
        let mut scene = Scene::new();
        let kept = scene.lesson();
        let Scene { hub, phone, computer } = &mut scene;
        let (first, other) = if phone_first { (phone, computer) } else { (computer, phone) };
        set(first, kept, "topic", "丙");
        first.sync(hub);
        // What it asked for before the form rested brings the other value, and what is in the form goes out.
        set(other, kept, "topic", "乙");
        other.feeds(Event::Nudge);
        let asked = other.asks_now().expect("a request").to_vec();
        other.hears(hub.reply(other.now, other.id, other.who, &asked), true);
        assert!(other.asks_now().is_some());
        other.signs_in_as(DeviceId(uuid::Uuid::from_u128(0xdeff)));
        other.sync(hub);
        first.sync(hub);
        let view = draft(first, kept).expect("here");
        let all: Vec<&FieldValue> =
            view.fields.get("topic").into_iter().chain(view.others.get("topic").into_iter().flatten()).collect();
        assert!(all.contains(&&"乙".into()), "phone first: {phone_first}: {all:?}");
    }
}

#[test]
fn what_stood_beside_another_value_and_was_not_seen_is_lost_to_nobody() {
    for (records, phone_first) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut scene = Scene::new();
        let kept = scene.lesson();
        let Scene { hub, phone, computer } = &mut scene;
        let (ends, other) = if phone_first { (phone, computer) } else { (computer, phone) };
        set(ends, kept, "topic", "丙");
        ends.sync(hub);
        set(other, kept, "topic", "乙");
        other.sync(hub);
        // Who ends it has not read since.
        done(ends.does(if records { Command::Record { entry: kept } } else { Command::DiscardDraft { entry: kept } }));
        ends.sync(hub);
        other.sync(hub);
        let left = draft(other, kept).expect("it is not lost");
        assert_eq!((left.amends, left.fields["topic"].clone()), (records, "乙".into()), "phone first: {phone_first}");
    }
}

#[test]
fn a_form_that_follows_nothing_writes_over_nothing_however_often_it_is_saved() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    let open = draft(&scene.computer, kept).expect("the form is open on the computer");
    for turn in ["一", "二", "三"] {
        set(&mut scene.phone, kept, "main_points", turn);
        scene.both_sync();
        let mut fields = open.fields.clone();
        fields.insert("members_views".to_owned(), turn.into());
        let seen = Some(open.revision);
        done(scene.computer.does(Command::SaveDraft { entry: Some(kept), kind: open.kind, fields, seen }));
        scene.both_sync();
        for device in [&scene.phone, &scene.computer] {
            assert_eq!(
                (text(device, kept, "main_points"), text(device, kept, "members_views")),
                (turn.into(), turn.into())
            );
        }
    }
}

#[test]
fn a_server_that_refuses_the_end_of_a_draft_is_not_told_without_rest() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    scene.hub.whims = u32::MAX;
    done(scene.phone.does(Command::DiscardDraft { entry: kept }));
    scene.phone.sync(&mut scene.hub);
    assert_eq!(scene.phone.entries().1, []);
    // It is told again when it is read anew.
    (scene.hub.whims, scene.hub.epoch) = (0, 1);
    scene.both_sync();
    assert_eq!((drafts_at(&scene.hub), scene.computer.entries().1), (0, vec![]));
}

#[test]
fn one_device_more_than_may_write_side_by_side_keeps_its_form_and_rests() {
    let mut scene = Scene::new();
    let kept = scene.lesson();
    let name = |at: usize| DeviceId(uuid::Uuid::from_u128(0xdd00 + at as u128));
    let mut many: Vec<Device> = (0..BRANCHES_MAX + 2).map(|at| Device::new(name(at), Who::Secretary)).collect();
    many.iter_mut().for_each(|device| device.sync(&mut scene.hub));
    for (at, device) in many.iter_mut().enumerate() {
        set(device, kept, "topic", &format!("甲{at}"));
    }
    many.iter_mut().for_each(|device| device.sync(&mut scene.hub));
    let last = many.last().expect("the one more");
    let left = draft(last, kept).expect("it is here");
    assert!(scene.hub.refused.contains(&GateRefusal::TooManyBranches), "{:?}", scene.hub.refused);
    assert_eq!((left.alone, text(last, kept, "topic")), (true, format!("甲{}", BRANCHES_MAX + 1)));
}

#[test]
fn what_was_recorded_goes_before_drafts_that_fill_a_request() {
    let mut scene = Scene::new();
    let noise = |seed: u32| -> String {
        let mixed = |at: u32| (at + seed * 20_000).wrapping_mul(0x9e37_79b9) >> 24;
        (0..19_000).map(|at| char::from(b'!' + (mixed(at) % 90) as u8)).collect()
    };
    let long: Vec<(String, String)> =
        ('a'..='n').zip(0..).map(|(letter, seed)| (format!("field_{letter}"), noise(seed))).collect();
    let long: Vec<(&str, &str)> = long.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let kept = save(&mut scene.phone, None, &long);
    scene.phone.does(Command::LeaveDraft { entry: kept });
    scene.phone.asks().expect("the draft is on its way");
    scene.phone.hears(Vec::new(), false);
    let (points, views) = (noise(20), noise(21));
    let entry = save(
        &mut scene.phone,
        None,
        &[
            ("occurred_on", "2016-02-29"),
            ("topic", "甲"),
            ("main_points", &points[..4_900]),
            ("members_views", &views[..1_900]),
        ],
    );
    done(scene.phone.does(Command::Record { entry }));
    let asked = scene.phone.asks().expect("a request").to_vec();
    let frames = wire::unpack::<RequestFrame>(&asked).expect("frames");
    let pushed: Vec<DocumentKind> = frames
        .iter()
        .filter_map(|frame| match frame {
            RequestFrame::Push(push) => Some(push.document.kind()),
            _ => None,
        })
        .collect();
    assert_eq!(pushed, [DocumentKind::Draft, DocumentKind::Log]);
}
