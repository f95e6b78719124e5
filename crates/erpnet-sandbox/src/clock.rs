//! The clock of a sandbox: the wall clock, or a fixed instant, moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use erpnet_types::Timestamp;

/// What a sandbox takes for the time: `iat` and `exp` of tokens, every check of them, and the `Date` header.
///
/// Clones share one state, so a test keeps a clone and moves it while the sandbox runs.
///
/// ```
/// use std::time::Duration;
/// use erpnet_sandbox::Clock;
/// use erpnet_types::Timestamp;
///
/// let clock = Clock::fixed(Timestamp::from_unix_seconds(1_766_505_147));
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now().unix_seconds(), 1_766_508_747);
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None`: the system's clock runs.
    fixed: Option<Timestamp>,
    offset_millis: AtomicI64,
}

impl Clock {
    /// The system's clock, without offset. It runs.
    #[must_use]
    pub fn system() -> Self {
        Self::starting(None)
    }

    /// A clock that stands at `now` until it is moved.
    #[must_use]
    pub fn fixed(now: Timestamp) -> Self {
        Self::starting(Some(now))
    }

    fn starting(fixed: Option<Timestamp>) -> Self {
        Self(Arc::new(Inner {
            fixed,
            offset_millis: AtomicI64::new(0),
        }))
    }

    /// The time here.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let base = self
            .0
            .fixed
            .unwrap_or_else(|| Timestamp::from(SystemTime::now()));
        base.shifted(self.0.offset_millis.load(Ordering::SeqCst))
    }

    /// Moves the clock forward; saturates.
    pub fn advance(&self, duration: Duration) {
        let step = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let add = |offset: i64| Some(offset.saturating_add(step));
        // `fetch_update` fails only when its closure gives `None`.
        let _ = self
            .0
            .offset_millis
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
    }

    /// Sets how far the clock is from where it started (or from the system's clock), in milliseconds; negative is
    /// behind. Replaces every earlier move.
    pub fn set_offset(&self, millis: i64) {
        self.0.offset_millis.store(millis, Ordering::SeqCst);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_move_together_and_offsets_replace() {
        let clock = Clock::fixed(Timestamp::from_unix_seconds(100));
        let other = clock.clone();
        clock.advance(Duration::from_secs(5));
        assert_eq!(other.now().unix_seconds(), 105);
        other.set_offset(-1500);
        assert_eq!(clock.now().unix_millis(), 98_500);
        clock.advance(Duration::MAX);
        assert!(clock.now() > Timestamp::from_unix_seconds(1_000_000));
    }
}
