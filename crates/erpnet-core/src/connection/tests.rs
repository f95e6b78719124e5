//! Conversations of a connection with a scripted instance, in virtual time.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_types::{Instance, ReferenceToken};
use serde_json::json;

use self::world::{ROOT, World, configured, connection, jwt, key, metadata};
use super::{Connection, Next, ServiceApp};
use crate::api::ApiRequest;
use crate::site::Origin;
use crate::{Entropy, Error, Reason};

mod profile;
mod world;

#[test]
fn auth_213_214_one_request_serves_until_shortly_before_the_end() {
    let (mut world, mut connection) = (World::new(), connection());
    for _ in 0..1000 {
        assert_eq!(world.token(&mut connection).unwrap(), "one");
    }
    assert_eq!(
        world.asked,
        [
            "/tools/auto-discovery",
            "/id/.well-known/openid-configuration",
            "/id/connect/token"
        ]
    );
    world.pass(3539);
    world.token(&mut connection).unwrap();
    assert_eq!(
        world.count("/id/connect/token"),
        1,
        "not before 60 s to the end (AUTH-215)"
    );
    world.pass(2);
    world.answer(
        "/id/connect/token",
        200,
        &json!({"access_token": "two", "expires_in": 3600}),
    );
    assert_eq!(
        world.token(&mut connection).unwrap(),
        "one",
        "the old one is served while the new one comes"
    );
    for _ in 0..4 {
        world.token(&mut connection).unwrap();
    }
    assert_eq!(world.token(&mut connection).unwrap(), "two");
    assert_eq!(world.count("/id/connect/token"), 2);
}

#[test]
fn an_authority_that_fails_takes_no_good_token_away_and_is_not_hammered() {
    let (mut world, mut connection) = (World::new(), connection());
    world.token(&mut connection).unwrap();
    world.answer("/id/connect/token", 503, &json!({}));
    world.pass(3545);
    assert_eq!(world.token(&mut connection).unwrap(), "one");
    world.pass(100);
    let requests = world.count("/id/connect/token");
    let error = world.token(&mut connection).unwrap_err();
    assert!(
        error.is_transient() && matches!(error.reason(), Reason::Status { status: 503, .. }),
        "{error}"
    );
    for _ in 0..100 {
        world.token(&mut connection).unwrap_err();
    }
    assert_eq!(
        world.count("/id/connect/token"),
        requests + 3,
        "one round of attempts, then a pause for all"
    );
    world.answer(
        "/id/connect/token",
        200,
        &json!({"access_token": "back", "expires_in": 3600}),
    );
    world.pass(120);
    assert_eq!(
        world.token(&mut connection).unwrap(),
        "back",
        "no terminal state"
    );
}

#[test]
fn auth_227_a_verdict_is_asked_for_once() {
    for (code, status) in [
        ("invalid_client", 400),
        ("unauthorized_client", 400),
        ("invalid_scope", 401),
    ] {
        let (mut world, mut connection) = (World::new(), connection());
        world.answer("/id/connect/token", status, &json!({ "error": code }));
        let error = world.token(&mut connection).unwrap_err();
        assert!(matches!(error.reason(), Reason::OAuth(oauth) if oauth.code() == code));
        assert_eq!(world.count("/id/connect/token"), 1, "{code}");
        assert_eq!(
            (
                error.client_id().unwrap().as_str(),
                error.instance().unwrap().to_string().as_str()
            ),
            ("PK", ROOT)
        );
        assert_eq!(
            error.endpoint(),
            Some("https://demodb.my.erp.net/id/connect/token")
        );
    }
}

#[test]
fn auth_011_the_older_path_is_tried_when_the_first_does_not_exist_and_remembered() {
    let (mut world, mut connection) = (World::new(), connection());
    let sites = world.answers.remove("/tools/auto-discovery").unwrap();
    world.answers.insert("/sys/auto-discovery".into(), sites);
    world.resolve(&mut connection, Connection::sites).unwrap();
    assert_eq!(
        world.asked,
        ["/tools/auto-discovery", "/sys/auto-discovery"]
    );
    world.pass(700);
    world.resolve(&mut connection, Connection::sites).unwrap();
    assert_eq!(world.asked[2..], ["/sys/auto-discovery"]);

    let (mut world, mut connection) = (World::new(), self::connection());
    world.answer("/tools/auto-discovery", 503, &json!({}));
    world
        .resolve(&mut connection, Connection::sites)
        .unwrap_err();
    assert_eq!(
        world.count("/sys/auto-discovery"),
        0,
        "a failing server is not asked at the other path"
    );
}

