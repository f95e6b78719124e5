//! One value that is fetched when needed, by one caller, for all (single flight).

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::job::JobId;
use crate::error::{Error, Reason};

/// The least time for which a value is served and not renewed.
pub const MIN_LIFE: Duration = Duration::from_secs(1);

/// The wait after a first failure; it doubles up to [`MAX_PAUSE`].
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest wait after failures, unless the server asks for more.
pub const MAX_PAUSE: Duration = Duration::from_secs(60);

/// The longest wait that a server's `Retry-After` can impose.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);

/// A value with its life, the flight that renews it, and the pause after a failure.
///
/// There is no terminal state: after every failure there is a moment from which the next caller may try again, and a
/// failed renewal never displaces a value that is still good.
#[derive(Debug)]
pub struct Slot<T> {
    held: Option<Held<T>>,
    flight: Option<(JobId, Weak<()>)>,
    failure: Option<Failure>,
}

#[derive(Clone, Debug)]
struct Held<T> {
    value: T,
    refresh_from: Duration,
    serve_until: Duration,
}

#[derive(Debug)]
struct Failure {
    error: Error,
    until: Duration,
    count: u32,
}

/// The right to bring a slot's next value. It belongs to the job; when that is dropped without an outcome, whatever the
/// cause, the slot is free for the next.
#[derive(Debug)]
pub struct Flight {
    id: JobId,
    alive: Arc<()>,
}

impl Flight {
    pub(super) fn new(id: JobId) -> Self {
        Self {
            id,
            alive: Arc::new(()),
        }
    }

    pub(super) fn id(&self) -> JobId {
        self.id
    }
}

/// What a caller is told.
#[derive(Debug)]
pub enum Ask<T> {
    /// Here it is.
    Ready(T),
    /// Here it is, and it is time for a new one: begin a flight.
    ReadyButDue(T),
    /// There is none: begin a flight.
    Absent,
    /// There is none, and a flight is under way.
    Wait,
    /// There is none, and it was tried a moment ago.
    Failed(Error),
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            held: None,
            flight: None,
            failure: None,
        }
    }
}

impl<T: Clone> Slot<T> {
    /// What there is at this moment.
    pub fn ask(&self, mono: Duration) -> Ask<T> {
        let paused = self.failure.as_ref().filter(|failure| mono < failure.until);
        match &self.held {
            Some(held) if mono < held.serve_until => {
                let due = mono >= held.refresh_from && !self.in_flight() && paused.is_none();
                let value = held.value.clone();
                if due {
                    Ask::ReadyButDue(value)
                } else {
                    Ask::Ready(value)
                }
            }
            _ if self.in_flight() => Ask::Wait,
            _ => paused.map_or(Ask::Absent, |failure| Ask::Failed(failure.error.clone())),
        }
    }

    /// The value, however old.
    pub fn last(&self) -> Option<&T> {
        self.held.as_ref().map(|held| &held.value)
    }

    /// Whether a flight is under way.
    pub fn in_flight(&self) -> bool {
        self.flight
            .as_ref()
            .is_some_and(|(_, alive)| alive.strong_count() > 0)
    }

    /// The failure that callers are told at this moment.
    pub fn failing(&self, mono: Duration) -> Option<&Error> {
        self.failure
            .as_ref()
            .filter(|failure| mono < failure.until)
            .map(|failure| &failure.error)
    }

    /// The same value in another slot, with nothing under way there.
    pub(super) fn held(&self) -> Self {
        Self {
            held: self.held.clone(),
            ..Self::default()
        }
    }

    /// Takes another slot's value over, if that is due later; what is under way here goes on. Whether it did.
    pub(super) fn adopt(&mut self, other: &Self) -> bool {
        let due = |slot: &Self| slot.held.as_ref().map(|held| held.refresh_from);
        let is_newer = due(other) > due(self);
        if is_newer {
            self.held.clone_from(&other.held);
        }
        is_newer
    }

    /// Begins a flight.
    pub fn begin(&mut self, flight: &Flight) {
        self.flight = Some((flight.id, Arc::downgrade(&flight.alive)));
    }

    /// Whether this flight is the current one.
    pub fn is_flown_by(&self, job: JobId) -> bool {
        self.flight.as_ref().is_some_and(|(id, _)| *id == job)
    }

    /// The flight brought a value. It is served, and not renewed, for at least [`MIN_LIFE`]: a value that is due or over
    /// when it comes would be asked for again without a pause.
    pub fn succeed(
        &mut self,
        value: T,
        refresh_from: Duration,
        serve_until: Duration,
        mono: Duration,
    ) {
        let soonest = mono.saturating_add(MIN_LIFE);
        let (refresh_from, serve_until) = (refresh_from.max(soonest), serve_until.max(soonest));
        *self = Self {
            held: Some(Held {
                value,
                refresh_from,
                serve_until,
            }),
            flight: None,
            failure: None,
        };
    }

