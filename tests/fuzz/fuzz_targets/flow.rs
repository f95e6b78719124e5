//! Flows and connections: no sequence of events breaks the contract of `Flow`, and none makes an error show a secret.
#![no_main]

use std::time::Duration;

use erpnet_core::connection::{Job, Next};
use erpnet_core::flow::{Flow, RetryPolicy, RoundTrip, StoreError, StoreReply};
use erpnet_core::keys::FetchKeys;
use erpnet_core::provider::{Discovery, EndpointRules};
use erpnet_core::site::{DiscoveryPath, LocateSites, OriginRules};
use erpnet_core::token::{ClientCredentials, ServiceScopes};
use erpnet_core::{
    Connection, Entropy, Error, Event, Now, Sent, ServiceApp, TransportError, TransportErrorKind,
};
use erpnet_fuzz::watched::{DEADLINE, Watched};
use erpnet_fuzz::{ISSUER, NOW, ROOT, SECRET, instance, key_document, requested, shows_nothing};
use erpnet_types::{ClientId, Secret};
use libfuzzer_sys::arbitrary::{Result as Taken, Unstructured};
use libfuzzer_sys::fuzz_target;

const TOKEN: &str = "opaque-token-7Yb2Qk9LmN4p";

fuzz_target!(|bytes: &[u8]| {
    let _ = play(&mut Unstructured::new(bytes));
});

fn play(input: &mut Unstructured<'_>) -> Taken<()> {
    let policy = RetryPolicy::default();
    let seed = input.arbitrary()?;
    match input.int_in_range(0..=5_u8)? {
        0 => {
            let exchange = Discovery::new(ISSUER, EndpointRules::default(), DEADLINE);
            abuse(
                RoundTrip::new(exchange.expect("an issuer"), policy, seed),
                input,
            )?;
        }
        1 => drop(abuse(
            RoundTrip::new(FetchKeys::new(uri("jwks"), DEADLINE), policy, seed),
            input,
        )?),
        2 => {
            let scopes = ServiceScopes::new(&requested()).expect("a scope");
            let id = ClientId::parse("com.example/a").expect("an id");
            let secret = Secret::new(SECRET).expect("a secret");
            let grant = ClientCredentials::new(uri("token"), id, secret, scopes, DEADLINE);
            abuse(RoundTrip::new(grant, policy, seed), input)?;
        }
        3 => {
            let first = *input.choose(&[DiscoveryPath::Tools, DiscoveryPath::Sys])?;
            let rules = OriginRules::default();
            let flow = LocateSites::new(&instance(), &rules, first, policy, DEADLINE, seed);
            abuse(flow.expect("a root"), input)?;
        }
        _ => connection(input)?,
    }
    Ok(())
}

fn connection(input: &mut Unstructured<'_>) -> Taken<()> {
    let app = ServiceApp::new(instance(), "com.example/a", SECRET).expect("an application");
    let mut connection = Connection::new(app, Entropy::from_bytes([7; 32])).expect("it is proper");
    let mut now = NOW;
    let mut kept = Vec::new();
    while !input.is_empty() {
        let job = match input.int_in_range(0..=6_u8)? {
            0 => connection.sites(now).map(job_of),
            1 => connection.provider(now).map(job_of),
            2 | 3 => connection.authorization(now).map(job_of),
            4 => connection.verifier("e30.e30.AA", now).map(job_of),
            5 => connection
                .call(&erpnet_core::api::ApiRequest::get("X_Y"), now)
                .map(job_of),
            _ => {
                connection.forget_token();
                Ok(None)
            }
        };
        if let Err(error) = &job {
            shows_nothing(&format!("{error} {}", error.advice()), &[SECRET, TOKEN]);
        }
        if let Ok(Some(job)) = job {
            let id = job.id();
            match input.int_in_range(0..=7_u8)? {
                0 => drop(job),
                1 => kept.push(job),
                ending => {
                    if let Some(end) = abuse(job, input)? {
                        connection.finish(id, end, now);
                    }
                    if ending == 2 {
                        connection.finish(id, Err(Error::config("told twice")), now);
                    }
                }
            }
        }
        let shown = format!("{connection:?} {:?}", connection.snapshot(now));
        assert!(!shown.contains(SECRET) && !shown.contains(TOKEN));
        now = now.later(Duration::from_millis(input.arbitrary::<u32>()?.into()));
    }
    Ok(())
}

