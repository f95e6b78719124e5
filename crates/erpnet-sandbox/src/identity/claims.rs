//! The claims of access tokens (section 10 of the rules).

use serde_json::{Value, json};

use super::API_SCOPES;
use super::sign_ins::SignIn;
use crate::application::Application;
use crate::error::SandboxError;
use crate::random;
use crate::state::State;
use crate::user::User;

/// The claims for an application acting as its system user (AUTH-217, AUTH-218): no `sub`, scopes and audiences as
/// arrays.
pub(crate) fn service(
    state: &State,
    app: &Application,
    scopes: &[&str],
) -> Result<Value, SandboxError> {
    let issued = state.options.clock.now().unix_seconds();
    let mut claims = json!({
        "nbf": issued,
        "exp": after(issued, lifetime(state, app)),
        "iss": state.issuer,
        "aud": api_audiences(state),
        "client_id": app.application_uri,
        "client_db": state.options.database,
        "jti": random::upper_hex(&random::bytes::<16>()?),
        "iat": issued,
        "scope": scopes,
    });
    if let Some(user) = &app.system_user {
        claims["client_system_user"] = json!(user.login);
        claims["client_system_user_id"] = json!(user.id);
        claims["client_system_user_type"] = json!(user.user_type);
    }
    Ok(claims)
}

/// The claims for an application acting as a user who signed in: booleans as texts, and one audience only when no
/// scope is an API's (AUTH-076, AUTH-078, AUTH-250).
pub(crate) fn user(
    state: &State,
    app: &Application,
    sign_in: &SignIn,
    user: &User,
) -> Result<Value, SandboxError> {
    let issued = state.options.clock.now().unix_seconds();
    let session = &sign_in.session;
    let mut claims = json!({
        "nbf": issued,
        "exp": after(issued, lifetime(state, app)),
        "iss": state.issuer,
        "aud": audience(state, &sign_in.scopes),
        "client_id": app.application_uri,
        "sub": user.login,
        "auth_time": session.auth_time,
        "idp": session.idp,
        "id": user.id,
        "name": user.name,
        "user_type": user.user_type,
        "is_admin": user.is_admin.to_string(),
        "email_verified": user.email_verified.to_string(),
        "db": state.options.database,
        "locale": user.locale,
        "jti": random::upper_hex(&random::bytes::<16>()?),
        "sid": session.sid,
        "iat": issued,
        "scope": sign_in.scopes,
        "amr": [session.amr],
    });
    if let Some(email) = &user.email {
        claims["email"] = json!(email);
    }
    if let Some(tid) = &session.tid {
        claims["tid"] = json!(tid);
    }
    Ok(claims)
}

/// The same access token again, for a new hour: `jti` and `iat` stay (AUTH-196).
pub(crate) fn renewed(state: &State, app: &Application, old: &Value, scopes: &[String]) -> Value {
    let now = state.options.clock.now().unix_seconds();
    let mut claims = old.clone();
    claims["nbf"] = json!(now);
    claims["exp"] = json!(after(now, lifetime(state, app)));
    claims["scope"] = json!(scopes);
    claims["aud"] = audience(state, scopes);
    claims
}

fn audience(state: &State, scopes: &[String]) -> Value {
    if scopes
        .iter()
        .any(|scope| API_SCOPES.contains(&scope.as_str()))
    {
        api_audiences(state)
    } else {
        json!(format!("{}/resources", state.issuer))
    }
}

fn api_audiences(state: &State) -> Value {
    json!([
        "DomainAPI",
        "TableAPI",
        "OLAP",
        "AppServer",
        format!("{}/resources", state.issuer)
    ])
}

/// How long a token for this application lives, in whole seconds.
pub(crate) fn lifetime(state: &State, app: &Application) -> u64 {
    app.access_token_lifetime
        .unwrap_or(state.options.access_token_lifetime)
        .as_secs()
}

pub(crate) fn after(now: i64, seconds: u64) -> i64 {
    now.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX))
}
