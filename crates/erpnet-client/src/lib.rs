//! Clients for ERP.net instances, over any HTTP stack and any async runtime.
//!
//! | Piece | What it is |
//! |---|---|
//! | [`Client`], [`blocking::Client`] | what applications hold: the same methods, async and blocking |
//! | [`SignIn`], [`IdentitySignIn`] | the same for users who sign in; also in [`blocking`] |
//! | [`Transport`], [`BlockingTransport`] | one request out, one response in: an adapter per HTTP library |
//! | [`Runtime`], [`BlockingRuntime`] | sleeping, spawning and the clocks |
//! | [`SessionStore`], [`BlockingSessionStore`] | where sign-ins are kept; [`MemoryStore`] |
//! | [`LoopbackListener`] | where a desktop program waits for the user to come back from signing in |
//! | [`Driver`], [`BlockingDriver`] | the two loops that carry a flow's steps out |
//!
//! What to send, when to wait, when to try again, what an answer means: `erpnet-core` decides. A new HTTP stack is one
//! trait of one method.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod blocking;
mod bound;
mod client;
mod clock;
mod drive;
mod engine;
mod identity;
mod io;
mod live;
mod loopback;
mod observe;
mod options;
mod race;
mod runtime;
mod shared;
mod sign_in;
mod store;
#[cfg(feature = "rustls")]
mod tls;
mod transport;

pub use client::Client;
pub use clock::system_now;
pub use drive::{BlockingDriver, Driver};
pub use identity::IdentitySignIn;
pub use live::MAX_IDLE_SESSIONS;
pub use loopback::{LoopbackHandle, LoopbackListener, LoopbackSocket};
pub use options::{MAX_RESPONSE_HEAD, TransportOptions};
pub use runtime::{BlockingRuntime, BoxFuture, Runtime, StdRuntime};
pub use sign_in::SignIn;
pub use store::{BlockingSessionStore, MemoryStore, SessionStore};
#[cfg(feature = "rustls")]
pub use tls::rustls_config;
pub use transport::{BlockingBody, BlockingResponse, BlockingTransport, Body, Response, Transport};

// What transports, runtimes and stores are written against.
pub use async_trait::async_trait;
pub use bytes::Bytes;
pub use erpnet_core as core;
pub use erpnet_core::flow::Limits;
pub use erpnet_core::{Error, Now, Sent, TransportError, TransportErrorKind};
pub use erpnet_types as types;
pub use zeroize::Zeroizing;
