//! Many callers, one connection, virtual time: random failures, delays, clock jumps, leaders that vanish. Afterwards
//! everyone is served again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use erpnet::core::connection::{Job, JobId, Next};
use erpnet::core::flow::{Flow, Step};
use erpnet::core::{Connection, Entropy, Error, Event, Now, Sent, TransportErrorKind};
use erpnet::{ApiRequest, Reason, TransportError};
use erpnet_tests::arbitrary::ROOT;
use erpnet_tests::instance::{self, START};
use erpnet_tests::replay::Reply;
use erpnet_tests::signing::Key;
use erpnet_types::Timestamp;
use proptest::prelude::*;
use serde_json::json;

const CALLERS: usize = 40;
const FAULTS_END: u64 = 3 * 3600;
/// The longest wait that a server can impose, the longest pause, and some time for retries.
const RECOVERY: u64 = 600 + 60 + 120;
const END: u64 = FAULTS_END + RECOVERY + 4 * 3600;

/// A small generator: the same seed, the same world.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next(100) < percent
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Asks(usize),
    Answers(u64),
    Wakes(u64),
}

struct Running {
    job: Job,
    slot: &'static str,
    /// A request is on its way.
    asked: bool,
    /// When the last one went out.
    sent: Duration,
    /// The token was forgotten meanwhile: what this job brings comes to nothing.
    given_up: bool,
}

struct World {
    connection: Connection,
    random: Random,
    mono: Duration,
    wall_shift: i64,
    queue: BinaryHeap<Reverse<(Duration, Happens)>>,
    running: BTreeMap<u64, Running>,
    ids: BTreeMap<u64, JobId>,
    waiting: Vec<usize>,
    wants: Vec<u8>,
    documents: BTreeMap<&'static str, Reply>,
    token: String,
    jobs: u64,
    requests: BTreeMap<&'static str, u64>,
    served: u64,
    refused: u64,
    /// Until when the last token is good; `None` when it was forgotten.
    good_until: Option<Duration>,
}

impl World {
    fn new(seed: u64) -> Self {
        let names = ["sites", "metadata", "keys", "token"];
        let mut world = Self {
            connection: Connection::new(instance::app(ROOT), Entropy::from_bytes([5; 32])).unwrap(),
            random: Random(seed),
            mono: Duration::from_secs(1),
            wall_shift: 0,
            queue: BinaryHeap::new(),
            running: BTreeMap::new(),
            ids: BTreeMap::new(),
            waiting: Vec::new(),
            wants: vec![0; CALLERS],
            documents: names
                .map(|name| (name, instance::response(name, ROOT)))
                .into(),
            token: Key::development(0).token(&json!({}), &json!({ "iss": format!("{ROOT}/id") })),
            jobs: 0,
            requests: BTreeMap::new(),
            served: 0,
            refused: 0,
            good_until: None,
        };
        for caller in 0..CALLERS {
            world.later(0, Happens::Asks(caller));
        }
        world
    }

    fn now(&self) -> Now {
        let wall = Timestamp::from_unix_seconds(START).after(self.mono);
        Now {
            wall: wall.shifted(self.wall_shift),
            mono: self.mono,
        }
    }

    fn faulty(&self) -> bool {
        self.mono < Duration::from_secs(FAULTS_END)
    }

    fn recovered(&self) -> bool {
        self.mono >= Duration::from_secs(FAULTS_END + RECOVERY)
    }

    fn later(&mut self, millis: u64, happens: Happens) {
        self.queue.push(Reverse((
            self.mono + Duration::from_millis(millis),
            happens,
        )));
    }

    fn run(&mut self) {
        while let Some(Reverse((at, happens))) = self.queue.pop() {
            if at > Duration::from_secs(END) {
                break;
            }
            self.mono = self.mono.max(at);
            match happens {
                Happens::Asks(caller) => self.ask(caller),
                Happens::Answers(job) => self.answer(job),
                Happens::Wakes(job) => self.step(job),
            }
            assert!(
                self.waiting.is_empty() || !self.running.is_empty(),
                "callers wait for nobody"
            );
        }
        assert!(
            self.waiting.is_empty() || !self.running.is_empty(),
            "callers wait for nobody"
        );
    }

