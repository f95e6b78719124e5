//! The documents of a proper instance, from `tests/conversations/responses`.

use std::path::PathBuf;

use erpnet::{Instance, ServiceApp};
use serde_json::{Value, json};

use crate::replay::Reply;
use crate::signing::Key;

/// The instant at which conversations take place.
pub const START: i64 = 1_766_505_147;

/// The application in conversations and at hostile servers.
pub const CLIENT_ID: &str = "com.example/reports";

/// Its secret, which must show nowhere but in the body of a token request.
pub const SECRET: &str = "hunter2-Zq8vX3wK";

/// The first access token, opaque as clients must allow (AUTH-083), which must show nowhere but in a header to the API.
pub const TOKEN: &str = "opaque-token-7Yb2Qk9LmN4p";

/// A reference token, made up: as the first, it must show nowhere but in one header to the API. Not of the length of
/// real ones (AUTH-248).
pub const REFERENCE: &str = "enrt_5D0C7A1B9E3F46288A71C05D9B2E4F60";

/// The application at an instance on this machine.
///
/// # Panics
/// When `root` is no loopback URL.
#[must_use]
pub fn app(root: &str) -> ServiceApp {
    let instance = Instance::loopback(root).expect("a loopback root");
    ServiceApp::new(instance, CLIENT_ID, SECRET).expect("a proper application")
}

/// Where the conversations are.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("conversations")
}

/// Reads a JSON file below the folder of conversations.
///
/// # Panics
/// When it is missing or no JSON.
#[must_use]
pub fn read(path: &str) -> Value {
    let path = folder().join(path);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One of the standard responses, by the name of its file: `sites`, `metadata`, `keys`, `token`, `customers`.
#[must_use]
pub fn response(name: &str, root: &str) -> Reply {
    reply(&read(&format!("responses/{name}.json")), &|text| {
        text.replace("{root}", root)
    })
}

/// A response as the files write it: `status` (200), `headers`, and as body one of `json`, `text`, or `keys` (which
/// development keys a key set holds).
///
/// # Panics
/// When it is written otherwise.
#[must_use]
pub fn reply(written: &Value, fill: &dyn Fn(&str) -> String) -> Reply {
    let body = match (
        written.get("json"),
        written.get("text"),
        written.get("keys"),
    ) {
        (Some(json), None, None) => fill(&json.to_string()),
        (None, Some(text), None) => fill(text.as_str().expect("`text` is a text")),
        (None, None, Some(keys)) => {
            let slot =
                |key: &Value| usize::try_from(key.as_u64().expect("a number")).expect("small");
            let keys = keys.as_array().expect("`keys` is a list").iter();
            let keys: Vec<_> = keys.map(|key| Key::development(slot(key)).jwk()).collect();
            json!({ "keys": keys }).to_string()
        }
        (None, None, None) => String::new(),
        _ => panic!("one body only: {written}"),
    };
    let mut headers = Vec::new();
    if written.get("json").is_some() || written.get("keys").is_some() {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    for (name, value) in written
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let value = fill(value.as_str().expect("headers are texts"));
        headers.retain(|(known, _)| known != name);
        headers.push((name.clone(), value));
    }
    let status = written
        .get("status")
        .map_or(200, |status| status.as_u64().expect("a number"));
    Reply {
        status: u16::try_from(status).expect("a status"),
        headers,
        body: body.into_bytes(),
    }
}
