//! The identity service below `/id`, as IdentityServer4 answers. One endpoint, one file.

pub(crate) mod authorize;
pub(crate) mod claims;
mod client;
mod code_grant;
mod consent;
mod cookies;
mod cors;
mod endsession;
mod external;
mod form;
mod html;
mod id_token;
mod jwks;
mod limits;
mod login;
mod metadata;
pub(crate) mod options;
mod pages;
mod refresh_grant;
mod revocation;
mod session;
pub(crate) mod sign_ins;
mod token;
mod userinfo;

use http::StatusCode;

use crate::reply::{Call, Reply};
use crate::state::State;

/// Scopes that an API of this instance knows (AUTH-134, AUTH-146). The others are unknown, or speak to the identity
/// service and never to an API (AUTH-136).
pub(crate) const API_SCOPES: [&str; 4] = ["read", "update", "sec", "DomainApi"];

/// The endpoints, by path.
pub(crate) fn route(state: &State, call: &Call) -> Reply {
    if let Some(reply) = cors::preflight(call) {
        return cors::allow(state, call, reply);
    }
    let reply = match call.path.as_str() {
        "/id/.well-known/openid-configuration" => metadata::answer(state, call),
        "/id/.well-known/openid-configuration/jwks" => jwks::answer(state, call),
        "/id/connect/authorize" | authorize::CALLBACK => authorize::answer(state, call),
        "/id/connect/token" => token::answer(state, call),
        "/id/connect/userinfo" => userinfo::answer(state, call),
        "/id/connect/revocation" => revocation::answer(state, call),
        "/id/connect/endsession" => endsession::answer(state, call),
        "/id/account/login" => login::answer(state, call),
        "/id/account/logout" => endsession::confirmed(state, call),
        "/id/consent" => consent::answer(state, call),
        "/id/external/challenge" => external::challenge(state, call),
        "/id/signin-example" => external::returned(state, call),
        "/example-idp/sign-in" => external::provider(state, call),
        _ => Reply::page(StatusCode::NOT_FOUND),
    };
    cors::allow(state, call, reply)
}
