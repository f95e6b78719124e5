//! What the listener's thread and those who wait for it share: the judge, and a place for the outcome.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use erpnet_core::Error;
use erpnet_core::sign_in::Callback;
use erpnet_core::sign_in::loopback::LoopbackJudge;
use event_listener::{Event, EventListener};

pub(super) struct Slot {
    judge: Mutex<LoopbackJudge>,
    outcome: Mutex<Outcome>,
    /// For the listener's thread.
    stop: Condvar,
    /// For those who wait.
    ended: Event,
}

enum Outcome {
    Waiting,
    Ended(Result<Callback, Error>),
    Taken,
}

impl Slot {
    pub(super) fn new(judge: LoopbackJudge) -> Self {
        Self {
            judge: Mutex::new(judge),
            outcome: Mutex::new(Outcome::Waiting),
            stop: Condvar::new(),
            ended: Event::new(),
        }
    }

    /// For one judgement: nothing is read or written while it is held.
    pub(super) fn judge(&self) -> MutexGuard<'_, LoopbackJudge> {
        self.judge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rings when it ends. To be taken before [`Slot::is_waiting`] is asked.
    pub(super) fn listen(&self) -> EventListener {
        self.ended.listen()
    }

    pub(super) fn is_waiting(&self) -> bool {
        matches!(*self.outcome(), Outcome::Waiting)
    }

    /// Ends the waiting; the first outcome counts. Whether this is it.
    pub(super) fn finish(&self, outcome: Result<Callback, Error>) -> bool {
        let mut place = self.outcome();
        if !matches!(*place, Outcome::Waiting) {
            return false;
        }
        *place = Outcome::Ended(outcome);
        drop(place);
        self.stop.notify_all();
        self.ended.notify(usize::MAX);
        true
    }

    pub(super) fn take(&self) -> Option<Result<Callback, Error>> {
        let mut place = self.outcome();
        if matches!(*place, Outcome::Waiting) {
            return None;
        }
        match std::mem::replace(&mut *place, Outcome::Taken) {
            Outcome::Ended(outcome) => Some(outcome),
            Outcome::Waiting | Outcome::Taken => None,
        }
    }

    /// Sleeps until it ends, at most so long.
    pub(super) fn pause(&self, duration: Duration) {
        let place = self.outcome();
        if matches!(*place, Outcome::Waiting) {
            drop(self.stop.wait_timeout(place, duration));
        }
    }
}
