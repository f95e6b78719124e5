//! An HTTP stack of one's own: plain HTTP/1.1 over a socket, one connection a request, one deadline for all of it.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use erpnet_client::TransportErrorKind::{Connect, Interrupted, Refused, Timeout};
use erpnet_client::{BlockingBody, BlockingResponse, BlockingTransport};
use erpnet_client::{Limits, Sent, TransportError, Zeroizing};

pub(crate) struct OwnStack;

impl BlockingTransport for OwnStack {
    fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        limits: Limits,
    ) -> Result<BlockingResponse, TransportError> {
        let end = Instant::now() + limits.deadline;
        let (uri, body) = (request.uri(), request.body());
        let (Some("http"), Some(host)) = (uri.scheme_str(), uri.authority()) else {
            return Err(TransportError::new(Refused, Sent::Never, "no TLS here"));
        };
        let mut stream = TcpStream::connect(host.as_str())
            .map_err(|cause| TransportError::new(Connect, Sent::Never, cause))?;
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let mut head = Zeroizing::new(format!("{} {target} HTTP/1.1\r\n", request.method()));
        for (name, value) in request.headers() {
            *head += &format!("{name}: {}\r\n", value.to_str().unwrap_or_default());
        }
        *head += &format!("host: {host}\r\nconnection: close\r\n");
        *head += &format!("content-length: {}\r\n\r\n", body.len());
        let sent = stream.write_all(head.as_bytes());
        sent.and_then(|()| stream.write_all(body)).map_err(lost)?;

        // Read to the end, or past what is allowed: then the client refuses it.
        let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
        while answer.len() <= limits.body + 64 * 1024 {
            let left = end.saturating_duration_since(Instant::now());
            stream.set_read_timeout(Some(left)).map_err(lost)?;
            match stream.read(&mut chunk).map_err(lost)? {
                0 => break,
                size => answer.extend_from_slice(&chunk[..size]),
            }
        }
        read(answer).ok_or_else(|| lost(ErrorKind::InvalidData.into()))
    }
}

fn read(mut answer: Vec<u8>) -> Option<BlockingResponse> {
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let body = answer.split_off(head);
    let mut lines = std::str::from_utf8(&answer).ok()?.lines();
    let mut response = http::Response::builder().status(lines.next()?.get(9..12)?);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        response = response.header(name, value.trim());
    }
    let length = response.headers_ref()?.get("content-length")?;
    let whole = length.to_str().ok()?.parse() == Ok(body.len());
    let body: Box<dyn BlockingBody> = Box::new(Some(body.into()));
    response.body(body).ok().filter(|_| whole)
}

/// No time left shows as an invalid limit before a read, as one that would block during it.
fn lost(cause: Error) -> TransportError {
    let late = [ErrorKind::WouldBlock, ErrorKind::InvalidInput].contains(&cause.kind());
    TransportError::new(if late { Timeout } else { Interrupted }, Sent::Maybe, cause)
}
