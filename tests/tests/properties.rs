//! No sequence of events makes a flow panic, send twice without a reply, go on after its end, or never end; no bytes
//! make a parser panic.

use std::time::Duration;

use erpnet::core::connection::Next;
use erpnet::core::flow::{Flow, RetryPolicy, RoundTrip, Step, StoreError, StoreReply};
use erpnet::core::jose::{Compact, Header, KeySet};
use erpnet::core::keys::FetchKeys;
use erpnet::core::provider::{Discovery, EndpointRules, ProviderMetadata};
use erpnet::core::site::{DiscoveryPath, LocateSites, OriginRules, SiteDirectory};
use erpnet::core::token::{
    AccessTokenRules, ClientCredentials, ServiceScopes, TokenResponse, Verifier,
};
use erpnet::core::{Connection, Entropy, Error, Event, Now, Sent, TransportErrorKind};
use erpnet::{ClientId, Instance, InstanceAuthority, ScopeSet, Secret, TransportError};
use erpnet_tests::arbitrary::{ROOT, body, json_like, response};
use erpnet_tests::instance::{self, START};
use erpnet_tests::signing::Key;
use erpnet_tests::watched::{DEADLINE, Watched};
use erpnet_types::Timestamp;
use proptest::prelude::*;
use serde_json::json;

