//! The relying-party modules of the OpenID certification, by their published names: the stimulus is built here, the
//! verdict is the library's. What a module asks of the flow around it stands in [`ELSEWHERE`].

use std::time::Duration;

use erpnet_core::flow::Exchange;
use erpnet_core::provider::{Discovery, EndpointRules};
use erpnet_core::userinfo::{UserInfo, UserInfoRequest};
use erpnet_core::{Error, Reason};
use erpnet_tests::sign_in::{ACCESS_TOKEN, ISSUER, SignIn, Way, metadata};
use erpnet_tests::signing::{Key, hs256, part};
use erpnet_types::AccessToken;
use serde_json::{Value, json};

const DEADLINE: Duration = Duration::from_secs(30);

/// The modules that no test here decides, or not alone, and why.
const ELSEWHERE: [(&str, &str); 24] = [
    (
        "3rd-party-init-login",
        "sign-ins that others start are not offered: login CSRF",
    ),
    (
        "aggregated-claims",
        "no ERP.net authority has claims of others; comprehensive plan only",
    ),
    (
        "client-secret-basic",
        "the secret goes in the form, the one documented way (AUTH-084)",
    ),
    (
        "discovery-webfinger-acct",
        "authorities are configured, never looked up by user",
    ),
    (
        "discovery-webfinger-url",
        "authorities are configured, never looked up by user",
    ),
    (
        "distributed-claims",
        "no ERP.net authority has claims of others; comprehensive plan only",
    ),
    (
        "dynamic-registration",
        "applications are registered by an administrator",
    ),
    ("form-post-error", "the whole flow: callback"),
    (
        "missing-athash",
        "response types with `token` are not offered",
    ),
    ("mtls-endpoint-aliases", "no mutual TLS at ERP.net"),
    (
        "nonce-unless-code-flow",
        "the whole flow: the authorization request; tokens without one are refused here",
    ),
    (
        "refresh-token",
        "the whole flow; its ID token is verified here",
    ),
    ("request-uri-signed-none", "no request objects at ERP.net"),
    ("request-uri-signed-rs256", "no request objects at ERP.net"),
    (
        "rp-frontchannel-opinitlogout",
        "no front-channel logout at ERP.net: a page of the application's own",
    ),
    (
        "rp-frontchannel-rpinitlogout",
        "no front-channel logout at ERP.net: a page of the application's own",
    ),
    (
        "scope-userinfo-claims",
        "the whole flow: scopes; the claims are read here",
    ),
    (
        "session-management",
        "polling an iframe is the browser's business",
    ),
    (
        "userinfo-bearer-body",
        "the token goes in the header, as RFC 6750 section 2.1 recommends",
    ),
    (
        "userinfo-signed",
        "dynamic registration only: refused with advice, tested here",
    ),
    (
        "rp-backchannel-rpinitlogout",
        "the whole flow: the endpoint; its token is verified here",
    ),
    (
        "signing-key-rotation",
        "the whole flow: the fetch; the need for it is told here",
    ),
    (
        "signing-key-rotation-just-before-signing",
        "the whole flow: the fetch; the need for it is told here",
    ),
    ("", "the whole flow; its ID tokens are verified here"),
];

