//! `POST /id/connect/token`, for client credentials (section 8 and the error catalogue of section 13). Every refusal is
//! a 400 with an `error` and no description, as stock IdentityServer4 answers (AUTH-335, AUTH-336).

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::client::{Form, authenticate};
use super::{API_SCOPES, claims};
use crate::application::{Application, ClientType};
use crate::jwt;
use crate::reply::{Call, Reply};
use crate::state::{State, lock};

/// The longest `scope` parameter, in characters (AUTH-086).
pub(crate) const MAX_SCOPE_PARAMETER_LEN: usize = 300;

/// The members of a success, in the documented order.
#[derive(Serialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
    token_type: &'static str,
    scope: String,
}

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    match grant(state, call) {
        Ok(granted) => Reply::ok(&granted).no_store(),
        Err(error) => Reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error })).no_store(),
    }
}

fn grant(state: &State, call: &Call) -> Result<Granted, &'static str> {
    // AUTH-085
    if call.method != Method::POST || call.media_type() != "application/x-www-form-urlencoded" {
        return Err("invalid_request");
    }
    let form = Form::parse(&call.body);
    let app = authenticate(state, call, &form).ok_or("invalid_client")?;
    let signs_users_in =
        app.impersonate_as_internal_user_allowed || app.impersonate_as_community_user_allowed;
    let grant_type = form.get("grant_type").unwrap_or_default();
    match grant_type {
        "client_credentials" => client_credentials(state, &app, &form),
        // No codes and no refresh tokens are ever issued here, so none that is sent is known.
        "authorization_code" if signs_users_in => Err("invalid_grant"),
        "refresh_token" if form.get("refresh_token").is_none() => Err("invalid_request"),
        "refresh_token" => Err("invalid_grant"),
        "authorization_code" | "password" | "urn:ietf:params:oauth:grant-type:device_code" => {
            Err("unauthorized_client")
        }
        _ => Err("unsupported_grant_type"),
    }
}

fn client_credentials(
    state: &State,
    app: &Application,
    form: &Form,
) -> Result<Granted, &'static str> {
    let confidential = app.client_type == ClientType::Confidential;
    if !confidential || app.acting_system_user().is_none() {
        return Err("unauthorized_client");
    }
    let scopes = scopes(app, form.get("scope"))?;
    let claims = claims::service(state, app, &scopes).map_err(|_| "server_error")?;
    let key = lock(&state.keys).current();
    Ok(Granted {
        access_token: jwt::sign(&key, json!({}), &claims),
        expires_in: claims::lifetime(state, app),
        token_type: "Bearer",
        scope: scopes.join(" "),
    })
}

/// The scopes to grant: all that were asked for, or none (AUTH-142); without a request all API scopes of the record
/// (AUTH-139, AUTH-140); never a protocol scope (AUTH-138).
fn scopes<'a>(app: &'a Application, asked: Option<&'a str>) -> Result<Vec<&'a str>, &'static str> {
    let grantable = |scope: &str| API_SCOPES.contains(&scope) && app.allows(scope);
    if asked.is_some_and(|asked| asked.chars().count() > MAX_SCOPE_PARAMETER_LEN) {
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
            (MAX_SCOPE_PARAMETER_LEN - 1, true),
            (MAX_SCOPE_PARAMETER_LEN, true),
            (MAX_SCOPE_PARAMETER_LEN + 1, false),
        ] {
            assert_eq!(granted("read", Some(&asked(len))).is_ok(), fits, "{len}");
        }
    }
}
