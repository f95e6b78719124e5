//! Recorded conversations: what a caller does, what then goes over the wire, what the caller gets.
//!
//! A file below `tests/conversations` holds
//!
//! * `about`, `rules`: what it shows;
//! * `app` (optional): `scopes`, and `authority` in place of the discovered one; or a reference token instead of the
//!   service, with the header that it travels in as `reference_token`: `bearer`, `x-api-key` or `api-key`;
//! * `tokens` (optional): name -> `key`, `header`, `claims`, written elsewhere as `{token NAME}`;
//! * `steps`: `do` with the caller's action, or `advance` with seconds; `exchanges` with `request` and `response` each,
//!   in order; `result`, of which every member must be there (`says` is a part of the text); `waits` in seconds.
//!
//! `{reference}` is that token, `{root}` is the instance, `{foreign}` another origin that must never be talked to. A request left to its defaults is
//! a `GET` that accepts JSON; a response that is a text is a file in `responses`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use erpnet::core::flow::RetryPolicy;
use erpnet::{App, ReferenceToken, TokenHeader};
use erpnet_types::Timestamp;
use serde_json::{Value, json};

use crate::caller::{Action, as_json};
use crate::clock::VirtualClock;
use crate::drivers::{Driver, Setting};
use crate::instance::{self, REFERENCE, SECRET, START, TOKEN};
use crate::replay::{Replay, ReplayServer, Wire};
use crate::signing::Key;

/// A file, read.
#[derive(Debug)]
pub struct Conversation {
    /// The name of the file.
    pub name: String,
    written: Value,
}

/// What one driver made of it.
#[derive(Debug, PartialEq)]
pub struct Run {
    /// What went over the wire at each step.
    pub wire: Vec<Vec<Wire>>,
    /// What the caller got at each step.
    pub results: Vec<Value>,
    /// What the other origin was asked.
    pub foreign: Vec<Wire>,
}

/// All conversations, by name.
///
/// # Panics
/// When a file cannot be read.
#[must_use]
pub fn all() -> Vec<Conversation> {
    let files = std::fs::read_dir(instance::folder()).expect("the folder is there");
    let names = files.map(|file| file.expect("it can be listed").file_name());
    let mut names: Vec<_> = names.filter_map(|name| name.into_string().ok()).collect();
    names.retain(|name| name.ends_with(".json"));
    names.sort();
    let open = |name: String| Conversation {
        written: instance::read(&name),
        name,
    };
    names.into_iter().map(open).collect()
}

/// What stands for what in one run.
struct Names {
    pairs: Vec<(String, String)>,
}

impl Names {
    fn fill(&self, text: &str) -> String {
        let fill = |text: String, (name, value): &(String, String)| text.replace(name, value);
        self.pairs.iter().fold(text.to_owned(), fill)
    }

    fn strip(&self, text: &str) -> String {
        let strip = |text: String, (name, value): &(String, String)| text.replace(value, name);
        self.pairs.iter().fold(text.to_owned(), strip)
    }

    fn fill_value(&self, value: &Value) -> Value {
        serde_json::from_str(&self.fill(&value.to_string())).expect("names are filled in texts")
    }

    fn strip_wire(&self, wire: &Wire) -> Wire {
        Wire {
            method: wire.method.clone(),
            url: self.strip(&wire.url),
            headers: wire
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), self.strip(value)))
                .collect(),
            body: self.strip(&wire.body),
        }
    }
}

impl Conversation {
    /// The rules that it shows.
    #[must_use]
    pub fn rules(&self) -> Vec<&str> {
        let rules = self.written["rules"].as_array().into_iter().flatten();
        rules.filter_map(Value::as_str).collect()
    }

    fn steps(&self) -> &[Value] {
        self.written["steps"].as_array().expect("`steps` is a list")
    }

    /// Runs it, and holds it against what is written.
    ///
    /// # Panics
    /// When anything differs.
    #[must_use]
    pub fn run(&self, driver: &dyn Driver) -> Run {
        let at = format!("{} through {}", self.name, driver.name());
        let (replay, elsewhere) = (Arc::new(Replay::default()), Arc::new(Replay::default()));
        let server = driver
            .has_sockets()
            .then(|| ReplayServer::start(Arc::clone(&replay)));
        let foreign = ReplayServer::start(Arc::clone(&elsewhere));
        let root = server
            .as_ref()
            .map_or("http://127.0.0.1:8", ReplayServer::root);
        let names = self.names(root, foreign.root());
        let clock = VirtualClock::starting_at(Timestamp::from_unix_seconds(START));
        let setting = Setting {
            clock: Some(clock.clone()),
            replay: Some(Arc::clone(&replay)),
            ..Setting::default()
        };
        let caller = driver.connect(self.app(root, &names), &setting).expect(&at);
        let mut run = Run {
            wire: Vec::new(),
            results: Vec::new(),
            foreign: Vec::new(),
        };
        for (number, step) in self.steps().iter().enumerate() {
            let at = format!("{at}, step {}", number + 1);
            if let Some(seconds) = step["advance"].as_u64() {
                clock.advance(Duration::from_secs(seconds));
                continue;
            }
            let exchanges = step["exchanges"].as_array().cloned().unwrap_or_default();
            let replies = exchanges
                .iter()
                .map(|exchange| match &exchange["response"] {
                    Value::String(name) => instance::response(name, root),
                    written => instance::reply(written, &|text| names.fill(text)),
                });
            replay.extend(replies.collect());
            let before = replay.log().len();
            let action = action(&names.fill_value(&step["do"]));
            let result = as_json(&caller.call(&action));
            let result: Value =
                serde_json::from_str(&names.strip(&result.to_string())).expect("still JSON");
            let wire: Vec<_> = replay.log()[before..]
                .iter()
                .map(|wire| names.strip_wire(wire))
                .collect();
            let expected: Vec<_> = exchanges
                .iter()
                .map(|exchange| request(&exchange["request"]))
                .collect();
            assert_eq!(wire, expected, "{at}: the requests");
            holds(&step["result"], &result)
                .unwrap_or_else(|why| panic!("{at}: {why}\ncame: {result:#}"));
            let waits = clock.take_waits();
            if let Some(seconds) = step.get("waits") {
                let came: Vec<_> = waits.iter().map(Duration::as_secs).collect();
                assert_eq!(json!(came), *seconds, "{at}: the pauses");
            }
            run.wire.push(wire);
            run.results.push(result);
        }
        run.foreign = elsewhere.log();
        run
    }

