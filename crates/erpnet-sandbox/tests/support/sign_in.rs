//! A relying party in a few lines: authorization URLs, exchanges, and what tokens say.
#![allow(dead_code, reason = "each test file uses a part of it")]

use erpnet_sandbox::{Application, Callback, INTERNAL_USER, Registered, Sandbox};

use super::{Answer, form, post_token};

pub(crate) const REDIRECT: &str = "https://app.example/signin-callback";
pub(crate) const STATE: &str = "af0ifjsldkj";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A confidential application with `read update`.
pub(crate) fn web(sandbox: &Sandbox) -> Registered {
    sandbox
        .register(Application::web("com.example/web", REDIRECT).scopes("read update"))
        .unwrap()
}

/// A public application with `read update`.
pub(crate) fn spa(sandbox: &Sandbox) -> Registered {
    sandbox
        .register(Application::public("com.example/spa", REDIRECT).scopes("read update"))
        .unwrap()
}

/// An authorization URL: `code` with PKCE, state and nonce, changed by `changes`. An empty value takes one away.
pub(crate) fn authorize_url(
    sandbox: &Sandbox,
    app: &Registered,
    scope: &str,
    changes: &[(&str, &str)],
) -> String {
    let usual = [
        ("client_id", app.client_id.as_str()),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", scope),
        ("state", STATE),
        ("nonce", NONCE),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let changed = |name: &str| changes.iter().any(|(known, _)| *known == name);
    let kept = usual.into_iter().filter(|(name, _)| !changed(name));
    let added = changes
        .iter()
        .copied()
        .filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> = kept.chain(added).collect();
    format!("{}/connect/authorize?{}", sandbox.issuer(), form(&pairs))
}

pub(crate) const HYBRID: [(&str, &str); 2] = [
    ("response_type", "code id_token"),
    ("response_mode", "form_post"),
];

/// The body of an exchange, changed by `changes`. An empty value takes one away.
pub(crate) fn exchange(
    sandbox: &Sandbox,
    app: &Registered,
    code: &str,
    changes: &[(&str, &str)],
) -> Answer {
    let secret = app.secret.as_ref().map_or("", |secret| secret.expose());
    let usual = [
        ("grant_type", "authorization_code"),
        ("client_id", app.client_id.as_str()),
        ("client_secret", secret),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let changed = |name: &str| changes.iter().any(|(known, _)| *known == name);
    let kept = usual.into_iter().filter(|(name, _)| !changed(name));
    let all = kept.chain(changes.iter().copied());
    let pairs: Vec<_> = all.filter(|(_, value)| !value.is_empty()).collect();
    post_token(sandbox, &pairs)
}

pub(crate) fn refresh(
    sandbox: &Sandbox,
    app: &Registered,
    token: &str,
    more: &[(&str, &str)],
) -> Answer {
    let secret = app.secret.as_ref().map_or("", |secret| secret.expose());
    let mut pairs = vec![
        ("grant_type", "refresh_token"),
        ("client_id", app.client_id.as_str()),
        ("client_secret", secret),
        ("refresh_token", token),
    ];
    pairs.retain(|(_, value)| !value.is_empty());
    pairs.extend_from_slice(more);
    post_token(sandbox, &pairs)
}

pub(crate) fn code(callback: &Callback) -> String {
    callback.parameter("code").expect("a code")
}

/// The tokens of the internal user, by `code` and PKCE.
pub(crate) fn tokens(sandbox: &Sandbox, app: &Registered, scope: &str) -> serde_json::Value {
    let url = authorize_url(sandbox, app, scope, &[]);
    let callback = sandbox.sign_in_as(INTERNAL_USER, &url).unwrap();
    exchange(sandbox, app, &code(&callback), &[]).json()
}

pub(crate) fn text<'a>(json: &'a serde_json::Value, member: &str) -> &'a str {
    json[member]
        .as_str()
        .unwrap_or_else(|| panic!("{member} in {json}"))
}
