//! The register of a village: tables are held against it, taken in and back; two records may be one household; and people
//! who keep it at the same time lose nothing.
use zhucun_core::contract::{
    Command, HouseholdDetail, HouseholdView, Outcome, Query, Refusal, RegisterView, TimelineKind, View,
};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::field::{FieldFault, FieldValue};
use zhucun_core::id::HouseholdId;
use zhucun_core::register::{IMPORT_ROWS_MAX, RegisterRow, RowVerdict, RowView};

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{Who, devices, village};

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), FieldValue::from(*value))).collect()
}

fn row(head: &str, group: &str, number: &str) -> RegisterRow {
    RegisterRow { household: None, fields: fields(&[("head", head), ("group", group), ("number", number)]) }
}

fn device(who: Who) -> Device {
    let (id, who) = devices().into_iter().find(|(_, one)| *one == who).expect("everybody has a device");
    Device::new(id, who)
}

/// People who have all synced once.
fn people<const N: usize>(hub: &mut Hub, all: [Who; N]) -> [Device; N] {
    all.map(|who| {
        let mut device = device(who);
        device.sync(hub);
        device
    })
}

fn done(device: &mut Device, command: Command) -> Option<HouseholdId> {
    match device.does(command) {
        Some(Outcome::Done { household, .. }) => household,
        other => panic!("not done: {other:?}"),
    }
}

