//! A web application: its users sign in at the instance, and it calls the Domain API as them.
//!
//! ```text
//! GET  /sign-in    begin_web     ─▶ 303 to the authority, with a cookie that binds the attempt to this browser
//! POST /callback   complete_web  ─▶ 303 into the application, with its own session cookie      (GET for plain `code`)
//! GET  /customers  client        ─▶ ten customers, read as the user
//! POST /sign-out   sign_out      ─▶ 303 to the authority, which ends the sign-in and comes back to /signed-out
//! ```

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use erpnet::core::sign_in::MAX_CALLBACK;
use erpnet::{
    AuthorizationRequest, Binding, Callback, Error, ErrorKind, Prompt, Row, SessionKey, SignIn,
};
use serde::Deserialize;

use crate::web::{Answer, Page, STYLE, Sessions, cookies, redirect, style};

/// The name of the application's own session cookie.
pub const SESSION_COOKIE: &str = "__Host-web-app";

const PLACE: &str = "Customers of the company";
const CUSTOMERS: &str = "Crm_Customers?$top=10&$select=Number,DisplayText&$orderby=Number";

/// Where a sign-in may lead: this application's pages, and nothing that somebody wrote into a link.
const PAGES: [&str; 2] = ["/", "/customers"];

struct WebApp {
    sign_in: SignIn,
    sessions: Sessions<Person>,
}

/// What the session knows. The tokens are in the session store of the SDK, under `session`.
#[derive(Clone, Debug)]
struct Person {
    name: String,
    login: String,
    user_id: Option<String>,
    provider: Option<String>,
    scopes: String,
    session: SessionKey,
}

/// The application; `callback` is the path of its registered redirect URI.
pub fn router(sign_in: SignIn, callback: &str) -> Router {
    let app = WebApp {
        sign_in,
        sessions: Sessions::new(SESSION_COOKIE),
    };
    Router::new()
        .route("/", get(start))
        .route("/sign-in", get(begin))
        .route(callback, get(complete).post(complete))
        .route("/customers", get(customers))
        .route("/sign-out", post(sign_out))
        .route("/signed-out", get(signed_out))
        .route(STYLE, get(style))
        .layer(DefaultBodyLimit::max(MAX_CALLBACK))
        .with_state(Arc::new(app))
}

#[derive(Deserialize)]
struct Begin {
    return_to: Option<String>,
    again: Option<String>,
}

/// Off to the authority.
async fn begin(State(app): State<Arc<WebApp>>, Query(wish): Query<Begin>) -> Response {
    let wanted = wish.return_to.unwrap_or_default();
    let place = PAGES.into_iter().find(|page| *page == wanted);
    let mut request = AuthorizationRequest::new().return_to(place.unwrap_or("/"));
    if wish.again.is_some() {
        request = request.prompt(Prompt::Login);
    }
    match app.sign_in.begin_web(request).await {
        Ok(start) => redirect(start.url.as_str(), [start.set_cookie.as_str()]),
        Err(error) => refused(&error),
    }
}

/// Back from the authority, to the browser that went there.
async fn complete(
    State(app): State<Arc<WebApp>>,
    headers: HeaderMap,
    Answer(callback): Answer,
) -> Response {
    let clear = Binding::clear_cookie(&callback);
    match finish(&app, &callback, &cookies(&headers)).await {
        Ok((person, place)) => {
            let own = app.sessions.begin(&headers, person);
            redirect(&place, [&*clear, &*own])
        }
        Err(error) if error.kind() == ErrorKind::UserCancelled => {
            let page = Page::new(PLACE, "You did not sign in").link("Sign in", "/sign-in");
            ([(SET_COOKIE, clear)], page).into_response()
        }
        Err(error) => ([(SET_COOKIE, clear)], refused(&error)).into_response(),
    }
}

/// From the answer to who it is, and a session to call the API with.
async fn finish(
    app: &WebApp,
    callback: &Callback,
    cookies: &str,
) -> Result<(Person, String), Error> {
    let signed_in = app.sign_in.complete_web(callback, Some(cookies)).await?;
    let user = app.sign_in.userinfo(&signed_in).await?;
    let person = Person {
        name: user.name().unwrap_or(user.subject()).into_owned(),
        login: user.subject().into_owned(),
        user_id: user.user_id().map(Into::into),
        provider: signed_in.id_token().identity_provider().map(Into::into),
        scopes: signed_in.granted().to_string(),
        session: signed_in.session().clone(),
    };
    Ok((person, signed_in.return_to().unwrap_or("/").to_owned()))
}

/// The start page: who is signed in, if anybody is.
async fn start(State(app): State<Arc<WebApp>>, headers: HeaderMap) -> Page {
    let page = Page::new(PLACE, "Welcome");
    match app.sessions.find(&headers) {
        None => page
            .text("Sign in with your account at the instance to see its customers.")
            .link("Sign in", "/sign-in?return_to=/customers"),
        Some(person) => page
            .signed_in(&person.name)
            .facts(&[
                ("Name", Some(&person.name)),
                ("Login", Some(&person.login)),
                ("User id", person.user_id.as_deref()),
                ("Signed in by", person.provider.as_deref()),
                ("Granted", Some(&person.scopes)),
            ])
            .link("Customers", "/customers")
            .link("Sign in again", "/sign-in?again=yes"),
    }
}

/// Ten customers, read from the Domain API as the user: the instance decides what this person may see.
async fn customers(State(app): State<Arc<WebApp>>, headers: HeaderMap) -> Response {
    let Some(person) = app.sessions.find(&headers) else {
        return redirect("/sign-in?return_to=/customers", []);
    };
    let rows = async {
        let client = app.sign_in.client(&person.session)?;
        client.get::<erpnet::Page<Row>>(CUSTOMERS).await
    };
    match rows.await {
        Ok(rows) => Page::new(PLACE, "Customers")
            .signed_in(&person.name)
            .table(
                "The first ten, read from the Domain API",
                &[("Number", "Number"), ("DisplayText", "Name")],
                &rows.value,
            )
            .link("Who is signed in", "/")
            .into_response(),
        // The sign-in has ended at the authority: ask for a new one.
        Err(error) if error.needs_sign_in() => redirect("/sign-in?return_to=/customers", []),
        Err(error) => Page::error(PLACE, &error)
            .signed_in(&person.name)
            .into_response(),
    }
}

/// Signs out here, then at the authority.
async fn sign_out(State(app): State<Arc<WebApp>>, headers: HeaderMap) -> Response {
    let (person, clear) = app.sessions.end(&headers);
    let Some(person) = person else {
        return redirect("/signed-out", [&*clear]);
    };
    match app.sign_in.sign_out(&person.session).await {
        Ok(out) => {
            let there = out.url.as_ref().map_or("/signed-out", |url| url.expose());
            redirect(there, [&*clear])
        }
        Err(error) => ([(SET_COOKIE, clear)], refused(&error)).into_response(),
    }
}

async fn signed_out() -> Page {
    Page::new(PLACE, "Signed out")
        .text("You are signed out here and at the instance.")
        .link("Sign in", "/sign-in")
}

fn refused(error: &Error) -> Response {
    Page::error(PLACE, error)
        .link("Try again", "/sign-in")
        .link("Start page", "/")
        .into_response()
}
