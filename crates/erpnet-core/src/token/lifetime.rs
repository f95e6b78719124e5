//! How long a token is served, and from when it is renewed (AUTH-179, AUTH-215).

use std::time::Duration;

use super::peek::StatedTimes;
use crate::time::{Now, ServerClock};

/// The life of a token whose answer states none.
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// The longest life that is believed. ERP.net's tokens live an hour.
pub const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// When a token is renewed. Both margins are capped by the token's own life, so that short tokens are used too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenewalPolicy {
    /// Renew this long before the end, while the old token is still served. At most half the life.
    pub refresh_before: Duration,
    /// Serve no longer than until this long before the end. At most a quarter of the life.
    pub stop_before: Duration,
}

impl Default for RenewalPolicy {
    /// A service asks for a new token as late as is safe, for each one can take a licence of its own (AUTH-214): from
    /// 60 s before the end (AUTH-215); and serves the old one until 20 s before it.
    fn default() -> Self {
        Self {
            refresh_before: Duration::from_secs(60),
            stop_before: Duration::from_secs(20),
        }
    }
}

/// The moments of one token's life, on the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Renew from here on.
    pub refresh_from: Duration,
    /// Do not serve from here on.
    pub serve_until: Duration,
    /// The end itself.
    pub ends: Duration,
}

impl Lifetime {
    /// Works out the moments. The life is the shortest of what the answer says (`expires_in`), what the token says
    /// about itself (`exp - nbf`), and the time left until `exp` by the wall clock, or by the authority's where that is known.
    /// A wall clock that would leave nothing is wrong and is not asked.
    #[must_use]
    pub(crate) fn of(
        expires_in: Option<Duration>,
        stated: StatedTimes,
        clock: Option<ServerClock>,
        sent: Now,
        policy: RenewalPolicy,
    ) -> Self {
        let own = match (stated.expires, stated.valid_from) {
            (Some(expires), Some(from)) => Some(expires.since(from)),
            _ => None,
        };
        let left = stated
            .expires
            .map(|expires| expires.since(clock.map_or(sent.wall, |clock| clock.time(sent))));
        let positive = |life: &Duration| !life.is_zero();
        let stated_life = [expires_in, own]
            .into_iter()
            .flatten()
            .filter(positive)
            .min();
        let life = match (stated_life, left.filter(positive)) {
            (Some(stated), Some(left)) => stated.min(left),
            (stated, left) => stated.or(left).unwrap_or(DEFAULT_LIFETIME),
        };
        Self::lasting(life.min(MAX_LIFETIME), sent.mono, policy)
    }

    /// The moments of a token that lives so long from `start`.
    #[must_use]
    pub fn lasting(life: Duration, start: Duration, policy: RenewalPolicy) -> Self {
        let ends = start.saturating_add(life);
        let stop = policy.stop_before.min(life / 4);
        let refresh = policy.refresh_before.min(life / 2).max(stop);
        Self {
            refresh_from: ends.saturating_sub(refresh),
            serve_until: ends.saturating_sub(stop),
            ends,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use erpnet_types::Timestamp;
    use proptest::prelude::*;

    const NOW: Now = Now {
        wall: Timestamp::from_unix_seconds(1_000_000),
        mono: Duration::from_secs(50),
    };

    fn life(expires_in: Option<u64>, exp: Option<i64>, nbf: Option<i64>, offset_s: i64) -> u64 {
        let at =
            |seconds: Option<i64>| seconds.map(|s| Timestamp::from_unix_seconds(1_000_000 + s));
        let stated = StatedTimes {
            expires: at(exp),
            valid_from: at(nbf),
        };
        let policy = RenewalPolicy::default();
        let server = Timestamp::from_unix_seconds(1_000_000 + offset_s);
        let clock = ServerClock::read(server, NOW, NOW).filter(|_| offset_s != 0);
        let lifetime = Lifetime::of(
            expires_in.map(Duration::from_secs),
            stated,
            clock,
            NOW,
            policy,
        );
        (lifetime.ends - NOW.mono).as_secs()
    }

    #[test]
    fn auth_179_the_earliest_end_counts() {
        assert_eq!(life(Some(3600), None, None, 0), 3600);
        assert_eq!(life(Some(3600), Some(1800), Some(0), 0), 1800);
        assert_eq!(life(Some(600), Some(1800), Some(0), 0), 600);
        assert_eq!(life(None, Some(1800), Some(0), 0), 1800);
        assert_eq!(life(None, Some(1800), None, 0), 1800);
        assert_eq!(life(None, None, None, 0), DEFAULT_LIFETIME.as_secs());
        assert_eq!(life(Some(u64::MAX), None, None, 0), MAX_LIFETIME.as_secs());
    }

    #[test]
    fn auth_179_a_wrong_wall_clock_neither_kills_nor_prolongs() {
        // Ours is two hours ahead, the offset unknown: by the wall the token would be over.
        assert_eq!(life(Some(3600), Some(-3600), Some(-7200), 0), 3600);
        // The same, with the offset known.
        assert_eq!(life(Some(3600), Some(-3600), Some(-7200), -7200), 3600);
        // Ours is two hours behind.
        assert_eq!(life(Some(3600), Some(10_800), Some(7200), 0), 3600);
    }

    #[test]
    fn margins_are_capped_by_the_life() {
        let at = |life: u64| {
            let l = Lifetime::lasting(
                Duration::from_secs(life),
                Duration::ZERO,
                RenewalPolicy::default(),
            );
            (l.refresh_from.as_secs(), l.serve_until.as_secs())
        };
        assert_eq!(at(3600), (3540, 3580));
        assert_eq!(at(200), (140, 180));
        assert_eq!(at(40), (20, 30));
        assert_eq!(at(0), (0, 0));
    }

    proptest! {
        #[test]
        fn moments_are_in_order(life in 0u64..200_000, refresh in 0u64..200_000, stop in 0u64..200_000) {
            let policy = RenewalPolicy {
                refresh_before: Duration::from_secs(refresh),
                stop_before: Duration::from_secs(stop),
            };
            let l = Lifetime::lasting(Duration::from_secs(life), Duration::from_secs(7), policy);
            prop_assert!(Duration::from_secs(7) <= l.refresh_from && l.refresh_from <= l.serve_until && l.serve_until <= l.ends);
            prop_assert!((l.ends - l.refresh_from) * 2 <= Duration::from_secs(life) + Duration::from_secs(1));
        }
    }
}
