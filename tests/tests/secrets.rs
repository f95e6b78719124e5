//! AUTH-115, AUTH-339: secrets and tokens never show: not in `Debug`, not in an error, not in a panic.

use std::time::Duration;

use erpnet::core::api::{ApiRequest, resolve};
use erpnet::core::connection::Next;
use erpnet::core::flow::{Flow, Step};
use erpnet::core::token::{ClientCredentials, ServiceScopes, TokenRequest, TokenResponse};
use erpnet::core::{Connection, Entropy, Event};
use erpnet::{
    AccessToken, ClientId, Instance, ReferenceToken, ScopeSet, Secret, SecretHash, ServiceApp,
    blocking,
};
use erpnet_sandbox::{Application, Fault, Sandbox};
use erpnet_tests::clock::VirtualClock;
use erpnet_tests::hunt::Hunt;
use erpnet_tests::instance::{self, CLIENT_ID, SECRET, START, TOKEN};
use erpnet_types::{RefreshToken, Timestamp};
use serde_json::json;

fn hunt() -> Hunt {
    let mut hunt = Hunt::default();
    hunt.add(SECRET);
    hunt.add(TOKEN);
    hunt
}

fn response(status: u16, body: &str) -> http::Response<Vec<u8>> {
    http::Response::builder()
        .status(status)
        .body(body.as_bytes().to_vec())
        .unwrap()
}

#[test]
fn auth_115_values_that_hold_secrets() {
    let mut hunt = hunt();
    let instance = Instance::parse("demodb").unwrap();
    let app = ServiceApp::new(instance.clone(), CLIENT_ID, SECRET).unwrap();
    hunt.debug("an application", &app);
    let secret = Secret::new(SECRET).unwrap();
    hunt.debug("a secret", &secret);
    hunt.debug("an access token", &AccessToken::new(TOKEN).unwrap());
    hunt.debug("a refresh token", &RefreshToken::new(TOKEN).unwrap());
    hunt.debug("a hash", &SecretHash::from_bytes([7; 32]));
    let reference = format!("enrt_{TOKEN}");
    if let Ok(token) = ReferenceToken::new(instance, reference) {
        hunt.debug("a reference token", &token);
    }
    let client_id = ClientId::parse(CLIENT_ID).unwrap();
    let request =
        TokenRequest::new("refresh_token", &client_id, Some(&secret)).field("refresh_token", TOKEN);
    hunt.debug("a token request", &request);
    let endpoint: http::Uri = "https://demodb.my.erp.net/id/connect/token"
        .parse()
        .unwrap();
    hunt.debug(
        "a request on its way",
        &request.transmit(&endpoint, Duration::from_secs(1)).unwrap(),
    );
    let scopes = ServiceScopes::new(&ScopeSet::parse("read").unwrap()).unwrap();
    let grant = ClientCredentials::new(endpoint, client_id, secret, scopes, Duration::from_secs(1));
    hunt.debug("an exchange", &grant);
    let answer = response(
        200,
        &json!({ "access_token": TOKEN, "refresh_token": format!("{TOKEN}-r") }).to_string(),
    );
    hunt.debug("an event", &Event::Reply(Ok(answer.clone())));
    let tokens = TokenResponse::read(
        &answer,
        "client_credentials",
        &ScopeSet::parse("read").unwrap(),
        &[SECRET],
    )
    .unwrap();
    hunt.debug("a token answer", &tokens);
    hunt.debug(
        "an API request",
        &ApiRequest::get("Crm_Customers")
            .json(&json!({ "pin": TOKEN }))
            .unwrap(),
    );
}

