//! `POST /id/connect/revocation` (RFC 7009, AUTH-088): refresh tokens and reference tokens of the application that asks.
//! A JWT cannot be revoked, and is answered like a token that nobody knows.

use http::StatusCode;
use serde_json::json;

use super::client::authenticate;
use super::form::Form;
use crate::application::Application;
use crate::reply::{Call, Reply};
use crate::state::{State, lock};

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    match revoke(state, call) {
        Ok(()) => Reply::empty(StatusCode::OK).no_store(),
        Err(error) => Reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error })).no_store(),
    }
}

fn revoke(state: &State, call: &Call) -> Result<(), &'static str> {
    let form = Form::of_post(call).ok_or("invalid_request")?;
    let app = authenticate(state, call, &form).ok_or("invalid_client")?;
    let token = form.get("token").ok_or("invalid_request")?;
    match form.get("token_type_hint") {
        None | Some("refresh_token" | "access_token") => {}
        Some(_) => return Err("unsupported_token_type"),
    }
    revoke_refresh_token(state, &app, token);
    let mut references = lock(&state.reference_tokens);
    let own = references
        .find(token)
        .is_some_and(|known| known.client_id.as_str() == app.application_uri);
    if own {
        references.revoke(token);
    }
    Ok(())
}

/// Its whole family goes: what is left of it are tokens that were used up.
fn revoke_refresh_token(state: &State, app: &Application, token: &str) {
    let mut sign_ins = lock(&state.sign_ins);
    let found = sign_ins.refresh_tokens.get(token);
    let found = found.filter(|known| known.sign_in.client_id == app.application_uri);
    if let Some(family) = found.map(|known| known.family.clone()) {
        sign_ins
            .refresh_tokens
            .retain(|known| known.family != family);
    }
}
