//! The exchange of an authorization code for tokens (AUTH-175..177).

use std::time::Duration;

use erpnet_types::{ClientId, ScopeSet, Secret};
use zeroize::{Zeroize, Zeroizing};

use super::request::TokenRequest;
use super::response::{TokenResponse, TokenSet};
use crate::error::Error;
use crate::flow::{Exchange, Replay, Transmit};
use crate::time::Now;

const GRANT_TYPE: &str = "authorization_code";

/// `POST {token_endpoint}` with `grant_type=authorization_code`: the code, the same redirect URI, the verifier always, and
/// the secret of a confidential application as well (AUTH-177).
#[derive(Debug)]
pub struct AuthorizationCode {
    endpoint: http::Uri,
    client_id: ClientId,
    secret: Option<Secret>,
    sent: CodeFields,
    requested: ScopeSet,
    deadline: Duration,
}

/// What goes into the form beside the client's own.
pub(crate) struct CodeFields {
    pub(crate) code: Zeroizing<String>,
    pub(crate) redirect_uri: String,
    pub(crate) verifier: Zeroizing<String>,
}

impl AuthorizationCode {
    pub(crate) fn new(
        endpoint: http::Uri,
        client_id: ClientId,
        secret: Option<Secret>,
        sent: CodeFields,
        requested: ScopeSet,
        deadline: Duration,
    ) -> Self {
        Self {
            endpoint,
            client_id,
            secret,
            sent,
            requested,
            deadline,
        }
    }
}

impl Exchange for AuthorizationCode {
    type Output = TokenSet;

    const DOING: &'static str = "code exchange";

    fn uri(&self) -> &http::Uri {
        &self.endpoint
    }

    fn request(&self) -> Result<Transmit, Error> {
        TokenRequest::new(GRANT_TYPE, &self.client_id, self.secret.as_ref())
            .field("code", &self.sent.code)
            .field("redirect_uri", &self.sent.redirect_uri)
            .field("code_verifier", &self.sent.verifier)
            .transmit(&self.endpoint, self.deadline)
    }

    /// The first attempt uses the code up, even when it fails (AUTH-176).
    fn replay(&self) -> Replay {
        Replay::Never
    }

    fn read(&self, mut reply: http::Response<Vec<u8>>, _now: Now) -> Result<TokenSet, Error> {
        let secret = self.secret.as_ref().map_or("", Secret::expose);
        let secrets = [secret, &self.sent.code, &self.sent.verifier];
        let tokens = TokenResponse::read(&reply, GRANT_TYPE, &self.requested, &secrets);
        reply.body_mut().zeroize();
        tokens
    }
}

impl std::fmt::Debug for CodeFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeFields")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn exchange(secret: Option<&str>) -> AuthorizationCode {
        let sent = CodeFields {
            code: Zeroizing::new("the code".to_owned()),
            redirect_uri: "https://app.example.com/cb?x=1".to_owned(),
            verifier: Zeroizing::new("the-verifier".to_owned()),
        };
        AuthorizationCode::new(
            http::Uri::from_static("https://demodb.my.erp.net/id/connect/token"),
            ClientId::parse("my.trusted.app/first").unwrap(),
            secret.map(|text| Secret::new(text).unwrap()),
            sent,
            ScopeSet::parse("openid read").unwrap(),
            Duration::from_secs(1),
        )
    }

    fn form(exchange: &AuthorizationCode) -> HashMap<String, String> {
        let request = exchange.request().unwrap();
        let pairs = form_urlencoded::parse(request.request().body());
        pairs.into_owned().collect()
    }

    #[test]
    fn auth_161_175_177_the_form_of_both_sorts_of_clients() {
        let public = form(&exchange(None));
        let expected = [
            ("grant_type", "authorization_code"),
            ("client_id", "my.trusted.app/first"),
            ("code", "the code"),
            ("redirect_uri", "https://app.example.com/cb?x=1"),
            ("code_verifier", "the-verifier"),
        ];
        let expected: HashMap<_, _> = expected.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
        assert_eq!(public, expected, "a public client sends no secret");
        let confidential = form(&exchange(Some("s3cret")));
        assert_eq!(confidential["client_secret"], "s3cret");
        assert_eq!(
            confidential["code_verifier"], "the-verifier",
            "AUTH-177: both"
        );
    }

    #[test]
    fn auth_208_an_echoed_code_is_struck() {
        let body = br#"{"error":"invalid_grant","error_description":"code the code, verifier the-verifier, s3cret"}"#;
        let mut reply = http::Response::new(body.to_vec());
        *reply.status_mut() = http::StatusCode::BAD_REQUEST;
        let now = Now {
            wall: erpnet_types::Timestamp::EPOCH,
            mono: Duration::ZERO,
        };
        let error = exchange(Some("s3cret")).read(reply, now).unwrap_err();
        let shown = format!("{error} {error:?}");
        for secret in ["the code", "the-verifier", "s3cret"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(error.needs_sign_in());
    }
}
