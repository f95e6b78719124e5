//! Signing in from a desktop program or a script: what its listener on the loopback interface decides (RFC 8252 section
//! 7.3, AUTH-105, AUTH-207). Sockets are the driver's; here are the redirect, the judgement and the pages.
//!
//! Whoever can reach the listener is not trusted: other programs of this machine, and any page in the browser, can send
//! it requests. Only one with the `state` of this sign-in ends the waiting.

use std::time::Duration;

mod answer;
mod fault;
mod judge;
mod page;
mod redirect;

pub use answer::Answer;
pub use fault::LoopbackFault;
pub use judge::{
    Judgement, LoopbackJudge, MAX_LOOPBACK_BODY, MAX_LOOPBACK_HEAD, MAX_LOOPBACK_HEADERS,
    RequestHead,
};
pub use redirect::LoopbackRedirect;

/// How long a sign-in may take when the application does not say (AUTH-344).
pub const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(300);
