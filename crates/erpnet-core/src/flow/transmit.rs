//! A request on its way out, with its limits.

use std::fmt;
use std::time::Duration;

use zeroize::{Zeroize, Zeroizing};

/// What an exchange may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest body that is read, in bytes, after decoding.
    pub body: usize,
    /// The time for the whole exchange: connection, head and body together.
    pub deadline: Duration,
}

/// What to do with a response body, decided on the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyPlan {
    /// Read it whole, up to the limit.
    Collect,
    /// Drop it unread: the head was enough.
    Discard,
}

/// A request to send. The body is wiped when this is dropped, for it can hold a secret.
pub struct Transmit {
    request: http::Request<Vec<u8>>,
    limits: Limits,
    doing: &'static str,
}

impl Transmit {
    /// Pairs a request with its limits.
    #[must_use]
    pub fn new(request: http::Request<Vec<u8>>, limits: Limits) -> Self {
        Self {
            request,
            limits,
            doing: "exchange",
        }
    }

    /// Says what the request is for: `token request`.
    #[must_use]
    pub fn labelled(mut self, doing: &'static str) -> Self {
        self.doing = doing;
        self
    }

    /// What the request is for, for logs.
    #[must_use]
    pub fn doing(&self) -> &'static str {
        self.doing
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> &http::Request<Vec<u8>> {
        &self.request
    }

    /// Its limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Takes the request apart for an HTTP library: the head, and the body in a buffer that wipes itself.
    #[must_use]
    pub fn into_request(mut self) -> http::Request<Zeroizing<Vec<u8>>> {
        std::mem::take(&mut self.request).map(Zeroizing::new)
    }
}

impl Drop for Transmit {
    fn drop(&mut self) {
        self.request.body_mut().zeroize();
    }
}

/// Shows neither query, headers nor body.
impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit")
            .field("method", self.request.method())
            .field("uri", &crate::error::without_query(self.request.uri()))
            .field("body_len", &self.request.body().len())
            .field("limits", &self.limits)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_query_headers_and_body() {
        let request = http::Request::post("https://demodb.my.erp.net/id/connect/token?code=c0de")
            .header("authorization", "Bearer t0ken")
            .body(b"client_secret=s3cret".to_vec())
            .unwrap();
        let limits = Limits {
            body: 1,
            deadline: Duration::from_secs(1),
        };
        let shown = format!("{:?}", Transmit::new(request, limits));
        assert!(shown.contains("/id/connect/token"), "{shown}");
        for hidden in ["c0de", "t0ken", "s3cret"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