fn refused(device: &mut Device, command: Command) -> Refusal {
    match device.does(command) {
        Some(Outcome::Refused { refusal }) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn register(device: &Device) -> RegisterView {
    match device.sees(&Query::Register { village: village() }) {
        View::Register(view) => view,
        other => panic!("no register: {other:?}"),
    }
}

fn detail(device: &Device, household: HouseholdId) -> HouseholdDetail {
    match device.sees(&Query::Household { village: village(), household }) {
        View::Household(view) => view,
        other => panic!("no household: {other:?}"),
    }
}

fn compared(device: &Device, rows: &[RegisterRow]) -> Vec<RowView> {
    match device.sees(&Query::RegisterRows { village: village(), rows: rows.to_vec() }) {
        View::RegisterRows { rows } => rows,
        other => panic!("no rows: {other:?}"),
    }
}

fn import(device: &mut Device, rows: &[RegisterRow]) {
    done(device, Command::ImportHouseholds { village: village(), import: None, rows: rows.to_vec() });
}

fn turn(device: &mut Device, undone: bool) {
    let import = register(device).imports[0].id;
    done(device, Command::TurnImport { village: village(), import, undone });
}

fn find(device: &Device, head: &str) -> HouseholdView {
    let found = register(device).households.into_iter().find(|household| household.head == head);
    found.unwrap_or_else(|| panic!("{head} is not in the register"))
}

fn heads(device: &Device) -> Vec<String> {
    let mut heads: Vec<String> = register(device).households.into_iter().map(|household| household.head).collect();
    heads.sort();
    heads
}

fn amend(device: &mut Device, household: HouseholdId, pairs: &[(&str, &str)]) {
    done(device, Command::AmendHousehold { village: village(), household, fields: fields(pairs) });
}

fn visit(device: &mut Device, household: HouseholdId) {
    let form = [("occurred_on", "2016-03-01"), ("households", &household.to_string()), ("mode", "home")];
    let saved =
        device.does(Command::SaveDraft { entry: None, kind: EntryKind::Visit, fields: fields(&form), seen: None });
    let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("a draft is saved: {saved:?}") };
    done(device, Command::Record { entry });
}

#[test]
fn a_table_is_held_against_the_register_row_by_row() {
    let [mut secretary] = people(&mut Hub::default(), [Who::Secretary]);
    import(&mut secretary, &[row("张三", "一组", "001"), row("李四", "一组", "002"), row("王五", "二组", "")]);
    let mut changed = row("李四", "一组", "002");
    changed.fields.insert("members".to_owned(), FieldValue::from(4));
    let mut wrong = row("赵六", "三组", "004");
    wrong.fields.insert("status".to_owned(), "富".into());
    let mut empty = row("", "三组", "005");
    empty.fields.remove("head");
    let rows = [
        row("张三", "一组", "001"),
        changed,
        // It had no number before.
        row("王五", "二组", "003"),
        wrong,
        empty,
        row("钱七", "三组", "006"),
        row("钱七", "三组", "006"),
        row("孙八", "三组", ""),
    ];
    let compared = compared(&secretary, &rows);
    let verdicts: Vec<RowVerdict> = compared.iter().map(|row| row.verdict).collect();
    use RowVerdict::{Changed, Faulty, New, Same};
    assert_eq!(verdicts, [Same, Changed, Changed, Faulty, Faulty, New, Faulty, New]);
    let changes: Vec<(&str, &FieldValue)> =
        compared[2].changes.iter().map(|change| (change.field.as_str(), &change.after)).collect();
    assert_eq!(changes, [("number", &"003".into()), ("standing", &"registered".into())], "an official number");
    let fault = |at: usize| (compared[at].errors[0].field.as_str(), compared[at].errors[0].fault);
    assert_eq!(fault(3), ("status", FieldFault::UnknownChoice));
    assert_eq!(fault(4), ("head", FieldFault::Missing));
    assert_eq!(fault(6), ("number", FieldFault::Repeated));
    import(&mut secretary, &rows);
    assert_eq!(heads(&secretary), ["孙八", "张三", "李四", "王五", "钱七"], "faulty rows are left out");
    assert_eq!(find(&secretary, "孙八").standing, "unverified", "without an official number it is 待核");
    assert_eq!(find(&secretary, "李四").members, Some(4));
    // Two of one name in one group, both without a number: which one is meant?
    let add = |head: &str| Command::AddHousehold { village: village(), fields: row(head, "九组", "").fields };
    done(&mut secretary, add("周九"));
    done(&mut secretary, add("周九"));
    let meant = self::compared(&secretary, &[row("周九", "九组", "009")]);
    assert_eq!(meant[0].errors[0].fault, FieldFault::Ambiguous);
}

#[test]
fn what_a_cell_leaves_empty_stays_as_it_is() {
    let [mut secretary] = people(&mut Hub::default(), [Who::Secretary]);
    let mut full = row("张三", "一组", "001");
    full.fields.insert("helper".to_owned(), "刘干部".into());
    import(&mut secretary, &[full]);
    let mut sparse = row("张三", "", "001");
    sparse.fields.insert("helper".to_owned(), "".into());
    assert_eq!(compared(&secretary, &[sparse])[0].verdict, RowVerdict::Same);
}

#[test]
fn an_import_is_undone_and_done_again_and_what_was_written_since_stays() {
    let mut hub = Hub::default();
    let [mut secretary, mut member] = people(&mut hub, [Who::Secretary, Who::Member]);
    import(&mut secretary, &[row("张三", "一组", "001")]);
    let rows: Vec<RegisterRow> = (1..=100).map(|at| row(&format!("户主{at}"), "二组", &format!("1{at:03}"))).collect();
    let changed = row("张三丰", "一组", "001");
    import(&mut secretary, &[rows.clone(), vec![changed]].concat());
    assert_eq!((heads(&secretary).len(), find(&secretary, "张三丰").number.as_str()), (101, "001"));
    turn(&mut secretary, true);
    assert_eq!(heads(&secretary), ["张三"], "what it changed is as before, what it brought is off the list");
    assert!(register(&secretary).imports[0].undone);
    turn(&mut secretary, false);
    assert_eq!(heads(&secretary).len(), 101);
    assert_eq!(find(&secretary, "张三丰").number, "001");

    // Somebody else writes to one of it, visits another, and changes what it had changed.
    secretary.sync(&mut hub);
    member.sync(&mut hub);
    let (told, changed) = (find(&member, "户主1").id, find(&member, "张三丰").id);
    amend(&mut member, told, &[("support", "低保")]);
    amend(&mut member, changed, &[("head", "张大爷")]);
    let visited = find(&secretary, "户主2").id;
    visit(&mut secretary, visited);
    member.sync(&mut hub);
    secretary.sync(&mut hub);
    assert_eq!(register(&secretary).imports[0].kept, 2);
    turn(&mut secretary, true);
    assert_eq!(heads(&secretary), ["张大爷", "户主1", "户主2"]);
    secretary.sync(&mut hub);
    member.sync(&mut hub);
    assert_eq!(heads(&member), heads(&secretary));
    // A table brings back what was taken back, as the same household.
    let again = compared(&secretary, &rows[2..3]);
    assert_eq!(again[0].verdict, RowVerdict::New);
    import(&mut secretary, &rows[2..3]);
    assert_eq!(find(&secretary, "户主3").id, again[0].household.expect("it is known"));
}

#[test]
fn of_a_table_so_many_rows_are_taken_and_no_more() {
    let mut hub = Hub::default();
    let [mut secretary] = people(&mut hub, [Who::Secretary]);
    let rows =
        |count: usize| (0..count).map(|at| row(&format!("户{at}"), "一组", &format!("{at}"))).collect::<Vec<_>>();
    let command = |rows| Command::ImportHouseholds { village: village(), import: None, rows };
    assert_eq!(refused(&mut secretary, command(rows(IMPORT_ROWS_MAX + 1))), Refusal::RowsTooMany);
    assert_eq!(heads(&secretary).len(), 0);
    done(&mut secretary, command(rows(IMPORT_ROWS_MAX)));
    assert_eq!(heads(&secretary).len(), IMPORT_ROWS_MAX);
    secretary.sync(&mut hub);
    let [member] = people(&mut hub, [Who::Member]);
    assert_eq!(heads(&member).len(), IMPORT_ROWS_MAX, "no change of it is larger than a server takes");
}

#[test]
fn an_import_that_was_refused_is_done_again_once() {
    let mut hub = Hub::default();
    let [mut secretary] = people(&mut hub, [Who::Secretary]);
    let rows: Vec<RegisterRow> = (1..=90).map(|at| row(&format!("户主{at}"), "二组", &format!("1{at:03}"))).collect();
    import(&mut secretary, &rows);
    let ids = |device: &Device| -> Vec<HouseholdId> {
        register(device).households.into_iter().map(|household| household.id).collect()
    };
    let before = ids(&secretary);
    hub.whims = 1;
    secretary.sync(&mut hub);
    secretary.sync(&mut hub);
    let [member] = people(&mut hub, [Who::Member]);
    assert_eq!(ids(&member), before);
    assert_eq!(register(&member).imports.len(), 1);
}

#[test]
fn two_who_keep_a_register_at_the_same_time_lose_nothing() {
    let mut hub = Hub::default();
    let [mut secretary, mut member] = people(&mut hub, [Who::Secretary, Who::Member]);
    import(&mut secretary, &[row("张三", "一组", "001")]);
    secretary.sync(&mut hub);
    member.sync(&mut hub);
    let household = find(&secretary, "张三").id;
    amend(&mut secretary, household, &[("status", "lifted"), ("support", "养蜂")]);
    amend(&mut member, household, &[("status", "returned"), ("helper", "刘干部")]);
    // Both take the same table in.
    for device in [&mut secretary, &mut member] {
        import(device, &[row("李四", "一组", "002")]);
    }
    for _ in 0..2 {
        secretary.sync(&mut hub);
        member.sync(&mut hub);
    }
    for device in [&secretary, &member] {
        let view = detail(device, household);
        assert_eq!(view.fields["support"].value, "养蜂".into());
        assert_eq!(view.fields["helper"].value, "刘干部".into());
        let status = &view.fields["status"];
        let mut both = vec![status.value.clone()];
        both.extend(status.others.iter().map(|other| other.value.clone()));
        both.sort();
        assert_eq!(both, ["lifted".into(), "returned".into()], "neither is lost");
        assert_eq!(register(device).twins.len(), 1, "the register says that two are alike");
    }
    let (one, other) = register(&secretary).twins[0];
    done(&mut secretary, Command::MergeHousehold { village: village(), household: other, into: Some(one) });
    secretary.sync(&mut hub);
    member.sync(&mut hub);
    assert_eq!(heads(&member), ["张三", "李四"]);
    assert_eq!(detail(&member, one).merged[0].id, other);
}

#[test]
fn two_records_of_one_household_are_one_and_may_be_parted_again() {
    let [mut secretary] = people(&mut Hub::default(), [Who::Secretary]);
    import(&mut secretary, &[row("张三", "一组", "001"), row("李四", "一组", "002")]);
    let add = Command::AddHousehold { village: village(), fields: row("张三", "一组", "").fields };
    let twin = done(&mut secretary, add).expect("a household");
    visit(&mut secretary, twin);
    let one = register(&secretary).households.into_iter().find(|it| it.number == "001").expect("it is there").id;
    assert_eq!(register(&secretary).twins, [(one.min(twin), one.max(twin))]);
    let merge = |household, into| Command::MergeHousehold { village: village(), household, into };
    assert_eq!(refused(&mut secretary, merge(twin, Some(twin))), Refusal::NotFound, "with itself");
    done(&mut secretary, merge(twin, Some(one)));
    assert_eq!(refused(&mut secretary, merge(one, Some(twin))), Refusal::NotFound, "a ring would hide both");
    assert_eq!(heads(&secretary), ["张三", "李四"]);
    let visited = find(&secretary, "张三").visited_on.map(|day| day.to_string());
    assert_eq!(visited.as_deref(), Some("2016-03-01"), "a visit to one is a visit to both");
    let timeline = detail(&secretary, one).timeline;
    assert!(timeline.iter().any(|item| matches!(item.what, TimelineKind::Visited { .. })));
    assert_eq!(detail(&secretary, twin).merged_into.map(|into| into.id), Some(one));
    done(&mut secretary, merge(twin, None));
    assert_eq!(heads(&secretary), ["张三", "张三", "李四"]);
}

#[test]
fn only_the_township_says_that_a_household_added_by_hand_is_registered() {
    let mut hub = Hub::default();
    let [mut secretary, mut reviewer] = people(&mut hub, [Who::Secretary, Who::Reviewer]);
    let mut form = row("张三", "一组", "").fields;
    form.insert("standing".to_owned(), "unverified".into());
    let household =
        done(&mut secretary, Command::AddHousehold { village: village(), fields: form }).expect("a household");
    let verify =
        Command::AmendHousehold { village: village(), household, fields: fields(&[("standing", "registered")]) };
    assert_eq!(refused(&mut secretary, verify.clone()), Refusal::NotAllowed);
    amend(&mut secretary, household, &[("standing", "inactive")]);
    assert_eq!(refused(&mut secretary, verify.clone()), Refusal::NotAllowed, "nor by a detour");
    assert_eq!(detail(&secretary, household).kept_as, "unverified");
    amend(&mut secretary, household, &[("standing", "unverified")]);
    assert!(!register(&secretary).may_verify && register(&secretary).may_write);
    secretary.sync(&mut hub);
    reviewer.sync(&mut hub);
    assert!(register(&reviewer).may_verify);
    done(&mut reviewer, verify);
    reviewer.sync(&mut hub);
    secretary.sync(&mut hub);
    assert_eq!(find(&secretary, "张三").standing, "registered");
    amend(&mut secretary, household, &[("standing", "inactive")]);
    amend(&mut secretary, household, &[("standing", "registered")]);
    assert_eq!(find(&secretary, "张三").standing, "registered", "what was seen once need not be seen again");
}

#[test]
fn a_household_shows_what_happened_with_it_and_who_wrote_that() {
    let mut hub = Hub::default();
    let [mut secretary, mut member] = people(&mut hub, [Who::Secretary, Who::Member]);
    let mut first = row("张三", "一组", "001");
    first.fields.insert("status".to_owned(), "poor".into());
    import(&mut secretary, &[first]);
    let household = find(&secretary, "张三").id;
    visit(&mut secretary, household);
    secretary.sync(&mut hub);
    member.sync(&mut hub);
    amend(&mut member, household, &[("status", "lifted")]);
    amend(&mut member, household, &[("status", "lifted")]);
    member.sync(&mut hub);
    secretary.sync(&mut hub);
    let timeline = detail(&secretary, household).timeline;
    let changed: Vec<_> = timeline
        .iter()
        .filter_map(|item| match &item.what {
            TimelineKind::Changed { changes, .. } => Some((item.by.as_str(), &changes[0].before, &changes[0].after)),
            _ => None,
        })
        .collect();
    assert_eq!(changed, [("李娟", &"poor".into(), &"lifted".into())], "what changes nothing is not written");
    let added = timeline.iter().filter(|item| item.what == TimelineKind::Added { imported: true });
    assert_eq!(added.map(|item| item.by.as_str()).collect::<Vec<_>>(), ["王磊"]);
    assert!(timeline.iter().any(|item| matches!(item.what, TimelineKind::Visited { .. })));
    let wrong = |name: &str, value: &str| {
        let command = Command::AmendHousehold { village: village(), household, fields: fields(&[(name, value)]) };
        match refused(&mut people(&mut Hub::default(), [Who::Secretary])[0], command.clone()) {
            Refusal::NotFound => {}
            other => panic!("nobody has it there: {other:?}"),
        }
        command
    };
    for (name, value, fault) in [
        ("head", "", FieldFault::Missing),
        ("status", "rich", FieldFault::UnknownChoice),
        ("nickname", "三", FieldFault::UnknownField),
    ] {
        match refused(&mut secretary, wrong(name, value)) {
            Refusal::Fields { errors } => assert_eq!(errors[0].fault, fault),
            other => panic!("{other:?}"),
        }
    }
}
