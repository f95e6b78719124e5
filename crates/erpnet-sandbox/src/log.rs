//! The log of requests, for tests to assert on.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

use url::form_urlencoded;

/// How many requests are kept. The oldest make room.
pub const MAX_LOGGED_REQUESTS: usize = 10_000;

/// How much of a body is kept, in bytes. The rest is cut off.
pub const MAX_LOGGED_BODY: usize = 16 * 1024;

/// Headers that carry credentials.
const SECRET_HEADERS: [&str; 5] = [
    "authorization",
    "x-api-key",
    "api-key",
    "cookie",
    "proxy-authorization",
];

/// Parameters of forms and queries that carry credentials.
const SECRET_PARAMETERS: [&str; 10] = [
    "client_secret",
    "client_assertion",
    "password",
    "code",
    "code_verifier",
    "refresh_token",
    "access_token",
    "token",
    "id_token",
    "id_token_hint",
];

/// A request that the sandbox received. It holds what was sent, secrets included; `Debug` shows those as `redacted`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, in upper case.
    pub method: String,
    /// The path, as sent.
    pub path: String,
    /// What follows the `?`, as sent.
    pub query: Option<String>,
    /// The headers in the order received, names in lower case. Bytes outside UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// The body, up to [`MAX_LOGGED_BODY`].
    pub body: Vec<u8>,
    /// The status answered; `None` while the answer is on its way, and when there was none.
    pub status: Option<u16>,
}

impl RecordedRequest {
    /// The first header of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body read as a form.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value): &(String, String)| {
            let secret = SECRET_HEADERS.contains(&name.as_str());
            format!("{name}: {}", if secret { "redacted" } else { value })
        };
        let headers: Vec<_> = self.headers.iter().map(shown).collect();
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query.as_deref().map(redact))
            .field("headers", &headers)
            .field("body", &redact(&String::from_utf8_lossy(&self.body)))
            .field("status", &self.status)
            .finish()
    }
}

/// A form or query with the values of secret parameters replaced; other texts come back as they are.
fn redact(text: &str) -> String {
    let shown = text.split('&').map(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let (decoded, _) = form_urlencoded::parse(name.as_bytes())
            .next()
            .unwrap_or((Cow::Borrowed(""), Cow::Borrowed("")));
        if SECRET_PARAMETERS.contains(&decoded.as_ref()) {
            Cow::Owned(format!("{name}=redacted"))
        } else {
            Cow::Borrowed(pair)
        }
    });
    shown.collect::<Vec<_>>().join("&")
}

/// The last requests, each with its number.
#[derive(Default)]
pub(crate) struct RequestLog {
    next: u64,
    entries: VecDeque<(u64, RecordedRequest)>,
}

impl RequestLog {
    /// Notes a request; the number is for [`RequestLog::answered`].
    pub(crate) fn note(&mut self, mut request: RecordedRequest) -> u64 {
        request.body.truncate(MAX_LOGGED_BODY);
        if self.entries.len() == MAX_LOGGED_REQUESTS {
            self.entries.pop_front();
        }
        let number = self.next;
        self.next += 1;
        self.entries.push_back((number, request));
        number
    }

    pub(crate) fn answered(&mut self, number: u64, status: u16) {
        // Numbers ascend, and what is looked for is close to the end.
        let mut entries = self.entries.iter_mut().rev();
        if let Some((_, request)) = entries.find(|(known, _)| *known == number) {
            request.status = Some(status);
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.entries
            .iter()
            .map(|(_, request)| request.clone())
            .collect()
    }

    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        let hits = self.entries.iter();
        hits.filter(|(_, r)| r.method.eq_ignore_ascii_case(method) && r.path == path)
            .count()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &[u8]) -> RecordedRequest {
        RecordedRequest {
            method: "POST".into(),
            path: "/id/connect/token".into(),
            query: Some("access_token=hush&a=b".into()),
            headers: vec![
                ("authorization".into(), "Basic hush".into()),
                ("x-api-key".into(), "hush".into()),
                ("api-key".into(), "hush".into()),
                ("accept".into(), "application/json".into()),
            ],
            body: body.to_vec(),
            status: None,
        }
    }

    #[test]
    fn auth_115_debug_hides_credentials() {
        let shown = format!(
            "{:?}",
            request(b"client_id=a&client_secret=hush&client%5Fsecret=hush&x")
        );
        assert!(!shown.contains("hush"), "{shown}");
        assert!(shown.contains("client_id=a") && shown.contains("application/json"));
    }

    #[test]
    fn the_log_is_bounded() {
        let mut log = RequestLog::default();
        let count = |log: &RequestLog| log.count("post", "/id/connect/token");
        let first = log.note(request(b""));
        for _ in 2..MAX_LOGGED_REQUESTS {
            log.note(request(b""));
        }
        assert_eq!(count(&log), MAX_LOGGED_REQUESTS - 1);
        let last = log.note(request(b""));
        assert_eq!(count(&log), MAX_LOGGED_REQUESTS);
        log.note(request(b""));
        assert_eq!(count(&log), MAX_LOGGED_REQUESTS);
        log.answered(first, 200);
        log.answered(last, 200);
        assert_eq!(log.all().iter().filter(|r| r.status.is_some()).count(), 1);
        log.clear();
        assert_eq!(count(&log), 0);
    }

    #[test]
    fn logged_bodies_are_bounded() {
        let mut log = RequestLog::default();
        for (sent, kept) in [
            (MAX_LOGGED_BODY - 1, MAX_LOGGED_BODY - 1),
            (MAX_LOGGED_BODY, MAX_LOGGED_BODY),
            (MAX_LOGGED_BODY + 1, MAX_LOGGED_BODY),
        ] {
            log.clear();
            log.note(request(&vec![b'x'; sent]));
            assert_eq!(log.all()[0].body.len(), kept);
        }
    }
}
