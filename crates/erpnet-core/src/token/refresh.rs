//! The refresh of a user's tokens (AUTH-191, AUTH-192).

use std::time::Duration;

use erpnet_types::{ClientId, RefreshToken, ScopeSet, Secret};
use zeroize::Zeroize;

use super::request::TokenRequest;
use super::response::{TokenResponse, TokenSet};
use crate::error::Error;
use crate::flow::{Exchange, Replay, Transmit};
use crate::time::Now;

pub(crate) const GRANT_TYPE: &str = "refresh_token";

/// `POST {token_endpoint}` with `grant_type=refresh_token`: neither redirect URI nor verifier (AUTH-191).
#[derive(Debug)]
pub struct RefreshGrant {
    endpoint: http::Uri,
    client_id: ClientId,
    secret: Option<Secret>,
    refresh_token: RefreshToken,
    granted: ScopeSet,
    narrowed: Option<String>,
    deadline: Duration,
}

impl RefreshGrant {
    /// Prepares the request. `granted` is what the session has: an answer without `scope` means no change (AUTH-144).
    #[must_use]
    pub fn new(
        endpoint: http::Uri,
        client_id: ClientId,
        secret: Option<Secret>,
        refresh_token: RefreshToken,
        granted: ScopeSet,
        deadline: Duration,
    ) -> Self {
        Self {
            endpoint,
            client_id,
            secret,
            refresh_token,
            granted,
            narrowed: None,
            deadline,
        }
    }

    /// Asks for fewer scopes than the session has (RFC 6749 section 6).
    #[must_use]
    pub fn narrowed_to(mut self, scopes: &ScopeSet) -> Self {
        self.narrowed = Some(scopes.to_string());
        self.granted = scopes.clone();
        self
    }
}

impl Exchange for RefreshGrant {
    type Output = TokenSet;

    const DOING: &'static str = "token refresh";

    fn uri(&self) -> &http::Uri {
        &self.endpoint
    }

    fn request(&self) -> Result<Transmit, Error> {
        let mut form = TokenRequest::new(GRANT_TYPE, &self.client_id, self.secret.as_ref())
            .field("refresh_token", self.refresh_token.expose());
        if let Some(scopes) = &self.narrowed {
            form = form.field("scope", scopes);
        }
        form.transmit(&self.endpoint, self.deadline)
    }

    /// The authority revokes a refresh token when it hands out the next: a request that may have arrived is not sent again
    /// without more ado (AUTH-194).
    fn replay(&self) -> Replay {
        Replay::IfNotProcessed
    }

    fn read(&self, mut reply: http::Response<Vec<u8>>, _now: Now) -> Result<TokenSet, Error> {
        let secret = self.secret.as_ref().map_or("", Secret::expose);
        let secrets = [secret, self.refresh_token.expose()];
        let tokens = TokenResponse::read(&reply, GRANT_TYPE, &self.granted, &secrets);
        reply.body_mut().zeroize();
        tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn auth_191_the_form() {
        let grant = |secret: Option<&str>| {
            RefreshGrant::new(
                http::Uri::from_static("https://demodb.my.erp.net/id/connect/token"),
                ClientId::parse("PK").unwrap(),
                secret.map(|text| Secret::new(text).unwrap()),
                RefreshToken::new("r3fresh").unwrap(),
                ScopeSet::parse("openid read update").unwrap(),
                Duration::from_secs(1),
            )
        };
        let form = |grant: &RefreshGrant| -> HashMap<String, String> {
            let request = grant.request().unwrap();
            let pairs = form_urlencoded::parse(request.request().body());
            pairs.into_owned().collect()
        };
        let sent = form(&grant(None));
        let mut names: Vec<_> = sent.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["client_id", "grant_type", "refresh_token"]);
        assert_eq!(form(&grant(Some("s")))["client_secret"], "s");
        let narrow = grant(None).narrowed_to(&ScopeSet::parse("openid read").unwrap());
        assert_eq!(form(&narrow)["scope"], "openid read");
        assert!(!format!("{narrow:?}").contains("r3fresh"));
    }
}
