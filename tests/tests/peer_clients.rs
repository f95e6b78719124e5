//! Clients that nobody here wrote, against the sandbox: each completes its flows and validates what it gets.

use std::collections::BTreeSet;
use std::process::Command;

use erpnet_sandbox::{DEFAULT_PASSWORD, INTERNAL_USER, Sandbox};
use erpnet_tests::browser_lite::Browser;
use erpnet_tests::peers::stand::{
    ANSWERS, ASKED, ASKED_GLOBALLY, Asked, POST_LOGOUT_REDIRECT_URI, REDIRECT_URI,
};
use erpnet_tests::peers::{Peer, Tool, cargo_project, npm_project, python_project, ready};
use serde_json::{Value, json};

/// Lets a peer go through its flows, once for each sort of application.
fn all_flows(mut start: impl FnMut() -> Peer, keeps_all_claims: bool) {
    // AUTH-089: with and without `iss` in the callback.
    for named in [false, true] {
        let sandbox = Sandbox::builder().issuer_in_callback(named).start();
        let sandbox = sandbox.unwrap();
        for asked in ASKED {
            flow(start(), &asked, &sandbox, keeps_all_claims);
        }
    }
    // AUTH-049: single sign-on.
    let global = Sandbox::start_global().unwrap();
    flow(start(), &ASKED_GLOBALLY, &global, keeps_all_claims);
}

fn flow(peer: Peer, asked: &Asked, sandbox: &Sandbox, keeps_all_claims: bool) {
    asked.register(sandbox).unwrap();
    let mut browser = Browser::new(&[REDIRECT_URI, POST_LOGOUT_REDIRECT_URI], None);
    let done = converse(peer, &asked.setup(sandbox), &mut browser);
    judge(&done, asked, sandbox, keeps_all_claims);
    // AUTH-200: nobody is signed in afterwards.
    let again = browser.open(&format!("{}/connect/endsession", sandbox.issuer()));
    assert_eq!(again.page().forms(), [], "{}", asked.client_id);
}

fn converse(mut peer: Peer, setup: &Value, browser: &mut Browser) -> Value {
    peer.say(setup);
    loop {
        let mut heard = peer.hear();
        let Some(url) = heard["open"].as_str() else {
            peer.end();
            return heard["done"].take();
        };
        let callback = browser.sign_in(url, &ANSWERS);
        peer.say(&json!({ "url": callback.url.as_str(), "body": callback.body() }));
    }
}

fn words(text: &Value) -> BTreeSet<&str> {
    text.as_str().unwrap_or_default().split(' ').collect()
}

fn judge(done: &Value, asked: &Asked, sandbox: &Sandbox, keeps_all_claims: bool) {
    let at = format!("{}: {done}", asked.client_id);
    let scopes: BTreeSet<_> = asked.scope.split(' ').collect();
    assert_eq!(words(&done["scope"]), scopes, "AUTH-178 {at}");
    assert_eq!(done["expires_in"], 3600, "{at}");
    let rows = if scopes.contains("read") {
        json!(3)
    } else {
        Value::Null
    };
    assert_eq!(done["rows"], rows, "the API takes the token {at}");
    if asked.flow == "client_credentials" {
        return;
    }
    let claims = &done["id_token"];
    assert_eq!(claims["iss"], sandbox.issuer(), "{at}");
    assert_eq!(claims["sub"], INTERNAL_USER, "{at}");
    let audience = &claims["aud"];
    let only = audience.as_array().map_or(audience, |list| &list[0]);
    assert_eq!(only, asked.client_id, "{at}");
    assert_eq!(claims["amr"], json!(["pwd"]), "AUTH-080 {at}");
    assert!(
        claims["nonce"].is_string() && claims["at_hash"].is_string(),
        "{at}"
    );
    assert!(claims["auth_time"].is_number(), "{at}");
    assert_eq!(claims["email"], Value::Null, "AUTH-183 {at}");
    if keeps_all_claims {
        assert_eq!(claims["idp"], "local", "AUTH-204 {at}");
        assert_eq!(
            claims["sid"].as_str().map(str::len),
            Some(32),
            "AUTH-206 {at}"
        );
    }
    let userinfo = &done["userinfo"];
    assert_eq!(userinfo["sub"], INTERNAL_USER, "AUTH-087 {at}");
    assert_eq!(userinfo["name"], "Maria Petrova", "{at}");
    assert_eq!(done["signed_out"], true, "AUTH-201 {at}");
    if scopes.contains("offline_access") {
        let refreshed = &done["refreshed"];
        assert_eq!(refreshed["rotated"], true, "AUTH-192 {at}");
        assert_eq!(refreshed["sub"], INTERNAL_USER, "AUTH-196 {at}");
        assert_eq!(words(&refreshed["scope"]), scopes, "{at}");
        assert_eq!(done["replayed"], "invalid_grant", "AUTH-193 {at}");
        assert_eq!(done["after_sign_out"], "invalid_grant", "AUTH-197 {at}");
    } else {
        assert_eq!(done["refreshed"], Value::Null, "AUTH-189 {at}");
    }
}

