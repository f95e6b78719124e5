//! Tokens with the wrong algorithm, key or type in their header.

use std::sync::Arc;

use erpnet_tests::gateway::Gateway;
use erpnet_tests::replay::{Replay, ReplayServer};
use erpnet_tests::signing::{Key, hs256, part};
use serde_json::{Value, json};

fn check(gateway: &Gateway, table: &[(&str, String, &str)]) {
    assert!(gateway.is_sound());
    for (name, token, expected) in table {
        assert_eq!(gateway.verdict(token), *expected, "{name}");
    }
}

/// AUTH-068: exactly RS256, in exactly this spelling.
#[test]
fn auth_068_algorithms() {
    let g = Gateway::default();
    let mut table = Vec::new();
    for alg in [
        "none", "None", "NONE", "nOnE", "", "rs256", "RS256 ", "HS384", "ES256", "EdDSA", "PS512",
    ] {
        table.push((
            alg,
            g.with_header(&json!({ "alg": alg })),
            "AlgorithmNotAllowed",
        ));
        let (unsigned, _) = table[table.len() - 1]
            .1
            .rsplit_once('.')
            .expect("three parts");
        table.push((alg, format!("{unsigned}."), "AlgorithmNotAllowed"));
    }
    for alg in ["RS384", "RS512", "PS256"] {
        table.push((
            alg,
            g.key.sign_truly(alg, &g.claims()),
            "AlgorithmNotAllowed",
        ));
        // Signed so, and said to be RS256.
        let truly = g.key.sign_truly(alg, &g.claims());
        let (_, signature) = truly.rsplit_once('.').expect("three parts");
        let (signed, _) = table[0].1.rsplit_once('.').expect("three parts");
        let header = part(
            json!({ "alg": "RS256", "kid": g.key.kid, "typ": "at+jwt" })
                .to_string()
                .as_bytes(),
        );
        let (_, payload) = signed.split_once('.').expect("two parts");
        table.push((
            alg,
            format!("{header}.{payload}.{signature}"),
            "BadSignature",
        ));
    }
    for odd in [
        json!(null),
        json!(256),
        json!(["RS256"]),
        json!({ "RS256": 1 }),
        json!(true),
    ] {
        let header = json!({ "alg": odd, "kid": g.key.kid, "typ": "at+jwt" }).to_string();
        table.push((
            "an odd alg",
            g.key.sign(&header, g.claims().to_string().as_bytes()),
            "NotJson",
        ));
    }
    table.push(("no alg", g.with_header(&json!({ "alg": null })), "NotJson"));
    check(&g, &table);
}

/// AUTH-068: the published key is no shared secret, in whatever encoding.
#[test]
fn auth_068_hmac_with_the_public_key() {
    let g = Gateway::default();
    let ((n, e), kid) = (g.key.components(), &g.key.kid);
    let der = g.key.public_der();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
    let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{base64}\n-----END RSA PUBLIC KEY-----");
    let jwk = g.key.jwk().to_string();
    let (with_newline, text) = (format!("{pem}\n"), part(&n));
    let shared: [&[u8]; 9] = [
        der,
        &n,
        &e,
        pem.as_bytes(),
        with_newline.as_bytes(),
        jwk.as_bytes(),
        text.as_bytes(),
        base64.as_bytes(),
        b"",
    ];
    let table: Vec<_> = shared
        .iter()
        .map(|key| ("hmac", hs256(kid, key, &g.claims()), "AlgorithmNotAllowed"))
        .collect();
    check(&g, &table);
    for (_, token, _) in &table {
        // The same, said to be RS256.
        let (signed, tag) = token.rsplit_once('.').expect("three parts");
        let (_, payload) = signed.split_once('.').expect("two parts");
        let header = part(
            json!({ "alg": "RS256", "kid": kid, "typ": "at+jwt" })
                .to_string()
                .as_bytes(),
        );
        assert_eq!(
            g.verdict(&format!("{header}.{payload}.{tag}")),
            "BadSignature"
        );
    }
}

