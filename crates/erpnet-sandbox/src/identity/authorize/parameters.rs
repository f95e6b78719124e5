//! The parameters of an authorization request, one by one, with what IdentityServer4 says to each.

use super::request::ResponseMode;
use super::stop::Stop;
use crate::application::{Application, ClientType, ResponseTypes};
use crate::identity::form::Form;
use crate::identity::limits::{
    MAX_CLIENT_ID_LEN, MAX_NONCE_LEN, MAX_REDIRECT_URI_LEN, fits, is_pkce_len,
};
use crate::state::{State, lock};

pub(super) fn client(state: &State, form: &Form) -> Result<Application, Stop> {
    let client_id = form
        .get("client_id")
        .filter(|id| fits(id, MAX_CLIENT_ID_LEN));
    let client_id = client_id.ok_or_else(|| {
        Stop::request("Invalid client_id: missing, or longer than 100 characters")
            .field("ApplicationUri")
    })?;
    let app = lock(&state.apps).find(client_id).cloned();
    let app = app.filter(|app| app.client_type != ClientType::None);
    let app = app.ok_or_else(|| {
        let problem = format!(
            "Unknown client or client not enabled: no application {client_id} is registered here"
        );
        Stop::new("unauthorized_client", problem).field("ApplicationUri")
    })?;
    if app.enabled {
        Ok(app)
    } else {
        let problem = "Unknown client or client not enabled: the application is disabled";
        Err(Stop::new("unauthorized_client", problem).field("IsEnabled"))
    }
}

/// One registered URI, byte for byte (AUTH-120, AUTH-121), or where the builder says so any loopback port.
pub(super) fn redirect_uri(state: &State, app: &Application, form: &Form) -> Result<String, Stop> {
    let refuse = |why: &str| {
        Stop::request(format!("Invalid redirect_uri: {why}")).field("ImpersonateLoginUrl")
    };
    let uri = form.get("redirect_uri").ok_or_else(|| refuse("missing"))?;
    if !fits(uri, MAX_REDIRECT_URI_LEN) {
        return Err(refuse("longer than 400 characters"));
    }
    let registered = |uri: &str| app.redirect_uris().any(|known| known == uri);
    let pkce = app.require_pkce || app.client_type == ClientType::Public;
    let any_port = state.options.sign_in.any_loopback_port
        && pkce
        && registered("http://127.0.0.1")
        && is_loopback(uri);
    if !registered(uri) && !any_port {
        return Err(refuse(&format!(
            "{uri} is not registered with exactly this spelling"
        )));
    }
    if url::Url::parse(uri).is_err() {
        return Err(refuse("not an absolute URI"));
    }
    Ok(uri.to_owned())
}

