//! The client-credentials grant as an exchange (section 8 of the rules).

use std::time::Duration;

use erpnet_types::{ClientId, Secret};
use zeroize::Zeroize;

use super::request::{ServiceScopes, TokenRequest};
use super::response::{TokenResponse, TokenSet};
use crate::error::{Error, Reason};
use crate::flow::{Exchange, Replay, Transmit};
use crate::time::Now;

/// The `grant_type` of a service.
const GRANT_TYPE: &str = "client_credentials";

/// What an authority accepts at most, in bytes: the defaults of IdentityServer4, checked before sending, because an
/// over-long value surfaces there as `invalid_client` only (AUTH-086). A real instance may be configured otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputLimits {
    /// `client_id`.
    pub client_id: usize,
    /// `client_secret`.
    pub client_secret: usize,
    /// `scope`, as sent.
    pub scope: usize,
}

impl Default for InputLimits {
    fn default() -> Self {
        Self {
            client_id: 100,
            client_secret: 100,
            scope: 300,
        }
    }
}

impl InputLimits {
    /// Checks a request against the limits.
    ///
    /// # Errors
    /// [`Reason::InputTooLong`] for the first value that is too long.
    pub fn check(
        &self,
        client_id: &ClientId,
        secret: Option<&Secret>,
        scopes: &str,
    ) -> Result<(), Error> {
        let secret = secret.map_or("", Secret::expose);
        for (what, limit, found) in [
            ("client id", self.client_id, client_id.as_str().len()),
            ("client secret", self.client_secret, secret.len()),
            ("scope", self.scope, scopes.len()),
        ] {
            if found > limit {
                return Err(Reason::InputTooLong { what, limit, found }.into());
            }
        }
        Ok(())
    }
}

/// `POST {token_endpoint}` with `grant_type=client_credentials` (AUTH-209).
#[derive(Debug)]
pub struct ClientCredentials {
    endpoint: http::Uri,
    client_id: ClientId,
    secret: Secret,
    scopes: ServiceScopes,
    scope_text: String,
    deadline: Duration,
}

impl ClientCredentials {
    /// Prepares the request. The endpoint comes from the authority's metadata (AUTH-061).
    #[must_use]
    pub fn new(
        endpoint: http::Uri,
        client_id: ClientId,
        secret: Secret,
        scopes: ServiceScopes,
        deadline: Duration,
    ) -> Self {
        let scope_text = scopes.to_string();
        Self {
            endpoint,
            client_id,
            secret,
            scopes,
            scope_text,
            deadline,
        }
    }
}

impl Exchange for ClientCredentials {
    type Output = TokenSet;

    const DOING: &'static str = "token request";

    fn uri(&self) -> &http::Uri {
        &self.endpoint
    }

    fn request(&self) -> Result<Transmit, Error> {
        TokenRequest::new(GRANT_TYPE, &self.client_id, Some(&self.secret))
            .field("scope", &self.scope_text)
            .transmit(&self.endpoint, self.deadline)
    }

    /// It uses nothing up: at worst a token is issued that nobody uses, and unused tokens take no licence (AUTH-311).
    fn replay(&self) -> Replay {
        Replay::Safe
    }

    fn read(&self, mut reply: http::Response<Vec<u8>>, _now: Now) -> Result<TokenSet, Error> {
        let tokens = TokenResponse::read(
            &reply,
            GRANT_TYPE,
            self.scopes.as_set(),
            &[self.secret.expose()],
        );
        reply.body_mut().zeroize();
        // A service asks for a new access token instead of refreshing (AUTH-212).
        tokens.map(|tokens| TokenSet {
            refresh_token: None,
            id_token: None,
            ..tokens
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use erpnet_types::ScopeSet;

    #[test]
    fn auth_086_112_limits_at_below_and_above() {
        let limits = InputLimits::default();
        let id = |n: usize| ClientId::parse(&"x".repeat(n)).unwrap();
        let secret = |n: usize| Secret::new("x".repeat(n)).unwrap();
        for (n, fine) in [(99, true), (100, true), (101, false)] {
            assert_eq!(
                limits.check(&id(n), Some(&secret(1)), "read").is_ok(),
                fine,
                "client id {n}"
            );
            assert_eq!(
                limits.check(&id(1), Some(&secret(n)), "read").is_ok(),
                fine,
                "secret {n}"
            );
        }
        for (n, fine) in [(299, true), (300, true), (301, false)] {
            let long = format!("read {} {}", "x".repeat(128), "y".repeat(n - 134));
            let scopes = ScopeSet::parse(&long)
                .ok()
                .and_then(|set| ServiceScopes::new(&set).ok());
            // Scopes of more than 128 bytes do not exist, so three parts make up the length.
            let scopes = scopes.unwrap_or_else(|| {
                let parts = format!(
                    "{} {} {}",
                    "x".repeat(128),
                    "y".repeat(128),
                    "z".repeat(n - 258)
                );
                ServiceScopes::new(&ScopeSet::parse(&parts).unwrap()).unwrap()
            });
            assert_eq!(scopes.to_string().len(), n);
            assert_eq!(
                limits.check(&id(1), None, &scopes.to_string()).is_ok(),
                fine,
                "scope {n}"
            );
        }
    }

    #[test]
    fn auth_212_a_refresh_token_is_ignored() {
        let scopes = ServiceScopes::new(&ScopeSet::parse("read").unwrap()).unwrap();
        let uri = http::Uri::from_static("https://demodb.my.erp.net/id/connect/token");
        let grant = ClientCredentials::new(
            uri,
            ClientId::parse("PK").unwrap(),
            Secret::new("x").unwrap(),
            scopes,
            Duration::from_secs(1),
        );
        let body = br#"{"access_token":"abc","refresh_token":"def"}"#.to_vec();
        let reply = http::Response::new(body);
        let now = Now {
            wall: erpnet_types::Timestamp::EPOCH,
            mono: Duration::ZERO,
        };
        assert!(grant.read(reply, now).unwrap().refresh_token.is_none());
    }
}
