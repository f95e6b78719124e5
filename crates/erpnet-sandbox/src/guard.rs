//! The guard of the APIs: whose token this is, and what it may do. Runs on every request (AUTH-148).

use erpnet_types::ReferenceTokenKind;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use crate::jwt;
use crate::reference::permits;
use crate::reply::Reply;
use crate::state::{State, lock};
use crate::user::User;

/// What a valid token grants.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) scopes: Vec<String>,
    /// Whether the token acts as a user, not as an application (AUTH-244, AUTH-255).
    pub(crate) has_user: bool,
    /// That user as they are now, if the instance knows them.
    pub(crate) user: Option<User>,
    /// Whether the token is for the Domain API.
    for_api: bool,
}

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Read,
    Update,
}

impl Grant {
    /// Refuses with 403 when the scope is missing. Whether `update` includes reading is not documented (G19,
    /// AUTH-151): an option of the sandbox.
    pub(crate) fn require(&self, state: &State, need: Need) -> Result<(), Refusal> {
        // AUTH-152
        if self.user.as_ref().is_some_and(User::is_community) {
            return Err(Refusal {
                status: StatusCode::FORBIDDEN,
                message: "external users have no access to the api".to_owned(),
            });
        }
        let has = |scope: &str| self.scopes.iter().any(|known| known == scope);
        let (allowed, name) = match need {
            Need::Read => {
                let implied = state.options.update_implies_read && has("update");
                (has("read") || implied, "read")
            }
            Need::Update => (has("update"), "update"),
        };
        if allowed {
            Ok(())
        } else {
            Err(Refusal {
                status: StatusCode::FORBIDDEN,
                message: format!("the access token lacks the scope `{name}`"),
            })
        }
    }
}

/// A no of the guard. The bodies of 401 and 403 are not documented (G37); this one is for people to read.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn reply(&self) -> Reply {
        Reply::json(
            self.status,
            &json!({ "error": { "message": self.message } }),
        )
    }
}

/// Finds out what the credentials of a request to the Domain API grant; otherwise the answer to give.
pub(crate) fn authenticate(state: &State, headers: &HeaderMap) -> Result<Grant, Refusal> {
    let grant = authenticate_anywhere(state, headers)?;
    if grant.for_api {
        Ok(grant)
    } else {
        Err(Refusal {
            status: StatusCode::UNAUTHORIZED,
            message: "the token is not for this api".to_owned(),
        })
    }
}

/// The same for a site that any token of the instance is good for.
pub(crate) fn authenticate_anywhere(state: &State, headers: &HeaderMap) -> Result<Grant, Refusal> {
    let values = |name: &str| headers.get_all(name).into_iter();
    let keys: Vec<_> = values("x-api-key").chain(values("api-key")).collect();
    let bearers: Vec<_> = headers.get_all(AUTHORIZATION).into_iter().collect();
    let unauthorized = |message: &str| Refusal {
        status: StatusCode::UNAUTHORIZED,
        message: message.to_owned(),
    };
    let value = match (&bearers[..], &keys[..]) {
        ([], []) => return Err(unauthorized("an access token is needed")),
        ([value], []) | ([], [value]) => value.to_str().unwrap_or_default(),
        // AUTH-231
        _ => {
            return Err(Refusal {
                status: StatusCode::BAD_REQUEST,
                message:
                    "expected one credential: either one authorization header or one api key header"
                        .to_owned(),
            });
        }
    };
    let grant = if keys.is_empty() {
        match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                let token = token.trim();
                // AUTH-228: the prefix decides, whatever follows.
                if token.starts_with("enrt_") {
                    reference_token(state, token)
                } else {
                    access_token(state, token)
                }
            }
            _ => Err("expected the authorization scheme `Bearer`"),
        }
    } else {
        reference_token(state, value)
    };
    grant.map_err(unauthorized)
}

/// What an access token of this issuer grants, for whichever audience: checked in the order of AUTH-081.
pub(crate) fn access_token(state: &State, token: &str) -> Result<Grant, &'static str> {
    let claims = jwt::verify(&lock(&state.keys), token)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(&state.issuer) {
        return Err("the token is from another issuer");
    }
    let for_api = texts(&claims, "aud").iter().any(|aud| aud == "DomainAPI");
    let now = state.options.clock.now().unix_seconds() as f64;
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    if !time("exp").is_some_and(|exp| now < exp) {
        return Err("the token has expired");
    }
    if claims.contains_key("nbf") && !time("nbf").is_some_and(|nbf| nbf <= now) {
        return Err("the token is not valid yet");
    }
    let client_id = text("client_id").ok_or("the token names no application")?;
    // AUTH-124: whether tokens of a disabled application still work is not documented; here they do not.
    let known = lock(&state.apps)
        .find(client_id)
        .is_some_and(|app| app.enabled);
    if !known {
        return Err("the application is not known, or disabled");
    }
    let user = {
        let users = lock(&state.users);
        let by_id = text("id").and_then(|id| users.by_id(id));
        by_id.or_else(|| users.find(text("sub")?)).cloned()
    };
    if user.as_ref().is_some_and(|user| !user.is_active) {
        return Err("the user is disabled");
    }
    Ok(Grant {
        user,
        for_api,
        scopes: texts(&claims, "scope")
            .iter()
            .flat_map(|scopes| scopes.split(' '))
            .map(str::to_owned)
            .collect(),
        has_user: claims.contains_key("sub"),
    })
}

/// A claim that is one text or an array of texts (AUTH-076, AUTH-079).
fn texts(claims: &Map<String, Value>, name: &str) -> Vec<String> {
    match claims.get(name) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(values)) => {
            let texts = values.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// Looks a reference token up, and holds it against the record as it is now (AUTH-241, AUTH-242).
fn reference_token(state: &State, value: &str) -> Result<Grant, &'static str> {
    let issued = lock(&state.reference_tokens).find(value).cloned();
    let issued = issued.ok_or("the reference token is not known, or revoked")?;
    if issued.expires <= state.options.clock.now() {
        return Err("the reference token has expired");
    }
    let app = lock(&state.apps).find(issued.client_id.as_str()).cloned();
    let app = app.ok_or("the application is not known")?;
    let lenient = state.options.admins_issue_service_tokens;
    permits(&app, issued.kind, issued.caller, lenient)?;
    let personal = issued.kind == ReferenceTokenKind::Personal;
    let user = issued.user_id.as_deref().filter(|_| personal);
    let user = user.and_then(|id| lock(&state.users).by_id(id).cloned());
    if personal && !user.as_ref().is_some_and(|user| user.is_active) {
        return Err("the user is removed or disabled");
    }
    Ok(Grant {
        user,
        for_api: true,
        scopes: issued
            .scopes
            .into_iter()
            .filter(|scope| app.allows(scope))
            .collect(),
        has_user: personal,
    })
}
