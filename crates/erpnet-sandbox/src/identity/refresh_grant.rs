//! `grant_type=refresh_token`: rotation, lifetimes, and what a refreshed answer lacks (AUTH-191..197).

use erpnet_types::Timestamp;
use serde_json::Value;

use super::claims;
use super::form::Form;
use super::id_token::{self, Beside};
use super::limits::{MAX_REFRESH_TOKEN_LEN, fits};
use super::sign_ins::{RefreshToken, SignIn};
use super::token::Granted;
use crate::alter::Document;
use crate::application::{Application, ClientType};
use crate::random;
use crate::state::{State, lock};

pub(super) fn grant(
    state: &State,
    app: &Application,
    form: &Form,
) -> Result<Granted, &'static str> {
    let value = form.get("refresh_token").ok_or("invalid_request")?;
    if !fits(value, MAX_REFRESH_TOKEN_LEN) {
        return Err("invalid_grant");
    }
    let public = app.client_type == ClientType::Public;
    if !app.signs_users_in() || (public && !state.options.sign_in.public_refresh_tokens) {
        return Err("invalid_grant");
    }
    let user_of = |token: &RefreshToken| {
        let user = lock(&state.users)
            .by_id(&token.sign_in.session.user_id)
            .cloned();
        user.filter(|user| user.is_active && app.admits(user))
    };
    let found = lock(&state.sign_ins).refresh_tokens.get(value).cloned();
    let user = found.as_ref().and_then(user_of).ok_or("invalid_grant")?;
    let now = state.options.clock.now();
    let (token, scopes, successor) = exchange(state, app, form, value, now)?;
    let mut sign_in = token.sign_in;
    sign_in.scopes = scopes;
    let renewed = claims::renewed(state, app, &token.access_claims, &sign_in.scopes);
    let mut granted = Granted::sign(state, app, renewed);
    if sign_in.has("openid") {
        let beside = Beside {
            access_token: Some(&granted.access_token),
            ..Beside::default()
        };
        granted.id_token = Some(id_token::sign(
            state,
            Document::RefreshedIdToken,
            &sign_in,
            &user,
            &beside,
        ));
    }
    granted.refresh_token = successor;
    Ok(granted)
}

/// Uses the token up and makes its successor, in one step; two requests at once get one of them (AUTH-193).
fn exchange(
    state: &State,
    app: &Application,
    form: &Form,
    value: &str,
    now: Timestamp,
) -> Result<(RefreshToken, Vec<String>, Option<String>), &'static str> {
    let options = &state.options.sign_in;
    let mut sign_ins = lock(&state.sign_ins);
    let token = sign_ins
        .refresh_tokens
        .get(value)
        .cloned()
        .ok_or("invalid_grant")?;
    if token.sign_in.client_id != app.application_uri || token.expires <= now {
        return Err("invalid_grant");
    }
    if token.consumed {
        if options.strict_rotation {
            sign_ins
                .refresh_tokens
                .retain(|known| known.family != token.family);
        }
        return Err("invalid_grant");
    }
    let scopes = narrowed(&token.sign_in.scopes, form.get("scope"))?;
    if !options.rotate_refresh_tokens {
        return Ok((token, scopes, None));
    }
    if let Some(used) = sign_ins.refresh_tokens.get_mut(value) {
        used.consumed = true;
    }
    let expires = if options.sliding_refresh_tokens {
        now.after(lifetime(state, app))
    } else {
        token.expires
    };
    let successor = sign_ins.refresh_tokens.put(RefreshToken {
        expires,
        ..token.clone()
    });
    Ok((token, scopes, Some(successor.map_err(|_| "server_error")?)))
}

/// The first refresh token of a sign-in.
pub(super) fn issue(
    state: &State,
    app: &Application,
    sign_in: &SignIn,
    access_claims: &Value,
) -> Result<String, &'static str> {
    let now = state.options.clock.now();
    let family = random::bytes::<16>().map_err(|_| "server_error")?;
    let token = RefreshToken {
        sign_in: sign_in.clone(),
        access_claims: access_claims.clone(),
        family: random::upper_hex(&family),
        expires: now.after(lifetime(state, app)),
        consumed: false,
    };
    lock(&state.sign_ins)
        .refresh_tokens
        .put(token)
        .map_err(|_| "server_error")
}

fn lifetime(state: &State, app: &Application) -> std::time::Duration {
    match app.client_type {
        ClientType::Public => state.options.sign_in.public_refresh_token_lifetime,
        ClientType::Confidential | ClientType::None => state.options.sign_in.refresh_token_lifetime,
    }
}

/// The scopes of the new access token: all, or fewer (RFC 6749, section 6). The refresh token keeps all.
fn narrowed(granted: &[String], asked: Option<&str>) -> Result<Vec<String>, &'static str> {
    let Some(asked) = asked else {
        return Ok(granted.to_vec());
    };
    let asked: Vec<_> = asked.split(' ').filter(|scope| !scope.is_empty()).collect();
    if asked
        .iter()
        .any(|scope| !granted.iter().any(|known| known == scope))
    {
        return Err("invalid_scope");
    }
    let kept = granted
        .iter()
        .filter(|scope| asked.contains(&scope.as_str()));
    Ok(kept.cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_become_fewer_and_never_more() {
        let granted = ["openid", "read", "update", "offline_access"].map(str::to_owned);
        let ask = |asked| narrowed(&granted, asked).map(|scopes| scopes.join(" "));
        assert_eq!(ask(None).unwrap(), "openid read update offline_access");
        assert_eq!(ask(Some("read openid")).unwrap(), "openid read");
        assert_eq!(ask(Some("read profile")), Err("invalid_scope"));
        assert_eq!(ask(Some("Read")), Err("invalid_scope"));
    }
}
