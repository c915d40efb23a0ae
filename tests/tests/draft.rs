//! Drafts against the real server: they go to all devices of their author and to nobody else, whoever asks and however,
//! and of one that is done nothing stays.
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use zhucun_core::contract::{Command, DraftView, EntryState, Query, View};
use zhucun_core::document::{Actor, DocumentId, DocumentKind};
use zhucun_core::draft::{CLOSED, DISCARDED, DRAFT_BYTES_MAX, DRAFTS_MAX, RECORDED};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::field::FieldValue;
use zhucun_core::id::{DeviceId, EntryId};
use zhucun_core::wire::{self, Fate, Hello, Holding, Line, Push, Reach, ReplyFrame, RequestFrame, WantedLine};
use zhucun_server::app::DATABASE;
use zhucun_tests::device::{Device, hello};
use zhucun_tests::forge::{pushed, typed};
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{TOWNSHIP_VILLAGES, reviewer_login, secretary_login};
use zhucun_tests::trace::in_phone;

/// A text that nobody but its author sees.
const CANARY: &str = "只有自己看得到的草稿";

fn save(device: &mut Device, entry: Option<EntryId>, pairs: &[(&str, &str)]) -> EntryId {
    let fields: Fields = pairs.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value))).collect();
    let entry = device.done(Command::SaveDraft { entry, kind: EntryKind::Lesson, fields, seen: None });
    device.done(Command::LeaveDraft { entry });
    device.sync_fully();
    entry
}

fn draft(device: &Device, entry: EntryId) -> Option<DraftView> {
    match device.view(&Query::Draft { entry }) {
        View::Draft(draft) => Some(draft),
        _ => None,
    }
}

fn drafts(device: &Device) -> usize {
    let View::Entries(list) = device.view(&Query::Entries) else { panic!("no list") };
    list.entries.iter().filter(|entry| entry.state == EntryState::Draft).count()
}

fn ask(device: &mut Device, hello: Hello, more: Vec<RequestFrame>) -> Vec<ReplyFrame> {
    let frames: Vec<RequestFrame> = [RequestFrame::Hello(hello)].into_iter().chain(more).collect();
    let token = device.access_token();
    let answer = device.ask("POST", "/api/v1/sync", &token, &wire::pack(&frames));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    wire::unpack(&answer.body).expect("a reply of frames")
}

/// What a device is sent that has nothing yet.
fn asks_for_all(device: &mut Device) -> Vec<ReplyFrame> {
    let nothing = hello(device.id);
    ask(device, nothing, Vec::new())
}

fn fates(reply: &[ReplyFrame]) -> Vec<Fate> {
    let fates = reply.iter().filter_map(|frame| match frame {
        ReplyFrame::Ack(ack) => Some(ack.fates.clone()),
        _ => None,
    });
    fates.flatten().collect()
}

/// Whether a reply says anything of a draft.
fn tells_of_drafts(reply: &[ReplyFrame]) -> bool {
    reply.iter().any(|frame| match frame {
        ReplyFrame::Delta(delta) => delta.document.kind() == DocumentKind::Draft,
        ReplyFrame::Want(want) => want.document.kind() == DocumentKind::Draft,
        ReplyFrame::Closed(_) => true,
        ReplyFrame::Reference(data) => data.json.contains("draft/"),
        _ => false,
    })
}

