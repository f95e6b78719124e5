//! Bad documents at one stage, through every driver: each case with its verdict, the time that it may take, and what must
//! never be sent.
//!
//! | Class of bad input | Where its cases are |
//! |---|---|
//! | bodies that are no documents, JSON of another shape, compression | `hostile.rs`, `auth_063_338_bodies_that_are_no_documents`, `json_of_another_shape` |
//! | endless, dripped, short, wrongly chunked bodies; floods of headers; not HTTP; resets | `hostile_wire.rs` |
//! | redirects of every code | `hostile.rs`, `auth_265_redirects_are_not_followed` |
//! | statuses, `Retry-After` in every form | `hostile_statuses.rs` |
//! | metadata: members missing, of wrong types, relative, downgraded, elsewhere | `bad_metadata.rs` |
//! | site lists | `bad_metadata.rs`, `auth_014_028_site_lists` |
//! | keys: other types, odd numbers, wrong uses, duplicates, far too many | `bad_keys.rs` |
//! | key rotation, floods of unknown `kid` | `simulation.rs`, `tokens_header.rs` |
//! | tokens: form, header, claims | `tokens_form.rs`, `tokens_header.rs`, `tokens_claims.rs`, `tokens_shapes.rs`, `published_vectors.rs` |
//! | token answers | `bad_token_answers.rs` |
//! | certificates | `tls.rs` |
//! | memory | `memory.rs` |
//! | anything else | `properties.rs`, `fuzz/` |

use std::sync::Arc;
use std::time::{Duration, Instant};

use erpnet::core::flow::RetryPolicy;
use erpnet::{Error, Reason};
use erpnet_types::Timestamp;
use serde_json::{Value, json};

use crate::caller::{Action, reason_name};
use crate::clock::VirtualClock;
use crate::drivers::{self, Driver, Setting};
use crate::gateway::fault_name;
use crate::hostile::Stage;
use crate::instance::{self, SECRET, START};
use crate::replay::{Replay, ReplayServer, Reply};
use crate::signing::Key;

/// How long a case may take: nothing in it waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is expected of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is used.
    Accept,
    /// It is refused for one of these reasons, `|` between them; of a token's by the fault: `UnknownKey`.
    Refuse(&'static str),
    /// Both are right. Nothing may be sent that must not be.
    Either,
}

/// What stands in for `{root}`, the issuer's instance, and `{foreign}`, another origin.
pub type Fill<'a> = &'a dyn Fn(&str) -> String;

/// One case.
pub struct Case {
    /// What is odd about it.
    pub name: String,
    /// What it is answered with.
    pub reply: Reply,
    /// What is expected.
    pub verdict: Verdict,
    /// Makes the token to be verified, at the stage of keys: it is given the issuer. A good one when `None`.
    pub token: Option<fn(&str) -> String>,
}

impl Case {
    /// A JSON text, in which `{root}` and `{foreign}` are filled.
    pub fn json(name: impl Into<String>, body: impl ToString, verdict: Verdict) -> Self {
        Self::bytes(name, body.to_string().into_bytes(), verdict)
    }

    /// A body with status 200.
    pub fn bytes(name: impl Into<String>, body: Vec<u8>, verdict: Verdict) -> Self {
        Self {
            name: name.into(),
            reply: Reply {
                status: 200,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body,
            },
            verdict,
            token: None,
        }
    }

    /// With another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.reply.status = status;
        self
    }

    /// With another token to verify.
    #[must_use]
    pub fn token(mut self, make: fn(&str) -> String) -> Self {
        self.token = Some(make);
        self
    }
}

/// A good token of the instance's first key.
#[must_use]
pub fn good_token(issuer: &str) -> String {
    Key::development(0).token(&json!({}), &claims(issuer))
}

/// Its claims.
#[must_use]
pub fn claims(issuer: &str) -> Value {
    json!({ "iss": issuer, "aud": ["DomainAPI"], "exp": START + 3600, "nbf": START, "iat": START,
        "client_id": instance::CLIENT_ID, "scope": ["read"] })
}

/// Runs every case at a stage through every driver.
///
/// # Panics
/// When one is not judged as it says, or something goes out that must not.
pub fn run(stage: Stage, cases: &[Case]) {
    let drivers = drivers::all();
    std::thread::scope(|scope| {
        for driver in &drivers {
            scope.spawn(move || {
                for case in cases {
                    one(driver.as_ref(), stage, case);
                }
            });
        }
    });
}