#[test]
fn the_identity_origin_is_pinned_until_a_change_is_accepted() {
    let (mut world, mut connection) = (World::new(), connection());
    world.token(&mut connection).unwrap();
    world.lists("https://login.evil.example/id", &format!("{ROOT}/api"));
    world.pass(3700);
    // Looking again is due; the known metadata serve until the list has been read.
    let _ = world.token(&mut connection);
    world.pass(3700);
    let error = world.token(&mut connection).unwrap_err();
    assert!(
        matches!(error.reason(), Reason::IdentityMoved { .. }),
        "{error}"
    );
    assert!(world.asked.iter().all(|path| !path.contains("evil")));

    let accepted = Origin::of(&url::Url::parse("https://login.evil.example").unwrap());
    let mut connection = configured(|options| options.identity_origin = Some(accepted));
    world.answer(
        "/id/.well-known/openid-configuration",
        200,
        &metadata("https://login.evil.example/id"),
    );
    assert!(world.token(&mut connection).is_ok());
}

#[test]
fn auth_045_an_override_replaces_discovery_and_keeps_the_issuer_check() {
    let mut world = World::new();
    let mut connection = configured(|options| options.authority = Some(format!("{ROOT}/id")));
    world.token(&mut connection).unwrap();
    assert_eq!(world.count("/tools/auto-discovery"), 0);
    let mut other =
        configured(|options| options.authority = Some("https://login.example.com/id".into()));
    let error = world.token(&mut other).unwrap_err();
    assert!(
        matches!(error.reason(), Reason::IssuerMismatch { .. }),
        "{error}"
    );
    let global = configured(|options| options.authority = Some("https://id.erp.net/id".into()));
    let error = world.token(&mut { global }).unwrap_err();
    assert!(error.to_string().contains("global"), "AUTH-040: {error}");
}

#[test]
fn auth_025_an_odata_root_of_ones_own_needs_no_listing() {
    let mut world = World::new();
    let root = url::Url::parse("https://private.example.com/odata/").unwrap();
    let mut connection = configured(|options| options.odata_root = Some(root.clone()));
    assert_eq!(
        world
            .resolve(&mut connection, Connection::odata_root)
            .unwrap(),
        root
    );
    assert!(world.asked.is_empty());
}

#[test]
fn auth_267_a_refused_token_is_renewed_once_for_all_callers() {
    let (mut world, mut connection) = (World::new(), connection());
    world.call(&mut connection).unwrap();
    world.answer("/api/domain/odata/X", 401, &json!({}));
    let calls = world.count("/api/domain/odata/X");
    let error = world.call(&mut connection).unwrap_err();
    assert_eq!(*error.reason(), Reason::Unauthorized);
    assert_eq!(
        world.count("/api/domain/odata/X"),
        calls + 2,
        "AUTH-225: exactly two calls"
    );
    assert_eq!(world.count("/id/connect/token"), 2);
    for _ in 0..20 {
        world.call(&mut connection).unwrap_err();
    }
    assert_eq!(
        world.count("/id/connect/token"),
        2,
        "the new token's age is not the cause"
    );
    world.pass(30);
    world.call(&mut connection).unwrap_err();
    assert_eq!(world.count("/id/connect/token"), 3);
    world.answer("/api/domain/odata/X", 200, &json!({}));
    assert!(world.call(&mut connection).is_ok());
}

#[test]
fn auth_027_038_a_site_that_moved_is_found_by_the_next_call() {
    let (mut world, mut connection) = (World::new(), connection());
    world.call(&mut connection).unwrap();
    world.answers.remove("/api/domain/odata/X");
    world.lists(&format!("{ROOT}/id"), &format!("{ROOT}/moved"));
    world.answer("/moved/domain/odata/X", 200, &json!({}));
    let error = world.call(&mut connection).unwrap_err();
    assert!(matches!(error.reason(), Reason::Status { status: 404, .. }));
    world.call(&mut connection).unwrap();
}

#[test]
fn an_identity_site_that_never_answered_is_not_pinned() {
    let (mut world, mut connection) = (World::new(), connection());
    world.lists("https://wrong.example.com/id", &format!("{ROOT}/api"));
    world.answer("/id/.well-known/openid-configuration", 0, &json!({}));
    world.token(&mut connection).unwrap_err();
    world.lists(&format!("{ROOT}/id"), &format!("{ROOT}/api"));
    world.answer(
        "/id/.well-known/openid-configuration",
        200,
        &metadata(&format!("{ROOT}/id")),
    );
    world.pass(700);
    for _ in 0..2 {
        let _ = world.token(&mut connection);
        world.pass(60);
    }
    assert_eq!(world.token(&mut connection).unwrap(), "one");
}

