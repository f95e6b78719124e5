//! Refresh tokens: rotation, lifetimes, narrowing, and what ends them.

#[path = "support/sign_in.rs"]
mod rp;
mod support;

use std::time::Duration;

use erpnet_sandbox::{
    Application, Clock, DEFAULT_PASSWORD, Fault, INTERNAL_USER, Registered, Sandbox,
};
use erpnet_types::Timestamp;
use rp::*;
use serde_json::Value;
use support::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn fixed() -> erpnet_sandbox::Builder {
    Sandbox::builder().clock(Clock::fixed(Timestamp::from_unix_seconds(1_766_505_147)))
}

fn new_code(sandbox: &Sandbox, app: &Registered, changes: &[(&str, &str)]) -> String {
    let url = authorize_url(sandbox, app, "openid read offline_access", changes);
    code(&sandbox.sign_in_as(INTERNAL_USER, &url).unwrap())
}

fn refresh_token(answer: &Answer) -> String {
    text(&answer.json(), "refresh_token").to_owned()
}

#[test]
fn auth_191_192_193_a_refresh_token_works_once() {
    let sandbox = fixed().start().unwrap();
    let (app, spa) = (web(&sandbox), spa(&sandbox));
    let first = exchange(&sandbox, &app, &new_code(&sandbox, &app, &[]), &[]);
    let old = refresh_token(&first);
    assert_eq!(
        refresh(&sandbox, &spa, &old, &[]).oauth_error(),
        "invalid_grant"
    );
    let second = refresh(&sandbox, &app, &old, &[]);
    let new = refresh_token(&second);
    assert_ne!(old, new);
    assert_eq!(
        refresh(&sandbox, &app, &old, &[]).oauth_error(),
        "invalid_grant"
    );
    assert_eq!(refresh(&sandbox, &app, &new, &[]).status, 200);
    assert_eq!(
        refresh(&sandbox, &app, "", &[]).oauth_error(),
        "invalid_request"
    );
    assert_eq!(
        refresh(&sandbox, &app, &"x".repeat(101), &[]).oauth_error(),
        "invalid_grant"
    );
}

#[test]
fn auth_196_199_refreshed_tokens_repeat_and_lack_what_they_do() {
    let sandbox = fixed().start().unwrap();
    let app = web(&sandbox);
    let first = exchange(&sandbox, &app, &new_code(&sandbox, &app, &[]), &[]).json();
    sandbox.clock().advance(Duration::from_secs(1800));
    let second = refresh(&sandbox, &app, text(&first, "refresh_token"), &[]).json();
    let claims = |json: &Value, member| part(text(json, member), 1);
    let (old, new) = (
        claims(&first, "access_token"),
        claims(&second, "access_token"),
    );
    for same in [
        "jti",
        "iat",
        "sid",
        "sub",
        "auth_time",
        "scope",
        "aud",
        "client_id",
    ] {
        assert_eq!(old[same], new[same], "{same}");
    }
    for later in ["nbf", "exp"] {
        assert_eq!(
            new[later].as_i64().unwrap() - old[later].as_i64().unwrap(),
            1800,
            "{later}"
        );
    }
    let (old, new) = (claims(&first, "id_token"), claims(&second, "id_token"));
    for same in ["iss", "aud", "sub", "auth_time", "idp", "amr"] {
        assert_eq!(old[same], new[same], "{same}");
    }
    for gone in ["nonce", "s_hash", "sid"] {
        assert!(old.get(gone).is_some() && new.get(gone).is_none(), "{gone}");
    }
    assert!(new.get("at_hash").is_some() && new["at_hash"] != old["at_hash"]);
}

