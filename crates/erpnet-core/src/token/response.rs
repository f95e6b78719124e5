//! Token responses: read leniently, judged strictly (RFC 6749 section 5, AUTH-178, AUTH-143, AUTH-336).

use std::time::Duration;

use erpnet_types::{AccessToken, RefreshToken, ScopeSet};
use zeroize::Zeroizing;

use crate::document::{self, Malformed, Raw};
use crate::error::{Error, OAuthError, Reason};
use crate::reading;

/// A usable token response.
#[derive(Clone)]
pub struct TokenSet {
    /// The access token.
    pub access_token: AccessToken,
    /// How long it lives, if the answer says so.
    pub expires_in: Option<Duration>,
    /// What was granted; what was requested when the answer does not say (AUTH-144).
    pub scopes: ScopeSet,
    /// The refresh token, if there is one. Never for client credentials (AUTH-212).
    pub refresh_token: Option<RefreshToken>,
    /// The ID token as it came, not verified yet.
    pub(crate) id_token: Option<Zeroizing<String>>,
}

/// Shows no token.
impl std::fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSet")
            .field("access_token", &self.access_token)
            .field("expires_in", &self.expires_in)
            .field("scopes", &self.scopes)
            .field("refresh_token", &self.refresh_token)
            .field("id_token", &self.id_token.is_some())
            .finish()
    }
}

/// The members of a token response as they come, any of them in the wrong shape.
pub struct TokenResponse<'a> {
    access_token: Option<Raw<'a>>,
    token_type: Option<Raw<'a>>,
    expires_in: Option<Raw<'a>>,
    scope: Option<Raw<'a>>,
    refresh_token: Option<Raw<'a>>,
    id_token: Option<Raw<'a>>,
    error: Option<Raw<'a>>,
    error_description: Option<Raw<'a>>,
}

impl<'a> TokenResponse<'a> {
    /// Reads an answer of the token endpoint. A 4xx with `error` is the authority's verdict (AUTH-336), and so is a
    /// 200 with one; the body of a 5xx never is.
    ///
    /// # Errors
    /// [`Reason::OAuth`], [`Reason::TokenResponseInvalid`], or what the status and body mean otherwise.
    pub fn read(
        reply: &'a http::Response<Vec<u8>>,
        grant_type: &'static str,
        requested: &ScopeSet,
        secrets: &[&str],
    ) -> Result<TokenSet, Error> {
        let status = reply.status();
        let judged = status.is_success() || (status.is_client_error() && status.as_u16() != 429);
        let parsed = Self::parse(reply.body());
        if judged
            && let Ok(response) = &parsed
            && let Some(error) = response.error
        {
            let (code, description) = (error.text(), response.error_description);
            let description = description.and_then(Raw::text);
            return Err(Reason::OAuth(
                OAuthError::new(
                    code.as_deref().unwrap_or("(not a text)"),
                    description.as_deref(),
                    status.as_u16(),
                    secrets,
                )
                .asked(grant_type, requested),
            )
            .into());
        }
        if parsed.is_err() || !status.is_success() {
            reading::json(reply, "a token response")?;
        }
        match parsed {
            Ok(response) => response.into_tokens(requested, secrets),
            // It is JSON, but with a member twice, or nested too deeply.
            Err(Malformed::Twice(_)) => Err(Reason::NotJson {
                expected: "a token response",
                found: reading::describe(reply),
            }
            .into()),
            Err(error) => Err(Reason::TokenResponseInvalid {
                member: "access_token",
                why: format!("cannot be read: {error}"),
            }
            .into()),
        }
    }

    fn parse(json: &'a [u8]) -> Result<Self, Malformed> {
        let names = [
            "access_token",
            "token_type",
            "expires_in",
            "scope",
            "refresh_token",
            "id_token",
            "error",
            "error_description",
        ];
        let [
            access_token,
            token_type,
            expires_in,
            scope,
            refresh_token,
            id_token,
            error,
            error_description,
        ] = document::members(json, names)?;
        Ok(Self {
            access_token,
            token_type,
            expires_in,
            scope,
            refresh_token,
            id_token,
            error,
            error_description,
        })
    }

