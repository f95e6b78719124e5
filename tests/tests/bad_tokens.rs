//! Tokens that are none, not ours, or no more, through every driver: refused for the same reason by each, and sent nowhere.

use erpnet_tests::bad_input::Verdict::{Accept, Refuse};
use erpnet_tests::bad_input::{Case, Verdict, claims, good_token, run};
use erpnet_tests::hostile::Stage;
use erpnet_tests::instance::START;
use erpnet_tests::signing::{Key, hs256, part};
use serde_json::{Value, json};

/// A token of the good key, with members of its header and claims replaced.
fn signed(issuer: &str, header: &Value, change: &Value) -> String {
    let mut claims = claims(issuer);
    for (name, value) in change.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    Key::development(0).token(header, &claims)
}

fn with_header(issuer: &str, header: Value) -> String {
    signed(issuer, &header, &json!({}))
}

fn with_claim(issuer: &str, name: &str, value: impl Into<Value>) -> String {
    signed(issuer, &json!({}), &json!({ name: value.into() }))
}

fn without(issuer: &str, claim: &str) -> String {
    let mut claims = claims(issuer);
    claims.as_object_mut().unwrap().remove(claim);
    Key::development(0).token(&json!({}), &claims)
}

fn with_signature(issuer: &str, signature: &str) -> String {
    let token = good_token(issuer);
    let (input, _) = token.rsplit_once('.').unwrap();
    format!("{input}.{signature}")
}

/// A stranger's token that says it is of the good key.
fn strange(issuer: &str, header: Value) -> String {
    Key::development(3)
        .named("KEY-0")
        .token(&header, &claims(issuer))
}

type Make = fn(&str) -> String;

fn check(table: &[(&str, Make, Verdict)]) {
    let keys = json!({ "keys": [Key::development(0).jwk(), Key::development(2).jwk()] });
    let case = |(name, make, verdict): &(&str, Make, Verdict)| {
        Case::json(*name, &keys, *verdict).token(*make)
    };
    let cases: Vec<_> = table.iter().map(case).collect();
    run(Stage::Keys, &cases);
}

#[test]
fn auth_068_072_075_headers_and_signatures() {
    let (algorithm, bad) = (Refuse("AlgorithmNotAllowed"), Refuse("BadSignature"));
    check(&[
        ("a good one", good_token, Accept),
        (
            "none",
            |i| with_header(i, json!({"alg": "none"})),
            algorithm,
        ),
        (
            "none, unsigned",
            |i| {
                with_header(i, json!({"alg": "none"}))
                    .rsplit_once('.')
                    .unwrap()
                    .0
                    .to_owned()
                    + "."
            },
            algorithm,
        ),
        (
            "NonE",
            |i| with_header(i, json!({"alg": "NonE"})),
            algorithm,
        ),
        (
            "HMAC with the modulus",
            |i| hs256("KEY-0", &Key::development(0).components().0, &claims(i)),
            algorithm,
        ),
        (
            "HMAC with the key in DER",
            |i| hs256("KEY-0", Key::development(0).public_der(), &claims(i)),
            algorithm,
        ),
        (
            "PS256",
            |i| Key::development(0).sign_truly("PS256", &claims(i)),
            algorithm,
        ),
        ("a stranger's", |i| strange(i, json!({})), bad),
        (
            "an embedded key",
            |i| strange(i, json!({"jwk": Key::development(3).jwk()})),
            bad,
        ),
        (
            "a key elsewhere",
            |i| strange(i, json!({"jku": "{foreign}/jwks", "x5u": "{foreign}/x5u"})),
            bad,
        ),
        (
            "of an unknown key",
            |i| strange(i, json!({"kid": "evil"})),
            Refuse("UnknownKey"),
        ),
        (
            "crit",
            |i| with_header(i, json!({"crit": ["exp"]})),
            Refuse("CriticalHeader"),
        ),
        (
            "b64",
            |i| with_header(i, json!({"crit": ["b64"], "b64": false})),
            Refuse("CriticalHeader"),
        ),
        (
            "an ID token's type",
            |i| with_header(i, json!({"typ": "JWT"})),
            Refuse("WrongType"),
        ),
        ("no signature", |i| with_signature(i, ""), bad),
        (
            "a signature of zeros",
            |i| with_signature(i, &part(&[0; 256])),
            bad,
        ),
        (
            "a short signature",
            |i| with_signature(i, &part(&[7; 255])),
            bad,
        ),
        (
            "another payload's signature",
            |i| {
                let other = with_claim(i, "sub", "root");
                with_signature(i, other.rsplit_once('.').unwrap().1)
            },
            bad,
        ),
    ]);
}

