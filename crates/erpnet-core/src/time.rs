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
