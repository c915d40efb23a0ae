//! Who may read and write what, held against the real server by clients that do not keep to the rules: everybody gets
//! their own and nothing else, and whatever is forged is refused with its code while the server goes on.
use std::io::Write;

use zhucun_core::contract::{Command, EntryState, EntryView, EventKind, EventView, Outcome, Query, Refusal, View};
use zhucun_core::document::{Actor, DocumentId, DocumentKind};
use zhucun_core::entry::EntryKind;
use zhucun_core::gate::GateRefusal;
use zhucun_core::id::{DeviceId, EventId, TenureId};
use zhucun_core::review::VoidReason;
use zhucun_core::wire::{self, Fate, Hello, Line, Push, ReplyFrame, RequestFrame};
use zhucun_tests::device::{Device, hello};
use zhucun_tests::forge::{forked, made_by, pushed, record_in, record_under};
use zhucun_tests::line::{self, Answer, Cut};
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{TOWNSHIP_VILLAGES, reviewer_login, secretary_login};

/// A text that must never be seen outside its township.
const CANARY: &str = "只在本乡可见的叙述";

fn log_a_lesson(stage: &Stage, device: &mut Device) {
    let day = stage.town.today.to_string();
    let fields = [("occurred_on", day.as_str().into()), ("topic", CANARY.into()), ("main_points", CANARY.into())];
    device.record(EntryKind::Lesson, &fields);
    device.sync_fully();
}

fn ask(device: &mut Device, hello: Hello, pushes: Vec<Push>) -> Answer {
    let mut frames = vec![RequestFrame::Hello(hello)];
    frames.extend(pushes.into_iter().map(RequestFrame::Push));
    let token = device.access_token();
    device.ask("POST", "/api/v1/sync", &token, &wire::pack(&frames))
}

/// Pushes raw changes as a device and gives the whole reply.
fn push(device: &mut Device, pushes: Vec<Push>) -> Vec<ReplyFrame> {
    let answer = ask(device, hello(device.id), pushes);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    wire::unpack(&answer.body).expect("a reply of frames")
}

fn fates(reply: &[ReplyFrame]) -> Vec<Fate> {
    reply
        .iter()
        .filter_map(|frame| match frame {
            ReplyFrame::Ack(ack) => Some(ack.fates.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}

#[test]
fn a_secretary_reads_and_writes_no_other_village() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut own = stage.device(1, &secretary_login(0));
    log_a_lesson(&stage, &mut own);
    let mut other = stage.device(2, &secretary_login(1));
    let foreign = [
        DocumentId::log(stage.town.tenure(0)),
        DocumentId::review(stage.town.tenure(0)),
        DocumentId::village(stage.town.villages[0]),
        // One's own review is read, never written.
        DocumentId::review(stage.town.tenure(1)),
        // Nobody's. Of drafts there are laws of their own.
        DocumentId::log(TenureId(uuid::Uuid::from_u128(0x99))),
    ];
    for document in foreign {
        let push_it = pushed(document, other.id);
        let reply = push(&mut other, vec![push_it]);
        assert_eq!(fates(&reply), [Fate::NotAllowed, Fate::NotYet], "{document}");
        assert!(!reply.iter().any(|frame| matches!(frame, ReplyFrame::Delta(_))), "{document}");
    }
    let seen = other.disk().values().any(|row| row.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()));
    assert!(!seen, "nothing of the other village is on the device");
    assert_eq!(other.view(&Query::Village { village: stage.town.villages[0] }), own_nothing());
    log_a_lesson(&stage, &mut other);
}

fn own_nothing() -> View {
    View::Entries(zhucun_core::contract::EntriesView { entries: Vec::new() })
}

#[test]
fn a_reviewer_writes_no_log_and_sees_only_the_own_township() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut inside = stage.device(1, &secretary_login(0));
    let mut outside = stage.device(2, &secretary_login(TOWNSHIP_VILLAGES));
    log_a_lesson(&stage, &mut inside);
    log_a_lesson(&stage, &mut outside);
    let mut reviewer = stage.device(3, &reviewer_login(0));
    let log = DocumentId::log(stage.town.tenure(0));
    let push_it = pushed(log, reviewer.id);
    assert_eq!(fates(&push(&mut reviewer, vec![push_it])), [Fate::NotAllowed, Fate::NotYet]);
    let there = DocumentId::review(stage.town.tenure(TOWNSHIP_VILLAGES));
    let push_it = pushed(there, reviewer.id);
    assert_eq!(fates(&push(&mut reviewer, vec![push_it])), [Fate::NotAllowed, Fate::NotYet]);
    // A village of the own township that nobody has told the server of.
    let unknown = format!("{}999", &stage.town.villages[0].to_string()[..9]);
    let push_it = pushed(DocumentId::village(unknown.parse().expect("a code")), reviewer.id);
    assert_eq!(fates(&push(&mut reviewer, vec![push_it])), [Fate::NotAllowed, Fate::NotYet]);
    let View::Queue(queue) = reviewer.view(&Query::Queue) else { panic!("no queue") };
    assert_eq!(queue.villages.len(), TOWNSHIP_VILLAGES);
    assert_eq!(queue.villages.iter().map(|village| village.awaiting.len()).sum::<usize>(), 1);
}

