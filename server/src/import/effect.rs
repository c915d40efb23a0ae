//! What an import would do, line by line, and its sum.
use std::fmt;

use jiff::civil::Date;
use zhucun_core::division::DivisionCode;

use super::sentence::sentences;

sentences! {
    /// What becomes of something, or what it is that something becomes of.
    Effect {
        /// Of a row of the roster.
        Posting { login: String, name: String, role: &'static str, place: String } = "posting"
            "{login} {name} {role} {place}:";
        Newcomer = "newcomer" "a new account";
        Days { from: Date, to: Date } = "days" "from {from} to {to}";
        Since { from: Date } = "since" "from {from}";
        DaysChanged { from: Date, to: Date, was_from: Date, was_to: Date } = "days_changed"
            "from {from} to {to}, was from {was_from} to {was_to}";
        Ends { to: Date } = "ends" "ends on {to}";
        EndsFor { to: Date, reason: &'static str } = "ends_for" "ends on {to}, {reason}";
        EndChanged { to: Date, was_to: Date } = "end_changed" "ends on {to}, was {was_to}";
        EndTakenBack { was_to: Date } = "end_taken_back" "ends on no day, was {was_to}";
        PlannedEnd { to: Date, was_to: Date } = "planned_end" "planned until {to}, was {was_to}";
        ReasonChanged { reason: &'static str, was_reason: &'static str } = "reason_changed"
            "{reason}, was {was_reason}";
        Batch { now: String, was: String } = "batch" "batch {now}, was {was}";
        Renamed { now: String, was: String } = "renamed" "THE NAME CHANGES to {now}, was {was}";
        Particular { column: &'static str, now: String, was: String } = "particular" "{column}: {was} → {now}";

        Village { place: String, code: DivisionCode } = "village" "{place} {code}:";

        Version { version: u32, from: Date } = "version" "version {version} from {from}:";
        Field { field: String, was: String, now: String } = "field" "{field}: {was} → {now}";
        Nothing = "nothing" "changes nothing";

        Year { year: i16 } = "year" "{year}:";
        YearKnown { off: usize, on: usize } = "year_known" "{off} holidays, {on} make-up workdays";
        DayOff { day: Date } = "day_off" "{day}: worked → off";
        DayWorked { day: Date } = "day_worked" "{day}: off → worked";
    }
}

/// What happens to what one line speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Added,
    Changed,
    Unchanged,
    /// It gets its last day.
    Ended,
}

impl Kind {
    pub fn code(self) -> &'static str {
        match self {
            Kind::Added => "added",
            Kind::Changed => "changed",
            Kind::Unchanged => "unchanged",
            Kind::Ended => "ended",
        }
    }
}

/// One line's part of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// None where the file is no table.
    pub line: Option<usize>,
    pub kind: Kind,
    /// What it is about.
    pub about: Effect,
    pub effects: Vec<Effect>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        self.about.fmt(f)?;
        for (at, effect) in self.effects.iter().enumerate() {
            write!(f, "{}{effect}", if at == 0 { " " } else { ", " })?;
        }
        Ok(())
    }
}

/// What an import did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// Tenures, posts and marks that got their last day.
    pub ended: usize,
}

impl Tally {
    pub fn of(changes: &[Change]) -> Self {
        let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
        Self {
            added: count(Kind::Added),
            changed: count(Kind::Changed),
            unchanged: count(Kind::Unchanged),
            ended: count(Kind::Ended),
        }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.added + self.changed + self.ended == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, changed, unchanged, ended } = self;
        write!(f, "{added} added, {changed} changed, {ended} ended, {unchanged} unchanged")
    }
}