    fn ask(&mut self, caller: usize) {
        if self.faulty() && self.random.chance(1) {
            // Somebody sets the clock: hours either way.
            self.wall_shift = i64::try_from(self.random.next(20_000_000)).unwrap() - 10_000_000;
        }
        let now = self.now();
        let had_token = self.good_until.is_some_and(|until| self.mono < until);
        let outcome = match self.wants[caller] {
            0 => self.connection.authorization(now).map(just),
            1 => self.connection.sites(now).map(just),
            2 => self.connection.verifier(&self.token.clone(), now).map(just),
            _ => self.connection.call(&ApiRequest::get("X_Y"), now).map(just),
        };
        let good = matches!(outcome, Ok(Next::Ready(()) | Next::ReadyAndRun((), _)));
        assert!(
            good || !had_token || self.wants[caller] != 0,
            "a good token was displaced"
        );
        match outcome {
            Ok(Next::Ready(())) => self.serve(caller),
            Ok(Next::ReadyAndRun((), job)) => {
                self.serve(caller);
                self.start(job);
            }
            Ok(Next::Run(job)) => {
                self.waiting.push(caller);
                self.start(job);
            }
            Ok(Next::Wait) => {
                assert!(!self.running.is_empty(), "told to wait for nobody");
                self.waiting.push(caller);
            }
            Err(error) => {
                assert!(!self.recovered(), "still failing: {error}");
                self.refused += 1;
                let pause = 500 + self.random.next(5000);
                self.later(pause, Happens::Asks(caller));
            }
        }
    }

    fn serve(&mut self, caller: usize) {
        self.served += 1;
        self.wants[caller] = u8::try_from(self.random.next(4)).unwrap();
        if self.faulty() && self.random.chance(1) {
            self.connection.forget_token();
            self.good_until = None;
            let tokens = self
                .running
                .values_mut()
                .filter(|running| running.job.brings() == "token");
            tokens.for_each(|running| running.given_up = true);
        }
        let pause = self.random.next(120_000);
        self.later(pause, Happens::Asks(caller));
    }

    fn start(&mut self, job: Job) {
        self.jobs += 1;
        let (number, id) = (self.jobs, job.id());
        self.ids.insert(number, id);
        self.running.insert(
            number,
            Running {
                job,
                slot: "",
                asked: false,
                sent: Duration::ZERO,
                given_up: false,
            },
        );
        self.step(number);
    }

    fn step(&mut self, number: u64) {
        let now = self.now();
        let Some(running) = self.running.get_mut(&number) else {
            return;
        };
        match running.job.poll(now) {
            Ok(Step::Transmit(transmit)) => {
                assert!(!running.asked, "sent twice");
                running.asked = true;
                running.sent = now.mono;
                running.slot = slot(transmit.request().uri().path());
                let slot = running.slot;
                *self.requests.entry(slot).or_default() += 1;
                let same = self
                    .running
                    .values()
                    .filter(|other| other.slot == slot && !other.given_up)
                    .count();
                assert!(same <= 1, "two jobs for {slot} at a time");
                let latency = if self.random.chance(5) {
                    29_000
                } else {
                    self.random.next(2000)
                };
                self.later(latency, Happens::Answers(number));
            }
            Ok(Step::Wait(wait)) => {
                let millis = u64::try_from(wait.as_millis()).unwrap() + 1;
                self.later(millis, Happens::Wakes(number));
            }
            Ok(Step::Store(command)) => panic!("{command:?}"),
            Ok(Step::Done(finished)) => self.end(number, Some(Ok(finished))),
            Err(error) => self.end(number, Some(Err(error))),
        }
    }

    fn answer(&mut self, number: u64) {
        if self.faulty() && self.random.chance(2) {
            // The leader vanishes: its thread panicked, its task was dropped.
            let told = self.random.chance(50);
            return self.end(number, told.then(|| Err(Reason::Abandoned.into())));
        }
        let Some(slot) = self.running.get(&number).map(|running| running.slot) else {
            return;
        };
        let reply = self.reply(slot);
        let now = self.now();
        let running = self.running.get_mut(&number).expect("it was there");
        running.asked = false;
        running.job.handle(Event::Reply(reply), now);
        self.step(number);
    }

