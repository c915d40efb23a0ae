//! The small parsers: document ids, division codes, the calendar, commands, queries, views' parts as JSON. None panics, and
//! what is read is written again as the same.
use std::fmt::{Debug, Display};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zhucun_core::calendar::Calendar;
use zhucun_core::contract::{Command, DeadLetter, Outcome, Query};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::document::DocumentId;
use zhucun_core::host::{Effect, Event};
use zhucun_core::id::{Dice, EntryId};
use zhucun_core::reference::Reference;

use super::Target;
use crate::life;
use crate::town::{Who, village};
use crate::village::scenes;

pub const TARGET: Target = Target { name: "parser", run, seeds, mutate: None, bytes_max: 4_096, memory_max: 16 << 20 };

fn run(data: &[u8]) {
    let Some((form, rest)) = data.split_first() else { return };
    let text = std::str::from_utf8(rest).unwrap_or_default();
    match form % 10 {
        0 => document_id(rest),
        1 => division_code(text),
        2 => calendar(text),
        3 => json::<Command>(text),
        4 => json::<Query>(text),
        5 => json::<Reference>(text),
        6 => json::<Event>(text),
        7 => json::<Effect>(text),
        8 => json::<(Outcome, Option<DeadLetter>)>(text),
        _ => written::<EntryId>(text),
    }
}

fn document_id(bytes: &[u8]) {
    let Some(id) = DocumentId::from_bytes(bytes) else { return };
    assert_eq!(id.to_bytes(), bytes);
    id.owner();
    assert!(!id.to_string().is_empty());
}

fn division_code(text: &str) {
    let Ok(code) = text.parse::<DivisionCode>() else { return };
    assert_eq!(code.to_string(), text);
    assert_eq!(DivisionCode::from_number(code.number()), Ok(code));
    for level in Level::ALL {
        assert!(code.at(level).is_none_or(|above| above.contains(code) && above.level() == level));
    }
    assert!(code.parent().is_none_or(|parent| parent.contains(code) && !code.contains(parent)));
}

fn calendar(text: &str) {
    let Ok(calendar) = Calendar::parse(text) else { return };
    for day in calendar.holidays.iter().chain(&calendar.workdays) {
        calendar.is_working_day(*day);
        assert!(calendar.working_days(*day, *day) <= 1);
    }
    let written = serde_json::to_string(&calendar).expect("a calendar is plain");
    assert_eq!(serde_json::from_str::<Calendar>(&written).expect("it was just written"), calendar);
}

fn json<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) {
    let Ok(read) = serde_json::from_str::<T>(text) else { return };
    let written = serde_json::to_string(&read).expect("it is plain data");
    assert_eq!(serde_json::from_str::<T>(&written).expect("it was just written"), read);
}

fn written<T: std::str::FromStr + Display + PartialEq + Debug>(text: &str) {
    let Ok(read) = text.parse::<T>() else { return };
    assert_eq!(read.to_string().parse::<T>().ok(), Some(read));
}

fn seeds() -> Vec<Vec<u8>> {
    let with = |form: u8, bytes: &[u8]| [&[form], bytes].concat();
    let plain = |form: u8, value: &dyn erased::Plain| with(form, value.text().as_bytes());
    let scenes = scenes();
    let device = scenes[2].device(0);
    let mut dice = Dice::new([3; 32]);
    let mut seeds: Vec<Vec<u8>> = (0..24).map(|_| plain(3, &life::next(&mut dice, &device))).collect();
    let entry = EntryId(uuid::Uuid::from_u128(0xe1));
    let queries = [Query::Home, Query::Entry { entry }, Query::Village { village: village() }];
    seeds.extend(queries.iter().map(|query| plain(4, query)));
    seeds.extend(Who::ALL.map(|who| plain(5, &who.reference())));
    let events = [
        Event::Nudge,
        Event::Open { seed: vec![1; 4].into(), rows: Vec::new() },
        Event::Reply { request: 1, body: vec![2; 4].into(), whole: true },
        Event::Command { ticket: 1, command: Command::Record { entry } },
    ];
    seeds.extend(events.iter().map(|event| plain(6, event)));
    seeds.push(plain(7, &Effect::Wake { after_ms: 2_000 }));
    seeds.push(plain(8, &(Outcome::Done { entry: Some(entry), household: None, issue: None }, None::<DeadLetter>)));
    seeds.push(with(0, &DocumentId::village(village()).to_bytes()));
    seeds.push(with(0, &DocumentId::draft(entry).to_bytes()));
    seeds.extend(["6210", "621022", "621022103", "621022103201"].map(|code| with(1, code.as_bytes())));
    seeds.push(with(2, br#"{"holidays":{"2015-10-01":"x"},"workdays":{"2015-10-10":"y"}}"#));
    seeds.push(with(9, entry.to_string().as_bytes()));
    seeds
}

mod erased {
    //! Anything that can be written as JSON.
    pub trait Plain {
        fn text(&self) -> String;
    }

    impl<T: serde::Serialize> Plain for T {
        fn text(&self) -> String {
            serde_json::to_string(self).expect("it is plain data")
        }
    }
}
