//! Wall-clock instants as values (AUTH-257). Nothing here reads a clock.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// An instant of the wall clock, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Tokens and HTTP count in seconds; milliseconds are kept because ERP.net's own events carry fractions.
///
/// ```
/// use erpnet_types::Timestamp;
///
/// let nbf = Timestamp::from_unix_seconds(1_766_505_147);
/// assert_eq!(nbf.to_string(), "2025-12-23T15:52:27Z");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// The latest instant that a token may name: 2200-01-01T00:00:00Z, in seconds (AUTH-257).
pub const MAX_NUMERIC_DATE: i64 = 7_258_118_400;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// The instant this many seconds after the epoch; saturates.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// The instant this many milliseconds after the epoch.
    #[must_use]
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The instant that a JSON numeric date names, if it lies in 1970..2200 (RFC 7519 section 2, AUTH-257).
    /// Fractions of a second are kept to the millisecond.
    #[must_use]
    pub fn from_numeric_date(seconds: f64) -> Option<Self> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "bounded by the check before it"
        )]
        (seconds >= 0.0 && seconds <= MAX_NUMERIC_DATE as f64)
            .then(|| Self((seconds * 1000.0).round() as i64))
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.0
    }

    /// Later by `duration`; saturates.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// Earlier by `duration`; saturates.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// Later (or earlier, when negative) by so many milliseconds; saturates.
    #[must_use]
    pub const fn shifted(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// How long after `earlier` this is; zero when it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let millis = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(millis(after)),
            Err(before) => Self(-millis(before.duration())),
        }
    }
}

/// RFC 3339 in UTC, with milliseconds only when there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, in_day) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = civil_from_days(days);
        let (seconds, millis) = (in_day / 1000, in_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        if millis != 0 {
            write!(f, ".{millis:03}")?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

/// Days since the epoch to a proleptic Gregorian date: shift to an era of 400 years that starts in March, so that the
/// leap day is the last day of a year.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prints_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_234_567_890, "2009-02-13T23:31:30Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (MAX_NUMERIC_DATE, "2200-01-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp::from_unix_seconds(seconds).to_string(), text);
        }
        assert_eq!(
            Timestamp::from_unix_millis(1500).to_string(),
            "1970-01-01T00:00:01.500Z"
        );
    }

    #[test]
    fn auth_257_numeric_dates_have_bounds() {
        assert_eq!(
            Timestamp::from_numeric_date(1.5),
            Some(Timestamp::from_unix_millis(1500))
        );
        assert!(Timestamp::from_numeric_date(0.0).is_some());
        assert!(Timestamp::from_numeric_date(7_258_118_400.0).is_some());
        for bad in [
            -1.0,
            7_258_118_400.1,
            7_258_118_401.0,
            f64::NAN,
            f64::INFINITY,
            1e300,
        ] {
            assert_eq!(Timestamp::from_numeric_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        let (late, early) = (
            Timestamp::from_unix_millis(i64::MAX),
            Timestamp::from_unix_millis(i64::MIN),
        );
        assert_eq!(late.after(Duration::MAX), late);
        assert_eq!(early.before(Duration::from_secs(1)), early);
        assert_eq!(early.since(late), Duration::ZERO);
        assert!(!late.to_string().is_empty() && !early.to_string().is_empty());
    }

    proptest! {
        #[test]
        fn since_undoes_after(start in 0i64..MAX_NUMERIC_DATE, millis in 0u64..100_000_000) {
            let start = Timestamp::from_unix_seconds(start);
            let step = Duration::from_millis(millis);
            prop_assert_eq!(start.after(step).since(start), step);
            prop_assert_eq!(start.after(step).before(step), start);
        }
    }
}
