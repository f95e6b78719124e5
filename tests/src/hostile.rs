//! An instance on raw sockets that answers properly but for one stage, where it misbehaves.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;

use crate::caller::Action;
use crate::instance::{self, START};
use crate::replay::{Wire, read_request};
use crate::signing::Key;

/// How long a hostile connection is kept up at most.
const PATIENCE: Duration = Duration::from_secs(8);

/// The most bytes of a request that are looked at.
const MAX_REQUEST: usize = 64 * 1024;

/// What a client is doing when it meets the misbehaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Auto-discovery, at either path.
    Sites,
    /// OpenID discovery.
    Metadata,
    /// The key set.
    Keys,
    /// The token endpoint.
    Token,
    /// The Domain API.
    Api,
}

impl Stage {
    /// All of them, in the order in which a client meets them.
    pub const ALL: [Self; 5] = [
        Self::Sites,
        Self::Metadata,
        Self::Keys,
        Self::Token,
        Self::Api,
    ];

    fn of(path: &str) -> Option<Self> {
        Some(match path {
            path if path.ends_with("/auto-discovery") => Self::Sites,
            path if path.ends_with("/jwks") => Self::Keys,
            path if path.ends_with("/openid-configuration") => Self::Metadata,
            path if path.ends_with("/connect/token") => Self::Token,
            path if path.starts_with("/api/") => Self::Api,
            _ => return None,
        })
    }

    /// What a caller does to get there.
    #[must_use]
    pub fn action(self, root: &str) -> Action {
        match self {
            Self::Sites => Action::Sites,
            Self::Metadata => Action::Provider,
            Self::Keys => {
                let claims =
                    json!({ "iss": format!("{root}/id"), "aud": "DomainAPI", "exp": START + 3600 });
                Action::Verify(Key::development(0).token(&json!({}), &claims))
            }
            Self::Token => Action::Token,
            Self::Api => Action::Get("Crm_Customers".to_owned()),
        }
    }

    /// What a proper instance answers there.
    #[must_use]
    pub fn document(self) -> &'static str {
        match self {
            Self::Sites => "sites",
            Self::Metadata => "metadata",
            Self::Keys => "keys",
            Self::Token => "token",
            Self::Api => "customers",
        }
    }
}

/// What happens on a connection that asks for the stage. The request is not read from the stream yet.
pub type Behaviour = Box<dyn Fn(&mut Connection<'_>) + Send + Sync>;

/// A connection, as a behaviour has it.
#[derive(Debug)]
pub struct Connection<'a> {
    stream: &'a TcpStream,
    over: &'a AtomicBool,
    request_len: usize,
    path: &'a str,
    /// Scheme, host and port of this server.
    pub root: &'a str,
}

impl Connection<'_> {
    /// The path that was asked for.
    #[must_use]
    pub fn asked(&self) -> &str {
        self.path
    }

    /// Reads the request, so that closing the connection resets nothing.
    pub fn read(&mut self) {
        let mut request = vec![0; self.request_len];
        let _ = self.stream.read_exact(&mut request);
        self.request_len = 0;
    }

    /// Writes bytes; `false` when the client has gone.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Reads the request and writes a whole answer: status line and headers without the framing, then the body.
    pub fn answer(&mut self, head: &str, body: impl AsRef<[u8]>) {
        self.read();
        let length = body.as_ref().len();
        let framing = format!("\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        let _ = self.write(format!("HTTP/1.1 {head}{framing}")) && self.write(body);
    }

    /// Writes the same again and again, after a pause each, until the client goes or patience ends.
    pub fn repeat(&mut self, bytes: &[u8], pause: Duration) {
        let start = std::time::Instant::now();
        while start.elapsed() < PATIENCE && !self.over.load(Ordering::SeqCst) && self.write(bytes) {
            std::thread::sleep(pause);
        }
    }

    /// Says nothing, until the test is over or patience ends.
    pub fn keep_silent(&mut self) {
        let step = Duration::from_millis(20);
        let mut left = PATIENCE;
        while !left.is_zero() && !self.over.load(Ordering::SeqCst) {
            std::thread::sleep(step);
            left = left.saturating_sub(step);
        }
    }
}

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct Hostile {
    root: String,
    over: Arc<AtomicBool>,
    log: Arc<Mutex<Vec<Wire>>>,
    thread: Option<JoinHandle<()>>,
}

impl Hostile {
    /// Misbehaves at one stage.
    ///
    /// # Panics
    /// Without a free loopback port.
    #[must_use]
    pub fn start(stage: Stage, behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let root = format!("http://{}", listener.local_addr().expect("it is bound"));
        let over = Arc::new(AtomicBool::new(false));
        let log = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::new((root.clone(), stage, behaviour));
        let (ended, noted) = (Arc::clone(&over), Arc::clone(&log));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let (shared, ended, noted) =
                    (Arc::clone(&shared), Arc::clone(&ended), Arc::clone(&noted));
                std::thread::spawn(move || {
                    if let Ok(stream) = stream {
                        serve(&stream, &shared, &ended, &noted);
                    }
                });
            }
        });
        Self {
            root,
            over,
            log,
            thread: Some(thread),
        }
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// What was asked so far.
    #[must_use]
    pub fn log(&self) -> Vec<Wire> {
        self.log.lock().expect("nobody panics with it").clone()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.root.trim_start_matches("http://"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    stream: &TcpStream,
    shared: &(String, Stage, Behaviour),
    over: &AtomicBool,
    log: &Mutex<Vec<Wire>>,
) {
    let (root, stage, behaviour) = shared;
    let Some((request, request_len)) = peek_request(stream) else {
        return;
    };
    let path = request
        .url
        .strip_prefix(root.as_str())
        .unwrap_or(&request.url)
        .to_owned();
    log.lock().expect("nobody panics with it").push(request);
    let mut connection = Connection {
        stream,
        over,
        request_len,
        path: &path,
        root,
    };
    match Stage::of(path.split('?').next().unwrap_or_default()) {
        Some(asked) if asked == *stage => behaviour(&mut connection),
        Some(asked) => {
            let reply = instance::response(asked.document(), root);
            connection.answer("200 OK\r\nContent-Type: application/json", reply.body);
        }
        None => connection.answer("404 Not Found", ""),
    }
}

/// Looks at a request without taking it from the stream: closing a connection with unread bytes resets it.
fn peek_request(stream: &TcpStream) -> Option<(Wire, usize)> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut bytes = vec![0; MAX_REQUEST];
    loop {
        let seen = stream.peek(&mut bytes).ok().filter(|seen| *seen > 0)?;
        let mut reader = BufReader::new(&bytes[..seen]);
        if let Ok(Some(request)) = read_request(&mut reader) {
            return Some((request, seen));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
