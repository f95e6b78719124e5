//! The relying-party modules of the OpenID certification that are about the end of a session, by their published names.

use erpnet_core::sign_out::{SignOut, SignOutReturn};
use erpnet_tests::instance::START;
use erpnet_tests::sign_in::{ISSUER, STATE, SignIn, metadata};
use erpnet_tests::signing::hs256;
use serde_json::{Value, json};

fn gone(claim: &str) -> Value {
    json!({ claim: { "gone": true } })
}

/// Where the browser comes back to, with what the authority adds.
fn comes_back(query: &str) -> SignOutReturn {
    let sign_in = SignIn::default();
    let provider = metadata(&json!({})).unwrap();
    let original = sign_in.original();
    let url = SignOut::at(&provider)
        .unwrap()
        .id_token_hint(original.raw())
        .return_to("https://app.example.com/signed-out", STATE)
        .url()
        .unwrap();
    let url = url::Url::parse(url.expose()).unwrap();
    let sent: Vec<_> = url.query_pairs().collect();
    assert!(sent.contains(&("state".into(), STATE.into())));
    assert!(sent.contains(&("id_token_hint".into(), original.raw().expose().into())));
    SignOutReturn::read(query, STATE)
}

#[test]
fn oidcc_client_test_rp_init_logout() {
    assert_eq!(
        comes_back(&format!("state={STATE}")),
        SignOutReturn::Expected
    );
}

#[test]
fn oidcc_client_test_rp_init_logout_no_state() {
    assert_eq!(comes_back(""), SignOutReturn::WithoutState);
}

#[test]
fn oidcc_client_test_rp_init_logout_other_state() {
    let other = format!("state={STATE}1");
    assert_eq!(comes_back(&other), SignOutReturn::OtherState);
}

fn logout_claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "com.example/portal", "iat": START, "exp": START + 120, "jti": "bWJq",
        "sub": "j.doe", "sid": "D1FFEDFE4CB32300D26C265B9BD374FB",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

/// What the endpoint answers: 200 or 400.
fn posted(header: &Value, change: &Value) -> u16 {
    let sign_in = SignIn::default();
    let mut claims = logout_claims();
    for (name, value) in change.as_object().into_iter().flatten() {
        if value["gone"] == true {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    let mut full = json!({ "typ": "logout+jwt" });
    for (name, value) in header.as_object().into_iter().flatten() {
        full[name] = value.clone();
    }
    let token = sign_in.key.token(&full, &claims);
    let verified = sign_in.verifier().logout_token(&token, sign_in.now);
    if verified.is_ok() { 200 } else { 400 }
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout() {
    assert_eq!(posted(&json!({}), &json!({})), 200);
    for change in [gone("sid"), gone("sub")] {
        assert_eq!(posted(&json!({}), &change), 200, "one of the two is enough");
    }
    for change in [
        json!({ "sid": { "gone": true }, "sub": { "gone": true } }),
        gone("jti"),
        gone("iat"),
        gone("exp"),
        json!({ "sub": "" }),
        json!({ "sid": "" }),
        json!({ "jti": "" }),
        json!({ "exp": START - 60 }),
    ] {
        assert_eq!(posted(&json!({}), &change), 400, "{change}");
    }
    for (typ, status) in [("JWT", 200), ("at+jwt", 400), ("LOGOUT+JWT", 200)] {
        assert_eq!(posted(&json!({ "typ": typ }), &json!({})), status, "{typ}");
    }
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_alg_none() {
    assert_eq!(posted(&json!({ "alg": "none" }), &json!({})), 400);
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg() {
    let sign_in = SignIn::default();
    let token = hs256(&sign_in.key.kid, b"the client secret", &logout_claims());
    assert!(
        sign_in
            .verifier()
            .logout_token(&token, sign_in.now)
            .is_err()
    );
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_no_event() {
    assert_eq!(posted(&json!({}), &gone("events")), 400);
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event() {
    for events in [
        json!({ "http://schemas.openid.net/event/other": {} }),
        json!({ "http://schemas.openid.net/event/backchannel-logout": true }),
        json!("http://schemas.openid.net/event/backchannel-logout"),
        json!(["http://schemas.openid.net/event/backchannel-logout"]),
        json!({}),
    ] {
        assert_eq!(
            posted(&json!({}), &json!({ "events": events })),
            400,
            "{events}"
        );
    }
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce() {
    assert_eq!(posted(&json!({}), &json!({ "nonce": "n" })), 400);
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud() {
    let change = json!({ "aud": "com.example/portal1" });
    assert_eq!(posted(&json!({}), &change), 400);
}

#[test]
fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_iss() {
    let change = json!({ "iss": format!("{ISSUER}1") });
    assert_eq!(posted(&json!({}), &change), 400);
}