/// AUTH-070, AUTH-071, AUTH-073: the key is the published one with exactly this id.
#[test]
fn auth_070_073_key_ids() {
    let g = Gateway::default();
    let with = |kid: Value| g.with_header(&json!({ "kid": kid }));
    let other = g.sandbox.kids().remove(0);
    let table = [
        ("unknown", with(json!("0000")), "UnknownKey"),
        (
            "lower case",
            with(json!(g.key.kid.to_lowercase())),
            "UnknownKey",
        ),
        (
            "a blank",
            with(json!(format!("{} ", g.key.kid))),
            "UnknownKey",
        ),
        ("empty", with(json!("")), "UnknownKey"),
        ("a path", with(json!("../../../../dev/null")), "UnknownKey"),
        (
            "a query",
            with(json!(
                "x' UNION SELECT 'AyM1SysPpbyDfgZld3umj1qzKObwVMko'--"
            )),
            "UnknownKey",
        ),
        ("long", with(json!("k".repeat(5000))), "UnknownKey"),
        (
            "terminal escapes",
            with(json!("\u{1b}[2J\r\n")),
            "UnknownKey",
        ),
        ("none", with(json!(null)), "NoKeyId"),
        ("a number", with(json!(7)), "NotJson"),
        ("the other key's", with(json!(other)), "BadSignature"),
        (
            "a stranger's key under this id",
            Key::development(3)
                .named(&g.key.kid)
                .token(&json!({}), &g.claims()),
            "BadSignature",
        ),
    ];
    check(&g, &table);
    let fetches = g
        .sandbox
        .count("GET", "/id/.well-known/openid-configuration/jwks");
    assert_eq!(
        fetches,
        2 * g.clients(),
        "AUTH-073: a flood of invented ids is looked up once"
    );
}

/// AUTH-075: access tokens say that they are.
#[test]
fn auth_075_types() {
    let g = Gateway::default();
    let with = |typ: Value| g.with_header(&json!({ "typ": typ }));
    let table = [
        ("in full", with(json!("application/at+jwt")), "ok"),
        ("in capitals", with(json!("AT+JWT")), "ok"),
        ("an ID token's", with(json!("JWT")), "WrongType"),
        ("none", with(json!(null)), "WrongType"),
        ("empty", with(json!("")), "WrongType"),
        ("a blank", with(json!("at+jwt ")), "WrongType"),
        ("another family", with(json!("text/at+jwt")), "WrongType"),
        ("a logout token's", with(json!("logout+jwt")), "WrongType"),
        ("a list", with(json!(["at+jwt"])), "NotJson"),
    ];
    check(&g, &table);
    let old = Gateway::with(|options| options.insecure_plain_jwt_type = true);
    let with = |typ: Value| old.with_header(&json!({ "typ": typ }));
    check(
        &old,
        &[
            ("JWT, allowed", with(json!("JWT")), "ok"),
            ("none, allowed", with(json!(null)), "ok"),
            ("another", with(json!("logout+jwt")), "WrongType"),
        ],
    );
}

/// AUTH-072: keys that a token brings along, or points at, are not looked at.
#[test]
fn auth_072_embedded_keys_and_critical_extensions() {
    let g = Gateway::default();
    let elsewhere = Arc::new(Replay::default());
    let foreign = ReplayServer::start(Arc::clone(&elsewhere));
    let stranger = Key::development(3).named("evil");
    let links = json!({ "jku": format!("{}/jwks", foreign.root()), "x5u": format!("{}/x5u", foreign.root()),
        "jwk": stranger.jwk(), "x5c": ["MIIB"], "x5t": "dGh1bWI" });
    let mut borrowed = links.clone();
    borrowed["kid"] = json!(g.key.kid);
    let table = [
        ("our key, with links", g.with_header(&links), "ok"),
        (
            "a stranger's key",
            stranger.token(&links, &g.claims()),
            "UnknownKey",
        ),
        (
            "a stranger's key under our id",
            stranger.token(&borrowed, &g.claims()),
            "BadSignature",
        ),
        (
            "crit",
            g.with_header(&json!({ "crit": ["exp"], "exp": 1 })),
            "CriticalHeader",
        ),
        (
            "an empty crit",
            g.with_header(&json!({ "crit": [] })),
            "CriticalHeader",
        ),
        (
            "crit that is no list",
            g.with_header(&json!({ "crit": "b64" })),
            "CriticalHeader",
        ),
        (
            "b64",
            g.with_header(&json!({ "crit": ["b64"], "b64": false })),
            "CriticalHeader",
        ),
    ];
    check(&g, &table);
    let (signed, signature) = table[6].1.rsplit_once('.').expect("three parts");
    let (header, _) = signed.split_once('.').expect("two parts");
    let unencoded = format!("{header}.{}.{signature}", "plain");
    assert_eq!(
        g.verdict(&unencoded),
        "CriticalHeader",
        "b64=false with a plain payload"
    );
    assert_eq!(elsewhere.log(), []);
}
