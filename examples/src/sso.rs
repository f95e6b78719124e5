//! Single sign-on with ERP.net accounts: the global authority says who somebody is, and gives no access to any instance
//! (AUTH-040, AUTH-050).
//!
//! The types say so too. There is no client to be had from it:
//!
//! ```compile_fail,E0599
//! fn call(sign_in: &erpnet::IdentitySignIn, session: &erpnet::SessionKey) {
//!     let client = sign_in.client(session);
//! }
//! ```
//!
//! and no scope of an API can be asked for:
//!
//! ```
//! use erpnet::{GlobalAuthority, IdentityApp};
//!
//! let redirect = "https://app.example.com/cb";
//! let app = IdentityApp::global(GlobalAuthority::new()?, "com.example/sso", "the secret", redirect)?;
//! assert!(app.with_scopes("openid read").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use erpnet::core::sign_in::MAX_CALLBACK;
use erpnet::{
    AuthorizationRequest, Binding, Callback, Error, Identified, Identity, IdentitySignIn,
};

use crate::web::{Answer, Page, STYLE, Sessions, cookies, redirect, style};

/// The name of the application's own session cookie.
pub const SESSION_COOKIE: &str = "__Host-sso";

const PLACE: &str = "Single sign-on";

/// Somebody who is signed in. `identity` is what an application stores: the issuer, and the id that never changes
/// (AUTH-052).
#[derive(Clone, Debug)]
struct Person {
    name: String,
    email: Option<String>,
    identity: Identity,
    identified: Identified,
}

struct Sso {
    sign_in: IdentitySignIn,
    sessions: Sessions<Person>,
}

/// The application; `callback` is the path of its registered redirect URI.
pub fn router(sign_in: IdentitySignIn, callback: &str) -> Router {
    let sso = Sso {
        sign_in,
        sessions: Sessions::new(SESSION_COOKIE),
    };
    Router::new()
        .route("/", get(start))
        .route("/sign-in", get(begin))
        .route(callback, get(complete).post(complete))
        .route("/sign-out", post(sign_out))
        .route("/signed-out", get(signed_out))
        .route(STYLE, get(style))
        .layer(DefaultBodyLimit::max(MAX_CALLBACK))
        .with_state(Arc::new(sso))
}

async fn begin(State(sso): State<Arc<Sso>>) -> Response {
    match sso.sign_in.begin_web(AuthorizationRequest::new()).await {
        Ok(start) => redirect(start.url.as_str(), [start.set_cookie.as_str()]),
        Err(error) => refused(&error),
    }
}

async fn complete(
    State(sso): State<Arc<Sso>>,
    headers: HeaderMap,
    Answer(callback): Answer,
) -> Response {
    let clear = Binding::clear_cookie(&callback);
    match finish(&sso, &callback, &cookies(&headers)).await {
        Ok(person) => {
            let own = sso.sessions.begin(&headers, person);
            redirect("/", [&*clear, &*own])
        }
        Err(error) => ([(SET_COOKIE, clear)], refused(&error)).into_response(),
    }
}

async fn finish(sso: &Sso, callback: &Callback, cookies: &str) -> Result<Person, Error> {
    let identified = sso.sign_in.complete_web(callback, Some(cookies)).await?;
    let user = sso.sign_in.userinfo(&identified).await?;
    Ok(Person {
        name: user.name().unwrap_or(user.subject()).into_owned(),
        email: user.verified_email().map(Into::into),
        identity: user.identity(),
        identified,
    })
}

async fn start(State(sso): State<Arc<Sso>>, headers: HeaderMap) -> Page {
    let page = Page::new(PLACE, "Welcome");
    let Some(person) = sso.sessions.find(&headers) else {
        return page
            .text("Sign in with your ERP.net account.")
            .link("Sign in", "/sign-in");
    };
    let id_token = person.identified.id_token();
    page.signed_in(&person.name).facts(&[
        ("Identity", Some(&person.identity.to_string())),
        ("Login", Some(&id_token.subject())),
        ("Verified e-mail", person.email.as_deref()),
        ("Signed in by", id_token.identity_provider().as_deref()),
    ])
}

async fn sign_out(State(sso): State<Arc<Sso>>, headers: HeaderMap) -> Response {
    let (person, clear) = sso.sessions.end(&headers);
    let Some(person) = person else {
        return redirect("/signed-out", [&*clear]);
    };
    match sso.sign_in.sign_out(&person.identified).await {
        Ok(out) => {
            let there = out.url.as_ref().map_or("/signed-out", |url| url.expose());
            redirect(there, [&*clear])
        }
        Err(error) => ([(SET_COOKIE, clear)], refused(&error)).into_response(),
    }
}

async fn signed_out() -> Page {
    Page::new(PLACE, "Signed out")
        .text("You are signed out.")
        .link("Sign in", "/sign-in")
}

fn refused(error: &Error) -> Response {
    Page::error(PLACE, error)
        .link("Try again", "/sign-in")
        .link("Start page", "/")
        .into_response()
}
