//! `/id/account/login`: the page where users sign in by name and password.

use http::StatusCode;

use super::authorize::request::AuthorizationRequest;
use super::authorize::response;
use super::authorize::returning;
use super::authorize::stop::Stop;
use super::cookies::{self, Cookie};
use super::form::{Form, encode};
use super::{pages, session};
use crate::reply::{Call, Reply};
use crate::state::{State, lock};
use crate::user::User;

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    let Some(form) = Form::of(call) else {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    };
    let done = returning(state, &form).and_then(|(_, request)| {
        if call.is_read() {
            show(state, call, &form, &request)
        } else {
            submit(state, call, &form, &request)
        }
    });
    done.unwrap_or_else(|stop| pages::stopped(&stop))
}

fn show(
    state: &State,
    call: &Call,
    form: &Form,
    request: &AuthorizationRequest,
) -> Result<Reply, Stop> {
    let refused = session::current(state, call)
        .filter(|(_, user)| !request.app.admits(user))
        .map(|(_, user)| {
            format!(
                "You are signed in as {}. {}",
                user.login,
                not_admitted(&user)
            )
        });
    let hint = request.login_hint.as_deref().unwrap_or_default();
    render(state, call, form, request, hint, refused.as_deref())
}

fn render(
    state: &State,
    call: &Call,
    form: &Form,
    request: &AuthorizationRequest,
    login: &str,
    problem: Option<&str>,
) -> Result<Reply, Stop> {
    let (token, cookie) = cookies::antiforgery(state, call).map_err(|_| Stop::server())?;
    let return_url = form.get("ReturnUrl").unwrap_or_default();
    let external = encode([("ReturnUrl", return_url)]);
    let mut reply = pages::login(&pages::Login {
        app: &request.app.name,
        return_url,
        token: &token,
        login,
        external: &format!("/id/external/challenge?{external}"),
        problem,
    });
    cookies::set(state, &mut reply, Cookie::Antiforgery, &cookie);
    Ok(reply)
}

fn submit(
    state: &State,
    call: &Call,
    form: &Form,
    request: &AuthorizationRequest,
) -> Result<Reply, Stop> {
    let login = form.get("username").unwrap_or_default();
    let again = |problem: &str| render(state, call, form, request, login, Some(problem));
    if !cookies::is_genuine(state, call, form.get("__RequestVerificationToken")) {
        return again("This form is too old, or not from this browser. Please try again.");
    }
    if form.get("button") == Some("cancel") {
        return Ok(response::refused(state, request, "access_denied").no_store());
    }
    let user = lock(&state.users).find(login).cloned();
    let password = form.get("password").unwrap_or_default();
    let Some(user) = user.filter(|user| user.has_password(password)) else {
        return again("The user name or the password is wrong.");
    };
    if !user.is_active {
        return again("This account is disabled.");
    }
    if !request.app.admits(&user) {
        return again(&not_admitted(&user));
    }
    finish(
        state,
        call,
        form,
        request,
        &user,
        session::Proof::password(),
    )
}

/// Begins the session and returns to the authorization request.
pub(super) fn finish(
    state: &State,
    call: &Call,
    form: &Form,
    request: &AuthorizationRequest,
    user: &User,
    proof: session::Proof,
) -> Result<Reply, Stop> {
    let begun = session::begin(state, call, user, proof, request.digest);
    let (_, cookie) = begun.map_err(|_| Stop::server())?;
    let return_url = form.get("ReturnUrl").unwrap_or_default();
    let mut reply = Reply::redirect(StatusCode::SEE_OTHER, return_url).no_store();
    cookies::set(state, &mut reply, Cookie::Session, &cookie);
    Ok(reply)
}

/// The user type is refused on a page: the application hears nothing (section 13 of the rules).
pub(super) fn not_admitted(user: &User) -> String {
    let kind = if user.is_community() {
        "external"
    } else {
        "internal"
    };
    format!("This application does not admit {kind} users.")
}