#[test]
fn strict_rotation_ends_the_sign_in_on_a_second_use() {
    for strict in [false, true] {
        let sandbox = Sandbox::builder().strict_rotation(strict).start().unwrap();
        let app = web(&sandbox);
        let old = refresh_token(&exchange(
            &sandbox,
            &app,
            &new_code(&sandbox, &app, &[]),
            &[],
        ));
        let beside = refresh_token(&exchange(
            &sandbox,
            &app,
            &new_code(&sandbox, &app, &[]),
            &[],
        ));
        let new = refresh_token(&refresh(&sandbox, &app, &old, &[]));
        assert_eq!(
            refresh(&sandbox, &app, &old, &[]).oauth_error(),
            "invalid_grant"
        );
        assert_eq!(refresh(&sandbox, &app, &new, &[]).status == 200, !strict);
        assert_eq!(refresh(&sandbox, &app, &beside, &[]).status, 200);
    }
}

#[test]
fn g05_without_rotation_answers_carry_no_refresh_token() {
    let sandbox = Sandbox::builder()
        .rotate_refresh_tokens(false)
        .start()
        .unwrap();
    let app = web(&sandbox);
    let token = refresh_token(&exchange(
        &sandbox,
        &app,
        &new_code(&sandbox, &app, &[]),
        &[],
    ));
    for _ in 0..3 {
        assert!(
            refresh(&sandbox, &app, &token, &[])
                .json()
                .get("refresh_token")
                .is_none()
        );
    }
}

#[test]
fn auth_195_refresh_tokens_end_absolutely_or_slide_g06() {
    for (sliding, days, works) in [(false, 30, false), (true, 30, true), (false, 29, true)] {
        let sandbox = fixed().sliding_refresh_tokens(sliding).start().unwrap();
        let app = web(&sandbox);
        let mut token = refresh_token(&exchange(
            &sandbox,
            &app,
            &new_code(&sandbox, &app, &[]),
            &[],
        ));
        for _ in 1..days {
            sandbox.clock().advance(DAY);
            token = refresh_token(&refresh(&sandbox, &app, &token, &[]));
        }
        sandbox.clock().advance(DAY - Duration::from_secs(1));
        token = refresh_token(&refresh(&sandbox, &app, &token, &[]));
        sandbox.clock().advance(Duration::from_secs(1));
        assert_eq!(
            refresh(&sandbox, &app, &token, &[]).status == 200,
            works,
            "{sliding} {days}"
        );
    }
}

#[test]
fn auth_190_public_applications_get_a_refresh_token_only_when_chosen_g04() {
    for chosen in [false, true] {
        let sandbox = fixed().public_refresh_tokens(chosen).start().unwrap();
        let app = spa(&sandbox);
        let answer = exchange(&sandbox, &app, &new_code(&sandbox, &app, &[]), &[]).json();
        assert_eq!(answer.get("refresh_token").is_some(), chosen);
        let scope = if chosen {
            "openid read offline_access"
        } else {
            "openid read"
        };
        assert_eq!(answer["scope"], scope);
        if chosen {
            sandbox.clock().advance(DAY - Duration::from_secs(1));
            let next = refresh(&sandbox, &app, text(&answer, "refresh_token"), &[]);
            sandbox.clock().advance(Duration::from_secs(1));
            assert_eq!(
                refresh(&sandbox, &app, &refresh_token(&next), &[]).oauth_error(),
                "invalid_grant"
            );
        }
    }
}

#[test]
fn scopes_can_be_narrowed_for_one_access_token() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let token = refresh_token(&exchange(
        &sandbox,
        &app,
        &new_code(&sandbox, &app, &[]),
        &[],
    ));
    let more = refresh(&sandbox, &app, &token, &[("scope", "openid read update")]);
    assert_eq!(more.oauth_error(), "invalid_scope");
    let fewer = refresh(&sandbox, &app, &token, &[("scope", "openid")]);
    let json = fewer.json();
    assert_eq!(json["scope"], "openid");
    let claims = part(text(&json, "access_token"), 1);
    assert_eq!(claims["aud"], format!("{}/resources", sandbox.issuer()));
    let all = refresh(&sandbox, &app, &refresh_token(&fewer), &[]).json();
    assert_eq!(all["scope"], "openid read offline_access");
}

