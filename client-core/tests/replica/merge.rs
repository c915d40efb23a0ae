//! A long text that two devices of its author change at the same time is one text on all of them.
use zhucun_core::contract::{Command, EntryState, EntryView, Outcome, Query, View};
use zhucun_core::entry::EntryKind;
use zhucun_core::id::EntryId;

use crate::device::Device;
use crate::hub::Hub;
use crate::town::{Who, devices, fields};

const BODY: &str = "全村有45户。缺水的有3户。\n路还没有通。";

struct Pair {
    hub: Hub,
    phone: Device,
    desk: Device,
    entry: EntryId,
}

impl Pair {
    /// Two devices of one secretary that know of a research report.
    fn begin() -> Self {
        let mut hub = Hub::default();
        let own = devices().into_iter().filter(|(_, who)| *who == Who::Secretary).map(|(id, who)| Device::new(id, who));
        let [mut phone, mut desk] = own.take(2).collect::<Vec<_>>().try_into().ok().expect("a phone and a desk");
        phone.sync(&mut hub);
        let fields = fields(&[("occurred_on", "2016-02-23"), ("title", "饮水"), ("body", BODY)]);
        let saved = phone.does(Command::SaveDraft { entry: None, kind: EntryKind::Research, fields, seen: None });
        let Some(Outcome::Done { entry: Some(entry), .. }) = saved else { panic!("{saved:?}") };
        phone.does(Command::Record { entry });
        phone.sync(&mut hub);
        desk.sync(&mut hub);
        Pair { hub, phone, desk, entry }
    }

    /// Both write the body anew from what each sees, and hear of each other only then.
    fn amend(&mut self, phone: impl Fn(&str) -> String, desk: impl Fn(&str) -> String) {
        let entry = self.entry;
        for (device, write) in [(&mut self.phone, &phone as &dyn Fn(&str) -> String), (&mut self.desk, &desk)] {
            let body = write(&body(&seen(device, entry)));
            device.does(Command::Amend { entry, fields: fields(&[("body", &body)]) });
        }
        self.meet();
    }

    fn meet(&mut self) {
        for _ in 0..2 {
            self.phone.sync(&mut self.hub);
            self.desk.sync(&mut self.hub);
        }
    }

    /// What both devices see: the body, whether it is made of two, and how many values one is to choose from.
    fn see(&self) -> (String, bool, u32) {
        let of = |device: &Device| {
            let view = seen(device, self.entry);
            (body(&view), view.fields["body"].merged, view.summary.conflicts)
        };
        assert_eq!(of(&self.phone), of(&self.desk));
        of(&self.phone)
    }
}

fn seen(device: &Device, entry: EntryId) -> EntryView {
    match device.sees(&Query::Entry { entry }) {
        View::Entry(view) => view,
        other => panic!("the entry is {other:?}"),
    }
}

fn body(view: &EntryView) -> String {
    view.fields["body"].value.text().unwrap_or_default().to_owned()
}

fn with(from: &'static str, to: &'static str) -> impl Fn(&str) -> String {
    move |text| text.replace(from, to)
}

#[test]
fn what_two_devices_write_into_one_long_text_is_one_text_on_both() {
    let mut pair = Pair::begin();
    pair.amend(with("45户", "46户"), with("路还没有通。", "路还没有通。井要修。"));
    assert_eq!(pair.see(), ("全村有46户。缺水的有3户。\n路还没有通。井要修。".to_owned(), true, 0));

    // On what was made of two the next two go on.
    pair.amend(with("井要修。", "井要修。已报乡里。"), with("3户", "5户"));
    assert_eq!(pair.see(), ("全村有46户。缺水的有5户。\n路还没有通。井要修。已报乡里。".to_owned(), true, 0));

    // Written by one who saw it, it is an ordinary value.
    let entry = pair.entry;
    let more = format!("{}下月再看。", pair.see().0);
    pair.phone.does(Command::Amend { entry, fields: fields(&[("body", &more)]) });
    pair.meet();
    assert_eq!(pair.see(), (more, false, 0));
}

#[test]
fn texts_are_merged_on_merged_ones_eight_times_before_one_is_chosen() {
    let mut pair = Pair::begin();
    for time in 1..=8 {
        pair.amend(|text| format!("手机{time}。{text}"), |text| format!("{text}电脑{time}。"));
        let (text, merged, conflicts) = pair.see();
        assert!(text.starts_with(&format!("手机{time}。")) && text.ends_with(&format!("电脑{time}。")));
        assert_eq!((merged, conflicts), (true, 0), "time {time}");
    }
    pair.amend(|text| format!("手机九。{text}"), |text| format!("{text}电脑九。"));
    assert_eq!((pair.see().1, pair.see().2), (false, 1), "both are there");
}

#[test]
fn where_two_devices_wrote_over_the_same_words_both_texts_stay_and_one_is_chosen() {
    let mut pair = Pair::begin();
    pair.amend(with("45户", "46户"), with("45户", "48户"));
    let (shown, merged, conflicts) = pair.see();
    assert_eq!((merged, conflicts), (false, 1));
    let others = seen(&pair.phone, pair.entry).fields["body"].others.clone();
    let other = others.first().and_then(|other| other.value.text()).expect("the other text").to_owned();
    let mut both = [shown, other.clone()];
    both.sort();
    assert_eq!(both, [BODY.replace("45户", "46户"), BODY.replace("45户", "48户")]);
    let entry = pair.entry;
    pair.desk.does(Command::Amend { entry, fields: fields(&[("body", &other)]) });
    pair.meet();
    assert_eq!(pair.see(), (other, false, 0));
}

#[test]
fn a_confirmation_of_a_merged_text_stands_on_every_device() {
    let mut pair = Pair::begin();
    pair.amend(with("45户", "46户"), with("3户", "5户"));
    let reviewer = devices().into_iter().find(|(_, who)| *who == Who::Reviewer).expect("a reviewer");
    let mut reviewer = Device::new(reviewer.0, reviewer.1);
    reviewer.sync(&mut pair.hub);
    let view = seen(&reviewer, pair.entry);
    assert_eq!(body(&view), "全村有46户。缺水的有5户。\n路还没有通。");
    reviewer
        .does(Command::Confirm { entry: pair.entry, version: view.version, opinion: String::new() })
        .expect("the device lives");
    reviewer.sync(&mut pair.hub);
    pair.meet();
    for device in [&pair.phone, &pair.desk, &reviewer] {
        assert_eq!(seen(device, pair.entry).summary.state, EntryState::Confirmed);
    }
}