/// A text of so many bytes that nothing deflates.
fn noise(seed: usize, bytes: usize) -> String {
    let mixed = |byte: u64| {
        let stirred = (byte + 1 + seed as u64 * 100_000).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (stirred ^ stirred >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    };
    (0..bytes as u64).map(|byte| char::from(b'!' + (mixed(byte) >> 56) as u8 % 90)).collect()
}

fn push(document: DocumentId, changes: &[Vec<u8>]) -> Push {
    Push { document, incarnation: 0, line: Line::of(changes.iter().map(Vec::as_slice)) }
}

/// A draft of somebody's device as it is pushed first, with a text.
fn begun(document: DocumentId, device: DeviceId) -> Push {
    push(document, &typed(document, device, &[("topic", noise(0, 8)), ("topic", noise(1, 8))]))
}

fn named(number: u128) -> DocumentId {
    DocumentId::draft(EntryId(uuid::Uuid::from_u128(0xd0_0000 + number)))
}

#[test]
fn a_draft_is_on_all_devices_of_its_author_and_on_nobody_elses() {
    let stage = Stage::new(2);
    let mut phone = stage.device(1, &secretary_login(0));
    let mut computer = stage.device(2, &secretary_login(0));
    let kept = save(&mut phone, None, &[("topic", CANARY)]);
    computer.sync_fully();
    assert_eq!(draft(&computer, kept).expect("it is there").fields["topic"], CANARY.into());
    for (seed, login) in [(3, secretary_login(1)), (4, reviewer_login(0)), (5, "county".to_owned())] {
        let mut other = stage.device(seed, &login);
        assert_eq!(in_phone(&other, CANARY), Vec::<String>::new(), "{login}");
        assert!(!tells_of_drafts(&asks_for_all(&mut other)), "{login}");
    }
}

#[test]
fn a_foreign_device_that_pushes_to_a_draft_or_asks_for_it_is_refused_and_learns_nothing() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let mut own = stage.device(1, &secretary_login(0));
    let (open, done) = (save(&mut own, None, &[("topic", CANARY)]), save(&mut own, None, &[("topic", CANARY)]));
    own.done(Command::DiscardDraft { entry: done });
    own.sync_fully();
    let recorded = stage.lesson(&mut own, "党课");
    own.sync_fully();
    let actor = Actor::derive(own.id, DocumentId::draft(open), 0);
    for (seed, login) in [(2, secretary_login(1)), (3, reviewer_login(0)), (4, "county".to_owned())] {
        let mut other = stage.device(seed, &login);
        let (id, nobody) = (other.id, hello(other.id));
        for document in [open, done, recorded].map(DocumentId::draft) {
            for document in [document, document.next(), document.last()] {
                let reply = ask(&mut other, nobody.clone(), vec![RequestFrame::Push(begun(document, id))]);
                assert_eq!(fates(&reply), [Fate::NotAllowed, Fate::NotYet], "{login} {document}");
                assert!(!tells_of_drafts(&reply), "{login} {document}");
            }
            // One that says what it holds, rightly guessed or not.
            for (actor, seq) in [(actor, 1), (actor, 9), (Actor([7; 16]), 1)] {
                let reaches = vec![Reach { actor, seq, hash: 5 }];
                let reply = ask(&mut other, nobody.clone(), vec![RequestFrame::Holding(Holding { document, reaches })]);
                let wanted = reply.iter().any(|frame| match frame {
                    ReplyFrame::Want(want) => want.lines != [WantedLine { actor, from_seq: 1 }],
                    _ => false,
                });
                let known = document == DocumentId::draft(recorded) || !tells_of_drafts(&reply);
                assert!(known && !wanted, "{login} {document}: what is there says no more than what is not");
            }
        }
        assert_eq!(in_phone(&other, CANARY), Vec::<String>::new());
    }
    assert_eq!(stage.zhucun(&["quarantine", "list"]).lines().count(), 1 + 3 * 9, "what each of them tried");
    // Its author's other device brings to one that is done what nobody takes.
    let mut late = stage.device(5, &secretary_login(0));
    let (id, nobody) = (late.id, hello(late.id));
    for document in [done, recorded].map(DocumentId::draft) {
        let reply = ask(&mut late, nobody.clone(), vec![RequestFrame::Push(begun(document, id))]);
        assert_eq!(fates(&reply), [Fate::Superseded; 2], "{document}");
        let reply = ask(&mut late, nobody.clone(), vec![RequestFrame::Push(begun(document.last(), id))]);
        assert_eq!(fates(&reply), [Fate::NotAllowed, Fate::NotYet], "{document}");
    }
}

