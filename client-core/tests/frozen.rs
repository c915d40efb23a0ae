//! Bytes that left this program once and have to be read for ever: a test here that fails means that phones in the field
//! and servers no longer understand each other. The bytes lie in `tests/frozen`; they are added to, never changed.
use std::collections::BTreeMap;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjType, ROOT, ReadDoc};
use uuid::Uuid;
use zhucun_core::clock::Moment;
use zhucun_core::document::{Actor, Container, Document, DocumentId, DocumentKind, genesis_change};
use zhucun_core::draft;
use zhucun_core::entry::EntryKind;
use zhucun_core::gate::{Author, GateRefusal, Pass, judge};
use zhucun_core::id::{CommandId, DeviceId, EntryId, PersonId, TenureId};
use zhucun_core::ledger;
use zhucun_core::wire::{
    self, Ack, Bundle, Checkpoint, Closed, Coverage, Covered, Cursor, Delta, End, Fate, Frame, Hello, Holding, Joint,
    JointPart, Known, Line, NewTokens, Parked, Push, Reach, Receipt, ReferenceData, Refilled, ReplyFrame, RequestFrame,
    Seal, Settled, Want, WantedLine, Welcome,
};

/// The frozen bytes by name: each line is a name and hexadecimal digits.
fn frozen() -> BTreeMap<&'static str, Vec<u8>> {
    let lines = include_str!("../../tests/frozen/core-1.txt").lines().filter(|line| !line.starts_with('#'));
    let named = lines.map(|line| line.split_once(' ').expect("a line is a name and digits"));
    named.map(|(name, digits)| (name, bytes(digits))).collect()
}

fn bytes(digits: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two hexadecimal digits");
    (0..digits.len()).step_by(2).map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_frozen(name: &str, now: &[u8]) {
    let then = frozen().remove(name).unwrap_or_default();
    assert_eq!(hex(now), hex(&then), "{name} has changed");
}

fn log() -> DocumentId {
    DocumentId::log(TenureId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)))
}

fn device() -> DeviceId {
    DeviceId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002))
}

#[test]
fn every_document_begins_with_the_same_bytes() {
    for kind in DocumentKind::ALL {
        let name = format!("genesis-{kind:?}").to_lowercase();
        is_frozen(&name, genesis_change(kind).raw_bytes());
    }
}

#[test]
fn a_document_is_named_by_the_same_bytes() {
    is_frozen("document-log", &log().to_bytes());
    is_frozen("document-review", &DocumentId::review(TenureId(Uuid::from_u128(7))).to_bytes());
    is_frozen("document-draft", &DocumentId::draft(EntryId(Uuid::from_u128(8))).to_bytes());
    is_frozen("document-village", &DocumentId::village("621022103201".parse().expect("a village")).to_bytes());
}

#[test]
fn an_actor_is_derived_in_the_same_way() {
    is_frozen("actor-0", &Actor::derive(device(), log(), 0).0);
    is_frozen("actor-7", &Actor::derive(device(), log(), 7).0);
}

/// A change that follows on `change`.
fn next_change() -> Vec<u8> {
    let mut copy = Automerge::new().with_actor(ActorId::from(Actor::derive(device(), log(), 0).0));
    let first = Change::from_bytes(change()).expect("a change");
    copy.apply_changes([genesis_change(DocumentKind::Log), first]).expect("an honest line");
    let (_, entries) = copy.get(ROOT, "entries").expect("the root is a map").expect("the genesis has entries");
    let key = "01900000-0000-7000-8000-000000000003";
    let (_, entry) = copy.get(&entries, key).expect("a map").expect("it was just made");
    let mut transaction = copy.transaction();
    transaction.put(&entry, "present", 24).expect("a record takes scalars");
    transaction.commit_with(CommitOptions::default().with_time(1_456_797_700));
    copy.get_last_local_change().expect("a change was just made").raw_bytes().to_vec()
}

/// A change as the first version made it, and what it writes.
fn change() -> Vec<u8> {
    let mut copy = Automerge::new().with_actor(ActorId::from(Actor::derive(device(), log(), 0).0));
    copy.apply_changes([genesis_change(DocumentKind::Log)]).expect("the genesis is a change");
    let (_, entries) = copy.get(ROOT, "entries").expect("the root is a map").expect("the genesis has entries");
    let mut transaction = copy.transaction();
    let key = "01900000-0000-7000-8000-000000000003";
    let entry = transaction.put_object(entries, key, ObjType::Map).expect("a container takes maps");
    for (name, text) in [("kind", "lesson"), ("occurred_on", "2016-02-29"), ("topic", "两学一做")] {
        transaction.put(&entry, name, text).expect("a record takes scalars");
    }
    for (name, number) in [("created_at", 1_456_797_600_000_i64), ("present", 23)] {
        transaction.put(&entry, name, number).expect("a record takes scalars");
    }
    transaction.commit_with(CommitOptions::default().with_time(1_456_797_600));
    copy.get_last_local_change().expect("a change was just made").raw_bytes().to_vec()
}