fn one(driver: &dyn Driver, stage: Stage, case: &Case) {
    let at = format!("{} at {stage:?} through {}", case.name, driver.name());
    let (replay, elsewhere) = (Arc::new(Replay::default()), Arc::new(Replay::default()));
    let sockets = driver.has_sockets();
    let server = sockets.then(|| ReplayServer::start(Arc::clone(&replay)));
    let foreign = ReplayServer::start(Arc::clone(&elsewhere));
    let root = server
        .as_ref()
        .map_or("http://127.0.0.1:8", ReplayServer::root);
    let fill = |reply: &Reply| match std::str::from_utf8(&reply.body) {
        Ok(text) => Reply {
            body: text
                .replace("{root}", root)
                .replace("{foreign}", foreign.root())
                .into_bytes(),
            ..reply.clone()
        },
        Err(_) => reply.clone(),
    };
    let good = |names: &[&str]| -> Vec<Reply> {
        names
            .iter()
            .map(|name| instance::response(name, root))
            .collect()
    };
    let bad = fill(&case.reply);
    let issuer = format!("{root}/id");
    let (before, after): (&[&str], &[&str]) = match stage {
        Stage::Sites => (&[], &["metadata", "token", "customers"]),
        Stage::Metadata => (&["sites"], &["token", "customers"]),
        Stage::Keys => (&["sites", "metadata"], &[]),
        Stage::Token => (&["sites", "metadata"], &["customers"]),
        Stage::Api => (&["sites", "metadata", "token"], &[]),
    };
    let mut replies = good(before);
    replies.push(bad.clone());
    if stage == Stage::Keys {
        // An unknown `kid` has them looked at once more (AUTH-073).
        replies.push(bad);
    }
    let most = replies.len();
    replies.extend(good(after));
    replay.extend(replies);

    let clock = VirtualClock::starting_at(Timestamp::from_unix_seconds(START));
    let setting = Setting {
        clock: Some(clock),
        replay: Some(Arc::clone(&replay)),
        ..Setting::default()
    };
    let app = instance::app(root).configure(|options| options.retry = RetryPolicy::never());
    let caller = driver.connect(app, &setting).expect(&at);
    let action = match stage {
        Stage::Keys => Action::Verify(
            case.token
                .map_or_else(|| good_token(&issuer), |make| make(&issuer)),
        ),
        _ => Action::Get("Crm_Customers".to_owned()),
    };
    let start = Instant::now();
    let result = caller.call(&action);
    assert!(start.elapsed() < PATIENCE, "{at}: {:?}", start.elapsed());
    judge(case.verdict, &result, &at);

    let log = replay.log();
    assert_eq!(elsewhere.log(), [], "{at}: the other origin");
    if result.is_err() && stage != Stage::Sites {
        // Fewer when it is refused before anything is asked.
        assert!(log.len() <= most, "{at}: sent after it: {log:?}");
    }
    for wire in &log {
        let token_request = wire.url.ends_with("/connect/token");
        assert_eq!(
            wire.body.contains(SECRET),
            token_request,
            "{at}: {}",
            wire.url
        );
        assert!(!wire.url.contains(SECRET), "{at}: {}", wire.url);
        assert!(
            !format!("{:?}", wire.headers).contains(SECRET),
            "{at}: {}",
            wire.url
        );
        let trusted = log
            .iter()
            .any(|wire| wire.url.ends_with("/openid-configuration"));
        assert!(
            trusted || !token_request,
            "{at}: a secret for an unknown authority"
        );
    }
}

fn judge(verdict: Verdict, result: &Result<Value, Error>, at: &str) {
    match (verdict, result) {
        (Verdict::Accept | Verdict::Either, Ok(_)) => {}
        (Verdict::Accept, Err(error)) => panic!("{at}: {error}"),
        (Verdict::Refuse(_), Ok(value)) => panic!("{at}: accepted: {value}"),
        (Verdict::Refuse(reasons), Err(error)) => {
            let found = match error.reason() {
                Reason::Token(fault) => fault_name(fault),
                reason => reason_name(reason),
            };
            assert!(
                reasons.split('|').any(|reason| reason == found),
                "{at}: {found}: {error}"
            );
        }
        (Verdict::Either, Err(_)) => {}
    }
    if let Err(error) = result {
        let shown = format!("{error} {error:?} {}", error.advice());
        assert!(!shown.contains(SECRET), "{at}: {shown}");
        assert!(
            shown.len() < 5000 && !shown.contains(char::is_control),
            "{at}: {shown}"
        );
    }
}
