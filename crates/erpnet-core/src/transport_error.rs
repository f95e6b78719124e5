//! What a transport reports when no response came.

use std::fmt;

/// Why an exchange ended without a response. A 4xx or 5xx is a response, not one of these.
///
/// Adapters build it from their HTTP library's error and keep neither the URL nor any header: those can hold secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    kind: TransportErrorKind,
    sent: Sent,
    detail: String,
}

/// The cause, as far as a caller acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The host name has no address.
    NameResolution,
    /// No connection: refused, unreachable, or the proxy said no.
    Connect,
    /// The TLS handshake failed: unknown authority, wrong host, expired certificate, not a TLS port.
    Tls,
    /// The deadline of the exchange passed, before or after the response began.
    Timeout,
    /// The connection broke, or the response ended before its announced length.
    Interrupted,
    /// The peer does not speak HTTP, or not properly.
    Protocol,
    /// The body is larger than the exchange allows.
    BodyTooLarge,
    /// The transport was told to refuse: plain `http` away from loopback, a bad proxy.
    Refused,
    /// Anything else.
    Other,
}

/// Whether the server can have seen the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// Certainly not: sending again is free.
    Never,
    /// Perhaps: a request that changes something is not repeated.
    Maybe,
}

/// How much of an HTTP library's message is kept, in characters.
const MAX_DETAIL: usize = 200;

impl TransportError {
    /// Reports a failure. `detail` is the library's own message; it must not contain a URL, a header or a body.
    #[must_use]
    pub fn new(kind: TransportErrorKind, sent: Sent, detail: impl fmt::Display) -> Self {
        let detail = crate::error::clean_text(&detail.to_string(), MAX_DETAIL);
        Self { kind, sent, detail }
    }

    /// The exchange did not end within its deadline.
    #[must_use]
    pub fn timeout() -> Self {
        Self::new(
            TransportErrorKind::Timeout,
            Sent::Maybe,
            "no complete answer within the deadline",
        )
    }

    /// The body went past its limit, in bytes.
    #[must_use]
    pub fn body_too_large(limit: usize) -> Self {
        let detail =
            format!("the answer is longer than the {limit} bytes that this exchange allows");
        Self::new(TransportErrorKind::BodyTooLarge, Sent::Maybe, detail)
    }

    /// The cause.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether the server can have seen the request.
    #[must_use]
    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// What the HTTP library said, bounded and without control characters.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Whether the same request can succeed later without anyone changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        use TransportErrorKind as K;
        match self.kind {
            K::NameResolution | K::Connect | K::Timeout | K::Interrupted => true,
            K::Tls | K::Protocol | K::BodyTooLarge | K::Refused | K::Other => false,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TransportErrorKind::NameResolution => "the host name was not found",
            TransportErrorKind::Connect => "no connection",
            TransportErrorKind::Tls => "the TLS handshake failed",
            TransportErrorKind::Timeout => "timed out",
            TransportErrorKind::Interrupted => "the connection broke off",
            TransportErrorKind::Protocol => "the answer is not proper HTTP",
            TransportErrorKind::BodyTooLarge => "the answer is too large",
            TransportErrorKind::Refused => "refused before sending",
            TransportErrorKind::Other => "the transport failed",
        };
        if self.detail.is_empty() {
            f.write_str(what)
        } else {
            write!(f, "{what}: {}", self.detail)
        }
    }
}

impl std::error::Error for TransportError {}
