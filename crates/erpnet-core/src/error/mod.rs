//! The one error type: what happened, where, who can act, what to do.

mod advice;
mod kind;
mod oauth;
mod reason;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use erpnet_access::Explanation;
use erpnet_types::{ClientId, Instance};

pub use kind::{ErrorKind, Fault};
pub use oauth::{MAX_CODE, MAX_DESCRIPTION, OAuthError};
pub use reason::Reason;

/// Everything that can go wrong, as one type that is cheap to clone: callers that waited for one request share its
/// error.
///
/// `Display` says what happened and where; [`Error::advice`] says what to do. Neither ever holds a token, a secret or
/// a URL query (AUTH-339).
///
/// ```
/// use erpnet_core::{Error, ErrorKind, Reason};
///
/// let error = Error::from(Reason::LicenceExhausted);
/// assert_eq!(error.kind(), ErrorKind::LicenceExhausted);
/// assert!(error.is_transient() && !error.needs_sign_in());
/// assert!(error.advice().contains("20 minutes"));
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    reason: Reason,
    doing: Option<&'static str>,
    endpoint: Option<String>,
    instance: Option<Instance>,
    client_id: Option<ClientId>,
    retry_after: Option<Duration>,
    clock_offset_ms: Option<i64>,
}

impl Error {
    /// An error about the application's settings.
    #[must_use]
    pub fn config(what: impl Into<String>) -> Self {
        Reason::Config(what.into()).into()
    }

    /// The precise cause.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The sort of failure (AUTH-343).
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.reason.kind()
    }

    /// Whether the same call can succeed later without anyone changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.reason.is_transient()
    }

    /// Whether a person has to sign in before it can succeed.
    #[must_use]
    pub fn needs_sign_in(&self) -> bool {
        self.kind() == ErrorKind::ReauthRequired
    }

    /// What to do about it, with the record fields to check.
    #[must_use]
    pub fn advice(&self) -> Cow<'static, str> {
        advice::advice(&self.0.reason, self.0.clock_offset_ms)
    }

    /// The access model's reasons, for a call that was refused: the path of the decision, and the smallest change that
    /// would allow it.
    #[must_use]
    pub fn explanation(&self) -> Option<&Explanation> {
        match &self.0.reason {
            Reason::Forbidden { explanation, .. } | Reason::Denied(explanation) => {
                Some(explanation)
            }
            _ => None,
        }
    }

    /// What was being done, for example `token request`.
    #[must_use]
    pub fn doing(&self) -> Option<&'static str> {
        self.0.doing
    }

    /// Where, without query: `https://demodb.my.erp.net/id/connect/token`.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint.as_deref()
    }

    /// The instance that was talked to.
    #[must_use]
    pub fn instance(&self) -> Option<&Instance> {
        self.0.instance.as_ref()
    }

    /// The application that asked.
    #[must_use]
    pub fn client_id(&self) -> Option<&ClientId> {
        self.0.client_id.as_ref()
    }

    /// How long the server asked to wait, if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::try_unwrap(self.0).unwrap_or_else(|shared| Inner {
            reason: shared.reason.clone(),
            doing: shared.doing,
            endpoint: shared.endpoint.clone(),
            instance: shared.instance.clone(),
            client_id: shared.client_id.clone(),
            retry_after: shared.retry_after,
            clock_offset_ms: shared.clock_offset_ms,
        });
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Says where it happened, unless something closer already did.
    pub(crate) fn at(self, doing: &'static str, uri: &http::Uri) -> Self {
        self.with(|inner| {
            if inner.doing.is_none() {
                inner.doing = Some(doing);
                inner.endpoint = Some(without_query(uri));
            }
        })
    }

    pub(crate) fn of(self, instance: Option<&Instance>, client_id: Option<&ClientId>) -> Self {
        self.with(|inner| {
            if inner.instance.is_none() {
                inner.instance = instance.cloned();
            }
            if inner.client_id.is_none() {
                inner.client_id = client_id.cloned();
            }
        })
    }

    /// Adds what the reply's headers said.
    pub(crate) fn with_reply(
        self,
        retry_after: Option<Duration>,
        clock_offset_ms: Option<i64>,
    ) -> Self {
        self.with(|inner| {
            inner.retry_after = retry_after;
            inner.clock_offset_ms = clock_offset_ms;
        })
    }
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Self(Arc::new(Inner {
            reason,
            doing: None,
            endpoint: None,
            instance: None,
            client_id: None,
            retry_after: None,
            clock_offset_ms: None,
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.doing, &self.0.endpoint) {
            (Some(doing), Some(endpoint)) => write!(f, "{doing} at {endpoint}: {}", self.0.reason),
            _ => write!(f, "{}", self.0.reason),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("reason", &self.0.reason)
            .field("doing", &self.0.doing)
            .field("endpoint", &self.0.endpoint)
            .field("instance", &self.0.instance)
            .field("client_id", &self.0.client_id)
            .field("advice", &self.advice())
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.reason {
            Reason::Transport(error) | Reason::OutcomeUnknown(error) => Some(error),
            _ => None,
        }
    }
}

/// A URI as an error may name it: no query, no user name, and no longer than anybody reads: servers choose endpoints.
pub(crate) fn without_query(uri: &http::Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or("https");
    let host = uri.host().unwrap_or_default();
    let port = uri
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    clean_text(&format!("{scheme}://{host}{port}{}", uri.path()), 300)
}

/// Text from outside without the secrets that were sent there: a server may echo them.
pub(crate) fn strike(text: &str, secrets: &[&str]) -> String {
    let known = secrets.iter().filter(|secret| !secret.is_empty());
    known.fold(text.to_owned(), |text, secret| {
        text.replace(secret, "[redacted]")
    })
}

/// How a token begins: a JSON Web Token, a reference token.
const TOKEN_STARTS: [&str; 2] = ["eyJ", erpnet_types::token::REFERENCE_PREFIX];

/// Strikes whatever looks like a token, whoever's it is.
pub(crate) fn strike_tokens(text: &str) -> String {
    let part_of_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = TOKEN_STARTS
        .iter()
        .filter_map(|start| rest.find(start))
        .min()
    {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !part_of_token(c)).unwrap_or(from.len());
        let (token, after) = from.split_at(end);
        kept.push_str(before);
        // Shorter ones are words.
        kept.push_str(if token.len() >= 20 {
            "[redacted]"
        } else {
            token
        });
        rest = after;
    }
    kept + rest
}

