//! The scripted instance that the conversations are held with.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_types::{Instance, Timestamp};
use serde_json::{Value, json};

use crate::api::ApiRequest;
use crate::connection::{Connection, Job, Next, ServiceApp};
use crate::{Entropy, Error, Event, Flow, Now, Sent, Step, TransportError, TransportErrorKind};

pub(super) const ROOT: &str = "https://demodb.my.erp.net";

/// An instance that answers from a table, and a clock.
pub(super) struct World {
    pub(super) now: Now,
    pub(super) answers: HashMap<String, (u16, String)>,
    pub(super) asked: Vec<String>,
}

impl World {
    pub(super) fn new() -> Self {
        let now = Now {
            wall: Timestamp::from_unix_seconds(1_766_505_147),
            mono: Duration::from_secs(1000),
        };
        let mut world = Self {
            now,
            answers: HashMap::new(),
            asked: Vec::new(),
        };
        world.lists(&format!("{ROOT}/id"), &format!("{ROOT}/api"));
        world.answer(
            "/id/.well-known/openid-configuration",
            200,
            &metadata(&format!("{ROOT}/id")),
        );
        world.answer(
            "/id/connect/token",
            200,
            &json!({"access_token": "one", "expires_in": 3600, "scope": "read"}),
        );
        world.answer("/id/jwks", 200, &json!({"keys": [key("k1")]}));
        world.answer("/api/domain/odata/X", 200, &json!({"value": []}));
        world
    }

    pub(super) fn lists(&mut self, identity: &str, api: &str) {
        let sites = json!({"WebSites": [
            {"Type": "ID", "Status": "Working", "Url": identity}, {"Type": "DomainAPI", "Status": "Working", "Url": api}
        ]});
        self.answer("/tools/auto-discovery", 200, &sites);
    }

    pub(super) fn answer(&mut self, path: &str, status: u16, body: &Value) {
        self.answers
            .insert(path.to_owned(), (status, body.to_string()));
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.now = self.now.later(Duration::from_secs(seconds));
    }

    pub(super) fn count(&self, path: &str) -> usize {
        self.asked.iter().filter(|asked| *asked == path).count()
    }

    /// Drives any flow; waiting moves the clock.
    pub(super) fn drive<F: Flow>(&mut self, flow: &mut F) -> Result<F::Output, Error> {
        loop {
            match flow.poll(self.now)? {
                Step::Done(output) => return Ok(output),
                Step::Wait(pause) => self.now = self.now.later(pause),
                Step::Store(_) => panic!("a service has no store"),
                Step::Transmit(transmit) => {
                    let path = transmit.request().uri().path().to_owned();
                    self.asked.push(path.clone());
                    let reply = match self.answers.get(&path) {
                        Some((0, _)) => Err(TransportError::new(
                            TransportErrorKind::Connect,
                            Sent::Never,
                            "refused",
                        )),
                        Some((status, body)) => Ok(http::Response::builder()
                            .status(*status)
                            .body(body.clone().into_bytes())
                            .unwrap()),
                        None => Ok(http::Response::builder()
                            .status(404)
                            .body(Vec::new())
                            .unwrap()),
                    };
                    flow.handle(Event::Reply(reply), self.now);
                }
            }
        }
    }

    pub(super) fn run(&mut self, connection: &mut Connection, mut job: Job) {
        let outcome = self.drive(&mut job);
        connection.finish(job.id(), outcome, self.now);
    }

    pub(super) fn resolve<T>(
        &mut self,
        connection: &mut Connection,
        want: impl Fn(&mut Connection, Now) -> Result<Next<T>, Error>,
    ) -> Result<T, Error> {
        for _ in 0..20 {
            match want(connection, self.now)? {
                Next::Ready(value) => return Ok(value),
                Next::ReadyAndRun(value, job) => {
                    self.run(connection, job);
                    return Ok(value);
                }
                Next::Run(job) => self.run(connection, job),
                Next::Wait => panic!("nobody else runs jobs here"),
            }
        }
        panic!("no answer after 20 jobs: {:?}", self.asked);
    }

    pub(super) fn token(&mut self, connection: &mut Connection) -> Result<String, Error> {
        let token = self.resolve(connection, Connection::authorization)?;
        Ok(token.expose().to_owned())
    }

    pub(super) fn call(&mut self, connection: &mut Connection) -> Result<(), Error> {
        for attempt in 1.. {
            let mut trip = self.resolve(connection, |c, now| c.call(&ApiRequest::get("X"), now))?;
            let outcome = self.drive(&mut trip);
            if connection
                .after_call(trip.exchange().token(), outcome, attempt, self.now)?
                .is_some()
            {
                return Ok(());
            }
        }
        unreachable!()
    }
}

pub(super) fn metadata(issuer: &str) -> Value {
    json!({"issuer": issuer, "authorization_endpoint": format!("{issuer}/connect/authorize"),
        "token_endpoint": format!("{issuer}/connect/token"), "jwks_uri": format!("{issuer}/jwks")})
}

pub(super) fn key(kid: &str) -> Value {
    json!({"kty": "RSA", "kid": kid, "e": "AQAB", "n": URL_SAFE_NO_PAD.encode([0xc1; 256])})
}

pub(super) fn jwt(kid: &str) -> String {
    let header = json!({"alg": "RS256", "typ": "at+jwt", "kid": kid}).to_string();
    format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header))
}

pub(super) fn connection() -> Connection {
    configured(|_| ())
}

pub(super) fn configured(change: impl FnOnce(&mut crate::connection::Options)) -> Connection {
    let app = ServiceApp::new(Instance::parse("demodb").unwrap(), "PK", "s3cret").unwrap();
    Connection::new(app.configure(change), Entropy::from_bytes([1; 32])).unwrap()
}
