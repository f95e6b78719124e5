//! The only machine that sends, waits and sends again.

use std::time::Duration;

use super::exchange::{Exchange, Replay};
use super::retry::{Outcome, RetryPolicy, retry_after, server_date};
use super::transmit::BodyPlan;
use super::{Event, Flow, Step};
use crate::error::{Error, Reason};
use crate::time::{Now, ServerClock};
use crate::transport_error::{Sent, TransportError};

/// Carries one [`Exchange`] through: request, reply, and another attempt where the [`RetryPolicy`] says so.
///
/// ```text
/// Ready ──poll: Transmit──▶ InFlight ──reply──▶ Answered ──poll──▶ Done
///   ▲                          │
///   └──── Resting ◀────────────┘ busy or lost, and another attempt is allowed
/// ```
#[derive(Debug)]
pub struct RoundTrip<E: Exchange> {
    exchange: E,
    policy: RetryPolicy,
    seed: u64,
    attempt: u32,
    clock: Option<ServerClock>,
    sent_at: Option<Now>,
    state: State<E::Output>,
}

#[derive(Debug)]
enum State<T> {
    Ready,
    InFlight { until: Duration },
    Resting { until: Duration },
    Answered(Result<T, Error>),
    Over,
}

impl<E: Exchange> RoundTrip<E> {
    /// Prepares an exchange; nothing is sent before the first poll.
    pub fn new(exchange: E, policy: RetryPolicy, seed: u64) -> Self {
        let state = State::Ready;
        Self {
            exchange,
            policy,
            seed,
            attempt: 0,
            clock: None,
            sent_at: None,
            state,
        }
    }

    /// The exchange.
    pub fn exchange(&self) -> &E {
        &self.exchange
    }

    /// The server's clock, by the last reply's `Date`.
    #[must_use]
    pub fn clock(&self) -> Option<ServerClock> {
        self.clock
    }

    /// When the last request went out.
    #[must_use]
    pub fn sent_at(&self) -> Option<Now> {
        self.sent_at
    }

    fn settle(
        &mut self,
        reply: Result<http::Response<Vec<u8>>, TransportError>,
        now: Now,
    ) -> State<E::Output> {
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => return self.lost(error, now),
        };
        // The `Date` of an answer from a cache is as old as the answer.
        let date = server_date(reply.headers())
            .filter(|_| !reply.headers().contains_key(http::header::AGE));
        self.clock =
            date.and_then(|date| ServerClock::read(date, self.sent_at.unwrap_or(now), now));
        let asked = retry_after(reply.headers(), now.wall);
        if self.exchange.is_busy(&reply) {
            let outcome = Outcome::Busy {
                status: reply.status().as_u16(),
                retry_after: asked,
            };
            if let Some(wait) = self.decide(outcome) {
                return State::Resting {
                    until: now.mono.saturating_add(wait),
                };
            }
        }
        let offset = self.clock.map(|clock| clock.offset_ms(now));
        let read = self.exchange.read(reply, now);
        State::Answered(read.map_err(|error| error.with_reply(asked, offset)))
    }

    fn lost(&self, error: TransportError, now: Now) -> State<E::Output> {
        if let Some(wait) = self.decide(Outcome::Lost(&error)) {
            return State::Resting {
                until: now.mono.saturating_add(wait),
            };
        }
        let unknown = self.exchange.replay() != Replay::Safe && error.sent() == Sent::Maybe;
        let reason = if unknown {
            Reason::OutcomeUnknown(error)
        } else {
            Reason::Transport(error)
        };
        State::Answered(Err(reason.into()))
    }

    fn decide(&self, outcome: Outcome<'_>) -> Option<Duration> {
        self.policy
            .decide(self.attempt, self.exchange.replay(), outcome, self.seed)
    }
}

impl<E: Exchange> Flow for RoundTrip<E> {
    type Output = E::Output;

    fn poll(&mut self, now: Now) -> Result<Step<E::Output>, Error> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Resting { until } if now.mono < until => {
                self.state = State::Resting { until };
                Ok(Step::Wait(until.saturating_sub(now.mono)))
            }
            State::Ready | State::Resting { .. } => {
                let transmit = self
                    .exchange
                    .request()
                    .map_err(|error| error.at(E::DOING, self.exchange.uri()))?;
                self.attempt += 1;
                self.sent_at = Some(now);
                self.state = State::InFlight {
                    until: now.mono.saturating_add(transmit.limits().deadline),
                };
                Ok(Step::Transmit(transmit.labelled(E::DOING)))
            }
            State::InFlight { until } => {
                self.state = State::InFlight { until };
                Ok(Step::Wait(
                    until.saturating_sub(now.mono).max(Duration::from_millis(1)),
                ))
            }
            State::Answered(Ok(output)) => Ok(Step::Done(output)),
            State::Answered(Err(error)) => Err(error.at(E::DOING, self.exchange.uri())),
            State::Over => Err(Reason::Driver("it was polled after its end").into()),
        }
    }

    fn handle(&mut self, event: Event, now: Now) {
        if let (State::InFlight { .. }, Event::Reply(reply)) = (&self.state, event) {
            self.state = self.settle(reply, now);
        }
    }

    fn head(&mut self, head: &http::response::Parts, _now: Now) -> BodyPlan {
        self.exchange.head(head)
    }
}