/// Text from outside as an error may repeat it: at most `limit` characters, control characters (terminal escapes,
/// line breaks, bidirectional overrides) replaced by blanks, tokens struck.
pub(crate) fn clean_text(text: &str, limit: usize) -> String {
    if text.len() <= limit && is_clean(text) {
        return text.to_owned();
    }
    let text = strike_tokens(text);
    let overrides = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}');
    let clean = |c: char| {
        if c.is_control() || overrides(c) {
            ' '
        } else {
            c
        }
    };
    let mut kept: String = text.chars().take(limit).map(clean).collect();
    if text.chars().nth(limit).is_some() {
        kept.push('…');
    }
    kept.trim_end().to_owned()
}

/// Whether there is nothing in a short text that would have to be taken out: visible ASCII, and no beginning of a token.
fn is_clean(text: &str) -> bool {
    let begins_token = |three: &[u8]| {
        TOKEN_STARTS
            .iter()
            .any(|start| start.as_bytes().starts_with(three))
    };
    text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.as_bytes().windows(3).any(begins_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_339_errors_name_the_endpoint_without_its_query() {
        let uri: http::Uri = "https://demodb.my.erp.net:8443/id/connect/token?code=abc"
            .parse()
            .unwrap();
        let error = Error::from(Reason::RateLimited).at("token request", &uri);
        assert_eq!(
            error.to_string(),
            "token request at https://demodb.my.erp.net:8443/id/connect/token: the server wants fewer requests (status 429)"
        );
        assert!(!format!("{error:?}").contains("code=abc"));
        let long = format!("https://demodb.my.erp.net/{}", "x".repeat(60_000));
        let told = Error::from(Reason::RateLimited).at("token request", &long.parse().unwrap());
        assert!(told.to_string().len() < 400);
        let again = error.clone().at("other", &uri);
        assert_eq!(
            again.doing(),
            Some("token request"),
            "the closest place wins"
        );
    }

    #[test]
    fn whatever_looks_like_a_token_is_struck() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";
        let text = format!("bad token {jwt}, enrt_{} (eyJ, enrt_x)", "0A".repeat(32));
        assert_eq!(
            clean_text(&text, 200),
            "bad token [redacted], [redacted] (eyJ, enrt_x)"
        );
        assert_eq!(clean_text("", 5), "");
    }

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
