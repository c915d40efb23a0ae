//! A township's reviewer: fills the village registers at the beginning, and once a week reads what has come, confirms
//! most of it and returns some with a comment. What came in the last days waits.
use zhucun_core::clock::{Moment, date_to_day};
use zhucun_core::contract::{Command, EntryState, EntrySummary, Query, View};
use zhucun_core::division::DivisionCode;
use zhucun_core::entry::EntryKind;
use zhucun_core::id::EntryId;
use zhucun_core::person::Person;

use super::chance::Chance;
use super::household::{self, Known};
use super::measure;
use super::phone::Phone;
use super::text::Texts;
use super::{Count, Done, told};
use crate::app::App;

/// Younger entries wait for the next week.
const AGE_DAYS_MIN: i64 = 2;
/// So many days before the end the township writes down what it trained.
const TRAINED_DAYS: i64 = 60;
/// Of a hundred entries that a reviewer reads for the first time, so many go back.
const RETURNS: usize = 7;
/// Of a hundred entries that are old enough, so many are left for the next week.
const LEFT: usize = 8;

/// A village whose register the reviewer fills.
pub struct Register {
    pub village: DivisionCode,
    pub households: usize,
    /// Who helps the households; empty where nobody is posted.
    pub helper: String,
}

pub struct Reviewer {
    person: Person,
    township: DivisionCode,
    registers: Vec<Register>,
    chance: Chance,
    /// Reviews on the days that lie so many days, and whole weeks, before the end.
    weekday: i64,
    /// A village where the newest entry that is read in the last week goes back.
    own: Option<DivisionCode>,
    end: Moment,
    phone: Option<Phone>,
    reviewed_on: Option<i64>,
    /// What the township trained was written down.
    trained: bool,
}

impl Reviewer {
    pub fn new(
        person: Person,
        township: DivisionCode,
        registers: Vec<Register>,
        own: Option<DivisionCode>,
        end: Moment,
    ) -> Self {
        let mut chance = Chance::of(&format!("reviewer {township}"));
        // The demonstration's own reviewer has most of a week's entries still to read.
        let weekday = if own.is_some() { 5 } else { i64::try_from(chance.between(1, 6)).unwrap_or(1) };
        Self { person, township, registers, chance, weekday, own, end, phone: None, reviewed_on: None, trained: false }
    }

    pub async fn live(&mut self, app: &App, texts: &Texts, now: Moment) -> Done<Count> {
        let mut count = Count::default();
        let today = date_to_day(now.date());
        let before_end = date_to_day(self.end.date()) - today;
        let Some(mut phone) = self.phone.take() else {
            let mut phone = Phone::begin(app, &self.person, now).await?;
            phone.sync(app, now).await?;
            count.households = self.fill_registers(&mut phone, now)?;
            let villages = self.villages();
            write_down(&mut phone, now, measure::posted(self.township, &villages, now.date()))?;
            phone.sync(app, now).await?;
            self.phone = Some(phone);
            return Ok(count);
        };
        if before_end % 7 == self.weekday && self.reviewed_on != Some(today) {
            self.reviewed_on = Some(today);
            phone.sync(app, now).await?;
            count.reviews = self.review(&mut phone, texts, now, before_end < 7)?;
            if before_end < TRAINED_DAYS && !self.trained {
                self.trained = true;
                write_down(&mut phone, now, measure::trained(self.township, &self.villages(), now.date()))?;
            }
            phone.sync(app, now).await?;
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

    fn villages(&self) -> Vec<DivisionCode> {
        self.registers.iter().map(|register| register.village).collect()
    }

    fn fill_registers(&mut self, phone: &mut Phone, now: Moment) -> Done<usize> {
        let mut count = 0;
        for Register { village, households, helper } in &self.registers {
            for number in 1..=*households {
                let fields = household::fields(*village, number, helper, Known::Registered);
                told(phone.tell(now, Command::AddHousehold { village: *village, fields }))?;
                count += 1;
            }
        }
        Ok(count)
    }

    fn review(&mut self, phone: &mut Phone, texts: &Texts, now: Moment, is_last: bool) -> Done<usize> {
        let View::Queue(queue) = phone.see(now, &Query::Queue) else { return Ok(0) };
        let mut count = 0;
        for row in queue.villages {
            let old: Vec<EntrySummary> = row.awaiting.into_iter().filter(|entry| is_old_enough(entry, now)).collect();
            let secretary = row.secretary.filter(|_| is_last && self.own == Some(row.village.code));
            let shown = secretary.and_then(|secretary| shown(phone, row.village.code, &secretary, now));
            if let Some(entry) = shown
                && let View::Entry(view) = phone.see(now, &Query::Entry { entry })
            {
                count += self.judge(phone, texts, &view.summary, Some(entry), now)?;
            }
            for entry in old.iter().filter(|entry| Some(entry.id) != shown) {
                if !self.chance.in_100(LEFT) {
                    count += self.judge(phone, texts, entry, None, now)?;
                }
            }
        }
        Ok(count)
    }

    fn judge(
        &mut self,
        phone: &mut Phone,
        texts: &Texts,
        summary: &EntrySummary,
        shown: Option<EntryId>,
        now: Moment,
    ) -> Done<usize> {
        let entry = summary.id;
        let View::Entry(view) = phone.see(now, &Query::Entry { entry }) else { return Ok(0) };
        let is_first = summary.state == EntryState::Submitted;
        let goes_back = shown.is_some() || (is_first && self.chance.in_100(RETURNS));
        let returns = EntryKind::from_code(&summary.kind).map(|kind| texts.returns(kind)).unwrap_or_default();
        let command = if goes_back && !returns.is_empty() {
            let place = if shown.is_some() { 0 } else { self.chance.below(returns.len()) };
            let back = returns[place];
            Command::Return {
                entry,
                version: view.version,
                reason: back.reason,
                comment: back.comment.clone(),
                comments: [(back.field.clone(), back.on_field.clone())].into(),
            }
        } else {
            let is_report = summary.kind == EntryKind::Report.code();
            let opinion = if is_report { RECEIVED.to_owned() } else { String::new() };
            Command::Confirm { entry, version: view.version, opinion }
        };
        told(phone.tell(now, command))?;
        Ok(1)
    }
}

/// Records of the measures are written down like anything else.
fn write_down(phone: &mut Phone, now: Moment, commands: Vec<Command>) -> Done<()> {
    commands.into_iter().try_for_each(|command| told(phone.tell(now, command)).map(|_| ()))
}

/// What the township says of a report that it received.
const RECEIVED: &str = "情况属实，请继续抓好落实。";

/// The entry that goes back for all to see: the secretary's newest visit that is old enough, confirmed or not.
fn shown(phone: &Phone, village: DivisionCode, secretary: &Person, now: Moment) -> Option<EntryId> {
    let View::Entries(all) = phone.see(now, &Query::Village { village }) else { return None };
    let fits = |entry: &&EntrySummary| {
        let gone = entry.state.is_taken_back() || entry.state == EntryState::Returned;
        entry.kind == "visit" && entry.author == secretary.name && !gone && is_old_enough(entry, now)
    };
    all.entries.iter().find(fits).map(|entry| entry.id)
}

fn is_old_enough(entry: &EntrySummary, now: Moment) -> bool {
    entry.created_at.is_some_and(|at| date_to_day(now.date()) - date_to_day(at.date()) >= AGE_DAYS_MIN)
}
