//! Answers from a script, in order, and a log of what was asked.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Headers that belong to the connection or to the HTTP library, not to the message.
const NOT_COMPARED: [&str; 4] = ["host", "user-agent", "connection", "content-length"];

/// A request as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// In upper case.
    pub method: String,
    /// Scheme, host, port, path and query.
    pub url: String,
    /// Names in lower case, sorted.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl Wire {
    /// Reads a request, as a transport is given it.
    #[must_use]
    pub fn of<B: AsRef<[u8]>>(request: &http::Request<B>) -> Self {
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        };
        Self {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            headers: request.headers().iter().map(header).collect(),
            body: String::from_utf8_lossy(request.body().as_ref()).into_owned(),
        }
        .comparable()
    }

    fn comparable(mut self) -> Self {
        self.headers
            .retain(|name, _| !NOT_COMPARED.contains(&name.as_str()));
        self
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, apart from those that frame the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// What is answered when the script has ended.
    fn unscripted() -> Self {
        Self {
            status: 599,
            headers: Vec::new(),
            body: b"the script has ended".to_vec(),
        }
    }
}

/// The script and the log.
#[derive(Debug, Default)]
pub struct Replay {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    replies: VecDeque<Reply>,
    log: Vec<Wire>,
}

impl Replay {
    /// Gives the replies in this order, whatever is asked.
    #[must_use]
    pub fn new(replies: Vec<Reply>) -> Self {
        let state = State {
            replies: replies.into(),
            log: Vec::new(),
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// Puts more replies at the end.
    pub fn extend(&self, replies: Vec<Reply>) {
        let mut state = self.state.lock().expect("nobody panics with it");
        state.replies.extend(replies);
    }

    /// Notes a request, and takes the next reply.
    pub fn answer(&self, request: Wire) -> Reply {
        let mut state = self.state.lock().expect("nobody panics with it");
        state.log.push(request);
        state.replies.pop_front().unwrap_or_else(Reply::unscripted)
    }

    /// What was asked so far.
    #[must_use]
    pub fn log(&self) -> Vec<Wire> {
        self.state
            .lock()
            .expect("nobody panics with it")
            .log
            .clone()
    }
}

/// A replay behind a loopback socket. Stops when it is dropped.
#[derive(Debug)]
pub struct ReplayServer {
    root: String,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ReplayServer {
    /// Listens on a free port.
    ///
    /// # Panics
    /// Without a free loopback port.
    #[must_use]
    pub fn start(replay: Arc<Replay>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let replay = Arc::clone(&replay);
                // A connection that fails shows in the log as a request that is missing.
                std::thread::spawn(move || stream.map(|stream| serve(&stream, &replay)));
            }
        });
        Self {
            root: format!("http://{address}"),
            over,
            thread: Some(thread),
        }
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }
}

impl Drop for ReplayServer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.root.trim_start_matches("http://"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: &TcpStream, replay: &Replay) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let Some(request) = read_request(&mut BufReader::new(stream))? else {
        return Ok(());
    };
    let reply = replay.answer(request);
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", reply.body.len()));
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(&reply.body)
}

/// Reads one request with its body; `None` when the connection ends before one.
///
/// # Errors
/// Those of the socket, and its end amid a request.
pub fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Wire>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next(), words.next());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.trim_end().split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers
        .get("content-length")
        .and_then(|value| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let host = headers.get("host").cloned().unwrap_or_default();
    let wire = Wire {
        method: method.unwrap_or_default(),
        url: format!("http://{host}{}", target.unwrap_or_default()),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    Ok(Some(wire.comparable()))
}
