//! `GET /id/.well-known/openid-configuration` (AUTH-056..067), with everything that stock IdentityServer4 lists, also
//! what a client must ignore.

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
    Reply::ok(&json!({
        "issuer": issuer,
        "jwks_uri": at(".well-known/openid-configuration/jwks"),
        "authorization_endpoint": at("connect/authorize"),
        "token_endpoint": at("connect/token"),
        "userinfo_endpoint": at("connect/userinfo"),
        "end_session_endpoint": at("connect/endsession"),
        "check_session_iframe": at("connect/checksession"),
        "revocation_endpoint": at("connect/revocation"),
        "introspection_endpoint": at("connect/introspect"),
        "device_authorization_endpoint": at("connect/deviceauthorization"),
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        // AUTH-065: the documented list lacks `read`.
        "scopes_supported": ["openid", "profile", "offline_access", "update"],
        "claims_supported": ["sub", "name", "email", "email_verified", "locale"],
        "grant_types_supported": [
            "authorization_code", "client_credentials", "refresh_token", "implicit",
            "urn:ietf:params:oauth:grant-type:device_code",
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
        "request_parameter_supported": true,
    }))
}
