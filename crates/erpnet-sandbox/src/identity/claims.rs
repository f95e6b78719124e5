//! The claims of a service token (section 10 of the rules: AUTH-217, AUTH-218).

use serde_json::{Value, json};

use crate::application::Application;
use crate::error::SandboxError;
use crate::random;
use crate::state::State;

/// The claims for an application acting as its system user: no `sub`, scopes and audiences as arrays.
pub(crate) fn service(
    state: &State,
    app: &Application,
    scopes: &[&str],
) -> Result<Value, SandboxError> {
    let issued = state.options.clock.now().unix_seconds();
    let lifetime = lifetime(state, app);
    let mut claims = json!({
        "nbf": issued,
        "exp": issued.saturating_add(i64::try_from(lifetime).unwrap_or(i64::MAX)),
        "iss": state.issuer,
        "aud": ["DomainAPI", "TableAPI", "OLAP", "AppServer", format!("{}/resources", state.issuer)],
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

/// How long a token for this application lives, in whole seconds.
pub(crate) fn lifetime(state: &State, app: &Application) -> u64 {
    app.access_token_lifetime
        .unwrap_or(state.options.access_token_lifetime)
        .as_secs()
}
