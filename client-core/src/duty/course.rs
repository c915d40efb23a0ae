//! The figures: "46/48(免2)", and the course of the duties of a kind: what each of them adds to the figures, and from which day
//! on. It tells the tally of any day without reckoning again: a desk adds thousands of them up.
use core::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Duty;

/// How much is done of what is owed. Periods that leave or an excusal took out are no part of `owed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Tally {
    pub done: u32,
    pub owed: u32,
    pub excused: u32,
}

impl core::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.done += other.done;
        self.owed += other.owed;
        self.excused += other.excused;
    }
}

impl fmt::Display for Tally {
    /// As the plan's tables print it; an empty denominator prints "—".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.owed {
            0 => f.write_str("—")?,
            owed => write!(f, "{}/{owed}", self.done)?,
        }
        if self.excused > 0 { write!(f, "(免{})", self.excused) } else { Ok(()) }
    }
}

/// What the duties of one kind come to, day by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course(Vec<Step>);

/// What one duty adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    since: Date,
    /// The last day of its period.
    to: Date,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Done,
    Undone,
    Excused,
}

impl Step {
    /// The running period is not held against anyone: it is owed once it is done, or can no longer be.
    fn of(duty: &Duty, done: bool) -> Option<Step> {
        let (part, since) = match done {
            _ if duty.reason.takes_out() => (Part::Excused, duty.from),
            _ if !duty.owed => return None,
            true => (Part::Done, duty.from),
            // What could be done until the last day of the calendar is never held against anyone.
            false => (Part::Undone, duty.from.max(duty.window.ends().tomorrow().ok()?)),
        };
        Some(Step { since, to: duty.to, part })
    }
}

impl Course {
    /// Of duties, each with whether it is done.
    pub(super) fn of<'a>(duties: impl Iterator<Item = (&'a Duty, bool)>) -> Course {
        Course(duties.filter_map(|(duty, done)| Step::of(duty, done)).collect())
    }

    /// The figures as things stand on a day.
    pub fn tally(&self, today: Date) -> Tally {
        tally(self.0.iter(), today)
    }

    /// The same over the periods that end in some days, both included; one that runs on when the tenure ends does so on its
    /// last day.
    pub fn tally_ending(&self, (from, to): (Date, Date), last: Date, today: Date) -> Tally {
        tally(self.0.iter().filter(|step| (from..=to).contains(&step.to.min(last))), today)
    }
}

fn tally<'a>(steps: impl Iterator<Item = &'a Step>, today: Date) -> Tally {
    let mut tally = Tally::default();
    for step in steps.filter(|step| step.since <= today) {
        match step.part {
            Part::Done => {
                tally.done += 1;
                tally.owed += 1;
            }
            Part::Undone => tally.owed += 1,
            Part::Excused => tally.excused += 1,
        }
    }
    tally
}
