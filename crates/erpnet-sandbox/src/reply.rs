//! Requests and answers as the endpoints see them: values, without I/O.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, PRAGMA};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;

/// A request, read completely.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The path as sent, percent-encoded.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn is_read(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    /// The media type of the body, in lower case and without parameters.
    pub(crate) fn media_type(&self) -> String {
        let value = self.headers.get(CONTENT_TYPE);
        let value = value.and_then(|value| value.to_str().ok()).unwrap_or("");
        let essence = value.split(';').next().unwrap_or("");
        essence.trim().to_ascii_lowercase()
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let mut reply = Self::empty(status);
        reply.body = body.into();
        reply.with(CONTENT_TYPE, content_type)
    }

    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).expect("what is answered can be written as json");
        Self::new(status, "application/json; charset=UTF-8", body)
    }

    pub(crate) fn ok(value: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, value)
    }

    pub(crate) fn text(body: &'static str) -> Self {
        Self::new(StatusCode::OK, "text/plain; charset=utf-8", body)
    }

    /// A page for people, where a program expected data.
    pub(crate) fn page(status: StatusCode) -> Self {
        let page = format!(
            "<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n"
        );
        Self::new(status, "text/html; charset=utf-8", page)
    }

    pub(crate) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// A redirect; 500 to what cannot be a header, which the endpoints rule out.
    pub(crate) fn redirect(status: StatusCode, url: &str) -> Self {
        match HeaderValue::try_from(url) {
            Ok(url) => {
                let mut reply = Self::empty(status);
                reply.headers.insert(LOCATION, url);
                reply
            }
            Err(_) => Self::page(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    pub(crate) fn no_store(self) -> Self {
        self.with(CACHE_CONTROL, "no-store, no-cache, max-age=0")
            .with(PRAGMA, "no-cache")
    }
}
