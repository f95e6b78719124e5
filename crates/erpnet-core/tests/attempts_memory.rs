//! What a server pays for people who are at the authority's page: under 1 kB each, all of it counted.

use std::time::Duration;

use erpnet_core::connection::Next;
use erpnet_core::sign_in::{Attempts, AuthorizationRequest, Binding, SignInStart};
use erpnet_core::{Connection, Entropy, Event, Flow, InteractiveApp, Now, Step};
use erpnet_types::{Instance, Timestamp};

const ROOT: &str = "https://demodb.my.erp.net";
const LIFE: Duration = Duration::from_secs(600);
const MANY: u16 = 10_000;
const LIMIT: u64 = 1000;

fn now() -> Now {
    Now {
        wall: Timestamp::from_unix_seconds(1_766_505_147),
        mono: Duration::from_secs(100),
    }
}

fn entropy(seed: u16) -> Entropy {
    let mut bytes = [7; 32];
    bytes[..2].copy_from_slice(&seed.to_le_bytes());
    Entropy::from_bytes(bytes)
}

fn answer(path: &str) -> String {
    if path.ends_with("openid-configuration") {
        return format!(
            r#"{{"issuer":"{ROOT}/id","authorization_endpoint":"{ROOT}/id/connect/authorize","token_endpoint":"{ROOT}/id/connect/token","jwks_uri":"{ROOT}/id/jwks"}}"#
        );
    }
    let site = |kind: &str, path: &str| {
        format!(r#"{{"Type":"{kind}","Status":"Working","Url":"{ROOT}/{path}"}}"#)
    };
    format!(
        r#"{{"WebSites":[{},{}]}}"#,
        site("ID", "id"),
        site("DomainAPI", "api")
    )
}

fn begin(connection: &mut Connection, request: &AuthorizationRequest, seed: u16) -> SignInStart {
    loop {
        let asked = connection.begin_sign_in(request, None, &entropy(seed), now());
        let mut job = match asked.unwrap() {
            Next::Ready(start) | Next::ReadyAndRun(start, _) => return start,
            Next::Run(job) => job,
            Next::Wait => panic!("nobody else is at it"),
        };
        let outcome = loop {
            match job.poll(now()) {
                Ok(Step::Transmit(transmit)) => {
                    let body = answer(transmit.request().uri().path()).into_bytes();
                    let reply =
                        http::Response::builder().header("content-type", "application/json");
                    job.handle(Event::Reply(Ok(reply.body(body).unwrap())), now());
                }
                Ok(Step::Done(finished)) => break Ok(finished),
                Ok(other) => panic!("{other:?}"),
                Err(error) => break Err(error),
            }
        };
        connection.finish(job.id(), outcome, now());
    }
}

#[test]
fn auth_166_ten_thousand_attempts_take_less_than_a_kilobyte_each() {
    let callback = "https://app.example.com/signin-oidc";
    let demodb = Instance::parse("demodb").unwrap();
    let app = InteractiveApp::confidential(demodb, "com.example/web", "a good secret", callback)
        .and_then(|app| app.with_scopes("openid profile read update offline_access"))
        .unwrap();
    let mut connection = Connection::interactive(app, entropy(0)).unwrap();
    let request = AuthorizationRequest::new().return_to("/orders/5b1f0c9e?tab=lines");
    drop(begin(&mut connection, &request, 0));
    let mut binding = Binding::Held(Attempts::default());
    let counted = allocation_counter::measure(|| {
        for seed in 0..MANY {
            let start = begin(&mut connection, &request, seed);
            drop(binding.begin(start, LIFE, entropy(seed), now()).unwrap());
        }
    });
    let Binding::Held(attempts) = &binding else {
        panic!("held")
    };
    assert_eq!(attempts.len(), usize::from(MANY));
    let each = u64::try_from(counted.bytes_current).unwrap() / u64::from(MANY);
    let largest = counted.bytes_max / u64::from(MANY);
    say(each, largest);
    assert!(each < LIMIT, "{each} bytes each");
    // More than the three secrets of 43 characters, or nothing was counted.
    assert!(each > 150, "{each} bytes each");
    assert!(
        largest < 2 * LIMIT,
        "{largest} bytes each while the table grows"
    );
}

#[expect(
    clippy::print_stderr,
    reason = "the figure itself, for whoever writes it down"
)]
fn say(each: u64, largest: u64) {
    eprintln!("{each} bytes an attempt, {largest} while the table grows");
}
