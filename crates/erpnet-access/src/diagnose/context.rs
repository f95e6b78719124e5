//! What was received, and what is known locally.

use serde::Serialize;

use crate::call::{CallFacts, Operation};
use crate::grant::{Credential, Grant};
use crate::record::TrustedApplication;
use crate::version::ServerVersion;

/// Where the error came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The authorize endpoint: its page, or the callback.
    Authorize,
    /// The token endpoint.
    Token,
    /// An API of the instance.
    Api,
}

impl Endpoint {
    /// A phrase for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "from the authorize endpoint",
            Self::Token => "from the token endpoint",
            Self::Api => "from the API",
        }
    }
}

/// An error as it was received.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedError<'a> {
    /// Where it came from.
    pub endpoint: Endpoint,
    /// The HTTP status, if there was an answer. OAuth errors come with any 4xx (AUTH-336).
    pub status: Option<u16>,
    /// The OAuth `error`.
    pub code: Option<&'a str>,
    /// Any text that came along: `error_description`, `message`, `type`, `info`, a page. Only known markers are
    /// searched in it (AUTH-278, G34); it is not repeated.
    pub text: Option<&'a str>,
    /// Whether the body was JSON; `false` for a page or a redirect (AUTH-338).
    pub is_json: bool,
    /// Whether a sign-in ended without any callback (AUTH-344).
    pub no_callback: bool,
}

impl ReceivedError<'_> {
    /// An error with a status.
    #[must_use]
    pub const fn at(endpoint: Endpoint, status: u16) -> Self {
        Self {
            endpoint,
            status: Some(status),
            code: None,
            text: None,
            is_json: true,
            no_callback: false,
        }
    }

    /// A sign-in that never came back.
    #[must_use]
    pub const fn no_callback() -> Self {
        Self {
            endpoint: Endpoint::Authorize,
            status: None,
            code: None,
            text: None,
            is_json: true,
            no_callback: true,
        }
    }
}

/// What is known locally. Everything is optional; the more there is, the more can be confirmed or ruled out.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiagnosisContext<'a> {
    /// The flow.
    pub grant: Option<Grant>,
    /// The record.
    pub record: Option<&'a TrustedApplication>,
    /// The `client_id` that was sent.
    pub client_id: Option<&'a str>,
    /// The secret that was sent, as far as it is known; `None` when nobody says.
    pub credential: Option<Credential>,
    /// The redirect URI that was sent.
    pub redirect_uri: Option<&'a str>,
    /// The scopes that were requested, as sent.
    pub requested_scope: Option<&'a str>,
    /// What is known of the token that was presented to the API.
    pub token: Option<&'a CallFacts>,
    /// What the API was asked to do.
    pub operation: Option<Operation>,
    /// The time, for the token's end.
    pub now: Option<erpnet_types::Timestamp>,
    /// The instance's version, from `/tools/ver`.
    pub version: Option<ServerVersion>,
}
