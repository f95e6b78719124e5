//! Tables of misbehaviour: each class at every stage through every driver that has sockets, with the verdict, a time
//! bound, and that no secret went anywhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::caller::reason_name;
use crate::drivers::{self, Driver, Setting};
use crate::hostile::{Behaviour, Connection, Hostile, Stage};
use crate::instance::{self, SECRET, TOKEN};
use crate::replay::{Replay, ReplayServer};
use erpnet::core::flow::RetryPolicy;
use erpnet::{Error, Reason};
use erpnet_client::TransportErrorKind as Cause;

/// The deadline of every exchange here.
pub const DEADLINE: Duration = Duration::from_secs(1);

/// What may pass beyond the deadline of an exchange.
const GRACE: Duration = Duration::from_secs(1);

/// The longest API answer here, in bytes.
const API_BODY: usize = 1024 * 1024;

/// What is expected at each stage, in the order of [`Stage::ALL`].
#[derive(Clone, Copy, Debug)]
pub enum Verdict {
    /// These reasons.
    Reasons([&'static str; 5]),
    /// No answer, for one of these causes.
    Lost(&'static [Cause]),
}

/// Something else than the document.
pub const PAGE: Verdict = Verdict::Reasons([
    "NotAnInstance",
    "NotAnIdentityServer",
    "NotJson",
    "NotJson",
    "NotJson",
]);
/// A redirect.
pub const REDIRECT: Verdict = Verdict::Reasons([
    "NotAnInstance",
    "NotAnIdentityServer",
    "Redirected",
    "Redirected",
    "Redirected",
]);
/// A status that is no success.
pub const STATUS: Verdict = Verdict::Reasons(["Status"; 5]);

/// What the server does; it is told another origin that must never be talked to.
pub type Behave = fn(&mut Connection<'_>, &str);

/// Runs one class of misbehaviour at every stage through every driver.
///
/// # Panics
/// When anything differs from the verdict.
pub fn class(name: &str, verdict: &Verdict, behave: Behave) {
    std::thread::scope(|scope| {
        for (number, stage) in Stage::ALL.into_iter().enumerate() {
            for driver in drivers::real() {
                scope.spawn(move || {
                    let at = format!("{name} at {stage:?} through {}", driver.name());
                    let error = meet(driver.as_ref(), stage, behave, &at).expect_err(&at);
                    verdict.check(number, &error, &at);
                });
            }
        }
    });
}

impl Verdict {
    fn check(&self, number: usize, error: &Error, at: &str) {
        let found = reason_name(error.reason());
        match (self, error.reason()) {
            (Self::Reasons(reasons), _) => assert_eq!(found, reasons[number], "{at}: {error}"),
            (Self::Lost(kinds), Reason::Transport(lost)) => {
                assert!(
                    kinds.contains(&lost.kind()),
                    "{at}: {:?} {error}",
                    lost.kind()
                );
            }
            (Self::Lost(_), _) => panic!("{at}: {error}"),
        }
    }
}

/// One client against one server that misbehaves at one stage.
///
/// # Errors
/// The client's own.
///
/// # Panics
/// When it takes too long, or a secret shows where it must not.
pub fn meet(
    driver: &dyn Driver,
    stage: Stage,
    behave: Behave,
    at: &str,
) -> Result<serde_json::Value, Error> {
    let elsewhere = Arc::new(Replay::default());
    let foreign = ReplayServer::start(Arc::clone(&elsewhere));
    let target = foreign.root().to_owned();
    let behaviour: Behaviour = Box::new(move |connection| behave(connection, &target));
    let server = Hostile::start(stage, behaviour);
    let app = instance::app(server.root()).configure(|options| {
        options.retry = RetryPolicy::never();
        options.deadline = DEADLINE;
        options.api_deadline = DEADLINE;
        options.api_body = API_BODY;
    });
    let caller = driver.connect(app, &Setting::default()).expect(at);
    let start = Instant::now();
    let result = caller.call(&stage.action(server.root()));
    // Both paths of auto-discovery can take their time.
    let exchanges = if stage == Stage::Sites { 2 } else { 1 };
    let took = start.elapsed();
    assert!(took < (DEADLINE + GRACE) * exchanges, "{at}: {took:?}");
    assert_eq!(elsewhere.log(), [], "{at}: the other origin");
    for wire in server.log() {
        let headers = format!("{:?}", wire.headers);
        assert!(
            !wire.url.contains(SECRET) && !headers.contains(SECRET),
            "{at}"
        );
        assert!(
            !wire.url.contains(TOKEN) && !wire.body.contains(TOKEN),
            "{at}"
        );
        let (asks, calls) = (
            wire.url.contains("/connect/token"),
            wire.url.contains("/api/"),
        );
        assert_eq!(wire.body.contains(SECRET), asks, "{at}: {}", wire.url);
        assert_eq!(headers.contains(TOKEN), calls, "{at}: {}", wire.url);
    }
    if let Err(error) = &result {
        let shown = format!("{error} {error:?} {}", error.advice());
        assert!(
            !shown.contains(SECRET) && !shown.contains(TOKEN),
            "{at}: {shown}"
        );
        assert!(
            shown.len() < 5000 && !shown.contains('\u{1b}'),
            "{at}: {} bytes",
            shown.len()
        );
    }
    result
}
