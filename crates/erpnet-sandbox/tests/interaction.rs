//! Sign-in, consent and sessions: what a person is asked, and what is remembered.

#[path = "support/sign_in.rs"]
mod rp;
mod support;

use std::time::Duration;

use erpnet_sandbox::{
    Application, COMMUNITY_USER, Clock, DEFAULT_PASSWORD, INTERNAL_USER, Registered, Sandbox,
    SandboxError, User,
};
use erpnet_types::Timestamp;
use rp::*;
use support::*;

/// What the page says on which a request stops.
fn stops(sandbox: &Sandbox, url: &str) -> String {
    match sandbox.sign_in_as(INTERNAL_USER, url) {
        Err(SandboxError::NoCallback { page }) => page,
        other => panic!("expected a page, got {other:?} for {url}"),
    }
}

fn page(sandbox: &Sandbox, url: &str) -> Answer {
    get(sandbox, url.strip_prefix(sandbox.root_url()).unwrap())
}

#[test]
fn auth_172_187_prompt_none_comes_back_with_an_error() {
    let sandbox = Sandbox::builder().consent(true).start().unwrap();
    let app = web(&sandbox);
    let mut browser = sandbox.browser();
    let silent = |mode| {
        authorize_url(
            &sandbox,
            &app,
            "openid",
            &[("prompt", "none"), ("response_mode", mode)],
        )
    };

    let callback = browser.open(&silent("query")).unwrap();
    assert_eq!(
        callback.url(),
        format!("{REDIRECT}?error=login_required&state={STATE}#_=_")
    );
    let callback = browser.open(&silent("fragment")).unwrap();
    assert_eq!(
        callback.url(),
        format!("{REDIRECT}#error=login_required&state={STATE}")
    );
    let callback = browser.open(&silent("form_post")).unwrap();
    assert_eq!(
        callback.body().unwrap(),
        format!("error=login_required&state={STATE}")
    );

    // Signed in, and no consent for this scope yet.
    let loud = authorize_url(&sandbox, &app, "openid read", &[]);
    browser
        .sign_in(&loud, INTERNAL_USER, DEFAULT_PASSWORD)
        .unwrap();
    let callback = browser.open(&silent("query")).unwrap();
    assert_eq!(
        callback.parameter("error").as_deref(),
        Some("consent_required")
    );
    let same = authorize_url(&sandbox, &app, "openid read", &[("prompt", "none")]);
    assert!(browser.open(&same).unwrap().parameter("code").is_some());
}

#[test]
fn auth_174_cancel_and_refuse_are_access_denied() {
    let sandbox = Sandbox::builder().consent(true).start().unwrap();
    let app = web(&sandbox);
    let mut browser = sandbox.browser();
    let url = authorize_url(&sandbox, &app, "openid", &[]);
    let denied = format!("{REDIRECT}?error=access_denied&state={STATE}#_=_");
    assert_eq!(browser.cancel(&url).unwrap().url(), denied);
    browser
        .sign_in(&url, INTERNAL_USER, DEFAULT_PASSWORD)
        .unwrap();
    let more = authorize_url(&sandbox, &app, "openid read", &[]);
    assert_eq!(browser.cancel(&more).unwrap().url(), denied);
    // Given once, it is remembered.
    assert!(browser.open(&more).is_err());
    browser
        .sign_in(&more, INTERNAL_USER, DEFAULT_PASSWORD)
        .unwrap();
    assert!(browser.open(&more).is_ok());
}

#[test]
fn g60_consent_is_off_but_can_be_asked_for() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let mut browser = sandbox.browser();
    let url = authorize_url(
        &sandbox,
        &app,
        "openid profile update",
        &[("prompt", "consent")],
    );
    assert!(
        matches!(browser.open(&url), Err(SandboxError::NoCallback { page }) if page.starts_with("Sign in"))
    );
    let callback = browser
        .sign_in(&url, INTERNAL_USER, DEFAULT_PASSWORD)
        .unwrap();
    assert!(callback.parameter("code").is_some());
    for _ in 0..2 {
        let again = browser.open(&url);
        assert!(
            matches!(again, Err(SandboxError::NoCallback { page }) if page.starts_with("Allow access"))
        );
    }
}

fn claims_after(
    sandbox: &Sandbox,
    app: &Registered,
    callback: &erpnet_sandbox::Callback,
) -> serde_json::Value {
    let json = exchange(sandbox, app, &code(callback), &[]).json();
    part(text(&json, "id_token"), 1)
}