#[test]
fn county_and_city_get_no_narrative_in_any_reply() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut secretary = stage.device(1, &secretary_login(0));
    log_a_lesson(&stage, &mut secretary);
    for (seed, login, division) in [(2, "county", "629901"), (3, "city", "6299")] {
        let mut desk = stage.device(seed, login);
        let reply = push(&mut desk, Vec::new());
        assert!(!reply.iter().any(|frame| matches!(frame, ReplyFrame::Delta(_))), "{login}");
        let token = desk.access_token();
        for path in [
            format!("/api/v1/roll-up?division={division}"),
            "/api/v1/me".to_owned(),
            "/api/v1/devices".to_owned(),
            format!("/api/v1/accounts?division={division}"),
        ] {
            let answer = desk.ask("GET", &path, &token, b"");
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status, 200, "{path}: {text}");
            assert!(!text.contains(CANARY), "{path}");
        }
        let figures = desk.ask("GET", &format!("/api/v1/roll-up?division={division}"), &token, b"");
        let rows: serde_json::Value = serde_json::from_slice(&figures.body).expect("JSON");
        assert_eq!(rows[0]["awaiting_review"], 1, "{login}: {rows}");
        assert_eq!(rows[0]["incumbents"], TOWNSHIP_VILLAGES + usize::from(login == "city"), "{login}: {rows}");
        assert_eq!(rows[0]["lessons_done"], 1, "{login}: {rows}");
        let outside = desk.ask("GET", "/api/v1/roll-up?division=6210", &token, b"");
        assert_eq!(outside.status, 403);
        let push_it = pushed(DocumentId::log(stage.town.tenure(0)), desk.id);
        assert_eq!(fates(&push(&mut desk, vec![push_it])), [Fate::NotAllowed, Fate::NotYet]);
    }
}

/// Somebody who knows the id of another's entry, and writes under it in their own log: an entry, a leave, a withdrawal.
#[test]
fn what_is_written_under_the_id_of_anothers_entry_changes_nothing_of_theirs() {
    let stage = Stage::new(2);
    let mut author = stage.device(1, &secretary_login(0));
    let entry = stage.lesson(&mut author, "一课");
    author.sync_fully();
    let figures = || {
        let tenure = stage.town.tenure(0);
        let periods = format!("/api/v1/roll-up/periods?tenure={tenure}&kind=lesson");
        let entries = "/api/v1/roll-up/entries?division=629901&number=awaiting_review";
        let of_author = |mut list: serde_json::Value| {
            list["rows"].as_array_mut().expect("a list").retain(|it| it["tenure"] == tenure.to_string());
            list
        };
        let read = |path: &str| stage.desk("county", "GET", path, &serde_json::Value::Null).1;
        (read(&periods), of_author(read(entries)))
    };
    let before = figures();
    let mut thief = stage.device(2, &secretary_login(1));
    let log = DocumentId::log(stage.town.tenure(1));
    let day = stage.town.today.to_string();
    let text = |pairs: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        pairs.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
    };
    let lesson = text(&[("kind", "lesson"), ("occurred_on", "2015-01-01")]);
    let leave = text(&[("kind", "leave"), ("leave_kind", "sick"), ("from", &day), ("to", &day), ("occurred_on", &day)]);
    let withdrawal = text(&[("entry", &entry.to_string())]);
    let forgeries = [(entry.0, "entries", lesson), (entry.0, "entries", leave)];
    let forgeries = forgeries.into_iter().chain([(uuid::Uuid::from_u128(79), "withdrawals", withdrawal)]);
    for (incarnation, (name, container, fields)) in (0..).zip(forgeries) {
        let change = record_under(name, log, container, Actor::derive(thief.id, log, incarnation), &fields);
        let forged = Push { document: log, incarnation, line: Line::of([&change[..]]) };
        assert_eq!(fates(&push(&mut thief, vec![forged])), [Fate::Accepted], "in their own log all may write so");
        assert_eq!(figures(), before, "{container} {fields:?}");
        let check = stage.zhucun(&["check"]);
        assert!(check.contains("read model: ok"), "{check}");
    }
    author.sync_fully();
    assert_eq!(author.entry(entry).expect("it is there").summary.state, EntryState::Submitted);
    stage.lesson(&mut author, "二课");
    author.sync_fully();
}

