//! reqwest's errors as transport errors: the cause kept, addresses left out.

use std::error::Error as StdError;
use std::io::{Error as IoError, ErrorKind};

use erpnet_client::{Sent, TransportError, TransportErrorKind as Kind};

/// A failure before the response's head was there.
pub(crate) fn while_sending(error: &reqwest::Error) -> TransportError {
    // reqwest's own text holds the whole address; the innermost cause does not.
    let cause = innermost(error);
    if let Some(tls) = find::<rustls::Error>(error) {
        let sent = if error.is_connect() {
            Sent::Never
        } else {
            Sent::Maybe
        };
        return TransportError::new(Kind::Tls, sent, tls);
    }
    if error.is_builder() {
        return TransportError::new(Kind::Refused, Sent::Never, "the request cannot be written");
    }
    if error.is_timeout() {
        let sent = if error.is_connect() {
            Sent::Never
        } else {
            Sent::Maybe
        };
        return TransportError::new(Kind::Timeout, sent, "no answer within the deadline");
    }
    if error.is_connect() {
        let dns = cause
            .as_deref()
            .is_some_and(|text| text.contains("lookup") || text.contains("resolve"));
        let kind = if dns {
            Kind::NameResolution
        } else {
            Kind::Connect
        };
        return TransportError::new(kind, Sent::Never, cause.unwrap_or_default());
    }
    let kind = match find::<IoError>(error).map(IoError::kind) {
        Some(ErrorKind::InvalidData | ErrorKind::InvalidInput) => Kind::Protocol,
        Some(_) => Kind::Interrupted,
        None if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) => Kind::Protocol,
        None => Kind::Interrupted,
    };
    TransportError::new(kind, Sent::Maybe, cause.unwrap_or_default())
}

/// A failure while the body came.
pub(crate) fn while_reading(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::timeout();
    }
    TransportError::new(
        Kind::Interrupted,
        Sent::Maybe,
        innermost(error).unwrap_or_default(),
    )
}

fn chain<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source())
}

fn innermost(error: &reqwest::Error) -> Option<String> {
    chain(error).last().map(ToString::to_string)
}

/// The first cause of a type, however deep I/O errors hold one another: their `source` skips what they hold.
fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    chain(error).find_map(inside)
}

fn inside<'a, T: StdError + 'static>(cause: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let held = || cause.downcast_ref::<IoError>().and_then(IoError::get_ref);
    cause.downcast_ref().or_else(|| inside(held()?))
}