#[test]
fn a_draft_that_is_done_leaves_hashes_on_the_server_and_never_comes_back() {
    let mut stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let mut computer = stage.device(2, &secretary_login(0));
    let day = stage.town.today.to_string();
    let form = [("occurred_on", day.as_str()), ("topic", CANARY)];
    let (recorded, discarded) = (save(&mut phone, None, &form), save(&mut phone, None, &form));
    computer.sync_fully();
    let past = stage.past(&mut [&mut phone, &mut computer]);
    computer.done(Command::Record { entry: recorded });
    computer.done(Command::DiscardDraft { entry: discarded });
    computer.sync_fully();
    phone.sync_fully();
    assert_eq!((drafts(&phone), drafts(&computer)), (0, 0));
    assert!(phone.entry(recorded).is_some());
    for entry in [recorded, discarded] {
        let key: String = DocumentId::draft(entry).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!phone.disk().keys().chain(computer.disk().keys()).any(|row| row.contains(&key)));
    }
    stage.server.kill();
    assert_eq!(left(&stage), (0, 0), "bytes that are no hashes, and documents saved whole");
    stage.zhucun(&["check"]);
    stage.restart(&mut [&mut phone, &mut computer]);
    let mut fresh = stage.device(3, &secretary_login(0));
    assert_eq!((drafts(&fresh), in_phone(&fresh, &discarded.to_string())), (0, vec!["gone".to_owned()]));
    fresh.sync_fully();

    // A server of an earlier day has both open: it is told again.
    stage.go_back_to(&past, &mut [&mut phone, &mut computer]);
    for _ in 0..3 {
        computer.sync_fully();
        phone.sync_fully();
    }
    assert_eq!((drafts(&phone), drafts(&computer)), (0, 0));
    assert!(phone.entry(recorded).is_some());
    stage.server.kill();
    assert_eq!(left(&stage), (0, 0));
    stage.zhucun(&["check"]);
}

/// Of drafts on the server: bundles that hold more than hashes, and snapshots.
fn left(stage: &Stage) -> (i64, i64) {
    let connection = rusqlite::Connection::open(stage.path().join(DATABASE)).expect("the database");
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get(0)).expect("a count");
    (
        count(
            "SELECT count(*) FROM bundle JOIN document ON document.key = bundle.document
             WHERE substr(id, 1, 1) = X'01' AND length(bytes) <> 32 * (last_seq - first_seq + 1)",
        ),
        count(
            "SELECT count(*) FROM snapshot JOIN document ON document.key = snapshot.document WHERE substr(id, 1, 1) = X'01'",
        ),
    )
}

#[test]
fn what_both_devices_wrote_stands_and_what_came_too_late_is_offered_as_an_amendment() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let mut computer = stage.device(2, &secretary_login(0));
    let day = stage.town.today.to_string();
    let form = [("occurred_on", day.as_str()), ("topic", "党课")];
    let kept = save(&mut phone, None, &form);
    computer.sync_fully();
    computer.set_online(false);
    let offline = [&form[..], &[("main_points", "离线写的")]].concat();
    let fields = offline.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value))).collect();
    computer.done(Command::SaveDraft { entry: Some(kept), kind: EntryKind::Lesson, fields, seen: None });
    phone.done(Command::Record { entry: kept });
    phone.sync_fully();
    computer.set_online(true);
    computer.wait_ms(200_000);
    computer.sync_fully();
    let left = draft(&computer, kept).expect("it is not lost");
    assert!(left.amends && left.fields.len() == 1, "{left:?}");
    computer.done(Command::Record { entry: kept });
    computer.sync_fully();
    phone.sync_fully();
    assert_eq!(phone.entry(kept).expect("the entry").fields["main_points"].value, "离线写的".into());
    assert_eq!((drafts(&phone), drafts(&computer)), (0, 0));
}

#[test]
fn drafts_are_held_to_their_number_and_one_that_is_done_makes_room() {
    let stage = Stage::new(1);
    let mut device = stage.device(1, &secretary_login(0));
    let id = device.id;
    let mut send = |push| fates(&ask(&mut device, hello(id), vec![RequestFrame::Push(push)]));
    for number in 0..DRAFTS_MAX as u128 {
        assert_eq!(send(begun(named(number), id)), [Fate::Accepted; 2], "{number}");
    }
    let beyond = begun(named(DRAFTS_MAX as u128), id);
    assert_eq!(send(beyond.clone()), [Fate::NotAllowed, Fate::NotYet]);
    let all = typed(named(0), id, &[("topic", noise(0, 8)), ("topic", noise(1, 8)), (CLOSED, DISCARDED.to_owned())]);
    assert_eq!(send(push(named(0), &all[2..])), [Fate::Accepted]);
    assert_eq!(send(beyond), [Fate::Accepted; 2]);
}

