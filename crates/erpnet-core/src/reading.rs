//! What every exchange asks of a response before it reads the body.

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, Reason, clean_text};
use crate::flow::{Limits, Transmit};
use crate::site::Origin;

/// An anonymous `GET` for JSON: no credential of any kind (AUTH-012).
pub(crate) fn get(uri: &http::Uri, limits: Limits) -> Result<Transmit, Error> {
    let request = http::Request::get(uri)
        .header(http::header::ACCEPT, "application/json")
        .body(Vec::new());
    let request =
        request.map_err(|_| Error::config("the address cannot be written as a request"))?;
    Ok(Transmit::new(request, limits))
}

/// A JSON object. serde would take an array for a struct, too; `None` is anything that does not begin like an object.
pub(crate) fn object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<serde_json::Result<T>> {
    let first = json.iter().find(|byte| !byte.is_ascii_whitespace());
    (first == Some(&b'{')).then(|| serde_json::from_slice(json))
}

/// The same with an error that says so.
pub(crate) fn parse_object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, String> {
    match object(json) {
        Some(read) => read.map_err(|error| clean_text(&error.to_string(), 120)),
        None => Err("no JSON object".to_owned()),
    }
}

/// A member of any type, located and read when it is wanted. A tree of values takes up to eighty times the memory of its
/// text, which is for the sender to choose; this takes none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lazy<'a>(Option<&'a str>);

impl<'de: 'a, 'a> Deserialize<'de> for Lazy<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|raw| Self(Some(raw.get())))
    }
}

impl<'a> Lazy<'a> {
    /// Its value, when it is there and of this type.
    pub(crate) fn read<T: Deserialize<'a>>(self) -> Option<T> {
        serde_json::from_str(self.0?).ok()
    }

    /// Its members, when it is an object: serde would take an array, too.
    pub(crate) fn read_object<T: Deserialize<'a>>(self) -> Option<T> {
        self.0
            .is_some_and(|raw| raw.starts_with('{'))
            .then(|| self.read())?
    }

    /// Its text, when it is one and no longer than this in JSON.
    pub(crate) fn text_within(self, limit: usize) -> Option<String> {
        Self(self.raw_within(limit)).read()
    }

    /// Its JSON, when it is no longer than this and not `null`.
    pub(crate) fn raw_within(self, limit: usize) -> Option<&'a str> {
        self.0.filter(|raw| raw.len() <= limit && *raw != "null")
    }

    /// Whether it is there, if only as `null`.
    pub(crate) fn is_there(self) -> bool {
        self.0.is_some()
    }
}

/// The first items of a list; the others are passed over.
pub(crate) struct First<'a, const N: usize>(pub(crate) Vec<Lazy<'a>>);

impl<'de: 'a, 'a, const N: usize> Deserialize<'de> for First<'a, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FirstVisitor::<N>).map(Self)
    }
}

struct FirstVisitor<const N: usize>;

