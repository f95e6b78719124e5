//! An authority on paper, for tests of flows: its key, its documents, and a driver that answers from a list.

mod run;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_types::{Instance, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use crate::flow::{RetryPolicy, SessionKey};
use crate::jose::KeySet;
use crate::provider::{EndpointRules, ProviderMetadata};
use crate::sign_in::{InteractiveApp, Registration};
use crate::time::Now;

pub(crate) use run::{Answer, Run, run};

pub(crate) const ISSUER: &str = "https://demodb.my.erp.net/id";
pub(crate) const CLIENT_ID: &str = "PK";
pub(crate) const REDIRECT: &str = "https://app.example.com/cb";
pub(crate) const START: Timestamp = Timestamp::from_unix_seconds(1_766_505_147);
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
pub(crate) const RETRY: RetryPolicy = RetryPolicy {
    attempts: 3,
    base: Duration::from_millis(500),
    cap: Duration::from_secs(20),
};

pub(crate) fn now() -> Now {
    Now {
        wall: START,
        mono: Duration::from_secs(1000),
    }
}

pub(crate) fn instance() -> Instance {
    Instance::parse("demodb").unwrap()
}

pub(crate) fn session_key() -> SessionKey {
    SessionKey {
        instance: instance(),
        client_id: CLIENT_ID.parse().unwrap(),
        subject: "default".to_owned(),
    }
}

pub(crate) fn app() -> InteractiveApp {
    InteractiveApp::confidential(instance(), CLIENT_ID, "the-client-secret", REDIRECT)
        .and_then(|app| app.with_scopes("openid profile read offline_access"))
        .and_then(|app| app.with_post_logout_redirect_uri("https://app.example.com/bye"))
        .unwrap()
}

pub(crate) fn registration() -> Arc<Registration> {
    Arc::new(app().registration)
}

/// The metadata, with some members replaced and those that are `null` taken away.
pub(crate) fn provider_with(change: &Value) -> Arc<ProviderMetadata> {
    let mut document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/connect/authorize"),
        "token_endpoint": format!("{ISSUER}/connect/token"),
        "jwks_uri": format!("{ISSUER}/jwks"),
        "end_session_endpoint": format!("{ISSUER}/connect/endsession"),
        "revocation_endpoint": format!("{ISSUER}/connect/revocation"),
    });
    merge(&mut document, change);
    let rules = EndpointRules::default();
    Arc::new(ProviderMetadata::parse(document.to_string().as_bytes(), ISSUER, &rules).unwrap())
}

pub(crate) fn provider() -> Arc<ProviderMetadata> {
    provider_with(&json!({}))
}

fn merge(into: &mut Value, change: &Value) {
    for (name, value) in change.as_object().into_iter().flatten() {
        if value.is_null() {
            into.as_object_mut().unwrap().remove(name);
        } else {
            into[name] = value.clone();
        }
    }
}

/// A key that signs nothing but tokens of these tests.
fn key() -> &'static RsaKeyPair {
    static KEY: LazyLock<RsaKeyPair> =
        LazyLock::new(|| RsaKeyPair::from_pkcs8(include_bytes!("key.pk8")).unwrap());
    &KEY
}

/// The document with the key, under this id.
pub(crate) fn jwks(kid: &str) -> Value {
    let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(key().public_key());
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({ "keys": [{
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": text(&public.n), "e": text(&public.e),
    }]})
}

pub(crate) fn keys(kid: &str) -> Arc<KeySet> {
    Arc::new(KeySet::parse(jwks(kid).to_string().as_bytes()).unwrap())
}

/// What every good ID token of these tests says.
fn claims() -> Value {
    let at = START.unix_seconds();
    json!({
        "iss": ISSUER, "aud": CLIENT_ID, "sub": "j.doe", "nonce": "the-nonce", "sid": "D1FFEDFE", "idp": "local",
        "iat": at, "nbf": at, "exp": at + 300, "auth_time": at - 60, "amr": ["pwd"],
    })
}

/// An ID token signed by the key named `k1`, with some claims replaced and those that are `null` taken away.
pub(crate) fn id_token(change: &Value) -> String {
    id_token_by("k1", change)
}

/// The same with another name of the key in its header.
#[expect(
    clippy::disallowed_methods,
    reason = "ring wants it for every RSA signature; PKCS #1 v1.5 uses none of it"
)]
pub(crate) fn id_token_by(kid: &str, change: &Value) -> String {
    let mut claims = claims();
    merge(&mut claims, change);
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": kid });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(&header), part(&claims));
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    let random = SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature)
        .unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(&signature))
}