#[test]
fn a_draft_is_held_to_its_bytes_whatever_is_sent_again_and_may_still_end() {
    let stage = Stage::new(1);
    let mut device = stage.device(1, &secretary_login(0));
    let (id, document) = (device.id, named(0));
    let mut send =
        |changes: &[Vec<u8>]| fates(&ask(&mut device, hello(id), vec![RequestFrame::Push(push(document, changes))]));
    let fields: Vec<(&str, String)> = (0..40).map(|at| ("topic", noise(at, 19_900))).collect();
    let all = typed(document, id, &fields);
    let begin = DRAFT_BYTES_MAX as usize / all[0].len();
    assert_eq!(send(&all[..begin]), vec![Fate::Accepted; begin]);
    // What comes again, since its ack was lost, takes no room.
    let again = send(&all[begin - 2..]);
    let more = again.iter().position(|fate| *fate == Fate::NotAllowed).expect("a limit") - 2;
    let left_out = vec![Fate::NotYet; again.len() - 3 - more];
    assert_eq!(
        again,
        [vec![Fate::Duplicate; 2], vec![Fate::Accepted; more], vec![Fate::NotAllowed], left_out].concat()
    );
    let mut end = begin + more;
    while send(&all[end..=end]) == [Fate::Accepted] {
        end += 1;
    }
    assert_eq!(send(&all[end..=end]), [Fate::NotAllowed]);
    let mut kept = fields[..end].to_vec();
    for bytes in [4_000, 800, 160, 4] {
        loop {
            let more = [&kept[..], &[("topic", noise(kept.len(), bytes))]].concat();
            if send(&typed(document, id, &more)[kept.len()..]) != [Fate::Accepted] {
                break;
            }
            kept = more;
        }
    }
    // Not a word more; but of one that ends nothing stays.
    let last = [&kept[..], &[(CLOSED, DISCARDED.to_owned())]].concat();
    assert_eq!(send(&typed(document, id, &last)[kept.len()..]), [Fate::Accepted]);
    assert_eq!(left(&stage), (0, 0));
}

#[test]
fn a_reply_that_is_full_of_drafts_that_are_done_goes_on_in_the_next() {
    let stage = Stage::new(1);
    let mut device = stage.device(1, &secretary_login(0));
    let id = device.id;
    for number in 0..3 {
        let all = typed(named(number), id, &[(CLOSED, DISCARDED.to_owned())]);
        ask(&mut device, hello(id), vec![RequestFrame::Push(push(named(number), &all))]);
    }
    let (mut asked, mut told) = (Hello { bytes_max: 1, ..hello(id) }, Vec::new());
    for _ in 0..20 {
        let reply = ask(&mut device, asked.clone(), Vec::new());
        let closed: Vec<DocumentId> = reply
            .iter()
            .filter_map(|frame| match frame {
                ReplyFrame::Closed(closed) => Some(closed.document),
                _ => None,
            })
            .collect();
        assert!(closed.len() <= 1, "{closed:?}");
        told.extend(closed);
        match reply.last() {
            Some(ReplyFrame::Checkpoint(checkpoint)) => asked.checkpoints = vec![checkpoint.clone()],
            _ => break,
        }
    }
    assert_eq!(told, [named(0), named(1), named(2)]);
}

#[test]
fn a_damaged_draft_that_nobody_has_any_more_holds_up_nothing() {
    let mut stage = Stage::new(1);
    let mut lost = stage.device(1, &secretary_login(0));
    let kept = save(&mut lost, None, &[("topic", CANARY)]);
    stage.server.kill();
    rot(&stage);
    stage.restart(&mut [&mut lost]);
    let mut phone = stage.device(2, &secretary_login(0));
    let entry = stage.lesson(&mut phone, "党课");
    phone.sync_fully();
    let mut computer = stage.device(3, &secretary_login(0));
    assert!(computer.entry(entry).is_some(), "what came after it is read");
    // Where somebody has it after all, it is given back.
    lost.sync_fully();
    save(&mut lost, Some(kept), &[("topic", CANARY), ("main_points", "又写的")]);
    computer.sync_fully();
    assert_eq!(draft(&computer, kept).expect("it is whole again").fields["topic"], CANARY.into());
}