#[test]
fn auth_081_228_forms() {
    let malformed = Refuse("Malformed");
    check(&[
        (
            "two parts",
            |i| good_token(i).rsplit_once('.').unwrap().0.to_owned(),
            malformed,
        ),
        ("four parts", |i| good_token(i) + ".AA", malformed),
        (
            "an encrypted one",
            |i| good_token(i) + ".AA.AA",
            Refuse("Encrypted"),
        ),
        ("padded", |i| good_token(i) + "=", malformed),
        (
            "the other alphabet",
            |i| with_signature(i, &"+/".repeat(171)),
            malformed,
        ),
        ("a blank behind", |i| good_token(i) + " ", malformed),
        (
            "a line break in front",
            |i| "\n".to_owned() + &good_token(i),
            malformed,
        ),
        ("empty", |_| String::new(), malformed),
        (
            "a reference token",
            |_| "enrt_0A0A".to_owned(),
            Refuse("Reference"),
        ),
        (
            "one with dots",
            |_| "enrt_x.y.z".to_owned(),
            Refuse("Reference"),
        ),
        (
            "16 kB and more",
            |i| good_token(i) + &"A".repeat(16 * 1024),
            Refuse("TooLarge"),
        ),
    ]);
}

#[test]
fn auth_057_076_082_257_claims() {
    let claim = Refuse("InvalidClaim|MissingClaim");
    let audience = Refuse("WrongAudience|NoApiAudience|MissingClaim");
    check(&[
        ("no exp", |i| without(i, "exp"), claim),
        (
            "exp as a text",
            |i| with_claim(i, "exp", (START + 60).to_string()),
            claim,
        ),
        ("exp null", |i| with_claim(i, "exp", Value::Null), claim),
        (
            "exp negative",
            |i| with_claim(i, "exp", -1),
            Refuse("Expired|InvalidClaim"),
        ),
        (
            "exp in fractions",
            |i| with_claim(i, "exp", 1_766_508_747.5),
            Accept,
        ),
        (
            "exp beyond all times",
            |i| with_claim(i, "exp", 1e300),
            claim,
        ),
        (
            "exp in milliseconds",
            |i| with_claim(i, "exp", (START + 60) * 1000),
            claim,
        ),
        (
            "over",
            |i| with_claim(i, "exp", START - 61),
            Refuse("Expired"),
        ),
        (
            "not yet",
            |i| with_claim(i, "nbf", START + 600),
            Refuse("NotYetValid"),
        ),
        ("nbf as a text", |i| with_claim(i, "nbf", "now"), claim),
        ("no issuer", |i| without(i, "iss"), claim),
        (
            "another issuer",
            |i| with_claim(i, "iss", "https://evil.example/id"),
            Refuse("WrongIssuer"),
        ),
        (
            "an issuer with a slash",
            |i| with_claim(i, "iss", format!("{i}/")),
            Refuse("WrongIssuer"),
        ),
        ("no audience", |i| without(i, "aud"), audience),
        (
            "another audience",
            |i| with_claim(i, "aud", "https://evil.example"),
            audience,
        ),
        (
            "an audience of another type",
            |i| with_claim(i, "aud", json!({"DomainAPI": true})),
            claim,
        ),
        (
            "scopes of another type",
            |i| with_claim(i, "scope", json!({"read": true})),
            claim,
        ),
    ]);
}
