//! `GET` and `POST /id/connect/authorize`, and `/callback` below it, where the pages of the identity service return to.

pub(crate) mod interaction;
mod parameters;
pub(crate) mod request;
pub(crate) mod response;
mod scopes;
pub(crate) mod stop;

use http::StatusCode;

use super::cookies::{self, Cookie};
use super::form::Form;
use super::session::Proof;
use super::sign_ins::Session;
use super::{pages, session};
use crate::reply::{Call, Reply};
use crate::state::{State, lock};
use crate::user::User;
use interaction::Next;
use request::AuthorizationRequest;
use stop::Stop;

/// Where pages return to, with the parameters of the request.
pub(crate) const CALLBACK: &str = "/id/connect/authorize/callback";

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    let Some(form) = Form::of(call) else {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    };
    let request = match AuthorizationRequest::read(state, &form) {
        Ok(request) => request,
        Err(stop) => return pages::stopped(&stop),
    };
    proceed(state, call, &form, &request).unwrap_or_else(|stop| pages::stopped(&stop))
}

fn proceed(
    state: &State,
    call: &Call,
    form: &Form,
    request: &AuthorizationRequest,
) -> Result<Reply, Stop> {
    let mut current = session::current(state, call);
    let mut next = interaction::next(state, request, current.as_ref());
    let mut new_cookie = None;
    if let Some(login) = &state.options.sign_in.auto_login
        && matches!(next, Next::Login | Next::External | Next::Consent)
    {
        if next != Next::Consent {
            let (session, user, cookie) = sign_in_as(state, call, request, login)?;
            current = Some((session, user));
            new_cookie = Some(cookie);
        }
        next = Next::Callback;
    }
    let page = |path: &str| {
        let return_url = format!("{CALLBACK}?{}", form.encoded());
        let query = super::form::encode([("ReturnUrl", return_url.as_str())]);
        Reply::redirect(StatusCode::FOUND, &format!("{path}?{query}"))
    };
    let mut reply = match (next, current) {
        (Next::Callback, Some((session, user))) => {
            response::granted(state, request, session, &user)?
        }
        (Next::Error(error), _) => response::refused(state, request, error),
        (Next::External, _) => page("/id/external/challenge"),
        (Next::Consent, _) => page("/id/consent"),
        (Next::Login | Next::Callback, _) => page("/id/account/login"),
    };
    if let Some(cookie) = new_cookie {
        cookies::set(state, &mut reply, Cookie::Session, &cookie);
    }
    Ok(reply.no_store())
}

/// Signs the user of `auto_login` in, without a page.
fn sign_in_as(
    state: &State,
    call: &Call,
    request: &AuthorizationRequest,
    login: &str,
) -> Result<(Session, User, String), Stop> {
    let user = lock(&state.users).find(login).cloned();
    let user = user.filter(|user| user.is_active && request.app.admits(user));
    let user = user.ok_or_else(|| {
        let problem =
            format!("auto_login is {login}: no such user, or not one who may sign in here");
        Stop::new("access_denied", problem).field("ImpersonateAsInternalUserAllowed")
    })?;
    let begun = session::begin(state, call, &user, Proof::password(), request.digest);
    let (session, cookie) = begun.map_err(|_| Stop::server())?;
    Ok((session, user, cookie))
}

/// The request that a page of the identity service was opened for; its `ReturnUrl` leads nowhere else.
pub(crate) fn returning(state: &State, form: &Form) -> Result<(Form, AuthorizationRequest), Stop> {
    let url = form.get("ReturnUrl").unwrap_or_default();
    let query = url
        .strip_prefix(CALLBACK)
        .and_then(|rest| rest.strip_prefix('?'));
    let query = query
        .ok_or_else(|| Stop::request("This page belongs to a sign-in: start at the application"))?;
    let parameters = Form::parse(query.as_bytes());
    let request = AuthorizationRequest::read(state, &parameters)?;
    Ok((parameters, request))
}
