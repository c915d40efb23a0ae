//! The reckoning: every duty of a kind with the entries that fill it and those that do not, each with its reason, and the
//! figures over all: "46/48(免2)". Facts, never a score.
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::entry::EntryKind;
use crate::id::EntryId;

use super::claim::Claim;
use super::course::{Course, Tally};
use super::reason::{CountReason, Shortfall};
use super::work::Work;
use super::{Duty, Owing};

/// Where a duty stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DutyState {
    /// Not owed; the duty's reason says why.
    NotOwed,
    /// Some entry fills it.
    Done,
    /// Its window has not opened.
    Ahead,
    /// It may still be done, or written down.
    Open,
    /// It can no longer be done.
    Undone,
}

/// What an entry has to have to fill a duty of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    DatedInWindow,
    RecordedInTime,
    InPerson,
    RegisteredHousehold,
    OrganisedInBranch,
    /// An activity is a record of its own, not that of a lesson.
    OwnRecord,
    Achieved,
    FinishedInYear,
    TextOrFile,
    ReceivedByTownship,
}

/// What a duty of a kind asks for.
pub fn requirements(kind: EntryKind) -> &'static [Requirement] {
    use Requirement::*;
    match kind {
        EntryKind::Visit => &[DatedInWindow, InPerson, RegisteredHousehold],
        EntryKind::Lesson => &[DatedInWindow, RecordedInTime, OrganisedInBranch],
        EntryKind::Activity => &[DatedInWindow, RecordedInTime, OwnRecord],
        EntryKind::Summary => &[DatedInWindow, RecordedInTime],
        EntryKind::Deed => &[FinishedInYear, RecordedInTime, Achieved],
        EntryKind::Research => &[DatedInWindow, RecordedInTime, TextOrFile],
        EntryKind::Report => &[DatedInWindow, RecordedInTime, ReceivedByTownship],
        EntryKind::Leave | EntryKind::Presence => &[],
    }
}

/// One entry in the account of a duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Credit {
    pub entry: EntryId,
    pub reason: CountReason,
    pub shortfall: Option<Shortfall>,
}

impl Credit {
    pub fn counts(&self) -> bool {
        self.reason == CountReason::Counts
    }
}

/// One duty with all that was done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Account {
    pub duty: Duty,
    pub state: DutyState,
    /// Those that count first, then the others, each by its day.
    pub entries: Vec<Credit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Reckoning {
    pub accounts: Vec<Account>,
    /// Entries of the kind that lie in no period of the tenure.
    pub astray: Vec<Credit>,
    pub tally: Tally,
}

impl Owing<'_> {
    /// All duties of a kind with the entries among `works` that are of it, as things stand on `today`.
    pub fn reckon(&self, kind: EntryKind, works: &[Work], today: Date) -> Reckoning {
        let of_kind = works.iter().filter(|work| work.kind() == kind);
        let claims = of_kind.map(|work| Claim::of(self.term, self.policies, work)).collect();
        self.reckon_claims(kind, claims, today)
    }

    /// The same from claims of the kind, which are kept where works are not at hand.
    pub fn reckon_claims(&self, kind: EntryKind, mut claims: Vec<Claim>, today: Date) -> Reckoning {
        claims.sort_by_key(|claim| (claim.day, claim.made_on, claim.entry));
        let account = |duty: Duty| Account { duty, state: DutyState::NotOwed, entries: Vec::new() };
        let mut accounts: Vec<Account> = self.duties(kind).into_iter().map(account).collect();
        let mut astray = Vec::new();
        for claim in claims {
            let place = if claim.counts() {
                fills(&accounts, &claim.periods)
            } else {
                claim.periods.first().and_then(|period| at(&accounts, period))
            };
            let credit = Credit { entry: claim.entry, reason: claim.reason, shortfall: claim.shortfall };
            match place {
                Some(place) => accounts[place].entries.push(credit),
                None => astray.push(credit),
            }
        }
        for account in &mut accounts {
            account.entries.sort_by_key(|credit| !credit.counts());
            account.state = state(account, today);
        }
        let tally = course(&accounts).tally(today);
        Reckoning { accounts, astray, tally }
    }
}

impl Account {
    fn is_done(&self) -> bool {
        self.entries.iter().any(Credit::counts)
    }
}

impl Reckoning {
    /// What the duties come to on any day, with these entries.
    pub fn course(&self) -> Course {
        course(&self.accounts)
    }

    /// The figures over the periods that end in some days, both included; one that runs on when the tenure ends does so on
    /// its last day.
    pub fn tally_ending(&self, days: (Date, Date), last: Date, today: Date) -> Tally {
        self.course().tally_ending(days, last, today)
    }
}

fn course(accounts: &[Account]) -> Course {
    Course::of(accounts.iter().map(|account| (&account.duty, account.is_done())))
}

fn state(account: &Account, today: Date) -> DutyState {
    match &account.duty {
        duty if !duty.owed => DutyState::NotOwed,
        _ if account.is_done() => DutyState::Done,
        duty if today < duty.window.opens => DutyState::Ahead,
        duty if today <= duty.window.ends() => DutyState::Open,
        _ => DutyState::Undone,
    }
}

fn at(accounts: &[Account], period: &str) -> Option<usize> {
    accounts.iter().position(|account| account.duty.period == period)
}

/// The first of the periods that lacks an entry and owes one, or else the last: in the days of grace an entry completes
/// the year that has ended before it begins the next.
fn fills(accounts: &[Account], periods: &[String]) -> Option<usize> {
    let places: Vec<usize> = periods.iter().filter_map(|period| at(accounts, period)).collect();
    let lacking = places.iter().find(|place| accounts[**place].duty.owed && !accounts[**place].is_done());
    lacking.or(places.last()).copied()
}
