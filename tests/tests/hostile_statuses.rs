//! Statuses that ask for patience or say no, at every stage, through every driver: how often is asked, after which pauses,
//! and what the caller gets. In virtual time.

use std::sync::Arc;
use std::time::Duration;

use erpnet::Error;
use erpnet_tests::caller::{Action, reason_name};
use erpnet_tests::clock::VirtualClock;
use erpnet_tests::drivers::{self, Driver, Setting};
use erpnet_tests::hostile::Stage;
use erpnet_tests::instance::{self, START};
use erpnet_tests::replay::{Replay, ReplayServer, Reply};
use erpnet_types::Timestamp;
use serde_json::Value;

/// Seven seconds after the start, in the three forms of RFC 9110 section 5.6.7.
const DATES: [&str; 3] = [
    "Tue, 23 Dec 2025 15:52:34 GMT",
    "Tuesday, 23-Dec-25 15:52:34 GMT",
    "Tue Dec 23 15:52:34 2025",
];

fn status(status: u16, retry_after: Option<&str>) -> Reply {
    let headers = retry_after.map(|value| ("retry-after".to_owned(), value.to_owned()));
    Reply {
        status,
        headers: headers.into_iter().collect(),
        body: Vec::new(),
    }
}

struct Met {
    result: Result<Value, Error>,
    /// How often the stage was asked.
    asked: usize,
    waits: Vec<Duration>,
}

/// A client whose every request at a stage gets these replies, and then proper ones.
fn meet(driver: &dyn Driver, stage: Stage, replies: &[Reply]) -> Met {
    let replay = Arc::new(Replay::default());
    let server = driver
        .has_sockets()
        .then(|| ReplayServer::start(Arc::clone(&replay)));
    let root = server
        .as_ref()
        .map_or("http://127.0.0.1:8", ReplayServer::root);
    let good = |stage: Stage| instance::response(stage.document(), root);
    let path = [Stage::Sites, Stage::Metadata, Stage::Token, Stage::Api];
    let mut script = Vec::new();
    for step in path {
        if step == stage {
            script.extend_from_slice(replies);
        }
        script.push(good(step));
    }
    replay.extend(script);
    let clock = VirtualClock::starting_at(Timestamp::from_unix_seconds(START));
    let setting = Setting {
        clock: Some(clock.clone()),
        replay: Some(Arc::clone(&replay)),
        ..Setting::default()
    };
    let caller = driver.connect(instance::app(root), &setting).unwrap();
    let result = caller.call(&Action::Get("Crm_Customers".to_owned()));
    let before = path.iter().position(|step| *step == stage).unwrap();
    let asked = replay.log().len() - before;
    let later = path.len() - 1 - before;
    Met {
        asked: if result.is_ok() { asked - later } else { asked },
        result,
        waits: clock.take_waits(),
    }
}

const STAGES: [Stage; 4] = [Stage::Sites, Stage::Metadata, Stage::Token, Stage::Api];

fn everywhere(check: impl Fn(&dyn Driver, Stage, &str)) {
    for driver in drivers::all() {
        for stage in STAGES {
            check(
                driver.as_ref(),
                stage,
                &format!("{stage:?} through {}", driver.name()),
            );
        }
    }
}

/// AUTH-272: `Retry-After` in seconds and as a date is kept to the second, for what may be repeated.
#[test]
fn auth_227_272_retry_after_is_kept() {
    everywhere(|driver, stage, at| {
        for (busy, value, seconds) in [
            (503, "2", 2),
            (503, "20", 20),
            (429, "3", 3),
            (503, DATES[0], 7),
            (429, DATES[1], 7),
            (503, DATES[2], 7),
            (503, "0", 0),
        ] {
            let met = meet(driver, stage, &[status(busy, Some(value))]);
            // A token request may be repeated when it was certainly not processed: after a 429 and a 503 that say when.
            met.result
                .unwrap_or_else(|error| panic!("{at}: {busy} {value}: {error}"));
            assert_eq!(met.asked, 2, "{at}: {busy} {value}");
            let waited: Duration = met.waits.iter().sum();
            assert_eq!(waited, Duration::from_secs(seconds), "{at}: {busy} {value}");
        }
    });
}

/// What is no time at all is as good as absent: the usual pause.
#[test]
fn auth_272_retry_after_that_is_garbage() {
    everywhere(|driver, stage, at| {
        for value in [
            "soon",
            "-1",
            "1.5",
            "0x10",
            "",
            "1, 2",
            "Tue, 99 Dec 2025 15:52:34 GMT",
            "\u{e9}",
        ] {
            let met = meet(driver, stage, &[status(503, Some(value))]);
            met.result
                .unwrap_or_else(|error| panic!("{at}: {value:?}: {error}"));
            assert_eq!(met.asked, 2, "{at}: {value:?}");
            let waited: Duration = met.waits.iter().sum();
            assert!(
                waited >= Duration::from_millis(250) && waited <= Duration::from_secs(1),
                "{at}: {value:?}: {waited:?}"
            );
        }
    });
}

/// A day is not waited for: the caller is told how long, and nothing is asked meanwhile.
#[test]
fn auth_272_retry_after_that_is_too_long() {
    everywhere(|driver, stage, at| {
        for value in [
            "21",
            "86400",
            "99999999999999999999",
            "Thu, 24 Dec 2026 15:52:27 GMT",
        ] {
            for busy in [429, 503] {
                let met = meet(driver, stage, &[status(busy, Some(value))]);
                let error = met.result.expect_err(at);
                assert_eq!(met.asked, 1, "{at}: {busy} {value}");
                assert!(met.waits.is_empty(), "{at}: {busy} {value}");
                let told = error.retry_after();
                assert!(
                    told.is_some_and(|told| told > Duration::from_secs(20)),
                    "{at}: {value}: {told:?}"
                );
            }
        }
    });
}

/// 500 once is nothing, 500 always is asked twice; 503 always three times (the table of section 11).
#[test]
fn auth_227_statuses_once_and_always() {
    everywhere(|driver, stage, at| {
        for (code, always) in [(500, 2), (502, 3), (503, 3), (504, 3), (429, 3)] {
            let once = meet(driver, stage, &[status(code, None)]);
            let met = meet(driver, stage, &vec![status(code, None); 10]);
            let error = met.result.expect_err(at);
            assert!(
                ["Status", "RateLimited"].contains(&&*reason_name(error.reason())),
                "{at}: {error}"
            );
            assert!(once.result.is_ok(), "{at}: {code} once");
            assert_eq!((once.asked, met.asked), (2, always), "{at}: {code}");
            let longest = met.waits.iter().max().unwrap();
            assert!(*longest <= Duration::from_secs(20), "{at}: {code}");
        }
    });
}

/// What is no hiccup is asked once.
#[test]
fn auth_227_statuses_that_are_final() {
    everywhere(|driver, stage, at| {
        for code in [
            400, 401, 402, 403, 405, 406, 409, 410, 411, 413, 414, 418, 421, 422, 428, 431, 451,
            501, 505, 511,
        ] {
            let met = meet(driver, stage, &vec![status(code, Some("1")); 3]);
            let error = met.result.expect_err(at);
            // Both paths of auto-discovery; and a token that is refused is renewed before the call is made once more.
            let also = match (stage, code) {
                (Stage::Sites, 405 | 410) | (Stage::Api, 401) => 2,
                _ => 1,
            };
            assert_eq!(met.asked, also, "{at}: {code}: {error}");
            assert!(met.waits.is_empty(), "{at}: {code}");
        }
    });
}
