//! `/id/consent`: whether the user lets an application in. Off, as in IdentityServer4, unless the builder turns it on or
//! the request says `prompt=consent` (G60).

use http::StatusCode;

use super::authorize::request::AuthorizationRequest;
use super::authorize::stop::Stop;
use super::authorize::{response, returning};
use super::cookies::{self, Cookie};
use super::form::Form;
use super::{pages, session};
use crate::reply::{Call, Reply};
use crate::state::{State, lock};

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    let Some(form) = Form::of(call) else {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    };
    let done =
        returning(state, &form).and_then(|(_, request)| decide(state, call, &form, &request));
    done.unwrap_or_else(|stop| pages::stopped(&stop))
}

fn decide(
    state: &State,
    call: &Call,
    form: &Form,
    request: &AuthorizationRequest,
) -> Result<Reply, Stop> {
    let return_url = form.get("ReturnUrl").unwrap_or_default();
    let back = || Reply::redirect(StatusCode::SEE_OTHER, return_url).no_store();
    let Some((_, user)) = session::current(state, call) else {
        return Ok(back());
    };
    let scopes = request.scopes.granted_to(&user);
    let genuine = cookies::is_genuine(state, call, form.get("__RequestVerificationToken"));
    match form.get("button").filter(|_| genuine && !call.is_read()) {
        Some("allow") => {
            session::change(state, call, |session| {
                session.consented_for = Some(request.digest);
            });
            let client_id = &request.app.application_uri;
            lock(&state.sign_ins).remember_consent(&user.id, client_id, &scopes);
            Ok(back())
        }
        Some("refuse") => Ok(response::refused(state, request, "access_denied").no_store()),
        _ => {
            let (token, cookie) = cookies::antiforgery(state, call).map_err(|_| Stop::server())?;
            let mut reply =
                pages::consent(&request.app.name, &user.name, &scopes, return_url, &token);
            cookies::set(state, &mut reply, Cookie::Antiforgery, &cookie);
            Ok(reply)
        }
    }
}
