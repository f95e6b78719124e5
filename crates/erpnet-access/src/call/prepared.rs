//! The decisions about one token, made in advance.

use erpnet_types::Timestamp;

use super::evaluate::{CallDecision, Lifetime, Phase, check_phase, evaluate_at};
use super::facts::CallFacts;
use super::operation::Operation;
use crate::readings::Readings;

/// A decision for each operation, in the order of [`Operation::ALL`].
type Decisions = [CallDecision; Operation::ALL.len()];

/// The decisions about one token: what [`crate::evaluate_call`] says of every operation, made once per token, so that a
/// call costs two comparisons of time and one look-up.
///
/// Of all that a decision depends on, only the operation and the time change from call to call. Make it where the facts
/// are parsed, and anew when a fact or a reading changes. Reasons come from [`crate::explain_call`], as ever.
///
/// ```
/// use erpnet_access::{CallFacts, Operation, PreparedCalls, Readings, ScopeFlags, Verdict, evaluate_call};
/// use erpnet_types::Timestamp;
///
/// let (now, readings) = (Timestamp::from_unix_seconds(1_766_505_200), Readings::default());
/// let token = CallFacts::service(ScopeFlags::READ, now);
/// let calls = PreparedCalls::new(&token, &readings);
///
/// assert_eq!(calls.decide(Operation::EntityRead, now).verdict, Verdict::Allow);
/// assert_eq!(calls.decide(Operation::EntityWrite, now).verdict, Verdict::Deny);
/// let expired = now.shifted(3_600_000);
/// assert_eq!(
///     calls.decide(Operation::EntityRead, expired),
///     evaluate_call(&token, Operation::EntityRead, expired, &readings),
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedCalls {
    lifetime: Lifetime,
    early: Decisions,
    live: Decisions,
    ended: Decisions,
}

impl PreparedCalls {
    /// Makes all decisions about a token.
    #[must_use]
    pub fn new(facts: &CallFacts, readings: &Readings) -> Self {
        let during = |phase| {
            let time = check_phase(facts, phase);
            Operation::ALL.map(|operation| evaluate_at(facts, operation, time, readings))
        };
        Self {
            lifetime: Lifetime::of(facts, readings),
            early: during(Phase::Early),
            live: during(Phase::Live),
            ended: during(Phase::Ended),
        }
    }

    /// Whether the API would accept a call: the same as [`crate::evaluate_call`]. Total, and without allocation.
    #[must_use]
    #[inline]
    pub fn decide(&self, operation: Operation, now: Timestamp) -> CallDecision {
        let decisions = match self.lifetime.phase(now) {
            Phase::Early => &self.early,
            Phase::Live => &self.live,
            Phase::Ended => &self.ended,
        };
        let [.., other] = decisions;
        // `Operation::ALL` has every operation at its own number, so there always is one.
        *decisions.get(operation as usize).unwrap_or(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_stands_at_its_number() {
        for (index, operation) in Operation::ALL.into_iter().enumerate() {
            assert_eq!(operation as usize, index);
        }
    }
}
