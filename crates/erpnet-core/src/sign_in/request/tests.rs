//! Authorization requests, by what stands in their address.

use super::*;
use crate::provider::EndpointRules;
use crate::sign_in::InteractiveApp;
use erpnet_types::{Instance, Timestamp};
use std::collections::HashMap;

const NOW: Now = Now {
    wall: Timestamp::from_unix_seconds(1_000_000),
    mono: Duration::ZERO,
};

fn provider() -> ProviderMetadata {
    let issuer = "https://demodb.my.erp.net/id";
    let json = serde_json::json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/connect/authorize"),
        "token_endpoint": format!("{issuer}/connect/token"),
        "jwks_uri": format!("{issuer}/jwks"),
    });
    ProviderMetadata::parse(
        json.to_string().as_bytes(),
        issuer,
        &EndpointRules::default(),
    )
    .unwrap()
}

fn begin(
    app: &InteractiveApp,
    request: AuthorizationRequest,
    seed: u8,
) -> Result<SignInStart, Error> {
    request.begin(
        &app.registration,
        None,
        &provider(),
        &Entropy::from_bytes([seed; 32]),
        NOW,
    )
}

fn parameters(url: &SignInUrl) -> HashMap<String, String> {
    let url = url::Url::parse(url.as_str()).unwrap();
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let map: HashMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "no parameter twice");
    map
}

fn public() -> InteractiveApp {
    let demodb = Instance::parse("demodb").unwrap();
    InteractiveApp::public(demodb, "my.trusted.app/first", "http://127.0.0.1:8400/cb").unwrap()
}

fn confidential() -> InteractiveApp {
    let demodb = Instance::parse("demodb").unwrap();
    InteractiveApp::confidential(demodb, "PK", "s", "https://app.example.com/cb?x=1&y=2").unwrap()
}

#[test]
fn auth_158_159_162_the_request_of_a_public_application() {
    let start = begin(&public(), AuthorizationRequest::new(), 1).unwrap();
    assert!(start.url.as_str().starts_with(
        "https://demodb.my.erp.net/id/connect/authorize?client_id=my.trusted.app%2Ffirst&"
    ));
    assert!(
        start.url.as_str().contains("scope=openid%20profile%20read"),
        "blanks are %20"
    );
    let sent = parameters(&start.url);
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["code_challenge_method"], "S256");
    assert_eq!(
        sent["code_challenge"],
        hash::s256_challenge(&start.pending.verifier)
    );
    assert_eq!(sent["redirect_uri"], "http://127.0.0.1:8400/cb");
    assert!(!sent.contains_key("response_mode") && !sent.contains_key("client_secret"));
}

#[test]
fn auth_049_164_165_hybrid_is_posted_and_has_a_nonce() {
    let start = begin(&confidential(), AuthorizationRequest::new(), 1).unwrap();
    let sent = parameters(&start.url);
    assert_eq!(sent["response_type"], "code id_token");
    assert_eq!(sent["response_mode"], "form_post");
    assert_eq!(sent["nonce"].len(), 43);
    assert_eq!(
        sent["redirect_uri"], "https://app.example.com/cb?x=1&y=2",
        "round trip"
    );
}

