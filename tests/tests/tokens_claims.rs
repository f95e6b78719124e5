//! Claims of tokens whose signature is good: times, audience, issuer, scopes, and the documented shapes.

use std::time::Duration;

use erpnet::TokenFault;
use erpnet_tests::gateway::Gateway;
use erpnet_tests::instance::START;
use serde_json::{Value, json};

/// The start, in the floating point of JSON.
const SECOND: f64 = 1_766_505_147.0;

fn gone() -> Value {
    json!({ "gone": true })
}

/// Holds claims, one changed at a time, against their verdicts.
fn check(gateway: &Gateway, claim: &str, table: &[(Value, &str)]) {
    assert!(gateway.is_sound());
    for (value, expected) in table {
        let token = gateway.with_claims(&json!({ claim: value }));
        assert_eq!(gateway.verdict(&token), *expected, "{claim}: {value}");
    }
}

/// AUTH-082, AUTH-257: times are numbers between 1970 and 2200; 60 s of tolerance, to the second.
#[test]
fn auth_082_257_expiry() {
    let g = Gateway::default();
    check(
        &g,
        "exp",
        &[
            (gone(), "MissingClaim"),
            (json!(null), "MissingClaim"),
            (json!("1766508747"), "InvalidClaim"),
            (json!(""), "InvalidClaim"),
            (json!(true), "InvalidClaim"),
            (json!([START + 60]), "InvalidClaim"),
            (json!({}), "InvalidClaim"),
            (json!(-1), "InvalidClaim"),
            (json!(i64::MIN), "InvalidClaim"),
            (json!(i64::MAX), "InvalidClaim"),
            (json!(u64::MAX), "InvalidClaim"),
            (json!(1e300), "InvalidClaim"),
            (json!((START + 3600) * 1000), "InvalidClaim"),
            (json!(0), "Expired"),
            (json!(START - 3600), "Expired"),
            (json!(START - 61), "Expired"),
            (json!(START - 60), "Expired"),
            (json!(START - 59), "ok"),
            (json!(SECOND - 59.5), "ok"),
            (json!(SECOND + 0.5), "ok"),
            (json!(START), "ok"),
            (json!(START + 3600), "ok"),
            (json!(7_258_118_399_i64), "ok"),
            (json!(7_258_118_401_i64), "InvalidClaim"),
        ],
    );
    let huge = g
        .claims()
        .to_string()
        .replace(&(START + 3600).to_string(), "1e400");
    let header = json!({ "alg": "RS256", "kid": g.key.kid, "typ": "at+jwt" }).to_string();
    assert_eq!(
        g.verdict(&g.key.sign(&header, huge.as_bytes())),
        "InvalidClaim",
        "beyond all floats"
    );
}

#[test]
fn auth_082_257_not_before() {
    let g = Gateway::default();
    check(
        &g,
        "nbf",
        &[
            (gone(), "ok"),
            (json!(null), "ok"),
            (json!("soon"), "InvalidClaim"),
            (json!([]), "InvalidClaim"),
            (json!(-1), "InvalidClaim"),
            (json!(1e300), "InvalidClaim"),
            (json!(START - 3600), "ok"),
            (json!(START + 30), "ok"),
            (json!(START + 59), "ok"),
            (json!(START + 60), "ok"),
            (json!(SECOND + 60.5), "NotYetValid"),
            (json!(START + 61), "NotYetValid"),
            (json!(START + 120), "NotYetValid"),
        ],
    );
}

/// AUTH-082: the same token as time goes by, and with the tolerance set otherwise.
#[test]
fn auth_082_tolerance_and_the_passing_of_time() {
    let g = Gateway::default();
    let token = g.with_claims(&json!({ "exp": START + 100 }));
    for (step, expected) in [(0, "ok"), (159, "ok"), (1, "Expired")] {
        g.clock.advance(Duration::from_secs(step));
        assert_eq!(g.verdict(&token), expected, "{step}");
    }
    let strict = Gateway::with(|options| options.tolerance = Duration::ZERO);
    check(
        &strict,
        "exp",
        &[(json!(START), "Expired"), (json!(START + 1), "ok")],
    );
    check(
        &strict,
        "nbf",
        &[(json!(START), "ok"), (json!(START + 1), "NotYetValid")],
    );
    let lax = Gateway::with(|options| options.tolerance = Duration::from_secs(100_000));
    check(
        &lax,
        "exp",
        &[(json!(START - 300), "Expired"), (json!(START - 299), "ok")],
    );
}

