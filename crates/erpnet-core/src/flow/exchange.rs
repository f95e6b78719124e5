//! One request and how to read its response.

use super::transmit::{BodyPlan, Transmit};
use crate::error::Error;
use crate::time::Now;

/// One message and its answer, as a plain pair: how to write the request, how to read the response.
///
/// Sending, waiting and retrying are [`RoundTrip`](super::RoundTrip)'s business, so that each exchange can be tested
/// without any.
pub trait Exchange {
    /// What the response means.
    type Output;

    /// What is being done, for errors: `token request`.
    const DOING: &'static str;

    /// Where the request goes, for errors.
    fn uri(&self) -> &http::Uri;

    /// Writes the request. Called again for a retry.
    ///
    /// # Errors
    /// An [`Error`] when the request must not or cannot be written; nothing is sent then.
    fn request(&self) -> Result<Transmit, Error>;

    /// Whether the request may be sent twice.
    fn replay(&self) -> Replay;

    /// Reads a response, whatever its status. A body that can hold a secret is wiped by whoever reads it.
    ///
    /// # Errors
    /// The [`Error`] that the response means.
    fn read(&self, reply: http::Response<Vec<u8>>, now: Now) -> Result<Self::Output, Error>;

    /// Whether the server refused for now, so that [`replay`](Self::replay) may be used.
    fn is_busy(&self, reply: &http::Response<Vec<u8>>) -> bool {
        matches!(reply.status().as_u16(), 429 | 500 | 502 | 503 | 504)
    }

    /// What to do with the body, decided on the head.
    fn head(&self, _head: &http::response::Parts) -> BodyPlan {
        BodyPlan::Collect
    }
}

/// Whether a request may be sent a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// Repeating it changes nothing: a read, or a token request that uses nothing up.
    Safe,
    /// Only when the server certainly did not act: it was never sent, or was refused with 429.
    IfNotProcessed,
    /// Never: it uses something up even when it fails (AUTH-176).
    Never,
}
