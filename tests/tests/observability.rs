//! What is told to `tracing` and `log`, through every driver: few and fixed names and values, no secret, no token, no
//! path and no query; neither by this SDK nor by the libraries below it.
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

use erpnet_tests::caller::Action;
use erpnet_tests::conversation;
use erpnet_tests::drivers::{self, Setting};
use erpnet_tests::gateway::Gateway;
use erpnet_tests::hostile::Stage;
use erpnet_tests::hostile_table::{Behave, meet};
use erpnet_tests::hunt::Hunt;
use erpnet_tests::instance::{self, REFERENCE, SECRET, TOKEN};
use erpnet_tests::overheard::{self, Said};
use erpnet_tests::signing::Key;
use serde_json::json;

/// A value in a query: what a caller looks for is his own business.
const LOOKED_FOR: &str = "Ivanova-5550199";

/// One at a time: there is one ear for the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    overheard::listen();
    let turn = TURN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    overheard::take();
    turn
}

/// What may be said by us: the field, and the values that it may have.
fn is_allowed(field: &str, value: &str) -> bool {
    let one_of = |all: &[&str]| all.contains(&value);
    match field {
        "doing" => one_of(&[
            "site discovery",
            "OpenID discovery",
            "key fetch",
            "token request",
            "api call",
        ]),
        "method" => one_of(&["GET", "POST"]),
        "host" => value == "127.0.0.1",
        // The application names the instance itself, once, when it starts.
        "instance" => value.starts_with("http://127.0.0.1:") && value.len() < 25,
        "status" => value.len() == 3 && value.bytes().all(|b| b.is_ascii_digit()),
        "bytes" => value.bytes().all(|b| b.is_ascii_digit()),
        "sent" => one_of(&["Never", "Maybe"]),
        "error" => one_of(&[
            "NameResolution",
            "Connect",
            "Tls",
            "Timeout",
            "Interrupted",
            "Protocol",
            "BodyTooLarge",
            "Refused",
            "Other",
        ]),
        "brings" => one_of(&["sites", "metadata", "keys", "token"]),
        "kind" => erpnet::ErrorKind::all().any(|kind| kind.name() == value),
        "transient" => one_of(&["true", "false"]),
        // The application's own choice, not the server's.
        "withheld" => one_of(&["read", "update", "read update"]),
        "message" => one_of(&[
            "answered",
            "no answer",
            "done",
            "failed",
            "fewer scopes were granted than requested",
            "the token was refused; the call is made once more",
        ]),
        _ => false,
    }
}

/// The one target that must stay off, as the documentation of `erpnet_ureq` says: ureq writes down there, and only there,
/// each byte that it sends and reads.
const DUMP: &str = "ureq_proto::util";

/// Looks through all that was said since the last look.
fn look(hunt: &mut Hunt, at: &str) -> Vec<Said> {
    let mut heard = overheard::take();
    heard.retain(|said| said.target != DUMP);
    look_through(hunt, &heard, at);
    heard
}

fn look_through(hunt: &mut Hunt, heard: &[Said], at: &str) {
    for said in heard {
        let line = said.line();
        hunt.text(at, &line);
        // The beginning of every JWT, whichever it is.
        assert!(!line.contains("eyJ"), "{at}: {line}");
        if said.is_ours() {
            let target = said.target.as_str();
            assert!(
                matches!(target, "erpnet::exchange" | "erpnet::job" | "erpnet::call"),
                "{at}: {target}"
            );
            assert!(
                matches!(said.span.as_str(), "" | "exchange" | "job"),
                "{at}"
            );
            for (field, value) in &said.fields {
                assert!(is_allowed(field, value), "{at}: {field}={value}");
            }
        }
    }
}

fn hunt() -> Hunt {
    let mut hunt = Hunt::default();
    for secret in [SECRET, TOKEN, REFERENCE, LOOKED_FOR] {
        hunt.add(secret);
    }
    hunt
}

#[test]
fn auth_115_conversations_are_told_without_secrets() {
    let _alone = alone();
    let mut hunt = hunt();
    let mut seen = BTreeSet::new();
    for conversation in conversation::all() {
        for driver in drivers::all() {
            let run = conversation.run(driver.as_ref());
            let at = format!("{} through {}", conversation.name, driver.name());
            let heard = look(&mut hunt, &at);
            let ended = |said: &&Said| {
                said.is_ours() && said.fields.iter().any(|(_, value)| value == "answered")
            };
            let exchanges: usize = run.wire.iter().map(Vec::len).sum();
            assert_eq!(
                heard.iter().filter(ended).count(),
                exchanges,
                "{at}: one event for each exchange"
            );
            for said in heard.iter().filter(|said| said.is_ours()) {
                seen.extend(said.fields.iter().map(|(name, _)| name.clone()));
            }
        }
    }
    // The list of fields is the documented one: none is allowed that is never there.
    let expected = [
        "brings",
        "bytes",
        "doing",
        "host",
        "instance",
        "kind",
        "message",
        "method",
        "status",
        "transient",
        "withheld",
    ];
    assert_eq!(
        seen,
        expected.map(str::to_owned).into(),
        "the fields that were seen"
    );
}