    /// The flight failed: callers are told so until the pause is over.
    pub fn fail(&mut self, error: Error, mono: Duration) {
        let count = self
            .failure
            .take()
            .map_or(0, |failure| failure.count)
            .saturating_add(1);
        let doubled = match error.reason() {
            // Nobody knows yet whether it would have worked: the next in line may try at once, but once only.
            Reason::Abandoned if count == 1 => Duration::ZERO,
            _ => FIRST_PAUSE
                .saturating_mul(1 << (count - 1).min(10))
                .min(MAX_PAUSE),
        };
        let asked = error.retry_after().unwrap_or_default().min(MAX_RETRY_AFTER);
        let until = mono.saturating_add(doubled.max(asked));
        self.failure = Some(Failure {
            error,
            until,
            count,
        });
        self.flight = None;
    }

    /// Makes the value due at once, though it is still served.
    pub fn make_due(&mut self, mono: Duration) {
        if let Some(held) = &mut self.held {
            held.refresh_from = held.refresh_from.min(mono);
        }
    }

    /// Starts over: no value, no pause, and a flight that is under way comes to nothing.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Drops the value: nobody is served it any more. A flight goes on.
    pub fn drop_value(&mut self) {
        self.held = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_failed_early_renewal_never_displaces_a_good_value() {
        let mut slot = Slot::default();
        slot.succeed("token", s(50), s(90), s(0));
        assert!(matches!(slot.ask(s(49)), Ask::Ready("token")));
        assert!(matches!(slot.ask(s(50)), Ask::ReadyButDue("token")));
        let flight = Flight::new(JobId(1));
        slot.begin(&flight);
        assert!(matches!(slot.ask(s(51)), Ask::Ready("token")), "one leader");
        slot.fail(Reason::RateLimited.into(), s(52));
        assert!(
            matches!(slot.ask(s(52)), Ask::Ready("token")),
            "no second try during the pause"
        );
        assert!(
            matches!(slot.ask(s(53)), Ask::ReadyButDue("token")),
            "but after it"
        );
        assert!(
            matches!(slot.ask(s(90)), Ask::Absent),
            "and never past its end"
        );
    }

    #[test]
    fn a_failure_is_told_to_all_who_waited_and_ends() {
        let mut slot: Slot<u8> = Slot::default();
        for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
            let start = s(1000);
            let flight = Flight::new(JobId(1));
            slot.begin(&flight);
            assert!(matches!(slot.ask(start), Ask::Wait));
            slot.fail(Reason::RateLimited.into(), start);
            assert!(
                matches!(
                    slot.ask(start + s(expected) - Duration::from_millis(1)),
                    Ask::Failed(_)
                ),
                "{expected}"
            );
            assert!(
                matches!(slot.ask(start + s(expected)), Ask::Absent),
                "{expected}"
            );
        }
    }

    #[test]
    fn retry_after_prolongs_the_pause_within_bounds() {
        for (asked, pause) in [(0, 1), (30, 30), (600, 600), (100_000, 600)] {
            let mut slot: Slot<u8> = Slot::default();
            slot.fail(
                Error::from(Reason::RateLimited).with_reply(Some(s(asked)), None),
                s(0),
            );
            assert!(
                matches!(
                    slot.ask(s(pause) - Duration::from_millis(1)),
                    Ask::Failed(_)
                ),
                "{asked}"
            );
            assert!(matches!(slot.ask(s(pause)), Ask::Absent), "{asked}");
        }
    }

    #[test]
    fn a_value_that_is_over_when_it_comes_is_not_asked_for_without_a_pause() {
        let mut slot = Slot::default();
        slot.succeed("late", s(3), s(3), s(5));
        assert!(matches!(slot.ask(s(5)), Ask::Ready("late")));
        assert!(matches!(slot.ask(s(6)), Ask::Absent));
    }

    #[test]
    fn a_flight_that_was_abandoned_may_be_begun_again_at_once_and_then_pauses() {
        let mut slot: Slot<u8> = Slot::default();
        slot.fail(Reason::Abandoned.into(), s(0));
        assert!(matches!(slot.ask(s(0)), Ask::Absent));
        slot.fail(Reason::Abandoned.into(), s(0));
        assert!(matches!(slot.ask(s(0)), Ask::Failed(_)));
    }

    #[test]
    fn a_flight_that_is_dropped_frees_the_slot() {
        let mut slot: Slot<u8> = Slot::default();
        let flight = Flight::new(JobId(1));
        slot.begin(&flight);
        assert!(matches!(slot.ask(s(0)), Ask::Wait));
        drop(flight);
        assert!(matches!(slot.ask(s(0)), Ask::Absent));
    }

    proptest! {
        #[test]
        fn there_is_no_terminal_state(events in proptest::collection::vec((0u8..5, 0u64..200), 0..60)) {
            let mut slot: Slot<u32> = Slot::default();
            let mut mono = s(0);
            let flight = Flight::new(JobId(1));
            for (event, step) in events {
                mono += s(step);
                match event {
                    0 => slot.begin(&flight),
                    1 => slot.succeed(7, mono + s(step), mono + s(2 * step), mono),
                    2 => slot.fail(Reason::RateLimited.into(), mono),
                    3 => slot.drop_value(),
                    _ => slot.make_due(mono),
                }
                let _ = slot.ask(mono);
            }
            if slot.in_flight() {
                slot.fail(Reason::RateLimited.into(), mono);
            }
            let later = mono + s(100_000);
            prop_assert!(matches!(slot.ask(later), Ask::Absent));
        }
    }
}
