//! The one decision whether to send again, and when (AUTH-227, AUTH-272, AUTH-280).

use std::time::Duration;

use erpnet_types::Timestamp;

use super::exchange::Replay;
use crate::transport_error::{Sent, TransportError};

/// How often and how patiently a request is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How many times a request is sent at most; 1 means never again.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles from there.
    pub base: Duration,
    /// The longest wait between two attempts. A `Retry-After` beyond it ends the retries.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(20),
        }
    }
}

/// How an attempt ended, as far as repeating it goes.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// No response.
    Lost(&'a TransportError),
    /// A response by which the server refuses for now.
    Busy {
        /// Its status.
        status: u16,
        /// Its `Retry-After`.
        retry_after: Option<Duration>,
    },
}

impl RetryPolicy {
    /// No second attempt at all.
    #[must_use]
    pub const fn never() -> Self {
        Self {
            attempts: 1,
            base: Duration::ZERO,
            cap: Duration::ZERO,
        }
    }

    /// How long to wait before sending again; `None` ends it. `attempt` counts from 1, `seed` spreads clients.
    #[must_use]
    pub fn decide(
        &self,
        attempt: u32,
        replay: Replay,
        outcome: Outcome<'_>,
        seed: u64,
    ) -> Option<Duration> {
        let unprocessed = match outcome {
            Outcome::Lost(error) => error.sent() == Sent::Never,
            Outcome::Busy { status, .. } => status == 429,
        };
        let allowed = match replay {
            Replay::Safe => true,
            Replay::IfNotProcessed => unprocessed,
            Replay::Never => false,
        };
        let passing = match outcome {
            Outcome::Lost(error) => error.is_transient(),
            Outcome::Busy { .. } => true,
        };
        // A 500 that is no verdict is worth one more attempt, not more (retry table of section 11).
        let spent = matches!(outcome, Outcome::Busy { status: 500, .. }) && attempt >= 2;
        if attempt >= self.attempts || !allowed || !passing || spent {
            return None;
        }
        match outcome {
            Outcome::Busy {
                retry_after: Some(wait),
                ..
            } => (wait <= self.cap).then_some(wait),
            _ => Some(self.backoff(attempt, seed)),
        }
    }

    /// Doubles with each attempt up to the cap, then takes 50 to 100 % of that by `seed`, the same for the same client
    /// and attempt.
    fn backoff(&self, attempt: u32, seed: u64) -> Duration {
        let doubled = self
            .base
            .saturating_mul(1 << attempt.saturating_sub(1).min(20))
            .min(self.cap);
        let spread = splitmix(seed ^ u64::from(attempt)) % 513;
        // 512..=1024 parts of 1024.
        let millis =
            doubled.as_millis().min(u128::from(u32::MAX)) * u128::from(512 + spread) / 1024;
        Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

/// Spreads the bits of a seed (the finaliser of SplitMix64): jitter needs no secret randomness.
fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Reads `Retry-After` in both forms (RFC 9110 section 10.2.3): seconds, or an HTTP date compared with `Date` when the
/// server sent one, else with the local clock (AUTH-272, G38).
pub(crate) fn retry_after(headers: &http::HeaderMap, wall: Timestamp) -> Option<Duration> {
    let text = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number beyond all numbers is a very long time, not none.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = Timestamp::from(httpdate::parse_http_date(text).ok()?);
    let now = server_date(headers).unwrap_or(wall);
    Some(until.since(now))
}

/// The `Date` of a response.
pub(crate) fn server_date(headers: &http::HeaderMap) -> Option<Timestamp> {
    let text = headers.get(http::header::DATE)?.to_str().ok()?;
    httpdate::parse_http_date(text).ok().map(Timestamp::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport_error::TransportErrorKind as Kind;
    use proptest::prelude::*;

    const POLICY: RetryPolicy = RetryPolicy {
        attempts: 3,
        base: Duration::from_millis(500),
        cap: Duration::from_secs(20),
    };

    #[test]
    fn auth_227_280_what_may_be_sent_again() {
        let lost = |kind, sent| TransportError::new(kind, sent, "");
        let unsent = lost(Kind::Connect, Sent::Never);
        let maybe = lost(Kind::Interrupted, Sent::Maybe);
        let tls = lost(Kind::Tls, Sent::Never);
        let busy = |status| Outcome::Busy {
            status,
            retry_after: None,
        };
        for (outcome, safe, write) in [
            (Outcome::Lost(&unsent), true, true),
            (Outcome::Lost(&maybe), true, false),
            (Outcome::Lost(&tls), false, false),
            (busy(429), true, true),
            (busy(503), true, false),
        ] {
            let may = |replay| POLICY.decide(1, replay, outcome, 0).is_some();
            assert_eq!(may(Replay::Safe), safe, "{outcome:?}");
            assert_eq!(may(Replay::IfNotProcessed), write, "{outcome:?}");
            assert!(!may(Replay::Never), "{outcome:?}");
        }
    }

    #[test]
    fn attempts_and_retry_after_have_limits() {
        let busy = |seconds| Outcome::Busy {
            status: 503,
            retry_after: Some(Duration::from_secs(seconds)),
        };
        let decide = |attempt, outcome| POLICY.decide(attempt, Replay::Safe, outcome, 0);
        assert_eq!(decide(2, busy(19)), Some(Duration::from_secs(19)));
        assert_eq!(decide(2, busy(20)), Some(Duration::from_secs(20)));
        assert_eq!(decide(2, busy(21)), None);
        assert_eq!(decide(3, busy(1)), None);
        let broken = Outcome::Busy {
            status: 500,
            retry_after: None,
        };
        assert!(decide(1, broken).is_some() && decide(2, broken).is_none());
        assert_eq!(
            RetryPolicy::never().decide(1, Replay::Safe, busy(0), 0),
            None
        );
    }

    #[test]
    fn retry_after_in_both_forms() {
        let wall = Timestamp::from_unix_seconds(784_111_777);
        let read = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = http::HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            retry_after(&headers, wall).map(|wait| wait.as_secs())
        };
        let in_a_minute = ("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT");
        assert_eq!(read(&[("retry-after", "120")]), Some(120));
        let beyond = "99999999999999999999";
        assert_eq!(read(&[("retry-after", beyond)]), Some(u64::MAX));
        assert_eq!(read(&[in_a_minute]), Some(60));
        assert_eq!(
            read(&[in_a_minute, ("date", "Sun, 06 Nov 1994 08:50:27 GMT")]),
            Some(10)
        );
        for odd in ["", "-1", "soon", "1.5"] {
            assert_eq!(read(&[("retry-after", odd)]), None, "{odd}");
        }
        assert_eq!(read(&[]), None);
    }

    proptest! {
        #[test]
        fn backoff_is_bounded_and_repeatable(attempt in 1u32..100, seed: u64) {
            let wait = POLICY.backoff(attempt, seed);
            prop_assert!(wait <= POLICY.cap && wait >= POLICY.base / 2);
            prop_assert_eq!(wait, POLICY.backoff(attempt, seed));
        }
    }
}