/// AUTH-082: a clock that is hours off is measured by the authority's `Date`, apart from the tolerance.
#[test]
fn auth_082_a_wrong_clock_is_measured() {
    for hours in [-23_i64, -2, 2, 23] {
        let g = Gateway::default();
        g.clock.jump(hours * 3_600_000);
        assert!(g.is_sound(), "{hours}");
        check(
            &g,
            "exp",
            &[(json!(START - 120), "Expired"), (json!(START + 120), "ok")],
        );
        let error = g
            .verify(&g.with_claims(&json!({ "exp": START - 120 })))
            .unwrap_err();
        assert!(
            error.advice().contains("clock"),
            "{hours}: {}",
            error.advice()
        );
    }
}

/// A clock that is days off is not corrected but named: an answer from far away in time is not believed.
#[test]
fn a_clock_that_is_days_off_is_named() {
    for hours in [-48_i64, 48] {
        let g = Gateway::default();
        g.clock.jump(hours * 3_600_000);
        let error = g.verify(&g.with_claims(&json!({}))).unwrap_err();
        let side = if hours > 0 { "ahead of" } else { "behind" };
        assert!(
            error.advice().contains("clock") && error.advice().contains(side),
            "{hours}: {}",
            error.advice()
        );
    }
}

/// AUTH-076..078: an audience of an API, as text or list; `{iss}/resources` alone is none.
#[test]
fn auth_076_077_078_audiences() {
    let g = Gateway::default();
    let resources = format!("{}/resources", g.sandbox.issuer());
    check(
        &g,
        "aud",
        &[
            (json!("DomainAPI"), "ok"),
            (json!(["TableAPI"]), "ok"),
            (json!(["OLAP", "x"]), "ok"),
            (json!("AppServer"), "ok"),
            (json!(resources), "NoApiAudience"),
            (json!([resources]), "NoApiAudience"),
            (json!([resources, resources]), "NoApiAudience"),
            (
                json!(["https://other.my.erp.net/id/resources"]),
                "WrongAudience",
            ),
            (json!("DomainApi"), "WrongAudience"),
            (json!("domainapi"), "WrongAudience"),
            (json!("DomainAPI "), "WrongAudience"),
            (json!("DomainAPI TableAPI"), "WrongAudience"),
            (json!(["com.example/reports"]), "WrongAudience"),
            (json!([]), "WrongAudience"),
            (json!(""), "WrongAudience"),
            (json!(null), "WrongAudience"),
            (gone(), "WrongAudience"),
            (json!(7), "InvalidClaim"),
            (json!({ "DomainAPI": true }), "InvalidClaim"),
            (json!(["DomainAPI", 7]), "InvalidClaim"),
            (json!([["DomainAPI"]]), "InvalidClaim"),
        ],
    );
    let old = Gateway::with(|options| options.legacy_audience = true);
    check(
        &old,
        "aud",
        &[
            (json!("DomainApi"), "ok"),
            (json!("DomainAPI"), "ok"),
            (json!("DOMAINAPI"), "WrongAudience"),
        ],
    );
}

/// AUTH-040, AUTH-057, AUTH-059: the issuer is the instance's authority, to the letter.
#[test]
fn auth_040_057_059_issuers() {
    let g = Gateway::default();
    let issuer = g.sandbox.issuer();
    let root = g.sandbox.root_url();
    check(
        &g,
        "iss",
        &[
            (json!(issuer), "ok"),
            (json!(format!("{issuer}/")), "WrongIssuer"),
            (json!(format!(" {issuer}")), "WrongIssuer"),
            (json!(issuer.to_uppercase()), "WrongIssuer"),
            (json!(format!("{root}/ID")), "WrongIssuer"),
            (json!(root), "WrongIssuer"),
            (json!(issuer.replace("http:", "https:")), "WrongIssuer"),
            (
                json!(issuer.replace("127.0.0.1", "localhost")),
                "WrongIssuer",
            ),
            (json!("https://id.erp.net/id"), "WrongIssuer"),
            (json!("https://other.my.erp.net/id"), "WrongIssuer"),
            (json!(""), "WrongIssuer"),
            (gone(), "MissingClaim"),
            (json!(null), "MissingClaim"),
            (json!([issuer]), "InvalidClaim"),
            (json!(7), "InvalidClaim"),
        ],
    );
}

