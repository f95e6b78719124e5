//! Your own HTTP stack is one trait: `cargo run --example bring_your_own_http`.
//!
//! This one speaks plain HTTP/1.1 over a socket, one connection a request: enough for the local instance, and refused for
//! any other. Which addresses are allowed, how long bodies may be, retries and every judgement of an answer stay in the
//! library; a blocking stack keeps the deadline itself.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use erpnet::{BlockingTransport, Page, Row, blocking::Client};
use erpnet_client::{
    BlockingBody, BlockingResponse, Limits, Sent, TransportError, TransportErrorKind, Zeroizing,
};
use erpnet_examples::{Failure, Setup, finish, print_table};

struct OwnStack;

impl BlockingTransport for OwnStack {
    fn send(
        &self,
        request: http::Request<Zeroizing<Vec<u8>>>,
        limits: Limits,
    ) -> Result<BlockingResponse, TransportError> {
        let lost = |cause: std::io::Error| {
            TransportError::new(TransportErrorKind::Interrupted, Sent::Maybe, cause)
        };
        let odd = || TransportError::new(TransportErrorKind::Protocol, Sent::Maybe, "not HTTP");
        if request.uri().scheme_str() != Some("http") {
            return Err(TransportError::new(
                TransportErrorKind::Refused,
                Sent::Never,
                "this stack knows no TLS",
            ));
        }
        let end = Instant::now() + limits.deadline;
        let host = request
            .uri()
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut stream = TcpStream::connect(&host).map_err(|cause| {
            TransportError::new(TransportErrorKind::Connect, Sent::Never, cause)
        })?;

        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        write!(
            stream,
            "{} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n",
            request.method()
        )
        .map_err(lost)?;
        for (name, value) in request.headers() {
            write!(stream, "{name}: {}\r\n", value.to_str().unwrap_or_default()).map_err(lost)?;
        }
        write!(stream, "content-length: {}\r\n\r\n", request.body().len()).map_err(lost)?;
        stream.write_all(request.body()).map_err(lost)?;

        // One deadline for head and body together: each read gets what is left of it.
        let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || answer.len() > limits.body + 64 * 1024 {
                return Err(TransportError::timeout());
            }
            stream.set_read_timeout(Some(left)).map_err(lost)?;
            match stream.read(&mut chunk).map_err(lost)? {
                0 => break,
                read => answer.extend_from_slice(&chunk[..read]),
            }
        }
        let head_end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .ok_or_else(odd)?
            + 4;
        let body = answer.split_off(head_end);
        let head = String::from_utf8_lossy(&answer);
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .ok_or_else(odd)?;
        let mut response = http::Response::builder().status(status);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            response = response.header(name, value.trim());
        }
        response
            .body(Box::new(Some(body.into())) as Box<dyn BlockingBody>)
            .map_err(|_| odd())
    }
}

fn main() -> ExitCode {
    finish(run())
}

fn run() -> Result<(), Failure> {
    let setup = Setup::from_environment()?;
    let client = Client::new(setup.app.clone(), Arc::new(OwnStack))?;
    let customers: Page<Row> =
        client.get("Crm_Customers?$top=3&$select=Number,DisplayText&$orderby=Number")?;
    println!(
        "token           {} (verified)",
        client.verified_token()?.scopes()
    );
    print_table(&["Number", "DisplayText"], &customers.value);
    Ok(())
}
