//! Timeliness: how late an entry was written by its own device. Synchronisation never makes it late, and a clock that is
//! not plausible makes it unknown, never late.
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::{Moment, date_to_day};

use super::policy::Policy;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Timeliness {
    /// Within 3 days.
    OnTime,
    /// 补录: 4 to 10 days.
    Late,
    /// More than 10 days: needs confirmation.
    VeryLate,
    /// 无法判断: the clock was not plausible.
    Unknown,
}

/// What is known of the clock that an entry was made by; what is not known speaks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockFacts {
    /// When the server received the entry.
    pub received_at: Option<Moment>,
    /// The last server time that the device had seen when it made the entry.
    pub server_seen: Option<Moment>,
    /// How far it was from the server's at the syncs around the entry, the larger of the two.
    pub off_ms: Option<i64>,
}

impl ClockFacts {
    /// Whether a device that says it made something at `created` can be believed.
    pub fn is_plausible(&self, policy: &Policy, created: Moment) -> bool {
        let off_ms_max = i64::from(policy.clock_off_minutes_max) * 60_000;
        let ahead = self.received_at.is_some_and(|received| created > received.plus_ms(off_ms_max));
        let behind = self.server_seen.is_some_and(|seen| created < seen);
        let off = self.off_ms.is_some_and(|off| off.unsigned_abs() > off_ms_max.unsigned_abs());
        !ahead && !behind && !off
    }
}

/// Compares the day the work was done with the day its device made the entry. A making before the work tells nothing.
pub fn timeliness(
    policy: &Policy,
    occurred_on: Option<Date>,
    created_at: Option<Moment>,
    clock: &ClockFacts,
) -> Timeliness {
    let (Some(occurred), Some(created)) = (occurred_on, created_at) else { return Timeliness::Unknown };
    if !clock.is_plausible(policy, created) {
        return Timeliness::Unknown;
    }
    match date_to_day(created.date()) - date_to_day(occurred) {
        days if days < 0 => Timeliness::Unknown,
        days if days <= i64::from(policy.on_time_days_max) => Timeliness::OnTime,
        days if days <= i64::from(policy.late_days_max) => Timeliness::Late,
        _ => Timeliness::VeryLate,
    }
}
