//! `GET /id/.well-known/openid-configuration` (AUTH-056..067), with the endpoints that are here, and the lists
//! that stock IdentityServer4 writes, also what a client must ignore.

use http::StatusCode;
use serde_json::json;

use crate::reply::{Call, Reply};
use crate::state::State;

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    if !call.is_read() {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    }
    let issuer = &state.issuer;
    let at = |path: &str| format!("{issuer}/{path}");
    // AUTH-065: the documented list lacks `read`.
    let scopes: &[&str] = if state.is_global() {
        &["openid", "profile", "offline_access"]
    } else {
        &["openid", "profile", "offline_access", "update"]
    };
    Reply::ok(&json!({
        "issuer": issuer,
        "jwks_uri": at(".well-known/openid-configuration/jwks"),
        "authorization_endpoint": at("connect/authorize"),
        "token_endpoint": at("connect/token"),
        "userinfo_endpoint": at("connect/userinfo"),
        "end_session_endpoint": at("connect/endsession"),
        "revocation_endpoint": at("connect/revocation"),
        "scopes_supported": scopes,
        "claims_supported": [
            "sub", "id", "name", "preferred_username", "email", "email_verified", "locale", "user_type", "is_admin",
        ],
        "grant_types_supported": [
            "authorization_code", "client_credentials", "refresh_token", "implicit",
        ],
        // AUTH-066: more than a client should ever use.
        "response_types_supported": [
            "code", "token", "id_token", "id_token token", "code id_token", "code token", "code id_token token",
        ],
        "response_modes_supported": ["form_post", "query", "fragment"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": state.options.sign_in.issuer_in_callback,
    }))
}