/// What has no `Display` cannot be printed by mistake.
#[test]
fn auth_115_settings_that_are_refused() {
    let mut hunt = hunt();
    let instance = || Instance::parse("demodb").unwrap();
    let newline = format!("{SECRET}\n");
    hunt.error(
        "a secret with a line break",
        &ServiceApp::new(instance(), CLIENT_ID, newline.as_str()).unwrap_err(),
    );
    let long = SECRET.repeat(20);
    let app = ServiceApp::new(instance(), CLIENT_ID, long.as_str()).unwrap();
    hunt.error("a long secret", &blocking::connect(app).unwrap_err());
    for url in [
        format!("http://user:{SECRET}@demodb.my.erp.net"),
        format!("https://x:{SECRET}@demodb.my.erp.net/?a={TOKEN}"),
    ] {
        hunt.display("an instance", &Instance::parse(&url).unwrap_err());
        hunt.debug("an instance", &Instance::parse(&url).unwrap_err());
    }
    let root = url::Url::parse("https://demodb.my.erp.net/api/domain/odata/").unwrap();
    let away = format!("https://evil.example/?access_token={TOKEN}");
    hunt.error("a path", &resolve(&root, &away).unwrap_err());
    for odd in [format!("{TOKEN} "), format!("{TOKEN}\r\n"), String::new()] {
        hunt.display("a token", &AccessToken::new(odd.clone()).unwrap_err());
        hunt.debug("a token", &AccessToken::new(odd).unwrap_err());
    }
    hunt.display("a hash", &SecretHash::parse(SECRET).unwrap_err());
}

/// Each step of a connection, with a real request, a real answer, and the state between.
#[test]
fn auth_115_a_connection_at_each_step() {
    let mut hunt = hunt();
    let root = "http://127.0.0.1:8";
    let clock = VirtualClock::starting_at(Timestamp::from_unix_seconds(START));
    let mut connection =
        Connection::new(instance::app(root), Entropy::from_bytes([3; 32])).unwrap();
    for document in ["sites", "metadata", "token"] {
        let Next::Run(mut job) = connection.authorization(clock.time()).unwrap() else {
            panic!("{document}")
        };
        hunt.debug("a job", &job);
        let step = job.poll(clock.time()).unwrap();
        hunt.debug("a step", &step);
        assert!(matches!(step, Step::Transmit(_)));
        let reply = instance::response(document, root);
        let event = Event::Reply(Ok(response(
            reply.status,
            &String::from_utf8(reply.body).unwrap(),
        )));
        hunt.debug("an event", &event);
        job.handle(event, clock.time());
        hunt.debug("a job with its answer", &job);
        let Step::Done(finished) = job.poll(clock.time()).unwrap() else {
            panic!("{document}")
        };
        hunt.debug("what it brought", &finished);
        connection.finish(job.id(), Ok(finished), clock.time());
        hunt.debug("a connection", &connection);
    }
    let Next::Ready(token) = connection.authorization(clock.time()).unwrap() else {
        panic!("a token")
    };
    assert_eq!(token.expose(), TOKEN);
    hunt.debug("a token", &token);
    hunt.debug("a header", &token.header().unwrap());
    hunt.debug("a snapshot", &connection.snapshot(clock.time()));
    let Next::Ready(call) = connection
        .call(&ApiRequest::get("X_Y"), clock.time())
        .unwrap()
    else {
        panic!("a call")
    };
    hunt.debug("a call", &call);
    assert!(hunt.looked() > 30);
}

/// Servers that echo what they were sent, in every place that an error might repeat.
#[test]
fn auth_339_servers_that_echo_secrets() {
    let sandbox = Sandbox::start().unwrap();
    sandbox
        .register(Application::service(CLIENT_ID).secret(SECRET))
        .unwrap();
    let app = || {
        let app = ServiceApp::new(sandbox.instance(), CLIENT_ID, SECRET).unwrap();
        app.configure(|options| options.retry.attempts = 1)
    };
    let mut hunt = hunt();
    let client = blocking::connect(app()).unwrap();
    let token = client.verified_token().unwrap();
    let held = client.token().unwrap().expose().to_owned();
    hunt.add(&held);
    hunt.debug("a verified token", &token);
    hunt.debug("a client", &client);
    hunt.debug("an async client", &erpnet::connect(app()).unwrap());

    // Each is sent what it echoes; and what it answers in place of a token is none that may show.
    for shape in [plain, quoted, far_behind] {
        for (path, secret) in [("/id/connect/token", Some(SECRET)), ("/api/", None)] {
            let caller = blocking::connect(app()).unwrap();
            let held = caller.token().unwrap().expose().to_owned();
            hunt.add(&held);
            let sent = secret.unwrap_or(&held);
            for (status, kind, body) in echoes(&shape(sent), &held) {
                let fault = Fault::status(path, status).body(kind, body.clone());
                let location = format!("https://evil.example/{sent}?token={sent}");
                sandbox.fail_next(
                    fault
                        .header("location", &location)
                        .header("www-authenticate", sent),
                );
                let fresh = blocking::connect(app()).unwrap();
                let client = if secret.is_none() { &caller } else { &fresh };
                let outcome = client.get::<erpnet::Row>("Crm_Customers?$top=1");
                sandbox.clear_faults();
                if let Err(error) = outcome {
                    hunt.error(&format!("{path}, {status}, {body}"), &error);
                    hunt.debug("a snapshot", &client.snapshot());
                }
            }
        }
    }
    assert!(hunt.looked() > 300, "{}", hunt.looked());
}

