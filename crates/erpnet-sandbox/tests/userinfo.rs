//! What is known about a user: userinfo, the Profile site, and who may ask from where.

#[path = "support/sign_in.rs"]
mod rp;
mod support;

use std::time::Duration;

use erpnet_sandbox::{
    ADMIN_USER, Application, COMMUNITY_USER, Caller, INTERNAL_USER, ReferenceTokenPolicy, Sandbox,
    User,
};
use erpnet_types::ReferenceTokenKind;
use rp::*;
use serde_json::json;
use support::*;

const USERINFO: &str = "/id/connect/userinfo";

fn ask_with(sandbox: &Sandbox, path: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    send(
        sandbox,
        "GET",
        path,
        &[("Authorization", bearer.as_str())],
        b"",
    )
}

#[test]
fn auth_087_userinfo_tells_what_the_scopes_allow() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let user = sandbox.user(INTERNAL_USER).unwrap();
    let short = tokens(&sandbox, &app, "openid");
    let answer = ask_with(&sandbox, USERINFO, text(&short, "access_token"));
    assert_eq!(answer.json(), json!({ "sub": INTERNAL_USER }));
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
    let long = tokens(&sandbox, &app, "openid profile read");
    let token = text(&long, "access_token");
    let all = json!({
        "sub": INTERNAL_USER, "id": user.id, "name": user.name, "preferred_username": INTERNAL_USER,
        "email": user.email, "email_verified": "false", "locale": "en", "user_type": "InternalUser",
        "is_admin": "false",
    });
    assert_eq!(ask_with(&sandbox, USERINFO, token).json(), all);
    let posted = form(&[("access_token", token)]);
    assert_eq!(
        send(&sandbox, "POST", USERINFO, &[FORM], posted.as_bytes()).json(),
        all
    );
    assert_eq!(send(&sandbox, "PUT", USERINFO, &[], b"").status, 405);
}

#[test]
fn userinfo_refuses_what_is_no_user_token_with_openid() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let plain = tokens(&sandbox, &app, "read");
    let refused = ask_with(&sandbox, USERINFO, text(&plain, "access_token"));
    assert_eq!(refused.status, 403);
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .contains("insufficient_scope")
    );
    let good = tokens(&sandbox, &app, "openid");
    let token = text(&good, "access_token");
    let service = sandbox.register(Application::service("robot")).unwrap();
    let service = support::token(&sandbox, &service, "read");
    for bad in [
        "",
        "x",
        text(&good, "id_token"),
        &token[..token.len() - 3],
        &service,
    ] {
        let refused = ask_with(&sandbox, USERINFO, bad);
        assert_eq!(refused.status, 401);
        assert_eq!(
            refused.header("www-authenticate"),
            Some("Bearer error=\"invalid_token\"")
        );
    }
    assert_eq!(get(&sandbox, USERINFO).status, 401);
    sandbox.clock().advance(Duration::from_secs(3600));
    assert_eq!(ask_with(&sandbox, USERINFO, token).status, 401);
}