#[test]
fn auth_115_failures_are_told_without_secrets() {
    let _alone = alone();
    let mut hunt = hunt();
    let classes: [(&str, Behave); 6] = [
        ("a redirect with the secret", |c, to| {
            c.answer(
                &format!("302 X\r\nLocation: {to}/?a={SECRET}&b={TOKEN}"),
                "",
            );
        }),
        ("an echo", |c, _| {
            // Each stage echoes what it was sent.
            let sent = if c.asked().contains("/api/") {
                TOKEN
            } else {
                SECRET
            };
            let body = json!({"error": sent, "error_description": sent, "message": sent});
            c.answer(
                &format!("400 X\r\nX-Echo: {SECRET}{TOKEN}\r\nContent-Type: application/json"),
                body.to_string(),
            );
        }),
        ("a page with the secret", |c, _| {
            c.answer(
                &format!("200 X\r\nSet-Cookie: a={TOKEN}"),
                format!("<html>{SECRET} {TOKEN}"),
            );
        }),
        ("a status line with the secret", |c, _| {
            c.answer(&format!("500 {SECRET}"), "");
        }),
        ("no HTTP but the secret", |c, _| {
            c.read();
            c.write(format!("{SECRET} {TOKEN}\r\n\r\n"));
        }),
        ("a connection that breaks", |c, _| {
            c.write("HTTP/1.1 200 OK\r\nX: ");
        }),
    ];
    let mut failures = 0;
    for (name, behave) in classes {
        for stage in Stage::ALL {
            for driver in drivers::real() {
                let at = format!("{name} at {stage:?} through {}", driver.name());
                meet(driver.as_ref(), stage, behave, &at).expect_err(&at);
                // What a server echoes in its head is the libraries' to tell, but not ours.
                let mut heard = overheard::take();
                heard.retain(Said::is_ours);
                look_through(&mut hunt, &heard, &at);
                failures += heard
                    .iter()
                    .filter(|said| {
                        said.is_ours() && said.fields.iter().any(|(name, _)| name == "error")
                    })
                    .count();
            }
        }
    }
    assert!(
        failures >= 30,
        "{failures} exchanges ended without an answer"
    );
}

/// The query of a call, and its path, which can name a record. (ureq tells `log` of both; see `erpnet_ureq`.)
#[test]
fn calls_are_told_without_their_path_and_query() {
    let _alone = alone();
    let mut hunt = hunt();
    for driver in drivers::real() {
        let sandbox = erpnet_sandbox::Sandbox::start().unwrap();
        let record = erpnet_sandbox::Application::service(instance::CLIENT_ID).secret(SECRET);
        sandbox.register(record).unwrap();
        let app = instance::app(sandbox.root_url());
        let caller = driver.connect(app, &Setting::default()).unwrap();
        let path = format!("Crm_Customers?$select=Number&$top=1&x={LOOKED_FOR}");
        // The sandbox does not know the option; that it was sent is enough.
        caller.call(&Action::Get(path)).unwrap_err();
        caller.call(&Action::VerifiedToken).unwrap();
        let stranger = Key::development(3).token(&json!({}), &json!({"iss": "x"}));
        hunt.add(&stranger);
        caller.call(&Action::Verify(stranger)).unwrap_err();
        for (request, name) in [
            ("POST", "/id/connect/token"),
            ("GET", "/api/domain/odata/Crm_Customers"),
        ] {
            assert!(sandbox.count(request, name) > 0, "{}", driver.name());
        }
        for request in sandbox.requests() {
            if let Some(token) = request
                .header("authorization")
                .and_then(|value| value.strip_prefix("Bearer "))
            {
                hunt.add(token);
            }
        }
        let mut heard = overheard::take();
        heard.retain(Said::is_ours);
        look_through(&mut hunt, &heard, driver.name());
        assert!(heard.len() > 10);
        for said in heard {
            assert!(!said.line().contains("Crm_Customers"), "{}", said.line());
        }
    }
}

/// AUTH-263: claims that identify people are told to nobody, at no level.
#[test]
fn auth_263_claims_are_not_told() {
    let _alone = alone();
    let gateway = Gateway::default();
    let people = [
        "ivan.ivanov@example.com",
        "Ivan Ivanov-5550199",
        "9da64839-a8d0-491d-aebb-4d18fa42b014",
    ];
    let claims = json!({"email": people[0], "name": people[1], "id": people[2], "sub": people[0]});
    overheard::take();
    let token = gateway.verify(&gateway.with_claims(&claims)).unwrap();
    assert_eq!(token.user_id().as_deref(), Some(people[2]));
    // Nor when it is refused, or told in an error.
    let mut refused = claims.clone();
    refused["aud"] = json!("another");
    let error = gateway.verify(&gateway.with_claims(&refused)).unwrap_err();
    let mut hunt = hunt();
    people.iter().for_each(|person| hunt.add(person));
    hunt.error("a refusal", &error);
    let mut heard = overheard::take();
    heard.retain(Said::is_ours);
    assert!(!heard.is_empty());
    look_through(&mut hunt, &heard, "verification");
}

/// The ear itself can hear: what a library says at the finest level arrives, spans and both sorts of events.
#[test]
fn the_ear_hears() {
    let _alone = alone();
    let span = tracing::trace_span!("a span", a = 1, later = tracing::field::Empty);
    span.record("later", LOOKED_FOR);
    span.in_scope(|| tracing::trace!(b = LOOKED_FOR, "an event"));
    log::trace!("a line with {LOOKED_FOR}");
    let heard = overheard::take();
    let with = heard.iter().filter(|said| said.line().contains(LOOKED_FOR));
    assert_eq!(with.count(), 3, "{heard:?}");
    let mut hunt = hunt();
    let caught = std::panic::catch_unwind(move || hunt.text("a line", &heard[1].line()));
    assert!(caught.is_err());
}
