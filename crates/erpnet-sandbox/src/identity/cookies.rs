//! The cookies of the identity service: one for the session, one against forged forms.
//!
//! Cookies know no ports, so their names hold the sandbox's: several run side by side on one address.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use http::header::{COOKIE, SET_COOKIE};
use subtle::ConstantTimeEq;

use crate::error::SandboxError;
use crate::random;
use crate::reply::{Call, Reply};
use crate::state::State;

#[derive(Clone, Copy)]
pub(crate) enum Cookie {
    Session,
    Antiforgery,
}

fn name(state: &State, cookie: Cookie) -> String {
    let port = state.root.rsplit(':').next().unwrap_or_default();
    match cookie {
        Cookie::Session => format!("idsrv.session.{port}"),
        Cookie::Antiforgery => format!("idsrv.antiforgery.{port}"),
    }
}

/// The value that the browser sent.
pub(crate) fn read(state: &State, call: &Call, cookie: Cookie) -> Option<String> {
    let name = name(state, cookie);
    let headers = call.headers.get_all(COOKIE).into_iter();
    let pairs = headers
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
}

/// Adds the cookie to an answer; an empty value takes it away. With TLS it also travels with cross-site requests, as
/// IdentityServer4 has it; browsers refuse that without TLS.
pub(crate) fn set(state: &State, reply: &mut Reply, cookie: Cookie, value: &str) {
    let name = name(state, cookie);
    let site = if state.root.starts_with("https:") {
        "SameSite=None; Secure"
    } else {
        "SameSite=Lax"
    };
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    let text = format!("{name}={value}; Path=/id; HttpOnly; {site}{end}");
    if let Ok(text) = HeaderValue::try_from(text) {
        reply.headers.append(SET_COOKIE, text);
    }
}

/// The token against forged forms: for the form, and the browser's cookie, which may be new.
pub(crate) fn antiforgery(state: &State, call: &Call) -> Result<(String, String), SandboxError> {
    let cookie = match read(state, call, Cookie::Antiforgery) {
        Some(cookie) if cookie.len() == 43 => cookie,
        _ => URL_SAFE_NO_PAD.encode(random::bytes::<32>()?),
    };
    Ok((token_for(state, &cookie), cookie))
}

/// Whether a form comes from a page that this browser was given.
pub(crate) fn is_genuine(state: &State, call: &Call, token: Option<&str>) -> bool {
    let cookie = read(state, call, Cookie::Antiforgery);
    let pair = cookie.zip(token);
    pair.is_some_and(|(cookie, token)| {
        token_for(state, &cookie)
            .as_bytes()
            .ct_eq(token.as_bytes())
            .into()
    })
}

fn token_for(state: &State, cookie: &str) -> String {
    let tag = ring::hmac::sign(&state.antiforgery_key, cookie.as_bytes());
    URL_SAFE_NO_PAD.encode(tag.as_ref())
}

#[cfg(test)]
mod tests {
    use erpnet_types::Instance;

    use super::*;
    use crate::Sandbox;

    #[test]
    fn cookies_are_made_for_the_scheme_and_named_after_the_port() {
        for (root, end) in [
            ("http://127.0.0.1:5001", "SameSite=Lax"),
            ("https://localhost:5001", "SameSite=None; Secure"),
        ] {
            let instance = Instance::loopback(root).unwrap();
            let state = State::new(instance, Sandbox::builder().options).unwrap();
            let mut reply = Reply::empty(http::StatusCode::OK);
            set(&state, &mut reply, Cookie::Session, "A1");
            set(&state, &mut reply, Cookie::Antiforgery, "");
            let cookies: Vec<_> = reply.headers.get_all(SET_COOKIE).iter().collect();
            assert_eq!(
                cookies,
                [
                    format!("idsrv.session.5001=A1; Path=/id; HttpOnly; {end}").as_str(),
                    &format!("idsrv.antiforgery.5001=; Path=/id; HttpOnly; {end}; Max-Age=0"),
                ]
            );
        }
    }
}
