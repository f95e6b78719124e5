//! Every recorded conversation through every driver: the same requests, the same results.

use erpnet_tests::conversation;
use erpnet_tests::drivers;
use erpnet_tests::instance::{REFERENCE, SECRET, TOKEN};
use erpnet_tests::say::say;

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
    let (count, names) = (conversations.len(), names.join("; "));
    say(&format!("{count} conversations through {names}"));
    assert!(conversations.len() >= 34 && drivers.len() >= 6);
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
            for token in ["{token", TOKEN, "{reference", REFERENCE] {
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

/// AUTH-231: a call carries one token, in one header.
#[test]
fn auth_231_one_credential_a_call() {
    let mut seen = std::collections::BTreeMap::new();
    for conversation in conversation::all() {
        let run = conversation.run(&drivers::memory::Blocking);
        let wires = run.wire.iter().flatten();
        for wire in wires.filter(|wire| wire.url.contains("/api/")) {
            let of = ["authorization", "x-api-key", "api-key"];
            let carried: Vec<_> = of
                .iter()
                .filter(|of| wire.headers.contains_key(**of))
                .collect();
            assert_eq!(
                carried.len(),
                1,
                "{}: {:?}",
                conversation.name,
                wire.headers
            );
            *seen.entry(*carried[0]).or_insert(0) += 1;
        }
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
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
