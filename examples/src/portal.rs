//! A portal: users of the company and customers from outside are identified by their ID token, and nothing more. The API is
//! called by a service, which sees everything, so the portal decides who sees what.
//!
//! The types keep the two apart: an [`IdentitySignIn`] ends with an [`Identified`], from which no client can be made, and
//! the [`Client`] of the service knows no user.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use erpnet::core::sign_in::MAX_CALLBACK;
use erpnet::{
    AuthorizationRequest, Binding, Callback, Client, Error, Identified, Identity, IdentitySignIn,
    Row,
};

use crate::web::{Answer, Page, STYLE, Sessions, cookies, redirect, style};

/// The name of the portal's session cookie.
pub const SESSION_COOKIE: &str = "__Host-portal";

const PLACE: &str = "Customer portal";
const ORDERS: &str = "Crm_Sales_SalesOrders?$top=100&$select=DocumentNo,DocumentDate,State,Customer&$orderby=DocumentNo";

/// Which customer somebody is, by who they are at the authority: the issuer, and the id that never changes (AUTH-052). A
/// login name would do until it changes hands. In a portal this is a table of its database.
pub type Customers = HashMap<Identity, String>;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
struct Visitor {
    name: String,
    identity: Identity,
    identified: Identified,
}

struct Portal {
    users: IdentitySignIn,
    service: Client,
    customers: Customers,
    sessions: Sessions<Visitor>,
}

/// The portal; `callback` is the path of its registered redirect URI. Customers are named as the API refers to them:
/// `Crm_Customers(id)`.
pub fn router(
    users: IdentitySignIn,
    service: Client,
    customers: Customers,
    callback: &str,
) -> Router {
    let portal = Portal {
        users,
        service,
        customers,
        sessions: Sessions::new(SESSION_COOKIE),
    };
    Router::new()
        .route("/", get(start))
        .route("/sign-in", get(begin))
        .route(callback, get(complete).post(complete))
        .route("/orders", get(orders))
        .route("/sign-out", post(sign_out))
        .route("/signed-out", get(signed_out))
        .route(STYLE, get(style))
        .layer(DefaultBodyLimit::max(MAX_CALLBACK))
        .with_state(Arc::new(portal))
}

async fn begin(State(portal): State<Arc<Portal>>) -> Response {
    let request = AuthorizationRequest::new();
    match portal.users.begin_web(request).await {
        Ok(start) => redirect(start.url.as_str(), [start.set_cookie.as_str()]),
        Err(error) => refused(&error),
    }
}

async fn complete(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    Answer(callback): Answer,
) -> Response {
    let clear = Binding::clear_cookie(&callback);
    match finish(&portal, &callback, &cookies(&headers)).await {
        Ok(visitor) => {
            let own = portal.sessions.begin(&headers, visitor);
            redirect("/orders", [&*clear, &*own])
        }
        Err(error) => ([(SET_COOKIE, clear)], refused(&error)).into_response(),
    }
}

/// From the answer to who it is. The ID token says so; name and stable id are asked for once, here.
async fn finish(portal: &Portal, callback: &Callback, cookies: &str) -> Result<Visitor, Error> {
    let identified = portal.users.complete_web(callback, Some(cookies)).await?;
    let user = portal.users.userinfo(&identified).await?;
    Ok(Visitor {
        name: user.name().unwrap_or(user.subject()).into_owned(),
        identity: user.identity(),
        identified,
    })
}

async fn start(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Page {
    let page = Page::new(PLACE, "Welcome");
    match portal.sessions.find(&headers) {
        None => page
            .text("Sign in to see your orders.")
            .link("Sign in", "/sign-in"),
        Some(visitor) => {
            let id_token = visitor.identified.id_token();
            page.signed_in(&visitor.name)
                .facts(&[
                    ("Login", Some(&id_token.subject())),
                    ("Issuer", Some(&id_token.issuer())),
                    ("User id", visitor.identity.id()),
                    ("Signed in by", id_token.identity_provider().as_deref()),
                    (
                        "Customer",
                        portal
                            .customers
                            .get(&visitor.identity)
                            .map(|known| &**known),
                    ),
                ])
                .link("Orders", "/orders")
        }
    }
}

/// The orders of the customer who is signed in, read by the service.
async fn orders(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Response {
    let Some(visitor) = portal.sessions.find(&headers) else {
        return redirect("/sign-in", []);
    };
    let page = Page::new(PLACE, "Your orders").signed_in(&visitor.name);
    let Some(customer) = portal.customers.get(&visitor.identity) else {
        return page
            .text("You are signed in, and you are no customer of ours.")
            .link("Who is signed in", "/")
            .into_response();
    };
    match portal.service.get::<erpnet::Page<Row>>(ORDERS).await {
        Ok(found) => {
            // The service sees all orders: what is left out here is what others ordered.
            let theirs = |row: &Row| {
                let reference = row.get("Customer").and_then(|value| value.get("@odata.id"));
                reference.and_then(|value| value.as_str()) == Some(customer)
            };
            let rows: Vec<Row> = found.value.into_iter().filter(theirs).collect();
            let columns = [
                ("DocumentNo", "Number"),
                ("DocumentDate", "Date"),
                ("State", "State"),
            ];
            page.table(
                "Read from the Domain API by the portal's service",
                &columns,
                &rows,
            )
            .link("Who is signed in", "/")
            .into_response()
        }
        Err(error) => Page::error(PLACE, &error)
            .signed_in(&visitor.name)
            .into_response(),
    }
}

async fn sign_out(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Response {
    let (visitor, clear) = portal.sessions.end(&headers);
    let Some(visitor) = visitor else {
        return redirect("/signed-out", [&*clear]);
    };
    match portal.users.sign_out(&visitor.identified).await {
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
