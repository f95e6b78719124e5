//! Trouble on order: what a broken or hostile identity service could send, for clients to find out.

#[path = "support/sign_in.rs"]
mod rp;
mod support;

use erpnet_sandbox::{Document, Fault, INTERNAL_USER, Sandbox};
use rp::*;
use serde_json::json;
use support::*;

#[test]
fn id_tokens_lie_as_ordered_and_their_signatures_fit() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    sandbox.fail_next(Fault::alter(
        Document::FrontChannelIdToken,
        json!({ "c_hash": null, "nonce": "other" }),
    ));
    sandbox.fail_next(Fault::alter(
        Document::IdToken,
        json!({ "aud": ["com.example/web", "evil"], "azp": "evil" }),
    ));
    sandbox.fail_next(
        Fault::alter(Document::RefreshedIdToken, json!({ "sub": "somebody" }))
            .token_header(json!({ "kid": "x" })),
    );
    let url = authorize_url(&sandbox, &app, "openid offline_access", &HYBRID);
    let callback = sandbox.sign_in_as(INTERNAL_USER, &url).unwrap();
    let front = part(&callback.parameter("id_token").unwrap(), 1);
    assert!(front.get("c_hash").is_none());
    assert_eq!(
        (text(&front, "nonce"), text(&front, "sub")),
        ("other", INTERNAL_USER)
    );

    let first = exchange(&sandbox, &app, &code(&callback), &[]).json();
    let claims = part(text(&first, "id_token"), 1);
    assert_eq!(
        (&claims["aud"][1], &claims["azp"]),
        (&json!("evil"), &json!("evil"))
    );
    let second = refresh(&sandbox, &app, text(&first, "refresh_token"), &[]).json();
    assert_eq!(part(text(&second, "id_token"), 1)["sub"], "somebody");
    assert_eq!(part(text(&second, "id_token"), 0)["kid"], "x");
    // Once each.
    let third = refresh(&sandbox, &app, text(&second, "refresh_token"), &[]).json();
    assert_eq!(part(text(&third, "id_token"), 1)["sub"], INTERNAL_USER);
}

#[test]
fn access_tokens_answers_and_userinfo_lie_as_ordered() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    sandbox.fail_next(Fault::alter(
        Document::AccessToken,
        json!({ "client_id": "other" }),
    ));
    sandbox.fail_next(Fault::alter(
        Document::TokenAnswer,
        json!({ "token_type": "mac", "refresh_token": null }),
    ));
    sandbox.fail_next(Fault::alter(
        Document::Userinfo,
        json!({ "sub": "somebody" }),
    ));
    let first = tokens(&sandbox, &app, "openid offline_access");
    assert_eq!(
        (first.get("refresh_token"), text(&first, "token_type")),
        (None, "mac")
    );
    assert_eq!(part(text(&first, "access_token"), 1)["client_id"], "other");
    let second = tokens(&sandbox, &app, "openid offline_access");
    let bearer = format!("Bearer {}", text(&second, "access_token"));
    let userinfo = || {
        send(
            &sandbox,
            "GET",
            "/id/connect/userinfo",
            &[("Authorization", bearer.as_str())],
            b"",
        )
        .json()
    };
    assert_eq!(userinfo()["sub"], "somebody");
    assert_eq!(userinfo()["sub"], INTERNAL_USER);
    // What was altered is not what is renewed.
    let json = refresh(&sandbox, &app, text(&second, "refresh_token"), &[]).json();
    assert_eq!(
        part(text(&json, "access_token"), 1)["client_id"],
        "com.example/web"
    );
}

#[test]
fn auth_170_171_callbacks_lie_as_ordered() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let callback = |members| {
        sandbox.fail_next(Fault::alter(Document::Callback, members));
        let url = authorize_url(&sandbox, &app, "openid", &[]);
        sandbox.sign_in_as(INTERNAL_USER, &url).unwrap()
    };
    assert_eq!(
        callback(json!({ "state": "other" }))
            .parameter("state")
            .as_deref(),
        Some("other")
    );
    assert_eq!(callback(json!({ "state": null })).parameter("state"), None);
    let twice = callback(json!({ "code": ["a", "b"], "iss": "https://evil.example" }));
    let codes: Vec<_> = twice
        .parameters()
        .into_iter()
        .filter(|(name, _)| name == "code")
        .collect();
    assert_eq!(codes.len(), 2);
    assert_eq!(
        twice.parameter("iss").as_deref(),
        Some("https://evil.example")
    );
    let error = callback(json!({ "error": "temporarily_unavailable" }));
    assert!(error.url().ends_with("#_=_") && error.parameter("code").is_some());
}

#[test]
fn claims_of_choice_are_signed_as_an_id_token() {
    let sandbox = Sandbox::start().unwrap();
    let token = sandbox.sign_id_token(json!({ "x5t": "a" }), json!({ "sub": "b" }));
    assert_eq!(
        (
            part(&token, 0)["typ"].as_str(),
            part(&token, 0)["x5t"].as_str()
        ),
        (Some("JWT"), Some("a"))
    );
    assert_eq!(part(&token, 1), json!({ "sub": "b" }));
    let untyped = sandbox.sign_id_token(json!({ "typ": null }), json!({}));
    assert!(part(&untyped, 0).get("typ").is_none());
}