#[test]
fn auth_197_198_what_ends_a_refresh_token() {
    type End = fn(&Sandbox, &Registered, &str);
    let ends: [(&str, End); 7] = [
        ("a new password", |sandbox, _, _| {
            sandbox
                .update_user(INTERNAL_USER, |user| user.password = "new".into())
                .unwrap();
        }),
        ("a disabled user", |sandbox, _, _| {
            sandbox
                .update_user(INTERNAL_USER, |user| user.is_active = false)
                .unwrap();
            sandbox
                .update_user(INTERNAL_USER, |user| user.is_active = true)
                .unwrap();
        }),
        ("a removed user", |sandbox, _, _| {
            drop(sandbox.remove_user(INTERNAL_USER).unwrap());
        }),
        (
            "users of this type are not admitted any more",
            |sandbox, app, _| {
                sandbox
                    .update(&app.client_id, |app| {
                        app.impersonate_as_internal_user_allowed = false;
                    })
                    .unwrap();
            },
        ),
        ("the application became public", |sandbox, app, _| {
            sandbox
                .update(&app.client_id, |app| {
                    app.client_type = erpnet_sandbox::ClientType::Public;
                })
                .unwrap();
        }),
        ("the user, on the Profile site", |sandbox, _, _| {
            assert_eq!(sandbox.revoke_refresh_tokens(INTERNAL_USER).unwrap(), 1);
        }),
        ("the end of its session", |sandbox, _, sid| {
            assert!(sandbox.end_session(sid));
        }),
    ];
    for (why, end) in ends {
        let sandbox = Sandbox::start().unwrap();
        let app = web(&sandbox);
        let answer = exchange(&sandbox, &app, &new_code(&sandbox, &app, &[]), &[]).json();
        let sid = part(text(&answer, "access_token"), 1)["sid"]
            .as_str()
            .unwrap()
            .to_owned();
        end(&sandbox, &app, &sid);
        let refused = refresh(&sandbox, &app, text(&answer, "refresh_token"), &[]);
        assert_eq!(refused.oauth_error(), "invalid_grant", "{why}");
    }
}

#[test]
fn auth_194_the_lost_answer_of_a_refresh_has_used_the_token_up() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let token = refresh_token(&exchange(
        &sandbox,
        &app,
        &new_code(&sandbox, &app, &[]),
        &[],
    ));
    sandbox.fail_next(Fault::drop_after(TOKEN));
    let secret = app.secret.as_ref().unwrap();
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", app.client_id.as_str()),
        ("client_secret", secret.expose()),
        ("refresh_token", &token),
    ];
    assert!(try_send(&sandbox, "POST", TOKEN, &[FORM], form(&pairs).as_bytes()).is_none());
    assert_eq!(
        refresh(&sandbox, &app, &token, &[]).oauth_error(),
        "invalid_grant"
    );
}

#[test]
fn auth_193_of_many_refreshes_at_once_one_works() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let token = refresh_token(&exchange(
        &sandbox,
        &app,
        &new_code(&sandbox, &app, &[]),
        &[],
    ));
    let granted = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| refresh(&sandbox, &app, &token, &[]).status == 200))
            .collect();
        tries
            .into_iter()
            .map(|one| one.join().unwrap())
            .filter(|granted| *granted)
            .count()
    });
    assert_eq!(granted, 1);
}

