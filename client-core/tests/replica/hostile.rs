//! What a rogue author may write within the rules of the gate, and what a reviewer's screens make of it: everything can
//! be shown, and nothing in a view is more than a browser's numbers hold.
use serde_json::Value;
use zhucun_core::contract::{EntryState, Query, View};
use zhucun_core::entry::EntryKind;
use zhucun_core::field::{NUMBER_MAX, TEXT_BYTES_MAX};
use zhucun_core::id::EntryId;

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{NOON, Who, devices, log, village};
use crate::twice::elsewhere;

/// Whether every number in a view is one that JavaScript can hold.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|number| number.abs() <= NUMBER_MAX),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(fields) => fields.values().all(is_plain),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

#[test]
fn whatever_a_rogue_writes_can_be_shown() {
    let long = "长".repeat(TEXT_BYTES_MAX / 3);
    let ids = vec![uuid::Uuid::nil().to_string(); 500].join(" ");
    let (most, least) = (NUMBER_MAX.to_string(), (-NUMBER_MAX).to_string());
    let odd: [&[(&str, &str)]; 10] = [
        &[],
        &[("kind", "")],
        &[("kind", "a_kind_of_tomorrow"), ("weather", "sunny")],
        &[("kind", "lesson"), ("occurred_on", "-009999-01-01"), ("topic", "\u{0}\u{202e}\u{feff}")],
        &[("kind", "lesson"), ("occurred_on", "9999-12-31"), ("created_at", &most)],
        &[("kind", "lesson"), ("occurred_on", "0001-01-01"), ("created_at", &least), ("present", &most)],
        &[("kind", "visit"), ("occurred_on", "2016-02-30"), ("mode", "by_moon"), ("households", &ids)],
        &[("kind", "visit"), ("occurred_on", "2016-02-29"), ("mode", "home"), ("households", &long)],
        &[("kind", &long), ("topic", &long), ("occurred_on", &long)],
        &[("kind", "visit"), ("comment:topic", &long), ("households", "  ")],
    ];
    let mut hub = Hub::default();
    for (fields, number) in odd.into_iter().zip(1..) {
        let entry = EntryId(uuid::Uuid::from_u128(number));
        hub.plant(Who::Secretary, log(), elsewhere([number as u8; 16], entry, fields));
    }
    for (id, who) in devices() {
        let mut device = Device::new(id, who);
        device.sync(&mut hub);
        let (entries, _) = device.entries();
        assert_eq!(entries.len(), odd.len());
        let mut queries = vec![Query::Home, Query::Entries, Query::Queue, Query::Sync, Query::DeadLetters];
        queries.extend([Query::Village { village: village() }, Query::Households { village: village() }]);
        queries.extend(EntryKind::ALL.map(|kind| Query::Form { kind }));
        queries.extend(entries.iter().map(|entry| Query::Entry { entry: *entry }));
        for now in [NOON, zhucun_core::clock::Moment(0), zhucun_core::clock::Moment(8_640_000_000_000_000)] {
            device.now = now;
            for query in &queries {
                let view = device.sees(query);
                assert_ne!(view, View::NotFound, "{query:?}");
                let json = serde_json::to_value(&view).expect("a view is plain data");
                assert!(is_plain(&json), "{query:?}: {json}");
            }
        }
        let View::Entry(view) = device.sees(&Query::Entry { entry: entries[0] }) else { unreachable!("it was shown") };
        assert_eq!(view.summary.state, EntryState::Submitted);
        device.reopen();
        assert_eq!(device.entries().0.len(), odd.len());
    }
}
