//! One request on a connection of its own, with TLS where the sandbox speaks it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How long the sandbox may be silent.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct Answer {
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    redirects: bool,
}

impl Answer {
    pub(super) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let headers = self.headers.iter().filter(move |(known, _)| known == name);
        headers.map(|(_, value)| value.as_str())
    }

    pub(super) fn location(&self) -> Option<&str> {
        self.headers("location").next().filter(|_| self.redirects)
    }
}

/// Sends a GET, or a POST when there is a form. The error says what failed, without the URL.
pub(super) fn fetch(
    root: &str,
    ca_pem: Option<&str>,
    path: &str,
    cookies: &str,
    form: Option<&str>,
) -> Result<Answer, String> {
    let (_, host) = root.split_once("://").unwrap_or(("", root));
    let method = if form.is_some() { "POST" } else { "GET" };
    let body = form.unwrap_or_default();
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    if !cookies.is_empty() {
        request.push_str(&format!("Cookie: {cookies}\r\n"));
    }
    if form.is_some() {
        request.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let port = host
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .unwrap_or(0_u16);
    let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|error| failed(&error))?;
    stream
        .set_read_timeout(Some(TIMEOUT))
        .map_err(|error| failed(&error))?;
    match ca_pem {
        None => exchange(stream, &request),
        Some(pem) => exchange(tls(stream, pem)?, &request),
    }
}

fn tls(
    stream: TcpStream,
    ca_pem: &str,
) -> Result<StreamOwned<ClientConnection, TcpStream>, String> {
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(ca_pem.as_bytes()).map_err(|error| failed(&error))?;
    roots.add(ca).map_err(|error| failed(&error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(|error| failed(&error))?;
    let connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| failed(&error))?;
    Ok(StreamOwned::new(connection, stream))
}

fn exchange(mut stream: impl Read + Write, request: &str) -> Result<Answer, String> {
    stream
        .write_all(request.as_bytes())
        .map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    // An end without a TLS close is an end all the same: the answer says how long it is.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or("the connection was closed without an answer")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or_default();
    let headers = lines.filter_map(|line| line.split_once(": "));
    Ok(Answer {
        redirects: status.starts_with('3'),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: bytes[end + 4..].to_vec(),
    })
}