#[test]
fn a_change_is_written_and_taken_in_as_before() {
    is_frozen("change", &change());
    let then = frozen().remove("change").expect("it is frozen");
    let mut document = Document::begin(log());
    let Ok(Pass::New(judged)) = judge(&document, Author::Device(device(), 0), &then) else {
        panic!("a change of the first version passes the gate")
    };
    judged.apply(&mut document).expect("what was judged is taken in");
    let record = document.records(Container::Entries).remove(0);
    assert_eq!((record.text("topic"), record.number("present")), (Some("两学一做"), Some(23)));
}

#[test]
fn a_saved_document_of_the_first_version_opens() {
    let then = frozen().remove("snapshot").expect("it is frozen");
    let document = Document::load(log(), &then).expect("a snapshot of the first version opens");
    assert_eq!(document.changes(), [change()]);
    let mut fresh = Document::begin(log());
    let Ok(Pass::New(judged)) = judge(&fresh, Author::Anyone, &change()) else { panic!("it is honest") };
    judged.apply(&mut fresh).expect("what was judged is taken in");
    assert_eq!(fresh.heads(), document.heads());
}

#[test]
fn an_entry_has_the_same_version() {
    let document = Document::restore(log(), None, [change()]).expect("an honest change");
    let record = document.records(Container::Entries).remove(0);
    is_frozen("version", &bytes(&ledger::version(&record)));
}

fn request() -> Vec<RequestFrame> {
    let cursor = Cursor { feed: 621_022, epoch: 3, number: 4_711, digest: u64::MAX };
    let checkpoint = Checkpoint { feed: 621_022, epoch: 3, base: 4_000, top: 4_711, document: log(), scope: 2 };
    let hello = Hello {
        protocol: 1,
        app: "0.1.0".to_owned(),
        schema: 1,
        device: device(),
        cursors: vec![cursor],
        checkpoints: vec![checkpoint],
        reference: 5,
        scope: 2,
        bytes_max: 65_536,
        refresh_token: Some("refresh".to_owned()),
        witnesses: vec![Cursor { feed: 621_022, epoch: 3, number: 4_720, digest: 2 }],
        parked: vec![0x0505_0505_0505_0505],
        leaves: true,
    };
    let push = Push { document: log(), incarnation: 7, line: Line::of([&change()[..]]) };
    let reach = Reach { actor: Actor::derive(device(), log(), 0), seq: 1, hash: 0x0123_4567_89ab_cdef };
    let holding = Holding { document: log(), reaches: vec![reach] };
    vec![
        RequestFrame::Hello(hello),
        RequestFrame::Push(push),
        RequestFrame::Holding(holding),
        RequestFrame::Refill(delta()),
    ]
}

/// Two changes, the second with a cause that goes without saying.
fn delta() -> Delta {
    let line = Line::of([&change()[..], &next_change()]);
    let bundle = Bundle { person: PersonId(Uuid::from_u128(9)), received_at: AT, receipt: Receipt([7; 8]), line };
    Delta { document: log(), bundles: vec![bundle] }
}

const AT: Moment = Moment(1_456_797_600_000);

fn reply() -> Vec<ReplyFrame> {
    let mut fates = vec![Fate::Accepted, Fate::Duplicate, Fate::Parked, Fate::NotYet, Fate::NotAllowed];
    // The codes of the first version; later ones come after them.
    fates.extend(GateRefusal::ALL.into_iter().take(30).map(Fate::Refused));
    let cursor = Cursor { feed: 621_022, epoch: 3, number: 4_712, digest: 1 };
    let seal = Seal { first_seq: 3, last_seq: 4, received_at: AT, receipt: Receipt([1; 8]) };
    let settled = |released, why: &str| Settled { hash: 5, released, why: why.to_owned() };
    let parked = Parked { settled: vec![settled(Some(seal), ""), settled(None, "重复")], unknown: vec![6] };
    let covered = Covered { end: cursor.clone(), number: 4_700 };
    let wanted = WantedLine { actor: Actor::derive(device(), log(), 0), from_seq: 2 };
    vec![
        ReplyFrame::Welcome(Welcome { protocol: 1, now: AT, starts_over: true }),
        ReplyFrame::Ack(Ack { document: log(), fates, seals: vec![seal], at: Some(cursor.clone()) }),
        ReplyFrame::Refilled(Refilled { document: log(), fates: vec![Fate::Accepted, Fate::NotAllowed] }),
        ReplyFrame::Parked(parked),
        ReplyFrame::Tokens(NewTokens {
            access_token: "access".to_owned(),
            access_token_s: 900,
            refresh_token: "refresh".to_owned(),
        }),
        ReplyFrame::Reference(ReferenceData { json: "{}".to_owned() }),
        ReplyFrame::Coverage(Coverage { feeds: vec![covered] }),
        ReplyFrame::Want(Want { document: log(), lines: vec![wanted] }),
        ReplyFrame::Delta(delta()),
        ReplyFrame::Checkpoint(Checkpoint { feed: 1, epoch: 2, base: 3, top: 4, document: log(), scope: 5 }),
        ReplyFrame::End(End { cursors: vec![cursor], reference: 5, scope: 2, more: true }),
    ]
}

