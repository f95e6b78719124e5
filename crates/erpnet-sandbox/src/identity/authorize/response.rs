//! The callback: its parameters, and the three ways they travel.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::request::{AuthorizationRequest, ResponseMode};
use super::stop::Stop;
use crate::alter::Document;
use crate::identity::form::encode;
use crate::identity::id_token::{self, Beside};
use crate::identity::pages;
use crate::identity::sign_ins::{Code, Session, SignIn};
use crate::random;
use crate::reply::Reply;
use crate::state::{State, lock};
use crate::user::User;

/// Sends the user back with a code, and with an ID token where `code id_token` was asked for (AUTH-168).
pub(crate) fn granted(
    state: &State,
    request: &AuthorizationRequest,
    session: Session,
    user: &User,
) -> Result<Reply, Stop> {
    let session_state = session_state(&session, request)?;
    let sign_in = SignIn {
        client_id: request.app.application_uri.clone(),
        session,
        scopes: request.scopes.granted_to(user),
    };
    if sign_in.scopes.is_empty() {
        let problem =
            "Invalid scope: external users get no scope of an API, and no other was asked for";
        return Err(Stop::new("invalid_scope", problem).field("Scope"));
    }
    // Each sign-in and each consent counts for one answer.
    forget_interaction(state, &sign_in.session.sid);
    let expires = state
        .options
        .clock
        .now()
        .after(state.options.sign_in.code_lifetime);
    let code = lock(&state.sign_ins).codes.put(Code {
        sign_in: sign_in.clone(),
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
        state: request.state.clone(),
        expires,
    });
    let code = code.map_err(|_| Stop::server())?;
    let mut members = Map::new();
    if request.hybrid {
        let beside = Beside {
            nonce: request.nonce.as_deref(),
            code: Some(&code),
            state: request.state.as_deref(),
            access_token: None,
        };
        let token = id_token::sign(
            state,
            Document::FrontChannelIdToken,
            &sign_in,
            user,
            &beside,
        );
        members.insert("id_token".to_owned(), json!(token));
    }
    members.insert("code".to_owned(), json!(code));
    members.insert("scope".to_owned(), json!(sign_in.scopes.join(" ")));
    if request.scopes.has_openid() {
        members.insert("session_state".to_owned(), json!(session_state));
    }
    Ok(send(state, request, members))
}

/// Sends the user back with one of the five errors that come back (AUTH-172).
pub(crate) fn refused(state: &State, request: &AuthorizationRequest, error: &str) -> Reply {
    let mut members = Map::new();
    members.insert("error".to_owned(), json!(error));
    send(state, request, members)
}

fn send(state: &State, request: &AuthorizationRequest, mut members: Map<String, Value>) -> Reply {
    if let Some(value) = &request.state {
        members.insert("state".to_owned(), json!(value));
    }
    if state.options.sign_in.issuer_in_callback {
        members.insert("iss".to_owned(), json!(state.issuer));
    }
    let mut members = Value::Object(members);
    state.alter(Document::Callback, &mut members, None);
    let pairs = pairs(&members);
    let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
    let is_error = members.get("error").is_some();
    match request.mode {
        ResponseMode::FormPost => pages::form_post(&request.redirect_uri, pairs),
        ResponseMode::Query => {
            let joint = if request.redirect_uri.contains('?') {
                '&'
            } else {
                '?'
            };
            // What IdentityServer4 appends, against fragments that browsers carry along.
            let end = if is_error { "#_=_" } else { "" };
            let url = format!("{}{joint}{}{end}", request.redirect_uri, encode(pairs));
            Reply::redirect(StatusCode::FOUND, &url)
        }
        ResponseMode::Fragment => {
            let url = format!("{}#{}", request.redirect_uri, encode(pairs));
            Reply::redirect(StatusCode::FOUND, &url)
        }
    }
}

/// Names and values, in the order of IdentityServer4. An array, which only a fault makes, is a repeated parameter.
fn pairs(members: &Value) -> Vec<(&str, String)> {
    const ORDER: [&str; 6] = [
        "error",
        "code",
        "id_token",
        "scope",
        "state",
        "session_state",
    ];
    let mut pairs = Vec::new();
    for (name, value) in members.as_object().into_iter().flatten() {
        let values = match value {
            Value::Array(values) => &values[..],
            value => std::slice::from_ref(value),
        };
        for value in values {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            pairs.push((name.as_str(), text));
        }
    }
    let place = |name: &str| {
        ORDER
            .iter()
            .position(|known| *known == name)
            .unwrap_or(ORDER.len())
    };
    pairs.sort_by_key(|(name, _)| place(name));
    pairs
}

fn forget_interaction(state: &State, sid: &str) {
    let mut sign_ins = lock(&state.sign_ins);
    for session in sign_ins
        .sessions
        .values_mut()
        .filter(|session| session.sid == sid)
    {
        session.signed_in_for = None;
        session.consented_for = None;
    }
}

/// As OpenID Connect Session Management computes it: a salted hash of client, origin and session (AUTH-169).
fn session_state(session: &Session, request: &AuthorizationRequest) -> Result<String, Stop> {
    let salt = random::bytes::<16>().map_err(|_| Stop::server())?;
    let salt = random::upper_hex(&salt);
    let origin = url::Url::parse(&request.redirect_uri)
        .map(|url| url.origin().ascii_serialization())
        .unwrap_or_default();
    let client = &request.app.application_uri;
    let hash = random::sha256(format!("{client}{origin}{}{salt}", session.sid).as_bytes());
    Ok(format!("{}.{salt}", URL_SAFE_NO_PAD.encode(hash)))
}