fn plain(sent: &str) -> String {
    sent.to_owned()
}

fn quoted(sent: &str) -> String {
    format!("\\\"{sent}\\\" {sent}")
}

/// Where a limit on the length of a message cuts it in two.
fn far_behind(sent: &str) -> String {
    format!("{}{sent}", "x".repeat(600))
}

fn echoes(echo: &str, token: &str) -> Vec<(u16, &'static str, String)> {
    let json = "application/json";
    vec![
        (
            400,
            json,
            format!(r#"{{"error":"{echo}","error_description":"{echo}"}}"#),
        ),
        (200, json, format!(r#"{{"access_token":"{token} "}}"#)),
        (200, json, format!(r#"{{"access_token":["{token}"]}}"#)),
        (
            200,
            json,
            format!(r#"{{"access_token":"{token}","token_type":"{echo}"}}"#),
        ),
        (
            200,
            json,
            format!(r#"{{"access_token":"{token}","expires_in":"{echo}"}}"#),
        ),
        (
            200,
            json,
            format!(r#"{{"access_token":"{token}","scope":"{echo}\\u0001"}}"#),
        ),
        (200, json, format!(r#"{{"access_token":"{token}""#)),
        (200, "text/plain", format!("{echo} {token}")),
        (200, "text/html", format!("<html>{echo} {token}")),
        (302, "text/html", format!("{echo} {token}")),
        (403, json, format!(r#"{{"message":"{echo}"}}"#)),
        (
            404,
            json,
            format!(r#"{{"error":{{"message":"{echo}","type":"{echo}"}}}}"#),
        ),
        (
            500,
            json,
            format!(r#"{{"message":"{echo}","type":"{echo}","info":"{echo}"}}"#),
        ),
        (500, "text/plain", echo.to_owned()),
        // The last: it has the token renewed.
        (
            401,
            json,
            format!(r#"{{"error":"invalid_client","error_description":"it was {echo}"}}"#),
        ),
    ]
}

/// AUTH-035: secrets stand in no URL, not even one of the instance's own tools.
#[test]
fn auth_035_no_secret_in_any_address() {
    let sandbox = Sandbox::start().unwrap();
    sandbox
        .register(Application::service(CLIENT_ID).secret(SECRET))
        .unwrap();
    let app = ServiceApp::new(sandbox.instance(), CLIENT_ID, SECRET).unwrap();
    let client = blocking::connect(app).unwrap();
    client.verified_token().unwrap();
    client.get::<erpnet::Row>("Crm_Customers?$top=1").unwrap();
    client
        .post::<_, erpnet::Row>("Crm_Customers", &erpnet::Row::new())
        .unwrap_err();
    let token = client.token().unwrap().expose().to_owned();
    for request in sandbox.requests() {
        let address = format!(
            "{}?{}",
            request.path,
            request.query.clone().unwrap_or_default()
        );
        assert!(
            !address.contains(SECRET) && !address.contains(&token) && !address.contains("sha256"),
            "{address}"
        );
    }
}

/// A panic in a callback of the application, with everything in scope, shows nothing either.
#[test]
fn panic_messages_hold_no_secret() {
    let mut hunt = hunt();
    let token = AccessToken::new(TOKEN).unwrap();
    let secret = Secret::new(SECRET).unwrap();
    let token_in_panic = std::panic::catch_unwind(move || refused(token).unwrap());
    let message = token_in_panic.unwrap_err();
    hunt.text("a panic", message.downcast_ref::<String>().unwrap());
    let secret_in_panic = std::panic::catch_unwind(move || refused(secret).unwrap());
    hunt.text(
        "a panic",
        secret_in_panic
            .unwrap_err()
            .downcast_ref::<String>()
            .unwrap(),
    );
}

fn refused<T>(value: T) -> Result<(), T> {
    Err(value)
}