/// The published names, after `oidcc-client-test`.
const MODULES: [&str; 57] = [
    "",
    "-3rd-party-init-login",
    "-aggregated-claims",
    "-client-secret-basic",
    "-discovery-issuer-mismatch",
    "-discovery-jwks-uri-keys",
    "-discovery-openid-config",
    "-discovery-webfinger-acct",
    "-discovery-webfinger-url",
    "-distributed-claims",
    "-dynamic-registration",
    "-form-post-error",
    "-idtoken-sig-none",
    "-idtoken-sig-rs256",
    "-invalid-athash",
    "-invalid-aud",
    "-invalid-chash",
    "-invalid-iss",
    "-invalid-sig-es256",
    "-invalid-sig-hs256",
    "-invalid-sig-rs256",
    "-kid-absent-multiple-jwks",
    "-kid-absent-single-jwks",
    "-missing-athash",
    "-missing-aud",
    "-missing-chash",
    "-missing-iat",
    "-missing-sub",
    "-mtls-endpoint-aliases",
    "-nonce-invalid",
    "-nonce-unless-code-flow",
    "-refresh-token",
    "-refresh-token-invalid-issuer",
    "-refresh-token-invalid-sub",
    "-request-uri-signed-none",
    "-request-uri-signed-rs256",
    "-rp-backchannel-rpinitlogout",
    "-rp-backchannel-rpinitlogout-alg-none",
    "-rp-backchannel-rpinitlogout-no-event",
    "-rp-backchannel-rpinitlogout-with-nonce",
    "-rp-backchannel-rpinitlogout-wrong-alg",
    "-rp-backchannel-rpinitlogout-wrong-aud",
    "-rp-backchannel-rpinitlogout-wrong-event",
    "-rp-backchannel-rpinitlogout-wrong-iss",
    "-rp-frontchannel-opinitlogout",
    "-rp-frontchannel-rpinitlogout",
    "-rp-init-logout",
    "-rp-init-logout-no-state",
    "-rp-init-logout-other-state",
    "-scope-userinfo-claims",
    "-session-management",
    "-signing-key-rotation",
    "-signing-key-rotation-just-before-signing",
    "-userinfo-bearer-body",
    "-userinfo-bearer-header",
    "-userinfo-invalid-sub",
    "-userinfo-signed",
];

#[test]
fn every_module_is_decided_here_or_has_a_reason() {
    let source = concat!(
        include_str!("rp_certification.rs"),
        include_str!("rp_certification_logout.rs")
    );
    for module in MODULES {
        let here = format!("fn oidcc_client_test{}()", module.replace('-', "_"));
        let name = module.strip_prefix('-').unwrap_or(module);
        let elsewhere = ELSEWHERE.iter().any(|(listed, _)| *listed == name);
        assert!(source.contains(&here) || elsewhere, "{module}");
    }
    for (listed, _) in ELSEWHERE {
        let name = if listed.is_empty() {
            String::new()
        } else {
            format!("-{listed}")
        };
        let known = MODULES.contains(&name.as_str());
        assert!(known, "{listed}");
    }
}

/// Code and hybrid alike: on either way the token is refused for this reason, and the good one is not.
fn refused(change: &Value, why: &str) {
    let sign_in = SignIn::default();
    for way in [Way::Front, Way::Back] {
        let good = sign_in.token(way, &json!({}));
        assert_eq!(sign_in.verdict(way, &good), "ok", "{way:?}");
        let bad = sign_in.token(way, change);
        assert_eq!(sign_in.verdict(way, &bad), why, "{way:?}");
    }
}

/// The value of a good token with something at its end.
fn longer(way: Way, claim: &str) -> Value {
    let good = SignIn::claims(way);
    json!({ claim: format!("{}1", good[claim].as_str().expect("a text")) })
}

fn gone(claim: &str) -> Value {
    json!({ claim: { "gone": true } })
}

#[test]
fn oidcc_client_test() {
    let sign_in = SignIn::default();
    let front = sign_in.token(Way::Front, &json!({}));
    let front = sign_in.verify(Way::Front, &front).unwrap();
    let back = sign_in.token(Way::Back, &json!({}));
    let back = sign_in.verify(Way::Back, &back).unwrap();
    back.check_same_sign_in(&front).unwrap();
    let claims = user_info(&json!({ "sub": "j.doe", "name": "John Doe" })).unwrap();
    assert_eq!(claims.identity(), back.identity());
}

#[test]
fn oidcc_client_test_invalid_iss() {
    refused(&longer(Way::Back, "iss"), "WrongIssuer");
}

#[test]
fn oidcc_client_test_invalid_aud() {
    refused(&longer(Way::Back, "aud"), "WrongAudience");
}

#[test]
fn oidcc_client_test_missing_aud() {
    refused(&gone("aud"), "MissingClaim(aud)");
}

#[test]
fn oidcc_client_test_missing_iat() {
    refused(&gone("iat"), "MissingClaim(iat)");
}

#[test]
fn oidcc_client_test_missing_sub() {
    refused(&gone("sub"), "MissingClaim(sub)");
}

#[test]
fn oidcc_client_test_nonce_invalid() {
    refused(&longer(Way::Back, "nonce"), "NonceMismatch");
}

#[test]
fn oidcc_client_test_invalid_chash() {
    let sign_in = SignIn::default();
    let token = sign_in.token(Way::Front, &longer(Way::Front, "c_hash"));
    assert_eq!(sign_in.verdict(Way::Front, &token), "HashMismatch(c_hash)");
}