/// Lets things happen to a flow, then drives it to its end and beyond.
fn abuse<F: Flow>(
    flow: F,
    input: &mut Unstructured<'_>,
) -> Taken<Option<Result<F::Output, Error>>> {
    let mut watched = Watched::new(flow, NOW);
    let mut end = None;
    while end.is_none() && input.int_in_range(0..=15_u8)? != 0 {
        end = happen(&mut watched, input)?;
    }
    if !watched.is_over() {
        end = watched.finish();
    }
    if let Some(Err(error)) = &end {
        shows_nothing(&format!("{error} {}", error.advice()), &[SECRET, TOKEN]);
    }
    watched.flog();
    Ok(end)
}

fn happen<F: Flow>(
    watched: &mut Watched<F>,
    input: &mut Unstructured<'_>,
) -> Taken<Option<Result<F::Output, Error>>> {
    match input.int_in_range(0..=9_u8)? {
        0..=3 => return Ok(watched.poll()),
        4..=6 => {
            let reply = reply(input)?;
            watched.handle(Event::Reply(Ok(reply)));
        }
        7 => {
            use TransportErrorKind as K;
            let kinds = [
                K::NameResolution,
                K::Connect,
                K::Tls,
                K::Timeout,
                K::Interrupted,
                K::Protocol,
                K::BodyTooLarge,
                K::Refused,
                K::Other,
            ];
            let (kind, sent) = (
                *input.choose(&kinds)?,
                *input.choose(&[Sent::Never, Sent::Maybe])?,
            );
            watched.handle(Event::Reply(Err(TransportError::new(kind, sent, "x"))));
        }
        8 => watched.handle(Event::Stored(StoreReply::Failed(StoreError::unavailable(
            "x",
        )))),
        _ => {
            let (on, jump) = (input.arbitrary::<u16>()?, input.arbitrary::<i32>()?);
            let now: Now = watched.now.later(Duration::from_millis(on.into()));
            watched.now = Now {
                wall: now.wall.shifted(jump.into()),
                ..now
            };
        }
    }
    Ok(None)
}

fn reply(input: &mut Unstructured<'_>) -> Taken<http::Response<Vec<u8>>> {
    let statuses = [
        200, 200, 200, 200, 201, 204, 301, 400, 401, 404, 405, 429, 500, 503, 599,
    ];
    let mut reply = http::Response::builder().status(*input.choose(&statuses)?);
    let waits = [
        "",
        "0",
        "1",
        "120",
        "86400",
        "-1",
        "99999999999999999999",
        "soon",
        "Tue, 23 Dec 2025 15:52:34 GMT",
    ];
    let dates = [
        "",
        "Tue, 23 Dec 2025 15:52:27 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ];
    for (name, value) in [
        ("retry-after", *input.choose(&waits)?),
        ("date", *input.choose(&dates)?),
    ] {
        if !value.is_empty() {
            reply = reply.header(name, value);
        }
    }
    let body = match input.int_in_range(0..=7_u8)? {
        0 => format!(r#"{{"WebSites":[{{"Type":"ID","Status":"Working","Url":"{ISSUER}"}},{{"Type":"DomainAPI","Status":"Working","Url":"{ROOT}api"}}]}}"#).into(),
        1 => format!(r#"{{"issuer":"{ISSUER}","authorization_endpoint":"{ISSUER}/a","token_endpoint":"{ISSUER}/t","jwks_uri":"{ISSUER}/j"}}"#).into(),
        2 => key_document().into(),
        3 => format!(r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":{}}}"#, input.arbitrary::<u16>()?).into(),
        4 => format!(r#"{{"error":"invalid_client","error_description":"{SECRET}"}}"#).into(),
        5 => Vec::new(),
        _ => {
            let length = input.int_in_range(0..=255_usize)?;
            input.bytes(length.min(input.len()))?.to_vec()
        }
    };
    Ok(reply.body(body).expect("a proper head"))
}

fn uri(path: &str) -> http::Uri {
    format!("{ROOT}{path}").parse().expect("a URI")
}

fn job_of<T>(next: Next<T>) -> Option<Job> {
    match next {
        Next::Run(job) | Next::ReadyAndRun(_, job) => Some(job),
        Next::Ready(_) | Next::Wait => None,
    }
}
