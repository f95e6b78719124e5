//! ID tokens: who signed in, and the hashes of what travels beside (AUTH-180..183, OpenID Connect Core 3.3.2.11).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::claims::after;
use super::sign_ins::SignIn;
use crate::alter::Document;
use crate::jwt;
use crate::random;
use crate::state::{State, lock};
use crate::user::User;

/// What an ID token says beside who signed in.
#[derive(Default)]
pub(crate) struct Beside<'a> {
    pub(crate) nonce: Option<&'a str>,
    pub(crate) access_token: Option<&'a str>,
    pub(crate) code: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
}

/// An ID token, with what faults on order make of it. One from a refresh lacks `sid` (AUTH-196).
pub(crate) fn sign(
    state: &State,
    document: Document,
    sign_in: &SignIn,
    user: &User,
    beside: &Beside<'_>,
) -> String {
    let mut claims = claims(state, sign_in, user, beside);
    if document == Document::RefreshedIdToken
        && let Some(claims) = claims.as_object_mut()
    {
        claims.remove("sid");
    }
    let mut header = json!({ "typ": "JWT" });
    state.alter(document, &mut claims, Some(&mut header));
    let key = lock(&state.keys).current();
    jwt::sign(&key, header, &claims)
}

/// No name and no e-mail address: access tokens have those (AUTH-183).
pub(crate) fn claims(state: &State, sign_in: &SignIn, user: &User, beside: &Beside<'_>) -> Value {
    let now = state.options.clock.now().unix_seconds();
    let session = &sign_in.session;
    let mut claims = json!({
        "nbf": now,
        "exp": after(now, state.options.sign_in.id_token_lifetime.as_secs()),
        "iss": state.issuer,
        "aud": sign_in.client_id,
        "iat": now,
        "sid": session.sid,
        "sub": user.login,
        "auth_time": session.auth_time,
        "idp": session.idp,
        "amr": [session.amr],
    });
    let optional = [
        ("nonce", beside.nonce.map(str::to_owned)),
        ("at_hash", beside.access_token.map(half_hash)),
        ("c_hash", beside.code.map(half_hash)),
        ("s_hash", beside.state.map(half_hash)),
        ("tid", session.tid.clone()),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            claims[name] = json!(value);
        }
    }
    claims
}

/// The left half of the SHA-256, base64url (AUTH-181).
fn half_hash(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(&random::sha256(value.as_bytes())[..16])
}