    fn into_tokens(self, requested: &ScopeSet, secrets: &[&str]) -> Result<TokenSet, Error> {
        // What is wrong is told in the answer's own words, and those can echo what was sent.
        let invalid = |member, why: String| {
            let why = crate::error::strike(&why, secrets);
            Error::from(Reason::TokenResponseInvalid { member, why })
        };
        let not_a_text = |member| invalid(member, "is not a text".to_owned());
        let missing = || invalid("access_token", "is missing".to_owned());
        let access_token = self.access_token.ok_or_else(missing)?.text();
        let access_token =
            AccessToken::new(access_token.ok_or_else(|| not_a_text("access_token"))?)
                .map_err(|error| invalid("access_token", error.to_string()))?;
        if let Some(token_type) = self.token_type {
            let found = token_type.text().ok_or_else(|| not_a_text("token_type"))?;
            if !found.eq_ignore_ascii_case("bearer") {
                let found = crate::error::clean_text(&found, 100);
                let why = format!("is `{found}`, expected `Bearer`");
                return Err(invalid("token_type", why));
            }
        }
        let expires_in = self.expires_in.map(seconds).transpose();
        let scopes = self.scope.map(scopes).transpose();
        // A malformed one is as good as none: the access token beside it is still good.
        let refresh_token = self.refresh_token.and_then(Raw::text);
        let id_token = match self.id_token {
            None => None,
            Some(raw) => Some(raw.text().ok_or_else(|| not_a_text("id_token"))?),
        };
        Ok(TokenSet {
            access_token,
            expires_in: expires_in.map_err(|why| invalid("expires_in", why))?,
            scopes: scopes
                .map_err(|why| invalid("scope", why))?
                .unwrap_or_else(|| requested.clone()),
            refresh_token: refresh_token.and_then(|text| RefreshToken::new(text).ok()),
            id_token: id_token.map(|text| Zeroizing::new(text.into_owned())),
        })
    }
}

/// `expires_in` as a number or as the text of one. Zero and less is refused: such a token was never any use.
fn seconds(value: Raw<'_>) -> Result<Duration, String> {
    let number = match value.text() {
        Some(text) => text.trim().parse::<f64>().ok(),
        None => value.number(),
    };
    match number {
        Some(number) if number >= 1.0 => Ok(Duration::try_from_secs_f64(number.trunc())
            .unwrap_or(super::MAX_LIFETIME)
            .min(super::MAX_LIFETIME)),
        Some(_) => Err("is not a positive number of seconds".to_owned()),
        None => Err("is not a number of seconds".to_owned()),
    }
}

