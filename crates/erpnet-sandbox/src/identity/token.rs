//! `POST /id/connect/token` (section 8 and the error catalogue of section 13). Every refusal is a 400 with an `error` and
//! no description, as stock IdentityServer4 answers (AUTH-335, AUTH-336).

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::client::authenticate;
use super::form::Form;
use super::limits::{MAX_GRANT_TYPE_LEN, MAX_SCOPE_LEN, fits};
use super::{API_SCOPES, claims, code_grant, refresh_grant};
use crate::alter::Document;
use crate::application::{Application, ClientType};
use crate::jwt;
use crate::reply::{Call, Reply};
use crate::state::{State, lock};

/// The members of a success, in the documented order.
#[derive(Serialize)]
pub(super) struct Granted {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id_token: Option<String>,
    pub(super) access_token: String,
    expires_in: u64,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
    scope: String,
    /// The claims that were signed, before faults.
    #[serde(skip)]
    pub(super) claims: Value,
}

impl Granted {
    /// Signs an access token, with what faults on order make of it.
    pub(super) fn sign(state: &State, app: &Application, claims: Value) -> Self {
        let scopes = claims["scope"].as_array().into_iter().flatten();
        let scopes: Vec<_> = scopes.filter_map(Value::as_str).collect();
        let mut sent = claims.clone();
        let mut header = json!({});
        state.alter(Document::AccessToken, &mut sent, Some(&mut header));
        let key = lock(&state.keys).current();
        Self {
            id_token: None,
            access_token: jwt::sign(&key, header, &sent),
            expires_in: claims::lifetime(state, app),
            token_type: "Bearer",
            refresh_token: None,
            scope: scopes.join(" "),
            claims,
        }
    }
}

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    match grant(state, call) {
        Ok(granted) => {
            let mut members = json!(granted);
            if state.alter(Document::TokenAnswer, &mut members, None) {
                Reply::ok(&members).no_store()
            } else {
                Reply::ok(&granted).no_store()
            }
        }
        Err(error) => Reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error })).no_store(),
    }
}

fn grant(state: &State, call: &Call) -> Result<Granted, &'static str> {
    // AUTH-085
    let form = Form::of_post(call).ok_or("invalid_request")?;
    let app = authenticate(state, call, &form).ok_or("invalid_client")?;
    let grant_type = form.get("grant_type").unwrap_or_default();
    if !fits(grant_type, MAX_GRANT_TYPE_LEN) {
        return Err("unsupported_grant_type");
    }
    match grant_type {
        "client_credentials" => client_credentials(state, &app, &form),
        "authorization_code" => code_grant::grant(state, &app, &form),
        "refresh_token" => refresh_grant::grant(state, &app, &form),
        "password" | "urn:ietf:params:oauth:grant-type:device_code" => Err("unauthorized_client"),
        _ => Err("unsupported_grant_type"),
    }
}

fn client_credentials(
    state: &State,
    app: &Application,
    form: &Form,
) -> Result<Granted, &'static str> {
    let confidential = app.client_type == ClientType::Confidential;
    if state.is_global() || !confidential || app.acting_system_user().is_none() {
        return Err("unauthorized_client");
    }
    let scopes = scopes(app, form.get("scope"))?;
    let claims = claims::service(state, app, &scopes).map_err(|_| "server_error")?;
    Ok(Granted::sign(state, app, claims))
}

/// The scopes to grant: all that were asked for, or none (AUTH-142); without a request all API scopes of the record
/// (AUTH-139, AUTH-140); never a protocol scope (AUTH-138).
fn scopes<'a>(app: &'a Application, asked: Option<&'a str>) -> Result<Vec<&'a str>, &'static str> {
    let grantable = |scope: &str| API_SCOPES.contains(&scope) && app.allows(scope);
    if asked.is_some_and(|asked| !fits(asked, MAX_SCOPE_LEN)) {
        return Err("invalid_scope");
    }
    let mut granted = Vec::new();
    for scope in asked.unwrap_or(&app.scope).split(' ') {
        if grantable(scope) {
            if !granted.contains(&scope) {
                granted.push(scope);
            }
        } else if asked.is_some() && !scope.is_empty() {
            return Err("invalid_scope");
        }
    }
    if granted.is_empty() {
        Err("invalid_scope")
    } else {
        Ok(granted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(record: &str, asked: Option<&str>) -> Result<String, &'static str> {
        let app = Application::service("a").scopes(record);
        scopes(&app, asked).map(|scopes| scopes.join(" "))
    }

    #[test]
    fn auth_138_142_all_scopes_asked_for_or_none() {
        assert_eq!(
            granted("read update", Some("update read update")).unwrap(),
            "update read"
        );
        for (record, asked) in [
            ("read", "read update"),
            ("read", "Read"),
            ("read openid", "read openid"),
            ("read", "offline_access"),
            ("read other", "other"),
            ("read", "DomainApi"),
        ] {
            assert_eq!(
                granted(record, Some(asked)),
                Err("invalid_scope"),
                "{asked}"
            );
        }
    }

    #[test]
    fn auth_139_140_without_request_all_api_scopes_of_the_record() {
        assert_eq!(granted("update read openid", None).unwrap(), "update read");
        assert_eq!(granted("", None), Err("invalid_scope"));
        assert_eq!(granted("openid profile", None), Err("invalid_scope"));
    }

    #[test]
    fn auth_086_the_scope_parameter_has_a_limit() {
        let asked = |len: usize| format!("read{}", " ".repeat(len - 8)) + "read";
        for (len, fits) in [
            (MAX_SCOPE_LEN - 1, true),
            (MAX_SCOPE_LEN, true),
            (MAX_SCOPE_LEN + 1, false),
        ] {
            assert_eq!(granted("read", Some(&asked(len))).is_ok(), fits, "{len}");
        }
    }
}
