//! What is refused takes less than 32 MB, whatever it is: measured from outside, as the peak of a process of its own that
//! does nothing else, for each driver.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use erpnet::core::flow::RetryPolicy;
use erpnet_tests::bomb;
use erpnet_tests::caller::reason_name;
use erpnet_tests::drivers::{self, Setting};
use erpnet_tests::hostile::{Connection, Hostile, Stage};
use erpnet_tests::instance;
use erpnet_tests::say::say;

/// The most that a refusal may take, in kB.
const MOST: u64 = 32 * 1024;

/// The deadline of an exchange; time is held to it elsewhere.
const DEADLINE: Duration = Duration::from_secs(2);

type Behave = fn(&mut Connection<'_>, Stage);

const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// The largest document that is read at a stage, in bytes.
fn limit(stage: Stage) -> usize {
    use erpnet::core::limits::{MAX_KEY_SET, MAX_METADATA, MAX_SITE_LIST, MAX_TOKEN_RESPONSE};
    match stage {
        Stage::Sites => MAX_SITE_LIST,
        Stage::Metadata => MAX_METADATA,
        Stage::Keys => MAX_KEY_SET,
        Stage::Token => MAX_TOKEN_RESPONSE,
        Stage::Api => erpnet::Options::default().api_body,
    }
}

/// The largest document there, one member of which is a list of as many of these as fit.
fn full_of(item: &str, stage: Stage) -> String {
    let member = match stage {
        Stage::Sites => "WebSites",
        Stage::Metadata => "scopes_supported",
        Stage::Keys => "keys",
        Stage::Token => "scope",
        Stage::Api => "message",
    };
    let count = (limit(stage) - 100) / (item.len() + 1);
    format!(
        "{{\"{member}\":[{}{item}]}}",
        format!("{item},").repeat(count - 1)
    )
}

/// More than may be taken, packed into a few hundred kB.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| bomb::gzip(40 << 20));

const CASES: [(&str, &[Stage], Behave); 10] = [
    ("an endless body", &Stage::ALL, |c, _| {
        c.read();
        c.write(format!("{JSON}\r\n{{"));
        c.repeat(&[b' '; 0x4000], Duration::ZERO);
    }),
    (
        "as many empty objects as fit",
        &[Stage::Sites, Stage::Keys],
        |c, stage| {
            c.answer("200 X", full_of("{}", stage));
        },
    ),
    ("as many small objects as fit", &Stage::ALL, |c, stage| {
        // A 400 of the API has an error to be read.
        let status = if stage == Stage::Api { 400 } else { 200 };
        c.answer(&format!("{status} X"), full_of("{\"\":0}", stage));
    }),
    (
        "as many numbers as fit",
        &[Stage::Sites, Stage::Metadata, Stage::Token],
        |c, stage| {
            c.answer("200 X", full_of("0", stage));
        },
    ),
    (
        "one text as long as fits",
        &[Stage::Sites, Stage::Token, Stage::Api],
        |c, stage| {
            let text = "x".repeat(limit(stage) - 100);
            c.answer("400 X", format!("{{\"message\":\"{text}\"}}"));
        },
    ),
    (
        "nesting as deep as fits",
        &[Stage::Sites, Stage::Keys, Stage::Api],
        |c, stage| {
            let depth = limit(stage) / 2 - 10;
            c.answer("200 X", "[".repeat(depth) + &"]".repeat(depth));
        },
    ),
    ("a compressed bomb", &[Stage::Token, Stage::Api], |c, _| {
        c.answer(
            "200 X\r\nContent-Type: application/json\r\nContent-Encoding: gzip",
            BOMB.as_slice(),
        );
    }),
    ("endless headers", &[Stage::Sites, Stage::Token], |c, _| {
        c.read();
        c.write("HTTP/1.1 200 OK\r\n");
        c.repeat(
            format!("X: {}\r\n", "x".repeat(1000)).as_bytes(),
            Duration::ZERO,
        );
    }),
    ("an endless chunk size", &[Stage::Token], |c, _| {
        c.read();
        c.write(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n"));
        c.repeat(&[b'0'; 0x4000], Duration::ZERO);
    }),
    ("endless trailers", &[Stage::Token], |c, _| {
        c.read();
        c.write(format!(
            "{JSON}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n"
        ));
        c.repeat(
            format!("X: {}\r\n", "x".repeat(1000)).as_bytes(),
            Duration::ZERO,
        );
    }),
];

#[test]
fn what_is_refused_takes_less_than_32_mb() {
    LazyLock::force(&BOMB);
    // A process each, so that they may run side by side.
    let most = std::thread::scope(|scope| {
        let drivers = drivers::real().into_iter();
        let all: Vec<_> = drivers
            .map(|driver| scope.spawn(move || measure_all(driver.name())))
            .collect();
        all.into_iter()
            .map(|one| one.join().unwrap())
            .max()
            .unwrap()
    });
    say(&format!("at most {} kB: {}", most.0, most.1));
    // It would be odd if what is read in whole took nothing.
    assert!(most.0 > 1024);
}

/// The most that a case takes through a driver, in kB, and which it is.
fn measure_all(driver: &str) -> (u64, String) {
    let mut most = (0, String::new());
    for (name, stages, behave) in CASES {
        for stage in stages.iter().copied() {
            let at = format!("{name} at {stage:?} through {driver}");
            let server = Hostile::start(stage, Box::new(move |c| behave(c, stage)));
            let (kilobytes, outcome) = measure(driver, stage, server.root());
            assert!(outcome != "ok", "{at}: accepted");
            assert!(kilobytes < MOST, "{at}: {kilobytes} kB, {outcome}");
            most = most.max((kilobytes, at));
        }
    }
    most
}

/// What one call takes in a process of its own, in kB, and how it ends.
fn measure(driver: &str, stage: Stage, root: &str) -> (u64, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "the_process_that_is_measured",
            "--nocapture",
        ])
        .env("ERPNET_TESTS_MEASURE", format!("{stage:?} {root} {driver}"))
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let line = output
        .lines()
        .find_map(|line| line.strip_prefix("measured "));
    let line = line.unwrap_or_else(|| panic!("no measurement: {output}"));
    let (kilobytes, outcome) = line.split_once(' ').unwrap();
    (kilobytes.parse().unwrap(), outcome.to_owned())
}

/// Calls once, and says what it took. Not a test of its own.
#[test]
#[ignore = "it is run by the other test"]
fn the_process_that_is_measured() {
    let order = std::env::var("ERPNET_TESTS_MEASURE").expect("it is run by the other test");
    let words: Vec<_> = order.splitn(3, ' ').collect();
    let stage = Stage::ALL
        .into_iter()
        .find(|known| format!("{known:?}") == words[0])
        .unwrap();
    let drivers = drivers::real();
    let driver = drivers
        .iter()
        .find(|driver| driver.name() == words[2])
        .unwrap();
    let app = instance::app(words[1]).configure(|options| {
        options.retry = RetryPolicy::never();
        options.deadline = DEADLINE;
        options.api_deadline = DEADLINE * 10;
    });
    let caller = driver.connect(app, &Setting::default()).unwrap();
    let before = memory("VmRSS:");
    let outcome = match caller.call(&stage.action(words[1])) {
        Ok(_) => "ok".to_owned(),
        Err(error) => reason_name(error.reason()),
    };
    say(&format!(
        "\nmeasured {} {outcome}",
        memory("VmHWM:").saturating_sub(before)
    ));
}

/// What the system says about this process, in kB.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(what))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
