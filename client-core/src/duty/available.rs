//! Available days: the working days of a period in the tenure, less those on approved leave or absence on duty.
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, days};
use crate::leave::Leave;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct AvailableDays {
    /// Working days of the period in the tenure.
    pub working: u32,
    /// Those that leave and absence on duty leave.
    pub available: u32,
    /// 暂定: some day lies in a year that the calendar does not know.
    pub provisional: bool,
}

impl AvailableDays {
    /// Of the days from `first` to `last`, both included; none when they are the other way round.
    pub fn count(calendar: &Calendar, leaves: &[Leave], first: Date, last: Date) -> AvailableDays {
        let working = calendar.working_days(first, last);
        let taken = |day: &Date| calendar.is_working_day(*day) && leaves.iter().any(|leave| leave.takes(*day));
        let taken = if leaves.is_empty() { 0 } else { days(first, last).filter(taken).count() };
        AvailableDays {
            working: working as u32,
            available: (working - taken) as u32,
            provisional: (first.year()..=last.year()).any(|year| !calendar.knows(year)),
        }
    }
}
