//! What somebody in a village does and when they write it down, from the duties that the core says they owe. Most is
//! done and written the same day; some is written late, some visits are phone calls, some weeks have none.
use std::collections::VecDeque;

use jiff::civil::Date;
use zhucun_core::calendar::{Calendar, days};
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::duty::{Duty, Owing, Policies};
use zhucun_core::entry::EntryKind;
use zhucun_core::tenure::{Tenure, TenureRole};

use super::chance::Chance;

const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// How a visit is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Home,
    Field,
    Phone,
    Office,
}

impl Mode {
    pub fn code(self) -> &'static str {
        match self {
            Mode::Home => "home",
            Mode::Field => "field",
            Mode::Phone => "phone",
            Mode::Office => "office",
        }
    }

    pub fn in_person(self) -> bool {
        matches!(self, Mode::Home | Mode::Field)
    }
}

/// Work that is written down at a moment.
pub struct Act {
    pub at: Moment,
    pub work: Work,
}

pub enum Work {
    Visit {
        on: Date,
        mode: Mode,
    },
    Lesson {
        on: Date,
        ordinal: usize,
    },
    Activity {
        on: Date,
    },
    /// The half that it is of.
    Summary {
        on: Date,
        half: String,
    },
    /// A deed from its plan on; what becomes of it is written down as it goes.
    Deed {
        on: Date,
    },
    /// The deed is under way, then done.
    Progress {
        on: Date,
        achieved: bool,
    },
    /// An issue is followed to its next step.
    Follow {
        on: Date,
    },
    /// A household that is not in the register is added by hand.
    Household,
}

/// How regularly somebody works: of a hundred owed duties so many are done, and in so many weeks there is a second visit.
#[derive(Clone, Copy)]
pub struct Zeal {
    pub duties: usize,
    pub second_visits: usize,
}

/// Everything until `until`, in the order it is written down.
pub fn diary(tenure: &Tenure, calendar: &Calendar, zeal: Zeal, chance: &mut Chance, until: Moment) -> VecDeque<Act> {
    let mut diary = Diary { tenure, calendar, chance, until, acts: Vec::new() };
    match tenure.role {
        TenureRole::FirstSecretary => {
            diary.visits(zeal);
            diary.lessons(zeal);
            diary.activities(zeal);
            diary.summaries();
            diary.deed();
            diary.issues();
            diary.household();
        }
        TenureRole::TeamMember => diary.visits_of_a_member(),
    }
    diary.acts.sort_by_key(|act| act.at);
    diary.acts.into()
}

struct Diary<'a> {
    tenure: &'a Tenure,
    calendar: &'a Calendar,
    chance: &'a mut Chance,
    until: Moment,
    acts: Vec<Act>,
}

impl Diary<'_> {
    fn duties(&self, kind: EntryKind) -> Vec<Duty> {
        Owing::new(&self.tenure.term(), self.calendar, &Policies::built_in()).duties(kind)
    }

    fn visits(&mut self, zeal: Zeal) {
        for duty in self.duties(EntryKind::Visit).into_iter().filter(|duty| duty.owed) {
            if !self.chance.in_100(zeal.duties) {
                continue;
            }
            let mode = [Mode::Home, Mode::Field, Mode::Phone, Mode::Office][self.chance.weighted(&[81, 10, 6, 3])];
            self.visit(duty.from, duty.to, mode);
            if self.chance.in_100(zeal.second_visits) {
                self.visit(duty.from, duty.to, Mode::Home);
            }
        }
    }

    /// A team member owes nothing and visits about every other week.
    fn visits_of_a_member(&mut self) {
        let mut from = self.tenure.arrived;
        while from <= self.until.date() {
            let to = add_days(from, 6);
            if self.chance.in_100(45) {
                self.visit(from, to, Mode::Home);
            }
            from = add_days(to, 1);
        }
    }

    fn visit(&mut self, from: Date, to: Date, mode: Mode) {
        if let Some(on) = self.day(from, to) {
            self.write_down(on, Work::Visit { on, mode });
        }
    }

    fn lessons(&mut self, zeal: Zeal) {
        let first = self.chance.below(100);
        for (ordinal, duty) in self.duties(EntryKind::Lesson).into_iter().enumerate().filter(|(_, duty)| duty.owed) {
            if self.chance.in_100(zeal.duties)
                && let Some(on) = self.day(add_days(duty.from, 4), duty.to)
            {
                self.write_down(on, Work::Lesson { on, ordinal: first + ordinal });
            }
        }
    }

    fn activities(&mut self, zeal: Zeal) {
        for duty in self.duties(EntryKind::Activity).into_iter().filter(|duty| duty.owed) {
            if self.chance.in_100(zeal.duties)
                && let Some(on) = self.day(add_days(duty.from, 5), duty.to.min(self.until.date()))
            {
                self.write_down(on, Work::Activity { on });
            }
        }
    }

    fn summaries(&mut self) {
        for duty in self.duties(EntryKind::Summary).into_iter().filter(|duty| duty.owed) {
            if let Some(on) = self.day(add_days(duty.to, -10), duty.to) {
                self.write_down(on, Work::Summary { on, half: duty.period });
            }
        }
    }

    /// One deed: planned in the second month, done after four more.
    fn deed(&mut self) {
        let after = |days: i64| add_days(self.tenure.arrived, days);
        let steps = [(after(30), None), (after(60), Some(false)), (after(160), Some(true))];
        for (from, step) in steps {
            if let Some(on) = self.day(from, add_days(from, 12)) {
                let work = step.map_or(Work::Deed { on }, |achieved| Work::Progress { on, achieved });
                self.write_down(on, work);
            }
        }
    }

    /// About every other week somebody sees to an issue.
    fn issues(&mut self) {
        let mut from = add_days(self.tenure.arrived, 20);
        while from <= self.until.date() {
            let to = add_days(from, 13);
            if let Some(on) = self.day(from, to) {
                self.write_down(on, Work::Follow { on });
            }
            from = add_days(to, 1);
        }
    }

    fn household(&mut self) {
        if self.chance.in_100(15)
            && let Some(on) = self.day(add_days(self.tenure.arrived, 3), add_days(self.tenure.arrived, 30))
        {
            self.write_down(on, Work::Household);
        }
    }

    /// A day of the period in which this person can work: the day after arrival and later, a working day if there is one.
    fn day(&mut self, from: Date, to: Date) -> Option<Date> {
        let from = from.max(add_days(self.tenure.arrived, 1));
        let to = to.min(self.tenure.last_day());
        let all: Vec<Date> = days(from, to).collect();
        let working: Vec<Date> = all.iter().copied().filter(|day| self.calendar.is_working_day(*day)).collect();
        let from = if working.is_empty() || self.chance.in_100(8) { all } else { working };
        if from.is_empty() { None } else { Some(from[self.chance.below(from.len())]) }
    }

    fn write_down(&mut self, on: Date, work: Work) {
        let delay = match self.chance.weighted(&[72, 19, 7, 2]) {
            0 => 0,
            1 => self.chance.between(1, 3),
            2 => self.chance.between(4, 10),
            _ => self.chance.between(11, 14),
        };
        let day = add_days(on, i64::try_from(delay).unwrap_or_default());
        let minutes = i64::try_from(self.chance.between(0, 10 * 60)).unwrap_or_default();
        let at = Moment::start_of(day).plus_ms(9 * HOUR_MS + HOUR_MS / 2 + minutes * MINUTE_MS);
        if at <= self.until {
            self.acts.push(Act { at, work });
        }
    }
}
