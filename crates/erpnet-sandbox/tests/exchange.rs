//! Authorization codes at the token endpoint: bound, and used once.

#[path = "support/sign_in.rs"]
mod rp;
mod support;

use std::time::Duration;

use erpnet_sandbox::{Clock, INTERNAL_USER, Registered, Sandbox};
use erpnet_types::Timestamp;
use rp::*;
use support::*;

fn fixed() -> erpnet_sandbox::Builder {
    Sandbox::builder().clock(Clock::fixed(Timestamp::from_unix_seconds(1_766_505_147)))
}

fn new_code(sandbox: &Sandbox, app: &Registered, changes: &[(&str, &str)]) -> String {
    let url = authorize_url(sandbox, app, "openid read offline_access", changes);
    code(&sandbox.sign_in_as(INTERNAL_USER, &url).unwrap())
}

#[test]
fn auth_161_175_176_a_failed_exchange_uses_the_code_up() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let other_verifier = "a".repeat(43);
    for (changes, error) in [
        (("code_verifier", ""), "invalid_grant"),
        (("code_verifier", other_verifier.as_str()), "invalid_grant"),
        (("code_verifier", "short"), "invalid_grant"),
        (
            ("redirect_uri", "https://app.example/other"),
            "invalid_grant",
        ),
        (("redirect_uri", ""), "unauthorized_client"),
    ] {
        let code = new_code(&sandbox, &app, &[]);
        assert_eq!(
            exchange(&sandbox, &app, &code, &[changes]).oauth_error(),
            error,
            "{changes:?}"
        );
        assert_eq!(
            exchange(&sandbox, &app, &code, &[]).oauth_error(),
            "invalid_grant",
            "{changes:?}"
        );
    }
    // A verifier without a challenge is wrong too.
    let bare = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = new_code(&sandbox, &app, &bare);
    assert_eq!(
        exchange(&sandbox, &app, &code, &[]).oauth_error(),
        "invalid_grant"
    );
    let code = new_code(&sandbox, &app, &bare);
    assert_eq!(
        exchange(&sandbox, &app, &code, &[("code_verifier", "")]).status,
        200
    );
}

#[test]
fn auth_176_a_code_works_once_and_for_its_application() {
    let sandbox = Sandbox::start().unwrap();
    let (app, spa) = (web(&sandbox), spa(&sandbox));
    let code = new_code(&sandbox, &app, &[]);
    // Neither a foreign application nor a wrong secret uses it up.
    assert_eq!(
        exchange(&sandbox, &spa, &code, &[]).oauth_error(),
        "invalid_grant"
    );
    assert_eq!(
        exchange(&sandbox, &app, &code, &[("client_secret", "x")]).oauth_error(),
        "invalid_client"
    );
    assert_eq!(exchange(&sandbox, &app, &code, &[]).status, 200);
    assert_eq!(
        exchange(&sandbox, &app, &code, &[]).oauth_error(),
        "invalid_grant"
    );
    for bad in ["", "unknown", &"x".repeat(101)] {
        assert_eq!(
            exchange(&sandbox, &app, bad, &[]).oauth_error(),
            "invalid_grant"
        );
    }
}

#[test]
fn codes_live_five_minutes() {
    for (seconds, works) in [(299, true), (300, false), (301, false)] {
        let sandbox = fixed().start().unwrap();
        let app = web(&sandbox);
        let code = new_code(&sandbox, &app, &[]);
        sandbox.clock().advance(Duration::from_secs(seconds));
        assert_eq!(
            exchange(&sandbox, &app, &code, &[]).status == 200,
            works,
            "{seconds}"
        );
    }
}

#[test]
fn a_disabled_user_or_application_gets_nothing_for_a_code() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let code = new_code(&sandbox, &app, &[]);
    sandbox
        .update_user(INTERNAL_USER, |user| user.is_active = false)
        .unwrap();
    assert_eq!(
        exchange(&sandbox, &app, &code, &[]).oauth_error(),
        "invalid_grant"
    );
    sandbox
        .update_user(INTERNAL_USER, |user| user.is_active = true)
        .unwrap();
    let code = new_code(&sandbox, &app, &[]);
    sandbox
        .update(&app.client_id, |app| app.enabled = false)
        .unwrap();
    assert_eq!(
        exchange(&sandbox, &app, &code, &[]).oauth_error(),
        "invalid_client"
    );
}