#[test]
fn a_draft_that_is_done_once_it_is_whole_again_is_told_to_who_has_read_everything() {
    let mut stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let day = stage.town.today.to_string();
    let form = [("occurred_on", day.as_str()), ("topic", "党课")];
    let kept = save(&mut phone, None, &form);
    stage.server.kill();
    rot(&stage);
    stage.restart(&mut [&mut phone]);
    // Its entry comes from a device that has nothing to give back.
    let mut computer = stage.device(2, &secretary_login(0));
    let fields = form.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value))).collect();
    computer.done(Command::SaveDraft { entry: Some(kept), kind: EntryKind::Lesson, fields, seen: None });
    computer.done(Command::Record { entry: kept });
    computer.sync_fully();
    let read = asks_for_all(&mut computer).into_iter().find_map(|frame| match frame {
        ReplyFrame::End(end) => Some(end.cursors),
        _ => None,
    });
    let nothing_new = Hello { cursors: read.expect("an end"), ..hello(computer.id) };
    phone.sync_fully();
    stage.lesson(&mut phone, "又一课");
    phone.sync_fully();
    assert_eq!(drafts(&phone), 0);
    assert!(tells_of_drafts(&ask(&mut computer, nothing_new, Vec::new())));
}

/// Spoils what is stored of drafts.
fn rot(stage: &Stage) {
    let connection = rusqlite::Connection::open(stage.path().join(DATABASE)).expect("the database");
    let spoil = "UPDATE bundle SET bytes = zeroblob(9) WHERE document IN (SELECT key FROM document WHERE substr(id, 1, 1) = X'01')";
    assert!(connection.execute(spoil, []).expect("a crime") > 0);
    connection.execute("DELETE FROM snapshot", []).expect("a lost snapshot");
}

#[test]
fn an_erased_household_leaves_drafts_and_the_rest_of_them_stays() {
    let mut stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let mut computer = stage.device(2, &secretary_login(0));
    let mut other = stage.device(3, &reviewer_login(0));
    let id = household(&stage, &mut phone);
    let day = stage.town.today.to_string();
    let form = [("occurred_on", day.as_str()), ("households", &id), ("mode", "home"), ("narrative", CANARY)];
    let fields: Fields = form.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value))).collect();
    let kept = phone.done(Command::SaveDraft { entry: None, kind: EntryKind::Visit, fields, seen: None });
    phone.done(Command::LeaveDraft { entry: kept });
    phone.sync_fully();
    computer.sync_fully();
    assert!(draft(&computer, kept).is_some());
    stage.server.kill();
    assert!(!stage.zhucun(&["erase", "household", &id, "--reason", "本人申请"]).contains("draft"));
    stage.zhucun(&["erase", "household", &id, "--reason", "本人申请", "--apply"]);
    stage.zhucun(&["check"]);
    stage.restart(&mut [&mut phone, &mut computer, &mut other]);
    for _ in 0..3 {
        phone.wait_ms(200_000);
        computer.wait_ms(200_000);
        phone.sync_fully();
        computer.sync_fully();
    }
    for device in [&phone, &computer] {
        let kept = draft(device, kept).expect("what is left of it");
        assert_eq!(kept.fields.get("occurred_on"), Some(&day.as_str().into()));
        assert!(in_phone(device, CANARY).is_empty());
        let named: Vec<String> = in_phone(device, &id).into_iter().filter(|key| key != "reference").collect();
        assert!(named.is_empty(), "{named:?}");
    }
    assert!(!tells_of_drafts(&asks_for_all(&mut other)));
    stage.server.kill();
    stage.zhucun(&["check"]);
}

#[test]
fn drafts_that_an_erasure_took_whole_leave_room_for_others() {
    let mut stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let household = household(&stage, &mut phone);
    phone.sync_fully();
    let id = phone.id;
    for number in 0..DRAFTS_MAX as u128 {
        let all = typed(named(number), id, &[("households", household.clone())]);
        let reply = ask(&mut phone, hello(id), vec![RequestFrame::Push(push(named(number), &all))]);
        assert_eq!(fates(&reply), [Fate::Accepted]);
    }
    stage.server.kill();
    stage.zhucun(&["erase", "household", &household, "--reason", "本人申请", "--apply"]);
    stage.restart(&mut [&mut phone]);
    let reply = ask(&mut phone, hello(id), vec![RequestFrame::Push(begun(named(DRAFTS_MAX as u128), id))]);
    assert_eq!(fates(&reply), [Fate::Accepted; 2]);
    let sent = asks_for_all(&mut phone).into_iter().filter(|frame| tells_of_drafts(core::slice::from_ref(frame)));
    assert_eq!(
        sent.filter(|frame| !matches!(frame, ReplyFrame::Reference(_))).count(),
        1,
        "of the others nothing is sent"
    );
}

