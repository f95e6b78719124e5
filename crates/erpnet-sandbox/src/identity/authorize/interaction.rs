//! What has to happen before an application gets its answer: sign-in, consent, or nothing.

use super::request::AuthorizationRequest;
use crate::identity::sign_ins::Session;
use crate::state::{State, lock};
use crate::user::User;

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Show the login page.
    Login,
    /// Go to the external provider at once (AUTH-188).
    External,
    /// Ask whether the application may.
    Consent,
    /// Send the user back with an error.
    Error(&'static str),
    /// Send the user back signed in.
    Callback,
}

pub(crate) fn next(
    state: &State,
    request: &AuthorizationRequest,
    current: Option<&(Session, User)>,
) -> Next {
    let silent = request.prompts("none");
    let Some((session, user)) =
        current.filter(|(session, user)| !needs_login(state, request, session, user))
    else {
        return match (silent, request.idp.as_deref()) {
            (true, _) => Next::Error("login_required"),
            (false, Some(super::super::external::SCHEME)) => Next::External,
            (false, _) => Next::Login,
        };
    };
    let consented = session.consented_for == Some(request.digest);
    let scopes = request.scopes.granted_to(user);
    let known = lock(&state.sign_ins).consents(&user.id, &request.app.application_uri, &scopes);
    let required = state.options.sign_in.consent && !known;
    if silent && required {
        return Next::Error("consent_required");
    }
    if (required || request.prompts("consent")) && !consented {
        return Next::Consent;
    }
    Next::Callback
}

fn needs_login(
    state: &State,
    request: &AuthorizationRequest,
    session: &Session,
    user: &User,
) -> bool {
    if !request.app.admits(user) {
        return true;
    }
    if session.signed_in_for == Some(request.digest) {
        return false;
    }
    let age = state
        .options
        .clock
        .now()
        .unix_seconds()
        .saturating_sub(session.auth_time);
    // An age of zero asks for a new sign-in even in the same second.
    let too_old = request
        .max_age
        .is_some_and(|max_age| age > max_age || max_age == 0);
    let elsewhere = request.idp.as_ref().is_some_and(|idp| *idp != session.idp);
    let asked = request.prompts("login") || request.prompts("select_account");
    too_old || elsewhere || asked
}
