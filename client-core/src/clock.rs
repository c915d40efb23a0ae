//! Time as a value. Nobody in the core asks what time it is: a `Moment` comes in with each event. Days are those of
//! Asia/Shanghai, +08:00 without summer time.
use jiff::civil::Date;
use minicbor::{Decode, Decoder, Encode};
use serde::{Deserialize, Serialize};

const MS_A_DAY: i64 = 86_400_000;
const SHANGHAI_MS: i64 = 8 * 3_600_000;

/// The furthest that a browser's dates go from 1970, in milliseconds.
pub const MOMENT_MS_MAX: i64 = 8_640_000_000_000_000;

/// Milliseconds since 1970-01-01T00:00:00Z. One that is read, from a disk or another's clock, is held within
/// `MOMENT_MS_MAX`: a screen could not show it, and differences would overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(type = "number"))]
#[serde(from = "i64")]
#[cbor(transparent)]
pub struct Moment(#[n(0)] pub i64);

impl From<i64> for Moment {
    fn from(ms: i64) -> Self {
        Moment(ms.clamp(-MOMENT_MS_MAX, MOMENT_MS_MAX))
    }
}

impl<'b, C> Decode<'b, C> for Moment {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.i64().map(Moment::from)
    }
}

impl Moment {
    /// The day in Asia/Shanghai. A clock beyond the years 1 to 9999 is held at their edge.
    pub fn date(self) -> Date {
        day_to_date((self.0.saturating_add(SHANGHAI_MS)).div_euclid(MS_A_DAY))
    }

    /// The first moment of a day in Asia/Shanghai.
    pub fn start_of(date: Date) -> Self {
        Self(date_to_day(date) * MS_A_DAY - SHANGHAI_MS)
    }

    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// Days since 1970-01-01.
pub fn date_to_day(date: Date) -> i64 {
    let span = date.since(jiff::civil::date(1970, 1, 1)).expect("two dates of the civil calendar have a difference");
    i64::from(span.get_days())
}

fn day_to_date(day: i64) -> Date {
    let day = day.clamp(-719_162, 2_932_896);
    let span = jiff::Span::new().try_days(day).expect("the range was just held to the civil calendar");
    jiff::civil::date(1970, 1, 1).saturating_add(span)
}

/// `date` moved by whole days.
pub fn add_days(date: Date, days: i64) -> Date {
    day_to_date(date_to_day(date) + days)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_shanghai() {
        let eve = Moment(1_448_899_199_999); // 2015-11-30T15:59:59.999Z
        assert_eq!(eve.date(), date(2015, 11, 30));
        assert_eq!(eve.plus_ms(1).date(), date(2015, 12, 1));
        assert_eq!(Moment::start_of(date(2015, 12, 1)), eve.plus_ms(1));
    }

    #[test]
    fn a_phone_that_starts_in_1970_or_beyond_the_calendar_has_a_date() {
        assert_eq!(Moment(0).date(), date(1970, 1, 1));
        assert_eq!(Moment(i64::MAX).date(), date(9999, 12, 31));
        assert_eq!(Moment(i64::MIN).date(), date(1, 1, 1));
    }

    #[test]
    fn a_moment_that_is_read_is_one_that_a_browser_can_hold() {
        for (ms, held) in
            [(i64::MIN, -MOMENT_MS_MAX), (-1, -1), (MOMENT_MS_MAX, MOMENT_MS_MAX), (i64::MAX, MOMENT_MS_MAX)]
        {
            let bytes = minicbor::to_vec(Moment(ms)).expect("a vector takes all bytes");
            assert_eq!(minicbor::decode::<Moment>(&bytes).ok(), Some(Moment(held)));
            assert_eq!(serde_json::from_str::<Moment>(&ms.to_string()).ok(), Some(Moment(held)));
            assert_eq!(serde_json::to_string(&Moment(ms)).ok(), Some(ms.to_string()));
        }
    }

    #[test]
    fn days_are_added_across_years() {
        assert_eq!(add_days(date(2015, 12, 31), 1), date(2016, 1, 1));
        assert_eq!(add_days(date(2016, 3, 1), -1), date(2016, 2, 29));
    }
}
