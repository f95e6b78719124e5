//! `grant_type=authorization_code` (AUTH-160, AUTH-161, AUTH-175, AUTH-176).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::claims;
use super::form::Form;
use super::id_token::{self, Beside};
use super::limits::{MAX_CODE_LEN, fits, is_pkce_len};
use super::refresh_grant;
use super::sign_ins::Code;
use super::token::Granted;
use crate::alter::Document;
use crate::application::Application;
use crate::random;
use crate::state::{State, lock};

pub(super) fn grant(
    state: &State,
    app: &Application,
    form: &Form,
) -> Result<Granted, &'static str> {
    if !app.signs_users_in() {
        return Err("unauthorized_client");
    }
    let code_value = form
        .get("code")
        .filter(|code| fits(code, MAX_CODE_LEN))
        .ok_or("invalid_grant")?;
    let code = take(state, app, code_value).ok_or("invalid_grant")?;
    if code.expires <= state.options.clock.now() {
        return Err("invalid_grant");
    }
    match form.get("redirect_uri") {
        None => return Err("unauthorized_client"),
        Some(uri) if uri != code.redirect_uri => return Err("invalid_grant"),
        Some(_) => {}
    }
    if !verifies(code.challenge.as_deref(), form.get("code_verifier")) {
        return Err("invalid_grant");
    }
    let sign_in = &code.sign_in;
    let user = lock(&state.users).by_id(&sign_in.session.user_id).cloned();
    let user = user
        .filter(|user| user.is_active && app.admits(user))
        .ok_or("invalid_grant")?;
    let mut granted = Granted::sign(
        state,
        app,
        claims::user(state, app, sign_in, &user).map_err(|_| "server_error")?,
    );
    if sign_in.has("openid") {
        let beside = Beside {
            nonce: code.nonce.as_deref(),
            access_token: Some(&granted.access_token),
            state: code.state.as_deref(),
            code: None,
        };
        granted.id_token = Some(id_token::sign(
            state,
            Document::IdToken,
            sign_in,
            &user,
            &beside,
        ));
    }
    if sign_in.has("offline_access") {
        granted.refresh_token = Some(refresh_grant::issue(state, app, sign_in, &granted.claims)?);
    }
    Ok(granted)
}

/// Takes the code away, whatever happens next (AUTH-176); but not for an application that it was not made for.
fn take(state: &State, app: &Application, value: &str) -> Option<Code> {
    let mut sign_ins = lock(&state.sign_ins);
    let code = sign_ins.codes.get(value)?;
    if code.sign_in.client_id == app.application_uri {
        sign_ins.codes.take(value)
    } else {
        None
    }
}

/// Whether the verifier belongs to the challenge: both or neither (AUTH-161).
fn verifies(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) if is_pkce_len(verifier) => {
            let computed = URL_SAFE_NO_PAD.encode(random::sha256(verifier.as_bytes()));
            computed.as_bytes().ct_eq(challenge.as_bytes()).into()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_160_161_verifier_and_challenge_belong_together() {
        // RFC 7636, appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(verifies(Some(challenge), Some(verifier)));
        assert!(verifies(None, None));
        assert!(!verifies(Some(challenge), None));
        assert!(!verifies(None, Some(verifier)));
        assert!(!verifies(Some(challenge), Some(challenge)));
        for (len, legal) in [(42, false), (43, true), (128, true), (129, false)] {
            let verifier = "a".repeat(len);
            let challenge = URL_SAFE_NO_PAD.encode(random::sha256(verifier.as_bytes()));
            assert_eq!(verifies(Some(&challenge), Some(&verifier)), legal, "{len}");
        }
    }
}