#[test]
fn a_draft_that_a_restored_server_never_had_goes_on_after_its_erasure() {
    let mut stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let mut computer = stage.device(2, &secretary_login(0));
    let household = household(&stage, &mut phone);
    phone.sync_fully();
    let past = stage.past(&mut [&mut phone, &mut computer]);
    let day = stage.town.today.to_string();
    let fields = [("occurred_on", day.as_str()), ("households", &household), ("mode", "home")];
    let fields: Fields = fields.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value))).collect();
    let kept = phone.done(Command::SaveDraft { entry: None, kind: EntryKind::Visit, fields, seen: None });
    phone.done(Command::LeaveDraft { entry: kept });
    phone.sync_fully();
    computer.sync_fully();
    stage.server.kill();
    stage.zhucun(&["erase", "household", &household, "--reason", "本人申请", "--apply"]);
    stage.restart(&mut [&mut phone, &mut computer]);
    let both_sync = |phone: &mut Device, computer: &mut Device| {
        for _ in 0..3 {
            phone.wait_ms(200_000);
            computer.wait_ms(200_000);
            phone.sync_fully();
            computer.sync_fully();
        }
    };
    both_sync(&mut phone, &mut computer);
    stage.go_back_to(&past, &mut [&mut phone, &mut computer]);
    both_sync(&mut phone, &mut computer);
    let mut form = draft(&phone, kept).expect("it is here").fields;
    form.insert("narrative".to_owned(), "又写的".into());
    phone.done(Command::SaveDraft { entry: Some(kept), kind: EntryKind::Visit, fields: form, seen: None });
    phone.done(Command::LeaveDraft { entry: kept });
    both_sync(&mut phone, &mut computer);
    let there = draft(&computer, kept).expect("it is there");
    assert_eq!((there.alone, there.fields.get("narrative")), (false, Some(&"又写的".into())));
    stage.server.kill();
    stage.zhucun(&["check"]);
}

fn household(stage: &Stage, device: &mut Device) -> String {
    device.add_household(stage.town.villages[0], &[("head", CANARY)]).to_string()
}

#[test]
fn an_entry_closes_the_draft_of_its_author_and_nobody_elses() {
    for (whose, fate) in [(0, Fate::Superseded), (1, Fate::Accepted)] {
        let stage = Stage::new(2);
        let mut own = stage.device(1, &secretary_login(0));
        // The entries of such a push have ids that are known beforehand.
        let (id, document) = (own.id, DocumentId::draft(EntryId(uuid::Uuid::from_u128(1))));
        let changes = typed(document, id, &["甲", "乙"].map(|text| ("topic", text.to_owned())));
        let reply = ask(&mut own, hello(id), vec![RequestFrame::Push(push(document, &changes[..1]))]);
        assert_eq!(fates(&reply), [Fate::Accepted]);
        let mut writer = stage.device(2, &secretary_login(whose));
        let (writes, nothing) = (pushed(DocumentId::log(stage.town.tenure(whose)), writer.id), hello(writer.id));
        assert_eq!(fates(&ask(&mut writer, nothing, vec![RequestFrame::Push(writes)])), [Fate::Accepted; 2]);
        let reply = ask(&mut own, hello(id), vec![RequestFrame::Push(push(document, &changes[1..]))]);
        assert_eq!(fates(&reply), [fate], "{whose}");
    }
}