#[test]
fn auth_088_revocation_takes_refresh_and_reference_tokens() {
    let sandbox = Sandbox::start().unwrap();
    let (app, other) = (
        web(&sandbox),
        sandbox.register(Application::automation("robot")).unwrap(),
    );
    let revoke = |app: &Registered, pairs: &[(&str, &str)]| {
        let secret = app.secret.as_ref().unwrap();
        let mut all = vec![
            ("client_id", app.client_id.as_str()),
            ("client_secret", secret.expose()),
        ];
        all.extend_from_slice(pairs);
        send(
            &sandbox,
            "POST",
            "/id/connect/revocation",
            &[FORM],
            form(&all).as_bytes(),
        )
    };
    let answer = exchange(&sandbox, &app, &new_code(&sandbox, &app, &[]), &[]).json();
    let token = text(&answer, "refresh_token");
    assert_eq!(revoke(&other, &[("token", token)]).status, 200);
    assert_eq!(revoke(&app, &[]).oauth_error(), "invalid_request");
    assert_eq!(
        revoke(&app, &[("token", token), ("token_type_hint", "x")]).oauth_error(),
        "unsupported_token_type"
    );
    assert_eq!(revoke(&app, &[("token", token)]).status, 200);
    assert_eq!(
        refresh(&sandbox, &app, token, &[]).oauth_error(),
        "invalid_grant"
    );
    assert_eq!(
        revoke(&app, &[("token", token)]).status,
        200,
        "unknown tokens are no error"
    );

    // A JWT goes on, whatever is said about it.
    let access = text(&answer, "access_token");
    assert_eq!(
        revoke(
            &app,
            &[("token", access), ("token_type_hint", "access_token")]
        )
        .status,
        200
    );
    assert_eq!(
        call(&sandbox, "GET", "Crm_Customers", access, "").status,
        200
    );

    let kind = erpnet_types::ReferenceTokenKind::Service;
    let caller = erpnet_sandbox::Caller::Administrator;
    let reference = sandbox
        .issue_reference_token(&other.client_id, kind, caller, "read")
        .unwrap();
    for (app, status) in [(&app, 200), (&other, 401)] {
        assert_eq!(revoke(app, &[("token", reference.expose())]).status, 200);
        assert_eq!(
            call(&sandbox, "GET", "Crm_Customers", reference.expose(), "").status,
            status
        );
    }
    let wrong = [
        ("client_id", other.client_id.as_str()),
        ("client_secret", "x"),
        ("token", "y"),
    ];
    let answer = send(
        &sandbox,
        "POST",
        "/id/connect/revocation",
        &[FORM],
        form(&wrong).as_bytes(),
    );
    assert_eq!(answer.oauth_error(), "invalid_client");
}

#[test]
fn the_latest_session_of_a_browser_is_rid_of_its_tokens_only() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let url = authorize_url(&sandbox, &app, "openid offline_access", &[]);
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let mut browser = sandbox.browser();
        let callback = browser
            .sign_in(&url, INTERNAL_USER, DEFAULT_PASSWORD)
            .unwrap();
        tokens.push((
            browser,
            exchange(&sandbox, &app, &code(&callback), &[]).json(),
        ));
    }
    let end = format!(
        "{}/connect/endsession?id_token_hint={}",
        sandbox.issuer(),
        text(&tokens[0].1, "id_token")
    );
    tokens[0].0.sign_out(&end).unwrap();
    let status =
        |at: usize| refresh(&sandbox, &app, text(&tokens[at].1, "refresh_token"), &[]).status;
    assert_eq!((status(0), status(1)), (400, 200));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever is tried in whatever order, a token that was used is never good again, and the last one is, unless
    /// strict rotation has ended the sign-in.
    #[test]
    fn auth_192_no_order_of_refreshes_uses_a_token_twice(
        strict in proptest::bool::ANY,
        tries in proptest::collection::vec(0_usize..6, 1..12),
    ) {
        let sandbox = Sandbox::builder().strict_rotation(strict).start().unwrap();
        let app = web(&sandbox);
        let answer = exchange(&sandbox, &app, &new_code(&sandbox, &app, &[]), &[]);
        let mut issued = vec![refresh_token(&answer)];
        let mut ended = false;
        for back in tries {
            let Some(at) = issued.len().checked_sub(back + 1) else {
                continue;
            };
            let answer = refresh(&sandbox, &app, &issued[at], &[]);
            let good = back == 0 && !ended;
            proptest::prop_assert_eq!(answer.status == 200, good, "{} of {}", at, issued.len());
            if good {
                issued.push(refresh_token(&answer));
            } else {
                ended |= strict;
            }
        }
    }
}
