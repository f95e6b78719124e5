//! Arbitrary answers: from proper documents, damaged ones, JSON with the right words in the wrong places, to noise.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::instance;

/// The root of the instance that the documents are of.
pub const ROOT: &str = "http://127.0.0.1:8";

const NAMES: [&str; 40] = [
    "Host",
    "DbName",
    "WebSites",
    "Type",
    "Status",
    "Url",
    "System",
    "AdditionalProperties",
    "ODataServiceRoot",
    "StatusDescription",
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "scopes_supported",
    "id_token_signing_alg_values_supported",
    "keys",
    "kty",
    "kid",
    "use",
    "alg",
    "key_ops",
    "n",
    "e",
    "access_token",
    "token_type",
    "expires_in",
    "scope",
    "refresh_token",
    "error",
    "error_description",
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "sub",
    "client_id",
    "client_system_user",
    "is_admin",
];

const TEXTS: [&str; 22] = [
    "",
    "ID",
    "DomainAPI",
    "Working",
    "NotWorking",
    "http://127.0.0.1:8/id",
    "http://127.0.0.1:8/id/connect/token",
    "https://evil.example/x",
    "/relative",
    "file:///etc/passwd",
    "RSA",
    "EC",
    "sig",
    "RS256",
    "none",
    "AQAB",
    "Bearer",
    "mac",
    "read update",
    "invalid_client",
    "true",
    "9e999",
];

/// JSON with the names and texts that the documents know.
pub fn json_like() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e12..1e12).prop_map(|number: f64| json!(number)),
        proptest::sample::select(&TEXTS[..]).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let name = prop_oneof![4 => proptest::sample::select(&NAMES[..]).prop_map(str::to_owned), 1 => ".{0,6}"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((name, inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A proper document.
fn document() -> impl Strategy<Value = Vec<u8>> {
    let names = [
        "sites",
        "metadata",
        "keys",
        "token",
        "customers",
        "login_page",
    ];
    let all = names.map(|name| instance::response(name, ROOT).body);
    proptest::sample::select(all.to_vec())
}

/// A proper document with one member replaced by something.
fn altered() -> impl Strategy<Value = Vec<u8>> {
    (
        document(),
        proptest::sample::select(&NAMES[..]),
        json_like(),
    )
        .prop_map(
            |(document, name, value)| match serde_json::from_slice::<Value>(&document) {
                Ok(Value::Object(mut members)) => {
                    members.insert(name.to_owned(), value);
                    Value::Object(members).to_string().into_bytes()
                }
                _ => document,
            },
        )
}

/// A proper document with a few bytes changed, and perhaps cut off.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4);
    let cut = proptest::option::of(any::<proptest::sample::Index>());
    (document(), changes, cut).prop_map(|(mut bytes, changes, cut)| {
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    })
}

/// Any body.
pub fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => document(),
        3 => altered(),
        2 => damaged(),
        2 => json_like().prop_map(|json| json.to_string().into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
    ]
}

/// Any response.
pub fn response() -> impl Strategy<Value = http::Response<Vec<u8>>> {
    let statuses: [u16; 20] = [
        200, 200, 200, 200, 201, 204, 301, 302, 400, 401, 403, 404, 405, 410, 429, 500, 502, 503,
        504, 599,
    ];
    let wait = proptest::option::of(prop_oneof![
        (0..100_000_u32).prop_map(|seconds| seconds.to_string()),
        Just("Tue, 23 Dec 2025 15:52:34 GMT".to_owned()),
        Just("soon".to_owned()),
    ]);
    let date = proptest::option::of(proptest::sample::select(
        &[
            "Tue, 23 Dec 2025 15:52:27 GMT",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "yesterday",
        ][..],
    ));
    let kind = proptest::option::of(proptest::sample::select(
        &["application/json", "text/html", "\u{7f}x"][..],
    ));
    (
        proptest::sample::select(statuses.to_vec()),
        wait,
        date,
        kind,
        body(),
    )
        .prop_map(|(status, wait, date, kind, body)| {
            let mut builder = http::Response::builder().status(status);
            if let Some(wait) = wait {
                builder = builder.header("retry-after", wait);
            }
            if let Some(date) = date {
                builder = builder.header("date", date);
            }
            if let Some(kind) = kind.filter(|kind| kind.is_ascii() && !kind.contains('\u{7f}')) {
                builder = builder.header("content-type", kind);
            }
            builder.body(body).expect("a proper head")
        })
}