/// `scope` as one text or as an array of texts.
fn scopes(value: Raw<'_>) -> Result<ScopeSet, String> {
    let not_scopes = |error| format!("is not a set of scopes: {error}");
    if let Some(text) = value.text() {
        return ScopeSet::parse(&text).map_err(not_scopes);
    }
    let items = value.items().ok_or("is neither a text nor an array")?;
    let texts: Option<Vec<_>> = items.map(Raw::text).collect();
    let texts = texts.ok_or("holds something that is not a text")?;
    let names = texts.iter().flat_map(|text| text.split(' '));
    ScopeSet::from_names(names.filter(|name| !name.is_empty())).map_err(not_scopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use serde_json::json;

    fn read(status: u16, body: &str) -> Result<TokenSet, Reason> {
        let reply = http::Response::builder()
            .status(status)
            .body(body.as_bytes().to_vec())
            .unwrap();
        let requested = ScopeSet::parse("read").unwrap();
        TokenResponse::read(&reply, "client_credentials", &requested, &["s3cret"])
            .map_err(|error| error.reason().clone())
    }

    fn with(change: Value) -> Result<TokenSet, Reason> {
        let mut body = json!({"access_token": "abc", "expires_in": 3600, "token_type": "Bearer", "scope": "read"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        read(200, &body.to_string())
    }

    fn refused(change: Value) -> &'static str {
        match with(change.clone()) {
            Err(Reason::TokenResponseInvalid { member, .. }) => member,
            other => panic!("{change}: {other:?}"),
        }
    }

    #[test]
    fn auth_178_token_type_may_be_missing_and_is_bearer_in_any_case() {
        for fine in [json!(null), json!("bearer"), json!("BEARER")] {
            assert!(with(json!({ "token_type": fine })).is_ok());
        }
        assert_eq!(refused(json!({"token_type": "mac"})), "token_type");
        assert_eq!(refused(json!({"token_type": 1})), "token_type");
        assert!(read(200, r#"{"access_token":"abc","expires_in":3600}"#).is_ok());
    }

    #[test]
    fn expires_in_is_read_as_number_or_text() {
        let life = |value: Value| {
            with(json!({ "expires_in": value }))
                .unwrap()
                .expires_in
                .map(|d| d.as_secs())
        };
        assert_eq!(life(json!(3600)), Some(3600));
        assert_eq!(life(json!("3600")), Some(3600));
        assert_eq!(life(json!(1)), Some(1));
        assert_eq!(life(json!(3599.9)), Some(3599));
        assert_eq!(
            life(json!(1e300)),
            Some(super::super::MAX_LIFETIME.as_secs())
        );
        assert_eq!(life(json!(null)), None);
        for odd in [
            json!(0),
            json!(-5),
            json!(0.5),
            json!("soon"),
            json!([]),
            json!("NaN"),
        ] {
            assert_eq!(refused(json!({ "expires_in": odd })), "expires_in");
        }
    }

    #[test]
    fn auth_143_144_scope_as_text_array_or_absent() {
        let scope = |value: Value| with(json!({ "scope": value })).unwrap().scopes.to_string();
        assert_eq!(scope(json!("update read")), "read update");
        assert_eq!(scope(json!(["update", "read"])), "read update");
        assert_eq!(scope(json!(null)), "read");
        assert_eq!(scope(json!("")), "");
        for odd in [json!(1), json!([1]), json!("a\"b"), json!({})] {
            assert_eq!(refused(json!({ "scope": odd })), "scope");
        }
    }

    #[test]
    fn access_tokens_are_judged() {
        for odd in [
            json!(null),
            json!(""),
            json!(7),
            json!("a b"),
            json!("a\r\nb"),
            json!("x".repeat(1 << 20)),
        ] {
            assert_eq!(refused(json!({ "access_token": odd })), "access_token");
        }
    }

    #[test]
    fn auth_336_errors_with_any_4xx_and_with_200() {
        for status in [200, 400, 401, 403] {
            let reason = read(
                status,
                r#"{"error":"invalid_client","error_description":"the s3cret"}"#,
            )
            .unwrap_err();
            let Reason::OAuth(error) = reason else {
                panic!("{reason:?}")
            };
            assert_eq!((error.code(), error.status()), ("invalid_client", status));
            assert_eq!(error.description(), Some("the [redacted]"));
        }
        assert!(matches!(
            read(400, r#"{"error":["x"]}"#),
            Err(Reason::OAuth(_))
        ));
        let never_a_verdict = read(500, r#"{"error":"invalid_grant"}"#).unwrap_err();
        assert!(
            matches!(never_a_verdict, Reason::Status { status: 500, .. }),
            "{never_a_verdict:?}"
        );
        assert!(matches!(read(200, "<html>"), Err(Reason::NotJson { .. })));
        assert!(matches!(
            read(404, "{}"),
            Err(Reason::Status { status: 404, .. })
        ));
        assert!(matches!(
            read(201, "{}"),
            Err(Reason::TokenResponseInvalid { .. })
        ));
    }
}
