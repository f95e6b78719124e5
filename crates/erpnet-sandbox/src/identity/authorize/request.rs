//! The authorization request: what IdentityServer4 takes, and where it stops (section 7 and AUTH-172).

use super::parameters::{
    challenge, client, max_age, nonce, prompt, redirect_uri, response_mode, response_type,
    response_type_of,
};
use super::scopes::{self, Requested};
use super::stop::Stop;
use crate::application::Application;
use crate::identity::form::Form;
use crate::identity::limits::{MAX_ACR_VALUES_LEN, MAX_LOGIN_HINT_LEN, MAX_UI_LOCALES_LEN, fits};
use crate::random;
use crate::state::State;

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
        let redirect_uri = redirect_uri(state, &app, form)?;
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
