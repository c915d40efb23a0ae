//! Somebody who logs: a first secretary or a team member with a phone. Entries are written when the diary says, and reach
//! the server whenever there is signal; what comes back from review is answered after some days.
use std::collections::VecDeque;

use jiff::civil::Date;
use zhucun_core::clock::{Moment, date_to_day};
use zhucun_core::contract::{Command, EntryState, EntrySummary, EventKind, HouseholdView, Query, View};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::field::FieldValue;
use zhucun_core::issue;
use zhucun_core::person::Person;
use zhucun_core::tenure::{Tenure, TenureRole};

use super::chance::Chance;
use super::diary::{Act, Work};
use super::household::{self, Known};
use super::phone::Phone;
use super::text::{ANSWERS, Texts, WITHDRAWALS};
use super::{Count, Done, entry, told};
use crate::app::App;

/// A return is answered after so many days.
const ANSWER_DAYS: i64 = 3;
/// So long after a look at what came back, nobody looks again.
const LOOK_MS_MIN: i64 = 9 * 86_400_000;
/// Whoever was silent for so long goes where there is signal.
const SILENT_MS_MAX: i64 = 12 * 86_400_000;
/// Of a hundred times that somebody writes, so often the battery died before.
const DEATHS: usize = 2;
/// Households that were added by hand have numbers from here on.
const BY_HAND: usize = 900;

pub struct Author {
    person: Person,
    tenure: Tenure,
    acts: VecDeque<Act>,
    chance: Chance,
    /// In so many of a hundred evenings there is signal.
    signal: usize,
    /// Returns made and issues raised from here on are left to whoever tries the demonstration: each visit raises one.
    leaves_from: Option<Moment>,
    phone: Option<Phone>,
    synced_at: Moment,
    /// The village's households as the form shows them; asked for once, since a form is made from everything.
    register: Vec<HouseholdView>,
    looked_at: Moment,
}

impl Author {
    pub fn new(person: Person, tenure: Tenure, acts: VecDeque<Act>, leaves_from: Option<Moment>) -> Self {
        let mut chance = Chance::of(&format!("author {} {}", tenure.division, tenure.role.code()));
        let signal = chance.between(55, 95);
        Self {
            person,
            tenure,
            acts,
            chance,
            signal,
            leaves_from,
            phone: None,
            synced_at: Moment::default(),
            register: Vec::new(),
            looked_at: Moment::default(),
        }
    }

    /// Lives on until `now`: writes what is due and syncs when there is signal.
    pub async fn live(&mut self, app: &App, texts: &Texts, now: Moment) -> Done<Count> {
        let mut count = Count::default();
        if now < Moment::start_of(self.tenure.arrived) {
            return Ok(count);
        }
        let Some(mut phone) = self.phone.take() else {
            let mut phone = Phone::begin(app, &self.person, now).await?;
            phone.sync(app, now).await?;
            self.synced_at = now;
            self.phone = Some(phone);
            return Ok(count);
        };
        let mut has_signal = now.0 - self.synced_at.0 > SILENT_MS_MAX;
        if self.acts.front().is_some_and(|act| act.at <= now) {
            if self.chance.in_100(DEATHS) {
                phone.reopen(now, app.powers.draw());
            }
            self.answer_returns(&mut phone, texts, now)?;
            while let Some(act) = self.acts.pop_front_if(|act| act.at <= now) {
                count.entries += self.act(&mut phone, texts, &act)?;
            }
            has_signal |= self.chance.in_100(self.signal);
        }
        if has_signal {
            phone.sync(app, now).await?;
            self.synced_at = now;
        }
        self.phone = Some(phone);
        Ok(count)
    }

    /// The last sync; everything must have arrived.
    pub async fn finish(&mut self, app: &App, now: Moment) -> Done<()> {
        match &mut self.phone {
            Some(phone) => phone.finish(app, now).await,
            None => Ok(()),
        }
    }

