//! A running peer: it speaks one line of JSON at a time on stdout, hears the same on stdin, and ends when stdin closes.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a peer may take for one line.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// How long it may take to end.
const FAREWELL: Duration = Duration::from_secs(20);

/// The most of its complaints that is kept, in bytes.
const MAX_COMPLAINTS: usize = 16 << 10;

/// A process that ends with its owner, also when a test fails.
#[derive(Debug)]
pub struct Peer {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    complaints: Arc<Mutex<String>>,
}

impl Peer {
    /// Starts it.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(name: &str, command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout.expect("piped"))
                .lines()
                .map_while(Result::ok)
            {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let complaints = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&complaints);
        thread::spawn(move || {
            let mut stderr = stderr.expect("piped");
            let mut chunk = [0; 1024];
            while let Ok(read @ 1..) = stderr.read(&mut chunk) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() < MAX_COMPLAINTS {
                    kept.push_str(&String::from_utf8_lossy(&chunk[..read]));
                }
            }
        });
        let stdin = child.stdin.take();
        Self {
            name: name.to_owned(),
            child,
            stdin,
            lines,
            complaints,
        }
    }

    /// The next line that it says.
    ///
    /// # Panics
    /// When it says none within [`PATIENCE`], or no JSON.
    #[must_use]
    pub fn hear(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|error| {
            let why = match error {
                RecvTimeoutError::Timeout => "says nothing",
                RecvTimeoutError::Disconnected => "has ended",
            };
            panic!("{} {why}\n{}", self.name, self.complaints())
        });
        let heard = serde_json::from_str(&line);
        heard.unwrap_or_else(|error| panic!("{}: {error}: {line}", self.name))
    }

    /// Says something to it.
    ///
    /// # Panics
    /// When it does not listen.
    pub fn say(&mut self, line: &Value) {
        let stdin = self.stdin.as_mut().expect("open until the end");
        if let Err(error) = writeln!(stdin, "{line}").and_then(|()| stdin.flush()) {
            panic!("{}: {error}\n{}", self.name, self.complaints());
        }
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it ends badly or not at all.
    pub fn end(mut self) {
        let status = self.farewell();
        let status =
            status.unwrap_or_else(|| panic!("{} does not end\n{}", self.name, self.complaints()));
        assert!(status, "{} ends badly\n{}", self.name, self.complaints());
    }

    /// What it wrote to stderr so far.
    #[must_use]
    pub fn complaints(&self) -> String {
        let kept = self.complaints.lock();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes stdin; whether the process then ends well, or `None` when it does not end in time.
    fn farewell(&mut self) -> Option<bool> {
        self.stdin = None;
        let end = Instant::now() + FAREWELL;
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status.success());
            }
            thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if self.farewell().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
