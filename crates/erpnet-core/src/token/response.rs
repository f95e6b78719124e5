//! Token responses: read leniently, judged strictly (RFC 6749 section 5, AUTH-178, AUTH-143, AUTH-336).

use std::time::Duration;

use erpnet_types::{AccessToken, RefreshToken, ScopeSet};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::{Error, OAuthError, Reason};
use crate::reading::{self, Plain};

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
#[derive(Deserialize)]
pub struct TokenResponse {
    access_token: Option<Plain>,
    token_type: Option<Plain>,
    expires_in: Option<Plain>,
    scope: Option<Plain>,
    refresh_token: Option<Plain>,
    id_token: Option<Plain>,
    error: Option<Plain>,
    error_description: Option<Plain>,
}

impl TokenResponse {
    /// Reads an answer of the token endpoint. A 4xx with `error` is the authority's verdict (AUTH-336), and so is a
    /// 200 with one; the body of a 5xx never is.
    ///
    /// # Errors
    /// [`Reason::OAuth`], [`Reason::TokenResponseInvalid`], or what the status and body mean otherwise.
    pub fn read(
        reply: &http::Response<Vec<u8>>,
        grant_type: &'static str,
        requested: &ScopeSet,
        secrets: &[&str],
    ) -> Result<TokenSet, Error> {
        let status = reply.status();
        let judged = status.is_success() || (status.is_client_error() && status.as_u16() != 429);
        if judged && let Some(Ok(response)) = reading::object::<Self>(reply.body()) {
            if let Some(error) = &response.error {
                let code = error.text().unwrap_or("(not a text)");
                let description = response.error_description.as_ref().and_then(Plain::text);
                return Err(Reason::OAuth(
                    OAuthError::new(code, description, status.as_u16(), secrets)
                        .asked(grant_type, requested),
                )
                .into());
            }
            if status == http::StatusCode::OK {
                return response.into_tokens(requested, secrets);
            }
        }
        let response: Self = reading::json(reply, "a token response")?;
        response.into_tokens(requested, secrets)
    }

    fn into_tokens(self, requested: &ScopeSet, secrets: &[&str]) -> Result<TokenSet, Error> {
        // What is wrong is told in the answer's own words, and those can echo what was sent.
        let invalid = |member, why: String| {
            let why = crate::error::strike(&why, secrets);
            Error::from(Reason::TokenResponseInvalid { member, why })
        };
        let access_token = match self.access_token {
            Some(Plain::Text(text)) => AccessToken::new(text)
                .map_err(|error| invalid("access_token", error.to_string()))?,
            Some(_) => return Err(invalid("access_token", "is not a text".to_owned())),
            None => return Err(invalid("access_token", "is missing".to_owned())),
        };
        match &self.token_type {
            None | Some(Plain::Null) => {}
            Some(Plain::Text(text)) if text.eq_ignore_ascii_case("bearer") => {}
            Some(Plain::Text(text)) => {
                let found = crate::error::clean_text(text, 100);
                return Err(invalid(
                    "token_type",
                    format!("is `{found}`, expected `Bearer`"),
                ));
            }
            Some(_) => return Err(invalid("token_type", "is not a text".to_owned())),
        }
        let expires_in = self
            .expires_in
            .as_ref()
            .map_or(Ok(None), seconds)
            .map_err(|why| invalid("expires_in", why))?;
        let scopes = match &self.scope {
            None | Some(Plain::Null) => requested.clone(),
            Some(value) => scopes(value).map_err(|why| invalid("scope", why))?,
        };
        // A malformed one is as good as none: the access token beside it is still good.
        let refresh_token = self.refresh_token.as_ref().and_then(Plain::text);
        let refresh_token = refresh_token.and_then(|text| RefreshToken::new(text).ok());
        let id_token = match self.id_token {
            None | Some(Plain::Null) => None,
            Some(Plain::Text(text)) => Some(Zeroizing::new(text)),
            Some(_) => return Err(invalid("id_token", "is not a text".to_owned())),
        };
        Ok(TokenSet {
            access_token,
            expires_in,
            scopes,
            refresh_token,
            id_token,
        })
    }
}

/// `expires_in` as a number or as the text of one. Zero and less is refused: such a token was never any use.
fn seconds(value: &Plain) -> Result<Option<Duration>, String> {
    let number = match value {
        Plain::Null => return Ok(None),
        Plain::Number(number) => Some(*number),
        Plain::Text(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    };
    match number {
        Some(number) if number >= 1.0 => Ok(Some(
            Duration::try_from_secs_f64(number.trunc())
                .unwrap_or(super::MAX_LIFETIME)
                .min(super::MAX_LIFETIME),
        )),
        Some(_) => Err("is not a positive number of seconds".to_owned()),
        None => Err("is not a number of seconds".to_owned()),
    }
}

/// `scope` as one text or as an array of texts.
fn scopes(value: &Plain) -> Result<ScopeSet, String> {
    let parse = |text: &str| {
        ScopeSet::parse(text).map_err(|error| format!("is not a set of scopes: {error}"))
    };
    match value {
        Plain::Text(text) => parse(text),
        Plain::List(items) => {
            let names: Option<Vec<_>> = items.iter().map(Option::as_deref).collect();
            parse(&names.ok_or("holds something that is not a text")?.join(" "))
        }
        _ => Err("is neither a text nor an array".to_owned()),
    }
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