#[test]
fn oidcc_client_test_missing_chash() {
    let sign_in = SignIn::default();
    let token = sign_in.token(Way::Front, &gone("c_hash"));
    assert_eq!(sign_in.verdict(Way::Front, &token), "MissingClaim(c_hash)");
}

/// Published for response types with `token`; here for the token endpoint.
#[test]
fn oidcc_client_test_invalid_athash() {
    let sign_in = SignIn::default();
    for way in [Way::Back, Way::Refresh] {
        let token = sign_in.token(way, &longer(way, "at_hash"));
        assert_eq!(sign_in.verdict(way, &token), "HashMismatch(at_hash)");
    }
}

/// Refusing is allowed in the code flow and demanded in hybrid.
#[test]
fn oidcc_client_test_idtoken_sig_none() {
    let sign_in = SignIn::default();
    for way in [Way::Front, Way::Back] {
        let header = json!({ "alg": "none" }).to_string();
        let claims = SignIn::claims(way).to_string();
        let token = format!("{}.{}.", part(header.as_bytes()), part(claims.as_bytes()));
        assert_eq!(sign_in.verdict(way, &token), "AlgorithmNotAllowed");
    }
}

#[test]
fn oidcc_client_test_idtoken_sig_rs256() {
    let sign_in = SignIn::default();
    let token = sign_in.token_with(&json!({ "alg": "RS256" }), &SignIn::claims(Way::Back));
    assert_eq!(sign_in.verdict(Way::Back, &token), "ok");
}

#[test]
fn oidcc_client_test_invalid_sig_rs256() {
    let sign_in = SignIn::default();
    for way in [Way::Front, Way::Back] {
        let other = Key::development(3).named(&sign_in.key.kid);
        let token = other.token(&json!({ "typ": "JWT" }), &SignIn::claims(way));
        assert_eq!(sign_in.verdict(way, &token), "BadSignature");
    }
}

#[test]
fn oidcc_client_test_invalid_sig_hs256() {
    let sign_in = SignIn::default();
    for shared in [&b"the client secret"[..], sign_in.key.public_der()] {
        let token = hs256(&sign_in.key.kid, shared, &SignIn::claims(Way::Back));
        assert_eq!(sign_in.verdict(Way::Back, &token), "AlgorithmNotAllowed");
    }
}

/// Whatever algorithms are read: an ES256 header over what is no such signature is refused.
#[test]
fn oidcc_client_test_invalid_sig_es256() {
    let sign_in = SignIn::default();
    for way in [Way::Front, Way::Back] {
        let token = sign_in.token_with(&json!({ "alg": "ES256" }), &SignIn::claims(way));
        assert_ne!(sign_in.verdict(way, &token), "ok");
    }
}

#[test]
fn oidcc_client_test_kid_absent_single_jwks() {
    let mut sign_in = SignIn::default();
    sign_in.jwks = vec![sign_in.key.jwk()];
    sign_in.jwks[0].as_object_mut().unwrap().remove("kid");
    for way in [Way::Front, Way::Back] {
        let token = sign_in.token_with(&json!({ "kid": null }), &SignIn::claims(way));
        assert_eq!(sign_in.verdict(way, &token), "ok");
    }
}

/// "Reject, or try all keys": rejected, for access tokens are (AUTH-073) and one policy is enough.
#[test]
fn oidcc_client_test_kid_absent_multiple_jwks() {
    let mut sign_in = SignIn::default();
    for key in &mut sign_in.jwks {
        key.as_object_mut().unwrap().remove("kid");
    }
    let token = sign_in.token_with(&json!({ "kid": null }), &SignIn::claims(Way::Back));
    assert_eq!(sign_in.verdict(Way::Back, &token), "NoKeyId");
}

/// The key is replaced: the verifier says that other keys are needed, and with them the token is good.
#[test]
fn oidcc_client_test_signing_key_rotation() {
    let mut sign_in = SignIn {
        key: Key::development(3),
        ..SignIn::default()
    };
    let token = sign_in.token(Way::Back, &json!({}));
    assert!(sign_in.verifier().needs_other_keys(&token));
    assert_eq!(sign_in.verdict(Way::Back, &token), "UnknownKey");
    sign_in.jwks = vec![sign_in.key.jwk()];
    assert!(!sign_in.verifier().needs_other_keys(&token));
    assert_eq!(sign_in.verdict(Way::Back, &token), "ok");
}