#[test]
fn auth_221_244_the_profile_of_users_and_personal_tokens() {
    let sandbox = Sandbox::builder().database("MY_DB").start().unwrap();
    sandbox
        .add_user(User::internal("ivan").name("Ivan").locale("bg"))
        .unwrap();
    let app = Application::web("app", REDIRECT)
        .scopes("read")
        .community_users(true)
        .reference_tokens(ReferenceTokenPolicy::AuthenticatedUsers);
    let app = sandbox.register(app).unwrap();
    let user = sandbox.user("ivan").unwrap();
    let url = authorize_url(&sandbox, &app, "openid profile", &[]);
    let callback = sandbox.sign_in_as("ivan", &url).unwrap();
    let answer = exchange(&sandbox, &app, &code(&callback), &[]).json();
    let me = ask_with(&sandbox, "/profile/me", text(&answer, "access_token")).json();
    assert_eq!(
        (
            text(&me, "id"),
            text(&me, "login"),
            text(&me, "name"),
            text(&me, "preferredLanguage")
        ),
        (user.id.as_str(), "ivan", "Ivan", "bg")
    );
    assert_eq!(
        (&me["isAdmin"], &me["isActive"], text(&me, "userType")),
        (&json!(false), &json!(true), "InternalUser")
    );
    assert_eq!(
        me["instance"],
        json!({ "database": "MY_DB", "url": sandbox.root_url() })
    );
    assert_eq!(text(&me["person"], "name"), "Ivan");
    assert!(text(&me["links"], "accessTokens").ends_with("/profile/security/tokens"));

    let personal = sandbox
        .issue_personal_token(&app.client_id, "ivan", "read")
        .unwrap();
    assert_eq!(
        ask_with(&sandbox, "/profile/me", personal.expose()).json(),
        me
    );
    assert_eq!(
        call(&sandbox, "GET", "Crm_Customers", personal.expose(), "").status,
        200
    );
    for (caller, login) in [
        (Caller::User, INTERNAL_USER),
        (Caller::Administrator, ADMIN_USER),
    ] {
        let token = sandbox
            .issue_reference_token(&app.client_id, ReferenceTokenKind::Personal, caller, "read")
            .unwrap();
        assert_eq!(
            text(
                &ask_with(&sandbox, "/profile/me", token.expose()).json(),
                "login"
            ),
            login
        );
    }
    let outside = sandbox
        .issue_personal_token(&app.client_id, COMMUNITY_USER, "read")
        .unwrap();
    assert_eq!(
        ask_with(&sandbox, "/profile/me", outside.expose()).status,
        200
    );
    // AUTH-152
    assert_eq!(
        call(&sandbox, "GET", "Crm_Customers", outside.expose(), "").status,
        403
    );

    sandbox
        .update_user("ivan", |user| user.is_active = false)
        .unwrap();
    assert_eq!(
        ask_with(&sandbox, "/profile/me", personal.expose()).status,
        401
    );
    sandbox.remove_user("ivan").unwrap();
    assert_eq!(
        ask_with(&sandbox, "/profile/me", personal.expose()).status,
        401
    );
    assert_eq!(
        ask_with(&sandbox, "/profile/me", text(&answer, "access_token")).status,
        401
    );
}

#[test]
fn auth_252_a_renamed_user_is_the_same_one() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let json = tokens(&sandbox, &app, "openid profile offline_access");
    sandbox
        .update_user(INTERNAL_USER, |user| user.login = "mpetrova".into())
        .unwrap();
    let answer = ask_with(&sandbox, USERINFO, text(&json, "access_token")).json();
    assert_eq!(text(&answer, "sub"), "mpetrova");
    let again = refresh(&sandbox, &app, text(&json, "refresh_token"), &[]).json();
    let (old, new) = (
        part(text(&json, "access_token"), 1),
        part(text(&again, "access_token"), 1),
    );
    assert_eq!(old["id"], new["id"]);
}

#[test]
fn scripts_of_registered_origins_may_call_g59() {
    let sandbox = Sandbox::start().unwrap();
    let native =
        Application::public("native", "myapp://cb").redirect_uri("https://spa.example:8443/app/cb");
    sandbox.register(native).unwrap();
    let mut off = Application::public("off", "https://off.example/cb");
    off.enabled = false;
    sandbox.register(off).unwrap();
    let metadata = "/id/.well-known/openid-configuration";
    let keys = "/id/.well-known/openid-configuration/jwks";
    for path in [metadata, keys, TOKEN, USERINFO, "/id/connect/revocation"] {
        for (origin, known) in [
            ("https://spa.example:8443", true),
            ("https://spa.example", false),
            ("http://spa.example:8443", false),
            ("https://off.example", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            let preflight = [
                ("Origin", origin),
                ("Access-Control-Request-Method", "POST"),
            ];
            let preflight = send(&sandbox, "OPTIONS", path, &preflight, b"");
            let answer = send(&sandbox, "GET", path, &[("Origin", origin)], b"");
            assert_eq!(preflight.status, 204);
            for answer in [&preflight, &answer] {
                let allowed = answer.header("access-control-allow-origin");
                assert_eq!(allowed, known.then_some(origin), "{path} {origin}");
                assert_eq!(answer.header("vary"), Some("Origin"));
                assert!(answer.header("access-control-allow-credentials").is_none());
            }
            let headers = preflight.header("access-control-allow-headers");
            assert_eq!(
                headers.is_some_and(|headers| headers.contains("Authorization")),
                known
            );
        }
        assert!(
            get(&sandbox, path)
                .header("access-control-allow-origin")
                .is_none()
        );
    }
    let page = send(
        &sandbox,
        "GET",
        "/id/connect/endsession",
        &[("Origin", "https://spa.example:8443")],
        b"",
    );
    assert!(
        page.header("access-control-allow-origin").is_none(),
        "pages are not for scripts"
    );
}
