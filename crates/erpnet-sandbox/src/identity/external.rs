//! Signing in with an external provider, which is simulated: a page of its own below `/example-idp`, on the same server
//! (AUTH-204, AUTH-205).

use http::StatusCode;

use super::authorize::stop::Stop;
use super::authorize::{CALLBACK, returning};
use super::cookies::{self, Cookie};
use super::form::{Form, encode};
use super::login;
use super::session::Proof;
use super::sign_ins::External;
use super::{authorize, pages};
use crate::random;
use crate::reply::{Call, Reply};
use crate::state::{State, lock};

/// The name of the provider: `idp` in tokens, and `acr_values=idp:example` (AUTH-188).
pub(crate) const SCHEME: &str = "example";

const PROVIDER: &str = "/example-idp/sign-in";
const RETURN: &str = "/id/signin-example";

/// `GET /id/external/challenge`: off to the provider. `prompt=login` does not go along (AUTH-185).
pub(crate) fn challenge(state: &State, call: &Call) -> Reply {
    let Some(form) = Form::of(call).filter(|_| call.is_read()) else {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    };
    let left = returning(state, &form).and_then(|(parameters, _)| {
        let (_, browser) = cookies::antiforgery(state, call).map_err(|_| Stop::server())?;
        let external = External {
            request: parameters.encoded(),
            browser: browser.clone(),
            email: None,
        };
        let handle = lock(&state.sign_ins).externals.put(external);
        let query = encode([("state", handle.map_err(|_| Stop::server())?.as_str())]);
        let mut reply =
            Reply::redirect(StatusCode::FOUND, &format!("{PROVIDER}?{query}")).no_store();
        cookies::set(state, &mut reply, Cookie::Antiforgery, &browser);
        Ok(reply)
    });
    left.unwrap_or_else(|stop| pages::stopped(&stop))
}

/// `/example-idp/sign-in`: the provider's page. It believes every e-mail address.
pub(crate) fn provider(state: &State, call: &Call) -> Reply {
    let Some(form) = Form::of(call) else {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    };
    let handle = form.get("state").unwrap_or_default();
    if lock(&state.sign_ins).externals.get(handle).is_none() {
        return pages::stopped(&Stop::request(
            "This page belongs to a sign-in: start at the application",
        ));
    }
    if call.is_read() {
        return pages::provider(handle);
    }
    let email = form
        .get("email")
        .filter(|_| form.get("button") != Some("cancel"));
    if let Some(external) = lock(&state.sign_ins).externals.get_mut(handle) {
        external.email = email.map(|email| email.trim().to_owned());
    }
    let query = encode([("state", handle)]);
    Reply::redirect(StatusCode::SEE_OTHER, &format!("{RETURN}?{query}")).no_store()
}

/// `GET /id/signin-example`: back from the provider. The user is the one with the same e-mail address.
pub(crate) fn returned(state: &State, call: &Call) -> Reply {
    let Some(form) = Form::of(call).filter(|_| call.is_read()) else {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    };
    finish(state, call, &form).unwrap_or_else(|stop| pages::stopped(&stop))
}

fn finish(state: &State, call: &Call, form: &Form) -> Result<Reply, Stop> {
    let handle = form.get("state").unwrap_or_default();
    let external = lock(&state.sign_ins).externals.take(handle);
    let browser = cookies::read(state, call, Cookie::Antiforgery);
    let external = external.filter(|external| browser.as_deref() == Some(&external.browser));
    let external = external
        .ok_or_else(|| Stop::request("This sign-in is not known, or began in another browser"))?;
    let return_url = format!("{CALLBACK}?{}", external.request);
    let back = Form::parse(encode([("ReturnUrl", return_url.as_str())]).as_bytes());
    let (_, request) = authorize::returning(state, &back)?;
    let Some(email) = external.email else {
        let query = encode([("ReturnUrl", return_url.as_str())]);
        return Ok(
            Reply::redirect(StatusCode::FOUND, &format!("/id/account/login?{query}")).no_store(),
        );
    };
    let user = lock(&state.users)
        .by_email(&email)
        .cloned()
        .filter(|user| user.is_active);
    let user = user.ok_or_else(|| {
        Stop::new(
            "access_denied",
            format!("No active user has the e-mail address {email}"),
        )
    })?;
    if !request.app.admits(&user) {
        let field = if user.is_community() {
            "ImpersonateAsCommunityUserAllowed"
        } else {
            "ImpersonateAsInternalUserAllowed"
        };
        return Err(Stop::new("access_denied", login::not_admitted(&user)).field(field));
    }
    let proof = Proof {
        idp: SCHEME.to_owned(),
        tid: Some(random::guid_of("the tenant at the example provider")),
        amr: "external",
    };
    login::finish(state, call, &back, &request, &user, proof)
}
