//! When an unknown key id is worth another look at the key set (AUTH-073).

use std::time::Duration;

/// Allows one refetch per interval, counted from the last refetch that succeeded: a rotation right after the first
/// fetch is seen, a flood of invented key ids is not followed. Failed refetches have the slot's own pause.
#[derive(Debug, Default)]
pub(super) struct RefetchLimiter {
    last: Option<Duration>,
}

impl RefetchLimiter {
    pub(super) fn allows(&self, mono: Duration, every: Duration) -> bool {
        self.last
            .is_none_or(|last| mono >= last.saturating_add(every))
    }

    pub(super) fn refetched(&mut self, mono: Duration) {
        self.last = Some(mono);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_073_counted_from_the_last_refetch() {
        let s = Duration::from_secs;
        let mut limiter = RefetchLimiter::default();
        assert!(
            limiter.allows(s(0), s(300)),
            "an immediate rotation is seen"
        );
        limiter.refetched(s(10));
        for (at, allowed) in [(11, false), (309, false), (310, true), (311, true)] {
            assert_eq!(limiter.allows(s(at), s(300)), allowed, "{at}");
        }
    }
}