/// The same between callback and token request: the front-channel token was good by the old keys.
#[test]
fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    let mut sign_in = SignIn::default();
    let front = sign_in.token(Way::Front, &json!({}));
    let front = sign_in.verify(Way::Front, &front).unwrap();
    sign_in.key = Key::development(3);
    let token = sign_in.token(Way::Back, &json!({}));
    assert!(sign_in.verifier().needs_other_keys(&token));
    sign_in.jwks.push(sign_in.key.jwk());
    let back = sign_in.verify(Way::Back, &token).unwrap();
    back.check_same_sign_in(&front).unwrap();
}

#[test]
fn oidcc_client_test_refresh_token_invalid_issuer() {
    let sign_in = SignIn::default();
    let token = sign_in.token(Way::Refresh, &longer(Way::Refresh, "iss"));
    assert_eq!(sign_in.verdict(Way::Refresh, &token), "WrongIssuer");
}

#[test]
fn oidcc_client_test_refresh_token_invalid_sub() {
    let sign_in = SignIn::default();
    let token = sign_in.token(Way::Refresh, &longer(Way::Refresh, "sub"));
    assert_eq!(sign_in.verdict(Way::Refresh, &token), "ChangedClaim(sub)");
}

#[test]
fn oidcc_client_test_discovery_openid_config() {
    let discovery = Discovery::new(ISSUER, EndpointRules::default(), DEADLINE).unwrap();
    let place = format!("{ISSUER}/.well-known/openid-configuration");
    assert_eq!(discovery.uri().to_string(), place);
    assert_eq!(metadata(&json!({})).unwrap().issuer, ISSUER);
}

#[test]
fn oidcc_client_test_discovery_issuer_mismatch() {
    let error = metadata(&json!({ "issuer": format!("{ISSUER}INVALID") })).unwrap_err();
    assert!(
        matches!(error.reason(), Reason::IssuerMismatch { .. }),
        "{error}"
    );
}

#[test]
fn oidcc_client_test_discovery_jwks_uri_keys() {
    let place = format!("{ISSUER}/keys-7f3a");
    let found = metadata(&json!({ "jwks_uri": place })).unwrap();
    assert_eq!(found.jwks_uri.to_string(), place);
}

fn user_info_request() -> UserInfoRequest {
    let sign_in = SignIn::default();
    let token = sign_in.token(Way::Back, &json!({}));
    let id_token = sign_in.verify(Way::Back, &token).unwrap();
    let access_token = AccessToken::new(ACCESS_TOKEN).unwrap();
    UserInfoRequest::new(
        &metadata(&json!({})).unwrap(),
        access_token,
        &id_token,
        DEADLINE,
    )
    .unwrap()
}

fn user_info(claims: &Value) -> Result<UserInfo, Error> {
    let reply = http::Response::builder().header("content-type", "application/json");
    let reply = reply.body(claims.to_string().into_bytes()).unwrap();
    user_info_request().read(reply, SignIn::default().now)
}

#[test]
fn oidcc_client_test_userinfo_bearer_header() {
    let transmit = user_info_request().request().unwrap();
    let sent = transmit.request();
    assert_eq!(
        sent.headers()["authorization"],
        format!("Bearer {ACCESS_TOKEN}")
    );
    assert!(sent.uri().query().is_none() && sent.body().is_empty());
    assert_eq!(sent.method(), http::Method::GET);
}

#[test]
fn oidcc_client_test_userinfo_invalid_sub() {
    let error = user_info(&json!({ "sub": "j.doeinvalid" })).unwrap_err();
    assert!(error.to_string().contains("another user"), "{error}");
}

/// Dynamic plan only, and refused: it says what to change.
#[test]
fn oidcc_client_test_userinfo_signed() {
    let claims = json!({ "sub": "j.doe", "iss": ISSUER });
    let jwt = SignIn::default().token_with(&json!({}), &claims);
    let reply = http::Response::builder().header("content-type", "application/jwt");
    let reply = reply.body(jwt.into_bytes()).unwrap();
    let error = user_info_request()
        .read(reply, SignIn::default().now)
        .unwrap_err();
    assert!(
        error.advice().contains("userinfo_signed_response_alg"),
        "{error}"
    );
}
