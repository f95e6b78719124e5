//! What an ERP.net authority publishes and answers, in the shape and length of the real documents.

use erpnet_benches::{ISSUER, Subject};
use serde_json::{Value, json};

/// The OpenID Connect discovery document.
#[must_use]
pub fn discovery() -> String {
    let at = |path: &str| format!("{ISSUER}{path}");
    json!({
        "issuer": ISSUER,
        "jwks_uri": at("/.well-known/openid-configuration/jwks"),
        "authorization_endpoint": at("/connect/authorize"),
        "token_endpoint": at("/connect/token"),
        "userinfo_endpoint": at("/connect/userinfo"),
        "end_session_endpoint": at("/connect/endsession"),
        "check_session_iframe": at("/connect/checksession"),
        "revocation_endpoint": at("/connect/revocation"),
        "introspection_endpoint": at("/connect/introspect"),
        "device_authorization_endpoint": at("/connect/deviceauthorization"),
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "scopes_supported": ["openid", "profile", "read", "update", "offline_access"],
        "claims_supported": ["sub", "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username",
            "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email",
            "email_verified", "id", "user_type", "is_admin", "db"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token", "implicit", "password",
            "urn:ietf:params:oauth:grant-type:device_code"],
        "response_types_supported": ["code", "token", "id_token", "id_token token", "code id_token", "code token",
            "code id_token token"],
        "response_modes_supported": ["form_post", "query", "fragment"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "request_parameter_supported": true
    })
    .to_string()
}

/// A key set with two RSA keys, as after a rotation.
///
/// # Panics
/// Never: it is written here.
#[must_use]
pub fn keys() -> String {
    let mut set: Value = serde_json::from_str(&Subject::user_token().jwks).expect("it is JSON");
    let mut older = set["keys"][0].clone();
    older["kid"] = json!("2F6C1B7A90D34E5F8A7B6C5D4E3F2A1B");
    set["keys"].as_array_mut().expect("a list").push(older);
    set.to_string()
}

/// The answer of the token endpoint to a service.
#[must_use]
pub fn token_response() -> String {
    let token = Subject::user_token().token;
    json!({ "access_token": token, "expires_in": 3600, "token_type": "Bearer", "scope": "read update" }).to_string()
}