#[test]
fn auth_206_applications_share_one_session() {
    let sandbox = Sandbox::builder()
        .clock(Clock::fixed(Timestamp::from_unix_seconds(1_000_000)))
        .start()
        .unwrap();
    let (first, second) = (web(&sandbox), spa(&sandbox));
    let mut browser = sandbox.browser();
    let url = authorize_url(&sandbox, &first, "openid", &[]);
    let one = browser
        .sign_in(&url, INTERNAL_USER, DEFAULT_PASSWORD)
        .unwrap();
    sandbox.clock().advance(Duration::from_secs(60));
    let two = browser
        .open(&authorize_url(&sandbox, &second, "openid", &[]))
        .unwrap();
    let (one, two) = (
        claims_after(&sandbox, &first, &one),
        claims_after(&sandbox, &second, &two),
    );
    assert_eq!(
        (&one["sid"], &one["auth_time"]),
        (&two["sid"], &two["auth_time"])
    );
    let other = sandbox.sign_in_as(INTERNAL_USER, &url).unwrap();
    assert_ne!(claims_after(&sandbox, &first, &other)["sid"], one["sid"]);
}

#[test]
fn auth_185_186_prompt_login_keeps_the_session_of_the_same_user() {
    let sandbox = Sandbox::builder()
        .clock(Clock::fixed(Timestamp::from_unix_seconds(1_000_000)))
        .start()
        .unwrap();
    sandbox.add_user(User::internal("ivan")).unwrap();
    let app = web(&sandbox);
    let mut browser = sandbox.browser();
    let url = authorize_url(&sandbox, &app, "openid offline_access", &[]);
    let first = browser
        .sign_in(&url, INTERNAL_USER, DEFAULT_PASSWORD)
        .unwrap();
    let first = exchange(&sandbox, &app, &code(&first), &[]).json();
    let before = part(text(&first, "id_token"), 1);
    sandbox.clock().advance(Duration::from_secs(600));
    for (prompt, login) in [
        ("login", INTERNAL_USER),
        ("select_account", INTERNAL_USER),
        ("login", "ivan"),
    ] {
        let url = authorize_url(&sandbox, &app, "openid", &[("prompt", prompt)]);
        assert!(browser.open(&url).is_err(), "{prompt} shows the page");
        let callback = browser.sign_in(&url, login, DEFAULT_PASSWORD).unwrap();
        let after = claims_after(&sandbox, &app, &callback);
        assert_eq!(after["auth_time"], 1_000_600, "{prompt} {login}");
        assert_eq!(after["sub"], login);
        assert_eq!(after["sid"] == before["sid"], login == INTERNAL_USER);
        // The page is shown once per request, and again for the next one.
        assert!(browser.open(&url).is_err(), "{prompt}");
    }
    // The session of the first user goes on beside.
    assert_eq!(
        refresh(&sandbox, &app, text(&first, "refresh_token"), &[]).status,
        200
    );
}

#[test]
fn max_age_asks_again_when_the_sign_in_is_older() {
    let sandbox = Sandbox::builder()
        .clock(Clock::fixed(Timestamp::from_unix_seconds(1_000_000)))
        .start()
        .unwrap();
    let app = web(&sandbox);
    let mut browser = sandbox.browser();
    let aged = |max_age| authorize_url(&sandbox, &app, "openid", &[("max_age", max_age)]);
    browser
        .sign_in(&aged("60"), INTERNAL_USER, DEFAULT_PASSWORD)
        .unwrap();
    for (seconds, passes) in [(59, true), (1, true), (1, false)] {
        sandbox.clock().advance(Duration::from_secs(seconds));
        assert_eq!(browser.open(&aged("60")).is_ok(), passes);
    }
    assert!(browser.open(&aged("")).is_ok());
    browser
        .sign_in(&aged("0"), INTERNAL_USER, DEFAULT_PASSWORD)
        .unwrap();
    assert!(browser.open(&aged("0")).is_err());
    let silent = authorize_url(
        &sandbox,
        &app,
        "openid",
        &[("max_age", "0"), ("prompt", "none")],
    );
    let callback = browser.open(&silent).unwrap();
    assert_eq!(
        callback.parameter("error").as_deref(),
        Some("login_required")
    );
}

#[test]
fn user_types_follow_the_flags_of_the_application() {
    let sandbox = Sandbox::start().unwrap();
    for (internal, community) in [(true, false), (false, true), (true, true)] {
        let app = Application::web(format!("{internal} {community}"), REDIRECT)
            .internal_users(internal)
            .community_users(community);
        let app = sandbox.register(app).unwrap();
        let url = authorize_url(&sandbox, &app, "openid", &[]);
        for (login, admitted) in [(INTERNAL_USER, internal), (COMMUNITY_USER, community)] {
            let result = sandbox.sign_in_as(login, &url);
            assert_eq!(result.is_ok(), admitted, "{login}");
            let mut browser = sandbox.browser();
            let external = browser
                .sign_in_externally(&url, sandbox.user(login).unwrap().email.as_deref().unwrap());
            assert_eq!(external.is_ok(), admitted, "{login}");
            if let Err(SandboxError::NoCallback { page }) = result {
                assert!(page.contains("does not admit"), "{page}");
            }
        }
    }
    // A session of the wrong kind does not count, and the page says why.
    let internal = web(&sandbox);
    let both = Application::portal("portal", REDIRECT);
    let both = sandbox.register(both).unwrap();
    let mut browser = sandbox.browser();
    let url = authorize_url(&sandbox, &both, "openid", &[]);
    browser
        .sign_in(&url, COMMUNITY_USER, DEFAULT_PASSWORD)
        .unwrap();
    let url = authorize_url(&sandbox, &internal, "openid", &[]);
    let page = browser.open(&url).unwrap_err().to_string();
    assert!(
        page.contains(&format!("You are signed in as {COMMUNITY_USER}")),
        "{page}"
    );
    assert!(
        browser
            .sign_in(&url, INTERNAL_USER, DEFAULT_PASSWORD)
            .is_ok()
    );
}