/// The event that an honest client of the other side would write: well-formed, in a place where this one may write.
fn restoration(of: &EntryView, event: EventId, document: DocumentId, device: DeviceId) -> Push {
    let container = if document.kind() == DocumentKind::Log { "withdrawals" } else { "events" };
    let fields =
        [("entry", of.summary.id.to_string()), ("verdict", "restored".to_owned()), ("event", event.to_string())];
    let change = record_in(document, container, Actor::derive(device, document, 0), &fields);
    Push { document, incarnation: 0, line: Line::of([&change[..]]) }
}

#[test]
fn who_voided_restores_and_nobody_else_whatever_they_write() {
    let stage = Stage::new(1);
    let (mut author, mut township) = (stage.device(1, &secretary_login(0)), stage.device(2, &reviewer_login(0)));
    let (by_author, by_township) = (stage.lesson(&mut author, "一课"), stage.lesson(&mut author, "二课"));
    let meet = |author: &mut Device, township: &mut Device| {
        for _ in 0..2 {
            author.sync_fully();
            township.sync_fully();
        }
        stage.zhucun(&["check"]);
    };
    meet(&mut author, &mut township);
    for entry in [by_author, by_township] {
        let version = township.entry(entry).expect("the entry").version;
        township.done(Command::Confirm { entry, version, opinion: String::new() });
    }
    meet(&mut author, &mut township);
    let void = |entry| Command::Void { entry, reason: VoidReason::NotHeld, text: String::new() };
    author.done(void(by_author));
    township.done(void(by_township));
    meet(&mut author, &mut township);
    let (log, review) = (DocumentId::log(stage.town.tenure(0)), DocumentId::review(stage.town.tenure(0)));
    // Devices of theirs that do not keep to the rules: each writes where it may, and of what the other side said.
    let mut forger = stage.device(3, &secretary_login(0));
    let mut forging_reviewer = stage.device(4, &reviewer_login(0));
    for (device, entry, own, foreign) in
        [(&mut forger, by_township, log, review), (&mut forging_reviewer, by_author, review, log)]
    {
        let view = device.entry(entry).expect("the entry");
        let voided = |event: &&EventView| matches!(event.kind, EventKind::Voided { .. });
        let event = view.events.iter().find(voided).and_then(|event| event.id).expect("the void");
        let refused = device.tell(Command::Restore { entry });
        assert_eq!(refused, Outcome::Refused { refusal: Refusal::NotAllowed });
        let push_it = restoration(&view, event, foreign, device.id);
        assert_eq!(fates(&push(device, vec![push_it])), [Fate::NotAllowed]);
        let push_it = restoration(&view, event, own, device.id);
        assert_eq!(fates(&push(device, vec![push_it])), [Fate::Accepted], "it is a change like any other");
    }
    meet(&mut author, &mut township);
    for (device, entry) in
        [(&author, by_author), (&author, by_township), (&township, by_author), (&township, by_township)]
    {
        assert_eq!(
            device.entry(entry).expect("the entry").summary.state,
            EntryState::Voided,
            "and it restores nothing"
        );
    }
    author.done(Command::Restore { entry: by_author });
    township.done(Command::Restore { entry: by_township });
    meet(&mut author, &mut township);
    for entry in [by_author, by_township] {
        assert_eq!(author.entry(entry).expect("the entry").summary.state, EntryState::Confirmed);
    }
}

