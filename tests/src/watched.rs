//! What a driver can see of a flow, and what it must never see: for property tests and for fuzzing.

use std::time::Duration;

use erpnet_core::flow::{Flow, Step};
use erpnet_core::{Error, ErrorKind, Event, Now, TransportError};

/// The deadline that watched flows are made with.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The longest body that any of them may ask for.
const MAX_BODY: usize = 1 << 20;

/// A flow whose every step is held against the contract of [`Flow`].
#[derive(Debug)]
pub struct Watched<F> {
    flow: F,
    /// The time at which the next thing happens.
    pub now: Now,
    outstanding: bool,
    over: bool,
}

impl<F: Flow> Watched<F> {
    /// Nothing has happened.
    pub fn new(flow: F, now: Now) -> Self {
        Self {
            flow,
            now,
            outstanding: false,
            over: false,
        }
    }

    /// Whether the flow said that it ended.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Something happens, awaited or not.
    pub fn handle(&mut self, event: Event) {
        if !matches!(event, Event::Stored(_)) {
            self.outstanding = false;
        }
        self.flow.handle(event, self.now);
    }

    /// Asks for the next step.
    ///
    /// # Panics
    /// When the flow breaks its contract: it sends twice without a reply between, ends with a request on its way, goes
    /// on after its end, waits for no time at all, or allows more than it may.
    pub fn poll(&mut self) -> Option<Result<F::Output, Error>> {
        let outcome = match self.flow.poll(self.now) {
            Ok(Step::Transmit(transmit)) => {
                assert!(!self.outstanding, "sent twice without a reply between");
                assert!(!self.over, "sent after the end");
                let limits = transmit.limits();
                assert!(limits.deadline <= DEADLINE && limits.body <= MAX_BODY);
                self.outstanding = true;
                return None;
            }
            Ok(Step::Wait(wait)) => {
                assert!(!self.over, "waits after the end");
                assert!(!wait.is_zero(), "a busy loop");
                return None;
            }
            Ok(Step::Store(command)) => panic!("{command:?}"),
            Ok(Step::Done(output)) => Ok(output),
            Err(error) => Err(error),
        };
        assert!(!self.outstanding, "ended with a request on its way");
        if self.over {
            let refused = outcome.as_ref().err().map(Error::kind);
            assert_eq!(refused, Some(ErrorKind::Defect), "polled after its end");
        }
        self.over = true;
        Some(outcome)
    }

    /// Drives it on with failures alone.
    ///
    /// # Panics
    /// When it does not end.
    pub fn finish(&mut self) -> Option<Result<F::Output, Error>> {
        for _ in 0..40 {
            let end = self.poll();
            if end.is_some() {
                return end;
            }
            if self.outstanding {
                self.handle(Event::Reply(Err(TransportError::timeout())));
            }
            self.now = self.now.later(Duration::from_secs(21));
        }
        panic!("it does not end");
    }

    /// Asks on after the end, and tells it things that nobody awaits.
    pub fn flog(&mut self) {
        for _ in 0..3 {
            self.poll();
            self.flow
                .handle(Event::Reply(Err(TransportError::timeout())), self.now);
        }
    }
}
