//! What is told to `tracing`: one event for each exchange and each job, with few and fixed values.
//!
//! | Target | Level | Fields |
//! |---|---|---|
//! | `erpnet::exchange` | debug | `doing`, `method`, `host`, `status` and `bytes`, or `error` |
//! | `erpnet::job` | info, warn | `brings`, `instance`, and `kind` of the error when it failed |
//! | `erpnet::loopback` | debug | `status` of an answer, `awaited` when it is the callback's |
//!
//! Never a path (it can name a record), a query, a header, a body, a token, a secret or a person.

use erpnet_core::connection::{Finished, Job};
use erpnet_core::flow::Transmit;
use erpnet_core::{Connection, Error, TransportError};
use erpnet_types::ScopeSet;
use tracing::{Level, Span, debug, event, info, span, warn};

/// The span that an exchange runs in.
pub(crate) fn exchange_span(transmit: &Transmit) -> Span {
    let request = transmit.request();
    span!(
        target: "erpnet::exchange",
        Level::DEBUG,
        "exchange",
        doing = transmit.doing(),
        method = %request.method(),
        host = request.uri().host().unwrap_or_default(),
    )
}

/// How an exchange ended; said inside its span.
pub(crate) fn exchange_ended(outcome: &Result<http::Response<Vec<u8>>, TransportError>) {
    match outcome {
        Ok(reply) => {
            let (status, bytes) = (reply.status().as_u16(), reply.body().len());
            debug!(target: "erpnet::exchange", status, bytes, "answered");
        }
        Err(error) => {
            let (kind, sent) = (error.kind(), error.sent());
            debug!(target: "erpnet::exchange", error = ?kind, ?sent, "no answer");
        }
    }
}

/// What the loopback listener answered: for those who wonder why it still waits.
pub(crate) fn loopback_answered(status: u16, awaited: bool) {
    debug!(target: "erpnet::loopback", status, awaited, "answered");
}

/// The span that a job runs in.
pub(crate) fn job_span(job: &Job, connection: &Connection) -> Span {
    let instance = connection.instance().map(tracing::field::display);
    span!(target: "erpnet::job", Level::INFO, "job", brings = job.brings(), instance)
}

/// Scopes that were requested and not granted (AUTH-143).
pub(crate) fn withheld(scopes: &ScopeSet) {
    if !scopes.is_empty() {
        warn!(target: "erpnet::job", withheld = %scopes, "fewer scopes were granted than requested");
    }
}

/// How a job ended; said inside its span.
pub(crate) fn job_ended(job: &Job, outcome: &Result<Finished, Error>) {
    let brings = job.brings();
    match outcome {
        Ok(_) => info!(target: "erpnet::job", brings, "done"),
        Err(error) => {
            warn!(target: "erpnet::job", brings, kind = %error.kind(), transient = error.is_transient(), "failed");
        }
    }
}

/// A call was refused its token and is made once more.
pub(crate) fn repeated() {
    event!(target: "erpnet::call", Level::INFO, "the token was refused; the call is made once more");
}
