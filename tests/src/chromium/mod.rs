//! Headless Chromium, driven by `chromedriver` over WebDriver: plain HTTP and JSON (W3C WebDriver 2).
//!
//! One test at a time has browsers, for they are large. Each [`Window`] is a browser with a profile of its own, as two
//! people have; its tabs share the profile.

mod look;
mod window;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{env, thread};

use serde_json::{Value, json};

pub use window::{Tab, Window};

const BROWSER: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";

/// How long one command may take: a page that does not load is an error, not a test that hangs.
const COMMAND: Duration = Duration::from_secs(30);

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A running `chromedriver`. It is stopped when this is dropped, by panics too.
#[derive(Debug)]
pub struct Chromium {
    driver: Child,
    wire: Wire,
    /// Where screenshots go, if `ERPNET_SCREENSHOTS` says so.
    shots: Option<PathBuf>,
    _turn: MutexGuard<'static, ()>,
}

/// The way to `chromedriver`.
#[derive(Clone, Debug)]
struct Wire {
    agent: ureq::Agent,
    root: String,
}

impl Chromium {
    /// Starts the driver. `None` where browser or driver are absent: the test says what to install, and is skipped.
    ///
    /// # Panics
    /// Where they are absent and `CI` is `true`, or when the driver does not start.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    pub fn start() -> Option<Self> {
        if [BROWSER, DRIVER]
            .iter()
            .any(|path| !Path::new(path).exists())
        {
            let install = "expected Chromium: apt-get install chromium chromium-driver";
            assert!(!env::var("CI").is_ok_and(|ci| ci == "true"), "{install}");
            eprintln!("skipped: {install}");
            return None;
        }
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut driver = Command::new(DRIVER)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let port = port_of(&mut driver);
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(COMMAND));
        let wire = Wire {
            agent: config.build().into(),
            root: format!("http://127.0.0.1:{port}"),
        };
        Some(Self {
            driver,
            wire,
            shots: env::var_os("ERPNET_SCREENSHOTS").map(PathBuf::from),
            _turn: turn,
        })
    }

    /// Opens a browser with a new profile.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn window(&self) -> Window {
        Window::open(self.wire.clone(), self.shots.clone())
    }
}

/// `ChromeDriver was started successfully on port 12345.`
fn port_of(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
    let mut lines_of_text = lines.by_ref().map_while(Result::ok);
    let port = lines_of_text.find_map(|line| {
        let (_, port) = line.split_once("successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    // Whatever it says later has to go somewhere.
    thread::spawn(move || lines.for_each(drop));
    port.expect("chromedriver says its port")
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Wire {
    /// One command; what it answers.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let url = format!("{}{path}", self.root);
        let sent = match method {
            "GET" => self.agent.get(&url).call(),
            "DELETE" => self.agent.delete(&url).call(),
            _ => self
                .agent
                .post(&url)
                .header("content-type", "application/json")
                .send(body.to_string()),
        };
        let mut answer = sent.map_err(|error| format!("{method} {path}: {error}"))?;
        let body = answer.body_mut().with_config().limit(64 << 20);
        let text = body.read_to_string().map_err(|error| error.to_string())?;
        let mut json: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let value = json["value"].take();
        match value.get("error") {
            Some(error) => Err(format!("{method} {path}: {error} {}", value["message"])),
            None => Ok(value),
        }
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.ask("POST", path, body)
    }

    fn get(&self, path: &str) -> Result<Value, String> {
        self.ask("GET", path, &json!({}))
    }
}