impl<'de, const N: usize> Visitor<'de> for FirstVisitor<N> {
    type Value = Vec<Lazy<'de>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut first = Vec::new();
        while first.len() < N {
            match items.next_element()? {
                Some(item) => first.push(item),
                None => return Ok(first),
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }
}

/// Reads the body of a success; anything but a JSON object is the typed error that it means (AUTH-063, AUTH-338). What else
/// the reader has against it is the reader's own error.
///
/// # Errors
/// [`Reason::Redirected`], [`Reason::Status`], [`Reason::NotJson`], or the reader's.
pub(crate) fn success<T>(
    reply: &http::Response<Vec<u8>>,
    expected: &'static str,
    read: impl FnOnce(&[u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    require_success(reply, expected)?;
    if looks_like_html(reply) {
        return Err(not_json(reply, expected));
    }
    // The reader looks through all of it: only what it refuses has to be looked through once more.
    read(reply.body()).map_err(|error| {
        if is_object(reply.body()) {
            error
        } else {
            not_json(reply, expected)
        }
    })
}

/// The same where the body is read later, or not at all.
///
/// # Errors
/// [`Reason::Redirected`], [`Reason::Status`] or [`Reason::NotJson`].
pub(crate) fn json(reply: &http::Response<Vec<u8>>, expected: &'static str) -> Result<(), Error> {
    require_success(reply, expected)?;
    if looks_like_html(reply) || !is_object(reply.body()) {
        return Err(not_json(reply, expected));
    }
    Ok(())
}

fn require_success(reply: &http::Response<Vec<u8>>, expected: &'static str) -> Result<(), Error> {
    let status = reply.status();
    if status.is_redirection() {
        return Err(redirected(reply).into());
    }
    if !status.is_success() {
        let page = if looks_like_html(reply) {
            " and an HTML page"
        } else {
            ""
        };
        return Err(Reason::Status {
            expected,
            status: status.as_u16(),
            page,
        }
        .into());
    }
    Ok(())
}

fn is_object(body: &[u8]) -> bool {
    matches!(object::<IgnoredAny>(body), Some(Ok(_)))
}

fn not_json(reply: &http::Response<Vec<u8>>, expected: &'static str) -> Error {
    let found = describe(reply);
    Reason::NotJson { expected, found }.into()
}

/// Says what came, without repeating it: `an HTML page (status 200)`.
pub(crate) fn describe(reply: &http::Response<Vec<u8>>) -> String {
    let status = reply.status().as_u16();
    let body = reply.body();
    let content_type = content_type(reply);
    let what = if body.is_empty() {
        "an empty body".to_owned()
    } else if looks_like_html(reply) {
        "an HTML page".to_owned()
    } else if serde_json::from_slice::<IgnoredAny>(body).is_ok() {
        "JSON of another shape".to_owned()
    } else if body.first().is_some_and(|b| matches!(b, b'{' | b'[')) {
        format!(
            "{} bytes of JSON that breaks off or is malformed",
            body.len()
        )
    } else if content_type.is_empty() {
        format!("{} bytes without a content type", body.len())
    } else {
        format!("{} bytes of `{content_type}`", body.len())
    };
    format!("{what} (status {status})")
}

pub(crate) fn looks_like_html(reply: &http::Response<Vec<u8>>) -> bool {
    let start = reply
        .body()
        .iter()
        .find(|b| !b.is_ascii_whitespace() && **b < 0x80);
    match start {
        Some(b'<') => !content_type(reply).contains("xml"),
        // JSON under the wrong label is still JSON.
        Some(b'{' | b'[') => false,
        _ => content_type(reply).starts_with("text/html"),
    }
}

pub(crate) fn redirected(reply: &http::Response<Vec<u8>>) -> Reason {
    let location = reply
        .headers()
        .get(http::header::LOCATION)
        .and_then(|value| value.to_str().ok());
    let to = match location.map(url::Url::parse) {
        Some(Ok(url)) => Origin::of(&url).shown(),
        Some(Err(_)) => "a path on the same host".to_owned(),
        None => "nowhere".to_owned(),
    };
    Reason::Redirected {
        status: reply.status().as_u16(),
        to,
    }
}

fn content_type(reply: &http::Response<Vec<u8>>) -> String {
    let value = reply
        .headers()
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    clean_text(&essence.trim().to_ascii_lowercase(), 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, content_type: &str, body: &str) -> http::Response<Vec<u8>> {
        let builder = http::Response::builder()
            .status(status)
            .header("content-type", content_type);
        builder
            .header("location", "https://login.example.com/a?secret=1")
            .body(body.into())
            .unwrap()
    }

    #[test]
    fn auth_339_redirects_are_told_in_short() {
        let to = format!("https://{}.example/", "x".repeat(5000));
        let reply = http::Response::builder().status(302).header("location", to);
        let reason = redirected(&reply.body(Vec::new()).unwrap());
        assert!(reason.to_string().len() < 300, "{reason}");
    }

    #[test]
    fn auth_063_338_anything_but_json_is_a_typed_error() {
        let read = |status, kind: &str, body: &str| {
            json(&reply(status, kind, body), "a document")
                .unwrap_err()
                .reason()
                .clone()
        };
        let found = |reason| match reason {
            Reason::NotJson { found, .. } => found,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            found(read(200, "text/html", "<html>")),
            "an HTML page (status 200)"
        );
        assert_eq!(
            found(read(200, "application/json", " \n<!doctype html>")),
            "an HTML page (status 200)"
        );
        assert_eq!(
            found(read(200, "application/json", "")),
            "an empty body (status 200)"
        );
        let truncated = found(read(200, "application/json", "{\"a\":"));
        assert_eq!(
            truncated,
            "5 bytes of JSON that breaks off or is malformed (status 200)"
        );
        assert_eq!(
            found(read(200, "text/plain; charset=x", "hi")),
            "2 bytes of `text/plain` (status 200)"
        );
        assert_eq!(
            read(302, "text/html", ""),
            Reason::Redirected {
                status: 302,
                to: "https://login.example.com".into()
            }
        );
        assert!(matches!(
            read(503, "text/html", "<html>"),
            Reason::Status { status: 503, .. }
        ));
        let good = reply(200, "application/json", "{}");
        assert_eq!(
            success(&good, "a document", |body| Ok(body.len())).unwrap(),
            2
        );
        assert!(json(&good, "a document").is_ok());
        let own = || Error::config("what the reader says");
        assert_eq!(
            success(&good, "a document", |_| Err::<(), _>(own()))
                .unwrap_err()
                .reason(),
            own().reason()
        );
        let bad = reply(200, "application/json", "{]");
        let refused = success(&bad, "a document", |_| Err::<(), _>(own())).unwrap_err();
        assert!(
            matches!(refused.reason(), Reason::NotJson { .. }),
            "AUTH-338: {refused}"
        );
    }
}