#[derive(Clone, Debug)]
enum Happening {
    Poll,
    Reply(http::Response<Vec<u8>>),
    Lost(TransportErrorKind, Sent),
    Stored,
    Later(u64),
    Jump(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
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
    let sent = proptest::sample::select(&[Sent::Never, Sent::Maybe][..]);
    prop_oneof![
        6 => Just(Happening::Poll),
        4 => response().prop_map(Happening::Reply),
        2 => (proptest::sample::select(kinds.to_vec()), sent).prop_map(|(kind, sent)| Happening::Lost(kind, sent)),
        1 => Just(Happening::Stored),
        3 => (0..40_000_u64).prop_map(Happening::Later),
        1 => (-10_000_000_000_i64..10_000_000_000).prop_map(Happening::Jump),
    ]
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    proptest::collection::vec(happening(), 0..40)
}

fn start() -> Now {
    Now {
        wall: Timestamp::from_unix_seconds(START),
        mono: Duration::from_secs(5),
    }
}

fn happen<F: Flow>(watched: &mut Watched<F>, happening: Happening) {
    match happening {
        Happening::Poll => drop(watched.poll()),
        Happening::Reply(reply) => watched.handle(Event::Reply(Ok(reply))),
        Happening::Lost(kind, sent) => {
            watched.handle(Event::Reply(Err(TransportError::new(kind, sent, "x"))));
        }
        Happening::Stored => {
            let reply = StoreReply::Failed(StoreError::unavailable("x"));
            watched.handle(Event::Stored(reply));
        }
        Happening::Later(millis) => watched.now = watched.now.later(Duration::from_millis(millis)),
        Happening::Jump(millis) => watched.now.wall = watched.now.wall.shifted(millis),
    }
}

/// Lets things happen to a flow, then drives it to its end and beyond.
fn abuse<F: Flow>(flow: F, happenings: Vec<Happening>) -> Option<Result<F::Output, Error>> {
    let mut watched = Watched::new(flow, start());
    for happening in happenings {
        happen(&mut watched, happening);
    }
    let end = if watched.is_over() {
        None
    } else {
        watched.finish()
    };
    watched.flog();
    end
}

fn uri(path: &str) -> http::Uri {
    format!("{ROOT}{path}").parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn flows_survive_anything(happenings in happenings(), seed: u64, sys: bool) {
        let policy = RetryPolicy::default();
        let issuer = format!("{ROOT}/id");
        let discovery = Discovery::new(&issuer, EndpointRules::default(), DEADLINE).unwrap();
        abuse(RoundTrip::new(discovery, policy, seed), happenings.clone());
        abuse(RoundTrip::new(FetchKeys::new(uri("/jwks"), DEADLINE), policy, seed), happenings.clone());
        let scopes = ServiceScopes::new(&ScopeSet::parse("read").unwrap()).unwrap();
        let (id, secret) = (ClientId::parse("a").unwrap(), Secret::new("b").unwrap());
        let grant = ClientCredentials::new(uri("/token"), id, secret, scopes, DEADLINE);
        abuse(RoundTrip::new(grant, policy, seed), happenings.clone());
        let path = if sys { DiscoveryPath::Sys } else { DiscoveryPath::Tools };
        let instance = Instance::loopback(ROOT).unwrap();
        let sites = LocateSites::new(&instance, &OriginRules::default(), path, policy, DEADLINE, seed).unwrap();
        abuse(sites, happenings);
    }

    /// A connection is asked anything at any time, and its jobs are run, dropped, finished twice or never.
    #[test]
    fn connections_survive_anything(
        asks in proptest::collection::vec((0..6_u8, happenings(), 0..4_u8), 1..12),
        entropy: [u8; 32],
    ) {
        let mut connection = Connection::new(instance::app(ROOT), Entropy::from_bytes(entropy)).unwrap();
        let token = Key::development(0).token(&json!({}), &json!({}));
        let mut now = start();
        let mut kept = Vec::new();
        for (ask, happenings, ending) in asks {
            let job = match ask {
                0 => connection.sites(now).map(job_of),
                1 => connection.provider(now).map(job_of),
                2 => connection.authorization(now).map(job_of),
                3 => connection.verifier(&token, now).map(job_of),
                4 => connection.call(&erpnet::ApiRequest::get("X_Y"), now).map(job_of),
                _ => { connection.forget_token(); Ok(None) }
            };
            let Ok(Some(job)) = job else {
                now = now.later(Duration::from_secs(61));
                continue;
            };
            let id = job.id();
            match ending {
                0 => drop(job),
                1 => kept.push(job),
                _ => {
                    if let Some(end) = abuse(job, happenings) {
                        connection.finish(id, end, now);
                    }
                    if ending == 3 {
                        connection.finish(id, Err(Error::config("told twice")), now);
                    }
                }
            }
            let _ = format!("{connection:?} {:?}", connection.snapshot(now));
            now = now.later(Duration::from_secs(7));
        }
    }

    #[test]
    fn documents_survive_anything(bytes in body()) {
        let issuer = format!("{ROOT}/id");
        let _ = ProviderMetadata::parse(&bytes, &issuer, &EndpointRules::default());
        let instance = Instance::loopback(ROOT).unwrap();
        if let Ok(sites) = SiteDirectory::parse(&bytes, instance, &OriginRules::default()) {
            let _ = (sites.authority(), sites.odata_root(), format!("{sites:?}"));
        }
        if let Ok(keys) = KeySet::parse(&bytes) {
            prop_assert!(keys.len() + keys.left_out() <= 64);
        }
        for status in [200, 400, 500] {
            let reply = http::Response::builder().status(status).body(bytes.clone()).unwrap();
            let read = TokenResponse::read(&reply, "client_credentials", &ScopeSet::parse("read").unwrap(), &["s3cret"]);
            prop_assert!(read.is_err() || status == 200);
        }
    }

    #[test]
    fn tokens_survive_anything(text in "[ -~]{0,80}", parts in proptest::collection::vec("[A-Za-z0-9_=-]{0,40}", 0..6)) {
        let keys = KeySet::parse(json!({ "keys": [Key::development(0).jwk()] }).to_string().as_bytes()).unwrap();
        for token in [text, parts.join(".")] {
            if let Ok(compact) = Compact::split(&token) {
                let _ = (compact.payload(), format!("{compact:?}"));
                if let Ok(header) = Header::of(&compact) {
                    prop_assert!(keys.verify(&compact, &header).is_err());
                }
            }
        }
    }

    /// Claims of any shape under a good signature: accepted only with the issuer, an audience and a time.
    #[test]
    fn claims_survive_anything(claims in json_like(), header in json_like(), name in claim_name(), value in json_like()) {
        let key = Key::development(0);
        let keys = KeySet::parse(json!({ "keys": [key.jwk()] }).to_string().as_bytes()).unwrap();
        let authority = InstanceAuthority::at(Instance::loopback(ROOT).unwrap(), &format!("{ROOT}/id")).unwrap();
        let verifier = Verifier::new(AccessTokenRules::new(&authority).into(), keys.into(), None);
        let good = json!({ "alg": "RS256", "kid": key.kid, "typ": "at+jwt" }).to_string();
        let mut one_odd = json!({ "iss": authority.issuer(), "aud": "DomainAPI", "exp": START + 60, "scope": "read" });
        one_odd[name] = value;
        for claims in [claims, one_odd] {
            let token = key.sign(&good, claims.to_string().as_bytes());
            let (whole, core) = (verifier.verify(&token, start()), verifier.verify_core(&token, start()));
            prop_assert_eq!(whole.is_ok(), core.is_ok(), "the two readings agree: {}", claims);
            if let Ok(token) = whole {
                let _ = (token.is_admin(), token.is_service(), token.user_id(), token.database(), format!("{token:?}"));
                prop_assert_eq!(claims["iss"].as_str(), Some(authority.issuer()));
            }
        }
        let odd = key.sign(&header.to_string(), b"{}");
        prop_assert!(verifier.verify(&odd, start()).is_err());
    }
}

fn claim_name() -> impl Strategy<Value = &'static str> {
    let names = [
        "iss",
        "aud",
        "exp",
        "nbf",
        "iat",
        "scope",
        "sub",
        "client_id",
        "is_admin",
        "id",
        "sub_id",
        "db",
        "x",
    ];
    proptest::sample::select(names.to_vec())
}

fn job_of<T>(next: Next<T>) -> Option<erpnet::core::connection::Job> {
    match next {
        Next::Run(job) | Next::ReadyAndRun(_, job) => Some(job),
        Next::Ready(_) | Next::Wait => None,
    }
}

/// The properties themselves can fail: a flow that sends at every poll is caught.
#[test]
#[should_panic(expected = "sent twice")]
fn a_flow_that_repeats_itself_is_caught() {
    struct Babbler;
    impl Flow for Babbler {
        type Output = ();
        fn poll(&mut self, _now: Now) -> Result<Step<()>, Error> {
            let limits = erpnet::core::flow::Limits {
                body: 1,
                deadline: DEADLINE,
            };
            Ok(Step::Transmit(erpnet::core::flow::Transmit::new(
                http::Request::new(Vec::new()),
                limits,
            )))
        }
        fn handle(&mut self, _event: Event, _now: Now) {}
    }
    abuse(Babbler, vec![Happening::Poll, Happening::Poll]);
}