#[test]
fn wrong_passwords_and_disabled_accounts_stay_on_the_page() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let url = authorize_url(&sandbox, &app, "openid", &[]);
    let says = |login: &str, password: &str| {
        sandbox
            .browser()
            .sign_in(&url, login, password)
            .unwrap_err()
            .to_string()
    };
    for (login, password) in [
        (INTERNAL_USER, "wrong"),
        ("nobody", DEFAULT_PASSWORD),
        (INTERNAL_USER, ""),
        ("", ""),
    ] {
        assert!(
            says(login, password).contains("the password is wrong"),
            "{login}"
        );
    }
    sandbox
        .update_user(INTERNAL_USER, |user| user.is_active = false)
        .unwrap();
    assert!(says(INTERNAL_USER, DEFAULT_PASSWORD).contains("disabled"));
    assert!(says(INTERNAL_USER, "wrong").contains("the password is wrong"));
    let unknown = sandbox.sign_in_as("nobody", &url);
    assert!(matches!(unknown, Err(SandboxError::UnknownUser { .. })));
}

#[test]
fn auth_188_204_the_external_provider_names_itself_and_its_tenant() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let mut browser = sandbox.browser();
    let url = authorize_url(&sandbox, &app, "openid", &[]);
    let callback = browser
        .sign_in_externally(&url, "MARIA@example.com")
        .unwrap();
    let claims = claims_after(&sandbox, &app, &callback);
    assert_eq!(
        (text(&claims, "idp"), text(&claims, "tid").len()),
        ("example", 36)
    );
    assert_eq!(
        (text(&claims, "sub"), claims["amr"][0].as_str()),
        (INTERNAL_USER, Some("external"))
    );

    let direct = authorize_url(
        &sandbox,
        &app,
        "openid",
        &[("acr_values", "tenant:x idp:example")],
    );
    assert!(
        browser.open(&direct).is_ok(),
        "the session is the provider's already"
    );
    let mut fresh = sandbox.browser();
    let first = get(&sandbox, direct.strip_prefix(sandbox.root_url()).unwrap());
    assert!(
        first
            .header("location")
            .unwrap()
            .starts_with("/id/external/challenge?")
    );
    fresh
        .sign_in(&url, INTERNAL_USER, DEFAULT_PASSWORD)
        .unwrap();
    assert!(
        fresh.open(&direct).is_err(),
        "a local session is not the provider's"
    );
    assert!(
        fresh
            .sign_in_externally(&direct, "maria@example.com")
            .is_ok()
    );
    let nobody = fresh.sign_in_externally(
        &authorize_url(&sandbox, &app, "openid", &[("prompt", "login")]),
        "x@example.com",
    );
    assert!(
        nobody
            .unwrap_err()
            .to_string()
            .contains("No active user has the e-mail address")
    );
}

#[test]
fn auto_login_needs_no_page() {
    let sandbox = Sandbox::builder()
        .auto_login(INTERNAL_USER)
        .consent(true)
        .start()
        .unwrap();
    let app = web(&sandbox);
    let mut browser = sandbox.browser();
    let silent = authorize_url(&sandbox, &app, "openid", &[("prompt", "none")]);
    assert_eq!(
        browser.open(&silent).unwrap().parameter("error").as_deref(),
        Some("login_required")
    );
    for changes in [
        &[][..],
        &HYBRID[..],
        &[("prompt", "login")],
        &[("prompt", "consent")],
        &[("max_age", "0")],
    ] {
        let url = authorize_url(&sandbox, &app, "openid", changes);
        assert!(
            browser.open(&url).unwrap().parameter("code").is_some(),
            "{changes:?}"
        );
    }
    let answer = page(&sandbox, &authorize_url(&sandbox, &app, "openid", &[]));
    assert!(
        answer
            .header("set-cookie")
            .unwrap()
            .starts_with("idsrv.session.")
    );
    let portal = sandbox
        .register(
            Application::web("c", REDIRECT)
                .internal_users(false)
                .community_users(true),
        )
        .unwrap();
    assert!(
        stops(&sandbox, &authorize_url(&sandbox, &portal, "openid", &[])).contains("auto_login")
    );
}