    fn reply(&mut self, slot: &'static str) -> Result<http::Response<Vec<u8>>, TransportError> {
        let bad = |status: u16, body: &str| {
            http::Response::builder()
                .status(status)
                .body(body.as_bytes().to_vec())
        };
        if self.faulty() && self.random.chance(40) {
            let wait = self.random.next(2000);
            return match self.random.next(8) {
                0 => Err(TransportError::timeout()),
                1 => Err(TransportError::new(
                    TransportErrorKind::Connect,
                    Sent::Never,
                    "",
                )),
                2 => Err(TransportError::new(
                    TransportErrorKind::Tls,
                    Sent::Never,
                    "",
                )),
                3 => Ok(http::Response::builder()
                    .status(503)
                    .header("retry-after", wait)
                    .body(Vec::new())
                    .unwrap()),
                4 => Ok(bad(502, "<html>").unwrap()),
                5 => Ok(bad(200, "<html>").unwrap()),
                6 => Ok(bad(400, r#"{"error":"invalid_client"}"#).unwrap()),
                _ => Ok(bad(404, "").unwrap()),
            };
        }
        let document = &self.documents[slot];
        Ok(http::Response::builder()
            .status(document.status)
            .body(document.body.clone())
            .unwrap())
    }

    fn end(
        &mut self,
        number: u64,
        outcome: Option<Result<erpnet::core::connection::Finished, Error>>,
    ) {
        let now = self.now();
        let Some(running) = self.running.remove(&number) else {
            return;
        };
        if let Some(outcome) = outcome {
            if running.slot == "token" && outcome.is_ok() && !running.given_up {
                // An hour from when it was asked for, less the margin before its end.
                self.good_until = Some(running.sent + Duration::from_secs(3600 - 20));
            }
            self.connection.finish(self.ids[&number], outcome, now);
        }
        drop(running);
        // The bell: everyone who waits asks again.
        for caller in std::mem::take(&mut self.waiting) {
            self.later(0, Happens::Asks(caller));
        }
    }
}

fn just<T>(next: Next<T>) -> Next<()> {
    match next {
        Next::Ready(_) => Next::Ready(()),
        Next::ReadyAndRun(_, job) => Next::ReadyAndRun((), job),
        Next::Run(job) => Next::Run(job),
        Next::Wait => Next::Wait,
    }
}

fn slot(path: &str) -> &'static str {
    match path {
        path if path.ends_with("auto-discovery") => "sites",
        path if path.ends_with("jwks") => "keys",
        path if path.ends_with("openid-configuration") => "metadata",
        path if path.ends_with("connect/token") => "token",
        other => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// At most one job for each thing to know, nobody starves, a good token is never displaced, and after the faults
    /// everyone is served.
    #[test]
    fn many_callers_in_virtual_time(seed: u64) {
        let mut world = World::new(seed);
        world.run();
        prop_assert!(world.served > 5000, "{} served", world.served);
        prop_assert!(world.refused > 0, "no fault was met");
        // An hour each, 60 s before its end, and those that were lost or forgotten.
        let requests = &world.requests;
        prop_assert!(requests["token"] < 600, "{requests:?}");
        prop_assert!(requests["metadata"] < 600 && requests["keys"] < 600 && requests["sites"] < 800, "{requests:?}");
    }
}

/// Without faults: one token an hour, and no more.
#[test]
fn auth_213_215_a_quiet_day_takes_one_token_an_hour() {
    let mut world = World::new(1);
    world.mono = Duration::from_secs(FAULTS_END);
    world.queue.clear();
    for caller in 0..CALLERS {
        world.later(0, Happens::Asks(caller));
    }
    world.run();
    let hours = (END - FAULTS_END) / 3540 + 1;
    assert_eq!(
        (world.requests["token"], world.refused),
        (hours, 0),
        "{:?}",
        world.requests
    );
}