    fn act(&mut self, phone: &mut Phone, texts: &Texts, act: &Act) -> Done<usize> {
        let chance = &mut self.chance;
        let (kind, fields) = match act.work {
            Work::Follow { on } => return self.follow(phone, act.at, on),
            Work::Progress { on, achieved } => return self.progress(phone, act.at, on, achieved),
            Work::Activity { on } => (EntryKind::Activity, Some(entry::activity(chance, on))),
            Work::Summary { on, ref half } => (EntryKind::Summary, Some(entry::summary(chance, on, half))),
            Work::Deed { on } => (EntryKind::Deed, Some(entry::deed(chance, on))),
            Work::Visit { on, mode } => {
                if self.register.is_empty()
                    && let View::Form(form) = phone.see(act.at, &Query::Form { kind: EntryKind::Visit, like: None })
                {
                    self.register = form.households;
                }
                (EntryKind::Visit, entry::visit(texts, chance, on, mode, &mut self.register))
            }
            Work::Lesson { on, ordinal } => (EntryKind::Lesson, Some(entry::lesson(texts, chance, on, ordinal))),
            Work::Household => {
                let village = self.tenure.division;
                let fields = household::fields(village, BY_HAND, &self.person.name, Known::ByHand);
                told(phone.tell(act.at, Command::AddHousehold { village, fields }))?;
                self.register.clear();
                return Ok(0);
            }
        };
        let Some(fields) = fields else { return Ok(0) };
        let is_left = kind == EntryKind::Visit && self.leaves_from.is_some_and(|from| act.at >= from);
        let raised = if is_left { entry::issue_in_any_case(chance, &fields) } else { entry::issue(chance, &fields) };
        let recorded = told(phone.record_with(act.at, kind, fields, raised))?;
        match recorded {
            Some(entry) if chance.in_100(1) => {
                let text = chance.pick(WITHDRAWALS).to_owned();
                told(phone.tell(act.at.plus_ms(6 * 60_000), Command::Withdraw { entry, text }))?;
            }
            _ if chance.in_100(2) => self.think_again(phone, act.at.plus_ms(8 * 60_000))?,
            _ => {}
        }
        Ok(1)
    }

    /// Takes the oldest issue that is open one step on.
    fn follow(&mut self, phone: &mut Phone, now: Moment, on: Date) -> Done<usize> {
        let village = self.tenure.division;
        let View::Issues(view) = phone.see(now, &Query::Issues { village }) else { return Ok(0) };
        let is_left = self.leaves_from.is_some_and(|from| now >= from);
        let mut followed = view.issues.iter().filter(|issue| !(issue.ended || is_left && issue.state == issue::OPEN));
        if let Some(oldest) = followed.next_back() {
            let fields = entry::step(&mut self.chance, &oldest.state, on);
            told(phone.tell(now, Command::AmendIssue { village, issue: oldest.id, fields }))?;
        }
        Ok(0)
    }

    /// Says how far one's own deed is.
    fn progress(&mut self, phone: &mut Phone, now: Moment, on: Date, achieved: bool) -> Done<usize> {
        let View::Entries(own) = phone.see(now, &Query::Entries) else { return Ok(0) };
        if let Some(deed) = own.entries.iter().find(|entry| entry.kind == "deed" && !entry.state.is_taken_back()) {
            let step = if achieved {
                [("state", "achieved"), ("finished", "")]
            } else {
                [("state", "under_way"), ("started", "")]
            };
            let day = FieldValue::from(on.to_string());
            let fields =
                step.map(|(name, value)| (name.to_owned(), if value.is_empty() { day.clone() } else { value.into() }));
            told(phone.tell(now, Command::Amend { entry: deed.id, fields: fields.into() }))?;
        }
        Ok(0)
    }

    /// Adds a line to something that was confirmed: it then asks for confirmation again.
    fn think_again(&mut self, phone: &mut Phone, now: Moment) -> Done<()> {
        let View::Entries(own) = phone.see(now, &Query::Entries) else { return Ok(()) };
        let confirmed = |entry: &&EntrySummary| entry.state == EntryState::Confirmed && entry.kind == "visit";
        if let Some(last) = own.entries.iter().find(confirmed) {
            let fields = Fields::from([("plan".to_owned(), "已经办妥，户里表示满意。".into())]);
            told(phone.tell(now, Command::Amend { entry: last.id, fields }))?;
        }
        Ok(())
    }

    fn answer_returns(&mut self, phone: &mut Phone, texts: &Texts, now: Moment) -> Done<()> {
        let is_too_soon = now.0 - self.looked_at.0 < LOOK_MS_MIN;
        if is_too_soon || self.tenure.role != TenureRole::FirstSecretary {
            return Ok(());
        }
        self.looked_at = now;
        for returned in phone.home(now).to_answer {
            let View::Entry(view) = phone.see(now, &Query::Entry { entry: returned.id }) else { continue };
            let back = view.events.iter().rev().find_map(|event| match &event.kind {
                EventKind::Returned { comments, .. } if event.current => Some((event.id?, event.at, comments)),
                _ => None,
            });
            let Some((event, at, comments)) = back else { continue };
            let days = date_to_day(now.date()) - date_to_day(at.date());
            if days < ANSWER_DAYS || self.leaves_from.is_some_and(|from| at >= from) {
                continue;
            }
            let fields: Fields = texts
                .all_returns()
                .filter(|back| comments.get(&back.field) == Some(&back.on_field))
                .map(|back| (back.field.clone(), back.amended.as_str().into()))
                .collect();
            told(phone.tell(now, Command::Amend { entry: returned.id, fields }))?;
            if self.chance.in_100(40) {
                let text = self.chance.pick(ANSWERS).to_owned();
                told(phone.tell(now, Command::Answer { entry: returned.id, event, text }))?;
            }
        }
        Ok(())
    }
}
