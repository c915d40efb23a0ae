//! What one command makes in two documents, a visit and the issues raised with it: the server takes both or neither, puts
//! both aside or neither, and a phone sends them together.
use zhucun_core::contract::{Command, EntryState, Outcome, Query, View};
use zhucun_core::document::{Actor, DocumentId};
use zhucun_core::entry::EntryKind;
use zhucun_core::field::FieldValue;
use zhucun_core::id::{CommandId, EntryId};
use zhucun_core::wire::{self, Fate, JOINT_PARTS_MAX, Joint, JointPart, Line, Push, ReplyFrame, RequestFrame};
use zhucun_server::app::DATABASE;
use zhucun_tests::device::{Device, hello};
use zhucun_tests::forge::{forked, made_by, typed};
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{reviewer_login, secretary_login};

const ISSUE: &str = "村口的水管漏了";

/// A lesson of today with an issue, recorded and not yet sent.
fn with_issue(stage: &Stage, device: &mut Device) -> EntryId {
    let day = stage.town.today.to_string();
    let fields = [("occurred_on", FieldValue::from(day)), ("topic", "有问题的一课".into())];
    let fields = fields.map(|(name, value)| (name.to_owned(), value)).into();
    let entry = device.done(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None });
    let fields = [("category", "water"), ("text", ISSUE)];
    let fields = fields.map(|(name, value)| (name.to_owned(), FieldValue::from(value))).into();
    device.done(Command::SaveIssue { entry, issue: None, fields });
    device.done(Command::Record { entry })
}

/// The texts of a village's issues.
fn issues(device: &Device, stage: &Stage) -> Vec<String> {
    let View::Issues(view) = device.view(&Query::Issues { village: stage.town.villages[0] }) else { return Vec::new() };
    view.issues.iter().map(|issue| issue.text.clone()).collect()
}

/// What became of pushes that were sent with these joints, by push.
fn fates(device: &mut Device, pushes: &[Push], joints: &[Joint]) -> Result<Vec<Vec<Fate>>, u16> {
    let mut frames = vec![RequestFrame::Hello(hello(device.id))];
    frames.extend(pushes.iter().cloned().map(RequestFrame::Push));
    frames.extend(joints.iter().cloned().map(RequestFrame::Joint));
    let token = device.access_token();
    let answer = device.ask("POST", "/api/v1/sync", &token, &wire::pack(&frames));
    if answer.status != 200 {
        return Err(answer.status);
    }
    let reply = wire::unpack::<ReplyFrame>(&answer.body).expect("a reply of frames");
    let fates = |frame| match frame {
        ReplyFrame::Ack(ack) => Some(ack.fates),
        _ => None,
    };
    Ok(reply.into_iter().filter_map(fates).collect())
}

/// Recalls the first secretary 40 days ago, who was assessed, or takes that back.
fn recall(stage: &Stage, is_recalled: bool) {
    stage.recall(is_recalled.then_some(40));
    if is_recalled {
        stage.assess(0);
    }
}

/// The keys of the piles there are.
fn piles(stage: &Stage) -> Vec<String> {
    let listed = stage.zhucun(&["parked", "list"]);
    listed.lines().skip(1).filter_map(|line| line.split(',').next()).map(str::to_owned).collect()
}

fn part(document: DocumentId, seq: u64) -> JointPart {
    JointPart { document, incarnation: 0, seq }
}

fn push(device: &Device, document: DocumentId) -> Push {
    let changes = made_by(document, Actor::derive(device.id, document, 0), false);
    Push { document, incarnation: 0, line: Line::of(changes.iter().map(Vec::as_slice)) }
}

fn joint(parts: Vec<JointPart>) -> Joint {
    Joint { command: CommandId(uuid::Uuid::from_u128(77)), parts }
}

#[test]
fn an_issue_reaches_the_township_with_the_entry_it_was_raised_with() {
    let stage = Stage::new(1);
    let (mut phone, mut reviewer) = (stage.device(1, &secretary_login(0)), stage.device(2, &reviewer_login(0)));
    phone.set_online(false);
    let entry = with_issue(&stage, &mut phone);
    assert_eq!(phone.home().sync.waiting, 2, "one change in each document");
    phone.reopen();
    phone.set_online(true);
    phone.sync_fully();
    reviewer.sync_fully();
    assert_eq!(reviewer.entry(entry).map(|view| view.summary.state), Some(EntryState::Submitted));
    let View::Issues(view) = reviewer.view(&Query::Issues { village: stage.town.villages[0] }) else { panic!("none") };
    let [issue] = &view.issues[..] else { panic!("one issue: {view:?}") };
    assert_eq!((issue.entry, issue.text.as_str()), (Some(entry), ISSUE));
    assert!(!issue.raised_by.is_empty() && issue.raised_at.is_some());
    stage.zhucun(&["check"]);
}