/// `http://127.0.0.1:<port>`, with any path.
fn is_loopback(uri: &str) -> bool {
    let rest = uri.strip_prefix("http://127.0.0.1:").unwrap_or_default();
    let port = rest.split(['/', '?', '#']).next().unwrap_or_default();
    port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Whether `code id_token` is asked for. The others are known, and no client is allowed to use them (AUTH-066).
pub(super) fn response_type(form: &Form) -> Result<bool, Stop> {
    let refuse = |why| Stop::new("unsupported_response_type", why);
    let asked = form
        .get("response_type")
        .ok_or_else(|| refuse("Missing response_type"))?;
    let mut parts: Vec<_> = asked.split(' ').collect();
    parts.sort_unstable();
    match parts[..] {
        ["code"] => Ok(false),
        ["code", "id_token"] => Ok(true),
        ["token" | "id_token"] | ["id_token" | "code", "token"] | ["code", "id_token", "token"] => {
            let problem =
                format!("Invalid grant type for client: the response type {asked} is not allowed");
            Err(Stop::new("unauthorized_client", problem))
        }
        _ => Err(refuse("Response type not supported")),
    }
}

/// AUTH-163: a client has one of the two.
pub(super) fn response_type_of(app: &Application, hybrid: bool) -> Result<(), Stop> {
    let (allowed, other) = match app.response_types {
        ResponseTypes::Code => (!hybrid, "code"),
        ResponseTypes::CodeIdToken => (hybrid, "code id_token"),
        ResponseTypes::Documented => (
            !hybrid || app.client_type == ClientType::Confidential,
            "code",
        ),
    };
    let refuse =
        |problem: String, field| Err(Stop::new("unauthorized_client", problem).field(field));
    if !app.signs_users_in() {
        let problem = "Invalid grant type for client: no user may sign in to this application";
        return refuse(problem.to_owned(), "ImpersonateAsInternalUserAllowed");
    }
    if allowed {
        Ok(())
    } else {
        let problem = format!(
            "Invalid grant type for client: the response type of this application is {other}"
        );
        refuse(problem, "ClientType")
    }
}

/// PKCE: S256, required for public clients (AUTH-159..162).
pub(super) fn challenge(app: &Application, form: &Form) -> Result<Option<String>, Stop> {
    let Some(challenge) = form.get("code_challenge") else {
        let required = app.require_pkce || app.client_type == ClientType::Public;
        return if required {
            Err(Stop::request("code challenge required").field("ClientType"))
        } else {
            Ok(None)
        };
    };
    if !is_pkce_len(challenge) {
        return Err(Stop::request(
            "Invalid code_challenge: expected 43 to 128 characters",
        ));
    }
    match form.get("code_challenge_method").unwrap_or("plain") {
        "S256" => Ok(Some(challenge.to_owned())),
        _ => Err(Stop::request(
            "Transform algorithm not supported: code_challenge_method must be S256",
        )),
    }
}

/// AUTH-164
pub(super) fn response_mode(form: &Form, hybrid: bool) -> Result<ResponseMode, Stop> {
    let default = if hybrid {
        ResponseMode::Fragment
    } else {
        ResponseMode::Query
    };
    let mode = match form.get("response_mode") {
        None => return Ok(default),
        Some("query") => ResponseMode::Query,
        Some("fragment") => ResponseMode::Fragment,
        Some("form_post") => ResponseMode::FormPost,
        Some(_) => {
            return Err(Stop::new(
                "unsupported_response_type",
                "Invalid response_mode",
            ));
        }
    };
    if hybrid && mode == ResponseMode::Query {
        return Err(Stop::request(
            "Invalid response_mode for response_type: code id_token needs form_post or fragment",
        ));
    }
    Ok(mode)
}

/// AUTH-165
pub(super) fn nonce(form: &Form, hybrid: bool) -> Result<Option<String>, Stop> {
    match form.get("nonce") {
        None if hybrid => Err(Stop::request("Invalid nonce: required for code id_token")),
        Some(nonce) if !fits(nonce, MAX_NONCE_LEN) => {
            Err(Stop::request("Invalid nonce: longer than 300 characters"))
        }
        nonce => Ok(nonce.map(str::to_owned)),
    }
}

/// The known prompts; unknown ones are not looked at. `none` stands alone (AUTH-187).
pub(super) fn prompt(form: &Form) -> Result<Vec<String>, Stop> {
    let asked = form.get("prompt").unwrap_or_default().split(' ');
    let known =
        asked.filter(|prompt| ["none", "login", "consent", "select_account"].contains(prompt));
    let prompt: Vec<_> = known.map(str::to_owned).collect();
    if prompt.len() > 1 && prompt.iter().any(|prompt| prompt == "none") {
        return Err(Stop::request("Invalid prompt: none stands alone"));
    }
    Ok(prompt)
}

pub(super) fn max_age(form: &Form) -> Result<Option<i64>, Stop> {
    let Some(text) = form.get("max_age") else {
        return Ok(None);
    };
    match text.parse::<i32>() {
        Ok(seconds) if seconds >= 0 => Ok(Some(seconds.into())),
        _ => Err(Stop::request("Invalid max_age: expected whole seconds")),
    }
}
