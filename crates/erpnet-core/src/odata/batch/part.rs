//! One part of an answer: its headers, and the HTTP response inside.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;

use super::fault::MAX_PART_HEADERS;
use super::multipart::line;
use crate::api::{ApiFault, says_licence};
use crate::error::{Error, Reason};

/// The answer to one request of a batch.
#[derive(Clone)]
pub struct PartReply {
    pub(super) content_id: Option<u32>,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl PartReply {
    /// The id of the write that it answers, when the instance says so.
    #[must_use]
    pub fn content_id(&self) -> Option<u32> {
        self.content_id
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers of the response in the part.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body in the caller's type.
    ///
    /// # Errors
    /// [`Reason::NotJson`] when it has another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Reason::NotJson {
                expected: "JSON in the shape that the caller asked for",
                found: format!(
                    "a part of {} bytes that is not (line {}, column {})",
                    self.body.len(),
                    error.line(),
                    error.column()
                ),
            }
            .into()
        })
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What a status outside 2xx means. The batch itself was accepted, so there is no renewal and no repetition here.
    pub(super) fn error(&self) -> Error {
        if says_licence(&self.body) {
            return Reason::LicenceExhausted.into();
        }
        let reason = match self.status {
            401 => Reason::Unauthorized,
            429 => Reason::RateLimited,
            status => match ApiFault::read(status, &self.body) {
                Some(fault) => Reason::Api(fault),
                None => Reason::Status {
                    expected: "an answer of the Domain API in each part",
                    status,
                    page: "",
                },
            },
        };
        reason.into()
    }
}

/// Shows the size, not the data.
impl std::fmt::Debug for PartReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "PartReply(status {}, {} bytes)",
            self.status,
            self.body.len()
        )
    }
}

/// Headers up to the first empty line, and what follows.
pub(super) fn headers(text: &[u8]) -> Result<(HeaderMap, &[u8]), &'static str> {
    let mut headers = HeaderMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (one, next) = line(rest);
        rest = next;
        if one.is_empty() {
            break;
        }
        let colon = one
            .iter()
            .position(|b| *b == b':')
            .ok_or("has a header without colon")?;
        let (name, value) = one.split_at(colon);
        let name = HeaderName::from_bytes(name.trim_ascii())
            .map_err(|_| "has a header whose name is none")?;
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let value =
            HeaderValue::from_bytes(value).map_err(|_| "has a header that cannot be read")?;
        if headers.len() >= MAX_PART_HEADERS {
            return Err("has more than 64 headers");
        }
        headers.append(name, value);
    }
    Ok((headers, rest))
}

/// The HTTP response in a part of type `application/http`.
pub(super) fn response(outer: &HeaderMap, text: &[u8]) -> Result<PartReply, &'static str> {
    let (first, rest) = line(text);
    let first = std::str::from_utf8(first).map_err(|_| "has no status line")?;
    let mut words = first.split_whitespace();
    let version = words.next().unwrap_or_default();
    let status = words
        .next()
        .filter(|code| code.len() == 3)
        .and_then(|code| code.parse().ok());
    let status: u16 = match status {
        Some(status) if version.starts_with("HTTP/") && (100..600).contains(&status) => status,
        _ => return Err("has no status line"),
    };
    let (headers, body) = headers(rest)?;
    let length: Option<usize> = number(&headers, "content-length");
    let body = length.and_then(|length| body.get(..length)).unwrap_or(body);
    Ok(PartReply {
        content_id: number(outer, "content-id").or_else(|| number(&headers, "content-id")),
        status,
        headers,
        body: body.to_vec(),
    })
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_read_from_parts() {
        let outer = HeaderMap::new();
        let reply = response(&outer, b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-id: 7\r\n\r\n{\"Id\":1}").unwrap();
        assert_eq!(
            (reply.status(), reply.content_id(), reply.bytes()),
            (201, Some(7), &b"{\"Id\":1}"[..])
        );
        assert_eq!(reply.headers()["content-type"], "application/json");
        let cut = response(&outer, b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}\n\n").unwrap();
        assert_eq!(
            cut.json::<serde_json::Value>().unwrap(),
            serde_json::json!({})
        );
        let bare = response(&outer, b"HTTP/1.1 204").unwrap();
        assert_eq!((bare.status(), bare.bytes()), (204, &b""[..]));
        for bad in [
            "",
            "HTTP/1.1",
            "HTTP/1.1 2",
            "HTTP/1.1 999",
            "GET x HTTP/1.1",
            "200 OK",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        ] {
            assert!(response(&outer, bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_have_a_number() {
        let of = |n: usize| {
            let text: String = (0..n).map(|i| format!("x-{i}: 1\r\n")).collect();
            headers(text.as_bytes()).is_ok()
        };
        assert!(of(MAX_PART_HEADERS - 1) && of(MAX_PART_HEADERS) && !of(MAX_PART_HEADERS + 1));
    }

    #[test]
    fn auth_278_statuses_of_parts_have_their_own_meaning() {
        for (answer, kind) in [
            (
                "HTTP/1.1 500 X\n\n{\"error\":{\"message\":\"m\",\"code\":2029}}",
                "business",
            ),
            (
                "HTTP/1.1 500 X\n\n{\"error\":{\"type\":\"MaximumLicenseCountExceeded\"}}",
                "licence-exhausted",
            ),
            ("HTTP/1.1 401 X\n\n", "token-rejected"),
            ("HTTP/1.1 403 X\n\n", "forbidden"),
            ("HTTP/1.1 404 X\n\n{\"message\":\"none\"}", "not-found"),
            ("HTTP/1.1 404 X\n\n", "not-found"),
            ("HTTP/1.1 429 X\n\n", "rate-limited"),
            ("HTTP/1.1 503 X\n\n", "unavailable"),
        ] {
            let reply = response(&HeaderMap::new(), answer.as_bytes()).unwrap();
            assert!(!reply.is_success());
            assert_eq!(reply.error().kind().name(), kind, "{answer}");
        }
    }
}
