//! What a listener answers: status, headers that allow nothing, a small page.

use std::fmt::Write;

use super::page::{Page, STYLE_HASH, html};

/// An HTTP response without secrets: nothing of the request is in it but, when a sign-in failed, its error code,
/// bounded and escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    body: String,
    length: usize,
}

impl Answer {
    pub(super) fn page(status: u16, page: Page<'_>) -> Self {
        let body = html(page);
        Self {
            status,
            length: body.len(),
            body,
        }
    }

    /// A page that says what the status means.
    #[must_use]
    pub(super) fn of(status: u16) -> Self {
        Self::page(status, Page::Other(phrase(status)))
    }

    /// The request could not be read as HTTP/1.1.
    #[must_use]
    pub fn bad_request() -> Self {
        Self::of(400)
    }

    /// The head is longer than [`MAX_LOOPBACK_HEAD`](super::MAX_LOOPBACK_HEAD) or has more than
    /// [`MAX_LOOPBACK_HEADERS`](super::MAX_LOOPBACK_HEADERS).
    #[must_use]
    pub fn head_too_large() -> Self {
        Self::of(431)
    }

    /// The request did not come to its end in time.
    #[must_use]
    pub fn too_slow() -> Self {
        Self::of(408)
    }

    /// The same answer without its body, for `HEAD`.
    pub(super) fn without_body(mut self) -> Self {
        self.body.clear();
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The page.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The headers, all of them.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        );
        let mut headers = vec![
            ("Content-Type", "text/html; charset=utf-8".to_owned()),
            ("Content-Length", self.length.to_string()),
            ("Cache-Control", "no-store".to_owned()),
            ("Connection", "close".to_owned()),
            ("Content-Security-Policy", policy),
            ("Cross-Origin-Opener-Policy", "same-origin".to_owned()),
            ("Cross-Origin-Resource-Policy", "same-origin".to_owned()),
            // The address of the page holds the code.
            ("Referrer-Policy", "no-referrer".to_owned()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
            ("X-Frame-Options", "DENY".to_owned()),
        ];
        if self.status == 405 {
            headers.push(("Allow", "GET, POST".to_owned()));
        }
        headers
    }

    /// The whole response as HTTP/1.1.
    #[must_use]
    pub fn to_http(&self) -> String {
        let mut text = format!("HTTP/1.1 {} {}\r\n", self.status, phrase(self.status));
        for (name, value) in self.headers() {
            // Writing to a `String` does not fail.
            let _ = write!(text, "{name}: {value}\r\n");
        }
        text.push_str("\r\n");
        text.push_str(&self.body);
        text
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        _ => "Bad Request",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_whole_responses_that_nobody_keeps_or_frames() {
        for (status, page) in [
            (200, Page::Received),
            (400, Page::NotAwaited),
            (405, Page::Other("Method Not Allowed")),
        ] {
            let answer = Answer::page(status, page);
            let text = answer.to_http();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
            assert_eq!(body, answer.body());
            for line in [
                format!("Content-Length: {}", body.len()),
                "Cache-Control: no-store".to_owned(),
                "Connection: close".to_owned(),
                "Referrer-Policy: no-referrer".to_owned(),
                "X-Content-Type-Options: nosniff".to_owned(),
            ] {
                assert!(head.lines().any(|l| l == line), "{line}");
            }
            assert!(head.contains("default-src 'none'") && head.contains("frame-ancestors 'none'"));
            assert!(!head.contains("unsafe") && !head.contains("Access-Control"));
            assert_eq!(head.contains("Allow: GET, POST"), status == 405);
        }
    }

    #[test]
    fn answers_to_head_keep_the_length_and_drop_the_page() {
        let whole = Answer::of(405);
        let head_only = whole.clone().without_body();
        assert_eq!(head_only.headers(), whole.headers());
        assert!(head_only.to_http().ends_with("\r\n\r\n"));
        for early in [
            Answer::bad_request(),
            Answer::head_too_large(),
            Answer::too_slow(),
        ] {
            assert!(matches!(early.status(), 400 | 431 | 408) && early.body().contains("<h1>"));
        }
    }
}
