//! One browser with its profile, and what a person does there.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use serde_json::{Value, json};

use super::{BROWSER, Wire};

/// How long a person waits for a page.
const PATIENCE: Duration = Duration::from_secs(30);

/// The name of an element's id on the wire (W3C WebDriver, section 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Nothing goes anywhere but to this machine.
const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/// A browser with a profile of its own. It is closed, and its process ended, when this is dropped.
#[derive(Debug)]
pub struct Window {
    pub(super) wire: Wire,
    pub(super) path: String,
    pub(super) shots: Option<PathBuf>,
    profile: PathBuf,
    process: Option<u64>,
}

/// A tab of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab(String);

impl Window {
    pub(super) fn open(wire: Wire, shots: Option<PathBuf>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = env::temp_dir().join(format!("erpnet-browser-{}-{number}", process::id()));
        let profile_flag = format!("--user-data-dir={}", profile.display());
        let flags: Vec<_> = FLAGS.iter().copied().chain([&*profile_flag]).collect();
        let wish = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "binary": BROWSER, "args": flags },
            "timeouts": { "implicit": 0, "pageLoad": 20_000, "script": 5_000 },
        } } });
        let begun = wire.post("/session", &wish).expect("Chromium starts");
        let id = begun["sessionId"].as_str().expect("a session");
        Self {
            path: format!("/session/{id}"),
            process: begun["capabilities"]["goog:processID"].as_u64(),
            wire,
            shots,
            profile,
        }
    }

    /// Opens an address.
    ///
    /// # Panics
    /// When it does not load.
    pub fn open_page(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Where the browser is.
    #[must_use]
    pub fn url(&self) -> String {
        text(&self.get("/url"))
    }

    /// The headline of the page, or nothing.
    #[must_use]
    pub fn headline(&self) -> String {
        self.try_find("h1").map_or_else(String::new, |element| {
            let said = self.wire.get(&format!("{}{element}/text", self.path));
            said.as_ref().map(text).unwrap_or_default()
        })
    }

    /// Everything that the page shows.
    #[must_use]
    pub fn text(&self) -> String {
        text(&self.get(&format!("{}/text", self.find("body"))))
    }

    /// Waits until a page with this headline is there.
    ///
    /// # Panics
    /// When it does not come.
    pub fn expect(&self, headline: &str) {
        let begun = Instant::now();
        while self.headline() != headline {
            assert!(
                begun.elapsed() < PATIENCE,
                "expected a page `{headline}`, found at {}:\n{}",
                self.url(),
                self.text()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The same, and the page has to show this text.
    ///
    /// # Panics
    /// When it does not.
    pub fn expect_text(&self, headline: &str, part: &str) {
        self.expect(headline);
        let shown = self.text();
        assert!(shown.contains(part), "expected `{part}`, found:\n{shown}");
    }

    /// Types into a field, whatever was there.
    ///
    /// # Panics
    /// When there is no such field.
    pub fn fill(&self, css: &str, typed: &str) {
        let field = self.find(css);
        self.post(&format!("{field}/clear"), &json!({}));
        self.post(&format!("{field}/value"), &json!({ "text": typed }));
    }

    /// Presses a button or follows a link.
    ///
    /// # Panics
    /// When there is none.
    pub fn press(&self, css: &str) {
        let element = self.find(css);
        self.post(&format!("{element}/click"), &json!({}));
    }

    /// Signs in on the page of the identity service.
    ///
    /// # Panics
    /// When it is another page.
    pub fn sign_in(&self, login: &str, password: &str) {
        self.expect("Sign in");
        self.fill("#username", login);
        self.fill("#password", password);
        self.press("button[value=login]");
    }

    /// Goes back in the history.
    pub fn back(&self) {
        self.post("/back", &json!({}));
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.post("/refresh", &json!({}));
    }

    /// The names of the cookies that this page's requests carry.
    #[must_use]
    pub fn cookies(&self) -> Vec<Value> {
        let cookies = self.get("/cookie");
        cookies.as_array().cloned().unwrap_or_default()
    }

    /// The tab that is in front.
    #[must_use]
    pub fn tab(&self) -> Tab {
        Tab(text(&self.get("/window")))
    }

    /// Opens another tab, and goes there.
    #[must_use]
    pub fn new_tab(&self) -> Tab {
        let opened = self.post("/window/new", &json!({ "type": "tab" }));
        let tab = Tab(text(&opened["handle"]));
        self.go_to(&tab);
        tab
    }

    /// Brings a tab to the front.
    pub fn go_to(&self, tab: &Tab) {
        self.post("/window", &json!({ "handle": tab.0 }));
    }

    fn try_find(&self, css: &str) -> Option<String> {
        let wish = json!({ "using": "css selector", "value": css });
        let found = self.wire.post(&format!("{}/element", self.path), &wish);
        let id = found.ok()?[ELEMENT].as_str()?.to_owned();
        Some(format!("/element/{id}"))
    }

    /// Waits for an element: a page may still be loading.
    fn find(&self, css: &str) -> String {
        let begun = Instant::now();
        loop {
            if let Some(element) = self.try_find(css) {
                return element;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "expected `{css}` on the page at {}",
                self.url()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Value {
        let done = self.wire.post(&format!("{}{path}", self.path), body);
        done.unwrap_or_else(|error| panic!("{error}"))
    }

    pub(super) fn get(&self, path: &str) -> Value {
        let done = self.wire.get(&format!("{}{path}", self.path));
        done.unwrap_or_else(|error| panic!("{error}"))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Drop for Window {
    fn drop(&mut self) {
        let closed = self.wire.ask("DELETE", &self.path, &json!({}));
        // A browser that does not close itself is ended, by its id.
        if let (Err(_), Some(process)) = (closed, self.process) {
            let _ = Command::new("kill")
                .args(["-9", &process.to_string()])
                .status();
        }
        let _ = fs::remove_dir_all(&self.profile);
    }
}
