//! The token of a service, as callers hold it.

use std::fmt;
use std::time::Duration;

use erpnet_types::{AccessToken, ScopeSet, Timestamp};

use crate::error::Error;

/// A service's access token, with what is known about it.
pub struct ServiceToken {
    pub(super) token: AccessToken,
    pub(super) scopes: ScopeSet,
    pub(super) requested: ScopeSet,
    pub(super) generation: u64,
    pub(super) obtained: Duration,
    pub(super) expires: Timestamp,
}

impl ServiceToken {
    /// The token itself.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.token
    }

    /// What was granted (AUTH-143).
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// What was requested and not granted.
    #[must_use]
    pub fn withheld(&self) -> ScopeSet {
        self.requested.difference(&self.scopes)
    }

    /// When it ends, by this machine's wall clock at the time it was obtained.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Which token of the connection it is, counted from 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The value of the `Authorization` header, marked as sensitive.
    ///
    /// # Errors
    /// None in practice: a token's characters fit a header.
    pub fn authorization(&self) -> Result<http::HeaderValue, Error> {
        let text = zeroize::Zeroizing::new(format!("Bearer {}", self.token.expose()));
        let mut value = http::HeaderValue::from_str(&text)
            .map_err(|_| Error::config("the token cannot stand in a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for ServiceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scopes, generation) = (&self.scopes, self.generation);
        write!(
            f,
            "ServiceToken(redacted, {scopes}, number {generation}, until {})",
            self.expires
        )
    }
}
