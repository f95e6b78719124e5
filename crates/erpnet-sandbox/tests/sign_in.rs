//! Users sign in over real HTTP: code with PKCE, hybrid, and what the tokens say.

#[path = "support/sign_in.rs"]
mod rp;
mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_sandbox::{COMMUNITY_USER, Clock, INTERNAL_USER, Sandbox};
use erpnet_types::Timestamp;
use rp::*;
use serde_json::json;
use support::*;

const NOW: i64 = 1_766_505_147;

fn half_hash(value: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, value.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

#[test]
fn auth_175_178_181_183_code_with_pkce_gives_the_documented_tokens() {
    let clock = Clock::fixed(Timestamp::from_unix_seconds(NOW));
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .database("E1 Test")
        .start()
        .unwrap();
    let app = web(&sandbox);
    let url = authorize_url(&sandbox, &app, "openid profile offline_access read", &[]);
    let callback = sandbox.sign_in_as(INTERNAL_USER, &url).unwrap();
    assert!(
        callback.url().starts_with(&format!("{REDIRECT}?code=")),
        "{callback:?}"
    );
    assert_eq!(callback.parameter("state").as_deref(), Some(STATE));
    assert_eq!(
        callback.parameter("scope").as_deref(),
        Some("openid profile read offline_access")
    );
    assert!(callback.parameter("session_state").is_some() && callback.parameter("iss").is_none());

    clock.advance(std::time::Duration::from_secs(10));
    let answer = exchange(&sandbox, &app, &code(&callback), &[]);
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
    let json = answer.json();
    assert_eq!(json["scope"], "openid profile read offline_access");
    assert_eq!(
        (json["expires_in"].as_u64(), text(&json, "token_type")),
        (Some(3600), "Bearer")
    );
    assert_eq!(text(&json, "refresh_token").len(), 64);

    let access = part(text(&json, "access_token"), 1);
    let id = part(text(&json, "id_token"), 1);
    let user = sandbox.user(INTERNAL_USER).unwrap();
    let issuer = sandbox.issuer();
    let (sid, jti) = (text(&access, "sid"), text(&access, "jti"));
    assert_eq!((sid.len(), jti.len()), (32, 32));
    assert_eq!(
        access,
        json!({
            "nbf": NOW + 10, "exp": NOW + 3610, "iat": NOW + 10, "iss": issuer,
            "aud": ["DomainAPI", "TableAPI", "OLAP", "AppServer", format!("{issuer}/resources")],
            "client_id": "com.example/web", "sub": INTERNAL_USER, "auth_time": NOW, "idp": "local",
            "id": user.id, "name": user.name, "email": user.email, "user_type": "InternalUser",
            "is_admin": "false", "email_verified": "false", "db": "E1 Test", "locale": "en",
            "jti": jti, "sid": sid, "scope": ["openid", "profile", "read", "offline_access"], "amr": ["pwd"],
        })
    );
    assert_eq!(
        id,
        json!({
            "nbf": NOW + 10, "exp": NOW + 310, "iat": NOW + 10, "iss": issuer, "aud": "com.example/web",
            "nonce": NONCE, "at_hash": half_hash(text(&json, "access_token")), "s_hash": half_hash(STATE),
            "sid": sid, "sub": INTERNAL_USER, "auth_time": NOW, "idp": "local", "amr": ["pwd"],
        })
    );
    assert_eq!(part(text(&json, "id_token"), 0)["typ"], "JWT");
    assert_eq!(part(text(&json, "access_token"), 0)["typ"], "at+jwt");
}

#[test]
fn auth_168_181_182_hybrid_posts_a_code_and_another_id_token() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let url = authorize_url(&sandbox, &app, "openid profile", &HYBRID);
    let callback = sandbox.sign_in_as(INTERNAL_USER, &url).unwrap();
    assert_eq!(callback.url(), REDIRECT);
    assert!(callback.body().unwrap().contains("id_token="));
    let front = callback.parameter("id_token").unwrap();
    let claims = part(&front, 1);
    assert_eq!(text(&claims, "c_hash"), half_hash(&code(&callback)));
    assert_eq!(
        (text(&claims, "nonce"), text(&claims, "s_hash")),
        (NONCE, half_hash(STATE).as_str())
    );
    assert!(claims.get("at_hash").is_none());

    let json = exchange(&sandbox, &app, &code(&callback), &[]).json();
    let back = part(text(&json, "id_token"), 1);
    assert_ne!(text(&json, "id_token"), front);
    assert!(back.get("c_hash").is_none() && back.get("at_hash").is_some());
    for same in ["iss", "sub", "nonce", "sid", "auth_time"] {
        assert_eq!(claims[same], back[same], "{same}");
    }
    // AUTH-078
    let access = part(text(&json, "access_token"), 1);
    assert_eq!(access["aud"], format!("{}/resources", sandbox.issuer()));
}

#[test]
fn auth_152_external_users_get_no_api() {
    let sandbox = Sandbox::start().unwrap();
    let app = erpnet_sandbox::Application::portal("portal", REDIRECT);
    let app = sandbox.register(app).unwrap();
    let url = authorize_url(&sandbox, &app, "openid profile read", &[]);
    let callback = sandbox.sign_in_as(COMMUNITY_USER, &url).unwrap();
    let json = exchange(&sandbox, &app, &code(&callback), &[]).json();
    assert_eq!(json["scope"], "openid profile");
    let token = text(&json, "access_token");
    assert_eq!(part(token, 1)["user_type"], "ExternalCommunityUser");
    assert_eq!(
        call(&sandbox, "GET", "Crm_Customers", token, "").status,
        401
    );
}

#[test]
fn auth_148_apis_are_called_as_the_user_within_the_scopes() {
    let sandbox = Sandbox::start().unwrap();
    let app = web(&sandbox);
    let json = tokens(&sandbox, &app, "openid read");
    let token = text(&json, "access_token");
    assert_eq!(
        call(&sandbox, "GET", "Crm_Customers", token, "").status,
        200
    );
    assert_eq!(
        call(&sandbox, "POST", "Crm_Customers", token, "{}").status,
        403
    );
    sandbox
        .update_user(INTERNAL_USER, |user| user.is_active = false)
        .unwrap();
    assert_eq!(
        call(&sandbox, "GET", "Crm_Customers", token, "").status,
        401
    );
}
