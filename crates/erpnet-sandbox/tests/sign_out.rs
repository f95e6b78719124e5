//! Signing out: the end-session endpoint, its pages, and what goes on afterwards.

#[path = "support/sign_in.rs"]
mod rp;
mod support;

use erpnet_sandbox::{
    Application, Browser, DEFAULT_PASSWORD, INTERNAL_USER, Registered, Sandbox, User,
};
use rp::*;
use serde_json::Value;
use support::*;

const BYE: &str = "https://app.example/signed-out";

struct SignedIn {
    sandbox: Sandbox,
    app: Registered,
    browser: Browser,
    tokens: Value,
}

fn signed_in() -> SignedIn {
    let sandbox = Sandbox::start().unwrap();
    let app = Application::web("app", REDIRECT)
        .post_logout_redirect_uri(BYE)
        .post_logout_redirect_uri("https://app.example/bye?now=1");
    let app = sandbox.register(app).unwrap();
    let mut browser = sandbox.browser();
    let url = authorize_url(&sandbox, &app, "openid read offline_access", &[]);
    let callback = browser
        .sign_in(&url, INTERNAL_USER, DEFAULT_PASSWORD)
        .unwrap();
    let tokens = exchange(&sandbox, &app, &code(&callback), &[]).json();
    SignedIn {
        sandbox,
        app,
        browser,
        tokens,
    }
}

impl SignedIn {
    fn url(&self, pairs: &[(&str, &str)]) -> String {
        format!(
            "{}/connect/endsession?{}",
            self.sandbox.issuer(),
            form(pairs)
        )
    }

    fn is_signed_in(&mut self) -> bool {
        let url = authorize_url(&self.sandbox, &self.app, "openid", &[("prompt", "none")]);
        self.browser.open(&url).unwrap().parameter("code").is_some()
    }
}

#[test]
fn auth_200_201_203_with_a_hint_the_user_is_signed_out_and_sent_back() {
    let mut test = signed_in();
    // The hint may have expired.
    test.sandbox
        .clock()
        .advance(std::time::Duration::from_secs(3000));
    let hint = text(&test.tokens, "id_token").to_owned();
    let url = test.url(&[
        ("id_token_hint", &hint),
        ("post_logout_redirect_uri", BYE),
        ("state", "s/1"),
    ]);
    let back = test.browser.sign_out(&url).unwrap();
    assert_eq!(
        back.as_deref(),
        Some("https://app.example/signed-out?state=s%2F1")
    );
    assert!(!test.is_signed_in());
    let refused = refresh(
        &test.sandbox,
        &test.app,
        text(&test.tokens, "refresh_token"),
        &[],
    );
    assert_eq!(refused.oauth_error(), "invalid_grant");
    // AUTH-203: the access token is good until it expires.
    let access = text(&test.tokens, "access_token");
    assert_eq!(
        call(&test.sandbox, "GET", "Crm_Customers", access, "").status,
        200
    );
}

#[test]
fn auth_201_only_exact_uris_with_a_hint_of_this_issuer_are_gone_to() {
    let mut test = signed_in();
    let hint = text(&test.tokens, "id_token").to_owned();
    let claims = part(&hint, 1);
    let mut foreign = claims.clone();
    foreign["iss"] = "https://elsewhere.example/id".into();
    let foreign = test.sandbox.sign_id_token(serde_json::json!({}), foreign);
    let access = test.sandbox.sign_token(serde_json::json!({}), claims);
    let access = access.as_str();
    for (hint, uri, state, back) in [
        (
            hint.as_str(),
            "https://app.example/bye?now=1",
            "s",
            Some("https://app.example/bye?now=1&state=s"),
        ),
        (&hint, BYE, "", Some(BYE)),
        (&hint, "https://app.example/signed-out/", "s", None),
        (&hint, REDIRECT, "s", None),
        (&hint, "", "s", None),
        (&foreign, BYE, "s", None),
        (access, BYE, "s", None),
        ("", BYE, "s", None),
        ("x.y.z", BYE, "s", None),
    ] {
        let mut pairs = vec![
            ("id_token_hint", hint),
            ("post_logout_redirect_uri", uri),
            ("state", state),
        ];
        pairs.retain(|(_, value)| !value.is_empty());
        let url = test.url(&pairs);
        assert_eq!(
            test.browser.sign_out(&url).unwrap().as_deref(),
            back,
            "{uri} {state}"
        );
    }
}

#[test]
fn auth_201_without_a_fitting_hint_the_user_is_asked() {
    let mut test = signed_in();
    let url = test.url(&[("post_logout_redirect_uri", BYE)]);
    // Asked, and confirmed by the browser: on a page, not at the application.
    let mut other = test.sandbox.browser();
    assert_eq!(
        other.sign_out(&url).unwrap(),
        None,
        "nobody is signed in there"
    );
    assert!(test.is_signed_in());
    let asked = test.browser.open(&url).unwrap_err().to_string();
    assert!(asked.contains("Sign out"), "{asked}");
    assert!(test.is_signed_in(), "asked, not answered");
    assert_eq!(test.browser.sign_out(&url).unwrap(), None);
    assert!(!test.is_signed_in());
}

#[test]
fn a_hint_for_somebody_else_does_not_sign_out() {
    let mut test = signed_in();
    test.sandbox.add_user(User::internal("ivan")).unwrap();
    let hint = text(&test.tokens, "id_token").to_owned();
    let url = authorize_url(&test.sandbox, &test.app, "openid", &[("prompt", "login")]);
    test.browser
        .sign_in(&url, "ivan", DEFAULT_PASSWORD)
        .unwrap();
    let url = test.url(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]);
    assert!(
        test.browser.open(&url).is_err(),
        "a question, not a redirect"
    );
    assert!(test.is_signed_in());
}

#[test]
fn forged_forms_sign_nobody_out() {
    let test = signed_in();
    let answer = send(
        &test.sandbox,
        "POST",
        "/id/account/logout",
        &[FORM],
        b"__RequestVerificationToken=x",
    );
    assert!(
        String::from_utf8(answer.body)
            .unwrap()
            .contains("Sign out?")
    );
    assert_eq!(get(&test.sandbox, "/id/account/logout").status, 405);
}
