//! A tiny HTTP client over raw sockets, so that nothing of an HTTP library hides what the sandbox sends.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use erpnet_sandbox::{Application, Registered, Sandbox};
use serde_json::Value;

pub(crate) const TOKEN: &str = "/id/connect/token";
pub(crate) const ODATA: &str = "/api/domain/odata/";
pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        let body = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {} {body}", self.status))
    }

    /// The `error` of an answer of the token endpoint, which has no other member.
    pub(crate) fn oauth_error(&self) -> String {
        let json = self.json();
        assert_eq!(self.status, 400, "{json}");
        assert_eq!(json.as_object().unwrap().len(), 1, "{json}");
        json["error"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn connect(sandbox: &Sandbox) -> TcpStream {
    let (_, authority) = sandbox.root_url().split_once("://").unwrap();
    let stream = TcpStream::connect(authority.replace("localhost", "127.0.0.1")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

pub(crate) fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: sandbox\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Reads what is left on the connection; `None` when nothing came before it was closed.
pub(crate) fn read_answer(stream: &mut impl Read) -> Option<Answer> {
    let mut bytes = Vec::new();
    // A reset after the answer does not take the answer away.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Some(Answer {
        status,
        headers: headers.collect(),
        body: bytes[end + 4..].to_vec(),
    })
}

pub(crate) fn try_send(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let mut stream = connect(sandbox);
    let mut all = vec![("Connection", "close")];
    all.extend_from_slice(headers);
    // The server may have closed already; what it answered is still there.
    let _ = stream.write_all(&request(method, target, &all, body));
    read_answer(&mut stream)
}

pub(crate) fn send(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    try_send(sandbox, method, target, headers, body).expect("an answer")
}

pub(crate) fn get(sandbox: &Sandbox, target: &str) -> Answer {
    send(sandbox, "GET", target, &[], b"")
}

pub(crate) fn service(sandbox: &Sandbox, scopes: &str) -> Registered {
    let app = Application::service("com.example/reports").scopes(scopes);
    sandbox.register(app).unwrap()
}

/// Encodes a form.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// Posts a form to the token endpoint.
pub(crate) fn post_token(sandbox: &Sandbox, pairs: &[(&str, &str)]) -> Answer {
    send(sandbox, "POST", TOKEN, &[FORM], form(pairs).as_bytes())
}

/// Asks for a token for these scopes; `None` leaves the parameter out.
pub(crate) fn ask(sandbox: &Sandbox, app: &Registered, scope: Option<&str>) -> Answer {
    let secret = app.secret.as_ref().unwrap();
    let mut pairs = vec![
        ("grant_type", "client_credentials"),
        ("client_id", app.client_id.as_str()),
        ("client_secret", secret.expose()),
    ];
    pairs.extend(scope.map(|scope| ("scope", scope)));
    post_token(sandbox, &pairs)
}

pub(crate) fn token(sandbox: &Sandbox, app: &Registered, scope: &str) -> String {
    let answer = ask(sandbox, app, Some(scope));
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// Calls the Domain API with a bearer token.
pub(crate) fn call(sandbox: &Sandbox, method: &str, path: &str, token: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    send(
        sandbox,
        method,
        &format!("{ODATA}{path}"),
        &headers,
        body.as_bytes(),
    )
}

/// The claims of a token, unchecked.
pub(crate) fn part(token: &str, index: usize) -> Value {
    use base64::Engine;
    let part = token.split('.').nth(index).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