#[test]
fn auth_157_160_every_attempt_has_its_own_secrets() {
    let (one, two) = (
        begin(&public(), AuthorizationRequest::new(), 1),
        begin(&public(), AuthorizationRequest::new(), 2),
    );
    let (one, two) = (one.unwrap().pending, two.unwrap().pending);
    let all = [
        &one.state,
        &one.nonce,
        &one.verifier,
        &two.state,
        &two.nonce,
        &two.verifier,
    ];
    for (index, value) in all.iter().enumerate() {
        assert_eq!(value.len(), 43);
        assert!(
            value
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
        assert!(!all.iter().take(index).any(|other| other == value));
    }
}

#[test]
fn auth_184_188_parameters_only_when_set() {
    let request = AuthorizationRequest::new()
        .prompt(Prompt::Login)
        .max_age(Duration::from_secs(60))
        .login_hint("anna@example.com")
        .ui_locales("bg en")
        .provider("Google")
        .tenant("t1")
        .parameter("x_theme", "da rk");
    let sent = parameters(&begin(&public(), request, 1).unwrap().url);
    for (name, value) in [
        ("prompt", "login"),
        ("max_age", "60"),
        ("login_hint", "anna@example.com"),
        ("ui_locales", "bg en"),
        ("acr_values", "idp:Google tenant:t1"),
        ("x_theme", "da rk"),
    ] {
        assert_eq!(sent[name], value);
    }
    let plain = parameters(
        &begin(&public(), AuthorizationRequest::new(), 1)
            .unwrap()
            .url,
    );
    for name in [
        "prompt",
        "max_age",
        "login_hint",
        "ui_locales",
        "acr_values",
    ] {
        assert!(!plain.contains_key(name), "{name}");
    }
}

#[test]
fn extra_parameters_never_collide() {
    for name in RESERVED {
        let request = AuthorizationRequest::new().parameter(name, "x");
        assert!(begin(&public(), request, 1).is_err(), "{name}");
        let shouted = AuthorizationRequest::new().parameter(name.to_uppercase(), "x");
        assert!(begin(&public(), shouted, 1).is_err(), "{name}");
    }
    let refused = [
        AuthorizationRequest::new()
            .parameter("a", "1")
            .parameter("a", "2"),
        AuthorizationRequest::new().parameter("", "1"),
        AuthorizationRequest::new().parameter("a&state", "1"),
        AuthorizationRequest::new().provider("two words"),
        AuthorizationRequest::new()
            .prompt(Prompt::None)
            .max_age(Duration::ZERO),
    ];
    for request in refused {
        assert!(begin(&public(), request, 1).is_err());
    }
}

#[test]
fn limits_at_below_and_above() {
    let fine = |request| begin(&public(), request, 1).is_ok();
    let text = |n: usize| "x".repeat(n);
    let of = |n: usize, limit: usize, request: AuthorizationRequest| {
        assert_eq!(fine(request), n <= limit, "{n} of {limit}");
    };
    let new = AuthorizationRequest::new;
    for by in [-1_isize, 0, 1] {
        let near = |limit: usize| limit.checked_add_signed(by).unwrap();
        of(
            near(MAX_LOGIN_HINT),
            MAX_LOGIN_HINT,
            new().login_hint(text(near(MAX_LOGIN_HINT))),
        );
        of(
            near(MAX_UI_LOCALES),
            MAX_UI_LOCALES,
            new().ui_locales(text(near(MAX_UI_LOCALES))),
        );
        of(
            near(MAX_ACR_VALUES),
            MAX_ACR_VALUES,
            new().provider(text(near(MAX_ACR_VALUES) - 4)),
        );
        of(
            near(MAX_RETURN_TO),
            MAX_RETURN_TO,
            new().return_to(text(near(MAX_RETURN_TO))),
        );
        of(
            near(MAX_EXTRA_VALUE),
            MAX_EXTRA_VALUE,
            new().parameter("a", text(near(MAX_EXTRA_VALUE))),
        );
        let many = (0..near(MAX_EXTRA_PARAMETERS))
            .fold(new(), |request, i| request.parameter(format!("p{i}"), "1"));
        of(near(MAX_EXTRA_PARAMETERS), MAX_EXTRA_PARAMETERS, many);
    }
}

#[test]
fn auth_208_debug_shows_no_state() {
    let start = begin(&public(), AuthorizationRequest::new(), 1).unwrap();
    let shown = format!("{start:?}");
    for secret in [
        &start.pending.state,
        &start.pending.nonce,
        &start.pending.verifier,
    ] {
        assert!(!shown.contains(secret.as_str()), "{shown}");
    }
}