#[test]
fn lives_of_nothing_do_not_lead_to_requests_without_a_pause() {
    let mut world = World::new();
    let mut connection = configured(|options| {
        options.sites_ttl = Duration::ZERO;
        options.metadata_ttl = Duration::ZERO;
        options.max_age = Duration::ZERO;
    });
    assert_eq!(world.token(&mut connection).unwrap(), "one");
    assert!(world.asked.len() <= 4, "{:?}", world.asked);
    world.answer(
        "/id/connect/token",
        200,
        &json!({"access_token": "short", "expires_in": 1}),
    );
    connection.forget_token();
    let before = world.asked.len();
    for _ in 0..50 {
        let _ = world.token(&mut connection);
    }
    assert!(world.asked.len() <= before + 3, "{:?}", world.asked);
}

#[test]
fn auth_024_028_043_an_odata_root_of_ones_own_is_checked() {
    let build = |root: &str| {
        let root = url::Url::parse(root).unwrap();
        let app = ServiceApp::new(Instance::parse("demodb").unwrap(), "PK", "x").unwrap();
        Connection::new(
            app.configure(|options| options.odata_root = Some(root)),
            Entropy::from_bytes([1; 32]),
        )
    };
    let mut world = World::new();
    let mut fine = build("https://own.example.com/odata").unwrap();
    let root = world.resolve(&mut fine, Connection::odata_root).unwrap();
    assert_eq!(root.as_str(), "https://own.example.com/odata/");
    for bad in [
        "http://own.example.com/odata/",
        "http://127.0.0.1/odata/",
        "https://u:p@own.example.com/odata/",
    ] {
        assert!(build(bad).is_err(), "{bad}");
    }
}

#[test]
fn auth_073_an_unknown_kid_leads_to_one_look_in_five_minutes() {
    let (mut world, mut connection) = (World::new(), connection());
    let verifier = |world: &mut World, connection: &mut Connection, kid: &str| {
        let token = jwt(kid);
        world
            .resolve(connection, |c, now| c.verifier(&token, now))
            .map(drop)
    };
    verifier(&mut world, &mut connection, "k1").unwrap();
    assert_eq!(world.count("/id/jwks"), 1);
    world.answer("/id/jwks", 200, &json!({"keys": [key("k1"), key("k2")]}));
    verifier(&mut world, &mut connection, "k2").unwrap();
    assert_eq!(world.count("/id/jwks"), 2, "an immediate rotation is seen");
    for flood in 0..50 {
        let error = verifier(&mut world, &mut connection, &format!("bogus{flood}")).unwrap_err();
        assert!(error.to_string().contains("publishes no key"), "{error}");
    }
    assert_eq!(world.count("/id/jwks"), 2, "a flood is not followed");
    world.pass(300);
    verifier(&mut world, &mut connection, "bogus").unwrap_err();
    assert_eq!(world.count("/id/jwks"), 3);
}

#[test]
fn auth_074_known_keys_outlive_a_failing_authority_for_a_day() {
    let (mut world, mut connection) = (World::new(), connection());
    let token = jwt("k1");
    let verifier = |world: &mut World, connection: &mut Connection| {
        world
            .resolve(connection, |c, now| c.verifier(&token, now))
            .map(drop)
    };
    verifier(&mut world, &mut connection).unwrap();
    for path in [
        "/id/jwks",
        "/id/.well-known/openid-configuration",
        "/tools/auto-discovery",
    ] {
        world.answer(path, 0, &json!({}));
    }
    for _ in 0..23 {
        world.pass(3600);
        verifier(&mut world, &mut connection).unwrap();
    }
    world.pass(2 * 3600);
    verifier(&mut world, &mut connection).unwrap_err();
    let mut healed = World::new();
    healed.now = world.now.later(Duration::from_secs(700));
    verifier(&mut healed, &mut connection).unwrap();
}