    fn app(&self, root: &str, names: &Names) -> App {
        let mut app = instance::app(root);
        let written = &self.written["app"];
        if let Some(scopes) = written["scopes"].as_str() {
            app = app.with_scopes(scopes).expect("proper scopes");
        }
        let app = match written["reference_token"].as_str() {
            None => App::from(app),
            Some(header) => {
                let token = ReferenceToken::new(app.instance().clone(), REFERENCE);
                App::from(token.expect("a proper token")).with_token_header(match header {
                    "bearer" => TokenHeader::Bearer,
                    "x-api-key" => TokenHeader::XApiKey,
                    "api-key" => TokenHeader::ApiKey,
                    other => panic!("no header `{other}`"),
                })
            }
        };
        app.configure(|options| {
            options.authority = written["authority"].as_str().map(|url| names.fill(url));
            if let Some(attempts) = written["attempts"].as_u64() {
                let attempts = u32::try_from(attempts).expect("few");
                options.retry = RetryPolicy {
                    attempts,
                    ..RetryPolicy::default()
                };
            }
        })
    }

    fn names(&self, root: &str, foreign: &str) -> Names {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut names = Names {
            pairs: vec![pair("{root}", root), pair("{foreign}", foreign)],
        };
        let tokens = self.written["tokens"].as_object().into_iter().flatten();
        let signed: Vec<_> = tokens
            .map(|(name, written)| {
                let slot = usize::try_from(written["key"].as_u64().unwrap_or(0)).expect("small");
                let claims = names.fill_value(&written["claims"]);
                let token = Key::development(slot).token(&written["header"], &claims);
                (format!("{{token {name}}}"), token)
            })
            .collect();
        names.pairs.extend(signed);
        names.pairs.push(pair("{token}", TOKEN));
        names.pairs.push(pair("{reference}", REFERENCE));
        names.pairs.push(pair("{secret}", SECRET));
        names
    }
}

fn action(written: &Value) -> Action {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    match written {
        Value::String(name) => match name.as_str() {
            "sites" => Action::Sites,
            "provider" => Action::Provider,
            "token" => Action::Token,
            "verified_token" => Action::VerifiedToken,
            "forget" => Action::Forget,
            other => panic!("no action `{other}`"),
        },
        Value::Object(members) => match members.iter().next() {
            Some((name, path)) if name == "get" => Action::Get(text(path)),
            Some((name, token)) if name == "verify" => Action::Verify(text(token)),
            Some((name, post)) if name == "post" => {
                let body = post["body"].as_object().expect("an object").clone();
                Action::Post(text(&post["path"]), body)
            }
            other => panic!("no action {other:?}"),
        },
        other => panic!("no action {other}"),
    }
}

fn request(written: &Value) -> Wire {
    let (url, members) = match written {
        Value::String(url) => (url.as_str(), &Value::Null),
        members => (members["url"].as_str().expect("a url"), members),
    };
    let text = |name: &str| members[name].as_str().unwrap_or_default().to_owned();
    let mut headers = BTreeMap::from([("accept".to_owned(), "application/json".to_owned())]);
    for (name, value) in members["headers"].as_object().into_iter().flatten() {
        headers.insert(
            name.clone(),
            value.as_str().expect("headers are texts").to_owned(),
        );
    }
    let method = members["method"].as_str().unwrap_or("GET").to_owned();
    Wire {
        method,
        url: url.to_owned(),
        headers,
        body: text("body"),
    }
}

/// Whether everything that is written came.
fn holds(written: &Value, came: &Value) -> Result<(), String> {
    match (written, came) {
        (Value::Object(written), Value::Object(came)) => {
            for (name, value) in written {
                let found = came
                    .get(name)
                    .ok_or_else(|| format!("`{name}` is missing"))?;
                match (name.as_str(), value.as_str(), found.as_str()) {
                    ("says", Some(part), Some(text)) if text.contains(part) => {}
                    ("says", Some(part), Some(text)) => {
                        return Err(format!("`{text}` lacks `{part}`"));
                    }
                    _ => holds(value, found)?,
                }
            }
            Ok(())
        }
        _ if written == came => Ok(()),
        _ => Err(format!("expected {written}, found {came}")),
    }
}