/// AUTH-079, AUTH-135: a list or one text, the same set.
#[test]
fn auth_079_135_scopes() {
    let g = Gateway::default();
    let scopes = |value: Value| {
        let token = g.with_claims(&json!({ "scope": value }));
        g.verify(&token).map(|token| token.scopes().to_string())
    };
    for (value, set) in [
        (json!(["read", "update"]), "read update"),
        (json!("update read"), "read update"),
        (json!(["update read", "read"]), "read update"),
        (
            json!(["openid", "profile", "read", "update", "offline_access"]),
            "offline_access openid profile read update",
        ),
        (json!("  read   update "), "read update"),
        (json!(["Read"]), "Read"),
        (json!([]), ""),
        (json!(""), ""),
        (json!(null), ""),
        (gone(), ""),
    ] {
        assert_eq!(scopes(value.clone()).unwrap(), set, "{value}");
    }
    check(
        &g,
        "scope",
        &[
            (json!(7), "InvalidClaim"),
            (json!({ "read": true }), "InvalidClaim"),
            (json!(["read", 7]), "InvalidClaim"),
            (json!(["re\"ad"]), "InvalidClaim"),
            (json!("read\nupdate"), "InvalidClaim"),
            (json!("чети"), "InvalidClaim"),
        ],
    );
}

/// AUTH-250, AUTH-251, AUTH-261: booleans as such or as text; a wrong one is an error of that claim alone.
#[test]
fn auth_250_261_booleans() {
    let g = Gateway::default();
    let token = |value: &Value| {
        let claims = json!({ "is_admin": value, "email_verified": value, "email": "a@b.c" });
        g.verify(&g.with_claims(&claims)).unwrap()
    };
    for (value, expected) in [
        (json!(true), Some(true)),
        (json!("true"), Some(true)),
        (json!("TRUE"), Some(true)),
        (json!("True"), Some(true)),
        (json!(false), Some(false)),
        (json!("false"), Some(false)),
        (json!("False"), Some(false)),
        (json!(null), None),
        (gone(), None),
    ] {
        let token = token(&value);
        assert_eq!(token.is_admin(), Ok(expected), "{value}");
        let vouched = token.verified_email().is_some();
        assert_eq!(vouched, expected == Some(true), "AUTH-261: {value}");
    }
    for value in [
        json!("yes"),
        json!(1),
        json!(0),
        json!(""),
        json!("null"),
        json!("\"true\""),
        json!([true]),
        json!({}),
    ] {
        let token = token(&value);
        let wrong = matches!(token.is_admin(), Err(TokenFault::InvalidClaim { .. }));
        assert!(wrong, "{value}: {:?}", token.is_admin());
        assert_eq!(token.verified_email(), None, "AUTH-261: {value}");
        assert_eq!(
            token.client_id().as_deref(),
            Some("com.example/reports"),
            "{value}"
        );
    }
}

/// AUTH-217, AUTH-255: a service token has no subject.
#[test]
fn auth_217_255_service_tokens() {
    let g = Gateway::default();
    let token = g.verify(&g.with_claims(&json!({}))).unwrap();
    assert!(token.is_service() && token.subject().is_none() && token.user_id().is_none());
    assert_eq!(token.system_user().as_deref(), Some("svc.reports"));
    assert_eq!(
        token.database().as_deref(),
        Some("E1_DEV-1 Test"),
        "AUTH-259"
    );
    assert_eq!(token.scopes().to_string(), "read update");
    assert_eq!(token.is_admin(), Ok(None));
    assert_eq!(token.claim::<String>("client_system_user_id"), Ok(None));
}

