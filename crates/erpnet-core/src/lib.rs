//! The protocol of ERP.net, without the I/O.
//!
//! This crate opens no socket, reads no clock, draws no randomness, takes no lock and starts no task: time, entropy and
//! HTTP are values. A driver - `erpnet-client` with an adapter, or your own - does the rest.
//!
//! # Follow one token
//!
//! | Step | Where |
//! |---|---|
//! | what a caller asks | [`connection`]: [`Connection::authorization`] hands out a [`Job`](connection::Job) or the token |
//! | how the driver talks to a job | [`flow`]: [`Flow`], [`Step`], [`Event`] |
//! | where the authority is | [`site`]: auto-discovery |
//! | what the authority offers | [`provider`]: OpenID discovery |
//! | the request and its answer | [`token`]: [`ClientCredentials`](token::ClientCredentials), [`TokenResponse`](token::TokenResponse) |
//! | is it what it says | [`jose`], [`keys`]: signature; [`token::Verifier`]: claims; [`id_token`]: who signed in |
//! | the call | [`api`]; what to ask and how answers are read: [`odata`] |
//! | about the user | [`userinfo`], [`profile`] |
//! | the end | [`sign_out`] |
//! | what went wrong | [`Error`], [`Reason`] |
//!
//! Rule ids (`AUTH-nnn`, `Gnn`) name the rules and open questions of ERP.net that a piece of code decides on.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod api;
mod claims;
pub mod connection;
mod document;
mod entropy;
mod error;
pub mod flow;
pub mod hash;
pub mod id_token;
pub mod jose;
pub mod keys;
pub mod limits;
pub mod odata;
pub mod profile;
pub mod provider;
mod reading;
pub mod session;
pub mod sign_in;
pub mod sign_out;
pub mod site;
#[cfg(test)]
mod testing;
mod time;
pub mod token;
mod transport_error;
pub mod userinfo;

pub use connection::{
    ApiToken, App, Capabilities, Connection, Next, Options, Preflight, ServiceApp, TokenHeader,
};
pub use entropy::Entropy;
pub use error::{Error, ErrorKind, Fault, MAX_CODE, MAX_DESCRIPTION, OAuthError, Reason};
pub use flow::{Event, Flow, Step};
pub use sign_in::{IdentityApp, InteractiveApp};
pub use time::{MAX_CLOCK_OFFSET, MAX_CLOCK_READING, Now, ServerClock};
pub use transport_error::{Sent, TransportError, TransportErrorKind};
