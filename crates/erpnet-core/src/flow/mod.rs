//! The contract between this crate and whatever does the I/O.
//!
//! ```text
//!                 poll(now)
//!   driver ───────────────────────▶ flow
//!      ▲                             │
//!      │   Transmit │ Store │ Wait   │ Done(output) or an error: the end
//!      │◀────────────────────────────┘
//!      │
//!      └── does what the step says, then handle(event, now), then polls again
//! ```
//!
//! * [`Step::Transmit`]: send the request, deliver the outcome as [`Event::Reply`].
//! * [`Step::Store`]: carry out the command, deliver the outcome as [`Event::Stored`].
//! * [`Step::Wait`]: nothing to do for so long; then poll again. Polling early is harmless.
//! * [`Step::Done`] or `Err`: the end. Do not poll again.
//!
//! A flow has at most one request or command outstanding. Polled while one is, it says [`Step::Wait`]. An event that
//! nobody waits for is ignored.

mod exchange;
mod retry;
mod round_trip;
mod store;
mod transmit;

use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

pub use exchange::{Exchange, Replay};
pub use retry::{Outcome, RetryPolicy};
pub use round_trip::RoundTrip;
pub use store::{
    BeginRefresh, Generation, Lease, SessionKey, StoreCommand, StoreError, StoreReply,
    StoredSession,
};
pub use transmit::{BodyPlan, Limits, Transmit};

use crate::error::Error;
use crate::time::Now;
use crate::transport_error::TransportError;

/// A conversation with the I/O left out. It reads no clock, draws no random number, owns no socket and no lock.
pub trait Flow {
    /// What it ends with.
    type Output;

    /// What to do next. Called first, and after every event or wait.
    ///
    /// # Errors
    /// The [`Error`] that ended the flow.
    fn poll(&mut self, now: Now) -> Result<Step<Self::Output>, Error>;

    /// What happened since.
    fn handle(&mut self, event: Event, now: Now);

    /// What to do with a body, decided when status and headers are known. The default collects it, up to the limit of
    /// the request.
    fn head(&mut self, _head: &http::response::Parts, _now: Now) -> BodyPlan {
        BodyPlan::Collect
    }
}

/// What a driver does next.
#[derive(Debug)]
#[must_use = "a step is to be carried out"]
pub enum Step<T> {
    /// Send this request.
    Transmit(Transmit),
    /// Ask the session store.
    Store(StoreCommand),
    /// Nothing to do for so long.
    Wait(Duration),
    /// The end.
    Done(T),
}

impl<T> Step<T> {
    /// Breaks with the output, or goes on with the step as one of a flow around this one.
    pub(crate) fn split<U>(self) -> ControlFlow<T, Step<U>> {
        match self {
            Self::Done(output) => ControlFlow::Break(output),
            Self::Transmit(transmit) => ControlFlow::Continue(Step::Transmit(transmit)),
            Self::Store(command) => ControlFlow::Continue(Step::Store(command)),
            Self::Wait(wait) => ControlFlow::Continue(Step::Wait(wait)),
        }
    }

    /// The same step, with another output.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Step<U> {
        match self {
            Self::Transmit(transmit) => Step::Transmit(transmit),
            Self::Store(command) => Step::Store(command),
            Self::Wait(wait) => Step::Wait(wait),
            Self::Done(output) => Step::Done(f(output)),
        }
    }
}

/// What happened to what a step asked for.
pub enum Event {
    /// A response, whatever its status, or why there is none.
    Reply(Result<http::Response<Vec<u8>>, TransportError>),
    /// What the session store said.
    Stored(StoreReply),
}

/// Shows the status and size of a reply: its body can hold tokens, its headers what the server was sent.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(Ok(reply)) => {
                let (status, size) = (reply.status().as_u16(), reply.body().len());
                write!(f, "Reply(status {status}, {size} bytes)")
            }
            Self::Reply(Err(error)) => f.debug_tuple("Reply").field(error).finish(),
            Self::Stored(reply) => f.debug_tuple("Stored").field(reply).finish(),
        }
    }
}
