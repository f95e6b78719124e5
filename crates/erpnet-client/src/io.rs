//! What holds for every transport: which addresses are allowed, and how much of a body is read.

use bytes::Bytes;
use erpnet_core::flow::{BodyPlan, Limits};
use erpnet_core::{Sent, TransportError, TransportErrorKind};

/// Refuses plain `http` to anything but this machine (AUTH-007), whoever built the request.
pub(crate) fn check_address(uri: &http::Uri) -> Result<(), TransportError> {
    let host = uri.host().unwrap_or_default();
    let loopback = || {
        let ip = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<std::net::IpAddr>();
        ip.is_ok_and(|ip| ip.is_loopback()) || host == "localhost"
    };
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if loopback() => Ok(()),
        _ => {
            let detail = "expected `https`, or `http` to a loopback address";
            Err(TransportError::new(
                TransportErrorKind::Refused,
                Sent::Never,
                detail,
            ))
        }
    }
}

/// A body on its way in: bounded by what it announces, then by what comes.
pub(crate) struct Collector {
    body: Vec<u8>,
    limit: usize,
}

impl Collector {
    /// Decides on the head; `None` when the body is not wanted.
    pub(crate) fn begin(
        head: &http::response::Parts,
        plan: BodyPlan,
        limits: Limits,
    ) -> Result<Option<Self>, TransportError> {
        if plan == BodyPlan::Discard {
            return Ok(None);
        }
        let announced = head.headers.get(http::header::CONTENT_LENGTH);
        let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        match announced {
            Some(length) if length > limits.body => {
                Err(TransportError::body_too_large(limits.body))
            }
            // An announcement alone reserves no more than this.
            _ => Ok(Some(Self {
                body: Vec::with_capacity(announced.unwrap_or(0).min(64 * 1024)),
                limit: limits.body,
            })),
        }
    }

    pub(crate) fn push(&mut self, chunk: &Bytes) -> Result<(), TransportError> {
        if chunk.len() > self.limit - self.body.len() {
            return Err(TransportError::body_too_large(self.limit));
        }
        let needed = self.body.len() + chunk.len();
        if needed > self.body.capacity() {
            // By doubling, as ever, but never beyond the limit.
            let wanted = (self.body.capacity() * 2).clamp(needed, self.limit);
            self.body.reserve_exact(wanted - self.body.len());
        }
        self.body.extend_from_slice(chunk);
        Ok(())
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn auth_007_plain_http_is_for_loopback() {
        let check = |uri: &'static str| check_address(&http::Uri::from_static(uri)).is_ok();
        for good in [
            "https://demodb.my.erp.net/",
            "http://127.0.0.1:8/",
            "http://[::1]:8/",
            "http://localhost/",
        ] {
            assert!(check(good), "{good}");
        }
        for bad in [
            "http://demodb.my.erp.net/",
            "http://10.0.0.1/",
            "ftp://127.0.0.1/",
            "/x",
            "http://localhost.evil/",
        ] {
            assert!(!check(bad), "{bad}");
        }
    }

    #[test]
    fn bodies_are_bounded_by_announcement_and_by_count() {
        let limits = Limits {
            body: 10,
            deadline: Duration::ZERO,
        };
        let begin = |length: &str| {
            let (head, ()) = http::Response::builder()
                .header("content-length", length)
                .body(())
                .unwrap()
                .into_parts();
            Collector::begin(&head, BodyPlan::Collect, limits)
        };
        assert!(
            begin("9").is_ok()
                && begin("10").is_ok()
                && begin("11").is_err()
                && begin("junk").is_ok()
        );
        for (size, fits) in [(9, true), (10, true), (11, false)] {
            let mut collector = begin("1").unwrap().unwrap();
            let mut pieces = vec![b'x'; size];
            let rest = pieces.split_off(4);
            let outcome = collector
                .push(&pieces.into())
                .and_then(|()| collector.push(&rest.into()));
            assert_eq!(outcome.is_ok(), fits, "{size}");
        }
    }
}
