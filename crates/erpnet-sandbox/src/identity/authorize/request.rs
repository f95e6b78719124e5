//! The authorization request: what IdentityServer4 takes, and where it stops (section 7 and AUTH-172).

use super::scopes::{self, Requested};
use super::stop::Stop;
use crate::application::{Application, ClientType, ResponseTypes};
use crate::identity::form::Form;
use crate::identity::limits::{
    MAX_ACR_VALUES_LEN, MAX_CLIENT_ID_LEN, MAX_LOGIN_HINT_LEN, MAX_NONCE_LEN, MAX_REDIRECT_URI_LEN,
    MAX_UI_LOCALES_LEN, fits, is_pkce_len,
};
use crate::random;
use crate::state::{State, lock};

/// How the callback travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

/// A valid request.
pub(crate) struct AuthorizationRequest {
    pub(crate) app: Application,
    pub(crate) redirect_uri: String,
    /// Whether it is `code id_token`, else `code`.
    pub(crate) hybrid: bool,
    pub(crate) mode: ResponseMode,
    pub(crate) scopes: Requested,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) prompt: Vec<String>,
    pub(crate) max_age: Option<i64>,
    pub(crate) login_hint: Option<String>,
    /// `acr_values=idp:<name>` (AUTH-188).
    pub(crate) idp: Option<String>,
    /// Names this request in the session that answers it.
    pub(crate) digest: [u8; 32],
}

impl AuthorizationRequest {
    pub(crate) fn read(state: &State, form: &Form) -> Result<Self, Stop> {
        let app = client(state, form)?;
        let redirect_uri = redirect_uri(&app, form)?;
        if let Some(name) = form.repeated() {
            return Err(Stop::request(format!(
                "the parameter {name} is there more than once"
            )));
        }
        if form.get("request_uri").is_some() {
            return Err(Stop::new(
                "request_uri_not_supported",
                "request_uri is not supported",
            ));
        }
        if form.get("request").is_some() {
            return Err(Stop::new(
                "invalid_request_object",
                "the client has no key for request objects",
            ));
        }
        let hybrid = response_type(form)?;
        let challenge = challenge(&app, form)?;
        let mode = response_mode(form, hybrid)?;
        response_type_of(&app, hybrid)?;
        let scopes = scopes::requested(state, &app, form, hybrid)?;
        let prompt = prompt(form)?;
        let mut acr = form.get("acr_values").unwrap_or_default().split(' ');
        let request = Self {
            nonce: nonce(form, hybrid)?,
            max_age: max_age(form)?,
            login_hint: form.get("login_hint").map(str::to_owned),
            idp: acr
                .find_map(|value| value.strip_prefix("idp:"))
                .map(str::to_owned),
            state: form.get("state").map(str::to_owned),
            digest: random::sha256(form.encoded().as_bytes()),
            app,
            redirect_uri,
            hybrid,
            mode,
            scopes,
            challenge,
            prompt,
        };
        for (name, limit) in [
            ("ui_locales", MAX_UI_LOCALES_LEN),
            ("login_hint", MAX_LOGIN_HINT_LEN),
            ("acr_values", MAX_ACR_VALUES_LEN),
        ] {
            if form.get(name).is_some_and(|value| !fits(value, limit)) {
                return Err(Stop::request(format!(
                    "Invalid {name}: longer than {limit} characters"
                )));
            }
        }
        Ok(request)
    }

    pub(crate) fn prompts(&self, value: &str) -> bool {
        self.prompt.iter().any(|prompt| prompt == value)
    }
}

fn client(state: &State, form: &Form) -> Result<Application, Stop> {
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

/// One registered URI, byte for byte (AUTH-120, AUTH-121).
fn redirect_uri(app: &Application, form: &Form) -> Result<String, Stop> {
    let refuse = |why: &str| {
        Stop::request(format!("Invalid redirect_uri: {why}")).field("ImpersonateLoginUrl")
    };
    let uri = form.get("redirect_uri").ok_or_else(|| refuse("missing"))?;
    if !fits(uri, MAX_REDIRECT_URI_LEN) {
        return Err(refuse("longer than 400 characters"));
    }
    if !app.redirect_uris().any(|known| known == uri) {
        return Err(refuse(&format!(
            "{uri} is not registered with exactly this spelling"
        )));
    }
    if url::Url::parse(uri).is_err() {
        return Err(refuse("not an absolute URI"));
    }
    Ok(uri.to_owned())
}

/// Whether `code id_token` is asked for. The others are known, and no client is allowed to use them (AUTH-066).
fn response_type(form: &Form) -> Result<bool, Stop> {
    let refuse = |why| Stop::new("unsupported_response_type", why);
    let asked = form
        .get("response_type")
        .ok_or_else(|| refuse("Missing response_type"))?;
    let mut parts: Vec<_> = asked.split(' ').collect();
    parts.sort_unstable();
    match parts[..] {
        ["code"] => Ok(false),
        ["code", "id_token"] => Ok(true),
        ["token"]
        | ["id_token"]
        | ["id_token", "token"]
        | ["code", "token"]
        | ["code", "id_token", "token"] => {
            let problem =
                format!("Invalid grant type for client: the response type {asked} is not allowed");
            Err(Stop::new("unauthorized_client", problem))
        }
        _ => Err(refuse("Response type not supported")),
    }
}

/// AUTH-163: a client has one of the two.
fn response_type_of(app: &Application, hybrid: bool) -> Result<(), Stop> {
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
fn challenge(app: &Application, form: &Form) -> Result<Option<String>, Stop> {
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
fn response_mode(form: &Form, hybrid: bool) -> Result<ResponseMode, Stop> {
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
fn nonce(form: &Form, hybrid: bool) -> Result<Option<String>, Stop> {
    match form.get("nonce") {
        None if hybrid => Err(Stop::request("Invalid nonce: required for code id_token")),
        Some(nonce) if !fits(nonce, MAX_NONCE_LEN) => {
            Err(Stop::request("Invalid nonce: longer than 300 characters"))
        }
        nonce => Ok(nonce.map(str::to_owned)),
    }
}

/// The known prompts; unknown ones are not looked at. `none` stands alone (AUTH-187).
fn prompt(form: &Form) -> Result<Vec<String>, Stop> {
    let asked = form.get("prompt").unwrap_or_default().split(' ');
    let known =
        asked.filter(|prompt| ["none", "login", "consent", "select_account"].contains(prompt));
    let prompt: Vec<_> = known.map(str::to_owned).collect();
    if prompt.len() > 1 && prompt.iter().any(|prompt| prompt == "none") {
        return Err(Stop::request("Invalid prompt: none stands alone"));
    }
    Ok(prompt)
}

fn max_age(form: &Form) -> Result<Option<i64>, Stop> {
    let Some(text) = form.get("max_age") else {
        return Ok(None);
    };
    match text.parse::<i32>() {
        Ok(seconds) if seconds >= 0 => Ok(Some(seconds.into())),
        _ => Err(Stop::request("Invalid max_age: expected whole seconds")),
    }
}
