//! What a verified token says: the documented shapes of user and service tokens, old and new.

use erpnet::TokenFault;
use erpnet_tests::gateway::Gateway;
use erpnet_tests::instance::START;
use serde_json::{Value, json};

fn gone() -> Value {
    json!({ "gone": true })
}

/// AUTH-250, AUTH-251, AUTH-261: booleans as such or as text; a wrong one is an error of that claim alone.
#[test]
fn auth_250_261_booleans() {
    let g = Gateway::default();
    let token = |value: &Value| {
        let claims = json!({ "is_admin": value, "email_verified": value, "email": "a@b.c" });
        g.verify(&g.with_claims(&claims)).unwrap()
    };
    for (value, expected) in [
        (json!(true), Some(true)),
        (json!("true"), Some(true)),
        (json!("TRUE"), Some(true)),
        (json!("True"), Some(true)),
        (json!(false), Some(false)),
        (json!("false"), Some(false)),
        (json!("False"), Some(false)),
        (json!(null), None),
        (gone(), None),
    ] {
        let token = token(&value);
        assert_eq!(token.is_admin(), Ok(expected), "{value}");
        let vouched = token.verified_email().is_some();
        assert_eq!(vouched, expected == Some(true), "AUTH-261: {value}");
    }
    for value in [
        json!("yes"),
        json!(1),
        json!(0),
        json!(""),
        json!("null"),
        json!("\"true\""),
        json!([true]),
        json!({}),
    ] {
        let token = token(&value);
        let wrong = matches!(token.is_admin(), Err(TokenFault::InvalidClaim { .. }));
        assert!(wrong, "{value}: {:?}", token.is_admin());
        assert_eq!(token.verified_email(), None, "AUTH-261: {value}");
        assert_eq!(
            token.client_id().as_deref(),
            Some("com.example/reports"),
            "{value}"
        );
    }
}

/// AUTH-217, AUTH-255: a service token has no subject.
#[test]
fn auth_217_255_service_tokens() {
    let g = Gateway::default();
    let token = g.verify(&g.with_claims(&json!({}))).unwrap();
    assert!(token.is_service() && token.subject().is_none() && token.user_id().is_none());
    assert_eq!(token.system_user().as_deref(), Some("svc.reports"));
    assert_eq!(
        token.database().as_deref(),
        Some("E1_DEV-1 Test"),
        "AUTH-259"
    );
    assert_eq!(token.scopes().to_string(), "read update");
    assert_eq!(token.is_admin(), Ok(None));
    assert_eq!(token.claim::<String>("client_system_user_id"), Ok(None));
}

/// AUTH-218: servers of 2020 and 2022 left claims out, and had another audience and other ids.
#[test]
fn auth_070_218_service_tokens_of_2020_and_2022() {
    let g = Gateway::with(|options| options.legacy_audience = true);
    let issuer = g.sandbox.issuer();
    let of_2020 = json!({ "nbf": START, "exp": START + 3600, "iss": issuer, "aud": "DomainApi",
        "client_id": "ServiceDemoClient", "client_system_user": "demo", "client_db": "E1_DEMODB",
        "jti": "UkkW2K1sTrXoF6A1c9aiuQ", "scope": ["DomainApi"] });
    let of_2022 = json!({ "nbf": START, "exp": START + 3600, "iss": issuer, "aud": "DomainApi",
        "client_id": "pk", "client_system_user": "someone@example.com", "client_db": "E1_DEV",
        "jti": "Shorc5Rv136jNO8tB0_rDw", "scope": ["DomainApi", "sec", "update"] });
    for (claims, user) in [(of_2020, "demo"), (of_2022, "someone@example.com")] {
        let token = g.verify(&g.key.token(&json!({}), &claims)).unwrap();
        assert!(token.is_service() && token.issued_at().is_none());
        assert_eq!(token.system_user().as_deref(), Some(user));
    }
}

/// AUTH-080, AUTH-252..256, AUTH-258: a user's token, with everything that the documentation shows.
#[test]
fn auth_080_252_253_256_258_user_tokens() {
    let g = Gateway::default();
    let user = json!({ "client_system_user": gone(), "client_system_user_type": gone(), "client_db": gone(),
        "sub": "admin", "auth_time": START - 851, "idp": "local", "id": "9da64839-a8d0-491d-aebb-4d18fa42b014",
        "name": "Ёлка \"J\" Doe", "email": "admin@mail.com", "user_type": "InternalUser", "is_admin": "true",
        "email_verified": "false", "db": "E1_DEV-1 Test", "locale": "bg", "sid": "D1FFEDFE4CB32300D26C265B9BD374FB",
        "scope": ["openid", "profile", "read", "update", "offline_access"], "amr": ["pwd"] });
    let claims = g.claims_with(&user);
    let token = g.verify(&g.key.token(&json!({}), &claims)).unwrap();
    assert!(!token.is_service());
    assert_eq!(token.subject().as_deref(), Some("admin"));
    assert_eq!(
        token.user_id().as_deref(),
        Some("9da64839-a8d0-491d-aebb-4d18fa42b014"),
        "AUTH-252"
    );
    assert_eq!(
        (token.is_admin(), token.verified_email()),
        (Ok(Some(true)), None)
    );
    assert_eq!(
        token.claim::<Vec<String>>("amr"),
        Ok(Some(vec!["pwd".to_owned()])),
        "AUTH-080"
    );
    assert_eq!(
        token.claim::<String>("name"),
        Ok(Some("Ёлка \"J\" Doe".to_owned())),
        "AUTH-258"
    );
    assert!(token.claim::<u64>("name").is_err());
    // AUTH-256: every claim but three may be missing.
    for name in claims.as_object().expect("an object").keys() {
        let token = g.key.token(
            &json!({}),
            &g.claims_with(&{
                let mut less = user.clone();
                less[name] = gone();
                less
            }),
        );
        let needed = ["iss", "aud", "exp"].contains(&name.as_str());
        assert_eq!(g.verdict(&token) != "ok", needed, "AUTH-256: {name}");
    }
    // AUTH-253: the one-time spelling counts only alone, and only as a GUID.
    let guid = "11111111-2222-3333-4444-555555555555";
    for (id, sub_id, expected) in [
        (gone(), json!(guid), Some(guid)),
        (gone(), json!("admin"), None),
        (gone(), json!(7), None),
        (json!("x"), json!(guid), Some("x")),
    ] {
        let token = g.with_claims(&json!({ "id": id, "sub_id": sub_id }));
        assert_eq!(
            g.verify(&token).unwrap().user_id().as_deref(),
            expected,
            "AUTH-253: {sub_id}"
        );
    }
}