#[test]
fn auth_040_041_a_token_of_another_authority_is_not_kept() {
    let (mut world, mut connection) = (World::new(), connection());
    let token = |issuer: &str| {
        format!(
            "e30.{}.AA",
            URL_SAFE_NO_PAD.encode(json!({ "iss": issuer }).to_string())
        )
    };
    for (issuer, global) in [
        ("https://id.erp.net/id", true),
        ("https://other.my.erp.net/id", false),
    ] {
        world.answer(
            "/id/connect/token",
            200,
            &json!({ "access_token": token(issuer) }),
        );
        let error = world.token(&mut connection).unwrap_err();
        assert_eq!(
            *error.reason() == Reason::GlobalTokenForInstanceApi,
            global,
            "{error}"
        );
        world.pass(1000);
    }
}

#[test]
fn auth_086_values_that_are_too_long_never_leave() {
    let app = ServiceApp::new(
        Instance::parse("demodb").unwrap(),
        "PK",
        "x".repeat(101).as_str(),
    )
    .unwrap();
    let error = Connection::new(app.clone(), Entropy::from_bytes([1; 32])).unwrap_err();
    assert!(matches!(
        error.reason(),
        Reason::InputTooLong {
            limit: 100,
            found: 101,
            ..
        }
    ));
    let patient = app.configure(|options| options.input_limits.client_secret = 200);
    assert!(Connection::new(patient, Entropy::from_bytes([1; 32])).is_ok());
}

#[test]
fn a_job_that_is_dropped_is_handed_out_again() {
    let (mut world, mut connection) = (World::new(), connection());
    let Ok(Next::Run(job)) = connection.authorization(world.now) else {
        panic!()
    };
    assert!(matches!(
        connection.authorization(world.now),
        Ok(Next::Wait)
    ));
    drop(job);
    assert_eq!(world.token(&mut connection).unwrap(), "one");
}

#[test]
fn auth_043_097_240_a_reference_token_is_used_as_it_is_and_never_renewed() {
    let token = ReferenceToken::new(
        Instance::parse("demodb").unwrap(),
        format!("enrt_{}", "0A".repeat(32)),
    )
    .unwrap();
    let mut connection = Connection::new(token, Entropy::from_bytes([1; 32])).unwrap();
    let mut world = World::new();
    world.call(&mut connection).unwrap();
    assert_eq!(
        world.asked,
        ["/tools/auto-discovery", "/api/domain/odata/X"],
        "AUTH-097: no identity endpoint"
    );
    world.pass(100_000);
    world.answer("/api/domain/odata/X", 401, &json!({}));
    world.answer(
        "/tools/auto-discovery",
        200,
        &json!({"WebSites": [
            {"Type": "DomainAPI", "Status": "Working", "Url": format!("{ROOT}/api")}
        ]}),
    );
    let calls = world.count("/api/domain/odata/X");
    let error = world.call(&mut connection).unwrap_err();
    assert_eq!(*error.reason(), Reason::ReferenceTokenRejected);
    assert!(!error.is_transient() && error.advice().contains("Profile site"));
    assert_eq!(
        world.count("/api/domain/odata/X"),
        calls + 1,
        "no second attempt"
    );
    connection.forget_token();
    world.answer("/api/domain/odata/X", 200, &json!({}));
    world.call(&mut connection).unwrap();
}

#[test]
fn auth_149_a_forecast_is_advisory_by_default_and_strict_by_choice() {
    let write = |connection: &mut Connection, world: &mut World| -> Result<(), Error> {
        let request = ApiRequest::new(http::Method::POST, "Crm_Customers");
        let mut trip = world.resolve(connection, |c, now| c.call(&request, now))?;
        world.drive(&mut trip).map(drop)
    };
    let (mut world, mut connection) = (World::new(), connection());
    world.answer("/api/domain/odata/Crm_Customers", 403, &json!({}));
    let error = write(&mut connection, &mut world).unwrap_err();
    assert!(matches!(error.reason(), Reason::Forbidden { .. }));
    assert!(error.advice().contains("`update`"), "{}", error.advice());
    assert_eq!(error.explanation().unwrap().rule.to_string(), "AUTH-149");
    assert_eq!(world.count("/api/domain/odata/Crm_Customers"), 1);

    let mut strict = configured(|options| options.preflight = crate::Preflight::Strict);
    let error = write(&mut strict, &mut world).unwrap_err();
    assert!(matches!(error.reason(), Reason::Denied(_)), "{error}");
    assert_eq!(
        world.count("/api/domain/odata/Crm_Customers"),
        1,
        "it was not sent"
    );
    assert!(world.call(&mut strict).is_ok(), "what is allowed is");
    world.answer("/api/domain/odata/$batch", 200, &json!({}));
    let batch = ApiRequest::new(http::Method::POST, "$batch");
    let mut trip = world
        .resolve(&mut strict, |c, now| c.call(&batch, now))
        .unwrap();
    assert!(
        world.drive(&mut trip).is_ok(),
        "AUTH-150: what is open is for the server to decide"
    );
}

