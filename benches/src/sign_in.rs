//! A sign-in between request and answer, as a web application keeps it.

use std::time::Duration;

use erpnet_core::connection::Next;
use erpnet_core::sign_in::{AuthorizationRequest, PendingSignIn, SealingKeys, SignInStart};
use erpnet_core::{Connection, Entropy, Event, Flow, InteractiveApp, Now, Step};
use erpnet_types::{ClientId, Instance, Secret, Timestamp};
use serde_json::{Value, json};

const ROOT: &str = "https://demodb.my.erp.net";

/// A pending sign-in, its keys, and bytes for the cipher alone.
pub struct SignInSubject {
    /// What is kept until the answer comes.
    pub pending: PendingSignIn,
    /// The application's keys.
    pub keys: SealingKeys,
    /// The application.
    pub client_id: ClientId,
    /// The pending sign-in, sealed.
    pub sealed: String,
    /// As many bytes as are encrypted in it.
    pub plain: Vec<u8>,
    /// As many as are bound to it.
    pub bound_to: Vec<u8>,
}

impl SignInSubject {
    /// A hybrid sign-in with five scopes and a place to return to.
    ///
    /// # Panics
    /// When the library refuses what it should not.
    #[must_use]
    pub fn new() -> Self {
        let client_id = ClientId::parse("com.example/web").expect("a client id");
        let secret = Secret::new("a sealing secret of thirty-two bytes or more");
        let keys = SealingKeys::new("2026-11", &secret.expect("a secret")).expect("a key");
        let pending = begin().pending;
        let sealed = keys.seal(&pending, Self::entropy()).expect("it fits");
        // Base64 of version, name with its length, nonce and tag beside the content.
        let content = sealed.len() * 3 / 4 - (2 + "2026-11".len() + 12 + 16);
        let bound_to = format!("erpnet pending sign-in\n1\n2026-11\n{client_id}");
        Self {
            pending,
            keys,
            client_id,
            sealed,
            plain: vec![b'x'; content],
            bound_to: bound_to.into_bytes(),
        }
    }

    /// A driver's would be drawn from the system.
    #[must_use]
    pub fn entropy() -> Entropy {
        Entropy::from_bytes([9; 32])
    }
}

impl Default for SignInSubject {
    fn default() -> Self {
        Self::new()
    }
}

fn answer(path: &str) -> Value {
    if path.ends_with("openid-configuration") {
        return json!({
            "issuer": format!("{ROOT}/id"),
            "authorization_endpoint": format!("{ROOT}/id/connect/authorize"),
            "token_endpoint": format!("{ROOT}/id/connect/token"),
            "jwks_uri": format!("{ROOT}/id/.well-known/openid-configuration/jwks"),
        });
    }
    json!({ "WebSites": [
        { "Type": "ID", "Status": "Working", "Url": format!("{ROOT}/id") },
        { "Type": "DomainAPI", "Status": "Working", "Url": format!("{ROOT}/api") },
    ]})
}

/// Begins a sign-in at an authority that answers from the table above.
fn begin() -> SignInStart {
    let now = Now {
        wall: Timestamp::from_unix_seconds(1_766_505_147),
        mono: Duration::from_secs(100),
    };
    let demodb = Instance::parse("demodb").expect("a name");
    let callback = "https://app.example.com/signin-oidc";
    let app = InteractiveApp::confidential(demodb, "com.example/web", "a good secret", callback)
        .and_then(|app| app.with_scopes("openid profile read update offline_access"))
        .expect("an application");
    let mut connection = Connection::interactive(app, SignInSubject::entropy()).expect("settings");
    let request = AuthorizationRequest::new().return_to("/orders/5b1f0c9e?tab=lines");
    loop {
        let asked = connection.begin_sign_in(&request, None, &SignInSubject::entropy(), now);
        let mut job = match asked.expect("metadata") {
            Next::Ready(start) | Next::ReadyAndRun(start, _) => return start,
            Next::Run(job) => job,
            Next::Wait => unreachable!("nobody else is at it"),
        };
        let finished = loop {
            match job.poll(now).expect("good answers") {
                Step::Transmit(transmit) => {
                    let body = answer(transmit.request().uri().path()).to_string();
                    let reply =
                        http::Response::builder().header("content-type", "application/json");
                    let reply = reply.body(body.into_bytes()).expect("a reply");
                    job.handle(Event::Reply(Ok(reply)), now);
                }
                Step::Done(finished) => break finished,
                Step::Wait(_) | Step::Store(_) => unreachable!("nothing to wait for"),
            }
        };
        connection.finish(job.id(), Ok(finished), now);
    }
}