#[test]
fn of_what_one_command_made_the_server_takes_all_or_nothing() {
    let stage = Stage::new(2);
    let mut phone = stage.device(1, &secretary_login(0));
    let log = DocumentId::log(stage.town.tenure(0));
    let neighbours = DocumentId::log(stage.town.tenure(1));
    let (mine, theirs) = (push(&phone, log), push(&phone, neighbours));
    let both = [mine, theirs];
    let joined = |seq| joint(vec![part(log, seq), part(neighbours, 1)]);
    let told = |fates: [Fate; 2]| Ok(vec![fates.to_vec(), vec![Fate::NotAllowed, Fate::NotYet]]);
    let before = stage.zhucun(&["quarantine", "list"]).lines().count();
    assert_eq!(fates(&mut phone, &both, &[joined(1)]), told([Fate::NotYet; 2]));
    assert_eq!(stage.zhucun(&["quarantine", "list"]).lines().count(), before + 1, "what was refused is kept");
    assert_eq!(
        fates(&mut phone, &both, &[joined(2)]),
        told([Fate::Accepted, Fate::NotYet]),
        "what came before is taken"
    );
    assert_eq!(fates(&mut phone, &both, &[]), told([Fate::Duplicate, Fate::Accepted]), "alone it would have been");
    stage.zhucun(&["check"]);
}

#[test]
fn a_command_has_so_many_parts_and_no_more() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let log = DocumentId::log(stage.town.tenure(0));
    let parts = |count| joint(vec![part(log, 1); count]);
    let pushes = [push(&phone, log)];
    assert_eq!(fates(&mut phone, &pushes, &[parts(JOINT_PARTS_MAX + 1)]), Err(400));
    assert_eq!(fates(&mut phone, &pushes, &[parts(JOINT_PARTS_MAX)]), Ok(vec![vec![Fate::Accepted; 2]]));
}

#[test]
fn what_one_command_made_is_put_aside_together_and_decided_together() {
    let stage = Stage::new(1);
    let (mut phone, mut reviewer) = (stage.device(1, &secretary_login(0)), stage.device(2, &reviewer_login(0)));
    phone.set_online(false);
    stage.lesson(&mut phone, "召回后的一课");
    recall(&stage, true);
    phone.set_online(true);
    phone.sync_fully();
    // Back in office: the log is frozen until the first pile is decided, the village is not, and what belongs together
    // stays together.
    recall(&stage, false);
    phone.sync_fully();
    let entry = with_issue(&stage, &mut phone);
    phone.sync_fully();
    assert_eq!((phone.home().sync.waiting, phone.home().sync.parked), (0, 3));
    reviewer.sync_fully();
    assert!(reviewer.entry(entry).is_none() && issues(&reviewer, &stage).is_empty());
    let keys = piles(&stage);
    assert_eq!(keys.len(), 2);
    stage.zhucun(&["parked", "release", &keys[0]]);
    assert!(piles(&stage).is_empty(), "both are decided");
    reviewer.sync_fully();
    assert!(reviewer.entry(entry).is_some());
    assert_eq!(issues(&reviewer, &stage), [ISSUE]);
    phone.sync_fully();
    assert_eq!((phone.home().sync.waiting, phone.home().sync.parked), (0, 0));
    stage.zhucun(&["check"]);
}

#[test]
fn what_another_device_has_put_aside_is_decided_by_itself() {
    let stage = Stage::new(1);
    let (mut phone, mut other) = (stage.device(1, &secretary_login(0)), stage.device(2, &secretary_login(0)));
    recall(&stage, true);
    let (log, village) = (DocumentId::log(stage.town.tenure(0)), DocumentId::village(stage.town.villages[0]));
    let both = [push(&phone, log), push(&phone, village)];
    let joined = joint(vec![part(log, 1), part(village, 1)]);
    assert_eq!(fates(&mut phone, &both, &[joined]), Ok(vec![vec![Fate::Parked; 2]; 2]));
    let theirs = [push(&other, village)];
    assert_eq!(fates(&mut other, &theirs, &[]), Ok(vec![vec![Fate::Parked; 2]]));
    let keys = piles(&stage);
    assert_eq!(keys.len(), 3);
    stage.zhucun(&["parked", "release", &keys[0]]);
    assert_eq!(piles(&stage).len(), 1, "the other device's is left");
}