/// Frames as they are before they are deflated; how well that is done may change, what it is done to may not.
fn plain<F: Frame>(frames: &[F]) -> Vec<u8> {
    let mut out = Vec::new();
    frames.iter().for_each(|frame| frame.write(&mut out));
    out
}

#[test]
fn a_request_is_written_and_read_as_before() {
    is_frozen("request-plain", &plain(&request()));
    let then = frozen().remove("request").expect("it is frozen");
    assert_eq!(wire::unpack::<RequestFrame>(&then), Ok(request()));
}

#[test]
fn a_fate_that_came_with_erasures_is_written_as_before() {
    let fates = vec![Fate::Duplicate, Fate::Superseded];
    let ack = ReplyFrame::Ack(Ack { document: log().next(), fates, seals: Vec::new(), at: None });
    is_frozen("ack-superseded", &plain(&[ack]));
}

#[test]
fn what_came_with_commands_of_several_parts_is_written_and_read_as_before() {
    let part = |document, seq| JointPart { document, incarnation: 7, seq };
    let parts = vec![part(log(), 1), part(DocumentId::review(TenureId(Uuid::from_u128(7))), 300)];
    let joint = RequestFrame::Joint(Joint { command: CommandId(Uuid::from_u128(0xc0)), parts });
    is_frozen("joint-plain", &plain(core::slice::from_ref(&joint)));
    let then = frozen().remove("joint-plain").expect("it is frozen");
    assert_eq!(wire::unpack::<RequestFrame>(&wire::deflate(&then)), Ok(vec![joint]));
}

#[test]
fn what_came_with_drafts_is_written_and_read_as_before() {
    let seen = vec![Known { actor: Actor::derive(device(), log(), 0), seq: 3 }];
    let document = DocumentId::draft(EntryId(Uuid::from_u128(8)));
    let closed = ReplyFrame::Closed(Closed { document, recorded: true, seen });
    is_frozen("closed-plain", &plain(core::slice::from_ref(&closed)));
    let then = frozen().remove("closed-plain").expect("it is frozen");
    assert_eq!(wire::unpack::<ReplyFrame>(&wire::deflate(&then)), Ok(vec![closed]));
}

#[test]
fn a_draft_of_the_first_version_is_read() {
    let id = DocumentId::draft(EntryId(Uuid::from_u128(8)));
    let mut copy = Automerge::new().with_actor(ActorId::from(Actor::derive(device(), id, 0).0));
    copy.apply_changes([genesis_change(DocumentKind::Draft)]).expect("the genesis is a change");
    let (_, fields) = copy.get(ROOT, "fields").expect("the root is a map").expect("the genesis has fields");
    let issue = "issue:01900000000070008000000000000003";
    let mut transaction = copy.transaction();
    for (name, text) in [("kind", "lesson"), ("topic", "两学一做"), (issue, r#"{"text":"水管冻裂"}"#)] {
        transaction.put(&fields, name, text).expect("a form takes scalars");
    }
    transaction.put(&fields, "created_at", 1_456_797_600_000_i64).expect("a form takes scalars");
    transaction.put(&fields, draft::CLOSED, draft::RECORDED).expect("a form takes scalars");
    transaction.commit_with(CommitOptions::default().with_time(1_456_797_600));
    let change = copy.get_last_local_change().expect("a change was just made").raw_bytes().to_vec();
    is_frozen("draft-change", &change);
    let mut document = Document::begin(id);
    let Ok(Pass::New(judged)) = judge(&document, Author::Device(device(), 0), &change) else {
        panic!("a draft of the first version passes the gate")
    };
    judged.apply(&mut document).expect("what was judged is taken in");
    let of = draft::Draft::of(draft::shown(&document)).expect("a draft");
    assert_eq!((of.kind, of.began_at, of.fields.len(), of.issues.len()), (EntryKind::Lesson, AT, 1, 1));
    let seen = vec![(Actor::derive(device(), id, 0), 1)];
    assert_eq!(draft::closed(&document), Some((true, seen)));
}

#[test]
fn a_reply_is_written_and_read_as_before() {
    is_frozen("reply-plain", &plain(&reply()));
    let then = frozen().remove("reply").expect("it is frozen");
    assert_eq!(wire::unpack::<ReplyFrame>(&then), Ok(reply()));
}
