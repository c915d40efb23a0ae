//! An application of today and one of a later year write one document: what only the later one knows stays, is there to be
//! read, and loses nothing to what the other writes.
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc};
use zhucun_core::contract::{Command, EntryState, EntryView, Outcome, Query, View};
use zhucun_core::document::{Container, DocumentId, genesis_change};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::id::EntryId;

use crate::device::Device;
use crate::hub::Hub;
use crate::scene::{Scene, done};
use crate::town::{Who, devices, fields, log, tenure};

/// Lets an application of a later year write into a document as the hub has it, under an actor of its own.
fn newer_writes(
    hub: &Hub,
    (document, container): (DocumentId, &str),
    actor: u8,
    write: impl FnOnce(&mut automerge::transaction::Transaction<'_>, ObjId),
) -> Vec<u8> {
    let changes = hub.documents.get(&document).map(|document| document.changes()).unwrap_or_default().into_iter();
    let changes = changes.map(|bytes| Change::from_bytes(bytes).expect("a change"));
    let mut copy = Automerge::new().with_actor(ActorId::from([actor; 16]));
    copy.apply_changes([genesis_change(document.kind())].into_iter().chain(changes)).expect("a document");
    let (_, entries) = copy.get(ROOT, container).expect("a map").expect("the genesis has its containers");
    let mut transaction = copy.transaction();
    write(&mut transaction, entries);
    transaction.commit_with(CommitOptions::default().with_time(1_456_797_000));
    copy.get_last_local_change().expect("a change was just made").raw_bytes().to_vec()
}

fn sees(device: &Device, entry: EntryId) -> EntryView {
    match device.sees(&Query::Entry { entry }) {
        View::Entry(view) => view,
        other => panic!("the entry is {other:?}"),
    }
}

#[test]
fn what_an_old_and_a_new_application_write_into_one_document_is_all_there() {
    let mut hub = Hub::default();
    let own = devices().into_iter().filter(|(_, who)| *who == Who::Secretary).map(|(id, who)| Device::new(id, who));
    let [mut device, mut other] = own.take(2).collect::<Vec<_>>().try_into().ok().expect("two devices");
    device.sync(&mut hub);
    let lesson = fields(&[("occurred_on", "2016-02-23"), ("topic", "一课"), ("main_points", "学习讨论。")]);
    let saved = device.does(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields: lesson, seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("{saved:?}") };
    device.does(Command::Record { entry });
    device.sync(&mut hub);

    // The newer one: another topic, a choice and a field that are not known here, and an entry of an eighth kind.
    let eighth = EntryId(uuid::Uuid::from_u128(0x8));
    let written = newer_writes(&hub, (log(), "entries"), 9, |transaction, entries| {
        let (_, record) = transaction.get(&entries, entry.to_string()).expect("a map").expect("the lesson is there");
        for (name, value) in [("topic", "新课"), ("form", "by_hologram"), ("weather", "小雨")] {
            transaction.put(&record, name, value).expect("a record takes texts");
        }
        let record = transaction.put_object(&entries, eighth.to_string(), ObjType::Map).expect("a map");
        for (name, value) in [("kind", "star_gazing"), ("occurred_on", "2016-02-24"), ("star", "天狼星")] {
            transaction.put(&record, name, value).expect("a record takes texts");
        }
    });
    // Meanwhile this one, without knowing of it.
    let amends = |device: &mut Device, pairs: &[(&str, &str)]| {
        let fields: Fields = fields(pairs);
        assert!(matches!(device.does(Command::Amend { entry, fields }), Some(Outcome::Done { .. })));
    };
    amends(&mut device, &[("topic", "旧课"), ("members_views", "有收获")]);
    hub.plant(Who::Secretary, log(), written);
    device.sync(&mut hub);
    // And once more, knowing of it.
    amends(&mut device, &[("main_points", "又学了一遍。")]);
    device.sync(&mut hub);
    other.sync(&mut hub);
    device.reopen();

    for device in [&device, &other] {
        let view = sees(device, entry);
        let value = |name: &str| view.fields[name].value.text().unwrap_or_default().to_owned();
        assert_eq!((value("weather"), value("form")), ("小雨".to_owned(), "by_hologram".to_owned()));
        assert_eq!((value("members_views"), value("main_points")), ("有收获".to_owned(), "又学了一遍。".to_owned()));
        let topic = &view.fields["topic"];
        let mut topics = vec![topic.value.clone(), topic.others[0].value.clone()];
        topics.sort();
        assert_eq!(topics, ["新课".into(), "旧课".into()]);
        let view = sees(device, eighth);
        assert_eq!((view.summary.kind.as_str(), &view.fields["star"].value), ("star_gazing", &"天狼星".into()));
    }
    let record = hub.documents[&log()].record(Container::Entries, &entry.to_string()).expect("the hub has it");
    assert_eq!((record.text("weather"), record.fields["topic"].len(), hub.refused.len()), (Some("小雨"), 2, 0));
}

#[test]
fn what_only_a_later_year_knows_of_a_review_stays_beside_what_is_said_now() {
    let mut scene = Scene::submitted();
    let (entry, review) = (scene.lesson, DocumentId::review(tenure()));
    let version = crate::scene::sees(&scene.reviewer, entry).version;
    let event = uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0009).to_string();
    let written = newer_writes(&scene.hub, (review, "events"), 9, |transaction, events| {
        let record = transaction.put_object(&events, &event, ObjType::Map).expect("a map");
        let id = entry.to_string();
        for (name, value) in [("entry", &*id), ("verdict", "confirmed"), ("version", &version), ("applause", "热烈")]
        {
            transaction.put(&record, name, value).expect("a record takes texts");
        }
    });
    scene.hub.plant(Who::Reviewer, review, written);
    scene.meet();
    assert_eq!(scene.state(), EntryState::Confirmed);
    let comments = Default::default();
    let (reason, comment) = (zhucun_core::review::ReturnReason::TooBrief, String::new());
    done(&mut scene.reviewer, Command::Return { entry, version, reason, comment, comments });
    scene.reviewer.reopen();
    scene.meet();
    let kept = scene.hub.documents[&review].record(Container::Events, &event).expect("the hub has it");
    assert_eq!(kept.text("applause"), Some("热烈"));
}