#[test]
fn a_draft_that_says_it_is_recorded_stays_until_its_entry_is_there() {
    let stage = Stage::new(1);
    let mut own = stage.device(1, &secretary_login(0));
    let (id, document) = (own.id, DocumentId::draft(EntryId(uuid::Uuid::from_u128(1))));
    let changes = typed(document, id, &[("topic", CANARY.to_owned()), (CLOSED, RECORDED.to_owned())]);
    let reply = ask(&mut own, hello(id), vec![RequestFrame::Push(push(document, &changes))]);
    assert_eq!(fates(&reply), [Fate::Accepted; 2]);
    let is_closed = |reply: &[ReplyFrame]| reply.iter().any(|frame| matches!(frame, ReplyFrame::Closed(_)));
    assert!(!is_closed(&asks_for_all(&mut own)), "its entry may yet be refused");
    let mut other = stage.device(2, &secretary_login(0));
    assert!(!in_phone(&other, CANARY).is_empty(), "another device has it");
    let writes = pushed(DocumentId::log(stage.town.tenure(0)), id);
    assert_eq!(fates(&ask(&mut own, hello(id), vec![RequestFrame::Push(writes)])), [Fate::Accepted; 2]);
    assert!(is_closed(&asks_for_all(&mut own)));
    other.sync_fully();
    assert_eq!((drafts(&other), draft(&other, EntryId(uuid::Uuid::from_u128(1)))), (0, None));
}

#[test]
fn what_was_seen_when_a_draft_was_recorded_is_offered_to_nobody() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let mut computer = stage.device(2, &secretary_login(0));
    let day = stage.town.today.to_string();
    let kept = save(&mut computer, None, &[("occurred_on", &day), ("topic", "甲")]);
    phone.sync_fully();
    save(&mut phone, Some(kept), &[("occurred_on", &day), ("topic", "乙")]);
    phone.done(Command::Record { entry: kept });
    phone.sync_fully();
    computer.sync_fully();
    assert_eq!((drafts(&phone), drafts(&computer)), (0, 0));
    assert_eq!(computer.entry(kept).expect("the entry").fields["topic"].value, "乙".into());
}

#[test]
fn a_draft_is_given_back_by_its_author_alone() {
    let mut stage = Stage::new(2);
    let mut own = stage.device(1, &secretary_login(0));
    let mut other = stage.device(2, &secretary_login(1));
    let past = stage.past(&mut [&mut own, &mut other]);
    save(&mut own, None, &[("topic", CANARY)]);
    let lost = asks_for_all(&mut own).into_iter().find_map(|frame| match frame {
        ReplyFrame::Delta(delta) if delta.document.kind() == DocumentKind::Draft => Some(delta),
        _ => None,
    });
    let lost = lost.expect("the draft, as its author is sent it");
    stage.go_back_to(&past, &mut [&mut own, &mut other]);
    let give = |device: &mut Device| {
        let nothing = hello(device.id);
        let reply = ask(device, nothing, vec![RequestFrame::Refill(lost.clone())]);
        let fates = |frame| match frame {
            ReplyFrame::Refilled(refilled) => Some(refilled.fates),
            _ => None,
        };
        reply.into_iter().find_map(fates).expect("an answer")
    };
    assert_eq!(give(&mut other), [Fate::NotAllowed]);
    assert_eq!(give(&mut own), [Fate::Accepted]);
}

#[test]
fn a_draft_rings_for_nobody_but_its_author() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let mut reviewer = stage.device(2, &reviewer_login(0));
    let mut computer = stage.device(3, &secretary_login(0));
    let (mut township, mut own) = (listen(&stage, &mut reviewer), listen(&stage, &mut computer));
    save(&mut phone, None, &[("topic", CANARY)]);
    assert_eq!(rings(&mut own), 1);
    stage.lesson(&mut phone, "党课");
    phone.sync_fully();
    assert_eq!((rings(&mut township), rings(&mut own)), (1, 1));
}

/// A stream of hints that is open.
fn listen(stage: &Stage, device: &mut Device) -> TcpStream {
    let mut stream = TcpStream::connect(stage.server.address).expect("the server listens");
    let asked =
        format!("GET /api/v1/hint HTTP/1.1\r\nhost: zhucun\r\nauthorization: Bearer {}\r\n\r\n", device.access_token());
    stream.write_all(asked.as_bytes()).expect("it is sent");
    stream.set_read_timeout(Some(Duration::from_millis(700))).expect("a socket");
    let mut head = [0; 4096];
    let read = stream.read(&mut head).expect("a head");
    assert!(String::from_utf8_lossy(&head[..read]).contains("200 OK"));
    stream
}

/// How often it rang, until it is silent.
fn rings(stream: &mut TcpStream) -> usize {
    let (mut heard, mut bytes) = (String::new(), [0; 4096]);
    while let Ok(read @ 1..) = stream.read(&mut bytes) {
        heard += &String::from_utf8_lossy(&bytes[..read]);
    }
    heard.matches("event: waiting").count()
}
