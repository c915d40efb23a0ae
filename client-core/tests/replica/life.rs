//! Random work of a village, from a seed: what a person at a device might do next, from what that device shows.
use std::collections::BTreeMap;

use zhucun_core::contract::{Command, EntryAction, Outcome, Query, View};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::field::FieldValue;
use zhucun_core::id::{Dice, EntryId};
use zhucun_core::review::{ReturnReason, VoidReason};

use crate::device::Device;
use crate::town::village;

fn lesson(dice: &mut Dice) -> Fields {
    let day = format!("2016-02-{:02}", 1 + dice.below(28));
    let mut fields = Fields::from([
        ("occurred_on".to_owned(), day.as_str().into()),
        ("topic".to_owned(), format!("第{}讲", dice.below(1000)).into()),
    ]);
    if dice.below(2) == 0 {
        fields.insert("present".to_owned(), FieldValue::Number(dice.below(2000) as i64));
    }
    if dice.below(2) == 0 {
        fields.insert("main_points".to_owned(), "学习讨论。".repeat(dice.below(40) as usize).into());
    }
    fields
}

fn visit(dice: &mut Dice, device: &Device) -> Option<Fields> {
    let View::Households(register) = device.sees(&Query::Households { village: village() }) else { return None };
    let household = register.households.get(dice.below(register.households.len().max(1) as u64) as usize)?;
    let day = format!("2016-02-{:02}", 1 + dice.below(28));
    Some(Fields::from([
        ("occurred_on".to_owned(), day.as_str().into()),
        ("households".to_owned(), household.id.to_string().into()),
        ("mode".to_owned(), ["home", "field", "phone"][dice.below(3) as usize].into()),
        ("narrative".to_owned(), "走访。".repeat(dice.below(60) as usize).into()),
    ]))
}

fn amendment(dice: &mut Dice, kind: &str) -> Fields {
    let number = dice.below(100);
    let (name, value): (&str, FieldValue) = match (kind, dice.below(3)) {
        ("lesson", 0) => ("topic", format!("改{number}").into()),
        ("lesson", 1) => ("present", FieldValue::Number(number as i64)),
        ("lesson", _) => ("members_views", if number < 20 { "" } else { "有收获" }.into()),
        (_, 0) => ("mode", "home".into()),
        (_, 1) => ("plan", format!("计划{number}").into()),
        (_, _) => ("requests", if number < 20 { "" } else { "修路" }.into()),
    };
    Fields::from([(name.to_owned(), value)])
}

/// The next command of whoever holds the device.
pub fn next(dice: &mut Dice, device: &Device) -> Command {
    let (entries, drafts) = device.entries();
    let any = |dice: &mut Dice, of: &[EntryId]| of.get(dice.below(of.len().max(1) as u64) as usize).copied();
    match dice.below(10) {
        0 => {
            let fields = Fields::from([("head".to_owned(), format!("户主{}", dice.below(1000)).into())]);
            Command::AddHousehold { village: village(), fields }
        }
        1 | 2 => {
            let (kind, fields) = match visit(dice, device) {
                Some(fields) if dice.below(2) == 0 => (EntryKind::Visit, fields),
                _ => (EntryKind::Lesson, lesson(dice)),
            };
            Command::SaveDraft {
                entry: any(dice, &drafts).filter(|_| kind == EntryKind::Lesson),
                kind,
                fields,
                seen: None,
            }
        }
        3 | 4 => match any(dice, &drafts) {
            Some(entry) if dice.below(8) == 0 => Command::DiscardDraft { entry },
            Some(entry) if dice.below(3) == 0 => Command::LeaveDraft { entry },
            Some(entry) => Command::Record { entry },
            None => Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields: lesson(dice), seen: None },
        },
        _ => match any(dice, &entries) {
            Some(entry) => on_entry(dice, device, entry),
            None => Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields: lesson(dice), seen: None },
        },
    }
}

/// Something the screen of an entry offers.
fn on_entry(dice: &mut Dice, device: &Device, entry: EntryId) -> Command {
    let View::Entry(view) = device.sees(&Query::Entry { entry }) else { unreachable!("the entry is in the list") };
    let offered = view.may.get(dice.below(view.may.len().max(1) as u64) as usize);
    let version = view.version.clone();
    match offered {
        Some(EntryAction::Withdraw) if dice.below(4) == 0 => Command::Withdraw { entry, text: "重复".to_owned() },
        Some(EntryAction::Answer) => {
            let event = view.to_answer.expect("what may be answered was returned or asked about");
            Command::Answer { entry, event, text: "已补充".to_owned() }
        }
        Some(EntryAction::Confirm) => Command::Confirm { entry, version, opinion: String::new() },
        Some(EntryAction::Return) => {
            let name = view.fields.keys().next().cloned();
            let comments: BTreeMap<String, String> =
                name.map(|name| (name, "请写具体".to_owned())).into_iter().collect();
            Command::Return { entry, version, reason: ReturnReason::TooBrief, comment: String::new(), comments }
        }
        Some(EntryAction::Question) => {
            Command::Question { entry, version, comment: "什么时候办好？".to_owned(), comments: BTreeMap::new() }
        }
        Some(EntryAction::Void) if dice.below(4) == 0 => {
            Command::Void { entry, reason: VoidReason::Duplicate, text: String::new() }
        }
        Some(EntryAction::Restore) => Command::Restore { entry },
        Some(EntryAction::Amend | EntryAction::Withdraw) => {
            Command::Amend { entry, fields: amendment(dice, &view.summary.kind) }
        }
        Some(EntryAction::Void) | None => Command::SyncNow,
    }
}

/// Whether the outcome is one that somebody who only does what is offered may meet.
pub fn is_fair(command: &Command, outcome: &Outcome) -> bool {
    use zhucun_core::contract::Refusal;
    match (command, outcome) {
        (_, Outcome::Done { .. }) => true,
        // Others than the secretary may keep drafts but have nowhere to record them.
        (Command::Record { .. }, Outcome::Refused { refusal }) => {
            matches!(refusal, Refusal::NoTenure | Refusal::NotAllowed | Refusal::Fields { .. })
        }
        _ => false,
    }
}
