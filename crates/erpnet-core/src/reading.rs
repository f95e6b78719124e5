//! What every exchange asks of a response before it reads the body.

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
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

/// A member of any type, read as far as the protocol goes: what is nested in it is passed over, for the same reason.
#[derive(Debug, PartialEq)]
pub(crate) enum Plain {
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
    /// `None` for each item that is no text.
    List(Vec<Option<String>>),
    Object,
}

impl Plain {
    /// Its text, when it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Plain;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Plain, E> {
        Ok(Plain::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Plain, E> {
        Ok(Plain::Boolean(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds and codes are small")]
    fn visit_i64<E>(self, value: i64) -> Result<Plain, E> {
        Ok(Plain::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds and codes are small")]
    fn visit_u64<E>(self, value: u64) -> Result<Plain, E> {
        Ok(Plain::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Plain, E> {
        Ok(Plain::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Plain, E> {
        Ok(Plain::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Plain, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Lazy<'de>>()? {
            list.push(item.read());
        }
        Ok(Plain::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Plain, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Plain::Object)
    }
}

/// The body of a success with a JSON object in it; anything else is the typed error that it means (AUTH-063, AUTH-338).
///
/// # Errors
/// [`Reason::Redirected`], [`Reason::Status`] or [`Reason::NotJson`].
pub(crate) fn json<T: DeserializeOwned>(
    reply: &http::Response<Vec<u8>>,
    expected: &'static str,
) -> Result<T, Error> {
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
    match object(reply.body()) {
        Some(Ok(value)) if !looks_like_html(reply) => Ok(value),
        _ => Err(Reason::NotJson {
            expected,
            found: describe(reply),
        }
        .into()),
    }
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
    use serde_json::Value;

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
            json::<Value>(&reply(status, kind, body), "a document")
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
        assert!(json::<Value>(&reply(200, "application/json", "{}"), "a document").is_ok());
    }
}
