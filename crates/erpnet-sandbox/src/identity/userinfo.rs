//! `GET` and `POST /id/connect/userinfo` (AUTH-087). What ERP.net answers is not documented (G56): here it is `sub`, and
//! with the scope `profile` the claims that access tokens have too.

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::form::Form;
use crate::alter::Document;
use crate::guard;
use crate::reply::{Call, Reply};
use crate::state::State;

pub(crate) fn answer(state: &State, call: &Call) -> Reply {
    if call.method != Method::GET && call.method != Method::POST {
        return Reply::page(StatusCode::METHOD_NOT_ALLOWED);
    }
    let header = call
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| value.split_once(' '));
    let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let form = Form::of_post(call).unwrap_or_default();
    let token = bearer
        .map(|(_, token)| token.trim())
        .or_else(|| form.get("access_token"));
    let unauthorized = || {
        Reply::empty(StatusCode::UNAUTHORIZED)
            .with(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
            .no_store()
    };
    let Some(Ok(token)) = token.map(|token| guard::access_token(state, token)) else {
        return unauthorized();
    };
    let Some(user) = token.user else {
        return unauthorized();
    };
    let has = |scope: &str| token.scopes.iter().any(|known| known == scope);
    if !has("openid") {
        return Reply::empty(StatusCode::FORBIDDEN)
            .with(WWW_AUTHENTICATE, "Bearer error=\"insufficient_scope\"")
            .no_store();
    }
    let mut claims = json!({ "sub": user.login });
    if has("profile") {
        claims["id"] = json!(user.id);
        claims["name"] = json!(user.name);
        claims["preferred_username"] = json!(user.login);
        claims["email_verified"] = json!(user.email_verified.to_string());
        claims["locale"] = json!(user.locale);
        claims["user_type"] = json!(user.user_type);
        claims["is_admin"] = json!(user.is_admin.to_string());
        claims["email"] = user.email.map_or(Value::Null, Value::from);
        if claims["email"].is_null()
            && let Some(claims) = claims.as_object_mut()
        {
            claims.remove("email");
        }
    }
    state.alter(Document::Userinfo, &mut claims, None);
    Reply::ok(&claims).no_store()
}
