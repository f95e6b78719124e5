//! Errors of hyper, rustls and the system as transport errors.

use std::error::Error as StdError;
use std::io::{Error as IoError, ErrorKind};

use erpnet_client::{Sent, TransportError, TransportErrorKind as Kind};

pub(crate) fn of_connect(error: &IoError) -> TransportError {
    TransportError::new(Kind::Connect, Sent::Never, error)
}

pub(crate) fn of_tls(error: &IoError) -> TransportError {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<futures_rustls::rustls::Error>());
    let kind = if tls.is_some() || error.kind() == ErrorKind::InvalidData {
        Kind::Tls
    } else {
        Kind::Interrupted
    };
    // The request is written after the handshake only.
    TransportError::new(kind, Sent::Never, error)
}

/// A failure before the response's head was there.
pub(crate) fn while_sending(error: &hyper::Error) -> TransportError {
    let kind = if error.is_parse() {
        Kind::Protocol
    } else {
        Kind::Interrupted
    };
    TransportError::new(kind, Sent::Maybe, cause(error))
}

/// A failure while the body came.
pub(crate) fn while_reading(error: &hyper::Error) -> TransportError {
    TransportError::new(Kind::Interrupted, Sent::Maybe, cause(error))
}

fn cause(error: &hyper::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}
