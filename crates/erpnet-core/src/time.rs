//! Time, as an argument.

use std::time::Duration;

use erpnet_types::Timestamp;

/// The two clocks that a driver reads before every call into this crate.
///
/// Lifetimes run on `mono`, which cannot jump; `wall` is only compared with instants that others wrote down (`exp`,
/// `Date`). Neither is read in here: calling with an old value is harmless, it only makes things happen later.
///
/// ```
/// use erpnet_core::Now;
/// use erpnet_types::Timestamp;
/// use std::time::Duration;
///
/// let now = Now { wall: Timestamp::from_unix_seconds(1_766_505_147), mono: Duration::from_secs(7) };
/// assert_eq!(now.later(Duration::from_secs(3)).mono, Duration::from_secs(10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The wall clock. It can jump, and it can be wrong.
    pub wall: Timestamp,
    /// A monotonic clock, from any fixed start. It counts while the machine sleeps where the system offers that.
    pub mono: Duration,
}

impl Now {
    /// Both clocks, so much later. For tests and simulations.
    #[must_use]
    pub fn later(self, by: Duration) -> Self {
        Self {
            wall: self.wall.after(by),
            mono: self.mono.saturating_add(by),
        }
    }
}

/// The furthest that a server's clock may be from ours and still be believed. Beyond it, ours is kept and the error
/// names the difference.
pub const MAX_CLOCK_OFFSET: Duration = Duration::from_secs(24 * 3600);

/// The longest exchange that tells the server's clock: half of it is how wrong the reading can be. A machine that slept in
/// the middle of one learns nothing from it.
pub const MAX_CLOCK_READING: Duration = Duration::from_secs(60);

/// The identity service's clock, as its last answer told it: an instant of its wall clock, tied to our monotonic one,
/// so that a step of our wall clock changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerClock {
    server: Timestamp,
    mono: Duration,
}

impl ServerClock {
    /// What `date` said, halfway between sending and reply; nothing, when these are more than [`MAX_CLOCK_READING`] apart.
    #[must_use]
    pub fn read(date: Timestamp, sent: Now, received: Now) -> Option<Self> {
        let took = received.mono.saturating_sub(sent.mono);
        (took <= MAX_CLOCK_READING).then(|| Self {
            server: date,
            mono: sent.mono.saturating_add(took / 2),
        })
    }

    /// By how much it is ahead of `now.wall`, in milliseconds.
    #[must_use]
    pub fn offset_ms(&self, now: Now) -> i64 {
        let elapsed = now.mono.saturating_sub(self.mono);
        self.server
            .after(elapsed)
            .unix_millis()
            .saturating_sub(now.wall.unix_millis())
    }

    /// Its time at this moment; ours, when the two are further apart than [`MAX_CLOCK_OFFSET`].
    #[must_use]
    pub fn time(&self, now: Now) -> Timestamp {
        let offset = self.offset_ms(now);
        let believed = u128::from(offset.unsigned_abs()) <= MAX_CLOCK_OFFSET.as_millis();
        if believed {
            now.wall.shifted(offset)
        } else {
            now.wall
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Now = Now {
        wall: Timestamp::from_unix_seconds(1_000_000),
        mono: Duration::from_secs(100),
    };

    fn ahead(seconds: i64) -> ServerClock {
        let date = Timestamp::from_unix_seconds(1_000_000 + seconds);
        ServerClock::read(date, START, START).unwrap()
    }

    #[test]
    fn a_step_of_the_wall_clock_changes_nothing() {
        let clock = ahead(7200);
        let mut later = START.later(Duration::from_secs(60));
        assert_eq!(clock.time(later).unix_seconds(), 1_007_260);
        later.wall = Timestamp::from_unix_seconds(1_007_260);
        assert_eq!(clock.time(later).unix_seconds(), 1_007_260);
        assert_eq!(clock.offset_ms(later), 0);
    }

    #[test]
    fn offsets_are_believed_up_to_a_day() {
        let day = 24 * 3600;
        for (offset, believed) in [
            (day - 1, true),
            (day, true),
            (day + 1, false),
            (-day, true),
            (-day - 1, false),
        ] {
            assert_eq!(
                ahead(offset).time(START) != START.wall,
                believed,
                "{offset}"
            );
        }
    }

    #[test]
    fn a_slow_answer_counts_half() {
        let received = START.later(Duration::from_secs(20));
        let date = Timestamp::from_unix_seconds(1_000_010);
        let clock = ServerClock::read(date, START, received).unwrap();
        assert_eq!(clock.offset_ms(received), 0);
    }

    /// A machine that slept in between does not take half of the night for an offset.
    #[test]
    fn an_exchange_that_took_too_long_tells_nothing() {
        let date = Timestamp::from_unix_seconds(1_000_000);
        for (seconds, read) in [(59, true), (60, true), (61, false), (3600, false)] {
            let received = START.later(Duration::from_secs(seconds));
            assert_eq!(
                ServerClock::read(date, START, received).is_some(),
                read,
                "{seconds}"
            );
        }
    }
}
