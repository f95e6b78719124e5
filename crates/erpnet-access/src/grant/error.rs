//! OAuth error codes.

use std::fmt;

use serde::{Serialize, Serializer};

/// An OAuth error code, as the authorize and token endpoints send it (section 13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum OAuthError {
    /// `invalid_client`.
    InvalidClient,
    /// `unauthorized_client`.
    UnauthorizedClient,
    /// `invalid_scope`.
    InvalidScope,
    /// `invalid_grant`.
    InvalidGrant,
    /// `invalid_request`.
    InvalidRequest,
    /// `invalid_redirect_uri`: the documentation's name for what IdentityServer4 calls `invalid_request` (AUTH-337,
    /// G55).
    InvalidRedirectUri,
    /// `unsupported_response_type`.
    UnsupportedResponseType,
    /// `unsupported_grant_type`.
    UnsupportedGrantType,
    /// `access_denied`: the user cancelled or refused consent; redirected back (AUTH-172).
    AccessDenied,
    /// `login_required`; redirected back.
    LoginRequired,
    /// `consent_required`; redirected back.
    ConsentRequired,
    /// `interaction_required`; redirected back.
    InteractionRequired,
    /// `account_selection_required`; redirected back.
    AccountSelectionRequired,
}

static CODES: [(OAuthError, &str); 13] = [
    (OAuthError::InvalidClient, "invalid_client"),
    (OAuthError::UnauthorizedClient, "unauthorized_client"),
    (OAuthError::InvalidScope, "invalid_scope"),
    (OAuthError::InvalidGrant, "invalid_grant"),
    (OAuthError::InvalidRequest, "invalid_request"),
    (OAuthError::InvalidRedirectUri, "invalid_redirect_uri"),
    (
        OAuthError::UnsupportedResponseType,
        "unsupported_response_type",
    ),
    (OAuthError::UnsupportedGrantType, "unsupported_grant_type"),
    (OAuthError::AccessDenied, "access_denied"),
    (OAuthError::LoginRequired, "login_required"),
    (OAuthError::ConsentRequired, "consent_required"),
    (OAuthError::InteractionRequired, "interaction_required"),
    (
        OAuthError::AccountSelectionRequired,
        "account_selection_required",
    ),
];

impl OAuthError {
    /// Every code.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.iter().map(|(error, _)| *error)
    }

    /// Reads a code from the wire.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        CODES
            .iter()
            .find(|(_, known)| *known == code)
            .map(|(error, _)| *error)
    }

    /// The code on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        CODES
            .iter()
            .find(|(error, _)| *error == self)
            .map_or("", |(_, code)| code)
    }

    /// Whether the authorize endpoint sends it back to the application. All others stop on the identity service's own
    /// page, and the application hears nothing (AUTH-172).
    #[must_use]
    pub const fn is_redirected(self) -> bool {
        matches!(
            self,
            Self::AccessDenied
                | Self::LoginRequired
                | Self::ConsentRequired
                | Self::InteractionRequired
                | Self::AccountSelectionRequired
        )
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for OAuthError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_172_five_codes_are_redirected() {
        assert_eq!(
            OAuthError::all()
                .filter(|error| error.is_redirected())
                .count(),
            5
        );
        for error in OAuthError::all() {
            assert_eq!(OAuthError::from_code(error.code()), Some(error));
        }
        assert_eq!(OAuthError::from_code("Invalid_Client"), None);
    }
}