#[test]
fn of_what_was_put_aside_a_command_is_taken_whole_or_dismissed_whole() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    recall(&stage, true);
    let (log, village) = (DocumentId::log(stage.town.tenure(0)), DocumentId::village(stage.town.villages[0]));
    let copied = forked(log, Actor::derive(phone.id, log, 0));
    let first = Push { document: log, incarnation: 0, line: Line::of(copied.iter().map(Vec::as_slice)) };
    assert_eq!(fates(&mut phone, &[first], &[]), Ok(vec![vec![Fate::Parked]]));
    // The same device, after it was copied: its log goes on from another change, the village does not.
    let both = [push(&phone, log), push(&phone, village)];
    let joined = joint(vec![part(log, 2), part(village, 2)]);
    assert_eq!(fates(&mut phone, &both, &[joined]), Ok(vec![vec![Fate::Parked; 2]; 2]));
    let keys = piles(&stage);
    stage.zhucun(&["parked", "release", &keys[0]]);
    assert!(piles(&stage).is_empty());
    // Of the log the copy's change is taken and what the other wrote over it is not; so of the village only what came before
    // the command.
    let stored = |document: &DocumentId| {
        let connection = rusqlite::Connection::open(stage.path().join(DATABASE)).expect("the database");
        zhucun_server::store::document::open(&connection, *document).expect("it is there").changes().len()
    };
    assert_eq!([log, village].map(|document| stored(&document)), [1, 1]);
    stage.zhucun(&["check"]);
}

#[test]
fn a_draft_raises_so_many_issues_and_its_faults_keep_it_a_draft() {
    use zhucun_core::contract::Refusal;
    use zhucun_core::issue::ISSUES_MAX;
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let day = stage.town.today.to_string();
    let fields = [("occurred_on", FieldValue::from(day)), ("topic", "一课".into())];
    let fields = fields.map(|(name, value)| (name.to_owned(), value)).into();
    let entry = phone.done(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None });
    let mut kept = Vec::new();
    for _ in 0..ISSUES_MAX {
        let Outcome::Done { issue: Some(issue), .. } =
            phone.tell(Command::SaveIssue { entry, issue: None, fields: Default::default() })
        else {
            panic!("there is room");
        };
        kept.push(issue);
    }
    let more = phone.tell(Command::SaveIssue { entry, issue: None, fields: Default::default() });
    assert_eq!(more, Outcome::Refused { refusal: Refusal::IssuesTooMany });
    let Outcome::Refused { refusal: Refusal::Fields { errors } } = phone.tell(Command::Record { entry }) else {
        panic!("issues without a word are not raised");
    };
    assert_eq!(errors.len(), 2 * ISSUES_MAX);
    assert!(errors.iter().all(|error| error.field.starts_with("issue:")));
    for issue in kept {
        phone.done(Command::DiscardIssue { entry, issue });
    }
    phone.done(Command::Record { entry });
    assert!(issues(&phone, &stage).is_empty());
}

#[test]
fn a_draft_is_put_aside_for_nobody_to_see_whatever_it_is_said_to_belong_to() {
    let stage = Stage::new(1);
    let mut phone = stage.device(1, &secretary_login(0));
    let draft = DocumentId::draft(EntryId(uuid::Uuid::from_u128(0xd0)));
    let log = DocumentId::log(stage.town.tenure(0));
    let changes = typed(draft, phone.id, &[("topic", "甲".to_owned()), ("topic", "乙".to_owned())]);
    let of = |changes: &[Vec<u8>]| Push {
        document: draft,
        incarnation: 0,
        line: Line::of(changes.iter().map(Vec::as_slice)),
    };
    assert_eq!(fates(&mut phone, &[of(&changes[..1])], &[]), Ok(vec![vec![Fate::Accepted]]));
    recall(&stage, true);
    let both = [of(&changes), push(&phone, log)];
    let joined = joint(vec![part(draft, 2), part(log, 1)]);
    let told = vec![vec![Fate::Duplicate, Fate::NotAllowed], vec![Fate::NotYet; 2]];
    assert_eq!(fates(&mut phone, &both, &[joined]), Ok(told));
    assert!(piles(&stage).is_empty());
}