#[test]
fn what_is_forged_is_refused_with_its_code_and_the_server_goes_on() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut device = stage.device(1, &secretary_login(0));
    let log = DocumentId::log(stage.town.tenure(0));
    let own = Actor::derive(device.id, log, 0);
    let of_another = Actor::derive(DeviceId(uuid::Uuid::from_u128(5)), log, 0);
    let one = |changes: Vec<Vec<u8>>| Push {
        document: log,
        incarnation: 0,
        line: Line::of(changes.iter().take(1).map(Vec::as_slice)),
    };
    let mut bomb = vec![0_u8; 60];
    bomb[..4].copy_from_slice(&[0x85, 0x6f, 0x4a, 0x83]);
    for (name, changes, refusal) in [
        ("a forged actor", made_by(log, of_another, false), GateRefusal::ForgedActor),
        ("noise with a magic number", vec![bomb], GateRefusal::NotAChange),
        ("too many bytes", vec![vec![0; 65_537]], GateRefusal::TooLarge),
    ] {
        assert_eq!(fates(&push(&mut device, vec![one(changes)])), [Fate::Refused(refusal)], "{name}");
    }
    // The second change of a line without the first: what it builds on is not there.
    assert_eq!(fates(&push(&mut device, vec![one(made_by(log, own, true))])), [Fate::NotYet]);
    // A line that is accepted, and then another one under the same sequence number.
    assert_eq!(fates(&push(&mut device, vec![one(made_by(log, own, false))])), [Fate::Accepted]);
    assert_eq!(fates(&push(&mut device, vec![one(forked(log, own))])), [Fate::Refused(GateRefusal::SeqReused)]);

    // Bodies that inflate without end, or are none, are refused whole.
    let inflated = vec![0_u8; wire::INFLATED_BYTES_MAX * 4];
    let token = device.access_token();
    let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    let bomb = packer.write_all(&inflated).and_then(|()| packer.finish()).expect("a vector takes all bytes");
    assert_eq!(device.ask("POST", "/api/v1/sync", &token, &bomb).status, 413);
    assert_eq!(device.ask("POST", "/api/v1/sync", &token, b"hello").status, 400);
    assert_eq!(device.ask("POST", "/api/v1/sync", "not a token", b"hello").status, 400);
    let mut line = line::Line::to(stage.server.address);
    let large = vec![0; wire::REQUEST_BYTES_MAX + 1];
    // The server may hang up before the body has gone out; when it answers, it says what is wrong.
    if let Ok(refused) = line.ask("POST", "/api/v1/sync", &token, &large, Cut::Never) {
        assert_eq!(refused.status, 413);
        assert!(String::from_utf8_lossy(&refused.body).contains("urn:zhucun:problem:too_large"));
    }

    // The device forks its own line here (the hand-made change took its first number) and heals by itself.
    log_a_lesson(&stage, &mut device);
    let mut again = stage.device(2, &secretary_login(0));
    again.tell(Command::SyncNow);
    let View::Entries(list) = again.view(&Query::Entries) else { panic!("no list") };
    assert_eq!(list.entries.iter().filter(|entry| entry.title == CANARY).count(), 1);
}

#[test]
fn a_request_that_speaks_for_another_device_or_another_protocol_does_nothing() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let (mut device, other) = (stage.device(1, &secretary_login(0)), DeviceId(uuid::Uuid::from_u128(5)));
    let log = DocumentId::log(stage.town.tenure(0));
    let pushed = |device| vec![pushed(log, device)];
    let id = device.id;
    let answer = ask(&mut device, hello(other), pushed(other));
    assert_eq!(answer.status, 401, "the token is that of another device");
    for (protocol, status, code) in [(0, 426, "too_old"), (2, 503, "too_new")] {
        let answer = ask(&mut device, Hello { protocol, ..hello(id) }, pushed(id));
        assert_eq!(answer.status, status);
        assert!(String::from_utf8_lossy(&answer.body).contains(code));
    }
    let answer = ask(&mut device, Hello { schema: 2, ..hello(id) }, pushed(id));
    assert_eq!(answer.status, 503, "documents that this server does not know");
    // Had anything of it been taken in, this would be a duplicate.
    assert_eq!(fates(&push(&mut device, pushed(id))), [Fate::Accepted, Fate::Accepted]);
}

#[test]
fn who_is_shut_out_or_locked_brings_nothing_and_is_told_why() {
    let stage = Stage::new(1);
    let (mut lost, mut kept) = (stage.device(1, &secretary_login(0)), stage.device(2, &secretary_login(0)));
    let log = DocumentId::log(stage.town.tenure(0));
    let brings = |device: &mut Device| {
        let (asks, push_it) = (hello(device.id), pushed(log, device.id));
        let answer = ask(device, asks, vec![push_it]);
        (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
    };
    let (token, gone) = (kept.access_token(), lost.id);
    assert_eq!(kept.ask("DELETE", &format!("/api/v1/devices/{gone}"), &token, b"").status, 204);
    let (status, said) = brings(&mut lost);
    assert!(status == 401 && said.contains("device_revoked"), "{status} {said}");
    stage.zhucun(&["account", "lock", &secretary_login(0)]);
    let (status, said) = brings(&mut kept);
    assert!(status == 403 && said.contains("account_locked"), "{status} {said}");
    stage.zhucun(&["account", "unlock", &secretary_login(0)]);
    let push_it = pushed(log, kept.id);
    let reply = push(&mut kept, vec![push_it]);
    assert_eq!(fates(&reply), [Fate::Accepted, Fate::Accepted]);
    let bundles = reply.iter().filter_map(|frame| match frame {
        ReplyFrame::Delta(delta) => Some(delta.bundles.len()),
        _ => None,
    });
    assert_eq!(bundles.sum::<usize>(), 1, "nobody else brought anything");
}
