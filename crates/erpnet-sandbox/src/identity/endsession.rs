//! `/id/connect/endsession` and `/id/account/logout`: signing out (AUTH-200..203).

use http::StatusCode;

use super::cookies::{self, Cookie};
use super::form::{Form, encode};
use super::{pages, session};
use crate::application::Application;
use crate::jwt;
use crate::reply::{Call, Reply};
use crate::state::{State, lock};

/// With a hint for the user who is signed in, signs out at once; otherwise asks first.
pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    let Some(form) = Form::of(call) else {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    };
    let current = session::current(state, call).map(|(_, user)| user);
    let hint = form
        .get("id_token_hint")
        .and_then(|token| read_hint(state, token));
    let hint = hint.filter(|hint| current.as_ref().is_none_or(|user| user.login == hint.sub));
    match (hint, current) {
        (Some(hint), _) => sign_out(state, call, back(&hint.app, &form)),
        (None, None) => sign_out(state, call, None),
        (None, Some(user)) => ask(state, call, &user.login),
    }
}

/// `POST /id/account/logout`: the button of the confirmation page.
pub(crate) fn confirmed(state: &State, call: &Call) -> Reply {
    let Some(form) = Form::of_post(call) else {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    };
    if cookies::is_genuine(state, call, form.get("__RequestVerificationToken")) {
        return sign_out(state, call, None);
    }
    let user = session::current(state, call).map(|(_, user)| user.login);
    ask(state, call, user.as_deref().unwrap_or_default())
}

struct Hint {
    sub: String,
    app: Application,
}

/// An ID token of this issuer for a known application. It may have expired (AUTH-201).
fn read_hint(state: &State, token: &str) -> Option<Hint> {
    let claims = jwt::verify_id_token(&lock(&state.keys), token).ok()?;
    let text = |name: &str| claims.get(name)?.as_str();
    if text("iss") != Some(&state.issuer) {
        return None;
    }
    let app = lock(&state.apps).find(text("aud")?).cloned()?;
    Some(Hint {
        sub: text("sub")?.to_owned(),
        app,
    })
}

/// Where to go: an exact entry of `ImpersonateLogoutUrl`, with `state` (AUTH-201).
fn back(app: &Application, form: &Form) -> Option<String> {
    let uri = form.get("post_logout_redirect_uri")?;
    if !app.enabled || !app.post_logout_redirect_uris().any(|known| known == uri) {
        return None;
    }
    let Some(state) = form.get("state") else {
        return Some(uri.to_owned());
    };
    let joint = if uri.contains('?') { '&' } else { '?' };
    Some(format!("{uri}{joint}{}", encode([("state", state)])))
}

fn sign_out(state: &State, call: &Call, back: Option<String>) -> Reply {
    let mut reply = match back {
        Some(url) => Reply::redirect(StatusCode::FOUND, &url).no_store(),
        None => pages::signed_out(),
    };
    session::end(state, call, &mut reply);
    reply
}

fn ask(state: &State, call: &Call, login: &str) -> Reply {
    let Ok((token, cookie)) = cookies::antiforgery(state, call) else {
        return Reply::page(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut reply = pages::sign_out(login, &token);
    cookies::set(state, &mut reply, Cookie::Antiforgery, &cookie);
    reply
}