#[test]
fn openid_client_of_npm() {
    if !ready(&[Tool::Node, Tool::Npm]) {
        return;
    }
    let folder = npm_project("openid-client");
    let start = || {
        let mut node = Command::new(Tool::Node.command());
        Peer::start("openid-client", node.arg("client.mjs").current_dir(&folder))
    };
    all_flows(start, true);
}

#[test]
fn authlib_of_pypi() {
    if !ready(&[Tool::Python]) {
        return;
    }
    let folder = python_project("authlib");
    let start = || {
        let mut python = Command::new(folder.join("venv/bin/python"));
        Peer::start("authlib", python.arg("client.py").current_dir(&folder))
    };
    all_flows(start, true);
}

/// Its claims are those of the standard; others are left out.
#[test]
fn openidconnect_of_crates_io() {
    if !ready(&[Tool::Cargo]) {
        return;
    }
    let program = cargo_project("rust-openidconnect");
    let start = || Peer::start("rust-openidconnect", &mut Command::new(&program));
    all_flows(start, false);
}

/// A browser application at `localhost`, which is another site than the sandbox at 127.0.0.1: its scripts call the
/// authority across origins.
#[test]
fn oidc_client_ts_of_npm_in_chromium() {
    if !ready(&[Tool::Node, Tool::Npm, Tool::Chromium]) {
        return;
    }
    let folder = npm_project("oidc-client-ts");
    for (refresh, scope) in [
        (false, "openid profile read"),
        (true, "openid profile read offline_access"),
    ] {
        let sandbox = Sandbox::builder()
            .public_refresh_tokens(refresh)
            .start()
            .unwrap();
        let mut node = Command::new(Tool::Node.command());
        let mut peer = Peer::start(
            "oidc-client-ts",
            node.arg("client.mjs").current_dir(&folder),
        );
        let mut setup = peer.hear();
        let app = erpnet_sandbox::Application::public(
            "com.example/spa",
            setup["redirect_uri"].as_str().unwrap(),
        );
        let out = setup["post_logout_redirect_uri"].as_str().unwrap();
        let app = app.post_logout_redirect_uri(out).scopes("read");
        sandbox.register(app).unwrap();
        setup["issuer"] = json!(sandbox.issuer());
        setup["client_id"] = json!("com.example/spa");
        setup["scope"] = json!(scope);
        setup["answers"] = json!({ "username": INTERNAL_USER, "password": DEFAULT_PASSWORD });
        setup["chromium"] = json!(erpnet_tests::peers::chromium());
        setup["screenshots"] = json!(std::env::var("ERPNET_SCREENSHOTS").ok());
        peer.say(&setup);
        let done = peer.hear()["done"].take();
        peer.end();
        let claims = &done["id_token"];
        // It merges user information into the claims.
        assert_eq!(claims["sub"], INTERNAL_USER, "{done}");
        assert_eq!(claims["name"], "Maria Petrova", "{done}");
        assert_eq!(words(&done["scope"]), words(&json!(scope)), "{done}");
        assert_eq!(done["refresh"], refresh, "AUTH-190 {done}");
        if refresh {
            assert_eq!(done["refreshed"]["rotated"], true, "AUTH-192 {done}");
            assert_eq!(done["refreshed"]["sub"], INTERNAL_USER, "{done}");
        }
        assert_eq!(done["asked_again"], false, "AUTH-206 {done}");
        assert_eq!(done["signed_out"], true, "AUTH-201 {done}");
        assert_eq!(done["user_left"], false, "{done}");
    }
}
