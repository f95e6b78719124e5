//! Claims of tokens whose signature is good: times, audience, issuer, scopes, and the documented shapes.

use std::time::Duration;

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
