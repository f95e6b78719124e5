//! The system's clocks: the only place where they are read.

use std::time::{Duration, SystemTime};

use erpnet_core::Now;
use erpnet_types::Timestamp;

/// Both clocks of this machine. The monotonic one counts while the machine sleeps where the system offers that (Linux,
/// Android), so that a token does not outlive its end in a closed laptop.
#[must_use]
pub fn system_now() -> Now {
    Now {
        wall: Timestamp::from(SystemTime::now()),
        mono: monotonic(),
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn monotonic() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(
        seconds,
        u32::try_from(time.tv_nsec).unwrap_or(0).min(999_999_999),
    )
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn monotonic() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    // Only differences count, so any fixed start will do.
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_monotonic_clock_does_not_go_back() {
        let (first, second) = (system_now(), system_now());
        assert!(second.mono >= first.mono);
        assert!(first.wall > Timestamp::from_unix_seconds(1_700_000_000));
    }
}
