//! ureq's errors as transport errors: the cause kept, addresses left out.

use std::io::{Error as IoError, ErrorKind};

use erpnet_client::{Sent, TransportError, TransportErrorKind as Kind};
use ureq::{Error, Timeout};

/// A failure before the response's head was there.
pub(crate) fn while_sending(error: &Error) -> TransportError {
    match error {
        Error::HostNotFound => TransportError::new(Kind::NameResolution, Sent::Never, ""),
        Error::ConnectionFailed => TransportError::new(Kind::Connect, Sent::Never, ""),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => TransportError::new(
            Kind::Timeout,
            Sent::Never,
            "no connection within the deadline",
        ),
        Error::Timeout(_) => TransportError::timeout(),
        Error::Tls(what) => TransportError::new(Kind::Tls, Sent::Never, what),
        Error::Pem(_) => {
            TransportError::new(Kind::Tls, Sent::Never, "a certificate cannot be read")
        }
        Error::Rustls(error) => of_rustls(error),
        Error::Io(error) => of_io(error),
        Error::Protocol(error) => TransportError::new(Kind::Protocol, Sent::Maybe, error),
        Error::LargeResponseHeader(..) => TransportError::new(
            Kind::Protocol,
            Sent::Maybe,
            "the head of the answer is too large",
        ),
        // The text of these holds the whole address.
        Error::BadUri(_) | Error::RequireHttpsOnly(_) => {
            TransportError::new(Kind::Refused, Sent::Never, "the address cannot be used")
        }
        Error::InvalidProxyUrl => TransportError::new(
            Kind::Refused,
            Sent::Never,
            "the proxy's address cannot be used",
        ),
        Error::ConnectProxyFailed(_) => {
            TransportError::new(Kind::Connect, Sent::Never, "the proxy refused")
        }
        Error::Http(_) => {
            TransportError::new(Kind::Refused, Sent::Never, "the request cannot be written")
        }
        _ => TransportError::new(Kind::Other, Sent::Maybe, ""),
    }
}

/// A failure while the body came.
pub(crate) fn while_reading(error: IoError) -> TransportError {
    let error = match Error::from(error) {
        Error::Timeout(_) => return TransportError::timeout(),
        Error::Protocol(error) => {
            return TransportError::new(Kind::Interrupted, Sent::Maybe, error);
        }
        Error::Io(error) => error,
        _ => return TransportError::new(Kind::Interrupted, Sent::Maybe, ""),
    };
    TransportError::new(Kind::Interrupted, Sent::Maybe, error)
}

fn of_io(error: &IoError) -> TransportError {
    if let Some(tls) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return of_rustls(tls);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::AddrNotAvailable => TransportError::new(Kind::Connect, Sent::Never, error),
        ErrorKind::TimedOut => TransportError::timeout(),
        _ => TransportError::new(Kind::Interrupted, Sent::Maybe, error),
    }
}

fn of_rustls(error: &rustls::Error) -> TransportError {
    use rustls::Error as Tls;
    let before_sending = matches!(
        error,
        Tls::InvalidCertificate(_)
            | Tls::PeerIncompatible(_)
            | Tls::NoCertificatesPresented
            | Tls::UnsupportedNameType
    );
    let sent = if before_sending {
        Sent::Never
    } else {
        Sent::Maybe
    };
    TransportError::new(Kind::Tls, sent, error)
}
