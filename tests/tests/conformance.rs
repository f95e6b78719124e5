//! Every recorded conversation through every driver: the same requests, the same results.
#![expect(clippy::print_stdout, reason = "a test says which drivers it ran")]

use erpnet_tests::conversation;
use erpnet_tests::drivers;
use erpnet_tests::instance::{SECRET, TOKEN};

#[test]
fn conversations_are_the_same_through_every_driver() {
    let (drivers, conversations) = (drivers::all(), conversation::all());
    for conversation in &conversations {
        let runs: Vec<_> = drivers
            .iter()
            .map(|driver| (driver.name(), conversation.run(driver.as_ref())))
            .collect();
        let (first, run) = &runs[0];
        assert_eq!(run.foreign, [], "{}: the other origin", conversation.name);
        for (name, other) in &runs[1..] {
            assert_eq!(run, other, "{}: {first} and {name}", conversation.name);
        }
    }
    let names: Vec<_> = drivers.iter().map(|driver| driver.name()).collect();
    println!(
        "{} conversations through {}",
        conversations.len(),
        names.join("; ")
    );
    assert!(conversations.len() >= 30 && drivers.len() >= 4);
}

/// AUTH-012, AUTH-084: secrets stand in one place only, and anonymous calls carry none.
#[test]
fn auth_012_084_secrets_stand_where_they_belong() {
    for conversation in conversation::all() {
        let run = conversation.run(&drivers::memory::Blocking);
        for wire in run.wire.iter().flatten() {
            let headers = format!("{:?}", wire.headers);
            let place = format!("{}: {} {}", conversation.name, wire.method, wire.url);
            for secret in ["{secret}", SECRET] {
                assert!(
                    !wire.url.contains(secret) && !headers.contains(secret),
                    "{place}"
                );
            }
            for token in ["{token", TOKEN] {
                assert!(
                    !wire.url.contains(token) && !wire.body.contains(token),
                    "{place}"
                );
            }
            let anonymous = wire.url.contains("auto-discovery") || wire.url.contains(".well-known");
            let credentials = [
                "authorization",
                "cookie",
                "x-api-key",
                "proxy-authorization",
            ];
            if anonymous || wire.method == "POST" && wire.url.contains("connect/token") {
                assert!(
                    credentials
                        .iter()
                        .all(|name| !wire.headers.contains_key(*name)),
                    "{place}"
                );
            }
        }
    }
}

/// Each conversation names the rules that it shows, so that `grep` finds them.
#[test]
fn conversations_name_their_rules() {
    for conversation in conversation::all() {
        let rules = conversation.rules();
        assert!(!rules.is_empty(), "{}", conversation.name);
        assert!(
            rules.iter().all(|rule| rule.starts_with("AUTH-")),
            "{}",
            conversation.name
        );
    }
}