/// AUTH-218: servers of 2020 and 2022 left claims out, and had another audience and other ids.
#[test]
fn auth_070_218_service_tokens_of_2020_and_2022() {
    let g = Gateway::with(|options| options.legacy_audience = true);
    let issuer = g.sandbox.issuer();
    let of_2020 = json!({ "nbf": START, "exp": START + 3600, "iss": issuer, "aud": "DomainApi",
        "client_id": "ServiceDemoClient", "client_system_user": "demo", "client_db": "E1_DEMODB",
        "jti": "UkkW2K1sTrXoF6A1c9aiuQ", "scope": ["DomainApi"] });
    let of_2022 = json!({ "nbf": START, "exp": START + 3600, "iss": issuer, "aud": "DomainApi",
        "client_id": "pk", "client_system_user": "someone@example.com", "client_db": "E1_DEV",
        "jti": "Shorc5Rv136jNO8tB0_rDw", "scope": ["DomainApi", "sec", "update"] });
    for (claims, user) in [(of_2020, "demo"), (of_2022, "someone@example.com")] {
        let token = g.verify(&g.key.token(&json!({}), &claims)).unwrap();
        assert!(token.is_service() && token.issued_at().is_none());
        assert_eq!(token.system_user().as_deref(), Some(user));
    }
}

/// AUTH-080, AUTH-252..256, AUTH-258: a user's token, with everything that the documentation shows.
#[test]
fn auth_080_252_256_258_user_tokens() {
    let g = Gateway::default();
    let user = json!({ "client_system_user": gone(), "client_system_user_type": gone(), "client_db": gone(),
        "sub": "admin", "auth_time": START - 851, "idp": "local", "id": "9da64839-a8d0-491d-aebb-4d18fa42b014",
        "name": "Ёлка \"J\" Doe", "email": "admin@mail.com", "user_type": "InternalUser", "is_admin": "true",
        "email_verified": "false", "db": "E1_DEV-1 Test", "locale": "bg", "sid": "D1FFEDFE4CB32300D26C265B9BD374FB",
        "scope": ["openid", "profile", "read", "update", "offline_access"], "amr": ["pwd"] });
    let claims = g.claims_with(&user);
    let token = g.verify(&g.key.token(&json!({}), &claims)).unwrap();
    assert!(!token.is_service());
    assert_eq!(token.subject().as_deref(), Some("admin"));
    assert_eq!(
        token.user_id().as_deref(),
        Some("9da64839-a8d0-491d-aebb-4d18fa42b014"),
        "AUTH-252"
    );
    assert_eq!(
        (token.is_admin(), token.verified_email()),
        (Ok(Some(true)), None)
    );
    assert_eq!(
        token.claim::<Vec<String>>("amr"),
        Ok(Some(vec!["pwd".to_owned()])),
        "AUTH-080"
    );
    assert_eq!(
        token.claim::<String>("name"),
        Ok(Some("Ёлка \"J\" Doe".to_owned())),
        "AUTH-258"
    );
    assert!(token.claim::<u64>("name").is_err());
    // AUTH-256: every claim but three may be missing.
    for name in claims.as_object().expect("an object").keys() {
        let token = g.key.token(
            &json!({}),
            &g.claims_with(&{
                let mut less = user.clone();
                less[name] = gone();
                less
            }),
        );
        let needed = ["iss", "aud", "exp"].contains(&name.as_str());
        assert_eq!(g.verdict(&token) != "ok", needed, "AUTH-256: {name}");
    }
    // AUTH-253: the one-time spelling counts only alone, and only as a GUID.
    let guid = "11111111-2222-3333-4444-555555555555";
    for (id, sub_id, expected) in [
        (gone(), json!(guid), Some(guid)),
        (gone(), json!("admin"), None),
        (gone(), json!(7), None),
        (json!("x"), json!(guid), Some("x")),
    ] {
        let token = g.with_claims(&json!({ "id": id, "sub_id": sub_id }));
        assert_eq!(
            g.verify(&token).unwrap().user_id().as_deref(),
            expected,
            "AUTH-253: {sub_id}"
        );
    }
}