#[test]
fn a_verified_token_is_forgotten_when_the_keys_change_and_on_demand() {
    let (mut world, mut connection) = (World::new(), connection());
    let token = jwt("k1");
    let verifier = |world: &mut World, connection: &mut Connection, token: &str| {
        world
            .resolve(connection, |c, now| c.verifier(token, now))
            .unwrap()
    };
    let claims = std::sync::Arc::new(crate::token::VerifiedToken::for_tests(world.now.wall));
    let with_k1 = verifier(&mut world, &mut connection, &token);
    assert!(connection.verified(&token, world.now).is_none());
    connection.remember(&token, &claims, &with_k1);
    assert!(connection.verified(&token, world.now).is_some());

    world.pass(3700);
    assert!(
        connection.verified(&token, world.now).is_none(),
        "keys that are due are looked at first"
    );
    for _ in 0..3 {
        // One job at a time: the sites, the metadata, then the keys.
        verifier(&mut world, &mut connection, &token);
    }
    assert!(
        connection.verified(&token, world.now).is_some(),
        "the same keys came back"
    );
    connection.forget_verified();
    assert!(connection.verified(&token, world.now).is_none());

    connection.remember(&token, &claims, &with_k1);
    world.answer("/id/jwks", 200, &json!({"keys": [key("k2")]}));
    verifier(&mut world, &mut connection, &jwt("k2"));
    assert!(
        connection.verified(&token, world.now).is_none(),
        "AUTH-074: with the keys went what they verified"
    );
    connection.remember(&token, &claims, &with_k1);
    assert!(
        connection.verified(&token, world.now).is_none(),
        "a verification that was overtaken does not count"
    );
}

#[test]
fn auth_068_what_signatures_have_to_be_reaches_every_step() {
    use crate::jose::{SignatureAlgorithm, SignatureAlgorithms, SignatureBackend, TokenFault};
    let token = |alg: &str| {
        let header = json!({"alg": alg, "typ": "at+jwt", "kid": "k1"}).to_string();
        format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header))
    };
    let backends = [
        SignatureBackend::Ring,
        #[cfg(feature = "aws-lc-rs")]
        SignatureBackend::AwsLcRs,
    ];
    for backend in backends {
        let mut world = World::new();
        let mut strict = configured(|options| options.signatures.backend = backend);
        let refused = world.resolve(&mut strict, |c, now| c.verifier(&token("PS256"), now));
        assert!(matches!(
            refused.unwrap_err().reason(),
            Reason::Token(TokenFault::AlgorithmNotAllowed { .. })
        ));
        assert_eq!(world.asked, [""; 0], "nothing is asked for such a token");
        let verifier = world.resolve(&mut strict, |c, now| c.verifier(&token("RS256"), now));
        assert_eq!(verifier.unwrap().keys().rules().backend, backend);

        let only = SignatureAlgorithms::only(SignatureAlgorithm::Ps256);
        let mut other = configured(|options| {
            options.signatures.backend = backend;
            options.signatures.algorithms = only;
        });
        let verifier = world.resolve(&mut other, |c, now| c.verifier(&token("PS256"), now));
        let rules = verifier.unwrap().keys().rules();
        assert_eq!((rules.algorithms, rules.backend), (only, backend));
        // The same key set is no key for it once the entry says that it is for another algorithm.
        let mut labelled = key("k1");
        labelled["alg"] = json!("RS256");
        world.answer("/id/jwks", 200, &json!({"keys": [labelled]}));
        let mut other = configured(|options| options.signatures.algorithms = only);
        let error = world
            .resolve(&mut other, |c, now| c.verifier(&token("PS256"), now))
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("none of its 1 keys can verify `PS256`"),
            "{error}"
        );
        // And an authority that does not sign so is refused before its keys are asked for (AUTH-069).
        let mut offering = metadata(&format!("{ROOT}/id"));
        offering["id_token_signing_alg_values_supported"] = json!(["RS256"]);
        world.answer("/id/.well-known/openid-configuration", 200, &offering);
        let mut other = configured(|options| options.signatures.algorithms = only);
        let error = world
            .resolve(&mut other, |c, now| c.verifier(&token("PS256"), now))
            .unwrap_err();
        assert!(error.to_string().contains("lacks `PS256`"), "{error}");
    }
}
